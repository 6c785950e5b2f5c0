"""Periods as admins choose them, within what the law and the purpose of each allow."""

from dataclasses import asdict, dataclass

from sqlalchemy.orm import Session

from app.core.policy import Actor, Refused, require
from app.domain.site.service import set_part
from app.privacy.nights import forecast_all
from app.privacy.periods import BOUNDS, Periods, periods_in_force, standard_periods
from app.privacy.policy import may_set_periods

PART = "periods"


@dataclass(frozen=True, slots=True)
class Effect:
    """What a change of periods comes to tonight for one kind of data: days and rows, before and after."""

    code: str
    days_before: int
    days: int
    rows_before: int
    rows: int


def find_effects(session: Session, periods: Periods) -> list[Effect]:
    """What these periods would change tonight against those in force. Changes nothing."""
    before = forecast_all(session, periods_in_force())
    after = forecast_all(session, periods)
    return [
        Effect(then.code, then.days, now.days, then.rows, now.rows)
        for then, now in zip(before, after, strict=True)
        if (then.days, then.rows) != (now.days, now.rows)
    ]


def set_periods(session: Session, actor: Actor, periods: Periods, version: int) -> None:
    """Keep data for so many days from tonight on; what differs from the settings is kept as chosen.

    Refused: stale, and period_bounds with the name of the period that is too short or too long.
    """
    require(may_set_periods(actor))
    standard = asdict(standard_periods())
    given = asdict(periods)
    for name, (least, most) in BOUNDS.items():
        if not least <= given[name] <= most:
            raise Refused("period_bounds", name=name)
    own = {name: days for name, days in given.items() if days != standard[name]}
    set_part(session, actor, PART, own, version=version)
