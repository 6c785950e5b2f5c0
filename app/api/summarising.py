"""Writing summaries of meetings and themes: staff's drafts, publishing and taking back; and, for all, the
editions before."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import Path
from fastapi.responses import Response
from pydantic import Field

from app.api.answers import Out, answer
from app.api.asking import make_router
from app.api.meetings import MeetingKey, find_meeting
from app.api.paging import Key
from app.api.summaries import SentenceOut, SummaryOut
from app.api.verbs import Doors, Upon
from app.core.policy import NotFound
from app.domain.strategies.queries import find_theme
from app.domain.summaries import queries, service
from app.domain.summaries.policy import may_summarise
from app.domain.summaries.queries import Subject, SummaryView
from app.domain.summaries.schemas import SentenceInput
from app.http.visit import AVisit, Visit, anyone, only

router = make_router("opsummeringer")
ONE = "/opsummeringer/{summary_id}"
DRAFT = ONE + "/skriv"
SENTENCES = ONE + "/saetninger"
SENTENCE = SENTENCES + "/{sentence_id}"
EDITIONS = ONE + "/udgaver"
RowId = Annotated[int, Path(ge=1, le=2**63 - 1)]
Number = Annotated[int, Path(ge=1, le=2**31 - 1)]
Way = Literal["foreslaa", "skriv"]
Act = Literal["op", "ned", "godkend"]


class WrittenSentenceOut(SentenceOut):
    """A sentence of a draft, as staff sees it."""

    id: int
    written: str = Field(description="As it is kept, also where some of it is shown to nobody.")
    written_en: str = Field(description="The same in English; empty where nobody has translated it.")
    references: str = Field(description="What it rests on, as it is sent: references with blanks between.")
    public_standing: str | None = Field(description="How it is supported by what everybody may read.")
    changed: list[str] = Field(description="References of what was worded otherwise since.")


class SummaryDraftOut(Out):
    """The next edition of a summary, as it is being written."""

    number: int
    is_by_machine: bool = Field(description="Whether some sentence has been read by nobody.")
    sentences: list[WrittenSentenceOut] = Field(description="In order.")


class SummaryEditionOut(Out):
    """An edition of a summary."""

    number: int
    published_at: datetime | None
    taken_back_at: datetime | None = Field(description="When it was taken back, to staff; or null.")
    sentences: int = Field(description="How many there are.")


class SummaryEditionsOut(Out):
    """The editions of a summary that were let out and that the reader may read."""

    id: int
    items: list[SummaryEditionOut] = Field(description="The newest first.")


class WrittenSummaryOut(Out):
    """A summary as staff writes it."""

    id: int
    meeting_key: str | None
    strategy_key: str | None
    theme_key: str | None = Field(description="The key of the theme, or null.")
    title: str
    title_en: str
    draft: SummaryDraftOut | None = Field(description="What is being written; null where nothing is.")
    editions: list[SummaryEditionOut] = Field(description="Those that were let out, the newest first.")
    version: int
    page: str = ""


def _open(visit: Visit, summary_id: int) -> Subject:
    """What the summary is of. Raises NotFound for what the actor may not see."""
    found = queries.find_subject(visit.session, visit.actor, summary_id)
    if found is None:
        raise NotFound
    return found


def _list_out(visit: Visit, summary_id: int) -> list[SummaryEditionOut]:
    every = queries.list_editions(visit.session, visit.actor, summary_id)
    return [SummaryEditionOut.model_validate(one) for one in every if one.published_at is not None]


def show(visit: Visit, name: str) -> tuple[WrittenSummaryOut, int]:
    subject = _open(visit, int(name))
    draft = queries.find_draft(visit.session, visit.actor, subject.summary_id)
    thing = WrittenSummaryOut(
        id=subject.summary_id,
        meeting_key=subject.meeting_key,
        strategy_key=subject.strategy_key,
        theme_key=subject.theme_key,
        title=subject.title,
        title_en=subject.title_en,
        draft=SummaryDraftOut.model_validate(draft) if draft else None,
        editions=_list_out(visit, subject.summary_id),
        version=subject.version,
        page=f"{visit.kit.site.base_url}{subject.path}/opsummering",
    )
    return thing, subject.version


doors = Doors(router, WrittenSummaryOut, show, at=DRAFT.replace("{summary_id}", "{}"))


# --- the editions before


@router.get(EDITIONS, dependencies=[anyone], response_model=SummaryEditionsOut)
def list_editions(visit: AVisit, summary_id: RowId) -> Response:
    """The editions of a summary; what was taken back hides those before it."""
    subject = _open(visit, summary_id)
    items = _list_out(visit, subject.summary_id)
    if not items:
        raise NotFound
    return answer(visit, SummaryEditionsOut(id=subject.summary_id, items=items))


@router.get(EDITIONS + "/{number}", dependencies=[anyone], response_model=SummaryOut)
def show_edition(visit: AVisit, summary_id: RowId, number: Number) -> Response:
    """One edition, each sentence as far as it is supported by what the reader may see now."""
    subject = _open(visit, summary_id)
    found = queries.find_edition(visit.session, visit.actor, subject.summary_id, number)
    if found is None or found.is_draft:
        raise NotFound
    return answer(visit, SummaryOut.model_validate(found))


# --- beginning


def _begin(visit: Visit, way: Way, *, meeting_id: int | None = None, theme_id: int | None = None) -> str:
    """`way`: foreslaa (by the machine) or skriv (with a draft to write in)."""
    verb = service.propose_summary if way == "foreslaa" else service.begin_summary
    return str(verb(visit.session, visit.actor, meeting_id=meeting_id, theme_id=theme_id).id)


@doors.post("/moeder/{key}/opsummering/{way}", may_summarise, makes=True)
def begin_for_meeting(visit: Visit, key: MeetingKey, way: Way) -> str:
    """A draft of a meeting's summary to write in, or with what the machine proposes of what was said."""
    return _begin(visit, way, meeting_id=find_meeting(visit, key).id)


