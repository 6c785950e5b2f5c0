"""What there is in a live room to be let in to: two rooms of published meetings, and one of a draft."""

from dataclasses import dataclass
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.clock import now
from app.core.policy import SYSTEM, Actor
from app.domain.attendance.checking_in import add_walk_in, seal_ticket
from app.domain.attendance.models import LiveRoom
from app.domain.attendance.schemas import WalkInInput
from app.domain.boards.arranging import add_cluster, paste_cards
from app.domain.boards.marking import object_to
from app.domain.boards.models import Board
from app.domain.boards.planning_schemas import ClusterInput
from app.domain.boards.schemas import ObjectionInput
from app.domain.boards.writing import withdraw_card, write_card
from app.domain.contributions.models import Contribution
from app.domain.groups.models import GroupRound, RivalSet
from app.domain.meetings.models import AgendaItem, Meeting
from app.domain.moderation.schemas import HideInput
from app.domain.moderation.service import hide
from app.domain.panels import service as panels
from app.domain.panels.models import Panel
from app.domain.polls.schemas import PollInput
from app.domain.polls.service import add_poll, close_poll
from app.domain.registrations.models import Registration
from app.identity.seats import make_secret
from tests.in_room import open_room, seat
from tests.on_boards import add_group_board, card
from tests.on_panels import add_open_poll, ask_panel
from tests.people import People
from tests.said import add_item_row, add_meeting_row
from tests.signing_up import put_sign_up_row

Place = dict[str, object]
Fields = dict[str, str]


@dataclass(frozen=True, slots=True)
class Room:
    """A meeting today with its open room."""

    meeting: Meeting
    room: LiveRoom
    board: Board
    panel: AgendaItem

    @property
    def place(self) -> Place:
        return {"key": self.meeting.key, "meeting_id": self.meeting.id}


@dataclass(frozen=True, slots=True)
class Rooms:
    """`guest_secret`: the cookie of the guest in the room `here`, whose seat is `guest`."""

    here: Room
    elsewhere: Room
    draft: Room
    guest: Actor
    guest_secret: str


def make_rooms(session: Session) -> Rooms:
    here, elsewhere, draft = (_make_room(session, key) for key in ("14", "15", "16"))
    # Who plans it may try a room before others know of its meeting.
    draft.meeting.published_at, draft.meeting.status = None, "draft"
    session.flush()
    secret = make_secret()
    guest = seat(session, here.meeting, secret=secret)
    return Rooms(here, elsewhere, draft, guest, secret)


def _make_room(session: Session, key: str) -> Room:
    meeting = add_meeting_row(session, key)
    room = open_room(session, meeting)
    # What is public of a room: all of it, but in the first.
    visibility = "participants" if key == "14" else "public"
    board = add_group_board(session, meeting, visibility=visibility)
    panel = _add_panel(session, meeting, visibility=visibility)
    return Room(meeting, room, board, panel)


def _add_panel(session: Session, meeting: Meeting, **values: object) -> AgendaItem:
    item = add_item_row(session, meeting, "Paneldebat")
    item.kind = "panel"
    given = {"state": "open", "opened_at": now()} | values
    session.add(Panel(item_id=item.id, meeting_id=meeting.id, **given))
    session.flush()
    return item


def furnish(session: Session, people: People, rooms: Rooms) -> tuple[dict[str, Place], dict[str, Fields]]:
    """The things of the rooms, and what the forms about them carry.

    Here Vera sits with her account; Mona of the municipality has signed up and has not come in.
    """
    here = rooms.here
    vera = seat(session, here.meeting, people.vendor)
    seats = {name: actor.seat_at(here.meeting.id) for name, actor in (("guest", rooms.guest), ("vera", vera))}
    nothing = {"typed": "22X2"}
    assert session.scalar(select(LiveRoom).where(LiveRoom.code == nothing["typed"])) is None
    things: dict[str, Place] = {
        "room": here.place,
        "room elsewhere": rooms.elsewhere.place,
        "draft room": rooms.draft.place,
        "code": {"typed": here.room.code},
        "code of a draft": {"typed": rooms.draft.room.code},
        "wrong code": nothing,
        "guest in the room": {"key": here.meeting.key, "attendee_id": seats["guest"]},
        "vendor in the room": {"key": here.meeting.key, "attendee_id": seats["vera"]},
        "guest elsewhere": {"key": rooms.elsewhere.meeting.key, "attendee_id": seats["guest"]},
    }
    things |= _hand_out_tickets(session, people, rooms)
    things |= _put_in_groups(session, rooms)
    things |= _hang(session, people, vera, rooms)
    things |= _ask(session, people, vera, rooms)
    things |= _poll(session, rooms)
    walk_in = add_walk_in(session, SYSTEM, here.meeting.id, WalkInInput(name="Uwe Uanmeldt"))
    things["walk-in"] = {"key": here.meeting.key, "attendee_id": walk_in.id}
    return things, {name: _carry(place, here) for name, place in things.items()}


