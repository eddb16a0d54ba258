"""Tools that watch Tornado programs: what they must see of a request that fails and one that does
not.

Each patches classes of this process, so that each is run in one of its own.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import tornado.httpclient
import tornado.httpserver
import tornado.testing
import tornado.web


class Hello(tornado.web.RequestHandler):
    """Answers GET, and fails at POST."""

    async def get(self, name: str) -> None:
        """Greet *name*, later."""
        await asyncio.sleep(0)
        self.write(f"Hello, {name}")

    def post(self, name: str) -> None:
        """Fail."""
        raise ZeroDivisionError(name)


async def ask() -> None:
    """One request of each kind."""
    sock, port = tornado.testing.bind_unused_port()
    server = tornado.httpserver.HTTPServer(tornado.web.Application([(r"/hello/(\w+)", Hello)]))
    server.add_socket(sock)
    client = tornado.httpclient.AsyncHTTPClient(force_instance=True)
    url = f"http://127.0.0.1:{port}/hello/Ada"
    assert (await client.fetch(url)).body == b"Hello, Ada"
    assert (await client.fetch(url, raise_error=False, method="POST", body="")).code == 500
    await client.__aexit__(None, None, None)
    server.stop()
    await server.close_all_connections()


def sentry() -> None:
    """Sentry gets a transaction of each request, and the exception."""
    import sentry_sdk
    from sentry_sdk.integrations.tornado import TornadoIntegration

    seen: list[Any] = []

    class Transport(sentry_sdk.Transport):  # type: ignore[misc]  # not installed here
        def capture_envelope(self, envelope: Any) -> None:
            seen.extend(item.payload.json or {} for item in envelope.items)

    sentry_sdk.init(
        dsn="https://key@localhost/1",
        transport=Transport,
        integrations=[TornadoIntegration()],
        traces_sample_rate=1.0,
    )
    asyncio.run(ask())
    sentry_sdk.flush()
    transactions = {event.get("transaction") for event in seen if event.get("spans") is not None}
    raised = [
        value["type"] for event in seen for value in event.get("exception", {}).get("values", ())
    ]
    assert len(transactions) == 2, transactions
    assert raised == ["ZeroDivisionError"], raised


def opentelemetry() -> None:
    """OpenTelemetry gets a span of each request, by its route, and one of each fetch."""
    from opentelemetry import trace
    from opentelemetry.instrumentation.tornado import TornadoInstrumentor
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    # It looks for the distribution "tornado", which is not there.
    TornadoInstrumentor().instrument(skip_dep_check=True)
    asyncio.run(ask())
    spans = [(span.name, span.kind.name) for span in exporter.get_finished_spans()]
    assert sorted(spans) == [
        ("GET", "CLIENT"),
        ("GET /hello/{name}", "SERVER"),
        ("POST", "CLIENT"),
        ("POST /hello/{name}", "SERVER"),
    ], spans


TOOLS: dict[str, Callable[[], None]] = {"sentry_sdk": sentry, "opentelemetry": opentelemetry}


def check(name: str) -> None:
    """Run one of `TOOLS` in a process of its own.

    :raises subprocess.CalledProcessError: it did not see what it must.
    """
    command = [sys.executable, "-m", __name__, name]
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)


if __name__ == "__main__":
    TOOLS[sys.argv[1]]()
