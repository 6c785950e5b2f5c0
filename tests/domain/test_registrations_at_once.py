"""Many people at the same moment, on a real PostgreSQL: the ceilings hold and nobody comes twice."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from sqlalchemy import func, select

from app.core.database import Database
from app.core.policy import Actor, Refused
from app.domain.registrations.models import Registration
from app.domain.registrations.schemas import SignUpInput
from app.domain.registrations.service import cancel_sign_up, sign_up
from app.domain.users.models import Consent
from tests.people import add_actor, add_organisation_row
from tests.signing_up import add_open_meeting


def try_to_sign_up(database: Database, actor: Actor, meeting_id: int, start: Barrier) -> str:
    start.wait(30)
    try:
        with database.unit() as session:
            sign_up(session, actor, meeting_id, SignUpInput(organisation=actor.organisation_id))
    except Refused as refusal:
        return refusal.code
    return "seated"


def all_at_once(database: Database, actors: list[Actor], meeting_id: int) -> dict[str, int]:
    """How it went for how many of them, each in a thread of its own."""
    start = Barrier(len(actors))
    with ThreadPoolExecutor(len(actors)) as crowd:
        outcomes = list(crowd.map(lambda actor: try_to_sign_up(database, actor, meeting_id, start), actors))
    return {outcome: outcomes.count(outcome) for outcome in sorted(set(outcomes))}


def test_forty_people_for_ten_seats_seats_ten_each_once(
    clone: Callable[[str], Database], empty_template: str
) -> None:
    database = clone(empty_template)
    with database.unit() as session:
        meeting_id = add_open_meeting(session, seats=10).id
        crowd = [
            add_actor(
                session, f"P{n} Person", add_organisation_row(session, f"firma-{n}", f"Firma {n}", "vendor")
            )
            for n in range(40)
        ]
    assert all_at_once(database, crowd, meeting_id) == {"seated": 10, "signup_full": 30}
    with database.unit() as session:
        assert session.scalar(select(func.count(Registration.user_id.distinct()))) == 10


def test_twenty_colleagues_for_three_seats_of_their_organisation(
    clone: Callable[[str], Database], empty_template: str
) -> None:
    database = clone(empty_template)
    with database.unit() as session:
        meeting_id = add_open_meeting(session, seats=100, seats_per_organisation=3).id
        firm = add_organisation_row(session, "firma", "Firma", "vendor")
        crowd = [add_actor(session, f"P{n} Person", firm) for n in range(20)]
    assert all_at_once(database, crowd, meeting_id) == {"seated": 3, "signup_full_organisation": 17}


def test_one_person_in_twelve_windows_gets_one_seat(
    clone: Callable[[str], Database], empty_template: str
) -> None:
    database = clone(empty_template)
    with database.unit() as session:
        meeting_id = add_open_meeting(session, seats=100).id
        person = add_actor(session, "Ivrig Person", None)
    assert all_at_once(database, [person] * 12, meeting_id) == {"seated": 1, "signup_already": 11}


def test_a_seat_given_up_while_others_come_is_given_once(
    clone: Callable[[str], Database], empty_template: str
) -> None:
    database = clone(empty_template)
    with database.unit() as session:
        meeting_id = add_open_meeting(session, seats=1).id
        holder = add_actor(session, "Har Plads", None)
        seat_id = sign_up(session, holder, meeting_id, SignUpInput()).id
        crowd = [add_actor(session, f"P{n} Person", None) for n in range(10)]
    start = Barrier(11)

    def give_up() -> None:
        start.wait(30)
        with database.unit() as session:
            cancel_sign_up(session, holder, seat_id)

    with ThreadPoolExecutor(11) as pool:
        leaving = pool.submit(give_up)
        outcomes = list(pool.map(lambda one: try_to_sign_up(database, one, meeting_id, start), crowd))
        leaving.result()
    assert outcomes.count("seated") <= 1
    with database.unit() as session:
        seated = session.scalar(select(func.count()).where(Registration.status == "registered"))
    assert seated == outcomes.count("seated")


def test_one_person_agreeing_at_several_meetings_at_once_is_seated_at_each(
    clone: Callable[[str], Database], empty_template: str
) -> None:
    database = clone(empty_template)
    with database.unit() as session:
        meeting_ids = [add_open_meeting(session, str(number)).id for number in range(1, 9)]
        person = add_actor(session, "Ivrig Person", None)
    start = Barrier(len(meeting_ids))

    def agree(meeting_id: int) -> None:
        start.wait(30)
        with database.unit() as session:
            sign_up(session, person, meeting_id, SignUpInput(is_listed=True))

    with ThreadPoolExecutor(len(meeting_ids)) as windows:
        list(windows.map(agree, meeting_ids))
    with database.unit() as session:
        assert session.scalar(select(func.count()).where(Registration.listed_at.is_not(None))) == 8
        agreed = select(func.count()).where(Consent.kind == "participant_list")
        assert session.scalar(agreed) == 1
