"""A form is accepted from our own pages only."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.web.site import site
from zonda.web import RequestHandler, xsrf


class Form(RequestHandler):
    def get(self) -> None:
        token = self.xsrf_token.decode()
        self.write(self.xsrf_form_html() + token + " " + token)

    async def post(self) -> None:
        self.write("posted")

    put = patch = delete = post

    def get_current_user(self) -> object:
        return self.get_argument("user", None)


def test_copies_differ_and_are_all_valid() -> None:
    token = xsrf.new_token()
    copies = {xsrf.encode(token) for _ in range(20)}
    assert len(copies) == 20
    assert all(xsrf.check(token, copy) for copy in copies)
    assert xsrf.check(token, xsrf.encode(token, 1))
    assert not xsrf.check(token, xsrf.encode(xsrf.new_token()))
    assert not xsrf.check(None, xsrf.encode(token))
    with pytest.raises(ValueError, match="xsrf_cookie_version"):
        xsrf.encode(token, 3)


@given(st.text(max_size=60) | st.from_regex(r"2\|[0-9a-f]{0,10}\|[0-9a-f]{0,40}\|\d{0,20}"))
def test_any_text_is_a_token_or_none(text: str) -> None:
    token = xsrf.decode(text)
    assert token is None or xsrf.check(token, xsrf.encode(token))


@pytest.mark.parametrize("text", ["", "2|", "3|", "2|zz|zz|1", "a|b", "x" * 1000])
def test_texts_that_are_no_tokens(text: str) -> None:
    assert xsrf.decode(text) is None


def test_a_text_that_is_not_hexadecimal_is_a_token_itself() -> None:
    token = xsrf.decode("xoxo")
    assert xsrf.check(token, "xoxo")
    assert not xsrf.check(token, "xoxo2") and not xsrf.check(token, "")


async def test_a_form_with_its_token_is_accepted() -> None:
    async with site([("/", Form)], xsrf_cookies=True) as web:
        page = await web.fetch("/")
        cookie = page.headers["Set-Cookie"]
        assert "SameSite=Lax" in cookie
        assert "expires" not in cookie
        field, first, second = (
            page.body.decode().rsplit(" ", 1)[0],
            *page.body.decode().split()[-2:],
        )
        assert 'name="_xsrf"' in field
        assert second == first.rpartition(">")[2]
        other = (await web.fetch("/")).body.decode().split()[-1]
        assert other != second
        for token in (second, other):
            assert (await web.post("/", _xsrf=token)).body == b"posted"
            for header in ("X-XSRFToken", "X-CSRFToken"):
                received = await web.fetch("/", "DELETE", b"", **{header: token})
                assert received.body == b"posted"


async def test_a_user_keeps_the_token_longer() -> None:
    async with site([("/", Form)], xsrf_cookies=True) as web:
        assert "expires" in (await web.fetch("/?user=ada")).headers["Set-Cookie"]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
async def test_without_a_token_it_is_refused(method: str) -> None:
    async with site([("/", Form)], xsrf_cookies=True) as web:
        received = await web.fetch("/", method, b"", X_Requested_With="XMLHttpRequest")
        assert received.code == 403
        await web.fetch("/")
        assert (await web.fetch("/", method, b"")).code == 403
        foreign = xsrf.encode(xsrf.new_token())
        assert (await web.fetch("/", method, b"", X_XSRFToken=foreign)).code == 403


async def test_a_token_hidden_in_another_cookie_does_not_count() -> None:
    real, token = (xsrf.encode(xsrf.new_token()) for _ in range(2))
    async with site([("/", Form)], xsrf_cookies=True) as web:
        received = await web.fetch(
            "/", "POST", b"", Cookie=f'_xsrf={real}; ga="a;_xsrf={token}"', X_XSRFToken=token
        )
        assert received.code == 403


async def test_the_cookie_can_be_changed_by_settings() -> None:
    settings = {
        "xsrf_cookie_name": "__Host-x",
        "xsrf_cookie_kwargs": {"secure": True, "expires_days": 2},
    }
    async with site([("/", Form)], xsrf_cookies=True, **settings) as web:
        page = await web.fetch("/")
        assert page.headers["Set-Cookie"].startswith("__Host-x=2|")
        assert "Secure" in page.headers["Set-Cookie"]
        assert "expires" in page.headers["Set-Cookie"]
        assert (await web.post("/", _xsrf=page.body.decode().split()[-1])).code == 200


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, 200),
        ({"Sec_Fetch_Site": "same-origin"}, 200),
        ({"Sec_Fetch_Site": "none"}, 200),
        ({"Sec_Fetch_Site": "same-site"}, 403),
        ({"Sec_Fetch_Site": "cross-site"}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://["}, 403),
    ],
)
async def test_requests_of_other_sites_pages_are_refused(
    headers: dict[str, str], code: int
) -> None:
    async with site([("/", Form)], cross_origin_protection=True) as web:
        assert (await web.fetch("/", "POST", b"", **headers)).code == code
        assert (await web.fetch("/", **headers)).code == 200
        same = await web.fetch("/", "POST", b"", Origin=f"http://localhost:{web.port}")
        assert same.code == 200


@pytest.mark.parametrize("before", [1, 2])
@pytest.mark.parametrize("version", [1, 2])
async def test_the_cookie_has_the_version_of_the_setting(before: int, version: int) -> None:
    """WB-11: a cookie of another version is replaced, and what it vouched for stays valid."""
    token = xsrf.new_token()
    old = xsrf.encode(token, before)
    async with site([("/", Form)], xsrf_cookies=True, xsrf_cookie_version=version) as web:
        web.cookies["_xsrf"] = old
        page = await web.fetch("/")
        assert ("Set-Cookie" in page.headers) is (before != version)
        shown = page.body.decode().split()[-1]
        assert shown.startswith("2|") is (version == 2)
        assert web.cookies["_xsrf"].startswith("2|") is (version == 2)
        for copy in (shown, old, xsrf.encode(token, 1), xsrf.encode(token, 2)):
            assert (await web.post("/", _xsrf=copy)).body == b"posted"
        assert (await web.post("/", _xsrf=xsrf.encode(xsrf.new_token()))).code == 403
