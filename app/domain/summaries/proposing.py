"""Sentences proposed by the machine: words that were said, chosen by what says the same, with their sources.

Nothing is made up and nothing leaves the house. What says the same (`likeness`, and what staff has gathered)
is told in the words of the one that is most like the others; then what else stands under each theme, what was
answered, and what was promised. Only what everybody may read is looked at.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy.orm import Session

from app.core.clock import COPENHAGEN
from app.core.policy import STRANGER
from app.core.text import shorten
from app.domain.commitments.queries import CommitmentLine, list_of_meeting, list_under_themes
from app.domain.contributions import queries as contributions
from app.domain.contributions.blacked import MARK
from app.domain.contributions.gathered import find_leads
from app.domain.contributions.likeness import Spoken, find_likeness
from app.domain.contributions.queries import AnswerView, ContributionView, list_answers_of_meeting
from app.domain.contributions.under_themes import list_answers
from app.domain.strategies.crosswalk import themes_meaning
from app.domain.summaries.sources import MOST_OF_SENTENCE, SourceKey

MOST_READ: Final = 300
MOST_GATHERED: Final = 6  # sentences on what several say
MOST_THEMES: Final = 5
MOST_ANSWERS: Final = 3
MOST_PROMISES: Final = 3
SHORTEST: Final = 35  # letters of a sentence that says something by itself
LONGEST: Final = 240
_SENTENCE = re.compile(r"[^.!?\n]+(?:[.!?]+|\n|$)")
_NOT_QUOTABLE = re.compile(rf"[»«]|{MARK}")


@dataclass(frozen=True, slots=True)
class Proposed:
    """A sentence in Danish, in English where all its words are known in English, and what it rests on."""

    text: str
    text_en: str
    sources: tuple[SourceKey, ...]


def propose_of_meeting(session: Session, meeting_id: int) -> list[Proposed]:
    """What a meeting comes to."""
    said = contributions.list_of_meeting(session, STRANGER, meeting_id, per_page=MOST_READ).rows
    answers = list_answers_of_meeting(session, STRANGER, meeting_id)
    return _propose(session, said, answers, list_of_meeting(session, STRANGER, meeting_id), _of_one_meeting)


def propose_of_theme(session: Session, theme_id: int) -> list[Proposed]:
    """What a theme comes to over all meetings and years, also by the older themes that it came from."""
    ids = themes_meaning(session, [theme_id]).ids
    said = contributions.list_under_theme(session, STRANGER, ids, per_page=MOST_READ).rows
    answers = list_answers(session, STRANGER, ids)
    return _propose(session, said, answers, list_under_themes(session, STRANGER, ids), _over_the_years)


Lead = Callable[[Sequence[ContributionView]], tuple[str, str]]


def _propose(
    session: Session,
    said: Sequence[ContributionView],
    answers: Sequence[AnswerView],
    promises: Sequence[CommitmentLine],
    lead: Lead,
) -> list[Proposed]:
    usable = [one for one in said if one.published_at is not None and _quote(one.title, one.body)]
    groups = _put_together(session, usable)
    taken = {one.id for group in groups for one in group}
    rest = [one for one in usable if one.id not in taken]
    return [
        *(_tell(lead(group), group) for group in groups),
        *_tell_themes(rest),
        *_tell_answers(answers),
        *_tell_promises(promises),
    ]


# --- what says the same


def _put_together(session: Session, said: Sequence[ContributionView]) -> list[list[ContributionView]]:
    """Those that say the same, the most first; in each the one first that is most like the others."""
    if not said:
        return []
    by_id = {one.id: one for one in said}
    likeness = find_likeness(session, [_spoken(one) for one in said])
    near: dict[int, dict[int, float]] = {
        one.id: {other.id: other.score for other in likeness.list_alike(one.id)} for one in said
    }
    leads = find_leads(session, by_id)
    for member, lead_id in leads.items():
        if lead_id in by_id:
            near[member][lead_id] = near[lead_id][member] = 1.0
    groups: list[list[ContributionView]] = []
    taken: set[int] = set()
    for one in sorted(near, key=lambda id_: (-len(near[id_]), -sum(near[id_].values()), id_)):
        others = [other for other in near[one] if other not in taken]
        if one in taken or not others:
            continue
        taken |= {one, *others}
        others.sort(key=lambda id_: (-near[one][id_], id_))
        groups.append([by_id[one], *(by_id[other] for other in others)])
    return sorted(groups, key=lambda group: -len(group))[:MOST_GATHERED]


def _spoken(one: ContributionView) -> Spoken:
    themes = frozenset(theme.id for theme in one.themes)
    return Spoken(one.id, one.title, one.body, one.language, one.body_en, one.aspect, themes)


def _of_one_meeting(group: Sequence[ContributionView]) -> tuple[str, str]:
    return "Flere siger det samme", "Several say the same"


def _over_the_years(group: Sequence[ContributionView]) -> tuple[str, str]:
    years = sorted({_year_of(one) for one in group})
    if len(years) == 1:
        return f"Flere sagde det samme i {years[0]}", f"Several said the same in {years[0]}"
    words = [str(year) for year in years]
    return (
        f"Det er sagt i {', '.join(words[:-1])} og {words[-1]}",
        f"It was said in {', '.join(words[:-1])} and {words[-1]}",
    )


def _year_of(one: ContributionView) -> int:
    day = one.meeting_held_on or one.received_at.astimezone(COPENHAGEN).date()
    return day.year


def _tell(lead: tuple[str, str], group: Sequence[ContributionView]) -> Proposed:
    first = group[0]
    quote, english = _quote(first.title, first.body), _english(first)
    return Proposed(
        f"{lead[0]}: »{quote}«",
        f"{lead[1]}: »{english}«" if english else "",
        tuple(SourceKey("contribution", one.id) for one in group[:MOST_OF_SENTENCE]),
    )


def _english(one: ContributionView) -> str:
    return _quote(one.title, one.body) if one.language == "en" else _quote("", one.body_en)


# --- the rest


def _tell_themes(said: Iterable[ContributionView]) -> Iterator[Proposed]:
    """What else was said under each theme, in the words of one of them; where most was said first."""
    under: dict[int, list[ContributionView]] = {}
    for one in said:
        if one.themes:
            under.setdefault(one.themes[0].id, []).append(one)
    largest = sorted(under.values(), key=lambda group: -len(group))[:MOST_THEMES]
    for group in largest:
        theme = group[0].themes[0]
        name_en = theme.name_en or theme.name
        lead = (
            f"Om {theme.name} blev der blandt andet sagt",
            f"On {name_en} it was said, among other things",
        )
        yield _tell(lead, sorted(group, key=_plainness))


def _plainness(one: ContributionView) -> tuple[int, int]:
    # Neither a bare heading nor half a page.
    return abs(len(one.body) - 120), one.id


_VERDICTS: Final[Mapping[str | None, tuple[str, str]]] = {
    "yes": ("svarede ja", "said yes"),
    "partly": ("svarede delvist ja", "said yes in part"),
    "no": ("svarede nej", "said no"),
    "later": ("svarede, at det kommer senere", "said that it is for later"),
    None: ("svarede", "answered"),
}


def _tell_answers(answers: Sequence[AnswerView]) -> Iterator[Proposed]:
    told = 0
    for one in answers:
        quote = _quote("", one.text)
        if one.published_at is None or one.kind == "thanks" or not quote or told == MOST_ANSWERS:
            continue
        told += 1
        danish, english = _VERDICTS[one.verdict]
        by = _join(one.organisations, "og") or "Arrangørerne"
        by_en = _join(one.organisations, "and") or "The organisers"
        quote_en = _quote("", one.text_en)
        yield Proposed(
            f"{by} {danish}: »{quote}«",
            f"{by_en} {english}: »{quote_en}«" if quote_en else "",
            (SourceKey("answer", one.id),),
        )


def _tell_promises(promises: Sequence[CommitmentLine]) -> Iterator[Proposed]:
    # How it went changes; the promise is where one sees it.
    for one in [line for line in promises if line.published_at is not None][:MOST_PROMISES]:
        title, title_en = _cut(one.title), _cut(one.title_en)
        if title:
            yield Proposed(
                f"{one.organisation} har lovet: »{title}«",
                f"{one.organisation} has promised: »{title_en}«" if title_en else "",
                (SourceKey("commitment", one.id),),
            )


def _join(names: Sequence[str], word: str) -> str:
    return f" {word} ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)


# --- words as they were said


def _quote(title: str, body: str) -> str:
    """The first sentences of a text that say something by themselves, else its title; "" where neither can
    be quoted."""
    told = ""
    for found in _SENTENCE.finditer(body.strip()):
        told = f"{told} {found[0].strip()}".strip()
        if len(told) >= SHORTEST:
            break
    return _cut(told) or _cut(title)


def _cut(text: str) -> str:
    return "" if _NOT_QUOTABLE.search(text) else shorten(text.strip(), LONGEST)
