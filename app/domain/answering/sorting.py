"""Many at once: owner, organisation, status, day and themes; and taking the last of it back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session

from app.core.asking import Asking, asked, read
from app.core.audit import AuditEntry, record
from app.core.clock import now, today
from app.core.kept import kept
from app.core.policy import Actor, Refused, require
from app.domain.answering.cases import find_owners, lock_cases, lock_contributions
from app.domain.answering.models import Case
from app.domain.answering.policy import may_answer, may_take_from_others
from app.domain.answering.schemas import SortInput
from app.domain.contributions.models import Contribution
from app.domain.contributions.policy import OPEN_STATUSES
from app.domain.contributions.service import Tagging, tag_contributions, tell_changed, turn_tagging_back
from app.domain.organisations.models import Organisation
from app.domain.users.models import User
from app.domain.users.staff import is_on_staff

Change = list[Any]  # [before, after], plain JSON


@dataclass(frozen=True, slots=True)
class Sorting:
    """What one sorting changed: {field: {contribution id: [before, after]}}, and its themes.

    `kept`: {contribution id: name}, those that another looks after and so were not given to anybody.
    """

    changes: Mapping[str, Mapping[int, Change]]
    tagging: Tagging | None
    kept: Mapping[int, str]

    @property
    def ids(self) -> list[int]:
        changed = {i for by_id in self.changes.values() for i in by_id}
        return sorted(changed | set(self.tagging.ids if self.tagging else ()))

    def as_json(self) -> dict[str, Any]:
        return {"changes": self.changes, "themes": self.tagging.as_json() if self.tagging else None}


def sort_many(session: Session, actor: Actor, given: SortInput) -> Sorting:
    """Give many contributions what stands in `given`; one entry in the log, which `undo_sorting` turns back.

    What is answered already keeps its status and day; what another looks after stays theirs, unless an admin
    hands it to a colleague.
    Refused: answer_by_past, unknown_organisation, unknown_theme, not_on_staff.
    """
    require(may_answer(actor) and actor.user_id is not None)
    if given.answer_by is not None and given.answer_by < today():
        raise Refused("answer_by_past")
    if given.organisation_id is not None and session.get(Organisation, given.organisation_id) is None:
        raise Refused("unknown_organisation")
    owner_id = _find_owner_id(session, actor, given)
    rows = lock_contributions(session, given.contribution_ids)
    tagging = None
    if given.theme_ids:
        tagging = tag_contributions(session, actor, list(rows), theme_ids=given.theme_ids)
    cases = lock_cases(session, list(rows))
    owners = find_owners(session, list(cases.values()))
    others = {i: who for i, who in owners.items() if cases[i].owner_id not in (actor.user_id, owner_id)}
    is_given_away = owner_id not in (None, actor.user_id)
    may_give = is_given_away and may_take_from_others(actor)
    kept = others if given.owner and not may_give else {}
    changes = _plan(rows, cases, given, owner_id, frozenset(kept))
    sorting = Sorting(changes, tagging if tagging and tagging.ids else None, kept)
    _apply(changes, rows, cases)
    if sorting.ids:
        record(session, actor, "sort", "sorting", None, after=sorting.as_json())
        tell_changed(session, [rows[i] for i in sorting.ids])
    return sorting


def _find_owner_id(session: Session, actor: Actor, given: SortInput) -> int | None:
    """Who is to look after them; None where nobody is, or where that is not asked. Refused: not_on_staff."""
    if given.owner == "me":
        return actor.user_id
    if not isinstance(given.owner, int):
        return None
    if session.scalar(select(User.id).where(User.id == given.owner, is_on_staff())) is None:
        raise Refused("not_on_staff")
    return given.owner


def _plan(
    rows: Mapping[int, Contribution],
    cases: Mapping[int, Case],
    given: SortInput,
    owner_id: int | None,
    kept: frozenset[int],
) -> dict[str, dict[int, Change]]:
    planned: dict[str, dict[int, Change]] = {}

    def plan(field: str, contribution_id: int, before: Any, after: Any) -> None:
        if before != after:
            planned.setdefault(field, {})[contribution_id] = [before, after]

    for i, row in rows.items():
        if given.owner is not None and i not in kept:
            plan("owner_id", i, cases[i].owner_id, owner_id)
        if given.organisation_id is not None:
            plan("organisation_id", i, cases[i].organisation_id, given.organisation_id)
        # A question to the asker stands until it is replied to or taken back.
        if row.status in OPEN_STATUSES and row.status != "needs_info":
            if given.status is not None:
                plan("status", i, row.status, given.status)
            if given.answer_by is not None:
                plan("answer_by", i, _as_text(row.answer_by), _as_text(given.answer_by))
    return planned


def _apply(
    changes: Mapping[str, Mapping[int, Change]], rows: Mapping[int, Contribution], cases: Mapping[int, Case]
) -> None:
    for i, (_, owner_id) in changes.get("owner_id", {}).items():
        cases[i].owner_id, cases[i].claimed_at = owner_id, now() if owner_id is not None else None
    for i, (_, organisation_id) in changes.get("organisation_id", {}).items():
        cases[i].organisation_id = organisation_id
    for i, (_, status) in changes.get("status", {}).items():
        rows[i].status = status
    for i, (_, day) in changes.get("answer_by", {}).items():
        rows[i].answer_by = date.fromisoformat(day) if day else None
    for i in {*changes.get("status", {}), *changes.get("answer_by", {})}:
        rows[i].version += 1


def _as_text(day: date | None) -> str | None:
    return day.isoformat() if day is not None else None


def find_last_sorting(session: Session, actor: Actor) -> Sorting | None:
    """The actor's last sorting, unless it has been undone."""
    return read(session, last_sorting_of(actor))


