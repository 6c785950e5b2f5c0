"""A forum after many years: the archive and its examples a hundred times over, in a folder to serve from.

    python bench/volume.py FOLDER --times 100 [--contributions 100000] [--slides 7500]
    python -m app.cli serve --data FOLDER

Meetings with their programme, decks, groups, boards, people, promises, answers, minutes and so on are copied,
each copy some months or years earlier, and what was said is copied more often, until there are so many
contributions. Strategies, municipalities, networks, committees, and whatever else does not grow with time
stay as they are. What people wrote is made anew: sentences of the archive in new order, with made-up
compounds among them, so that the index holds as many words as people would use. Which tables grow is read
from the database's own keys, so that a new table comes along by itself. The index is made anew at the end.
Prints rows and seconds.

A folder that holds the archive is multiplied, one that has been multiplied is only indexed anew. The copies
go past the verbs: this is for measuring only.
"""

import argparse
import random
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from multiprocessing import get_context
from pathlib import Path

from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from app.cli import migrate_database, seed_database  # noqa: E402
from app.core.database import Database  # noqa: E402
from app.core.jobs import run_waiting  # noqa: E402
from app.core.postgres import APP_ROLE, ensure_server  # noqa: E402
from app.domain.search.service import BATCH, put_documents, refresh_vocabulary  # noqa: E402
from app.domain.search.sources import SOURCES  # noqa: E402
from app.main import connect_rooms, make_tools  # noqa: E402
from app.settings import Settings  # noqa: E402
from bench.decks import find_sentences  # noqa: E402
from bench.search import ROOTS  # noqa: E402

STEP = 10_000  # between the numbers of one copy and the next; the archive must stay below
YEARS = 10  # over which the copies are spread
PAGES = 25  # of a deck, at most
COMPOUNDS = 20_000

# What grows by itself, beside everything that points to it.
GROWS = (
    "meeting", "contribution", "user_account", "person", "organisation", "project", "own_project",
    "tender", "audit_entry", "answer_batch",
)  # fmt: skip
# What was said, and what hangs on it one by one: copied more often than the rest.
SAID = (
    "contribution", "contribution_theme", "answer", "answer_contribution", "answer_organisation",
    "answer_case", "answer_pause", "board_card", "cited_page", "idea_answer", "idea_details", "interest",
    "interest_change", "need_details", "need_municipality", "need_state",
)  # fmt: skip
# What points to something that grows and does not grow itself.
STAYS = (
    "strategy", "strategy_edition", "theme", "theme_link", "theme_barrier", "initiative", "criterion",
    "series", "network", "network_member", "network_strategist", "body", "body_advised", "body_mandate",
    "body_member", "body_secretary", "idea_field", "idea_field_edition", "answer_rule", "answer_template",
    "programme", "maturity_dimension", "missing_number", "import_theme_word", "policy_draft",
    "policy_writer", "gap_reason", "sign_in_code", "sign_in_flow", "sign_in_identity", "sign_in_session",
    "provider_session", "passkey", "passkey_challenge", "api_token", "signing_key", "data_copy",
    "data_import", "data_import_row", "made_file", "mail", "write_key", "search_document", "search_term",
    "old_address",
)  # fmt: skip
# Of these only some rows grow; the others are pointed to by all copies.
PARTLY = {"organisation": "kind in ('vendor', 'consultancy')"}
NEW_TEXT = {
    "contribution": {"title": "sentence", "body": "body"},
    "answer": {"text": "body"},
    "commitment": {"title": "sentence", "text": "body"},
}


