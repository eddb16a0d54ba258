"""Templates: which loader, which names they know, and the page around them."""

from __future__ import annotations

import functools
import os
import sys
import threading
from collections.abc import Callable, Mapping, Set
from typing import TYPE_CHECKING, Final, cast
from weakref import WeakKeyDictionary

from . import development, ui_modules
from .paths import absolute
from .ui_modules import PageModules

if TYPE_CHECKING:
    from zonda.template import BaseLoader

    from .application import Application
    from .handler import RequestHandler

# Files of handlers of which the directory is remembered: it takes a tenth of a small page's time.
KNOWN_FILES: Final = 512

# By directory; applications in one process may have other settings for the same one.
_loaders: WeakKeyDictionary[Application, dict[str, BaseLoader]] = WeakKeyDictionary()
_lock = threading.Lock()


class TemplateTools:
    """What all templates of a page know besides their own arguments, as ``handler.ui``.

    :ivar modules: the UI modules of the page.
    """

    def __init__(self, handler: RequestHandler) -> None:
        application = handler.application
        self.modules: PageModules = PageModules(handler, application.ui_modules)
        self._handler = handler
        self._methods = application.ui_methods

    def __getitem__(self, name: str) -> object:
        if name in ("modules", "_tt_modules"):
            return self.modules
        method = self._methods.get(name)
        if method is None:
            raise KeyError(name)
        return self._bind(method)

    def __getattr__(self, name: str) -> object:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(f"no UI method is called {name!r}") from None

    def keys(self) -> list[str]:
        """The names, so that this can be made a dict."""
        return [*self._methods, "modules", "_tt_modules"]

    def _bind(self, method: Callable[..., object]) -> Callable[..., object]:
        handler = self._handler
        return lambda *args, **kwargs: method(handler, *args, **kwargs)


# What every template knows, by name, and how it is made.
_NAMES: Final[dict[str, Callable[[RequestHandler], object]]] = {
    "handler": lambda handler: handler,
    "request": lambda handler: handler.request,
    "current_user": lambda handler: handler.current_user,
    "locale": lambda handler: handler.locale,
    "_": lambda handler: handler.locale.translate,
    "pgettext": lambda handler: handler.locale.pgettext,
    "static_url": lambda handler: handler.static_url,
    "xsrf_form_html": lambda handler: handler.xsrf_form_html,
    "reverse_url": lambda handler: handler.reverse_url,
    "modules": lambda handler: handler.ui.modules,
    "_tt_modules": lambda handler: handler.ui.modules,
}


def namespace(handler: RequestHandler, wanted: Set[str] | None = None) -> dict[str, object]:
    """The names that every template knows, or those *wanted* of them."""
    methods = handler.application.ui_methods
    if wanted is None:
        wanted = _NAMES.keys() | methods.keys()
    names: dict[str, object] = {name: _NAMES[name](handler) for name in wanted if name in _NAMES}
    if methods:
        ui = handler.ui
        names.update((name, ui[name]) for name in wanted if name in methods)
    return names


def render_string(
    handler: RequestHandler, template_name: str, kwargs: Mapping[str, object]
) -> bytes:
    """A template with the handler's names and *kwargs*."""
    directory = handler.get_template_path() or _directory_of(type(handler))
    template = _loader(handler, directory).load(template_name)
    wanted = template.names
    if handler._has_namespace or wanted is None:
        names = handler.get_template_namespace()
    else:
        names = namespace(handler, wanted)
    return template.generate(**{**names, **kwargs})


def render(handler: RequestHandler, template_name: str, kwargs: Mapping[str, object]) -> bytes:
    """A whole page: a template, and in it what its modules embed."""
    html = handler.render_string(template_name, **kwargs)
    ui = handler._ui
    if ui and ui.modules.active:
        html = ui_modules.embed(handler, html, ui.modules)
    if handler.settings.get("live_reload"):
        from . import live_reload

        html = live_reload.add_script(html, handler.settings)
    return html


def forget_loaders() -> None:
    """Drop all loaded templates, so that changed files are read."""
    with _lock:
        _loaders.clear()


def _loader(handler: RequestHandler, directory: str) -> BaseLoader:
    application = handler.application
    if not application.settings.get("compiled_template_cache", True):
        fresh = handler.create_template_loader(directory)
        fresh.reset()
        development.watch(directory)
        return fresh
    loaders = _loaders.get(application)
    loader = None if loaders is None else loaders.get(directory)
    if loader is None:
        with _lock:
            loaders = _loaders.setdefault(application, {})
            loader = loaders.get(directory)
            if loader is None:
                loader = loaders[directory] = handler.create_template_loader(directory)
    return loader


def create_loader(handler: RequestHandler, template_path: str) -> BaseLoader:
    """The loader that the settings ask for."""
    settings = handler.settings
    if "template_loader" in settings:
        return cast("BaseLoader", settings["template_loader"])
    from zonda.template import Loader

    options: dict[str, object] = {}
    if "autoescape" in settings:
        options["autoescape"] = settings["autoescape"]
    if "template_whitespace" in settings:
        options["whitespace"] = settings["template_whitespace"]
    return Loader(template_path, **options)


def _directory_of(handler_class: type[RequestHandler]) -> str:
    """Without a setting, templates are beside the file of the handler."""
    module = sys.modules.get(handler_class.__module__)
    file: str = getattr(module, "__file__", None) or "."
    return _directory_of_file(file) if os.path.isabs(file) else os.path.dirname(absolute(file))


@functools.lru_cache(maxsize=KNOWN_FILES)
def _directory_of_file(file: str) -> str:
    return os.path.dirname(absolute(file))


development.on_change(forget_loaders)
