"""Small things that old programs import: configurable classes, dicts as objects and others."""

from __future__ import annotations

import atexit
import datetime
import importlib
import inspect
import re
import zlib
from asyncio import TimeoutError as TimeoutError
from collections.abc import Callable, Mapping, Sequence
from types import CodeType, TracebackType
from typing import Any, ClassVar, NoReturn, Self

unicode_type = str
basestring_type = str
bytes_type = bytes

# An exiting interpreter takes modules apart; finalizers that would then fail ask for this.
_finalizing: list[bool] = []
atexit.register(_finalizing.append, True)


def is_finalizing() -> bool:
    """Whether the interpreter is about to end."""
    return bool(_finalizing)


class ObjectDict(dict[str, Any]):
    """A dict whose items are attributes as well.

    >>> ObjectDict(name="a").name
    'a'
    """

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None

    def __setattr__(self, name: str, value: Any) -> None:
        self[name] = value


class GzipDecompressor:
    """Takes gzip data apart piece by piece."""

    def __init__(self) -> None:
        self.decompressobj = zlib.decompressobj(16 + zlib.MAX_WBITS)

    def decompress(self, value: bytes, max_length: int = 0) -> bytes:
        """The data in *value*, or as much as *max_length* (0 is all) allows."""
        return self.decompressobj.decompress(value, max_length)

    @property
    def unconsumed_tail(self) -> bytes:
        """What the last call left because of its *max_length*; to be given to the next."""
        return self.decompressobj.unconsumed_tail

    def flush(self) -> bytes:
        """What is left at the end."""
        return self.decompressobj.flush()


def import_object(name: str) -> Any:
    """The module, or the object in a module, that has this full name.

    :raises ImportError: there is none.

    >>> import_object("datetime.timezone.utc") is datetime.timezone.utc
    True
    """
    if isinstance(name, bytes):
        name = name.decode()
    module, *attributes = name.split(".")
    found: Any = importlib.import_module(module)
    for attribute in attributes:
        module += f".{attribute}"
        if not hasattr(found, attribute):
            try:
                importlib.import_module(module)
            except ModuleNotFoundError as error:
                raise ImportError(f"there is no {name!r}: {module!r} was not found") from error
        found = getattr(found, attribute)
    return found


def exec_in(
    code: str | CodeType, glob: dict[str, Any], loc: Mapping[str, Any] | None = None
) -> None:
    """Run *code* with *glob* as its globals; ``__future__`` imports of this place do not count."""
    if isinstance(code, str):
        code = compile(code, "<string>", "exec", dont_inherit=True)
    exec(code, glob, loc)


def raise_exc_info(
    exc_info: tuple[type[BaseException] | None, BaseException | None, TracebackType | None],
) -> NoReturn:
    """Raise the exception of an ``exc_info`` tuple again, with its traceback."""
    try:
        if exc_info[1] is None:
            raise TypeError("raise_exc_info needs an exception")
        raise exc_info[1].with_traceback(exc_info[2])
    finally:
        del exc_info  # a cycle through this frame otherwise


def errno_from_exception(e: BaseException) -> int | None:
    """The number of an `OSError`, wherever it keeps it."""
    number = getattr(e, "errno", None)
    if number is not None:
        return int(number)
    return e.args[0] if e.args else None


_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


def _unescaped(match: re.Match[str]) -> str:
    character = match[1]
    if character.isascii() and character.isalnum():
        raise ValueError(f"\\{character} is not what re.escape makes: it has a meaning of its own")
    return character


def re_unescape(s: str) -> str:
    """The text that `re.escape` made *s* from.

    :raises ValueError: there is none, because *s* has an escape with a meaning, such as ``\\d``.

    >>> re_unescape(re.escape("a.b"))
    'a.b'
    """
    return _ESCAPED.sub(_unescaped, s)


