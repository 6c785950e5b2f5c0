"""Who asks to speak for an organisation: staff says yes."""

from dataclasses import dataclass
from typing import ClassVar

from fastapi import APIRouter
from fastapi.responses import Response

from app.domain.users.policy import may_confirm_memberships
from app.domain.users.queries import WaitingView, list_waiting_memberships
from app.domain.users.service import confirm_membership
from app.http.forms import SentForm
from app.http.pages import Page
from app.http.sentences import add_sentences
from app.http.visit import AVisit, only

router = APIRouter()


def _(text: str) -> str:
    return text


add_sentences({"notice_confirmed": _("Bekræftet. Mærket »endnu ikke bekræftet« er væk.")})


@dataclass
class WaitingPage(Page):
    template: ClassVar[str] = "memberships/waiting.html"
    waiting: list[WaitingView]


@router.get("/medlemskaber", dependencies=[only(may_confirm_memberships)])
def show_waiting(visit: AVisit) -> Response:
    return visit.page(WaitingPage(waiting=list_waiting_memberships(visit.session)))


@router.post("/medlemskaber/{membership_id:int}/bekraeft", dependencies=[only(may_confirm_memberships)])
def confirm(visit: AVisit, membership_id: int, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    confirm_membership(visit.session, visit.actor, membership_id)
    return visit.done(form, "/medlemskaber", "confirmed")
