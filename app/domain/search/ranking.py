"""One run over the index: the best hits with their marks, and what another choice would give.

The words are asked of the index's own lists, never of each text: a text is opened only for the best of each
kind, to weigh it, and for those that are shown, to mark the words. So a word that stands in each third
document costs little more than a rare one.
"""

# Only our own names and rules are put together here, all that is typed is bound.
# ruff: noqa: S608

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import log
from typing import Any, Final, Literal

from sqlalchemy import Result, Row, text
from sqlalchemy.orm import Session

from app.core.policy import Actor
from app.core.text_danish import clean, words
from app.domain.search.expansion import Expanded, Meaning
from app.domain.search.lexemes import all_of, any_of
from app.domain.search.schemas import PER_KIND, PER_PAGE, Query
from app.domain.search.sources import rule_sql
from app.domain.strategies.crosswalk import ThemeMeaning

Reading = Literal["near", "enough", "wide", "loose"]

# Fewer hits that hold every word than this, and those that hold half of them come along.
ENOUGH: Final = 10
# So many telling words are looked for as a sentence, too.
SHORTEST_SENTENCE: Final = 3
# So many organisations, and so many speakers, can be chosen among.
MOST_CHOICES: Final = 40
# So many of a kind, the best and among equals the newest, are weighed by how often they hold the words: where
# kinds stand together, and where one is paged. The rest stand behind them, the newest first.
WEIGHED_TOGETHER: Final = 40
WEIGHED_ALONE: Final = 200
# So many of those that hold part of the words are weighed and shown.
MOST_LOOSE: Final = 200
# So many of the words, the rarest, are asked for where a part of them is enough; and of those the rarest that
# together stand in no more documents than this are looked up, at least one.
MOST_ASKED: Final = 8
MOST_LISTED: Final = 10_000
# Where nothing holds half of the words, what holds most of them is shown, if it holds so many.
FEWEST_HELD: Final = 2
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


@dataclass(slots=True)
class Counted:
    """What one run gave: rows of hits in order, and the counts of each choice."""

    hits: list[Row[Any]] = field(default_factory=list)
    kinds: dict[str, int] = field(default_factory=dict)
    years: dict[int, int] = field(default_factory=dict)
    themes: dict[int, int] = field(default_factory=dict)
    organisations: dict[int, int] = field(default_factory=dict)
    people: dict[int, int] = field(default_factory=dict)
    # Of a loose run: how many hits hold all of the words, and which words the best of all hold.
    n_whole: int = 0
    held: set[str] = field(default_factory=set)

    def total(self, kinds: Sequence[str]) -> int:
        return sum(n for kind, n in self.kinds.items() if not kinds or kind in kinds)


# What a word counts in background, names, body and title.
_WEIGHTS: Final = "'{0.05,0.3,0.4,1.0}'::real[]"
_CHOSEN: Final = """
    (cast(:kinds as text[]) is null or search_document.kind = any(cast(:kinds as text[]))) as in_kind,
    (cast(:year as int) is null or coalesce(search_document.year = cast(:year as int), false)) as in_year,
    (cast(:themes as bigint[]) is null or search_document.theme_ids && cast(:themes as bigint[])) as in_theme
"""
_COLUMNS: Final = (
    "search_document.id, search_document.kind, search_document.object_id, search_document.year,"
    " search_document.theme_ids, search_document.organisation_ids, search_document.person_ids"
)
# The parser takes "og/eller" for a path, "kl.dk" for a host, drops "<b>" as a tag: break them open.
_HEADLINE: Final = (
    "ts_headline('danish', regexp_replace(left(d.{column}, "
    + str(_LONGEST_HEADLINED)
    + r"), '([/<&@]|\.(?=\S))', '"
    + BREAK
    + r"\1"
    + BREAK
    + "', 'g'), cast(:marked as tsquery), {options})"
)
_NONE: Final = ", ".join(["null"] * 8)
_IN_PIECES: Final = f"case when length(d.{{column}}) <= {_SHORT} then '{_WHOLE}' else '{_PIECES}' end"


