"""Minutes: written by several, shown for comments, approved and locked, and changed with a reason."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from time import process_time

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.asking import read
from app.core.audit import AuditEntry
from app.core.clock import today
from app.core.policy import STRANGER, Actor, NotAllowed, Refused
from app.domain.meetings import states
from app.domain.meetings.models import AgendaItem, Meeting
from app.domain.meetings.schemas import ReasonInput
from app.domain.minutes import queries, service
from app.domain.minutes.comparing import compare_editions, compare_texts
from app.domain.minutes.models import MinutesEdition
from app.domain.minutes.policy import editions_visible_to, may_see_edition
from app.domain.minutes.queries import MinutesView
from app.domain.minutes.schemas import ApprovalInput, ReviewInput, SectionText
from tests.people import People, with_role
from tests.said import add_item_row, add_meeting_row

WHY = ReasonInput(reason="Et tal var forkert.")
EARLY = True


def add_held(session: Session) -> tuple[Meeting, AgendaItem]:
    meeting = add_meeting_row(session)
    return meeting, add_item_row(session, meeting, "Velkomst")


def put_text(session: Session, actor: Actor, meeting: Meeting, item: AgendaItem, text: str) -> None:
    """Write under an item what stands there now or not, as the page does."""
    known = {section.item_id: section.version for section in queries.list_sections(session, meeting.id)}
    given = SectionText(place=f"item-{item.id}", text=text, version=known[item.id])
    service.write_sections(session, actor, meeting.id, [given])


def find(session: Session, actor: Actor, meeting: Meeting) -> MinutesView:
    found = queries.find_minutes(session, actor, meeting.id)
    assert found is not None
    return found


def read_words(session: Session, actor: Actor, meeting: Meeting) -> str | None:
    """What the actor reads under the items, or None."""
    found = queries.find_minutes(session, actor, meeting.id)
    return "|".join(section.text for section in found.sections if section.text) if found else None


def send(session: Session, actor: Actor, meeting: Meeting, days: int = 14) -> None:
    until = today() + timedelta(days=days)
    version = find(session, actor, meeting).version
    service.send_to_review(session, actor, meeting.id, ReviewInput(comment_until=until, version=version))


def approve(session: Session, actor: Actor, meeting: Meeting, is_early: bool = EARLY) -> None:
    given = ApprovalInput(is_early=is_early, version=find(session, actor, meeting).version)
    service.approve(session, actor, meeting.id, given)


def test_each_reads_what_they_may_on_the_whole_way_of_the_minutes(session: Session, people: People) -> None:
    meeting, item = add_held(session)
    staff = people.staff
    writer = with_role(session, people.consultancy, meeting.id, "rapporteur")
    heard = replace(people.vendor, attends=frozenset({meeting.id}))
    readers = (STRANGER, people.rival, heard, writer, staff)

    def read() -> list[str | None]:
        return [read_words(session, reader, meeting) for reader in readers]

    put_text(session, writer, meeting, item, "Første")
    assert read() == [None, None, None, "Første", "Første"]
    send(session, staff, meeting)
    put_text(session, writer, meeting, item, "Anden")
    assert read() == [None, None, "Første", "Anden", "Anden"]
    service.take_back(session, staff, meeting.id)
    assert read() == [None, None, None, "Anden", "Anden"]
    send(session, staff, meeting)
    approve(session, staff, meeting)
    assert read() == ["Anden"] * 5
    service.reopen(session, staff, meeting.id, WHY)
    put_text(session, writer, meeting, item, "Tredje")
    assert read() == ["Anden", "Anden", "Anden", "Tredje", "Tredje"]
    until = ReviewInput(comment_until=today(), version=find(session, staff, meeting).version)
    service.show_again(session, staff, meeting.id, until)
    assert read() == ["Anden", "Anden", "Tredje", "Tredje", "Tredje"]
    approve(session, staff, meeting)
    assert read() == ["Tredje"] * 5
    shown = queries.list_editions(session, STRANGER, meeting.id)
    assert [(one.number, one.kind, one.reason, one.made_by) for one in shown] == [
        (5, "corrected", WHY.reason, ""),
        (3, "approved", "", ""),
    ]
    assert [one.number for one in queries.list_editions(session, heard, meeting.id)] == [5, 4, 3, 2, 1]
    assert queries.find_edition(session, STRANGER, meeting.id, 4) is None


def test_approved_minutes_are_locked_until_somebody_says_why(session: Session, people: People) -> None:
    meeting, item = add_held(session)
    put_text(session, people.staff, meeting, item, "Sådan var det.")
    send(session, people.staff, meeting)
    approve(session, people.staff, meeting)
    with pytest.raises(Refused, match="minutes_locked"):
        put_text(session, people.staff, meeting, item, "Sådan var det ikke.")
    service.reopen(session, people.staff, meeting.id, WHY)
    with pytest.raises(Refused, match="minutes_were_approved"):
        service.take_back(session, people.staff, meeting.id)
    # Nothing was changed: what stood stands, without a new edition.
    approve(session, people.staff, meeting)
    assert (
        meeting.status,
        [one.kind for one in session.scalars(select(MinutesEdition).order_by(MinutesEdition.id))],
    ) == (
        "approved",
        ["review", "approved"],
    )


def test_minutes_that_were_taken_back_go_out_again_by_being_sent_and_in_no_other_way(
    session: Session, people: People
) -> None:
    meeting, item = add_held(session)
    put_text(session, people.staff, meeting, item, "Teksten")
    send(session, people.staff, meeting)
    service.take_back(session, people.staff, meeting.id)
    with pytest.raises(Refused, match="turn_not_possible"):
        states.undo_close(session, people.staff, meeting.id)
    assert "undo_close" not in states.list_turns(meeting)


def test_two_who_write_in_one_place_do_not_write_over_each_other(session: Session, people: People) -> None:
    meeting, item = add_held(session)
    other = add_item_row(session, meeting, "Oplæg")
    put_text(session, people.staff, meeting, item, "Først")
    late = [
        SectionText(place=f"item-{item.id}", text="Sidst", version=0),
        SectionText(place=f"item-{other.id}", text="Oplægget", version=0),
    ]
    with pytest.raises(Refused, match="stale") as refused:
        service.write_sections(session, people.admin, meeting.id, late)
    assert refused.value.values == {"places": [f"item-{item.id}"]}
    assert read_words(session, people.staff, meeting) == "Først"
    # The same words as stand there are nobody's change.
    same = SectionText(place=f"item-{item.id}", text="Først", version=0)
    service.write_sections(session, people.admin, meeting.id, [same, late[1]])
    assert read_words(session, people.staff, meeting) == "Først|Oplægget"
    entries = session.scalars(
        select(AuditEntry).where(AuditEntry.verb == "write_minutes").order_by(AuditEntry.id)
    ).all()
    assert [entry.after for entry in entries] == [{"sections": ["Velkomst"]}, {"sections": ["Oplæg"]}]


@pytest.mark.parametrize(
    ("status", "day", "why"),
    [
        ("draft", date(2020, 1, 1), "minutes_not_held"),
        ("cancelled", date(2020, 1, 1), "minutes_not_held"),
        ("announced", date(2090, 1, 1), "minutes_not_held"),
        ("approved", date(2020, 1, 1), "minutes_locked"),
    ],
)
def test_nothing_is_written_where_nothing_was_held_or_all_is_settled(
    session: Session, people: People, status: str, day: date, why: str
) -> None:
    meeting, item = add_held(session)
    meeting.status, meeting.held_on = status, day
    session.flush()
    with pytest.raises(Refused, match=why):
        put_text(session, people.staff, meeting, item, "Tekst")
    assert read(session, queries.has_minutes(people.staff, meeting.id, status, day)) is False


def test_only_those_who_write_down_write_and_only_staff_settles(session: Session, people: People) -> None:
    meeting, item = add_held(session)
    writer = with_role(session, people.vendor, meeting.id, "facilitator")
    put_text(session, writer, meeting, item, "Tekst")
    with pytest.raises(NotAllowed):
        put_text(session, people.rival, meeting, item, "Tekst")
    for settle in (lambda: send(session, writer, meeting), lambda: approve(session, writer, meeting)):
        with pytest.raises(NotAllowed):
            settle()
    for verb in (
        lambda: service.take_back(session, writer, meeting.id),
        lambda: service.reopen(session, writer, meeting.id, WHY),
    ):
        with pytest.raises(NotAllowed):
            verb()


def test_minutes_go_out_with_words_in_them_and_a_day_that_can_be_kept(
    session: Session, people: People
) -> None:
    meeting, item = add_held(session)
    with pytest.raises(Refused, match="minutes_empty"):
        send(session, people.staff, meeting)
    put_text(session, people.staff, meeting, item, "Tekst")
    for days, why in ((-1, "minutes_deadline_past"), (91, "minutes_deadline_far")):
        with pytest.raises(Refused, match=why):
            send(session, people.staff, meeting, days)
    old = ReviewInput(comment_until=today(), version=find(session, people.staff, meeting).version - 1)
    with pytest.raises(Refused, match="stale"):
        service.send_to_review(session, people.staff, meeting.id, old)
    send(session, people.staff, meeting, 0)
    # The participants were told that they have the day.
    with pytest.raises(Refused, match="minutes_deadline_open"):
        approve(session, people.staff, meeting, is_early=False)


def test_a_meeting_of_before_there_were_minutes_is_opened_and_shut_again(
    session: Session, people: People
) -> None:
    meeting, _item = add_held(session)
    meeting.status = "approved"
    session.flush()
    assert queries.find_minutes(session, people.staff, meeting.id) is None
    service.reopen(session, people.staff, meeting.id, WHY)
    approve(session, people.staff, meeting)
    assert (meeting.status, session.scalars(select(MinutesEdition).order_by(MinutesEdition.id)).all()) == (
        "approved",
        [],
    )


def test_what_stands_under_an_item_is_kept_when_the_item_leaves_the_programme(
    session: Session, people: People
) -> None:
    meeting, item = add_held(session)
    put_text(session, people.staff, meeting, item, "Det sagde vi.")
    session.delete(item)
    session.flush()
    kept = [section for section in queries.list_sections(session, meeting.id) if section.text]
    assert [(section.title, section.text, section.item_id) for section in kept] == [
        ("Velkomst", "Det sagde vi.", None)
    ]
    place = SectionText(place=kept[0].place, text="Det sagde vi ikke.", version=kept[0].version)
    service.write_sections(session, people.staff, meeting.id, [place])
    assert read_words(session, people.staff, meeting) == "Det sagde vi ikke."


def test_the_rule_of_editions_and_its_sql_agree_for_every_kind_of_person(
    session: Session, people: People
) -> None:
    meeting, item = add_held(session)
    put_text(session, people.staff, meeting, item, "Tekst")
    send(session, people.staff, meeting)
    approve(session, people.staff, meeting)
    actors = people.all() | {
        "heard": replace(people.vendor, attends=frozenset({meeting.id})),
        "elsewhere": replace(people.vendor, attends=frozenset({meeting.id + 1})),
        "guest": Actor(seats=frozenset({(meeting.id, 1)})),
        "facilitator": replace(people.rival, meeting_roles=frozenset({(meeting.id, "facilitator")})),
        "speaker": replace(people.rival, meeting_roles=frozenset({(meeting.id, "speaker")})),
    }
    editions = session.scalars(select(MinutesEdition).order_by(MinutesEdition.number)).all()
    for status in ("approved", "minutes_in_review", "closed"):
        meeting.status = status
        session.flush()
        for name, actor in actors.items():
            seen = select(MinutesEdition.kind).join(Meeting, Meeting.id == MinutesEdition.meeting_id)
            by_sql = set(session.scalars(seen.where(editions_visible_to(actor))))
            by_rule = {one.kind for one in editions if may_see_edition(actor, meeting.id, status, one.kind)}
            assert by_sql == by_rule, (name, status)


def test_two_editions_are_compared_word_by_word() -> None:
    pieces = compare_texts("Vi drøftede den gamle plan.\nSidst kom tallene.", "Vi drøftede en ny plan.\nNyt.")
    assert [(piece.how, piece.text) for piece in pieces] == [
        ("same", "Vi drøftede "),
        ("out", "den gamle"),
        ("in", "en ny"),
        ("same", " plan.\n"),
        ("out", "Sidst kom tallene."),
        ("in", "Nyt."),
    ]


def _sections(*texts: str) -> Iterator[queries.Section]:
    for number, text in enumerate(texts):
        yield queries.Section(number, "item", number, f"Punkt {number}", "", "talk", text)


def test_two_long_lines_are_compared_by_their_words_and_in_no_time() -> None:
    words = [f"ord{(n * n) % 499}" for n in range(1_500)]
    changed = [*words[:700], "nyt", *words[701:]]
    pieces = compare_texts(" ".join(words), " ".join(changed))
    assert [(piece.how, piece.text.strip()) for piece in pieces if piece.how != "same"] == [
        ("out", words[700]),
        ("in", "nyt"),
    ]
    began = process_time()
    compare_texts(" ".join(words), " ".join(f"ord{(n * 7) % 499}" for n in range(1_500)))
    assert process_time() - began < 0.5


def test_a_section_that_only_one_edition_has_stands_where_it_stood() -> None:
    earlier = list(_sections("a", "b", "c"))
    changes = compare_editions(earlier, [earlier[0], earlier[2]])
    assert [(one.section.title, one.is_changed, one.went) for one in changes] == [
        ("Punkt 0", False, 0),
        ("Punkt 1", True, 1),
        ("Punkt 2", False, 0),
    ]
