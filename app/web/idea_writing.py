"""Proposing a signature project: what is like it first, then one form that saves itself, preview, sending."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import ClassVar
from uuid import uuid4

from fastapi.responses import Response
from pydantic import ValidationError

from app.core import i18n
from app.core.clock import now
from app.core.policy import NotFound, Refused
from app.domain.contributions import queries, service
from app.domain.contributions.ideas import drafting
from app.domain.contributions.ideas.drafting import TypedView
from app.domain.contributions.ideas.extras import FieldView, list_answers, list_fields, list_mistakes
from app.domain.contributions.ideas.redacting import RedactedPart, preview_idea
from app.domain.contributions.ideas.schemas import TypedInput
from app.domain.contributions.ideas.secrets import EXTRA
from app.domain.contributions.policy import may_edit_draft, may_read_confidential, may_send
from app.domain.contributions.queries import ContributionView
from app.domain.contributions.schemas import FIGURES, PARTS, Extra, IdeaDraft, IdeaInput
from app.http.doors import Router
from app.http.forms import Form, SentForm
from app.http.limits import TooMany, count_against
from app.http.pages import Page
from app.http.queued import stop_response, taken_response
from app.http.visit import AVisit, Visit, only
from app.web.contributions import Reading, ThemeMenu, answer_by, list_theme_menus, merge_accepted, read_text
from app.web.idea_words import refuse_idea
from app.web.sending import (
    count_sending,
    find_rules,
    refuse_for_now,
    show_brake,
    take_repetition,
    take_rules,
)

router = Router()

SAVED_PER_HOUR = 200
TYPED_PER_HOUR = 3000
# Which buttons keep the draft, and the page of it that each goes on to.
KEEPS = {"gem": "ret", "bilag": "bilag", "medunderskrivere": "medunderskrivere"}
_HOUR = timedelta(hours=1)


@dataclass
class StartPage(Page):
    """What it is about, before the form: what is like it, and what one has begun already."""

    template: ClassVar[str] = "ideas/start.html"
    form: Form
    reading: Reading
    begun: list[TypedView]


@dataclass(frozen=True, slots=True)
class PreviewPart:
    """A part as all read it (`text`), and what staff and co-signers read besides."""

    part: str
    label: str
    text: str
    secret: str
    reason: str | None


@dataclass
class IdeaFormPage(Page):
    """A new idea, or a draft that is changed. `theirs`: the draft as a colleague saved it meanwhile.

    `rules`: the version to be agreed to, or None. `before`: the number of the same text sent before.
    `begun`: what the visitor typed of this draft and left.
    """

    template: ClassVar[str] = "ideas/form.html"
    form: Form
    draft: ContributionView | None
    fields: list[FieldView]
    menus: list[ThemeMenu]
    reading: Reading
    answer_by: date
    is_confirmed: bool
    rules: int | None
    preview: list[PreviewPart] | None = None
    before: str | None = None
    theirs: dict[str, str] | None = None
    begun: list[TypedView] = field(default_factory=list)


# --- beginning


@router.get("/ideer/nyt", dependencies=[only(may_send)])
def begin_idea(visit: AVisit) -> Response:
    return visit.page(_start_page(visit, visit.blank()))


def _start_page(visit: Visit, form: Form) -> StartPage:
    text = "\n".join(form.value(name) for name in ("title", "problem"))
    begun = [one for one in drafting.list_typed(visit.session, visit.actor) if one.contribution_id is None]
    return StartPage(form=form, reading=read_text(visit, text), begun=begun)


@router.post("/ideer/nyt", dependencies=[only(may_send)])
def add_idea(visit: AVisit, form: SentForm) -> Response:
    act = form.value("handling")
    if act == "se":
        return visit.page(_start_page(visit, form))
    return _go_on(visit, form) if act == "videre" else _take_idea(visit, form, None)


def _go_on(visit: Visit, form: Form) -> Response:
    """From the first page to the form, which is kept from now on under a key of its own."""
    if before := visit.done_before(form):
        return before
    if not form.value("title").strip():
        form.refuse("title", "missing")
        return visit.page(_start_page(visit, form), 422)
    key = str(uuid4())
    merge_accepted(form)
    words = {name: form.value(name) for name in ("title", "problem")}
    words["theme_ids"] = " ".join(form.values("theme_ids"))
    try:
        drafting.keep_typed(visit.session, visit.actor, TypedInput(key=key, fields=words))
    except ValidationError as wrong:
        form.refuse("title", _code_of(wrong))
        return visit.page(_start_page(visit, form), 422)
    except Refused as refusal:
        refuse_idea(form, refusal)
        return visit.page(_start_page(visit, form), 422)
    return visit.done(form, f"/ideer/skriv/{key}")


# --- what is being typed


@router.get("/ideer/skriv/{key}", dependencies=[only(may_send)])
def write_on(visit: AVisit, key: str) -> Response:
    """A form as it was left."""
    typed = drafting.find_typed(visit.session, visit.actor, key)
    if typed is None:
        raise NotFound
    if typed.reference is not None:
        return visit.go(f"/ideer/{typed.reference}/ret?kladde={key}")
    return visit.page(_form_page(visit, _typed_form(visit, typed), None, find_rules(visit)))


def _typed_form(visit: Visit, typed: TypedView) -> Form:
    fields: dict[str, object] = {"maturity": "idea"} | dict(typed.fields)
    fields["theme_ids"] = typed.fields.get("theme_ids", "").split()
    return visit.blank(**fields, key=typed.key, typed_version=typed.version)


@router.post("/ideer/kladde", dependencies=[only(may_send)])
def keep_typed(visit: AVisit, form: SentForm) -> Response:
    """Keep the form as it stands; asked by the page's own script again and again."""
    try:
        count_against(visit.session, f"type:{visit.actor.user_id}", TYPED_PER_HOUR, _HOUR)
        version = _keep(visit, form)
    except ValidationError as wrong:
        return _not_kept(visit, _code_of(wrong), 422)
    except Refused as refusal:
        code = "typed_elsewhere" if refusal.code == "stale" else refusal.code
        return _not_kept(visit, code, 409, **refusal.values)
    except TooMany as stop:
        refuse_for_now(form, stop)
        visit.is_refused = True
        return stop_response(form.errors["form"], 429)
    clock = i18n.format_time(now(), visit.language)
    return taken_response(version=version, say=visit.say("typed_saved", time=clock))


