"""How decks are read and found at the size of ten years: prints pages a second, hits and milliseconds.

    python bench/decks.py [--decks 300] [--read 300]

Makes decks of 25 pages out of Danish sentences of the archive, in a database in a temporary folder that is
thrown away. Each deck goes the whole way: sent, checked, read in a process of its own, drawn in two sizes,
indexed; with --read only so many do, and the rest are put straight into the tables and the index, where
there is no time for all. Then 50 sentences, each of which stands on one page only, are searched for on the
site: the first hit must lead to the page that holds it. Last, the search is timed, as a stranger asks it.
Ends with 1 where a goal is missed.
"""

import argparse
import json
import random
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from app.archive.samples import SampleSlide, make_pdf
from app.cli import migrate_database
from app.core.clock import now
from app.core.database import Database
from app.core.jobs import Tools, run_waiting
from app.core.mail import FolderTransport
from app.core.policy import STRANGER, SYSTEM
from app.core.postgres import APP_ROLE, ensure_server
from app.core.storage import open_folder
from app.core.text_danish import is_stop_word, words
from app.domain.meetings.models import AgendaItem, Appearance, Meeting, Series
from app.domain.presentations.models import Deck, DeckRevision, SlidePage
from app.domain.presentations.schemas import DeckInput
from app.domain.presentations.service import add_deck, add_revision
from app.domain.search.queries import search, similar
from app.domain.search.schemas import Query
from app.domain.search.service import index_objects, refresh_vocabulary
from app.main import connect_rooms, create_app
from app.settings import Settings
from bench.figures import Figures

ARCHIVE = Path(__file__).resolve().parent.parent / "app" / "archive"
PAGES = 25
LINES = 4
KNOWN = 50
ROUNDS = 3
P95_MS = 50.0
ASKED = [
    "målbilleder", "effekt af velfærdsteknologi", "it indkøb", "digitaliseringsstrategi", "sikkerhed",
    "kommuner og leverandører", "fælles løsninger", "velfærdstekonlogi", "oekonomi", "data", "skærmbesøg",
    "borgere", "standarder", "kunstig intelligens", "udbud", "arkitektur", "rammearkitektur", "ledelse",
]  # fmt: skip
_SENTENCE = re.compile(r"[A-ZÆØÅ][^.!?\n]{30,150}[.!?]")
_DANISH = {
    "og",
    "at",
    "til",
    "af",
    "for",
    "der",
    "det",
    "som",
    "med",
    "på",
    "en",
    "et",
    "de",
    "i",
    "kan",
    "skal",
}


def find_sentences() -> list[str]:
    """Each Danish sentence of the archive and its examples, once."""

    def strings(value: Any) -> Iterator[str]:
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            for name, below in value.items():
                if not name.endswith(("_en", "_sv", "url")):
                    yield from strings(below)
        elif isinstance(value, list):
            for below in value:
                yield from strings(below)

    found: dict[str, None] = {}
    for path in sorted(ARCHIVE.glob("*/*.json")):
        for told in strings(json.loads(path.read_text(encoding="utf-8"))):
            for sentence in _SENTENCE.findall(" ".join(told.split())):
                if len(_DANISH & set(sentence.lower().split())) >= 2:
                    found[sentence] = None
    return list(found)


def plan(decks: int, chance: random.Random) -> tuple[list[list[SampleSlide]], dict[str, tuple[int, int]]]:
    """The slides of each deck, and {known sentence: (deck from 0, page from 1)}; each stands once."""
    every = find_sentences()
    chance.shuffle(every)
    telling = [one for one in every if sum(not is_stop_word(word) for word in words(one)) >= 6]
    known, common = telling[:KNOWN], [one for one in every if one not in set(telling[:KNOWN])]
    pages = [(deck, page) for deck in range(decks) for page in range(2, PAGES + 1)]
    places = dict(zip(known, chance.sample(pages, KNOWN), strict=True))
    planted = {place: sentence for sentence, place in places.items()}
    made = []
    for deck in range(decks):
        slides: list[SampleSlide] = []
        for page in range(1, PAGES + 1):
            lines = chance.sample(common, LINES)
            if (deck, page) in planted:
                lines[chance.randrange(LINES)] = planted[deck, page]
            title = " ".join(chance.choice(common).rstrip(".!?").split()[:5])
            slides.append({"title": title, "bullets": lines if page > 1 else lines[:2]})
        made.append(slides)
    return made, places


