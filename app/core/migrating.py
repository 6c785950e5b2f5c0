"""Where the migrations are, in a checkout and in a wheel."""

from functools import cache
from pathlib import Path

from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

_APP = Path(__file__).resolve().parent.parent


def alembic_config() -> Config:
    """Alembic's settings, made here so that no folder needs to be the current one."""
    inside = _APP / "migrations"
    config = Config()
    config.set_main_option(
        "script_location", str(inside if inside.is_dir() else _APP.parent / "migrations").replace("%", "%%")
    )
    return config


def is_behind(connection: Connection) -> bool:
    """Whether the tables are older than this code. Newer ones are fine: while a new version is rolled out,
    the old one goes on with the new one's tables (docs/operations.md)."""
    if not connection.scalar(text("select to_regclass('public.alembic_version') is not null")):
        return True
    found = connection.scalar(text("select version_num from alembic_version"))
    return found in _older_revisions()


@cache
def _older_revisions() -> frozenset[str | None]:
    """All that came before this code's last one, and none at all."""
    scripts = ScriptDirectory.from_config(alembic_config())
    last = scripts.get_current_head()
    return frozenset({None, *(one.revision for one in scripts.walk_revisions() if one.revision != last)})
