"""What a handler keeps of its request and its answer; the methods are in `handler`.

The parts of this package that do the work of those methods read and change it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from zonda.http import HTTPHeaders
from zonda.locale import Locale

from . import output, users

if TYPE_CHECKING:
    from zonda.ioloop import eager

    from .body_reader import BodyReader
    from .rendering import TemplateTools
    from .transforms import OutputTransform
    from .xsrf import XSRFToken


class HandlerState:
    """The state of a `RequestHandler`.

    It begins on the class, so that a handler of which little is asked costs little to make.
    """

    # What is made when it is first asked for, and how far the answer is.
    _status_code = 200
    _reason: str | None = None
    _made_headers: HTTPHeaders | None = None
    _content_type = output.HTML
    _new_cookies: dict[tuple[str, str, str | None], str] | None = None
    _transforms: Sequence[OutputTransform] = ()
    _headers_written = False
    _finished = False
    _auto_finish = True
    _current_user: object = users.UNASKED
    _locale: Locale | None = None
    _ui: TemplateTools | None = None
    _xsrf_token: str | None = None
    _raw_xsrf_token: XSRFToken | None = None
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
