"""Digital maturity: what is asked, what municipalities are on average, and one of them through time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar, Final, TypeVar

from fastapi.responses import Response
from pydantic import ValidationError

from app.core.clock import today
from app.core.policy import NotFound, Refused, require
from app.domain.organisations.models import Organisation
from app.domain.priorities import maturity
from app.domain.priorities.maturity import AssessmentView, Average, DimensionView, OpenMunicipality
from app.domain.priorities.policy import (
    may_assess_own,
    may_define_maturity,
    may_read_own_maturity,
)
from app.domain.priorities.schemas import AssessmentEdit, AssessmentInput
from app.domain.strategies.policy import own_municipality
from app.http.doors import Router
from app.http.forms import Form, SentForm
from app.http.pages import Page
from app.http.sentences import add_sentences
from app.http.visit import AVisit, Visit, anyone, only
from app.web.filters import whole_number
from app.web.maturity_drawing import Course, Web, draw_courses, draw_web
from app.web.own_policy import get_municipality, get_own_municipality
from app.web.plan_pages import Difference, compare

router = Router()
M = TypeVar("M", bound=AssessmentInput)

OVERVIEW: Final = "/modenhed"
PLACE: Final = "/kommuner/{key}/modenhed"
ONE: Final = PLACE + "/{assessment_id:int}"


def _(text: str) -> str:
    return text


add_sentences(
    {
        "unknown_dimension": _("Et af målene spørges der ikke om længere. Genindlæs siden."),
        "day_assessed": _("I har vurderet jer den dag. Ret den vurdering, eller vælg en anden dag."),
        "unknown_opening": _("Vælg, hvem der må læse niveauerne."),
        "dimension_twice": _("Det samme mål er der to gange."),
        "maturity_day": _("Skriv en dag fra år 2000 til i dag."),
        "maturity_without_levels": _("Giv mindst ét niveau, før I gemmer."),
        "maturity_note_alone": _("Der står en bemærkning uden et niveau. Vælg et niveau, eller slet den."),
        "notice_maturity_saved": _("Vurderingen er gemt og tegnet ind."),
        "notice_maturity_removed": _("Vurderingen er fjernet. Ingen kan læse den, og den tæller ikke med."),
        "notice_maturity_opened": _("Det er ændret, hvem der må læse jeres niveauer."),
        "notice_maturity_dimension": _("Målet er gemt."),
        "notice_maturity_retired": _("Der spørges ikke om målet længere. Svarene bliver stående."),
        "notice_maturity_reopened": _("Der spørges om målet igen."),
    }
)

# The field that a sentence belongs to, and our words for it.
FIELDS: Final = {"day_assessed": "assessed_on", "future_day": "assessed_on", "unknown_opening": "visibility"}
WORDS: Final = {"future_day": "maturity_day"}


@dataclass(frozen=True, slots=True)
class Quarter:
    """The end of a quarter with the averages that may be told, by dimension."""

    on: date
    means: Mapping[int, Average]


@dataclass
class OverviewPage(Page):
    """`trends`: by dimension, (end of quarter, mean or None). `here`: the municipality of the reader."""

    template: ClassVar[str] = "maturity/overview.html"
    dimensions: list[DimensionView]
    quarters: list[Quarter]
    opened: list[OpenMunicipality]
    here: Organisation | None
    may_define: bool


@dataclass
class MaturityPage(Page):
    """`dimensions`: those that are asked for or were answered before. `means`: the newest average
    of each that may be told. `opening` and `form` are for the municipality's own."""

    template: ClassVar[str] = "maturity/show.html"
    municipality: Organisation
    dimensions: list[DimensionView]
    assessments: list[AssessmentView]
    means: Mapping[int, Average]
    web: Web | None
    courses: Mapping[int, Course]
    opening: str
    is_own: bool
    may_assess: bool
    form: Form


@dataclass
class AssessPage(Page):
    """`assessment`: the one that is changed, None for a new one. `other_id`: the one of the same day."""

    template: ClassVar[str] = "maturity/assess.html"
    municipality: Organisation
    dimensions: list[DimensionView]
    assessment: AssessmentView | None
    form: Form
    differences: Sequence[Difference] = ()
    other_id: int | None = None


# --- reading


@router.get(OVERVIEW, dependencies=[anyone])
def show_overview(visit: AVisit) -> Response:
    session, actor = visit.session, visit.actor
    own_id = own_municipality(actor)
    return visit.page(
        OverviewPage(
            dimensions=maturity.list_dimensions(session),
            quarters=list_quarters(visit),
            opened=maturity.list_open_municipalities(session, actor),
            here=session.get(Organisation, own_id) if own_id is not None else None,
            may_define=may_define_maturity(actor),
        )
    )


