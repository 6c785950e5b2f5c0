"""Meetings for calendars and feed readers: files, feeds, one's own calendar, and how to take them along."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar
from urllib.parse import urlsplit

from fastapi.responses import Response

from app.core.calendars import CALENDAR_TYPE, Entry, Organizer, write_calendar
from app.core.feeds import FEED_TYPE, Feed, FeedEntry, write_feed
from app.core.policy import STRANGER, NotFound, is_person
from app.domain.commitments.calendar import PromisedDay, list_days, list_followed_days
from app.domain.commitments.queries import Filters
from app.domain.contributions.under_themes import find_meetings
from app.domain.following.calendar import change_address, close_calendar, find_key, read_calendar
from app.domain.meetings.calendar import (
    CalendarMeeting,
    Part,
    entry_of,
    find_in_calendar,
    list_in_calendar,
    list_newest,
)
from app.domain.meetings.models import Series
from app.domain.meetings.queries import list_public_series
from app.domain.strategies.crosswalk import themes_meaning
from app.domain.strategies.queries import find_theme
from app.http.doors import Router
from app.http.forms import SentForm
from app.http.pages import Page, prefixed
from app.http.sentences import add_sentences, sentence
from app.http.visit import AVisit, Visit, anyone, only
from app.web.commitments import read_filters

router = Router()

OWN_PAGE = "/mit/kalender"


def _(text: str) -> str:
    return text


add_sentences(
    {
        "feed_title": _("Møder i {site}"),
        "feed_subtitle": _("Nye møder, og møder, der er flyttet, aflyst eller ændret på anden måde."),
        "promised_calendar_name": _("Lovede dage"),
        "own_calendar_name": _("Mine møder i {site}"),
        "notice_calendar_made": _("Du har fået din egen kalender. Læg den ind i dit kalenderprogram."),
        "notice_calendar_changed": _("Kalenderen har fået en ny adresse. Den gamle virker ikke længere."),
        "notice_calendar_closed": _("Kalenderen er lukket. Adressen virker ikke længere."),
    }
)


@dataclass
class CalendarsPage(Page):
    template: ClassVar[str] = "calendars/show.html"
    series: list[Series]


@dataclass
class OwnCalendarPage(Page):
    """`path`: the secret address of one's own calendar, None while there is none; `since`: from when."""

    template: ClassVar[str] = "own/calendar.html"
    path: str | None
    since: datetime | None


# --- files and feeds


@router.get("/moeder.ics", dependencies=[anyone])
def send_all(visit: AVisit) -> Response:
    """All meetings that come, also those whose day is not fixed, and those of the last two years."""
    return _send(visit, visit.kit.site.site_name, list_in_calendar(visit.session))


@router.get("/moeder/{key}.ics", dependencies=[anyone])
def send_meeting(visit: AVisit, key: str) -> Response:
    """One meeting, to put into a calendar once."""
    meeting = find_in_calendar(visit.session, key)
    if meeting is None:
        raise NotFound
    entry = _entry(visit, meeting, visit.language)
    # Whoever puts one meeting into a calendar means to be there.
    entry = replace(entry, is_busy=isinstance(entry.starts, datetime))
    response = _answer(visit, write_calendar("", [entry]), CALENDAR_TYPE)
    response.headers["Content-Disposition"] = f'attachment; filename="moede-{meeting.key}.ics"'
    return response


@router.get("/moederaekker/{key}.ics", dependencies=[anyone])
def send_series(visit: AVisit, key: str) -> Response:
    series = next((one for one in list_public_series(visit.session) if one.key == key), None)
    if series is None:
        raise NotFound
    return _send(visit, series.name, list_in_calendar(visit.session, series_key=key))


@router.get("/temaer/{strategy_key}/{key}.ics", dependencies=[anyone])
def send_theme(visit: AVisit, strategy_key: str, key: str) -> Response:
    """The meetings where groups work on the theme or on what it means, or something was said under those; and
    the days by which something is promised under it."""
    place = find_theme(visit.session, STRANGER, strategy_key, key)
    if place is None:
        raise NotFound
    theme = place.theme
    name = theme.name_en if visit.language == "en" and theme.name_en else theme.name
    ids = find_meetings(visit.session, STRANGER, themes_meaning(visit.session, place.ids).ids)
    meetings = list_in_calendar(visit.session, ids=ids)
    promised = list_days(visit.session, Filters(theme=f"{strategy_key}/{key}"))
    return _send(visit, f"{visit.kit.site.site_name}: {name}", meetings, promised)


@router.get("/forpligtelser.ics", dependencies=[anyone])
def send_promised_days(visit: AVisit) -> Response:
    """The days by which something is promised, and those of the steps on the way; by the list's filters."""
    return _send(
        visit, visit.say("promised_calendar_name"), (), list_days(visit.session, read_filters(visit))
    )


@router.get("/kalender/{user_id:int}/{sealed}.ics", dependencies=[anyone])
def send_own(visit: AVisit, user_id: int, sealed: str) -> Response:
    """Somebody's own calendar, to whoever has the address; a wrong one and a closed one are the same."""
    found = read_calendar(visit.session, user_id, sealed)
    if found is None:
        raise NotFound
    name = sentence(found.language, "own_calendar_name", site=visit.kit.site.site_name)
    entries = [_entry(visit, one.meeting, found.language, one.own) for one in found.entries]
    entries += [_promised(visit, one, found.language) for one in list_followed_days(visit.session, user_id)]
    response = _answer(visit, write_calendar(name, entries), CALENDAR_TYPE)
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


