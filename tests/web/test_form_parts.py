"""Forms that are read part by part, while the client sends them."""

from __future__ import annotations

import asyncio
import json

import pytest

from tests.web.site import site
from zonda.http import ParseMultipartConfig
from zonda.web import RequestHandler, stream_request_body

TYPE = "multipart/form-data; boundary=xyz"


def form(*parts: tuple[str, str | None, bytes]) -> bytes:
    body = b""
    for name, filename, content in parts:
        disposition = f'form-data; name="{name}"'
        if filename is not None:
            disposition += f'; filename="{filename}"\r\nContent-Type: text/plain'
        body += f"--xyz\r\nContent-Disposition: {disposition}\r\n\r\n".encode() + content + b"\r\n"
    return body + b"--xyz--\r\n"


class Whole(RequestHandler):
    async def post(self) -> None:
        config = ParseMultipartConfig(max_parts=3)
        found: list[list[object]] = []
        async for part in self.multipart(config):
            if part.name == "skipped":
                continue
            if part.filename is None:
                found.append([part.name, await part.text()])
            else:
                size = 0
                async for chunk in part:
                    size += len(chunk)
                assert [chunk async for chunk in part] == []
                assert part.headers["Content-Type"] == part.content_type
                found.append([part.name, part.filename, part.content_type, size])
        self.write({"found": found})


@stream_request_body
class Streamed(Whole):
    pass


BODY = form(("a", None, "\u00e4".encode()), ("skipped", "s", bytes(200_000)), ("f", "n", b"x" * 99))


@pytest.mark.parametrize("path", ["/whole", "/streamed"])
async def test_the_parts_of_a_form(path: str) -> None:
    async with site([("/whole", Whole), ("/streamed", Streamed)]) as web:
        received = await web.fetch(path, "POST", BODY, Content_Type=TYPE)
        found = json.loads(received.body)["found"]
        assert found == [["a", "\u00e4"], ["f", "n", "text/plain", 99]]


@pytest.mark.parametrize("path", ["/whole", "/streamed"])
@pytest.mark.parametrize(
    ("body", "kind", "code"),
    [
        (BODY[:-10], TYPE, 400),
        (b"nonsense", TYPE, 400),
        (form(*[("a", None, b"")] * 4), TYPE, 400),
        (form(("a", None, b"\xff")), TYPE, 400),
        (BODY, "text/plain", 400),
        (BODY, "multipart/form-data", 400),
    ],
)
async def test_bad_forms_are_refused(path: str, body: bytes, kind: str, code: int) -> None:
    async with site([("/whole", Whole), ("/streamed", Streamed)]) as web:
        assert (await web.fetch(path, "POST", body, Content_Type=kind)).code == code


async def test_content_is_there_before_the_rest_was_sent() -> None:
    got: asyncio.Queue[bytes] = asyncio.Queue()

    @stream_request_body
    class Early(RequestHandler):
        async def post(self) -> None:
            async for part in self.multipart():
                async for chunk in part:
                    got.put_nowait(chunk)

    first, second = form(("a", None, b"one")), form(("b", None, b"two"))
    first = first.removesuffix(b"--\r\n") + b"\r\n"
    second = second.removeprefix(b"--xyz\r\n")
    head = f"POST / HTTP/1.1\r\nHost: x\r\nContent-Type: {TYPE}\r\n"
    head += f"Content-Length: {len(first) + len(second)}\r\n\r\n"
    async with site([("/", Early)]) as web:
        client = await web.connect()
        client.send(head.encode() + first)
        assert await got.get() == b"one"
        client.send(second)
        assert (await client.read("POST")).code == 200
        assert await got.get() == b"two"
        client.writer.close()


async def test_a_part_that_is_too_large_to_be_kept_is_413() -> None:
    class Small(RequestHandler):
        async def post(self) -> None:
            async for part in self.multipart():
                await part.read(max_size=10)

    async with site([("/", Small)]) as web:
        body = form(("f", "n", b"x" * 11))
        assert (await web.fetch("/", "POST", body, Content_Type=TYPE)).code == 413
