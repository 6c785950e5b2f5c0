"""Versions of decks, tombstones, themes, what is read by machine, and many decks at once."""

import io
from pathlib import Path
from zipfile import ZipFile

import pytest
from PIL import Image, ImageDraw, ImageFont
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.documents.marks import mark_picture
from app.core.documents.reading import read_document, read_scans
from app.core.documents.scans import find_scan_reader
from app.core.policy import STRANGER, Actor, Refused
from app.core.storage import Storage, open_folder
from app.domain.presentations.batches import add_batch, check_batch, start_batch, take_next
from app.domain.presentations.comparing import PageChange, PageWords, compare_pages
from app.domain.presentations.models import Deck, DeckBatch, DeckRevision, SlidePage
from app.domain.presentations.queries import (
    find_deck,
    find_file,
    find_picture,
    find_tombstone,
    find_unreadable_pages,
    list_page_documents,
    list_versions,
)
from app.domain.presentations.service import finish_scans, withdraw_deck, withdraw_revision
from app.domain.presentations.themes import judge_themes, list_deck_themes, suggest_deck_themes
from app.domain.strategies.models import Strategy, Theme
from tests.core.documents.samples import make_pdf, make_rich_pptx
from tests.decks import (
    add_deck_row,
    add_meeting_row,
    add_read_deck,
    add_revision_row,
    add_talk_row,
    list_entries,
    list_waiting,
)
from tests.people import People


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    return open_folder(tmp_path / "files")


def add_new_version(session: Session, deck: Deck) -> DeckRevision:
    """A second version that is shown from now on."""
    newer = add_revision_row(session, deck, 2, state="ready", page_count=1)
    session.add(
        SlidePage(
            revision_id=newer.id, number=1, title="Ny", text="Ny", has_text=True, picture_key="ny/1",
            thumbnail_key="ny/1s", width=960, height=540,
        )
    )  # fmt: skip
    deck.current_revision_id = newer.id
    session.flush()
    return newer


def test_a_version_that_nobody_can_read_yet_is_told_to_who_may_send_a_better_one(
    session: Session, people: People
) -> None:
    meeting = add_meeting_row(session)
    item = add_talk_row(session, meeting)
    deck = add_read_deck(session, meeting, item=item)
    add_revision_row(session, deck, 2, state="refused")
    add_revision_row(session, deck, 3)
    view = find_deck(session, STRANGER, deck.id)
    assert view is not None
    speaker = Actor(speaker_id=1, speaks_at=frozenset({(meeting.id, item.id)}))
    elsewhere = Actor(speaker_id=1, speaks_at=frozenset({(meeting.id, item.id + 1)}))
    told = [
        [one.number for one in list_versions(session, actor, view)]
        for actor in (people.staff, speaker, elsewhere, people.vendor, STRANGER)
    ]
    assert told == [[3, 2, 1], [3, 2, 1], [1], [1], [1]]


def test_pages_are_told_as_new_gone_changed_or_moved() -> None:
    before = [
        PageWords(1, "A", "a"),
        PageWords(2, "B", "b\nfælles"),
        PageWords(3, "C", "c"),
        PageWords(4, "D", "d"),
    ]
    after = [
        PageWords(1, "C", "c"),
        PageWords(2, "A", "a"),
        PageWords(3, "B", "b\nny linje"),
        PageWords(4, "E", "e"),
    ]
    assert compare_pages(before, after) == [
        PageChange("moved", 3, 1, "C"),
        PageChange("changed", 2, 3, "B", ("ny linje",), ("fælles",)),
        PageChange("new", None, 4, "E"),
        PageChange("gone", 4, None, "D"),
    ]
    assert compare_pages(before, before) == []


