"""What becomes of a contribution, as its page shows it: said again, answered, promised, measured.

And what its asker, and those who write down, may do about it.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.core.asking import Asking, beside, nothing, read
from app.core.policy import STRANGER, Actor
from app.domain.answering.models import AnswerObjection, Pause
from app.domain.answering.pausing import exchange_of
from app.domain.answering.policy import may_read_exchange, may_reply
from app.domain.answering.publishing import list_editions, objection_of
from app.domain.contributions.models import AnswerEdition
from app.domain.contributions.policy import may_record_at
from app.domain.contributions.queries import AnswerView, ContributionView, answers_to, openness_of
from app.domain.contributions.sightings import (
    Cited,
    GatheringName,
    LeadRef,
    Sighting,
    find_lead_refs,
    name_of,
    pages_of_answers,
)
from app.domain.follow_through.chain import Chain, chain_of_contribution, complete
from app.domain.ledger.policy import may_know_tender_of
from app.domain.ledger.queries import find_tender_of
from app.domain.priorities.queries import PlaceOfNeed, list_places
from app.http.forms import Form
from app.http.visit import Visit
from app.web.following import FollowState, follow_of
from app.web.recommendations import AboutIt, recommended_of

# The address of a slide page, as it is copied from the browser: with our host or without.
PAGE_ADDRESS = re.compile(
    r"(?:https?://[^/\s]+)?(?:/(?:en|sv))?/oplaeg/(\d{1,18})/side/(\d{1,9})/?(?:[?#]\S*)?"
)


@dataclass(frozen=True, slots=True)
class Life:
    """Of a contribution that the reader sees. `chain` is None for what is in no list: drafts, what is taken
    back, hidden or waits.

    `lead`: what it hangs under. `name`: what staff calls the gathering. `editions`: how its answers stood
    before they were corrected. `exchange`: what staff asked and the asker replied, and `asked` the question
    that waits; for the two alone. `objected_to`: the answer that the asker may still say is none.
    `bodies`: what committees recommend about it; None where they do not. `places`: of a need, the published
    rounds in which it was put in order. `tender`: the one that it is linked to, with its title and the number
    of the shared question; for those who may know. `may_export`: everybody may read it, so its story can be
    taken along.
    """

    chain: Chain | None
    lead: LeadRef | None
    name: GatheringName | None
    answers: Sequence[AnswerView]
    pages: Mapping[int, tuple[Cited, ...]]
    editions: Mapping[int, Sequence[AnswerEdition]]
    exchange: Sequence[Pause]
    asked: Pause | None
    may_reply: bool
    objection: AnswerObjection | None
    objected_to: AnswerView | None
    may_cite: bool
    may_export: bool
    follow: FollowState
    tender: tuple[int, str, int | None] | None
    bodies: AboutIt | None
    places: Sequence[PlaceOfNeed]
    reply_form: Form
    objection_form: Form
    cite_form: Form

    @property
    def sightings(self) -> Sequence[Sighting]:
        return self.chain.said if self.chain else ()

    @property
    def others(self) -> int:
        """How often it was said besides."""
        return max(0, len(self.sightings) - 1)

    @property
    def years(self) -> list[int]:
        return sorted({one.year for one in self.sightings})

    def find_own(self, said_id: int) -> Sighting | None:
        """This contribution itself on the line of years."""
        return next((one for one in self.sightings if one.id == said_id), None)


def look_at_life(visit: Visit, said: ContributionView, **forms: Form) -> Life:
    """`forms`: those that were refused, as they were typed: reply, objection, cite."""
    return read(visit.session, life_of(visit, said, **forms))


def life_of(visit: Visit, said: ContributionView, **forms: Form) -> Asking[Life]:
    """The same, to be asked beside others."""
    session, actor = visit.session, visit.actor
    lead = find_lead_refs(session, actor, [said.id]).get(said.id) if said.status == "gathered" else None
    # What a gathering is called is its lead's; who may not see that is told nothing of it.
    lead_id = lead.id if lead else said.id if said.status != "gathered" else None
    is_between = may_read_exchange(actor, said)
    begun, name, (answers, pages), exchange, objection, is_open, follow, bodies = yield from beside(
        chain_of_contribution(actor, said.id),
        name_of(lead_id) if lead_id else nothing(None),
        _answers_with_pages(actor, said.id),
        exchange_of(said.id) if is_between else nothing([]),
        objection_of(said.id) if is_between else nothing(None),
        nothing(True) if actor == STRANGER else openness_of(said.id),
        follow_of(visit, said.kind, said.id),
        recommended_of(visit, said.kind, said.id, said.reference)
        if said.kind in ("idea", "need", "wish")
        else nothing(None),
    )
    chain = complete(session, actor, begun) if begun else None
    replies = may_reply(actor, said)
    answered = [one for one in answers if one.published_at is not None and one.kind != "thanks"]
    return Life(
        chain=chain,
        lead=lead,
        name=name if chain and len(chain.said) > 1 else None,
        answers=answers,
        pages=pages,
        editions=list_editions(session, actor, [one.id for one in answers]) if answers else {},
        exchange=exchange,
        asked=next((pause for pause in exchange if pause.ended_at is None), None),
        may_reply=replies,
        objection=objection,
        objected_to=answered[0] if answered and replies and objection is None else None,
        may_cite=may_record_at(actor, said.meeting_id) and chain is not None,
        may_export=chain is not None and is_open,
        follow=follow,
        bodies=bodies if chain is not None else None,
        places=list_places(session, actor, said.id) if said.kind == "need" else (),
        tender=find_tender_of(session, actor, said.id) if may_know_tender_of(actor, said) else None,
        reply_form=forms.get("reply") or visit.blank(),
        objection_form=forms.get("objection") or visit.blank(),
        cite_form=forms.get("cite") or visit.blank(),
    )


def _answers_with_pages(
    actor: Actor, said_id: int
) -> Asking[tuple[list[AnswerView], Mapping[int, tuple[Cited, ...]]]]:
    answers = yield from answers_to(actor, said_id)
    pages = yield from pages_of_answers(actor, [one.id for one in answers])
    return answers, pages


def read_page_address(typed: str) -> tuple[int, int] | None:
    """(deck id, number) of the slide page at an address that somebody pasted, or None."""
    found = PAGE_ADDRESS.fullmatch(typed.strip())
    return (int(found[1]), int(found[2])) if found else None
