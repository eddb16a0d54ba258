"""OpenID providers: what they say of themselves, and their keys.

Both are fetched when they are needed and kept for an hour.  A token with a key that is not known
makes the keys be fetched anew, for providers change them without notice; not more often than
every ten seconds, for anybody can name a key that nobody has.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Collection, Mapping
from typing import Any, Final

from joserfc.jwk import Key

from zonda.httpclient import AsyncHTTPClient

from .errors import ProviderError, printable
from .provider_calls import call, is_safe_url, object_answer
from .signed_tokens import ALGORITHMS, SignedToken, UnknownKeyError, import_keys, verify

#: Seconds for which a provider's metadata and keys are kept.
METADATA_LIFETIME: Final = 3600

#: Seconds between two fetches of keys because of a key that is not known.
MIN_KEY_INTERVAL: Final = 10

#: Providers that are kept; the one that was added first makes room.
MAX_ISSUERS: Final = 100

_WELL_KNOWN: Final = "/.well-known/openid-configuration"
_ENDPOINTS: Final = ("authorization_endpoint", "token_endpoint", "jwks_uri")
_OPTIONAL_ENDPOINTS: Final = ("userinfo_endpoint", "end_session_endpoint")


class Issuer:
    """One provider.

    :param url: where it is, and what it calls itself.
    :param name: what it calls itself, where that is something else.
    """

    def __init__(self, url: str, name: str | None = None) -> None:
        if not is_safe_url(url):
            raise ValueError(f"an issuer is a URL with https://, not {url!r}")
        self.url = url
        self.name = name or url
        self._metadata: Mapping[str, Any] = {}
        self._metadata_end = 0.0
        self._keys: list[Key] = []
        self._keys_end = 0.0
        self._next_refresh = 0.0
        self._refresh: asyncio.Task[None] | None = None

    async def metadata(self, client: AsyncHTTPClient) -> Mapping[str, Any]:
        """The provider's metadata (OpenID Connect Discovery 1.0).

        :raises ProviderError: it cannot be had, or makes no sense.
        """
        if not self._metadata or time.monotonic() >= self._metadata_end:
            answer = await call(client, self.url.rstrip("/") + _WELL_KNOWN)
            self._metadata = self._checked(object_answer(answer))
            self._metadata_end = time.monotonic() + METADATA_LIFETIME
        return self._metadata

    async def verify(
        self, client: AsyncHTTPClient, token: str, types: Collection[str] = ("jwt",)
    ) -> SignedToken:
        """Verify the signature of *token*.

        :raises TokenError: it is none of this provider's.
        :raises ProviderError: its keys cannot be had.
        """
        algorithms = self._algorithms(await self.metadata(client))
        if not self._keys or time.monotonic() >= self._keys_end:
            await self._fetch_keys(client)
        try:
            return verify(token, self._keys, algorithms, types)
        except UnknownKeyError:
            if not await self._look_again(client):
                raise
            return verify(token, self._keys, algorithms, types)

    async def _look_again(self, client: AsyncHTTPClient) -> bool:
        """Fetch the keys anew; False if that was done a moment ago.

        When a provider has changed its keys, many may come back from it at the same time: those
        that find the keys being fetched wait for them.
        """
        loop, now, refresh = asyncio.get_running_loop(), time.monotonic(), self._refresh
        if now >= self._next_refresh:
            self._next_refresh = now + MIN_KEY_INTERVAL
            refresh = self._refresh = loop.create_task(self._fetch_keys(client))
            refresh.add_done_callback(lambda done: done.cancelled() or done.exception())
        elif refresh is None or refresh.done() or refresh.get_loop() is not loop:
            return False
        await asyncio.wait((refresh,))  # which goes on if this user goes away
        refresh.result()
        return True

    async def _fetch_keys(self, client: AsyncHTTPClient) -> None:
        metadata = await self.metadata(client)
        self._keys = import_keys(object_answer(await call(client, metadata["jwks_uri"])))
        self._keys_end = time.monotonic() + METADATA_LIFETIME

    def _checked(self, metadata: dict[str, Any]) -> dict[str, Any]:
        if metadata.get("issuer") != self.name:
            found = printable(metadata.get("issuer"))
            raise ProviderError(f"the issuer is {self.name}, but calls itself {found}")
        for name in _ENDPOINTS:
            if not is_safe_url(metadata.get(name)):
                raise ProviderError(f"{self.url} has no {name} that can be used")
        for name in _OPTIONAL_ENDPOINTS:
            if name in metadata and not is_safe_url(metadata[name]):
                raise ProviderError(f"{self.url} has no {name} that can be used")
        return metadata

    @staticmethod
    def _algorithms(metadata: Mapping[str, Any]) -> Collection[str]:
        named = metadata.get("id_token_signing_alg_values_supported")
        if not isinstance(named, list):
            return ALGORITHMS
        return [name for name in named if isinstance(name, str)]


_issuers: Final[OrderedDict[tuple[str, str | None], Issuer]] = OrderedDict()


def find_issuer(url: str, name: str | None = None) -> Issuer:
    """The one `Issuer` with *url* in this process.

    :raises ValueError: *url* is no ``https`` URL; ``http`` is good on this machine only.
    """
    found = _issuers.get((url, name))
    if found is None:
        found = Issuer(url, name)
        while len(_issuers) >= MAX_ISSUERS:
            _issuers.popitem(last=False)
        _issuers[url, name] = found
    return found
