"""Strangers are sent to the login page, readers by a redirect, others by 403."""

from __future__ import annotations

import pytest

from tests.web.site import site
from zonda.web import RequestHandler, SettingError, authenticated


class Private(RequestHandler):
    def get_current_user(self) -> object:
        return self.get_argument("user", None)

    @authenticated
    async def get(self) -> None:
        self.write(f"{self.current_user}")

    @authenticated
    def post(self) -> None:
        self.write("posted")


@pytest.mark.parametrize(
    ("login_url", "location"),
    [
        ("/login", "/login?next=%2Fp%3Fx%3D1"),
        ("/login?next=/", "/login?next=/"),
        (
            "https://id.example/",
            "https://id.example/?next=http%3A%2F%2Flocalhost%3A{port}%2Fp%3Fx%3D1",
        ),
    ],
)
async def test_strangers(login_url: str, location: str) -> None:
    async with site([("/p", Private)], login_url=login_url) as web:
        received = await web.fetch("/p?x=1")
        assert received.code == 302
        assert received.headers["Location"] == location.format(port=web.port)
        assert (await web.fetch("/p", "POST", b"")).code == 403


async def test_users() -> None:
    async with site([("/p", Private)], login_url="/login") as web:
        assert (await web.fetch("/p?user=ada")).body == b"ada"
        assert (await web.fetch("/p?user=ada", "POST", b"")).body == b"posted"


async def test_without_a_login_url_the_setting_is_named(caplog: pytest.LogCaptureFixture) -> None:
    async with site([("/p", Private)]) as web:
        assert (await web.fetch("/p")).code == 500
    assert "login_url" in caplog.text
    assert issubclass(SettingError, KeyError)


async def test_prepare_may_set_the_user() -> None:
    class Prepared(RequestHandler):
        async def prepare(self) -> None:
            self.current_user = "set"

        @authenticated
        def get(self) -> None:
            self.write(str(self.current_user))

    async with site([("/", Prepared)]) as web:
        assert (await web.fetch("/")).body == b"set"
