"""Summaries: sentences with what each rests on, and what happens to them when that is taken away."""

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.audit import AuditEntry
from app.core.clock import now
from app.core.policy import STRANGER, SYSTEM, NotAllowed, Refused
from app.domain.contributions.blacking_out import black_out
from app.domain.contributions.models import Contribution
from app.domain.meetings.models import Meeting
from app.domain.summaries import policy, queries, service
from app.domain.summaries.models import SummaryEdition, SummarySentence
from app.domain.summaries.queries import SummaryView
from app.domain.summaries.schemas import SentenceInput
from tests.people import People
from tests.promised import add_commitment
from tests.said import add_meeting_row, add_theme_rows, put_said


def _room(session: Session) -> tuple[Meeting, list[Contribution]]:
    """A meeting where two say the same, and one says something else under a theme."""
    meeting = add_meeting_row(session, "21")
    (theme,) = add_theme_rows(session, "Velfærd")
    words = [
        ("Fælles målbilleder", "Vi mangler fælles målbilleder for arkitekturen i journalerne.", []),
        ("Målbilleder", "Der mangler målbilleder for arkitekturen på tværs af journaler.", []),
        ("Roligere nætter", "Natholdet går alt for mange runder på plejecentrene.", [theme.id]),
    ]
    return meeting, [
        put_said(session, title, title=title, body=body, meeting_id=meeting.id, theme_ids=themes)
        for title, body, themes in words
    ]


def _shown(session: Session, people: People, meeting: Meeting, who: Any = STRANGER) -> SummaryView:
    found = queries.find_of_meeting(session, who, meeting.id)
    assert found is not None
    return found


def _publish(session: Session, people: People, meeting: Meeting) -> None:
    summary = service.propose_summary(session, people.staff, meeting_id=meeting.id)
    service.publish_summary(session, people.staff, summary.id, summary.version)


def _write(text: str, sources: str, version: int) -> SentenceInput:
    return SentenceInput(text=text, sources=sources, version=version)


def test_what_several_say_is_proposed_in_the_words_of_one_with_links_to_all(
    session: Session, people: People
) -> None:
    meeting, said = _room(session)
    _publish(session, people, meeting)
    shown = [
        (one.text, one.origin, {source.reference for source in one.sources}, one.standing)
        for one in _shown(session, people, meeting).sentences
    ]
    together = {one.reference for one in said[:2]}
    assert shown[0][0] in {f"Flere siger det samme: »{one.body}«" for one in said[:2]}
    assert shown[0][1:] == ("machine", together, "supported")
    assert shown[1:] == [
        (
            "Om Velfærd blev der blandt andet sagt: »Natholdet går alt for mange runder på plejecentrene.«",
            "machine",
            {said[2].reference},
            "supported",
        )
    ]


@pytest.mark.parametrize("how", ["hidden", "withdrawn", "staff_only"])
def test_a_sentence_whose_source_is_taken_away_is_unsupported_and_quotes_nothing_of_it(
    session: Session, people: People, how: str
) -> None:
    meeting, said = _room(session)
    _publish(session, people, meeting)
    if how == "hidden":
        said[2].hidden_at = now()
    elif how == "withdrawn":
        said[2].status = "withdrawn"
    else:
        said[2].visibility = "staff"
    session.flush()
    last = _shown(session, people, meeting).sentences[-1]
    assert (last.text, last.standing, last.sources) == (
        "Om Velfærd blev der blandt andet sagt: »▇▇▇«",
        "unsupported",
        (),
    )
    to_staff = _shown(session, people, meeting, people.staff)
    assert [one.public_standing for one in to_staff.sentences] == ["supported", "unsupported"]
    assert to_staff.troubled == (to_staff.sentences[-1],)


def test_words_that_are_blacked_out_go_from_every_edition_of_a_summary(
    session: Session, people: People
) -> None:
    meeting, said = _room(session)
    _publish(session, people, meeting)
    session.expire_all()
    black_out(session, people.staff, said[2].id, said[2].version, "Natholdet")
    kept = session.scalars(select(SummarySentence.text).order_by(SummarySentence.id)).all()
    assert kept[-1] == "Om Velfærd blev der blandt andet sagt: »▇▇▇«"
    assert "målbilleder" in kept[0]
    assert [one.standing for one in _shown(session, people, meeting).sentences] == [
        "supported",
        "unsupported",
    ]


def test_a_reader_is_not_told_that_something_more_was_there(session: Session, people: People) -> None:
    meeting, said = _room(session)
    _publish(session, people, meeting)
    quoted = _shown(session, people, meeting).sentences[0].text
    other = next(one for one in said[:2] if one.body not in quoted)
    other.hidden_at = now()
    session.flush()
    first = _shown(session, people, meeting).sentences[0]
    assert (first.text, first.standing, len(first.sources)) == (quoted, "supported", 1)
    assert _shown(session, people, meeting, people.staff).sentences[0].standing == "partly"


