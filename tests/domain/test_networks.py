"""Networks of municipalities: who is in them, who acts for them; and where each stands on the map."""

from dataclasses import replace

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.clock import now
from app.core.policy import SYSTEM, NotAllowed, NotFound, Refused
from app.domain.organisations.network_models import Network, NetworkMember
from app.domain.organisations.networks import (
    NetworkFacts,
    NetworkInput,
    answer_network,
    ask_municipalities,
    close_network,
    edit_network,
    find_member_ids,
    find_network,
    found_network,
    list_asked,
    list_members,
    put_network,
    remove_member,
)
from app.domain.organisations.policy import may_see_member, members_visible_to
from app.domain.organisations.sizes import SIZES, codes_of
from app.domain.organisations.tiles import TILES
from app.domain.users.memberships import end_membership
from app.domain.users.models import Person
from app.domain.users.strategists import (
    acts_for_network,
    list_nameable,
    list_network_persons,
    list_strategists,
    name_strategist,
    networks_of,
    put_network_persons,
    unname_strategist,
)
from tests.needed import add_network, organisation_of
from tests.people import People, add_actor
from tests.reading import read_facts


def test_a_municipality_is_in_a_network_only_after_its_own_yes_and_leaves_by_itself(
    session: Session, people: People
) -> None:
    here, there = people.municipality, people.neighbour
    network, _ = add_network(session, people, here)
    (waiting,) = ask_municipalities(session, people.staff, network.id, [there.organisation_id or 0])
    assert find_member_ids(session, network.id) == {here.organisation_id}
    assert [member.answer for _, member in list_asked(session, there)] == [None]
    for stranger in (here, people.vendor, people.staff, people.stranger):
        with pytest.raises(NotFound):
            answer_network(session, stranger, waiting.id, says_yes=True)
    answer_network(session, there, waiting.id, says_yes=True)
    assert find_member_ids(session, network.id) == {here.organisation_id, there.organisation_id}
    answer_network(session, there, waiting.id, says_yes=False)
    assert find_member_ids(session, network.id) == {here.organisation_id}
    view = find_network(session, "fyrnettet")
    assert view is not None and view.members == 1


def test_who_said_no_may_be_asked_again_and_who_is_in_it_is_left_alone(
    session: Session, people: People
) -> None:
    here, there = people.municipality, people.neighbour
    network, _ = add_network(session, people, here)
    both = [here.organisation_id or 0, there.organisation_id or 0]
    assert [row.organisation_id for row in ask_municipalities(session, people.staff, network.id, both)] == [
        there.organisation_id
    ]
    assert ask_municipalities(session, people.staff, network.id, both) == []
    row = session.scalars(
        select(NetworkMember).where(NetworkMember.organisation_id == there.organisation_id)
    ).one()
    answer_network(session, there, row.id, says_yes=False)
    assert len(ask_municipalities(session, people.staff, network.id, both)) == 1
    assert row.answer is None
    with pytest.raises(Refused, match="unknown_municipality"):
        ask_municipalities(session, people.staff, network.id, [people.vendor.organisation_id or 0])
    remove_member(session, people.staff, network.id, here.organisation_id or 0)
    assert find_member_ids(session, network.id) == frozenset()


def test_the_own_admin_of_who_leads_a_network_looks_after_it_and_nobody_else_but_staff(
    session: Session, people: People
) -> None:
    network, strategist = add_network(session, people, people.municipality)
    boss = add_actor(session, "Fie Forbund", organisation_of(session, strategist), "admin")
    given = NetworkInput(name="Fyrnettet", text="Vi deler en strateg.", version=1)
    assert edit_network(session, boss, network.id, given).version == 2
    with pytest.raises(Refused, match="stale"):
        edit_network(session, boss, network.id, given)
    for other in (people.municipality, strategist, people.vendor, people.auditor):
        with pytest.raises(NotAllowed):
            edit_network(session, other, network.id, NetworkInput(name="Mit", version=2))
        with pytest.raises(NotAllowed):
            found_network(session, other, strategist.organisation_id or 0, NetworkInput(name="Nyt"))
    with pytest.raises(Refused, match="unknown_network_lead"):
        found_network(session, people.staff, people.vendor.organisation_id or 0, NetworkInput(name="Nyt"))


def test_whoever_is_named_acts_for_the_network_until_it_ends_in_any_way(
    session: Session, people: People
) -> None:
    network, strategist = add_network(session, people, people.municipality)

    def acts(actor: object = strategist) -> bool:
        by_rule = acts_for_network(session, actor, network.id)  # type: ignore[arg-type]
        assert by_rule == bool(session.scalars(networks_of(actor)).all())  # type: ignore[arg-type]
        return by_rule

    assert {name: acts(actor) for name, actor in people.all().items()} == dict.fromkeys(people.all(), False)
    assert acts() and not acts(replace(strategist, is_confirmed=False))
    assert [one.name for one in list_strategists(session, network.id)] == ["Sara Strateg"]
    unname_strategist(session, people.staff, network.id, strategist.membership_id or 0)
    assert not acts()
    name_strategist(session, people.staff, network.id, strategist.membership_id or 0)
    close_network(session, people.staff, network.id)
    assert not acts()
    with pytest.raises(Refused, match="network_closed"):
        name_strategist(session, people.staff, network.id, people.municipality.membership_id or 0)


