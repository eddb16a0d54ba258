"""What the check of a directory finds."""

from __future__ import annotations

from pathlib import Path

import pytest

from zonda.template.__main__ import main
from zonda.template.check import Problem, find_problems, names_in_code, template_names

FILES = {
    "base.html": "<h1>{{ titel }}</h1>\n{% block body %}{% end %}",
    "page.html": "{% extends base.html %}\n{% set page = 1 %}\n{% block body %}\n"
    "{% for user in users %}{{ user.name }}{{ page }}{% end %}{{ handler.x }}{{ _('x') }}{% end %}",
    "sub/bad.html": "\n\n{% if x %}",
    "sub/part.html": "{% include ../missing.html %}",
    ".hidden.html": "{{",
    ".git/config": "{{",
    "node_modules/a.html": "{{",
    "picture.png": "\x89PNG\0{{",
}


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, text in FILES.items():
        path = tmp_path / "templates" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (tmp_path / "app.py").write_text("self.render('page.html', title=1, **{'users': []})\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


SYNTAX = [
    Problem("templates/sub/bad.html", 3, "Missing {% end %} block for if", ""),
    Problem(
        "templates/sub/part.html",
        1,
        "cannot load '../missing.html': there is no template 'missing.html' in {root}",
        "",
    ),
]
IGNORED = Problem(
    "templates/page.html",
    4,
    "nothing defines the name 'page'",
    "page.html:2 sets it, but a template that extends another is only its blocks.",
)
MISSPELT = Problem(
    "templates/base.html", 1, "nothing defines the name 'titel'", "Did you mean 'title'?"
)


def expected(site: Path, *problems: Problem) -> list[Problem]:
    root = str(site / "templates")
    return sorted(
        problem._replace(message=problem.message.replace("{root}", root)) for problem in problems
    )


def test_text_files_that_are_not_hidden_are_templates(site: Path) -> None:
    assert template_names("templates") == [
        "base.html",
        "page.html",
        "sub/bad.html",
        "sub/part.html",
    ]


def test_without_a_program_only_what_is_sure_is_a_problem(site: Path) -> None:
    assert find_problems("templates") == expected(site, *SYNTAX, IGNORED)


def test_with_a_program_unknown_names_are_problems(site: Path) -> None:
    names = names_in_code(["app.py"])
    assert {"title", "users", "render"} <= names
    assert find_problems("templates", names) == expected(site, *SYNTAX, IGNORED, MISSPELT)
    assert find_problems("templates", names | {"titel"}) == expected(site, *SYNTAX, IGNORED)


@pytest.mark.parametrize(
    "code",
    ["f(name=1)", "{'name': 1}", "name = 1", "x.name", "def name(): pass", "def f(name): pass",
     "class name: pass", "import name", "import x as name", "from x import name", "print 'name'",
     "global name", "except X as name: pass", "lambda name: 1"],
)  # fmt: skip
def test_whatever_a_program_mentions_may_be_given(tmp_path: Path, code: str) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a.py").write_text(code)
    (tmp_path / "sub" / "a.txt").write_text("other")
    names = names_in_code([str(tmp_path)])
    assert "name" in names
    assert "other" not in names


def test_environments_are_not_the_program(tmp_path: Path) -> None:
    for directory, marker in (("env", "pyvenv.cfg"), ("site-packages", "x")):
        (tmp_path / directory).mkdir()
        (tmp_path / directory / marker).write_text("")
        (tmp_path / directory / "a.py").write_text("name = 1")
    assert names_in_code([str(tmp_path)]) == frozenset()


def test_names_that_a_template_binds_are_defined(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text(
        "{% set a = 1 %}{% import b %}{% for c, d in e %}{{ a }}{{ b }}{{ c }}{{ d }}{% end %}"
        "{{ [f for f in e] }}{{ (lambda g: g)(1) }}{% try %}{% except E as h %}{{ h }}{% end %}"
    )
    found = {problem.message for problem in find_problems(str(tmp_path), frozenset("x"))}
    assert found == {"nothing defines the name 'e'", "nothing defines the name 'E'"}


@pytest.mark.parametrize(
    ("arguments", "status", "lines"),
    [
        (["templates"], 1, 4),
        (["templates", "--name", "titel"], 1, 3),
        (["templates", "--code", "app.py", "--name", "titel"], 1, 3),
        (["templates", "--code", "empty"], 1, 3),
        (["empty"], 0, 0),
    ],
)
def test_the_command(
    site: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    status: int,
    lines: int,
) -> None:
    (site / "empty").mkdir()
    assert main(["check", *arguments]) == status
    output = capsys.readouterr()
    assert len(output.out.splitlines()) == lines
    count = 0 if arguments == ["empty"] else 4
    assert output.err == f"{count} templates, {lines} problems\n"
    if "--code" not in arguments and lines == 4:
        assert "templates/base.html:1: nothing defines the name 'titel' (Did you" in output.out


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["check"],
        ["check", "nothing"],
        ["check", "app.py"],
        ["check", "templates", "--code", "nothing"],
        ["other"],
    ],
)
def test_wrong_arguments(
    site: Path, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert "usage: python -m zonda.template" in capsys.readouterr().err
