"""How to tell us of a weakness, for people (/sikkerhed) and for programs (security.txt, RFC 9116)."""

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from fastapi.responses import PlainTextResponse, Response

from app.core.clock import now
from app.http.doors import Router
from app.http.pages import Page
from app.http.visit import AVisit, anyone

router = Router()

# Less than a year, as the standard asks; made anew with each answer.
VALID_FOR = timedelta(days=180)


@dataclass(frozen=True, slots=True)
class Promise:
    """How fast a weakness is dealt with: hours and days from when it is told of."""

    acknowledged_hours: int = 48
    critical_hours: int = 24
    critical_days: int = 7
    high_days: int = 30
    medium_days: int = 90
    authority_hours: int = 72


PROMISE = Promise()


@dataclass
class SafetyPage(Page):
    template: ClassVar[str] = "duties/safety.html"
    promise: Promise


@router.get("/sikkerhed", dependencies=[anyone])
def safety(visit: AVisit) -> Response:
    return visit.page(SafetyPage(promise=PROMISE))


@router.get("/.well-known/security.txt", dependencies=[anyone])
def security_contact(visit: AVisit) -> Response:
    site = visit.kit.site
    # The standard knows no addresses without encryption; a demo without it names what it would be.
    base = "https://" + site.base_url.partition("://")[2]
    lines = [
        f"Contact: mailto:{site.contact_mail}",
        f"Contact: {base}/sikkerhed",
        f"Expires: {now() + VALID_FOR:%Y-%m-%dT00:00:00Z}",
        "Preferred-Languages: da, en, sv",
        f"Canonical: {base}/.well-known/security.txt",
        f"Policy: {base}/sikkerhed",
    ]
    return PlainTextResponse("\n".join(lines) + "\n")
