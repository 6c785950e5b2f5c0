"""What says the same hangs under one lead; and which theme became which."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSVECTOR

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

STEMS = (
    "to_tsvector(case language when 'en' then 'english'::regconfig when 'sv' then 'swedish'::regconfig"
    " else 'danish'::regconfig end, title || ' ' || body) || to_tsvector('english'::regconfig, body_en)"
)


def upgrade() -> None:
    op.add_column("contribution", sa.Column("stems", TSVECTOR(), sa.Computed(STEMS, persisted=True)))
    op.create_index("ix_contribution_stems", "contribution", ["stems"], postgresql_using="gin")
    op.create_table(
        "gathering",
        sa.Column("lead_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("title", sa.String(), server_default="", nullable=False),
        sa.Column("summary", sa.String(), server_default="", nullable=False),
        sa.Column("earlier", JSONB(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.ForeignKeyConstraint(
            ["lead_id"], ["contribution.id"], name=op.f("fk_gathering_lead_id_contribution")
        ),
        sa.PrimaryKeyConstraint("lead_id", name=op.f("pk_gathering")),
    )
    op.create_table(
        "gathered",
        sa.Column("contribution_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("status_before", sa.String(), nullable=False),
        sa.Column("gathered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("gathered_by_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("contribution_id <> lead_id", name=op.f("ck_gathered_other")),
        sa.ForeignKeyConstraint(
            ["contribution_id"], ["contribution.id"], name=op.f("fk_gathered_contribution_id_contribution")
        ),
        sa.ForeignKeyConstraint(
            ["lead_id"], ["gathering.lead_id"], name=op.f("fk_gathered_lead_id_gathering")
        ),
        sa.ForeignKeyConstraint(
            ["gathered_by_id"], ["user_account.id"], name=op.f("fk_gathered_gathered_by_id_user_account")
        ),
        sa.PrimaryKeyConstraint("contribution_id", name=op.f("pk_gathered")),
    )
    op.create_index("ix_gathered_lead_id", "gathered", ["lead_id"])
    op.create_index("ix_gathered_gathered_by_id", "gathered", ["gathered_by_id"])
    op.create_table(
        "cited_page",
        sa.Column("contribution_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("deck_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("cited_by_id", sa.BigInteger(), nullable=True),
        sa.Column("cited_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["contribution_id"], ["contribution.id"], name=op.f("fk_cited_page_contribution_id_contribution")
        ),
        sa.ForeignKeyConstraint(["deck_id"], ["deck.id"], name=op.f("fk_cited_page_deck_id_deck")),
        sa.ForeignKeyConstraint(
            ["cited_by_id"], ["user_account.id"], name=op.f("fk_cited_page_cited_by_id_user_account")
        ),
        sa.PrimaryKeyConstraint("contribution_id", "deck_id", "number", name=op.f("pk_cited_page")),
    )
    op.create_index("ix_cited_page_deck_id", "cited_page", ["deck_id"])
    op.create_index("ix_cited_page_cited_by_id", "cited_page", ["cited_by_id"])
    op.create_table(
        "theme_link",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("from_theme_id", sa.BigInteger(), nullable=False),
        sa.Column("to_theme_id", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("note", sa.String(), server_default="", nullable=False),
        sa.Column("note_en", sa.String(), server_default="", nullable=False),
        sa.Column("source_urls", ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("linked_by_id", sa.BigInteger(), nullable=True),
        sa.Column("linked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind in ('same', 'part_of', 'split', 'ended')", name=op.f("ck_theme_link_kind")),
        sa.CheckConstraint("(kind = 'ended') = (to_theme_id is null)", name=op.f("ck_theme_link_ended")),
        sa.CheckConstraint("from_theme_id <> to_theme_id", name=op.f("ck_theme_link_other")),
        sa.ForeignKeyConstraint(
            ["from_theme_id"], ["theme.id"], name=op.f("fk_theme_link_from_theme_id_theme")
        ),
        sa.ForeignKeyConstraint(["to_theme_id"], ["theme.id"], name=op.f("fk_theme_link_to_theme_id_theme")),
        sa.ForeignKeyConstraint(
            ["linked_by_id"], ["user_account.id"], name=op.f("fk_theme_link_linked_by_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_theme_link")),
        sa.UniqueConstraint(
            "from_theme_id", "to_theme_id", name=op.f("uq_theme_link_from_theme_id_to_theme_id")
        ),
    )
    op.create_index("ix_theme_link_to_theme_id", "theme_link", ["to_theme_id"])
    op.create_index("ix_theme_link_linked_by_id", "theme_link", ["linked_by_id"])
    op.create_index(
        "uq_theme_link_ended",
        "theme_link",
        ["from_theme_id"],
        unique=True,
        postgresql_where=sa.text("to_theme_id is null"),
    )


def downgrade() -> None:
    op.drop_table("theme_link")
    op.drop_table("cited_page")
    op.drop_table("gathered")
    op.drop_table("gathering")
    op.drop_index("ix_contribution_stems", "contribution")
    op.drop_column("contribution", "stems")
