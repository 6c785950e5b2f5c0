"""The verbs of meetings; those of their programmes are in `programme`."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core.audit import record, snapshot
from app.core.clock import COPENHAGEN, at, clock_of, now, today
from app.core.events import announce
from app.core.policy import Actor, NotFound, Refused, require
from app.domain.meetings.drafts import move_drafted
from app.domain.meetings.editions import put_in_force
from app.domain.meetings.events import MeetingChanged, MeetingMoved, ProgrammeChanged
from app.domain.meetings.models import AgendaItem, Meeting, MeetingOrganiser, Series
from app.domain.meetings.numbering import make_key
from app.domain.meetings.policy import may_plan_meetings
from app.domain.meetings.queries import get_next_number
from app.domain.meetings.schemas import MAIN_SERIES, SERIES_NAMES, MeetingInput
from app.domain.meetings.statuses import BEFORE_THE_DAY, OFF, SIGNING_UP, may_turn
from app.domain.organisations.models import Organisation


def add_meeting(session: Session, actor: Actor, given: MeetingInput) -> Meeting:
    """A new meeting, as a draft. In the main series it takes the next number where none is given.

    Refused: unknown_series, number_taken, unknown_organiser.
    """
    require(may_plan_meetings(actor))
    series = _get_series(session, given.series)
    number = _choose_number(session, series, given.number)
    meeting = Meeting(
        series_id=series.id,
        number=number,
        key=_make_key(session, series, number, given),
        status="draft",
        created_at=now(),
        edited_at=now(),
        **_values(given),
    )
    _save_number(session, meeting)
    _set_organisers(session, meeting.id, given.organisers)
    after = snapshot(meeting) | {"organisers": given.organisers}
    record(session, actor, "add", "meeting", meeting.id, after=after)
    announce(session, MeetingChanged(meeting.id))
    return meeting


def edit_meeting(
    session: Session, actor: Actor, meeting_id: int, version: int, given: MeetingInput
) -> Meeting:
    """Change a meeting, where nobody else has since `version`. Its items move along to a new day, and those
    who know of a coming meeting are told of a new time and place.

    Refused: stale, number_fixed (published: its address must last), date_is_off (cancelled or postponed: a
    new day is set by `states.set_new_date`), date_is_past (all read that it is still to come), day_needed
    (people sign up for it), and as for `add_meeting`.
    """
    require(may_plan_meetings(actor))
    meeting = lock_meeting(session, meeting_id)
    if meeting.version != version:
        raise Refused("stale")
    if meeting.status in OFF and given.held_on != meeting.held_on:
        raise Refused("date_is_off")
    _check_coming(meeting, given)
    before = snapshot(meeting) | {"organisers": _get_organisers(session, meeting.id)}
    _renumber(session, meeting, given)
    was = MeetingMoved(meeting.id, meeting.held_on, meeting.starts_at, meeting.venue)
    move_to(session, meeting, given.held_on, given.starts)
    _forget_translations(meeting, given)
    for name, value in _values(given).items():
        setattr(meeting, name, value)
    meeting.version += 1
    meeting.edited_at = now()
    _set_organisers(session, meeting.id, given.organisers)
    after = snapshot(meeting) | {"organisers": given.organisers}
    record(session, actor, "edit", "meeting", meeting.id, before=before, after=after)
    announce(session, MeetingChanged(meeting.id))
    tell_of_move(session, meeting, was)
    return meeting


def _check_coming(meeting: Meeting, given: MeetingInput) -> None:
    """What `states.set_new_date` asks of a day holds here too, for one that all read is still to come."""
    if meeting.published_at is None or meeting.status not in BEFORE_THE_DAY or meeting.held_on < today():
        return
    if given.held_on < today():
        raise Refused("date_is_past")
    if given.date_certainty == "month" and meeting.status in SIGNING_UP:
        raise Refused("day_needed")


def move_to(session: Session, meeting: Meeting, day: date, starts: time | None) -> None:
    """Give the meeting another day and beginning; its items come along. Of a coming meeting that all can
    see it is kept when it was first to be, until it is to be then again."""
    moment = at(day, starts)
    if (day, moment) == (meeting.held_on, meeting.starts_at):
        return
    is_known = meeting.published_at is not None and meeting.status in BEFORE_THE_DAY | OFF
    if is_known and max(day, meeting.held_on) >= today() and meeting.moved_from is None:
        meeting.moved_from, meeting.moved_from_starts_at = meeting.held_on, meeting.starts_at
    if (day, moment) == (meeting.moved_from, meeting.moved_from_starts_at):
        meeting.moved_from = meeting.moved_from_starts_at = None
    if day != meeting.held_on:
        meeting.date_note = ""
    old, new = clock_of(meeting.starts_at), clock_of(moment)
    later = _as_delta(new) - _as_delta(old) if old and new else timedelta()
    _move_items(session, meeting, day, later)
    meeting.held_on, meeting.starts_at = day, moment


def tell_of_move(session: Session, meeting: Meeting, was: MeetingMoved) -> None:
    """Announce that a coming meeting that all can see is held at another time or place than it `was`."""
    session.flush()
    is_moved = (meeting.held_on, meeting.starts_at, meeting.venue) != (was.held_on, was.starts_at, was.venue)
    is_known = meeting.published_at is not None and meeting.status in BEFORE_THE_DAY
    if is_moved and is_known and max(meeting.held_on, was.held_on) >= today():
        announce(session, was)


def _as_delta(clock: time) -> timedelta:
    return timedelta(hours=clock.hour, minutes=clock.minute)


def publish_meeting(session: Session, actor: Actor, meeting_id: int) -> Meeting:
    """Show the meeting to all with its programme; nothing happens where it is published already.

    Refused: item_in_use, as `put_in_force`.
    """
    require(may_plan_meetings(actor))
    meeting = lock_meeting(session, meeting_id)
    if meeting.published_at is None:
        meeting.published_at = now()
        meeting.status = "announced" if meeting.held_on >= today() else "closed"
        put_in_force(session, actor, meeting)
        _note_status(session, actor, "publish", meeting, "draft")
    return meeting


def withdraw_meeting(session: Session, actor: Actor, meeting_id: int) -> Meeting:
    """Make it a draft again, which undoes the publishing. Refused: turn_not_possible (people sign up for it,
    or it is off: then its page stays)."""
    require(may_plan_meetings(actor))
    meeting = lock_meeting(session, meeting_id)
    if meeting.published_at is not None:
        if not may_turn("withdraw", meeting.status, meeting.status_before):
            raise Refused("turn_not_possible")
        before, meeting.status = meeting.status, "draft"
        meeting.published_at = None
        _note_status(session, actor, "withdraw", meeting, before)
    return meeting


def _note_status(session: Session, actor: Actor, verb: str, meeting: Meeting, before: str) -> None:
    meeting.edited_at = now()
    record(
        session,
        actor,
        verb,
        "meeting",
        meeting.id,
        before={"status": before},
        after={"status": meeting.status},
    )
    announce(session, MeetingChanged(meeting.id))
    items = session.scalars(select(AgendaItem.id).where(AgendaItem.meeting_id == meeting.id)).all()
    announce(session, ProgrammeChanged(meeting.id, tuple(items)))


def get_or_add_series(session: Session, key: str, name: str = "") -> Series:
    """The series with this key, made where it is missing."""
    series = session.scalars(select(Series).where(Series.key == key)).one_or_none()
    if series is None:
        series = Series(key=key, name=name or SERIES_NAMES.get(key, key.capitalize()))
        session.add(series)
        session.flush()
    return series


def _get_series(session: Session, key: str) -> Series:
    if key == MAIN_SERIES:
        return get_or_add_series(session, key)
    series = session.scalars(select(Series).where(Series.key == key)).one_or_none()
    if series is None:
        raise Refused("unknown_series")
    return series


def _choose_number(session: Session, series: Series, number: int | None) -> int | None:
    """Only the main series has numbers."""
    if series.key != MAIN_SERIES:
        return None
    return number if number is not None else get_next_number(session)


def _make_key(session: Session, series: Series, number: int | None, given: MeetingInput) -> str:
    if number is not None:
        return str(number)
    stem = f"{series.key}-{given.held_on.year}-"
    taken = session.scalars(select(Meeting.key).where(Meeting.key.startswith(stem, autoescape=True)))
    return make_key(series.key, given.held_on.year, given.title, taken)


def _save_number(session: Session, meeting: Meeting) -> None:
    """Write the row; the database says whether another meeting has the number."""
    try:
        with session.begin_nested():
            session.add(meeting)
            session.flush()
    except IntegrityError as taken:
        raise Refused("number_taken", number=meeting.number or "") from taken


def _renumber(session: Session, meeting: Meeting, given: MeetingInput) -> None:
    series = _get_series(session, given.series)
    number = meeting.number if series.id == meeting.series_id else None
    number = _choose_number(session, series, given.number if given.number is not None else number)
    if (series.id, number) == (meeting.series_id, meeting.number):
        return
    if meeting.published_at is not None:
        raise Refused("number_fixed")
    key = _make_key(session, series, number, given)
    try:
        with session.begin_nested():
            meeting.series_id, meeting.number, meeting.key = series.id, number, key
            session.flush()
    except IntegrityError as taken:
        raise Refused("number_taken", number=number or "") from taken


def _values(given: MeetingInput) -> dict[str, Any]:
    values = given.model_dump(exclude={"series", "number", "organisers", "starts", "ends"})
    return values | {
        "starts_at": at(given.held_on, given.starts),
        "ends_at": at(given.held_on, given.ends),
    }


def _forget_translations(meeting: Meeting, given: MeetingInput) -> None:
    """What was said about the old text does not hold for the new one."""
    if given.title != meeting.title:
        meeting.title_en = ""
    if given.topics != meeting.topics:
        meeting.topics_en = []
    if given.introduction != meeting.introduction:
        meeting.introduction_en = ""
    if given.participants_approx != meeting.participants_approx:
        meeting.participants_text = ""
        meeting.participants_note = ""
    if given.format != meeting.format:
        meeting.format_certainty = "stated"
        meeting.format_note = ""


def _get_organisers(session: Session, meeting_id: int) -> list[int]:
    return list(
        session.scalars(
            select(MeetingOrganiser.organisation_id)
            .where(MeetingOrganiser.meeting_id == meeting_id)
            .order_by(MeetingOrganiser.organisation_id)
        )
    )


def _set_organisers(session: Session, meeting_id: int, organisers: Sequence[int]) -> None:
    wanted = set(organisers)
    known = session.scalar(select(func.count()).where(Organisation.id.in_(wanted))) if wanted else 0
    if known != len(wanted):
        raise Refused("unknown_organiser")
    session.execute(delete(MeetingOrganiser).where(MeetingOrganiser.meeting_id == meeting_id))
    session.add_all(
        MeetingOrganiser(meeting_id=meeting_id, organisation_id=organisation_id)
        for organisation_id in sorted(wanted)
    )
    session.flush()


def _move_items(session: Session, meeting: Meeting, day: date, later: timedelta) -> None:
    """The programme keeps its clock times, also over a change of summer time, or moves with the beginning."""
    for item in session.scalars(select(AgendaItem).where(AgendaItem.meeting_id == meeting.id)):
        move_drafted(item, later)
        item.starts_at = move_moment(item.starts_at, day, later)
        item.ends_at = move_moment(item.ends_at, day, later)


def move_moment(moment: datetime | None, day: date, later: timedelta) -> datetime | None:
    """The same clock time in Denmark on another day, so much later; within the day."""
    if moment is None:
        return None
    clock = datetime.combine(day, moment.astimezone(COPENHAGEN).time()) + later
    first, last = datetime.combine(day, time.min), datetime.combine(day, time(23, 59))
    return min(max(clock, first), last).replace(tzinfo=COPENHAGEN)


def lock_meeting(session: Session, meeting_id: int) -> Meeting:
    """The row, held so that two people who change one programme do it one after the other."""
    meeting = session.scalars(
        select(Meeting)
        .where(Meeting.id == meeting_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if meeting is None:
        raise NotFound
    return meeting
