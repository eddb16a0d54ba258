"""What is tested does not restart the process that tests it."""

from __future__ import annotations

from tests.testing.cases import passes
from tests.testing.site import make_app
from zonda.http import HTTPServerConnectionDelegate
from zonda.httpserver import HTTPServer
from zonda.testing import AsyncHTTPTestCase
from zonda.testing.reloading import without_reload


def test_the_setting_is_off() -> None:
    app = make_app(debug=True, autoreload=True)
    assert without_reload(app) is app
    assert app.settings["autoreload"] is False


def test_other_delegates_are_left_alone() -> None:
    delegate = HTTPServer(lambda request: None).delegate
    assert without_reload(delegate) is delegate


def test_test_cases_do_not_watch() -> None:
    class Case(AsyncHTTPTestCase):
        def get_app(self) -> HTTPServerConnectionDelegate:
            return make_app(debug=True, autoreload=True)

        def test(self) -> None:
            self.assertEqual(self.fetch("/counter").body, b"1")

    assert passes(Case)
