"""A municipality's interest in a wish or an idea: one mark, changed or taken away by any colleague."""

from fastapi import APIRouter
from fastapi.responses import Response

from app.core.policy import NotFound
from app.domain.contributions import interests
from app.domain.contributions.policy import may_mark_interest
from app.domain.contributions.queries import ContributionView
from app.domain.contributions.schemas import InterestInput
from app.http.forms import Form, SentForm
from app.http.visit import AVisit, Visit, only
from app.web.contributions import path_of
from app.web.ideas import make_idea_page
from app.web.sending import find_rules, take_rules
from app.web.wishes import find_said, make_wish_page

router = APIRouter()


@router.post("/oensker/{reference}/interesse", dependencies=[only(may_mark_interest)])
def mark_wish(visit: AVisit, form: SentForm, reference: str) -> Response:
    return mark(visit, form, reference)


@router.post("/ideer/{reference}/interesse", dependencies=[only(may_mark_interest)])
def mark_idea(visit: AVisit, form: SentForm, reference: str) -> Response:
    return mark(visit, form, reference)


@router.post("/oensker/{reference}/interesse/fjern", dependencies=[only(may_mark_interest)])
def unmark_wish(visit: AVisit, form: SentForm, reference: str) -> Response:
    return unmark(visit, form, reference)


@router.post("/ideer/{reference}/interesse/fjern", dependencies=[only(may_mark_interest)])
def unmark_idea(visit: AVisit, form: SentForm, reference: str) -> Response:
    return unmark(visit, form, reference)


def mark(visit: Visit, form: Form, reference: str) -> Response:
    if before := visit.done_before(form):
        return before
    said = find_said(visit, reference)
    given, rules = form.read(InterestInput), find_rules(visit)
    take_rules(visit, form, rules)
    if given is None or form.errors:
        return show_again(visit, said, form)
    interests.mark_interest(visit.session, visit.actor, said.id, given)
    return visit.done(form, path_of(said), "interest_marked")


def show_again(visit: Visit, said: ContributionView, form: Form) -> Response:
    """The page with the refused mark as it was typed; that the rules were agreed to is not kept either."""
    visit.session.rollback()
    if said.kind == "wish":
        return visit.page(make_wish_page(visit, said, form), 422)
    if said.kind == "idea":
        return visit.page(make_idea_page(visit, said, form), 422)
    raise NotFound


def unmark(visit: Visit, form: Form, reference: str) -> Response:
    if before := visit.done_before(form):
        return before
    said = find_said(visit, reference)
    interests.remove_interest(visit.session, visit.actor, said.id)
    return visit.done(form, path_of(said), "interest_removed")
