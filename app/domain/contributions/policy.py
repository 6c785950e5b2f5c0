"""Who may say, see, change and answer what."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Final, Protocol

from sqlalchemy import ColumnElement, all_, and_, false, func, or_, select, true

from app.core.kept import kept
from app.core.policy import VENDOR_KINDS, Actor, MeetingRole
from app.domain.contributions.gathering_models import Gathered
from app.domain.contributions.models import Answer, AnswerContribution, Contribution
from app.domain.meetings.models import Meeting
from app.domain.meetings.policy import has_place_at, heard_by, hears
from app.domain.meetings.policy import visible_to as meeting_visible_to

SENDER_KINDS = VENDOR_KINDS | {"municipality", "trade_association"}
RECORDERS: tuple[MeetingRole, ...] = ("facilitator", "rapporteur")
MOST_LINKS = 2  # more in what an unconfirmed person sends is looked at first
OPEN_STATUSES = ("received", "triage", "needs_info", "under_review")
# What an answer makes of what it answers. "later" leaves it open, with a new day.
STATUS_OF: Final = {"yes": "answered", "partly": "answered", "no": "declined", "later": "under_review"}


def may_send(actor: Actor) -> bool:
    """Send wishes and ideas: vendors, consultancies, municipalities, trade associations; confirmed or not."""
    return actor.is_signed_in and actor.organisation_kind in SENDER_KINDS


def may_record(actor: Actor) -> bool:
    """Write down what was said at any meeting, sort it and publish it."""
    return actor.is_staff


def may_record_at(actor: Actor, meeting_id: int | None) -> bool:
    """Write down what was said at this meeting and sort it: staff, its facilitators and its rapporteurs."""
    return may_record(actor) or (meeting_id is not None and meeting_id in _recorded_by(actor))


def may_record_somewhere(actor: Actor) -> bool:
    """Come in where things are written down; at which meetings is asked there."""
    return may_record(actor) or bool(_recorded_by(actor))


def _recorded_by(actor: Actor) -> list[int]:
    """The meetings where the actor is a facilitator or a rapporteur."""
    return sorted({meeting_id for meeting_id, role in actor.meeting_roles if role in RECORDERS})


def may_mark_interest(actor: Actor) -> bool:
    """Mark a municipality's interest: only who is known to speak for it."""
    return actor.is_signed_in and actor.is_municipality and actor.is_confirmed


def may_look_for_own_municipality(actor: Actor) -> bool:
    """See what is new for the municipality that one speaks for, confirmed or not: it holds nothing that its
    people could not read elsewhere."""
    return actor.is_signed_in and actor.is_municipality and actor.organisation_id is not None


def may_gather(actor: Actor) -> bool:
    """Put what says the same under a lead, and take it apart again."""
    return actor.is_staff


def may_see_contacts(actor: Actor) -> bool:
    """Read whom to contact in an interested municipality."""
    return actor.is_staff or (actor.is_municipality and actor.is_confirmed)


def may_read_signer(actor: Actor, organisation_id: int) -> bool:
    """Read who set or changed a municipality's mark, by name: its confirmed people, and staff."""
    return actor.is_staff or _speaks_for(actor, organisation_id)


# --- one contribution


