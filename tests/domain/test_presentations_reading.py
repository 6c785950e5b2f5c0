"""How a file becomes pages: in a job that may be killed, repeated, overtaken or refused."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select, text

from app.core.jobs import defer
from app.core.policy import STRANGER, SYSTEM
from app.domain.presentations.jobs import read
from app.domain.presentations.models import Deck, DeckRevision, SlidePage
from app.domain.presentations.queries import (
    find_deck,
    find_page,
    find_picture,
    list_page_ids_of_meeting,
    list_pages,
)
from app.domain.presentations.service import add_revision, read_again
from tests.core.documents.hostile import write_bomb_pdf, write_encrypted_pdf
from tests.core.documents.samples import make_odp, make_pdf, make_pptx
from tests.decks import add_deck_row, add_meeting_row, add_talk_row, list_entries, list_waiting
from tests.site import Site
from tests.waiting import wait_until


def send(site: Site, path: Path, name: str, deck_id: int | None = None) -> int:
    """A file for a new deck, or for a known one; the deck's id."""
    with site.unit() as session:
        if deck_id is None:
            meeting = add_meeting_row(session)
            deck_id = add_deck_row(session, meeting, item=add_talk_row(session, meeting)).id
        add_revision(session, SYSTEM, site.tools.storage, deck_id, path, name)
    return deck_id


def revisions(site: Site, deck_id: int) -> list[tuple[int, str, str | None, int | None]]:
    with site.unit() as session:
        rows = session.scalars(
            select(DeckRevision).where(DeckRevision.deck_id == deck_id).order_by(DeckRevision.number)
        )
        return [(row.number, row.state, row.refusal, row.page_count) for row in rows]


def shown(site: Site, deck_id: int) -> list[tuple[int, str]]:
    """Number and title of the pages that everybody sees."""
    with site.unit() as session:
        deck = find_deck(session, STRANGER, deck_id)
        assert deck is not None
        return [(page.number, page.title) for page in list_pages(session, deck)]


PAGES = [("Fælles målbilleder", ["Ærø og Åbenrå er med"]), ("Hvad nu?", ["Vi måler effekten"])]
SLIDES = [(title, lines, "Sig det højt") for title, lines in PAGES]


MAKERS: dict[str, Callable[[Path], Path]] = {
    "pdf": lambda path: make_pdf(path, PAGES),
    "pptx": lambda path: make_pptx(path, SLIDES),
    "odp": make_odp,
}


@pytest.mark.parametrize("kind", MAKERS)
def test_a_file_becomes_pages_with_text_and_pictures(site: Site, tmp_path: Path, kind: str) -> None:
    path = MAKERS[kind](tmp_path / f"a.{kind}")
    deck_id = send(site, path, path.name)
    site.work()
    assert revisions(site, deck_id) == [(1, "ready", None, 2)]
    with site.unit() as session:
        deck = find_deck(session, STRANGER, deck_id)
        assert deck is not None and deck.current is not None
        page = find_page(session, STRANGER, deck, 1)
        assert page is not None
        title = "Fælles mål på Ærø" if kind == "odp" else "Fælles målbilleder"
        assert (page.title, page.has_text, page.width) == (title, True, 960)
        assert ("Første punkt" if kind == "odp" else "Ærø og Åbenrå er med") in page.text
        for is_small in (False, True):
            picture = find_picture(session, STRANGER, deck_id, 2, is_small)
            assert picture is not None
            assert site.tools.storage.get(picture.key)[8:12] == b"WEBP"


def test_reading_is_recorded_and_its_pages_go_to_the_index(site: Site, tmp_path: Path) -> None:
    deck_id = send(site, make_pdf(tmp_path / "a.pdf", PAGES), "a.pdf")
    with site.unit() as session:
        revision_id = session.scalars(select(DeckRevision.id)).one()
    read(site.tools, revision_id)
    with site.unit() as session:
        assert list_entries(session)[-1] == ("read", None, None, {"number": 1, "page_count": 2})
        ids = list_page_ids_of_meeting(session, session.get_one(Deck, deck_id).meeting_id)
        assert list_waiting(session, "search.index") == [{"kind": "deck_page", "ids": ids}]


def test_a_read_file_is_not_read_again(site: Site, tmp_path: Path) -> None:
    deck_id = send(site, make_pdf(tmp_path / "a.pdf", PAGES), "a.pdf")
    site.work()
    with site.unit() as session:
        ids = list_page_ids_of_meeting(session, session.get_one(Deck, deck_id).meeting_id)
        revision_id = session.scalars(select(DeckRevision.id)).one()
        defer(session, "presentations.read", revision_id=revision_id)
    site.work()
    with site.unit() as session:
        assert list_page_ids_of_meeting(session, session.get_one(Deck, deck_id).meeting_id) == ids


def test_half_a_reading_is_replaced_by_a_whole_one(site: Site, tmp_path: Path) -> None:
    deck_id = send(site, make_pdf(tmp_path / "a.pdf", PAGES), "a.pdf")
    with site.unit() as session:
        revision = session.scalars(select(DeckRevision)).one()
        revision.state, revision.pages_read, revision.page_count = "reading", 1, 9
        session.add(
            SlidePage(
                revision_id=revision.id,
                number=1,
                title="Halv",
                has_text=False,
                picture_key="x",
                thumbnail_key="y",
                width=1,
                height=1,
            )
        )
    site.work()
    assert revisions(site, deck_id) == [(1, "ready", None, 2)]
    assert shown(site, deck_id) == [(1, "Fælles målbilleder"), (2, "Hvad nu?")]


