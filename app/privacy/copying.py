"""A copy of one's own data: everything that the register holds about a person, and the files they sent."""

import json
import secrets
import zipfile
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, case, inspect, or_, select
from sqlalchemy.orm import Session

from app.core import i18n
from app.core.audit import record
from app.core.clock import COPENHAGEN, now
from app.core.events import announce
from app.core.jobs import defer
from app.core.policy import ORGANISER_KINDS, Actor, NotAllowed, NotFound
from app.core.storage import Storage
from app.core.text import slug
from app.domain.organisations.models import Organisation
from app.domain.users.models import Membership
from app.privacy.column_names import name_of
from app.privacy.events import CopyReady
from app.privacy.holdings import Holding
from app.privacy.models import DataCopy
from app.privacy.owners import Subject, table_named
from app.privacy.periods import periods_in_force
from app.privacy.register import REGISTER, find_holding

# Numbers that the reader knows better by name: the column, and what it names.
_NAMES = {
    "organisation_id": ("organisation", "name"),
    "municipality_id": ("organisation", "name"),
    "on_behalf_of_id": ("organisation", "name"),
    "meeting_id": ("meeting", "title"),
    "contribution_id": ("contribution", "reference"),
    "need_id": ("contribution", "reference"),
    "asking_id": ("organisation", "name"),
    "asked_id": ("organisation", "name"),
    "network_id": ("network", "name"),
    "item_id": ("agenda_item", "title"),
    "question_id": ("sign_up_question", "text"),
}
_FOLLOWED = {
    "theme": ("theme", "name"),
    "wish": ("contribution", "reference"),
    "idea": ("contribution", "reference"),
    "card": ("contribution", "reference"),
    "question": ("contribution", "reference"),
    "need": ("contribution", "reference"),
    "commitment": ("commitment", "reference"),
    "meeting": ("meeting", "title"),
    "series": ("series", "name"),
    "organisation": ("organisation", "name"),
    "project": ("project", "title"),
}
# What is confidential in an idea, words about that, and what a municipality may keep to itself in a need:
# only for who still speaks for the organisation.
_OF_THE_ORGANISATION = {
    "idea_details": ("confidential", "confidential_reasons"),
    "idea_attachment": ("title", "filename", "reason"),
    "typed_idea": ("secret_half",),
    "heard_part": ("stance_reason", "decision_reason"),
    "need_municipality": ("contract_end", "system_name", "supplier", "note"),
    "typed_need": ("fields",),
}
# The folder of the files in storage.
FOLDER = "copies"
Gathered = dict[str, list[dict[str, object]]]


@dataclass(frozen=True, slots=True)
class CopyView:
    """A copy that somebody asked for; can be fetched while it is ready and not expired. `size` in bytes."""

    id: int
    state: str
    size: int | None
    asked_at: datetime
    ready_at: datetime | None
    expires_at: datetime


def ask_for_copy(session: Session, actor: Actor) -> None:
    """Have a copy made; nothing happens while one is under way."""
    if actor.user_id is None:
        raise NotAllowed("not_allowed")
    if any(copy.state == "waiting" for copy in list_copies(session, actor.user_id)):
        return
    moment = now()
    expires_at = moment + timedelta(days=periods_in_force().copies)
    copy = DataCopy(user_id=actor.user_id, asked_at=moment, expires_at=expires_at)
    session.add(copy)
    session.flush()
    record(session, actor, "ask", "data_copy", copy.id)
    defer(session, "privacy.copy", copy_id=copy.id)


def list_copies(session: Session, user_id: int) -> list[CopyView]:
    """The copies of a person that are not expired, the newest first."""
    rows = session.execute(
        select(
            DataCopy.id,
            DataCopy.state,
            DataCopy.size,
            DataCopy.asked_at,
            DataCopy.ready_at,
            DataCopy.expires_at,
        )
        .where(DataCopy.user_id == user_id, DataCopy.expires_at > now())
        .order_by(DataCopy.id.desc())
        .limit(20)
    )
    return [CopyView(**row._mapping) for row in rows]


def fetch_copy(session: Session, actor: Actor, copy_id: int) -> str:
    """Where the file of one's own copy lies, and a note in the log that it was fetched. Raises NotFound."""
    copy = session.scalars(
        select(DataCopy).where(
            DataCopy.id == copy_id, DataCopy.user_id == actor.user_id, DataCopy.expires_at > now()
        )
    ).one_or_none()
    if copy is None or copy.file_key is None:
        raise NotFound
    record(session, actor, "fetch", "data_copy", copy.id)
    return copy.file_key


def gather(session: Session, person: Subject) -> Gathered:
    """{what: rows}, under readable names in the person's language; empty kinds are left out."""
    catalogue = i18n.catalogue(person.language)
    gathered: Gathered = {}
    for holding in REGISTER:
        rows = session.execute(_select_rows(holding, person)).all()
        if rows:
            names = [catalogue.gettext(name_of(holding.table, name)) for name in holding.columns.split()]
            gathered[catalogue.gettext(holding.title)] = [
                {name: _as_json(value) for name, value in zip(names, row, strict=True)} for row in rows
            ]
    return gathered


