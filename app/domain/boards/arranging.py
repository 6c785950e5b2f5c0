"""The verbs of who arranges a board: clusters, letting in, putting forward, moving, pasting a flipchart."""

from collections.abc import Sequence
from typing import Literal

from sqlalchemy import case, delete, select, update
from sqlalchemy.orm import Session

from app.core.audit import AuditEntry, record
from app.core.clock import now
from app.core.live import tell
from app.core.policy import Actor, NotFound, Refused
from app.core.text import shorten
from app.domain.boards.models import Board, BoardCard, Cluster, Objection
from app.domain.boards.planning_schemas import ClusterInput, PlaceInput
from app.domain.boards.policy import why_shut
from app.domain.boards.service import find_task, take_board, tell_of_board
from app.domain.contributions.models import Contribution
from app.domain.contributions.service import LONGEST_TITLE, get_seen, take_references, tell_changed

C = Contribution
Step = Literal[-1, 1]
MOST_CLUSTERS = 40


# --- clusters


def add_cluster(session: Session, actor: Actor, board_id: int, given: ClusterInput) -> Cluster:
    """A cluster more, last on the board. Refused: board_many_clusters."""
    board, _meeting = take_board(session, actor, board_id)
    others = _list_clusters(session, board.id)
    if len(others) >= MOST_CLUSTERS:
        raise Refused("board_many_clusters", most=MOST_CLUSTERS)
    cluster = Cluster(board_id=board.id, name=given.name, position=len(others) + 1)
    session.add(cluster)
    session.flush()
    record(session, actor, "add", "cluster", cluster.id, after={"board": board.id, "name": cluster.name})
    tell(session, f"board:{board.id}")
    return cluster


def rename_cluster(session: Session, actor: Actor, cluster_id: int, given: ClusterInput) -> Cluster:
    """Give a cluster another name: the last who names it decides."""
    _board, cluster = _take_cluster(session, actor, cluster_id)
    before = {"name": cluster.name}
    cluster.name = given.name
    cluster.version += 1
    record(session, actor, "edit", "cluster", cluster.id, before=before, after={"name": cluster.name})
    tell(session, f"board:{cluster.board_id}")
    return cluster


def move_cluster(session: Session, actor: Actor, cluster_id: int, step: Step) -> Cluster:
    """One place up (-1) or down (1) on its board; nothing happens at the ends."""
    board, cluster = _take_cluster(session, actor, cluster_id)
    rows = list(_list_clusters(session, board.id))
    place = rows.index(cluster)
    if 0 <= place + step < len(rows):
        rows.insert(place + step, rows.pop(place))
        before = {"place": place + 1}
        for position, row in enumerate(rows, 1):
            row.position = position
        record(
            session, actor, "move", "cluster", cluster.id, before=before, after={"place": place + 1 + step}
        )
        tell(session, f"board:{board.id}")
    return cluster


def dissolve_cluster(session: Session, actor: Actor, cluster_id: int) -> int:
    """Take a cluster away; its cards hang loose again. The id of its board; see `undo_dissolving`."""
    board, cluster = _take_cluster(session, actor, cluster_id)
    cards = _list_in_cluster(session, cluster.id)
    before = {"name": cluster.name, "position": cluster.position, "cards": cards}
    session.execute(
        update(BoardCard).where(BoardCard.cluster_id == cluster.id).values(cluster_id=None, position=0)
    )
    session.execute(delete(Cluster).where(Cluster.id == cluster.id))
    record(session, actor, "dissolve", "clusters", board.id, before=before)
    tell(session, f"board:{board.id}")
    return board.id


def find_dissolved(session: Session, actor: Actor, board_id: int) -> AuditEntry | None:
    """The actor's last dissolving of a cluster of this board, unless it has been undone."""
    last = session.scalars(
        select(AuditEntry)
        .where(
            AuditEntry.thing == "clusters",
            AuditEntry.thing_id == board_id,
            AuditEntry.user_id == actor.user_id,
        )
        .order_by(AuditEntry.id.desc())
        .limit(1)
    ).one_or_none()
    return last if last is not None and last.verb == "dissolve" else None


def undo_dissolving(session: Session, actor: Actor, board_id: int) -> Cluster | None:
    """The cluster that the actor dissolved last, again with those cards that still hang loose there."""
    board, _meeting = take_board(session, actor, board_id)
    last = find_dissolved(session, actor, board.id)
    if last is None or last.before is None:
        return None
    cluster = Cluster(board_id=board.id, name=last.before["name"], position=last.before["position"])
    session.add(cluster)
    session.flush()
    loose = set(
        session.scalars(
            select(BoardCard.contribution_id).where(
                BoardCard.board_id == board.id, BoardCard.cluster_id.is_(None)
            )
        )
    )
    cards = [card for card in last.before["cards"] if card in loose]
    _number(session, cluster.id, cards)
    after = {"name": cluster.name, "cards": cards}
    record(session, actor, "restore", "clusters", board.id, after=after)
    tell(session, f"board:{board.id}")
    return cluster


