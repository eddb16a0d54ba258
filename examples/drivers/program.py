"""What the programs of the cookbook have in common: two options, and an error for a client."""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager

from zonda.httpserver import HTTPServer, serve
from zonda.web import Application, HTTPError

# A site is entered in each worker process before it serves, and left after the last request.
Site = Callable[[str], AbstractAsyncContextManager[Application]]


def main(site: Site, url: str) -> None:
    """Serve *site*, with its server at *url* unless the command line says where."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--url", default=url, help="where the server is (default: %(default)s)")
    parser.add_argument("--listen", default="127.0.0.1:8888", help="default: %(default)s")
    parser.add_argument("--workers", type=int, default=1, help="processes, each with its own pool")
    options = parser.parse_args()
    serve(lambda: site(options.url), [options.listen], workers=options.workers, started=tell)


def tell(server: HTTPServer) -> None:
    """Print where a worker serves."""
    host, port = server.sockets[0].getsockname()[:2]
    print(f"http://{host}:{port}/", flush=True)


@contextlib.contextmanager
def unavailable(*errors: type[Exception]) -> Iterator[None]:
    """503 instead of 500 for the errors that say "not now": the client may try again.

    A load balancer, and a client that knows HTTP, treat the two quite differently.
    """
    try:
        yield
    except errors as error:
        raise HTTPError(503, "%s: %s", type(error).__name__, error) from error
