"""Forms with files as bodies of requests."""

from __future__ import annotations

import asyncio

from zonda.http import HTTPHeaders, MultipartEncoder

from .request import Write


class MultipartBody:
    """A form whose files are read in a thread while they are sent.

    >>> from zonda.http import FormFile, MultipartEncoder
    >>> from zonda.httpclient import HTTPRequest
    >>> encoder = MultipartEncoder({"title": "Sun"}, {"photo": FormFile("sun.png", b"...")})
    >>> form = MultipartBody(encoder)
    >>> request = HTTPRequest(
    ...     "http://localhost/", "POST", headers=form.headers, body_producer=form
    ... )

    :param encoder: the fields and files.  Those that can be read only once make a form that can
        be sent only once, so not again behind a redirect.
    """

    def __init__(self, encoder: MultipartEncoder) -> None:
        self._encoder = encoder

    @property
    def headers(self) -> HTTPHeaders:
        """The fields that belong to the body: its type, and its length if it is known."""
        headers = HTTPHeaders({"Content-Type": self._encoder.content_type})
        length = self._encoder.content_length
        if length is not None:
            headers["Content-Length"] = str(length)
        return headers

    async def __call__(self, write: Write) -> None:
        """Send the body by *write*; this is a ``body_producer``."""
        pieces = iter(self._encoder)
        while (piece := await asyncio.to_thread(next, pieces, None)) is not None:
            await write(piece)
