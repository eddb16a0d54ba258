"""JSON, also inside the ``<script>`` element of a page."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from json.encoder import encode_basestring_ascii
from typing import Any, Final

_encoder: Final = json.JSONEncoder()


def _make_pieces() -> Callable[[Any, int], Iterable[str]]:
    """The pieces of a value as JSON, at a level of indentation that does not matter.

    `JSONEncoder.encode` makes such a function for each value, which takes longer than to use it.
    This one does not look whether a value contains itself.
    """
    make = getattr(json.encoder, "c_make_encoder", None)
    if make is None:  # not everywhere is it in C
        return lambda value, _: _encoder.iterencode(value)
    function: Callable[[Any, int], Iterable[str]] = make(
        None, _encoder.default, encode_basestring_ascii, None, ": ", ", ", False, False, True
    )
    return function


_pieces: Final = _make_pieces()


def json_encode(value: Any) -> str:
    r"""Return *value* as JSON, in ASCII, that may stand in a ``<script>`` element.

    Neither ``</`` nor ``<!--`` is in the result, for the one ends the element and the other changes
    how the rest of it is read (HTML, "Restrictions for contents of script elements").

    :raises TypeError: for what JSON cannot express.
    :raises ValueError: for a value that contains itself.

    >>> json_encode({"a": "</script>"})
    '{"a": "<\\/script>"}'
    """
    try:
        text = "".join(_pieces(value, 0))
    except RecursionError:
        text = _encoder.encode(value)  # which knows a value that contains itself
    if "<" not in text:
        return text
    return text.replace("</", "<\\/").replace("<!--", "\\u003c!--")


def json_decode(value: str | bytes) -> Any:
    """Return the Python value of a JSON text; bytes are UTF-8, UTF-16 or UTF-32.

    :raises ValueError: for what is not JSON, or is nested so deeply that it cannot be read.

    >>> json_decode(b'{"a": [1, 2.5, null]}')
    {'a': [1, 2.5, None]}
    """
    try:
        return json.loads(value)
    except RecursionError:
        raise ValueError("the JSON text is nested too deeply") from None
