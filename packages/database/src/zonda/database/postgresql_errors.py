"""What PostgreSQL calls an error (SQLSTATE, appendix A of its manual), and what it is here."""

from __future__ import annotations

import re

from .errors import (
    ConnectionLostError,
    DatabaseError,
    DataError,
    IntegrityError,
    NotSupportedError,
    OperationalError,
    ProgrammingError,
    StatementTimeoutError,
    TransactionConflictError,
)


def message_of(error: Exception) -> str:
    """Without the DETAIL, which shows the values of the row."""
    return str(getattr(error, "message", None) or error).partition("\n")[0]


def wrong_value(error: Exception) -> DataError | None:
    """What is wrong with a parameter, if that is what asyncpg says; without the value."""
    match = re.match(r"invalid input for query argument \$(\d+): .* \((.*?)\)\Z", str(error), re.S)
    return None if match is None else DataError(f"parameter {match[1]}: {match[2]}")


_CODES: tuple[tuple[str, type[DatabaseError]], ...] = (
    ("57014", StatementTimeoutError),
    ("57P0", ConnectionLostError),
    ("08", ConnectionLostError),
    ("0A", NotSupportedError),
    ("22", DataError),
    ("23", IntegrityError),
    ("25P02", ProgrammingError),
    ("40", TransactionConflictError),
    ("55P03", TransactionConflictError),
    ("26", ProgrammingError),
    ("42501", OperationalError),
    ("42", ProgrammingError),
)


def error_class(code: str) -> type[DatabaseError]:
    """What an error with this SQLSTATE is here."""
    return next((found for prefix, found in _CODES if code.startswith(prefix)), OperationalError)
