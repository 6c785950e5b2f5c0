"""Putting decks up: what stands about them, their files in versions, their themes, taking away and back."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated

from fastapi import Path
from fastapi.responses import Response
from pydantic import Field

from app.api.answers import Out, ThemeOut, answer
from app.api.asking import make_router
from app.api.decks import DeckPagesOut, RowId, find_deck, show
from app.api.meetings import MeetingKey, find_meeting
from app.api.sent_files import FileName, SentFile, telling_limits
from app.api.verbs import Doors, Upon
from app.core.documents.limits import LIMITS
from app.core.policy import NotFound, require
from app.domain.contributions.schemas import Given, Id
from app.domain.presentations import queries, service
from app.domain.presentations.policy import may_add_decks, may_add_decks_somewhere
from app.domain.presentations.schemas import DeckEdit, DeckFields, DeckInput, WithdrawInput
from app.domain.presentations.themes import judge_themes, list_deck_themes, suggest_deck_themes
from app.http.visit import AVisit, Visit, anyone, only

router = make_router("oplaeg")
DECK = "/oplaeg/{deck_id}"
VERSIONS = DECK + "/versioner"
THEMES = DECK + "/temaer"
Number = Annotated[int, Path(ge=1, le=10_000)]
PageNumber = Annotated[int, Field(ge=0, le=10_000, description="0 for the whole presentation.")]


class FileOut(Out):
    """A version of a presentation: one file."""

    number: int
    filename: str = Field(description="What it was called.")
    kind: str
    size: int = Field(description="In bytes.")
    state: str
    refusal: str | None = Field(description="Why it could not be read, by a code; null where it could.")
    page_count: int | None = Field(description="How many pages it has; null while that is not known.")
    created_at: datetime = Field(description="When it was sent.")


class FilesOut(Out):
    """The versions of a presentation."""

    deck_id: int = Field(description="The number of the presentation.")
    items: list[FileOut] = Field(
        description="The newest first; unread and refused ones for who may send one."
    )


class JudgedOut(Out):
    """A page with the themes that a person has said it belongs under."""

    number: int = Field(description="Of the page; 0 for the whole presentation.")
    themes: list[ThemeOut]


class DeckThemesOut(Out):
    """The themes of a presentation and its pages."""

    deck_id: int = Field(description="The number of the presentation.")
    items: list[JudgedOut] = Field(description="What a person has said.")
    suggested: list[JudgedOut] = Field(description="What the words point to and nobody has judged.")


class JudgementIn(Given):
    """Whether a theme fits a page."""

    number: PageNumber
    theme_id: Id
    fits: bool


class JudgementsIn(Given):
    """Some themes of pages; those that are not named stay as they are."""

    judged: Annotated[list[JudgementIn], Field(min_length=1, max_length=1000)]


class GoneDeckOut(Out):
    """What stands in the place of a presentation that was taken away."""

    id: int
    title: str
    why: str = Field(description="Why it was taken away.")
    withdrawn_at: datetime = Field(description="When.")


def show_files(visit: Visit, name: str) -> tuple[FilesOut, None]:
    deck = find_deck(visit, int(name))
    rows = queries.list_versions(visit.session, visit.actor, deck)
    return FilesOut(deck_id=deck.id, items=[FileOut.model_validate(one) for one in rows]), None


def show_themes(visit: Visit, name: str) -> tuple[DeckThemesOut, None]:
    deck = find_deck(visit, int(name))
    put = list_deck_themes(visit.session, deck.id)
    found = suggest_deck_themes(visit.session, deck)
    items = [JudgedOut(number=number, themes=themes) for number, themes in sorted(put.items())]
    suggested = [
        JudgedOut(number=one.number, themes=[told.theme for told in one.suggestions]) for one in found
    ]
    return DeckThemesOut(deck_id=deck.id, items=items, suggested=suggested), None


def show_gone(visit: Visit, name: str) -> tuple[GoneDeckOut, None]:
    found = queries.find_tombstone(visit.session, visit.actor, int(name))
    if found is None:
        raise NotFound
    return GoneDeckOut.model_validate(found), None


doors = Doors(router, DeckPagesOut, show, at="/oplaeg/{}")
files = Doors(router, FilesOut, show_files, at="/oplaeg/{}/versioner")
themes = Doors(router, DeckThemesOut, show_themes)
gone = Doors(router, GoneDeckOut, show_gone)


@doors.post("/moeder/{key}/oplaeg", may_add_decks_somewhere, makes=True)
def add_deck(visit: Visit, key: MeetingKey, given: DeckFields) -> str:
    """A presentation of a meeting, still without a file: that is sent to its versions."""
    whole = DeckInput(meeting_id=find_meeting(visit, key).id, **given.model_dump())
    return str(service.add_deck(visit.session, visit.actor, whole).id)


@doors.put(DECK, may_add_decks_somewhere)
def edit_deck(visit: Visit, upon: Upon, deck_id: RowId, given: DeckEdit) -> str:
    """Change what stands about a presentation, and who may see it."""
    deck = find_deck(visit, deck_id)
    service.edit_deck(visit.session, visit.actor, deck.id, upon(deck.version, given))
    return str(deck.id)


@router.get(VERSIONS, dependencies=[anyone], response_model=FilesOut)
def list_versions(visit: AVisit, deck_id: RowId) -> Response:
    """The versions of a presentation."""
    return answer(visit, show_files(visit, str(deck_id))[0])


@files.post(VERSIONS, may_add_decks_somewhere, makes=True)
def send_version(visit: Visit, deck_id: RowId, filename: FileName, sent: SentFile) -> str:
    """Send a file: pdf, pptx or odp. It is read in the background; `state` says how far that has come."""
    deck, most = find_deck(visit, deck_id), visit.kit.site.upload_limit
    with telling_limits(most):
        limits, storage = replace(LIMITS, upload=most), visit.kit.storage
        service.add_revision(visit.session, visit.actor, storage, deck.id, sent.path, filename, limits)
    return str(deck.id)


@files.delete(VERSIONS + "/{version}", may_add_decks_somewhere)
def remove_version(visit: Visit, deck_id: RowId, version: Number) -> str:
    """Take an old version away; its file is deleted."""
    deck = find_deck(visit, deck_id)
    service.withdraw_revision(visit.session, visit.actor, deck.id, version)
    return str(deck.id)


@files.post(DECK + "/laes-igen", may_add_decks_somewhere)
def read_again(visit: Visit, deck_id: RowId) -> str:
    """Have the newest file read once more."""
    deck = find_deck(visit, deck_id)
    service.read_again(visit.session, visit.actor, deck.id)
    return str(deck.id)


@router.get(THEMES, dependencies=[only(may_add_decks_somewhere)], response_model=DeckThemesOut)
def list_themes(visit: AVisit, deck_id: RowId) -> Response:
    """The themes of a presentation and its pages, and what its words point to."""
    deck = find_deck(visit, deck_id)
    require(may_add_decks(visit.actor))
    return answer(visit, show_themes(visit, str(deck.id))[0])


@themes.post(THEMES, may_add_decks_somewhere)
def judge(visit: Visit, deck_id: RowId, given: JudgementsIn) -> str:
    """Say of themes whether they fit."""
    deck = find_deck(visit, deck_id)
    said = {(one.number, one.theme_id): one.fits for one in given.judged}
    judge_themes(visit.session, visit.actor, deck.id, said)
    return str(deck.id)


@gone.post(DECK + "/fjern", may_add_decks_somewhere)
def withdraw_deck(visit: Visit, deck_id: RowId, given: WithdrawInput) -> str:
    """Take a presentation away; it can be put back for a while, unless it is for good."""
    deck = find_deck(visit, deck_id)
    service.withdraw_deck(visit.session, visit.actor, deck.id, given.why, given.for_good)
    return str(deck.id)


@doors.post(DECK + "/laeg-tilbage", may_add_decks_somewhere)
def put_back(visit: Visit, deck_id: RowId) -> str:
    """Put a presentation back that was taken away."""
    return str(service.put_back_deck(visit.session, visit.actor, deck_id).id)
