"""Boards out of the archive: put in once, with what hung on them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import NAMESPACE_URL, uuid5

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from app.core.audit import record
from app.core.clock import now
from app.core.policy import Actor, require
from app.domain.boards.models import Board, BoardCard, Cluster, Dot, Objection
from app.domain.boards.recording_schemas import BoardFacts
from app.domain.boards.service import find_task


@dataclass(frozen=True, slots=True)
class Known:
    """What the records of a meeting call things: id by key. `attendees` by the key of the user."""

    items: Mapping[str, int]
    groups: Mapping[str, int]
    contributions: Mapping[str, int]
    attendees: Mapping[str, int]


def put_board(
    session: Session, actor: Actor, meeting_id: int, held_at: datetime, facts: BoardFacts, known: Known
) -> None:
    """A board with its cards in clusters, their dots and what was said against them. One that is there stays
    as people left it. Only for the house."""
    require(actor.is_system)
    item_id = known.items.get(facts.item)
    group_id = known.groups.get(facts.group) if facts.group else None
    if item_id is None or (facts.group and group_id is None):
        return  # people have taken it off the programme
    is_there = exists().where(Board.item_id == item_id, Board.group_id.is_not_distinct_from(group_id))
    if session.scalar(select(is_there)):
        return
    was_open = facts.state != "planned"
    board = Board(
        meeting_id=meeting_id,
        item_id=item_id,
        group_id=group_id,
        opened_at=held_at if was_open else None,
        closed_at=held_at if facts.state == "closed" else None,
        created_at=now(),
        **facts.model_dump(include={"task", "form", "state", "dots", "dots_per", "visibility"}),
    )
    session.add(board)
    session.flush()
    if was_open:
        board.task = board.task or find_task(session, board)
    places = _put_clusters(session, board, facts)
    chosen = dict.fromkeys(facts.chosen, held_at)
    cards = [card for card in facts.cards if card in known.contributions]
    session.add_all(
        BoardCard(
            contribution_id=known.contributions[card],
            board_id=board.id,
            cluster_id=places.get(card, (None, 0))[0],
            position=places.get(card, (None, 0))[1],
            chosen_at=chosen.get(card),
        )
        for card in cards
    )
    session.flush()
    session.add_all(
        Dot(contribution_id=known.contributions[card], attendee_id=known.attendees[user], put_at=held_at)
        for card, users in facts.dots_given.items()
        for user in users
        if card in cards and user in known.attendees
    )
    session.add_all(
        Objection(
            contribution_id=known.contributions[card],
            client_id=uuid5(NAMESPACE_URL, f"dialogforum:{card}:{text}"),
            text=text,
            said_at=held_at,
            shown_at=held_at,
        )
        for card, text in facts.objections.items()
        if card in cards
    )
    session.flush()
    record(session, actor, "put", "board", board.id, after={"state": board.state, "cards": len(cards)})


def _put_clusters(session: Session, board: Board, facts: BoardFacts) -> dict[str, tuple[int, int]]:
    """The cluster and the place in it of each card that hangs in one."""
    places: dict[str, tuple[int, int]] = {}
    for position, (name, cards) in enumerate(facts.clusters.items(), 1):
        cluster = Cluster(board_id=board.id, name=name, position=position)
        session.add(cluster)
        session.flush()
        places |= {card: (cluster.id, place) for place, card in enumerate(cards, 1)}
    return places
