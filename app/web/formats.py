"""Every list in every format: one description of a list gives its files, at the page's address.

A file says what the page says to the same reader, by the same filters. Feeds read as strangers do.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from itertools import islice
from typing import Any, Final, Literal, TypeVar
from urllib.parse import urlencode, urlsplit

from fastapi import APIRouter
from fastapi.responses import Response

from app.core import i18n
from app.core.calendars import CALENDAR_TYPE, Entry, Organizer, write_calendar
from app.core.clock import COPENHAGEN, today
from app.core.policy import STRANGER
from app.core.slices import Place, Slice
from app.http.pages import prefixed
from app.http.sentences import add_sentences
from app.http.spreadsheets import (
    CSV_TYPE,
    JSON_TYPE,
    LICENCE,
    LICENCE_ADDRESS,
    XLSX_TYPE,
    Column,
    Row,
    Sheet,
    open_file,
    send_file,
    write_csv_file,
    write_json_file,
    write_xlsx_file,
)
from app.http.visit import AVisit, Visit, anyone
from app.web.feeds import make_entry, send_feed
from app.web.labels import label

Ending = Literal["csv", "xlsx", "json"]
ENDINGS: Final[tuple[Ending, ...]] = ("xlsx", "csv", "json")

MOST: Final = 10_000  # rows in a file
AT_ONCE: Final = 500
# ?skilletegn=
DELIMITERS: Final = {"komma": ",", "semikolon": ";"}
DICTIONARY: Final = "/data/felter"

T = TypeVar("T")


def _(text: str) -> str:
    return text


add_sentences(
    {
        "list_facts": _("Om listen"),
        "list_page": _("Sidens adresse"),
        "list_taken": _("Hentet"),
        "list_licence": _("Vilkår"),
        "list_most": _("Højst"),
        "list_most_rows": _("{count} rækker"),
        "feed_decks": _("Oplæg i {site}"),
        "feed_organisations": _("Organisationer i {site}"),
        "feed_tests": _("Trykprøvninger i {site}"),
        "days_of_wishes": _("Svarfrister for ønsker i {site}"),
        "days_of_ideas": _("Svarfrister for idéer i {site}"),
        "answer_due": _("Svar senest i dag: {reference} {title}"),
    }
)


@dataclass(frozen=True, slots=True)
class FeedOf:
    """How the rows are told by a feed reader, by the names of their values. `at`: the moment it came; rows
    without one are left out. `title`: joined by a space."""

    title: tuple[str, ...]
    text: str
    at: str
    name: str


@dataclass(frozen=True, slots=True)
class DaysOf:
    """The days of a list for a calendar. `on`: the day, `words`: the sentence over it, of the row's values;
    `at`: when it was last changed. `is_over`: of those rows the day counts no more."""

    on: str
    words: str
    at: str
    name: str
    is_over: Callable[[Row], bool]


@dataclass(frozen=True, slots=True)
class ListFile:
    """A list that can be taken along.

    `path`: the page's, as its route writes it. `rows` reads with the visit's own actor and the filters in
    its address; a row may hold more than the columns. `door`: the page's own. `open_as`: its name among the
    open data, empty where it is not. `feed` and `days`: of those that have no other.
    """

    path: str
    title: str
    about: str
    columns: tuple[Column, ...]
    rows: Callable[[Visit], Iterable[Row]]
    door: Any = anyone
    open_as: str = ""
    feed: FeedOf | None = None
    days: DaysOf | None = None

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    @property
    def is_for_all(self) -> bool:
        return self.door is anyone


def add_files(router: APIRouter, listed: ListFile) -> None:
    """The routes of a list's files."""

    def make(ending: Ending) -> Callable[..., Response]:
        def send(visit: AVisit) -> Response:
            return send_list(visit, listed, ending)

        send.__name__ = f"send_{ending}"
        send.__doc__ = f"{listed.title}: {ending}"
        return send

    for ending in ENDINGS:
        router.get(f"{listed.path}.{ending}", dependencies=[listed.door])(make(ending))
    if listed.feed:

        @router.get(f"{listed.path}.atom", dependencies=[anyone])
        def send_news(visit: AVisit) -> Response:
            return send_as_feed(visit, listed)

    if listed.days:

        @router.get(f"{listed.path}.ics", dependencies=[anyone])
        def send_days(visit: AVisit) -> Response:
            return send_as_calendar(visit, listed)


