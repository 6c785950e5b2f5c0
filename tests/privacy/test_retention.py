"""Forgetting in time, with the clock moved: what is past goes, what is not stays, however often."""

from collections.abc import Callable
from dataclasses import fields
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select, text, true, update
from sqlalchemy.orm import Session

from app.core.clock import COPENHAGEN, moved_to, now
from app.core.database import Database
from app.core.jobs import Tools
from app.core.laid_aside import LaidAside
from app.core.mail import Mail
from app.core.policy import NotFound, Refused
from app.domain.meetings.models import Meeting
from app.domain.meetings.programme import remove_item
from app.domain.outbox.models import Batch, Letter
from app.domain.presentations.models import Deck, DeckRevision, SlidePage
from app.domain.presentations.service import folder_of, put_back_deck, withdraw_deck
from app.domain.recycle_bin.service import put_back
from app.domain.users.models import User
from app.identity.models import SignInSession
from app.identity.sessions import open_session
from app.main import make_periods
from app.privacy.jobs import forget
from app.privacy.models import PrivacyRun
from app.privacy.nights import ALL_RULES, forecast_all, forget_what_is_past, list_runs
from app.privacy.owners import table_named
from app.privacy.periods import Periods
from app.privacy.register import REGISTER
from app.privacy.retention import LOG_RULES, RULES, Forecast
from app.settings import Settings
from tests.decks import add_read_deck
from tests.people import People, add_people
from tests.privacy.planting import plant
from tests.said import add_item_row, add_meeting_row

PERIODS = Periods()
MARK = "kanarie-vera"
# When all that is planted was made; the meeting was held on that day.
BEGIN = datetime(2027, 3, 1, 12, tzinfo=UTC)
# The day after BEGIN on which what `plant` planted is past. The session expires after 30 days by itself.
PAST_AFTER = {
    "needs": 15,
    "codes": 3,
    "challenges": 3,
    "flows": 3,
    "proofs": 2,
    "sessions": 61,
    "keys": 31,
    "copies": 8,
    "mails": 91,
    "letters": 91,
    "forms": 31,
    "counts": 2,
    "consents": 1096,
    "bin": 31,
    "decks": 31,
    "registrations": 731,
    "room_words": 731,
    "minutes_comments": 731,
    "attendees": 731,
    "evaluation_remarks": 731,
    "invitations": 181,
    "speakers": 181,
    "speaker_words": 181,
    "speaker_consents": 1096,
    "reports": 731,
    "objections": 731,
}


@pytest.fixture
def database(clone: Callable[[str], Database], empty_template: str) -> Database:
    return clone(empty_template)


@pytest.fixture
def people(database: Database) -> People:
    """One of each kind of people, and a row in every table for the vendor; all of it as of BEGIN."""
    with moved_to(BEGIN), database.unit() as session:
        added = add_people(session)
        plant(session, added.vendor, "vera")
        session.execute(update(Meeting).values(held_on=date(2027, 3, 1)))
        session.execute(update(SignInSession).values(expires_at=now() + timedelta(days=30)))
        session.execute(update(User).values(signed_in_at=now()))
    return added


def rows_in(session: Session, table: str) -> int:
    return session.scalar(select(func.count()).select_from(table_named(table))) or 0


def test_each_kind_goes_on_its_day_and_not_before(database: Database, people: People) -> None:
    def planned(days: int) -> dict[str, int]:
        with moved_to(BEGIN + timedelta(days=days)), database.unit() as session:
            return {one.code: one.rows for one in forecast_all(session, PERIODS)}

    went: dict[str, tuple[int, int, int, int]] = {}
    for day in sorted(set(PAST_AFTER.values())):
        before, now_due = planned(day - 1), planned(day)
        with moved_to(BEGIN + timedelta(days=day)):
            done = forget_what_is_past(database, PERIODS)
        after = planned(day)
        went |= {
            code: (before[code], now_due[code], done[code], after[code])
            for code, own_day in PAST_AFTER.items()
            if own_day == day
        }
    assert went == dict.fromkeys(PAST_AFTER, (0, 1, 1, 0))


