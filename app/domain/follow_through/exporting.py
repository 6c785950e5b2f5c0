"""A list of wishes to take along: each with how often it was said, its verdict and its promises, as the
reader may read them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from sqlalchemy import BigInteger, any_, literal, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from app.core.clock import day_of
from app.core.policy import Actor
from app.domain.commitments.queries import list_of_contributions
from app.domain.contributions.gathered import find_leads
from app.domain.contributions.models import Answer, AnswerContribution
from app.domain.contributions.policy import answers_visible_to
from app.domain.contributions.queries import ContributionView, Filters, list_all_wishes
from app.domain.contributions.sightings import count_years

MOST: Final = 5000


@dataclass(frozen=True, slots=True)
class WishRow:
    """A wish, how often it was said and in which years, the newest verdict on it, the references of what is
    promised of it; those of the lead where it hangs under one."""

    wish: ContributionView
    times: int
    years: tuple[int, ...]
    verdict: str | None
    promises: tuple[str, ...]


def list_to_take_along(session: Session, actor: Actor, filters: Filters) -> Iterator[WishRow]:
    """The wishes of the filters, so many at most; six statements, and what the theme takes."""
    wishes = list_all_wishes(session, actor, filters, MOST)
    leads = find_leads(session, [wish.id for wish in wishes])
    lead_of = {wish.id: leads.get(wish.id, wish.id) for wish in wishes}
    both = sorted(lead_of.keys() | set(lead_of.values()))
    gathered = count_years(session, actor, sorted(set(lead_of.values())))
    verdicts = _find_verdicts(session, actor, both)
    promises = list_of_contributions(session, actor, both)
    for wish in wishes:
        lead_id = lead_of[wish.id]
        said_on = wish.meeting_held_on or day_of(wish.received_at)
        times, years = gathered.get(lead_id, (1, (said_on.year,)))
        mine = {one.reference for i in (wish.id, lead_id) for one in promises.get(i, ())}
        yield WishRow(
            wish=wish,
            times=times,
            years=years,
            verdict=verdicts.get(lead_id) or verdicts.get(wish.id),
            promises=tuple(sorted(mine)),
        )


def _find_verdicts(session: Session, actor: Actor, contribution_ids: list[int]) -> dict[int, str]:
    """{contribution id: the verdict published last}; one statement."""
    rows = session.execute(
        select(AnswerContribution.contribution_id, Answer.verdict)
        .join(Answer, Answer.id == AnswerContribution.answer_id)
        .where(
            AnswerContribution.contribution_id == any_(literal(contribution_ids, ARRAY(BigInteger))),
            Answer.verdict.is_not(None),
            answers_visible_to(actor),
        )
        .order_by(Answer.published_at, Answer.id)
    )
    return {row.contribution_id: row.verdict for row in rows if row.verdict is not None}
