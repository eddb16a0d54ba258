"""Several processes of one program."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import textwrap
import time

import pytest

from zonda.iostream import cpu_count, fork_processes, process, task_id, worker_number


def run(code: str) -> tuple[int, str, str]:
    """Run a program in an interpreter of its own; status, output, errors."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(code)],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def test_cpu_count(monkeypatch: pytest.MonkeyPatch) -> None:
    assert 1 <= cpu_count() <= (os.cpu_count() or 1)
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert cpu_count() == 1


def test_a_process_that_was_not_forked_has_no_task_id() -> None:
    assert task_id() is None


async def test_it_must_be_called_before_a_loop_runs() -> None:
    with pytest.raises(RuntimeError, match="before an event loop runs"):
        fork_processes(2)


def test_a_system_that_cannot_fork(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "fork")
    with pytest.raises(RuntimeError, match="cannot fork"):
        fork_processes(2)


@pytest.mark.parametrize("count", ["None", "0", "-1"])
def test_one_process_for_each_processor(count: str) -> None:
    code, output, errors = run(f"""
        import os
        from zonda.iostream import fork_processes
        from zonda.iostream import process
        process.cpu_count = lambda: 3
        os.write(1, b"%d " % fork_processes({count}))
        """)
    assert (code, errors) == (0, "")
    assert sorted(output.split()) == ["0", "1", "2"]


def test_random_numbers_differ() -> None:
    _, output, _ = run("""
        import os
        import random
        from zonda.iostream import fork_processes, task_id
        random.seed(1)
        assert fork_processes(3) == task_id()
        os.write(1, f"{random.random()} ".encode())
        """)
    assert len(set(output.split())) == 3


def test_the_loop_of_the_parent_is_not_shared() -> None:
    code, output, _ = run("""
        import os
        from zonda.ioloop import IOLoop
        from zonda.iostream import fork_processes
        before = IOLoop.current()
        fork_processes(2)
        os.write(1, f"{IOLoop.current() is before} ".encode())
        """)
    assert (code, output.split()) == (0, ["False", "False"])


def test_the_parent_gives_up() -> None:
    code, _, errors = run("""
        import os
        from zonda.iostream import fork_processes
        fork_processes(1, max_restarts=0)
        os._exit(5)
        """)
    assert code == 1
    assert "TooManyRestartsError: child process" in errors


def test_become_worker() -> None:
    async def number() -> int | None:
        return task_id()

    try:
        process._become_worker(4)
        assert asyncio.run(number()) == 4
    finally:
        worker_number._number = None


SERVERS = {
    "bind and start": """
        server.bind(0, "127.0.0.1")
        server.start(3)
        IOLoop.current().run_sync(main)
        """,
    "add_sockets": """
        sockets = bind_sockets(0, "127.0.0.1")
        fork_processes(3)
        server.add_sockets(sockets)
        IOLoop.current().run_sync(main)
        """,
    "reuse_port": """
        (sock,) = bind_sockets(0, "127.0.0.1", reuse_port=True)
        fork_processes(3)
        server.listen(sock.getsockname()[1], "127.0.0.1", reuse_port=True)
        IOLoop.current().run_sync(main)
        """,
}


@pytest.mark.parametrize("how", SERVERS)
def test_servers_in_several_processes(how: str) -> None:
    code, output, errors = run(
        textwrap.dedent("""
        import asyncio, os, socket
        from zonda.ioloop import IOLoop
        from zonda.iostream import IOStream, TCPServer, bind_sockets, fork_processes, task_id

        class Server(TCPServer):
            def handle_stream(self, stream, address):
                stream.write(b"served")
                stream.close()

        async def main():
            (sock,) = server._acceptors
            stream = await IOStream(socket.socket()).connect(sock.getsockname())
            asking = asyncio.ensure_future(stream.read_until_close())
            await asyncio.sleep(0.2)  # another process may have to answer
            os.write(1, f"{task_id()} ".encode())
            server.stop()

        server = Server()
        """)
        + textwrap.dedent(SERVERS[how])
    )
    assert code == 0, errors
    assert sorted(output.split()) == ["0", "1", "2"]


