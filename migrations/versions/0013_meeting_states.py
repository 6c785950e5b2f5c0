"""Why a meeting is cancelled or postponed, and how often its calendar entry changed."""

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
