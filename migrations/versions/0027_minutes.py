"""Minutes of a meeting: what stands under each item, the editions, and what participants say of it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "minutes",
        sa.Column("meeting_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("comment_until", sa.Date(), nullable=True),
        sa.Column("reopened_reason", sa.String(), server_default="", nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved_by_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(
            ["approved_by_id"], ["user_account.id"], name=op.f("fk_minutes_approved_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name=op.f("fk_minutes_meeting_id_meeting")),
        sa.PrimaryKeyConstraint("meeting_id", name=op.f("pk_minutes")),
    )
    op.create_index(op.f("ix_minutes_approved_by_id"), "minutes", ["approved_by_id"], unique=False)
    op.create_table(
        "minutes_edition",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("meeting_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), server_default="", nullable=False),
        sa.Column("sections", JSONB(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "kind in ('review', 'approved', 'corrected')", name=op.f("ck_minutes_edition_kind")
        ),
        sa.ForeignKeyConstraint(
            ["made_by_id"], ["user_account.id"], name=op.f("fk_minutes_edition_made_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["meeting_id"], ["minutes.meeting_id"], name=op.f("fk_minutes_edition_meeting_id_minutes")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_minutes_edition")),
        sa.UniqueConstraint("meeting_id", "number", name=op.f("uq_minutes_edition_meeting_id_number")),
    )
    op.create_index(op.f("ix_minutes_edition_made_by_id"), "minutes_edition", ["made_by_id"], unique=False)
    op.create_table(
        "minutes_section",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("meeting_id", sa.BigInteger(), nullable=False),
        sa.Column("item_id", sa.BigInteger(), nullable=True),
        sa.Column("part", sa.String(), nullable=False),
        sa.Column("title", sa.String(), server_default="", nullable=False),
        sa.Column("text", sa.String(), server_default="", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("part in ('opening', 'item', 'closing')", name=op.f("ck_minutes_section_part")),
        sa.ForeignKeyConstraint(
            ["item_id"],
            ["agenda_item.id"],
            name=op.f("fk_minutes_section_item_id_agenda_item"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["meeting_id"], ["minutes.meeting_id"], name=op.f("fk_minutes_section_meeting_id_minutes")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_minutes_section")),
        sa.UniqueConstraint("meeting_id", "item_id", name=op.f("uq_minutes_section_meeting_id_item_id")),
    )
    op.create_index("ix_minutes_section_item_id", "minutes_section", ["item_id"], unique=False)
    op.create_index(
        "ix_minutes_section_part",
        "minutes_section",
        ["meeting_id", "part"],
        unique=True,
        postgresql_where=sa.text("part in ('opening', 'closing')"),
    )
    op.create_table(
        "minutes_comment",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("meeting_id", sa.BigInteger(), nullable=False),
        sa.Column("section_id", sa.BigInteger(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("attendee_id", sa.BigInteger(), nullable=True),
        sa.Column("name", sa.String(), server_default="", nullable=False),
        sa.Column("organisation", sa.String(), server_default="", nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("proposed", sa.String(), server_default="", nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision", sa.String(), server_default="open", nullable=False),
        sa.Column("reply", sa.String(), server_default="", nullable=False),
        sa.Column("decided_by_id", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("hidden_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("hidden_reason", sa.String(), server_default="", nullable=False),
        sa.Column("is_example", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "(decision = 'open') = (decided_at is null)", name=op.f("ck_minutes_comment_decided_at")
        ),
        sa.CheckConstraint(
            "decision in ('open', 'taken_in', 'declined')", name=op.f("ck_minutes_comment_decision")
        ),
        sa.ForeignKeyConstraint(
            ["attendee_id"], ["attendee.id"], name=op.f("fk_minutes_comment_attendee_id_attendee")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["user_account.id"], name=op.f("fk_minutes_comment_decided_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["section_id"], ["minutes_section.id"], name=op.f("fk_minutes_comment_section_id_minutes_section")
        ),
        sa.ForeignKeyConstraint(
            ["meeting_id"], ["minutes.meeting_id"], name=op.f("fk_minutes_comment_meeting_id_minutes")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_minutes_comment_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_minutes_comment")),
    )
    for column in ("attendee_id", "decided_by_id", "section_id", "user_id"):
        op.create_index(f"ix_minutes_comment_{column}", "minutes_comment", [column], unique=False)
    op.create_index("ix_minutes_comment_meeting_id", "minutes_comment", ["meeting_id", "id"], unique=False)


def downgrade() -> None:
    op.drop_table("minutes_comment")
    op.drop_table("minutes_section")
    op.drop_table("minutes_edition")
    op.drop_table("minutes")
