"""The nightly work of answers, promises and news, killed halfway, by two at once, and again: once each."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select, text, update

from app.core.clock import now, today
from app.core.events import react
from app.core.mail import Mail
from app.domain.answering.cases import claim
from app.domain.answering.events import AnswerBecameLate
from app.domain.answering.jobs import keep_clock, tell_those_who_wait
from app.domain.answering.models import Pause
from app.domain.answering.pausing import ask_for_more
from app.domain.answering.publishing import publish_answer
from app.domain.answering.schemas import MoreInput
from app.domain.commitments.events import CommitmentLate
from app.domain.commitments.jobs import note_late_in_time
from app.domain.following.events import NewsDue
from app.domain.following.jobs import tell_in_time
from app.domain.following.models import FollowNews
from app.domain.following.news import note_contribution
from app.domain.following.service import follow
from tests.answered import add_prepared_answer
from tests.promised import add_commitment
from tests.said import add_wish, put_said
from tests.site import Site

NIGHT = (keep_clock, note_late_in_time, tell_those_who_wait, tell_in_time)
LONG_AGO = timedelta(days=8)


class KilledError(Exception):
    """The worker dies."""


def die_once(*events: type[Any]) -> None:
    """Die at the first of each, after its mail was written and before all is committed."""
    survived: set[type[Any]] = set()

    def die(session: Any, happened: Any) -> None:
        if type(happened) not in survived:
            survived.add(type(happened))
            raise KilledError

    for event in events:
        react(event, die)


def plant(site: Site) -> dict[str, str]:
    """Something for each job; the numbers of it."""
    people = site.people
    with site.unit() as session:
        late, paused = (
            add_wish(session, people.vendor, "Forsinket"),
            add_wish(session, people.vendor, "Venter"),
        )
        for wish in (late, paused):
            claim(session, people.staff, wish.id)
        more = MoreInput(question="Hvilke tal?", reply_by=today() + timedelta(days=1))
        ask_for_more(session, people.staff, paused.id, more)
        session.execute(update(Pause).values(reply_by=today() - timedelta(days=1)))
        late.answer_by = today() - timedelta(days=1)
        owner = people.staff.user_id
        promise = add_commitment(session, people.staff, owner_user_id=owner, deadline=date(2025, 1, 1))
        followed, answered = put_said(session, "fulgt"), put_said(session, "besvaret")
        follow(session, people.municipality, "wish", followed.id, "weekly")
        follow(session, people.neighbour, "wish", answered.id, "at_once")
        note_contribution(session, "gathered", followed.id)
        session.execute(update(FollowNews).values(happened_at=now() - LONG_AGO))
        answer = add_prepared_answer(session, people.staff, [answered.id])
        publish_answer(session, people.staff, answer.id, answer.version)
        session.execute(text("delete from procrastinate_jobs"))
        session.execute(delete(Mail))
        planted = {"late": late, "promise": promise, "followed": followed, "answered": answered}
        return {name: one.reference for name, one in planted.items()}


def test_a_night_killed_halfway_worked_by_two_at_once_and_done_again_tells_each_once(site: Site) -> None:
    told = plant(site)
    die_once(AnswerBecameLate, CommitmentLate, NewsDue)
    for job in (keep_clock, note_late_in_time, tell_in_time):
        with pytest.raises(KilledError):
            job(site.tools)
    for _ in range(2):
        with ThreadPoolExecutor(4) as workers:
            list(workers.map(lambda job: job(site.tools), [job for job in NIGHT for _ in range(2)]))
        site.work()
    with site.unit() as session:
        mails = session.scalars(select(Mail.recipient + ": " + Mail.subject).order_by(Mail.id)).all()
        ended = session.scalars(select(Pause.ended_as).order_by(Pause.id)).all()
    assert ended == ["expired"]
    assert sorted(mails) == [
        f"mona@her.example: Samlet med andre, der siger det samme: {told['followed']} – Dialogforum",
        f"nils@der.example: Der er svar på {told['answered']} – Dialogforum",
        f"stine@vaert.example: {told['promise']} skulle være holdt nu – Dialogforum",
        f"stine@vaert.example: Svaret på {told['late']} er forsinket – Dialogforum",
    ]
