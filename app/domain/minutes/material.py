"""What is on record of each item, as everybody may read it: what a draft of the minutes is made from.

The minutes are read by all in the end. So it is read as a stranger reads it, whoever writes: what only
participants or staff see, what is hidden, and who said what, is not in it.
"""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.core.policy import STRANGER
from app.domain.boards.record import BestOfBoard, list_best
from app.domain.meetings.queries import ItemView, list_items
from app.domain.panels.queries import QuestionView, list_answered
from app.domain.polls.queries import PollView, list_closed


@dataclass(frozen=True, slots=True)
class Material:
    """What is on record of one item; of the meeting as a whole (`item` None) the polls of no item."""

    item: ItemView | None
    best: tuple[BestOfBoard, ...]
    answered: tuple[QuestionView, ...]
    polls: tuple[PollView, ...]


def gather_material(session: Session, meeting_id: int) -> dict[int | None, Material]:
    """The material of each item by its id; under None what belongs to the whole meeting. The caller has seen
    that the meeting may be read. Six statements, whatever there is."""
    best = list_best(session, STRANGER, meeting_id)
    answered = list_answered(session, STRANGER, meeting_id)
    polls = list_closed(session, STRANGER, meeting_id)
    items = list_items(session, meeting_id)
    known = {item.id for item in items}
    found: dict[int | None, Material] = {
        item.id: Material(
            item=item,
            best=tuple(one for one in best if one.item_id == item.id),
            answered=tuple(
                question for panel, asked in answered if panel.item_id == item.id for question in asked
            ),
            polls=tuple(poll for poll in polls if poll.item_id == item.id),
        )
        for item in items
    }
    of_no_item = tuple(poll for poll in polls if poll.item_id not in known)
    found[None] = Material(None, (), (), of_no_item)
    return found
