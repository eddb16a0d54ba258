"""What a request costs as routes, header fields, bodies and connections grow, beside the peers.

``nox -s bench -- benchmarks/growth.py --rounds 3 --seconds 1``

The programs and the load generator are those of ``http_servers.py``.  Everything is plain text but
for the bodies, which are read as a whole and answered with their length.  A route's number is its
place among those of the application; header fields are ones that no handler reads.
"""

from __future__ import annotations

import dataclasses
import sys

from benchmarks.http_peers import rounds
from benchmarks.http_peers.measure import CONNECTIONS, load_with
from benchmarks.http_peers.servers import Server
from benchmarks.http_servers import MEASURES, record
from benchmarks.programs import CannotRun, Peers, Running
from benchmarks.recording import Recording

NAMES = ("zonda-uvloop", "aiohttp", "starlette", "tornado")
ROUTES = 2000


@dataclasses.dataclass(frozen=True)
class Growing:
    """One step of something that grows."""

    name: str
    path: str = "/"
    fields: int = 0
    body: int = 0
    connections: int = CONNECTIONS


CASES = (
    *(
        Growing(f"route {number} of {ROUTES}", f"/route/{number - 1}")
        for number in (1, 10, 100, ROUTES)
    ),
    *(Growing(f"header fields {number}", fields=number) for number in (0, 10, 30, 90)),
    *(Growing(f"body {size}", "/length", body=size) for size in (1024, 16384, 262144)),
    *(Growing(f"connections {number}", connections=number) for number in (1, 16, 128, 512)),
)


def one_round(recording: Recording, server: Server, seconds: float, peers: Peers) -> None:
    """All cases of one server."""
    with Running(server.with_arguments(f"routes={ROUTES}"), peers) as running:
        for case in CASES:
            url = f"http://127.0.0.1:{running.port}{case.path}"
            growth = [str(case.fields), str(case.body)]
            try:
                figure = load_with(running, url, "growth.lua", growth, seconds, case.connections)
                record(recording, case.name, server.name, figure)
            except CannotRun as error:
                recording.failed(f"{server.name} {case.name}", str(error))


def main() -> int:
    """Measure what was asked for."""
    options = rounds.command(__doc__, NAMES, seconds=1).parse_args()
    recording = Recording("growth", MEASURES, ("aiohttp", "tornado"))
    return rounds.measure(
        options,
        recording,
        lambda server, peers: one_round(recording, server, options.seconds, peers),
    )


if __name__ == "__main__":
    sys.exit(main())
