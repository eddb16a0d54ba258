"""Messages of OpenID 2.0, without I/O.

https://openid.net/specs/openid-authentication-2_0.html, and Attribute Exchange 1.0
(https://openid.net/specs/openid-attribute-exchange-1_0.html).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Final

from .errors import FlowError, RefusedError, TokenError

NAMESPACE: Final = "http://specs.openid.net/auth/2.0"
_SELECT: Final = f"{NAMESPACE}/identifier_select"
_AX: Final = "http://openid.net/srv/ax/1.0"
OAUTH_EXTENSION: Final = "http://specs.openid.net/extensions/oauth/1.0"

#: Seconds that an assertion is good for, before and after its time by our clock.
MAX_ASSERTION_AGE: Final = 600

# What `OpenIdMixin.authenticate_redirect` calls an attribute: what providers call it.
_ATTRIBUTES: Final = {
    "name": {
        "firstname": "http://axschema.org/namePerson/first",
        "fullname": "http://axschema.org/namePerson",
        "lastname": "http://axschema.org/namePerson/last",
    },
    "email": {"email": "http://axschema.org/contact/email"},
    "language": {"language": "http://axschema.org/pref/language"},
    "username": {"username": "http://axschema.org/namePerson/friendly"},
}

# Section 10.1: what has to be signed if it is there, and what has to be there.
_SIGNED: Final = ("op_endpoint", "return_to", "response_nonce", "assoc_handle")
_SIGNED_IF_PRESENT: Final = ("claimed_id", "identity")


def authentication_request(
    return_to: str, realm: str, attributes: Iterable[str] = ()
) -> dict[str, str]:
    """The arguments with which a browser is sent to the provider (sections 9.1, 9.2).

    :param attributes: of ``name``, ``email``, ``language``, ``username``.
    :raises ValueError: an attribute is none of them.
    """
    request = {
        "openid.ns": NAMESPACE,
        "openid.claimed_id": _SELECT,
        "openid.identity": _SELECT,
        "openid.return_to": return_to,
        "openid.realm": realm,
        "openid.mode": "checkid_setup",
    }
    wanted: dict[str, str] = {}
    for name in attributes:
        if name not in _ATTRIBUTES:
            raise ValueError(f"no attribute {name!r}; there are {', '.join(_ATTRIBUTES)}")
        wanted.update(_ATTRIBUTES[name])
    if wanted:
        request["openid.ns.ax"] = _AX
        request["openid.ax.mode"] = "fetch_request"
        request["openid.ax.required"] = ",".join(wanted)
        request.update({f"openid.ax.type.{alias}": uri for alias, uri in wanted.items()})
    return request


def check_assertion(
    message: Mapping[str, str], endpoint: str, return_to: str | None, now: datetime
) -> None:
    """Check all of an assertion but its signature (section 11).

    :param message: the arguments ``openid.…`` of the request.
    :param endpoint: the provider's, which alone may assert.
    :param return_to: where the provider was asked to send the browser.
    :raises RefusedError: the user or the provider said no.
    :raises FlowError: it is meant for another site, or another login.
    :raises TokenError: it is not signed as it has to be, or too old.
    """
    mode = message.get("openid.mode")
    if mode == "error":
        raise RefusedError("no login", error="error", description=message.get("openid.error"))
    if mode != "id_res":
        raise RefusedError("no login", error=mode or "the answer is no OpenID message")
    if message.get("openid.ns") != NAMESPACE:
        raise TokenError("the provider does not speak OpenID 2.0")
    if message.get("openid.op_endpoint") != endpoint:
        raise FlowError("the assertion comes from another provider")
    if message.get("openid.return_to") != return_to:
        raise FlowError("the assertion is meant for another address")
    signed = signed_fields(message)
    required = [*_SIGNED, *(name for name in _SIGNED_IF_PRESENT if f"openid.{name}" in message)]
    missing = [n for n in required if n not in signed or not message.get(f"openid.{n}")]
    if missing:
        raise TokenError(f"the assertion does not sign {', '.join(missing)}")
    if not _is_fresh(message["openid.response_nonce"], now):
        raise TokenError("the assertion is too old, or from the future")


def verification_request(message: Mapping[str, str]) -> dict[str, str]:
    """What to ask the provider about an assertion (section 11.4.2.1)."""
    return {**message, "openid.mode": "check_authentication"}


def is_valid(body: bytes) -> bool:
    """Whether the provider's answer confirms the assertion.

    The answer has lines of ``key:value`` (section 4.1.1).  Only the very line counts, once, not
    what stands within another one.
    """
    lines = [line for line in body.split(b"\n") if line.startswith(b"is_valid:")]
    return lines == [b"is_valid:true"]


def attributes(message: Mapping[str, str]) -> dict[str, str]:
    """What the provider says of the user: keys of the dictionary that a login gives.

    Only what is signed counts.
    """
    alias = extension_alias(message, _AX)
    found: dict[str, str] = {}
    if alias is not None:
        for names in _ATTRIBUTES.values():
            for name, uri in names.items():
                value = _ax_value(message, alias, uri)
                if value:
                    found[name] = value
    user: dict[str, str] = {}
    parts = [found[name] for name in ("firstname", "lastname") if name in found]
    name = found.get("fullname") or " ".join(parts)
    email = found.get("email")
    values = {
        "name": name or (email.partition("@")[0] if email else None),
        "first_name": found.get("firstname"),
        "last_name": found.get("lastname"),
        "email": email,
        "locale": found.get("language"),
        "username": found.get("username"),
        "claimed_id": message.get("openid.claimed_id"),
    }
    user.update({key: value for key, value in values.items() if value})
    return user


def extension_alias(message: Mapping[str, str], uri: str) -> str | None:
    """The name under which a signed extension has its fields in *message*."""
    signed = signed_fields(message)
    for name, value in message.items():
        prefix, _, alias = name.rpartition(".")
        if prefix == "openid.ns" and value == uri and f"ns.{alias}" in signed:
            return alias
    return None


def signed_fields(message: Mapping[str, str]) -> frozenset[str]:
    """The names, without ``openid.``, of what is signed."""
    return frozenset(message.get("openid.signed", "").split(","))


def _ax_value(message: Mapping[str, str], alias: str, uri: str) -> str | None:
    signed = signed_fields(message)
    prefix = f"openid.{alias}.type."
    for name, value in message.items():
        if value != uri or not name.startswith(prefix):
            continue
        kind = name.removeprefix(prefix)
        if f"{alias}.type.{kind}" not in signed:
            continue
        for field in (f"{alias}.value.{kind}", f"{alias}.value.{kind}.1"):
            if field in signed and f"openid.{field}" in message:
                return message[f"openid.{field}"]
    return None


def _is_fresh(nonce: str, now: datetime) -> bool:
    try:
        made = datetime.strptime(nonce[:20], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        return False
    return abs((now - made).total_seconds()) <= MAX_ASSERTION_AGE
