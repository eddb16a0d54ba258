"""The files of examples/deployment, with the programs that they are for."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.request import urlopen

import pytest
import trustme
from playwright.sync_api import Browser, expect

from tests.integration.program import ROOT, running
from zonda.httpclient import AsyncHTTPClient, HTTPResponse
from zonda.websocket import websocket_connect

# What is tested runs in processes of its own, on whatever loop it chooses.
pytestmark = pytest.mark.own_process

FILES = ROOT / "examples" / "deployment"
TOUR_STATIC = ROOT / "examples" / "tour" / "static"
# Seconds that a program may take to listen.
START = 20.0

MAIN = """
daemon off; {user} worker_processes 1; pid {directory}/pid; error_log {directory}/error.log;
events {{}}
http {{
    access_log off; default_type application/octet-stream;
    types {{ text/css css; text/javascript js; image/svg+xml svg; }}
    client_body_temp_path {directory}/body; proxy_temp_path {directory}/proxy;
    fastcgi_temp_path {directory}/fastcgi; scgi_temp_path {directory}/scgi;
    uwsgi_temp_path {directory}/uwsgi;
    include {directory}/site.conf;
}}
"""


def program(name: str) -> str:
    """The path of a program; the test is skipped where it is not installed."""
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    """Wait until *process* listens."""
    latest = time.monotonic() + START
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 2).close()
            return
        except OSError:
            assert process.poll() is None, "it has ended"
            assert time.monotonic() < latest, "it does not listen"
            time.sleep(0.01)


class Nginx(NamedTuple):
    """A running nginx with a site behind it."""

    http: int
    https: int
    authority: trustme.CA

    @property
    def origin(self) -> str:
        return f"https://127.0.0.1:{self.https}"

    def context(self) -> ssl.SSLContext:
        """For clients, which check the certificate."""
        context = ssl.create_default_context()
        self.authority.configure_trust(context)
        return context

    async def fetch(self, path: str, **options: object) -> HTTPResponse:
        async with AsyncHTTPClient(force_instance=True) as client:
            return await client.fetch(
                self.origin + path,
                raise_error=False,
                ssl_options=self.context(),
                **options,  # type: ignore[arg-type]  # those of fetch
            )


@contextmanager
def nginx(upstream: str, static: Path) -> Iterator[Nginx]:
    """Run nginx with ``nginx.conf``: only places and ports are other ones than in a real site."""
    command = program("nginx")
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1", "localhost")
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        running_one = Nginx(free_port(), free_port(), authority)
        certificate.private_key_pem.write_to_path(directory / "privkey.pem")
        for part in certificate.cert_chain_pems:
            part.write_to_path(directory / "fullchain.pem", append=True)
        text = (FILES / "nginx.conf").read_text()
        for old, new in {
            "server unix:/run/breeze/site.sock;": f"server {upstream};",
            "listen 80;": f"listen 127.0.0.1:{running_one.http};",
            "listen 443 ": f"listen 127.0.0.1:{running_one.https} ",
            "/etc/ssl/breeze/": f"{directory}/",
            "/srv/breeze/static/": f"{static}/",
        }.items():
            assert old in text
            text = text.replace(old, new)
        (directory / "site.conf").write_text(text)
        user = "user root;" if os.geteuid() == 0 else ""
        main = directory / "main.conf"
        main.write_text(MAIN.format(directory=directory, user=user))
        with subprocess.Popen([command, "-c", str(main)], stderr=subprocess.PIPE) as process:
            try:
                wait_for(running_one.https, process)
                yield running_one
            finally:
                process.terminate()
                process.communicate(timeout=20)


@pytest.fixture(scope="module")
def site() -> Iterator[Nginx]:
    """nginx with the example's site behind it, on a Unix socket."""
    with tempfile.TemporaryDirectory() as name:
        place = f"unix:{name}/site.sock"
        arguments = ["-m", "examples.deployment.breeze", "--listen=127.0.0.1:0"]
        with running(*arguments, f"--listen={place}") as breeze, nginx(place, TOUR_STATIC) as proxy:
            yield proxy
            assert breeze.end()[0] == 0