def print_deck(path: Path, slides: Sequence[SampleSlide], number: int) -> Path:
    make_pdf(path, slides, title=f"Oplæg {number}")
    return path


def fill(session: Session, count: int) -> list[tuple[int, int]]:
    """Meetings of ten years with an item and a speaker for each deck: [(meeting id, item id)]."""
    series = Series(key="maalt", name="Målt række")
    session.add(series)
    session.flush()
    places = []
    for number in range(count):
        if number % 10 == 0:
            meeting = Meeting(
                series_id=series.id,
                key=f"maalt-{number // 10}",
                title=f"Målt møde {number // 10}",
                held_on=now().date().replace(year=2016 + number // 10 % 10, day=1),
                status="closed",
                published_at=now(),
                created_at=now(),
            )
            session.add(meeting)
            session.flush()
        item = AgendaItem(
            meeting_id=meeting.id,
            key=f"punkt-{number}",
            position=number,
            kind="talk",
            title=f"Oplæg {number}",
        )
        session.add(item)
        session.flush()
        session.add(
            Appearance(
                item_id=item.id,
                position=1,
                person_name=f"Eksempelperson {number % 40}",
                title="chefkonsulent",
                organisation_name=f"Eksempelorganisation {number % 25}",
            )
        )
        places.append((meeting.id, item.id))
    return places


def send(tools: Tools, files: Sequence[Path], places: Sequence[tuple[int, int]]) -> list[int]:
    """All decks sent; their ids."""
    ids = []
    for number, (path, (meeting_id, item_id)) in enumerate(zip(files, places, strict=True)):
        with tools.database.unit() as session:
            given = DeckInput(meeting_id=meeting_id, item_id=item_id, title=f"Oplæg {number}")
            deck = add_deck(session, SYSTEM, given)
            add_revision(session, SYSTEM, tools.storage, deck.id, path, path.name)
            ids.append(deck.id)
    return ids


def put(tools: Tools, made: Sequence[Sequence[SampleSlide]], places: Sequence[tuple[int, int]]) -> list[int]:
    """Decks as they are when they have been read, without files; their ids."""
    ids = []
    for number, (slides, (meeting_id, item_id)) in enumerate(zip(made, places, strict=True)):
        with tools.database.unit() as session:
            title = f"Sat oplæg {number}"
            deck = Deck(
                meeting_id=meeting_id, item_id=item_id, key=title, position=1, title=title, created_at=now()
            )
            session.add(deck)
            session.flush()
            revision = DeckRevision(
                deck_id=deck.id, number=1, filename="-.pdf", kind="pdf", size=1, sha256="-", file_key="-",
                state="ready", page_count=len(slides), created_at=now(),
            )  # fmt: skip
            session.add(revision)
            session.flush()
            deck.current_revision_id = revision.id
            pages = [
                SlidePage(
                    revision_id=revision.id, number=at, title=slide["title"], has_text=True,
                    text="\n".join([slide["title"], *slide.get("bullets", ())]),
                    picture_key="-", thumbnail_key="-", width=960, height=540,
                )
                for at, slide in enumerate(slides, start=1)
            ]  # fmt: skip
            session.add_all(pages)
            session.flush()
            index_objects(session, "deck_page", [page.id for page in pages])
            ids.append(deck.id)
    return ids


def count_found(
    client: TestClient, ids: Sequence[int], places: dict[str, tuple[int, int]]
) -> tuple[int, int]:
    """Of the known sentences: how many have their page as the first hit, how many links land on it."""
    first = landed = 0
    for sentence, (deck, page) in places.items():
        answer = client.get(f"/soeg?{urlencode({'q': sentence, 'slags': 'oplaeg'})}")
        hits = re.search(r'<h2><a href="(/oplaeg/\d+/side/\d+)"', answer.text)
        if hits is None:
            print(f"  nothing for: {sentence}")
            continue
        if hits[1] == f"/oplaeg/{ids[deck]}/side/{page}":
            first += 1
        else:
            print(f"  {hits[1]} before /oplaeg/{ids[deck]}/side/{page} for: {sentence}")
        shown = " ".join(unescape(re.sub(r"<[^>]+>", " ", client.get(hits[1]).text)).split())
        landed += sentence in shown
    return first, landed


def measure(figures: Figures, name: str, work: Callable[[str], object], asked: Sequence[str]) -> None:
    times: list[float] = []
    for turn in range(ROUNDS + 1):
        for written in asked:
            started = time.perf_counter()
            work(written)
            if turn:
                times.append((time.perf_counter() - started) * 1000)
    p95 = statistics.quantiles(times, n=20)[-1]
    measured = f"{p95:.1f} ms (p50 {statistics.median(times):.1f}, n = {len(times)})"
    figures.note(f"decks: {name}, p95", measured, f"{P95_MS:.0f} ms", p95 <= P95_MS)


def run(
    figures: Figures,
    tools: Tools,
    owner: Database,
    settings: Settings,
    folder: Path,
    decks: int,
    read: int,
) -> None:
    made, places = plan(decks, random.Random(10))
    started = time.perf_counter()
    with ProcessPoolExecutor(2) as pool:
        files = list(
            pool.map(print_deck, [folder / f"{n}.pdf" for n in range(read)], made, range(read), chunksize=5)
        )
    print(f"{read} decks of {PAGES} pages made in {time.perf_counter() - started:.0f} s (not counted)")
    with tools.database.unit() as session:
        spots = fill(session, decks)
    started = time.perf_counter()
    ids = send(tools, files, spots[:read])
    sent = time.perf_counter() - started
    print(f"sent and checked in {sent:.1f} s, {sent / max(read, 1) * 1000:.0f} ms a deck")
    started = time.perf_counter()
    run_waiting(tools)
    took = time.perf_counter() - started
    with tools.database.unit() as session:
        pages = session.scalar(select(func.count()).select_from(SlidePage)) or 0
        shown = session.scalar(
            select(func.count()).select_from(Deck).where(Deck.current_revision_id.is_not(None))
        )
    figures.note(
        "decks: read, drawn and indexed",
        f"{pages} pages of {shown} decks in {took:.0f} s: {pages / took:.1f} pages/s",
        f"{read * PAGES} pages of {read}",
        (pages, shown) == (read * PAGES, read),
    )
    ids += put(tools, made[read:], spots[read:])
    with tools.database.unit() as session:
        refresh_vocabulary(session)
        pages = session.scalar(select(func.count()).select_from(SlidePage))
    print(f"searched: {pages} pages")
    with owner.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("vacuum analyze"))
    client = TestClient(create_app(settings, tools))
    first, landed = count_found(client, ids, places)
    for name, count in (("first hit of a known sentence", first), ("link lands on its page", landed)):
        measured = f"{count} of {len(places)}"
        figures.note(f"decks: {name}", measured, f"{KNOWN} of {KNOWN}", count == len(places) == KNOWN)
    with tools.database.unit() as session:
        known = list(places)[:20]
        of_pages = ("deck_page",)
        measure(figures, "search, all kinds", lambda asked: search(session, STRANGER, Query(asked)), ASKED)
        measure(
            figures,
            "search, pages with menus",
            lambda q: search(session, STRANGER, Query(q, of_pages)),
            ASKED,
        )
        measure(
            figures,
            "search, a whole sentence",
            lambda q: search(session, STRANGER, Query(q, of_pages)),
            known,
        )
        measure(
            figures, "more like this page", lambda asked: similar(session, STRANGER, asked, of_pages), known
        )


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--decks", type=int, default=300)
    parser.add_argument("--read", type=int, default=300)
    given = parser.parse_args()
    decks, read = given.decks, min(given.read, given.decks)
    settings, figures = Settings(), Figures()
    connect_rooms(settings)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        with ensure_server(folder / "pg", fast=True) as server:
            owner, database = Database(server.url()), Database(server.url(role=APP_ROLE))
            migrate_database(owner, database)
            tools = Tools(database, open_folder(folder / "files"), FolderTransport(folder / "mail"))
            run(figures, tools, owner, settings, folder, decks, read)
            database.close()
            owner.close()
    return figures.close()


if __name__ == "__main__":
    sys.exit(main())
