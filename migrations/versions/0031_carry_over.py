"""What earlier meetings put forward for the next, and what staff decided."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "agenda_decision",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("meeting_id", sa.BigInteger(), nullable=False),
        sa.Column("thing", sa.String(), nullable=False),
        sa.Column("thing_id", sa.BigInteger(), nullable=False),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.Column("note", sa.String(), server_default="", nullable=False),
        sa.Column("reasons", ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("item_id", sa.BigInteger(), nullable=True),
        sa.Column("made_item", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("decided_by_id", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("thing in ('contribution', 'answer')", name=op.f("ck_agenda_decision_thing")),
        sa.CheckConstraint("verdict in ('accepted', 'declined')", name=op.f("ck_agenda_decision_verdict")),
        sa.CheckConstraint(
            "(verdict = 'accepted') = (item_id is not null)", name=op.f("ck_agenda_decision_item")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"],
            ["user_account.id"],
            name=op.f("fk_agenda_decision_decided_by_id_user_account"),
        ),
        sa.ForeignKeyConstraint(
            ["item_id"],
            ["agenda_item.id"],
            name=op.f("fk_agenda_decision_item_id_agenda_item"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["meeting_id"], ["meeting.id"], name=op.f("fk_agenda_decision_meeting_id_meeting")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agenda_decision")),
        sa.UniqueConstraint(
            "meeting_id", "thing", "thing_id", name=op.f("uq_agenda_decision_meeting_id_thing_thing_id")
        ),
    )
    op.create_index("ix_agenda_decision_item_id", "agenda_decision", ["item_id"], unique=False)
    op.create_index("ix_agenda_decision_thing", "agenda_decision", ["thing", "thing_id"], unique=False)
    op.create_index("ix_agenda_decision_decided_by_id", "agenda_decision", ["decided_by_id"], unique=False)


def downgrade() -> None:
    op.drop_table("agenda_decision")
