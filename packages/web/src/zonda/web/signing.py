"""Values that a client may read and keep but not change.

A signed value is text; the key never leaves the server.  Two formats are read, the second is
written (both are Tornado's, so that sessions survive a move between the two):

* version 1: ``base64(value)|timestamp|HMAC-SHA1(name, base64 value, timestamp)``;
* version 2: ``2|1:K|L:timestamp|L:name|L:base64(value)|HMAC-SHA256(all before)``, each field with
  its length, *K* being the version of the key.  The lengths make it impossible to move characters
  from one field to the next, which version 1 allows; it is read only on request.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import logging
import time
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

log = logging.getLogger("zonda.general")

#: The oldest format that can be read.
MIN_SUPPORTED_SIGNED_VALUE_VERSION: Final = 1
#: The newest format.
MAX_SUPPORTED_SIGNED_VALUE_VERSION: Final = 2
#: The format that is written unless another one is asked for.
DEFAULT_SIGNED_VALUE_VERSION: Final = 2
#: The oldest format that is read unless another one is asked for.
DEFAULT_SIGNED_VALUE_MIN_VERSION: Final = 2
DEFAULT_MAX_AGE_DAYS: Final = 31.0

_DAY: Final = 86400
# A value from a server whose clock is ahead is accepted up to this many seconds.
_FUTURE: Final = 300
# Beyond what browsers keep in one cookie nothing can be genuine.
_MAX_SIZE: Final = 64 * 1024

Secret = str | bytes | Mapping[int, str | bytes]


class SignedValue(bytes):
    """A signed value on its way into a cookie, which is then out of the reach of scripts."""


class _Fields(NamedTuple):
    key_version: int
    timestamp: int
    name: str
    value: str
    signature: str
    signed: str


def create_signed_value(
    secret: Secret,
    name: str,
    value: str | bytes,
    version: int | None = None,
    clock: Callable[[], float] | None = None,
    key_version: int | None = None,
) -> bytes:
    """Sign *value* for use under *name*.

    :param secret: the key, or keys by version, of which *key_version* is used.
    :param version: 1 or 2.
    :param clock: gives the time in seconds since 1970.
    :raises ValueError: the version is unknown, or keys and *key_version* do not fit together.
    """
    timestamp = str(int((clock or time.time)()))
    encoded = base64.b64encode(_bytes(value)).decode("ascii")
    version = DEFAULT_SIGNED_VALUE_VERSION if version is None else version
    if version == 1:
        key = _key(secret, key_version)
        return f"{encoded}|{timestamp}|{_sign_v1(key, name, encoded, timestamp)}".encode()
    if version != 2:
        raise ValueError(f"signed values have version 1 or 2, not {version!r}")
    fields = (str(key_version or 0), timestamp, name, encoded)
    signed = "2|" + "".join([f"{len(field.encode())}:{field}|" for field in fields])
    return f"{signed}{_sign_v2(_key(secret, key_version), signed)}".encode()


def decode_signed_value(
    secret: Secret,
    name: str,
    value: str | bytes | None,
    max_age_days: float = DEFAULT_MAX_AGE_DAYS,
    clock: Callable[[], float] | None = None,
    min_version: int | None = None,
) -> bytes | None:
    """The bytes that were signed, or None if the signature, the name or the age is wrong.

    :param max_age_days: older values are refused.
    :param min_version: the oldest format that is accepted, 2 by default.
    """
    if not value or len(value) > _MAX_SIZE:
        return None
    try:
        text = value.decode("utf-8") if isinstance(value, bytes) else value
    except UnicodeDecodeError:
        return None
    min_version = DEFAULT_SIGNED_VALUE_MIN_VERSION if min_version is None else min_version
    if min_version > 2:
        raise ValueError(
            f"signed values have version 1 or 2, so min_version={min_version} has none"
        )
    now = (clock or time.time)()
    if text.startswith("2|"):
        return _decode_v2(secret, name, text, max_age_days, now)
    return _decode_v1(secret, name, text, max_age_days, now) if min_version <= 1 else None


def get_signature_key_version(value: str | bytes) -> int | None:
    """The version of the key with which *value* says it was signed; nothing is verified."""
    try:
        text = value.decode("utf-8") if isinstance(value, bytes) else value
    except UnicodeDecodeError:
        return None
    fields = _split_v2(text)
    return None if fields is None else fields.key_version


def _decode_v2(
    secret: Secret, name: str, text: str, max_age_days: float, now: float
) -> bytes | None:
    fields = _split_v2(text)
    if fields is None:
        return None
    try:
        key = _key(secret, fields.key_version if isinstance(secret, Mapping) else None)
    except ValueError:
        return None
    if not hmac.compare_digest(
        _sign_v2(key, fields.signed).encode(), fields.signature.encode("utf-8")
    ):
        return None
    if fields.name != name or not _is_fresh(fields.timestamp, max_age_days, now):
        return None
    return _unbase64(fields.value)


def _decode_v1(
    secret: Secret, name: str, text: str, max_age_days: float, now: float
) -> bytes | None:
    parts = text.split("|")
    if len(parts) != 3:
        return None
    encoded, timestamp, signature = parts
    if isinstance(secret, Mapping):
        return None
    expected = _sign_v1(_bytes(secret), name, encoded, timestamp)
    if not hmac.compare_digest(expected.encode(), signature.encode("utf-8")):
        return None
    if not (timestamp.isascii() and timestamp.isdigit()) or timestamp.startswith("0"):
        return None
    if int(timestamp[:15]) > now + _FUTURE:
        # Perhaps with digits that were moved there from the value.
        log.warning("Cookie timestamp in future: the cookie is refused")
        return None
    if not _is_fresh(int(timestamp[:15]), max_age_days, now):
        return None
    return _unbase64(encoded)


def _split_v2(text: str) -> _Fields | None:
    """Take the fields apart; each says how many bytes it has."""
    if not text.startswith("2|"):
        return None
    raw = text.encode("utf-8")
    position = 2
    fields: list[str] = []
    for _ in range(4):
        colon = raw.find(b":", position, position + 8)
        digits = raw[position:colon]
        if colon < 0 or not digits.isdigit():
            return None
        end = colon + 1 + int(digits)
        if raw[end : end + 1] != b"|":
            return None
        try:
            fields.append(raw[colon + 1 : end].decode("utf-8"))
        except UnicodeDecodeError:
            return None
        position = end + 1
    key_version, timestamp, name, value = fields
    for number in (key_version, timestamp):
        if not (number.isascii() and number.isdigit() and len(number) <= 15):
            return None
    signed = raw[:position].decode("utf-8")
    signature = raw[position:].decode("utf-8")
    return _Fields(int(key_version), int(timestamp), name, value, signature, signed)


def _is_fresh(timestamp: int, max_age_days: float, now: float) -> bool:
    return now - max_age_days * _DAY <= timestamp <= now + _FUTURE


def _key(secret: Secret, key_version: int | None) -> bytes:
    if isinstance(secret, Mapping):
        if key_version is None:
            raise ValueError("cookie_secret has several keys: key_version must say which signs")
        if key_version not in secret:
            raise ValueError(f"cookie_secret has no key of version {key_version}")
        return _bytes(secret[key_version])
    return _bytes(secret)


def _sign_v1(key: bytes, *parts: str) -> str:
    signer = hmac.new(key, digestmod=hashlib.sha1)
    for part in parts:
        signer.update(part.encode("utf-8"))
    return signer.hexdigest()


def _sign_v2(key: bytes, signed: str) -> str:
    return hmac.new(key, signed.encode("utf-8"), hashlib.sha256).hexdigest()


def _unbase64(value: str) -> bytes | None:
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return None


def _bytes(value: str | bytes) -> bytes:
    return value.encode("utf-8") if isinstance(value, str) else value
