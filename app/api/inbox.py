"""Staff's cases: what waits for an answer, who looks after it, notes, and asking for more."""

from datetime import date, datetime
from typing import Annotated, Literal, Self

from fastapi import Path, Query
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from app.api.answering import SheetOut, tell_sheet
from app.api.answers import Out, answer
from app.api.asking import make_router
from app.api.paging import Key, ThemeKey, Words
from app.api.said import Reference, SaidOut, as_said, find_said
from app.api.verbs import Doors, pick
from app.core.policy import NotFound
from app.core.text import LongProse, ShortLine
from app.domain.answering import cases, inbox, pausing, sorting
from app.domain.answering.inbox import Drawer, InboxFilters, InboxRow
from app.domain.answering.policy import may_answer
from app.domain.answering.schemas import Given, MoreInput, NoteInput, SortInput, StatusByHand
from app.domain.answering.shelf import list_sheets_of
from app.domain.contributions import gathering
from app.domain.contributions.alike import PER_PAGE, count_askable, list_similar_groups
from app.domain.contributions.schemas import GatheringInput, Id, ThemeIds
from app.domain.contributions.sightings import find_gathering
from app.http.visit import AVisit, Visit, only

router = make_router("indbakke")
CASE = "/indbakke/{reference}"
DRAWERS: dict[str, Drawer] = {
    "aabne": "open",
    "uden-tema": "no_theme",
    "uden-ansvarlig": "no_owner",
    "uden-svar": "no_answer",
    "overskredet": "late",
    "spurgt": "asked",
    "indsigelse": "objected",
    "mine": "mine",
    "begyndt": "begun",
    "klar": "ready",
}
Skuffe = Literal[
    "aabne",
    "uden-tema",
    "uden-ansvarlig",
    "uden-svar",
    "overskredet",
    "spurgt",
    "indsigelse",
    "mine",
    "begyndt",
    "klar",
]


class CaseOut(SaidOut):
    """A contribution, who looks after it, and how far its answer is."""

    id: int
    owner_id: int | None = Field(description="The number of who of staff looks after it, or null.")
    owner: str = Field(description="Who looks after it; empty for nobody.")
    answering_id: int | None = Field(description="The number of the organisation that is to answer, or null.")
    answering: str = Field(description="The organisation that is to answer; empty where none is named.")
    notes: int = Field(description="How many notes staff has written.")
    reply_by: date | None = Field(description="Until when the clock waits for the asker, or null.")
    has_objection: bool = Field(description="Whether the asker says that an answer answers nothing.")
    answer_id: int | None = Field(description="The number of the answer that is being written, or null.")
    is_ready: bool = Field(description="Whether that only waits to be published.")


class NoteOut(Out):
    """A note of staff, for staff alone."""

    id: int
    text: str
    written_by: str = Field(description="Who wrote it; empty where they are gone.")
    written_at: datetime = Field(description="When it was written.")


class SightingOut(Out):
    """One of those that were gathered."""

    id: int
    kind: str
    reference: str
    title: str
    said_on: date = Field(description="The day on which it was said.")
    is_lead: bool = Field(description="Whether the others hang under it.")


class GatheringOut(Out):
    """What says the same, put together."""

    title: str = Field(description="What staff calls it; empty where it is called what its lead says.")
    summary: str
    sightings: list[SightingOut] = Field(description="Each time that it was said, the earliest first.")
    version: int


class WholeCaseOut(CaseOut):
    """A case with its notes and its answers."""

    gathering: GatheringOut | None = Field(description="What hangs under it, or null.")
    staff_notes: list[NoteOut] = Field(description="The oldest first.")
    sheets: list[SheetOut] = Field(description="Its answers, whatever their state.")


class InboxOut(Out):
    """A page of the inbox."""

    items: list[CaseOut] = Field(description="What is due first at the top.")
    total: int = Field(description="How many there are.")
    pages: int = Field(description="On how many pages.")
    drawers: dict[str, int] = Field(description="How many lie in each drawer, by its word.")