def test_what_has_lain_in_the_bin_for_its_period_is_nowhere_and_cannot_come_back(
    database: Database, people: People
) -> None:
    with moved_to(BEGIN), database.unit() as session:
        meeting = add_meeting_row(session, key="papirkurv")
        item = add_item_row(session, meeting, title="Hemmeligt punkt")
        remove_item(session, people.staff, item.id)
        laid_id = session.scalars(select(LaidAside.id).where(LaidAside.title == "Hemmeligt punkt")).one()
        deck = add_read_deck(session, meeting, title="Fjernet oplæg")
        revision_id = session.scalars(select(DeckRevision.id).where(DeckRevision.deck_id == deck.id)).one()
        folder = folder_of(session.get_one(DeckRevision, revision_id).file_key)
        withdraw_deck(session, people.staff, deck.id, "Forkert fil")
    for days, is_there in ((30, True), (31, False)):
        with moved_to(BEGIN + timedelta(days=days)):
            forget_what_is_past(database, PERIODS)
        with database.unit() as session:
            assert (session.get(LaidAside, laid_id) is not None) is is_there
            pages = select(SlidePage.id).where(SlidePage.revision_id == revision_id).order_by(SlidePage.id)
            assert bool(session.scalars(pages).all()) is is_there
            going = session.scalar(text("select string_agg(args::text, ' ') from procrastinate_jobs")) or ""
            assert (folder in going) is not is_there
    with database.unit() as session:
        with pytest.raises(NotFound):
            put_back(session, people.staff, laid_id)
        with pytest.raises(Refused) as refused:
            put_back_deck(session, people.staff, deck.id)
        assert refused.value.code == "bin_emptied"
        # That it was withdrawn, by whom and why, is the record of the meeting.
        assert session.get_one(Deck, deck.id).withdrawn_why == "Forkert fil"


def test_a_letter_that_nobody_sends_goes_too_and_one_with_an_hour_waits(
    database: Database, people: People
) -> None:
    with database.unit() as session:
        session.execute(update(Letter).values(done_at=None))
        session.execute(update(Batch).values(status="planned", created_at=BEGIN))
    with moved_to(BEGIN + timedelta(days=91)):
        assert forget_what_is_past(database, PERIODS)["letters"] == 0
        with database.unit() as session:
            session.execute(update(Batch).values(status="waiting"))
        assert forget_what_is_past(database, PERIODS)["letters"] == 1


def test_what_is_past_is_gone_or_empty(database: Database, people: People) -> None:
    with moved_to(BEGIN + timedelta(days=max(PAST_AFTER.values()))):
        forget_what_is_past(database, PERIODS)
    with database.unit() as session:
        for rule in (rule for rule in RULES if rule.code in PAST_AFTER):
            table = table_named(rule.table)
            # A deck that stands is never due.
            is_due = table.c.withdrawn_at.is_not(None) if rule.table == "deck" else true()
            rows = session.execute(select(table).where(is_due)).mappings().all()
            if rule.values:
                left = [{name: row[name] for name in rule.values} for row in rows]
                assert left == [rule.values] * max(1, len(rows)), rule.code
            else:
                assert [row for row in rows if MARK in str(row)] == [], rule.code


def test_every_rule_but_those_of_others_is_tried_above() -> None:
    # An identity without an account, and tokens of a provider, belong to nobody who is planted.
    assert {rule.code for rule in RULES} - set(PAST_AFTER) == {"identities", "spent_tokens"}


def test_every_period_of_the_register_has_a_rule_and_every_rule_a_period() -> None:
    promised = {(holding.table, holding.period) for holding in REGISTER if holding.period is not None}
    kept = {(rule.table, rule.period) for rule in ALL_RULES}
    assert promised - kept == set()
    # Of a withdrawn deck the files go; that it was withdrawn stays.
    beside = {
        "spent_logout_token", "user_account", "audit_entry", "contribution", "evaluation_remark", "deck",
    }  # fmt: skip
    assert {table for table, _ in kept - promised} == beside


