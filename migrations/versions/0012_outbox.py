"""Mails with calendars and HTML, the outbox, and who wants no more mails."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "signing_key",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_signing_key_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signing_key")),
    )
    op.add_column("mail", sa.Column("calendar", sa.LargeBinary(), nullable=True))
    op.add_column("mail", sa.Column("calendar_method", sa.String(), server_default="PUBLISH", nullable=False))
    op.add_column("mail", sa.Column("unsubscribe", sa.String(), nullable=True))
    op.add_column("mail", sa.Column("refused_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("mail", sa.Column("bounced_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("mail", sa.Column("tries", sa.Integer(), server_default="0", nullable=False))
    op.add_column("mail", sa.Column("problem", sa.String(), server_default="", nullable=False))
    op.create_index("ix_mail_message_id", "mail", ["message_id"])
    _create_outbox()


def _create_outbox() -> None:
    op.create_table(
        "batch",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("meeting_id", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("facts", JSONB(), nullable=False),
        sa.Column("created_by_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("send_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_by_id", sa.BigInteger(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "status in ('waiting', 'planned', 'sending', 'sent', 'discarded')", name=op.f("ck_batch_status")
        ),
        sa.CheckConstraint("(status = 'planned') <= (send_at is not null)", name=op.f("ck_batch_send_at")),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name=op.f("fk_batch_meeting_id_meeting")),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["user_account.id"], name=op.f("fk_batch_created_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["sent_by_id"], ["user_account.id"], name=op.f("fk_batch_sent_by_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batch")),
    )
    op.create_index("ix_batch_meeting_id", "batch", ["meeting_id"])
    op.create_index("ix_batch_status", "batch", ["status"])
    op.create_index("ix_batch_created_by_id", "batch", ["created_by_id"])
    op.create_index("ix_batch_sent_by_id", "batch", ["sent_by_id"])
    op.create_table(
        "batch_text",
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["batch.id"], name=op.f("fk_batch_text_batch_id_batch"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("batch_id", "language", name=op.f("pk_batch_text")),
    )
    op.create_table(
        "letter",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("about", sa.String(), nullable=True),
        sa.Column("about_id", sa.BigInteger(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("mail_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "status in ('waiting', 'sent', 'skipped', 'failed', 'bounced')", name=op.f("ck_letter_status")
        ),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["batch.id"], name=op.f("fk_letter_batch_id_batch"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_letter_user_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["mail_id"], ["mail.id"], name=op.f("fk_letter_mail_id_mail"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter")),
        sa.UniqueConstraint("mail_id", name=op.f("uq_letter_mail_id")),
    )
    op.create_index("uq_letter_batch_id_email", "letter", ["batch_id", sa.text("lower(email)")], unique=True)
    op.create_index("ix_letter_about", "letter", ["about", "about_id"])
    op.create_index("ix_letter_user_id", "letter", ["user_id"])
    op.create_table(
        "mail_optout",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_optout")),
        sa.UniqueConstraint("email", name=op.f("uq_mail_optout_email")),
    )


def downgrade() -> None:
    for table in ("mail_optout", "letter", "batch_text", "batch"):
        op.drop_table(table)
    op.drop_index("ix_mail_message_id", table_name="mail")
    for column in (
        "problem",
        "tries",
        "bounced_at",
        "refused_at",
        "unsubscribe",
        "calendar_method",
        "calendar",
    ):
        op.drop_column("mail", column)
    op.drop_table("signing_key")
