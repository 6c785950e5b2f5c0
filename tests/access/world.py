"""A small world with one of each kind of people and one of each kind of thing, most of them the vendor's."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta

from psycopg.pq import ExecStatus
from sqlalchemy import Connection, select
from sqlalchemy.orm import Session, sessionmaker

from app.core.clock import now
from app.core.database import Database
from app.core.links import seal
from app.core.policy import Actor
from app.core.storage import Storage
from app.domain.contributions.models import Contribution
from app.domain.following.calendar import change_address, close_calendar, find_key
from app.domain.invitations import service as invitations
from app.domain.invitations.links import path_of
from app.domain.invitations.models import Invitation
from app.domain.invitations.schemas import Invitee
from app.domain.meetings.models import Appearance, Meeting, MeetingRole, PanelTask, Series
from app.domain.moderation.schemas import HideInput
from app.domain.moderation.service import hide
from app.domain.organisations.models import Organisation
from app.domain.outbox import service as outbox
from app.domain.outbox.models import Batch, Letter
from app.domain.outbox.schemas import UNSUBSCRIBE, Recipient
from app.domain.registrations.by_link import seal_cancelling, seal_offer
from app.domain.registrations.models import Registration, SeatGroup
from app.domain.registrations.questions import add_question
from app.domain.registrations.schemas import QuestionInput
from app.domain.registrations.swaps import ask_colleague
from app.domain.speakers.links import get_link_path
from app.domain.users.models import Membership, UserEmail
from app.identity.models import Passkey, SignInSession
from app.identity.provider_models import Identity
from app.identity.sessions import open_session
from app.identity.token_models import ApiToken
from app.identity.tokens import make_token
from app.privacy.models import DataCopy
from tests.access.after import close_meetings
from tests.access.allied import ally_things
from tests.access.planned import plan_things
from tests.access.promised import Things, promise_things
from tests.access.proposed import propose_things
from tests.access.room import Rooms, furnish, make_rooms
from tests.access.shown import show_things
from tests.access.told import tell_elsewhere
from tests.access.treated import treat_things
from tests.decks import add_read_deck
from tests.people import People, add_actor, add_people, with_role
from tests.reading import put_a_project
from tests.said import (
    SECRET,
    add_card_row,
    add_group_row,
    add_idea,
    add_idea_draft,
    add_item_row,
    add_meeting_row,
    add_theme_rows,
    add_wish,
    put_said,
)
from tests.signing_up import add_open_meeting, put_sign_up_row, sign_up_for
from tests.speaking import Talk, add_coming_talk

Place = dict[str, object]


@dataclass(frozen=True, slots=True)
class World:
    """`people` by the letter of their column; `secrets` open their sessions; `things` fill the addresses.

    `seat_secrets`: of those who came into a room without an account, what their browsers keep.
    `fields`: what the forms about a thing carry which say nothing at all without it, and its addresses after
    the question mark.
    """

    people: dict[str, Actor]
    secrets: dict[str, str]
    seat_secrets: dict[str, str]
    things: dict[str, Place]
    fields: dict[str, dict[str, str]]


def set_savepoints_at_once(connection: Connection) -> None:
    """Have the driver's lowest floor say what SQLAlchemy would make anew for the name of every savepoint.

    So psycopg hears of no rollback either, after which it would have everything prepared again.
    """
    below = connection.connection.driver_connection.pgconn

    def say(words: str) -> Callable[[Connection, str], None]:
        def do(connection: Connection, name: str) -> None:
            answer = below.exec_(f"{words} {name}".encode())
            assert answer.status == ExecStatus.COMMAND_OK, answer.error_message

        return do

    dialect = connection.dialect
    dialect.do_savepoint = say("savepoint")
    dialect.do_rollback_to_savepoint = say("rollback to savepoint")
    dialect.do_release_savepoint = say("release savepoint")


class UndoneDatabase(Database):
    """A database whose every transaction is a savepoint on one connection, so that all can be undone."""

    def __init__(self, url: str) -> None:
        super().__init__(url, pool_size=2)
        # All statements of the site are more than an engine keeps.
        self.connection = self.engine.connect().execution_options(compiled_cache={})
        set_savepoints_at_once(self.connection)
        driver = self.connection.connection.driver_connection
        # The same thousand statements are asked again and again: planned once, each is as good as new.
        driver.prepare_threshold, driver.prepared_max = 1, 3000
        self._begin()
        self.session = sessionmaker(
            self.connection, expire_on_commit=False, join_transaction_mode="create_savepoint"
        )

    def _begin(self) -> None:
        self.outer = self.connection.begin()
        self.connection.exec_driver_sql("set local plan_cache_mode = force_generic_plan")

    def keep(self) -> None:
        """Let stay what there is: rows of a transaction that goes on are slow to read."""
        self.outer.commit()
        self._begin()

    @contextmanager
    def undone(self) -> Iterator[None]:
        """Nothing that is done meanwhile stays.

        A savepoint that was gone back to stands on, and all of thousands would lie inside one another, each
        with a lock: so there is one around it that is let go.
        """
        self.connection.exec_driver_sql("savepoint before")
        savepoint = self.connection.begin_nested()
        yield
        savepoint.rollback()
        self.connection.exec_driver_sql("rollback to savepoint before")
        self.connection.exec_driver_sql("release savepoint before")

    def close(self) -> None:
        self.outer.rollback()
        self.connection.close()
        super().close()


def make_world(session: Session, storage: Storage) -> World:
    people = add_people(session)
    meeting, elsewhere = add_meeting_row(session, "10"), add_meeting_row(session, "9")
    rooms = make_rooms(session)
    columns = _name_columns(session, people, meeting, elsewhere, rooms)
    themes = add_theme_rows(session, "Klima")
    things: dict[str, Place] = {"-": {}}
    coming = add_open_meeting(session, "12")
    signed_up = sign_up_for(session, people.vendor, coming, is_listed=True)
    full = add_open_meeting(session, "13", status="full", seats=1)
    things |= _plan(session, people, meeting, storage)
    things |= {"coming meeting": {"key": coming.key}, "full meeting": {"key": full.key}}
    things |= _fill_seats(session, people, signed_up, coming, full)
    things |= _invite(session, people, coming, full)
    things |= _write_out(session, people, coming)
    talk = add_coming_talk(session)
    things |= _give_talks(session, people, talk, storage)
    things |= _subscribe(session, people)
    things |= _say(session, people, meeting)
    things |= _keep(session, people, storage)
    things |= _look_after(session, people)
    project = put_a_project(session)
    municipality = session.get_one(Organisation, people.municipality.organisation_id)
    things |= {
        "theme": {"strategy_key": "strategi-2026", "key": themes[0].key},
        "strategy": {"key": "strategi-2026"},
        "project": {"key": project.key},
        "municipality": {"key": municipality.key},
        "open data": {"name": "moeder"},
        "rules": {"slug": "regler", "number": 1},
    }
    secrets = {
        letter: open_session(session, actor.user_id, "passkey" if actor.is_strong else "code")
        for letter, actor in columns.items()
        if actor.user_id is not None
    }
    talk_fields = {"item_id": str(talk.item.id), "has_no_slides": "1"}
    fields = {name: talk_fields for name in things if "talk" in name}
    in_rooms, carried = furnish(session, people, rooms)
    afterwards, said = close_meetings(session, people, columns, rooms.guest_secret, coming, storage)
    assert not in_rooms.keys() & things.keys()
    assert not afterwards.keys() & (things | in_rooms).keys()
    things |= in_rooms | afterwards
    fields |= carried | said
    _put(things, fields, promise_things(session, people, rooms, things))
    _put(things, fields, show_things(session, people, meeting, storage))
    _put(things, fields, propose_things(session, people, columns, storage, things))
    _put(things, fields, plan_things(session, people, columns, things))
    _put(things, fields, treat_things(session, people, storage))
    _put(things, fields, ally_things(session, people, columns, storage))
    _put(things, fields, tell_elsewhere(session, people, columns, things))
    return World(columns, secrets, {"c": rooms.guest_secret}, things, fields)


def _put(things: dict[str, Place], fields: dict[str, dict[str, str]], made: Things) -> None:
    assert made[0].keys() & things.keys() == set()
    things.update(made[0])
    fields.update(made[1])


def _name_columns(
    session: Session, people: People, meeting: Meeting, elsewhere: Meeting, rooms: Rooms
) -> dict[str, Actor]:
    soft = session.get_one(Organisation, people.vendor.organisation_id)
    rival = session.get_one(Organisation, people.rival.organisation_id)
    host = session.get_one(Organisation, people.staff.organisation_id)
    here = session.get_one(Organisation, people.municipality.organisation_id)
    guide = add_actor(session, "Frode Facilitator", here)
    away = add_actor(session, "Else Andetsteds", here, "admin")
    writer = add_actor(session, "Rie Referent", here)
    guide = with_role(session, guide, rooms.here.meeting.id, "facilitator")
    away = with_role(session, away, rooms.elsewhere.meeting.id, "facilitator")
    writer = with_role(session, writer, rooms.here.meeting.id, "rapporteur")
    return {
        "s": people.stranger,
        "l": people.loner,
        "n": people.newcomer,
        "v": people.vendor,
        "r": people.rival,
        "a": add_actor(session, "Anne Softchef", soft, "admin"),
        "b": add_actor(session, "Bo Rivalchef", rival, "admin"),
        "k": people.municipality,
        "f": with_role(session, guide, meeting.id, "facilitator"),
        "g": with_role(session, away, elsewhere.id, "facilitator"),
        "w": replace(add_actor(session, "Svage Stab", host, "staff"), is_strong=False),
        "S": people.staff,
        "R": people.auditor,
        "A": people.admin,
        "c": rooms.guest,
        "p": with_role(session, writer, meeting.id, "rapporteur"),
    }


def _plan(session: Session, people: People, meeting: Meeting, storage: Storage) -> dict[str, Place]:
    draft = add_meeting_row(session, "11", is_published=False)
    item = add_item_row(session, meeting)
    group = add_group_row(session, meeting, item)
    part = Appearance(item_id=item.id, position=1, person_name="Oda Oplæg")
    task = PanelTask(item_id=item.id, position=1, title="Nævn tre dilemmaer", text="")
    session.add_all([part, task])
    session.flush()
    role = session.scalars(select(MeetingRole).where(MeetingRole.meeting_id == meeting.id)).first()
    assert role
    in_item = {"key": meeting.key, "item_id": item.id, "step": "ned"}
    decks = {
        f"{access} deck": {
            "deck_id": add_read_deck(session, meeting, storage=storage, access=access).id,
            "number": 1,
        }
        for access in ("public", "participants", "staff")
    }
    return decks | {
        "meeting": {"key": meeting.key},
        "draft meeting": {"key": draft.key},
        "turn": {"key": meeting.key, "word": "udskyd"},
        # The minutes' own turns are made where the minutes are.
        "turn of minutes": {"key": meeting.key, "word": "aabn-referat"},
        "series": {"key": "dialogforum"},
        "draft series": {"key": _add_draft_series(session).key},
        "item": in_item,
        "group": in_item | {"group_id": group.id},
        "part": in_item | {"part_id": part.id},
        "task": in_item | {"task_id": task.id},
        "role": {"key": meeting.key, "role_id": role.id},
    }


def _add_draft_series(session: Session) -> Series:
    """A series of which nothing is published."""
    series = Series(key="kommende", name="Kommende række")
    session.add(series)
    session.flush()
    add_meeting_row(session, "kommende-1", is_published=False).series_id = series.id
    session.flush()
    return series


def _fill_seats(
    session: Session, people: People, signed_up: Registration, coming: Meeting, full: Meeting
) -> dict[str, Place]:
    """At the full meeting somebody waits, somebody asks to come, and the seat is kept for the vendor."""
    offered = put_sign_up_row(
        session, people.vendor, full, status="offered", offered_until=now() + timedelta(days=1), queue_place=1
    )
    waiting = put_sign_up_row(session, people.consultancy, full, status="waiting", queue_place=2)
    asking = put_sign_up_row(session, people.neighbour, full, status="requested")
    group = SeatGroup(meeting_id=full.id, name="Kommuner", seats=1, kinds=["municipality"])
    session.add(group)
    session.flush()
    question = add_question(
        session, people.staff, coming.id, QuestionInput(text="Hvad vil du høre om?", kind="text")
    )
    swap = ask_colleague(session, people.vendor, signed_up.id, "anne@soft.example")
    in_line = {"registration_id": waiting.id, "deed": "flyt"}
    of_question = {"question_id": question.id, "way": "ned"}
    cancelling, offer = seal_cancelling(session, signed_up.id), seal_offer(session, offered.id)
    return {
        "waiting sign-up": {"key": full.key} | in_line,
        "waiting elsewhere": {"key": coming.key} | in_line,
        "asked sign-up": {"key": full.key, "registration_id": asking.id},
        "asked elsewhere": {"key": coming.key, "registration_id": asking.id},
        "seat group": {"key": full.key, "group_id": group.id},
        "group elsewhere": {"key": coming.key, "group_id": group.id},
        "question": {"key": coming.key} | of_question,
        "question elsewhere": {"key": full.key} | of_question,
        "swap with Soft's admin": {"swap_id": swap.id},
        "cancelling link": {"registration_id": signed_up.id, "sealed": cancelling},
        "offer link": {"registration_id": offered.id, "sealed": offer},
        # Each link does the one thing that it names: the seal for another deed opens nothing.
        "wrong cancelling seal": {
            "registration_id": signed_up.id,
            "sealed": seal_offer(session, signed_up.id),
        },
        "wrong offer seal": {"registration_id": offered.id, "sealed": seal_cancelling(session, offered.id)},
    }


def _invite(session: Session, people: People, coming: Meeting, full: Meeting) -> dict[str, Place]:
    invitees = [Invitee("inga@kommune.example", "Inga"), Invitee("tove@kommune.example", "Tove")]
    invitations.invite(session, people.staff, coming.id, invitees)
    asked, withdrawn = session.scalars(select(Invitation).order_by(Invitation.email)).all()
    old = path_of(session, withdrawn.id)
    invitations.withdraw(session, people.staff, coming.id, withdrawn.id)
    place = {"key": coming.key, "invitation_id": asked.id}
    other = seal(session, "speaker", asked.id, asked.link_number)
    return {
        "invitation": place | {"sealed": _seal_of(path_of(session, asked.id))},
        "wrong invitation seal": place | {"sealed": other},
        "withdrawn invitation": {"invitation_id": withdrawn.id, "sealed": _seal_of(old)},
        "invited elsewhere": {"key": full.key, "invitation_id": asked.id},
    }


def _seal_of(path: str) -> str:
    return path.rpartition("/")[2]


def _write_out(session: Session, people: People, meeting: Meeting) -> dict[str, Place]:
    """A batch that waits in the outbox, another one, and one that was thrown away there."""
    waiting, other, discarded = (_add_batch(session, people, meeting) for _ in range(3))
    letter, foreign, gone = (
        session.scalars(select(Letter.id).where(Letter.batch_id == batch.id)).one()
        for batch in (waiting, other, discarded)
    )
    outbox.discard_batch(session, people.staff, discarded.id, discarded.version)
    return {
        "batch": {"batch_id": waiting.id, "letter_id": letter},
        "letter of another": {"batch_id": waiting.id, "letter_id": foreign},
        "discarded batch": {"batch_id": discarded.id, "letter_id": gone},
        "mail": {"letter_id": letter, "sealed": seal(session, UNSUBSCRIBE, letter)},
        "wrong mail seal": {"letter_id": letter, "sealed": seal(session, UNSUBSCRIBE, foreign)},
    }


def _add_batch(session: Session, people: People, meeting: Meeting) -> Batch:
    batch = outbox.prepare(
        session,
        people.staff,
        kind="message",
        meeting_id=meeting.id,
        recipients=[Recipient("vera@soft.example", "Vera Vendor", user_id=people.vendor.user_id)],
        facts={"subject": "Husk kaffe", "body": "Vi ses."},
    )
    assert batch
    return batch


def _give_talks(session: Session, people: People, talk: Talk, storage: Storage) -> dict[str, Place]:
    """A coming talk of the vendor's with its link and slides, and one whose link has ended by itself."""
    with_role(session, people.vendor, talk.meeting.id, "speaker", talk.person.id)
    deck = add_read_deck(session, talk.meeting, storage=storage, item=talk.item, access="staff")
    foreign = add_read_deck(session, talk.meeting, storage=storage, access="staff")
    past = add_coming_talk(session, "31", name="Otto Oplæg", email="otto@eksempel.example")
    past.meeting.held_on, past.meeting.status = date(2020, 10, 28), "closed"
    session.flush()
    place: Place = {
        "key": talk.meeting.key, "person_id": talk.person.id, "item_id": talk.item.id,
        "speaker_id": talk.speaker.id, "deck_id": deck.id, "number": 1,
    }  # fmt: skip
    of_past = get_link_path(session, past.speaker.id) or ""
    another = get_link_path(session, talk.speaker.id) or ""
    return {
        "talk": place | {"sealed": _seal_of(another)},
        "wrong talk seal": place | {"sealed": _seal_of(of_past)},
        "talk, foreign deck": place | {"sealed": _seal_of(another), "deck_id": foreign.id},
        "talk long past": place | {"speaker_id": past.speaker.id, "sealed": _seal_of(of_past)},
        "talk elsewhere": place | {"key": past.meeting.key},
    }


