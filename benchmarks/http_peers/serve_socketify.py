# mypy: ignore-errors
# Runs in the peers' environment, which the type checker does not see.
"""socketify: uWebSockets (C++) with Python handlers."""

import json
import sys

from socketify import App, AppListenOptions


def hello(response, request) -> None:
    response.write_header("Content-Type", "text/plain; charset=utf-8")
    response.end("Hello, world")


def item(response, request) -> None:
    number = int(request.get_parameter(0))
    response.write_header("Content-Type", "application/json")
    response.end(json.dumps({"id": number, "name": "zonda", "tags": ["wind", "warm", "dry"]}))


application = App()
application.get("/", hello)
application.get("/items/:item", item)

if __name__ == "__main__":
    application.listen(AppListenOptions(port=int(sys.argv[1]), host="127.0.0.1"))
    application.run()
