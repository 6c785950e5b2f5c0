"""«Fra sidst»: what earlier meetings left open puts itself forward for a programme, for staff to decide."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from fastapi.responses import Response

from app.core.audit import record
from app.core.clock import COPENHAGEN
from app.core.policy import Refused
from app.core.text import shorten
from app.domain.carry_over import queries, service
from app.domain.carry_over.policy import may_carry_over
from app.domain.carry_over.queries import Agenda, Decided, Waiting
from app.domain.carry_over.schemas import DecisionInput
from app.domain.carry_over.sources import Proposal
from app.domain.contributions.carrying_over import Origin
from app.domain.meetings.drafts import list_draft_items
from app.domain.meetings.queries import ItemView, MeetingView
from app.domain.meetings.schemas import ItemInput
from app.domain.meetings.statuses import OFF
from app.http.doors import Router
from app.http.forms import Form, SentForm
from app.http.pages import Page
from app.http.sentences import add_sentences
from app.http.visit import AVisit, Visit, only
from app.web.formats import Ending, send_table
from app.web.meetings import open_meeting

router = Router()

FROM_LAST = "/moeder/{key}/rediger/fra-sidst"
LONGEST_TITLE = 200


def _(text: str) -> str:
    return text


add_sentences(
    {
        "carry_meeting_over": _("Mødet er holdt eller aflyst, så der kan ikke ændres på, hvad der kom med."),
        "carry_decided": _("Det er afgjort i mellemtiden. Siden viser, hvordan det står nu."),
        "carry_gone": _("Det venter ikke længere: det er besvaret, indfriet eller trukket tilbage."),
        "carry_item_gone": _("Punktet er ikke på programmet længere. Vælg et andet."),
        "carry_note_missing": _("Skriv kort, hvorfor det ikke skal med denne gang."),
        "notice_carry_accepted": _("Det er taget med. Punktet står på programmet."),
        "notice_carry_declined": _(
            "Der er sagt nej for denne gang. Det kommer igen, hvis det stadig er åbent."
        ),
        "notice_carry_undone": _("Det er fortrudt og venter igen."),
        "notice_carry_undone_with_item": _("Det er fortrudt og venter igen. Punktet er taget af programmet."),
        "carry_title": _("Siden sidst: {reference}"),
        "carry_title_of_promise": _("Løfte ({meeting})"),
        "carry_title_of_promise_about": _("Løfte ({meeting}): {references}"),
        "carry_meeting_by_number": _("{number}. møde"),
        "carry_between_meetings": _("mellem møderne"),
    }
)


@dataclass(frozen=True, slots=True)
class Pile:
    """The proposals of one kind: promise, missing_answer or repeated."""

    kind: str
    waiting: list[Waiting]


@dataclass
class FromLastPage(Page):
    """`form` is that of one proposal, `asked` by name, where it was sent and could not be taken. `best_item`:
    the item that is offered first, by its id, or empty for a new one."""

    template: ClassVar[str] = "carry_over/show.html"
    meeting: MeetingView
    form: Form
    asked: str
    piles: list[Pile]
    agenda: Agenda
    items: list[ItemView]
    best_item: int | None
    is_over: bool
    is_published: bool


@router.get(FROM_LAST, dependencies=[only(may_carry_over)])
def show_from_last(visit: AVisit, key: str) -> Response:
    return visit.page(_page(visit, open_meeting(visit, key), visit.blank()))


@router.post(FROM_LAST, dependencies=[only(may_carry_over)])
def decide(visit: AVisit, key: str, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    meeting = open_meeting(visit, key)
    given = form.read(DecisionInput)
    if given is not None:
        try:
            _decide(visit, meeting, given)
            path = f"{_path(meeting)}#{'taget-med' if given.verdict == 'accepted' else 'venter'}"
            return visit.done(form, path, f"carry_{given.verdict}")
        except Refused as refusal:
            form.refuse(_FIELDS.get(refusal.code, "form"), refusal.code, **refusal.values)
    status = 409 if "form" in form.errors else 422
    return visit.page(_page(visit, meeting, form), status)


_FIELDS = {"carry_note_missing": "note", "carry_item_gone": "item_id"}


def _decide(visit: Visit, meeting: MeetingView, given: DecisionInput) -> None:
    agenda = queries.find_agenda(visit.session, visit.actor, meeting)
    wanted = (given.thing, given.thing_id)
    found = [one.proposal for one in agenda.waiting if (one.proposal.thing, one.proposal.thing_id) == wanted]
    if not found:
        decided = [one.decision for one in (*agenda.accepted, *agenda.declined)]
        is_decided = wanted in [(one.thing, one.thing_id) for one in decided]
        raise Refused("carry_decided" if is_decided else "carry_gone")
    session, actor = visit.session, visit.actor
    if given.verdict == "declined":
        service.decline(session, actor, meeting.id, found[0], given.note)
        return
    item = make_item(visit, found[0]) if given.item_id is None else given.item_id
    service.accept(session, actor, meeting.id, found[0], item, given.note)


@router.post(FROM_LAST + "/{decision_id:int}/fortryd", dependencies=[only(may_carry_over)])
def undo(visit: AVisit, key: str, decision_id: int, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    meeting = open_meeting(visit, key)
    try:
        with_item = service.undo(visit.session, visit.actor, meeting.id, decision_id)
    except Refused as refusal:
        form.refuse("form", refusal.code)
        return visit.page(_page(visit, meeting, form), 409)
    return visit.done(form, _path(meeting), "carry_undone_with_item" if with_item else "carry_undone")


def make_item(visit: Visit, proposal: Proposal) -> ItemInput:
    """A new item for it, without its words: those stand at the item through their own rule, and go from there
    when they are hidden, blacked out or taken back."""
    if proposal.reference:
        title = visit.say("carry_title", reference=proposal.reference)
    else:
        place, about = name_meeting(visit, proposal.origin), ", ".join(proposal.about)
        code = "carry_title_of_promise_about" if about else "carry_title_of_promise"
        title = visit.say(code, meeting=place, references=about)
    return ItemInput(kind="status", title=shorten(title, LONGEST_TITLE))


def name_meeting(visit: Visit, origin: Origin) -> str:
    """The meeting at which it was said, in short."""
    if origin.meeting_number is not None:
        return visit.say("carry_meeting_by_number", number=origin.meeting_number)
    return origin.meeting_title or visit.say("carry_between_meetings")


# --- as a file

COLUMNS = (
    "stilling",
    "slags",
    "grunde",
    "nummer",
    "tekst",
    "sagt_den",
    "moede",
    "svarfrist",
    "antal_gange",
    "note",
    "afgjort_af",
    "afgjort",
    "punkt",
    "loefte_senest",
)


@router.get(FROM_LAST + ".csv", dependencies=[only(may_carry_over)])
def download_from_last(visit: AVisit, key: str) -> Response:
    return _send_from_last(visit, key, "csv")


@router.get(FROM_LAST + ".xlsx", dependencies=[only(may_carry_over)])
def download_from_last_for_excel(visit: AVisit, key: str) -> Response:
    return _send_from_last(visit, key, "xlsx")


def _send_from_last(visit: Visit, key: str, ending: Ending) -> Response:
    """All that puts itself forward and all that was decided, as a file; noted in the log."""
    meeting = open_meeting(visit, key)
    agenda = queries.find_agenda(visit.session, visit.actor, meeting)
    rows = [_waiting_row(visit, one) for one in agenda.waiting]
    rows += [_decided_row(one) for one in (*agenda.accepted, *agenda.declined)]
    record(visit.session, visit.actor, "export", "agenda", meeting.id, after={"rows": len(rows)})
    columns = [(column, column[:1].upper() + column[1:].replace("_", " ")) for column in COLUMNS]
    about = _("Det, der melder sig fra sidst, og det, der er afgjort.")
    return send_table(visit, ending, _("Fra sidst"), about, columns, rows, f"fra-sidst-{meeting.key}")


# A file that a person opens: words, and not codes.
_VERDICTS = {"accepted": "med", "declined": "ikke med"}
_REASONS = {
    "promised": "løfte",
    "overdue": "løftets dag er gået",
    "late": "forsinket",
    "forgotten": "uden frist",
    "repeated": "sagt igen",
}


def _name_reasons(reasons: Sequence[str]) -> str:
    return ", ".join(_REASONS.get(reason, reason) for reason in reasons)


def _waiting_row(visit: Visit, one: Waiting) -> dict[str, object]:
    said = one.proposal
    return dict.fromkeys(COLUMNS) | {
        "stilling": "venter",
        "slags": said.said_as,
        "grunde": _name_reasons(said.reasons),
        "nummer": said.reference,
        "tekst": said.title,
        "sagt_den": said.origin.said_on,
        "moede": name_meeting(visit, said.origin),
        "svarfrist": said.answer_by,
        "loefte_senest": said.deadline,
        "antal_gange": said.times,
    }


def _decided_row(one: Decided) -> dict[str, object]:
    decision, shown = one.decision, one.shown
    return dict.fromkeys(COLUMNS) | {
        "stilling": _VERDICTS[decision.verdict],
        "slags": shown.said_as if shown else "",
        "grunde": _name_reasons(decision.reasons),
        "nummer": shown.reference if shown else "",
        "tekst": shown.title if shown else "",
        "moede": (shown.meeting_title or "") if shown else "",
        "note": decision.note,
        "afgjort_af": decision.decided_by,
        "afgjort": decision.decided_at.astimezone(COPENHAGEN).date(),
        "punkt": decision.item_title,
    }


# --- the page


def _path(meeting: MeetingView) -> str:
    return f"/moeder/{meeting.key}/rediger/fra-sidst"


def _page(visit: Visit, meeting: MeetingView, form: Form) -> FromLastPage:
    agenda = queries.find_agenda(visit.session, visit.actor, meeting)
    items = [item for item in list_draft_items(visit.session, meeting.id) if item.kind != "break"]
    return FromLastPage(
        meeting=meeting,
        form=form,
        asked=f"{form.value('thing')}-{form.value('thing_id')}",
        piles=make_piles(agenda.waiting),
        agenda=agenda,
        items=items,
        best_item=_choose_item(items, agenda),
        is_over=meeting.is_past or meeting.status in OFF,
        is_published=meeting.is_published,
    )


def make_piles(waiting: Sequence[Waiting]) -> list[Pile]:
    kinds = ("promise", "missing_answer", "repeated")
    piles = (Pile(kind, [one for one in waiting if one.proposal.kind == kind]) for kind in kinds)
    return [pile for pile in piles if pile.waiting]


def _choose_item(items: Sequence[ItemView], agenda: Agenda) -> int | None:
    """Where the last one was taken up; else the item that tells how things stand; else a new one."""
    known = {item.id for item in items}
    taken = [one.decision for one in agenda.accepted if one.decision.item_id in known]
    if taken:
        return max(taken, key=lambda one: one.id).item_id
    return next((item.id for item in items if item.kind == "status"), None)


def list_ticked(visit: Visit, scope: queries.Scope, names: Sequence[str]) -> list[Proposal]:
    """What was ticked by name of all that puts itself forward; what does so no more is passed over."""
    if not names:
        return []
    return [one for one in queries.list_for_new(visit.session, visit.actor, scope) if one.name in names]
