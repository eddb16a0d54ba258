"""Whatever an OpenID message says, it is an assertion or an error of this package."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zonda.auth import AuthError
from zonda.auth.openid_message import (
    NAMESPACE,
    attributes,
    authentication_request,
    check_assertion,
    extension_alias,
    is_valid,
)

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
GOOD = {
    "openid.ns": NAMESPACE,
    "openid.mode": "id_res",
    "openid.op_endpoint": "https://provider.example/",
    "openid.return_to": "https://site.example/",
    "openid.response_nonce": "2026-01-02T03:04:05Zabc",
    "openid.assoc_handle": "1",
    "openid.claimed_id": "https://provider.example/me",
    "openid.identity": "https://provider.example/me",
    "openid.signed": "op_endpoint,return_to,response_nonce,assoc_handle,claimed_id,identity",
}


def check(message: dict[str, str]) -> None:
    check_assertion(message, "https://provider.example/", "https://site.example/", NOW)


def test_a_good_one() -> None:
    check(GOOD)
    assert attributes(GOOD) == {"claimed_id": "https://provider.example/me"}


@pytest.mark.parametrize("name", GOOD)
def test_every_field_counts(name: str) -> None:
    without = {key: value for key, value in GOOD.items() if key != name}
    if name in ("openid.claimed_id", "openid.identity"):
        # An assertion need not be about an identity (section 10.1).
        check(without)
        return
    with pytest.raises(AuthError):
        check(without)
    with pytest.raises(AuthError):
        check({**GOOD, name: ""})


def test_attributes_have_names() -> None:
    with pytest.raises(ValueError, match="there are name, email, language, username"):
        authentication_request("https://a/", "https://a/", ["shoe_size"])


NAME = st.sampled_from(
    [
        *GOOD,
        "openid.ns.ax",
        "openid.ns.",
        "openid.ax.type.email",
        "openid.ax.value.email",
        "openid..type.",
        "x",
    ]
)
VALUE = st.sampled_from(
    [*GOOD.values(), "http://openid.net/srv/ax/1.0", "http://axschema.org/contact/email", "", "é,"]
) | st.text(max_size=30)


@settings(max_examples=60)
@given(st.dictionaries(NAME, VALUE), st.binary(max_size=30))
def test_nothing_else_is_raised(message: dict[str, str], body: bytes) -> None:
    for changed in (message, {**GOOD, **message}):
        attributes(changed)
        extension_alias(changed, "http://openid.net/srv/ax/1.0")
        try:
            check(changed)
        except AuthError:
            assert changed != GOOD
    assert not is_valid(b"x" + body)
