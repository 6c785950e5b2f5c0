"""Reading polls and how they go. Nobody reads what another has voted, and results are the same to all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Select, and_, bindparam, func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session

from app.core.asking import Asking, asked, read
from app.core.kept import kept
from app.core.policy import Actor
from app.domain.meetings.models import AgendaItem, Meeting
from app.domain.meetings.policy import in_force
from app.domain.meetings.policy import visible_to as meeting_visible_to
from app.domain.polls.counting import count_votes, fold_word
from app.domain.polls.models import Poll, PollOption, PollVote
from app.domain.polls.policy import polls_visible_to, shows_result
from app.domain.polls.schemas import SCALE

MOST_POLLS: Final = 100
MOST_WORDS_SHOWN: Final = 60


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that could be, or was, chosen. `share`: of those who voted, 0 to 100. `size`: of a word in
    a cloud, 1 to 5."""

    key: str
    text: str
    number: int
    share: int
    size: int = 1


@dataclass(frozen=True, slots=True)
class Result:
    """How a poll went, or goes. `average`: of a scale. `others`: words beyond those that are shown."""

    voters: int
    lines: tuple[Line, ...]
    average: float | None = None
    others: int = 0


@dataclass(frozen=True, slots=True)
class PollView:
    """A poll. `options`: (id as text, words). `voters`: how many have voted so far. `result` is None while it
    is hidden from everybody, or there is none yet."""

    id: int
    meeting_id: int
    meeting_key: str
    meeting_title: str
    meeting_title_en: str
    meeting_status: str
    item_id: int | None
    item_title: str
    position: int
    kind: str
    question: str
    help: str
    most: int
    low_label: str
    high_label: str
    state: str
    hides_results: bool
    visibility: str
    is_example: bool
    opened_at: datetime | None
    closed_at: datetime | None
    version: int
    options: tuple[tuple[str, str], ...]
    hidden_words: tuple[str, ...]
    voters: int
    result: Result | None

    @property
    def is_open(self) -> bool:
        return self.state == "open"

    @property
    def path(self) -> str:
        return f"/moeder/{self.meeting_key}/afstemninger/{self.id}"


@dataclass(frozen=True, slots=True)
class OwnVote:
    """What the actor has voted; `given` is empty where it has been counted, and nobody can tell any more."""

    given: tuple[str, ...]
    is_counted: bool


_OF_POLL: Final = (
    "id", "meeting_id", "item_id", "position", "kind", "question", "help", "most", "low_label", "high_label",
    "state", "visibility", "hides_results", "tally", "hidden_words", "is_example", "opened_at", "closed_at",
    "version",
)  # fmt: skip


def _rows() -> Select[Any]:
    option = func.jsonb_build_array(PollOption.id, PollOption.text)
    options = (
        select(func.jsonb_agg(aggregate_order_by(option, PollOption.position)))
        .where(PollOption.poll_id == Poll.id)
        .correlate(Poll)
        .scalar_subquery()
    )
    waiting = (
        select(func.count())
        .where(PollVote.poll_id == Poll.id, PollVote.given.is_not(None))
        .correlate(Poll)
        .scalar_subquery()
    )
    item = and_(AgendaItem.id == Poll.item_id, in_force(AgendaItem))
    return (
        select(
            *(getattr(Poll, name) for name in _OF_POLL),
            Meeting.key.label("meeting_key"),
            Meeting.title.label("meeting_title"),
            Meeting.title_en.label("meeting_title_en"),
            Meeting.status.label("meeting_status"),
            func.coalesce(AgendaItem.title, "").label("item_title"),
            options.label("options"),
            (Poll.voters + waiting).label("voters"),
        )
        .join(Meeting, Meeting.id == Poll.meeting_id)
        .outerjoin(AgendaItem, item)
    )


def list_polls(session: Session, actor: Actor, meeting_id: int) -> list[PollView]:
    """The polls of a meeting that the actor may see, in order, with how they go. Two statements."""
    return _read(session, _rows().where(meeting_visible_to(actor), polls_visible_to(actor)), meeting_id)


def list_common(session: Session, meeting_id: int, visibilities: Sequence[str]) -> list[PollView]:
    """The polls that everybody sees alike who may see these, open or closed; asked of nobody."""
    return _read(session, _rows().where(Poll.state != "draft", Poll.visibility.in_(visibilities)), meeting_id)


def list_closed(session: Session, actor: Actor, meeting_id: int) -> list[PollView]:
    """The polls of a meeting that are counted, as far as the actor may read them; for the record. One
    statement."""
    return read(session, closed_at(actor, meeting_id))


def closed_at(actor: Actor, meeting_id: int) -> Asking[list[PollView]]:
    """The same, to be asked beside others."""
    return (yield from _polls(_closed(actor), {"of_meeting": meeting_id}))


@kept
def _closed(actor: Actor) -> Select[Any]:
    seen = _rows().where(Poll.state == "closed", meeting_visible_to(actor), polls_visible_to(actor))
    return _of_meeting(seen, bindparam("of_meeting"))


def _read(session: Session, statement: Select[Any], meeting_id: int) -> list[PollView]:
    return read(session, _polls(_of_meeting(statement, meeting_id)))


