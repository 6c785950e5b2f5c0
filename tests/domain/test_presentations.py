"""Decks: who may see them, what the verbs do, and how a file becomes pages."""

from dataclasses import replace
from datetime import date
from itertools import product
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.documents.limits import Limits
from app.core.policy import STRANGER, SYSTEM, NotAllowed, NotFound, Refused
from app.core.storage import Storage, open_folder
from app.domain.meetings.programme import remove_item
from app.domain.presentations.models import Deck, DeckRevision, SlidePage
from app.domain.presentations.of_meetings import list_deck_lines
from app.domain.presentations.policy import (
    may_add_decks,
    may_read_notes,
    may_see,
    pages_visible_to,
    visible_to,
)
from app.domain.presentations.queries import (
    PageDocument,
    count_decks,
    find_deck,
    find_file,
    find_page,
    find_picture,
    list_all_decks,
    list_page_documents,
    list_page_ids_of_items,
    list_page_ids_of_meeting,
)
from app.domain.presentations.schemas import DeckEdit, DeckInput, DeckRecord
from app.domain.presentations.service import (
    add_deck,
    add_revision,
    clean_filename,
    edit_deck,
    put_deck,
    read_again,
)
from tests.core.documents.samples import make_pdf
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
from tests.signing_up import attending


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    return open_folder(tmp_path / "files")


# --- who may see what


def test_only_staff_adds_decks(people: People) -> None:
    assert {name for name, actor in people.all().items() if may_add_decks(actor)} == {"staff", "admin"}


def test_the_rule_in_sql_and_in_python_agree_for_everybody(session: Session, people: People) -> None:
    decks = []
    for access, is_published in product(("public", "participants", "staff"), (True, False)):
        meeting = add_meeting_row(session, f"{access}-{is_published}", is_published=is_published)
        people = attending(people, meeting, "vendor" if is_published else "rival")
        decks.append((add_read_deck(session, meeting, access=access), is_published))
        if access == "participants" and is_published:
            people = attending(people, meeting, "newcomer", "consultancy")
    for name, actor in people.all().items():
        by_rule = {
            deck.id
            for deck, is_published in decks
            if may_see(actor, deck.access, SimpleNamespace(id=deck.meeting_id, is_published=is_published))
        }
        assert set(session.scalars(select(Deck.id).where(visible_to(actor)))) == by_rule, name
        pages = session.scalars(select(SlidePage.revision_id).where(pages_visible_to(actor)))
        assert set(pages) == {deck.current_revision_id for deck, _ in decks if deck.id in by_rule}, name


def test_notes_are_read_by_all_who_see_the_deck_or_by_its_speaker_alone(people: People) -> None:
    for shows in (False, True):
        deck = SimpleNamespace(meeting=SimpleNamespace(id=1), item_id=2, shows_notes=shows)
        speaker, another = (replace(STRANGER, speaks_at=frozenset({(1, item)})) for item in (2, 3))
        others = (STRANGER, another, people.vendor, people.staff, people.admin, SYSTEM)
        assert [may_read_notes(actor, deck) for actor in (speaker, *others)] == [True, *[shows] * 6]


def test_a_deck_at_an_item_that_is_only_drafted_waits_for_the_programme(
    session: Session, people: People
) -> None:
    meeting = add_meeting_row(session)
    talk = add_talk_row(session, meeting)
    talk.is_new = True
    deck = add_read_deck(session, meeting, item=talk)
    people = attending(people, meeting, "vendor")
    place = SimpleNamespace(id=meeting.id, is_published=True)
    for name, actor in people.all().items():
        is_seen = session.scalar(select(Deck.id).where(visible_to(actor))) is not None
        assert is_seen == may_see(actor, "public", place, talk.id, is_drafted=True) == actor.is_staff, name
    speaker = replace(people.loner, meeting_roles=frozenset({(meeting.id, "speaker")}))
    linked = replace(STRANGER, speaks_at=frozenset({(meeting.id, talk.id)}))
    assert [session.scalar(select(Deck.id).where(visible_to(one))) for one in (speaker, linked)] == [
        deck.id,
        deck.id,
    ]
    talk.is_new = False
    session.flush()
    assert session.scalar(select(Deck.id).where(visible_to(people.stranger))) == deck.id


