"""Errors of options have one root, and know the nearest name."""

from __future__ import annotations

import pytest

from zonda.options import (
    ConfigFileError,
    DefinitionError,
    Error,
    OptionValueError,
    UnknownOptionError,
)
from zonda.options.errors import nearest


@pytest.mark.parametrize(
    ("error", "also"),
    [
        (ConfigFileError, Exception),
        (DefinitionError, Exception),
        (OptionValueError, ValueError),
        (UnknownOptionError, AttributeError),
    ],
)
def test_one_root(error: type[Exception], also: type[Exception]) -> None:
    assert issubclass(error, Error)
    assert issubclass(error, also)


@pytest.mark.parametrize(
    ("name", "expected"), [("prot", "port"), ("log-fil-prefix", "log-file-prefix"), ("xyz", None)]
)
def test_nearest(name: str, expected: str | None) -> None:
    assert nearest(name, ["port", "log-file-prefix", "debug"]) == expected
