"""Escaping for HTML, URLs and JSON, and links in text.

>>> from zonda.escape import linkify, url_escape, xhtml_escape
>>> xhtml_escape('<a title="R&D">')
'&lt;a title=&quot;R&amp;D&quot;&gt;'
>>> url_escape("R&D costs")
'R%26D+costs'
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .markup import HasHTML, SafeString, xhtml_escape, xhtml_unescape
from .scripts import json_decode, json_encode
from .strings import native_str, recursive_unicode, squeeze, to_basestring, to_unicode, utf8
from .urls import parse_qs_bytes, url_escape, url_unescape

if TYPE_CHECKING:
    from .links import linkify
else:
    from .first_use import on_first_use

    __getattr__, __dir__ = on_first_use(
        globals(),
        {
            "links": ["linkify"],
        },
    )

__all__ = [
    "HasHTML",
    "SafeString",
    "json_decode",
    "json_encode",
    "linkify",
    "native_str",
    "parse_qs_bytes",
    "recursive_unicode",
    "squeeze",
    "to_basestring",
    "to_unicode",
    "url_escape",
    "url_unescape",
    "utf8",
    "xhtml_escape",
    "xhtml_unescape",
]
