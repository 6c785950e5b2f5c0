"""The verbs of summaries: having one proposed, wording it, publishing it and taking it back.

What is published is never changed: whoever goes on writing writes a new edition, which replaces the other
one when it is published; the earlier ones stay readable.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Literal

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.core.audit import record
from app.core.clock import now
from app.core.policy import STRANGER, SYSTEM, Actor, NotFound, Refused, require
from app.domain.meetings.service import lock_meeting
from app.domain.strategies.models import Theme
from app.domain.summaries.models import Summary, SummaryEdition, SummarySentence, SummarySupport
from app.domain.summaries.policy import may_summarise
from app.domain.summaries.proposing import Proposed, propose_of_meeting, propose_of_theme
from app.domain.summaries.queries import key_of, list_kept, list_standing
from app.domain.summaries.schemas import SentenceInput
from app.domain.summaries.sources import (
    Source,
    SourceKey,
    find_sources,
    is_quoted_from,
    list_quotes,
    put_out_of_sight,
    read_references,
)

MOST_SENTENCES = 60

Way = Literal["up", "down"]


# --- beginning


def begin_summary(
    session: Session, actor: Actor, *, meeting_id: int | None = None, theme_id: int | None = None
) -> Summary:
    """The summary of a meeting or a theme with a draft to write in, made where there is none yet."""
    require(may_summarise(actor))
    summary = _take_subject(session, meeting_id, theme_id)
    edition, is_new = _open_draft(session, summary)
    if is_new:
        record(session, actor, "begin_summary", "summary", summary.id, after={"edition": edition.number})
    return summary


def propose_summary(
    session: Session, actor: Actor, *, meeting_id: int | None = None, theme_id: int | None = None
) -> Summary:
    """Sentences made of what was said, put into the draft. Those that a person wrote or approved stay, and
    those of the machine that nobody has read are replaced. Refused: summary_nothing_to_propose."""
    require(may_summarise(actor))
    summary = _take_subject(session, meeting_id, theme_id)
    if summary.meeting_id is not None:
        proposed = propose_of_meeting(session, summary.meeting_id)
    else:
        assert summary.theme_id is not None
        proposed = propose_of_theme(session, summary.theme_id)
    known = _find_told(session, summary)
    fresh = [one for one in proposed if frozenset(one.sources) not in known]
    if not fresh:
        raise Refused("summary_nothing_to_propose")
    edition, _ = _open_draft(session, summary)
    rows = _list_rows(session, edition.id)
    kept = [one for one in rows if one.origin != "machine"]
    for one in rows:
        if one.origin == "machine":
            session.delete(one)
    session.flush()
    _put_proposed(session, edition, fresh[: MOST_SENTENCES - len(kept)], after=len(kept))
    _number(kept)
    summary.version += 1
    session.flush()
    after = {"edition": edition.number, "sentences": len(fresh)}
    record(session, actor, "propose_summary", "summary", summary.id, after=after)
    return summary


def _find_told(session: Session, summary: Summary) -> set[frozenset[SourceKey]]:
    """What the sentences rest on that a person answers for, in the draft or else in the last edition."""
    last = session.scalar(
        select(SummaryEdition.id)
        .where(SummaryEdition.summary_id == summary.id)
        .order_by(SummaryEdition.number.desc())
        .limit(1)
    )
    rows = _list_rows(session, last) if last is not None else []
    keys = _find_keys(session, [row.id for row in rows if row.origin != "machine"])
    return {frozenset(found) for found in keys.values()}


def propose_anew(session: Session, actor: Actor, summary_id: int) -> Summary:
    """The same for a summary that there is. Raises NotFound. Refused: summary_nothing_to_propose."""
    require(may_summarise(actor))
    summary = session.get(Summary, summary_id)
    if summary is None:
        raise NotFound
    return propose_summary(session, actor, meeting_id=summary.meeting_id, theme_id=summary.theme_id)


def _take_subject(session: Session, meeting_id: int | None, theme_id: int | None) -> Summary:
    """Raises NotFound. The meeting or the theme is locked, so that two begin one summary."""
    if meeting_id is not None:
        lock_meeting(session, meeting_id)
        which = Summary.meeting_id == meeting_id
    else:
        theme = session.scalar(select(Theme.id).where(Theme.id == theme_id).with_for_update())
        if theme is None:
            raise NotFound
        which = Summary.theme_id == theme_id
    summary = session.scalars(select(Summary).where(which).with_for_update()).one_or_none()
    if summary is None:
        summary = Summary(meeting_id=meeting_id, theme_id=theme_id)
        session.add(summary)
        session.flush()
    return summary


def _open_draft(session: Session, summary: Summary) -> tuple[SummaryEdition, bool]:
    """The draft; a new one begins with the sentences that are shown. Whether it is new."""
    editions = session.scalars(
        select(SummaryEdition)
        .where(SummaryEdition.summary_id == summary.id)
        .order_by(SummaryEdition.number.desc())
    ).all()
    draft = next((one for one in editions if one.published_at is None), None)
    if draft is not None:
        return draft, False
    number = max((one.number for one in editions), default=0) + 1
    draft = SummaryEdition(summary_id=summary.id, number=number, begun_at=now())
    session.add(draft)
    session.flush()
    if editions:
        _copy(session, editions[0].id, draft.id)
    return draft, True


def _copy(session: Session, from_id: int, to_id: int) -> None:
    rows = _list_rows(session, from_id)
    supports = _list_supports(session, [row.id for row in rows])
    for row in rows:
        copy = SummarySentence(
            edition_id=to_id,
            position=row.position,
            text=row.text,
            text_en=row.text_en,
            origin=row.origin,
        )
        session.add(copy)
        session.flush()
        for one in supports.get(row.id, ()):
            session.add(
                SummarySupport(
                    sentence_id=copy.id,
                    position=one.position,
                    contribution_id=one.contribution_id,
                    answer_id=one.answer_id,
                    commitment_id=one.commitment_id,
                    deck_id=one.deck_id,
                    page_number=one.page_number,
                    mark=one.mark,
                )
            )
    session.flush()


def _put_proposed(
    session: Session, edition: SummaryEdition, proposed: Sequence[Proposed], after: int
) -> None:
    sources = find_sources(session, STRANGER, [key for one in proposed for key in one.sources])
    for place, one in enumerate(proposed, start=after + 1):
        row = SummarySentence(
            edition_id=edition.id, position=place, text=one.text, text_en=one.text_en, origin="machine"
        )
        session.add(row)
        session.flush()
        _link(session, row.id, {key: sources[key].mark for key in one.sources if key in sources})


# --- sentences


def add_sentence(session: Session, actor: Actor, summary_id: int, given: SentenceInput) -> SummarySentence:
    """A sentence of somebody's own, last in the draft. Refused: as `edit_sentence`, summary_full."""
    summary, edition = _take_draft(session, actor, summary_id, given.version)
    rows = _list_rows(session, edition.id)
    if len(rows) >= MOST_SENTENCES:
        raise Refused("summary_full", count=MOST_SENTENCES)
    marks = _read_sources(session, actor, given)
    row = SummarySentence(
        edition_id=edition.id,
        position=len(rows) + 1,
        text=given.text,
        text_en=given.text_en,
        origin="person",
    )
    session.add(row)
    session.flush()
    _link(session, row.id, marks)
    _note(session, actor, "add_sentence", summary, row.id, {"sources": len(marks)})
    return row