def _subscribe(session: Session, people: People) -> dict[str, Place]:
    """Calendars of one's own: the vendor's, with the address before, and one that is closed."""
    kept = []
    for actor in (people.vendor, people.vendor, people.rival):
        change_address(session, actor)
        session.expire_all()
        key = find_key(session, actor)
        assert key
        kept.append({"user_id": key.user_id, "sealed": key.seal})
    close_calendar(session, people.rival)
    return {"calendar before": kept[0], "vendor's calendar": kept[1], "closed calendar": kept[2]}


def _say(session: Session, people: People, meeting: Meeting) -> dict[str, Place]:
    soft = people.vendor.organisation_id
    said: dict[str, Callable[[], Contribution]] = {
        "wish": lambda: add_wish(session, people.vendor),
        "newcomer's wish": lambda: add_wish(session, people.newcomer, title="Ny her"),
        "idea": lambda: add_idea(session, people.vendor, **SECRET),
        "idea draft": lambda: add_idea_draft(session, people.vendor),
        "unpublished card": lambda: add_card_row(session, people.staff, meeting, on_behalf_of_id=soft),
        "card": lambda: put_said(session, "kort", kind="card", meeting_id=meeting.id),
    }
    for visibility in ("participants", "municipalities", "staff", "own"):
        said[f"{visibility} wish"] = lambda level=visibility: put_said(
            session, f"ønske-{level}", visibility=level, meeting_id=meeting.id, on_behalf_of_id=soft
        )
    rows = {name: make() for name, make in said.items()}
    hidden = rows["hidden wish"] = add_wish(session, people.vendor, title="Skjult")
    hide(
        session,
        people.staff,
        hidden.id,
        HideInput(reason="personal_data", words="Navne", version=hidden.version),
    )
    folders = {"wish": "oensker", "idea": "ideer", "card": "indspil"}
    return {name: {"reference": row.reference, "folder": folders[row.kind]} for name, row in rows.items()}


