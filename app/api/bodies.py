"""Committees: what they are asked, who sits there, what they recommend and what became of it."""

from datetime import date, datetime
from typing import Annotated, Any

from fastapi import Path, Query
from fastapi.responses import Response
from pydantic import Field

from app.api.answers import Out, answer, answer_list, many, read_part
from app.api.asking import make_router
from app.api.paging import Asked, AskedPlain, Key
from app.core.policy import NotFound
from app.domain.bodies import queries, recommended
from app.domain.bodies.queries import BodyCard, BodyView
from app.domain.bodies.recommended import RecommendationCard, RecommendationView
from app.http.visit import AVisit, Visit, anyone

router = make_router("udvalg")


class BodyOut(Out):
    """A committee or a board."""

    id: int
    key: str
    kind: str
    name: str
    name_en: str
    visibility: str
    owner: str
    network_key: str | None = Field(description="The network that it is of, or null.")
    since: date | None = Field(description="Since when there is one, where that is known.")
    ended_on: date | None = Field(description="When it was closed, or null.")
    is_example: bool
    page: str = ""


class LineOut(Out):
    """A line of a mandate, or whom the body advises."""

    text: str
    text_en: str


class MemberOut(Out):
    """Somebody with a seat, as far as the reader may see it."""

    id: int
    name: str
    title: str = Field(description="What they are.")
    role: str
    party: str = Field(description="Of a politician; empty else.")
    organisation: str | None
    source_url: str | None = Field(
        description="Where it is public; null of what is for the body's own people."
    )
    since: date | None = Field(description="Since when, where that is known.")
    ended_on: date | None = Field(description="Until when, or null.")
    version: int


class SecretaryOut(Out):
    """Somebody who keeps the papers of a body."""

    membership_id: int = Field(description="The number of the membership by which they do.")
    name: str
    title: str = Field(description="What they are.")
    organisation: str


class BodyMeetingOut(Out):
    """A day of the body."""

    id: int
    held_on: date
    starts_at: str = Field(description="By the clock; empty where that is not known.")
    place: str = Field(description="Where.")
    note: str
    url: str | None = Field(description="Where its agenda and its minutes are, or null.")
    is_cancelled: bool = Field(description="Whether it is not held.")
    version: int


class WholeBodyOut(BodyOut):
    """A body with its mandate, its members and its days."""

    about: str
    about_en: str
    acts_by: str = Field(description="What it works by.")
    source_url: str | None
    source_note: str
    mandate: list[LineOut] = Field(description="What it is asked to do.")
    advises: list[LineOut] = Field(description="Whom it advises.")
    members: list[MemberOut] = Field(description="Who has a seat.")
    earlier_members: list[MemberOut] = Field(description="Who had one before.")
    secretaries: list[SecretaryOut] = Field(
        description="Who keeps its papers; empty but for its own people, and where that is its own admin."
    )
    coming: list[BodyMeetingOut] = Field(description="Its coming days.")
    held: list[BodyMeetingOut] = Field(description="The days that are over, the last first.")
    version: int


class SubjectOut(Out):
    """What a recommendation is about."""

    kind: str
    title: str
    path: str


class RecommendationOut(Out):
    """A recommendation where it stands."""

    number: int
    body_key: str = Field(description="The key of the body.")
    body_name: str = Field(description="The body.")
    title: str
    state: str
    outcome: str | None = Field(description="What was decided, or null.")
    visibility: str
    to: str | None = Field(description="Who is to decide; null where the body does itself.")
    subject: SubjectOut | None = Field(description="What it is about, as far as the reader may see that.")
    changed_at: datetime = Field(description="When something became of it last.")
    is_example: bool
    page: str = ""


class StepOut(Out):
    """Something that became of it."""

    kind: str
    happened_on: date
    title: str
    text: str
    by: str | None = Field(description="Who decided; null where it was the body.")
    outcome: str | None = Field(description="What was decided, or null.")


class WholeRecommendationOut(RecommendationOut):
    """A recommendation with every step."""

    text: str
    steps: list[StepOut] = Field(description="What became of it, in order.")
    version: int


class RecommendationsAsked(Asked):
    """The recommendations of one body, without filters."""


def _facts(visit: Visit, card: BodyCard) -> dict[str, Any]:
    told = {name: getattr(card, name) for name in BodyOut.model_fields if name != "page"}
    return told | {"page": visit.kit.site.base_url + card.path}


def _told(visit: Visit, card: RecommendationCard) -> dict[str, Any]:
    told = {name: getattr(card, name) for name in RecommendationOut.model_fields if name != "page"}
    return told | {"page": visit.kit.site.base_url + card.path}


def find_body(visit: Visit, key: str) -> BodyView:
    found = queries.find_body(visit.session, visit.actor, key)
    if found is None:
        raise NotFound
    return found


@router.get("/udvalg", dependencies=[anyone], response_model=many(BodyOut))
def list_bodies(visit: AVisit, asked: AskedPlain) -> Response:
    """Committees and boards that the reader may see, by name."""
    session, actor = visit.session, visit.actor
    part = read_part(visit, asked, lambda after, most: queries.read_bodies(session, actor, after, most))
    return answer_list(visit, asked, part, [BodyOut(**_facts(visit, card)) for card in part.rows])


def show(visit: Visit, key: str) -> tuple[WholeBodyOut, int]:
    found = find_body(visit, key)
    first, second = queries.list_meetings(visit.session, visit.actor, found.card.id)
    told = _facts(visit, found.card) | {"coming": first, "held": second}
    own = set(WholeBodyOut.model_fields) - set(told)
    told |= {name: getattr(found, name) for name in own}
    return WholeBodyOut.model_validate(told), found.version


@router.get("/udvalg/{key}", dependencies=[anyone], response_model=WholeBodyOut)
def show_body(visit: AVisit, key: Key) -> Response:
    """One body with its mandate, its members and its days."""
    thing, version = show(visit, key)
    return answer(visit, thing, version=version)


@router.get("/udvalg/{key}/indstillinger", dependencies=[anyone], response_model=many(RecommendationOut))
def list_recommendations(
    visit: AVisit, key: Key, asked: Annotated[RecommendationsAsked, Query()]
) -> Response:
    """What a body recommends, the last changed first."""
    session, actor, body = visit.session, visit.actor, find_body(visit, key)
    part = read_part(
        visit,
        asked,
        lambda after, most: recommended.read_recommendations(
            session, actor, after, most, body_id=body.card.id
        ),
    )
    items = [RecommendationOut.model_validate(_told(visit, card)) for card in part.rows]
    return answer_list(visit, asked, part, items)


@router.get(
    "/udvalg/{key}/indstillinger/{number}", dependencies=[anyone], response_model=WholeRecommendationOut
)
def show_recommendation(
    visit: AVisit, key: Key, number: Annotated[int, Path(ge=1, le=2**31 - 1)]
) -> Response:
    """One recommendation with what became of it."""
    thing, version = show_one(visit, f"{key}/{number}")
    return answer(visit, thing, version=version)


def find_one(visit: Visit, key: str, number: int) -> RecommendationView:
    found = recommended.find_recommendation(visit.session, visit.actor, key, number)
    if found is None:
        raise NotFound
    return found


def show_one(visit: Visit, name: str) -> tuple[WholeRecommendationOut, int]:
    key, _word, number = name.partition("/")
    found = find_one(visit, key, int(number))
    steps = [StepOut.model_validate(one) for one in found.steps if not one.is_taken_back]
    told = _told(visit, found.card) | {"text": found.text, "steps": steps, "version": found.version}
    return WholeRecommendationOut.model_validate(told), found.version