def send_as_feed(visit: Visit, listed: ListFile) -> Response:
    """What came last of a list, as strangers read it."""
    told = listed.feed
    assert told is not None
    as_all = replace(visit, actor=STRANGER)
    entries = []
    for row in islice(listed.rows(as_all), MOST):
        at = row[told.at]
        if isinstance(at, datetime):
            path = str(row["address"]).removeprefix(address_of(visit, ""))
            title = " ".join(str(row[name]) for name in told.title if row[name])
            is_example = bool(row["is_example"])
            entries.append(
                make_entry(visit, path, title, str(row[told.text] or ""), at, is_example=is_example)
            )
    name = visit.say(told.name, site=visit.kit.site.site_name)
    return send_feed(visit, listed.path, name, entries)


def send_as_calendar(visit: Visit, listed: ListFile) -> Response:
    """The days of a list that are still to be kept, to subscribe to; they take nobody's time."""
    days = listed.days
    assert days is not None
    site = visit.kit.site
    host = urlsplit(site.base_url).hostname or "dialogforum"
    organizer = Organizer(site.site_name, site.contact_mail)
    entries = []
    for row in islice(listed.rows(replace(visit, actor=STRANGER)), MOST):
        day, at = row[days.on], row[days.at]
        if isinstance(day, date) and isinstance(at, datetime) and not days.is_over(row):
            entries.append(
                Entry(
                    uid=f"{row['reference']}-{days.on}@{host}",
                    sequence=0,
                    status="CONFIRMED",
                    summary=visit.say(days.words, reference=row["reference"], title=row["title"]),
                    starts=day,
                    ends=day,
                    modified=at,
                    url=str(row["address"]),
                    organizer=organizer,
                    is_busy=False,
                )
            )
    body = write_calendar(visit.say(days.name, site=site.site_name), entries)
    file = open_file()
    file.write(body)
    return _answer(visit, file, CALENDAR_TYPE, {})


def send_list(visit: Visit, listed: ListFile, ending: Ending) -> Response:
    """The list at the visited address as a file."""
    path = visit.request.scope["path"].rpartition(".")[0]
    name = path.strip("/").replace("/", "-")
    return send_rows(visit, listed, listed.rows(visit), ending, page=path, name=f"dialogforum-{name}")


def send_table(
    visit: Visit,
    ending: Ending,
    title: str,
    about: str,
    columns: Iterable[tuple[str, str]],
    rows: Iterable[Row],
    name: str,
) -> Response:
    """The rows of a page of staff, or of one thing, as a file that no cache keeps. `columns`: (name, what is
    written over it in a spreadsheet)."""
    described = tuple(Column(known, heading, "") for known, heading in columns)
    listed = ListFile("", title, about, described, lambda _visit: rows, door=None)
    path = visit.request.scope["path"].rpartition(".")[0]
    # Opened by hand: a Danish spreadsheet takes semicolons at a double click.
    response = send_rows(visit, listed, rows, ending, page=path, name=name, delimiter=";")
    response.headers["Cache-Control"] = "no-store"
    return response


def send_open(visit: Visit, listed: ListFile, ending: Ending) -> Response:
    """The same as everybody reads it, whoever asks."""
    as_all = replace(visit, actor=STRANGER)
    name = f"dialogforum-{listed.open_as}"
    return send_rows(as_all, listed, listed.rows(as_all), ending, page="/data", name=name)


