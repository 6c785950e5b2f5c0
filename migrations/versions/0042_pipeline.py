"""Stages, barriers, and a municipality's own policy."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

ONE_THING = "num_nonnulls(contribution_id, project_id, own_project_id) = 1"
BARRIERS = "'data', 'infrastructure', 'law', 'skills', 'money', 'other'"
THINGS = (("contribution_id", "contribution"), ("project_id", "project"), ("own_project_id", "own_project"))


def moment(name: str, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def words(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.String(), server_default="", nullable=False)


def number(name: str, nullable: bool = True) -> sa.Column[Any]:
    return sa.Column(name, sa.BigInteger(), nullable=nullable)


def points(table: str, column: str, to: str, ondelete: str | None = None) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{to}")
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=name, ondelete=ondelete)


def check(table: str, name: str, rule: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}"))


def index(table: str, *columns: str) -> None:
    for column in columns:
        op.create_index(f"ix_{table}_{column}", table, [column])


def upgrade() -> None:
    op.add_column("strategy", sa.Column("edition", sa.Integer(), server_default="0", nullable=False))
    for name in ("target_groups", "markers"):
        column = sa.Column(name, postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False)
        op.add_column("theme", column)
    op.add_column("theme", moment("ended_at", nullable=True))
    _add_policies()
    _add_own_projects()
    _add_stages()
    _add_barriers()


def _add_policies() -> None:
    op.create_table(
        "policy_draft",
        number("id", nullable=False),
        number("municipality_id", nullable=False),
        number("strategy_id"),
        sa.Column("words", postgresql.JSONB(), nullable=False),
        moment("saved_at"),
        number("saved_by_id"),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        points("policy_draft", "municipality_id", "organisation"),
        points("policy_draft", "strategy_id", "strategy"),
        points("policy_draft", "saved_by_id", "user_account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_draft")),
        sa.UniqueConstraint(
            "municipality_id",
            "strategy_id",
            name=op.f("uq_policy_draft_municipality_id_strategy_id"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    index("policy_draft", "strategy_id", "saved_by_id")
    op.create_table(
        "strategy_edition",
        number("id", nullable=False),
        number("strategy_id", nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("words", postgresql.JSONB(), nullable=False),
        words("note"),
        moment("published_at", nullable=True),
        number("published_by_id"),
        points("strategy_edition", "strategy_id", "strategy"),
        points("strategy_edition", "published_by_id", "user_account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_strategy_edition")),
        sa.UniqueConstraint("strategy_id", "number", name=op.f("uq_strategy_edition_strategy_id_number")),
    )
    index("strategy_edition", "published_by_id")
    op.create_table(
        "policy_writer",
        sa.Column("membership_id", sa.BigInteger(), autoincrement=False, nullable=False),
        number("chosen_by_id"),
        moment("chosen_at"),
        points("policy_writer", "membership_id", "membership", ondelete="CASCADE"),
        points("policy_writer", "chosen_by_id", "user_account"),
        sa.PrimaryKeyConstraint("membership_id", name=op.f("pk_policy_writer")),
    )
    index("policy_writer", "chosen_by_id")


def _add_own_projects() -> None:
    op.create_table(
        "own_project",
        number("id", nullable=False),
        sa.Column("key", sa.String(), nullable=True),
        number("municipality_id", nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("visibility", sa.String(), server_default="own", nullable=False),
        number("entered_by_id"),
        moment("entered_at"),
        moment("changed_at"),
        moment("removed_at", nullable=True),
        sa.Column("is_example", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        check("own_project", "visibility", "visibility in ('public', 'own')"),
        points("own_project", "municipality_id", "organisation"),
        points("own_project", "entered_by_id", "user_account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_own_project")),
        sa.UniqueConstraint("key", name=op.f("uq_own_project_key")),
    )
    index("own_project", "municipality_id", "entered_by_id")
    op.create_table(
        "own_project_theme",
        number("own_project_id", nullable=False),
        number("theme_id", nullable=False),
        points("own_project_theme", "own_project_id", "own_project"),
        points("own_project_theme", "theme_id", "theme"),
        sa.PrimaryKeyConstraint("own_project_id", "theme_id", name=op.f("pk_own_project_theme")),
    )
    op.create_index(op.f("ix_own_project_theme_theme_id"), "own_project_theme", ["theme_id"])


def _add_stages() -> None:
    name = "stage_change"
    op.create_table(
        name,
        number("id", nullable=False),
        *(number(column) for column, _ in THINGS),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=True),
        sa.Column("day_certainty", sa.String(), server_default="day", nullable=False),
        sa.Column("certainty", sa.String(), server_default="stated", nullable=False),
        words("note"),
        words("note_en"),
        sa.Column("barrier", sa.String(), nullable=True),
        words("lesson"),
        sa.Column("source_url", sa.String(), nullable=True),
        moment("made_at"),
        number("made_by_id"),
        moment("taken_back_at", nullable=True),
        words("taken_back_reason"),
        check(name, "one_thing", ONE_THING),
        check(
            name,
            "stage",
            "stage in ('idea', 'tested', 'seeking_partners', 'pilot', 'measured', 'spread', 'stopped')",
        ),
        check(name, "barrier", f"barrier in ({BARRIERS})"),
        check(name, "stopped", "(stage = 'stopped') = (barrier is not null)"),
        check(name, "lesson", "stage <> 'stopped' or lesson <> ''"),
        check(name, "day_certainty", "day_certainty in ('day', 'year', 'unknown')"),
        check(name, "happened_on", "(day_certainty = 'unknown') = (happened_on is null)"),
        check(name, "certainty", "certainty in ('stated', 'inferred', 'not_known_since')"),
        check(name, "taken_back", "taken_back_at is not null or taken_back_reason = ''"),
        *(points(name, column, to) for column, to in THINGS),
        points(name, "made_by_id", "user_account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stage_change")),
    )
    index(name, *(column for column, _ in THINGS), "made_by_id")


def _add_barriers() -> None:
    name = "thing_barrier"
    op.create_table(
        name,
        number("id", nullable=False),
        *(number(column) for column, _ in THINGS),
        sa.Column("code", sa.String(), nullable=False),
        number("theme_id"),
        sa.Column("scope", sa.String(), server_default="thing", nullable=False),
        words("note"),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("solved_on", sa.Date(), nullable=True),
        words("solved_note"),
        sa.Column("source_url", sa.String(), nullable=True),
        moment("added_at"),
        number("added_by_id"),
        number("solved_by_id"),
        moment("removed_at", nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        check(name, "one_thing", ONE_THING),
        check(name, "code", f"code in ({BARRIERS})"),
        check(name, "scope", "scope in ('thing', 'round')"),
        check(name, "round", "scope = 'thing' or project_id is not null"),
        check(name, "solved_on", "since <= solved_on"),
        check(name, "solved_note", "solved_on is not null or solved_note = ''"),
        *(points(name, column, to) for column, to in THINGS),
        points(name, "theme_id", "theme"),
        points(name, "added_by_id", "user_account"),
        points(name, "solved_by_id", "user_account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_thing_barrier")),
    )
    index(name, *(column for column, _ in THINGS), "theme_id", "added_by_id", "solved_by_id")


def downgrade() -> None:
    for table in (
        "thing_barrier",
        "stage_change",
        "own_project_theme",
        "own_project",
        "policy_writer",
        "strategy_edition",
        "policy_draft",
    ):
        op.drop_table(table)
    for column in ("ended_at", "markers", "target_groups"):
        op.drop_column("theme", column)
    op.drop_column("strategy", "edition")
