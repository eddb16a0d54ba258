"""Clients that want much: pipelined requests, answers nobody reads, forms made to be slow."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Iterator

from benchmarks.programs import CannotRun, Running

from .sites import HELLO, answer, connect, get

MIB = 1 << 20
BATCH = 1000
STUCK_SECONDS = 2.0


def pipelined(running: Running, seconds: float) -> float:
    """Requests per second of one connection that sends a thousand and reads all answers."""
    request = get("/") * BATCH
    count, started = 0, time.perf_counter()
    with connect(running.port) as sock:
        while (elapsed := time.perf_counter() - started) < seconds:
            sock.sendall(request)
            found, tail = 0, b""
            while found < BATCH:
                data = sock.recv(1 << 20)
                if not data:
                    raise CannotRun(f"closed after {count + found} pipelined requests")
                data = tail + data
                found += data.count(HELLO)
                # What could be the beginning of a body, and nothing that was counted.
                tail = data[data.rfind(HELLO) + len(HELLO) if HELLO in data else 0 :]
                tail = tail[-len(HELLO) + 1 :]
            count += BATCH
    return count / elapsed


def unread(running: Running) -> tuple[float, float]:
    """Pipelined requests whose answers nobody reads: MiB taken in, MiB that memory grew."""
    request = get("/") * BATCH
    before = running.resident()
    taken = 0
    with connect(running.port) as sock:
        sock.settimeout(STUCK_SECONDS)
        with contextlib.suppress(TimeoutError, ConnectionError):
            while taken < 256 * MIB:
                taken += sock.send(request)
        grown = running.resident() - before
    return taken / MIB, grown / MIB


def unread_answer(running: Running) -> float:
    """A gigabyte that nobody reads: MiB that memory grew."""
    before = running.resident()
    with connect(running.port) as sock:
        sock.sendall(get("/large"))
        grown = 0
        for _ in range(30):
            time.sleep(0.1)
            grown = max(grown, running.resident() - before)
    return grown / MIB


def worst(running: Running, requests: Iterator[tuple[str, bytes]]) -> tuple[float, str]:
    """The slowest of some requests: milliseconds, and its name; each is the best of five."""
    slowest = (0.0, "")
    for name, request in requests:
        best = float("inf")
        for _ in range(5):
            with connect(running.port) as sock, contextlib.suppress(CannotRun):
                best = min(best, _took(sock, request))
        if best < float("inf"):
            slowest = max(slowest, (best * 1e3, name))
    return slowest


def _took(sock: socket.socket, request: bytes) -> float:
    started = time.perf_counter()
    with contextlib.suppress(ConnectionError):  # it may be answered before it is read
        sock.sendall(request)
    answer(sock)
    return time.perf_counter() - started


def cookies() -> Iterator[tuple[str, bytes]]:
    """Cookie headers of 60,000 bytes."""
    made = {
        "many pairs": "; ".join(f"a{number}=b" for number in range(7000)),
        "one name": "a=b; " * 12000,
        "quotes": 'a="' + '\\"' * 29000 + '"',
        "octal escapes": 'a="' + "\\101" * 14900 + '"',
        "no pairs": ";" * 60000,
        "equals signs": "=" * 60000,
        "spaces": "a=b;" + " " * 59000 + "c=d",
    }
    for name, value in made.items():
        yield name, get("/cookies", f"Cookie: {value[:60000]}")


def forms() -> Iterator[tuple[str, bytes]]:
    """Forms of a megabyte."""
    encoded = {
        "escapes": b"a=" + b"%41" * (MIB // 3),
        "lone percent signs": b"a=" + b"%4" * (MIB // 2),
        "plus signs": b"a=" + b"+" * MIB,
        "999 fields": b"&".join(b"a%d=%s" % (number, b"%41" * 345) for number in range(999)),
        "equals and percent signs": b"a=" + b"=%" * (MIB // 2),
        "all of these": b"a=" + b"=%%41" * (MIB // 5),
    }
    for name, body in encoded.items():
        yield name, _post("application/x-www-form-urlencoded", body)
    head = b'--xyz\r\nContent-Disposition: form-data; name="a"'
    multipart = {
        "one part": head + b"\r\n\r\n" + b"x" * MIB,
        "almost boundaries": head + b"\r\n\r\nq" + b"\r\n--xy" * (MIB // 6),
        "line ends": head + b"\r\n\r\nq" + b"\r\n" * (MIB // 2),
        "99 parts": (head + b"\r\n\r\n" + b"x" * 10500 + b"\r\n") * 99,
        "header lines": (head + b"\r\n" + b"a:b\r\n" * 2000 + b"\r\nx\r\n") * 99,
        "quotes": (head + b'; filename="' + b'\\"' * 4800 + b'"\r\n\r\nx\r\n') * 99,
    }
    for name, body in multipart.items():
        yield name, _post("multipart/form-data; boundary=xyz", body + b"\r\n--xyz--\r\n")


def _post(kind: str, body: bytes) -> bytes:
    body = body[: MIB + 4096]
    head = f"POST /form HTTP/1.1\r\nHost: localhost\r\nContent-Type: {kind}\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
