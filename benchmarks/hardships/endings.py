"""Signals and shortage: what is lost at SIGTERM, how soon a killed worker is back, and what a
server does that has no descriptors left."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import subprocess
import time

from benchmarks.programs import CannotRun, Peers, Running, Server

from .sites import HELLO, PATIENCE, answer, ask, connect, get, wait_until

IN_FLIGHT = 64
WEBSOCKETS = 20
HANDSHAKE = (
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version: 13",
)
DESCRIPTORS = 64
SHORT_SECONDS = 4.0


def terminated(running: Running) -> tuple[int, int, float, str]:
    """SIGTERM with requests in flight: answers lost, websockets without a code, seconds, codes."""
    asking = [connect(running.port) for _ in range(IN_FLIGHT)]
    chatting = [connect(running.port) for _ in range(WEBSOCKETS)]
    try:
        for sock in chatting:
            sock.sendall(get("/chat", *HANDSHAKE))
            _read_until(sock, b"\r\n\r\n")
        for sock in asking:
            sock.sendall(get("/slow"))
        time.sleep(0.2)
        started = time.perf_counter()
        os.kill(running.process.pid, signal.SIGTERM)
        codes = [_close_code(sock, time.monotonic() + 1) for sock in chatting]
        lost = sum(not _answered(sock) for sock in asking)
        _wait(running.process)
        seconds = time.perf_counter() - started
    finally:
        for sock in asking + chatting:
            sock.close()
    return lost, codes.count(None), seconds, ", ".join(sorted({str(code) for code in codes}))


def _wait(process: subprocess.Popen[str]) -> None:
    """Wait for the end of a process; with a limit `Popen.wait` would look only now and then."""
    descriptor = os.pidfd_open(process.pid)
    try:
        select.select([descriptor], [], [], PATIENCE)
    finally:
        os.close(descriptor)
    process.poll()


def _read_until(sock: socket.socket, end: bytes) -> None:
    received = b""
    while end not in received:
        data = sock.recv(4096)
        if not data:
            raise CannotRun("a websocket was closed")
        received += data


def _answered(sock: socket.socket) -> bool:
    """Whether the answer came; then the connection is closed, as a client does that is told so."""
    try:
        return answer(sock)[1] == HELLO
    except CannotRun:
        return False
    finally:
        sock.close()


def _close_code(sock: socket.socket, deadline: float) -> int | None:
    """The code of the close frame, which is answered as a browser does."""
    received = b""
    sock.settimeout(max(0.01, deadline - time.monotonic()))
    with contextlib.suppress(OSError):
        while len(received) < 4:
            data = sock.recv(4096)
            if not data:
                return None
            received += data
        code = received[2:4]
        sock.sendall(b"\x88\x82\0\0\0\0" + code)
        return int.from_bytes(code, "big") if received[0] == 0x88 else None
    return None


def replaced(running: Running) -> float:
    """Seconds from the death of one of two workers until there are two again."""
    deadline = time.monotonic() + PATIENCE
    first: set[bytes] = set()
    while len(first) < 2:
        if not wait_until(deadline):
            raise CannotRun("two workers never answered")
        first.add(ask(running.port, "/pid"))
    time.sleep(0.5)
    victim = int(first.pop())
    started = time.perf_counter()
    os.kill(victim, signal.SIGKILL)
    while True:
        with contextlib.suppress(CannotRun, OSError):
            found = ask(running.port, "/pid")
            if found not in first and int(found) != victim:
                return time.perf_counter() - started
        if not wait_until(deadline):
            raise CannotRun(f"the worker was not replaced within {PATIENCE:.0f} s")


def without_descriptors(site: Server, peers: Peers) -> tuple[float, float]:
    """A server that may have few descriptors and is asked for many: CPU s, KiB logged."""
    with Running(site, peers, preexec_fn=_few_descriptors) as running:
        ask(running.port, "/")
        connections = [connect(running.port) for _ in range(2 * DESCRIPTORS)]
        time.sleep(0.5)
        cpu, printed = running.cpu()[0], len(running.printed())
        time.sleep(SHORT_SECONDS)
        cpu, printed = running.cpu()[0] - cpu, len(running.printed()) - printed
        for sock in connections:
            sock.close()
        deadline = time.monotonic() + PATIENCE
        while True:
            with contextlib.suppress(CannotRun, OSError):
                if ask(running.port, "/") == HELLO:
                    return cpu, printed / 1024
            if not wait_until(deadline):
                raise CannotRun("does not answer when there are descriptors again")


def _few_descriptors() -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_NOFILE, (DESCRIPTORS, DESCRIPTORS))
