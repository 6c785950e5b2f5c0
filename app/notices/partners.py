"""Mails about needs, networks and the asking for contact.

None holds what a municipality keeps to itself, nor the words of a need that is one municipality's alone.
"""

from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.contributions.models import Contribution
from app.domain.contributions.needs.events import NeedJoined, NeedLeft, NeedMoved, NeedRegistered
from app.domain.contributions.needs.models import NeedMunicipality, NeedState
from app.domain.contributions.needs.policy import is_confidential
from app.domain.contributions.on_behalf import list_members
from app.domain.organisations.events import NetworkAnswered, NetworkAsked
from app.domain.organisations.models import Organisation
from app.domain.organisations.network_models import Network, NetworkMember
from app.domain.partners.events import ContactAnswered, ContactAsked, ContactEnded
from app.domain.partners.models import ContactRequest
from app.domain.partners.service import list_receivers
from app.domain.users.models import Membership, User
from app.notices.post import Addressed, Post, Receiver

NEED = "/behov/{reference}"
REQUEST = "/kontakt/{number}"
LINK = "/kontakt/{number}/{user}/{sealed}"
NETWORK = "/netvaerk/{key}"


# --- needs


def send_receipt(post: Post, registered: NeedRegistered) -> None:
    """To who registered it: number, and the day of the answer where there is one."""
    need = post.session.get_one(Contribution, registered.contribution_id)
    for to in _list_users(post.session, [need.said_by_user_id]):
        post.send(to, "need_receipt", answer_by=need.answer_by, **_values_of(need))


def tell_of_joining(post: Post, joined: NeedJoined) -> None:
    """To the municipalities that a network entered, so that they can leave; else to who registered it."""
    need = post.session.get_one(Contribution, joined.contribution_id)
    if joined.network_id is not None:
        network = post.session.get_one(Network, joined.network_id).name
        for organisation_id in joined.organisation_ids:
            for to in _list_admins(post.session, organisation_id):
                name = _name_of(post.session, organisation_id)
                post.send(
                    to, "need_on_behalf", is_bulk=True, network=network, municipality=name, **_values_of(need)
                )
        return
    for organisation_id in joined.organisation_ids:
        _tell_registrar(post, need, "need_joined", organisation_id)


def tell_of_leaving(post: Post, left: NeedLeft) -> None:
    """To who registered the need: one fewer has it."""
    need = post.session.get_one(Contribution, left.contribution_id)
    _tell_registrar(post, need, "need_left", left.organisation_id)


def _tell_registrar(post: Post, need: Contribution, name: str, organisation_id: int) -> None:
    if organisation_id == need.on_behalf_of_id:
        return
    municipality = _name_of(post.session, organisation_id)
    for to in _list_users(post.session, [need.entered_by_id], need.on_behalf_of_id):
        post.send(to, name, municipality=municipality, **_values_of(need))


def tell_of_state(post: Post, moved: NeedMoved) -> None:
    """To who entered a municipality, as long as they still speak for it: how far the need has come. Not to
    who noted it."""
    need = post.session.get_one(Contribution, moved.contribution_id)
    noted = post.session.scalars(
        select(NeedState).where(NeedState.contribution_id == need.id).order_by(NeedState.id.desc()).limit(1)
    ).one()
    rows = post.session.execute(
        select(User.email, User.name, User.language)
        .distinct()
        .join(NeedMunicipality, NeedMunicipality.entered_by_id == User.id)
        .join(Membership, Membership.user_id == User.id)
        .where(
            NeedMunicipality.contribution_id == need.id,
            NeedMunicipality.left_at.is_(None),
            Membership.organisation_id.in_([need.on_behalf_of_id, NeedMunicipality.organisation_id]),
            *_may_be_written_to(),
            User.id.is_distinct_from(noted.noted_by_id),
        )
        .order_by(User.email)
    )
    for row in rows.all():
        post.send(
            Receiver(*row),
            "need_moved",
            is_bulk=True,
            state=moved.state,
            on=noted.happened_on,
            **_values_of(need),
        )


def _values_of(need: Contribution) -> dict[str, object]:
    # The words of what is one municipality's alone stay out of mails.
    title = "" if is_confidential(need.visibility) else need.title
    return {"reference": need.reference, "title": title, "path": NEED.format(reference=need.reference)}


# --- networks


