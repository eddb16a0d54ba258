"""Signed tokens of OpenID Connect: id_token and logout_token; signatures are joserfc's affair.

Everything here fails closed: a claim that is missing, of another type or not exactly what it has
to be ends the login with a `TokenError` that names it.  Rules: OpenID Connect Core 1.0 sections
2 and 3.1.3.7, RFC 8725, Back-Channel Logout 1.0 section 2.6.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, JWKRegistry, Key, OKPKey, RSAKey

from zonda.escape import json_decode

from .errors import ProviderError, TokenError

#: Seconds by which a provider's clock may differ from ours.
LEEWAY: Final = 60

#: Characters of a token; joserfc has limits for its parts.
MAX_TOKEN_SIZE: Final = 64 * 1024

#: Asymmetric signatures only: ``none`` is no signature, and for HMAC the provider's public key
#: would be as good a secret as any.
ALGORITHMS: Final = frozenset(
    {
        *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
        *("ES256", "ES384", "ES512", "EdDSA", "Ed25519"),
    }
)

# Three parts in base64url without padding, the last perhaps empty: RFC 7515 sections 2 and 7.1.
_COMPACT: Final = re.compile(r"([\w-]+)\.[\w-]*\.[\w-]*", re.ASCII)
_KEY_TYPES: Final = {"RS": RSAKey, "PS": RSAKey, "ES": ECKey, "Ed": OKPKey}
_LOGOUT_EVENT: Final = "http://schemas.openid.net/event/backchannel-logout"
_MAX_SUBJECT_SIZE: Final = 255
_MIN_RSA_BITS: Final = 2048
# Beyond are neither dates, nor numbers that can be compared: JSON has integers without end.
_LAST_SECOND: Final = 2**53


class UnknownKeyError(TokenError):
    """The token's key is not among the provider's; they may have changed."""


@dataclass(frozen=True, slots=True)
class SignedToken:
    """A token whose signature is good; what it says has still to be checked."""

    algorithm: str
    claims: Mapping[str, Any]

    def check(self, issuer: str, client_id: str, now: float) -> None:
        """Check what all tokens have: who made it, for whom, and when.

        :raises TokenError: something is wrong.
        """
        claims = self.claims
        if claims.get("iss") != issuer:
            raise TokenError("the token is from another issuer (iss)")
        audience = claims.get("aud")
        audiences = audience if isinstance(audience, list) else [audience]
        if client_id not in audiences:
            raise TokenError("the token is meant for another application (aud)")
        party = claims.get("azp")
        if party != client_id and (party is not None or len(audiences) > 1):
            raise TokenError("the token was given to another application (azp)")
        if self._time("exp") <= now - LEEWAY:
            raise TokenError("the token has expired (exp)")
        if self._time("iat") > now + LEEWAY:
            raise TokenError("the token is from the future (iat)")
        if "nbf" in claims and self._time("nbf") > now + LEEWAY:
            raise TokenError("the token is not valid yet (nbf)")

    def check_login(self, nonce: str | None, access_token: str | None) -> None:
        """Check that the token belongs to this login, and to this access token.

        :raises TokenError: something is wrong.
        """
        self.subject()
        given = self.claims.get("nonce")
        if nonce is not None and not (isinstance(given, str) and _equal(given, nonce)):
            raise TokenError("the token belongs to another login (nonce)")
        expected = self.claims.get("at_hash")
        if expected is not None and access_token is not None:
            actual = half_hash(access_token, self.algorithm)
            if not (isinstance(expected, str) and _equal(expected, actual)):
                raise TokenError("the token belongs to another access token (at_hash)")

    def check_age(self, max_age: float, now: float) -> None:
        """Check that the user proved who it is at most *max_age* seconds ago.

        :raises TokenError: it is longer ago, or not known.
        """
        if self._time("auth_time") < now - max_age - LEEWAY:
            raise TokenError("the user's login there is too long ago (auth_time)")

    def check_logout(self) -> None:
        """Check what a logout token has besides.

        :raises TokenError: something is wrong.
        """
        events = self.claims.get("events")
        if not isinstance(events, dict) or not isinstance(events.get(_LOGOUT_EVENT), dict):
            raise TokenError("the token is no logout token (events)")
        if "nonce" in self.claims:
            raise TokenError("a logout token has no nonce")
        if not isinstance(self.claims.get("jti"), str):
            raise TokenError("the logout token has no identifier (jti)")
        if not isinstance(self.claims.get("sid"), str):
            self.subject()

    def subject(self) -> str:
        """Who the user is.

        :raises TokenError: the token does not say.
        """
        subject = self.claims.get("sub")
        if not isinstance(subject, str) or not 0 < len(subject) <= _MAX_SUBJECT_SIZE:
            raise TokenError("the token does not say who the user is (sub)")
        return subject

    def _time(self, name: str) -> float:
        value = self.claims.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise TokenError(f"the token has no time {name}")
        if not -_LAST_SECOND < value < _LAST_SECOND:
            raise TokenError(f"the token's time {name} is none")
        return value


def import_keys(value: object) -> list[Key]:
    """The public keys of a JWK set that can verify signatures; others are passed over.

    :raises ProviderError: it is no JWK set.
    """
    entries = value.get("keys") if isinstance(value, dict) else None
    if not isinstance(entries, list):
        raise ProviderError("the provider's keys are no JWK set")
    keys = []
    for entry in entries:
        if not isinstance(entry, dict) or entry.get("use", "sig") != "sig":
            continue
        if entry.get("kty") not in ("RSA", "EC", "OKP") or _is_short(entry):
            continue
        try:
            keys.append(JWKRegistry.import_key(entry))
        except (JoseError, ValueError, TypeError):
            continue
    return keys


def verify(
    token: str,
    keys: Iterable[Key],
    algorithms: Collection[str] = ALGORITHMS,
    types: Collection[str] = ("jwt",),
) -> SignedToken:
    """Verify the signature of *token* with the one of *keys* that it names.

    :param algorithms: what is accepted, of `ALGORITHMS`.
    :param types: what the header's ``typ`` may be, in lower case; it may be missing.
    :raises UnknownKeyError: it names none of *keys*.
    :raises TokenError: it is no token, or its signature is bad.
    """
    header = _header(token)
    algorithm = header.get("alg")
    if not isinstance(algorithm, str) or algorithm not in ALGORITHMS & set(algorithms):
        raise TokenError("the token is not signed with an algorithm that is accepted (alg)")
    kind = header.get("typ", "jwt")
    if not isinstance(kind, str) or kind.lower().removeprefix("application/") not in types:
        raise TokenError("the token is of another type (typ)")
    registry = jws.JWSRegistry(algorithms=[algorithm], strict_check_header=False)
    tried = False
    for key in _candidates(keys, algorithm, header.get("kid")):
        tried = True
        try:
            claims = jwt.decode(token, key, registry=registry).claims
        except (JoseError, ValueError, TypeError, RecursionError):
            continue
        return SignedToken(algorithm, claims)
    if tried:
        raise TokenError("the token's signature is wrong")
    raise UnknownKeyError("the token is signed with a key that the provider does not have (kid)")


def half_hash(text: str, algorithm: str) -> str:
    """The left half of the hash that belongs to *algorithm*, as of ``at_hash``."""
    size = "512" if algorithm.startswith("Ed") else algorithm[2:]
    digest = hashlib.new(f"sha{size}", text.encode("utf-8")).digest()
    return base64.urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=").decode("ascii")


def _header(token: str) -> dict[str, Any]:
    parts = _COMPACT.fullmatch(token) if len(token) <= MAX_TOKEN_SIZE else None
    if parts is None:
        raise TokenError("that is no signed token")
    first = parts[1]
    try:
        header = json_decode(base64.urlsafe_b64decode(first + "=" * (-len(first) % 4)))
    except ValueError:
        header = None
    if not isinstance(header, dict):
        raise TokenError("that is no signed token")
    return header


def _candidates(keys: Iterable[Key], algorithm: str, kid: object) -> list[Key]:
    kind = _KEY_TYPES[algorithm[:2]]
    return [
        key
        for key in keys
        if isinstance(key, kind)
        and (kid is None or key.kid == kid)
        and key.alg in (None, algorithm)
    ]


def _is_short(entry: Mapping[str, object]) -> bool:
    """Whether it is an RSA key that is too short to be worth anything."""
    modulus = entry.get("n")
    if entry.get("kty") != "RSA" or not isinstance(modulus, str):
        return False
    return len(modulus) * 6 < _MIN_RSA_BITS


def _equal(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode("utf-8", "replace"), other.encode("utf-8", "replace"))


def claims_without_protocol(claims: Mapping[str, Any]) -> dict[str, Any]:
    """What *claims* say of the user, without what only served this login."""
    served = ("nonce", "at_hash", "c_hash", "azp")
    return {name: value for name, value in claims.items() if name not in served}