def _headlines() -> str:
    title = _HEADLINE.format(column="title", options=f"'{_WHOLE}'")
    told = [f"{title} as title"]
    for column in ("body", "background"):
        options = _IN_PIECES.format(column=column)
        told += [
            f"{_HEADLINE.format(column=column, options=options)} as {column}",
            f"left(d.{column}, 40) as {column}_start",
            f"right(d.{column}, 40) as {column}_end",
        ]
    return ", ".join(told)


# What comes behind `matched` (id, kind, …, step, loose): the hits of the window, then the counts. `step` says
# how and where the words are held; within a step the weight decides. Marks only where nothing more is asked.
_REST: Final = f"""
, total as (select count(*) as n from matched where in_kind and in_year and in_theme)
, lined as (
    select *, row_number() over (
        partition by kind order by step desc, year desc nulls last, object_id desc
    ) as line
    from matched where in_kind and in_year and in_theme
)
, weighed as (
    select lined.*, case when line <= :weighed then (
        select 0.2 * (ts_rank({_WEIGHTS}, opened.vector, cast(:any_exact as tsquery), 1)
                      + 0.5 * ts_rank({_WEIGHTS}, opened.vector, cast(:any_near as tsquery), 1))
        from (select vector || ''::tsvector as vector from search_document d
              where d.id = lined.id offset 0) opened
    ) end as weight
    from lined where line <= greatest(:weighed, :last)
)
, placed as (
    select *, row_number() over (
        partition by kind
        order by step + coalesce(weight, 0) desc, year desc nulls last, object_id desc
    ) as place
    from weighed
)
, shown as (select * from placed where place between :first and :last)
select 'hit' as what, shown.kind, shown.object_id as id, shown.place as n, shown.theme_ids as ids,
       shown.step + coalesce(shown.weight, 0) as score, shown.year, told.*
from shown
left join lateral (
    select d.language, {_headlines()}
    from search_document d
    where d.id = shown.id and (:is_last or (select n from total) >= {ENOUGH})
) told on true
union all
select 'kind', kind, null, count(*), null, null, null, {_NONE}
from matched where in_year and in_theme group by kind
union all
select 'year', null, year, count(*), null, null, null, {_NONE}
from matched where in_kind and in_theme and year is not null group by year
union all
select 'themes', null, null, count(*), theme_ids, null, null, {_NONE}
from matched where in_kind and in_year and theme_ids <> '{{}}' group by theme_ids
"""
_CHOICES: Final = f"""
union all
(select '{{name}}', null, one.id, count(*), null, null, null, {_NONE}
 from matched, unnest({{name}}_ids) one (id)
 where in_kind and in_year and in_theme
 group by one.id order by count(*) desc, one.id limit {MOST_CHOICES})
"""


def run(
    session: Session,
    actor: Actor,
    query: Query,
    meaning: ThemeMeaning,
    below: Mapping[int, ThemeMeaning],
    expanded: Expanded,
    reading: Reading,
) -> Counted:
    """One statement. `meaning`: of the chosen theme; `below`: of each theme that means more than itself.

    `reading`: "near" or "wide" of every word; "enough": near, and wide too if those are few; "loose": half
    of the words, or all of them if enough texts hold them.
    """
    values: dict[str, Any] = {
        "kinds": list(query.kinds) or None,
        "year": query.year,
        "themes": meaning.ids if query.theme_id is not None else None,
        "exact": expanded.exact,
        "near": expanded.near,
        "any_exact": expanded.any_exact,
        "any_near": any_of(word.near if reading == "near" else word.wide for word in expanded.words),
        "marked": expanded.any,
        "weighed": WEIGHED_ALONE if len(query.kinds) == 1 else WEIGHED_TOGETHER,
        "is_last": reading == "loose" or (reading != "near" and len(expanded.words) == 1),
    }
    values["first"], values["last"] = _window(query)
    where = [rule_sql(actor)]
    for column, value in (("organisation_ids", query.organisation_id), ("person_ids", query.person_id)):
        if value is not None:
            where.append(f"search_document.{column} @> array[cast(:{column} as bigint)]")
            values[column] = value
    if query.meeting_id is not None:
        where.append("search_document.meeting_id = cast(:meeting_id as bigint)")
        values["meeting_id"] = query.meeting_id
    if len(expanded.words) >= SHORTEST_SENTENCE:
        # More for who has the very sentence: many pages hold all its words, few of them in a row.
        values["said"] = " ".join(words(clean(query.text)))
    if reading == "loose":
        matched = _loose(expanded, " and ".join(where), values)
    else:
        matched = _strict(expanded, reading, " and ".join(where), values)
    choices = (
        [_CHOICES.format(name=name) for name in ("organisation", "person")]
        if query.kinds == ("deck_page",)
        else []
    )
    asked = asked_loosely(expanded) if reading == "loose" else []
    if asked:
        choices.append(_held(len(asked)))
    return _read(session.execute(text("".join([matched, _REST, *choices])), values), below, asked)


