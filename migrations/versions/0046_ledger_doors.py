"""Gaps that are closed are listed, the last first."""

from alembic import op

revision = "0046"
down_revision = "0043"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_ledger_gap_closing_closed_at", "ledger_gap_closing", ["closed_at"])


def downgrade() -> None:
    op.drop_index("ix_ledger_gap_closing_closed_at", table_name="ledger_gap_closing")
