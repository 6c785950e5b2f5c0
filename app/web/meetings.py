"""Meetings for everybody: all of them, one with its programme, what was said, and what came of it."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import ClassVar, TypeVar

from fastapi.responses import RedirectResponse, Response

from app.core.asking import Asking, beside, nothing, read
from app.core.clock import today
from app.core.policy import NotFound
from app.core.text import slug
from app.domain.attendance.policy import may_be_open
from app.domain.attendance.queries import RoomView, room_of
from app.domain.boards.record import Mark, as_it_hangs, find_marks
from app.domain.carry_over.queries import FromLast, Shown, Since, carried_at, from_last_of
from app.domain.closing.policy import may_close_meetings
from app.domain.closing.queries import NotClosed, list_not_closed
from app.domain.contributions.of_meetings import (
    Chosen,
    MeetingSum,
    Pile,
    list_chosen,
    piles_at,
    sum_up_meetings,
)
from app.domain.contributions.policy import may_record_at
from app.domain.contributions.queries import (
    AnswerView,
    ContributionView,
    Listing,
    answers_of_meeting,
    said_at,
)
from app.domain.evaluations.policy import may_answer_at
from app.domain.evaluations.queries import EvaluationView, result_of
from app.domain.groups.queries import (
    GroupView,
    PlacementView,
    groups_of,
    list_group_themes,
    own_placements,
)
from app.domain.meetings.editions import EditionView, editions_of
from app.domain.meetings.numbering import Gap, find_gaps
from app.domain.meetings.policy import may_plan_meetings, may_run_meeting, may_see_join_link
from app.domain.meetings.queries import (
    ItemView,
    MeetingCard,
    MeetingView,
    PartView,
    find_meeting,
    items_of,
    list_meetings,
    list_missing_numbers,
)
from app.domain.meetings.roles import own_items_at
from app.domain.meetings.schemas import MAIN_SERIES
from app.domain.meetings.statuses import HELD
from app.domain.minutes.comments import Waiting, waiting_for
from app.domain.minutes.policy import may_comment
from app.domain.minutes.queries import has_minutes
from app.domain.outbox.policy import may_send_batches
from app.domain.outbox.queries import waiting_batches
from app.domain.panels.queries import PanelView, QuestionView, answered_at, own_ids_at
from app.domain.polls.queries import PollView, closed_at
from app.domain.presentations.of_meetings import DeckLine, count_decks_by_meeting, deck_lines_of
from app.domain.registrations.policy import may_hear_panel_questions, may_see_participants, may_sign_up
from app.domain.registrations.queries import Booking, booking_of
from app.http.doors import Router
from app.http.pages import Page, prefixed
from app.http.visit import AVisit, Visit, anyone
from app.web.filters import address, address_of_page, chosen, count_pages, page_number, typed
from app.web.labels import LABELS
from app.web.sources import SourceLink, name_sources
from app.web.summary_blocks import Shown as ShownSummary
from app.web.summary_blocks import meeting_summary

router = Router()

T = TypeVar("T", GroupView, DeckLine)
PER_PAGE = 30
# How much of what was said stands on the meeting's first page.
SAID_FIRST = 60
SHOWN_OF_EACH_ASPECT = 2
# What the trade asked for in 2020, in the order in which it was said.
FIVE_WISHES = ("direction", "target_picture", "operational_plan", "multi_year_goal", "effect_measurement")
FORMATS = {"fysisk": "physical", "virtuelt": "virtual", "hybrid": "hybrid", "ikke-oplyst": "unknown"}
KINDS = {"oensker": "wish", "indspil": "card", "spoergsmaal": "question", "ideer": "idea", "behov": "need"}
ASPECTS = {slug(words): code for code, words in LABELS["aspect"].items()}


# --- all meetings


@dataclass(frozen=True, slots=True)
class Option:
    """A choice in a filter: its word in the address, how it is called, and how many meetings it leads to."""

    value: str
    name: str
    name_en: str | None
    count: int


@dataclass(frozen=True, slots=True)
class Filter:
    """One filter of the list; `chosen` is the option in use, or None."""

    name: str
    options: tuple[Option, ...]
    chosen: Option | None
    href_without: str


@dataclass
class MeetingsPage(Page):
    template: ClassVar[str] = "meetings/list.html"
    years: list[tuple[int, list[MeetingCard]]]
    sums: Mapping[int, MeetingSum]
    decks: Mapping[int, int]
    filters: Mapping[str, Filter]
    words: str
    href_without_words: str
    gaps: list[Gap]
    total: int
    page: int
    pages: int
    href: str
    may_plan: bool
    not_closed: list[NotClosed]


@dataclass(frozen=True, slots=True)
class _Facet:
    """What one filter looks at: the values of a meeting, and the names of the values."""

    name: str
    values: Callable[[MeetingCard], Iterable[str]]
    names: Mapping[str, tuple[str, str | None]]


@dataclass(frozen=True, slots=True)
class Narrowed:
    """The meetings that the address asks for, and what they were narrowed with."""

    words: str
    everything: list[MeetingCard]
    sums: Mapping[int, MeetingSum]
    facets: list[_Facet]
    wanted: dict[str, str]
    found: list[MeetingCard]


def find_asked_for(visit: Visit) -> Narrowed:
    words = typed(visit, "q")
    everything = list_meetings(visit.session, visit.actor, words)
    sums = sum_up_meetings(visit.session, visit.actor)
    facets = _make_facets(visit, everything, sums)
    wanted = {f.name: _wanted(visit, f) for f in facets}
    return Narrowed(words, everything, sums, facets, wanted, _narrow(everything, facets, wanted))


@router.get("/moeder", dependencies=[anyone])
def show_meetings(visit: AVisit) -> Response:
    asked = find_asked_for(visit)
    words, everything, sums = asked.words, asked.everything, asked.sums
    facets, wanted, found = asked.facets, asked.wanted, asked.found
    pages = count_pages(len(found), PER_PAGE)
    page = page_number(visit, pages)
    shown = found[(page - 1) * PER_PAGE : page * PER_PAGE]
    is_narrowed = bool(words or any(wanted.values()))
    in_address = {name: value for name, value in wanted.items() if value} | ({"q": words} if words else {})
    return visit.page(
        MeetingsPage(
            years=_by_year(shown),
            sums=sums,
            decks=count_decks_by_meeting(visit.session, visit.actor),
            filters={f.name: _make_filter(f, everything, facets, wanted, words) for f in facets},
            words=words,
            href_without_words=address("/moeder", **(in_address | {"q": ""})),
            gaps=[] if is_narrowed else _find_gaps(visit, everything),
            total=len(found),
            page=page,
            pages=pages,
            href=address_of_page("/moeder", **in_address),
            may_plan=may_plan_meetings(visit.actor),
            not_closed=list_not_closed(visit.session, visit.actor) if may_close_meetings(visit.actor) else [],
        )
    )


def _make_facets(
    visit: Visit, meetings: Sequence[MeetingCard], sums: Mapping[int, MeetingSum]
) -> list[_Facet]:
    themes: dict[int, set[str]] = {}
    names: dict[str, tuple[str, str | None]] = {}
    of_groups = [(theme.meeting_id, theme) for theme in list_group_themes(visit.session, visit.actor)]
    of_words = [(meeting_id, theme) for meeting_id, found in sums.items() for theme in found.themes]
    for meeting_id, theme in [*of_groups, *of_words]:
        themes.setdefault(meeting_id, set()).add(theme.path)
        names[theme.path] = (theme.name, theme.name_en)
    series: dict[str, tuple[str, str | None]] = {m.series_key: (m.series_name, None) for m in meetings}
    years = sorted({meeting.held_on.year for meeting in meetings}, reverse=True)
    words_of_format = {code: word for word, code in FORMATS.items()}
    return [
        _Facet("aar", lambda m: [str(m.held_on.year)], {str(year): (str(year), None) for year in years}),
        _Facet(
            "tema",
            lambda m: themes.get(m.id, ()),
            dict(sorted(names.items(), key=lambda pair: pair[1][0].casefold())),
        ),
        _Facet(
            "form",
            lambda m: [words_of_format.get(m.format, "ikke-oplyst")],
            {word: (LABELS["format"][code], None) for word, code in FORMATS.items()},
        ),
        _Facet("serie", lambda m: [m.series_key], dict(sorted(series.items(), key=lambda s: s[1][0]))),
    ]


def _wanted(visit: Visit, facet: _Facet) -> str:
    """The value in the address, or nothing where it names none that there is."""
    return chosen(visit, facet.name, {value: value for value in facet.names}) or ""


def _narrow(
    meetings: Iterable[MeetingCard], facets: Sequence[_Facet], wanted: Mapping[str, str], without: str = ""
) -> list[MeetingCard]:
    used = [facet for facet in facets if wanted[facet.name] and facet.name != without]
    return [m for m in meetings if all(wanted[facet.name] in facet.values(m) for facet in used)]


def _make_filter(
    facet: _Facet,
    meetings: Sequence[MeetingCard],
    facets: Sequence[_Facet],
    wanted: Mapping[str, str],
    words: str,
) -> Filter:
    """The choices that lead to something, counted with the other filters kept."""
    counts: dict[str, int] = {}
    for meeting in _narrow(meetings, facets, wanted, without=facet.name):
        for value in facet.values(meeting):
            counts[value] = counts.get(value, 0) + 1
    options = tuple(
        Option(value, name, name_en, counts.get(value, 0))
        for value, (name, name_en) in facet.names.items()
        if counts.get(value) or value == wanted[facet.name]
    )
    others = {name: value for name, value in wanted.items() if name != facet.name}
    return Filter(
        facet.name,
        options,
        next((option for option in options if option.value == wanted[facet.name]), None),
        address("/moeder", **others, q=words),
    )


def _by_year(meetings: Iterable[MeetingCard]) -> list[tuple[int, list[MeetingCard]]]:
    years: dict[int, list[MeetingCard]] = {}
    for meeting in meetings:
        years.setdefault(meeting.held_on.year, []).append(meeting)
    return list(years.items())


def _find_gaps(visit: Visit, meetings: Iterable[MeetingCard]) -> list[Gap]:
    numbers = [m.number for m in meetings if m.series_key == MAIN_SERIES and m.number is not None]
    return find_gaps(numbers, list_missing_numbers(visit.session))


# --- one meeting


@dataclass(frozen=True, slots=True)
class Speaker:
    """Somebody with every title of that day; `name` is empty where it is not known."""

    name: str
    parts: tuple[PartView, ...]

    @property
    def roles(self) -> list[str]:
        return list(dict.fromkeys(part.role for part in self.parts))

    @property
    def posts(self) -> list[PartView]:
        """The parts with different titles, each once."""
        return list({(p.title, p.organisation_name, p.is_former): p for p in self.parts}.values())


@dataclass(frozen=True, slots=True)
class Entry:
    """An item of the programme with its people, each once."""

    item: ItemView
    speakers: list[Speaker]


@dataclass(frozen=True, slots=True)
class Row:
    """What happens at one time: one item, or several side by side in their tracks."""

    entries: tuple[Entry, ...]

    @property
    def starts_at(self) -> datetime | None:
        return self.entries[0].item.starts_at

    @property
    def ends_at(self) -> datetime | None:
        ends = [entry.item.ends_at for entry in self.entries if entry.item.ends_at is not None]
        return max(ends) if ends else None


@dataclass(frozen=True, slots=True)
class MayAtMeeting:
    """What the visitor may do at the meeting: plan it, write down what is said, lead it, put up own slides.

    `mails`: how many batches of mails wait for staff in the outbox. `minutes`: there are some to read.
    """

    plan: bool
    record: bool
    upload: bool
    run: bool = False
    mails: int = 0
    minutes: bool = False


@dataclass
class _OfMeeting(Page):
    """What every page of a meeting has: the meeting, and how much its tabs hold."""

    meeting: MeetingView
    may: MayAtMeeting
    said_total: int


@dataclass
class MeetingPage(_OfMeeting):
    """`room`: where one writes along, while one can come in. `placements`: one's own groups. `panels`: with
    what was asked and answered; `own_questions`: ids of the reader's own. `polls`: those that are closed.
    `minutes_wait`: where the minutes lie open for the reader's comments.
    `evaluation`: of a meeting that is over, if there was one; `asks_evaluation`: the reader may answer it.
    `since`: of a coming meeting, what has happened since the last; `carried`: what was taken up at its items,
    by id."""

    template: ClassVar[str] = "meetings/show.html"
    summary: ShownSummary | None
    rows: list[Row]
    groups: Mapping[int | None, list[GroupView]]
    decks: Mapping[int | None, list[DeckLine]]
    people: list[Speaker]
    wishes: list[ContributionView]
    aspects: list[tuple[str, str, list[ContributionView]]]
    answers: list[AnswerView]
    sources: list[SourceLink]
    may_join: bool
    booking: Booking | None
    why_closed: str
    may_see_participants: bool
    room: RoomView | None
    placements: list[PlacementView]
    panels: list[tuple[PanelView, list[QuestionView]]]
    own_questions: frozenset[int]
    polls: list[PollView]
    minutes_wait: Waiting | None
    evaluation: EvaluationView | None
    asks_evaluation: bool
    since: Since | None
    carried: Mapping[int, tuple[Shown, ...]]
    shown_of_each: int = SHOWN_OF_EACH_ASPECT


@dataclass
class ProgrammePage(_OfMeeting):
    """`panels`: those that the visitor leads or sits in."""

    template: ClassVar[str] = "meetings/programme.html"
    rows: list[Row]
    groups: Mapping[int | None, list[GroupView]]
    decks: Mapping[int | None, list[DeckLine]]
    editions: list[EditionView]
    panels: list[ItemView]
    carried: Mapping[int, tuple[Shown, ...]]


@dataclass(frozen=True, slots=True)
class SaidInGroup:
    """Contributions that stand together: of one group, or of one item without groups."""

    group_id: int | None
    item_id: int | None
    name: str
    name_en: str
    rows: list[ContributionView] = field(default_factory=list)


@dataclass
class SaidPage(_OfMeeting):
    template: ClassVar[str] = "meetings/said.html"
    places: list[SaidInGroup]
    marks: Mapping[int, Mark]
    listing: Listing
    filters: Mapping[str, Filter]
    href: str


def open_meeting(visit: Visit, key: str) -> MeetingView:
    """The meeting that the address names and the visitor may see."""
    meeting = find_meeting(visit.session, visit.actor, key)
    if meeting is None:
        raise NotFound
    return meeting


def rights_at(visit: Visit, meeting: MeetingView) -> Asking[MayAtMeeting]:
    """What the visitor may do at the meeting."""
    actor = visit.actor
    mails, minutes = yield from beside(
        waiting_batches(meeting.id) if may_send_batches(actor) else nothing(0),
        has_minutes(actor, meeting.id, meeting.status, meeting.held_on),
    )
    return MayAtMeeting(
        plan=may_plan_meetings(actor),
        record=may_record_at(actor, meeting.id),
        upload=actor.has_meeting_role(meeting.id, "speaker"),
        run=may_run_meeting(actor, meeting.id),
        mails=mails,
        minutes=minutes,
    )


def right_address(visit: Visit, meeting: MeetingView, key: str) -> Response | None:
    """On to the meeting's lasting address, where it was named by another word; the number decides."""
    if key == meeting.key:
        return None
    rest = visit.request.scope["path"].removeprefix("/moeder/").partition("/")
    path = prefixed(visit.language, f"/moeder/{meeting.key}{rest[1]}{rest[2]}")
    query = visit.request.url.query
    return RedirectResponse(f"{path}?{query}" if query else path, status_code=301)


