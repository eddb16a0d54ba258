"""JSON, also inside the ``<script>`` element of a page."""

from __future__ import annotations

import json
from typing import Any, Final

# json.dumps() without its look at arguments that are not given.
_encode: Final = json.JSONEncoder().encode


def json_encode(value: Any) -> str:
    r"""Return *value* as JSON, in ASCII, that may stand in a ``<script>`` element.

    Neither ``</`` nor ``<!--`` is in the result, for the one ends the element and the other changes
    how the rest of it is read (HTML, "Restrictions for contents of script elements").

    :raises TypeError: for what JSON cannot express.
    :raises ValueError: for a value that contains itself.

    >>> json_encode({"a": "</script>"})
    '{"a": "<\\/script>"}'
    """
    text = _encode(value)
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
