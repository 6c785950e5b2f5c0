"""Addresses of before: where each leads now. They are asked for only where there is no page of ours."""

from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from sqlalchemy import func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core.audit import record
from app.core.clock import now
from app.core.laid_aside import lay_aside
from app.core.policy import Actor, NotFound, Refused, require
from app.domain.imports.models import OldAddress
from app.domain.imports.policy import may_import

LONGEST = 1000
PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class OldAddressView:
    path: str
    target: str


def path_of(written: str) -> str:
    """The path of an address, or a path itself, as it is compared: without a last slash, in lower case; empty
    where it is neither."""
    try:
        parts = urlsplit(written.strip())
    except ValueError:
        return ""
    path = unquote(parts.path).rstrip("/").lower()
    return path[:LONGEST] if path.startswith("/") and "\x00" not in path else ""


def add_old_address(session: Session, actor: Actor, written: str, target: str) -> OldAddress:
    """Let an address of before lead to a page of ours.

    Refused: import_address_path (no path in it), import_address_target (not a page of ours),
    import_address_taken (it leads to another page already).
    """
    require(may_import(actor))
    path = path_of(written)
    if not path:
        raise Refused("import_address_path")
    if not target.startswith("/") or target.startswith("//") or "\\" in target or len(target) > LONGEST:
        raise Refused("import_address_target")
    # Nobody is sent round in a ring.
    onward = select(OldAddress.path).where(
        or_(OldAddress.path == path_of(target), func.lower(OldAddress.target) == path)
    )
    if path == path_of(target) or session.scalars(onward.order_by(OldAddress.path).limit(1)).first():
        raise Refused("import_address_target")
    row = insert(OldAddress).values(path=path, target=target, added_by_id=actor.user_id, added_at=now())
    is_added = session.execute(row.on_conflict_do_nothing().returning(OldAddress.path)).one_or_none()
    known = session.get_one(OldAddress, path, populate_existing=True)
    if is_added is None:
        if known.target != target:
            raise Refused("import_address_taken", target=known.target)
        return known
    record(session, actor, "add", "old_address", None, after={"path": path, "target": target})
    return known


def remove_old_address(session: Session, actor: Actor, path: str) -> None:
    require(may_import(actor))
    row = session.get(OldAddress, path)
    if row is None:
        raise NotFound
    lay_aside(session, actor, "old_address", row, f"{row.path} → {row.target}", path="/import/adresser")
    record(session, actor, "remove", "old_address", None, before={"path": row.path, "target": row.target})
    session.delete(row)


def find_target(session: Session, path: str) -> str | None:
    """Where an address of before leads; for everybody, who then sees there what they may see."""
    if not path or len(path) > LONGEST:
        return None
    return session.scalars(select(OldAddress.target).where(OldAddress.path == path)).one_or_none()


def find_moved(session: Session, path: str) -> str | None:
    """The page that an address of before leads to, as it came in a request."""
    return find_target(session, path_of(path))


def list_old_addresses(session: Session, actor: Actor, page: int = 1) -> tuple[list[OldAddressView], int]:
    """A page of them in order, and how many pages there are."""
    require(may_import(actor))
    count = session.scalar(select(func.count()).select_from(OldAddress)) or 0
    rows = session.scalars(
        select(OldAddress).order_by(OldAddress.path).limit(PER_PAGE).offset((page - 1) * PER_PAGE)
    )
    pages = max(1, -(-count // PER_PAGE))
    return [OldAddressView(row.path, row.target) for row in rows], pages