class InboxAsked(BaseModel):
    """The filters of the inbox, as on its page."""

    model_config = ConfigDict(extra="forbid")

    skuffe: Skuffe = Field("aabne", description="The drawer.")
    slags: Literal["oensker", "ideer", "behov", "kort", "spoergsmaal"] | None = Field(
        None, description="Only this kind."
    )
    moede: Key | None = Field(None, description="The key of a meeting.")
    tema: ThemeKey | None = Field(None, description="A theme, as strategy-key/theme-key.")
    ansvarlig: Annotated[int, Field(ge=1, le=2**63 - 1)] | None = Field(
        None, description="The number of who looks after it."
    )
    organisation: Annotated[int, Field(ge=1, le=2**63 - 1)] | None = Field(
        None, description="The number of the organisation that is to answer."
    )
    q: Words = Field("", description="Words of it.")
    side: int = Field(1, ge=1, le=500, description="The page.")


class SortIn(SortInput):
    """What many cases are given at once; what is left out stays as it is."""


class CaseSortIn(Given):
    """What one case is given; what is left out stays as it is.

    `owner`: me, nobody, or a colleague's number.
    """

    owner: Literal["me", "nobody"] | Id | None = None
    organisation_id: Id | None = None
    status: StatusByHand | None = None
    answer_by: date | None = None
    theme_ids: ThemeIds = []

    @model_validator(mode="after")
    def _changes_something(self) -> Self:
        if not any(getattr(self, name) for name in type(self).model_fields):
            raise PydanticCustomError("inbox_choose_change", "Nothing is given")
        return self


class AlikeAsked(BaseModel):
    """Which page of what is open."""

    model_config = ConfigDict(extra="forbid")

    side: int = Field(1, ge=1, le=500, description="The page.")


class AlikeOut(Out):
    """Something that says the same as another."""

    id: int
    kind: str
    reference: str
    title: str
    score: float = Field(description="How much of it is the same; only to compare.")
    words: list[str] = Field(description="What both speak of, in its own words.")
    lead_id: int | None = Field(description="The number of what it hangs under, or null.")


class AlikeGroupOut(Out):
    """Something open, and what says the same as it."""

    id: int
    kind: str
    reference: str
    title: str
    items: list[AlikeOut] = Field(description="The likest first.")


class AlikeGroupsOut(Out):
    """What may be put together, among one page of what is open."""

    items: list[AlikeGroupOut] = Field(description="The newest first; each stands in one group only.")
    pages: int = Field(description="On how many pages what is open lies.")


class HandIn(Given):
    """The colleague who is to look after it."""

    user_id: Id


class MembersIn(Given):
    """Contributions, by their numbers."""

    member_ids: Annotated[list[Id], Field(min_length=1, max_length=200)]


class GatherIn(MembersIn):
    """Contributions that say the same as the lead. `title`, `summary`: what staff calls them, if anything."""

    title: ShortLine = ""
    summary: LongProse = ""


class LeadIn(Given):
    """The one of them whose words stand first."""

    lead_id: Id


KINDS = {"oensker": "wish", "ideer": "idea", "behov": "need", "kort": "card", "spoergsmaal": "question"}


def find_case(visit: Visit, reference: str) -> InboxRow:
    """The case of this contribution. Raises NotFound."""
    found = inbox.find_case(visit.session, visit.actor, reference)
    if found is None:
        raise NotFound
    return found


def _facts(visit: Visit, row: InboxRow) -> dict[str, object]:
    own = ("owner_id", "owner", "notes", "reply_by", "has_objection", "answer_id", "is_ready")
    told = as_said(visit, row.said) | {name: getattr(row, name) for name in own}
    return told | {
        "id": row.said.id,
        "answering_id": row.organisation_id,
        "answering": row.organisation,
        "page": f"{visit.kit.site.base_url}/indbakke/{row.said.reference}",
    }


