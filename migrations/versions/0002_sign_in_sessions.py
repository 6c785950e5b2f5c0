"""How each session began."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("sign_in_session", sa.Column("method", sa.String(), nullable=False, server_default="code"))
    op.add_column("sign_in_session", sa.Column("strong_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("sign_in_session", sa.Column("device", sa.String(), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("sign_in_session", "device")
    op.drop_column("sign_in_session", "strong_at")
    op.drop_column("sign_in_session", "method")
