"""The fixtures, with pytest-asyncio and without."""

from __future__ import annotations

from importlib.metadata import entry_points

import pytest

pytest_plugins = ["pytester"]

SITE = """\
import pytest
from zonda.ioloop import IOLoop
from zonda.web import Application, RequestHandler

class Hello(RequestHandler):
    def get(self):
        self.write("hello")

@pytest.fixture
def app():
    return Application([("/", Hello)])
"""

TESTS = """\
import asyncio
import pytest
from zonda.ioloop import IOLoop
MARK

async def test_over_a_socket(http_client, base_url, http_port, http_server):
    response = await http_client.fetch(base_url + "/")
    assert response.body == b"hello"
    assert str(http_port) in base_url
    assert http_server.connection_count == 1

async def test_without_a_socket(app_client):
    assert (await app_client.get("/")).body == b"hello"

async def test_the_loop(io_loop):
    assert asyncio.get_running_loop() is io_loop.asyncio_loop
    asyncio.ensure_future(asyncio.Event().wait())
    await asyncio.sleep(0)

@pytest.mark.parametrize("n", [1, 2])
async def test_parameters(io_loop, n):
    assert n in (1, 2)
"""

PLAIN = """\
def test_without_a_coroutine(io_loop, http_client, base_url):
    response = io_loop.run_sync(lambda: http_client.fetch(base_url + "/"))
    assert response.body == b"hello"

class TestInAClass:
    async def test_method(self, app_client):
        assert (await app_client.get("/")).code == 200
"""

FAILING = """\
import asyncio
import pytest

async def test_no_application(app_client):
    pass

@pytest.mark.async_test_timeout(0.05)
async def test_slow(io_loop):
    await asyncio.Event().wait()  # for ever
"""

OURS = ("-p", "zonda.testing.pytest_plugin")
ASYNCIO = ("-p", "pytest_asyncio.plugin", "-oasyncio_default_fixture_loop_scope=function")
# The pytest that runs these tests may have imported the plugin already.
IMPORTED = "-Wignore::pytest.PytestAssertRewriteWarning"
MARKED = "pytestmark = pytest.mark.asyncio"


@pytest.fixture(autouse=True)
def nothing_from_outside(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    # Temporary directories may be in this repository, whose settings would be found then.
    pytester.makeini("[pytest]")


def test_pytest_finds_it() -> None:
    found = {point.value for point in entry_points(group="pytest11")}
    assert "zonda.testing.pytest_plugin" in found


@pytest.mark.parametrize(
    ("options", "marked"),
    [((), False), ((*ASYNCIO, "--asyncio-mode=auto"), False), (ASYNCIO, True)],
    ids=["alone", "auto", "strict"],
)
def test_the_fixtures_work(
    pytester: pytest.Pytester, options: tuple[str, ...], marked: bool
) -> None:
    pytester.makeconftest(SITE)
    pytester.makepyfile(TESTS.replace("MARK", "") + PLAIN)
    if marked:
        pytester.makepyfile(test_marked=TESTS.replace("MARK", MARKED))
    result = pytester.runpytest_inprocess("-Werror", IMPORTED, *OURS, *options)
    result.assert_outcomes(passed=12 if marked else 7)


def test_what_can_go_wrong_is_told(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(FAILING)
    result = pytester.runpytest_inprocess("--strict-markers", *OURS)
    result.assert_outcomes(errors=1, failed=1)
    result.stdout.fnmatch_lines(
        ["*define a fixture called app*", "*took more than 0.05 seconds*", "*# for ever*"]
    )


OTHER = """\
import pytest

@pytest.fixture(scope="session")
def base_url():
    return "http://other.example"

@pytest.fixture(scope="session", autouse=True)
def _verify_url(base_url):
    pass
"""


def test_the_base_url_of_another_plugin_stays(pytester: pytest.Pytester) -> None:
    package = pytester.mkpydir("pytest_base_url")
    (package / "plugin.py").write_text(OTHER)
    pytester.syspathinsert()
    pytester.makepyfile("def test(base_url): assert base_url == 'http://other.example'")
    result = pytester.runpytest_inprocess(IMPORTED, *OURS, "-p", "pytest_base_url.plugin")
    result.assert_outcomes(passed=1)
