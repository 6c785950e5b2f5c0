"""Committees: who sees what of them, and how a recommendation is sent, treated and decided."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.asking import read
from app.core.audit import AuditEntry
from app.core.clock import moved_to, now, today
from app.core.policy import STRANGER, SYSTEM, Actor, NotAllowed, NotFound, Refused
from app.domain.bodies import recommending, service
from app.domain.bodies.joining import move_body_seats, move_secretary
from app.domain.bodies.models import Body, BodyAdvised, BodyMeeting, BodyMember, Recommendation
from app.domain.bodies.policy import (
    find_place,
    is_drafter,
    may_see,
    may_see_recommendation,
    recommendations_visible_to,
    visible_to,
)
from app.domain.bodies.queries import find_body, list_bodies, list_meetings, list_own_bodies, list_readings
from app.domain.bodies.reading import add_reading, mark_read, order_readings, remove_reading
from app.domain.bodies.recommended import find_recommendation, list_recommendations, recommended_about
from app.domain.bodies.schemas import (
    BodyEdit,
    BodyFacts,
    BodyInput,
    BodyMeetingInput,
    DecidedInput,
    MemberEdit,
    MemberInput,
    ReadingInput,
    ReasonInput,
    RecommendationEdit,
    RecommendationInput,
    TreatedInput,
)
from app.domain.organisations.models import Organisation
from app.domain.organisations.network_models import Network, NetworkMember
from app.domain.users.network_models import NetworkStrategist
from tests.domain.test_pipeline import counted, own
from tests.people import People, add_actor
from tests.said import add_idea, add_wish

PUBLIC = "https://www.her.example/udvalg"


@pytest.fixture
def boss(session: Session, people: People) -> Actor:
    return add_actor(session, "Berit Boss", house(session, people), "admin")


@pytest.fixture
def clerk(session: Session, people: People) -> Actor:
    return add_actor(session, "Svend Sekretær", house(session, people))


@pytest.fixture
def councillor(session: Session, people: People) -> Actor:
    return add_actor(session, "Ulla Udvalg", house(session, people))


@pytest.fixture
def body(session: Session, boss: Actor, clerk: Actor, councillor: Actor) -> Body:
    """A public committee of the municipality, with a secretary and a member."""
    made = make(session, boss, advises=["Økonomiudvalget"], mandate=["drøfter strategier"])
    assert clerk.membership_id is not None
    service.name_secretary(session, boss, made.id, clerk.membership_id)
    service.add_member(session, clerk, made.id, MemberInput(user_id=councillor.user_id, role="chair"))
    return made


def house(session: Session, people: People) -> Organisation:
    return session.get_one(Organisation, people.municipality.organisation_id)


def make(session: Session, actor: Actor, name: str = "Udvalg for teknologi", **given: Any) -> Body:
    values = {"kind": "section_17_4", "name": name} | given
    return service.make_body(session, actor, BodyInput.model_validate(values))


def draft(session: Session, actor: Actor, body: Body, **given: Any) -> Recommendation:
    values = {"title": "Fælles login", "text": "Udvalget indstiller, at vi gør det.", "visibility": "public"}
    given = values | given
    return recommending.draft_recommendation(
        session, actor, body.id, RecommendationInput.model_validate(given)
    )


def meet(session: Session, actor: Actor, body: Body, on: date | None = None) -> BodyMeeting:
    return service.plan_body_meeting(session, actor, body.id, BodyMeetingInput(held_on=on or today()))


def send(session: Session, actor: Actor, given: Recommendation) -> Recommendation:
    return recommending.send_recommendation(session, actor, given.id, given.version)


def treat(session: Session, actor: Actor, given: Recommendation, at: BodyMeeting) -> Recommendation:
    said = TreatedInput(meeting_id=at.id, text="Drøftet.", version=given.version)
    return recommending.treat(session, actor, given.id, said)


def decide(session: Session, actor: Actor, given: Recommendation, outcome: str, **more: Any) -> Any:
    values = {"outcome": outcome, "happened_on": today(), "text": "Sådan blev det.", "version": given.version}
    return recommending.decide(session, actor, given.id, DecidedInput.model_validate(values | more))


def everybody(people: People, **more: Actor) -> dict[str, Actor]:
    return people.all() | more


# --- who sees what


@pytest.mark.parametrize("visibility", ["public", "members"])
def test_what_is_for_its_own_people_is_seen_by_members_secretaries_and_the_own_admin(
    session: Session,
    people: People,
    body: Body,
    boss: Actor,
    clerk: Actor,
    councillor: Actor,
    visibility: str,
) -> None:
    body.visibility = visibility
    session.flush()
    actors = everybody(people, boss=boss, clerk=clerk, councillor=councillor, system=SYSTEM)
    moved = replace(councillor, organisation_id=people.neighbour.organisation_id)
    seen = set()
    for name, actor in (actors | {"moved": moved}).items():
        in_sql = session.scalar(select(Body.id).where(visible_to(actor))) is not None
        assert in_sql == may_see(body, find_place(session, actor, body)), name
        assert in_sql == (find_body(session, actor, body.key) is not None), name
        assert in_sql == (list_bodies(session, actor)[1] == 1), name
        seen |= {name} if in_sql else set()
    inside = {"boss", "clerk", "councillor", "system"}
    assert seen == (inside if visibility == "members" else {*actors, "moved"})


def test_a_recommendation_is_seen_alike_in_sql_and_in_words_whatever_its_state(
    session: Session, people: People, body: Body, boss: Actor, clerk: Actor, councillor: Actor
) -> None:
    project = own(session, boss, "Hemmeligt", visibility="own")
    given = [draft(session, people.municipality, body, visibility=one) for one in ("public", "members")]
    given.append(draft(session, clerk, body, own_project_id=project.id))
    actors = everybody(people, boss=boss, clerk=clerk, councillor=councillor)
    reads: dict[tuple[int, str], set[str]] = {}
    for state in ("draft", "sent", "withdrawn"):
        for place, one in enumerate(given):
            one.state = state
            session.flush()
            for name, actor in actors.items():
                in_sql = session.scalar(
                    select(Recommendation.id)
                    .join(Body, Body.id == Recommendation.body_id)
                    .where(Recommendation.id == one.id, recommendations_visible_to(actor))
                )
                subject = place < 2 or actor.organisation_id == people.municipality.organisation_id
                in_words = may_see_recommendation(
                    body, one, find_place(session, actor, body), is_drafter(actor, one), subject
                )
                assert (in_sql is not None) == in_words, (state, place, name)
                if in_words:
                    reads.setdefault((place, state), set()).add(name)
    keepers = {"boss", "clerk"}
    assert reads[0, "draft"] == reads[1, "draft"] == keepers | {"municipality"}
    assert reads[0, "sent"] == set(actors)
    assert reads[1, "sent"] == reads[0, "withdrawn"] == keepers | {"municipality", "councillor"}
    assert reads[2, "sent"] == keepers | {"municipality", "councillor"}


def test_an_own_project_of_another_municipality_is_nothing_to_recommend_about(
    session: Session, people: People, body: Body, clerk: Actor
) -> None:
    there = session.get_one(Organisation, people.neighbour.organisation_id)
    project = own(session, add_actor(session, "Niels Nabochef", there, "admin"), visibility="own")
    with pytest.raises(Refused, match="unknown_subject"):
        draft(session, clerk, body, own_project_id=project.id)


# --- who may


def test_an_admin_makes_a_body_and_nobody_else_of_the_house(
    session: Session, people: People, boss: Actor
) -> None:
    for actor in (people.municipality, people.vendor, people.auditor, people.stranger, people.newcomer):
        with pytest.raises(NotAllowed):
            make(session, actor)
    assert make(session, boss).key == "udvalg-for-teknologi"
    assert make(session, people.staff, "Styregruppe").organisation_id == people.staff.organisation_id
    assert make(session, boss).key == "udvalg-for-teknologi-2"


def test_who_is_named_by_a_network_makes_its_bodies(session: Session, people: People, boss: Actor) -> None:
    network = Network(
        key="net", name="Nettet", organisation_id=people.staff.organisation_id, created_at=now()
    )
    session.add(network)
    session.flush()
    with pytest.raises(NotAllowed):
        make(session, people.neighbour, network_id=network.id)
    with pytest.raises(Refused, match="unknown_network"):
        make(session, boss, network_id=network.id)
    membership_id = people.neighbour.membership_id
    session.add(
        NetworkMember(
            network_id=network.id,
            organisation_id=people.neighbour.organisation_id,
            asked_at=now(),
            answer="yes",
            answered_at=now(),
        )
    )
    session.add(NetworkStrategist(network_id=network.id, membership_id=membership_id, named_at=now()))
    session.flush()
    forum = make(session, people.neighbour, "Direktørkredsen", network_id=network.id, visibility="members")
    assert find_body(session, people.neighbour, forum.key) is not None
    assert find_body(session, boss, forum.key) is None
    network.closed_at = now()
    session.flush()
    assert find_body(session, people.neighbour, forum.key) is None


def test_only_people_of_the_house_sit_with_an_account_or_keep_papers(
    session: Session, people: People, body: Body, boss: Actor, clerk: Actor
) -> None:
    with pytest.raises(Refused, match="not_of_house"):
        service.add_member(session, clerk, body.id, MemberInput(user_id=people.vendor.user_id))
    with pytest.raises(Refused, match="not_of_house"):
        service.name_secretary(session, boss, body.id, people.neighbour.membership_id or 0)
    with pytest.raises(NotAllowed):
        service.name_secretary(session, clerk, body.id, people.municipality.membership_id or 0)
    service.dismiss_secretary(session, boss, body.id, clerk.membership_id or 0)
    with pytest.raises(NotAllowed):
        meet(session, clerk, body)


@pytest.mark.parametrize(
    "given", [{"name": "Per Politiker"}, {"user_id": 1, "party": "X"}, {"name": "P", "user_id": 1}, {}]
)
def test_a_name_without_an_account_and_a_party_say_where_they_are_public(given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        MemberInput.model_validate(given)


def test_strangers_read_only_the_seats_that_are_public(
    session: Session, people: People, body: Body, clerk: Actor, councillor: Actor
) -> None:
    seat = MemberInput(name="Per Politiker", party="Partiet", source_url=PUBLIC, role="deputy")
    service.add_member(session, clerk, body.id, seat)
    outside, inside = (find_body(session, actor, body.key) for actor in (STRANGER, councillor))
    assert outside is not None and inside is not None
    assert [one.name for one in outside.members] == ["Per Politiker"]
    assert [one.name for one in inside.members] == ["Ulla Udvalg", "Per Politiker"]
    assert (outside.secretaries, [one.name for one in inside.secretaries]) == ((), ["Svend Sekretær"])
    member = session.scalars(select(BodyMember).where(BodyMember.user_id == councillor.user_id)).one()
    service.edit_member(session, clerk, member.id, MemberEdit(ended_on=today(), version=1))
    assert find_place(session, councillor, body).is_member is False
    with pytest.raises(Refused, match="stale"):
        service.end_member(session, clerk, member.id, 1)


def test_a_seat_with_a_day_to_come_is_kept_until_then_and_is_ended_sooner_by_hand(
    session: Session, people: People, body: Body, clerk: Actor, councillor: Actor
) -> None:
    member = session.scalars(select(BodyMember).where(BodyMember.user_id == councillor.user_id)).one()
    last = today() + timedelta(days=60)

    def sitting() -> tuple[list[str], bool]:
        view = find_body(session, clerk, body.key)
        assert view is not None
        return [one.name for one in view.members], find_place(session, councillor, body).is_member

    def end(on: date | None) -> BodyMember:
        given = MemberEdit(role="chair", ended_on=on, version=member.version)
        return service.edit_member(session, clerk, member.id, given)

    end(last)
    assert sitting() == (["Ulla Udvalg"], True)
    with pytest.raises(Refused, match="already_member"):
        service.add_member(session, clerk, body.id, MemberInput(user_id=councillor.user_id))
    with moved_to(now() + timedelta(days=60)):
        assert sitting() == ([], False)
        service.add_member(session, clerk, body.id, MemberInput(user_id=councillor.user_id))
    for later in (None, last + timedelta(days=1)):
        with pytest.raises(Refused, match="already_member"):
            end(later)
    assert end(last - timedelta(days=1)).ended_on == last - timedelta(days=1)
    assert service.end_member(session, clerk, member.id, member.version).ended_on == today()


def test_a_seat_that_has_not_begun_is_gone_when_it_is_ended(
    session: Session, body: Body, clerk: Actor, councillor: Actor
) -> None:
    member = session.scalars(select(BodyMember).where(BodyMember.user_id == councillor.user_id)).one()
    since = today() + timedelta(days=30)
    service.edit_member(session, clerk, member.id, MemberEdit(role="chair", since=since, version=1))
    ended = service.end_member(session, clerk, member.id, member.version)
    assert (ended.since, ended.ended_on, find_place(session, councillor, body).is_member) == (
        None, today(), False,
    )  # fmt: skip


def test_lines_of_the_mandate_end_and_are_read_still(session: Session, body: Body, boss: Actor) -> None:
    edit = BodyEdit(kind="standing", name="Teknologiudvalget", mandate=["bygger viden"], version=1)
    service.edit_body(session, boss, body.id, edit)
    view = find_body(session, STRANGER, body.key)
    assert view is not None
    assert [one.text for one in view.mandate] == ["bygger viden"]
    assert [one.text for one in view.earlier_mandate] == ["drøfter strategier"]
    assert view.advises == ()
    with pytest.raises(Refused, match="stale"):
        service.edit_body(session, boss, body.id, edit)


# --- a recommendation


def test_a_recommendation_is_sent_treated_and_decided_each_a_step_with_its_day(
    session: Session, people: People, body: Body, clerk: Actor
) -> None:
    wish = add_wish(session, people.vendor)
    advised = session.scalars(select(BodyAdvised)).one()
    given = draft(session, people.municipality, body, contribution_id=wish.id, advised_id=advised.id)
    send(session, people.municipality, given)
    treat(session, clerk, given, meet(session, clerk, body))
    decide(session, clerk, given, "partly", advised_id=advised.id)
    view = find_recommendation(session, STRANGER, body.key, 1)
    assert view is not None and view.card.subject is not None
    assert (view.card.state, view.card.outcome, view.card.to) == ("decided", "partly", "Økonomiudvalget")
    assert view.card.subject.path == f"/oensker/{wish.reference}"
    assert [(one.kind, one.by, one.outcome, one.noted_by) for one in view.steps] == [
        ("sent", "Økonomiudvalget", None, None),
        ("treated", None, None, None),
        ("decided", "Økonomiudvalget", "partly", None),
    ]
    inside = find_recommendation(session, clerk, body.key, 1)
    assert inside is not None
    assert [one.noted_by for one in inside.steps] == ["Mona Kommune", "Svend Sekretær", "Svend Sekretær"]
    of_wish = read(session, recommended_about(STRANGER, "contribution_id", wish.id))
    assert [one.number for one in of_wish] == [1]


def test_what_is_sent_back_is_written_anew_and_keeps_what_was_sent_first(
    session: Session, people: People, body: Body, clerk: Actor
) -> None:
    given = send(session, clerk, draft(session, clerk, body))
    treat(session, clerk, given, meet(session, clerk, body))
    decide(session, clerk, given, "sent_back")
    assert (given.state, given.outcome) == ("draft", None)
    edit = RecommendationEdit(title="Fælles login nu", text="Bedre.", version=given.version)
    recommending.edit_recommendation(session, clerk, given.id, edit)
    send(session, clerk, given)
    view = find_recommendation(session, clerk, body.key, 1)
    assert view is not None
    assert [one.title for one in view.steps if one.kind == "sent"] == ["Fælles login", "Fælles login nu"]


def test_the_steps_come_in_their_order_and_never_ahead_of_time(
    session: Session, people: People, body: Body, clerk: Actor, councillor: Actor
) -> None:
    given = draft(session, clerk, body)
    held = meet(session, clerk, body)
    with pytest.raises(Refused, match="not_sent"):
        treat(session, clerk, given, held)
    send(session, clerk, given)
    with pytest.raises(Refused, match="recommendation_sent"):
        send(session, clerk, given)
    with pytest.raises(Refused, match="not_treated"):
        decide(session, clerk, given, "followed")
    with pytest.raises(NotAllowed):
        treat(session, councillor, given, held)
    with pytest.raises(Refused, match="meeting_to_come"):
        treat(session, clerk, given, meet(session, clerk, body, today() + timedelta(days=1)))
    with pytest.raises(Refused, match="before_sent"):
        treat(session, clerk, given, meet(session, clerk, body, today() - timedelta(days=1)))
    treat(session, clerk, given, held)
    with pytest.raises(Refused, match="before_sent"):
        decide(session, clerk, given, "not", happened_on=today() - timedelta(days=1))
    with pytest.raises(Refused, match="meeting_used"):
        service.cancel_body_meeting(session, clerk, held.id, held.version)


def test_a_step_noted_by_mistake_counts_no_more_and_is_read_by_who_keeps_the_papers(
    session: Session, body: Body, clerk: Actor
) -> None:
    given = send(session, clerk, draft(session, clerk, body))
    with pytest.raises(Refused, match="recommendation_sent"):
        recommending.take_step_back(session, clerk, given.id, ReasonInput(reason="Fejl", version=2))
    treat(session, clerk, given, meet(session, clerk, body))
    recommending.take_step_back(session, clerk, given.id, ReasonInput(reason="Forkert møde", version=3))
    assert given.state == "sent"
    outside, inside = (find_recommendation(session, one, body.key, 1) for one in (STRANGER, clerk))
    assert outside is not None and inside is not None
    assert [one.kind for one in outside.steps] == ["sent"]
    assert [one.taken_back_reason for one in inside.steps] == ["", "Forkert møde"]
    recommending.withdraw_recommendation(session, clerk, given.id, ReasonInput(reason="Ikke mere", version=4))
    assert find_recommendation(session, STRANGER, body.key, 1) is None


def test_the_log_holds_no_words_of_a_recommendation(session: Session, body: Body, clerk: Actor) -> None:
    send(session, clerk, draft(session, clerk, body, title="Ordet", text="Teksten"))
    rows = session.scalars(
        select(AuditEntry).where(AuditEntry.thing.in_(("body", "recommendation"))).order_by(AuditEntry.id)
    )
    logged = [(row.verb, row.before, row.after) for row in rows]
    assert [verb for verb, _, _ in logged] == ["add", "name_secretary", "add_member", "draft", "send"]
    assert not [word for word in ("Ordet", "Teksten", "Ulla") if word in repr(logged)]


# --- what is to be read


def test_the_reading_list_is_for_those_inside_and_shows_each_only_what_they_may_read(
    session: Session, people: People, body: Body, boss: Actor, clerk: Actor, councillor: Actor
) -> None:
    idea = add_idea(session, people.vendor)
    project = own(session, boss, "Vores eget", visibility="own")
    readings = [
        add_reading(session, clerk, body.id, ReadingInput.model_validate(given))
        for given in (
            {"contribution_id": idea.id},
            {"own_project_id": project.id},
            {"url": "https://www.example.dk/notat", "title": "Et notat", "note": "Side 3"},
        )
    ]
    with pytest.raises(Refused, match="already_listed"):
        add_reading(session, clerk, body.id, ReadingInput(contribution_id=idea.id))
    with pytest.raises(Refused, match="unknown_reading"):
        add_reading(session, clerk, body.id, ReadingInput(deck_id=1))
    order_readings(session, clerk, body.id, [one.id for one in reversed(readings)])
    mark_read(session, councillor, readings[0].id, is_read=True)
    mark_read(session, councillor, readings[0].id, is_read=True)
    told = list_readings(session, councillor, body.id)
    assert [(one.kind, one.title, one.read_at is not None) for one in told] == [
        ("address", "Et notat", False),
        ("own_project", "Vores eget", False),
        ("idea", "Roligere nætter", True),
    ]
    assert [one.read_at for one in list_readings(session, clerk, body.id)] == [None] * 3
    for actor in people.all().values():
        assert list_readings(session, actor, body.id) == []
    with pytest.raises(NotAllowed):
        mark_read(session, people.municipality, readings[0].id, is_read=True)
    idea.hidden_at = now()
    remove_reading(session, clerk, readings[2].id)
    assert [one.kind for one in list_readings(session, councillor, body.id)] == ["own_project"]


# --- the rest


def test_lists_take_as_many_statements_with_many_rows_as_with_one(
    session: Session, people: People, body: Body, boss: Actor, clerk: Actor
) -> None:
    made: list[Recommendation] = []

    def spent() -> list[int]:
        counts = []
        for ask in (
            lambda: list_bodies(session, clerk),
            lambda: list_own_bodies(session, boss),
            lambda: find_body(session, clerk, body.key),
            lambda: list_recommendations(session, clerk, body_id=body.id),
            lambda: list_readings(session, clerk, body.id),
            lambda: list_meetings(session, clerk, body.id),
        ):
            with counted(session) as statements:
                ask()
            counts.append(len(statements))
        return counts

    def fill() -> None:
        make(session, boss)
        idea = add_idea(session, people.vendor, title=f"Idé {len(made)}")
        made.append(draft(session, clerk, body, contribution_id=idea.id))
        meet(session, clerk, body)
        add_reading(session, clerk, body.id, ReadingInput(contribution_id=idea.id))

    fill()
    first = spent()
    for _ in range(5):
        fill()
    assert spent() == first == [2, 2, 6, 2, 2, 1]


def test_a_body_of_the_seed_is_put_once_with_its_lines_in_both_languages(
    session: Session, people: People
) -> None:
    facts = BodyFacts(
        key="her-udvalg",
        kind="section_17_4",
        kind_certainty="inferred",
        organisation="her",
        name="Udvalget",
        mandate=["drøfter"],
        mandate_en=["discusses"],
        advises=["Økonomiudvalget"],
    )
    with pytest.raises(NotAllowed):
        service.put_body(session, people.staff, facts)
    assert service.put_body(session, SYSTEM, facts).id == service.put_body(session, SYSTEM, facts).id
    view = find_body(session, STRANGER, "her-udvalg")
    assert view is not None
    assert [(one.text, one.text_en) for one in view.mandate] == [("drøfter", "discusses")]
    assert (view.card.owner, view.card.kind_certainty) == ("Her Kommune", "inferred")
    here = session.get_one(Organisation, people.municipality.organisation_id)
    boss = add_actor(session, "Berit Boss", here, "admin")
    edit = BodyEdit(kind="section_17_4", name="Udvalget", mandate=["drøfter"], version=1)
    assert service.edit_body(session, boss, view.card.id, edit).kind_certainty == "stated"
    changed = find_body(session, STRANGER, "her-udvalg")
    assert changed is not None and changed.mandate == view.mandate


def test_of_two_seats_of_accounts_that_are_joined_one_is_left(
    session: Session, body: Body, clerk: Actor, councillor: Actor
) -> None:
    service.add_member(session, clerk, body.id, MemberInput(user_id=clerk.user_id))
    move_body_seats(session, clerk.user_id or 0, councillor.user_id or 0)
    seats = session.execute(
        select(BodyMember.user_id, BodyMember.ended_on).order_by(BodyMember.ended_on.nulls_first())
    ).all()
    assert [tuple(row) for row in seats] == [(councillor.user_id, None), (councillor.user_id, today())]


def test_who_keeps_the_papers_in_a_membership_that_is_joined_keeps_them_in_the_other(
    session: Session, people: People, body: Body, boss: Actor, clerk: Actor
) -> None:
    for to in (people.municipality, boss):
        move_secretary(session, clerk.membership_id or 0, to.membership_id or 0)
    session.expire_all()
    assert find_place(session, people.municipality, body).is_secretary
    assert not find_place(session, clerk, body).is_secretary


def test_nothing_is_changed_in_a_body_that_is_not_seen(session: Session, people: People, body: Body) -> None:
    body.visibility = "members"
    session.flush()
    for actor in (people.staff, people.municipality, people.neighbour, STRANGER):
        with pytest.raises(NotFound):
            meet(session, actor, body)
        with pytest.raises(NotFound):
            draft(session, actor, body)
