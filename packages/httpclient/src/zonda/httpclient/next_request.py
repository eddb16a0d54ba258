"""What an answer asks to be sent next instead of being the answer: elsewhere, or with a name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from zonda.http import HeaderBlock, ResponseStartLine

from .errors import ResponseError
from .redirects import REDIRECTS, follow_redirect
from .request import HTTPRequest, Options
from .route import Route
from .target import Target

if TYPE_CHECKING:
    from zonda.http import Proxy


class Detours:
    """What one fetch has been asked for beside its answer, so that it is not asked for ever.

    :ivar added: fields that the current request has beside its own: answers to challenges.
    :ivar discarded: bytes of the body of an answer that is none.
    :ivar is_retry: a request was lost with a connection that had been used before.
    """

    def __init__(self) -> None:
        self.added: dict[str, str] = {}
        self.discarded = 0
        self.is_retry = False
        self._redirects = 0

    def next_request(
        self,
        request: HTTPRequest,
        options: Options,
        target: Target,
        route: Route,
        start_line: ResponseStartLine,
        block: HeaderBlock,
    ) -> HTTPRequest | None:
        """What is to be sent next, or None if this is the answer.

        :raises ResponseError: a redirect to what cannot be fetched.
        """
        code, added = start_line.code, self.added
        self.discarded = 0
        if code == 401 and "Authorization" not in added:
            credentials = _credentials_for(request, options, target, block)
            if credentials is not None:
                added["Authorization"] = credentials
                return request
        elif code == 407 and route.is_forwarded and "Proxy-Authorization" not in added:
            credentials = _proxy_credentials_for(request, route.proxy, target, block)
            if credentials is not None:
                added["Proxy-Authorization"] = credentials
                return request
        elif self._redirects < options.max_redirects:
            found = _redirected(request, options, target, code, block)
            if found is not None:
                self._redirects += 1
                self.added = {}
            return found
        return None


NO_DETOURS: Final = Detours()
"""None so far."""


def _redirected(
    request: HTTPRequest, options: Options, target: Target, code: int, block: HeaderBlock
) -> HTTPRequest | None:
    """The request that a redirect leads to, or None if the answer is none.

    :raises ResponseError: it leads to what cannot be fetched.
    """
    if code not in REDIRECTS or not options.follow_redirects:
        return None
    locations = block.fields.get("Location")
    if not locations:
        return None
    if len(set(locations)) > 1:
        raise ResponseError("the server redirects to several places at once")
    return follow_redirect(request, options, target, code, locations[0])[0]


def _credentials_for(
    request: HTTPRequest, options: Options, target: Target, block: HeaderBlock
) -> str | None:
    """The ``Authorization`` that meets the answer's Digest challenge, if there is one to meet."""
    name = options.auth_username
    if options.auth_mode != "digest" or name is None or target.userinfo is not None:
        return None
    from .authorization import digest_authorization, find_challenge

    challenge = find_challenge(block.fields.get("Www-Authenticate", ()))
    if challenge is None:
        return None
    password = options.auth_password or ""
    return digest_authorization(challenge, name, password, request.method, target.path)


def _proxy_credentials_for(
    request: HTTPRequest, proxy: Proxy | None, target: Target, block: HeaderBlock
) -> str | None:
    """The ``Proxy-Authorization`` for a proxy that got the request itself and wants Digest."""
    if proxy is None or proxy.auth_mode != "digest" or proxy.username is None:
        return None
    from .authorization import digest_authorization, find_challenge

    challenge = find_challenge(block.fields.get("Proxy-Authenticate", ()))
    if challenge is None:
        return None
    url = f"http://{target.authority}{target.path}"
    return digest_authorization(challenge, proxy.username, proxy.password, request.method, url)