async def test_site_knows_its_client(site: Nginx) -> None:
    lies = {
        "X-Real-IP": "6.6.6.6",
        "X-Forwarded-For": "6.6.6.6",
        "X-Scheme": "http",
        "X-Forwarded-Proto": "http",
        "Forwarded": "for=6.6.6.6;proto=http;host=evil.example",
    }
    for headers in ({}, lies):
        answer = json.loads((await site.fetch("/", headers=headers)).body)
        assert answer.pop("process")
        assert answer == {
            "client": "127.0.0.1",
            "protocol": "https",
            "host": f"127.0.0.1:{site.https}",
        }


async def test_plain_http_leads_to_https(site: Nginx) -> None:
    async with AsyncHTTPClient(force_instance=True) as client:
        answer = await client.fetch(
            f"http://127.0.0.1:{site.http}/x?y=1", raise_error=False, follow_redirects=False
        )
    assert (answer.code, answer.headers["Location"]) == (301, "https://127.0.0.1/x?y=1")


async def test_static_files_are_nginx_own(site: Nginx) -> None:
    answer = await site.fetch("/static/css/site.css")
    assert (answer.code, answer.body) == (200, (TOUR_STATIC / "css" / "site.css").read_bytes())
    assert answer.headers["Server"].startswith("nginx")
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize("message", ["hello", b"\x00\xff", "x" * 100_000])
async def test_websocket(site: Nginx, message: str | bytes) -> None:
    url = f"wss://127.0.0.1:{site.https}/echo"
    origin = {"Origin": site.origin}
    connecting = websocket_connect(url, headers=origin, ssl_options=site.context())
    async with connecting as websocket:
        for _ in range(3):
            await websocket.write_message(message, binary=isinstance(message, bytes))
            assert await websocket.read_message() == message


async def test_events_come_as_they_happen(site: Nginx) -> None:
    async with AsyncHTTPClient(force_instance=True) as client:
        context = site.context()
        async with client.stream(f"{site.origin}/events", ssl_options=context) as stream:
            pieces = aiter(stream)
            for _ in range(2):
                assert (await site.fetch("/events", method="POST", body=b"")).code == 204
                assert await anext(pieces) == b"data: 1\n\n"


async def test_uploads_go_through(site: Nginx) -> None:
    size = 3_000_000  # more than nginx takes unless it is told
    answer = await site.fetch("/upload", method="PUT", body=bytes(size))
    found = json.loads(answer.body)
    assert found["size"] == size and found["pieces"] > 1


@pytest.mark.timeout(120)
def test_tour_behind_nginx(tmp_path: Path, browser: Browser) -> None:
    database = f"--database={tmp_path}/tour.sqlite3"
    arguments = ["-m", "examples.tour", "--port=0", "--proxy", database]
    with running(*arguments) as tour, nginx(f"127.0.0.1:{tour.port}", TOUR_STATIC) as proxy:
        context = browser.new_context(locale="en-US", ignore_https_errors=True)
        page = context.new_page()
        page.goto(f"{proxy.origin}/signup?next=/chat")
        page.fill("input[name=name]", "ada")
        page.fill("input[name=password]", "a long password")
        page.click("main button")
        expect(page).to_have_url(f"{proxy.origin}/chat")
        expect(page.locator("#state")).to_have_text("live")
        page.fill("#say input", "through nginx")
        page.press("#say input", "Enter")
        expect(page.get_by_text("through nginx")).to_be_visible()
        context.close()
        assert tour.end()[0] == 0


# systemd.


