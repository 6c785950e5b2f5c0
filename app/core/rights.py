"""Two roles in the database: one owns the tables, the application's may only use them.

The application's role makes, changes and drops no table, and only adds to the audit log. Whoever breaks into
the application can thus not take back what the log says.
"""

import logging

from psycopg import sql
from sqlalchemy import Connection, text

log = logging.getLogger(__name__)

# What each of these tables may be used for; all others may be read and written.
_NARROW = {"audit_entry": "select, insert", "alembic_version": "select"}
_FUNCTIONS = ("forget_person_in_audit", "forget_old_audit")


def grant_rights(owner: Connection, role: str, password: str | None = None) -> None:
    """Let `role` use the owner's tables, after each migration. The role is made where it is missing.

    Nothing happens where the owner itself is that role: then the application owns its tables.
    """
    if owner.scalar(text("select current_user")) == role:
        log.warning("the application's role owns its tables; name an owner in DIALOGFORUM_MIGRATION_URL")
        return
    if not owner.scalar(text("select true from pg_roles where rolname = :role"), {"role": role}):
        _make_role(owner, role, password)
    for statement in _list_grants(owner, role):
        _run(owner, statement)


def _make_role(owner: Connection, role: str, password: str | None) -> None:
    command = sql.SQL("create role {} login").format(sql.Identifier(role))
    if password is not None:
        command += sql.SQL(" password {}").format(sql.Literal(password))
    _run(owner, command)


def _list_grants(owner: Connection, role: str) -> list[sql.Composed]:
    name = sql.Identifier(role)
    grants = [
        "grant usage on schema public to {}",
        "grant select, insert, update, delete on all tables in schema public to {}",
        "grant usage, select, update on all sequences in schema public to {}",
    ]
    statements = [sql.SQL(grant).format(name) for grant in grants]
    for table, uses in _NARROW.items():
        narrow = "revoke all on {table} from {role}; grant " + uses + " on {table} to {role}"
        statements.append(sql.SQL(narrow).format(table=sql.Identifier(table), role=name))
    statements += [
        sql.SQL("grant execute on function {} to {}").format(sql.Identifier(function), name)
        for function in _FUNCTIONS
    ]
    return statements


def _run(owner: Connection, command: sql.Composable) -> None:
    driver = owner.connection.driver_connection
    assert driver is not None
    driver.execute(command)
