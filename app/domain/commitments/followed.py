"""What somebody follows, by name: things of many rooms, each through its own rule.

It stands here because a commitment is the highest thing in the house that can be followed.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from app.core.policy import Actor
from app.domain.commitments.models import Commitment
from app.domain.commitments.policy import visible_to as commitment_visible_to
from app.domain.contributions.models import Contribution
from app.domain.contributions.policy import is_in_force
from app.domain.contributions.policy import visible_to as contribution_visible_to
from app.domain.following.models import CONTRIBUTIONS
from app.domain.meetings.models import Meeting, Series
from app.domain.meetings.policy import visible_to as meeting_visible_to
from app.domain.organisations.models import Organisation
from app.domain.organisations.policy import may_see as may_see_organisation
from app.domain.projects.models import Project
from app.domain.strategies.queries import find_themes

PATHS: Final = {"wish": "/oensker/", "idea": "/ideer/", "need": "/behov/"}
C = Contribution
X = Commitment
Things = Mapping[str, Collection[int]]  # {kind: ids}


@dataclass(frozen=True, slots=True)
class Followed:
    """A followed thing as it is named. `reference`: its number, where it has one; `language` of the name;
    `name_en`: the name in English, or empty."""

    kind: str
    thing_id: int
    name: str
    name_en: str
    reference: str
    language: str
    path: str


def name_followed(session: Session, actor: Actor, things: Things) -> dict[tuple[str, int], Followed]:
    """{(kind, id): what it is} of those that the actor may see now; one statement for each kind that is asked
    for."""
    found: dict[tuple[str, int], Followed] = {}
    said = {kind: set(things[kind]) for kind in CONTRIBUTIONS if things.get(kind)}
    if said:
        for one in _name_contributions(session, actor, said):
            found[one.kind, one.thing_id] = one
    for kind, name in _NAMERS.items():
        if ids := things.get(kind):
            found |= {(kind, one.thing_id): one for one in name(session, actor, set(ids))}
    return found


def _name_contributions(session: Session, actor: Actor, said: dict[str, set[int]]) -> Iterator[Followed]:
    every = {one for ids in said.values() for one in ids}
    rows = session.execute(
        select(C.id, C.kind, C.title, C.reference, C.language).where(
            C.id.in_(every), contribution_visible_to(actor), is_in_force()
        )
    )
    for row in rows:
        if row.id in said.get(row.kind, ()):
            path = PATHS.get(row.kind, "/indspil/") + row.reference
            yield Followed(row.kind, row.id, row.title, "", row.reference, row.language, path)


def _name_commitments(session: Session, actor: Actor, ids: set[int]) -> Iterator[Followed]:
    rows = session.execute(
        select(X.id, X.title, X.title_en, X.reference).where(X.id.in_(ids), commitment_visible_to(actor))
    )
    for row in rows:
        path = f"/forpligtelser/{row.reference}"
        yield Followed("commitment", row.id, row.title, row.title_en, row.reference, "da", path)


def _name_themes(session: Session, actor: Actor, ids: set[int]) -> Iterator[Followed]:
    for theme in find_themes(session, ids).values():
        yield Followed("theme", theme.id, theme.name, theme.name_en or "", "", "da", theme.path)


def _name_meetings(session: Session, actor: Actor, ids: set[int]) -> Iterator[Followed]:
    rows = session.execute(
        select(Meeting.id, Meeting.key, Meeting.title, Meeting.title_en).where(
            Meeting.id.in_(ids), meeting_visible_to(actor)
        )
    )
    for row in rows:
        yield Followed("meeting", row.id, row.title, row.title_en, "", "da", f"/moeder/{row.key}")


def _name_series(session: Session, actor: Actor, ids: set[int]) -> Iterator[Followed]:
    shown = exists(select(Meeting.id).where(Meeting.series_id == Series.id, meeting_visible_to(actor)))
    rows = session.execute(select(Series.id, Series.key, Series.name).where(Series.id.in_(ids), shown))
    for row in rows:
        yield Followed("series", row.id, row.name, "", "", "da", f"/moederaekker/{row.key}")


def _name_organisations(session: Session, actor: Actor, ids: set[int]) -> Iterator[Followed]:
    for row in session.scalars(select(Organisation).where(Organisation.id.in_(ids))):
        if not may_see_organisation(actor, row):
            continue
        path = f"/kommuner/{row.key}" if row.kind == "municipality" else f"/organisationer/{row.id}"
        yield Followed("organisation", row.id, row.name, "", "", "da", path)


def _name_projects(session: Session, actor: Actor, ids: set[int]) -> Iterator[Followed]:
    for row in session.scalars(select(Project).where(Project.id.in_(ids))):
        yield Followed("project", row.id, row.title, row.title_en or "", "", "da", f"/projekter/{row.key}")


_NAMERS: Final[dict[str, Callable[[Session, Actor, set[int]], Iterator[Followed]]]] = {
    "commitment": _name_commitments,
    "theme": _name_themes,
    "meeting": _name_meetings,
    "series": _name_series,
    "organisation": _name_organisations,
    "project": _name_projects,
}
