"""Roles at a meeting: who gives them, what they let one do there, and nothing anywhere else."""

from dataclasses import replace
from itertools import count, product

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.audit import AuditEntry
from app.core.clock import now
from app.core.policy import Actor, MeetingRole, NotAllowed, NotFound, Refused
from app.domain.contributions.models import Contribution
from app.domain.contributions.policy import (
    may_edit_card,
    may_record_at,
    may_record_somewhere,
    may_see,
    visible_to,
)
from app.domain.contributions.schemas import CardEdit, CardInput
from app.domain.contributions.service import (
    add_card,
    edit_card,
    publish,
    publish_meeting_cards,
    tag_contributions,
    tag_each,
    withdraw,
)
from app.domain.meetings import policy as meetings
from app.domain.meetings.models import Meeting
from app.domain.meetings.models import MeetingRole as RoleRow
from app.domain.meetings.roles import (
    find_candidates,
    give_role,
    list_own_item_ids,
    list_programme_people,
    list_roles,
    take_role,
)
from app.domain.meetings.schemas import RoleInput
from app.domain.presentations.schemas import DeckInput
from app.domain.presentations.service import add_deck
from app.domain.users.models import User
from tests.people import People, with_role
from tests.said import (
    add_card_row,
    add_item_row,
    add_meeting_row,
    add_speaker_row,
    add_theme_rows,
    add_wish,
    put_said,
)

ROLES: tuple[MeetingRole, ...] = ("facilitator", "rapporteur", "speaker", "assessor")


def give(session: Session, actor: Actor, meeting: Meeting, to: Actor, role: str, **more: object) -> RoleRow:
    given = RoleInput.model_validate({"user_id": to.user_id, "role": role} | more)
    return give_role(session, actor, meeting.id, given)


def test_staff_gives_a_role_once_and_takes_it_back_and_both_are_logged(
    session: Session, people: People
) -> None:
    meeting = add_meeting_row(session)
    role = give(session, people.staff, meeting, people.vendor, "facilitator")
    assert give(session, people.staff, meeting, people.vendor, "facilitator").id == role.id
    views = list_roles(session, meeting.id)
    assert [(one.name, one.role, one.organisations, one.given_by) for one in views] == [
        ("Vera Vendor", "facilitator", "Soft A/S", "Stine Stab")
    ]
    take_role(session, people.staff, meeting.id, role.id)
    assert list_roles(session, meeting.id) == []
    entries = session.execute(
        select(AuditEntry.verb, AuditEntry.thing_id, AuditEntry.before, AuditEntry.after)
        .where(AuditEntry.thing == "meeting")
        .order_by(AuditEntry.id)
    ).all()
    facts = {"user_id": people.vendor.user_id, "role": "facilitator", "person_id": None}
    assert [tuple(entry) for entry in entries] == [
        ("give_role", meeting.id, None, facts),
        ("take_role", meeting.id, facts, None),
    ]


def test_nobody_but_staff_gives_or_takes_a_role(session: Session, people: People) -> None:
    meeting = add_meeting_row(session)
    role = give(session, people.staff, meeting, people.vendor, "facilitator")
    actors = people.all() | {"facilitator": with_role(session, people.consultancy, meeting.id, "facilitator")}
    for name, actor in actors.items():
        if name in ("staff", "admin"):
            continue
        with pytest.raises(NotAllowed):
            give(session, actor, meeting, people.rival, "assessor")
        with pytest.raises(NotAllowed):
            take_role(session, actor, meeting.id, role.id)


def test_only_confirmed_people_who_can_change_things_get_roles(session: Session, people: People) -> None:
    meeting = add_meeting_row(session)
    for who, code in (
        (people.newcomer, "unknown_user"),
        (people.loner, "unknown_user"),
        (people.auditor, "auditor_changes_nothing"),
        (replace(people.vendor, user_id=999_999), "unknown_user"),
    ):
        with pytest.raises(Refused) as refused:
            give(session, people.staff, meeting, who, "assessor")
        assert refused.value.code == code
    session.get_one(User, people.vendor.user_id).disabled_at = now()
    session.flush()
    with pytest.raises(Refused):
        give(session, people.staff, meeting, people.vendor, "assessor")