@router.get("/moeder/{key}", dependencies=[anyone])
def show_meeting(visit: AVisit, key: str) -> Response:
    meeting = open_meeting(visit, key)
    if moved := right_address(visit, meeting, key):
        return moved
    actor = visit.actor
    is_coming = meeting.is_published and not meeting.is_past
    (
        may, items, groups, decks, said, answers, summary, panels, own_questions, polls,
        evaluation, minutes_wait, booking, from_last, room, placements,
    ) = read(
        visit.session,
        beside(
            rights_at(visit, meeting),
            items_of(meeting.id),
            groups_of(meeting.id),
            deck_lines_of(actor, meeting.id),
            said_at(actor, meeting.id, per_page=SAID_FIRST),
            answers_of_meeting(actor, meeting.id),
            meeting_summary(visit, meeting.id, meeting.key) if meeting.is_held else nothing(None),
            answered_at(actor, meeting.id),
            own_ids_at(actor, meeting.id),
            closed_at(actor, meeting.id),
            _evaluation_of(visit, meeting),
            minutes_waiting(visit, meeting),
            booking_of(actor, meeting) if is_coming else nothing(None),
            _from_last(visit, meeting),
            _near_room(visit, meeting),
            nothing([]) if meeting.is_past else own_placements(actor, meeting.id),
        ),
    )  # fmt: skip
    wishes = pick_wishes(said.rows)
    return visit.page(
        MeetingPage(
            meeting=meeting,
            may=may,
            said_total=said.total,
            summary=summary,
            rows=make_rows(items),
            groups=_by_item(groups),
            decks=_by_item(decks),
            people=gather_people(items),
            wishes=wishes,
            aspects=_by_aspect(row for row in said.rows if row not in wishes),
            answers=answers,
            sources=name_sources(meeting.source_urls),
            may_join=bool(meeting.join_url) and not meeting.is_past and may_see_join_link(actor, meeting.id),
            booking=booking,
            why_closed=_why_closed(visit, booking),
            may_see_participants=may_see_participants(actor, meeting.id),
            room=room,
            placements=placements,
            panels=panels,
            own_questions=own_questions,
            polls=polls,
            minutes_wait=minutes_wait,
            evaluation=evaluation,
            since=None if meeting.status in HELD else from_last.since,
            carried=from_last.carried,
            asks_evaluation=(
                evaluation is not None and evaluation.is_open and may_answer_at(actor, meeting.id)
            ),
        )
    )


