"""Serve the tour until Ctrl-C or SIGTERM."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

from zonda.http import ForwardingHeader, TrustedProxies
from zonda.httpserver import HTTPServer
from zonda.ioloop import run
from zonda.locale import load_translations
from zonda.options import Error, OptionParser

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
    options.define("debug", default=False, type=bool, help="tracebacks in the browser")
    options.parse_command_line(["tour", *arguments])
    return options


async def serve(options: OptionParser) -> None:
    """Open the database, serve, and close it when everything is answered."""
    store = await Store.open(Path(options.database))
    try:
        application = make_application(store, await store.secret(), debug=options.debug)
        server = HTTPServer(application, xheaders=PROXY if options.proxy else False)
        sockets = server.listen(options.port, options.address)
        port = sockets[0].getsockname()[1]
        print(f"The tour is at http://{options.address}:{port}/ (Ctrl-C ends it)", flush=True)
        await server.serve_until_signal(grace=5)
    finally:
        await store.close()
    print("The tour has ended.", flush=True)


def main() -> None:
    """The command."""
    logging.getLogger("zonda.access").setLevel(logging.INFO)
    try:
        options = parse(sys.argv[1:])
    except Error as error:
        sys.exit(f"tour: {error} (--help lists the options)")
    load_translations(str(HERE / "locale"))
    try:
        run(lambda: serve(options))
    except OSError as error:
        sys.exit(f"The tour cannot listen: {error}")


if __name__ == "__main__":
    main()
