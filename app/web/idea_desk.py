"""What waits in ideas for somebody, on the own page: begun, asked, to be heard on, to be stood by."""

from dataclasses import dataclass

from app.domain.contributions.ideas.drafting import TypedView, list_typed
from app.domain.contributions.ideas.hearing import RequestView, list_requests
from app.domain.contributions.ideas.resting import ToConfirm, list_to_confirm
from app.domain.contributions.ideas.signing import AskedLine, list_asked
from app.domain.contributions.policy import may_send
from app.http.visit import Visit


@dataclass(frozen=True, slots=True)
class IdeaDesk:
    """`asked`: what one's organisation is asked to sign and has not answered; `hearings`: those that run."""

    begun: list[TypedView]
    asked: list[AskedLine]
    hearings: list[RequestView]
    to_confirm: list[ToConfirm]

    @property
    def is_empty(self) -> bool:
        return not (self.begun or self.asked or self.hearings or self.to_confirm)


def look_at_desk(visit: Visit) -> IdeaDesk | None:
    """For those who send ideas, in five statements; None for others."""
    session, actor = visit.session, visit.actor
    if not may_send(actor):
        return None
    return IdeaDesk(
        begun=list_typed(session, actor),
        asked=[one for one in list_asked(session, actor) if one.answer is None],
        hearings=list_requests(session, actor, only_open=True),
        to_confirm=[one for one in list_to_confirm(session, actor) if one.rests_at is not None],
    )
