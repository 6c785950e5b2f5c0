"""What says the same as something, at any meeting and in any year, with how one can tell.

The few that come into question are found among all by the stems that the database keeps; only these are then
compared as `likeness` does. However much has been said, the statements are as many, and there is as much to
do: how common a stem is, and which are near to it, is told from the newest texts, and of each text the rarest
stems are looked for until enough is met.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import BigInteger, ColumnElement, Float, Text, and_, bindparam, func, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from app.core.policy import Actor
from app.domain.contributions.gathered import lead_of
from app.domain.contributions.gathering_models import Gathering
from app.domain.contributions.likeness import (
    COMMON,
    Alike,
    Likeness,
    Nearness,
    Reason,
    Spoken,
    Usage,
    as_spoken,
    find_rarity,
    theme_ids,
)
from app.domain.contributions.models import Contribution
from app.domain.contributions.policy import OPEN_STATUSES, is_listed, visible_to
from app.domain.contributions.queries import ContributionView, find_contributions

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
_VOCABULARY = text(
    "select word, ndoc from ts_stat('select stems from contribution where published_at is not null"
    " and kind <> ''idea'' order by id desc limit ' || cast(:sample as integer))"
)
# Each word is asked of the index by itself; how far each text is met is then reckoned of those alone. Without
# the offset the stems of every one of them would be sorted along.
_NEAREST = text(
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
    select asked, id from ranked where place <= :most
    """
).bindparams(
    bindparam("asked", type_=ARRAY(BigInteger)),
    bindparam("stems", type_=ARRAY(Text)),
    bindparam("words", type_=ARRAY(Text)),
    bindparam("weights", type_=ARRAY(Float)),
    bindparam("ids", type_=ARRAY(BigInteger)),
    bindparam("totals", type_=ARRAY(Float)),
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """Something that says the same. `words`: what both speak of, in its own words. `lead_id`: what it hangs
    under, or itself where it leads others; then that is what to gather under."""

    said: ContributionView
    score: float
    reasons: tuple[Reason, ...]
    words: tuple[str, ...]
    lead_id: int | None


@dataclass(frozen=True, slots=True)
class SimilarGroup:
    """Something open, and what says the same as it; all of it may be put together."""

    said: ContributionView
    candidates: tuple[Candidate, ...]


def find_candidates(session: Session, actor: Actor, contribution_id: int) -> list[Candidate]:
    """What says the same as this one and does not stand together with it already, the likest first."""
    return _find(session, actor, [contribution_id]).get(contribution_id, [])


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
    found = _find(session, actor, open_ones)
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


def _find(session: Session, actor: Actor, asked: Sequence[int]) -> dict[int, list[Candidate]]:
    if not asked:
        return {}
    nearest, usage = _find_nearest(session, asked)
    if not nearest:
        return {}
    compared = sorted({*asked, *(other for others in nearest.values() for other in others)})
    spoken, leads = _read(session, actor, compared)
    likeness = Likeness(session, spoken, usage)
    known = {one.id for one in spoken}
    alike: dict[int, list[Alike]] = {}
    for one in asked:
        if one in known:
            own = leads.get(one)
            among = nearest.get(one, set())
            alike[one] = [
                other
                for other in likeness.list_alike(one)
                if other.id in among and (own is None or leads.get(other.id) != own)
            ][:MOST_SHOWN]
    seen = find_contributions(session, actor, [other.id for others in alike.values() for other in others])
    return {
        one: [
            Candidate(seen[other.id], other.score, other.reasons, other.words, leads.get(other.id))
            for other in others
            if other.id in seen
        ]
        for one, others in alike.items()
    }


def _find_nearest(session: Session, asked: Sequence[int]) -> tuple[dict[int, set[int]], Usage]:
    """For each those that share the most with it, and how common the stems of all are; three statements."""
    rows = session.execute(
        select(C.id, func.tsvector_to_array(C.stems).label("stems")).where(C.id.in_(asked))
    ).all()
    held = {row.id: [stem for stem in row.stems if _WORD.fullmatch(stem)] for row in rows}
    used_by = {
        row.word: row.ndoc
        for row in session.execute(_VOCABULARY, {"sample": SAMPLE})
        if _WORD.fullmatch(row.word)
    }
    texts = session.scalar(select(func.count()).select_from(C)) or 1
    usage = Usage(used_by, min(texts, SAMPLE))
    rarity = {stem: find_rarity(stem, usage) for stems in held.values() for stem in stems}
    most = MOST_STEMS if len(asked) == 1 else MOST_STEMS_OF_MANY
    held = {one: sorted(stems, key=lambda stem: (-rarity[stem], stem))[:most] for one, stems in held.items()}
    nearness = Nearness(used_by, {stem for stems in held.values() for stem in stems})
    of_sample = max(texts / SAMPLE, 1.0)
    wanted: list[tuple[int, str, str, float]] = []
    totals: dict[int, float] = {}
    for one, stems in held.items():
        totals[one] = sum(rarity[stem] for stem in stems) or 1.0
        room = MOST_MET if len(asked) == 1 else MOST_MET_OF_MANY
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
        return {}, usage
    columns = list(zip(*wanted, strict=True))
    found = session.execute(
        _NEAREST,
        {
            "asked": list(columns[0]),
            "stems": list(columns[1]),
            "words": list(columns[2]),
            "weights": list(columns[3]),
            "ids": list(totals),
            "totals": list(totals.values()),
            "of_stem": OF_STEM,
            "most": max(MOST_COMPARED // len(asked), 20),
        },
    )
    by_asked: dict[int, set[int]] = {}
    for row in found:
        by_asked.setdefault(row.asked, set()).add(row.id)
    return by_asked, usage


def _read(session: Session, actor: Actor, ids: Sequence[int]) -> tuple[list[Spoken], dict[int, int]]:
    """Those that the actor may see, and {id: the lead that it hangs under, or itself if it leads}."""
    leading = select(Gathering.lead_id).where(Gathering.lead_id == C.id).correlate(C).scalar_subquery()
    rows = session.execute(
        select(
            C.id,
            C.title,
            C.body,
            C.language,
            C.body_en,
            C.aspect,
            theme_ids(),
            func.coalesce(lead_of(C.id), leading).label("lead_id"),
        ).where(and_(C.id.in_(ids), visible_to(actor), is_listed()))
    ).all()
    spoken = [as_spoken(row) for row in rows]
    return spoken, {row.id: row.lead_id for row in rows if row.lead_id is not None}
