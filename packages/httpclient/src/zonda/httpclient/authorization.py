"""Saying who one is: Basic (RFC 7617) and Digest (RFC 7616)."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Callable, Iterable
from functools import partial
from typing import Final, NamedTuple

from zonda import http

from .errors import RequestError

# The strongest first; MD5 is what most servers of Digest still ask for.
_HASHES: Final[dict[str, Callable[[bytes], hashlib._Hash]]] = {
    "SHA-256": hashlib.sha256,
    "SHA-512-256": partial(hashlib.new, "sha512_256"),
    "MD5": partial(hashlib.md5, usedforsecurity=False),
}

_PARAMETER: Final = re.compile(
    r'[ \t,]*([!#$%&\'*+\-.^_`|~0-9A-Za-z]+)[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*+)"|([^\s,"]+))'
)
_SCHEME: Final = re.compile(r"[ \t,]*([!#$%&'*+\-.^_`|~0-9A-Za-z]+)[ \t]+")
_ESCAPED: Final = re.compile(r"\\(.)")

#: Characters of a challenge that are read.
MAX_CHALLENGE_SIZE: Final = 8192


def basic_authorization(username: str, password: str) -> str:
    """The value of ``Authorization`` or ``Proxy-Authorization``.

    :raises RequestError: the name cannot be sent.
    """
    try:
        return http.basic_authorization(username, password)
    except http.HTTPOutputError as error:
        raise RequestError(str(error)) from None


def check_username(username: str) -> None:
    """Whether a name can be sent for Digest.

    :raises RequestError: it cannot.
    """
    try:
        http.check_credentials(username)
    except http.HTTPOutputError as error:
        raise RequestError(str(error)) from None


class Challenge(NamedTuple):
    """What a server wants for Digest.

    :ivar algorithm: as the server spells it, with ``-sess`` or without.
    :ivar qop: ``auth``, or empty for servers of RFC 2069.
    """

    realm: str
    nonce: str
    algorithm: str
    qop: str
    opaque: str | None


def find_challenge(values: Iterable[str]) -> Challenge | None:
    """The strongest Digest challenge that can be met among values of ``WWW-Authenticate``."""
    found = [challenge for value in values for challenge in _challenges(value)]
    order = list(_HASHES)
    return min(found, key=lambda one: order.index(_hash_name(one.algorithm)), default=None)


def digest_authorization(
    challenge: Challenge,
    username: str,
    password: str,
    method: str,
    path: str,
    client_nonce: str | None = None,
) -> str:
    """The value of ``Authorization`` that meets *challenge*.

    What the server said is used byte by byte as it said it; name and password are UTF-8.

    :param path: the request's target.
    :param client_nonce: a random one unless given.
    :raises RequestError: the name has a control character.
    """
    check_username(username)
    make = _HASHES[_hash_name(challenge.algorithm)]

    def digest(text: str) -> str:
        return make(text.encode("latin-1")).hexdigest()

    # As header values are everywhere: bytes that are read as Latin-1.
    username = username.encode().decode("latin-1")
    password = password.encode().decode("latin-1")
    cnonce = client_nonce or secrets.token_urlsafe(24)
    first = digest(f"{username}:{challenge.realm}:{password}")
    if challenge.algorithm.upper().endswith("-SESS"):
        first = digest(f"{first}:{challenge.nonce}:{cnonce}")
    second = digest(f"{method}:{path}")
    middle = f"00000001:{cnonce}:auth:" if challenge.qop else ""
    response = digest(f"{first}:{challenge.nonce}:{middle}{second}")
    fields = {
        "username": username,
        "realm": challenge.realm,
        "nonce": challenge.nonce,
        "uri": path,
        "response": response,
    }
    text = ", ".join([f'{name}="{_escape(value)}"' for name, value in fields.items()])
    text += f", algorithm={challenge.algorithm}"
    if challenge.opaque is not None:
        text += f', opaque="{_escape(challenge.opaque)}"'
    if challenge.qop:
        text += f', qop=auth, nc=00000001, cnonce="{cnonce}"'
    return f"Digest {text}"


def _challenges(value: str) -> Iterable[Challenge]:
    """The Digest challenges of one header line; those that cannot be met are left out."""
    if len(value) > MAX_CHALLENGE_SIZE:
        return
    position = 0
    while (scheme := _SCHEME.match(value, position)) is not None:
        position = scheme.end()
        fields: dict[str, str] = {}
        while (found := _PARAMETER.match(value, position)) is not None:
            name, quoted, token = found.groups()
            text = token if quoted is None else _ESCAPED.sub(r"\1", quoted)
            fields.setdefault(name.lower(), text)
            position = found.end()
        if scheme[1].lower() == "digest":
            challenge = _challenge(fields)
            if challenge is not None:
                yield challenge


def _challenge(fields: dict[str, str]) -> Challenge | None:
    algorithm = fields.get("algorithm", "MD5")
    qops = {qop.strip().lower() for qop in fields.get("qop", "").split(",")} - {""}
    if "nonce" not in fields or _hash_name(algorithm) not in _HASHES:
        return None
    if qops and "auth" not in qops:
        return None
    qop = "auth" if qops else ""
    return Challenge(fields.get("realm", ""), fields["nonce"], algorithm, qop, fields.get("opaque"))


def _hash_name(algorithm: str) -> str:
    return algorithm.upper().removesuffix("-SESS")


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
