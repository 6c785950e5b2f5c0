"""Reading the index: searching, completing what is being typed, and finding what is like a draft.

Every statement carries the rules of the rooms (`sources.visible_to`), so what is hidden is neither shown nor
counted, completed, corrected to, or taken for a known word.
"""

import re
from collections.abc import Callable, Sequence
from functools import partial
from math import log
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Float,
    Integer,
    Row,
    Text,
    cast,
    func,
    literal,
    or_,
    select,
    text,
    true,
    union_all,
)
from sqlalchemy.dialects.postgresql import TSQUERY, array
from sqlalchemy.orm import Session

from app.core.policy import Actor
from app.core.text_danish import clean, count_slips, fold_word, is_slip, is_stop_word, unfolded
from app.domain.search import ranking
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
from app.domain.search.lexemes import Term, all_of, any_of, is_vocabulary, lexeme, quoted
from app.domain.search.models import SearchDocument, SearchTerm
from app.domain.search.ranking import BREAK, ENOUGH, GAP, START, STOP, Counted
from app.domain.search.schemas import Found, Group, Hit, Query, Results, Segments, Similar
from app.domain.search.sources import load_hits, rule_sql, visible_to
from app.domain.strategies.crosswalk import ThemeMeaning, themes_meaning_more

__all__ = ["Expanded", "expand", "search", "similar", "suggest"]

_LONGEST_PREFIX: Final = 200
_LAST_WORD = re.compile(r"[^\W_]{2,}$")
# A draft: how much of its weight a like thing holds; in how many documents a word is too common to tell
# anything; from which length a new word may be a compound; how many words are asked for.
_LONGEST_DRAFT: Final = 4_000
_SAID_KINDS: Final = ("wish", "idea", "card", "question")
_MOST_SAID: Final = 4
ENOUGH_SHARE: Final = 0.25
COMMON_SHARE: Final = 0.15
SHORTEST_TELLING: Final = 8
MOST_TELLING: Final = 14
_LARGEST_ID: Final = 2**63 - 1

_D = SearchDocument.__table__.c
_T = SearchTerm.__table__.c


# A word so short is also compared by its first letter and length; so many more meanings of a slip come along.
LONGEST_SHORT: Final = 6
MOST_MEANT: Final = 2
# From so many words on a text is a sentence: hardly another one holds each of them.
LONG: Final = 5
# In so many documents each word stands where the closest readings give hits enough: of several words, of one.
COMMON: Final = (3_000, 200)

Run = Callable[[Expanded, ranking.Reading], Counted]

# --- search


def search(session: Session, actor: Actor, query: Query) -> Results:
    """What the actor may see and the text, in any of its readings, finds. Any text will do; never an error.

    The hits stand: every word in the title, then by a compound in the title, in the text, by a compound in
    the text, then the wider readings, asked for only while there are few hits. Eight statements at most, and
    those of each kind that has a `load` of its own.
    """
    expanded = expand(session, query.text)
    if not expanded.words or not _is_possible(query):
        return Results(is_empty_query=not expanded.words)
    below = themes_meaning_more(session)
    own = {query.theme_id: ()} if query.theme_id is not None else {}
    meaning = below.get(query.theme_id or 0, ThemeMeaning(own))
    run = partial(ranking.run, session, actor, query, meaning, below)
    if len(expanded.words) >= LONG:
        counted, expanded, is_loose = _find_of_many(session, actor, run, expanded)
    else:
        counted, expanded, is_loose = _find_of_few(session, actor, run, expanded, query)
    return Results(
        groups=_load(session, actor, counted, meaning),
        total=counted.total(query.kinds),
        kinds=counted.kinds,
        years=counted.years,
        themes=counted.themes,
        organisations=counted.organisations,
        people=counted.people,
        corrections=expanded.corrections,
        is_loose=is_loose,
    )


def _find_of_few(
    session: Session, actor: Actor, run: Run, expanded: Expanded, query: Query
) -> tuple[Counted, Expanded, bool]:
    """What was found, what was asked for at last, and whether a part of the words was enough."""
    is_common = min(word.ndoc for word in expanded.words) >= COMMON[len(expanded.words) == 1]
    counted = run(expanded, "near" if is_common else "enough")
    if is_common and counted.total(query.kinds) < ENOUGH:
        counted = run(expanded, "wide")
    if not counted.hits:
        expanded = _correct(session, actor, expanded, expanded.words)
        if expanded.corrections and len(expanded.words) == 1:
            counted = run(expanded, "wide")
    if counted.total(query.kinds) >= ENOUGH or len(expanded.words) == 1:
        return counted, expanded, False
    looser = run(expanded, "loose")
    return looser, expanded, looser.total(query.kinds) > looser.n_whole


