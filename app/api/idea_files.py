"""Files that lie by an idea, and the fields that organisers ask in its form."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import Path, Query
from fastapi.responses import Response
from pydantic import Field

from app.api.answers import Out
from app.api.asking import make_router
from app.api.ideas import KIND, answer_secret
from app.api.said import Reference, find_said
from app.api.sent_files import FileName, SentFile, telling_limits
from app.api.verbs import Doors, check, pick
from app.core.policy import require
from app.domain.contributions import service
from app.domain.contributions.ideas import attachments, extras
from app.domain.contributions.ideas.attachments import ATTACHMENT_LIMITS
from app.domain.contributions.ideas.policy import may_attach, may_set_up_fields
from app.domain.contributions.ideas.schemas import AttachmentInput, IdeaFieldInput
from app.domain.contributions.policy import may_send
from app.domain.contributions.queries import ContributionView
from app.domain.contributions.schemas import Given, Id
from app.http.visit import AVisit, Visit, only

router = make_router("ideer")
FILES = "/ideer/{reference}/bilag"
FIELDS = "/indbakke/idefelter"
FIELD = FIELDS + "/{field_id}"
RowId = Annotated[int, Path(ge=1, le=2**63 - 1)]
Title = Annotated[str, Query(alias="titel", min_length=1, max_length=200, description="What the file is.")]
Access = Annotated[
    Literal["public", "confidential"], Query(alias="adgang", description="Whether all may read it.")
]
Reason = Annotated[str, Query(alias="grund", max_length=1000, description="Why, of what is confidential.")]


class IdeaFileOut(Out):
    """A file by an idea; of one that was removed only its title."""

    id: int
    access: str = Field(description="public or confidential.")
    title: str
    reason: str = Field(description="Why it is confidential; empty where it is not.")
    filename: str = Field(description="What it is called.")
    kind: str
    size: int = Field(description="In bytes.")
    uploaded_at: datetime = Field(description="When it came.")
    removed_at: datetime | None = Field(description="When it was taken away, or null.")


class IdeaFilesOut(Out):
    """The files by an idea, for its own people."""

    reference: str
    items: list[IdeaFileOut] = Field(description="In the order in which they came.")


class FieldOut(Out):
    """A field that organisers ask."""

    id: int
    kind: str
    label: str = Field(description="The question.")
    help: str = Field(description="What is meant by it.")
    example: str = Field(description="An example of an answer.")
    options: list[str] = Field(description="Of a choice: what can be chosen.")
    is_required: bool = Field(description="Whether it has to be answered.")
    is_retired: bool = Field(description="Whether it is asked no more.")
    answers: int | None = Field(description="How many ideas answer it.")
    version: int


class FieldsOut(Out):
    """What organisers ask besides the fixed parts."""

    items: list[FieldOut] = Field(description="In the order of the form.")


class OrderIn(Given):
    """All fields that are asked, in their new order."""

    field_ids: Annotated[list[Id], Field(max_length=100)]


def show_files(visit: Visit, reference: str) -> tuple[IdeaFilesOut, None]:
    idea = _find_own(visit, reference)
    rows = attachments.list_attachments(visit.session, visit.actor, idea.id)
    if any(one.access == "confidential" for one in rows):
        # Titles and reasons are confidential too: whoever reads them is noted.
        service.read_confidential(visit.session, visit.actor, idea.id)
    return IdeaFilesOut(reference=reference, items=[IdeaFileOut.model_validate(one) for one in rows]), None


def _find_own(visit: Visit, reference: str) -> ContributionView:
    """The idea, for those who lay files by it. Raises NotFound and NotAllowed."""
    idea = find_said(visit, reference, KIND)
    require(may_attach(visit.actor, idea))
    return idea


def show_fields(visit: Visit, name: str) -> tuple[FieldsOut, None]:
    rows = extras.list_fields(visit.session, visit.actor, with_retired=True)
    return FieldsOut(items=[FieldOut.model_validate(one) for one in rows]), None


files = Doors(router, IdeaFilesOut, show_files, at="/ideer/{}/bilag", is_kept=False)
fields = Doors(router, FieldsOut, show_fields)


@router.get(FILES, dependencies=[only(may_send)], response_model=IdeaFilesOut)
def list_files(visit: AVisit, reference: Reference) -> Response:
    """The files by one's own idea. Reading the titles of confidential ones is logged."""
    return answer_secret(visit, show_files(visit, reference)[0])


@files.post(FILES, may_send, makes=True)
def add_file(
    visit: Visit,
    reference: Reference,
    filename: FileName,
    title: Title,
    sent: SentFile,
    access: Access = "public",
    reason: Reason = "",
) -> str:
    """Lay a file by one's idea."""
    idea = _find_own(visit, reference)
    given = check(AttachmentInput, {"title": title, "access": access, "reason": reason})
    session, actor, storage = visit.session, visit.actor, visit.kit.storage
    with telling_limits(ATTACHMENT_LIMITS.upload):
        attachments.add_attachment(session, actor, storage, idea.id, given, sent.path, filename)
    return idea.reference


@files.delete(FILES + "/{attachment_id}", may_send)
def remove_file(visit: Visit, reference: Reference, attachment_id: RowId) -> str:
    """Take a file away; it is deleted. Not while somebody has asked for access to it."""
    idea = _find_own(visit, reference)
    one = pick(attachments.list_attachments(visit.session, visit.actor, idea.id), attachment_id)
    attachments.remove_attachment(visit.session, visit.actor, one.id)
    return idea.reference


# --- what organisers ask


@router.get(FIELDS, dependencies=[only(may_set_up_fields)], response_model=FieldsOut)
def list_fields(visit: AVisit) -> Response:
    """What organisers ask in the form of an idea."""
    return answer_secret(visit, show_fields(visit, "")[0])


@fields.post(FIELDS, may_set_up_fields)
def add_field(visit: Visit, given: IdeaFieldInput) -> str:
    """One more field, after those that there are."""
    return str(extras.add_field(visit.session, visit.actor, given).id)


@fields.put(FIELDS + "/raekkefoelge", may_set_up_fields)
def order_fields(visit: Visit, given: OrderIn) -> str:
    """The fields in another order."""
    extras.order_fields(visit.session, visit.actor, given.field_ids)
    return ""


@fields.put(FIELD, may_set_up_fields)
def edit_field(visit: Visit, field_id: RowId, given: IdeaFieldInput) -> str:
    """Ask otherwise; what was answered keeps the words in which it was asked."""
    extras.edit_field(visit.session, visit.actor, field_id, given)
    return ""


@fields.post(FIELD + "/tag-af", may_set_up_fields)
def retire_field(visit: Visit, field_id: RowId) -> str:
    """Ask no more."""
    extras.retire_field(visit.session, visit.actor, field_id)
    return ""


@fields.post(FIELD + "/genoptag", may_set_up_fields)
def resume_field(visit: Visit, field_id: RowId) -> str:
    """Ask again."""
    extras.resume_field(visit.session, visit.actor, field_id)
    return ""
