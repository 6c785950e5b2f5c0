"""Accounts that were joined, roles at meetings, what somebody follows."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "user_account", sa.Column("fields", sa.ARRAY(sa.Text()), nullable=False, server_default="{}")
    )
    op.add_column("user_account", sa.Column("joined_into_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        "fk_user_account_joined_into_id_user_account",
        "user_account",
        "user_account",
        ["joined_into_id"],
        ["id"],
    )
    op.create_index("ix_user_account_joined_into_id", "user_account", ["joined_into_id"])
    _create_addresses()
    _create_meeting_role()
    _create_follow()
    op.add_column("contribution", sa.Column("told_at", sa.DateTime(timezone=True), nullable=True))
    # What stands already is no news to anybody.
    op.execute("update contribution set told_at = now()")


def _create_addresses() -> None:
    op.create_table(
        "user_email",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_user_email_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_email")),
        sa.UniqueConstraint("email", name=op.f("uq_user_email_email")),
    )
    op.create_index("ix_user_email_user_id", "user_email", ["user_id"])
    op.create_table(
        "address_proof",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("proved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_address_proof_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_address_proof")),
    )


def _create_meeting_role() -> None:
    op.create_table(
        "meeting_role",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("meeting_id", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=True),
        sa.Column("given_by_id", sa.BigInteger(), nullable=True),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "role in ('facilitator','rapporteur','speaker','assessor')", name=op.f("ck_meeting_role_role")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_meeting_role_user_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["meeting_id"], ["meeting.id"], name=op.f("fk_meeting_role_meeting_id_meeting")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_meeting_role_person_id_person")),
        sa.ForeignKeyConstraint(
            ["given_by_id"], ["user_account.id"], name=op.f("fk_meeting_role_given_by_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting_role")),
        sa.UniqueConstraint(
            "user_id", "meeting_id", "role", name=op.f("uq_meeting_role_user_id_meeting_id_role")
        ),
    )
    op.create_index("ix_meeting_role_meeting_id", "meeting_role", ["meeting_id"])
    op.create_index("ix_meeting_role_person_id", "meeting_role", ["person_id"])


def _create_follow() -> None:
    op.create_table(
        "follow",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("thing_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind in ('theme','wish','idea','meeting','organisation','project')", name=op.f("ck_follow_kind")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_follow_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_follow")),
        sa.UniqueConstraint("user_id", "kind", "thing_id", name=op.f("uq_follow_user_id_kind_thing_id")),
    )
    op.create_index("ix_follow_kind_thing_id", "follow", ["kind", "thing_id"])


def downgrade() -> None:
    op.drop_column("contribution", "told_at")
    op.drop_table("follow")
    op.drop_table("meeting_role")
    op.drop_table("address_proof")
    op.drop_table("user_email")
    op.drop_column("user_account", "joined_into_id")
    op.drop_column("user_account", "fields")
