"""What would happen if everybody on a list were invited: told before anything is kept or sent."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import select, union_all
from sqlalchemy.orm import Session

from app.domain.invitations.queries import find_states, name_organisations
from app.domain.invitations.schemas import Invitee, Language, LeftOut, State
from app.domain.outbox.queries import find_opted_out
from app.domain.registrations.models import Registration
from app.domain.registrations.schemas import ENDED
from app.domain.users.directory import known_organisations
from app.domain.users.models import User, UserEmail

# How a state of an earlier invitation keeps somebody off the list; in other states they are asked anew.
_BEFORE: Final[Mapping[State, LeftOut]] = {
    "signed_up": "signed_up",
    "in_line": "in_line",
    "invited": "already_invited",
    "in_outbox": "in_outbox",
    "declined": "declined",
    "left": "left",
    "bounced": "bounced",
    "no_mails": "no_mails",
}


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who will be invited. `user_id`: of an account. `organisation`: by name, where it is known or
    the mail domain points to it. `invitation_id`: an earlier one, never sent or taken back."""

    email: str
    name: str
    language: Language
    user_id: int | None
    organisation: str
    invitation_id: int | None

    @property
    def is_known(self) -> bool:
        return self.user_id is not None


@dataclass(frozen=True, slots=True)
class Omission:
    """Somebody on the list who will not be invited, and why."""

    email: str
    name: str
    why: LeftOut


@dataclass(frozen=True, slots=True)
class Checked:
    """Everybody on the list, each once among the candidates, in the list's order."""

    candidates: tuple[Candidate, ...]
    omissions: tuple[Omission, ...]

    @property
    def known(self) -> list[Candidate]:
        return [one for one in self.candidates if one.is_known]

    @property
    def new(self) -> list[Candidate]:
        return [one for one in self.candidates if not one.is_known]


def check_list(
    session: Session, meeting_id: int, people: Sequence[Invitee], language: Language = "da"
) -> Checked:
    """Who of these can be invited, and why the others are not. `language` is for those of whom none is known.

    A constant number of statements, however long the list.
    """
    emails = sorted({one.email for one in people})
    accounts = _find_accounts(session, emails)
    user_ids = sorted({account.id for account in accounts.values()})
    before = find_states(session, meeting_id, emails, user_ids)
    sign_ups = _find_sign_ups(session, meeting_id, user_ids)
    opted_out = find_opted_out(session, emails)
    organisations = name_organisations(session, [email for email in emails if email not in accounts])
    candidates: list[Candidate] = []
    omissions: list[Omission] = []
    taken: set[str | int] = set()
    for one in _with_names(people):
        account = accounts.get(one.email)
        user_id = account.id if account else None
        earlier = before.get(one.email) or before.get(user_id or 0)
        name = (account.name if account else "") or one.name
        why = _why_left_out(one.email, account, taken, sign_ups, earlier, opted_out)
        if why is not None:
            omissions.append(Omission(one.email, name, why))
        else:
            candidates.append(
                Candidate(
                    one.email,
                    name,
                    account.language if account else one.language or language,
                    user_id,
                    account.organisations if account else organisations.get(one.email, ""),
                    earlier[0] if earlier else None,
                )
            )
        taken |= {one.email} | ({user_id} if user_id is not None else set())
    return Checked(tuple(candidates), tuple(omissions))


def _with_names(people: Iterable[Invitee]) -> list[Invitee]:
    """The list, where the first of two with one address has the name and language that the second gives."""
    told: dict[str, Invitee] = {}
    for one in people:
        first = told.get(one.email)
        name = first.name if first and first.name else one.name
        told[one.email] = replace(
            one, name=name, language=(first.language if first else None) or one.language
        )
    return [told[one.email] for one in people]


def _why_left_out(
    email: str,
    account: Any,
    taken: set[str | int],
    sign_ups: Mapping[int, str],
    earlier: tuple[int, State] | None,
    opted_out: set[str],
) -> LeftOut | None:
    if email in taken:
        return "double"
    if account is not None:
        if account.id in taken:
            return "same_person"
        if account.disabled_at is not None:
            return "closed_account"
        if account.id in sign_ups:
            return "signed_up" if sign_ups[account.id] == "registered" else "in_line"
    if earlier is not None and earlier[1] in _BEFORE:
        return _BEFORE[earlier[1]]
    return "no_mails" if email in opted_out else None


def _find_accounts(session: Session, emails: Sequence[str]) -> dict[str, Any]:
    """The account that each address signs in, with the organisations it is known to speak for."""
    addresses = union_all(
        select(User.email.label("email"), User.id.label("user_id")).where(User.email.in_(emails)),
        select(UserEmail.email, UserEmail.user_id).where(UserEmail.email.in_(emails)),
    ).subquery()
    rows = session.execute(
        select(
            addresses.c.email,
            User.id,
            User.name,
            User.language,
            User.disabled_at,
            known_organisations().label("organisations"),
        ).join(User, User.id == addresses.c.user_id)
    )
    return {row.email: row for row in rows}


def _find_sign_ups(session: Session, meeting_id: int, user_ids: Sequence[int]) -> dict[int, str]:
    rows = session.execute(
        select(Registration.user_id, Registration.status).where(
            Registration.meeting_id == meeting_id,
            Registration.user_id.in_(user_ids),
            Registration.status.not_in(ENDED),
        )
    )
    return {row.user_id: row.status for row in rows}