def test_a_page_with_the_same_words_that_looks_different_is_told_of(tmp_path: Path) -> None:
    def draw(name: str, box: int, shade: int = 255) -> str:
        picture = Image.new("RGB", (320, 180), (shade, 255, 255))
        ImageDraw.Draw(picture).rectangle((box, 40, box + 60, 100), fill=(0, 90, 90))
        picture.save(tmp_path / name, "WEBP", quality=80)
        return mark_picture(tmp_path / name)

    left, right, tinted = draw("a.webp", 20), draw("b.webp", 200), draw("c.webp", 20, 250)
    before = [PageWords(1, "A", "a", left), PageWords(2, "B", "b", left), PageWords(3, "C", "c", left)]
    after = [PageWords(1, "A", "a", tinted), PageWords(2, "B", "b", right), PageWords(3, "C", "ny c", right)]
    assert compare_pages(before, after) == [
        PageChange("redrawn", 2, 2, "B", is_redrawn=True),
        PageChange("changed", 3, 3, "C", ("ny c",), ("c",), is_redrawn=True),
    ]
    unmarked = [PageWords(page.number, page.title, page.text) for page in before]
    assert compare_pages(unmarked, before) == []


def test_an_old_version_leaves_by_the_same_check_as_the_deck(session: Session) -> None:
    deck = add_read_deck(session, add_meeting_row(session), access="participants")
    add_new_version(session, deck)
    assert find_file(session, STRANGER, deck.id, 1) is None
    assert find_picture(session, STRANGER, deck.id, 1, False, 1) is None
    deck.access = "public"
    session.flush()
    file, picture = (
        find_file(session, STRANGER, deck.id, 1),
        find_picture(session, STRANGER, deck.id, 1, False, 1),
    )
    assert file and file.key == f"decks/{deck.id}/1/original.pdf"
    assert picture and picture.key == f"decks/{deck.id}/1/001.webp"


def test_an_old_version_can_be_taken_away_and_the_shown_one_not(session: Session, people: People) -> None:
    deck = add_read_deck(session, add_meeting_row(session))
    add_new_version(session, deck)
    with pytest.raises(Refused) as refused:
        withdraw_revision(session, people.staff, deck.id, 2)
    assert refused.value.code == "deck_version_shown"
    withdraw_revision(session, people.staff, deck.id, 1)
    assert find_file(session, people.staff, deck.id, 1) is None
    assert list_waiting(session, "presentations.remove_files") == [{"folder": f"decks/{deck.id}/1"}]


def test_a_withdrawn_deck_leaves_a_tombstone_for_who_could_see_it(session: Session, people: People) -> None:
    open_deck = add_read_deck(session, add_meeting_row(session, "10"), title="Åbent")
    closed = add_read_deck(session, add_meeting_row(session, "11"), title="Lukket", access="staff")
    for deck in (open_deck, closed):
        withdraw_deck(session, people.staff, deck.id, "Oplægsholderen bad om det")
    assert find_deck(session, people.staff, open_deck.id) is None
    assert find_file(session, people.staff, open_deck.id) is None
    assert list(list_page_documents(session, None)) == []
    assert find_picture(session, people.staff, open_deck.id, 1, False, 1) is None
    stone = find_tombstone(session, STRANGER, open_deck.id)
    assert stone and (stone.title, stone.why) == ("Åbent", "Oplægsholderen bad om det")
    assert find_tombstone(session, STRANGER, closed.id) is None
    assert [entry[0] for entry in list_entries(session)] == ["withdraw", "withdraw"]


def test_a_theme_is_put_on_a_page_by_a_person_and_then_told_to_the_index(
    session: Session, people: People
) -> None:
    strategy = Strategy(key="s", name="S", level="municipal", owner="KL", period_from=2016)
    session.add(strategy)
    session.flush()
    theme = Theme(
        strategy_id=strategy.id, key="velfaerd", code="1", position=1, name="Velfærdsteknologi",
        keywords=["velfærdsteknologi"],
    )  # fmt: skip
    session.add(theme)
    session.flush()
    pages = [("Forside", "Forside"), ("Velfærdsteknologi", "Velfærdsteknologi i plejen")]
    deck = add_read_deck(session, add_meeting_row(session), pages)
    view = find_deck(session, people.staff, deck.id)
    assert view
    suggested = suggest_deck_themes(session, view)
    assert [(one.number, [found.theme.id for found in one.suggestions]) for one in suggested] == [
        (0, [theme.id]),
        (2, [theme.id]),
    ]
    judge_themes(session, people.staff, deck.id, {(2, theme.id): True, (0, theme.id): False})
    assert {
        number: [one.id for one in put] for number, put in list_deck_themes(session, deck.id).items()
    } == {2: [theme.id]}
    assert suggest_deck_themes(session, view) == []
    assert [page.theme_ids for page in list_page_documents(session, None)] == [(), (theme.id,)]
    with pytest.raises(Refused) as refused:
        judge_themes(session, people.staff, deck.id, {(3, theme.id): True})
    assert refused.value.code == "deck_unknown_theme"


