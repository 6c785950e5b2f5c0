"""Files with an idea: laid by it, open or confidential, fetched, and taken away."""

from dataclasses import dataclass
from typing import ClassVar

from fastapi.responses import Response, StreamingResponse

from app.core.policy import NotFound, Refused, require
from app.domain.contributions import service
from app.domain.contributions.ideas import attachments
from app.domain.contributions.ideas.attachments import ATTACHMENT_LIMITS, MOST_FILES, AttachmentView
from app.domain.contributions.ideas.policy import may_attach
from app.domain.contributions.ideas.schemas import AttachmentInput
from app.domain.contributions.policy import may_send
from app.domain.contributions.queries import ContributionView
from app.domain.presentations.service import check_file
from app.http.doors import Router
from app.http.forms import Form, SentForm
from app.http.pages import Page
from app.http.visit import AVisit, Visit, anyone, only
from app.web.deck_files import Sent, count_upload, received
from app.web.decks import MEDIA_TYPES, attachment, open_stored
from app.web.idea_words import refuse_idea
from app.web.wishes import find_said

router = Router()
uploads = Router()

MOST_MEGABYTES = ATTACHMENT_LIMITS.upload // 1_000_000


@dataclass
class AttachmentsPage(Page):
    """The files of an idea, for its own people."""

    template: ClassVar[str] = "ideas/attachments.html"
    form: Form
    idea: ContributionView
    files: list[AttachmentView]
    most_files: int
    most_megabytes: int
    too_large: str


@uploads.get("/ideer/{reference}/bilag", dependencies=[only(may_send)])
def show_attachments(visit: AVisit, reference: str) -> Response:
    return visit.page(_page(visit, visit.blank(access="public"), _find_own(visit, reference)))


def _find_own(visit: Visit, reference: str) -> ContributionView:
    """The idea, for those who lay files by it. Raises NotFound and NotAllowed."""
    idea = find_said(visit, reference)
    if idea.kind != "idea":
        raise NotFound
    require(may_attach(visit.actor, idea))
    return idea


def _page(visit: Visit, form: Form, idea: ContributionView) -> AttachmentsPage:
    files = attachments.list_attachments(visit.session, visit.actor, idea.id)
    if not form.errors and any(one.access == "confidential" for one in files):
        # Titles and reasons are confidential too: whoever reads them is noted.
        service.read_confidential(visit.session, visit.actor, idea.id)
    too_large = visit.say("file_too_big", most=MOST_MEGABYTES)
    return AttachmentsPage(form, idea, files, MOST_FILES, MOST_MEGABYTES, too_large)


@uploads.post("/ideer/{reference}/bilag", dependencies=[only(may_send)])
def add_attachment(visit: AVisit, form: SentForm, reference: str) -> Response:
    if before := visit.done_before(form):
        return before
    count_upload(visit)
    idea = _find_own(visit, reference)
    given = form.read(AttachmentInput)
    with received(form) as sent:
        if sent is None or given is None:
            _look_at(form, sent)
            return visit.page(_page(visit, form, idea), 422)
        try:
            attachments.add_attachment(
                visit.session, visit.actor, visit.kit.storage, idea.id, given, sent.path, sent.name
            )
        except Refused as refusal:
            _refuse(form, refusal)
            return visit.page(_page(visit, form, idea), 422)
    return visit.done(form, f"/ideer/{idea.reference}/bilag", "idea_attached")


def _look_at(form: Form, sent: Sent | None) -> None:
    """Say what there is to say at the file of a form that comes back anyway."""
    if sent is None:
        form.refuse("file", "file_missing")
        return
    try:
        check_file(sent.path, sent.name, ATTACHMENT_LIMITS)
    except Refused as refusal:
        _refuse(form, refusal)
    else:
        form.refuse("file", "choose_again")


def _refuse(form: Form, refusal: Refused) -> None:
    if refusal.code.startswith("file_"):
        form.refuse("file", refusal.code, most=MOST_MEGABYTES, pages=ATTACHMENT_LIMITS.pages)
    else:
        refuse_idea(form, refusal)


@router.post("/ideer/{reference}/bilag/{attachment_id:int}/fjern", dependencies=[only(may_send)])
def remove_attachment(visit: AVisit, form: SentForm, reference: str, attachment_id: int) -> Response:
    if before := visit.done_before(form):
        return before
    idea = _find_own(visit, reference)
    if attachment_id not in {
        one.id for one in attachments.list_attachments(visit.session, visit.actor, idea.id)
    }:
        raise NotFound
    try:
        attachments.remove_attachment(visit.session, visit.actor, attachment_id)
    except Refused as refusal:
        kept = visit.blank(access="public")
        kept.refuse("form", refusal.code)
        return visit.page(_page(visit, kept, idea), 409)
    return visit.done(form, f"/ideer/{idea.reference}/bilag", "idea_detached")


@router.get("/ideer/bilag/{attachment_id:int}", dependencies=[anyone])
def send_attachment(visit: AVisit, attachment_id: int) -> Response:
    """The file as it was sent: to keep, never to open on our own address."""
    found = attachments.open_attachment(visit.session, visit.actor, attachment_id)
    headers = {
        "Content-Disposition": attachment(found.filename),
        "Content-Length": str(found.size),
        "Content-Security-Policy": "sandbox",
        "Cache-Control": "no-store" if found.is_confidential else "no-cache",
        "X-Robots-Tag": "noindex",
    }
    body = open_stored(visit, found.file_key)
    return StreamingResponse(body, headers=headers, media_type=MEDIA_TYPES[found.kind])
