"""What clients get who can decompress, and those who cannot."""

from __future__ import annotations

import asyncio

import pytest

from tests.web.site import site
from zonda.http import HTTPHeaders, HTTPServerRequest, available_codings, decompress
from zonda.web import CompressResponse, GZipContentEncoding, RequestHandler
from zonda.web.compression import add_vary, is_compressible, weaken_etag

TEXT = "".join(f"<p>{number}</p>" for number in range(1000))
MAX = 1_000_000


class Page(RequestHandler):
    def get(self) -> None:
        self.set_header("Content-Type", self.get_argument("type", "text/html"))
        if length := self.get_argument("length", None):
            self.set_header("Content-Length", length)
        self.write(TEXT[: int(self.get_argument("size", str(len(TEXT))) or 0)])

    head = get


@pytest.mark.parametrize("coding", ["br", "zstd", "gzip"])
async def test_a_page_is_compressed_as_the_client_likes(coding: str) -> None:
    assert coding in available_codings()
    async with site([("/", Page)], compress_response=True) as web:
        received = await web.fetch("/", Accept_Encoding=f"{coding}, x")
        assert received.headers["Content-Encoding"] == coding
        assert received.headers["Vary"] == "Accept-Encoding"
        assert len(received.body) < len(TEXT) / 3
        assert decompress(received.body, coding, max_size=MAX).decode() == TEXT
        tag = received.headers["Etag"]
        assert tag.startswith('W/"')
        again = await web.fetch("/", Accept_Encoding=coding, If_None_Match=tag)
        assert again.code == 304
        assert again.headers["Vary"] == "Accept-Encoding"
        head = await web.fetch("/", "HEAD", Accept_Encoding=coding)
        assert head.headers["Content-Length"] == received.headers["Content-Length"]


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip;q=1, br;q=0.5", "gzip"),
        ("br;q=0, zstd;q=0, *", "gzip"),
        ("identity", None),
        ("gzip;q=0", None),
        ("*;q=0", None),
        ("nonsense;;;=", None),
        ("gzip" + " " * 300, "gzip"),
    ],
)
async def test_negotiation(accepted: str, coding: str | None) -> None:
    async with site([("/", Page)], compress_response=True) as web:
        received = await web.fetch("/", Accept_Encoding=accepted)
        assert received.headers.get("Content-Encoding") == coding
        assert received.headers["Vary"] == "Accept-Encoding"


@pytest.mark.parametrize(
    ("query", "compressed"),
    [
        ("?size=1023", False),
        ("?size=1024", True),
        ("?type=image/png", False),
        ("?type=application/json", True),
        ("?type=image/svg%2Bxml;x=y", True),
        ("?type=application/atom%2Bxml", True),
        ("?type=application/zip", False),
        (f"?length={len(TEXT)}", True),
    ],
)
async def test_what_is_worth_compressing(query: str, compressed: bool) -> None:
    async with site([("/", Page)], gzip=True) as web:
        received = await web.fetch(f"/{query}", Accept_Encoding="gzip")
        assert ("Content-Encoding" in received.headers) is compressed
        assert (await web.fetch("/")).body == TEXT.encode()


async def test_what_is_flushed_can_be_read_at_once() -> None:
    proceed = asyncio.Event()

    class Stream(RequestHandler):
        async def get(self) -> None:
            self.set_header("Content-Length", len(TEXT))
            self.write(TEXT[:100])
            await self.flush()
            await proceed.wait()
            await self.flush()
            self.write(TEXT[100:200])
            await self.flush()
            self.finish(TEXT[200:])

    async with site([("/", Stream)], transforms=[GZipContentEncoding]) as web:
        client = await web.connect()
        client.send(b"GET / HTTP/1.1\r\nHost: x\r\nAccept-Encoding: br, gzip\r\n\r\n")
        code, headers = await client.read_head()
        assert (code, headers["Content-Encoding"]) == (200, "gzip")
        assert "Content-Length" not in headers
        size = int(await client.reader.readline(), 16)
        first = await client.reader.readexactly(size)
        import zlib

        unzip = zlib.decompressobj(31)
        assert unzip.decompress(first).decode() == TEXT[:100]
        await client.reader.readexactly(2)
        proceed.set()
        text = b""
        while size := int(await client.reader.readline(), 16):
            text += unzip.decompress(await client.reader.readexactly(size))
            await client.reader.readexactly(2)
        assert text.decode() == TEXT[100:]
        assert unzip.eof
        client.writer.close()


def test_only_whole_textual_bodies_are_compressed() -> None:
    html = {"Content-Type": "text/html"}
    assert is_compressible(HTTPHeaders(html))
    assert not is_compressible(HTTPHeaders({**html, "Content-Encoding": "br"}))
    assert not is_compressible(HTTPHeaders({**html, "Content-Range": "bytes 0-1/2"}))
    assert not is_compressible(HTTPHeaders({**html, "Cache-Control": "public, No-Transform"}))
    assert not is_compressible(HTTPHeaders())


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (None, "Accept-Encoding"),
        ("Cookie", "Cookie, Accept-Encoding"),
        ("accept-encoding", "accept-encoding"),
        ("*", "*"),
    ],
)
def test_vary(said: str | None, expected: str) -> None:
    headers = HTTPHeaders({} if said is None else {"Vary": said})
    add_vary(headers, "Accept-Encoding")
    assert headers["Vary"] == expected


def test_a_weak_tag_stays_as_it_is() -> None:
    headers = HTTPHeaders({"Etag": 'W/"x"'})
    weaken_etag(headers)
    assert headers["Etag"] == 'W/"x"'


def test_there_is_nothing_to_compress_in_an_empty_piece() -> None:
    request = HTTPServerRequest("GET", "/", headers=HTTPHeaders({"Accept-Encoding": "gzip"}))
    transform = CompressResponse(request)
    headers = HTTPHeaders({"Content-Type": "text/plain"})
    code, headers, chunk = transform.transform_first_chunk(200, headers, b"", False)
    assert (code, chunk) == (200, b"")
    assert transform.transform_chunk(b"", False) == b""
    assert decompress(transform.transform_chunk(b"", True), "gzip", max_size=MAX) == b""


class Secret(RequestHandler):
    def get(self) -> None:
        self.write(self.xsrf_form_html() + "x" * 2000)


async def test_a_compressed_page_shows_its_token_differently_each_time() -> None:
    settings = {"compress_response": True, "xsrf_cookies": True}
    async with site([("/", Secret)], **settings) as web:
        await web.fetch("/")
        bodies = {(await web.fetch("/", Accept_Encoding="gzip")).body for _ in range(3)}
        assert len(bodies) == 3
