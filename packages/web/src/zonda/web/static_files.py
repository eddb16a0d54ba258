"""`StaticFileHandler`: files of a directory, and nothing outside it.

What the disk is asked happens in a thread, so a slow disk holds up nobody else.  The order is: the
URL's path becomes a path of the file system, that is looked at once (`Seen`), then the hooks of
the class decide, then bytes are sent: from memory, from the disk to the socket, or piece by piece.

A link counts as where it leads: one that leads out of the root is refused, unless it leads below
the setting ``allowed_symlink_directory``.
"""

from __future__ import annotations

import asyncio
import datetime
import functools
import mimetypes
import os
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from typing import ClassVar, Final, NamedTuple, ParamSpec, TypeVar, cast

from zonda.http import (
    RangeNotSatisfiableError,
    get_content_range,
    get_unsatisfied_range,
    if_range_matches,
    negotiate_encoding,
    parse_date,
    parse_range_header,
)
from zonda.iostream import READY

from . import development, file_sending, output, static_url
from .compression import add_vary
from .conditional import matches_none_match
from .errors import HTTPError
from .file_facts import MAX_FILE_SIZE, Seen, look, memory, read_small
from .handler import RequestHandler
from .paths import absolute, is_below

# Seconds for which a URL with a version may be cached: the file behind it never changes.
CACHE_MAX_AGE: Final = 365 * 86400

P = ParamSpec("P")
T = TypeVar("T")

# Types of text that is written for the web, in UTF-8.  Plain text and XML come in any encoding, and
# XML says in which.
_UTF8_TYPES: Final = frozenset(
    {
        "application/javascript",
        "application/json",
        "text/css",
        "text/html",
        "text/javascript",
        "text/markdown",
    }
)


# Methods that have a say in what is sent.
_DECIDING: Final = (
    "compute_etag",
    "finish",
    "get_cache_time",
    "get_content_size",
    "get_content_type",
    "get_modified_time",
    "set_default_headers",
    "set_etag_header",
    "set_extra_headers",
    "set_headers",
    "should_return_304",
    "write",
)

# Headers of a request that decide whether a file is sent, or how much of it.
_CONDITIONS: Final = frozenset({"Range", "If-None-Match", "If-Modified-Since"})


class _Chosen(NamedTuple):
    """What is sent: a file, or its compressed copy."""

    path: str
    status: os.stat_result
    coding: str | None = None


