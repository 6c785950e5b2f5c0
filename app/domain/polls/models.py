"""Tables of polls."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, false
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base


class Poll(Base):
    """A question that everybody in the room answers by choosing. `item_id`: the item that it belongs to.

    `kind`: one (one choice), several (at most `most` choices), scale (1 to 5, with words at the ends), words
    (at most `most` words of one's own). `state`: draft, open, closed. `hides_results`: nobody sees numbers,
    organisers neither, until it is closed. `visibility`: of its result, public or participants.
    `tally`: {what was chosen: how many} of all that was counted when it was closed, by the id of an option,
    the step of the scale or the word; `voters`: how many those were. Votes themselves are then forgotten.
    `hidden_words`: folded words that are shown to nobody.
    """

    __tablename__ = "poll"
    __table_args__ = (
        CheckConstraint("kind in ('one', 'several', 'scale', 'words')", name="kind"),
        CheckConstraint("state in ('draft', 'open', 'closed')", name="state"),
        CheckConstraint("visibility in ('public', 'participants')", name="visibility"),
        CheckConstraint("most between 1 and 20", name="most"),
        Index("ix_poll_meeting_id", "meeting_id"),
        Index("ix_poll_item_id", "item_id"),
        UniqueConstraint("meeting_id", "key"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id"))
    item_id: Mapped[int | None] = mapped_column(ForeignKey("agenda_item.id", ondelete="SET NULL"))
    key: Mapped[str | None]  # the seed's own name for it, so that the same facts twice add nothing
    position: Mapped[int]
    kind: Mapped[str]
    question: Mapped[str]
    help: Mapped[str] = mapped_column(default="", server_default="")
    most: Mapped[int] = mapped_column(default=1, server_default="1")
    low_label: Mapped[str] = mapped_column(default="", server_default="")
    high_label: Mapped[str] = mapped_column(default="", server_default="")
    state: Mapped[str] = mapped_column(default="draft", server_default="draft")
    hides_results: Mapped[bool] = mapped_column(default=False, server_default=false())
    visibility: Mapped[str] = mapped_column(default="participants", server_default="participants")
    tally: Mapped[dict[str, int]] = mapped_column(JSONB, default=dict, server_default="{}")
    voters: Mapped[int] = mapped_column(default=0, server_default="0")
    hidden_words: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list, server_default="{}")
    is_example: Mapped[bool] = mapped_column(default=False, server_default=false())
    opened_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1, server_default="1")


class PollOption(Base):
    """Something to choose in a poll."""

    __tablename__ = "poll_option"
    __table_args__ = (UniqueConstraint("poll_id", "position"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    poll_id: Mapped[int] = mapped_column(ForeignKey("poll.id", ondelete="CASCADE"))
    position: Mapped[int]
    text: Mapped[str]


class PollVote(Base):
    """That an attendee has voted, and while the poll is open also what, so that it can be changed.

    `given`: the ids of options, the step of the scale, or the words, as text; None once it has been counted:
    from then on nobody can tell, not even from the database.
    """

    __tablename__ = "poll_vote"

    poll_id: Mapped[int] = mapped_column(
        ForeignKey("poll.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    attendee_id: Mapped[int] = mapped_column(
        ForeignKey("attendee.id"), primary_key=True, autoincrement=False, index=True
    )
    given: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