@doors.post("/temaer/{key}/{theme}/opsummering/{way}", may_summarise, makes=True)
def begin_for_theme(visit: Visit, key: Key, theme: Key, way: Way) -> str:
    """A draft of a theme's summary to write in, or with what the machine proposes of what was said."""
    place = find_theme(visit.session, visit.actor, key, theme)
    if place is None:
        raise NotFound
    return _begin(visit, way, theme_id=place.theme.id)


# --- writing


def _find_draft(visit: Visit, summary_id: int) -> SummaryView:
    """Raises NotFound where nothing is being written."""
    subject = _open(visit, summary_id)
    draft = queries.find_draft(visit.session, visit.actor, subject.summary_id)
    if draft is None:
        raise NotFound
    return draft


@router.get(DRAFT, dependencies=[only(may_summarise)], response_model=WrittenSummaryOut)
def show_draft(visit: AVisit, summary_id: RowId) -> Response:
    """A summary as it is being written, with its editions."""
    thing, version = show(visit, str(summary_id))
    return answer(visit, thing, version=version)


@doors.delete(DRAFT, may_summarise)
def discard(visit: Visit, upon: Upon, summary_id: RowId) -> str:
    """Throw away what is being written; what is published stays."""
    draft = _find_draft(visit, summary_id)
    service.discard_draft(visit.session, visit.actor, draft.summary_id, upon.of(draft.version))
    return str(draft.summary_id)


@doors.post(SENTENCES, may_summarise, makes=True)
def add_sentence(visit: Visit, upon: Upon, summary_id: RowId, given: SentenceInput) -> str:
    """A sentence of one's own, last, with the references of what it rests on."""
    draft = _find_draft(visit, summary_id)
    service.add_sentence(visit.session, visit.actor, draft.summary_id, upon(draft.version, given))
    return str(draft.summary_id)


@doors.put(SENTENCE, may_summarise)
def edit_sentence(
    visit: Visit, upon: Upon, summary_id: RowId, sentence_id: RowId, given: SentenceInput
) -> str:
    """Word a sentence otherwise, or link it to other things; it is then one's own."""
    draft = _find_draft(visit, summary_id)
    service.edit_sentence(
        visit.session, visit.actor, draft.summary_id, sentence_id, upon(draft.version, given)
    )
    return str(draft.summary_id)


@doors.delete(SENTENCE, may_summarise)
def remove_sentence(visit: Visit, upon: Upon, summary_id: RowId, sentence_id: RowId) -> str:
    """Take a sentence away."""
    draft = _find_draft(visit, summary_id)
    version = upon.of(draft.version)
    service.remove_sentence(visit.session, visit.actor, draft.summary_id, sentence_id, version)
    return str(draft.summary_id)


@doors.post(SENTENCE + "/{act}", may_summarise)
def act_on_sentence(visit: Visit, upon: Upon, summary_id: RowId, sentence_id: RowId, act: Act) -> str:
    """Move a sentence one place up or down, or say that one of the machine holds."""
    draft = _find_draft(visit, summary_id)
    version = upon.of(draft.version)
    session, actor = visit.session, visit.actor
    if act == "godkend":
        service.approve_sentences(session, actor, draft.summary_id, [sentence_id], version)
    else:
        way: service.Way = "up" if act == "op" else "down"
        service.move_sentence(session, actor, draft.summary_id, sentence_id, way, version)
    return str(draft.summary_id)


@doors.post(ONE + "/foreslaa", may_summarise)
def propose_anew(visit: Visit, summary_id: RowId) -> str:
    """Have the machine propose anew, by what has been said meanwhile; what a person answers for stays."""
    subject = _open(visit, summary_id)
    service.propose_anew(visit.session, visit.actor, subject.summary_id)
    return str(subject.summary_id)


# --- out and back


@doors.post(ONE + "/udgiv", may_summarise)
def publish(visit: Visit, upon: Upon, summary_id: RowId) -> str:
    """Show the draft to everybody; the edition before it stays readable."""
    draft = _find_draft(visit, summary_id)
    service.publish_summary(visit.session, visit.actor, draft.summary_id, upon.of(draft.version))
    return str(draft.summary_id)


@doors.post(ONE + "/tag-tilbage", may_summarise)
def take_back(visit: Visit, upon: Upon, summary_id: RowId) -> str:
    """Show it to nobody any more, nor the editions before it, until another one is published."""
    subject = _open(visit, summary_id)
    version = upon.of(subject.version)
    service.take_back_summary(visit.session, visit.actor, subject.summary_id, version)
    return str(subject.summary_id)
