"""The minutes of a meeting: read by who may, written section by section, commented on, settled by staff."""

from datetime import date, datetime
from typing import Annotated, Any, NoReturn

from fastapi import Path
from fastapi.responses import Response
from pydantic import Field

from app.api.answers import Out, answer
from app.api.asking import make_router
from app.api.meetings import MeetingKey, find_meeting
from app.api.verbs import Doors, Upon
from app.core.policy import NotAllowed, NotFound, require
from app.domain.meetings.queries import MeetingView
from app.domain.meetings.schemas import ReasonInput
from app.domain.meetings.statuses import DONE
from app.domain.minutes import commenting, comments, queries, service
from app.domain.minutes.comments import CommentView
from app.domain.minutes.policy import (
    may_decide_comments,
    may_hide_comments,
    may_see_comments,
    may_settle_minutes,
    may_write_minutes,
    may_write_minutes_somewhere,
)
from app.domain.minutes.queries import MinutesView
from app.domain.minutes.schemas import (
    ApprovalInput,
    DecisionInput,
    Given,
    HidingInput,
    ReviewInput,
    SectionText,
)
from app.http.visit import AVisit, SignInFirst, Visit, anyone, only

router = make_router("referat")
MINUTES = "/moeder/{key}/referat"
EDITIONS = MINUTES + "/udgaver"
COMMENTS = MINUTES + "/bemaerkninger"
COMMENT = COMMENTS + "/{comment_id}"
MOST_SECTIONS = 200
RowId = Annotated[int, Path(ge=1, le=2**63 - 1)]
Number = Annotated[int, Path(ge=1, le=2**31 - 1)]


class SectionOut(Out):
    """The text under one item of the programme, or at the beginning or the end."""

    id: int | None = Field(
        description="The number of the section, which comments name; null before any text."
    )
    place: str = Field(description="What it is called when it is written: opening, closing, item-12.")
    part: str = Field(description="opening, item or closing.")
    item_id: int | None = Field(description="The number of the item of the programme, or null.")
    title: str
    title_en: str
    text: str
    version: int


class MinutesOut(Out):
    """Minutes as the reader may read them: the text that is being written, or an edition."""

    meeting_key: str
    state: str = Field(description="draft, review or approved.")
    is_working: bool = Field(description="Whether this is the text that is being written.")
    number: int | None = Field(description="Of the edition, the newest where this is none; null before any.")
    kind: str | None = Field(description="Of that edition: review, approved or corrected.")
    made_at: datetime | None = Field(description="When that edition was made.")
    reason: str
    comment_until: date | None = Field(description="The last day for comments, or null.")
    approved_on: date | None = Field(description="When the newest approved edition was, or null.")
    reopened_reason: str = Field(description="Why approved minutes are being changed, to who writes them.")
    sections: list[SectionOut] = Field(description="In the order of the day.")
    version: int
    page: str = ""


class MinutesEditionOut(Out):
    """An edition of the minutes."""

    number: int
    kind: str = Field(description="review, approved or corrected.")
    reason: str
    made_at: datetime = Field(description="When it was made.")
    made_by: str = Field(description="Who made it, to those who write the minutes; else empty.")


class MinutesEditionsOut(Out):
    """The editions that the reader may read."""

    meeting_key: str
    items: list[MinutesEditionOut] = Field(description="The newest first.")


class WholeMinutesEditionOut(MinutesEditionOut):
    """An edition with its text, as it stood."""

    sections: list[SectionOut] = Field(description="In the order of the day.")


class CommentOut(Out):
    """What somebody says of a section of the minutes."""

    id: int
    section_id: int = Field(description="The number of the section.")
    part: str = Field(description="opening, item or closing.")
    place: str = Field(description="The title of its item; empty for opening and closing.")
    edition: int = Field(description="The number of the edition that it was said of.")
    name: str = Field(description="Who said it; empty where the room shows no names.")
    organisation: str = Field(description="For whom; empty where the room shows none.")
    text: str
    proposed: str = Field(description="Other words for the minutes; empty where none are proposed.")
    made_at: datetime = Field(description="When it was said.")
    decision: str = Field(description="open, taken_in or declined.")
    reply: str = Field(description="Why it is not taken in, or a word with it.")
    decided_at: datetime | None = Field(description="When that was decided, or null.")
    withdrawn_at: datetime | None = Field(description="When its author took it back, to the author; or null.")
    hidden_at: datetime | None = Field(description="When it was taken out of sight, or null.")
    hidden_reason: str = Field(description="Why; empty where it is in sight.")
    is_own: bool = Field(description="Whether it is one's own.")
    is_example: bool
    version: int


