"""HTML and XML: escaping, its inverse, and text that is known to be markup."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Protocol, runtime_checkable

# Decimal references that ``int`` would refuse or take long over: leading zeros, and numbers longer
# than the last code point, 1114111.  HTML makes the latter U+FFFD ("Numeric character reference
# end state").
_LEADING_ZEROS = "&#0+(?=[0-9])"
_BEYOND_UNICODE = "&#[0-9]{8,};?"


def xhtml_escape(value: str | bytes) -> str:
    """Return *value* with ``&``, ``<``, ``>``, ``"`` and ``'`` written as character references.

    The result is text in HTML and XML, and the inside of an attribute value in quotes.
    Bytes are decoded as UTF-8.  Text in which there is nothing to escape is returned itself,
    not a copy.

    :raises TypeError: for anything but text and bytes.

    >>> xhtml_escape("Tom & <Jerry>")
    'Tom &amp; &lt;Jerry&gt;'
    """
    if type(value) is not str:
        value = _text(value)
    # A search for one character is many times faster than a replacement or a regular expression.
    # "&" is first, for the references that the others add contain it.
    if "&" in value:
        value = value.replace("&", "&amp;")
    if "<" in value:
        value = value.replace("<", "&lt;")
    if ">" in value:
        value = value.replace(">", "&gt;")
    if '"' in value:
        value = value.replace('"', "&quot;")
    if "'" in value:
        value = value.replace("'", "&#x27;")
    return value


def xhtml_unescape(value: str | bytes) -> str:
    """Return *value* with its character references replaced, by the rules of HTML.

    Bytes are decoded as UTF-8.  A reference without a meaning stays, and one to a code point that
    does not exist becomes U+FFFD.

    :raises TypeError: for anything but text and bytes.

    >>> xhtml_unescape("Tom &amp; &lt;Jerry&gt; &copy; &#x32;")
    'Tom & <Jerry> © 2'
    """
    text = _text(value)
    if "&" not in text:
        return text
    import html  # here, for its table of names is long and few programs need it

    if "&#" in text:
        text = re.sub(_LEADING_ZEROS, "&#", text)
        text = re.sub(_BEYOND_UNICODE, "&#xfffd;", text)
    return html.unescape(text)


def _text(value: str | bytes) -> str:
    if isinstance(value, str):
        return str.__str__(value)  # the text of a subclass, whatever its own __str__ says
    if isinstance(value, bytes):
        return value.decode("utf-8")
    raise TypeError(f"expected str or bytes, got {type(value).__name__}")


@runtime_checkable
class HasHTML(Protocol):
    """Anything that says how it is written in HTML: ``__html__`` returns the markup."""

    def __html__(self) -> str: ...


class SafeString(str):
    """Text that is HTML already: a template writes it as it is.

    What is added to it, or joined by it, is escaped first, unless it is markup, too.  All other
    operations give an ordinary :class:`str`, which is escaped when it is written.

    >>> SafeString("<b>") + "R&D" + SafeString("</b>")
    SafeString('<b>R&amp;D</b>')
    """

    __slots__ = ()

    @classmethod
    def escape(cls, value: str | bytes | HasHTML) -> SafeString:
        """Return *value* as markup: escaped, unless it has ``__html__``.

        >>> SafeString.escape("R&D")
        SafeString('R&amp;D')
        """
        if isinstance(value, HasHTML):
            return cls(value.__html__())
        return cls(xhtml_escape(value))

    def __html__(self) -> SafeString:
        return self

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self)!r})"

    def __str__(self) -> str:
        return str.__str__(self)

    def __add__(self, other: str) -> SafeString:
        if not isinstance(other, str):
            return NotImplemented
        return SafeString(str(self) + str(self.escape(other)))

    def __radd__(self, other: str) -> SafeString:
        if not isinstance(other, str):
            return NotImplemented
        return SafeString(str(self.escape(other)) + str(self))

    def join(self, iterable: Iterable[str], /) -> SafeString:
        """Join the parts, each escaped unless it is markup.

        >>> SafeString("<br>").join(["a < b", SafeString("<hr>")])
        SafeString('a &lt; b<br><hr>')
        """
        return SafeString(str(self).join(str(self.escape(part)) for part in iterable))
