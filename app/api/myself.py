"""Whom a key speaks for: the first thing that a program asks."""

from datetime import datetime

from pydantic import BaseModel, Field

from app.api.asking import make_router
from app.core.policy import NotFound, Scope, is_person
from app.http.visit import AVisit, only
from app.identity.tokens import PER_MINUTE, find_token

router = make_router("mig")


class OrganisationOut(BaseModel):
    id: int = Field(description="The number in the organisation's address, /organisationer/{id}.")
    name: str
    kind: str


class KeyOut(BaseModel):
    name: str = Field(description="What its owner calls it.")
    ending: str = Field(description="The last four letters of the key.")
    scopes: list[Scope]
    created_at: datetime
    expires_at: datetime
    requests_per_minute: int


class MyselfOut(BaseModel):
    name: str = Field(description="The person who made the key.")
    organisation: OrganisationOut = Field(description="Whom the key speaks for.")
    key: KeyOut


@router.get("/mig", dependencies=[only(is_person)])
def show_myself(visit: AVisit) -> MyselfOut:
    """Who the key speaks for, what it may be used for, and until when."""
    actor = visit.actor
    token = find_token(visit.session, actor)
    if token is None or actor.organisation_id is None or actor.organisation_kind is None:
        raise NotFound
    return MyselfOut(
        name=actor.name,
        organisation=OrganisationOut(
            id=actor.organisation_id, name=actor.organisation_name, kind=actor.organisation_kind
        ),
        key=KeyOut(
            name=token.name,
            ending=token.ending,
            scopes=token.scopes,
            created_at=token.created_at,
            expires_at=token.expires_at,
            requests_per_minute=PER_MINUTE,
        ),
    )
