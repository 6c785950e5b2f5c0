"""What a verb deletes is laid aside with all that goes with it, so that it can be put back as it was.

`lay_aside` is called before the rows are deleted, in the same transaction. The rows are kept as the
database itself writes them (`to_jsonb`) and read back by it, so that every type comes back as it was. What
has been put back, or has lain for its period, is gone from here.
"""

import json
from collections.abc import Collection, Sequence, Set
from datetime import datetime
from typing import Any

from psycopg import errors as pg
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    ForeignKey,
    Index,
    Table,
    func,
    literal_column,
    select,
    text,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm import InstrumentedAttribute, Mapped, Session, mapped_column

from app.core.clock import now
from app.core.database import Base
from app.core.policy import Actor, Refused

LONGEST_TITLE = 300  # letters that are kept
# Who was placed where, voted, and what speakers wrote of themselves is not kept: people do that anew. Nor is
# what the room was at: by then it is at something else.
NOT_KEPT = frozenset({"group_placement", "group_round", "live_state", "poll_vote", "speaker_talk"})
# Among the rows: what pointed to them and stays, pointing to nothing. No table has that name.
LET_GO = "let_go"
Along = tuple[type[Base], ColumnElement[bool]]
_Kept = dict[str, dict[tuple[Any, ...], dict[str, Any]]]
_Links = list[dict[str, Any]]


