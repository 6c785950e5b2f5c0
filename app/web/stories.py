"""The whole story of one contribution to take along: as PDF and DOCX, and as rows for a spreadsheet."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, cast

from fastapi.responses import Response

from app.core import i18n
from app.core.made_files import MadeView, find_made
from app.core.policy import NotFound
from app.core.text import slug
from app.domain.follow_through.stories import (
    FOLDER,
    Happened,
    Story,
    find_contribution_id,
    find_story,
    list_happened,
    story_file,
)
from app.http.doors import Router
from app.http.pages import Page, prefixed
from app.http.printing import stamp_with_press
from app.http.visit import AVisit, Visit, anyone
from app.web.contributions import PATHS, path_of
from app.web.formats import send_table
from app.web.handing_out import lead_on, send_file, stop_asking
from app.web.labels import label
from app.web.report_files import Ending, FileLine

router = Router()

STORIES = "/historier"
ENDINGS: tuple[Ending, ...] = ("docx", "pdf")


def _(text: str) -> str:
    return text


COLUMNS = (
    _("Dag"),
    _("Hvad"),
    _("Nummer"),
    _("Hvem"),
    _("Ord"),
    _("Afgørelse eller status"),
    _("Tal"),
    _("Enhed"),
    _("Kilde"),
    _("Adresse"),
    _("Eksempel"),
)
WHAT = {
    "said": _("Sagt"),
    "answered": _("Besvaret"),
    "corrected": _("Svaret rettet"),
    "promised": _("Lovet"),
    "measured": _("Målt"),
    "judged": _("Gjort op"),
}


@dataclass
class ProgressPage(Page):
    template: ClassVar[str] = "stories/progress.html"
    reference: str
    file: FileLine
    back: str


@dataclass
class ProgressBlock(Page):
    template: ClassVar[str] = "meeting_reports/progress_block.html"
    file: FileLine
    back: str


@router.get(STORIES + "/{reference}.pdf", dependencies=[anyone])
def send_pdf(visit: AVisit, reference: str) -> Response:
    return _send(visit, reference, "pdf")


@router.get(STORIES + "/{reference}.docx", dependencies=[anyone])
def send_docx(visit: AVisit, reference: str) -> Response:
    return _send(visit, reference, "docx")


@router.get(STORIES + "/{reference}.csv", dependencies=[anyone])
def send_csv(visit: AVisit, reference: str) -> Response:
    """The story as everybody may read it, a row for each thing that happened, in the order of the days."""
    story = _find(visit, reference)
    say = i18n.catalogue(visit.language).gettext
    columns = [say(column) for column in COLUMNS]
    rows = (dict(zip(columns, cells, strict=True)) for cells in _list_cells(visit, story))
    name = _filename(visit, story.about.reference, "csv").removesuffix(".csv")
    return send_table(visit, "csv", name, "", [(column, column) for column in columns], rows, name)


@router.get(STORIES + "/{reference}/fil", dependencies=[anyone])
def show_progress(visit: AVisit, reference: str) -> Response:
    """How far a file is, and once it is there the way to it."""
    ending = visit.request.query_params.get("som")
    if ending not in ENDINGS:
        raise NotFound
    about = _find(visit, reference).about
    wanted = story_file(about.id, ending, visit.language)
    file = _line_of(visit, about.reference, cast(Ending, ending), find_made(visit.session, wanted))
    back = path_of(about)
    if "hx-request" in visit.request.headers:
        return stop_asking(file, visit.page(ProgressBlock(file=file, back=back)))
    page = ProgressPage(reference=about.reference, file=file, back=back)
    return lead_on(visit, file, visit.page(page))


# --- steps of the above


def _find(visit: Visit, reference: str) -> Story:
    contribution_id = find_contribution_id(visit.session, reference)
    story = find_story(visit.session, contribution_id, visit.language) if contribution_id else None
    if story is None:
        raise NotFound
    return story


def _send(visit: Visit, reference: str, ending: Ending) -> Response:
    story = _find(visit, reference)
    wanted = story_file(story.about.id, ending, visit.language)
    file = _line_of(visit, story.about.reference, ending, find_made(visit.session, wanted))
    return send_file(visit, file, wanted, stamp_with_press(story.stamp, FOLDER), is_for_all=True)


def _line_of(visit: Visit, reference: str, ending: Ending, made: MadeView | None) -> FileLine:
    base = f"{STORIES}/{reference}"
    filename = _filename(visit, reference, ending)
    return FileLine(ending, f"{base}.{ending}", f"{base}/fil?som={ending}", filename, made)


def _filename(visit: Visit, reference: str, ending: str) -> str:
    words = ["historien om", reference] + ([visit.language] if visit.language != i18n.DEFAULT else [])
    return f"{slug(' '.join(words))}.{ending}"


def _list_cells(visit: Visit, story: Story) -> Iterator[tuple[object, ...]]:
    language, say = visit.language, i18n.catalogue(visit.language).gettext
    site = visit.kit.site.base_url
    for one in list_happened(story, PATHS):
        address = site + prefixed(language, one.path) if one.path else ""
        source = " ".join(site + word if word.startswith("/") else word for word in one.source.split(" "))
        yield (
            one.day.isoformat(),
            say(WHAT[one.what]),
            one.reference,
            one.who,
            one.words,
            _word(language, one),
            one.value if one.value is None else i18n.format_number(float(one.value), language),
            one.unit,
            source,
            address,
            say(_("ja")) if one.is_example else "",
        )


def _word(language: str, one: Happened) -> str:
    if one.what == "said":
        return label(language, "contribution_kind", one.code)
    if one.what in ("answered", "corrected"):
        words = label(language, "verdict", one.code)
        return words if words != one.code else label(language, "answer_kind", one.code)
    return label(language, "commitment_status", one.code)
