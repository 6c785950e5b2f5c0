"""Why a meeting is cancelled or postponed, and how often its calendar entry changed."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

STATUSES = (
    "'draft', 'announced', 'open', 'full', 'live', 'closed', 'minutes_in_review', 'approved', "
    "'cancelled', 'postponed'"
)


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.add_column("meeting", sa.Column("status_reason", sa.String(), server_default="", nullable=False))
    op.add_column("meeting", sa.Column("status_before", sa.String(), nullable=True))
    op.add_column("meeting", sa.Column("status_changed_at", moment, nullable=True))
    op.add_column("meeting", sa.Column("moved_from", sa.Date(), nullable=True))
    op.add_column("meeting", sa.Column("moved_from_starts_at", moment, nullable=True))
    op.add_column("meeting", sa.Column("calendar_sequence", sa.Integer(), server_default="0", nullable=False))
    op.create_check_constraint(op.f("ck_meeting_status"), "meeting", f"status in ({STATUSES})")


def downgrade() -> None:
    op.drop_constraint(op.f("ck_meeting_status"), "meeting", type_="check")
    for name in (
        "calendar_sequence",
        "moved_from_starts_at",
        "moved_from",
        "status_changed_at",
        "status_before",
        "status_reason",
    ):
        op.drop_column("meeting", name)
