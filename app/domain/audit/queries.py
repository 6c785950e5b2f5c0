"""Reading who did what, on whose behalf, when, from where, and what it was before and after."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session

from app.core.audit import AuditEntry
from app.core.clock import COPENHAGEN
from app.core.policy import Actor, require
from app.domain.audit.policy import may_read_audit
from app.domain.organisations.models import Organisation
from app.domain.users.models import User
from app.domain.users.queries import matching

PER_PAGE = 50
MOST_EXPORTED = 50_000


@dataclass(frozen=True, slots=True)
class Search:
    """What to look for; what is empty narrows nothing. Days are Danish ones, both included."""

    who: str = ""
    verb: str = ""
    thing: str = ""
    thing_id: int | None = None
    organisation_id: int | None = None
    outcome: str = ""
    first_day: date | None = None
    last_day: date | None = None


@dataclass(frozen=True, slots=True)
class EntryView:
    id: int
    at: datetime
    verb: str
    thing: str
    thing_id: int | None
    user_id: int | None
    user_name: str
    organisation_id: int | None
    organisation_name: str | None
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    outcome: str
    client: str
    request_id: str | None
    is_erased: bool


def list_entries(
    session: Session, actor: Actor, search: Search, before_id: int | None = None
) -> list[EntryView]:
    """One page of entries, the newest first, of those older than `before_id`; one more than a page at most,
    which tells that there are more."""
    require(may_read_audit(actor))
    statement = _select(search).order_by(AuditEntry.id.desc()).limit(PER_PAGE + 1)
    if before_id is not None:
        statement = statement.where(AuditEntry.id < before_id)
    return [EntryView(*row) for row in session.execute(statement)]


def export_entries(session: Session, actor: Actor, search: Search) -> Iterator[EntryView]:
    """All that is found, the oldest first, at most `MOST_EXPORTED`: those are the newest."""
    require(may_read_audit(actor))
    newest = _select(search).order_by(AuditEntry.id.desc()).limit(MOST_EXPORTED).subquery()
    statement = select(newest).order_by(newest.c.id)
    for row in session.execute(statement.execution_options(yield_per=500)):
        yield EntryView(*row)


def _select(search: Search) -> Select[Any]:
    return (
        select(
            AuditEntry.id,
            AuditEntry.at,
            AuditEntry.verb,
            AuditEntry.thing,
            AuditEntry.thing_id,
            AuditEntry.user_id,
            AuditEntry.user_name,
            AuditEntry.on_behalf_of_id,
            Organisation.name,
            AuditEntry.before,
            AuditEntry.after,
            AuditEntry.outcome,
            AuditEntry.client,
            AuditEntry.request_id,
            User.erased_at.is_not(None).label("is_erased"),
        )
        .outerjoin(Organisation, Organisation.id == AuditEntry.on_behalf_of_id)
        .outerjoin(User, User.id == AuditEntry.user_id)
        .where(*_conditions(search))
    )


def _conditions(search: Search) -> Iterator[ColumnElement[bool]]:
    if search.who:
        yield _is_by(search.who)
    if search.organisation_id is not None:
        yield AuditEntry.on_behalf_of_id == search.organisation_id
    for column in ("verb", "thing", "outcome", "thing_id"):
        value = getattr(search, column)
        if value not in ("", None):
            yield getattr(AuditEntry, column) == value
    if search.first_day is not None:
        yield AuditEntry.at >= _begin(search.first_day)
    if search.last_day is not None and search.last_day < date.max:
        yield AuditEntry.at < _begin(search.last_day + timedelta(days=1))


def _is_by(who: str) -> ColumnElement[bool]:
    """By somebody of this name, speaking for an organisation of this name, or with this user number."""
    by = or_(
        AuditEntry.user_name.ilike(matching(who)), func.coalesce(Organisation.name, "").ilike(matching(who))
    )
    return (
        or_(by, AuditEntry.user_id == int(who)) if who.isascii() and who.isdigit() and len(who) < 10 else by
    )


def _begin(day: date) -> datetime:
    return datetime.combine(day, time(), COPENHAGEN)
