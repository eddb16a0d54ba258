# mypy: ignore-errors
# The framework is chosen on the command line, so its classes are no static types.
"""One program for two frameworks with one API: zonda or tornado, [uvloop], [pure]; see asked.py."""

import asyncio
import importlib
import os
import pathlib

from asked import PORT, ROUTES, WORDS, tls_context
from files import directory

FRAMEWORK, *OPTIONS = WORDS
if "pure" in OPTIONS:
    os.environ["ZONDA_PURE"] = "1"
web = importlib.import_module(f"{FRAMEWORK}.web")
httpserver = importlib.import_module(f"{FRAMEWORK}.httpserver")

TEXT = "text/plain; charset=utf-8"
ROWS = [(number, f"<item> & {number}", number * 1.25) for number in range(50)]


class SyncHandler(web.RequestHandler):
    def get(self) -> None:
        self.set_header("Content-Type", TEXT)
        self.write(b"Hello, world")


class AsyncHandler(web.RequestHandler):
    async def get(self) -> None:
        self.set_header("Content-Type", TEXT)
        self.write(b"Hello, world")


class SuspendingHandler(web.RequestHandler):
    async def get(self) -> None:
        await asyncio.sleep(0)
        self.set_header("Content-Type", TEXT)
        self.write(b"Hello, world")


class JSONHandler(web.RequestHandler):
    def get(self, item: str) -> None:
        self.write({"id": int(item), "name": "zonda", "tags": ["wind", "warm", "dry"]})


class PageHandler(web.RequestHandler):
    def get(self) -> None:
        self.render("page.html", title="Fifty <rows>", rows=ROWS)


class LengthHandler(web.RequestHandler):
    def post(self) -> None:
        self.write(str(len(self.request.body)))


@web.stream_request_body
class CountHandler(web.RequestHandler):
    def prepare(self) -> None:
        self.count = 0

    def data_received(self, chunk: bytes) -> None:
        self.count += len(chunk)

    def post(self) -> None:
        self.write(str(self.count))


async def main() -> None:
    application = web.Application(
        [
            (r"/", SyncHandler),
            (r"/async", AsyncHandler),
            (r"/suspend", SuspendingHandler),
            (r"/items/([0-9]+)", JSONHandler),
            (r"/page", PageHandler),
            (r"/length", LengthHandler),
            (r"/count", CountHandler),
            *((f"/route/{number}", SyncHandler) for number in range(ROUTES)),
        ],
        template_path=str(pathlib.Path(__file__).parent),
        static_path=str(directory()),
    )
    server = httpserver.HTTPServer(application, ssl_options=tls_context(), max_body_size=1 << 40)
    server.listen(PORT, "127.0.0.1")
    await asyncio.Event().wait()


if __name__ == "__main__":
    factory = importlib.import_module("uvloop").new_event_loop if "uvloop" in OPTIONS else None
    with asyncio.Runner(loop_factory=factory) as runner:
        runner.run(main())
