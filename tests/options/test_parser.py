"""A set of options, and where their values come from."""

from __future__ import annotations

import copy
import io
import sys
from datetime import datetime, timedelta
from enum import Enum
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zonda.options import (
    ConfigFileError,
    DefinitionError,
    Error,
    OptionParser,
    OptionValueError,
    UnknownOptionError,
)


class Mode(Enum):
    FAST = "fast"
    SAFE = "safe"


@pytest.fixture
def options() -> OptionParser:
    options = OptionParser()
    options.define("port", default=80)
    options.define("log_name", type=str)
    options.define("debug", default=False)
    options.define("hosts", multiple=True)
    options.define("ids", type=int, multiple=True)
    options.define("start", type=datetime)
    options.define("wait", type=timedelta)
    options.define("mode", type=Mode)
    return options


@pytest.mark.parametrize(
    ("arguments", "name", "value"),
    [
        (["--port=443"], "port", 443),
        (["-port=443"], "port", 443),
        (["--port=1", "--port=2"], "port", 2),
        (["--log_name=x"], "log_name", "x"),
        (["--log-name=x=y"], "log_name", "x=y"),
        (["--log-name="], "log_name", ""),
        (["--debug"], "debug", True),
        (["--debug=off"], "debug", False),
        (["--hosts=a,b"], "hosts", ["a", "b"]),
        (["--ids=1,3,5:7"], "ids", [1, 3, 5, 6, 7]),
        (["--start=2013-04-28 05:16"], "start", datetime(2013, 4, 28, 5, 16)),
        (["--wait=1h 30m"], "wait", timedelta(minutes=90)),
        (["--mode=safe"], "mode", Mode.SAFE),
    ],
)
def test_the_command_line(
    options: OptionParser, arguments: list[str], name: str, value: object
) -> None:
    assert options.parse_command_line(["app.py", *arguments]) == []
    assert options[name] == value


@pytest.mark.parametrize(
    ("arguments", "rest"),
    [
        ([], []),
        (["--debug", "run", "--port=1"], ["run", "--port=1"]),
        (["--", "--port=1"], ["--port=1"]),
        (["--debug", "--", "-x"], ["-x"]),
        (["", "--port=1"], ["", "--port=1"]),
    ],
)
def test_options_end_at_the_first_argument(
    options: OptionParser, arguments: list[str], rest: list[str]
) -> None:
    assert options.parse_command_line(("app.py", *arguments)) == rest
    assert options.port == 80


def test_without_arguments_those_of_the_program_count(
    options: OptionParser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["app.py", "--port=5"])
    options.parse_command_line()
    assert options.port == 5


@pytest.mark.parametrize(
    ("argument", "error", "reason"),
    [
        ("--prot=1", UnknownOptionError, "option '--prot=1'; did you mean --port[?]"),
        ("--log_nam=1", UnknownOptionError, "did you mean --log-name[?]"),
        ("--zzz", UnknownOptionError, "option '--zzz'$"),
        ("-", UnknownOptionError, "option '-'"),
        ("--port", OptionValueError, "'port' requires a value: --port=..."),
        ("--port=x", OptionValueError, "'port' cannot be 'x': it has to be a whole number"),
        ("--debug=maybe", OptionValueError, "true or false"),
        ("--wait=5 parsecs", OptionValueError, "no unit 'parsecs'"),
        ("--start=then", OptionValueError, "such as 2011-03-11 14:05"),
        ("--mode=slow", OptionValueError, "one of fast, safe"),
        ("--ids=1:9999999999", OptionValueError, "at most"),
    ],
)
def test_a_wrong_argument(
    options: OptionParser, argument: str, error: type[Error], reason: str
) -> None:
    with pytest.raises(error, match=reason):
        options.parse_command_line(["app.py", argument])


@given(st.lists(st.text(max_size=12).map(lambda text: "--" + text) | st.text(max_size=12)))
def test_any_command_line_is_parsed_or_an_error(arguments: list[str]) -> None:
    options = OptionParser()
    options.define("a", type=int)
    options.define("b", type=timedelta, multiple=True)
    options.define("c", type=bool)
    try:
        rest = options.parse_command_line(["app.py", *arguments])
    except Error as error:
        assert str(error)
    else:
        assert rest == arguments[len(arguments) - len(rest) :]


