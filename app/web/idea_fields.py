"""What organisers ask in the form of an idea besides the fixed parts: add, edit, order, take off, preview."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict

from app.core.policy import NotFound, Refused
from app.domain.contributions.ideas import extras
from app.domain.contributions.ideas.extras import MOST_FIELDS, FieldView
from app.domain.contributions.ideas.policy import may_set_up_fields
from app.domain.contributions.ideas.schemas import MOST_OPTIONS, IdeaFieldInput
from app.http.doors import Router
from app.http.forms import Form, SentForm
from app.http.pages import Page
from app.http.visit import AVisit, Visit, only
from app.web.hearing_words import take_refusal

router = Router()

FIELDS = "/indbakke/idefelter"


class MoveInput(BaseModel):
    model_config = ConfigDict(extra="forbid")

    way: Literal["op", "ned"]


@dataclass
class FieldsPage(Page):
    """`blank`: an empty form that the preview is drawn with."""

    template: ClassVar[str] = "inbox/idea_fields.html"
    fields: Sequence[FieldView]
    retired: Sequence[FieldView]
    blank: Form
    most: int = MOST_FIELDS


@dataclass
class FieldPage(Page):
    """`stored`: the field as it stands, None for a new one. `preview`: as it would stand in the form."""

    template: ClassVar[str] = "inbox/idea_field_form.html"
    stored: FieldView | None
    form: Form
    preview: FieldView | None
    blank: Form
    most_options: int = MOST_OPTIONS


@router.get(FIELDS, dependencies=[only(may_set_up_fields)])
def show_fields(visit: AVisit) -> Response:
    return visit.page(_list_page(visit))


def _list_page(visit: Visit) -> FieldsPage:
    found = extras.list_fields(visit.session, visit.actor, with_retired=True)
    return FieldsPage(
        fields=[one for one in found if not one.is_retired],
        retired=[one for one in found if one.is_retired],
        blank=visit.blank(),
    )


@router.get(FIELDS + "/nyt", dependencies=[only(may_set_up_fields)])
def new_field(visit: AVisit) -> Response:
    return visit.page(_field_page(visit, None, visit.blank(kind="text")))


@router.post(FIELDS + "/nyt", dependencies=[only(may_set_up_fields)])
def add_field(visit: AVisit, form: SentForm) -> Response:
    return _take(visit, form, None)


@router.get(FIELDS + "/{field_id:int}", dependencies=[only(may_set_up_fields)])
def show_field(visit: AVisit, field_id: int) -> Response:
    stored = _find(visit, field_id)
    return visit.page(_field_page(visit, stored, _filled(visit, stored)))


@router.post(FIELDS + "/{field_id:int}", dependencies=[only(may_set_up_fields)])
def edit_field(visit: AVisit, field_id: int, form: SentForm) -> Response:
    return _take(visit, form, _find(visit, field_id))


def _find(visit: Visit, field_id: int) -> FieldView:
    found = extras.list_fields(visit.session, visit.actor, with_retired=True)
    for one in found:
        if one.id == field_id:
            return one
    raise NotFound


def _filled(visit: Visit, stored: FieldView) -> Form:
    return visit.blank(
        kind=stored.kind,
        label=stored.label,
        help=stored.help,
        example=stored.example,
        lines="\n".join(stored.options),
        is_required="1" if stored.is_required else "",
        version=stored.version,
    )


def _take(visit: Visit, form: Form, stored: FieldView | None) -> Response:
    # One option to a line; the field is a list.
    form.typed["options"] = [line.strip() for line in form.value("lines").splitlines() if line.strip()]
    if form.value("handling") == "vis":
        given = form.read(IdeaFieldInput)
        return visit.page(_field_page(visit, stored, form, given), 200 if given else 422)
    if before := visit.done_before(form):
        return before
    given, status = form.read(IdeaFieldInput), 422
    if given is not None:
        try:
            if stored is None:
                extras.add_field(visit.session, visit.actor, given)
            else:
                extras.edit_field(visit.session, visit.actor, stored.id, given)
            return visit.done(form, FIELDS, "idea_field_saved")
        except Refused as refusal:
            status = take_refusal(form, refusal)
            if stored is not None:
                visit.session.rollback()
                stored = _find(visit, stored.id)
                form.typed["version"] = [str(stored.version)]
    return visit.page(_field_page(visit, stored, form), status)


def _field_page(
    visit: Visit, stored: FieldView | None, form: Form, given: IdeaFieldInput | None = None
) -> FieldPage:
    if "options" in form.errors:
        form.errors["lines"] = form.errors.pop("options")
    preview = None
    if given is not None:
        preview = FieldView(
            id=stored.id if stored else 0,
            position=0,
            is_retired=False,
            kind=given.kind,
            label=given.label,
            help=given.help,
            example=given.example,
            options=tuple(given.options),
            is_required=given.is_required,
            version=given.version,
        )
    return FieldPage(stored=stored, form=form, preview=preview, blank=visit.blank())


@router.post(FIELDS + "/{field_id:int}/tag-af", dependencies=[only(may_set_up_fields)])
def retire_field(visit: AVisit, field_id: int, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    extras.retire_field(visit.session, visit.actor, field_id)
    return visit.done(form, FIELDS, "idea_field_gone")


@router.post(FIELDS + "/{field_id:int}/genoptag", dependencies=[only(may_set_up_fields)])
def resume_field(visit: AVisit, field_id: int, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    extras.resume_field(visit.session, visit.actor, field_id)
    return visit.done(form, FIELDS, "idea_field_back")


@router.post(FIELDS + "/{field_id:int}/flyt", dependencies=[only(may_set_up_fields)])
def move_field(visit: AVisit, field_id: int, form: SentForm) -> Response:
    """One place up or down; the first and the last stay where they are."""
    if before := visit.done_before(form):
        return before
    given = form.read(MoveInput)
    ids = [one.id for one in _list_page(visit).fields]
    if given is None or field_id not in ids:
        raise NotFound
    here = ids.index(field_id)
    there = here + (-1 if given.way == "op" else 1)
    if 0 <= there < len(ids):
        ids[here], ids[there] = ids[there], ids[here]
        extras.order_fields(visit.session, visit.actor, ids)
    return visit.done(form, FIELDS, "idea_field_moved")
