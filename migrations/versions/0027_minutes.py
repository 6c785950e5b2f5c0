"""Minutes of a meeting: what stands under each item, the editions, and what participants say of it."""

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
