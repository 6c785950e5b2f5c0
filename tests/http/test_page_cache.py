"""Kept pages: whatever is written, by whomever and however, the very next request sees it."""

import re
from collections import deque
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from pydantic import SecretStr
from sqlalchemy import func, select, text

from app.core import backups, clock
from app.core.database import Database
from app.core.jobs import Tools, defer, job
from app.core.keeping import Making
from app.core.page_changes import NOT_WATCHED, NOT_WATCHED_PREFIX, READ_VERSION, list_unwatched
from app.core.policy import SYSTEM
from app.domain.meetings.models import Correction, Meeting
from app.domain.meetings.schemas import MeetingInput
from app.domain.meetings.service import add_meeting, publish_meeting, withdraw_meeting
from app.http.page_cache import Kept, PageShelf, ends_at
from app.main import index_routes
from tests.site import Site

# In the middle of a minute in the middle of a day.
NOON = datetime(2026, 11, 24, 11, 0, 5, tzinfo=UTC)
MIDNIGHT = datetime(2026, 11, 24, 23, 0, tzinfo=UTC)
TITLE = "Planteret titel"


@pytest.fixture(autouse=True)
def _at_noon() -> Iterator[None]:
    with clock.moved_to(NOON):
        yield


@job("test.retitle")
def retitle(tools: Tools, title: str) -> None:
    with tools.database.unit() as session:
        session.execute(text("update meeting set title = :title"), {"title": title})


def meet(site: Site, is_public: bool = True) -> int:
    with site.unit() as session:
        meeting = add_meeting(session, SYSTEM, MeetingInput(title=TITLE, held_on=date(2027, 3, 18)))
        if is_public:
            publish_meeting(session, SYSTEM, meeting.id)
        return meeting.id


def fill(site: Site, path: str = "/moeder") -> str:
    """The page as a stranger has it, twice: the second time it was kept."""
    site.browser().get(path)
    hits = site.app.state.page_shelf.hits
    page = site.browser().get(path)
    assert (page.status_code, site.app.state.page_shelf.hits) == (200, hits + 1)
    return str(page.text)


def address(site: Site, meeting_id: int) -> str:
    with site.unit() as session:
        return f"/moeder/{session.scalars(select(Meeting.key).where(Meeting.id == meeting_id)).one()}"


def read_version(database: Database) -> str:
    with database.engine.connect() as connection:
        return str(connection.scalar(text(READ_VERSION)))


def test_every_table_is_watched_or_named_with_those_that_no_page_reads(empty_database: Database) -> None:
    with empty_database.engine.connect() as connection:
        assert list_unwatched(connection) == []
        names = set(connection.scalars(text("select relname from pg_stat_user_tables order by relname")))
    assert names >= NOT_WATCHED


def test_a_page_that_nobody_wrote_in_is_given_again_as_it_was(site: Site) -> None:
    meet(site)
    first = site.browser().get("/moeder")
    site.statements.clear()
    again = site.browser().get("/moeder")
    assert (again.text, site.statements) == (first.text, [])
    same = ("content-type", "content-encoding", "etag", "cache-control", "vary", "content-security-policy")
    assert [again.headers[name] for name in same] == [first.headers[name] for name in same]
    assert again.headers["x-request-id"] != first.headers["x-request-id"]
    unchanged = site.browser().get("/moeder", headers={"If-None-Match": first.headers["etag"]})
    assert (unchanged.status_code, unchanged.text) == (304, "")
    assert site.browser().get("/moeder", headers={"If-None-Match": '"other"'}).text == first.text


def test_a_browser_that_has_the_page_gets_304_also_where_it_is_made_anew(site: Site) -> None:
    meet(site)
    etag = site.browser().get("/moeder").headers["etag"]
    site.app.state.page_shelf.clear()
    assert site.browser().get("/moeder", headers={"If-None-Match": etag}).status_code == 304
    assert site.browser().get("/moeder").text.count(TITLE) > 0


def test_an_unchanged_page_for_frames_may_still_be_framed(site: Site) -> None:
    meet(site)
    first = site.browser().get("/indlejr/naeste-moede")
    for _ in range(2):
        same = site.browser().get("/indlejr/naeste-moede", headers={"If-None-Match": first.headers["etag"]})
        assert (same.status_code, "x-frame-options" in same.headers) == (304, False)
        assert same.headers["content-security-policy"] == first.headers["content-security-policy"]
        site.app.state.page_shelf.clear()