def _list_clusters(session: Session, board_id: int) -> Sequence[Cluster]:
    return session.scalars(
        select(Cluster).where(Cluster.board_id == board_id).order_by(Cluster.position, Cluster.id)
    ).all()


def _take_cluster(session: Session, actor: Actor, cluster_id: int) -> tuple[Board, Cluster]:
    """The cluster and its board, held. Raises NotFound and NotAllowed."""
    board_id = session.scalar(select(Cluster.board_id).where(Cluster.id == cluster_id))
    if board_id is None:
        raise NotFound
    board, _meeting = take_board(session, actor, board_id)
    cluster = session.get(Cluster, cluster_id, populate_existing=True)
    if cluster is None:
        raise NotFound
    return board, cluster


def _list_in_cluster(session: Session, cluster_id: int) -> list[int]:
    rows = session.scalars(
        select(BoardCard.contribution_id)
        .where(BoardCard.cluster_id == cluster_id)
        .order_by(BoardCard.position, BoardCard.contribution_id)
    )
    return list(rows)


def _number(session: Session, cluster_id: int, cards: Sequence[int]) -> None:
    """Put these cards into a cluster, in this order."""
    if not cards:
        return
    position = case({card: place for place, card in enumerate(cards, 1)}, value=BoardCard.contribution_id)
    session.execute(
        update(BoardCard)
        .where(BoardCard.contribution_id.in_(cards))
        .values(cluster_id=cluster_id, position=position)
    )


# --- cards


def put_card(session: Session, actor: Actor, contribution_id: int, given: PlaceInput) -> Board:
    """Hang a card in a cluster of its board, before another card there or last; without a cluster, loose.

    Refused: board_unknown_cluster.
    """
    board, card, _said = _take_card(session, actor, contribution_id)
    before = {"cluster": card.cluster_id, "position": card.position}
    if given.cluster_id is None:
        session.execute(
            update(BoardCard)
            .where(BoardCard.contribution_id == card.contribution_id)
            .values(cluster_id=None, position=0)
        )
    else:
        if given.cluster_id not in [row.id for row in _list_clusters(session, board.id)]:
            raise Refused("board_unknown_cluster")
        cards = _list_in_cluster(session, given.cluster_id)
        if card.contribution_id in cards:
            cards.remove(card.contribution_id)
        place = cards.index(given.before_id) if given.before_id in cards else len(cards)
        cards.insert(place, card.contribution_id)
        _number(session, given.cluster_id, cards)
    record(
        session,
        actor,
        "arrange",
        "contribution",
        contribution_id,
        before=before,
        after={"cluster": given.cluster_id, "before": given.before_id},
    )
    tell(session, f"board:{board.id}")
    return board


def choose_card(session: Session, actor: Actor, contribution_id: int, *, is_chosen: bool = True) -> Board:
    """Put a card forward for the plenary, or take it back. Refused: board_not_shown, for what the others
    do not see."""
    board, card, said = _take_card(session, actor, contribution_id)
    if is_chosen and said.published_at is None:
        raise Refused("board_not_shown")
    if (card.chosen_at is not None) != is_chosen:
        card.chosen_at = now() if is_chosen else None
        verb = "choose" if is_chosen else "choose_not"
        record(session, actor, verb, "contribution", contribution_id, after={"board": board.id})
        tell_of_board(session, board)
    return board


def let_in(session: Session, actor: Actor, board_id: int, contribution_ids: Sequence[int]) -> list[int]:
    """Show the others these cards that wait on the board; which ones. What another has let in, or what its
    author has taken back meanwhile, is passed over."""
    board, _meeting = take_board(session, actor, board_id)
    rows = session.scalars(
        select(C)
        .join(BoardCard, BoardCard.contribution_id == C.id)
        .where(
            BoardCard.board_id == board.id,
            C.id.in_(contribution_ids),
            C.published_at.is_(None),
            C.status != "withdrawn",
            C.hidden_at.is_(None),
        )
        .order_by(C.id)
        .with_for_update(of=C)
        .execution_options(populate_existing=True)
    ).all()
    if not rows:
        return []
    for said in rows:
        said.published_at = now()
        if said.status == "draft":  # what a rapporteur pasted, withdrew and brought back
            said.status = "received"
        said.version += 1
    ids = [said.id for said in rows]
    record(session, actor, "let_through", "board", board.id, after={"cards": ids})
    tell_changed(session, rows)
    tell_of_board(session, board)
    return ids


def hold_back(session: Session, actor: Actor, contribution_id: int) -> Board:
    """Take a card out of the others' sight until it is let in (again); its author still sees it."""
    board, card, said = _take_card(session, actor, contribution_id)
    if said.published_at is not None:
        before = {"published_at": said.published_at.isoformat()}
        said.published_at = card.chosen_at = None
        said.version += 1
        record(session, actor, "hold_back", "contribution", said.id, before=before, after={"board": board.id})
        tell_changed(session, [said])
        tell_of_board(session, board)
    return board