def _keep(session: Session, people: People, storage: Storage) -> dict[str, Place]:
    """What somebody keeps for the own account."""
    vendor = people.vendor
    passkey = Passkey(
        user_id=vendor.user_id,
        user_handle=b"h",
        credential_id=b"c",
        public_key=b"p",
        sign_count=0,
        transports=[],
        name="Telefon",
        is_synced=False,
        created_at=now(),
    )
    identity = Identity(
        provider="entra", issuer="https://id.example", subject="1", user_id=vendor.user_id,
        created_at=now(), used_at=now(),
    )  # fmt: skip
    storage.put("copies/1.zip", b"PK")
    copy = DataCopy(
        user_id=vendor.user_id, state="ready", file_key="copies/1.zip", size=2,
        asked_at=now(), ready_at=now(), expires_at=now() + timedelta(days=7),
    )  # fmt: skip
    address = UserEmail(user_id=vendor.user_id, email="vera@anden.example", created_at=now())
    session.add_all([passkey, identity, copy, address])
    make_token(session, vendor, "Nøgle", frozenset({"read"}), 30)
    open_session(session, vendor.user_id or 0, "passkey")
    session.flush()
    return {
        "vendor's passkey": {"passkey_id": passkey.id},
        "vendor's identity": {"identity_id": identity.id, "user_id": vendor.user_id, "provider": "entra"},
        "vendor's key": {"token_id": session.scalars(select(ApiToken.id)).one()},
        "vendor's copy": {"copy_id": copy.id},
        "vendor's address": {"address_id": address.id},
        "vendor's session": {"session_id": session.scalars(select(SignInSession.id)).one()},
    }


def _look_after(session: Session, people: People) -> dict[str, Place]:
    waiting = session.get_one(Membership, people.newcomer.membership_id)
    session.get_one(Organisation, people.vendor.organisation_id).asked_domains = ["soft.dk"]
    return {
        "Soft": {"number": people.vendor.organisation_id},
        "newcomer's membership": {"membership_id": waiting.id},
        "vendor's membership": {"membership_id": people.vendor.membership_id},
        "vendor's account": {"user_id": people.vendor.user_id},
    }
