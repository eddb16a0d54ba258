"""The three modes of whitespace."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.growth import LINEAR, growth_of
from zonda.template import DictLoader, Template, filter_whitespace

spacious = st.text(alphabet="ab \t\n\r\f\xa0\u2028")


@pytest.mark.parametrize(
    ("mode", "output"),
    [("all", " a\t b \n\n c "), ("single", " a b\nc "), ("oneline", " a b c ")],
)
def test_the_modes(mode: str, output: str) -> None:
    assert filter_whitespace(mode, " a\t b \n\n c ") == output


@given(spacious)
def test_single_is_first_spaces_then_newlines(text: str) -> None:
    expected = re.sub(r"\s*\n\s*", "\n", re.sub(r"[\t ]+", " ", text))
    assert filter_whitespace("single", text) == expected


@given(spacious)
def test_oneline_has_one_line(text: str) -> None:
    assert filter_whitespace("oneline", text) == re.sub(r"\s+", " ", text)


def test_other_modes_are_refused() -> None:
    for make in (
        lambda: filter_whitespace("none", ""),
        lambda: Template("", whitespace="none"),
        lambda: DictLoader({}, whitespace="none"),
    ):
        with pytest.raises(ValueError, match="must be 'all', 'single' or 'oneline'"):
            make()


@pytest.mark.parametrize(
    ("name", "output"),
    [("a.html", "a\nb"), ("a.js", "a\nb"), ("a.txt", "a \n b"), ("<string>", "a \n b")],
)
def test_the_default_depends_on_the_name(name: str, output: str) -> None:
    assert Template("a \n b", name).render() == output


def test_the_loader_has_a_default_too() -> None:
    loader = DictLoader({"a.html": "a \n b", "b.txt": "a \n b"}, whitespace="oneline")
    assert [loader.load(name).render() for name in ("a.html", "b.txt")] == ["a b", "a b"]


def test_the_older_parameter() -> None:
    assert Template("a  b", compress_whitespace=True).render() == "a b"
    assert Template("a  b", "a.html", compress_whitespace=False).render() == "a  b"
    with pytest.raises(TypeError, match="say the same"):
        Template("", compress_whitespace=True, whitespace="all")


@pytest.mark.parametrize("unit", [" ", "\n", "\r", " \n", "\t\r", "a "])
@pytest.mark.parametrize("mode", ["single", "oneline"])
def test_whitespace_is_linear(mode: str, unit: str) -> None:
    assert growth_of(lambda text: filter_whitespace(mode, text), lambda size: unit * size) < LINEAR