def move_card(session: Session, actor: Actor, contribution_id: int, to_board_id: int) -> tuple[Board, Board]:
    """Hang a card on another board of the same meeting: the board that it left, and the one that it came to.

    It keeps its reference, its author, its dots and to whom it is open, and belongs to the other group from
    now on. Refused: board_same, board_unknown.
    """
    from_id = session.scalar(select(BoardCard.board_id).where(BoardCard.contribution_id == contribution_id))
    if from_id is None:
        raise NotFound
    if from_id == to_board_id:
        raise Refused("board_same")
    # In one order, so that two cards that change places do not wait for each other in a ring.
    boards = {
        board_id: take_board(session, actor, board_id)[0] for board_id in sorted((from_id, to_board_id))
    }
    left, board = boards[from_id], boards[to_board_id]
    if left.meeting_id != board.meeting_id:
        raise Refused("board_unknown")
    _left, card, said = _take_card(session, actor, contribution_id)
    if card.board_id != left.id:
        raise Refused("board_same")
    before = {
        "board": left.id,
        "item_id": said.item_id,
        "group_id": said.group_id,
        "cluster": card.cluster_id,
    }
    card.board_id, card.cluster_id, card.position, card.chosen_at = board.id, None, 0, None
    said.item_id, said.group_id = board.item_id, board.group_id
    said.task = board.task or find_task(session, board)
    said.version += 1
    after = {"board": board.id, "item_id": said.item_id, "group_id": said.group_id}
    record(session, actor, "move", "contribution", said.id, before=before, after=after)
    tell_changed(session, [said])
    tell_of_board(session, left)
    tell_of_board(session, board)
    return left, board


def paste_cards(session: Session, actor: Actor, board_id: int, texts: Sequence[str]) -> list[Contribution]:
    """What stands on a flipchart, a card for each line, seen by the others at once; nobody is named as the
    one who said it. Also on a board that is closed. Refused: board_meeting_off, board_meeting_done.

    See `contributions.schemas.read_lines` for the lines of a pasted text.
    """
    board, meeting = take_board(session, actor, board_id)
    if reason := why_shut(meeting.status):
        raise Refused(reason)
    moment = now()
    task = board.task or find_task(session, board)
    cards = [
        Contribution(
            kind="card",
            reference=reference,
            title=shorten(words, LONGEST_TITLE),
            body=words,
            status="received",
            visibility=board.visibility,
            meeting_id=board.meeting_id,
            item_id=board.item_id,
            group_id=board.group_id,
            task=task,
            entered_by_id=actor.user_id,
            received_at=moment,
            published_at=moment,
        )
        for reference, words in zip(take_references(session, "card", len(texts)), texts, strict=True)
    ]
    session.add_all(cards)
    session.flush()
    session.add_all(BoardCard(contribution_id=card.id, board_id=board.id) for card in cards)
    session.flush()
    references = [card.reference for card in cards]
    record(session, actor, "add_cards", "board", board.id, after={"cards": references})
    tell_changed(session, cards)
    tell_of_board(session, board)
    return cards


def _take_card(session: Session, actor: Actor, contribution_id: int) -> tuple[Board, BoardCard, Contribution]:
    """A card that stands, with its board, all held for who arranges it. Raises NotFound and NotAllowed."""
    board_id = session.scalar(select(BoardCard.board_id).where(BoardCard.contribution_id == contribution_id))
    if board_id is None:
        raise NotFound
    board, _meeting = take_board(session, actor, board_id)
    said = get_seen(session, actor, contribution_id, lock=True)
    if said.status == "withdrawn" or said.hidden_at is not None:
        raise NotFound
    card = session.scalars(
        select(BoardCard)
        .where(BoardCard.contribution_id == contribution_id)
        .execution_options(populate_existing=True)
    ).one()
    return board, card, said


# --- objections


def show_objection(
    session: Session, actor: Actor, objection_id: int, *, is_shown: bool = True
) -> tuple[Board, int]:
    """Let an objection in that waits, or hold it back (again): its board, and the card that it is against."""
    contribution_id = session.scalar(
        select(Objection.contribution_id).where(
            Objection.id == objection_id, Objection.withdrawn_at.is_(None)
        )
    )
    if contribution_id is None:
        raise NotFound
    board, _card, _said = _take_card(session, actor, contribution_id)
    objection = session.get_one(Objection, objection_id, populate_existing=True)
    if (objection.shown_at is not None) != is_shown:
        objection.shown_at = now() if is_shown else None
        verb = "let_through" if is_shown else "hold_back"
        record(session, actor, verb, "objection", objection.id, after={"card": contribution_id})
        tell(session, f"board:{board.id}")
    return board, contribution_id


def get_board_of(session: Session, contribution_id: int) -> int | None:
    """The board on which a card hangs now."""
    return session.scalar(select(BoardCard.board_id).where(BoardCard.contribution_id == contribution_id))