def _carry(place: Place, here: Room) -> Fields:
    """All that a form about this thing may carry, whichever it is; and what a stream or a block is asked."""
    numbers = {
        "attendee_id": place.get("attendee_id"),
        "card": place.get("card_id"),
        "cards": place.get("card_id"),
        "question": place.get("question_id"),
        "question_id": place.get("question_id", 1),
        "board_id": here.board.id,
    }
    return {name: str(value) for name, value in numbers.items() if value is not None} | {
        "client_id": str(uuid4()),
        "shown_as": "name",
        "name": "Gunnar Gæst",
        "text": "Det her er nyt",
        "given": "tillid",
        "version": "1",
        "minutes": "5",
        "shows": "code",
        "visibility": "participants",
        "emne": f"running:{place['meeting_id']}" if "meeting_id" in place else "",
    }


# --- who comes


def _hand_out_tickets(session: Session, people: People, rooms: Rooms) -> dict[str, Place]:
    here, elsewhere = rooms.here.meeting, rooms.elsewhere.meeting
    mona, other = put_sign_up_row(session, people.municipality, here), _sign_up(session, people, elsewhere)
    sealed, wrong = seal_ticket(session, mona.id), seal_ticket(session, other.id)
    ticket: Place = {"key": here.key, "registration_id": mona.id, "sealed": sealed}
    return {
        "ticket": ticket,
        "wrong ticket seal": ticket | {"sealed": wrong},
        "ticket elsewhere": ticket | {"key": elsewhere.key},
    }


def _sign_up(session: Session, people: People, meeting: Meeting) -> Registration:
    return put_sign_up_row(session, people.neighbour, meeting)


def _put_in_groups(session: Session, rooms: Rooms) -> dict[str, Place]:
    rounds = {}
    for name, room in (("round", rooms.here), ("round elsewhere", rooms.elsewhere)):
        item_id, meeting_id = room.board.item_id, room.meeting.id
        session.add(GroupRound(item_id=item_id, meeting_id=meeting_id, state="made", seed=1, mixing=1))
        rivals = RivalSet(meeting_id=meeting_id, created_at=now())
        session.add(rivals)
        session.flush()
        rounds[name] = {"key": rooms.here.meeting.key, "item_id": item_id, "rival_set_id": rivals.id}
    return rounds


# --- boards


def _hang(session: Session, people: People, vera: Actor, rooms: Rooms) -> dict[str, Place]:
    here, elsewhere, key = rooms.here, rooms.elsewhere, rooms.here.meeting.key
    boards = {
        "board": here.board,
        "public board": add_group_board(session, here.meeting, visibility="public"),
        "closed board": add_group_board(session, here.meeting, state="closed", closed_at=now()),
        "planned board": add_group_board(
            session, here.meeting, visibility="public", state="planned", opened_at=None
        ),
        "asking board": add_group_board(session, here.meeting, visibility="public", asks_approval=True),
    }
    written = {
        "guest's card": (rooms.guest, "board", {}),
        "vendor's card": (vera, "board", {}),
        "nameless card": (vera, "board", {"shown_as": "anonymous"}),
        "hidden card": (vera, "public board", {}),
        "withdrawn card": (vera, "public board", {}),
        "public card": (vera, "public board", {}),
        "closed card": (vera, "public board", {}),
        "waiting card": (vera, "asking board", {}),
    }
    cards = {}
    for name, (author, board, shown) in written.items():
        sent = write_card(session, author, boards[board].id, card(**shown))
        cards[name] = (boards[board], session.get_one(Contribution, sent.id))
    # A card for the participants alone which hangs among public ones, as one that was moved there does.
    cards["closed card"][1].visibility = "participants"
    (pasted,) = paste_cards(session, SYSTEM, elsewhere.board.id, ["Sagt et andet sted"])
    withdraw_card(session, vera, cards["withdrawn card"][1].id)
    row = cards["hidden card"][1]
    hide(
        session,
        people.staff,
        row.id,
        HideInput(reason="personal_data", words="Navne", version=row.version),
    )
    places: dict[str, Place] = {
        name: {"key": key, "board_id": board.id, "reference": said.reference, "card_id": said.id}
        for name, (board, said) in cards.items()
    }
    places["card elsewhere"] = places["guest's card"] | {"reference": pasted.reference, "card_id": pasted.id}
    places["card on a board elsewhere"] = places["card elsewhere"] | {"board_id": elsewhere.board.id}
    return (
        {name: {"key": key, "board_id": board.id, "word": "luk"} for name, board in boards.items()}
        | {
            "board elsewhere": {"key": key, "board_id": elsewhere.board.id, "word": "luk"},
            "board of a draft": {"key": rooms.draft.meeting.key, "board_id": rooms.draft.board.id},
        }
        | {name: place | {"word": "frem", "folder": "indspil"} for name, place in places.items()}
        | _disagree(session, rooms, vera, places)
        | _cluster(session, rooms)
    )


