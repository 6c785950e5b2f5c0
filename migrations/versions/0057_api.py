"""What a program sent with its key for writing once."""

from alembic import op

revision = "0057"
down_revision = "0056"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # What a program sent with its key, as a hash: the same key for something else is refused.
    op.execute("alter table write_key add column fingerprint varchar not null default ''")
    op.execute("alter table write_key alter column fingerprint drop default")


def downgrade() -> None:
    op.execute("alter table write_key drop column fingerprint")
