"""What was promised and what came of it, year by year: the organisers' account of themselves.

As a report of a meeting, this leaves the house: it is gathered as the least of its audience, and whoever asks
for it gets the same as all others. The number of statements does not grow with what there is to tell.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.clock import now, today
from app.core.i18n import DEFAULT, LANGUAGES
from app.core.policy import ORGANISER_KINDS, Actor
from app.domain.commitments.of_years import (
    Measured,
    MovedDay,
    Promised,
    YearOfPromises,
    find_themes_of,
    list_measured_in,
    list_moved_in,
    list_of_year,
    list_promised_in,
)
from app.domain.commitments.of_years import list_years as list_years_of_promises
from app.domain.commitments.policy import OPEN
from app.domain.contributions.of_years import AnsweredYear, Verdicts, count_verdicts, list_answered_years
from app.domain.follow_through.policy import Audience, reader_of
from app.domain.organisations.models import Organisation
from app.domain.strategies.queries import ThemeRef, find_themes

# The name of the paper; lasting, as it stands in the database. The folder of the words it is told with.
REPORT: Final = "year_report"
FOLDER: Final = "follow_through_years"
FIRST_YEAR: Final = 2000


@dataclass(frozen=True, slots=True)
class Choices:
    """For whom and in which language."""

    audience: Audience = "everybody"
    language: str = DEFAULT

    def as_json(self) -> dict[str, Any]:
        """As plain JSON; `read_choices` makes the same of it."""
        return {"audience": self.audience, "language": self.language}


def read_choices(given: Mapping[str, Any]) -> Choices:
    """Choices from `as_json`."""
    language = given.get("language")
    return Choices(
        "staff" if given.get("audience") == "staff" else "everybody",
        language if language in LANGUAGES else DEFAULT,
    )


@dataclass(frozen=True, slots=True)
class Count:
    """How it went with some promises. `waiting`: with no verdict yet, of which so many are `late`."""

    promised: int = 0
    kept: int = 0
    partly_kept: int = 0
    broken: int = 0
    replaced: int = 0
    waiting: int = 0
    late: int = 0
    moved: int = 0

    @property
    def total(self) -> int:
        """What came due or was settled in the year."""
        return self.kept + self.partly_kept + self.broken + self.replaced + self.waiting

    @property
    def settled(self) -> int:
        return self.kept + self.partly_kept + self.broken

    @property
    def share_kept(self) -> int | None:
        """Percent kept in full, of those with a verdict; what was replaced is neither kept nor broken."""
        return round(100 * self.kept / self.settled) if self.settled else None


@dataclass(frozen=True, slots=True)
class Account:
    """How it went with what one organisation promised."""

    organisation_id: int
    organisation: str
    count: Count


@dataclass(frozen=True, slots=True)
class ThemeAccount:
    """The same under one theme; None for what is under no theme."""

    theme: ThemeRef | None
    count: Count


@dataclass(frozen=True, slots=True)
class YearLine:
    """A year in the list of years, and a point of the development."""

    year: int
    promises: YearOfPromises
    answers: AnsweredYear


@dataclass(frozen=True, slots=True)
class YearReport:
    """All that the report of a year tells, for `choices.audience`.

    `own`: accounts of the organisers; `others`: of vendors and whoever else has promised something. `settled`
    and `waiting`: what came due or was settled in the year, of the organisers; `promised`: what they promised
    in it. `others_settled`, `others_waiting`: the same of the others. `causes`: what decided how it went,
    where it was not kept in full. `development`: the years until this one.
    """

    year: int
    choices: Choices
    own: tuple[Account, ...]
    others: tuple[Account, ...]
    total: Count
    themes: tuple[ThemeAccount, ...]
    settled: tuple[Promised, ...]
    waiting: tuple[Promised, ...]
    promised: tuple[Promised, ...]
    others_settled: tuple[Promised, ...]
    others_waiting: tuple[Promised, ...]
    causes: tuple[tuple[str, int], ...]
    moved: tuple[MovedDay, ...]
    measured: tuple[Measured, ...]
    answers: AnsweredYear
    verdicts: Verdicts
    development: tuple[YearLine, ...]
    made_at: datetime

    @property
    def is_for_all(self) -> bool:
        return self.choices.audience == "everybody"

    @property
    def is_over(self) -> bool:
        return self.year < today().year

    @property
    def has_examples(self) -> bool:
        lines = [*self.settled, *self.waiting, *self.promised, *self.others_settled, *self.others_waiting]
        return any(one.line.is_example for one in lines)

    @property
    def not_kept(self) -> tuple[Promised, ...]:
        """What was settled otherwise than kept in full."""
        return tuple(one for one in self.settled if one.line.status != "kept")

    @property
    def kept(self) -> tuple[Promised, ...]:
        return tuple(one for one in self.settled if one.line.status == "kept")

    @property
    def effects(self) -> tuple[Measured, ...]:
        return tuple(one for one in self.measured if one.effect is not None)

    @property
    def stamp(self) -> str:
        """Changes when anything that the report tells does, and with nothing else."""
        of_today = [one.line.status for one in (*self.waiting, *self.others_waiting)]
        return sha256(repr((replace(self, made_at=_NO_TIME), of_today, self.is_over)).encode()).hexdigest()


_NO_TIME: Final = datetime(1, 1, 1, tzinfo=UTC)


def gather_year(session: Session, year: int, choices: Choices) -> YearReport | None:
    """The report of a year; None for one that has not begun, or lies before all there is.

    Who may read what is made for this audience has been asked (`policy.may_read_year`).
    """
    if not FIRST_YEAR <= year <= today().year:
        return None
    reader = reader_of(choices.audience)
    organisers = _find_organisers(session)
    due = list_of_year(session, reader, year)
    promised = list_promised_in(session, reader, year)
    moved = list_moved_in(session, reader, year)
    own_due = [one for one in due if one.line.organisation_id in organisers]
    other_due = [one for one in due if one.line.organisation_id not in organisers]
    own_promised = [one for one in promised if one.line.organisation_id in organisers]
    own_moved = [one for one in moved if one.line.organisation_id in organisers]
    accounts = _account(due, promised, moved, organisers)
    return YearReport(
        year=year,
        choices=choices,
        own=tuple(one for one in accounts if one.organisation_id in organisers),
        others=tuple(one for one in accounts if one.organisation_id not in organisers),
        total=_count(own_due, own_promised, own_moved),
        themes=_account_for_themes(session, reader, own_due, own_promised, own_moved),
        settled=_settled(own_due),
        waiting=_waiting(own_due),
        promised=tuple(own_promised),
        others_settled=_settled(other_due),
        others_waiting=_waiting(other_due),
        causes=_count_causes(own_due),
        moved=tuple(own_moved),
        measured=tuple(
            one for one in list_measured_in(session, reader, year) if one.line.organisation_id in organisers
        ),
        answers=next(iter(list_answered_years(session, reader, year)), AnsweredYear(year, 0, 0, 0, None)),
        verdicts=count_verdicts(session, reader, year),
        development=tuple(one for one in _list_years(session, reader, organisers) if one.year <= year)[-8:],
        made_at=now(),
    )


def list_years(session: Session, audience: Audience = "everybody") -> list[YearLine]:
    """The years that there is something to tell of, the newest first; three statements."""
    return list(reversed(_list_years(session, reader_of(audience), _find_organisers(session))))


def _list_years(session: Session, reader: Actor, organisers: Mapping[int, str]) -> list[YearLine]:
    promises = {one.year: one for one in list_years_of_promises(session, reader, organisers.keys())}
    answers = {one.year: one for one in list_answered_years(session, reader)}
    last = today().year
    return [
        YearLine(
            year,
            promises.get(year) or YearOfPromises(year, 0, 0, 0, 0, 0),
            answers.get(year) or AnsweredYear(year, 0, 0, 0, None),
        )
        for year in sorted(promises.keys() | answers.keys())
        if FIRST_YEAR <= year <= last
    ]


def _find_organisers(session: Session) -> dict[int, str]:
    """{id: name} of KL, KOMBIT and whoever else arranges."""
    rows = session.execute(
        select(Organisation.id, Organisation.name)
        .where(Organisation.kind.in_(ORGANISER_KINDS))
        .order_by(Organisation.id)
    )
    return {row.id: row.name for row in rows}


# --- counting


def _is_waiting(one: Promised) -> bool:
    return one.line.stored_status in OPEN


def _settled(due: Iterable[Promised]) -> tuple[Promised, ...]:
    return tuple(one for one in due if not _is_waiting(one))


def _waiting(due: Iterable[Promised]) -> tuple[Promised, ...]:
    return tuple(one for one in due if _is_waiting(one))


def _count(due: Collection[Promised], promised: Collection[Promised], moved: Collection[MovedDay]) -> Count:
    def number(status: str) -> int:
        return sum(one.line.stored_status == status for one in due)

    return Count(
        promised=len(promised),
        kept=number("kept"),
        partly_kept=number("partly_kept"),
        broken=number("broken"),
        replaced=number("replaced"),
        waiting=sum(map(_is_waiting, due)),
        late=sum(one.line.status == "late" for one in due),
        moved=len({one.line.id for one in moved if not one.step}),
    )


def _account(
    due: Sequence[Promised],
    promised: Sequence[Promised],
    moved: Sequence[MovedDay],
    organisers: Mapping[int, str],
) -> list[Account]:
    """One for each organisation that has anything to account for; the organisers first, by name."""
    lines = [one.line for one in (*due, *promised, *moved)]
    names = {line.organisation_id: line.organisation for line in lines}
    order = sorted(names, key=lambda id_: (id_ not in organisers, names[id_]))

    def of(id_: int) -> Count:
        return _count(
            [one for one in due if one.line.organisation_id == id_],
            [one for one in promised if one.line.organisation_id == id_],
            [one for one in moved if one.line.organisation_id == id_],
        )

    return [Account(id_, names[id_], of(id_)) for id_ in order]


def _account_for_themes(
    session: Session,
    reader: Actor,
    due: Sequence[Promised],
    promised: Sequence[Promised],
    moved: Sequence[MovedDay],
) -> tuple[ThemeAccount, ...]:
    """One for each theme, the newest strategy first; what stands under several counts under each."""
    themes_of = find_themes_of(session, reader, {one.line.id for one in (*due, *promised, *moved)})
    refs = find_themes(session, {theme_id for ids in themes_of.values() for theme_id in ids})

    def under(theme_id: int | None, id_: int) -> bool:
        own = themes_of.get(id_, ())
        return theme_id in own if theme_id is not None else not own

    def of(theme_id: int | None) -> Count:
        return _count(
            [one for one in due if under(theme_id, one.line.id)],
            [one for one in promised if under(theme_id, one.line.id)],
            [one for one in moved if under(theme_id, one.line.id)],
        )

    newest_first = sorted(
        refs.values(), key=lambda ref: (-(ref.period_from or 0), ref.strategy_key, ref.name)
    )
    accounts = [ThemeAccount(ref, of(ref.id)) for ref in newest_first]
    without = of(None)
    if without != Count():
        accounts.append(ThemeAccount(None, without))
    return tuple(accounts)


def _count_causes(due: Iterable[Promised]) -> tuple[tuple[str, int], ...]:
    """What decided how it went where it was not kept in full, the most frequent first."""
    counted: dict[str, int] = {}
    for one in due:
        if one.line.verdict_cause and one.line.stored_status != "kept":
            counted[one.line.verdict_cause] = counted.get(one.line.verdict_cause, 0) + 1
    return tuple(sorted(counted.items(), key=lambda pair: (-pair[1], pair[0])))