def _from_last(visit: Visit, meeting: MeetingView) -> Asking[FromLast]:
    """What earlier meetings left to this one; of a draft what was taken up alone, of a past one nothing."""
    if meeting.is_past:
        return FromLast(None, {})
    if meeting.is_published:
        return (yield from from_last_of(visit.actor, meeting))
    return FromLast(None, (yield from carried_at(visit.actor, meeting.id)))


def count_of_said(visit: Visit, meeting: MeetingView) -> Asking[int]:
    """How many contributions the visitor can read there, for the tab of them."""
    return sum(pile.count for pile in (yield from piles_at(visit.actor, meeting.id)))


def find_waiting_minutes(visit: Visit, meeting: MeetingView) -> Waiting | None:
    """The minutes, where they wait for the visitor's comments; of a meeting in another state nothing is
    asked."""
    return read(visit.session, minutes_waiting(visit, meeting))


def minutes_waiting(visit: Visit, meeting: MeetingView) -> Asking[Waiting | None]:
    """The same, to be asked beside others."""
    if meeting.status != "minutes_in_review" or not may_comment(visit.actor, meeting.id):
        return None
    return next(iter((yield from waiting_for(visit.actor, meeting.id))), None)


def find_asked_evaluation(visit: Visit, meeting: MeetingView) -> EvaluationView | None:
    """The evaluation that the visitor may answer now; nothing is asked for who was not at the meeting."""
    if not may_answer_at(visit.actor, meeting.id):
        return None
    found = read(visit.session, _evaluation_of(visit, meeting))
    return found if found is not None and found.is_open else None


