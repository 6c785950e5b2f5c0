"""Promising, wording otherwise, publishing, moving the day, judging and replacing a commitment."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict

from app.core.policy import NotFound, Refused, require
from app.domain.answering.inbox import list_colleagues
from app.domain.commitments import service
from app.domain.commitments.policy import may_commit, may_decide, may_edit, may_report
from app.domain.commitments.queries import (
    CommitmentView,
    Filters,
    find_contribution_ids,
    list_commitments,
    list_proposed,
)
from app.domain.commitments.schemas import (
    CommitmentEdit,
    CommitmentInput,
    MoveInput,
    ReplaceInput,
    TakeBackInput,
    VerdictInput,
)
from app.domain.contributions.queries import Option, find_contribution, list_organisation_options
from app.domain.meetings.queries import MeetingCard, find_meeting, list_meetings
from app.domain.meetings.schemas import RowId, Version
from app.http.doors import Router
from app.http.forms import Form, SentForm
from app.http.pages import Page
from app.http.sentences import add_sentences
from app.http.visit import AVisit, Visit, only
from app.web.commitments import (
    LIST,
    find_commitment,
    make_page,
    make_proposed_page,
)
from app.web.contributions import ThemeMenu, list_theme_menus
from app.web.filters import typed, whole_number
from app.web.plan_pages import Difference, compare

router = Router()

ONE = LIST + "/{reference}"
_REFERENCE = re.compile(r"(OE|ID|BE|IN|SP)-\d{4,9}")
MOST_NAMED = 100


def _(text: str) -> str:
    return text


add_sentences(
    {
        "promise_unknown_reference": _("Der er intet med nummeret {reference}, som du kan se."),
        "promise_reason_missing": _("Skriv, hvorfor ordlyden ændres. Den gamle bliver stående med grunden."),
        "promise_unknown_owner": _("Vælg en, der er ansat i sekretariatet nu."),
        "promise_unknown_meeting": _("Mødet findes ikke længere. Vælg et andet."),
        "promise_unknown_answer": _("Svaret, som løftet hører til, findes ikke længere."),
        "promise_nothing_chosen": _("Vælg mindst ét forslag."),
        "promise_none_left": _("Ingen af dem er forslag længere. Listen viser, hvordan det står nu."),
    }
)

# The field that a refusal belongs to, and its sentence here where that is another one.
FIELDS = {
    "deadline_past": "deadline",
    "deadline_needs_reason": "deadline",
    "unknown_organisation": "organisation_id",
    "commitment_owner_fixed": "organisation_id",
    "unknown_owner": "owner_user_id",
    "unknown_meeting": "meeting_id",
    "unknown_answer": "form",
    "unknown_contribution": "references",
    "unknown_theme": "theme_ids",
    "reason_missing": "reason",
}
SENTENCES = {
    "reason_missing": "promise_reason_missing",
    "unknown_owner": "promise_unknown_owner",
    "unknown_meeting": "promise_unknown_meeting",
    "unknown_answer": "promise_unknown_answer",
    "unknown_contribution": "not_found",
}


class ChosenInput(BaseModel):
    """The proposals that were ticked."""

    model_config = ConfigDict(extra="forbid")

    commitment_ids: list[RowId]


@dataclass
class WritePage(Page):
    """The form of a promise. `commitment` is None for a new one. `about`: the number of the contribution
    whose answer it is promised in, or empty; saving leads back there."""

    template: ClassVar[str] = "commitments/write.html"
    form: Form
    commitment: CommitmentView | None
    action: str
    about: str
    organisations: Mapping[str, list[Option]]
    colleagues: list[tuple[int, str]]
    meetings: list[MeetingCard]
    menus: list[ThemeMenu]
    is_staff: bool
    is_published: bool
    differences: list[Difference] = field(default_factory=list)


@dataclass
class ActPage(Page):
    """One thing to do with a commitment, on a page of its own. `act`: move, judge, replace or take_back.
    `others`: (id, words) of the promises that may stand in its place."""

    template: ClassVar[str] = "commitments/act.html"
    act: str
    form: Form
    commitment: CommitmentView
    action: str
    others: Sequence[tuple[int, str]] = ()


# --- writing


@router.get(LIST + "/nyt", dependencies=[only(may_commit)])
def new_commitment(visit: AVisit) -> Response:
    about, answer_id = _read_about(visit)
    values: dict[str, object] = {"organisation_id": visit.actor.organisation_id}
    if about and (said := find_contribution(visit.session, visit.actor, about)):
        values |= {"references": about, "theme_ids": [tag.id for tag in said.themes], "answer_id": answer_id}
        meeting = find_meeting(visit.session, visit.actor, said.meeting_key) if said.meeting_key else None
        values["meeting_id"] = meeting.id if meeting else None
    wished = typed(visit, "handler-om")
    if wished and "references" not in values:
        values["references"] = wished
    return visit.page(_write_page(visit, visit.blank(**values), None, about))


def _read_about(visit: Visit) -> tuple[str, int | None]:
    """The contribution and the answer that staff comes from; nothing for others."""
    about = typed(visit, "indspil")
    if not may_decide(visit.actor) or not _REFERENCE.fullmatch(about):
        return "", None
    return about, whole_number(typed(visit, "svar"))


@router.post(LIST + "/nyt", dependencies=[only(may_commit)])
def propose(visit: AVisit, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    about, _answer_id = _read_about(visit)
    _take_own(visit, form)
    given = form.read(CommitmentInput)
    if given is not None and not form.errors:
        try:
            made = service.propose(visit.session, visit.actor, given)
            if about:
                return visit.done(form, f"/indbakke/{about}", "promise_drafted")
            notice = "promise_drafted" if may_decide(visit.actor) else "promise_proposed"
            return visit.done(form, f"{LIST}/{made.reference}", notice)
        except Refused as refusal:
            take_refusal(form, refusal)
    return visit.page(_write_page(visit, form, None, about), 422)


def _take_own(visit: Visit, form: Form) -> None:
    """What the form names by number becomes ids; and what is staff's to set is left out for others."""
    if not may_decide(visit.actor):
        for name in ("owner_user_id", "visibility", "meeting_id", "answer_id"):
            form.typed.pop(name, None)
        form.typed["organisation_id"] = [str(visit.actor.organisation_id or 0)]
    named = list(dict.fromkeys(form.value("references").upper().replace(",", " ").split()))
    known = find_contribution_ids(visit.session, visit.actor, named[: MOST_NAMED + 1])
    for reference in named:
        if reference not in known:
            form.refuse("references", "promise_unknown_reference", reference=reference[:20])
            break
    form.typed["contribution_ids"] = [str(one) for one in known.values()]