def show(visit: Visit, reference: str) -> tuple[WholeCaseOut, None]:
    row = find_case(visit, reference)
    notes = inbox.list_notes(visit.session, visit.actor, row.said.id)
    sheets = list_sheets_of(visit.session, visit.actor, row.said.id)
    told = _facts(visit, row) | {
        "gathering": find_gathering(visit.session, visit.actor, row.said.id),
        "staff_notes": [NoteOut.model_validate(one) for one in notes],
        "sheets": [tell_sheet(visit, one) for one in sheets],
    }
    return WholeCaseOut.model_validate(told), None


def show_list(visit: Visit, _name: str = "", asked: InboxAsked | None = None) -> tuple[InboxOut, None]:
    asked = asked or InboxAsked()
    filters = InboxFilters(
        drawer=DRAWERS[asked.skuffe],
        kind=KINDS[asked.slags] if asked.slags else None,
        meeting=asked.moede,
        theme=asked.tema,
        owner_id=asked.ansvarlig,
        organisation_id=asked.organisation,
        q=asked.q,
    )
    found = inbox.list_inbox(visit.session, visit.actor, filters, asked.side)
    counts = inbox.count_inbox(visit.session, visit.actor)
    items = [CaseOut.model_validate(_facts(visit, row)) for row in found.rows]
    drawers = {word: counts[name] for word, name in DRAWERS.items()}
    return InboxOut(items=items, total=found.total, pages=found.pages, drawers=drawers), None


doors = Doors(router, WholeCaseOut, show, at="/indbakke/{}")
lists = Doors(router, InboxOut, show_list)


@router.get("/indbakke", dependencies=[only(may_answer)], response_model=InboxOut)
def list_cases(visit: AVisit, asked: Annotated[InboxAsked, Query()]) -> Response:
    """What waits for an answer, what is due first at the top."""
    return answer(visit, show_list(visit, asked=asked)[0])


@lists.post("/indbakke/fordel", may_answer)
def sort_many(visit: Visit, given: SortIn) -> str:
    """Give many cases a theme, a status, a day or who is to answer. One press undoes the last of it."""
    sorting.sort_many(visit.session, visit.actor, given)
    return ""


@lists.post("/indbakke/fordel/fortryd", may_answer)
def undo_sorting(visit: Visit) -> str:
    """Undo the last time that one gave many cases something."""
    sorting.undo_sorting(visit.session, visit.actor)
    return ""


