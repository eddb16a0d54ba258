"""The rules of an application as text."""

from __future__ import annotations

from zonda.http import HTTPServerRequest
from zonda.web import Application, Path, RequestHandler, Rule, URLSpec
from zonda.web.matchers import AnyMatches, HostMatches
from zonda.web.rule_listing import RuleLine, list_rules


class Page(RequestHandler):
    """Any."""


def function(request: HTTPServerRequest) -> None:
    """Any."""


def test_every_kind_of_rule() -> None:
    application = Application(
        [
            URLSpec(r"/a/(\d+)", Page, name="a"),
            (Path("/b/{id:int}"), Page),
            Rule(HostMatches("x.example"), [("/c", Page), ("/d", [("/e", Page)])]),
            Rule(AnyMatches(), function),
            (r"/app", Application()),
        ]
    )
    application.add_handlers(r"shop\.example", [("/f", Page, {}, "f")])
    page = f"{__name__}.Page"
    assert list_rules(application) == [
        RuleLine(r"host shop\.example", "", "", 0),
        RuleLine("/f", page, "f", 1),
        RuleLine(r"/a/(\d+)", page, "a", 0),
        RuleLine("/b/{id:int}", page, "", 0),
        RuleLine("host x.example", "", "", 0),
        RuleLine("/c", page, "", 1),
        RuleLine("/d", "", "", 1),
        RuleLine("/e", page, "", 2),
        RuleLine("AnyMatches", f"{__name__}.function", "", 0),
        RuleLine("/app", "zonda.web.application.Application", "", 0),
    ]
