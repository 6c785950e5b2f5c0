"""Who is asked to come to a meeting, for staff: read, asked, reminded, taken back.

Nothing is sent from here: mails wait in the outbox until a person presses send. Nobody keeps the answers,
which are full of addresses.
"""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import Path, Query
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.api.answers import Out, answer
from app.api.asking import make_router
from app.api.meetings import MeetingKey, find_meeting
from app.api.verbs import Doors
from app.core.clock import today
from app.core.text import Line, MailAddress
from app.domain.contributions.schemas import Given
from app.domain.invitations import service
from app.domain.invitations.checking import check_list
from app.domain.invitations.policy import may_invite, why_not_invite
from app.domain.invitations.queries import PER_PAGE, count_states, list_invitations
from app.domain.invitations.reading import LONGEST_NAME, read_list, write_list
from app.domain.invitations.schemas import MOST_AT_ONCE, Invitee, Language, State
from app.http.visit import AVisit, Visit, only

router = make_router("invitationer")
INVITATIONS = "/moeder/{key}/invitationer"
RowId = Annotated[int, Path(ge=1, le=2**53)]
# As in the page's address.
STATES: dict[str, State] = {
    "ikke-svaret": "invited",
    "tilmeldt": "signed_up",
    "i-koe": "in_line",
    "nej-tak": "declined",
    "meldt-fra": "left",
    "i-udbakken": "in_outbox",
    "ikke-sendt": "unsent",
    "kom-ikke-frem": "bounced",
    "ingen-mails": "no_mails",
    "trukket-tilbage": "withdrawn",
}


class InvitationOut(Out):
    """Somebody who was asked to come."""

    id: int
    email: str = Field(description="Where it was sent.")
    name: str
    language: str = Field(description="In which it is written: da, en or sv.")
    state: State
    told_at: datetime | None = Field(description="When the mail left last, or null.")
    answered_at: datetime | None = Field(description="When they said no, or null.")
    organisation: str = Field(description="The organisation that the mail domain points to; empty for none.")


class InvitationsOut(Out):
    """A page of those who were asked to come to a meeting."""

    meeting_key: str
    closed: str | None = Field(description="Why nobody can be asked, by a code; null while one can.")
    counts: dict[State, int] = Field(description="How many there are of each state, of all pages.")
    items: list[InvitationOut] = Field(description="By name.")
    pages: int = Field(description="On how many pages, of those in the state that is asked for.")


class LeftOutOut(Out):
    """Somebody who will not be asked."""

    email: str = Field(description="As it was sent.")
    name: str
    why: str = Field(description="Why, by a code, such as signed_up, declined or no_mails.")


class AskedToComeOut(Out):
    """Somebody who will be asked."""

    email: str = Field(description="Where it will be sent.")
    name: str
    language: str = Field(description="In which it will be written: da, en or sv.")
    organisation: str = Field(description="By the account, or by the mail domain; empty for none.")
    is_known: bool = Field(description="Whether they have an account.")


class CheckedOut(Out):
    """What would happen if all of them were asked."""

    invited: list[AskedToComeOut] = Field(description="Who would be asked, in the order that was sent.")
    left_out: list[LeftOutOut] = Field(description="Who would not, and why.")


class InvitationsAsked(BaseModel):
    """Those in one state, and which page of them."""

    model_config = ConfigDict(extra="forbid")

    svar: (
        Literal[
            "ikke-svaret",
            "tilmeldt",
            "i-koe",
            "nej-tak",
            "meldt-fra",
            "i-udbakken",
            "ikke-sendt",
            "kom-ikke-frem",
            "ingen-mails",
            "trukket-tilbage",
        ]
        | None
    ) = Field(None, description="How it stands with them.")
    side: int = Field(1, ge=1, le=500, description="The page.")


