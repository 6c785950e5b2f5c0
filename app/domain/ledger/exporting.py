"""The ledger of a tender as it stands at a moment: numbered, dated, and with a hash that tells whether it is
still the same."""

import hashlib
import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app.core.audit import record
from app.core.clock import now
from app.core.policy import Actor, NotFound, require
from app.domain.ledger.closings import ClosingLine, each_closing
from app.domain.ledger.models import LedgerExport, Tender
from app.domain.ledger.open_gaps import each_gap
from app.domain.ledger.policy import may_keep_ledger
from app.domain.ledger.queries import Filters, each_entry, each_shared_question, find_tender
from app.domain.users.queries import find_names

PAPER: Final = "ledger_export"  # lasting: it stands in the database
FOLDER: Final = "ledger_exports"  # of the templates that tell one
_LOCK: Final = 430_043  # the number is taken by one at a time
PER_PAGE: Final = 30
PORTION: Final = 2_000  # rows that are read at a time


def export_ledger(session: Session, actor: Actor, tender_id: int | None = None) -> LedgerExport:
    """Write down the ledger of a tender, or all of it, under the next number: all that there is. Raises
    NotFound."""
    require(may_keep_ledger(actor))
    if tender_id is not None and session.get(Tender, tender_id) is None:
        raise NotFound
    content = _gather(session, actor, tender_id)
    # Only now: who wants the next number need not wait while this is read.
    session.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    number = (session.scalar(select(func.max(LedgerExport.number))) or 0) + 1
    moment = now()
    content |= {"number": number, "made_at": moment.isoformat()}
    export = LedgerExport(
        number=number,
        tender_id=tender_id,
        content=content,
        sha256=_digest(content),
        gaps=len(content["gaps"]),
        made_at=moment,
        made_by_id=actor.user_id,
    )
    session.add(export)
    session.flush()
    after = {"number": number, "tender_id": tender_id, "sha256": export.sha256, "gaps": export.gaps}
    record(session, actor, "add", "ledger_export", export.id, after=after)
    return export


def find_export(session: Session, actor: Actor, number: int) -> LedgerExport:
    """One that was made before, as it was made; that it is read is noted. Raises NotFound."""
    export = read_export(session, actor, number)
    record(session, actor, "fetch", "ledger_export", export.id, after={"number": number})
    return export


def read_export(session: Session, actor: Actor, number: int) -> LedgerExport:
    """The same without a note, for what is only a step towards handing it out. Raises NotFound."""
    require(may_keep_ledger(actor))
    export = session.scalars(select(LedgerExport).where(LedgerExport.number == number)).one_or_none()
    if export is None:
        raise NotFound
    return export


@dataclass(frozen=True, slots=True)
class ExportLine:
    """One that was made. `tender`: what the tender was called then, None for all of the ledger."""

    number: int
    made_at: datetime
    gaps: int
    tender: str | None


@dataclass(frozen=True, slots=True)
class Exports:
    """One page of them, and how many there are."""

    rows: tuple[ExportLine, ...]
    total: int
    page: int = 1
    per_page: int = PER_PAGE

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.per_page))


def list_exports(session: Session, actor: Actor, tender_id: int | None = None, page: int = 1) -> Exports:
    """Those that were made, the newest first; past the end, the first page. For staff. Two statements."""
    require(may_keep_ledger(actor))
    conditions = [LedgerExport.tender_id == tender_id] if tender_id is not None else []
    total = session.scalar(select(func.count(LedgerExport.id)).where(*conditions)) or 0
    page = page if page >= 1 and (page - 1) * PER_PAGE < total else 1
    rows = session.execute(
        select(
            LedgerExport.number,
            LedgerExport.made_at,
            LedgerExport.gaps,
            LedgerExport.content["tender"]["title"].astext.label("tender"),
        )
        .where(*conditions)
        .order_by(LedgerExport.number.desc())
        .limit(PER_PAGE)
        .offset((page - 1) * PER_PAGE)
    )
    return Exports(tuple(ExportLine(**row._mapping) for row in rows), total, page)


def is_intact(export: LedgerExport) -> bool:
    """Whether the content is what was written down under this number."""
    return _digest(export.content) == export.sha256


