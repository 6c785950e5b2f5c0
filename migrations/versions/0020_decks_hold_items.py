"""An item with a deck stays on the programme until the deck is moved: nothing that was drafted gets loose."""

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

KEY = "fk_deck_item_id_agenda_item"


def upgrade() -> None:
    op.drop_constraint(KEY, "deck", type_="foreignkey")
    op.create_foreign_key(KEY, "deck", "agenda_item", ["item_id"], ["id"])


def downgrade() -> None:
    op.drop_constraint(KEY, "deck", type_="foreignkey")
    op.create_foreign_key(KEY, "deck", "agenda_item", ["item_id"], ["id"], ondelete="SET NULL")
