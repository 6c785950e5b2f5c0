"""Organisations: who speaks for them, and who looks after that."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "organisation", sa.Column("is_confirmed", sa.Boolean(), server_default=sa.true(), nullable=False)
    )
    op.add_column(
        "organisation",
        sa.Column("asked_domains", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
    )
    op.add_column("organisation", sa.Column("refused_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("organisation", sa.Column("version", sa.Integer(), server_default="1", nullable=False))
    op.add_column("membership", sa.Column("ended_as", sa.String(), nullable=True))
    op.add_column("membership", sa.Column("end_reason", sa.String(), server_default="", nullable=False))
    op.add_column("membership", sa.Column("told_at", sa.DateTime(timezone=True), nullable=True))
    op.drop_constraint(op.f("uq_membership_user_id_organisation_id"), "membership", type_="unique")
    op.create_index(
        "uq_membership_in_force",
        "membership",
        ["user_id", "organisation_id"],
        unique=True,
        postgresql_where=sa.text("ended_at is null"),
    )


def downgrade() -> None:
    # The older form knows one row for each user and organisation: the last one stays.
    op.execute(
        "delete from membership older using membership newer where older.user_id = newer.user_id"
        " and older.organisation_id = newer.organisation_id and older.id < newer.id"
        " and not exists (select from sign_in_session where membership_id = older.id)"
    )
    op.drop_index("uq_membership_in_force", table_name="membership")
    op.create_unique_constraint(
        op.f("uq_membership_user_id_organisation_id"), "membership", ["user_id", "organisation_id"]
    )
    for column in ("told_at", "end_reason", "ended_as"):
        op.drop_column("membership", column)
    for column in ("version", "refused_at", "asked_domains", "is_confirmed"):
        op.drop_column("organisation", column)