@given(st.sampled_from(["a", "b", "c", "d", "e"]), st.text(max_size=30))
def test_any_value_is_parsed_or_an_error(name: str, text: str) -> None:
    options = OptionParser()
    for each, kind in zip("abcde", (int, float, datetime, timedelta, Mode), strict=True):
        options.define(each, type=kind, multiple=each in "abd")
    try:
        options.parse_command_line(["app.py", f"--{name}={text}"])
    except OptionValueError as error:
        assert str(error).startswith(f"Option '{name}' cannot be ")


@pytest.mark.parametrize("defined", ["foo-bar", "foo_bar"])
@pytest.mark.parametrize("used", ["foo-bar", "foo_bar"])
def test_dashes_and_underscores_are_the_same(defined: str, used: str) -> None:
    options = OptionParser()
    options.define(defined)
    options.parse_command_line(["app.py", f"--{used}=a"])
    assert options.foo_bar == options[used] == "a"
    options[used] = "b"
    assert used in options and options.foo_bar == "b"
    assert list(options) == ["help", defined]
    with pytest.raises(DefinitionError, match=r"'foo-bar' already defined in .*test_parser\.py"):
        options.define(used)


@pytest.mark.parametrize("name", ["", "-x", "_x", "a b", "a=b", "a\n"])
def test_a_name_that_cannot_be_written(name: str) -> None:
    with pytest.raises(DefinitionError, match="cannot be the name"):
        OptionParser().define(name)


def test_what_is_no_type() -> None:
    with pytest.raises(DefinitionError, match="type of option 'x' must be a class or a function"):
        OptionParser().define("x", type=5)  # type: ignore[arg-type]


def test_help_is_taken() -> None:
    with pytest.raises(DefinitionError, match=r"'help' already defined$"):
        OptionParser().define("help")


@pytest.mark.parametrize(
    ("definition", "text", "value"),
    [
        ({}, "5", "5"),
        ({"default": 1}, "5", 5),
        ({"default": 1.0}, "5", 5.0),
        ({"default": True}, "no", False),
        ({"default": "x"}, "5", "5"),
        ({"default": timedelta(1)}, "5s", timedelta(seconds=5)),
        ({"default": [1]}, "5:6", [5, 6]),
        ({"default": []}, "5", ["5"]),
        ({"default": 1, "multiple": True}, "5", ["5"]),
        ({"type": list}, "5,6", ["5", "6"]),
        ({"type": list[int]}, "5,6", [5, 6]),
        ({"type": int, "multiple": True}, "5,6", [5, 6]),
        ({"type": Path}, "/x", Path("/x")),
        ({"type": lambda text: text * 2}, "ab", "abab"),
    ],
)
def test_the_type_of_an_option(definition: dict[str, Any], text: str, value: object) -> None:
    options = OptionParser()
    options.define("x", **definition)
    options.parse_command_line(["app.py", f"--x={text}"])
    assert options.x == value


def test_a_callback_may_read_a_file(tmp_path: Path) -> None:
    file = tmp_path / "app.conf"
    file.write_text("port = 1\nname = 'file'")
    options = OptionParser()
    options.define("port", default=0)
    options.define("name", default="")
    options.define("config", callback=lambda path: options.parse_config_file(path, final=False))
    options.parse_command_line(["app.py", "--name=before", f"--config={file}", "--port=2"])
    assert (options.port, options.name) == (2, "file")


def test_attributes_and_items(options: OptionParser) -> None:
    options.port = 1
    assert options["port"] == 1
    options["port"] = 2
    assert options.port == 2
    with pytest.raises(OptionValueError, match="required to be int, not str"):
        options.port = "3"
    with pytest.raises(AttributeError, match=r"'prot'; did you mean port\?"):
        print(options.prot)
    with pytest.raises(AttributeError, match=r"'prot'; did you mean port\?"):
        options["prot"] = 1
    with pytest.raises(AttributeError, match="did you mean log_name"):
        options.log_nam = 1
    assert not hasattr(options, "zzz")
    assert "log-name" in options and "zzz" not in options


def test_a_copy_has_the_same_options(options: OptionParser) -> None:
    assert copy.copy(options).port == 80


def test_names_and_values(options: OptionParser) -> None:
    small = OptionParser()
    small.define("a", default=1)
    small.define("b-c", default=2)
    assert small.items() == [("help", None), ("a", 1), ("b-c", 2)]
    assert small.as_dict() == {"help": None, "a": 1, "b-c": 2}