@router.get("/indbakke/lignende", dependencies=[only(may_answer)], response_model=AlikeGroupsOut)
def list_alike(visit: AVisit, asked: Annotated[AlikeAsked, Query()]) -> Response:
    """What is open and says the same as something else."""
    names = ("id", "kind", "reference", "title")
    items = []
    for group in list_similar_groups(visit.session, visit.actor, asked.side):
        alike = [
            {name: getattr(one.said, name) for name in names}
            | {"score": one.score, "words": one.words, "lead_id": one.lead_id}
            for one in group.candidates
        ]
        told = {name: getattr(group.said, name) for name in names} | {"items": alike}
        items.append(AlikeGroupOut.model_validate(told))
    pages = max(1, -(-count_askable(visit.session, visit.actor) // PER_PAGE))
    return answer(visit, AlikeGroupsOut(items=items, pages=pages))


@router.get(CASE, dependencies=[only(may_answer)], response_model=WholeCaseOut)
def show_case(visit: AVisit, reference: Reference) -> Response:
    """One case with its notes and its answers."""
    return answer(visit, show(visit, reference)[0])


@doors.post(CASE + "/tag", may_answer)
def claim(visit: Visit, reference: Reference) -> str:
    """Look after it oneself."""
    case = find_case(visit, reference).said
    cases.claim(visit.session, visit.actor, case.id)
    return case.reference


@doors.post(CASE + "/slip", may_answer)
def release(visit: Visit, reference: Reference) -> str:
    """Look after it no more."""
    case = find_case(visit, reference).said
    cases.release(visit.session, visit.actor, case.id)
    return case.reference


@doors.post(CASE + "/giv-videre", may_answer)
def hand_over(visit: Visit, reference: Reference, given: HandIn) -> str:
    """Have a colleague look after it."""
    case = find_case(visit, reference).said
    cases.hand_over(visit.session, visit.actor, case.id, given.user_id)
    return case.reference


@doors.post(CASE + "/fordel", may_answer)
def sort_case(visit: Visit, reference: Reference, given: CaseSortIn) -> str:
    """Give it a theme, a status, a day or who is to answer."""
    case = find_case(visit, reference).said
    wanted = SortInput(**given.model_dump(), contribution_ids=[case.id])
    sorting.sort_many(visit.session, visit.actor, wanted)
    return case.reference


@doors.post(CASE + "/noter", may_answer, makes=True)
def add_note(visit: Visit, reference: Reference, given: NoteInput) -> str:
    """Write a note for staff."""
    case = find_case(visit, reference).said
    cases.add_note(visit.session, visit.actor, case.id, given)
    return case.reference


@doors.delete(CASE + "/noter/{note_id}", may_answer)
def remove_note(visit: Visit, reference: Reference, note_id: Annotated[int, Path(ge=1, le=2**63 - 1)]) -> str:
    """Take a note away."""
    case = find_case(visit, reference).said
    note = pick(inbox.list_notes(visit.session, visit.actor, case.id), note_id)
    cases.remove_note(visit.session, visit.actor, note.id)
    return case.reference


@doors.post(CASE + "/bed-om-mere", may_answer)
def ask_for_more(visit: Visit, reference: Reference, given: MoreInput) -> str:
    """Ask who sent it for more; the clock waits for the reply."""
    case = find_case(visit, reference).said
    pausing.ask_for_more(visit.session, visit.actor, case.id, given)
    return case.reference


@doors.delete(CASE + "/bed-om-mere", may_answer)
def take_question_back(visit: Visit, reference: Reference) -> str:
    """Take the question to the asker back."""
    case = find_case(visit, reference).said
    pausing.take_question_back(visit.session, visit.actor, case.id)
    return case.reference


# --- what says the same


@doors.post(CASE + "/saml", may_answer)
def gather(visit: Visit, reference: Reference, given: GatherIn) -> str:
    """Put contributions that say the same under this one; each keeps its own words."""
    session, actor = visit.session, visit.actor
    lead = find_said(visit, reference)
    made = gathering.gather(session, actor, lead.id, given.member_ids)
    if given.title or given.summary:
        named = GatheringInput(title=given.title, summary=given.summary, version=made.version)
        gathering.name_gathering(session, actor, lead.id, named)
    return lead.reference


@doors.post(CASE + "/tag-ud", may_answer)
def split(visit: Visit, reference: Reference, given: MembersIn) -> str:
    """Free some of those that were gathered under it."""
    lead = find_case(visit, reference).said
    gathering.split(visit.session, visit.actor, lead.id, given.member_ids)
    return lead.reference


@doors.post(CASE + "/fortryd-sammenlaegning", may_answer)
def undo_gathering(visit: Visit, reference: Reference) -> str:
    """Bring all that were gathered under it back as they were."""
    lead = find_case(visit, reference).said
    gathering.undo_gathering(visit.session, visit.actor, lead.id)
    return lead.reference


@doors.post(CASE + "/hovedtekst", may_answer)
def change_lead(visit: Visit, reference: Reference, given: LeadIn) -> str:
    """Have another of them stand first."""
    lead = find_case(visit, reference).said
    gathering.change_lead(visit.session, visit.actor, lead.id, given.lead_id)
    return lead.reference


@doors.put(CASE + "/navn", may_answer)
def name_gathering(visit: Visit, reference: Reference, given: GatheringInput) -> str:
    """Say what those that were gathered under it are called."""
    lead = find_case(visit, reference).said
    gathering.name_gathering(visit.session, visit.actor, lead.id, given)
    return lead.reference
