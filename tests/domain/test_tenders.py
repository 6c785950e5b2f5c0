"""Tenders, and the switch that has what one vendor asks about them answered to all at the same moment."""

import pytest
from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.audit import AuditEntry
from app.core.clock import now
from app.core.policy import SYSTEM, NotAllowed, NotFound, Refused
from app.domain.answering.publishing import correct_answer, publish_answer
from app.domain.answering.schemas import CorrectionInput
from app.domain.contributions.gathering import gather
from app.domain.contributions.gathering_models import Gathered, Gathering
from app.domain.contributions.models import Answer, AnswerContribution, Contribution, IdeaDetails
from app.domain.ledger.models import Tender, TenderQuestion
from app.domain.ledger.open_gaps import list_gaps
from app.domain.ledger.policy import may_see_tender, tenders_visible_to
from app.domain.ledger.queries import (
    count_tenders,
    find_tender,
    find_tender_of,
    list_questions,
    list_tender_names,
    list_tenders,
)
from app.domain.ledger.schemas import LinkInput, NoticeInput, QuestionEdit, QuestionInput, TenderInput
from app.domain.ledger.tenders import (
    add_notice,
    add_question,
    add_tender,
    edit_question,
    edit_tender,
    link_to_tender,
    publish_tender,
    remove_notice,
    turn_tender,
    unlink_from_tender,
)
from tests.answered import add_prepared_answer
from tests.noted import add_entry, add_open_tender, answer_alone, ask_alone
from tests.people import People

ASKED = LinkInput(question="Må data ligge i en sky uden for EU?")
DIRECT = QuestionInput(question="Hvornår kommer udbuddet?", answer="I maj.")


def shown(
    session: Session, people: People, tender: Tender, who: str = "stranger"
) -> list[tuple[object, ...]]:
    rows = list_questions(session, getattr(people, who), tender.id)
    return [(row.number, row.question, [one.text for one in row.answers]) for row in rows]


def linked(session: Session, people: People) -> tuple[Tender, Contribution]:
    tender, said = add_open_tender(session, people.staff), ask_alone(session, people.vendor)
    link_to_tender(session, people.staff, tender.id, said.id, ASKED)
    return tender, said


# --- tenders


def test_the_rule_of_tenders_and_its_sql_agree_for_every_kind_of_person(
    session: Session, people: People
) -> None:
    add_open_tender(session, people.staff)
    add_tender(session, people.staff, TenderInput(title="Hemmeligt"))
    rows = session.scalars(select(Tender).order_by(Tender.id)).all()
    counts = {}
    for name, actor in {**people.all(), "system": SYSTEM}.items():
        by_sql = set(session.scalars(select(Tender.id).where(tenders_visible_to(actor))))
        assert by_sql == {row.id for row in rows if may_see_tender(actor, row)}, name
        assert {row.id for row in list_tenders(session, actor)} == by_sql
        counts[name] = len(by_sql)
    assert counts == dict.fromkeys(counts, 1) | {"staff": 2, "admin": 2, "system": 2}


@pytest.mark.parametrize("who", ["stranger", "vendor", "municipality", "auditor"])
def test_only_staff_looks_after_tenders(session: Session, people: People, who: str) -> None:
    tender, said = linked(session, people)
    actor = getattr(people, who)
    for verb in (
        lambda: add_tender(session, actor, TenderInput(title="Mit")),
        lambda: publish_tender(session, actor, tender.id),
        lambda: link_to_tender(session, actor, tender.id, said.id, ASKED),
        lambda: add_question(session, actor, tender.id, DIRECT),
    ):
        with pytest.raises(NotAllowed):
            verb()


def test_a_tender_is_changed_turned_and_announced_and_a_stale_change_is_refused(
    session: Session, people: People
) -> None:
    tender = add_open_tender(session, people.staff)
    given = TenderInput(title="Nyt navn", organisation_id=people.municipality.organisation_id, version=2)
    edit_tender(session, people.staff, tender.id, given)
    with pytest.raises(Refused, match="stale"):
        edit_tender(session, people.staff, tender.id, given)
    turn_tender(session, people.staff, tender.id, "open", 3)
    notice = NoticeInput(kind="ted", url="https://ted.europa.eu/da/notice/1", number="1-2026")
    row = add_notice(session, people.staff, tender.id, notice)
    with pytest.raises(Refused, match="notice_known"):
        add_notice(session, people.staff, tender.id, notice)
    view = find_tender(session, people.stranger, tender.id)
    assert view is not None
    assert (view.title, view.state, view.organisation) == (
        "Nyt navn", "open", (people.municipality.organisation_id, "Her Kommune")
    )  # fmt: skip
    assert [(one.kind, one.url, one.number) for one in view.notices] == [("ted", notice.url, "1-2026")]
    remove_notice(session, people.staff, row.id)
    assert find_tender(session, people.stranger, tender.id).notices == ()  # type: ignore[union-attr]


