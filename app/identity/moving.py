"""Rows that hang on one thing hang on another from now on: by the tables themselves, none is missed."""

from sqlalchemy import Column, PrimaryKeyConstraint, Table, UniqueConstraint, delete, literal, select, update
from sqlalchemy.orm import Session

from app.core.database import Base


def move_rows(session: Session, column: Column[int], from_id: int, to_id: int) -> int:
    """Move the rows of one foreign key; where there is one like it already, the row is dropped. How many."""
    table: Table = column.table
    for others in _unique_with(table, column):
        known = table.alias()
        same = [known.c[name] == table.c[name] for name in others]
        is_double = select(literal(1)).where(known.c[column.name] == to_id, *same).exists()
        session.execute(delete(table).where(column == from_id, is_double))
    return session.execute(  # type: ignore[attr-defined]
        update(table).where(column == from_id).values({column.name: to_id})
    ).rowcount


def find_references_to(table_name: str) -> list[Column[int]]:
    """Every column of every table that names a row of this one."""
    target = Base.metadata.tables[table_name].c.id
    return [
        column
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if any(key.column is target for key in column.foreign_keys)
    ]


def _unique_with(table: Table, column: Column[int]) -> list[list[str]]:
    """For each constraint by which the column makes a row unique, the names of its other columns."""
    found = []
    for constraint in table.constraints:
        is_unique = isinstance(constraint, UniqueConstraint | PrimaryKeyConstraint)
        if is_unique and column.name in constraint.columns:
            found.append([one.name for one in constraint.columns if one.name != column.name])
    return found
