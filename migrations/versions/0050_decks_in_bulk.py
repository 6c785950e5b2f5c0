"""Decks that are taken over, read by machine, or withdrawn; their themes, and who spoke, to search by."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None

TABLES = ("cited_in_answer", "deck_batch", "deck_theme")


def new_columns() -> dict[str, list[sa.Column]]:  # type: ignore[type-arg]
    return {
        "deck": [
            sa.Column("shows_notes", sa.Boolean(), server_default="false", nullable=False),
            sa.Column("withdrawn_at", sa.DateTime(timezone=True)),
            sa.Column("withdrawn_by_id", sa.BigInteger()),
            sa.Column("withdrawn_why", sa.String(), server_default="", nullable=False),
        ],
        "deck_revision": [
            sa.Column("pdf_key", sa.String()),
            sa.Column("pdf_size", sa.BigInteger()),
            sa.Column("own_title", sa.String(), server_default="", nullable=False),
            sa.Column("declared_language", sa.String(), server_default="", nullable=False),
            sa.Column("is_tagged", sa.Boolean()),
            sa.Column("scan_state", sa.String(), server_default="none", nullable=False),
        ],
        "slide_page": [
            sa.Column("is_machine_read", sa.Boolean(), server_default="false", nullable=False),
            sa.Column("is_titled", sa.Boolean(), server_default="true", nullable=False),
            sa.Column("pictures_without_alt", sa.Integer(), server_default="0", nullable=False),
            sa.Column("smallest_type", sa.Float()),
        ],
    }


def upgrade() -> None:
    for table, columns in new_columns().items():
        for column in columns:
            op.add_column(table, column)
    op.create_foreign_key(
        op.f("fk_deck_withdrawn_by_id_user_account"), "deck", "user_account", ["withdrawn_by_id"], ["id"]
    )
    op.create_index("ix_deck_withdrawn_by_id", "deck", ["withdrawn_by_id"])
    op.create_table(
        "deck_theme",
        _key("deck_id", "deck", "deck_theme"),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        _key("theme_id", "theme", "deck_theme"),
        sa.Column("is_accepted", sa.Boolean(), nullable=False),
        _key("judged_by_id", "user_account", "deck_theme", nullable=True),
        sa.Column("judged_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("deck_id", "number", "theme_id", name=op.f("pk_deck_theme")),
    )
    op.create_index("ix_deck_theme_theme_id", "deck_theme", ["theme_id"])
    op.create_index("ix_deck_theme_judged_by_id", "deck_theme", ["judged_by_id"])
    op.create_table(
        "deck_batch",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("filename", sa.String(), nullable=False),
        sa.Column("file_key", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("rows", JSONB(), nullable=False),
        _key("sent_by_id", "user_account", "deck_batch", nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deck_batch")),
    )
    op.create_index("ix_deck_batch_sent_by_id", "deck_batch", ["sent_by_id"])
    op.create_table(
        "cited_in_answer",
        _key("answer_id", "answer", "cited_in_answer"),
        _key("deck_id", "deck", "cited_in_answer"),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        _key("cited_by_id", "user_account", "cited_in_answer", nullable=True),
        sa.Column("cited_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("answer_id", "deck_id", "number", name=op.f("pk_cited_in_answer")),
    )
    op.create_index("ix_cited_in_answer_deck_id", "cited_in_answer", ["deck_id"])
    op.create_index("ix_cited_in_answer_cited_by_id", "cited_in_answer", ["cited_by_id"])
    op.add_column(
        "search_document",
        sa.Column("person_ids", ARRAY(sa.BigInteger()), server_default=sa.text("'{}'"), nullable=False),
    )
    op.create_index(
        "ix_search_document_person_ids", "search_document", ["person_ids"], postgresql_using="gin"
    )


def _key(name: str, of: str, table: str, nullable: bool = False) -> sa.Column[int]:
    known = sa.ForeignKey(f"{of}.id", name=op.f(f"fk_{table}_{name}_{of}"))
    return sa.Column(name, sa.BigInteger(), known, autoincrement=False, nullable=nullable)


def downgrade() -> None:
    op.drop_index("ix_search_document_person_ids", "search_document")
    op.drop_column("search_document", "person_ids")
    for table in TABLES:
        op.drop_table(table)
    op.drop_index("ix_deck_withdrawn_by_id", "deck")
    for table, columns in new_columns().items():
        for column in columns:
            op.drop_column(table, column.name)
