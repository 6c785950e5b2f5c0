"""What was removed lately, of every kind, in one list."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    String,
    and_,
    case,
    cast,
    false,
    func,
    literal,
    null,
    select,
    true,
    union_all,
)
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from app.core.audit import AuditEntry
from app.core.laid_aside import LaidAside
from app.core.policy import Actor
from app.domain.commitments.models import Commitment
from app.domain.commitments.policy import visible_to as commitments_visible_to
from app.domain.contributions.models import Contribution
from app.domain.contributions.policy import visible_to as contributions_visible_to
from app.domain.contributions.withdrawals import taken_back_by_staff
from app.domain.meetings.models import AgendaItem, Meeting
from app.domain.meetings.policy import visible_to as meetings_visible_to
from app.domain.meetings.queries import MeetingLine, get_meeting_line
from app.domain.minutes.comment_models import MinutesComment
from app.domain.moderation.models import Decision
from app.domain.pipeline.models import ThingBarrier
from app.domain.presentations.models import Deck
from app.domain.presentations.policy import tombstones_visible_to
from app.domain.projects.models import Project
from app.domain.recycle_bin.policy import may_put_back
from app.domain.registrations.models import SignUpQuestion
from app.domain.users.models import User

PER_PAGE = 30

# How it comes back: here, on its own page, by the sender, the speaker or who wrote it alone, or never.
Way = Literal["here", "there", "sender", "speaker", "writer", "never"]

# What each list of a filter holds: the kinds as rows have them.
GROUPS: Final[dict[str, tuple[str, ...]]] = {
    "decks": ("deck", "revision"),
    "programme": ("item", "panel_task", "appearance", "group", "rival_set", "sign_up_question", "seat_group"),
    "room": ("board", "poll", "remark", "comment"),
    "said": ("wish", "idea", "need", "card", "question"),
    "answers": ("answer", "answer_batch", "staff_note"),
    "follow_up": ("commitment", "indicator", "milestone", "barrier", "gap_reason", "summary"),
    "ledger": ("tender_notice", "tender_question"),
    "other": ("old_address", "meeting_page", "network_member", "idea_field", "import", "batch"),
}
# Gone for good: (verb, thing) of the log, and the kind it is told as.
FOR_GOOD: Final = {
    ("withdraw_revision", "deck"): "revision",
    ("remove_remark", "evaluation"): "remark",
    ("drop", "data_import"): "import",
    ("discard", "batch"): "batch",
    ("remove", "seat_group"): "seat_group",
    ("discard_summary_draft", "summary"): "summary",
}


@dataclass(frozen=True, slots=True)
class Removed:
    """One thing that was removed. `id` is what the verb that puts it back takes, of a row laid aside its own.

    `is_laid`: it lies here and was deleted there. `reference` of contributions and promises.
    `lies_for_a_time`: when its period is over it cannot come back; other things stay as they are.
    """

    kind: str
    id: int
    is_laid: bool
    way: Way
    title: str
    reference: str
    path: str
    why: str
    removed_at: datetime
    removed_by: str
    meeting: MeetingLine | None
    lies_for_a_time: bool


@dataclass(frozen=True, slots=True)
class Bin:
    """A page, counted from 1 and held to the last of `pages`; `count` is of all of them."""

    lines: list[Removed]
    count: int
    page: int
    pages: int


def list_removed(
    session: Session,
    actor: Actor,
    since: datetime,
    *,
    group: str | None = None,
    only_own: bool = False,
    page: int = 1,
) -> Bin:
    """A page of what was removed since then, the newest first.

    The caller has asked `may_see_bin`; each thing is asked for by its own room's rule. Four statements.
    """
    every = union_all(*_sources(actor, since)).subquery()
    wanted: list[ColumnElement[bool]] = []
    if group is not None:
        wanted.append(every.c.kind.in_(GROUPS[group]))
    if only_own:
        wanted.append(every.c.removed_by_id == actor.user_id)
    count = session.scalar(select(func.count()).select_from(every).where(*wanted)) or 0
    pages = max(1, -(-count // PER_PAGE))
    page = min(max(page, 1), pages)
    rows = session.execute(
        select(every, func.coalesce(User.name, "").label("removed_by"))
        .outerjoin(User, User.id == every.c.removed_by_id)
        .where(*wanted)
        .order_by(every.c.removed_at.desc(), every.c.kind, every.c.id)
        .limit(PER_PAGE)
        .offset((page - 1) * PER_PAGE)
    ).all()
    meetings = get_meeting_line(session, {row.meeting_id for row in rows if row.meeting_id}, actor)
    ours = _find_ours(session, actor, [row.id for row in rows if row.is_laid])
    return Bin([_view(row, meetings, ours) for row in rows], count, page, pages)


def _find_ours(session: Session, actor: Actor, laid_ids: Sequence[int]) -> set[int]:
    """Those of what lies here that this actor may put back."""
    laid = session.scalars(select(LaidAside).where(LaidAside.id.in_(laid_ids)).order_by(LaidAside.id))
    return {one.id for one in laid if may_put_back(session, actor, one)}


def _view(row: Any, meetings: dict[int, MeetingLine], ours: set[int]) -> Removed:
    return Removed(
        kind=row.kind,
        id=row.id,
        is_laid=row.is_laid,
        way="writer" if row.is_laid and row.id not in ours else row.way,
        title=row.title,
        reference=row.reference,
        path=row.path,
        why=row.why,
        removed_at=row.removed_at,
        removed_by=row.removed_by,
        meeting=meetings.get(row.meeting_id),
        lies_for_a_time=row.is_kept_for_a_time and row.way != "never",
    )


# --- the sources; each gives the same columns


def _row(
    kind: Any,
    id_: Any,
    removed_at: Any,
    *,
    way: Any,
    title: Any = "",
    reference: Any = "",
    path: Any = "",
    why: Any = "",
    removed_by_id: Any = None,
    meeting_id: Any = None,
    is_laid: bool = False,
    is_kept_for_a_time: bool = False,
) -> Select[Any]:
    def words(value: Any) -> ColumnElement[str]:
        return cast(literal(value) if isinstance(value, str) else value, String)

    def number(value: Any) -> ColumnElement[Any]:
        return cast(null() if value is None else value, BigInteger)

    return select(
        words(kind).label("kind"),
        number(id_).label("id"),
        removed_at.label("removed_at"),
        words(way).label("way"),
        words(title).label("title"),
        words(reference).label("reference"),
        words(path).label("path"),
        words(why).label("why"),
        number(removed_by_id).label("removed_by_id"),
        number(meeting_id).label("meeting_id"),
        (true() if is_laid else false()).label("is_laid"),
        (true() if is_kept_for_a_time else false()).label("is_kept_for_a_time"),
    )


def _sources(actor: Actor, since: datetime) -> Sequence[Select[Any]]:
    return (
        _laid_aside(since),
        _decks(actor, since),
        _withdrawn(actor, since),
        _hidden(actor, since),
        _commitments(actor, since),
        _barriers(since),
        _comments(actor, since),
        _questions(actor, since),
        _for_good(since),
    )


def _laid_aside(since: datetime) -> Select[Any]:
    return _row(
        LaidAside.kind,
        LaidAside.id,
        LaidAside.removed_at,
        way="here",
        title=LaidAside.title,
        path=LaidAside.path,
        removed_by_id=LaidAside.removed_by_id,
        meeting_id=LaidAside.meeting_id,
        is_laid=True,
        is_kept_for_a_time=True,
    ).where(LaidAside.removed_at >= since)


def _decks(actor: Actor, since: datetime) -> Select[Any]:
    way = case((Deck.is_emptied, "never"), (Deck.withdrawn_by_speaker, "speaker"), else_="here")
    rows = _row(
        "deck",
        Deck.id,
        Deck.withdrawn_at,
        way=way,
        title=func.coalesce(func.nullif(Deck.title, ""), AgendaItem.title, ""),
        path=func.concat("/oplaeg/", Deck.id),
        why=Deck.withdrawn_why,
        removed_by_id=Deck.withdrawn_by_id,
        meeting_id=Deck.meeting_id,
        is_kept_for_a_time=True,
    )
    rows = rows.select_from(Deck).outerjoin(AgendaItem, AgendaItem.id == Deck.item_id)
    return rows.where(tombstones_visible_to(actor), Deck.withdrawn_at >= since)


def _last_of(verb: str, thing: str, since: datetime) -> Any:
    """The last entry of each thing to which this was done since then."""
    return (
        select(AuditEntry.thing_id, AuditEntry.at, AuditEntry.user_id, AuditEntry.on_behalf_of_id)
        .where(
            AuditEntry.verb == verb,
            AuditEntry.thing == thing,
            AuditEntry.outcome == "done",
            AuditEntry.at >= since,
        )
        .ext(distinct_on(AuditEntry.thing_id))
        .order_by(AuditEntry.thing_id, AuditEntry.id.desc())
        .subquery()
    )


def _withdrawn(actor: Actor, since: datetime) -> Select[Any]:
    done = _last_of("withdraw", "contribution", since)
    return (
        _row(
            Contribution.kind,
            Contribution.id,
            done.c.at,
            way=case((taken_back_by_staff(done.c.user_id, done.c.on_behalf_of_id), "here"), else_="sender"),
            title=Contribution.title,
            reference=Contribution.reference,
            removed_by_id=done.c.user_id,
            meeting_id=Contribution.meeting_id,
        )
        .join(done, done.c.thing_id == Contribution.id)
        .where(Contribution.status == "withdrawn", contributions_visible_to(actor))
    )


def _hidden(actor: Actor, since: datetime) -> Select[Any]:
    last = (
        select(Decision.contribution_id, Decision.words, Decision.decided_by_id)
        .where(Decision.kind == "hide", Decision.decided_at >= since)
        .ext(distinct_on(Decision.contribution_id))
        .order_by(Decision.contribution_id, Decision.id.desc())
        .subquery()
    )
    return (
        _row(
            Contribution.kind,
            Contribution.id,
            Contribution.hidden_at,
            way="there",
            title=Contribution.title,
            reference=Contribution.reference,
            path=func.concat("/modereret/", Contribution.reference),
            why=func.coalesce(last.c.words, ""),
            removed_by_id=last.c.decided_by_id,
            meeting_id=Contribution.meeting_id,
        )
        .outerjoin(last, last.c.contribution_id == Contribution.id)
        .where(
            Contribution.hidden_at >= since,
            Contribution.status != "withdrawn",
            contributions_visible_to(actor),
        )
    )


def _commitments(actor: Actor, since: datetime) -> Select[Any]:
    done = _last_of("withdraw", "commitment", since)
    return (
        _row(
            "commitment",
            Commitment.id,
            done.c.at,
            way="here",
            title=Commitment.title,
            reference=Commitment.reference,
            path=func.concat("/forpligtelser/", Commitment.reference),
            removed_by_id=done.c.user_id,
            meeting_id=Commitment.meeting_id,
        )
        .join(done, done.c.thing_id == Commitment.id)
        .where(Commitment.status == "withdrawn", commitments_visible_to(actor))
    )


def _barriers(since: datetime) -> Select[Any]:
    """Of ideas and signature projects, which staff notes; a municipality's own projects are its own."""
    return (
        _row(
            "barrier",
            ThingBarrier.id,
            ThingBarrier.removed_at,
            way="here",
            title=func.coalesce(Project.title, Contribution.title),
            reference=func.coalesce(Contribution.reference, ""),
            path=case((Project.id.is_not(None), func.concat("/projekter/", Project.key)), else_=""),
            why=ThingBarrier.note,
        )
        .outerjoin(Project, Project.id == ThingBarrier.project_id)
        .outerjoin(Contribution, Contribution.id == ThingBarrier.contribution_id)
        .where(ThingBarrier.removed_at >= since, ThingBarrier.own_project_id.is_(None))
    )


