"""Fifty answers to three hundred people through a real mail server, once each, with the worker killed."""

from collections import Counter
from collections.abc import Callable

from sqlalchemy import func, insert, select

from app.core.clock import now
from app.core.database import Database
from app.core.mail import Mail
from app.domain.answering.models import AnswerBatch, AnswerTelling
from app.domain.answering.publishing import make_batch, publish_batch
from app.domain.following.models import Follow
from app.domain.users.models import User
from app.main import connect_rooms
from app.settings import Settings
from tests.answered import add_prepared_answer
from tests.core.test_killed_sender import sending
from tests.people import add_people
from tests.postbox import open_postbox
from tests.said import add_theme_rows, put_said
from tests.waiting import wait_until

PEOPLE, ANSWERS = 300, 50
KILLED_AFTER = (0, 120)  # mails received


def test_fifty_answers_are_one_mail_to_each_of_three_hundred_though_the_worker_is_killed(
    clone: Callable[[str], Database], empty_template: str
) -> None:
    connect_rooms(Settings(base_url="http://testserver"))
    database = clone(empty_template)
    with database.unit() as session:
        staff = add_people(session).staff
        (theme,) = add_theme_rows(session, "Klima")
        wishes = [
            put_said(session, f"w{n}", title=f"Ønske {n}", theme_ids=[theme.id]) for n in range(ANSWERS)
        ]
        made = [{"email": f"nr{n}@x.example", "name": f"Nr. {n}", "created_at": now()} for n in range(PEOPLE)]
        users = session.scalars(insert(User).returning(User.id), made).all()
        # Each sixth follows the theme, the others one wish each.
        followed = [
            ("theme", theme.id) if n % 6 == 0 else ("wish", wishes[n % ANSWERS].id) for n in range(PEOPLE)
        ]
        rows = [
            {"user_id": user_id, "kind": kind, "thing_id": thing_id, "pace": "at_once", "created_at": now()}
            for user_id, (kind, thing_id) in zip(users, followed, strict=True)
        ]
        session.execute(insert(Follow), rows)
        answers = [add_prepared_answer(session, staff, [wish.id]).id for wish in wishes]
        batch = make_batch(session, staff, "Halvtreds", answers)
        publish_batch(session, staff, batch.id)

    def is_done() -> bool:
        with database.unit() as session:
            waiting = session.scalar(select(func.count()).where(Mail.sent_at.is_(None)))
            return session.get_one(AnswerBatch, batch.id).told_at is not None and not waiting

    with open_postbox() as postbox:
        for received in KILLED_AFTER:
            with sending(database, postbox):
                wait_until(lambda received=received: len(postbox.received) > received, seconds=120)
        with sending(database, postbox):
            wait_until(is_done, seconds=240)
        with database.unit() as session:
            written = set(session.scalars(select(Mail.message_id)))
            assert session.get_one(AnswerBatch, batch.id).told_count == PEOPLE
            assert session.scalar(select(func.count()).select_from(AnswerTelling)) == 0
        arrived = Counter(str(mail["Message-ID"]) for mail in postbox.received)
        subjects = Counter({str(mail["To"]): str(mail["Subject"]) for mail in postbox.received}.values())

    # One mail is written to each, and what came twice is the same mail: one for each kill at most.
    assert (len(written), set(arrived)) == (PEOPLE, written)
    assert sum(arrived.values()) - PEOPLE <= len(KILLED_AFTER)
    assert subjects["Der er kommet 50 svar – Dialogforum"] == PEOPLE // 6
