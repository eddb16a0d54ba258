"""Clients that are slow or silent: after how many seconds the server has closed them all.

All servers are asked at the same time, since most of it is waiting.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
import warnings
from collections.abc import Awaitable, Callable

from benchmarks.programs import Peers, Running, Server
from benchmarks.recording import Recording

DRIP_SECONDS = 1.0
BODY = (  # of a kind that has to be read before it is answered
    b"POST /form HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n"
    b"Content-Type: application/x-www-form-urlencoded\r\n\r\n"
)

Client = Callable[[int, float], Awaitable[float]]


async def drip(port: int, patience: float, begin: bytes, tls: bool = False) -> float:
    """Send *begin* and then a byte each second; seconds until that fails, at most *patience*."""
    started = time.monotonic()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    closed = asyncio.ensure_future(reader.read())  # ends with the connection, or with an answer
    try:
        writer.write(begin)
        while not closed.done() and time.monotonic() - started < patience:
            await asyncio.wait([closed], timeout=DRIP_SECONDS)
            if begin:
                writer.write(b"x")
        return time.monotonic() - started
    finally:
        writer.close()
        closed.cancel()
        await asyncio.gather(closed, return_exceptions=True)


CASES: dict[str, tuple[int, bytes]] = {
    "heads that drip": (500, b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: "),
    "silent connections": (500, b""),
    "bodies that drip": (50, BODY),
}
TLS_CASE = "TLS handshakes that stall"


async def all_of(port: int, patience: float, count: int, begin: bytes) -> list[float]:
    """Seconds of each of *count* connections."""
    return await asyncio.gather(*[drip(port, patience, begin) for _ in range(count)])


async def measure_one(
    recording: Recording, name: str, ports: tuple[int, int], patience: float, part: float
) -> None:
    """All cases of one server at the same time."""
    plain, secure = ports
    cases = {case: (plain, *what) for case, what in CASES.items()} | {TLS_CASE: (secure, 50, b"")}
    waiting = {
        case: asyncio.ensure_future(all_of(port, patience, max(1, int(count * part)), begin))
        for case, (port, count, begin) in cases.items()
    }
    for case, task in waiting.items():
        took = await task
        recording.add(f"{case}: s until closed", name, max(took))
        if late := sum(seconds >= patience for seconds in took):
            recording.note(f"{name}: {late} of {len(took)} {case} open after {patience:.0f} s")


def measure(
    recording: Recording,
    sites: dict[str, Server],
    peers: Peers,
    certificate: str,
    quick: bool,
) -> None:
    """All servers at once."""
    patience, part = (6.0, 0.1) if quick else (100.0, 1.0)
    started: list[Running] = []
    ports: dict[str, tuple[int, int]] = {}
    try:
        for name, site in sites.items():
            pair = (site, site.with_arguments(f"certificate={certificate}"))
            running = [Running(server, peers).__enter__() for server in pair]
            started += running
            ports[name] = (running[0].port, running[1].port)

        async def everybody() -> None:
            await asyncio.gather(
                *[measure_one(recording, name, ports[name], patience, part) for name in sites]
            )

        asyncio.run(everybody())
    finally:
        for one in started:
            one.stop()


def tls_defaults(recording: Recording, name: str, running: Running) -> None:
    """What a server accepts that has a certificate and nothing else set."""
    old = [
        version.name
        for version in (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1)
        if _accepts(running.port, version, "ALL:@SECLEVEL=0")
    ]
    weak = [
        suite
        for suite in ("AES128-SHA", "AES128-GCM-SHA256", "ECDHE-RSA-AES128-SHA", "NULL-SHA256")
        if _accepts(running.port, ssl.TLSVersion.TLSv1_2, f"{suite}:@SECLEVEL=0")
    ]
    recording.add("TLS versions accepted below 1.2", name, len(old))
    recording.add("weak TLS 1.2 suites accepted, of 4", name, len(weak))
    chosen = _accepts(running.port, ssl.TLSVersion.TLSv1_3, None) or "no ALPN"
    recording.note(f"{name}: a client that offers h2 and http/1.1 over TLS gets {chosen}")
    if old or weak:
        recording.note(f"{name}: TLS accepts {', '.join(old + weak)}")


def _accepts(port: int, version: ssl.TLSVersion, ciphers: str | None) -> str:
    """What was agreed on with a client that speaks only this; empty if nothing was."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols(["h2", "http/1.1"])
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = context.maximum_version = version
        if ciphers is not None:
            context.set_ciphers(ciphers)
        with (
            socket.create_connection(("127.0.0.1", port), 10) as sock,
            context.wrap_socket(sock) as secure,
        ):
            return f"{secure.version()}, {secure.selected_alpn_protocol() or 'no ALPN'}"
    except (OSError, ValueError):
        return ""
