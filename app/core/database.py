"""PostgreSQL through SQLAlchemy: one engine a process, one session a unit of work."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from psycopg.conninfo import make_conninfo
from sqlalchemy import DateTime, Engine, MetaData, create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker

POOL_SIZE = 20


class Base(DeclarativeBase):
    """Every table of the house. Relationships are not used: queries say what they read."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: DateTime(timezone=True)}


class Database:
    """The engine and the making of sessions; connects on demand, so that a start needs no database."""

    def __init__(self, url: str, pool_size: int = POOL_SIZE) -> None:
        self.pool_size = pool_size
        self.url = make_url(url).set(drivername="postgresql+psycopg")
        self.engine: Engine = create_engine(
            self.url,
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=5,
            pool_pre_ping=True,
            # What people wrote, and above all what is confidential, stays out of the log.
            hide_parameters=True,
            connect_args={
                "connect_timeout": 5,
                # Joins are done in the order in which they are written, from what is looked for outwards: to
                # try all orders of a list's dozen tables took ten times as long as reading them.
                "options": "-c statement_timeout=15000 -c idle_in_transaction_session_timeout=60000"
                " -c timezone=UTC -c join_collapse_limit=1 -c jit=off",
            },
        )
        self.session = sessionmaker(self.engine, expire_on_commit=False)
        self._closed_too: list[Callable[[], None]] = []

    @property
    def dsn(self) -> str:
        """The address in libpq's form, for jobs and tools. Holds the password."""
        told = self.url.translate_connect_args(username="user", database="dbname")
        asked = {name: ",".join(values) for name, values in self.url.normalized_query.items()}
        return make_conninfo(**told, **asked)

    @contextmanager
    def unit(self) -> Iterator[Session]:
        """One transaction: committed at the end, rolled back on any error."""
        with self.session() as session, session.begin():
            yield session

    def is_alive(self) -> bool:
        """Whether the database answers now."""
        try:
            with self.engine.connect() as connection:
                connection.execute(text("select 1"))
        except Exception:  # noqa: BLE001  whatever is wrong, the answer is no
            return False
        return True

    def close_also(self, close: Callable[[], None]) -> None:
        """Have a connection that stands beside the pool closed with it."""
        self._closed_too.append(close)

    def close(self) -> None:
        self.engine.dispose()
        for close in self._closed_too:
            close()
