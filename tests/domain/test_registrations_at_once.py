"""Many people at the same moment, on a real PostgreSQL: the ceilings hold and nobody comes twice."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, BoundedSemaphore
from time import sleep

from sqlalchemy import func, select, text

from app.core.database import Database
from app.core.policy import Actor, NotFound, Refused
from app.domain.meetings.models import Meeting
from app.domain.registrations.answers import answer_questions
from app.domain.registrations.models import Registration
from app.domain.registrations.questions import add_question, list_questions, move_question
from app.domain.registrations.schemas import SEATED, QuestionInput, SignUpInput
from app.domain.registrations.service import accept_offer, cancel_sign_up, decline_offer, sign_up
from app.domain.users.models import Consent
from tests.people import Wanted, add_actor, add_actors, add_organisation_row, add_people
from tests.signing_up import add_open_meeting

# As many as there are connections: the pool is not fair, and whoever waits for one too long is sent away.
INSIDE = BoundedSemaphore(8)


def try_to_sign_up(database: Database, actor: Actor, meeting_id: int, start: Barrier) -> str:
    start.wait(30)
    try:
        with INSIDE, database.unit() as session:
            given = SignUpInput(organisation=actor.organisation_id)
            return sign_up(session, actor, meeting_id, given).status
    except Refused as refusal:
        return refusal.code


def all_at_once(database: Database, actors: list[Actor], meeting_id: int) -> dict[str, int]:
    """What how many of them got, each in a thread of its own."""
    start = Barrier(len(actors))
    with ThreadPoolExecutor(len(actors)) as crowd:
        outcomes = list(crowd.map(lambda actor: try_to_sign_up(database, actor, meeting_id, start), actors))
    return dict(Counter(outcomes))


def test_two_hundred_people_for_fifty_seats_seats_fifty_and_queues_the_rest_in_order(
    clone: Callable[[str], Database], empty_template: str
) -> None:
    database = clone(empty_template)
    with database.unit() as session:
        meeting_id = add_open_meeting(session, seats=50, seats_per_organisation=3).id
        firms = [add_organisation_row(session, f"firma-{n}", f"Firma {n}", "vendor") for n in range(40)]
        crowd = add_actors(session, [Wanted(f"P{n} Person", firms[n % 40]) for n in range(200)])
    assert all_at_once(database, crowd, meeting_id) == {"registered": 50, "waiting": 150}
    with database.unit() as session:
        rows = session.scalars(select(Registration).order_by(Registration.created_at, Registration.id)).all()
        assert len({row.user_id for row in rows}) == 200
        places = [row.queue_place for row in rows if row.status == "waiting"]
        assert sorted(places) == list(range(1, 151))
        in_line = select(Registration.id).where(Registration.status == "waiting")
        by_place = session.scalars(in_line.order_by(Registration.queue_place)).all()
        assert by_place == sorted(by_place)
        seated = Counter(row.organisation_id for row in rows if row.status == "registered")
        assert max(seated.values()) <= 3
        assert session.get_one(Meeting, meeting_id).status == "full"


def test_twenty_colleagues_for_three_seats_of_their_organisation(
    clone: Callable[[str], Database], empty_template: str
) -> None:
    database = clone(empty_template)
    with database.unit() as session:
        meeting_id = add_open_meeting(session, seats=100, seats_per_organisation=3).id
        firm = add_organisation_row(session, "firma", "Firma", "vendor")
        crowd = [add_actor(session, f"P{n} Person", firm) for n in range(20)]
    assert all_at_once(database, crowd, meeting_id) == {"registered": 3, "waiting": 17}


def test_one_person_in_twelve_windows_gets_one_seat(
    clone: Callable[[str], Database], empty_template: str
) -> None:
    database = clone(empty_template)
    with database.unit() as session:
        meeting_id = add_open_meeting(session, seats=100).id
        person = add_actor(session, "Ivrig Person", None)
    assert all_at_once(database, [person] * 12, meeting_id) == {"registered": 1, "signup_already": 11}


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
        list(pool.map(lambda one: try_to_sign_up(database, one, meeting_id, start), crowd))
        leaving.result()
    with database.unit() as session:
        statuses = Counter(session.scalars(select(Registration.status)).all())
    # Whoever was first has it: by an offer who stood in the queue, at once who came after.
    assert statuses["registered"] + statuses["offered"] == 1
    assert statuses["waiting"] == 9


def test_an_offer_answered_in_ten_windows_and_run_out_at_once_is_one_seat(
    clone: Callable[[str], Database], empty_template: str
) -> None:
    database = clone(empty_template)
    with database.unit() as session:
        meeting_id = add_open_meeting(session, seats=1).id
        holder, first, second = (add_actor(session, f"P{n} Person", None) for n in range(3))
        seat_id = sign_up(session, holder, meeting_id, SignUpInput()).id
        offered_id = sign_up(session, first, meeting_id, SignUpInput()).id
        sign_up(session, second, meeting_id, SignUpInput())
        cancel_sign_up(session, holder, seat_id)
    start = Barrier(10)

    def answer(number: int) -> str:
        start.wait(30)
        try:
            with database.unit() as session:
                (accept_offer if number % 2 else decline_offer)(session, first, offered_id)
        except Refused as refusal:
            return refusal.code
        except NotFound:
            return "gone"
        return "answered"

    with ThreadPoolExecutor(10) as windows:
        outcomes = Counter(windows.map(answer, range(10)))
    assert outcomes["answered"] == 1
    with database.unit() as session:
        assert session.scalar(select(func.count()).where(Registration.status.in_(SEATED))) == 1


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


def test_a_question_is_moved_while_somebody_signs_up_and_answers_it(
    clone: Callable[[str], Database], empty_template: str
) -> None:
    database = clone(empty_template)
    with database.unit() as session:
        meeting_id = add_open_meeting(session).id
        people = add_people(session)
        staff, person = people.staff, people.vendor
        asked = [
            add_question(session, staff, meeting_id, QuestionInput(text=text, kind="text")).id
            for text in ("Hvem?", "Hvad?")
        ]

    def move() -> None:
        with database.unit() as session:
            move_question(session, staff, meeting_id, asked[1], -1)

    with ThreadPoolExecutor(1) as pool:
        with database.unit() as session:
            registration = sign_up(session, person, meeting_id, SignUpInput())
            moving = pool.submit(move)
            wait_for_lock(database)
            answer_questions(session, person, registration.id, {asked[1]: ["Noget"]})
        moving.result()
    with database.unit() as session:
        assert [one.id for one in list_questions(session, meeting_id)] == asked[::-1]


def wait_for_lock(database: Database) -> None:
    """Until somebody waits for somebody else."""
    waits = text("select count(*) from pg_locks where not granted")
    for _ in range(500):
        with database.unit() as session:
            if session.scalar(waits):
                return
        sleep(0.01)
    raise AssertionError("nobody waits")
