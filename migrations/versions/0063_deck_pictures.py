"""What a page of slides looked like before."""

import sqlalchemy as sa
from alembic import op

revision = "0063"
down_revision = "0062"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Pages that were read before have none, and are compared by their words alone.
    op.add_column("slide_page", sa.Column("picture_mark", sa.String(), server_default="", nullable=False))


def downgrade() -> None:
    op.drop_column("slide_page", "picture_mark")
