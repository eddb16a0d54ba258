"""Serve the tour until Ctrl-C or SIGTERM."""

from __future__ import annotations

import contextlib
import hashlib
import sys
from collections.abc import AsyncIterator
from pathlib import Path

from zonda.http import ForwardingHeader, TrustedProxies
from zonda.httpserver import open_sockets, serve
from zonda.locale import load_translations
from zonda.options import Error, OptionParser, define_logging_options
from zonda.web import Application
from zonda.websocket import RedisBroadcaster, Rooms, WebSocketError

from .application import HERE, make_application
from .store import Store

# A page of an https site may open websockets of that site only, so the scheme has to be known.
PROXY = TrustedProxies(headers=[ForwardingHeader.X_REAL_IP, ForwardingHeader.X_FORWARDED_PROTO])


def parse(arguments: list[str]) -> OptionParser:
    """The options of the command line."""
    options = OptionParser()
    options.define("port", default=8888, type=int, help="port to serve on; 0 takes a free one")
    options.define("address", default="127.0.0.1", help="address to serve on")
    options.define("database", default=str(HERE / "tour.sqlite3"), help="file of the database")
    options.define(
        "proxy", default=False, type=bool, help="behind one that sets X-Real-IP, X-Forwarded-Proto"
    )
    options.define("workers", default=1, type=int, help="processes; 0: one for each core")
    options.define("redis", metavar="URL", help="joins the chats of several workers")
    options.define("debug", default=False, type=bool, help="errors in the browser, live reload")
    define_logging_options(options)
    options.parse_command_line(["tour", *arguments])
    return options


@contextlib.asynccontextmanager
async def site(options: OptionParser) -> AsyncIterator[Application]:
    """One process's site: its database, its way to the other processes, and their end."""
    store = await Store.open(Path(options.database))
    secret = await store.secret()
    # Two tours in one Redis are two chats.
    prefix = f"zonda:tour:{hashlib.sha256(secret.encode()).hexdigest()[:16]}:"
    rooms = Rooms(RedisBroadcaster(options.redis, prefix) if options.redis else None)
    try:
        yield make_application(store, secret, rooms, debug=options.debug)
    finally:
        await rooms.close()
        await store.close()


def main() -> None:
    """The command."""
    try:
        options = parse(sys.argv[1:])
        if options.workers != 1 and not options.redis:
            raise Error("several workers need --redis=URL: what one hears, the others tell")
        if options.redis:
            RedisBroadcaster(options.redis)  # whether the extra is there
    except (Error, WebSocketError) as error:
        sys.exit(f"tour: {error} (--help lists the options)")
    load_translations(str(HERE / "locale"))
    try:
        several = options.workers != 1
        sockets = open_sockets([f"{options.address}:{options.port}"], reuse_port=several)
    except (OSError, ValueError) as error:
        sys.exit(f"The tour cannot listen: {error}")
    port = sockets[0].getsockname()[1]
    print(f"The tour is at http://{options.address}:{port}/ (Ctrl-C ends it)", flush=True)
    serve(
        lambda: site(options),
        sockets,
        workers=options.workers,
        reuse_port=several,
        grace=5,
        xheaders=PROXY if options.proxy else False,
    )
    print("The tour has ended.", flush=True)


if __name__ == "__main__":
    main()
