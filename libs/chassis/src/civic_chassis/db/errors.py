"""What an error of the database means for a call."""

import asyncpg

from civic_chassis.kernel.errors import DomainError, Kind

# Everything that asyncpg raises, or lets through, when a statement fails.
DRIVER_ERRORS = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError)

_AWAY = (
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.InternalClientError,
    OSError,
)
# The server chose this transaction to give way. Nothing of it happened; a repeat of the call does the work.
_GAVE_WAY = (
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
    asyncpg.LockNotAvailableError,
    asyncpg.DiskFullError,
)


def translate(error: BaseException) -> BaseException:
    """The DomainError that stands for the driver's error, or the error itself where it is a fault of ours.

    A deadlock is not retried here: the unit of work is the caller's code and ran already. It becomes UNAVAILABLE
    like a lost connection, which clients repeat with the same request id.
    """
    if isinstance(error, _AWAY) or _is_closed(error):
        return DomainError(Kind.UNAVAILABLE, "UNAVAILABLE", "the database is away")
    if isinstance(error, _GAVE_WAY):
        return DomainError(Kind.UNAVAILABLE, "UNAVAILABLE", "the database gave way to other work")
    if isinstance(error, asyncpg.QueryCanceledError):
        return DomainError(Kind.DEADLINE, "DEADLINE_EXCEEDED", "the database took too long")
    return error


def _is_closed(error: BaseException) -> bool:
    # asyncpg has no class of its own for the use of a connection that broke in between.
    if not isinstance(error, asyncpg.InterfaceError):
        return False
    return "closed" in str(error) or "released back" in str(error)
