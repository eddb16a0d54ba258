"""Without the extra everything that needs it says so, and nothing else does."""

from __future__ import annotations

import sys

import pytest

from zonda.locale import CLDR, MissingExtraError, get
from zonda.locale.babel_extra import require_babel
from zonda.locale.extraction import extract


@pytest.fixture
def no_babel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "babel", None)


@pytest.mark.usefixtures("no_babel")
@pytest.mark.parametrize(
    "use", [require_babel, lambda: CLDR("de"), lambda: get().cldr, lambda: extract([])]
)
def test_the_error_names_the_extra(use: object) -> None:
    assert callable(use)
    with pytest.raises(MissingExtraError, match=r"zonda-locale\[babel\]") as caught:
        use()
    assert isinstance(caught.value, ImportError)
    assert caught.value.name == "babel"


def test_with_the_extra_there_is_no_error() -> None:
    require_babel()
    assert get().cldr.code == "en_US"
