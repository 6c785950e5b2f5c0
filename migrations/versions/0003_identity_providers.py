"""Accounts at identity providers."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Whoever comes by a provider that vouches for no mail address has none here.
    op.alter_column("user_account", "email", existing_type=sa.String(), nullable=True)
    op.create_table(
        "sign_in_identity",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("issuer", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("alias", sa.String(), nullable=True),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("reference", sa.String(), nullable=True),
        sa.Column("membership_id", sa.BigInteger(), nullable=True),
        sa.Column("given_role", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_identity")),
        sa.UniqueConstraint("issuer", "subject", name=op.f("uq_sign_in_identity_issuer_subject")),
        sa.UniqueConstraint("issuer", "alias", name=op.f("uq_sign_in_identity_issuer_alias")),
        sa.UniqueConstraint("reference", name=op.f("uq_sign_in_identity_reference")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_sign_in_identity_user_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["membership_id"],
            ["membership.id"],
            name=op.f("fk_sign_in_identity_membership_id_membership"),
            ondelete="SET NULL",
        ),
    )
    op.create_index("ix_sign_in_identity_user_id", "sign_in_identity", ["user_id"])
    op.create_table(
        "sign_in_flow",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("state_hash", sa.String(), nullable=False),
        sa.Column("browser_hash", sa.String(), nullable=False),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_flow")),
        sa.UniqueConstraint("state_hash", name=op.f("uq_sign_in_flow_state_hash")),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["user_account.id"],
            name=op.f("fk_sign_in_flow_user_id_user_account"),
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_sign_in_flow_expires_at", "sign_in_flow", ["expires_at"])
    op.create_table(
        "provider_session",
        sa.Column("session_id", sa.BigInteger(), nullable=False),
        sa.Column("identity_id", sa.BigInteger(), nullable=False),
        sa.Column("sub", sa.String(), nullable=False),
        sa.Column("sid", sa.String(), nullable=True),
        sa.Column("sealed_id_token", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("session_id", name=op.f("pk_provider_session")),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["sign_in_session.id"],
            name=op.f("fk_provider_session_session_id_sign_in_session"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["identity_id"],
            ["sign_in_identity.id"],
            name=op.f("fk_provider_session_identity_id_sign_in_identity"),
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_provider_session_identity_id", "provider_session", ["identity_id"])
    op.create_table(
        "spent_logout_token",
        sa.Column("issuer", sa.String(), nullable=False),
        sa.Column("jti_hash", sa.String(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("issuer", "jti_hash", name=op.f("pk_spent_logout_token")),
    )


def downgrade() -> None:
    op.drop_table("spent_logout_token")
    op.drop_table("provider_session")
    op.drop_table("sign_in_flow")
    op.drop_table("sign_in_identity")
    op.execute("update user_account set email = 'konto-' || id || '@ukendt.invalid' where email is null")
    op.alter_column("user_account", "email", existing_type=sa.String(), nullable=False)
