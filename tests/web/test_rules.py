"""Rules and the tuples that stand for them."""

from __future__ import annotations

import re

import pytest

from zonda.web import AnyMatches, Path, RequestHandler, Router, Rule, URLSpec
from zonda.web.rules import make_rule, make_rules


class Handler(RequestHandler):
    pass


def test_a_tuple_stands_for_a_rule() -> None:
    short, long, asked = make_rules(
        [("/a", Handler), (re.compile("/b"), Handler, {"k": 1}, "b"), (AnyMatches(), Router())]
    )
    assert isinstance(short, URLSpec) and isinstance(long, URLSpec)
    assert (short.regex.pattern, short.kwargs, short.name) == ("/a$", {}, None)
    assert (long.regex.pattern, long.kwargs, long.name) == ("/b$", {"k": 1}, "b")
    assert long.handler_class is long.target is Handler
    assert type(asked) is Rule
    assert make_rule(short) is short
    assert make_rule(["/a", Handler]).reverse() == "/a"


def test_a_handler_can_be_named_by_where_it_is() -> None:
    name = "zonda.web.standard_handlers.RedirectHandler"
    for rule in (URLSpec("/", name), make_rule(("/", name)), make_rule((Path("/"), name))):
        assert rule.target.__name__ == "RedirectHandler"
        assert isinstance(rule, URLSpec)
    assert Rule(AnyMatches(), name).target.__name__ == "RedirectHandler"
    with pytest.raises(ImportError, match="has no 'Missing'"):
        URLSpec("/", "zonda.web.Missing")
    with pytest.raises(ImportError):
        URLSpec("/", "nowhere_to_be_found")


@pytest.mark.parametrize("rule", ["/", ("/",), ("/", Handler, {}, "", 1), (1, Handler), None])
def test_anything_else_is_an_error(rule: object) -> None:
    with pytest.raises(TypeError, match="a rule is"):
        make_rule(rule)  # type: ignore[arg-type]  # wrong on purpose


def test_rules_show_what_they_are() -> None:
    assert "'/x$'" in repr(URLSpec(re.compile("/x"), Handler))
    assert "name='n'" in repr(Rule(AnyMatches(), Handler, name="n"))
