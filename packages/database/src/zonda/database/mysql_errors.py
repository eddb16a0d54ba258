"""What MySQL and MariaDB call an error, and what it is here."""

from __future__ import annotations

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
    """The server's words, without its number."""
    arguments = error.args
    if len(arguments) > 1 and isinstance(arguments[0], int):
        return str(arguments[1])
    return str(error)


_NUMBERS: dict[type[DatabaseError], frozenset[int]] = {
    IntegrityError: frozenset(
        {1022, 1048, 1062, 1169, 1216, 1217, 1364, 1451, 1452, 1557, 1586, 3819, 4025}
    ),
    ProgrammingError: frozenset(
        {1050, 1051, 1052, 1054, 1060, 1061, 1064, 1065, 1091, 1109, 1136, 1146, 1149, 1295, 1305}
        | {1318}
    ),
    DataError: frozenset({1264, 1265, 1292, 1365, 1366, 1367, 1406, 1411, 1441, 1690, 3140, 4038}),
    ConnectionLostError: frozenset({1053, 1077, 1152, 1158, 1159, 1160, 1161, 1927, 2006, 2013}),
    StatementTimeoutError: frozenset({1969, 3024}),
    TransactionConflictError: frozenset({1205, 1213, 1020, 3572}),
    NotSupportedError: frozenset({1178, 1235, 1289, 1286}),
}
_CLASSES = {number: found for found, numbers in _NUMBERS.items() for number in numbers}


def error_class(number: int, error: Exception) -> type[DatabaseError]:
    """What an error of the driver is here; 0 is no number of the server's."""
    if number == 0 and type(error).__name__ == "ProgrammingError":
        return DataError
    return _CLASSES.get(number, OperationalError)
