"""Pages of other origins may use this site: CORS, as the Fetch standard has it."""

from __future__ import annotations

from collections.abc import Collection
from typing import cast

from zonda.http import HTTPHeaders, HTTPServerConnectionDelegate
from zonda.web import Exchange, Reply, Wrapper


class CORS(Wrapper):
    """Answers preflight requests, and lets browsers hand answers to pages of *origins*.

    :param origins: which origins, as browsers write them: ``https://app.example``.
    :param methods: what their pages may send.
    :param headers: headers that their pages may set.
    :param credentials: whether browsers send cookies along.
    :param max_age: seconds for which a browser remembers the answer to a preflight request.
    """

    def __init__(
        self,
        inner: HTTPServerConnectionDelegate,
        origins: Collection[str],
        methods: Collection[str] = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"),
        headers: Collection[str] = ("Content-Type",),
        credentials: bool = False,
        max_age: int = 600,
    ) -> None:
        super().__init__(inner)
        self.origins = frozenset(origins)
        self.methods = ", ".join(methods)
        self.headers = ", ".join(headers)
        self.credentials = credentials
        self.max_age = max_age

    def request_begins(self, exchange: Exchange) -> Reply | None:
        """Answer a browser that asks what it may send."""
        origin = exchange.headers.get("Origin")
        exchange.notes["origin"] = origin if origin in self.origins else None
        is_preflight = (
            exchange.start_line.method == "OPTIONS"
            and origin is not None
            and "Access-Control-Request-Method" in exchange.headers
        )
        if not is_preflight:
            return None
        headers = HTTPHeaders()
        self.answer_begins(exchange, 204, headers)
        if exchange.notes["origin"] is not None:
            headers["Access-Control-Allow-Methods"] = self.methods
            headers["Access-Control-Allow-Headers"] = self.headers
            headers["Access-Control-Max-Age"] = str(self.max_age)
        return Reply(204, headers)

    def answer_begins(self, exchange: Exchange, status: int, headers: HTTPHeaders) -> None:
        """Say whose pages may read the answer; caches must know that it depends on that."""
        headers.add("Vary", "Origin")
        origin = cast("str | None", exchange.notes["origin"])
        if origin is not None:
            headers["Access-Control-Allow-Origin"] = origin
            if self.credentials:
                headers["Access-Control-Allow-Credentials"] = "true"
