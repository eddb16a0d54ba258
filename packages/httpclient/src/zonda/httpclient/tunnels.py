"""Holding the conversation with a proxy that is asked for a connection to somewhere else."""

from __future__ import annotations

from zonda import http
from zonda.http import Proxy, TunnelConversation, TunnelError
from zonda.iostream import IOStream, StreamClosedError

from .authorization import (
    Challenge,
    basic_authorization,
    digest_authorization,
    find_challenge,
)
from .errors import ProxyError

# Bytes that are read at a time; a proxy's answers have a hundred.
_PIECE = 4096


async def open_tunnel(
    stream: IOStream, proxy: Proxy, host: str, port: int, challenge: Challenge | None = None
) -> Challenge | None:
    """Ask *proxy*, over *stream*, for a connection to *host*; then the stream leads there.

    :param challenge: what an earlier try has given.
    :return: None, or what is to be met by a second try, on another stream.
    :raises ProxyError: it refused, or did not answer as a proxy.
    """
    credentials = _credentials(proxy, host, port, challenge)
    try:
        await _converse(stream, http.open_tunnel(proxy, host, port, credentials))
    except TunnelError as error:
        if error.code == 407 and error.headers is not None and _may_try_again(proxy, credentials):
            found = find_challenge(error.headers.get_list("Proxy-Authenticate"))
            if found is not None:
                return found
        raise ProxyError(str(error), error.code) from None
    except StreamClosedError as error:
        raise ProxyError("the proxy closed the connection") from error
    return None


async def _converse(stream: IOStream, conversation: TunnelConversation) -> None:
    words = next(conversation)
    while True:
        if words:
            await stream.write(words)
        heard = await stream.read_bytes(_PIECE, partial=True)
        try:
            words = conversation.send(heard)
        except StopIteration as end:
            if end.value:
                # Nobody has asked the server anything yet; it is not its answer.
                raise TunnelError("more than the proxy's answer came through it") from None
            return


def _credentials(proxy: Proxy, host: str, port: int, challenge: Challenge | None) -> str | None:
    if proxy.username is None or proxy.scheme == "socks5":
        return None
    if proxy.auth_mode == "basic":
        return basic_authorization(proxy.username, proxy.password)
    if challenge is None:
        return None
    target = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    return digest_authorization(challenge, proxy.username, proxy.password, "CONNECT", target)


def _may_try_again(proxy: Proxy, credentials: str | None) -> bool:
    return credentials is None and proxy.username is not None and proxy.auth_mode == "digest"
