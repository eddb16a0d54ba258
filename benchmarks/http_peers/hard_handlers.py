# mypy: ignore-errors
# The framework is chosen on the command line, so its classes are no static types.
"""A site for hard times, for two frameworks with one API; all limits are defaults."""

import asyncio
import importlib
import os
import pathlib
import signal

from asked import PORT, WORDS, WORKERS, tls_options

FRAMEWORK = WORDS[0]
web = importlib.import_module(f"{FRAMEWORK}.web")
websocket = importlib.import_module(f"{FRAMEWORK}.websocket")

MIB = bytes(1 << 20)
SLOW_SECONDS = 0.5
ROWS = [(number, f"<item> & {number}", number * 1.25) for number in range(50)]


class Hello(web.RequestHandler):
    def get(self) -> None:
        self.write(b"Hello, world")


class Pid(web.RequestHandler):
    def get(self) -> None:
        self.write(str(os.getpid()))


class Slow(web.RequestHandler):
    async def get(self) -> None:
        await asyncio.sleep(SLOW_SECONDS)
        self.write(b"Hello, world")


class Large(web.RequestHandler):
    async def get(self) -> None:
        for _ in range(1024):
            self.write(MIB)
            await self.flush()


class Page(web.RequestHandler):
    def get(self) -> None:
        self.render("page.html", title="Fifty <rows>", rows=ROWS)


class Form(web.RequestHandler):
    def post(self) -> None:
        self.get_arguments("a")
        self.write(str(len(self.request.body_arguments)))


class Cookies(web.RequestHandler):
    def get(self) -> None:
        self.write(str(len(self.request.cookies)))


class Chat(websocket.WebSocketHandler):
    def on_message(self, message) -> None:
        self.write_message(message)


def make():
    return web.Application(
        [
            ("/", Hello),
            ("/pid", Pid),
            ("/slow", Slow),
            ("/large", Large),
            ("/page", Page),
            ("/form", Form),
            ("/cookies", Cookies),
            ("/chat", Chat),
        ],
        template_path=str(pathlib.Path(__file__).parent),
        log_function=lambda handler: None,
    )


async def serve_tornado(sockets) -> None:
    """As its documentation stops a server."""
    from tornado.httpserver import HTTPServer

    server = HTTPServer(make(), ssl_options=tls_options())
    server.add_sockets(sockets)
    told = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, told.set)
    await told.wait()
    server.stop()
    await server.close_all_connections()


if __name__ == "__main__":
    if FRAMEWORK == "zonda":
        from zonda.httpserver import serve

        serve(make, [f"127.0.0.1:{PORT}"], workers=WORKERS, ssl_options=tls_options())
    else:
        from tornado.netutil import bind_sockets
        from tornado.process import fork_processes

        listening = bind_sockets(PORT, "127.0.0.1")
        if WORKERS > 1:
            fork_processes(WORKERS)
        asyncio.run(serve_tornado(listening))
