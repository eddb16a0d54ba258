"""What a command line can name, and what it is told otherwise."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.web import command_site
from zonda.web.app_target import load
from zonda.web.command_error import MISTAKE, CommandError

SITE = "tests.web.command_site"


@pytest.mark.parametrize("target", [f"{SITE}:app", SITE])
def test_an_application(target: str) -> None:
    assert load(target) is command_site.app


def test_a_function() -> None:
    assert load(f"{SITE}:make_app") is command_site.make_app
    assert load("builtins:dict") is dict
    assert load(f"{SITE}:lifetime") is command_site.lifetime


def test_a_module_in_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "site_of_a_test.py").write_text("def create_app(): ...")
    monkeypatch.setattr("sys.path", ["/nowhere"])
    monkeypatch.chdir(tmp_path)
    assert load("site_of_a_test").__name__ == "create_app"


@pytest.mark.parametrize(
    ("target", "told"),
    [
        ("no_such_module_here:app", "there is no module 'no_such_module_here'"),
        ("tests.no_such_module:app", "there is no module 'tests.no_such_module'"),
        ("no_such.module:app", "there is no module 'no_such.module'"),
        (f"{SITE}:make_ap", "has no 'make_ap'; did you mean 'make_app'?"),
        (f"{SITE}:zzz", "has no 'zzz'"),
        (f"{SITE}:number", "is of type int: neither an Application"),
        (f"{SITE}:Hello", f"{SITE}:Hello is a class that needs arguments (application, request)"),
        (f"{SITE}:Hello.get", "needs arguments (self): name a function without any"),
        ("tests.web", "has none of app, application"),
        ("", "must be like package.module:make_app"),
        ("a b", "must be like package.module:make_app"),
        ("./site/app.py:make_app", "; try site.app:make_app"),
        ("app.py", "; try app"),
    ],
)
def test_mistakes(target: str, told: str) -> None:
    with pytest.raises(CommandError) as raised:
        load(target)
    assert told in str(raised.value)
    assert "\n" not in str(raised.value)
    assert raised.value.status == MISTAKE


def test_errors_of_the_module_itself_are_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "failing_site_of_a_test.py").write_text("import no_such_module_at_all")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError, match="no_such_module_at_all"):
        load("failing_site_of_a_test:app")
