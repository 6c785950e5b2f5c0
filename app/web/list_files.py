"""The lists that can be taken along: one declaration each, with how its rows are read."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import count
from typing import Final

from app.core.clock import day_of
from app.core.i18n import pgettext
from app.core.policy import NotFound
from app.domain.answering.inbox import list_whole_inbox
from app.domain.answering.policy import may_answer
from app.domain.boards.record import as_it_hangs
from app.domain.bodies.queries import read_bodies
from app.domain.commitments.queries import read_commitments
from app.domain.contributions.models import PREFIXES
from app.domain.contributions.needs.queries import read_needs
from app.domain.contributions.of_meetings import list_chosen, sum_up_meetings
from app.domain.contributions.of_organisations import count_said_and_marked
from app.domain.contributions.policy import OPEN_STATUSES
from app.domain.contributions.queries import ContributionView, list_newest, read_contributions
from app.domain.follow_through.exporting import list_to_take_along
from app.domain.groups.queries import list_groups
from app.domain.meetings.of_organisations import count_meetings_by_organisation
from app.domain.meetings.queries import MeetingCard, list_meetings_of_series
from app.domain.meetings.spoken import read_spoken
from app.domain.organisations.models import Organisation
from app.domain.organisations.queries import read_organisations
from app.domain.presentations.of_meetings import count_decks_by_meeting
from app.domain.presentations.queries import read_decks
from app.domain.pressure_tests.lists import list_tests
from app.domain.projects.queries import count_projects_by_organisation
from app.domain.strategies.queries import (
    StrategyView,
    count_strategies_by_municipality,
    find_strategy,
    list_strategies,
    list_theme_choices,
    list_themes,
    walk,
)
from app.http.doors import Router
from app.http.spreadsheets import Row
from app.http.visit import Visit, only
from app.web import (
    commitments,
    evaluations,
    inbox,
    meetings,
    municipalities,
    organisations,
    pressure_tests,
    projects,
)
from app.web import list_columns as columns
from app.web.contributions import path_of, read_filters
from app.web.filters import chosen, typed
from app.web.formats import AT_ONCE, MOST, DaysOf, FeedOf, ListFile, add_files, address_of, pick, read_all
from app.web.needs import read_need_filters
from app.web.themes import LEVELS

router = Router()


def _(text: str) -> str:
    return text


# --- what was said


def _themes(one: ContributionView) -> tuple[str, ...]:
    return tuple(f"{theme.strategy_key}/{theme.key}" for theme in one.themes)


def said_row(visit: Visit, one: ContributionView) -> dict[str, object]:
    """A contribution without the names of people."""
    return pick(
        one,
        "reference",
        "kind",
        "title",
        "language",
        "aspect",
        "on_behalf_of",
        "answer_by",
        "status",
        "visibility",
        "is_example",
        "days_late",
    ) | {
        "text": one.body,
        "themes": _themes(one),
        "meeting": one.meeting_key,
        "received": day_of(one.received_at),
        "answers": one.answer_count,
        "municipalities": one.interest_count,
        "address": address_of(visit, path_of(one)),
        "item": one.item_title,
        "group": one.group_name,
        "_at": one.published_at,
    }


def _read_wishes(visit: Visit) -> Iterable[Row]:
    for row in list_to_take_along(visit.session, visit.actor, read_filters(visit)):
        one = row.wish
        yield said_row(visit, one) | {
            "date": one.meeting_held_on or day_of(one.received_at),
            "times_said": row.times,
            "years": row.years,
            "verdict": row.verdict,
            "commitments": row.promises,
        }


def _read_ideas(visit: Visit) -> Iterable[Row]:
    asked = replace(read_filters(visit), resting=typed(visit, "hviler") == "ja")
    found = read_all(
        lambda after, most: read_contributions(visit.session, visit.actor, ("idea",), asked, after, most)
    )
    return (said_row(visit, one) for one in found)


def _read_late(visit: Visit) -> Iterable[Row]:
    kind = typed(visit, "slags")
    asked = replace(read_filters(visit), kind=kind if kind in PREFIXES else None, late=True)
    kinds = tuple(PREFIXES)
    found = read_all(
        lambda after, most: read_contributions(visit.session, visit.actor, kinds, asked, after, most)
    )
    rows = (said_row(visit, one) for one in found)
    return sorted(rows, key=lambda row: (row["answer_by"], row["reference"]))


def _read_said_of_all_kinds(visit: Visit) -> Iterable[Row]:
    return (
        said_row(visit, one)
        for one in list_newest(visit.session, visit.actor, ("wish", "idea", "card"), MOST)
    )


def _read_said_at_meeting(visit: Visit) -> Iterable[Row]:
    meeting = meetings.open_meeting(visit, visit.request.path_params["key"])
    groups = {str(group.id): group for group in list_groups(visit.session, meeting.id)}
    narrowed, order = meetings.read_said_choice(visit, groups), as_it_hangs()
    for page in count(1):
        found = list_chosen(
            visit.session, visit.actor, meeting.id, narrowed, page=page, per_page=AT_ONCE, within=order
        )
        yield from (said_row(visit, one) for one in found.rows)
        if page >= found.pages:
            return


def _read_needs(visit: Visit) -> Iterable[Row]:
    asked = read_need_filters(visit)
    for line in read_all(lambda after, most: read_needs(visit.session, visit.actor, asked, after, most)):
        need = line.need
        yield said_row(visit, line.said) | pick(
            need, "system_type", "kle", "state", "state_on", "network", "municipalities"
        )


def _read_inbox(visit: Visit) -> Iterable[Row]:
    asked = inbox.read_filters(visit)
    for row in list_whole_inbox(visit.session, visit.actor, asked, AT_ONCE):
        yield said_row(visit, row.said) | {
            "owner": row.owner,
            "answers_for": row.organisation,
            "reply_by": row.reply_by,
            "is_ready": row.is_ready,
            "address": address_of(visit, f"/indbakke/{row.said.reference}"),
        }


# --- promises


def _read_commitments(visit: Visit) -> Iterable[Row]:
    asked = commitments.read_filters(visit)
    for one in read_all(lambda after, most: read_commitments(visit.session, visit.actor, asked, after, most)):
        yield pick(
            one,
            "reference",
            "title",
            "organisation",
            "organisation_kind",
            "deadline",
            "first_deadline",
            "times_moved",
            "status",
            "steps",
            "steps_done",
            "visibility",
            "is_example",
        ) | {
            "meeting": one.meeting_key,
            "published": day_of(one.published_at) if one.published_at else None,
            "address": address_of(visit, one.path),
        }


# --- meetings


def _meeting_rows(visit: Visit, found: Iterable[MeetingCard]) -> Iterator[Row]:
    sums = sum_up_meetings(visit.session, visit.actor)
    decks = count_decks_by_meeting(visit.session, visit.actor)
    for one in found:
        summed = sums.get(one.id)
        yield pick(one, "number", "title", "date_certainty", "format", "venue", "is_example") | {
            "address": address_of(visit, f"/moeder/{one.key}"),
            "date": one.held_on,
            "status": one.shown_status,
            "topics": tuple(one.topics),
            "series": one.series_key,
            "starts": one.starts_at,
            "ends": one.ends_at,
            "participants": one.participants_approx,
            "contributions": summed.contributions if summed else 0,
            "presentations": decks.get(one.id, 0),
        }


def _read_meetings(visit: Visit) -> Iterable[Row]:
    return _meeting_rows(visit, meetings.find_asked_for(visit).found)


def _read_series(visit: Visit) -> Iterable[Row]:
    found = list_meetings_of_series(visit.session, visit.actor, visit.request.path_params["key"])
    if not found:
        raise NotFound
    return _meeting_rows(visit, found)


def _read_decks(visit: Visit) -> Iterable[Row]:
    year, meeting = typed(visit, "aar"), typed(visit, "moede")
    for deck in read_all(lambda after, most: read_decks(visit.session, visit.actor, after, most)):
        held = deck.meeting
        if (year.isdigit() and int(year) != held.held_on.year) or (meeting and meeting != held.key):
            continue
        yield pick(deck, "title", "language", "is_example") | {
            "address": address_of(visit, f"/oplaeg/{deck.id}"),
            "item": deck.item_title,
            "speakers": tuple(dict.fromkeys(one.name for one in deck.speakers if one.name)),
            "meeting": held.key,
            "date": held.held_on,
            "pages": deck.page_count,
            "_at": deck.current.created_at if deck.current else None,
        }


def _read_speakers(visit: Visit) -> Iterable[Row]:
    for one in read_all(lambda after, most: read_spoken(visit.session, visit.actor, after, most)):
        yield pick(one, "name", "title", "organisation", "role", "is_former", "is_example") | {
            "item": one.item_title,
            "meeting": one.meeting_key,
            "date": one.held_on,
            "address": address_of(visit, f"/moeder/{one.meeting_key}/program"),
        }


# --- who there is


def _read_organisations(visit: Visit) -> Iterable[Row]:
    kind, words = chosen(visit, "slags", organisations.KINDS), typed(visit, "q")
    found: Iterable[Organisation] = read_all(
        lambda after, most: read_organisations(visit.session, visit.actor, after, most, kind=kind, text=words)
    )
    for one in found:
        yield pick(one, "name", "kind", "cvr", "region", "website", "is_example") | {
            "address": address_of(visit, f"/organisationer/{one.id}"),
            "code": one.municipality_code,
            "_at": one.created_at,
        }


def _read_municipalities(visit: Visit) -> Iterable[Row]:
    session, actor = visit.session, visit.actor
    strategies = count_strategies_by_municipality(session, actor)
    of_projects = count_projects_by_organisation(session, actor)
    of_meetings = count_meetings_by_organisation(session, actor)
    said = count_said_and_marked(session, actor)
    for one in municipalities.find_asked_for(visit).found:
        yield pick(one, "name", "region", "is_example") | {
            "address": address_of(visit, f"/kommuner/{one.key}"),
            "code": one.municipality_code,
            "strategies": strategies.get(one.id, 0),
            "projects": of_projects.get(one.id, 0),
            "meetings": of_meetings.get(one.id, 0),
            "contributions": said.get(one.id, 0),
        }


def _read_bodies(visit: Visit) -> Iterable[Row]:
    for one in read_all(lambda after, most: read_bodies(visit.session, visit.actor, after, most)):
        yield pick(one, "name", "kind", "owner", "since", "is_example") | {
            "ended": one.ended_on,
            "address": address_of(visit, one.path),
        }


# --- what it is held against


def _read_strategies(visit: Visit) -> Iterable[Row]:
    level = chosen(visit, "niveau", LEVELS)
    for one in list_strategies(visit.session, visit.actor):
        if level in (None, one.level):
            yield pick(one, "key", "title", "title_en", "level", "owner") | {
                "address": address_of(visit, f"/temaer/{one.key}"),
                "from": one.period_from,
                "to": one.period_to,
                "municipality": one.municipality_name,
                "themes": one.theme_count,
                "sources": tuple(one.source_urls),
            }


def _read_themes(visit: Visit) -> Iterable[Row]:
    """Of the strategies that are in force in menus, as before."""
    for strategy in list_theme_choices(visit.session):
        for theme in strategy.themes:
            yield {
                "address": address_of(visit, theme.path),
                "strategy": strategy.title,
                "from": theme.period_from,
                "to": theme.period_to,
                "theme": theme.name,
                "theme_en": theme.name_en,
                "key": f"{theme.strategy_key}/{theme.key}",
            }


def _read_themes_of_strategy(visit: Visit) -> Iterable[Row]:
    strategy: StrategyView | None = find_strategy(
        visit.session, visit.actor, visit.request.path_params["key"]
    )
    if strategy is None:
        raise NotFound
    for theme in walk(list_themes(visit.session, strategy.id)):
        yield {
            "address": address_of(visit, f"/temaer/{strategy.key}/{theme.key}"),
            "strategy": strategy.title,
            "from": strategy.period_from,
            "to": strategy.period_to,
            "theme": theme.name,
            "theme_en": theme.name_en,
            "key": f"{strategy.key}/{theme.key}",
        }


def _read_projects(visit: Visit) -> Iterable[Row]:
    for one in projects.find_asked_for(visit).found:
        yield pick(one, "title", "field", "barriers") | {
            "address": address_of(visit, f"/projekter/{one.key}"),
            "authority": one.authority_name,
            "round": one.round_year,
            "million_dkk": one.amount_dkk_million,
        }


def _read_tests(visit: Visit) -> Iterable[Row]:
    choice = pressure_tests.read_choice(visit).choice
    for page in count(1):
        found = list_tests(visit.session, visit.actor, choice, page=page, per_page=AT_ONCE)
        for one in found.tests:
            yield pick(
                one,
                "kind",
                "reference",
                "title",
                "state",
                "outcome",
                "hits",
                "partly",
                "misses",
                "is_example",
            ) | {
                "address": address_of(visit, f"/trykproever/{one.id}"),
                "number": one.id,
                "owner": one.owner_name,
                "made": day_of(one.made_at),
                "published": day_of(one.published_at) if one.published_at else None,
                "strategies": tuple(held.title for held in one.strategies),
                "_at": one.published_at,
            }
        if page * AT_ONCE >= found.total:
            return


# --- the lists


def _is_answered(row: Row) -> bool:
    """Whether no answer is waited for. One that said "later" is: by its new day."""
    return row["status"] not in OPEN_STATUSES


WISHES: Final = ListFile(
    "/oensker",
    _("Ønsker"),
    _("Hvert ønske med, hvor tit det er sagt, hvad der blev svaret, og hvad der er lovet."),
    columns.OF_WISHES,
    _read_wishes,
    open_as="oensker",
    days=DaysOf("answer_by", "answer_due", "_at", "days_of_wishes", _is_answered),
)
LISTS: Final = (
    ListFile(
        "/moeder",
        _("Møder"),
        _("Alle møder siden 2014 og dem, der kommer."),
        columns.OF_MEETINGS,
        _read_meetings,
        open_as="moeder",
    ),
    ListFile(
        "/moederaekker/{key}",
        _("Møder i rækken"),
        _("De møder, der hører til en møderække."),
        columns.OF_MEETINGS,
        _read_series,
    ),
    ListFile(
        "/moeder/{key}/indspil",
        _("Sagt på mødet"),
        _("Alt, der blev sagt på et møde, i programmets rækkefølge."),
        (*columns.SAID[:-2], columns.ITEM, columns.GROUP, columns.ADDRESS, columns.IS_EXAMPLE),
        _read_said_at_meeting,
    ),
    WISHES,
    ListFile(
        "/ideer",
        _("Idéer"),
        _("Den åbne halvdel af hver idé. Det fortrolige er ikke med."),
        columns.SAID,
        _read_ideas,
        open_as="ideer",
        days=DaysOf("answer_by", "answer_due", "_at", "days_of_ideas", _is_answered),
    ),
    ListFile(
        "/behov",
        pgettext("flere", "Behov"),
        _("Kommunernes behov, og hvor mange kommuner der har hvert af dem."),
        columns.OF_NEEDS,
        _read_needs,
        open_as="behov",
    ),
    ListFile(
        "",
        _("Ønsker, idéer og indspil"),
        _("Alt, der er sagt på møderne eller sendt ind, i ét."),
        columns.SAID,
        _read_said_of_all_kinds,
        open_as="indspil",
    ),
    ListFile(
        "/svar/forsinkede",
        _("Forsinkede svar"),
        _("Det, der skulle have været besvaret og ikke er det endnu."),
        (*columns.SAID[:-2], columns.LATE_BY, columns.ADDRESS, columns.IS_EXAMPLE),
        _read_late,
        open_as="forsinkede-svar",
    ),
    ListFile(
        "/forpligtelser",
        _("Forpligtelser"),
        _("Det, der er lovet: af hvem, til hvornår, og hvordan det går."),
        columns.OF_COMMITMENTS,
        _read_commitments,
        open_as="forpligtelser",
    ),
    ListFile(
        "/oplaeg",
        pgettext("flere", "Oplæg"),
        _("De oplæg, der ligger fra møderne."),
        columns.OF_DECKS,
        _read_decks,
        open_as="oplaeg",
        feed=FeedOf(("title",), "item", "_at", "feed_decks"),
    ),
    ListFile(
        "",
        _("Oplægsholdere"),
        _("Dem, der har talt på møderne, som de stod i de offentlige programmer."),
        columns.OF_SPEAKERS,
        _read_speakers,
        open_as="oplaegsholdere",
    ),
    ListFile(
        "/organisationer",
        _("Organisationer"),
        _("De organisationer, der er med."),
        columns.OF_ORGANISATIONS,
        _read_organisations,
        open_as="organisationer",
        feed=FeedOf(("name",), "region", "_at", "feed_organisations"),
    ),
    ListFile(
        "/kommuner",
        _("De 98 kommuner"),
        _("Hver kommune med, hvad der er af den her."),
        columns.OF_MUNICIPALITIES,
        _read_municipalities,
        open_as="kommuner",
    ),
    ListFile(
        "/projekter",
        _("Signaturprojekter"),
        _("De projekter, der fik penge til at prøve kunstig intelligens."),
        columns.OF_PROJECTS,
        _read_projects,
        open_as="projekter",
    ),
    ListFile(
        "/temaer",
        _("Strategier"),
        _("De strategier, som det hele holdes op mod."),
        columns.OF_STRATEGIES,
        _read_strategies,
        open_as="strategier",
    ),
    ListFile(
        "/temaer/{key}",
        _("Strategiens temaer"),
        _("Temaerne i en strategi, hvert før dem under sig."),
        columns.OF_THEMES,
        _read_themes_of_strategy,
    ),
    ListFile(
        "",
        _("Strategier og temaer"),
        _("Alle strategiers temaer i ét."),
        columns.OF_THEMES,
        _read_themes,
        open_as="temaer",
    ),
    ListFile(
        "/trykproever",
        _("Trykprøvninger"),
        _("Idéer og projekter, der er holdt op mod strategierne."),
        columns.OF_TESTS,
        _read_tests,
        open_as="trykproever",
        feed=FeedOf(("reference", "title"), "owner", "_at", "feed_tests"),
    ),
    ListFile(
        "/udvalg",
        pgettext("flere", "Udvalg"),
        _("De udvalg, der bliver spurgt og anbefaler."),
        columns.OF_BODIES,
        _read_bodies,
        open_as="udvalg",
    ),
    ListFile(
        "/evaluering",
        _("Evalueringer"),
        _("Hvordan deltagerne vurderede møderne i en række."),
        columns.OF_EVALUATIONS,
        evaluations.read_rows,
    ),
    ListFile(
        "/indbakke",
        _("Indbakke"),
        _("Det, der venter på svar, som arrangørerne ser det."),
        columns.OF_INBOX,
        _read_inbox,
        door=only(may_answer),
    ),
)
for _listed in LISTS:
    if _listed.path:
        add_files(router, _listed)