def send_rows(
    visit: Visit,
    listed: ListFile,
    rows: Iterable[Row],
    ending: Ending,
    *,
    page: str,
    name: str,
    delimiter: str = ",",
) -> Response:
    """These rows as a file. `page` is the one that shows the same, `name` what the file is called,
    `delimiter` what stands between the columns where the address does not say."""
    say = i18n.catalogue(visit.language).gettext
    home = visit.kit.site.base_url
    asked = {
        key: value
        for key, value in visit.request.query_params.items()
        if key not in ("side", "skilletegn", "kvittering")
    }
    address = home + prefixed(visit.language, page) + (f"?{urlencode(asked)}" if asked else "")
    rows = islice(rows, MOST)
    file = open_file()
    filename = f"{name}.{ending}"
    headers = {
        "Content-Disposition": f'attachment; filename="{filename}"',
        "Link": f'<{address}>; rel="alternate"; type="text/html"',
    }
    if listed.is_for_all:
        described = home + prefixed(visit.language, DICTIONARY)
        headers["Link"] += f', <{described}>; rel="describedby", <{LICENCE_ADDRESS}>; rel="license"'
    if ending == "csv":
        delimiter = DELIMITERS.get(visit.request.query_params.get("skilletegn", ""), delimiter)
        write_csv_file(file, listed.names, rows, delimiter)
        media_type = CSV_TYPE
    elif ending == "json":
        head = {"title": say(listed.title), "page": address, "most": MOST}
        if listed.is_for_all:
            head |= {
                "licence": LICENCE,
                "source": home,
                "columns": home + prefixed(visit.language, DICTIONARY),
            }
        write_json_file(file, head, listed.names, rows)
        media_type = JSON_TYPE
        del headers["Content-Disposition"]
    else:
        write_xlsx_file(file, listed.columns, rows, _describe(visit, listed, address), _midnight(today()))
        media_type = XLSX_TYPE
    return _answer(visit, file, media_type, headers)


def _describe(visit: Visit, listed: ListFile, address: str) -> Sheet:
    say = i18n.catalogue(visit.language).gettext
    facts = [
        (visit.say("list_page"), address),
        (visit.say("list_taken"), i18n.format_date(today(), visit.language)),
        (visit.say("list_most"), visit.say("list_most_rows", count=i18n.format_number(MOST, visit.language))),
    ]
    if listed.is_for_all:
        facts.append((visit.say("list_licence"), f"{LICENCE}, {LICENCE_ADDRESS}"))
    return Sheet(
        title=say(listed.title),
        facts_title=visit.say("list_facts"),
        facts=[(say(listed.title), say(listed.about)), *facts],
        say=say,
        label=lambda group, code: label(visit.language, group, code),
    )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), COPENHAGEN)


def _answer(visit: Visit, file: Any, media_type: str, headers: Mapping[str, str]) -> Response:
    """What was written: to strangers with a mark by which they see that nothing is new, to others unkept."""
    if visit.actor.is_signed_in or visit.actor.seats or visit.request.cookies:
        return send_file(file, media_type, {**headers, "Cache-Control": "no-store", "Vary": "Cookie"})
    size = file.tell()
    file.seek(0)
    etag = f'W/"{hashlib.file_digest(file, "sha256").hexdigest()[:24]}"'
    file.seek(size)
    kept = {"ETag": etag, "Cache-Control": "no-cache", "Vary": "Cookie"}
    if visit.request.headers.get("if-none-match") == etag:
        file.close()
        return Response(status_code=304, headers=kept)
    return send_file(file, media_type, {**headers, **kept})


# --- rows


def read_all(read: Callable[[Place | None, int], Slice[T]]) -> Iterable[T]:
    """All of a list that is read slice by slice, as many as a file holds."""
    after, count = None, 0
    while count < MOST:
        found = read(after, AT_ONCE)
        yield from found.rows
        if found.last is None:
            return
        after, count = found.last, count + len(found.rows)


def address_of(visit: Visit, path: str) -> str:
    return visit.kit.site.base_url + prefixed(visit.language, path)


def pick(row: object, *names: str) -> dict[str, object]:
    """These fields of a row as they are."""
    return {name: getattr(row, name) for name in names}
