"""Ideas and projects held against the themes of a strategy."""

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "criterion",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.String(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("name_en", sa.String(), server_default="", nullable=False),
        sa.Column("help", sa.String(), server_default="", nullable=False),
        sa.Column("help_en", sa.String(), server_default="", nullable=False),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("weight between 1 and 10", name=op.f("ck_criterion_weight")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_criterion")),
        sa.UniqueConstraint("key", name=op.f("uq_criterion_key")),
    )
    op.create_table(
        "pressure_test",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.String(), nullable=True),
        sa.Column("idea_id", sa.BigInteger(), nullable=True),
        sa.Column("project_id", sa.BigInteger(), nullable=True),
        sa.Column("title", sa.String(), server_default="", nullable=False),
        sa.Column("text", sa.String(), server_default="", nullable=False),
        sa.Column("owner_id", sa.BigInteger(), nullable=True),
        sa.Column("wanted", sa.Integer(), server_default="2", nullable=False),
        sa.Column("retest_of_id", sa.BigInteger(), nullable=True),
        sa.Column("made_by_id", sa.BigInteger(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancel_reason", sa.String(), server_default="", nullable=False),
        sa.Column("is_example", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "(settled_at is not null) = coalesce(outcome in ('through', 'drawing_board'), false)",
            name=op.f("ck_pressure_test_settled_at"),
        ),
        sa.CheckConstraint(
            "num_nonnulls(idea_id, project_id) + (title <> '')::int = 1",
            name=op.f("ck_pressure_test_subject"),
        ),
        sa.CheckConstraint(
            "outcome in ('talk', 'through', 'drawing_board')", name=op.f("ck_pressure_test_outcome")
        ),
        sa.CheckConstraint("title = '' or owner_id is not null", name=op.f("ck_pressure_test_own_words")),
        sa.CheckConstraint("(done_at is null) = (outcome is null)", name=op.f("ck_pressure_test_done_at")),
        sa.CheckConstraint(
            "opened_at is null or (owner_id is not null and wanted = 2)",
            name=op.f("ck_pressure_test_opened_at"),
        ),
        sa.CheckConstraint(
            "published_at is null or (settled_at is not null and cancelled_at is null and (owner_id is null or opened_at is not null))",
            name=op.f("ck_pressure_test_published_at"),
        ),
        sa.CheckConstraint("retest_of_id <> id", name=op.f("ck_pressure_test_retest_of")),
        sa.CheckConstraint(
            "wanted = 2 or (wanted = 1 and owner_id is not null)", name=op.f("ck_pressure_test_wanted")
        ),
        sa.ForeignKeyConstraint(
            ["idea_id"], ["contribution.id"], name=op.f("fk_pressure_test_idea_id_contribution")
        ),
        sa.ForeignKeyConstraint(
            ["made_by_id"], ["user_account.id"], name=op.f("fk_pressure_test_made_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["organisation.id"], name=op.f("fk_pressure_test_owner_id_organisation")
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_pressure_test_project_id_project")
        ),
        sa.ForeignKeyConstraint(
            ["retest_of_id"], ["pressure_test.id"], name=op.f("fk_pressure_test_retest_of_id_pressure_test")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pressure_test")),
        sa.UniqueConstraint("key", name=op.f("uq_pressure_test_key")),
    )
    op.create_index("ix_pressure_test_idea_id", "pressure_test", ["idea_id"], unique=False)
    op.create_index("ix_pressure_test_made_at", "pressure_test", ["made_at"], unique=False)
    op.create_index("ix_pressure_test_made_by_id", "pressure_test", ["made_by_id"], unique=False)
    op.create_index("ix_pressure_test_owner_id", "pressure_test", ["owner_id"], unique=False)
    op.create_index("ix_pressure_test_project_id", "pressure_test", ["project_id"], unique=False)
    op.create_index(
        "uq_pressure_test_retest_of_id",
        "pressure_test",
        ["retest_of_id"],
        unique=True,
        postgresql_where=sa.text("cancelled_at is null"),
    )
    op.create_table(
        "pressure_test_assessor",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("test_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("organisation_id", sa.BigInteger(), nullable=True),
        sa.Column("named_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("conflict", sa.String(), nullable=True),
        sa.Column("conflict_note", sa.String(), server_default="", nullable=False),
        sa.Column("declared_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "conflict in ('none', 'declared')", name=op.f("ck_pressure_test_assessor_conflict")
        ),
        sa.CheckConstraint(
            "finished_at is null or coalesce(conflict = 'none', false)",
            name=op.f("ck_pressure_test_assessor_finished_at"),
        ),
        sa.CheckConstraint(
            "(conflict is null) = (declared_at is null)", name=op.f("ck_pressure_test_assessor_declared_at")
        ),
        sa.CheckConstraint(
            "finished_at is null or replaced_at is null", name=op.f("ck_pressure_test_assessor_replaced_at")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_pressure_test_assessor_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["test_id"], ["pressure_test.id"], name=op.f("fk_pressure_test_assessor_test_id_pressure_test")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_pressure_test_assessor_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pressure_test_assessor")),
        sa.UniqueConstraint("test_id", "user_id", name=op.f("uq_pressure_test_assessor_test_id_user_id")),
    )
    op.create_index(
        "ix_pressure_test_assessor_organisation_id",
        "pressure_test_assessor",
        ["organisation_id"],
        unique=False,
    )
    op.create_index("ix_pressure_test_assessor_user_id", "pressure_test_assessor", ["user_id"], unique=False)
    op.create_index(
        "uq_pressure_test_assessor_position",
        "pressure_test_assessor",
        ["test_id", "position"],
        unique=True,
        postgresql_where=sa.text("replaced_at is null"),
    )
    op.create_table(
        "pressure_test_criterion",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("test_id", sa.BigInteger(), nullable=False),
        sa.Column("criterion_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("name_en", sa.String(), server_default="", nullable=False),
        sa.Column("help", sa.String(), server_default="", nullable=False),
        sa.Column("help_en", sa.String(), server_default="", nullable=False),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["criterion_id"], ["criterion.id"], name=op.f("fk_pressure_test_criterion_criterion_id_criterion")
        ),
        sa.ForeignKeyConstraint(
            ["test_id"], ["pressure_test.id"], name=op.f("fk_pressure_test_criterion_test_id_pressure_test")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pressure_test_criterion")),
        sa.UniqueConstraint(
            "test_id", "criterion_id", name=op.f("uq_pressure_test_criterion_test_id_criterion_id")
        ),
    )
    op.create_index(
        "ix_pressure_test_criterion_criterion_id", "pressure_test_criterion", ["criterion_id"], unique=False
    )
    op.create_table(
        "pressure_test_strategy",
        sa.Column("test_id", sa.BigInteger(), nullable=False),
        sa.Column("strategy_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("title_en", sa.String(), server_default="", nullable=False),
        sa.Column("mark", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["strategy_id"], ["strategy.id"], name=op.f("fk_pressure_test_strategy_strategy_id_strategy")
        ),
        sa.ForeignKeyConstraint(
            ["test_id"], ["pressure_test.id"], name=op.f("fk_pressure_test_strategy_test_id_pressure_test")
        ),
        sa.PrimaryKeyConstraint("test_id", "strategy_id", name=op.f("pk_pressure_test_strategy")),
    )
    op.create_index(
        op.f("ix_pressure_test_strategy_strategy_id"), "pressure_test_strategy", ["strategy_id"], unique=False
    )
    op.create_table(
        "pressure_test_theme",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("test_id", sa.BigInteger(), nullable=False),
        sa.Column("strategy_id", sa.BigInteger(), nullable=False),
        sa.Column("theme_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("above", sa.String(), server_default="", nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("name_en", sa.String(), server_default="", nullable=False),
        sa.Column("description", sa.String(), server_default="", nullable=False),
        sa.Column("value", sa.String(), nullable=True),
        sa.CheckConstraint("value in ('hits', 'partly', 'not')", name=op.f("ck_pressure_test_theme_value")),
        sa.ForeignKeyConstraint(
            ["strategy_id"], ["strategy.id"], name=op.f("fk_pressure_test_theme_strategy_id_strategy")
        ),
        sa.ForeignKeyConstraint(
            ["test_id"], ["pressure_test.id"], name=op.f("fk_pressure_test_theme_test_id_pressure_test")
        ),
        sa.ForeignKeyConstraint(
            ["theme_id"], ["theme.id"], name=op.f("fk_pressure_test_theme_theme_id_theme")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pressure_test_theme")),
        sa.UniqueConstraint("test_id", "theme_id", name=op.f("uq_pressure_test_theme_test_id_theme_id")),
    )
    op.create_index(
        "ix_pressure_test_theme_strategy_id", "pressure_test_theme", ["strategy_id"], unique=False
    )
    op.create_index("ix_pressure_test_theme_theme_id", "pressure_test_theme", ["theme_id"], unique=False)
    op.create_table(
        "pressure_test_agreement",
        sa.Column("held_theme_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("agreed_by_id", sa.BigInteger(), nullable=True),
        sa.Column("agreed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "value in ('hits', 'partly', 'not')", name=op.f("ck_pressure_test_agreement_value")
        ),
        sa.ForeignKeyConstraint(
            ["agreed_by_id"],
            ["user_account.id"],
            name=op.f("fk_pressure_test_agreement_agreed_by_id_user_account"),
        ),
        sa.ForeignKeyConstraint(
            ["held_theme_id"],
            ["pressure_test_theme.id"],
            name=op.f("fk_pressure_test_agreement_held_theme_id_pressure_test_theme"),
        ),
        sa.PrimaryKeyConstraint("held_theme_id", name=op.f("pk_pressure_test_agreement")),
    )
    op.create_index(
        "ix_pressure_test_agreement_agreed_by_id", "pressure_test_agreement", ["agreed_by_id"], unique=False
    )
    op.create_table(
        "pressure_test_assessment",
        sa.Column("assessor_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("held_theme_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("value", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), server_default="", nullable=False),
        sa.CheckConstraint(
            "value in ('hits', 'partly', 'not')", name=op.f("ck_pressure_test_assessment_value")
        ),
        sa.ForeignKeyConstraint(
            ["assessor_id"],
            ["pressure_test_assessor.id"],
            name=op.f("fk_pressure_test_assessment_assessor_id_pressure_test_assessor"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["held_theme_id"],
            ["pressure_test_theme.id"],
            name=op.f("fk_pressure_test_assessment_held_theme_id_pressure_test_theme"),
        ),
        sa.PrimaryKeyConstraint("assessor_id", "held_theme_id", name=op.f("pk_pressure_test_assessment")),
    )
    op.create_index(
        "ix_pressure_test_assessment_held_theme_id",
        "pressure_test_assessment",
        ["held_theme_id"],
        unique=False,
    )
    op.create_table(
        "pressure_test_score",
        sa.Column("assessor_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("held_criterion_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(), server_default="", nullable=False),
        sa.CheckConstraint("score between 1 and 5", name=op.f("ck_pressure_test_score_score")),
        sa.ForeignKeyConstraint(
            ["assessor_id"],
            ["pressure_test_assessor.id"],
            name=op.f("fk_pressure_test_score_assessor_id_pressure_test_assessor"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["held_criterion_id"],
            ["pressure_test_criterion.id"],
            name=op.f("fk_pressure_test_score_held_criterion_id_pressure_test_criterion"),
        ),
        sa.PrimaryKeyConstraint("assessor_id", "held_criterion_id", name=op.f("pk_pressure_test_score")),
    )
    op.create_index(
        "ix_pressure_test_score_held_criterion_id", "pressure_test_score", ["held_criterion_id"], unique=False
    )


def downgrade() -> None:
    op.drop_index("ix_pressure_test_score_held_criterion_id", table_name="pressure_test_score")
    op.drop_table("pressure_test_score")
    op.drop_index("ix_pressure_test_assessment_held_theme_id", table_name="pressure_test_assessment")
    op.drop_table("pressure_test_assessment")
    op.drop_index("ix_pressure_test_agreement_agreed_by_id", table_name="pressure_test_agreement")
    op.drop_table("pressure_test_agreement")
    op.drop_index("ix_pressure_test_theme_theme_id", table_name="pressure_test_theme")
    op.drop_index("ix_pressure_test_theme_strategy_id", table_name="pressure_test_theme")
    op.drop_table("pressure_test_theme")
    op.drop_index(op.f("ix_pressure_test_strategy_strategy_id"), table_name="pressure_test_strategy")
    op.drop_table("pressure_test_strategy")
    op.drop_index("ix_pressure_test_criterion_criterion_id", table_name="pressure_test_criterion")
    op.drop_table("pressure_test_criterion")
    op.drop_index(
        "uq_pressure_test_assessor_position",
        table_name="pressure_test_assessor",
        postgresql_where=sa.text("replaced_at is null"),
    )
    op.drop_index("ix_pressure_test_assessor_user_id", table_name="pressure_test_assessor")
    op.drop_index("ix_pressure_test_assessor_organisation_id", table_name="pressure_test_assessor")
    op.drop_table("pressure_test_assessor")
    op.drop_index(
        "uq_pressure_test_retest_of_id",
        table_name="pressure_test",
        postgresql_where=sa.text("cancelled_at is null"),
    )
    op.drop_index("ix_pressure_test_project_id", table_name="pressure_test")
    op.drop_index("ix_pressure_test_owner_id", table_name="pressure_test")
    op.drop_index("ix_pressure_test_made_by_id", table_name="pressure_test")
    op.drop_index("ix_pressure_test_made_at", table_name="pressure_test")
    op.drop_index("ix_pressure_test_idea_id", table_name="pressure_test")
    op.drop_table("pressure_test")
    op.drop_table("criterion")
