"""The compiled functions and the Python methods that they replace do the same."""

from __future__ import annotations

import inspect
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from zonda.web import Application, RequestHandler, compiled, native

ROOT = Path(__file__).parents[2]


def seen(*, pure: bool) -> list[str]:
    """What clients of `tests.web.every_kind_of_handler` see, and what its log says."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.web.every_kind_of_handler"],
        cwd=ROOT,
        env={**os.environ, "ZONDA_PURE": "1" if pure else ""},
        capture_output=True,
        text=True,
        timeout=50,
    )
    assert done.returncode == 0, done.stderr
    # Functions in C are no part of a traceback, and Python's own words differ for those.
    lines = [line for line in done.stdout.splitlines() if not line.startswith(" ")]
    return [re.sub(r"[0-9.]+ms|0x[0-9a-f]+", "", line) for line in lines]


def test_clients_and_the_log_see_the_same() -> None:
    *expected, said = seen(pure=True)
    assert said == "pure"
    *found, said = seen(pure=False)
    assert said == ("compiled" if compiled else "pure")
    assert found == expected
    text = "\n".join(expected)
    for word in ("200 OK", "304 Not", "404 Not", "405 Method", "500 Internal", "on_finish"):
        assert word in text


@pytest.mark.parametrize(
    ("method", "names"),
    [
        (RequestHandler.write, ["self", "chunk"]),
        (RequestHandler.finish, ["self", "chunk"]),
        (RequestHandler.set_header, ["self", "name", "value"]),
        (Application.start_request, ["self", "server_conn", "request_conn"]),
    ],
)
def test_methods_say_their_arguments(method: object, names: list[str]) -> None:
    assert callable(method)
    assert list(inspect.signature(method).parameters) == names
    assert inspect.getdoc(method)


def test_compiled_says_whether_there_is_a_compiled_module() -> None:
    directory = Path(native.__file__).parent
    found = list(directory.glob("_native*.so")) + list(directory.glob("_native*.pyd"))
    assert compiled == bool(found and not os.environ.get("ZONDA_PURE"))
