"""Days on which Danish offices are open."""

from datetime import date, timedelta
from functools import cache

_SATURDAY = 5
# In days from Easter Sunday: Maundy Thursday, Good Friday, Easter Monday, Ascension, Whit Monday.
_MOVING = (-3, -2, 1, 39, 50)
_FIXED = ((1, 1), (12, 24), (12, 25), (12, 26), (12, 31), (6, 5))


def is_workday(day: date) -> bool:
    """Neither weekend nor a day on which town halls are closed."""
    return day.weekday() < _SATURDAY and day not in _closed_days(day.year)


def workdays_before(day: date, count: int) -> date:
    """The workday that lies this many workdays before the day."""
    while count:
        day -= timedelta(days=1)
        count -= is_workday(day)
    return day


def workdays_after(day: date, count: int) -> date:
    """The workday that lies this many workdays after the day."""
    while count:
        day += timedelta(days=1)
        count -= is_workday(day)
    return day


@cache
def _closed_days(year: int) -> frozenset[date]:
    easter = easter_sunday(year)
    moving = {easter + timedelta(days=days) for days in _MOVING}
    return frozenset(moving | {date(year, month, day) for month, day in _FIXED})


def easter_sunday(year: int) -> date:
    """By the Gregorian rule (Meeus, Jones and Butcher)."""
    century, rest = divmod(year, 100)
    golden = year % 19
    shift = (8 * century + 13) // 25
    epact = (19 * golden + century - century // 4 - shift + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (rest // 4) - epact - rest % 4) % 7
    correction = (golden + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * correction + 114, 31)
    return date(year, month, day + 1)
