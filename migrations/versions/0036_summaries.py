"""Summaries, sentence by sentence with what each rests on."""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "summary",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("meeting_id", sa.BigInteger(), nullable=True),
        sa.Column("theme_id", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("num_nonnulls(meeting_id, theme_id) = 1", name=op.f("ck_summary_subject")),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name=op.f("fk_summary_meeting_id_meeting")),
        sa.ForeignKeyConstraint(["theme_id"], ["theme.id"], name=op.f("fk_summary_theme_id_theme")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_summary")),
        sa.UniqueConstraint("meeting_id", name=op.f("uq_summary_meeting_id")),
        sa.UniqueConstraint("theme_id", name=op.f("uq_summary_theme_id")),
    )
    op.create_table(
        "summary_edition",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("summary_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("taken_back_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "taken_back_at is null or published_at is not null",
            name=op.f("ck_summary_edition_taken_back_at"),
        ),
        sa.ForeignKeyConstraint(
            ["summary_id"], ["summary.id"], name=op.f("fk_summary_edition_summary_id_summary")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_summary_edition")),
    )
    op.create_index("ix_summary_edition_number", "summary_edition", ["summary_id", "number"], unique=True)
    op.create_index(
        "ix_summary_edition_draft",
        "summary_edition",
        ["summary_id"],
        unique=True,
        postgresql_where=sa.text("published_at is null"),
    )
    op.create_table(
        "summary_sentence",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("edition_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("text_en", sa.String(), server_default="", nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.CheckConstraint(
            "origin in ('machine', 'approved', 'person')", name=op.f("ck_summary_sentence_origin")
        ),
        sa.ForeignKeyConstraint(
            ["edition_id"],
            ["summary_edition.id"],
            name=op.f("fk_summary_sentence_edition_id_summary_edition"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_summary_sentence")),
    )
    op.create_index("ix_summary_sentence_edition_id", "summary_sentence", ["edition_id", "position"])
    op.create_table(
        "summary_support",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("sentence_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("contribution_id", sa.BigInteger(), nullable=True),
        sa.Column("answer_id", sa.BigInteger(), nullable=True),
        sa.Column("commitment_id", sa.BigInteger(), nullable=True),
        sa.Column("deck_id", sa.BigInteger(), nullable=True),
        sa.Column("page_number", sa.Integer(), nullable=True),
        sa.Column("mark", sa.String(), nullable=False),
        sa.CheckConstraint(
            "(deck_id is null) = (page_number is null)", name=op.f("ck_summary_support_page_number")
        ),
        sa.CheckConstraint(
            "num_nonnulls(contribution_id, answer_id, commitment_id, deck_id) = 1",
            name=op.f("ck_summary_support_one_source"),
        ),
        *(
            sa.ForeignKeyConstraint(
                [column],
                [f"{table}.id"],
                name=op.f(f"fk_summary_support_{column}_{table}"),
                ondelete="CASCADE",
            )
            for column, table in (
                ("sentence_id", "summary_sentence"),
                ("contribution_id", "contribution"),
                ("answer_id", "answer"),
                ("commitment_id", "commitment"),
                ("deck_id", "deck"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_summary_support")),
    )
    op.create_index("ix_summary_support_sentence_id", "summary_support", ["sentence_id", "position"])
    for column in ("contribution_id", "answer_id", "commitment_id", "deck_id"):
        op.create_index(f"ix_summary_support_{column}", "summary_support", [column])


def downgrade() -> None:
    for table in ("summary_support", "summary_sentence", "summary_edition", "summary"):
        op.drop_table(table)
