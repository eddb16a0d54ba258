"""Decorators for verbs."""

from __future__ import annotations

import asyncio

import pytest

from tests.web.site import site
from zonda.web import RequestHandler, addslash, asynchronous, removeslash


class Add(RequestHandler):
    @addslash
    def get(self) -> None:
        self.write("with")

    post = get


class Remove(RequestHandler):
    @removeslash
    def get(self) -> None:
        self.write("without")


@pytest.mark.parametrize(
    ("path", "location"),
    [
        ("/add?x=1", "/add/?x=1"),
        ("/remove/", "/remove"),
        ("/remove/?a", "/remove?a"),
        ("//add", "/add/"),
        ("//remove/", "/remove"),
    ],
)
async def test_slashes(path: str, location: str) -> None:
    async with site([("/+add/?", Add), ("/+remove/*", Remove)]) as web:
        received = await web.fetch(path)
        assert (received.code, received.headers["Location"]) == (301, location)
        assert (await web.fetch("/add/")).body == b"with"
        assert (await web.fetch("/remove")).body == b"without"
        assert (await web.fetch("/add", "POST", b"")).code == 404


async def test_an_asynchronous_method_is_finished_by_a_callback() -> None:
    class Old(RequestHandler):
        @asynchronous
        def get(self) -> None:
            callback = self.async_callback(self._on_result, "first", fail=self.get_argument("f"))
            asyncio.get_running_loop().call_soon(callback, "second")

        def _on_result(self, first: str, second: str, fail: str) -> None:
            if fail == "1":
                raise RuntimeError("in a callback")
            self.write(f"{first} {second}")
            self.finish()

    async with site([("/", Old)]) as web:
        assert (await web.fetch("/?f=0")).body == b"first second"
        assert (await web.fetch("/?f=1")).code == 500
