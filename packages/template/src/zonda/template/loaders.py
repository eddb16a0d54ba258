"""Where templates come from."""

from __future__ import annotations

import os
import posixpath
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from .compiled import Template
from .errors import ParseError, TemplateNotFoundError
from .whitespace import filter_whitespace


class BaseLoader:
    """Loads templates by name, and keeps them.

    A subclass says where they come from: :meth:`resolve_path` and :meth:`_create_template`.

    :param autoescape: the function that escapes values in templates which say nothing else;
        ``None`` for no escaping.
    :param namespace: names that all its templates can use.
    :param whitespace: ``"all"``, ``"single"`` or ``"oneline"``; by default it depends on the name,
        see :class:`Template`.
    :raises ValueError: for another *whitespace*.
    """

    def __init__(
        self,
        autoescape: str | None = "xhtml_escape",
        namespace: dict[str, Any] | None = None,
        whitespace: str | None = None,
    ) -> None:
        self.autoescape = autoescape
        self.namespace = namespace or {}
        if whitespace is not None:
            filter_whitespace(whitespace, "")
        self.whitespace = whitespace
        self.templates: dict[str, Template] = {}
        # Reentrant, for templates load one another.
        self.lock = threading.RLock()
        # Whether what is loaded is a part of another template.
        self.loading_parts = False

    def reset(self) -> None:
        """Forget all templates, so that they are loaded anew."""
        with self.lock:
            self.templates = {}

    def resolve_path(self, name: str, parent_path: str | None = None) -> str:
        """Return the full name of the template that *parent_path* calls *name*."""
        raise NotImplementedError

    def load(self, name: str, parent_path: str | None = None) -> Template:
        """Return a template.

        :param parent_path: the name of the template to which *name* is relative.
        :raises TemplateNotFoundError: if there is none of that name.
        :raises ParseError: if it cannot be compiled.
        """
        if parent_path is None:
            # Full names are the keys: a template that was loaded by its own is found at once.
            known = self.templates.get(name)
            if known is not None and known.compiled:
                return known
        name = self.resolve_path(name, parent_path=parent_path)
        with self.lock:
            template = self.templates.get(name)
            if template is None:
                with self.parts():
                    template = self._create_template(name)
                # It is known before it is compiled, so that it can be found where it needs itself.
                self.templates[name] = template
            if not self.loading_parts:
                try:
                    template.compile()
                except ParseError:
                    self.templates.pop(name, None)
                    raise
            return template

    @contextmanager
    def parts(self) -> Iterator[None]:
        """A time in which templates are parts of another one, which are not compiled themselves."""
        with self.lock:
            before, self.loading_parts = self.loading_parts, True
            try:
                yield
            finally:
                self.loading_parts = before

    def _create_template(self, name: str) -> Template:
        """Make the template of that full name."""
        raise NotImplementedError


class Loader(BaseLoader):
    """Loads templates from a directory.

    Names are relative to the directory, and in tags to the directory of the template that they are
    in.  An absolute name is allowed if it is inside the directory.  No name leads out of it.

    A file is read, by the calling thread, when its template is needed for the first time.

    :param root_directory: the directory.
    :param kwargs: see :class:`BaseLoader`.
    """

    def __init__(self, root_directory: str | os.PathLike[str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        root = os.fspath(root_directory)
        # abspath asks the system for the working directory, which may take a while.
        self.root = os.path.normpath(root) if os.path.isabs(root) else os.path.abspath(root)

    def resolve_path(self, name: str, parent_path: str | None = None) -> str:
        """Return the name relative to the root directory.

        :raises TemplateNotFoundError: for a name that leads out of it.
        """
        directory = self.root
        # A template that did not come from here is in no directory of ours.
        if parent_path and not parent_path.startswith(("<", os.sep)):
            directory = os.path.dirname(os.path.join(self.root, parent_path))
        path = os.path.normpath(os.path.join(directory, name))
        inside = os.path.join(self.root, "")
        if "\0" in name or not (path == self.root or path.startswith(inside)):
            raise TemplateNotFoundError(f"template {name!r} is outside of {self.root}")
        return path[len(inside) :].replace(os.sep, "/")

    def _create_template(self, name: str) -> Template:
        path = os.path.join(self.root, name)
        try:
            # All of it at once: that needs no buffer.
            with open(path, "rb", buffering=0) as file:
                text = file.read()
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
            raise TemplateNotFoundError(f"there is no template {name!r} in {self.root}") from error
        return Template(text, name=name, loader=self, filename=path)


class DictLoader(BaseLoader):
    """Loads templates from a dict.

    :param dict: the texts of the templates by name; names are like paths with ``/``.
    :param kwargs: see :class:`BaseLoader`.

    >>> loader = DictLoader({"a.html": "A{% include b.html %}", "b.html": "{{ x }}"})
    >>> loader.load("a.html").generate(x=1)
    b'A1'
    """

    def __init__(self, dict: Mapping[str, str | bytes], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.dict = dict

    def resolve_path(self, name: str, parent_path: str | None = None) -> str:
        """Return the name, which is relative to the directory of the other template."""
        if parent_path and not parent_path.startswith(("<", "/")) and not name.startswith("/"):
            name = posixpath.normpath(posixpath.join(posixpath.dirname(parent_path), name))
        return name

    def _create_template(self, name: str) -> Template:
        try:
            text = self.dict[name]
        except KeyError:
            raise TemplateNotFoundError(f"there is no template {name!r}") from None
        return Template(text, name=name, loader=self)