def list_quarters(visit: Visit) -> list[Quarter]:
    """Those of which anything may be told, the first first."""
    by_day: dict[date, dict[int, Average]] = {}
    for one in maturity.list_averages(visit.session):
        if one.mean is not None:
            by_day.setdefault(one.on, {})[one.dimension_id] = one
    return [Quarter(on, means) for on, means in sorted(by_day.items())]


@router.get(PLACE, dependencies=[anyone])
def show_maturity(visit: AVisit, key: str) -> Response:
    municipality = get_municipality(visit, key)
    return visit.page(_make_page(visit, municipality))


def _make_page(visit: Visit, municipality: Organisation, form: Form | None = None) -> MaturityPage:
    session, actor = visit.session, visit.actor
    is_own = own_municipality(actor) == municipality.id
    assessments = maturity.list_assessments(session, actor, municipality.id)
    answered = {level.dimension_id for one in assessments for level in one.levels}
    known = maturity.list_dimensions(session, with_retired=True)
    dimensions = [one for one in known if not one.is_retired or one.id in answered]
    quarters = list_quarters(visit) if assessments else []
    means = dict(quarters[-1].means) if quarters else {}
    opening = maturity.find_opening(session, municipality.id) if is_own else ""
    return MaturityPage(
        municipality=municipality,
        dimensions=dimensions,
        assessments=assessments,
        means=means,
        web=_draw(dimensions, assessments, means),
        courses=draw_courses(maturity.draw_series(assessments)),
        opening=opening,
        is_own=is_own,
        may_assess=is_own and may_assess_own(session, actor),
        form=form or visit.blank(visibility=opening),
    )


def _draw(
    dimensions: Sequence[DimensionView],
    assessments: Sequence[AssessmentView],
    means: Mapping[int, Average],
) -> Web | None:
    if not assessments:
        return None
    shapes: dict[str, dict[int, float]] = {
        "average": {key: float(one.mean) for key, one in means.items() if one.mean is not None}
    }
    if len(assessments) > 1:
        shapes["before"] = levels_of(assessments[1])
    shapes["now"] = levels_of(assessments[0])
    return draw_web([one.id for one in dimensions], shapes)


def levels_of(assessment: AssessmentView) -> dict[int, float]:
    return {level.dimension_id: level.level for level in assessment.levels}


# --- assessing


def _own(visit: Visit, key: str) -> Organisation:
    municipality = get_own_municipality(visit, key)
    require(may_assess_own(visit.session, visit.actor))
    return municipality


def _find(visit: Visit, municipality: Organisation, assessment_id: int) -> AssessmentView:
    found = maturity.list_assessments(visit.session, visit.actor, municipality.id)
    one = next((one for one in found if one.id == assessment_id), None)
    if one is None:
        raise NotFound
    return one


def _asked(visit: Visit, assessment: AssessmentView | None) -> list[DimensionView]:
    """What is asked, and what this one has answered before it was asked no more."""
    held = {level.dimension_id for level in assessment.levels} if assessment else set()
    known = maturity.list_dimensions(visit.session, with_retired=True)
    return [one for one in known if not one.is_retired or one.id in held]


@router.get(PLACE + "/ny", dependencies=[only(may_read_own_maturity)])
def new_assessment(visit: AVisit, key: str) -> Response:
    """The form begins with what was said last, so that one changes what has moved; its notes stay with it."""
    municipality = _own(visit, key)
    before = maturity.list_assessments(visit.session, visit.actor, municipality.id)
    fields = {f"level-{key}": level for key, level in levels_of(before[0]).items()} if before else {}
    form = visit.blank(assessed_on=today().isoformat(), **fields)
    return visit.page(AssessPage(municipality, _asked(visit, None), None, form))


@router.post(PLACE + "/ny", dependencies=[only(may_read_own_maturity)])
def assess(visit: AVisit, form: SentForm, key: str) -> Response:
    if before := visit.done_before(form):
        return before
    municipality = _own(visit, key)
    asked = _asked(visit, None)
    given = read_assessment(form, asked, AssessmentInput)
    other_id = None
    if given is not None:
        try:
            maturity.assess_maturity(visit.session, visit.actor, given)
            return visit.done(form, f"/kommuner/{municipality.key}/modenhed", "maturity_saved")
        except Refused as refusal:
            other_id = take_refusal(form, refusal)
    return visit.page(AssessPage(municipality, asked, None, form, other_id=other_id), 422)


@router.get(ONE + "/ret", dependencies=[only(may_read_own_maturity)])
def edit_page(visit: AVisit, key: str, assessment_id: int) -> Response:
    municipality = _own(visit, key)
    one = _find(visit, municipality, assessment_id)
    asked = _asked(visit, one)
    return visit.page(AssessPage(municipality, asked, one, visit.blank(**_fields_of(one, asked))))


