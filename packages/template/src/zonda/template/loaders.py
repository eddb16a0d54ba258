"""Where templates come from."""

from __future__ import annotations

import os
import posixpath
import threading
from collections.abc import Mapping
from typing import Any

from .compiled import Template
from .errors import TemplateNotFoundError
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
        # Whether the template that is being loaded is needed by another one.
        self.loading_part = False

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
            if known is not None:
                return known
        name = self.resolve_path(name, parent_path=parent_path)
        with self.lock:
            template = self.templates.get(name)
            if template is None:
                template = self.templates[name] = self._create_template(name)
            return template

    def load_part(self, name: str, parent_path: str) -> Template:
        """Return a template that another one extends or includes."""
        with self.lock:
            before, self.loading_part = self.loading_part, True
            try:
                return self.load(name, parent_path)
            finally:
                self.loading_part = before

    def _create_template(self, name: str) -> Template:
        """Make the template of that full name."""
        raise NotImplementedError


class Loader(BaseLoader):
    """Loads templates from a directory.

    Names are relative to the directory, and in tags to the directory of the template that they are
    in.  An absolute name is allowed if it is inside the directory.  No name leads out of it.

    :param root_directory: the directory.
    :param kwargs: see :class:`BaseLoader`.
    """

    def __init__(self, root_directory: str | os.PathLike[str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.root = os.path.abspath(root_directory)

    def resolve_path(self, name: str, parent_path: str | None = None) -> str:
        """Return the name relative to the root directory.

        :raises TemplateNotFoundError: for a name that leads out of it.
        """
        directory = self.root
        # A template that did not come from here is in no directory of ours.
        if parent_path and not parent_path.startswith(("<", os.sep)):
            directory = os.path.dirname(os.path.join(self.root, parent_path))
        path = os.path.normpath(os.path.join(directory, name))
        if "\0" in name or os.path.commonpath((self.root, path)) != self.root:
            raise TemplateNotFoundError(f"template {name!r} is outside of {self.root}")
        return os.path.relpath(path, self.root).replace(os.sep, "/")

    def _create_template(self, name: str) -> Template:
        path = os.path.join(self.root, name)
        try:
            with open(path, "rb") as file:
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
