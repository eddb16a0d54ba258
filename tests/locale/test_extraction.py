"""Messages are found in the files of a program."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from zonda.locale import LocaleError
from zonda.locale.extraction import Found, extract, source_files, to_catalog


@pytest.fixture
def program(tmp_path: Path) -> Path:
    (tmp_path / "templates").mkdir()
    (tmp_path / ".git").mkdir()
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "app.py").write_text(
        "\n".join(
            [
                "self.locale.translate('Sign in')",
                "# NOTE: on the button",
                "_('one file', '%(n)d files', n)",
                "lazy('right', context='law')",
                "lazy('a club', '%(n)d clubs', n, context='stick')",
                "locale.pgettext('law', 'left')",
                "locale.pgettext('stick', 'a stick', 'sticks', n)",
                "ngettext('x', 'xs', n); npgettext('c', 'y', 'ys', n); gettext('z')",
                "_(variable); _(f'{x}'); translate(table)",
                "mine('M')",
            ]
        )
    )
    (tmp_path / "templates" / "home.html").write_text('<p>{{ _("Sign in") }}</p>\n')
    (tmp_path / "templates" / "mail.jinja").write_text('{{ _("Mail") }}')
    for skipped in (tmp_path / ".git" / "x.py", tmp_path / "__pycache__" / "y.py"):
        skipped.write_text("_('skipped')")
    return tmp_path


def test_sources_are_python_files_and_templates(program: Path) -> None:
    names = [os.path.relpath(path, program) for path in source_files([str(program)], (".html",))]
    assert names == ["app.py", os.path.join("templates", "home.html")]


def test_a_path_with_nothing_there(program: Path) -> None:
    with pytest.raises(LocaleError, match="no file or directory nowhere"):
        extract(["nowhere"])


def test_all_kinds_of_calls(program: Path) -> None:
    path = str(program / "app.py")
    result = extract([path])
    assert result.problems == []
    assert result.found == [
        Found(path, 1, "Sign in", "", "", ()),
        Found(path, 3, "one file", "%(n)d files", "", ("NOTE: on the button",)),
        Found(path, 4, "right", "", "law", ()),
        Found(path, 5, "a club", "%(n)d clubs", "stick", ()),
        Found(path, 6, "left", "", "law", ()),
        Found(path, 7, "a stick", "sticks", "stick", ()),
        Found(path, 8, "x", "xs", "", ()),
        Found(path, 8, "y", "ys", "c", ()),
        Found(path, 8, "z", "", "", ()),
    ]
    assert result.found[0].texts == ("Sign in",)
    assert result.found[1].texts == ("one file", "%(n)d files")


def test_more_suffixes_and_functions(program: Path) -> None:
    texts = [item.message for item in extract([str(program)], (".jinja",), ["mine"]).found]
    assert "M" in texts and "Mail" in texts
    # A file that is named itself is a template whatever its suffix is.
    [item] = extract([str(program / "templates" / "mail.jinja")]).found
    assert (item.message, item.line) == ("Mail", 1)


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("bad.py", b"_('a'\n", "is not Python"),
        ("dedent.py", b"if x:\n        a\n    _('a')\n", "is not Python"),
        ("latin.html", "{{ _('ä') }}".encode("latin-1"), "cannot be read"),
        ("open.html", b"\n{{ _('a')", "line 2: {{ is not closed"),
    ],
)
def test_a_broken_file_is_named_and_the_others_are_read(
    program: Path, name: str, content: bytes, reason: str
) -> None:
    (program / name).write_bytes(content)
    result = extract([str(program)])
    [(path, problem)] = result.problems
    assert path == str(program / name)
    assert reason in str(problem)
    assert len(result.found) == 10


def test_a_catalogue_of_babel(program: Path) -> None:
    catalog = to_catalog(extract([str(program)]).found)
    message = catalog.get("Sign in")
    assert message is not None
    assert [line for _, line in message.locations] == [1, 1]
    plural = catalog.get(("one file", "%(n)d files"))
    assert plural is not None and plural.auto_comments == ["NOTE: on the button"]
    assert catalog.get("right", "law") is not None
    assert to_catalog([], "ru_RU").num_plurals == 3
