"""Questions to a panel, and polls."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "panel",
        sa.Column("item_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("meeting_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), server_default="planned", nullable=False),
        sa.Column("asks_approval", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("visibility", sa.String(), server_default="participants", nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("state in ('planned', 'open', 'closed')", name=op.f("ck_panel_state")),
        sa.CheckConstraint("visibility in ('public', 'participants')", name=op.f("ck_panel_visibility")),
        sa.ForeignKeyConstraint(
            ["item_id"], ["agenda_item.id"], name=op.f("fk_panel_item_id_agenda_item"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name=op.f("fk_panel_meeting_id_meeting")),
        sa.PrimaryKeyConstraint("item_id", name=op.f("pk_panel")),
    )
    op.create_index("ix_panel_meeting_id", "panel", ["meeting_id"], unique=False)
    op.create_table(
        "panel_question",
        sa.Column("contribution_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("item_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), server_default="waiting", nullable=False),
        sa.Column("state_before", sa.String(), nullable=True),
        sa.Column("state_changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer", sa.String(), server_default="", nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("hidden_reason", sa.String(), server_default="", nullable=False),
        sa.Column("sign_up_question_id", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "state in ('waiting', 'shortlisted', 'now', 'answered', 'hidden')",
            name=op.f("ck_panel_question_state"),
        ),
        sa.CheckConstraint(
            "state_before in ('waiting', 'shortlisted', 'now', 'answered', 'hidden')",
            name=op.f("ck_panel_question_state_before"),
        ),
        sa.ForeignKeyConstraint(
            ["contribution_id"],
            ["contribution.id"],
            name=op.f("fk_panel_question_contribution_id_contribution"),
        ),
        sa.ForeignKeyConstraint(["item_id"], ["panel.item_id"], name=op.f("fk_panel_question_item_id_panel")),
        sa.ForeignKeyConstraint(
            ["sign_up_question_id"],
            ["sign_up_question.id"],
            name=op.f("fk_panel_question_sign_up_question_id_sign_up_question"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("contribution_id", name=op.f("pk_panel_question")),
    )
    op.create_index("ix_panel_question_item_id", "panel_question", ["item_id"], unique=False)
    op.create_index(
        "ix_panel_question_sign_up_question_id", "panel_question", ["sign_up_question_id"], unique=False
    )
    op.create_index(
        "uq_panel_question_now",
        "panel_question",
        ["item_id"],
        unique=True,
        postgresql_where=sa.text("state = 'now'"),
    )
    op.create_table(
        "panel_second",
        sa.Column("contribution_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("attendee_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["attendee_id"], ["attendee.id"], name=op.f("fk_panel_second_attendee_id_attendee")
        ),
        sa.ForeignKeyConstraint(
            ["contribution_id"],
            ["panel_question.contribution_id"],
            name=op.f("fk_panel_second_contribution_id_panel_question"),
        ),
        sa.PrimaryKeyConstraint("contribution_id", "attendee_id", name=op.f("pk_panel_second")),
    )
    op.create_index(op.f("ix_panel_second_attendee_id"), "panel_second", ["attendee_id"], unique=False)
    op.create_table(
        "poll",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("meeting_id", sa.BigInteger(), nullable=False),
        sa.Column("item_id", sa.BigInteger(), nullable=True),
        sa.Column("key", sa.String(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("question", sa.String(), nullable=False),
        sa.Column("help", sa.String(), server_default="", nullable=False),
        sa.Column("most", sa.Integer(), server_default="1", nullable=False),
        sa.Column("low_label", sa.String(), server_default="", nullable=False),
        sa.Column("high_label", sa.String(), server_default="", nullable=False),
        sa.Column("state", sa.String(), server_default="draft", nullable=False),
        sa.Column("hides_results", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("visibility", sa.String(), server_default="participants", nullable=False),
        sa.Column("tally", JSONB(), server_default="{}", nullable=False),
        sa.Column("voters", sa.Integer(), server_default="0", nullable=False),
        sa.Column("hidden_words", ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("is_example", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("kind in ('one', 'several', 'scale', 'words')", name=op.f("ck_poll_kind")),
        sa.CheckConstraint("state in ('draft', 'open', 'closed')", name=op.f("ck_poll_state")),
        sa.CheckConstraint("visibility in ('public', 'participants')", name=op.f("ck_poll_visibility")),
        sa.CheckConstraint("most between 1 and 20", name=op.f("ck_poll_most")),
        sa.ForeignKeyConstraint(
            ["item_id"], ["agenda_item.id"], name=op.f("fk_poll_item_id_agenda_item"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name=op.f("fk_poll_meeting_id_meeting")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_poll")),
        sa.UniqueConstraint("meeting_id", "key", name=op.f("uq_poll_meeting_id_key")),
    )
    op.create_index("ix_poll_item_id", "poll", ["item_id"], unique=False)
    op.create_index("ix_poll_meeting_id", "poll", ["meeting_id"], unique=False)
    op.create_table(
        "poll_option",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("poll_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["poll_id"], ["poll.id"], name=op.f("fk_poll_option_poll_id_poll"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_poll_option")),
        sa.UniqueConstraint("poll_id", "position", name=op.f("uq_poll_option_poll_id_position")),
    )
    op.create_table(
        "poll_vote",
        sa.Column("poll_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("attendee_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("given", ARRAY(sa.Text()), nullable=True),
        sa.ForeignKeyConstraint(
            ["attendee_id"], ["attendee.id"], name=op.f("fk_poll_vote_attendee_id_attendee")
        ),
        sa.ForeignKeyConstraint(
            ["poll_id"], ["poll.id"], name=op.f("fk_poll_vote_poll_id_poll"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("poll_id", "attendee_id", name=op.f("pk_poll_vote")),
    )
    op.create_index(op.f("ix_poll_vote_attendee_id"), "poll_vote", ["attendee_id"], unique=False)


def downgrade() -> None:
    for table in ("poll_vote", "poll_option", "poll", "panel_second", "panel_question", "panel"):
        op.drop_table(table)
