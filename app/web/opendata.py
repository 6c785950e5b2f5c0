"""Open data: what is public, as files for programs and spreadsheets, and the catalogue of them."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Final
from xml.sax.saxutils import escape

from fastapi.responses import Response

from app.core import i18n
from app.core.policy import STRANGER, NotFound
from app.domain.contributions.queries import list_references
from app.domain.meetings.queries import list_meetings
from app.domain.organisations.queries import list_municipalities
from app.domain.pipeline.queries import list_barriers_of_projects
from app.domain.projects.queries import list_projects
from app.domain.strategies.queries import list_strategies, list_theme_choices
from app.http.doors import Router
from app.http.pages import Page
from app.http.spreadsheets import LICENCE, LICENCE_ADDRESS
from app.http.visit import AVisit, Visit, anyone
from app.web.data_catalogue import describe_catalogue
from app.web.formats import DICTIONARY, ListFile, send_open
from app.web.formats import MOST as MOST_ROWS
from app.web.labels import LABELS
from app.web.list_files import LISTS

router = Router()

MOST = 5000


# By their names in the address.
SETS: Final = {listed.open_as: listed for listed in LISTS if listed.open_as}


@dataclass
class DataPage(Page):
    template: ClassVar[str] = "opendata/show.html"
    sets: list[ListFile]
    licence: str
    licence_address: str
    most: int


@dataclass
class DictionaryPage(Page):
    """`codes`: the words of each group of codes that a column has, as (code, word)."""

    template: ClassVar[str] = "opendata/dictionary.html"
    sets: list[ListFile]
    codes: dict[str, list[tuple[str, str]]]


def _address(visit: Visit, path: str) -> str:
    return visit.kit.site.base_url + path


@router.get("/data", dependencies=[anyone])
def show_data(visit: AVisit) -> Response:
    return visit.page(
        DataPage(sets=list(SETS.values()), licence=LICENCE, licence_address=LICENCE_ADDRESS, most=MOST_ROWS)
    )


@router.get(DICTIONARY, dependencies=[anyone])
def show_dictionary(visit: AVisit) -> Response:
    """What every column means, in the reader's language, and the codes with their words."""
    groups = sorted({column.group for data in SETS.values() for column in data.columns if column.group})
    say = i18n.catalogue(visit.language).gettext
    codes = {group: [(code, say(words)) for code, words in LABELS[group].items()] for group in groups}
    return visit.page(DictionaryPage(sets=list(SETS.values()), codes=codes))


@router.get("/data/katalog.jsonld", dependencies=[anyone])
def show_catalogue(visit: AVisit) -> Response:
    """The catalogue of what can be taken (DCAT-AP 3), for those that gather catalogues."""
    body = json.dumps(describe_catalogue(visit, SETS.values()), ensure_ascii=False, indent=1).encode()
    return Response(body, media_type="application/ld+json", headers={"Cache-Control": "no-cache"})


@router.get("/data/{name}.csv", dependencies=[anyone])
def download_csv(visit: AVisit, name: str) -> Response:
    return send_open(visit, _find(name), "csv")


@router.get("/data/{name}.xlsx", dependencies=[anyone])
def download_xlsx(visit: AVisit, name: str) -> Response:
    return send_open(visit, _find(name), "xlsx")


@router.get("/data/{name}.json", dependencies=[anyone])
def download_json(visit: AVisit, name: str) -> Response:
    return send_open(visit, _find(name), "json")


def _find(name: str) -> ListFile:
    if name not in SETS:
        raise NotFound
    return SETS[name]


FIXED = (
    "/",
    "/moeder",
    "/oensker",
    "/ideer",
    "/temaer",
    "/kommuner",
    "/organisationer",
    "/projekter",
    "/oplaeg",
    "/evaluering",
    "/om",
    "/data",
    "/data/felter",
    "/api",
)


def list_addresses(visit: Visit) -> Iterable[str]:
    """The paths that a stranger may read and that last."""
    yield from FIXED
    for meeting in list_meetings(visit.session, STRANGER):
        yield f"/moeder/{meeting.key}"
    for strategy in list_strategies(visit.session, STRANGER):
        yield f"/temaer/{strategy.key}"
    for choices in list_theme_choices(visit.session):
        yield from (theme.path for theme in choices.themes)
    for municipality in list_municipalities(visit.session):
        yield f"/kommuner/{municipality.key}"
    barriers = list_barriers_of_projects(visit.session, STRANGER)
    for project in list_projects(visit.session, STRANGER, barriers):
        yield f"/projekter/{project.key}"
    folders = {"wish": "oensker", "idea": "ideer", "card": "indspil"}
    for kind, reference in list_references(visit.session, STRANGER, tuple(folders), MOST):
        yield f"/{folders[kind]}/{reference}"


@router.get("/sitemap.xml", dependencies=[anyone])
def show_sitemap(visit: AVisit) -> Response:
    """The addresses for search engines; no personal pages, nothing hidden."""
    lines = [f"<url><loc>{escape(_address(visit, path))}</loc></url>" for path in list_addresses(visit)]
    head = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
    )
    return Response("\n".join([head, *lines, "</urlset>\n"]), media_type="application/xml; charset=utf-8")
