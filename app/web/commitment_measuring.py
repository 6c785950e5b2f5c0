"""What is noted on the way: steps and their days, what is measured by, what was measured, corrections."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from fastapi.responses import Response

from app.core.clock import today
from app.core.policy import NotFound, Refused, require
from app.domain.commitments import measuring, milestones
from app.domain.commitments.policy import may_commit, may_edit, may_report
from app.domain.commitments.queries import (
    CommitmentView,
    IndicatorView,
    MeasurementView,
    MilestoneView,
)
from app.domain.commitments.schemas import (
    CorrectionInput,
    IndicatorEdit,
    IndicatorInput,
    MeasurementInput,
    MilestoneEdit,
    MilestoneInput,
    MoveInput,
    TickInput,
)
from app.http.doors import Router
from app.http.forms import Form, SentForm
from app.http.pages import Page
from app.http.visit import AVisit, Visit, only
from app.web.commitment_writing import ONE, path_of, press
from app.web.commitments import find_commitment

router = Router()

STEPS = ONE + "/milepaele"
STEP = STEPS + "/{number:int}"
AIMS = ONE + "/indikatorer"
AIM = AIMS + "/{number:int}"
MEASURED = ONE + "/maalinger/{number:int}"

FIELDS = {
    "deadline_same": "new_on",
    "deadline_past": "new_on",
    "deadline_needs_reason": "due_on",
    "done_in_future": "done_on",
    "measured_in_future": "measured_on",
    "measured_before_baseline": "measured_on",
    "measured_already": "measured_on",
}


@dataclass
class OnTheWayPage(Page):
    """A form about one thing of a commitment. `act`: step, move_step, tick, aim, measure or correct; the
    thing that it is about, where there is one already."""

    template: ClassVar[str] = "commitments/on_the_way.html"
    act: str
    form: Form
    commitment: CommitmentView
    action: str
    step: MilestoneView | None = None
    indicator: IndicatorView | None = None
    measurement: MeasurementView | None = None


Verb = Callable[[CommitmentView], object | None]
Ask = Callable[[CommitmentView, Form], OnTheWayPage]


def open_commitment(visit: Visit, reference: str) -> CommitmentView:
    """The commitment, for who may note something on it. Raises NotFound, NotAllowed."""
    found = find_commitment(visit, reference)
    require(may_report(visit.actor, found))
    return found


def send(visit: Visit, form: Form, reference: str, notice: str, ask: Ask, verb: Verb) -> Response:
    """Take a form; `verb` gives None where it is wrong."""
    if before := visit.done_before(form):
        return before
    found = open_commitment(visit, reference)
    page = ask(found, form)
    try:
        if verb(found) is not None:
            return visit.done(form, path_of(found), notice)
        _place_errors(form)
        status = 422
    except Refused as refusal:
        form.refuse(FIELDS.get(refusal.code, "form"), refusal.code, **refusal.values)
        status = 409 if refusal.code == "stale" else 422
        newest = page.step or page.indicator
        if newest is not None:
            form.typed["version"] = [str(newest.version)]
    return visit.page(page, status)


def _place_errors(form: Form) -> None:
    """What is wrong with two fields together stands at the second."""
    if "form" in form.errors and form.has("target_value"):
        form.errors["target_value"] = form.errors.pop("form")


# --- steps


def _find_step(found: CommitmentView, number: int) -> MilestoneView:
    step = next((one for one in found.milestones if one.id == number), None)
    if step is None:
        raise NotFound
    return step


@router.get(STEPS + "/ny", dependencies=[only(may_commit)])
def new_step(visit: AVisit, reference: str) -> Response:
    return visit.page(_ask_step(open_commitment(visit, reference), visit.blank()))


def _ask_step(found: CommitmentView, form: Form) -> OnTheWayPage:
    return OnTheWayPage("step", form, found, f"{path_of(found)}/milepaele/ny")


@router.post(STEPS + "/ny", dependencies=[only(may_commit)])
def add_step(visit: AVisit, form: SentForm, reference: str) -> Response:
    def verb(found: CommitmentView) -> object | None:
        given = form.read(MilestoneInput)
        return given and milestones.add_milestone(visit.session, visit.actor, found.line.id, given)

    return send(visit, form, reference, "promise_step_saved", _ask_step, verb)


@router.get(STEP, dependencies=[only(may_commit)])
def edit_step_page(visit: AVisit, reference: str, number: int) -> Response:
    found = open_commitment(visit, reference)
    step = _find_step(found, number)
    require(may_edit(visit.actor, found))
    form = visit.blank(
        title=step.title, title_en=step.title_en, due_on=step.due_on.isoformat(), version=step.version
    )
    return visit.page(_ask_this_step("step", "", number)(found, form))


def _ask_this_step(act: str, word: str, number: int) -> Ask:
    def ask(found: CommitmentView, form: Form) -> OnTheWayPage:
        path = f"{path_of(found)}/milepaele/{number}{word}"
        return OnTheWayPage(act, form, found, path, step=_find_step(found, number))

    return ask


@router.post(STEP, dependencies=[only(may_commit)])
def edit_step(visit: AVisit, form: SentForm, reference: str, number: int) -> Response:
    def verb(found: CommitmentView) -> object | None:
        if found.published_at is not None:
            # Its words stay, and its day is moved with a reason; the form asks for neither.
            step = _find_step(found, number)
            form.typed["due_on"] = [step.due_on.isoformat()]
            form.typed.setdefault("title", [step.title])
        given = form.read(MilestoneEdit)
        return given and milestones.edit_milestone(visit.session, visit.actor, number, given)

    return send(visit, form, reference, "promise_step_saved", _ask_this_step("step", "", number), verb)


@router.post(STEP + "/slet", dependencies=[only(may_commit)])
def remove_step(visit: AVisit, form: SentForm, reference: str, number: int) -> Response:
    def verb(found: CommitmentView) -> None:
        milestones.remove_milestone(visit.session, visit.actor, _find_step(found, number).id)

    return press(visit, form, reference, "promise_step_removed", verb)


@router.get(STEP + "/naaet", dependencies=[only(may_commit)])
def tick_page(visit: AVisit, reference: str, number: int) -> Response:
    found = open_commitment(visit, reference)
    form = visit.blank(done_on=today().isoformat(), version=_find_step(found, number).version)
    return visit.page(_ask_this_step("tick", "/naaet", number)(found, form))


@router.post(STEP + "/naaet", dependencies=[only(may_commit)])
def tick(visit: AVisit, form: SentForm, reference: str, number: int) -> Response:
    """Note the day; without one the tick is taken off."""
    notice = "promise_step_done" if form.value("done_on") else "promise_step_open"

    def verb(found: CommitmentView) -> object | None:
        given = form.read(TickInput)
        step = _find_step(found, number)
        return given and milestones.tick_milestone(visit.session, visit.actor, step.id, given)

    return send(visit, form, reference, notice, _ask_this_step("tick", "/naaet", number), verb)


@router.get(STEP + "/dag", dependencies=[only(may_commit)])
def move_step_page(visit: AVisit, reference: str, number: int) -> Response:
    found = open_commitment(visit, reference)
    form = visit.blank(version=_find_step(found, number).version)
    return visit.page(_ask_this_step("move_step", "/dag", number)(found, form))


@router.post(STEP + "/dag", dependencies=[only(may_commit)])
def move_step(visit: AVisit, form: SentForm, reference: str, number: int) -> Response:
    def verb(found: CommitmentView) -> object | None:
        given = form.read(MoveInput)
        step = _find_step(found, number)
        return given and milestones.move_milestone(visit.session, visit.actor, step.id, given)

    return send(visit, form, reference, "promise_moved", _ask_this_step("move_step", "/dag", number), verb)


# --- what it is measured by


def _find_aim(found: CommitmentView, number: int) -> IndicatorView:
    aim = next((one for one in found.indicators if one.id == number), None)
    if aim is None:
        raise NotFound
    return aim


def _ask_aim(found: CommitmentView, form: Form) -> OnTheWayPage:
    return OnTheWayPage("aim", form, found, f"{path_of(found)}/indikatorer/ny")


def _open_to_edit(visit: Visit, reference: str) -> CommitmentView:
    found = open_commitment(visit, reference)
    require(may_edit(visit.actor, found))
    return found


@router.get(AIMS + "/ny", dependencies=[only(may_commit)])
def new_aim(visit: AVisit, reference: str) -> Response:
    found = _open_to_edit(visit, reference)
    return visit.page(_ask_aim(found, visit.blank(direction="up", target_on=found.line.deadline.isoformat())))


@router.post(AIMS + "/ny", dependencies=[only(may_commit)])
def add_aim(visit: AVisit, form: SentForm, reference: str) -> Response:
    def verb(found: CommitmentView) -> object | None:
        require(may_edit(visit.actor, found))
        given = form.read(IndicatorInput)
        return given and measuring.add_indicator(visit.session, visit.actor, found.line.id, given)

    return send(visit, form, reference, "promise_aim_saved", _ask_aim, verb)


def _ask_this_aim(act: str, word: str, number: int) -> Ask:
    def ask(found: CommitmentView, form: Form) -> OnTheWayPage:
        path = f"{path_of(found)}/indikatorer/{number}{word}"
        return OnTheWayPage(act, form, found, path, indicator=_find_aim(found, number))

    return ask


@router.get(AIM, dependencies=[only(may_commit)])
def edit_aim_page(visit: AVisit, reference: str, number: int) -> Response:
    found = _open_to_edit(visit, reference)
    aim = _find_aim(found, number)
    form = visit.blank(
        name=aim.name,
        name_en=aim.name_en,
        unit=aim.unit,
        unit_en=aim.unit_en,
        method=aim.method,
        baseline_value=as_typed(aim.baseline_value),
        baseline_on=aim.baseline_on.isoformat(),
        target_value=as_typed(aim.target_value),
        target_on=aim.target_on.isoformat(),
        direction=aim.direction,
        version=aim.version,
    )
    return visit.page(_ask_this_aim("aim", "", number)(found, form))


@router.post(AIM, dependencies=[only(may_commit)])
def edit_aim(visit: AVisit, form: SentForm, reference: str, number: int) -> Response:
    def verb(found: CommitmentView) -> object | None:
        require(may_edit(visit.actor, found))
        given = form.read(IndicatorEdit)
        aim = _find_aim(found, number)
        return given and measuring.edit_indicator(visit.session, visit.actor, aim.id, given)

    return send(visit, form, reference, "promise_aim_saved", _ask_this_aim("aim", "", number), verb)


@router.post(AIM + "/slet", dependencies=[only(may_commit)])
def remove_aim(visit: AVisit, form: SentForm, reference: str, number: int) -> Response:
    def verb(found: CommitmentView) -> None:
        measuring.remove_indicator(visit.session, visit.actor, _find_aim(found, number).id)

    return press(visit, form, reference, "promise_aim_removed", verb)


@router.get(AIM + "/maal", dependencies=[only(may_commit)])
def measure_page(visit: AVisit, reference: str, number: int) -> Response:
    found = open_commitment(visit, reference)
    form = visit.blank(measured_on=today().isoformat())
    return visit.page(_ask_this_aim("measure", "/maal", number)(found, form))


@router.post(AIM + "/maal", dependencies=[only(may_commit)])
def measure(visit: AVisit, form: SentForm, reference: str, number: int) -> Response:
    def verb(found: CommitmentView) -> object | None:
        given = form.read(MeasurementInput)
        aim = _find_aim(found, number)
        return given and measuring.measure(visit.session, visit.actor, aim.id, given)

    return send(visit, form, reference, "promise_measured", _ask_this_aim("measure", "/maal", number), verb)


def _ask_correction(number: int) -> Ask:
    def ask(found: CommitmentView, form: Form) -> OnTheWayPage:
        for aim in found.indicators:
            for one in (*aim.measurements, *aim.corrected):
                if one.id == number:
                    path = f"{path_of(found)}/maalinger/{number}/ret"
                    return OnTheWayPage("correct", form, found, path, indicator=aim, measurement=one)
        raise NotFound

    return ask


@router.get(MEASURED + "/ret", dependencies=[only(may_commit)])
def correct_page(visit: AVisit, reference: str, number: int) -> Response:
    found = open_commitment(visit, reference)
    page = _ask_correction(number)(found, visit.blank())
    known = page.measurement
    assert known is not None
    page.form = visit.blank(
        measured_on=known.measured_on.isoformat(),
        value=as_typed(known.value),
        source_text=known.source_text,
        source_url=known.source_url,
        note=known.note,
    )
    return visit.page(page)


@router.post(MEASURED + "/ret", dependencies=[only(may_commit)])
def correct(visit: AVisit, form: SentForm, reference: str, number: int) -> Response:
    ask = _ask_correction(number)

    def verb(found: CommitmentView) -> object | None:
        ask(found, form)  # of this commitment
        given = form.read(CorrectionInput)
        return given and measuring.correct_measurement(visit.session, visit.actor, number, given)

    return send(visit, form, reference, "promise_corrected", ask, verb)


def as_typed(value: Decimal) -> str:
    """A figure as a Dane writes it, without dots, which could be read in two ways."""
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return text.replace(".", ",")
