"""A file from a program: the body as it is, its name in the address."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Annotated, Any

from anyio.to_thread import run_sync
from fastapi import Depends, Query
from pydantic import BaseModel, Field

from app.core.documents.limits import LIMITS
from app.core.policy import Refused
from app.http.forms import ask_again_after
from app.http.visit import AVisit
from app.identity.sending import count_upload

FileName = Annotated[
    str,
    Query(alias="filnavn", min_length=1, max_length=255, description="The file's name with its ending."),
]
AS_FILE: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "The bytes of the file.",
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}


class File(BaseModel):
    """A file on the disk for as long as it is looked at. `mark`: what tells it from any other."""

    path: Path = Field(exclude=True)
    mark: str


async def _take(visit: AVisit) -> AsyncIterator[File]:
    """The body, after it was asked who comes; no place and no connection is held while it comes."""

    def count() -> None:
        count_upload(visit.session, visit.actor)
        visit.session.commit()

    await run_sync(count)
    place = getattr(visit.request.state, "place", None)
    if place is not None:
        place.give_up()
    began = monotonic()
    with TemporaryDirectory(prefix="dialogforum-upload-") as folder:
        path, mark = Path(folder) / "sent", sha256()
        with path.open("wb") as file:
            async for part in visit.request.stream():
                mark.update(part)
                await run_sync(file.write, part)
        if place is not None:
            await place.take()
        await ask_again_after(visit.request, began)
        yield File(path=path, mark=mark.hexdigest())


SentFile = Annotated[File, Depends(_take, scope="function")]


@contextmanager
def telling_limits(most: int) -> Iterator[None]:
    """What a file is refused for says how much it may be. `most`: bytes."""
    try:
        yield
    except Refused as refusal:
        if not refusal.code.startswith("file_"):
            raise
        raise Refused(refusal.code, most=most // 1_000_000, pages=LIMITS.pages) from refusal
