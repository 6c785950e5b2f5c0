"""Taking up what was chosen: where it was written at the commit, elsewhere as PostgreSQL tells of it."""

import logging
import selectors
import socket
import threading

import psycopg
from sqlalchemy import event, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app.core.chosen import put_in_force
from app.core.database import Database
from app.domain.site.queries import read_chosen

log = logging.getLogger(__name__)

CHANNEL = "site"
# Seconds.
RECONNECT = 1.0
LOOKED_AGAIN = 30.0  # also where nothing was heard
FIRST_LOOK = 1.0  # that a start waits for
STOPPED = 2.0  # that a stop waits for at most

_TELL = text("select pg_notify(:channel, '')")


def take_up_when_committed(session: Session) -> None:
    """Put what this transaction has chosen in force here as it is committed, and tell the other processes."""
    session.execute(_TELL, {"channel": CHANNEL})
    found = read_chosen(session)

    is_void = threading.Event()

    def take(session: Session) -> None:
        if not is_void.is_set():
            put_in_force(found)

    event.listen(session, "after_rollback", lambda session: is_void.set())
    event.listen(session, "after_commit", take)


def take_up(database: Database) -> None:
    """Put in force what the database holds."""
    with database.session() as session:
        put_in_force(read_chosen(session))


class Watch:
    """A thread that hears of choices made in other processes. Without a database the last ones hold."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._has_looked = threading.Event()
        self._stopping = threading.Event()
        self._bell = socket.socketpair()  # wakes the thread when it is to stop
        self._thread = threading.Thread(target=self._run, name="site", daemon=True)

    def start(self) -> None:
        """Returns when the first look is done, or after a second where the database lets wait for itself."""
        self._thread.start()
        self._has_looked.wait(FIRST_LOOK)

    def stop(self) -> None:
        """Let go of the database before it is closed."""
        self._stopping.set()
        self._bell[1].send(b"!")
        self._thread.join(timeout=STOPPED)
        if not self._thread.is_alive():
            for end in self._bell:
                end.close()

    def _run(self) -> None:
        was_well = True
        while not self._stopping.is_set():
            try:
                self._listen()
                was_well = True
            except (psycopg.Error, SQLAlchemyError, OSError) as problem:
                if was_well and not self._stopping.is_set():
                    log.warning("what admins set is not heard of: %s", type(problem).__name__)
                was_well = False
            self._stopping.wait(RECONNECT)

    def _listen(self) -> None:
        with psycopg.connect(
            self._database.dsn,
            autocommit=True,
            connect_timeout=5,
            keepalives_idle=10,
            keepalives_interval=5,
            keepalives_count=3,
        ) as connection:
            connection.execute(f"listen {CHANNEL}")
            with selectors.DefaultSelector() as selector:
                selector.register(connection.fileno(), selectors.EVENT_READ)
                selector.register(self._bell[0], selectors.EVENT_READ)
                while not self._stopping.is_set():
                    take_up(self._database)
                    self._has_looked.set()
                    # Whatever was told, everything is read again; nothing told is a look for safety's sake.
                    selector.select(LOOKED_AGAIN)
                    for _ in connection.notifies(timeout=0):
                        pass
