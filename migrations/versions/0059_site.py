"""What admins set without a new version: logo, texts, words."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0059"
down_revision = "0058"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "site_edition",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("part", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("values", JSONB(), nullable=False),
        sa.Column("back_to", sa.Integer()),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "made_by_id",
            sa.BigInteger(),
            sa.ForeignKey("user_account.id", name=op.f("fk_site_edition_made_by_id_user_account")),
        ),
        sa.CheckConstraint(
            "part in ('names', 'logo', 'texts', 'words', 'mail', 'periods')",
            name=op.f("ck_site_edition_part"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site_edition")),
        sa.UniqueConstraint("part", "key", "number", name=op.f("uq_site_edition_part_key_number")),
    )
    op.create_table(
        "site_logo",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("small", sa.LargeBinary(), nullable=False),
        sa.Column("large", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site_logo")),
    )


def downgrade() -> None:
    op.drop_table("site_logo")
    op.drop_table("site_edition")
