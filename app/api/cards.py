"""What was said at meetings: cards and questions; staff writes them down."""

from typing import Annotated

from fastapi import Query
from fastapi.responses import Response
from pydantic import Field

from app.api.answers import Out, answer, answer_list, many, read_part
from app.api.asking import make_router
from app.api.meetings import MeetingKey, find_meeting
from app.api.said import Reference, SaidAsked, SaidOut, as_said, find_said, read_filters, show_one
from app.api.verbs import Doors, Upon
from app.api.writing import OnceKey, write_once
from app.core.policy import require
from app.domain.contributions import queries, service
from app.domain.contributions.policy import may_record, may_record_at, may_record_somewhere
from app.domain.contributions.schemas import (
    MOST_CARDS,
    CardEdit,
    CardInput,
    CardPlace,
    CardText,
    SpokenKind,
    TagInput,
)
from app.http.visit import AVisit, Visit, anyone, only

router = make_router("indspil")
KINDS = ("card", "question")


class CardsAsked(SaidAsked):
    """What was said aloud or written in the room."""

    slags: SpokenKind | None = Field(None, description="Only this kind.")


class CardIn(CardInput):
    """One thing that was said at a meeting; hidden until it is published."""


class CardsIn(CardPlace):
    """Several things that were said at the same place, in order."""

    texts: Annotated[list[CardText], Field(min_length=1, max_length=MOST_CARDS)]


class RecordedOut(Out):
    """How far what was written down at a meeting has come."""

    meeting_key: str
    said: int = Field(description="How much was written down and stands.")
    unthemed: int = Field(description="How much of it has no theme.")
    may_undo: bool = Field(description="Whether the last marking can be turned back.")


@router.get("/indspil", dependencies=[anyone], response_model=many(SaidOut))
def list_cards(visit: AVisit, asked: Annotated[CardsAsked, Query()]) -> Response:
    """What was said at meetings, the newest first; of one meeting with `moede`."""
    session, actor, filters = visit.session, visit.actor, read_filters(asked)
    kinds = (asked.slags,) if asked.slags else KINDS
    part = read_part(
        visit,
        asked,
        lambda after, most: queries.read_contributions(session, actor, kinds, filters, after, most),
    )
    return answer_list(visit, asked, part, [SaidOut(**as_said(visit, one)) for one in part.rows])


@router.get("/indspil/{reference}", dependencies=[anyone], response_model=SaidOut)
def show_card(visit: AVisit, reference: Reference) -> Response:
    """One thing that was said, by its number."""
    return show_one(visit, find_said(visit, reference, *KINDS))


def _show(visit: Visit, reference: str) -> tuple[SaidOut, int]:
    found = find_said(visit, reference)
    return SaidOut(**as_said(visit, found)), found.version


@router.post(
    "/moeder/{key}/indspil", dependencies=[only(may_record)], response_model=SaidOut, status_code=201
)
def add_card(visit: AVisit, once: OnceKey, key: MeetingKey, given: CardIn) -> Response:
    """Write down what was said at a meeting."""

    def add() -> str:
        meeting = find_meeting(visit, key)
        return service.add_card(visit.session, visit.actor, meeting.id, given).reference

    return write_once(visit, once, given, add, lambda name: _show(visit, name), at="/indspil/{}")


# --- several at a time


def _find_room(visit: Visit, key: str) -> int:
    """The meeting, for who writes down what is said there. Raises NotFound and NotAllowed."""
    meeting = find_meeting(visit, key)
    require(may_record_at(visit.actor, meeting.id))
    return meeting.id


def _show_recorded(visit: Visit, key: str) -> tuple[RecordedOut, None]:
    session, actor, meeting = visit.session, visit.actor, find_meeting(visit, key)
    said, unthemed = (
        queries.list_of_meeting(session, actor, meeting.id, per_page=1, only_unthemed=only_unthemed).total
        for only_unthemed in (False, True)
    )
    may_undo = service.find_last_tagging(session, actor, meeting.id) is not None
    told = RecordedOut(meeting_key=meeting.key, said=said, unthemed=unthemed, may_undo=may_undo)
    return told, None


doors = Doors(router, SaidOut, _show)
recorded = Doors(router, RecordedOut, _show_recorded)
ROOM = "/moeder/{key}/indspil"


@router.get(ROOM + "/tilstand", dependencies=[only(may_record_somewhere)], response_model=RecordedOut)
def show_recorded(visit: AVisit, key: MeetingKey) -> Response:
    """How far what was written down at a meeting has come."""
    _find_room(visit, key)
    return answer(visit, _show_recorded(visit, key)[0])


@recorded.post(ROOM + "/mange", may_record_somewhere)
def add_cards(visit: Visit, key: MeetingKey, given: CardsIn) -> str:
    """Write down several things that were said."""
    meeting_id, place = _find_room(visit, key), CardPlace(**given.model_dump(exclude={"texts"}))
    service.add_cards(visit.session, visit.actor, meeting_id, place, given.texts)
    return key


@recorded.post(ROOM + "/maerk", may_record_somewhere)
def tag_cards(visit: Visit, key: MeetingKey, given: TagInput) -> str:
    """Give things that were said an aspect and themes, or take those off."""
    meeting_id, is_off = _find_room(visit, key), given.action == "remove"
    told = {"aspect": given.aspect, "theme_ids": given.theme_ids, "remove": is_off}
    service.tag_contributions(
        visit.session,
        visit.actor,
        given.contribution_ids,
        at_meeting=meeting_id,
        **told,  # type: ignore[arg-type]
    )
    return key


@recorded.post(ROOM + "/maerk/fortryd", may_record_somewhere)
def undo_tagging(visit: Visit, key: MeetingKey) -> str:
    """Turn the last marking back."""
    service.undo_tagging(visit.session, visit.actor, _find_room(visit, key))
    return key


@recorded.post(ROOM + "/udgiv", may_record)
def publish_cards(visit: Visit, key: MeetingKey) -> str:
    """Publish all that was written down at a meeting."""
    service.publish_meeting_cards(visit.session, visit.actor, _find_room(visit, key))
    return key


# --- one


@doors.put("/indspil/{reference}", may_record_somewhere)
def change_card(visit: Visit, upon: Upon, reference: Reference, given: CardEdit) -> str:
    """Change what was written down, its place, its aspect and its themes."""
    said = find_said(visit, reference, *KINDS)
    service.edit_card(visit.session, visit.actor, said.id, upon(said.version, given))
    return said.reference


@doors.post("/indspil/{reference}/traek-tilbage", may_record_somewhere)
def withdraw_card(visit: Visit, reference: Reference) -> str:
    """Take back what was said; only its own people and staff see it then."""
    said = find_said(visit, reference, *KINDS)
    service.withdraw(visit.session, visit.actor, said.id)
    return said.reference


@doors.post("/indspil/{reference}/fortryd", may_record_somewhere)
def restore_card(visit: Visit, reference: Reference) -> str:
    """Undo that it was taken back."""
    said = find_said(visit, reference, *KINDS)
    service.restore(visit.session, visit.actor, said.id)
    return said.reference
