"""HTTP/1.1 on a stream: one message after the other, read for a delegate.

`HTTPServer` does not use this: its connections stand on the transport itself.  It is for programs
that speak HTTP on a stream of their own.  The parser and its strictness are those of `zonda.http`.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any

from zonda.http import (
    Framing,
    HeaderBlock,
    HTTPHeaders,
    HTTPInputError,
    HTTPMessageDelegate,
    HTTPOutputError,
    HTTPServerConnectionDelegate,
    RequestStartLine,
    ResponseStartLine,
    decoder_for,
    parse_header_block,
    parse_request_block,
    parse_request_line,
    parse_response_start_line,
)
from zonda.httpserver import HTTP1Connection as _ServerConnection
from zonda.iostream import IOStream, StreamClosedError, UnsatisfiableReadError

from .concurrent import Future, future_set_result_unless_cancelled
from .gzip_delegate import GzipMessageDelegate
from .log import app_log, gen_log
from .outgoing_body import OutgoingBody

__all__ = ["HTTP1Connection", "HTTP1ConnectionParameters", "HTTP1ServerConnection"]

# Interim answers before the final one; a real server sends one or two.
_MAX_1XX_RESPONSES = 10

CHUNK_SIZE = 65536
MAX_HEADER_SIZE = 65536
MAX_BODY_SIZE = 100 * 1024 * 1024

_GzipMessageDelegate = GzipMessageDelegate

StartLine = RequestStartLine | ResponseStartLine


class _QuietException(Exception):
    """A delegate failed, which was logged."""


class HTTP1ConnectionParameters:
    """How messages are read.

    :param no_keep_alive: close the connection after one request.
    :param chunk_size: bytes of a body that are handed on at a time.
    :param max_header_size: bytes of start line and header lines.
    :param header_timeout: seconds for the head of the next request.
    :param max_body_size: bytes of a body.
    :param body_timeout: seconds for a body.
    :param decompress: undo the content coding gzip.
    """

    def __init__(
        self,
        no_keep_alive: bool = False,
        chunk_size: int | None = None,
        max_header_size: int | None = None,
        header_timeout: float | None = None,
        max_body_size: int | None = None,
        body_timeout: float | None = None,
        decompress: bool = False,
    ) -> None:
        self.no_keep_alive = no_keep_alive
        self.chunk_size = chunk_size or CHUNK_SIZE
        self.max_header_size = max_header_size or MAX_HEADER_SIZE
        self.header_timeout = header_timeout
        self.max_body_size = max_body_size or MAX_BODY_SIZE
        self.body_timeout = body_timeout
        self.decompress = decompress


class _Meta(type):
    """``isinstance(request.connection, HTTP1Connection)`` holds for the server's own, too."""

    def __instancecheck__(cls, instance: object) -> bool:
        return super().__instancecheck__(instance) or isinstance(instance, _ServerConnection)


