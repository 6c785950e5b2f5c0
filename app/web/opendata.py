"""Open data: what is public, as files for programs and spreadsheets."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, ClassVar
from xml.sax.saxutils import escape

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response

from app.core.policy import STRANGER, NotFound
from app.domain.contributions.queries import list_newest
from app.domain.meetings.queries import list_meetings
from app.domain.organisations.queries import list_municipalities
from app.domain.pipeline.queries import list_barriers_of_projects
from app.domain.projects.queries import list_projects
from app.domain.strategies.queries import list_strategies, list_theme_choices
from app.http.pages import Page
from app.http.spreadsheets import LICENCE, csv_response
from app.http.visit import AVisit, Visit, anyone

router = APIRouter()

MOST = 5000
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class DataSet:
    """One file. `rows` are read as a stranger would read them, whoever asks."""

    name: str
    columns: tuple[str, ...]
    rows: Callable[[Visit], Iterable[Row]]


@dataclass
class DataPage(Page):
    template: ClassVar[str] = "duties/data.html"
    sets: list[DataSet]
    licence: str


def _address(visit: Visit, path: str) -> str:
    return visit.kit.site.base_url + path


def read_meetings(visit: Visit) -> Iterable[Row]:
    for meeting in list_meetings(visit.session, STRANGER):
        yield {
            "address": _address(visit, f"/moeder/{meeting.key}"),
            "number": meeting.number,
            "title": meeting.title,
            "date": meeting.held_on.isoformat(),
            "date_certainty": meeting.date_certainty,
            "format": meeting.format,
            "status": meeting.shown_status,
            "topics": "; ".join(meeting.topics),
            "is_example": meeting.is_example,
        }


def read_contributions(visit: Visit) -> Iterable[Row]:
    for said in list_newest(visit.session, STRANGER, ("wish", "idea", "card"), MOST):
        yield {
            "reference": said.reference,
            "kind": said.kind,
            "title": said.title,
            "text": said.body,
            "language": said.language,
            "aspect": said.aspect,
            "themes": "; ".join(f"{theme.strategy_key}/{theme.key}" for theme in said.themes),
            "on_behalf_of": said.on_behalf_of,
            "meeting": said.meeting_key,
            "received": said.received_at.date().isoformat(),
            "answer_by": said.answer_by.isoformat() if said.answer_by else None,
            "status": said.status,
            "is_example": said.is_example,
        }


def read_themes(visit: Visit) -> Iterable[Row]:
    for strategy in list_theme_choices(visit.session):
        for theme in strategy.themes:
            yield {
                "address": _address(visit, theme.path),
                "strategy": strategy.title,
                "from": theme.period_from,
                "to": theme.period_to,
                "theme": theme.name,
                "theme_en": theme.name_en,
            }


def read_municipalities(visit: Visit) -> Iterable[Row]:
    for municipality in list_municipalities(visit.session):
        yield {
            "address": _address(visit, f"/kommuner/{municipality.key}"),
            "code": municipality.municipality_code,
            "name": municipality.name,
            "region": municipality.region,
        }


def read_projects(visit: Visit) -> Iterable[Row]:
    barriers = list_barriers_of_projects(visit.session, STRANGER)
    for project in list_projects(visit.session, STRANGER, barriers):
        yield {
            "address": _address(visit, f"/projekter/{project.key}"),
            "title": project.title,
            "authority": project.authority_name,
            "field": project.field,
            "round": project.round_year,
            "million_dkk": float(project.amount_dkk_million) if project.amount_dkk_million else None,
            "barriers": "; ".join(project.barriers),
        }


SETS = {
    "moeder": DataSet(
        "moeder",
        ("address", "number", "title", "date", "date_certainty", "format", "status", "topics", "is_example"),
        read_meetings,
    ),
    "indspil": DataSet(
        "indspil",
        (
            "reference", "kind", "title", "text", "language", "aspect", "themes", "on_behalf_of", "meeting",
            "received", "answer_by", "status", "is_example",
        ),
        read_contributions,
    ),
    "temaer": DataSet("temaer", ("address", "strategy", "from", "to", "theme", "theme_en"), read_themes),
    "kommuner": DataSet("kommuner", ("address", "code", "name", "region"), read_municipalities),
    "projekter": DataSet(
        "projekter",
        ("address", "title", "authority", "field", "round", "million_dkk", "barriers"),
        read_projects,
    ),
}  # fmt: skip


@router.get("/data", dependencies=[anyone])
def show_data(visit: AVisit) -> Response:
    return visit.page(DataPage(sets=list(SETS.values()), licence=LICENCE))


@router.get("/data/{name}.csv", dependencies=[anyone])
def download_csv(visit: AVisit, name: str) -> Response:
    data = SETS.get(name)
    if data is None:
        raise NotFound
    return csv_response(f"dialogforum-{data.name}.csv", data.columns, data.rows(visit))


@router.get("/data/{name}.json", dependencies=[anyone])
def download_json(visit: AVisit, name: str) -> Response:
    data = SETS.get(name)
    if data is None:
        raise NotFound
    rows = list(data.rows(visit))
    return JSONResponse({"licence": LICENCE, "source": visit.kit.site.base_url, "rows": rows})


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
    for said in list_newest(visit.session, STRANGER, tuple(folders), MOST):
        yield f"/{folders[said.kind]}/{said.reference}"


@router.get("/sitemap.xml", dependencies=[anyone])
def show_sitemap(visit: AVisit) -> Response:
    """The addresses for search engines; no personal pages, nothing hidden."""
    lines = [f"<url><loc>{escape(_address(visit, path))}</loc></url>" for path in list_addresses(visit)]
    head = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
    )
    return Response("\n".join([head, *lines, "</urlset>\n"]), media_type="application/xml")
