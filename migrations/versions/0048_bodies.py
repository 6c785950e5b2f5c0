"""Committees: who sits in them, whom they advise, what they recommended."""

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "body",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=True),
        sa.Column("network_id", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("kind_certainty", sa.String(), server_default="stated", nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("name_en", sa.String(), server_default="", nullable=False),
        sa.Column("about", sa.String(), server_default="", nullable=False),
        sa.Column("about_en", sa.String(), server_default="", nullable=False),
        sa.Column("acts_by", sa.String(), server_default="", nullable=False),
        sa.Column("acts_by_en", sa.String(), server_default="", nullable=False),
        sa.Column("visibility", sa.String(), server_default="public", nullable=False),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("source_url", sa.String(), nullable=True),
        sa.Column("source_note", sa.String(), server_default="", nullable=False),
        sa.Column("made_by_id", sa.BigInteger(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_example", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "kind in ('section_17_4', 'standing', 'board', 'forum', 'other')", name=op.f("ck_body_kind")
        ),
        sa.CheckConstraint("kind_certainty in ('stated', 'inferred')", name=op.f("ck_body_kind_certainty")),
        sa.CheckConstraint("visibility in ('public', 'members')", name=op.f("ck_body_visibility")),
        sa.CheckConstraint("num_nonnulls(organisation_id, network_id) = 1", name=op.f("ck_body_one_owner")),
        sa.CheckConstraint("since <= ended_on", name=op.f("ck_body_ended_on")),
        sa.ForeignKeyConstraint(
            ["made_by_id"], ["user_account.id"], name=op.f("fk_body_made_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(["network_id"], ["network.id"], name=op.f("fk_body_network_id_network")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_body_organisation_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_body")),
        sa.UniqueConstraint("key", name=op.f("uq_body_key")),
    )
    op.create_index("ix_body_made_by_id", "body", ["made_by_id"], unique=False)
    op.create_index("ix_body_network_id", "body", ["network_id"], unique=False)
    op.create_index("ix_body_organisation_id", "body", ["organisation_id"], unique=False)
    op.create_table(
        "body_advised",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("body_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("name_en", sa.String(), server_default="", nullable=False),
        sa.Column("advised_id", sa.BigInteger(), nullable=True),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("advised_id <> body_id", name=op.f("ck_body_advised_advised_id")),
        sa.ForeignKeyConstraint(["advised_id"], ["body.id"], name=op.f("fk_body_advised_advised_id_body")),
        sa.ForeignKeyConstraint(["body_id"], ["body.id"], name=op.f("fk_body_advised_body_id_body")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_body_advised")),
    )
    op.create_index("ix_body_advised_advised_id", "body_advised", ["advised_id"], unique=False)
    op.create_index("ix_body_advised_body_id", "body_advised", ["body_id"], unique=False)
    op.create_table(
        "body_mandate",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("body_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("text_en", sa.String(), server_default="", nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["body_id"], ["body.id"], name=op.f("fk_body_mandate_body_id_body")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_body_mandate")),
    )
    op.create_index("ix_body_mandate_body_id", "body_mandate", ["body_id"], unique=False)
    op.create_table(
        "body_meeting",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("body_id", sa.BigInteger(), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("starts_at", sa.String(), server_default="", nullable=False),
        sa.Column("place", sa.String(), server_default="", nullable=False),
        sa.Column("note", sa.String(), server_default="", nullable=False),
        sa.Column("url", sa.String(), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by_id", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(
            ["added_by_id"], ["user_account.id"], name=op.f("fk_body_meeting_added_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(["body_id"], ["body.id"], name=op.f("fk_body_meeting_body_id_body")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_body_meeting")),
    )
    op.create_index("ix_body_meeting_added_by_id", "body_meeting", ["added_by_id"], unique=False)
    op.create_index("ix_body_meeting_body_id_held_on", "body_meeting", ["body_id", "held_on"], unique=False)
    op.create_table(
        "body_member",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("body_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("organisation_id", sa.BigInteger(), nullable=True),
        sa.Column("name", sa.String(), server_default="", nullable=False),
        sa.Column("title", sa.String(), server_default="", nullable=False),
        sa.Column("role", sa.String(), server_default="member", nullable=False),
        sa.Column("party", sa.String(), server_default="", nullable=False),
        sa.Column("source_url", sa.String(), nullable=True),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("party = '' or source_url is not null", name=op.f("ck_body_member_party")),
        sa.CheckConstraint(
            "role in ('chair', 'deputy', 'member', 'observer')", name=op.f("ck_body_member_role")
        ),
        sa.CheckConstraint(
            "(user_id is null) or (organisation_id is not null)", name=op.f("ck_body_member_organisation_id")
        ),
        sa.CheckConstraint("since <= ended_on", name=op.f("ck_body_member_ended_on")),
        sa.ForeignKeyConstraint(["body_id"], ["body.id"], name=op.f("fk_body_member_body_id_body")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_body_member_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_body_member_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_body_member")),
    )
    op.create_index("ix_body_member_body_id", "body_member", ["body_id"], unique=False)
    op.create_index("ix_body_member_organisation_id", "body_member", ["organisation_id"], unique=False)
    op.create_index("ix_body_member_user_id", "body_member", ["user_id"], unique=False)
    op.create_index(
        "uq_body_member_seat",
        "body_member",
        ["body_id", "user_id"],
        unique=True,
        postgresql_where=sa.text("ended_on is null"),
    )
    op.create_table(
        "body_secretary",
        sa.Column("body_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("membership_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("named_by_id", sa.BigInteger(), nullable=True),
        sa.Column("named_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["body_id"], ["body.id"], name=op.f("fk_body_secretary_body_id_body")),
        sa.ForeignKeyConstraint(
            ["membership_id"],
            ["membership.id"],
            name=op.f("fk_body_secretary_membership_id_membership"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["named_by_id"], ["user_account.id"], name=op.f("fk_body_secretary_named_by_id_user_account")
        ),
        sa.PrimaryKeyConstraint("body_id", "membership_id", name=op.f("pk_body_secretary")),
    )
    op.create_index("ix_body_secretary_membership_id", "body_secretary", ["membership_id"], unique=False)
    op.create_index("ix_body_secretary_named_by_id", "body_secretary", ["named_by_id"], unique=False)
    op.create_table(
        "body_reading",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("body_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("contribution_id", sa.BigInteger(), nullable=True),
        sa.Column("project_id", sa.BigInteger(), nullable=True),
        sa.Column("own_project_id", sa.BigInteger(), nullable=True),
        sa.Column("deck_id", sa.BigInteger(), nullable=True),
        sa.Column("page", sa.Integer(), nullable=True),
        sa.Column("strategy_id", sa.BigInteger(), nullable=True),
        sa.Column("meeting_id", sa.BigInteger(), nullable=True),
        sa.Column("url", sa.String(), nullable=True),
        sa.Column("title", sa.String(), server_default="", nullable=False),
        sa.Column("note", sa.String(), server_default="", nullable=False),
        sa.Column("body_meeting_id", sa.BigInteger(), nullable=True),
        sa.Column("added_by_id", sa.BigInteger(), nullable=True),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(url is null) = (title = '')", name=op.f("ck_body_reading_title")),
        sa.CheckConstraint(
            "num_nonnulls(contribution_id, project_id, own_project_id, deck_id, strategy_id, meeting_id, url) = 1",
            name=op.f("ck_body_reading_one_thing"),
        ),
        sa.CheckConstraint("page is null or deck_id is not null", name=op.f("ck_body_reading_page")),
        sa.ForeignKeyConstraint(
            ["added_by_id"], ["user_account.id"], name=op.f("fk_body_reading_added_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(["body_id"], ["body.id"], name=op.f("fk_body_reading_body_id_body")),
        sa.ForeignKeyConstraint(
            ["body_meeting_id"],
            ["body_meeting.id"],
            name=op.f("fk_body_reading_body_meeting_id_body_meeting"),
        ),
        sa.ForeignKeyConstraint(
            ["contribution_id"],
            ["contribution.id"],
            name=op.f("fk_body_reading_contribution_id_contribution"),
        ),
        sa.ForeignKeyConstraint(["deck_id"], ["deck.id"], name=op.f("fk_body_reading_deck_id_deck")),
        sa.ForeignKeyConstraint(
            ["meeting_id"], ["meeting.id"], name=op.f("fk_body_reading_meeting_id_meeting")
        ),
        sa.ForeignKeyConstraint(
            ["own_project_id"], ["own_project.id"], name=op.f("fk_body_reading_own_project_id_own_project")
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_body_reading_project_id_project")
        ),
        sa.ForeignKeyConstraint(
            ["strategy_id"], ["strategy.id"], name=op.f("fk_body_reading_strategy_id_strategy")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_body_reading")),
    )
    op.create_index("ix_body_reading_added_by_id", "body_reading", ["added_by_id"], unique=False)
    op.create_index("ix_body_reading_body_id", "body_reading", ["body_id"], unique=False)
    op.create_index("ix_body_reading_body_meeting_id", "body_reading", ["body_meeting_id"], unique=False)
    op.create_index("ix_body_reading_contribution_id", "body_reading", ["contribution_id"], unique=False)
    op.create_index("ix_body_reading_deck_id", "body_reading", ["deck_id"], unique=False)
    op.create_index("ix_body_reading_meeting_id", "body_reading", ["meeting_id"], unique=False)
    op.create_index("ix_body_reading_own_project_id", "body_reading", ["own_project_id"], unique=False)
    op.create_index("ix_body_reading_project_id", "body_reading", ["project_id"], unique=False)
    op.create_index("ix_body_reading_strategy_id", "body_reading", ["strategy_id"], unique=False)
    op.create_table(
        "recommendation",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.String(), nullable=True),
        sa.Column("body_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("contribution_id", sa.BigInteger(), nullable=True),
        sa.Column("project_id", sa.BigInteger(), nullable=True),
        sa.Column("own_project_id", sa.BigInteger(), nullable=True),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("visibility", sa.String(), server_default="members", nullable=False),
        sa.Column("advised_id", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.String(), server_default="draft", nullable=False),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("drafted_by_id", sa.BigInteger(), nullable=True),
        sa.Column("organisation_id", sa.BigInteger(), nullable=True),
        sa.Column("drafted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_example", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "(outcome is not null) = (state = 'decided')", name=op.f("ck_recommendation_decided")
        ),
        sa.CheckConstraint(
            "outcome in ('followed', 'partly', 'not', 'sent_back')", name=op.f("ck_recommendation_outcome")
        ),
        sa.CheckConstraint(
            "state in ('draft', 'sent', 'treated', 'decided', 'withdrawn')",
            name=op.f("ck_recommendation_state"),
        ),
        sa.CheckConstraint("visibility in ('public', 'members')", name=op.f("ck_recommendation_visibility")),
        sa.CheckConstraint(
            "num_nonnulls(contribution_id, project_id, own_project_id) <= 1",
            name=op.f("ck_recommendation_one_subject"),
        ),
        sa.ForeignKeyConstraint(
            ["advised_id"], ["body_advised.id"], name=op.f("fk_recommendation_advised_id_body_advised")
        ),
        sa.ForeignKeyConstraint(["body_id"], ["body.id"], name=op.f("fk_recommendation_body_id_body")),
        sa.ForeignKeyConstraint(
            ["contribution_id"],
            ["contribution.id"],
            name=op.f("fk_recommendation_contribution_id_contribution"),
        ),
        sa.ForeignKeyConstraint(
            ["drafted_by_id"], ["user_account.id"], name=op.f("fk_recommendation_drafted_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_recommendation_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["own_project_id"], ["own_project.id"], name=op.f("fk_recommendation_own_project_id_own_project")
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_recommendation_project_id_project")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recommendation")),
        sa.UniqueConstraint("body_id", "number", name=op.f("uq_recommendation_body_id_number")),
        sa.UniqueConstraint("key", name=op.f("uq_recommendation_key")),
    )
    op.create_index("ix_recommendation_advised_id", "recommendation", ["advised_id"], unique=False)
    op.create_index("ix_recommendation_contribution_id", "recommendation", ["contribution_id"], unique=False)
    op.create_index("ix_recommendation_drafted_by_id", "recommendation", ["drafted_by_id"], unique=False)
    op.create_index("ix_recommendation_organisation_id", "recommendation", ["organisation_id"], unique=False)
    op.create_index("ix_recommendation_own_project_id", "recommendation", ["own_project_id"], unique=False)
    op.create_index("ix_recommendation_project_id", "recommendation", ["project_id"], unique=False)
    op.create_table(
        "body_read_mark",
        sa.Column("reading_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["reading_id"], ["body_reading.id"], name=op.f("fk_body_read_mark_reading_id_body_reading")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_body_read_mark_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("reading_id", "user_id", name=op.f("pk_body_read_mark")),
    )
    op.create_index(op.f("ix_body_read_mark_user_id"), "body_read_mark", ["user_id"], unique=False)
    op.create_table(
        "recommendation_step",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("recommendation_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("title", sa.String(), server_default="", nullable=False),
        sa.Column("text", sa.String(), server_default="", nullable=False),
        sa.Column("meeting_id", sa.BigInteger(), nullable=True),
        sa.Column("advised_id", sa.BigInteger(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("noted_by_id", sa.BigInteger(), nullable=True),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_back_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("taken_back_reason", sa.String(), server_default="", nullable=False),
        sa.CheckConstraint(
            "(outcome is not null) = (kind = 'decided')", name=op.f("ck_recommendation_step_decided")
        ),
        sa.CheckConstraint(
            "kind in ('sent', 'treated', 'decided', 'withdrawn')", name=op.f("ck_recommendation_step_kind")
        ),
        sa.CheckConstraint(
            "meeting_id is not null or kind <> 'treated'", name=op.f("ck_recommendation_step_treated")
        ),
        sa.CheckConstraint(
            "outcome in ('followed', 'partly', 'not', 'sent_back')",
            name=op.f("ck_recommendation_step_outcome"),
        ),
        sa.CheckConstraint(
            "taken_back_at is not null or taken_back_reason = ''",
            name=op.f("ck_recommendation_step_taken_back"),
        ),
        sa.ForeignKeyConstraint(
            ["advised_id"], ["body_advised.id"], name=op.f("fk_recommendation_step_advised_id_body_advised")
        ),
        sa.ForeignKeyConstraint(
            ["meeting_id"], ["body_meeting.id"], name=op.f("fk_recommendation_step_meeting_id_body_meeting")
        ),
        sa.ForeignKeyConstraint(
            ["noted_by_id"], ["user_account.id"], name=op.f("fk_recommendation_step_noted_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["recommendation_id"],
            ["recommendation.id"],
            name=op.f("fk_recommendation_step_recommendation_id_recommendation"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recommendation_step")),
    )
    op.create_index("ix_recommendation_step_advised_id", "recommendation_step", ["advised_id"], unique=False)
    op.create_index("ix_recommendation_step_meeting_id", "recommendation_step", ["meeting_id"], unique=False)
    op.create_index(
        "ix_recommendation_step_noted_by_id", "recommendation_step", ["noted_by_id"], unique=False
    )
    op.create_index(
        "ix_recommendation_step_recommendation_id", "recommendation_step", ["recommendation_id"], unique=False
    )


def downgrade() -> None:
    op.drop_table("recommendation_step")
    op.drop_table("body_read_mark")
    op.drop_table("recommendation")
    op.drop_table("body_reading")
    op.drop_table("body_secretary")
    op.drop_table("body_member")
    op.drop_table("body_meeting")
    op.drop_table("body_mandate")
    op.drop_table("body_advised")
    op.drop_table("body")