class HTTP1Connection(metaclass=_Meta):
    """One side of a connection; also the `HTTPConnection` that its delegate writes to.

    :param stream: a connected stream.
    :param is_client: which side this is.
    :param params: how messages are read.
    :param context: where the connection comes from, for `HTTPServerRequest`.
    """

    def __init__(
        self,
        stream: IOStream,
        is_client: bool,
        params: HTTP1ConnectionParameters | None = None,
        context: object | None = None,
    ) -> None:
        self.stream: IOStream | None = stream
        self.is_client = is_client
        self.params = params or HTTP1ConnectionParameters(max_body_size=stream.max_buffer_size)
        self.context = context
        self.no_keep_alive = self.params.no_keep_alive
        self._max_body_size = self.params.max_body_size
        self._body_timeout = self.params.body_timeout
        self._request_start_line: RequestStartLine | None = None
        self._response_start_line: ResponseStartLine | None = None
        self._request_headers: HTTPHeaders | None = None
        self._close_callback: Callable[[], object] | None = None
        self._written: Future[None] | None = None
        self._disconnect = self.no_keep_alive
        self._outgoing = OutgoingBody()
        self._begin_message()

    def _begin_message(self) -> None:
        self._reading_done = self._writing_done = False
        self._finished: asyncio.Event = asyncio.Event()
        self._max_body_size = self.params.max_body_size
        self._body_timeout = self.params.body_timeout

    # Reading.

    def read_response(self, delegate: HTTPMessageDelegate) -> Awaitable[bool]:
        """Read one message, an answer if this is the client, and tell *delegate*.

        The result is whether another message may follow.
        """
        if self.params.decompress:
            delegate = GzipMessageDelegate(delegate, self.params.chunk_size, self._max_body_size)
        return asyncio.ensure_future(self._read_message(delegate))

    async def _read_message(self, delegate: HTTPMessageDelegate) -> bool:
        assert self.stream is not None
        self._begin_message()
        try:
            if not await self._read_one(delegate):
                return False
        except HTTPInputError as error:
            gen_log.info("Malformed HTTP message from %s: %s", self._peer(), error)
            if not self.is_client and self.stream is not None and not self.stream.closed():
                self.stream.write(b"HTTP/1.1 %d Bad Request\r\n\r\n" % error.status)
            self.close()
            self._tell_closed(delegate)
            return False
        except _QuietException:
            self.close()
            self._tell_closed(delegate)
            return False
        except StreamClosedError:
            self.close()
            self._tell_closed(delegate)
            return False
        finally:
            self._close_callback = None if self._writing_done else self._close_callback
        return not self._disconnect and self.stream is not None

    async def _read_one(self, delegate: HTTPMessageDelegate) -> bool:
        for _ in range(_MAX_1XX_RESPONSES + 1):
            head = await self._read_head()
            if head is None:
                return False
            start_line, block = head
            with self._errors_of(delegate):
                waiting = delegate.headers_received(start_line, block.headers())
                if waiting is not None:
                    await waiting
            if self.stream is None:
                return False
            if self.is_client and isinstance(start_line, ResponseStartLine):
                if start_line.code == 101:
                    break
                if 100 <= start_line.code < 200:
                    if "Content-Length" in block.fields or "Transfer-Encoding" in block.fields:
                        raise HTTPInputError("an interim answer must not have a body")
                    continue
            break
        else:
            raise HTTPInputError("Too many 1xx responses")
        if not await self._read_body(start_line, block, delegate):
            return False
        self._reading_done = True
        with self._errors_of(delegate):
            delegate.finish()
        if self.stream is None:
            return False
        if self.is_client or self._writing_done:
            if self._disconnect:
                self.close()
            return True
        await self._finished.wait()
        if self.stream is not None and self._disconnect:
            self.close()
        return True

    async def _read_head(self) -> tuple[StartLine, HeaderBlock] | None:
        assert self.stream is not None
        reading: Any = self.stream.read_until_regex(
            b"\r?\n\r?\n", max_bytes=self.params.max_header_size
        )
        try:
            async with asyncio.timeout(self.params.header_timeout):
                raw: bytes = await reading
        except TimeoutError:
            self.close()
            return None
        except UnsatisfiableReadError as error:
            raise HTTPInputError("the head of the message is too large", 431) from error
        line, _, rest = raw.lstrip(b"\r\n").partition(b"\r\n")
        if self.is_client:
            answer = parse_response_start_line(line.decode("latin-1"))
            self._response_start_line = answer
            block = parse_header_block(rest)
            self._disconnect = self._disconnect or _says_close(answer.version, block)
            return answer, block
        request = parse_request_line(line)
        block = parse_request_block(rest)
        self._request_start_line = request
        self._request_headers = block.headers()
        self._disconnect = self.no_keep_alive or _says_close(request.version, block)
        return request, block

    async def _read_body(
        self, start_line: StartLine, block: HeaderBlock, delegate: HTTPMessageDelegate
    ) -> bool:
        """Whether the body came to its end in time."""
        until_close = False
        if self.is_client and isinstance(start_line, ResponseStartLine):
            asked = self._request_start_line
            if start_line.code == 204 and block.framing is not Framing.NONE:
                raise HTTPInputError("Response with code 204 should not have body")
            if start_line.code in (101, 204, 304) or (asked and asked.method == "HEAD"):
                return True
            until_close = block.framing is Framing.NONE and "Content-Length" not in block.fields
            self._disconnect = self._disconnect or until_close
        if block.framing is Framing.NONE and not until_close:
            return True
        if block.length > self._max_body_size:
            raise HTTPInputError("Content-Length too long", 413)
        if not self.is_client and self._asks_to_go_on():
            assert self.stream is not None
            self.stream.write(b"HTTP/1.1 100 (Continue)\r\n\r\n")
        reading = (
            self._read_until_close(delegate) if until_close else self._read_framed(block, delegate)
        )
        try:
            async with asyncio.timeout(self._body_timeout):
                await reading
        except TimeoutError:
            gen_log.info("Timeout reading body from %s", self._peer())
            self.close()
            self._tell_closed(delegate)
            return False
        return True

    def _asks_to_go_on(self) -> bool:
        headers = self._request_headers
        return headers is not None and (headers.get("Expect") or "").lower() == "100-continue"

    async def _read_framed(self, block: HeaderBlock, delegate: HTTPMessageDelegate) -> None:
        stream = self.stream
        assert stream is not None
        decoder = decoder_for(block)
        size = 0
        while not decoder.done:
            if block.framing is Framing.LENGTH:
                wanted = min(self.params.chunk_size, block.length - size)
                data = await stream.read_bytes(wanted, partial=True)
            else:
                data = await stream.read_until(b"\r\n", max_bytes=CHUNK_SIZE)
                data += await self._read_chunk(stream, data)
            chunk = decoder.feed(data)
            size += len(chunk)
            if size > self._max_body_size:
                raise HTTPInputError("chunked body too large", 413)
            await self._hand_on(chunk, delegate)

    async def _read_chunk(self, stream: IOStream, line: bytes) -> bytes:
        """The data of the chunk that *line* announces; what is no such line adds nothing."""
        with contextlib.suppress(ValueError):
            size = int(line.split(b";")[0], 16)
            if size > self._max_body_size:
                raise HTTPInputError("chunked body too large", 413)
            if size > 0:
                return await stream.read_bytes(size + 2)
        return b""

    async def _read_until_close(self, delegate: HTTPMessageDelegate) -> None:
        stream = self.stream
        assert stream is not None
        size = 0
        while True:
            try:
                chunk = await stream.read_bytes(self.params.chunk_size, partial=True)
            except StreamClosedError as error:
                if error.real_error is not None:
                    raise
                return
            size += len(chunk)
            if size > self._max_body_size:
                raise HTTPInputError("Body too long", 413)
            await self._hand_on(chunk, delegate)

    async def _hand_on(self, chunk: bytes, delegate: HTTPMessageDelegate) -> None:
        for start in range(0, len(chunk), self.params.chunk_size):
            if self._writing_done and not self.is_client:
                return
            with self._errors_of(delegate):
                waiting = delegate.data_received(chunk[start : start + self.params.chunk_size])
                if waiting is not None:
                    await waiting

    @contextlib.contextmanager
    def _errors_of(self, delegate: HTTPMessageDelegate) -> Any:
        try:
            yield
        except (HTTPInputError, StreamClosedError):
            raise
        except Exception as error:
            app_log.error("Uncaught exception", exc_info=True)
            raise _QuietException from error

    def _tell_closed(self, delegate: HTTPMessageDelegate) -> None:
        if not self._reading_done:
            delegate.on_connection_close()

    def _peer(self) -> object:
        return getattr(self.context, "remote_ip", None) or self.context

    # Writing.

    def write_headers(
        self, start_line: StartLine, headers: HTTPHeaders, chunk: bytes | None = None
    ) -> Future[None]:
        """Write the head of a message, and a first *chunk* of its body with it."""
        if isinstance(start_line, RequestStartLine):
            self._request_start_line = start_line
            lines = [f"{start_line.method} {start_line.path} HTTP/1.1\r\n"]
            self._outgoing = OutgoingBody.of_request(start_line, headers)
        else:
            self._response_start_line = start_line
            lines = [f"HTTP/1.1 {start_line.code} {start_line.reason}\r\n"]
            self._outgoing = OutgoingBody.of_answer(start_line, headers, self._request_start_line)
            if self._disconnect and "Connection" not in headers:
                lines.append("Connection: close\r\n")
        if self._outgoing.chunked:
            lines.append("Transfer-Encoding: chunked\r\n")
        head = "".join(lines) + headers.lines() + "\r\n"
        return self._send(head.encode("latin-1") + (self._framed(chunk) if chunk else b""))

    def write(self, chunk: bytes) -> Future[None]:
        """Write a piece of the body."""
        return self._send(self._framed(chunk))

    def finish(self) -> None:
        """The message is complete."""
        if self.stream is not None and not self.stream.closed():
            try:
                end = self._outgoing.end()
            except HTTPOutputError:
                self.stream.close()
                raise
            if end:
                self.stream.write(end)
        if not self._reading_done and not self.is_client:
            self._disconnect = True
        self._writing_done = True
        self._finished.set()

    def _framed(self, chunk: bytes) -> bytes:
        try:
            return self._outgoing.framed(chunk)
        except HTTPOutputError:
            if self.stream is not None:
                self.stream.close()
            raise

    def _send(self, data: bytes) -> Future[None]:
        if self.stream is None or self.stream.closed():
            failed: Future[None] = Future()
            failed.set_exception(StreamClosedError())
            failed.exception()  # nobody need ask for it
            return failed
        if not data:
            done: Future[None] = Future()
            future_set_result_unless_cancelled(done, None)
            return done
        return self.stream.write(data)

    # The connection.

    def set_close_callback(self, callback: Callable[[], object] | None) -> None:
        """Have *callback* called when the connection ends before the message does."""
        self._close_callback = callback
        if self.stream is not None:
            self.stream.set_close_callback(callback)

    def set_body_timeout(self, timeout: float) -> None:
        """Seconds for the body of this message."""
        self._body_timeout = timeout

    def set_max_body_size(self, max_body_size: int) -> None:
        """Bytes that the body of this message may have."""
        self._max_body_size = max_body_size

    def close(self) -> None:
        """Close the stream."""
        if self.stream is not None:
            self.stream.close()
        self._finished.set()

    def detach(self) -> IOStream:
        """Give the stream away."""
        stream, self.stream = self.stream, None
        assert stream is not None
        self._finished.set()
        return stream