def test_a_person_s_sentences_stay_when_the_machine_proposes_anew(session: Session, people: People) -> None:
    meeting, said = _room(session)
    promise = add_commitment(session, people.staff)
    summary = service.propose_summary(session, people.staff, meeting_id=meeting.id)
    given = _write("Natholdet har travlt.", f"{said[2].reference} {promise.reference}", summary.version)
    own = service.add_sentence(session, people.staff, summary.id, given)
    service.move_sentence(session, people.staff, summary.id, own.id, "up", summary.version)
    service.propose_summary(session, people.staff, meeting_id=meeting.id)
    draft = queries.find_draft(session, people.staff, summary.id)
    assert draft is not None
    told = [(one.origin, [source.key.kind for source in one.sources]) for one in draft.sentences]
    assert told == [
        ("person", ["contribution", "commitment"]),
        ("machine", ["contribution", "contribution"]),
        ("machine", ["contribution"]),
    ]
    verbs = session.scalars(
        select(AuditEntry.verb).where(AuditEntry.thing == "summary").order_by(AuditEntry.id)
    ).all()
    assert verbs == ["propose_summary", "add_sentence", "move_sentence", "propose_summary"]


@pytest.mark.parametrize(
    ("text", "sources", "code"),
    [
        ("Natholdet »sover hele natten«.", "{}", "summary_false_quote"),
        ("Natholdet har travlt.", "{} OE-9999", "summary_unknown_source"),
        ("Natholdet har travlt.", "{} vrøvl", "summary_unknown_source"),
    ],
)
def test_a_quotation_that_nobody_said_and_an_unknown_source_are_refused(
    session: Session, people: People, text: str, sources: str, code: str
) -> None:
    meeting, said = _room(session)
    summary = service.begin_summary(session, people.staff, meeting_id=meeting.id)
    given = _write(text, sources.format(said[2].reference), summary.version)
    with pytest.raises(Refused, match=code):
        service.add_sentence(session, people.staff, summary.id, given)


def test_a_sentence_that_rests_on_nothing_everybody_may_read_is_not_published(
    session: Session, people: People
) -> None:
    meeting, said = _room(session)
    said[2].visibility = "staff"
    session.flush()
    summary = service.begin_summary(session, people.staff, meeting_id=meeting.id)
    with pytest.raises(Refused, match="summary_empty"):
        service.publish_summary(session, people.staff, summary.id, summary.version)
    given = _write("Natholdet har travlt.", said[2].reference, summary.version)
    service.add_sentence(session, people.staff, summary.id, given)
    with pytest.raises(Refused, match="summary_unsupported"):
        service.publish_summary(session, people.staff, summary.id, summary.version)
    with pytest.raises(Refused, match="stale"):
        service.discard_draft(session, people.staff, summary.id, summary.version - 1)


def test_the_edition_before_stays_readable_and_what_is_taken_back_is_shown_to_nobody(
    session: Session, people: People
) -> None:
    meeting, _ = _room(session)
    _publish(session, people, meeting)
    summary = service.begin_summary(session, people.staff, meeting_id=meeting.id)
    draft = queries.find_draft(session, people.staff, summary.id)
    assert draft is not None and [one.origin for one in draft.sentences] == ["machine", "machine"]
    approved = [one.id for one in draft.sentences]
    assert service.approve_sentences(session, people.staff, summary.id, approved, summary.version) == 2
    service.publish_summary(session, people.staff, summary.id, summary.version)
    first = queries.find_edition(session, STRANGER, summary.id, 1)
    assert first is not None and first.is_by_machine
    assert not _shown(session, people, meeting).is_by_machine
    service.take_back_summary(session, people.staff, summary.id, summary.version)
    assert queries.find_of_meeting(session, people.staff, meeting.id) is None
    assert queries.list_editions(session, STRANGER, summary.id) == []
    assert [one.number for one in queries.list_editions(session, people.staff, summary.id)] == [2, 1]


def test_the_rule_and_its_sql_agree_for_every_kind_of_actor(session: Session, people: People) -> None:
    meeting, _ = _room(session)
    _publish(session, people, meeting)
    summary = service.begin_summary(session, people.staff, meeting_id=meeting.id)
    _publish(session, people, meeting)
    service.take_back_summary(session, SYSTEM, summary.id, summary.version)
    _publish(session, people, meeting)
    service.begin_summary(session, people.staff, meeting_id=meeting.id)
    editions = session.scalars(select(SummaryEdition).order_by(SummaryEdition.number)).all()
    assert len(editions) == 4
    for actor in people.all().values():
        by_sql = session.scalars(
            select(SummaryEdition.number).where(policy.visible_to(actor)).order_by(SummaryEdition.number)
        ).all()
        backs = [one.number for one in editions if one.taken_back_at is not None]
        by_rule = [
            one.number
            for one in editions
            if policy.may_see(actor, one, any(back > one.number for back in backs))
        ]
        assert by_sql == by_rule
        if not actor.is_staff:
            assert by_sql == [3]
            with pytest.raises(NotAllowed):
                service.propose_summary(session, actor, meeting_id=meeting.id)
