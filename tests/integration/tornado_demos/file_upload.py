"""Receiving files: forms in memory, and a body of any size as it comes."""

from __future__ import annotations

import hashlib
from urllib.parse import unquote

import tornado.web


class FormHandler(tornado.web.RequestHandler):
    def post(self) -> None:
        sizes: dict[str, object] = {
            file.filename: len(file.body) for files in self.request.files.values() for file in files
        }
        self.write(sizes)


@tornado.web.stream_request_body
class PutHandler(tornado.web.RequestHandler):
    def initialize(self) -> None:
        self.bytes_read = 0
        self.hash = hashlib.sha256()

    def data_received(self, chunk: bytes) -> None:
        self.bytes_read += len(chunk)
        self.hash.update(chunk)

    def put(self, filename: str) -> None:
        self.write(
            {"name": unquote(filename), "size": self.bytes_read, "sha256": self.hash.hexdigest()}
        )


def make_app() -> tornado.web.Application:
    return tornado.web.Application([(r"/post", FormHandler), (r"/(.*)", PutHandler)])
