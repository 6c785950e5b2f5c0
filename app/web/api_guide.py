"""The page about the addresses for programs: keys, what they may be used for, errors and limits."""

from dataclasses import dataclass
from typing import ClassVar

from fastapi.responses import Response

from app.domain.webhooks.policy import may_keep_webhooks
from app.http.doors import Router
from app.http.pages import Page
from app.http.problems import PROBLEMS, Problem
from app.http.visit import AVisit, anyone
from app.identity.tokens import LIFETIMES, MOST, PER_MINUTE

router = Router()


@dataclass
class ApiGuidePage(Page):
    template: ClassVar[str] = "duties/api.html"
    problems: dict[str, Problem]
    lifetimes: tuple[int, ...]
    most: int
    per_minute: int
    keeps_webhooks: bool


@router.get("/api", dependencies=[anyone])
def show_api_guide(visit: AVisit) -> Response:
    keeps = may_keep_webhooks(visit.actor)
    return visit.page(ApiGuidePage(PROBLEMS, LIFETIMES, MOST, PER_MINUTE, keeps_webhooks=keeps))
