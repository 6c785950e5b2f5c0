"""A summary as a block of the page that it is of."""

from dataclasses import dataclass

from app.core.asking import Asking
from app.domain.summaries.queries import SummaryView, summary_of_meeting, summary_of_theme
from app.http.visit import Visit


@dataclass(frozen=True, slots=True)
class Shown:
    """What the macro `summary_block` of templates/summaries/parts.html takes. `path`: of the page that it
    stands on, under which the summary has a page of its own."""

    summary: SummaryView
    path: str


def meeting_summary(visit: Visit, meeting_id: int, key: str) -> Asking[Shown | None]:
    """What is shown of a meeting's summary."""
    found = yield from summary_of_meeting(visit.actor, meeting_id)
    return Shown(found, f"/moeder/{key}") if found is not None else None


def theme_summary(visit: Visit, theme_id: int, path: str) -> Asking[Shown | None]:
    """What is shown of a theme's summary. `path`: of the theme."""
    found = yield from summary_of_theme(visit.actor, theme_id)
    return Shown(found, path) if found is not None else None
