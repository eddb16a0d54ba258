"""Streams over TCP, TLS, Unix sockets, pipes and memory; servers, clients, processes.

>>> import asyncio
>>> from zonda.iostream import TCPClient, TCPServer, bind_sockets
>>> class Echo(TCPServer):
...     async def handle_stream(self, stream, address):
...         await stream.write(await stream.read_until(b"\\n"))
...         stream.close()
>>> async def main():
...     server = Echo()
...     [sock] = bind_sockets(0, "127.0.0.1")
...     server.add_socket(sock)
...     stream = await TCPClient().connect(*sock.getsockname())
...     stream.write(b"hello\\n")
...     print(await stream.read_until_close())
...     await server.drain(timeout=5)
>>> asyncio.run(main())
b'hello\\n'
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .acceptor import Acceptor, add_accept_handler
from .connection import CloseReason, Connection, State
from .errors import (
    StreamBufferFullError,
    StreamBusyError,
    StreamClosedError,
    StreamError,
    TooManyRestartsError,
    UnsatisfiableReadError,
    WorkerStartError,
)
from .gathering import GATHERED_SIZE, LARGE_PIECE, GatheringConnection
from .listening import bind_sockets, bind_unix_socket
from .room import READY, Ready, Room
from .sweep import Sweep
from .worker_number import task_id

if TYPE_CHECKING:
    from .certificates import ServerCertificates
    from .failed_handshakes import log_failed_handshake
    from .memory_pair import stream_pair
    from .pipe_stream import PipeIOStream
    from .process import cpu_count, fork_processes, supervise
    from .resolver import OverrideResolver, Resolver, is_valid_ip
    from .socket_stream import IOStream, SSLIOStream
    from .starttls import start_tls
    from .stream import BaseIOStream, compiled
    from .subprocess import Subprocess
    from .supervisor import Supervisor
    from .tcpclient import TCPClient
    from .tcpserver import TCPServer
    from .tls_context import SSLOptions, ssl_options_to_context, ssl_wrap_socket
else:
    from .first_use import on_first_use

    __getattr__, __dir__ = on_first_use(
        globals(),
        {
            "certificates": ["ServerCertificates"],
            "failed_handshakes": ["log_failed_handshake"],
            "memory_pair": ["stream_pair"],
            "pipe_stream": ["PipeIOStream"],
            "process": ["cpu_count", "fork_processes", "supervise"],
            "resolver": ["OverrideResolver", "Resolver", "is_valid_ip"],
            "socket_stream": ["IOStream", "SSLIOStream"],
            "starttls": ["start_tls"],
            "stream": ["BaseIOStream", "compiled"],
            "subprocess": ["Subprocess"],
            "supervisor": ["Supervisor"],
            "tcpclient": ["TCPClient"],
            "tcpserver": ["TCPServer"],
            "tls_context": ["SSLOptions", "ssl_options_to_context", "ssl_wrap_socket"],
        },
    )

__all__ = [
    "GATHERED_SIZE",
    "LARGE_PIECE",
    "READY",
    "Acceptor",
    "BaseIOStream",
    "CloseReason",
    "Connection",
    "GatheringConnection",
    "IOStream",
    "OverrideResolver",
    "PipeIOStream",
    "Ready",
    "Resolver",
    "Room",
    "SSLIOStream",
    "SSLOptions",
    "ServerCertificates",
    "State",
    "StreamBufferFullError",
    "StreamBusyError",
    "StreamClosedError",
    "StreamError",
    "Subprocess",
    "Supervisor",
    "Sweep",
    "TCPClient",
    "TCPServer",
    "TooManyRestartsError",
    "UnsatisfiableReadError",
    "WorkerStartError",
    "add_accept_handler",
    "bind_sockets",
    "bind_unix_socket",
    "compiled",
    "cpu_count",
    "fork_processes",
    "is_valid_ip",
    "log_failed_handshake",
    "ssl_options_to_context",
    "ssl_wrap_socket",
    "start_tls",
    "stream_pair",
    "supervise",
    "task_id",
]
