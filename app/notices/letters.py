"""The letters of the outbox: the first words of a batch, and one person's mail of it, as it will be read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import i18n
from app.core.clock import today
from app.core.links import seal
from app.core.policy import SYSTEM, NotFound
from app.domain.attendance.models import Attendee
from app.domain.invitations.queries import find_state
from app.domain.meetings.models import Meeting
from app.domain.meetings.queries import MeetingView, find_meeting
from app.domain.outbox import service
from app.domain.outbox.events import BatchPrepared, LetterDue
from app.domain.outbox.models import Batch, BatchText, Letter
from app.domain.outbox.policy import why_not_send
from app.domain.outbox.queries import WAITING
from app.domain.outbox.schemas import OPTIONAL, UNSUBSCRIBE, About
from app.domain.registrations.models import Registration
from app.domain.registrations.schemas import ENDED
from app.domain.speakers.models import Speaker
from app.http.mail_words import spoken_with
from app.http.pages import prefixed
from app.notices.calendars import WithCalendar, calendar_of
from app.notices.invitations import own_invitation
from app.notices.minutes import KINDS as OF_MINUTES
from app.notices.minutes import is_overtaken, own_evaluation
from app.notices.post import Post, Receiver, Written, language_of
from app.notices.seats import own_sign_up
from app.notices.speakers import own_link

# Kinds that are about the day of the meeting, and so bring it to the receiver's calendar.
WITH_CALENDAR = frozenset({"invitation", "reminder", "change", "moved", "cancelled", "postponed"})

# What a receiver gets of their own beside the words that all get, by what the letter is about: values for
# templates/mails/own_ABOUT.txt, from (post, about_id, language).
Links = Callable[[Post, int, str], Mapping[str, object]]
LINKS: dict[About, Links] = {
    "registration": own_sign_up,
    "invitation": own_invitation,
    "speaker": own_link,
}


class _Facts(dict[str, Any]):
    """What a batch was prepared with; a fact that is not there is nothing, not an error."""

    def __missing__(self, key: str) -> None:
        return None


@dataclass(frozen=True, slots=True)
class _Parts:
    """All that one letter is made from."""

    letter: Letter
    batch: Batch
    text: BatchText
    meeting: MeetingView


def write_first_words(post: Post, prepared: BatchPrepared) -> None:
    """What the batch says to begin with, in each language that a receiver has; Danish is always there."""
    batch = post.session.get_one(Batch, prepared.batch_id)
    meeting = _get_meeting(post.session, batch.meeting_id)
    asked = select(Letter.language).where(Letter.batch_id == batch.id).distinct()
    known = {one if one in i18n.LANGUAGES else i18n.DEFAULT for one in post.session.scalars(asked)}
    texts = {
        language: _write_words(post, batch, meeting, language) for language in sorted({i18n.DEFAULT, *known})
    }
    service.write_first_words(post.session, batch.id, texts)


def renew_invitations(post: Post, meeting_id: int) -> None:
    """Let the invitations that wait say what is so of the meeting now, where nobody has edited their words.
    While they cannot leave, as when it is off or a draft, they stay as they were read."""
    waiting = post.session.scalars(
        select(Batch)
        .where(Batch.meeting_id == meeting_id, Batch.kind == "invitation", Batch.status.in_(WAITING))
        .order_by(Batch.id)
        .with_for_update()
    ).all()
    if not waiting:
        return
    meeting = _get_meeting(post.session, meeting_id)
    for batch in waiting:
        if why_not_send(batch.kind, meeting.status, meeting.held_on, today()):
            continue
        spoken = post.session.scalars(
            select(BatchText.language).where(BatchText.batch_id == batch.id).order_by(BatchText.language)
        )
        texts = {language: _write_words(post, batch, meeting, language) for language in spoken}
        service.renew_words(post.session, batch, texts)


def _write_words(post: Post, batch: Batch, meeting: MeetingView, language: str) -> tuple[str, str]:
    until, was_on, was_at = (batch.facts.get(name) for name in ("comment_until", "was_on", "was_at"))
    values = {
        "meeting": meeting,
        "facts": _Facts(batch.facts),
        "comment_until": date.fromisoformat(until) if until else None,
        # When the receivers take the meeting to be.
        "known_on": date.fromisoformat(was_on) if was_on else meeting.held_on,
        "known_at": datetime.fromisoformat(was_at) if was_at else None,
        "site": post.site,
        "mail_language": language,
    } | spoken_with(f"batch_{batch.kind}", language)

    def render(part: str) -> str:
        return post.renderer.render_template(f"mails/batch_{batch.kind}{part}", language, **values)

    return " ".join(render("_subject.txt").split()), render(".txt").strip()


def post_letter(post: Post, due: LetterDue) -> None:
    """Queue the mail of one letter; none to somebody who has meanwhile left the meeting, or answered."""
    parts = _find_parts(post.session, due.letter_id)
    letter = parts.letter
    if why := _why_skip(post.session, parts):
        service.skip_letter(post.session, letter.id, why)
        return
    mail_id = post.send(
        _receiver(letter),
        "letter",
        unsubscribe=_unsubscribe_address(post, parts),
        is_bulk=True,
        **_calendar(post, parts),
        **_values(post, parts),
    )
    if mail_id is not None:
        service.note_posted(post.session, letter.id, mail_id)


def write_letter(post: Post, letter_id: int) -> Written:
    """The mail of one letter word for word, without sending it. Raises NotFound."""
    parts = _find_parts(post.session, letter_id)
    address = _unsubscribe_address(post, parts)
    return post.write(_receiver(parts.letter), "letter", unsubscribe=address, **_values(post, parts))


def _find_parts(session: Session, letter_id: int) -> _Parts:
    letter = session.get(Letter, letter_id)
    if letter is None:
        raise NotFound
    batch = session.get_one(Batch, letter.batch_id)
    spoken = language_of(_receiver(letter))
    text = session.get(BatchText, (batch.id, spoken)) or session.get(BatchText, (batch.id, i18n.DEFAULT))
    if text is None:
        raise NotFound
    return _Parts(letter, batch, text, _get_meeting(session, batch.meeting_id))


def _get_meeting(session: Session, meeting_id: int) -> MeetingView:
    key = session.scalars(select(Meeting.key).where(Meeting.id == meeting_id)).one()
    meeting = find_meeting(session, SYSTEM, key)
    if meeting is None:
        raise NotFound
    return meeting


def _receiver(letter: Letter) -> Receiver:
    return Receiver(letter.email, letter.name, letter.language)


def _unsubscribe_address(post: Post, parts: _Parts) -> str | None:
    """Where one press ends mails of the kinds that may be turned off; None for the others."""
    if parts.batch.kind not in OPTIONAL:
        return None
    sealed = seal(post.session, UNSUBSCRIBE, parts.letter.id)
    path = prefixed(language_of(_receiver(parts.letter)), f"/mails/afmeld/{parts.letter.id}/{sealed}")
    return post.site.base_url + path


def _calendar(post: Post, parts: _Parts) -> WithCalendar:
    if parts.batch.kind not in WITH_CALENDAR:
        return {}
    letter, own = parts.letter, None
    if letter.about == "registration":
        signed_up = select(Registration.status).where(Registration.id == letter.about_id)
        own = post.session.scalars(signed_up).one_or_none()
    return calendar_of(post, parts.meeting.id, _receiver(letter), own or "")


def _why_skip(session: Session, parts: _Parts) -> str | None:
    """A reminder is for whoever has a seat, an invitation for whoever has not answered, everything else for
    whoever has not left."""
    letter, kind = parts.letter, parts.batch.kind
    meeting = parts.meeting
    if is_overtaken(session, parts.batch) or why_not_send(kind, meeting.status, meeting.held_on, today()):
        return "dropped"
    if letter.about == "registration":
        status = session.scalar(select(Registration.status).where(Registration.id == letter.about_id))
        is_out = status != "registered" if kind == "reminder" else status in (None, *ENDED)
        return "not_coming" if is_out else None
    if letter.about == "attendee":
        is_shown_out = select(Attendee.removed_at.is_not(None)).where(Attendee.id == letter.about_id)
        return "not_coming" if session.scalar(is_shown_out) is not False else None
    if letter.about == "invitation" and letter.about_id is not None:
        state = find_state(session, letter.about_id)
        if state in (None, "declined", "left", "withdrawn"):
            return "not_coming"
        return "answered" if kind == "invitation" and state in ("signed_up", "in_line") else None
    return None


def _values(post: Post, parts: _Parts) -> dict[str, Any]:
    letter = parts.letter
    own: Mapping[str, object] = {}
    about = letter.about
    if parts.batch.kind in OF_MINUTES:
        # The meeting is over: what the others are told of their seats there is of no use any more.
        about = "minutes"
        if parts.batch.kind == "minutes":
            own = own_evaluation(post, parts.meeting.id, parts.meeting.key, letter.about, letter.about_id)
    elif about is not None and letter.about_id is not None:
        find = LINKS.get(about)  # type: ignore[call-overload]
        if find is not None and not _is_to_old_address(post.session, letter):
            own = find(post, letter.about_id, language_of(_receiver(letter)))
    return {
        "subject_words": parts.text.subject,
        "words": parts.text.body,
        "kind": parts.batch.kind,
        "about": about if own else None,
        "meeting": parts.meeting,
        "facts": _Facts(parts.batch.facts),
        "own": own,
    }


def _is_to_old_address(session: Session, letter: Letter) -> bool:
    """Whether a speaker has another address by now, as when a letter is tried once more: the link is not for
    whoever reads the mails of the old one."""
    if letter.about != "speaker":
        return False
    email = session.scalar(select(Speaker.email).where(Speaker.id == letter.about_id))
    return bool(email) and email.lower() != letter.email.lower()
