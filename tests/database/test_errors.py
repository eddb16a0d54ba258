"""An error says what went wrong, and where."""

from __future__ import annotations

import pickle

import pytest

from zonda.database import DatabaseError, IntegrityError, errors
from zonda.database.errors import SHOWN_STATEMENT


def test_text_of_an_error() -> None:
    assert str(DatabaseError("wrong")) == "wrong"
    assert str(DatabaseError("wrong", code="7")) == "wrong (7)"
    error = IntegrityError("wrong", code="7", statement="SELECT %s")
    assert str(error) == "wrong (7) in: SELECT %s"
    assert (error.message, error.code, error.statement) == ("wrong", "7", "SELECT %s")


def test_long_statement_is_shown_in_part() -> None:
    error = DatabaseError("wrong", statement="x" * (SHOWN_STATEMENT + 1))
    assert str(error) == f"wrong in: {'x' * SHOWN_STATEMENT}..."
    assert error.statement == "x" * (SHOWN_STATEMENT + 1)


def test_error_can_be_sent_to_another_process() -> None:
    error = pickle.loads(pickle.dumps(IntegrityError("wrong", code="7", statement="s")))
    assert str(error) == "wrong (7) in: s"


@pytest.mark.parametrize("name", [name for name in dir(errors) if name.endswith("Error")])
def test_one_root(name: str) -> None:
    assert issubclass(getattr(errors, name), DatabaseError)