class CommentsOut(Out):
    """What is said of the minutes, as the reader may read it."""

    meeting_key: str
    items: list[CommentOut] = Field(description="The first to come first.")


class SectionsIn(Given):
    """The text of some sections, each upon the version of it that was read."""

    sections: Annotated[list[SectionText], Field(min_length=1, max_length=MOST_SECTIONS)]


def _refuse_others(visit: Visit, meeting: MeetingView) -> NoReturn:
    """As on the page: that minutes lie open is told of the meeting to all, so who may not read them is told
    why. Before that there is nothing."""
    if meeting.status not in DONE or not comments.are_shown(visit.session, meeting.id):
        raise NotFound
    if not visit.actor.is_signed_in:
        raise SignInFirst
    raise NotAllowed("minutes_only_for_those_there")


def find_minutes(visit: Visit, key: str) -> tuple[MeetingView, MinutesView]:
    """The minutes as the actor may read them. Raises NotFound, SignInFirst and NotAllowed."""
    meeting = find_meeting(visit, key)
    found = queries.find_minutes(visit.session, visit.actor, meeting.id)
    if found is None:
        _refuse_others(visit, meeting)
    return meeting, found


def show(visit: Visit, key: str) -> tuple[MinutesOut, int]:
    meeting, found = find_minutes(visit, key)
    told: dict[str, Any] = {name: getattr(found, name, None) for name in MinutesOut.model_fields}
    told |= {"meeting_key": meeting.key, "page": visit.kit.site.base_url + found.path}
    return MinutesOut.model_validate(told), found.version


doors = Doors(router, MinutesOut, show, at=MINUTES)


@router.get(MINUTES, dependencies=[anyone], response_model=MinutesOut)
def show_minutes(visit: AVisit, key: MeetingKey) -> Response:
    """The minutes: the working text for who writes them, else the newest edition that one may read."""
    thing, version = show(visit, key)
    return answer(visit, thing, version=version)


@doors.put(MINUTES, may_write_minutes_somewhere)
def write_minutes(visit: Visit, key: MeetingKey, given: SectionsIn) -> str:
    """Write the text of some sections, all or none; nobody but who writes reads it before it is shown."""
    meeting = find_meeting(visit, key)
    require(may_write_minutes(visit.actor, meeting.id))
    service.write_sections(visit.session, visit.actor, meeting.id, given.sections)
    return meeting.key


# --- editions


@router.get(EDITIONS, dependencies=[anyone], response_model=MinutesEditionsOut)
def list_editions(visit: AVisit, key: MeetingKey) -> Response:
    """The editions of the minutes that one may read."""
    meeting = find_meeting(visit, key)
    found = queries.list_editions(visit.session, visit.actor, meeting.id)
    if not found and not may_write_minutes(visit.actor, meeting.id):
        _refuse_others(visit, meeting)
    items = [MinutesEditionOut.model_validate(one) for one in found]
    return answer(visit, MinutesEditionsOut(meeting_key=meeting.key, items=items))


@router.get(EDITIONS + "/{number}", dependencies=[anyone], response_model=WholeMinutesEditionOut)
def show_edition(visit: AVisit, key: MeetingKey, number: Number) -> Response:
    """One edition as it stood."""
    meeting = find_meeting(visit, key)
    found = queries.find_edition(visit.session, visit.actor, meeting.id, number)
    if found is None:
        find_minutes(visit, key)
        raise NotFound
    return answer(visit, WholeMinutesEditionOut.model_validate(found))


# --- settling


@doors.post(MINUTES + "/ny-udgave", may_settle_minutes)
def show_again(visit: Visit, upon: Upon, key: MeetingKey, given: ReviewInput) -> str:
    """Show a later text while the minutes lie open, with a new last day for comments."""
    meeting, minutes = find_minutes(visit, key)
    service.show_again(visit.session, visit.actor, meeting.id, upon(minutes.version, given))
    return meeting.key


@doors.post(MINUTES + "/godkend", may_settle_minutes)
def approve(visit: Visit, upon: Upon, key: MeetingKey, given: ApprovalInput) -> str:
    """Let the minutes stand as they are, for all to read; every comment has been decided."""
    meeting, minutes = find_minutes(visit, key)
    service.approve(visit.session, visit.actor, meeting.id, upon(minutes.version, given))
    return meeting.key


