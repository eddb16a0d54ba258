"""Templates: which loader, which names they know, and the page around them."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, cast

from zonda.template import BaseLoader, Loader

from . import ui_modules
from .paths import absolute
from .ui_modules import PageModules

if TYPE_CHECKING:
    from .handler import RequestHandler

_loaders: dict[str, BaseLoader] = {}
_lock = threading.Lock()


class TemplateTools:
    """What all templates of a page know besides their own arguments, as ``handler.ui``.

    :ivar modules: the UI modules of the page.
    """

    def __init__(self, handler: RequestHandler) -> None:
        application = handler.application
        self.modules = PageModules(handler, application.ui_modules)
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

    def names(self) -> dict[str, object]:
        """The methods and modules, by name."""
        found: dict[str, object] = {
            name: self._bind(method) for name, method in self._methods.items()
        }
        found["modules"] = found["_tt_modules"] = self.modules
        return found

    def _bind(self, method: Callable[..., object]) -> Callable[..., object]:
        handler = self._handler
        return lambda *args, **kwargs: method(handler, *args, **kwargs)


def namespace(handler: RequestHandler) -> dict[str, object]:
    """The names that every template knows."""
    names: dict[str, object] = {
        "handler": handler,
        "request": handler.request,
        "current_user": handler.current_user,
        "locale": handler.locale,
        "_": handler.locale.translate,
        "pgettext": handler.locale.pgettext,
        "static_url": handler.static_url,
        "xsrf_form_html": handler.xsrf_form_html,
        "reverse_url": handler.reverse_url,
    }
    names.update(handler.ui.names())
    return names


def render_string(
    handler: RequestHandler, template_name: str, kwargs: Mapping[str, object]
) -> bytes:
    """A template with the handler's names and *kwargs*."""
    directory = handler.get_template_path() or _directory_of(type(handler))
    loader = _loader(handler, directory)
    names = handler.get_template_namespace()
    names.update(kwargs)
    return loader.load(template_name).generate(**names)


def render(handler: RequestHandler, template_name: str, kwargs: Mapping[str, object]) -> bytes:
    """A whole page: a template, and in it what its modules embed."""
    html = handler.render_string(template_name, **kwargs)
    modules = handler.ui.modules
    return ui_modules.embed(html, modules, handler.static_url) if modules.active else html


def forget_loaders() -> None:
    """Drop all loaded templates, so that changed files are read."""
    with _lock:
        _loaders.clear()


def _loader(handler: RequestHandler, directory: str) -> BaseLoader:
    settings = handler.settings
    if not settings.get("compiled_template_cache", True):
        return handler.create_template_loader(directory)
    loader = _loaders.get(directory)
    if loader is None:
        with _lock:
            loader = _loaders.get(directory)
            if loader is None:
                loader = _loaders[directory] = handler.create_template_loader(directory)
    return loader


def create_loader(handler: RequestHandler, template_path: str) -> BaseLoader:
    """The loader that the settings ask for."""
    settings = handler.settings
    if "template_loader" in settings:
        return cast(BaseLoader, settings["template_loader"])
    options: dict[str, object] = {}
    if "autoescape" in settings:
        options["autoescape"] = settings["autoescape"]
    if "template_whitespace" in settings:
        options["whitespace"] = settings["template_whitespace"]
    return Loader(template_path, **options)


def _directory_of(handler_class: type[RequestHandler]) -> str:
    """Without a setting, templates are beside the file of the handler."""
    module = sys.modules.get(handler_class.__module__)
    return os.path.dirname(absolute(getattr(module, "__file__", None) or "."))
