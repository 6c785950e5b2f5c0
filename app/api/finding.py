"""The search over everything that the reader may see."""

from typing import Annotated, Any, Literal, get_args

from fastapi import Query
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from app.api.answers import Out, answer
from app.api.asking import make_router
from app.api.paging import ThemeKey, Words, Year
from app.api.said import PATHS
from app.domain.search import queries
from app.domain.search.schemas import PER_PAGE, Found, Segments
from app.domain.search.schemas import Query as Search
from app.domain.strategies.queries import find_theme_ids
from app.http.visit import AVisit, Visit, anyone

router = make_router("soeg")
Number = Annotated[int, Field(ge=1, le=2**63 - 1)]
KindWord = Literal[
    "oplaeg", "moeder", "programpunkter", "referater", "oensker", "ideer", "indspil", "spoergsmaal", "behov",
    "svar", "forpligtelser", "temaer", "strategier", "kommuner", "organisationer", "projekter",
    "kommunernes-projekter", "udvalg", "indstillinger",
]  # fmt: skip
KINDS = dict(
    zip(
        get_args(KindWord),
        ("deck_page", "meeting", "item", "minutes", "wish", "idea", "card", "question", "need", "answer",
         "commitment", "theme", "strategy", "municipality", "organisation", "project", "own_project",
         "body", "recommendation"),
        strict=True,
    )
)  # fmt: skip


class HitOut(Out):
    """Something that was found."""

    kind: str
    id: int
    reference: str | None = Field(description="Its number, of what has one.")
    title: str
    snippet: str = Field(description="The piece of text around the words; empty where there is none.")
    language: str
    year: int | None = Field(description="The year that it is of, or null.")
    score: float
    page: str | None = Field(description="The address of its page; null of what stands on another's.")


class HitsOut(Out):
    """What a search found: a few of each kind, or one kind page by page."""

    total: int = Field(description="How many were found in all.")
    is_loose: bool = Field(description="Whether some hold only a part of the words, as few hold all.")
    corrections: dict[str, str] = Field(description="Words that may be meant, by the words as typed.")
    counts: dict[str, int] = Field(description="How many of each kind.")
    items: list[HitOut] = Field(description="The best of each kind first.")
    next: str | None = Field(description="The address of the next page of one kind; null at the end.")


class SearchAsked(BaseModel):
    """What is searched for. With `slags` one kind is given page by page."""

    model_config = ConfigDict(extra="forbid")

    q: Words = Field(description="The words, as somebody would write them.", min_length=1)
    slags: KindWord | None = Field(None, description="Only this kind, page by page.")
    aar: Year | None = Field(None, description="Only what is of this year.")
    tema: ThemeKey | None = Field(None, description="Only under this theme, as strategy-key/theme-key.")
    organisation: Number | None = Field(None, description="Only of this organisation, by its number.")
    oplaegsholder: Number | None = Field(None, description="Only pages shown by this person, by the number.")
    side: int = Field(1, ge=1, le=500, description="The page, of one kind; hits have no lasting order.")


@router.get("/soeg", dependencies=[anyone], response_model=HitsOut)
def search(visit: AVisit, asked: Annotated[SearchAsked, Query()]) -> Response:
    """Search everything that the reader may see."""
    kind = KINDS[asked.slags] if asked.slags else None
    page = asked.side if kind else 1
    # A theme that is not there has no hits.
    theme_id = find_theme_ids(visit.session, [asked.tema]).get(asked.tema, 0) if asked.tema else None
    wanted = Search(
        asked.q,
        kinds=(kind,) if kind else (),
        year=asked.aar,
        theme_id=theme_id,
        organisation_id=asked.organisation,
        person_id=asked.oplaegsholder,
        page=page,
    )
    found = queries.search(visit.session, visit.actor, wanted)
    has_more = kind is not None and found.total > page * PER_PAGE
    told = {"q": asked.q, "slags": asked.slags, "aar": asked.aar, "side": page + 1}
    following = str(visit.request.url.replace_query_params(**{k: v for k, v in told.items() if v}))
    base = visit.kit.site.base_url
    address = base + visit.request.scope["path"] + "?" + following.partition("?")[2] if has_more else None
    hits = HitsOut(
        total=found.total,
        is_loose=found.is_loose,
        corrections=dict(found.corrections),
        counts=dict(found.kinds),
        items=[_hit(visit, one) for group in found.groups for one in group.found],
        next=address,
    )
    response = answer(visit, hits)
    if address and response.status_code == 200:
        response.headers["Link"] = f'<{address}>; rel="next"'
    return response


def _hit(visit: Visit, one: Found) -> HitOut:
    path = _path_of(one.kind, one.object_id, one.hit.facts)
    return HitOut(
        kind=one.kind,
        id=one.object_id,
        reference=one.hit.facts.get("reference"),
        title=one.hit.title,
        snippet=_words(one.snippet),
        language=one.language,
        year=one.year,
        score=one.score,
        page=visit.kit.site.base_url + path if path else None,
    )


def _words(segments: Segments) -> str:
    return "".join(piece for piece, _ in segments)


def _path_of(kind: str, object_id: int, facts: Any) -> str | None:
    """Where it stands on the pages; None of what stands with another."""
    if kind in PATHS:
        return PATHS[kind] + str(facts["reference"])
    paths = {
        "deck_page": lambda: f"/oplaeg/{facts['deck_id']}/side/{facts['number']}",
        "meeting": lambda: f"/moeder/{facts['meeting']['key']}",
        "minutes": lambda: f"/moeder/{facts['meeting']['key']}/referat",
        "item": lambda: f"/moeder/{facts['meeting']['key']}/program#punkt-{object_id}",
        "commitment": lambda: f"/forpligtelser/{facts['reference']}",
        "strategy": lambda: f"/temaer/{facts['strategy_key']}",
        "theme": lambda: f"/temaer/{facts['strategy_key']}/{facts['key']}",
        "municipality": lambda: f"/kommuner/{facts['key']}",
        "organisation": lambda: f"/organisationer/{object_id}",
        "project": lambda: f"/projekter/{facts['key']}",
        "own_project": lambda: f"/kommuner/{facts['key']}/projekter/{object_id}",
        "body": lambda: f"/udvalg/{facts['key']}",
        "recommendation": lambda: f"/udvalg/{facts['key']}/indstillinger/{facts['number']}",
    }
    return paths[kind]() if kind in paths else None
