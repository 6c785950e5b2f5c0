"""What one telling tells, as far as its receiver may read it on the day on which the mail is written.

Between publishing and telling somebody may hide what was answered, or take it back: then it is not named.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, func, or_, select
from sqlalchemy.orm import Session

from app.core.policy import STRANGER
from app.domain.answering.models import AnswerTelling
from app.domain.attendance.models import Attendee
from app.domain.contributions.gathered import find_members
from app.domain.contributions.models import Answer, AnswerContribution, AnswerOrganisation, Contribution
from app.domain.contributions.policy import TO_THE_ROOM, is_listed, is_sent_in_sql, visible_to
from app.domain.organisations.models import Organisation
from app.domain.users.models import Membership

C = Contribution


@dataclass(frozen=True, slots=True)
class Asked:
    """What was answered. `title` is empty where it is for those in the room alone: they read it there."""

    kind: str
    reference: str
    title: str
    is_own: bool


@dataclass(frozen=True, slots=True)
class ToldAnswer:
    """An answer in three languages (of which two may be empty), to what, and why it is told:
    said, spoken_for, follows, was_there."""

    id: int
    kind: str
    verdict: str | None
    text: dict[str, str]
    reason: dict[str, str]
    again_by: date | None
    organisations: tuple[str, ...]
    asked: tuple[Asked, ...]
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Telling:
    """Whom the mail is to, and the answers: first to what they said themselves."""

    email: str
    name: str
    language: str
    user_id: int | None
    answers: tuple[ToldAnswer, ...] = field(default=())

    @property
    def reasons(self) -> set[str]:
        return {reason for answer in self.answers for reason in answer.reasons}


def find_telling(session: Session, telling_id: int) -> Telling | None:
    """What is to be told, in five statements; None where there is no such telling any more."""
    row = session.get(AnswerTelling, telling_id)
    if row is None:
        return None
    reasons = {int(answer_id): tuple(why) for answer_id, why in row.reasons.items()}
    about = _find_about(session, list(reasons))
    asked = _find_asked(session, row, {i for ids in about.values() for i in ids})
    told = []
    for answer, organisations in _list_answers(session, list(reasons)):
        named = _name(asked, about.get(answer.id, []), reasons[answer.id])
        if not named:
            continue
        told.append(
            ToldAnswer(
                id=answer.id,
                kind=answer.kind,
                verdict=answer.verdict,
                text={"da": answer.text, "en": answer.text_en, "sv": answer.text_sv},
                reason={"da": answer.reason, "en": answer.reason_en, "sv": answer.reason_sv},
                again_by=answer.again_by,
                organisations=tuple(organisations or ()),
                asked=tuple(named),
                reasons=reasons[answer.id],
            )
        )
    told.sort(key=lambda one: (not any(asked.is_own for asked in one.asked), one.asked[0].reference, one.id))
    return Telling(row.email, row.name, row.language, row.user_id, tuple(told))


def _find_about(session: Session, answer_ids: Collection[int]) -> dict[int, list[int]]:
    """{answer id: what it answers, and then what is gathered under that}"""
    about: dict[int, list[int]] = {}
    rows = session.execute(
        select(AnswerContribution.answer_id, AnswerContribution.contribution_id)
        .where(AnswerContribution.answer_id.in_(answer_ids))
        .order_by(AnswerContribution.contribution_id)
    )
    for answer_id, contribution_id in rows:
        about.setdefault(answer_id, []).append(contribution_id)
    members = find_members(session, {i for ids in about.values() for i in ids})
    for ids in about.values():
        ids += [member for lead_id in tuple(ids) for member in members.get(lead_id, ())]
    return about


def _find_asked(session: Session, row: AnswerTelling, ids: Collection[int]) -> dict[int, Any]:
    """{contribution id: kind, reference, title, is_own, is_open, is_of_room} of those that are in force."""
    rows = session.execute(
        select(
            C.id,
            C.kind,
            C.reference,
            C.title,
            _is_own(row.user_id, row.email).label("is_own"),
            visible_to(STRANGER).label("is_open"),
            C.visibility.in_(TO_THE_ROOM).label("is_of_room"),
        ).where(C.id.in_(ids), is_listed())
    )
    return {found.id: found for found in rows}


def _is_own(user_id: int | None, email: str) -> ColumnElement[bool]:
    """The same as who is told in `telling`: who sent it, who wrote it in the room, for whom it was said."""
    of_seat = Attendee.id == C.attendee_id
    in_room = exists().where(of_seat, func.lower(Attendee.email) == email.lower())
    if user_id is None:
        return in_room
    spoken_for = select(Membership.organisation_id).where(
        Membership.user_id == user_id, Membership.ended_at.is_(None)
    )
    speaks_still = or_(
        C.visibility == "public", C.on_behalf_of_id.is_(None), C.on_behalf_of_id.in_(spoken_for)
    )
    confirmed = spoken_for.where(Membership.confirmed_at.is_not(None))
    by_others = and_(~is_sent_in_sql(), C.on_behalf_of_id.in_(confirmed))
    return or_(
        func.coalesce(and_(C.said_by_user_id == user_id, speaks_still), false()),
        exists().where(of_seat, Attendee.user_id == user_id),
        in_room,
        func.coalesce(by_others, false()),
    )


def _name(asked: dict[int, Any], ids: list[int], reasons: Collection[str]) -> list[Asked]:
    """What the receiver may know of, their own first; of what is gathered only their own."""
    rows = [asked[i] for i in dict.fromkeys(ids) if i in asked]
    was_there = "was_there" in reasons
    own = [Asked(one.kind, one.reference, one.title, True) for one in rows if one.is_own]
    if own:
        return own
    others = [one for one in rows if one.is_open or (was_there and one.is_of_room)]
    return [Asked(one.kind, one.reference, one.title if one.is_open else "", False) for one in others[:5]]


def _list_answers(session: Session, answer_ids: Collection[int]) -> list[Any]:
    names = (
        select(func.array_agg(Organisation.name))
        .select_from(AnswerOrganisation)
        .join(Organisation, Organisation.id == AnswerOrganisation.organisation_id)
        .where(AnswerOrganisation.answer_id == Answer.id)
        .correlate(Answer)
        .scalar_subquery()
    )
    return list(
        session.execute(
            select(Answer, names)
            .where(Answer.id.in_(answer_ids), Answer.published_at.is_not(None))
            .order_by(Answer.id)
        )
    )
