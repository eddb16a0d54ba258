"""Escaping for HTML, URLs and JSON, and links in text.

>>> from zonda.escape import linkify, url_escape, xhtml_escape
>>> xhtml_escape('<a title="R&D">')
'&lt;a title=&quot;R&amp;D&quot;&gt;'
>>> url_escape("R&D costs")
'R%26D+costs'
"""

from .links import linkify
from .markup import HasHTML, SafeString, xhtml_escape, xhtml_unescape
from .scripts import json_decode, json_encode
from .strings import (
    native_str,
    recursive_unicode,
    squeeze,
    to_basestring,
    to_unicode,
    utf8,
)
from .urls import parse_qs_bytes, url_escape, url_unescape

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