def test_whoever_is_named_from_a_municipality_acts_only_while_that_is_in_the_network(
    session: Session, people: People
) -> None:
    network, strategist = add_network(session, people, people.municipality, people.neighbour)
    here = people.municipality
    name_strategist(session, people.staff, network.id, here.membership_id or 0)
    asked = session.scalars(
        select(NetworkMember).where(NetworkMember.organisation_id == here.organisation_id)
    ).one()

    def acts() -> tuple[bool, bool, list[str]]:
        by_rule = acts_for_network(session, here, network.id)
        in_sql = network.id in session.scalars(networks_of(here)).all()
        return by_rule, in_sql, [one.organisation for one in list_strategists(session, network.id)]

    assert acts() == (True, True, ["Her Kommune", "Fyrforbundet"])
    answer_network(session, here, asked.id, says_yes=False)
    assert acts() == (False, False, ["Fyrforbundet"])
    answer_network(session, here, asked.id, says_yes=True)
    remove_member(session, people.staff, network.id, here.organisation_id or 0)
    assert acts() == (False, False, ["Fyrforbundet"])
    assert acts_for_network(session, strategist, network.id)


def test_only_confirmed_people_of_the_network_can_be_named(session: Session, people: People) -> None:
    network, strategist = add_network(session, people, people.municipality)
    nameable = {one.membership_id for one in list_nameable(session, people.staff, network.id)}
    assert nameable == {strategist.membership_id, people.municipality.membership_id}
    waits = add_actor(session, "Villy Venter", organisation_of(session, people.municipality), confirmed=False)
    for one in (people.neighbour, people.vendor, waits):
        with pytest.raises(Refused, match="unknown_strategist"):
            name_strategist(session, people.staff, network.id, one.membership_id or 0)
    end_membership(session, people.staff, strategist.membership_id or 0, "Stoppet")
    assert list_strategists(session, network.id) == []


def test_rule_and_sql_say_the_same_of_who_is_asked(session: Session, people: People) -> None:
    network, strategist = add_network(session, people, people.municipality)
    ask_municipalities(session, people.staff, network.id, [people.neighbour.organisation_id or 0])
    members = session.scalars(select(NetworkMember).order_by(NetworkMember.id)).all()
    for name, actor in (people.all() | {"strategist": strategist}).items():
        by_sql = select(NetworkMember.id).join(Network, Network.id == NetworkMember.network_id)
        seen = set(session.scalars(by_sql.where(members_visible_to(actor)).order_by(NetworkMember.id)))
        assert seen == {one.id for one in members if may_see_member(actor, one, network)}, name
    assert len(list_members(session, people.stranger, network.id)) == 1
    assert len(list_members(session, people.neighbour, network.id)) == 2


def test_a_network_of_the_archive_is_put_in_once_with_its_people(session: Session, people: People) -> None:
    person = Person(name="Sara Strateg", created_at=now())
    session.add(person)
    session.flush()
    facts = NetworkFacts(
        key="fyrbodal",
        name="Digitaliseringsstrateger",
        organisation_id=people.consultancy.organisation_id or 0,
        country="SE",
        tasks=["Samler kommunernes behov"],
        lasts="To år",
    )
    first = put_network(session, SYSTEM, facts)
    first.text = "Rettet af nogen"
    assert put_network(session, SYSTEM, facts).text == "Rettet af nogen"
    for _ in range(2):
        put_network_persons(session, SYSTEM, first.id, [(person.id, "Digitaliseringsstrateg")])
    told = [(one.name, one.title) for one in list_network_persons(session, first.id)]
    assert told == [("Sara Strateg", "Digitaliseringsstrateg")]


def test_each_of_the_98_has_one_tile_of_its_own_and_one_size_and_stands_where_it_is_looked_for() -> None:
    codes = {one["code"]: one["name"] for one in read_facts("municipalities")}
    assert set(TILES) == set(codes) and len(codes) == 98
    assert len({(tile.column, tile.row) for tile in TILES.values()}) == 98
    assert len({tile.short for tile in TILES.values()}) == 98
    assert sorted(code for size in SIZES for code in codes_of(size)) == sorted(codes)
    at = {codes[code]: tile for code, tile in TILES.items()}
    assert at["Esbjerg"].column < at["Odense"].column < at["Slagelse"].column < at["København"].column
    assert at["Hjørring"].row < at["Aalborg"].row < at["Aarhus"].row < at["Kolding"].row < at["Tønder"].row
    assert at["Bornholm"].column == max(tile.column for tile in TILES.values())
    # Each letter of a short name is of the municipality's own name, the first one foremost.
    for name, tile in at.items():
        bare = (name if name != "København" else "Kbøhavn").lower()
        assert tile.short[0] == name[0] and set(tile.short.lower()) <= set(bare), name
