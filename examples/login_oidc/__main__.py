"""Serve the site until Ctrl-C or SIGTERM."""

from __future__ import annotations

import secrets
import sys

from zonda.httpserver import HTTPServer
from zonda.ioloop import run
from zonda.iostream import bind_sockets
from zonda.options import Error, OptionParser
from zonda.web import Application

from .pages import BackChannelLogout, Home, Login, Logout, Private
from .sessions import Sessions


def parse(arguments: list[str]) -> OptionParser:
    """The options of the command line."""
    options = OptionParser()
    options.define("issuer", default="", help="the provider's URL")
    options.define("key", default="", help="what the provider calls this site")
    options.define("secret", default="", help="what this site got from the provider")
    options.define("url", default="", help="URL of this site, if there is a proxy before it")
    options.define("port", default=8888, type=int, help="port to serve on; 0 takes a free one")
    options.parse_command_line(["login_oidc", *arguments])
    for name in ("issuer", "key"):
        if not options[name]:
            raise Error(f"--{name} is needed")
    return options


def make_application(options: OptionParser, url: str) -> Application:
    """The site at *url*."""
    return Application(
        [
            ("/", Home),
            ("/private", Private),
            ("/login", Login),
            ("/logout", Logout),
            ("/logout/told", BackChannelLogout),
        ],
        sessions=Sessions(),
        home=f"{url}/",
        login_url="/login",
        xsrf_cookies=True,
        # Of one run: who was logged in is forgotten with it.
        cookie_secret=secrets.token_urlsafe(32),
        openid_connect={
            "issuer": options.issuer,
            "key": options.key,
            "secret": options.secret or None,
            "redirect_uri": f"{url}/login",
        },
    )


async def serve(options: OptionParser) -> None:
    """Serve until told to stop."""
    sockets = bind_sockets(options.port, "127.0.0.1")
    url = options.url or f"http://127.0.0.1:{sockets[0].getsockname()[1]}"
    server = HTTPServer(make_application(options, url), xheaders=bool(options.url))
    server.add_sockets(sockets)
    print(f"Log in at {url}/ ; the provider has to know {url}/login", flush=True)
    await server.serve_until_signal(grace=5)


def main() -> None:
    """The command."""
    try:
        options = parse(sys.argv[1:])
    except Error as error:
        sys.exit(f"login_oidc: {error} (--help lists the options)")
    run(lambda: serve(options))


if __name__ == "__main__":
    main()
