"""Decks of old meetings taken over together; for staff. First a dry run, then one press of a button."""

from dataclasses import dataclass, replace
from typing import ClassVar

from fastapi.responses import Response

from app.core.policy import NotFound, Refused
from app.domain.presentations import batches
from app.domain.presentations.batches import MOST_LIST, BatchView, TakenRow
from app.domain.presentations.policy import may_add_decks
from app.http.doors import Router
from app.http.forms import Form, SentForm
from app.http.pages import Page
from app.http.sentences import add_sentences
from app.http.visit import AVisit, Visit, only
from app.web.deck_files import count_upload, megabytes, received, say_refusal

router = Router()
# Addresses that take files have room for larger bodies (see app.web.takes_files).
uploads = Router()

EXAMPLE = (
    "fil;møde;punkt;titel;sprog;adgang\r\n"
    "eksempel.pptx;10;10.30;Et eksempel på et oplæg;dansk;sekretariat\r\n"
    "eksempel-2.pdf;11;;Endnu et eksempel;engelsk;alle\r\n"
)


def _(text: str) -> str:
    return text


ROW_SENTENCES = {
    "deck_row_no_file": _("Der står intet filnavn på linjen."),
    "deck_row_missing": _("Filen ligger ikke i zip-filen. Ret navnet, eller læg filen i."),
    "deck_row_not_listed": _("Filen står ikke på listen og bliver sprunget over."),
    "deck_row_meeting": _("Vi kender ikke mødet. Skriv dets nummer eller det sidste af dets adresse."),
    "deck_row_item": _("Ét programpunkt skal passe. Skriv titlen fra programmet eller starttiden."),
    "deck_row_language": _("Sproget skal være dansk, engelsk, svensk eller norsk."),
    "deck_row_access": _("Adgang skal være alle, deltagere eller sekretariat."),
    "deck_row_title": _("Titlen kan ikke bruges. Skriv en kortere uden CPR-numre."),
    "deck_row_twice": _("Den samme fil står to gange ved mødet."),
    "deck_row_known": _("Filen er lagt op ved mødet i forvejen."),
}
add_sentences(
    ROW_SENTENCES
    | {
        "deck_batch_missing": _("Vælg en zip-fil."),
        "deck_batch_zip": _("Filen er ikke en zip-fil, som vi kan åbne. Pak filerne igen, og send den nye."),
        "deck_batch_no_list": _("Der skal være én liste (csv): læg den i zip-filen, eller vælg den for sig."),
        "deck_batch_columns": _("Listen skal have en første linje med kolonnerne »fil« og »møde«."),
        "deck_batch_too_long": _("Listen er for lang. Del den i flere med højst 1.000 linjer."),
        "notice_deck_batch_known": _("Oplæggene er allerede ved at blive lagt op."),
        "notice_deck_batch_started": _("Oplæggene bliver lagt op nu, ét ad gangen."),
        "notice_deck_batch_dropped": _("Zip-filen er slettet, og intet er lagt op."),
    }
)


@dataclass
class BatchesPage(Page):
    template: ClassVar[str] = "decks/batches.html"
    form: Form
    batches: list[BatchView]
    most_megabytes: int
    too_large: str


@dataclass(frozen=True, slots=True)
class RowView:
    """A line of the list and what is wrong with it, in words."""

    row: TakenRow
    problem: str


@dataclass
class BatchPage(Page):
    template: ClassVar[str] = "decks/batch.html"
    form: Form
    batch: BatchView
    rows: list[RowView]


@dataclass
class BatchBlock(Page):
    template: ClassVar[str] = "decks/batch_block.html"
    batch: BatchView


@uploads.get("/oplaeg/samlet", dependencies=[only(may_add_decks)])
def ask_for_batch(visit: AVisit) -> Response:
    return visit.page(_ask(visit, visit.blank()))