@doors.post(MINUTES + "/tag-tilbage", may_settle_minutes)
def take_back(visit: Visit, key: MeetingKey) -> str:
    """Take the minutes back from those who were there, to go on writing."""
    meeting, _minutes = find_minutes(visit, key)
    service.take_back(visit.session, visit.actor, meeting.id)
    return meeting.key


@doors.post(MINUTES + "/aabn", may_settle_minutes)
def reopen(visit: Visit, key: MeetingKey, given: ReasonInput) -> str:
    """Open approved minutes for a change, with a reason; what is approved stays for all to read."""
    meeting, _minutes = find_minutes(visit, key)
    service.reopen(visit.session, visit.actor, meeting.id, given)
    return meeting.key


# --- what those who were there say. A key never sits in a room, so it says nothing itself


def find_comment(visit: Visit, key: str, comment_id: int) -> tuple[MeetingView, CommentView]:
    """The comment, for who decides what becomes of it. Raises NotFound."""
    meeting = find_meeting(visit, key)
    found = None
    if may_decide_comments(visit.actor, meeting.id):
        found = comments.find_comment(visit.session, visit.actor, meeting.id, comment_id)
    if found is None:
        raise NotFound
    return meeting, found


def show_one(visit: Visit, name: str) -> tuple[CommentOut, int]:
    key, _slash, comment_id = name.rpartition("/")
    _meeting, found = find_comment(visit, key, int(comment_id))
    return CommentOut.model_validate(found), found.version


comment_doors = Doors(router, CommentOut, show_one)


@router.get(COMMENTS, dependencies=[anyone], response_model=CommentsOut)
def list_comments(visit: AVisit, key: MeetingKey) -> Response:
    """What those who were there say of the minutes, and what became of it; for those who were there."""
    meeting = find_meeting(visit, key)
    if not may_see_comments(visit.actor, meeting.id):
        _refuse_others(visit, meeting)
    find_minutes(visit, key)
    found = comments.list_comments(visit.session, visit.actor, meeting.id)
    items = [CommentOut.model_validate(one) for one in found]
    return answer(visit, CommentsOut(meeting_key=meeting.key, items=items))


@router.get(COMMENT, dependencies=[only(may_write_minutes_somewhere)], response_model=CommentOut)
def show_comment(visit: AVisit, key: MeetingKey, comment_id: RowId) -> Response:
    """One comment, for who decides what becomes of it."""
    thing, version = show_one(visit, f"{key}/{comment_id}")
    return answer(visit, thing, version=version)


@comment_doors.put(COMMENT, may_write_minutes_somewhere)
def decide(visit: Visit, upon: Upon, key: MeetingKey, comment_id: RowId, given: DecisionInput) -> str:
    """Take a comment in, with the text of its section as it then stands, or decline it with a word."""
    meeting, found = find_comment(visit, key, comment_id)
    commenting.decide_comment(visit.session, visit.actor, meeting.id, found.id, upon(found.version, given))
    return f"{meeting.key}/{found.id}"


@comment_doors.post(COMMENT + "/genaabn", may_write_minutes_somewhere)
def undo_decision(visit: Visit, upon: Upon, key: MeetingKey, comment_id: RowId) -> str:
    """Let a decided comment wait again; what was written in the minutes stays there."""
    meeting, found = find_comment(visit, key, comment_id)
    version = upon.of(found.version)
    commenting.undo_decision(visit.session, visit.actor, meeting.id, found.id, version)
    return f"{meeting.key}/{found.id}"


@comment_doors.post(COMMENT + "/skjul", may_hide_comments)
def hide_comment(visit: Visit, upon: Upon, key: MeetingKey, comment_id: RowId, given: HidingInput) -> str:
    """Take a comment out of sight, with a reason that its author reads."""
    meeting, found = find_comment(visit, key, comment_id)
    commenting.hide_comment(visit.session, visit.actor, meeting.id, found.id, upon(found.version, given))
    return f"{meeting.key}/{found.id}"


@comment_doors.post(COMMENT + "/vis", may_hide_comments)
def unhide_comment(visit: Visit, upon: Upon, key: MeetingKey, comment_id: RowId) -> str:
    """Show a hidden comment again."""
    meeting, found = find_comment(visit, key, comment_id)
    version = upon.of(found.version)
    commenting.show_comment(visit.session, visit.actor, meeting.id, found.id, version)
    return f"{meeting.key}/{found.id}"
