"""Answers with a verdict, prepared quietly and published together; who looks after what; pauses of the clock."""

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
