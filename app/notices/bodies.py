"""Mails about recommendations: to who keeps the papers of a body, to who sent one, and to its members.

A mail lies in places that we do not know, so it holds only what strangers may read too: what a body reads for
itself is told of by number.
"""

from collections.abc import Iterable

from sqlalchemy import select

from app.core.policy import STRANGER
from app.domain.bodies.events import (
    ReadingsWait,
    RecommendationDecided,
    RecommendationSent,
    RecommendationTakenBack,
    RecommendationTreated,
)
from app.domain.bodies.models import Body, BodyMember, BodySecretary, Recommendation, RecommendationStep
from app.domain.bodies.policy import sits
from app.domain.bodies.recommended import find_recommendation
from app.domain.users.models import Membership, User
from app.notices.post import Post, Receiver


def tell_of_sent(post: Post, sent: RecommendationSent) -> None:
    """To who keeps the papers: something waits to be treated. Not to who sent it."""
    _tell(post, sent.recommendation_id, "body_sent", to_secretaries=True)


def tell_of_treated(post: Post, treated: RecommendationTreated) -> None:
    """To who drafted it: the body has had it on its table."""
    _tell(post, treated.recommendation_id, "body_treated", to_drafter=True)


def tell_of_decided(post: Post, decided: RecommendationDecided) -> None:
    """To who drafted it: there is a decision."""
    _tell(post, decided.recommendation_id, "body_decided", to_drafter=True)


def tell_of_taken_back(post: Post, taken: RecommendationTakenBack) -> None:
    """To both: it was withdrawn, or something was noted by mistake."""
    _tell(post, taken.recommendation_id, "body_taken_back", to_secretaries=True, to_drafter=True)


def tell_of_readings(post: Post, wait: ReadingsWait) -> None:
    """To the members with an account: how much has come on the list since they were told."""
    body = post.session.get_one(Body, wait.body_id)
    members = (
        select(User.email, User.name, User.language)
        .join(BodyMember, BodyMember.user_id == User.id)
        .join(
            Membership,
            (Membership.user_id == User.id) & (Membership.organisation_id == BodyMember.organisation_id),
        )
        .where(
            BodyMember.body_id == body.id,
            sits(),
            Membership.ended_at.is_(None),
            Membership.confirmed_at.is_not(None),
            User.disabled_at.is_(None),
        )
        .order_by(BodyMember.id)
    )
    for row in post.session.execute(members).all():
        post.send(
            Receiver(*row),
            "body_reading",
            is_bulk=True,
            committee=_name(body),
            key=body.key,
            count=wait.count,
        )


def _name(body: Body) -> str:
    return body.name if body.visibility == "public" else ""


def _tell(
    post: Post,
    recommendation_id: int,
    name: str,
    *,
    to_secretaries: bool = False,
    to_drafter: bool = False,
) -> None:
    given = post.session.get_one(Recommendation, recommendation_id)
    body = post.session.get_one(Body, given.body_id)
    did_it = post.session.scalars(
        select(RecommendationStep.noted_by_id)
        .where(RecommendationStep.recommendation_id == given.id)
        .order_by(RecommendationStep.id.desc())
        .limit(1)
    ).one_or_none()
    told: set[int | None] = set()
    if to_secretaries:
        told |= set(_secretaries(post, body))
    if to_drafter and _speaks_still(post, given):
        told.add(given.drafted_by_id)
    seen = find_recommendation(post.session, STRANGER, body.key, given.number)
    # What was taken back is not open any more, but its words were.
    title = seen.card.title if seen is not None else ""
    path = f"/udvalg/{body.key}/indstillinger/{given.number}"
    for to in _people(post, told - {did_it, None}):
        post.send(to, name, committee=_name(body), title=title, number=given.number, path=path)


def _secretaries(post: Post, body: Body) -> Iterable[int]:
    return post.session.scalars(
        select(Membership.user_id)
        .join(BodySecretary, BodySecretary.membership_id == Membership.id)
        .where(
            BodySecretary.body_id == body.id,
            Membership.ended_at.is_(None),
            Membership.confirmed_at.is_not(None),
        )
        .order_by(Membership.id)
    ).all()


def _speaks_still(post: Post, given: Recommendation) -> bool:
    """Whether who drafted it is of the same organisation still."""
    found = post.session.scalar(
        select(Membership.id)
        .where(
            Membership.user_id == given.drafted_by_id,
            Membership.organisation_id == given.organisation_id,
            Membership.ended_at.is_(None),
        )
        .limit(1)
    )
    return found is not None


def _people(post: Post, ids: set[int | None]) -> list[Receiver]:
    rows = post.session.execute(
        select(User.email, User.name, User.language)
        .where(User.id.in_(sorted(one for one in ids if one is not None)), User.disabled_at.is_(None))
        .order_by(User.id)
    )
    return [Receiver(*row) for row in rows.all()]