@pytest.mark.parametrize("name", ["breeze.service", "breeze.socket"])
def test_units_are_understood(name: str, tmp_path: Path) -> None:
    command = program("systemd-analyze")
    for unit in FILES.glob("breeze.s*"):
        text = unit.read_text().replace("/srv/breeze/venv/bin/python", sys.executable)
        (tmp_path / unit.name).write_text(text)
    checked = subprocess.run(
        [command, "verify", "--man=no", str(tmp_path / name)],
        capture_output=True,
        text=True,
        env={**os.environ, "SYSTEMD_UNIT_PATH": f"{tmp_path}:"},
        timeout=30,
    )
    assert (checked.returncode, checked.stderr) == (0, "")


def test_service_takes_the_socket_of_systemd() -> None:
    """``ExecStart``, with systemd's own program in systemd's place."""
    (line,) = re.findall(r"^ExecStart=(.*)$", (FILES / "breeze.service").read_text(), re.M)
    python, script, *arguments = line.split()
    assert (python, script) == ("/srv/breeze/venv/bin/python", "/srv/breeze/breeze.py")
    port = free_port()
    activate = [program("systemd-socket-activate"), "-l", f"127.0.0.1:{port}"]
    command = [*activate, sys.executable, str(FILES / "breeze.py"), *arguments]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            wait_for(port, process)
            before = _process_at(port)
            process.send_signal(signal.SIGHUP)  # ExecReload
            while _process_at(port) == before:
                time.sleep(0.01)
        finally:
            process.terminate()
            process.wait(timeout=20)
    assert process.returncode == 0


def _process_at(port: int) -> int:
    with urlopen(f"http://127.0.0.1:{port}/", timeout=10) as answer:
        found: int = json.loads(answer.read())["process"]
    return found


# Containers and App Engine.


def test_container_serves_and_is_healthy(tmp_path: Path) -> None:
    text = (FILES / "Containerfile").read_text()
    commands = [json.loads(part) for part in re.findall(r"CMD (\[.*\])$", text, re.M)]
    (serving,) = [command for command in commands if "breeze.py" in command]
    (health,) = [command for command in commands if "breeze.py" not in command]
    shutil.copy(FILES / "breeze.py", tmp_path)
    port = free_port()
    serving = [word.replace(":8888", f":{port}") for word in serving]
    health = [word.replace(":8888/", f":{port}/") for word in health]
    assert subprocess.run([sys.executable, *health[1:]], stderr=subprocess.DEVNULL).returncode
    with subprocess.Popen(
        [sys.executable, *serving[1:]], cwd=tmp_path, stderr=subprocess.PIPE
    ) as process:
        wait_for(port, process)
        assert subprocess.run([sys.executable, *health[1:]]).returncode == 0
        process.send_signal(signal.SIGTERM)
        _, log = process.communicate(timeout=20)
    assert process.returncode == 0
    assert all(json.loads(line)["message"] for line in log.splitlines())


def test_app_engine_runs_the_entrypoint(tmp_path: Path) -> None:
    pytest.importorskip("gunicorn")
    directory = FILES / "app_engine"
    (entry,) = re.findall(r"^entrypoint: (.*)$", (directory / "app.yaml").read_text(), re.M)
    port = free_port()
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    with subprocess.Popen(
        ["sh", "-c", f"exec {entry}"],
        cwd=directory,
        env={**os.environ, "PATH": path, "PORT": str(port), "PYTHONDONTWRITEBYTECODE": "1"},
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            wait_for(port, process)
            with urlopen(f"http://127.0.0.1:{port}/", timeout=10) as answer:
                assert json.loads(answer.read()) == {
                    "protocol": "http",
                    "host": f"127.0.0.1:{port}",
                }
        finally:
            process.terminate()
            process.wait(timeout=20)
    assert process.returncode == 0


def test_programs_need_what_they_ask_for() -> None:
    """The requirements name packages of this project, and gunicorn."""
    for path in (FILES / "requirements.txt", FILES / "app_engine" / "requirements.txt"):
        names = {re.split(r"[\[<>=]", line)[0] for line in path.read_text().split()}
        assert names <= {"zonda", "gunicorn"} and "zonda" in names
