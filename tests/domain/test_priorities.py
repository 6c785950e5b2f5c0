"""Rounds of priorities: secret until they close, the sums done over by hand, the reason with the order."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.audit import AuditEntry
from app.core.clock import moved_to, now, today
from app.core.policy import STRANGER, SYSTEM, Actor, NotAllowed, NotFound, Refused
from app.domain.contributions.models import Contribution
from app.domain.contributions.needs.models import NeedDetails
from app.domain.organisations.network_models import Network
from app.domain.priorities import service
from app.domain.priorities.counting import count_scores, place_all
from app.domain.priorities.jobs import morning_of, notice_near, notice_overdue
from app.domain.priorities.joining import move_deciders
from app.domain.priorities.models import Decider, PriorityRound, Vote
from app.domain.priorities.policy import find_part, may_see, visible_to
from app.domain.priorities.queries import find_round, list_fit_needs, list_places, list_rounds, list_tasks
from app.domain.priorities.schemas import CancelInput, PublishInput, RoundEdit, RoundInput, VotesInput
from app.domain.users.network_models import NetworkStrategist
from tests.domain.test_pipeline import counted
from tests.needed import add_municipality, add_need, add_network
from tests.people import People

WEIGHED = [{"name": "Effekt", "weight": 2}, {"name": "Kan gøres nu"}]


@pytest.fixture
def net(session: Session, people: People) -> tuple[Network, Actor]:
    """A network of the two municipalities, and who acts for it."""
    return add_network(session, people, people.municipality, people.neighbour)


@pytest.fixture
def needs(session: Session, people: People) -> list[Contribution]:
    return [
        add_need(session, people.municipality, title=title)
        for title in ("Vagtplan", "Sensorer", "Selvbetjening")
    ]


@pytest.fixture
def held(
    session: Session, people: People, net: tuple[Network, Actor], needs: list[Contribution]
) -> PriorityRound:
    """An open round of the network: three needs, two directors, two criteria."""
    network, strategist = net
    made = make(session, strategist, needs, people.municipality, people.neighbour, network_id=network.id)
    return service.open_round(session, strategist, made.id, made.version)


def make(
    session: Session, actor: Actor, needs: list[Contribution], *deciders: Actor, **given: Any
) -> PriorityRound:
    values = {
        "title": "Efterårets runde",
        "criteria": WEIGHED,
        "need_ids": [one.id for one in needs],
        "decider_ids": [one.user_id for one in deciders],
        "visibility": "public",
    }
    return service.make_round(session, actor, RoundInput.model_validate(values | given))


def give(session: Session, actor: Actor, held: PriorityRound, *values: list[int]) -> VotesInput:
    """One list of values for each criterion, in the order of the needs."""
    view = find_round(session, actor, held.key)
    assert view is not None and view.own is not None
    in_order = sorted(one.id for one in view.needs)
    votes = [
        {"criterion_id": criterion.id, "need_id": need_id, "value": value}
        for criterion, given in zip(view.criteria, values, strict=False)
        for need_id, value in zip(in_order, given, strict=False)
    ]
    return VotesInput.model_validate({"votes": votes, "version": view.own.version})


def hand_in(session: Session, actor: Actor, held: PriorityRound, *values: list[int]) -> Decider:
    return service.hand_in(session, actor, held.id, give(session, actor, held, *values))


def finish(session: Session, people: People, held: PriorityRound, strategist: Actor) -> PriorityRound:
    hand_in(session, people.municipality, held, [1, 2, 3], [1, 2, 3])
    hand_in(session, people.neighbour, held, [2, 1, 3], [1, 2, 3])
    return service.close_round(session, strategist, held.id, held.version)


def publish(session: Session, actor: Actor, held: PriorityRound) -> PriorityRound:
    given = PublishInput(reason="Vagterne haster mest.", version=held.version)
    return service.publish_round(session, actor, held.id, given)


# --- the sums


def test_places_are_counted_by_borda_and_weighed_and_the_same_score_is_the_same_place() -> None:
    weights = {7: 2, 8: 1}
    votes = {
        (1, 7): {10: 1, 11: 2, 12: 3},  # 2·2, 2·1, 0
        (1, 8): {10: 3, 11: 1, 12: 2},  # 0, 2, 1
        (2, 7): {10: 2, 11: 1, 12: 3},  # 2·1, 2·2, 0
        (2, 8): {10: 1, 11: 3, 12: 2},  # 2, 0, 1
    }
    scores = count_scores("ranking", weights, [10, 11, 12], votes)
    assert scores == {10: 8, 11: 8, 12: 2}
    assert place_all(scores) == {10: 1, 11: 1, 12: 3}
    # Without the last of them everybody's first gets one, and nothing else of the order changes.
    assert count_scores("ranking", weights, [10, 11], votes) == {10: 3, 11: 3}
    assert count_scores("points", weights, [10, 11], {(1, 7): {10: 3, 12: 7}, (2, 8): {11: 4}}) == {
        10: 6,
        11: 4,
    }


# --- the whole way


def test_a_round_goes_from_draft_to_a_published_order_and_its_needs_are_prioritised(
    session: Session,
    people: People,
    held: PriorityRound,
    net: tuple[Network, Actor],
    needs: list[Contribution],
) -> None:
    held.takes = 1
    finish(session, people, held, net[1])
    with pytest.raises(Refused, match="round_not_open"):
        hand_in(session, people.neighbour, held, [1, 2, 3], [1, 2, 3])
    publish(session, net[1], held)
    view = find_round(session, STRANGER, held.key)
    assert view is not None
    assert [(one.title, one.score, one.place, one.goes_on) for one in view.needs] == [
        ("Vagtplan", 10, 1, True),
        ("Sensorer", 8, 2, False),
        ("Selvbetjening", 0, 3, False),
    ]
    assert (view.reason, view.handed_in) == ("Vagterne haster mest.", 2)
    assert [(one.name, one.votes) for one in view.deciders] == [("Mona Kommune", None), ("Nils Nabo", None)]
    states = session.scalars(select(NeedDetails.state).order_by(NeedDetails.contribution_id)).all()
    assert list(states) == ["prioritised", "registered", "registered"]
    told = list_places(session, STRANGER, needs[1].id)
    assert [(one.card.key, one.place, one.of) for one in told] == [(held.key, 2, 3)]


def test_a_later_round_says_where_each_need_stood_in_the_one_before(
    session: Session,
    people: People,
    held: PriorityRound,
    net: tuple[Network, Actor],
    needs: list[Contribution],
) -> None:
    network, strategist = net
    given = {"network_id": network.id, "follows_id": held.id, "title": "Forårets runde"}
    with pytest.raises(Refused, match="unknown_round"):
        make(session, strategist, needs, people.municipality, **given)
    finish(session, people, held, strategist)
    publish(session, strategist, held)
    later = make(session, strategist, needs[::-1], people.municipality, **given)
    view = find_round(session, strategist, later.key)
    assert view is not None and view.earlier is not None
    assert view.earlier.key == held.key
    assert [(one.title, one.earlier) for one in view.needs] == [
        ("Selvbetjening", 3),
        ("Sensorer", 2),
        ("Vagtplan", 1),
    ]


def test_points_are_shared_out_to_the_last_one(
    session: Session, people: People, net: tuple[Network, Actor], needs: list[Contribution]
) -> None:
    network, strategist = net
    given = {"network_id": network.id, "method": "points", "points": 10, "criteria": [{"name": "Effekt"}]}
    made = make(session, strategist, needs, people.municipality, **given)
    service.open_round(session, strategist, made.id, made.version)
    for values, code in (([4, 4, 1], "points_left"), ([4, 4, 3], "points_over"), ([], "votes_missing")):
        with pytest.raises(Refused, match=code):
            hand_in(session, people.municipality, made, values)
    hand_in(session, people.municipality, made, [4, 0, 6])
    service.close_round(session, strategist, made.id, made.version)
    view = find_round(session, strategist, made.key)
    assert view is not None
    assert [(one.score, one.place, one.is_tied) for one in view.needs] == [
        (6, 1, False),
        (4, 2, False),
        (0, 3, False),
    ]


def test_an_order_with_a_gap_or_the_same_place_twice_is_not_handed_in(
    session: Session, people: People, held: PriorityRound
) -> None:
    for values in ([1, 1, 2], [1, 2, 4]):
        with pytest.raises(Refused, match="votes_not_in_order"):
            hand_in(session, people.municipality, held, [1, 2, 3], values)
    with pytest.raises(Refused, match="votes_missing"):
        hand_in(session, people.municipality, held, [1, 2, 3])


# --- who reads what, when


def test_nobody_reads_what_another_gave_before_the_round_is_closed(
    session: Session, people: People, held: PriorityRound, net: tuple[Network, Actor]
) -> None:
    strategist = net[1]
    service.save_votes(
        session, people.municipality, held.id, give(session, people.municipality, held, [3, 2, 1])
    )
    hand_in(session, people.municipality, held, [3, 2, 1], [1, 2, 3])
    for actor in (strategist, people.neighbour, people.staff, STRANGER):
        view = find_round(session, actor, held.key)
        assert view is not None
        (first, _) = view.deciders
        assert (first.votes, [one.score for one in view.needs]) == (None, [None] * 3)
        assert first.has_handed_in == (True if actor is strategist else None)
    own = find_round(session, people.municipality, held.key)
    assert own is not None and own.own is not None and own.own.votes
    hand_in(session, people.neighbour, held, [1, 2, 3], [1, 2, 3])
    service.close_round(session, strategist, held.id, held.version)
    reads = {
        name: (view.sees_result, all(one.votes for one in view.deciders))
        for name, actor in (people.all() | {"strategist": strategist}).items()
        if (view := find_round(session, actor, held.key)) is not None
    }
    insiders = {"municipality", "neighbour", "strategist"}
    assert reads == {name: (name in insiders, name in insiders) for name in reads}
    logged = session.scalars(
        select(AuditEntry).where(AuditEntry.thing == "priority_round").order_by(AuditEntry.id)
    )
    assert [row.after for row in logged if row.verb in ("save_votes", "hand_in")] == [None] * 3


@pytest.mark.parametrize("visibility", ["public", "municipalities", "own"])
def test_who_sees_a_round_is_the_same_in_sql_and_in_words(
    session: Session,
    people: People,
    held: PriorityRound,
    net: tuple[Network, Actor],
    visibility: str,
) -> None:
    outside = add_municipality(session, "Udenfor Kommune")
    actors = people.all() | {"strategist": net[1], "outside": outside, "system": SYSTEM}
    held.visibility = visibility
    for opened_at in (None, now()):
        held.opened_at = opened_at
        session.flush()
        seen = set()
        for name, actor in actors.items():
            in_sql = session.scalar(select(PriorityRound.id).where(visible_to(actor))) is not None
            assert in_sql == may_see(actor, held, find_part(session, actor, held)), (name, opened_at)
            assert in_sql == (list_rounds(session, actor)[1] == 1), name
            seen |= {name} if in_sql else set()
        if opened_at is None:
            assert seen == {"strategist", "system"}
    inside = {"strategist", "system", "municipality", "neighbour"}
    assert seen == {"public": set(actors), "municipalities": inside | {"outside"}, "own": inside}[visibility]


def test_a_need_that_is_one_municipalitys_alone_is_in_no_round_that_others_read(
    session: Session, people: People, net: tuple[Network, Actor], needs: list[Contribution]
) -> None:
    alone = add_need(session, people.municipality, title="Hemmeligt", visibility="own")
    closed = add_need(session, people.municipality, title="Kun kommuner", visibility="municipalities")
    network, strategist = net
    for need, visibility in ((alone, "own"), (alone, "public"), (closed, "public")):
        with pytest.raises(Refused, match="unknown_need"):
            make(session, strategist, [*needs, need], network_id=network.id, visibility=visibility)
    # Who acts for the network must see it too, and so must who decides.
    named = NetworkStrategist(
        network_id=network.id, membership_id=people.neighbour.membership_id, named_at=now()
    )
    session.add(named)
    session.flush()
    given = {"network_id": network.id, "visibility": "municipalities"}
    made = make(session, people.neighbour, [*needs, closed], strategist, **given)
    with pytest.raises(Refused, match="decider_sees_too_little"):
        service.open_round(session, people.neighbour, made.id, made.version)


def test_a_need_taken_away_meanwhile_gets_no_place_and_is_named_to_nobody(
    session: Session,
    people: People,
    held: PriorityRound,
    net: tuple[Network, Actor],
    needs: list[Contribution],
) -> None:
    needs[0].hidden_at = now()
    session.flush()
    finish(session, people, held, net[1])
    publish(session, net[1], held)
    view = find_round(session, STRANGER, held.key)
    assert view is not None
    assert [(one.title, one.place) for one in view.needs] == [
        ("Sensorer", 1),
        ("Selvbetjening", 2),
        (None, None),
    ]


# --- who may


def test_a_round_is_held_by_who_acts_for_the_house_alone(
    session: Session,
    people: People,
    held: PriorityRound,
    net: tuple[Network, Actor],
    needs: list[Contribution],
) -> None:
    network, strategist = net
    for actor in (people.municipality, people.vendor, people.auditor, STRANGER):
        with pytest.raises(NotAllowed):
            make(session, actor, needs, network_id=network.id)
    with pytest.raises(Refused, match="unknown_network"):
        make(session, people.staff, needs, network_id=network.id)
    with pytest.raises(NotAllowed):
        service.close_round(session, people.staff, held.id, held.version)
    with pytest.raises(NotAllowed):
        service.save_votes(session, strategist, held.id, VotesInput(votes=[], version=1))
    with pytest.raises(Refused, match="not_of_house"):
        make(session, strategist, needs, people.vendor, network_id=network.id)
    draft = make(session, strategist, needs, network_id=network.id)
    with pytest.raises(NotFound):
        service.cancel_round(session, people.neighbour, draft.id, CancelInput(reason="Nej", version=1))


def test_a_round_opens_with_two_needs_and_somebody_who_decides(
    session: Session, people: People, net: tuple[Network, Actor], needs: list[Contribution]
) -> None:
    network, strategist = net
    made = make(session, strategist, needs[:1], network_id=network.id)
    with pytest.raises(Refused, match="round_too_few_needs"):
        service.open_round(session, strategist, made.id, made.version)
    edit = {"title": "Ny", "criteria": WEIGHED, "need_ids": [one.id for one in needs], "visibility": "public"}
    given = RoundEdit.model_validate(edit | {"network_id": network.id, "version": made.version})
    service.edit_round(session, strategist, made.id, given)
    with pytest.raises(Refused, match="round_without_deciders"):
        service.open_round(session, strategist, made.id, made.version)
    with pytest.raises(Refused, match="stale"):
        service.edit_round(session, strategist, made.id, given)


def test_a_round_closes_when_all_have_handed_in_or_its_day_is_past(
    session: Session, people: People, held: PriorityRound, net: tuple[Network, Actor]
) -> None:
    strategist = net[1]
    held.closes_on = today()
    with pytest.raises(Refused, match="round_without_votes"):
        service.close_round(session, strategist, held.id, held.version)
    own = hand_in(session, people.municipality, held, [1, 2, 3], [1, 2, 3])
    service.take_votes_back(session, people.municipality, held.id, own.version)
    hand_in(session, people.municipality, held, [1, 2, 3], [3, 2, 1])
    assert (list_tasks(session, people.municipality), len(list_tasks(session, people.neighbour))) == ([], 1)
    with pytest.raises(Refused, match="round_still_open"):
        service.close_round(session, strategist, held.id, held.version)
    with moved_to(now() + timedelta(days=1)):
        service.close_round(session, strategist, held.id, held.version)
    view = find_round(session, strategist, held.key)
    assert view is not None
    assert [one.place for one in view.needs] == [1, 2, 3]


def test_a_round_is_told_of_once_before_its_last_day_and_once_after_also_past_mornings_without_a_worker(
    session: Session, held: PriorityRound
) -> None:
    last = held.closes_on = today() + timedelta(days=10)
    session.flush()

    def told(before: int, since: int) -> tuple[int, int]:
        """So many days before the last one, when it was last looked so many before."""
        on, then = last - timedelta(days=before), last - timedelta(days=since)
        near, late = notice_near(session, on, then), notice_overdue(session, on, then)
        assert {*near, *late} <= {held.id}
        return len(near), len(late)

    each_morning = [told(before, before + 1) for before in (4, 3, 2, 1, 0, -1, -2)]
    assert each_morning == [(0, 0), (1, 0), (0, 0), (0, 0), (0, 0), (0, 1), (0, 0)]
    # The machine was away on the fourth and the third, on the last and the two after, and over all of it.
    assert [told(2, 5), told(-3, 1), told(-2, 6)] == [(1, 0), (0, 1), (0, 1)]
    # The same morning again.
    assert [told(3, 3), told(-1, -1)] == [(0, 0), (0, 0)]


@pytest.mark.parametrize(
    ("moment", "morning"),
    [
        (datetime(2026, 11, 23, 3, 50, tzinfo=UTC), date(2026, 11, 22)),
        (datetime(2026, 11, 23, 4, 50, tzinfo=UTC), date(2026, 11, 23)),
        (datetime(2026, 7, 1, 2, 50, tzinfo=UTC), date(2026, 6, 30)),
        (datetime(2026, 7, 1, 22, 50, tzinfo=UTC), date(2026, 7, 1)),
    ],
)
def test_a_morning_begins_at_five_in_denmark(moment: datetime, morning: date) -> None:
    assert morning_of(moment) == morning


def test_what_a_replaced_decider_gave_is_gone(
    session: Session, people: People, held: PriorityRound, net: tuple[Network, Actor]
) -> None:
    strategist = net[1]
    service.save_votes(session, people.neighbour, held.id, give(session, people.neighbour, held, [3, 2, 1]))
    second = service.list_standing(session, held.id)[1]
    with pytest.raises(Refused, match="decider_twice"):
        service.replace_decider(session, strategist, held.id, second.id, people.municipality.user_id)
    new = service.replace_decider(session, strategist, held.id, second.id, strategist.user_id)
    assert new is not None and new.position == 2
    assert session.scalars(select(Vote)).all() == []
    with pytest.raises(NotAllowed):
        service.save_votes(session, people.neighbour, held.id, VotesInput(votes=[], version=1))


def test_of_two_places_of_accounts_that_are_joined_the_one_handed_in_counts(
    session: Session, people: People, held: PriorityRound
) -> None:
    hand_in(session, people.neighbour, held, [1, 2, 3], [1, 2, 3])
    move_deciders(session, people.neighbour.user_id or 0, people.municipality.user_id or 0)
    rows = session.execute(
        select(Decider.user_id, Decider.handed_in_at.is_not(None), Decider.replaced_at.is_not(None)).order_by(
            Decider.position
        )
    ).all()
    user_id = people.municipality.user_id
    assert [tuple(row) for row in rows] == [(user_id, False, True), (user_id, True, False)]


def test_a_round_is_read_in_as_many_statements_with_many_needs_as_with_few(
    session: Session, people: People, net: tuple[Network, Actor]
) -> None:
    network, strategist = net
    spent = []
    for many in (2, 12):
        needs = [add_need(session, people.municipality, title=f"{many} nr. {n}") for n in range(many)]
        made = make(session, strategist, needs, people.municipality, people.neighbour, network_id=network.id)
        service.open_round(session, strategist, made.id, made.version)
        for read in (
            lambda made=made: find_round(session, people.municipality, made.key),
            lambda: list_rounds(session, STRANGER),
            lambda: list_tasks(session, people.municipality),
        ):
            with counted(session) as statements:
                read()
            spent.append(len(statements))
    assert spent == [7, 2, 1] * 2


# --- a network's needs, and who acts for it without being of a municipality


def test_who_acts_for_a_network_puts_in_what_its_municipalities_keep_among_municipalities(
    session: Session, people: People, net: tuple[Network, Actor]
) -> None:
    network, strategist = net
    inside = add_need(session, people.municipality, title="Kun kommuner", visibility="municipalities")
    outsider = add_municipality(session, "Fremmed Kommune")
    outside = add_need(session, outsider, title="En andens", visibility="municipalities")
    public = add_need(session, people.neighbour, title="For alle")
    alone = add_need(session, people.neighbour, title="Vores eget", visibility="own")
    offered = list_fit_needs(session, strategist, None, network.id)
    assert [one.title for one in offered] == ["Kun kommuner", "For alle"]
    for unfit in (outside, alone):
        with pytest.raises(Refused, match="unknown_need"):
            make(
                session, strategist, [inside, unfit], people.neighbour, network_id=network.id,
                visibility="municipalities",
            )  # fmt: skip
    held = make(
        session, strategist, [inside, public], people.neighbour, network_id=network.id,
        visibility="municipalities",
    )  # fmt: skip
    view = find_round(session, strategist, held.key)
    assert view is not None
    assert [(one.title, one.path is not None) for one in view.needs] == [
        ("Kun kommuner", False),
        ("For alle", True),
    ]
    service.open_round(session, strategist, held.id, held.version)
    # A need that was taken back has no title for who holds the round either.
    inside.status = "withdrawn"
    session.flush()
    view = find_round(session, strategist, held.key)
    assert view is not None and [one.title for one in view.needs] == [None, "For alle"]
