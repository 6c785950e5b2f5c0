"""The structured idea, its drafts, co-signers, files and hearings.

The one reason for all that was confidential is carried over to each part of it.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

_EMPTY = sa.text("'{}'")


def upgrade() -> None:
    _give_each_part_its_reason()
    op.add_column("idea_details", sa.Column("effect_unit", sa.String(), server_default="", nullable=False))
    op.add_column("idea_details", sa.Column("baseline_value", sa.Numeric(16, 4), nullable=True))
    op.add_column("idea_details", sa.Column("target_value", sa.Numeric(16, 4), nullable=True))
    op.add_column(
        "idea_details",
        sa.Column("wants_partner", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.add_column("idea_details", sa.Column("cost_from", sa.BigInteger(), nullable=True))
    op.add_column("idea_details", sa.Column("cost_to", sa.BigInteger(), nullable=True))
    op.create_check_constraint(
        op.f("ck_idea_details_cost"), "idea_details", "cost_from >= 0 and cost_to >= coalesce(cost_from, 0)"
    )
    op.create_table(
        "idea_field",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("help", sa.String(), server_default="", nullable=False),
        sa.Column("example", sa.String(), server_default="", nullable=False),
        sa.Column("options", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("is_required", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "(kind = 'choice') = (cardinality(options) > 1)", name=op.f("ck_idea_field_options")
        ),
        sa.CheckConstraint("kind in ('text', 'choice', 'number')", name=op.f("ck_idea_field_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_idea_field")),
    )
    op.create_index("ix_idea_field_position", "idea_field", ["position"], unique=False)
    op.create_table(
        "idea_field_edition",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("field_id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("help", sa.String(), server_default="", nullable=False),
        sa.Column("example", sa.String(), server_default="", nullable=False),
        sa.Column("options", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["field_id"], ["idea_field.id"], name=op.f("fk_idea_field_edition_field_id_idea_field")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_idea_field_edition")),
        sa.UniqueConstraint("field_id", "version", name=op.f("uq_idea_field_edition_field_id_version")),
    )
    op.create_table(
        "idea_answer",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("contribution_id", sa.BigInteger(), nullable=False),
        sa.Column("field_id", sa.BigInteger(), nullable=False),
        sa.Column("field_version", sa.Integer(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contribution_id"], ["contribution.id"], name=op.f("fk_idea_answer_contribution_id_contribution")
        ),
        sa.ForeignKeyConstraint(
            ["field_id"], ["idea_field.id"], name=op.f("fk_idea_answer_field_id_idea_field")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_idea_answer")),
        sa.UniqueConstraint(
            "contribution_id", "field_id", name=op.f("uq_idea_answer_contribution_id_field_id")
        ),
    )
    op.create_index(op.f("ix_idea_answer_field_id"), "idea_answer", ["field_id"], unique=False)
    op.create_table(
        "typed_idea",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=True),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("contribution_id", sa.BigInteger(), nullable=True),
        sa.Column("open_half", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column(
            "secret_half", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False
        ),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(
            ["contribution_id"], ["contribution.id"], name=op.f("fk_typed_idea_contribution_id_contribution")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_typed_idea_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_typed_idea_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_typed_idea")),
        sa.UniqueConstraint("user_id", "key", name=op.f("uq_typed_idea_user_id_key")),
    )
    op.create_index(op.f("ix_typed_idea_contribution_id"), "typed_idea", ["contribution_id"], unique=False)
    op.create_index(op.f("ix_typed_idea_organisation_id"), "typed_idea", ["organisation_id"], unique=False)
    op.create_index("ix_typed_idea_saved_at", "typed_idea", ["saved_at"], unique=False)
    op.create_table(
        "idea_signer",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("contribution_id", sa.BigInteger(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("asked_by_id", sa.BigInteger(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.String(), nullable=True),
        sa.Column("answered_by_id", sa.BigInteger(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_version", sa.Integer(), nullable=True),
        sa.CheckConstraint("answer in ('yes', 'no')", name=op.f("ck_idea_signer_answer")),
        sa.CheckConstraint("(answer is null) = (answered_at is null)", name=op.f("ck_idea_signer_answered")),
        sa.ForeignKeyConstraint(
            ["answered_by_id"], ["user_account.id"], name=op.f("fk_idea_signer_answered_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["asked_by_id"], ["user_account.id"], name=op.f("fk_idea_signer_asked_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["contribution_id"], ["contribution.id"], name=op.f("fk_idea_signer_contribution_id_contribution")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_idea_signer_organisation_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_idea_signer")),
        sa.UniqueConstraint(
            "contribution_id", "organisation_id", name=op.f("uq_idea_signer_contribution_id_organisation_id")
        ),
    )
    op.create_index(op.f("ix_idea_signer_answered_by_id"), "idea_signer", ["answered_by_id"], unique=False)
    op.create_index(op.f("ix_idea_signer_asked_by_id"), "idea_signer", ["asked_by_id"], unique=False)
    op.create_index(op.f("ix_idea_signer_organisation_id"), "idea_signer", ["organisation_id"], unique=False)
    op.create_table(
        "idea_attachment",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("contribution_id", sa.BigInteger(), nullable=False),
        sa.Column("access", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), server_default="", nullable=False),
        sa.Column("filename", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("file_key", sa.String(), nullable=True),
        sa.Column("uploaded_by_id", sa.BigInteger(), nullable=True),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_by_id", sa.BigInteger(), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("was_out", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint(
            "(access = 'confidential') = (reason <> '')", name=op.f("ck_idea_attachment_reason")
        ),
        sa.CheckConstraint("access in ('public', 'confidential')", name=op.f("ck_idea_attachment_access")),
        sa.ForeignKeyConstraint(
            ["contribution_id"],
            ["contribution.id"],
            name=op.f("fk_idea_attachment_contribution_id_contribution"),
        ),
        sa.ForeignKeyConstraint(
            ["removed_by_id"], ["user_account.id"], name=op.f("fk_idea_attachment_removed_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["uploaded_by_id"],
            ["user_account.id"],
            name=op.f("fk_idea_attachment_uploaded_by_id_user_account"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_idea_attachment")),
    )
    op.create_index(
        "ix_idea_attachment_contribution_id", "idea_attachment", ["contribution_id"], unique=False
    )
    op.create_index(
        op.f("ix_idea_attachment_removed_by_id"), "idea_attachment", ["removed_by_id"], unique=False
    )
    op.create_index(
        op.f("ix_idea_attachment_uploaded_by_id"), "idea_attachment", ["uploaded_by_id"], unique=False
    )
    op.create_table(
        "idea_rest",
        sa.Column("contribution_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rested_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["contribution_id"], ["contribution.id"], name=op.f("fk_idea_rest_contribution_id_contribution")
        ),
        sa.PrimaryKeyConstraint("contribution_id", name=op.f("pk_idea_rest")),
    )
    op.create_index("ix_idea_rest_rested_at", "idea_rest", ["rested_at"], unique=False)
    op.create_table(
        "access_request",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("contribution_id", sa.BigInteger(), nullable=False),
        sa.Column("requester", sa.String(), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("hear_by", sa.Date(), nullable=False),
        sa.Column("state", sa.String(), server_default="hearing", nullable=False),
        sa.Column("opened_by_id", sa.BigInteger(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("heard_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lapsed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("(state = 'hearing') = (ended_at is null)", name=op.f("ck_access_request_ended")),
        sa.CheckConstraint(
            "state in ('hearing', 'decided', 'withdrawn')", name=op.f("ck_access_request_state")
        ),
        sa.ForeignKeyConstraint(
            ["contribution_id"],
            ["contribution.id"],
            name=op.f("fk_access_request_contribution_id_contribution"),
        ),
        sa.ForeignKeyConstraint(
            ["opened_by_id"], ["user_account.id"], name=op.f("fk_access_request_opened_by_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_request")),
    )
    op.create_index("ix_access_request_contribution_id", "access_request", ["contribution_id"], unique=False)
    op.create_index(
        "ix_access_request_hear_by",
        "access_request",
        ["hear_by"],
        unique=False,
        postgresql_where=sa.text("state = 'hearing'"),
    )
    op.create_index(op.f("ix_access_request_opened_by_id"), "access_request", ["opened_by_id"], unique=False)
    op.create_table(
        "heard_part",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("request_id", sa.BigInteger(), nullable=False),
        sa.Column("part", sa.String(), nullable=False),
        sa.Column("stance", sa.String(), nullable=True),
        sa.Column("stance_reason", sa.String(), server_default="", nullable=False),
        sa.Column("stated_by_id", sa.BigInteger(), nullable=True),
        sa.Column("stated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision", sa.String(), nullable=True),
        sa.Column("decision_reason", sa.String(), server_default="", nullable=False),
        sa.Column("decided_by_id", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("decision in ('release', 'keep')", name=op.f("ck_heard_part_decision")),
        sa.CheckConstraint("stance in ('keep', 'agree')", name=op.f("ck_heard_part_stance")),
        sa.CheckConstraint("(decision is null) = (decided_at is null)", name=op.f("ck_heard_part_decided")),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["user_account.id"], name=op.f("fk_heard_part_decided_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["request_id"], ["access_request.id"], name=op.f("fk_heard_part_request_id_access_request")
        ),
        sa.ForeignKeyConstraint(
            ["stated_by_id"], ["user_account.id"], name=op.f("fk_heard_part_stated_by_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_heard_part")),
        sa.UniqueConstraint("request_id", "part", name=op.f("uq_heard_part_request_id_part")),
    )
    op.create_index(op.f("ix_heard_part_decided_by_id"), "heard_part", ["decided_by_id"], unique=False)
    op.create_index(op.f("ix_heard_part_stated_by_id"), "heard_part", ["stated_by_id"], unique=False)


def _give_each_part_its_reason() -> None:
    reasons = sa.Column(
        "confidential_reasons", postgresql.JSONB(astext_type=sa.Text()), server_default=_EMPTY, nullable=False
    )
    op.add_column("idea_details", reasons)
    op.execute(
        "update idea_details set confidential_reasons = (select coalesce(jsonb_object_agg(part,"
        " confidential_reason), '{}') from jsonb_object_keys(confidential) part)"
    )
    # What is blacked out in the reason is so in each copy of it.
    op.execute(
        "insert into blacked_text (thing, thing_id, field, original, spans)"
        " select b.thing, b.thing_id, 'confidential_reasons.' || part, b.original, b.spans"
        " from blacked_text b join idea_details d on d.contribution_id = b.thing_id,"
        " jsonb_object_keys(d.confidential) part"
        " where b.thing = 'contribution' and b.field = 'details.confidential_reason'"
    )
    op.execute(
        "delete from blacked_text where thing = 'contribution' and field = 'details.confidential_reason'"
    )
    op.drop_column("idea_details", "confidential_reason")


def downgrade() -> None:
    for table in (
        "heard_part",
        "access_request",
        "idea_rest",
        "idea_attachment",
        "idea_signer",
        "typed_idea",
        "idea_answer",
        "idea_field_edition",
        "idea_field",
    ):
        op.drop_table(table)
    op.drop_constraint(op.f("ck_idea_details_cost"), "idea_details")
    for column in ("effect_unit", "baseline_value", "target_value", "wants_partner", "cost_from", "cost_to"):
        op.drop_column("idea_details", column)
    op.add_column(
        "idea_details", sa.Column("confidential_reason", sa.String(), server_default="", nullable=False)
    )
    op.execute(
        "update idea_details set confidential_reason = coalesce((select string_agg(distinct value, chr(10))"
        " from jsonb_each_text(confidential_reasons)), '')"
    )
    op.alter_column("idea_details", "confidential_reason", server_default=None)
    op.execute(
        "delete from blacked_text where thing = 'contribution' and field like 'confidential_reasons.%'"
    )
    op.drop_column("idea_details", "confidential_reasons")
