"""What makes searching fast: the titles' words beside the ids, long texts out of the way, lists kept sorted.

`title_vector` is made by the database of the vector. Texts and vectors lie outside the rows where a row is long,
so that counting reads few pages; and what is written goes into the lists at once (`fastupdate`), so that no search
goes through those that wait.
"""

from alembic import op

revision = "0062"
down_revision = "0061"
branch_labels = None
depends_on = None

GIN = ("vector", "words", "theme_ids", "organisation_ids", "person_ids")


def upgrade() -> None:
    op.execute("alter table search_document set (toast_tuple_target = 256)")
    for column in ("title", "theme_ids", "organisation_ids", "person_ids"):
        op.execute(f"alter table search_document alter {column} set storage main")
    # Rewrites the table, so that the rows that are there follow suit.
    op.execute(
        "alter table search_document add column title_vector tsvector storage main"
        """ generated always as (ts_filter(vector, '{a}'::"char"[])) stored"""
    )
    op.execute(
        "create index ix_search_document_title_vector on search_document"
        " using gin (title_vector) with (fastupdate = off)"
    )
    for column in GIN:
        op.execute(f"alter index ix_search_document_{column} set (fastupdate = off)")


def downgrade() -> None:
    for column in GIN:
        op.execute(f"alter index ix_search_document_{column} reset (fastupdate)")
    op.execute("alter table search_document drop column title_vector")
    for column in ("title", "theme_ids", "organisation_ids", "person_ids"):
        op.execute(f"alter table search_document alter {column} set storage extended")
    op.execute("alter table search_document reset (toast_tuple_target)")