class Said(Protocol):
    """What the rules look at: a row, or a view of one."""

    @property
    def kind(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def visibility(self) -> str: ...
    @property
    def published_at(self) -> datetime | None: ...
    @property
    def said_by_user_id(self) -> int | None: ...
    @property
    def entered_by_id(self) -> int | None: ...
    @property
    def on_behalf_of_id(self) -> int | None: ...
    @property
    def meeting_id(self) -> int | None: ...
    @property
    def attendee_id(self) -> int | None: ...
    @property
    def hidden_at(self) -> datetime | None: ...


# The same as columns, for a statement whose rows the rules look at.
OF_SAID: Final = (
    Contribution.kind,
    Contribution.status,
    Contribution.visibility,
    Contribution.published_at,
    Contribution.said_by_user_id,
    Contribution.entered_by_id,
    Contribution.on_behalf_of_id,
    Contribution.meeting_id,
    Contribution.attendee_id,
    Contribution.hidden_at,
)


def is_author(actor: Actor, said: Said) -> bool:
    """Whether the actor typed it in."""
    return actor.user_id is not None and actor.user_id == said.entered_by_id


def is_sent(said: Said) -> bool:
    """Whether it was sent by who said it, not written down by somebody else in the room."""
    if said.attendee_id is not None:
        return True
    return said.said_by_user_id is not None and said.said_by_user_id == said.entered_by_id


def is_own(actor: Actor, said: Said) -> bool:
    """Whether the actor sent it, or is known to speak for the organisation on whose behalf it was sent.

    Who sent it must speak for the same organisation still: what was said for a former employer is the
    employer's. What was written down in a room belongs to the record, not to who wrote it down; what somebody
    wrote there with their own hands is theirs, by the browser or the account, however it is shown.
    """
    if is_own_in_room(actor, said):
        return True
    if not is_sent(said):
        return False
    sent_it = is_author(actor, said) and said.on_behalf_of_id in (None, actor.organisation_id)
    return sent_it or _speaks_for(actor, said.on_behalf_of_id)


def is_own_in_room(actor: Actor, said: Said) -> bool:
    """Whether the actor wrote it in the room on the day."""
    return said.attendee_id is not None and (said.meeting_id, said.attendee_id) in actor.seats


def is_written_by_others(actor: Actor, said: Said) -> bool:
    """Whether somebody else wrote it in on behalf of the organisation that the actor speaks for."""
    by_others = said.entered_by_id is not None and not is_sent(said) and not is_author(actor, said)
    return by_others and _speaks_for(actor, said.on_behalf_of_id)


def _speaks_for(actor: Actor, organisation_id: int | None) -> bool:
    return actor.is_confirmed and organisation_id is not None and actor.organisation_id == organisation_id


def _is_in_own_record(actor: Actor, said: Said) -> bool:
    """Whether it was written down at a meeting where the actor writes down too, and is not kept from them.

    Whoever writes down may be a vendor: what is for staff or for one organisation stays there.
    """
    is_open = said.hidden_at is None and said.visibility not in _CLOSED
    is_of_room = said.attendee_id is not None or not is_sent(said)
    return is_open and is_of_room and may_record_at(actor, said.meeting_id)


_CLOSED = ("staff", "own")


def is_out(said: Said, is_meeting_out: bool = True) -> bool:
    """Whether it is published, neither withdrawn nor hidden, and not of a meeting that is still a draft.

    What waits to be let through is not published.
    """
    is_in_force = said.status != "withdrawn" and said.hidden_at is None
    return said.published_at is not None and is_in_force and is_meeting_out


def may_see(actor: Actor, said: Said, is_meeting_out: bool = True) -> bool:
    """The same rule as `visible_to`, for a row at hand. `is_meeting_out`: its meeting is published."""
    if actor.is_staff or is_own(actor, said) or _is_in_own_record(actor, said):
        return True
    return is_out(said, is_meeting_out or has_place_at(actor, said.meeting_id)) and (
        said.visibility in _levels(actor)
        or (said.visibility == "participants" and hears(actor, said.meeting_id))
        or (said.visibility == "own" and _speaks_for(actor, said.on_behalf_of_id))
    )


def _levels(actor: Actor) -> list[str]:
    """What is open to the actor whatever the meeting and whoever said it."""
    levels = ["public"]
    if actor.is_confirmed and actor.is_municipality:
        levels.append("municipalities")
    return levels


def may_edit_draft(actor: Actor, said: Said) -> bool:
    """Change an idea that is not sent yet; one that waits to be let through is sent."""
    return said.status == "draft" and said.published_at is None and is_own(actor, said)


def may_edit_card(actor: Actor, said: Said) -> bool:
    """Change what was written down at a meeting; what somebody sent stays in their words.

    Facilitators and rapporteurs change what is still hidden; what is out, only staff.
    """
    if said.kind not in ("card", "question", "wish") or is_sent(said):
        return False
    return may_record(actor) or (said.published_at is None and may_record_at(actor, said.meeting_id))


def may_withdraw(actor: Actor, said: Said) -> bool:
    if said.status == "withdrawn":
        return False
    return may_record(actor) or is_own(actor, said) or may_edit_card(actor, said)


def may_read_confidential(actor: Actor, said: Said) -> bool:
    """Read an idea's confidential half: staff, its own organisation's confirmed members, and who wrote it.

    The writer must still speak for the same organisation.
    """
    if actor.is_staff:
        return True
    return actor.organisation_id == said.on_behalf_of_id is not None and (
        actor.is_confirmed or is_author(actor, said)
    )


def is_late(answer_by: date | None, status: str, on: date) -> bool:
    """Whether the answer should have come before this day and has not."""
    return answer_by is not None and answer_by < on and status in OPEN_STATUSES


# --- what is held back


def may_hold_back(actor: Actor) -> bool:
    """Let newcomers' contributions through, hide and show again, black out words and read them still."""
    return actor.is_staff


def why_wait(actor: Actor, is_known: bool, links: int) -> str | None:
    """Why what the actor sends waits for staff: newcomer or links; None where it is open at once.

    `is_known`: something that the actor sent before has been let through. Who is confirmed never waits.
    """
    if actor.is_confirmed:
        return None
    if not is_known:
        return "newcomer"
    return "links" if links > MOST_LINKS else None


# --- the same for SQL


def is_listed() -> ColumnElement[bool]:
    """What belongs in lists and counts, also for its own people and staff: sent, and in force."""
    return and_(Contribution.status != "draft", is_in_force())


def is_in_force() -> ColumnElement[bool]:
    """Neither withdrawn, nor hidden by staff, nor waiting to be let through; drafts of the room are."""
    return and_(
        Contribution.status != "withdrawn",
        Contribution.hidden_at.is_(None),
        Contribution.waiting_reason.is_(None),
    )


def was_open_to(actor: Actor) -> ColumnElement[bool]:
    """What staff has hidden and the actor could read until then."""
    meeting = _meeting_is_out_in_sql(actor)
    was_out = and_(Contribution.published_at.is_not(None), Contribution.status != "withdrawn", meeting)
    return and_(Contribution.hidden_at.is_not(None), was_out, _is_open_to_in_sql(actor))


def has_been_open_to(actor: Actor) -> ColumnElement[bool]:
    """What was published for the actor to read, also where it has been withdrawn or hidden since."""
    meeting = _meeting_is_out_in_sql(actor)
    return and_(Contribution.published_at.is_not(None), meeting, _is_open_to_in_sql(actor))


@kept
def _is_out_in_sql(actor: Actor) -> ColumnElement[bool]:
    return and_(
        Contribution.published_at.is_not(None),
        Contribution.status != "withdrawn",
        Contribution.hidden_at.is_(None),
        _meeting_is_out_in_sql(actor),
    )


def _meeting_is_out_in_sql(actor: Actor) -> ColumnElement[bool]:
    return _is_of_no_hidden_meeting(Contribution.meeting_id, actor)


def _is_of_no_hidden_meeting(meeting_id: ColumnElement[int | None], actor: Actor) -> ColumnElement[bool]:
    """The few meetings that the actor may not see are read once, not the meeting of every row."""
    # Never correlated: around it may stand a statement that reads meetings of its own.
    hidden = select(Meeting.id).where(~meeting_visible_to(actor)).correlate(None).scalar_subquery()
    return or_(meeting_id.is_(None), meeting_id != all_(func.array(hidden)))


@kept
def visible_to(actor: Actor) -> ColumnElement[bool]:
    """What the actor may see; drafts, and what is held back or withdrawn, only to own people and staff."""
    if actor.is_staff:
        return true()
    seen = or_(and_(_is_out_in_sql(actor), _is_open_to_in_sql(actor)), _own_in_sql(actor))
    recorded = _recorded_by(actor)
    if not recorded:
        return seen
    in_own_record = and_(
        Contribution.meeting_id.in_(recorded),
        or_(~is_sent_in_sql(), Contribution.attendee_id.is_not(None)),
        Contribution.hidden_at.is_(None),
        Contribution.visibility.not_in(_CLOSED),
    )
    return or_(seen, in_own_record)


def _is_open_to_in_sql(actor: Actor) -> ColumnElement[bool]:
    """By its visibility, whatever its state."""
    open_to = or_(
        Contribution.visibility.in_(_levels(actor)),
        and_(
            Contribution.visibility == "participants",
            Contribution.meeting_id.in_(sorted(heard_by(actor))),
        ),
    )
    if _speaks_for(actor, actor.organisation_id):
        in_own = and_(Contribution.visibility == "own", Contribution.on_behalf_of_id == actor.organisation_id)
        open_to = or_(open_to, in_own)
    return open_to


def is_sent_in_sql() -> ColumnElement[bool]:
    """The same rule as `is_sent`."""
    by_account = func.coalesce(Contribution.said_by_user_id == Contribution.entered_by_id, false())
    return or_(Contribution.attendee_id.is_not(None), by_account)


def _own_in_sql(actor: Actor) -> ColumnElement[bool]:
    """The same rule as `is_own`."""
    in_room = (
        Contribution.attendee_id.in_(sorted(seat for _, seat in actor.seats)) if actor.seats else false()
    )
    if actor.user_id is None:
        return in_room
    own = Contribution.on_behalf_of_id.is_(None) & (Contribution.entered_by_id == actor.user_id)
    if actor.organisation_id is not None:
        colleagues = true() if actor.is_confirmed else Contribution.entered_by_id == actor.user_id
        own = or_(own, (Contribution.on_behalf_of_id == actor.organisation_id) & colleagues)
    return or_(in_room, and_(own, is_sent_in_sql()))


# Of what is written in a room, what those who hear the meeting see, and what everybody sees.
TO_THE_ROOM = ("public", "participants")
TO_ALL = ("public",)


def fit_for(levels: tuple[str, ...]) -> ColumnElement[bool]:
    """What everybody sees alike who may see these levels: let through, neither withdrawn nor hidden.

    Its own author and who writes down see more; they read it through `visible_to`.
    """
    return and_(
        Contribution.published_at.is_not(None),
        Contribution.status != "withdrawn",
        Contribution.hidden_at.is_(None),
        Contribution.visibility.in_(levels),
    )


# --- answers


def may_see_answer(
    actor: Actor, answer: Answer, is_meeting_out: bool = True, answered: Collection[Said] = ()
) -> bool:
    """The same rule as `answers_visible_to`, for a row at hand. `answered`: what it answers, with what hangs
    under that."""
    is_meeting_out = is_meeting_out or has_place_at(actor, answer.meeting_id)
    sees_any = not answered or any(may_see(actor, said) for said in answered)
    return actor.is_staff or (answer.published_at is not None and is_meeting_out and sees_any)


@kept
def answers_visible_to(actor: Actor) -> ColumnElement[bool]:
    """Published answers are open to who may see any of what they answer, or what hangs under it: their words
    tell of it. One still being prepared is open only to staff."""
    if actor.is_staff:
        return true()
    to_it = (
        select(AnswerContribution.answer_id)
        .where(AnswerContribution.answer_id == Answer.id)
        .correlate(Answer)
    )
    sees_it = to_it.join(Contribution, Contribution.id == AnswerContribution.contribution_id)
    sees_member = to_it.join(Gathered, Gathered.lead_id == AnswerContribution.contribution_id).join(
        Contribution, Contribution.id == Gathered.contribution_id
    )
    answers_something_seen = or_(
        ~to_it.exists(),
        sees_it.where(visible_to(actor)).exists(),
        sees_member.where(visible_to(actor)).exists(),
    )
    return and_(
        Answer.published_at.is_not(None),
        _is_of_no_hidden_meeting(Answer.meeting_id, actor),
        answers_something_seen,
    )
