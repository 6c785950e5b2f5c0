"""A request for access, as the idea's own people are heard on it: part by part, until the day."""

from dataclasses import dataclass
from typing import ClassVar

from fastapi.responses import Response
from pydantic import ValidationError

from app.core.clock import today
from app.core.policy import NotFound, Refused, is_person
from app.domain.contributions import service
from app.domain.contributions.ideas.attachments import list_attachments
from app.domain.contributions.ideas.hearing import HeardView, RequestView, find_request, state_views
from app.domain.contributions.ideas.policy import may_be_heard
from app.domain.contributions.ideas.redacting import FILE
from app.domain.contributions.ideas.schemas import Statement
from app.domain.contributions.queries import ContributionView
from app.http.doors import Router
from app.http.forms import Form, SentForm
from app.http.pages import Page
from app.http.visit import AVisit, Visit, only
from app.web.idea_words import refuse_idea
from app.web.ideas import name_secrets
from app.web.wishes import find_said

router = Router()


@dataclass(frozen=True, slots=True)
class HeardLine:
    """One part: its words, why it was confidential, what was said of it, and what was decided."""

    heard: HeardView
    label: str
    text: str
    reason: str


@dataclass
class HeardPage(Page):
    template: ClassVar[str] = "ideas/heard.html"
    form: Form
    idea: ContributionView
    request: RequestView
    lines: list[HeardLine]
    may_answer: bool


@router.get("/ideer/{reference}/hoering/{request_id:int}", dependencies=[only(is_person)])
def show_hearing(visit: AVisit, reference: str, request_id: int) -> Response:
    idea, request = _find(visit, reference, request_id)
    stated: dict[str, object] = {}
    for one in request.parts:
        stated |= {f"stance-{one.part}": one.stance, f"reason-{one.part}": one.stance_reason}
    return visit.page(_page(visit, visit.blank(**stated), idea, request))


def _find(visit: Visit, reference: str, request_id: int) -> tuple[ContributionView, RequestView]:
    """Only for the idea's own people: staff has pages of its own."""
    idea = find_said(visit, reference)
    request = find_request(visit.session, visit.actor, request_id)
    if request is None or request.contribution_id != idea.id or not may_be_heard(visit.actor, idea):
        raise NotFound
    return idea, request


def _page(visit: Visit, form: Form, idea: ContributionView, request: RequestView) -> HeardPage:
    secret = service.read_confidential(visit.session, visit.actor, idea.id)
    lines = {
        one.part: (one.label, one.text, one.reason)
        for one in name_secrets(visit, secret.parts, secret.reasons)
    }
    for file in list_attachments(visit.session, visit.actor, idea.id):
        lines[f"{FILE}{file.id}"] = (file.title, file.filename, file.reason)
    ordered = sorted(request.parts, key=lambda one: list(lines).index(one.part) if one.part in lines else 99)
    return HeardPage(
        form=form,
        idea=idea,
        request=request,
        lines=[HeardLine(one, *lines.get(one.part, ("", "", ""))) for one in ordered],
        may_answer=request.state == "hearing" and request.hear_by >= today(),
    )


@router.post("/ideer/{reference}/hoering/{request_id:int}", dependencies=[only(is_person)])
def answer_hearing(visit: AVisit, form: SentForm, reference: str, request_id: int) -> Response:
    if before := visit.done_before(form):
        return before
    idea, request = _find(visit, reference, request_id)
    given = _read_statements(form, request)
    if not given and not form.errors:
        form.refuse("form", "hearing_say")
    if form.errors:
        return visit.page(_page(visit, form, idea, request), 422)
    try:
        state_views(visit.session, visit.actor, request.id, given)
    except Refused as refusal:
        refuse_idea(form, refusal)
        return visit.page(_page(visit, form, idea, request), 422)
    return visit.done(form, f"/ideer/{idea.reference}/hoering/{request.id}", "hearing_said")


def _read_statements(form: Form, request: RequestView) -> list[Statement]:
    found: list[Statement] = []
    for one in request.parts:
        stance, reason = form.value(f"stance-{one.part}"), form.value(f"reason-{one.part}")
        if not stance:
            continue
        try:
            found.append(Statement.model_validate({"part": one.part, "stance": stance, "reason": reason}))
        except ValidationError as wrong:
            for error in wrong.errors(include_url=False, include_input=False):
                name = "stance" if error["loc"][0] == "stance" else "reason"
                code = "hearing_reason" if error["type"] == "reason_missing" else error["type"]
                form.refuse(f"{name}-{one.part}", code, **error.get("ctx", {}))
    return found
