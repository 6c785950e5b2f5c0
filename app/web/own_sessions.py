"""One's own sessions: where one is signed in, and ending one, the others, or all."""

from dataclasses import dataclass
from typing import ClassVar

from fastapi.responses import Response

from app.core.policy import NotFound, is_person
from app.http.doors import Router
from app.http.forms import SentForm
from app.http.pages import Page
from app.http.sentences import add_sentences
from app.http.visit import AVisit, only
from app.identity.sessions import (
    ABSOLUTE,
    IDLE,
    STAFF_ABSOLUTE,
    STAFF_IDLE,
    SessionListing,
    close_all_sessions,
    close_other_sessions,
    close_session,
    list_sessions,
)
from app.web.entering import forget_cookie
from app.web.filters import page_number

router = Router()

MOST_PAGES = 1000


def _(text: str) -> str:
    return text


add_sentences(
    {
        "notice_session_ended": _("Sessionen er afsluttet. Den browser skal logge ind igen."),
        "notice_other_sessions_ended": _("Alle andre sessioner er afsluttet. Du er stadig logget ind her."),
        "notice_all_sessions_ended": _("Alle dine sessioner er afsluttet, også denne."),
    }
)


@dataclass
class SessionsPage(Page):
    template: ClassVar[str] = "own/sessions.html"
    listing: SessionListing
    current_id: int | None
    idle_days: int
    absolute_days: int
    staff_idle_hours: int
    staff_absolute_days: int


@router.get("/mit/sessioner", dependencies=[only(is_person)])
def show_sessions(visit: AVisit) -> Response:
    return visit.page(
        SessionsPage(
            listing=list_sessions(visit.session, visit.actor, page_number(visit, MOST_PAGES)),
            current_id=visit.actor.session_id,
            idle_days=IDLE.days,
            absolute_days=ABSOLUTE.days,
            staff_idle_hours=int(STAFF_IDLE.total_seconds() // 3600),
            staff_absolute_days=STAFF_ABSOLUTE.days,
        )
    )


@router.post("/mit/sessioner/{session_id:int}/afslut", dependencies=[only(is_person)])
def end_session(visit: AVisit, session_id: int, form: SentForm) -> Response:
    """End one; a session of somebody else is not there."""
    if before := visit.done_before(form):
        return before
    if not close_session(visit.session, visit.actor, session_id):
        raise NotFound
    if session_id == visit.actor.session_id:
        return forget_cookie(visit, visit.done(form, "/", "signed_out"))
    return visit.done(form, "/mit/sessioner", "session_ended")


@router.post("/mit/sessioner/afslut-andre", dependencies=[only(is_person)])
def end_other_sessions(visit: AVisit, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    close_other_sessions(visit.session, visit.actor)
    return visit.done(form, "/mit/sessioner", "other_sessions_ended")


@router.post("/mit/sessioner/afslut-alle", dependencies=[only(is_person)])
def end_all_sessions(visit: AVisit, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    close_all_sessions(visit.session, visit.actor)
    return forget_cookie(visit, visit.done(form, "/", "all_sessions_ended"))
