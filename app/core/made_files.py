"""Files that are made when somebody asks for them: reports and packs, kept until what they tell has changed.

A file is known by what it is a file of (`Wanted`). Whoever may see it is asked each time by who hands it out,
and a file whose stamp is not that of the present words is never handed out: it is made anew.
"""

import hashlib
import json
import secrets
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Index, UniqueConstraint, delete, or_, select, update
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.core.clock import now
from app.core.database import Base
from app.core.jobs import defer

UNUSED_FOR = timedelta(days=30)
# Longer than any file takes: its job is gone if it is not done by then.
GIVEN_UP_AFTER = timedelta(minutes=15)
# Of one subject, so that no combination of choices fills the disk; who was used longest ago goes first.
MOST_OF_SUBJECT = 120
# The folder of them in storage.
FOLDER = "made"
_UNDERWAY = ("waiting", "making")
_BATCH = 500
_LAST = -20


class MadeFile(Base):
    """A file, or one that is being made. `state`: waiting, making, ready, failed. `size` in bytes.

    `paper` names what makes it and what `subject_id` is a number of; `choices` is what it holds, for whom and
    in which language, and `choices_mark` the same as a hash. `stamp` is that of the words in the file.
    """

    __tablename__ = "made_file"
    __table_args__ = (
        UniqueConstraint("paper", "subject_id", "form", "choices_mark", name="uq_made_file_wanted"),
        Index("ix_made_file_used_at", "used_at"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    paper: Mapped[str]
    subject_id: Mapped[int] = mapped_column(BigInteger)
    form: Mapped[str]
    choices: Mapped[dict[str, Any]] = mapped_column(JSONB)
    choices_mark: Mapped[str]
    state: Mapped[str]
    stamp: Mapped[str | None]
    file_key: Mapped[str | None]
    size: Mapped[int | None] = mapped_column(BigInteger)
    step: Mapped[int] = mapped_column(default=0, server_default="0")
    steps: Mapped[int] = mapped_column(default=0, server_default="0")
    asked_at: Mapped[datetime]
    ready_at: Mapped[datetime | None]
    used_at: Mapped[datetime]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a file is a file of: a paper (a name that `papers` knows) on a subject, in a form (docx, pdf or
    zip), with choices of plain JSON."""

    paper: str
    subject_id: int
    form: str
    choices: dict[str, Any] = field(default_factory=dict)

    @property
    def mark(self) -> str:
        return hashlib.sha256(json.dumps(self.choices, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class MadeView:
    """How far a file is. `steps` is 0 until its making has begun."""

    id: int
    form: str
    state: str
    stamp: str | None
    file_key: str | None
    size: int | None
    step: int
    steps: int
    asked_at: datetime
    ready_at: datetime | None

    @property
    def is_underway(self) -> bool:
        return self.state in _UNDERWAY and self.asked_at > now() - GIVEN_UP_AFTER

    def is_fresh(self, stamp: str) -> bool:
        """Whether the file tells what is told now."""
        return self.state == "ready" and self.stamp == stamp and self.file_key is not None


# --- asking


def find_made(session: Session, wanted: Wanted) -> MadeView | None:
    """The file as it is now, whether fresh or not. One statement."""
    return next(iter(list_made(session, [wanted])), None)


def list_made(session: Session, several: Collection[Wanted]) -> list[MadeView]:
    """Those of them that have ever been asked for. One statement."""
    rows = session.scalars(
        select(MadeFile)
        .where(or_(*map(_is, several)) if several else MadeFile.id.is_(None))
        .order_by(MadeFile.form)
        .execution_options(populate_existing=True)
    )
    return [MadeView(**{name: getattr(row, name) for name in MadeView.__slots__}) for row in rows]


def _is(wanted: Wanted) -> Any:
    return (
        (MadeFile.paper == wanted.paper)
        & (MadeFile.subject_id == wanted.subject_id)
        & (MadeFile.form == wanted.form)
        & (MadeFile.choices_mark == wanted.mark)
    )


def ask_for(session: Session, wanted: Wanted, stamp: str | None = None) -> None:
    """Have the file made, once however many ask; nothing happens where it is fresh already by this stamp."""
    moment = now()
    values = {
        "paper": wanted.paper,
        "subject_id": wanted.subject_id,
        "form": wanted.form,
        "choices": wanted.choices,
        "choices_mark": wanted.mark,
        "state": "waiting",
        "asked_at": moment,
        "used_at": moment,
    }
    is_over = or_(MadeFile.state.not_in(_UNDERWAY), MadeFile.asked_at < moment - GIVEN_UP_AFTER)
    is_other = or_(MadeFile.state != "ready", MadeFile.stamp.is_distinct_from(stamp))
    asked = session.scalar(
        insert(MadeFile)
        .values(values)
        .on_conflict_do_update(
            constraint="uq_made_file_wanted",
            set_={"state": "waiting", "asked_at": moment, "used_at": moment, "step": 0, "steps": 0},
            where=is_over & is_other,
        )
        .returning(MadeFile.id)
    )
    if asked is None:
        return
    _make_room(session, wanted)
    _defer_making(session, asked)


def _defer_making(session: Session, made_id: int) -> None:
    # After the mails and all else that waits: strangers ask for files.
    defer(session, "papers.make", once=f"make file {made_id}", priority=_LAST, made_id=made_id)


def _make_room(session: Session, wanted: Wanted) -> None:
    of_subject = (MadeFile.paper == wanted.paper) & (MadeFile.subject_id == wanted.subject_id)
    beyond = (
        select(MadeFile.id)
        .where(of_subject)
        .order_by(MadeFile.used_at.desc(), MadeFile.id.desc())
        .offset(MOST_OF_SUBJECT)
    )
    _drop(session, MadeFile.id.in_(beyond))


def note_use(session: Session, made: MadeView) -> None:
    """Somebody fetched the file: it is kept on. Written at most once a day."""
    is_long_ago = MadeFile.id == made.id, MadeFile.used_at < now() - timedelta(days=1)
    # Asked first: right after a write an update of nothing may count as one, after which no kept page holds
    # (core/page_changes.py).
    if session.scalar(select(MadeFile.id).where(*is_long_ago)) is not None:
        session.execute(update(MadeFile).where(*is_long_ago).values(used_at=now()))


# --- making


def begin_making(session: Session, made_id: int, steps: int) -> Wanted | None:
    """What is to be made; None where nobody waits for it any more."""
    row = session.get(MadeFile, made_id, with_for_update=True, populate_existing=True)
    if row is None or row.state not in _UNDERWAY:
        return None
    row.state, row.step, row.steps = "making", 0, steps
    return Wanted(row.paper, row.subject_id, row.form, dict(row.choices))


def note_step(session: Session, made_id: int, step: int) -> None:
    """So many steps are done."""
    session.execute(update(MadeFile).where(MadeFile.id == made_id).values(step=step))


def finish_making(session: Session, made_id: int, stamp: str, file_key: str, size: int) -> None:
    """The file lies in storage under the key; the one before it goes, and this one where it is not wanted any
    more or is to be made anew. Of two makings the last counts, which was gathered last."""
    row = session.get(MadeFile, made_id, with_for_update=True, populate_existing=True)
    if row is None or row.state == "waiting":
        _remove(session, [file_key])
        return
    if row.file_key is not None:
        _remove(session, [row.file_key])
    row.state, row.stamp, row.file_key, row.size = "ready", stamp, file_key, size
    row.step, row.ready_at = row.steps, now()


def fail_making(session: Session, made_id: int) -> None:
    """It could not be made; whoever waits is told, and may ask again."""
    session.execute(
        update(MadeFile).where(MadeFile.id == made_id, MadeFile.state == "making").values(state="failed")
    )


def new_file_key(form: str) -> str:
    """A name in storage that nobody can guess."""
    return f"{FOLDER}/{secrets.token_hex(16)}.{form}"


# --- forgetting


def forget_unused(session: Session) -> int:
    """Take away what nobody has fetched for a month; how many were."""
    return _drop(session, MadeFile.used_at < now() - UNUSED_FOR)


def forget_all(session: Session) -> int:
    """Take every file away: words have gone that one of them may hold. They are made again when asked for."""
    done = 0
    while some := _drop(session, MadeFile.state.in_(("ready", "failed"))):
        done += some
    # What is being made may have been gathered before: it is begun anew, and the file before it goes now.
    for row in session.scalars(select(MadeFile).order_by(MadeFile.id).with_for_update()):
        if row.file_key is not None:
            _remove(session, [row.file_key])
        row.state, row.file_key, row.size, row.stamp = "waiting", None, None, None
        _defer_making(session, row.id)
    return done


def _drop(session: Session, condition: Any) -> int:
    some = select(MadeFile.id).where(condition).order_by(MadeFile.id).limit(_BATCH)
    gone = session.scalars(delete(MadeFile).where(MadeFile.id.in_(some)).returning(MadeFile.file_key)).all()
    _remove(session, [key for key in gone if key is not None])
    return len(gone)


def _remove(session: Session, file_keys: Iterable[str]) -> None:
    # After the transaction that no longer knows them.
    for file_key in file_keys:
        defer(session, "papers.remove_file", once=file_key, file_key=file_key)
