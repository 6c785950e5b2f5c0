"""A small world with one of each kind of people and one of each kind of thing, most of them the vendor's."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from app.core.clock import now
from app.core.database import Database
from app.core.policy import Actor
from app.core.storage import Storage
from app.domain.contributions.models import Contribution
from app.domain.meetings.models import Appearance, Meeting, MeetingRole, PanelTask
from app.domain.moderation.schemas import HideInput
from app.domain.moderation.service import hide
from app.domain.organisations.models import Organisation
from app.domain.users.models import Membership, UserEmail
from app.identity.models import Passkey, SignInSession
from app.identity.provider_models import Identity
from app.identity.sessions import open_session
from app.identity.token_models import ApiToken
from app.identity.tokens import make_token
from app.privacy.models import DataCopy
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
from tests.signing_up import add_open_meeting, sign_up_for

Place = dict[str, object]


@dataclass(frozen=True, slots=True)
class World:
    """`people` by the letter of their column; `secrets` open their sessions; `things` fill the addresses."""

    people: dict[str, Actor]
    secrets: dict[str, str]
    things: dict[str, Place]


class UndoneDatabase(Database):
    """A database whose every transaction is a savepoint on one connection, so that all can be undone."""

    def __init__(self, url: str) -> None:
        super().__init__(url, pool_size=2)
        self.connection = self.engine.connect()
        # Each rollback would have the server forget what was prepared, and prepare it again.
        self.connection.connection.driver_connection.prepare_threshold = None
        self.outer = self.connection.begin()
        self.session = sessionmaker(
            self.connection, expire_on_commit=False, join_transaction_mode="create_savepoint"
        )

    @contextmanager
    def undone(self) -> Iterator[None]:
        """Nothing that is done meanwhile stays."""
        savepoint = self.connection.begin_nested()
        yield
        savepoint.rollback()

    def close(self) -> None:
        self.outer.rollback()
        self.connection.close()
        super().close()


def make_world(session: Session, storage: Storage) -> World:
    people = add_people(session)
    meeting, elsewhere = add_meeting_row(session, "10"), add_meeting_row(session, "9")
    columns = _name_columns(session, people, meeting, elsewhere)
    themes = add_theme_rows(session, "Klima")
    things: dict[str, Place] = {"-": {}}
    things |= _plan(session, people, meeting, storage)
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
    return World(columns, secrets, things)


def _name_columns(session: Session, people: People, meeting: Meeting, elsewhere: Meeting) -> dict[str, Actor]:
    soft = session.get_one(Organisation, people.vendor.organisation_id)
    rival = session.get_one(Organisation, people.rival.organisation_id)
    host = session.get_one(Organisation, people.staff.organisation_id)
    here = session.get_one(Organisation, people.municipality.organisation_id)
    guide = add_actor(session, "Frode Facilitator", here)
    away = add_actor(session, "Else Andetsteds", here)
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
    }


def _plan(session: Session, people: People, meeting: Meeting, storage: Storage) -> dict[str, Place]:
    draft = add_meeting_row(session, "11", is_published=False)
    coming = add_open_meeting(session, "12")
    item = add_item_row(session, meeting)
    group = add_group_row(session, meeting, item)
    part = Appearance(item_id=item.id, position=1, person_name="Oda Oplæg")
    task = PanelTask(item_id=item.id, position=1, title="Nævn tre dilemmaer", text="")
    session.add_all([part, task])
    session.flush()
    role = session.scalars(select(MeetingRole).where(MeetingRole.meeting_id == meeting.id)).first()
    assert role
    sign_up_for(session, people.vendor, coming, is_listed=True)
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
        "coming meeting": {"key": coming.key},
        "item": in_item,
        "group": in_item | {"group_id": group.id},
        "part": in_item | {"part_id": part.id},
        "task": in_item | {"task_id": task.id},
        "role": {"key": meeting.key, "role_id": role.id},
    }


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
