"""An asynchronous HTTP client with a connection pool.

>>> import asyncio
>>> from zonda.httpclient import AsyncHTTPClient
>>> async def main():
...     async def answer(reader, writer):
...         await reader.readuntil(b"\\r\\n\\r\\n")
...         writer.write(b"HTTP/1.1 200 OK\\r\\nContent-Length: 5\\r\\n\\r\\nhello")
...         writer.close()
...     server = await asyncio.start_server(answer, "127.0.0.1", 0)
...     port = server.sockets[0].getsockname()[1]
...     async with server, AsyncHTTPClient(force_instance=True) as client:
...         response = await client.fetch(f"http://127.0.0.1:{port}/")
...         print(response.code, response.body)
>>> asyncio.run(main())
200 b'hello'
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .client import AsyncHTTPClient, FetchOptions
from .errors import (
    ClientClosedError,
    ContentError,
    HeadTooLargeError,
    HTTPClientError,
    HTTPError,
    HTTPStreamClosedError,
    HTTPTimeoutError,
    NoAnswerError,
    ProxyError,
    RequestError,
    ResponseError,
)
from .native import compiled
from .request import HTTPRequest, Options, RequestOptions
from .response import HTTPResponse
from .stream import ResponseStream

if TYPE_CHECKING:
    from .curl_client import CurlAsyncHTTPClient
    from .curl_errors import CurlError
    from .multipart_body import MultipartBody
    from .sync_client import HTTPClient
else:
    from .first_use import on_first_use

    __getattr__, __dir__ = on_first_use(
        globals(),
        {
            "curl_client": ["CurlAsyncHTTPClient"],
            "curl_errors": ["CurlError"],
            "multipart_body": ["MultipartBody"],
            "sync_client": ["HTTPClient"],
        },
    )

__all__ = [
    "AsyncHTTPClient",
    "ClientClosedError",
    "ContentError",
    "CurlAsyncHTTPClient",
    "CurlError",
    "FetchOptions",
    "HTTPClient",
    "HTTPClientError",
    "HTTPError",
    "HTTPRequest",
    "HTTPResponse",
    "HTTPStreamClosedError",
    "HTTPTimeoutError",
    "HeadTooLargeError",
    "MultipartBody",
    "NoAnswerError",
    "Options",
    "ProxyError",
    "RequestError",
    "RequestOptions",
    "ResponseError",
    "ResponseStream",
    "compiled",
]
