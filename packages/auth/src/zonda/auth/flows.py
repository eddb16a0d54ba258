"""A login under way: what the browser keeps between leaving for the provider and coming back.

It is in a cookie of its own, signed, ``HttpOnly``, short-lived, and used once.  The answer from
the provider counts only with the cookie, so nobody can be given somebody else's answer (login
CSRF, code injection: RFC 9700 sections 4.5 and 4.7), and only for the provider where the login
began (mix-up: section 4.4).

Each login has a cookie with a name of its own: two tabs that begin at the same time do not take
each other's away.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import secrets
import threading
import time
from collections import OrderedDict
from dataclasses import asdict, dataclass, field
from typing import Final

from .errors import FlowError
from .local_path import local_path
from .request_handler import AuthHandler, argument
from .signatures import MAX_SIGNED_SIZE, sign, signing_keys, verify

#: Seconds from leaving for the provider to coming back.
FLOW_LIFETIME: Final = 600

#: Logins that one browser can have under way; one more takes the place of the oldest.
MAX_FLOWS: Final = 5

#: Logins that this process remembers as over, for `FLOW_LIFETIME` seconds.
MAX_SPENT: Final = 10_000

#: Arguments of a callback that no log shall have.
SECRET_ARGUMENTS: Final = (
    "code",
    "state",
    "id_token",
    "access_token",
    "denied",
    "oauth_token",
    "oauth_verifier",
    "logout_token",
    "session",
    "openid.sig",
    "openid.response_nonce",
)

_PREFIX: Final = "oauth_"
# Browsers accept it only from this very host, over TLS: a neighbouring host cannot plant one.
_HOST_PREFIX: Final = "__Host-oauth_"
# Seconds by which the clocks of a site's machines may differ.
_CLOCK_LEEWAY: Final = 60
_SECRETS_IN_URL: Final = re.compile(
    rf"(?<=[?&])({'|'.join(map(re.escape, SECRET_ARGUMENTS))})=[^&#]*"
)


def random_token() -> str:
    """43 characters that nobody can guess (256 bits), fit for a URL."""
    return secrets.token_urlsafe(32)


@dataclass(frozen=True, slots=True)
class Flow:
    """One login under way.

    :ivar provider: where the login began: an issuer or the URL of an endpoint.
    :ivar state: what comes back from the provider, and finds the cookie.
    :ivar redirect_uri: where the provider shall send the browser.
    :ivar verifier: the secret of PKCE, or that of an OAuth 1 request token.
    :ivar nonce: what the id_token has to contain.
    :ivar next_url: the path to go to after the login.
    :ivar extra: what a mixin needs besides.
    :ivar started: seconds since the epoch.
    :ivar number: what makes it unlike any other, whose state may be the same.
    """

    provider: str
    state: str = field(default_factory=random_token)
    redirect_uri: str | None = None
    verifier: str | None = None
    nonce: str | None = None
    next_url: str | None = None
    extra: str | None = None
    started: int = field(default_factory=lambda: int(time.time()))
    number: str = field(default_factory=lambda: secrets.token_urlsafe(9))

    @property
    def challenge(self) -> str:
        """The code challenge of PKCE, method S256 (RFC 7636 section 4.2)."""
        digest = hashlib.sha256((self.verifier or "").encode("ascii")).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")


class SpentStates:
    """What was used once and must not be again, as far as one process knows."""

    def __init__(self) -> None:
        self._ends: OrderedDict[str, float] = OrderedDict()
        self._lock: Final = threading.Lock()

    def spend(self, number: str, now: float) -> bool:
        """Whether *number* is used for the first time, by whichever thread."""
        with self._lock:
            while self._ends and (
                len(self._ends) >= MAX_SPENT or next(iter(self._ends.values())) <= now
            ):
                self._ends.popitem(last=False)
            if number in self._ends:
                return False
            self._ends[number] = now + FLOW_LIFETIME
            return True

    def clear(self) -> None:
        """Forget all."""
        with self._lock:
            self._ends.clear()


_spent: Final = SpentStates()


def begin_flow(handler: AuthHandler, flow: Flow, *, answered_by_post: bool = False) -> None:
    """Give the browser the cookie of *flow*.

    :param answered_by_post: the provider has the browser send a form; with a request of that kind
        from another site browsers send no cookie that is ``SameSite=Lax``.  Works over TLS only.
    :raises ValueError: what *flow* has does not fit into a cookie.
    """
    hide_secrets(handler)
    _make_room(handler)
    name = _cookie_name(handler, flow.state)
    content = {key: value for key, value in asdict(flow).items() if value is not None}
    signed = sign(signing_keys(handler.settings)[0], name, json.dumps(content))
    if len(signed) > MAX_SIGNED_SIZE:
        raise ValueError("state, redirect_uri and next of a login are too long for a cookie")
    same_site = "None" if answered_by_post and name.startswith(_HOST_PREFIX) else "Lax"
    _set_cookie(handler, name, signed, FLOW_LIFETIME, same_site)


def finish_flow(handler: AuthHandler, provider: str, state: str | None) -> Flow:
    """The flow that an answer from *provider* belongs to; it cannot be had twice.

    :param state: what the answer names.
    :raises FlowError: there is none.
    """
    hide_secrets(handler)
    if not state:
        raise FlowError("the answer names no login (its state is missing)")
    name = _cookie_name(handler, state)
    flow = _read(handler, name)
    if flow is None or not _equal(flow.state, state):
        raise FlowError("this browser has begun no such login, or too long ago (unknown state)")
    _set_cookie(handler, name, "", 0)
    if not _spent.spend(flow.number, time.monotonic()):
        raise FlowError("the answer was used before (its state is spent)")
    if not _equal(flow.provider, provider):
        raise FlowError("the answer is to a login that was begun with another provider")
    return flow


def wanted_path(handler: AuthHandler, next_url: str | None) -> str | None:
    """The path to keep for after the login: *next_url*, or the argument ``next``."""
    wanted = argument(handler, "next") if next_url is None else next_url
    return None if wanted is None else local_path(wanted)


def path_after(handler: AuthHandler, flow: Flow | None, default: str) -> str:
    """The path to go to when *flow* is over, or, without one, where ``next`` says."""
    return local_path(argument(handler, "next") if flow is None else flow.next_url, default)


def hide_secrets(handler: AuthHandler) -> None:
    """Take codes and tokens out of the request's URL, which goes to the log."""
    request = handler.request
    if not request.arguments:  # they are taken from the URL now, before it changes
        return
    request.uri = _SECRETS_IN_URL.sub(r"\1=...", request.uri or "")