def _find_of_many(
    session: Session, actor: Actor, run: Run, expanded: Expanded
) -> tuple[Counted, Expanded, bool]:
    """The same of a whole sentence: hardly a text holds each of its words, so a part is asked for at once."""
    counted = run(expanded, "loose")
    if not counted.n_whole:
        doubted = [word for word in expanded.words if word.typed not in counted.held]
        corrected = _correct(session, actor, expanded, doubted)
        if corrected.corrections:
            expanded, counted = corrected, run(corrected, "loose")
    return counted, expanded, sum(counted.kinds.values()) > counted.n_whole


def _is_possible(query: Query) -> bool:
    """Whether the ids are numbers that the database can hold."""
    ids = (query.year, query.theme_id, query.organisation_id, query.person_id, query.meeting_id)
    return all(value is None or abs(value) <= _LARGEST_ID for value in ids)


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


def _load(
    session: Session, actor: Actor, counted: ranking.Counted, meaning: ThemeMeaning
) -> tuple[Group, ...]:
    """The groups, best hit first; each hit as its own room shows it."""
    rows: dict[str, list[Row[Any]]] = {}
    for row in counted.hits:
        rows.setdefault(row.kind, []).append(row)
    if not rows:
        return ()
    seen = _load_by_kind(session, actor, [(row.kind, row.id) for row in counted.hits])
    groups = []
    for kind, hits in sorted(rows.items(), key=lambda item: -item[1][0].score):
        found = tuple(_found(row, seen[kind, row.id], meaning) for row in hits if (kind, row.id) in seen)
        groups.append(Group(kind, counted.kinds[kind], found))
    return tuple(groups)


def _found(row: Row[Any], hit: Hit, meaning: ThemeMeaning) -> Found:
    body = _snippet(row.body, row.body_start, row.body_end)
    background = _snippet(row.background, row.background_start, row.background_end)
    is_background = not body or (_has_mark(background) and not _has_mark(body))
    return Found(
        row.kind,
        row.id,
        hit,
        _segments(row.title),
        background if is_background else body,
        row.language,
        row.year,
        round(row.score, 4),
        is_background,
        meaning.via(row.ids),
    )


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


def _correct(session: Session, actor: Actor, expanded: Expanded, among: Sequence[Meaning]) -> Expanded:
    """The same with each word that finds nothing visible replaced by the likeliest visible word, if any.

    `among`: the words that may find nothing. One statement, one more for a word that stands alone.
    """
    doubted = [word for word in among if len(word.typed) > 3 and word.typed.isalpha()]
    meant = _find_meant(session, actor, doubted)
    if not meant:
        return expanded
    corrected = []
    for word in expanded.words:
        if word.typed in meant:
            best, *others = meant[word.typed]
            reading = _read_as(session, best, others, is_alone=len(expanded.words) == 1 and not word.parts)
            also = list(dict.fromkeys(term.stem for term in others if term.stem != best.stem))[:MOST_MEANT]
            wide = any_of([reading.wide, *map(quoted, also)])
            word = Meaning(word.typed, reading.exact, reading.near, wide, "", reading.ndoc, reading.reach)
        corrected.append(word)
    return Expanded(tuple(corrected), tuple((typed, found[0].word) for typed, found in meant.items()))


def _read_as(session: Session, best: Term, others: Sequence[Term], is_alone: bool) -> Meaning:
    """The word that was meant, with all of its compounds where it stands alone, else with what is like it."""
    if is_alone:
        return expand_words(session, [best.word])[0]
    own = [term for term in others if term.folded_stem == best.folded_stem]
    longer = [term for term in others if best.folded_stem in term.folded_stem]
    exact = any_of([*map(quoted, spellings(best.word)), *(quoted(term.stem) for term in (best, *own))])
    near = any_of([exact, *(quoted(term.stem) for term in longer)])
    ndoc = sum(term.ndoc for term in (best, *own))
    return Meaning(best.word, exact, near, near, ndoc=ndoc, reach=ndoc + sum(term.ndoc for term in longer))


