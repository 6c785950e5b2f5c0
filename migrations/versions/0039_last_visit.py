"""When somebody last looked at what is new for their municipality."""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "last_visit",
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("visited_on", sa.Date(), nullable=False),
        sa.Column("since", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_last_visit_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_last_visit")),
    )


def downgrade() -> None:
    op.drop_table("last_visit")
