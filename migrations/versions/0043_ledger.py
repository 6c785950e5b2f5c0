"""Who was met on what, and when all got the same."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None

# Sealed tables, and in each the column that may follow when two accounts become one.
SEALED = {
    "ledger_entry": "noted_by_id",
    "ledger_organisation": "",
    "ledger_handout": "",
    "ledger_correction": "made_by_id",
    "ledger_export": "made_by_id",
}
SEAL = """
create function keep_sealed() returns trigger language plpgsql as $$
begin
    if tg_op = 'UPDATE' and tg_argv[0] <> '' and to_jsonb(new) - tg_argv[0] = to_jsonb(old) - tg_argv[0] then
        return new;
    end if;
    raise exception '% is sealed', tg_table_name using errcode = 'insufficient_privilege';
end $$
"""


def upgrade() -> None:
    op.create_table(
        "ledger_gap_closing",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("thing", sa.String(), nullable=False),
        sa.Column("thing_id", sa.BigInteger(), nullable=False),
        sa.Column("how", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), server_default="", nullable=False),
        sa.Column("url", sa.String(), nullable=True),
        sa.Column("published_on", sa.Date(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_by_id", sa.BigInteger(), nullable=True),
        sa.Column("reopened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reopened_by_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "(how = 'published') = (published_on is not null)",
            name=op.f("ck_ledger_gap_closing_published_on"),
        ),
        sa.CheckConstraint("how = 'published' or reason <> ''", name=op.f("ck_ledger_gap_closing_reason")),
        sa.CheckConstraint("how in ('published', 'justified')", name=op.f("ck_ledger_gap_closing_how")),
        sa.CheckConstraint(
            "thing in ('handout', 'answer', 'contribution')", name=op.f("ck_ledger_gap_closing_thing")
        ),
        sa.ForeignKeyConstraint(
            ["closed_by_id"],
            ["user_account.id"],
            name=op.f("fk_ledger_gap_closing_closed_by_id_user_account"),
        ),
        sa.ForeignKeyConstraint(
            ["reopened_by_id"],
            ["user_account.id"],
            name=op.f("fk_ledger_gap_closing_reopened_by_id_user_account"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_gap_closing")),
    )
    op.create_index(
        "ix_ledger_gap_closing_closed_by_id", "ledger_gap_closing", ["closed_by_id"], unique=False
    )
    op.create_index(
        "ix_ledger_gap_closing_reopened_by_id", "ledger_gap_closing", ["reopened_by_id"], unique=False
    )
    op.create_index(
        "uq_ledger_gap_closing_open",
        "ledger_gap_closing",
        ["thing", "thing_id"],
        unique=True,
        postgresql_where=sa.text("reopened_at is null"),
    )
    op.create_table(
        "tender",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.String(), nullable=True),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("text", sa.String(), server_default="", nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=True),
        sa.Column("expected_on", sa.Date(), nullable=True),
        sa.Column("state", sa.String(), server_default="coming", nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_example", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("state in ('coming', 'open', 'closed')", name=op.f("ck_tender_state")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_tender_organisation_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tender")),
        sa.UniqueConstraint("key", name=op.f("uq_tender_key")),
    )
    op.create_index("ix_tender_organisation_id", "tender", ["organisation_id"], unique=False)
    op.create_table(
        "ledger_export",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("tender_id", sa.BigInteger(), nullable=True),
        sa.Column("content", JSONB(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("gaps", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["made_by_id"], ["user_account.id"], name=op.f("fk_ledger_export_made_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(["tender_id"], ["tender.id"], name=op.f("fk_ledger_export_tender_id_tender")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_export")),
        sa.UniqueConstraint("number", name=op.f("uq_ledger_export_number")),
    )
    op.create_index("ix_ledger_export_made_by_id", "ledger_export", ["made_by_id"], unique=False)
    op.create_index("ix_ledger_export_tender_id", "ledger_export", ["tender_id"], unique=False)
    op.create_table(
        "tender_notice",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("tender_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("number", sa.String(), server_default="", nullable=False),
        sa.Column("announced_on", sa.Date(), nullable=True),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind in ('prior_information', 'ted', 'udbud_dk', 'ski', 'other')",
            name=op.f("ck_tender_notice_kind"),
        ),
        sa.ForeignKeyConstraint(["tender_id"], ["tender.id"], name=op.f("fk_tender_notice_tender_id_tender")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tender_notice")),
        sa.UniqueConstraint("tender_id", "url", name=op.f("uq_tender_notice_tender_id_url")),
    )
    op.create_table(
        "ledger_entry",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.String(), nullable=True),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("how", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("text", sa.String(), server_default="", nullable=False),
        sa.Column("tender_id", sa.BigInteger(), nullable=True),
        sa.Column("meeting_id", sa.BigInteger(), nullable=True),
        sa.Column("contribution_id", sa.BigInteger(), nullable=True),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("noted_by_id", sa.BigInteger(), nullable=True),
        sa.Column("is_example", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint("how in ('meeting', 'call', 'mail', 'other')", name=op.f("ck_ledger_entry_how")),
        sa.ForeignKeyConstraint(
            ["contribution_id"],
            ["contribution.id"],
            name=op.f("fk_ledger_entry_contribution_id_contribution"),
        ),
        sa.ForeignKeyConstraint(
            ["meeting_id"], ["meeting.id"], name=op.f("fk_ledger_entry_meeting_id_meeting")
        ),
        sa.ForeignKeyConstraint(
            ["noted_by_id"], ["user_account.id"], name=op.f("fk_ledger_entry_noted_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(["tender_id"], ["tender.id"], name=op.f("fk_ledger_entry_tender_id_tender")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_entry")),
        sa.UniqueConstraint("key", name=op.f("uq_ledger_entry_key")),
    )
    op.create_index("ix_ledger_entry_contribution_id", "ledger_entry", ["contribution_id"], unique=False)
    op.create_index("ix_ledger_entry_happened_on", "ledger_entry", ["happened_on"], unique=False)
    op.create_index("ix_ledger_entry_meeting_id", "ledger_entry", ["meeting_id"], unique=False)
    op.create_index("ix_ledger_entry_noted_by_id", "ledger_entry", ["noted_by_id"], unique=False)
    op.create_index("ix_ledger_entry_tender_id", "ledger_entry", ["tender_id"], unique=False)
    op.create_table(
        "ledger_handout",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("entry_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("text", sa.String(), server_default="", nullable=False),
        sa.Column("deck_id", sa.BigInteger(), nullable=True),
        sa.Column("file_key", sa.String(), nullable=True),
        sa.Column("filename", sa.String(), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.Column("sha256", sa.String(), nullable=True),
        sa.CheckConstraint("(kind = 'deck') = (deck_id is not null)", name=op.f("ck_ledger_handout_deck")),
        sa.CheckConstraint("(kind = 'file') = (file_key is not null)", name=op.f("ck_ledger_handout_file")),
        sa.CheckConstraint("kind <> 'text' or text <> ''", name=op.f("ck_ledger_handout_text")),
        sa.CheckConstraint("kind in ('text', 'file', 'deck')", name=op.f("ck_ledger_handout_kind")),
        sa.ForeignKeyConstraint(["deck_id"], ["deck.id"], name=op.f("fk_ledger_handout_deck_id_deck")),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["ledger_entry.id"], name=op.f("fk_ledger_handout_entry_id_ledger_entry")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_handout")),
        sa.UniqueConstraint("entry_id", "position", name=op.f("uq_ledger_handout_entry_id_position")),
    )
    op.create_index("ix_ledger_handout_deck_id", "ledger_handout", ["deck_id"], unique=False)
    op.create_table(
        "ledger_request",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("entry_id", sa.BigInteger(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by_id", sa.BigInteger(), nullable=True),
        sa.Column("answer_by", sa.Date(), nullable=False),
        sa.Column("noticed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision", sa.String(), nullable=True),
        sa.Column("reply", sa.String(), server_default="", nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "(decided_at is null) = (decision is null) and (decided_at is null) = (reply = '')",
            name=op.f("ck_ledger_request_decided"),
        ),
        sa.CheckConstraint("decision in ('corrected', 'declined')", name=op.f("ck_ledger_request_decision")),
        sa.ForeignKeyConstraint(
            ["asked_by_id"], ["user_account.id"], name=op.f("fk_ledger_request_asked_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["user_account.id"], name=op.f("fk_ledger_request_decided_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["ledger_entry.id"], name=op.f("fk_ledger_request_entry_id_ledger_entry")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_ledger_request_organisation_id_organisation"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_request")),
    )
    op.create_index(
        "ix_ledger_request_answer_by",
        "ledger_request",
        ["answer_by"],
        unique=False,
        postgresql_where=sa.text("decided_at is null"),
    )
    op.create_index("ix_ledger_request_asked_by_id", "ledger_request", ["asked_by_id"], unique=False)
    op.create_index("ix_ledger_request_decided_by_id", "ledger_request", ["decided_by_id"], unique=False)
    op.create_index("ix_ledger_request_organisation_id", "ledger_request", ["organisation_id"], unique=False)
    op.create_index(
        "uq_ledger_request_open",
        "ledger_request",
        ["entry_id", "organisation_id"],
        unique=True,
        postgresql_where=sa.text("decided_at is null"),
    )
    op.create_table(
        "ledger_staff",
        sa.Column("entry_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["ledger_entry.id"], name=op.f("fk_ledger_staff_entry_id_ledger_entry")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_ledger_staff_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("entry_id", "user_id", name=op.f("pk_ledger_staff")),
    )
    op.create_index("ix_ledger_staff_user_id", "ledger_staff", ["user_id"], unique=False)
    op.create_table(
        "tender_question",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("tender_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("contribution_id", sa.BigInteger(), nullable=True),
        sa.Column("entry_id", sa.BigInteger(), nullable=True),
        sa.Column("question", sa.String(), nullable=False),
        sa.Column("answer", sa.String(), server_default="", nullable=False),
        sa.Column("linked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("shared_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "(contribution_id is null) = (answer <> '')", name=op.f("ck_tender_question_answer")
        ),
        sa.CheckConstraint("(shared_at is null) = (number is null)", name=op.f("ck_tender_question_number")),
        sa.ForeignKeyConstraint(
            ["contribution_id"],
            ["contribution.id"],
            name=op.f("fk_tender_question_contribution_id_contribution"),
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["ledger_entry.id"], name=op.f("fk_tender_question_entry_id_ledger_entry")
        ),
        sa.ForeignKeyConstraint(
            ["tender_id"], ["tender.id"], name=op.f("fk_tender_question_tender_id_tender")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tender_question")),
        sa.UniqueConstraint("contribution_id", name=op.f("uq_tender_question_contribution_id")),
        sa.UniqueConstraint("tender_id", "number", name=op.f("uq_tender_question_tender_id_number")),
    )
    op.create_index("ix_tender_question_entry_id", "tender_question", ["entry_id"], unique=False)
    op.create_table(
        "ledger_correction",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("entry_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("words", JSONB(), nullable=False),
        sa.Column("added_ids", ARRAY(sa.BigInteger()), server_default="{}", nullable=False),
        sa.Column("removed_ids", ARRAY(sa.BigInteger()), server_default="{}", nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("request_id", sa.BigInteger(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["ledger_entry.id"], name=op.f("fk_ledger_correction_entry_id_ledger_entry")
        ),
        sa.ForeignKeyConstraint(
            ["made_by_id"], ["user_account.id"], name=op.f("fk_ledger_correction_made_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["request_id"], ["ledger_request.id"], name=op.f("fk_ledger_correction_request_id_ledger_request")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_correction")),
        sa.UniqueConstraint("entry_id", "number", name=op.f("uq_ledger_correction_entry_id_number")),
    )
    op.create_index("ix_ledger_correction_made_by_id", "ledger_correction", ["made_by_id"], unique=False)
    op.create_index("ix_ledger_correction_request_id", "ledger_correction", ["request_id"], unique=False)
    op.create_table(
        "tender_question_edition",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("question_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("question", sa.String(), nullable=False),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["question_id"],
            ["tender_question.id"],
            name=op.f("fk_tender_question_edition_question_id_tender_question"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tender_question_edition")),
        sa.UniqueConstraint(
            "question_id", "number", name=op.f("uq_tender_question_edition_question_id_number")
        ),
    )
    op.create_table(
        "ledger_organisation",
        sa.Column("entry_id", sa.BigInteger(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("correction_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["correction_id"],
            ["ledger_correction.id"],
            name=op.f("fk_ledger_organisation_correction_id_ledger_correction"),
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["ledger_entry.id"], name=op.f("fk_ledger_organisation_entry_id_ledger_entry")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_ledger_organisation_organisation_id_organisation"),
        ),
        sa.PrimaryKeyConstraint("entry_id", "organisation_id", name=op.f("pk_ledger_organisation")),
    )
    op.create_index(
        "ix_ledger_organisation_correction_id", "ledger_organisation", ["correction_id"], unique=False
    )
    op.create_index(
        "ix_ledger_organisation_organisation_id", "ledger_organisation", ["organisation_id"], unique=False
    )
    op.execute(SEAL)
    for table, person in SEALED.items():
        op.execute(
            f"create trigger {table}_sealed before update or delete on {table}"
            f" for each row execute function keep_sealed('{person}')"
        )


def downgrade() -> None:
    op.drop_table("ledger_organisation")
    op.drop_table("tender_question_edition")
    op.drop_table("ledger_correction")
    op.drop_table("tender_question")
    op.drop_table("ledger_staff")
    op.drop_table("ledger_request")
    op.drop_table("ledger_handout")
    op.drop_table("ledger_entry")
    op.drop_table("tender_notice")
    op.drop_table("ledger_export")
    op.drop_table("tender")
    op.drop_table("ledger_gap_closing")
    op.execute("drop function keep_sealed()")
