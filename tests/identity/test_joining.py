"""Two accounts become one: what moves, what ends, what it never gives, and who may do it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Index, Table, func, select, text
from sqlalchemy.orm import Session

from app.core.audit import AuditEntry
from app.core.clock import moved_to, now
from app.core.database import Base
from app.core.policy import Actor, NotAllowed, NotFound, Refused, Role
from app.domain.contributions.models import Contribution
from app.domain.following.models import Follow
from app.domain.following.service import follow
from app.domain.meetings.models import MeetingRole
from app.domain.registrations.models import Registration
from app.domain.users.addresses import add_address, find_by_address, find_proof, keep_proof
from app.domain.users.models import Consent, Membership, User, UserEmail
from app.identity.joining import REFERENCES, join_others, join_own, preview_of_others, preview_own
from app.identity.models import Passkey, SignInSession
from app.identity.provider_models import Identity
from app.identity.sessions import find_actor, open_session
from app.identity.token_models import ApiToken
from tests.people import People, add_actor, add_organisation_row, with_role
from tests.said import add_meeting_row, add_theme_rows, add_wish


def find_references() -> dict[str, Table]:
    """Every column that points to an account, as "table.column"."""
    return {
        f"{table.name}.{column.name}": table
        for table in Base.metadata.tables.values()
        for column in table.columns
        for key in column.foreign_keys
        if key.target_fullname == "user_account.id"
    }


def test_every_reference_to_an_account_is_decided() -> None:
    assert set(REFERENCES) == set(find_references())


def test_what_is_unique_only_in_part_is_merged_by_hand() -> None:
    """A partial unique index is not seen by the general way of moving; it needs a function of its own."""
    partial = {
        f"{table.name}.{column.name}"
        for name, table in find_references().items()
        for index in table.indexes
        if isinstance(index, Index)
        and index.unique
        and index.dialect_options["postgresql"]["where"] is not None
        for column in index.columns
        if f"{table.name}.{column.name}" == name
    }
    assert {name for name in partial if REFERENCES[name] != "merged"} == set()


def test_no_account_is_named_without_a_reference_but_in_the_log_and_the_keys_of_forms() -> None:
    unreferenced = {
        f"{table.name}.{column.name}"
        for table in Base.metadata.tables.values()
        for column in table.columns
        if column.name.endswith(("user_id", "by_id")) and not column.foreign_keys
    }
    assert unreferenced == {"audit_entry.user_id", "write_key.user_id"}


# --- who may


def prove(session: Session, actor: Actor, other: Actor) -> None:
    email = session.get_one(User, other.user_id).email
    assert email is not None and actor.user_id is not None
    keep_proof(session, actor.user_id, email)


def test_one_joins_the_account_of_an_address_that_one_has_just_proved(
    session: Session, people: People
) -> None:
    prove(session, people.vendor, people.consultancy)
    assert preview_own(session, people.vendor).other_id == people.consultancy.user_id
    join_own(session, people.vendor)
    found = find_by_address(session, "konrad@huset.example")
    assert found is not None and found.id == people.vendor.user_id


def test_without_a_fresh_proof_nothing_is_joined(session: Session, people: People) -> None:
    with pytest.raises(Refused) as refused:
        join_own(session, people.vendor)
    assert refused.value.code == "no_proof"
    with moved_to(now() - timedelta(minutes=16)):
        prove(session, people.vendor, people.consultancy)
    with pytest.raises(Refused):
        join_own(session, people.vendor)
    with pytest.raises(Refused):
        preview_own(session, people.vendor)


def test_a_proof_is_used_once_and_only_by_who_gave_it(session: Session, people: People) -> None:
    prove(session, people.vendor, people.consultancy)
    with pytest.raises(Refused):
        join_own(session, people.rival)
    join_own(session, people.vendor)
    assert find_proof(session, people.vendor.user_id or 0) is None
    with pytest.raises(Refused):
        join_own(session, people.vendor)


@pytest.mark.parametrize("who", ["staff", "admin", "auditor"])
def test_a_mailed_code_brings_no_rights_of_an_organiser(session: Session, people: People, who: str) -> None:
    prove(session, people.vendor, getattr(people, who))
    with pytest.raises(Refused) as refused:
        join_own(session, people.vendor)
    assert refused.value.code == "needs_admin"


def test_staff_shows_more_than_a_mailed_code_before_joining(session: Session, people: People) -> None:
    prove(session, people.staff, people.vendor)
    with pytest.raises(NotAllowed):
        join_own(session, people.staff)
    open_session(session, people.staff.user_id or 0, "passkey")
    session.flush()
    session_id = session.scalars(select(func.max(SignInSession.id))).one()
    join_own(session, replace(people.staff, session_id=session_id))


def test_a_disabled_account_is_joined_by_nobody(session: Session, people: People) -> None:
    prove(session, people.vendor, people.consultancy)
    session.get_one(User, people.consultancy.user_id).disabled_at = now()
    session.flush()
    with pytest.raises(Refused) as refused:
        join_own(session, people.vendor)
    assert refused.value.code == "nothing_to_join"
    with pytest.raises(Refused) as refused:
        join_others(session, people.admin, people.vendor.user_id or 0, people.consultancy.user_id or 0)
    assert refused.value.code == "account_closed"


def test_an_account_that_was_closed_since_it_was_looked_at_is_not_joined(
    session: Session, people: People
) -> None:
    kept, other = people.vendor.user_id or 0, people.consultancy.user_id or 0
    preview_of_others(session, people.admin, kept, other)
    looked_at = session.get_one(User, other)
    # As another admin's transaction would, unseen by this session's objects.
    session.execute(text("UPDATE user_account SET disabled_at = now() WHERE id = :id"), {"id": other})
    with pytest.raises(Refused, match="account_closed"):
        join_others(session, people.admin, kept, looked_at.id)


def test_only_an_admin_joins_others_and_never_the_own(session: Session, people: People) -> None:
    one, two = people.vendor.user_id or 0, people.rival.user_id or 0
    for name, actor in people.all().items():
        if name != "admin":
            with pytest.raises(NotAllowed):
                preview_of_others(session, actor, one, two)
            with pytest.raises(NotAllowed):
                join_others(session, actor, one, two)
    own = people.admin.user_id or 0
    for kept, other, code in (
        (own, two, "not_own_account"),
        (one, own, "not_own_account"),
        (one, one, "same_account"),
    ):
        with pytest.raises(Refused) as refused:
            join_others(session, people.admin, kept, other)
        assert refused.value.code == code
    with pytest.raises(NotFound):
        join_others(session, people.admin, one, 999_999)


# --- what moves


def join(session: Session, people: People, kept: Actor, other: Actor) -> None:
    assert kept.user_id is not None and other.user_id is not None
    join_others(session, people.admin, kept.user_id, other.user_id)


def test_words_roles_follows_and_sign_ups_move_and_doubles_become_one(
    session: Session, people: People
) -> None:
    kept, other = people.vendor, people.consultancy
    here, there = add_meeting_row(session, "10"), add_meeting_row(session, "11")
    first, second = add_theme_rows(session, "Klima", "Data")
    wish = add_wish(session, other)
    for actor, theme in ((kept, first), (other, first), (other, second)):
        follow(session, actor, "theme", theme.id)
    for actor, meeting in ((kept, here), (other, here), (other, there)):
        with_role(session, actor, meeting.id, "facilitator")
        session.add(Registration(meeting_id=meeting.id, user_id=actor.user_id, created_at=now()))
    for actor in (kept, other):
        session.add(Consent(user_id=actor.user_id, kind="listing", version=1, language="da", given_at=now()))
    session.flush()
    join(session, people, kept, other)
    assert session.get_one(Contribution, wish.id).said_by_user_id == kept.user_id
    assert session.get_one(Contribution, wish.id).on_behalf_of_id == other.organisation_id
    owners = {
        table: session.execute(select(table.user_id, func.count()).group_by(table.user_id)).all()
        for table in (Follow, MeetingRole)
    }
    assert owners == {Follow: [(kept.user_id, 2)], MeetingRole: [(kept.user_id, 2)]}
    signed_up = session.execute(
        select(Registration.meeting_id, Registration.status)
        .where(Registration.user_id == kept.user_id)
        .order_by(Registration.id)
    ).all()
    assert sorted(map(tuple, signed_up)) == [
        (here.id, "cancelled"),
        (here.id, "registered"),
        (there.id, "registered"),
    ]
    consents = session.execute(
        select(Consent.user_id, Consent.withdrawn_at.is_(None))
        .where(Consent.kind == "listing")
        .order_by(Consent.id)
    ).all()
    assert [tuple(consent) for consent in consents] == [(kept.user_id, True), (kept.user_id, False)]


def test_the_other_account_is_left_as_an_empty_shell(session: Session, people: People) -> None:
    kept, other = people.vendor, people.consultancy
    add_address(session, other, "konrad@hjemme.example")
    secret = open_session(session, other.user_id or 0)
    session.flush()
    join(session, people, kept, other)
    shell = session.get_one(User, other.user_id)
    assert (shell.email, shell.name, shell.fields, shell.joined_into_id) == (None, "", [], kept.user_id)
    assert shell.disabled_at is not None
    assert find_actor(session, secret).is_signed_in is False
    addresses = session.scalars(
        select(UserEmail.email).where(UserEmail.user_id == kept.user_id).order_by(UserEmail.id)
    ).all()
    assert set(addresses) == {"konrad@huset.example", "konrad@hjemme.example"}


def test_joined_accounts_are_joined_on(session: Session, people: People) -> None:
    join(session, people, people.vendor, people.consultancy)
    join(session, people, people.rival, people.vendor)
    joined = select(User.id).where(User.joined_into_id == people.rival.user_id)
    assert set(session.scalars(joined)) == {people.vendor.user_id, people.consultancy.user_id}
    found = find_by_address(session, "konrad@huset.example")
    assert found is not None and found.id == people.rival.user_id


def add_passkey(session: Session, actor: Actor, name: str) -> None:
    session.add(
        Passkey(
            user_id=actor.user_id,
            user_handle=b"h",
            credential_id=name.encode(),
            public_key=b"k",
            sign_count=0,
            transports=[],
            name=name,
            is_synced=False,
            created_at=now(),
        )
    )
    session.add(
        Identity(
            provider="entra",
            issuer="https://entra.example",
            subject=name,
            user_id=actor.user_id,
            created_at=now(),
            used_at=now(),
        )
    )
    session.add(
        ApiToken(
            secret_hash=name,
            ending="1234",
            user_id=actor.user_id,
            membership_id=actor.membership_id,
            role="member",
            is_strong=True,
            name=name,
            scopes=[],
            created_at=now(),
            expires_at=now() + timedelta(days=1),
        )
    )
    session.flush()


def test_passkeys_and_logins_move_and_keys_for_programs_end(session: Session, people: People) -> None:
    kept, other = people.vendor, people.consultancy
    add_passkey(session, other, "telefon")
    join(session, people, kept, other)
    assert session.scalars(select(Passkey.user_id).order_by(Passkey.id)).all() == [kept.user_id]
    assert session.scalars(select(Identity.user_id).order_by(Identity.id)).all() == [kept.user_id]
    assert session.scalars(select(ApiToken.ended_at.is_not(None)).order_by(ApiToken.id)).all() == [True]


@pytest.mark.parametrize("staff_is_kept", [True, False])
def test_a_passkey_of_an_ordinary_account_never_opens_that_of_an_organisers_staff(
    session: Session, people: People, staff_is_kept: bool
) -> None:
    add_passkey(session, people.vendor, "almindelig")
    add_passkey(session, people.staff, "stab")
    kept, other = (people.staff, people.vendor) if staff_is_kept else (people.vendor, people.staff)
    secret = open_session(session, people.vendor.user_id or 0, "passkey")
    session.flush()
    join(session, people, kept, other)
    keys = session.execute(select(Passkey.name, Passkey.user_id).order_by(Passkey.id)).all()
    assert [tuple(key) for key in keys] == [("stab", kept.user_id)]
    logins = session.execute(select(Identity.subject, Identity.user_id).order_by(Identity.subject)).all()
    assert [tuple(login) for login in logins] == [("almindelig", None), ("stab", kept.user_id)]
    assert find_actor(session, secret).is_signed_in is False


# --- rights


def add_member(
    session: Session, actor: Actor, organisation_id: int, role: Role, confirmed: bool
) -> Membership:
    membership = Membership(
        user_id=actor.user_id,
        organisation_id=organisation_id,
        role=role,
        confirmed_at=now() if confirmed else None,
        created_at=now(),
    )
    session.add(membership)
    session.flush()
    return membership


@pytest.mark.parametrize(
    ("own", "others", "expected"),
    [
        (("member", False), ("member", True), ("member", True)),
        (("member", True), ("member", False), ("member", True)),
        (("member", True), ("admin", True), ("admin", True)),
        (("admin", True), ("member", True), ("admin", True)),
        # Neither had a confirmed admin's rights: a role of one and a yes to the other do not add up.
        (("admin", False), ("member", True), ("member", True)),
        (("member", True), ("admin", False), ("member", True)),
        (("admin", False), ("member", False), ("admin", False)),
    ],
)
def test_of_two_memberships_the_stronger_is_taken_whole(
    session: Session,
    people: People,
    own: tuple[Role, bool],
    others: tuple[Role, bool],
    expected: tuple[Role, bool],
) -> None:
    shared = add_organisation_row(session, "faelles", "Fælles A/S", "vendor")
    kept = add_actor(session, "Kim Beholdt", shared, *own)
    other = add_actor(session, "Kai Lukket", shared, *others)
    preview = preview_of_others(session, people.admin, kept.user_id or 0, other.user_id or 0)
    join(session, people, kept, other)
    in_force = session.scalars(
        select(Membership)
        .where(Membership.organisation_id == shared.id, Membership.ended_at.is_(None))
        .order_by(Membership.id)
    ).all()
    found = [(one.user_id, one.role, one.confirmed_at is not None) for one in in_force]
    assert found == [(kept.user_id, *expected)]
    assert [(one.role, one.is_confirmed) for one in preview.memberships] == [expected]


def test_memberships_of_other_organisations_move_as_they_are(session: Session, people: People) -> None:
    join(session, people, people.newcomer, people.consultancy)
    rows = session.execute(
        select(Membership.organisation_id, Membership.confirmed_at.is_not(None))
        .where(Membership.user_id == people.newcomer.user_id, Membership.ended_at.is_(None))
        .order_by(Membership.id)
    ).all()
    assert sorted(map(tuple, rows)) == sorted(
        [(people.newcomer.organisation_id, False), (people.consultancy.organisation_id, True)]
    )


def test_what_each_had_before_and_what_is_there_now_is_logged_without_names(
    session: Session, people: People
) -> None:
    kept, other = people.vendor, people.consultancy
    add_wish(session, other)
    join(session, people, kept, other)
    entry = session.scalars(select(AuditEntry).where(AuditEntry.verb == "join")).one()
    confirmed = {"role": "member", "is_confirmed": True}
    of_kept = {"organisation_id": kept.organisation_id} | confirmed
    of_other = {"organisation_id": other.organisation_id} | confirmed
    assert entry.before == {
        "kept": {"user_id": kept.user_id, "memberships": [of_kept]},
        "joined": {"user_id": other.user_id, "memberships": [of_other]},
    }
    assert entry.after == {
        "kept": {"user_id": kept.user_id, "memberships": [of_kept, of_other]},
        "joined_id": other.user_id,
        "moved": {"contribution.entered_by_id": 1, "contribution.said_by_user_id": 1},
    }
