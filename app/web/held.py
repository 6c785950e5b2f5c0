"""What a contribution's page says when staff holds it back, and where it was hidden from the reader."""

from dataclasses import dataclass
from typing import ClassVar

from fastapi.responses import Response

from app.core.policy import NotFound
from app.domain.contributions.policy import is_own
from app.domain.contributions.queries import ContributionView
from app.domain.moderation.policy import may_moderate, may_object, may_report
from app.domain.moderation.queries import HidingView, Mark, find_hidings, find_mark
from app.http.pages import Page
from app.http.visit import Visit


@dataclass(frozen=True, slots=True)
class Held:
    """Why it is hidden, for those who may know; and what this reader may do about it."""

    hiding: HidingView | None
    may_object: bool
    may_report: bool
    may_moderate: bool


@dataclass
class MarkPage(Page):
    """Where something was that staff has hidden."""

    template: ClassVar[str] = "moderation/mark.html"
    mark: Mark


def look_at_held(visit: Visit, said: ContributionView) -> Held:
    actor = visit.actor
    hiding = None
    if said.hidden_at is not None and (may_moderate(actor) or is_own(actor, said)):
        hiding = find_hidings(visit.session, [said.id]).get(said.id)
    return Held(
        hiding=hiding,
        may_object=hiding is not None and hiding.objected_at is None and may_object(actor, said),
        may_report=may_report(actor, said),
        may_moderate=may_moderate(actor) and said.status != "draft",
    )


def show_mark(visit: Visit, reference: str) -> Response:
    """A page in the place of what staff has hidden from this reader. Raises NotFound for all else."""
    mark = find_mark(visit.session, visit.actor, reference)
    if mark is None:
        raise NotFound
    return visit.page(MarkPage(mark=mark), 410)
