"""Tables that are taken in: a dry run row by row, words for themes, one press of a button; for staff."""

from contextlib import ExitStack
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, ClassVar

from fastapi.responses import Response
from starlette.datastructures import UploadFile

from app.core import i18n
from app.core.policy import NotFound, Refused
from app.domain.imports.columns import COLUMNS, KINDS, NEEDED, Kind, heading_of, headings_of
from app.domain.imports.policy import may_import
from app.domain.imports.queries import (
    FILES_PER_PAGE,
    PER_PAGE,
    ImportView,
    RowView,
    count_imports,
    find_import,
    list_imports,
    list_rows,
    list_unknown_words,
)
from app.domain.imports.service import add_import, drop_import, set_theme_words, start_import
from app.domain.strategies.queries import StrategyChoices, list_theme_choices
from app.http.doors import Router
from app.http.forms import Form, SentForm
from app.http.pages import Page
from app.http.sentences import add_sentences
from app.http.spreadsheets import csv_response
from app.http.visit import AVisit, Visit, only
from app.web.deck_files import count_upload, megabytes, say_refusal
from app.web.filters import count_pages, page_number
from app.web.labels import label

router = Router()
# Addresses that take files have room for larger bodies (see app.web.takes_files).
uploads = Router()

STATES = ("new", "changed", "unchanged", "theme", "refused", "added", "edited")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# A row that shows how each column is written; the templates hold it beside the names of the columns.
EXAMPLES: dict[Kind, dict[str, str]] = {
    "meeting": {
        "number": "8",
        "title": "Et eksempel på et møde",
        "date": "2019-11-05",
        "date_certainty": "sikker",
        "starts": "9.30",
        "ends": "15.00",
        "format": "fysisk",
        "topics": "Data; Udbud",
        "participants": "80",
    },
    "programme": {
        "meeting": "8",
        "title": "Data på tværs",
        "kind": "oplæg",
        "starts": "9.45",
        "ends": "10.30",
        "person": "Et Eksempel",
        "person_title": "kontorchef",
        "organisation": "Eksempelby Kommune",
        "role": "oplægsholder",
        "is_former": "nej",
        "file": "data.pptx",
        "language": "dansk",
        "access": "alle",
    },
    "person": {
        "meeting": "8",
        "item": "Data på tværs",
        "person": "Et Andet Eksempel",
        "person_title": "direktør",
        "organisation": "Eksempelfirmaet",
        "role": "ordstyrer",
    },
    "contribution": {
        "kind": "ønske",
        "meeting": "8",
        "item": "Data på tværs",
        "text": "Vi ønsker åbne snitflader.",
        "themes": "Data; Infrastruktur",
        "organisation": "Eksempelfirmaet",
    },
    "commitment": {
        "title": "Et eksempel på en forpligtelse",
        "text": "Hvad der blev lovet.",
        "organisation": "KL",
        "meeting": "8",
        "deadline": "2021-12-31",
    },
    "measurement": {
        "commitment": "F-0001",
        "indicator": "Andel",
        "date": "2020-06-01",
        "value": "12,5",
        "source": "Egen optælling",
    },
    "deck": {
        "file": "data.pptx",
        "meeting": "8",
        "item": "Data på tværs",
        "language": "dansk",
        "access": "alle",
    },
}


def _(text: str) -> str:
    return text


