"""That something was written: what a kept page is held against.

Each transaction that writes in a watched table leaves one row in `page_change`, by triggers, so also what
is written by a job, by another process or by hand; a statement that touches no row writes nothing. The rows
that can be seen are the version of all pages: a transaction that is committed adds one that was never seen
before. Old rows are taken away by the triggers too, in a transaction that leaves a new one; so no version
ever comes again.
"""

from psycopg import sql
from sqlalchemy import BigInteger, Connection, Identity, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base

# What no stranger's page reads, and what is written without anything having changed for one. All other tables
# are watched; that no public page reads these is proved in tests/http/test_page_cache.py.
NOT_WATCHED = frozenset(
    {
        "alembic_version",
        "page_change",
        # who comes, and how
        "api_token",
        "passkey_challenge",
        "provider_session",
        "sign_in_code",
        "sign_in_flow",
        "sign_in_session",
        "spent_logout_token",
        # counts of requests, forms that were sent, work under way
        "job_done",
        "job_run",
        "mail",
        "rate_count",
        "webhook",
        "webhook_delivery",
        "webhook_event",
        "webhook_try",
        "write_key",
        # one's own: what one is typing, when one was last here, one's copy
        "body_read_mark",
        "data_copy",
        "last_visit",
        "privacy_run",
        "typed_idea",
        "typed_need",
    }
)
# Jobs that wait are Procrastinate's, and change with each heartbeat of a worker.
NOT_WATCHED_PREFIX = "procrastinate_"
TRIGGER = "notes_page_change"

# A text that is another after each write; empty where nothing was ever written, and then nothing can be kept.
READ_VERSION = "select case when count(*) = 0 then '' else count(*) || '.' || sum(mark) end from page_change"


class PageChange(Base):
    """One transaction that wrote. `mark` is drawn by lot: numbers come again when a backup is restored."""

    __tablename__ = "page_change"
    __table_args__ = {
        "postgresql_with": {"autovacuum_vacuum_scale_factor": "0", "autovacuum_vacuum_threshold": "200"},
    }

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    tx: Mapped[int] = mapped_column(BigInteger)
    mark: Mapped[int] = mapped_column(BigInteger)


def list_unwatched(connection: Connection) -> list[str]:
    """Tables whose writes should be noted and are not yet."""
    found = connection.scalars(
        text(
            "select c.relname from pg_class c where c.relkind in ('r', 'p') "
            "and c.relnamespace = 'public'::regnamespace and not c.relispartition "
            "and not exists (select from pg_trigger t where t.tgrelid = c.oid and t.tgname = :trigger) "
            "order by c.relname"
        ),
        {"trigger": TRIGGER},
    )
    return [name for name in found if name not in NOT_WATCHED and not name.startswith(NOT_WATCHED_PREFIX)]


def watch_tables(owner: Connection) -> None:
    """Have every watched table note its writes: after each migration, as it may have made tables."""
    driver = owner.connection.driver_connection
    assert driver is not None
    for table in list_unwatched(owner):
        driver.execute(
            sql.SQL(
                "create trigger {} after insert or update or delete or truncate on {} "
                "for each statement execute function note_page_change()"
            ).format(sql.Identifier(TRIGGER), sql.Identifier(table))
        )