def _why_closed(visit: Visit, booking: Booking | None) -> str:
    """Why nobody can sign up now, or why this reader cannot; empty where the way leads on."""
    if booking is not None and visit.actor.is_signed_in and not may_sign_up(visit.actor):
        return visit.say("signup_reads_only")
    return visit.say(booking.closed) if booking and booking.closed else ""


def _evaluation_of(visit: Visit, meeting: MeetingView) -> Asking[EvaluationView | None]:
    """How the meeting was evaluated, or is; of a coming one nothing is asked."""
    if meeting.held_on > today():
        return None
    found = yield from result_of(visit.actor, meeting.id)
    return found if found is not None and found.state not in ("coming", "none") else None


def _near_room(visit: Visit, meeting: MeetingView) -> Asking[RoomView | None]:
    """The meeting's room while one can come in; of a meeting long past nothing is asked."""
    if not may_be_open(meeting.held_on, today()):
        return None
    room = yield from room_of(meeting.id)
    return room if room is not None and room.why_closed(visit.actor) is None else None


@router.get("/moeder/{key}/program", dependencies=[anyone])
def show_programme(visit: AVisit, key: str) -> Response:
    meeting = open_meeting(visit, key)
    if moved := right_address(visit, meeting, key):
        return moved
    actor = visit.actor
    may, said_total, items, own, groups, decks, editions, carried = read(
        visit.session,
        beside(
            rights_at(visit, meeting),
            count_of_said(visit, meeting),
            items_of(meeting.id),
            own_items_at(actor, meeting.id),
            groups_of(meeting.id),
            deck_lines_of(actor, meeting.id),
            editions_of(meeting.id),
            carried_at(actor, meeting.id),
        ),
    )
    panels = [item for item in items if item.kind == "panel"]
    return visit.page(
        ProgrammePage(
            meeting=meeting,
            may=may,
            said_total=said_total,
            rows=make_rows(items),
            groups=_by_item(groups),
            decks=_by_item(decks),
            editions=editions,
            panels=[one for one in panels if may_hear_panel_questions(actor, meeting.id, one.id in own)],
            carried=carried,
        )
    )


