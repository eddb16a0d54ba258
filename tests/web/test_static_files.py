"""Files below the root are served as they are, and nothing else is."""

from __future__ import annotations

import asyncio
import contextlib
import email.utils
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.web.site import Site, site
from zonda.http import decompress
from zonda.web import RequestHandler, RuleLike, StaticFileHandler
from zonda.web.file_facts import MAX_FILE_SIZE, memory
from zonda.web.static_url import file_version, forget_versions, remembered_version


@pytest.fixture
def root(tmp_path: Path) -> Path:
    memory.clear()
    root = tmp_path / "static"
    (root / "dir").mkdir(parents=True)
    (root / "a.txt").write_bytes(b"0123456789")
    (root / "dir" / "index.html").write_bytes(b"index")
    (root / "b.css").write_bytes(b"body{}")
    (root / "c.bin").write_bytes(b"\0" * 700_000)
    (root / "d.tar.gz").write_bytes(b"gz")
    (root / "empty").write_bytes(b"")
    (tmp_path / "secret").write_bytes(b"secret")
    (tmp_path / "static_secret").mkdir()
    (tmp_path / "static_secret" / "x").write_bytes(b"secret")
    return root


def serve(root: Path, **settings: Any) -> contextlib.AbstractAsyncContextManager[Site]:
    rules: list[RuleLike] = [
        (r"/s/(.*)", StaticFileHandler, {"path": str(root), "default_filename": "index.html"})
    ]
    return site(rules, **settings)


async def fetch(web: Site, path: str, method: str = "GET", **headers: str) -> tuple[int, bytes]:
    received = await web.fetch(path, method, **headers)
    return received.code, received.body


async def test_a_file_and_what_is_said_of_it(root: Path) -> None:
    async with serve(root) as web:
        received = await web.fetch("/s/a.txt")
        assert (received.code, received.body) == (200, b"0123456789")
        assert received.headers["Content-Type"] == "text/plain"
        assert received.headers["Content-Length"] == "10"
        assert received.headers["Accept-Ranges"] == "bytes"
        assert received.headers["X-Content-Type-Options"] == "nosniff"
        assert received.headers["Etag"] == f'"{file_version(str(root / "a.txt"))}"'
        changed = email.utils.parsedate_to_datetime(received.headers["Last-Modified"])
        assert changed.timestamp() == int((root / "a.txt").stat().st_mtime)
        assert "Cache-Control" not in received.headers
        assert "immutable" in (await web.fetch("/s/a.txt?v=x")).headers["Cache-Control"]
        head = await web.fetch("/s/a.txt", "HEAD")
        assert (head.code, head.headers["Content-Length"]) == (200, "10")
        assert (await web.fetch("/s/c.bin")).body == b"\0" * 700_000
        assert await fetch(web, "/s/empty") == (200, b"")
        assert (await web.fetch("/s/a.txt", "POST", b"")).code == 405


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("b.css", "text/css; charset=utf-8"),
        ("c.bin", "application/octet-stream"),
        ("d.tar.gz", "application/gzip"),
        ("empty", "application/octet-stream"),
    ],
)
async def test_media_types(root: Path, name: str, kind: str) -> None:
    async with serve(root) as web:
        assert (await web.fetch(f"/s/{name}")).headers["Content-Type"] == kind


@pytest.mark.parametrize(
    "path",
    [
        "../secret",
        "%2e%2e/secret",
        "..%2fsecret",
        "%2e%2e%2fsecret",
        "%252e%252e%252fsecret",
        "..%5csecret",
        "dir/../../secret",
        "..%00",
        "a.txt%00",
        "/etc/passwd",
        "//etc/passwd",
        "../static_secret/x",
        "missing",
        "a.txt/x",
        "",
    ],
)
async def test_nothing_outside_the_root(root: Path, path: str) -> None:
    async with serve(root) as web:
        code, body = await fetch(web, f"/s/{path}")
        assert code in (403, 404)
        assert b"secret" not in body