def test_what_is_hidden_shown_and_hidden_again_is_seen_at_once_by_strangers_in_two_processes(
    site: Site,
) -> None:
    other = Site(site.settings, site.tools)
    other._people = site.people
    meeting_id = meet(site, is_public=False)
    for _ in range(3):
        for one in (site, other):
            assert TITLE not in fill(one)
            assert one.browser().get(address(site, meeting_id)).status_code == 404
        with site.unit() as session:
            publish_meeting(session, SYSTEM, meeting_id)
        for one in (site, other):
            assert TITLE in one.browser().get("/moeder").text
            assert TITLE in fill(one)
        with site.unit() as session:
            withdraw_meeting(session, SYSTEM, meeting_id)


def test_a_write_by_a_job_or_by_hand_is_seen_at_once(site: Site) -> None:
    meet(site)
    assert TITLE in fill(site)
    with site.unit() as session:
        defer(session, "test.retitle", title="Fra en opgave")
    site.work()
    assert "Fra en opgave" in site.browser().get("/moeder").text
    assert "Fra en opgave" in fill(site)
    with site.tools.database.engine.begin() as connection:
        connection.exec_driver_sql("update meeting set title = 'Med haanden'")
    assert "Med haanden" in site.browser().get("/moeder").text


@pytest.mark.parametrize(
    ("statement", "is_write"),
    [
        ("update meeting set title = 'Ingen' where id < 0", False),
        ("delete from meeting where id < 0", False),
        ("insert into series (key, name) select 'ny', 'Ny' where false", False),
        ("insert into series select * from series on conflict do nothing", False),
        ("update meeting set title = title", True),
        ("delete from correction", True),
        ("insert into series (key, name) values ('ny', 'Ny')", True),
        ("insert into series select * from series on conflict (id) do update set name = 'B'", True),
        ("with touched as (update meeting set title = 'Ny' returning id) select * from touched", True),
    ],
)
def test_what_touches_a_row_is_a_write_and_what_touches_none_is_not(
    site: Site, statement: str, is_write: bool
) -> None:
    meeting_id = meet(site)
    with site.unit() as session:
        session.add(Correction(meeting_id=meeting_id, key="a", original="Kl. 9"))
    before = read_version(site.tools.database)
    # A connection that wrote in the same tables a moment ago counts that too.
    site.tools.database.engine.dispose()
    with site.tools.database.engine.begin() as connection:
        connection.exec_driver_sql(statement)
    assert (read_version(site.tools.database) != before) == is_write


def test_what_is_rolled_back_or_not_committed_leaves_the_kept_page(site: Site) -> None:
    meet(site)
    fill(site)
    with site.tools.database.engine.connect() as connection:
        connection.exec_driver_sql("update meeting set title = 'Aldrig'")
        assert TITLE in fill(site)
        connection.rollback()
    assert TITLE in fill(site)


def test_what_was_begun_first_and_committed_last_is_a_version_of_its_own(site: Site) -> None:
    meet(site)
    engine = site.tools.database.engine
    seen = [read_version(site.tools.database)]
    with engine.connect() as early, engine.connect() as late:
        early.exec_driver_sql("update meeting set title = 'Tidlig'")
        with late.begin():
            late.exec_driver_sql("insert into series (key, name) values ('sen', 'Sen')")
        seen.append(read_version(site.tools.database))
        early.commit()
    seen.append(read_version(site.tools.database))
    assert len(set(seen)) == 3


def test_no_version_comes_again_while_old_marks_are_taken_away(site: Site) -> None:
    seen = []
    with site.tools.database.engine.connect() as connection:
        # Each turn takes two numbers of marks, one of them for nothing: those that stay are to be even.
        last = 1
        while last % 2:
            connection.exec_driver_sql(f"insert into series (key, name) values ('c{uuid4()}', 'A')")
            connection.commit()
            last = connection.scalar(text("select max(id) from page_change")) or 0
        for number in range(330):
            savepoint = connection.begin_nested()
            connection.exec_driver_sql(f"insert into series (key, name) values ('a{number}', 'A')")
            savepoint.rollback()
            connection.exec_driver_sql(f"insert into series (key, name) values ('b{number}', 'B')")
            connection.exec_driver_sql(f"update series set name = 'C' where key = 'b{number}'")
            connection.commit()
            seen.append(connection.scalar(text(READ_VERSION)))
        # Those that a transaction under way could still need stay: another test's, in the same server, too.
        old = "tx < pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
        left = connection.scalar(text(f"select count(*) from page_change where {old}")) or 0
    assert (len(set(seen)), left < 130) == (330, True)


