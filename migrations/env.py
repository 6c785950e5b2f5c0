"""Alembic's entry: runs against the connection it is given, or the database that the settings name."""

from alembic import context

from app.core.database import Base, Database
from app.tables import load_all_tables

load_all_tables()


def is_ours(object_, name, type_, reflected, compare_to):
    """Jobs keep their tables themselves; the migrations only make room for them."""
    return not (name or "").startswith("procrastinate_")


def run(connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        include_object=is_ours,
        compare_type=True,
        compare_server_default=False,
    )
    with context.begin_transaction():
        context.run_migrations()


connection = context.config.attributes.get("connection")
if connection is not None:
    run(connection)
else:
    from app.settings import Settings

    settings = Settings()
    if settings.database_url is None:
        raise SystemExit("Set DATABASE_URL, or use `dialogforum migrate`, which knows the embedded database.")
    database = Database((settings.migration_url or settings.database_url).get_secret_value())
    with database.engine.connect() as opened:
        run(opened)
        opened.commit()
