"""Who asks: the key in the header, counted, and held to what it was made for."""

import logging
from datetime import timedelta

from fastapi import APIRouter, Request, Response
from fastapi.params import Depends
from sqlalchemy.orm import Session

from app.core.audit import current_client
from app.core.policy import STRANGER, Actor, Scope
from app.http.bearer import ScopeMissing, WrongKey, read_bearer
from app.http.doors import Router
from app.http.gates import SAFE_METHODS
from app.http.limits import Left, TooMany, count_against
from app.identity.codes import name_client
from app.identity.tokens import PER_MINUTE, find_token_actor

log = logging.getLogger(__name__)

# Requests without a key from one address, and each with a key.
STRANGERS_PER_MINUTE = 300
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
            _count(session, request, f"no-key:{_client()}", STRANGERS_PER_MINUTE)
            return STRANGER
        actor = find_token_actor(session, secret)
        if actor is None:
            raise WrongKey
    except WrongKey:
        count_against(session, f"wrong-keys:{_client()}", WRONG_KEYS, WRONG_KEYS_WITHIN)
        session.commit()
        log.warning("a key that is none, or works no longer")
        raise
    _count(session, request, f"key:{actor.token_id}", PER_MINUTE)
    # Known also to those who note what was refused.
    request.state.actor = actor
    scope = scope_for(request.method)
    if actor.scopes is None or scope not in actor.scopes:
        raise ScopeMissing(scope)
    return actor


def _client() -> str:
    return name_client(current_client.get())


def _count(session: Session, request: Request, subject: str, most: int) -> None:
    """Count the request and note what is left, for the headers of its answer. Raises TooMany."""
    window = timedelta(minutes=1)
    try:
        request.state.left = count_against(session, subject, most, window)
    except TooMany as stop:
        request.state.left = Left(most, window, 0, stop.retry_after)
        session.commit()
        raise
    session.commit()


def scope_for(method: str) -> Scope:
    """What a key must be made for: by the method alone, so that no door can forget to ask."""
    return "read" if method in SAFE_METHODS else "write"


def _never_kept(response: Response) -> None:
    response.headers["Cache-Control"] = "no-store"
    response.headers["Vary"] = "Authorization"


def make_router(tag: str) -> APIRouter:
    """The router of one subject."""
    return Router(prefix="/api/v1", tags=[tag], dependencies=[Depends(_never_kept)])
