"""The body of a message that is written: what marks its end, RFC 9112 section 6.3."""

from __future__ import annotations

from zonda.http import HTTPHeaders, HTTPOutputError, RequestStartLine, ResponseStartLine


class OutgoingBody:
    """Ends after a number of bytes, with a last chunk, or with the connection.

    :param chunked: it is sent in chunks.
    :param left: bytes that are still to come, if their number was announced.
    """

    def __init__(self, chunked: bool = False, left: int | None = None) -> None:
        self.chunked = chunked
        self.left = left

    @classmethod
    def of_request(cls, start_line: RequestStartLine, headers: HTTPHeaders) -> OutgoingBody:
        """The body of a client's message.

        :raises HTTPOutputError: the Content-Length is no number.
        """
        has_body = start_line.method in ("POST", "PUT", "PATCH")
        return cls._of(headers, has_body, start_line)

    @classmethod
    def of_answer(
        cls,
        start_line: ResponseStartLine,
        headers: HTTPHeaders,
        asked: RequestStartLine | None,
    ) -> OutgoingBody:
        """The body of a server's message.

        :param asked: the request that it answers, if there was one.
        :raises HTTPOutputError: the Content-Length is no number.
        """
        has_body = (
            asked is not None
            and asked.version == "HTTP/1.1"
            and asked.method != "HEAD"
            and start_line.code not in (204, 304)
            and start_line.code >= 200
        )
        return cls._of(headers, has_body, asked)

    @classmethod
    def _of(
        cls, headers: HTTPHeaders, may_be_chunked: bool, request: RequestStartLine | None
    ) -> OutgoingBody:
        length = headers.get("Content-Length")
        chunked = may_be_chunked and length is None and "Transfer-Encoding" not in headers
        if length is None:
            return cls(chunked)
        if not (length.isascii() and length.isdigit()):
            raise HTTPOutputError(f"Content-Length is a number, not {length!r}")
        return cls(chunked, None if request and request.method == "HEAD" else int(length))

    def framed(self, chunk: bytes) -> bytes:
        """A piece of the body as it is sent.

        :raises HTTPOutputError: it is more than was announced.
        """
        if self.left is not None:
            if len(chunk) > self.left:
                raise HTTPOutputError("Tried to write more data than Content-Length")
            self.left -= len(chunk)
        if self.chunked and chunk:
            return b"%x\r\n%b\r\n" % (len(chunk), chunk)
        return chunk

    def end(self) -> bytes:
        """What is sent at the end.

        :raises HTTPOutputError: bytes that were announced are missing.
        """
        if self.left:
            raise HTTPOutputError(f"Tried to write {self.left} bytes less than Content-Length")
        return b"0\r\n\r\n" if self.chunked else b""
