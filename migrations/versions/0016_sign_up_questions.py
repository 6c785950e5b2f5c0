"""What organisers ask at sign-up."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sign_up_question",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("meeting_id", sa.BigInteger(), nullable=False),
        sa.Column("item_id", sa.BigInteger(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("help", sa.String(), nullable=False),
        sa.Column("options", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("is_required", sa.Boolean(), nullable=False),
        sa.Column("is_hidden", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "kind in ('text', 'choice', 'many', 'yes_no')", name=op.f("ck_sign_up_question_kind")
        ),
        sa.CheckConstraint(
            "(kind in ('choice', 'many')) = (cardinality(options) > 0)",
            name=op.f("ck_sign_up_question_options"),
        ),
        sa.ForeignKeyConstraint(
            ["item_id"],
            ["agenda_item.id"],
            name=op.f("fk_sign_up_question_item_id_agenda_item"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["meeting_id"], ["meeting.id"], name=op.f("fk_sign_up_question_meeting_id_meeting")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_up_question")),
    )
    op.create_index(op.f("ix_sign_up_question_meeting_id"), "sign_up_question", ["meeting_id"])
    op.create_index(op.f("ix_sign_up_question_item_id"), "sign_up_question", ["item_id"])
    op.create_table(
        "sign_up_answer",
        sa.Column("registration_id", sa.BigInteger(), nullable=False),
        sa.Column("question_id", sa.BigInteger(), nullable=False),
        sa.Column("said", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["question_id"],
            ["sign_up_question.id"],
            name=op.f("fk_sign_up_answer_question_id_sign_up_question"),
        ),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registration.id"],
            name=op.f("fk_sign_up_answer_registration_id_registration"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("registration_id", "question_id", name=op.f("pk_sign_up_answer")),
    )
    op.create_index(op.f("ix_sign_up_answer_question_id"), "sign_up_answer", ["question_id"])


def downgrade() -> None:
    op.drop_table("sign_up_answer")
    op.drop_table("sign_up_question")
