"""Rounds in which named people put needs in order; how mature each municipality finds itself."""

import sqlalchemy as sa
from alembic import op

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "maturity_dimension",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.String(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("name_en", sa.String(), server_default="", nullable=False),
        sa.Column("help", sa.String(), server_default="", nullable=False),
        sa.Column("help_en", sa.String(), server_default="", nullable=False),
        sa.Column("lowest", sa.String(), server_default="", nullable=False),
        sa.Column("lowest_en", sa.String(), server_default="", nullable=False),
        sa.Column("highest", sa.String(), server_default="", nullable=False),
        sa.Column("highest_en", sa.String(), server_default="", nullable=False),
        sa.Column("source", sa.String(), server_default="", nullable=False),
        sa.Column("source_en", sa.String(), server_default="", nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_maturity_dimension")),
        sa.UniqueConstraint("key", name=op.f("uq_maturity_dimension_key")),
    )
    op.create_table(
        "maturity_assessment",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("assessed_on", sa.Date(), nullable=False),
        sa.Column("note", sa.String(), server_default="", nullable=False),
        sa.Column("made_by_id", sa.BigInteger(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(
            ["made_by_id"], ["user_account.id"], name=op.f("fk_maturity_assessment_made_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_maturity_assessment_organisation_id_organisation"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_maturity_assessment")),
        sa.UniqueConstraint(
            "organisation_id", "assessed_on", name=op.f("uq_maturity_assessment_organisation_id_assessed_on")
        ),
    )
    op.create_index("ix_maturity_assessment_made_by_id", "maturity_assessment", ["made_by_id"], unique=False)
    op.create_table(
        "maturity_opening",
        sa.Column("organisation_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("visibility", sa.String(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_by_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "visibility in ('municipalities', 'public')", name=op.f("ck_maturity_opening_visibility")
        ),
        sa.ForeignKeyConstraint(
            ["opened_by_id"], ["user_account.id"], name=op.f("fk_maturity_opening_opened_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_maturity_opening_organisation_id_organisation"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", name=op.f("pk_maturity_opening")),
    )
    op.create_index("ix_maturity_opening_opened_by_id", "maturity_opening", ["opened_by_id"], unique=False)
    op.create_table(
        "maturity_level",
        sa.Column("assessment_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("dimension_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("note", sa.String(), server_default="", nullable=False),
        sa.CheckConstraint("level between 1 and 5", name=op.f("ck_maturity_level_level")),
        sa.ForeignKeyConstraint(
            ["assessment_id"],
            ["maturity_assessment.id"],
            name=op.f("fk_maturity_level_assessment_id_maturity_assessment"),
        ),
        sa.ForeignKeyConstraint(
            ["dimension_id"],
            ["maturity_dimension.id"],
            name=op.f("fk_maturity_level_dimension_id_maturity_dimension"),
        ),
        sa.PrimaryKeyConstraint("assessment_id", "dimension_id", name=op.f("pk_maturity_level")),
    )
    op.create_index("ix_maturity_level_dimension_id", "maturity_level", ["dimension_id"], unique=False)
    op.create_table(
        "priority_round",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=True),
        sa.Column("network_id", sa.BigInteger(), nullable=True),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("about", sa.String(), server_default="", nullable=False),
        sa.Column("method", sa.String(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=True),
        sa.Column("takes", sa.Integer(), nullable=True),
        sa.Column("visibility", sa.String(), server_default="own", nullable=False),
        sa.Column("closes_on", sa.Date(), nullable=True),
        sa.Column("follows_id", sa.BigInteger(), nullable=True),
        sa.Column("made_by_id", sa.BigInteger(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(), server_default="", nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancel_reason", sa.String(), server_default="", nullable=False),
        sa.Column("is_example", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "(method = 'points') = (points is not null)", name=op.f("ck_priority_round_points")
        ),
        sa.CheckConstraint("method in ('ranking', 'points')", name=op.f("ck_priority_round_method")),
        sa.CheckConstraint(
            "published_at is null or (closed_at is not null and reason <> '')",
            name=op.f("ck_priority_round_published_at"),
        ),
        sa.CheckConstraint(
            "visibility in ('public', 'municipalities', 'own')", name=op.f("ck_priority_round_visibility")
        ),
        sa.CheckConstraint(
            "cancelled_at is null or published_at is null", name=op.f("ck_priority_round_cancelled_at")
        ),
        sa.CheckConstraint(
            "closed_at is null or opened_at is not null", name=op.f("ck_priority_round_closed_at")
        ),
        sa.CheckConstraint("follows_id <> id", name=op.f("ck_priority_round_follows_id")),
        sa.CheckConstraint(
            "num_nonnulls(organisation_id, network_id) = 1", name=op.f("ck_priority_round_one_owner")
        ),
        sa.ForeignKeyConstraint(
            ["follows_id"], ["priority_round.id"], name=op.f("fk_priority_round_follows_id_priority_round")
        ),
        sa.ForeignKeyConstraint(
            ["made_by_id"], ["user_account.id"], name=op.f("fk_priority_round_made_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["network_id"], ["network.id"], name=op.f("fk_priority_round_network_id_network")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_priority_round_organisation_id_organisation"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_priority_round")),
        sa.UniqueConstraint("key", name=op.f("uq_priority_round_key")),
    )
    op.create_index("ix_priority_round_follows_id", "priority_round", ["follows_id"], unique=False)
    op.create_index("ix_priority_round_made_by_id", "priority_round", ["made_by_id"], unique=False)
    op.create_index("ix_priority_round_network_id", "priority_round", ["network_id"], unique=False)
    op.create_index("ix_priority_round_organisation_id", "priority_round", ["organisation_id"], unique=False)
    op.create_table(
        "priority_criterion",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("round_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("help", sa.String(), server_default="", nullable=False),
        sa.Column("weight", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("weight between 1 and 10", name=op.f("ck_priority_criterion_weight")),
        sa.ForeignKeyConstraint(
            ["round_id"], ["priority_round.id"], name=op.f("fk_priority_criterion_round_id_priority_round")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_priority_criterion")),
    )
    op.create_index("ix_priority_criterion_round_id", "priority_criterion", ["round_id"], unique=False)
    op.create_table(
        "priority_decider",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("round_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.String(), server_default="", nullable=False),
        sa.Column("named_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("handed_in_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "handed_in_at is null or replaced_at is null", name=op.f("ck_priority_decider_replaced_at")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_priority_decider_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["round_id"], ["priority_round.id"], name=op.f("fk_priority_decider_round_id_priority_round")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_priority_decider_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_priority_decider")),
    )
    op.create_index(
        "ix_priority_decider_organisation_id", "priority_decider", ["organisation_id"], unique=False
    )
    op.create_index("ix_priority_decider_user_id", "priority_decider", ["user_id"], unique=False)
    op.create_index(
        "uq_priority_decider_user_id",
        "priority_decider",
        ["round_id", "user_id"],
        unique=True,
        postgresql_where=sa.text("replaced_at is null"),
    )
    op.create_table(
        "priority_need",
        sa.Column("round_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("contribution_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("place", sa.Integer(), nullable=True),
        sa.CheckConstraint("num_nonnulls(score, place) in (0, 2)", name=op.f("ck_priority_need_place")),
        sa.ForeignKeyConstraint(
            ["contribution_id"],
            ["contribution.id"],
            name=op.f("fk_priority_need_contribution_id_contribution"),
        ),
        sa.ForeignKeyConstraint(
            ["round_id"], ["priority_round.id"], name=op.f("fk_priority_need_round_id_priority_round")
        ),
        sa.PrimaryKeyConstraint("round_id", "contribution_id", name=op.f("pk_priority_need")),
    )
    op.create_index("ix_priority_need_contribution_id", "priority_need", ["contribution_id"], unique=False)
    op.create_table(
        "priority_vote",
        sa.Column("decider_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("criterion_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("contribution_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.CheckConstraint("value between 0 and 1000", name=op.f("ck_priority_vote_value")),
        sa.ForeignKeyConstraint(
            ["contribution_id"],
            ["contribution.id"],
            name=op.f("fk_priority_vote_contribution_id_contribution"),
        ),
        sa.ForeignKeyConstraint(
            ["criterion_id"],
            ["priority_criterion.id"],
            name=op.f("fk_priority_vote_criterion_id_priority_criterion"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["decider_id"],
            ["priority_decider.id"],
            name=op.f("fk_priority_vote_decider_id_priority_decider"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "decider_id", "criterion_id", "contribution_id", name=op.f("pk_priority_vote")
        ),
    )
    op.create_index("ix_priority_vote_contribution_id", "priority_vote", ["contribution_id"], unique=False)
    op.create_index("ix_priority_vote_criterion_id", "priority_vote", ["criterion_id"], unique=False)


def downgrade() -> None:
    op.drop_table("priority_vote")
    op.drop_table("priority_need")
    op.drop_table("priority_decider")
    op.drop_table("priority_criterion")
    op.drop_table("priority_round")
    op.drop_table("maturity_level")
    op.drop_table("maturity_opening")
    op.drop_table("maturity_assessment")
    op.drop_table("maturity_dimension")
