"""Many decks at once, the themes of their pages, and what a new version changed: as staff sees it."""

import re
from datetime import datetime
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from sqlalchemy import func, select

from app.core.clock import COPENHAGEN
from app.core.policy import SYSTEM
from app.domain.meetings.models import AgendaItem
from app.domain.presentations.models import Deck, DeckTheme, SlidePage
from app.domain.presentations.service import add_revision
from tests.core.documents.samples import make_pdf
from tests.decks import add_deck_row, add_meeting_row, add_read_deck, add_talk_row
from tests.node.html_validate import find_html_errors
from tests.said import add_theme_rows
from tests.site import Browser, Site

BATCHES = "/oplaeg/samlet"
LISTED = (
    "fil;møde;punkt;titel;sprog;adgang\r\n"
    "god.pdf;10;status på strategien;Gør det nu;dansk;alle\r\n"
    "vaek.pdf;10;;;;\r\n"
    "brudt.pdf;10;;;;\r\n"
    "god.pdf;99;;;;\r\n"
    "god.pdf;10;Ukendt;;;\r\n"
    "god.pdf;10;;;tysk;\r\n"
    "god.pdf;10;;;;hvem som helst\r\n"
)
ROWS = [
    ("2", "god.pdf", "Kan lægges op"),
    ("3", "vaek.pdf", "Ikke lagt op Filen ligger ikke i zip-filen. Ret navnet, eller læg filen i."),
    ("4", "brudt.pdf", "Ikke lagt op Filens indhold passer ikke til dens navn."),
    ("5", "god.pdf", "Ikke lagt op Vi kender ikke mødet."),
    ("6", "god.pdf", "Ikke lagt op Ét programpunkt skal passe."),
    ("7", "god.pdf", "Ikke lagt op Sproget skal være dansk, engelsk, svensk eller norsk."),
    ("8", "god.pdf", "Ikke lagt op Adgang skal være alle, deltagere eller sekretariat."),
    ("–", "ekstra.pdf", "Ikke lagt op Filen står ikke på listen og bliver sprunget over."),
]


@pytest.fixture
def packed(site: Site, tmp_path: Path) -> Path:
    """A zip with a list in which one line is right, for a meeting that is there."""
    with site.unit() as session:
        add_talk_row(session, add_meeting_row(session, "10"), "Status på strategien")
    pdf = make_pdf(tmp_path / "x.pdf", [("Målbilleder", ["Ærø er med"])]).read_bytes()
    with ZipFile(tmp_path / "gamle.zip", "w") as archive:
        archive.writestr("oplaeg.csv", LISTED.encode("cp1252"))
        for name, content in {"god": pdf, "brudt": b"ikke en pdf", "ekstra": pdf}.items():
            archive.writestr(f"mappe/{name}.pdf", content)
    return tmp_path / "gamle.zip"


def send(browser: Browser, packed: Path) -> str:
    """The address of the dry run that a zip leads to."""
    answer = browser.post(BATCHES, {}, files={"file": (packed.name, packed.read_bytes())})
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"]).partition("?")[0]


def read_rows(page: str) -> list[tuple[str, ...]]:
    """Line, file and what happens of each line of the table."""
    body = page.partition("<tbody>")[2].partition("</tbody>")[0]
    rows = []
    for row in body.split("<tr>")[1:]:
        cells = [
            " ".join(re.sub(r"<[^>]+>", " ", cell).split())
            for cell in re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", row, re.DOTALL)
        ]
        rows.append((cells[0], cells[1], cells[4]))
    return rows


