"""Who asks: the key in the header, counted, and held to what it was made for."""

import logging
from datetime import timedelta

from fastapi import APIRouter, Request, Response
from fastapi.params import Depends
from sqlalchemy.orm import Session

from app.core.audit import current_client
from app.core.policy import STRANGER, Actor, Scope
from app.http.bearer import ScopeMissing, WrongKey, read_bearer
from app.http.gates import SAFE_METHODS
from app.http.limits import count_against
from app.identity.tokens import PER_MINUTE, find_token_actor

log = logging.getLogger(__name__)

WRONG_KEYS = 60
WRONG_KEYS_WITHIN = timedelta(minutes=10)


def identify_by_key(session: Session, request: Request) -> Actor:
    """The actor behind the key in the header; a stranger without one.

    Raises WrongKey, ScopeMissing, or TooMany. Counts are kept whatever becomes of the request, and at once:
    else the requests of one key would wait for one another.
    """
    try:
        secret = read_bearer(request)
        if secret is None:
            return STRANGER
        actor = find_token_actor(session, secret)
        if actor is None:
            raise WrongKey
    except WrongKey:
        count_against(session, f"wrong-keys:{current_client.get()}", WRONG_KEYS, WRONG_KEYS_WITHIN)
        session.commit()
        log.warning("a key that is none, or works no longer")
        raise
    count_against(session, f"key:{actor.token_id}", PER_MINUTE, timedelta(minutes=1))
    session.commit()
    # Known also to those who note what was refused.
    request.state.actor = actor
    scope = scope_for(request.method)
    if actor.scopes is None or scope not in actor.scopes:
        raise ScopeMissing(scope)
    return actor


def scope_for(method: str) -> Scope:
    """What a key must be made for: by the method alone, so that no door can forget to ask."""
    return "read" if method in SAFE_METHODS else "write"


def _never_kept(response: Response) -> None:
    response.headers["Cache-Control"] = "no-store"
    response.headers["Vary"] = "Authorization"


def make_router(tag: str) -> APIRouter:
    """The router of one subject."""
    return APIRouter(prefix="/api/v1", tags=[tag], dependencies=[Depends(_never_kept)])
