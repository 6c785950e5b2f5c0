"""How fast the search is over 20,000 documents: prints p50 and p95 in milliseconds.

    python bench/search.py

Makes a database in a temporary folder and throws it away. Half of the documents are hidden from who searches.
"""

import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from sqlalchemy import Boolean, Column, Integer, MetaData, Table, column, select, table, text
from sqlalchemy.orm import Session

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from app.core.database import Base, Database
from app.core.policy import STRANGER, Actor
from app.core.postgres import ensure_server
from app.domain.search import service
from app.domain.search.models import SearchDocument, SearchTerm
from app.domain.search.queries import search, similar, suggest
from app.domain.search.schemas import Document, Hit, Query
from app.domain.search.sources import SOURCES, Source, register

DOCUMENTS = 20_000
KINDS = ("wish", "slide")
WORDS_EACH = 140
ROOTS_MADE_UP = 1_000
COMPOUNDS = 5_000
ROUNDS = 3

_ROOTS = """
velfærd teknologi digitalisering strategi effekt måling mål billede bruger portal initiativ borger service it
indkøb skole bestyrelse arkiv proces tid data sikkerhed leverandør kommune region projekt program plan
økonomi ledelse information system journal løsning aftale kontrakt udbud pris krav standard arkitektur
snitflade sag behandling hjælp pleje hjem senge robot sensor trafik vej klima energi vand affald
bygning ejendom adresse barn ung ældre sundhed patient læge medicin job center ydelse pension
familie forløb opfølgning møde gruppe oplæg svar ønske behov idé forpligtelse løfte frist indikator gevinst
budget regnskab tal analyse model algoritme sprog video skærm telefon net login adgang rettighed lov regel
ansvar rolle chef leder medarbejder kompetence uddannelse kursus netværk samarbejde partner marked
dialog forum år by land ø havn bus cykel bil
"""
ROOTS = _ROOTS.split()
ENDINGS = ("", "", "", "en", "er", "erne", "s", "et", "ens")
LITTLE = ["og", "i", "at", "det", "som", "på", "til", "med", "for", "der", "ikke", "har", "vi", "skal", "kan"]
QUERIES = [
    "målbilleder",
    "effekt af velfærdsteknologi",
    "it indkøb",
    "strategi",
    "digitaliseringsstrategi",
    "sikkerhed i kontrakter",
    "data",
    "leverandør",
    "velfærdstekonlogi",
    "oekonomi",
    "hvordan måler kommunerne effekten af pleje hos ældre borgere",
    "skærmbesøg",
    "kommuneplan",
    "robotjournal",
    "borgerportal",
    "udbudsfrist",
    "medarbejderuddannelse og ledelsesinformation",
    "klimaregnskab",
    "sprogmodel",
    "adgangsrettigheder",
]
PREFIXES = ["må", "vel", "digital", "effekt af velf", "kom", "it ind", "sik", "lev", "økon", "robo"]
DRAFTS = [
    "Vi ønsker at kommunerne lægger en plan for udbud, så leverandørerne ser frister og krav i god tid.",
    "Sensorer i plejehjemmets senge skal give roligere nætter, og effekten måles med fælles indikatorer.",
    "En fælles sprogmodel til journaler, som lægen og medarbejderen godkender, før sagen lukkes.",
]


def make_words(chance: random.Random) -> list[str]:
    """Our roots among made-up ones, and compounds of two: with their endings about 30,000 words."""
    syllables = [
        a + b + c for a in "bdfghklmnprstv" for b in "aeiouæøå" for c in ("", "l", "n", "r", "s", "t")
    ]
    made_up = ["".join(chance.sample(syllables, 2)) for _ in range(ROOTS_MADE_UP)]
    roots = ROOTS + made_up
    chance.shuffle(roots)
    compounds = [
        chance.choice(roots) + chance.choice(["", "s"]) + chance.choice(roots) for _ in range(COMPOUNDS)
    ]
    return roots + compounds