def test_a_talk_with_slides_is_taken_off_only_when_the_slides_have_been_moved(session: Session) -> None:
    meeting = add_meeting_row(session)
    talk = add_talk_row(session, meeting)
    deck = add_read_deck(session, meeting, item=talk)
    pages = list_page_ids_of_items(session, [talk.id])
    with pytest.raises(Refused, match="item_in_use"):
        remove_item(session, SYSTEM, talk.id)
    deck.item_id = None
    session.flush()
    remove_item(session, SYSTEM, talk.id)
    assert (list_page_ids_of_items(session, [talk.id]), len(pages)) == ([], 2)


@pytest.mark.parametrize(
    ("access", "names"),
    [
        ("public", {"stranger", "loner", "newcomer", "vendor", "municipality", "staff"}),
        ("participants", {"vendor", "staff"}),
        ("staff", {"staff"}),
    ],
)
def test_access_opens_a_deck_of_a_published_meeting(
    session: Session, people: People, access: str, names: set[str]
) -> None:
    here, there = add_meeting_row(session), add_meeting_row(session, "11")
    people = attending(attending(people, here, "vendor"), there, "municipality")
    meeting = SimpleNamespace(id=here.id, is_published=True)
    asked = ("stranger", "loner", "newcomer", "vendor", "municipality", "staff")
    assert {name for name in asked if may_see(getattr(people, name), access, meeting)} == names


def test_nothing_of_a_hidden_deck_is_found_by_any_query(session: Session, people: People) -> None:
    meeting = add_meeting_row(session)
    hidden = add_read_deck(session, meeting, access="staff")
    draft = add_read_deck(session, add_meeting_row(session, "11", is_published=False))
    for deck in (hidden, draft):
        for actor in (STRANGER, people.vendor, people.municipality):
            assert find_deck(session, actor, deck.id) is None
            assert find_file(session, actor, deck.id) is None
            assert find_picture(session, actor, deck.id, 1, False) is None
            assert session.scalar(select(SlidePage.id).where(pages_visible_to(actor))) is None
            assert list_deck_lines(session, actor, deck.meeting_id) == []
        assert [line.id for line in list_deck_lines(session, people.staff, deck.meeting_id)] == [deck.id]
    assert list_all_decks(session, STRANGER) == []
    assert count_decks(session, STRANGER) == []
    assert [deck.id for deck in list_all_decks(session, people.staff)] == [draft.id, hidden.id]


@pytest.mark.parametrize("number", [0, -1, 2**53 + 1, 2**70])
def test_numbers_that_no_row_has_find_nothing(session: Session, number: int) -> None:
    deck = add_read_deck(session, add_meeting_row(session))
    view = find_deck(session, STRANGER, deck.id)
    assert view is not None
    assert find_deck(session, STRANGER, number) is None
    assert find_file(session, STRANGER, number) is None
    assert find_picture(session, STRANGER, number, 1, True) is None
    assert find_picture(session, STRANGER, deck.id, number, True) is None
    assert find_page(session, STRANGER, view, number) is None


# --- verbs


def test_a_new_deck_is_recorded_and_has_no_file(session: Session, people: People) -> None:
    meeting = add_meeting_row(session)
    item = add_talk_row(session, meeting)
    given = DeckInput(meeting_id=meeting.id, item_id=item.id, title="Status", access="participants")
    deck = add_deck(session, people.staff, given)
    view = find_deck(session, people.staff, deck.id)
    assert view is not None
    assert (view.title, view.access, view.item_title, view.current, view.newest) == (
        "Status",
        "participants",
        "Status",
        None,
        None,
    )
    assert [part.name for part in view.speakers] == ["Oda Oplæg"]
    assert list_entries(session) == [("add", people.staff.user_id, None, given.model_dump())]


