"""What is missing when a meeting is closed, and why it stays missing."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "gap_reason",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("meeting_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("thing_ids", ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("given_by_id", sa.BigInteger(), nullable=True),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["meeting_id"], ["meeting.id"], name=op.f("fk_gap_reason_meeting_id_meeting")
        ),
        sa.ForeignKeyConstraint(
            ["given_by_id"], ["user_account.id"], name=op.f("fk_gap_reason_given_by_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gap_reason")),
    )
    op.create_index("ix_gap_reason_meeting_id", "gap_reason", ["meeting_id"], unique=False)
    op.create_index(op.f("ix_gap_reason_given_by_id"), "gap_reason", ["given_by_id"], unique=False)


def downgrade() -> None:
    op.drop_table("gap_reason")