def test_an_item_is_found_by_the_danish_time_at_which_it_begins(site: Site, tmp_path: Path) -> None:
    with site.unit() as session:
        meeting = add_meeting_row(session, "10")
        for hour, title in ((9, "Første oplæg"), (10, "Andet oplæg")):
            add_talk_row(session, meeting, title).starts_at = datetime(
                2020, 10, 28, hour, 30, tzinfo=COPENHAGEN
            )
    listed = "fil;møde;punkt\r\na.pdf;10;9.30\r\nb.pdf;10;10:30\r\n"
    with ZipFile(tmp_path / "dagens.zip", "w") as archive:
        archive.writestr("oplaeg.csv", listed.encode("cp1252"))
        for name in ("a", "b"):
            archive.writestr(f"{name}.pdf", make_pdf(tmp_path / "x.pdf", [(name, [name])]).read_bytes())
    staff = site.browser("staff")
    staff.post(f"{send(staff, tmp_path / 'dagens.zip')}/start")
    site.work()
    with site.unit() as session:
        found = session.execute(
            select(Deck.title, AgendaItem.title)
            .join(AgendaItem, AgendaItem.id == Deck.item_id)
            .order_by(Deck.id)
        )
        assert [tuple(row) for row in found] == [("a", "Første oplæg"), ("b", "Andet oplæg")]


def count_decks(site: Site) -> int:
    with site.unit() as session:
        return session.scalars(select(func.count()).select_from(Deck)).one()


def test_a_dry_run_tells_of_each_line_and_only_a_press_puts_decks_up_once(site: Site, packed: Path) -> None:
    staff = site.browser("staff")
    first = send(staff, packed)
    page = staff.get(first).text
    told = read_rows(page)
    assert [(line, file) for line, file, _what in told] == [(line, file) for line, file, _what in ROWS]
    assert [what.startswith(row[2]) for (*_, what), row in zip(told, ROWS, strict=True)] == [True] * 8
    assert "Intet er lagt op endnu" in page and "Læg 1 oplæg op" in page
    assert count_decks(site) == 0
    assert find_html_errors({"batch": page, "batches": staff.get(BATCHES).text}) == []

    assert staff.post(f"{first}/start").headers["location"] == f"{first}?kvittering=deck_batch_started"
    site.work()
    assert count_decks(site) == 1
    done = staff.get(first).text
    assert read_rows(done)[0] == ("2", "god.pdf", "Lagt op Se oplægget : Gør det nu")
    assert "Læg 1 oplæg op" not in done
    address = re.search(r'href="(/oplaeg/\d+)"', done.partition("<tbody>")[2])
    assert address and "Gør det nu" in site.browser().get(address[1]).text
    assert "Ærø er med" in site.browser().get(f"{address[1]}/side/1").text

    # The same zip again: its one good line is known, and neither a press nor a start twice adds anything.
    again = send(staff, packed)
    known = read_rows(staff.get(again).text)[0]
    assert known == ("2", "god.pdf", "Findes Filen er lagt op ved mødet i forvejen.")
    assert "Læg 1 oplæg op" not in staff.get(again).text
    for path in (first, again):
        staff.post(f"{path}/start")
        site.work()
    assert count_decks(site) == 1
    for who, status in (("stranger", 303), ("vendor", 403), ("municipality", 403)):
        assert [site.browser(who).get(path).status_code for path in (BATCHES, first)] == [status, status]


