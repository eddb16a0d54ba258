"""Every program of the talk that this project comes from, on Zonda.

Login with FriendFeed is tested with the other logins.
"""

from __future__ import annotations

import importlib
import re
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import date
from email.message import Message
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.integration import talk
from tests.integration.program import ROOT, Program, running
from zonda.ioloop import IOLoop, PeriodicCallback

# What the slides leave to the listener: the rules, the settings, users that have a language.
SITE = """
import zonda.httpserver
import zonda.ioloop
import zonda.web

{redis}
{localization}

class User(str):
    def get_locale(self):
        return "de_DE" if self == "Anna" else "en_US"

class LocalizedHandler(RequestHandler):
    def prepare(self):
        self.user = User(self.get_argument("user", ""))

    def get_current_user(self):
        return self.user

    def write_error(self, status_code, **kwargs):
        self.render("error.html", status_code=status_code, exception=kwargs["exc_info"][1])

RequestHandler = LocalizedHandler

{home}
{check}

class MemberBar(zonda.web.UIModule):
    def render(self):
        return self.render_string("member_bar.html")

class Page(RequestHandler):
    def get(self, name):
        self.render(name + ".html")

class Login(zonda.web.RequestHandler):
    def get(self):
        self.render("login.html")

    def post(self):
        self.write("Hello " + self.get_argument("username"))

class Fail(RequestHandler):
    @zonda.web.asynchronous
    def get(self):
        loop = zonda.ioloop.IOLoop.instance()
        loop.add_callback(self.async_callback(self.fail, 418))

    def fail(self, status):
        raise zonda.web.HTTPError(status, "<no> tea")

{static}
site = zonda.web.Application(
    [
        (r"/homepage", Homepage),
        (r"/home", Home),
        (r"/login", Login),
        (r"/fail", Fail),
        (r"/(\\w+)", Page),
    ],
    Redis=dict(host="127.0.0.1", port=6379),
    template_path={directory!r} + "/templates",
    static_path={directory!r} + "/static",
    ui_modules=dict(HTTPSCheck=HTTPSCheck, MemberBar=MemberBar),
    xsrf_cookies=True,
    version="1.2",
)
zonda.locale.load_translations({directory!r} + "/locale")
for app in (site, application):
    server = zonda.httpserver.HTTPServer(app)
    port = server.listen(0, "127.0.0.1")[0].getsockname()[1]
    print("http://127.0.0.1:%d/" % port, flush=True)
zonda.ioloop.IOLoop.instance().start()
"""


# The first program of the talk, which says where it listens.
TALKATIVE = """
from examples.talk.hello import MainHandler
from zonda.httpserver import HTTPServer
from zonda.ioloop import IOLoop
from zonda.web import Application
[sock] = HTTPServer(Application([("/", MainHandler)])).listen(0, "127.0.0.1")
print("http://127.0.0.1:%d/" % sock.getsockname()[1], flush=True)
IOLoop.instance().start()
"""


class Answer(NamedTuple):
    """What a server said."""

    status: int
    headers: Message
    text: str


