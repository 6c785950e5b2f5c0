"""Keeping the confidential half: which parts, why, and who signed along and may read it."""

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.contributions.ideas.models import IdeaAttachment, IdeaSigner
from app.domain.contributions.models import IdeaDetails

# The confidential answer to a field of the organisers stands under its number: "field_12".
EXTRA = "field_"


def set_secrets(details: IdeaDetails, parts: Mapping[str, str], reasons: Mapping[str, str]) -> None:
    """Exactly these confidential parts, each with its reason; the organisers' own fields stay as they are."""
    details.confidential = {**parts, **_extras(details.confidential)}
    details.confidential_reasons = {**reasons, **_extras(details.confidential_reasons)}


def _extras(half: Mapping[str, str] | None) -> dict[str, str]:
    return {part: text for part, text in (half or {}).items() if part.startswith(EXTRA)}


def has_secret_files(session: Session, contribution_id: int) -> bool:
    """Whether a confidential file goes with the idea, or went with it and left its mark."""
    statement = select(IdeaAttachment.id).where(
        IdeaAttachment.contribution_id == contribution_id, IdeaAttachment.access == "confidential"
    )
    return session.scalar(statement.limit(1)) is not None


def find_signer_ids(session: Session, contribution_id: int) -> frozenset[int]:
    """The organisations that said yes to signing along."""
    rows = session.scalars(
        select(IdeaSigner.organisation_id).where(
            IdeaSigner.contribution_id == contribution_id, IdeaSigner.answer == "yes"
        )
    )
    return frozenset(rows)
