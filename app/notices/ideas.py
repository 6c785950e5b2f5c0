"""Mails around ideas: who is asked to stand behind one, is heard on access, or is to say that one holds.

None holds anything of the confidential half, its reasons, or what was said in a hearing; who asked for access
stands in none at all. The rest is read on the site by who is signed in.
"""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.contributions.ideas.events import (
    AccessDecided,
    AccessRequestWithdrawn,
    HearingAnswered,
    HearingLapsed,
    HearingMoved,
    HearingNears,
    HearingOpened,
    IdeaConfirmationAsked,
    IdeaRested,
    IdeaWoken,
    SignerAnswered,
    SignerAsked,
)
from app.domain.contributions.ideas.models import AccessRequest, HeardPart, IdeaRest, IdeaSigner
from app.domain.contributions.ideas.resting import RESTS_AFTER
from app.domain.contributions.models import Contribution
from app.domain.contributions.on_behalf import list_members
from app.domain.organisations.models import Organisation
from app.domain.users.models import User
from app.domain.users.staff import is_on_staff
from app.notices.answers import find_colleague
from app.notices.post import Addressed, Post, Receiver

# Where things are done, by number: the idea, the question to sign along, the hearing.
IDEA = "/ideer/{reference}"
SIGNING = "/mit/medunderskrift/{number}"
HEARING = "/ideer/{reference}/hoering/{number}"
STAFF_HEARING = "/indbakke/hoeringer/{number}"


# --- co-signers


def ask_to_sign(post: Post, asked: SignerAsked) -> None:
    """To who speaks for the organisation that is asked."""
    idea = post.session.get_one(Contribution, asked.contribution_id)
    owner = _name_owner(post.session, idea)
    path = SIGNING.format(number=asked.signer_id)
    organisation = post.session.get_one(Organisation, asked.organisation_id).name
    for to in list_members(post.session, asked.organisation_id):
        post.send(to, "idea_sign", title=idea.title, owner=owner, organisation=organisation, path=path)


def tell_of_signer(post: Post, answered: SignerAnswered) -> None:
    """To the idea's own people: yes or no, as it stands now."""
    signer = post.session.get(IdeaSigner, answered.signer_id)
    if signer is None or signer.answer is None:
        return
    organisation = post.session.get_one(Organisation, answered.organisation_id).name
    says_yes = signer.answer == "yes"
    _tell_owners(post, answered.contribution_id, "idea_signed", organisation=organisation, says_yes=says_yes)


# --- hearings


def tell_of_hearing(post: Post, opened: HearingOpened) -> None:
    """To the idea's own people: somebody asks for access, and until when they may say something."""
    _tell_of_request(post, opened.request_id, "hearing_opened")


def tell_of_more_time(post: Post, moved: HearingMoved) -> None:
    _tell_of_request(post, moved.request_id, "hearing_moved")


def remind_of_hearing(post: Post, nears: HearingNears) -> None:
    _tell_of_request(post, nears.request_id, "hearing_nears")


def tell_of_decision(post: Post, decided: AccessDecided) -> None:
    """To the idea's own people: how many parts are given out, and how many are not."""
    decisions = post.session.scalars(
        select(HeardPart.decision).where(HeardPart.request_id == decided.request_id).order_by(HeardPart.id)
    ).all()
    counts = {"released": decisions.count("release"), "kept": decisions.count("keep")}
    _tell_of_request(post, decided.request_id, "hearing_decided", **counts)


def tell_of_withdrawing(post: Post, withdrawn: AccessRequestWithdrawn) -> None:
    """To the idea's own people: there is nothing to answer any more."""
    _tell_of_request(post, withdrawn.request_id, "hearing_withdrawn")


def _tell_of_request(post: Post, request_id: int, name: str, **values: object) -> None:
    request = post.session.get_one(AccessRequest, request_id)
    idea = post.session.get_one(Contribution, request.contribution_id)
    path = HEARING.format(reference=idea.reference, number=request.id)
    _tell_owners(post, idea.id, name, path=path, hear_by=request.hear_by, **values)


def tell_staff_of_answer(post: Post, answered: HearingAnswered) -> None:
    """To who noted the request: all is said, and it can be decided."""
    _tell_staff(post, answered.request_id, "hearing_answered")


def tell_staff_of_silence(post: Post, lapsed: HearingLapsed) -> None:
    """To who noted the request: the day is over without an answer to every part."""
    _tell_staff(post, lapsed.request_id, "hearing_lapsed")


def _tell_staff(post: Post, request_id: int, name: str) -> None:
    request = post.session.get_one(AccessRequest, request_id)
    idea = post.session.get_one(Contribution, request.contribution_id)
    path = STAFF_HEARING.format(number=request.id)
    opener = find_colleague(post.session, request.opened_by_id)
    for to in [opener] if opener else _list_staff(post.session):
        post.send(to, name, reference=idea.reference, hear_by=request.hear_by, path=path)


def _list_staff(session: Session) -> list[Receiver]:
    rows = session.execute(
        select(User.email, User.name, User.language)
        .where(User.email.is_not(None), is_on_staff())
        .order_by(User.id)
    )
    return [Receiver(*row) for row in rows]


# --- resting


def ask_to_confirm(post: Post, asked: IdeaConfirmationAsked) -> None:
    """To the idea's own people: does it still hold, and when it rests if nobody answers."""
    rest = post.session.get_one(IdeaRest, asked.contribution_id)
    rests_at = rest.asked_at + RESTS_AFTER if rest.asked_at else None
    _tell_owners(post, asked.contribution_id, "idea_confirm", rests_at=rests_at)


def tell_of_rest(post: Post, rested: IdeaRested) -> None:
    _tell_owners(post, rested.contribution_id, "idea_rested")


def tell_of_waking(post: Post, woken: IdeaWoken) -> None:
    _tell_owners(post, woken.contribution_id, "idea_woken")


# --- to whom


def _tell_owners(post: Post, contribution_id: int, name: str, **values: object) -> None:
    idea = post.session.get_one(Contribution, contribution_id)
    values = {"path": IDEA.format(reference=idea.reference)} | values
    for to in _list_owners(post.session, idea):
        post.send(to, name, reference=idea.reference, title=idea.title, **values)


def _list_owners(session: Session, idea: Contribution) -> list[Addressed]:
    """Who speaks for the organisation that sent it; else who sent it."""
    members = list_members(session, idea.on_behalf_of_id) if idea.on_behalf_of_id else []
    if members:
        return list(members)
    senders = [one for one in (idea.said_by_user_id, idea.entered_by_id) if one is not None]
    rows = session.execute(
        select(User.email, User.name, User.language)
        .where(User.id.in_(senders), User.email.is_not(None), User.disabled_at.is_(None))
        .order_by(User.id)
    )
    return [Receiver(*row) for row in rows]


def _name_owner(session: Session, idea: Contribution) -> str:
    if idea.on_behalf_of_id is None:
        return idea.on_behalf_of_text
    return session.get_one(Organisation, idea.on_behalf_of_id).name