@pytest.mark.parametrize(
    "path", ["../static_secret/x", "%2e%2e/static_secret/x", "..%2fstatic_secret%2fx"]
)
async def test_a_neighbour_whose_name_begins_with_that_of_the_root(root: Path, path: str) -> None:
    """ST-02."""
    async with serve(root) as web:
        assert (await fetch(web, f"/s/{path}"))[0] == 403


async def test_links_lead_only_where_they_may(root: Path, tmp_path: Path) -> None:
    (root / "link").symlink_to(tmp_path / "secret")
    (root / "linked").symlink_to(tmp_path / "static_secret")
    (root / "inner").symlink_to(root / "a.txt")
    (root / "dangling").symlink_to(tmp_path / "nowhere")
    async with serve(root) as web:
        assert (await fetch(web, "/s/link"))[0] == 403
        assert (await fetch(web, "/s/linked/x"))[0] == 403
        assert await fetch(web, "/s/inner") == (200, b"0123456789")
        # Whether there is something out there is nobody's business.
        assert (await fetch(web, "/s/dangling"))[0] == 403
    allowed = str(tmp_path / "static_secret")
    for setting in (allowed, [allowed]):
        async with serve(root, allowed_symlink_directory=setting) as web:
            assert await fetch(web, "/s/linked/x") == (200, b"secret")
            assert (await fetch(web, "/s/link"))[0] == 403


async def test_what_is_no_file_is_refused(root: Path) -> None:
    os.mkfifo(root / "pipe")
    (root / "bare").mkdir()
    async with serve(root) as web:
        assert (await fetch(web, "/s/pipe"))[0] == 403
        assert (await fetch(web, "/s/bare"))[0] == 403


@pytest.mark.skipif(not os.path.exists("/dev/zero"), reason="there are no devices here")
@pytest.mark.parametrize("device", ["zero", "null", "random"])
async def test_a_device_is_no_file(device: str) -> None:
    """ST-05: reading it would never end."""
    async with site([(r"/(.*)", StaticFileHandler, {"path": "/dev"})]) as web:
        assert (await fetch(web, f"/{device}"))[0] in (403, 404)


async def test_a_directory_has_a_default_file(root: Path) -> None:
    async with serve(root) as web:
        received = await web.fetch("/s/dir")
        assert (received.code, received.headers["Location"]) == (301, "/s/dir/")
        assert await fetch(web, "/s/dir/") == (200, b"index")


async def test_a_default_file_may_not_lead_out(root: Path, tmp_path: Path) -> None:
    (root / "evil").mkdir()
    (root / "evil" / "index.html").symlink_to(tmp_path / "secret")
    async with serve(root) as web:
        assert (await fetch(web, "/s/evil/"))[0] == 403
        assert (await fetch(web, "/s/evil/index.html"))[0] == 403


async def test_a_default_file_is_never_a_redirect_to_another_host(root: Path) -> None:
    rules = [(r"/(.*)", StaticFileHandler, {"path": str(root), "default_filename": "index.html"})]
    async with site(rules) as web:
        for path in ("//evil.example/%2e%2e", "//host/..", "//dir"):
            received = await web.fetch(path)
            assert received.code in (403, 404)
            assert "Location" not in received.headers