def test_only_staff_may_add_edit_or_send(session: Session, people: People, storage: Storage) -> None:
    meeting = add_meeting_row(session)
    deck = add_deck_row(session, meeting)
    given = DeckInput(meeting_id=meeting.id, title="Mit")
    for actor in (STRANGER, people.vendor, people.municipality, people.loner):
        with pytest.raises(NotAllowed):
            add_deck(session, actor, given)
        with pytest.raises(NotAllowed):
            edit_deck(session, actor, deck.id, DeckEdit(title="Mit", version=1))
        with pytest.raises(NotAllowed):
            add_revision(session, actor, storage, deck.id, Path("findes-ikke"), "a.pdf")
        with pytest.raises(NotAllowed):
            read_again(session, actor, deck.id)
        with pytest.raises(NotAllowed):
            put_deck(session, actor, DeckRecord(meeting_id=meeting.id, key="a"))


def test_an_item_of_another_meeting_is_refused(session: Session) -> None:
    meeting, other = add_meeting_row(session), add_meeting_row(session, "11")
    item = add_talk_row(session, other)
    with pytest.raises(Refused) as refused:
        add_deck(session, SYSTEM, DeckInput(meeting_id=meeting.id, item_id=item.id, title="Status"))
    assert refused.value.code == "unknown_deck_item"


def test_a_deck_of_no_meeting_is_not_found(session: Session) -> None:
    with pytest.raises(NotFound):
        add_deck(session, SYSTEM, DeckInput(meeting_id=2**40, title="Status"))


def test_the_archive_puts_a_deck_once_and_leaves_what_people_changed(session: Session) -> None:
    meeting = add_meeting_row(session)
    record = DeckRecord(meeting_id=meeting.id, key="slides", note="Titlen er ikke gengivet.")
    first = put_deck(session, SYSTEM, record)
    edit_deck(session, SYSTEM, first.id, DeckEdit(title="Nu med titel", version=1))
    again = put_deck(session, SYSTEM, record)
    assert (again.id, again.title) == (first.id, "Nu med titel")
    assert [verb for verb, *_ in list_entries(session)] == ["add", "edit"]


def test_an_edit_notes_both_sides_and_tells_of_the_pages(session: Session, people: People) -> None:
    deck = add_read_deck(session, add_meeting_row(session))
    ids = list_page_ids_of_meeting(session, deck.meeting_id)
    edit_deck(session, people.staff, deck.id, DeckEdit(title="Nyt", access="staff", version=1))
    before = {
        "item_id": None,
        "title": "Et oplæg",
        "language": "da",
        "access": "public",
        "shows_notes": False,
        "note": "",
    }
    assert list_entries(session) == [
        ("edit", people.staff.user_id, before, before | {"title": "Nyt", "access": "staff"})
    ]
    assert deck.version == 2
    assert list_waiting(session, "search.index") == [{"kind": "deck_page", "ids": ids}]


def test_an_edit_from_an_old_form_is_refused(session: Session) -> None:
    deck = add_deck_row(session, add_meeting_row(session))
    edit_deck(session, SYSTEM, deck.id, DeckEdit(title="Først", version=1))
    with pytest.raises(Refused) as refused:
        edit_deck(session, SYSTEM, deck.id, DeckEdit(title="Sidst", version=1))
    assert (refused.value.code, deck.title) == ("stale", "Først")


