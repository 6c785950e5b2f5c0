"""Forgetting in time: for each kind of data the rows that are past their period, deleted or emptied.

Done in small batches, each a transaction of its own, so that a run may be stopped and begun again at any
moment. What is due is a condition on the rows alone: a second run finds nothing left to do.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    Table,
    delete,
    func,
    literal,
    or_,
    select,
    tuple_,
    union_all,
    update,
)
from sqlalchemy.orm import Session, aliased

from app.core.clock import day_of_in_sql, now
from app.domain.meetings.models import Meeting
from app.domain.outbox.models import Batch
from app.domain.registrations.models import Registration
from app.domain.registrations.queries import old_needs
from app.domain.speakers.models import Speaker
from app.privacy.owners import table_named
from app.privacy.periods import Periods

BATCH = 500


@dataclass(frozen=True, slots=True)
class Rule:
    """Rows of `table` go when they are past `period` (a field of Periods).

    `moment`: the date of a row from which it counts. `due`: the condition, given the table and the moment
    before which rows are past. `values`: what they hold afterwards, where they are not deleted.
    """

    code: str
    table: str
    period: str
    moment: Callable[[Table], ColumnElement[Any]]
    due: Callable[[Table, datetime], ColumnElement[bool]]
    values: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a run would do now: how many rows, and the day of the oldest."""

    code: str
    days: int
    rows: int
    oldest: date | None


def _before(*columns: str) -> dict[str, Any]:
    """Rows whose earliest moment in these columns is past; an empty column counts for nothing."""

    def moment(table: Table) -> ColumnElement[Any]:
        return func.least(*(table.c[name] for name in columns))

    return {"moment": moment, "due": lambda table, before: moment(table) < before}


def _held_at(table: Table) -> ColumnElement[Any]:
    """The day of the meeting that a row names."""
    return select(Meeting.held_on).where(Meeting.id == table.c.meeting_id).scalar_subquery()


def _held_on(registration_id: ColumnElement[Any]) -> ColumnElement[Any]:
    """The day of the meeting that a registration is for."""
    signed_up = aliased(Registration)
    return (
        select(Meeting.held_on)
        .join(signed_up, signed_up.meeting_id == Meeting.id)
        .where(signed_up.id == registration_id)
        .scalar_subquery()
    )


def _left_at(table: Table) -> ColumnElement[Any]:
    """When a letter left or was given up; of one that nobody has sent, when it was written. One that waits
    for its planned hour is not old."""
    written = select(Batch.created_at).where(Batch.id == table.c.batch_id, Batch.status != "planned")
    return func.coalesce(table.c.done_at, written.scalar_subquery())


def _spoke_on(speaker_id: ColumnElement[Any]) -> ColumnElement[Any]:
    """The day of the meeting that a speaker speaks at."""
    speaker = aliased(Speaker)
    return (
        select(Meeting.held_on)
        .join(speaker, speaker.meeting_id == Meeting.id)
        .where(speaker.id == speaker_id)
        .scalar_subquery()
    )


def _is_known(table: Table) -> ColumnElement[bool]:
    """Whether a row of the room still says who it was."""
    proofs = (table.c.user_id, table.c.registration_id, table.c.secret_hash, table.c.checked_in_by_id)
    typed = (table.c.name, table.c.email, table.c.organisation_name)
    return or_(*(proof.is_not(None) for proof in proofs), *(text != "" for text in typed))


def _words_of(table: Table) -> ColumnElement[bool]:
    return table.c.words != ""


