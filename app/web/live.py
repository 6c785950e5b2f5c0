"""The one stream of a page of the room: it says which topics have changed, and nothing of what."""

from typing import Annotated

from fastapi import Query, Request
from fastapi.responses import Response

from app.http.doors import Router
from app.http.live import stream
from app.http.visit import anyone

router = Router()


@router.get("/moeder/{key}/live", dependencies=[anyone])
async def follow_changes(
    request: Request, key: str, topics: Annotated[list[str] | None, Query(alias="emne")] = None
) -> Response:
    """Each topic has a rule of its own (`add_topic`); those that the visitor may not hear are left out."""
    return await stream(request, topics or [])
