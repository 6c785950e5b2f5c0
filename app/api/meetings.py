"""Meetings with their programmes, and staff's planning of them."""

from datetime import date, datetime
from typing import Annotated, Literal

from fastapi import Query
from fastapi.responses import Response
from pydantic import Field

from app.api.answers import Out, answer, answer_list, many, read_part
from app.api.asking import make_router
from app.api.paging import Asked, Key, ThemeKey, Words, Year
from app.api.writing import IfMatch, OnceKey, read_match, write_once
from app.core.policy import NotFound
from app.domain.groups.queries import list_group_themes
from app.domain.meetings import programme, queries, service
from app.domain.meetings.policy import may_plan_meetings, may_see_join_link
from app.domain.meetings.queries import MeetingView
from app.domain.meetings.schemas import DateCertainty, Format, ItemInput, ItemKind, MeetingInput, PartRole
from app.domain.registrations import seating
from app.http.visit import AVisit, Visit, anyone, only

router = make_router("moeder")
FORMATS: dict[str, Format] = {
    "fysisk": "physical",
    "virtuelt": "virtual",
    "hybrid": "hybrid",
    "ikke-oplyst": "unknown",
}
# As in an address: the number, or the day and some words.
MeetingKey = Annotated[str, Field(min_length=1, max_length=100)]


class MeetingLineOut(Out):
    """A meeting in a list."""

    id: int
    key: str
    number: int | None = Field(description="In the main series; null elsewhere.")
    title: str
    title_en: str
    series_key: str = Field(description="The series that it is of.")
    held_on: date
    date_certainty: DateCertainty
    status: str = Field(validation_alias="shown_status", description="How far it has come, as of today.")
    status_reason: str = Field(description="Why it is cancelled or postponed; empty else.")
    format: Format
    venue: str = Field(description="Where it is held; empty where that is not known.")
    topics: list[str]
    topics_en: list[str]
    starts_at: datetime | None
    ends_at: datetime | None
    participants_approx: int | None = Field(description="About so many took part, or null.")
    is_published: bool = Field(description="Whether all can see it; else staff alone.")
    is_example: bool


class OrganiserOut(Out):
    """Who holds the meeting."""

    id: int
    key: str
    name: str
    kind: str


class MeetingOut(MeetingLineOut):
    """A meeting with what its own page tells."""

    introduction: str = Field(description="What it is about; empty where nobody has written it.")
    introduction_en: str = Field(description="In English; empty where nobody has translated it.")
    date_note: str = Field(description="What is to be said of its day.")
    format_note: str = Field(description="What is to be said of where it is held.")
    vendor_companies: int | None = Field(description="So many companies took part, or null.")
    registration_closes_on: date | None = Field(description="The last day to sign up, or null.")
    participants_note: str = Field(description="What is to be said of how many took part.")
    completeness: str = Field(description="What is known of it, and what is not.")
    source_urls: list[str]
    source_note: str
    join_url: str | None = Field(description="The link into it; null for who does not take part.")
    organisers: list[OrganiserOut] = Field(description="Who holds it.")
    version: int
    page: str = ""


class PartOut(Out):
    """Somebody's part in an item, with the title and the organisation of that day."""

    name: str = Field(description="Empty where it is not known.")
    title: str = Field(description="What they were that day; empty where it is not known.")
    organisation_id: int | None
    organisation_name: str = Field(description="The organisation that they spoke for.")
    role: PartRole
    is_former: bool = Field(description="Whether they had left that post.")


class TaskOut(Out):
    """A task for a panel or for groups."""

    id: int
    title: str
    text: str
    text_en: str
    answer_limit: int | None = Field(description="How many answers it asks for, or null.")


class ItemOut(Out):
    """A line of the programme."""

    id: int
    key: str
    kind: ItemKind
    title: str
    title_en: str
    summary: str
    summary_en: str
    note: str
    track: str = Field(description="One of two tracks that run side by side; empty where it is for all.")
    starts_at: datetime | None
    ends_at: datetime | None
    version: int
    people: list[PartOut] = Field(description="Who takes part in it, in order.")
    tasks: list[TaskOut] = Field(description="What is asked in it, in order.")


class ProgrammeOut(Out):
    """The published programme of a meeting."""

    meeting_key: str
    items: list[ItemOut] = Field(description="In the order of the day.")


class MeetingsAsked(Asked):
    """The filters of the list of meetings."""

    q: Words = Field("", description="Words of the title, the programme or the names of who spoke.")
    aar: Year | None = Field(None, description="The year.")
    form: Literal["fysisk", "virtuelt", "hybrid", "ikke-oplyst"] | None = None
    serie: Key | None = Field(None, description="The key of the series.")
    tema: ThemeKey | None = Field(
        None, description="A theme that a group spoke of, as strategy-key/theme-key."
    )


