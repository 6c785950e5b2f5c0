"""Tables of facts taken over: a dry run that says what would become of each row, then one confirmation."""

from datetime import datetime
from typing import Annotated

from fastapi import Path, Query
from fastapi.responses import Response
from pydantic import Field

from app.api.answers import Out, answer, answer_list, many, read_part
from app.api.asking import make_router
from app.api.paging import AskedPlain
from app.api.sent_files import FileName, SentFile
from app.api.verbs import Doors
from app.core.policy import NotFound, Refused
from app.core.text import RequiredLine
from app.domain.contributions.schemas import Given, Id
from app.domain.imports import queries, service
from app.domain.imports.policy import may_import
from app.http.visit import AVisit, Visit, only

router = make_router("import")
ONE = "/import/{import_id}"
RowId = Annotated[int, Path(ge=1, le=2**53 - 1)]
Publishes = Annotated[bool, Query(alias="udgiver", description="Whether what is taken in is published.")]


class ImportOut(Out):
    """A file, and how many of its rows are in which state."""

    id: int
    filename: str = Field(description="What it was called.")
    publishes: bool = Field(description="Whether what is taken in is published.")
    state: str = Field(description="checked: nothing is taken in yet.")
    created_at: datetime = Field(description="When it was sent.")
    finished_at: datetime | None = Field(description="When all was taken in, or null.")
    counts: dict[str, int] = Field(description="How many rows, by their state.")


class FaultOut(Out):
    """What is wrong with a row, or remarkable."""

    code: str = Field(description="By a code.")
    column: str = Field("", description="In which column; empty for the whole row.")


class RowOut(Out):
    """A row, and what becomes or became of it."""

    number: int
    sheet: str = Field(description="Of which sheet.")
    line: int = Field(description="The line in the file.")
    kind: str
    state: str
    title: str
    problems: list[FaultOut] = Field(description="What stands in the way.")
    remarks: list[FaultOut] = Field(description="What is to be noticed.")
    changes: list[list[str]] = Field(description="What changes: the field, before, after.")


class WholeImportOut(ImportOut):
    """A file with its rows."""

    rows: list[RowOut] = Field(description="In the order of the file.")
    unknown_words: dict[str, int] = Field(description="Unexplained words for themes: in how many rows.")


class ImportsOut(Out):
    """The files that were taken over or looked at last."""

    items: list[ImportOut] = Field(description="The newest first; older ones stand in the list.")


class ThemeWordIn(Given):
    """What a word in files means; null for none of the themes here."""

    word: RequiredLine
    theme_id: Id | None = None


class ThemeWordsIn(Given):
    """What words in files mean, once and for all."""

    words: Annotated[list[ThemeWordIn], Field(min_length=1, max_length=200)]


def show(visit: Visit, name: str) -> tuple[WholeImportOut, None]:
    session, actor, number = visit.session, visit.actor, int(name)
    found = queries.find_import(session, actor, number)
    if found is None:
        raise NotFound
    told = {key: getattr(found, key) for key in ImportOut.model_fields}
    told["rows"] = queries.list_all_rows(session, actor, number)
    told["unknown_words"] = queries.list_unknown_words(session, actor, number)
    return WholeImportOut.model_validate(told), None


def show_all(visit: Visit, name: str) -> tuple[ImportsOut, None]:
    found = queries.list_imports(visit.session, visit.actor)
    return ImportsOut(items=[ImportOut.model_validate(one) for one in found]), None


doors = Doors(router, WholeImportOut, show, at="/import/{}")
lists = Doors(router, ImportsOut, show_all)


@router.get("/import", dependencies=[only(may_import)], response_model=many(ImportOut))
def list_imports(visit: AVisit, asked: AskedPlain) -> Response:
    """Files that were taken over or looked at, the newest first."""
    session, actor = visit.session, visit.actor
    part = read_part(visit, asked, lambda after, most: queries.read_imports(session, actor, after, most))
    return answer_list(visit, asked, part, [ImportOut.model_validate(one) for one in part.rows])


@router.get(ONE, dependencies=[only(may_import)], response_model=WholeImportOut)
def show_import(visit: AVisit, import_id: RowId) -> Response:
    """One file, and what becomes or became of each row."""
    return answer(visit, show(visit, str(import_id))[0])


@doors.post("/import", may_import, makes=True)
def check_file(visit: Visit, filename: FileName, sent: SentFile, publishes: Publishes = False) -> str:
    """The dry run: look at a file (xlsx, csv, json); nothing is taken in."""
    storage, path = visit.kit.storage, sent.path
    try:
        made = service.add_import(visit.session, visit.actor, storage, path, filename, None, publishes)
    except Refused as refusal:
        raise Refused(refusal.code, **{"sheet": ""} | refusal.values) from refusal
    return str(made.id)


@doors.post(ONE + "/temaer", may_import)
def map_themes(visit: Visit, import_id: RowId, given: ThemeWordsIn) -> str:
    """Say what words mean, and look at the file again."""
    words = {one.word[:200]: one.theme_id for one in given.words}
    service.set_theme_words(visit.session, visit.actor, visit.kit.storage, import_id, words)
    return str(import_id)


@doors.post(ONE + "/start", may_import)
def start(visit: Visit, import_id: RowId) -> str:
    """Take in what is new or changed; it happens in the background."""
    service.start_import(visit.session, visit.actor, import_id)
    return str(import_id)


@lists.delete(ONE, may_import)
def drop(visit: Visit, import_id: RowId) -> str:
    """Forget a file that was only looked at."""
    service.drop_import(visit.session, visit.actor, import_id)
    return ""
