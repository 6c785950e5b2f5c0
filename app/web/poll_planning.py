"""Making polls before the meeting, and opening and closing them; for staff and the meeting's facilitators."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final

from fastapi.responses import Response
from sqlalchemy.orm import Session

from app.core.policy import Actor, NotFound, Refused, require
from app.domain.meetings.queries import ItemView, MeetingView, list_items
from app.domain.polls import service
from app.domain.polls.policy import may_run_polls, may_run_polls_somewhere
from app.domain.polls.queries import PollView
from app.domain.polls.schemas import MOST_OPTIONS, MOST_WORDS, PollInput
from app.http.doors import Router
from app.http.forms import Form, SentForm
from app.http.pages import Page
from app.http.sentences import add_sentences
from app.http.visit import AVisit, Visit, only
from app.web.meetings import open_meeting
from app.web.plan_pages import Difference, refuse_edit
from app.web.polls import POLL, POLLS, find_poll, poll_page

router = Router()


def _(text: str) -> str:
    return text


add_sentences(
    {
        "poll_too_few_options": _("Skriv mindst to muligheder, én på hver linje."),
        "poll_too_many": _("Der er plads til {most} afstemninger ved et møde."),
        "poll_voted": _("Afstemningen har været åben, så den ligger fast. Lav en ny i stedet."),
        "notice_poll_added": _(
            "Afstemningen er lavet. Kun I, der leder mødet, ser den, til den bliver åbnet."
        ),
        "notice_poll_saved": _("Afstemningen er gemt."),
        "notice_poll_opened": _("Afstemningen er åben."),
        "notice_poll_shut": _("Afstemningen er lukket og talt op. Hvem der stemte hvad, er glemt."),
        "notice_poll_removed": _("Afstemningen er slettet."),
        "notice_poll_made_public": _("Resultatet kan læses af alle."),
        "notice_poll_made_closed": _("Resultatet kan læses af mødets deltagere."),
        "notice_poll_word_hidden": _("Ordet er skjult for alle."),
        "notice_poll_word_shown": _("Ordet vises igen."),
    }
)
# What is begun from: the name in the address, what it is called, and what it fills in (content is Danish).
TEMPLATES: Final[Mapping[str, tuple[str, dict[str, Any]]]] = {
    "prioritering": (
        _("Hvad er vigtigst?"),
        {
            "kind": "one",
            "question": "Hvad er vigtigst at tage fat på først?",
            "options": "Fælles mål og retning\nÅbne data\nSikkerhed og drift\nUdbud og kontrakter",
            "hides_results": "1",
        },
    ),
    "flere": (
        _("Vælg op til tre"),
        {
            "kind": "several",
            "question": "Hvilke tre barrierer fylder mest hos jer?",
            "options": "Data\nInfrastruktur\nJura\nKompetencer\nØkonomi",
            "most": 3,
        },
    ),
    "enig": (
        _("Hvor enig er du?"),
        {
            "kind": "scale",
            "question": "Retningen er klar nok til, at vi kan planlægge efter den.",
            "low_label": "Helt uenig",
            "high_label": "Helt enig",
        },
    ),
    "ord": (
        _("Ét ord om mødet"),
        {"kind": "words", "question": "Hvilket ord tager du med hjem i dag?", "most": 1},
    ),
}


@dataclass
class PollFormPage(Page):
    """`poll` is None for a new one. `templates`: (name in the address, what it is called)."""

    template: ClassVar[str] = "polls/form.html"
    meeting: MeetingView
    poll: PollView | None
    form: Form
    items: list[ItemView]
    templates: list[tuple[str, str]]
    differences: list[Difference] = field(default_factory=list)
    most_options: int = MOST_OPTIONS
    most_words: int = MOST_WORDS


def _open(visit: Visit, key: str) -> MeetingView:
    """The meeting, for who runs its polls. Raises NotFound and NotAllowed."""
    meeting = open_meeting(visit, key)
    require(may_run_polls(visit.actor, meeting.id))
    return meeting


def _form_page(
    visit: Visit, meeting: MeetingView, form: Form, poll: PollView | None = None, **values: Any
) -> PollFormPage:
    return PollFormPage(
        meeting=meeting,
        poll=poll,
        form=form,
        items=list_items(visit.session, meeting.id),
        templates=[] if poll else [(word, name) for word, (name, _values) in TEMPLATES.items()],
        **values,
    )


@router.get(POLLS + "/ny", dependencies=[only(may_run_polls_somewhere)])
def show_new(visit: AVisit, key: str) -> Response:
    meeting = _open(visit, key)
    word = visit.request.query_params.get("skabelon", "")
    values = TEMPLATES[word][1] if word in TEMPLATES else {"kind": "one"}
    form = visit.blank(**({"most": 3, "visibility": "participants"} | values))
    return visit.page(_form_page(visit, meeting, form))


@router.post(POLLS + "/ny", dependencies=[only(may_run_polls_somewhere)])
def add_poll(visit: AVisit, form: SentForm, key: str) -> Response:
    if before := visit.done_before(form):
        return before
    meeting = _open(visit, key)
    given = form.read(PollInput)
    if given is None:
        return visit.page(_form_page(visit, meeting, form), 422)
    try:
        poll = service.add_poll(visit.session, visit.actor, meeting.id, given)
    except Refused as refusal:
        form.refuse("item_id" if refusal.code == "unknown_item" else "form", refusal.code, **refusal.values)
        return visit.page(_form_page(visit, meeting, form), 422)
    return visit.done(form, f"/moeder/{meeting.key}/afstemninger/{poll.id}", "poll_added")


def _as_fields(poll: PollView) -> dict[str, object]:
    return {
        "kind": poll.kind,
        "question": poll.question,
        "help": poll.help,
        "options": "\n".join(text for _id, text in poll.options),
        "most": poll.most,
        "low_label": poll.low_label,
        "high_label": poll.high_label,
        "hides_results": "1" if poll.hides_results else "",
        "visibility": poll.visibility,
        "item_id": poll.item_id,
        "version": poll.version,
    }


@router.get(POLL + "/ret", dependencies=[only(may_run_polls_somewhere)])
def show_edit(visit: AVisit, key: str, poll_id: int) -> Response:
    meeting, poll = _open(visit, key), find_poll(visit, key, poll_id)
    return visit.page(_form_page(visit, meeting, visit.blank(**_as_fields(poll)), poll))


@router.post(POLL + "/ret", dependencies=[only(may_run_polls_somewhere)])
def edit_poll(visit: AVisit, form: SentForm, key: str, poll_id: int) -> Response:
    if before := visit.done_before(form):
        return before
    meeting, poll = _open(visit, key), find_poll(visit, key, poll_id)
    given = form.read(PollInput)
    if given is None:
        return visit.page(_form_page(visit, meeting, form, poll), 422)
    try:
        service.edit_poll(visit.session, visit.actor, poll_id, given)
    except Refused as refusal:
        differences, status = refuse_edit(form, refusal, _as_fields(poll))
        return visit.page(_form_page(visit, meeting, form, poll, differences=differences), status)
    return visit.done(form, poll.path, "poll_saved")


# --- opening, closing and the rest


@router.post(POLL + "/aabn", dependencies=[only(may_run_polls_somewhere)])
def open_poll(visit: AVisit, form: SentForm, key: str, poll_id: int) -> Response:
    return _turn(visit, form, key, poll_id, service.open_poll, "poll_opened")


@router.post(POLL + "/luk", dependencies=[only(may_run_polls_somewhere)])
def close_poll(visit: AVisit, form: SentForm, key: str, poll_id: int) -> Response:
    return _turn(visit, form, key, poll_id, service.close_poll, "poll_shut")


@router.post(POLL + "/slet", dependencies=[only(may_run_polls_somewhere)])
def remove_poll(visit: AVisit, form: SentForm, key: str, poll_id: int) -> Response:
    path = f"/moeder/{key}/afstemninger"
    return _turn(visit, form, key, poll_id, service.remove_poll, "poll_removed", path)


@router.post(POLL + "/synlighed", dependencies=[only(may_run_polls_somewhere)])
def set_visibility(visit: AVisit, form: SentForm, key: str, poll_id: int) -> Response:
    wanted = form.value("visibility")
    if wanted not in ("public", "participants"):
        raise NotFound
    return _turn(
        visit,
        form,
        key,
        poll_id,
        lambda session, actor, id: service.set_visibility(session, actor, id, wanted),
        "poll_made_public" if wanted == "public" else "poll_made_closed",
    )


@router.post(POLL + "/ord", dependencies=[only(may_run_polls_somewhere)])
def turn_word(visit: AVisit, form: SentForm, key: str, poll_id: int) -> Response:
    """Hide a word from everybody, or (`show` 1) show it again."""
    word, shows = form.value("word"), form.value("show") == "1"
    verb = service.show_word if shows else service.hide_word
    return _turn(
        visit,
        form,
        key,
        poll_id,
        lambda session, actor, id: verb(session, actor, id, word),
        "poll_word_shown" if shows else "poll_word_hidden",
    )


def _turn(
    visit: Visit,
    form: Form,
    key: str,
    poll_id: int,
    verb: Callable[[Session, Actor, int], object],
    notice: str,
    path: str | None = None,
) -> Response:
    if before := visit.done_before(form):
        return before
    _open(visit, key)
    poll = find_poll(visit, key, poll_id)
    try:
        verb(visit.session, visit.actor, poll_id)
    except Refused as refusal:
        form.refuse("form", refusal.code, **refusal.values)
        return visit.page(poll_page(visit, poll, form), 409)
    return visit.done(form, path or poll.path, notice)