STARTS = {
    "fork_processes": """
        sockets = bind_sockets(0, "127.0.0.1")
        fork_processes(2, on_stop=lambda: [sock.close() for sock in sockets])
        server.add_sockets(sockets)
        """,
    "start": """
        server.bind(0, "127.0.0.1")
        server.start(2)
        """,
}


@pytest.mark.parametrize("how", STARTS)
def test_the_end_of_the_program_interrupts_nobody(how: str) -> None:
    """SIGTERM to the parent: workers finish what they have begun and take nothing new."""
    code = (
        textwrap.dedent("""
        import asyncio, os, signal
        from zonda.ioloop import IOLoop
        from zonda.iostream import StreamClosedError, TCPServer, bind_sockets, fork_processes

        class Server(TCPServer):
            async def handle_stream(self, stream, address):
                try:
                    while True:
                        await stream.write(await stream.read_until(b"\\n"))
                except StreamClosedError:
                    pass

        async def main():
            stopping = asyncio.Event()
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)
            (sock,) = server._acceptors
            os.write(1, b"%d\\n" % sock.getsockname()[1])
            await stopping.wait()
            await server.drain(10)
            os.write(1, b"drained\\n")

        server = Server()
        """)
        + textwrap.dedent(STARTS[how])
        + "IOLoop.current().run_sync(main)"
    )
    program = subprocess.Popen([sys.executable, "-W", "error", "-c", code], stdout=subprocess.PIPE)
    assert program.stdout is not None
    (port,) = {int(program.stdout.readline()) for _ in range(2)}
    with socket.create_connection(("127.0.0.1", port), 10) as client:
        client.sendall(b"one\n")
        assert client.recv(10) == b"one\n"
        program.terminate()
        assert program.stdout.readline() == b"drained\n"  # the worker that has nothing to do
        wait_until_refused(port)
        client.sendall(b"two\n")
        assert client.recv(10) == b"two\n"
    assert program.communicate(timeout=20)[0] == b"drained\n"
    assert program.returncode == 0


def wait_until_refused(port: int) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), 10).close()
        except ConnectionRefusedError:
            return
        time.sleep(0.01)
    pytest.fail(f"port {port} is still open")


def test_supervise_returns_when_all_have_ended() -> None:
    code = """
    import os, select, signal, socket
    from zonda.iostream import supervise, task_id

    def work(watcher):
        bell, button = socket.socketpair()
        button.setblocking(False)
        # A handler alone would not end a select() that begins just when the signal has come.
        signal.set_wakeup_fd(button.fileno())
        signal.signal(signal.SIGTERM, lambda *_: None)
        watcher.announce()
        os.write(1, f"{task_id()}\\n".encode())
        ready, _, _ = select.select([watcher.line, bell], [], [])
        if watcher.line in ready:  # the parent has died
            os.write(1, b"orphan\\n")
        signal.set_wakeup_fd(-1)
        for sock in (bell, button, watcher.line):
            sock.close()

    supervise(2, work, on_stop=lambda: os.write(1, b"stopping\\n"))
    os.write(1, f"{task_id()}\\n".encode())
    """
    command = [sys.executable, "-W", "error", "-c", textwrap.dedent(code)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as program:
        assert program.stdout is not None
        assert sorted(program.stdout.readline() for _ in range(2)) == [b"0\n", b"1\n"]
        program.terminate()
        assert program.communicate(timeout=20)[0] == b"stopping\nNone\n"
        assert program.returncode == 0
    with subprocess.Popen(command, stdout=subprocess.PIPE) as program:
        assert program.stdout is not None
        assert sorted(program.stdout.readline() for _ in range(2)) == [b"0\n", b"1\n"]
        program.kill()
        assert program.communicate(timeout=20)[0] == b"orphan\norphan\n"
