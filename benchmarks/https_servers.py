"""Requests per second over TLS of Zonda and its peers, in one run on one pinned core.

``nox -s bench -- benchmarks/https_servers.py --rounds 3 --seconds 3``

The programs, the rounds and the measures are those of ``http_servers.py``; each server has the
same certificate and chooses version and cipher suite with wrk as it does by default.  Connections
are kept, so this is the price of encrypting; "handshakes" are new connections one after another,
each with one request, from one thread of this process without resuming sessions.
"""

from __future__ import annotations

import http.client
import ssl
import sys
import time

from benchmarks.certificate import certificate
from benchmarks.http_peers import rounds
from benchmarks.http_peers.measure import load
from benchmarks.http_peers.servers import CASES, Server
from benchmarks.http_servers import MEASURES, WARM_UP_SECONDS, record
from benchmarks.programs import CannotRun, Peers, Running, pin_load
from benchmarks.recording import CPU, Recording

NAMES = ("zonda-uvloop", "aiohttp", "starlette", "granian", "tornado")
PLAIN = CASES["plain"]


def measure(
    recording: Recording, server: Server, seconds: float, peers: Peers, context: ssl.SSLContext
) -> None:
    """One round of one server."""
    with Running(server, peers) as running:
        shake_hands(running, 0.1, context)
        load(running, PLAIN, WARM_UP_SECONDS, "https")
        record(recording, "plain", server.name, load(running, PLAIN, seconds, "https"))
        before = running.cpu()[0]
        count, elapsed = shake_hands(running, seconds, context)
        recording.add("handshakes", server.name, count / elapsed)
        used = (running.cpu()[0] - before) / count
        recording.add("handshakes", server.name, used * 1e6, CPU.unit)


def shake_hands(running: Running, seconds: float, context: ssl.SSLContext) -> tuple[int, float]:
    """Connect again and again; how often, in how many seconds."""
    count, started = 0, time.perf_counter()
    while (elapsed := time.perf_counter() - started) < seconds:
        connection = http.client.HTTPSConnection("127.0.0.1", running.port, context=context)
        try:
            connection.request("GET", "/")
            if connection.getresponse().read() != PLAIN.body:
                raise CannotRun("a wrong answer over TLS")
        except OSError as error:
            raise CannotRun(f"no answer over TLS: {error!r}; {running.last_words()}") from error
        finally:
            connection.close()
        count += 1
    return count, elapsed


def main() -> int:
    """Measure what was asked for."""
    options = rounds.command(__doc__, NAMES).parse_args()
    recording = Recording("https", MEASURES, ("aiohttp", "tornado"))
    pin_load()
    with certificate() as (file, context):

        def one_round(server: Server, peers: Peers) -> None:
            secure = server.with_arguments(f"certificate={file}")
            measure(recording, secure, options.seconds, peers, context)

        return rounds.measure(options, recording, one_round)


if __name__ == "__main__":
    sys.exit(main())
