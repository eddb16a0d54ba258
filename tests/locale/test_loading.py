"""Catalogues are found in a directory and loaded; broken files cost only themselves."""

from __future__ import annotations

from pathlib import Path

from zonda import locale

CATALOGUES = Path(__file__).parent / "catalogues"


def test_the_german_file_of_the_talk() -> None:
    locale.load_translations(CATALOGUES)
    assert "de_DE" in locale.get_supported_locales(None)
    german = locale.get("de_DE")
    assert isinstance(german, locale.CSVLocale)
    assert german.translate("Secure, Private Pasting") == "Sicheres Pasten"
    assert german.translate("Unclaimed Hostname") == (
        "Sie benutzen einen offenen Hostnamen.\nKlicken Sie heir für weitere Informationen."
    )
    assert german.translate("All Rights Reserved") == "Alle Rechte vorbehalten"
