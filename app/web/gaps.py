"""What some vendor had alone: the list, each with what can be done, and how those before were closed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, cast, get_args

from fastapi.responses import Response

from app.core.clock import today
from app.core.policy import NotFound, Refused
from app.domain.ledger.closings import ClosedGaps, list_closings
from app.domain.ledger.open_gaps import Gap, Gaps, find_gap, list_gaps
from app.domain.ledger.policy import may_keep_ledger
from app.domain.ledger.queries import EntryView, HandoutView, TenderView, find_entry, find_tender
from app.domain.ledger.schemas import GapKind, JustifyInput, PublishInput
from app.domain.ledger.service import justify_gap, publish_gap, reopen_gap
from app.http.doors import Router
from app.http.forms import Form, SentForm
from app.http.pages import Page
from app.http.visit import AVisit, Visit, only
from app.web import filters
from app.web.ledger import Waiting, count_waiting
from app.web.ledger_log import Menu, narrow_by
from app.web.ledger_words import take_refusal

router = Router()

GAPS = "/ligebehandling/huller"
CLOSED = "/ligebehandling/lukkede-huller"
GAP = "/ligebehandling/huller/{thing}/{thing_id:int}"


@dataclass
class GapsPage(Page):
    template: ClassVar[str] = "ledger/gaps.html"
    gaps: Gaps
    groups: list[Menu]
    active: list[tuple[str, str]]
    address: str
    waiting: Waiting


@dataclass
class ClosedGapsPage(Page):
    """`tender`: the one whose gaps they were, None for all."""

    template: ClassVar[str] = "ledger/closed_gaps.html"
    closed: ClosedGaps
    tender: TenderView | None
    address: str
    waiting: Waiting


@dataclass
class GapPage(Page):
    """One gap and the ways to close it. `handout`: what was handed out, where that is what it is, and `entry`
    where; `form`: the one that came back. `back`: where it leads when it is closed."""

    template: ClassVar[str] = "ledger/gap.html"
    gap: Gap
    entry: EntryView | None
    handout: HandoutView | None
    tender: TenderView | None
    publish: Form
    justify: Form
    form: Form
    path: str
    back: str


@router.get(GAPS, dependencies=[only(may_keep_ledger)])
def show_gaps(visit: AVisit) -> Response:
    chosen, groups, active = narrow_by(visit, GAPS)
    gaps = list_gaps(
        visit.session,
        visit.actor,
        tender_id=chosen.get("udbud"),
        organisation_id=chosen.get("organisation"),
        page=filters.whole_number(filters.typed(visit, "side"), 6) or 1,
    )
    waiting = count_waiting(visit, open_gaps=None if chosen else gaps.total)
    return visit.page(GapsPage(gaps, groups, active, filters.address_of_page(GAPS, **chosen), waiting))


@router.get(CLOSED, dependencies=[only(may_keep_ledger)])
def show_closed(visit: AVisit) -> Response:
    session, actor = visit.session, visit.actor
    tender_id = filters.whole_number(filters.typed(visit, "udbud"))
    tender = find_tender(session, actor, tender_id) if tender_id is not None else None
    page = filters.whole_number(filters.typed(visit, "side"), 6) or 1
    chosen = tender.id if tender is not None else None
    return visit.page(
        ClosedGapsPage(
            closed=list_closings(session, actor, chosen, page),
            tender=tender,
            address=filters.address_of_page(CLOSED, udbud=chosen),
            waiting=count_waiting(visit),
        )
    )


@router.get(GAP, dependencies=[only(may_keep_ledger)])
def show_gap(visit: AVisit, thing: str, thing_id: int) -> Response:
    return visit.page(make_gap_page(visit, thing, thing_id))


def make_gap_page(visit: Visit, thing: str, thing_id: int, **sent: Form) -> GapPage:
    """Raises NotFound for what is no gap, or none any more."""
    gap = find_gap(visit.session, visit.actor, thing, thing_id)
    if gap is None:
        raise NotFound
    entry = find_entry(visit.session, visit.actor, gap.entry_id) if gap.entry_id is not None else None
    handout = next((one for one in entry.handouts if one.id == thing_id), None) if entry else None
    tender = find_tender(visit.session, visit.actor, gap.tender_id) if gap.tender_id is not None else None
    publish = sent.get("publish") or visit.blank(published_on=today().isoformat())
    justify = sent.get("justify") or visit.blank()
    return GapPage(
        gap=gap,
        entry=entry,
        handout=handout,
        tender=tender,
        publish=publish,
        justify=justify,
        form=sent.get("justify") or publish,
        path=f"{GAPS}/{thing}/{thing_id}",
        back=back_from(gap.tender_id),
    )


def back_from(tender_id: int | None) -> str:
    """Where a gap belongs: with its tender, else with all."""
    return f"/udbud/{tender_id}/ligebehandling" if tender_id is not None else GAPS


@router.post(GAP + "/udgiv", dependencies=[only(may_keep_ledger)])
def publish(visit: AVisit, form: SentForm, thing: str, thing_id: int) -> Response:
    def close(given: PublishInput) -> Any:
        return publish_gap(visit.session, visit.actor, cast(GapKind, thing), thing_id, given)

    return _close(visit, form, thing, thing_id, "publish", PublishInput, close)


@router.post(GAP + "/begrund", dependencies=[only(may_keep_ledger)])
def justify(visit: AVisit, form: SentForm, thing: str, thing_id: int) -> Response:
    def close(given: JustifyInput) -> Any:
        return justify_gap(visit.session, visit.actor, cast(GapKind, thing), thing_id, given)

    return _close(visit, form, thing, thing_id, "justify", JustifyInput, close)


def _close(
    visit: Visit, form: Form, thing: str, thing_id: int, name: str, model: Any, close: Callable[[Any], object]
) -> Response:
    if before := visit.done_before(form):
        return before
    if thing not in get_args(GapKind):
        raise NotFound
    gap = find_gap(visit.session, visit.actor, thing, thing_id)
    if gap is None:
        raise NotFound
    given = form.read(model)
    if given is None:
        return visit.page(make_gap_page(visit, thing, thing_id, **{name: form}), 422)
    try:
        close(given)
    except Refused as refusal:
        status = take_refusal(form, refusal)
        visit.session.rollback()
        return visit.page(make_gap_page(visit, thing, thing_id, **{name: form}), status)
    notice = "ledger_published" if name == "publish" else "ledger_justified"
    return visit.done(form, back_from(gap.tender_id), notice)


@router.post(CLOSED + "/{closing_id:int}/genaabn", dependencies=[only(may_keep_ledger)])
def reopen(visit: AVisit, form: SentForm, closing_id: int) -> Response:
    if before := visit.done_before(form):
        return before
    try:
        reopen_gap(visit.session, visit.actor, closing_id)
    except Refused:
        # A colleague did the same: it stands in the list again, as was wished.
        visit.session.rollback()
        return visit.go(GAPS, "ledger_reopened")
    tender_id = filters.whole_number(form.value("tender_id"))
    return visit.done(form, back_from(tender_id), "ledger_reopened")
