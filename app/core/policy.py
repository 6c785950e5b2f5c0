"""Who is asking, and the words in which every room states its rules."""

from dataclasses import dataclass
from typing import Literal

Role = Literal["member", "staff", "admin", "auditor"]
MeetingRole = Literal["facilitator", "rapporteur", "speaker", "assessor"]
Scope = Literal["read", "write", "staff"]
Visibility = Literal["public", "participants", "municipalities", "staff", "own"]

ORGANISER_KINDS = frozenset({"association", "joint_procurement"})
VENDOR_KINDS = frozenset({"vendor", "consultancy"})


@dataclass(frozen=True, slots=True)
class Actor:
    """One person in one membership, or a stranger (no user), or the house itself (`is_system`).

    `is_strong`: came by more than a mailed code. `meeting_roles` and `attends` name meetings by id.
    `seats`: the meetings that the actor has joined on the day, each with the id as an attendee there, also
    of a guest without an account.
    `speaker_id`: came by this speaker's own link, which opens the meetings and items of `speaks_at` and no
    more: such a visitor has a name and is otherwise a stranger.
    `scopes`: what the key of a program may be used for, and `token_id` which one it is; None for a browser.
    """

    user_id: int | None = None
    name: str = ""
    language: str = "da"
    membership_id: int | None = None
    organisation_id: int | None = None
    organisation_name: str = ""
    organisation_kind: str | None = None
    role: Role | None = None
    is_confirmed: bool = False
    is_strong: bool = False
    meeting_roles: frozenset[tuple[int, str]] = frozenset()
    attends: frozenset[int] = frozenset()
    seats: frozenset[tuple[int, int]] = frozenset()
    speaker_id: int | None = None
    speaks_at: frozenset[tuple[int, int]] = frozenset()
    session_id: int | None = None
    token_id: int | None = None
    scopes: frozenset[Scope] | None = None
    is_system: bool = False

    @property
    def is_signed_in(self) -> bool:
        return self.user_id is not None

    @property
    def is_trusted_organiser(self) -> bool:
        """Confirmed in an organiser (KL, KOMBIT), and signed in by more than a mailed code."""
        return self.is_confirmed and self.is_strong and self.organisation_kind in ORGANISER_KINDS

    @property
    def needs_proof(self) -> bool:
        """Has a confirmed role in an organiser, but came by a mailed code alone: one step is missing."""
        is_weak = self.is_confirmed and not self.is_strong and self.organisation_kind in ORGANISER_KINDS
        return is_weak and self.role not in (None, "member")

    @property
    def is_staff(self) -> bool:
        """Staff of an organiser, or the house itself."""
        return self.is_system or (self.is_trusted_organiser and self.role in ("staff", "admin"))

    @property
    def is_admin(self) -> bool:
        return self.is_system or (self.is_staff and self.role == "admin")

    @property
    def is_auditor(self) -> bool:
        """Reads who did what, and changes nothing."""
        return self.is_trusted_organiser and self.role == "auditor"

    @property
    def only_reads(self) -> bool:
        """Speaks as an auditor, also one who has come no further than the mailed code."""
        return self.role == "auditor"

    @property
    def is_organisation_admin(self) -> bool:
        """Looks after who speaks for the own organisation; in an organiser its staff does that."""
        return self.is_confirmed and self.role == "admin" and self.organisation_kind not in ORGANISER_KINDS

    def has_meeting_role(self, meeting_id: int | None, *roles: MeetingRole) -> bool:
        """Whether the actor has one of these roles at this meeting."""
        return any((meeting_id, role) in self.meeting_roles for role in roles)

    def seat_at(self, meeting_id: int | None) -> int | None:
        """The actor's id as an attendee of this meeting, if it has been joined."""
        return next((seat for known, seat in self.seats if known == meeting_id), None)

    @property
    def is_vendor(self) -> bool:
        return self.organisation_kind in VENDOR_KINDS

    @property
    def is_municipality(self) -> bool:
        return self.organisation_kind == "municipality"


def is_person(actor: Actor) -> bool:
    """Anybody who is signed in, whoever they speak for."""
    return actor.is_signed_in


STRANGER = Actor()
SYSTEM = Actor(name="Dialogforum", is_system=True)


class Stopped(Exception):
    """A verb that went no further. `code` names the sentence to show."""

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(code)
        self.code = code
        self.values = values


class Refused(Stopped):
    """What was given, or the state of the thing, does not allow it: a sentence where it can be mended."""


class NotAllowed(Stopped):
    """May be seen but not done by this actor: 403 at the door."""

    def __init__(self, code: str = "not_allowed", **values: object) -> None:
        super().__init__(code, **values)


class NotFound(Stopped):
    """Missing, or hidden from this actor, which must look the same: 404 at the door."""

    def __init__(self, code: str = "not_found", **values: object) -> None:
        super().__init__(code, **values)


def require(allowed: bool, code: str = "not_allowed") -> None:
    """Stop the verb unless its rule holds."""
    if not allowed:
        raise NotAllowed(code)