def take_refusal(form: Form, refusal: Refused) -> None:
    code = refusal.code
    form.refuse(FIELDS.get(code, "form"), SENTENCES.get(code, code), **refusal.values)


def _write_page(
    visit: Visit,
    form: Form,
    commitment: CommitmentView | None,
    about: str = "",
    differences: list[Difference] | None = None,
) -> WritePage:
    is_staff = may_decide(visit.actor)
    path = f"{LIST}/{commitment.line.reference}/rediger" if commitment else f"{LIST}/nyt"
    return WritePage(
        form=form,
        commitment=commitment,
        action=f"{path}?indspil={about}" if about else path,
        about=about,
        organisations=list_organisation_options(visit.session) if is_staff else {},
        colleagues=list_colleagues(visit.session, visit.actor) if is_staff else [],
        meetings=list_meetings(visit.session, visit.actor) if is_staff else [],
        menus=list_theme_menus(visit),
        is_staff=is_staff,
        is_published=commitment is not None and commitment.published_at is not None,
        differences=differences or [],
    )


@router.get(ONE + "/rediger", dependencies=[only(may_commit)])
def edit_page(visit: AVisit, reference: str) -> Response:
    found = find_commitment(visit, reference)
    require(may_edit(visit.actor, found))
    return visit.page(_write_page(visit, visit.blank(**_current(visit, found)), found))


def _current(visit: Visit, found: CommitmentView) -> dict[str, Any]:
    line = found.line
    values: dict[str, Any] = {
        "title": line.title,
        "title_en": line.title_en,
        "text": found.text,
        "text_en": found.text_en,
        "organisation_id": line.organisation_id,
        "deadline": line.deadline.isoformat(),
        "references": ", ".join(one.reference for one in found.contributions),
        "theme_ids": sorted(found.own_theme_ids),
        "version": line.version,
    }
    if may_decide(visit.actor):
        meeting = find_meeting(visit.session, visit.actor, line.meeting_key) if line.meeting_key else None
        values |= {
            "owner_user_id": found.owner_user_id,
            "visibility": line.visibility,
            "meeting_id": meeting.id if meeting else None,
            "answer_id": line.answer_id,
        }
    return values