def test_an_address_on_another_site_is_no_notice() -> None:
    with pytest.raises(ValidationError, match="notice_address"):
        NoticeInput(kind="ski", url="https://ted.europa.eu/1")


def test_tenders_come_by_page_and_are_counted_by_state_of_those_that_one_sees(
    session: Session, people: People
) -> None:
    made = [add_open_tender(session, people.staff, f"Udbud {number}") for number in range(31)]
    made[0].state = "closed"
    add_tender(session, people.staff, TenderInput(title="Kladde"))
    assert count_tenders(session, people.stranger) == {"coming": 30, "closed": 1}
    assert count_tenders(session, people.staff) == {"coming": 31, "closed": 1}
    pages = [list_tenders(session, people.stranger, page=page) for page in (1, 2)]
    assert [[one.id for one in page] for page in pages] == [[one.id for one in made[1:]], [made[0].id]]


def test_a_menu_of_tenders_is_bounded_tells_what_it_leaves_out_and_holds_what_is_chosen(
    session: Session, people: People
) -> None:
    last = [add_open_tender(session, people.staff, f"Udbud {number}").id for number in range(102)][-1]
    names, unlisted = list_tender_names(session, people.stranger)
    assert (len(names), unlisted, last in dict(names)) == (100, 2, False)
    names, unlisted = list_tender_names(session, people.stranger, besides=last)
    assert (len(names), unlisted, names[0]) == (100, 2, (last, "Udbud 101"))


def test_only_published_tenders_that_run_are_offered_for_a_contribution(
    session: Session, people: People
) -> None:
    runs, over = add_open_tender(session, people.staff), add_open_tender(session, people.staff)
    over.state = "closed"
    add_tender(session, people.staff, TenderInput(title="Kladde"))
    assert list_tender_names(session, people.staff, is_linkable=True) == ([(runs.id, "Journalsystem")], 0)


# --- the switch


def test_what_is_answered_to_one_is_read_by_all_at_that_moment_without_its_asker(
    session: Session, people: People
) -> None:
    tender, said = linked(session, people)
    assert shown(session, people, tender) == []
    assert shown(session, people, tender, "staff") == [(None, ASKED.question, [])]
    answer = answer_alone(session, people, said, text="Ja, inden for EØS.")
    asked = (1, ASKED.question, ["Ja, inden for EØS."])
    for who in people.all():
        assert shown(session, people, tender, who) == [asked]
    question = session.query(TenderQuestion).one()
    assert question.shared_at is not None and answer.published_at is not None
    assert abs((question.shared_at - answer.published_at).total_seconds()) < 5
    (view,) = list_questions(session, people.rival, tender.id)
    assert view.contribution_id is None
    for word in (said.reference, said.title, said.body, "Soft"):
        assert word not in str(view)
    assert list_gaps(session, people.staff).rows == ()


def test_an_answer_that_names_the_asker_goes_out_to_nobody(session: Session, people: People) -> None:
    tender, said = linked(session, people)
    answer = add_prepared_answer(session, people.staff, [said.id], text="Kære Soft, ja.")
    with pytest.raises(Refused) as refusal, session.begin_nested():
        publish_answer(session, people.staff, answer.id, answer.version)
    assert (refusal.value.code, refusal.value.values) == ("names_asker", {"reference": said.reference})
    session.expire_all()
    assert session.get_one(Answer, answer.id).published_at is None
    assert shown(session, people, tender) == []


def test_a_correction_that_names_the_asker_is_refused_and_another_shows_what_stood(
    session: Session, people: People
) -> None:
    tender, said = linked(session, people)
    answer = answer_alone(session, people, said)
    given = {
        "verdict": "yes",
        "text": f"Se {said.reference}.",
        "why": "Præcisering.",
        "version": answer.version,
    }
    with pytest.raises(Refused, match="names_asker"), session.begin_nested():
        correct_answer(session, people.staff, answer.id, CorrectionInput.model_validate(given))
    session.expire_all()
    given["text"] = "Kun inden for EØS."
    correct_answer(session, people.staff, answer.id, CorrectionInput.model_validate(given))
    (view,) = list_questions(session, people.rival, tender.id)
    assert view.answers[0].text == "Kun inden for EØS."
    assert [(text, why) for text, _, why, _ in view.answers[0].editions] == [("Det gør vi.", "Præcisering.")]


