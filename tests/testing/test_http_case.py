"""Test cases with a server."""

from __future__ import annotations

import json
import unittest
from typing import Any

import pytest

from tests.testing.cases import problem
from tests.testing.site import make_app
from zonda.http import HTTPServerConnectionDelegate
from zonda.httpclient import HTTPClientError
from zonda.testing import AsyncHTTPSTestCase, AsyncHTTPTestCase


class PlainTest(AsyncHTTPTestCase):
    """A server without TLS."""

    def get_app(self) -> HTTPServerConnectionDelegate:
        return make_app()

    def get_httpserver_options(self) -> dict[str, Any]:
        return {"max_body_size": 10}

    def test_fetch(self) -> None:
        response = self.fetch("/echo?a=1")
        self.assertEqual(json.loads(response.body)["arguments"], {"a": ["1"]})

    def test_a_whole_url(self) -> None:
        self.assertEqual(self.fetch(self.get_url("/counter")).body, b"1")
        self.assertTrue(self.get_url("/x").endswith(f":{self.get_http_port()}/x"))

    def test_errors_are_answers(self) -> None:
        self.assertEqual(self.fetch("/nothing").code, 404)
        with self.assertRaises(HTTPClientError):
            self.fetch("/nothing", raise_error=True)

    def test_options_of_the_server(self) -> None:
        self.assertEqual(self.fetch("/echo", method="POST", body="x" * 11).code, 413)

    async def test_in_a_coroutine(self) -> None:
        response = await self.http_client.fetch(self.get_url("/counter"))
        self.assertEqual(response.body, b"1")


class SecureTest(AsyncHTTPSTestCase):
    """A server with TLS."""

    def get_app(self) -> HTTPServerConnectionDelegate:
        return make_app()

    def test_fetch(self) -> None:
        self.assertEqual(json.loads(self.fetch("/echo").body)["protocol"], "https")

    async def test_in_a_coroutine(self) -> None:
        response = await self.http_client.fetch(self.get_url("/counter"))
        self.assertEqual(response.body, b"1")


def test_get_app_must_be_there() -> None:
    class Case(AsyncHTTPTestCase):
        def test(self) -> None:
            """Never gets here."""

    assert "Case must define get_app()" in problem(Case)


@pytest.mark.parametrize("case", [PlainTest, SecureTest])
def test_unittest_runs_them_too(case: type[AsyncHTTPTestCase]) -> None:
    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(case).run(result)
    assert result.wasSuccessful()
    assert result.testsRun >= 2
