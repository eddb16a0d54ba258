"""Every bound of a server has a name, a finite default and a sentence about it."""

from __future__ import annotations

import inspect
import math
import pickle

import pytest

from zonda.httpserver import Limits
from zonda.httpserver.limits import changed

BOUNDS = inspect.signature(Limits).parameters


@pytest.mark.parametrize("name", BOUNDS)
def test_defaults_are_finite_and_described(name: str) -> None:
    """HS-12, HS-33: no peer can wait, send or make us keep anything for ever."""
    default = BOUNDS[name].default
    assert isinstance(default, int | float)
    assert 0 < default < math.inf
    assert default == getattr(Limits, name) == getattr(Limits(), name)
    assert f":ivar {name}:" in (Limits.__doc__ or "")


def test_nobody_can_hold_a_connection_for_long_by_default() -> None:
    """HS-33: silent, slow in its head or in its body, idle, or within a TLS handshake."""
    limits = Limits()
    assert max(limits.header_timeout, limits.tls_handshake_timeout, limits.body_timeout) <= 60
    assert max(limits.idle_connection_timeout, limits.write_timeout) <= 120
    assert limits.min_body_rate > 0


@pytest.mark.parametrize("value", [0, -1, float("nan"), True, "5", None])
def test_what_is_no_bound(value: object) -> None:
    with pytest.raises(ValueError, match="header_timeout must be a number above 0"):
        Limits(header_timeout=value)  # type: ignore[arg-type]  # wrong on purpose


def test_what_is_not_given_stays() -> None:
    assert changed(Limits(), chunk_size=5, max_body_size=None) == Limits(chunk_size=5)
    with pytest.raises(TypeError, match="no argument 'max_bodysize'"):
        changed(Limits(), max_bodysize=5)


def test_limits_are_a_value() -> None:
    """They are equal if their bounds are, can be kept in sets, sent elsewhere, and not changed."""
    limits = Limits(chunk_size=5)
    assert limits == Limits(chunk_size=5) == pickle.loads(pickle.dumps(limits))
    assert len({limits, Limits(chunk_size=5), Limits()}) == 2
    assert limits != 5
    assert "chunk_size=5," in repr(limits)
    with pytest.raises(AttributeError, match="chunk_size cannot be set"):
        limits.chunk_size = 6
