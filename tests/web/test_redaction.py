"""What the page of an error must not show."""

from __future__ import annotations

from typing import Any

import pytest

from zonda.web.redaction import MASK, MAX_VALUE, Redactor, is_secret


@pytest.mark.parametrize(
    "name",
    [
        "cookie_secret",
        "password",
        "PASSWD",
        "db_pwd",
        "Authorization",
        "Proxy-Authorization",
        "Cookie",
        "Set-Cookie",
        "X-Api-Key",
        "apikey",
        "access_token",
        b"csrf",
        "_xsrf",
        "session_id",
        "private_key",
        "client_credentials",
    ],
)
def test_telling_names(name: object) -> None:
    assert is_secret(name)
    assert Redactor().named(name, "value") == MASK


@pytest.mark.parametrize("name", ["author", "key", "keyboard", "user", "", 7, None, ("password",)])
def test_other_names(name: object) -> None:
    assert not is_secret(name)
    assert Redactor().named(name, "value") == "'value'"


def test_nothing_is_no_secret() -> None:
    assert Redactor().named("password", None) == "None"


def test_the_text_of_a_secret_is_taken_out_wherever_it_is() -> None:
    redactor = Redactor()
    redactor.learn_by_name(
        {
            "password": "a b/c'd",
            "deep": {"token": {"value": [b"bytes-of-it"]}, "plain": "visible"},
            "short": 1,
        }
    )
    assert redactor.text("x a b/c'd y") == f"x {MASK} y"
    assert redactor.text("q=a+b%2Fc%27d&r=a%20b%2Fc%27d") == f"q={MASK}&r={MASK}"
    assert redactor.describe({"x": "bytes-of-it"}) == f"{{'x': '{MASK}'}}"
    assert redactor.describe("visible") == "'visible'"


def test_short_texts_are_left_where_they_are() -> None:
    redactor = Redactor()
    redactor.learn("abc")
    assert redactor.text("abcdef") == "abcdef"


def test_a_long_secret_is_not_shown_by_halves() -> None:
    redactor = Redactor()
    secret = "s3cret" * 400
    redactor.learn(secret)
    for value in (secret, secret.encode(), [secret], Wrapper(secret)):
        assert "s3cret" not in redactor.describe(value)


class Wrapper:
    """Its `repr` shows everything."""

    def __init__(self, value: str) -> None:
        self.value = value

    def __repr__(self) -> str:
        return f"Wrapper({self.value})"


class Unwilling:
    """It has no `repr`."""

    def __repr__(self) -> str:
        raise RuntimeError


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ({"user": "ada", "password": "x"}, f"{{'user': 'ada', 'password': {MASK}}}"),
        ({b"token": 1}, f"{{b'token': {MASK}}}"),
        ({}, "{}"),
        (Unwilling(), "<Unwilling, whose repr raised RuntimeError>"),
        ([1, "a", b"b"], "[1, 'a', b'b']"),
    ],
)
def test_descriptions(value: object, shown: str) -> None:
    assert Redactor().describe(value) == shown


def test_descriptions_are_bounded() -> None:
    deep: Any = "end"
    for _ in range(50):
        deep = {"x": deep}
    for value in (deep, "x" * 10**6, list(range(10**5)), dict.fromkeys(range(10**5)), 10**400):
        assert len(Redactor().describe(value)) < 2 * MAX_VALUE
