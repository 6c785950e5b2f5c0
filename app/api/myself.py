"""Whom a key speaks for: the first thing that a program asks."""

from datetime import datetime

from fastapi.responses import Response
from pydantic import Field

from app.api.answers import Out, answer
from app.api.asking import make_router
from app.core.policy import NotFound, Scope, is_person
from app.http.visit import AVisit, only
from app.identity.tokens import PER_MINUTE, find_token

router = make_router("mig")


class OrganisationOut(Out):
    """The organisation that the key speaks for."""

    id: int = Field(description="The number in the organisation's address, /organisationer/{id}.")
    name: str
    kind: str


class KeyOut(Out):
    """The key itself; what opens the doors is told nowhere."""

    name: str = Field(description="What its owner calls it.")
    ending: str = Field(description="The last four letters of the key.")
    scopes: list[Scope] = Field(description="What it may be used for.")
    created_at: datetime = Field(description="When it was made.")
    expires_at: datetime = Field(description="When it stops working by itself.")
    requests_per_minute: int = Field(description="How often it may ask.")


class MyselfOut(Out):
    """Who asks."""

    name: str = Field(description="The person who made the key.")
    organisation: OrganisationOut = Field(description="Whom the key speaks for.")
    key: KeyOut = Field(description="The key that asked.")


@router.get("/mig", dependencies=[only(is_person)], response_model=MyselfOut)
def show_myself(visit: AVisit) -> Response:
    """Who the key speaks for, what it may be used for, and until when."""
    actor = visit.actor
    token = find_token(visit.session, actor)
    if token is None or actor.organisation_id is None or actor.organisation_kind is None:
        raise NotFound
    thing = MyselfOut(
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
    response = answer(visit, thing)
    response.headers["Cache-Control"] = "no-store"
    return response
