"""What is promised: by whom, who sees it, when it slips, how it is judged, and what follows it."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from app.core.audit import AuditEntry
from app.core.clock import moved_to
from app.core.events import forget_reactions, react
from app.core.policy import SYSTEM, NotAllowed, NotFound, Refused
from app.domain.commitments.events import CommitmentLate
from app.domain.commitments.measuring import measure
from app.domain.commitments.milestones import edit_milestone, move_milestone, remove_milestone, tick_milestone
from app.domain.commitments.models import Commitment
from app.domain.commitments.policy import may_see, visible_to
from app.domain.commitments.queries import (
    Filters,
    Other,
    find_commitment,
    list_commitments,
    list_of_contributions,
    list_of_meeting,
    list_plan,
    list_plan_choices,
    list_under_themes,
    sum_up,
)
from app.domain.commitments.recording import put_commitment
from app.domain.commitments.schemas import (
    CommitmentEdit,
    CommitmentFacts,
    MeasurementInput,
    MilestoneEdit,
    MoveInput,
    ReplaceInput,
    TakeBackInput,
    TickInput,
    VerdictInput,
)
from app.domain.commitments.service import (
    edit,
    give_verdict,
    list_linked,
    move_deadline,
    note_late,
    publish,
    publish_with_answers,
    replace,
    restore,
    take_back_verdict,
    withdraw,
)
from app.domain.contributions.models import Answer, Contribution
from app.domain.contributions.service import withdraw as withdraw_contribution
from app.domain.users.models import User
from tests.people import People
from tests.promised import PROMISE, add_aim, add_commitment, add_proposal, add_step
from tests.said import add_meeting_row, add_theme_rows, add_wish, put_said

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
SINCE = date(2026, 11, 22)


@pytest.fixture(autouse=True)
def in_november() -> Iterator[None]:
    with moved_to(NOON):
        yield


def verdict(commitment: Commitment, how: str = "kept") -> VerdictInput:
    return VerdictInput(verdict=how, cause="skills", lesson="Begynd før.", version=commitment.version)


def status_of(session: Session, said: Contribution) -> str:
    return session.scalar(select(Contribution.status).where(Contribution.id == said.id)) or ""


def read(session: Session, people: People, commitment: Commitment, who: str = "stranger") -> Any:
    return find_commitment(session, getattr(people, who), commitment.reference)


# --- who promises, who sees


def test_a_proposal_is_known_to_its_own_organisation_and_staff_alone(
    session: Session, people: People
) -> None:
    proposal = add_proposal(session, people.vendor)
    seen = {
        name for name, actor in people.all().items() if find_commitment(session, actor, proposal.reference)
    }
    assert (seen, proposal.status) == ({"vendor", "staff", "admin"}, "proposed")


def test_the_rule_and_its_sql_agree_for_every_kind_of_person(session: Session, people: People) -> None:
    of_vendor, of_host = add_proposal(session, people.vendor), add_proposal(session, people.staff)
    withdraw(session, people.vendor, add_proposal(session, people.vendor).id)
    add_commitment(session, people.vendor)
    add_commitment(session, people.staff, visibility="staff")
    assert {of_vendor.status, of_host.status} == {"proposed"}
    rows = session.scalars(select(Commitment).order_by(Commitment.id)).all()
    for name, actor in {**people.all(), "system": SYSTEM}.items():
        by_sql = set(session.scalars(select(Commitment.id).where(visible_to(actor))))
        assert by_sql == {row.id for row in rows if may_see(actor, row)}, name
    counts = {name: len([row for row in rows if may_see(actor, row)]) for name, actor in people.all().items()}
    assert counts == dict.fromkeys(counts, 1) | {"vendor": 3, "staff": 5, "admin": 5}


@pytest.mark.parametrize("who", ["stranger", "municipality", "newcomer", "loner", "auditor"])
def test_who_may_not_promise_is_refused(session: Session, people: People, who: str) -> None:
    with pytest.raises(NotAllowed):
        add_proposal(session, getattr(people, who), organisation_id=people.vendor.organisation_id)


def test_a_vendor_promises_for_the_own_organisation_and_sets_nothing_of_staffs(
    session: Session, people: People
) -> None:
    meeting = add_meeting_row(session)
    for given in (
        {"organisation_id": people.rival.organisation_id},
        {"visibility": "staff"},
        {"owner_user_id": people.staff.user_id},
        {"meeting_id": meeting.id},
    ):
        with pytest.raises(NotAllowed):
            add_proposal(session, people.vendor, **given)
    with pytest.raises(NotAllowed):
        publish(session, people.vendor, [add_proposal(session, people.vendor).id])


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"contribution_ids": [4711]}, "unknown_contribution"),
        ({"theme_ids": [4711]}, "unknown_theme"),
        ({"deadline": SINCE - timedelta(days=1)}, "deadline_past"),
    ],
)
def test_what_a_vendor_cannot_promise_is_refused_in_a_word(
    session: Session, people: People, given: dict[str, Any], code: str
) -> None:
    with pytest.raises(Refused, match=code):
        add_proposal(session, people.vendor, **given)


def test_who_sees_to_it_is_somebody_of_staff_and_shown_to_staff_alone(
    session: Session, people: People
) -> None:
    with pytest.raises(Refused, match="unknown_owner"):
        add_proposal(session, people.staff, owner_user_id=people.vendor.user_id)
    closed = session.get_one(User, people.staff.user_id)
    closed.disabled_at = NOON
    with pytest.raises(Refused, match="unknown_owner"):
        add_proposal(session, people.admin, owner_user_id=closed.id)
    closed.disabled_at = None
    promise = add_commitment(session, people.staff, owner_user_id=people.admin.user_id)
    shown = {who: read(session, people, promise, who).owner_name for who in ("stranger", "vendor", "staff")}
    assert shown == {"stranger": "", "vendor": "", "staff": "Alma Admin"}


# --- words and days


def test_a_published_promise_keeps_its_old_words_and_wants_a_reason(session: Session, people: People) -> None:
    promise = add_commitment(session, people.staff)
    given = PROMISE | {"organisation_id": promise.organisation_id, "title": "Færre målbilleder"}

    def change(**values: Any) -> None:
        edit(
            session, people.staff, promise.id, CommitmentEdit(**given | {"version": promise.version} | values)
        )

    with pytest.raises(Refused, match="reason_missing"):
        change()
    with pytest.raises(Refused, match="deadline_needs_reason"):
        change(reason="Ja", deadline=date(2028, 1, 1))
    with pytest.raises(Refused, match="commitment_owner_fixed"):
        change(reason="Ja", organisation_id=people.vendor.organisation_id)
    with pytest.raises(Refused, match="stale"):
        change(reason="Ja", version=99)
    change(reason="Tre er nok.")
    view = read(session, people, promise)
    assert (view.line.title, [(one.title, one.reason) for one in view.editions]) == (
        "Færre målbilleder",
        [("Fælles målbilleder", "Tre er nok.")],
    )


def test_a_published_promise_is_not_hidden_from_those_who_read_it(session: Session, people: People) -> None:
    wish = add_wish(session, people.vendor)
    promise = add_commitment(session, people.staff, contribution_ids=[wish.id])
    given = PROMISE | {"organisation_id": promise.organisation_id, "contribution_ids": [wish.id]}
    hidden = CommitmentEdit.model_validate(
        given | {"visibility": "staff", "reason": "Ja", "version": promise.version}
    )
    with pytest.raises(Refused, match="commitment_stays_public"):
        edit(session, people.staff, promise.id, hidden)
    assert (promise.visibility, wish.status) == ("public", "planned")


def test_a_published_promise_for_staff_may_be_opened_to_all(session: Session, people: People) -> None:
    promise = add_commitment(session, people.staff, visibility="staff")
    given = PROMISE | {"organisation_id": promise.organisation_id, "version": promise.version}
    edit(session, people.staff, promise.id, CommitmentEdit.model_validate(given))
    assert read(session, people, promise, "stranger").line.visibility == "public"


def test_a_vendor_edits_a_proposal_and_not_what_is_published(session: Session, people: People) -> None:
    promise = add_proposal(session, people.vendor)
    given = PROMISE | {"organisation_id": promise.organisation_id, "deadline": date(2027, 1, 1)}
    edit(session, people.vendor, promise.id, CommitmentEdit(**given, version=promise.version))
    assert promise.deadline == date(2027, 1, 1)
    publish(session, people.staff, [promise.id])
    with pytest.raises(NotAllowed):
        edit(session, people.vendor, promise.id, CommitmentEdit(**given, version=promise.version))


def test_a_moved_day_keeps_the_old_one_and_the_reason(session: Session, people: People) -> None:
    promise = add_commitment(session, people.vendor)
    for new_on, reason in ((date(2027, 12, 31), "Loven kom for sent."), (date(2028, 3, 1), "Data mangler.")):
        move = MoveInput(new_on=new_on, reason=reason, version=promise.version)
        move_deadline(session, people.vendor, promise.id, move)
    view = read(session, people, promise)
    assert [(one.old_on, one.new_on, one.reason) for one in view.slips] == [
        (date(2027, 6, 30), date(2027, 12, 31), "Loven kom for sent."),
        (date(2027, 12, 31), date(2028, 3, 1), "Data mangler."),
    ]
    line = view.line
    assert (line.deadline, line.first_deadline, line.times_moved) == (
        date(2028, 3, 1),
        date(2027, 6, 30),
        2,
    )


@pytest.mark.parametrize(
    ("new_on", "code"), [(PROMISE["deadline"], "deadline_same"), (date(2026, 11, 21), "deadline_past")]
)
def test_a_day_is_not_moved_nowhere(session: Session, people: People, new_on: date, code: str) -> None:
    promise = add_commitment(session, people.staff)
    with pytest.raises(Refused, match=code):
        move = MoveInput(new_on=new_on, reason="Fordi", version=promise.version)
        move_deadline(session, people.staff, promise.id, move)


def test_steps_are_promised_too(session: Session, people: People) -> None:
    promise = add_proposal(session, people.vendor)
    gone = add_step(session, people.vendor, promise, date(2027, 1, 1), title="Væk igen")
    step = add_step(session, people.vendor, promise, date(2027, 2, 1))
    remove_milestone(session, people.vendor, gone.id)
    with pytest.raises(Refused, match="commitment_unpublished"):
        tick_milestone(session, people.vendor, step.id, TickInput(done_on=SINCE, version=1))
    publish(session, people.staff, [promise.id])
    with pytest.raises(Refused, match="milestone_published"):
        remove_milestone(session, people.vendor, step.id)
    with pytest.raises(Refused, match="deadline_needs_reason"):
        given = MilestoneEdit(title="Udkast", due_on=date(2027, 3, 1), version=1)
        edit_milestone(session, people.vendor, step.id, given)
    for who in (people.vendor, people.staff):
        with pytest.raises(Refused, match="milestone_words_fixed"):
            given = MilestoneEdit(title="Notat skrevet", due_on=date(2027, 2, 1), version=1)
            edit_milestone(session, who, step.id, given)
    move_milestone(
        session, people.vendor, step.id, MoveInput(new_on=date(2027, 3, 1), reason="Ferie", version=1)
    )
    with pytest.raises(Refused, match="done_in_future"):
        tick_milestone(session, people.vendor, step.id, TickInput(done_on=date(2026, 11, 23), version=2))
    with pytest.raises(NotAllowed):
        tick_milestone(session, people.rival, step.id, TickInput(done_on=SINCE, version=2))
    tick_milestone(session, people.vendor, step.id, TickInput(done_on=SINCE, version=2))
    view = read(session, people, promise)
    (shown,) = view.milestones
    assert (shown.done_on, [one.reason for one in shown.slips], view.status) == (
        SINCE,
        ["Ferie"],
        "in_progress",
    )
    tick_milestone(session, people.vendor, step.id, TickInput(version=3))
    assert read(session, people, promise).status == "decided"


def test_of_a_published_step_only_the_translation_is_mended_and_by_staff(
    session: Session, people: People
) -> None:
    promise = add_commitment(session, people.vendor)
    step = add_step(session, people.vendor, promise, date(2027, 2, 1), title="API i drift")
    given = MilestoneEdit(title="API i drift", title_en="API in use", due_on=step.due_on, version=1)
    with pytest.raises(Refused, match="milestone_words_fixed"):
        edit_milestone(session, people.vendor, step.id, given)
    edit_milestone(session, people.staff, step.id, given)
    assert (step.title, step.title_en) == ("API i drift", "API in use")


# --- late


def test_each_lateness_is_told_once(session: Session, people: People) -> None:
    told: list[int] = []
    forget_reactions()
    react(CommitmentLate, lambda session, event: told.append(event.commitment_id))
    late = add_commitment(session, people.staff, deadline=SINCE)
    add_commitment(session, people.staff, deadline=SINCE + timedelta(days=1))
    add_proposal(session, people.staff, deadline=SINCE)
    assert (note_late(session), told) == (0, [])
    with moved_to(NOON + timedelta(days=1)):
        assert read(session, people, late).status == "late"
        assert (note_late(session), note_late(session), told) == (1, 0, [late.id])
        move = MoveInput(new_on=date(2026, 12, 1), reason="Sygdom", version=late.version)
        move_deadline(session, people.staff, late.id, move)
        assert late.status == "decided"
    with moved_to(datetime(2026, 12, 2, 12, tzinfo=UTC)):
        assert (note_late(session), sorted(told)[0]) == (2, late.id)
    assert told.count(late.id) == 2


# --- how it went


def test_a_verdict_comes_with_its_cause_and_lesson(session: Session, people: People) -> None:
    promise = add_commitment(session, people.vendor)
    with pytest.raises(NotAllowed):
        give_verdict(session, people.vendor, promise.id, verdict(promise))
    for missing in ("cause", "lesson"):
        with pytest.raises(ValueError, match=missing):
            VerdictInput.model_validate(
                {"verdict": "broken", "cause": "law", "lesson": "Spørg først.", "version": 1} | {missing: ""}
            )
    give_verdict(session, people.staff, promise.id, verdict(promise, "broken"))
    view = read(session, people, promise)
    assert (view.status, view.line.verdict_cause, view.lesson) == ("broken", "skills", "Begynd før.")
    with pytest.raises(Refused, match="commitment_judged"):
        give_verdict(session, people.staff, promise.id, verdict(promise))


def test_no_verdict_without_cause_stands_in_the_database_either(session: Session, people: People) -> None:
    promise = add_commitment(session, people.staff)
    promise.status, promise.verdict_at, promise.lesson = "partly_kept", NOON, "Lært"
    with pytest.raises(Exception, match="ck_commitment_verdict"):
        session.flush()


def test_a_proposal_is_withdrawn_and_restored_and_what_is_out_is_judged(
    session: Session, people: People
) -> None:
    proposal, promise = add_proposal(session, people.vendor), add_commitment(session, people.vendor)
    withdraw(session, people.vendor, proposal.id)
    assert proposal.id not in [one.id for one in list_commitments(session, people.vendor, Filters()).rows]
    restore(session, people.vendor, proposal.id)
    assert proposal.status == "proposed"
    with pytest.raises(Refused, match="commitment_published"):
        withdraw(session, people.vendor, promise.id)
    with pytest.raises(NotFound):
        withdraw(session, people.rival, proposal.id)


def test_a_replaced_promise_hands_over_what_it_was_about_and_takes_it_back(
    session: Session, people: People
) -> None:
    wish = add_wish(session, people.municipality)
    old = add_commitment(session, people.staff, contribution_ids=[wish.id])
    new = add_commitment(session, people.staff, title="En anden vej")
    proposal = add_proposal(session, people.staff)

    def swap(other: Commitment) -> None:
        given = ReplaceInput(
            replaced_by_id=other.id, cause="law", lesson="Én vej ad gangen.", version=old.version
        )
        replace(session, people.staff, old.id, given)

    for other, code in ((old, "replacement_itself"), (proposal, "replacement_not_open")):
        with pytest.raises(Refused, match=code):
            swap(other)
    swap(new)
    view, other = read(session, people, old), read(session, people, new)
    assert (view.status, view.replaced_by.reference) == ("replaced", new.reference)
    assert ([one.reference for one in other.replaces], [one.id for one in other.contributions]) == (
        [old.reference],
        [wish.id],
    )
    assert status_of(session, wish) == "planned"
    back = TakeBackInput(reason="Den var god nok.", version=old.version)
    take_back_verdict(session, people.staff, old.id, back)
    other = read(session, people, new)
    assert (read(session, people, old).status, other.contributions, other.replaces) == ("decided", (), ())


# --- what it is about


def test_what_is_promised_of_follows_and_goes_back(session: Session, people: People) -> None:
    wish = add_wish(session, people.municipality)
    promise = add_proposal(session, people.staff, contribution_ids=[wish.id])
    step = add_step(session, people.staff, promise, date(2027, 1, 1))
    aim = add_aim(session, people.staff, promise, target_on=date(2026, 10, 1))
    seen = [status_of(session, wish)]

    def look() -> None:
        seen.append(status_of(session, wish))

    publish(session, people.staff, [promise.id])
    look()
    tick_milestone(session, people.staff, step.id, TickInput(done_on=SINCE, version=1))
    look()
    give_verdict(session, people.staff, promise.id, verdict(promise))
    look()
    measured = MeasurementInput(measured_on=date(2026, 11, 1), value="61,5", source_text="Spørgeskema")
    measure(session, people.staff, aim.id, measured)
    look()
    take_back_verdict(session, people.staff, promise.id, TakeBackInput(reason="Nej", version=promise.version))
    look()
    give_verdict(session, people.staff, promise.id, verdict(promise, "broken"))
    look()
    assert seen == [
        "received",
        "planned",
        "in_progress",
        "done",
        "effect_measured",
        "in_progress",
        "received",
    ]


def test_several_promises_of_one_wish_are_done_when_all_are(session: Session, people: People) -> None:
    wish = add_wish(session, people.municipality)
    promises = [add_commitment(session, people.staff, contribution_ids=[wish.id]) for _ in range(3)]
    seen = []
    for promise, how in zip(promises, ("kept", "broken", "kept"), strict=True):
        give_verdict(session, people.staff, promise.id, verdict(promise, how))
        seen.append(status_of(session, wish))
    assert seen == ["in_progress", "in_progress", "done"]


def test_what_people_withdrew_and_what_only_staff_reads_does_not_follow(
    session: Session, people: People
) -> None:
    withdrawn, hidden = (add_wish(session, people.municipality, title=one) for one in ("Væk", "Stille"))
    promise = add_proposal(session, people.staff, contribution_ids=[withdrawn.id])
    withdraw_contribution(session, people.municipality, withdrawn.id)
    publish(session, people.staff, [promise.id])
    add_commitment(session, people.staff, contribution_ids=[hidden.id], visibility="staff")
    assert (status_of(session, withdrawn), status_of(session, hidden)) == ("withdrawn", "received")


def test_what_is_unlinked_goes_back_to_what_it_was_meanwhile(session: Session, people: People) -> None:
    wish = add_wish(session, people.municipality)
    promise = add_commitment(session, people.staff, contribution_ids=[wish.id])
    wish.status = "answered"
    session.flush()
    given = CommitmentEdit(**PROMISE, organisation_id=promise.organisation_id, version=promise.version)
    linked = given.model_copy(update={"contribution_ids": [wish.id]})
    edit(session, people.staff, promise.id, linked)
    assert status_of(session, wish) == "planned"
    edit(session, people.staff, promise.id, given.model_copy(update={"version": promise.version}))
    assert (status_of(session, wish), read(session, people, promise).contributions) == ("answered", ())


def test_what_the_actor_does_not_see_any_more_stays_linked(session: Session, people: People) -> None:
    seen, unseen = add_wish(session, people.municipality), add_wish(session, people.rival)
    promise = add_proposal(session, people.vendor, contribution_ids=[seen.id, unseen.id])
    unseen.visibility = "own"
    session.flush()
    given = CommitmentEdit(**PROMISE, organisation_id=promise.organisation_id, version=promise.version)
    edit(session, people.vendor, promise.id, given)
    assert list_linked(session, [promise.id]) == [unseen.id]


def test_a_promise_shows_no_words_that_the_reader_may_not_read(session: Session, people: People) -> None:
    hidden = add_meeting_row(session, "11", is_published=False)
    (theme,) = add_theme_rows(session, "Klima")
    said = put_said(session, "a", meeting_id=hidden.id, theme_ids=[theme.id])
    promise = add_commitment(session, people.staff, contribution_ids=[said.id], meeting_id=hidden.id)
    assert (
        read(session, people, promise).contributions,
        read(session, people, promise).line.meeting_key,
    ) == (
        (),
        None,
    )
    view = read(session, people, promise, "staff")
    assert ([one.id for one in view.contributions], view.line.meeting_key) == ([said.id], "11")
    under = {
        who: [one.id for one in list_under_themes(session, getattr(people, who), [theme.id])]
        for who in ("stranger", "staff")
    }
    assert under == {"stranger": [], "staff": [promise.id]}


def test_a_promise_that_only_staff_reads_is_not_named_by_the_one_it_replaced(
    session: Session, people: People
) -> None:
    old, new = (add_commitment(session, people.staff, title=one) for one in ("Den gamle", "Den nye"))
    given = ReplaceInput(replaced_by_id=new.id, cause="law", lesson="Lært.", version=old.version)
    replace(session, people.staff, old.id, given)
    # No verb does it any more; some may have been hidden before.
    new.visibility = "staff"
    session.flush()
    named = {who: read(session, people, old, who).replaced_by for who in ("stranger", "vendor", "staff")}
    assert named == {"stranger": None, "vendor": None, "staff": Other(new.reference, "Den nye", "")}


def test_promises_are_published_along_with_the_answers_they_came_with(
    session: Session, people: People
) -> None:
    answer = Answer(kind="answer", text="Ja.")
    session.add(answer)
    session.flush()
    promise = add_proposal(session, people.staff, answer_id=answer.id)
    other = add_proposal(session, people.staff)
    assert publish_with_answers(session, SYSTEM, [answer.id]) == 0
    answer.published_at = NOON
    session.flush()
    assert publish_with_answers(session, SYSTEM, [answer.id]) == 1
    assert (promise.status, other.status) == ("decided", "proposed")


# --- reading


def test_a_list_is_narrowed_by_owner_theme_status_year_and_meeting(session: Session, people: People) -> None:
    climate, data = add_theme_rows(session, "Klima", "Data")
    meeting = add_meeting_row(session)
    wish = add_wish(session, people.municipality, theme_ids=[climate.id])
    one = add_commitment(session, people.vendor, contribution_ids=[wish.id])
    two = add_commitment(session, people.staff, deadline=SINCE, theme_ids=[data.id], meeting_id=meeting.id)
    with moved_to(NOON + timedelta(days=2)):
        found = {
            name: [row.id for row in list_commitments(session, people.stranger, filters).rows]
            for name, filters in {
                "all": Filters(),
                "owner": Filters(owner_id=people.vendor.organisation_id),
                "through the wish": Filters(theme="strategi-2026/klima"),
                "its own theme": Filters(theme="strategi-2026/data"),
                "late": Filters(status="late"),
                "year": Filters(year=2027),
                "meeting": Filters(meeting="10"),
                "nobody": Filters(owner_id=10**30),
            }.items()
        }
        choices = list_commitments(session, people.stranger, Filters(year=2027)).choices
    assert found == {
        "all": [two.id, one.id],
        "owner": [one.id],
        "through the wish": [one.id],
        "its own theme": [two.id],
        "late": [two.id],
        "year": [one.id],
        "meeting": [two.id],
        "nobody": [],
    }
    assert {facet: [(one.value, one.count) for one in found] for facet, found in choices.items()} == {
        "owner": [(str(people.vendor.organisation_id), 1)],
        "status": [("decided", 1)],
        "theme": [("strategi-2026/klima", 1)],
        "year": [("2027", 1), ("2026", 1)],
    }


def test_a_menu_holds_so_many_owners_and_who_is_chosen_and_tells_how_many_it_leaves_out(
    session: Session, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.domain.commitments.queries.MOST_CHOICES", 1)
    for actor in (people.vendor, people.vendor, people.staff, people.rival):
        add_commitment(session, actor)
    most, chosen = str(people.vendor.organisation_id), people.staff.organisation_id

    def of_owners(owner_id: int | None) -> tuple[set[str], int]:
        menu = list_plan_choices(session, people.stranger, organisation_id=owner_id)["owner"]
        listing = list_commitments(session, people.stranger, Filters(owner_id=owner_id))
        assert (menu.choices, menu.unlisted) == (listing.choices["owner"], listing.unlisted["owner"])
        return {one.value for one in menu.choices}, menu.unlisted

    assert of_owners(None) == ({most}, 2)
    assert of_owners(chosen) == ({most, str(chosen)}, 1)


def test_a_meeting_has_what_was_promised_there_and_of_what_was_said_there(
    session: Session, people: People
) -> None:
    meeting = add_meeting_row(session)
    said = put_said(session, "a", meeting_id=meeting.id)
    there = add_commitment(session, people.staff, meeting_id=meeting.id)
    since = add_commitment(session, people.staff, contribution_ids=[said.id], deadline=date(2028, 1, 1))
    add_commitment(session, people.staff)
    lines = list_of_meeting(session, people.stranger, meeting.id)
    assert [one.id for one in lines] == [there.id, since.id]
    assert (sum_up(lines).open, sum_up(lines).kept) == (2, 0)


def test_the_plan_holds_four_years_and_what_slipped_out_of_them(session: Session, people: People) -> None:
    slipped = add_commitment(session, people.staff, deadline=date(2029, 12, 31))
    move = MoveInput(new_on=date(2031, 1, 1), reason="Udbud", version=slipped.version)
    move_deadline(session, people.staff, slipped.id, move)
    later = add_commitment(session, people.staff, deadline=date(2030, 1, 1))
    stepped = add_commitment(session, people.staff, deadline=date(2031, 2, 1))
    add_step(session, people.staff, stepped, date(2028, 1, 1))
    plan = list_plan(session, people.stranger)
    assert plan.years == (2026, 2027, 2028, 2029)
    assert [(one.line.id, len(one.milestones), len(one.slips)) for one in plan.rows] == [
        (slipped.id, 0, 1),
        (stepped.id, 1, 0),
    ]
    assert [one.line.id for one in list_plan(session, people.stranger, 2030).rows] == [
        later.id,
        slipped.id,
        stepped.id,
    ]


def test_the_plan_is_paged_in_each_order_and_tells_how_many_stand_under_a_heading(
    session: Session, people: People
) -> None:
    (theme, other) = add_theme_rows(session, "Ålegræs", "Klima")
    owner = people.municipality.organisation_id
    few = add_commitment(session, people.staff, organisation_id=owner, theme_ids=[theme.id, other.id])
    many = [add_commitment(session, people.staff, theme_ids=[other.id]) for _ in range(30)]
    seen = {}
    for order in ("organisation", "theme", "year"):
        pages = [list_plan(session, people.stranger, order=order, page=page) for page in (1, 2, 9)]
        assert [len(one.rows) for one in pages[:2]] == [30, pages[0].total - 30]
        assert (pages[2].rows, pages[2].page) == (pages[0].rows, 1)
        seen[order] = [
            (one.line.id, one.theme.name if one.theme else None, one.beside)
            for plan in pages[:2]
            for one in plan.rows
        ]
    ids = [one.id for one in many]
    assert seen["organisation"] == [*((one, None, 30) for one in ids), (few.id, None, 1)]
    assert seen["year"] == [(one, None, 31) for one in (few.id, *ids)]
    assert seen["theme"] == [*((one, "Klima", 31) for one in (few.id, *ids)), (few.id, "Ålegræs", 1)]


def test_reading_takes_as_many_statements_for_many_as_for_one(session: Session, people: People) -> None:
    wishes = [add_wish(session, people.municipality, title=f"Ønske {n}") for n in range(3)]
    ids = [wish.id for wish in wishes]
    promise = add_commitment(session, people.staff, contribution_ids=ids)
    for n in range(3):
        add_step(session, people.staff, promise, date(2027, 1, n + 1))
        add_aim(session, people.staff, promise)
        add_commitment(session, people.staff, contribution_ids=ids)

    def count(work: Any) -> int:
        seen: list[str] = []
        connection = session.connection()

        def note(*arguments: Any) -> None:
            seen.append(arguments[2])

        event.listen(connection, "before_cursor_execute", note)
        work()
        event.remove(connection, "before_cursor_execute", note)
        return len(seen)

    stranger = people.stranger
    assert [
        count(lambda: find_commitment(session, stranger, promise.reference)),
        count(lambda: list_commitments(session, stranger, Filters())),
        count(lambda: list_of_contributions(session, stranger, ids)),
        count(lambda: list_plan(session, stranger)),
    ] == [8, 3, 1, 3]


# --- the archive


def test_the_archive_puts_a_promise_in_once_with_all_that_became_of_it(
    session: Session, people: People
) -> None:
    facts = CommitmentFacts.model_validate(
        {
            "key": "maal",
            "title": "Målbilleder",
            "text": "Vi laver dem.",
            "organisation_id": people.staff.organisation_id,
            "deadline": "2022-12-31",
            "moved_from": [("2020-12-31", "Corona", NOON), ("2021-12-31", "Data", NOON)],
            "proposed_at": NOON,
            "published_at": NOON,
            "verdict": "partly_kept",
            "verdict_cause": "data",
            "lesson": "Mål fra begyndelsen.",
            "verdict_at": NOON,
            "milestones": [{"title": "Udkast", "due_on": "2021-01-01", "done_on": "2021-02-01"}],
            "indicators": [
                {
                    "name": "Brug",
                    "unit": "kommuner",
                    "baseline_value": "2",
                    "baseline_on": "2019-01-01",
                    "target_value": "10",
                    "target_on": "2022-12-31",
                    "direction": "up",
                    "measurements": [
                        {
                            "measured_on": "2023-01-05",
                            "value": "7",
                            "source_text": "Opgørelse",
                            "measured_at": NOON,
                        }
                    ],
                }
            ],
            "is_example": True,
        }
    )
    promise = put_commitment(session, SYSTEM, facts)
    assert put_commitment(session, SYSTEM, facts).id == promise.id
    view = read(session, people, promise)
    assert [(one.old_on.year, one.new_on.year) for one in view.slips] == [(2020, 2021), (2021, 2022)]
    assert (view.status, view.indicators[0].effect.share, view.milestones[0].done_on) == (
        "partly_kept",
        view.indicators[0].progress.share,
        date(2021, 2, 1),
    )
    with pytest.raises(NotAllowed):
        put_commitment(session, people.staff, facts)


def test_the_log_keeps_who_did_what_and_none_of_the_words(session: Session, people: People) -> None:
    promise = add_commitment(session, people.vendor, text="Hemmelig-fløjte-4711")
    entries = session.scalars(
        select(AuditEntry).where(AuditEntry.thing == "commitment").order_by(AuditEntry.id)
    ).all()
    assert [(one.verb, one.thing_id) for one in entries] == [("propose", promise.id), ("publish", promise.id)]
    assert "4711" not in str([(one.before, one.after) for one in entries])


def test_an_answer_that_is_thrown_away_leaves_the_promise(session: Session, people: People) -> None:
    answer = Answer(kind="answer", text="Ja.")
    session.add(answer)
    session.flush()
    promise = add_proposal(session, people.staff, answer_id=answer.id)
    session.delete(answer)
    session.flush()
    assert session.scalar(select(Commitment.answer_id).where(Commitment.id == promise.id)) is None
