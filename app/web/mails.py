"""Saying no to invitations, reminders and messages: the address that such mails carry (RFC 8058).

Whoever holds the mail may do it, without signing in; a mail program may do it by itself, with one POST that
carries neither cookie nor origin. The page shows nothing but part of the address.
"""

from dataclasses import dataclass
from typing import ClassVar

from fastapi.responses import Response

from app.core.links import is_sealed
from app.core.policy import NotFound
from app.domain.outbox import queries, service
from app.domain.outbox.schemas import UNSUBSCRIBE
from app.http.doors import Router
from app.http.forms import SentForm
from app.http.pages import Page
from app.http.visit import AVisit, Visit, anyone

router = Router()

UNSUBSCRIBE_PATH = "/mails/afmeld/{letter_id:int}/{sealed}"


@dataclass
class UnsubscribePage(Page):
    """`has_left`: whether the address gets no more of these mails."""

    template: ClassVar[str] = "outbox/unsubscribe.html"
    path: str
    address: str
    has_left: bool


def _find_address(visit: Visit, letter_id: int, sealed: str) -> str:
    if not is_sealed(visit.session, sealed, UNSUBSCRIBE, letter_id):
        raise NotFound
    letter = queries.find_letter(visit.session, letter_id)
    if letter is None:
        raise NotFound
    return letter.email


def _show(visit: Visit, letter_id: int, sealed: str, email: str) -> Response:
    page = UnsubscribePage(
        path=f"/mails/afmeld/{letter_id}/{sealed}",
        address=mask_address(email),
        has_left=bool(queries.find_opted_out(visit.session, [email])),
    )
    response = visit.page(page)
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def mask_address(email: str) -> str:
    """ve…@soft.example: enough for its owner, of little use to whom the mail was forwarded to."""
    local, _, domain = email.rpartition("@")
    return f"{local[:2] if len(local) > 3 else local[:1]}…@{domain}"


@router.get(UNSUBSCRIBE_PATH, dependencies=[anyone])
def show_unsubscribe(visit: AVisit, letter_id: int, sealed: str) -> Response:
    """What it means, and the button. Opening the page changes nothing: scanners of mail open every link."""
    return _show(visit, letter_id, sealed, _find_address(visit, letter_id, sealed))


@router.post(UNSUBSCRIBE_PATH, dependencies=[anyone])
def unsubscribe(visit: AVisit, letter_id: int, sealed: str, form: SentForm) -> Response:
    """No more, or (`fortryd`) as before. Answered at once: mail programs follow no redirect."""
    email = _find_address(visit, letter_id, sealed)
    if form.value("fortryd"):
        service.opt_in(visit.session, email)
    else:
        service.opt_out(visit.session, email)
    return _show(visit, letter_id, sealed, email)