def edit_sentence(
    session: Session, actor: Actor, summary_id: int, sentence_id: int, given: SentenceInput
) -> SummarySentence:
    """Word a sentence otherwise, or link it to other things; it is then a person's. Raises NotFound.

    Refused: stale, summary_unknown_source with `words`, summary_too_many_sources, summary_false_quote with
    `words` where something between »« is said by none of them.
    """
    summary, edition = _take_draft(session, actor, summary_id, given.version)
    row = _find_row(session, edition.id, sentence_id)
    marks = _read_sources(session, actor, given)
    row.text, row.text_en, row.origin = given.text, given.text_en, "person"
    for old in _list_supports(session, [row.id]).get(row.id, ()):
        session.delete(old)
    session.flush()
    _link(session, row.id, marks)
    _note(session, actor, "edit_sentence", summary, row.id, {"sources": len(marks)})
    return row


def _read_sources(session: Session, actor: Actor, given: SentenceInput) -> dict[SourceKey, str]:
    """{source: the mark of its words}, in the order given."""
    keys = read_references(session, actor, given.sources)
    found = find_sources(session, actor, keys)
    for quote in (*list_quotes(given.text), *list_quotes(given.text_en)):
        if not is_quoted_from(quote, found.values()):
            raise Refused("summary_false_quote", words=quote[:200])
    return {key: found[key].mark for key in keys}


