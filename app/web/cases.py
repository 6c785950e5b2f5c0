"""One contribution for those who look after it: who has it, what was asked and answered, what is like it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any, ClassVar

from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from app.core.asking import Asking, beside, nothing, read
from app.core.clock import today
from app.core.policy import Actor, NotFound, Refused
from app.domain.answering import cases, pausing
from app.domain.answering.inbox import (
    InboxRow,
    NoteView,
    Objection,
    Step,
    find_case,
    history_of,
    list_notes,
    notes_on,
    objections_to,
)
from app.domain.answering.models import Pause
from app.domain.answering.policy import (
    ANSWERABLE,
    LONGEST_PAUSE,
    may_answer,
    may_remove_note,
    may_take_from_others,
)
from app.domain.answering.schemas import MoreInput, NoteInput
from app.domain.answering.shelf import AnswerSheet, BatchView, sheets_of, waiting_batches_for
from app.domain.answering.sorting import sort_many
from app.domain.commitments.queries import CommitmentLine, promised_of
from app.domain.contributions import gathering
from app.domain.contributions.alike import Candidate, candidates_for
from app.domain.contributions.policy import OPEN_STATUSES
from app.domain.contributions.queries import ContributionView
from app.domain.contributions.schemas import GatheringInput
from app.domain.contributions.sightings import (
    GatheringView,
    LeadRef,
    find_gathering,
    gatherings_of,
    lead_refs_of,
)
from app.domain.ledger import tenders
from app.domain.ledger.queries import TenderLink, find_link, link_of, tender_names_for
from app.domain.ledger.schemas import LinkInput, Reason
from app.domain.meetings.schemas import RowId
from app.http.doors import Router
from app.http.forms import Form, SentForm
from app.http.pages import Page
from app.http.visit import AVisit, Visit, only
from app.web.answering import propose_name
from app.web.contributions import path_of
from app.web.inbox import Sorter, read_sorting, sorter_for, take_sorting_refusal
from app.web.inbox_words import take_refusal
from app.web.ledger_words import take_refusal as take_ledger_refusal

router = Router()

CASE = "/indbakke/{reference}"
USUAL_PAUSE = 14  # days, as the form proposes


@dataclass
class CaseForms:
    """The forms of the page; the one that came back has its errors."""

    hand: Form
    sort: Form
    note: Form
    more: Form
    name: Form
    split: Form
    lead: Form
    tender: Form
    act: Form


@dataclass
class CasePage(Page):
    """`lead`: what it hangs under. `gathering`: what it leads. `form`: the one that was sent.

    `may_take`: it can be given to a colleague by the reader; `is_mine`: the reader looks after it.
    """

    template: ClassVar[str] = "inbox/case.html"
    case: InboxRow
    path: str
    public_path: str
    is_mine: bool
    may_take: bool
    may_be_answered: bool
    is_open: bool
    colleagues: list[tuple[int, str]]
    sheets: list[AnswerSheet]
    batches: list[BatchView]
    batch_name: str
    promises: tuple[CommitmentLine, ...]
    notes: list[NoteView]
    removable: frozenset[int]
    exchange: Sequence[Pause]
    objections: list[Objection]
    lead: LeadRef | None
    gathering: GatheringView | None
    candidates: list[Candidate]
    history: list[Step]
    link: TenderLink | None
    tenders: list[tuple[int, str]]
    tenders_unlisted: int
    sorter: Sorter
    forms: CaseForms
    form: Form
    longest_pause: int = LONGEST_PAUSE


OF_THE_SWITCH = {"names_asker": "shared_question", "holds_confidential": "shared_question"}


class TenderLinkInput(BaseModel):
    """The switch, with the tender. Its question has a name of its own: the page asks for more as well."""

    model_config = ConfigDict(extra="forbid")

    tender_id: RowId
    shared_question: Reason


class HandInput(BaseModel):
    model_config = ConfigDict(extra="forbid")

    user_id: RowId


class MembersInput(BaseModel):
    model_config = ConfigDict(extra="forbid")

    member_ids: Annotated[list[RowId], Field(min_length=1, max_length=200)]


class LeadInput(BaseModel):
    model_config = ConfigDict(extra="forbid")

    lead_id: RowId


def path_of_case(reference: str) -> str:
    return f"/indbakke/{reference}"


def open_case(visit: Visit, reference: str) -> InboxRow:
    """Raises NotFound."""
    case = find_case(visit.session, visit.actor, reference)
    if case is None:
        raise NotFound
    return case


@router.get(CASE, dependencies=[only(may_answer)])
def show_case(visit: AVisit, reference: str) -> Response:
    case = open_case(visit, reference)
    if case.said.reference != reference:
        return visit.go(path_of_case(case.said.reference))
    return visit.page(make_case_page(visit, case))


def make_case_page(visit: Visit, case: InboxRow, **sent: Form) -> CasePage:
    """The page of a case; `sent` is the form that was refused, by its name in CaseForms."""
    actor, said = visit.actor, case.said
    sort = sent.get("sort") or visit.blank()
    (
        (lead, sheets, candidates),
        gatherings,
        notes,
        (linkable, unlisted),
        batches,
        promises,
        exchange,
        objections,
        history,
        link,
        sorter,
    ) = read(
        visit.session,
        beside(
            _standing_of(actor, case),
            gatherings_of(actor, [said.id]),
            notes_on(actor, said.id),
            tender_names_for(actor, is_linkable=True),
            waiting_batches_for(actor),
            promised_of(actor, [said.id]),
            pausing.exchange_of(said.id),
            objections_to(actor, said.id),
            history_of(actor, said.id),
            link_of(actor, said.id),
            sorter_for(visit, sort),
        ),
    )
    led = gatherings.get(said.id)
    is_open = said.status in OPEN_STATUSES and said.published_at is not None
    forms = CaseForms(
        hand=sent.get("hand") or visit.blank(),
        sort=sort,
        note=sent.get("note") or visit.blank(),
        more=sent.get("more") or visit.blank(reply_by=(today() + timedelta(days=USUAL_PAUSE)).isoformat()),
        name=sent.get("name")
        or visit.blank(title=led.title, summary=led.summary, version=led.version if led else 0)
        if led
        else visit.blank(),
        split=sent.get("split") or visit.blank(),
        lead=sent.get("lead") or visit.blank(),
        tender=sent.get("tender") or visit.blank(),
        act=sent.get("act") or visit.blank(),
    )
    return CasePage(
        case=case,
        path=path_of_case(said.reference),
        public_path=path_of(said),
        is_mine=case.owner_id == actor.user_id,
        may_take=case.owner_id in (None, actor.user_id) or may_take_from_others(actor),
        may_be_answered=said.status in ANSWERABLE and said.published_at is not None and lead is None,
        is_open=is_open,
        colleagues=sorter.colleagues,
        sheets=sheets,
        batches=batches,
        batch_name=propose_name(visit),
        promises=promises.get(said.id, ()),
        notes=notes,
        removable=frozenset(one.id for one in notes if may_remove_note(actor, one.written_by_id)),
        exchange=exchange,
        objections=objections,
        lead=lead,
        gathering=led,
        candidates=candidates,
        history=history,
        link=link,
        tenders=linkable,
        tenders_unlisted=unlisted,
        sorter=sorter,
        forms=forms,
        form=next(iter(sent.values()), forms.act),
    )


def _standing_of(
    actor: Actor, case: InboxRow
) -> Asking[tuple[LeadRef | None, list[AnswerSheet], list[Candidate]]]:
    """What it hangs under, what is answered to that or to it, and what is like it where it hangs under
    nothing."""
    said = case.said
    if said.status != "gathered":
        (lead, sheets), candidates = yield from beside(
            _lead_with_sheets(actor, said.id),
            candidates_for(actor, said.id) if _may_lead(said) else nothing([]),
        )
    else:
        lead, sheets = yield from _lead_with_sheets(actor, said.id)
        # Its lead may have been hidden, or taken back.
        is_alone = lead is None and _may_lead(said)
        candidates = (yield from candidates_for(actor, said.id)) if is_alone else []
    return lead, sheets, candidates if lead is None else []


def _lead_with_sheets(actor: Actor, said_id: int) -> Asking[tuple[LeadRef | None, list[AnswerSheet]]]:
    lead = (yield from lead_refs_of(actor, [said_id])).get(said_id)
    return lead, (yield from sheets_of(actor, lead.id if lead else said_id))


def _may_lead(said: ContributionView) -> bool:
    is_out = said.published_at is not None and said.status not in ("draft", "withdrawn")
    return said.kind != "idea" and is_out


def _do(
    visit: Visit,
    reference: str,
    form: Form,
    verb: Callable[[InboxRow], object],
    notice: str,
    *,
    name: str = "act",
    place: str = "",
) -> Response:
    """One act on a case, and back to its page; a refusal is shown there, at the form of this name."""
    if before := visit.done_before(form):
        return before
    case = open_case(visit, reference)
    try:
        verb(case)
    except Refused as refusal:
        status = take_refusal(form, refusal)
        # What the verb wrote is taken back with the page; what is shown is as it stands now.
        visit.session.rollback()
        return visit.page(make_case_page(visit, open_case(visit, reference), **{name: form}), status)
    return visit.done(form, path_of_case(case.said.reference) + place, notice)


def _refuse(visit: Visit, reference: str, name: str, form: Form) -> Response:
    return visit.page(make_case_page(visit, open_case(visit, reference), **{name: form}), 422)


# --- who has it


@router.post(CASE + "/tag", dependencies=[only(may_answer)])
def claim_case(visit: AVisit, reference: str, form: SentForm) -> Response:
    def claim(case: InboxRow) -> Any:
        return cases.claim(visit.session, visit.actor, case.said.id)

    return _do(visit, reference, form, claim, "inbox_claimed")


@router.post(CASE + "/slip", dependencies=[only(may_answer)])
def release_case(visit: AVisit, reference: str, form: SentForm) -> Response:
    def release(case: InboxRow) -> Any:
        return cases.release(visit.session, visit.actor, case.said.id)

    return _do(visit, reference, form, release, "inbox_released")


@router.post(CASE + "/giv-videre", dependencies=[only(may_answer)])
def hand_over_case(visit: AVisit, reference: str, form: SentForm) -> Response:
    given = form.read(HandInput)
    if given is None:
        return _refuse(visit, reference, "hand", form)

    def hand_over(case: InboxRow) -> Any:
        return cases.hand_over(visit.session, visit.actor, case.said.id, given.user_id)

    return _do(visit, reference, form, hand_over, "inbox_handed", name="hand")


@router.post(CASE + "/fordel", dependencies=[only(may_answer)])
def sort_case(visit: AVisit, reference: str, form: SentForm) -> Response:
    """Theme, status, day and who is to answer, for this one."""
    if before := visit.done_before(form):
        return before
    case = open_case(visit, reference)
    form.typed["contribution_ids"] = [str(case.said.id)]
    given = read_sorting(form)
    if given is None:
        return visit.page(make_case_page(visit, case, sort=form), 422)
    try:
        sort_many(visit.session, visit.actor, given)
    except Refused as refusal:
        status = take_sorting_refusal(form, refusal)
        return visit.page(make_case_page(visit, case, sort=form), status)
    return visit.done(form, path_of_case(case.said.reference), "inbox_sorted_one")


# --- notes


@router.post(CASE + "/noter", dependencies=[only(may_answer)])
def add_note(visit: AVisit, reference: str, form: SentForm) -> Response:
    given = form.read(NoteInput)
    if given is None:
        return _refuse(visit, reference, "note", form)

    def note(case: InboxRow) -> Any:
        return cases.add_note(visit.session, visit.actor, case.said.id, given)

    return _do(visit, reference, form, note, "inbox_noted", name="note", place="#noter")


@router.post(CASE + "/noter/{note_id:int}/fjern", dependencies=[only(may_answer)])
def remove_note(visit: AVisit, reference: str, note_id: int, form: SentForm) -> Response:
    def remove(case: InboxRow) -> None:
        if note_id not in {one.id for one in list_notes(visit.session, visit.actor, case.said.id)}:
            raise NotFound
        cases.remove_note(visit.session, visit.actor, note_id)

    return _do(visit, reference, form, remove, "inbox_note_gone", place="#noter")


# --- the exchange with the asker


@router.post(CASE + "/bed-om-mere", dependencies=[only(may_answer)])
def ask_for_more(visit: AVisit, reference: str, form: SentForm) -> Response:
    given = form.read(MoreInput)
    if given is None:
        return _refuse(visit, reference, "more", form)

    def ask(case: InboxRow) -> Any:
        return pausing.ask_for_more(visit.session, visit.actor, case.said.id, given)

    return _do(visit, reference, form, ask, "inbox_asked", name="more", place="#afsender")


@router.post(CASE + "/bed-om-mere/tag-tilbage", dependencies=[only(may_answer)])
def take_question_back(visit: AVisit, reference: str, form: SentForm) -> Response:
    def take_back(case: InboxRow) -> Any:
        return pausing.take_question_back(visit.session, visit.actor, case.said.id)

    return _do(visit, reference, form, take_back, "inbox_ask_taken_back", place="#afsender")


# --- what it leads


@router.post(CASE + "/tag-ud", dependencies=[only(may_answer)])
def split_gathering(visit: AVisit, reference: str, form: SentForm) -> Response:
    given = form.read(MembersInput)
    if given is None:
        form.errors.pop("member_ids", None)
        form.refuse("member_ids", "inbox_choose_some")
        return _refuse(visit, reference, "split", form)

    def split(case: InboxRow) -> Any:
        return gathering.split(visit.session, visit.actor, case.said.id, given.member_ids)

    return _do(visit, reference, form, split, "inbox_split", name="split", place="#samling")


@router.post(CASE + "/fortryd-sammenlaegning", dependencies=[only(may_answer)])
def undo_gathering(visit: AVisit, reference: str, form: SentForm) -> Response:
    def undo(case: InboxRow) -> Any:
        return gathering.undo_gathering(visit.session, visit.actor, case.said.id)

    return _do(visit, reference, form, undo, "inbox_ungathered", place="#samling")


@router.post(CASE + "/hovedtekst", dependencies=[only(may_answer)])
def change_lead(visit: AVisit, reference: str, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    case, given = open_case(visit, reference), form.read(LeadInput)
    if given is None:
        form.errors.pop("lead_id", None)
        form.refuse("lead_id", "inbox_choose_lead")
        return visit.page(make_case_page(visit, case, lead=form), 422)
    try:
        gathering.change_lead(visit.session, visit.actor, case.said.id, given.lead_id)
    except Refused as refusal:
        status = take_refusal(form, refusal)
        visit.session.rollback()
        return visit.page(make_case_page(visit, open_case(visit, reference), lead=form), status)
    led = find_gathering(visit.session, visit.actor, given.lead_id)
    new = led.reference if led else case.said.reference
    return visit.done(form, path_of_case(new) + "#samling", "inbox_new_lead")


@router.post(CASE + "/navn", dependencies=[only(may_answer)])
def name_gathering(visit: AVisit, reference: str, form: SentForm) -> Response:
    given = form.read(GatheringInput)
    if given is None:
        return _refuse(visit, reference, "name", form)

    def name(case: InboxRow) -> Any:
        return gathering.name_gathering(visit.session, visit.actor, case.said.id, given)

    return _do(visit, reference, form, name, "inbox_named", name="name", place="#samling")


# --- the switch: what is answered to all who follow a tender


@router.post(CASE + "/udbud", dependencies=[only(may_answer)])
def link_to_tender(visit: AVisit, reference: str, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    case, given = open_case(visit, reference), form.read(TenderLinkInput)
    if given is None:
        if "tender_id" in form.errors:
            form.errors.pop("tender_id")
            form.refuse("tender_id", "tender_choose")
        return visit.page(make_case_page(visit, case, tender=form), 422)
    linked = LinkInput(question=given.shared_question)
    try:
        tenders.link_to_tender(visit.session, visit.actor, given.tender_id, case.said.id, linked)
    except Refused as refusal:
        status = take_ledger_refusal(form, refusal, "tender", **OF_THE_SWITCH)
        visit.session.rollback()
        return visit.page(make_case_page(visit, open_case(visit, reference), tender=form), status)
    return visit.done(form, path_of_case(case.said.reference) + "#udbud", "tender_linked")


@router.post(CASE + "/udbud/loesn", dependencies=[only(may_answer)])
def unlink_from_tender(visit: AVisit, reference: str, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    case = open_case(visit, reference)
    link = find_link(visit.session, visit.actor, case.said.id)
    if link is None:
        raise NotFound
    try:
        tenders.unlink_from_tender(visit.session, visit.actor, link.id)
    except Refused as refusal:
        status = take_ledger_refusal(form, refusal, "tender", **OF_THE_SWITCH)
        visit.session.rollback()
        return visit.page(make_case_page(visit, open_case(visit, reference), tender=form), status)
    return visit.done(form, path_of_case(case.said.reference) + "#udbud", "tender_unlinked")