def _not_kept(visit: Visit, code: str, status: int, **values: object) -> Response:
    visit.is_refused = True
    return stop_response(visit.say(code, **values), status)


def _code_of(wrong: ValidationError) -> str:
    code = wrong.errors(include_url=False, include_input=False)[0]["type"]
    return "typed_too_much" if code in ("string_too_long", "too_long") else code


def _keep(visit: Visit, form: Form) -> int:
    """The version that is kept now. Raises Refused and ValidationError."""
    known = {*IdeaDraft.model_fields, *_extra_names(list_fields(visit.session, visit.actor))}
    fields = {name: form.value(name) for name in form.typed if name in known}
    fields["theme_ids"] = " ".join(
        dict.fromkeys(form.values("theme_ids") + form.values("accepted_theme_ids"))
    )
    version = form.value("typed_version")
    given = TypedInput(
        key=form.key,
        fields=fields,
        version=int(version) if version.isascii() and version.isdigit() and len(version) < 10 else 0,
        contribution_id=_draft_id(visit, form.value("draft")),
    )
    row = drafting.keep_typed(visit.session, visit.actor, given)
    form.typed["typed_version"] = [str(row.version)]
    return row.version


def _draft_id(visit: Visit, reference: str) -> int | None:
    return _find_draft(visit, reference).id if reference else None


def _extra_names(fields: Sequence[FieldView]) -> list[str]:
    return [f"{half}{one.part}" for one in fields for half in ("", "secret_", "reason_")]


