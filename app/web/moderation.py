"""Where staff sees what was reported, objected to and held back, and decides."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from fastapi.responses import Response
from pydantic import BaseModel

from app.core.clock import now
from app.core.policy import NotFound, Refused
from app.domain.contributions import blacking_out, holding_back
from app.domain.contributions.blacking_out import Original, list_originals
from app.domain.contributions.queries import ContributionView, IdeaView, find_idea_details
from app.domain.contributions.schemas import PARTS
from app.domain.moderation import queries, service
from app.domain.moderation.policy import may_moderate
from app.domain.moderation.queries import Counts, Decided, DecisionView, Queue, ReportView, WordingView
from app.domain.moderation.schemas import (
    BlackOutInput,
    DecisionInput,
    HideInput,
    LetThroughInput,
    VersionInput,
)
from app.http.doors import Router
from app.http.forms import Form, SentForm
from app.http.pages import Page
from app.http.sentences import add_sentences
from app.http.visit import AVisit, Visit, only
from app.web.contributions import path_of
from app.web.filters import page_number
from app.web.wishes import find_said

router = Router()

MOST_PAGES = 100_000


def _(text: str) -> str:
    return text


add_sentences(
    {
        "words_not_found": _("De ord står der ikke, eller de er allerede sløret. Kopiér dem fra teksten."),
        "not_to_hide": _("Det er allerede skjult, eller det er et udkast."),
        "hidden_already": _("Det er skjult. Vis det igen, hvis det skal stå, som det er."),
        "not_hidden": _("Det er ikke skjult."),
        "no_objection": _("Der er ikke en indsigelse at svare på."),
        "nothing_blacked_out": _("Der er ikke sløret noget, som kan vises eller slettes."),
        "blacked_out": _("Noget i teksten er sløret. Fjern sløringen, eller slet originalen, før du retter."),
        "choose_reason": _("Vælg, hvorfor det sker."),
        "choose_waiting": _("Vælg mindst ét bidrag i listen."),
        "notice_let_through": _("Det kan nu læses af alle, og afsenderen har fået besked."),
        "notice_let_stand": _("Afgjort: det står, som det er. De, der har anmeldt det, får besked."),
        "notice_hidden": _("Det er skjult, og den, der har skrevet det, har fået besked og kan svare."),
        "notice_shown": _("Det vises igen, og den, der har skrevet det, har fået besked."),
        "notice_upheld": _("Indsigelsen er besvaret. Det er stadig skjult."),
        "notice_blacked_out": _("Ordene er sløret overalt, hvor de stod."),
        "notice_unblacked": _("Sløringen er fjernet."),
        "notice_originals_erased": _("De slørede ord er slettet og kan ikke hentes frem igen."),
    }
)


@dataclass
class QueuePage(Page):
    """`tab`: reported, objections or waiting. `ages`: {id: whole days that it has waited}."""

    template: ClassVar[str] = "moderation/queue.html"
    tab: str
    queue: Queue
    ages: dict[int, int]
    counts: Counts
    form: Form


@dataclass
class DecidedPage(Page):
    template: ClassVar[str] = "moderation/decided.html"
    decided: Decided
    counts: Counts


@dataclass
class CasePage(Page):
    """One contribution with all that is known of it; `is_stale` when another has decided meanwhile."""

    template: ClassVar[str] = "moderation/case.html"
    one: ContributionView
    details: IdeaView | None
    parts: tuple[str, ...]
    reports: list[ReportView]
    decisions: list[DecisionView]
    originals: list[Original]
    wordings: list[WordingView]
    form: Form
    path: str
    seen: int
    has_objection: bool
    is_stale: bool


# --- the queue


def _show_queue(visit: Visit, tab: str, form: Form | None = None) -> QueuePage:
    lists = {
        "reported": queries.list_reported,
        "objections": queries.list_objections,
        "waiting": queries.list_waiting,
    }
    queue = lists[tab](visit.session, page_number(visit, MOST_PAGES))
    counts = queries.count_for_moderators(visit.session)
    ages = {one.id: (now() - one.since).days for one in queue.rows}
    return QueuePage(tab=tab, queue=queue, ages=ages, counts=counts, form=form or visit.blank())


@router.get("/modereret", dependencies=[only(may_moderate)])
def show_reported(visit: AVisit) -> Response:
    return visit.page(_show_queue(visit, "reported"))


@router.get("/modereret/indsigelser", dependencies=[only(may_moderate)])
def show_objections(visit: AVisit) -> Response:
    return visit.page(_show_queue(visit, "objections"))


@router.get("/modereret/venter", dependencies=[only(may_moderate)])
def show_waiting(visit: AVisit) -> Response:
    return visit.page(_show_queue(visit, "waiting"))


@router.post("/modereret/venter", dependencies=[only(may_moderate)])
def let_through(visit: AVisit, form: SentForm) -> Response:
    """Those that are ticked, or the one whose own button was pressed (`one`)."""
    if before := visit.done_before(form):
        return before
    if form.value("one"):
        form.typed["contribution_ids"] = [form.value("one")]
    given = form.read(LetThroughInput)
    if given is None:
        form.errors.clear()
        form.refuse("contribution_ids", "choose_waiting")
        return visit.page(_show_queue(visit, "waiting", form), 422)
    holding_back.let_through(visit.session, visit.actor, given.contribution_ids)
    return visit.done(form, "/modereret/venter", "let_through")


@router.get("/modereret/afgjorte", dependencies=[only(may_moderate)])
def show_decided(visit: AVisit) -> Response:
    decided = queries.list_decided(visit.session, page_number(visit, MOST_PAGES))
    return visit.page(DecidedPage(decided=decided, counts=queries.count_for_moderators(visit.session)))


# --- one case


def _case_page(visit: Visit, reference: str, form: Form | None = None, *, is_stale: bool = False) -> CasePage:
    one = find_said(visit, reference)
    if one.status == "draft":
        raise NotFound
    session = visit.session
    reports, decisions = queries.list_reports(session, one.id), queries.list_decisions(session, one.id)
    return CasePage(
        one=one,
        details=find_idea_details(session, one.id) if one.kind == "idea" else None,
        parts=PARTS,
        reports=reports,
        decisions=decisions,
        originals=list_originals(session, visit.actor, one.id),
        wordings=queries.list_wordings(session, one.id),
        form=form or visit.blank(scope="all"),
        path=path_of(one),
        seen=max((report.id for report in reports), default=0),
        has_objection=any(one.objection and not one.is_answered for one in decisions),
        is_stale=is_stale,
    )


@router.get("/modereret/{reference}", dependencies=[only(may_moderate)])
def show_case(visit: AVisit, reference: str) -> Response:
    return visit.page(_case_page(visit, reference))


def _act(
    visit: Visit,
    form: Form,
    reference: str,
    model: type[BaseModel],
    verb: Callable[..., Any],
    notice: str,
) -> Response:
    """Read the form and let the verb decide; what goes wrong shows the case as it is now, the words kept."""
    if before := visit.done_before(form):
        return before
    one = find_said(visit, reference)
    given = form.read(model)
    if given is None:
        for name in {"reason", "ground"} & form.errors.keys():
            form.errors[name] = visit.say("choose_reason")
        return visit.page(_case_page(visit, reference, form), 422)
    try:
        verb(visit.session, visit.actor, one.id, given)
    except Refused as refusal:
        # The case is to be shown as others left it, not as this verb had begun to change it.
        visit.session.rollback()
        form.refuse("sought" if refusal.code == "words_not_found" else "form", refusal.code)
        is_stale = refusal.code == "stale"
        return visit.page(_case_page(visit, reference, form, is_stale=is_stale), 409 if is_stale else 422)
    return visit.done(form, f"/modereret/{one.reference}", notice)


@router.post("/modereret/{reference}/lad-staa", dependencies=[only(may_moderate)])
def leave(visit: AVisit, form: SentForm, reference: str) -> Response:
    return _act(visit, form, reference, DecisionInput, service.leave, "let_stand")


@router.post("/modereret/{reference}/skjul", dependencies=[only(may_moderate)])
def hide(visit: AVisit, form: SentForm, reference: str) -> Response:
    return _act(visit, form, reference, HideInput, service.hide, "hidden")


@router.post("/modereret/{reference}/vis", dependencies=[only(may_moderate)])
def show(visit: AVisit, form: SentForm, reference: str) -> Response:
    return _act(visit, form, reference, DecisionInput, service.show, "shown")


@router.post("/modereret/{reference}/fasthold", dependencies=[only(may_moderate)])
def uphold(visit: AVisit, form: SentForm, reference: str) -> Response:
    return _act(visit, form, reference, DecisionInput, service.uphold, "upheld")


@router.post("/modereret/{reference}/sloer", dependencies=[only(may_moderate)])
def black_out(visit: AVisit, form: SentForm, reference: str) -> Response:
    return _act(visit, form, reference, BlackOutInput, service.black_out, "blacked_out")


@router.post("/modereret/{reference}/fjern-sloering", dependencies=[only(may_moderate)])
def unblack(visit: AVisit, form: SentForm, reference: str) -> Response:
    return _act(visit, form, reference, VersionInput, service.unblack, "unblacked")


@router.post("/modereret/{reference}/slet-original", dependencies=[only(may_moderate)])
def erase_originals(visit: AVisit, form: SentForm, reference: str) -> Response:
    return _act(visit, form, reference, VersionInput, _erase, "originals_erased")


def _erase(session: Any, actor: Any, contribution_id: int, given: VersionInput) -> None:
    blacking_out.erase_originals(session, actor, contribution_id, given.version)
