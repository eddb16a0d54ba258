"""One tree of errors, whatever the database.

An error carries the statement, with placeholders where the values were, and the database's own code
(an SQLSTATE, an error number, an SQLite result name).  It carries no parameter and no password:
values that the database repeats in its message are taken out, and the driver's own exception is
not chained, since it has them too.
"""

from __future__ import annotations

# Enough to recognise a statement by in a log; the whole of it is the attribute.
SHOWN_STATEMENT = 500


class DatabaseError(Exception):
    """The root of all errors of this package.

    :ivar statement: the statement, without its parameters; None where there was none
    :ivar code: what the database calls this error; None where it has no name
    """

    def __init__(
        self, message: str, *, statement: str | None = None, code: str | None = None
    ) -> None:
        super().__init__(message)
        self.statement = statement
        self.code = code

    @property
    def message(self) -> str:
        """What went wrong, without the code and the statement."""
        return str(self.args[0])

    @message.setter
    def message(self, text: str) -> None:
        self.args = (text,)

    def __str__(self) -> str:
        text = self.message if self.code is None else f"{self.message} ({self.code})"
        if self.statement is None:
            return text
        shown = self.statement[:SHOWN_STATEMENT]
        return f"{text} in: {shown}{'...' if shown != self.statement else ''}"


class InterfaceError(DatabaseError):
    """The package was used wrongly: a bad URL, a closed database, a missing driver."""


class ProgrammingError(DatabaseError):
    """The statement is wrong: its syntax, a name in it, the number of its parameters."""


class MultipleRowsError(ProgrammingError):
    """``get()`` found more than one row."""


class DataError(DatabaseError):
    """A value does not fit: its type, its size, its range."""


class IntegrityError(DatabaseError):
    """A constraint was violated: unique, foreign key, not null, check."""


class NotSupportedError(DatabaseError):
    """This database does not have what was asked for."""


class OperationalError(DatabaseError):
    """Something outside of the statement: the server, the network, a file, a limit."""


class ConnectionLostError(OperationalError):
    """The connection broke, before or during the statement: it may or may not have happened."""


class TransactionConflictError(OperationalError):
    """Another transaction was in the way (deadlock, serialisation, lock): trying again may help."""


class StatementTimeoutError(OperationalError):
    """The statement took longer than the statement timeout and was stopped."""


class PoolTimeoutError(OperationalError):
    """All connections of the pool were in use for the whole pool timeout."""
