"""That something was written: what a kept page is held against."""

import sqlalchemy as sa
from alembic import op

revision = "0061"
down_revision = "0060"
branch_labels = None
depends_on = None

# One row a transaction: the setting is local to it, and to a savepoint that is rolled back. Each hundredth or so
# takes away what every reader sees already; whoever comes at the same time leaves that to it.
FUNCTION = """
create function note_page_change() returns trigger language plpgsql as $$
declare
    own text := pg_current_xact_id()::text;
    made bigint;
begin
    if current_setting('dialogforum.noted', true) is not distinct from own then
        return null;
    end if;
    insert into page_change (tx, mark)
    values (own::bigint, (random() * 9007199254740991)::bigint)
    returning id into made;
    perform set_config('dialogforum.noted', own, true);
    -- A stricter transaction would fail where another has taken the same rows away.
    if made % 100 = 0 and current_setting('transaction_isolation') = 'read committed'
            and pg_try_advisory_xact_lock(4202) then
        delete from page_change
        where tx < pg_snapshot_xmin(pg_current_snapshot())::text::bigint and id < made;
    end if;
    return null;
end $$
"""


def upgrade() -> None:
    op.create_table(
        "page_change",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("tx", sa.BigInteger(), nullable=False),
        sa.Column("mark", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_page_change"),
        postgresql_with={"autovacuum_vacuum_scale_factor": "0", "autovacuum_vacuum_threshold": "200"},
    )
    op.execute(FUNCTION)


def downgrade() -> None:
    op.execute("drop function note_page_change() cascade")
    op.drop_table("page_change")
