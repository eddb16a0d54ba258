"""`UIModule`: a reusable piece of a page, with its own script and style.

A template calls ``{{ modules.Name(args) }}`` or ``{% module Name(args) %}``; a module is made once
a page, and what it embeds goes once into the page, however often it is called.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import ModuleType
from typing import TYPE_CHECKING, cast

from zonda.escape import SafeString, utf8, xhtml_escape

from .errors import WebError

if TYPE_CHECKING:
    from zonda.http import HTTPServerRequest

    from .handler import RequestHandler

Files = str | bytes | Iterable[str | bytes] | None


class UIModule:
    """A piece of a page.

    :ivar handler: the handler whose page it is.
    :ivar request: that handler's request.
    :ivar ui: what the handler's templates know: methods and modules.
    """

    def __init__(self, handler: RequestHandler) -> None:
        self.handler = handler
        self.request: HTTPServerRequest = handler.request
        self.ui = handler.ui
        self.locale = handler.locale

    @property
    def current_user(self) -> object:
        """The user of the handler."""
        return self.handler.current_user

    def _render(self, *args: object, **kwargs: object) -> str | bytes:
        """The HTML of the module; a subclass defines it, with the arguments of its call."""
        raise NotImplementedError(f"{type(self).__name__} must define render()")

    render: Callable[..., str | bytes] = _render

    def render_string(self, path: str, **kwargs: object) -> bytes:
        """A template, for use in `render`."""
        return self.handler.render_string(path, **kwargs)

    def embedded_javascript(self) -> str | None:
        """Script for the end of the page."""
        return None

    def javascript_files(self) -> Files:
        """URLs of scripts for the end of the page; relative ones are static files."""
        return None

    def embedded_css(self) -> str | None:
        """Style for the head of the page."""
        return None

    def css_files(self) -> Files:
        """URLs of style sheets for the head of the page; relative ones are static files."""
        return None

    def html_head(self) -> str | None:
        """HTML for the end of the page's head."""
        return None

    def html_body(self) -> str | None:
        """HTML for the end of the page's body."""
        return None


class TemplateModule(UIModule):
    """``{% module Template("row.html", **args) %}``: a template as a module.

    Inside, ``set_resources(embedded_css=..., ...)`` takes what the methods of other modules give;
    it must be the same at each call of one template.
    """

    def __init__(self, handler: RequestHandler) -> None:
        super().__init__(handler)
        self._resources: dict[str, dict[str, object]] = {}

    def render(self, *args: object, **kwargs: object) -> str | bytes:
        """Render the template called as the first argument."""
        path = str(args[0])

        def set_resources(**resources: object) -> str:
            known = self._resources.setdefault(path, resources)
            if known != resources:
                raise WebError(f"set_resources was called with other resources in {path}")
            return ""

        return self.render_string(path, set_resources=set_resources, **kwargs)

    def _texts(self, kind: str) -> list[str]:
        found = [resources.get(kind) for resources in self._resources.values()]
        return [cast(str, text) for text in found if text]

    def _files(self, kind: str) -> list[str | bytes]:
        files: list[str | bytes] = []
        for resources in self._resources.values():
            files.extend(file_list(cast(Files, resources.get(kind))))
        return files

    def embedded_javascript(self) -> str | None:
        """See `UIModule`."""
        return "\n".join(self._texts("embedded_javascript"))

    def javascript_files(self) -> Files:
        """See `UIModule`."""
        return self._files("javascript_files")

    def embedded_css(self) -> str | None:
        """See `UIModule`."""
        return "\n".join(self._texts("embedded_css"))

    def css_files(self) -> Files:
        """See `UIModule`."""
        return self._files("css_files")

    def html_head(self) -> str | None:
        """See `UIModule`."""
        return "".join(self._texts("html_head"))

    def html_body(self) -> str | None:
        """See `UIModule`."""
        return "".join(self._texts("html_body"))


class Linkify(UIModule):
    """``{% module linkify(text) %}``: text with its links made clickable."""

    def render(self, *args: object, **kwargs: object) -> str | bytes:
        """Render the text given as the first argument."""
        from zonda.escape import linkify

        return linkify(cast(str, args[0]), **kwargs)  # type: ignore[arg-type]  # checked by linkify


class XSRFFormHTML(UIModule):
    """``{% module xsrf_form_html() %}``: the hidden field of a form."""

    def render(self, *args: object, **kwargs: object) -> str | bytes:
        """Render the field."""
        return self.handler.xsrf_form_html()


STANDARD_MODULES: dict[str, type[UIModule]] = {
    "Template": TemplateModule,
    "linkify": Linkify,
    "xsrf_form_html": XSRFFormHTML,
}


class PageModules:
    """The modules of one page: ``modules`` and ``_tt_modules`` in templates."""

    def __init__(self, handler: RequestHandler, classes: Mapping[str, type[UIModule]]) -> None:
        self._handler = handler
        self._classes = classes
        self.active: dict[str, UIModule] = {}

    def __getattr__(self, name: str) -> Callable[..., SafeString]:
        module_class = self._classes.get(name) or STANDARD_MODULES.get(name)
        if module_class is None:
            raise AttributeError(
                f"no UI module is called {name!r}; there are "
                f"{', '.join(sorted({**STANDARD_MODULES, **self._classes}))}"
            )
        module = self.active.get(name)
        if module is None:
            module = self.active[name] = module_class(self._handler)

        def render(*args: object, **kwargs: object) -> SafeString:
            html = module.render(*args, **kwargs)
            return SafeString(html.decode("utf-8") if isinstance(html, bytes) else html)

        return render

    __getitem__ = __getattr__


