"""ASGI applications on the Zonda server, and Zonda applications on ASGI servers.

>>> import asyncio
>>> from zonda.asgi import ASGIContainer
>>> from zonda.httpserver import HTTPServer
>>> async def app(scope, receive, send):
...     await send({"type": "http.response.start", "status": 200, "headers": []})
...     await send({"type": "http.response.body", "body": b"Hello"})
>>> async def main() -> None:
...     server = HTTPServer(ASGIContainer(app))
...     [sock] = server.listen(0, "127.0.0.1")
...     reader, writer = await asyncio.open_connection(*sock.getsockname())
...     writer.write(b"GET / HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\n\\r\\n")
...     print((await reader.read()).decode().splitlines()[-1])
...     writer.close()
...     await server.drain()
>>> asyncio.run(main())
Hello
"""

from __future__ import annotations

from .adapter import ASGIAdapter
from .container import ASGIContainer
from .errors import (
    AnswerAbortedError,
    ASGIError,
    ClientDisconnectedError,
    DetachError,
    LifespanError,
    MessageError,
    MissingExtraError,
)
from .protocol import ASGICallable, Message, Receive, Scope, Send

__all__ = [
    "ASGIAdapter",
    "ASGICallable",
    "ASGIContainer",
    "ASGIError",
    "AnswerAbortedError",
    "ClientDisconnectedError",
    "DetachError",
    "LifespanError",
    "Message",
    "MessageError",
    "MissingExtraError",
    "Receive",
    "Scope",
    "Send",
]
