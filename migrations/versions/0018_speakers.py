"""Speakers and their links."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def moment(name: str, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "speaker",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("meeting_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("link_number", sa.Integer(), nullable=False),
        moment("link_made_at"),
        moment("link_ended_at", nullable=True),
        sa.Column("slides", sa.String(), nullable=True),
        sa.Column("name_allowed", sa.Boolean(), nullable=True),
        moment("answered_at", nullable=True),
        moment("created_at"),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("slides in ('public','participants','staff')", name=op.f("ck_speaker_slides")),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name=op.f("fk_speaker_meeting_id_meeting")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_speaker_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_speaker")),
        sa.UniqueConstraint("meeting_id", "person_id", name=op.f("uq_speaker_meeting_id_person_id")),
    )
    op.create_index("ix_speaker_person_id", "speaker", ["person_id"])
    op.create_table(
        "speaker_talk",
        sa.Column("speaker_id", sa.BigInteger(), nullable=False),
        sa.Column("item_id", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("summary", sa.String(), nullable=False),
        moment("written_at", nullable=True),
        sa.Column("has_no_slides", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["item_id"],
            ["agenda_item.id"],
            name=op.f("fk_speaker_talk_item_id_agenda_item"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["speaker_id"], ["speaker.id"], name=op.f("fk_speaker_talk_speaker_id_speaker")
        ),
        sa.PrimaryKeyConstraint("speaker_id", "item_id", name=op.f("pk_speaker_talk")),
    )
    op.create_index("ix_speaker_talk_item_id", "speaker_talk", ["item_id"])
    op.create_table(
        "speaker_consent",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("speaker_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("access", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        moment("given_at"),
        moment("withdrawn_at", nullable=True),
        sa.ForeignKeyConstraint(
            ["speaker_id"], ["speaker.id"], name=op.f("fk_speaker_consent_speaker_id_speaker")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_speaker_consent")),
    )
    op.create_index(
        "uq_speaker_consent_open",
        "speaker_consent",
        ["speaker_id", "kind"],
        unique=True,
        postgresql_where=sa.text("withdrawn_at is null"),
    )


def downgrade() -> None:
    op.drop_table("speaker_consent")
    op.drop_table("speaker_talk")
    op.drop_table("speaker")
