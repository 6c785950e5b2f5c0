"""The ledger of equal treatment: what all have got, what is noted on one's own organisation, and to staff all
that is noted, what is open and what was closed. What is noted is sealed, so people note it."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import Path, Query
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from app.api.answers import Out, answer
from app.api.asking import make_router
from app.api.paging import Year
from app.api.verbs import Doors
from app.core.asking import read
from app.core.policy import NotFound
from app.domain.ledger import closings, open_gaps, queries, service
from app.domain.ledger.policy import may_keep_ledger, may_read_noted, may_see_own
from app.domain.ledger.queries import EntryView, Filters, Listing
from app.domain.ledger.schemas import RequestInput
from app.http.visit import AVisit, Visit, anyone, only

router = make_router("ligebehandling")
OWN = "/ligebehandling/noteret"
ENTRY = OWN + "/{entry_id}"
EntryId = Annotated[int, Path(ge=1, le=2**63 - 1)]
Number = Annotated[int, Field(ge=1, le=2**63 - 1)]


class NamedOut(Out):
    """Something by its number and its name."""

    id: int
    name: str


class SharedHandoutOut(Out):
    """What was handed out to somebody and then published for all; not to whom."""

    id: int
    kind: str
    title: str
    text: str
    filename: str | None = Field(description="Of a file that all may fetch from the page, or null.")
    url: str | None = Field(description="Where it stands, if elsewhere.")
    published_on: date = Field(description="When all got it.")
    tender: NamedOut | None = Field(description="The tender that it is of, or null.")


class SharedHandoutsOut(Out):
    """A page of what all have got."""

    items: list[SharedHandoutOut] = Field(description="The newest first.")
    total: int = Field(description="How many there are.")
    pages: int = Field(description="On how many pages.")


class HandoutOut(Out):
    """What was handed out."""

    id: int
    kind: str
    title: str
    text: str
    filename: str | None = Field(description="Of a file, or null.")
    sha256: str | None = Field(description="The digest of the file, or null.")
    deck_id: int | None = Field(description="The number of the presentation, as far as one may see it.")


class CorrectionOut(Out):
    """That an entry was put right."""

    number: int = Field(description="Which correction it is.")
    words: Mapping[str, str] = Field(description="What was put otherwise, by field.")
    reason: str
    made_at: datetime = Field(description="When it was made.")


class RequestOut(Out):
    """That somebody asked for a correction."""

    id: int
    entry_id: int = Field(description="The number of the entry.")
    organisation: str
    organisation_id: int
    text: str
    asked_at: datetime = Field(description="When it was asked.")
    answer_by: date = Field(description="The day by which it is answered.")
    decision: str | None = Field(description="corrected or declined; null while it waits.")
    reply: str = Field(description="What staff says.")
    decided_at: datetime | None = Field(description="When it was answered, or null.")
    is_late: bool


class EntryOut(Out):
    """Something noted, as it stands with its corrections. Of the others that were met an organisation is told
    only how many they are."""

    id: int
    happened_on: date
    how: str = Field(description="meeting, call, mail or other.")
    subject: str = Field(description="What it was about.")
    text: str
    noted_at: datetime = Field(description="When it was noted.")
    organisations: list[NamedOut] = Field(description="Who was met, as far as the reader may know.")
    others: int = Field(description="How many others were.")
    staff: list[NamedOut] = Field(description="Who of staff met them.")
    handouts: list[HandoutOut] = Field(description="What was handed out.")
    corrections: list[CorrectionOut] = Field(description="What was put right, in order.")
    requests: list[RequestOut] = Field(description="Corrections that were asked for, as far as one may know.")
    tender: NamedOut | None = Field(description="The tender that it was about, or null.")
    meeting_key: str | None
    reference: str | None = Field(description="The number of the contribution that it was about, or null.")
    is_example: bool
    page: str = ""


class EntriesOut(Out):
    """A page of what is noted."""

    items: list[EntryOut] = Field(description="The newest first.")
    total: int = Field(description="How many there are.")
    pages: int = Field(description="On how many pages.")


class GapOut(Out):
    """What some vendor has alone."""

    thing: str = Field(description="handout, answer or contribution.")
    thing_id: int = Field(description="The number of it.")
    title: str
    since: datetime = Field(description="When they got it.")
    organisations: list[NamedOut] = Field(description="The vendors that have it.")
    tender_id: int | None = Field(description="The number of the tender that it is of, or null.")
    entry_id: int | None = Field(description="The number of the entry where it was handed out, or null.")
    reference: str | None = Field(description="The number of the contribution that it is of, or null.")


class GapsOut(Out):
    """A page of what is open."""

    items: list[GapOut] = Field(description="The oldest first.")
    total: int = Field(description="How many there are.")
    pages: int = Field(description="On how many pages.")


class ClosingOut(Out):
    """A gap that is closed."""

    id: int
    thing: str = Field(description="handout, answer or contribution.")
    thing_id: int = Field(description="The number of it.")
    title: str
    how: str = Field(description="published for all, or justified.")
    reason: str
    url: str | None = Field(description="Where all can read it, if elsewhere.")
    published_on: date | None = Field(description="When all got it, or null.")
    closed_at: datetime = Field(description="When it was closed.")
    reference: str | None = Field(description="The number of the contribution that it is of, or null.")
    entry_id: int | None = Field(description="The number of the entry where it was handed out, or null.")


class ClosingsOut(Out):
    """A page of what was closed."""

    items: list[ClosingOut] = Field(description="The last first.")
    total: int = Field(description="How many there are.")
    pages: int = Field(description="On how many pages.")


class RequestsOut(Out):
    """A page of the corrections that are asked for and wait."""

    items: list[RequestOut] = Field(description="The first day first.")
    total: int = Field(description="How many there are.")
    pages: int = Field(description="On how many pages.")


class PageAsked(BaseModel):
    """Which page."""

    model_config = ConfigDict(extra="forbid")

    side: int = Field(1, ge=1, le=500, description="The page.")


class GapsAsked(PageAsked):
    """What the list is narrowed to."""

    udbud: Number | None = Field(None, description="Only of this tender, by its number.")
    organisation: Number | None = Field(None, description="Only of this organisation, by its number.")


class LogAsked(GapsAsked):
    """What the log is narrowed to."""

    aar: Year | None = Field(None, description="Only of this year.")


AskedPage = Annotated[PageAsked, Query()]


def _request(one: queries.RequestView) -> dict[str, Any]:
    number, name = one.organisation
    names = set(RequestOut.model_fields) - {"organisation", "organisation_id"}
    return {field: getattr(one, field) for field in names} | {"organisation": name, "organisation_id": number}


def _entry(visit: Visit, one: EntryView) -> EntryOut:
    own = {"requests", "meeting_key", "reference", "page"}
    told: dict[str, Any] = {name: getattr(one, name) for name in set(EntryOut.model_fields) - own}
    told |= {
        "requests": [_request(asked) for asked in one.requests],
        "meeting_key": one.meeting[0] if one.meeting else None,
        "reference": one.contribution[0] if one.contribution else None,
        "page": f"{visit.kit.site.base_url}/ligebehandling/noteret/{one.id}",
    }
    return EntryOut.model_validate(told)


def _entries(visit: Visit, listing: Listing) -> Response:
    items = [_entry(visit, one) for one in listing.rows]
    return answer(visit, EntriesOut(items=items, total=listing.total, pages=listing.pages))


def show(visit: Visit, name: str) -> tuple[EntryOut, None]:
    found = queries.find_entry(visit.session, visit.actor, int(name))
    if found is None:
        raise NotFound
    return _entry(visit, found), None


doors = Doors(router, EntryOut, show, worded="ledger_")


@router.get("/ligebehandling/delt", dependencies=[anyone], response_model=SharedHandoutsOut)
def list_shared(visit: AVisit, asked: AskedPage) -> Response:
    """What was handed out to somebody and all have got since."""
    found = queries.list_shared(visit.session, visit.actor, page=asked.side)
    items = [SharedHandoutOut.model_validate(one) for one in found.rows]
    return answer(visit, SharedHandoutsOut(items=items, total=found.total, pages=found.pages))


# --- what is noted on one's own organisation


@router.get(OWN, dependencies=[only(may_see_own)], response_model=EntriesOut)
def list_own(visit: AVisit, asked: AskedPage) -> Response:
    """What is noted on the organisation that the key speaks for."""
    return _entries(visit, queries.list_noted_on_own(visit.session, visit.actor, asked.side))


@router.get(ENTRY, dependencies=[only(may_read_noted)], response_model=EntryOut)
def show_entry(visit: AVisit, entry_id: EntryId) -> Response:
    """Something noted, for those that it is noted on, and for staff."""
    return answer(visit, show(visit, str(entry_id))[0])


@doors.post(ENTRY + "/bed-om-rettelse", may_see_own)
def ask_for_correction(visit: Visit, entry_id: EntryId, given: RequestInput) -> str:
    """Say that what is noted on one's own organisation is wrong."""
    service.ask_for_correction(visit.session, visit.actor, entry_id, given)
    return str(entry_id)


