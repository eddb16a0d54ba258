"""The names are there, and are Zonda's."""

from __future__ import annotations

import importlib
import subprocess
import sys
import warnings

import pytest

import tornado
import tornado.web
import zonda.http
import zonda.httpclient
import zonda.httpserver
import zonda.ioloop
import zonda.iostream
import zonda.template
import zonda.testing
import zonda.web
import zonda.websocket
import zonda.wsgi

MODULES = [*tornado.__all__, "database", "platform.asyncio", "speedups", "stack_context"]


@pytest.mark.parametrize("name", MODULES)
def test_each_module_has_what_it_promises(name: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        module = importlib.import_module(f"tornado.{name}")
    assert module.__doc__
    for public in getattr(module, "__all__", ()):
        assert hasattr(module, public), public


@pytest.mark.parametrize(
    ("module", "name", "owner"),
    [
        ("web", "RequestHandler", zonda.web),
        ("web", "HTTPError", zonda.web),
        ("routing", "RuleRouter", zonda.web),
        ("httputil", "HTTPHeaders", zonda.http),
        ("httputil", "HTTPServerRequest", zonda.http),
        ("httpclient", "AsyncHTTPClient", zonda.httpclient),
        ("ioloop", "IOLoop", zonda.ioloop),
        ("iostream", "IOStream", zonda.iostream),
        ("tcpserver", "TCPServer", zonda.iostream),
        ("template", "Loader", zonda.template),
        ("websocket", "WebSocketHandler", zonda.websocket),
    ],
)
def test_a_class_is_the_same_under_both_names(module: str, name: str, owner: object) -> None:
    assert getattr(importlib.import_module(f"tornado.{module}"), name) is getattr(owner, name)


@pytest.mark.parametrize(
    ("module", "name", "owner"),
    [
        ("web", "Application", zonda.web),
        ("httpserver", "HTTPServer", zonda.httpserver),
        ("testing", "AsyncHTTPTestCase", zonda.testing),
        ("testing", "AsyncHTTPSTestCase", zonda.testing),
        ("testing", "AsyncTestCase", zonda.testing),
        ("wsgi", "WSGIContainer", zonda.wsgi),
        ("curl_httpclient", "CurlAsyncHTTPClient", zonda.httpclient),
    ],
)
def test_a_class_that_behaves_in_another_way_is_still_one_of_them(
    module: str, name: str, owner: object
) -> None:
    ours = getattr(importlib.import_module(f"tornado.{module}"), name)
    assert issubclass(ours, getattr(owner, name))


def test_modules_are_imported_when_they_are_asked_for() -> None:
    code = (
        "import sys, tornado; assert 'tornado.web' not in sys.modules; "
        "tornado.web.RequestHandler; assert 'tornado.web' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_an_unknown_module_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'tornato'"):
        tornado.tornato  # noqa: B018


def test_the_version_is_that_of_the_interface() -> None:
    assert tornado.version_info[:2] == (6, 5)
    assert tornado.version == ".".join(map(str, tornado.version_info[:3]))
