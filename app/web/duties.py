"""Pages that a public site owes: about and equal treatment; and what programs ask for."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from fastapi import APIRouter
from fastapi.responses import PlainTextResponse, Response
from starlette.exceptions import HTTPException

from app.domain.contributions.answer_clock import Rule, find_rule
from app.domain.users.consents import VERSIONS, current_version
from app.http.pages import Page
from app.http.visit import AVisit, anyone

router = APIRouter()


@dataclass
class AboutPage(Page):
    template: ClassVar[str] = "duties/about.html"


@dataclass
class EqualTreatmentPage(Page):
    """The rules of the dialogue, in the words that people agree to before they write."""

    template: ClassVar[str] = "duties/equal_treatment.html"
    rule: Rule
    rules_version: int
    rules_from: date


@router.get("/om", dependencies=[anyone])
def about(visit: AVisit) -> Response:
    return visit.page(AboutPage())


@router.get("/ligebehandling", dependencies=[anyone])
def equal_treatment(visit: AVisit) -> Response:
    return visit.page(
        EqualTreatmentPage(
            rule=find_rule(visit.session, visit.kit.site.answer_within_days),
            rules_version=current_version("dialogue_rules"),
            rules_from=VERSIONS["dialogue_rules"][-1],
        )
    )


@router.get("/robots.txt", dependencies=[anyone])
def robots(visit: AVisit) -> Response:
    lines = ["User-agent: *", "Disallow: /log-ind", "Disallow: /mit", "Disallow: /soeg"]
    return PlainTextResponse("\n".join([*lines, f"Sitemap: {visit.kit.site.base_url}/sitemap.xml"]) + "\n")


@router.get("/400", dependencies=[anyone], include_in_schema=False)
def unreadable_address() -> Response:
    """Where addresses are sent that hold NUL or are not UTF-8."""
    raise HTTPException(400)