@router.post(ONE + "/rediger", dependencies=[only(may_commit)])
def edit(visit: AVisit, form: SentForm, reference: str) -> Response:
    if before := visit.done_before(form):
        return before
    found = find_commitment(visit, reference)
    require(may_edit(visit.actor, found))
    if found.published_at is not None:
        # A promise that is out keeps them; the form does not ask.
        form.typed |= {
            "organisation_id": [str(found.organisation_id)],
            "deadline": [found.line.deadline.isoformat()],
        }
        if found.visibility == "public":
            form.typed.setdefault("visibility", ["public"])
    _take_own(visit, form)
    given = form.read(CommitmentEdit)
    if given is None or form.errors:
        return visit.page(_write_page(visit, form, found), 422)
    try:
        service.edit(visit.session, visit.actor, found.line.id, given)
        return visit.done(form, path_of(found), "promise_saved")
    except Refused as refusal:
        take_refusal(form, refusal)
        is_stale = refusal.code == "stale"
        differences = compare(form, _current(visit, found)) if is_stale else []
        page = _write_page(visit, form, found, differences=differences)
        return visit.page(page, 409 if is_stale else 422)


def path_of(found: CommitmentView) -> str:
    return f"{LIST}/{found.line.reference}"


# --- what is one press


def press(
    visit: Visit, form: Form, reference: str, notice: str, verb: Callable[[CommitmentView], object]
) -> Response:
    """Do it and show the commitment; a refusal stands on its page."""
    if before := visit.done_before(form):
        return before
    found = find_commitment(visit, reference)
    require(may_report(visit.actor, found))
    try:
        verb(found)
    except Refused as refusal:
        take_refusal(form, refusal)
        return visit.page(make_page(visit, find_commitment(visit, reference), form), 409)
    return visit.done(form, path_of(found), notice)


@router.post(ONE + "/udgiv", dependencies=[only(may_decide)])
def publish(visit: AVisit, form: SentForm, reference: str) -> Response:
    return press(
        visit,
        form,
        reference,
        "promise_published",
        lambda found: _publish(visit, [found.line.id]),
    )


def _publish(visit: Visit, ids: Sequence[int]) -> None:
    if not service.publish(visit.session, visit.actor, ids):
        raise Refused("promise_none_left")


