"""The verbs of gathering: what says the same hangs under a lead, and every word and author stays.

Nothing of a contribution changes but its status, and not its version, so that undoing it leaves everything
as it was. docs/decisions/0041.
"""

from collections.abc import Iterable, Sequence

from sqlalchemy import ColumnElement, Select, literal, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core.audit import AuditEntry, record
from app.core.clock import now
from app.core.events import announce
from app.core.policy import STRANGER, Actor, NotFound, Refused, require
from app.domain.contributions.events import ContributionsGathered
from app.domain.contributions.gathered import find_leads, find_members, hold_with_members, let_go
from app.domain.contributions.gathering_models import CitedInAnswer, CitedPage, Gathered, Gathering
from app.domain.contributions.models import Contribution
from app.domain.contributions.policy import OPEN_STATUSES, may_gather, may_record_at, may_see
from app.domain.contributions.queries import list_answers_to
from app.domain.contributions.schemas import GatheringInput
from app.domain.contributions.service import get_seen, tell_changed
from app.domain.meetings.models import Meeting
from app.domain.presentations.models import Deck, DeckRevision
from app.domain.presentations.policy import visible_to as deck_visible_to

MOST_GATHERED = 200  # under one lead
MOST_CITED = 20


def gather(session: Session, actor: Actor, lead_id: int, member_ids: Sequence[int]) -> Gathering:
    """Hang contributions under a lead, which may lead others already. Authors are told by the event, each
    contribution once as long as it stays there.

    Refused: gather_few (nothing but the lead), gather_many, gather_kind (an idea is a project of its own),
    gather_state (a draft, or withdrawn, hidden or waiting), gathered_already, lead_gathered (the lead hangs
    under another), gathers_others (one of them leads others), lead_narrower (fewer may read the lead).
    """
    require(may_gather(actor))
    members = [one for one in dict.fromkeys(member_ids) if one != lead_id]
    if not members:
        raise Refused("gather_few")
    rows = _lock(session, [lead_id, *members])
    _check_rows(rows.values())
    _check_place(session, lead_id, members)
    _check_readers(session, rows[lead_id], [rows[one] for one in members])
    is_new = session.get(Gathering, lead_id) is None
    if is_new:
        session.add(Gathering(lead_id=lead_id))
        session.flush()
    for one in members:
        _hang(session, actor, rows[one], lead_id)
    references = [rows[one].reference for one in members]
    record(session, actor, "gather", "contribution", lead_id, after={"gathered": references})
    for one in members:
        after = {"status": "gathered", "lead": rows[lead_id].reference}
        record(session, actor, "gather", "contribution", one, after=after)
    tell_changed(session, rows.values())
    told = (lead_id, *members) if is_new else tuple(members)
    announce(session, ContributionsGathered(lead_id, told))
    return session.get_one(Gathering, lead_id)


def put_gathering(session: Session, actor: Actor, lead_id: int, member_ids: Sequence[int]) -> None:
    """A gathering of the archive; one that people have had their hands on stays as they left it."""
    touched = select(AuditEntry.id).where(
        AuditEntry.thing == "contribution",
        AuditEntry.thing_id == lead_id,
        AuditEntry.verb.in_(("gather", "split", "ungather", "change_lead")),
    )
    if not session.scalar(select(touched.exists())):
        gather(session, actor, lead_id, member_ids)


def split(session: Session, actor: Actor, lead_id: int, member_ids: Sequence[int]) -> list[int]:
    """Take some out of a gathering again, as they were; which they were. With the last one it is gone."""
    require(may_gather(actor))
    rows, members = _hold_gathering(session, lead_id)
    wanted = [one for one in members if one in set(member_ids)]
    if not wanted:
        raise NotFound
    freed = let_go(session, lead_id, wanted)
    _record_freed(session, actor, "split", rows, lead_id, freed)
    return freed


def undo_gathering(session: Session, actor: Actor, lead_id: int) -> list[int]:
    """Bring everything back as it was before it was gathered; what hung under the lead."""
    require(may_gather(actor))
    rows, _members = _hold_gathering(session, lead_id)
    freed = let_go(session, lead_id)
    _record_freed(session, actor, "ungather", rows, lead_id, freed)
    return freed


