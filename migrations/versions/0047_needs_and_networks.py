"""What municipalities need, and the networks that gather it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "network",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("text", sa.String(), server_default="", nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("country", sa.String(), server_default="DK", nullable=False),
        sa.Column("tasks", ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("financed_by", sa.String(), server_default="", nullable=False),
        sa.Column("lasts", sa.String(), server_default="", nullable=False),
        sa.Column("programme", sa.String(), server_default="", nullable=False),
        sa.Column("certainty_note", sa.String(), server_default="", nullable=False),
        sa.Column("source_url", sa.String(), nullable=True),
        sa.Column("is_example", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_network_organisation_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_network")),
        sa.UniqueConstraint("key", name=op.f("uq_network_key")),
    )
    op.create_index("ix_network_organisation_id", "network", ["organisation_id"], unique=False)
    op.create_table(
        "typed_need",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("fields", JSONB(), server_default="{}", nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_typed_need_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_typed_need_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_typed_need")),
        sa.UniqueConstraint("user_id", "key", name=op.f("uq_typed_need_user_id_key")),
    )
    op.create_index(op.f("ix_typed_need_organisation_id"), "typed_need", ["organisation_id"], unique=False)
    op.create_index("ix_typed_need_saved_at", "typed_need", ["saved_at"], unique=False)
    op.create_table(
        "network_member",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("network_id", sa.BigInteger(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.String(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("answer in ('yes', 'no')", name=op.f("ck_network_member_answer")),
        sa.CheckConstraint(
            "(answer is null) = (answered_at is null)", name=op.f("ck_network_member_answered")
        ),
        sa.ForeignKeyConstraint(
            ["network_id"], ["network.id"], name=op.f("fk_network_member_network_id_network")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_network_member_organisation_id_organisation"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_network_member")),
        sa.UniqueConstraint(
            "network_id", "organisation_id", name=op.f("uq_network_member_network_id_organisation_id")
        ),
    )
    op.create_index(
        op.f("ix_network_member_organisation_id"), "network_member", ["organisation_id"], unique=False
    )
    op.create_table(
        "network_person",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("network_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.String(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["network_id"], ["network.id"], name=op.f("fk_network_person_network_id_network")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_network_person_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_network_person")),
        sa.UniqueConstraint("network_id", "person_id", name=op.f("uq_network_person_network_id_person_id")),
    )
    op.create_index(op.f("ix_network_person_person_id"), "network_person", ["person_id"], unique=False)
    op.create_table(
        "network_strategist",
        sa.Column("network_id", sa.BigInteger(), nullable=False),
        sa.Column("membership_id", sa.BigInteger(), nullable=False),
        sa.Column("named_by_id", sa.BigInteger(), nullable=True),
        sa.Column("named_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["membership_id"],
            ["membership.id"],
            name=op.f("fk_network_strategist_membership_id_membership"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["named_by_id"], ["user_account.id"], name=op.f("fk_network_strategist_named_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["network_id"], ["network.id"], name=op.f("fk_network_strategist_network_id_network")
        ),
        sa.PrimaryKeyConstraint("network_id", "membership_id", name=op.f("pk_network_strategist")),
    )
    op.create_index(
        "ix_network_strategist_membership_id", "network_strategist", ["membership_id"], unique=False
    )
    op.create_index("ix_network_strategist_named_by_id", "network_strategist", ["named_by_id"], unique=False)
    op.create_table(
        "interest_change",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("contribution_id", sa.BigInteger(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("before", sa.String(), nullable=True),
        sa.Column("after", sa.String(), nullable=True),
        sa.Column("signed_as", sa.String(), server_default="", nullable=False),
        sa.Column("changed_by_id", sa.BigInteger(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("before is not null or after is not null", name=op.f("ck_interest_change_kind")),
        sa.ForeignKeyConstraint(
            ["changed_by_id"], ["user_account.id"], name=op.f("fk_interest_change_changed_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["contribution_id"],
            ["contribution.id"],
            name=op.f("fk_interest_change_contribution_id_contribution"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_interest_change_organisation_id_organisation"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interest_change")),
    )
    op.create_index("ix_interest_change_changed_by_id", "interest_change", ["changed_by_id"], unique=False)
    op.create_index(
        "ix_interest_change_contribution_id",
        "interest_change",
        ["contribution_id", "organisation_id"],
        unique=False,
    )
    op.create_index(
        "ix_interest_change_organisation_id", "interest_change", ["organisation_id"], unique=False
    )
    op.create_table(
        "need_details",
        sa.Column("contribution_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("network_id", sa.BigInteger(), nullable=True),
        sa.Column("system_type", sa.String(), nullable=False),
        sa.Column("system_other", sa.String(), server_default="", nullable=False),
        sa.Column("kle", sa.String(), nullable=True),
        sa.Column("state", sa.String(), server_default="registered", nullable=False),
        sa.Column("state_on", sa.Date(), nullable=False),
        sa.CheckConstraint(
            "(system_type = 'other') = (system_other <> '')", name=op.f("ck_need_details_system_other")
        ),
        sa.CheckConstraint(
            "state in ('registered', 'prioritised', 'in_progress', 'carried_out', 'dropped')",
            name=op.f("ck_need_details_state"),
        ),
        sa.ForeignKeyConstraint(
            ["contribution_id"],
            ["contribution.id"],
            name=op.f("fk_need_details_contribution_id_contribution"),
        ),
        sa.ForeignKeyConstraint(
            ["network_id"], ["network.id"], name=op.f("fk_need_details_network_id_network")
        ),
        sa.PrimaryKeyConstraint("contribution_id", name=op.f("pk_need_details")),
    )
    op.create_index("ix_need_details_network_id", "need_details", ["network_id"], unique=False)
    op.create_index("ix_need_details_system_type", "need_details", ["system_type"], unique=False)
    op.create_table(
        "need_municipality",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("contribution_id", sa.BigInteger(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("network_id", sa.BigInteger(), nullable=True),
        sa.Column("size", sa.String(), nullable=True),
        sa.Column("contract_end", sa.Date(), nullable=True),
        sa.Column("system_name", sa.String(), server_default="", nullable=False),
        sa.Column("supplier", sa.String(), server_default="", nullable=False),
        sa.Column("note", sa.String(), server_default="", nullable=False),
        sa.Column("hidden", ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("signed_as", sa.String(), server_default="", nullable=False),
        sa.Column("entered_by_id", sa.BigInteger(), nullable=True),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_example", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "hidden <@ array['contract_end', 'system_name', 'supplier', 'note']",
            name=op.f("ck_need_municipality_hidden"),
        ),
        sa.CheckConstraint(
            "size in ('small', 'middle', 'large', 'city')", name=op.f("ck_need_municipality_size")
        ),
        sa.CheckConstraint(
            "extract(day from contract_end) = 1", name=op.f("ck_need_municipality_contract_end")
        ),
        sa.ForeignKeyConstraint(
            ["contribution_id"],
            ["contribution.id"],
            name=op.f("fk_need_municipality_contribution_id_contribution"),
        ),
        sa.ForeignKeyConstraint(
            ["entered_by_id"],
            ["user_account.id"],
            name=op.f("fk_need_municipality_entered_by_id_user_account"),
        ),
        sa.ForeignKeyConstraint(
            ["network_id"], ["network.id"], name=op.f("fk_need_municipality_network_id_network")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_need_municipality_organisation_id_organisation"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_need_municipality")),
        sa.UniqueConstraint(
            "contribution_id",
            "organisation_id",
            name=op.f("uq_need_municipality_contribution_id_organisation_id"),
        ),
    )
    op.create_index(
        "ix_need_municipality_entered_by_id", "need_municipality", ["entered_by_id"], unique=False
    )
    op.create_index(
        "ix_need_municipality_in_force",
        "need_municipality",
        ["organisation_id"],
        unique=False,
        postgresql_where=sa.text("left_at is null"),
    )
    op.create_index("ix_need_municipality_network_id", "need_municipality", ["network_id"], unique=False)
    op.create_table(
        "need_state",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("contribution_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("note", sa.String(), server_default="", nullable=False),
        sa.Column("noted_by_id", sa.BigInteger(), nullable=True),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state <> 'dropped' or note <> ''", name=op.f("ck_need_state_note")),
        sa.CheckConstraint(
            "state in ('registered', 'prioritised', 'in_progress', 'carried_out', 'dropped')",
            name=op.f("ck_need_state_state"),
        ),
        sa.ForeignKeyConstraint(
            ["contribution_id"], ["contribution.id"], name=op.f("fk_need_state_contribution_id_contribution")
        ),
        sa.ForeignKeyConstraint(
            ["noted_by_id"], ["user_account.id"], name=op.f("fk_need_state_noted_by_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_need_state")),
    )
    op.create_index("ix_need_state_contribution_id", "need_state", ["contribution_id"], unique=False)
    op.create_index("ix_need_state_noted_by_id", "need_state", ["noted_by_id"], unique=False)
    op.add_column("interest", sa.Column("signed_as", sa.String(), server_default="", nullable=False))
    # What is known of the marks that are there: that they were set, by whom and when.
    op.execute(
        "insert into interest_change (contribution_id, organisation_id, after, changed_by_id, changed_at)"
        " select contribution_id, organisation_id, kind, marked_by_id, marked_at from interest order by id"
    )


def downgrade() -> None:
    op.drop_column("interest", "signed_as")
    op.drop_table("need_state")
    op.drop_table("need_municipality")
    op.drop_table("need_details")
    op.drop_table("interest_change")
    op.drop_table("network_strategist")
    op.drop_table("network_person")
    op.drop_table("network_member")
    op.drop_table("typed_need")
    op.drop_table("network")
