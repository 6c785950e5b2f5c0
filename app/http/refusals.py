"""What somebody tried to do and was not allowed to stands in the audit log too."""

import logging

from fastapi import Request
from sqlalchemy.exc import SQLAlchemyError

from app.core.audit import record
from app.core.policy import STRANGER, Actor
from app.http.bearer import mask_keys
from app.http.gates import SAFE_METHODS

log = logging.getLogger(__name__)

LONGEST_PATH = 200


def note_refusal(request: Request, reason: str) -> None:
    """Note a refused write of somebody who is signed in, in a transaction of its own: theirs was undone."""
    actor: Actor = getattr(request.state, "actor", STRANGER)
    if request.method in SAFE_METHODS or not actor.is_signed_in:
        return
    tried = {"path": mask_keys(request.scope["path"])[:LONGEST_PATH], "reason": reason}
    try:
        with request.app.state.kit.database.unit() as session:
            record(session, actor, request.method.lower(), "address", None, after=tried, outcome="refused")
    except SQLAlchemyError:
        log.warning("a refusal could not be noted")
