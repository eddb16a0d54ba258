"""Basic authentication."""

from __future__ import annotations

import pytest

from zonda.http import HTTPOutputError, basic_authorization, check_credentials


@pytest.mark.parametrize(
    ("username", "password", "value"),
    [
        ("Aladdin", "open sesame", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="),
        ("test", "123£", "Basic dGVzdDoxMjPCow=="),
        ("a", "b:c", "Basic YTpiOmM="),
        ("e\u0301", "", "Basic w6k6"),
    ],
    ids=["the example of RFC 7617", "UTF-8", "a colon in the password", "one letter in two parts"],
)
def test_a_value(username: str, password: str, value: str) -> None:
    assert basic_authorization(username, password) == value


def test_a_colon_in_the_name() -> None:
    with pytest.raises(HTTPOutputError, match="colon"):
        basic_authorization("a:b", "c")


@pytest.mark.parametrize("text", ["a\r\nb", "\0", "\x7f"])
def test_control_characters(text: str) -> None:
    for pair in ((text, "b"), ("a", text)):
        with pytest.raises(HTTPOutputError, match="control character"):
            basic_authorization(*pair)
        with pytest.raises(HTTPOutputError, match="control character"):
            check_credentials(*pair)
    check_credentials("a:b", "é", "")
