"""The mail about what one follows: at one's own pace, once, with why; and none where there is nothing."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from app.core.audit import AuditEntry
from app.core.clock import COPENHAGEN, moved_to, now
from app.core.events import forget_reactions, react
from app.core.mail import Mail
from app.core.policy import NotFound, Refused
from app.domain.answering.publishing import publish_answer
from app.domain.answering.telling import gather_readers, tell_some
from app.domain.commitments.measuring import measure
from app.domain.commitments.models import Commitment
from app.domain.commitments.news import note_news
from app.domain.commitments.schemas import MeasurementInput, MoveInput
from app.domain.commitments.service import move_deadline
from app.domain.following.events import NewsDue
from app.domain.following.jobs import list_rounds
from app.domain.following.models import PACES, Follow
from app.domain.following.news import (
    forget_told,
    list_news_due,
    list_waiting,
    note,
    note_contribution,
    note_meeting,
    note_said,
    tell,
)
from app.domain.following.queries import list_follows
from app.domain.following.service import follow, resume_mails, stop_mails, unfollow
from app.main import connect_rooms
from app.settings import Settings
from tests.answered import add_prepared_answer
from tests.people import People
from tests.promised import add_aim, add_commitment
from tests.said import add_meeting_row, add_theme_rows, add_wish, put_said

VERA = "vera@soft.example"
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
MEASURED = {"measured_on": date(2026, 11, 2), "value": "25,5", "source_text": "KL's måling"}


@pytest.fixture(autouse=True)
def _on_a_known_day() -> Iterator[None]:
    connect_rooms(Settings(base_url="http://testserver"))
    with moved_to(NOON):
        yield


def list_mails(session: Session, to: str) -> list[Mail]:
    return list(session.scalars(select(Mail).where(Mail.recipient == to).order_by(Mail.id)))


def tell_all(session: Session, pace: str) -> list[int]:
    return [user_id for user_id in list_waiting(session, pace) if tell(session, user_id, pace)]


def seventh_of_june(session: Session, people: People, theme_id: int) -> Commitment:
    return add_commitment(session, people.staff, theme_ids=[theme_id], deadline=date(2027, 6, 7))


def test_a_day_of_news_is_one_mail_with_why_at_each_line(session: Session, people: People) -> None:
    (theme,) = add_theme_rows(session, "Klima")
    promise = seventh_of_june(session, people, theme.id)
    follow(session, people.municipality, "theme", theme.id, "daily")
    follow(session, people.municipality, "commitment", promise.id, "daily")
    wish = put_said(
        session, "w", title="Fælles målbilleder", body="Vi mangler retning.", theme_ids=[theme.id]
    )
    note_said(session)
    given = {"new_on": date(2027, 9, 30), "reason": "Loven kommer senere.", "version": promise.version}
    change = move_deadline(session, people.staff, promise.id, MoveInput.model_validate(given))
    note_news(session, "moved", [promise.id], change.id)
    aim = add_aim(session, people.staff, promise)
    figure = measure(session, people.staff, aim.id, MeasurementInput.model_validate(MEASURED))
    note_news(session, "measured", [promise.id], figure.id)
    assert (tell_all(session, "weekly"), tell_all(session, "daily")) == ([], [people.municipality.user_id])
    (mail,) = list_mails(session, "mona@her.example")
    assert mail.subject == "Dagens nyt om det, du følger: 3 – Dialogforum"
    user_id = people.municipality.user_id
    assert (mail.unsubscribe or "").startswith(f"http://testserver/mails/foelg-ikke/{user_id}/")
    assert mail.text == (
        f"""Kære Mona Kommune

Her er det nye om det, du følger.

Nyt: OE-0001  Fælles målbilleder
Vi mangler retning.
http://testserver/oensker/OE-0001
Fordi du følger temaet Klima.

Dag flyttet: F-0001  Fælles målbilleder
Fra 7. juni 2027 til 30. september 2027. Derfor: Loven kommer senere.
http://testserver/forpligtelser/F-0001
Fordi du følger temaet Klima og forpligtelsen F-0001.

Måling: F-0001  Fælles målbilleder
Kommuner, der bruger målbillederne: 25,5 procent. Målt 2. november 2026. Målet er 60 den 6. december 2027.
http://testserver/forpligtelser/F-0001
Fordi du følger temaet Klima og forpligtelsen F-0001.