def _fields_of(one: AssessmentView, asked: Sequence[DimensionView]) -> dict[str, object]:
    fields: dict[str, object] = {"assessed_on": one.assessed_on.isoformat(), "note": one.note}
    held = {level.dimension_id: level for level in one.levels}
    for dimension in asked:
        level = held.get(dimension.id)
        fields[f"level-{dimension.id}"] = level.level if level else ""
        fields[f"note-{dimension.id}"] = level.note if level else ""
    return fields | {"version": one.version}


@router.post(ONE + "/ret", dependencies=[only(may_read_own_maturity)])
def edit(visit: AVisit, form: SentForm, key: str, assessment_id: int) -> Response:
    if before := visit.done_before(form):
        return before
    municipality = _own(visit, key)
    one = _find(visit, municipality, assessment_id)
    asked = _asked(visit, one)
    given = read_assessment(form, asked, AssessmentEdit)
    page = AssessPage(municipality, asked, one, form)
    if given is None:
        return visit.page(page, 422)
    try:
        maturity.edit_assessment(visit.session, visit.actor, assessment_id, given)
    except Refused as refusal:
        page.other_id = take_refusal(form, refusal)
        if refusal.code != "stale":
            return visit.page(page, 422)
        page.differences = compare(form, _fields_of(one, asked))
        return visit.page(page, 409)
    return visit.done(form, f"/kommuner/{municipality.key}/modenhed", "maturity_saved")


@router.post(ONE + "/fjern", dependencies=[only(may_read_own_maturity)])
def remove(visit: AVisit, form: SentForm, key: str, assessment_id: int) -> Response:
    if before := visit.done_before(form):
        return before
    municipality = _own(visit, key)
    one = _find(visit, municipality, assessment_id)
    version = whole_number(form.value("version"), digits=9) or 0
    try:
        maturity.remove_assessment(visit.session, visit.actor, assessment_id, version)
    except Refused as refusal:
        asked = _asked(visit, one)
        again = visit.blank(**_fields_of(one, asked))
        again.refuse("form", refusal.code)
        return visit.page(AssessPage(municipality, asked, one, again), 409)
    return visit.done(form, f"/kommuner/{municipality.key}/modenhed", "maturity_removed")


@router.post(PLACE + "/aabning", dependencies=[only(may_read_own_maturity)])
def open_levels(visit: AVisit, form: SentForm, key: str) -> Response:
    if before := visit.done_before(form):
        return before
    municipality = _own(visit, key)
    try:
        maturity.open_maturity(visit.session, visit.actor, form.value("visibility"))
    except Refused as refusal:
        take_refusal(form, refusal)
        return visit.page(_make_page(visit, municipality, form), 422)
    return visit.done(form, f"/kommuner/{municipality.key}/modenhed", "maturity_opened")


def take_refusal(form: Form, refusal: Refused) -> int | None:
    """Put the sentence where it belongs; the number of the assessment that is in the way, if one is."""
    form.refuse(FIELDS.get(refusal.code, "form"), refusal.code)
    other = refusal.values.get("assessment_id")
    return other if isinstance(other, int) else None


def read_assessment(form: Form, asked: Sequence[DimensionView], model: type[M]) -> M | None:
    """What is said in the fields level-ID and note-ID; a dimension without a level is left out. None with a
    sentence at each field that is wrong."""
    levels: list[dict[str, Any]] = []
    for dimension in asked:
        level, note = form.value(f"level-{dimension.id}"), form.value(f"note-{dimension.id}")
        if level:
            levels.append({"dimension_id": dimension.id, "level": level, "note": note})
        elif note.strip():
            form.refuse(f"level-{dimension.id}", "maturity_note_alone")
    raw: dict[str, Any] = {
        "assessed_on": form.value("assessed_on").strip(),
        "note": form.value("note"),
        "levels": levels,
    }
    if form.has("version"):
        raw["version"] = form.value("version")
    try:
        given = model.model_validate(raw)
    except ValidationError as wrong:
        for error in wrong.errors(include_url=False, include_input=False):
            _refuse(form, error, levels)
        return None
    return given if not form.errors else None


def _refuse(form: Form, error: Any, levels: Sequence[Mapping[str, Any]]) -> None:
    place, code, values = error["loc"], error["type"], error.get("ctx", {})
    name = str(place[0]) if place else FIELDS.get(code, "form")
    if name == "levels":
        if len(place) < 3:
            form.refuse("form", "maturity_without_levels")
            return
        name = f"{place[2]}-{levels[int(place[1])]['dimension_id']}"
    # As in Form.read: a text of ours says "too_long" as a list would.
    is_text = values.get("field_type") == "Value"
    form.refuse(name, f"string_{code}" if is_text else WORDS.get(code, code), **values)
