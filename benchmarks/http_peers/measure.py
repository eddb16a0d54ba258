"""One measurement: is the answer right, and how many of them come in a second."""

from __future__ import annotations

import dataclasses
import http.client
import json

from benchmarks.http_peers.servers import Case
from benchmarks.programs import HERE, LOAD_CORE, SAY_SECONDS, CannotRun, Running, finished, pinned

CONNECTIONS = 64


@dataclasses.dataclass(frozen=True)
class Figure:
    """What one round of one case gave."""

    rate: float  # requests per second
    cpu: float | None  # microseconds of the server's processor time per request
    p50: int  # microseconds
    p99: int
    refused: int  # answers that were not 2xx or 3xx
    broken: int  # connections that failed or timed out


def check(server: Running, case: Case) -> None:
    """Ask once and compare the answer.

    :raises CannotRun: when status or body are not what the case demands
    """
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    try:
        connection.request("GET", case.path)
        response = connection.getresponse()
        body = response.read()
    except OSError as error:
        raise CannotRun(f"no answer to GET {case.path}: {error!r}") from error
    finally:
        connection.close()
    if response.status != 200:
        raise CannotRun(f"GET {case.path} gave status {response.status}: {server.last_words()}")
    if not _same(case, body):
        raise CannotRun(f"GET {case.path} gave a wrong body: {body[:60]!r}")


def _same(case: Case, body: bytes) -> bool:
    if case.name == "json":
        try:
            return bool(json.loads(body) == json.loads(case.body))
        except ValueError:
            return False
    if case.name == "page":
        return case.body in b"".join(line.strip() for line in body.splitlines())
    return body == case.body


def load(
    server: Running, case: Case, seconds: float, scheme: str = "http", core: str = LOAD_CORE
) -> Figure:
    """Load *server* for some seconds with 64 connections of one thread.

    :param core: which the load is made on.
    :raises CannotRun: when the load generator fails or counts no request
    """
    url = f"{scheme}://127.0.0.1:{server.port}{case.path}"
    return load_with(server, url, "load.lua", [case.headers], seconds, CONNECTIONS, core)


def load_with(
    server: Running,
    url: str,
    script: str,
    arguments: list[str],
    seconds: float,
    connections: int,
    core: str = LOAD_CORE,
) -> Figure:
    """Load *server* with a script of this directory.

    :raises CannotRun: see `load`
    """
    before = server.cpu_seconds()
    # wrk knows whole seconds.
    command = ["wrk", "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s"]
    command += ["-s", str(HERE / "http_peers" / script), url, "--", *arguments]
    done = finished(pinned(core, command), "wrk", seconds + SAY_SECONDS)
    after = server.cpu_seconds()
    if done.returncode:
        raise CannotRun(f"wrk failed: {done.stderr.strip() or done.stdout.strip()}")
    counted = json.loads(done.stdout.strip().splitlines()[-1])
    requests = counted["requests"]
    if not requests:
        raise CannotRun(f"no request was answered in {seconds} s: {server.last_words()}")
    return Figure(
        rate=requests * 1e6 / counted["microseconds"],
        cpu=None if before is None or after is None else (after - before) * 1e6 / requests,
        p50=counted["p50"],
        p99=counted["p99"],
        refused=counted["refused"],
        broken=counted["broken"],
    )