RULES: tuple[Rule, ...] = (
    # Food and access needs first of all.
    Rule(
        "needs",
        "registration_needs",
        "needs",
        moment=lambda table: _held_on(table.c.registration_id),
        due=lambda table, before: old_needs(before.date()),
    ),
    Rule("codes", "sign_in_code", "codes", **_before("expires_at")),
    Rule("challenges", "passkey_challenge", "codes", **_before("expires_at")),
    Rule("flows", "sign_in_flow", "codes", **_before("expires_at")),
    Rule("proofs", "address_proof", "codes", **_before("proved_at")),
    Rule("spent_tokens", "spent_logout_token", "codes", **_before("expires_at")),
    Rule("sessions", "sign_in_session", "sessions", **_before("ended_at", "expires_at")),
    Rule("keys", "api_token", "sessions", **_before("ended_at", "expires_at")),
    Rule(
        "identities",
        "sign_in_identity",
        "loose_identities",
        moment=lambda table: table.c.used_at,
        due=lambda table, before: table.c.user_id.is_(None) & (table.c.used_at < before),
    ),
    Rule("copies", "data_copy", "copies", **_before("asked_at")),
    Rule("mails", "mail", "mails", **_before("created_at")),
    Rule(
        "letters",
        "letter",
        "mails",
        moment=lambda table: _left_at(table),
        due=lambda table, before: _left_at(table) < before,
    ),
    Rule("forms", "write_key", "forms", **_before("created_at")),
    Rule("counts", "rate_count", "counts", **_before("window_start")),
    Rule("consents", "consent", "consents", **_before("withdrawn_at")),
    Rule("bin", "laid_aside", "bin", **_before("removed_at")),
    # Their files and pages go with it, see `nights`.
    Rule(
        "decks",
        "deck",
        "bin",
        moment=lambda table: table.c.withdrawn_at,
        due=lambda table, before: (table.c.withdrawn_at < before) & ~table.c.is_emptied,
        values={"is_emptied": True},
    ),
    Rule(
        "registrations",
        "registration",
        "registrations",
        moment=lambda table: _held_on(table.c.id),
        due=lambda table, before: _held_on(table.c.id) < before.date(),
    ),
    # Who wrote what without a name is forgotten before who was there.
    Rule(
        "room_words",
        "contribution",
        "attendees",
        moment=_held_at,
        due=lambda table, before: table.c.attendee_id.is_not(None) & (_held_at(table) < before.date()),
        values={"attendee_id": None},
    ),
    Rule(
        "minutes_comments",
        "minutes_comment",
        "attendees",
        moment=_held_at,
        due=lambda table, before: (
            (_held_at(table) < before.date())
            & ((table.c.name != "") | table.c.user_id.is_not(None) | table.c.attendee_id.is_not(None))
        ),
        values={"name": "", "user_id": None, "attendee_id": None},
    ),
    Rule(
        "attendees",
        "attendee",
        "attendees",
        moment=_held_at,
        due=lambda table, before: (_held_at(table) < before.date()) & _is_known(table),
        values={
            "name": "",
            "email": "",
            "organisation_name": "",
            "user_id": None,
            "registration_id": None,
            "secret_hash": None,
            "checked_in_by_id": None,
        },
    ),
    Rule(
        "evaluation_remarks",
        "evaluation_remark",
        "attendees",
        moment=_held_at,
        due=lambda table, before: _held_at(table) < before.date(),
    ),
    Rule(
        "invitations",
        "invitation",
        "invitations",
        moment=_held_at,
        due=lambda table, before: _held_at(table) < before.date(),
    ),
    Rule(
        "speakers",
        "speaker",
        "speakers",
        moment=lambda table: _spoke_on(table.c.id),
        due=lambda table, before: (_spoke_on(table.c.id) < before.date()) & (table.c.email != ""),
        values={"email": ""},
    ),
    Rule(
        "speaker_words",
        "speaker_talk",
        "speakers",
        moment=lambda table: _spoke_on(table.c.speaker_id),
        due=lambda table, before: (
            (_spoke_on(table.c.speaker_id) < before.date())
            & ((table.c.title != "") | (table.c.summary != ""))
        ),
        values={"title": "", "summary": ""},
    ),
    Rule("speaker_consents", "speaker_consent", "consents", **_before("withdrawn_at")),
    Rule(
        "reports",
        "moderation_report",
        "reports",
        moment=lambda table: table.c.created_at,
        due=lambda table, before: (
            (table.c.created_at < before) & (_words_of(table) | (table.c.reporter_mail != ""))
        ),
        values={"words": "", "reporter_mail": ""},
    ),
    Rule(
        "objections",
        "moderation_objection",
        "reports",
        moment=lambda table: table.c.created_at,
        due=lambda table, before: (table.c.created_at < before) & _words_of(table),
        values={"words": ""},
    ),
)


# The log is closed to the application: two functions of the database do this (app.core.audit).
LOG_RULES: tuple[Rule, ...] = (
    Rule("log", "audit_entry", "log", **_before("at")),
    Rule(
        "log_addresses",
        "audit_entry",
        "addresses_of_log",
        moment=lambda table: table.c.at,
        due=lambda table, before: (table.c.at < before) & (table.c.client != ""),
    ),
)


def cutoff(rule: Rule, periods: Periods) -> datetime:
    """The moment before which rows of the rule are past."""
    return now() - timedelta(days=getattr(periods, rule.period))


def _day(moment: ColumnElement[Any]) -> ColumnElement[date]:
    return moment if isinstance(moment.type, Date) else day_of_in_sql(moment)


def apply_batch(session: Session, rule: Rule, periods: Periods, batch: int = BATCH) -> int:
    """Delete or empty some of the rows that are past; how many. Fewer than `batch` when none are left."""
    table = table_named(rule.table)
    keys = list(table.primary_key)
    past = select(*keys).where(rule.due(table, cutoff(rule, periods))).limit(batch)
    rows = [tuple(row) for row in session.execute(past.with_for_update(of=table, skip_locked=True))]
    chosen = tuple_(*keys).in_(rows)
    if rule.values:
        session.execute(update(table).where(chosen).values(rule.values))
    else:
        session.execute(delete(table).where(chosen))
    return len(rows)


def forecast(session: Session, rules: Iterable[Rule], periods: Periods) -> list[Forecast]:
    """What a run would do now, for each rule, in one statement. Changes nothing."""
    listed = list(rules)
    statements = []
    for place, rule in enumerate(listed):
        table = table_named(rule.table)
        statements.append(
            select(
                literal(place).label("place"),
                func.count().label("rows"),
                func.min(_day(rule.moment(table))).label("oldest"),
            )
            .select_from(table)
            .where(rule.due(table, cutoff(rule, periods)))
        )
    found = {row.place: row for row in session.execute(union_all(*statements))}
    return [
        Forecast(rule.code, getattr(periods, rule.period), found[place].rows, found[place].oldest)
        for place, rule in enumerate(listed)
    ]
