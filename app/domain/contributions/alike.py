"""What says the same as something, at any meeting and in any year, with how one can tell.

The few that come into question are found among all by the stems that the database keeps; only these are then
compared as `likeness` does. However much has been said, the statements are as many, and there is as much to
do: how common a stem is, and which are near to it, is told from the newest texts, and of each text the rarest
stems are looked for until enough is met.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Float,
    Integer,
    Select,
    Text,
    bindparam,
    column,
    func,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from app.core.asking import Asking, asked, beside, read
from app.core.kept import kept
from app.core.policy import Actor
from app.domain.contributions.gathered import lead_of
from app.domain.contributions.gathering_models import Gathering
from app.domain.contributions.likeness import (
    COMMON,
    Alike,
    Nearness,
    Reason,
    Usage,
    as_spoken,
    find_rarity,
    likeness_of,
    theme_ids,
)
from app.domain.contributions.models import Contribution
from app.domain.contributions.policy import OPEN_STATUSES, is_listed, visible_to
from app.domain.contributions.queries import ContributionView, contributions_with, find_contributions
from app.domain.contributions.sightings import LeadRef, lead_refs_of

C = Contribution
PER_PAGE = 20
MOST_COMPARED = 240  # for one; of many that are asked for at once, fewer for each
MOST_SHOWN = 30
MOST_STEMS = 40  # of one text, the rarest
MOST_STEMS_OF_MANY = 12
MOST_WORDS = 60  # that meet a stem
TELLING = 0.03  # how much a word must tell to be looked for
OF_STEM = 0.7  # what a stem of a text tells on the average
SAMPLE = 3_000  # texts, the newest, from which it is told how common a stem is
MOST_MET = 12_000  # texts, about so many, that are met by the words of one
MOST_MET_OF_MANY = 600
FEWEST_STEMS = 2  # are looked for, however common they are
_WORD = re.compile(r"[^\W\d_]{2,}")

# Of all texts it took seconds when there were a hundred thousand.
_VOCABULARY = select(
    text(
        "select word, ndoc from ts_stat('select stems from contribution where published_at is not null"
        " and kind <> ''idea'' order by id desc limit ' || cast(:sample as integer))"
    )
    .columns(column("word", Text), column("ndoc", Integer))
    .subquery("vocabulary")
)
# Each word is asked of the index by itself; how far each text is met is then reckoned of those alone. Without
# the offset the stems of every one of them would be sorted along. Those that are asked about come along.
_NEAREST = (
    text(
        """
    with wanted as (
        select * from unnest(:asked, :stems, :words, :weights) as given(asked, stem, word, weight)
    ), met as (
        select wanted.asked, found.id, wanted.stem, max(wanted.weight) as weight, max(found.size) as size
        from wanted cross join lateral (
            select one.id, length(one.stems) as size
            from contribution one
            where one.stems @@ (quote_literal(wanted.word))::tsquery
                and one.published_at is not null and one.hidden_at is null and one.waiting_reason is null
                and one.status not in ('draft', 'withdrawn') and one.kind <> 'idea'
                and one.id <> wanted.asked
            offset 0
        ) found
        group by wanted.asked, found.id, wanted.stem
    ), totals as (
        select * from unnest(:ids, :totals) as given(asked, total)
    ), covered as (
        select met.asked, met.id, sum(met.weight) / max(totals.total) as of_asked,
            least(sum(met.weight) / (:of_stem * max(met.size)), 1) as of_found
        from met join totals on totals.asked = met.asked
        group by met.asked, met.id
    ), ranked as (
        select asked, id, row_number() over (
            partition by asked
            order by 0.4 * least(of_asked, of_found) + 0.6 * greatest(of_asked, of_found) desc, id desc
        ) as place
        from covered
    )
    select id, array_remove(array_agg(asked), null) as near_to
    from (
        select asked, id from ranked where place <= :most
        union all select null, unnest(:ids)
    ) every
    group by id
    """
    )
    .bindparams(
        bindparam("asked", type_=ARRAY(BigInteger)),
        bindparam("stems", type_=ARRAY(Text)),
        bindparam("words", type_=ARRAY(Text)),
        bindparam("weights", type_=ARRAY(Float)),
        bindparam("ids", type_=ARRAY(BigInteger)),
        bindparam("totals", type_=ARRAY(Float)),
    )
    .columns(column("id", BigInteger), column("near_to", ARRAY(BigInteger)))
    .subquery("nearest")
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """Something that says the same. `words`: what both speak of, in its own words. `lead_id`: what it hangs
    under, or itself where it leads others; then that is what to gather under. `lead`: what it hangs under, as
    far as the reader may see that."""

    said: ContributionView
    score: float
    reasons: tuple[Reason, ...]
    words: tuple[str, ...]
    lead_id: int | None
    lead: LeadRef | None


@dataclass(frozen=True, slots=True)
class SimilarGroup:
    """Something open, and what says the same as it; all of it may be put together."""

    said: ContributionView
    candidates: tuple[Candidate, ...]


def find_candidates(session: Session, actor: Actor, contribution_id: int) -> list[Candidate]:
    """What says the same as this one and does not stand together with it already, the likest first."""
    return read(session, candidates_for(actor, contribution_id))


def candidates_for(actor: Actor, contribution_id: int) -> Asking[list[Candidate]]:
    """The same, to be asked beside others."""
    return (yield from _candidates(actor, [contribution_id])).get(contribution_id, [])


def count_askable(session: Session, actor: Actor) -> int:
    """How many are open, and may have their like; one statement."""
    return session.scalar(select(func.count()).select_from(C).where(*_are_askable(actor))) or 0


def _are_askable(actor: Actor) -> tuple[ColumnElement[bool], ...]:
    return (
        visible_to(actor),
        is_listed(),
        C.published_at.is_not(None),
        C.status.in_(OPEN_STATUSES),
        C.kind.in_(("wish", "need", "question")),
    )


def list_similar_groups(session: Session, actor: Actor, page: int = 1) -> list[SimilarGroup]:
    """Those of a page of what is open, the newest first, that have their like, with these; each stands in one
    group of the page only."""
    open_ones = session.scalars(
        select(C.id)
        .where(*_are_askable(actor))
        .order_by(C.received_at.desc(), C.id.desc())
        .limit(PER_PAGE)
        .offset((page - 1) * PER_PAGE)
    ).all()
    found = read(session, _candidates(actor, open_ones))
    seen = find_contributions(session, actor, [one for one in open_ones if found.get(one)])
    groups: list[SimilarGroup] = []
    taken: set[int] = set()
    for one in open_ones:
        candidates = [other for other in found.get(one, []) if other.said.id not in taken]
        if one in taken or not candidates or one not in seen:
            continue
        taken |= {one, *(other.said.id for other in candidates)}
        groups.append(SimilarGroup(seen[one], tuple(candidates)))
    return groups


def _candidates(actor: Actor, ids: Sequence[int]) -> Asking[dict[int, list[Candidate]]]:
    if not ids:
        return {}
    wanted, usage = yield from _wanted_of(ids)
    if wanted is None:
        return {}
    rows = yield from asked(_compared(actor), wanted)
    spoken = [as_spoken(row) for row in rows]
    leads = {row.id: row.lead_id for row in rows if row.lead_id is not None}
    near = {row.id: row.near_to for row in rows}
    likeness = yield from likeness_of(spoken, usage)
    alike: dict[int, list[Alike]] = {}
    for one in ids:
        if one in near:
            own = leads.get(one)
            alike[one] = [
                other
                for other in likeness.list_alike(one)
                if one in near[other.id] and (own is None or leads.get(other.id) != own)
            ][:MOST_SHOWN]
    found = [other.id for others in alike.values() for other in others]
    seen, refs = yield from beside(contributions_with(actor, found), lead_refs_of(actor, found))
    return {
        one: [
            Candidate(seen[i], other.score, other.reasons, other.words, leads.get(i), refs.get(i))
            for other in others
            if (i := other.id) in seen
        ]
        for one, others in alike.items()
    }


def _wanted_of(ids: Sequence[int]) -> Asking[tuple[dict[str, Any] | None, Usage]]:
    """The words by which those that share the most with each of these are met, as values of `_NEAREST`; None
    where there are none. And how common the stems of all are."""
    rows, vocabulary, (counted,) = yield from beside(
        asked(_stems(), {"stems_of": list(ids)}),
        asked(_VOCABULARY, {"sample": SAMPLE}),
        asked(_texts()),
    )
    held = {row.id: [stem for stem in row.stems if _WORD.fullmatch(stem)] for row in rows}
    used_by = {row.word: row.ndoc for row in vocabulary if _WORD.fullmatch(row.word)}
    texts = counted.texts or 1
    usage = Usage(used_by, min(texts, SAMPLE))
    rarity = {stem: find_rarity(stem, usage) for stems in held.values() for stem in stems}
    most = MOST_STEMS if len(ids) == 1 else MOST_STEMS_OF_MANY
    held = {one: sorted(stems, key=lambda stem: (-rarity[stem], stem))[:most] for one, stems in held.items()}
    nearness = Nearness(used_by, {stem for stems in held.values() for stem in stems})
    of_sample = max(texts / SAMPLE, 1.0)
    wanted: list[tuple[int, str, str, float]] = []
    totals: dict[int, float] = {}
    for one, stems in held.items():
        totals[one] = sum(rarity[stem] for stem in stems) or 1.0
        room = MOST_MET if len(ids) == 1 else MOST_MET_OF_MANY
        for place, stem in enumerate(stems):
            if stem in COMMON:
                continue
            near = sorted(nearness.near(stem), key=lambda word: (-word[1], word[0]))[:MOST_WORDS]
            for word, factor, _ in [(stem, 1.0, 1.0), *near]:
                meets = used_by.get(word, 1) * of_sample
                if rarity[stem] * factor < TELLING or (
                    meets > room and not (word == stem and place < FEWEST_STEMS)
                ):
                    continue
                room -= meets
                wanted.append((one, stem, word, rarity[stem] * factor))
    if not wanted:
        return None, usage
    columns = list(zip(*wanted, strict=True))
    return {
        "asked": list(columns[0]),
        "stems": list(columns[1]),
        "words": list(columns[2]),
        "weights": list(columns[3]),
        "ids": list(totals),
        "totals": list(totals.values()),
        "of_stem": OF_STEM,
        "most": max(MOST_COMPARED // len(ids), 20),
    }, usage


@kept
def _stems() -> Select[Any]:
    return select(C.id, func.tsvector_to_array(C.stems, type_=ARRAY(Text)).label("stems")).where(
        C.id.in_(bindparam("stems_of", expanding=True))
    )


@kept
def _texts() -> Select[Any]:
    return select(func.count().label("texts")).select_from(C)


@kept
def _compared(actor: Actor) -> Select[Any]:
    """Those that are asked about and what is near to them, as far as the actor may see them. `near_to`: to
    which of those; `lead_id`: what it hangs under, or itself if it leads."""
    leading = select(Gathering.lead_id).where(Gathering.lead_id == C.id).correlate(C).scalar_subquery()
    return (
        select(
            C.id,
            C.title,
            C.body,
            C.language,
            C.body_en,
            C.aspect,
            theme_ids(),
            func.coalesce(lead_of(C.id), leading).label("lead_id"),
            _NEAREST.c.near_to,
        )
        .join(_NEAREST, _NEAREST.c.id == C.id)
        .where(visible_to(actor), is_listed())
    )