def last_sorting_of(actor: Actor) -> Asking[Sorting | None]:
    """The same, to be asked beside others."""
    rows = yield from asked(_last_sortings(), {"sorted_by": actor.user_id})
    if not rows or rows[0].verb != "sort":
        return None
    last = rows[0]
    themes = last.after["themes"]
    tagging = Tagging(*(_by_id(themes[part]) for part in ("aspects", "added", "removed"))) if themes else None
    return Sorting({field: _by_id(found) for field, found in last.after["changes"].items()}, tagging, {})


@kept
def _last_sortings() -> Select[Any]:
    return (
        select(AuditEntry.verb, AuditEntry.after)
        .where(AuditEntry.thing == "sorting", AuditEntry.user_id == bindparam("sorted_by"))
        .order_by(AuditEntry.id.desc())
        .limit(1)
    )


def _by_id(found: Mapping[str, Any]) -> dict[int, Any]:
    return {int(i): value for i, value in found.items()}


def undo_sorting(session: Session, actor: Actor) -> Sorting | None:
    """Turn the actor's last sorting back; what others changed meanwhile stays. None: there is nothing."""
    require(may_answer(actor))
    last = find_last_sorting(session, actor)
    if last is None:
        return None
    rows = lock_contributions(session, last.ids)
    back = turn_tagging_back(session, actor, last.tagging) if last.tagging else None
    cases = lock_cases(session, last.ids)
    changes = {
        field: {
            i: [after, before]
            for i, (before, after) in found.items()
            if _stands(field, rows[i], cases[i]) == after
        }
        for field, found in last.changes.items()
    }
    _apply(changes, rows, cases)
    turned = Sorting(changes, back, {})
    record(session, actor, "unsort", "sorting", None, after=turned.as_json())
    tell_changed(session, rows.values())
    return turned


def _stands(field: str, row: Contribution, case: Case) -> Any:
    if field in ("owner_id", "organisation_id"):
        return getattr(case, field)
    return row.status if field == "status" else _as_text(row.answer_by)
