"""What its asker does with a contribution: telling more when asked, saying that an answer answers nothing,
standing by an idea, and having others sign it along."""

from datetime import datetime

from fastapi.responses import Response
from pydantic import Field

from app.api.answers import Out, answer
from app.api.asking import make_router
from app.api.ideas import KIND, IdeaIn, IdeaOut
from app.api.ideas import show as show_idea
from app.api.said import Reference, SaidOut, as_said, count_sending, find_said, take_rules
from app.api.verbs import Doors, Upon
from app.core.policy import is_person, require
from app.domain.answering import pausing, publishing
from app.domain.answering.policy import may_reply, may_reply_somewhere
from app.domain.answering.schemas import ReplyInput, ReplyText
from app.domain.contributions import service
from app.domain.contributions.ideas import resting, signing
from app.domain.contributions.policy import may_send
from app.domain.contributions.schemas import Given, Id, IdeaInput
from app.http.visit import AVisit, Visit, only

router = make_router("svar")
IDEA = "/ideer/{reference}"
SIGNERS = IDEA + "/medunderskrivere"


class NoAnswerIn(Given):
    """Which answer answers nothing, and why."""

    answer_id: Id
    objection: ReplyText


class SignerOut(Out):
    """An organisation that was asked to sign along."""

    organisation_id: int
    organisation: str
    organisation_kind: str
    answer: str | None = Field(description="yes, no, or null while it is open.")
    asked_at: datetime = Field(description="When it was asked.")
    answered_at: datetime | None = Field(description="When it answered, or null.")
    is_outdated: bool = Field(description="Whether the idea was changed after the yes.")


class SignersOut(Out):
    """Who was asked to sign an idea along."""

    reference: str
    items: list[SignerOut] = Field(description="As far as the reader may know of them.")


class SignerIn(Given):
    """The organisation that is asked."""

    organisation_id: Id


def show(visit: Visit, reference: str) -> tuple[SaidOut, int]:
    found = find_said(visit, reference)
    return SaidOut(**as_said(visit, found)), found.version


def show_signers(visit: Visit, reference: str) -> tuple[SignersOut, None]:
    found = find_said(visit, reference, KIND)
    rows = signing.list_signers(visit.session, visit.actor, found.id)
    return SignersOut(reference=found.reference, items=[SignerOut.model_validate(one) for one in rows]), None


doors = Doors(router, SaidOut, show)
ideas = Doors(router, IdeaOut, show_idea, at="/ideer/{}")
signers = Doors(router, SignersOut, show_signers)


@doors.post("/svar/{reference}/fortael-mere", may_reply_somewhere)
def tell_more(visit: Visit, reference: Reference, given: ReplyInput) -> str:
    """Answer staff's question about what one has sent, by its number; the clock runs again."""
    said = find_said(visit, reference)
    require(may_reply(visit.actor, said))
    pausing.reply(visit.session, visit.actor, said.id, given)
    return said.reference


@doors.post("/svar/{reference}/svarer-ikke", may_reply_somewhere)
def find_no_answer(visit: Visit, reference: Reference, given: NoAnswerIn) -> str:
    """Say, once, that an answer does not answer what one has sent."""
    said = find_said(visit, reference)
    require(may_reply(visit.actor, said))
    words, days = ReplyInput(text=given.objection), visit.kit.site.answer_within_days
    publishing.object_to_answer(visit.session, visit.actor, said.id, given.answer_id, words, days)
    return said.reference


# --- ideas


@ideas.post(IDEA + "/send", may_send)
def send_draft(visit: Visit, upon: Upon, reference: Reference, given: IdeaIn) -> str:
    """Send an idea that was kept for later, all of it as it is now."""
    draft = find_said(visit, reference, KIND)
    version = upon.of(draft.version)
    take_rules(visit, given.rules)
    count_sending(visit)
    idea = IdeaInput.model_validate(given.model_dump(exclude={"rules"}) | {"version": version})
    days = visit.kit.site.answer_within_days
    return service.send_idea(visit.session, visit.actor, idea, days, draft.id).reference


@ideas.post(IDEA + "/gaelder", is_person)
def stand_by(visit: Visit, reference: Reference) -> str:
    """Say that one's idea still holds."""
    idea = find_said(visit, reference, KIND)
    resting.confirm_idea(visit.session, visit.actor, idea.id)
    return idea.reference


@ideas.post(IDEA + "/hvil", is_person)
def lay_to_rest(visit: Visit, reference: Reference) -> str:
    """Let one's idea rest."""
    idea = find_said(visit, reference, KIND)
    resting.rest_idea(visit.session, visit.actor, idea.id)
    return idea.reference


@router.get(SIGNERS, dependencies=[only(may_send)], response_model=SignersOut)
def list_signers(visit: AVisit, reference: Reference) -> Response:
    """Who was asked to sign an idea along, and what they said."""
    return answer(visit, show_signers(visit, reference)[0])


@signers.post(SIGNERS, may_send)
def ask_signer(visit: Visit, reference: Reference, given: SignerIn) -> str:
    """Ask another organisation to sign one's idea along."""
    idea = find_said(visit, reference, KIND)
    signing.ask_signer(visit.session, visit.actor, idea.id, given.organisation_id)
    return idea.reference


@signers.delete(SIGNERS + "/{organisation_id}", may_send)
def remove_signer(visit: Visit, reference: Reference, organisation_id: Id) -> str:
    """Ask an organisation no more; what it said goes with it."""
    idea = find_said(visit, reference, KIND)
    signing.remove_signer(visit.session, visit.actor, idea.id, organisation_id)
    return idea.reference