@router.post("/ideer/kladde/slet", dependencies=[only(may_send)])
def throw_away(visit: AVisit, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    typed = drafting.find_typed(visit.session, visit.actor, form.value("kladde"))
    if typed is None:
        raise NotFound
    drafting.drop_typed(visit.session, visit.actor, typed.key)
    back = f"/ideer/{typed.reference}/ret" if typed.reference else "/ideer/nyt"
    return visit.done(form, back, "idea_thrown_away")


# --- a draft


@router.get("/ideer/{reference}/ret", dependencies=[only(may_send)])
def edit_idea(visit: AVisit, reference: str) -> Response:
    draft = _find_draft(visit, reference)
    begun = [
        one for one in drafting.list_typed(visit.session, visit.actor) if one.contribution_id == draft.id
    ]
    wanted = visit.request.query_params.get("kladde", "")
    typed = next((one for one in begun if one.key == wanted), None)
    if typed is not None:
        return visit.page(_form_page(visit, _typed_form(visit, typed), draft, find_rules(visit)))
    form = visit.blank(**_saved(visit, draft))
    return visit.page(_form_page(visit, form, draft, find_rules(visit), begun=begun))


@router.post("/ideer/{reference}/ret", dependencies=[only(may_send)])
def change_idea(visit: AVisit, form: SentForm, reference: str) -> Response:
    # Asked before the draft is looked for, as it is no draft any more once it is sent.
    if form.value("handling") != "vis" and (before := visit.done_before(form)):
        return before
    return _take_idea(visit, form, _find_draft(visit, reference))


def _find_draft(visit: Visit, reference: str) -> ContributionView:
    idea = queries.find_contribution(visit.session, visit.actor, reference)
    if idea is None or idea.kind != "idea" or not may_edit_draft(visit.actor, idea):
        raise NotFound
    if not may_read_confidential(visit.actor, idea):
        raise NotFound
    return idea


def _saved(visit: Visit, draft: ContributionView) -> dict[str, object]:
    """The draft as fields of the form. Its confidential half is read for it, and that is logged."""
    details = queries.find_idea_details(visit.session, draft.id)
    fields: dict[str, object] = {
        "title": draft.title,
        "body": draft.body,
        "aspect": draft.aspect,
        "theme_ids": [theme.id for theme in draft.themes],
        "version": draft.version,
    }
    fields |= {f"{EXTRA}{line.field_id}": line.value for line in list_answers(visit.session, draft.id)}
    if details is None:
        return fields
    fields |= {part: getattr(details, part) for part in PARTS}
    fields |= {name: _as_typed(getattr(details, name)) for name in FIGURES}
    if details.has_confidential:
        secret = service.read_confidential(visit.session, visit.actor, draft.id)
        fields |= {f"secret_{part}": text for part, text in secret.parts.items()}
        fields |= {f"reason_{part}": text for part, text in secret.reasons.items()}
    return fields


def _as_typed(value: object) -> str | None:
    """A figure as its field takes it, as a Dane writes it."""
    if value is None or isinstance(value, bool):
        return "1" if value else None
    if isinstance(value, Decimal):
        return f"{value:.4f}".rstrip("0").rstrip(".").replace(".", ",")
    return f"{value:,}".replace(",", ".") if isinstance(value, int) else str(value)


# --- taking the form


def _take_idea(visit: Visit, form: Form, draft: ContributionView | None) -> Response:
    merge_accepted(form)
    rules, act = find_rules(visit), form.value("handling")
    given = form.read(IdeaDraft if act in KEEPS else IdeaInput)
    extras = _read_extras(visit, form, is_sent=act not in KEEPS)
    if act == "vis":
        return _show_preview(visit, form, draft, rules, given, extras)
    if given is not None and draft is None and (before := visit.done_before(form)):
        return before
    if act not in KEEPS:
        take_rules(visit, form, rules)
    if given is None or form.errors:
        return visit.page(_form_page(visit, form, draft, rules), 422)
    try:
        return _put_idea(visit, form, given, extras, draft)
    except TooMany as stop:
        refuse_for_now(form, stop)
        return show_brake(visit, _form_page(visit, form, draft, rules), stop)
    except Refused as refusal:
        return _refuse(visit, form, draft, rules, refusal)


def _keep_along(visit: Visit, form: Form) -> None:
    """Keep what is typed also where no script does it; where it cannot be kept, the page still holds it."""
    try:
        with visit.session.begin_nested():
            _keep(visit, form)
    except (ValidationError, Refused):
        return


def _read_extras(visit: Visit, form: Form, *, is_sent: bool) -> dict[int, Extra]:
    """The answers to the organisers' own fields, with a sentence at each that is wrong."""
    found: dict[int, Extra] = {}
    for one in list_fields(visit.session, visit.actor):
        names = {"value": one.part, "secret": f"secret_{one.part}", "reason": f"reason_{one.part}"}
        try:
            found[one.id] = Extra.model_validate({key: form.value(name) for key, name in names.items()})
        except ValidationError as wrong:
            for error in wrong.errors(include_url=False, include_input=False):
                form.refuse(names[str(error["loc"][0])], error["type"], **error.get("ctx", {}))
    for refusal in list_mistakes(visit.session, found, is_sent=is_sent):
        refuse_idea(form, refusal)
    return found


def _show_preview(
    visit: Visit,
    form: Form,
    draft: ContributionView | None,
    rules: int | None,
    given: IdeaDraft | None,
    extras: Mapping[int, Extra],
) -> Response:
    if given is None or form.errors:
        return visit.page(_form_page(visit, form, draft, rules), 422)
    _keep_along(visit, form)
    shown = preview_idea(visit.session, visit.actor, given, extras)
    parts = [_preview_part(part, given, extras) for part in shown.parts]
    return visit.page(_form_page(visit, form, draft, rules, preview=parts))


def _preview_part(part: RedactedPart, given: IdeaDraft, extras: Mapping[int, Extra]) -> PreviewPart:
    if part.part.startswith(EXTRA):
        secret = extras[int(part.part.removeprefix(EXTRA))].secret
    else:
        secret = given.confidential.get(part.part, "")
    return PreviewPart(part.part, part.label, part.text, secret, part.reason)


def _put_idea(
    visit: Visit,
    form: Form,
    given: IdeaDraft,
    extras: Mapping[int, Extra],
    draft: ContributionView | None,
) -> Response:
    """Send it, or keep it for later; what was typed is forgotten by both."""
    draft_id = draft.id if draft else None
    if isinstance(given, IdeaInput):
        count_sending(visit)
        days = visit.kit.site.answer_within_days
        idea = service.send_idea(visit.session, visit.actor, given, days, draft_id, extras)
        onward, notice = "kvittering", None
    else:
        count_against(visit.session, f"save:{visit.actor.user_id}", SAVED_PER_HOUR, _HOUR)
        idea = service.save_idea_draft(visit.session, visit.actor, given, draft_id, extras)
        onward, notice = KEEPS[form.value("handling")], "draft_saved"
    drafting.finish_typed(visit.session, visit.actor, form.key)
    return visit.done(form, f"/ideer/{idea.reference}/{onward}", notice)


def _refuse(
    visit: Visit, form: Form, draft: ContributionView | None, rules: int | None, refusal: Refused
) -> Response:
    if refusal.code != "stale" or draft is None:
        before = take_repetition(form, refusal)
        refuse_idea(form, refusal)
        return visit.page(_form_page(visit, form, draft, rules, before=before), 422)
    form.refuse("form", "stale")
    # The page below rolls back, but that the saved confidential half was read must stay logged.
    visit.session.rollback()
    saved = _saved(visit, draft)
    visit.session.commit()
    form.typed["version"] = [str(draft.version)]
    theirs = {
        name: str(value or "")
        for name, value in saved.items()
        if name not in ("version", "theme_ids") and str(value or "") != form.value(name)
    }
    return visit.page(_form_page(visit, form, draft, rules, theirs=theirs), 409)


def _form_page(
    visit: Visit,
    form: Form,
    draft: ContributionView | None,
    rules: int | None,
    *,
    preview: list[PreviewPart] | None = None,
    before: str | None = None,
    theirs: dict[str, str] | None = None,
    begun: Sequence[TypedView] = (),
) -> IdeaFormPage:
    text = "\n".join(form.value(name) for name in ("title", "body", "problem", "proposal"))
    itself = ("idea", draft.id) if draft else None
    return IdeaFormPage(
        form=form,
        draft=draft,
        fields=list_fields(visit.session, visit.actor),
        menus=list_theme_menus(visit),
        reading=read_text(visit, text, form.values("theme_ids"), except_for=itself),
        answer_by=answer_by(visit),
        is_confirmed=visit.actor.is_confirmed,
        rules=rules,
        preview=preview,
        before=before,
        theirs=theirs,
        begun=list(begun),
    )
