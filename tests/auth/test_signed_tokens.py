"""Signatures and keys; what claims have to say is tested with logins."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import Key, OKPKey

from tests.auth.oidc_provider import make_key, rsa_key
from zonda.auth import ProviderError, TokenError
from zonda.auth.signed_tokens import (
    ALGORITHMS,
    MAX_TOKEN_SIZE,
    SignedToken,
    UnknownKeyError,
    half_hash,
    import_keys,
    verify,
)

CLAIMS = {"sub": "user-1"}


def published(*keys: Key) -> list[Key]:
    return import_keys({"keys": [key.as_dict(private=False) for key in keys]})


def unpadded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def signed(key: Key, algorithm: str, **header: Any) -> str:
    return jwt.encode({"alg": algorithm, **header}, dict(CLAIMS), key, [algorithm])


KEYS: dict[str, Key] = {
    "RS256": rsa_key("rsa"),
    "RS512": rsa_key("rsa"),
    "PS256": rsa_key("rsa"),
    "ES256": make_key("ec"),
    "ES512": make_key("ec-512", "ES512"),
    "Ed25519": OKPKey.generate_key("Ed25519", {"kid": "okp"}),
}


@pytest.mark.parametrize("algorithm", KEYS)
def test_signatures(algorithm: str) -> None:
    key = KEYS[algorithm]
    token = verify(signed(key, algorithm, kid=key.kid), published(key))
    assert (token.algorithm, token.subject()) == (algorithm, "user-1")
    with pytest.raises(TokenError, match="alg"):
        verify(signed(key, algorithm), published(key), ["ES384"])
    others = [k for k in KEYS.values() if k is not key]
    with pytest.raises(TokenError):
        verify(signed(key, algorithm), published(*others))


def test_only_asymmetric_algorithms() -> None:
    assert not any(name.startswith("HS") or name == "none" for name in ALGORITHMS)


@pytest.mark.parametrize("algorithm", ["HS256", "none"])
def test_no_other_algorithm_even_if_it_is_asked_for(algorithm: str) -> None:
    header = unpadded(json.dumps({"alg": algorithm}).encode())
    token = f"{header}.{unpadded(json.dumps(CLAIMS).encode())}."
    with pytest.raises(TokenError, match="alg"):
        verify(token, published(KEYS["ES256"]), [algorithm])


def test_the_public_key_is_no_secret_of_hmac() -> None:
    """Algorithm confusion: a token signed with what everybody knows."""
    key = rsa_key("rsa")
    head = unpadded(json.dumps({"alg": "HS256", "kid": "rsa"}).encode())
    text = f"{head}.{unpadded(json.dumps(CLAIMS).encode())}"
    digest = hmac.digest(key.as_pem(private=False), text.encode(), "sha256")
    token = f"{text}.{unpadded(digest)}"
    with pytest.raises(TokenError, match="alg"):
        verify(token, published(key), ["HS256", "RS256"])


def test_a_key_that_comes_with_the_token_counts_for_nothing() -> None:
    own = make_key("own")
    token = signed(own, "ES256", jwk=own.as_dict(private=False), kid="ec")
    with pytest.raises(TokenError, match="signature is wrong"):
        verify(token, published(KEYS["ES256"]))


def test_critical_headers_that_are_not_understood() -> None:
    token = signed(KEYS["ES256"], "ES256", kid="ec")
    _, payload, signature = token.split(".")
    header = json.dumps({"alg": "ES256", "kid": "ec", "crit": ["b64x"], "b64x": 1})
    with pytest.raises(TokenError):
        verify(f"{unpadded(header.encode())}.{payload}.{signature}", published(KEYS["ES256"]))


def test_an_unknown_key_has_an_error_of_its_own() -> None:
    with pytest.raises(UnknownKeyError):
        verify(signed(KEYS["ES256"], "ES256", kid="x"), published(KEYS["ES256"]))
    with pytest.raises(UnknownKeyError):
        verify(signed(KEYS["ES256"], "ES256"), [])


def test_keys_that_are_passed_over() -> None:
    good = KEYS["ES256"].as_dict(private=False)
    entries: list[Any] = [
        7,
        {},
        {"kty": "AKP", "kid": "new"},
        {"kty": "oct", "k": "c2VjcmV0"},
        {"kty": "EC", "crv": "P-256", "x": "!", "y": "!"},
        {"kty": "RSA", "n": "AQAB" * 30, "e": "AQAB"},
        {"kty": "RSA", "n": 7, "e": "AQAB"},
        {**good, "use": "enc"},
        good,
    ]
    assert [key.kid for key in import_keys({"keys": entries})] == ["ec"]


@pytest.mark.parametrize("value", [None, [], {}, {"keys": None}, {"keys": {}}])
def test_what_is_no_set_of_keys(value: object) -> None:
    with pytest.raises(ProviderError, match="no JWK set"):
        import_keys(value)


def test_a_token_has_a_limit() -> None:
    token = signed(KEYS["ES256"], "ES256", kid="ec")
    with pytest.raises(TokenError):
        verify(token + "A" * MAX_TOKEN_SIZE, published(KEYS["ES256"]))


@pytest.mark.parametrize("stray", ["+", "/", "=", "!", "\n"])
@pytest.mark.parametrize("part", [0, 1, 2])
def test_characters_that_no_part_has(stray: str, part: int) -> None:
    parts = signed(KEYS["ES256"], "ES256", kid="ec").split(".")
    parts[part] += stray
    with pytest.raises(TokenError, match="no signed token"):
        verify(".".join(parts), published(KEYS["ES256"]))


@pytest.mark.parametrize(
    ("algorithm", "name"), [("RS256", "sha256"), ("ES384", "sha384"), ("Ed25519", "sha512")]
)
def test_half_hashes(algorithm: str, name: str) -> None:
    digest = hashlib.new(name, b"token").digest()
    half = base64.urlsafe_b64encode(digest[: len(digest) // 2]).decode().rstrip("=")
    assert half_hash("token", algorithm) == half


GOOD = signed(KEYS["ES256"], "ES256", kid="ec")
KEY_SET = published(KEYS["ES256"])


PART = st.sampled_from([*GOOD.split("."), "e30", "", "é", "W10", "====", "AAAA"])


@settings(max_examples=50)
@given(st.lists(PART, min_size=1, max_size=4))
def test_whatever_comes_is_a_token_or_a_token_error(parts: list[str]) -> None:
    text = ".".join(parts)
    try:
        assert verify(text, KEY_SET).subject() == "user-1"
    except TokenError:
        assert text != GOOD


def test_claims_that_are_no_text() -> None:
    """JSON can say what UTF-8 cannot."""
    token = SignedToken("ES256", {"sub": "a", "nonce": "\ud800", "at_hash": "\udfff"})
    with pytest.raises(TokenError, match="nonce"):
        token.check_login("nonce", None)
    with pytest.raises(TokenError, match="at_hash"):
        token.check_login(None, "token")


VALUE = (
    st.sampled_from(
        ["RSA", "EC", "OKP", "oct", "sig", "P-256", "Ed25519", "AQAB", "ES256", "\ud800"]
    )
    | st.none()
    | st.integers(-1, 2)
    | st.text(max_size=6)
    | st.lists(st.integers(), max_size=2)
)
FIELD = st.sampled_from(
    ["kty", "crv", "x", "y", "n", "e", "kid", "alg", "use", "key_ops", "d", "k", "x5c"]
)


@settings(max_examples=60)
@given(st.lists(st.dictionaries(FIELD, VALUE, max_size=8), max_size=3))
def test_whatever_comes_as_keys_is_passed_over(entries: list[dict[str, Any]]) -> None:
    good = KEYS["ES256"].as_dict(private=False)
    keys = import_keys({"keys": [*entries, good]})
    assert verify(GOOD, keys).subject() == "user-1"
