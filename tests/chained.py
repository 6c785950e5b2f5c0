"""A whole chain of evidence for tests: from a card, gathered under a wish, to a measured effect."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.core.clock import moved_to
from app.core.policy import SYSTEM
from app.domain.answering.publishing import publish_answer
from app.domain.commitments.measuring import measure
from app.domain.commitments.schemas import MeasurementInput, VerdictInput
from app.domain.commitments.service import give_verdict
from app.domain.contributions.gathering import cite_page, gather, name_gathering
from app.domain.contributions.schemas import GatheringInput
from tests.answered import add_prepared_answer
from tests.decks import add_meeting_row, add_read_deck
from tests.people import People
from tests.promised import add_aim, add_commitment
from tests.said import add_item_row, add_speaker_row, add_wish, put_said

SUMMER = datetime(2026, 6, 1, 12, tzinfo=ZoneInfo("Europe/Copenhagen"))


@dataclass(frozen=True, slots=True)
class Chained:
    """Where each link stands. `card` hangs under `wish`; `page` is what the card rests on."""

    meeting: str
    wish_id: int
    wish: str
    card_id: int
    card: str
    deck_id: int
    answer_id: int
    commitment_id: int
    commitment: str

    @property
    def page(self) -> str:
        return f"/oplaeg/{self.deck_id}/side/1"

    @property
    def links(self) -> dict[str, str]:
        """What each link of the chain is, and its address."""
        return {
            "wish": f"/oensker/{self.wish}",
            "card": f"/indspil/{self.card}",
            "page": self.page,
            "answer": f"/oensker/{self.wish}#svar-{self.answer_id}",
            "promise": f"/forpligtelser/{self.commitment}",
        }


def plant_chain(session: Session, people: People) -> Chained:
    """Said in 2016 and 2026, answered, promised for 2026, measured and judged."""
    with moved_to(SUMMER):
        meeting = add_meeting_row(session, "6", held_on=date(2016, 5, 2))
        item = add_item_row(session, meeting)
        speaker = add_speaker_row(session, item, "Oda Oplæg")
        deck = add_read_deck(session, meeting, item=item)
        card = put_said(
            session,
            "kort",
            kind="card",
            title="Fem tal, talt ens",
            body="Fem tal, talt ens i alle kommuner.",
            meeting_id=meeting.id,
            item_id=item.id,
            said_by_person_id=speaker.id,
        )
        wish = add_wish(
            session, people.vendor, "Fælles ledelsesinformation", body="Ingen to kommuner tæller ens."
        )
        cite_page(session, people.staff, card.id, deck.id, 1)
        gather(session, people.staff, wish.id, [card.id])
        name_gathering(
            session,
            people.staff,
            wish.id,
            GatheringInput(title="Tal, man kan stole på", summary="Den samme bøn to gange.", version=1),
        )
        answer = add_prepared_answer(
            session,
            people.staff,
            [wish.id],
            verdict="partly",
            text="Vi samler fem tal.",
            reason="Resten mangler.",
        )
        publish_answer(session, people.staff, answer.id, answer.version)
        commitment = add_commitment(
            session,
            people.staff,
            title="Ét ark til alle",
            contribution_ids=[wish.id],
            answer_id=answer.id,
            deadline=date(2026, 10, 1),
        )
        aim = add_aim(session, people.staff, commitment, target_on=date(2026, 9, 1))
    given = {"measured_on": date(2026, 9, 15), "value": Decimal(64), "source_text": "Optælling"}
    with moved_to(datetime(2026, 10, 2, 12, tzinfo=ZoneInfo("Europe/Copenhagen"))):
        measure(session, people.staff, aim.id, MeasurementInput.model_validate(given))
        session.refresh(commitment)
        give_verdict(
            session,
            SYSTEM,
            commitment.id,
            VerdictInput(
                verdict="kept", cause="data", lesson="Beskriv tallene først.", version=commitment.version
            ),
        )
    return Chained(
        meeting.key,
        wish.id,
        wish.reference,
        card.id,
        card.reference,
        deck.id,
        answer.id,
        commitment.id,
        commitment.reference,
    )
