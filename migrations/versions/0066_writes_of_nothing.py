"""A statement that touches no row is no write: what strangers read is kept on."""

from alembic import op

revision = "0066"
down_revision = "0065"
branch_labels = None
depends_on = None

# The counts of this transaction tell what a statement did without anything being done for each row, as a
# transition table would. They may count too much (what a savepoint took back, what the same connection wrote
# in the seconds before), never too little; where they are not kept, and of what lies in partitions, every
# statement counts as a write.
GUARD = """
    if tg_op <> 'TRUNCATE' and current_setting('track_counts')::boolean
            and pg_stat_get_xact_tuples_inserted(tg_relid) = 0
            and pg_stat_get_xact_tuples_updated(tg_relid) = 0
            and pg_stat_get_xact_tuples_deleted(tg_relid) = 0
            and exists (select from pg_class where oid = tg_relid and relkind = 'r') then
        return null;
    end if;
"""
FUNCTION = """
create or replace function note_page_change() returns trigger language plpgsql as $$
declare
    own text;
    made bigint;
begin{guard}
    own := pg_current_xact_id()::text;
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
    op.execute(FUNCTION.format(guard=GUARD))


def downgrade() -> None:
    op.execute(FUNCTION.format(guard=""))
