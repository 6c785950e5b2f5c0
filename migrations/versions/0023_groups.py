"""Who sits in which group, and whom it is that leads it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

WISHES = (
    "mixing between 0 and 2 and spreading between 0 and 2 and parting between 0 and 2"
    " and meeting_anew between 0 and 2"
)


def upgrade() -> None:
    op.create_table(
        "rival_set",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("meeting_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name=op.f("fk_rival_set_meeting_id_meeting")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rival_set")),
    )
    op.create_index("ix_rival_set_meeting_id", "rival_set", ["meeting_id"], unique=False)
    op.create_table(
        "rival_set_organisation",
        sa.Column("rival_set_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_rival_set_organisation_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["rival_set_id"],
            ["rival_set.id"],
            name=op.f("fk_rival_set_organisation_rival_set_id_rival_set"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("rival_set_id", "organisation_id", name=op.f("pk_rival_set_organisation")),
    )
    op.create_index(
        op.f("ix_rival_set_organisation_organisation_id"),
        "rival_set_organisation",
        ["organisation_id"],
        unique=False,
    )
    op.create_table(
        "group_round",
        sa.Column("item_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("meeting_id", sa.BigInteger(), nullable=False),
        sa.Column("mixing", sa.Integer(), server_default="2", nullable=False),
        sa.Column("spreading", sa.Integer(), server_default="2", nullable=False),
        sa.Column("parting", sa.Integer(), server_default="2", nullable=False),
        sa.Column("meeting_anew", sa.Integer(), server_default="1", nullable=False),
        sa.Column("seed", sa.Integer(), server_default="1", nullable=False),
        sa.Column("state", sa.String(), server_default="empty", nullable=False),
        sa.Column("is_best", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("took_ms", sa.Integer(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("shown_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("before", JSONB(none_as_null=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "state in ('empty', 'asked', 'made', 'failed')", name=op.f("ck_group_round_state")
        ),
        sa.CheckConstraint(WISHES, name=op.f("ck_group_round_wishes")),
        sa.ForeignKeyConstraint(
            ["item_id"],
            ["agenda_item.id"],
            name=op.f("fk_group_round_item_id_agenda_item"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["meeting_id"], ["meeting.id"], name=op.f("fk_group_round_meeting_id_meeting")
        ),
        sa.PrimaryKeyConstraint("item_id", name=op.f("pk_group_round")),
    )
    op.create_index("ix_group_round_meeting_id", "group_round", ["meeting_id"], unique=False)
    op.create_table(
        "group_placement",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("item_id", sa.BigInteger(), nullable=False),
        sa.Column("group_id", sa.BigInteger(), nullable=False),
        sa.Column("registration_id", sa.BigInteger(), nullable=True),
        sa.Column("attendee_id", sa.BigInteger(), nullable=True),
        sa.Column("is_locked", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(registration_id is null) <> (attendee_id is null)", name=op.f("ck_group_placement_who")
        ),
        *(
            sa.ForeignKeyConstraint(
                [column],
                [f"{table}.id"],
                name=op.f(f"fk_group_placement_{column}_{table}"),
                ondelete="CASCADE",
            )
            for column, table in (
                ("attendee_id", "attendee"),
                ("group_id", "discussion_group"),
                ("item_id", "agenda_item"),
                ("registration_id", "registration"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group_placement")),
        sa.UniqueConstraint("item_id", "attendee_id", name=op.f("uq_group_placement_item_id_attendee_id")),
        sa.UniqueConstraint(
            "item_id", "registration_id", name=op.f("uq_group_placement_item_id_registration_id")
        ),
    )
    for column in ("attendee_id", "group_id", "registration_id"):
        op.create_index(f"ix_group_placement_{column}", "group_placement", [column], unique=False)
    for column in ("facilitator_id", "rapporteur_id"):
        op.add_column("discussion_group", sa.Column(column, sa.BigInteger(), nullable=True))
        op.create_index(op.f(f"ix_discussion_group_{column}"), "discussion_group", [column], unique=False)
        op.create_foreign_key(
            op.f(f"fk_discussion_group_{column}_user_account"),
            "discussion_group",
            "user_account",
            [column],
            ["id"],
        )


def downgrade() -> None:
    op.drop_column("discussion_group", "rapporteur_id")
    op.drop_column("discussion_group", "facilitator_id")
    for table in ("group_placement", "group_round", "rival_set_organisation", "rival_set"):
        op.drop_table(table)
