"""A whole server program: one process, or several that are restarted, replaced and drained."""

from __future__ import annotations

import os
import signal
import socket
import textwrap
from pathlib import Path

import pytest

from tests.httpserver.serve_program import finish, running, wait_until_gone
from zonda.http import HTTPServerRequest
from zonda.httpserver import HTTPServer, serve

TWO = "serve(lambda: answer, [sock], workers=2, started=started, grace=5)\nsay('ended')"


def pid_of(line: str) -> int:
    return int(line.split()[1])


@pytest.mark.parametrize(
    ("arguments", "number"),
    [
        ("workers=1", signal.SIGTERM),
        ("workers=1", signal.SIGINT),
        ("workers=1, supervised=True", signal.SIGINT),
        ("workers=2", signal.SIGTERM),
    ],
)
def test_a_signal_drains(arguments: str, number: signal.Signals) -> None:
    code = f"serve(lambda: answer, [sock], {arguments}, started=started)\nsay('ended')"
    with running(code) as program:
        program.wait_for("serving")
        with program.begin("/slow") as client:
            program.wait_for("slow")
            program.tell(number)
            finish(client)
        program.wait_for("ended")
        assert program.end() == 0
        with pytest.raises(ConnectionRefusedError):
            program.ask()


def test_a_worker_that_dies_is_restarted_and_the_others_serve() -> None:
    with running(TWO) as program:
        first = {pid_of(program.wait_for("serving")) for _ in range(2)}
        with program.begin("/die") as client:
            assert client.recv(100) == b""
        third = pid_of(program.wait_for("serving"))
        assert third not in first
        pid, number = program.ask()
        assert number in ("0", "1")
        assert pid in first | {third}
        program.tell(signal.SIGTERM)
        assert program.end() == 0
    assert any("exited by signal 9: it is restarted" in line for line in program.seen)


def test_a_hang_up_replaces_all_workers_and_loses_nothing() -> None:
    with running(TWO) as program:
        first = {pid_of(program.wait_for("serving")) for _ in range(2)}
        with program.begin("/slow") as client:
            program.wait_for("slow")
            program.tell(signal.SIGHUP)
            second = {pid_of(program.wait_for("serving")) for _ in range(2)}
            assert finish(client)[0] in first
        assert not first & second
        for pid in first:
            wait_until_gone(pid)
        assert program.ask()[0] in second
        program.tell(signal.SIGTERM)
        assert program.end() == 0


def test_what_cannot_start_after_a_hang_up_replaces_nobody(tmp_path: Path) -> None:
    code = """
    def make():
        if os.path.exists(sys.argv[1]):
            raise RuntimeError("cannot start")
        return answer
    serve(make, [sock], workers=1, supervised=True, started=started)
    """
    path = tmp_path / "broken"
    with running(code, str(path)) as program:
        first = pid_of(program.wait_for("serving"))
        path.touch()
        program.tell(signal.SIGHUP)
        while "does not replace" not in program.wait_for("log: child process"):
            pass
        path.unlink()
        assert program.ask()[0] == first
        program.tell(signal.SIGHUP)
        second = pid_of(program.wait_for("serving"))
        wait_until_gone(first)
        assert program.ask()[0] == second
        program.tell(signal.SIGTERM)
        assert program.end() == 0


@pytest.mark.parametrize("arguments", ["workers=2", "workers=1, supervised=True", "workers=1"])
def test_a_program_that_cannot_start_ends(arguments: str) -> None:
    with running(f"serve(lambda: 1 / 0, [sock], {arguments})") as program:
        assert program.end() == 1
    text = "\n".join(program.seen)
    assert "ZeroDivisionError" in text
    assert ("WorkerStartError" in text) is (arguments != "workers=1")


def test_workers_end_with_their_parent() -> None:
    with running(TWO) as program:
        pids = [pid_of(program.wait_for("serving")) for _ in range(2)]
        program.tell(signal.SIGKILL)
        for pid in pids:
            wait_until_gone(pid)


def test_a_second_signal_cuts() -> None:
    code = """
    def never(request):
        say("never")
    serve(lambda: never, [sock], workers=2, started=started, grace=100)
    """
    with running(code) as program:
        program.wait_for("serving")
        with program.begin("/") as client:
            program.wait_for("never")
            program.tell(signal.SIGTERM)
            while "exited" not in program.wait_for("log: child process"):
                pass
            program.tell(signal.SIGTERM)
            assert client.recv(100) == b""
        assert program.end() == 0


