"""Who can assess: known to speak for an authority, outside what is tested, and able to read it."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from app.core.policy import ORGANISER_KINDS, Actor, NotFound, Refused, require
from app.domain.contributions.ideas.models import IdeaSigner
from app.domain.contributions.models import Contribution
from app.domain.organisations.models import Organisation
from app.domain.organisations.queries import danish_order
from app.domain.pressure_tests.models import Assessor, PressureTest
from app.domain.pressure_tests.policy import is_assessing, may_test, own_municipality
from app.domain.projects.models import Project, ProjectPartner
from app.domain.users.models import Membership, User
from app.domain.users.queries import matching

ASSESSOR_KINDS: Final = (*sorted(ORGANISER_KINDS), "municipality", "region", "authority")
MOST_CANDIDATES: Final = 20


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who can be named, with the organisation that they speak for."""

    user_id: int
    name: str
    organisation_id: int
    organisation_name: str


def list_candidates(
    session: Session, actor: Actor, *, is_private: bool, text: str = "", user_ids: Collection[int] = ()
) -> list[Candidate]:
    """Whom the actor may name, by name; those whose name or organisation holds the text, and those of
    `user_ids` who may be named whatever it says. One statement.

    For a municipality's own test its own people; else people of organisers, municipalities, regions and
    authorities. Whether they are outside what is tested is asked when they are named.
    """
    require(may_test(actor))
    statement = _rows(_who(actor, is_private))
    for is_found in _holding(text):
        statement = statement.where(or_(is_found, User.id.in_(user_ids)))
    first = User.id.not_in(user_ids)
    rows = session.execute(
        statement.order_by(first, danish_order(User.name), User.id, Organisation.id).limit(MOST_CANDIDATES)
    )
    return [Candidate(row.user_id, row.user_name, row.organisation_id, row.organisation_name) for row in rows]


def count_candidates(session: Session, actor: Actor, *, is_private: bool, text: str = "") -> int:
    """How many there are whose name or organisation holds the text, also where the list is cut."""
    require(may_test(actor))
    found = _rows(_who(actor, is_private)).where(*_holding(text)).subquery()
    return session.scalar(select(func.count()).select_from(found)) or 0


def _holding(text: str) -> list[ColumnElement[bool]]:
    if not text.strip():
        return []
    pattern = matching(text.strip()[:100])
    return [or_(User.name.ilike(pattern), Organisation.name.ilike(pattern))]


def _who(actor: Actor, is_private: bool) -> ColumnElement[bool]:
    if is_private or not actor.is_staff:
        return Membership.organisation_id == (own_municipality(actor) or 0)
    return Organisation.kind.in_(ASSESSOR_KINDS)


def _rows(who: ColumnElement[bool]) -> Select[Any]:
    return (
        select(
            User.id.label("user_id"),
            User.name.label("user_name"),
            Organisation.id.label("organisation_id"),
            Organisation.name.label("organisation_name"),
            Organisation.kind.label("kind"),
            Membership.role,
        )
        .select_from(User)
        .join(Membership, and_(Membership.user_id == User.id, Membership.ended_at.is_(None)))
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .where(
            User.erased_at.is_(None),
            User.joined_into_id.is_(None),
            User.disabled_at.is_(None),
            Membership.confirmed_at.is_not(None),
            Membership.role != "auditor",
            who,
        )
    )


def check_assessors(session: Session, test: PressureTest, user_ids: Sequence[int]) -> dict[int, int]:
    """{user: the organisation that they assess for}, of those who may.

    Refused: assessor_twice, assessor_unknown (nobody confirmed, or not of the municipality whose own test it
    is), assessor_own (speaks for who stands behind it, or wrote it), assessor_cannot_read.
    """
    if len(set(user_ids)) < len(user_ids):
        raise Refused("assessor_twice")
    if test.owner_id is not None:
        inside = session.execute(
            _rows(and_(User.id.in_(user_ids), Membership.organisation_id == test.owner_id))
        ).all()
        found = {row.user_id: test.owner_id for row in inside}
        if set(user_ids) - set(found):
            raise Refused("assessor_unknown")
        return found
    rows = session.execute(_rows(User.id.in_(user_ids)).order_by(User.id, Organisation.id)).all()
    behind, author_id = _find_behind(session, test)
    idea = session.get(Contribution, test.idea_id) if test.idea_id is not None else None
    chosen: dict[int, int] = {}
    for user_id in user_ids:
        own = [row for row in rows if row.user_id == user_id]
        able = [row for row in own if row.kind in ASSESSOR_KINDS]
        if not able:
            raise Refused("assessor_unknown")
        if user_id == author_id or any(row.organisation_id in behind for row in own):
            raise Refused("assessor_own", name=able[0].user_name)
        if idea is not None:
            able = [row for row in able if _may_read(idea, row)]
        if not able:
            raise Refused("assessor_cannot_read", name=own[0].user_name)
        chosen[user_id] = able[0].organisation_id
    return chosen


def _find_behind(session: Session, test: PressureTest) -> tuple[set[int], int | None]:
    """The organisations that stand behind what is tested, and who wrote it."""
    if test.idea_id is not None:
        row = session.execute(
            select(Contribution.on_behalf_of_id, Contribution.entered_by_id).where(
                Contribution.id == test.idea_id
            )
        ).one()
        signers = session.scalars(
            select(IdeaSigner.organisation_id).where(
                IdeaSigner.contribution_id == test.idea_id, IdeaSigner.answer.is_distinct_from("no")
            )
        ).all()
        return _without_none([row.on_behalf_of_id, *signers]), row.entered_by_id
    authority = session.scalars(select(Project.authority_id).where(Project.id == test.project_id)).all()
    partners = session.scalars(
        select(ProjectPartner.organisation_id).where(
            ProjectPartner.project_id == test.project_id, ProjectPartner.part == "partner"
        )
    ).all()
    return _without_none([*authority, *partners]), None


def _without_none(ids: Iterable[int | None]) -> set[int]:
    return {one for one in ids if one is not None}


def _may_read(idea: Contribution, row: Any) -> bool:
    """Whether somebody in this membership reads the idea's public half."""
    if row.kind in ORGANISER_KINDS and row.role in ("staff", "admin"):
        return True
    if idea.published_at is None or idea.hidden_at is not None or idea.status == "withdrawn":
        return False
    return idea.visibility == "public" or (idea.visibility == "municipalities" and row.kind == "municipality")


def list_standing(session: Session, test_id: int) -> list[Assessor]:
    """Those who assess it, in their order; not those who were replaced."""
    return list(
        session.scalars(
            select(Assessor)
            .where(Assessor.test_id == test_id, Assessor.replaced_at.is_(None))
            .order_by(Assessor.position)
        )
    )


def find_own(session: Session, actor: Actor, test: PressureTest) -> Assessor:
    """The actor's own row of those who assess it. Raises NotFound, also for who is replaced or has said that
    there is a conflict."""
    for assessor in list_standing(session, test.id):
        if is_assessing(actor, assessor, test):
            return assessor
    raise NotFound