def read_said_choice(visit: Visit, groups: Mapping[str, GroupView]) -> Chosen:
    """What the address asks for of what was said at a meeting with these groups."""
    group = chosen(visit, "gruppe", groups)
    kind, aspect = chosen(visit, "slags", KINDS), chosen(visit, "aspekt", ASPECTS)
    return Chosen(kind, aspect, group.id if group else None)


@router.get("/moeder/{key}/indspil", dependencies=[anyone])
def show_said(visit: AVisit, key: str) -> Response:
    meeting = open_meeting(visit, key)
    if moved := right_address(visit, meeting, key):
        return moved
    here = f"/moeder/{meeting.key}/indspil"
    may, piles, arranged = read(
        visit.session,
        beside(rights_at(visit, meeting), piles_at(visit.actor, meeting.id), groups_of(meeting.id)),
    )
    groups = {str(group.id): group for group in arranged}
    narrowed = read_said_choice(visit, groups)
    total = sum(pile.count for pile in piles if pile.fits(narrowed))
    page = page_number(visit, count_pages(total, PER_PAGE))
    listing = list_chosen(
        visit.session,
        visit.actor,
        meeting.id,
        narrowed,
        page=page,
        per_page=PER_PAGE,
        within=as_it_hangs(),
    )
    filters = _make_said_filters(here, piles, groups, narrowed)
    in_address = {name: one.chosen.value for name, one in filters.items() if one.chosen}
    return visit.page(
        SaidPage(
            meeting=meeting,
            may=may,
            said_total=sum(pile.count for pile in piles),
            places=_by_place(listing.rows),
            marks=find_marks(visit.session, [row.id for row in listing.rows if row.kind == "card"]),
            listing=listing,
            filters=filters,
            href=address_of_page(here, **in_address),
        )
    )