def _find_meant(session: Session, actor: Actor, doubted: Sequence[Meaning]) -> dict[str, list[Term]]:
    """{typed: the terms it may mean, the likeliest first} for words that find nothing the actor may see."""
    if not doubted:
        return {}
    folded = [fold_word(word.typed) for word in doubted]
    values = {
        "typed": [word.typed for word in doubted],
        "folded": folded,
        # Two letters that changed places leave a short word few trigrams in common.
        "begun": [word[0] + "%" if len(word) <= LONGEST_SHORT else None for word in folded],
        "exact": [word.exact for word in doubted],
        "wide": [word.wide for word in doubted],
    }
    found: dict[str, list[tuple[tuple[int, float, str], Term]]] = {}
    for row in session.execute(text(_MEANT.format(rule=rule_sql(actor))), values):
        slips = _count_slips(row.asked, row.folded, row.folded_stem)
        if slips is not None:
            term = Term(row.word, row.folded, row.stem, row.folded_stem, row.ndoc)
            found.setdefault(row.typed, []).append(((slips, -row.likeness, row.word), term))
    return {word: [term for _, term in sorted(terms)] for word, terms in found.items()}


# The exact reading is asked first, as the cheaper one: most words are found by it.
_MEANT: Final = """
    with unknown as materialized (
        select * from unnest(
            cast(:typed as text[]), cast(:folded as text[]), cast(:begun as text[]), cast(:exact as text[]),
            cast(:wide as text[])
        ) as asked (typed, folded, begun, exact, wide)
        where not exists (
            select from unnest(array[asked.exact, asked.wide]) as reading (written)
            cross join lateral (
                select from search_document
                where search_document.vector @@ cast(reading.written as tsquery) and {rule}
                limit 1
            ) as held
        )
    )
    select unknown.typed, unknown.folded as asked, near.*
    from unknown
    cross join lateral (
        select alike.*, similarity(alike.folded, unknown.folded) as likeness
        from (
            select word, folded, stem, folded_stem, ndoc from search_term
            where folded % unknown.folded or unknown.folded <% folded
            union
            select word, folded, stem, folded_stem, ndoc from search_term
            where folded like unknown.begun and abs(length(folded) - length(unknown.folded)) <= 1
        ) as alike
        order by likeness desc, word
        limit 40
    ) as near
    where exists (
        select from search_document where search_document.words @> array[near.word] and {rule}
    )
"""


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
        .where(_D.title_vector.bool_op("@@")(_tsquery(all_of([held, started]))), visible_to(actor))
        .group_by(_D.title)
        .order_by(func.length(_D.title), _D.title)
        .limit(limit)
    )
    return list(session.scalars(statement))


# --- while writing


def similar_said(
    session: Session, actor: Actor, draft: str, except_for: tuple[str, int] | None = None
) -> list[Similar]:
    """What others have said that is like what somebody is writing; needs have a likeness of their own."""
    return similar(session, actor, draft, _SAID_KINDS, _MOST_SAID, except_for)


def similar(
    session: Session,
    actor: Actor,
    draft: str,
    kinds: Sequence[str] = (),
    limit: int = 5,
    except_for: tuple[str, int] | None = None,
) -> list[Similar]:
    """What is like a draft: visible things that hold a good share of its telling words, the likest first.

    A word tells the more, the fewer documents hold it; a compound of which only the parts are held tells half
    of that. Given as shared is only what the other holds as a word. `except_for`: (kind, id) of the draft
    itself.
    """
    weights = _weigh(session, typed_words(draft[:_LONGEST_DRAFT], most=60, longest=_LONGEST_DRAFT))
    if not weights:
        return []
    meanings = expand_words(session, list(weights))
    written = {any_of([word.near, word.parts]): word for word in meanings}
    total = sum(weights.values())
    asked: list[tuple[str, float, int]] = []
    for meant, word in written.items():
        whole = weights[word.typed] / total
        asked += [(word.near, whole / 2, 0), (meant, whole / 2, 1)] if word.parts else [(meant, whole, 1)]
    shares = _shares(asked).cte("shares")
    held = array([_holds(word.exact) for word in written.values()])
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
            tuple(word.typed for word, is_held in zip(written.values(), row.held, strict=True) if is_held),
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
