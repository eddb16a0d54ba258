"""SQLSTATE, and what it is here."""

from __future__ import annotations

import pytest

from zonda.database import (
    ConnectionLostError,
    DatabaseError,
    IntegrityError,
    OperationalError,
    StatementTimeoutError,
    TransactionConflictError,
)
from zonda.database.postgresql_errors import error_class


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("40001", TransactionConflictError),
        ("40P01", TransactionConflictError),
        ("57014", StatementTimeoutError),
        ("57P01", ConnectionLostError),
        ("23514", IntegrityError),
        ("53300", OperationalError),
        ("", OperationalError),
    ],
)
def test_codes(code: str, kind: type[DatabaseError]) -> None:
    assert error_class(code) is kind
