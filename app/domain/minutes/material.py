"""What is on record of each item, as everybody may read it: what a draft of the minutes is made from.

The minutes are read by all in the end. So it is read as a stranger reads it, whoever writes: what only
participants or staff see, what is hidden, and who said what, is not in it.
"""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.policy import STRANGER
from app.domain.boards.record import BestOfBoard, list_best
from app.domain.contributions.models import Contribution
from app.domain.contributions.policy import is_in_force
from app.domain.contributions.queries import ContributionView, list_of_meeting
from app.domain.meetings.queries import ItemView, list_items
from app.domain.panels.queries import QuestionView, list_answered
from app.domain.polls.queries import PollView, list_closed

MOST_SAID: Final = 500


@dataclass(frozen=True, slots=True)
class Material:
    """What is on record of one item; of the meeting as a whole (`item` None) the polls of no item. `cards`:
    how many contributions of other kinds than wishes were written down there."""

    item: ItemView | None
    wishes: tuple[ContributionView, ...]
    cards: int
    best: tuple[BestOfBoard, ...]
    answered: tuple[QuestionView, ...]
    polls: tuple[PollView, ...]


def gather_material(session: Session, meeting_id: int) -> dict[int | None, Material]:
    """The material of each item by its id; under None what belongs to the whole meeting. The caller has seen
    that the meeting may be read. A fixed number of statements, whatever there is."""
    best = list_best(session, STRANGER, meeting_id)
    answered = list_answered(session, STRANGER, meeting_id)
    polls = list_closed(session, STRANGER, meeting_id)
    said = list_of_meeting(session, STRANGER, meeting_id, per_page=MOST_SAID).rows
    items = list_items(session, meeting_id)
    known = {item.id for item in items}
    found: dict[int | None, Material] = {
        item.id: Material(
            item=item,
            wishes=tuple(one for one in said if one.item_id == item.id and one.kind == "wish"),
            cards=sum(one.item_id == item.id and one.kind == "card" for one in said),
            best=tuple(one for one in best if one.item_id == item.id),
            answered=tuple(
                question for panel, asked in answered if panel.item_id == item.id for question in asked
            ),
            polls=tuple(poll for poll in polls if poll.item_id == item.id),
        )
        for item in items
    }
    of_no_item = tuple(poll for poll in polls if poll.item_id not in known)
    found[None] = Material(None, (), 0, (), (), of_no_item)
    return found


def count_left_out(session: Session, meeting_id: int) -> dict[int, int]:
    """By item, how much was said there that only participants read, so that no draft holds it."""
    rows = session.execute(
        select(Contribution.item_id, func.count().label("left_out"))
        .where(
            Contribution.meeting_id == meeting_id,
            Contribution.item_id.is_not(None),
            Contribution.kind.in_(("card", "wish")),
            Contribution.visibility == "participants",
            Contribution.published_at.is_not(None),
            is_in_force(),
        )
        .group_by(Contribution.item_id)
    )
    return {row.item_id: row.left_out for row in rows}
