"""Every list for feed readers (Atom), without an account: what came last, narrowed by the list's own filters.

Feed readers are strangers: they read what everybody reads, whoever put the address in.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

from fastapi.responses import Response

from app.core import i18n
from app.core.clock import COPENHAGEN
from app.core.feeds import FEED_TYPE, Feed, FeedEntry, write_feed
from app.core.policy import STRANGER, NotFound
from app.core.text import shorten
from app.domain.commitments import queries as commitments
from app.domain.commitments.calendar import ChangedCommitment, list_changed
from app.domain.contributions import queries as contributions
from app.domain.contributions.models import PREFIXES
from app.domain.contributions.needs.queries import list_newest_needs
from app.domain.contributions.newest import list_newest_of_meeting, list_newest_of_series
from app.domain.contributions.queries import AnswerView, ContributionView
from app.domain.contributions.under_themes import list_answers
from app.domain.following.schemas import LARGEST_ID
from app.domain.meetings.queries import find_meeting, find_series, list_public_series
from app.domain.organisations.models import Organisation
from app.domain.organisations.policy import may_see
from app.domain.strategies.crosswalk import themes_meaning
from app.domain.strategies.queries import find_theme
from app.http.doors import Router
from app.http.pages import prefixed
from app.http.sentences import add_sentences
from app.http.visit import AVisit, Visit, anyone
from app.web.commitments import read_filters as read_commitment_filters
from app.web.contributions import PATHS, read_filters
from app.web.filters import typed
from app.web.labels import label
from app.web.needs import read_need_filters

router = Router()

LETTERS = 600
MOST = 30


def _(text: str) -> str:
    return text


add_sentences(
    {
        "feed_wishes": _("Ønsker i {site}"),
        "feed_ideas": _("Idéer i {site}"),
        "feed_commitments": _("Forpligtelser i {site}"),
        "feed_late": _("Forsinkede svar i {site}"),
        "feed_example": _("{title} (eksempel)"),
        "feed_of": _("{name} i {site}"),
        "feed_newest": _("Det, der er kommet til eller ændret sidst, og som alle kan læse."),
        "feed_late_subtitle": _("Det, der skulle have været besvaret og ikke er det endnu."),
        "feed_answer_title": _("Svar på {reference}"),
        "feed_answer_to_all": _("Svar fra {organisations}"),
        "feed_promised_by": _("Lovet af {organisation} til {day}."),
        "feed_late_by": _("Skulle være besvaret senest {day}."),
    }
)


# --- lists


@router.get("/oensker.atom", dependencies=[anyone])
def send_wishes(visit: AVisit) -> Response:
    found = contributions.list_wishes(visit.session, STRANGER, read_filters(visit))
    return send_feed(
        visit, "/oensker", visit.say("feed_wishes", site=_site(visit)), _said(visit, found.listing.rows)
    )


@router.get("/ideer.atom", dependencies=[anyone])
def send_ideas(visit: AVisit) -> Response:
    """The public half of each."""
    found = contributions.list_ideas(visit.session, STRANGER, read_filters(visit))
    return send_feed(
        visit, "/ideer", visit.say("feed_ideas", site=_site(visit)), _said(visit, found.listing.rows)
    )


@router.get("/behov.atom", dependencies=[anyone])
def send_needs(visit: AVisit) -> Response:
    """Those that everybody may read; what came last, where the list has the most wanted first."""
    rows = list_newest_needs(visit.session, STRANGER, read_need_filters(visit), MOST)
    return send_feed(visit, "/behov", visit.say("feed_needs", site=_site(visit)), _said(visit, rows))


@router.get("/forpligtelser.atom", dependencies=[anyone])
def send_commitments(visit: AVisit) -> Response:
    """What was promised, moved, measured or judged last."""
    changed = list_changed(visit.session, read_commitment_filters(visit))
    title = visit.say("feed_commitments", site=_site(visit))
    return send_feed(visit, "/forpligtelser", title, [_promise(visit, one) for one in changed])


@router.get("/svar/forsinkede.atom", dependencies=[anyone])
def send_late(visit: AVisit) -> Response:
    """An entry comes when the day has passed; a new day that passes is a new entry. What passed it last,
    where the list has what is latest first."""
    kind = typed(visit, "slags")
    asked = replace(read_filters(visit), kind=kind if kind in PREFIXES else None)
    rows = contributions.list_newly_late(visit.session, STRANGER, asked, MOST)
    title, subtitle = visit.say("feed_late", site=_site(visit)), visit.say("feed_late_subtitle")
    entries = [_late(visit, one, one.answer_by) for one in rows if one.answer_by]
    return send_feed(visit, "/svar/forsinkede", title, entries, subtitle)


# --- what stands under one thing


@router.get("/temaer/{strategy_key}/{key}.atom", dependencies=[anyone])
def send_theme(visit: AVisit, strategy_key: str, key: str) -> Response:
    """What was said, answered and promised under a theme and all that it means."""
    place = find_theme(visit.session, STRANGER, strategy_key, key)
    if place is None:
        raise NotFound
    ids = themes_meaning(visit.session, [place.theme.id]).ids
    said = contributions.list_under_theme(visit.session, STRANGER, ids).rows
    answers = list_answers(visit.session, STRANGER, ids)
    changed = list_changed(visit.session, commitments.Filters(theme=f"{strategy_key}/{key}"))
    name = place.theme.name_en if visit.language == "en" and place.theme.name_en else place.theme.name
    return _send_of(visit, place.ref.path, name, said, answers, changed)


@router.get("/organisationer/{organisation_id:int}.atom", dependencies=[anyone])
def send_organisation(visit: AVisit, organisation_id: int) -> Response:
    """What was said on behalf of an organisation, and what it promises."""
    is_possible = organisation_id <= LARGEST_ID
    organisation = visit.session.get(Organisation, organisation_id) if is_possible else None
    if organisation is None or not may_see(STRANGER, organisation):
        raise NotFound
    said = contributions.list_on_behalf_of(visit.session, STRANGER, organisation.id).rows
    changed = list_changed(visit.session, commitments.Filters(owner_id=organisation.id))
    return _send_of(visit, f"/organisationer/{organisation.id}", organisation.name, said, (), changed)


@router.get("/moederaekker/{key}.atom", dependencies=[anyone])
def send_series(visit: AVisit, key: str) -> Response:
    """What was said at the meetings of a series, the newest first."""
    series = find_series(visit.session, key)
    if series is None or series.id not in {one.id for one in list_public_series(visit.session)}:
        raise NotFound
    said = list_newest_of_series(visit.session, STRANGER, series.id)
    return _send_of(visit, f"/moederaekker/{key}", series.name, said, (), ())


@router.get("/moeder/{key}/indspil.atom", dependencies=[anyone])
def send_meeting(visit: AVisit, key: str) -> Response:
    """What was said at a meeting, what was answered and what was promised there."""
    meeting = find_meeting(visit.session, STRANGER, key)
    if meeting is None:
        raise NotFound
    said = list_newest_of_meeting(visit.session, STRANGER, meeting.id)
    answers = {
        one.id: one
        for one in (
            *contributions.list_answers_of_meeting(visit.session, STRANGER, meeting.id),
            *contributions.list_answers_to_any(visit.session, STRANGER, [one.id for one in said]),
        )
    }
    changed = list_changed(visit.session, commitments.Filters(meeting=meeting.key))
    title = meeting.title_en if visit.language == "en" and meeting.title_en else meeting.title
    return _send_of(visit, f"/moeder/{meeting.key}/indspil", title, said, answers.values(), changed)


# --- writing


def _site(visit: Visit) -> str:
    return visit.kit.site.site_name


def _send_of(
    visit: Visit,
    path: str,
    name: str,
    said: Iterable[ContributionView],
    answers: Iterable[AnswerView],
    changed: Iterable[ChangedCommitment],
) -> Response:
    entries = _said(visit, said)
    entries += [_answer(visit, one, one.published_at, path) for one in answers if one.published_at]
    entries += [_promise(visit, one) for one in changed]
    return send_feed(visit, path, visit.say("feed_of", name=name, site=_site(visit)), entries)


def send_feed(
    visit: Visit, path: str, title: str, entries: Sequence[FeedEntry], subtitle: str | None = None
) -> Response:
    """The newest of the entries; or that nothing is new: programs ask several times a day."""
    site, query = visit.kit.site, visit.request.url.query
    asked = f"?{query}" if query else ""
    feed = Feed(
        id=f"{site.base_url}{path}.atom{asked}",
        title=title,
        subtitle=subtitle or visit.say("feed_newest"),
        address=site.base_url + prefixed(visit.language, f"{path}.atom{asked}"),
        page=site.base_url + prefixed(visit.language, f"{path}{asked}"),
        author=site.contact_name,
        email=site.contact_mail,
        language=visit.language,
    )
    newest = sorted(entries, key=lambda one: (one.updated, one.id), reverse=True)[:MOST]
    body = write_feed(feed, newest)
    headers = {"ETag": f'W/"{hashlib.sha256(body).hexdigest()[:24]}"', "Cache-Control": "no-cache"}
    if visit.request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=FEED_TYPE, headers=headers)


def make_entry(visit: Visit, path: str, title: str, text: str, at: datetime, **given: Any) -> FeedEntry:
    base = visit.kit.site.base_url
    mark = given.pop("mark", "")
    updated = given.pop("updated", at)
    if given.pop("is_example", False):
        title = visit.say("feed_example", title=title)
    return FeedEntry(
        id=f"{base}{path}{mark}",
        title=title,
        text=shorten(text, LETTERS),
        link=base + prefixed(visit.language, path),
        published=at,
        updated=max(at, updated),
        **given,
    )


def _said(visit: Visit, rows: Iterable[ContributionView]) -> list[FeedEntry]:
    return [
        make_entry(
            visit,
            PATHS[one.kind] + one.reference,
            f"{one.reference} {one.title}",
            one.body,
            one.published_at,
            categories=(label(visit.language, "contribution_kind", one.kind),),
            is_example=one.is_example,
        )
        for one in rows
        if one.published_at is not None and not one.is_hidden
    ]


def _late(visit: Visit, one: ContributionView, day: date) -> FeedEntry:
    late_since = datetime.combine(day + timedelta(days=1), time(), COPENHAGEN)
    return make_entry(
        visit,
        PATHS[one.kind] + one.reference,
        f"{one.reference} {one.title}",
        visit.say("feed_late_by", day=i18n.format_date(day, visit.language)),
        late_since,
        mark=f"#{day.isoformat()}",
        is_example=one.is_example,
    )


def _answer(visit: Visit, answer: AnswerView, at: datetime, path: str) -> FeedEntry:
    first = answer.answers[0] if answer.answers else None
    title = (
        visit.say("feed_answer_title", reference=first.reference)
        if first
        else visit.say("feed_answer_to_all", organisations=", ".join(answer.organisations) or _site(visit))
    )
    verdict = f"{label(visit.language, 'verdict', answer.verdict)}. " if answer.verdict else ""
    words = {"en": answer.text_en, "sv": answer.text_sv}.get(visit.language) or answer.text
    page = PATHS[first.kind] + first.reference if first else path
    mark = f"#svar-{answer.id}"
    return make_entry(visit, page, title, verdict + words, at, mark=mark, is_example=answer.is_example)


def _promise(visit: Visit, one: ChangedCommitment) -> FeedEntry:
    line = one.line
    title = line.title_en if visit.language == "en" and line.title_en else line.title
    text = visit.say(
        "feed_promised_by",
        organisation=line.organisation,
        day=i18n.format_date(line.deadline, visit.language),
    )
    status = label(visit.language, "commitment_status", line.status)
    return make_entry(
        visit,
        line.path,
        f"{line.reference} {title}",
        f"{text} {status}.",
        line.published_at or one.changed_at,
        updated=one.changed_at,
        categories=(status,),
        is_example=line.is_example,
    )