@pytest.mark.parametrize("listen", ["[sock]", "[sock.getsockname()[1]]"])
def test_each_worker_has_a_socket_of_its_own(listen: str) -> None:
    code = f"""
    listen = {listen}
    if listen != [sock]:
        sock.close()
    serve(lambda: answer, listen, workers=2, reuse_port=True, started=started)
    """
    with running(code) as program:
        for _ in range(2):
            program.wait_for("serving")
        answered = {program.ask()[1] for _ in range(40)}
        assert answered == {"0", "1"}
        program.tell(signal.SIGHUP)
        for _ in range(2):
            program.wait_for("serving")
            program.ask()
        program.tell(signal.SIGTERM)
        assert program.end() == 0


def test_all_workers_may_share_a_socket() -> None:
    with running(TWO.replace("grace=5", "grace=5, reuse_port=False")) as program:
        for _ in range(2):
            program.wait_for("serving")
        assert {program.ask()[1] for _ in range(10)} <= {"0", "1"}
        program.tell(signal.SIGTERM)
        assert program.end() == 0


def test_a_loop_that_cannot_be_had_is_said_once_and_before_any_worker() -> None:
    code = """
    from zonda.ioloop import MissingExtraError
    sys.modules["uvloop"] = None
    try:
        serve(lambda: answer, [sock], workers=2, uvloop=True)
    except MissingExtraError:
        say("missing")
    """
    with running(textwrap.dedent(code)) as program:
        program.wait_for("missing")
        assert program.end() == 0
    assert not any("exited" in line for line in program.seen)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_unix_socket(workers: int, short_path: Path) -> None:
    path = short_path / "site.sock"
    code = (
        f"sock.close()\nserve(lambda: answer, ['unix:{path}'], workers={workers}, started=started)"
    )
    with running(code) as program:
        program.wait_for("serving")
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(10)
            client.connect(str(path))
            client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            finish(client)
        program.tell(signal.SIGTERM)
        assert program.end() == 0
    assert not path.exists()


SOURCES = {
    "coroutine function": """
    async def make():
        await asyncio.sleep(0)
        return answer
    """,
    "context manager": """
    @contextlib.asynccontextmanager
    async def make():
        say("begin")
        yield answer
        say("clean")
    """,
}


@pytest.mark.parametrize("kind", SOURCES)
def test_what_makes_an_application(kind: str) -> None:
    with running(
        SOURCES[kind] + "\n    serve(make, [sock], workers=2, started=started)"
    ) as program:
        for _ in range(2):
            program.wait_for("serving")
        program.ask()
        program.tell(signal.SIGTERM)
        assert program.end() == 0
    assert program.seen.count("clean") == program.seen.count("begin")
    assert program.seen.count("begin") == (2 if kind == "context manager" else 0)


def test_tornados_way_of_several_processes_drains_too() -> None:
    code = """
    from zonda.ioloop import IOLoop
    sock.close()
    server = HTTPServer(answer)
    server.bind(sock_port, "127.0.0.1")
    server.start(2)
    IOLoop.current().add_callback(started, server)
    IOLoop.current().start()
    say("stopped")
    """
    code = code.replace("sock.close()", "sock_port = sock.getsockname()[1]; sock.close()")
    with running(code) as program:
        for _ in range(2):
            program.wait_for("serving")
        with program.begin("/slow") as client:
            program.wait_for("slow")
            program.tell(signal.SIGTERM)
            finish(client)
        assert program.end() == 0
    assert program.seen.count("stopped") == 2


def nobody(request: HTTPServerRequest) -> None:
    raise AssertionError("nobody asks")


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"listen": []}, "nowhere to listen"),
        ({"workers": -1}, "-1 workers"),
        ({"workers": 2, "supervised": False}, "need a supervisor"),
        ({"listen": ["nonsense:"]}, "no place to listen"),
    ],
)
def test_what_makes_no_sense_is_said(arguments: dict[str, object], text: str) -> None:
    with pytest.raises(ValueError, match=text):
        serve(lambda: nobody, **{"listen": ["127.0.0.1:0"], **arguments})  # type: ignore[arg-type]  # on purpose


def test_no_application_at_all() -> None:
    with pytest.raises(TypeError, match="function that makes it"):
        serve(42, ["127.0.0.1:0"])  # type: ignore[arg-type]  # on purpose


def test_a_server_is_given_to_whoever_wants_to_know_that_it_serves() -> None:
    seen: list[HTTPServer] = []

    async def started(server: HTTPServer) -> None:
        seen.append(server)
        os.kill(os.getpid(), signal.SIGTERM)

    serve(lambda: nobody, ["127.0.0.1:0"], started=started, uvloop=False)
    assert len(seen) == 1