Vælg for hver ting, hvor tit du vil have mail, eller hold op med at følge den:
http://testserver/mit/foelger

Eksempelforeningens sekretariat
kontakt@eksempelforeningen.example · 00 00 00 00

-- 
Vil du ikke have flere mails om det, du følger? Meld fra med ét klik:
{mail.unsubscribe}
""".replace("OE-0001", wish.reference).replace("F-0001", promise.reference)
    )
    assert tell_all(session, "daily") == []


def test_what_cannot_be_read_any_more_makes_no_mail_and_nothing_makes_none(
    session: Session, people: People
) -> None:
    (theme,) = add_theme_rows(session, "Klima")
    follow(session, people.vendor, "theme", theme.id, "weekly")
    for visibility in ("staff", "participants", "municipalities"):
        put_said(session, visibility, visibility=visibility, theme_ids=[theme.id])
    note_said(session)
    assert list_waiting(session, "weekly") == []
    open_one = put_said(session, "w", theme_ids=[theme.id])
    note_said(session)
    assert list_waiting(session, "weekly") == [people.vendor.user_id]
    open_one.hidden_at = NOON
    session.flush()
    tell_all(session, "weekly")
    assert (list_mails(session, VERA), list_waiting(session, "weekly")) == ([], [])


def test_the_same_is_told_once_whatever_it_is_followed_through(session: Session, people: People) -> None:
    (theme,) = add_theme_rows(session, "Klima")
    promise = seventh_of_june(session, people, theme.id)
    follow(session, people.vendor, "theme", theme.id, "weekly")
    follow(session, people.vendor, "organisation", promise.organisation_id, "daily")
    follow(session, people.vendor, "commitment", promise.id)
    for _ in range(2):
        note_news(session, "late", [promise.id], 1)
    with moved_to(NOON + timedelta(days=300)):
        assert [bool(tell_all(session, pace)) for pace in PACES] == [True, False, False, False]
        assert len(list_mails(session, VERA)) == 1
        note_news(session, "late", [promise.id], 1)
        assert forget_told(session) == 3


def test_who_reads_of_an_answer_once_a_week_is_not_told_at_once_and_its_author_not_twice(
    session: Session, people: People
) -> None:
    (theme,) = add_theme_rows(session, "Klima")
    wish = add_wish(session, people.vendor, theme_ids=[theme.id])
    session.execute(delete(Mail))
    for actor, pace in ((people.vendor, "weekly"), (people.rival, "weekly"), (people.neighbour, "at_once")):
        follow(session, actor, "theme", theme.id, pace)
    answer = add_prepared_answer(session, people.staff, [wish.id])
    batch = publish_answer(session, people.staff, answer.id, answer.version)
    gather_readers(session, batch.id)
    while tell_some(session, batch.id):
        pass
    at_once = list(session.scalars(select(Mail.recipient).order_by(Mail.recipient)))
    assert at_once == ["nils@der.example", VERA]
    assert tell_all(session, "weekly") == [people.rival.user_id]
    (mail,) = list_mails(session, "rita@rival.example")
    assert mail.subject == f"Svar: {wish.reference} – Dialogforum"


def test_who_wants_no_mails_gets_none_until_they_want_them_again(session: Session, people: People) -> None:
    wish = put_said(session, "w")
    follow(session, people.vendor, "wish", wish.id)
    stop_mails(session, people.vendor.user_id or 0)
    assert note_contribution(session, "gathered", wish.id) == 0
    resume_mails(session, people.vendor.user_id or 0)
    assert note_contribution(session, "gathered", wish.id) == 1
    stop_mails(session, people.vendor.user_id or 0)
    assert tell_all(session, "at_once") == []
    assert (list_mails(session, VERA), list_waiting(session, "at_once")) == ([], [])


def test_a_thing_is_followed_at_the_pace_that_is_usual_or_chosen(session: Session, people: People) -> None:
    for kind, pace in (("wish", None), ("series", None), ("commitment", "never")):
        follow(session, people.vendor, kind, 7, pace)
    follow(session, people.vendor, "wish", 7, "daily")
    assert {(one.kind, one.pace) for one in list_follows(session, people.vendor)} == {
        ("wish", "daily"),
        ("series", "weekly"),
        ("commitment", "never"),
    }
    with pytest.raises(Refused, match="follow_no_pace"):
        follow(session, people.vendor, "wish", 7, "hourly")
    with pytest.raises(NotFound):
        follow(session, people.vendor, "answer", 7)
    unfollow(session, people.vendor, "wish", 7)
    verbs = session.scalars(
        select(AuditEntry.verb).where(AuditEntry.thing_id == 7).order_by(AuditEntry.id)
    ).all()
    assert verbs == ["follow", "follow", "follow", "change_pace", "unfollow"]


@pytest.mark.parametrize(
    "first",
    [date(2026, 3, 23), date(2026, 10, 19), date(2027, 3, 22), date(2027, 10, 25)],
)
def test_at_seven_in_denmark_also_where_the_clock_is_changed(
    session: Session, people: People, first: date
) -> None:
    """Fourteen days from a Monday with the change in their midst, and news each hour of a morning."""
    (theme,) = add_theme_rows(session, "Klima")
    for actor, pace in ((people.vendor, "daily"), (people.municipality, "weekly")):
        follow(session, actor, "theme", theme.id, pace)
    told: dict[str, list[datetime]] = {"daily": [], "weekly": []}
    start = datetime.combine(first, time(), COPENHAGEN).astimezone(UTC)
    hours = [start + timedelta(hours=n) for n in range(24 * 14) if 3 <= (start.hour + n) % 24 <= 8]
    forget_reactions()
    react(NewsDue, lambda session, due: told[due.pace].append(now().astimezone(COPENHAGEN)))
    session.execute(update(Follow).values(created_at=start - timedelta(days=20)))
    for number, hour in enumerate(hours):
        with moved_to(hour):
            note(session, "said", number, {"theme": [theme.id]})
            for pace, until in list_rounds().items():
                for user_id in list_waiting(session, pace, until):
                    tell(session, user_id, pace)
    days = [first + timedelta(days=n) for n in range(14)]
    assert [(moment.date(), moment.hour) for moment in told["daily"]] == [(day, 7) for day in days]
    assert [(moment.date(), moment.hour) for moment in told["weekly"]] == [(days[0], 7), (days[7], 7)]


def test_a_round_that_was_missed_is_made_up_for_once_and_takes_nobody_else_along(
    session: Session, people: People
) -> None:
    (theme,) = add_theme_rows(session, "Klima")
    follow(session, people.vendor, "theme", theme.id, "weekly")
    follow(session, people.municipality, "theme", theme.id, "daily")
    note(session, "said", 1, {"theme": [theme.id]})
    follow(session, people.rival, "theme", theme.id, "daily")
    told: list[int] = []
    forget_reactions()
    react(NewsDue, lambda session, due: told.append(due.user_id))
    # Nobody was at work from Saturday to Tuesday at nine in Denmark.
    with moved_to(datetime(2026, 11, 24, 8, tzinfo=UTC)):
        note(session, "said", 2, {"theme": [theme.id]})
        for _ in range(2):
            for pace, until in list_rounds().items():
                for user_id in list_waiting(session, pace, until):
                    tell(session, user_id, pace)
    assert sorted(told) == sorted([people.vendor.user_id or 0, people.municipality.user_id or 0])
    assert list_waiting(session, "daily") == [people.rival.user_id]


def test_what_comes_while_a_mail_is_written_waits_for_the_next(session: Session, people: People) -> None:
    first, second = (put_said(session, key) for key in ("w", "x"))
    for wish in (first, second):
        follow(session, people.vendor, "wish", wish.id)
    note_contribution(session, "gathered", first.id)
    told: list[list[int]] = []

    def write(session: Session, due: NewsDue) -> None:
        note_contribution(session, "gathered", second.id)
        told.append([one.object_id for one in list_news_due(session, due.news_ids)])

    forget_reactions()
    react(NewsDue, write)
    assert [bool(tell_all(session, "at_once")) for _ in range(3)] == [True, True, False]
    assert told == [[first.id], [second.id]]


def test_a_meeting_of_a_followed_series_is_told_of_when_it_comes_and_when_it_is_off(
    session: Session, people: People
) -> None:
    meeting = add_meeting_row(session)
    follow(session, people.vendor, "series", meeting.series_id, "daily")
    for what in ("announced", "announced", "cancelled"):
        note_meeting(session, what, meeting.id)
    meeting.status = "cancelled"
    session.flush()
    tell_all(session, "daily")
    (mail,) = list_mails(session, VERA)
    assert mail.subject == "Møde aflyst: Møde 10 – Dialogforum"
    assert "Fordi du følger møderækken Dialogforum." in mail.text
