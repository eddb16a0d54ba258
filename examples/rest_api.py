"""An interface for programs: a collection of things with the verbs of HTTP, JSON both ways.

``python -m examples.rest_api``, then::

    curl -d '{"name": "zonda"}' http://127.0.0.1:8888/winds
    curl http://127.0.0.1:8888/winds/1
    curl -X PUT -d '{"name": "foehn"}' http://127.0.0.1:8888/winds/1
    curl -X DELETE http://127.0.0.1:8888/winds/1
"""

from __future__ import annotations

import asyncio
import itertools
from typing import Any

from zonda.escape import json_decode
from zonda.web import Application, HTTPError, Path, RequestHandler


class WindHandler(RequestHandler):
    """What all of them share: the collection, JSON in, errors as JSON."""

    def initialize(self, winds: dict[int, str], numbers: itertools.count[int]) -> None:
        """Take the collection."""
        self.winds = winds
        self.numbers = numbers

    def read_name(self) -> str:
        """The name in the body.

        :raises HTTPError: 400, with what is wrong.
        """
        try:
            data = json_decode(self.request.body)
        except ValueError:
            raise HTTPError(400, reason="The body is no JSON") from None
        if not isinstance(data, dict) or not isinstance(data.get("name"), str):
            raise HTTPError(400, reason="A wind has a name")
        return str(data["name"])

    def wind(self, number: int) -> str:
        """The wind of that number.

        :raises HTTPError: 404.
        """
        if number not in self.winds:
            raise HTTPError(404, reason="No such wind")
        return self.winds[number]

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Errors are JSON as well."""
        self.finish({"error": self._reason or "Error", "status": status_code})


class Winds(WindHandler):
    """The collection."""

    def get(self) -> None:
        """All of them."""
        self.write({"winds": [{"id": n, "name": name} for n, name in self.winds.items()]})

    def post(self) -> None:
        """One more."""
        name = self.read_name()
        number = next(self.numbers)
        self.winds[number] = name
        self.set_status(201)
        self.set_header("Location", self.reverse_url("wind", number))
        self.write({"id": number, "name": name})


class Wind(WindHandler):
    """One of them."""

    def get(self, number: int) -> None:
        """What it is called."""
        self.write({"id": number, "name": self.wind(number)})

    def put(self, number: int) -> None:
        """Call it otherwise."""
        self.wind(number)
        self.winds[number] = self.read_name()
        self.get(number)

    def delete(self, number: int) -> None:
        """Forget it."""
        self.wind(number)
        del self.winds[number]
        self.set_status(204)


def make_app() -> Application:
    """The interface, with an empty collection."""
    shared: dict[str, Any] = {"winds": {}, "numbers": itertools.count(1)}
    return Application(
        [
            ("/winds", Winds, shared),
            (Path("/winds/{number:int}"), Wind, shared, "wind"),
        ]
    )


async def main() -> None:
    await make_app().listen(8888, "127.0.0.1").serve_until_signal()


if __name__ == "__main__":
    asyncio.run(main())
