"""`CurlAsyncHTTPClient`: the same client, with connections that curl makes."""

from __future__ import annotations

import asyncio

from zonda.iostream import Resolver, Sweep

from .channel import Maker, Owner
from .client import AsyncHTTPClient
from .connector import Opener
from .curl_channel import CurlChannel
from .curl_driver import load_pycurl
from .curl_settings import check_route, system_authorities
from .route import Route


class CurlMaker:
    """Makes handles of curl.

    :param idle_timeout: seconds that a free connection is kept.
    :param max_header_size: bytes of an answer's head.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        sweep: Sweep,
        idle_timeout: float,
        max_header_size: int,
    ) -> None:
        self._loop = loop
        self._sweep = sweep
        self._idle_timeout = idle_timeout
        self._max_header_size = max_header_size
        self._authorities: dict[str, str] | None = None

    async def make(self, route: Route, owner: Owner) -> CurlChannel:
        """A handle for *route*; curl connects when it is used.

        :raises RequestError: curl has no such option.
        :raises OSError: a file of certificates is not there.
        """
        loop = asyncio.get_running_loop()
        if self._authorities is None:
            self._authorities = await loop.run_in_executor(None, system_authorities)
        await loop.run_in_executor(None, check_route, route)
        return CurlChannel(
            self._loop,
            self._sweep,
            owner,
            route,
            self._max_header_size,
            self._idle_timeout,
            self._authorities,
        )

    def close(self) -> None:
        """Nothing is held."""


class CurlAsyncHTTPClient(AsyncHTTPClient):
    """An `AsyncHTTPClient` whose connections are curl's: the extra ``curl``.

    Requests, answers, errors and limits are the same.  What is curl's: proxies, TLS, names, and
    ``prepare_curl_callback``, by which anything that pycurl can set is set for one request.

    >>> from zonda.httpclient import AsyncHTTPClient, CurlAsyncHTTPClient
    >>> AsyncHTTPClient.configure(CurlAsyncHTTPClient, max_clients=500)
    >>> AsyncHTTPClient.configure(None)

    There is no ``resolver``, ``hostname_mapping`` or ``opener``, and ``ssl_options`` is no
    `ssl.SSLContext`.  Curl takes bare line feeds between chunks, refuses any answer with several
    ``Location``, asks again without ``Expect`` after 417, and sends a request again also if half a
    status line has come.

    :raises ImportError: pycurl is not installed.
    """

    def _make_maker(
        self,
        max_clients: int,
        idle_timeout: float,
        max_header_size: int,
        resolver: Resolver | None,
        opener: Opener | None,
    ) -> Maker:
        if resolver is not None or opener is not None:
            raise ValueError("curl looks names up and connects by itself, without our resolver")
        load_pycurl()
        return CurlMaker(self.loop, self.sweep, idle_timeout, max_header_size)