def approve_sentences(
    session: Session, actor: Actor, summary_id: int, sentence_ids: Collection[int], version: int
) -> int:
    """Say of sentences of the machine that they hold; how many there were. Raises NotFound where one is not
    of the draft."""
    summary, edition = _take_draft(session, actor, summary_id, version)
    rows = [_find_row(session, edition.id, id_) for id_ in sorted(set(sentence_ids))]
    held = [row for row in rows if row.origin == "machine"]
    for row in held:
        row.origin = "approved"
    _note(session, actor, "approve_sentences", summary, None, {"sentences": [row.id for row in held]})
    return len(held)


def remove_sentence(session: Session, actor: Actor, summary_id: int, sentence_id: int, version: int) -> None:
    """Raises NotFound. Refused: stale."""
    summary, edition = _take_draft(session, actor, summary_id, version)
    row = _find_row(session, edition.id, sentence_id)
    session.delete(row)
    session.flush()
    _number(_list_rows(session, edition.id))
    _note(session, actor, "remove_sentence", summary, sentence_id, {})


def move_sentence(
    session: Session, actor: Actor, summary_id: int, sentence_id: int, way: Way, version: int
) -> None:
    """One place up or down; nothing happens at the ends. Raises NotFound. Refused: stale."""
    summary, edition = _take_draft(session, actor, summary_id, version)
    rows = _list_rows(session, edition.id)
    row = _find_row(session, edition.id, sentence_id)
    place = rows.index(row)
    other = place + (-1 if way == "up" else 1)
    if 0 <= other < len(rows):
        rows[place], rows[other] = rows[other], rows[place]
    _number(rows)
    _note(session, actor, "move_sentence", summary, sentence_id, {"position": row.position})


# --- out and back


def publish_summary(session: Session, actor: Actor, summary_id: int, version: int) -> SummaryEdition:
    """Show the draft to everybody; the edition before it stays readable. Raises NotFound.

    Refused: stale, summary_empty, summary_unsupported with `count` where sentences rest on nothing that
    everybody may read.
    """
    summary, edition = _take_draft(session, actor, summary_id, version)
    kept = list_kept(session, "edition_id", [edition.id])
    if not kept:
        raise Refused("summary_empty")
    public = find_sources(session, STRANGER, [key for one in kept for key in one.marks])
    if count := sum(not _holds(one.row.text, one.row.text_en, list_standing(one, public)) for one in kept):
        raise Refused("summary_unsupported", count=count)
    edition.published_at = now()
    summary.version += 1
    session.flush()
    by_machine = sum(one.row.origin == "machine" for one in kept)
    after = {"edition": edition.number, "sentences": len(kept), "by_machine": by_machine}
    record(session, actor, "publish_summary", "summary", summary.id, after=after)
    return edition


def _holds(text: str, text_en: str, standing: Collection[Source]) -> bool:
    return bool(standing) and all(put_out_of_sight(one, standing) == one for one in (text, text_en))


def take_back_summary(session: Session, actor: Actor, summary_id: int, version: int) -> None:
    """Show it to nobody any more, nor the editions before it, until another one is published. Refused: stale,
    summary_not_out."""
    summary = _lock(session, actor, summary_id, version)
    last = session.scalars(
        select(SummaryEdition)
        .where(SummaryEdition.summary_id == summary.id, SummaryEdition.published_at.is_not(None))
        .order_by(SummaryEdition.number.desc())
        .limit(1)
    ).one_or_none()
    if last is None or last.taken_back_at is not None:
        raise Refused("summary_not_out")
    last.taken_back_at = now()
    summary.version += 1
    session.flush()
    record(session, actor, "take_back_summary", "summary", summary.id, before={"edition": last.number})


def discard_draft(session: Session, actor: Actor, summary_id: int, version: int) -> None:
    """Throw away what is being written; what is published stays. Raises NotFound. Refused: stale."""
    summary, edition = _take_draft(session, actor, summary_id, version)
    session.delete(edition)
    summary.version += 1
    session.flush()
    before = {"edition": edition.number}
    record(session, actor, "discard_summary_draft", "summary", summary.id, before=before)


# --- what is taken out of sight elsewhere


