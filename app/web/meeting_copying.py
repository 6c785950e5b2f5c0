"""A new meeting from an earlier one, for staff: what comes along, what was left open, and the new day."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import ClassVar

from fastapi.responses import Response

from app.core.policy import NotFound, Refused
from app.core.text import shorten
from app.domain.carry_over.queries import list_for_new
from app.domain.carry_over.schemas import TickInput
from app.domain.carry_over.service import accept
from app.domain.carry_over.sources import Proposal
from app.domain.contributions.carrying_over import Scope
from app.domain.groups.queries import list_groups
from app.domain.groups.service import copy_groups
from app.domain.meetings.copying import Copied, copy_meeting, list_leaders
from app.domain.meetings.policy import may_plan_meetings
from app.domain.meetings.queries import ItemView, MeetingView, find_meeting, get_next_number, list_items
from app.domain.meetings.schemas import MAIN_SERIES, CopyInput, CopyPart
from app.domain.registrations.questions import copy_questions, list_questions
from app.domain.registrations.seating import copy_seats
from app.domain.registrations.seats import read_room
from app.http.doors import Router
from app.http.forms import Form, SentForm
from app.http.pages import Page
from app.http.sentences import add_sentences
from app.http.visit import AVisit, Visit, only
from app.web.carry_over import list_ticked, make_item
from app.web.meetings import open_meeting
from app.web.plan_pages import clock_text, refuse

router = Router()

SHOWN = 140  # letters of a text in the preview


def _(text: str) -> str:
    return text


add_sentences(
    {
        "notice_meeting_copied": _(
            "Kladden er gemt med det, du valgte. Kun sekretariatet kan se den. Se programmet igennem her."
        ),
    }
)


@dataclass(frozen=True, slots=True)
class PartToCopy:
    """Something that can come along: how much of it there is, and a taste of it."""

    code: CopyPart
    count: int
    preview: str


@dataclass
class CopyPage(Page):
    template: ClassVar[str] = "planning/copy.html"
    form: Form
    source: MeetingView
    parts: list[PartToCopy]
    items: list[ItemView]
    left_open: list[Proposal]
    next_number: int | None


def copy_page(visit: Visit, key: str) -> Response:
    """The preview, with all that there is ticked but the people."""
    source = find_meeting(visit.session, visit.actor, key)
    if source is None:
        raise NotFound
    items = list_items(visit.session, source.id)
    parts = _list_parts(visit, source, items)
    form = visit.blank(
        parts=[part.code for part in parts if part.code != "moderators"],
        starts=clock_text(source.starts_at),
        ends=clock_text(source.ends_at),
        date_certainty="stated",
        format=source.format,
        venue=source.venue,
        seats=source.seats,
        seats_per_organisation=source.seats_per_organisation,
    )
    return visit.page(_page(visit, form, source, items, parts))


@router.post("/moeder/{key}/kopi", dependencies=[only(may_plan_meetings)])
def save_copy(visit: AVisit, key: str, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    source = open_meeting(visit, key)
    given, carried = form.read(CopyInput), form.read(TickInput)
    if given is not None and carried is not None:
        try:
            copied = copy_meeting(visit.session, visit.actor, source, given)
            _copy_what_hangs_on_it(visit, source, copied, given.parts)
            _carry_over(visit, source, copied, carried)
            path = f"/moeder/{copied.meeting.key}/rediger/program"
            return visit.done(form, path, "meeting_copied")
        except Refused as refusal:
            if refusal.code == "groups_exceed_seats":
                form.refuse("seats", refusal.code, **refusal.values)
            refuse(form, refusal)
    items = list_items(visit.session, source.id)
    return visit.page(_page(visit, form, source, items, _list_parts(visit, source, items)), 422)


def _copy_what_hangs_on_it(
    visit: Visit, source: MeetingView, copied: Copied, parts: Collection[CopyPart]
) -> None:
    session, actor, meeting_id = visit.session, visit.actor, copied.meeting.id
    if "groups" in parts:
        copy_groups(session, actor, source.id, meeting_id, copied.items)
    if "questions" in parts:
        copy_questions(session, actor, source.id, meeting_id)
    if "seat_groups" in parts:
        copy_seats(session, actor, source.id, meeting_id)


def _carry_over(visit: Visit, source: MeetingView, copied: Copied, carried: TickInput) -> None:
    """One item for each thing that was ticked, last on the programme and without a time."""
    for proposal in list_ticked(visit, _scope_of(source), carried.carry):
        accept(visit.session, visit.actor, copied.meeting.id, proposal, make_item(visit, proposal))


def _scope_of(source: MeetingView) -> Scope:
    """Of what puts itself forward for the next meeting: what was said at the source counts too."""
    return Scope(source.series_key, source.is_example)


def _page(
    visit: Visit, form: Form, source: MeetingView, items: list[ItemView], parts: list[PartToCopy]
) -> CopyPage:
    is_numbered = source.series_key == MAIN_SERIES
    return CopyPage(
        form=form,
        source=source,
        parts=parts,
        items=items,
        left_open=list_for_new(visit.session, visit.actor, _scope_of(source)),
        next_number=get_next_number(visit.session) if is_numbered else None,
    )


def _list_parts(visit: Visit, source: MeetingView, items: list[ItemView]) -> list[PartToCopy]:
    """What the meeting has of all that can come along, in the order in which it is shown."""
    tasks = [task.title for item in items for task in item.tasks]
    found: Mapping[CopyPart, list[str]] = {
        "programme": [item.title for item in items],
        "tasks": tasks,
        "groups": [group.name for group in list_groups(visit.session, source.id) if group.item_id],
        "moderators": list(dict.fromkeys(part.name for part in list_leaders(items) if part.name)),
        "organisers": [one.short_name or one.name for one in source.organisers],
        "introduction": [source.introduction] if source.introduction else [],
        "topics": list(source.topics),
        "questions": [question.text for question in list_questions(visit.session, source.id)],
        "seat_groups": [group.name for group in read_room(visit.session, source.id).groups],
    }
    return [
        PartToCopy(code, len(names), shorten(", ".join(names), SHOWN))
        for code, names in found.items()
        if names
    ]
