"""The log of who was met: reading it, noting a meeting with what was handed out, putting it right."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, ClassVar

from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.core import i18n
from app.core.clock import today
from app.core.policy import NotFound, Refused
from app.core.text import LongProse, RequiredLine, ShortLine
from app.domain.answering.inbox import list_colleagues
from app.domain.contributions.queries import find_contribution
from app.domain.contributions.schemas import Id
from app.domain.ledger.choices import find_named, list_met, list_names, name_all
from app.domain.ledger.policy import may_keep_ledger
from app.domain.ledger.queries import (
    PER_PAGE,
    EntryView,
    Filters,
    Listing,
    RequestView,
    find_entry,
    find_request,
    list_entries,
    list_tender_names,
    list_waiting_requests,
)
from app.domain.ledger.schemas import (
    CorrectionInput,
    DeclineInput,
    EntryInput,
    HandoutInput,
    How,
    Ids,
    Reason,
)
from app.domain.ledger.service import correct_entry, decline_correction, keep_file, note_meeting
from app.domain.meetings.queries import MeetingCard, list_meetings
from app.domain.presentations.service import check_file
from app.http.doors import Router
from app.http.forms import Form, SentForm
from app.http.pages import Page
from app.http.visit import AVisit, Visit, only
from app.web import filters
from app.web.deck_files import Sent, count_upload, limits_of, megabytes, received, refuse_file, say_refusal
from app.web.ledger import OWN, Waiting, count_waiting
from app.web.ledger_words import take_refusal

router = Router()
# Addresses that take files have room for larger bodies (see app.web.takes_files).
uploads = Router()

LOG = "/ligebehandling/log"
REQUESTS = "/ligebehandling/rettelser"
ROWS = ("a", "b", "c")  # of what was handed out, as the form has them
PLACES = 4  # for those who were met
FIRST_YEAR = 2014


def _(text: str) -> str:
    return text


# --- reading


@dataclass(frozen=True, slots=True)
class Menu:
    """One menu of a filter bar; options are (value, words, count), and `unlisted` how many more there are."""

    name: str
    label: str
    chosen: str
    options: list[tuple[str, str, int | None]]
    unlisted: int = 0


@dataclass
class LogPage(Page):
    template: ClassVar[str] = "ledger/log.html"
    listing: Listing
    groups: list[Menu]
    active: list[tuple[str, str]]
    address: str
    waiting: Waiting


Narrowed = tuple[dict[str, int], list[Menu], list[tuple[str, str]]]


def narrow_by(visit: Visit, path: str, *, with_years: bool = False) -> Narrowed:
    """What a list is narrowed to: the numbers, the menus, and the filters in use, each with the address
    without it."""
    session, actor = visit.session, visit.actor
    say = i18n.catalogue(visit.language).gettext
    tenders, other_tenders = list_tender_names(
        session, actor, besides=filters.whole_number(filters.typed(visit, "udbud"))
    )
    met, others_met = list_met(session, filters.whole_number(filters.typed(visit, "organisation")))
    menus = [
        ("udbud", say(_("Udbud")), tenders, other_tenders),
        ("organisation", say(_("Organisation")), met, others_met),
    ]
    if with_years:
        years = range(today().year, FIRST_YEAR - 1, -1)
        menus.append(("aar", say(_("År")), [(year, str(year)) for year in years], 0))
    chosen: dict[str, int] = {}
    for name, _words, options, _unlisted in menus:
        number = filters.whole_number(filters.typed(visit, name))
        if number is not None and number in dict(options):
            chosen[name] = number
    groups = [
        Menu(
            name,
            words,
            str(chosen.get(name, "")),
            [(str(number), text, None) for number, text in options],
            unlisted,
        )
        for name, words, options, unlisted in menus
        if options
    ]
    active = []
    for name, _words, options, _unlisted in menus:
        if name in chosen:
            others = {other: number for other, number in chosen.items() if other != name}
            active.append((dict(options)[chosen[name]], filters.address(path, **others)))
    return chosen, groups, active


@router.get(LOG, dependencies=[only(may_keep_ledger)])
def show_log(visit: AVisit) -> Response:
    chosen, groups, active = narrow_by(visit, LOG, with_years=True)
    asked = Filters(
        tender_id=chosen.get("udbud"), organisation_id=chosen.get("organisation"), year=chosen.get("aar")
    )
    page = filters.whole_number(filters.typed(visit, "side"), 6) or 1
    listing = list_entries(visit.session, visit.actor, asked, page)
    return visit.page(
        LogPage(listing, groups, active, filters.address_of_page(LOG, **chosen), count_waiting(visit))
    )


# --- noting


class EntryFields(BaseModel):
    """What the form asks for, besides what was handed out."""

    model_config = ConfigDict(extra="forbid")

    happened_on: date
    how: How
    subject: RequiredLine
    text: LongProse = ""
    organisations: Annotated[list[ShortLine], Field(max_length=50)]
    staff_ids: Annotated[Ids, Field(min_length=1)] = []
    tender_id: Id | None = None
    meeting_id: Id | None = None
    reference: Annotated[ShortLine, StringConstraints(max_length=20)] = ""


class CorrectionFields(BaseModel):
    """An entry as it should stand."""

    model_config = ConfigDict(extra="forbid")

    happened_on: date
    how: How
    subject: RequiredLine
    text: LongProse = ""
    organisations: Annotated[list[ShortLine], Field(max_length=50)]
    reason: Reason
    number: int


@dataclass
class NotePage(Page):
    """`names`: proposed for those who were met; `rows`: of what was handed out; `tenders_unlisted`: how many
    more there are than the menu holds."""

    template: ClassVar[str] = "ledger/note.html"
    form: Form
    names: list[str]
    colleagues: list[tuple[int, str]]
    tenders: list[tuple[int, str]]
    tenders_unlisted: int
    meetings: list[MeetingCard]
    most_megabytes: int
    too_large: str
    today: str
    rows: tuple[str, ...] = ROWS
    places: int = PLACES


@dataclass
class CorrectPage(Page):
    """`request`: who asked for it, where somebody did. `theirs`: the entry as a colleague has put it right in
    the meantime."""

    template: ClassVar[str] = "ledger/correct.html"
    form: Form
    entry: EntryView
    request: RequestView | None
    names: list[str]
    action: str
    theirs: EntryView | None = None
    places: int = PLACES


@uploads.get("/ligebehandling/log/nyt", dependencies=[only(may_keep_ledger)])
def ask_for_entry(visit: AVisit) -> Response:
    """The form, filled with what the address names: a tender, a meeting, a contribution, an organisation."""
    number = filters.whole_number(filters.typed(visit, "organisation"))
    named = name_all(visit.session, [number] if number is not None else [])
    form = visit.blank(
        happened_on=today().isoformat(),
        how="meeting",
        tender_id=filters.whole_number(filters.typed(visit, "udbud")),
        meeting_id=filters.whole_number(filters.typed(visit, "moede")),
        reference=filters.typed(visit, "indspil")[:20],
        organisations=list(named.values()),
        staff_ids=[visit.actor.user_id],
    )
    return visit.page(make_note_page(visit, form))


def make_note_page(visit: Visit, form: Form) -> NotePage:
    session, actor = visit.session, visit.actor
    tenders, unlisted = list_tender_names(session, actor, filters.whole_number(form.value("tender_id")))
    return NotePage(
        form=form,
        names=list_names(session),
        colleagues=list_colleagues(session, actor),
        tenders=tenders,
        tenders_unlisted=unlisted,
        meetings=list_meetings(session, actor),
        most_megabytes=megabytes(visit),
        too_large=say_refusal(visit, "too_big"),
        today=today().isoformat(),
    )


@uploads.post("/ligebehandling/log/nyt", dependencies=[only(may_keep_ledger)])
def note(visit: AVisit, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    count_upload(visit)
    given = form.read(EntryFields)
    with ExitStack() as stack:
        rows = list(_read_rows(visit, form, stack))
        organisation_ids = _read_organisations(visit, form)
        contribution_id = _read_contribution(visit, form)
        if given is None or form.errors:
            return _note_again(visit, form, 422)
        files = [
            keep_file(visit.actor, visit.kit.storage, sent.path, sent.name, title)
            for title, sent, _handout in rows
            if sent is not None
        ]
        values = given.model_dump(exclude={"organisations", "reference"}) | {
            "organisation_ids": organisation_ids,
            "contribution_id": contribution_id,
            "handouts": [handout.model_dump() for _title, _sent, handout in rows if handout is not None],
        }
        try:
            entry = note_meeting(visit.session, visit.actor, EntryInput.model_validate(values), files)
        except Refused as refusal:
            status = take_refusal(form, refusal)
            visit.session.rollback()
            return _note_again(visit, form, status)
    return visit.done(form, f"{OWN}/{entry.id}", "ledger_noted")


def _note_again(visit: Visit, form: Form, status: int) -> Response:
    for row in ROWS:
        if f"file_{row}" in form.files:
            form.refuse(f"file_{row}", "ledger_choose_again")
    return visit.page(make_note_page(visit, form), status)


def _read_organisations(visit: Visit, form: Form) -> list[int]:
    """Those that were met, by what was written; a sentence at the field for who is not known."""
    written = [" ".join(name.split()) for name in form.values("organisations")]
    written = [name for name in dict.fromkeys(written) if name]
    if not written:
        form.refuse("organisations", "ledger_no_organisation")
        return []
    if form.error("organisations"):
        return []
    found = find_named(visit.session, written)
    for name in written:
        if name not in found:
            form.refuse("organisations", "ledger_unknown_name", word=name)
    return sorted(set(found.values()))


def _read_contribution(visit: Visit, form: Form) -> int | None:
    reference = form.value("reference").strip()
    if not reference or form.error("reference"):
        return None
    said = find_contribution(visit.session, visit.actor, reference)
    if said is None:
        form.refuse("reference", "ledger_unknown_contribution")
        return None
    return said.id


def _read_rows(
    visit: Visit, form: Form, stack: ExitStack
) -> Iterator[tuple[str, Sent | None, HandoutInput | None]]:
    """What was handed out, row by row: (title, the file, words or a deck); sentences at the fields of a row
    that is not whole."""
    for row in ROWS:
        part = Form(
            form.language,
            {
                name: form.values(f"{name}_{row}")
                for name in ("title", "text", "deck_id")
                if form.value(f"{name}_{row}").strip()
            },
            {"file": form.files[f"file_{row}"]} if f"file_{row}" in form.files else {},
        )
        sent = stack.enter_context(received(part))
        if sent is None and not part.typed:
            continue
        if sent is not None:
            _check(visit, part, sent)
        if "title" not in part.typed:
            part.refuse("title", "ledger_handout_title")
        handout = None
        if sent is None or part.has("text") or part.has("deck_id"):
            handout = part.read(HandoutInput)
        for name, sentence in part.errors.items():
            form.errors.setdefault(f"{'text' if name == 'form' else name}_{row}", sentence)
        if not part.errors:
            yield " ".join(part.value("title").split()), sent, handout


def _check(visit: Visit, part: Form, sent: Sent) -> None:
    try:
        check_file(sent.path, sent.name, limits_of(visit))
    except Refused as refusal:
        refuse_file(visit, part, refusal.code)


# --- putting right


@router.get(LOG + "/{entry_id:int}/ret", dependencies=[only(may_keep_ledger)])
def ask_for_correction(visit: AVisit, entry_id: int) -> Response:
    request_id = filters.whole_number(filters.typed(visit, "anmodning"))
    entry = _find_entry(visit, entry_id)
    return visit.page(make_correct_page(visit, fill_correction(visit, entry), entry, request_id))


def fill_correction(visit: Visit, entry: EntryView) -> Form:
    return visit.blank(
        happened_on=entry.happened_on.isoformat(),
        how=entry.how,
        subject=entry.subject,
        text=entry.text,
        organisations=[one.name for one in entry.organisations],
        number=entry.number,
    )


def make_correct_page(
    visit: Visit, form: Form, entry: EntryView, request_id: int | None, theirs: EntryView | None = None
) -> CorrectPage:
    """Raises NotFound for a request that is not of this entry, or is answered."""
    request = None
    if request_id is not None:
        request = next((one for one in entry.requests if one.id == request_id and one.decision is None), None)
    action = f"{LOG}/{entry.id}/ret" + (f"?anmodning={request_id}" if request is not None else "")
    return CorrectPage(form, entry, request, list_names(visit.session), action, theirs)


def _find_entry(visit: Visit, entry_id: int) -> EntryView:
    entry = find_entry(visit.session, visit.actor, entry_id)
    if entry is None:
        raise NotFound
    return entry


@router.post(LOG + "/{entry_id:int}/ret", dependencies=[only(may_keep_ledger)])
def correct(visit: AVisit, form: SentForm, entry_id: int) -> Response:
    if before := visit.done_before(form):
        return before
    request_id = filters.whole_number(filters.typed(visit, "anmodning"))
    entry = _find_entry(visit, entry_id)
    given = form.read(CorrectionFields)
    organisation_ids = _read_organisations(visit, form)
    if given is None or form.errors:
        return visit.page(make_correct_page(visit, form, entry, request_id), 422)
    values: dict[str, Any] = given.model_dump(exclude={"organisations"})
    wanted = CorrectionInput.model_validate(values | {"organisation_ids": organisation_ids})
    try:
        correct_entry(visit.session, visit.actor, entry_id, wanted, request_id)
    except Refused as refusal:
        status = take_refusal(form, refusal)
        visit.session.rollback()
        theirs = _find_entry(visit, entry_id)
        # What was typed may be written over what stands there, now that it has been seen.
        form.typed["number"] = [str(theirs.number)]
        shown = theirs if refusal.code == "stale" else None
        return visit.page(make_correct_page(visit, form, theirs, request_id, shown), status)
    notice = "ledger_answered" if request_id is not None else "ledger_corrected"
    return visit.done(form, f"{OWN}/{entry_id}", notice)


# --- corrections that are asked for


@dataclass
class RequestsPage(Page):
    """Those that wait, the first day first, each with its entry. `declined`: the one whose form came back."""

    template: ClassVar[str] = "ledger/requests.html"
    requests: tuple[RequestView, ...]
    entries: dict[int, EntryView]
    form: Form
    declined: int | None
    waiting: Waiting
    page: int
    pages: int


@router.get(REQUESTS, dependencies=[only(may_keep_ledger)])
def show_requests(visit: AVisit) -> Response:
    return visit.page(make_requests_page(visit, visit.blank()))


def make_requests_page(visit: Visit, form: Form, declined: int | None = None) -> RequestsPage:
    waiting = count_waiting(visit)
    pages = filters.count_pages(waiting.requests, PER_PAGE)
    page = filters.page_number(visit, pages)
    requests = list_waiting_requests(visit.session, visit.actor, page)
    asked = Filters(ids=tuple(one.entry_id for one in requests))
    entries = list_entries(visit.session, visit.actor, asked, per_page=len(requests) or 1)
    return RequestsPage(
        requests=requests,
        entries={one.id: one for one in entries.rows},
        form=form,
        declined=declined,
        waiting=waiting,
        page=page,
        pages=pages,
    )


@router.post(REQUESTS + "/{request_id:int}/afvis", dependencies=[only(may_keep_ledger)])
def decline(visit: AVisit, form: SentForm, request_id: int) -> Response:
    if before := visit.done_before(form):
        return before
    request = find_request(visit.session, visit.actor, request_id)
    if request is None:
        raise NotFound
    given = form.read(DeclineInput)
    if given is None:
        return visit.page(make_requests_page(visit, form, request_id), 422)
    try:
        decline_correction(visit.session, visit.actor, request_id, given)
    except Refused as refusal:
        status = take_refusal(form, refusal)
        visit.session.rollback()
        return visit.page(make_requests_page(visit, form, request_id), status)
    return visit.done(form, REQUESTS, "ledger_answered")