def forget_quotes(session: Session, kind: str, thing_id: int) -> int:
    """Words were taken out of something: what summaries quote of it, and no other source says, goes too, from
    the draft and all editions; how many sentences there were. `kind`: as search names things."""
    column = SummarySupport.answer_id if kind == "answer" else SummarySupport.contribution_id
    resting = set(session.scalars(select(SummarySupport.sentence_id).where(column == thing_id)))
    kept = list_kept(session, "id", resting)
    sources = find_sources(session, SYSTEM, [key for one in kept for key in one.marks])
    # What is only hidden may come back: its words stay, and are shown to nobody meanwhile.
    is_there = {key for key in sources if not _is(key, kind, thing_id)}
    here = [source for key, source in sources.items() if _is(key, kind, thing_id)]
    if not here:
        return 0
    changed = 0
    for one in kept:
        others = [sources[key] for key in one.marks if key in is_there]
        texts = tuple(put_out_of_sight(text, [*here, *others]) for text in (one.row.text, one.row.text_en))
        if texts != (one.row.text, one.row.text_en):
            changed += 1
            session.execute(
                update(SummarySentence)
                .where(SummarySentence.id == one.row.id)
                .values(text=texts[0], text_en=texts[1])
            )
    return changed


def _is(key: SourceKey, kind: str, thing_id: int) -> bool:
    return key.id == thing_id and key.kind == ("answer" if kind == "answer" else "contribution")


# --- steps of the above


def _lock(session: Session, actor: Actor, summary_id: int, version: int) -> Summary:
    require(may_summarise(actor))
    summary = session.get(Summary, summary_id, with_for_update=True, populate_existing=True)
    if summary is None:
        raise NotFound
    if summary.version != version:
        raise Refused("stale")
    return summary


def _take_draft(
    session: Session, actor: Actor, summary_id: int, version: int
) -> tuple[Summary, SummaryEdition]:
    summary = _lock(session, actor, summary_id, version)
    draft = session.scalars(
        select(SummaryEdition).where(
            SummaryEdition.summary_id == summary.id, SummaryEdition.published_at.is_(None)
        )
    ).one_or_none()
    if draft is None:
        raise NotFound
    return summary, draft


def _list_rows(session: Session, edition_id: int) -> list[SummarySentence]:
    rows = session.scalars(
        select(SummarySentence)
        .where(SummarySentence.edition_id == edition_id)
        .order_by(SummarySentence.position, SummarySentence.id)
    )
    return list(rows)


def _find_row(session: Session, edition_id: int, sentence_id: int) -> SummarySentence:
    row = session.get(SummarySentence, sentence_id)
    if row is None or row.edition_id != edition_id:
        raise NotFound
    return row


def _list_supports(session: Session, sentence_ids: Collection[int]) -> dict[int, list[SummarySupport]]:
    rows = session.scalars(
        select(SummarySupport)
        .where(SummarySupport.sentence_id.in_(sentence_ids))
        .order_by(SummarySupport.sentence_id, SummarySupport.position, SummarySupport.id)
    )
    found: dict[int, list[SummarySupport]] = {}
    for row in rows:
        found.setdefault(row.sentence_id, []).append(row)
    return found


def _find_keys(session: Session, sentence_ids: Collection[int]) -> dict[int, list[SourceKey]]:
    found = _list_supports(session, sentence_ids)
    return {sentence_id: [key_of(one) for one in rows] for sentence_id, rows in found.items()}


def _number(rows: Iterable[SummarySentence]) -> None:
    for place, row in enumerate(rows, start=1):
        row.position = place


def _link(session: Session, sentence_id: int, marks: Mapping[SourceKey, str]) -> None:
    for place, (key, mark) in enumerate(marks.items(), start=1):
        session.add(
            SummarySupport(
                sentence_id=sentence_id,
                position=place,
                contribution_id=key.id if key.kind == "contribution" else None,
                answer_id=key.id if key.kind == "answer" else None,
                commitment_id=key.id if key.kind == "commitment" else None,
                deck_id=key.id if key.kind == "deck_page" else None,
                page_number=key.page if key.kind == "deck_page" else None,
                mark=mark,
            )
        )
    session.flush()


def _note(
    session: Session,
    actor: Actor,
    verb: str,
    summary: Summary,
    sentence_id: int | None,
    after: dict[str, object],
) -> None:
    # Not the words: the log cannot be made to forget.
    summary.version += 1
    session.flush()
    about = {"sentence": sentence_id} if sentence_id is not None else {}
    record(session, actor, verb, "summary", summary.id, after=about | after)