class InviteeIn(Given):
    """Somebody to be asked, by a mail address."""

    email: MailAddress
    # What is a mark of the list that it is read as, stands in no name.
    name: Annotated[Line, StringConstraints(max_length=LONGEST_NAME, pattern=r'^[^"]*$')] = ""
    language: Language | None = None


class InviteesIn(Given):
    """People to be asked. `language`: for those of whom none is known."""

    people: Annotated[list[InviteeIn], Field(min_length=1, max_length=MOST_AT_ONCE)]
    language: Language = "da"


def _read(given: InviteesIn) -> list[Invitee]:
    """The people, by the rules for a list that staff pastes. Raises RequestValidationError."""
    written = write_list(Invitee(one.email, one.name, one.language) for one in given.people)
    found = read_list(written)
    if found.mistakes:
        # The first line names the columns.
        places = [mistake.line - 2 for mistake in found.mistakes]
        raise RequestValidationError(
            [{"type": "email", "loc": ("body", "people", place, "email")} for place in places]
        )
    return list(found.people)


def show(visit: Visit, key: str, asked: InvitationsAsked | None = None) -> tuple[InvitationsOut, None]:
    meeting = find_meeting(visit, key)
    state = STATES[asked.svar] if asked and asked.svar else None
    counts = count_states(visit.session, meeting.id)
    total = counts.get(state, 0) if state else sum(counts.values())
    found = list_invitations(visit.session, meeting.id, state, asked.side if asked else 1)
    return InvitationsOut(
        meeting_key=meeting.key,
        closed=why_not_invite(meeting, today()),
        counts=counts,
        items=[InvitationOut.model_validate(one) for one in found],
        pages=max(1, -(-total // PER_PAGE)),
    ), None


doors = Doors(router, InvitationsOut, show, at=INVITATIONS.replace("{key}", "{}"), is_kept=False)


@router.get(INVITATIONS, dependencies=[only(may_invite)], response_model=InvitationsOut)
def list_invited(visit: AVisit, key: MeetingKey, asked: Annotated[InvitationsAsked, Query()]) -> Response:
    """Who was asked to come, and how it stands with each, page by page."""
    return _unkept(answer(visit, show(visit, key, asked)[0]))


@router.post(INVITATIONS + "/tjek", dependencies=[only(may_invite)], response_model=CheckedOut)
def check(visit: AVisit, key: MeetingKey, given: InviteesIn) -> Response:
    """Who of these would be asked, and why the others not. Nothing is kept, so it takes no key of its own."""
    meeting = find_meeting(visit, key)
    found = check_list(visit.session, meeting.id, _read(given), given.language)
    invited = [AskedToComeOut.model_validate(one) for one in found.candidates]
    left_out = [LeftOutOut.model_validate(one) for one in found.omissions]
    return _unkept(answer(visit, CheckedOut(invited=invited, left_out=left_out)))


def _unkept(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response


@doors.post(INVITATIONS, may_invite, makes=True)
def invite(visit: Visit, key: MeetingKey, given: InviteesIn) -> str:
    """Ask those who can be asked; their mails wait in the outbox for somebody to read and send them."""
    meeting = find_meeting(visit, key)
    service.invite(visit.session, visit.actor, meeting.id, _read(given), given.language)
    return meeting.key


@doors.post(INVITATIONS + "/paamind", may_invite)
def remind(visit: Visit, key: MeetingKey) -> str:
    """Write again to those who have not answered; the mails wait in the outbox."""
    meeting = find_meeting(visit, key)
    service.remind(visit.session, visit.actor, meeting.id)
    return meeting.key


@doors.post(INVITATIONS + "/{invitation_id}/traek-tilbage", may_invite)
def withdraw(visit: Visit, key: MeetingKey, invitation_id: RowId) -> str:
    """Take an invitation back: its link works no more, and a mail that waits is left out."""
    meeting = find_meeting(visit, key)
    service.withdraw(visit.session, visit.actor, meeting.id, invitation_id)
    return meeting.key
