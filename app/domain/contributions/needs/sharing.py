"""A need that several have is not one municipality's to take away."""

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.core.policy import Refused
from app.domain.contributions.models import Contribution
from app.domain.contributions.needs.models import NeedDetails, NeedMunicipality


def refuse_to_withdraw(session: Session, need: Contribution) -> None:
    """Refused: need_others_have_it, where a municipality has joined by itself or for another network. Who
    registered it may leave it, and it stays with the others."""
    of_others = or_(
        NeedMunicipality.network_id.is_(None),
        NeedMunicipality.network_id.is_distinct_from(NeedDetails.network_id),
    )
    others = (
        select(NeedMunicipality.id)
        .join(NeedDetails, NeedDetails.contribution_id == NeedMunicipality.contribution_id)
        .where(
            NeedMunicipality.contribution_id == need.id,
            NeedMunicipality.left_at.is_(None),
            NeedMunicipality.organisation_id.is_distinct_from(need.on_behalf_of_id),
            of_others,
        )
        .order_by(NeedMunicipality.id)
        .limit(1)
    )
    if session.scalar(others) is not None:
        raise Refused("need_others_have_it")
