"""Summaries of meetings and themes as they are published: each sentence with what it rests on."""

from datetime import datetime
from typing import Any

from fastapi.responses import Response
from pydantic import Field

from app.api.answers import Out, answer, answer_list, many, read_part
from app.api.asking import make_router
from app.api.meetings import MeetingKey, find_meeting
from app.api.paging import AskedPlain, Key
from app.core.policy import NotFound
from app.domain.strategies.queries import find_theme
from app.domain.summaries import queries
from app.domain.summaries.queries import SummaryView
from app.http.visit import AVisit, Visit, anyone

router = make_router("opsummeringer")


class SummaryLineOut(Out):
    """A summary in the list; of a meeting, or of a theme."""

    id: int = Field(validation_alias="summary_id")
    meeting_key: str | None
    strategy_key: str | None
    theme_key: str | None = Field(description="The key of the theme, or null.")
    title: str
    title_en: str
    published_at: datetime | None
    sentences: int = Field(description="How many there are.")
    by_machine: int = Field(description="How many of them nobody has read.")


class SourceOut(Out):
    """What a sentence rests on, as far as the reader may see it."""

    reference: str
    title: str
    is_example: bool


class SentenceOut(Out):
    """A sentence, as far as it is supported by what the reader may see."""

    text: str
    text_en: str
    origin: str = Field(description="Who wrote it: a person, or a machine whose words nobody has read.")
    standing: str = Field(description="How it is supported by what the reader may see.")
    sources: list[SourceOut] = Field(description="What it rests on.")


class SummaryOut(Out):
    """An edition of a summary."""

    id: int = Field(validation_alias="summary_id", description="The number of the summary.")
    number: int
    published_at: datetime | None
    is_by_machine: bool = Field(description="Whether some sentence has been read by nobody.")
    sentences: list[SentenceOut] = Field(description="In order.")


@router.get("/opsummeringer", dependencies=[anyone], response_model=many(SummaryLineOut))
def list_summaries(visit: AVisit, asked: AskedPlain) -> Response:
    """Summaries of meetings and themes that are published; those of meetings first, the newest first."""
    session, actor = visit.session, visit.actor
    part = read_part(visit, asked, lambda after, most: queries.read_published(session, actor, after, most))
    return answer_list(visit, asked, part, [SummaryLineOut.model_validate(one) for one in part.rows])


@router.get("/moeder/{key}/opsummering", dependencies=[anyone], response_model=SummaryOut)
def show_of_meeting(visit: AVisit, key: MeetingKey) -> Response:
    """The summary of a meeting."""
    meeting = find_meeting(visit, key)
    return _answer(visit, queries.find_of_meeting(visit.session, visit.actor, meeting.id))


@router.get("/temaer/{key}/{theme}/opsummering", dependencies=[anyone], response_model=SummaryOut)
def show_of_theme(visit: AVisit, key: Key, theme: Key) -> Response:
    """The summary of a theme."""
    place = find_theme(visit.session, visit.actor, key, theme)
    if place is None:
        raise NotFound
    return _answer(visit, queries.find_of_theme(visit.session, visit.actor, place.theme.id))


def _answer(visit: Visit, found: SummaryView | None) -> Any:
    if found is None or found.is_draft:
        raise NotFound
    return answer(visit, SummaryOut.model_validate(found))
