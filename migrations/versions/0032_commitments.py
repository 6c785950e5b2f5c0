"""What is promised: owner, deadline, milestones, indicators and what was measured."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("create sequence commitment_number")
    op.create_table(
        "commitment",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=True),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("title_en", sa.String(), server_default="", nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("text_en", sa.String(), server_default="", nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("owner_user_id", sa.BigInteger(), nullable=True),
        sa.Column("meeting_id", sa.BigInteger(), nullable=True),
        sa.Column("answer_id", sa.BigInteger(), nullable=True),
        sa.Column("deadline", sa.Date(), nullable=False),
        sa.Column("status", sa.String(), server_default="proposed", nullable=False),
        sa.Column("visibility", sa.String(), server_default="public", nullable=False),
        sa.Column("proposed_by_id", sa.BigInteger(), nullable=True),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("verdict_cause", sa.String(), nullable=True),
        sa.Column("lesson", sa.String(), server_default="", nullable=False),
        sa.Column("verdict_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("verdict_by_id", sa.BigInteger(), nullable=True),
        sa.Column("replaced_by_id", sa.BigInteger(), nullable=True),
        sa.Column("is_example", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "(status = 'replaced') = (replaced_by_id is not null) and replaced_by_id <> id",
            name=op.f("ck_commitment_replaced"),
        ),
        sa.CheckConstraint(
            "(status in ('proposed', 'withdrawn')) = (published_at is null)",
            name=op.f("ck_commitment_published_at"),
        ),
        sa.CheckConstraint(
            "case when status in ('kept', 'partly_kept', 'broken', 'replaced') then verdict_at is not null and verdict_cause is not null and lesson <> '' else verdict_at is null end",
            name=op.f("ck_commitment_verdict"),
        ),
        sa.CheckConstraint(
            "status in ('proposed', 'decided', 'in_progress', 'late', 'kept', 'partly_kept', 'broken', 'replaced', 'withdrawn')",
            name=op.f("ck_commitment_status"),
        ),
        sa.CheckConstraint(
            "verdict_cause in ('data', 'infrastructure', 'law', 'skills', 'money', 'other')",
            name=op.f("ck_commitment_verdict_cause"),
        ),
        sa.CheckConstraint("visibility in ('public', 'staff')", name=op.f("ck_commitment_visibility")),
        sa.ForeignKeyConstraint(
            ["answer_id"],
            ["answer.id"],
            name=op.f("fk_commitment_answer_id_answer"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["meeting_id"], ["meeting.id"], name=op.f("fk_commitment_meeting_id_meeting")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_commitment_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(
            ["owner_user_id"], ["user_account.id"], name=op.f("fk_commitment_owner_user_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["proposed_by_id"], ["user_account.id"], name=op.f("fk_commitment_proposed_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["replaced_by_id"], ["commitment.id"], name=op.f("fk_commitment_replaced_by_id_commitment")
        ),
        sa.ForeignKeyConstraint(
            ["verdict_by_id"], ["user_account.id"], name=op.f("fk_commitment_verdict_by_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commitment")),
        sa.UniqueConstraint("key", name=op.f("uq_commitment_key")),
        sa.UniqueConstraint("reference", name=op.f("uq_commitment_reference")),
    )
    op.create_index("ix_commitment_answer_id", "commitment", ["answer_id"], unique=False)
    op.create_index("ix_commitment_deadline", "commitment", ["deadline"], unique=False)
    op.create_index("ix_commitment_meeting_id", "commitment", ["meeting_id"], unique=False)
    op.create_index("ix_commitment_organisation_id", "commitment", ["organisation_id"], unique=False)
    op.create_index("ix_commitment_owner_user_id", "commitment", ["owner_user_id"], unique=False)
    op.create_index("ix_commitment_proposed_by_id", "commitment", ["proposed_by_id"], unique=False)
    op.create_index("ix_commitment_replaced_by_id", "commitment", ["replaced_by_id"], unique=False)
    op.create_index("ix_commitment_verdict_by_id", "commitment", ["verdict_by_id"], unique=False)
    op.create_table(
        "commitment_edition",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("commitment_id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("replaced_by_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["commitment_id"], ["commitment.id"], name=op.f("fk_commitment_edition_commitment_id_commitment")
        ),
        sa.ForeignKeyConstraint(
            ["replaced_by_id"],
            ["user_account.id"],
            name=op.f("fk_commitment_edition_replaced_by_id_user_account"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commitment_edition")),
    )
    op.create_index(
        "ix_commitment_edition_commitment_id", "commitment_edition", ["commitment_id", "version"], unique=True
    )
    op.create_index(
        "ix_commitment_edition_replaced_by_id", "commitment_edition", ["replaced_by_id"], unique=False
    )
    op.create_table(
        "commitment_contribution",
        sa.Column("commitment_id", sa.BigInteger(), nullable=False),
        sa.Column("contribution_id", sa.BigInteger(), nullable=False),
        sa.Column("taken_from_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["commitment_id"],
            ["commitment.id"],
            name=op.f("fk_commitment_contribution_commitment_id_commitment"),
        ),
        sa.ForeignKeyConstraint(
            ["contribution_id"],
            ["contribution.id"],
            name=op.f("fk_commitment_contribution_contribution_id_contribution"),
        ),
        sa.ForeignKeyConstraint(
            ["taken_from_id"],
            ["commitment.id"],
            name=op.f("fk_commitment_contribution_taken_from_id_commitment"),
        ),
        sa.PrimaryKeyConstraint("commitment_id", "contribution_id", name=op.f("pk_commitment_contribution")),
    )
    op.create_index(
        "ix_commitment_contribution_contribution_id",
        "commitment_contribution",
        ["contribution_id"],
        unique=False,
    )
    op.create_index(
        "ix_commitment_contribution_taken_from_id", "commitment_contribution", ["taken_from_id"], unique=False
    )
    op.create_table(
        "commitment_theme",
        sa.Column("commitment_id", sa.BigInteger(), nullable=False),
        sa.Column("theme_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["commitment_id"], ["commitment.id"], name=op.f("fk_commitment_theme_commitment_id_commitment")
        ),
        sa.ForeignKeyConstraint(["theme_id"], ["theme.id"], name=op.f("fk_commitment_theme_theme_id_theme")),
        sa.PrimaryKeyConstraint("commitment_id", "theme_id", name=op.f("pk_commitment_theme")),
    )
    op.create_index(op.f("ix_commitment_theme_theme_id"), "commitment_theme", ["theme_id"], unique=False)
    op.create_table(
        "promised_contribution",
        sa.Column("contribution_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("status_before", sa.String(), nullable=False),
        sa.Column("status_given", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contribution_id"],
            ["contribution.id"],
            name=op.f("fk_promised_contribution_contribution_id_contribution"),
        ),
        sa.PrimaryKeyConstraint("contribution_id", name=op.f("pk_promised_contribution")),
    )
    op.create_table(
        "milestone",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("commitment_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("title_en", sa.String(), server_default="", nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("done_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(
            ["commitment_id"], ["commitment.id"], name=op.f("fk_milestone_commitment_id_commitment")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_milestone")),
    )
    op.create_index("ix_milestone_commitment_id", "milestone", ["commitment_id"], unique=False)
    op.create_index("ix_milestone_due_on", "milestone", ["due_on"], unique=False)
    op.create_table(
        "deadline_change",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("commitment_id", sa.BigInteger(), nullable=False),
        sa.Column("milestone_id", sa.BigInteger(), nullable=True),
        sa.Column("old_on", sa.Date(), nullable=False),
        sa.Column("new_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("old_on <> new_on", name=op.f("ck_deadline_change_moved")),
        sa.ForeignKeyConstraint(
            ["changed_by_id"], ["user_account.id"], name=op.f("fk_deadline_change_changed_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["commitment_id"], ["commitment.id"], name=op.f("fk_deadline_change_commitment_id_commitment")
        ),
        sa.ForeignKeyConstraint(
            ["milestone_id"],
            ["milestone.id"],
            name=op.f("fk_deadline_change_milestone_id_milestone"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deadline_change")),
    )
    op.create_index("ix_deadline_change_changed_by_id", "deadline_change", ["changed_by_id"], unique=False)
    op.create_index("ix_deadline_change_commitment_id", "deadline_change", ["commitment_id"], unique=False)
    op.create_index("ix_deadline_change_milestone_id", "deadline_change", ["milestone_id"], unique=False)
    op.create_table(
        "indicator",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("commitment_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("name_en", sa.String(), server_default="", nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("unit_en", sa.String(), server_default="", nullable=False),
        sa.Column("method", sa.String(), server_default="", nullable=False),
        sa.Column("baseline_value", sa.Numeric(precision=16, scale=4), nullable=False),
        sa.Column("baseline_on", sa.Date(), nullable=False),
        sa.Column("target_value", sa.Numeric(precision=16, scale=4), nullable=False),
        sa.Column("target_on", sa.Date(), nullable=False),
        sa.Column("direction", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "case direction when 'up' then baseline_value < target_value else baseline_value > target_value end",
            name=op.f("ck_indicator_way"),
        ),
        sa.CheckConstraint("direction in ('up', 'down')", name=op.f("ck_indicator_direction")),
        sa.CheckConstraint("baseline_on < target_on", name=op.f("ck_indicator_days")),
        sa.ForeignKeyConstraint(
            ["commitment_id"], ["commitment.id"], name=op.f("fk_indicator_commitment_id_commitment")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_indicator")),
    )
    op.create_index("ix_indicator_commitment_id", "indicator", ["commitment_id"], unique=False)
    op.create_table(
        "measurement",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("indicator_id", sa.BigInteger(), nullable=False),
        sa.Column("measured_on", sa.Date(), nullable=False),
        sa.Column("value", sa.Numeric(precision=16, scale=4), nullable=False),
        sa.Column("source_text", sa.String(), nullable=False),
        sa.Column("source_url", sa.String(), nullable=True),
        sa.Column("note", sa.String(), server_default="", nullable=False),
        sa.Column("corrects_id", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.String(), server_default="", nullable=False),
        sa.Column("corrected_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("measured_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("measured_by_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("(corrects_id is null) = (reason = '')", name=op.f("ck_measurement_reason")),
        sa.ForeignKeyConstraint(
            ["corrects_id"], ["measurement.id"], name=op.f("fk_measurement_corrects_id_measurement")
        ),
        sa.ForeignKeyConstraint(
            ["indicator_id"], ["indicator.id"], name=op.f("fk_measurement_indicator_id_indicator")
        ),
        sa.ForeignKeyConstraint(
            ["measured_by_id"], ["user_account.id"], name=op.f("fk_measurement_measured_by_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_measurement")),
    )
    op.create_index("ix_measurement_corrects_id", "measurement", ["corrects_id"], unique=True)
    op.create_index(
        "ix_measurement_in_force",
        "measurement",
        ["indicator_id", "measured_on"],
        unique=True,
        postgresql_where=sa.text("corrected_at is null"),
    )
    op.create_index("ix_measurement_measured_by_id", "measurement", ["measured_by_id"], unique=False)
    # ### end Alembic commands ###
    # A promise can be taken along to a programme too.
    _let_carry("'contribution', 'answer', 'commitment'")


def downgrade() -> None:
    op.execute("delete from agenda_decision where thing = 'commitment'")
    _let_carry("'contribution', 'answer'")
    for table in (
        "measurement",
        "indicator",
        "deadline_change",
        "milestone",
        "promised_contribution",
        "commitment_theme",
        "commitment_contribution",
        "commitment_edition",
        "commitment",
    ):
        op.drop_table(table)
    op.execute("drop sequence commitment_number")


def _let_carry(things: str) -> None:
    op.drop_constraint(op.f("ck_agenda_decision_thing"), "agenda_decision", type_="check")
    op.create_check_constraint(op.f("ck_agenda_decision_thing"), "agenda_decision", f"thing in ({things})")
