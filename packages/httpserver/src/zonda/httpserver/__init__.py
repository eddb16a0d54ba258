"""A strict, bounded HTTP/1.1 server.

>>> import asyncio
>>> from zonda.http import HTTPServerRequest
>>> from zonda.httpserver import HTTPServer
>>> def answer(request: HTTPServerRequest) -> None:
...     request.connection.respond(200, "Content-Type: text/plain\\r\\n", b"Hello")
>>> async def main() -> None:
...     server = HTTPServer(answer)
...     [sock] = server.listen(0, "127.0.0.1")
...     reader, writer = await asyncio.open_connection(*sock.getsockname())
...     writer.write(b"GET / HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\n\\r\\n")
...     print((await reader.readline()).decode().strip())
...     writer.close()
...     await server.drain()
>>> asyncio.run(main())
HTTP/1.1 200 OK
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .connection import HTTP1Connection
from .errors import AddressInUseError, AnswerError, MissingCertificateError, ServerError
from .limits import Limits
from .native import compiled
from .server import Ending, HTTPServer

if TYPE_CHECKING:
    from .callback import CallbackDelegate
    from .endpoints import Endpoint, open_sockets
    from .foreign_answer import AnswerState, ForeignAnswer
    from .foreign_peer import ForeignPeer
    from .logged import LoggedConnection
    from .workers import serve
else:
    from .first_use import on_first_use

    __getattr__, __dir__ = on_first_use(
        globals(),
        {
            "callback": ["CallbackDelegate"],
            "endpoints": ["Endpoint", "open_sockets"],
            "foreign_answer": ["AnswerState", "ForeignAnswer"],
            "foreign_peer": ["ForeignPeer"],
            "logged": ["LoggedConnection"],
            "workers": ["serve"],
        },
    )

__all__ = [
    "AddressInUseError",
    "AnswerError",
    "AnswerState",
    "CallbackDelegate",
    "Ending",
    "Endpoint",
    "ForeignAnswer",
    "ForeignPeer",
    "HTTP1Connection",
    "HTTPServer",
    "Limits",
    "LoggedConnection",
    "MissingCertificateError",
    "ServerError",
    "compiled",
    "open_sockets",
    "serve",
]