def test_what_was_answered_before_the_switch_is_shared_when_it_is_turned_on(
    session: Session, people: People
) -> None:
    tender, said = add_open_tender(session, people.staff), ask_alone(session, people.vendor)
    answer_alone(session, people, said)
    link_to_tender(session, people.staff, tender.id, said.id, ASKED)
    assert shown(session, people, tender, "rival") == [(1, ASKED.question, ["Det gør vi."])]


def test_what_is_answered_to_the_lead_that_it_hangs_under_is_shared_too(
    session: Session, people: People
) -> None:
    tender, said = linked(session, people)
    lead = ask_alone(session, people.rival, title="Sky")
    session.add(Gathering(lead_id=lead.id))
    session.flush()
    session.add(
        Gathered(contribution_id=said.id, lead_id=lead.id, status_before="received", gathered_at=now())
    )
    session.flush()
    answer_alone(session, people, lead)
    assert shown(session, people, tender) == [(1, ASKED.question, ["Det gør vi."])]


def gathered(session: Session, people: People, said: Contribution) -> Contribution:
    """A public lead of another vendor, under which it hangs from now on."""
    lead = ask_alone(session, people.rival, title="Sky", visibility="public")
    gather(session, people.staff, lead.id, [said.id])
    return lead


def test_what_was_shared_stays_when_the_question_is_gathered_later(session: Session, people: People) -> None:
    tender, said = linked(session, people)
    answer_alone(session, people, said)
    lead = gathered(session, people, said)
    assert shown(session, people, tender) == [(1, ASKED.question, ["Det gør vi."])]
    answer_alone(session, people, lead, text="I hele EØS.")
    assert shown(session, people, tender) == [(1, ASKED.question, ["Det gør vi.", "I hele EØS."])]


def test_an_answer_begun_before_its_question_was_gathered_is_shared_when_it_goes_out(
    session: Session, people: People
) -> None:
    tender, said = linked(session, people)
    answer = add_prepared_answer(session, people.staff, [said.id])
    gathered(session, people, said)
    publish_answer(session, people.staff, answer.id, answer.version)
    assert shown(session, people, tender) == [(1, ASKED.question, ["Det gør vi."])]


def test_a_gathered_question_answered_together_with_its_lead_is_answered_once(
    session: Session, people: People
) -> None:
    tender, said = linked(session, people)
    lead = gathered(session, people, said)
    answer_alone(session, people, lead)
    (answer,) = session.query(Answer).all()
    session.add(AnswerContribution(answer_id=answer.id, contribution_id=said.id))
    session.flush()
    assert shown(session, people, tender) == [(1, ASKED.question, ["Det gør vi."])]


def test_a_gathered_question_answered_before_is_shared_when_the_switch_is_turned_on(
    session: Session, people: People
) -> None:
    tender, said = add_open_tender(session, people.staff), ask_alone(session, people.vendor)
    answer_alone(session, people, said)
    gathered(session, people, said)
    link_to_tender(session, people.staff, tender.id, said.id, ASKED)
    assert shown(session, people, tender, "rival") == [(1, ASKED.question, ["Det gør vi."])]
    assert list_gaps(session, people.staff).rows == ()


@pytest.mark.parametrize(
    "question", ["Soft A/S spørger om skyen.", "SOFT: må det?", "Se OE-0001.", "Spørger: soft, om skyen"]
)
def test_a_question_that_tells_who_asks_is_refused(session: Session, people: People, question: str) -> None:
    tender, said = add_open_tender(session, people.staff), ask_alone(session, people.vendor)
    given = LinkInput(question=question.replace("OE-0001", said.reference))
    with pytest.raises(Refused, match="names_asker"):
        link_to_tender(session, people.staff, tender.id, said.id, given)


def test_words_that_only_contain_the_name_are_let_through(session: Session, people: People) -> None:
    tender, said = add_open_tender(session, people.staff), ask_alone(session, people.vendor)
    given = LinkInput(question="Må softwaren ligge i skyen?")
    assert link_to_tender(session, people.staff, tender.id, said.id, given).question == given.question


