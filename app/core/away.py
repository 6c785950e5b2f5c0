"""Whether the house or what it stands on is at fault: the database, the store of files, a full disk."""

import errno

from psycopg import errors as pg
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, PendingRollbackError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.core.storage import StorageAway

_CONNECTION_LOST = "8s2b"  # SQLAlchemy's mark: the connection went earlier in the same transaction
# What PostgreSQL says when it cannot serve now: disk full, too many connections, going down.
_GONE = (pg.DiskFull, pg.TooManyConnections, pg.AdminShutdown, pg.CrashShutdown, pg.CannotConnectNow,
         pg.ConnectionException, pg.ReadOnlySqlTransaction)  # fmt: skip
# What it says when it serves and ended this statement: too slow, or in the way of another.
_ENDED = (pg.QueryCanceled, pg.DeadlockDetected, pg.LockNotAvailable)


def is_away(error: BaseException) -> bool:
    """Whether something that everything needs is away, whatever was asked of it."""
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return True
    if isinstance(error, PoolTimeout | InterfaceError | StorageAway):
        return True
    if isinstance(error, PendingRollbackError):
        return error.code == _CONNECTION_LOST
    if isinstance(error, DBAPIError):
        is_other = isinstance(error, OperationalError) and not isinstance(
            error.orig, (*_ENDED, pg.SerializationFailure)
        )
        return error.connection_invalidated or isinstance(error.orig, _GONE) or is_other
    return False


def is_ended(error: BaseException) -> bool:
    """Whether the database, which is there, ended what was asked of it: it may well go better at once."""
    return isinstance(error, DBAPIError) and isinstance(error.orig, _ENDED)
