"""Interest signed by a role, the map, those with the same need, and asking them for contact."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.core.audit import AuditEntry
from app.core.clock import moved_to, now
from app.core.database import Database
from app.core.events import forget_reactions, react
from app.core.policy import Actor, NotAllowed, NotFound, Refused
from app.domain.contributions.interests import list_interest_changes, mark_interest, remove_interest
from app.domain.contributions.models import Contribution, Interest, InterestChange
from app.domain.contributions.needs.schemas import NeedFacts, NeedStateInput
from app.domain.contributions.needs.service import join_need, leave_need, note_state
from app.domain.contributions.on_the_map import find_map, find_map_of_theme
from app.domain.contributions.queries import list_interests
from app.domain.contributions.schemas import InterestInput
from app.domain.partners.events import ContactAnswered, ContactAsked, ContactEnded
from app.domain.partners.matching import list_matches
from app.domain.partners.models import ContactRequest
from app.domain.partners.policy import may_see_request, visible_to
from app.domain.partners.schemas import ContactInput
from app.domain.partners.service import (
    answer_by_link,
    answer_request,
    ask_for_contact,
    count_waiting,
    end_unanswered,
    find_by_link,
    find_request,
    list_receivers,
    list_requests,
    withdraw_request,
)
from app.domain.users.models import Membership, User
from tests.domain.test_pipeline import counted
from tests.needed import add_municipality, add_need, add_network, organisation_of
from tests.people import People, add_actor, add_people
from tests.said import add_theme_rows, add_wish

AARHUS = {"municipality_code": "0751", "region": "Region Midtjylland"}
ODENSE = {"municipality_code": "0461", "region": "Region Syddanmark"}
FANOE = {"municipality_code": "0563", "region": "Region Syddanmark"}


def give_title(session: Session, actor: Actor, title: str) -> None:
    session.execute(update(Membership).where(Membership.id == actor.membership_id).values(title=title))


def ask(
    session: Session, actor: Actor, need: Contribution, other: Actor, message: str = ""
) -> ContactRequest:
    given = ContactInput(organisation_id=other.organisation_id or 0, message=message)
    return ask_for_contact(session, actor, need.id, given)


def matches(session: Session, actor: Actor, need: Contribution, **given: Any) -> list[tuple[str, Any]]:
    found = list_matches(session, actor, need.id, **given)
    return [(one.municipality, one.codes) for one in found.rows]


# --- interest


def test_a_mark_is_signed_by_a_role_and_a_colleagues_change_can_be_read(
    session: Session, people: People
) -> None:
    wish = add_wish(session, people.vendor)
    colleague = add_actor(session, "Kaj Kollega", organisation_of(session, people.municipality))
    give_title(session, people.municipality, "Digitaliseringschef")
    give_title(session, colleague, "It-chef")
    mark_interest(session, people.municipality, wish.id, InterestInput(kind="need"))
    mark_interest(session, colleague, wish.id, InterestInput(kind="need"))
    (mark,) = list_interests(session, people.stranger, wish.id)
    assert (mark.kind, mark.signed_as) == ("need", "Digitaliseringschef")
    mark_interest(session, colleague, wish.id, InterestInput(kind="pilot"))
    remove_interest(session, people.municipality, wish.id)

    def told(actor: Actor) -> list[tuple[Any, ...]]:
        changes = list_interest_changes(session, actor, wish.id)
        return [(one.before, one.after, one.signed_as, one.changed_by) for one in changes]

    assert told(people.municipality) == told(people.staff) == [
        ("pilot", None, "Digitaliseringschef", "Mona Kommune"),
        ("need", "pilot", "It-chef", "Kaj Kollega"),
        (None, "need", "Digitaliseringschef", "Mona Kommune"),
    ]  # fmt: skip
    for other in (people.stranger, people.neighbour, people.vendor):
        assert {row[3] for row in told(other)} == {""}
    need = add_need(session, people.neighbour)
    with pytest.raises(Refused, match="need_join_instead"):
        mark_interest(session, people.municipality, need.id, InterestInput(kind="need"))


def test_two_people_of_one_municipality_at_once_make_one_mark_and_its_log_tells_of_both(
    clone: Callable[[str], Database], empty_template: str
) -> None:
    database = clone(empty_template)
    with database.unit() as session:
        people = add_people(session)
        wish = add_wish(session, people.vendor).id
        colleague = add_actor(session, "Kaj Kollega", organisation_of(session, people.municipality))

    def mark(given: tuple[Actor, Any]) -> None:
        with database.unit() as session:
            mark_interest(session, given[0], wish, InterestInput(kind=given[1]))

    for _ in range(3):
        with ThreadPoolExecutor(2) as both:
            list(both.map(mark, [(people.municipality, "pilot"), (colleague, "co_fund")]))
        with database.unit() as session:
            kinds = session.scalars(select(Interest.kind).order_by(Interest.id)).all()
            changes = session.execute(
                select(InterestChange.before, InterestChange.after).order_by(InterestChange.id)
            ).all()
            assert len(kinds) == 1 and kinds[0] in ("pilot", "co_fund")
            # One after the other: each change begins where the last one ended.
            assert [change.before for change in changes] == [None, *(one.after for one in changes[:-1])]
            assert changes[-1].after == kinds[0]
            session.query(InterestChange).delete()
            session.query(Interest).delete()


def test_two_people_of_one_municipality_joining_at_once_are_one_municipality(
    clone: Callable[[str], Database], empty_template: str
) -> None:
    database = clone(empty_template)
    with database.unit() as session:
        people = add_people(session)
        need = add_need(session, people.municipality).id
        colleague = add_actor(session, "Nina Nabo", organisation_of(session, people.neighbour))

    def join(actor: Actor) -> str:
        try:
            with database.unit() as session:
                join_need(session, actor, need, NeedFacts())
        except Refused as refused:
            return refused.code
        return "joined"

    with ThreadPoolExecutor(2) as both:
        assert sorted(both.map(join, [people.neighbour, colleague])) == ["joined", "need_joined"]


# --- the map


def test_the_map_has_each_municipality_once_and_counts_municipalities(
    session: Session, people: People
) -> None:
    (theme,) = add_theme_rows(session, "Velfærd")
    aarhus = add_municipality(session, "Aarhus Kommune", **AARHUS)
    odense = add_municipality(session, "Odense Kommune", **ODENSE)
    need = add_need(session, aarhus, theme_ids=[theme.id])
    join_need(session, odense, need.id, NeedFacts())
    mark_interest(session, odense, need.id, InterestInput(kind="pilot"))
    wish = add_wish(session, people.vendor, theme_ids=[theme.id])
    mark_interest(session, aarhus, wish.id, InterestInput(kind="solved"))
    secret = add_need(session, people.neighbour, visibility="own", theme_ids=[theme.id])
    with counted(session) as statements:
        of_need = find_map(session, people.stranger, need.id)
    assert len(statements) == 1
    assert [(one.name, one.kinds, one.size) for one in of_need.interested] == [
        ("Odense Kommune", ("pilot", "need"), "city"),
        ("Aarhus Kommune", ("need",), "city"),
    ]
    assert of_need.by_kind == {"pilot": 1, "need": 2}
    assert [(one.name, one.interested, one.municipalities) for one in of_need.by_region] == [
        ("Region Midtjylland", 1, 2),
        ("Region Sjælland", 0, 1),
        ("Region Syddanmark", 1, 1),
    ]
    of_theme = find_map_of_theme(session, people.staff, [theme.id])
    assert [(one.name, one.kind, one.things) for one in of_theme.interested] == [
        ("Odense Kommune", "pilot", 1),
        ("Aarhus Kommune", "solved", 2),
    ]
    for actor in (people.neighbour, people.staff, people.stranger):
        assert find_map(session, actor, secret.id).interested == ()
    tile = of_need.interested[1].tile
    assert tile is not None and tile.short == "Aar"


# --- who matches


def test_who_has_the_same_or_a_like_need_is_found_with_each_reason_the_best_first(
    session: Session, people: People
) -> None:
    (theme,) = add_theme_rows(session, "Velfærd")
    aarhus = add_municipality(session, "Aarhus Kommune", **AARHUS)
    odense = add_municipality(session, "Odense Kommune", **ODENSE)
    fanoe = add_municipality(session, "Fanø Kommune", **FANOE)
    add_network(session, people, aarhus, fanoe)
    own = add_need(session, aarhus, kle="27.36.00", theme_ids=[theme.id], facts={"contract_end": "2027-06"})
    join_need(session, odense, own.id, NeedFacts.model_validate({"contract_end": "2028-06"}))
    like = {"title": "Vagter", "kle": "27.36.04-G01", "facts": {"contract_end": "2028-07"}}
    add_need(session, fanoe, **like)
    add_need(session, people.neighbour, title="Kort", system_type="geodata")
    mark_interest(session, people.municipality, own.id, InterestInput(kind="solved"))
    assert matches(session, aarhus, own) == [
        ("Odense Kommune", ("same_need", "contract_end", "size")),
        ("Fanø Kommune", ("kle", "system_type", "network")),
        ("Her Kommune", ("interest", "region")),
    ]
    first = list_matches(session, aarhus, own.id).rows[0]
    end = next(reason for reason in first.reasons if reason.code == "contract_end")
    assert (end.months, first.reference) == (12, own.reference)
    for other in (people.municipality, people.staff, people.vendor, people.stranger):
        with pytest.raises(NotFound):
            list_matches(session, other, own.id)
    leave_need(session, odense, own.id, odense.organisation_id or 0)
    assert matches(session, aarhus, own)[0][0] == "Fanø Kommune"


def test_what_is_confidential_never_matches_and_cannot_be_told_from_what_is_not_there(
    session: Session, people: People
) -> None:
    (theme,) = add_theme_rows(session, "Velfærd")
    aarhus = add_municipality(session, "Aarhus Kommune", **AARHUS)
    odense = add_municipality(session, "Odense Kommune", **ODENSE)
    end = {"contract_end": "2027-06"}
    own = add_need(session, aarhus, theme_ids=[theme.id], kle="27.36.00", facts=end)
    without = list_matches(session, aarhus, own.id)
    secret = add_need(session, odense, visibility="own", theme_ids=[theme.id], kle="27.36.00", facts=end)
    assert list_matches(session, aarhus, own.id) == without and without.rows == ()
    found = list_matches(session, odense, secret.id)
    assert (found.rows, found.is_confidential) == ((), True)
    with pytest.raises(Refused, match="need_no_match"):
        ask(session, odense, secret, aarhus)
    with pytest.raises(NotFound):
        list_matches(session, aarhus, secret.id)
    # A month that one side hides is used on neither.
    shown = join_need(session, people.neighbour, own.id, NeedFacts.model_validate(end))
    assert "contract_end" in dict(matches(session, aarhus, own))["Der Kommune"]
    shown.hidden = ["contract_end"]
    session.flush()
    assert "contract_end" not in dict(matches(session, aarhus, own))["Der Kommune"]
    assert "contract_end" not in dict(matches(session, people.neighbour, own))["Aarhus Kommune"]


def test_a_strategist_finds_partners_for_a_municipality_and_dropped_needs_match_nobody(
    session: Session, people: People
) -> None:
    network, strategist = add_network(session, people, people.municipality)
    here = people.municipality.organisation_id
    need = add_need(session, strategist, network_id=network.id, organisation_ids=[here])
    other = add_need(session, people.neighbour, title="Vagter")
    assert matches(session, strategist, need, organisation_id=here) == [("Der Kommune", ("system_type",))]
    with pytest.raises(NotFound):
        list_matches(session, strategist, need.id, people.neighbour.organisation_id)
    given = {"state": "dropped", "happened_on": now().date(), "note": "Nej.", "version": other.version}
    note_state(session, people.neighbour, other.id, NeedStateInput.model_validate(given))
    assert matches(session, people.municipality, need) == []
    assert matches(session, people.neighbour, other) == []


def test_finding_partners_costs_the_same_with_one_and_with_many(session: Session, people: People) -> None:
    own = add_need(session, people.municipality)
    add_need(session, people.neighbour, title="Vagter")

    def cost() -> int:
        with counted(session) as statements:
            list_matches(session, people.municipality, own.id)
        return len(statements)

    alone = cost()
    for number in range(8):
        add_need(session, add_municipality(session, f"By{number} Kommune"), title=f"Behov {number}")
    assert cost() == alone == 3
    assert len(list_matches(session, people.municipality, own.id).rows) == 9


# --- asking for contact


@pytest.fixture
def told() -> Any:
    heard: list[object] = []
    forget_reactions()
    for event in (ContactAsked, ContactAnswered, ContactEnded):
        react(event, lambda session, event: heard.append(event))
    yield heard
    from app.main import connect_rooms
    from app.settings import Settings

    connect_rooms(Settings())


def test_one_is_asked_for_contact_once_says_yes_and_both_know_whom_to_write_to(
    session: Session, people: People, told: list[object]
) -> None:
    own, theirs = add_need(session, people.municipality), add_need(session, people.neighbour, title="Vagter")
    give_title(session, people.municipality, "Digitaliseringschef")
    request = ask(session, people.municipality, own, people.neighbour, "Skal vi tale sammen?")
    with pytest.raises(Refused, match="contact_asked"):
        ask(session, people.municipality, own, people.neighbour)
    for name, actor in people.all().items():
        by_sql = session.scalar(select(func.count()).select_from(ContactRequest).where(visible_to(actor)))
        assert bool(by_sql) == may_see_request(actor, request) == (name in ("municipality", "neighbour")), (
            name
        )
        assert (find_request(session, actor, request.id) is None) == (not by_sql)
    before = find_request(session, people.neighbour, request.id)
    assert before is not None
    assert (before.asking, before.asked_as, before.message, before.asked_reference, before.contact_mail) == (
        "Her Kommune", "Digitaliseringschef", "Skal vi tale sammen?", theirs.reference, "",
    )  # fmt: skip
    assert count_waiting(session, people.neighbour) == 1 and count_waiting(session, people.municipality) == 0
    for other in (people.municipality, people.staff, people.vendor):
        with pytest.raises(NotFound):
            answer_request(session, other, request.id, says_yes=True)
    answer_request(session, people.neighbour, request.id, says_yes=True)
    with pytest.raises(Refused, match="contact_ended"):
        answer_request(session, people.neighbour, request.id, says_yes=False)
    assert [one.contact_mail for one in list_requests(session, people.neighbour).rows] == ["mona@her.example"]
    assert [one.contact_mail for one in list_requests(session, people.municipality).rows] == [
        "nils@der.example"
    ]
    assert told == [ContactAsked(request.id), ContactAnswered(request.id)]
    assert "tale sammen" not in str(session.scalars(select(AuditEntry.after)).all())


def test_who_was_written_to_answers_by_the_link_once_and_no_other_link_opens_it(
    session: Session, people: People
) -> None:
    own, _ = add_need(session, people.municipality), add_need(session, people.neighbour, title="Vagter")
    request = ask(session, people.municipality, own, people.neighbour)
    (to,) = list_receivers(session, request.id)
    assert (to.name, to.email) == ("Nils Nabo", "nils@der.example")
    assert find_by_link(session, request.id, to.user_id, to.sealed).asking == "Her Kommune"
    for wrong in ((request.id, people.vendor.user_id or 0, to.sealed), (request.id, to.user_id, "x" * 32)):
        with pytest.raises(NotFound):
            answer_by_link(session, *wrong, says_yes=True)
    assert answer_by_link(session, request.id, to.user_id, to.sealed, says_yes=False).state == "no"
    with pytest.raises(Refused, match="contact_ended"):
        answer_by_link(session, request.id, to.user_id, to.sealed, says_yes=True)
    with pytest.raises(Refused, match="contact_said_no"):
        ask(session, people.municipality, own, people.neighbour)
    membership = session.get_one(Membership, people.neighbour.membership_id)
    membership.ended_at = now()
    session.flush()
    with pytest.raises(NotFound):
        find_by_link(session, request.id, to.user_id, to.sealed)


def test_a_request_is_taken_back_or_ends_unanswered_and_may_then_be_made_again(
    session: Session, people: People, told: list[object]
) -> None:
    own, theirs = add_need(session, people.municipality), add_need(session, people.neighbour, title="Vagter")
    request = ask(session, people.municipality, own, people.neighbour)
    with pytest.raises(NotFound):
        withdraw_request(session, people.neighbour, request.id)
    withdraw_request(session, people.municipality, request.id)
    again = ask(session, people.municipality, own, people.neighbour)
    with moved_to(now() + timedelta(days=30)):
        assert end_unanswered(session) == 0
    with moved_to(now() + timedelta(days=31)):
        assert end_unanswered(session) == 1 and end_unanswered(session) == 0
    assert (again.state, told[-1]) == ("ended", ContactEnded(again.id))
    # A need that its municipality has made its own since tells no more than its number.
    theirs.visibility = "own"
    session.flush()
    assert {one.asked_title for one in list_requests(session, people.municipality).rows} == {""}
    assert {one.asked_title for one in list_requests(session, people.neighbour).rows} == {"Vagter"}
    for other in (people.vendor, people.staff, people.stranger):
        with pytest.raises(NotAllowed):
            ask(session, other, own, people.neighbour)
    assert session.scalar(select(func.count()).select_from(User).where(User.email.is_(None))) == 0
