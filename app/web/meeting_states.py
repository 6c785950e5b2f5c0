"""The states of a meeting, for staff: where it stands, what may follow, calling it off and moving it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ClassVar

from fastapi.responses import Response
from sqlalchemy.orm import Session

from app.core.policy import Actor, NotFound, Refused
from app.domain.meetings import states
from app.domain.meetings.models import Meeting
from app.domain.meetings.policy import may_plan_meetings
from app.domain.meetings.queries import MeetingView
from app.domain.meetings.schemas import NewDateInput, ReasonInput
from app.domain.minutes.withdrawing import why_not_withdraw
from app.domain.outbox.queries import find_laid
from app.domain.outbox.schemas import Kind
from app.http.doors import Router
from app.http.forms import Form, SentForm
from app.http.pages import Page
from app.http.sentences import add_sentences
from app.http.visit import AVisit, Visit, only
from app.web.meetings import open_meeting
from app.web.plan_pages import Difference, clock_text, compare, read_version

router = Router()

STATUS = "/moeder/{key}/rediger/status"
# The way of a meeting that is held, in order; being full is a kind of open.
WAY = ("draft", "announced", "open", "live", "closed", "minutes_in_review", "approved")


def _(text: str) -> str:
    return text


add_sentences(
    {
        "turn_not_possible": _(
            "Det kan ikke lade sig gøre, som mødet står nu. Siden viser, hvad du kan gøre."
        ),
        "not_the_day": _("Mødet kan først sættes i gang på dagen."),
        "same_date": _("Det er den dag og det tidspunkt, mødet har i forvejen."),
        "date_is_past": _("Vælg en dag, der ikke er gået."),
        "day_needed": _(
            "Der er åbnet for tilmelding, så mødet skal have en dag. "
            "Luk for tilmeldingen, eller udskyd mødet, til dagen er fundet."
        ),
        "date_is_off": _(
            "Mødet er aflyst eller udskudt. Sæt den nye dato under »Status«, så alle får besked om den."
        ),
        "notice_meeting_cancelled": _(
            "Mødet er aflyst, og siden siger hvorfor. Beskeden ligger i udbakken, til du sender den."
        ),
        "notice_meeting_postponed": _(
            "Mødet er udskudt, og siden siger hvorfor. Beskeden ligger i udbakken, til du sender den."
        ),
        "notice_meeting_moved": _(
            "Mødet er flyttet, og programmet er fulgt med. Beskeden ligger i udbakken, til du sender den."
        ),
        "notice_meeting_cancelled_untold": _(
            "Mødet er aflyst, og siden siger hvorfor. Der er ingen at skrive til endnu."
        ),
        "notice_meeting_postponed_untold": _(
            "Mødet er udskudt, og siden siger hvorfor. Der er ingen at skrive til endnu."
        ),
        "notice_meeting_moved_untold": _(
            "Mødet er flyttet, og programmet er fulgt med. Der er ingen besked at sende."
        ),
        "meeting_has_record": _(
            "Mødet er holdt, og der er indspil eller et referat fra det, så siden skal blive stående."
        ),
        "notice_meeting_resumed": _("Mødet bliver holdt som planlagt."),
        "notice_meeting_postponed_again": _("Mødet er igen udskudt."),
        "notice_meeting_started": _("Mødet er i gang."),
        "notice_meeting_stood_back": _("Mødet er sat tilbage."),
        "notice_meeting_closed": _("Mødet er slut."),
        "notice_minutes_sent": _("Referatet er til kommentering."),
        "notice_minutes_approved": _("Referatet er godkendt, og mødet er afsluttet."),
    }
)

# The mails that tell those who know of a meeting what has become of it.
TELLING: tuple[Kind, ...] = ("cancelled", "postponed", "moved")

Verb = Callable[[Session, Actor, int], Meeting]
# What one press does, by its word in the address: the verb, and the notice for it.
PRESSES: dict[str, tuple[Verb, str]] = {
    "genoptag": (states.resume_meeting, "meeting_resumed"),
    "start": (states.start_meeting, "meeting_started"),
    "ikke-startet": (states.undo_start, "meeting_stood_back"),
    "slut": (states.close_meeting, "meeting_closed"),
    "ikke-slut": (states.undo_close, "meeting_stood_back"),
}


@dataclass(frozen=True, slots=True)
class Reasoned:
    """A turn that asks for a reason: its verb, what leads to it, and the notice when it is done."""

    name: str
    turn: str
    notice: str


REASONED = {
    "aflys": Reasoned("cancel", "cancel_meeting", "meeting_cancelled"),
    "udskyd": Reasoned("postpone", "postpone", "meeting_postponed"),
}


@dataclass
class StatusPage(Page):
    """`waiting_batch`: the mails that tell of where the meeting stands, while nobody has sent them."""

    template: ClassVar[str] = "planning/status.html"
    meeting: MeetingView
    form: Form
    turns: frozenset[str]
    may_move: bool
    way: tuple[str, ...]
    is_today: bool
    waiting_batch: int | None


@dataclass
class ReasonPage(Page):
    """Asks for a reason. `name`: cancel or postpone."""

    template: ClassVar[str] = "planning/reason.html"
    meeting: MeetingView
    form: Form
    name: str


@dataclass
class NewDatePage(Page):
    template: ClassVar[str] = "planning/new_date.html"
    meeting: MeetingView
    form: Form
    differences: list[Difference] = field(default_factory=list)


def _path(meeting: MeetingView) -> str:
    return f"/moeder/{meeting.key}/rediger/status"


def _find_waiting(visit: Visit, meeting: MeetingView) -> int | None:
    return find_laid(visit.session, meeting.id, TELLING).waiting_id


def _tell(visit: Visit, meeting: MeetingView, notice: str) -> str:
    """The notice for what was done: nobody is sent to the outbox for a message that does not lie there."""
    return notice if _find_waiting(visit, meeting) else f"{notice}_untold"


def _status_page(visit: Visit, meeting: MeetingView, form: Form) -> StatusPage:
    turns = states.list_turns(meeting)
    if "withdraw" in turns and why_not_withdraw(visit.session, meeting):
        turns -= {"withdraw"}
    return StatusPage(
        meeting=meeting,
        form=form,
        turns=turns,
        may_move=states.may_move(meeting),
        way=WAY,
        is_today=states.is_today(meeting),
        waiting_batch=_find_waiting(visit, meeting),
    )


@router.get(STATUS, dependencies=[only(may_plan_meetings)])
def show_status(visit: AVisit, key: str) -> Response:
    return visit.page(_status_page(visit, open_meeting(visit, key), visit.blank()))


@router.get(STATUS + "/ny-dato", dependencies=[only(may_plan_meetings)])
def choose_new_date(visit: AVisit, key: str) -> Response:
    meeting = open_meeting(visit, key)
    if not states.may_move(meeting):
        return visit.go(_path(meeting))
    return visit.page(NewDatePage(meeting, visit.blank(**_date_values(meeting))))


@router.post(STATUS + "/ny-dato", dependencies=[only(may_plan_meetings)])
def set_new_date(visit: AVisit, key: str, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    meeting = open_meeting(visit, key)
    given = form.read(NewDateInput)
    if given is None:
        return visit.page(NewDatePage(meeting, form), 422)
    try:
        states.set_new_date(visit.session, visit.actor, meeting.id, read_version(form), given)
        return visit.done(form, _path(meeting), _tell(visit, meeting, "meeting_moved"))
    except Refused as refusal:
        form.refuse(
            "held_on" if refusal.code in ("same_date", "date_is_past", "day_needed") else "form", refusal.code
        )
        is_stale = refusal.code == "stale"
    differences = compare(form, _date_values(meeting)) if is_stale else []
    return visit.page(NewDatePage(meeting, form, differences), 409 if is_stale else 422)


def _date_values(meeting: MeetingView) -> dict[str, object]:
    return {
        "held_on": meeting.held_on.isoformat(),
        "starts": clock_text(meeting.starts_at),
        "ends": clock_text(meeting.ends_at),
        "date_certainty": meeting.date_certainty,
        "version": meeting.version,
    }


@router.get(STATUS + "/{word}", dependencies=[only(may_plan_meetings)])
def ask_for_reason(visit: AVisit, key: str, word: str) -> Response:
    meeting = open_meeting(visit, key)
    reasoned = REASONED.get(word)
    if reasoned is None:
        raise NotFound
    if reasoned.turn not in states.list_turns(meeting):
        return visit.go(_path(meeting))
    form = visit.blank(version=meeting.version)
    return visit.page(ReasonPage(meeting, form, reasoned.name))


@router.post(STATUS + "/{word}", dependencies=[only(may_plan_meetings)])
def turn_meeting(visit: AVisit, key: str, word: str, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    meeting = open_meeting(visit, key)
    if word in REASONED:
        return _turn_with_reason(visit, meeting, REASONED[word], form)
    if word not in PRESSES:
        raise NotFound
    verb, notice = PRESSES[word]
    try:
        turned = verb(visit.session, visit.actor, meeting.id)
        if turned.status == "postponed":
            notice = "meeting_postponed_again"
        # When it is over, the rest of the way stands on a page of its own.
        is_over = word in ("slut", "ikke-slut")
        return visit.done(form, f"/moeder/{meeting.key}/afslut" if is_over else _path(meeting), notice)
    except Refused as refusal:
        form.refuse("form", refusal.code)
    return visit.page(_status_page(visit, meeting, form), 422)


def _turn_with_reason(visit: Visit, meeting: MeetingView, reasoned: Reasoned, form: Form) -> Response:
    given = form.read(ReasonInput)
    if given is None:
        return visit.page(ReasonPage(meeting, form, reasoned.name), 422)
    session, actor, version = visit.session, visit.actor, read_version(form)
    try:
        if reasoned.name == "cancel":
            states.cancel_meeting(session, actor, meeting.id, version, given)
        else:
            states.postpone_meeting(session, actor, meeting.id, version, given)
        return visit.done(form, _path(meeting), _tell(visit, meeting, reasoned.notice))
    except Refused as refusal:
        form.refuse("form", refusal.code)
        is_stale = refusal.code == "stale"
    # What is stored now stands above the form; whoever sends again has seen it.
    form.typed["version"] = [str(meeting.version)]
    return visit.page(ReasonPage(meeting, form, reasoned.name), 409 if is_stale else 422)