def make_rows(items: Iterable[ItemView]) -> list[Row]:
    """The programme as rows: items in different tracks that begin together stand side by side."""
    rows: list[list[ItemView]] = []
    for item in _by_clock_in_tracks(items):
        if rows and _runs_beside(rows[-1], item):
            rows[-1].append(item)
        else:
            rows.append([item])
    return [Row(tuple(Entry(item, gather_speakers(item.people)) for item in row)) for row in rows]


def _by_clock_in_tracks(items: Iterable[ItemView]) -> Iterator[ItemView]:
    """The items of several tracks as the clock mixes them, where all have a time; the rest as it stands."""
    for is_in_track, run in groupby(items, key=lambda item: bool(item.track)):
        together = list(run)
        starts = {item.id: item.starts_at for item in together if item.starts_at}
        if is_in_track and len(starts) == len(together):
            together.sort(key=lambda item: starts[item.id])
        yield from together


def _runs_beside(row: Sequence[ItemView], item: ItemView) -> bool:
    tracks = {other.track for other in row}
    return (
        bool(item.track) and all(tracks) and item.track not in tracks and row[0].starts_at == item.starts_at
    )


def gather_people(items: Iterable[ItemView]) -> list[Speaker]:
    """Everybody who is named, each once, with the titles and roles of the day."""
    return gather_speakers(part for item in items for part in item.people if part.name)