def _strict(expanded: Expanded, reading: Reading, where: str, values: dict[str, Any]) -> str:
    """Those that hold every word. Each reading is a list of the index; the titles lie beside the ids."""
    values["asked"] = expanded.near if reading == "near" else expanded.wide
    in_text = "4.0"
    if expanded.exact != values["asked"]:
        in_text = f"case when {_listed('exact')} then 4.0 else 2.0 end"
    if reading != "near":
        in_text = f"case when {_listed('exact')} then 4.0 when {_listed('near')} then 2.0 else 1.0 end"
    said = "0.0"
    if "said" in values:
        said = (
            "case when search_document.id in (select id from search_document as said"
            " where said.vector @@ phraseto_tsquery('danish', :said)) then 1.5 else 0.0 end"
        )
    few = "true"
    if reading == "enough":
        near = "held >= 2"
        among = "select count(*) from read where in_kind and in_year and in_theme"
        few = f"{near} or ({among} and {near}) < {ENOUGH}"
    return f"""
with read as materialized (
    select {_COLUMNS}, {_CHOSEN},
           case when title_vector @@ cast(:exact as tsquery) then 8.0
                when title_vector @@ cast(:near as tsquery) then 6.0
                else {in_text} end as held, {said} as said
    from search_document
    where search_document.vector @@ cast(:asked as tsquery) and {where}
), matched as materialized (select *, held + said as step from read where {few})"""


def _listed(name: str) -> str:
    return (
        f"search_document.id in (select id from search_document as {name}"
        f" where {name}.vector @@ cast(:{name} as tsquery))"
    )


def _loose(expanded: Expanded, where: str, values: dict[str, Any]) -> str:
    """Those that hold half of the words, and so one of the rarer ones: only those are looked up.

    The best by the weight of the rarer ones are opened and weighed by all. A rare word tells more than a
    common one, a close reading more, a title more.
    """
    each = asked_loosely(expanded)
    weights = {word.wide: 1 / log(3 + word.ndoc) for word in each}
    whole = 2 * sum(weights.values())
    half = (len(each) + 1) // 2
    n_rare = len(each) - half + 1
    lists, holds, shares = [_list_of("exact", 10.0, values)], [], []
    n_listed = 0
    values |= {name: all_of(getattr(word, name) for word in each) for name in ("exact", "near")}
    for i, word in enumerate(each):
        weight = weights[word.wide] / whole
        values |= {f"wide_{i}": word.wide, f"near_{i}": word.near, f"weight_{i}": weight}
        n_listed += word.reach
        if i < n_rare and (i == 0 or n_listed <= MOST_LISTED):
            lists.append(_list_of(f"wide_{i}", weight, values))
        holds.append(
            f"case when title_vector @@ cast(:near_{i} as tsquery) then 2.0"
            f" when vector @@ cast(:near_{i} as tsquery) then 1.5"
            f" when vector @@ cast(:wide_{i} as tsquery) then 1.0 else 0.0 end"
        )
        shares.append(f"holds[{i + 1}] * cast(:weight_{i} as float)")
    said = ""
    if "said" in values:
        said = " + case when vector @@ phraseto_tsquery('danish', :said) then 1.5 else 0.0 end"
    n_held = " + ".join(f"cast(holds[{i + 1}] > 0 as int)" for i in range(len(each)))
    return f"""
with opened as materialized (
    select d.*
    from (
        select id, in_all, sum(weight) as weight from ({" union all ".join(lists)}) listed
        group by id, in_all order by in_all desc, weight desc, id desc offset 0
    ) best
    cross join lateral (
        select {_COLUMNS}, title_vector, vector || ''::tsvector as vector, {_CHOSEN}
        from search_document
        where search_document.id = best.id and {where}
        offset 0
    ) d
    order by best.in_all desc, best.weight desc, best.id desc
    limit {MOST_LOOSE}
), judged as materialized (
    select *, array[{", ".join(holds)}] as holds from opened
), counted as materialized (
    select *, {n_held} as n_held, in_kind and in_year and in_theme as in_all from judged
), matched as materialized (
    select *, case when n_held < {len(each)} then 0.0
                   when title_vector @@ cast(:exact as tsquery) then 8.0
                   when title_vector @@ cast(:near as tsquery) then 6.0
                   when vector @@ cast(:exact as tsquery) then 4.0
                   when vector @@ cast(:near as tsquery) then 2.0
                   else 1.0 end + {" + ".join(shares)}{said} as step
    from counted
    where n_held >= least({half}, (select greatest(max(n_held), {FEWEST_HELD}) from counted where in_all))
    and (n_held = {len(each)}
         or (select count(*) from counted where n_held = {len(each)} and in_all) < {ENOUGH})
)"""


