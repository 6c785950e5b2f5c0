"""Who is told of a batch of answers: everybody once, whatever the reasons, and also when the process dies.

First it is written down who is to be told, in one transaction. Then they are told a few at a time, each with
the note that they were in the same transaction as the mail; what is left when a process dies is done by the
next. When all are told the list goes.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import delete, func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core.clock import now
from app.core.events import announce, is_heard
from app.core.jobs import defer
from app.core.policy import STRANGER, Actor, require
from app.domain.answering.events import AnswersDue
from app.domain.answering.models import AnswerBatch, AnswerTelling, BatchAnswer
from app.domain.answering.policy import may_answer
from app.domain.attendance import queries as attendance
from app.domain.attendance.models import Attendee
from app.domain.contributions.gathered import find_members
from app.domain.contributions.models import (
    Answer,
    AnswerContribution,
    AnswerOrganisation,
    Contribution,
)
from app.domain.contributions.policy import (
    TO_THE_ROOM,
    is_listed,
    is_sent_in_sql,
    visible_to,
)
from app.domain.following.followers import Follower, list_followers
from app.domain.following.news import NewsRow, find_followed_themes, find_series, note, note_rows
from app.domain.meetings.models import MeetingRole
from app.domain.outbox.schemas import Recipient
from app.domain.registrations import queries as registrations
from app.domain.users.models import Membership, User

AT_A_TIME: Final = 20
C = Contribution


@dataclass
class _Readers:
    """{address: who}, and {address: {answer id: why}}; `later`: who follows at another pace than at once,
    with the answers that they are to read about then."""

    known: dict[str, Recipient] = field(default_factory=dict)
    reasons: dict[str, dict[int, set[str]]] = field(default_factory=dict)
    later: list[tuple[Follower, set[int]]] = field(default_factory=list)

    def add(self, who: Recipient, answer_ids: Iterable[int], why: str) -> None:
        address = who.email.lower()
        # Who has an account is known by it, also where the same address was typed in a room.
        if address not in self.known or self.known[address].user_id is None:
            self.known[address] = who
        for answer_id in answer_ids:
            self.reasons.setdefault(address, {}).setdefault(answer_id, set()).add(why)


def defer_telling(session: Session, batch_id: int) -> None:
    """Have everybody of a published batch told who is not told yet."""
    defer(session, "answering.tell", once=f"answers of {batch_id}", batch_id=batch_id)


def tell_on(session: Session) -> list[int]:
    """Have those told who wait still, of any batch: its job gave up, or nobody heard. The batches."""
    untold = session.scalars(
        select(AnswerBatch.id)
        .where(AnswerBatch.published_at.is_not(None), AnswerBatch.told_at.is_(None))
        .order_by(AnswerBatch.id)
    ).all()
    for batch_id in untold:
        defer_telling(session, batch_id)
    return list(untold)


def gather_readers(session: Session, batch_id: int) -> int:
    """Write down who is to be told of a published batch, and why; how many. Done once for each batch."""
    batch = session.get(AnswerBatch, batch_id, with_for_update=True, populate_existing=True)
    if batch is None or batch.published_at is None or batch.gathered_at is not None:
        return 0
    readers = _find_readers(session, _list_answers(session, batch_id))
    rows = [
        {
            "batch_id": batch_id,
            "email": address,
            "name": who.name,
            "language": who.language,
            "user_id": who.user_id,
            "reasons": {str(i): sorted(why) for i, why in sorted(readers.reasons[address].items())},
        }
        for address, who in readers.known.items()
        if address in readers.reasons
    ]
    if rows:
        session.execute(insert(AnswerTelling).on_conflict_do_nothing(), rows)
    _leave_for_later(session, readers)
    batch.gathered_at = now()
    session.flush()
    return len(rows)


def _leave_for_later(session: Session, readers: _Readers) -> None:
    """Who asked to read of it once a day or a week does so, unless they are told of it now anyway."""
    news = [
        NewsRow(one.follow_id, "answered", answer_id)
        for one, answer_ids in readers.later
        for answer_id in sorted(answer_ids - readers.reasons.get(one.email.lower(), {}).keys())
    ]
    note_rows(session, news)


@dataclass(frozen=True, slots=True)
class Audience:
    """How many would be told of answers, and how many of them for each reason; some have several."""

    people: int
    by_reason: Mapping[str, int]


def count_audience(session: Session, actor: Actor, answer_ids: Sequence[int]) -> Audience:
    """Who would be told if these answers were published now; for staff."""
    require(may_answer(actor))
    readers = _find_readers(session, list(answer_ids))
    of_each = (set().union(*reasons.values()) for reasons in readers.reasons.values())
    counts = Counter(why for reasons in of_each for why in reasons)
    return Audience(len(readers.reasons), counts)


def _list_answers(session: Session, batch_id: int) -> list[int]:
    of_batch = select(BatchAnswer.answer_id).where(BatchAnswer.batch_id == batch_id)
    return list(session.scalars(of_batch.order_by(BatchAnswer.answer_id)))


def _find_readers(session: Session, answer_ids: list[int]) -> _Readers:
    readers = _Readers()
    about = _find_about(session, answer_ids)
    for add in (_add_authors, _add_writers_in_rooms, _add_spoken_for, _add_followers):
        add(session, readers, about)
    _add_who_was_there(session, readers, about, answer_ids)
    return readers


About = dict[int, set[int]]  # {contribution id: the answers to it}


def _find_about(session: Session, answer_ids: list[int]) -> About:
    """What these answer, and what is gathered under that: it is answered with it."""
    about: About = {}
    pairs = session.execute(
        select(AnswerContribution.contribution_id, AnswerContribution.answer_id).where(
            AnswerContribution.answer_id.in_(answer_ids)
        )
    )
    for contribution_id, answer_id in pairs:
        about.setdefault(contribution_id, set()).add(answer_id)
    for lead_id, member_ids in find_members(session, list(about)).items():
        for member_id in member_ids:
            about.setdefault(member_id, set()).update(about[lead_id])
    return about


_REACHABLE = (User.email.is_not(None), User.disabled_at.is_(None))


def find_askers(session: Session, contribution_ids: Iterable[int]) -> list[tuple[Recipient, list[int]]]:
    """Whose these are and who can be written to, each once, with those that are theirs: who sent it, who
    wrote it in a room, and the members of the organisation that others wrote it down for."""
    about = {contribution_id: {contribution_id} for contribution_id in contribution_ids}
    readers = _Readers()
    for add in (_add_authors, _add_writers_in_rooms, _add_spoken_for):
        add(session, readers, about)
    return [(who, sorted(readers.reasons[address])) for address, who in readers.known.items()]


def note_correction(session: Session, answer_id: int, number: int) -> None:
    """Note that an answer was corrected, for who follows what it answers and can be read by all."""
    rows = session.execute(
        select(C.id, C.kind).where(
            C.id.in_(find_answered_ids(session, answer_id)), visible_to(STRANGER), is_listed()
        )
    ).all()
    things: dict[str, set[int]] = {}
    for row in rows:
        things.setdefault(row.kind, set()).add(row.id)
    note(session, "corrected", answer_id, things, number)


def find_answered_ids(session: Session, answer_id: int) -> list[int]:
    """What an answer answers, and what is gathered under that."""
    direct = session.scalars(
        select(AnswerContribution.contribution_id).where(AnswerContribution.answer_id == answer_id)
    ).all()
    members = find_members(session, direct)
    return sorted({*direct, *(one for ids in members.values() for one in ids)})


def _speaks_still() -> Any:
    """What is not for all is for the sender as long as they speak for the same organisation."""
    speaks = (
        select(Membership.id)
        .where(
            Membership.user_id == User.id,
            Membership.organisation_id == C.on_behalf_of_id,
            Membership.ended_at.is_(None),
        )
        .correlate(User, C)
    )
    return or_(C.visibility == "public", C.on_behalf_of_id.is_(None), speaks.exists())


def _add_authors(session: Session, readers: _Readers, about: About) -> None:
    rows = session.execute(
        select(C.id, User.email, User.name, User.language, User.id)
        .join(User, User.id == C.said_by_user_id)
        .where(C.id.in_(about), is_listed(), *_REACHABLE, _speaks_still())
        .order_by(C.id)
    )
    for contribution_id, *who in rows:
        readers.add(Recipient(*who), about[contribution_id], "said")


def _add_writers_in_rooms(session: Session, readers: _Readers, about: About) -> None:
    # Also of what is shown under no name: only they are told that it is theirs.
    email = func.coalesce(User.email, func.nullif(Attendee.email, ""))
    rows = session.execute(
        select(
            C.id,
            email,
            func.coalesce(User.name, Attendee.name),
            func.coalesce(User.language, "da"),
            User.id,
        )
        .join(Attendee, Attendee.id == C.attendee_id)
        .outerjoin(User, User.id == Attendee.user_id)
        .where(C.id.in_(about), is_listed(), email.is_not(None), User.disabled_at.is_(None))
        .order_by(C.id)
    )
    for contribution_id, *who in rows:
        readers.add(Recipient(*who), about[contribution_id], "said")


def _add_spoken_for(session: Session, readers: _Readers, about: About) -> None:
    # What others wrote down: the members of the organisation that it was said for.
    rows = session.execute(
        select(C.id, User.email, User.name, User.language, User.id)
        .join(Membership, Membership.organisation_id == C.on_behalf_of_id)
        .join(User, User.id == Membership.user_id)
        .where(
            C.id.in_(about),
            is_listed(),
            ~is_sent_in_sql(),
            Membership.confirmed_at.is_not(None),
            Membership.ended_at.is_(None),
            *_REACHABLE,
        )
        .order_by(C.id, User.id)
    )
    for contribution_id, *who in rows:
        readers.add(Recipient(*who), about[contribution_id], "spoken_for")


def _add_followers(session: Session, readers: _Readers, about: About) -> None:
    # Followers may be anybody: they are told of what anybody may read.
    open_to_all = session.execute(
        select(C.id, C.kind, C.meeting_id, C.on_behalf_of_id).where(
            C.id.in_(about), visible_to(STRANGER), is_listed()
        )
    ).all()
    things: dict[tuple[str, int], set[int]] = {}
    for row in open_to_all:
        named = [(row.kind, row.id), ("meeting", row.meeting_id), ("organisation", row.on_behalf_of_id)]
        for kind, thing_id in named:
            if thing_id is not None:
                things.setdefault((kind, thing_id), set()).update(about[row.id])
    for theme_id, under in find_followed_themes(session, [row.id for row in open_to_all]).items():
        for contribution_id in under:
            things.setdefault(("theme", theme_id), set()).update(about[contribution_id])
    for series_id, meeting_ids in find_series(session, [row.meeting_id for row in open_to_all]).items():
        for row in open_to_all:
            if row.meeting_id in meeting_ids:
                things.setdefault(("series", series_id), set()).update(about[row.id])
    shown = {answer_id for row in open_to_all for answer_id in about[row.id]}
    signed = session.execute(
        select(AnswerOrganisation.organisation_id, AnswerOrganisation.answer_id).where(
            AnswerOrganisation.answer_id.in_(shown)
        )
    )
    for organisation_id, answer_id in signed:
        things.setdefault(("organisation", organisation_id), set()).add(answer_id)
    by_kind: dict[str, list[int]] = {}
    for kind, thing_id in things:
        by_kind.setdefault(kind, []).append(thing_id)
    for one in list_followers(session, by_kind):
        if one.pace != "at_once":
            readers.later.append((one, things[(one.kind, one.thing_id)]))
            continue
        who = Recipient(one.email, one.name, one.language, one.user_id)
        readers.add(who, things[(one.kind, one.thing_id)], "follows")


def _add_who_was_there(session: Session, readers: _Readers, about: About, answer_ids: list[int]) -> None:
    of_meetings: dict[int, set[int]] = {}
    heard = session.execute(
        select(C.id, C.meeting_id).where(
            C.id.in_(about), C.meeting_id.is_not(None), C.visibility.in_(TO_THE_ROOM), is_listed()
        )
    ).all()
    for contribution_id, meeting_id in heard:
        of_meetings.setdefault(meeting_id, set()).update(about[contribution_id])
    given_at = session.execute(
        select(Answer.meeting_id, Answer.id).where(Answer.id.in_(answer_ids), Answer.meeting_id.is_not(None))
    )
    open_answers = {answer_id for contribution_id, _ in heard for answer_id in about[contribution_id]}
    for meeting_id, answer_id in given_at:
        if answer_id in open_answers:
            of_meetings.setdefault(meeting_id, set()).add(answer_id)
    for meeting_id in sorted(of_meetings):
        for who in _list_who_was_there(session, meeting_id):
            readers.add(who, of_meetings[meeting_id], "was_there")


def _list_who_was_there(session: Session, meeting_id: int) -> list[Recipient]:
    with_roles = session.execute(
        select(User.email, User.name, User.language, User.id)
        .join(MeetingRole, MeetingRole.user_id == User.id)
        .where(MeetingRole.meeting_id == meeting_id, *_REACHABLE)
        .order_by(User.id)
        .distinct()
    )
    return [
        *registrations.recipients_of(session, meeting_id, ["registered"]),
        *attendance.recipients_of(session, meeting_id),
        *(Recipient(*row) for row in with_roles),
    ]


def tell_some(session: Session, batch_id: int, at_a_time: int = AT_A_TIME) -> int:
    """Tell the next few, and note it in the same transaction; how many.

    0: all have been told; or nothing reacts that would write to them, and then they wait.
    """
    if not is_heard(AnswersDue):
        return 0
    tellings = session.scalars(
        select(AnswerTelling)
        .where(AnswerTelling.batch_id == batch_id, AnswerTelling.told_at.is_(None))
        .order_by(AnswerTelling.id)
        .limit(at_a_time)
        .with_for_update(skip_locked=True)
    ).all()
    for telling in tellings:
        telling.told_at = now()
        announce(session, AnswersDue(telling.id))
    return len(tellings)


def finish_telling(session: Session, batch_id: int) -> int | None:
    """Note that all were told, and forget who; how many. None: somebody is not told yet, or it is noted."""
    batch = session.get(AnswerBatch, batch_id, with_for_update=True, populate_existing=True)
    if batch is None or batch.gathered_at is None or batch.told_at is not None:
        return None
    tellings = AnswerTelling.batch_id == batch_id
    told, left = session.execute(
        select(
            func.count().filter(AnswerTelling.told_at.is_not(None)),
            func.count().filter(AnswerTelling.told_at.is_(None)),
        ).where(tellings)
    ).one()
    if left:
        return None
    batch.told_at, batch.told_count = now(), told
    session.execute(delete(AnswerTelling).where(tellings))
    return int(told)