@router.post(LIST + "/foreslaaede", dependencies=[only(may_decide)])
def publish_chosen(visit: AVisit, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    given = form.read(ChosenInput)
    status = 422
    if given is None:
        form.errors.clear()
        form.refuse("commitment_ids", "promise_nothing_chosen")
    else:
        try:
            wanted = set(given.commitment_ids)
            known = [one.id for one in list_proposed(visit.session, visit.actor) if one.id in wanted]
            _publish(visit, known)
            return visit.done(form, f"{LIST}/foreslaaede", "promise_published")
        except Refused as refusal:
            take_refusal(form, refusal)
            status = 409
    return visit.page(make_proposed_page(visit, form), status)


@router.post(ONE + "/i-gang", dependencies=[only(may_commit)])
def begin(visit: AVisit, form: SentForm, reference: str) -> Response:
    version = _read_version(form)
    return press(
        visit,
        form,
        reference,
        "promise_begun",
        lambda found: service.begin(visit.session, visit.actor, found.line.id, version),
    )


def _read_version(form: Form) -> int:
    given = form.read(Version)
    return given.version if given else 0


@router.post(ONE + "/traek-tilbage", dependencies=[only(may_commit)])
def withdraw(visit: AVisit, form: SentForm, reference: str) -> Response:
    return press(
        visit,
        form,
        reference,
        "promise_withdrawn",
        lambda found: service.withdraw(visit.session, visit.actor, found.line.id),
    )


@router.post(ONE + "/fortryd", dependencies=[only(may_commit)])
def restore(visit: AVisit, form: SentForm, reference: str) -> Response:
    return press(
        visit,
        form,
        reference,
        "promise_restored",
        lambda found: service.restore(visit.session, visit.actor, found.line.id),
    )


# --- what is asked on a page of its own


def ask(visit: Visit, act: str, word: str, found: CommitmentView, form: Form) -> ActPage:
    others = _list_others(visit, found) if act == "replace" else ()
    return ActPage(act, form, found, f"{path_of(found)}/{word}", others)


def _list_others(visit: Visit, found: CommitmentView) -> list[tuple[int, str]]:
    """The open promises, those of the same organisation first."""
    own = Filters(owner_id=found.organisation_id)
    rows = [
        *list_commitments(visit.session, visit.actor, own).rows,
        *list_commitments(visit.session, visit.actor, Filters()).rows,
    ]
    words = {one.id: f"{one.reference} {one.title}" for one in rows if one.is_open}
    words.pop(found.line.id, None)
    return list(words.items())


def send(
    visit: Visit,
    form: Form,
    asked: tuple[str, str, str],
    reference: str,
    verb: Callable[[CommitmentView], object | None],
) -> Response:
    """Take an asking page's form. `asked`: act, word in the address, notice. `verb`: None where the form is
    wrong."""
    if before := visit.done_before(form):
        return before
    act, word, notice = asked
    found = find_commitment(visit, reference)
    require(may_report(visit.actor, found))
    try:
        if verb(found) is not None:
            return visit.done(form, path_of(found), notice)
        status = 422
    except Refused as refusal:
        _refuse_act(form, refusal)
        status = 409 if refusal.code == "stale" else 422
        form.typed["version"] = [str(found.line.version)]
    return visit.page(ask(visit, act, word, found, form), status)


_OF_ACTS = {
    "deadline_same": "new_on",
    "deadline_past": "new_on",
    "replacement_itself": "replaced_by_id",
    "replacement_not_open": "replaced_by_id",
    "replacement_hidden": "replaced_by_id",
}


def _refuse_act(form: Form, refusal: Refused) -> None:
    form.refuse(_OF_ACTS.get(refusal.code, "form"), refusal.code, **refusal.values)


@router.get(ONE + "/dag", dependencies=[only(may_commit)])
def move_page(visit: AVisit, reference: str) -> Response:
    found = find_commitment(visit, reference)
    require(may_report(visit.actor, found))
    if not found.line.is_open:
        raise NotFound
    return visit.page(ask(visit, "move", "dag", found, visit.blank(version=found.line.version)))


@router.post(ONE + "/dag", dependencies=[only(may_commit)])
def move(visit: AVisit, form: SentForm, reference: str) -> Response:
    def verb(found: CommitmentView) -> object | None:
        given = form.read(MoveInput)
        return given and service.move_deadline(visit.session, visit.actor, found.line.id, given)

    return send(visit, form, ("move", "dag", "promise_moved"), reference, verb)


@router.get(ONE + "/afgoerelse", dependencies=[only(may_decide)])
def judge_page(visit: AVisit, reference: str) -> Response:
    found = find_commitment(visit, reference)
    act = "take_back" if found.line.is_judged else "judge"
    if not (found.line.is_judged or found.line.is_open):
        raise NotFound
    word = "afgoerelse/tilbage" if act == "take_back" else "afgoerelse"
    return visit.page(ask(visit, act, word, found, visit.blank(version=found.line.version)))


@router.post(ONE + "/afgoerelse", dependencies=[only(may_decide)])
def judge(visit: AVisit, form: SentForm, reference: str) -> Response:
    def verb(found: CommitmentView) -> object | None:
        given = form.read(VerdictInput)
        return given and service.give_verdict(visit.session, visit.actor, found.line.id, given)

    return send(visit, form, ("judge", "afgoerelse", "promise_judged"), reference, verb)


@router.post(ONE + "/afgoerelse/tilbage", dependencies=[only(may_decide)])
def take_back(visit: AVisit, form: SentForm, reference: str) -> Response:
    def verb(found: CommitmentView) -> object | None:
        given = form.read(TakeBackInput)
        return given and service.take_back_verdict(visit.session, visit.actor, found.line.id, given)

    return send(visit, form, ("take_back", "afgoerelse/tilbage", "promise_unjudged"), reference, verb)


@router.get(ONE + "/erstat", dependencies=[only(may_decide)])
def replace_page(visit: AVisit, reference: str) -> Response:
    found = find_commitment(visit, reference)
    if not found.line.is_open:
        raise NotFound
    return visit.page(ask(visit, "replace", "erstat", found, visit.blank(version=found.line.version)))


@router.post(ONE + "/erstat", dependencies=[only(may_decide)])
def replace(visit: AVisit, form: SentForm, reference: str) -> Response:
    def verb(found: CommitmentView) -> object | None:
        given = form.read(ReplaceInput)
        return given and service.replace(visit.session, visit.actor, found.line.id, given)

    return send(visit, form, ("replace", "erstat", "promise_replaced"), reference, verb)
