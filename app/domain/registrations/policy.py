"""Who may sign up, and who may see who else has."""

from datetime import date, datetime
from typing import Protocol

from sqlalchemy import ColumnElement, and_, false, or_, true

from app.core.policy import Actor
from app.domain.meetings.policy import meetings_of, takes_part
from app.domain.registrations.models import Registration
from app.domain.users.consents import users_agreeing_to

# The states of a meeting in which one can sign up, be it for the queue.
OPEN_STATUSES = frozenset({"open", "full", "live"})


class Signed(Protocol):
    """What the rules look at: a row, or a view of one. `is_listed`: the consent is in force."""

    @property
    def meeting_id(self) -> int: ...
    @property
    def user_id(self) -> int: ...
    @property
    def status(self) -> str: ...
    @property
    def is_listed(self) -> bool: ...


def may_sign_up(actor: Actor) -> bool:
    """Anybody who is signed in, confirmed or not; an auditor changes nothing."""
    return actor.is_signed_in and not actor.is_auditor


def may_manage(actor: Actor) -> bool:
    """See everybody who has signed up and open or close the doors: those who arrange meetings."""
    return actor.is_staff


def may_decide(actor: Actor) -> bool:
    """Decide about one sign-up, also against the rules: staff in person, for the name stands with it."""
    return may_manage(actor) and not actor.is_system


def may_know_colleagues(actor: Actor, organisation_id: int) -> bool:
    """Learn who else speaks for this organisation, and who of them comes: who is known to do so too."""
    return actor.is_confirmed and actor.organisation_id == organisation_id


def may_hear_panel_questions(actor: Actor, meeting_id: int, is_own_item: bool) -> bool:
    """Read what those who come ask a panel: those who arrange and lead the meeting, and the panel itself."""
    leads = actor.has_meeting_role(meeting_id, "facilitator", "rapporteur")
    return may_manage(actor) or leads or is_own_item


def asks_for_food(format: str) -> bool:
    """Whether people of a meeting of this format eat together."""
    return format != "virtual"


def may_see_participants(actor: Actor, meeting_id: int) -> bool:
    """Read who takes part: those who do so themselves and are known to speak for somebody, and staff."""
    return may_manage(actor) or takes_part(actor, meeting_id)


def may_see(actor: Actor, signed: Signed) -> bool:
    """The same rule as `visible_to`, for a sign-up at hand."""
    if may_manage(actor) or (actor.user_id is not None and actor.user_id == signed.user_id):
        return True
    is_shown = signed.status == "registered" and signed.is_listed
    return is_shown and may_see_participants(actor, signed.meeting_id)


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """The sign-ups that the actor may see by name: one's own, and of own meetings those who agreed to it."""
    if may_manage(actor):
        return true()
    own = Registration.user_id == actor.user_id if actor.user_id is not None else false()
    shown = and_(
        Registration.meeting_id.in_(sorted(meetings_of(actor))), Registration.status == "registered", listed()
    )
    return or_(own, shown)


def listed() -> ColumnElement[bool]:
    """The person agreed to be seen at this meeting, and has not taken that back anywhere."""
    agreeing = users_agreeing_to("participant_list")
    return and_(Registration.listed_at.is_not(None), Registration.user_id.in_(agreeing))


class Seated(Protocol):
    """What decides whether somebody can sign up for a meeting, and how many."""

    @property
    def id(self) -> int: ...
    @property
    def seats(self) -> int | None: ...
    @property
    def status(self) -> str: ...
    @property
    def status_before(self) -> str | None: ...
    @property
    def held_on(self) -> date: ...
    @property
    def starts_at(self) -> datetime | None: ...
    @property
    def registration_closes_on(self) -> date | None: ...


def why_closed(meeting: Seated, on: date) -> str | None:
    """The code of the sentence that says why nobody can sign up on this day; None while the doors are open.

    Whether there are seats left is another matter.
    """
    if meeting.status in ("cancelled", "postponed"):
        return f"signup_{meeting.status}"
    if meeting.held_on < on:
        return "signup_past"
    # Beginning opens nothing: a sign-up that staff has closed, or never opened, stays so.
    begun_closed = meeting.status == "live" and meeting.status_before == "announced"
    if meeting.status in ("draft", "announced") or begun_closed:
        return "signup_not_open"
    if meeting.status not in OPEN_STATUSES:
        return "signup_past"
    if meeting.registration_closes_on is not None and meeting.registration_closes_on < on:
        return "signup_closed"
    return None
