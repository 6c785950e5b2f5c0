"""What participants say of the minutes: said, read by all who were there, and taken in or declined."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar, Final

from fastapi.responses import Response

from app.core.policy import NotFound, Refused
from app.domain.meetings.queries import MeetingView
from app.domain.minutes import commenting, comments
from app.domain.minutes.comments import CommentView, Voice
from app.domain.minutes.policy import (
    may_comment,
    may_comment_somewhere,
    may_decide_comments,
    may_hide_comments,
    may_see_comments,
    may_write_minutes_somewhere,
)
from app.domain.minutes.queries import MinutesView, Section, find_minutes, list_sections
from app.domain.minutes.schemas import (
    LONGEST_COMMENT,
    LONGEST_REPLY,
    LONGEST_SECTION,
    CommentEdit,
    CommentInput,
    CommentVersion,
    DecisionInput,
    HidingInput,
)
from app.http.doors import Router
from app.http.forms import Form, SentForm
from app.http.limits import count_against
from app.http.pages import Page
from app.http.sentences import add_sentences
from app.http.visit import AVisit, Visit, anyone, only
from app.web.filters import typed, whole_number
from app.web.meetings import open_meeting, right_address
from app.web.minutes import MINUTES, open_minutes, refuse_others
from app.web.plan_pages import read_version
from app.web.sealed import hide

router = Router()

COMMENTS = MINUTES + "/bemaerkninger"
ONE = COMMENTS + "/{comment_id:int}"
MOST_WRITTEN: Final = 60  # new, mended, taken back and restored, by one person in an hour
AN_HOUR = timedelta(hours=1)


def _(text: str) -> str:
    return text


add_sentences(
    {
        "minutes_not_in_review": _(
            "Referatet er ikke til kommentering nu. Kopiér din tekst, hvis du vil gemme den."
        ),
        "minutes_comments_over": _(
            "Fristen for bemærkninger er gået. Kopiér din tekst, og skriv til sekretariatet, "
            "hvis det er vigtigt."
        ),
        "minutes_only_for_those_there": _(
            "Referatet og bemærkningerne er for dem, der var med til mødet. Var du med, og kan du ikke "
            "komme ind, så skriv til sekretariatet: måske mangler vi at bekræfte, hvem du repræsenterer."
        ),
        "minutes_many_comments": _("Du kan højst skrive {most} bemærkninger til ét referat."),
        "minutes_comment_decided": _(
            "Sekretariatet har svaret på bemærkningen, så den kan ikke ændres mere."
        ),
        "minutes_reply_needed": _(
            "Skriv, hvorfor bemærkningen ikke kommer med. Den, der skrev den, læser det."
        ),
        "minutes_text_stale": _(
            "En anden har skrevet i punktet, siden du åbnede siden. Sammenlign de to tekster, og tryk igen."
        ),
        "notice_minutes_comment_added": _(
            "Din bemærkning er modtaget. Du kan se her, hvad der bliver af den."
        ),
        "notice_minutes_comment_saved": _("Din bemærkning er rettet."),
        "notice_minutes_comment_withdrawn": _("Din bemærkning er trukket tilbage."),
        "notice_minutes_comment_restored": _("Din bemærkning står der igen."),
        "notice_minutes_comment_taken_in": _("Bemærkningen er taget med, og punktet er rettet."),
        "notice_minutes_comment_declined": _(
            "Bemærkningen kommer ikke med. Den, der skrev den, kan se hvorfor."
        ),
        "notice_minutes_comment_waits": _("Bemærkningen venter igen."),
        "notice_minutes_comment_hidden": _("Bemærkningen er skjult. Den, der skrev den, kan se hvorfor."),
        "notice_minutes_comment_shown": _("Bemærkningen vises igen."),
    }
)


@dataclass(frozen=True, slots=True)
class Pile:
    """A section of the minutes with what is said of it; None for a section that is there no more."""

    section: Section | None
    comments: list[CommentView]


@dataclass
class CommentsPage(Page):
    """`voice`: the reader as the one who comments; None for who cannot now. `chosen`: the section that is
    being commented on; `mended`: the own comment that is being changed. `waiting`: how many wait for the
    reader to decide."""

    template: ClassVar[str] = "minutes/comments.html"
    meeting: MeetingView
    minutes: MinutesView
    piles: list[Pile]
    total: int
    waiting: int
    voice: Voice | None
    form: Form
    chosen: int | None
    mended: int | None
    may_decide: bool
    longest: int = LONGEST_COMMENT


@dataclass
class CommentPage(Page):
    """One comment beside the text that it is about, for those who decide. `section` is None where it is gone.
    `is_stale`: the text is another than the one that was read, and both stand on the page."""

    template: ClassVar[str] = "minutes/comment.html"
    meeting: MeetingView
    comment: CommentView
    section: Section | None
    form: Form
    may_hide: bool
    can_decide: bool
    is_stale: bool = False
    longest_text: int = LONGEST_SECTION
    longest_reply: int = LONGEST_REPLY


# --- reading and saying


@router.get(COMMENTS, dependencies=[anyone])
def show_comments(visit: AVisit, key: str) -> Response:
    meeting = open_meeting(visit, key)
    if moved := right_address(visit, meeting, key):
        return moved
    return hide(visit.page(_comments_page(visit, meeting)))


def _comments_page(visit: Visit, meeting: MeetingView, form: Form | None = None) -> CommentsPage:
    """With a form that was refused, it stands where it stood."""
    session, actor = visit.session, visit.actor
    _refuse_others(visit, meeting)
    minutes = open_minutes(visit, meeting)
    said = comments.list_comments(session, actor, meeting.id)
    is_open = minutes.takes_comments and may_comment(actor, meeting.id)
    known = {section.id for section in minutes.sections}
    chosen = whole_number(form.value("section") if form else typed(visit, "punkt"))
    mended = whole_number(form.value("comment") if form else typed(visit, "ret"))
    own = next((one for one in said if one.id == mended and one.is_own and one.is_open), None)
    if form is None:
        form = (
            visit.blank(text=own.text, proposed=own.proposed, version=own.version)
            if own is not None
            else visit.blank()
        )
    decides = may_decide_comments(actor, meeting.id)
    return CommentsPage(
        meeting=meeting,
        minutes=minutes,
        piles=list(_pile(minutes.sections, said)),
        total=sum(one.withdrawn_at is None and one.hidden_at is None for one in said),
        waiting=sum(one.is_open for one in said) if decides else 0,
        voice=comments.find_voice(session, actor, meeting.id) if is_open else None,
        form=form,
        chosen=chosen if is_open and chosen in known else None,
        mended=own.id if is_open and own is not None else None,
        may_decide=decides,
    )


def _refuse_others(visit: Visit, meeting: MeetingView) -> None:
    if not may_see_comments(visit.actor, meeting.id):
        refuse_others(visit, meeting)


def _pile(sections: Iterable[Section], said: list[CommentView]) -> Iterable[Pile]:
    by_section: dict[int | None, list[CommentView]] = {}
    for one in said:
        by_section.setdefault(one.section_id, []).append(one)
    for section in sections:
        found = by_section.pop(section.id, []) if section.id is not None else []
        # Opening and closing words that nobody has written are nothing to speak of.
        if found or section.text or section.part == "item":
            yield Pile(section, found)
    for rest in by_section.values():
        yield Pile(None, rest)


@router.post(COMMENTS, dependencies=[only(may_comment_somewhere)])
def add_comment(visit: AVisit, form: SentForm, key: str) -> Response:
    if before := visit.done_before(form):
        return before
    meeting = _open_commented(visit, key)
    given = form.read(CommentInput)
    if given is None:
        return visit.page(_comments_page(visit, meeting, form), 422)
    _count_writing(visit, meeting)
    try:
        comment = commenting.add_comment(visit.session, visit.actor, meeting.id, given)
    except Refused as refusal:
        form.refuse("form", refusal.code, **refusal.values)
        return visit.page(_comments_page(visit, meeting, form), 409)
    return visit.done(form, f"{_path(meeting)}#bemaerkning-{comment.id}", "minutes_comment_added")


@router.post(ONE + "/ret", dependencies=[only(may_comment_somewhere)])
def mend_comment(visit: AVisit, form: SentForm, key: str, comment_id: int) -> Response:
    if before := visit.done_before(form):
        return before
    meeting = _open_commented(visit, key)
    comment = _find(visit, meeting, comment_id)
    form.typed["comment"] = [str(comment_id)]
    given = form.read(CommentEdit)
    if given is None:
        return visit.page(_comments_page(visit, meeting, form), 422)
    _count_writing(visit, meeting)
    try:
        commenting.edit_comment(visit.session, visit.actor, meeting.id, comment_id, given)
    except Refused as refusal:
        form.refuse("form", refusal.code, **refusal.values)
        if refusal.code == "stale":
            # What is stored now stands above the form; whoever sends again has seen it.
            form.typed["version"] = [str(comment.version)]
        return visit.page(_comments_page(visit, meeting, form), 409)
    return visit.done(form, f"{_path(meeting)}#bemaerkning-{comment_id}", "minutes_comment_saved")


@router.post(ONE + "/traek-tilbage", dependencies=[only(may_comment_somewhere)])
def take_comment_back(visit: AVisit, form: SentForm, key: str, comment_id: int) -> Response:
    if before := visit.done_before(form):
        return before
    meeting = open_meeting(visit, key)
    comment = comments.find_comment(visit.session, visit.actor, meeting.id, comment_id)
    if comment is None or not comment.is_own:
        _refuse_others(visit, meeting)
    _count_writing(visit, meeting)
    commenting.withdraw_comment(visit.session, visit.actor, meeting.id, comment_id)
    is_there = may_see_comments(visit.actor, meeting.id)
    path = f"{_path(meeting)}#bemaerkning-{comment_id}" if is_there else "/mit#referater"
    return visit.done(form, path, "minutes_comment_withdrawn")


@router.post(ONE + "/fortryd", dependencies=[only(may_comment_somewhere)])
def say_again(visit: AVisit, form: SentForm, key: str, comment_id: int) -> Response:
    if before := visit.done_before(form):
        return before
    meeting = _open_commented(visit, key)
    _count_writing(visit, meeting)
    commenting.restore_comment(visit.session, visit.actor, meeting.id, comment_id)
    return visit.done(form, f"{_path(meeting)}#bemaerkning-{comment_id}", "minutes_comment_restored")


def _open_commented(visit: Visit, key: str) -> MeetingView:
    """The meeting, where the visitor may read what is said of its minutes. Raises NotFound, and Refused where
    they have been taken back since the page was opened."""
    meeting = open_meeting(visit, key)
    _refuse_others(visit, meeting)
    if find_minutes(visit.session, visit.actor, meeting.id) is None:
        raise Refused("minutes_not_in_review")
    return meeting


def _count_writing(visit: Visit, meeting: MeetingView) -> None:
    actor = visit.actor
    who = f"user {actor.user_id}" if actor.is_signed_in else f"attendee {actor.seat_at(meeting.id)}"
    count_against(visit.session, f"minutes comments of {who}", MOST_WRITTEN, AN_HOUR)


def _find(visit: Visit, meeting: MeetingView, comment_id: int) -> CommentView:
    comment = comments.find_comment(visit.session, visit.actor, meeting.id, comment_id)
    if comment is None:
        raise NotFound
    return comment


def _path(meeting: MeetingView) -> str:
    return f"/moeder/{meeting.key}/referat/bemaerkninger"


# --- deciding


@router.get(ONE, dependencies=[only(may_write_minutes_somewhere)])
def show_comment(visit: AVisit, key: str, comment_id: int) -> Response:
    meeting = _open_to_decide(visit, key)
    return visit.page(_comment_page(visit, meeting, _find(visit, meeting, comment_id)))


def _open_to_decide(visit: Visit, key: str) -> MeetingView:
    meeting = open_meeting(visit, key)
    if not may_decide_comments(visit.actor, meeting.id):
        raise NotFound
    return meeting


def _comment_page(
    visit: Visit,
    meeting: MeetingView,
    comment: CommentView,
    form: Form | None = None,
    *,
    is_stale: bool = False,
) -> CommentPage:
    sections = list_sections(visit.session, meeting.id)
    section = next((one for one in sections if one.id == comment.section_id), None)
    if form is None:
        form = visit.blank(
            text=section.text if section else "",
            text_version=section.version if section else 0,
            version=comment.version,
        )
    elif is_stale and section is not None:
        # What is stored now stands beside the form; whoever sends again has seen it.
        form.typed["text_version"] = [str(section.version)]
    return CommentPage(
        meeting=meeting,
        comment=comment,
        section=section,
        form=form,
        may_hide=may_hide_comments(visit.actor),
        can_decide=comment.is_open and meeting.status != "approved",
        is_stale=is_stale,
    )


@router.post(ONE, dependencies=[only(may_write_minutes_somewhere)])
def decide_comment(visit: AVisit, form: SentForm, key: str, comment_id: int) -> Response:
    """Take it in or decline it. The word `insert` puts what is proposed into the text, and keeps nothing."""
    meeting = _open_to_decide(visit, key)
    if form.value("decision") == "insert":
        comment = _find(visit, meeting, comment_id)
        form.typed["text"] = ["\n\n".join(filter(None, (form.value("text").rstrip(), comment.proposed)))]
        return visit.page(_comment_page(visit, meeting, comment, form))
    if before := visit.done_before(form):
        return before
    comment = _find(visit, meeting, comment_id)
    given = form.read(DecisionInput)
    if given is None:
        return visit.page(_comment_page(visit, meeting, comment, form), 422)
    try:
        commenting.decide_comment(visit.session, visit.actor, meeting.id, comment_id, given)
    except Refused as refusal:
        is_stale = refusal.code == "minutes_text_stale"
        form.refuse(
            "reply" if refusal.code == "minutes_reply_needed" else "form", refusal.code, **refusal.values
        )
        status = 422 if refusal.code == "minutes_reply_needed" else 409
        return visit.page(_comment_page(visit, meeting, comment, form, is_stale=is_stale), status)
    return visit.done(form, f"{_path(meeting)}#bemaerkning-{comment_id}", f"minutes_comment_{given.decision}")


@router.post(ONE + "/genaabn", dependencies=[only(may_write_minutes_somewhere)])
def undo_decision(visit: AVisit, form: SentForm, key: str, comment_id: int) -> Response:
    if before := visit.done_before(form):
        return before
    meeting = _open_to_decide(visit, key)
    commenting.undo_decision(visit.session, visit.actor, meeting.id, comment_id, read_version(form))
    return visit.done(form, f"{_path(meeting)}/{comment_id}", "minutes_comment_waits")


@router.post(ONE + "/skjul", dependencies=[only(may_hide_comments)])
def hide_comment(visit: AVisit, form: SentForm, key: str, comment_id: int) -> Response:
    if before := visit.done_before(form):
        return before
    meeting = _open_to_decide(visit, key)
    comment = _find(visit, meeting, comment_id)
    given = form.read(HidingInput)
    if given is None:
        return visit.page(
            _comment_page(visit, meeting, comment, _with_text(visit, meeting, comment, form)), 422
        )
    commenting.hide_comment(visit.session, visit.actor, meeting.id, comment_id, given)
    return visit.done(form, f"{_path(meeting)}/{comment_id}", "minutes_comment_hidden")


@router.post(ONE + "/vis", dependencies=[only(may_hide_comments)])
def unhide_comment(visit: AVisit, form: SentForm, key: str, comment_id: int) -> Response:
    if before := visit.done_before(form):
        return before
    meeting = _open_to_decide(visit, key)
    given = form.read(CommentVersion)
    if given is None:
        raise NotFound
    commenting.show_comment(visit.session, visit.actor, meeting.id, comment_id, given.version)
    return visit.done(form, f"{_path(meeting)}/{comment_id}", "minutes_comment_shown")


def _with_text(visit: Visit, meeting: MeetingView, comment: CommentView, form: Form) -> Form:
    """The form of hiding with what the other form on the page begins with."""
    fresh = _comment_page(visit, meeting, comment).form
    form.typed = fresh.typed | form.typed
    return form
