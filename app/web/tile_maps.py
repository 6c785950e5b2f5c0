"""The map of the 98 municipalities as it is drawn: where each cell stands, and what narrows it."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from app.core.text import slug
from app.domain.contributions.on_the_map import KINDS, CountryMap, MapCell, MapGroup, find_map
from app.domain.organisations.sizes import Size
from app.domain.organisations.tiles import Tile
from app.http.pages import prefixed
from app.http.visit import Visit
from app.web.filters import Menu, address, chosen

SIZES: Final[dict[str, Size]] = {"lille": "small", "mellem": "middle", "stor": "large", "storby": "city"}
KIND_WORDS: Final = {"behov": "need", "afproever": "pilot", "medfinansierer": "co_fund", "loest": "solved"}


@dataclass(frozen=True, slots=True)
class DrawnTile:
    """A cell where it stands. `kind`: how it is drawn, None where nothing is to be seen; `is_in`: whether the
    filters have it."""

    cell: MapCell
    tile: Tile
    kind: str | None
    is_in: bool


@dataclass(frozen=True, slots=True)
class DrawnRegion:
    """The cells of a region, by name. It stands alone on a narrow screen: `left` columns and `above` rows of
    the country are not part of it."""

    name: str
    left: int
    above: int
    tiles: tuple[DrawnTile, ...]
    is_in: bool


@dataclass(frozen=True, slots=True)
class TileMap:
    """`beside`: what has no place among the 98, examples above all, with its kind. `kinds`: those that are
    drawn."""

    regions: tuple[DrawnRegion, ...]
    beside: tuple[tuple[MapCell, str], ...]
    kinds: tuple[str, ...]

    @property
    def interested(self) -> int:
        """How many cells, and others beside the map, are drawn as interested."""
        return sum(one.kind is not None for region in self.regions for one in region.tiles) + len(self.beside)


@dataclass(frozen=True, slots=True)
class MapChoice:
    """What of the map is looked at. `active`: (menu, code, address without it) of each filter in
    use."""

    region: str | None
    size: Size | None
    kind: str | None
    menus: list[Menu]
    active: list[tuple[str, str, str]]
    keep: list[tuple[str, str]]

    def has(self, cell: MapCell) -> bool:
        """Whether the municipality is of the region and the size."""
        return self.region in (None, cell.region) and self.size in (None, cell.size)

    def shows(self, cell: MapCell) -> bool:
        """Whether it has an interest of the kind besides, or any."""
        return self.has(cell) and bool(cell.kinds) and self.kind in (None, *cell.kinds)


@dataclass(frozen=True, slots=True)
class ShownMap:
    """The map with its table. `rows`: the municipalities that the filters leave, by name; `by_region` and
    `by_size` count all."""

    drawn: TileMap
    choice: MapChoice
    rows: list[MapCell]
    by_kind: dict[str, int]
    by_region: tuple[MapGroup, ...]
    by_size: tuple[MapGroup, ...]
    total: int


def draw(
    found: CountryMap, is_in: Callable[[MapCell], bool] | None = None, kind: str | None = None
) -> TileMap:
    """`is_in`: which cells the filters have, all where there are none; `kind`: the only one that is drawn."""
    held: dict[str, list[DrawnTile]] = {}
    beside: list[tuple[MapCell, str]] = []
    kinds: set[str] = set()
    for cell in found.cells:
        is_kept = is_in is None or is_in(cell)
        seen = _seen(cell, kind) if is_kept else None
        if seen:
            kinds.add(seen)
        if cell.tile is not None:
            held.setdefault(cell.region, []).append(DrawnTile(cell, cell.tile, seen, is_kept))
        elif seen:
            beside.append((cell, seen))
    return TileMap(
        regions=tuple(_draw_region(name, tiles) for name, tiles in sorted(held.items(), key=_north_first)),
        beside=tuple(beside),
        kinds=tuple(one for one in KINDS if one in kinds),
    )


def _seen(cell: MapCell, kind: str | None) -> str | None:
    if kind is None:
        return cell.kind
    return kind if kind in cell.kinds else None


def _north_first(held: tuple[str, list[DrawnTile]]) -> tuple[int, int]:
    return min(one.tile.column for one in held[1]) // 9, min(one.tile.row for one in held[1])


def _draw_region(name: str, tiles: Iterable[DrawnTile]) -> DrawnRegion:
    drawn = tuple(tiles)
    return DrawnRegion(
        name=name,
        left=min(one.tile.column for one in drawn) - 1,
        above=min(one.tile.row for one in drawn) - 1,
        tiles=drawn,
        is_in=any(one.is_in for one in drawn),
    )


def find_tile_map(visit: Visit, contribution_id: int) -> TileMap:
    """Who is interested in one thing, for its own page. One statement."""
    return draw(find_map(visit.session, visit.actor, contribution_id))


def read_choice(
    visit: Visit, path: str, found: CountryMap, listed: Sequence[MapCell] | None = None, **keep: str
) -> MapChoice:
    """The filters of the address; `path` without language, `keep` what else stands in it. `listed`: which
    cells the page lists where nothing narrows it, those with an interest if nothing is said. The number of a
    choice is how many would be listed with it, the other filters being as they are. A kind of interest that
    nobody has is not offered."""
    regions = {slug(one.name.removeprefix("Region ")): one.name for one in found.by_region if one.name}
    region, size = chosen(visit, "region", regions), chosen(visit, "stoerrelse", SIZES)
    kind = chosen(visit, "interesse", KIND_WORDS)
    words = {
        "region": next((word for word, name in regions.items() if name == region), ""),
        "stoerrelse": next((word for word, code in SIZES.items() if code == size), ""),
        "interesse": next((word for word, code in KIND_WORDS.items() if code == kind), ""),
    }
    among = found.interested if listed is None else listed
    fits: dict[str, Callable[[MapCell], bool]] = {
        "region": lambda cell: region in (None, cell.region),
        "stoerrelse": lambda cell: size in (None, cell.size),
        "interesse": lambda cell: kind in (None, *cell.kinds),
    }
    coded: dict[str, Callable[[MapCell], Iterable[str | None]]] = {
        "region": lambda cell: (cell.region,),
        "stoerrelse": lambda cell: (cell.size,),
        "interesse": lambda cell: cell.kinds,
    }
    counts = {
        name: Counter(
            code
            for cell in among
            if all(fit(cell) for other, fit in fits.items() if other != name)
            for code in codes(cell)
        )
        for name, codes in coded.items()
    }
    choices: dict[str, Mapping[str, str]] = {
        "region": regions,
        "stoerrelse": SIZES,
        "interesse": {
            word: code for word, code in KIND_WORDS.items() if code in found.by_kind or code == kind
        },
    }
    taken = {"region": region, "stoerrelse": size, "interesse": kind}
    base = prefixed(visit.language, path)
    return MapChoice(
        region,
        size,
        kind,
        menus=[
            Menu(name, words[name], [(word, code, counts[name][code]) for word, code in held.items()])
            for name, held in choices.items()
        ],
        active=[
            (name, code, address(base, **(keep | words | {name: ""}))) for name, code in taken.items() if code
        ],
        keep=list(keep.items()),
    )


def show(found: CountryMap, choice: MapChoice) -> ShownMap:
    return ShownMap(
        drawn=draw(found, choice.has, choice.kind),
        choice=choice,
        rows=[cell for cell in found.cells if choice.shows(cell)],
        by_kind=found.by_kind,
        by_region=found.by_region,
        by_size=found.by_size,
        total=len(found.cells),
    )