def ask_for_network(post: Post, asked: NetworkAsked) -> None:
    """To who can answer for the municipality: its own admins, else all its confirmed people."""
    network = post.session.get_one(Network, asked.network_id)
    municipality = _name_of(post.session, asked.organisation_id)
    lead = _name_of(post.session, network.organisation_id)
    for to in _list_admins(post.session, asked.organisation_id):
        path = NETWORK.format(key=network.key)
        post.send(to, "network_asked", network=network.name, lead=lead, municipality=municipality, path=path)


def tell_of_network_answer(post: Post, answered: NetworkAnswered) -> None:
    """To who leads the network."""
    member = post.session.get(NetworkMember, answered.member_id)
    if member is None or member.answer is None:
        return
    network = post.session.get_one(Network, answered.network_id)
    municipality = _name_of(post.session, answered.organisation_id)
    says_yes = member.answer == "yes"
    for to in _list_admins(post.session, network.organisation_id):
        path = NETWORK.format(key=network.key)
        values = {"network": network.name, "municipality": municipality, "says_yes": says_yes, "path": path}
        post.send(to, "network_answered", **values)


# --- contact


def ask_for_contact(post: Post, asked: ContactAsked) -> None:
    """The one mail of a request: each receiver with a link of their own for yes and for no."""
    request = post.session.get_one(ContactRequest, asked.request_id)
    if request.state != "open":
        return
    need = post.session.get_one(Contribution, request.need_id)
    values = {
        "asking": _name_of(post.session, request.asking_id),
        "asked": _name_of(post.session, request.asked_id),
        "by": _name_asker(post.session, request),
        "message": request.message,
        "answer_by": request.answer_by,
        **_values_of(need),
    }
    for to in list_receivers(post.session, request.id):
        link = LINK.format(number=request.id, user=to.user_id, sealed=to.sealed)
        post.send(to, "contact_asked", is_secret=True, link=link, **values)


def _name_asker(session: Session, request: ContactRequest) -> str:
    name = session.scalar(select(User.name).where(User.id == request.asked_by_id)) or ""
    return ", ".join(filter(None, (name, request.asked_as)))


def tell_of_contact_answer(post: Post, answered: ContactAnswered) -> None:
    """To who asked: yes or no. Whom to write to is read on the site."""
    request = post.session.get_one(ContactRequest, answered.request_id)
    _tell_asker(post, request, "contact_answered", says_yes=request.state == "yes")


def tell_of_contact_end(post: Post, ended: ContactEnded) -> None:
    """To who asked: nobody answered."""
    request = post.session.get_one(ContactRequest, ended.request_id)
    _tell_asker(post, request, "contact_ended")


def _tell_asker(post: Post, request: ContactRequest, name: str, **values: object) -> None:
    need = post.session.get_one(Contribution, request.need_id)
    asked = _name_of(post.session, request.asked_id)
    values |= {"asked": asked, "reference": need.reference, "path": REQUEST.format(number=request.id)}
    for to in _list_users(post.session, [request.asked_by_id], request.asking_id):
        post.send(to, name, **values)


# --- to whom


def _may_be_written_to() -> tuple:  # type: ignore[type-arg]
    return (
        Membership.confirmed_at.is_not(None),
        Membership.ended_at.is_(None),
        User.disabled_at.is_(None),
        User.email.is_not(None),
    )


def _list_users(
    session: Session, ids: Iterable[int | None], organisation_id: int | None = None
) -> list[Receiver]:
    """These people, as far as they can be written to, and where told still speak for the organisation."""
    statement = select(User.email, User.name, User.language).where(
        User.id.in_([one for one in ids if one is not None]),
        User.disabled_at.is_(None),
        User.email.is_not(None),
    )
    if organisation_id is not None:
        speaks = select(Membership.user_id).where(
            Membership.organisation_id == organisation_id,
            Membership.confirmed_at.is_not(None),
            Membership.ended_at.is_(None),
        )
        statement = statement.where(User.id.in_(speaks))
    return [Receiver(*row) for row in session.execute(statement.order_by(User.id))]


def _list_admins(session: Session, organisation_id: int) -> Sequence[Addressed]:
    """An organisation's own admins; where it has none, all who are known to speak for it."""
    rows = session.execute(
        select(User.email, User.name, User.language)
        .join(Membership, Membership.user_id == User.id)
        .where(
            Membership.organisation_id == organisation_id, Membership.role == "admin", *_may_be_written_to()
        )
        .order_by(User.id)
    )
    return [Receiver(*row) for row in rows] or list_members(session, organisation_id)


def _name_of(session: Session, organisation_id: int) -> str:
    organisation = session.get_one(Organisation, organisation_id)
    return organisation.short_name or organisation.name
