"""Who did what: for auditors and admins, to look through and to take along."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

from fastapi.responses import JSONResponse, Response

from app.core.audit import record
from app.core.clock import COPENHAGEN
from app.domain.audit.policy import may_read_audit
from app.domain.audit.queries import PER_PAGE, EntryView, Search, export_entries, list_entries
from app.http.doors import Router
from app.http.forms import Form
from app.http.pages import Page
from app.http.visit import AVisit, Visit, only
from app.web.filters import address, chosen, typed, whole_number
from app.web.formats import Ending, send_table
from app.web.labels import LABELS

router = Router()

COLUMNS = (
    "id", "at", "user_id", "user_name", "organisation_id", "organisation_name", "verb", "thing", "thing_id",
    "outcome", "client", "request_id", "before", "after",
)  # fmt: skip


@dataclass
class AuditPage(Page):
    """`form`: what stands in the filters. `older`: the address of the next page, or empty."""

    template: ClassVar[str] = "audit/list.html"
    entries: list[EntryView]
    form: Form
    older: str
    csv_address: str
    json_address: str


def _number(visit: Visit, name: str) -> int | None:
    return whole_number(typed(visit, name))


def _day(value: str) -> date | None:
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def _known(visit: Visit, name: str, kind: str) -> str:
    return chosen(visit, name, {code: code for code in LABELS[kind]}) or ""


def _read_search(visit: Visit) -> Search:
    return Search(
        who=typed(visit, "hvem"),
        verb=_known(visit, "handling", "audit_verb"),
        thing=_known(visit, "ting", "audit_thing"),
        thing_id=_number(visit, "nummer"),
        outcome=_known(visit, "udfald", "audit_outcome"),
        first_day=_day(typed(visit, "fra")),
        last_day=_day(typed(visit, "til")),
    )


FILTERS = ("hvem", "handling", "ting", "nummer", "udfald", "fra", "til")


@router.get("/log", dependencies=[only(may_read_audit)])
def show_log(visit: AVisit) -> Response:
    values = {name: typed(visit, name) for name in FILTERS}
    entries = list_entries(visit.session, visit.actor, _read_search(visit), _number(visit, "foer"))
    older = ""
    if len(entries) > PER_PAGE:
        entries = entries[:PER_PAGE]
        older = address("/log", **values, foer=entries[-1].id)
    return visit.page(
        AuditPage(
            entries=entries,
            form=visit.blank(**values),
            older=older,
            csv_address=address("/log.csv", **values),
            json_address=address("/log.json", **values),
        )
    )


def _as_row(entry: EntryView) -> dict[str, Any]:
    row = {column: getattr(entry, column) for column in COLUMNS}
    return row | {"at": entry.at.astimezone(COPENHAGEN).isoformat(timespec="seconds")}


def _export(visit: Visit) -> Iterator[dict[str, Any]]:
    """The entries that were asked for; that they were taken along is itself noted."""
    asked = {name: value for name in FILTERS if (value := typed(visit, name))}
    found = [_as_row(entry) for entry in export_entries(visit.session, visit.actor, _read_search(visit))]
    record(
        visit.session, visit.actor, "export", "audit", None, after={"filters": asked, "entries": len(found)}
    )
    yield from found


@router.get("/log.csv", dependencies=[only(may_read_audit)])
def export_csv(visit: AVisit) -> Response:
    return _send_log(visit, "csv")


@router.get("/log.xlsx", dependencies=[only(may_read_audit)])
def export_xlsx(visit: AVisit) -> Response:
    return _send_log(visit, "xlsx")


def _send_log(visit: Visit, ending: Ending) -> Response:
    rows = [row | {name: _as_text(row[name]) for name in ("before", "after")} for row in _export(visit)]
    columns = [(column, column) for column in COLUMNS]
    return send_table(visit, ending, "Log", "", columns, rows, "dialogforum-log")


def _as_text(values: dict[str, Any] | None) -> str:
    return json.dumps(values, ensure_ascii=False) if values else ""


@router.get("/log.json", dependencies=[only(may_read_audit)])
def export_json(visit: AVisit) -> Response:
    headers = {"Content-Disposition": 'attachment; filename="dialogforum-log.json"'}
    return _private(JSONResponse({"entries": list(_export(visit))}, headers=headers))


def _private(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response
