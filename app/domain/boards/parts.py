"""The parts of a card, kept in step with its text: the text is what counts, and what staff blacks out in it
must not be read in the parts."""

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.boards.models import BoardCard
from app.domain.boards.schemas import PARTS
from app.domain.contributions.models import Contribution


def read_parts(body: str, names: Collection[str]) -> dict[str, str] | None:
    """These parts as they stand in the text of a card; None where the words before them are gone."""
    found: dict[str, str] = {}
    rest = body
    wanted = [name for name in PARTS if name in names]
    for name, following in zip(wanted, [*wanted[1:], None], strict=True):
        start = f"{PARTS[name]}: "
        if not rest.startswith(start):
            return None
        words, rest = rest.removeprefix(start), ""
        if following is not None:
            words, sign, after = words.partition(f"\n{PARTS[following]}: ")
            rest = f"{PARTS[following]}: {after}" if sign else ""
        found[name] = words
    return found


def follow_texts(session: Session, contribution_ids: Sequence[int]) -> None:
    """Where the text of a card in parts was changed by others than its author, its parts change with it."""
    rows = session.execute(
        select(BoardCard, Contribution.body)
        .join(Contribution, Contribution.id == BoardCard.contribution_id)
        .where(BoardCard.contribution_id.in_(contribution_ids), BoardCard.parts.is_not(None))
    )
    for card, body in rows:
        if body != "\n".join(f"{PARTS[name]}: {words}" for name, words in _in_order(card.parts)):
            card.parts = read_parts(body, card.parts)


def _in_order(parts: Mapping[str, str]) -> list[tuple[str, str]]:
    # JSON in the database keeps no order.
    return [(name, parts[name]) for name in PARTS if name in parts]