def test_nothing_of_somebody_signed_in_gets_into_a_kept_page_or_out_of_one(site: Site) -> None:
    draft = meet(site, is_public=False)
    stranger = fill(site)
    shelf = site.app.state.page_shelf
    for who in ("staff", "admin", "vendor"):
        before = (len(shelf), shelf.hits, shelf.misses)
        own = site.browser(who).get("/moeder")
        assert own.headers["cache-control"] == "no-store"
        assert own.text != stranger
        assert (len(shelf), shelf.hits, shelf.misses) == before
    assert TITLE in site.browser("staff").get(address(site, draft)).text
    assert site.browser().get(address(site, draft)).status_code == 404
    assert fill(site) == stranger


@pytest.mark.parametrize("path", ["/log-ind", "/findes-ikke", "/oensker/nyt", "/api/v1/moeder", "/healthz"])
def test_forms_refusals_programs_and_the_state_of_the_house_are_not_kept(site: Site, path: str) -> None:
    meet(site)
    for _ in range(2):
        site.browser().get(path)
    assert len(site.app.state.page_shelf) == 0


@pytest.mark.parametrize(
    "headers",
    [
        {"Cookie": "a=b"},
        {"Authorization": "Bearer x"},
        {"Range": "bytes=0-10"},
        {"HX-Request": "true"},
        {"Accept": "application/json"},
    ],
)
def test_who_asks_for_something_else_than_a_strangers_page_gets_no_kept_one(
    site: Site, headers: dict[str, str]
) -> None:
    meet(site)
    fill(site)
    hits = site.app.state.page_shelf.hits
    site.browser().get("/moeder", headers=headers)
    assert site.app.state.page_shelf.hits == hits


def test_language_packing_and_query_have_pages_of_their_own(site: Site) -> None:
    meet(site)
    found = [
        site.browser().get(path, headers=headers).text
        for path in ("/moeder", "/en/moeder", "/sv/moeder", "/moeder?vis=2027")
        for headers in ({"Accept-Encoding": "gzip"}, {"Accept-Encoding": "identity"})
    ]
    assert len(site.app.state.page_shelf) == 8
    assert [found[2 * n] == found[2 * n + 1] for n in range(4)] == [True] * 4
    assert len({found[0], found[2], found[4]}) == 3


def test_two_wishes_for_packing_leave_nothing_packed_for_who_can_not_open_it(site: Site) -> None:
    meet(site)
    both = [("Accept-Encoding", "gzip"), ("Accept-Encoding", "identity")]
    assert site.browser().get("/moeder", headers=both).headers["content-encoding"] == "gzip"
    assert "content-encoding" not in site.browser().get("/moeder", headers=dict(both)).headers


def test_who_takes_old_marks_away_does_not_hold_up_the_removal_of_files(site: Site) -> None:
    engine = site.tools.database.engine
    with engine.connect() as writer, engine.connect() as other:
        held = text("select count(*) from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()")
        for number in range(101):
            writer.exec_driver_sql(f"insert into series (key, name) values ('c{number}', 'C')")
            if writer.scalar(held):
                break
            writer.commit()
        assert writer.scalar(held) == 1
        assert other.scalar(select(func.pg_try_advisory_xact_lock_shared(backups._REMOVALS))) is True


def test_a_page_that_tells_the_time_is_kept_for_seconds_and_never_into_the_next_minute_or_day() -> None:
    by_moment, by_day = Making(day=True, moment=True), Making(day=True)
    assert ends_at(NOON, by_moment) == NOON + timedelta(seconds=20)
    late = NOON.replace(second=50)
    assert ends_at(late, by_moment) == NOON.replace(minute=1, second=0)
    assert ends_at(NOON, by_day) == MIDNIGHT
    eve = NOON.replace(hour=22, minute=59, second=58)
    assert ends_at(eve, by_moment) == ends_at(eve, by_day) == NOON.replace(hour=23, minute=0, second=0)


def test_when_the_day_or_the_clock_has_moved_the_page_is_made_anew(site: Site) -> None:
    meet(site)
    fill(site)
    shelf = site.app.state.page_shelf
    for moved in (NOON + timedelta(days=1), NOON - timedelta(hours=1)):
        misses = shelf.misses
        with clock.moved_to(moved):
            site.browser().get("/moeder")
        assert shelf.misses == misses + 1


