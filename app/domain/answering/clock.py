"""The answer clock: the rule that staff sets, and each night what has become late."""

from sqlalchemy import ColumnElement, literal, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core.audit import record
from app.core.clock import now, today
from app.core.events import announce
from app.core.policy import Actor, Refused, require
from app.domain.answering.cases import find_owner_ids
from app.domain.answering.events import AnswerBecameLate
from app.domain.answering.models import LateAnswer
from app.domain.answering.policy import may_set_rule
from app.domain.answering.schemas import RuleInput
from app.domain.contributions.models import AnswerRule, Contribution
from app.domain.contributions.policy import OPEN_STATUSES, is_in_force


def set_rule(session: Session, actor: Actor, given: RuleInput) -> AnswerRule:
    """By when what is sent from now on is answered; days that were promised stay. Refused: stale."""
    require(may_set_rule(actor))
    values = given.model_dump(exclude={"version"})
    # Taking the place first makes two who set it at once one after the other.
    session.execute(insert(AnswerRule).values(id=1, version=0, **values).on_conflict_do_nothing())
    rule = session.get_one(AnswerRule, 1, with_for_update=True, populate_existing=True)
    if rule.version != given.version:
        raise Refused("stale")
    before = {field: getattr(rule, field) for field in values} if rule.version else None
    for field, value in values.items():
        setattr(rule, field, value)
    rule.version += 1
    record(session, actor, "set_rule", "answer_rule", None, before=before, after=values)
    session.flush()
    return rule


def notice_late(session: Session) -> list[int]:
    """The contributions whose day has passed since it was last looked, each announced once for that day."""
    noted = _note_late(session)
    owners = find_owner_ids(session, noted)
    for contribution_id in noted:
        announce(session, AnswerBecameLate(contribution_id, owners.get(contribution_id)))
    return noted


def note_what_was_late(session: Session) -> list[int]:
    """Note what of the archive was late before the clock was kept here, and remind nobody of it."""
    return _note_late(session, Contribution.key.is_not(None))


def _note_late(session: Session, *conditions: ColumnElement[bool]) -> list[int]:
    late = (
        select(Contribution.id, Contribution.answer_by, literal(now(), LateAnswer.noticed_at.type))
        .where(
            Contribution.answer_by < today(),
            Contribution.status.in_(OPEN_STATUSES),
            Contribution.published_at.is_not(None),
            is_in_force(),
            *conditions,
        )
        .order_by(Contribution.id)
    )
    # What was noticed before is there already; of two nights that meet, one finds what the other noted.
    return sorted(
        session.scalars(
            insert(LateAnswer)
            .from_select(["contribution_id", "answer_by", "noticed_at"], late)
            .on_conflict_do_nothing()
            .returning(LateAnswer.contribution_id)
        )
    )
