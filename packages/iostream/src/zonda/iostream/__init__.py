"""Non-blocking streams, TLS, TCP servers and clients, subprocess pipes."""

from __future__ import annotations

from .acceptor import Acceptor, add_accept_handler
from .certificates import ServerCertificates
from .connection import CloseReason, Connection, State
from .errors import (
    StreamBufferFullError,
    StreamBusyError,
    StreamClosedError,
    StreamError,
    TooManyRestartsError,
    UnsatisfiableReadError,
)
from .listening import bind_sockets, bind_unix_socket
from .memory_pair import stream_pair
from .pipe_stream import PipeIOStream
from .process import cpu_count, fork_processes, task_id
from .resolver import OverrideResolver, Resolver, is_valid_ip
from .socket_stream import IOStream, SSLIOStream
from .stream import BaseIOStream
from .subprocess import Subprocess
from .sweep import Sweep
from .tcpclient import TCPClient
from .tcpserver import TCPServer
from .tls_context import SSLOptions, ssl_options_to_context, ssl_wrap_socket

__all__ = [
    "Acceptor",
    "BaseIOStream",
    "CloseReason",
    "Connection",
    "IOStream",
    "OverrideResolver",
    "PipeIOStream",
    "Resolver",
    "SSLIOStream",
    "SSLOptions",
    "ServerCertificates",
    "State",
    "StreamBufferFullError",
    "StreamBusyError",
    "StreamClosedError",
    "StreamError",
    "Subprocess",
    "Sweep",
    "TCPClient",
    "TCPServer",
    "TooManyRestartsError",
    "UnsatisfiableReadError",
    "add_accept_handler",
    "bind_sockets",
    "bind_unix_socket",
    "cpu_count",
    "fork_processes",
    "is_valid_ip",
    "ssl_options_to_context",
    "ssl_wrap_socket",
    "stream_pair",
    "task_id",
]