def test_a_theme_that_is_suggested_stands_nowhere_until_a_person_says_that_it_fits(site: Site) -> None:
    with site.unit() as session:
        (theme,) = add_theme_rows(session, "Velfærdsteknologi")
        theme.keywords = ["velfærdsteknologi"]
        pages = [("Forside", "Forside"), ("Velfærdsteknologi", "Velfærdsteknologi i plejen")]
        deck_id = add_read_deck(session, add_meeting_row(session, "10"), pages, storage=site.tools.storage).id
    path, staff, stranger = f"/oplaeg/{deck_id}/temaer", site.browser("staff"), site.browser()
    chip = 'class="chip"'

    def put() -> list[tuple[int, bool, int | None]]:
        with site.unit() as session:
            rows = session.scalars(select(DeckTheme).order_by(DeckTheme.number)).all()
            return [(row.number, row.is_accepted, row.judged_by_id) for row in rows]

    page = staff.get(path).text
    assert re.findall(r'name="fits" value="([^"]+)"', page) == [f"0-{theme.id}", f"2-{theme.id}"]
    assert " checked" not in page and find_html_errors({"themes": page}) == []
    assert put() == [] and chip not in stranger.get(f"/oplaeg/{deck_id}/side/2").text
    assert staff.post(path, {}).status_code == 303 and put() == []
    said = {"fits": f"2-{theme.id}", "unfit": f"0-{theme.id}"}
    assert site.browser("vendor").post(path, said).status_code == 403
    assert staff.post(path, said).headers["location"] == f"{path}?kvittering=deck_themes_saved"
    judge = site.people.staff.user_id
    assert put() == [(0, False, judge), (2, True, judge)]
    shown = [stranger.get(f"/oplaeg/{deck_id}{where}").text for where in ("", "/side/1", "/side/2")]
    assert [chip in page for page in shown] == [False, False, True]
    assert "Tag af:" in staff.get(path).text and 'name="fits"' not in staff.get(path).text
    assert staff.post(path, {"fits": f"9-{theme.id}"}).status_code == 422


def read_changes(page: str) -> list[tuple[str, list[str]]]:
    """What each changed page is told to have, and the pictures that stand beside it."""
    changes = page.partition('<ul class="changes">')[2].partition('<p class="cluster">')[0]
    return [
        (
            " ".join(re.sub(r"<[^>]+>", " ", one.partition('<div class="then-and-now">')[0]).split()),
            re.findall(r'<img src="([^"]+)"', one),
        )
        for one in re.split(r"<li>(?=\s*<a)", changes)[1:]
    ]


def test_a_new_version_shows_pages_that_look_different_then_and_now(site: Site, tmp_path: Path) -> None:
    def save(deck_id: int, name: str, *pages: tuple[str, list[str]]) -> None:
        with site.unit() as session:
            add_revision(session, SYSTEM, site.tools.storage, deck_id, make_pdf(tmp_path / name, pages), name)
        site.work()

    with site.unit() as session:
        deck_id = add_deck_row(session, add_meeting_row(session, "10")).id
    save(deck_id, "a.pdf", ("Forside", ["Ærø"]), ("Målbilleder", ["Ærø er med"]))
    save(deck_id, "b.pdf", ("Forside", ["Ærø"]), ("Målbilleder", ["Åbenrå er med " * 9, "Og Ærø " * 9]))
    stranger, here = site.browser(), f"/oplaeg/{deck_id}"
    page = stranger.get(f"{here}/versioner").text
    assert find_html_errors({"versions": page}) == []
    ((told, pictures),) = read_changes(page)
    assert told.startswith("Side 2 er ændret: Målbilleder ( se den gamle side 2 ) Ærø er med Åbenrå er med")
    assert pictures == [f"{here}/version/{number}/side/2/miniature.webp" for number in (1, 2)]
    sent: list[Any] = [stranger.get(path) for path in pictures]
    assert [one.headers["content-type"] for one in sent] == ["image/webp", "image/webp"]
    assert sent[0].content != sent[1].content
    # The same words, drawn otherwise: told of by the pictures alone.
    with site.unit() as session:
        old, new = session.scalars(
            select(SlidePage).where(SlidePage.number == 2).order_by(SlidePage.id)
        ).all()
        old.text, old.title = new.text, new.title
    ((told, pictures_of_it),) = read_changes(stranger.get(f"{here}/versioner").text)
    assert told.startswith("Side 2 ser anderledes ud, med de samme ord") and pictures_of_it == pictures
    with site.unit() as session:
        session.get_one(Deck, deck_id).access = "staff"
    assert [stranger.get(path).status_code for path in (f"{here}/versioner", *pictures)] == [404, 404, 404]