def test_a_second_run_finds_nothing_left(database: Database, people: People) -> None:
    with moved_to(BEGIN + timedelta(days=100)):
        first = forget_what_is_past(database, PERIODS, batch=1)
        second = forget_what_is_past(database, PERIODS, batch=1)
    assert sum(first.values()) > 8
    assert set(second.values()) == {0}


def test_many_rows_go_in_batches(database: Database, people: People) -> None:
    with moved_to(BEGIN), database.unit() as session:
        for number in range(25):
            session.add(
                Mail(
                    recipient=f"{number}@x.example", subject="", text="", message_id=str(number),
                    created_at=now(), is_secret=False,
                )
            )  # fmt: skip
    with moved_to(BEGIN + timedelta(days=91)):
        assert forget_what_is_past(database, PERIODS, batch=10)["mails"] == 26
    with database.unit() as session:
        assert rows_in(session, "mail") == 0


def test_the_dry_run_says_what_the_run_then_does_and_changes_nothing(
    database: Database, people: People
) -> None:
    with moved_to(BEGIN + timedelta(days=100)):
        with database.unit() as session:
            planned = {one.code: one.rows for one in forecast_all(session, PERIODS)}
            again = {one.code: one.rows for one in forecast_all(session, PERIODS)}
            needs = forecast_all(session, PERIODS)[0]
        assert planned == again
        assert needs == Forecast("needs", 14, 1, date(2027, 3, 1))
        assert forget_what_is_past(database, PERIODS) == planned


def test_the_oldest_of_the_dry_run_stands_under_its_danish_day(database: Database) -> None:
    with moved_to(datetime(2027, 3, 17, 0, 30, tzinfo=COPENHAGEN)), database.unit() as session:
        mail = Mail(recipient="x@x.example", subject="", text="", message_id="1", is_secret=False)
        mail.created_at = now()
        session.add(mail)
    with moved_to(datetime(2028, 3, 17, tzinfo=UTC)), database.unit() as session:
        oldest = {one.code: one.oldest for one in forecast_all(session, PERIODS)}
    assert oldest["mails"] == date(2027, 3, 17)


def test_each_run_is_kept_with_its_numbers(tools: Tools, people: People) -> None:
    with moved_to(BEGIN + timedelta(days=100)):
        forget(tools)
        with tools.database.unit() as session:
            runs = list_runs(session)
    assert [(run.began_at, run.ended_at) for run in runs] == [(BEGIN + timedelta(days=100),) * 2]
    assert runs[0].counts["needs"] == 1 and runs[0].counts["mails"] == 1


@pytest.fixture
def tools(database: Database) -> Tools:
    return Tools(database, None, None)  # type: ignore[arg-type]


def test_the_file_of_a_copy_goes_with_its_row(database: Database, people: People) -> None:
    with moved_to(BEGIN + timedelta(days=8)):
        forget_what_is_past(database, PERIODS)
    with database.unit() as session:
        jobs = session.execute(text("select task_name, args from procrastinate_jobs")).all()
    assert [tuple(job) for job in jobs if job.task_name == "privacy.remove_file"] == [
        ("privacy.remove_file", {"file_key": "copies/0.zip"})
    ]


def test_an_unused_account_is_warned_and_then_erased(database: Database, people: People) -> None:
    vendor = people.vendor.user_id
    warned_on = BEGIN + timedelta(days=701)

    def name_after(moment: datetime) -> tuple[str, bool]:
        with moved_to(moment):
            forget_what_is_past(database, PERIODS)
        with database.unit() as session:
            user = session.get_one(User, vendor)
            return user.name, user.warned_at is not None

    assert name_after(BEGIN + timedelta(days=700)) == ("Kanarie verasen", False)
    assert name_after(warned_on) == ("Kanarie verasen", True)
    assert name_after(warned_on + timedelta(days=30)) == ("Kanarie verasen", True)
    assert name_after(warned_on + timedelta(days=31)) == ("", False)
    with database.unit() as session:
        # The last admin of an organiser stays, and is named in the log.
        assert session.get_one(User, people.admin.user_id).name == "Alma Admin"