def ask(url: str, data: bytes | None = None, **headers: str) -> Answer:
    """Ask and read."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(url, data, names)
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            return Answer(response.status, response.headers, response.read().decode())
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, error.headers, error.read().decode())


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


@pytest.mark.parametrize(
    "program",
    [
        talk.translated(talk.HELLO_WORLD, _8888="PORT"),
        "from zonda import httpserver, ioloop, web\n\n"
        "class MainPageHandler(web.RequestHandler):\n"
        '    def get(self):\n        self.write("Hello, world")\n\n'
        + talk.translated(talk.APPLICATION, _8080="PORT"),
    ],
    ids=["hello", "docstring"],
)
def test_hello_world(program: str, tmp_path: Path) -> None:
    port = free_port()
    path = tmp_path / "hello.py"
    # The program says nothing; a timer says that it runs.
    tell = (
        "import zonda.ioloop\nzonda.ioloop.IOLoop.instance().call_later(\n"
        f"    0, print, 'http://127.0.0.1:{port}/', flush=True)\n"
    )
    path.write_text(tell + program.replace("PORT", str(port)))
    with running(str(path)) as started:
        answer = ask(started.url)
        assert (answer.status, answer.text) == (200, "Hello, world")
        assert ask(started.url + "other").status == 404


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Program, str]]:
    """The site of all other programs, and the URL of the one with static files."""
    directory = tmp_path_factory.mktemp("talk")
    talk.write_files(directory)
    source = SITE.format(
        redis=talk.translated(talk.REDIS),
        localization=talk.translated(talk.LOCALIZATION),
        home=talk.translated(talk.HOME),
        check=talk.translated(talk.HTTPS_CHECK),
        static="from zonda import web\n"
        + talk.STATIC.replace('"/var/www"', repr(str(directory / "static"))),
        directory=str(directory),
    )
    path = directory / "site.py"
    path.write_text(source, encoding="utf-8")
    with running(str(path)) as program:
        assert program.process.stdout is not None
        yield program, program.process.stdout.readline().strip()


def test_a_static_directory(site: tuple[Program, str]) -> None:
    answer = ask(site[1] + "static/css/site.css")
    assert (answer.status, answer.headers["Content-Type"][:8]) == (200, "text/css")
    assert ask(site[1] + "static/../site.py").status in (403, 404)


def test_the_home_page_from_redis(site: tuple[Program, str]) -> None:
    redis = pytest.importorskip("redis")
    client = redis.Redis("127.0.0.1", 6379)
    try:
        client.set("homepage", "<p>Grüße</p>", ex=60)
    except redis.ConnectionError:
        pytest.skip("no Redis at 127.0.0.1:6379")
    finally:
        client.close()
    answer = ask(site[0].url + "homepage")
    assert (answer.status, answer.text) == (200, "<p>Grüße</p>")


def test_a_rendered_page(site: tuple[Program, str]) -> None:
    assert "Hi Leeroy Jenkins, welcome to our site." in ask(site[0].url + "home").text


def test_the_base_template(site: tuple[Program, str]) -> None:
    text = ask(site[0].url + "base").text
    assert "<title>My Site :: Unextended Template</title>" in text
    assert re.search(r'href="/static/css/site.css\?v=[0-9a-f]+"', text)
    assert "recaptcha_ajax.js" in text and "<body>" in text
    assert "No Content Specified" in text and "<h1>Header</h1>" in text
    assert "Version: 1.2" in text and f"Copyright &copy; {date.today().year}" in text
    member = ask(site[0].url + "base?user=Bob").text
    assert '<body class="authenticated">' in member and "<p>Bob</p>" in member
    assert "recaptcha" not in member


def test_the_error_page(site: tuple[Program, str]) -> None:
    answer = ask(site[0].url + "fail")
    assert answer.status == 418
    assert "<title>My Site :: Error Title</title>" in answer.text
    assert '<h2 class="error">418 - HTTP 418: I&#x27;m a Teapot (&lt;no&gt; tea)</h2>' in (
        answer.text.replace("&#39;", "&#x27;").replace("teapot", "Teapot")
    )


def test_the_form_is_safe_from_forgery(site: tuple[Program, str]) -> None:
    form = ask(site[0].url + "login")
    found = re.search(r'<input type="hidden" name="_xsrf" value="([^"]+)"/>', form.text)
    assert found is not None
    cookie = form.headers["Set-Cookie"].partition(";")[0]
    assert ask(site[0].url + "login", b"username=Ann").status == 403
    assert ask(site[0].url + "login", b"username=Ann", Cookie=cookie).status == 403
    body = f"username=Ann&_xsrf={found[1]}".encode()
    answer = ask(site[0].url + "login", body, Cookie=cookie)
    assert (answer.status, answer.text) == (200, "Hello Ann")


def test_the_module_that_checks_for_https(site: tuple[Program, str]) -> None:
    url = site[0].url
    host = url.removeprefix("http://").rstrip("/")
    plain = ask(url + "check?user=Anna").text
    assert f'<a href="https://{host}/check?user=Anna">' in plain
    assert "Click here to use a secure connection" in plain
    assert ask(url + "check", X_Forwarded_Ssl="on").text == "<div></div>\n"
    assert "information" in ask(url + "check", X_Forwarded_Ssl="off").text


@pytest.mark.parametrize(
    ("user", "accept", "expected"),
    [
        ("Anna", "en", "Paste speichern|Sie benutzen einen offenen Hostnamen."),
        ("Bob", "de", "Save Paste|Unclaimed Hostname"),
    ],
)
def test_localization(site: tuple[Program, str], user: str, accept: str, expected: str) -> None:
    answer = ask(f"{site[0].url}pastes?user={user}", Accept_Language=accept)
    assert answer.text.startswith(expected)
    welcome = ask(f"{site[0].url}welcome?user={user}").text
    assert "Welcome to our site." in welcome


def test_the_examples_are_what_was_shown() -> None:
    for program, name in ((talk.HELLO_WORLD, "hello"), (talk.IOLOOP, "client")):
        assert talk.translated(program) in (ROOT / "examples" / "talk" / f"{name}.py").read_text()


def test_a_client_on_the_ioloop() -> None:
    with running("-c", TALKATIVE) as server:
        command = [sys.executable, "-m", "examples.talk.client", "127.0.0.1", str(server.port)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=40)
        assert done.stdout.startswith("HTTP/1.1 200 OK")
        assert done.stdout.endswith("Hello, world\n")


def test_timers() -> None:
    loop = IOLoop(make_current=True)
    calls: list[str] = []
    periodic = PeriodicCallback(lambda: calls.append("again"), 1)
    periodic.start()
    loop.add_timeout(loop.time() + 0.05, loop.stop)
    loop.start()
    periodic.stop()
    loop.close()
    assert len(calls) > 1


@pytest.mark.parametrize("name", talk.MODULES)
def test_each_module_is_there_to_be_taken(name: str) -> None:
    assert importlib.import_module(f"zonda.{name}").__all__
