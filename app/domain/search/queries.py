"""Reading the index: searching, completing what is being typed, and finding what is like a draft.

Every statement carries the rules of the rooms (`sources.visible_to`), so what is hidden is neither shown nor
counted, completed, corrected to, or taken for a known word.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from math import log
from typing import Any, Final, Literal

from sqlalchemy import (
    BigInteger,
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
    union,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY, TSQUERY, array
from sqlalchemy.orm import Session

from app.core.policy import Actor
from app.core.text_danish import clean, count_slips, fold_word, is_slip, is_stop_word, unfolded, words
from app.domain.search.expansion import (
    ASKING_WORDS,
    Expanded,
    Meaning,
    expand,
    expand_words,
    find_same,
    spellings,
    typed_words,
)
from app.domain.search.lexemes import all_of, any_of, in_title, is_vocabulary, lexeme, quoted
from app.domain.search.models import SearchDocument, SearchTerm
from app.domain.search.schemas import PER_KIND, PER_PAGE, Found, Group, Hit, Query, Results, Segments, Similar
from app.domain.search.sources import load_hits, visible_to
from app.domain.strategies.crosswalk import ThemeMeaning, themes_meaning, themes_meant

__all__ = ["Expanded", "expand", "search", "similar", "suggest"]

# Fewer hits that hold every word than this, and those that hold half of them come along.
ENOUGH: Final = 10
# So many telling words are looked for as a sentence, too.
SHORTEST_SENTENCE: Final = 3
# So many organisations, and so many speakers, can be chosen among.
MOST_CHOICES: Final = 40
# What a word counts in background, names, body and title.
_WEIGHTS: Final[ColumnElement[Any]] = literal_column("'{0.05,0.3,0.4,1.0}'::real[]")
_TITLE: Final[ColumnElement[Any]] = literal_column("""'{a}'::"char"[]""")
# Private-use characters: the index holds none, so nothing in a text can pass for a mark.
START, STOP, GAP, BREAK = "\ue000", "\ue001", "\ue002", "\ue003"
_WHOLE: Final = f"HighlightAll=true,StartSel={START},StopSel={STOP}"
_PIECES: Final = (
    "MaxFragments=2,MaxWords=26,MinWords=12,ShortWord=2,"
    f"StartSel={START},StopSel={STOP},FragmentDelimiter={GAP}"
)
# A text of so many letters is shown whole.
_SHORT: Final = 200
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

Reading = Literal["near", "wide", "loose"]

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
    organisations: dict[int, int] = field(default_factory=dict)
    people: dict[int, int] = field(default_factory=dict)

    def total(self, kinds: Sequence[str]) -> int:
        return sum(n for kind, n in self.kinds.items() if not kinds or kind in kinds)


def search(session: Session, actor: Actor, query: Query) -> Results:
    """What the actor may see and the text, in any of its readings, finds. Any text will do; never an error.

    The hits stand: every word in the title, then by a compound in the title, in the text, by a compound in
    the text, then the wider readings, asked for only while there are few hits. The number of statements is
    fixed, but for those of each kind's `load`.
    """
    expanded = expand(session, query.text)
    if not expanded.words or not _is_possible(query):
        return Results(is_empty_query=not expanded.words)
    meaning = themes_meaning(session, [query.theme_id]) if query.theme_id is not None else ThemeMeaning({})
    run = partial(_run, session, actor, query, meaning, themes_meant(session))
    counted = run(expanded, "near")
    if counted.total(query.kinds) < ENOUGH:
        counted = run(expanded, "wide")
    if not counted.hits:
        corrected = _correct(session, actor, expanded)
        if corrected.corrections:
            expanded = corrected
            counted = run(expanded, "wide")
    is_loose = False
    if counted.total(query.kinds) < ENOUGH and len(expanded.words) > 1:
        looser = run(expanded, "loose")
        is_loose = looser.total(query.kinds) > counted.total(query.kinds)
        counted = looser
    return Results(
        groups=_load(session, actor, expanded, counted, meaning),
        total=counted.total(query.kinds),
        kinds=counted.kinds,
        years=counted.years,
        themes=counted.themes,
        organisations=counted.organisations,
        people=counted.people,
        corrections=expanded.corrections,
        is_loose=is_loose,
    )


def _is_possible(query: Query) -> bool:
    """Whether the ids are numbers that the database can hold."""
    ids = (query.year, query.theme_id, query.organisation_id, query.person_id, query.meeting_id)
    return all(value is None or abs(value) <= _LARGEST_ID for value in ids)


def _run(
    session: Session,
    actor: Actor,
    query: Query,
    meaning: ThemeMeaning,
    meant: Any,
    expanded: Expanded,
    reading: Reading,
) -> _Counted:
    matched = _matched(actor, query, meaning, expanded, reading).cte("matched")
    m = matched.c
    in_all = and_(m.in_kind, m.in_year, m.in_theme)
    place = func.row_number().over(
        partition_by=m.kind, order_by=(m.score.desc(), m.year.desc().nulls_last(), m.object_id.desc())
    )
    ranked = select(m.kind, m.id, m.object_id, m.score, place.label("place")).where(in_all).subquery("ranked")
    r = ranked.c
    # By sets of themes first: there are few of those, however many hits have them.
    sets = (
        select(m.theme_ids, func.count().label("n"))
        .where(m.in_kind, m.in_year)
        .group_by(m.theme_ids)
        .subquery("sets")
    )
    each = select(sets.c.theme_ids, sets.c.n, func.unnest(sets.c.theme_ids).label("id")).subquery("each")
    through = select(meant.c.row_id, each.c.theme_ids, each.c.n).join(each, each.c.id == meant.c.theme_id)
    themed = union(select(each.c.id, each.c.theme_ids, each.c.n), through).subquery("themed")
    first, last = _window(query)
    no_text, no_id, no_score = cast(null(), Text), cast(null(), _D.id.type), cast(null(), Float)
    parts = [
        select(literal("hit").label("what"), r.kind, r.id, r.object_id, r.score, r.place).where(
            r.place.between(first, last)
        ),
        select(literal("kind"), m.kind, no_id, no_id, no_score, func.count())
        .where(m.in_year, m.in_theme)
        .group_by(m.kind),
        select(literal("year"), no_text, m.year, no_id, no_score, func.count())
        .where(m.in_kind, m.in_theme, m.year.is_not(None))
        .group_by(m.year),
        select(
            literal("theme"), no_text, themed.c.id, no_id, no_score, cast(func.sum(themed.c.n), BigInteger)
        ).group_by(themed.c.id),
    ]
    if query.kinds == ("deck_page",):
        for name, column in (("organisation", m.organisation_ids), ("person", m.person_ids)):
            held = select(func.unnest(column).label("id")).where(in_all).subquery(f"each_{name}")
            top = (
                select(held.c.id, func.count().label("n"))
                .group_by(held.c.id)
                .order_by(func.count().desc(), held.c.id)
                .limit(MOST_CHOICES)
                .subquery(f"top_{name}")
            )
            parts.append(select(literal(name), no_text, top.c.id, no_id, no_score, top.c.n))
    counted = _Counted()
    counts: dict[str, dict[Any, int]] = {
        "year": counted.years,
        "theme": counted.themes,
        "organisation": counted.organisations,
        "person": counted.people,
    }
    for row in session.execute(union_all(*parts)):
        if row.what == "hit":
            counted.hits.append(row)
        elif row.what == "kind":
            counted.kinds[row.kind] = row.place
        else:
            counts[row.what][row.id] = row.place
    counted.hits.sort(key=lambda row: row.place)
    return counted


def _matched(actor: Actor, query: Query, meaning: ThemeMeaning, expanded: Expanded, reading: Reading) -> Any:
    """The visible documents that hold the words, with their score and whether they pass each filter."""
    chosen = [visible_to(actor)]
    if query.organisation_id is not None:
        chosen.append(_D.organisation_ids.contains([query.organisation_id]))
    if query.person_id is not None:
        chosen.append(_D.person_ids.contains([query.person_id]))
    if query.meeting_id is not None:
        chosen.append(_D.meeting_id == query.meeting_id)
    score = _score(expanded, reading) + _said_so(query.text, expanded)
    if reading == "loose":
        shares = _shares(_loose_parts(expanded.words)).cte("shares")
        distinct = len({word.wide for word in expanded.words})
        chosen += [_D.id == shares.c.id, shares.c.n * 2 >= distinct]
        score = score + shares.c.share
    else:
        chosen.append(_holds(expanded.near if reading == "near" else expanded.wide))
    return select(
        _D.id,
        _D.kind,
        _D.object_id,
        _D.year,
        _D.theme_ids,
        _D.organisation_ids,
        _D.person_ids,
        score.label("score"),
        (_D.kind.in_(query.kinds) if query.kinds else true()).label("in_kind"),
        (func.coalesce(_D.year == query.year, False) if query.year is not None else true()).label("in_year"),
        (_D.theme_ids.overlap(meaning.ids) if query.theme_id is not None else true()).label("in_theme"),
    ).where(*chosen)


def _score(expanded: Expanded, reading: Reading) -> ColumnElement[float]:
    """Steps by how and where the words are held; within a step, how often and how heavily."""
    steps = [
        (_holds(in_title(expanded.exact)), 8.0),
        (_holds(in_title(expanded.near)), 6.0),
        (_holds(expanded.exact), 4.0),
    ]
    if reading != "near":
        steps.append((_holds(expanded.near), 2.0))
    if reading == "loose":
        steps.append((_holds(expanded.wide), 1.0))
    rest = {"near": 2.0, "wide": 1.0, "loose": 0.0}[reading]
    ranked = any_of(word.near if reading == "near" else word.wide for word in expanded.words)
    rank = func.ts_rank(_WEIGHTS, _D.vector, _tsquery(expanded.any_exact), 1)
    wide_rank = func.ts_rank(_WEIGHTS, _D.vector, _tsquery(ranked), 1)
    return case(*steps, else_=rest) + 0.2 * (rank + wide_rank * 0.5)


def _said_so(typed: str, expanded: Expanded) -> ColumnElement[float]:
    """More for who has the very sentence: many pages hold all its words, few of them in a row."""
    if len(expanded.words) < SHORTEST_SENTENCE:
        return literal(0.0, Float)
    said = func.phraseto_tsquery("danish", " ".join(words(clean(typed))))
    return case((_D.vector.bool_op("@@")(said), 1.5), else_=0.0)


def _loose_parts(found: Sequence[Meaning]) -> list[tuple[str, float, int]]:
    """Each word by itself. A rare word tells more than a common one, a close reading more, a title more."""
    weights = [1 / log(3 + word.ndoc) for word in found]
    whole = 2 * sum(weights)
    parts = [
        part
        for word, weight in zip(found, weights, strict=True)
        for part in (
            (word.wide, weight / whole, 1),
            (word.near, weight / whole / 2, 0),
            (in_title(word.near), weight / whole / 2, 0),
        )
    ]
    return list(dict.fromkeys(parts))


def _shares(parts: Sequence[tuple[str, float, int]]) -> Any:
    """The ids of the documents that hold any part, how many parts that count (n), and their weight (share).

    A part is (tsquery text, weight, 1 if it counts). Each is asked of the index by itself: no vector is read.
    """
    asked = [
        select(_D.id, literal(weight, Float).label("weight"), literal(counts, Integer).label("counts")).where(
            _holds(written)
        )
        for written, weight, counts in parts
    ]
    held = union_all(*asked).subquery("held")
    n, share = func.sum(held.c.counts).label("n"), func.sum(held.c.weight).label("share")
    return select(held.c.id, n, share).group_by(held.c.id)


def _window(query: Query) -> tuple[int, int]:
    """The first and last place to show: the top of every kind, or a page of the one kind."""
    if len(query.kinds) != 1:
        return 1, PER_KIND
    page = min(max(query.page, 1), 10_000)
    return (page - 1) * PER_PAGE + 1, page * PER_PAGE


def _load(
    session: Session, actor: Actor, expanded: Expanded, counted: _Counted, meaning: ThemeMeaning
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
            _found(row, seen[kind, row.object_id], marked[row.id], meaning)
            for row in hits
            if (kind, row.object_id) in seen and row.id in marked
        )
        groups.append(Group(kind, counted.kinds[kind], found))
    return tuple(groups)


def _found(row: Row[Any], hit: Hit, marked: Row[Any], meaning: ThemeMeaning) -> Found:
    body = _snippet(marked.body, marked.body_start, marked.body_end)
    background = _snippet(marked.background, marked.background_start, marked.background_end)
    is_background = not body or (_has_mark(background) and not _has_mark(body))
    return Found(
        row.kind,
        row.object_id,
        hit,
        _segments(marked.title),
        background if is_background else body,
        marked.language,
        marked.year,
        round(row.score, 4),
        is_background,
        meaning.via(marked.theme_ids),
    )


def _mark(session: Session, expanded: Expanded, ids: Sequence[int]) -> dict[int, Row[Any]]:
    """The titles and the pieces of text around the words, marked, of these documents."""
    searched = _tsquery(expanded.any)

    def headline(column: ColumnElement[str], options: ColumnElement[str]) -> ColumnElement[str]:
        # The parser takes "og/eller" for a path, "kl.dk" for a host, drops "<b>" as a tag: break them open.
        shown = func.left(column, _LONGEST_HEADLINED)
        opened = func.regexp_replace(shown, r"([/<&@]|\.(?=\S))", rf"{BREAK}\1{BREAK}", "g")
        return func.ts_headline("danish", opened, searched, options)

    def pieces(column: ColumnElement[str], name: str) -> Iterator[ColumnElement[str]]:
        options = case((func.length(column) <= _SHORT, _WHOLE), else_=_PIECES)
        yield headline(column, options).label(name)
        yield func.left(column, 40).label(f"{name}_start")
        yield func.right(column, 40).label(f"{name}_end")

    statement = select(
        _D.id,
        _D.language,
        _D.year,
        _D.theme_ids,
        headline(_D.title, literal(_WHOLE)).label("title"),
        *pieces(_D.body, "body"),
        *pieces(_D.background, "background"),
    ).where(_D.id.in_(ids))
    return {row.id: row for row in session.execute(statement)}


def _snippet(marked: str, start: str, end: str) -> Segments:
    """The pieces, with an ellipsis where the text was cut."""
    found = _segments(marked)
    plain = "".join(text for text, _ in found)
    before = () if plain.startswith(" ".join(start.split())[:20]) else (("… ", False),)
    after = () if plain.endswith(" ".join(end.split())[-20:]) else ((" …", False),)
    return (*before, *found, *after) if found else ()


def _has_mark(segments: Segments) -> bool:
    return any(is_marked for _, is_marked in segments)


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
    """The slips between what was typed and a word in any inflection; None if they are too many.

    Or between it and the start of a longer word, which counts as one slip more.
    """
    ways = [(asked, folded, 0), (fold_word(lexeme(asked)), folded_stem, 0)]
    if len(asked) > 7 and len(folded) > len(asked) + 2:
        ways += [(asked, folded[: len(asked) + more], 1) for more in (-1, 0, 1)]
    counts = [count_slips(a, b) + extra for a, b, extra in ways if is_slip(a, b)]
    return min(counts, default=None)


# --- while typing


def suggest(session: Session, actor: Actor, prefix: str, limit: int = 8) -> list[str]:
    """How what is being typed may go on: words first (with what stands before them), then titles.

    Only words that stand, as they are, in a document that the actor may see, and titles of such documents.
    Two statements. Fewer than two letters give nothing.
    """
    typed = clean(prefix[-_LONGEST_PREFIX:]).strip()
    last = _LAST_WORD.search(typed)
    if last is None:
        return []
    before, begun = typed[: last.start()], last.group().lower()
    spelled = (any_of(map(quoted, spellings(word))) for word in typed_words(before) if not is_stop_word(word))
    held = all_of(spelled)
    titles = _complete_title(session, actor, held, begun, limit // 3 + 1)
    found = [before + word for word in _complete_word(session, actor, held, begun, limit)]
    return list(dict.fromkeys([*found[: limit - len(titles)], *titles]))[:limit]


def _complete_word(session: Session, actor: Actor, held: str, begun: str, limit: int) -> list[str]:
    """Whole words that start so, one of each stem, by how many visible documents hold them (20 is many).

    `held`: a tsquery text that the documents must answer too, or empty.
    """
    started = (
        select(_T.word, _T.stem)
        .where(
            _T.folded.startswith(fold_word(begun), autoescape=True), _T.word.not_in([begun, *ASKING_WORDS])
        )
        .order_by(func.length(_T.word), _T.word)
        .limit(60)
        .subquery("started")
    )
    holding = (
        select(_D.id)
        .where(
            _D.words.contains(array([started.c.word])), visible_to(actor), _holds(held) if held else true()
        )
        .limit(20)
        .lateral("holding")
    )
    statement = (
        select(started.c.word, started.c.stem)
        .join(holding, true())
        .group_by(started.c.word, started.c.stem)
        .order_by(func.count().desc(), func.length(started.c.word), started.c.word)
    )
    best: dict[str, str] = {}
    for row in session.execute(statement):
        best.setdefault(row.stem, row.word)
    return list(best.values())[:limit]


def _complete_title(session: Session, actor: Actor, held: str, begun: str, limit: int) -> list[str]:
    """Visible titles that hold the words and one that starts so, the shortest first."""
    started = any_of(quoted(way, "*") for way in unfolded(begun))
    statement = (
        select(_D.title)
        .where(_holds(in_title(all_of([held, started]))), visible_to(actor))
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
    written = {any_of([word.near, word.parts]): word.typed for word in meanings}
    total = sum(weights.values())
    shares = _shares([(text, weights[word] / total, 1) for text, word in written.items()]).cte("shares")
    held = array([_holds(text) for text in written])
    statement = (
        select(_D.kind, _D.object_id, shares.c.share, held.label("held"))
        .join(shares, shares.c.id == _D.id)
        .where(shares.c.share >= ENOUGH_SHARE, shares.c.n >= min(2, len(written)), visible_to(actor, kinds))
        .order_by(shares.c.share.desc(), _D.object_id.desc())
        .limit(limit)
    )
    if except_for is not None:
        statement = statement.where(or_(_D.kind != except_for[0], _D.object_id != except_for[1]))
    rows = session.execute(statement).all()
    hits = _load_by_kind(session, actor, [(row.kind, row.object_id) for row in rows])
    return [
        Similar(
            row.kind,
            row.object_id,
            hits[row.kind, row.object_id],
            round(row.share, 4),
            tuple(word for word, is_held in zip(written.values(), row.held, strict=True) if is_held),
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
    if not documents:
        return {}
    same = find_same(session, told)
    counts = {word: sum(term.ndoc for term in same.get(word, ())) for word in told}
    # A word that is new here may still be a compound of known words; a short new one tells nothing.
    known = [word for word in told if counts[word] or len(word) >= SHORTEST_TELLING]
    rare = [word for word in known if counts[word] <= max(documents * COMMON_SHARE, 20)]
    chosen = sorted(rare or known, key=lambda word: counts[word] or documents)[:MOST_TELLING]
    weights = {word: log(1 + documents / (counts[word] or 20)) for word in chosen}
    return dict(sorted(weights.items(), key=lambda item: -item[1]))


def _load_by_kind(
    session: Session, actor: Actor, wanted: Sequence[tuple[str, int]]
) -> dict[tuple[str, int], Hit]:
    ids: dict[str, list[int]] = {}
    for kind, object_id in wanted:
        ids.setdefault(kind, []).append(object_id)
    return load_hits(session, actor, ids)


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