def test_a_role_of_another_meeting_or_of_none_is_not_found(session: Session, people: People) -> None:
    here, there = add_meeting_row(session, "10"), add_meeting_row(session, "11")
    role = give(session, people.staff, here, people.vendor, "assessor")
    with pytest.raises(NotFound):
        take_role(session, people.staff, there.id, role.id)
    with pytest.raises(NotFound):
        give_role(
            session, people.staff, 999_999, RoleInput(user_id=people.vendor.user_id or 0, role="assessor")
        )


def test_a_speaker_is_somebody_of_the_programme_whom_nobody_else_is(session: Session, people: People) -> None:
    meeting = add_meeting_row(session, "10")
    person = add_speaker_row(session, add_item_row(session, meeting))
    elsewhere = add_speaker_row(session, add_item_row(session, add_meeting_row(session, "11")), "En Anden")
    for more, code in (({}, "person_missing"), ({"person_id": elsewhere.id}, "unknown_speaker")):
        with pytest.raises(Refused) as refused:
            give(session, people.staff, meeting, people.vendor, "speaker", **more)
        assert refused.value.code == code
    give(session, people.staff, meeting, people.vendor, "speaker", person_id=person.id)
    with pytest.raises(Refused) as refused:
        give(session, people.staff, meeting, people.rival, "speaker", person_id=person.id)
    assert refused.value.code == "person_taken"
    found = list_programme_people(session, meeting.id)
    assert [(one.name, one.user_id) for one in found] == [("Oda Oplæg", people.vendor.user_id)]


def test_confirmed_people_are_found_by_name_and_by_mail(session: Session, people: People) -> None:
    assert [one.name for one in find_candidates(session, "vera")] == ["Vera Vendor"]
    assert [one.name for one in find_candidates(session, "der.example")] == ["Nils Nabo"]
    assert find_candidates(session, "Nye") == []
    assert find_candidates(session, "%") == []
    assert find_candidates(session, " ") == []


# --- what a role lets one do


@pytest.mark.parametrize("role", ROLES)
def test_facilitators_and_rapporteurs_write_down_at_their_meeting_only(
    session: Session, people: People, role: MeetingRole
) -> None:
    here, there = add_meeting_row(session, "10"), add_meeting_row(session, "11")
    actor = with_role(session, people.consultancy, here.id, role)
    writes = role in ("facilitator", "rapporteur")
    assert (may_record_at(actor, here.id), may_record_at(actor, there.id)) == (writes, False)
    assert may_record_somewhere(actor) == writes
    if writes:
        assert add_card(session, actor, here.id, CardInput(text="Sagt")).entered_by_id == actor.user_id
    else:
        with pytest.raises(NotAllowed):
            add_card(session, actor, here.id, CardInput(text="Sagt"))
    with pytest.raises(NotAllowed):
        add_card(session, actor, there.id, CardInput(text="Sagt"))


def test_a_meeting_that_one_cannot_see_is_missing_also_for_writing_down(
    session: Session, people: People
) -> None:
    draft = add_meeting_row(session, "11", is_published=False)
    actor = with_role(session, people.consultancy, add_meeting_row(session, "10").id, "facilitator")
    with pytest.raises(NotFound):
        add_card(session, actor, draft.id, CardInput(text="Sagt"))


def test_a_rapporteur_sorts_and_mends_what_is_hidden_and_never_publishes(
    session: Session, people: People
) -> None:
    here = add_meeting_row(session, "10")
    actor = with_role(session, people.consultancy, here.id, "rapporteur")
    (theme,) = add_theme_rows(session, "Klima")
    card = add_card_row(session, people.staff, here)
    tag_contributions(session, actor, [card.id], theme_ids=[theme.id])
    edit_card(session, actor, card.id, CardEdit(text="Rettet", version=card.version))
    with pytest.raises(NotAllowed):
        publish(session, actor, [card.id])
    with pytest.raises(NotAllowed):
        publish_meeting_cards(session, actor, here.id)
    publish(session, people.staff, [card.id])
    assert may_edit_card(actor, card) is False
    with pytest.raises(NotAllowed):
        edit_card(session, actor, card.id, CardEdit(text="Igen", version=card.version))
    with pytest.raises(NotAllowed):
        withdraw(session, actor, card.id)


def test_what_was_said_at_another_meeting_is_missing_for_sorting(session: Session, people: People) -> None:
    here, there = add_meeting_row(session, "10"), add_meeting_row(session, "11")
    actor = with_role(session, people.consultancy, here.id, "facilitator")
    hidden = add_card_row(session, people.staff, there)
    with pytest.raises(NotFound):
        tag_contributions(session, actor, [hidden.id], aspect="data")
    with pytest.raises(NotFound):
        edit_card(session, actor, hidden.id, CardEdit(text="Rettet", version=1))
    with pytest.raises(NotFound):
        tag_contributions(session, actor, [add_wish(session, people.vendor).id], aspect="data")