def _comments(actor: Actor, since: datetime) -> Select[Any]:
    return (
        _row(
            "comment",
            MinutesComment.id,
            MinutesComment.hidden_at,
            way="there",
            path=func.concat("/moeder/", Meeting.key, "/referat/bemaerkninger/", MinutesComment.id),
            why=MinutesComment.hidden_reason,
            meeting_id=MinutesComment.meeting_id,
        )
        .join(Meeting, Meeting.id == MinutesComment.meeting_id)
        .where(MinutesComment.hidden_at >= since, meetings_visible_to(actor))
    )


def _questions(actor: Actor, since: datetime) -> Select[Any]:
    """Questions at sign-up that are only hidden, as they have answers."""
    done = _last_of("hide", "sign_up_question", since)
    return (
        _row(
            "sign_up_question",
            SignUpQuestion.id,
            done.c.at,
            way="here",
            title=SignUpQuestion.text,
            removed_by_id=done.c.user_id,
            meeting_id=SignUpQuestion.meeting_id,
        )
        .join(done, done.c.thing_id == SignUpQuestion.id)
        .join(Meeting, Meeting.id == SignUpQuestion.meeting_id)
        .where(SignUpQuestion.is_hidden, meetings_visible_to(actor))
    )


def _for_good(since: datetime) -> Select[Any]:
    told = [
        (and_(AuditEntry.verb == verb, AuditEntry.thing == thing), literal(kind))
        for (verb, thing), kind in FOR_GOOD.items()
    ]
    is_of_deck = and_(AuditEntry.thing == "deck", Deck.id == AuditEntry.thing_id)
    return (
        _row(
            case(*told),
            AuditEntry.id,
            AuditEntry.at,
            way="never",
            title=func.coalesce(Deck.title, ""),
            path=case((Deck.id.is_not(None), func.concat("/oplaeg/", Deck.id, "/versioner")), else_=""),
            removed_by_id=AuditEntry.user_id,
            meeting_id=Deck.meeting_id,
        )
        .outerjoin(Deck, is_of_deck)
        .where(
            AuditEntry.at >= since,
            AuditEntry.outcome == "done",
            case(*((condition, True) for condition, _ in told), else_=False),
        )
    )
