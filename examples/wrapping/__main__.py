"""``python -m examples.wrapping``, then ``curl -i http://localhost:8888/``."""

from __future__ import annotations

import asyncio
import logging

from zonda.httpserver import HTTPServer
from zonda.web import Application, RequestHandler

from .cors import CORS
from .request_ids import RequestIdFilter, RequestIds
from .security_headers import SecurityHeaders


class Weather(RequestHandler):
    """What the wrappers are put around."""

    def get(self) -> None:
        """Answer, and log a line that has the request's id."""
        logging.info("somebody asks for the weather")
        self.write({"wind": "zonda", "humidity": 0.1})


async def main() -> None:
    """Serve; the outermost wrapper sees a request first, and its answer last."""
    handler = logging.StreamHandler()
    handler.addFilter(RequestIdFilter())
    logging.basicConfig(level=logging.INFO, format="%(request_id)s %(message)s", handlers=[handler])
    application = Application([(r"/", Weather)])
    wrapped = RequestIds(SecurityHeaders(CORS(application, ["http://localhost:3000"])))
    server = HTTPServer(wrapped)
    server.listen(8888)
    await server.serve_until_signal()


if __name__ == "__main__":
    asyncio.run(main())
