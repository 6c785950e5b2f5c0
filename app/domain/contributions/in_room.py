"""What somebody writes in the room on the day: how the author is shown, and what the row may say of them.

Shared by what is written on boards and what is asked of the panel.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, case, func, or_, select, update
from sqlalchemy.orm import Session

from app.core.policy import Actor
from app.domain.attendance.models import Attendee, LiveRoom
from app.domain.attendance.policy import has_seat, ways_to_be_shown
from app.domain.attendance.schemas import ShownAs
from app.domain.contributions.models import Contribution
from app.domain.contributions.policy import is_own_in_room, is_sent_in_sql
from app.domain.organisations.models import Organisation

# From the most to the least that is told. Of the last two no name stands in the row.
FROM_NAME_TO_NOTHING: Final[tuple[ShownAs, ...]] = ("name", "organisation", "kind", "anonymous")
NAMELESS: Final = ("kind", "anonymous")
# Said in Danish as all content is. The two organisers are one kind: each is the only one of its own.
KIND_WORDS: Final[dict[str, str]] = {
    "association": "En arrangør",
    "joint_procurement": "En arrangør",
    "municipality": "En kommune",
    "region": "En region",
    "vendor": "En leverandør",
    "consultancy": "Et konsulenthus",
    "trade_association": "En brancheorganisation",
    "authority": "En myndighed",
    "other": "En anden organisation",
}


@dataclass(frozen=True, slots=True)
class Author:
    """An attendee as the one who writes. `organisation` and `kind` may be empty."""

    attendee_id: int
    user_id: int | None
    name: str
    organisation_id: int | None
    organisation: str
    kind: str
    shown_as: str


def find_author(session: Session, actor: Actor, meeting_id: int) -> Author | None:
    """The actor as the one who writes at this meeting; None for who has not joined its room, or left it."""
    if not actor.seats:
        return None
    row = session.execute(
        select(
            Attendee.id,
            Attendee.user_id,
            Attendee.name,
            Attendee.organisation_id,
            func.coalesce(func.nullif(Attendee.organisation_name, ""), Organisation.name, ""),
            func.coalesce(func.nullif(Attendee.organisation_kind, ""), Organisation.kind, ""),
            Attendee.shown_as,
        )
        .outerjoin(Organisation, Organisation.id == Attendee.organisation_id)
        .where(
            Attendee.id.in_([seat for _, seat in actor.seats]), Attendee.meeting_id == meeting_id, has_seat()
        )
        .order_by(Attendee.id)
        .limit(1)
    ).one_or_none()
    return Author(*row) if row else None


def choices_for(names: str, author: Author) -> tuple[ShownAs, ...]:
    """How the author may choose to be shown in a room with this rule: what there is something to show of."""
    has = {
        "name": bool(author.name),
        "organisation": bool(author.organisation),
        "kind": author.kind in KIND_WORDS,
        "anonymous": True,
    }
    return tuple(one for one in ways_to_be_shown(names) if has[one]) or ("anonymous",)


def fit(asked: str | None, names: str, author: Author) -> ShownAs:
    """How the author is shown: as asked, or as chosen for the whole room, and never by more than is allowed.

    The rule may have become stricter since it was written; then less is told, and nothing is refused.
    """
    most = FROM_NAME_TO_NOTHING.index(asked or author.shown_as)  # type: ignore[arg-type]
    choices = choices_for(names, author)
    return next((one for one in choices if FROM_NAME_TO_NOTHING.index(one) >= most), "anonymous")


def words_for(names: str, author: Author) -> list[tuple[ShownAs, str]]:
    """How the author may be shown in a room with this rule, each with what the others will read."""
    words: dict[ShownAs, str] = {
        "name": ", ".join(filter(None, (author.name, author.organisation))),
        "organisation": author.organisation,
        "kind": KIND_WORDS.get(author.kind, ""),
        "anonymous": "",
    }
    return [(way, words[way]) for way in choices_for(names, author)]


def columns_of_author(actor: Actor, author: Author, shown_as: ShownAs) -> dict[str, Any]:
    """The columns of a contribution that tell whose it is; the attendee's own id is in all of them."""
    columns: dict[str, Any] = {
        "attendee_id": author.attendee_id,
        "shown_as": shown_as,
        "said_by_text": "",
        "said_by_user_id": None,
        "entered_by_id": None,
        "on_behalf_of_id": None,
        "on_behalf_of_text": "",
    }
    if shown_as == "kind":
        columns["on_behalf_of_text"] = KIND_WORDS[author.kind]
    if shown_as in NAMELESS:
        return columns
    speaks_for_it = actor.is_confirmed and author.organisation_id == actor.organisation_id
    if author.organisation_id is not None and actor.is_signed_in and speaks_for_it:
        columns["on_behalf_of_id"] = author.organisation_id
    else:
        columns["on_behalf_of_text"] = author.organisation
    if shown_as == "name":
        columns["said_by_text"] = author.name
        if actor.is_signed_in and actor.user_id == author.user_id:
            columns["said_by_user_id"] = columns["entered_by_id"] = actor.user_id
    return columns


def take_names_away(session: Session, contribution_ids: Sequence[int]) -> list[int]:
    """What was said under a name stands under the organisation alone from now on; its author still finds it
    among the own. Which of them named somebody."""
    return list(
        session.scalars(
            update(Contribution)
            .where(Contribution.id.in_(contribution_ids), is_named())
            .values(
                shown_as=case((Contribution.shown_as == "name", "organisation"), else_=Contribution.shown_as),
                said_by_text="",
                said_by_user_id=None,
                said_by_person_id=None,
                # What was typed by who said it names them here too; a rapporteur's name stays for staff.
                entered_by_id=case((is_sent_in_sql(), None), else_=Contribution.entered_by_id),
            )
            .returning(Contribution.id)
            .execution_options(synchronize_session=False)
        )
    )


def has_no_names(session: Session, meeting_id: int) -> bool:
    """Whether the meeting's room has no names at all."""
    return session.scalar(select(LiveRoom.names).where(LiveRoom.meeting_id == meeting_id)) == "chatham"


def is_named() -> ColumnElement[bool]:
    """What tells who said it, in SQL."""
    return or_(
        Contribution.said_by_text != "",
        Contribution.said_by_user_id.is_not(None),
        Contribution.said_by_person_id.is_not(None),
    )


def hides_author(actor: Actor, said: Contribution) -> bool:
    """Whether what the actor does with it would tell whose it is: then the log holds no name either."""
    return is_noted_nameless(said.shown_as) and is_own_in_room(actor, said)


def is_noted_nameless(shown_as: str | None) -> bool:
    """Whether what an attendee does as shown so is noted without a name: all but under the own name."""
    return shown_as not in (None, "name")
