"""WSGI applications on the Zonda server, and Zonda applications on WSGI servers.

>>> import asyncio
>>> from zonda.httpserver import HTTPServer
>>> from zonda.wsgi import WSGIContainer
>>> def app(environ, start_response):
...     start_response("200 OK", [("Content-Type", "text/plain")])
...     return [b"Hello"]
>>> async def main() -> None:
...     container = WSGIContainer(app)
...     server = HTTPServer(container)
...     [sock] = server.listen(0, "127.0.0.1")
...     reader, writer = await asyncio.open_connection(*sock.getsockname())
...     writer.write(b"GET / HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\n\\r\\n")
...     print((await reader.read()).decode().splitlines()[-1])
...     writer.close()
...     await server.drain()
...     container.close()
>>> asyncio.run(main())
Hello
"""

from __future__ import annotations

from .adapter import WSGIAdapter
from .container import WSGIContainer
from .environ import FileWrapper
from .errors import (
    AnswerAbortedError,
    ApplicationError,
    ClientDisconnectedError,
    DetachError,
    WSGIError,
)

__all__ = [
    "AnswerAbortedError",
    "ApplicationError",
    "ClientDisconnectedError",
    "DetachError",
    "FileWrapper",
    "WSGIAdapter",
    "WSGIContainer",
    "WSGIError",
]
