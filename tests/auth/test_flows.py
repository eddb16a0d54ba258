"""A login under way is kept in a cookie, once, for a while, for one provider."""

from __future__ import annotations

import time
from functools import partial

import pytest

from tests.at_once import at_once
from tests.auth.plain_handler import Browser, PlainHandler
from zonda.auth import FLOW_LIFETIME, MAX_FLOWS, FlowError
from zonda.auth.flows import (
    MAX_SPENT,
    SECRET_ARGUMENTS,
    Flow,
    SpentStates,
    begin_flow,
    finish_flow,
    hide_secrets,
    path_after,
    random_token,
    wanted_path,
)
from zonda.auth.signatures import MAX_SIGNED_SIZE, sign, signing_keys

SETTINGS = {"cookie_secret": "cookie secret"}


def handler(browser: Browser, url: str = "https://site.example/login") -> PlainHandler:
    return PlainHandler(browser, url, SETTINGS)


def test_a_flow_comes_back_as_it_was(browser: Browser) -> None:
    flow = Flow("provider", redirect_uri="u", verifier="v", nonce="n", next_url="/", extra="e")
    begin_flow(handler(browser), flow)
    assert finish_flow(handler(browser), "provider", flow.state) == flow


def test_the_challenge_is_that_of_the_standard() -> None:
    """RFC 7636 appendix B."""
    flow = Flow("provider", verifier="dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
    assert flow.challenge == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_tokens_differ() -> None:
    assert len({random_token() for _ in range(100)}) == 100
    assert all(len(random_token()) == 43 for _ in range(10))


def test_the_cookie(browser: Browser) -> None:
    secure, plain = handler(browser), handler(browser, "http://site.example/login")
    begin_flow(secure, Flow("provider"))
    begin_flow(plain, Flow("provider"))
    ((name, attributes),) = secure.set.items()
    assert name.startswith("__Host-oauth_")
    assert attributes == {
        "path": "/",
        "max_age": FLOW_LIFETIME,
        "httponly": True,
        "samesite": "Lax",
        "secure": True,
    }
    ((name, attributes),) = plain.set.items()
    assert name.startswith("oauth_")
    assert not attributes["secure"]


@pytest.mark.parametrize(("url", "same_site"), [("https://h/", "None"), ("http://h/", "Lax")])
def test_the_cookie_for_an_answer_by_post(browser: Browser, url: str, same_site: str) -> None:
    """``SameSite=None`` is nothing without ``Secure``."""
    asked = handler(browser, url)
    begin_flow(asked, Flow("provider"), answered_by_post=True)
    ((_, attributes),) = asked.set.items()
    assert (attributes["samesite"], attributes["secure"]) == (same_site, same_site == "None")


def test_over_tls_only_the_cookie_of_the_very_host_counts(browser: Browser) -> None:
    flow = Flow("provider")
    begin_flow(handler(browser, "http://site.example/login"), flow)
    with pytest.raises(FlowError):
        finish_flow(handler(browser), "provider", flow.state)


def test_a_few_logins_at_a_time(browser: Browser) -> None:
    """Two tabs do not take each other's away; a hundred do."""
    now = int(time.time()) - 100
    flows = [Flow("provider", started=now + number) for number in range(MAX_FLOWS + 3)]
    for flow in flows:
        begin_flow(handler(browser), flow)
    assert len(browser.cookies) == MAX_FLOWS
    for flow in flows[:3]:
        with pytest.raises(FlowError):
            finish_flow(handler(browser), "provider", flow.state)
    for flow in flows[3:]:
        assert finish_flow(handler(browser), "provider", flow.state) == flow
    assert browser.cookies == {}


def test_cookies_that_cannot_be_read_make_room_first(browser: Browser) -> None:
    flow = Flow("provider")
    begin_flow(handler(browser), flow)
    browser.cookies.update({f"oauth_{number}": "junk" for number in range(MAX_FLOWS - 1)})
    begin_flow(handler(browser), Flow("provider"))
    assert finish_flow(handler(browser), "provider", flow.state) == flow


@pytest.mark.parametrize("state", [None, "", "x", "\udcff"])
def test_unknown_states(browser: Browser, state: str | None) -> None:
    begin_flow(handler(browser), Flow("provider"))
    with pytest.raises(FlowError) as raised:
        finish_flow(handler(browser), "provider", state)
    assert raised.value.status == 403


@pytest.mark.parametrize("content", ["{", "[]", "7", '{"provider": "p", "shoe_size": 7}'])
def test_cookies_of_another_version(browser: Browser, content: str) -> None:
    flow = Flow("provider")
    asked = handler(browser)
    begin_flow(asked, flow)
    ((name, _),) = asked.set.items()
    browser.cookies[name] = sign(signing_keys(SETTINGS)[0], name, content)
    with pytest.raises(FlowError):
        finish_flow(handler(browser), "provider", flow.state)


def test_another_providers_flow_is_over(browser: Browser) -> None:
    flow = Flow("provider")
    begin_flow(handler(browser), flow)
    with pytest.raises(FlowError, match="another provider"):
        finish_flow(handler(browser), "other", flow.state)
    assert browser.cookies == {}


def test_what_does_not_fit_into_a_cookie(browser: Browser) -> None:
    with pytest.raises(ValueError, match="too long for a cookie"):
        begin_flow(handler(browser), Flow("provider", state="x" * MAX_SIGNED_SIZE))


@pytest.mark.parametrize("seconds", [-120, FLOW_LIFETIME + 1])
def test_cookies_of_another_time(browser: Browser, seconds: int) -> None:
    """Whatever the browser thinks of it."""
    flow = Flow("provider", started=int(time.time()) - seconds)
    begin_flow(handler(browser), flow)
    with pytest.raises(FlowError):
        finish_flow(handler(browser), "provider", flow.state)


def test_what_is_secret_leaves_the_url(browser: Browser) -> None:
    """That goes to the log; the arguments stay."""
    query = "&".join(f"{name}=S{number}" for number, name in enumerate(SECRET_ARGUMENTS))
    asked = handler(browser, f"https://site.example/login?a=1&{query}&z=2")
    hide_secrets(asked)
    assert asked.get_argument("code") == "S0"
    assert asked.request.uri is not None
    assert "S" not in asked.request.uri.replace("=...", "")
    assert asked.request.uri.startswith("/login?a=1&code=...&")
    assert asked.request.uri.endswith("&z=2")
    assert asked.request.query.startswith("a=1&code=S0")


def test_the_path_for_afterwards(browser: Browser) -> None:
    assert wanted_path(handler(browser), None) is None
    assert wanted_path(handler(browser, "https://h/?next=/a"), None) == "/a"
    assert wanted_path(handler(browser, "https://h/?next=/a"), "/b") == "/b"
    assert wanted_path(handler(browser), "//evil") == "/"
    assert path_after(handler(browser, "https://h/?next=/a"), None, "/d") == "/a"
    assert path_after(handler(browser, "https://h/?next=/a"), Flow("p"), "/d") == "/d"
    assert path_after(handler(browser), Flow("p", next_url="//evil"), "/d") == "/d"


def test_states_are_remembered_for_a_while_and_not_without_end() -> None:
    spent = SpentStates()
    assert spent.spend("a", 0)
    assert not spent.spend("a", FLOW_LIFETIME - 1)
    assert spent.spend("a", FLOW_LIFETIME)
    for number in range(MAX_SPENT + 5):
        assert spent.spend(str(number), FLOW_LIFETIME)
    assert len(spent._ends) == MAX_SPENT


def test_of_threads_only_one_spends_a_state() -> None:
    spent = SpentStates()
    numbers = [str(number) for number in range(500)]

    def spend_all(now: float) -> list[bool]:
        return [spent.spend(number, now) for number in numbers]

    for now in (0.0, 2.0 * FLOW_LIFETIME, 4.0 * FLOW_LIFETIME):  # the former ones are forgotten
        answers = at_once([partial(spend_all, now)] * 4)
        assert [sum(each) for each in zip(*answers, strict=True)] == [1] * len(numbers)
