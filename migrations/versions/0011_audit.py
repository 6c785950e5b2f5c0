"""An audit log that the application can only add to."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

# Also where one role both owns the tables and runs the application, nothing is changed by accident. The
# functions below open the door for themselves; only they are given to the application's role.
GUARD = """
create function guard_audit_entry() returns trigger language plpgsql as $$
begin
  if current_setting('dialogforum.audit_door', true) is distinct from 'open' then
    raise exception 'audit entries are only ever added' using errcode = 'insufficient_privilege';
  end if;
  if tg_op = 'DELETE' then return old; end if;
  return new;
end $$;
create trigger guard_rows before update or delete on audit_entry
  for each row execute function guard_audit_entry();
create trigger guard_table before truncate on audit_entry
  for each statement execute function guard_audit_entry();
"""

# Walks the values, so that no word can meet the grammar of JSON; names of fields stay.
BLANK_WORDS = """
create function blank_words(given jsonb, words text[]) returns jsonb
language plpgsql immutable set search_path = public, pg_temp as $$
declare
  found text;
  word text;
begin
  case jsonb_typeof(given)
    when 'string' then
      found := given #>> '{}';
      foreach word in array words loop found := replace(found, word, '…'); end loop;
      return to_jsonb(found);
    when 'array' then
      return coalesce((select jsonb_agg(blank_words(one.value, words) order by one.place)
                       from jsonb_array_elements(given) with ordinality as one(value, place)), given);
    when 'object' then
      return coalesce((select jsonb_object_agg(one.key, blank_words(one.value, words))
                       from jsonb_each(given) as one), given);
    else return given;
  end case;
end $$
"""

FORGET_PERSON = """
create function forget_person_in_audit(person bigint, words text[] default '{}') returns void
language plpgsql security definer set search_path = public, pg_temp set dialogforum.audit_door = 'open' as $$
declare
  wanted text[] := array(select trim(word) from unnest(words) as word where length(trim(word)) > 2);
begin
  update audit_entry set user_name = '', client = '' where user_id = person;
  update audit_entry set before = null, after = null where thing = 'user' and thing_id = person;
  update audit_entry set before = blank_words(before, wanted), after = blank_words(after, wanted)
   where exists (select from unnest(wanted) as word
                 where strpos(coalesce(before::text, '') || coalesce(after::text, ''),
                              trim(both '"' from to_jsonb(word)::text)) > 0);
end $$
"""

FORGET_OLD = """
create function forget_old_audit(entries timestamptz, clients timestamptz) returns void
language plpgsql security definer set search_path = public, pg_temp set dialogforum.audit_door = 'open' as $$
begin
  if entries > now() - interval '360 days' then
    raise exception 'audit entries are kept for at least a year' using errcode = 'insufficient_privilege';
  end if;
  delete from audit_entry where at < entries;
  update audit_entry set client = '' where at < clients and client <> '';
end $$
"""


def upgrade() -> None:
    op.add_column("audit_entry", sa.Column("client", sa.String(), nullable=False, server_default=""))
    op.add_column("audit_entry", sa.Column("outcome", sa.String(), nullable=False, server_default="done"))
    op.create_index("ix_audit_entry_user_id", "audit_entry", ["user_id"])
    op.create_index("ix_audit_entry_at", "audit_entry", ["at"])
    op.execute(GUARD)
    op.execute(BLANK_WORDS)
    op.execute(FORGET_PERSON)
    op.execute(FORGET_OLD)
    op.execute("revoke all on function forget_person_in_audit, forget_old_audit from public")


def downgrade() -> None:
    op.execute("drop function forget_old_audit, forget_person_in_audit, blank_words")
    op.execute("drop trigger guard_rows on audit_entry")
    op.execute("drop trigger guard_table on audit_entry")
    op.execute("drop function guard_audit_entry")
    op.drop_index("ix_audit_entry_at", "audit_entry")
    op.drop_index("ix_audit_entry_user_id", "audit_entry")
    op.drop_column("audit_entry", "outcome")
    op.drop_column("audit_entry", "client")
