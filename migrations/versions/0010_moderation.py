"""Reports, and what is held back."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _hold_back()
    _keep_words_apart()
    _decide()


def _hold_back() -> None:
    op.add_column("contribution", sa.Column("waiting_reason", sa.String(), nullable=True))
    op.add_column("contribution", sa.Column("let_through_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("contribution", sa.Column("hidden_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_contribution_waiting",
        "contribution",
        ["received_at"],
        postgresql_where=sa.text("waiting_reason is not null"),
    )


def _keep_words_apart() -> None:
    """What people wrote goes out of the log, which cannot be made to forget, into tables that can."""
    op.create_table(
        "contribution_wording",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("contribution_id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("words", JSONB(), nullable=False),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["contribution_id"],
            ["contribution.id"],
            name=op.f("fk_contribution_wording_contribution_id_contribution"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contribution_wording")),
        sa.UniqueConstraint(
            "contribution_id", "version", name=op.f("uq_contribution_wording_contribution_id_version")
        ),
    )
    op.create_table(
        "blacked_text",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("thing", sa.String(), nullable=False),
        sa.Column("thing_id", sa.BigInteger(), nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("original", sa.String(), nullable=False),
        sa.Column("spans", JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_blacked_text")),
        sa.UniqueConstraint("thing", "thing_id", "field", name=op.f("uq_blacked_text_thing_thing_id_field")),
    )
    # Entries of corrections hold no version: the oldest one is the first.
    op.execute("""
        insert into contribution_wording (contribution_id, version, words, replaced_at)
        select thing_id, row_number() over (partition by thing_id order by id), words, at
        from audit_entry, lateral (
            select jsonb_object_agg(key, value) as words, jsonb_object_agg(key, after->key) as later
            from jsonb_each(before)
            where key in ('title', 'body', 'task', 'said_by_text', 'on_behalf_of_text')
        ) old
        where thing = 'contribution' and verb = 'edit' and before ? 'body' and words is distinct from later
    """)
    op.execute("""
        update audit_entry
        -- What is empty stands as the null of JSON, which has no keys to take away.
        set before = nullif(before, 'null') - array['title', 'body', 'task', 'said_by_text', 'on_behalf_of_text'],
            after = nullif(after, 'null') - array['title', 'body', 'task', 'said_by_text', 'on_behalf_of_text']
        where thing = 'contribution' or verb = 'add_cards'
    """)
    op.execute("""
        update audit_entry
        set after = after || jsonb_build_object('cards', (
            select coalesce(jsonb_agg(reference order by reference), '[]') from jsonb_object_keys(after->'cards') as reference
        ))
        where verb = 'add_cards' and jsonb_typeof(after->'cards') = 'object'
    """)


def _decide() -> None:
    op.create_table(
        "moderation_decision",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("contribution_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("decided_by_id", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind in ('leave','hide','show','uphold','black_out','unblack')",
            name=op.f("ck_moderation_decision_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["contribution_id"],
            ["contribution.id"],
            name=op.f("fk_moderation_decision_contribution_id_contribution"),
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"],
            ["user_account.id"],
            name=op.f("fk_moderation_decision_decided_by_id_user_account"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_moderation_decision")),
    )
    op.create_index("ix_moderation_decision_contribution_id", "moderation_decision", ["contribution_id"])
    op.create_index("ix_moderation_decision_decided_at", "moderation_decision", ["decided_at"])
    op.create_table(
        "moderation_report",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("contribution_id", sa.BigInteger(), nullable=False),
        sa.Column("reporter_id", sa.BigInteger(), nullable=True),
        sa.Column("reporter_mail", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decision_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["contribution_id"],
            ["contribution.id"],
            name=op.f("fk_moderation_report_contribution_id_contribution"),
        ),
        sa.ForeignKeyConstraint(
            ["reporter_id"], ["user_account.id"], name=op.f("fk_moderation_report_reporter_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["decision_id"],
            ["moderation_decision.id"],
            name=op.f("fk_moderation_report_decision_id_moderation_decision"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_moderation_report")),
        sa.UniqueConstraint(
            "contribution_id", "reporter_id", name=op.f("uq_moderation_report_contribution_id_reporter_id")
        ),
    )
    op.create_index(
        "uq_moderation_report_contribution_id_reporter_mail",
        "moderation_report",
        ["contribution_id", "reporter_mail"],
        unique=True,
        postgresql_where=sa.text("reporter_mail <> ''"),
    )
    op.create_index("ix_moderation_report_reporter_id", "moderation_report", ["reporter_id"])
    op.create_index(
        "ix_moderation_report_open",
        "moderation_report",
        ["contribution_id"],
        postgresql_where=sa.text("decision_id is null"),
    )
    op.create_table(
        "moderation_objection",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("decision_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["decision_id"],
            ["moderation_decision.id"],
            name=op.f("fk_moderation_objection_decision_id_moderation_decision"),
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_moderation_objection_user_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["outcome_id"],
            ["moderation_decision.id"],
            name=op.f("fk_moderation_objection_outcome_id_moderation_decision"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_moderation_objection")),
        sa.UniqueConstraint("decision_id", name=op.f("uq_moderation_objection_decision_id")),
    )
    op.create_index(
        "ix_moderation_objection_open",
        "moderation_objection",
        ["decision_id"],
        postgresql_where=sa.text("outcome_id is null"),
    )


def downgrade() -> None:
    """The words that left the log do not come back."""
    for table in (
        "moderation_objection",
        "moderation_report",
        "moderation_decision",
        "blacked_text",
        "contribution_wording",
    ):
        op.drop_table(table)
    op.drop_index("ix_contribution_waiting", "contribution")
    for column in ("hidden_at", "let_through_at", "waiting_reason"):
        op.drop_column("contribution", column)