@uploads.post("/oplaeg/samlet", dependencies=[only(may_add_decks)])
def check_batch(visit: AVisit, form: SentForm) -> Response:
    """The dry run: nothing is put up."""
    if before := visit.done_before(form):
        return before
    count_upload(visit)
    listed = form.files.get("list")
    with received(form) as sent:
        if sent is None:
            form.refuse("file", "deck_batch_missing")
            return visit.page(_ask(visit, form), 422)
        try:
            content = listed.file.read(MOST_LIST) if listed is not None else None
            batch = batches.add_batch(
                visit.session, visit.actor, visit.kit.storage, sent.path, sent.name, content
            )
        except Refused as refusal:
            form.refuse("file" if refusal.code == "deck_batch_zip" else "list", refusal.code)
            return visit.page(_ask(visit, form), 422)
    return visit.done(form, f"/oplaeg/samlet/{batch.id}")


@router.get("/oplaeg/samlet/liste.csv", dependencies=[only(may_add_decks)])
def send_example(visit: AVisit) -> Response:
    headers = {"Content-Disposition": 'attachment; filename="oplaeg.csv"'}
    return Response(EXAMPLE.encode("utf-8-sig"), headers=headers, media_type="text/csv")


@router.get("/oplaeg/samlet/{batch_id:int}", dependencies=[only(may_add_decks)])
def show_batch(visit: AVisit, batch_id: int) -> Response:
    batch = _find(visit, batch_id)
    return visit.page(BatchPage(visit.blank(), batch, [_tell(visit, row) for row in batch.rows]))


@router.get("/oplaeg/samlet/{batch_id:int}/tilstand", dependencies=[only(may_add_decks)])
def show_batch_progress(visit: AVisit, batch_id: int) -> Response:
    """The block that tells how far it has come; asked for again and again by the page that shows it."""
    batch = _find(visit, batch_id)
    if "hx-request" not in visit.request.headers:
        return visit.go(f"/oplaeg/samlet/{batch.id}")
    response = visit.page(BatchBlock(batch))
    if batch.state != "running":
        response.headers["HX-Refresh"] = "true"
    return response


@router.post("/oplaeg/samlet/{batch_id:int}/start", dependencies=[only(may_add_decks)])
def start_batch(visit: AVisit, form: SentForm, batch_id: int) -> Response:
    if before := visit.done_before(form):
        return before
    try:
        batches.start_batch(visit.session, visit.actor, batch_id)
    except Refused:
        return visit.done(form, f"/oplaeg/samlet/{batch_id}", notice="deck_batch_known")
    return visit.done(form, f"/oplaeg/samlet/{batch_id}", notice="deck_batch_started")


@router.post("/oplaeg/samlet/{batch_id:int}/fjern", dependencies=[only(may_add_decks)])
def drop_batch(visit: AVisit, form: SentForm, batch_id: int) -> Response:
    if before := visit.done_before(form):
        return before
    try:
        batches.drop_batch(visit.session, visit.actor, batch_id)
    except Refused:
        return visit.done(form, f"/oplaeg/samlet/{batch_id}", notice="deck_batch_known")
    return visit.done(form, "/oplaeg/samlet", notice="deck_batch_dropped")


def _find(visit: Visit, batch_id: int) -> BatchView:
    batch = batches.find_batch(visit.session, visit.actor, batch_id)
    if batch is None:
        raise NotFound
    return batch


def _tell(visit: Visit, row: TakenRow) -> RowView:
    if row.state == "known":
        row = replace(row, problem="deck_row_known")
    if row.problem.startswith("file_"):
        return RowView(row, say_refusal(visit, row.problem.removeprefix("file_")))
    return RowView(row, visit.say(row.problem) if row.problem else "")


def _ask(visit: Visit, form: Form) -> BatchesPage:
    return BatchesPage(
        form,
        batches.list_batches(visit.session, visit.actor),
        megabytes(visit),
        say_refusal(visit, "too_big"),
    )