class Configurable:
    """Base of interfaces whose implementation is chosen at run time.

    Making an instance of the interface makes one of the class that `configure` chose, or of
    `configurable_default`.  A subclass defines `initialize` in place of ``__init__``.
    """

    _chosen: ClassVar[dict[type, tuple[type[Any] | None, dict[str, Any]]]] = {}

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        """Make an instance of the class that was chosen."""
        base = cls.configurable_base()
        settings: dict[str, Any] = {}
        implementation: type[Any] = cls
        if cls is base:
            implementation = cls.configured_class()
            settings.update(Configurable._chosen.get(base, (None, {}))[1])
        settings.update(kwargs)
        if implementation.configurable_base() is not base:
            # What was chosen is an interface, too, with a choice of its own.
            return implementation(*args, **settings)
        instance = object.__new__(implementation)
        instance.initialize(*args, **settings)
        return instance

    @classmethod
    def configurable_base(cls) -> type[Any]:
        """The class whose implementation is chosen; usually the one that defines this."""
        raise NotImplementedError

    @classmethod
    def configurable_default(cls) -> type[Any]:
        """What is made where nothing was chosen."""
        raise NotImplementedError

    def initialize(self, *args: Any, **kwargs: Any) -> None:
        """Take the arguments; in place of ``__init__``."""

    @classmethod
    def configure(cls, impl: str | type[Self] | None, **kwargs: Any) -> None:
        """Choose the class to make, and arguments for it.

        :param impl: a subclass or its full name; None is the default.
        :raises ValueError: *impl* is no subclass.
        """
        base = cls.configurable_base()
        chosen = import_object(impl) if isinstance(impl, str) else impl
        if chosen is not None and not (isinstance(chosen, type) and issubclass(chosen, cls)):
            raise ValueError(f"{chosen!r} is no subclass of {cls.__name__}")
        Configurable._chosen[base] = (chosen, kwargs)

    @classmethod
    def configured_class(cls) -> type[Any]:
        """The class that is made at present."""
        base = cls.configurable_base()
        chosen, settings = Configurable._chosen.get(base, (None, {}))
        if chosen is None:
            chosen = cls.configurable_default()
            Configurable._chosen[base] = (chosen, settings)
        return chosen

    @classmethod
    def _save_configuration(cls) -> tuple[type[Any] | None, dict[str, Any]]:
        """For tests: what `_restore_configuration` takes."""
        return Configurable._chosen.get(cls.configurable_base(), (None, {}))

    @classmethod
    def _restore_configuration(cls, saved: tuple[type[Any] | None, dict[str, Any]]) -> None:
        Configurable._chosen[cls.configurable_base()] = saved


class ArgReplacer:
    """Replaces one argument of calls to a function, however it was passed.

    >>> replacer = ArgReplacer(lambda x, callback=None: None, "callback")
    >>> replacer.replace(2, (0, 1), {})
    (1, [0, 2], {})
    """

    def __init__(self, func: Callable[..., Any], name: str) -> None:
        self.name = name
        names = list(inspect.signature(func).parameters)
        self.arg_pos: int | None = names.index(name) if name in names else None

    def _is_positional(self, args: Sequence[Any]) -> bool:
        return self.arg_pos is not None and len(args) > self.arg_pos

    def get_old_value(
        self, args: Sequence[Any], kwargs: Mapping[str, Any], default: Any = None
    ) -> Any:
        """The argument of a call, or *default*."""
        if self._is_positional(args):
            return args[self.arg_pos or 0]
        return kwargs.get(self.name, default)

    def replace(
        self, new_value: Any, args: Sequence[Any], kwargs: dict[str, Any]
    ) -> tuple[Any, Sequence[Any], dict[str, Any]]:
        """The old value, and the arguments with *new_value* in its place."""
        if self._is_positional(args):
            position = self.arg_pos or 0
            args = list(args)
            old, args[position] = args[position], new_value
            return old, args, kwargs
        old = kwargs.get(self.name)
        kwargs[self.name] = new_value
        return old, args, kwargs


def timedelta_to_seconds(td: datetime.timedelta) -> float:
    """The same as ``td.total_seconds()``."""
    return td.total_seconds()


def _websocket_mask_python(mask: bytes, data: bytes) -> bytearray:
    """*data* with each byte combined with one of the four of *mask*, in turn."""
    if len(mask) != 4:
        raise ValueError(f"a mask has 4 bytes, not {len(mask)}")
    size = len(data)
    key = (mask * (size // 4 + 1))[:size]
    masked = int.from_bytes(data, "little") ^ int.from_bytes(key, "little")
    return bytearray(masked.to_bytes(size, "little"))


_websocket_mask = _websocket_mask_python
