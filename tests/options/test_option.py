"""One option: parsing, setting, and values from files."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from zonda.options import OptionValueError
from zonda.options.option import Option
from zonda.options.values import Kind


def upper(text: str) -> str:
    return text.upper()


def test_the_default_counts_until_there_is_a_value() -> None:
    option = Option("port", default=80, type=int)
    assert option.value() == 80
    option.parse("90")
    assert option.value() == 90
    option.set(None)
    assert option.value() is None


def test_a_multiple_option_without_default_is_an_empty_list() -> None:
    assert Option("hosts", multiple=True).value() == []


@pytest.mark.parametrize("use", ["parse", "set", "assign"])
def test_the_callback_gets_each_new_value(use: str) -> None:
    seen: list[object] = []
    option = Option("name", callback=seen.append)
    getattr(option, use)("x")
    assert seen == ["x"]


@pytest.mark.parametrize(
    ("kind", "multiple", "value"),
    [
        (int, False, 2),
        (float, False, 2),
        (str, False, "2"),
        (int, True, [1, 2]),
        (int, True, []),
        (upper, False, "anything"),
        (upper, False, 5),
    ],
)
def test_set_takes_values_of_the_type(kind: Kind, multiple: bool, value: object) -> None:
    option = Option("x", type=kind, multiple=multiple)
    option.set(value)
    assert option.value() == value


@pytest.mark.parametrize(
    ("kind", "multiple", "value", "reason"),
    [
        (int, False, "2", "Option 'x' is required to be int, not str"),
        (int, False, True, "int, not bool"),
        (float, False, True, "float, not bool"),
        (str, False, b"2", "str, not bytes"),
        (int, True, 2, "list of int"),
        (int, True, (1, 2), "list of int"),
        (int, True, [1, "2"], "list of int"),
    ],
)
def test_set_refuses_others(kind: Kind, multiple: bool, value: object, reason: str) -> None:
    seen: list[object] = []
    option = Option("x", type=kind, multiple=multiple, callback=seen.append)
    with pytest.raises(OptionValueError, match=reason):
        option.set(value)
    assert seen == []


def test_a_wrong_text_is_repeated_but_not_in_full() -> None:
    option = Option("port", type=int)
    with pytest.raises(OptionValueError, match=r"Option 'port' cannot be 'x': .* whole number"):
        option.parse("x")
    with pytest.raises(OptionValueError) as caught:
        option.parse("y" * 10_000)
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize("text", ["99999999999 weeks", "1e999 s"])
def test_what_is_too_large_is_an_error_of_the_option(text: str) -> None:
    with pytest.raises(OptionValueError):
        Option("wait", type=timedelta).parse(text)


@pytest.mark.parametrize(
    ("kind", "multiple", "value", "expected"),
    [
        (int, False, "42", 42),
        (str, False, "1,2", "1,2"),
        (str, True, "1,2", ["1", "2"]),
        (int, True, "1,3:4", [1, 3, 4]),
        (int, True, [1, "3:4", 9], [1, 3, 4, 9]),
        (str, True, ["a,b", "c"], ["a,b", "c"]),
        (float, False, 2, 2.0),
        (float, True, [1, 2.5], [1.0, 2.5]),
        (bool, False, True, True),
        (bool, False, "off", False),
        (timedelta, False, 90, timedelta(seconds=90)),
        (timedelta, False, 0.5, timedelta(seconds=0.5)),
        (timedelta, False, "2m", timedelta(minutes=2)),
        (datetime, False, date(2011, 3, 11), datetime(2011, 3, 11)),
        (datetime, False, datetime(2011, 3, 11, 9), datetime(2011, 3, 11, 9)),
        (datetime, False, "2011-03-11", datetime(2011, 3, 11)),
        (int, False, None, None),
    ],
)
def test_a_file_may_have_texts_and_narrower_types(
    kind: Kind, multiple: bool, value: object, expected: object
) -> None:
    option = Option("x", type=kind, multiple=multiple)
    option.assign(value)
    assert option.value() == expected
    assert type(option.value()) is type(expected)


@pytest.mark.parametrize(
    ("kind", "multiple", "value"),
    [
        (int, False, "x"),
        (int, False, 1.5),
        (int, False, True),
        (str, False, 5),
        (int, True, 5),
        (int, True, ["x"]),
        (timedelta, False, float("inf")),
        (timedelta, False, float("nan")),
        (timedelta, True, [float("inf")]),
        (float, False, 10**400),
        (bool, False, 1),
    ],
)
def test_a_file_with_a_wrong_value(kind: Kind, multiple: bool, value: object) -> None:
    with pytest.raises(OptionValueError, match="Option 'x'"):
        Option("x", type=kind, multiple=multiple).assign(value)
