"""Cookies that are set, read, signed and forgotten."""

from __future__ import annotations

import datetime
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest

from tests.web.site import site
from zonda.web import HTTPError, RequestHandler


class Cookies(RequestHandler):
    def get(self) -> None:
        value = self.get_cookie("a", "none")
        assert ("a" in self.cookies) is (value != "none")
        self.write(str(value))

    def post(self) -> None:
        self.set_cookie("a", "xy", domain="example.org", expires_days=1)
        self.set_cookie("b", b"1", max_age=60, httponly=True, secure=True, samesite="Strict")
        self.set_cookie("c", "2", Domain="example.org", Path="/c")
        self.set_cookie("a", "again")

    def delete(self) -> None:
        self.clear_all_cookies()


async def test_cookies_come_and_go() -> None:
    async with site([("/", Cookies)]) as web:
        assert (await web.fetch("/")).body == b"none"
        lines = (await web.fetch("/", "POST", b"")).headers.get_list("Set-Cookie")
        assert len(lines) == 3
        assert lines[0].startswith("b=1; ")
        assert all(word in lines[0] for word in ("Max-Age=60", "HttpOnly", "Secure"))
        assert "SameSite=Strict" in lines[0]
        assert "Domain=example.org" in lines[1]
        assert "Path=/c" in lines[1]
        # The last one of a name, with nothing of the others: RFC 6265 section 4.1.1.
        assert lines[2] == "a=again; Path=/"
        assert (await web.fetch("/")).body == b"again"
        cleared = (await web.fetch("/", "DELETE")).headers.get_list("Set-Cookie")
        assert len(cleared) == 3
        assert all("01 Jan 2000" in line for line in cleared)


async def test_cookies_are_kept_by_clear_and_by_error_pages() -> None:
    """Whoever deletes a cookie, and then refuses the request, means both."""

    class Refusing(RequestHandler):
        def get(self) -> None:
            self.set_header("X-Forgotten", "1")
            self.clear_cookie("login")
            raise HTTPError(403)

    async with site([("/", Refusing)]) as web:
        response = await web.fetch("/")
        assert response.code == 403
        assert "X-Forgotten" not in response.headers
        assert response.headers["Set-Cookie"].startswith('login=""; ')


async def test_an_attribute_is_named_in_errors_as_it_was_given() -> None:
    class Wrong(RequestHandler):
        def get(self) -> None:
            attributes: dict[str, dict[str, Any]] = {
                name: {name: "x;y"} for name in ("domain", "DoMaIn")
            }
            for name in attributes:
                with pytest.raises(ValueError, match=f"Invalid cookie attribute {name}="):
                    self.set_cookie("a", "b", **attributes[name])

    async with site([("/", Wrong)]) as web:
        assert (await web.fetch("/")).code == 200


@pytest.mark.parametrize(
    "arguments",
    [
        {"name": "a b"},
        {"name": "a;"},
        {"name": "a\r\n"},
        {"domain": "a; HttpOnly"},
        {"path": "/;x"},
        {"path": "/\n"},
        {"Path": "/;x"},
        {"Domain": "a;b"},
        {"samesite": "Lax; Secure"},
        {"max_age": "1; Domain=x"},
    ],
)
async def test_a_cookie_cannot_be_injected(arguments: dict[str, str]) -> None:
    class Inject(RequestHandler):
        def get(self) -> None:
            given: dict[str, object] = {"name": "a", "value": "b", **arguments}
            with pytest.raises((ValueError, TypeError)):
                self.set_cookie(**given)  # type: ignore[arg-type]  # wrong on purpose
            self.write("refused")

    async with site([("/", Inject)]) as web:
        received = await web.fetch("/")
        assert received.body == b"refused"
        assert "Set-Cookie" not in received.headers


SEPARATORS = [";", "\r", "\n", "\0", "\x01", "\x7f", " ", ","]


async def test_what_separates_has_no_place_in_a_cookie() -> None:
    """WB-05, WB-06: however the attribute is spelled."""
    places = {
        "name": "name",
        "value": "value",
        "path": "/path",
        "Path": "/path",
        "domain": "a.example",
        "Domain": "a.example",
        "samesite": "Lax",
        "SameSite": "Lax",
    }

    class Inject(RequestHandler):
        def get(self) -> None:
            for place, good in places.items():
                for bad in SEPARATORS:
                    if place == "value" and bad in ";,":
                        continue  # written as \073 and \054, which programs rely on
                    given: dict[str, object] = {"name": "n", "value": "v"}
                    given[place] = good[:1] + bad + good[1:]
                    with pytest.raises(ValueError):
                        self.set_cookie(**given)  # type: ignore[arg-type]  # wrong on purpose
            self.set_cookie("quoted", "a;b,c")
            self.write("refused")

    async with site([("/", Inject)]) as web:
        received = await web.fetch("/")
        assert received.body == b"refused"
        [line] = received.headers.get_list("Set-Cookie")
        assert line == 'quoted="a\\073b\\054c"; Path=/'


