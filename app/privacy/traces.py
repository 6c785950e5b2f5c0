"""Names and addresses in what stays: found in every text, and taken out."""

import json
import re
from collections.abc import Iterable

from sqlalchemy import (
    ARRAY,
    Column,
    ColumnElement,
    String,
    Table,
    Text,
    false,
    func,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from app.core.audit import AuditEntry
from app.core.database import Base
from app.domain.contributions.blacked import merge
from app.domain.organisations.models import Organisation
from app.privacy.owners import Owner, Subject, either, table_named, through
from app.privacy.register import find_holding

TAKEN_OUT = "…"
_SHORTEST = 4  # characters: what is shorter is also part of other words
# A line in JSON ends in a backslash and a letter, which would be a part of the word after it. The characters
# in their place never stand raw in JSON.
_ESCAPES = (("\\\\", "\x02"), ("\\n", "\n"), ("\\r", "\r"), ("\\t", "\t"))
# Where a row that is kept as JSON holds a name and nothing else.
_WHOLE_NAME = '(?<="(?:name|person_name|facilitator|said_by_text)": ")'

# Short texts of one's own that the log may have noted, and that may be nobody else's.
_OWN_WORDS = (
    ("membership", "title"),
    ("registration", "title"),
    ("passkey", "name"),
    ("api_token", "name"),
    ("interest", "contact"),
)


def _of_own_organisation(table: Table, person: Subject) -> ColumnElement[bool]:
    return table.c.on_behalf_of_id.in_(person.organisation_ids)


_said = either(find_holding("contribution").owner, _of_own_organisation)
_under = through("contribution_id", "contribution", _said)

# Where the name is taken out: what the person said, and what was said for the same organisations. Somebody of
# the same name elsewhere, and the programme of a meeting, stay as they are.
_NAMED_IN: dict[str, Owner] = {
    "contribution": _said,
    "idea_details": _under,
    "idea_answer": _under,
    "idea_attachment": _under,
    "heard_part": through("request_id", "access_request", _under),
    "access_request": find_holding("access_request").owner,
    "contribution_wording": _under,
    "answer_pause": _under,
    "answer_objection": _under,
    "moderation_decision": _under,
    "moderation_report": _under,
    "interest": _under,
    "need_details": _under,
    "need_municipality": _under,
    "need_state": _under,
    "minutes_comment": find_holding("minutes_comment").owner,
    "deck_revision": find_holding("deck_revision").owner,
    "membership": lambda table, person: table.c.organisation_id.in_(person.organisation_ids),
    "laid_aside": lambda table, person: true(),
    "mail": lambda table, person: true(),
}


def list_traces(session: Session, person: Subject) -> list[str]:
    """Words of the person's that nobody else has: names, addresses, a title, the name of a key.

    People choose them: what is also a word of the log itself, or an organisation, stays in it.
    """
    words = {*person.names, *person.emails}
    for name, column in _OWN_WORDS:
        table = table_named(name)
        is_own = find_holding(name).owner(table, person)
        others = table.alias()
        is_shared = select(others.c[column]).where(
            others.c[column] == table.c[column], ~find_holding(name).owner(others, person)
        )
        found = session.scalars(select(table.c[column]).where(is_own, ~is_shared.exists()).distinct())
        words |= {word for word in found if len(word) >= _SHORTEST}
    return sorted(word for word in words if "@" in word or not _is_of_the_log(session, word, person))


def _is_of_the_log(session: Session, word: str, person: Subject) -> bool:
    """Whether the word is part of an organisation's name, or others' entries about others hold it.

    A full name goes wherever it stands.
    """
    names = func.concat_ws("\n", Organisation.name, Organisation.short_name)
    found = select(Organisation.id).where(func.strpos(names, word) > 0)
    if session.scalar(found.limit(1)) is not None:
        return True
    if " " in word and word in person.names:
        return False
    values = func.concat(AuditEntry.before.cast(Text), AuditEntry.after.cast(Text))
    by_others = select(AuditEntry.id).where(
        func.coalesce(AuditEntry.user_id.not_in(person.ids), true()),
        ~func.coalesce(or_(*(_is_about(name, person) for name, _ in _OWN_WORDS)), false()),
        func.strpos(values, json.dumps(word, ensure_ascii=False)[1:-1]) > 0,
    )
    return session.scalar(by_others.limit(1)) is not None


def _is_about(name: str, person: Subject) -> ColumnElement[bool]:
    table = table_named(name)
    own = select(table.c.id).where(find_holding(name).owner(table, person))
    return (AuditEntry.thing == name) & AuditEntry.thing_id.in_(own)


def take_out_names(session: Session, person: Subject) -> list[int]:
    """Put an ellipsis for the person's full names; gives the contributions that were changed.

    A name of one word may be any word ("Hans"): it is taken out only where it stands alone.
    """
    changed = _unname_speaker(session, person)
    for name in person.names:
        words = re.escape(name)
        pattern = rf"\m{words}\M" if " " in name else rf"^\s*{words}\s*$"
        in_json = pattern if " " in name else rf"{_WHOLE_NAME}\s*{words}\s*(?=\")"
        for table_name, owner in _NAMED_IN.items():
            table = table_named(table_name)
            ids = _replace(session, table, pattern, owner(table, person), in_json)
            changed += ids if table_name == "contribution" else []
        in_python = rf"(?<!\w){words}(?!\w)" if " " in name else rf"^\s*{words}\s*$"
        originals = table_named("blacked_text")
        is_own = through("thing_id", "contribution", _said)(originals, person)
        _take_out_of_originals(session, in_python, (originals.c.thing == "contribution") & is_own)
    said = table_named("contribution")
    is_nobody = said.c.id.in_(changed) & (said.c.said_by_text == TAKEN_OUT)
    session.execute(update(said).where(is_nobody).values(said_by_text=""))
    return changed


def _unname_speaker(session: Session, person: Subject) -> list[int]:
    """What the person said in groups is no longer said by the one whom the programme names."""
    speaker, said = table_named("person"), table_named("contribution")
    own = select(speaker.c.id).where(find_holding("person").owner(speaker, person))
    statement = update(said).where(said.c.said_by_person_id.in_(own)).values(said_by_person_id=None)
    return list(session.scalars(statement.returning(said.c.id)))


def take_out_addresses(session: Session, emails: Iterable[str]) -> None:
    """Put an ellipsis for the addresses in every text of every table; the log has a way of its own."""
    for mail in emails:
        pattern = rf"(?<![\w.+-]){re.escape(mail)}(?![\w-])"
        for table in Base.metadata.sorted_tables:
            if table.name not in ("audit_entry", "blacked_text"):
                _replace(session, table, pattern, true())
        _take_out_of_originals(session, pattern, true())


def _take_out_of_originals(session: Session, pattern: str, condition: ColumnElement[bool]) -> None:
    """Take what matches out of texts that are blacked out in part, and move the parts accordingly.

    `pattern` is Python's: where the parts stand is counted here.
    """
    table = table_named("blacked_text")
    for row in session.execute(select(table.c.id, table.c.original, table.c.spans).where(condition)).all():
        gone = [found.span() for found in re.finditer(pattern, row.original, re.IGNORECASE)]
        if gone:
            original = re.sub(pattern, TAKEN_OUT, row.original, flags=re.IGNORECASE)
            spans = merge([_move(start, gone), _move(end, gone, is_end=True)] for start, end in row.spans)
            session.execute(update(table).where(table.c.id == row.id).values(original=original, spans=spans))


def _move(place: int, gone: list[tuple[int, int]], *, is_end: bool = False) -> int:
    """Where a place in the text stands after these letters became one each; inside of them: at their edge."""
    shift = 0
    for start, end in gone:
        if end <= place:
            shift += end - start - len(TAKEN_OUT)
        elif start < place:
            return start - shift + (len(TAKEN_OUT) if is_end else 0)
    return place - shift


def _replace(
    session: Session, table: Table, pattern: str, condition: ColumnElement[bool], in_json: str | None = None
) -> list[int]:
    """Take what matches out of the texts of these rows; gives the ids of those that held it.

    `in_json`: the pattern for rows that are kept as JSON, where it is another.
    """

    def pattern_of(column: Column[object]) -> str:
        return in_json if in_json is not None and isinstance(column.type, JSONB) else pattern

    columns = [column for column in table.columns if _is_text(column)]
    if not columns:
        return []
    statement = (
        update(table)
        .where(condition, or_(*(_as_text(column).op("~*")(pattern_of(column)) for column in columns)))
        .values({column.name: _without(column, pattern_of(column)) for column in columns})
    )
    if "id" not in table.c:
        session.execute(statement)
        return []
    return list(session.scalars(statement.returning(table.c.id)))


def _is_text(column: Column[object]) -> bool:
    kind = column.type
    is_list = isinstance(kind, ARRAY) and isinstance(kind.item_type, String)
    is_key = column.name.endswith(("_hash", "_key")) or column.primary_key
    return isinstance(kind, String | Text | JSONB) or is_list if not is_key else False


def _as_text(column: Column[object]) -> ColumnElement[str]:
    if isinstance(column.type, ARRAY):
        return func.array_to_string(column, "\n")
    if isinstance(column.type, JSONB):
        return _exchange(column.cast(Text), _ESCAPES)
    return column  # type: ignore[return-value]


def _exchange(value: ColumnElement[str], pairs: Iterable[tuple[str, str]]) -> ColumnElement[str]:
    for old, new in pairs:
        value = func.replace(value, old, new)
    return value


def _without(column: Column[object], pattern: str) -> ColumnElement[object]:
    if isinstance(column.type, ARRAY):
        one = func.unnest(column).column_valued("one")
        replaced = func.array_agg(func.regexp_replace(one, pattern, TAKEN_OUT, "gi"))
        return select(func.coalesce(replaced, column)).correlate(column.table).scalar_subquery()
    replaced = func.regexp_replace(_as_text(column), pattern, TAKEN_OUT, "gi")
    if isinstance(column.type, JSONB):
        return _exchange(replaced, [(new, old) for old, new in reversed(_ESCAPES)]).cast(JSONB)
    return replaced
