"""What the network says is no path: neither to go to after a login, nor of a file.

AU-04 and AU-05 of the required security tests, for the demonstration.
"""

from __future__ import annotations

import http.client
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.integration.program import Program, running

# What is tested runs in processes of its own, on whatever loop it chooses.
pytestmark = pytest.mark.own_process


@pytest.fixture(scope="module")
def tour(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    database = tmp_path_factory.mktemp("tour") / "tour.sqlite3"
    with running("-m", "examples.tour", "--port=0", f"--database={database}") as program:
        yield program


def ask(
    tour: Program, target: str, form: dict[str, str] | None = None, **headers: str
) -> tuple[int, dict[str, str], str]:
    """Ask for *target* just as it is written."""
    client = http.client.HTTPConnection("127.0.0.1", tour.port, timeout=10)
    try:
        body = None if form is None else urlencode(form)
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        client.request("GET" if form is None else "POST", target, body, headers)
        answer = client.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read().decode()
    finally:
        client.close()


@pytest.mark.timeout(120)
@pytest.mark.parametrize("page", ["/login", "/signup"])
@pytest.mark.parametrize(
    ("wanted", "kept"),
    [
        ("/chat?a=1", "/chat?a=1"),
        ("//evil", "/"),
        ("//evil.example/chat", "/"),
        ("https:evil", "/"),
        ("https://evil.example/", "/"),
        ("/\\evil", "/"),
        ("\\\\evil", "/"),
        ("/\t/evil", "/"),
        ("/\r\nSet-Cookie: a=b", "/"),
        ("javascript:alert(1)", "/"),
    ],
)
def test_next(tour: Program, page: str, wanted: str, kept: str) -> None:
    status, headers, text = ask(tour, f"{page}?{urlencode({'next': wanted})}")
    assert status == 200
    found = re.search(r'name="next" value="([^"]*)"', text)
    assert found is not None and found[1] == kept
    token = re.search(r'name="_xsrf" value="([^"]*)"', text)
    assert token is not None
    if page == "/signup":
        # Whatever was in the form that came back.
        name = f"user{abs(hash(wanted)) % 10**8}"
        form = {"_xsrf": token[1], "name": name, "password": "a long password", "next": wanted}
        cookie = headers["Set-Cookie"].partition(";")[0]
        status, headers, _ = ask(tour, page, form, Cookie=cookie)
        assert (status, headers["Location"]) == (303, kept)


@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    "target",
    [
        "/static/../store.py",
        "/static/%2e%2e/store.py",
        "/static/css/../../store.py",
        "/static/..%2fstore.py",
        "/static/%252e%252e/store.py",
        "/static/..\\store.py",
        "/static/..%5cstore.py",
        "/static//etc/passwd",
        "/static/%2fetc%2fpasswd",
        "/static/css",
        "/static/css/site.css%00.png",
        f"/static/{Path(__file__).resolve()}",
        "/../store.py",
    ],
)
def test_files(tour: Program, target: str) -> None:
    status, headers, text = ask(tour, target)
    assert status in (400, 403, 404), headers
    assert "root:" not in text and "import" not in text
