"""What says the same hangs under a lead: every word stays, each reads what they may, undoing is exact."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import event, select, text
from sqlalchemy.orm import Session

from app.core.audit import AuditEntry
from app.core.clock import now
from app.core.events import forget_reactions, react
from app.core.policy import SYSTEM, NotAllowed, NotFound, Refused
from app.domain.contributions.blacking_out import black_out, show_words
from app.domain.contributions.events import ContributionsGathered
from app.domain.contributions.gathered import find_leads, lead_or_self
from app.domain.contributions.gathering import (
    change_lead,
    cite_page,
    gather,
    name_gathering,
    put_gathering,
    split,
    undo_gathering,
)
from app.domain.contributions.gathering_models import Gathered, Gathering
from app.domain.contributions.models import Answer, AnswerContribution, Contribution
from app.domain.contributions.schemas import GatheringInput
from app.domain.contributions.service import restore, withdraw
from app.domain.contributions.sightings import (
    count_sightings,
    find_gathering,
    find_lead_refs,
)
from app.domain.meetings.models import Appearance, Meeting
from app.domain.presentations.models import Deck, DeckRevision, SlidePage
from tests.people import People
from tests.said import add_item_row, add_meeting_row, add_speaker_row, add_theme_rows, add_wish, put_said

# What tells of changes, and is not what is changed.
ASIDE = {"audit_entry", "alembic_version", "search_document", "search_term"}


def read_all(session: Session) -> dict[str, list[str]]:
    """Every row of every table, but for the log and the jobs."""
    session.flush()
    tables = session.scalars(
        text("select tablename from pg_tables where schemaname = 'public' order by tablename")
    ).all()
    return {
        name: sorted(session.scalars(text(f'select t::text from "{name}" t')))
        for name in tables
        if name not in ASIDE and not name.startswith("procrastinate_")
    }


@contextmanager
def statements(session: Session) -> Iterator[list[str]]:
    """The statements that are sent meanwhile."""
    sent: list[str] = []
    engine = session.get_bind().engine

    def note(*given: Any) -> None:
        sent.append(given[2])

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


def say(session: Session, key: str, meeting: Meeting | None = None, **given: Any) -> Contribution:
    return put_said(session, key, meeting_id=meeting.id if meeting else None, **given)


@pytest.fixture
def three(session: Session) -> list[Contribution]:
    """The same said in 2016, 2020 and 2024; with statuses of their own."""
    said = []
    for year, status in ((2016, "answered"), (2020, "received"), (2024, "under_review")):
        meeting = add_meeting_row(session, str(year))
        meeting.held_on = date(year, 5, 1)
        said.append(say(session, f"retning-{year}", meeting, title=f"Klar retning {year}", status=status))
    return said


def ids(said: list[Contribution]) -> list[int]:
    return [one.id for one in said]


def test_three_gathered_and_ungathered_leave_every_row_as_it_was(
    session: Session, people: People, three: list[Contribution]
) -> None:
    (theme,) = add_theme_rows(session, "Klima")
    add_wish(session, people.vendor, theme_ids=[theme.id])
    before = read_all(session)
    gather(session, people.staff, three[1].id, [three[0].id, three[2].id])
    name_gathering(session, people.staff, three[1].id, GatheringInput(title="Retning", version=1))
    assert [one.status for one in three] == ["gathered", "received", "gathered"]
    assert read_all(session) != before
    assert undo_gathering(session, people.staff, three[1].id) == sorted([three[0].id, three[2].id])
    assert read_all(session) == before


def test_gathering_changing_the_lead_splitting_and_undoing_leave_every_row_as_it_was(
    session: Session, people: People, three: list[Contribution]
) -> None:
    before = read_all(session)
    gather(session, people.staff, three[1].id, [three[0].id, three[2].id])
    change_lead(session, people.staff, three[1].id, three[2].id)
    assert [one.status for one in three] == ["gathered", "gathered", "under_review"]
    split(session, people.staff, three[2].id, [three[0].id])
    assert [one.status for one in three] == ["answered", "gathered", "under_review"]
    undo_gathering(session, people.staff, three[2].id)
    assert read_all(session) == before


def test_splitting_the_last_member_ends_the_gathering(
    session: Session, people: People, three: list[Contribution]
) -> None:
    gather(session, people.staff, three[1].id, [three[0].id])
    assert split(session, people.staff, three[1].id, [three[0].id]) == [three[0].id]
    assert session.get(Gathering, three[1].id) is None
    with pytest.raises(NotFound):
        undo_gathering(session, people.staff, three[1].id)


@pytest.mark.parametrize("who", ["stranger", "vendor", "municipality", "consultancy", "loner", "auditor"])
def test_only_staff_gathers(session: Session, people: People, three: list[Contribution], who: str) -> None:
    with pytest.raises(NotAllowed):
        gather(session, people.all()[who], three[0].id, [three[1].id])


@pytest.mark.parametrize(
    ("lead", "members", "code"),
    [
        ("a", [], "gather_few"),
        ("a", ["a"], "gather_few"),
        ("a", ["idea"], "gather_kind"),
        ("a", ["draft"], "gather_state"),
        ("withdrawn", ["a"], "gather_state"),
        ("lead", ["member"], "gathered_already"),
        ("a", ["member"], "gathered_already"),
        ("member", ["a"], "lead_gathered"),
        ("a", ["lead"], "gathers_others"),
        ("closed", ["a"], "lead_narrower"),
    ],
)
def test_what_cannot_stand_together_is_refused_and_nothing_is_changed(
    session: Session, people: People, lead: str, members: list[str], code: str
) -> None:
    known = {
        "a": say(session, "a"),
        "idea": say(session, "i", kind="idea"),
        "draft": say(session, "d", status="draft", published_at=None),
        "withdrawn": say(session, "w", status="withdrawn"),
        "closed": say(session, "c", visibility="municipalities"),
        "lead": say(session, "l"),
        "member": say(session, "m"),
    }
    gather(session, people.staff, known["lead"].id, [known["member"].id])
    before = read_all(session)
    with pytest.raises(Refused) as refused:
        gather(session, people.staff, known[lead].id, [known[one].id for one in members])
    assert refused.value.code == code
    assert read_all(session) == before


def test_the_authors_are_told_once_each_contribution(
    session: Session, people: People, three: list[Contribution]
) -> None:
    from app.main import connect_rooms
    from app.settings import Settings

    told: list[ContributionsGathered] = []
    react(ContributionsGathered, lambda session, happened: told.append(happened))
    try:
        gather(session, people.staff, three[1].id, [three[0].id])
        gather(session, people.staff, three[1].id, [three[2].id])
    finally:
        forget_reactions()
        connect_rooms(Settings())
    assert told == [
        ContributionsGathered(three[1].id, (three[1].id, three[0].id)),
        ContributionsGathered(three[1].id, (three[2].id,)),
    ]


def test_the_sightings_stand_in_the_order_of_the_years_each_in_its_own_words(
    session: Session, people: People, three: list[Contribution]
) -> None:
    gather(session, people.staff, three[2].id, [three[0].id, three[1].id])
    found = find_gathering(session, people.stranger, three[2].id)
    assert found is not None
    seen = [(one.year, one.title, one.meeting_key, one.status, one.is_lead) for one in found.sightings]
    assert seen == [
        (2016, "Klar retning 2016", "2016", "answered", False),
        (2020, "Klar retning 2020", "2020", "received", False),
        (2024, "Klar retning 2024", "2024", "under_review", True),
    ]
    assert (found.years, found.lead.reference) == ([2016, 2020, 2024], three[2].reference)


def test_a_sighting_tells_who_spoke_for_whom_that_day_and_the_page_that_it_cites(
    session: Session, people: People, three: list[Contribution]
) -> None:
    meeting = session.get_one(Meeting, three[0].meeting_id)
    item = add_item_row(session, meeting)
    person = add_speaker_row(session, item, "Oda Oplæg")
    spoke = session.scalars(select(Appearance).where(Appearance.person_id == person.id)).one()
    spoke.organisation_name = "Før ApS"
    three[0].said_by_person_id = person.id
    deck = Deck(meeting_id=meeting.id, key="d", position=1, title="Om retning", created_at=datetime.now(UTC))
    session.add(deck)
    session.flush()
    revision = DeckRevision(
        deck_id=deck.id, number=1, filename="d.pdf", kind="pdf", size=1, sha256="x", file_key="d",
        state="ready", page_count=1, created_at=datetime.now(UTC),
    )  # fmt: skip
    session.add(revision)
    session.flush()
    deck.current_revision_id = revision.id
    session.add(
        SlidePage(
            revision_id=revision.id, number=1, title="Målet", has_text=True, picture_key="p",
            thumbnail_key="t", width=1, height=1,
        )
    )  # fmt: skip
    cite_page(session, people.staff, three[0].id, deck.id, 1)
    cite_page(session, people.staff, three[0].id, deck.id, 1)
    with pytest.raises(Refused, match="unknown_page"):
        cite_page(session, people.staff, three[0].id, deck.id, 2)
    gather(session, people.staff, three[1].id, [three[0].id])
    found = find_gathering(session, people.stranger, three[1].id)
    assert found is not None
    first = found.sightings[0]
    assert (first.said_by, first.organisation) == ("Oda Oplæg", "Før ApS")
    assert [(one.path, one.page_title) for one in first.cited] == [(f"/oplaeg/{deck.id}/side/1", "Målet")]
    deck.access = "staff"
    session.flush()
    hidden = find_gathering(session, people.stranger, three[1].id)
    assert hidden is not None and hidden.sightings[0].cited == ()


def test_each_reader_sees_and_counts_the_sightings_that_they_may(session: Session, people: People) -> None:
    lead = say(session, "l")
    closed = say(session, "k", visibility="municipalities")
    own = say(session, "o", visibility="own", on_behalf_of_id=people.vendor.organisation_id)
    gather(session, people.staff, lead.id, [closed.id, own.id])
    seen = {}
    for name, actor in people.all().items():
        found = find_gathering(session, actor, lead.id)
        assert found is not None
        assert count_sightings(session, actor, [lead.id]).get(lead.id, 1) == len(found.sightings)
        seen[name] = {one.id for one in found.sightings} - {lead.id}
    assert seen == {
        "stranger": set(),
        "vendor": {own.id},
        "rival": set(),
        "consultancy": set(),
        "municipality": {closed.id},
        "neighbour": {closed.id},
        "staff": {closed.id, own.id},
        "admin": {closed.id, own.id},
        "auditor": seen["auditor"],
        "loner": set(),
        "newcomer": set(),
    }


def test_a_member_names_its_lead_to_whoever_may_read_the_lead(session: Session, people: People) -> None:
    here = people.municipality.organisation_id
    lead = say(session, "l", visibility="own", on_behalf_of_id=here)
    member = say(session, "m", visibility="own", on_behalf_of_id=here)
    gather(session, people.staff, lead.id, [member.id])
    refs = find_lead_refs(session, people.municipality, [member.id])
    assert refs[member.id].reference == lead.reference
    assert find_lead_refs(session, people.neighbour, [member.id]) == {}


def test_answers_to_a_lead_are_answers_to_what_hangs_under_it(
    session: Session, people: People, three: list[Contribution]
) -> None:
    gather(session, people.staff, three[1].id, [three[0].id])
    leads = session.execute(
        select(Contribution.id, lead_or_self(Contribution.id)).order_by(Contribution.id)
    ).all()
    assert {row[0]: row[1] for row in leads} == {
        three[0].id: three[1].id,
        three[1].id: three[1].id,
        three[2].id: three[2].id,
    }


def test_who_withdraws_a_lead_frees_what_hangs_under_it(session: Session, people: People) -> None:
    lead = add_wish(session, people.vendor, "Ens sikkerhedskrav")
    member = add_wish(session, people.rival, "Samme krav til sikkerhed")
    gather(session, people.staff, lead.id, [member.id])
    withdraw(session, people.vendor, lead.id)
    assert (lead.status, member.status, find_leads(session, [member.id])) == ("withdrawn", "received", {})


def test_a_member_that_is_withdrawn_and_restored_hangs_where_it_hung(
    session: Session, people: People
) -> None:
    lead = add_wish(session, people.vendor, "Ens sikkerhedskrav")
    member = add_wish(session, people.rival, "Samme krav til sikkerhed")
    gather(session, people.staff, lead.id, [member.id])
    withdraw(session, people.rival, member.id)
    found = find_gathering(session, people.stranger, lead.id)
    assert found is not None and [one.id for one in found.sightings] == [lead.id]
    restore(session, people.rival, member.id)
    assert (member.status, find_leads(session, [member.id])) == ("gathered", {member.id: lead.id})


def test_what_was_withdrawn_meanwhile_stays_so_when_the_gathering_is_undone(
    session: Session, people: People
) -> None:
    lead = add_wish(session, people.vendor, "Ens sikkerhedskrav")
    member = add_wish(session, people.rival, "Samme krav til sikkerhed")
    gather(session, people.staff, lead.id, [member.id])
    withdraw(session, people.rival, member.id)
    undo_gathering(session, people.staff, lead.id)
    assert member.status == "withdrawn"


def test_a_lead_that_is_answered_leads_on(
    session: Session, people: People, three: list[Contribution]
) -> None:
    gather(session, people.staff, three[0].id, [three[1].id])
    with pytest.raises(Refused, match="lead_answered"):
        change_lead(session, people.staff, three[0].id, three[1].id)


def test_a_name_given_later_keeps_the_earlier_one_and_a_stale_one_is_refused(
    session: Session, people: People, three: list[Contribution]
) -> None:
    gather(session, people.staff, three[1].id, [three[0].id])
    name_gathering(session, people.staff, three[1].id, GatheringInput(title="Retning", version=1))
    named = GatheringInput(title="En klar retning", summary="Sagt i tre rækker.", version=2)
    gathering = name_gathering(session, people.staff, three[1].id, named)
    assert [(old["title"], old["version"]) for old in gathering.earlier] == [("", 1), ("Retning", 2)]
    with pytest.raises(Refused, match="stale"):
        name_gathering(session, people.staff, three[1].id, GatheringInput(title="Nej", version=2))
    logged = session.scalars(
        select(AuditEntry.after).where(AuditEntry.verb == "name_gathering").order_by(AuditEntry.id)
    ).all()
    assert logged == [{"version": 2}, {"version": 3}]


def test_words_that_are_blacked_out_leave_the_name_of_the_gathering_too(
    session: Session, people: People
) -> None:
    lead, member = say(session, "l"), say(session, "m", title="Hans Hansen", body="Hans Hansen sagde nej")
    gather(session, people.staff, lead.id, [member.id])
    named = GatheringInput(title="Om Hans Hansen", version=1)
    name_gathering(session, people.staff, lead.id, named)
    black_out(session, people.staff, member.id, member.version, "Hans Hansen")
    assert session.get_one(Gathering, lead.id).title == "Om ▇▇▇"


def test_words_that_are_blacked_out_leave_the_answer_that_was_given_to_the_lead_too(
    session: Session, people: People
) -> None:
    lead, member = say(session, "l"), say(session, "m", title="Hans Hansen", body="Hans Hansen sagde nej")
    gather(session, people.staff, lead.id, [member.id])
    answer = Answer(kind="answer", text="Vi har talt med Hans Hansen.", published_at=now())
    session.add(answer)
    session.flush()
    session.add(AnswerContribution(answer_id=answer.id, contribution_id=lead.id))
    black_out(session, people.staff, member.id, member.version, "Hans Hansen")
    assert answer.text == "Vi har talt med ▇▇▇."
    show_words(session, people.staff, member.id, member.version)
    assert answer.text == "Vi har talt med Hans Hansen."


def test_a_gathering_is_read_in_one_statement_however_many_it_holds(session: Session, people: People) -> None:
    lead = say(session, "l")
    gather(session, people.staff, lead.id, [say(session, f"m{number}").id for number in range(30)])
    with statements(session) as sent:
        found = find_gathering(session, people.municipality, lead.id)
    assert found is not None and len(found.sightings) == 31
    assert len(sent) == 1


def test_a_gathering_of_the_archive_stays_as_people_left_it(
    session: Session, people: People, three: list[Contribution]
) -> None:
    put_gathering(session, SYSTEM, three[1].id, ids(three))
    undo_gathering(session, people.staff, three[1].id)
    put_gathering(session, SYSTEM, three[1].id, ids(three))
    assert session.scalars(select(Gathered.contribution_id)).all() == []


def test_a_gathering_stands_in_the_log_of_each_of_its_contributions(
    session: Session, people: People, three: list[Contribution]
) -> None:
    gather(session, people.staff, three[1].id, [three[0].id])
    undo_gathering(session, people.staff, three[1].id)
    logged = session.execute(
        select(AuditEntry.verb, AuditEntry.before, AuditEntry.after)
        .where(AuditEntry.thing_id == three[0].id, AuditEntry.verb.in_(["gather", "ungather"]))
        .order_by(AuditEntry.id)
    ).all()
    assert [tuple(row) for row in logged] == [
        ("gather", None, {"status": "gathered", "lead": three[1].reference}),
        ("ungather", {"status": "gathered", "lead": three[1].reference}, {"status": "answered"}),
    ]