@pytest.mark.parametrize(
    ("asked", "code", "body", "said"),
    [
        ("bytes=0-2", 206, b"012", "bytes 0-2/10"),
        ("bytes=7-", 206, b"789", "bytes 7-9/10"),
        ("bytes=-2", 206, b"89", "bytes 8-9/10"),
        ("bytes=5-100", 206, b"56789", "bytes 5-9/10"),
        ("bytes=0-", 200, b"0123456789", None),
        ("bytes=10-", 416, b"", "bytes */10"),
        ("bytes=-0", 416, b"", "bytes */10"),
        ("bytes=5-2", 416, b"", "bytes */10"),
        ("bytes=0-1,4-5", 200, b"0123456789", None),
        ("bytes=" + ",".join(["0-0"] * 1000), 200, b"0123456789", None),
        ("bytes=99999999999999999999-", 416, b"", "bytes */10"),
        ("lines=0-1", 200, b"0123456789", None),
    ],
)
async def test_ranges(root: Path, asked: str, code: int, body: bytes, said: str | None) -> None:
    async with serve(root) as web:
        received = await web.fetch("/s/a.txt", Range=asked)
        assert (received.code, received.body) == (code, body)
        assert received.headers.get("Content-Range") == said


async def test_a_range_of_another_version_is_the_whole(root: Path) -> None:
    async with serve(root) as web:
        tag = (await web.fetch("/s/a.txt")).headers["Etag"]
        assert (await fetch(web, "/s/a.txt", Range="bytes=0-0", If_Range=tag)) == (206, b"0")
        assert (await fetch(web, "/s/a.txt", Range="bytes=0-0", If_Range='"x"'))[0] == 200


async def test_what_the_client_has_is_not_sent_again(root: Path) -> None:
    async with serve(root) as web:
        headers = (await web.fetch("/s/a.txt")).headers
        assert await fetch(web, "/s/a.txt", If_None_Match=headers["Etag"]) == (304, b"")
        since = headers["Last-Modified"]
        assert await fetch(web, "/s/a.txt", If_Modified_Since=since) == (304, b"")
        for old in ("Mon, 01 Jan 1990 00:00:00 GMT", "nonsense"):
            assert (await fetch(web, "/s/a.txt", If_Modified_Since=old))[0] == 200
        both = await fetch(web, "/s/a.txt", If_Modified_Since=since, If_None_Match='"x"')
        assert both[0] == 200


class Page(RequestHandler):
    def get(self) -> None:
        self.write(self.static_url("a.txt", include_host=self.get_argument("host", None) == "1"))


async def test_urls_have_versions_that_change_with_the_file(root: Path) -> None:
    async with site([("/", Page)], static_path=str(root)) as web:
        url = (await web.fetch("/")).body.decode()
        assert url == f"/static/a.txt?v={file_version(str(root / 'a.txt'))}"
        received = await web.fetch(url)
        assert received.body == b"0123456789"
        assert "max-age" in received.headers["Cache-Control"]
        with_host = (await web.fetch("/?host=1")).body.decode()
        assert with_host == f"http://localhost:{web.port}{url}"
        (root / "a.txt").write_bytes(b"changed!")
        forget_versions()
        assert (await web.fetch("/")).body.decode() != url
    settings = {"static_path": str(root), "static_url_prefix": "/files/"}
    assert StaticFileHandler.make_static_url(settings, "none") == "/files/none"
    assert StaticFileHandler.make_static_url(settings, "a.txt", False) == "/files/a.txt"


async def test_the_path_may_be_set_after_the_application_was_made(root: Path) -> None:
    class Late(Page):
        def initialize(self) -> None:
            self.settings["static_path"] = str(root)

    async with site([("/", Late)]) as web:
        url = (await web.fetch("/")).body.decode()
    assert url == f"/static/a.txt?v={file_version(str(root / 'a.txt'))}"


def test_a_version_is_asked_for_once_a_second(root: Path) -> None:
    path = str(root / "a.txt")
    version = remembered_version(path)
    (root / "a.txt").write_bytes(b"other")
    assert remembered_version(path) == version
    forget_versions()
    assert remembered_version(path) not in (version, None)
    assert remembered_version(str(root / "missing")) is None


async def test_two_files_that_browsers_ask_for(root: Path) -> None:
    (root / "favicon.ico").write_bytes(b"icon")
    (root / "robots.txt").write_bytes(b"robots")
    async with site([], static_path=str(root), static_url_prefix="/x/") as web:
        assert (await web.fetch("/favicon.ico")).body == b"icon"
        assert (await web.fetch("/robots.txt")).body == b"robots"
        assert (await web.fetch("/x/b.css")).body == b"body{}"


