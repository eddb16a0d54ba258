"""Serve the site until Ctrl-C or SIGTERM."""

from __future__ import annotations

import asyncio
import secrets

from zonda.locale import load_translations
from zonda.options import OptionParser

from .application import HERE, make_application
from .resources import Resources


async def main() -> None:
    """The command."""
    options = OptionParser()
    options.define("port", default=8888, type=int, help="port to serve on; 0 takes a free one")
    options.define("database", default="sqlite:///larger_app.sqlite3", help="URL of the database")
    options.define("redis", default="redis://localhost/0", help="URL of Redis")
    options.define("secret", default=secrets.token_hex(), help="signs cookies; keep it for logins")
    options.parse_command_line()
    load_translations(str(HERE / "locale"))
    async with Resources(options.database, options.redis) as resources:
        server = make_application(resources, options.secret).listen(options.port, "127.0.0.1")
        port = server.sockets[0].getsockname()[1]
        print(f"http://127.0.0.1:{port}/ (Ctrl-C ends it)", flush=True)
        await server.serve_until_signal()


if __name__ == "__main__":
    asyncio.run(main())