def read_so_far(site: Site) -> int:
    with site.unit() as session:
        return session.scalars(select(DeckRevision.pages_read)).one()


READER = """
import sys
from pathlib import Path
from app.core.database import Database
from app.core.jobs import Tools
from app.core.storage import open_folder
from app.domain.presentations.jobs import read
from app.tables import load_all_tables
load_all_tables()
read(Tools(Database(sys.argv[1]), open_folder(Path(sys.argv[2])), None), int(sys.argv[3]))
"""


def test_a_reading_that_is_killed_is_done_by_the_next_worker(site: Site, tmp_path: Path) -> None:
    pages = [(f"Side nummer {n}", [f"Linje {k}" for k in range(4)]) for n in range(1, 41)]
    deck_id = send(site, make_pdf(tmp_path / "a.pdf", pages), "a.pdf")
    with site.unit() as session:
        revision_id = session.scalars(select(DeckRevision.id)).one()
    address = site.tools.database.url.render_as_string(hide_password=False)
    reader = subprocess.Popen(
        [sys.executable, "-c", READER, address, str(tmp_path / "files"), str(revision_id)],
        env=os.environ | {"PYTHONPATH": str(Path(__file__).resolve().parents[2])},
        start_new_session=True,
    )
    wait_until(lambda: read_so_far(site) > 0, 30)
    read = read_so_far(site)
    os.killpg(reader.pid, signal.SIGKILL)
    reader.wait()
    assert 0 < read < 40
    assert revisions(site, deck_id) == [(1, "reading", None, 40)]
    assert shown(site, deck_id) == []
    site.work()
    assert revisions(site, deck_id) == [(1, "ready", None, 40)]
    assert shown(site, deck_id) == [(n, f"Side nummer {n}") for n in range(1, 41)]


def test_a_new_version_is_shown_when_it_is_read_and_not_before(site: Site, tmp_path: Path) -> None:
    deck_id = send(site, make_pdf(tmp_path / "a.pdf", PAGES), "a.pdf")
    site.work()
    send(site, make_pdf(tmp_path / "b.pdf", PAGES[1:]), "b.pdf", deck_id)
    assert [title for _, title in shown(site, deck_id)] == ["Fælles målbilleder", "Hvad nu?"]
    site.work()
    assert shown(site, deck_id) == [(1, "Hvad nu?")]
    assert revisions(site, deck_id) == [(1, "ready", None, 2), (2, "ready", None, 1)]


def test_an_older_version_that_is_read_last_is_not_shown(site: Site, tmp_path: Path) -> None:
    deck_id = send(site, make_pdf(tmp_path / "a.pdf", PAGES), "a.pdf")
    with site.unit() as session:
        session.execute(text("update procrastinate_jobs set scheduled_at = now() + interval '1 hour'"))
    send(site, make_pdf(tmp_path / "b.pdf", PAGES[1:]), "b.pdf", deck_id)
    site.work()
    with site.unit() as session:
        session.execute(text("update procrastinate_jobs set scheduled_at = null where status = 'todo'"))
    site.work()
    assert revisions(site, deck_id) == [(1, "ready", None, 2), (2, "ready", None, 1)]
    assert shown(site, deck_id) == [(1, "Hvad nu?")]


@pytest.mark.parametrize("code", ["encrypted", "bomb"])
def test_a_file_that_cannot_be_read_is_refused_and_the_version_before_stays(
    site: Site, tmp_path: Path, code: str
) -> None:
    deck_id = send(site, make_pdf(tmp_path / "a.pdf", PAGES), "a.pdf")
    site.work()
    path = tmp_path / "b.pdf"
    write_encrypted_pdf(path, b"hemmeligt") if code == "encrypted" else write_bomb_pdf(path)
    send(site, path, "b.pdf", deck_id)
    site.work()
    assert revisions(site, deck_id) == [(1, "ready", None, 2), (2, "refused", code, None)]
    assert [title for _, title in shown(site, deck_id)] == ["Fælles målbilleder", "Hvad nu?"]


def test_a_file_that_has_left_the_storage_is_refused(site: Site, tmp_path: Path) -> None:
    deck_id = send(site, make_pdf(tmp_path / "a.pdf"), "a.pdf")
    with site.unit() as session:
        site.tools.storage.delete(session.scalars(select(DeckRevision.file_key)).one())
    site.work()
    assert revisions(site, deck_id) == [(1, "refused", "lost", None)]


def test_a_reading_left_behind_can_be_asked_for_again(site: Site, tmp_path: Path) -> None:
    deck_id = send(site, make_pdf(tmp_path / "a.pdf", PAGES), "a.pdf")
    with site.unit() as session:
        session.execute(text("delete from procrastinate_jobs"))
        read_again(session, SYSTEM, deck_id)
        read_again(session, SYSTEM, deck_id)
        assert len(list_waiting(session, "presentations.read")) == 1
    site.work()
    assert revisions(site, deck_id) == [(1, "ready", None, 2)]
    with site.unit() as session:
        read_again(session, SYSTEM, deck_id)
        assert list_waiting(session, "presentations.read") == []
