"""The environ of a request, as PEP 3333 has it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import IO, Final
from urllib.parse import unquote_to_bytes
from wsgiref.types import WSGIEnvironment

from zonda.http import HTTPServerRequest, split_host_and_port

# Bytes that a file is read by: few calls, and little memory for each download.
FILE_BLOCK_SIZE: Final = 64 * 1024

# Fields with a place of their own, or that would be mistaken: programs that an application starts
# take HTTP_PROXY for their own proxy (CVE-2016-5385), and how a body came is over when it is here.
_LEFT_OUT: Final = {"Content-Type", "Content-Length", "Proxy", "Transfer-Encoding"}


class FileWrapper:
    """``wsgi.file_wrapper``: an iterable over the blocks of a file, closed with it."""

    def __init__(self, filelike: IO[bytes], block_size: int = FILE_BLOCK_SIZE) -> None:
        self.filelike = filelike
        self.block_size = block_size

    def __iter__(self) -> Iterator[bytes]:
        while block := self.filelike.read(self.block_size):
            yield block

    def close(self) -> None:
        """Close the file, if it can be closed."""
        close = getattr(self.filelike, "close", None)
        if close is not None:
            close()


def make_environ(request: HTTPServerRequest, body: IO[bytes], size: int) -> WSGIEnvironment:
    """The environ of *request*.

    A field whose name has an underscore is left out: it would be taken for the one with a hyphen,
    which a proxy may have checked.

    :param body: the whole body, for ``wsgi.input``.
    :param size: its length in bytes, whatever way it came.
    """
    https = request.protocol == "https"
    name, port = split_host_and_port(request.host)
    environ: WSGIEnvironment = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(request.path).decode("latin-1"),
        "QUERY_STRING": request.query,
        "REMOTE_ADDR": request.remote_ip,
        "SERVER_NAME": name,
        "SERVER_PORT": str(port or (443 if https else 80)),
        "SERVER_PROTOCOL": request.version,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": request.protocol,
        "wsgi.input": body,
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "wsgi.file_wrapper": FileWrapper,
    }
    address = getattr(getattr(request.connection, "context", None), "address", None)
    if isinstance(address, tuple) and address[0] == request.remote_ip:
        environ["REMOTE_PORT"] = str(address[1])
    headers = request.headers
    if "Content-Type" in headers:
        environ["CONTENT_TYPE"] = headers["Content-Type"]
    if size or "Content-Length" in headers:
        environ["CONTENT_LENGTH"] = str(size)
    for field in headers:
        if field not in _LEFT_OUT and "_" not in field:
            glue = "; " if field == "Cookie" else ","
            key = f"HTTP_{field.upper().replace('-', '_')}"
            environ[key] = glue.join(headers.get_list(field))
    if (request.uri or "/")[0] not in "/*":
        # A target in absolute form says which host is meant (RFC 9112 section 3.2.2).
        environ["HTTP_HOST"] = request.host
    return environ