@dataclass(frozen=True)
class Scale:
    """How many copies: of the forum, and of what was said."""

    times: int
    said: int

    @property
    def days(self) -> int:
        """Between one copy and the next."""
        return max(1, YEARS * 365 // self.times)


@dataclass
class Table:
    name: str
    columns: dict[str, str] = field(default_factory=dict)  # name -> type
    nullable: set[str] = field(default_factory=set)
    points: dict[str, str] = field(default_factory=dict)  # column -> table
    unique: list[list[str]] = field(default_factory=list)


# --- the tables as the database knows them ---


def read_tables(connection: Connection) -> dict[str, Table]:
    tables: dict[str, Table] = {}
    for name, column, kind, is_needed in connection.execute(
        text(
            """
            select c.relname, a.attname, format_type(a.atttypid, null), a.attnotnull
            from pg_class c join pg_attribute a on a.attrelid = c.oid
            where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and a.attnum > 0
                  and not a.attisdropped and a.attgenerated = '' and c.relname not like 'procrastinate%'
            order by c.relname, a.attnum
            """
        )
    ):
        table = tables.setdefault(name, Table(name))
        table.columns[column] = kind
        if not is_needed:
            table.nullable.add(column)
    for name, column, other in connection.execute(
        text(
            """
            select c.relname, a.attname, o.relname from pg_constraint f
            join pg_class c on c.oid = f.conrelid join pg_class o on o.oid = f.confrelid
            join pg_attribute a on a.attrelid = c.oid and a.attnum = any (f.conkey)
            where f.contype = 'f' and array_length(f.conkey, 1) = 1 order by 1, 2
            """
        )
    ):
        if name in tables:
            tables[name].points[column] = other
    for name, columns in connection.execute(
        text(
            """
            select c.relname, array(
                select a.attname::text from unnest(i.indkey) with ordinality k(number, place)
                join pg_attribute a on a.attrelid = c.oid and a.attnum = k.number order by k.place)
            from pg_index i join pg_class c on c.oid = i.indrelid
            where i.indisunique and c.relnamespace = 'public'::regnamespace order by 1, i.indexrelid
            """
        )
    ):
        if name in tables:
            tables[name].unique.append(columns)
    return tables


def choose_growing(tables: Mapping[str, Table], staying: Iterable[str]) -> set[str]:
    """Those that grow, and all that point to them, directly or not, but for those that stay."""
    growing = {name for name in GROWS if name in tables}
    while more := {
        name
        for name, table in tables.items()
        if name not in growing and name not in staying and growing & set(table.points.values())
    }:
        growing |= more
    return growing


# --- copies ---


class Copier:
    """Writes one statement for each table: all copies of its rows, from the rows that are there now.

    In the statements `t` is the row, `g.j` the number of its copy, and `g.k` the copy of the forum that it
    is in: the same for all but what was said beyond those.
    """

    def __init__(self, tables: Mapping[str, Table], scale: Scale) -> None:
        self.tables = tables
        self.scale = scale
        self.staying = set(STAYS)
        self.growing = choose_growing(tables, self.staying)
        # One row for each municipality, say: there is no second one to make.
        while same := {name for name in self.growing if self.changes(tables[name]) is None}:
            self.staying |= same
            self.growing = choose_growing(tables, self.staying)

    def number_of(self, name: str) -> str:
        return "g.j" if name in SAID else "g.k"

    def shifted(self, name: str, column: str, by: str | None = None) -> str:
        """A number that points to the table, in this copy."""
        by = by or self.number_of(name)
        moved = f"t.{column} + {by} * {STEP}"
        if name in PARTLY:
            some = f"select id from {name} where {PARTLY[name]}"
            return f"case when t.{column} in ({some}) then {moved} else t.{column} end"
        return moved

    def copies(self, table: Table) -> int:
        return self.scale.said if table.name in SAID else self.scale.times

    def tells_apart(self, table: Table, column: str) -> bool:
        """Whether the column differs from copy to copy by itself."""
        if column == "id" and "int" in table.columns[column]:
            return True
        to = table.points.get(column)
        if to in self.growing and to not in PARTLY:
            return table.name not in SAID or to in SAID
        return table.name not in SAID and table.columns[column] == "date"

    def changes(self, table: Table) -> dict[str, str] | None:
        """Of each column that differs: what it is in the copy. None where copies cannot be told apart."""
        by = "g.j" if table.name in SAID else "g.k"
        found: dict[str, str] = {}
        for column, kind in table.columns.items():
            to = table.points.get(column)
            if to in self.growing:
                found[column] = self.shifted(to, column)
            elif column == "id" and "int" in kind:
                found[column] = f"t.id + {by} * {STEP}"
            elif column == "thing_id" and "thing" in table.columns:
                listed = ", ".join(f"'{name}'" for name in (*sorted(self.staying), *PARTLY))
                moved = f"t.thing_id + {by} * {STEP}"
                found[column] = f"case when t.thing in ({listed}) then t.thing_id else {moved} end"
            elif column == "user_id" and kind == "bigint" and to is None:
                found[column] = self.shifted("user_account", column)
            elif column == "contract_end":
                # The first day of a month.
                found[column] = f"(t.{column} - make_interval(months => g.k * {self.scale.days} / 30))::date"
            elif kind == "date":
                found[column] = f"t.{column} - g.k * {self.scale.days}"
            elif kind == "timestamp with time zone":
                found[column] = f"t.{column} - make_interval(days => g.k * {self.scale.days})"
            elif column in NEW_TEXT.get(table.name, {}):
                new = NEW_TEXT[table.name][column]
                found[column] = (
                    f"case when t.{column} = '' then '' when length(t.{column}) < 100 then w.sentence"
                    f" else w.{new} end"
                )
            elif (kind == "uuid" and column in table.nullable) or (
                column in ("cvr", "municipality_code", "secret_hash") and column in table.nullable
            ):
                found[column] = "null"
            elif column == "mail_domains":
                found[column] = "'{}'"
            elif (table.name, column) in (("organisation", "name"), ("person", "name")):
                found[column] = f"t.{column} || ' ' || {by}"
        for columns in table.unique:
            if any(self.tells_apart(table, column) for column in columns):
                continue
            for column in reversed(columns):
                if column in found and column not in table.points:
                    break
                if (change := self.told_apart(table, column, by)) is not None:
                    found[column] = change
                    break
            else:
                return None
        return found

    def told_apart(self, table: Table, column: str, by: str) -> str | None:
        """A column of text or number, so that it is of this copy alone; None where it is neither."""
        kind = table.columns[column]
        if column in table.points:
            return None
        if column == "reference":
            number = f"substring(t.reference from '[0-9]+$')::int + {by} * 1000"
            return f"regexp_replace(t.reference, '[0-9]+$', '') || ({number})"
        if column == "email":
            return f"{by} || '.' || t.email"
        if kind in ("character varying", "text"):
            return f"t.{column} || '-' || {by}"
        if kind in ("integer", "bigint"):
            return f"t.{column} + {by} * 100"
        if kind == "bytea":
            return f"sha256(t.{column} || convert_to({by}::text, 'UTF8'))"
        if kind == "uuid":
            return "gen_random_uuid()"
        return None

    def statement(self, table: Table) -> str:
        changes = self.changes(table) or {}
        columns = ", ".join(f'"{column}"' for column in table.columns)
        values = ", ".join(changes.get(column, f't."{column}"') for column in table.columns)
        words = ""
        if table.name in NEW_TEXT:
            words = (
                "join bench_said w on w.n = (t.id * 7919 + g.j * 104729) % (select count(*) from bench_said)"
            )
        rows = PARTLY.get(table.name, "true")
        return (
            f"insert into {table.name} ({columns}) overriding system value select {values}"
            f" from {table.name} t"
            f" cross join (select j,"
            f" case when j <= {self.scale.times} then j else j % {self.scale.times + 1} end as k"
            f" from generate_series(1, {self.copies(table)}) j) g {words} where {rows}"
        )


# --- what people write ---


def make_texts(count: int, chance: random.Random) -> Iterator[tuple[int, str, str]]:
    """(number, a sentence, a text of two to five): the archive's own, with other long words now and then."""
    sentences = find_sentences()
    compounds = [
        chance.choice(ROOTS) + chance.choice(("", "s")) + chance.choice(ROOTS) for _ in range(COMPOUNDS)
    ]
    pieces = [sentence.split() for sentence in sentences]

    def sentence() -> str:
        said = list(chance.choice(pieces))
        for place, word in enumerate(said):
            if place and len(word) > 8 and word.isalpha() and chance.random() < 0.4:
                # Few words are common and most are rare, as in a language.
                said[place] = compounds[min(int(chance.paretovariate(0.4)), COMPOUNDS) - 1]
        return " ".join(said)

    for number in range(count):
        yield number, sentence(), " ".join(sentence() for _ in range(chance.randint(2, 5)))


def put_texts(connection: Connection, count: int) -> None:
    connection.execute(
        text("create unlogged table bench_said (n bigint primary key, sentence text, body text)")
    )
    driver = connection.connection.driver_connection
    assert driver is not None
    with driver.cursor() as cursor, cursor.copy("copy bench_said from stdin") as copy:
        for row in make_texts(count, random.Random(12)):
            copy.write_row(row)


def add_slides(connection: Connection, pages: Table, wanted: int) -> None:
    """More pages for the decks that have been read, up to 25 each, until there are so many."""
    new = {
        "number": "place",
        "title": "w.sentence",
        "text": "w.sentence || E'\\n' || w.body",
        "has_text": "true",
    }
    columns = [column for column in pages.columns if column != "id"]
    values = ", ".join(new.get(column, f"p.{column}") for column in columns)
    connection.execute(
        text(
            f"""
            with read as (
                select r.id, max(p.number) as last, min(p.id) as first from deck_revision r
                join slide_page p on p.revision_id = r.id where r.state = 'ready' group by r.id
            )
            insert into slide_page ({", ".join(columns)})
            select {values} from read join slide_page p on p.id = read.first
            cross join generate_series(read.last + 1, :pages) place
            join bench_said w on w.n = (read.id * 31 + place * 7) % (select count(*) from bench_said)
            order by read.id, place
            limit greatest(0, :wanted - (select count(*) from slide_page))
            """
        ),
        {"pages": PAGES, "wanted": wanted},
    )
    connection.execute(
        text(
            """
            update deck_revision r set page_count = n.pages
            from (select revision_id, count(*) as pages from slide_page group by 1) n
            where n.revision_id = r.id
            """
        )
    )


def set_right(connection: Connection) -> None:
    """What the copies made untrue: meetings that were to come and are over, and the counters of numbers."""
    connection.execute(
        text(
            "update meeting set status = 'closed' where held_on < current_date - 30 and status not in"
            " ('closed', 'approved', 'cancelled', 'postponed')"
        )
    )
    counters = connection.execute(
        text(
            """
            select s.relname, c.relname, a.attname from pg_class s
            join pg_depend d on d.objid = s.oid and d.deptype in ('a', 'i')
            join pg_class c on c.oid = d.refobjid
            join pg_attribute a on a.attrelid = c.oid and a.attnum = d.refobjsubid
            where s.relkind = 'S' and c.relname not like 'procrastinate%' order by 1
            """
        )
    ).all()
    for counter, name, column in counters:
        connection.execute(
            text(f'select setval(\'{counter}\', max("{column}")) from "{name}" having max("{column}") > 0')
        )
    of_contributions = connection.execute(
        text(
            "select kind, max(substring(reference from '[0-9]+$')::bigint)"
            " from contribution group by 1 order by 1"
        )
    ).all()
    last = connection.scalar(text("select max(substring(reference from '[0-9]+$')::bigint) from commitment"))
    for counter, number in [
        *((f"contribution_{kind}_number", n) for kind, n in of_contributions),
        ("commitment_number", last),
    ]:
        connection.execute(text(f"select setval('{counter}', :number)"), {"number": number})


def multiply(connection: Connection, scale: Scale, slides: int) -> dict[str, int]:
    """All copies, in one transaction; rows of each table that grew."""
    # No triggers and no checks of keys row by row: the copies keep to them as the archive does.
    connection.execute(text("set local session_replication_role = replica"))
    connection.execute(text("set local statement_timeout = 0"))
    tables = read_tables(connection)
    copier = Copier(tables, scale)
    put_texts(connection, max(2000, scale.said * 60))
    written = {}
    for name in sorted(copier.growing):
        written[name] = connection.execute(text(copier.statement(tables[name]))).rowcount
    set_right(connection)
    add_slides(connection, tables["slide_page"], slides)
    connection.execute(text("drop table bench_said"))
    return written


# --- the index ---


def _index(job: tuple[str, str, Sequence[int] | None]) -> int:
    url, kind, ids = job
    connect_rooms(Settings())
    database = Database(url)
    written = 0
    try:
        with database.unit() as reading:
            reading.execute(text("set local statement_timeout = 0"))
            documents = iter(SOURCES[kind].documents(reading, ids))
            # A transaction for each batch: two writers of the same words would else wait for each other.
            while batch := list(islice(documents, BATCH)):
                with database.unit() as session:
                    session.execute(text("set local synchronous_commit = off"))
                    written += put_documents(session, batch)
    finally:
        database.close()
    return written


def index_all(owner: Database) -> int:
    """The whole index anew, by two processes; the number of documents."""
    url = owner.url.render_as_string(hide_password=False)
    jobs: list[tuple[str, str, Sequence[int] | None]] = []
    with owner.unit() as session:
        session.execute(text("truncate search_document"))
        # Made after the rows, an index of words is ready in a fifth of the time.
        made = session.execute(
            text(
                "select indexname, indexdef from pg_indexes"
                " where tablename = 'search_document' and indexdef like '%USING gin%' order by 1"
            )
        ).all()
        for name, _ in made:
            session.execute(text(f"drop index {name}"))
        for kind in SOURCES:
            jobs += [(url, kind, part) for part in _parts(session, kind)]
    with get_context("spawn").Pool(2) as pool:
        written = sum(pool.imap_unordered(_index, jobs))
    with owner.unit() as session:
        session.execute(text("set local statement_timeout = 0"))
        session.execute(text("set local maintenance_work_mem = '512MB'"))
        for _, definition in made:
            session.execute(text(definition))
        refresh_vocabulary(session)
    return written


def _parts(session: Session, kind: str) -> list[Sequence[int] | None]:
    table = {"wish": "contribution", "idea": "contribution", "need": "contribution", "card": "contribution",
             "question": "contribution", "deck_page": "slide_page", "answer": "answer"}.get(kind)  # fmt: skip
    if table is None:
        return [None]
    where = f" where kind = '{kind}'" if table == "contribution" else ""
    ids = list(session.scalars(text(f"select id from {table}{where} order by id")))
    return [ids[start : start + 2000] for start in range(0, len(ids), 2000)]


# --- all of it ---


@contextmanager
def told(what: str) -> Iterator[None]:
    started = time.perf_counter()
    yield
    print(f"{what:32} {time.perf_counter() - started:6.1f} s", flush=True)


def build(folder: Path, times: int, contributions: int, slides: int) -> None:
    settings = Settings(data=folder)
    folder.mkdir(parents=True, exist_ok=True)
    with ensure_server(folder / "postgres") as server:
        owner, database = Database(server.url()), Database(server.url(role=APP_ROLE))
        with told("the archive and its examples"):
            migrate_database(owner, database)
            tools = make_tools(settings, database)
            seed_database(settings, tools, owner)
            run_waiting(tools)
        with owner.engine.begin() as connection:
            here = connection.scalar(text("select count(*) from contribution")) or 1
            largest = connection.scalar(text("select max(id) from contribution")) or 1
            is_new = largest < STEP
            if times and is_new:
                said = max(times, -(-contributions // here) - 1)
                with told("copies"):
                    written = multiply(connection, Scale(times, said), slides)
                print(f"{sum(written.values()):,} rows in {len(written)} tables")
        if times:
            with owner.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.execute(text("set statement_timeout = 0"))
                with told("counted"):
                    connection.execute(text("analyze"))
                with told("indexed"):
                    print(f"{index_all(owner):,} documents")
                with told("swept"):
                    connection.execute(text("vacuum analyze"))
        with database.unit() as session:
            for name in (
                "meeting",
                "contribution",
                "slide_page",
                "commitment",
                "answer",
                "organisation",
                "user_account",
            ):
                print(f"  {name:16} {session.scalar(text(f'select count(*) from {name}')):>9,}")
        database.close()
        owner.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--times", type=int, default=100, help="0 is the archive as it is")
    parser.add_argument("--contributions", type=int, help="in all (1,000 for each time unless said)")
    parser.add_argument("--slides", type=int, help="in all (75 for each time unless said)")
    given = parser.parse_args()
    build(
        given.folder,
        given.times,
        given.contributions or given.times * 1000,
        given.slides or given.times * 75,
    )


if __name__ == "__main__":
    main()
