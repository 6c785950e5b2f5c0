"""Who takes part in a meeting."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("meeting", sa.Column("seats", sa.Integer(), nullable=True))
    op.add_column("meeting", sa.Column("seats_per_organisation", sa.Integer(), nullable=True))
    op.add_column("meeting", sa.Column("registration_closes_on", sa.Date(), nullable=True))
    op.create_check_constraint(op.f("ck_meeting_seats"), "meeting", "seats > 0")
    op.create_check_constraint(
        op.f("ck_meeting_seats_per_organisation"), "meeting", "seats_per_organisation > 0"
    )
    op.create_table(
        "registration",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("meeting_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=True),
        sa.Column("organisation_name", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("listed_version", sa.Integer(), nullable=True),
        sa.Column("listed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_example", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "status in ('registered', 'waiting', 'cancelled')", name=op.f("ck_registration_status")
        ),
        sa.CheckConstraint(
            "(status = 'cancelled') = (cancelled_at is not null)", name=op.f("ck_registration_cancelled_at")
        ),
        sa.ForeignKeyConstraint(
            ["meeting_id"], ["meeting.id"], name=op.f("fk_registration_meeting_id_meeting")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_registration_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_registration_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registration")),
    )
    op.create_index(op.f("ix_registration_meeting_id"), "registration", ["meeting_id"])
    op.create_index(op.f("ix_registration_user_id"), "registration", ["user_id"])
    op.create_index(op.f("ix_registration_organisation_id"), "registration", ["organisation_id"])
    op.create_index(
        "uq_registration_active",
        "registration",
        ["meeting_id", "user_id"],
        unique=True,
        postgresql_where=sa.text("status <> 'cancelled'"),
    )
    op.create_table(
        "registration_needs",
        sa.Column("registration_id", sa.BigInteger(), nullable=False),
        sa.Column("diets", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("diet_note", sa.String(), nullable=False),
        sa.Column("access_needs", sa.String(), nullable=False),
        sa.Column("consent_version", sa.Integer(), nullable=False),
        sa.Column("consented_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registration.id"],
            name=op.f("fk_registration_needs_registration_id_registration"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("registration_id", name=op.f("pk_registration_needs")),
    )


def downgrade() -> None:
    op.drop_table("registration_needs")
    op.drop_table("registration")
    op.drop_constraint(op.f("ck_meeting_seats_per_organisation"), "meeting", type_="check")
    op.drop_constraint(op.f("ck_meeting_seats"), "meeting", type_="check")
    op.drop_column("meeting", "registration_closes_on")
    op.drop_column("meeting", "seats_per_organisation")
    op.drop_column("meeting", "seats")
