"""Boards: one goes with its item and its group; an objection may wait as cards do."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

# (table, column, table that it points to)
GOES_WITH = (
    ("board", "item_id", "agenda_item"),
    ("board", "group_id", "discussion_group"),
    ("card_cluster", "board_id", "board"),
)


def upgrade() -> None:
    _point("cascade")
    op.add_column("card_objection", sa.Column("shown_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("update card_objection set shown_at = said_at")


def downgrade() -> None:
    op.drop_column("card_objection", "shown_at")
    _point(None)


def _point(ondelete: str | None) -> None:
    for table, column, other in GOES_WITH:
        name = op.f(f"fk_{table}_{column}_{other}")
        op.drop_constraint(name, table, type_="foreignkey")
        op.create_foreign_key(name, table, other, [column], ["id"], ondelete=ondelete)
