"""What lists and counts look at lies beside the order of the lists, so that no text is read for a number."""

import sqlalchemy as sa
from alembic import op

revision = "0065"
down_revision = "0064"
branch_labels = None
depends_on = None

COUNTED = (
    "meeting_id", "on_behalf_of_id", "status", "aspect", "visibility", "published_at", "answer_by",
    "hidden_at", "waiting_reason",
)  # fmt: skip


def upgrade() -> None:
    op.create_index(
        "ix_contribution_counted",
        "contribution",
        ["kind", "received_at", "id"],
        postgresql_include=list(COUNTED),
    )
    op.drop_index("ix_contribution_kind_received_at", "contribution")
    # Those that nearly nobody may see, for every rule that leaves out what belongs to them.
    op.create_index(
        "ix_meeting_unpublished", "meeting", ["id"], postgresql_where=sa.text("published_at is null")
    )


def downgrade() -> None:
    op.drop_index("ix_meeting_unpublished", "meeting")
    op.create_index("ix_contribution_kind_received_at", "contribution", ["kind", "received_at"])
    op.drop_index("ix_contribution_counted", "contribution")
