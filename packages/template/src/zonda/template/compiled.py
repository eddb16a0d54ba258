"""A compiled template, and what it makes of values."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from .errors import ParseError, TemplateError
from .unset import UNSET, Unset
from .whitespace import default_mode, filter_whitespace

if TYPE_CHECKING:
    from .loaders import BaseLoader
    from .nodes import File
    from .program import Program


class Template:
    """A template, compiled to a Python function.

    :param template_string: its text; bytes are UTF-8.
    :param name: its name in error messages; what it extends and includes is relative to it.
    :param loader: loads the templates that it extends and includes, and has defaults for it.
    :param compress_whitespace: an older way to say ``whitespace="single"``, or ``"all"``.
    :param autoescape: the function that escapes values, as an expression in terms of the template's
        names, or ``None`` for no escaping.
    :param whitespace: ``"all"``, ``"single"`` or ``"oneline"``, see :func:`filter_whitespace`.  The
        default is that of the loader, or else by name: ``"single"`` for ``.html`` and ``.js``.
    :param filename: the file that the text is from, for tracebacks.
    :raises ParseError: for a template that cannot be compiled.

    >>> Template("Hello, {{ name }}!").generate(name="R&D")
    b'Hello, R&amp;D!'
    """

    def __init__(
        self,
        template_string: str | bytes,
        name: str = "<string>",
        loader: BaseLoader | None = None,
        compress_whitespace: bool | None = None,
        autoescape: str | Unset | None = UNSET,
        whitespace: str | None = None,
        *,
        filename: str | None = None,
    ) -> None:
        if compress_whitespace is not None:
            if whitespace is not None:
                raise TypeError("whitespace and compress_whitespace say the same")
            whitespace = "single" if compress_whitespace else "all"
        if whitespace is None:
            whitespace = (loader and loader.whitespace) or default_mode(name)
        filter_whitespace(whitespace, "")
        if autoescape is UNSET:
            autoescape = loader.autoescape if loader else "xhtml_escape"
        self.name = name
        self.loader = loader
        self.autoescape = autoescape
        self.namespace: dict[str, Any] = loader.namespace if loader else {}
        self.file = _parse(template_string, name, filename, whitespace, autoescape)
        self._program: Program | None = None
        # What is only a part of other templates is compiled with them, and itself never.
        if loader is None or not loader.loading_parts:
            self.compile()

    def generate(self, /, **kwargs: Any) -> bytes:
        """Return the output for these values, as UTF-8.

        :raises TemplateError: if the template awaits something.
        """
        return self._render(kwargs).encode("utf-8")

    def render(self, /, **kwargs: Any) -> str:
        """Return the output for these values, as text.

        :raises TemplateError: if the template awaits something.

        >>> Template("{{ x }}").render(x=1)
        '1'
        """
        return self._render(kwargs)

    async def generate_async(self, /, **kwargs: Any) -> bytes:
        """Return the output for these values, as UTF-8.  The template may await something."""
        return (await self.render_async(**kwargs)).encode("utf-8")

    async def render_async(self, /, **kwargs: Any) -> str:
        """Return the output for these values, as text.  The template may await something."""
        program = self._program or self.compile()
        if not program.asynchronous:
            return self._render(kwargs)
        function, values = program.bind(self.namespace, kwargs)
        try:
            return str(await function(*values))
        except Exception as error:
            _complete(error)
            raise

    def _render(self, kwargs: dict[str, Any]) -> str:
        program = self._program or self.compile()
        if program.asynchronous:
            raise TemplateError(f"{self.name} awaits something: use generate_async")
        function, values = program.bind(self.namespace, kwargs)
        try:
            text: str = function(*values)
        except Exception as error:
            _complete(error)
            raise
        return text

    @property
    def compiled(self) -> bool:
        """Whether it is compiled, which what is only a part of others is not."""
        return self._program is not None

    @property
    def names(self) -> frozenset[str] | None:
        """The names that it reads, so that only their values need be worked out; None means that
        it may read any.

        >>> sorted(Template("{{ greeting }}").names - {"escape", "xhtml_escape"})
        ['greeting']
        """
        return self.compile().names

    @property
    def code(self) -> str:
        """The Python code that the template is compiled to, for reading."""
        return self.compile().text()

    def compile(self) -> Program:
        """Compile the template, if that is not done yet.

        :raises ParseError: for what is wrong with it and its parts together.
        """
        if self._program is None:
            from .program import Program

            with self.loader.parts() if self.loader else nullcontext():
                self._program = Program(self.file, self.load_file)
        return self._program

    def load_file(self, name: str, file: File, start: int) -> File:
        """The template that *file* names at that place."""
        if self.loader is None:
            hint = "Give the template a loader: Template(text, loader=Loader(directory))."
            raise file.source.error(f"{name!r} needs a template loader", start, hint)
        try:
            with self.loader.parts():
                return self.loader.load(name, file.source.name).file
        except (LookupError, OSError, ValueError) as error:
            raise file.source.error(f"cannot load {name!r}: {error}", start) from error


def _parse(
    template_string: str | bytes,
    name: str,
    filename: str | None,
    whitespace: str,
    autoescape: str | None,
) -> File:
    # The compiler comes with the first template: a program that has none starts faster.
    from .fragments import function
    from .parser import parse
    from .source import Source

    if not isinstance(autoescape, str | None):
        raise TypeError(f"autoescape is the name of a function, or None, not {autoescape!r}")
    escape = None if autoescape is None else function(autoescape)
    return parse(Source(name, _text(template_string, name), filename), whitespace, escape)


def _complete(error: Exception) -> None:
    from . import tracebacks  # here, for nothing of it is needed until something fails

    tracebacks.complete(error)


def _text(template_string: str | bytes, name: str) -> str:
    """The text of the template, which must be possible as UTF-8."""
    try:
        if isinstance(template_string, bytes):
            return template_string.decode("utf-8-sig")
        if not isinstance(template_string, str):
            raise TypeError(f"a template is made of str or bytes, not {template_string!r}")
        if not template_string.isascii():
            template_string.encode("utf-8")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise ParseError(f"The template is not UTF-8: {error.reason}", name, line) from error
    except UnicodeEncodeError as error:
        line = error.object.count("\n", 0, error.start) + 1
        raise ParseError(f"The template cannot be UTF-8: {error.reason}", name, line) from error
    return template_string
