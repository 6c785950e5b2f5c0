"""«For min kommune»: what is new since the last visit, by the themes one follows; what municipalities like
one's own have marked; and what one's own has. Each line says why it is shown."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import ClassVar

from fastapi.responses import Response

from app.core.clock import COPENHAGEN, today
from app.core.policy import NotFound
from app.domain.commitments.lately import list_promise_news
from app.domain.commitments.queries import CommitmentLine, list_of_contributions
from app.domain.contributions.marked_by_alike import MarkedByAlike, list_marked_by_alike
from app.domain.contributions.needs.policy import may_register_needs
from app.domain.contributions.needs.queries import NeedFilters, NeedList, list_needs
from app.domain.contributions.own import list_answers_to_each
from app.domain.contributions.policy import may_look_for_own_municipality, may_mark_interest
from app.domain.contributions.queries import (
    AnswerView,
    ContributionView,
    Listing,
    ThemeTag,
    list_interesting_to,
)
from app.domain.following.queries import Followed, find_followed, list_news
from app.domain.organisations.models import Organisation
from app.domain.organisations.networks import NetworkMemberView, NetworkView, list_asked
from app.domain.organisations.queries import get_organisation
from app.domain.organisations.sizes import Size, size_of
from app.domain.partners.policy import may_look_for_partners
from app.domain.partners.service import RequestView, list_requests
from app.domain.strategies.crosswalk import Link, ThemeLinkView, name_links
from app.domain.users.visiting import note_visit
from app.http.doors import Router
from app.http.pages import Page
from app.http.visit import AVisit, Visit, only

router = Router()

LOOKS_BACK = timedelta(days=90)  # for who has not been here before
MOST_NEWS = 60
MOST_PER_THEME = 6
MARKED = 12
REQUESTS = 5


@dataclass(frozen=True, slots=True)
class New:
    """Something new: said, answered, or what happened to a promise; one of the three. `because`: the followed
    themes that it stands under. `marked`: what the municipality has marked that it is about."""

    at: datetime
    said: ContributionView | None = None
    answer: AnswerView | None = None
    promise: CommitmentLine | None = None
    what: str = ""
    because: tuple[ThemeTag, ...] = ()
    marked: ContributionView | None = None

    @property
    def name(self) -> str:
        """By which one is told from the others, and its links through the crosswalk are found."""
        kind = "said" if self.said else "answer" if self.answer else "promise"
        return f"{kind}-{(self.said or self.answer or self.promise).id}"  # type: ignore[union-attr]


@dataclass(frozen=True, slots=True)
class NewOnTheme:
    theme: ThemeTag
    shown: tuple[New, ...]
    more: int


@dataclass
class OwnMunicipalityPage(Page):
    """`since`: from which day on it is new, and `is_first` whether that is for want of an earlier visit.
    `via`: by a line's name, the links of the crosswalk through which it stands under what is followed.
    `needs`: those that the municipality has; None for who is not known to speak for it."""

    template: ClassVar[str] = "own/municipality.html"
    municipality: Organisation
    size: Size | None
    since: date
    is_first: bool
    follows: tuple[ThemeTag, ...]
    by_theme: list[NewOnTheme]
    quiet: list[ThemeTag]
    on_marked: list[New]
    via: dict[str, tuple[ThemeLinkView, ...]]
    alike: list[MarkedByAlike]
    marked: Listing
    may_mark: bool
    needs: NeedList | None
    requests: tuple[RequestView, ...]
    networks: list[tuple[NetworkView, NetworkMemberView]]


@router.get("/mit/kommune", dependencies=[only(may_look_for_own_municipality)])
def show_own_municipality(visit: AVisit) -> Response:
    session, actor = visit.session, visit.actor
    municipality = get_organisation(session, actor.organisation_id or 0)
    if municipality is None:
        raise NotFound
    visited = note_visit(session, actor)
    since = visited or today() - LOOKS_BACK
    moment = datetime.combine(since, time(), COPENHAGEN)
    followed = find_followed(session, actor)
    news, links = _list_new(visit, followed, moment)
    marked = list_interesting_to(session, actor, municipality.id, per_page=MARKED)
    by_theme = [_new_on(theme, news) for theme in followed.themes]
    return visit.page(
        OwnMunicipalityPage(
            municipality=municipality,
            size=size_of(municipality.municipality_code),
            since=since,
            is_first=visited is None,
            follows=followed.themes,
            by_theme=[one for one in by_theme if one.shown],
            quiet=[one.theme for one in by_theme if not one.shown],
            on_marked=_list_on_marked(visit, marked.rows, moment, {one.name for one in news}),
            via=name_links(session, links),
            alike=list_marked_by_alike(session, actor, municipality),
            marked=marked,
            may_mark=may_mark_interest(actor),
            needs=list_needs(session, actor, NeedFilters(mine=True)) if may_register_needs(actor) else None,
            requests=list_requests(session, actor, per_page=REQUESTS).rows
            if may_look_for_partners(actor)
            else (),
            networks=list_asked(session, actor),
        )
    )


def _new_on(theme: ThemeTag, news: Iterable[New]) -> NewOnTheme:
    """What is new on a theme. What stands under two is shown under the first, and says both."""
    own = [one for one in news if one.because[0].id == theme.id]
    return NewOnTheme(theme, tuple(own[:MOST_PER_THEME]), max(0, len(own) - MOST_PER_THEME))


def _list_new(
    visit: Visit, followed: Followed, since: datetime
) -> tuple[list[New], dict[str, tuple[Link, ...]]]:
    """All that is new under the followed themes, the newest first, and through which links."""
    found: list[New] = []
    links: dict[str, tuple[Link, ...]] = {}
    for news in list_news(visit.session, visit.actor, followed, limit=MOST_NEWS):
        at = max(news.at, news.said.published_at or news.at) if news.said else news.at
        if at < since or not news.because:
            continue
        found.append(New(at, said=news.said, answer=news.answer, because=news.because))
        links[found[-1].name] = news.via
    for happened in list_promise_news(visit.session, visit.actor, list(followed.reasons), since):
        because, via = _reasons(followed, happened.theme_ids)
        if because:
            found.append(New(happened.at, promise=happened.line, what=happened.what, because=because))
            links[found[-1].name] = via
    return sorted(found, key=lambda one: one.at, reverse=True), links


def _reasons(followed: Followed, theme_ids: Sequence[int]) -> tuple[tuple[ThemeTag, ...], tuple[Link, ...]]:
    held = [theme_id for theme_id in sorted(theme_ids) if theme_id in followed.reasons]
    tags = {tag.id: tag for theme_id in held for tag in followed.reasons[theme_id]}
    via = min((followed.links.get(theme_id, ()) for theme_id in held), key=len, default=())
    return tuple(tags.values()), via


def _list_on_marked(
    visit: Visit, marked: Sequence[ContributionView], since: datetime, shown: set[str]
) -> list[New]:
    """Answers to what the municipality has marked, and what happened to promises about it; what stands under
    a theme above is left out."""
    ids = [one.id for one in marked]
    answers = list_answers_to_each(visit.session, visit.actor, ids)
    promises = list_of_contributions(visit.session, visit.actor, ids)
    found: dict[str, New] = {}
    for one in marked:
        lines = [_of_answer(answer, one) for answer in answers.get(one.id, ())]
        lines += [_of_promise(line, one) for line in promises.get(one.id, ())]
        for new in lines:
            if new is not None and new.at >= since and new.name not in shown:
                found.setdefault(new.name, new)
    return sorted(found.values(), key=lambda one: one.at, reverse=True)


def _of_answer(answer: AnswerView, marked: ContributionView) -> New | None:
    return New(answer.published_at, answer=answer, marked=marked) if answer.published_at else None


def _of_promise(line: CommitmentLine, marked: ContributionView) -> New | None:
    if line.verdict_at is not None:
        return New(line.verdict_at, promise=line, what="judged", marked=marked)
    return (
        New(line.published_at, promise=line, what="published", marked=marked) if line.published_at else None
    )
