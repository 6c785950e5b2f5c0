"""What its asker says to staff about a contribution, and the slide pages that staff notes it rests on."""

from collections.abc import Callable

from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict

from app.core.policy import Actor, NotFound, Refused, require
from app.core.text import ShortLine
from app.domain.answering.pausing import reply
from app.domain.answering.policy import may_reply, may_reply_somewhere
from app.domain.answering.publishing import object_to_answer
from app.domain.answering.schemas import ReplyInput, ReplyText
from app.domain.contributions.gathering import cite_page, uncite_page, uncite_page_in_answer
from app.domain.contributions.policy import may_record_at, may_record_somewhere
from app.domain.contributions.queries import ContributionView
from app.domain.contributions.schemas import Id
from app.http.doors import Router
from app.http.forms import Form, SentForm
from app.http.sentences import add_sentences
from app.http.visit import AVisit, Visit, only
from app.web.cards import make_card_page
from app.web.contributions import path_of
from app.web.ideas import make_idea_page
from app.web.life import read_page_address
from app.web.needs import make_need_page
from app.web.wishes import find_said, make_wish_page

router = Router()


def _(text: str) -> str:
    return text


add_sentences(
    {
        "chain_not_asked": _("Der er ikke noget, I er spurgt om. Måske har en kollega svaret i mellemtiden."),
        "chain_objected_before": _("Det er allerede sagt én gang. Sekretariatet er i gang med at se på det."),
        "chain_page_address": _("Indsæt adressen på en side i et oplæg, for eksempel /oplaeg/12/side/3."),
        "chain_no_answer": _("Der er ikke svaret på det endnu."),
        "chain_unknown_page": _("Siden findes ikke. Se efter, om adressen er rigtig."),
        "chain_cited_enough": _("Der er ikke plads til flere sider. Fjern en af dem først."),
        "chain_unknown_reference": _("Der er ikke noget med det nummer. Skriv det som OE-0142."),
        "notice_chain_told": _("Tak. Sekretariatet har fået jeres svar, og svarfristen løber igen."),
        "notice_chain_objected": _("Det er noteret, og sekretariatet ser på det igen."),
        "notice_chain_cited": _("Siden er noteret."),
        "notice_chain_uncited": _("Siden er fjernet igen."),
    }
)


class TellMoreInput(BaseModel):
    model_config = ConfigDict(extra="forbid")

    reply: ReplyText


class NoAnswerInput(BaseModel):
    model_config = ConfigDict(extra="forbid")

    objection: ReplyText
    answer_id: Id


class CiteInput(BaseModel):
    """A slide page by its address, as it is copied from the browser."""

    model_config = ConfigDict(extra="forbid")

    page: ShortLine


class CitedInput(BaseModel):
    model_config = ConfigDict(extra="forbid")

    deck_id: Id
    number: Id
    answer_id: Id | None = None


def _open(visit: Visit, reference: str, rule: Callable[[Actor, ContributionView], bool]) -> ContributionView:
    """What it is about, before the form is read. Raises NotFound, NotAllowed."""
    said = find_said(visit, reference)
    require(rule(visit.actor, said))
    return said


def _may_cite(actor: Actor, said: ContributionView) -> bool:
    return may_record_at(actor, said.meeting_id)


# --- the asker


@router.post("/oensker/{reference}/fortael-mere", dependencies=[only(may_reply_somewhere)])
@router.post("/ideer/{reference}/fortael-mere", dependencies=[only(may_reply_somewhere)])
@router.post("/behov/{reference}/fortael-mere", dependencies=[only(may_reply_somewhere)])
@router.post("/indspil/{reference}/fortael-mere", dependencies=[only(may_reply_somewhere)])
def tell_more(visit: AVisit, form: SentForm, reference: str) -> Response:
    if before := visit.done_before(form):
        return before
    said = _open(visit, reference, may_reply)
    given = form.read(TellMoreInput)
    if given is None:
        return _show_again(visit, said, reply=form)
    try:
        reply(visit.session, visit.actor, said.id, ReplyInput(text=given.reply))
    except Refused as refusal:
        form.refuse("reply", f"chain_{refusal.code}")
        return _show_again(visit, said, reply=form)
    return visit.done(form, path_of(said), "chain_told")


