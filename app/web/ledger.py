"""Equal treatment as everybody reads it: the rules, what all have got, and to each what is noted on it."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from fastapi.responses import Response, StreamingResponse

from app.core.asking import Asking, beside, nothing, read
from app.core.clock import today
from app.core.policy import NotFound, Refused
from app.domain.contributions.answer_clock import Rule, find_rule
from app.domain.ledger.choices import name_all
from app.domain.ledger.open_gaps import gaps_counted
from app.domain.ledger.policy import (
    COMPETING_KINDS,
    CORRECTION_WORKDAYS,
    correction_answer_by,
    may_keep_ledger,
    may_read_noted,
    may_see_own,
)
from app.domain.ledger.queries import (
    EntryView,
    Listing,
    SharedHandouts,
    TenderView,
    find_entry,
    find_file,
    list_noted_on_own,
    list_shared,
    list_tenders,
    requests_counted,
)
from app.domain.ledger.schemas import RequestInput
from app.domain.ledger.service import ask_for_correction
from app.domain.users.consents import VERSIONS, current_version
from app.http.doors import Router
from app.http.forms import Form, SentForm
from app.http.pages import Page
from app.http.visit import AVisit, Visit, anyone, only
from app.web import filters
from app.web.decks import attachment, open_stored
from app.web.ledger_words import take_refusal

router = Router()

HERE = "/ligebehandling"
OWN = "/ligebehandling/noteret"
SHARED = "/ligebehandling/delt"
FEW = 5  # of what is noted, and of what is shared, on the first page


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits for staff: open gaps, requests for a correction, and how many of those are late."""

    gaps: int
    requests: int
    late: int


@dataclass
class LedgerPage(Page):
    """The rules of the dialogue, in the words that people agree to before they write; before them what is
    noted on the reader's own organisation (None for who speaks for none), and what all have got."""

    template: ClassVar[str] = "ledger/show.html"
    rule: Rule
    rules_version: int
    rules_from: date
    noted: Listing | None
    awaits_confirmation: bool
    shared: SharedHandouts
    tenders: tuple[TenderView, ...]
    waiting: Waiting | None
    workdays: int = CORRECTION_WORKDAYS
    few: int = FEW


@dataclass
class OwnNotedPage(Page):
    template: ClassVar[str] = "ledger/own.html"
    listing: Listing
    address: str
    workdays: int = CORRECTION_WORKDAYS


@dataclass
class SharedPage(Page):
    template: ClassVar[str] = "ledger/shared.html"
    shared: SharedHandouts
    address: str


@dataclass
class EntryPage(Page):
    """Something noted. `names`: of the organisations that corrections speak of, as far as the reader knows
    them; `days`: what the days are that corrections write as plain words. `answer_by`: the day on which a
    correction asked for today is answered."""

    template: ClassVar[str] = "ledger/entry.html"
    entry: EntryView
    names: dict[int, str]
    days: dict[str, date]
    form: Form
    may_ask: bool
    keeps: bool
    answer_by: date
    workdays: int = CORRECTION_WORKDAYS


@router.get(HERE, dependencies=[anyone])
def show_ledger(visit: AVisit) -> Response:
    session, actor = visit.session, visit.actor
    keeps = may_keep_ledger(actor)
    is_own = may_see_own(actor) and not keeps
    return visit.page(
        LedgerPage(
            rule=find_rule(session, visit.kit.site.answer_within_days),
            rules_version=current_version("dialogue_rules"),
            rules_from=VERSIONS["dialogue_rules"][-1],
            noted=list_noted_on_own(session, actor) if is_own else None,
            awaits_confirmation=actor.organisation_kind in COMPETING_KINDS and not actor.is_confirmed,
            shared=list_shared(session, actor),
            tenders=tuple(one for one in list_tenders(session, actor) if one.state != "closed"),
            waiting=count_waiting(visit) if keeps else None,
        )
    )


