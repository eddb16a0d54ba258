"""What `HTTPRequest` makes of ``params``, ``json`` and ``form``: a URL, or a body and its type."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlencode

from zonda.http import FormFields, field_pairs, url_concat

from .errors import RequestError
from .target import parse_url

_FORM: Final = "application/x-www-form-urlencoded"
_JSON: Final = "application/json"


def with_params(url: str, params: FormFields) -> str:
    """*url* with *params* added to its query, as `zonda.http.url_concat` does it.

    >>> with_params("http://h/?a=b#c", {"page": 2, "tag": ["x", "y&z"]})
    'http://h/?a=b&page=2&tag=x&tag=y%26z#c'

    :raises RequestError: the URL cannot be fetched, or there is half a character.
    :raises TypeError: *params* is something else.
    """
    parse_url(url)  # as it is: what stands where it may not would be lost with the old query
    pairs = list(field_pairs(params, "params"))
    try:
        return url_concat(url, pairs) if pairs else url  # type: ignore[arg-type]  # it writes numbers
    except UnicodeEncodeError as error:
        raise RequestError(f"params cannot be sent: {error}") from None


def encoded_body(json: object, form: FormFields | None) -> tuple[str, bytes | None]:
    """The type of a body and the body, if there is one.

    :raises RequestError: there would be two, or JSON has no way to say what *json* is.
    :raises TypeError: *json* or *form* is something else.
    """
    if json is None:
        return _FORM, None if form is None else encode_form(form)
    if form is not None:
        raise RequestError("a request has one body: body, body_producer, json or form")
    return _JSON, encode_json(json)


def encode_form(form: FormFields) -> bytes:
    """A body of ``application/x-www-form-urlencoded``.

    >>> encode_form([("a", "é"), ("b", 1.5)])
    b'a=%C3%A9&b=1.5'

    :raises RequestError: there is half a character.
    :raises TypeError: *form* is something else.
    """
    pairs = list(field_pairs(form, "form"))
    try:
        return urlencode(pairs).encode("ascii")
    except UnicodeEncodeError as error:
        raise RequestError(f"form cannot be sent: {error}") from None


def encode_json(value: object) -> bytes:
    """*value* as JSON in UTF-8.

    >>> encode_json({"name": "João", "age": None}).decode()
    '{"name":"João","age":null}'

    :raises TypeError: something of a type that JSON has not.
    :raises RequestError: NaN or infinity, half a character, or a value that contains itself.
    """
    import json

    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return text.encode()
    except TypeError as error:
        raise TypeError(f"json cannot be sent: {error}") from None
    except (ValueError, RecursionError) as error:
        raise RequestError(f"json cannot be sent: {error}") from None
