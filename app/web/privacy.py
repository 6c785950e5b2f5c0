"""/privatliv: made from the register and from the settings in force, so that it cannot say anything else."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from fastapi.responses import Response

from app.http.doors import Router
from app.http.pages import Page
from app.http.visit import AVisit, anyone
from app.identity.codes import LIFETIME
from app.identity.sessions import ABSOLUTE, IDLE
from app.privacy.groups import GROUPS
from app.privacy.holdings import Group, Holding
from app.privacy.periods import periods_in_force
from app.privacy.register import REGISTER
from app.web.cookies import CookieUse, list_cookies

router = Router()

# The words around the register. Whoever changes them or the register gives them a new number and day.
VERSION = 1
VALID_FROM = date(2026, 11, 22)


@dataclass(frozen=True, slots=True)
class Told:
    """A holding with its period in days, where it has one."""

    holding: Holding
    days: int | None


@dataclass
class PrivacyPage(Page):
    """`groups`: each with its holdings, in the order of the register."""

    template: ClassVar[str] = "duties/privacy.html"
    version: int
    valid_from: date
    groups: list[tuple[Group, list[Told]]]
    cookies: list[CookieUse]
    code_minutes: int
    session_days: int
    idle_days: int
    mail_days: int
    copy_days: int


def _told(holding: Holding) -> Told:
    days = getattr(periods_in_force(), holding.period) if holding.period is not None else None
    return Told(holding, days)


@router.get("/privatliv", dependencies=[anyone])
def privacy(visit: AVisit) -> Response:
    periods = periods_in_force()
    told = [_told(holding) for holding in REGISTER]
    return visit.page(
        PrivacyPage(
            version=VERSION,
            valid_from=VALID_FROM,
            groups=[(group, [one for one in told if one.holding.group == group]) for group in GROUPS],
            cookies=list_cookies(visit.request.app.state.cookie),
            code_minutes=int(LIFETIME.total_seconds() // 60),
            session_days=ABSOLUTE.days,
            idle_days=IDLE.days,
            mail_days=periods.mails,
            copy_days=periods.copies,
        )
    )
