"""A meeting that runs: the item that is on, what the big screen shows, the timer."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "live_state",
        sa.Column("meeting_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("item_id", sa.BigInteger(), nullable=True),
        sa.Column("item_started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("shows", sa.String(), server_default="code", nullable=False),
        sa.Column("shows_id", sa.BigInteger(), nullable=True),
        sa.Column("timer_seconds", sa.Integer(), nullable=True),
        sa.Column("timer_ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("steps", JSONB(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "shows in ('code', 'item', 'board', 'chosen', 'best', 'question', 'poll', 'timer')",
            name=op.f("ck_live_state_shows"),
        ),
        sa.CheckConstraint("timer_seconds between 1 and 14400", name=op.f("ck_live_state_timer_seconds")),
        sa.ForeignKeyConstraint(
            ["item_id"],
            ["agenda_item.id"],
            name=op.f("fk_live_state_item_id_agenda_item"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["meeting_id"], ["meeting.id"], name=op.f("fk_live_state_meeting_id_meeting")
        ),
        sa.PrimaryKeyConstraint("meeting_id", name=op.f("pk_live_state")),
    )
    op.create_index("ix_live_state_item_id", "live_state", ["item_id"], unique=False)


def downgrade() -> None:
    op.drop_table("live_state")