def make_documents(kind: str, count: int, seed: int) -> Iterator[Document]:
    vocabulary = make_words(random.Random(7))
    chance = random.Random(seed)
    weights = [1 / (rank + 20) for rank in range(len(vocabulary))]

    def text_of(length: int) -> str:
        chosen = chance.choices(vocabulary, weights, k=length)
        inflected = (word + chance.choice(ENDINGS) for word in chosen)
        return " ".join(part for word in inflected for part in (word, chance.choice(LITTLE)))

    for number in range(1, count + 1):
        themes = tuple(sorted(chance.sample(range(1, 60), 2)))
        yield Document(
            kind,
            number,
            text_of(4).capitalize(),
            text_of(WORDS_EACH // 2),
            year=2014 + number % 13,
            theme_ids=themes,
        )


def make_source(kind: str) -> Source:
    things = table(f"bench_{kind}", column("id"), column("is_open"))
    is_open = select(things.c.id).where(things.c.id == SearchDocument.object_id, things.c.is_open)

    def load(session: Session, actor: Actor, ids: Sequence[int]) -> dict[int, Hit]:
        return {number: Hit(str(number)) for number in ids}

    return Source(kind, lambda actor: is_open.exists(), load, lambda session, ids: ())


def prepare(database: Database) -> None:
    """The tables of the index, and for each kind one that says which things are open: every second."""
    with database.unit() as session:
        session.execute(text("create extension if not exists pg_trgm"))
        connection = session.connection()
        Base.metadata.create_all(connection, tables=[SearchDocument.__table__, SearchTerm.__table__])
        SOURCES.clear()
        for kind in KINDS:
            register(make_source(kind))
            things = Table(
                f"bench_{kind}",
                MetaData(),
                Column("id", Integer, primary_key=True),
                Column("is_open", Boolean),
            )
            things.create(connection)
            session.execute(
                things.insert(), [{"id": n, "is_open": n % 2 == 0} for n in range(1, DOCUMENTS // 2 + 1)]
            )


def fill(database: Database) -> None:
    """Write the documents and count the words, telling how long it took."""
    started = time.perf_counter()
    with database.unit() as session:
        session.execute(text("set local statement_timeout = 0"))
        for seed, kind in enumerate(KINDS):
            service.put_documents(session, make_documents(kind, DOCUMENTS // 2, seed))
    print(f"{DOCUMENTS} documents made and written in {time.perf_counter() - started:.1f} s")
    started = time.perf_counter()
    with database.unit() as session:
        service.refresh_vocabulary(session)
    print(f"words counted in {time.perf_counter() - started:.1f} s")
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("vacuum analyze"))
        terms = connection.scalar(text("select count(*) from search_term"))
        size = connection.scalar(text("select pg_size_pretty(pg_total_relation_size('search_document'))"))
    print(f"{terms} words, index {size}")


def measure(name: str, work: Callable[[str], object], asked: Sequence[str]) -> None:
    """Do the work on each text in turn, once to warm up and then in rounds; print the figures."""
    times: list[float] = []
    for turn in range(ROUNDS + 1):
        for written in asked:
            started = time.perf_counter()
            work(written)
            if turn:
                times.append((time.perf_counter() - started) * 1000)
    p95 = statistics.quantiles(times, n=20)[-1]
    print(f"{name:<8} n={len(times):<4} p50 {statistics.median(times):7.1f} ms   p95 {p95:7.1f} ms")


def main() -> None:
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        ensure_server(Path(folder) / "pg", fast=True) as server,
    ):
        database = Database(server.url())
        prepare(database)
        fill(database)
        with database.unit() as session:
            measure("search", lambda written: search(session, STRANGER, Query(written)), QUERIES)
            measure("suggest", lambda written: suggest(session, STRANGER, written), PREFIXES)
            measure("similar", lambda written: similar(session, STRANGER, written), DRAFTS)
        database.close()


if __name__ == "__main__":
    main()