def _says_close(version: str, block: HeaderBlock) -> bool:
    return block.close or (version != "HTTP/1.1" and not block.keep_alive)


class HTTP1ServerConnection:
    """The server's side of a connection: one request after the other.

    :param stream: the stream of a client.
    """

    def __init__(
        self,
        stream: IOStream,
        params: HTTP1ConnectionParameters | None = None,
        context: object | None = None,
    ) -> None:
        self.stream = stream
        self.params = params or HTTP1ConnectionParameters()
        self.context = context
        self._serving_future: asyncio.Future[None] | None = None

    def start_serving(self, delegate: HTTPServerConnectionDelegate) -> None:
        """Answer requests, until the connection ends."""
        self._serving_future = asyncio.ensure_future(self._server_request_loop(delegate))

    async def close(self) -> None:
        """Close the connection, and wait for the end."""
        self.stream.close()
        if self._serving_future is not None:
            with contextlib.suppress(Exception):
                await self._serving_future

    async def _server_request_loop(self, delegate: HTTPServerConnectionDelegate) -> None:
        try:
            while True:
                connection = HTTP1Connection(self.stream, False, self.params, self.context)
                request_delegate = delegate.start_request(self, connection)
                try:
                    if not await connection.read_response(request_delegate):
                        return
                except (StreamClosedError, asyncio.CancelledError):
                    return
                except Exception:
                    gen_log.error("Uncaught exception", exc_info=True)
                    self.stream.close()
                    return
                await asyncio.sleep(0)
        finally:
            delegate.on_close(self)