def _held(n_words: int) -> str:
    return f"""
union all
select 'whole', null, null, count(*), null, null, null, {_NONE}
from matched where n_held = {n_words} and in_all
union all
select 'held', null, word.i, count(*), null, null, null, {_NONE}
from judged, unnest(holds) with ordinality as word (share, i)
where word.share > 0 group by word.i
"""


def asked_loosely(expanded: Expanded) -> list[Meaning]:
    """The words of which a part is enough, the rarest first."""
    each = {word.wide: word for word in expanded.words}.values()
    return sorted(each, key=lambda word: (word.reach, word.ndoc))[:MOST_ASKED]


def _list_of(name: str, weight: float, values: dict[str, Any]) -> str:
    """The ids of one list of the index, what each counts, and whether all that is chosen holds."""
    values[f"counts_{name}"] = weight
    return (
        f"select id, in_kind and in_year and in_theme as in_all, cast(:counts_{name} as float) as weight"
        f" from (select search_document.id, {_CHOSEN} from search_document"
        f" where search_document.vector @@ cast(:{name} as tsquery)) as of_{name}"
    )


def _read(rows: Result[Any], below: Mapping[int, ThemeMeaning], asked: Sequence[Meaning]) -> Counted:
    counted = Counted()
    counts: dict[str, dict[Any, int]] = {
        "kind": counted.kinds,
        "year": counted.years,
        "organisation": counted.organisations,
        "person": counted.people,
    }
    meant_by: dict[int, list[int]] = {}
    for theme_id, meaning in below.items():
        for meant in meaning.ids:
            meant_by.setdefault(meant, []).append(theme_id)
    for row in rows:
        if row.what == "hit":
            counted.hits.append(row)
        elif row.what == "whole":
            counted.n_whole = row.n
        elif row.what == "held":
            counted.held.add(asked[row.id - 1].typed)
        elif row.what == "themes":
            # By sets of themes: there are few of those, however many hits have them.
            for theme_id in {one for held in row.ids for one in (held, *meant_by.get(held, ()))}:
                counted.themes[theme_id] = counted.themes.get(theme_id, 0) + row.n
        else:
            counts[row.what][row.kind if row.what == "kind" else row.id] = row.n
    counted.hits.sort(key=lambda row: row.n)
    return counted


def _window(query: Query) -> tuple[int, int]:
    """The first and last place to show: the top of every kind, or a page of the one kind."""
    if len(query.kinds) != 1:
        return 1, PER_KIND
    page = min(max(query.page, 1), 10_000)
    return (page - 1) * PER_PAGE + 1, page * PER_PAGE
