"""Small things that old programs import."""

from __future__ import annotations

import datetime
import gzip
import sys
from typing import Any

import pytest

from tornado import util


class Interface(util.Configurable):
    @classmethod
    def configurable_base(cls) -> type[Any]:
        return Interface

    @classmethod
    def configurable_default(cls) -> type[Any]:
        return First


class First(Interface):
    def initialize(self, value: int = 1) -> None:
        self.value = value


class Second(First):
    pass


def test_which_class_is_made() -> None:
    saved = Interface._save_configuration()
    try:
        assert type(Interface()) is First
        Interface.configure(Second, value=3)
        assert (type(Interface()), Interface().value) == (Second, 3)
        assert Interface(value=4).value == 4
        assert First().value == 1
        Interface.configure(f"{__name__}.First")
        assert Interface.configured_class() is First
        with pytest.raises(ValueError, match="no subclass"):
            Interface.configure(int)  # type: ignore[arg-type]  # wrong on purpose
    finally:
        Interface._restore_configuration(saved)


def test_interfaces_must_say_what_they_are() -> None:
    for method in (util.Configurable.configurable_base, util.Configurable.configurable_default):
        with pytest.raises(NotImplementedError):
            method()


def test_a_dict_as_an_object() -> None:
    made = util.ObjectDict(a=1)
    made.b = 2
    assert (made.a, made["b"]) == (1, 2)
    with pytest.raises(AttributeError):
        made.c  # noqa: B018


def test_gzip_in_pieces() -> None:
    decompressor = util.GzipDecompressor()
    data = gzip.compress(b"x" * 1000)
    first = decompressor.decompress(data, 10)
    assert first == b"x" * 10
    rest = decompressor.decompress(decompressor.unconsumed_tail) + decompressor.flush()
    assert rest == b"x" * 990


def test_objects_by_name() -> None:
    assert util.import_object("tornado.util.ObjectDict") is util.ObjectDict
    assert util.import_object("tornado.util") is util
    for name in ("tornado.nothing", "tornado.util.nothing"):
        with pytest.raises(ImportError):
            util.import_object(name)


def test_running_code() -> None:
    names: dict[str, Any] = {}
    util.exec_in("x: int = 1\ndef f(a: int): ...", names)
    assert names["x"] == 1
    assert names["f"].__annotations__ == {"a": int}


def test_raising_again() -> None:
    try:
        raise KeyError("first")
    except KeyError:
        info = sys.exc_info()
    with pytest.raises(KeyError) as caught:
        util.raise_exc_info(info)
    assert caught.value is info[1]
    with pytest.raises(TypeError):
        util.raise_exc_info((None, None, None))


@pytest.mark.parametrize(
    ("error", "number"), [(OSError(5, "x"), 5), (Exception(7, "x"), 7), (Exception(), None)]
)
def test_numbers_of_errors(error: Exception, number: int | None) -> None:
    assert util.errno_from_exception(error) == number


def test_unescaping_patterns() -> None:
    assert util.re_unescape(r"a\.b\-c") == "a.b-c"
    with pytest.raises(ValueError, match="meaning of its own"):
        util.re_unescape(r"\d")


def test_replacing_an_argument() -> None:
    def function(x: int, y: int, callback: Any = None) -> None: ...

    replacer = util.ArgReplacer(function, "callback")
    assert replacer.get_old_value((1, 2), {}) is None
    assert replacer.get_old_value((1, 2, 3), {}) == 3
    assert replacer.replace(9, (1, 2, 3), {}) == (3, [1, 2, 9], {})
    assert replacer.replace(9, (1,), {"callback": 3}) == (3, (1,), {"callback": 9})


def test_the_rest() -> None:
    assert util.timedelta_to_seconds(datetime.timedelta(minutes=1)) == 60
    assert not util.is_finalizing()
    assert util._websocket_mask(b"\x01\x02\x03\x04", b"\x01\x02\x03\x04\x05") == bytearray(5)[
        :4
    ] + bytearray(b"\x04")
    assert util.TimeoutError is TimeoutError
