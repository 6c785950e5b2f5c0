"""Where the migrations are, in a checkout and in a wheel, and whether the tables are as they leave them.

Alembic is read only where something is to be migrated: it takes thirty megabytes and most of a second, which
no process that serves pages needs.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, text

if TYPE_CHECKING:
    from alembic.config import Config

_APP = Path(__file__).resolve().parent.parent


def _folder() -> Path:
    inside = _APP / "migrations"
    return inside if inside.is_dir() else _APP.parent / "migrations"


def alembic_config() -> Config:
    """Alembic's settings, made here so that no folder needs to be the current one."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_folder()).replace("%", "%%"))
    return config


@cache
def newest_revision() -> str:
    """Of this code: revisions are numbers of four digits, with which their files begin."""
    return max(path.name[:4] for path in (_folder() / "versions").glob("[0-9][0-9][0-9][0-9]_*.py"))


def find_revision(connection: Connection) -> str | None:
    """Of the tables; None where there are none."""
    if not connection.scalar(text("select to_regclass('public.alembic_version') is not null")):
        return None
    return connection.scalar(text("select version_num from alembic_version"))


def is_behind(connection: Connection) -> bool:
    """Whether the tables are older than this code. Newer ones are fine: while a new version is rolled out,
    the old one goes on with the new one's tables (docs/operations.md)."""
    found = find_revision(connection)
    return found is None or found < newest_revision()
