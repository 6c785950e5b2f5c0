"""The accessibility statement, and telling us of what cannot be used: for everybody, signed in or not."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import ClassVar

from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel

from app.core.audit import record
from app.core.events import announce
from app.core.text import MailAddress, RequiredProse, ShortLine
from app.http.doors import Router
from app.http.forms import Form, SentForm
from app.http.limits import count_against
from app.http.pages import Page
from app.http.sentences import add_sentences
from app.http.visit import AVisit, anyone
from app.identity.codes import name_client
from app.privacy.events import FeedbackGiven
from app.web.entering import client_of

router = Router()

WITHIN = timedelta(hours=1)
# A whole town hall may sit behind one address; one person's mailbox may not be filled by anybody.
MOST_FROM_CLIENT = 30
MOST_TO_MAIL = 3


def _(text: str) -> str:
    return text


add_sentences(
    {
        "notice_feedback": _(
            "Tak. Beskeden er sendt til dem, der kan rette det. De svarer, hvis du skrev en mailadresse."
        )
    }
)


class FeedbackInput(BaseModel):
    words: RequiredProse
    page: ShortLine = ""
    mail: MailAddress | None = None


@dataclass
class AccessibilityPage(Page):
    template: ClassVar[str] = "duties/accessibility.html"
    made_on: date
    reviewed_on: date


@dataclass
class FeedbackPage(Page):
    template: ClassVar[str] = "duties/feedback.html"
    form: Form
    official: str | None


@router.get("/was", dependencies=[anyone])
def accessibility(visit: AVisit) -> Response:
    """The accessibility statement: the official one where there is one, else this site's own words."""
    site = visit.kit.site
    if site.accessibility_statement_url:
        return RedirectResponse(site.accessibility_statement_url, 302)
    return visit.page(
        AccessibilityPage(made_on=site.accessibility_made_on, reviewed_on=site.accessibility_reviewed_on)
    )


@router.get("/was/tilbagemelding", dependencies=[anyone])
def ask_for_feedback(visit: AVisit, side: str = "") -> Response:
    return visit.page(_page(visit.kit.site.accessibility_statement_url, visit.blank(page=side[:200])))


def _page(official: str | None, form: Form) -> FeedbackPage:
    return FeedbackPage(form=form, official=official)


@router.post("/was/tilbagemelding", dependencies=[anyone])
def give_feedback(visit: AVisit, form: SentForm) -> Response:
    """Mail it to the contact, and a receipt to the sender where an address was given."""
    if before := visit.done_before(form):
        return before
    given = form.read(FeedbackInput)
    if given is None:
        return visit.page(_page(visit.kit.site.accessibility_statement_url, form), 422)
    count_against(visit.session, f"feedback-from:{name_client(client_of(visit))}", MOST_FROM_CLIENT, WITHIN)
    if given.mail is not None:
        count_against(visit.session, f"feedback-to:{given.mail}", MOST_TO_MAIL, timedelta(days=1))
    record(visit.session, visit.actor, "tell", "accessibility", None)
    announce(visit.session, FeedbackGiven(given.words, given.page, given.mail or "", visit.language))
    return visit.done(form, "/was/tilbagemelding", "feedback")
