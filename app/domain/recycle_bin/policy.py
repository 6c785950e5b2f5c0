"""Staff reads what was removed and puts it back; each kind by the rule of the room that removed it.

What a sender took back is put back by the sender alone, and so is what a speaker took down.
"""

from sqlalchemy.orm import Session

from app.core.laid_aside import LaidAside
from app.core.policy import Actor
from app.domain.answering.policy import may_answer, may_remove_note
from app.domain.boards.policy import may_arrange
from app.domain.closing.policy import may_close_meetings
from app.domain.commitments.policy import may_decide
from app.domain.contributions.ideas.policy import may_set_up_fields
from app.domain.groups.policy import may_plan_groups
from app.domain.imports.policy import may_import
from app.domain.ledger.policy import may_keep_ledger
from app.domain.meetings.policy import may_plan_meetings
from app.domain.organisations.network_models import Network
from app.domain.organisations.policy import may_lead_network
from app.domain.polls.policy import may_run_polls
from app.domain.registrations.policy import may_manage


def may_see_bin(actor: Actor) -> bool:
    return actor.is_staff


def may_put_back(session: Session, actor: Actor, laid: LaidAside) -> bool:
    """Put back what was laid aside: whoever may remove such a thing. A note: its writer, or an admin."""
    if not may_see_bin(actor):
        return False
    match laid.kind:
        case "board":
            return may_arrange(actor, laid.meeting_id)
        case "poll":
            return laid.meeting_id is not None and may_run_polls(actor, laid.meeting_id)
        case "group" | "rival_set":
            return may_plan_groups(actor)
        case "item" | "panel_task" | "appearance":
            return may_plan_meetings(actor)
        case "indicator" | "milestone":
            return may_decide(actor)
        case "tender_notice" | "tender_question":
            return may_keep_ledger(actor)
        case "staff_note":
            return may_remove_note(actor, laid.rows[0]["staff_note"]["written_by_id"])
        case "answer" | "answer_batch":
            return may_answer(actor)
        case "old_address" | "meeting_page":
            return may_import(actor)
        case "network_member":
            network = session.get(Network, laid.rows[0]["network_member"]["network_id"])
            return network is not None and may_lead_network(actor, network)
        case "gap_reason":
            return may_close_meetings(actor)
        case "idea_field":
            return may_set_up_fields(actor)
        case "sign_up_question":
            return may_manage(actor)
    return False
