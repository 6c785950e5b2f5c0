"""Check-in and codes: who leaves the room again, what walk-ins leave behind, and joining as a check-in."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

USER = "uq_attendee_user"
BEFORE = "user_id is not null and removed_at is null"
NOW = "user_id is not null"


def upgrade() -> None:
    op.add_column(
        "live_room", sa.Column("checks_in", sa.Boolean(), server_default=sa.text("true"), nullable=False)
    )
    op.add_column("attendee", sa.Column("email", sa.String(), server_default="", nullable=False))
    op.add_column("attendee", sa.Column("left_at", sa.DateTime(timezone=True), nullable=True))
    op.create_check_constraint(
        op.f("ck_attendee_one_proof"), "attendee", "user_id is null or secret_hash is null"
    )
    _index_users(NOW)


def downgrade() -> None:
    _index_users(BEFORE)
    op.drop_constraint(op.f("ck_attendee_one_proof"), "attendee", type_="check")
    for column in ("left_at", "email"):
        op.drop_column("attendee", column)
    op.drop_column("live_room", "checks_in")


def _index_users(condition: str) -> None:
    op.drop_index(USER, "attendee")
    op.create_index(
        USER, "attendee", ["meeting_id", "user_id"], unique=True, postgresql_where=sa.text(condition)
    )