@pytest.mark.parametrize(("visibility", "is_hidden"), [("staff", False), ("own", False), ("public", True)])
def test_what_is_kept_from_who_writes_down_is_missing_for_tagging(
    session: Session, people: People, visibility: str, is_hidden: bool
) -> None:
    meeting = add_meeting_row(session, "10")
    actor = with_role(session, people.vendor, meeting.id, "facilitator")
    kept = put_said(
        session, "1", kind="card", meeting_id=meeting.id, published_at=None, visibility=visibility
    )
    kept.hidden_at = now() if is_hidden else None
    session.flush()
    with pytest.raises(NotFound):
        tag_contributions(session, actor, [kept.id], aspect="data", at_meeting=meeting.id)
    with pytest.raises(NotFound):
        tag_each(session, actor, {kept.id: add_theme_rows(session, "Data")[0].id})
    assert kept.aspect is None


@pytest.mark.parametrize("role", ROLES)
def test_rule_and_sql_agree_for_who_has_a_role(session: Session, people: People, role: MeetingRole) -> None:
    meetings_of_all = [
        add_meeting_row(session, "10"),
        add_meeting_row(session, "11", is_published=False),
        add_meeting_row(session, "12"),
        add_meeting_row(session, "13", is_published=False),
    ]
    numbers = count(1)
    for meeting, visibility, published_at, status in product(
        meetings_of_all,
        ("public", "participants", "municipalities", "staff", "own"),
        (None, now()),
        ("received", "withdrawn"),
    ):
        put_said(
            session,
            str(next(numbers)),
            visibility=visibility,
            meeting_id=meeting.id,
            on_behalf_of_id=people.rival.organisation_id,
            published_at=published_at,
            status=status,
        )
    add_wish(session, people.rival)
    for place in meetings_of_all[:2]:
        actor = with_role(session, people.consultancy, place.id, role)
        rows = session.execute(
            select(Contribution, Meeting.published_at)
            .outerjoin(Meeting, Meeting.id == Contribution.meeting_id)
            .order_by(Contribution.id)
        ).all()
        allowed = {
            row.id for row, at in rows if may_see(actor, row, row.meeting_id is None or at is not None)
        }
        assert set(session.scalars(select(Contribution.id).where(visible_to(actor)))) == allowed
        of_place = [row for row, _ in rows if row.meeting_id == place.id]
        closed = {row.id for row in of_place if row.visibility in ("staff", "own")}
        writes_down = role in ("facilitator", "rapporteur")
        assert ({row.id for row in of_place} - closed <= allowed) == writes_down
        assert closed & allowed == set()


def test_a_role_opens_the_draft_of_its_meeting_and_no_other(session: Session, people: People) -> None:
    here = add_meeting_row(session, "10", is_published=False)
    there = add_meeting_row(session, "11", is_published=False)
    actor = with_role(session, people.consultancy, here.id, "assessor")
    seen = set(session.scalars(select(Meeting.id).where(meetings.visible_to(actor))))
    assert seen == {here.id}
    assert not meetings.may_plan_meetings(actor)
    assert there.id not in seen


def test_a_speaker_puts_up_slides_at_own_items_only(session: Session, people: People) -> None:
    meeting = add_meeting_row(session)
    own, other = add_item_row(session, meeting, "Mit"), add_item_row(session, meeting, "Andres")
    person = add_speaker_row(session, own)
    add_speaker_row(session, other, "En Anden")
    actor = with_role(session, people.consultancy, meeting.id, "speaker", person.id)
    assert list_own_item_ids(session, actor, meeting.id) == {own.id}
    assert list_own_item_ids(session, people.consultancy, meeting.id) == frozenset()

    def put(who: Actor, item_id: int | None) -> None:
        given = {"meeting_id": meeting.id, "item_id": item_id, "title": "Slides", "access": "public"}
        add_deck(session, who, DeckInput.model_validate(given | {"language": "da"}))

    put(actor, own.id)
    for item_id in (other.id, None):
        with pytest.raises(NotAllowed):
            put(actor, item_id)
    with pytest.raises(NotAllowed):
        put(with_role(session, people.rival, meeting.id, "facilitator"), own.id)
