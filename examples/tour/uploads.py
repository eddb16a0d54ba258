"""Uploads: looked at while they come, and kept nowhere."""

from __future__ import annotations

import hashlib
from typing import cast

from zonda.httpserver import HTTP1Connection
from zonda.web import authenticated, stream_request_body

from .site_handler import SiteHandler

MAX_SIZE = 1024 * 1024 * 1024


class UploadPage(SiteHandler):
    """The form, whose script shows the progress."""

    @authenticated
    def get(self) -> None:
        """Render it."""
        self.render("upload.html")


@stream_request_body
class Upload(SiteHandler):
    """Takes a form with files, of which no more than a piece is ever in memory."""

    async def prepare(self) -> None:
        """Allow members more than others."""
        await super().prepare()
        if self.member is not None:
            cast(HTTP1Connection, self.request.connection).set_max_body_size(MAX_SIZE)

    @authenticated
    async def post(self) -> None:
        """Say what came: name, size and hash of each file."""
        files = []
        async for part in self.multipart():
            if part.filename is None:
                continue
            size, digest = 0, hashlib.sha256()
            async for piece in part:
                size += len(piece)
                digest.update(piece)
            files.append({"name": part.filename, "size": size, "sha256": digest.hexdigest()})
        self.write({"files": files})
