"""Calendar files, read back by a parser that knows nothing of the library that wrote them."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import vobject

from app.core.calendars import Entry, Organizer, write_calendar
from app.core.clock import COPENHAGEN

STARTS = datetime(2027, 3, 18, 8, tzinfo=UTC)
ENTRY = Entry(
    uid="moede-7@forum.example",
    sequence=3,
    status="CONFIRMED",
    summary="Et møde",
    starts=STARTS,
    ends=STARTS + timedelta(hours=3),
    modified=datetime(2027, 1, 2, 3, 4, 5, tzinfo=UTC),
)


def read(*entries: Entry, name: str = "") -> Any:
    return vobject.readOne(write_calendar(name, entries).decode())


def test_an_entry_keeps_its_name_its_number_and_when_it_changed() -> None:
    event = read(ENTRY).vevent
    assert (event.uid.value, event.sequence.value, event.status.value) == (ENTRY.uid, "3", "CONFIRMED")
    assert event.last_modified.value == event.dtstamp.value == ENTRY.modified


def test_words_with_commas_lines_danish_letters_and_pictures_come_back_whole() -> None:
    summary = "Æblegrød, ørreder; og ål \\ «citat» 🎉 " + "på åen " * 20
    description = "Første linje, med komma;\nanden linje: \\n er ikke et linjeskift 🚲"
    given = replace(
        ENTRY,
        summary=f"{summary}\nto linjer",
        description=description,
        location="Rådhuset, 1. sal; lokale 2",
        categories=("Klima, energi", "Data"),
        organizer=Organizer('KL; "Center", Digital', "post@kl.example"),
    )
    event = read(given).vevent
    assert event.summary.value == " ".join(f"{summary} to linjer".split())
    assert (event.description.value, event.location.value) == (description, "Rådhuset, 1. sal; lokale 2")
    assert event.categories.value == ["Klima, energi", "Data"]
    assert event.organizer.value == "mailto:post@kl.example"
    assert event.organizer.params["CN"] == ["KL; 'Center', Digital"]


def test_no_line_is_longer_than_75_octets_and_none_is_cut_inside_a_letter() -> None:
    lines = write_calendar("Å" * 100, [replace(ENTRY, summary="🎉ø" * 100)]).split(b"\r\n")
    assert max(len(line) for line in lines) <= 75
    assert [line.decode() for line in lines][-1] == ""


@pytest.mark.parametrize("name", ["", "Møder, alle; og flere"])
def test_only_a_subscription_has_a_name_and_says_how_often_to_ask(name: str) -> None:
    calendar = read(ENTRY, name=name)
    said = {line.name: line.value for line in calendar.lines()}
    names = {key: said.get(key) for key in ("NAME", "X-WR-CALNAME", "REFRESH-INTERVAL", "X-PUBLISHED-TTL")}
    expected = [name, name, "PT6H", "PT6H"] if name else [None] * 4
    assert list(names.values()) == expected


def test_the_rule_for_summer_time_gives_danish_time_on_every_day_of_the_archive_and_years_ahead() -> None:
    zone = read().vtimezone.tzinfo
    noons = [datetime(2014, 1, 1, 12) + timedelta(days=days) for days in range(365 * 26)]  # noqa: DTZ001
    assert [day for day in noons if zone.utcoffset(day) != COPENHAGEN.utcoffset(day)] == []


@pytest.mark.parametrize(
    ("moment", "clock"),
    [
        (datetime(2027, 3, 27, 8, tzinfo=UTC), "2027-03-27T09:00+0100"),
        (datetime(2027, 3, 28, 8, tzinfo=UTC), "2027-03-28T10:00+0200"),
        (datetime(2027, 10, 31, 8, tzinfo=UTC), "2027-10-31T09:00+0100"),
    ],
)
def test_clock_times_stand_in_danish_time_on_both_sides_of_summer_time(moment: datetime, clock: str) -> None:
    file = write_calendar("", [replace(ENTRY, starts=moment, ends=None)]).decode()
    event = vobject.readOne(file).vevent
    assert "DTSTART;TZID=Europe/Copenhagen:" in file
    assert event.dtstart.value.strftime("%Y-%m-%dT%H:%M%z") == clock
    assert not hasattr(event, "dtend")


def test_whole_days_end_on_the_day_after_the_last_as_calendars_count() -> None:
    event = read(replace(ENTRY, starts=date(2027, 4, 1), ends=date(2027, 4, 30))).vevent
    assert (event.dtstart.value, event.dtend.value) == (date(2027, 4, 1), date(2027, 5, 1))


def test_what_is_cancelled_takes_nobodys_time() -> None:
    taken, off = read(ENTRY, replace(ENTRY, status="CANCELLED")).vevent_list
    assert (taken.transp.value, off.transp.value) == ("OPAQUE", "TRANSPARENT")


def test_the_same_entries_give_the_same_bytes() -> None:
    assert write_calendar("A", [ENTRY]) == write_calendar("A", [ENTRY])
