"""Where in the country something matters: each municipality once, with the kind of its interest.

For one idea, wish or need, for a theme, and for all of it. What is counted is municipalities. A need that is
one municipality's alone is on nobody's map, its own neither: a map is shown to others.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, func, literal, select, true, union_all
from sqlalchemy.orm import Session

from app.core.policy import Actor
from app.domain.contributions.models import Contribution, ContributionTheme, Interest
from app.domain.contributions.needs.models import NeedDetails, NeedMunicipality
from app.domain.contributions.policy import is_listed, visible_to
from app.domain.organisations.models import Organisation
from app.domain.organisations.queries import danish_order
from app.domain.organisations.sizes import SIZES, Size, size_of
from app.domain.organisations.tiles import Tile, tile_of

# As they are listed, and which one colours a cell where a municipality has several.
KINDS: Final = ("solved", "pilot", "co_fund", "need")
MOST = 500

C = Contribution


@dataclass(frozen=True, slots=True)
class MapCell:
    """A municipality. `kinds`: of its interest, the most telling first, empty where it has none; `things`:
    in how many different things. `tile` is None of one that is not among the 98."""

    organisation_id: int
    key: str
    name: str
    code: str | None
    region: str
    size: Size | None
    tile: Tile | None
    kinds: tuple[str, ...]
    things: int

    @property
    def kind(self) -> str | None:
        """The kind by which the cell is drawn."""
        return self.kinds[0] if self.kinds else None


@dataclass(frozen=True, slots=True)
class MapGroup:
    """Of a region or a size: how many municipalities there are, and how many have an interest."""

    name: str
    municipalities: int
    interested: int


@dataclass(frozen=True, slots=True)
class CountryMap:
    """All municipalities, by name. Examples are there only where they have an interest."""

    cells: tuple[MapCell, ...]

    @property
    def interested(self) -> tuple[MapCell, ...]:
        return tuple(cell for cell in self.cells if cell.kinds)

    @property
    def by_kind(self) -> dict[str, int]:
        """{kind: municipalities}, without those that nobody has; one may stand under several."""
        counts = {kind: sum(kind in cell.kinds for cell in self.cells) for kind in KINDS}
        return {kind: count for kind, count in counts.items() if count}

    @property
    def by_region(self) -> tuple[MapGroup, ...]:
        return _group(self.cells, lambda cell: cell.region)

    @property
    def by_size(self) -> tuple[MapGroup, ...]:
        groups = {one.name: one for one in _group([c for c in self.cells if c.size], lambda cell: cell.size)}
        return tuple(groups[size] for size in SIZES if size in groups)


def _group(cells: Sequence[MapCell], name_of: Any) -> tuple[MapGroup, ...]:
    held: dict[str, list[MapCell]] = {}
    for cell in cells:
        held.setdefault(name_of(cell), []).append(cell)
    return tuple(
        MapGroup(name, len(group), sum(bool(cell.kinds) for cell in group))
        for name, group in sorted(held.items())
    )


def find_map(session: Session, actor: Actor, contribution_id: int) -> CountryMap:
    """Who is interested in one thing, or has the need. One statement."""
    return _find(session, actor, C.id == contribution_id)


def find_map_of_theme(session: Session, actor: Actor, theme_ids: Sequence[int]) -> CountryMap:
    """Who is interested in anything under a theme, or has a need there; give all ids that the theme means.
    One statement."""
    under = select(ContributionTheme.contribution_id).where(ContributionTheme.theme_id.in_(theme_ids))
    return _find(session, actor, C.id.in_(under))


def find_map_of_all(session: Session, actor: Actor) -> CountryMap:
    """Who is interested in anything at all, or has a need. One statement."""
    return _find(session, actor, true())


def _find(session: Session, actor: Actor, which: ColumnElement[bool]) -> CountryMap:
    marks = _marks(actor, which).cte("mark")
    per = (
        select(
            marks.c.organisation_id,
            func.array_agg(marks.c.kind.distinct()).label("kinds"),
            func.count(marks.c.contribution_id.distinct()).label("things"),
        )
        .group_by(marks.c.organisation_id)
        .subquery()
    )
    shown = func.coalesce(Organisation.short_name, Organisation.name)
    rows = session.execute(
        select(
            Organisation.id.label("organisation_id"),
            Organisation.key,
            shown.label("name"),
            Organisation.municipality_code.label("code"),
            func.coalesce(Organisation.region, "").label("region"),
            per.c.kinds,
            func.coalesce(per.c.things, 0).label("things"),
        )
        .outerjoin(per, per.c.organisation_id == Organisation.id)
        .where(
            Organisation.kind == "municipality",
            Organisation.is_confirmed,
            ~Organisation.is_example | per.c.organisation_id.is_not(None),
        )
        .order_by(danish_order(shown), Organisation.id)
        .limit(MOST)
    )
    return CountryMap(tuple(_cell(row) for row in rows))


def _is_for_others() -> ColumnElement[bool]:
    return C.visibility != "own"


def _marks(actor: Actor, which: ColumnElement[bool]) -> Any:
    """(municipality, thing, kind): marks of interest, and who has a need."""
    marked: Select[Any] = (
        select(
            Interest.organisation_id,
            Interest.contribution_id,
            Interest.kind,
        )
        .join(C, C.id == Interest.contribution_id)
        .where(which, visible_to(actor), is_listed(), _is_for_others())
    )
    having = (
        select(
            NeedMunicipality.organisation_id,
            NeedMunicipality.contribution_id,
            literal("need").label("kind"),
        )
        .join(C, C.id == NeedMunicipality.contribution_id)
        .join(NeedDetails, NeedDetails.contribution_id == C.id)
        .where(
            which,
            visible_to(actor),
            is_listed(),
            _is_for_others(),
            NeedMunicipality.left_at.is_(None),
            NeedDetails.state != "dropped",
        )
    )
    return union_all(marked, having)


def _cell(row: Any) -> MapCell:
    held = set(row.kinds or ())
    return MapCell(
        organisation_id=row.organisation_id,
        key=row.key,
        name=row.name,
        code=row.code,
        region=row.region,
        size=size_of(row.code),
        tile=tile_of(row.code),
        kinds=tuple(kind for kind in KINDS if kind in held),
        things=row.things,
    )
