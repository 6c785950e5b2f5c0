"""Files with an idea: open or confidential, checked as slides are, leaving a mark when removed."""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import ColumnElement, Select, bindparam, exists, func, or_, select
from sqlalchemy.orm import Session

from app.core.asking import Asking, asked, read
from app.core.audit import record
from app.core.clock import now
from app.core.documents.limits import LIMITS, Limits
from app.core.jobs import defer
from app.core.kept import kept
from app.core.policy import Actor, NotFound, Refused, require
from app.core.storage import Storage
from app.domain.contributions.ideas.models import AccessRequest, HeardPart, IdeaAttachment
from app.domain.contributions.ideas.policy import (
    attachments_visible_to,
    may_attach,
    may_read_secrets,
    may_see_attachment,
)
from app.domain.contributions.ideas.redacting import FILE
from app.domain.contributions.ideas.schemas import AttachmentInput
from app.domain.contributions.ideas.secrets import find_signer_ids
from app.domain.contributions.models import Contribution
from app.domain.contributions.policy import is_out, visible_to
from app.domain.contributions.service import get_for_secrets, get_seen
from app.domain.presentations.service import check_file, clean_filename

MOST_FILES: Final = 10
ATTACHMENT_LIMITS: Final = replace(LIMITS, upload=20_000_000)


@dataclass(frozen=True, slots=True)
class AttachmentView:
    """A file of an idea. Of one that is removed only its title, and when that was. `size` in bytes."""

    id: int
    access: str
    title: str
    reason: str
    filename: str
    kind: str
    size: int
    uploaded_at: datetime
    removed_at: datetime | None


@dataclass(frozen=True, slots=True)
class AttachmentFile:
    """Where a file lies, and what it is called."""

    file_key: str
    filename: str
    kind: str
    size: int
    is_confidential: bool


def add_attachment(
    session: Session,
    actor: Actor,
    storage: Storage,
    contribution_id: int,
    given: AttachmentInput,
    path: Path,
    filename: str,
    limits: Limits = ATTACHMENT_LIMITS,
) -> IdeaAttachment:
    """Put a file to an idea. Refused: too_many_files, and file_… as `presentations.check_file` says.

    It is stored first: what is left behind by a transaction that is rolled back is named by nothing.
    """
    idea = get_seen(session, actor, contribution_id, lock=True)
    require(may_attach(actor, idea))
    count = session.scalar(
        select(func.count()).where(
            IdeaAttachment.contribution_id == idea.id, IdeaAttachment.removed_at.is_(None)
        )
    )
    if (count or 0) >= MOST_FILES:
        raise Refused("too_many_files", most=MOST_FILES)
    kind = check_file(path, filename, limits)
    file_key = f"ideas/{idea.id}/{uuid4().hex}/original.{kind}"
    storage.put(file_key, path)
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    row = IdeaAttachment(
        contribution_id=idea.id,
        filename=clean_filename(filename, kind),
        kind=kind,
        size=path.stat().st_size,
        sha256=sha256,
        file_key=file_key,
        uploaded_by_id=actor.user_id,
        uploaded_at=now(),
        **given.model_dump(),
    )
    session.add(row)
    session.flush()
    # Neither title nor name: what is confidential is not told by the log.
    after = {"attachment_id": row.id, "access": row.access, "kind": kind, "size": row.size}
    record(session, actor, "attach", "contribution", idea.id, after=after)
    return row


def remove_attachment(session: Session, actor: Actor, attachment_id: int) -> None:
    """Take a file away for good; that it was there stays to be seen by whoever could read it.

    Refused: file_in_hearing (somebody has asked for it, and it may be given out, or is to be).
    """
    row, idea = _lock(session, actor, attachment_id)
    require(may_attach(actor, idea) or actor.is_staff)
    if row.removed_at is not None:
        return
    # Held as by who opens a hearing, so that none is opened on it meanwhile.
    session.execute(select(Contribution.id).where(Contribution.id == idea.id).with_for_update())
    if session.scalar(select(_is_asked_for(row))):
        raise Refused("file_in_hearing")
    file_key, row.file_key = row.file_key, None
    row.removed_at, row.removed_by_id = now(), actor.user_id
    row.was_out = row.access == "public" and is_out(idea)
    session.flush()
    after = {"attachment_id": row.id, "access": row.access}
    record(session, actor, "detach", "contribution", idea.id, after=after)
    defer(session, "contributions.remove_file", file_key=file_key)


def _is_asked_for(row: IdeaAttachment) -> ColumnElement[bool]:
    """Whether a request for access waits for a decision on this file, or has it given out."""
    return exists().where(
        HeardPart.request_id == AccessRequest.id,
        AccessRequest.contribution_id == row.contribution_id,
        HeardPart.part == f"{FILE}{row.id}",
        or_(AccessRequest.state == "hearing", HeardPart.decision == "release"),
    )


def _lock(session: Session, actor: Actor, attachment_id: int) -> tuple[IdeaAttachment, Contribution]:
    """Raises NotFound where the actor does not see it."""
    row = session.scalars(
        select(IdeaAttachment).where(IdeaAttachment.id == attachment_id).with_for_update()
    ).one_or_none()
    if row is None:
        raise NotFound
    signers = find_signer_ids(session, row.contribution_id)
    idea = session.get_one(Contribution, row.contribution_id)
    if not may_read_secrets(actor, idea, signers):
        idea = get_seen(session, actor, row.contribution_id)
    if not may_see_attachment(actor, row, idea, signers):
        raise NotFound
    return row, idea


def list_attachments(session: Session, actor: Actor, contribution_id: int) -> list[AttachmentView]:
    """The files of an idea that the actor may know of, in the order in which they came."""
    return read(session, attachments_of(actor, contribution_id))


def attachments_of(actor: Actor, contribution_id: int) -> Asking[list[AttachmentView]]:
    """The same, to be asked beside others."""
    rows = yield from asked(_attachments(actor), {"attached_to": contribution_id})
    return [_view(row) for row in rows]


@kept
def _attachments(actor: Actor) -> Select[Any]:
    return (
        select(
            IdeaAttachment.id,
            IdeaAttachment.access,
            IdeaAttachment.title,
            IdeaAttachment.reason,
            IdeaAttachment.filename,
            IdeaAttachment.kind,
            IdeaAttachment.size,
            IdeaAttachment.uploaded_at,
            IdeaAttachment.removed_at,
        )
        .join(Contribution, Contribution.id == IdeaAttachment.contribution_id)
        .where(Contribution.id == bindparam("attached_to"), visible_to(actor), attachments_visible_to(actor))
        .order_by(IdeaAttachment.id)
        .limit(200)
    )


def _view(row: Any) -> AttachmentView:
    return AttachmentView(
        id=row.id,
        access=row.access,
        title=row.title,
        reason=row.reason,
        filename=row.filename if row.removed_at is None else "",
        kind=row.kind,
        size=row.size if row.removed_at is None else 0,
        uploaded_at=row.uploaded_at,
        removed_at=row.removed_at,
    )


def open_attachment(session: Session, actor: Actor, attachment_id: int) -> AttachmentFile:
    """Where a file lies. Each opening of a confidential one is logged, as each reading of that half is.

    Raises NotFound.
    """
    row, idea = _lock(session, actor, attachment_id)
    if row.file_key is None:
        raise NotFound
    if row.access == "confidential":
        get_for_secrets(session, actor, idea.id)
        after = {"attachment_id": row.id}
        record(session, actor, "read_confidential", "contribution", idea.id, after=after)
    return AttachmentFile(row.file_key, row.filename, row.kind, row.size, row.access == "confidential")
