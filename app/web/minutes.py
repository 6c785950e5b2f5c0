"""The minutes of a meeting: read by all, written item by item, settled by staff, compared over editions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from typing import ClassVar, NoReturn

from fastapi.responses import Response

from app.core.asking import beside, read
from app.core.clock import today
from app.core.policy import NotAllowed, NotFound, Refused, require
from app.domain.meetings.queries import MeetingView
from app.domain.meetings.schemas import ReasonInput
from app.domain.meetings.states import list_turns
from app.domain.meetings.statuses import DONE
from app.domain.minutes import queries, service
from app.domain.minutes.comments import are_shown
from app.domain.minutes.comparing import Change, compare_editions
from app.domain.minutes.material import count_left_out, gather_material
from app.domain.minutes.policy import (
    may_see_comments,
    may_settle_minutes,
    may_write_minutes,
    may_write_minutes_somewhere,
)
from app.domain.minutes.queries import EditionLine, EditionView, MinutesView, Section
from app.domain.minutes.schemas import (
    LONGEST_SECTION,
    USUAL_REVIEW_DAYS,
    ApprovalInput,
    ReviewInput,
    SectionText,
)
from app.domain.outbox.queries import find_laid
from app.http.doors import Router
from app.http.forms import Form, SentForm
from app.http.pages import Page
from app.http.sentences import add_sentences
from app.http.visit import AVisit, SignInFirst, Visit, anyone, only
from app.web.filters import whole_number
from app.web.meetings import MayAtMeeting, count_of_said, open_meeting, right_address, rights_at
from app.web.minutes_drafts import draft_for

router = Router()

MINUTES = "/moeder/{key}/referat"
USUAL_REVIEW = timedelta(days=USUAL_REVIEW_DAYS)
# The word in the address that asks for drafts of everything that is empty.
ALL = "alle"


def _(text: str) -> str:
    return text


add_sentences(
    {
        "minutes_locked": _(
            "Referatet er godkendt og låst. Skal det ændres, åbner du det med en begrundelse."
        ),
        "minutes_not_held": _("Mødet er ikke holdt endnu, så der er ikke noget at skrive referat af."),
        "minutes_unknown_place": _("Programmet er ændret, siden du åbnede siden. Din tekst står her endnu."),
        "minutes_stale": _(
            "En anden har skrevet her, siden du åbnede siden. Begge tekster står ved punktet."
        ),
        "minutes_empty": _("Der står ikke noget i referatet endnu."),
        "minutes_deadline_past": _("Vælg en dag, der ikke er gået."),
        "minutes_deadline_far": _("Vælg en dag inden for de næste tre måneder."),
        "minutes_deadline_open": _(
            "Deltagerne kan kommentere endnu. Sæt kryds, hvis du vil godkende, før fristen er gået."
        ),
        "minutes_comments_open": _(
            "Der er bemærkninger, som ingen har svaret på. Tag dem med, eller skriv hvorfor ikke."
        ),
        "minutes_were_approved": _(
            "Referatet har været godkendt og kan læses af alle, så det kan ikke trækkes tilbage. "
            "Godkend det igen, når du er færdig."
        ),
        "notice_minutes_saved": _("Referatet er gemt. Kun I, der skriver det, kan se det."),
        "notice_minutes_drafted": _(
            "Der er sat et udkast ind. Det er ikke gemt: læs det igennem, ret det, og tryk »Gem alt«."
        ),
        "notice_minutes_nothing_to_draft": _(
            "Der er ikke noget i mødets spor, som alle må læse, at lave et udkast af her."
        ),
        "notice_minutes_shown_again": _("Den nye udgave ligger nu fremme til kommentering."),
        "notice_minutes_taken_back": _("Referatet er taget tilbage. Kun I, der skriver det, kan se det."),
        "notice_minutes_reopened": _(
            "Referatet er åbnet. Alle læser den godkendte udgave, til du godkender rettelsen."
        ),
    }
)


# --- reading


@dataclass
class MinutesPage(Page):
    """`form`: the one with which staff settles them. `turns`: those that lead on from where they stand.
    `untold`: for staff, while the participants have got no mail that they can comment; `waiting_mail` is then
    the one in the outbox, where there is one."""

    template: ClassVar[str] = "minutes/show.html"
    meeting: MeetingView
    may: MayAtMeeting
    said_total: int
    minutes: MinutesView
    may_write: bool
    may_settle: bool
    turns: frozenset[str]
    sees_comments: bool
    form: Form
    untold: bool
    waiting_mail: int | None


@router.get(MINUTES, dependencies=[anyone])
def show_minutes(visit: AVisit, key: str) -> Response:
    meeting = open_meeting(visit, key)
    if moved := right_address(visit, meeting, key):
        return moved
    return visit.page(_minutes_page(visit, meeting))


def _minutes_page(visit: Visit, meeting: MeetingView, form: Form | None = None) -> MinutesPage:
    minutes = open_minutes(visit, meeting)
    if form is None:
        until = minutes.comment_until if minutes.takes_comments else today() + USUAL_REVIEW
        form = visit.blank(version=minutes.version, comment_until=until)
    may, said_total = read(visit.session, beside(rights_at(visit, meeting), count_of_said(visit, meeting)))
    may_settle = may_settle_minutes(visit.actor)
    is_asked = may_settle and minutes.state == "review" and minutes.comment_until is not None
    laid = find_laid(visit.session, meeting.id, ["minutes"]) if is_asked else None
    return MinutesPage(
        meeting=meeting,
        may=may,
        said_total=said_total,
        minutes=minutes,
        may_write=may_write_minutes(visit.actor, meeting.id),
        may_settle=may_settle,
        turns=list_turns(meeting),
        sees_comments=minutes.state != "draft" and may_see_comments(visit.actor, meeting.id),
        form=form,
        untold=laid is not None and (laid.is_waiting or not laid.is_sent),
        waiting_mail=laid.waiting_id if laid else None,
    )


def open_minutes(visit: Visit, meeting: MeetingView) -> MinutesView:
    """The minutes as the visitor may read them. Raises as `refuse_others` does."""
    minutes = queries.find_minutes(visit.session, visit.actor, meeting.id)
    if minutes is None:
        refuse_others(visit, meeting)
    return minutes


def refuse_others(visit: Visit, meeting: MeetingView) -> NoReturn:
    """That minutes lie open for comments is told of the meeting to all: whoever follows the link to them is
    asked to sign in, or told why not, and not that there is nothing. Before that there is nothing."""
    if meeting.status not in DONE or not are_shown(visit.session, meeting.id):
        raise NotFound
    if not visit.actor.is_signed_in:
        raise SignInFirst
    raise NotAllowed("minutes_only_for_those_there")


@dataclass
class EditionsPage(Page):
    template: ClassVar[str] = "minutes/editions.html"
    meeting: MeetingView
    editions: list[EditionLine]


@router.get(MINUTES + "/udgaver", dependencies=[anyone])
def show_editions(visit: AVisit, key: str) -> Response:
    meeting = open_meeting(visit, key)
    editions = queries.list_editions(visit.session, visit.actor, meeting.id)
    if not editions and not may_write_minutes(visit.actor, meeting.id):
        refuse_others(visit, meeting)
    return visit.page(EditionsPage(meeting, editions))


@dataclass
class EditionPage(Page):
    template: ClassVar[str] = "minutes/edition.html"
    meeting: MeetingView
    edition: EditionView


@router.get(MINUTES + "/udgaver/{number:int}", dependencies=[anyone])
def show_edition(visit: AVisit, key: str, number: int) -> Response:
    meeting = open_meeting(visit, key)
    return visit.page(EditionPage(meeting, _open_edition(visit, meeting, number)))


def _open_edition(visit: Visit, meeting: MeetingView, number: int) -> EditionView:
    edition = queries.find_edition(visit.session, visit.actor, meeting.id, number)
    if edition is None:
        _refuse_readers(visit, meeting)
    return edition


def _refuse_readers(visit: Visit, meeting: MeetingView) -> NoReturn:
    """That there is no such edition is told to those who may read the minutes; others as at the minutes."""
    open_minutes(visit, meeting)
    raise NotFound


@dataclass
class ComparePage(Page):
    """Two editions. `editions`: those to choose among."""

    template: ClassVar[str] = "minutes/compare.html"
    meeting: MeetingView
    editions: list[EditionLine]
    earlier: EditionView
    later: EditionView
    changes: list[Change]


@router.get(MINUTES + "/sammenlign", dependencies=[anyone])
def compare(visit: AVisit, key: str) -> Response:
    meeting = open_meeting(visit, key)
    editions = queries.list_editions(visit.session, visit.actor, meeting.id)
    if not editions:
        _refuse_readers(visit, meeting)
    newest = editions[0].number
    before = editions[1].number if len(editions) > 1 else newest
    first, last = sorted((_read_number(visit, "fra", before), _read_number(visit, "til", newest)))
    earlier, later = _open_edition(visit, meeting, first), _open_edition(visit, meeting, last)
    changes = compare_editions(earlier.sections, later.sections)
    return visit.page(ComparePage(meeting, editions, earlier, later, changes))


def _read_number(visit: Visit, name: str, else_: int) -> int:
    given = whole_number(visit.request.query_params.get(name, ""), digits=8)
    return else_ if given is None else given


# --- writing


@dataclass(frozen=True, slots=True)
class Field:
    """A section in the form. `theirs`: what another has saved meanwhile, None where nobody has. `mark`: of
    the text that the writer was given; `is_draft`: a draft was just laid in the field."""

    section: Section
    mark: str
    version: int
    theirs: str | None = None
    is_draft: bool = False


@dataclass
class WritePage(Page):
    """`left_out`: by item, how much was said there that only participants read, so that no draft holds it.
    `lost`: what was typed under items that are gone from the programme."""

    template: ClassVar[str] = "minutes/write.html"
    meeting: MeetingView
    minutes: MinutesView
    form: Form
    fields: list[Field]
    left_out: Mapping[int, int]
    lost: list[str] = field(default_factory=list)
    longest: int = LONGEST_SECTION


@router.get(MINUTES + "/skriv", dependencies=[only(may_write_minutes_somewhere)])
def write(visit: AVisit, key: str) -> Response:
    meeting, minutes = _open_to_write(visit, key)
    if not minutes.is_working:
        return visit.go(f"/moeder/{meeting.key}/referat")
    wanted = visit.request.query_params.get("udkast", "")
    drafts = _make_drafts(visit, minutes, wanted) if wanted else {}
    values: dict[str, object] = {f"text-{s.place}": s.text for s in minutes.sections}
    values |= {f"text-{place}": text for place, text in drafts.items()}
    fields = [_field(section, is_draft=section.place in drafts) for section in minutes.sections]
    left_out = count_left_out(visit.session, meeting.id)
    return visit.page(WritePage(meeting, minutes, visit.blank(**values), fields, left_out))


def _open_to_write(visit: Visit, key: str) -> tuple[MeetingView, MinutesView]:
    """The meeting and the text to write in. Raises NotFound and NotAllowed."""
    meeting = open_meeting(visit, key)
    require(may_write_minutes(visit.actor, meeting.id))
    return meeting, open_minutes(visit, meeting)


def _field(section: Section, theirs: str | None = None, is_draft: bool = False) -> Field:
    return Field(section, mark_of(section.text), section.version, theirs, is_draft)


def mark_of(text: str) -> str:
    """Tells whether a writer changed what they were given, so that untouched fields write over nobody."""
    return sha256(text.encode()).hexdigest()[:16]


def _make_drafts(visit: Visit, minutes: MinutesView, wanted: str) -> dict[str, str]:
    """By section, what its field is to hold: what stands there, and the draft after it."""
    material = gather_material(visit.session, minutes.meeting_id)
    found: dict[str, str] = {}
    for section in minutes.sections:
        is_wanted = section.place == wanted or (wanted == ALL and not section.text)
        if is_wanted and (text := draft_for(section, material)):
            whole = f"{section.text}\n\n{text}" if section.text else text
            found[section.place] = whole[:LONGEST_SECTION]
    return found


@router.post(MINUTES + "/skriv", dependencies=[only(may_write_minutes_somewhere)])
def save(visit: AVisit, key: str, form: SentForm) -> Response:
    """Save all that was changed, by whichever button; one of them then asks for a draft."""
    if before := visit.done_before(form):
        return before
    meeting, minutes = _open_to_write(visit, key)
    given = _read_sections(form, minutes.sections)
    if _find_lost(form, minutes.sections):
        form.refuse("form", "minutes_unknown_place")
    if form.errors:
        return visit.page(_again(visit, meeting, minutes, form), 422)
    try:
        service.write_sections(visit.session, visit.actor, meeting.id, given)
    except Refused as refusal:
        stale = refusal.values.get("places", ()) if refusal.code == "stale" else ()
        assert isinstance(stale, list | tuple)
        for place in stale:
            form.refuse(f"text-{place}", "minutes_stale")
        if not stale:
            form.refuse("form", refusal.code)
        # Whoever was first has committed: what they wrote stands beside the form now.
        again = _again(visit, meeting, open_minutes(visit, meeting), form, stale)
        return visit.page(again, 409 if stale else 422)
    return _after_saving(visit, meeting, form)


def _after_saving(visit: Visit, meeting: MeetingView, form: Form) -> Response:
    here = f"/moeder/{meeting.key}/referat/skriv"
    minutes = open_minutes(visit, meeting)
    places = {section.place for section in minutes.sections}
    wanted = form.value("udkast")
    if wanted not in places | {ALL}:
        place = form.value("gem")
        return visit.done(form, here + (f"#{place}" if place in places else ""), "minutes_saved")
    drafts = _make_drafts(visit, minutes, wanted)
    if not drafts:
        return visit.done(form, f"{here}#{wanted}", "minutes_nothing_to_draft")
    return visit.done(form, f"{here}?udkast={wanted}#{next(iter(drafts))}", "minutes_drafted")


def _read_sections(form: Form, sections: Sequence[Section]) -> list[SectionText]:
    """What the writer changed. A field that holds what it was given is left alone: another may have written
    in it since."""
    given = []
    for section in sections:
        name = f"text-{section.place}"
        if not form.has(name):
            continue
        typed = {
            "place": [section.place],
            "text": form.values(name),
            "version": [form.value(f"version-{section.place}") or "0"],
        }
        own = Form(form.language, typed, {})
        one = own.read(SectionText)
        for sentence in own.errors.values():
            form.errors.setdefault(name, sentence)
        if one is not None and mark_of(one.text) != form.value(f"mark-{section.place}"):
            given.append(one)
    return given


def _find_lost(form: Form, sections: Sequence[Section]) -> list[str]:
    """What was typed under items that have been taken off the programme since."""
    known = {f"text-{section.place}" for section in sections}
    typed = [name for name in form.typed if name.startswith("text-") and name not in known]
    texts = [(name, form.value(name).replace("\r\n", "\n").strip()) for name in typed]
    return [text for name, text in texts if mark_of(text) != form.value(name.replace("text-", "mark-", 1))]


def _again(
    visit: Visit, meeting: MeetingView, minutes: MinutesView, form: Form, stale: Sequence[str] = ()
) -> WritePage:
    """The form as it was typed; where another was first with their text, which saving again writes over."""
    fields = []
    for section in minutes.sections:
        if section.place in stale or not form.has(f"text-{section.place}"):
            form.typed.setdefault(f"text-{section.place}", [section.text])
            fields.append(_field(section, theirs=section.text if section.place in stale else None))
        else:
            mark, version = form.value(f"mark-{section.place}"), form.value(f"version-{section.place}")
            fields.append(Field(section, mark, whole_number(version, digits=9) or 0))
    left_out = count_left_out(visit.session, meeting.id)
    return WritePage(meeting, minutes, form, fields, left_out, _find_lost(form, minutes.sections))


# --- settling


@router.post(MINUTES + "/ny-udgave", dependencies=[only(may_settle_minutes)])
def show_again(visit: AVisit, key: str, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    meeting = open_meeting(visit, key)
    given = form.read(ReviewInput)
    if given is None:
        return visit.page(_minutes_page(visit, meeting, form), 422)
    try:
        service.show_again(visit.session, visit.actor, meeting.id, given)
        return visit.done(form, f"/moeder/{meeting.key}/referat", "minutes_shown_again")
    except Refused as refusal:
        at = "comment_until" if refusal.code.startswith("minutes_deadline") else "form"
        return _refuse(visit, meeting, form, refusal, at)


@router.post(MINUTES + "/godkend", dependencies=[only(may_settle_minutes)])
def approve(visit: AVisit, key: str, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    meeting = open_meeting(visit, key)
    given = form.read(ApprovalInput)
    if given is None:
        return visit.page(_minutes_page(visit, meeting, form), 422)
    try:
        service.approve(visit.session, visit.actor, meeting.id, given)
        return visit.done(form, f"/moeder/{meeting.key}/referat", "minutes_approved")
    except Refused as refusal:
        at = "is_early" if refusal.code == "minutes_deadline_open" else "form"
        return _refuse(visit, meeting, form, refusal, at)


@router.post(MINUTES + "/tag-tilbage", dependencies=[only(may_settle_minutes)])
def take_back(visit: AVisit, key: str, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    meeting = open_meeting(visit, key)
    try:
        service.take_back(visit.session, visit.actor, meeting.id)
        return visit.done(form, f"/moeder/{meeting.key}/referat", "minutes_taken_back")
    except Refused as refusal:
        return _refuse(visit, meeting, form, refusal, "form")


def _refuse(visit: Visit, meeting: MeetingView, form: Form, refusal: Refused, at: str) -> Response:
    """The page of the minutes with the reason on it; it goes on from the text as it stands now."""
    form.refuse(at, refusal.code, **refusal.values)
    page = _minutes_page(visit, meeting, form)
    form.typed["version"] = [str(page.minutes.version)]
    form.typed.setdefault("comment_until", [str(page.minutes.comment_until or today() + USUAL_REVIEW)])
    return visit.page(page, 409 if refusal.code == "stale" else 422)


@dataclass
class ReopenPage(Page):
    template: ClassVar[str] = "minutes/reopen.html"
    meeting: MeetingView
    form: Form


@router.get(MINUTES + "/aabn", dependencies=[only(may_settle_minutes)])
def ask_why(visit: AVisit, key: str) -> Response:
    meeting = open_meeting(visit, key)
    if "reopen_minutes" not in list_turns(meeting):
        return visit.go(f"/moeder/{meeting.key}/referat/skriv")
    return visit.page(ReopenPage(meeting, visit.blank()))


@router.post(MINUTES + "/aabn", dependencies=[only(may_settle_minutes)])
def reopen(visit: AVisit, key: str, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    meeting = open_meeting(visit, key)
    given = form.read(ReasonInput)
    if given is None:
        return visit.page(ReopenPage(meeting, form), 422)
    try:
        service.reopen(visit.session, visit.actor, meeting.id, given)
        return visit.done(form, f"/moeder/{meeting.key}/referat/skriv", "minutes_reopened")
    except Refused as refusal:
        form.refuse("form", refusal.code)
        return visit.page(ReopenPage(meeting, form), 422)
