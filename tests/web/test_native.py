"""The compiled functions and the Python methods that they replace do the same."""

from __future__ import annotations

import inspect
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from zonda.escape import json_encode
from zonda.web import Application, RequestHandler, compiled, native

if compiled:
    from zonda.web._native import json_bytes
else:

    def json_bytes(value: object, /) -> bytes | None:
        return json_encode(value).encode("utf-8")


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


class Text(str):
    __slots__ = ()


class Number(int):
    pass


SCRIPT = st.lists(st.sampled_from(["<", "/", "!", "-", "--", "a", "\\", '"'])).map("".join)
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(exclude_categories=[]))
    | st.text()
    | SCRIPT
    | st.integers(-20, 20).map(lambda shift: 2**63 + shift)
    | st.integers(-20, 20).map(lambda shift: -(2**63) + shift)
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner)
        | st.lists(inner).map(tuple)
        | st.dictionaries(st.text() | SCRIPT, inner)
        | st.dictionaries(st.integers() | st.none() | st.booleans() | st.text(), inner)
    ),
)


@given(VALUES)
@example({"\ud800": "\U0001f600\x7f\x00\uffff"})
@example({"a": ["</script>", "<!--", "<!-", "<", "<</!--"]})
@example({"a": [1.0, 1e300, -0.0, 5e-324, 0.1, 1e16, float("inf"), float("nan")]})
@example({"a": "x" * 5000, "b": ["y" * 990] * 9})
def test_json_is_the_same_or_left_to_python(value: object) -> None:
    assert json_bytes(value) in (json_encode(value).encode("utf-8"), None)


@pytest.mark.parametrize(
    "value",
    [
        {"id": 42, "name": "zonda", "tags": ["wind", "warm", "dry"]},
        {"nested": {"a": [{"b": None}, True, False, -1, 2.5]}, "empty": [[], {}, ""]},
        {"text": "caf\xe9 \u20ac \U0001f600 </script> \x00", "number": 2**63 - 1},
    ],
)
def test_json_of_ordinary_values_is_made(value: object) -> None:
    assert json_bytes(value) == json_encode(value).encode("utf-8")


def test_other_values_are_left_to_python() -> None:
    circular: list[object] = []
    circular.append(circular)
    deep: object = 1
    for _ in range(1000):
        deep = [deep]
    others = [{1: 2}, {Text("a"): 1}, {"a": Text("b")}, {"a": Number(1)}, 2**63, float("nan")]
    if compiled:
        for value in (*others, circular, deep, {"a": object()}, {"a": {1}}, b"bytes"):
            assert json_bytes(value) is None
    for value in others:
        assert json_bytes(value) in (json_encode(value).encode("utf-8"), None)


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
