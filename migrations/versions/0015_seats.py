"""Queue, offers, reserved seats, approval and swaps."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_NUMBERED = """
    update registration set queue_place = numbered.place
    from (
        select id, row_number() over (partition by meeting_id order by created_at, id) as place
        from registration where status = 'waiting'
    ) as numbered
    where numbered.id = registration.id
"""


def upgrade() -> None:
    _add_settings()
    _add_groups()
    _widen_sign_ups()
    _add_swaps()
    _add_decisions()


def _add_settings() -> None:
    op.add_column(
        "meeting", sa.Column("needs_approval", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.add_column("meeting", sa.Column("offer_hours", sa.Integer(), server_default="48", nullable=False))
    op.create_check_constraint(op.f("ck_meeting_offer_hours"), "meeting", "offer_hours between 1 and 336")


def _add_groups() -> None:
    op.create_table(
        "seat_group",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("meeting_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.Column("kinds", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("release_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("seats > 0", name=op.f("ck_seat_group_seats")),
        sa.ForeignKeyConstraint(
            ["meeting_id"], ["meeting.id"], name=op.f("fk_seat_group_meeting_id_meeting")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seat_group")),
    )
    op.create_index(op.f("ix_seat_group_meeting_id"), "seat_group", ["meeting_id"])
    op.create_table(
        "seat_group_organisation",
        sa.Column("group_id", sa.BigInteger(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["seat_group.id"],
            name=op.f("fk_seat_group_organisation_group_id_seat_group"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_seat_group_organisation_organisation_id_organisation"),
        ),
        sa.PrimaryKeyConstraint("group_id", "organisation_id", name=op.f("pk_seat_group_organisation")),
    )
    op.create_index(
        op.f("ix_seat_group_organisation_organisation_id"), "seat_group_organisation", ["organisation_id"]
    )


def _widen_sign_ups() -> None:
    op.add_column("registration", sa.Column("seat_group_id", sa.BigInteger(), nullable=True))
    op.add_column("registration", sa.Column("queue_place", sa.Integer(), nullable=True))
    op.add_column("registration", sa.Column("offered_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "registration", sa.Column("is_extra", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.add_column("registration", sa.Column("ended_as", sa.String(), server_default="", nullable=False))
    op.create_foreign_key(
        op.f("fk_registration_seat_group_id_seat_group"),
        "registration",
        "seat_group",
        ["seat_group_id"],
        ["id"],
        ondelete="SET NULL",
    )
    op.create_index(op.f("ix_registration_seat_group_id"), "registration", ["seat_group_id"])
    op.execute(_NUMBERED)
    op.drop_constraint(op.f("ck_registration_status"), "registration", type_="check")
    op.create_check_constraint(
        op.f("ck_registration_status"),
        "registration",
        "status in ('registered', 'waiting', 'offered', 'requested', 'declined', 'cancelled')",
    )
    op.drop_constraint(op.f("ck_registration_cancelled_at"), "registration", type_="check")
    op.create_check_constraint(
        op.f("ck_registration_cancelled_at"),
        "registration",
        "(status in ('cancelled', 'declined')) = (cancelled_at is not null)",
    )
    op.create_check_constraint(
        op.f("ck_registration_offered_until"),
        "registration",
        "(status = 'offered') = (offered_until is not null)",
    )
    op.create_check_constraint(
        op.f("ck_registration_queue_place"),
        "registration",
        "(status in ('waiting', 'offered')) = (queue_place is not null)",
    )
    op.drop_index(op.f("uq_registration_active"), "registration")
    op.create_index(
        "uq_registration_active",
        "registration",
        ["meeting_id", "user_id"],
        unique=True,
        postgresql_where=sa.text("status not in ('cancelled', 'declined')"),
    )


def _add_swaps() -> None:
    op.create_table(
        "seat_swap",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("registration_id", sa.BigInteger(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "status in ('asked', 'accepted', 'declined', 'withdrawn')", name=op.f("ck_seat_swap_status")
        ),
        sa.CheckConstraint(
            "(status = 'asked') = (answered_at is null)", name=op.f("ck_seat_swap_answered_at")
        ),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registration.id"],
            name=op.f("fk_seat_swap_registration_id_registration"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seat_swap")),
    )
    op.create_index(op.f("ix_seat_swap_registration_id"), "seat_swap", ["registration_id"])
    op.create_index(
        "uq_seat_swap_asked",
        "seat_swap",
        ["registration_id"],
        unique=True,
        postgresql_where=sa.text("status = 'asked'"),
    )


def _add_decisions() -> None:
    op.create_table(
        "seat_decision",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("registration_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("before", sa.String(), nullable=False),
        sa.Column("after", sa.String(), nullable=False),
        sa.Column("decided_by_id", sa.BigInteger(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind in ('moved', 'seated', 'regrouped', 'added', 'cancelled', 'approved', 'declined')",
            name=op.f("ck_seat_decision_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registration.id"],
            name=op.f("fk_seat_decision_registration_id_registration"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["user_account.id"], name=op.f("fk_seat_decision_decided_by_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seat_decision")),
    )
    op.create_index(op.f("ix_seat_decision_registration_id"), "seat_decision", ["registration_id"])
    op.create_index(op.f("ix_seat_decision_decided_by_id"), "seat_decision", ["decided_by_id"])


def downgrade() -> None:
    op.drop_table("seat_decision")
    op.drop_table("seat_swap")
    # What the old rows cannot say: who has an offer waits, and who asked or was refused has left.
    op.drop_constraint(op.f("ck_registration_offered_until"), "registration", type_="check")
    op.drop_constraint(op.f("ck_registration_queue_place"), "registration", type_="check")
    op.drop_constraint(op.f("ck_registration_cancelled_at"), "registration", type_="check")
    op.execute("update registration set status = 'waiting' where status = 'offered'")
    op.execute(
        "update registration set status = 'cancelled', cancelled_at = coalesce(cancelled_at, now()) "
        "where status in ('requested', 'declined')"
    )
    op.drop_constraint(op.f("ck_registration_status"), "registration", type_="check")
    op.create_check_constraint(
        op.f("ck_registration_status"), "registration", "status in ('registered', 'waiting', 'cancelled')"
    )
    op.create_check_constraint(
        op.f("ck_registration_cancelled_at"),
        "registration",
        "(status = 'cancelled') = (cancelled_at is not null)",
    )
    op.drop_index(op.f("uq_registration_active"), "registration")
    op.create_index(
        "uq_registration_active",
        "registration",
        ["meeting_id", "user_id"],
        unique=True,
        postgresql_where=sa.text("status <> 'cancelled'"),
    )
    op.drop_index(op.f("ix_registration_seat_group_id"), "registration")
    op.drop_constraint(op.f("fk_registration_seat_group_id_seat_group"), "registration", type_="foreignkey")
    for column in ("ended_as", "is_extra", "offered_until", "queue_place", "seat_group_id"):
        op.drop_column("registration", column)
    op.drop_table("seat_group_organisation")
    op.drop_table("seat_group")
    op.drop_constraint(op.f("ck_meeting_offer_hours"), "meeting", type_="check")
    op.drop_column("meeting", "offer_hours")
    op.drop_column("meeting", "needs_approval")