@pytest.mark.parametrize(
    ("asks_the_time", "later", "is_kept"),
    [
        (False, timedelta(seconds=90), True),
        (False, timedelta(hours=11, minutes=59), True),
        (False, timedelta(hours=12), False),
        (True, timedelta(seconds=19), True),
        (True, timedelta(seconds=21), False),
    ],
)
def test_what_the_page_itself_asked_of_the_clock_decides_how_long_it_is_kept(
    site: Site, asks_the_time: bool, later: timedelta, is_kept: bool
) -> None:
    path = address(site, meet(site)) + ("/rapport" if asks_the_time else "")
    fill(site, path)
    hits = site.app.state.page_shelf.hits
    with clock.moved_to(NOON + later):
        assert site.browser().get(path).status_code == 200
    assert site.app.state.page_shelf.hits == hits + is_kept


def test_the_shelf_holds_no_more_than_it_may_and_drops_what_was_longest_unused() -> None:
    shelf = PageShelf(most_bytes=30_000)
    page = Kept("1", NOON, NOON + timedelta(days=1), [], b"", b"x" * 8_000, None)
    keys = [("da", f"/{n}", b"", True, True) for n in range(4)]
    for key in keys[:3]:
        shelf.keep(key, page)
    assert shelf.find(keys[0], "1", NOON) is page
    shelf.keep(keys[3], page)
    assert [shelf.find(key, "1", NOON) is page for key in keys] == [True, False, True, True]
    assert (len(shelf), shelf.bytes) == (3, 30_000)


def test_a_lost_connection_for_versions_is_made_anew_by_the_next_request(site: Site) -> None:
    meet(site)
    fill(site)
    fill(site, "/projekter")
    with site.tools.database.engine.connect() as connection:
        ended = connection.scalar(
            text(
                "select count(pg_terminate_backend(pid)) from pg_stat_activity"
                " where application_name = 'dialogforum pages' and datname = current_database()"
            )
        )
    assert ended == 1
    shelf = site.app.state.page_shelf
    assert TITLE in fill(site)
    # What was kept by the word of the lost one is forgotten: another server may have taken over, with less.
    assert [key[1] for key in shelf._kept] == ["/moeder"]


def test_kept_pages_are_counted_by_their_door(site: Site) -> None:
    meet(site)
    key = "0123456789abcdef"
    measured = Site(site.settings.model_copy(update={"metrics_key": SecretStr(key)}), site.tools)
    measured._people = site.people
    fill(measured)
    figures = measured.browser().get("/metrics", headers={"Authorization": f"Bearer {key}"}).text
    assert 'dialogforum_requests_total{method="GET",route="/moeder",status="2xx"} 2\n' in figures


def test_each_public_page_of_the_archive_is_the_same_kept_as_new_all_day_and_reads_watched_tables_only(
    archive_site: Site,
) -> None:
    shelf = archive_site.app.state.page_shelf
    kept = walk(archive_site)
    of_the_day = {key[1] for key, page in shelf._kept.items() if page.ends_at == MIDNIGHT} & set(kept)
    shelf.clear()
    archive_site.statements.clear()
    assert [path for path in kept if archive_site.browser().get(path).text != kept[path]] == []
    shelf.clear()
    with clock.moved_to(MIDNIGHT - timedelta(minutes=1)):
        late = {path for path in sorted(of_the_day) if archive_site.browser().get(path).text != kept[path]}
    assert (late, len(of_the_day) > 50) == (set(), True)
    read = set(re.findall(r"\b(?:from|join) (\w+)", " ".join(archive_site.statements).lower()))
    assert {name for name in read if name in NOT_WATCHED or name.startswith(NOT_WATCHED_PREFIX)} == set()
    assert {"meeting", "contribution", "commitment"} <= read
    assert len(kept) > 50


def walk(site: Site) -> dict[str, str]:
    """The pages that links lead a stranger to and that are kept, one of each door."""
    index, shelf = index_routes(), site.app.state.page_shelf
    waiting, doors, kept = deque(["/"]), set[str](), dict[str, str]()
    while waiting:
        path = waiting.popleft()
        page = site.browser().get(path)
        if page.status_code != 200 or not page.headers["content-type"].startswith("text/html"):
            continue
        hits = shelf.hits
        again = site.browser().get(path)
        if shelf.hits > hits:
            kept[path] = again.text
        for link in re.findall(r'href="(/[^"#?.]*)"', page.text):
            scope = {"type": "http", "method": "GET", "path": link, "root_path": ""}
            door = getattr(index.matches(scope)[1].get("route"), "path", "")
            if door and door not in doors:
                doors.add(door)
                waiting.append(link)
    return kept
