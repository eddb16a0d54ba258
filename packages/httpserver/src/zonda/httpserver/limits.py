"""How much, how many and how long: every bound of a server, by name."""

from __future__ import annotations

KIB = 1024
MIB = 1024 * KIB


class Limits:
    """The bounds of a server; sizes in bytes, times in seconds; never changed.

    :ivar max_header_size: request line and header lines together, and trailers (431, or 414 when
        the request line alone is longer).  Browsers stay below 16 KiB; cookies of single sign-on
        need more.
    :ivar max_header_count: header lines of a request (431).
    :ivar max_body_size: the body of a request (413); a handler that streams may raise it.
    :ivar header_timeout: from the first byte of a head to its end, and from a connection's
        beginning to its first byte, unless `idle_connection_timeout` is shorter.
    :ivar chunk_size: what a delegate gets of a body at once.
    :ivar body_timeout: how long a body may fall behind `min_body_rate`.
    :ivar min_body_rate: bytes per second that a sender must reach on average, so that a body
        cannot be dripped in for ever (408).
    :ivar idle_connection_timeout: between two requests.  Longer than the 60 s after which common
        load balancers drop a connection: the one that closes first should be the client.
    :ivar write_timeout: how long a peer may refuse to read an answer.
    :ivar linger_timeout: how long a refused peer is listened to, so that it can read why.
    :ivar tls_handshake_timeout: how long a TLS handshake may take.
    """

    max_header_size: int = 64 * KIB
    max_header_count: int = 128
    max_body_size: int = 100 * MIB
    chunk_size: int = 256 * KIB
    header_timeout: float = 20.0
    body_timeout: float = 30.0
    min_body_rate: int = 256
    idle_connection_timeout: float = 75.0
    write_timeout: float = 120.0
    linger_timeout: float = 2.0
    tls_handshake_timeout: float = 20.0

    def __init__(
        self,
        max_header_size: int = max_header_size,
        max_header_count: int = max_header_count,
        max_body_size: int = max_body_size,
        chunk_size: int = chunk_size,
        header_timeout: float = header_timeout,
        body_timeout: float = body_timeout,
        min_body_rate: int = min_body_rate,
        idle_connection_timeout: float = idle_connection_timeout,
        write_timeout: float = write_timeout,
        linger_timeout: float = linger_timeout,
        tls_handshake_timeout: float = tls_handshake_timeout,
    ) -> None:
        bounds = dict(locals())
        del bounds["self"]
        for name, value in bounds.items():
            if not isinstance(value, int | float) or isinstance(value, bool) or not value > 0:
                raise ValueError(f"{name} must be a number above 0, not {value!r}")
        vars(self).update(bounds)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"limits stay as they are made: {name} cannot be set")

    def __eq__(self, other: object) -> bool:
        return vars(self) == vars(other) if isinstance(other, Limits) else NotImplemented

    def __hash__(self) -> int:
        return hash(tuple(vars(self).values()))

    def __repr__(self) -> str:
        return f"Limits({', '.join([f'{name}={bound!r}' for name, bound in vars(self).items()])})"


def changed(limits: Limits, **bounds: float | None) -> Limits:
    """*limits* with those of *bounds* that are not None.

    :raises TypeError: there is no such limit.
    :raises ValueError: one is not above 0.
    """
    known = vars(limits)
    unknown = sorted(set(bounds) - set(known))
    if unknown:
        raise TypeError(
            f"HTTPServer has no argument {unknown[0]!r}; its limits are {', '.join(sorted(known))}"
        )
    given = {name: value for name, value in bounds.items() if value is not None}
    return Limits(**{**known, **given})
