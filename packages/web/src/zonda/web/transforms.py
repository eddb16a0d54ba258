"""Transforms: what changes answers on their way to the connection, such as compression.

An application has classes of them.  Each answer gets objects of its own, which see its head with
the first piece of its body and then every other piece; the last one is marked as such.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from zonda.http import HTTPHeaders, HTTPServerRequest

if TYPE_CHECKING:
    from .handler import RequestHandler


class OutputTransform:
    """Changes one answer; this one changes nothing.

    :param request: the request that is answered.
    """

    #: Whether the body is changed, too; False once it is known that it is not.
    changes_body: bool = True

    def __init__(self, request: HTTPServerRequest) -> None:
        """Begin with an answer; a subclass may look at the request."""

    def transform_first_chunk(
        self, status_code: int, headers: HTTPHeaders, chunk: bytes, finishing: bool
    ) -> tuple[int, HTTPHeaders, bytes]:
        """The head, and the first piece of the body, which may be empty.

        :param finishing: whether that is the whole body.
        :return: what to send instead.
        """
        return status_code, headers, chunk

    def transform_chunk(self, chunk: bytes, finishing: bool) -> bytes:
        """A further piece of the body; the last one may be empty."""
        return chunk


def transform_first(
    handler: RequestHandler, status_code: int, headers: HTTPHeaders, chunk: bytes, finishing: bool
) -> tuple[int, HTTPHeaders, bytes]:
    """Begin an answer with all transforms of its application."""
    transforms = [make(handler.request) for make in handler.application.transforms]
    for transform in transforms:
        status_code, headers, chunk = transform.transform_first_chunk(
            status_code, headers, chunk, finishing
        )
    handler._transforms = transforms
    return status_code, headers, chunk


def transform_next(transforms: Sequence[OutputTransform], chunk: bytes, finishing: bool) -> bytes:
    """Go on with an answer."""
    for transform in transforms:
        chunk = transform.transform_chunk(chunk, finishing)
    return chunk
