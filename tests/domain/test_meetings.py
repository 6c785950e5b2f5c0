"""Meetings: numbers, drafts, publishing, who sees what, and reading them."""

from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.audit import AuditEntry
from app.core.clock import moved_to
from app.core.policy import STRANGER, SYSTEM, NotAllowed, NotFound, Refused
from app.domain.meetings.models import AgendaItem, Meeting, Series
from app.domain.meetings.numbering import Gap, MissingNumberView, find_gaps, make_key, read_key
from app.domain.meetings.policy import is_old, may_plan_meetings, may_see, may_see_join_link, visible_to
from app.domain.meetings.programme import add_item
from app.domain.meetings.queries import (
    find_meeting,
    get_meeting_line,
    get_next_number,
    latest_meeting,
    list_meetings,
    list_possible_organisers,
    list_series,
    next_meeting,
)
from app.domain.meetings.schemas import ItemInput, MeetingInput
from app.domain.meetings.service import (
    add_meeting,
    edit_meeting,
    get_or_add_series,
    publish_meeting,
    withdraw_meeting,
)
from tests.people import People


def given(**values: Any) -> MeetingInput:
    return MeetingInput(**{"title": "Et møde", "held_on": date(2027, 3, 18)} | values)


def entries(session: Session, thing: str) -> list[tuple[str, Any, Any]]:
    rows = session.scalars(select(AuditEntry).where(AuditEntry.thing == thing).order_by(AuditEntry.id))
    return [(row.verb, row.before, row.after) for row in rows]


def test_a_new_meeting_is_a_draft_with_the_next_number_as_its_address(session: Session) -> None:
    add_meeting(session, SYSTEM, given(number=14))
    meeting = add_meeting(session, SYSTEM, given(starts=time(9), ends=time(12)))
    assert (meeting.number, meeting.key, meeting.status, meeting.published_at) == (15, "15", "draft", None)
    assert meeting.starts_at == datetime(2027, 3, 18, 8, tzinfo=UTC)
    assert meeting.ends_at == datetime(2027, 3, 18, 11, tzinfo=UTC)
    assert get_next_number(session) == 16


def test_a_number_may_leave_a_gap(session: Session) -> None:
    assert add_meeting(session, SYSTEM, given(number=20)).key == "20"
    assert get_next_number(session) == 21


def test_a_taken_number_is_refused_and_the_session_lives_on(session: Session) -> None:
    add_meeting(session, SYSTEM, given(number=7))
    with pytest.raises(Refused) as refusal:
        add_meeting(session, SYSTEM, given(number=7))
    assert (refusal.value.code, refusal.value.values) == ("number_taken", {"number": 7})
    assert len(list_meetings(session, SYSTEM)) == 1


def test_outside_the_main_series_a_meeting_has_a_readable_key_and_no_number(session: Session) -> None:
    get_or_add_series(session, "folkemoedet")
    keys = [
        add_meeting(
            session, SYSTEM, given(series="folkemoedet", number=3, title="Ægte dialog på Bornholm")
        ).key
        for _ in range(2)
    ]
    assert keys == [
        "folkemoedet-2027-aegte-dialog-paa-bornholm",
        "folkemoedet-2027-aegte-dialog-paa-bornholm-2",
    ]
    assert [series.name for series in list_series(session)] == ["Folkemødet"]


def test_an_unknown_series_and_an_unknown_organiser_are_refused(session: Session) -> None:
    for wrong, code in (
        (given(series="nej"), "unknown_series"),
        (given(organisers=[9]), "unknown_organiser"),
    ):
        with pytest.raises(Refused, match=code):
            add_meeting(session, SYSTEM, wrong)


def test_only_staff_plans(session: Session, people: People) -> None:
    meeting = add_meeting(session, people.staff, given())
    for actor in (people.vendor, people.municipality, people.loner, STRANGER):
        with pytest.raises(NotAllowed):
            add_meeting(session, actor, given())
        with pytest.raises(NotAllowed):
            edit_meeting(session, actor, meeting.id, 1, given())
        with pytest.raises(NotAllowed):
            publish_meeting(session, actor, meeting.id)
        with pytest.raises(NotAllowed):
            withdraw_meeting(session, actor, meeting.id)