def _of_meeting(statement: Select[Any], meeting_id: Any) -> Select[Any]:
    of_meeting = statement.where(Poll.meeting_id == meeting_id)
    return of_meeting.order_by(Poll.position, Poll.id).limit(MOST_POLLS)


def find_poll(session: Session, actor: Actor, meeting_key: str, poll_id: int) -> PollView | None:
    """A poll, if the actor may see it. Two statements."""
    found = _rows().where(meeting_visible_to(actor), polls_visible_to(actor))
    found = found.where(Meeting.key == meeting_key, Poll.id == poll_id)
    return next(iter(read(session, _polls(found))), None)


def find_for_screen(session: Session, meeting_id: int, poll_id: int) -> PollView | None:
    """A poll as the big screen may show it: opened, and without a result that is hidden; asked of nobody."""
    found = _rows().where(Poll.state != "draft", Poll.meeting_id == meeting_id, Poll.id == poll_id)
    return next(iter(read(session, _polls(found))), None)


def find_own_votes(session: Session, actor: Actor, poll_ids: Sequence[int]) -> dict[int, OwnVote]:
    """What the actor has voted in these polls; nobody else's."""
    if not actor.seats or not poll_ids:
        return {}
    rows = session.execute(
        select(PollVote.poll_id, PollVote.given).where(
            PollVote.poll_id.in_(poll_ids), PollVote.attendee_id.in_(sorted(seat for _, seat in actor.seats))
        )
    )
    return {row.poll_id: OwnVote(tuple(row.given or ()), row.given is None) for row in rows}


def _polls(statement: Select[Any], values: Mapping[str, Any] | None = None) -> Asking[list[PollView]]:
    polls = yield from asked(statement, values)
    votes = yield from _open_votes([poll.id for poll in polls if shows_result(poll) and poll.state == "open"])
    return [_view(poll, votes.get(poll.id, [])) for poll in polls]


def _open_votes(poll_ids: Sequence[int]) -> Asking[dict[int, list[tuple[str, int]]]]:
    found: dict[int, list[tuple[str, int]]] = {}
    if not poll_ids:
        return found
    for poll_id, vote, number in (yield from asked(_given(), {"voted_in": list(poll_ids)})):
        found.setdefault(poll_id, []).append((vote, number))
    return found


@kept
def _given() -> Select[Any]:
    given = func.unnest(PollVote.given).label("given")
    return (
        select(PollVote.poll_id, given, func.count().label("number"))
        .where(PollVote.poll_id.in_(bindparam("voted_in", expanding=True)))
        .group_by(PollVote.poll_id, given)
    )


def _view(poll: Any, votes: list[tuple[str, int]]) -> PollView:
    options = tuple((str(id), text) for id, text in poll.options or ())
    result = None
    if shows_result(poll):
        result = _sum_up(poll, options, count_votes(votes, poll.tally, poll.kind), poll.voters)
    return PollView(
        id=poll.id,
        meeting_id=poll.meeting_id,
        meeting_key=poll.meeting_key,
        meeting_title=poll.meeting_title,
        meeting_title_en=poll.meeting_title_en,
        meeting_status=poll.meeting_status,
        item_id=poll.item_id,
        item_title=poll.item_title,
        position=poll.position,
        kind=poll.kind,
        question=poll.question,
        help=poll.help,
        most=poll.most,
        low_label=poll.low_label,
        high_label=poll.high_label,
        state=poll.state,
        hides_results=poll.hides_results,
        visibility=poll.visibility,
        is_example=poll.is_example,
        opened_at=poll.opened_at,
        closed_at=poll.closed_at,
        version=poll.version,
        options=options,
        hidden_words=tuple(poll.hidden_words),
        voters=poll.voters,
        result=result,
    )


def _sum_up(poll: Any, options: tuple[tuple[str, str], ...], tally: dict[str, int], voters: int) -> Result:
    if poll.kind == "words":
        return _sum_up_words(poll, tally, voters)
    choices = tuple((step, step) for step in SCALE) if poll.kind == "scale" else options
    lines = tuple(_line(key, text, tally.get(key, 0), voters) for key, text in choices)
    average = None
    if poll.kind == "scale" and voters:
        average = sum(int(line.key) * line.number for line in lines) / voters
    return Result(voters, lines, average)


def _sum_up_words(poll: Any, tally: dict[str, int], voters: int) -> Result:
    shown = {word: number for word, number in tally.items() if fold_word(word) not in poll.hidden_words}
    ordered = sorted(shown.items(), key=lambda one: (-one[1], one[0].casefold()))
    most = ordered[0][1] if ordered else 1
    lines = tuple(
        _line(word, word, number, voters, size=1 + round(4 * (number - 1) / max(1, most - 1)))
        for word, number in ordered[:MOST_WORDS_SHOWN]
    )
    return Result(voters, lines, others=max(0, len(ordered) - MOST_WORDS_SHOWN))


def _line(key: str, text: str, number: int, voters: int, size: int = 1) -> Line:
    return Line(key, text, number, round(100 * number / voters) if voters else 0, size)
