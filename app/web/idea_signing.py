"""Co-signers: asking other organisations to stand behind an idea, and answering for one's own."""

from dataclasses import dataclass
from typing import ClassVar

from fastapi.responses import Response

from app.core.policy import NotFound, Refused, is_person, require
from app.domain.contributions.ideas import signing
from app.domain.contributions.ideas.policy import may_ask_signers
from app.domain.contributions.ideas.signing import AskedLine, SignerChoice, SignerView, ToSign
from app.domain.contributions.policy import may_send
from app.domain.contributions.queries import ContributionView
from app.http.doors import Router
from app.http.forms import Form, SentForm
from app.http.pages import Page
from app.http.visit import AVisit, Visit, only
from app.web.filters import typed, whole_number
from app.web.idea_words import refuse_idea
from app.web.wishes import find_said

router = Router()


@dataclass
class SignersPage(Page):
    """`found`: the organisations that the words in the search name."""

    template: ClassVar[str] = "ideas/signers.html"
    form: Form
    idea: ContributionView
    signers: list[SignerView]
    words: str
    found: list[SignerChoice]


@dataclass
class AskedPage(Page):
    """What one's organisation is asked to sign, and what it has answered."""

    template: ClassVar[str] = "ideas/asked.html"
    lines: list[AskedLine]


@dataclass
class SignPage(Page):
    template: ClassVar[str] = "ideas/sign.html"
    form: Form
    asked: ToSign


# --- asking


@router.get("/ideer/{reference}/medunderskrivere", dependencies=[only(may_send)])
def show_signers(visit: AVisit, reference: str) -> Response:
    return visit.page(_signers_page(visit, visit.blank(), _find_own(visit, reference)))


def _find_own(visit: Visit, reference: str) -> ContributionView:
    """The idea, for its own people. Raises NotFound and NotAllowed."""
    idea = find_said(visit, reference)
    if idea.kind != "idea":
        raise NotFound
    require(may_ask_signers(visit.actor, idea))
    return idea


def _signers_page(visit: Visit, form: Form, idea: ContributionView) -> SignersPage:
    words = typed(visit, "q")
    found = signing.find_signer_choices(visit.session, visit.actor, idea.id, words) if words else []
    signers = signing.list_signers(visit.session, visit.actor, idea.id)
    return SignersPage(form, idea, signers, words, found)


@router.post("/ideer/{reference}/medunderskrivere", dependencies=[only(may_send)])
def ask_signer(visit: AVisit, form: SentForm, reference: str) -> Response:
    if before := visit.done_before(form):
        return before
    idea = _find_own(visit, reference)
    try:
        organisation_id = whole_number(form.value("organisation_id")) or 0
        signing.ask_signer(visit.session, visit.actor, idea.id, organisation_id)
    except Refused as refusal:
        refuse_idea(form, refusal)
        return visit.page(_signers_page(visit, form, idea), 422)
    return visit.done(form, f"/ideer/{idea.reference}/medunderskrivere", "signer_asked")


@router.post("/ideer/{reference}/medunderskrivere/fjern", dependencies=[only(may_send)])
def remove_signer(visit: AVisit, form: SentForm, reference: str) -> Response:
    if before := visit.done_before(form):
        return before
    idea = _find_own(visit, reference)
    organisation_id = whole_number(form.value("organisation_id")) or 0
    signing.remove_signer(visit.session, visit.actor, idea.id, organisation_id)
    return visit.done(form, f"/ideer/{idea.reference}/medunderskrivere", "signer_gone")


# --- answering


@router.get("/mit/medunderskrift", dependencies=[only(is_person)])
def list_asked(visit: AVisit) -> Response:
    return visit.page(AskedPage(signing.list_asked(visit.session, visit.actor)))


@router.get("/mit/medunderskrift/{signer_id:int}", dependencies=[only(is_person)])
def show_question(visit: AVisit, signer_id: int) -> Response:
    return visit.page(SignPage(visit.blank(), _find_asked(visit, signer_id)))


def _find_asked(visit: Visit, signer_id: int) -> ToSign:
    asked = signing.find_to_sign(visit.session, visit.actor, signer_id)
    if asked is None:
        raise NotFound
    return asked


@router.post("/mit/medunderskrift/{signer_id:int}", dependencies=[only(is_person)])
def answer_question(visit: AVisit, form: SentForm, signer_id: int) -> Response:
    if before := visit.done_before(form):
        return before
    asked = _find_asked(visit, signer_id)
    answer = form.value("answer")
    if answer not in ("yes", "no"):
        form.refuse("answer", "literal_error")
        return visit.page(SignPage(form, asked), 422)
    signing.answer_signing(visit.session, visit.actor, signer_id, answer == "yes")
    return visit.done(form, f"/mit/medunderskrift/{signer_id}", f"signing_{answer}")