def _disagree(session: Session, rooms: Rooms, vera: Actor, cards: dict[str, Place]) -> dict[str, Place]:
    said = {
        "guest's objection": (rooms.guest, "vendor's card"),
        "vendor's objection": (vera, "guest's card"),
    }
    found = {}
    for name, (author, about) in said.items():
        place = cards[about]
        given = ObjectionInput(client_id=uuid4(), text="Det er for dyrt")
        objection = object_to(session, author, int(str(place["card_id"])), given)
        found[name] = place | {"objection_id": objection.id, "word": "hold"}
    there = {"board_id": rooms.elsewhere.board.id, "key": rooms.elsewhere.meeting.key}
    return found | {"objection from elsewhere": found["guest's objection"] | there}


def _cluster(session: Session, rooms: Rooms) -> dict[str, Place]:
    ids = [
        add_cluster(session, SYSTEM, room.board.id, ClusterInput(name="Data")).id
        for room in (rooms.here, rooms.elsewhere)
    ]
    place: Place = {"key": rooms.here.meeting.key, "board_id": rooms.here.board.id, "step": "ned"}
    return {
        "cluster": place | {"cluster_id": ids[0]},
        "cluster elsewhere": place | {"cluster_id": ids[1]},
    }


# --- questions and polls


def _ask(session: Session, people: People, vera: Actor, rooms: Rooms) -> dict[str, Place]:
    here, key = rooms.here, rooms.here.meeting.key
    asking = _add_panel(session, here.meeting, asks_approval=True, visibility="public")
    planned = _add_panel(session, here.meeting, state="planned", opened_at=None, visibility="public")
    asked = {
        "guest's question": (rooms.guest, here.panel),
        "vendor's question": (vera, here.panel),
        "waiting question": (vera, asking),
        "hidden question": (vera, here.panel),
    }
    ids = {name: (item, ask_panel(session, author, item).id) for name, (author, item) in asked.items()}
    panels.hide(session, people.staff, ids["hidden question"][1], "Ikke til panelet")
    items = {
        "panel": here.panel,
        "asking panel": asking,
        "planned panel": planned,
        "panel elsewhere": rooms.elsewhere.panel,
    }
    there = seat(session, rooms.elsewhere.meeting, name="Gerda Gæst", shown_as="name")
    foreign = ask_panel(session, there, rooms.elsewhere.panel).id
    return (
        {name: {"key": key, "item_id": item.id, "word": "luk"} for name, item in items.items()}
        | {
            "panel of a draft": {"key": rooms.draft.meeting.key, "item_id": rooms.draft.panel.id},
            "question from elsewhere": {
                "key": key, "item_id": here.panel.id, "question_id": foreign, "word": "kort",
            },
        }
        | {
            name: {"key": key, "item_id": item.id, "question_id": question_id, "word": "kort"}
            for name, (item, question_id) in ids.items()
        }
    )  # fmt: skip


def _poll(session: Session, rooms: Rooms) -> dict[str, Place]:
    polls = {}
    for name, room in (("", rooms.here), (" elsewhere", rooms.elsewhere)):
        given = {"kind": "words", "question": "Ét ord?", "visibility": "public"}
        draft = add_poll(session, SYSTEM, room.meeting.id, PollInput.model_validate(given))
        polls[f"draft poll{name}"] = draft
        polls[f"open poll{name}"] = add_open_poll(session, room.meeting, "words")
    polls["public poll"] = add_open_poll(session, rooms.here.meeting, "words", visibility="public")
    polls["closed poll"] = add_open_poll(session, rooms.here.meeting, "words")
    close_poll(session, SYSTEM, polls["closed poll"].id)
    place = rooms.here.place | {"word": "luk"}
    return {name: place | {"poll_id": poll.id} for name, poll in polls.items()}
