"""Where other systems want to hear what happened, and what was sent there."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0058"
down_revision = "0057"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "webhook",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("happenings", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("salt_before", sa.LargeBinary()),
        sa.Column("before_until", sa.DateTime(timezone=True)),
        sa.Column("made_by_id", sa.BigInteger()),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rests_until", sa.DateTime(timezone=True)),
        sa.Column("stopped_at", sa.DateTime(timezone=True)),
        sa.Column("stopped_because", sa.String()),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("(stopped_at is null) = (stopped_because is null)", name="ck_webhook_stopped"),
        sa.CheckConstraint(
            "stopped_because in ('failing', 'gone', 'own', 'staff')", name="ck_webhook_stopped_because"
        ),
        sa.CheckConstraint("(salt_before is null) = (before_until is null)", name="ck_webhook_before"),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name="fk_webhook_organisation_id_organisation"
        ),
        sa.ForeignKeyConstraint(
            ["made_by_id"], ["user_account.id"], name="fk_webhook_made_by_id_user_account"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_webhook"),
    )
    op.create_index("ix_webhook_organisation_id", "webhook", ["organisation_id"])
    op.create_index("ix_webhook_made_by_id", "webhook", ["made_by_id"])
    op.create_table(
        "webhook_event",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("object_id", sa.BigInteger(), nullable=False),
        sa.Column("detail_id", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_webhook_event"),
        sa.UniqueConstraint("public_id", name="uq_webhook_event_public_id"),
        sa.UniqueConstraint(
            "what", "object_id", "detail_id", name="uq_webhook_event_what_object_id_detail_id"
        ),
    )
    op.create_table(
        "webhook_delivery",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("webhook_id", sa.BigInteger(), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), server_default="waiting", nullable=False),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True)),
        sa.Column("done_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint(
            "state in ('waiting', 'delivered', 'given_up', 'dropped')", name="ck_webhook_delivery_state"
        ),
        sa.CheckConstraint("(state = 'waiting') = (next_at is not null)", name="ck_webhook_delivery_next_at"),
        sa.ForeignKeyConstraint(
            ["webhook_id"], ["webhook.id"], name="fk_webhook_delivery_webhook_id_webhook"
        ),
        sa.ForeignKeyConstraint(
            ["event_id"], ["webhook_event.id"], name="fk_webhook_delivery_event_id_webhook_event"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_webhook_delivery"),
        sa.UniqueConstraint("webhook_id", "event_id", name="uq_webhook_delivery_webhook_id_event_id"),
    )
    op.create_index("ix_webhook_delivery_event_id", "webhook_delivery", ["event_id"])
    op.create_index(
        "ix_webhook_delivery_next_at",
        "webhook_delivery",
        ["next_at"],
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_table(
        "webhook_try",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("delivery_id", sa.BigInteger(), nullable=False),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("milliseconds", sa.Integer(), nullable=False),
        sa.Column("status", sa.Integer()),
        sa.Column("problem", sa.String(), server_default="", nullable=False),
        sa.Column("excerpt", sa.String(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["webhook_delivery.id"], name="fk_webhook_try_delivery_id_webhook_delivery"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_webhook_try"),
    )
    op.create_index("ix_webhook_try_delivery_id", "webhook_try", ["delivery_id"])


def downgrade() -> None:
    for table in ("webhook_try", "webhook_delivery", "webhook_event", "webhook"):
        op.drop_table(table)
