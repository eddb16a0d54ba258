"""Which entity tags match, and how long it takes to say so."""

from __future__ import annotations

import pytest

from tests.growth import LINEAR, growth_of
from zonda.web.conditional import entity_tag, matches_none_match


@pytest.mark.parametrize(
    ("tag", "given", "matches"),
    [
        ('"a"', '"a"', True),
        ('"a"', 'W/"a"', True),
        ('W/"a"', '"a"', True),
        ('"a"', '"b", "a"', True),
        ('"a"', '"b","a"', True),
        ('"a"', "*", True),
        ('"a"', '"b"', False),
        ('"a"', "a", False),
        ('"a"', '"', False),
        ('"a"', '"b"a"', False),
        ('"a"', "", False),
        ("", "*", False),
    ],
)
def test_tags_are_compared_weakly(tag: str, given: str, matches: bool) -> None:
    assert matches_none_match(tag, given) is matches


def test_a_tag_is_that_of_the_whole_body() -> None:
    assert entity_tag([b"ab", b"c"]) == entity_tag([b"abc"]) == entity_tag([b"", b"abc"])
    assert entity_tag([b"abc"]) != entity_tag([b"abd"])


@pytest.mark.parametrize("unit", ['"', '"b",', 'W/"', "W/", "*", "b", '"b'])
def test_comparing_is_linear(unit: str) -> None:
    """WB-17."""
    assert growth_of(lambda text: matches_none_match('"a"', text), lambda n: unit * n + '"a') < (
        LINEAR
    )
