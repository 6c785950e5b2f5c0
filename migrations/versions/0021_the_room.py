"""The room on the day: how it works and who was there; boards with cards; words that nobody's name stands at."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

CHECKS = {
    "shown_as": "shown_as in ('name', 'organisation', 'kind', 'anonymous')",
    "nameless": "shown_as not in ('kind', 'anonymous') or (said_by_user_id is null and entered_by_id is null"
    " and said_by_person_id is null and on_behalf_of_id is null and said_by_text = '')",
}
NUMBER_GROUPS = """
    update discussion_group set number = numbered.number
    from (select id, row_number() over (partition by meeting_id order by position, id) as number
          from discussion_group) as numbered
    where numbered.id = discussion_group.id
"""


def upgrade() -> None:
    op.create_table(
        "live_room",
        sa.Column("meeting_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("names", sa.String(), nullable=False),
        sa.Column("lets_guests", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("stays_open_days", sa.Integer(), server_default="7", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("names in ('free', 'organisation', 'chatham')", name=op.f("ck_live_room_names")),
        sa.CheckConstraint("stays_open_days between 0 and 60", name=op.f("ck_live_room_stays_open_days")),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name=op.f("fk_live_room_meeting_id_meeting")),
        sa.PrimaryKeyConstraint("meeting_id", name=op.f("pk_live_room")),
        sa.UniqueConstraint("code", name=op.f("uq_live_room_code")),
    )
    op.create_table(
        "attendee",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("meeting_id", sa.BigInteger(), nullable=False),
        sa.Column("registration_id", sa.BigInteger(), nullable=True),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=True),
        sa.Column("organisation_name", sa.String(), nullable=False),
        sa.Column("organisation_kind", sa.String(), nullable=False),
        sa.Column("shown_as", sa.String(), nullable=False),
        sa.Column("is_walk_in", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("checked_in_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("checked_in_by_id", sa.BigInteger(), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "shown_as in ('name', 'organisation', 'kind', 'anonymous')", name=op.f("ck_attendee_shown_as")
        ),
        sa.ForeignKeyConstraint(
            ["checked_in_by_id"], ["user_account.id"], name=op.f("fk_attendee_checked_in_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name=op.f("fk_attendee_meeting_id_meeting")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_attendee_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registration.id"],
            name=op.f("fk_attendee_registration_id_registration"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_attendee_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attendee")),
        sa.UniqueConstraint("meeting_id", "secret_hash", name=op.f("uq_attendee_meeting_id_secret_hash")),
        sa.UniqueConstraint("registration_id", name=op.f("uq_attendee_registration_id")),
    )
    op.create_index("ix_attendee_checked_in_by_id", "attendee", ["checked_in_by_id"], unique=False)
    op.create_index("ix_attendee_organisation_id", "attendee", ["organisation_id"], unique=False)
    op.create_index("ix_attendee_secret_hash", "attendee", ["secret_hash"], unique=False)
    op.create_index("ix_attendee_user_id", "attendee", ["user_id"], unique=False)
    op.create_index(
        "uq_attendee_user",
        "attendee",
        ["meeting_id", "user_id"],
        unique=True,
        postgresql_where=sa.text("user_id is not null and removed_at is null"),
    )
    op.create_table(
        "board",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("meeting_id", sa.BigInteger(), nullable=False),
        sa.Column("item_id", sa.BigInteger(), nullable=False),
        sa.Column("group_id", sa.BigInteger(), nullable=True),
        sa.Column("task", sa.String(), nullable=False),
        sa.Column("form", sa.String(), server_default="free", nullable=False),
        sa.Column("state", sa.String(), server_default="planned", nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("dots", sa.Integer(), server_default="0", nullable=False),
        sa.Column("dots_per", sa.String(), server_default="person", nullable=False),
        sa.Column("asks_approval", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("visibility", sa.String(), server_default="participants", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("dots_per in ('person', 'organisation')", name=op.f("ck_board_dots_per")),
        sa.CheckConstraint("form in ('free', 'parts')", name=op.f("ck_board_form")),
        sa.CheckConstraint("state in ('planned', 'open', 'closed')", name=op.f("ck_board_state")),
        sa.CheckConstraint("visibility in ('public', 'participants')", name=op.f("ck_board_visibility")),
        sa.CheckConstraint("dots between 0 and 20", name=op.f("ck_board_dots")),
        sa.ForeignKeyConstraint(
            ["group_id"], ["discussion_group.id"], name=op.f("fk_board_group_id_discussion_group")
        ),
        sa.ForeignKeyConstraint(["item_id"], ["agenda_item.id"], name=op.f("fk_board_item_id_agenda_item")),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name=op.f("fk_board_meeting_id_meeting")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_board")),
        sa.UniqueConstraint(
            "item_id", "group_id", name=op.f("uq_board_item_id_group_id"), postgresql_nulls_not_distinct=True
        ),
    )
    op.create_index("ix_board_group_id", "board", ["group_id"], unique=False)
    op.create_index("ix_board_meeting_id", "board", ["meeting_id"], unique=False)
    op.create_table(
        "card_cluster",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("board_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(["board_id"], ["board.id"], name=op.f("fk_card_cluster_board_id_board")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_card_cluster")),
    )
    op.create_index("ix_card_cluster_board_id", "card_cluster", ["board_id"], unique=False)
    op.create_table(
        "board_card",
        sa.Column("contribution_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("board_id", sa.BigInteger(), nullable=False),
        sa.Column("cluster_id", sa.BigInteger(), nullable=True),
        sa.Column("position", sa.Integer(), server_default="0", nullable=False),
        sa.Column("parts", JSONB(), nullable=True),
        sa.Column("chosen_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["board_id"], ["board.id"], name=op.f("fk_board_card_board_id_board")),
        sa.ForeignKeyConstraint(
            ["cluster_id"],
            ["card_cluster.id"],
            name=op.f("fk_board_card_cluster_id_card_cluster"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["contribution_id"], ["contribution.id"], name=op.f("fk_board_card_contribution_id_contribution")
        ),
        sa.PrimaryKeyConstraint("contribution_id", name=op.f("pk_board_card")),
    )
    op.create_index("ix_board_card_board_id", "board_card", ["board_id"], unique=False)
    op.create_index("ix_board_card_cluster_id", "board_card", ["cluster_id"], unique=False)
    op.create_table(
        "card_dot",
        sa.Column("contribution_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("attendee_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("put_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["attendee_id"], ["attendee.id"], name=op.f("fk_card_dot_attendee_id_attendee")
        ),
        sa.ForeignKeyConstraint(
            ["contribution_id"],
            ["board_card.contribution_id"],
            name=op.f("fk_card_dot_contribution_id_board_card"),
        ),
        sa.PrimaryKeyConstraint("contribution_id", "attendee_id", name=op.f("pk_card_dot")),
    )
    op.create_index(op.f("ix_card_dot_attendee_id"), "card_dot", ["attendee_id"], unique=False)
    op.create_table(
        "card_objection",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("contribution_id", sa.BigInteger(), nullable=False),
        sa.Column("attendee_id", sa.BigInteger(), nullable=True),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["attendee_id"], ["attendee.id"], name=op.f("fk_card_objection_attendee_id_attendee")
        ),
        sa.ForeignKeyConstraint(
            ["contribution_id"],
            ["board_card.contribution_id"],
            name=op.f("fk_card_objection_contribution_id_board_card"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_card_objection")),
        sa.UniqueConstraint("client_id", name=op.f("uq_card_objection_client_id")),
    )
    op.create_index("ix_card_objection_attendee_id", "card_objection", ["attendee_id"], unique=False)
    op.create_index("ix_card_objection_contribution_id", "card_objection", ["contribution_id"], unique=False)
    op.add_column("contribution", sa.Column("attendee_id", sa.BigInteger(), nullable=True))
    op.add_column("contribution", sa.Column("shown_as", sa.String(), nullable=True))
    op.add_column("contribution", sa.Column("client_id", sa.Uuid(), nullable=True))
    op.create_index("ix_contribution_attendee_id", "contribution", ["attendee_id"], unique=False)
    op.create_unique_constraint(op.f("uq_contribution_client_id"), "contribution", ["client_id"])
    op.create_foreign_key(
        op.f("fk_contribution_attendee_id_attendee"), "contribution", "attendee", ["attendee_id"], ["id"]
    )
    for name, condition in CHECKS.items():
        op.create_check_constraint(op.f(f"ck_contribution_{name}"), "contribution", condition)
    op.add_column("discussion_group", sa.Column("number", sa.Integer(), nullable=True))
    op.execute(NUMBER_GROUPS)
    op.alter_column("discussion_group", "number", nullable=False)
    op.create_unique_constraint(
        op.f("uq_discussion_group_meeting_id_number"), "discussion_group", ["meeting_id", "number"]
    )
    # ### end Alembic commands ###


def downgrade() -> None:
    op.drop_constraint(op.f("uq_discussion_group_meeting_id_number"), "discussion_group", type_="unique")
    op.drop_column("discussion_group", "number")
    for name in CHECKS:
        op.drop_constraint(op.f(f"ck_contribution_{name}"), "contribution", type_="check")
    for column in ("client_id", "shown_as", "attendee_id"):
        op.drop_column("contribution", column)
    for table in (
        "card_objection",
        "card_dot",
        "board_card",
        "card_cluster",
        "board",
        "attendee",
        "live_room",
    ):
        op.drop_table(table)
