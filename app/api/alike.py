"""What is like a text while it is being written, and the themes that it points to. Nothing of it is kept."""

from typing import Annotated

from fastapi import Query
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.api.answers import Out, ThemeOut, answer
from app.api.asking import make_router
from app.api.said import PATHS
from app.core.clock import today
from app.core.policy import is_person
from app.core.text import Line, Prose
from app.domain.contributions.needs.alike import find_similar
from app.domain.contributions.needs.policy import may_enter_needs
from app.domain.contributions.needs.schemas import SimilarInput
from app.domain.contributions.policy import may_send
from app.domain.contributions.queries import find_contributions
from app.domain.search.queries import similar_said, suggest
from app.domain.strategies.suggestions import suggest_themes
from app.http.visit import AVisit, Visit, anyone, only

router = make_router("soeg")
MOST_WORDS = 4
Text = Annotated[Prose, StringConstraints(max_length=4_000)]


class LikeOut(Out):
    """Something like what is being written."""

    id: int
    kind: str
    reference: str
    title: str
    words: list[str] = Field(description="Words that both have, the rarest first.")
    page: str = ""


class PointerOut(Out):
    """A theme that a text points to."""

    theme: ThemeOut = Field(description="The theme.")
    words: list[str] = Field(description="The words that point to it, as they stand in the text.")


class LikesOut(Out):
    """What is known of a text while it is being written."""

    items: list[LikeOut] = Field(description="What is like it, the likest first.")
    themes: list[PointerOut] = Field(description="The themes that it points to, the likeliest first.")


class PointersOut(Out):
    """The themes that a text points to; somebody accepts them or not."""

    items: list[PointerOut] = Field(description="The likeliest first.")


class LikeNeedOut(Out):
    """A need like the one that is typed."""

    reference: str
    title: str
    points: int = Field(description="How likely it is the same; only to compare.")
    page: str = ""


class LikeNeedsOut(Out):
    """Needs like the one that is typed."""

    items: list[LikeNeedOut] = Field(description="The likest first.")


class GuessesOut(Out):
    """How what is being typed may go on."""

    items: list[str] = Field(description="Words first, then titles; of what the reader may see.")


class TextAsked(BaseModel):
    """A wish or an idea as far as it is written."""

    model_config = ConfigDict(extra="forbid")

    title: Text = Field("", description="Its title.")
    body: Text = Field("", description="Its text.")
    problem: Text = Field("", description="Of an idea: what it is to help with.")
    proposal: Text = Field("", description="Of an idea: what is proposed.")


class ThemesAsked(BaseModel):
    """A text, and the year that it is of."""

    model_config = ConfigDict(extra="forbid")

    tekst: Text = Field(description="The text.")
    aar: Annotated[int, Field(ge=1990, le=2100)] | None = Field(
        None, description="Themes of strategies of that year come first; this year where none is given."
    )


class GuessAsked(BaseModel):
    """What is typed so far."""

    model_config = ConfigDict(extra="forbid")

    q: Annotated[Line, Field(max_length=200)] = Field(description="What is typed; two letters at least.")


def _unkept(visit: Visit, thing: Out) -> Response:
    response = answer(visit, thing)
    response.headers["Cache-Control"] = "no-store"
    return response


def _point(visit: Visit, text: str, year: int | None = None) -> list[PointerOut]:
    found = suggest_themes(visit.session, [text], year or today().year).get(0, [])
    return [PointerOut(theme=ThemeOut.model_validate(one.theme), words=one.words) for one in found]


@router.get("/oensker/lignende", dependencies=[only(may_send)], response_model=LikesOut)
def read_while_writing(visit: AVisit, asked: Annotated[TextAsked, Query()]) -> Response:
    """What is like a wish or an idea as one writes, and the themes that it points to."""
    text = "\n".join((asked.title, asked.body, asked.problem, asked.proposal))
    if not text.strip():
        return _unkept(visit, LikesOut(items=[], themes=[]))
    found = similar_said(visit.session, visit.actor, text)
    views = find_contributions(visit.session, visit.actor, [one.object_id for one in found])
    items = [
        LikeOut(
            id=view.id,
            kind=view.kind,
            reference=view.reference,
            title=view.title,
            words=list(one.reasons[:MOST_WORDS]),
            page=visit.kit.site.base_url + PATHS[view.kind] + view.reference,
        )
        for one in found
        if (view := views.get(one.object_id)) is not None
    ]
    return _unkept(visit, LikesOut(items=items, themes=_point(visit, text)))


@router.get("/behov/lignende", dependencies=[only(may_enter_needs)], response_model=LikeNeedsOut)
def read_while_registering(visit: AVisit, asked: Annotated[SimilarInput, Query()]) -> Response:
    """Needs like the one that one is about to register."""
    items = [
        LikeNeedOut(
            reference=one.reference,
            title=one.title,
            points=one.points,
            page=f"{visit.kit.site.base_url}/behov/{one.reference}",
        )
        for one in find_similar(visit.session, visit.actor, asked)
    ]
    return _unkept(visit, LikeNeedsOut(items=items))


@router.get("/temaer/forslag", dependencies=[only(is_person)], response_model=PointersOut)
def suggest_for_text(visit: AVisit, asked: Annotated[ThemesAsked, Query()]) -> Response:
    """The themes that a text may belong under."""
    return _unkept(visit, PointersOut(items=_point(visit, asked.tekst, asked.aar)))


@router.get("/soeg/forslag", dependencies=[anyone], response_model=GuessesOut)
def suggest_words(visit: AVisit, asked: Annotated[GuessAsked, Query()]) -> Response:
    """How what is being typed into the search may go on."""
    each_once: dict[str, str] = {}
    for words in suggest(visit.session, visit.actor, asked.q):
        each_once.setdefault(words.lower(), words)
    return _unkept(visit, GuessesOut(items=list(each_once.values())))
