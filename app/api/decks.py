"""Presentations: what was shown at meetings, and the words of each page."""

from typing import Annotated

from fastapi import Path, Query
from fastapi.responses import Response
from pydantic import Field

from app.api.answers import Out, answer, answer_list, many, read_part
from app.api.asking import make_router
from app.api.meetings import MeetingKey, PartOut, find_meeting
from app.api.paging import Asked
from app.core.policy import NotFound
from app.domain.presentations import queries
from app.domain.presentations.queries import DeckView
from app.http.visit import AVisit, Visit, anyone

router = make_router("oplaeg")
RowId = Annotated[int, Path(ge=1, le=2**63 - 1)]
PageNumber = Annotated[int, Path(ge=1, le=10_000)]


class DeckOut(Out):
    """A presentation."""

    id: int
    title: str
    note: str
    language: str
    meeting_key: str
    meeting_title: str
    item_title: str = Field(description="The item of the programme that it was shown in; empty for none.")
    speakers: list[PartOut] = Field(description="Who spoke, as what they were that day.")
    page_count: int = Field(description="How many pages can be read; 0 while none can.")
    is_public: bool = Field(description="Whether everybody may see it.")
    is_example: bool
    version: int
    page: str = ""


class PageLineOut(Out):
    """A page in a list."""

    number: int
    title: str


class DeckPagesOut(DeckOut):
    """A presentation with its pages."""

    pages: list[PageLineOut] = Field(description="In order.")


class PageOut(Out):
    """The words of one page."""

    deck_id: int = Field(description="The number of the presentation.")
    number: int
    title: str
    text: str
    notes: str = Field(description="The speaker's notes, where the presentation shows them; else empty.")
    is_machine_read: bool = Field(description="Whether the words were read from a picture, with faults.")
    page: str = ""


class DecksAsked(Asked):
    """The filters of the list of presentations."""

    moede: MeetingKey | None = Field(None, description="The key or the number of the meeting.")


def _facts(visit: Visit, deck: DeckView) -> DeckOut:
    return DeckOut(
        id=deck.id,
        title=deck.title,
        note=deck.note,
        language=deck.language,
        meeting_key=deck.meeting.key,
        meeting_title=deck.meeting.title,
        item_title=deck.item_title,
        speakers=[PartOut.model_validate(one) for one in deck.speakers],
        page_count=deck.page_count,
        is_public=deck.is_public,
        is_example=deck.is_example,
        version=deck.version,
        page=f"{visit.kit.site.base_url}/oplaeg/{deck.id}",
    )


@router.get("/oplaeg", dependencies=[anyone], response_model=many(DeckOut))
def list_decks(visit: AVisit, asked: Annotated[DecksAsked, Query()]) -> Response:
    """Presentations, those of the newest meeting first."""
    session, actor = visit.session, visit.actor
    meeting_id = find_meeting(visit, asked.moede).id if asked.moede else None
    part = read_part(
        visit, asked, lambda after, most: queries.read_decks(session, actor, after, most, meeting_id)
    )
    return answer_list(visit, asked, part, [_facts(visit, deck) for deck in part.rows])


def find_deck(visit: Visit, deck_id: int) -> DeckView:
    found = queries.find_deck(visit.session, visit.actor, deck_id)
    if found is None:
        raise NotFound
    return found


@router.get("/oplaeg/{deck_id}", dependencies=[anyone], response_model=DeckPagesOut)
def show_deck(visit: AVisit, deck_id: RowId) -> Response:
    """One presentation with its pages."""
    thing, version = show(visit, str(deck_id))
    return answer(visit, thing, version=version)


def show(visit: Visit, name: str) -> tuple[DeckPagesOut, int]:
    deck = find_deck(visit, int(name))
    pages = [PageLineOut.model_validate(one) for one in queries.list_pages(visit.session, deck)]
    facts = _facts(visit, deck)
    told = {name: getattr(facts, name) for name in DeckOut.model_fields}
    return DeckPagesOut(**told, pages=pages), deck.version


@router.get("/oplaeg/{deck_id}/sider/{number}", dependencies=[anyone], response_model=PageOut)
def show_page(visit: AVisit, deck_id: RowId, number: PageNumber) -> Response:
    """The words of one page of a presentation."""
    deck = find_deck(visit, deck_id)
    found = queries.find_page(visit.session, visit.actor, deck, number)
    if found is None:
        raise NotFound
    told = {name: getattr(found, name, "") for name in PageOut.model_fields if name != "deck_id"}
    told["page"] = f"{visit.kit.site.base_url}/oplaeg/{deck.id}/side/{number}"
    return answer(visit, PageOut(deck_id=deck.id, **told))
