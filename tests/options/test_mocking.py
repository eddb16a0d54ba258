"""Options are changed for a test, and have their values back after it."""

from __future__ import annotations

from unittest import mock

import pytest

from zonda.options import OptionParser, OptionValueError


@pytest.fixture
def options() -> OptionParser:
    options = OptionParser()
    options.define("port", default=1)
    return options


def test_a_patch_is_undone(options: OptionParser) -> None:
    options.port = 2
    with mock.patch.object(options.mockable(), "port", 3):
        assert options.port == 3
    assert options.port == 2


def test_patches_nest(options: OptionParser) -> None:
    with mock.patch.object(options.mockable(), "port", 4):
        options.port = 5
        with mock.patch.object(options.mockable(), "port", 6):
            assert options.port == 6
        assert options.port == 5
    assert options.port == 1


def test_a_mockable_is_for_one_patch_of_a_name(options: OptionParser) -> None:
    mockable = options.mockable()
    mockable.port = 2
    with pytest.raises(RuntimeError, match="port is patched already"):
        mockable.port = 3


def test_the_type_is_checked(options: OptionParser) -> None:
    with pytest.raises(OptionValueError), mock.patch.object(options.mockable(), "port", "x"):
        pass
    assert options.port == 1
