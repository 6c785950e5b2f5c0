"""Looking after contributions: claiming, sorting many with undo, notes, the inbox, and asking for more."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from app.core.asking import read
from app.core.audit import AuditEntry
from app.core.clock import moved_to, today
from app.core.database import Database
from app.core.policy import Actor, NotAllowed, Refused
from app.domain.answering.cases import add_note, claim, hand_over, release, remove_note
from app.domain.answering.clock import notice_late
from app.domain.answering.inbox import (
    InboxFilters,
    count_inbox,
    list_colleagues,
    list_inbox,
    list_inbox_choices,
    list_notes,
)
from app.domain.answering.models import Case, Pause
from app.domain.answering.pausing import ask_for_more, end_expired, exchange_of, reply, take_question_back
from app.domain.answering.policy import may_read_exchange, moved_by_pause
from app.domain.answering.publishing import publish_answer
from app.domain.answering.schemas import MoreInput, NoteInput, ReplyInput, SortInput
from app.domain.answering.sorting import sort_many, undo_sorting
from app.domain.commitments.schemas import CommitmentEdit
from app.domain.commitments.service import edit
from app.domain.contributions.gathering import gather, split
from app.domain.contributions.models import Contribution, ContributionTheme
from app.domain.strategies.crosswalk import link_themes
from app.domain.strategies.schemas import ThemeLinkInput
from app.domain.users.models import Membership
from tests.answered import add_colleague, add_draft_answer, add_prepared_answer
from tests.people import People, add_people
from tests.promised import PROMISE, add_commitment
from tests.said import add_card_row, add_meeting_row, add_theme_rows, add_wish, put_said

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def noon() -> Iterator[None]:
    with moved_to(NOON):
        yield


def ask(session: Session, actor: Actor, said: Contribution, days: int = 10) -> Pause:
    given = MoreInput(question="Hvilken kommune?", reply_by=today() + timedelta(days=days))
    return ask_for_more(session, actor, said.id, given)


# --- claiming


def test_two_cannot_look_after_the_same_and_the_second_is_told_who_does(
    session: Session, people: People
) -> None:
    wish, other = add_wish(session, people.vendor), add_colleague(session, people.staff)
    claim(session, people.staff, wish.id)
    with pytest.raises(Refused) as refusal:
        claim(session, other, wish.id)
    assert (refusal.value.code, refusal.value.values) == ("claimed", {"who": "Stine Stab"})
    release(session, people.staff, wish.id)
    assert claim(session, other, wish.id).owner_id == other.user_id


def test_of_two_who_take_the_same_at_the_same_moment_one_has_it(
    clone: Callable[[str], Database], empty_template: str
) -> None:
    database = clone(empty_template)
    with database.unit() as session:
        people = add_people(session)
        both = (people.staff, people.admin)
        wish_id = add_wish(session, people.vendor).id
    together = Barrier(2)

    def take(actor: Actor) -> str:
        with database.unit() as session:
            together.wait(10)
            try:
                claim(session, actor, wish_id)
            except Refused as refusal:
                return str(refusal.values["who"])
            return "taken"

    with ThreadPoolExecutor(2) as pool:
        said = list(pool.map(take, both))
    assert sorted(said) in (["Alma Admin", "taken"], ["Stine Stab", "taken"])
    with database.unit() as session:
        assert session.get_one(Case, wish_id).owner_id == both[said.index("taken")].user_id


def test_who_is_on_the_staff_no_more_looks_after_nothing(session: Session, people: People) -> None:
    wish, other = add_wish(session, people.vendor), add_colleague(session, people.staff)
    claim(session, other, wish.id)
    session.get_one(Membership, other.membership_id).ended_at = NOON
    session.flush()
    assert count_inbox(session, people.staff)["no_owner"] == 1
    assert claim(session, people.staff, wish.id).owner_id == people.staff.user_id


def test_handing_over_goes_to_colleagues_alone_and_from_others_only_by_an_admin(
    session: Session, people: People
) -> None:
    wish, other = add_wish(session, people.vendor), add_colleague(session, people.staff)
    claim(session, people.staff, wish.id)
    assert people.vendor.user_id and other.user_id and people.staff.user_id
    with pytest.raises(Refused, match="not_on_staff"):
        hand_over(session, people.staff, wish.id, people.vendor.user_id)
    hand_over(session, people.staff, wish.id, other.user_id)
    with pytest.raises(Refused, match="claimed"):
        hand_over(session, people.staff, wish.id, people.staff.user_id)
    assert hand_over(session, people.admin, wish.id, people.staff.user_id).owner_id == people.staff.user_id
    assert [name for _, name in list_colleagues(session, people.staff)] == [
        "Alma Admin",
        "Kaj Kollega",
        "Stine Stab",
    ]


def test_nobody_but_staff_looks_after_anything(session: Session, people: People) -> None:
    wish = add_wish(session, people.vendor)
    for name, actor in people.all().items():
        if actor.is_staff:
            continue
        for attempt in (
            lambda actor=actor: claim(session, actor, wish.id),
            lambda actor=actor: add_note(session, actor, wish.id, NoteInput(text="Ord")),
            lambda actor=actor: list_notes(session, actor, wish.id),
            lambda actor=actor: count_inbox(session, actor),
            lambda actor=actor: list_inbox(session, actor, InboxFilters()),
            lambda actor=actor: ask(session, actor, wish),
            lambda actor=actor: sort_many(session, actor, SortInput(contribution_ids=[wish.id], owner="me")),
        ):
            with pytest.raises(NotAllowed):
                attempt()
                pytest.fail(name)


def test_a_note_is_its_writers_to_take_away_and_its_words_are_not_in_the_log(
    session: Session, people: People
) -> None:
    wish, other = add_wish(session, people.vendor), add_colleague(session, people.staff)
    note = add_note(session, people.staff, wish.id, NoteInput(text="Spørg juristen"))
    assert [(n.text, n.written_by) for n in list_notes(session, other, wish.id)] == [
        ("Spørg juristen", "Stine Stab")
    ]
    with pytest.raises(NotAllowed):
        remove_note(session, other, note.id)
    remove_note(session, people.staff, note.id)
    assert list_notes(session, other, wish.id) == []
    assert not any("juristen" in str(e.after) for e in session.scalars(select(AuditEntry)))


# --- sorting many


def stands(session: Session, *rows: Contribution) -> list[tuple[object, ...]]:
    session.flush()
    session.expire_all()
    found = []
    for row in rows:
        case = session.get(Case, row.id)
        themes = session.scalars(
            select(ContributionTheme.theme_id).where(ContributionTheme.contribution_id == row.id)
        )
        owned = (case.owner_id, case.organisation_id) if case else (None, None)
        found.append((row.status, row.answer_by, *owned, sorted(themes)))
    return found


def test_many_are_sorted_at_once_and_all_of_it_is_undone(session: Session, people: People) -> None:
    wishes = [add_wish(session, people.vendor, f"Ønske {n}", body=f"Ord {n}") for n in range(3)]
    (theme,) = add_theme_rows(session, "Klima")
    before = stands(session, *wishes)
    day = today() + timedelta(days=20)
    given = SortInput(
        contribution_ids=[wish.id for wish in wishes],
        owner="me",
        organisation_id=people.staff.organisation_id,
        status="triage",
        answer_by=day,
        theme_ids=[theme.id],
    )
    sort_many(session, people.staff, given)
    wanted = ("triage", day, people.staff.user_id, people.staff.organisation_id, [theme.id])
    assert stands(session, *wishes) == [wanted] * 3
    assert undo_sorting(session, people.staff) is not None
    assert stands(session, *wishes) == before
    assert undo_sorting(session, people.staff) is None


def test_undoing_leaves_what_others_changed_meanwhile(session: Session, people: People) -> None:
    one, two = (add_wish(session, people.vendor, f"Ønske {n}", body=f"Ord {n}") for n in range(2))
    sort_many(session, people.staff, SortInput(contribution_ids=[one.id, two.id], status="triage"))
    sort_many(session, people.admin, SortInput(contribution_ids=[two.id], status="under_review"))
    undo_sorting(session, people.staff)
    assert [row[0] for row in stands(session, one, two)] == ["received", "under_review"]


def test_sorting_takes_nothing_from_others_and_touches_no_answer(session: Session, people: People) -> None:
    theirs, answered = add_wish(session, people.vendor), add_wish(session, people.rival, body="Andre ord")
    claim(session, add_colleague(session, people.staff), theirs.id)
    answered.status = "answered"
    given = SortInput(contribution_ids=[theirs.id, answered.id], owner="me", status="triage")
    sorting = sort_many(session, people.staff, given)
    assert sorting.kept == {theirs.id: "Kaj Kollega"}
    assert [row[0] for row in stands(session, theirs, answered)] == ["triage", "answered"]
    assert session.get_one(Case, answered.id).owner_id == people.staff.user_id


@pytest.mark.parametrize(
    ("given", "code"),
    [({"answer_by": date(2020, 1, 1)}, "answer_by_past"), ({"organisation_id": 987654}, "unknown_organi")],
)
def test_what_cannot_be_is_refused(session: Session, people: People, given: dict, code: str) -> None:  # type: ignore[type-arg]
    wish = add_wish(session, people.vendor)
    with pytest.raises(Refused, match=code):
        sort_many(session, people.staff, SortInput(contribution_ids=[wish.id], **given))


# --- the inbox


def test_each_lies_in_its_drawers_and_what_is_answered_in_none(
    session: Session, people: People, noon: None
) -> None:
    (theme,) = add_theme_rows(session, "Klima")
    late = put_said(session, "sent", answer_by=date(2026, 11, 20), theme_ids=[theme.id])
    claim(session, people.staff, late.id)
    asked = add_wish(session, people.vendor)
    ask(session, people.staff, asked)
    begun = add_wish(session, people.rival, body="Et udkast")
    add_draft_answer(session, people.admin, [begun.id])
    ready = add_wish(session, people.rival, body="Et færdigt")
    add_prepared_answer(session, people.admin, [ready.id])
    put_said(session, "done", status="answered")
    add_card_row(session, people.staff, add_meeting_row(session), "Ikke udgivet")
    assert count_inbox(session, people.staff) == {
        "open": 4,
        "no_theme": 3,
        "no_owner": 1,
        "no_answer": 4,
        "late": 1,
        "asked": 1,
        "objected": 0,
        "mine": 1,
        "begun": 1,
        "ready": 1,
    }
    rows = list_inbox(session, people.staff, InboxFilters()).rows
    assert [row.said.id for row in rows] == [late.id, begun.id, ready.id, asked.id]
    assert [(row.owner, row.reply_by, row.is_ready) for row in rows] == [
        ("Stine Stab", None, False),
        ("Alma Admin", None, False),
        ("Alma Admin", None, True),
        ("", date(2026, 12, 1), False),
    ]
    for drawer, n in count_inbox(session, people.staff).items():
        assert list_inbox(session, people.staff, InboxFilters(drawer=drawer)).total == n, drawer  # type: ignore[arg-type]
    mine = people.staff.user_id
    narrow = InboxFilters(theme="strategi-2026/klima", owner_id=mine, kind="wish", q="klar retning")
    assert [row.said.id for row in list_inbox(session, people.staff, narrow).rows] == [late.id]


def test_the_inbox_asks_the_same_few_questions_however_much_lies_in_it(
    session: Session, people: People
) -> None:
    def count() -> int:
        asked: list[str] = []
        bind = session.connection()
        note = lambda *args: asked.append(args[2])  # noqa: E731
        event.listen(bind, "before_cursor_execute", note)
        list_inbox(session, people.staff, InboxFilters())
        count_inbox(session, people.staff)
        event.remove(bind, "before_cursor_execute", note)
        return len(asked)

    put_said(session, "one")
    assert count() == 3
    for n in range(29):
        put_said(session, f"more-{n}")
    assert count() == 3


def test_menus_count_what_each_choice_leads_to_the_other_filters_kept(
    session: Session, people: People
) -> None:
    meeting, (old, new) = add_meeting_row(session, "7"), add_theme_rows(session, "gammelt", "nyt")
    link = {"kind": "same", "from_theme_id": old.id, "to_theme_id": new.id, "note": "Det samme."}
    link_themes(session, people.staff, ThemeLinkInput.model_validate(link | {"source_urls": []}))
    there = put_said(session, "a", meeting_id=meeting.id, theme_ids=[old.id, new.id])
    put_said(session, "b", theme_ids=[old.id])
    put_said(session, "c", kind="question", title="Hvornår?")
    claim(session, people.staff, there.id)
    staff_id = str(people.staff.user_id)

    def menus(**given: Any) -> dict[str, list[tuple[str, int]]]:
        found = list_inbox_choices(session, people.staff, InboxFilters(**given))
        return {facet: [(one.value, one.count) for one in menu.choices] for facet, menu in found.items()}

    themes = [("strategi-2026/gammelt", 2), ("strategi-2026/nyt", 2)]
    kinds = [("question", 1), ("wish", 2)]
    assert menus() == {"kind": kinds, "meeting": [("7", 1)], "theme": themes, "owner": [(staff_id, 1)]}
    of_old = menus(theme="strategi-2026/gammelt", kind="wish")
    assert (of_old["kind"], of_old["theme"]) == ([("wish", 2)], themes)
    assert menus(owner_id=people.staff.user_id)["kind"] == [("wish", 1)]


def test_a_menu_holds_so_many_choices_and_what_is_chosen_and_tells_how_many_it_leaves_out(
    session: Session, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.domain.answering.inbox.MOST_CHOICES", 1)
    for number, (key, many) in enumerate((("1", 1), ("2", 2), ("3", 1))):
        meeting = add_meeting_row(session, key)
        for place in range(many):
            put_said(session, f"{number}-{place}", meeting_id=meeting.id)

    def of_meetings(chosen: str | None) -> tuple[list[str], int]:
        menu = list_inbox_choices(session, people.staff, InboxFilters(meeting=chosen))["meeting"]
        return [one.value for one in menu.choices], menu.unlisted

    assert of_meetings(None) == (["2"], 2)
    assert of_meetings("3") == (["2", "3"], 1)


# --- asking for more


def test_asking_for_more_stops_the_clock_and_the_reply_starts_it_where_it_stood(
    session: Session, people: People, noon: None
) -> None:
    wish = add_wish(session, people.vendor)
    due = wish.answer_by
    assert due == date(2027, 2, 19)
    ask(session, people.staff, wish, days=10)
    assert (wish.status, wish.answer_by) == ("needs_info", due + timedelta(days=10))
    with moved_to(NOON + timedelta(days=4)):
        reply(session, people.vendor, wish.id, ReplyInput(text="Det gælder alle."))
    assert (wish.status, wish.answer_by) == ("received", due + timedelta(days=4))
    assert [(p.ended_as, p.reply) for p in read(session, exchange_of(wish.id))] == [
        ("reply", "Det gælder alle.")
    ]
    with pytest.raises(Refused, match="not_asked"):
        reply(session, people.vendor, wish.id, ReplyInput(text="Og mere."))


def test_without_a_reply_the_clock_goes_on_by_itself_the_day_after(
    session: Session, people: People, noon: None
) -> None:
    wish = add_wish(session, people.vendor)
    due = wish.answer_by
    assert due is not None
    ask(session, people.staff, wish, days=10)
    with moved_to(NOON + timedelta(days=10)):
        assert end_expired(session) == 0
    with moved_to(NOON + timedelta(days=11)):
        assert (end_expired(session), end_expired(session)) == (1, 0)
    assert (wish.status, wish.answer_by) == ("received", due + timedelta(days=10))


@pytest.mark.parametrize("is_replied", [True, False])
def test_what_is_gathered_while_it_waits_for_the_asker_waits_no_more_once_that_is_over(
    session: Session, people: People, noon: None, is_replied: bool
) -> None:
    lead, wish = add_wish(session, people.rival, "Først", body="Først"), add_wish(session, people.vendor)
    ask(session, people.staff, wish, days=10)
    gather(session, people.staff, lead.id, [wish.id])
    if is_replied:
        reply(session, people.vendor, wish.id, ReplyInput(text="Det gælder alle."))
    with moved_to(NOON + timedelta(days=11)):
        assert (end_expired(session), wish.status) == (0 if is_replied else 1, "gathered")
        split(session, people.staff, lead.id, [wish.id])
    assert wish.status == "received"


def test_what_is_answered_while_it_is_gathered_is_answered_when_it_is_taken_out(
    session: Session, people: People
) -> None:
    lead, wish = add_wish(session, people.rival, "Først", body="Først"), add_wish(session, people.vendor)
    answer = add_prepared_answer(session, people.staff, [wish.id])
    ask(session, people.staff, wish, days=10)
    gather(session, people.staff, lead.id, [wish.id])
    publish_answer(session, people.staff, answer.id, answer.version)
    assert wish.status == "gathered"
    split(session, people.staff, lead.id, [wish.id])
    assert wish.status == "answered"


def test_what_is_promised_while_it_waits_for_the_asker_goes_back_to_where_it_was_before(
    session: Session, people: People, noon: None
) -> None:
    wish = add_wish(session, people.vendor)
    ask(session, people.staff, wish, days=10)
    promise = add_commitment(session, people.staff, contribution_ids=[wish.id])
    with moved_to(NOON + timedelta(days=11)):
        assert (end_expired(session), wish.status) == (1, "planned")
        given = PROMISE | {"organisation_id": promise.organisation_id, "version": promise.version}
        edit(session, people.staff, promise.id, CommitmentEdit.model_validate(given | {"reason": "Fejl"}))
    assert wish.status == "received"


def test_nothing_that_waits_for_the_asker_is_late(session: Session, people: People, noon: None) -> None:
    wish = put_said(
        session, "late", answer_by=date(2026, 11, 10), on_behalf_of_id=people.vendor.organisation_id
    )
    ask(session, people.staff, wish, days=10)
    with moved_to(NOON + timedelta(days=10)):
        assert notice_late(session) == []
    with moved_to(NOON + timedelta(days=11)):
        assert notice_late(session) == [wish.id]


def test_taking_the_question_back_starts_the_clock_too_and_leaves_a_day_that_staff_set_meanwhile(
    session: Session, people: People, noon: None
) -> None:
    wish = add_wish(session, people.vendor)
    ask(session, people.staff, wish)
    wish.answer_by = date(2026, 12, 24)
    take_question_back(session, people.staff, wish.id)
    assert (wish.status, wish.answer_by) == ("received", date(2026, 12, 24))


def test_question_and_reply_are_between_the_asker_and_staff(session: Session, people: People) -> None:
    wish = add_wish(session, people.vendor)
    ask(session, people.staff, wish)
    may_read = {name for name, actor in people.all().items() if may_read_exchange(actor, wish)}
    assert may_read == {"vendor", "staff", "admin"}
    with pytest.raises(NotAllowed):
        reply(session, people.rival, wish.id, ReplyInput(text="Jeg svarer for dem"))


@pytest.mark.parametrize(("days", "code"), [(0, "reply_by_past"), (61, "reply_by_too_late")])
def test_a_day_for_the_reply_is_ahead_and_within_two_months(
    session: Session, people: People, days: int, code: str
) -> None:
    with pytest.raises(Refused, match=code):
        ask(session, people.staff, add_wish(session, people.vendor), days)


def test_the_clock_does_not_wait_for_nobody_or_twice(session: Session, people: People) -> None:
    with pytest.raises(Refused, match="nobody_to_ask"):
        ask(session, people.staff, put_said(session, "aloud"))
    wish = add_wish(session, people.vendor)
    ask(session, people.staff, wish)
    with pytest.raises(Refused, match="asked_already"):
        ask(session, people.staff, wish)


@pytest.mark.parametrize(
    ("answer_by", "ends_on", "moved"),
    [
        (date(2026, 12, 10), date(2026, 11, 30), date(2026, 12, 20)),
        (date(2026, 11, 1), date(2026, 11, 30), date(2026, 11, 30)),
        (None, date(2026, 11, 30), None),
    ],
)
def test_what_a_pause_makes_of_the_day(answer_by: date | None, ends_on: date, moved: date | None) -> None:
    assert moved_by_pause(answer_by, date(2026, 11, 20), ends_on) == moved
