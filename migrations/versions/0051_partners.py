"""Who would like to talk with whom about the same need."""

import sqlalchemy as sa
from alembic import op

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "contact_request",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("need_id", sa.BigInteger(), nullable=False),
        sa.Column("asked_need_id", sa.BigInteger(), nullable=False),
        sa.Column("asking_id", sa.BigInteger(), nullable=False),
        sa.Column("asked_id", sa.BigInteger(), nullable=False),
        sa.Column("message", sa.String(), server_default="", nullable=False),
        sa.Column("asked_as", sa.String(), server_default="", nullable=False),
        sa.Column("asked_by_id", sa.BigInteger(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer_by", sa.Date(), nullable=False),
        sa.Column("state", sa.String(), server_default="open", nullable=False),
        sa.Column("answered_by_id", sa.BigInteger(), nullable=True),
        sa.Column("answered_as", sa.String(), server_default="", nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(state = 'open') = (ended_at is null)", name=op.f("ck_contact_request_ended")),
        sa.CheckConstraint(
            "state in ('open', 'yes', 'no', 'withdrawn', 'ended')", name=op.f("ck_contact_request_state")
        ),
        sa.CheckConstraint("asking_id <> asked_id", name=op.f("ck_contact_request_others")),
        sa.ForeignKeyConstraint(
            ["answered_by_id"],
            ["user_account.id"],
            name=op.f("fk_contact_request_answered_by_id_user_account"),
        ),
        sa.ForeignKeyConstraint(
            ["asked_by_id"], ["user_account.id"], name=op.f("fk_contact_request_asked_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["asked_id"], ["organisation.id"], name=op.f("fk_contact_request_asked_id_organisation")
        ),
        sa.ForeignKeyConstraint(
            ["asked_need_id"], ["contribution.id"], name=op.f("fk_contact_request_asked_need_id_contribution")
        ),
        sa.ForeignKeyConstraint(
            ["asking_id"], ["organisation.id"], name=op.f("fk_contact_request_asking_id_organisation")
        ),
        sa.ForeignKeyConstraint(
            ["need_id"], ["contribution.id"], name=op.f("fk_contact_request_need_id_contribution")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_request")),
    )
    op.create_index(
        "ix_contact_request_answer_by",
        "contact_request",
        ["answer_by"],
        unique=False,
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index("ix_contact_request_answered_by_id", "contact_request", ["answered_by_id"], unique=False)
    op.create_index("ix_contact_request_asked_by_id", "contact_request", ["asked_by_id"], unique=False)
    op.create_index("ix_contact_request_asked_id", "contact_request", ["asked_id"], unique=False)
    op.create_index("ix_contact_request_asked_need_id", "contact_request", ["asked_need_id"], unique=False)
    op.create_index("ix_contact_request_asking_id", "contact_request", ["asking_id"], unique=False)
    op.create_index(
        "uq_contact_request_open",
        "contact_request",
        ["need_id", "asking_id", "asked_id"],
        unique=True,
        postgresql_where=sa.text("state = 'open'"),
    )


def downgrade() -> None:
    op.drop_table("contact_request")