def _select_rows(holding: Holding, person: Subject) -> Select[Any]:
    table = table_named(holding.table)
    shown = [_shown(table, name, person).label(name) for name in holding.columns.split()]
    return select(*shown).where(holding.owner(table, person)).order_by(*inspect(table).primary_key)


def _shown(table: Table, name: str, person: Subject) -> ColumnElement[Any]:
    column = table.c[name]
    if (table.name, name) == ("follow", "thing_id"):
        return case(
            *((table.c.kind == kind, _named(column, *what)) for kind, what in _FOLLOWED.items()), else_=None
        )
    if name in _NAMES:
        return _named(column, *_NAMES[name])
    if name in _OF_THE_ORGANISATION.get(table.name, ()):
        return case((_is_still_of_the_organisation(table, person), column), else_=None)
    if table.name == "audit_entry" and name in ("before", "after"):
        # What staff did at work is about other people: that it was done is theirs, what it said is not.
        organisers = select(Organisation.id).where(Organisation.kind.in_(ORGANISER_KINDS))
        return case((table.c.on_behalf_of_id.in_(organisers), None), else_=column)
    return column


def _named(column: ColumnElement[Any], table: str, name: str) -> ColumnElement[Any]:
    named = table_named(table)
    return select(named.c[name]).where(named.c.id == column).scalar_subquery()


def _is_still_of_the_organisation(table: Table, person: Subject) -> ColumnElement[bool]:
    """What is confidential is the organisation's: who has left it has it no longer."""
    said = table_named("contribution")
    own = select(Membership.organisation_id).where(
        Membership.user_id.in_(person.ids), Membership.ended_at.is_(None)
    )
    if table.name == "typed_idea":
        return or_(table.c.organisation_id.is_(None), table.c.organisation_id.in_(own))
    if table.name in ("need_municipality", "typed_need"):
        return table.c.organisation_id.in_(own)
    ideas = select(said.c.id).where(said.c.on_behalf_of_id.in_(own))
    if table.name == "heard_part":
        asked = table_named("access_request")
        return table.c.request_id.in_(select(asked.c.id).where(asked.c.contribution_id.in_(ideas)))
    return table.c.contribution_id.in_(ideas)


def _as_json(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(COPENHAGEN).isoformat(timespec="seconds")
    if value is None or isinstance(value, str | int | float | bool | list | dict):
        return value
    return str(value)


def list_files(session: Session, person: Subject) -> list[tuple[str, str]]:
    """(key in storage, name as sent) of the files that the person uploaded."""
    table, files = table_named("deck_revision"), table_named("idea_attachment")
    owned = find_holding("deck_revision").owner(table, person)
    rows = session.execute(select(table.c.file_key, table.c.filename).where(owned).order_by(table.c.id)).all()
    sent = session.execute(
        select(files.c.file_key, files.c.filename)
        .where(
            files.c.uploaded_by_id.in_(person.ids),
            files.c.file_key.is_not(None),
            _is_still_of_the_organisation(files, person),
        )
        .order_by(files.c.id)
    ).all()
    return [(row.file_key, row.filename) for row in (*rows, *sent)]


def write_archive(
    path: Path, gathered: Gathered, note: str, files: list[tuple[str, str]], storage: Storage
) -> None:
    """Write the copy as a zip: a note to read first, the data as JSON, and the files as they were sent."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("laes-mig.txt", note)
        archive.writestr("data.json", json.dumps(gathered, ensure_ascii=False, indent=2))
        kept = [(key, name) for key, name in files if storage.has(key)]
        for number, (key, name) in enumerate(kept, start=1):
            stem, _, ending = name.rpartition(".")
            with archive.open(f"filer/{number}-{slug(stem)}.{slug(ending)}", "w", force_zip64=True) as entry:
                for chunk in storage.stream(key):
                    entry.write(chunk)


def new_file_key() -> str:
    """A name in storage that nobody can guess."""
    return f"{FOLDER}/{secrets.token_hex(16)}.zip"


def finish_copy(session: Session, copy_id: int, file_key: str, size: int) -> None:
    """The file lies in storage under the key: it can be fetched, and its person is told. It goes where nobody
    waits for it any more: the account is erased, or another making of the same copy was done first."""
    copy = session.get(DataCopy, copy_id, with_for_update=True, populate_existing=True)
    if copy is None or copy.state == "ready":
        defer(session, "privacy.remove_file", once=file_key, file_key=file_key)
        return
    copy.file_key, copy.size, copy.state, copy.ready_at = file_key, size, "ready", now()
    announce(session, CopyReady(copy.id))
