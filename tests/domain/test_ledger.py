"""Who was met, what they got, when all got the same; and what an organisation says about it."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import event, select, text, update
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from app.core.asking import read
from app.core.audit import AuditEntry
from app.core.clock import moved_to, now
from app.core.policy import SYSTEM, NotAllowed, NotFound, Refused
from app.core.storage import open_folder
from app.domain.contributions.gathering import gather
from app.domain.contributions.service import withdraw
from app.domain.ledger.decks import note_decks_of_one_vendor
from app.domain.ledger.exporting import export_ledger, find_export, is_intact, list_exports, name_staff
from app.domain.ledger.models import LedgerEntry, LedgerExport, LedgerOrganisation
from app.domain.ledger.open_gaps import gaps_counted, list_gaps
from app.domain.ledger.policy import correction_answer_by, entries_visible_to, is_on_site, may_see
from app.domain.ledger.queries import (
    find_entry,
    find_file,
    list_entries,
    list_noted_on_own,
    list_shared,
    list_tenders,
    list_waiting_requests,
)
from app.domain.ledger.recording import put_entry, put_tender
from app.domain.ledger.schemas import (
    CorrectionInput,
    DeclineInput,
    EntryFacts,
    JustifyInput,
    PublishInput,
    QuestionInput,
    RequestInput,
    TenderFacts,
)
from app.domain.ledger.service import (
    ask_for_correction,
    correct_entry,
    decline_correction,
    justify_gap,
    keep_file,
    notice_late,
    publish_gap,
    reopen_gap,
)
from app.domain.ledger.tenders import add_question
from app.domain.presentations.models import Deck
from app.domain.registrations.models import Registration
from tests.core.documents.samples import make_pdf
from tests.noted import FILE, MET, NOTE, add_entry, add_handout, add_open_tender, answer_alone, ask_alone
from tests.people import People
from tests.said import add_meeting_row

NOBODY = 2**62  # a number that no row ever gets
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)  # a Monday
WRONG = RequestInput(text="Vi var ikke med den dag.")
WHY = JustifyInput(reason="Det er leverandørens egen idé.")


@pytest.fixture(autouse=True)
def in_november() -> Iterator[None]:
    with moved_to(NOON):
        yield


def corrected(people: People, **given: object) -> CorrectionInput:
    values = MET | {
        "organisation_ids": [people.vendor.organisation_id],
        "reason": "Skrevet forkert.",
        "number": 0,
    }
    return CorrectionInput.model_validate(values | given)


def gaps(session: Session, people: People, **given: int) -> list[tuple[str, str, tuple[str, ...]]]:
    rows = list_gaps(session, people.staff, **given).rows
    return [(row.thing, row.title, tuple(name for _, name in row.organisations)) for row in rows]


# --- who notes, who reads


def test_the_rule_and_its_sql_agree_for_every_kind_of_person(session: Session, people: People) -> None:
    add_entry(session, people)
    add_entry(session, people, people.vendor, people.rival)
    add_entry(session, people, people.municipality)
    noted: dict[int, list[int]] = {}
    for row in session.scalars(select(LedgerOrganisation)):
        noted.setdefault(row.entry_id, []).append(row.organisation_id)
    counts = {}
    for name, actor in {**people.all(), "system": SYSTEM}.items():
        by_sql = set(session.scalars(select(LedgerEntry.id).where(entries_visible_to(actor, LedgerEntry.id))))
        assert by_sql == {entry_id for entry_id, ids in noted.items() if may_see(actor, ids)}, name
        counts[name] = len(by_sql)
    assert counts == dict.fromkeys(counts, 0) | {
        "vendor": 2, "rival": 1, "municipality": 1, "staff": 3, "admin": 3, "system": 3
    }  # fmt: skip


@pytest.mark.parametrize("who", ["stranger", "vendor", "municipality", "auditor", "newcomer", "loner"])
def test_only_staff_reads_the_gaps_exports_and_closes(session: Session, people: People, who: str) -> None:
    handout, actor = add_handout(session, people), getattr(people, who)
    for verb in (
        lambda: list_gaps(session, actor),
        lambda: read(session, gaps_counted(actor)),
        lambda: export_ledger(session, actor),
        lambda: list_exports(session, actor),
        lambda: justify_gap(session, actor, "handout", handout.id, WHY),
        lambda: publish_gap(session, actor, "handout", handout.id, PublishInput()),
        lambda: correct_entry(session, actor, handout.entry_id, corrected(people)),
        lambda: list_waiting_requests(session, actor),
    ):
        with pytest.raises(NotAllowed):
            verb()


def test_an_organisation_reads_what_is_noted_on_it_and_of_the_others_how_many(
    session: Session, people: People
) -> None:
    entry = add_entry(session, people, people.vendor, people.rival, handouts=[NOTE])
    add_entry(session, people, people.rival)
    (seen,) = list_noted_on_own(session, people.vendor).rows
    assert (seen.id, [one.name for one in seen.organisations], seen.others) == (entry.id, ["Soft A/S"], 1)
    assert [one.name for one in seen.staff] == ["Stine Stab"]
    assert [(one.title, one.text, one.is_open) for one in seen.handouts] == [
        (NOTE["title"], NOTE["text"], True)
    ]
    of_staff = find_entry(session, people.staff, entry.id)
    assert of_staff is not None
    assert ([one.name for one in of_staff.organisations], of_staff.others) == (["Rival ApS", "Soft A/S"], 0)


def test_an_entry_tells_no_more_of_its_meeting_and_contribution_than_the_reader_may_see(
    session: Session, people: People
) -> None:
    said = ask_alone(session, people.rival)
    meeting = add_meeting_row(session, is_published=False)
    entry = add_entry(session, people, contribution_id=said.id, meeting_id=meeting.id)
    by_staff, by_vendor = (find_entry(session, actor, entry.id) for actor in (people.staff, people.vendor))
    assert by_staff is not None and by_vendor is not None
    assert (by_staff.contribution, by_staff.meeting) == ((said.reference, said.title), ("10", "Møde 10"))
    assert (by_vendor.contribution, by_vendor.meeting) == (None, None)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"happened_on": date(2026, 11, 24)}, "happened_later"),
        ({"organisation_ids": [NOBODY]}, "unknown_organisation"),
        ({"staff_ids": [NOBODY]}, "unknown_staff"),
        ({"tender_id": NOBODY}, "unknown_tender"),
        ({"handouts": [{"title": "Oplæg", "deck_id": NOBODY}]}, "unknown_deck"),
    ],
)
def test_an_entry_that_cannot_be_is_refused(
    session: Session, people: People, given: dict[str, object], code: str
) -> None:
    with pytest.raises(Refused) as refusal:
        add_entry(session, people, **given)
    assert refusal.value.code == code


def test_organisers_are_not_met_and_vendors_are_not_staff(session: Session, people: People) -> None:
    with pytest.raises(Refused, match="met_organiser"):
        add_entry(session, people, people.staff)
    with pytest.raises(Refused, match="unknown_staff"):
        add_entry(session, people, staff_ids=[people.vendor.user_id])


# --- sealed


@pytest.mark.parametrize(
    "statement",
    [
        "update ledger_entry set subject = 'andet'",
        "delete from ledger_entry",
        "update ledger_handout set text = 'andet'",
        "delete from ledger_organisation",
        "update ledger_export set sha256 = ''",
    ],
)
def test_what_is_noted_cannot_be_changed_or_taken_away(
    session: Session, people: People, statement: str
) -> None:
    add_handout(session, people)
    export_ledger(session, people.staff)
    with pytest.raises(DatabaseError, match="is sealed"), session.begin_nested():
        session.execute(text(statement))


def test_the_number_of_who_noted_it_may_follow_a_joined_account(session: Session, people: People) -> None:
    entry = add_entry(session, people)
    session.execute(update(LedgerEntry).values(noted_by_id=people.admin.user_id))
    session.refresh(entry)
    assert entry.noted_by_id == people.admin.user_id


# --- gaps


def test_a_file_handed_to_one_vendor_is_a_gap_until_it_is_published(session: Session, people: People) -> None:
    entry = add_entry(session, people, files=(FILE,))
    handout = find_entry(session, people.staff, entry.id).handouts[0]  # type: ignore[union-attr]
    assert gaps(session, people) == [("handout", "Kravliste", ("Soft A/S",))]
    for actor in (people.stranger, people.rival, people.newcomer, people.municipality):
        with pytest.raises(NotFound):
            find_file(session, actor, handout.id)
    assert find_file(session, people.vendor, handout.id).file_key == FILE.file_key
    publish_gap(session, people.staff, "handout", handout.id, PublishInput())
    assert gaps(session, people) == []
    assert find_file(session, people.stranger, handout.id).filename == "krav.pdf"
    (shared,) = list_shared(session, people.stranger).rows
    assert (shared.title, shared.filename, shared.published_on) == (
        "Kravliste",
        "krav.pdf",
        date(2026, 11, 23),
    )


def test_a_file_is_kept_by_staff_alone_and_only_if_it_is_what_its_name_says(
    people: People, tmp_path: Path
) -> None:
    storage, path = open_folder(tmp_path / "files"), tmp_path / "sent"
    path.write_bytes(b"MZ this is a program")
    with pytest.raises(Refused, match="file_not_what_it_says"):
        keep_file(people.staff, storage, path, "krav.pdf", "Kravliste")
    with pytest.raises(NotAllowed):
        keep_file(people.vendor, storage, path, "krav.pdf", "Kravliste")
    make_pdf(path)
    kept = keep_file(people.staff, storage, path, "C:\\mappe\\krav.pdf", "Kravliste")
    assert (kept.title, kept.filename, kept.size) == ("Kravliste", "krav.pdf", path.stat().st_size)
    assert sha256(storage.get(kept.file_key)).hexdigest() == kept.sha256


def test_what_was_published_elsewhere_is_not_shown_here(session: Session, people: People) -> None:
    handout = add_handout(session, people)
    given = PublishInput(url="https://udbud.dk/notice/1", published_on=date(2026, 11, 9))
    publish_gap(session, people.staff, "handout", handout.id, given)
    (shared,) = list_shared(session, people.stranger).rows
    assert (shared.text, shared.url, shared.published_on) == (
        "",
        "https://udbud.dk/notice/1",
        date(2026, 11, 9),
    )


def test_a_justified_gap_is_closed_tells_nobody_and_can_be_taken_back(
    session: Session, people: People
) -> None:
    handout = add_handout(session, people)
    closing = justify_gap(session, people.staff, "handout", handout.id, WHY)
    assert (gaps(session, people), list_shared(session, people.rival).rows) == ([], ())
    with pytest.raises(Refused, match="no_gap"):
        justify_gap(session, people.staff, "handout", handout.id, WHY)
    reopen_gap(session, people.staff, closing.id)
    assert gaps(session, people) == [("handout", "Tidsplan", ("Soft A/S",))]
    justify_gap(session, people.staff, "handout", handout.id, WHY)
    assert read(session, gaps_counted(people.staff)) == 0


def test_what_only_a_municipality_got_is_no_gap(session: Session, people: People) -> None:
    add_handout(session, people, people.municipality)
    assert gaps(session, people) == []


def test_a_deck_that_was_handed_out_is_a_gap_until_the_deck_is_open(session: Session, people: People) -> None:
    meeting = add_meeting_row(session)
    deck = Deck(meeting_id=meeting.id, key="d", position=1, title="Dæk", access="staff", created_at=NOON)
    session.add(deck)
    session.flush()
    entry = add_entry(session, people, handouts=[{"title": "Arkitektur", "deck_id": deck.id}])
    assert gaps(session, people) == [("handout", "Arkitektur", ("Soft A/S",))]
    handout = find_entry(session, people.vendor, entry.id).handouts[0]  # type: ignore[union-attr]
    assert (handout.deck_id, handout.deck_title) == (None, None)
    with pytest.raises(Refused, match="address_missing"):
        publish_gap(session, people.staff, "handout", handout.id, PublishInput())
    deck.access = "public"
    session.flush()
    assert gaps(session, people) == []


def test_a_deck_for_participants_is_a_gap_where_one_vendor_took_part(
    session: Session, people: People
) -> None:
    meetings = [add_meeting_row(session, key) for key in ("8", "9")]
    for meeting in meetings:
        session.add(
            Deck(meeting_id=meeting.id, key="d", position=1, title=f"Dæk {meeting.key}",
                 access="participants", created_at=NOON)
        )  # fmt: skip
    came = [(0, people.vendor), (0, people.municipality), (1, people.vendor), (1, people.rival)]
    for at, actor in came:
        session.add(
            Registration(meeting_id=meetings[at].id, user_id=actor.user_id, created_at=NOON,
                         organisation_id=actor.organisation_id, organisation_name=actor.organisation_name)
        )  # fmt: skip
    session.flush()
    assert [len(note_decks_of_one_vendor(session)) for _ in range(2)] == [1, 0]
    session.query(Registration).delete()
    assert gaps(session, people) == [("handout", "Dæk 8", ("Soft A/S",))]


def test_what_one_vendor_asked_and_was_answered_alone_are_gaps_that_open_with_it(
    session: Session, people: People
) -> None:
    said = ask_alone(session, people.vendor)
    assert gaps(session, people) == [("contribution", said.title, ("Soft A/S",))]
    answer = answer_alone(session, people, said)
    assert gaps(session, people) == [
        ("answer", said.title, ("Soft A/S",)), ("contribution", said.title, ("Soft A/S",))
    ]  # fmt: skip
    justify_gap(session, people.staff, "contribution", said.id, WHY)
    assert [row.thing_id for row in list_gaps(session, people.staff).rows] == [answer.id]
    said.visibility = "public"
    session.flush()
    assert gaps(session, people) == []


def test_what_was_answered_alone_is_a_gap_also_when_it_is_gathered_afterwards(
    session: Session, people: People
) -> None:
    said = ask_alone(session, people.vendor)
    answer_alone(session, people, said)
    lead = ask_alone(session, people.rival, title="Sky", visibility="public")
    gather(session, people.staff, lead.id, [said.id])
    assert gaps(session, people) == [
        ("answer", said.title, ("Soft A/S",)), ("contribution", said.title, ("Soft A/S",))
    ]  # fmt: skip


@pytest.mark.parametrize(("visibility", "is_gap"), [("public", False), ("own", True)])
def test_withdrawing_makes_no_gap_of_an_answer_that_all_have_read_and_closes_none(
    session: Session, people: People, visibility: str, is_gap: bool
) -> None:
    said = ask_alone(session, people.vendor, visibility=visibility)
    answer_alone(session, people, said)
    withdraw(session, people.staff, said.id)
    assert gaps(session, people) == ([("answer", said.title, ("Soft A/S",))] if is_gap else [])


def test_hiding_what_all_have_read_makes_no_gap_of_its_answer(session: Session, people: People) -> None:
    said = ask_alone(session, people.vendor, visibility="public")
    answer_alone(session, people, said)
    said.hidden_at = now()
    session.flush()
    assert gaps(session, people) == []


def test_what_is_public_or_a_municipalitys_or_not_sent_yet_is_no_gap(
    session: Session, people: People
) -> None:
    answer_alone(session, people, ask_alone(session, people.vendor, visibility="public"))
    ask_alone(session, people.municipality)
    ask_alone(session, people.rival, published_at=None)
    ask_alone(session, people.consultancy, status="withdrawn")
    assert gaps(session, people) == []


def test_gaps_are_narrowed_to_a_tender_and_a_vendor_and_paged(session: Session, people: People) -> None:
    tender = add_open_tender(session, people.staff)
    add_handout(session, people, tender_id=tender.id)
    for _ in range(30):
        add_handout(session, people, people.rival)
    ids = tender.id, people.vendor.organisation_id or 0
    assert gaps(session, people, tender_id=ids[0]) == gaps(session, people, organisation_id=ids[1])
    first, second = (list_gaps(session, people.staff, page=page) for page in (1, 2))
    assert (len(first.rows), len(second.rows), first.total, first.pages) == (30, 1, 31, 2)
    assert {row.thing_id for row in first.rows} & {row.thing_id for row in second.rows} == set()
    assert list_gaps(session, people.staff, page=9).rows == first.rows


def test_exports_are_paged_and_narrowed_to_a_tender(session: Session, people: People) -> None:
    tender = add_open_tender(session, people.staff)
    numbers = [export_ledger(session, people.staff).number for _ in range(30)]
    own = export_ledger(session, people.staff, tender.id).number
    first, second = (list_exports(session, people.staff, page=page) for page in (1, 2))
    assert [one.number for one in (*first.rows, *second.rows)] == [own, *reversed(numbers)]
    assert (len(first.rows), first.total, first.pages) == (30, 31, 2)
    assert [one.number for one in list_exports(session, people.staff, tender.id).rows] == [own]
    assert list_exports(session, people.staff, page=9).rows == first.rows


def test_reading_takes_as_many_statements_for_one_as_for_thirty(session: Session, people: People) -> None:
    def count() -> tuple[int, int]:
        seen: list[str] = []
        listener = lambda *given: seen.append(given[2])  # noqa: E731
        connection = session.connection()
        event.listen(connection, "before_cursor_execute", listener)
        list_entries(session, people.staff)
        entries = len(seen)
        list_gaps(session, people.staff)
        event.remove(connection, "before_cursor_execute", listener)
        return entries, len(seen) - entries

    add_handout(session, people)
    with_one = count()
    for _ in range(29):
        add_handout(session, people, people.vendor, people.rival)
    assert (with_one, count()) == ((10, 2), (10, 2))


# --- corrections


def test_a_request_has_a_day_and_is_asked_once_at_a_time_by_those_who_are_noted(
    session: Session, people: People
) -> None:
    entry = add_entry(session, people)
    request = ask_for_correction(session, people.vendor, entry.id, WRONG)
    assert (request.answer_by, request.decision) == (date(2026, 12, 7), None)
    with pytest.raises(Refused, match="asked_before"):
        ask_for_correction(session, people.vendor, entry.id, WRONG)
    for actor in (people.rival, people.newcomer, people.stranger):
        with pytest.raises(NotFound):
            ask_for_correction(session, actor, entry.id, WRONG)
    with pytest.raises(NotAllowed):
        ask_for_correction(session, people.staff, entry.id, WRONG)


def test_days_on_which_offices_are_closed_do_not_count() -> None:
    assert correction_answer_by(date(2026, 12, 21)) == date(2027, 1, 8)


def test_a_correction_stands_beside_what_was_noted_and_answers_the_request(
    session: Session, people: People
) -> None:
    entry = add_entry(session, people, people.vendor, people.rival, handouts=[NOTE])
    request = ask_for_correction(session, people.vendor, entry.id, WRONG)
    given = corrected(people, organisation_ids=[people.rival.organisation_id], happened_on=date(2026, 11, 4))
    correct_entry(session, people.staff, entry.id, given, request.id)
    seen = find_entry(session, people.vendor, entry.id)
    assert seen is not None
    assert (seen.happened_on, seen.noted["happened_on"], seen.number) == (date(2026, 11, 4), "2026-11-03", 1)
    assert (seen.organisations, seen.others, seen.corrections[0].words) == (
        (),
        1,
        {"happened_on": "2026-11-04"},
    )
    assert seen.corrections[0].removed_ids == (people.vendor.organisation_id,)
    assert [(one.decision, one.reply) for one in seen.requests] == [("corrected", "Skrevet forkert.")]
    assert gaps(session, people) == [("handout", "Tidsplan", ("Rival ApS",))]
    with pytest.raises(Refused, match="stale"):
        correct_entry(session, people.staff, entry.id, given)
    with pytest.raises(Refused, match="nothing_changed"):
        correct_entry(session, people.staff, entry.id, given.model_copy(update={"number": 1}))
    both = {"organisation_ids": [people.vendor.organisation_id, people.rival.organisation_id], "number": 1}
    correct_entry(session, people.staff, entry.id, given.model_copy(update=both))
    assert gaps(session, people) == [("handout", "Tidsplan", ("Rival ApS", "Soft A/S"))]


def test_a_declined_request_says_why_and_others_do_not_see_it(session: Session, people: People) -> None:
    entry = add_entry(session, people, people.vendor, people.rival)
    request = ask_for_correction(session, people.vendor, entry.id, WRONG)
    assert [one.id for one in list_waiting_requests(session, people.staff)] == [request.id]
    decline_correction(session, people.staff, request.id, DeclineInput(reason="I står på listen."))
    assert list_waiting_requests(session, people.staff) == ()
    seen = {name: find_entry(session, getattr(people, name), entry.id) for name in ("vendor", "rival")}
    assert {name: [one.reply for one in view.requests] for name, view in seen.items() if view} == {
        "vendor": ["I står på listen."],
        "rival": [],
    }
    with pytest.raises(Refused, match="request_answered"):
        decline_correction(session, people.staff, request.id, DeclineInput(reason="Igen."))
    assert ask_for_correction(session, people.vendor, entry.id, WRONG).id != request.id


def test_a_request_that_is_late_is_noticed_once(session: Session, people: People) -> None:
    request = ask_for_correction(session, people.vendor, add_entry(session, people).id, WRONG)
    assert notice_late(session) == []
    with moved_to(datetime(2026, 12, 8, 12, tzinfo=UTC)):
        assert [one.is_late for one in list_waiting_requests(session, people.staff)] == [True]
        assert (notice_late(session), notice_late(session)) == ([request.id], [])


# --- exports


def test_exports_are_numbered_without_gaps_dated_logged_and_stay_as_they_were(
    session: Session, people: People
) -> None:
    tender = add_open_tender(session, people.staff)
    handout = add_handout(session, people, tender_id=tender.id)
    add_handout(session, people, people.rival)
    first = export_ledger(session, people.staff, tender.id)
    justify_gap(session, people.staff, "handout", handout.id, WHY)
    second = export_ledger(session, people.staff, tender.id)
    assert [(one.number, one.gaps) for one in (first, second)] == [(1, 1), (2, 0)]
    session.expire_all()
    again = find_export(session, people.staff, 1)
    assert is_intact(again) and again.sha256 != second.sha256
    assert [one["subject"] for one in again.content["entries"]] == [MET["subject"]]
    assert again.content["entries"][0]["staff_ids"] == [people.staff.user_id]
    assert "Stine Stab" not in str(again.content)
    assert name_staff(session, again.content) == {people.staff.user_id: "Stine Stab"}
    logged = session.execute(
        select(AuditEntry.verb, AuditEntry.user_id)
        .where(AuditEntry.thing == "ledger_export")
        .order_by(AuditEntry.id)
    )
    assert [tuple(row) for row in logged] == [
        (verb, people.staff.user_id) for verb in ("add", "add", "fetch")
    ]
    again.content = again.content | {"entries": []}
    assert not is_intact(again)
    session.expunge(again)


def test_an_export_holds_everything_each_once_however_many_portions_it_is_read_in(
    session: Session, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.domain.ledger.exporting.PORTION", 2)
    tender = add_open_tender(session, people.staff)
    handouts = [add_handout(session, people, tender_id=tender.id) for _ in range(6)]
    for one in handouts[3:]:
        justify_gap(session, people.staff, "handout", one.id, WHY)
    for letter in "abc":
        add_question(session, people.staff, tender.id, QuestionInput(question=letter, answer="Ja."))
    content = export_ledger(session, people.staff, tender.id).content
    read = {
        "entries": [one["id"] for one in content["entries"]],
        "gaps": [one["thing_id"] for one in content["gaps"]],
        "closings": [one["thing_id"] for one in content["closings"]],
        "questions": [(one["question"], one["answers"][0]["text"]) for one in content["questions"]],
    }
    assert read == {
        "entries": [one.entry_id for one in reversed(handouts)],
        "gaps": [one.id for one in handouts[:3]],
        "closings": [one.id for one in reversed(handouts[3:])],
        "questions": [(letter, "Ja.") for letter in "abc"],
    }


# --- tenders and the archive


@pytest.mark.parametrize(
    ("kind", "url", "is_good"),
    [
        ("ted", "https://ted.europa.eu/da/notice/-/detail/1-2026", True),
        ("ted", "https://ted.europa.eu.example.com/1", False),
        ("ted", "http://ted.europa.eu/1", False),
        ("ted", "https://ted.europa.eu@ond.example/1", False),
        ("ted", "https://ond.example/ted.europa.eu", False),
        ("udbud_dk", "https://www.udbud.dk/pages/1", True),
        ("udbud_dk", "https://ondudbud.dk/1", False),
        ("ski", "https://www.ski.dk/aftaler/1", True),
        ("prior_information", "https://udbud.dk/1", True),
        ("other", "https://kommune.example/udbud", True),
        ("other", "https://kommune.example:abc/", False),
    ],
)
def test_the_address_of_a_notice_is_on_its_own_site(kind: str, url: str, is_good: bool) -> None:
    assert is_on_site(kind, url) is is_good


def test_the_archive_is_put_in_once_with_what_became_of_what_was_handed_out(
    session: Session, people: People
) -> None:
    question = {"question": "Hvornår?", "answer": "I maj."}
    tender = TenderFacts.model_validate(
        {"key": "journal", "title": "Journal", "published_at": NOON, "questions": [question],
         "notices": [{"kind": "ski", "url": "https://www.ski.dk/1"}], "is_example": True}
    )  # fmt: skip
    handouts = [NOTE | {"published_on": date(2026, 11, 5)}, NOTE | {"justified": "Egen idé."}, NOTE]
    entry = EntryFacts.model_validate(
        MET | {"key": "moede", "noted_at": NOON, "handouts": handouts, "is_example": True,
               "organisation_ids": [people.vendor.organisation_id]}
    )  # fmt: skip
    with pytest.raises(NotAllowed):
        put_entry(session, people.staff, entry)
    ids = {(put_tender(session, SYSTEM, tender).id, put_entry(session, SYSTEM, entry).id) for _ in range(2)}
    assert (len(ids), session.query(LedgerExport).count()) == (1, 0)
    (view,) = list_tenders(session, people.stranger, state="coming")
    assert ([one.kind for one in view.notices], view.questions, view.is_example) == (["ski"], 1, True)
    assert list_tenders(session, people.stranger, state="closed") == ()
    assert [one.is_open for one in list_entries(session, people.staff).rows[0].handouts] == [
        False,
        False,
        True,
    ]
    assert len(list_shared(session, people.stranger).rows) == 1
