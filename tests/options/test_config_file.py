"""Configuration files of Python and TOML."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zonda.options import ConfigFileError
from zonda.options.config_file import read_python, read_toml


def write(path: Path, content: str | bytes) -> str:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return str(path)


def test_the_variables_of_a_python_file(tmp_path: Path) -> None:
    path = write(tmp_path / "app.conf", "import os\nname = '李康'\nhere = __file__\nn = 1 + 1\n")
    variables = read_python(path)
    assert (variables["name"], variables["here"], variables["n"]) == ("李康", path, 2)


def test_the_path_of_a_file_is_absolute_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "app.conf", "here = __file__")
    assert read_python("app.conf")["here"] == str(tmp_path / "app.conf")


def test_a_mark_at_the_start_does_not_matter(tmp_path: Path) -> None:
    assert read_python(write(tmp_path / "a", b"\xef\xbb\xbfx = 1"))["x"] == 1
    assert read_toml(write(tmp_path / "b", b"\xef\xbb\xbfx = 1")) == {"x": 1}


def test_python_files_have_the_python_of_the_interpreter(tmp_path: Path) -> None:
    variables = read_python(write(tmp_path / "a", "def f(x: int) -> None: ...\n"))
    assert variables["f"].__annotations__["x"] is int


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("x = 1\ny = (\n", "line 2: "),
        ("x = 1\n\ny = missing\n", "line 3: NameError: name 'missing'"),
        ("def f():\n    return 1 / 0\nx = f()", "line 2: ZeroDivisionError"),
        ("import json\njson.loads('{')", "line 2: JSONDecodeError"),
        ("exec('x = (')", "<string>, line 1: "),
        ("x = 1\0", ": "),
        (b"x = '\xff'", "has to be UTF-8"),
        ("raise KeyError", "line 1: KeyError"),
    ],
)
def test_a_python_file_that_fails(tmp_path: Path, content: str | bytes, reason: str) -> None:
    path = write(tmp_path / "app.conf", content)
    with pytest.raises(ConfigFileError) as caught:
        read_python(path)
    assert reason in str(caught.value)
    assert path in str(caught.value) or "<string>" in str(caught.value)


def test_the_keys_of_a_toml_file(tmp_path: Path) -> None:
    path = write(
        tmp_path / "app.toml", 'port = 80\nhosts = ["a"]\n[log]\nfile_prefix = "x"\n[a.b]\nc = 1\n'
    )
    assert read_toml(path) == {"port": 80, "hosts": ["a"], "log-file_prefix": "x", "a-b-c": 1}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("port = \n", "line 1"),
        ("a = 1\na = 2\n", "line 2"),
        (b"a = '\xff'", "has to be UTF-8"),
        ("a = " + "9" * 5000, "app.toml"),
        ("a = " + "[" * 100_000, "app.toml"),
        ("x" + ".x" * 50 + " = 1", "tables may be 10 deep"),
    ],
)
def test_a_toml_file_that_is_none(tmp_path: Path, content: str | bytes, reason: str) -> None:
    path = write(tmp_path / "app.toml", content)
    with pytest.raises(ConfigFileError) as caught:
        read_toml(path)
    assert path in str(caught.value) and reason in str(caught.value)


@pytest.mark.parametrize("read", [read_python, read_toml])
def test_a_file_that_is_not_there(tmp_path: Path, read: object) -> None:
    assert callable(read)
    with pytest.raises(FileNotFoundError):
        read(str(tmp_path / "missing"))


@given(st.binary(max_size=200) | st.text('[]{}="\n.a1#\\', max_size=100).map(str.encode))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_toml_file_has_keys_or_an_error(tmp_path: Path, content: bytes) -> None:
    path = write(tmp_path / "any.toml", content)
    try:
        assert all(isinstance(key, str) for key in read_toml(path))
    except ConfigFileError as error:
        assert path in str(error)
