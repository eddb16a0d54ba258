"""xhtml_escape, xhtml_unescape and SafeString."""

from __future__ import annotations

import enum
import html

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.growth import LINEAR, growth_of
from zonda.escape import HasHTML, SafeString, xhtml_escape, xhtml_unescape

markup = st.text(alphabet="&<>\"';#x0123456789abcdefgltquotmp \u00e9\u20ac")


@pytest.mark.parametrize(
    ("raw", "escaped"),
    [
        ("", ""),
        ("plain", "plain"),
        ("<foo>", "&lt;foo&gt;"),
        ("<>&\"'", "&lt;&gt;&amp;&quot;&#x27;"),
        ("&amp;", "&amp;amp;"),
        ("<\u00e9>", "&lt;\u00e9&gt;"),
    ],
)
def test_the_five_characters_are_escaped(raw: str, escaped: str) -> None:
    assert xhtml_escape(raw) == escaped
    assert xhtml_escape(raw.encode()) == escaped
    assert xhtml_unescape(escaped) == raw
    assert xhtml_unescape(escaped.encode()) == raw


@given(st.text() | markup)
def test_escaping_agrees_with_the_standard_library(text: str) -> None:
    assert xhtml_escape(text) == html.escape(text)


@given(st.text() | markup)
def test_unescaping_undoes_escaping(text: str) -> None:
    assert xhtml_unescape(xhtml_escape(text)) == text


@given(st.text() | markup)
def test_unescaping_agrees_with_the_standard_library(text: str) -> None:
    assert xhtml_unescape(text) == html.unescape(text)


def test_nothing_is_allocated_when_nothing_needs_escaping() -> None:
    text = "nothing to escape here".upper()
    assert xhtml_escape(text) is text
    assert xhtml_unescape(text) is text


class Colour(str, enum.Enum):  # noqa: UP042  # not StrEnum: str() of it is not its text
    RED = "<red>"


def test_a_subclass_of_str_is_its_text() -> None:
    escaped = xhtml_escape(Colour.RED)
    assert escaped == "&lt;red&gt;"
    assert type(escaped) is str
    assert type(xhtml_escape(SafeString("<b>"))) is str


@pytest.mark.parametrize("value", [None, 1, bytearray(b"a"), ["<"]])
@pytest.mark.parametrize("function", [xhtml_escape, xhtml_unescape])
def test_other_types_are_refused_by_name(function: object, value: object) -> None:
    assert callable(function)
    with pytest.raises(TypeError, match=f"expected str or bytes, got {type(value).__name__}"):
        function(value)


@pytest.mark.parametrize(
    ("reference", "meaning"),
    [
        ("&#" + "0" * 5000 + "65;", "A"),
        ("&#" + "0" * 5000 + "65", "A"),
        ("&#" + "9" * 5000 + ";!", "\ufffd!"),
        ("&#" + "9" * 5000 + "!", "\ufffd!"),
        ("&#1114109;", "\U0010fffd"),
        ("&#1114112;", "\ufffd"),
        ("&#x" + "f" * 5000 + ";", "\ufffd"),
        ("&#0;", "\ufffd"),
        ("&#xd800;", "\ufffd"),
        ("foo&#xyz;&#;&#x;bar", "foo&#xyz;&#;&#x;bar"),
        ("&nosuchname;", "&nosuchname;"),
    ],
)
def test_odd_references(reference: str, meaning: str) -> None:
    assert xhtml_unescape(reference) == meaning


@pytest.mark.parametrize(
    "unit", ["<", "&", "a", "&a;", "&#", "&#0", "&#9", "0", "&#x", "&" + "a" * 40]
)
@pytest.mark.parametrize("function", [xhtml_escape, xhtml_unescape])
def test_markup_functions_are_linear(function: object, unit: str) -> None:
    assert callable(function)
    assert growth_of(function, lambda size: "&#" + unit * size) < LINEAR


class Widget:
    def __html__(self) -> str:
        return "<input>"


def test_safe_strings_escape_what_is_added() -> None:
    safe = SafeString("<b>")
    for result, expected in [
        (safe + "<", "<b>&lt;"),
        ("<" + safe, "&lt;<b>"),
        (safe + SafeString("</b>"), "<b></b>"),
        (safe.join(["<", SafeString("<i>")]), "&lt;<b><i>"),
        (SafeString.escape("<"), "&lt;"),
        (SafeString.escape(b"<"), "&lt;"),
        (SafeString.escape(Widget()), "<input>"),
    ]:
        assert isinstance(result, SafeString)
        assert result == expected


def test_safe_strings_add_only_strings() -> None:
    with pytest.raises(TypeError):
        SafeString("a") + 1  # type: ignore[operator]  # that is what is tested
    with pytest.raises(TypeError):
        1 + SafeString("a")  # type: ignore[operator]  # that is what is tested


def test_other_operations_give_text_that_will_be_escaped() -> None:
    safe = SafeString("<b>%s</b>")
    results = [safe % "<", safe.upper(), f"{safe}", safe[1:], safe.replace("b", "i"), str(safe)]
    assert all(type(result) is str for result in results)


def test_safe_strings_tell_what_they_are() -> None:
    safe = SafeString("<b>")
    assert repr(safe) == "SafeString('<b>')"
    assert safe.__html__() is safe
    assert isinstance(safe, HasHTML)
    assert not isinstance("text", HasHTML)
