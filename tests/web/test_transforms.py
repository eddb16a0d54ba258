"""Transforms of one's own change heads and bodies."""

from __future__ import annotations

from tests.web.site import site
from zonda.http import HTTPHeaders, HTTPServerRequest
from zonda.web import OutputTransform, RequestHandler


class Upper(OutputTransform):
    def transform_first_chunk(
        self, status_code: int, headers: HTTPHeaders, chunk: bytes, finishing: bool
    ) -> tuple[int, HTTPHeaders, bytes]:
        headers["X-Upper"] = str(finishing)
        return status_code, headers, self.transform_chunk(chunk, finishing)

    def transform_chunk(self, chunk: bytes, finishing: bool) -> bytes:
        return chunk.upper()


class Suffix(OutputTransform):
    def __init__(self, request: HTTPServerRequest) -> None:
        self.path = request.path

    def transform_first_chunk(
        self, status_code: int, headers: HTTPHeaders, chunk: bytes, finishing: bool
    ) -> tuple[int, HTTPHeaders, bytes]:
        return 203, headers, self.transform_chunk(chunk, finishing)

    def transform_chunk(self, chunk: bytes, finishing: bool) -> bytes:
        return chunk + self.path.encode() if finishing else chunk


class Whole(RequestHandler):
    def get(self) -> None:
        self.write("text")

    def post(self) -> None:
        self.set_status(204)


class Flushed(RequestHandler):
    async def get(self) -> None:
        for word in ("a", "b", "c"):
            self.write(word)
            await self.flush()


async def test_the_first_transform_comes_first() -> None:
    async with site([("/w", Whole), ("/f", Flushed)], transforms=[Upper]) as web:
        web.application.add_transform(Suffix)
        received = await web.fetch("/w")
        assert (received.code, received.body) == (203, b"TEXT/w")
        assert received.headers["X-Upper"] == "True"
        assert received.headers["Content-Length"] == "6"
        received = await web.fetch("/f")
        assert (received.code, received.body) == (203, b"ABC/f")
        assert received.headers["X-Upper"] == "False"
        assert (await web.fetch("/w", "POST", b"")).headers["X-Upper"] == "True"


def test_a_transform_changes_nothing_by_itself() -> None:
    transform = OutputTransform(HTTPServerRequest("GET", "/"))
    headers = HTTPHeaders()
    assert transform.transform_first_chunk(200, headers, b"x", True) == (200, headers, b"x")
    assert transform.transform_chunk(b"y", True) == b"y"
