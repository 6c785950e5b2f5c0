"""What pages gather under a theme and around an organisation, and that nothing hidden comes along."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.orm import Session

from app.core.asking import read
from app.core.clock import now
from app.core.policy import STRANGER, SYSTEM
from app.domain.contributions.interests import put_interest
from app.domain.contributions.of_organisations import answers_signed_by, count_said_and_marked, marks_of
from app.domain.contributions.schemas import AnswerFacts, InterestFacts
from app.domain.contributions.service import put_answer
from app.domain.contributions.under_themes import (
    answers_under,
    count_by_theme,
    first_of_each_kind,
    list_answers,
    list_decks,
    list_meetings,
)
from app.domain.meetings.models import Appearance, Meeting
from app.domain.meetings.of_organisations import count_meetings_by_organisation
from app.domain.strategies.models import Theme
from tests.decks import add_deck_row, add_read_deck
from tests.people import People
from tests.said import add_group_row, add_item_row, add_meeting_row, add_theme_rows, put_said


@dataclass
class Ground:
    """Two themes, an open meeting and one that is still a draft."""

    climate: Theme
    data: Theme
    open: Meeting
    draft: Meeting


def make_ground(session: Session) -> Ground:
    climate, data = add_theme_rows(session, "Klima", "Data")
    draft = add_meeting_row(session, "11", is_published=False)
    return Ground(climate, data, add_meeting_row(session, "10"), draft)


def answer(session: Session, key: str, **given: object) -> None:
    values = {"key": key, "kind": "answer", "text": f"Svaret {key}", "published_at": now()}
    put_answer(session, SYSTEM, AnswerFacts.model_validate(values | given))


def test_the_newest_of_each_kind_come_with_how_many_there_are(session: Session) -> None:
    ground = make_ground(session)
    for number in range(3):
        received = now() - timedelta(days=number)
        put_said(
            session,
            f"oe-{number}",
            title=f"Ønske {number}",
            received_at=received,
            theme_ids=[ground.climate.id],
        )
    put_said(session, "kort", kind="card", title="Et kort", theme_ids=[ground.climate.id, ground.data.id])
    put_said(session, "andet", title="Om noget andet")
    found = read(session, first_of_each_kind(STRANGER, [ground.climate.id, ground.data.id], 2))
    assert {kind: ([row.title for row in one.rows], one.total) for kind, one in found.items()} == {
        "wish": (["Ønske 0", "Ønske 1"], 3),
        "card": (["Et kort"], 1),
    }
    assert count_by_theme(session, STRANGER, [ground.climate.id, ground.data.id]) == {
        ground.climate.id: 4,
        ground.data.id: 1,
    }
    assert read(session, first_of_each_kind(STRANGER, [0], 2)) == {}


def test_what_is_hidden_is_neither_shown_nor_counted(session: Session, people: People) -> None:
    ground = make_ground(session)
    under = [ground.climate.id]
    put_said(session, "kladde", status="draft", published_at=None, theme_ids=under)
    put_said(session, "trukket", status="withdrawn", theme_ids=under)
    put_said(session, "kommuner", title="For kommuner", visibility="municipalities", theme_ids=under)
    put_said(session, "stab", title="For staben", visibility="staff", theme_ids=under)
    put_said(session, "moede", title="Fra kladdemødet", meeting_id=ground.draft.id, theme_ids=under)
    seen = {
        name: {
            row.title
            for listing in read(session, first_of_each_kind(actor, under, 9)).values()
            for row in listing.rows
        }
        for name, actor in people.all().items()
    }
    for name, actor in people.all().items():
        expected = {"For kommuner"} if name in ("municipality", "neighbour") else set()
        if name in ("staff", "admin"):
            expected = {"For kommuner", "For staben", "Fra kladdemødet"}
        assert seen[name] == expected, name
        assert count_by_theme(session, actor, under).get(ground.climate.id, 0) == len(expected), name


def test_answers_come_with_what_they_answer_and_only_when_both_are_open(
    session: Session, people: People
) -> None:
    ground = make_ground(session)
    shown = put_said(session, "a", title="Åbent ønske", theme_ids=[ground.climate.id])
    hidden = put_said(session, "b", visibility="staff", theme_ids=[ground.climate.id])
    other = put_said(session, "c")
    answer(session, "ja", contribution_ids=[shown.id, hidden.id])
    answer(session, "skjult", contribution_ids=[hidden.id])
    answer(session, "kladde", contribution_ids=[shown.id], published_at=None)
    answer(session, "andet", contribution_ids=[other.id])
    found = list_answers(session, STRANGER, [ground.climate.id])
    assert [(one.text, [about.title for about in one.answers]) for one in found] == [
        ("Svaret ja", ["Åbent ønske"])
    ]
    to_staff = {one.text for one in list_answers(session, people.staff, [ground.climate.id])}
    assert to_staff == {"Svaret ja", "Svaret skjult", "Svaret kladde"}
    for number in range(30):
        answer(session, f"{number}", contribution_ids=[shown.id])
    newest, total = read(session, answers_under(people.staff, [ground.climate.id]))
    assert (len(newest), total) == (30, 33)


def test_groups_come_with_their_meeting_unless_it_is_a_draft(session: Session, people: People) -> None:
    ground = make_ground(session)
    for meeting, task in ((ground.open, "Nævn tre dilemmaer"), (ground.draft, "Hemmeligt endnu")):
        add_group_row(session, meeting, task=task).theme_id = ground.climate.id
    add_group_row(session, ground.open, task="Uden tema")
    session.flush()
    found = list_meetings(session, STRANGER, [ground.climate.id])
    assert [(one.key, [group.task for group in one.groups]) for one in found] == [
        ("10", ["Nævn tre dilemmaer"])
    ]
    assert len(list_meetings(session, people.staff, [ground.climate.id])) == 2


def test_decks_of_the_items_where_the_theme_was_talked_about_are_shown(
    session: Session, people: People
) -> None:
    ground = make_ground(session)
    in_groups, said, elsewhere = (add_item_row(session, ground.open) for _ in range(3))
    add_group_row(session, ground.open, in_groups).theme_id = ground.climate.id
    put_said(session, "a", meeting_id=ground.open.id, item_id=said.id, theme_ids=[ground.climate.id])
    add_read_deck(session, ground.open, item=in_groups, title="Gruppens oplæg")
    add_deck_row(session, ground.open, item=said, title="Oplæg uden fil")
    add_deck_row(session, ground.open, item=said, title="Kun for staben", access="staff")
    add_deck_row(session, ground.open, item=elsewhere, title="Noget andet")
    decks = [(one.title, one.page_count) for one in list_decks(session, STRANGER, [ground.climate.id])]
    assert decks == [("Gruppens oplæg", 2), ("Oplæg uden fil", 0)]
    assert len(list_decks(session, people.staff, [ground.climate.id])) == 3


def test_a_municipality_s_marks_leave_out_what_the_reader_may_not_see(
    session: Session, people: People
) -> None:
    here = people.municipality.organisation_id
    assert here is not None
    shown = put_said(session, "a", title="Åbent ønske")
    hidden = put_said(session, "b", title="Til staben", visibility="staff")
    withdrawn = put_said(session, "c", status="withdrawn")
    for one in (shown, hidden, withdrawn):
        given = InterestFacts(contribution_id=one.id, organisation_id=here, kind="pilot")
        put_interest(session, SYSTEM, given)
    marks, total = read(session, marks_of(STRANGER, here))
    assert ([(one.title, one.interest) for one in marks], total) == ([("Åbent ønske", "pilot")], 1)
    marks, total = read(session, marks_of(people.staff, here))
    assert ({one.title for one in marks}, total) == ({"Åbent ønske", "Til staben"}, 2)
    assert count_said_and_marked(session, STRANGER) == {here: 1}
    assert count_said_and_marked(session, people.staff) == {here: 2}
    for number in range(60):
        more = put_said(session, f"d{number}")
        put_interest(
            session, SYSTEM, InterestFacts(contribution_id=more.id, organisation_id=here, kind="pilot")
        )
    marks, total = read(session, marks_of(STRANGER, here))
    assert (len(marks), total) == (60, 61)


def test_a_contribution_that_is_both_said_and_marked_counts_once(session: Session, people: People) -> None:
    here, there = people.municipality.organisation_id, people.neighbour.organisation_id
    assert here is not None and there is not None
    wish = put_said(session, "a", on_behalf_of_id=here)
    for organisation_id in (here, there):
        given = InterestFacts(contribution_id=wish.id, organisation_id=organisation_id, kind="need")
        put_interest(session, SYSTEM, given)
    assert count_said_and_marked(session, STRANGER) == {here: 1, there: 1}


def test_an_organisation_s_signed_answers_are_the_published_ones(session: Session, people: People) -> None:
    host = people.staff.organisation_id
    assert host is not None
    answer(session, "ja", organisation_ids=[host])
    answer(session, "kladde", organisation_ids=[host], published_at=None)
    answer(session, "andres")
    answers, total = read(session, answers_signed_by(STRANGER, host))
    assert ([one.text for one in answers], total) == (["Svaret ja"], 1)
    for number in range(30):
        answer(session, f"{number}", organisation_ids=[host])
    answers, total = read(session, answers_signed_by(people.staff, host))
    assert (len(answers), total) == (30, 32)


def test_meetings_are_counted_once_for_each_organisation_that_spoke(session: Session, people: People) -> None:
    ground = make_ground(session)
    here = people.municipality.organisation_id
    assert here is not None
    for meeting in (ground.open, ground.open, ground.draft):
        item = add_item_row(session, meeting)
        session.add(Appearance(item_id=item.id, position=1, person_name="Oda", organisation_id=here))
    session.flush()
    assert count_meetings_by_organisation(session, STRANGER) == {here: 1}
    assert count_meetings_by_organisation(session, people.staff) == {here: 2}