def test_a_question_that_holds_what_was_said_in_confidence_is_refused(
    session: Session, people: People
) -> None:
    tender, idea = add_open_tender(session, people.staff), ask_alone(session, people.vendor, kind="idea")
    details = session.merge(IdeaDetails(contribution_id=idea.id))
    details.confidential = {"technology": {"text": "Hemmelig-fløjte-4711", "reason": "Forretning"}}
    session.flush()
    given = LinkInput(question="Må man bruge HEMMELIG-FLØJTE-4711 her?")
    with pytest.raises(Refused, match="holds_confidential"):
        link_to_tender(session, people.staff, tender.id, idea.id, given)


def test_the_switch_needs_a_tender_that_all_see_and_that_runs(session: Session, people: People) -> None:
    hidden = add_tender(session, people.staff, TenderInput(title="Hemmeligt"))
    said = ask_alone(session, people.vendor)
    with pytest.raises(Refused, match="tender_not_out"):
        link_to_tender(session, people.staff, hidden.id, said.id, ASKED)
    tender = add_open_tender(session, people.staff)
    turn_tender(session, people.staff, tender.id, "closed", tender.version)
    with pytest.raises(Refused, match="tender_closed"):
        link_to_tender(session, people.staff, tender.id, said.id, ASKED)
    with pytest.raises(NotFound):
        link_to_tender(session, people.staff, 99, said.id, ASKED)


def test_the_switch_is_turned_off_only_while_nothing_is_shared(session: Session, people: People) -> None:
    tender, said = linked(session, people)
    with pytest.raises(Refused, match="linked_before"):
        link_to_tender(session, people.staff, tender.id, said.id, ASKED)
    unlink_from_tender(session, people.staff, session.query(TenderQuestion).one().id)
    question = link_to_tender(session, people.staff, tender.id, said.id, ASKED)
    answer_alone(session, people, said)
    with pytest.raises(Refused, match="shared_before"):
        unlink_from_tender(session, people.staff, question.id)


def test_that_a_contribution_is_linked_is_told_to_its_own_people_and_staff_alone(
    session: Session, people: People
) -> None:
    tender, said = linked(session, people)
    said.visibility = "public"
    session.flush()
    told = {name for name, actor in people.all().items() if find_tender_of(session, actor, said.id)}
    assert told == {"vendor", "staff", "admin"}
    assert find_tender_of(session, people.vendor, said.id) == (tender.id, "Journalsystem", None)


def test_numbers_tell_nothing_of_questions_that_wait(session: Session, people: People) -> None:
    tender, said = linked(session, people)
    add_question(session, people.staff, tender.id, DIRECT)
    answer_alone(session, people, said)
    assert shown(session, people, tender) == [
        (1, DIRECT.question, ["I maj."]), (2, ASKED.question, ["Det gør vi."])
    ]  # fmt: skip


def test_a_question_from_a_meeting_does_not_name_who_was_met(session: Session, people: People) -> None:
    tender, entry = add_open_tender(session, people.staff), add_entry(session, people, people.rival)
    given = QuestionInput(question="Hvornår?", answer="Som vi sagde til Rival: i maj.", entry_id=entry.id)
    with pytest.raises(Refused, match="names_asker"):
        add_question(session, people.staff, tender.id, given)


def test_a_shared_question_put_otherwise_shows_how_it_stood(session: Session, people: People) -> None:
    tender = add_open_tender(session, people.staff)
    question = add_question(session, people.staff, tender.id, DIRECT)
    given = QuestionEdit(question="Hvornår?", answer="I juni.", why="Ny plan.", version=1)
    edit_question(session, people.staff, question.id, given)
    with pytest.raises(Refused, match="stale"):
        edit_question(session, people.staff, question.id, given)
    (view,) = list_questions(session, people.stranger, tender.id)
    assert ([one.text for one in view.answers], [one[:3] for one in view.editions]) == (
        ["I juni."], [(DIRECT.question, "I maj.", "Ny plan.")]
    )  # fmt: skip


def test_the_log_holds_no_words_of_what_was_asked(session: Session, people: People) -> None:
    _, said = linked(session, people)
    answer_alone(session, people, said)
    entries = session.scalars(select(AuditEntry).where(AuditEntry.thing == "tender")).all()
    assert [one.verb for one in entries] == ["add", "publish", "link_tender", "share"]
    assert ASKED.question not in str([(one.before, one.after) for one in entries])
