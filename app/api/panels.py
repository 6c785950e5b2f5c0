"""Questions to a panel: reading and leading them. A key never sits in a room, so it asks none."""

from collections.abc import Callable
from typing import Annotated, Any, Literal

from fastapi import Path
from fastapi.responses import Response
from pydantic import Field
from sqlalchemy.orm import Session

from app.api.answers import Out, answer
from app.api.asking import make_router
from app.api.meetings import MeetingKey, find_meeting
from app.api.verbs import Doors, Upon, pick
from app.core.policy import Actor, NotFound, require
from app.domain.panels import queries, service
from app.domain.panels.policy import levels_of, may_lead, may_lead_somewhere
from app.domain.panels.queries import PanelView, QuestionView
from app.domain.panels.schemas import (
    AnsweredInput,
    HiddenInput,
    PanelInput,
    TakenOver,
)
from app.http.visit import AVisit, Visit, anyone

router = make_router("spoerg")
PANEL = "/moeder/{key}/spoerg/{item_id}"
ONE = PANEL + "/{question_id}"
RowId = Annotated[int, Path(ge=1, le=2**63 - 1)]
Turn = Literal["luk-ind", "kort-liste", "vent", "nu", "fortryd"]
TURNS: dict[str, Callable[[Session, Actor, int], object]] = {
    "luk-ind": service.approve,
    "kort-liste": service.shortlist,
    "vent": service.put_back,
    "nu": service.put_now,
    "fortryd": service.undo,
}


class PanelQuestionOut(Out):
    """A question to a panel."""

    id: int
    reference: str
    text: str
    language: str
    said_by: str
    on_behalf_of: str
    state: str = Field(description="waiting, shortlisted, now, answered or hidden.")
    is_shown: bool = Field(description="Whether the room sees it.")
    is_withdrawn: bool = Field(description="Whether who asked took it back.")
    seconds: int = Field(description="How many back it.")
    answer: str = Field(description="What was answered, in short; empty where nothing is noted.")
    version: int


class PanelOut(Out):
    """An item of the programme that takes questions."""

    meeting_key: str
    item_id: int = Field(description="The number of the item.")
    item_title: str = Field(description="The item.")
    state: str
    asks_approval: bool = Field(description="Whether questions wait for who leads the panel.")
    visibility: str
    version: int
    questions: list[PanelQuestionOut] = Field(
        description="For who leads the panel all of them; else those that may be read."
    )
    page: str = ""


def find_panel(visit: Visit, key: str, item_id: int) -> PanelView:
    """The panel of this meeting. Raises NotFound."""
    found = queries.find_panel(visit.session, visit.actor, find_meeting(visit, key).key, item_id)
    if found is None:
        raise NotFound
    return found


def show(visit: Visit, name: str) -> tuple[PanelOut, int]:
    key, _word, item_id = name.rpartition("/spoerg/")
    panel = find_panel(visit, key, int(item_id))
    session, actor = visit.session, visit.actor
    if may_lead(actor, panel.meeting_id):
        asked = queries.list_led(session, actor, panel.item_id)
    else:
        asked = queries.list_common(session, panel.item_id, levels_of(actor, panel))
    told: dict[str, Any] = {name: getattr(panel, name, None) for name in PanelOut.model_fields}
    told |= {
        "questions": [PanelQuestionOut.model_validate(one) for one in asked],
        "page": visit.kit.site.base_url + panel.path,
    }
    return PanelOut.model_validate(told), panel.version


def name_of(panel: PanelView) -> str:
    return f"{panel.meeting_key}/spoerg/{panel.item_id}"


doors = Doors(router, PanelOut, show, at="/moeder/{}")


@router.get(PANEL, dependencies=[anyone], response_model=PanelOut)
def show_panel(visit: AVisit, key: MeetingKey, item_id: RowId) -> Response:
    """The questions to the panel of an item."""
    thing, version = show(visit, name_of(find_panel(visit, key, item_id)))
    return answer(visit, thing, version=version)


# --- leading


def _lead(visit: Visit, key: str, item_id: int) -> PanelView:
    """The panel, for who leads its questions. Raises NotFound and NotAllowed."""
    panel = find_panel(visit, key, item_id)
    require(may_lead(visit.actor, panel.meeting_id))
    return panel


def _led(visit: Visit, panel: PanelView, question_id: int) -> QuestionView:
    return pick(queries.list_led(visit.session, visit.actor, panel.item_id), question_id)


@doors.put(PANEL, may_lead_somewhere)
def set_up(visit: Visit, upon: Upon, key: MeetingKey, item_id: RowId, given: PanelInput) -> str:
    """Say how an item takes questions."""
    panel = _lead(visit, key, item_id)
    service.set_up_panel(visit.session, visit.actor, panel.item_id, upon(panel.version, given))
    return name_of(panel)


@doors.post(PANEL + "/aabn", may_lead_somewhere)
def open_panel(visit: Visit, key: MeetingKey, item_id: RowId) -> str:
    """Take questions."""
    panel = _lead(visit, key, item_id)
    service.open_panel(visit.session, visit.actor, panel.item_id)
    return name_of(panel)


@doors.post(PANEL + "/luk", may_lead_somewhere)
def close_panel(visit: Visit, key: MeetingKey, item_id: RowId) -> str:
    """Take no more questions."""
    panel = _lead(visit, key, item_id)
    service.close_panel(visit.session, visit.actor, panel.item_id)
    return name_of(panel)


@doors.post(PANEL + "/tag-over", may_lead_somewhere, makes=True)
def take_over(visit: Visit, key: MeetingKey, item_id: RowId, given: TakenOver) -> str:
    """Ask one of the questions that came with the sign-ups, word for word."""
    panel = _lead(visit, key, item_id)
    service.take_over(visit.session, visit.actor, panel.item_id, given)
    return name_of(panel)


@doors.post(ONE + "/besvaret", may_lead_somewhere)
def note_answer(
    visit: Visit, key: MeetingKey, item_id: RowId, question_id: RowId, given: AnsweredInput
) -> str:
    """Note that a question was answered, and what was said."""
    panel = _lead(visit, key, item_id)
    question = _led(visit, panel, question_id)
    said = given.answer if "answer" in given.model_fields_set else None
    service.mark_answered(visit.session, visit.actor, question.id, said)
    return name_of(panel)


@doors.post(ONE + "/skjul", may_lead_somewhere)
def hide(visit: Visit, key: MeetingKey, item_id: RowId, question_id: RowId, given: HiddenInput) -> str:
    """Hide a question, with the reason for its author."""
    panel = _lead(visit, key, item_id)
    service.hide(visit.session, visit.actor, _led(visit, panel, question_id).id, given.reason)
    return name_of(panel)


@doors.post(ONE + "/tur/{turn}", may_lead_somewhere)
def turn_question(visit: Visit, key: MeetingKey, item_id: RowId, question_id: RowId, turn: Turn) -> str:
    """Let a question in, short-list it, let it wait, give it to the panel, or undo the last turn."""
    panel = _lead(visit, key, item_id)
    TURNS[turn](visit.session, visit.actor, _led(visit, panel, question_id).id)
    return name_of(panel)
