"""What an answer asks to be sent next instead of being the answer: elsewhere, or with a name."""

from __future__ import annotations

from zonda.http import HeaderBlock

from .authorization import digest_authorization, find_challenge
from .proxies import Proxy
from .redirects import REDIRECTS, follow_redirect
from .request import HTTPRequest, Options
from .target import Target


def redirected(
    request: HTTPRequest, options: Options, target: Target, code: int, block: HeaderBlock
) -> tuple[HTTPRequest, Target] | None:
    """The request that a redirect leads to, or None if the answer is none.

    :raises ResponseError: it leads to what cannot be fetched.
    """
    if code not in REDIRECTS or not options.follow_redirects:
        return None
    locations = block.fields.get("Location")
    return follow_redirect(request, options, target, code, locations[0]) if locations else None


def credentials_for(
    request: HTTPRequest, options: Options, target: Target, block: HeaderBlock
) -> str | None:
    """The ``Authorization`` that meets the answer's Digest challenge, if there is one to meet."""
    name = options.auth_username
    if options.auth_mode != "digest" or name is None or target.userinfo is not None:
        return None
    challenge = find_challenge(block.fields.get("Www-Authenticate", ()))
    if challenge is None:
        return None
    password = options.auth_password or ""
    return digest_authorization(challenge, name, password, request.method, target.path)


def proxy_credentials_for(
    request: HTTPRequest, proxy: Proxy | None, target: Target, block: HeaderBlock
) -> str | None:
    """The ``Proxy-Authorization`` for a proxy that got the request itself and wants Digest."""
    if proxy is None or proxy.auth_mode != "digest" or proxy.username is None:
        return None
    challenge = find_challenge(block.fields.get("Proxy-Authenticate", ()))
    if challenge is None:
        return None
    url = f"http://{target.authority}{target.path}"
    return digest_authorization(challenge, proxy.username, proxy.password, request.method, url)
