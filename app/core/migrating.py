"""Where the migrations are, in a checkout and in a wheel."""

from pathlib import Path

from alembic.config import Config

_APP = Path(__file__).resolve().parent.parent


def alembic_config() -> Config:
    """Alembic's settings, made here so that no folder needs to be the current one."""
    inside = _APP / "migrations"
    config = Config()
    config.set_main_option(
        "script_location", str(inside if inside.is_dir() else _APP.parent / "migrations").replace("%", "%%")
    )
    return config