async def test_content_of_ones_own(root: Path) -> None:
    class Upper(StaticFileHandler):
        @classmethod
        def get_content(
            cls, abspath: str, start: int | None = None, end: int | None = None
        ) -> bytes:
            return b"ABCDEFGHIJ"[start:end]

        def set_extra_headers(self, path: str) -> None:
            self.set_header("X-Path", path)

    async with site([(r"/(.*)", Upper, {"path": str(root)})]) as web:
        received = await web.fetch("/a.txt", Range="bytes=1-2")
        assert received.body == b"BC"
        assert received.headers["X-Path"] == "a.txt"


CODINGS = {"br": ".br", "zstd": ".zst", "gzip": ".gz"}


@pytest.fixture
def copies(root: Path) -> Path:
    """A style sheet with compressed copies; what is in them does not matter."""
    for coding, ending in CODINGS.items():
        (root / f"b.css{ending}").write_bytes(coding.encode() * 10)
    return root


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip", "gzip"),
        ("gzip, deflate, br, zstd", "br"),
        ("br;q=0.5, zstd", "zstd"),
        ("identity", None),
        ("deflate", None),
        ("*", "br"),
    ],
)
async def test_compressed_copies_beside_a_file(
    copies: Path, accepted: str, coding: str | None
) -> None:
    async with serve(copies) as web:
        for _ in range(2):  # from the disk, and from memory
            received = await web.fetch("/s/b.css", Accept_Encoding=accepted)
            assert received.headers["Vary"] == "Accept-Encoding"
            assert received.headers.get("Content-Encoding") == coding
            assert received.headers["Content-Type"] == "text/css; charset=utf-8"
            assert received.body == (b"body{}" if coding is None else coding.encode() * 10)
        head = await web.fetch("/s/b.css", "HEAD", Accept_Encoding=accepted)
        assert head.headers["Content-Length"] == str(len(received.body))
        tag = received.headers["Etag"]
        assert (
            await web.fetch("/s/b.css", Accept_Encoding=accepted, If_None_Match=tag)
        ).code == 304
        plain = (await web.fetch("/s/b.css")).headers["Etag"]
        assert (plain == tag) is (coding is None)


async def test_old_and_foreign_copies_do_not_count(root: Path, tmp_path: Path) -> None:
    (root / "b.css.gz").write_bytes(b"old")
    os.utime(root / "b.css.gz", (1, 1))
    (root / "b.css.br").symlink_to(tmp_path / "secret")
    (root / "b.css.zst").mkdir()
    async with serve(root) as web:
        received = await web.fetch("/s/b.css", Accept_Encoding="gzip, br, zstd")
        assert received.body == b"body{}"
        assert "Vary" not in received.headers


async def test_a_copy_can_be_asked_for_by_its_own_name(copies: Path) -> None:
    async with serve(copies) as web:
        received = await web.fetch("/s/b.css.gz", Accept_Encoding="gzip")
        assert received.headers["Content-Type"] == "application/gzip"
        assert "Content-Encoding" not in received.headers


async def test_what_has_copies_is_not_compressed_again(copies: Path) -> None:
    (copies / "long.css").write_bytes(b"a" * 5000)
    async with serve(copies, compress_response=True) as web:
        received = await web.fetch("/s/b.css", Accept_Encoding="br")
        assert received.body == b"br" * 10
        received = await web.fetch("/s/long.css", Accept_Encoding="gzip")
        assert received.headers["Content-Encoding"] == "gzip"
        assert len(received.body) < 1000