class MeetingIn(MeetingInput):
    """A meeting as staff writes it. A number only in the main series."""


class ItemIn(ItemInput):
    """A line of the programme."""


@router.get("/moeder", dependencies=[anyone], response_model=many(MeetingLineOut))
def list_meetings(visit: AVisit, asked: Annotated[MeetingsAsked, Query()]) -> Response:
    """Meetings, the newest first."""
    session, actor = visit.session, visit.actor
    ids = None
    if asked.tema:
        themes = list_group_themes(session, actor)
        ids = {one.meeting_id for one in themes if one.path == f"/temaer/{asked.tema}"}
    part = read_part(
        visit,
        asked,
        lambda after, most: queries.read_meetings(
            session,
            actor,
            after,
            most,
            words=asked.q,
            series_key=asked.serie,
            year=asked.aar,
            format=FORMATS[asked.form] if asked.form else None,
            ids=ids,
        ),
    )
    return answer_list(visit, asked, part, [MeetingLineOut.model_validate(one) for one in part.rows])


def find_meeting(visit: Visit, key: str) -> MeetingView:
    """The meeting that the key or the number names. Raises NotFound."""
    found = queries.find_meeting(visit.session, visit.actor, key)
    if found is None:
        raise NotFound
    return found


def show(visit: Visit, key: str) -> tuple[MeetingOut, int]:
    found = find_meeting(visit, key)
    fields = {name: getattr(found, name, None) for name in MeetingOut.model_fields}
    joins = bool(found.join_url) and may_see_join_link(visit.actor, found.id)
    told = fields | {
        "shown_status": found.shown_status,
        "join_url": found.join_url if joins else None,
        "page": f"{visit.kit.site.base_url}/moeder/{found.key}",
        "organisers": [OrganiserOut.model_validate(one) for one in found.organisers],
    }
    return MeetingOut.model_validate(told), found.version


@router.post("/moeder", dependencies=[only(may_plan_meetings)], response_model=MeetingOut, status_code=201)
def add_meeting(visit: AVisit, key: OnceKey, given: MeetingIn) -> Response:
    """A new meeting, as a draft that staff alone sees."""

    def add() -> str:
        return service.add_meeting(visit.session, visit.actor, given).key

    return write_once(visit, key, given, add, lambda name: show(visit, name), at="/moeder/{}")


@router.get("/moeder/{key}", dependencies=[anyone], response_model=MeetingOut)
def show_meeting(visit: AVisit, key: MeetingKey) -> Response:
    """One meeting, by its key or its number."""
    thing, version = show(visit, key)
    return answer(visit, thing, version=version)


@router.put("/moeder/{key}", dependencies=[only(may_plan_meetings)], response_model=MeetingOut)
def change_meeting(visit: AVisit, key: MeetingKey, given: MeetingIn, if_match: IfMatch = None) -> Response:
    """Change the facts of a meeting: all of them."""
    found = find_meeting(visit, key)
    version = read_match(if_match, found.version)
    changed = seating.edit_within_seats(visit.session, visit.actor, found.id, version, given)
    visit.session.flush()
    thing, version = show(visit, changed.key)
    return answer(visit, thing, version=version)


@router.post("/moeder/{key}/udgiv", dependencies=[only(may_plan_meetings)], response_model=MeetingOut)
def publish_meeting(visit: AVisit, once: OnceKey, key: MeetingKey) -> Response:
    """Show a meeting to all with its programme."""

    def publish() -> str:
        return service.publish_meeting(visit.session, visit.actor, find_meeting(visit, key).id).key

    return write_once(visit, once, None, publish, lambda name: show(visit, name), status=200)


def show_programme_of(visit: Visit, key: str) -> ProgrammeOut:
    found = find_meeting(visit, key)
    items = queries.list_items(visit.session, found.id)
    return ProgrammeOut(meeting_key=found.key, items=[ItemOut.model_validate(one) for one in items])


@router.get("/moeder/{key}/program", dependencies=[anyone], response_model=ProgrammeOut)
def show_programme(visit: AVisit, key: MeetingKey) -> Response:
    """The published programme: items, who takes part in them, and tasks."""
    return answer(visit, show_programme_of(visit, key))


@router.post(
    "/moeder/{key}/program",
    dependencies=[only(may_plan_meetings)],
    response_model=ProgrammeOut,
    status_code=201,
)
def add_item(visit: AVisit, once: OnceKey, key: MeetingKey, given: ItemIn) -> Response:
    """One more line at the end of the programme. Of a published meeting it waits as a draft, and is in the
    answer once that is published."""

    def add() -> str:
        found = find_meeting(visit, key)
        programme.add_item(visit.session, visit.actor, found.id, given)
        return found.key

    return write_once(
        visit, once, given, add, lambda name: (show_programme_of(visit, name), None), at="/moeder/{}/program"
    )
