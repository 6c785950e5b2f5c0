"""What was said and shown, read from the side of the meetings: always within the rights of the reader."""

from datetime import date

import pytest
from sqlalchemy.orm import Session

from app.core.asking import read
from app.core.clock import now
from app.core.policy import SYSTEM
from app.domain.contributions.models import Answer, AnswerContribution, Contribution, ContributionTheme
from app.domain.contributions.of_meetings import (
    Chosen,
    MeetingSum,
    Pile,
    ThemeOfMeeting,
    list_answers_to_each,
    list_chosen,
    piles_at,
    sum_up_meetings,
)
from app.domain.meetings.models import Meeting
from app.domain.meetings.schemas import MeetingInput
from app.domain.meetings.service import add_meeting, publish_meeting
from app.domain.presentations.models import Deck
from app.domain.presentations.of_meetings import count_decks_by_meeting, list_deck_lines
from app.domain.strategies.models import Strategy, Theme
from tests.people import People
from tests.signing_up import attending


@pytest.fixture
def meeting(session: Session) -> Meeting:
    row = add_meeting(session, SYSTEM, MeetingInput(title="Mødet", held_on=date(2020, 1, 1)))
    return publish_meeting(session, SYSTEM, row.id)


def say(session: Session, meeting: Meeting, number: int, **values: object) -> Contribution:
    row = Contribution(
        kind="card",
        reference=f"IN-{number:04}",
        title=f"Kort {number}",
        body="",
        status="received",
        meeting_id=meeting.id,
        received_at=now(),
        published_at=now(),
    )
    for name, value in values.items():
        setattr(row, name, value)
    session.add(row)
    session.flush()
    return row


def answer(session: Session, said: Contribution, text: str, published: bool = True) -> Answer:
    row = Answer(kind="answer", text=text, published_at=now() if published else None)
    session.add(row)
    session.flush()
    session.add(AnswerContribution(answer_id=row.id, contribution_id=said.id))
    session.flush()
    return row


def test_sums_leave_out_drafts_withdrawn_ones_and_what_is_not_for_the_reader(
    session: Session, people: People, meeting: Meeting
) -> None:
    strategy = Strategy(key="kdp", name="Program", level="municipal", owner="KL")
    session.add(strategy)
    session.flush()
    theme = Theme(strategy_id=strategy.id, key="klima", code="1", position=1, name="Klima", name_en="Climate")
    session.add(theme)
    session.flush()
    open_one = say(session, meeting, 1)
    say(session, meeting, 2)
    say(session, meeting, 3, status="draft", published_at=None)
    say(session, meeting, 4, status="withdrawn")
    say(session, meeting, 5, visibility="staff")
    session.add(ContributionTheme(contribution_id=open_one.id, theme_id=theme.id))
    session.flush()
    themes = (ThemeOfMeeting("kdp/klima", "Klima", "Climate"),)
    assert sum_up_meetings(session, people.stranger) == {meeting.id: MeetingSum(2, themes)}
    assert sum_up_meetings(session, people.staff) == {meeting.id: MeetingSum(3, themes)}


def test_piles_and_the_chosen_list_agree(session: Session, people: People, meeting: Meeting) -> None:
    say(session, meeting, 1, aspect="data")
    say(session, meeting, 2, aspect="data", kind="wish")
    say(session, meeting, 3, aspect="security")
    piles = read(session, piles_at(people.stranger, meeting.id))
    assert sorted(piles, key=lambda p: (p.kind, p.aspect or "")) == [
        Pile("card", "data", None, 1),
        Pile("card", "security", None, 1),
        Pile("wish", "data", None, 1),
    ]
    for chosen in (
        Chosen(),
        Chosen(kind="card"),
        Chosen(aspect="data"),
        Chosen("wish", "data"),
        Chosen(group_id=9),
    ):
        listing = list_chosen(session, people.stranger, meeting.id, chosen)
        assert listing.total == sum(pile.count for pile in piles if pile.fits(chosen)), chosen


def test_answers_stand_with_each_and_those_that_are_prepared_for_staff_alone(
    session: Session, people: People, meeting: Meeting
) -> None:
    prepared, answered = say(session, meeting, 2), say(session, meeting, 3)
    answer(session, prepared, "På vej", published=False)
    answer(session, answered, "Først")
    answer(session, answered, "Siden")
    found = list_answers_to_each(session, people.stranger, [prepared.id, answered.id])
    assert {key: [one.text for one in answers] for key, answers in found.items()} == {
        answered.id: ["Først", "Siden"]
    }
    assert prepared.id in list_answers_to_each(session, people.staff, [prepared.id])
    assert list_answers_to_each(session, people.staff, []) == {}


def test_decks_are_counted_and_listed_by_their_access(
    session: Session, people: People, meeting: Meeting
) -> None:
    for position, access in enumerate(("public", "participants", "staff"), 1):
        session.add(
            Deck(
                meeting_id=meeting.id,
                key=access,
                position=position,
                title=access,
                access=access,
                created_at=now(),
            )
        )
    session.flush()
    vendor = attending(people, meeting, "vendor").vendor
    seen = {
        name: [deck.title for deck in list_deck_lines(session, actor, meeting.id)]
        for name, actor in (
            ("stranger", people.stranger),
            ("rival", people.rival),
            ("vendor", vendor),
            ("staff", people.staff),
        )
    }
    assert seen == {
        "stranger": ["public"],
        "rival": ["public"],
        "vendor": ["public", "participants"],
        "staff": ["public", "participants", "staff"],
    }
    assert count_decks_by_meeting(session, vendor) == {meeting.id: 2}
    meeting.published_at = None
    session.flush()
    assert count_decks_by_meeting(session, vendor) == {}
