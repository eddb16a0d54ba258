"""Links in plain text.

The text is escaped first, so addresses are searched in HTML: they may contain ``&amp;`` and
``&quot;``, and end at any other reference.  Every part of the expression is possessive and starts
only where a word starts: there is no way back, hence no input that takes longer than its length.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection

from .markup import SafeString, xhtml_escape

_INSIDE = r"(?:[^\s&()]++|&(?:amp|quot);)"
_ADDRESS = re.compile(
    rf"""
    (?<![\w-]) (?P<dashes>-*+)
    (?P<start> (?P<protocol>\w[\w-]*+) : (?P<slashes>/{{1,3}}+) | www\. )
    (?P<rest> (?: {_INSIDE} | \( {_INSIDE}*+ \) )++ )
    """,
    re.VERBOSE,
)
# A sentence ends with these, an address does not.
_PUNCTUATION = frozenset("!\"#$%&'()*+,.:;<=>?@[]^`{|}~")

# The length up to which an address is shown whole, and the one at which a shortened one is cut.
_SHORT = 30
_CUT = 45
_PATH_SHOWN = 8


def linkify(
    text: str | bytes,
    shorten: bool = False,
    extra_params: str | Callable[[str], str] = "",
    require_protocol: bool = False,
    permitted_protocols: Collection[str] = ("http", "https"),
) -> SafeString:
    """Return plain *text* as HTML, with its addresses made links.

    :param shorten: show long addresses shortened; the whole one is in the title of the link.
    :param extra_params: attributes for the link, or a function that returns them for an address.
        They are written as they are.
    :param require_protocol: make no link of ``www.example.com``.
    :param permitted_protocols: the protocols that become links, in lower case.  Do not add
        ``javascript``: whoever wrote the text could run code in the page.

    >>> linkify("See http://example.com/?a=1&b=2!")
    SafeString('See <a href="http://example.com/?a=1&amp;b=2">http://example.com/?a=1&amp;b=2</a>!')
    >>> linkify("www.example.com", extra_params='rel="nofollow"')
    SafeString('<a href="http://www.example.com" rel="nofollow">www.example.com</a>')
    """

    def link(match: re.Match[str]) -> str:
        protocol = match["protocol"]
        permitted = (
            protocol in permitted_protocols or protocol.lower() in permitted_protocols
            if protocol
            else not require_protocol
        )
        end = _end_of_address(match["rest"]) if permitted else 0
        if not end:
            return match[0]
        start, rest = match["start"], match["rest"]
        address = start + rest[:end]
        href = address if protocol else f"http://{address}"
        extra = extra_params(href) if callable(extra_params) else extra_params
        attributes = f" {extra.strip()}" if extra else ""
        shown = address
        if shorten:
            shown = _shortened(start if protocol else "", address)
            if shown != address:
                attributes += f' title="{href}"'
        return f'{match["dashes"]}<a href="{href}"{attributes}>{shown}</a>{rest[end:]}'

    return SafeString(_ADDRESS.sub(link, xhtml_escape(text)))


def _end_of_address(rest: str) -> int:
    """Where the punctuation begins that follows the address; 0 if there is nothing else."""
    end = len(rest)
    while end:
        if rest.endswith("&amp;", 0, end):
            end -= 5
        elif rest.endswith("&quot;", 0, end):
            end -= 6
        elif rest[end - 1] == ")" or rest[end - 1] not in _PUNCTUATION:
            break  # a closing parenthesis is only here when the address has the opening one
        else:
            end -= 1
    return end


def _shortened(start: str, address: str) -> str:
    """The host and the beginning of the path, if that is shorter than the address."""
    if len(address) <= _SHORT:
        return address
    host, slash, path = address[len(start) :].partition("/")
    beginning = path.partition("/")[0][:_PATH_SHOWN]
    shown = start + host + slash + re.split("[?.]", beginning)[0]
    if len(shown) > _CUT:
        shown = shown[:_SHORT]
    reference = shown.rfind("&")
    if reference > shown.rfind(";"):
        shown = shown[:reference]
    shown += "..."
    return shown if len(shown) < len(address) else address
