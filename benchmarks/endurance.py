"""Whether a server's memory grows: its resident size over millions of requests, in one run.

``nox -s bench -- benchmarks/endurance.py --count 10000000 --only zonda``

Requests of several kinds (plain, with arguments, with cookies, forms, answers that are errors) come
in bursts over a few connections, each of which is closed after a while and opened again.  The size
is noted at each tenth; "KiB grown" is how much it is at the end beyond what it was at the second
tenth, when caches are full.
"""

from __future__ import annotations

import itertools
import socket
import sys
from pathlib import Path

from benchmarks.hardships.sites import SITES, connect, get
from benchmarks.programs import PEERS, CannotRun, Peers, Running, pin_load
from benchmarks.recording import CPU, Measure, Recording, arguments, progress

CONNECTIONS = 16
BURSTS_OF_ONE = 50  # then it is another connection
TENTHS = 10
GROWN = Measure("KiB grown", more_is_better=False)
RESIDENT = Measure("MiB at the end", more_is_better=False)
FORM = b"a=1&b=%41&a=2"
BURST = b"".join(
    (
        get("/"),
        get("/?a=1&b=2"),
        get("/cookies", "Cookie: a=b; c=d; theme=dark"),
        b"POST /form HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n"
        b"Content-Type: application/x-www-form-urlencoded\r\n\r\n%b" % (len(FORM), FORM),
        get("/nowhere"),
    )
    * 4
)
MARK = b"HTTP/1.1 "
REQUESTS = 20


def exchange(sock: socket.socket) -> None:
    """Send a burst, and read until all of it is answered."""
    sock.sendall(BURST)
    # The answer that is not there yet when all heads have come is read with the next burst.
    count, tail = 0, b""
    while count < REQUESTS:
        data = sock.recv(1 << 18)
        if not data:
            raise CannotRun("a connection was closed")
        count += (tail + data).count(MARK)
        tail = data[-len(MARK) + 1 :]


def endure(running: Running, count: int) -> list[int]:
    """Ask so often; the resident size in bytes after each tenth."""
    sizes = []
    connections = [connect(running.port) for _ in range(CONNECTIONS)]
    bursts = count // REQUESTS // TENTHS
    turns = itertools.count()
    try:
        for tenth in range(TENTHS):
            for _ in range(bursts):
                turn = next(turns)
                place = turn % CONNECTIONS
                if turn // CONNECTIONS % BURSTS_OF_ONE == BURSTS_OF_ONE - 1:
                    connections[place].close()
                    connections[place] = connect(running.port)
                exchange(connections[place])
            sizes.append(running.resident())
            progress(f"{(tenth + 1) * bursts * REQUESTS:,} requests: {sizes[-1] / 1024:,.0f} KiB")
    finally:
        for sock in connections:
            sock.close()
    return sizes


def main() -> int:
    """Measure what was asked for."""
    parser = arguments(__doc__, rounds=1)
    parser.add_argument("--count", type=int, default=1_000_000, help="requests of each server")
    parser.add_argument("--only", nargs="+", choices=SITES, default=["zonda"])
    parser.add_argument("--peers", type=Path, default=PEERS, help="a directory for them")
    options = parser.parse_args()
    pin_load()
    peers = Peers(options.peers)
    recording = Recording("endurance", (GROWN, RESIDENT, CPU))
    names = peers.ready([SITES[name] for name in options.only], recording.failed)
    recording.versions = {name: peers.versions(SITES[name]) for name in names}
    for name in names * options.rounds:
        case = f"{options.count:,} requests"
        progress(name)
        try:
            with Running(SITES[name], peers) as running:
                sizes = endure(running, options.count)
                cpu = running.cpu()[0]
        except (CannotRun, OSError) as error:
            recording.failed(name, str(error))
            continue
        recording.add(case, name, (sizes[-1] - sizes[1]) / 1024)
        recording.add(case, name, sizes[-1] / 2**20, RESIDENT.unit)
        recording.add(case, name, cpu / options.count * 1e6, CPU.unit)
    return recording.finish(options.json)


if __name__ == "__main__":
    sys.exit(main())
