"""Name and password in a header, and Basic authentication: RFC 7617."""

from __future__ import annotations

import re
import unicodedata
from base64 import b64encode
from typing import Final

from .errors import HTTPOutputError

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")


def check_credentials(*texts: str) -> None:
    """Names and passwords that go into a header, in whatever way, have no control characters.

    :raises HTTPOutputError: one has.
    """
    if any(map(_CONTROL.search, texts)):
        raise HTTPOutputError("a name or password has a control character")


def basic_authorization(username: str, password: str) -> str:
    """The value of ``Authorization`` or ``Proxy-Authorization``.

    >>> basic_authorization("Aladdin", "open sesame")
    'Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=='

    :raises HTTPOutputError: a colon in the name, where the password would seem to begin; a control
        character (section 2).
    """
    if ":" in username:
        raise HTTPOutputError("a user name with a colon cannot be sent by Basic authentication")
    check_credentials(username, password)
    # One and the same letter can be written in two ways; RFC 7617 section 2.1 wants this one.
    text = unicodedata.normalize("NFC", f"{username}:{password}")
    return "Basic " + b64encode(text.encode()).decode("ascii")
