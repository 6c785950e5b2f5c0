"""What is promised and still open, for the programme of the next meeting of its series. For staff."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session

from app.core.clock import day_of_in_sql
from app.core.policy import STRANGER
from app.domain.commitments.models import Commitment, CommitmentContribution
from app.domain.commitments.policy import OPEN, visible_to
from app.domain.contributions.carrying_over import Origin, Scope, in_scope
from app.domain.contributions.models import Contribution
from app.domain.contributions.policy import is_listed
from app.domain.contributions.policy import visible_to as contribution_visible_to
from app.domain.meetings.models import Meeting, Series
from app.domain.organisations.models import Organisation

MOST_OPEN = 40


@dataclass(frozen=True, slots=True)
class OpenCommitment:
    """`about`: references of what it is about that everybody may read."""

    id: int
    reference: str
    title: str
    title_en: str
    organisation: str
    deadline: date
    is_example: bool
    about: tuple[str, ...]
    origin: Origin


def is_open() -> ColumnElement[bool]:
    """Everybody can read it, and nobody has judged it yet."""
    return and_(visible_to(STRANGER), Commitment.status.in_(OPEN))


def list_open(session: Session, scope: Scope) -> list[OpenCommitment]:
    """What everybody can read as promised at meetings of the series, or at none, and nobody has judged yet;
    the next day first. One statement."""
    about = (
        select(func.array_agg(aggregate_order_by(Contribution.reference, Contribution.id)))
        .join(CommitmentContribution, CommitmentContribution.contribution_id == Contribution.id)
        .where(
            CommitmentContribution.commitment_id == Commitment.id,
            contribution_visible_to(STRANGER),
            is_listed(),
        )
        .correlate(Commitment)
        .scalar_subquery()
    )
    published_on = day_of_in_sql(Commitment.published_at)
    rows = session.execute(
        select(
            Commitment.id,
            Commitment.reference,
            Commitment.title,
            Commitment.title_en,
            func.coalesce(Organisation.short_name, Organisation.name).label("organisation"),
            Commitment.deadline,
            Commitment.is_example,
            about.label("about"),
            published_on.label("said_on"),
            Meeting.id.label("meeting_id"),
            Meeting.key.label("meeting_key"),
            Meeting.number.label("meeting_number"),
            Meeting.title.label("meeting_title"),
            Meeting.title_en.label("meeting_title_en"),
        )
        .join(Organisation, Organisation.id == Commitment.organisation_id)
        .outerjoin(Meeting, Meeting.id == Commitment.meeting_id)
        .outerjoin(Series, Series.id == Meeting.series_id)
        .where(is_open(), in_scope(Commitment, scope))
        .order_by(Commitment.deadline, Commitment.id)
        .limit(MOST_OPEN)
    )
    return [
        OpenCommitment(
            row.id,
            row.reference,
            row.title,
            row.title_en,
            row.organisation,
            row.deadline,
            row.is_example,
            tuple(row.about or ()),
            Origin(
                row.said_on,
                row.meeting_id,
                row.meeting_key,
                row.meeting_number,
                row.meeting_title,
                row.meeting_title_en,
            ),
        )
        for row in rows
    ]
