"""What waits in ideas for somebody, on the own page: begun, asked, to be heard on, to be stood by."""

from dataclasses import dataclass

from app.core.asking import Asking, beside
from app.core.policy import Actor
from app.domain.contributions.ideas.drafting import TypedView, typed_of
from app.domain.contributions.ideas.hearing import RequestView, requests_for
from app.domain.contributions.ideas.resting import ToConfirm, ideas_to_confirm_by
from app.domain.contributions.ideas.signing import AskedLine, signatures_asked_of
from app.domain.contributions.policy import may_send


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


def desk_of(actor: Actor) -> Asking[IdeaDesk | None]:
    """For those who send ideas, in two statements at most; None for others."""
    if not may_send(actor):
        return None
    begun, signatures, hearings, to_confirm = yield from beside(
        typed_of(actor),
        signatures_asked_of(actor),
        requests_for(actor, only_open=True),
        ideas_to_confirm_by(actor),
    )
    return IdeaDesk(
        begun=begun,
        asked=[one for one in signatures if one.answer is None],
        hearings=hearings,
        to_confirm=[one for one in to_confirm if one.rests_at is not None],
    )
