from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

import pytest

from tests.httpclient.servers import OK, answer, serving
from zonda.http import FormFile, MultipartEncoder, parse_multipart_form_data
from zonda.httpclient import AsyncHTTPClient, MultipartBody, RequestError


@pytest.mark.parametrize("known", [True, False])
async def test_a_form_with_a_file(client: AsyncHTTPClient, tmp_path: Path, known: bool) -> None:
    content = os.urandom(300_000)
    path = tmp_path / "photo"
    path.write_bytes(content)
    with path.open("rb") as file:
        source: Any = file if known else iter([content[:1000], content[1000:]])
        files = {"photo": FormFile("sun.png", source, "image/png")}
        form = MultipartBody(MultipartEncoder({"title": "Sün"}, files, boundary="limit"))
        async with serving(OK) as server:
            await client.fetch(server.url, method="POST", headers=form.headers, body_producer=form)
            request = server.last
    assert ("content-length" in request.headers) is known
    arguments: dict[str, list[bytes]] = {}
    parsed: dict[str, Any] = {}
    parse_multipart_form_data(b"limit", request.body, arguments, parsed)
    assert arguments == {"title": ["Sün".encode()]}
    assert parsed["photo"][0].body == content


async def test_a_file_cannot_be_sent_twice(client: AsyncHTTPClient) -> None:
    form = MultipartBody(MultipartEncoder({}, {"f": FormFile("f", io.BytesIO(b"content"))}))
    async with serving(answer(b"", "307 Again", location="/")) as server:
        with pytest.raises(RequestError, match="before the"):
            await client.fetch(server.url, method="POST", headers=form.headers, body_producer=form)
