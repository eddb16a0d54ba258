"""Reading a compiled catalogue of gettext, and refusing a broken one with one clear error.

The format is in the GNU gettext manual, "The Format of GNU MO Files".  The reader of the standard
library knows it, contexts and plural rules included; what it raises on damage is of many kinds.
"""

from __future__ import annotations

import struct
from gettext import GNUTranslations

from .errors import LocaleError

PROBED_COUNTS = range(201)
"""The numbers that a plural rule is tried with; the rules of all languages repeat after 100."""


def read_catalogue(path: str) -> GNUTranslations:
    """The translations of a ``.mo`` file.

    :raises LocaleError: when it cannot be read, is damaged, or has a plural rule that fails
    """
    try:
        with open(path, "rb") as file:
            catalogue = GNUTranslations(file)
        for count in PROBED_COUNTS:
            catalogue.ngettext("", "", count)
    except OSError as error:
        raise LocaleError(f"cannot be read ({error.strerror})") from error
    except (ArithmeticError, LookupError, struct.error, ValueError) as error:
        raise LocaleError(f"is damaged ({error})") from error
    return catalogue
