"""The chain of evidence: what was said, where it is shown, what was answered, promised and measured.

From any of them the others are found, back and on. Each link is asked for through its own rule, so that the
chain never shows or counts what its reader could not open.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Select, and_, bindparam, func, select
from sqlalchemy.orm import Session, aliased

from app.core.asking import Asking, asked, beside, read
from app.core.kept import kept
from app.core.policy import Actor
from app.domain.commitments.models import Commitment
from app.domain.commitments.policy import visible_to as commitment_visible_to
from app.domain.commitments.queries import (
    CommitmentLine,
    CommitmentView,
    IndicatorView,
    list_indicators,
    promised_of,
)
from app.domain.contributions.gathered import lead_or_self
from app.domain.contributions.gathering_models import Gathered
from app.domain.contributions.models import Contribution
from app.domain.contributions.policy import is_listed, visible_to
from app.domain.contributions.queries import Answered, AnswerView, answers_to_any, list_answers_to_any
from app.domain.contributions.sightings import Cited, Sighting, find_sightings, sightings_of

# Of what was said; a promise may be about a hundred, and each of them stand for two hundred.
MOST_SAID: Final = 200

C = Contribution


@dataclass(frozen=True, slots=True)
class Promise:
    """A promise of the chain, in words, with its figures. `lesson` is empty until there is a verdict."""

    line: CommitmentLine
    text: str
    text_en: str
    lesson: str
    replaced_by: str
    indicators: tuple[IndicatorView, ...]

    @property
    def effects(self) -> tuple[IndicatorView, ...]:
        """The indicators whose effect is known."""
        return tuple(one for one in self.indicators if one.effect is not None)


@dataclass(frozen=True, slots=True)
class Chain:
    """From what was said to what came of it, each the earliest first, as far as the reader may see it.

    `has_more`: more was said than is shown.
    """

    said: tuple[Sighting, ...]
    answers: tuple[AnswerView, ...]
    promises: tuple[Promise, ...]
    has_more: bool = False

    def place_of(self, answer: AnswerView) -> Answered | None:
        """Where the answer stands to be read: at the lead that it was given to, else at a wish, else at the
        first; None where it answers nothing that the reader may see."""
        leads = {one.reference for one in self.said if one.is_lead}
        return min(
            answer.answers,
            key=lambda one: (one.reference not in leads, one.kind != "wish", one.reference),
            default=None,
        )

    @property
    def pages(self) -> tuple[Cited, ...]:
        """The slide pages that what was said rests on, each once."""
        return tuple(dict.fromkeys(page for one in self.said for page in one.cited))

    @property
    def effects(self) -> tuple[tuple[Promise, IndicatorView], ...]:
        return tuple((promise, one) for promise in self.promises for one in promise.effects)


def find_chain_of_contribution(session: Session, actor: Actor, contribution_id: int) -> Chain | None:
    """The chain of a contribution: of all that says the same, also where another of them leads. None where
    the reader may not see it. Four statements at most."""
    found = read(session, chain_of_contribution(actor, contribution_id))
    return complete(session, actor, found) if found else None


@dataclass(frozen=True, slots=True)
class Begun:
    """A chain whose promises are not read yet."""

    said: tuple[Sighting, ...]
    answers: tuple[AnswerView, ...]
    lines: Mapping[int, tuple[CommitmentLine, ...]]
    has_more: bool


def chain_of_contribution(actor: Actor, contribution_id: int) -> Asking[Begun | None]:
    """The chain as far as most go, to be asked beside others: those with promises are completed."""
    family = yield from asked(_family(actor), {"family_of": [contribution_id]})
    # Each of them is asked for through its own rule: what the reader may not see is in neither answer.
    ids = [row.id for row in family[:MOST_SAID]]
    about = sorted({*ids, *(row.lead_id for row in family)})
    if contribution_id not in ids:
        return None
    said, answers, lines = yield from beside(
        sightings_of(actor, ids), answers_to_any(actor, about), promised_of(actor, about)
    )
    return Begun(said, tuple(answers), lines, len(family) > MOST_SAID)


def complete(session: Session, actor: Actor, begun: Begun) -> Chain:
    """The chain with its promises; two statements where there are any."""
    lines = begun.lines
    each = {line.id: line for several in lines.values() for line in several}
    in_order = sorted(each.values(), key=lambda line: (line.proposed_at, line.id))
    promises = _promises(session, actor, in_order)
    return Chain(begun.said, begun.answers, promises, begun.has_more)


def find_chain_of_commitment(session: Session, actor: Actor, commitment: CommitmentView) -> Chain:
    """The chain of a promise that the reader sees: back to all that it is about, with what says the same, and
    on to its effect. Four statements at most."""
    said, leads, has_more = _find_said(session, actor, [one.id for one in commitment.contributions])
    line = commitment.line
    about = sorted({one.id for one in said} | leads)
    answers = list_answers_to_any(session, actor, about, line.answer_id)
    replaced_by = commitment.replaced_by.reference if commitment.replaced_by else ""
    promise = Promise(
        line,
        commitment.text,
        commitment.text_en,
        commitment.lesson,
        replaced_by,
        commitment.indicators,
    )
    return Chain(said, tuple(answers), (promise,), has_more)


def _find_said(
    session: Session, actor: Actor, contribution_ids: Sequence[int]
) -> tuple[tuple[Sighting, ...], set[int], bool]:
    """These and all that says the same, as far as the reader may see it; the leads; whether there is more.

    The lead may be hidden from the reader: what was answered and promised to it was so to all that hangs
    under it, and each of that is asked for through its own rule.
    """
    if not contribution_ids:
        return (), set(), False
    family = session.execute(_family(actor), {"family_of": list(contribution_ids)}).all()
    said = find_sightings(session, actor, [row.id for row in family[:MOST_SAID]])
    return said, {row.lead_id for row in family}, len(family) > MOST_SAID


@kept
def _family(actor: Actor) -> Select[Any]:
    asked = bindparam("family_of", expanding=True)
    leads = select(lead_or_self(C.id)).where(C.id.in_(asked), visible_to(actor), is_listed())
    hanging = select(Gathered.contribution_id).where(Gathered.lead_id.in_(leads))
    return (
        select(C.id, lead_or_self(C.id).label("lead_id"))
        # One list of numbers: with »or« between two, everything ever said is gone through.
        .where(C.id.in_(leads.union(hanging)), visible_to(actor), is_listed())
        # What was asked for is never what is left out.
        .order_by(C.id.in_(asked).desc(), C.received_at, C.id)
        .limit(MOST_SAID + 1)
    )


def _promises(session: Session, actor: Actor, lines: Sequence[CommitmentLine]) -> tuple[Promise, ...]:
    """The promises of these lines, with their words and figures; two statements."""
    if not lines:
        return ()
    words = _find_words(session, actor, [line.id for line in lines])
    indicators = list_indicators(session, lines)
    return tuple(Promise(line, *words[line.id], indicators.get(line.id, ())) for line in lines)


def _find_words(
    session: Session, actor: Actor, commitment_ids: Sequence[int]
) -> dict[int, tuple[str, str, str, str]]:
    """{commitment id: text, English text, lesson, what it is replaced by, if that may be seen}."""
    other = aliased(Commitment)
    readable = select(Commitment.id).where(commitment_visible_to(actor)).correlate(None)
    rows = session.execute(
        select(
            Commitment.id,
            Commitment.text,
            Commitment.text_en,
            Commitment.lesson,
            func.coalesce(other.reference, ""),
        )
        .outerjoin(other, and_(other.id == Commitment.replaced_by_id, other.id.in_(readable)))
        .where(Commitment.id.in_(commitment_ids))
    )
    return {row.id: (row[1], row[2], row[3], row[4]) for row in rows}
