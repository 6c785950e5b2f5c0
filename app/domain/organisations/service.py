"""The verbs of organisations."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.audit import record
from app.core.clock import now
from app.core.events import announce
from app.core.policy import Actor, require
from app.domain.organisations.events import OrganisationChanged
from app.domain.organisations.models import Organisation
from app.domain.organisations.policy import may_edit_organisations
from app.domain.organisations.schemas import OrganisationInput


def add_organisation(session: Session, actor: Actor, given: OrganisationInput) -> Organisation:
    """A new organisation; one with the same key is given back untouched, so that seeding repeats safely."""
    require(may_edit_organisations(actor))
    known = session.scalars(select(Organisation).where(Organisation.key == given.key)).one_or_none()
    if known is not None:
        return known
    organisation = Organisation(**given.model_dump() | {"note": given.note or ""}, created_at=now())
    session.add(organisation)
    session.flush()
    record(session, actor, "add", "organisation", organisation.id, after=given.model_dump(mode="json"))
    announce(session, OrganisationChanged(organisation.id))
    return organisation
