"""A municipality's interest in a wish, an idea or a need: one mark, which any colleague may change."""

from dataclasses import dataclass
from typing import ClassVar

from fastapi.responses import Response

from app.core.policy import NotFound, Refused
from app.domain.contributions import interests
from app.domain.contributions.interests import MARKED, InterestChangeView
from app.domain.contributions.policy import may_mark_interest
from app.domain.contributions.queries import ContributionView, InterestView, list_interests
from app.domain.contributions.schemas import InterestInput
from app.http.doors import Router
from app.http.forms import Form, SentForm
from app.http.pages import Page
from app.http.visit import AVisit, Visit, anyone, only
from app.web.contributions import PATHS, path_of
from app.web.ideas import make_idea_page
from app.web.need_words import refuse_need
from app.web.needs import make_need_page
from app.web.sending import find_rules, take_rules
from app.web.wishes import find_said, make_wish_page

router = Router()


@dataclass
class InterestLogPage(Page):
    """How the marks on one thing came and went; `own_id`: the reader's municipality."""

    template: ClassVar[str] = "needs/interest_log.html"
    said: ContributionView
    path: str
    interests: list[InterestView]
    changes: list[InterestChangeView]
    own_id: int | None


@router.get("/oensker/{reference}/interesse", dependencies=[anyone])
@router.get("/ideer/{reference}/interesse", dependencies=[anyone])
@router.get("/behov/{reference}/interesse", dependencies=[anyone])
def show_log(visit: AVisit, reference: str) -> Response:
    """The marks, and how they came to be as they are; names for the municipality's own people alone."""
    said = find_said(visit, reference)
    if said.kind not in MARKED:
        raise NotFound
    here = PATHS[said.kind] + said.reference
    if not visit.request.url.path.endswith(f"{here}/interesse"):
        return visit.go(f"{here}/interesse")
    return visit.page(
        InterestLogPage(
            said=said,
            path=here,
            interests=list_interests(visit.session, visit.actor, said.id),
            changes=interests.list_interest_changes(visit.session, visit.actor, said.id),
            own_id=visit.actor.organisation_id if visit.actor.is_municipality else None,
        )
    )


@router.post("/oensker/{reference}/interesse", dependencies=[only(may_mark_interest)])
@router.post("/ideer/{reference}/interesse", dependencies=[only(may_mark_interest)])
@router.post("/behov/{reference}/interesse", dependencies=[only(may_mark_interest)])
def mark(visit: AVisit, form: SentForm, reference: str) -> Response:
    if before := visit.done_before(form):
        return before
    said = find_said(visit, reference)
    given, rules = form.read(InterestInput), find_rules(visit)
    take_rules(visit, form, rules)
    if given is None or form.errors:
        return show_again(visit, said, form)
    try:
        interests.mark_interest(visit.session, visit.actor, said.id, given)
    except Refused as refusal:
        refuse_need(form, refusal)
        return show_again(visit, said, form)
    return visit.done(form, path_of(said), "interest_marked")


def show_again(visit: Visit, said: ContributionView, form: Form) -> Response:
    """The page with the refused mark as it was typed; that the rules were agreed to is not kept either."""
    visit.session.rollback()
    if said.kind == "wish":
        return visit.page(make_wish_page(visit, said, form), 422)
    if said.kind == "idea":
        return visit.page(make_idea_page(visit, said, form), 422)
    if said.kind == "need":
        return visit.page(make_need_page(visit, said, form), 422)
    raise NotFound


@router.post("/oensker/{reference}/interesse/fjern", dependencies=[only(may_mark_interest)])
@router.post("/ideer/{reference}/interesse/fjern", dependencies=[only(may_mark_interest)])
@router.post("/behov/{reference}/interesse/fjern", dependencies=[only(may_mark_interest)])
def unmark(visit: AVisit, form: SentForm, reference: str) -> Response:
    if before := visit.done_before(form):
        return before
    said = find_said(visit, reference)
    interests.remove_interest(visit.session, visit.actor, said.id)
    return visit.done(form, path_of(said), "interest_removed")