def gather_speakers(parts: Iterable[PartView]) -> list[Speaker]:
    """Each person once; those without a name each for themselves."""
    people: dict[object, list[PartView]] = {}
    for part in parts:
        people.setdefault(part.person_id or (part.name or ("part", part.id)), []).append(part)
    return [Speaker(found[0].name, tuple(found)) for found in people.values()]


def pick_wishes(rows: Iterable[ContributionView]) -> list[ContributionView]:
    """The first wish on each of the five things that the trade asked for, in the order of 2020."""
    first: dict[str | None, ContributionView] = {}
    for row in rows:
        if row.kind == "wish":
            first.setdefault(row.aspect, row)
    return [first[aspect] for aspect in FIVE_WISHES if aspect in first]


def _by_aspect(rows: Iterable[ContributionView]) -> list[tuple[str, str, list[ContributionView]]]:
    """(code, word in the address, rows) in the order in which aspects are told everywhere; what has none
    comes last."""
    found: dict[str, list[ContributionView]] = {code: [] for code in LABELS["aspect"]}
    for row in rows:
        found[row.aspect if row.aspect in found else "other"].append(row)
    return [(code, word, found[code]) for word, code in ASPECTS.items() if found[code]]


def _by_item(things: Iterable[T]) -> dict[int | None, list[T]]:
    found: dict[int | None, list[T]] = {}
    for thing in things:
        found.setdefault(thing.item_id, []).append(thing)
    return found


def _by_place(rows: Iterable[ContributionView]) -> list[SaidInGroup]:
    """Neighbours of one group together; outside groups those of one item."""
    places: list[SaidInGroup] = []
    for row in rows:
        if not places or (places[-1].group_id, places[-1].item_id) != (row.group_id, row.item_id):
            group, item = (row.group_name, row.group_name_en), (row.item_title, row.item_title_en)
            name, name_en = group if row.group_name else item
            places.append(SaidInGroup(row.group_id, row.item_id, name or "", name_en or ""))
        places[-1].rows.append(row)
    return places


def _make_said_filters(
    here: str, piles: Sequence[Pile], groups: Mapping[str, GroupView], narrowed: Chosen
) -> dict[str, Filter]:
    """The three filters of what was said, each counted with the other two kept."""
    words_of_kind = {code: word for word, code in KINDS.items()}
    words_of_aspect = {code: word for word, code in ASPECTS.items()}
    chosen_words = {
        "slags": words_of_kind.get(narrowed.kind or "", ""),
        "aspekt": words_of_aspect.get(narrowed.aspect or "", ""),
        "gruppe": str(narrowed.group_id or ""),
    }
    names: dict[str, dict[str, tuple[str, str | None]]] = {
        "slags": {word: (LABELS["contribution_kind"][code], None) for word, code in KINDS.items()},
        "aspekt": {word: (LABELS["aspect"][code], None) for word, code in ASPECTS.items()},
        "gruppe": {key: (group.name, group.name_en) for key, group in groups.items()},
    }
    values: dict[str, Callable[[Pile], str]] = {
        "slags": lambda pile: words_of_kind.get(pile.kind, ""),
        "aspekt": lambda pile: words_of_aspect.get(pile.aspect or "", ""),
        "gruppe": lambda pile: str(pile.group_id or ""),
    }
    return {name: _make_said_filter(here, name, piles, names[name], values, chosen_words) for name in names}


def _make_said_filter(
    here: str,
    name: str,
    piles: Iterable[Pile],
    names: Mapping[str, tuple[str, str | None]],
    values: Mapping[str, Callable[[Pile], str]],
    chosen_words: Mapping[str, str],
) -> Filter:
    others = {other: word for other, word in chosen_words.items() if word and other != name}
    counts: dict[str, int] = {}
    for pile in piles:
        if all(values[other](pile) == word for other, word in others.items()):
            value = values[name](pile)
            counts[value] = counts.get(value, 0) + pile.count
    options = tuple(
        Option(word, danish, english, counts.get(word, 0))
        for word, (danish, english) in names.items()
        if counts.get(word) or word == chosen_words[name]
    )
    is_chosen = [option for option in options if option.value == chosen_words[name]]
    return Filter(name, options, is_chosen[0] if is_chosen else None, address(here, **others))