def test_a_file_is_stored_under_a_key_of_our_own_and_waits_to_be_read(
    session: Session, people: People, storage: Storage, tmp_path: Path
) -> None:
    deck = add_deck_row(session, add_meeting_row(session))
    path = make_pdf(tmp_path / "x")
    revision = add_revision(session, people.staff, storage, deck.id, path, "..\\C:\\Mit oplæg.PDF")
    assert (revision.number, revision.filename, revision.kind, revision.state) == (
        1,
        "Mit oplæg.pdf",
        "pdf",
        "waiting",
    )
    folder, _, name = revision.file_key.rpartition("/")
    assert (folder.rpartition("/")[0], name) == (f"decks/{deck.id}", "original.pdf")
    assert storage.get(revision.file_key) == path.read_bytes()
    assert list_waiting(session, "presentations.read") == [{"revision_id": revision.id}]
    assert [verb for verb, *_ in list_entries(session)] == ["add_revision"]


def test_a_rolled_back_upload_leaves_no_job(session: Session, storage: Storage, tmp_path: Path) -> None:
    deck = add_deck_row(session, add_meeting_row(session))
    with pytest.raises(RuntimeError), session.begin_nested():
        add_revision(session, SYSTEM, storage, deck.id, make_pdf(tmp_path / "x"), "a.pdf")
        raise RuntimeError
    assert list_waiting(session, "presentations.read") == []
    assert session.scalars(select(DeckRevision).order_by(DeckRevision.id)).all() == []


def test_a_refused_file_leaves_nothing(session: Session, storage: Storage, tmp_path: Path) -> None:
    deck = add_deck_row(session, add_meeting_row(session))
    for name, limits, code in (
        ("a.pptx", Limits(), "file_not_what_it_says"),
        ("a.exe", Limits(), "file_unknown_kind"),
        ("a.pdf", Limits(upload=100), "file_too_big"),
    ):
        with pytest.raises(Refused) as refused:
            add_revision(session, SYSTEM, storage, deck.id, make_pdf(tmp_path / "x"), name, limits)
        assert refused.value.code == code
    assert session.scalars(select(DeckRevision).order_by(DeckRevision.id)).all() == []
    assert list((tmp_path / "files").rglob("*.*")) == []


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("oplæg.pdf", "oplæg.pdf"),
        ("/etc/passwd/../oplæg.PDF", "oplæg.pdf"),
        ("C:\\Brugere\\mig\\oplæg.pdf", "oplæg.pdf"),
        ("fdp\u202e.exe.pdf", "fdp.exe.pdf"),
        ("a\x00b\r\nc.pdf", "ab c.pdf"),
        (".pdf", "oplaeg.pdf"),
        ("x" * 400 + ".pdf", "x" * 150 + ".pdf"),
        ("oplæg.odp", "oplæg.pdf"),
    ],
)
def test_a_sent_name_is_cleaned(sent: str, kept: str) -> None:
    assert clean_filename(sent, "pdf") == kept


# --- for the search


def test_the_index_gets_title_text_and_people_but_never_notes(session: Session, people: People) -> None:
    meeting = add_meeting_row(session, held_on=date(2022, 5, 2))
    deck = add_read_deck(session, meeting, item=add_talk_row(session, meeting), title="Strategi")
    older = add_revision_row(session, deck, number=2, state="ready")
    session.add(
        SlidePage(
            revision_id=older.id, number=1, title="Ikke vist", has_text=False,
            picture_key="x", thumbnail_key="y", width=1, height=1,
        )
    )  # fmt: skip
    ids = list_page_ids_of_meeting(session, meeting.id)
    documents = list(list_page_documents(session, None))
    assert documents[0] == PageDocument(
        id=ids[0],
        title="Første side",
        text="Første side\nEt punkt",
        deck_title="Strategi",
        people="Oda Oplæg, Eksempelforeningen",
        organisation_ids=(),
        person_ids=(),
        theme_ids=(),
        language="da",
        year=2022,
        meeting_id=meeting.id,
    )
    assert [document.id for document in documents] == ids
    assert [document.id for document in list_page_documents(session, [ids[1], 2**40])] == [ids[1]]
    assert list_page_ids_of_items(session, [deck.item_id or 0]) == ids
