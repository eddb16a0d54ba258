"""What --help prints."""

from __future__ import annotations

from zonda.options.help_text import WIDTH, help_text
from zonda.options.option import Option


def test_the_help_text() -> None:
    options = [
        Option("port", default=8888, type=int, help="to listen on", group_name="b"),
        Option("hosts", multiple=True, default=["a", "b"], group_name="b"),
        Option("debug", type=bool, group_name="b"),
        Option("name", default="", help="of the server", metavar="NAME", group_name="x/../a"),
        Option("help", type=bool, help="show this"),
    ]
    assert help_text("app.py", options).splitlines() == [
        "Usage: app.py [OPTIONS]",
        "",
        "Options:",
        "",
        "  --help                           show this",
        "",
        "b options:",
        "",
        "  --debug",
        "  --hosts=TEXT,...                 (default a,b)",
        "  --port=INTEGER                   to listen on (default 8888)",
        "",
        "a options:",
        "",
        "  --name=NAME                      of the server",
    ]


def test_long_names_and_texts_are_wrapped() -> None:
    option = Option("a_name_that_is_rather_long_for_an_option", help="word " * 40)
    lines = help_text("app.py", [option]).splitlines()
    assert lines[4] == "  --a-name-that-is-rather-long-for-an-option=TEXT"
    assert len(lines) > 8
    assert all(len(line) <= WIDTH for line in lines)
    assert all(line.startswith(" " * 35 + "word") for line in lines[5:])