def change_lead(session: Session, actor: Actor, lead_id: int, new_lead_id: int) -> Gathering:
    """Let another of a gathering lead it; the old lead hangs under it. Its name and summary go along.

    Refused: lead_answered (what was answered or promised was given to this lead), lead_narrower.
    """
    require(may_gather(actor))
    rows, members = _hold_gathering(session, lead_id)
    if new_lead_id not in members:
        raise NotFound
    old = session.get_one(Gathering, lead_id, with_for_update=True, populate_existing=True)
    if rows[lead_id].status not in OPEN_STATUSES:
        raise Refused("lead_answered")
    _check_rows([rows[new_lead_id]])
    _check_readers(session, rows[new_lead_id], [row for row in rows.values() if row.id != new_lead_id])
    hanging = {row.contribution_id: row for row in session.scalars(_hanging_under(lead_id))}
    new = Gathering(
        lead_id=new_lead_id, title=old.title, summary=old.summary, earlier=old.earlier, version=old.version
    )
    session.add(new)
    rows[new_lead_id].status = hanging[new_lead_id].status_before
    session.delete(hanging.pop(new_lead_id))
    session.flush()
    for row in hanging.values():
        row.lead_id = new_lead_id
    session.flush()
    session.delete(old)
    _hang(session, actor, rows[lead_id], new_lead_id)
    session.flush()
    before, after = {"lead": rows[lead_id].reference}, {"lead": rows[new_lead_id].reference}
    record(session, actor, "change_lead", "contribution", new_lead_id, before=before, after=after)
    tell_changed(session, [rows[lead_id], rows[new_lead_id]])
    return new


def name_gathering(session: Session, actor: Actor, lead_id: int, given: GatheringInput) -> Gathering:
    """What staff calls it; how it was called stays to be read for staff. `stale` when another was faster."""
    require(may_gather(actor))
    gathering = session.get(Gathering, lead_id, with_for_update=True, populate_existing=True)
    if gathering is None:
        raise NotFound
    if gathering.version != given.version:
        raise Refused("stale")
    if (gathering.title, gathering.summary) == (given.title, given.summary):
        return gathering
    old = {
        "title": gathering.title,
        "summary": gathering.summary,
        "version": gathering.version,
        "replaced_at": now().isoformat(),
    }
    gathering.earlier = [*gathering.earlier, old]
    gathering.title, gathering.summary = given.title, given.summary
    gathering.version += 1
    # The log, which cannot forget, only tells that it was called something else.
    record(session, actor, "name_gathering", "contribution", lead_id, after={"version": gathering.version})
    tell_changed(session, [session.get_one(Contribution, lead_id)])
    return gathering