def _cookie_name(handler: AuthHandler, state: str) -> str:
    prefix = _HOST_PREFIX if handler.request.protocol == "https" else _PREFIX
    return prefix + hashlib.sha256(state.encode("utf-8", "replace")).hexdigest()[:16]


def _set_cookie(
    handler: AuthHandler, name: str, value: str, seconds: int, same_site: str = "Lax"
) -> None:
    handler.set_cookie(
        name,
        value,
        path="/",
        max_age=seconds,
        httponly=True,
        samesite=same_site,
        secure=name.startswith(_HOST_PREFIX),
    )


def _read(handler: AuthHandler, name: str) -> Flow | None:
    morsel = handler.request.cookies.get(name)
    text = None if morsel is None else verify(signing_keys(handler.settings), name, morsel.value)
    if text is None:
        return None
    try:
        flow = Flow(**json.loads(text))
    except (TypeError, ValueError):  # of another version of this program
        return None
    # A browser forgets it by itself; a thief does not.
    age = time.time() - flow.started
    return flow if -_CLOCK_LEEWAY <= age <= FLOW_LIFETIME else None


def _make_room(handler: AuthHandler) -> None:
    names = [n for n in handler.request.cookies if n.startswith((_PREFIX, _HOST_PREFIX))]
    if len(names) < MAX_FLOWS:
        return

    def age(name: str) -> int:
        flow = _read(handler, name)
        return 0 if flow is None else flow.started

    for name in sorted(names, key=age)[: len(names) - MAX_FLOWS + 1]:
        _set_cookie(handler, name, "", 0)


def _equal(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode("utf-8", "replace"), other.encode("utf-8", "replace"))