def test_rule_and_sql_agree_for_every_kind_of_people(session: Session, people: People) -> None:
    draft = add_meeting(session, SYSTEM, given())
    public = publish_meeting(session, SYSTEM, add_meeting(session, SYSTEM, given()).id)
    for name, actor in people.all().items():
        in_sql = set(session.scalars(select(Meeting.id).where(visible_to(actor))))
        by_key = {m.id: find_meeting(session, SYSTEM, m.key) for m in (draft, public)}
        in_python = {id_ for id_, view in by_key.items() if view and may_see(actor, view)}
        assert in_sql == in_python, name
        assert (draft.id in in_sql) == (name in ("staff", "admin"))
        assert may_plan_meetings(actor) == (name in ("staff", "admin"))
        assert may_see_join_link(actor, public.id) == (name in ("staff", "admin"))
    inside = replace(people.vendor, attends=frozenset({public.id}))
    speaker = replace(people.rival, meeting_roles=frozenset({(public.id, "speaker")}))
    for actor in (inside, speaker):
        assert (may_see_join_link(actor, public.id), may_see_join_link(actor, draft.id)) == (True, False)


def test_a_draft_is_hidden_in_every_list(session: Session, people: People) -> None:
    meeting = add_meeting(session, people.staff, given(held_on=date(2090, 1, 1)))
    assert find_meeting(session, people.vendor, meeting.key) is None
    assert list_meetings(session, people.vendor) == []
    assert get_meeting_line(session, [meeting.id], people.vendor) == {}
    assert next_meeting(session, people.staff) is None
    assert [m.id for m in list_meetings(session, people.staff)] == [meeting.id]


def test_publishing_and_withdrawing_undo_each_other_and_are_logged_once(
    session: Session, people: People
) -> None:
    meeting = add_meeting(session, people.staff, given(held_on=date(2090, 1, 1)))
    for _ in range(2):
        publish_meeting(session, people.staff, meeting.id)
    assert (meeting.status, meeting.published_at is not None) == ("announced", True)
    for _ in range(2):
        withdraw_meeting(session, people.staff, meeting.id)
    assert (meeting.status, meeting.published_at) == ("draft", None)
    assert entries(session, "meeting")[1:] == [
        ("publish", {"status": "draft"}, {"status": "announced"}),
        ("withdraw", {"status": "announced"}, {"status": "draft"}),
    ]


def test_a_meeting_that_is_over_is_published_as_held(session: Session) -> None:
    meeting = add_meeting(session, SYSTEM, given(held_on=date(2020, 10, 28)))
    assert publish_meeting(session, SYSTEM, meeting.id).status == "closed"


def test_an_announced_meeting_reads_as_held_when_its_day_has_passed(session: Session) -> None:
    with moved_to(datetime(2027, 3, 1, tzinfo=UTC)):
        meeting = publish_meeting(session, SYSTEM, add_meeting(session, SYSTEM, given()).id)
        view = find_meeting(session, STRANGER, meeting.key)
        assert view is not None and view.shown_status == "announced"
    with moved_to(datetime(2027, 3, 19, tzinfo=UTC)):
        assert (view.shown_status, view.is_past, view.is_old) == ("closed", True, False)
    with moved_to(datetime(2028, 3, 19, tzinfo=UTC)):
        assert view.is_old


@pytest.mark.parametrize(
    ("today", "expected"), [((2025, 5, 12), False), ((2025, 5, 13), True), ((2025, 5, 11), False)]
)
def test_old_begins_the_day_after_twelve_months(today: tuple[int, int, int], expected: bool) -> None:
    assert is_old(date(2024, 5, 12), date(*today)) is expected


def test_the_leap_day_grows_old_too() -> None:
    assert [is_old(date(2024, 2, 29), date(2025, *day)) for day in ((2, 28), (3, 1))] == [False, True]


def test_a_stale_version_is_refused_and_changes_nothing(session: Session, people: People) -> None:
    meeting = add_meeting(session, people.staff, given())
    edit_meeting(session, people.staff, meeting.id, 1, given(title="Den enes"))
    with pytest.raises(Refused, match="stale"):
        edit_meeting(session, people.admin, meeting.id, 1, given(title="Den andens"))
    assert (meeting.title, meeting.version) == ("Den enes", 2)