def count_waiting(visit: Visit, open_gaps: int | None = None) -> Waiting:
    """For the menu of staff. `open_gaps`: how many there are, where that is known. One statement."""
    return read(visit.session, ledger_waiting_for(visit, open_gaps))


def ledger_waiting_for(visit: Visit, open_gaps: int | None = None) -> Asking[Waiting]:
    """The same, to be asked beside others."""
    (requests, late), gaps = yield from beside(
        requests_counted(visit.actor),
        nothing(open_gaps) if open_gaps is not None else gaps_counted(visit.actor),
    )
    return Waiting(gaps, requests, late)


@router.get(SHARED, dependencies=[anyone])
def show_shared(visit: AVisit) -> Response:
    page = filters.whole_number(filters.typed(visit, "side"), 6) or 1
    shared = list_shared(visit.session, visit.actor, page=page)
    return visit.page(SharedPage(shared, filters.address_of_page(SHARED)))


@router.get("/ligebehandling/udleveret/{handout_id:int}", dependencies=[anyone])
def send_handout(visit: AVisit, handout_id: int) -> Response:
    """A file that was handed out: for whom it was handed to, for staff, and for all once it is published."""
    found = find_file(visit.session, visit.actor, handout_id)
    chunks = open_stored(visit, found.file_key)
    headers = {
        "Content-Disposition": attachment(found.filename),
        "Content-Length": str(found.size),
        "Content-Security-Policy": "sandbox",
        # It may be taken back: that it is open now says nothing of later.
        "Cache-Control": "no-store",
    }
    return StreamingResponse(chunks, headers=headers, media_type="application/octet-stream")


@router.get(OWN, dependencies=[only(may_see_own)])
def show_own(visit: AVisit) -> Response:
    page = filters.whole_number(filters.typed(visit, "side"), 6) or 1
    listing = list_noted_on_own(visit.session, visit.actor, page)
    return visit.page(OwnNotedPage(listing, filters.address_of_page(OWN)))


@router.get(OWN + "/{entry_id:int}", dependencies=[only(may_read_noted)])
def show_entry(visit: AVisit, entry_id: int) -> Response:
    return visit.page(make_entry_page(visit, entry_id))


def make_entry_page(visit: Visit, entry_id: int, form: Form | None = None) -> EntryPage:
    """Raises NotFound."""
    entry = find_entry(visit.session, visit.actor, entry_id)
    if entry is None:
        raise NotFound
    keeps = may_keep_ledger(visit.actor)
    is_asked = any(one.decision is None for one in entry.requests)
    may_ask = not keeps and may_see_own(visit.actor) and not is_asked
    return EntryPage(
        entry=entry,
        names=name_organisations(visit, entry),
        days={
            words["happened_on"]: date.fromisoformat(words["happened_on"])
            for words in (entry.noted, *(one.words for one in entry.corrections))
            if "happened_on" in words
        },
        form=form or visit.blank(),
        may_ask=may_ask,
        keeps=keeps,
        answer_by=correction_answer_by(today()),
    )


def name_organisations(visit: Visit, entry: EntryView) -> dict[int, str]:
    """The names of those that were met, and of those that corrections took out or put in: an organisation
    knows its own alone."""
    ids = {one for line in entry.corrections for one in (*line.added_ids, *line.removed_ids)}
    return {one.id: one.name for one in entry.organisations} | name_all(visit.session, ids)


@router.post(OWN + "/{entry_id:int}/bed-om-rettelse", dependencies=[only(may_see_own)])
def ask(visit: AVisit, form: SentForm, entry_id: int) -> Response:
    if before := visit.done_before(form):
        return before
    given = form.read(RequestInput)
    if given is None:
        return visit.page(make_entry_page(visit, entry_id, form), 422)
    try:
        ask_for_correction(visit.session, visit.actor, entry_id, given)
    except Refused as refusal:
        status = take_refusal(form, refusal)
        visit.session.rollback()
        return visit.page(make_entry_page(visit, entry_id, form), status)
    return visit.done(form, f"{OWN}/{entry_id}#rettelse", "ledger_asked")
