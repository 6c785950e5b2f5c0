"""Putting together what says the same: the groups that are found, and the choice of the text that leads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from app.core.policy import Refused
from app.core.text import Line, LongProse
from app.domain.answering.inbox import list_by_references
from app.domain.answering.policy import may_answer
from app.domain.contributions import gathering
from app.domain.contributions.alike import PER_PAGE, SimilarGroup, count_askable, list_similar_groups
from app.domain.contributions.queries import ContributionView, find_contributions
from app.domain.contributions.schemas import GatheringInput
from app.domain.contributions.sightings import (
    GatheringView,
    LeadRef,
    count_sightings,
    find_gatherings,
    find_lead_refs,
)
from app.domain.meetings.schemas import RowId
from app.http.doors import Router
from app.http.forms import Form, SentForm
from app.http.pages import Page
from app.http.visit import AVisit, Visit, only
from app.web import filters
from app.web.filters import whole_number
from app.web.inbox_words import take_refusal

router = Router()

MOST_CHOSEN = 60


class GatherInput(BaseModel):
    """`lead_id`: whose words stand first. `title`, `summary`: what staff calls it, if anything."""

    model_config = ConfigDict(extra="forbid")

    contribution_ids: Annotated[list[RowId], Field(min_length=1, max_length=MOST_CHOSEN)]
    lead_id: RowId
    title: Line = ""
    summary: LongProse = ""


@dataclass
class SimilarPage(Page):
    """`leading`: which of those asked about lead others.
    `per_page`: of how many that are open each page tells what is like them."""

    template: ClassVar[str] = "inbox/similar.html"
    groups: list[SimilarGroup]
    leading: Mapping[int, int]
    page: int
    pages: int
    per_page: int


@dataclass
class GatherPage(Page):
    """`leads`: what some hang under already; `leading`: which of them lead others."""

    template: ClassVar[str] = "inbox/gather.html"
    chosen: list[ContributionView]
    leads: Mapping[int, LeadRef]
    leading: Mapping[int, GatheringView]
    form: Form


@router.get("/indbakke/lignende", dependencies=[only(may_answer)])
def show_similar(visit: AVisit) -> Response:
    session, actor = visit.session, visit.actor
    pages = filters.count_pages(count_askable(session, actor), PER_PAGE)
    page = filters.page_number(visit, pages)
    groups = list_similar_groups(session, actor, page)
    return visit.page(
        SimilarPage(
            groups=groups,
            leading=count_sightings(session, actor, [group.said.id for group in groups]),
            page=page,
            pages=pages,
            per_page=PER_PAGE,
        )
    )


@router.get("/indbakke/saml", dependencies=[only(may_answer)])
def show_gather(visit: AVisit) -> Response:
    references = visit.request.query_params.getlist("indspil")[:MOST_CHOSEN]
    chosen = list_by_references(visit.session, visit.actor, references)
    return visit.page(_gather_page(visit, chosen, None))


def _gather_page(visit: Visit, chosen: Sequence[ContributionView], sent: Form | None) -> GatherPage:
    ids = [one.id for one in chosen]
    leads = find_lead_refs(visit.session, visit.actor, ids)
    leading = find_gatherings(visit.session, visit.actor, ids)
    form = sent or visit.blank(
        contribution_ids=[one.id for one in chosen if one.id not in leads],
        lead_id=_propose_lead(chosen, leads, leading),
    )
    return GatherPage(list(chosen), leads, leading, form)


def _propose_lead(
    chosen: Sequence[ContributionView], leads: Mapping[int, LeadRef], leading: Mapping[int, GatheringView]
) -> int | None:
    """What leads others already, else what was chosen first and can lead."""
    free = [one.id for one in chosen if one.id not in leads]
    return next((one for one in free if one in leading), free[0] if free else None)


@router.post("/indbakke/saml", dependencies=[only(may_answer)])
def gather_chosen(visit: AVisit, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    given = form.read(GatherInput)
    if given is None or len({given.lead_id, *given.contribution_ids}) < 2:
        return _refuse(visit, form, 422)
    session, actor = visit.session, visit.actor
    try:
        made = gathering.gather(session, actor, given.lead_id, given.contribution_ids)
        if given.title or given.summary:
            named = GatheringInput(title=given.title, summary=given.summary, version=made.version)
            gathering.name_gathering(session, actor, given.lead_id, named)
    except Refused as refusal:
        status = take_refusal(form, refusal)
        session.rollback()
        return _refuse(visit, form, status)
    lead = find_contributions(session, actor, [given.lead_id])[given.lead_id]
    return visit.done(form, f"/indbakke/{lead.reference}#samling", "inbox_gathered")


def _refuse(visit: Visit, form: Form, status: int) -> Response:
    if form.errors.pop("lead_id", None):
        form.refuse("lead_id", "inbox_choose_lead")
    if form.errors.pop("contribution_ids", None) or not form.errors:
        form.refuse("contribution_ids", "gather_few")
    offered = [number for one in form.values("offered") if (number := whole_number(one)) is not None]
    seen = find_contributions(visit.session, visit.actor, offered[:MOST_CHOSEN])
    chosen = [seen[i] for i in dict.fromkeys(offered) if i in seen]
    return visit.page(_gather_page(visit, chosen, form), status)
