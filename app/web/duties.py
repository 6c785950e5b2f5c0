"""The pages that a public site owes: about, accessibility, privacy, equal treatment, security contact."""

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from fastapi import APIRouter
from fastapi.responses import PlainTextResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from app.core.clock import now
from app.http.pages import Page
from app.http.visit import AVisit, anyone
from app.identity.codes import LIFETIME
from app.identity.sessions import ABSOLUTE, IDLE

router = APIRouter()


@dataclass
class AboutPage(Page):
    template: ClassVar[str] = "duties/about.html"


@dataclass
class AccessibilityPage(Page):
    template: ClassVar[str] = "duties/accessibility.html"


@dataclass
class PrivacyPage(Page):
    """Made from the settings and periods in force, so that it cannot say anything else."""

    template: ClassVar[str] = "duties/privacy.html"
    data_responsible: str
    code_minutes: int
    session_days: int
    idle_days: int
    mail_days: int


@dataclass
class EqualTreatmentPage(Page):
    template: ClassVar[str] = "duties/equal_treatment.html"
    answer_within_days: int


@router.get("/om", dependencies=[anyone])
def about(visit: AVisit) -> Response:
    return visit.page(AboutPage())


@router.get("/was", dependencies=[anyone])
def accessibility(visit: AVisit) -> Response:
    """The accessibility statement: the official one where there is one, else this site's own words."""
    official = visit.kit.site.accessibility_statement_url
    if official:
        return RedirectResponse(official, 302)
    return visit.page(AccessibilityPage())


@router.get("/privatliv", dependencies=[anyone])
def privacy(visit: AVisit) -> Response:
    return visit.page(
        PrivacyPage(
            data_responsible=visit.kit.site.data_responsible,
            code_minutes=int(LIFETIME.total_seconds() // 60),
            session_days=ABSOLUTE.days,
            idle_days=IDLE.days,
            mail_days=90,
        )
    )


@router.get("/ligebehandling", dependencies=[anyone])
def equal_treatment(visit: AVisit) -> Response:
    return visit.page(EqualTreatmentPage(answer_within_days=visit.kit.site.answer_within_days))


@router.get("/.well-known/security.txt", dependencies=[anyone])
def security_contact(visit: AVisit) -> Response:
    site = visit.kit.site
    expires = (now() + timedelta(days=180)).strftime("%Y-%m-%dT00:00:00Z")
    lines = [
        f"Contact: mailto:{site.contact_mail}",
        f"Expires: {expires}",
        "Preferred-Languages: da, en, sv",
        f"Canonical: {site.base_url}/.well-known/security.txt",
    ]
    return PlainTextResponse("\n".join(lines) + "\n")


@router.get("/robots.txt", dependencies=[anyone])
def robots(visit: AVisit) -> Response:
    lines = ["User-agent: *", "Disallow: /log-ind", "Disallow: /mit", "Disallow: /soeg"]
    return PlainTextResponse("\n".join([*lines, f"Sitemap: {visit.kit.site.base_url}/sitemap.xml"]) + "\n")


@router.get("/400", dependencies=[anyone], include_in_schema=False)
def unreadable_address() -> Response:
    """Where addresses are sent that hold NUL or are not UTF-8."""
    raise HTTPException(400)
