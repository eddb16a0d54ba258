from __future__ import annotations

import hashlib

import pytest

from zonda.httpclient import RequestError
from zonda.httpclient.authorization import (
    Challenge,
    basic_authorization,
    digest_authorization,
    find_challenge,
)

REALM = "http-auth@example.org"
NONCE = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"
CNONCE = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"


@pytest.mark.parametrize(
    ("algorithm", "response"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_the_examples_of_rfc_7616(algorithm: str, response: str) -> None:
    challenge = Challenge(
        REALM, NONCE, algorithm, "auth", "FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"
    )
    value = digest_authorization(
        challenge, "Mufasa", "Circle of Life", "GET", "/dir/index.html", CNONCE
    )
    assert f'response="{response}"' in value
    assert f"algorithm={algorithm}" in value
    assert 'opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"' in value
    assert "qop=auth, nc=00000001" in value


def test_the_example_of_rfc_2617_without_qop() -> None:
    challenge = Challenge(
        "testrealm@host.com", "dcd98b7102dd2f0e8b11d0f600bfb0c093", "MD5", "", None
    )
    value = digest_authorization(challenge, "Mufasa", "Circle Of Life", "GET", "/dir/index.html")
    assert 'response="670fd8c2df070c60b045671b8b24ff02"' in value
    assert "cnonce" not in value and "opaque" not in value


def test_session_algorithms_depend_on_the_clients_nonce() -> None:
    challenge = Challenge("r", "n", "MD5-sess", "auth", None)
    one, two = (digest_authorization(challenge, "u", "p", "GET", "/", c) for c in ("a", "b"))
    assert one.replace('"a"', '"b"') != two
    assert digest_authorization(challenge, "u", "p", "GET", "/") != one


def test_quotes_are_escaped() -> None:
    challenge = Challenge('a "realm"', "n", "MD5", "auth", None)
    value = digest_authorization(challenge, 'back\\slash"', "p", "GET", "/")
    assert 'username="back\\\\slash\\""' in value
    assert 'realm="a \\"realm\\""' in value


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (['Digest realm="r", nonce="n"'], Challenge("r", "n", "MD5", "", None)),
        (
            ['Basic realm="x", Digest realm="a\\"b", nonce="n", qop="auth,auth-int", opaque=o'],
            Challenge('a"b', "n", "MD5", "auth", "o"),
        ),
        (
            [
                'Digest realm="r", nonce="1", algorithm=MD5, qop="auth"',
                'Digest realm="r", nonce="2", algorithm=SHA-256, qop="auth"',
            ],
            Challenge("r", "2", "SHA-256", "auth", None),
        ),
        (['Digest realm="r"'], None),
        (['Digest nonce="n", algorithm=ROT13'], None),
        (['Digest nonce="n", qop="auth-int"'], None),
        (['Basic realm="Digest nonce=x"'], None),
        (["Negotiate"], None),
        (['Digest nonce="' + "x" * 9000 + '"'], None),
        ([], None),
    ],
)
def test_finding_a_challenge(values: list[str], expected: Challenge | None) -> None:
    assert find_challenge(values) == expected


def test_basic_authorization() -> None:
    assert basic_authorization("test", "123£") == "Basic dGVzdDoxMjPCow=="
    with pytest.raises(RequestError, match="colon"):
        basic_authorization("a:b", "c")


def test_letters_beyond_ascii_are_bytes() -> None:
    """The realm is what the server has sent; the name, like the password, is UTF-8."""
    realm = "Bücher".encode().decode("latin-1")  # as header values come
    value = digest_authorization(Challenge(realm, "n", "MD5", "", None), "Jäsøn", "€", "GET", "/")
    sent = value.encode("latin-1").decode()
    assert 'username="Jäsøn", realm="Bücher"' in sent

    def md5(text: str) -> str:
        return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()

    assert f'response="{md5(md5("Jäsøn:Bücher:€") + ":n:" + md5("GET:/"))}"' in sent


@pytest.mark.parametrize("name", ["a\r\nX-Evil: y", "\0", "\x7f"])
def test_names_with_control_characters(name: str) -> None:
    with pytest.raises(RequestError, match="control character"):
        digest_authorization(Challenge("r", "n", "MD5", "", None), name, "p", "GET", "/")
    with pytest.raises(RequestError):
        basic_authorization(name, "p")
