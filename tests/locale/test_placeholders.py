"""A translation is used only where the message's values can fill it in."""

from __future__ import annotations

import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.growth import LINEAR, growth_of
from zonda.locale.placeholders import fill, fits, misfit


@pytest.mark.parametrize(
    ("translation", "messages"),
    [
        ("Neu", ("New",)),
        ("%(a)s und %(b)s", ("%(b)s and %(a)s",)),
        ("nichts", ("%(a)s",)),
        ("vor %(n)d Minute", ("1 minute ago", "%(n)d minutes ago")),
        ("%(n)s Dateien", ("%(n)d files",)),
        ("%s von %d", ("%s of %d",)),
        ("%r von %i", ("%s of %d",)),
        ("50 % Rabatt", ("50% off",)),
        ("100 %% von %(a)s", ("100%% of %(a)s",)),
        ("%(a)5.2f", ("%(a)d",)),
        ("eine", ("one", "%d many")),
    ],
)
def test_it_fits(translation: str, messages: tuple[str, ...]) -> None:
    assert misfit(translation, *messages) is None
    assert fits(translation, *messages)


@pytest.mark.parametrize(
    ("translation", "messages"),
    [
        ("%(nmae)s", ("%(name)s",)),
        ("%(name)s", ("Hello",)),
        ("%(n)d", ("%(n)s",)),
        ("%s", ("%(n)s",)),
        ("%(n)", ("%(n)s",)),
        ("100 % von %(n)s %", ("%(n)s",)),
        ("%d", ("%s",)),
        ("%s %s", ("%s",)),
        ("keine", ("%d files",)),
        ("%(n)999999999d", ("%(n)d",)),
        ("%(n).999999999d", ("%(n)d",)),
    ],
)
def test_it_does_not_fit(translation: str, messages: tuple[str, ...]) -> None:
    assert misfit(translation, *messages)
    assert not fits(translation, *messages)


names = st.sampled_from(["a", "b", "", "a b"])
pieces = st.one_of(
    st.text("%()sd .5*-ab", max_size=6), names.map("%({})s".format), names.map("%({})d".format)
)
texts = st.lists(pieces, max_size=5).map("".join)


@given(texts, texts)
def test_what_fits_a_message_can_be_filled_in_where_the_message_can(
    translation: str, message: str
) -> None:
    values = {name: 7 for name in ("a", "b", "", "a b")}
    try:
        assert isinstance(message % values, str)
    except (ValueError, TypeError, KeyError):
        return
    if "%(" in message and misfit(translation, message) is None:
        assert isinstance(translation % values, str)


def test_a_misfit_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR, "zonda.general"):
        fits("%(oops)s", "Hello")
        fits("%(oops)s", "Hello")
    assert len(caplog.records) == 1
    assert "%(oops)" in caplog.text


def test_fill_falls_back_on_the_message() -> None:
    assert fill("%(x)s!", "%(a)s", {"a": 1}) == "1"
    assert fill("%(a)s!", "%(a)s", {"a": 1}) == "1!"


@pytest.mark.parametrize("piece", ["%(", "%0", "%(a", "%%(", "% 5", "%(a)s", "0"])
def test_the_search_is_linear(piece: str) -> None:
    assert growth_of(lambda text: misfit("%" + text, "%(a)s"), lambda size: piece * size) < LINEAR
