"""Messages that are translated when they are shown, not where they are written.

A form or a table of errors is made when its module is imported, before there is a reader with a
language.  ``lazy("Sign in")`` stands for the message until then.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

from .locales import Locale, get

_in_use: ContextVar[Locale | None] = ContextVar("zonda.locale", default=None)


def current_locale() -> Locale:
    """The locale that :func:`use_locale` chose here, or the default locale."""
    return _in_use.get() or get()


@contextmanager
def use_locale(locale: Locale) -> Iterator[Locale]:
    """Show lazy strings in this locale, within the ``with`` block and the tasks started in it."""
    token = _in_use.set(locale)
    try:
        yield locale
    finally:
        _in_use.reset(token)


class LazyString:
    """A message that is translated whenever it is made into a string.

    ``str(message)`` is in the locale of :func:`use_locale`; ``locale.translate(message)`` and
    ``message.translate(locale)`` are in that locale.  ``message % values`` stays lazy.
    """

    __slots__ = ("_arguments", "_context", "_values")

    def __init__(
        self,
        arguments: tuple[str, str | None, int | None],
        context: str | None = None,
        values: Mapping[str, object] | None = None,
    ) -> None:
        self._arguments = arguments
        self._context = context
        self._values = values

    def translate(self, locale: Locale) -> str:
        """The text in a locale."""
        if self._context is None:
            text = locale.translate(*self._arguments)
        else:
            text = locale.pgettext(self._context, *self._arguments)
        return text if self._values is None else text % self._values

    def __mod__(self, values: Mapping[str, object]) -> LazyString:
        return LazyString(self._arguments, self._context, values)

    def __str__(self) -> str:
        return self.translate(current_locale())

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)

    def __repr__(self) -> str:
        return f"<LazyString {self._arguments[0]!r}>"


def lazy(
    message: str,
    plural_message: str | None = None,
    count: int | None = None,
    *,
    context: str | None = None,
) -> LazyString:
    """A message that is translated when it is shown.

    :param plural_message: the message for any number but one; ``count`` is needed then
    :param context: as the first argument of :meth:`Locale.pgettext`

    >>> from zonda.locale import get, lazy
    >>> title = lazy("Welcome, %(name)s") % {"name": "Ada"}
    >>> str(title)
    'Welcome, Ada'
    """
    if plural_message is not None and count is None:
        raise TypeError("a plural message needs a count")
    return LazyString((message, plural_message, count), context)
