"""URLs say where the database is, or what is wrong with them."""

from __future__ import annotations

import pytest

from zonda.database import InterfaceError
from zonda.database.target import Kind, Target, from_arguments, parse


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("sqlite://", Target(Kind.SQLITE, "")),
        ("sqlite:///", Target(Kind.SQLITE, "")),
        ("sqlite:///:memory:", Target(Kind.SQLITE, "")),
        ("sqlite:///a/b.db", Target(Kind.SQLITE, "a/b.db")),
        ("sqlite:////a/b.db", Target(Kind.SQLITE, "/a/b.db")),
        ("SQLite:///a%20b.db?mode=ro", Target(Kind.SQLITE, "a b.db", options={"mode": "ro"})),
        ("mysql://h/d", Target(Kind.MYSQL, "d", "h")),
        ("mariadb://u:p@h:1/d", Target(Kind.MYSQL, "d", "h", 1, "u", "p")),
        ("postgres://u@h/d", Target(Kind.POSTGRESQL, "d", "h", None, "u")),
        (
            "postgresql://u%40x:p%2F%3A@[::1]:5/d",
            Target(Kind.POSTGRESQL, "d", "::1", 5, "u@x", "p/:"),
        ),
        ("postgresql://u:a@b@h/d", Target(Kind.POSTGRESQL, "d", "h", None, "u", "a@b")),
        ("postgresql://", Target(Kind.POSTGRESQL, "")),
        (
            "postgresql:///d?host=/run/pg&application_name=x",
            Target(Kind.POSTGRESQL, "d", options={"host": "/run/pg", "application_name": "x"}),
        ),
        ("mysql://u:@h/d", Target(Kind.MYSQL, "d", "h", None, "u", "")),
    ],
)
def test_urls(url: str, target: Target) -> None:
    assert parse(url) == target


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("", "a database URL starts with sqlite://, mysql://,"),
        ("oracle://u:secret@h/d", "not 'oracle://u:...@h/d'"),
        ("file.db", "not 'file.db'"),
        ("sqlite://file.db", "three slashes for a relative path and four for an absolute one"),
        ("sqlite:///a%00b", "contains a NUL"),
        ("sqlite:///a?mode=x", "the option mode is ro, rw or rwc, not 'x'"),
        ("sqlite:///a?timeout=1", "unknown option timeout; sqlite has: mode"),
        ("mysql://h/d?sslmode=1&x=2", "unknown option sslmode, x; mysql has: charset, sql_mode"),
        ("mysql://h/d?charset", "are name=value&name=value"),
        ("mysql://u:secret@h:x/d", "'x' is no port, in mysql://u:...@h:x/d"),
        ("mysql://h:0/d", "'0' is no port"),
        ("mysql://h:65536/d", "'65536' is no port"),
        ("mysql://h:+1/d", r"'\+1' is no port"),
        ("mysql://u:secret@a:b:c/d", "'b:c' is no port"),
        ("mysql://u:secret@[::1/d", r"'\[::1' is no host and port, in mysql://u:...@\[::1/d"),
    ],
)
def test_wrong_urls(url: str, message: str) -> None:
    with pytest.raises(InterfaceError, match=message) as caught:
        parse(url)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("host", "target"),
    [
        ("h", Target(Kind.MYSQL, "d", "h", None, "u", "p")),
        ("h:33", Target(Kind.MYSQL, "d", "h", 33, "u", "p")),
        ("[::1]:33", Target(Kind.MYSQL, "d", "::1", 33, "u", "p")),
        ("/run/s", Target(Kind.MYSQL, "d", None, None, "u", "p", {"unix_socket": "/run/s"})),
    ],
)
def test_original_arguments(host: str, target: Target) -> None:
    assert from_arguments(host, "d", "u", "p") == target


def test_password_is_never_shown() -> None:
    target = parse("mysql://u:secret@h:1/d")
    assert "secret" not in repr(target) + str(target)
    assert str(target) == "mysql://u@h:1/d"
    assert str(parse("postgresql:///d")) == "postgresql://localhost/d"
    assert str(parse("sqlite://")) == "sqlite:///:memory:"
    assert str(parse("sqlite:////x")) == "sqlite:////x"
