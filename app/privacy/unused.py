"""Accounts that nobody uses: their people are warned, and if nobody signs in they are erased."""

import logging
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Table, func, select
from sqlalchemy.orm import Session

from app.core.clock import now
from app.core.database import Database
from app.core.events import announce
from app.core.policy import Stopped
from app.domain.users.models import User
from app.privacy.erasing import erase_unused_account
from app.privacy.events import AccountWarned
from app.privacy.owners import table_named
from app.privacy.periods import Periods, periods_in_force
from app.privacy.retention import BATCH, Rule

log = logging.getLogger(__name__)


def _last_used(table: Table) -> ColumnElement[Any]:
    """When somebody last signed in, or a program with their key did; at first when the account was made."""
    keys = table_named("api_token")
    by_key = select(func.max(keys.c.last_used_at)).where(keys.c.user_id == table.c.id).scalar_subquery()
    return func.greatest(table.c.created_at, table.c.signed_in_at, by_key)


def _is_somebodys(table: Table) -> ColumnElement[bool]:
    """A real account of its own: not erased, not an example, not joined into another."""
    return table.c.erased_at.is_(None) & table.c.is_example.is_(False) & table.c.joined_into_id.is_(None)


def _is_unused(table: Table, before: datetime) -> ColumnElement[bool]:
    return _is_somebodys(table) & (_last_used(table) < before)


def _is_due(table: Table, before: datetime) -> ColumnElement[bool]:
    warned_before = now() - timedelta(days=periods_in_force().warning)
    return _is_unused(table, before) & (table.c.warned_at < warned_before)


ACCOUNT_RULES: tuple[Rule, ...] = (
    Rule("accounts_warned", "user_account", "unused_before_warning", _last_used,
         lambda table, before: _is_unused(table, before) & table.c.warned_at.is_(None)),
    Rule("accounts", "user_account", "unused_accounts", _last_used, _is_due),
)  # fmt: skip


def warn_unused_accounts(session: Session, periods: Periods, batch: int = BATCH) -> int:
    """Warn some of those whose accounts will be erased; how many. Fewer than `batch` when none are left."""
    table = table_named("user_account")
    before = now() - timedelta(days=periods.unused_before_warning)
    unwarned = (
        select(User)
        .where(_is_unused(table, before), User.warned_at.is_(None))
        .order_by(User.id)
        .limit(batch)
        .with_for_update(skip_locked=True)
    )
    users = session.scalars(unwarned).all()
    for user in users:
        user.warned_at = now()
        announce(session, AccountWarned(user.id))
    return len(users)


def erase_unused_accounts(database: Database, periods: Periods) -> int:
    """Erase those that were warned long enough ago and are unused still, each in its own transaction.

    The last admin of an organiser stays. How many were erased.
    """
    table = table_named("user_account")
    moment = now()
    due = select(table.c.id).where(_is_due(table, moment - timedelta(days=periods.unused_accounts)))
    with database.unit() as session:
        ids = session.scalars(due.order_by(table.c.id)).all()
    erased = 0
    for user_id in ids:
        try:
            with database.unit() as session:
                erase_unused_account(session, user_id)
            erased += 1
        except Stopped as hindrance:
            log.warning("account %s is unused and stays: %s", user_id, hindrance.code)
    return erased
