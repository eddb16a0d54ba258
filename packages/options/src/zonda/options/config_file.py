"""Configuration files: Python, whose variables are the options, or TOML, whose keys are."""

from __future__ import annotations

import os
import traceback
from collections.abc import Mapping
from typing import Any

from .errors import ConfigFileError

TOML_SUFFIX = ".toml"

MAX_TABLE_DEPTH = 10
"""How deep tables may be in tables; no name of an option has so many parts."""


def read_python(path: str) -> dict[str, Any]:
    """Run a file of Python, and return its variables.

    In the file ``__file__`` is its own absolute path.

    :raises ConfigFileError: when the file raises anything, or is not Python
    :raises OSError: when it cannot be read
    """
    absolute = os.path.abspath(path)
    variables: dict[str, Any] = {"__file__": absolute}
    source = _text(path)
    try:
        exec(compile(source, absolute, "exec", dont_inherit=True), variables)
    except SyntaxError as error:
        # An error in what the file imports or runs is in another file.
        file = path if error.filename in (absolute, None) else error.filename
        where = f"{file}, line {error.lineno}" if error.lineno else file
        raise ConfigFileError(f"{where}: {error.msg}") from error
    except Exception as error:
        frames = traceback.extract_tb(error.__traceback__)
        line = next((f.lineno for f in reversed(frames) if f.filename == absolute), None)
        where = f"{path}, line {line}" if line else path
        raise ConfigFileError(f"{where}: {type(error).__name__}: {error}") from error
    return variables


def read_toml(path: str) -> dict[str, Any]:
    """The keys of a TOML file; those in a table ``[log]`` begin with ``log-``.

    :raises ConfigFileError: when the file is not TOML
    :raises OSError: when it cannot be read
    """
    import tomllib

    try:
        tables = tomllib.loads(_text(path))
    except (ValueError, RecursionError) as error:
        raise ConfigFileError(f"{path}: {error}") from error
    values: dict[str, Any] = {}
    _flatten(path, tables, (), values)
    return values


def _flatten(
    path: str, table: Mapping[str, Any], parents: tuple[str, ...], values: dict[str, Any]
) -> None:
    if len(parents) > MAX_TABLE_DEPTH:
        raise ConfigFileError(f"{path}: tables may be {MAX_TABLE_DEPTH} deep")
    for key, value in table.items():
        name = (*parents, key)
        if isinstance(value, dict):
            _flatten(path, value, name, values)
        else:
            values["-".join(name)] = value


def _text(path: str) -> str:
    with open(path, encoding="utf-8-sig", newline=None) as file:
        try:
            return file.read()
        except UnicodeDecodeError as error:
            raise ConfigFileError(f"{path}: it has to be UTF-8 ({error})") from error
