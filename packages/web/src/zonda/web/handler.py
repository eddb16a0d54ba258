"""`RequestHandler`: what answers one request.

A subclass defines methods named like the HTTP verbs.  Around them the order is: `initialize`,
`prepare`, the verb, `finish` (called for the handler unless it did), `on_finish`; what goes wrong
anywhere ends in `write_error`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import urljoin

from zonda.escape import json_encode, utf8
from zonda.http import (
    HTTPHeaders,
    HTTPServerRequest,
    canonical_name,
)

from . import conditional, error_pages, output
from .arguments import REQUIRED, Required, decode_utf8, get_all, get_last
from .errors import HandlerStateError, HTTPError
from .header_values import HeaderValue, header_text

if TYPE_CHECKING:
    from .application import Application


VerbResult = Awaitable[None] | None

_BEGUN = "the head of the answer has been sent already; set status and headers before flush()"


class RequestHandler:
    """Answers one request; made anew for each.

    >>> class Hello(RequestHandler):
    ...     def get(self) -> None:
    ...         self.write("Hello, world")

    :ivar application: the `Application` that the handler belongs to.
    :ivar request: the `HTTPServerRequest`.
    :ivar path_args: the positional groups of the route.
    :ivar path_kwargs: the named groups of the route.
    """

    SUPPORTED_METHODS: ClassVar[tuple[str, ...]] = (
        "GET",
        "HEAD",
        "POST",
        "DELETE",
        "PATCH",
        "PUT",
        "OPTIONS",
    )

    _status_code = 200
    _reason: str | None = None
    _made_headers: HTTPHeaders | None = None
    _content_type = output.HTML
    _headers_written = False
    _finished = False
    _auto_finish = True

    # Which hooks a subclass has overridden: what nobody wrote need not be called.
    _has_default_headers = False
    _has_decode_argument = False

    def __init_subclass__(cls, **kwargs: object) -> None:
        super().__init_subclass__(**kwargs)
        cls._has_default_headers = cls.set_default_headers is not RequestHandler.set_default_headers
        cls._has_decode_argument = cls.decode_argument is not RequestHandler.decode_argument

    def __init__(
        self, application: Application, request: HTTPServerRequest, **kwargs: object
    ) -> None:
        self.application = application
        self.request = request
        self.path_args: tuple[str | None, ...] = ()
        self.path_kwargs: dict[str, str | None] = {}
        self._write_buffer: list[bytes] = []
        if self._has_default_headers:
            self.clear()
        self.initialize(**kwargs)

    # Hooks.

    def initialize(self, **kwargs: object) -> None:
        """Take the arguments that the route gives to the handler."""
        if kwargs:
            raise TypeError(
                f"{type(self).__name__}.initialize takes no arguments, but its route has "
                f"{', '.join(sorted(kwargs))}"
            )

    def prepare(self) -> VerbResult:
        """Called before the verb's method; may be a coroutine, and may finish the request."""

    def on_finish(self) -> None:
        """Called after the answer was handed to the connection."""

    def on_connection_close(self) -> None:
        """Called when the client went away before the answer was complete."""

    def data_received(self, chunk: bytes) -> VerbResult:
        """Called with pieces of the body, in handlers with `stream_request_body`."""
        raise HandlerStateError("a handler that streams its body must define data_received")

    def set_default_headers(self) -> None:
        """Called at the beginning, and again when an error discards what was set."""

    # Verbs.

    def head(self, *args: str, **kwargs: str) -> VerbResult:
        """Answer HEAD; without a definition it is refused."""
        raise HTTPError(405)

    def get(self, *args: str, **kwargs: str) -> VerbResult:
        """Answer GET; without a definition it is refused."""
        raise HTTPError(405)

    def post(self, *args: str, **kwargs: str) -> VerbResult:
        """Answer POST; without a definition it is refused."""
        raise HTTPError(405)

    def delete(self, *args: str, **kwargs: str) -> VerbResult:
        """Answer DELETE; without a definition it is refused."""
        raise HTTPError(405)

    def patch(self, *args: str, **kwargs: str) -> VerbResult:
        """Answer PATCH; without a definition it is refused."""
        raise HTTPError(405)

    def put(self, *args: str, **kwargs: str) -> VerbResult:
        """Answer PUT; without a definition it is refused."""
        raise HTTPError(405)

    def options(self, *args: str, **kwargs: str) -> VerbResult:
        """Answer OPTIONS; without a definition it is refused."""
        raise HTTPError(405)

    @property
    def settings(self) -> dict[str, object]:
        """The settings of the application."""
        return self.application.settings

    # Status and headers.

    @property
    def _headers(self) -> HTTPHeaders:
        made = self._made_headers
        if made is None:
            made = self._made_headers = output.default_headers(self._content_type)
        return made

    def clear(self) -> None:
        """Forget status, headers and body that were set so far."""
        self._status_code = 200
        self._reason = None
        self._made_headers = None
        self._content_type = output.HTML
        self._write_buffer = []
        self.set_default_headers()

    def set_status(self, status_code: int, reason: str | None = None) -> None:
        """Set the status, with a reason of your own where there is no standard one.

        :raises ValueError: the status has not three digits, or the reason has characters that may
            not stand in a status line.
        """
        output.check_status(status_code, reason)
        self._status_code = status_code
        self._reason = reason

    def get_status(self) -> int:
        """The status of the answer."""
        return self._status_code

    def set_header(self, name: str, value: HeaderValue) -> None:
        """Set a header, in place of all lines of that name.

        :raises ValueError: the value would split the answer.
        """
        self._headers[name] = header_text(name, value)

    def add_header(self, name: str, value: HeaderValue) -> None:
        """Add a header line, beside those of that name.

        :raises ValueError: the value would split the answer.
        """
        self._headers.add(name, header_text(name, value))

    def clear_header(self, name: str) -> None:
        """Take a header back; one that is not there is ignored."""
        self._headers.pop(canonical_name(name), None)

    # Arguments.

    def get_argument(
        self, name: str, default: str | None | Required = REQUIRED, strip: bool = True
    ) -> str | None:
        """The last value of an argument, from query or form.

        :raises MissingArgumentError: 400; it is not there and has no *default*.
        """
        return get_last(self.request.arguments, name, default, strip, self.decode_argument)

    def get_arguments(self, name: str, strip: bool = True) -> list[str]:
        """All values of an argument, from query and form."""
        return get_all(self.request.arguments, name, strip, self.decode_argument)

    def get_query_argument(
        self, name: str, default: str | None | Required = REQUIRED, strip: bool = True
    ) -> str | None:
        """The last value of an argument in the query.

        :raises MissingArgumentError: 400; it is not there and has no *default*.
        """
        return get_last(self.request.query_arguments, name, default, strip, self.decode_argument)

    def get_query_arguments(self, name: str, strip: bool = True) -> list[str]:
        """All values of an argument in the query."""
        return get_all(self.request.query_arguments, name, strip, self.decode_argument)

    def get_body_argument(
        self, name: str, default: str | None | Required = REQUIRED, strip: bool = True
    ) -> str | None:
        """The last value of an argument in the form.

        :raises MissingArgumentError: 400; it is not there and has no *default*.
        """
        return get_last(self.request.body_arguments, name, default, strip, self.decode_argument)

    def get_body_arguments(self, name: str, strip: bool = True) -> list[str]:
        """All values of an argument in the form."""
        return get_all(self.request.body_arguments, name, strip, self.decode_argument)

    def decode_argument(self, value: bytes, name: str | None = None) -> str:
        """Text from the bytes of an argument, or of a group of the path (*name* is None there).

        :raises HTTPError: 400; it is not UTF-8.
        """
        return decode_utf8(value, name)

    # Output.

    def write(self, chunk: str | bytes | Mapping[str, object]) -> None:
        """Add to the answer's body; a mapping becomes a JSON object.

        :raises HandlerStateError: the request is finished.
        :raises TypeError: *chunk* is of another type; JSON arrays must be wrapped in an object.
        """
        if self._finished:
            raise HandlerStateError("write() after finish(): the answer is complete already")
        if isinstance(chunk, bytes):
            self._write_buffer.append(chunk)
        elif isinstance(chunk, str):
            self._write_buffer.append(chunk.encode("utf-8"))
        elif isinstance(chunk, Mapping):
            self._write_buffer.append(utf8(json_encode(chunk)))
            if self._made_headers is None:
                self._content_type = output.JSON
            else:
                self._made_headers["Content-Type"] = output.JSON
        else:
            raise TypeError(
                f"write() takes str, bytes and dicts, not {type(chunk).__name__}"
                + ("; put a list into a dict" if isinstance(chunk, list) else "")
            )

    def flush(self, include_footers: bool = False) -> Awaitable[None]:
        """Send what was written so far; awaiting the result waits until there is room for more.

        :raises StreamClosedError: by awaiting, if the client went away.
        """
        return output.flush(self)

    def finish(self, chunk: str | bytes | Mapping[str, object] | None = None) -> Awaitable[None]:
        """Complete the answer, with a last *chunk*.

        :raises HandlerStateError: the request is finished already.
        """
        if self._finished:
            raise HandlerStateError("finish() was called twice")
        if chunk is not None:
            self.write(chunk)
        return output.finish(self)

    def redirect(self, url: str, permanent: bool = False, status: int | None = None) -> None:
        """Send the client to *url*, which may be relative to the request's.

        :param permanent: 301 instead of 302.
        :param status: another status between 300 and 399.
        """
        if self._headers_written:
            raise HandlerStateError(_BEGUN)
        if status is None:
            status = 301 if permanent else 302
        elif not 300 <= status <= 399:
            raise ValueError(f"a redirect has a status between 300 and 399, not {status}")
        self.set_status(status)
        header_text("Location", url)
        self.set_header("Location", urljoin(self.request.uri or "", url))
        self.finish()

    def compute_etag(self) -> str | None:
        """The entity tag of the answer, or None for none; called for whole answers only."""
        return conditional.entity_tag(self._write_buffer)

    def set_etag_header(self) -> None:
        """Set ``Etag`` to what `compute_etag` says."""
        etag = self.compute_etag()
        if etag is not None:
            self.set_header("Etag", etag)

    def check_etag_header(self) -> bool:
        """Whether the client has the answer already: ``Etag`` is in ``If-None-Match``."""
        given = self.request.headers.get("If-None-Match")
        return given is not None and conditional.matches_none_match(
            self._headers.get("Etag") or "", given
        )

    # Errors.

    def send_error(self, status_code: int = 500, **kwargs: object) -> None:
        """Answer with an error page instead of what was written so far.

        :param kwargs: for `write_error`; ``exc_info`` is the error, if there was one.
        """
        error_pages.send(self, status_code, kwargs)

    def write_error(self, status_code: int, **kwargs: object) -> VerbResult:
        """Write the page of an error; override it for pages of your own.

        :param kwargs: ``exc_info`` is the error that led here, if there was one.
        """
        error_pages.write_default(self, status_code, kwargs)
        return None

    def log_exception(
        self,
        typ: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        """Log what was raised; `HTTPError` without its traceback."""
        error_pages.log_exception(self, typ, value, tb)

    def detach(self) -> object:
        """Take the transport over from the server; the answer is then yours alone.

        :return: transport and bytes that came behind the request.
        """
        return output.detach(self)

    # For the log.

    def _request_summary(self) -> str:
        request = self.request
        return f"{request.method} {request.uri} ({request.remote_ip})"
