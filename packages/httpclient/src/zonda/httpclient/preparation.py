"""From a request to what is sent, and where: options, proxy, credentials, cookies."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from .limits import REMEMBERED_URLS
from .proxies import proxy_from_environment, requested_proxy
from .request import (
    CONTENT_NAMES,
    OPTION_NAMES,
    HTTPRequest,
    MergedOptions,
    Options,
    merge_options,
)
from .request_head import check_method, plain_head, request_head
from .route import Route, find_route, plain_route
from .target import Target, parse_url

if TYPE_CHECKING:
    from zonda.http import CookieJar

#: A request that can be sent: its URL's parts, the way there, and the bytes of its head.
Prepared = tuple[Target, Route, bytes]


class Preparation:
    """What one client adds to its requests.

    :param defaults: options of requests that do not say otherwise, by name.
    :param max_body_size: default of the option of that name, or None.
    :param cookie_jar: keeps the cookies of answers and adds them to requests, or None.
    :param use_environment: take proxies from the environment for requests that name none.
    :raises TypeError: an unknown option.
    """

    __slots__ = ("_adds_nothing", "_use_environment", "cookie_jar", "default_options", "defaults")

    def __init__(
        self,
        defaults: Mapping[str, Any] | None,
        max_body_size: int | None,
        cookie_jar: CookieJar | None,
        use_environment: bool,
    ) -> None:
        self.defaults = _checked_defaults(defaults, max_body_size)
        self.cookie_jar = cookie_jar
        self._use_environment = use_environment
        self.default_options = merge_options(self.defaults, {})
        self._adds_nothing = cookie_jar is None and not use_environment

    def options_of(self, request: HTTPRequest) -> MergedOptions:
        """The options of *request*, with the client's defaults."""
        if not request.__dict__:
            return self.default_options
        return merge_options(self.defaults, request.given())

    def prepare(
        self, request: HTTPRequest, options: MergedOptions, added: Mapping[str, str]
    ) -> Prepared:
        """Where *request* goes, and the head that is sent.

        :param added: fields instead of the request's own.
        :raises RequestError: it cannot be sent.
        """
        if (
            options.is_plain
            and self._adds_nothing
            and request.method == "GET"
            and request.body is None
            and not request.has_headers
            and not added
        ):
            plan = plain_plan(request.url)
            if plan is not None:
                return plan
        target = parse_url(request.url)
        check_method(request, options)
        proxy = requested_proxy(options)
        if proxy is None and self._use_environment and options.unix_socket is None:
            proxy = proxy_from_environment(target, os.environ)
        route = find_route(target, options, proxy)
        fields = {**_credentials(target, options), **added}
        if (
            proxy is not None
            and route.is_forwarded
            and proxy.username is not None
            and proxy.auth_mode == "basic"
        ):
            from .authorization import basic_authorization

            fields["Proxy-Authorization"] = basic_authorization(proxy.username, proxy.password)
        if self.cookie_jar is not None:
            self._add_cookies(self.cookie_jar, request, target, fields)
        return target, route, request_head(request, options, target, fields, route.is_forwarded)

    def keep_cookies(self, values: list[str], target: Target) -> None:
        """Keep the cookies of an answer, if there is a jar."""
        if self.cookie_jar is not None:
            for value in values:
                self.cookie_jar.store(
                    value,
                    host=target.host,
                    path=target.path,
                    secure=target.scheme == "https",
                    now=time.time(),
                )

    @staticmethod
    def _add_cookies(
        jar: CookieJar, request: HTTPRequest, target: Target, fields: dict[str, str]
    ) -> None:
        cookies = jar.header(
            host=target.host,
            path=target.path,
            secure=target.scheme == "https",
            now=time.time(),
        )
        own = request.headers.get("Cookie")
        if cookies is not None:
            fields["Cookie"] = cookies if own is None else f"{own}; {cookies}"


@lru_cache(maxsize=REMEMBERED_URLS)
def plain_plan(url: str) -> Prepared | None:
    """What a GET without headers or options comes to; None if its URL has credentials."""
    target = parse_url(url)
    if target.userinfo is not None:
        return None
    return target, plain_route(target), plain_head(target)


def _credentials(target: Target, options: Options) -> dict[str, str]:
    name, password = options.auth_username, options.auth_password
    if name is None and target.userinfo is not None:
        name, password = target.userinfo
    if name is None or options.auth_mode == "digest":
        return {}
    from .authorization import basic_authorization

    return {"Authorization": basic_authorization(name, password or "")}


def _checked_defaults(
    defaults: Mapping[str, Any] | None, max_body_size: int | None
) -> dict[str, Any]:
    checked = {name: value for name, value in (defaults or {}).items() if value is not None}
    if "use_gzip" in checked:
        checked["decompress_response"] = checked.pop("use_gzip")
    own = sorted(checked.keys() & CONTENT_NAMES)
    if own:
        raise TypeError(f"no default: {', '.join(own)} is said with each request")
    unknown = sorted(checked.keys() - OPTION_NAMES)
    if unknown:
        raise TypeError(f"unknown defaults of requests: {', '.join(unknown)}")
    if max_body_size is not None:
        checked["max_body_size"] = max_body_size
    return checked
