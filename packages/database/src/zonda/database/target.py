"""Where the database is: a URL, taken apart and checked."""

from __future__ import annotations

import dataclasses
import enum
import re
import urllib.parse

from .errors import InterfaceError


class Kind(enum.Enum):
    """The databases, by their drivers."""

    SQLITE = "sqlite"
    MYSQL = "mysql"
    POSTGRESQL = "postgresql"


_SCHEMES = {
    "sqlite": Kind.SQLITE,
    "mysql": Kind.MYSQL,
    "mariadb": Kind.MYSQL,
    "postgresql": Kind.POSTGRESQL,
    "postgres": Kind.POSTGRESQL,
}
_OPTIONS = {
    Kind.SQLITE: {"mode"},
    Kind.MYSQL: {"charset", "sql_mode", "time_zone", "unix_socket"},
    Kind.POSTGRESQL: {"application_name", "host", "statement_cache_size"},
}


@dataclasses.dataclass(frozen=True)
class Target:
    """One database; *database* is a path, or empty for memory, where it is SQLite."""

    kind: Kind
    database: str
    host: str | None = None
    port: int | None = None
    user: str | None = None
    password: str | None = dataclasses.field(default=None, repr=False)
    options: dict[str, str] = dataclasses.field(default_factory=dict)

    def __str__(self) -> str:
        """The target without the password, for messages."""
        if self.kind is Kind.SQLITE:
            return f"sqlite:///{self.database or ':memory:'}"
        user = f"{self.user}@" if self.user else ""
        port = f":{self.port}" if self.port else ""
        return f"{self.kind.value}://{user}{self.host or 'localhost'}{port}/{self.database}"


def parse(url: str) -> Target:
    """Take a URL apart.

    ``sqlite:///relative.db``, ``sqlite:////absolute.db``, ``sqlite://`` (in memory),
    ``mysql://user:password@host:port/name``, ``mariadb://...``, ``postgresql://...``.  Special
    characters of user and password are percent-encoded.  Options follow ``?``.

    :raises InterfaceError: when it is none of these; the message does not show the password
    """
    scheme, separator, rest = url.partition("://")
    kind = _SCHEMES.get(scheme.lower()) if separator else None
    if kind is None:
        raise InterfaceError(
            f"a database URL starts with {', '.join(f'{name}://' for name in _SCHEMES)}, "
            f"not {_hidden(url)[:40]!r}"
        )
    location, _, query = rest.partition("?")
    options = _options(kind, query)
    if kind is Kind.SQLITE:
        return _sqlite(location, options)
    return _server(kind, location, options, url)


def from_arguments(host: str, database: str, user: str | None, password: str | None) -> Target:
    """The MySQL server of the original signature: ``host``, ``host:port``, or a socket's path."""
    if "/" in host:
        return Target(
            Kind.MYSQL, database, None, None, user, password, options={"unix_socket": host}
        )
    name, port = _host_and_port(host)
    return Target(Kind.MYSQL, database, name, port, user, password)


def _sqlite(location: str, options: dict[str, str]) -> Target:
    if location and not location.startswith("/"):
        raise InterfaceError(
            f"an SQLite URL has three slashes for a relative path and four for an absolute one: "
            f"sqlite:///{location}"
        )
    path = urllib.parse.unquote(location[1:])
    if "\0" in path:
        raise InterfaceError("the path of an SQLite database contains a NUL")
    if options.get("mode", "rwc") not in ("ro", "rw", "rwc"):
        raise InterfaceError(f"the option mode is ro, rw or rwc, not {options['mode']!r}")
    return Target(Kind.SQLITE, "" if path == ":memory:" else path, options=options)


def _server(kind: Kind, location: str, options: dict[str, str], url: str) -> Target:
    authority, _, database = location.partition("/")
    credentials, at, place = authority.rpartition("@")
    user, colon, password = credentials.partition(":")
    try:
        host, port = _host_and_port(place)
    except InterfaceError as error:
        raise InterfaceError(f"{error.message}, in {_hidden(url)}") from None
    unquote = urllib.parse.unquote
    return Target(
        kind,
        unquote(database),
        host,
        port,
        unquote(user) if at and user else None,
        unquote(password) if colon else None,
        options,
    )


def _host_and_port(place: str) -> tuple[str | None, int | None]:
    match = re.fullmatch(
        r"(?:\[(?P<six>[0-9A-Fa-f:.%]+)\]|(?P<name>[^:\[\]]*))(?::(?P<port>.*))?", place
    )
    if match is None:
        raise InterfaceError(f"{place!r} is no host and port")
    port = match["port"]
    if port is not None and not (re.fullmatch(r"[0-9]{1,5}", port) and 0 < int(port) < 65536):
        raise InterfaceError(f"{port!r} is no port")
    return match["six"] or match["name"] or None, None if port is None else int(port)


def _options(kind: Kind, query: str) -> dict[str, str]:
    try:
        options = dict(urllib.parse.parse_qsl(query, keep_blank_values=True, strict_parsing=True))
    except ValueError as error:
        if not query:
            return {}
        raise InterfaceError("the options of a database URL are name=value&name=value") from error
    unknown = options.keys() - _OPTIONS[kind]
    if unknown:
        raise InterfaceError(
            f"unknown option {', '.join(sorted(unknown))}; "
            f"{kind.value} has: {', '.join(sorted(_OPTIONS[kind]))}"
        )
    return options


def _hidden(url: str) -> str:
    return re.sub(r"(://[^/?#]*?):[^/?#]*@", r"\1:...@", url)