def test_an_edit_is_logged_with_before_and_after(session: Session, people: People) -> None:
    host = people.staff.organisation_id or 0
    meeting = add_meeting(session, people.staff, given())
    edit_meeting(
        session, people.staff, meeting.id, 1, given(title="Nyt", organisers=[host], topics=["a", "b"])
    )
    verb, before, after = entries(session, "meeting")[-1]
    assert verb == "edit"
    assert [(before[name], after[name]) for name in ("title", "organisers", "topics")] == [
        ("Et møde", "Nyt"),
        ([], [host]),
        ([], ["a", "b"]),
    ]


def test_a_missing_meeting_is_not_found(session: Session, people: People) -> None:
    with pytest.raises(NotFound):
        edit_meeting(session, people.staff, 999_999, 1, given())


def test_a_draft_may_change_its_number_but_not_to_a_taken_one(session: Session) -> None:
    add_meeting(session, SYSTEM, given(number=3))
    meeting = add_meeting(session, SYSTEM, given(number=4))
    edit_meeting(session, SYSTEM, meeting.id, 1, given(number=5))
    assert (meeting.number, meeting.key) == (5, "5")
    with pytest.raises(Refused, match="number_taken"):
        edit_meeting(session, SYSTEM, meeting.id, 2, given(number=3))


def test_a_published_meeting_keeps_its_number(session: Session) -> None:
    meeting = publish_meeting(session, SYSTEM, add_meeting(session, SYSTEM, given(number=4)).id)
    with pytest.raises(Refused, match="number_fixed"):
        edit_meeting(session, SYSTEM, meeting.id, 1, given(number=5))
    edit_meeting(session, SYSTEM, meeting.id, 1, given(number=None, title="Uden nummer i feltet"))
    assert (meeting.number, meeting.key) == (4, "4")


def test_the_programme_moves_to_a_new_day_and_keeps_its_clock_over_summer_time(
    session: Session,
) -> None:
    meeting = add_meeting(session, SYSTEM, given(starts=time(9)))
    item = add_item(
        session, SYSTEM, meeting.id, ItemInput(kind="talk", title="Oplæg", starts=time(9, 30), ends=time(10))
    )
    edit_meeting(session, SYSTEM, meeting.id, 1, given(held_on=date(2027, 6, 10), starts=time(9)))
    session.refresh(item)
    assert item.starts_at == datetime(2027, 6, 10, 7, 30, tzinfo=UTC)
    assert item.ends_at == datetime(2027, 6, 10, 8, 0, tzinfo=UTC)


def test_an_english_text_goes_when_its_danish_one_is_rewritten(session: Session) -> None:
    meeting = add_meeting(session, SYSTEM, given(topics=["data"]))
    meeting.title_en, meeting.topics_en = "A meeting", ["data"]
    edit_meeting(session, SYSTEM, meeting.id, 1, given(title="Et andet møde", topics=["data"]))
    assert (meeting.title_en, meeting.topics_en) == ("", ["data"])


def test_the_number_decides_which_meeting_an_address_means(session: Session) -> None:
    publish_meeting(session, SYSTEM, add_meeting(session, SYSTEM, given(number=10)).id)
    found = [
        find_meeting(session, STRANGER, key) for key in ("10", "10-virtuelt-dialogforum", "010", "11", "x")
    ]
    assert [view.key if view else None for view in found] == ["10", "10", "10", None, None]


@pytest.mark.parametrize(
    ("part", "key"),
    [
        ("10", "10"),
        ("10-Hvad-Som-Helst", "10"),
        ("0010", "10"),
        ("Folkemoedet-2017-x", "folkemoedet-2017-x"),
        ("10x", "10x"),
        ("99999", "99999"),
        ("0", "0"),
    ],
)
def test_parts_of_addresses_and_the_keys_they_mean(part: str, key: str) -> None:
    assert read_key(part) == key


def test_a_made_key_never_collides() -> None:
    assert make_key("s", 2027, "Titel", ["s-2027-titel", "s-2027-titel-2"]) == "s-2027-titel-3"


