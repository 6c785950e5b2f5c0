"""Answers with a verdict, prepared quietly and published together; who looks after what; pauses of the clock."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "answer_batch",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("gathered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told_count", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer_batch")),
    )
    op.create_table(
        "answer_rule",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at_most_days", sa.Integer(), nullable=False),
        sa.Column("at_least_days", sa.Integer(), nullable=False),
        sa.Column("before_meeting", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "at_least_days between 0 and at_most_days", name=op.f("ck_answer_rule_at_least_days")
        ),
        sa.CheckConstraint("at_most_days between 1 and 365", name=op.f("ck_answer_rule_at_most_days")),
        sa.CheckConstraint("id = 1", name=op.f("ck_answer_rule_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer_rule")),
    )
    op.create_table(
        "answer_template",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("verdict", sa.String(), nullable=True),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("text_en", sa.String(), server_default="", nullable=False),
        sa.Column("text_sv", sa.String(), server_default="", nullable=False),
        sa.Column("reason", sa.String(), server_default="", nullable=False),
        sa.Column("reason_en", sa.String(), server_default="", nullable=False),
        sa.Column("reason_sv", sa.String(), server_default="", nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "verdict in ('yes', 'partly', 'no', 'later')", name=op.f("ck_answer_template_verdict")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer_template")),
    )
    op.create_index(
        "uq_answer_template_title",
        "answer_template",
        ["title"],
        unique=True,
        postgresql_where=sa.text("retired_at is null"),
    )
    op.create_table(
        "answer_telling",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("name", sa.String(), server_default="", nullable=False),
        sa.Column("language", sa.String(), server_default="da", nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("reasons", JSONB(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["answer_batch.id"], name=op.f("fk_answer_telling_batch_id_answer_batch")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_answer_telling_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer_telling")),
        sa.UniqueConstraint("batch_id", "email", name=op.f("uq_answer_telling_batch_id_email")),
    )
    op.create_index("ix_answer_telling_user_id", "answer_telling", ["user_id"], unique=False)
    op.create_table(
        "answer_batch_answer",
        sa.Column("answer_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["answer_id"], ["answer.id"], name=op.f("fk_answer_batch_answer_answer_id_answer")
        ),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["answer_batch.id"], name=op.f("fk_answer_batch_answer_batch_id_answer_batch")
        ),
        sa.PrimaryKeyConstraint("answer_id", name=op.f("pk_answer_batch_answer")),
    )
    op.create_index(
        op.f("ix_answer_batch_answer_batch_id"), "answer_batch_answer", ["batch_id"], unique=False
    )
    op.create_table(
        "answer_edition",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("answer_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("verdict", sa.String(), nullable=True),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("text_en", sa.String(), server_default="", nullable=False),
        sa.Column("text_sv", sa.String(), server_default="", nullable=False),
        sa.Column("reason", sa.String(), server_default="", nullable=False),
        sa.Column("reason_en", sa.String(), server_default="", nullable=False),
        sa.Column("reason_sv", sa.String(), server_default="", nullable=False),
        sa.Column("again_by", sa.Date(), nullable=True),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["answer_id"], ["answer.id"], name=op.f("fk_answer_edition_answer_id_answer")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer_edition")),
        sa.UniqueConstraint("answer_id", "number", name=op.f("uq_answer_edition_answer_id_number")),
    )
    op.create_table(
        "answer_case",
        sa.Column("contribution_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("owner_id", sa.BigInteger(), nullable=True),
        sa.Column("organisation_id", sa.BigInteger(), nullable=True),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(owner_id is null) = (claimed_at is null)", name=op.f("ck_answer_case_claimed")),
        sa.ForeignKeyConstraint(
            ["contribution_id"], ["contribution.id"], name=op.f("fk_answer_case_contribution_id_contribution")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_answer_case_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["user_account.id"], name=op.f("fk_answer_case_owner_id_user_account")
        ),
        sa.PrimaryKeyConstraint("contribution_id", name=op.f("pk_answer_case")),
    )
    op.create_index("ix_answer_case_organisation_id", "answer_case", ["organisation_id"], unique=False)
    op.create_index("ix_answer_case_owner_id", "answer_case", ["owner_id"], unique=False)
    op.create_table(
        "answer_objection",
        sa.Column("contribution_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("answer_id", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["answer_id"], ["answer.id"], name=op.f("fk_answer_objection_answer_id_answer")
        ),
        sa.ForeignKeyConstraint(
            ["contribution_id"],
            ["contribution.id"],
            name=op.f("fk_answer_objection_contribution_id_contribution"),
        ),
        sa.PrimaryKeyConstraint("contribution_id", name=op.f("pk_answer_objection")),
    )
    op.create_index("ix_answer_objection_answer_id", "answer_objection", ["answer_id"], unique=False)
    op.create_table(
        "answer_pause",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("contribution_id", sa.BigInteger(), nullable=False),
        sa.Column("question", sa.String(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reply_by", sa.Date(), nullable=False),
        sa.Column("answer_by_before", sa.Date(), nullable=True),
        sa.Column("status_before", sa.String(), nullable=False),
        sa.Column("reply", sa.String(), server_default="", nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_as", sa.String(), nullable=True),
        sa.CheckConstraint(
            "ended_as in ('reply', 'expired', 'taken_back', 'answered')",
            name=op.f("ck_answer_pause_ended_as"),
        ),
        sa.CheckConstraint("(ended_at is null) = (ended_as is null)", name=op.f("ck_answer_pause_ended")),
        sa.ForeignKeyConstraint(
            ["contribution_id"],
            ["contribution.id"],
            name=op.f("fk_answer_pause_contribution_id_contribution"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer_pause")),
    )
    op.create_index("ix_answer_pause_contribution_id", "answer_pause", ["contribution_id"], unique=False)
    op.create_index(
        "uq_answer_pause_open",
        "answer_pause",
        ["contribution_id"],
        unique=True,
        postgresql_where=sa.text("ended_at is null"),
    )
    op.create_table(
        "late_answer",
        sa.Column("contribution_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("answer_by", sa.Date(), nullable=False),
        sa.Column("noticed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["contribution_id"], ["contribution.id"], name=op.f("fk_late_answer_contribution_id_contribution")
        ),
        sa.PrimaryKeyConstraint("contribution_id", "answer_by", name=op.f("pk_late_answer")),
    )
    op.create_table(
        "staff_note",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("contribution_id", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("written_by_id", sa.BigInteger(), nullable=True),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["contribution_id"], ["contribution.id"], name=op.f("fk_staff_note_contribution_id_contribution")
        ),
        sa.ForeignKeyConstraint(
            ["written_by_id"], ["user_account.id"], name=op.f("fk_staff_note_written_by_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_note")),
    )
    op.create_index("ix_staff_note_contribution_id", "staff_note", ["contribution_id"], unique=False)
    op.create_index("ix_staff_note_written_by_id", "staff_note", ["written_by_id"], unique=False)
    op.add_column("answer", sa.Column("verdict", sa.String(), nullable=True))
    op.add_column("answer", sa.Column("text_sv", sa.String(), server_default="", nullable=False))
    op.add_column("answer", sa.Column("reason", sa.String(), server_default="", nullable=False))
    op.add_column("answer", sa.Column("reason_en", sa.String(), server_default="", nullable=False))
    op.add_column("answer", sa.Column("reason_sv", sa.String(), server_default="", nullable=False))
    op.add_column("answer", sa.Column("again_by", sa.Date(), nullable=True))
    op.add_column("answer", sa.Column("prepared_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("answer", sa.Column("version", sa.Integer(), server_default="1", nullable=False))
    op.create_check_constraint(
        op.f("ck_answer_verdict"), "answer", "verdict in ('yes', 'partly', 'no', 'later')"
    )
    op.create_check_constraint(
        op.f("ck_answer_again_by"),
        "answer",
        "coalesce(verdict = 'later', false) = (again_by is not null)",
    )


def downgrade() -> None:
    for column in (
        "version",
        "prepared_at",
        "again_by",
        "reason_sv",
        "reason_en",
        "reason",
        "text_sv",
        "verdict",
    ):
        op.drop_column("answer", column)
    for table in (
        "staff_note",
        "late_answer",
        "answer_pause",
        "answer_objection",
        "answer_case",
        "answer_edition",
        "answer_batch_answer",
        "answer_telling",
        "answer_template",
        "answer_rule",
        "answer_batch",
    ):
        op.drop_table(table)