# --- all of it, for staff


@router.get("/ligebehandling/log", dependencies=[only(may_keep_ledger)], response_model=EntriesOut)
def list_log(visit: AVisit, asked: Annotated[LogAsked, Query()]) -> Response:
    """All that is noted, the newest first."""
    wanted = Filters(tender_id=asked.udbud, organisation_id=asked.organisation, year=asked.aar)
    return _entries(visit, queries.list_entries(visit.session, visit.actor, wanted, asked.side))


@router.get("/ligebehandling/huller", dependencies=[only(may_keep_ledger)], response_model=GapsOut)
def list_gaps(visit: AVisit, asked: Annotated[GapsAsked, Query()]) -> Response:
    """What some vendor has alone, the oldest first."""
    found = open_gaps.list_gaps(
        visit.session,
        visit.actor,
        tender_id=asked.udbud,
        organisation_id=asked.organisation,
        page=asked.side,
    )
    own = set(GapOut.model_fields) - {"organisations"}
    items = [
        GapOut.model_validate(
            {name: getattr(one, name) for name in own}
            | {"organisations": [NamedOut(id=number, name=name) for number, name in one.organisations]}
        )
        for one in found.rows
    ]
    return answer(visit, GapsOut(items=items, total=found.total, pages=found.pages))


@router.get(
    "/ligebehandling/lukkede-huller", dependencies=[only(may_keep_ledger)], response_model=ClosingsOut
)
def list_closed(visit: AVisit, asked: AskedPage) -> Response:
    """How gaps were closed, the last first."""
    found = closings.list_closings(visit.session, visit.actor, page=asked.side)
    items = [ClosingOut.model_validate(one) for one in found.rows]
    return answer(visit, ClosingsOut(items=items, total=found.total, pages=found.pages))


@router.get("/ligebehandling/rettelser", dependencies=[only(may_keep_ledger)], response_model=RequestsOut)
def list_requests(visit: AVisit, asked: AskedPage) -> Response:
    """Corrections that are asked for and wait, the first day first."""
    total, _late = read(visit.session, queries.requests_counted(visit.actor))
    pages = max(1, -(-total // queries.PER_PAGE))
    page = asked.side if asked.side <= pages else 1
    found = queries.list_waiting_requests(visit.session, visit.actor, page)
    items = [RequestOut.model_validate(_request(one)) for one in found]
    return answer(visit, RequestsOut(items=items, total=total, pages=pages))
