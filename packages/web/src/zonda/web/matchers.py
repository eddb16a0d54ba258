"""What a rule asks of a request: its path, its host, or anything at all."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final, Protocol

from zonda.escape import url_unescape

from .pattern_parts import literal_parts

if TYPE_CHECKING:
    from zonda.http import HTTPServerRequest

    from .path_patterns import Converter

# What may stand unescaped in a path: RFC 3986 section 3.3, without the slash.
# A plus sign is left out, since many take it for a space.
SAFE_IN_SEGMENT: Final = "!$&'()*,;=:@~"


class HasDefaultHost(Protocol):
    """What `DefaultHostMatches` asks of an application."""

    default_host: str | None


class Matcher:
    """Says whether a rule is for a request; subclass it for conditions of your own."""

    def match(self, request: HTTPServerRequest) -> dict[str, object] | None:
        """The arguments for the rule's target, or None if the rule is not for *request*.

        ``path_args`` (a list) and ``path_kwargs`` (a dict) become the arguments of a handler's
        methods; a router gets all of them.
        """
        raise NotImplementedError

    def reverse(self, *args: object, **kwargs: object) -> str | None:
        """The path of a request that matches, or None if that is not known."""
        return None


class AnyMatches(Matcher):
    """Every request."""

    def match(self, request: HTTPServerRequest) -> dict[str, object] | None:
        """No arguments."""
        return {}


class HostMatches(Matcher):
    """Requests for some hosts.

    :param host_pattern: a regular expression for the whole host name, without its port.
    """

    def __init__(self, host_pattern: str | re.Pattern[str]) -> None:
        self.host_pattern = whole_pattern(host_pattern, re.IGNORECASE)

    def match(self, request: HTTPServerRequest) -> dict[str, object] | None:
        """No arguments."""
        return {} if self.host_pattern.match(request.host_name) else None


class DefaultHostMatches(Matcher):
    """Requests for other hosts, where the default host of *application* is one of these.

    A request with ``X-Real-Ip`` never matches: it came through a proxy, which knows the host.
    """

    def __init__(self, application: HasDefaultHost, host_pattern: re.Pattern[str]) -> None:
        self.application = application
        self.host_pattern = host_pattern

    def match(self, request: HTTPServerRequest) -> dict[str, object] | None:
        """No arguments."""
        host = self.application.default_host
        if host is None or "X-Real-Ip" in request.headers:
            return None
        return {} if self.host_pattern.match(host) else None


class PathMatches(Matcher):
    """Requests for some paths.

    :param path_pattern: a regular expression for the whole path; its groups become arguments,
        named ones by name.
    :raises ValueError: it is none, or mixes named and positional groups.
    """

    converters: Mapping[str, Converter] = {}

    def __init__(self, path_pattern: str | re.Pattern[str]) -> None:
        try:
            self.regex = whole_pattern(path_pattern)
        except re.error as error:
            raise ValueError(
                f"the route {path_pattern!r} is no regular expression: {error}"
            ) from None
        if self.regex.groupindex and len(self.regex.groupindex) != self.regex.groups:
            raise ValueError(f"the route {path_pattern!r} mixes named and positional groups")

    def match(self, request: HTTPServerRequest) -> dict[str, object] | None:
        """The groups, percent-decoded to bytes."""
        found = self.regex.match(request.path)
        if found is None:
            return None
        if not self.regex.groups:
            return {}
        if self.regex.groupindex:
            named = {name: _unquoted(value) for name, value in found.groupdict().items()}
            return {"path_args": [], "path_kwargs": named}
        return {"path_args": [_unquoted(value) for value in found.groups()], "path_kwargs": {}}

    def reverse(self, *args: object, **kwargs: object) -> str | None:
        """The path with *args* in place of the groups, percent-encoded.

        :raises ValueError: their number is wrong, or the pattern has more than literal text and
            simple groups.
        """
        quote = _quote()
        parts = literal_parts(self.regex.pattern)
        if parts is None:
            raise ValueError(f"the route {self.regex.pattern!r} cannot be reversed")
        values = [
            value if isinstance(value, bytes) else str(value).encode()
            for value in self._in_order(args, kwargs, len(parts) - 1)
        ]
        for safe in (SAFE_IN_SEGMENT + "/", SAFE_IN_SEGMENT):
            texts = [quote(value, safe) for value in values]
            path = parts[0] + "".join(map("".join, zip(texts, parts[1:], strict=True)))
            # A slash is left as it is where the rule still leads back to the same arguments.
            found = self.regex.match(path)
            if found is not None and list(found.groups()) == texts:
                break
        return path

    def _in_order(
        self, args: tuple[object, ...], kwargs: Mapping[str, object], count: int
    ) -> list[object]:
        """The values for the groups, of which some may be given by name."""
        values = list(args)
        names = list(self.regex.groupindex)
        unknown = sorted(set(kwargs) - set(names[len(values) :]))
        if unknown:
            raise ValueError(f"the route {self.regex.pattern!r} takes no argument {unknown[0]!r}")
        values += [kwargs[name] for name in names[len(values) :] if name in kwargs]
        if len(values) != count:
            raise ValueError(
                f"the route {self.regex.pattern!r} takes {count} arguments, not {len(values)}"
            )
        return values


def whole_pattern(
    pattern: str | re.Pattern[str], flags: re.RegexFlag = re.NOFLAG
) -> re.Pattern[str]:
    """*pattern*, compiled so that it matches nothing but a whole text.

    :raises re.error: it is no regular expression.
    """
    source = pattern if isinstance(pattern, str) else pattern.pattern
    if not isinstance(pattern, str):
        flags |= re.RegexFlag(pattern.flags)
    return re.compile(source if source.endswith("$") else source + "$", flags)


# What is remembered: a statement that imports takes half a microsecond each time.
@functools.cache
def _quote() -> Callable[[bytes, str], str]:
    from urllib.parse import quote

    return quote


def _unquoted(value: str | None) -> bytes | None:
    return None if value is None else url_unescape(value, encoding=None, plus=False)