add_sentences(
    {
        "import_missing": _("Vælg en fil: csv, xlsx eller zip."),
        "import_empty": _("Filen er tom."),
        "import_no_rows": _("Der er ingen rækker i filen under kolonnernes navne."),
        "import_no_table": _(
            "Filen kan ikke læses som en tabel. Gem den som csv eller xlsx, og send den igen."
        ),
        "import_too_large": _("Filen er for stor. Del den i flere."),
        "import_too_many_rows": _("Der er for mange rækker. Del filen i flere med højst {most} rækker."),
        "import_too_many_tables": _("Der er for mange tabeller i zip-filen. Send højst {most} ad gangen."),
        "import_columns": _(
            "Vi kender ikke kolonnerne. Brug navnene fra en af skabelonerne i filens første linje. {sheet}"
        ),
        "import_zip": _("Filen er ikke en zip-fil, som vi kan åbne. Pak filerne igen, og send den nye."),
        "import_started": _("Filen er allerede ved at blive læst ind."),
        "import_row_kind": _("Skriv, hvilken tabel rækken hører til: møde, program, indspil …"),
        "import_row_missing": _("Cellen skal udfyldes."),
        "import_row_word": _("Vi kender ikke ordet »{written}« her."),
        "import_row_meeting": _(
            "Vi kender ikke mødet »{written}«. Skriv nummeret, eller tag mødet med i filen."
        ),
        "import_row_item": _(
            "Ét programpunkt skal passe på »{written}«. Skriv titlen fra programmet eller starttiden."
        ),
        "import_row_organisation": _(
            "Vi kender ikke organisationen »{written}«. Opret den, eller ret navnet."
        ),
        "import_row_theme": _("Vi kender ikke temaet »{written}«."),
        "import_row_day": _("Skriv en dato, eller hvilket møde det blev sagt på."),
        "import_row_said_nowhere": _(
            "Det, der ikke er sagt på et møde, kan ikke blive til en kladde. Skriv mødet, eller send filen "
            "igen med kryds i, at det skal vises for alle."
        ),
        "import_row_twice": _("Det samme står to gange i filen."),
        "import_row_words": _(
            "Indspillet står her med andre ord. Det, nogen har sagt, bliver ikke ændret af en fil."
        ),
        "import_row_verdict": _("Et udfald skal have både årsag og læring."),
        "import_row_indicator": _(
            "En indikator skal have enhed, udgangspunkt og mål med datoer, og målet skal ligge efter "
            "udgangspunktet."
        ),
        "import_row_published": _(
            "Forpligtelser med udfald eller indikator skal vises for alle. Send filen igen med kryds i det."
        ),
        "import_row_commitment": _(
            "Vi kender ikke forpligtelsen »{written}«. Skriv dens nummer eller titel."
        ),
        "import_row_no_indicator": _("Én indikator skal passe. Skriv dens navn."),
        "import_row_no_slides": _("Send zip-filen med oplæggene sammen med tabellen."),
        "import_row_old_address": _("Skriv en adresse eller det, der står efter domænet, med / først."),
        "import_remark_organisation": _(
            "»{written}« er ikke oprettet som organisation og bliver stående som tekst."
        ),
        "import_remark_draft": _("Programmet er udgivet: ændringen venter som kladde på mødets side."),
        "notice_import_started": _("Filen bliver læst ind nu, én række ad gangen."),
        "notice_import_dropped": _("Filen er slettet, og intet er læst ind."),
        "notice_import_known": _("Filen er allerede ved at blive læst ind."),
        "notice_import_themes": _("Ordene er gemt, og filen er set igennem igen."),
    }
)