def name_staff(session: Session, content: dict[str, Any]) -> dict[int, str]:
    """{number of an account: name} of all who stand in an export; those without an account any more have
    an empty name."""
    ids = {one for entry in content["entries"] for one in entry["staff_ids"]}
    return dict.fromkeys(ids, "") | find_names(session, ids)


@dataclass(frozen=True, slots=True)
class ExportReport:
    """An export as it is told: the sealed content, with the names that staff's numbers stand for today.

    `stamp`: other where the words would be others, as when a name is taken out."""

    number: int
    made_at: datetime
    sha256: str
    is_intact: bool
    gaps: int
    tender: dict[str, Any] | None
    entries: list[dict[str, Any]]
    open_gaps: list[dict[str, Any]]
    closings: list[dict[str, Any]]
    questions: list[dict[str, Any]]
    staff: dict[int, str]
    stamp: str


def tell_export(session: Session, export: LedgerExport) -> ExportReport:
    """What papers and the page tell of an export; who may have it has been asked. One statement."""
    content = _lift(export.content)
    staff = name_staff(session, content)
    mark = json.dumps([export.sha256, sorted(staff.items())], ensure_ascii=False)
    return ExportReport(
        number=export.number,
        made_at=export.made_at,
        sha256=export.sha256,
        is_intact=is_intact(export),
        gaps=export.gaps,
        tender=content["tender"],
        entries=content["entries"],
        open_gaps=content["gaps"],
        # Exports from before gaps that are closed were told of have none.
        closings=content.get("closings", []),
        questions=content["questions"],
        staff=staff,
        stamp=hashlib.sha256(mark.encode()).hexdigest(),
    )


def _lift(value: Any) -> Any:
    """Days and moments out of plain JSON: what stands under a name that ends in _on or _at, and
    `answer_by` and `since`."""
    if isinstance(value, list):
        return [_lift(one) for one in value]
    if not isinstance(value, dict):
        return value
    return {name: _lift_named(name, one) for name, one in value.items()}


def _lift_named(name: str, value: Any) -> Any:
    if isinstance(value, str) and (name.endswith("_on") or name == "answer_by"):
        return date.fromisoformat(value)
    if isinstance(value, str) and (name.endswith("_at") or name == "since"):
        return datetime.fromisoformat(value)
    return _lift(value)


def write_down(content: dict[str, Any]) -> bytes:
    """The content as bytes, always the same for the same content: what is hashed."""
    return json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def _digest(content: dict[str, Any]) -> str:
    return hashlib.sha256(write_down(content)).hexdigest()


def _gather(session: Session, actor: Actor, tender_id: int | None) -> dict[str, Any]:
    tender = find_tender(session, actor, tender_id) if tender_id is not None else None
    entries = each_entry(session, actor, Filters(tender_id=tender_id), PORTION)
    gaps = each_gap(session, actor, tender_id, PORTION)
    closings = each_closing(session, actor, tender_id, PORTION)
    questions = each_shared_question(session, actor, tender_id, PORTION) if tender_id is not None else ()
    return {
        "tender": _plain(tender),
        "entries": [_entry(one) for one in entries],
        "gaps": [_plain(one) for one in gaps],
        "closings": [_closing(one) for one in closings],
        "questions": [_plain(one) for one in questions],
    }


def _entry(entry: Any) -> dict[str, Any]:
    """An entry with people by their numbers alone: a name in a sealed row could never be taken out."""
    plain = _plain(entry)
    return {name: value for name, value in plain.items() if name != "staff"} | {
        "staff_ids": [one.id for one in entry.staff]
    }


def _closing(line: ClosingLine) -> dict[str, Any]:
    """The same for a gap that is closed."""
    return {name: value for name, value in _plain(line).items() if name != "by"}


def _plain(value: Any) -> Any:
    """Frozen dataclasses, days and moments as plain JSON."""
    if hasattr(type(value), "__dataclass_fields__"):
        return {name: _plain(getattr(value, name)) for name in type(value).__dataclass_fields__}
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, dict):
        return {str(name): _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(one) for one in value]
    return value
