"""What a handler keeps of its request and its answer; the methods are in `handler`.

The parts of this package that do the work of those methods read and change it.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from zonda.http import HTTPHeaders, HTTPServerRequest

from . import execution, output, users

if TYPE_CHECKING:
    from zonda.ioloop import eager
    from zonda.locale import Locale

    from .application import Application
    from .body_reader import BodyReader
    from .handler import RequestHandler
    from .rendering import TemplateTools
    from .transforms import OutputTransform
    from .xsrf import XSRFToken


class HandlerState:
    """The state of a `RequestHandler`.

    What nearly no request needs begins on the class, so that a handler of which little is asked
    costs little to make.
    """

    __slots__ = (
        "__dict__",
        "__weakref__",
        "_content_type",
        "_finished",
        "_headers_written",
        "_made_headers",
        "_new_cookies",
        "_reason",
        "_status_code",
        "_write_buffer",
        "application",
        "path_args",
        "path_kwargs",
        "request",
    )

    # What `RequestHandler` sets for each request.
    application: Application
    request: HTTPServerRequest
    path_args: tuple[object, ...]
    path_kwargs: Mapping[str, object]
    _status_code: int
    _reason: str | None
    _made_headers: HTTPHeaders | None
    _content_type: str
    _write_buffer: list[bytes]
    _new_cookies: dict[str, str] | None
    _headers_written: bool
    _finished: bool

    # What is made when it is first asked for, and how far the answer is.
    _transforms: Sequence[OutputTransform] = ()
    _auto_finish = True
    _current_user: object = users.UNASKED
    _locale: Locale | None = None
    _ui: TemplateTools | None = None
    _xsrf_copy: str | None = None
    _xsrf_secret: XSRFToken | None = None
    _task: eager.Started[None] | None = None
    _body: BodyReader | None = None
    _when_gone: list[Callable[[], None]] | None = None

    # What a class has: hooks that nobody overrode need not be called.
    _streams_body = False
    _takes_pieces = False
    _has_default_headers = False
    _has_decode_argument = False
    _has_etag_check = False
    _has_own_etag = False
    _has_namespace = False
    _has_async_user = False
    _is_guarded = False

    @property
    def _headers(self) -> HTTPHeaders:
        made = self._made_headers
        if made is None:
            made = self._made_headers = output.default_headers(self._content_type)
        return made


def note_hooks(cls: type[RequestHandler], base: type[RequestHandler]) -> None:
    """Note on a new class of handlers which hooks are not those of *base*."""
    cls._has_default_headers = cls.set_default_headers is not base.set_default_headers
    cls._has_decode_argument = cls.decode_argument is not base.decode_argument
    cls._has_etag_check = cls.check_etag_header is not base.check_etag_header
    cls._has_own_etag = cls.compute_etag is not base.compute_etag
    cls._has_namespace = cls.get_template_namespace is not base.get_template_namespace
    cls._takes_pieces = cls.data_received is not base.data_received
    cls._has_async_user = inspect.iscoroutinefunction(cls.get_current_user)
    cls._is_guarded = (
        cls._has_async_user or cls.cancel_on_disconnect or execution.limit_of(cls) is not None
    )