def test_words_read_by_machine_are_marked_as_such_and_once(session: Session) -> None:
    deck = add_read_deck(session, add_meeting_row(session))
    revision = session.get_one(DeckRevision, deck.current_revision_id)
    revision.scan_state = "waiting"
    session.flush()
    finish_scans(session, revision.id, {2: "Læst af billedet", 1: "ikke herover"})
    finish_scans(session, revision.id, {2: "En gang til"})
    pages = session.scalars(select(SlidePage).order_by(SlidePage.number)).all()
    assert [(page.text, page.has_text, page.is_machine_read) for page in pages] == [
        ("Første side\nEt punkt", True, False),
        ("Læst af billedet", False, True),
    ]


def test_a_scan_is_read_where_the_reader_is_installed_and_left_where_not(tmp_path: Path) -> None:
    picture = Image.new("RGB", (1600, 900), "white")
    font = ImageFont.load_default(56)
    ImageDraw.Draw(picture).text((80, 80), "Kommunen spurgte igen", font=font, fill="black")
    picture.save(tmp_path / "scan.pdf")
    document = read_document(tmp_path / "scan.pdf", "pdf", tmp_path / "pages")
    assert [(page.has_text, page.is_titled) for page in document.pages] == [(False, False)]
    found = read_scans(tmp_path / "scan.pdf", [1])
    expected = {1: "Kommunen spurgte igen"} if find_scan_reader() else {}
    assert found == expected


def test_what_a_deck_lacks_is_told_by_page(tmp_path: Path) -> None:
    document = read_document(make_rich_pptx(tmp_path / "d.pptx"), "pptx", tmp_path / "pages", office=None)
    page = document.pages[0]
    # Its picture has the name of its file for an alternative text, which is none.
    assert (page.is_titled, page.pictures_without_alt, document.is_tagged) == (True, 1, None)
    assert document.pdf is not None and document.pdf.read_bytes().startswith(b"%PDF-")
    untagged = read_document(make_pdf(tmp_path / "d.pdf", [("T", ["ord " * 10])]), "pdf", tmp_path / "more")
    assert untagged.pages[0].smallest_type == pytest.approx(20, abs=2)
    assert untagged.pdf is None


def test_the_lacks_of_a_deck_are_numbers_of_pages(session: Session, people: People) -> None:
    deck = add_read_deck(session, add_meeting_row(session), [("A", "a"), ("", ""), ("C", "c")])
    third = session.scalars(select(SlidePage).where(SlidePage.number == 3).order_by(SlidePage.id)).one()
    third.smallest_type, third.pictures_without_alt, third.is_titled = 9, 2, False
    revision = session.get_one(DeckRevision, deck.current_revision_id)
    revision.is_tagged, revision.declared_language = False, "en-GB"
    session.flush()
    view = find_deck(session, people.staff, deck.id)
    assert view
    lacks = find_unreadable_pages(session, view)
    assert (lacks.without_text, lacks.without_title, lacks.without_alt, lacks.tiny) == (
        (2,),
        (3,),
        (3,),
        (3,),
    )
    assert (lacks.has_no_title, lacks.has_no_language, lacks.other_language) == (True, False, "en")
    assert lacks.is_untagged


def make_zip(path: Path, listed: str, **files: bytes) -> Path:
    with ZipFile(path, "w") as archive:
        archive.writestr("oplaeg.csv", listed.encode("cp1252"))
        for name, content in files.items():
            archive.writestr(f"mappe/{name}.pdf", content)
    return path


