"""The crosswalk: which theme became which; staff adds lines and takes them away."""

from typing import Annotated, Any, Self

from fastapi import Path, Query
from fastapi.responses import Response
from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from app.api.answers import Out, ThemeOut, answer_list, many, read_part
from app.api.asking import make_router
from app.api.paging import Asked, Key
from app.api.verbs import Doors
from app.core.policy import NotFound
from app.core.slices import slice_rows
from app.domain.strategies.crosswalk import (
    ThemeLinkView,
    link_themes,
    list_links,
    relink_themes,
    unlink_themes,
)
from app.domain.strategies.policy import may_edit_strategies
from app.domain.strategies.schemas import ThemeLinkInput
from app.http.visit import AVisit, Visit, anyone

router = make_router("temaer")
LIST = "/temaer/kobling"
ONE = LIST + "/{link_id}"
LinkId = Annotated[int, Path(ge=1, le=2**63 - 1)]


class ThemeLinkOut(Out):
    """What became of a theme."""

    id: int
    kind: str = Field(description="same, part_of, split or ended.")
    theme: ThemeOut = Field(description="The earlier theme.")
    becomes: ThemeOut | None = Field(description="The later one; null where it has ended.")
    note: str
    note_en: str = Field(description="The remark in English; empty where nobody has translated it.")
    source_urls: list[str]


class StandingLinkOut(ThemeLinkOut):
    """A line of the crosswalk, after staff did something to it."""

    is_removed: bool = Field(description="Whether it was taken away.")


class LinksAsked(Asked):
    """The lines of one strategy, or all."""

    strategi: Key | None = Field(None, description="Only those that lead from or to this strategy.")


class GroundedLinkIn(ThemeLinkInput):
    """What became of a theme, with a source or a word on what it rests on."""

    @model_validator(mode="after")
    def _has_a_ground(self) -> Self:
        if not (self.source_urls or self.note):
            raise PydanticCustomError("crosswalk_no_ground", "A source or a note is missing")
        return self


def _is_of(link: ThemeLinkView, strategy: str) -> bool:
    return strategy in (link.theme.strategy_key, link.becomes.strategy_key if link.becomes else None)


@router.get(LIST, dependencies=[anyone], response_model=many(ThemeLinkOut))
def show_crosswalk(visit: AVisit, asked: Annotated[LinksAsked, Query()]) -> Response:
    """Which theme became which, by the number of the line."""
    found = [one for one in list_links(visit.session) if not asked.strategi or _is_of(one, asked.strategi)]
    rows = sorted(found, key=_place)
    part = read_part(visit, asked, lambda after, most: slice_rows(rows, _place, after, most))
    return answer_list(visit, asked, part, [ThemeLinkOut.model_validate(one) for one in part.rows])


def _place(link: ThemeLinkView) -> tuple[int]:
    return (link.id,)


def show(visit: Visit, name: str) -> tuple[StandingLinkOut, None]:
    for is_removed in (False, True):
        for one in list_links(visit.session, is_removed=is_removed):
            if one.id == int(name):
                told: dict[str, Any] = {field: getattr(one, field) for field in ThemeLinkOut.model_fields}
                return StandingLinkOut.model_validate(told | {"is_removed": is_removed}), None
    raise NotFound


doors = Doors(router, StandingLinkOut, show)


@doors.post(LIST, may_edit_strategies, makes=True)
def add_link(visit: Visit, given: GroundedLinkIn) -> str:
    """Say what became of a theme."""
    return str(link_themes(visit.session, visit.actor, given).id)


@doors.delete(ONE, may_edit_strategies)
def remove_link(visit: Visit, link_id: LinkId) -> str:
    """Take a line away; nothing that was said is touched by it."""
    unlink_themes(visit.session, visit.actor, link_id)
    return str(link_id)


@doors.post(ONE + "/fortryd", may_edit_strategies)
def restore_link(visit: Visit, link_id: LinkId) -> str:
    """Put a line back that was taken away."""
    relink_themes(visit.session, visit.actor, link_id)
    return str(link_id)