@pytest.mark.parametrize("size", [MAX_FILE_SIZE, MAX_FILE_SIZE + 1, 3_000_000])
@pytest.mark.parametrize("settings", [{}, {"compress_response": True}], ids=["plain", "compressed"])
async def test_files_of_any_size(root: Path, size: int, settings: dict[str, Any]) -> None:
    content = os.urandom(1000) * (size // 1000 + 1)
    (root / "big.bin").write_bytes(content[:size])
    (root / "big.txt").write_bytes(content[:size])
    async with serve(root, **settings) as web:
        for _ in range(2):
            assert await fetch(web, "/s/big.bin") == (200, content[:size])
            assert await fetch(web, "/s/big.bin", Range="bytes=5-70004") == (
                206,
                content[5 : min(size, 70005)],
            )
        received = await web.fetch("/s/big.txt", Accept_Encoding="gzip")
        if settings:
            assert decompress(received.body, "gzip", max_size=size) == content[:size]
        else:
            assert received.body == content[:size]


async def test_the_head_of_a_large_file_is_the_same_again(root: Path) -> None:
    async with serve(root) as web:
        for path in ("/s/c.bin", "/s/c.bin?v=1"):
            first, second = [await web.fetch(path) for _ in range(2)]
            assert ("Cache-Control" in first.headers) == ("?" in path)
            for received in (first, second):
                assert (received.code, received.body) == (200, b"\0" * 700_000)
                del received.headers["Date"]
            assert list(first.headers.get_all()) == list(second.headers.get_all())
        tag = first.headers["Etag"]
        assert await fetch(web, "/s/c.bin", If_None_Match=tag) == (304, b"")
        assert await fetch(web, "/s/c.bin", "HEAD") == (200, b"")


async def test_a_change_of_a_file_is_seen(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with serve(root) as web:
        assert await fetch(web, "/s/a.txt") == (200, b"0123456789")
        (root / "a.txt").write_bytes(b"other")
        assert await fetch(web, "/s/a.txt") == (200, b"0123456789")  # for a moment
        monkeypatch.setattr("zonda.web.file_facts.FRESH", 0.0)
        assert await fetch(web, "/s/a.txt") == (200, b"other")
    async with serve(root, static_hash_cache=False) as web:
        assert await fetch(web, "/s/a.txt") == (200, b"other")
        (root / "a.txt").write_bytes(b"third!")
        assert await fetch(web, "/s/a.txt") == (200, b"third!")


@pytest.mark.parametrize("size", [10, MAX_FILE_SIZE + 1])
async def test_another_file_of_the_same_size_and_time_is_another(
    root: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    """Reproducible builds give all files of all versions one time."""
    path, new = root / "a.txt", root / "new"
    path.write_bytes(b"1" * size)
    new.write_bytes(b"2" * size)
    for file in (path, new):
        os.utime(file, (1, 1))
    monkeypatch.setattr("zonda.web.file_facts.FRESH", 0.0)
    async with serve(root) as web:
        assert await fetch(web, "/s/a.txt") == (200, b"1" * size)
        version = file_version(str(path))
        new.replace(path)
        assert await fetch(web, "/s/a.txt") == (200, b"2" * size)
        assert file_version(str(path)) != version
        path.write_bytes(b"3" * size)
        os.utime(path, (1, 1))
        assert await fetch(web, "/s/a.txt") == (200, b"3" * size)


async def test_a_request_that_was_made_before_is_answered_like_then(root: Path) -> None:
    async with serve(root) as web:
        answers = [await web.fetch("/s/a.txt?v=1") for _ in range(4)]
        for received in answers:
            received.headers.pop("Date", None)
            assert received == answers[0]
        assert memory.answer((str(root), "a.txt", "/s/a.txt?v=1")) is not None
        tag = answers[0].headers["Etag"]
        assert (await fetch(web, "/s/a.txt?v=1", **{"If-None-Match": tag}))[0] == 304
        assert await fetch(web, "/s/a.txt?v=1", Range="bytes=2-3") == (206, b"23")
        assert "Cache-Control" not in (await web.fetch("/s/a.txt")).headers
        head = await web.fetch("/s/a.txt?v=1", "HEAD")
        assert (head.headers["Content-Length"], head.body) == ("10", b"")


async def test_what_one_site_may_send_is_not_sent_by_another(root: Path, tmp_path: Path) -> None:
    (root / "link").symlink_to(tmp_path / "secret")
    async with serve(root, allowed_symlink_directory=str(tmp_path)) as open_site:
        for _ in range(3):
            assert await fetch(open_site, "/s/link") == (200, b"secret")
        async with serve(root) as closed:
            assert (await fetch(closed, "/s/link"))[0] == 403


class Shrinking(StaticFileHandler):
    def set_extra_headers(self, path: str) -> None:
        os.truncate(self.absolute_path, self.get_content_size() // 2)


@pytest.mark.parametrize("size", [1000, 500_000])
async def test_a_file_that_is_truncated_cuts_the_answer(
    root: Path, size: int, caplog: pytest.LogCaptureFixture
) -> None:
    (root / "shrinking").write_bytes(b"x" * size)
    async with site([(r"/(.*)", Shrinking, {"path": str(root)})]) as web:
        client = await web.connect()
        client.send(b"GET /shrinking HTTP/1.1\r\nHost: x\r\n\r\n")
        with pytest.raises((asyncio.IncompleteReadError, ConnectionResetError)):
            await client.read()
        client.writer.close()
    assert f"{size - size // 2} bytes are missing" in caplog.text


class Vanishing(StaticFileHandler):
    @classmethod
    def get_content_version(cls, abspath: str) -> str:
        os.unlink(abspath)
        return "gone"


async def test_a_file_that_cannot_be_read_is_403(root: Path) -> None:
    async with site([(r"/(.*)", Vanishing, {"path": str(root)})]) as web:
        assert (await web.fetch("/a.txt")).code == 403


async def test_content_in_pieces_of_ones_own(root: Path) -> None:
    class Pieces(StaticFileHandler):
        @classmethod
        def get_content(
            cls, abspath: str, start: int | None = None, end: int | None = None
        ) -> Iterator[bytes]:
            yield from (b"01234", b"56789")

        @classmethod
        def get_content_version(cls, abspath: str) -> str:
            return "fixed"

    async with site([(r"/(.*)", Pieces, {"path": str(root)})]) as web:
        received = await web.fetch("/a.txt")
        assert received.body == b"0123456789"
        assert received.headers["Etag"] == '"fixed"'


def test_the_pieces_of_a_file(root: Path) -> None:
    path = str(root / "c.bin")
    small = str(root / "a.txt")
    for arguments, size in (((path,), 700_000), ((small, 2, 5), 3), ((small, 8, 50), 2)):
        pieces = StaticFileHandler.get_content(*arguments)
        assert not isinstance(pieces, bytes)
        assert sum(len(piece) for piece in pieces) == size


@pytest.mark.parametrize("path", ["/s/a.txt", "/s/a.txt?v=1", "/s/b.css", "/s/b.css.gz", "/s/dir/"])
async def test_an_answer_from_memory_is_like_the_first_one(copies: Path, path: str) -> None:
    async with serve(copies) as web:
        first, second, third = [await web.fetch(path, Accept_Encoding="gzip") for _ in range(3)]
        del first.headers["Date"], second.headers["Date"], third.headers["Date"]
        assert first == second == third


@pytest.mark.parametrize("hook", ["set_extra_headers", "set_default_headers"])
async def test_hooks_are_asked_each_time(root: Path, hook: str) -> None:
    count = 0

    def count_up(self: StaticFileHandler, *args: object) -> None:
        nonlocal count
        count += 1
        self.set_header("X-Count", count)

    counting = type("Counting", (StaticFileHandler,), {hook: count_up})
    async with site([(r"/(.*)", counting, {"path": str(root)})]) as web:
        assert [(await web.fetch("/a.txt")).headers["X-Count"] for _ in range(3)] == ["1", "2", "3"]


async def test_what_prepare_set_is_sent_each_time(root: Path) -> None:
    class Preparing(StaticFileHandler):
        def prepare(self) -> None:
            if self.get_argument("cookie", None):
                self.set_cookie("a", "b")
            if self.get_argument("header", None):
                self.set_header("X-Prepared", "1")

    async with site([(r"/(.*)", Preparing, {"path": str(root)})]) as web:
        for _ in range(2):
            assert "Set-Cookie" in (await web.fetch("/a.txt?cookie=1")).headers
            assert "X-Prepared" in (await web.fetch("/a.txt?header=1")).headers
            assert "X-Prepared" not in (await web.fetch("/a.txt")).headers


async def test_links_may_lead_where_the_route_says(root: Path, tmp_path: Path) -> None:
    (root / "linked").symlink_to(tmp_path / "static_secret")
    allowed = {"path": str(root), "allowed_symlink_directory": str(tmp_path / "static_secret")}
    rules: list[RuleLike] = [
        ("/a/(.*)", StaticFileHandler, allowed),
        ("/b/(.*)", StaticFileHandler, {"path": root}),
    ]
    async with site(rules) as web:
        assert await fetch(web, "/a/linked/x") == (200, b"secret")
        assert (await fetch(web, "/b/linked/x"))[0] == 403


async def test_a_subclass_with_several_roots(root: Path, tmp_path: Path) -> None:
    class Several(StaticFileHandler):
        def initialize(self, path: list[str]) -> None:  # type: ignore[override]  # as Jupyter does
            self.root = tuple(path)  # type: ignore[assignment]  # several
            self.default_filename = None

        @classmethod
        def get_absolute_path(cls, root: object, path: str) -> str:
            assert isinstance(root, tuple)
            return os.path.join(root[1 if path == "x" else 0], path)

        def validate_absolute_path(self, root: object, absolute_path: str) -> str | None:
            assert isinstance(root, tuple)
            return super().validate_absolute_path(os.path.dirname(absolute_path), absolute_path)

    (root / "link").symlink_to(tmp_path / "secret")
    roots = [str(root), str(tmp_path / "static_secret")]
    async with site([("/(.*)", Several, {"path": roots})]) as web:
        assert await fetch(web, "/a.txt") == (200, b"0123456789")
        assert await fetch(web, "/x") == (200, b"secret")
        assert (await fetch(web, "/link"))[0] == 403


async def test_content_that_is_no_file(root: Path) -> None:
    class Made(StaticFileHandler):
        @classmethod
        def get_absolute_path(cls, root: str, path: str) -> str:
            return f"made:{path}"

        def validate_absolute_path(self, root: str, absolute_path: str) -> str:
            return absolute_path

        @classmethod
        def get_content(
            cls, abspath: str, start: int | None = None, end: int | None = None
        ) -> bytes:
            return f"{abspath} {start} {end}".encode()

        def get_content_size(self) -> int:
            return len(self.get_content(self.absolute_path))

        def get_modified_time(self) -> None:
            return None

    async with site([("/(.*)", Made, {"path": str(root)})]) as web:
        received = await web.fetch("/x")
        assert (received.code, received.body) == (200, b"made:x None None")
        assert "Last-Modified" not in received.headers
        assert "Etag" not in received.headers


async def test_versions_say_how_long_they_may_be_kept(root: Path) -> None:
    async with serve(root) as web:
        received = await web.fetch("/s/a.txt?v=1")
        expires = email.utils.parsedate_to_datetime(received.headers["Expires"])
        now = email.utils.parsedate_to_datetime(received.headers["Date"])
        assert (expires - now).days in (364, 365)
        assert "Expires" not in (await web.fetch("/s/a.txt")).headers