def _lock(session: Session, ids: Sequence[int]) -> dict[int, Contribution]:
    # In one order, as taggers do, so that two at once wait for each other and never in a ring.
    rows = session.scalars(
        select(Contribution)
        .where(Contribution.id.in_(ids))
        .order_by(Contribution.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    found = {row.id: row for row in rows}
    if not found.keys() >= set(ids):
        raise NotFound
    return found


def _hold_gathering(session: Session, lead_id: int) -> tuple[dict[int, Contribution], list[int]]:
    """The lead with what hangs under it, held, and the ids of that. Raises NotFound if it leads nothing."""
    members = hold_with_members(session, lead_id)
    if not members:
        raise NotFound
    return _lock(session, [lead_id, *members]), members


def _check_rows(rows: Iterable[Contribution]) -> None:
    for row in rows:
        if row.kind == "idea":
            raise Refused("gather_kind", reference=row.reference)
        is_out = row.published_at is not None and row.hidden_at is None and row.waiting_reason is None
        if row.status in ("draft", "withdrawn") or not is_out:
            raise Refused("gather_state", reference=row.reference)


def _check_place(session: Session, lead_id: int, members: Sequence[int]) -> None:
    leads = find_leads(session, [lead_id, *members])
    if lead_id in leads:
        raise Refused("lead_gathered")
    if leads:
        raise Refused("gathered_already")
    leading = find_members(session, [lead_id, *members])
    if leading.keys() - {lead_id}:
        raise Refused("gathers_others")
    if len(leading.get(lead_id, ())) + len(members) > MOST_GATHERED:
        raise Refused("gather_many", most=MOST_GATHERED)


def _check_readers(session: Session, lead: Contribution, members: Sequence[Contribution]) -> None:
    """Whoever reads a member must be able to read the lead: its answer stands there."""
    if _is_open_to_all(session, lead):
        return
    for member in members:
        same = ("visibility", "meeting_id", "on_behalf_of_id")
        if any(getattr(member, field) != getattr(lead, field) for field in same):
            raise Refused("lead_narrower", reference=member.reference)


def _is_open_to_all(session: Session, said: Contribution) -> bool:
    meeting = session.get(Meeting, said.meeting_id) if said.meeting_id is not None else None
    return may_see(STRANGER, said, meeting is None or meeting.published_at is not None)


def _hang(session: Session, actor: Actor, member: Contribution, lead_id: int) -> None:
    session.add(
        Gathered(
            contribution_id=member.id,
            lead_id=lead_id,
            status_before=member.status,
            gathered_at=now(),
            gathered_by_id=actor.user_id,
        )
    )
    member.status = "gathered"


def _hanging_under(lead_id: int) -> Select[tuple[Gathered]]:
    return select(Gathered).where(Gathered.lead_id == lead_id).with_for_update()


def _record_freed(
    session: Session,
    actor: Actor,
    verb: str,
    rows: dict[int, Contribution],
    lead_id: int,
    freed: Sequence[int],
) -> None:
    references = [rows[one].reference for one in freed]
    record(session, actor, verb, "contribution", lead_id, before={"gathered": references})
    for one in freed:
        before = {"status": "gathered", "lead": rows[lead_id].reference}
        record(session, actor, verb, "contribution", one, before=before, after={"status": rows[one].status})
    tell_changed(session, [rows[lead_id], *(rows[one] for one in freed)])


# --- the slide pages that something cites


def cite_page(session: Session, actor: Actor, contribution_id: int, deck_id: int, number: int) -> None:
    """Note that a contribution is about a page of a deck, or rests on it. The same twice is once.

    Refused: unknown_page, cited_enough.
    """
    said = get_seen(session, actor, contribution_id, lock=True)
    require(may_record_at(actor, said.meeting_id))
    _check_page(session, actor, deck_id, number)
    if len(session.scalars(select(CitedPage).where(_of(contribution_id))).all()) >= MOST_CITED:
        raise Refused("cited_enough")
    added = session.execute(
        insert(CitedPage)
        .values(
            contribution_id=said.id,
            deck_id=deck_id,
            number=number,
            cited_by_id=actor.user_id,
            cited_at=now(),
        )
        .on_conflict_do_nothing()
        .returning(CitedPage.number)
    ).one_or_none()
    if added is not None:
        record(session, actor, "cite", "contribution", said.id, after={"deck_id": deck_id, "page": number})


def _check_page(session: Session, actor: Actor, deck_id: int, number: int) -> None:
    page = (
        select(Deck.id)
        .join(DeckRevision, DeckRevision.id == Deck.current_revision_id)
        .where(
            Deck.id == deck_id,
            deck_visible_to(actor),
            literal(number).between(1, DeckRevision.page_count),
        )
    )
    if session.scalars(page).one_or_none() is None:
        raise Refused("unknown_page")


def cite_page_in_answer(
    session: Session, actor: Actor, contribution_id: int, deck_id: int, number: int
) -> None:
    """Note that the newest answer to a contribution points at a page of a deck. The same twice is once.

    Refused: no_answer, unknown_page, cited_enough.
    """
    said = get_seen(session, actor, contribution_id, lock=True)
    require(may_record_at(actor, said.meeting_id))
    answers = list_answers_to(session, actor, contribution_id)
    if not answers:
        raise Refused("no_answer")
    _check_page(session, actor, deck_id, number)
    answer_id = answers[0].id
    cited = select(CitedInAnswer.number).where(CitedInAnswer.answer_id == answer_id)
    if len(session.scalars(cited).all()) >= MOST_CITED:
        raise Refused("cited_enough")
    added = session.execute(
        insert(CitedInAnswer)
        .values(
            answer_id=answer_id, deck_id=deck_id, number=number, cited_by_id=actor.user_id, cited_at=now()
        )
        .on_conflict_do_nothing()
        .returning(CitedInAnswer.number)
    ).one_or_none()
    if added is not None:
        record(session, actor, "cite", "answer", answer_id, after={"deck_id": deck_id, "page": number})


def uncite_page_in_answer(
    session: Session, actor: Actor, contribution_id: int, answer_id: int, deck_id: int, number: int
) -> None:
    """Take such a note away again; the answer is one to this contribution."""
    said = get_seen(session, actor, contribution_id)
    require(may_record_at(actor, said.meeting_id))
    cited = session.get(CitedInAnswer, (answer_id, deck_id, number))
    answers = {answer.id for answer in list_answers_to(session, actor, contribution_id)}
    if cited is None or answer_id not in answers:
        raise NotFound
    session.delete(cited)
    record(session, actor, "uncite", "answer", answer_id, before={"deck_id": deck_id, "page": number})


def uncite_page(session: Session, actor: Actor, contribution_id: int, deck_id: int, number: int) -> None:
    """Take such a note away again."""
    said = get_seen(session, actor, contribution_id)
    require(may_record_at(actor, said.meeting_id))
    cited = session.get(CitedPage, (contribution_id, deck_id, number))
    if cited is None:
        raise NotFound
    session.delete(cited)
    record(session, actor, "uncite", "contribution", said.id, before={"deck_id": deck_id, "page": number})


def _of(contribution_id: int) -> ColumnElement[bool]:
    return CitedPage.contribution_id == contribution_id