def test_whoever_signs_in_after_the_warning_stays(database: Database, people: People) -> None:
    with moved_to(BEGIN + timedelta(days=701)):
        forget_what_is_past(database, PERIODS)
    with moved_to(BEGIN + timedelta(days=710)), database.unit() as session:
        open_session(session, people.vendor.user_id or 0)
    with moved_to(BEGIN + timedelta(days=800)):
        forget_what_is_past(database, PERIODS)
    with database.unit() as session:
        user = session.get_one(User, people.vendor.user_id)
        assert (user.name, user.warned_at) == ("Kanarie verasen", None)


def test_an_account_whose_key_is_in_use_is_used(database: Database, people: People) -> None:
    keys = table_named("api_token")
    with database.unit() as session:
        session.execute(
            update(keys).values(
                created_at=BEGIN + timedelta(days=500),
                last_used_at=BEGIN + timedelta(days=600),
                expires_at=BEGIN + timedelta(days=800),
                ended_at=None,
            )
        )
    with moved_to(BEGIN + timedelta(days=760)):
        forget_what_is_past(database, PERIODS)
    with database.unit() as session:
        assert session.get_one(User, people.vendor.user_id).warned_at is None
        assert session.get_one(User, people.rival.user_id).warned_at is not None


def test_an_example_of_the_demo_is_never_unused(database: Database, people: People) -> None:
    with database.unit() as session:
        session.execute(update(User).where(User.id == people.rival.user_id).values(is_example=True))
    with moved_to(BEGIN + timedelta(days=800)):
        forget_what_is_past(database, PERIODS)
    with database.unit() as session:
        assert session.get_one(User, people.rival.user_id).warned_at is None


def test_the_log_is_shortened_by_its_own_two_periods(database: Database, people: People) -> None:
    """By the real clock: the function of the database refuses to forget the last year."""
    ages = {"old": 1900, "without_address": 200, "new": 1}
    with database.unit() as session:
        for verb, days in ages.items():
            session.execute(
                text(
                    "insert into audit_entry (at, verb, thing, user_name, client)"
                    " values (now() - make_interval(days => :days), :verb, 'x', 'N', '10.0.0.1')"
                ),
                {"days": days, "verb": verb},
            )
        planned = {one.code: one.rows for one in forecast_all(session, PERIODS)}
    counts = forget_what_is_past(database, PERIODS)
    assert {rule.code: counts[rule.code] for rule in LOG_RULES} == {"log": 1, "log_addresses": 2}
    assert {rule.code: planned[rule.code] for rule in LOG_RULES} == {"log": 1, "log_addresses": 2}
    with database.unit() as session:
        left = session.execute(
            text("select verb, client from audit_entry where thing = 'x' order by at")
        ).all()
    assert [tuple(row) for row in left] == [("without_address", ""), ("new", "10.0.0.1")]


def test_a_run_that_was_stopped_leaves_an_open_row(database: Database, people: People) -> None:
    broken = Periods(mails="x")  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        forget_what_is_past(database, broken)
    with database.unit() as session:
        run = session.scalars(select(PrivacyRun)).one()
        assert run.ended_at is None and "needs" in run.counts and "mails" not in run.counts


def test_settings_give_every_period() -> None:
    settings = Settings(keep_needs=5, keep_mails=60)
    expected = {field.name: getattr(Periods(), field.name) for field in fields(Periods)}
    assert make_periods(settings) == Periods(**expected | {"needs": 5, "mails": 60})
