"""Where staff reads, edits and sends the mails that wait, and sees what became of each."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, ClassVar, Protocol

from fastapi.responses import Response
from markupsafe import Markup
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from app.core.clock import COPENHAGEN
from app.core.i18n import DEFAULT
from app.core.policy import NotFound, Refused
from app.core.text import RequiredLine, RequiredProse
from app.domain.meetings.queries import MeetingView
from app.domain.meetings.schemas import ClockTime, Day
from app.domain.outbox import queries, service
from app.domain.outbox.policy import may_send_batches
from app.domain.outbox.problems import kind_of
from app.domain.outbox.queries import LETTERS_PER_PAGE, PER_PAGE, BatchLine, LetterView, TextView
from app.domain.outbox.schemas import TextInput
from app.domain.registrations.queries import count_sign_ups, recipients_of
from app.domain.registrations.schemas import ACTIVE, Status
from app.http.doors import Router
from app.http.forms import Form, SentForm
from app.http.markup import as_html
from app.http.pages import Page
from app.http.sentences import add_sentences
from app.http.visit import AVisit, Visit, only
from app.web.filters import count_pages, page_number
from app.web.meetings import open_meeting

router = Router()

BATCH = "/udbakke/{batch_id:int}"
BELOW = "-- "  # by which mail programs know what stands below a letter


def _(text: str) -> str:
    return text


add_sentences(
    {
        "batch_gone": _("Mailene er allerede sendt eller smidt væk. Der er ikke sendt noget igen."),
        "batch_waits": _("Mailene er ikke sendt endnu."),
        "nobody_left": _("Der er ingen modtagere tilbage. Tag mindst én med igen, eller smid mailene væk."),
        "past_moment": _("Tidspunktet er passeret. Vælg et, der ligger fremme."),
        "batch_stale": _(
            "En anden har ændret teksten eller modtagerne, siden du læste dem. Læs igen, og tryk så på send."
        ),
        "text_stale": _(
            "En anden har ændret udsendelsen imens. Din tekst står her endnu; det gemte står på siden bag."
        ),
        "choose_moment": _("Vælg både dag og klokkeslæt."),
        "message_reaches_nobody": _("Ingen af dem, du har valgt, kan få en mail."),
        "choose_statuses": _("Vælg mindst én slags modtagere."),
        "notice_batch_edited": _("Teksten er gemt. Der er ikke sendt noget."),
        "notice_letter_dropped": _("Modtageren er taget ud og får ikke mailen."),
        "notice_letter_back": _("Modtageren er med igen."),
        "notice_batch_sent": _("Mailene er på vej."),
        "notice_batch_planned": _("Mailene bliver sendt på det tidspunkt. Indtil da kan de tages tilbage."),
        "notice_batch_taken_back": _("Mailene bliver ikke sendt af sig selv. De venter her."),
        "notice_batch_discarded": _("Mailene er smidt væk. Ingen har fået dem."),
        "notice_batch_again": _("Vi prøver igen."),
        "notice_batch_prepared": _("Mailene ligger klar. Læs dem, og tryk på send."),
    }
)


class Written(Protocol):
    """A letter as it will be read."""

    subject: str
    text: str


# Given by the entry point at app.state.write_letter: mails are written on the floor of the notices.
WriteLetter = Callable[[Session, int], Written]


class VersionInput(BaseModel):
    model_config = ConfigDict(extra="forbid")

    version: int


class PlanInput(VersionInput):
    on: Day | None = None
    at: ClockTime | None = None


class MessageInput(BaseModel):
    """A message to those of these statuses, before it is laid in the outbox."""

    model_config = ConfigDict(extra="forbid")

    statuses: Annotated[list[Status], Field(min_length=1, max_length=6)]
    subject: RequiredLine
    body: RequiredProse


@dataclass
class OutboxPage(Page):
    template: ClassVar[str] = "outbox/list.html"
    waiting: list[BatchLine]
    gone: list[BatchLine]
    page: int
    pages: int


@dataclass
class MeetingOutboxPage(Page):
    template: ClassVar[str] = "outbox/of_meeting.html"
    meeting: MeetingView
    batches: list[BatchLine]


@dataclass
class BatchPage(Page):
    """`text`: the words in the language that is shown, of `languages` ({language: receivers}).

    `form` edits them while the batch waits. `why`: {letter id: kind of reason}. `why_not_send`: the sentence
    that says why it cannot leave, empty where it can. `changes`: codes of what is another way at the meeting
    than when somebody wrote these words.
    """

    template: ClassVar[str] = "outbox/batch.html"
    batch: BatchLine
    text: TextView
    languages: dict[str, int]
    form: Form
    plan: Form
    letters: list[LetterView]
    why: dict[int, str]
    page: int
    pages: int
    why_not_send: str
    changes: list[str]
    is_asked: bool = False


@dataclass
class ProgressBlock(Page):
    """`is_asked`: asked for by itself, so that the rest of the page stands as it was before."""

    template: ClassVar[str] = "outbox/progress_block.html"
    batch: BatchLine
    is_asked: bool = True


@dataclass
class LetterPage(Page):
    template: ClassVar[str] = "outbox/letter.html"
    batch: BatchLine
    letter: LetterView
    subject: str
    body: Markup


@dataclass
class DiscardPage(Page):
    template: ClassVar[str] = "outbox/discard.html"
    batch: BatchLine


@dataclass
class MessagePage(Page):
    """`counts`: how many have each status."""

    template: ClassVar[str] = "outbox/message.html"
    meeting: MeetingView
    form: Form
    counts: dict[Status, int]


def open_batch(visit: Visit, batch_id: int) -> BatchLine:
    batch = _take_batch(visit, batch_id)
    if batch.status == "discarded":
        raise NotFound
    return batch


def _take_batch(visit: Visit, batch_id: int) -> BatchLine:
    """The same for whoever acts on it as it was read: one that was thrown away meanwhile is refused by the
    verb, on a page that keeps what was typed."""
    batch = queries.find_batch(visit.session, batch_id)
    if batch is None:
        raise NotFound
    return batch


def _path(batch_id: int) -> str:
    return f"/udbakke/{batch_id}"


# --- lists


@router.get("/udbakke", dependencies=[only(may_send_batches)])
def show_outbox(visit: AVisit) -> Response:
    pages = count_pages(queries.count_gone(visit.session), PER_PAGE)
    page = page_number(visit, pages)
    return visit.page(
        OutboxPage(
            waiting=queries.list_waiting(visit.session),
            gone=queries.list_gone(visit.session, page),
            page=page,
            pages=pages,
        )
    )


@router.get("/moeder/{key}/udbakke", dependencies=[only(may_send_batches)])
def show_outbox_of_meeting(visit: AVisit, key: str) -> Response:
    meeting = open_meeting(visit, key)
    batches = queries.list_of_meeting(visit.session, meeting.id)
    return visit.page(MeetingOutboxPage(meeting=meeting, batches=batches))


# --- one batch


def _show_batch(visit: Visit, batch: BatchLine, edited: Form | None = None, plan: Form | None = None) -> Page:
    texts = queries.list_texts(visit.session, batch.id)
    receivers = queries.count_languages(visit.session, batch.id)
    # Danish words are always written; whoever has another language and no words of it gets them too.
    read = [one for one in texts if receivers.get(one.language)] or texts[:1]
    wanted = edited.value("language") if edited else visit.request.query_params.get("sprog", "")
    text = next((one for one in read if one.language == wanted), read[0])
    pages = count_pages(batch.counts.total, LETTERS_PER_PAGE)
    page = page_number(visit, pages)
    letters = queries.list_letters(visit.session, batch.id, page)
    return BatchPage(
        batch=batch,
        text=text,
        languages={one.language: receivers.get(one.language, 0) for one in read},
        form=edited
        or visit.blank(language=text.language, subject=text.subject, body=text.body, version=batch.version),
        plan=plan or visit.blank(version=batch.version),
        letters=letters,
        why={letter.id: kind_of(letter.why) for letter in letters if letter.why},
        page=page,
        pages=pages,
        why_not_send=visit.say(batch.why_not_send) if batch.why_not_send else "",
        changes=queries.list_changes(visit.session, batch.id) if batch.is_waiting else [],
    )


@router.get(BATCH, dependencies=[only(may_send_batches)])
def show_batch(visit: AVisit, batch_id: int) -> Response:
    return visit.page(_show_batch(visit, open_batch(visit, batch_id)))


@router.get(BATCH + "/tilstand", dependencies=[only(may_send_batches)])
def show_progress(visit: AVisit, batch_id: int) -> Response:
    """The part of the page that changes while mails leave."""
    return visit.page(ProgressBlock(batch=open_batch(visit, batch_id)))


@router.post(BATCH + "/tekst", dependencies=[only(may_send_batches)])
def edit_text(visit: AVisit, batch_id: int, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    batch = _take_batch(visit, batch_id)
    given = form.read(TextInput)
    if given is None:
        return visit.page(_show_batch(visit, batch, edited=form), 422)
    try:
        service.edit_batch(visit.session, visit.actor, batch_id, given)
    except Refused as refusal:
        return _refuse_text(visit, batch, form, refusal)
    path = _path(batch_id) + ("" if given.language == DEFAULT else f"?sprog={given.language}")
    return visit.done(form, path, "batch_edited")


def _refuse_text(visit: Visit, batch: BatchLine, form: Form, refusal: Refused) -> Response:
    """What was typed stays, with the newest version: saving once more is then on purpose."""
    is_stale = refusal.code == "stale"
    form.refuse("form", "text_stale" if is_stale else refusal.code)
    form.typed["version"] = [str(batch.version)]
    return visit.page(_show_batch(visit, batch, edited=form), 409)


@router.post(BATCH + "/send", dependencies=[only(may_send_batches)])
def send_batch(visit: AVisit, batch_id: int, form: SentForm) -> Response:
    """Now, or at the moment that is given. A second press, in whatever window, sends nothing more."""
    if before := visit.done_before(form):
        return before
    batch = _take_batch(visit, batch_id)
    given = form.read(PlanInput)
    if given is None:
        return visit.page(_show_batch(visit, batch, plan=form), 422)
    if (given.on is None) != (given.at is None):
        form.refuse("on" if given.on is None else "at", "choose_moment")
        return visit.page(_show_batch(visit, batch, plan=form), 422)
    at = datetime.combine(given.on, given.at, COPENHAGEN) if given.on and given.at else None
    try:
        service.send_batch(visit.session, visit.actor, batch_id, given.version, at)
    except Refused as refusal:
        return _refuse_sending(visit, batch, form, refusal)
    return visit.done(form, _path(batch_id), "batch_planned" if at else "batch_sent")


def _refuse_sending(visit: Visit, batch: BatchLine, form: Form, refusal: Refused) -> Response:
    field = "at" if refusal.code == "past_moment" else "form"
    form.refuse(field, "batch_stale" if refusal.code == "stale" else refusal.code)
    form.typed["version"] = [str(batch.version)]
    return visit.page(_show_batch(visit, batch, plan=form), 422 if field == "at" else 409)


@router.post(BATCH + "/tilbage", dependencies=[only(may_send_batches)])
def take_back(visit: AVisit, batch_id: int, form: SentForm) -> Response:
    return _act(visit, batch_id, form, service.take_back, "batch_taken_back", _path(batch_id))


@router.get(BATCH + "/slet", dependencies=[only(may_send_batches)])
def ask_to_discard(visit: AVisit, batch_id: int) -> Response:
    return visit.page(DiscardPage(batch=open_batch(visit, batch_id)))


@router.post(BATCH + "/slet", dependencies=[only(may_send_batches)])
def discard_batch(visit: AVisit, batch_id: int, form: SentForm) -> Response:
    return _act(visit, batch_id, form, service.discard_batch, "batch_discarded", "/udbakke")


def _act(
    visit: Visit, batch_id: int, form: Form, verb: Callable[..., object], notice: str, path: str
) -> Response:
    """One of the verbs that ask for the batch as it was read and for nothing else."""
    if before := visit.done_before(form):
        return before
    batch = _take_batch(visit, batch_id)
    given = form.read(VersionInput)
    if given is None:
        return visit.page(_show_batch(visit, batch, plan=form), 422)
    try:
        verb(visit.session, visit.actor, batch_id, given.version)
    except Refused as refusal:
        return _refuse_sending(visit, batch, form, refusal)
    return visit.done(form, path, notice)


@router.post(BATCH + "/igen", dependencies=[only(may_send_batches)])
def send_again(visit: AVisit, batch_id: int, form: SentForm) -> Response:
    """Once more to those whom the mail server did not take."""
    if before := visit.done_before(form):
        return before
    batch = open_batch(visit, batch_id)
    try:
        service.send_again(visit.session, visit.actor, batch_id)
    except Refused as refusal:
        return _refuse_sending(visit, batch, form, refusal)
    return visit.done(form, _path(batch_id), "batch_again")


# --- one letter


def _open_letter(visit: Visit, batch_id: int, letter_id: int) -> tuple[BatchLine, LetterView]:
    batch, letter = open_batch(visit, batch_id), queries.find_letter(visit.session, letter_id)
    if letter is None or letter.batch_id != batch.id:
        raise NotFound
    return batch, letter


@router.get(BATCH + "/breve/{letter_id:int}", dependencies=[only(may_send_batches)])
def show_letter(visit: AVisit, batch_id: int, letter_id: int) -> Response:
    """The mail to one person, word for word."""
    batch, letter = _open_letter(visit, batch_id, letter_id)
    write: WriteLetter = visit.request.app.state.write_letter
    written = write(visit.session, letter_id)
    body = as_html(written.text.replace(f"\n{BELOW}\n", "\n"), is_styled=False)
    return visit.page(LetterPage(batch=batch, letter=letter, subject=written.subject, body=body))


@router.post(BATCH + "/breve/{letter_id:int}/ud", dependencies=[only(may_send_batches)])
def drop_letter(visit: AVisit, batch_id: int, letter_id: int, form: SentForm) -> Response:
    return _change_letter(visit, batch_id, letter_id, form, service.drop_letter, "letter_dropped")


@router.post(BATCH + "/breve/{letter_id:int}/med", dependencies=[only(may_send_batches)])
def take_letter_in(visit: AVisit, batch_id: int, letter_id: int, form: SentForm) -> Response:
    return _change_letter(visit, batch_id, letter_id, form, service.take_letter_in, "letter_back")


def _change_letter(
    visit: Visit, batch_id: int, letter_id: int, form: Form, verb: Callable[..., object], notice: str
) -> Response:
    if before := visit.done_before(form):
        return before
    batch, _letter = _open_letter(visit, batch_id, letter_id)
    try:
        verb(visit.session, visit.actor, letter_id)
    except Refused as refusal:
        return _refuse_sending(visit, batch, form, refusal)
    return visit.done(form, _path(batch_id) + "#modtagere", notice)


# --- a message of one's own to those who have signed up


def _count_statuses(visit: Visit, meeting: MeetingView) -> dict[Status, int]:
    counts = count_sign_ups(visit.session, meeting.id)
    return {status: getattr(counts, status) for status in ACTIVE if getattr(counts, status)}


@router.get("/moeder/{key}/skriv", dependencies=[only(may_send_batches)])
def show_message(visit: AVisit, key: str) -> Response:
    meeting = open_meeting(visit, key)
    form = visit.blank(statuses=["registered"])
    return visit.page(MessagePage(meeting=meeting, form=form, counts=_count_statuses(visit, meeting)))


@router.post("/moeder/{key}/skriv", dependencies=[only(may_send_batches)])
def add_message(visit: AVisit, key: str, form: SentForm) -> Response:
    """Lay the message in the outbox, where it is read once more and sent."""
    if before := visit.done_before(form):
        return before
    meeting = open_meeting(visit, key)
    given = form.read(MessageInput)
    batch = None
    if not form.values("statuses"):
        form.errors["statuses"] = visit.say("choose_statuses")
    elif given is not None:
        batch = service.prepare(
            visit.session,
            visit.actor,
            kind="message",
            meeting_id=meeting.id,
            recipients=recipients_of(visit.session, meeting.id, given.statuses),
            facts={"subject": given.subject, "body": given.body},
        )
        if batch is None:
            form.refuse("statuses", "message_reaches_nobody")
    if batch is None:
        counts = _count_statuses(visit, meeting)
        return visit.page(MessagePage(meeting=meeting, form=form, counts=counts), 422)
    return visit.done(form, _path(batch.id), "batch_prepared")
