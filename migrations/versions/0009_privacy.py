"""Consents and retention."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

USER_COLUMNS = ("signed_in_at", "warned_at", "erased_at")


def moment(name: str, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    for name in USER_COLUMNS:
        op.add_column("user_account", moment(name, nullable=True))
    # Who has an account already counts as seen today: nobody is erased for a date that was never kept.
    op.execute("update user_account set signed_in_at = now()")
    op.create_table(
        "consent",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        moment("given_at"),
        moment("withdrawn_at", nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name="fk_consent_user_id_user_account"),
        sa.PrimaryKeyConstraint("id", name="pk_consent"),
    )
    op.create_index(
        "uq_consent_open",
        "consent",
        ["user_id", "kind"],
        unique=True,
        postgresql_where=sa.text("withdrawn_at is null"),
    )
    op.create_index("ix_consent_kind_version", "consent", ["kind", "version"])
    op.create_table(
        "data_copy",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("file_key", sa.String(), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=True),
        moment("asked_at"),
        moment("ready_at", nullable=True),
        moment("expires_at"),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name="fk_data_copy_user_id_user_account"),
        sa.PrimaryKeyConstraint("id", name="pk_data_copy"),
    )
    op.create_index("ix_data_copy_user_id", "data_copy", ["user_id"])
    op.create_table(
        "privacy_run",
        sa.Column("id", sa.BigInteger(), nullable=False),
        moment("began_at"),
        moment("ended_at", nullable=True),
        sa.Column("counts", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_privacy_run"),
    )
    op.create_index("ix_privacy_run_began_at", "privacy_run", ["began_at"])


def downgrade() -> None:
    for table in ("privacy_run", "data_copy", "consent"):
        op.drop_table(table)
    for name in reversed(USER_COLUMNS):
        op.drop_column("user_account", name)