async def test_cookies_expire_by_the_clock_of_the_wall(monkeypatch: pytest.MonkeyPatch) -> None:
    """IO-07: the clock is set forward by years while the server runs."""

    class Later(datetime.datetime):
        @classmethod
        def now(cls, tz: datetime.tzinfo | None = None) -> Later:
            return cls(2090, 1, 1, tzinfo=tz)

    class Dated(RequestHandler):
        def get(self) -> None:
            self.set_cookie("a", "b", expires_days=1)

    clock = SimpleNamespace(datetime=Later, UTC=datetime.UTC, timedelta=datetime.timedelta)
    async with site([("/", Dated)]) as web:
        assert "2090" not in (await web.fetch("/")).headers["Set-Cookie"]
        monkeypatch.setattr("zonda.web.outgoing_cookies.datetime", clock)
        assert "expires=Mon, 02 Jan 2090" in (await web.fetch("/")).headers["Set-Cookie"]


async def test_an_unknown_attribute_is_named() -> None:
    class Unknown(RequestHandler):
        def get(self) -> None:
            with pytest.raises(TypeError, match="sequre"):
                self.set_cookie("a", "b", sequre=True)
            self.write("named")

    async with site([("/", Unknown)]) as web:
        assert (await web.fetch("/")).body == b"named"


class Signed(RequestHandler):
    def get(self) -> None:
        user = self.get_signed_cookie("user")
        version = self.get_signed_cookie_key_version("user")
        self.write(f"{user!r} {version}")

    def post(self) -> None:
        self.set_signed_cookie("user", "ada")


async def test_signed_cookies() -> None:
    async with site([("/", Signed)], cookie_secret="secret") as web:
        assert (await web.fetch("/")).body == b"None None"
        line = (await web.fetch("/", "POST", b"")).headers["Set-Cookie"]
        assert "HttpOnly" in line
        assert "SameSite=Lax" in line
        assert (await web.fetch("/")).body == b"b'ada' 0"
        web.cookies["user"] = web.cookies["user"][:-1]
        assert (await web.fetch("/")).body == b"None 0"


async def test_signed_cookies_with_several_keys() -> None:
    settings = {"cookie_secret": {1: "old", 2: "new"}, "key_version": 2}
    async with site([("/", Signed)], **settings) as web:
        await web.fetch("/", "POST", b"")
        assert (await web.fetch("/")).body == b"b'ada' 2"


async def test_cookies_are_cleared_with_the_attributes_they_were_set_with() -> None:
    class Clearing(RequestHandler):
        def get(self) -> None:
            self.clear_cookie("a", path="/x", domain="example.org", secure=True, samesite="None")
            for attribute in ("expires", "expires_days", "max_age"):
                with pytest.raises(TypeError, match=attribute):
                    self.clear_cookie("a", **{attribute: 1})  # type: ignore[arg-type]  # wrong

    async with site([("/", Clearing)]) as web:
        line = (await web.fetch("/")).headers["Set-Cookie"]
        for part in ('a="";', "Path=/x", "Domain=example.org", "Secure", "SameSite=None"):
            assert part in line


async def test_signed_cookies_are_out_of_the_reach_of_scripts_unless_told_otherwise() -> None:
    class Signing(RequestHandler):
        def get(self) -> None:
            self.set_signed_cookie("a", "b")
            self.set_signed_cookie("c", "d", httponly=False, samesite="Strict")

    class Own(Signing):
        kept: ClassVar[dict[str, str | bytes]] = {}

        def set_cookie(self, name: str, value: str | bytes, **kwargs: object) -> None:  # type: ignore[override]  # old programs name less
            self.kept[name] = value

    async with site([("/", Signing), ("/own", Own)], cookie_secret="secret") as web:
        first, second = (await web.fetch("/")).headers.get_list("Set-Cookie")
        assert "HttpOnly" in first and "SameSite=Lax" in first
        assert "HttpOnly" not in second and "SameSite=Strict" in second
        assert "Set-Cookie" not in (await web.fetch("/own")).headers
        assert set(Own.kept) == {"a", "c"}