@router.get("/moeder.atom", dependencies=[anyone])
def send_news(visit: AVisit) -> Response:
    """The meetings that came or changed last, for feed readers."""
    site, language = visit.kit.site, visit.language
    feed = Feed(
        id=f"{site.base_url}/moeder.atom",
        title=visit.say("feed_title", site=site.site_name),
        subtitle=visit.say("feed_subtitle"),
        address=site.base_url + prefixed(language, "/moeder.atom"),
        page=site.base_url + prefixed(language, "/moeder"),
        author=site.contact_name,
        email=site.contact_mail,
        language=language,
    )
    entries = [_news(visit, meeting) for meeting in list_newest(visit.session)]
    return _answer(visit, write_feed(feed, entries), FEED_TYPE)


def _news(visit: Visit, meeting: CalendarMeeting) -> FeedEntry:
    entry = _entry(visit, meeting, visit.language)
    return FeedEntry(
        id=f"{visit.kit.site.base_url}/moeder/{meeting.key}",
        title=entry.summary,
        text=entry.description,
        link=entry.url,
        published=meeting.published_at,
        updated=entry.modified,
        categories=entry.categories,
    )


def _send(
    visit: Visit,
    name: str,
    meetings: Iterable[CalendarMeeting],
    promised: Iterable[PromisedDay] = (),
) -> Response:
    """Many meetings, and promised days, to subscribe to; they take nobody's time."""
    entries = [_entry(visit, meeting, visit.language) for meeting in meetings]
    entries += [_promised(visit, one, visit.language) for one in promised]
    return _answer(visit, write_calendar(name, entries), CALENDAR_TYPE)


def _entry(visit: Visit, meeting: CalendarMeeting, language: str, own: str = "") -> Entry:
    site = visit.kit.site
    organizer = Organizer(site.site_name, site.contact_mail)
    return entry_of(
        meeting, site.base_url, lambda part: _write(visit, meeting, language, part, own), organizer, own
    )


def _promised(visit: Visit, one: PromisedDay, language: str) -> Entry:
    """A promised day as an entry: the whole day, and nobody's time. What was moved moves here too."""
    site = visit.kit.site

    def write(part: str) -> str:
        name = f"calendars/promise_{part}.txt"
        return visit.kit.renderer.render_template(name, language, one=one, written_in=language, site=site)

    thing = f"milepael-{one.milestone.id}" if one.milestone else f"forpligtelse-{one.line.id}"
    return Entry(
        uid=f"{thing}@{urlsplit(site.base_url).hostname or 'dialogforum'}",
        sequence=one.sequence,
        status="CANCELLED" if one.line.status == "replaced" else "CONFIRMED",
        summary=" ".join(write("summary").split()),
        starts=one.day,
        ends=one.day,
        modified=one.changed_at,
        description=write("description").strip(),
        url=site.base_url + prefixed(language, one.line.path),
        categories=(sentence(language, "promised_calendar_name"),),
        organizer=Organizer(site.site_name, site.contact_mail),
        is_busy=False,
    )


def _write(visit: Visit, meeting: CalendarMeeting, language: str, part: Part, own: str = "") -> str:
    return visit.kit.renderer.render_template(
        f"calendars/{part}.txt", language, meeting=meeting, written_in=language, site=visit.kit.site, own=own
    )


def _answer(visit: Visit, body: bytes, media_type: str) -> Response:
    """The body, or that nothing is new: programs ask several times a day."""
    headers = {"ETag": f'W/"{hashlib.sha256(body).hexdigest()[:24]}"', "Cache-Control": "no-cache"}
    if visit.request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=media_type, headers=headers)


# --- pages


@router.get("/kalender", dependencies=[anyone])
def show_calendars(visit: AVisit) -> Response:
    """How to take the meetings along, without an account."""
    return visit.page(CalendarsPage(series=list_public_series(visit.session)))


@router.get(OWN_PAGE, dependencies=[only(is_person)])
def show_own(visit: AVisit) -> Response:
    key = find_key(visit.session, visit.actor)
    path = f"/kalender/{key.user_id}/{key.seal}.ics" if key else None
    return visit.page(OwnCalendarPage(path=path, since=key.changed_at if key else None))


@router.post(OWN_PAGE, dependencies=[only(is_person)])
def make_own(visit: AVisit, form: SentForm) -> Response:
    """The first address, or a new one instead of the old."""
    if before := visit.done_before(form):
        return before
    is_first = find_key(visit.session, visit.actor) is None
    change_address(visit.session, visit.actor)
    return visit.done(form, OWN_PAGE, "calendar_made" if is_first else "calendar_changed")


@router.post(f"{OWN_PAGE}/luk", dependencies=[only(is_person)])
def close_own(visit: AVisit, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    close_calendar(visit.session, visit.actor)
    return visit.done(form, OWN_PAGE, "calendar_closed")
