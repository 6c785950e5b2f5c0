"""What is followed is told of at the pace that was asked for."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

OLD_KINDS = "kind in ('theme','wish','idea','meeting','organisation','project')"
KINDS = (
    "kind in ('theme', 'wish', 'idea', 'card', 'question', 'need', 'commitment', 'meeting', 'series', "
    "'organisation', 'project')"
)
NEW_KINDS = "('card', 'question', 'need', 'commitment', 'series')"
WHAT = (
    "what in ('said', 'gathered', 'answered', 'corrected', 'promised', 'moved', 'measured', 'late', "
    "'judged', 'announced', 'programme', 'meeting_moved', 'cancelled', 'postponed', 'resumed', 'minutes')"
)


def upgrade() -> None:
    op.drop_constraint(op.f("ck_follow_kind"), "follow", type_="check")
    op.create_check_constraint(op.f("ck_follow_kind"), "follow", KINDS)
    # Who followed something before was never promised a mail.
    op.add_column("follow", sa.Column("pace", sa.String(), server_default="never", nullable=False))
    op.create_check_constraint(
        op.f("ck_follow_pace"), "follow", "pace in ('at_once', 'daily', 'weekly', 'never')"
    )
    op.create_table(
        "follow_news",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("follow_id", sa.BigInteger(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("object_id", sa.BigInteger(), nullable=False),
        sa.Column("detail_id", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(WHAT, name=op.f("ck_follow_news_what")),
        sa.ForeignKeyConstraint(
            ["follow_id"], ["follow.id"], name=op.f("fk_follow_news_follow_id_follow"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_follow_news")),
        sa.UniqueConstraint(
            "follow_id",
            "what",
            "object_id",
            "detail_id",
            name=op.f("uq_follow_news_follow_id_what_object_id_detail_id"),
        ),
    )
    op.create_index(
        "ix_follow_news_untold", "follow_news", ["follow_id"], postgresql_where=sa.text("told_at is null")
    )
    op.create_table(
        "follow_stop",
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_follow_stop_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_follow_stop")),
    )


def downgrade() -> None:
    op.drop_table("follow_stop")
    op.drop_index("ix_follow_news_untold", table_name="follow_news")
    op.drop_table("follow_news")
    op.drop_constraint(op.f("ck_follow_pace"), "follow", type_="check")
    op.drop_column("follow", "pace")
    op.execute(f"delete from follow where kind in {NEW_KINDS}")  # noqa: S608
    op.drop_constraint(op.f("ck_follow_kind"), "follow", type_="check")
    op.create_check_constraint(op.f("ck_follow_kind"), "follow", OLD_KINDS)
