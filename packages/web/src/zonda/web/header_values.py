"""Values that handlers give to headers, as text."""

from __future__ import annotations

import datetime
import numbers

from zonda.http import check_value, format_timestamp

HeaderValue = str | bytes | int | numbers.Integral | datetime.datetime


def header_text(name: str, value: HeaderValue) -> str:
    """*value* as it can stand in a header line.

    Times become HTTP dates, bytes are taken as Latin-1.

    :raises TypeError: there is no text for its type.
    :raises HTTPOutputError: it has a control character, which would split the answer.
    """
    if isinstance(value, str):
        text = value
    elif isinstance(value, bytes):
        text = value.decode("latin-1")
    elif isinstance(value, numbers.Integral):
        return str(value)
    elif isinstance(value, datetime.datetime):
        return format_timestamp(value)
    else:
        raise TypeError(
            f"the value of header {name!r} must be str, bytes, int or datetime, not {value!r}"
        )
    return check_value(name, text)
