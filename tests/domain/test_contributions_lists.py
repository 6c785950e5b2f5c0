"""Lists of contributions: filters with counts, order, paging, what stands around a row."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from app.core.asking import read
from app.core.clock import moved_to, now
from app.core.policy import SYSTEM
from app.domain.answering.publishing import publish_answer
from app.domain.contributions.gathering import gather
from app.domain.contributions.interests import mark_interest
from app.domain.contributions.own import list_own
from app.domain.contributions.queries import (
    Answered,
    Choice,
    Filters,
    IdeaView,
    Option,
    ToDo,
    find_contribution,
    find_idea_details,
    find_last_place,
    find_room,
    latest_answers,
    left_to_do,
    list_answers_of_meeting,
    list_answers_to,
    list_ideas,
    list_interesting_to,
    list_interests,
    list_of_meeting,
    list_on_behalf_of,
    list_recorded,
    list_under_theme,
    list_wishes,
)
from app.domain.contributions.schemas import AnswerFacts, InterestInput
from app.domain.contributions.service import publish_meeting_cards, put_answer, withdraw
from app.domain.meetings.models import PanelTask
from tests.answered import add_draft_answer, add_prepared_answer
from tests.people import People
from tests.said import (
    SECRET,
    add_card_row,
    add_group_row,
    add_idea,
    add_idea_draft,
    add_item_row,
    add_meeting_row,
    add_speaker_row,
    add_theme_rows,
    add_wish,
    put_said,
)


def titles(rows: object) -> list[str]:
    return [row.title for row in rows]  # type: ignore[attr-defined]


def test_a_wish_said_at_a_meeting_carries_everything_around_it(session: Session, people: People) -> None:
    meeting = add_meeting_row(session)
    item = add_item_row(session, meeting, "Tendenser i it-branchen")
    speaker = add_speaker_row(session, item, "Oda Oplæg")
    (climate,) = add_theme_rows(session, "Klima")
    put = put_said(
        session,
        "10-indspil-1",
        meeting_id=meeting.id,
        item_id=item.id,
        said_by_person_id=speaker.id,
        said_by_text="Oda Oplæg på branchens vegne",
        on_behalf_of_text="branchen",
        theme_ids=[climate.id],
        certainty_note="Står på siden.",
        is_example=True,
    )
    view = find_contribution(session, people.stranger, put.reference.lower())
    assert view is not None
    assert (view.said_by, view.on_behalf_of, view.entered_by) == ("Oda Oplæg", "branchen", "")
    assert (view.meeting_key, view.meeting_number, view.item_title) == ("10", 10, "Tendenser i it-branchen")
    assert [theme.path for theme in view.themes] == ["/temaer/strategi-2026/klima"]
    assert (view.certainty_note, view.is_example, view.is_sender_confirmed) == ("Står på siden.", True, True)


def test_wishes_are_narrowed_and_each_filter_counts_under_the_others(
    session: Session, people: People
) -> None:
    meeting = add_meeting_row(session)
    climate, data = add_theme_rows(session, "Klima", "Data")
    put_said(session, "a", title="Gammelt", meeting_id=meeting.id, aspect="data", theme_ids=[climate.id])
    with moved_to(datetime(2026, 11, 20, 12, tzinfo=UTC)):
        add_wish(session, people.vendor, "Snitflader", aspect="data", theme_ids=[climate.id, data.id])
    with moved_to(datetime(2026, 11, 21, 12, tzinfo=UTC)):
        add_wish(session, people.rival, "Retning", aspect="direction")
        add_idea(session, people.vendor)
        found = list_wishes(session, people.stranger, Filters(aspect="data"))
        assert titles(found.listing.rows) == ["Gammelt", "Snitflader"]
    assert found.listing.total == 2
    assert found.choices["aspect"] == (
        Choice("direction", "direction", "direction", 1),
        Choice("data", "data", "data", 2),
    )
    assert [(choice.value, choice.count) for choice in found.choices["year"]] == [("2026", 1), ("2020", 1)]
    assert [(choice.value, choice.count) for choice in found.choices["theme"]] == [
        ("strategi-2026/data", 1),
        ("strategi-2026/klima", 2),
    ]
    assert [(choice.label, choice.count) for choice in found.choices["organisation"]] == [("Soft A/S", 1)]
    assert [(choice.value, choice.count) for choice in found.choices["meeting"]] == [("10", 1)]
    assert [(choice.value, choice.count) for choice in found.choices["status"]] == [("received", 2)]


def only(session: Session, people: People, **filters: object) -> list[str]:
    return titles(list_wishes(session, people.stranger, Filters(**filters)).listing.rows)  # type: ignore[arg-type]


def test_each_filter_narrows(session: Session, people: People) -> None:
    meeting = add_meeting_row(session)
    (climate,) = add_theme_rows(session, "Klima")
    (below,) = add_theme_rows(session, "Energi")
    below.parent_id = climate.id
    put_said(session, "a", title="Sagt", meeting_id=meeting.id, status="answered")
    with moved_to(datetime(2026, 1, 1, 12, tzinfo=UTC)):
        add_wish(session, people.vendor, "Sendt 100 %", theme_ids=[below.id])
    with moved_to(datetime(2026, 11, 21, 12, tzinfo=UTC)):
        assert only(session, people, meeting="10") == ["Sagt"]
        assert only(session, people, year=2020) == ["Sagt"]
        assert only(session, people, status="answered") == ["Sagt"]
        assert only(session, people, organisation_id=people.vendor.organisation_id) == ["Sendt 100 %"]
        assert only(session, people, theme="strategi-2026/klima") == ["Sendt 100 %"]
        assert only(session, people, late=True) == ["Sendt 100 %"]
        assert only(session, people, answered=True) == []
        assert only(session, people, q="sendt klar RETNING") == ["Sendt 100 %"]
        assert only(session, people, q="soft") == ["Sendt 100 %"]
        assert only(session, people, q="100 %") == ["Sendt 100 %"]
        assert only(session, people, q="_") == []


def test_what_has_a_published_answer_is_answered_however_far_it_has_come_since(
    session: Session, people: People
) -> None:
    wishes = [add_wish(session, people.vendor, title) for title in ("Lovet", "Gjort", "Kladde", "Uden svar")]
    promised, done, waiting, _unanswered = wishes
    for wish in (promised, done):
        answer = add_prepared_answer(session, people.staff, [wish.id])
        publish_answer(session, people.staff, answer.id, answer.version)
    promised.status, done.status = "planned", "effect_measured"
    led = add_wish(session, people.vendor, "Samlet")
    gather(session, people.staff, done.id, [led.id])
    add_draft_answer(session, people.staff, [waiting.id])
    session.flush()
    for actor in (people.stranger, people.staff):
        found = list_wishes(session, actor, Filters(answered=True))
        assert (titles(found.listing.rows), found.listing.total) == (["Samlet", "Gjort", "Lovet"], 3)


def test_filters_that_look_alike_are_each_asked_for_their_own(session: Session, people: People) -> None:
    (climate,) = add_theme_rows(session, "Klima")
    put_said(session, "a", title="Fyrtårn", aspect="data", theme_ids=[climate.id], status="answered")
    put_said(session, "b", title="Gletsjer", aspect="direction", meeting_id=add_meeting_row(session).id)
    assert only(session, people, aspect="data", status="answered") == ["Fyrtårn"]
    assert only(session, people, aspect="direction", status="answered") == []
    assert only(session, people, aspect="direction", status="received") == ["Gletsjer"]
    assert only(session, people, theme="strategi-2026/klima") == ["Fyrtårn"]
    assert only(session, people, theme="strategi-2026/data") == []
    assert (only(session, people, q="fyrt"), only(session, people, q="gletsj")) == (["Fyrtårn"], ["Gletsjer"])


@pytest.mark.parametrize("sign", ["%", "_", "/", "\\"])
def test_signs_that_mean_something_to_the_database_are_looked_for_as_they_are(
    session: Session, people: People, sign: str
) -> None:
    put_said(session, "a", title=f"En{sign}anden")
    put_said(session, "b", title="En anden")
    assert only(session, people, q=f"en{sign}anden") == [f"En{sign}anden"]


def test_values_that_cannot_be_find_nothing_and_break_nothing(session: Session, people: People) -> None:
    add_wish(session, people.vendor)
    for filters in (
        {"year": 10**30},
        {"organisation_id": 10**30},
        {"organisation_id": -1},
        {"theme": "x"},
        {"meeting": "x" * 300},
    ):
        assert only(session, people, **filters) == []


def test_a_list_is_paged_and_a_page_past_the_end_is_the_first(session: Session, people: People) -> None:
    for number in range(31):
        put_said(session, str(number), title=f"Ønske {number}", received_at=now() + timedelta(seconds=number))
    first = list_wishes(session, people.stranger, Filters(), 1).listing
    second = list_wishes(session, people.stranger, Filters(), 2).listing
    assert (len(first.rows), first.rows[0].title, first.total, first.pages) == (30, "Ønske 30", 31, 2)
    assert titles(second.rows) == ["Ønske 0"]
    assert list_wishes(session, people.stranger, Filters(), 99).listing == first
    assert list_own(session, people.vendor, page=99).rows == ()


def test_drafts_and_withdrawn_are_on_no_list_and_in_no_count_even_for_their_own(
    session: Session, people: People
) -> None:
    add_idea_draft(session, people.vendor)
    withdraw(session, people.vendor, add_idea(session, people.vendor, title="Trukket").id)
    found = list_ideas(session, people.vendor, Filters())
    assert (found.listing.rows, found.listing.total, found.choices) == ((), 0, {})


def test_hidden_contributions_count_in_no_filter_for_others(session: Session, people: People) -> None:
    put_said(session, "a", visibility="staff", aspect="data")
    assert list_wishes(session, people.vendor, Filters()).choices == {}
    assert list_wishes(session, people.staff, Filters()).choices["aspect"][0].count == 1


def test_a_meetings_contributions_stand_in_the_order_of_the_programme(
    session: Session, people: People
) -> None:
    meeting = add_meeting_row(session)
    first, second = add_item_row(session, meeting), add_item_row(session, meeting)
    group = add_group_row(session, meeting, second)
    add_card_row(session, people.staff, meeting, "Uden sted")
    add_card_row(session, people.staff, meeting, "I gruppen", group_id=group.id)
    add_card_row(session, people.staff, meeting, "I salen", item_id=second.id)
    add_card_row(session, people.staff, meeting, "Først", item_id=first.id)
    gone = add_card_row(session, people.staff, meeting, "Væk", item_id=first.id)
    withdraw(session, people.staff, gone.id)
    assert list_of_meeting(session, people.vendor, meeting.id).rows == ()
    publish_meeting_cards(session, people.staff, meeting.id)
    assert titles(list_of_meeting(session, people.vendor, meeting.id).rows) == [
        "Først",
        "I salen",
        "I gruppen",
        "Uden sted",
    ]
    assert titles(list_recorded(session, people.staff, meeting.id, per_page=2).rows) == ["Væk", "Først"]


def test_what_stands_under_a_theme_and_what_has_none(session: Session, people: People) -> None:
    climate, data = add_theme_rows(session, "Klima", "Data")
    meeting = add_meeting_row(session)
    put_said(session, "a", title="Begge", theme_ids=[climate.id, data.id], meeting_id=meeting.id)
    put_said(session, "b", title="Kort", kind="card", theme_ids=[data.id])
    put_said(session, "c", title="Uden", meeting_id=meeting.id)
    ids = [climate.id, data.id]
    assert titles(list_under_theme(session, people.stranger, ids).rows) == ["Kort", "Begge"]
    assert titles(list_under_theme(session, people.stranger, ids, kinds=("wish",)).rows) == ["Begge"]
    unthemed = list_of_meeting(session, people.staff, meeting.id, only_unthemed=True)
    assert titles(unthemed.rows) == ["Uden"]


def test_own_list_holds_drafts_first_and_what_was_said_aloud_for_the_organisation(
    session: Session, people: People
) -> None:
    meeting = add_meeting_row(session)
    soft = people.vendor.organisation_id
    put_said(session, "a", kind="card", title="Sagt højt", on_behalf_of_id=soft, meeting_id=meeting.id)
    add_card_row(session, people.staff, meeting, "Ikke udgivet", on_behalf_of_id=soft)
    add_wish(session, people.newcomer, "Kollegas")
    add_wish(session, people.rival, "Andres")
    add_idea_draft(session, people.vendor, title="Udkast")
    assert titles(list_own(session, people.vendor).rows) == ["Udkast", "Kollegas", "Sagt højt"]
    assert titles(list_own(session, people.newcomer).rows) == ["Kollegas", "Sagt højt"]
    assert titles(list_own(session, people.stranger).rows) == []
    # What a newcomer sent waits; it is in no list but that of its own people.
    assert titles(list_on_behalf_of(session, people.rival, soft or 0).rows) == ["Sagt højt"]


def test_an_idea_shows_its_public_half(session: Session, people: People) -> None:
    idea = add_idea(session, people.vendor, **SECRET)
    assert find_idea_details(session, idea.id) == IdeaView(
        problem="Natholdet går runder.",
        for_whom="Beboere på plejecentre.",
        proposal="En måtte under madrassen.",
        technology="",
        data_source="",
        legal_basis="",
        operations="",
        effect_indicator="",
        baseline="",
        target="",
        partner_wanted="",
        maturity="idea",
        cost_frame="",
        has_confidential=True,
    )
    plain = find_idea_details(session, add_idea(session, people.vendor, title="Uden hemmeligt").id)
    assert plain is not None and plain.has_confidential is False
    assert find_idea_details(session, 4711) is None


def test_answers_tell_their_signers_and_only_what_the_reader_may_see(
    session: Session, people: People
) -> None:
    meeting = add_meeting_row(session)
    open_one = put_said(session, "a", title="Åbent")
    closed = put_said(session, "b", title="Lukket", visibility="staff")
    moment = datetime(2026, 11, 1, tzinfo=UTC)
    for number in range(4):
        facts = AnswerFacts(
            key=f"svar-{number}",
            kind="answer",
            text=f"Svar {number}",
            meeting_id=meeting.id,
            published_at=moment + timedelta(days=number) if number else None,
            organisation_ids=[people.staff.organisation_id or 0],
            contribution_ids=[open_one.id, closed.id],
        )
        put_answer(session, SYSTEM, facts)
    found = latest_answers(session, people.stranger, 2)
    assert [(answer.text, answer.organisations) for answer in found] == [
        ("Svar 3", ("Værtsforeningen",)),
        ("Svar 2", ("Værtsforeningen",)),
    ]
    assert found[0].answers == (Answered("wish", open_one.reference, "Åbent", "da"),)
    assert [a.text for a in list_answers_to(session, people.vendor, open_one.id)] == [
        "Svar 3",
        "Svar 2",
        "Svar 1",
    ]
    assert [a.text for a in list_answers_of_meeting(session, people.staff, meeting.id)] == [
        "Svar 0",
        "Svar 1",
        "Svar 2",
        "Svar 3",
    ]
    view = find_contribution(session, people.stranger, open_one.reference)
    assert view is not None and view.answer_count == 3


def test_contacts_are_for_municipalities_and_staff(session: Session, people: People) -> None:
    wish = add_wish(session, people.vendor)
    mark_interest(session, people.municipality, wish.id, InterestInput(kind="need", contact="Mona, 1234"))
    mark_interest(session, people.neighbour, wish.id, InterestInput(kind="pilot"))
    read = {
        name: [
            (row.municipality, row.kind, row.contact, row.marked_by)
            for row in list_interests(session, actor, wish.id)
        ]
        for name, actor in people.all().items()
    }
    there, here = ("Der Kommune", "pilot", ""), ("Her Kommune", "need", "Mona, 1234")
    all_names = [(*there, "Nils Nabo"), (*here, "Mona Kommune")]
    # Who set a mark is for its own people and staff; others read the title that it was signed with.
    expected = {name: [(*there, ""), (*here[:2], "", "")] for name in read} | {
        "municipality": [(*there, ""), (*here, "Mona Kommune")],
        "neighbour": [(*there, "Nils Nabo"), (*here, "")],
        "staff": all_names,
        "admin": all_names,
    }
    assert read == expected
    marked = list_interesting_to(session, people.municipality, people.municipality.organisation_id or 0)
    assert [row.interest_count for row in marked.rows] == [2]


def test_a_room_holds_what_is_chosen_from(session: Session, people: People) -> None:
    meeting = add_meeting_row(session)
    item = add_item_row(session, meeting, "Panel")
    group = add_group_row(session, meeting, item, task="Nævn tre")
    speakers = [add_speaker_row(session, item, name) for name in ("Åse", "Anna")]
    task = PanelTask(item_id=item.id, position=1, title="De tre vigtigste dilemmaer")
    session.add(task)
    session.flush()
    room = find_room(session, "10")
    assert room is not None
    assert (room.number, room.held_on, room.is_published) == (10, date(2020, 10, 28), True)
    assert room.items == (Option(item.id, "Panel"),)
    assert room.groups == (Option(group.id, "Gruppe 1", item.id, "Nævn tre"),)
    assert room.tasks == (Option(task.id, "De tre vigtigste dilemmaer", item.id),)
    assert room.people == (Option(speakers[1].id, "Anna"), Option(speakers[0].id, "Åse"))
    assert find_room(session, "99") is None


def test_the_last_place_is_the_actors_own(session: Session, people: People) -> None:
    meeting = add_meeting_row(session)
    add_card_row(session, people.staff, meeting, said_by_text="bord 1")
    add_card_row(session, people.staff, meeting, said_by_text="bord 2")
    add_card_row(session, people.admin, meeting, said_by_text="bord 3")
    place = find_last_place(session, people.staff, meeting.id)
    assert place is not None and place.said_by_text == "bord 2"
    assert find_last_place(session, people.vendor, meeting.id) is None


def test_staff_is_told_at_which_meetings_something_waits(session: Session, people: People) -> None:
    (climate,) = add_theme_rows(session, "Klima")
    meeting = add_meeting_row(session)
    add_card_row(session, people.staff, meeting)
    withdraw(session, people.staff, add_card_row(session, people.staff, meeting).id)
    put_said(session, "a", meeting_id=meeting.id, theme_ids=[climate.id])
    assert read(session, left_to_do()) == [ToDo("10", "Møde 10", 1, 1)]