def test_groups(options: OptionParser) -> None:
    options.define("template_path", group="application", default="t")
    options.define("static-path", group="application")
    assert options.groups() == {"", __file__, "application"}
    assert options.group_dict("application") == {"template_path": "t", "static-path": None}
    assert options.group_dict("") == options.as_dict()
    assert options.group_dict("nothing") == {}


def test_help_is_printed_and_ends_the_program(
    options: OptionParser, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        options.parse_command_line(["app.py", "--help"])
    assert caught.value.code == 0
    output = capsys.readouterr()
    assert output.out == "" and "--log-name=TEXT" in output.err
    options.parse_command_line(["app.py", "--help=no"])
    file = io.StringIO()
    options.print_help(file)
    assert file.getvalue() == output.err


@pytest.mark.parametrize("how", ["command line", "file", "environment"])
def test_callbacks_run_after_the_final_parse(
    options: OptionParser, tmp_path: Path, how: str
) -> None:
    (tmp_path / "app.conf").write_text("")
    calls: list[int] = []
    options.add_parse_callback(lambda: calls.append(options.port))

    def parse(final: bool) -> None:
        if how == "file":
            options.parse_config_file(tmp_path / "app.conf", final=final)
        elif how == "environment":
            options.parse_environment("APP_", {}, final)
        else:
            options.parse_command_line(["app.py"], final)

    parse(False)
    assert calls == []
    parse(True)
    options.port = 5
    parse(True)
    assert calls == [80, 5]


def test_a_python_file(options: OptionParser, tmp_path: Path) -> None:
    file = tmp_path / "app.conf"
    file.write_text(
        "from datetime import timedelta\nhelper = 5\nhelp = True\nport = helper * 2\n"
        "log_name = __file__\nids = '1:3'\nhosts = ['a', 'b']\nwait = timedelta(1)\n"
    )
    options.parse_config_file(str(file))
    assert options.port == 10
    assert options.log_name == str(file)
    assert options.ids == [1, 2, 3]
    assert options.hosts == ["a", "b"]
    assert options.wait == timedelta(1)


def test_a_toml_file(options: OptionParser, tmp_path: Path) -> None:
    file = tmp_path / "app.toml"
    file.write_text(
        'port = 10\nids = [1, "5:6"]\nhosts = "a,b"\nwait = "90s"\nstart = 2011-03-11\n'
        'mode = "fast"\nhelp = true\n[log]\nname = "x"\n'
    )
    options.parse_config_file(file)
    assert options.as_dict() == {
        "help": None,
        "port": 10,
        "log_name": "x",
        "debug": False,
        "hosts": ["a", "b"],
        "ids": [1, 5, 6],
        "start": datetime(2011, 3, 11),
        "wait": timedelta(seconds=90),
        "mode": Mode.FAST,
    }


@pytest.mark.parametrize(
    ("name", "content", "error", "reason"),
    [
        ("app.conf", "port = 'x'", OptionValueError, "app.conf: Option 'port' cannot be 'x'"),
        ("app.conf", "hosts = 5", OptionValueError, "app.conf: .* list of str"),
        ("app.conf", "port = ", ConfigFileError, "app.conf, line 1"),
        ("app.toml", "port = true", OptionValueError, "app.toml: .* int, not bool"),
        ("app.toml", "prot = 1", UnknownOptionError, "app.toml: .*'prot'; did you mean port[?]"),
        ("app.toml", "[log]\nnam = 1", UnknownOptionError, "did you mean log_name[?]"),
    ],
)
def test_a_wrong_file(
    options: OptionParser,
    tmp_path: Path,
    name: str,
    content: str,
    error: type[Error],
    reason: str,
) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(error, match=reason):
        options.parse_config_file(tmp_path / name)


def test_the_environment(options: OptionParser, monkeypatch: pytest.MonkeyPatch) -> None:
    options.parse_environment(
        "APP_", {"APP_LOG_NAME": "x", "APP_HELP": "1", "APP_OTHER": "1", "PORT": "5"}
    )
    assert (options.log_name, options.port) == ("x", 80)
    monkeypatch.setenv("APP_PORT", "7")
    options.parse_environment("APP_")
    assert options.port == 7
    with pytest.raises(OptionValueError, match="APP_PORT: Option 'port' cannot be 'x'"):
        options.parse_environment("APP_", {"APP_PORT": "x"})
    with pytest.raises(ValueError, match="need a prefix"):
        options.parse_environment("")