def collect_modules(source: object) -> dict[str, type[UIModule]]:
    """The classes in the setting ``ui_modules``: a module, a dict, or a list of these."""
    found: dict[str, type[UIModule]] = {}
    for name, value in _members(source):
        if isinstance(value, type) and issubclass(value, UIModule):
            found[name] = value
    return found


def collect_methods(source: object) -> dict[str, Callable[..., object]]:
    """The functions in the setting ``ui_methods``: a module, a dict, or a list of these."""
    found: dict[str, Callable[..., object]] = {}
    for name, value in _members(source):
        if not name.startswith("_") and callable(value) and name[:1].islower():
            found[name] = value
    return found


def _members(source: object) -> list[tuple[str, object]]:
    if source is None:
        return []
    if isinstance(source, ModuleType):
        return list(vars(source).items())
    if isinstance(source, Mapping):
        return list(source.items())
    if isinstance(source, Sequence) and not isinstance(source, str):
        return [member for part in source for member in _members(part)]
    raise TypeError(
        f"ui_modules and ui_methods are modules, dicts or lists of them, not {source!r}"
    )


def file_list(files: Files) -> list[str | bytes]:
    """What `UIModule.css_files` and its siblings give, as a list."""
    if not files:
        return []
    return [files] if isinstance(files, str | bytes) else list(files)


def embed(handler: RequestHandler, html: bytes, modules: PageModules) -> bytes:
    """Put what the modules of a page need into its head and its end, each thing once."""
    scripts: list[str] = []
    script_files: list[str] = []
    styles: list[str] = []
    style_files: list[str] = []
    heads: list[str] = []
    bodies: list[str] = []
    for module in modules.active.values():
        _add_text(scripts, module.embedded_javascript())
        _add_files(script_files, module.javascript_files())
        _add_text(styles, module.embedded_css())
        _add_files(style_files, module.css_files())
        _add_text(heads, module.html_head())
        _add_text(bodies, module.html_body())
    head: list[bytes] = []
    body: list[bytes] = []
    if style_files:
        head.append(utf8(handler.render_linked_css(style_files)))
    if styles:
        head.append(handler.render_embed_css([utf8(style) for style in styles]))
    if heads:
        head.append(utf8("".join(heads)))
    if script_files:
        body.append(utf8(handler.render_linked_js(script_files)))
    if scripts:
        body.append(handler.render_embed_js([utf8(script) for script in scripts]))
    if bodies:
        body.append(utf8("".join(bodies)))
    html = _insert(html, b"</head>", b"\n".join(head), first=True)
    return _insert(html, b"</body>", b"\n".join(body), first=False)


def linked_scripts(handler: RequestHandler, files: Iterable[str]) -> str:
    """See `RequestHandler.render_linked_js`."""
    urls = _urls(handler, files)
    return "".join(
        [f'<script src="{xhtml_escape(url)}" type="text/javascript"></script>' for url in urls]
    )


def embedded_scripts(scripts: Iterable[bytes]) -> bytes:
    """See `RequestHandler.render_embed_js`."""
    return (
        b'<script type="text/javascript">\n//<![CDATA[\n'
        + b"\n".join(scripts)
        + b"\n//]]>\n</script>"
    )


def linked_styles(handler: RequestHandler, files: Iterable[str]) -> str:
    """See `RequestHandler.render_linked_css`."""
    urls = _urls(handler, files)
    links = [f'<link href="{xhtml_escape(url)}" type="text/css" rel="stylesheet"/>' for url in urls]
    return "".join(links)


def embedded_styles(styles: Iterable[bytes]) -> bytes:
    """See `RequestHandler.render_embed_css`."""
    return b'<style type="text/css">\n' + b"\n".join(styles) + b"\n</style>"


def _urls(handler: RequestHandler, files: Iterable[str]) -> list[str]:
    """Where files are, each once; relative ones are static files."""
    urls = [
        file if file.startswith(("/", "http:", "https:")) else handler.static_url(file)
        for file in files
    ]
    return list(dict.fromkeys(urls))


def _add_text(texts: list[str], text: str | bytes | None) -> None:
    if text:
        plain = text.decode("utf-8") if isinstance(text, bytes) else text
        if plain not in texts:
            texts.append(plain)


def _add_files(paths: list[str], files: Files) -> None:
    for file in file_list(files):
        path = file.decode("utf-8") if isinstance(file, bytes) else file
        if path not in paths:
            paths.append(path)


def _insert(html: bytes, tag: bytes, more: bytes, first: bool) -> bytes:
    if not more:
        return html
    position = html.find(tag) if first else html.rfind(tag)
    if position < 0:
        return html if first else html + more
    return html[:position] + more + b"\n" + html[position:]
