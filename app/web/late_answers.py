"""The public list of answers that are late, and for how long."""

from dataclasses import dataclass, replace
from typing import ClassVar

from fastapi.responses import Response

from app.domain.contributions.models import PREFIXES
from app.domain.contributions.queries import Lateness, Listing, list_late_of
from app.http.doors import Router
from app.http.pages import Page
from app.http.visit import AVisit, anyone
from app.web.contributions import ALL_FACETS, FilterBar, make_filter_bar, read_filters
from app.web.filters import page_number, typed
from app.web.wishes import MOST_PAGES

router = Router()

LATE = "/svar/forsinkede"


@dataclass
class LatePage(Page):
    """`lateness`: of all in the list, None where there are none."""

    template: ClassVar[str] = "wishes/late.html"
    listing: Listing
    bar: FilterBar
    lateness: Lateness | None


@router.get(LATE, dependencies=[anyone])
def list_late_answers(visit: AVisit) -> Response:
    kind = typed(visit, "slags")
    asked = replace(read_filters(visit), kind=kind if kind in PREFIXES else None, late=False)
    found, lateness = list_late_of(visit.session, visit.actor, asked, page_number(visit, MOST_PAGES))
    bar = make_filter_bar(visit, LATE, asked, found, facets=ALL_FACETS)
    return visit.page(LatePage(listing=found.listing, bar=bar, lateness=lateness))