@dataclass
class ImportsPage(Page):
    template: ClassVar[str] = "imports/list.html"
    form: Form
    imports: list[ImportView]
    page: int
    pages: int
    columns: list[tuple[Kind, list[tuple[str, bool]]]]
    most_megabytes: int
    too_large: str


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A row with its sentences. `changes`: the column, what stands there, and what will."""

    row: RowView
    problems: list[tuple[str, str]]
    remarks: list[str]
    changes: list[tuple[str, str, str]]


@dataclass
class ImportPage(Page):
    template: ClassVar[str] = "imports/show.html"
    form: Form
    taken: ImportView
    rows: list[ShownRow]
    state: str
    states: list[str]
    page: int
    pages: int
    words: dict[str, int]
    themes: list[StrategyChoices]


@dataclass
class ImportBlock(Page):
    template: ClassVar[str] = "imports/progress.html"
    taken: ImportView


@uploads.get("/import", dependencies=[only(may_import)])
def show_imports(visit: AVisit) -> Response:
    return visit.page(_ask(visit, visit.blank()))


@uploads.post("/import", dependencies=[only(may_import)])
def check_import(visit: AVisit, form: SentForm) -> Response:
    """The dry run: nothing is taken in."""
    if before := visit.done_before(form):
        return before
    count_upload(visit)
    sent, slides = form.files.get("file"), form.files.get("slides")
    if sent is None:
        form.refuse("file", "import_missing")
        return visit.page(_ask(visit, form), 422)
    with ExitStack() as opened:
        folder = Path(opened.enter_context(TemporaryDirectory(prefix="dialogforum-import-")))
        try:
            taken = add_import(
                visit.session,
                visit.actor,
                visit.kit.storage,
                _save(sent, folder / "tables"),
                sent.filename or "",
                (_save(slides, folder / "slides.zip"), slides.filename or "") if slides else None,
                form.value("publishes") == "1",
            )
        except Refused as refusal:
            form.refuse(_place_of(refusal), refusal.code, **{"sheet": ""} | refusal.values)
            return visit.page(_ask(visit, form), 422)
    return visit.done(form, f"/import/{taken.id}")


def _save(sent: UploadFile, path: Path) -> Path:
    with path.open("wb") as file:
        while piece := sent.file.read(1 << 20):
            file.write(piece)
    return path


def _place_of(refusal: Refused) -> str:
    return "slides" if refusal.code.startswith("deck_batch_") else "file"


@router.get("/import/skabelon.xlsx", dependencies=[only(may_import)])
def send_workbook(visit: AVisit) -> Response:
    """All tables as sheets of one workbook, each with an example."""
    # Read here: with what it reads in turn it takes 25 MB of every process that serves pages.
    from openpyxl import Workbook
    from openpyxl.styles import Font

    book = Workbook()
    every_table = i18n.catalogue(visit.language).gettext(_("Alle tabeller i ét regneark"))
    book.properties.title = f"{visit.kit.site.site_name}: {every_table}"
    book.remove(book.worksheets[0])
    for kind in KINDS:
        sheet = book.create_sheet(visit_label(visit, kind))
        sheet.append(headings_of(kind))
        sheet.append([EXAMPLES[kind].get(field, "") for field in COLUMNS[kind]])
        sheet.freeze_panes = "A2"
        for column, cell in zip(sheet.columns, sheet[1], strict=True):
            cell.font = Font(bold=True)
            sheet.column_dimensions[column[0].column_letter].width = 20
    content = BytesIO()
    book.save(content)
    headers = {"Content-Disposition": 'attachment; filename="dialogforum-skabelon.xlsx"'}
    return Response(content.getvalue(), media_type=XLSX, headers=headers)


def visit_label(visit: Visit, kind: Kind) -> str:
    # Always in Danish: the names of sheets are read back.
    return label("da", "import_kind", kind)


@router.get("/import/skabelon/{kind}.csv", dependencies=[only(may_import)])
def send_template(visit: AVisit, kind: str) -> Response:
    found = next((one for one in KINDS if one == kind), None)
    if found is None:
        raise NotFound
    names = headings_of(found)
    row = dict(zip(names, (EXAMPLES[found].get(field, "") for field in COLUMNS[found]), strict=True))
    return csv_response(f"{visit_label(visit, found).lower()}.csv", names, [row])


@router.get("/import/{import_id:int}", dependencies=[only(may_import)])
def show_import(visit: AVisit, import_id: int) -> Response:
    return visit.page(_show(visit, import_id, visit.blank()))


@router.get("/import/{import_id:int}/tilstand", dependencies=[only(may_import)])
def show_import_progress(visit: AVisit, import_id: int) -> Response:
    """The block that tells how far it has come; asked for again and again by the page that shows it."""
    taken = _find(visit, import_id)
    if "hx-request" not in visit.request.headers:
        return visit.go(f"/import/{taken.id}")
    response = visit.page(ImportBlock(taken))
    if taken.state != "running":
        response.headers["HX-Refresh"] = "true"
    return response


@router.post("/import/{import_id:int}/temaer", dependencies=[only(may_import)])
def map_themes(visit: AVisit, form: SentForm, import_id: int) -> Response:
    if before := visit.done_before(form):
        return before
    chosen = zip(form.values("word"), form.values("theme"), strict=False)
    words = {word[:200]: _theme_id(theme) for word, theme in chosen if theme and word.strip()}
    try:
        set_theme_words(visit.session, visit.actor, visit.kit.storage, import_id, words)
    except Refused as refusal:
        form.refuse("form", refusal.code, **{"sheet": ""} | refusal.values)
        return visit.page(_show(visit, import_id, form), 409)
    return visit.done(form, f"/import/{import_id}", notice="import_themes")


def _theme_id(chosen: str) -> int | None:
    """A theme; »none« and all else means none of ours."""
    return int(chosen) if chosen.isascii() and chosen.isdigit() and len(chosen) <= 18 else None


@router.post("/import/{import_id:int}/start", dependencies=[only(may_import)])
def start(visit: AVisit, form: SentForm, import_id: int) -> Response:
    if before := visit.done_before(form):
        return before
    try:
        start_import(visit.session, visit.actor, import_id)
    except Refused:
        return visit.done(form, f"/import/{import_id}", notice="import_known")
    return visit.done(form, f"/import/{import_id}", notice="import_started")


@router.post("/import/{import_id:int}/fjern", dependencies=[only(may_import)])
def drop(visit: AVisit, form: SentForm, import_id: int) -> Response:
    if before := visit.done_before(form):
        return before
    try:
        drop_import(visit.session, visit.actor, import_id)
    except Refused:
        return visit.done(form, f"/import/{import_id}", notice="import_known")
    return visit.done(form, "/import", notice="import_dropped")


# --- what the pages hold


def _ask(visit: Visit, form: Form) -> ImportsPage:
    columns: list[tuple[Kind, list[tuple[str, bool]]]] = [
        (kind, [(heading_of(kind, field), field in NEEDED[kind]) for field in COLUMNS[kind]])
        for kind in KINDS
    ]
    pages = count_pages(count_imports(visit.session, visit.actor), FILES_PER_PAGE)
    page = page_number(visit, pages)
    return ImportsPage(
        form,
        list_imports(visit.session, visit.actor, page),
        page,
        pages,
        columns,
        megabytes(visit),
        say_refusal(visit, "too_big"),
    )


def _find(visit: Visit, import_id: int) -> ImportView:
    taken = find_import(visit.session, visit.actor, import_id)
    if taken is None:
        raise NotFound
    return taken


def _show(visit: Visit, import_id: int, form: Form) -> ImportPage:
    taken = _find(visit, import_id)
    query = visit.request.query_params
    state = query.get("tilstand", "")
    state = state if state in taken.counts else ""
    count = taken.count(state) if state else taken.total
    pages = max(1, -(-count // PER_PAGE))
    asked = query.get("side", "1")
    page = min(max(int(asked), 1), pages) if asked.isascii() and asked.isdigit() and len(asked) < 6 else 1
    rows = list_rows(visit.session, visit.actor, import_id, state, page)
    words = list_unknown_words(visit.session, visit.actor, import_id) if taken.state == "checked" else {}
    return ImportPage(
        form,
        taken,
        [_tell(visit, row) for row in rows],
        state,
        [one for one in STATES if taken.count(one)],
        page,
        pages,
        words,
        list_theme_choices(visit.session) if words else [],
    )


def _tell(visit: Visit, row: RowView) -> ShownRow:
    return ShownRow(
        row,
        [(_column(row, one), _say(visit, one)) for one in row.problems],
        [_say(visit, one) for one in row.remarks],
        [(heading_of(row.kind, one[0]), one[1], one[2]) for one in row.changes],
    )


def _column(row: RowView, told: dict[str, Any]) -> str:
    return heading_of(row.kind, told["column"]) if told["column"] else ""


def _say(visit: Visit, told: dict[str, Any]) -> str:
    code = told["code"]
    if code.startswith("file_"):
        return say_refusal(visit, code.removeprefix("file_"))
    values: dict[str, object] = {
        name: value for name, value in told.items() if name not in ("code", "column")
    }
    return visit.say(code, **values)
