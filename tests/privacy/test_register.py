"""The register holds every column of every table, or it is decided that nobody stands in it."""

from dataclasses import fields

from app.core.database import Base
from app.privacy.column_names import COLUMNS, name_of
from app.privacy.not_personal import NOT_PERSONAL
from app.privacy.periods import Periods
from app.privacy.register import REGISTER
from app.tables import load_all_tables

load_all_tables()
TABLES = {name: {column.name for column in table.columns} for name, table in Base.metadata.tables.items()}


def test_every_column_is_in_the_register_or_decided_to_hold_nobody() -> None:
    decided = {holding.table: holding.all_columns for holding in REGISTER} | {
        table: set(columns) for table, columns in NOT_PERSONAL.items()
    }
    undecided = {table: columns - decided.get(table, set()) for table, columns in TABLES.items()}
    unknown = {table: columns - TABLES.get(table, set()) for table, columns in decided.items()}
    assert {table: columns for table, columns in undecided.items() if columns} == {}
    assert {table: columns for table, columns in unknown.items() if columns} == {}


def test_no_table_stands_in_both_lists_or_twice() -> None:
    names = [holding.table for holding in REGISTER]
    assert sorted(names) == sorted(set(names))
    assert set(names) & set(NOT_PERSONAL) == set()


def test_a_column_has_one_part_only() -> None:
    for holding in REGISTER:
        parts = f"{holding.columns} {holding.withheld} {holding.plain}".split()
        assert sorted(parts) == sorted(set(parts)), holding.table


def test_every_reference_to_a_user_is_in_the_register() -> None:
    """A table that points to people has people in it."""
    pointing = {
        table.name
        for table in Base.metadata.tables.values()
        for key in table.foreign_keys
        if key.column.table.name == "user_account"
    }
    assert pointing - {holding.table for holding in REGISTER} == set()


def test_periods_that_are_promised_are_periods() -> None:
    known = {field.name for field in fields(Periods)}
    for holding in REGISTER:
        assert holding.period is None or holding.period in known, holding.table
        assert ("{days}" in holding.kept) == (holding.period is not None), holding.table


def test_secrets_never_come_in_the_copy() -> None:
    for holding in REGISTER:
        for name in holding.columns.split():
            assert not name.endswith(("_hash", "_key")), (holding.table, name)


def test_every_column_of_the_copy_has_a_readable_name_and_no_name_is_left_over() -> None:
    shown = {(holding.table, column) for holding in REGISTER for column in holding.columns.split()}
    assert [pair for pair in shown if name_of(*pair) == pair[1]] == []
    used = {f"{table}.{column}" for table, column in shown} | {column for _, column in shown}
    assert set(COLUMNS) - used == set()