class LaidAside(Base):
    """One thing that was deleted. `kind` names it, `title` tells it to staff, `path` is where it stood.

    `rows`: [{table: one row}], what others point to first; last [{LET_GO: the links that were let go}].
    """

    __tablename__ = "laid_aside"
    __table_args__ = (
        Index("ix_laid_aside_removed_at", "removed_at", "id"),
        Index("ix_laid_aside_removed_by_id", "removed_by_id"),
        Index("ix_laid_aside_meeting_id", "meeting_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    kind: Mapped[str]
    thing_id: Mapped[int | None] = mapped_column(BigInteger)
    title: Mapped[str]
    path: Mapped[str]
    meeting_id: Mapped[int | None] = mapped_column(ForeignKey("meeting.id"))
    removed_at: Mapped[datetime]
    removed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    rows: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)


def lay_aside(
    session: Session,
    actor: Actor,
    kind: str,
    row: Base,
    title: str,
    *,
    path: str = "",
    meeting_id: int | None = None,
    along: Sequence[Along] = (),
    let_go: Sequence[InstrumentedAttribute[Any]] = (),
) -> LaidAside:
    """Keep a row that is about to be deleted, and all that goes with it.

    What the database deletes along (`on delete cascade`) or lets go (`on delete set null`) is found by
    itself; `along` is what the verb deletes: (model, condition), `let_go` the columns that it empties.
    """
    session.flush()
    table = _table_of(type(row))
    key = tuple(getattr(row, column.key) for column in table.primary_key)
    kept: _Kept = {}
    _gather(session, table, tuple_(*table.primary_key) == key, kept)
    for model, condition in along:
        _gather(session, _table_of(model), condition, kept)
    links = _gather_links(session, kept, {(one.class_.__tablename__, one.key) for one in let_go})
    order = [one.name for one in Base.metadata.sorted_tables if one.name in kept]
    laid = LaidAside(
        kind=kind,
        thing_id=key[0] if len(key) == 1 and isinstance(key[0], int) else None,
        title=title[:LONGEST_TITLE],
        path=path,
        meeting_id=meeting_id,
        removed_at=now(),
        removed_by_id=actor.user_id,
        rows=[{name: one} for name in order for one in kept[name].values()]
        + ([{LET_GO: links}] if links else []),
    )
    session.add(laid)
    session.flush()
    return laid


def _table_of(model: type[Base]) -> Table:
    return Base.metadata.tables[model.__tablename__]


def _gather(session: Session, table: Table, condition: ColumnElement[bool], kept: _Kept) -> None:
    found = kept.setdefault(table.name, {})
    whole = func.to_jsonb(literal_column(f'"{table.name}"'))
    statement = select(whole, *table.primary_key).where(condition).order_by(*table.primary_key)
    new = {tuple(key): row for row, *key in session.execute(statement) if tuple(key) not in found}
    found.update(new)
    if not new:
        return
    for child in Base.metadata.sorted_tables:
        if child.name in NOT_KEPT:
            continue
        for link in child.foreign_key_constraints:
            if link.referred_table is table and (link.ondelete or "").upper() == "CASCADE":
                (one,) = link.elements
                values = [row[one.column.name] for row in new.values()]
                _gather(session, child, one.parent.in_(values), kept)


def _gather_links(session: Session, kept: _Kept, named: Set[tuple[str, str]]) -> _Links:
    """Whatever points to what is kept, and will point to nothing."""
    found: _Links = []
    for child in Base.metadata.sorted_tables:
        for link in child.foreign_key_constraints:
            several = kept.get(link.referred_table.name)
            if not several or child.name in NOT_KEPT or len(link.elements) > 1:
                continue
            (one,) = link.elements
            is_let_go = (link.ondelete or "").upper() == "SET NULL" or (child.name, one.parent.key) in named
            if not is_let_go:
                continue
            values = [row[one.column.name] for row in several.values()]
            statement = select(one.parent, *child.primary_key).where(one.parent.in_(values))
            found += [
                {"table": child.name, "column": one.parent.name, "value": value, "key": key}
                for value, *key in session.execute(statement.order_by(*child.primary_key))
                if tuple(key) not in kept.get(child.name, {})
            ]
    return found


def put_rows_back(session: Session, laid: LaidAside, may_lose: Collection[str] = ()) -> None:
    """Write the rows again as they were, and forget that they were laid aside.

    What names an account that has been erased since stays out; in the columns `may_lose` of the thing itself
    the account alone. What pointed to it does so again, unless it points elsewhere by now. Refused:
    bin_place_taken, where something else stands in its place; bin_place_gone, where what it hung on is gone
    too, its table has no place for it any more, or the thing itself names such an account.
    """
    rows = [item for one in laid.rows for item in one.items() if item[0] != LET_GO]
    links = [link for one in laid.rows for link in one.get(LET_GO, ())]
    if any(name not in Base.metadata.tables for name, _values in rows):
        raise Refused("bin_place_gone")
    erased = _find_erased(session, rows)
    for name, values in rows[:1]:
        values |= dict.fromkeys([one for one in may_lose if values.get(one) in erased])
        if erased.intersection(_accounts_in(Base.metadata.tables[name], values)):
            raise Refused("bin_place_gone")
    try:
        with session.begin_nested():
            for name, values in rows:
                table = Base.metadata.tables[name]
                if not erased.intersection(_accounts_in(table, values)):
                    _insert(session, table, values)
            for link in links:
                _link_again(session, link)
            session.delete(laid)
            session.flush()
    except (IntegrityError, DataError) as hindrance:
        is_taken = isinstance(hindrance.orig, pg.UniqueViolation)
        raise Refused("bin_place_taken" if is_taken else "bin_place_gone") from hindrance


def _insert(session: Session, table: Table, values: dict[str, Any]) -> None:
    # A column that came after the row was laid aside gets its own default, not nothing.
    known = [column.name for column in table.columns if column.computed is None and column.name in values]
    names = ", ".join(f'"{name}"' for name in known)
    source = f'jsonb_populate_record(null::"{table.name}", cast(:row as jsonb))'
    # The names are the models' own.
    statement = f'insert into "{table.name}" ({names}) select {names} from {source}'  # noqa: S608
    session.execute(text(statement), {"row": json.dumps(values)})


def _link_again(session: Session, link: dict[str, Any]) -> None:
    table = Base.metadata.tables.get(link["table"])
    column = table.columns.get(link["column"]) if table is not None else None
    if table is None or column is None:
        return
    is_the_row = tuple_(*table.primary_key) == tuple(link["key"])
    session.execute(update(table).where(is_the_row, column.is_(None)).values({column: link["value"]}))


def _accounts_in(table: Table, values: dict[str, Any]) -> set[int]:
    """The accounts that a row names."""
    return {
        values[column.name]
        for column in table.columns
        if any(key.column.table.name == "user_account" for key in column.foreign_keys)
        and values.get(column.name) is not None
    }


def _find_erased(session: Session, rows: Sequence[tuple[str, dict[str, Any]]]) -> set[int]:
    named = {account for name, values in rows for account in _accounts_in(Base.metadata.tables[name], values)}
    users = Base.metadata.tables["user_account"]
    gone = select(users.c.id).where(users.c.id.in_(named), users.c.erased_at.is_not(None))
    return set(session.scalars(gone)) if named else set()
