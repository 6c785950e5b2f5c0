"""Calendar files (RFC 5545) for whatever has a day: what a program reads when it subscribes or opens one."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

from icalendar import Calendar, Event, Timezone, TimezoneDaylight, TimezoneStandard, vCalAddress, vText

from app.core.clock import COPENHAGEN

Status = Literal["TENTATIVE", "CONFIRMED", "CANCELLED"]
Method = Literal["PUBLISH", "CANCEL"]

CALENDAR_TYPE = "text/calendar; charset=utf-8"
PRODUCT = "-//Dialogforum//Dialogforum//DA"
REFRESH = timedelta(hours=6)
# The rules of the European Union, in force in Denmark for every day since.
_SUMMER_SINCE = datetime.combine(date(1996, 3, 31), time(2))
_WINTER_SINCE = datetime.combine(date(1996, 10, 27), time(3))


@dataclass(frozen=True, slots=True)
class Organizer:
    """Who holds what stands in a calendar, and where to write."""

    name: str
    email: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry. `starts` and `ends` are moments with a time zone, or dates: whole days, the last included.

    `ends` may be missing where only the start is known. `sequence` grows with each change that moves, cancels
    or confirms it, so that a program which has an older one takes this. `is_busy`: whether the time is taken.
    """

    uid: str
    sequence: int
    status: Status
    summary: str
    starts: datetime | date
    ends: datetime | date | None
    modified: datetime
    description: str = ""
    location: str = ""
    url: str = ""
    categories: tuple[str, ...] = ()
    organizer: Organizer | None = None
    is_busy: bool = True


def write_calendar(name: str, entries: Iterable[Entry], method: Method = "PUBLISH") -> bytes:
    """The entries as one calendar in Danish time, the same bytes for the same entries.

    `name` is what a subscription is called; a file with one meeting has none, since some programs make a new
    calendar of whatever has a name.
    """
    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", PRODUCT)
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", method)
    if name:
        # Given as text, as the library leaves commas in properties that it does not know.
        calendar.add("name", vText(name))
        calendar.add("x-wr-calname", vText(name))
        calendar.add("x-wr-timezone", COPENHAGEN.key)
        calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
        calendar.add("x-published-ttl", f"PT{REFRESH // timedelta(hours=1)}H")
    calendar.add_component(_make_timezone())
    for entry in entries:
        calendar.add_component(_make_event(entry))
    return calendar.to_ical()


def _make_event(entry: Entry) -> Event:
    event = Event()
    event.add("uid", entry.uid)
    event.add("sequence", entry.sequence)
    event.add("status", entry.status)
    event.add("summary", _one_line(entry.summary))
    event.add("dtstart", _at_home(entry.starts))
    if entry.ends is not None:
        event.add("dtend", _after(entry.ends))
    event.add("dtstamp", entry.modified.astimezone(UTC))
    event.add("last-modified", entry.modified.astimezone(UTC))
    event.add("transp", "OPAQUE" if entry.is_busy and entry.status != "CANCELLED" else "TRANSPARENT")
    for field in ("description", "location", "url"):
        if text := getattr(entry, field):
            event.add(field, text)
    if entry.categories:
        event.add("categories", list(entry.categories))
    if entry.organizer:
        event.add("organizer", _address(entry.organizer))
    return event


def _at_home(moment: datetime | date) -> datetime | date:
    return moment.astimezone(COPENHAGEN) if isinstance(moment, datetime) else moment


def _after(end: datetime | date) -> datetime | date:
    """The end as calendars write it: the day after the last."""
    return _at_home(end) if isinstance(end, datetime) else end + timedelta(days=1)


def _address(organizer: Organizer) -> vCalAddress:
    address = vCalAddress(f"mailto:{organizer.email}")
    address.params["CN"] = _one_line(organizer.name).replace('"', "'")
    return address


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _make_timezone() -> Timezone:
    """Danish time by the rule, which programs understand that know no names of time zones."""
    zone = Timezone()
    zone.add("tzid", COPENHAGEN.key)
    summer, winter = timedelta(hours=2), timedelta(hours=1)
    for half, since, month, before, now, name in (
        (TimezoneDaylight(), _SUMMER_SINCE, 3, winter, summer, "CEST"),
        (TimezoneStandard(), _WINTER_SINCE, 10, summer, winter, "CET"),
    ):
        half.add("dtstart", since)
        half.add("rrule", {"freq": "yearly", "bymonth": month, "byday": "-1su"})
        half.add("tzoffsetfrom", before)
        half.add("tzoffsetto", now)
        half.add("tzname", name)
        zone.add_component(half)
    return zone
