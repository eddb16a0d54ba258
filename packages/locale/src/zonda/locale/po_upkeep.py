"""Keeping a catalogue of gettext (``.po``) in step with the program, and compiling it."""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from .errors import LocaleError
from .extraction import Found, to_catalog
from .placeholders import misfit
from .problems import Problem
from .upkeep import Gap, Review, distinct, own_messages

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog, Message


class POTranslations:
    """The file ``LOCALE/LC_MESSAGES/domain.po``, which need not be there yet.

    :param code: of its locale
    """

    def __init__(self, path: str, code: str) -> None:
        self.path = path
        self.code = code

    def _read(self) -> Catalog | None:
        """The catalogue in the file, or ``None`` where there is no file.

        :raises LocaleError: when it is broken
        """
        from babel.messages.pofile import PoFileError, read_po

        try:
            with open(self.path, "rb") as file:
                return read_po(file, locale=self.code, abort_invalid=True)
        except FileNotFoundError:
            return None
        except PoFileError as error:
            raise LocaleError(f"line {error.lineno + 1}: {error.args[0]}") from error
        except (LookupError, TypeError, ValueError) as error:
            raise LocaleError(str(error)) from error

    def review(self, found: Sequence[Found]) -> Review:
        """Compare the catalogue with the messages of the program."""
        try:
            catalog = self._read() or to_catalog([], self.code)
        except LocaleError as error:
            return Review([Problem(0, str(error))], [], [])
        gaps: list[Gap] = []
        for item in distinct(found):
            reason = _lack(catalog.get(item.message, item.context or None), item)
            if reason is not None:
                gaps.append(Gap(item, reason))
        used = {(item.message, item.context) for item in (*found, *own_messages())}
        present = [(_singular(message), message.context or "") for message in catalog if message.id]
        return Review([], gaps, [name for name, context in present if (name, context) not in used])

    def update(self, found: Sequence[Found]) -> int:
        """Add the messages that are not there, and mark as obsolete those that are gone.

        :returns: the number of messages that were added
        :raises LocaleError: when the file is broken
        """
        catalog = self._read()
        template = to_catalog(found, self.code)
        if catalog is None:
            added = len(template)
            catalog = template
        else:
            added = sum(
                catalog.get(message.id, message.context) is None
                for message in template
                if message.id
            )
            catalog.update(template)
        self._write(catalog)
        return added

    def _write(self, catalog: Catalog) -> None:
        from babel.messages.pofile import write_po

        buffer = io.BytesIO()
        write_po(buffer, catalog)
        _replace(self.path, buffer.getvalue())

    def compile(self) -> str:
        """Write the ``.mo`` beside it, without the fuzzy translations; returns its path.

        :raises LocaleError: when the file is broken or not there
        """
        from babel.messages.mofile import write_mo

        catalog = self._read()
        if catalog is None:
            raise LocaleError("there is no such file")
        buffer = io.BytesIO()
        write_mo(buffer, catalog)
        target = self.path.removesuffix(".po") + ".mo"
        _replace(target, buffer.getvalue())
        return target


def _singular(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def _lack(message: Message | None, item: Found) -> str | None:
    """What a message of the program lacks in the catalogue."""
    if message is None:
        return "is not in the catalogue"
    string = message.string or ""
    texts = (string,) if isinstance(string, str) else tuple(string)
    if not all(texts):
        return "has no translation"
    if message.fuzzy:
        return "has a fuzzy translation"
    for text in texts:
        reason = misfit(text, *item.texts)
        if reason is not None:
            return f"has a translation that is not used: {reason}"
    return None


def _replace(path: str, data: bytes) -> None:
    """Write a file in one step, so that a reader sees the old one or the new one."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    temporary = f"{path}.new"
    with open(temporary, "wb") as file:
        file.write(data)
    os.replace(temporary, path)
