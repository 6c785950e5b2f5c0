"""A draft of the programme beside the published one, and what each publishing changed."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

OF_PROGRAMMES = ("agenda_item", "panel_task", "appearance")


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    for table in OF_PROGRAMMES:
        op.add_column(table, sa.Column("draft", postgresql.JSONB(none_as_null=True), nullable=True))
        for name in ("is_new", "is_removed"):
            op.add_column(table, sa.Column(name, sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("meeting", sa.Column("programme_published_at", moment, nullable=True))
    op.add_column("meeting", sa.Column("programme_version", sa.Integer(), server_default="1", nullable=False))
    op.execute("update meeting set programme_published_at = published_at")
    op.create_table(
        "programme_edition",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("meeting_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("published_at", moment, nullable=False),
        sa.Column("published_by_id", sa.BigInteger(), nullable=True),
        sa.Column("changes", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(
            ["meeting_id"], ["meeting.id"], name=op.f("fk_programme_edition_meeting_id_meeting")
        ),
        sa.ForeignKeyConstraint(
            ["published_by_id"],
            ["user_account.id"],
            name=op.f("fk_programme_edition_published_by_id_user_account"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programme_edition")),
        sa.UniqueConstraint("meeting_id", "number", name=op.f("uq_programme_edition_meeting_id_number")),
    )
    op.create_index(op.f("ix_programme_edition_published_by_id"), "programme_edition", ["published_by_id"])


def downgrade() -> None:
    op.drop_table("programme_edition")
    # What stands only in a draft was never shown to anybody; the programme stays as it was published.
    for statement in (
        "delete from panel_task where is_new",
        "delete from appearance where is_new",
        "delete from agenda_item where is_new",
    ):
        op.execute(statement)
    op.drop_column("meeting", "programme_version")
    op.drop_column("meeting", "programme_published_at")
    for table in reversed(OF_PROGRAMMES):
        for name in ("is_removed", "is_new", "draft"):
            op.drop_column(table, name)