def test_a_dry_run_says_what_becomes_of_each_line_and_writes_nothing(
    session: Session, people: People, tmp_path: Path
) -> None:
    meeting = add_meeting_row(session, "10")
    item = add_talk_row(session, meeting, "Status på strategien")
    pdf = make_pdf(tmp_path / "x.pdf").read_bytes()
    listed = (
        "Fil;Møde;Punkt;Titel;Sprog;Adgang\r\n"
        "god.pdf;10;status på strategien;Gør det nu;dansk;alle\r\n"
        "igen.pdf;10.;;;;\r\n"
        "vaek.pdf;10;;;;\r\n"
        "brudt.pdf;10;;;;\r\n"
        "god.pdf;99;;;;\r\n"
        "god.pdf;10;Ukendt;;;\r\n"
        "god.pdf;10;;;tysk;\r\n"
    )
    path = make_zip(tmp_path / "z.zip", listed, god=pdf, igen=pdf, brudt=b"ikke en pdf", ekstra=pdf)
    rows = check_batch(session, people.staff, path)
    assert [(row.line, row.state, row.problem) for row in rows] == [
        (2, "ok", ""),
        (3, "refused", "deck_row_twice"),
        (4, "refused", "deck_row_missing"),
        (5, "refused", "file_not_what_it_says"),
        (6, "refused", "deck_row_meeting"),
        (7, "refused", "deck_row_item"),
        (8, "refused", "deck_row_language"),
        (0, "refused", "deck_row_not_listed"),
    ]
    assert (rows[0].item_id, rows[0].title, rows[0].access) == (item.id, "Gør det nu", "public")
    assert session.scalars(select(Deck.id).order_by(Deck.id)).all() == []


def test_a_batch_is_put_up_once_and_known_files_stay_as_they_are(
    session: Session, people: People, storage: Storage, tmp_path: Path
) -> None:
    add_meeting_row(session, "10")
    path = make_zip(tmp_path / "z.zip", "fil,møde\na.pdf,10\n", a=make_pdf(tmp_path / "x.pdf").read_bytes())
    batch = add_batch(session, people.staff, storage, path, "gamle.zip")
    start_batch(session, people.staff, batch.id)
    with pytest.raises(Refused) as refused:
        start_batch(session, people.staff, batch.id)
    assert refused.value.code == "deck_batch_started"
    assert [take_next(session, people.staff, storage, path, batch.id) for _ in range(3)] == [
        True,
        False,
        False,
    ]
    deck = session.scalars(select(Deck).order_by(Deck.id)).one()
    revision = session.scalars(select(DeckRevision).order_by(DeckRevision.id)).one()
    assert (deck.title, deck.access, revision.uploaded_by_id) == ("a", "staff", people.staff.user_id)
    assert session.get_one(DeckBatch, batch.id).state == "done"
    (again,) = check_batch(session, people.staff, path)
    assert (again.state, again.deck_id) == ("known", deck.id)


@pytest.mark.parametrize("content", [b"", b"PK", b"ikke en zip" * 9])
def test_what_is_no_zip_is_refused(
    session: Session, people: People, storage: Storage, tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "z.zip"
    path.write_bytes(content)
    with pytest.raises(Refused) as refused:
        add_batch(session, people.staff, storage, path, "z.zip")
    assert refused.value.code == "deck_batch_zip"


@pytest.mark.parametrize(
    ("listed", "code"),
    [
        ("titel;sprog\n", "deck_batch_columns"),
        ("", "deck_batch_columns"),
        ("fil;møde\x00\n", "deck_batch_columns"),
    ],
)
def test_a_list_that_cannot_be_read_is_refused(
    session: Session, people: People, tmp_path: Path, listed: str, code: str
) -> None:
    held = io.BytesIO(make_pdf(tmp_path / "x.pdf").read_bytes()).getvalue()
    with pytest.raises(Refused) as refused:
        check_batch(session, people.staff, make_zip(tmp_path / "z.zip", listed, a=held))
    assert refused.value.code == code


def test_a_deck_row_without_a_file_has_nothing_to_lack(session: Session, people: People) -> None:
    deck = add_deck_row(session, add_meeting_row(session))
    view = find_deck(session, people.staff, deck.id)
    assert view and not find_unreadable_pages(session, view)
