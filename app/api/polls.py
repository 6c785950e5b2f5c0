"""Polls of a meeting: what is asked, how it went, and running them. A key never votes."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import Path
from fastapi.responses import Response
from pydantic import Field

from app.api.answers import Out, answer
from app.api.asking import make_router
from app.api.meetings import MeetingKey, find_meeting
from app.api.verbs import Doors, Upon
from app.core.policy import NotFound, require
from app.domain.contributions.schemas import Given
from app.domain.polls import queries, service
from app.domain.polls.policy import may_run_polls, may_run_polls_somewhere
from app.domain.polls.queries import PollView
from app.domain.polls.schemas import PollInput, Word
from app.http.visit import AVisit, Visit, anyone

router = make_router("afstemninger")
POLLS = "/moeder/{key}/afstemninger"
POLL = POLLS + "/{poll_id}"
RowId = Annotated[int, Path(ge=1, le=2**63 - 1)]


class OptionOut(Out):
    """Something that one can vote for."""

    key: str
    text: str


class VotesOut(Out):
    """How many voted for something."""

    key: str
    text: str
    number: int = Field(description="How many.")
    share: int = Field(description="Of a hundred who voted.")


class ResultOut(Out):
    """How a poll went."""

    voters: int = Field(description="How many voted.")
    lines: list[VotesOut] = Field(description="What they voted for.")
    average: float | None = Field(description="Of a scale; null else.")


class PollOut(Out):
    """A poll of a meeting."""

    id: int
    meeting_key: str
    item_id: int | None = Field(description="The item of the programme that it belongs to, or null.")
    kind: str = Field(description="one, several, scale or words.")
    question: str = Field(description="What is asked.")
    help: str = Field(description="What helps to answer it; empty where nothing is said.")
    most: int = Field(description="How many choices or words each may give.")
    low_label: str = Field(description="What the lower end of a scale is called.")
    high_label: str = Field(description="What the upper end of a scale is called.")
    state: str
    visibility: str
    options: list[OptionOut] = Field(description="What there is to choose between.")
    voters: int = Field(description="How many have voted.")
    result: ResultOut | None = Field(description="How it went; null while that is hidden.")
    opened_at: datetime | None = Field(description="When it was opened, or null.")
    closed_at: datetime | None = Field(description="When it was counted, or null.")
    is_example: bool
    version: int
    page: str = ""


class PollListOut(Out):
    """The polls of a meeting that the reader may see."""

    meeting_key: str
    items: list[PollOut] = Field(description="In order.")


class AudienceIn(Given):
    """Who may read how a poll went."""

    visibility: Literal["public", "participants"]


class WordIn(Given):
    """A word of a poll, and whether it is shown to nobody."""

    word: Word
    is_hidden: bool = True


def find_poll(visit: Visit, key: str, poll_id: int) -> PollView:
    """The poll of this meeting. Raises NotFound."""
    found = queries.find_poll(visit.session, visit.actor, find_meeting(visit, key).key, poll_id)
    if found is None:
        raise NotFound
    return found


def _tell(visit: Visit, polls: list[PollView]) -> list[PollOut]:
    items = []
    for poll in polls:
        told: dict[str, Any] = {name: getattr(poll, name, None) for name in PollOut.model_fields}
        told |= {
            "options": [OptionOut(key=key, text=text) for key, text in poll.options],
            "page": visit.kit.site.base_url + poll.path,
        }
        items.append(PollOut.model_validate(told))
    return items


def show(visit: Visit, name: str) -> tuple[PollOut, int]:
    key, _word, poll_id = name.rpartition("/afstemninger/")
    poll = find_poll(visit, key, int(poll_id))
    return _tell(visit, [poll])[0], poll.version


def show_all(visit: Visit, key: str) -> tuple[PollListOut, None]:
    meeting = find_meeting(visit, key)
    polls = queries.list_polls(visit.session, visit.actor, meeting.id)
    return PollListOut(meeting_key=meeting.key, items=_tell(visit, polls)), None


def name_of(poll: PollView) -> str:
    return f"{poll.meeting_key}/afstemninger/{poll.id}"


doors = Doors(router, PollOut, show, at="/moeder/{}")
polls = Doors(router, PollListOut, show_all)


@router.get(POLLS, dependencies=[anyone], response_model=PollListOut)
def list_polls(visit: AVisit, key: MeetingKey) -> Response:
    """The polls of a meeting."""
    return answer(visit, show_all(visit, key)[0])


@router.get(POLL, dependencies=[anyone], response_model=PollOut)
def show_poll(visit: AVisit, key: MeetingKey, poll_id: RowId) -> Response:
    """One poll, and how it goes."""
    thing, version = show(visit, name_of(find_poll(visit, key, poll_id)))
    return answer(visit, thing, version=version)


# --- running


def _run(visit: Visit, key: str, poll_id: int) -> PollView:
    """The poll, for who runs it. Raises NotFound and NotAllowed."""
    require(may_run_polls(visit.actor, find_meeting(visit, key).id))
    return find_poll(visit, key, poll_id)


@doors.post(POLLS, may_run_polls_somewhere, makes=True)
def add_poll(visit: Visit, key: MeetingKey, given: PollInput) -> str:
    """A new poll, seen by nobody else until it is opened."""
    meeting = find_meeting(visit, key)
    require(may_run_polls(visit.actor, meeting.id))
    poll = service.add_poll(visit.session, visit.actor, meeting.id, given)
    return f"{meeting.key}/afstemninger/{poll.id}"


@doors.put(POLL, may_run_polls_somewhere)
def edit_poll(visit: Visit, upon: Upon, key: MeetingKey, poll_id: RowId, given: PollInput) -> str:
    """Change a poll that nobody has voted in."""
    poll = _run(visit, key, poll_id)
    service.edit_poll(visit.session, visit.actor, poll.id, upon(poll.version, given))
    return name_of(poll)


@polls.delete(POLL, may_run_polls_somewhere)
def remove_poll(visit: Visit, key: MeetingKey, poll_id: RowId) -> str:
    """Take a poll away that nobody has voted in."""
    poll = _run(visit, key, poll_id)
    service.remove_poll(visit.session, visit.actor, poll.id)
    return poll.meeting_key


@doors.post(POLL + "/aabn", may_run_polls_somewhere)
def open_poll(visit: Visit, key: MeetingKey, poll_id: RowId) -> str:
    """Let the room vote."""
    poll = _run(visit, key, poll_id)
    service.open_poll(visit.session, visit.actor, poll.id)
    return name_of(poll)


@doors.post(POLL + "/luk", may_run_polls_somewhere)
def close_poll(visit: Visit, key: MeetingKey, poll_id: RowId) -> str:
    """Count the votes, and forget who gave which."""
    poll = _run(visit, key, poll_id)
    service.close_poll(visit.session, visit.actor, poll.id)
    return name_of(poll)


@doors.put(POLL + "/synlighed", may_run_polls_somewhere)
def choose_audience(visit: Visit, key: MeetingKey, poll_id: RowId, given: AudienceIn) -> str:
    """Say who may read how a poll went."""
    poll = _run(visit, key, poll_id)
    service.set_visibility(visit.session, visit.actor, poll.id, given.visibility)
    return name_of(poll)


@doors.put(POLL + "/ord", may_run_polls_somewhere)
def turn_word(visit: Visit, key: MeetingKey, poll_id: RowId, given: WordIn) -> str:
    """Show a word to nobody, or again; it is counted still."""
    poll = _run(visit, key, poll_id)
    verb = service.hide_word if given.is_hidden else service.show_word
    verb(visit.session, visit.actor, poll.id, given.word)
    return name_of(poll)