def test_next_and_latest_pass_over_what_is_cancelled(session: Session) -> None:
    with moved_to(datetime(2027, 1, 1, tzinfo=UTC)):
        days = {1: (2026, 5, 1), 2: (2026, 11, 1), 3: (2027, 1, 1), 4: (2027, 5, 1)}
        rows = {
            number: publish_meeting(
                session, SYSTEM, add_meeting(session, SYSTEM, given(number=number, held_on=date(*day))).id
            )
            for number, day in days.items()
        }
        rows[2].status = rows[3].status = "cancelled"
        session.flush()
        coming, latest = next_meeting(session, STRANGER), latest_meeting(session, STRANGER)
    assert coming is not None and coming.number == 4
    assert latest is not None and latest.number == 1


def test_lists_run_newest_first_and_words_are_sought_in_title_topics_and_programme(session: Session) -> None:
    for number, (title, topic) in enumerate(
        [("Robotter", "plejen"), ("Markedsdialog", "100 % data"), ("Sikkerhed", "beredskab")], 1
    ):
        meeting = add_meeting(
            session,
            SYSTEM,
            given(number=number, title=title, topics=[topic], held_on=date(2020 + number, 1, 1)),
        )
        add_item(session, SYSTEM, meeting.id, ItemInput(kind="talk", title=f"Oplæg om {title[:5]}papir"))
        publish_meeting(session, SYSTEM, meeting.id)
    numbers = {
        words: [m.number for m in list_meetings(session, STRANGER, words)]
        for words in ("", "ROBOT", "beredskab", "robotpapir", "markedsdialog data", "100 %", "%", "_")
    }
    assert numbers == {
        "": [3, 2, 1],
        "ROBOT": [1],
        "beredskab": [3],
        "robotpapir": [1],
        "markedsdialog data": [2],
        "100 %": [2],
        "%": [2],
        "_": [],
    }


def test_missing_numbers_with_one_story_stand_together() -> None:
    after, before = date(2014, 10, 10), date(2016, 11, 1)
    missing = [MissingNumberView(n, after, before, True) for n in (2, 3, 4)]
    missing.append(MissingNumberView(13, None, None, False))
    assert find_gaps([1, 6, 7, 14], missing) == [
        Gap(2, 4, True, after, before, True),
        Gap(5, 5, False),
        Gap(8, 12, False),
        Gap(13, 13, True),
    ]


def test_a_number_that_has_come_is_no_gap() -> None:
    assert find_gaps([1, 2, 3], [MissingNumberView(2, None, None, False)]) == []
    assert find_gaps([], []) == []


def test_who_may_hold_a_meeting(session: Session, people: People) -> None:
    vendor = people.vendor.organisation_id or 0
    assert [o.name for o in list_possible_organisers(session)] == ["Værtsforeningen"]
    assert [o.name for o in list_possible_organisers(session, [vendor])] == ["Soft A/S", "Værtsforeningen"]


def test_dates_far_away_and_ends_before_starts_do_not_pass(session: Session) -> None:
    far, backwards = ({"held_on": "1066-10-14"}, {"held_on": "9999-12-31"}), {"starts": "12", "ends": "12:00"}
    for wrong in (*far, backwards):
        with pytest.raises(ValueError, match=r"too far|not after"):
            given(**wrong)
    assert [given(starts=typed).starts for typed in ("9.05", "9", "09:05", " 13.30 ")] == [
        time(9, 5),
        time(9),
        time(9, 5),
        time(13, 30),
    ]


def test_an_item_without_its_meeting_cannot_be(session: Session) -> None:
    with pytest.raises(NotFound):
        add_item(session, SYSTEM, 999_999, ItemInput(kind="talk", title="Oplæg"))
    assert session.scalars(select(AgendaItem).order_by(AgendaItem.id)).all() == []
    assert session.scalars(select(Series).order_by(Series.id)).all() == []


def test_a_day_may_be_written_the_danish_way() -> None:
    written = ("2027-03-18", "18.3.2027", "18-03-2027", " 18/3/2027 ")
    assert {given(held_on=typed).held_on for typed in written} == {date(2027, 3, 18)}
