"""What debug mode stands for; that files are watched is tested where the watcher is installed."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from zonda.template import Loader
from zonda.web import Application, RequestHandler, SettingError, development
from zonda.web.development import set_defaults


@pytest.mark.parametrize("installed", [True, False])
def test_debug_stands_for_settings(monkeypatch: pytest.MonkeyPatch, installed: bool) -> None:
    monkeypatch.setattr(development, "is_installed", lambda: installed)
    settings: dict[str, object] = {"debug": True}
    set_defaults(settings)
    assert settings == {
        "debug": True,
        "serve_traceback": True,
        "compiled_template_cache": False,
        "static_hash_cache": False,
        "autoreload": installed,
    }


def test_each_of_them_can_be_otherwise() -> None:
    settings: dict[str, object] = {"debug": True, "serve_traceback": False, "autoreload": False}
    set_defaults(settings)
    assert settings["serve_traceback"] is settings["autoreload"] is False
    none: dict[str, object] = {}
    set_defaults(none)
    assert none == {}


def test_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(development, "is_installed", lambda: False)
    application = Application(autoreload=True)
    with pytest.raises(SettingError, match=r"zonda-web\[debug\]"):
        application.on_serve(None)


def test_pages_are_told_only_where_the_application_is_told_that_it_serves() -> None:
    application = Application(debug=True, autoreload=True)
    assert "live_reload" not in application.settings
    assert "/_zonda/live-reload" in application._table.static
    assert Application()._table.static == {}


def test_workers_do_not_reload(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(development, "task_id", lambda: 3)
    with caplog.at_level(logging.WARNING):
        Application(autoreload=True).on_serve(None)
    assert "one of several workers" in caplog.text


def test_a_loader_of_ones_own_reads_anew_in_debug_mode(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("old")
    application = Application(debug=True, autoreload=False, template_loader=Loader(tmp_path))
    assert page(application) == b"old"
    (tmp_path / "page.html").write_text("new")
    assert page(application) == b"new"


def page(application: Application) -> bytes:
    """The page, as a handler of *application* makes it."""
    from zonda.http import HTTPServerRequest

    request = HTTPServerRequest("GET", "/")
    return RequestHandler(application, request).render_string("page.html")
