"""What the page of an error must not show: passwords, keys, cookies.

Two rules work together.  A value that goes by a telling name is never shown.  And the text of such
a value is taken out wherever else it turns up: in another variable, in a message, in a URL.
"""

from __future__ import annotations

import re
import reprlib
from collections.abc import Iterable, Mapping
from typing import Final
from urllib.parse import quote, quote_plus

MASK: Final = "••••••"

# Characters of the representation of a value that are shown.
MAX_VALUE: Final = 500
# Shorter texts are not taken out elsewhere: they say nothing, and would tear holes in the page.
MIN_SECRET: Final = 6
# Levels of settings that are searched for secrets.
MAX_DEPTH: Final = 4

_TELLING: Final = re.compile(
    r"secret|passw|passphrase|pwd|token|authorization|credential|cookie|session"
    r"|(api|access|private|signing|encryption|auth).?key|csrf|xsrf|signature|dsn",
    re.I,
)


def is_secret(name: object) -> bool:
    """Whether a value of that name is not to be shown.

    >>> [name for name in ("cookie_secret", "X-Api-Key", "author", "key") if is_secret(name)]
    ['cookie_secret', 'X-Api-Key']
    """
    if isinstance(name, bytes):
        name = name.decode("latin-1")
    return isinstance(name, str) and _TELLING.search(name) is not None


class Redactor:
    """Takes secrets out of texts, and describes values without them."""

    def __init__(self) -> None:
        self._secrets: set[str] = set()
        self._pattern: re.Pattern[str] | None = None
        self._describer = _Describer(self)

    def learn(self, value: object) -> None:
        """Remember the texts in *value* as secrets."""
        for text in _texts(value, MAX_DEPTH):
            if len(text) >= MIN_SECRET:
                self._secrets |= {text, repr(text)[1:-1], quote(text, ""), quote_plus(text)}
                self._pattern = None

    def learn_by_name(self, named: Mapping[str, object], depth: int = MAX_DEPTH) -> None:
        """Remember what goes by a telling name in *named*, and in the mappings in it."""
        for name, value in list(named.items()):
            if is_secret(name):
                self.learn(value)
            elif depth and isinstance(value, Mapping):
                self.learn_by_name(value, depth - 1)

    def text(self, text: str) -> str:
        """*text* without secrets."""
        if not self._secrets:
            return text
        if self._pattern is None:
            longest_first = sorted(self._secrets, key=len, reverse=True)
            self._pattern = re.compile("|".join(map(re.escape, longest_first)))
        return self._pattern.sub(MASK, text)

    def named(self, name: object, value: object) -> str:
        """How to show *value*, which goes by *name*."""
        return MASK if is_secret(name) and value is not None else self.describe(value)

    def describe(self, value: object) -> str:
        """The representation of a value: bounded, without secrets, and never an error."""
        return _shortened(self.text(self._describer.repr(value)))


class _Describer(reprlib.Repr):
    """`repr` with bounds that masks what mappings call secret."""

    def __init__(self, redactor: Redactor) -> None:
        super().__init__()
        self._redactor = redactor
        self.maxlevel = 4
        self.maxdict = self.maxlist = self.maxtuple = self.maxset = 20
        self.maxstring = self.maxother = self.maxlong = MAX_VALUE

    def repr_str(self, x: str, level: int) -> str:
        # Before it is cut: half a secret would not be recognised.
        return super().repr_str(self._redactor.text(x[: 100 * MAX_VALUE]), level)

    def repr_bytes(self, x: bytes, level: int) -> str:
        text = x[: 100 * MAX_VALUE].decode("latin-1")
        return "b" + super().repr_str(self._redactor.text(text), level)

    def repr_dict(self, x: dict[object, object], level: int) -> str:
        if level <= 0:
            return "{...}" if x else "{}"
        pairs = []
        for number, (key, value) in enumerate(list(x.items())):
            if number == self.maxdict:
                pairs.append("...")
                break
            shown = MASK if is_secret(key) else self.repr1(value, level - 1)
            pairs.append(f"{self.repr1(key, level - 1)}: {shown}")
        return "{" + ", ".join(pairs) + "}"

    def repr_instance(self, x: object, level: int) -> str:
        try:
            text = repr(x)
        except Exception as error:
            return f"<{type(x).__name__}, whose repr raised {type(error).__name__}>"
        return _shortened(self._redactor.text(text))


def _shortened(text: str) -> str:
    half = MAX_VALUE // 2
    return text if len(text) <= MAX_VALUE else f"{text[:half]} ... {text[-half:]}"


def _texts(value: object, depth: int) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, bytes):
        yield value.decode("latin-1")
    elif depth and isinstance(value, Mapping):
        for item in list(value.values()):
            yield from _texts(item, depth - 1)
    elif depth and isinstance(value, list | tuple | set | frozenset):
        for item in value:
            yield from _texts(item, depth - 1)
