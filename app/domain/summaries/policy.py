"""Who writes summaries, and who reads which edition."""

from datetime import datetime
from typing import Protocol

from sqlalchemy import ColumnElement, and_, exists, select, true
from sqlalchemy.orm import aliased

from app.core.policy import Actor
from app.domain.summaries.models import SummaryEdition


class Dated(Protocol):
    """What the rules look at: a row, or a view of one."""

    @property
    def published_at(self) -> datetime | None: ...
    @property
    def taken_back_at(self) -> datetime | None: ...


def may_summarise(actor: Actor) -> bool:
    """Have summaries proposed, word them, publish them and take them back."""
    return actor.is_staff


def may_see(actor: Actor, edition: Dated, is_later_taken_back: bool = False) -> bool:
    """The same rule as `visible_to`, for a row at hand. `is_later_taken_back`: an edition after it is."""
    is_out = edition.published_at is not None and edition.taken_back_at is None
    return actor.is_staff or (is_out and not is_later_taken_back)


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """What is published, the earlier editions too; what is taken back hides those before it. Drafts to staff.

    Whether the reader may see the meeting or the theme is asked where those are read.
    """
    if actor.is_staff:
        return true()
    later = aliased(SummaryEdition)
    is_back = exists(
        select(later.id)
        .where(
            later.summary_id == SummaryEdition.summary_id,
            later.number >= SummaryEdition.number,
            later.taken_back_at.is_not(None),
        )
        .correlate(SummaryEdition)
    )
    return and_(SummaryEdition.published_at.is_not(None), ~is_back)
