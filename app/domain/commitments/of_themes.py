"""What is promised, for those who look at themes: the contributions that anything is promised of."""

from sqlalchemy import Select, select

from app.core.policy import Actor
from app.domain.commitments.models import Commitment, CommitmentContribution
from app.domain.commitments.policy import visible_to


def select_promised(actor: Actor) -> Select[tuple[int]]:
    """The ids of the contributions of which something is promised, in the open, that the reader may see."""
    return (
        select(CommitmentContribution.contribution_id)
        .join(Commitment, Commitment.id == CommitmentContribution.commitment_id)
        .where(visible_to(actor), Commitment.published_at.is_not(None), Commitment.status != "withdrawn")
    )
