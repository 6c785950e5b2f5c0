"""What is taken in from files, row by row; pages of meetings, and the addresses they had."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None

TABLES = ("old_address", "meeting_page", "import_theme_word", "data_import_row", "data_import")


def _to(table: str, column: str, other: str, nullable: bool = True) -> sa.Column[int]:
    known = sa.ForeignKey(f"{other}.id", name=op.f(f"fk_{table}_{column}_{other}"))
    return sa.Column(column, sa.BigInteger(), known, nullable=nullable)


def _word(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(), server_default="", nullable=False)


def upgrade() -> None:
    op.create_table(
        "data_import",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("filename", sa.String(), nullable=False),
        _word("slides_name"),
        sa.Column("file_key", sa.String(), nullable=False),
        sa.Column("slides_key", sa.String()),
        sa.Column("publishes", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        _to("data_import", "sent_by_id", "user_account"),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("state in ('checked', 'running', 'done')", name=op.f("ck_data_import_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_import")),
    )
    op.create_index("ix_data_import_sent_by_id", "data_import", ["sent_by_id"])
    op.create_table(
        "data_import_row",
        sa.Column(
            "import_id",
            sa.BigInteger(),
            sa.ForeignKey(
                "data_import.id", name=op.f("fk_data_import_row_import_id_data_import"), ondelete="CASCADE"
            ),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sheet", sa.String(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("cells", JSONB(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        _word("title"),
        sa.Column("problems", JSONB(), nullable=False),
        sa.Column("remarks", JSONB(), nullable=False),
        sa.Column("changes", JSONB(), nullable=False),
        _word("path"),
        sa.CheckConstraint(
            "state in ('new', 'changed', 'unchanged', 'theme', 'refused', 'added', 'edited')",
            name=op.f("ck_data_import_row_state"),
        ),
        sa.PrimaryKeyConstraint("import_id", "number", name=op.f("pk_data_import_row")),
    )
    op.create_index("ix_data_import_row_waiting", "data_import_row", ["import_id", "rank", "number"])
    op.create_table(
        "import_theme_word",
        sa.Column("word", sa.String(), nullable=False),
        _to("import_theme_word", "theme_id", "theme"),
        _to("import_theme_word", "set_by_id", "user_account"),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("word", name=op.f("pk_import_theme_word")),
    )
    op.create_index("ix_import_theme_word_theme_id", "import_theme_word", ["theme_id"])
    op.create_index("ix_import_theme_word_set_by_id", "import_theme_word", ["set_by_id"])
    op.create_table(
        "meeting_page",
        sa.Column("id", sa.BigInteger(), nullable=False),
        _word("source_url"),
        sa.Column("wording", sa.Text(), nullable=False),
        sa.Column("found", JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        _to("meeting_page", "meeting_id", "meeting"),
        _to("meeting_page", "sent_by_id", "user_account"),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state in ('open', 'saved')", name=op.f("ck_meeting_page_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting_page")),
    )
    op.create_index("ix_meeting_page_meeting_id", "meeting_page", ["meeting_id"])
    op.create_index("ix_meeting_page_sent_by_id", "meeting_page", ["sent_by_id"])
    op.create_table(
        "old_address",
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        _to("old_address", "added_by_id", "user_account"),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("path like '/%'", name=op.f("ck_old_address_path")),
        sa.CheckConstraint("target like '/%' and target not like '//%'", name=op.f("ck_old_address_target")),
        sa.PrimaryKeyConstraint("path", name=op.f("pk_old_address")),
    )
    op.create_index("ix_old_address_added_by_id", "old_address", ["added_by_id"])


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)
