"""Pages that a public site owes: about; and what programs ask for."""

from dataclasses import dataclass
from typing import ClassVar

from fastapi.responses import PlainTextResponse, Response
from starlette.exceptions import HTTPException

from app.http.doors import Router
from app.http.pages import Page
from app.http.visit import AVisit, anyone

router = Router()


@dataclass
class AboutPage(Page):
    template: ClassVar[str] = "duties/about.html"


@router.get("/om", dependencies=[anyone])
def about(visit: AVisit) -> Response:
    return visit.page(AboutPage())


@router.get("/robots.txt", dependencies=[anyone])
def robots(visit: AVisit) -> Response:
    lines = ["User-agent: *", "Disallow: /log-ind", "Disallow: /mit", "Disallow: /soeg"]
    return PlainTextResponse("\n".join([*lines, f"Sitemap: {visit.kit.site.base_url}/sitemap.xml"]) + "\n")


@router.get("/400", dependencies=[anyone], include_in_schema=False)
def unreadable_address() -> Response:
    """Where addresses are sent that hold NUL or are not UTF-8."""
    raise HTTPException(400)
