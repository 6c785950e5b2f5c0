"""What was removed and can be put back."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0060"
down_revision = "0059"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "laid_aside",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("thing_id", sa.BigInteger(), nullable=True),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("meeting_id", sa.BigInteger(), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_by_id", sa.BigInteger(), nullable=True),
        sa.Column("rows", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["meeting_id"], ["meeting.id"], name=op.f("fk_laid_aside_meeting_id_meeting")
        ),
        sa.ForeignKeyConstraint(
            ["removed_by_id"], ["user_account.id"], name=op.f("fk_laid_aside_removed_by_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_laid_aside")),
    )
    op.create_index("ix_laid_aside_removed_at", "laid_aside", ["removed_at", "id"])
    op.create_index("ix_laid_aside_removed_by_id", "laid_aside", ["removed_by_id"])
    op.create_index("ix_laid_aside_meeting_id", "laid_aside", ["meeting_id"])
    op.add_column("deck", sa.Column("laid_revision_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        "fk_deck_laid_revision_id_deck_revision", "deck", "deck_revision", ["laid_revision_id"], ["id"]
    )
    op.create_index("ix_deck_laid_revision_id", "deck", ["laid_revision_id"])
    op.add_column(
        "deck", sa.Column("withdrawn_by_speaker", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.add_column("deck", sa.Column("is_emptied", sa.Boolean(), server_default=sa.false(), nullable=False))
    # Of what was taken away until now nothing is left.
    op.execute("update deck set is_emptied = true where withdrawn_at is not null")


def downgrade() -> None:
    op.drop_column("deck", "is_emptied")
    op.drop_column("deck", "withdrawn_by_speaker")
    op.drop_column("deck", "laid_revision_id")
    op.drop_table("laid_aside")