class StaticFileHandler(RequestHandler):
    """Serves the files below a directory.

    ``(r"/static/(.*)", StaticFileHandler, {"path": "/var/www"})``

    :ivar root: the directory.
    :ivar path: the requested path below it, in the system's spelling.
    :ivar absolute_path: where that is.
    :ivar modified: when the file was changed.
    """

    SUPPORTED_METHODS: ClassVar[tuple[str, ...]] = ("GET", "HEAD")

    #: The endings of compressed copies, by their coding; the first one wins where the client likes
    #: several equally.  A copy counts if it is not older than the file.
    PRECOMPRESSED: ClassVar[Mapping[str, str]] = {"br": ".br", "zstd": ".zst", "gzip": ".gz"}

    # Whether a subclass gives other bytes, or other versions, than those of the file.
    _has_content = False
    _has_version = False
    # Whether equal requests for a file have equal answers.
    _is_simple = True

    def __init_subclass__(cls, **kwargs: object) -> None:
        super().__init_subclass__(**kwargs)
        base = StaticFileHandler
        cls._has_content = cls.get_content.__func__ is not base.get_content.__func__  # type: ignore[attr-defined]  # a class method
        cls._has_version = (
            cls.get_content_version.__func__ is not base.get_content_version.__func__  # type: ignore[attr-defined]  # a class method
        )
        cls._is_simple = not (cls._has_content or cls._has_version) and all(
            getattr(cls, name) is getattr(base, name) for name in _DECIDING
        )

    #: Where links may lead besides the root; without it the setting of that name says it.
    allowed_symlink_directory: str | Sequence[str] | None = None

    _seen: Seen | None = None
    _chosen: _Chosen | None = None

    def initialize(
        self,
        path: str,
        default_filename: str | None = None,
        allowed_symlink_directory: str | Sequence[str] | None = None,
    ) -> None:
        """Take the directory, the file that stands for a directory, and where links may lead."""
        self.root = path
        self.default_filename = default_filename
        self.allowed_symlink_directory = allowed_symlink_directory

    async def head(self, path: str) -> None:
        """Answer HEAD."""
        await self.get(path, include_body=False)

    def get(self, path: str, include_body: bool = True) -> Awaitable[None]:
        """Answer GET."""
        if include_body and self._answer_again(path):
            return READY
        return self._get(path, include_body)

    async def _get(self, path: str, include_body: bool) -> None:
        self.path = self.parse_url_path(path)
        absolute = self.get_absolute_path(self.root, self.path)
        self._seen = await self._look(absolute)
        valid = self.validate_absolute_path(self.root, absolute)
        if valid is None or self._finished:
            return
        if valid != absolute:
            self._seen = await self._look(valid)
        self.absolute_path = valid
        self._chosen = self._choose(valid)
        key = self._find_key()
        if key is not None:
            if self._answer_from_memory(key):
                self._remember_answer(path, absolute, key)
                return
            sending = file_sending.send_again(self, self._sent.path, self._sent.status, key)
            if sending is not None:
                await sending
                return
        self.modified = self.get_modified_time()
        self._version = await self._find_version(self._chosen)
        self.set_headers()
        if self.should_return_304():
            self.set_status(304)
            return
        start, end = self._range(self.get_content_size())
        if self._status_code == 416:
            return
        self.set_header("Content-Length", end - start)
        if include_body and self.request.method != "HEAD":
            await self._send(self._chosen, start, end, key)

    def _answer_again(self, path: str) -> bool:
        """Send what was sent to the same request a moment ago, if only the request decides."""
        if not self._is_simple or not isinstance(self.root, str):
            return False
        known = memory.answer((self.root, path, self.request.uri))
        if known is None or not self._depends_on_file_only():
            return False
        self.path, self.absolute_path = path, known.path
        output.respond(self, known.fields, known.data)
        return True

    def _remember_answer(self, path: str, absolute: str, key: object) -> None:
        """Remember what was sent, unless it depends on more than root, path and URI."""
        seen = self._seen_key(absolute)
        if self.absolute_path == absolute and seen[1] == (self.root,) and not self._facts.siblings:
            memory.remember_answer((self.root, path, self.request.uri), seen, self._sent, key)

    def _depends_on_file_only(self) -> bool:
        """Whether nobody has set a header, and the request wants all of the file."""
        return not (
            self._made_headers is not None
            or self._new_cookies is not None
            or self.application.transforms
            or self.request.method != "GET"
            or not self._remembers
            or self.request.headers.has_any(_CONDITIONS)
        )

    def _find_key(self) -> object:
        """What the header lines of a whole answer depend on; None if on too much."""
        if not (self._is_simple and self._depends_on_file_only()):
            return None
        return self.absolute_path, bool(self._facts.siblings), "v" in self.request.query_arguments

    def _answer_from_memory(self, key: object) -> bool:
        """Send what was sent to the last equal request, if it is still there."""
        content = memory.content(self._sent.path, self._sent.status)
        if content is None or key not in content.heads:
            return False
        output.respond(self, content.heads[key], content.data)
        return True

    async def _look(self, path: str) -> Seen:
        key = self._seen_key(path)
        seen = memory.seen(key) if self._remembers else None
        if seen is None:
            endings = {} if self._has_content else self.PRECOMPRESSED
            seen = await _in_thread(look, *key, endings)
            memory.remember(key, seen)
        return seen

    def _seen_key(self, path: str) -> tuple[str, tuple[str, ...], str | None]:
        return path, self._roots(path), self.default_filename

    def _roots(self, path: str) -> tuple[str, ...]:
        """Where *path* may lead; of several roots, which a subclass may have, only its own."""
        allowed = self.allowed_symlink_directory or self.settings.get("allowed_symlink_directory")
        roots = _as_tuple(self.root)
        if len(roots) > 1:
            roots = tuple([root for root in roots if is_below(path, absolute(root))])
        return (*roots, *_as_tuple(allowed or ()))

    @property
    def _facts(self) -> Seen:
        """What was seen; asked for here, and blocking, if `get` was not called before."""
        if self._seen is None:
            path = self.absolute_path
            self._seen = look(path, self._roots(path), self.default_filename, {})
        return self._seen

    @property
    def _sent(self) -> _Chosen:
        if self._chosen is None:
            self._chosen = _Chosen(self.absolute_path, cast(os.stat_result, self._facts.status))
        return self._chosen

    @property
    def _remembers(self) -> bool:
        return self.settings.get("static_hash_cache", True) is not False

    def _choose(self, path: str) -> _Chosen:
        """The copy of the file that the client likes best."""
        seen = self._facts
        status = cast(os.stat_result, seen.status)
        if seen.siblings:
            codings = [sibling.coding for sibling in seen.siblings]
            coding = negotiate_encoding(self.request.headers.get("Accept-Encoding"), codings)
            for sibling in seen.siblings:
                if sibling.coding == coding:
                    return _Chosen(sibling.path, sibling.status, coding)
        return _Chosen(path, status)

    async def _find_version(self, chosen: _Chosen) -> str | None:
        if not self._has_version:
            known = static_url.known_version(chosen.path, chosen.status)
            if known is not None:
                return known
        return await _in_thread(self.get_content_version, chosen.path)

    async def _send(self, chosen: _Chosen, start: int, end: int, key: object) -> None:
        """Write the bytes of the file; a file that became shorter cuts the connection."""
        if self._has_content:
            is_whole = start == 0 and end == self.get_content_size()
            part = (None, None) if is_whole else (start, end)
            await self._send_content(self.get_content(chosen.path, *part))
            return
        if chosen.status.st_size <= MAX_FILE_SIZE:
            content = memory.content(chosen.path, chosen.status)
            if content is None:
                data = await _in_thread(read_small, chosen.path, chosen.status)
                if data is not None:
                    content = memory.keep(chosen.path, chosen.status, data)
            if content is not None:
                if key is not None:
                    self.clear_header("Content-Length")
                    content.heads[key] = self._headers.lines()
                self.write(content.data[start:end])
                return
        await file_sending.send(self, chosen.path, chosen.status, start, end, key)

    async def _send_content(self, content: Iterator[bytes] | bytes) -> None:
        if isinstance(content, bytes):
            self.write(content)
            return
        # A generator is advanced in a thread: that is where the file is read.
        while (chunk := await _in_thread(lambda: next(content, None))) is not None:
            self.write(chunk)
            await self.flush()

    def _range(self, size: int) -> tuple[int, int]:
        """The part that the client wants; several ranges are answered with the whole."""
        header = self.request.headers.get("Range")
        if header is None or not self._range_applies():
            return 0, size
        try:
            ranges = parse_range_header(header, size)
        except RangeNotSatisfiableError:
            self.set_status(416)
            self.clear_header("Content-Type")
            self.set_header("Content-Range", get_unsatisfied_range(size))
            return 0, size
        if ranges is None or len(ranges) != 1 or ranges[0] == (0, size):
            return 0, size
        start, end = ranges[0]
        self.set_status(206)
        self.set_header("Content-Range", get_content_range(start, end, size))
        return start, end

    def _range_applies(self) -> bool:
        condition = self.request.headers.get("If-Range")
        if condition is None:
            return True
        return if_range_matches(
            condition, self._headers.get("Etag"), self._headers.get("Last-Modified")
        )

    def compute_etag(self) -> str | bytes | None:
        """The entity tag, made of the file's version."""
        return f'"{self._version}"' if getattr(self, "_version", None) else None

    def set_headers(self) -> None:
        """Set what the client needs to know of the file."""
        self.set_header("Accept-Ranges", "bytes")
        self.set_etag_header()
        if self.modified is not None:
            self.set_header("Last-Modified", self.modified)
        content_type = self.get_content_type()
        if content_type:
            self.set_header("Content-Type", content_type)
        if self._sent.coding is not None:
            self.set_header("Content-Encoding", self._sent.coding)
        if self._facts.siblings:
            add_vary(self._headers, "Accept-Encoding")
        self.set_header("X-Content-Type-Options", "nosniff")
        seconds = self.get_cache_time(self.path, self.modified, content_type)
        if seconds > 0:
            self.set_header("Cache-Control", f"max-age={seconds}, public, immutable")
            now = datetime.datetime.now(datetime.UTC)
            self.set_header("Expires", now + datetime.timedelta(seconds=seconds))
        self.set_extra_headers(self.path)

    def should_return_304(self) -> bool:
        """Whether the client has the file already (RFC 9110 section 13.2.2)."""
        tags = self.request.headers.get("If-None-Match")
        if tags is not None:
            return matches_none_match(self._headers.get("Etag") or "", tags)
        since = self.request.headers.get("If-Modified-Since")
        if since is None or self.modified is None:
            return False
        date = parse_date(since)
        return date is not None and date >= self.modified

    @classmethod
    def get_absolute_path(cls, root: str, path: str) -> str:
        """Where *path* is in the file system."""
        return absolute(os.path.join(root, path))

    def validate_absolute_path(self, root: str, absolute_path: str) -> str | None:
        """The file to serve, or None if the request was answered here.

        :raises HTTPError: 403 outside the root or for what is no file, 404 for nothing at all.
        """
        roots = self._roots(absolute_path)
        seen = self._seen or look(absolute_path, roots, self.default_filename, {})
        if not is_below(absolute_path, absolute(root)):
            raise HTTPError(403, "%s is not in root static directory", self.path)
        if not seen.inside:
            raise HTTPError(403, "%s is a link and is not in root static directory", self.path)
        if seen.status is None:
            raise HTTPError(404)
        if seen.default_escapes:
            raise HTTPError(403, "the file for %s is not in root static directory", self.path)
        if seen.is_directory and seen.has_default:
            if not self.request.path.endswith("/"):
                if self.request.path.startswith("//"):
                    raise HTTPError(403, "cannot redirect path with two initial slashes")
                self.redirect(self.request.path + "/", permanent=True)
                return None
            return os.path.join(absolute_path, cast(str, self.default_filename))
        if not seen.is_file:
            raise HTTPError(403, "%s is not a file", self.path)
        return absolute_path

    @classmethod
    def get_content(
        cls, abspath: str, start: int | None = None, end: int | None = None
    ) -> Iterator[bytes] | bytes:
        """The bytes of a file from *start* up to *end*; a generator is advanced in a thread.

        Override it for content that does not come from a file.
        """
        return file_sending.pieces(abspath, start or 0, end)

    @classmethod
    def get_content_version(cls, abspath: str) -> str | None:
        """The version of a file's content; runs in a thread."""
        return static_url.file_version(abspath)

    def get_content_size(self) -> int:
        """Bytes of the whole file, or of the compressed copy that is sent instead."""
        return self._sent.status.st_size

    def get_modified_time(self) -> datetime.datetime | None:
        """When the file was changed, in whole seconds."""
        seconds = int(cast(os.stat_result, self._facts.status).st_mtime)
        return datetime.datetime.fromtimestamp(seconds, datetime.UTC)

    def get_content_type(self) -> str:
        """The media type of the file, by the ending of its name."""
        return _media_type(os.path.basename(self.absolute_path))

    def set_extra_headers(self, path: str) -> None:
        """Override it for headers of your own."""

    def get_cache_time(self, path: str, modified: datetime.datetime | None, mime_type: str) -> int:
        """Seconds for which the client may keep the file without asking: a year for URLs that
        have a version, else none."""
        return CACHE_MAX_AGE if "v" in self.request.query_arguments else 0

    @classmethod
    def make_static_url(
        cls, settings: Mapping[str, object], path: str, include_version: bool = True
    ) -> str:
        """The URL of the file *path* below the setting ``static_path``."""
        url = f"{settings.get('static_url_prefix', '/static/')}{path}"
        if not include_version:
            return url
        version = cls.get_version(settings, path)
        return f"{url}?v={version}" if version else url

    @classmethod
    def get_version(cls, settings: Mapping[str, object], path: str) -> str | None:
        """The version in the URL of the file *path*, or None if it cannot be read."""
        absolute = cls.get_absolute_path(cast(str, settings["static_path"]), path)
        if settings.get("static_hash_cache", True) is False:
            return static_url.file_version(absolute)
        return static_url.remembered_version(absolute)

    def parse_url_path(self, url_path: str) -> str:
        """The path of a URL in the system's spelling."""
        if "\0" in url_path or "\\" in url_path:
            raise HTTPError(404)
        return url_path.replace("/", os.path.sep)


def _as_tuple(paths: object) -> tuple[str, ...]:
    """One path or several."""
    if isinstance(paths, str | os.PathLike):
        return (os.fspath(paths),)
    return tuple(cast("Sequence[str]", paths))


@functools.lru_cache(maxsize=1024)
def _media_type(name: str) -> str:
    media_type, coding = mimetypes.guess_type(name)
    if coding == "gzip":
        return "application/gzip"
    if coding is not None or media_type is None:
        return "application/octet-stream"
    if media_type in _UTF8_TYPES:
        return f"{media_type}; charset=utf-8"
    return media_type


async def _in_thread(function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    call = functools.partial(function, *args, **kwargs)
    return await asyncio.get_running_loop().run_in_executor(None, call)


development.on_change(memory.clear)