@router.post("/oensker/{reference}/svarer-ikke", dependencies=[only(may_reply_somewhere)])
@router.post("/ideer/{reference}/svarer-ikke", dependencies=[only(may_reply_somewhere)])
@router.post("/behov/{reference}/svarer-ikke", dependencies=[only(may_reply_somewhere)])
@router.post("/indspil/{reference}/svarer-ikke", dependencies=[only(may_reply_somewhere)])
def find_no_answer(visit: AVisit, form: SentForm, reference: str) -> Response:
    """Say, once, that an answer does not answer."""
    if before := visit.done_before(form):
        return before
    said = _open(visit, reference, may_reply)
    given = form.read(NoAnswerInput)
    if given is None:
        return _show_again(visit, said, objection=form)
    try:
        object_to_answer(
            visit.session,
            visit.actor,
            said.id,
            given.answer_id,
            ReplyInput(text=given.objection),
            visit.kit.site.answer_within_days,
        )
    except Refused as refusal:
        form.refuse("objection", f"chain_{refusal.code}")
        return _show_again(visit, said, objection=form)
    return visit.done(form, path_of(said), "chain_objected")


# --- what it rests on


@router.post("/oensker/{reference}/kilder", dependencies=[only(may_record_somewhere)])
@router.post("/ideer/{reference}/kilder", dependencies=[only(may_record_somewhere)])
@router.post("/behov/{reference}/kilder", dependencies=[only(may_record_somewhere)])
@router.post("/indspil/{reference}/kilder", dependencies=[only(may_record_somewhere)])
def cite(visit: AVisit, form: SentForm, reference: str) -> Response:
    if before := visit.done_before(form):
        return before
    said = _open(visit, reference, _may_cite)
    given = form.read(CiteInput)
    if given is None:
        return _show_again(visit, said, cite=form)
    page = read_page_address(given.page)
    if page is None:
        form.refuse("page", "chain_page_address")
        return _show_again(visit, said, cite=form)
    try:
        cite_page(visit.session, visit.actor, said.id, *page)
    except Refused as refusal:
        form.refuse("page", f"chain_{refusal.code}")
        return _show_again(visit, said, cite=form)
    return visit.done(form, path_of(said), "chain_cited")


@router.post("/oensker/{reference}/kilder/fjern", dependencies=[only(may_record_somewhere)])
@router.post("/ideer/{reference}/kilder/fjern", dependencies=[only(may_record_somewhere)])
@router.post("/behov/{reference}/kilder/fjern", dependencies=[only(may_record_somewhere)])
@router.post("/indspil/{reference}/kilder/fjern", dependencies=[only(may_record_somewhere)])
def uncite(visit: AVisit, form: SentForm, reference: str) -> Response:
    if before := visit.done_before(form):
        return before
    said = _open(visit, reference, _may_cite)
    given = form.read(CitedInput)
    if given is None:
        raise NotFound
    if given.answer_id is None:
        uncite_page(visit.session, visit.actor, said.id, given.deck_id, given.number)
    else:
        page = given.answer_id, given.deck_id, given.number
        uncite_page_in_answer(visit.session, visit.actor, said.id, *page)
    return visit.done(form, path_of(said), "chain_uncited")


def _show_again(visit: Visit, said: ContributionView, **forms: Form) -> Response:
    """The page with what was typed, and a sentence at it."""
    if said.kind == "wish":
        return visit.page(make_wish_page(visit, said, **forms), 422)
    if said.kind == "idea":
        return visit.page(make_idea_page(visit, said, **forms), 422)
    if said.kind == "need":
        return visit.page(make_need_page(visit, said, **forms), 422)
    return visit.page(make_card_page(visit, said, **forms), 422)
