"""Reading the index: searching, completing what is being typed, and finding what is like a draft.

Every statement carries the rules of the rooms (`sources.visible_to`), so what is hidden is neither shown nor
counted, completed, corrected to, or taken for a known word.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import reduce
from math import log
from operator import add
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Float,
    Integer,
    Row,
    Text,
    and_,
    case,
    cast,
    func,
    literal,
    literal_column,
    null,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY, TSQUERY, array
from sqlalchemy.orm import Session

from app.core.policy import Actor
from app.core.text_danish import clean, count_slips, fold_word, is_slip, unfolded
from app.domain.search.expansion import Expanded, Meaning, expand, expand_words, find_same, typed_words
from app.domain.search.lexemes import all_of, any_of, is_vocabulary, lexeme, quoted
from app.domain.search.models import SearchDocument, SearchTerm
from app.domain.search.schemas import PER_KIND, PER_PAGE, Found, Group, Hit, Query, Results, Segments, Similar
from app.domain.search.sources import SOURCES, visible_to

__all__ = ["Expanded", "expand", "search", "similar", "suggest"]

# Fewer hits that hold every word than this, and those that hold half of them come along.
ENOUGH: Final = 10
# What a word counts in background, names, body and title.
_WEIGHTS: Final[ColumnElement[Any]] = literal_column("'{0.05,0.3,0.4,1.0}'::real[]")
_TITLE: Final[ColumnElement[Any]] = literal_column("""'{a}'::"char"[]""")
# Private-use characters: the index holds none, so nothing in a text can pass for a mark.
START, STOP, GAP, BREAK = "\ue000", "\ue001", "\ue002", "\ue003"
_TITLE_OPTIONS: Final = f"HighlightAll=true,StartSel={START},StopSel={STOP}"
_BODY_OPTIONS: Final = (
    "MaxFragments=2,MaxWords=26,MinWords=12,ShortWord=2,"
    f"StartSel={START},StopSel={STOP},FragmentDelimiter={GAP}"
)
_LONGEST_HEADLINED: Final = 30_000
_LONGEST_PREFIX: Final = 200
_LAST_WORD = re.compile(r"[^\W_]{2,}$")
# A draft: how much of its weight a like thing holds; in how many documents a word is too common to tell
# anything; from which length a new word may be a compound; how many words are asked for.
_LONGEST_DRAFT: Final = 4_000
ENOUGH_SHARE: Final = 0.25
COMMON_SHARE: Final = 0.15
SHORTEST_TELLING: Final = 8
MOST_TELLING: Final = 14
_LARGEST_ID: Final = 2**63 - 1

_D = SearchDocument.__table__.c
_T = SearchTerm.__table__.c


# --- search


@dataclass(slots=True)
class _Counted:
    """What one run over the index gave: rows of hits in order, and the three counts."""

    hits: list[Row[Any]] = field(default_factory=list)
    kinds: dict[str, int] = field(default_factory=dict)
    years: dict[int, int] = field(default_factory=dict)
    themes: dict[int, int] = field(default_factory=dict)

    def total(self, kinds: Sequence[str]) -> int:
        return sum(n for kind, n in self.kinds.items() if not kinds or kind in kinds)


def search(session: Session, actor: Actor, query: Query) -> Results:
    """What the actor may see and the text, in any of its readings, finds. Any text will do; never an error.

    The hits stand: every word in the title, every word, every word by a compound, then the wider readings. Two
    statements for the hits, up to seven for what the text may mean, and those that each kind's `load` takes.
    """
    expanded = expand(session, query.text)
    if not expanded.words or not _is_possible(query):
        return Results(is_empty_query=not expanded.words)
    counted = _run(session, actor, query, expanded, is_loose=False)
    is_loose = False
    if not counted.hits:
        corrected = _correct(session, actor, expanded)
        if corrected.corrections:
            expanded = corrected
            counted = _run(session, actor, query, expanded, is_loose=False)
    if counted.total(query.kinds) < ENOUGH and len(expanded.words) > 1:
        looser = _run(session, actor, query, expanded, is_loose=True)
        is_loose = looser.total(query.kinds) > counted.total(query.kinds)
        counted = looser
    return Results(
        groups=_load(session, actor, query, expanded, counted),
        total=counted.total(query.kinds),
        kinds=counted.kinds,
        years=counted.years,
        themes=counted.themes,
        corrections=expanded.corrections,
        is_loose=is_loose,
    )


def _is_possible(query: Query) -> bool:
    """Whether the ids are numbers that the database can hold."""
    ids = (query.year, query.theme_id, query.organisation_id, query.meeting_id)
    return all(value is None or abs(value) <= _LARGEST_ID for value in ids)


def _run(session: Session, actor: Actor, query: Query, expanded: Expanded, *, is_loose: bool) -> _Counted:
    matched = _matched(actor, query, expanded, is_loose=is_loose).cte("matched")
    m = matched.c
    in_all = and_(m.in_kind, m.in_year, m.in_theme)
    place = func.row_number().over(
        partition_by=m.kind, order_by=(m.score.desc(), m.year.desc().nulls_last(), m.object_id.desc())
    )
    ranked = select(m.kind, m.id, m.object_id, m.score, place.label("place")).where(in_all).subquery("ranked")
    r = ranked.c
    themed = select(func.unnest(m.theme_ids).label("id")).where(m.in_kind, m.in_year).subquery("themed")
    first, last = _window(query)
    no_text, no_id, no_score = cast(null(), Text), cast(null(), _D.id.type), cast(null(), Float)
    statement = union_all(
        select(literal("hit").label("what"), r.kind, r.id, r.object_id, r.score, r.place).where(
            r.place.between(first, last)
        ),
        select(literal("kind"), m.kind, no_id, no_id, no_score, func.count())
        .where(m.in_year, m.in_theme)
        .group_by(m.kind),
        select(literal("year"), no_text, m.year, no_id, no_score, func.count())
        .where(m.in_kind, m.in_theme, m.year.is_not(None))
        .group_by(m.year),
        select(literal("theme"), no_text, themed.c.id, no_id, no_score, func.count()).group_by(themed.c.id),
    )
    counted = _Counted()
    counts: dict[str, dict[Any, int]] = {"year": counted.years, "theme": counted.themes}
    for row in session.execute(statement):
        if row.what == "hit":
            counted.hits.append(row)
        elif row.what == "kind":
            counted.kinds[row.kind] = row.place
        else:
            counts[row.what][row.id] = row.place
    counted.hits.sort(key=lambda row: row.place)
    return counted


def _matched(actor: Actor, query: Query, expanded: Expanded, *, is_loose: bool) -> Any:
    """The visible documents that hold the words, with their score and whether they pass each filter."""
    chosen = [visible_to(actor)]
    if query.organisation_id is not None:
        chosen.append(_D.organisation_ids.contains([query.organisation_id]))
    if query.meeting_id is not None:
        chosen.append(_D.meeting_id == query.meeting_id)
    score = _score(expanded)
    if is_loose:
        held = _sum(cast(_holds(word.wide), Integer) for word in expanded.words)
        chosen += [_holds(expanded.any), held * 2 >= len(expanded.words)]
        score = score + cast(held, Float) / len(expanded.words)
    else:
        chosen.append(_holds(expanded.wide))
    return select(
        _D.id,
        _D.kind,
        _D.object_id,
        _D.year,
        _D.theme_ids,
        score.label("score"),
        (_D.kind.in_(query.kinds) if query.kinds else true()).label("in_kind"),
        (func.coalesce(_D.year == query.year, False) if query.year is not None else true()).label("in_year"),
        (_D.theme_ids.contains([query.theme_id]) if query.theme_id is not None else true()).label("in_theme"),
    ).where(*chosen)


def _score(expanded: Expanded) -> ColumnElement[float]:
    """Steps by how and where the words are held, and within a step how often and how heavily."""
    title = func.ts_filter(_D.vector, _TITLE)
    step = case(
        (title.bool_op("@@")(_tsquery(expanded.exact)), 8.0),
        (_holds(expanded.exact), 4.0),
        (title.bool_op("@@")(_tsquery(expanded.near)), 3.0),
        (_holds(expanded.near), 2.0),
        (_holds(expanded.wide), 1.0),
        else_=0.0,
    )
    rank = func.ts_rank(_WEIGHTS, _D.vector, _tsquery(expanded.any_exact), 1)
    wide_rank = func.ts_rank(_WEIGHTS, _D.vector, _tsquery(expanded.any), 1)
    return step + rank + wide_rank * 0.5


def _window(query: Query) -> tuple[int, int]:
    """The first and last place to show: the top of every kind, or a page of the one kind."""
    if len(query.kinds) != 1:
        return 1, PER_KIND
    page = min(max(query.page, 1), 10_000)
    return (page - 1) * PER_PAGE + 1, page * PER_PAGE


def _load(
    session: Session, actor: Actor, query: Query, expanded: Expanded, counted: _Counted
) -> tuple[Group, ...]:
    """The groups, best hit first; each hit as its own room shows it."""
    rows: dict[str, list[Row[Any]]] = {}
    for row in counted.hits:
        rows.setdefault(row.kind, []).append(row)
    if not rows:
        return ()
    marked = _mark(session, expanded, [row.id for row in counted.hits])
    seen = _load_by_kind(session, actor, [(row.kind, row.object_id) for row in counted.hits])
    groups = []
    for kind, hits in sorted(rows.items(), key=lambda item: -item[1][0].score):
        found = tuple(
            _found(row, seen[kind, row.object_id], marked[row.id])
            for row in hits
            if (kind, row.object_id) in seen and row.id in marked
        )
        groups.append(Group(kind, counted.kinds[kind], found))
    return tuple(groups)


def _found(row: Row[Any], hit: Hit, marked: Row[Any]) -> Found:
    body, background = _segments(marked.body), _segments(marked.background)
    has_mark = any(is_marked for _, is_marked in body)
    snippet = body if has_mark or not any(is_marked for _, is_marked in background) else background
    title = _segments(marked.title)
    return Found(
        row.kind, row.object_id, hit, title, snippet, marked.language, marked.year, round(row.score, 4)
    )


def _mark(session: Session, expanded: Expanded, ids: Sequence[int]) -> dict[int, Row[Any]]:
    """The titles and the pieces of text around the words, marked, of these documents."""
    searched = _tsquery(expanded.any)

    def headline(column: ColumnElement[str], options: str) -> ColumnElement[str]:
        # The parser takes "og/eller" for the path of a file: break it open.
        opened = func.replace(func.left(column, _LONGEST_HEADLINED), "/", f"{BREAK}/{BREAK}")
        return func.ts_headline("danish", opened, searched, options)

    statement = select(
        _D.id,
        _D.language,
        _D.year,
        headline(_D.title, _TITLE_OPTIONS).label("title"),
        headline(_D.body, _BODY_OPTIONS).label("body"),
        headline(_D.background, _BODY_OPTIONS).label("background"),
    ).where(_D.id.in_(ids))
    return {row.id: row for row in session.execute(statement)}


def _segments(marked: str) -> Segments:
    """A headline in pieces: what stands between the marks is True. White space is folded."""
    plain = " ".join(marked.replace(BREAK, "").replace(GAP, " … ").split())
    found: list[tuple[str, bool]] = []
    for i, piece in enumerate(plain.split(START)):
        inside, stop, outside = piece.partition(STOP)
        if i and stop:
            found.append((inside, True))
            piece = outside
        if piece:
            found.append((piece, False))
    return tuple(found)


# --- slips


def _correct(session: Session, actor: Actor, expanded: Expanded) -> Expanded:
    """The same with each word that finds nothing visible replaced by the likeliest visible word, if any.

    One statement, or two where a word finds nothing.
    """
    doubted = [word for word in expanded.words if len(word.typed) > 3 and word.typed.isalpha()]
    meant = _find_meant(session, actor, doubted)
    if not meant:
        return expanded
    by_word = {word.typed: word for word in expand_words(session, [best for best, *_ in meant.values()])}
    corrected = []
    for word in expanded.words:
        if word.typed in meant:
            best, *others = meant[word.typed]
            reading = by_word[best]
            also = [quoted(term) for term in others]
            word = Meaning(word.typed, reading.exact, reading.near, any_of([reading.wide, *also]))
        corrected.append(word)
    return Expanded(tuple(corrected), tuple((typed, found[0]) for typed, found in meant.items()))


def _find_meant(session: Session, actor: Actor, doubted: Sequence[Meaning]) -> dict[str, list[str]]:
    """{typed: [the likeliest word, the stems of two more]} for words that find nothing the actor may see."""
    unknown = _find_unknown(session, actor, doubted)
    if not unknown:
        return {}
    t = _rows("typed", word=unknown, folded=[fold_word(word) for word in unknown]).c
    likeness = func.similarity(_T.folded, t.folded)
    # Two letters that changed places leave a short word few trigrams in common.
    is_short_and_close = and_(
        func.length(t.folded) <= 6,
        _T.folded.like(func.left(t.folded, 1) + "%"),
        func.abs(func.length(_T.folded) - func.length(t.folded)) <= 1,
    )
    near = (
        select(_T.word, _T.folded, _T.folded_stem, _T.stem, likeness.label("likeness"))
        .where(or_(_T.folded.bool_op("%")(t.folded), t.folded.bool_op("<%")(_T.folded), is_short_and_close))
        .order_by(likeness.desc(), _T.word)
        .limit(40)
        .lateral("near")
    )
    is_visible = (
        select(1)
        .select_from(SearchDocument)
        .where(_D.words.contains(array([near.c.word])), visible_to(actor))
        .exists()
    )
    statement = (
        select(t.word.label("typed"), t.folded.label("asked"), near).join(near, true()).where(is_visible)
    )
    found: dict[str, list[tuple[int, float, str, str]]] = {}
    for row in session.execute(statement):
        slips = _count_slips(row.asked, row.folded, row.folded_stem)
        if slips is not None:
            found.setdefault(row.typed, []).append((slips, -row.likeness, row.word, row.stem))
    meant = {}
    for word, candidates in found.items():
        best, *others = sorted(candidates)
        stems = dict.fromkeys(stem for *_, stem in others if stem != best[3])
        meant[word] = [best[2], *list(stems)[:2]]
    return meant


def _find_unknown(session: Session, actor: Actor, doubted: Sequence[Meaning]) -> list[str]:
    """The words that find nothing in what the actor may see."""
    if not doubted:
        return []
    typed = _rows("typed", word=[word.typed for word in doubted], wide=[word.wide for word in doubted]).c
    finds_something = (
        select(1)
        .select_from(SearchDocument)
        .where(_D.vector.bool_op("@@")(cast(typed.wide, TSQUERY)), visible_to(actor))
        .exists()
    )
    return list(session.scalars(select(typed.word).where(~finds_something)))


def _count_slips(asked: str, folded: str, folded_stem: str) -> int | None:
    """The slips between what was typed and a word in any inflection, or the start of a compound (which counts
    as one slip more); None if they are too many."""
    ways = [(asked, folded, 0), (fold_word(lexeme(asked)), folded_stem, 0)]
    if len(asked) > 7:
        ways += [
            (asked, folded[: len(asked) + more], 1) for more in (-1, 0, 1) if len(folded) > len(asked) + 3
        ]
    counts = [count_slips(a, b) + extra for a, b, extra in ways if is_slip(a, b)]
    return min(counts, default=None)


# --- while typing


def suggest(session: Session, actor: Actor, prefix: str, limit: int = 8) -> list[str]:
    """How what is being typed may go on: words first (with what stands before them), then titles.

    Only words that stand, as they are, in a document that the actor may see, and titles of such documents: two
    statements. Fewer than two letters give nothing.
    """
    typed = clean(prefix[-_LONGEST_PREFIX:]).strip()
    last = _LAST_WORD.search(typed)
    if last is None:
        return []
    before, begun = typed[: last.start()], last.group().lower()
    titles = _complete_title(session, actor, typed_words(before) if before else [], begun, limit // 3 + 1)
    found = [before + word for word in _complete_word(session, actor, begun, limit)]
    return list(dict.fromkeys([*found[: limit - len(titles)], *titles]))[:limit]


def _complete_word(session: Session, actor: Actor, begun: str, limit: int) -> list[str]:
    """Whole words that start so, one of each stem, by how many visible documents hold them (20 is many)."""
    started = (
        select(_T.word, _T.stem)
        .where(_T.folded.startswith(fold_word(begun), autoescape=True))
        .order_by(func.length(_T.word), _T.word)
        .limit(60)
        .subquery("started")
    )
    holding = (
        select(_D.id)
        .select_from(SearchDocument)
        .where(_D.words.contains(array([started.c.word])), visible_to(actor))
        .limit(20)
        .subquery("holding")
    )
    held = select(func.count().label("n")).select_from(holding).lateral("held")
    statement = (
        select(started.c.word, started.c.stem)
        .join(held, held.c.n > 0)
        .order_by(held.c.n.desc(), func.length(started.c.word), started.c.word)
    )
    best: dict[str, str] = {}
    for row in session.execute(statement):
        best.setdefault(row.stem, row.word)
    return list(best.values())[:limit]


def _complete_title(
    session: Session, actor: Actor, before: Sequence[str], begun: str, limit: int
) -> list[str]:
    """Visible titles that hold the words and one that starts so, the shortest first."""
    whole = [any_of(quoted(lexeme(way), "A") for way in unfolded(word)) for word in before]
    started = any_of(quoted(way, "*A") for way in unfolded(begun))
    statement = (
        select(_D.title)
        .where(_holds(all_of([*whole, started])), visible_to(actor))
        .group_by(_D.title)
        .order_by(func.length(_D.title), _D.title)
        .limit(limit)
    )
    return list(session.scalars(statement))


# --- while writing


def similar(
    session: Session,
    actor: Actor,
    draft: str,
    kinds: Sequence[str] = (),
    limit: int = 5,
    except_for: tuple[str, int] | None = None,
) -> list[Similar]:
    """What is like a draft: visible things that hold a good share of its telling words, the likest first.

    A word tells the more, the fewer documents hold it. `except_for`: (kind, id) of the draft itself.
    """
    weights = _weigh(session, typed_words(draft[:_LONGEST_DRAFT], most=60, longest=_LONGEST_DRAFT))
    if not weights:
        return []
    meanings = expand_words(session, list(weights))
    total = sum(weights.values())
    held = [_holds(any_of([word.near, word.parts])) for word in meanings]
    share = _sum(
        case((holds, weights[word.typed] / total), else_=0.0)
        for holds, word in zip(held, meanings, strict=True)
    )
    likeness = (
        select(
            _D.kind,
            _D.object_id,
            share.label("share"),
            _sum(cast(holds, Integer) for holds in held).label("n"),
            array(held).label("held"),
            func.ts_rank(_D.vector, _tsquery(any_of(word.near for word in meanings)), 1).label("rank"),
        )
        .where(_holds(any_of(any_of([word.near, word.parts]) for word in meanings)), visible_to(actor, kinds))
        .subquery("likeness")
    )
    c = likeness.c
    statement = (
        select(c.kind, c.object_id, c.share, c.held)
        .where(c.share >= ENOUGH_SHARE, c.n >= min(2, len(meanings)))
        .order_by(c.share.desc(), c.rank.desc(), c.object_id.desc())
        .limit(limit)
    )
    if except_for is not None:
        statement = statement.where(or_(c.kind != except_for[0], c.object_id != except_for[1]))
    rows = session.execute(statement).all()
    hits = _load_by_kind(session, actor, [(row.kind, row.object_id) for row in rows])
    return [
        Similar(
            row.kind,
            row.object_id,
            hits[row.kind, row.object_id],
            round(row.share, 4),
            tuple(word.typed for word, is_held in zip(meanings, row.held, strict=True) if is_held),
        )
        for row in rows
        if (row.kind, row.object_id) in hits
    ]


def _weigh(session: Session, found: Sequence[str]) -> dict[str, float]:
    """The telling words of a draft with their weights, the rarest first; two statements."""
    told = [word for word in found if len(word) > 2 and is_vocabulary(word)]
    if not told:
        return {}
    documents = session.scalar(select(func.count()).select_from(SearchDocument)) or 0
    same = find_same(session, told)
    counts = {word: sum(term.ndoc for term in same.get(word, ())) for word in told}
    # A word that is new here may still be a compound of known words; a short new one tells nothing.
    known = [word for word in told if counts[word] or len(word) >= SHORTEST_TELLING]
    rare = [word for word in known if counts[word] <= max(documents * COMMON_SHARE, 20)]
    chosen = sorted(rare if len(rare) >= 3 else known, key=lambda word: counts[word] or documents)[
        :MOST_TELLING
    ]
    weights = {word: log(1 + documents / (counts[word] or 20)) for word in chosen}
    return dict(sorted(weights.items(), key=lambda item: -item[1]))


def _load_by_kind(
    session: Session, actor: Actor, wanted: Sequence[tuple[str, int]]
) -> dict[tuple[str, int], Hit]:
    ids: dict[str, list[int]] = {}
    for kind, object_id in wanted:
        ids.setdefault(kind, []).append(object_id)
    return {
        (kind, object_id): hit
        for kind, of_kind in ids.items()
        for object_id, hit in SOURCES[kind].load(session, actor, of_kind).items()
    }


# --- SQL


def _tsquery(written: str) -> ColumnElement[Any]:
    return cast(literal(written, Text), TSQUERY)


def _holds(written: str) -> ColumnElement[bool]:
    return _D.vector.bool_op("@@")(_tsquery(written))


def _rows(name: str, **columns: Sequence[str]) -> Any:
    """Lists of equal length as a table."""
    return (
        func.unnest(*(cast(column, ARRAY(Text)) for column in columns.values()))
        .table_valued(*columns)
        .render_derived(name=name)
    )


def _sum(parts: Iterable[ColumnElement[Any]]) -> ColumnElement[Any]:
    return reduce(add, parts)
