"""Which files count, and which of them changed.

Every imported module counts, and every file and directory that was added.  A file has changed when
it exists and its signature (modification time, size, inode) is not the recorded one.  So:

* a file that disappears has not changed: an editor that deletes and writes anew causes one change,
  when the new file is there;
* a file that was added before it exists changes when it appears;
* below an added directory a new file is a change, and so is a file in a new subdirectory;
* reading a file, or changing its mode, is none.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from types import ModuleType

from watchfiles import Change, DefaultFilter

Signature = tuple[int, int, int]
Path = str | os.PathLike[str]

# Leaves out version control, caches, and the temporary files of editors.
_KEEP = DefaultFilter()


class Sources:
    """The watched files and their recorded signatures; its methods may be called by any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._recorded: dict[str, Signature | None] = {}
        self._trees: set[str] = set()
        self._named_by_modules: set[str] = set()

    def add(self, path: Path) -> None:
        """Watch a file, or all files below a directory; the path need not exist yet."""
        name = os.path.abspath(os.fspath(path))
        with self._lock:
            if os.path.isdir(name):
                self._trees.add(name)
                for file in _files_below(name):
                    self._recorded.setdefault(file, _signature(file))
            else:
                self._recorded.setdefault(name, _signature(name))

    def add_modules(self) -> None:
        """Watch the files of the modules that were imported since the last call."""
        with self._lock:
            for name in _module_files() - self._named_by_modules:
                self._named_by_modules.add(name)
                file = os.path.abspath(name)
                self._recorded.setdefault(file, _signature(file))

    def is_module(self, file: str) -> bool:
        """Whether *file* is that of a module that is imported now.

        While an import fails there is a module, too, for a moment.
        """
        return any(os.path.abspath(name) == file for name in _module_files())

    def forget_thread(self) -> None:
        """In a forked child: no other thread holds the lock, whatever it says."""
        self._lock = threading.Lock()

    def take_changes(self) -> set[str]:
        """The files that changed since the last call, and record what they are now."""
        with self._lock:
            for tree in self._trees:
                for file in _files_below(tree):
                    self._recorded.setdefault(file, None)
            changed = set()
            for file, recorded in self._recorded.items():
                signature = _signature(file)
                if signature is not None and signature != recorded:
                    self._recorded[file] = signature
                    changed.add(file)
            return changed

    def directories(self) -> dict[str, int]:
        """The directories where a change would show, with their inodes.

        The inode tells a directory from its successor of the same name.
        """
        with self._lock:
            wanted = {os.path.dirname(file) for file in self._recorded}
            # A file that is a symbolic link changes where it points to.
            wanted |= {
                os.path.dirname(os.path.realpath(file))
                for file in self._recorded
                if os.path.islink(file)
            }
            for tree in self._trees:
                wanted |= {tree, os.path.dirname(tree), *_directories_below(tree)}
        found: dict[str, int] = {}
        for name in wanted:
            while (inode := _directory_inode(name)) is None and name != os.path.dirname(name):
                name = os.path.dirname(name)  # it will appear below its nearest ancestor
            if inode is not None:
                found[name] = inode
        return found


def _module_files() -> set[str]:
    files = set()
    # A copy: other threads import meanwhile.  vars(): a lazy module must not be woken up.
    for module in list(sys.modules.values()):
        if isinstance(module, ModuleType):
            file = vars(module).get("__file__")
            if isinstance(file, str):
                files.add(file)
    return files


def _walk(tree: str) -> Iterator[tuple[str, list[str]]]:
    for directory, subdirectories, files in os.walk(tree):
        subdirectories[:] = [name for name in subdirectories if _kept(directory, name)]
        yield directory, [name for name in files if _kept(directory, name)]


def _kept(directory: str, name: str) -> bool:
    return _KEEP(Change.modified, os.path.join(directory, name))


def _files_below(tree: str) -> Iterator[str]:
    for directory, files in _walk(tree):
        for name in files:
            yield os.path.join(directory, name)


def _directories_below(tree: str) -> Iterator[str]:
    for directory, _ in _walk(tree):
        yield directory


def _signature(file: str) -> Signature | None:
    try:
        status = os.stat(file)
    except (OSError, ValueError):  # ValueError: a module may call its file anything
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino


def _directory_inode(name: str) -> int | None:
    try:
        return os.stat(name).st_ino if os.path.isdir(name) else None
    except (OSError, ValueError):
        return None
