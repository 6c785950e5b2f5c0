"""The three questions after each meeting."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "evaluation",
        sa.Column("meeting_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("wording", sa.Integer(), nullable=False),
        sa.Column("days_open", sa.Integer(), server_default="21", nullable=False),
        sa.Column("answers", sa.Integer(), server_default="0", nullable=False),
        sa.Column("tally", JSONB(), server_default="{}", nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_example", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("days_open between 0 and 90", name=op.f("ck_evaluation_days_open")),
        sa.ForeignKeyConstraint(
            ["meeting_id"], ["meeting.id"], name=op.f("fk_evaluation_meeting_id_meeting")
        ),
        sa.PrimaryKeyConstraint("meeting_id", name=op.f("pk_evaluation")),
    )
    op.create_table(
        "evaluation_answer",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("meeting_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("attendee_id", sa.BigInteger(), nullable=True),
        sa.Column("steps", JSONB(), nullable=False),
        sa.Column("remark", sa.String(), server_default="", nullable=False),
        sa.CheckConstraint(
            "(user_id is null) <> (attendee_id is null)", name=op.f("ck_evaluation_answer_who")
        ),
        sa.ForeignKeyConstraint(
            ["meeting_id"],
            ["evaluation.meeting_id"],
            name=op.f("fk_evaluation_answer_meeting_id_evaluation"),
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_evaluation_answer_user_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["attendee_id"], ["attendee.id"], name=op.f("fk_evaluation_answer_attendee_id_attendee")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evaluation_answer")),
        sa.UniqueConstraint("meeting_id", "user_id", name=op.f("uq_evaluation_answer_meeting_id_user_id")),
        sa.UniqueConstraint(
            "meeting_id", "attendee_id", name=op.f("uq_evaluation_answer_meeting_id_attendee_id")
        ),
    )
    for column in ("user_id", "attendee_id"):
        op.create_index(f"ix_evaluation_answer_{column}", "evaluation_answer", [column], unique=False)
    op.create_table(
        "evaluation_remark",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("meeting_id", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["meeting_id"],
            ["evaluation.meeting_id"],
            name=op.f("fk_evaluation_remark_meeting_id_evaluation"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evaluation_remark")),
    )
    op.create_index("ix_evaluation_remark_meeting_id", "evaluation_remark", ["meeting_id"], unique=False)


def downgrade() -> None:
    for table in ("evaluation_remark", "evaluation_answer", "evaluation"):
        op.drop_table(table)
