"""Who may do what with ideas: sign along, read what is confidential, be heard, decide, lay to rest."""

from collections.abc import Collection

from sqlalchemy import ColumnElement, and_, exists, false, or_, select, true

from app.core.policy import Actor
from app.domain.contributions.ideas.models import (
    AccessRequest,
    IdeaAttachment,
    IdeaRest,
    IdeaSigner,
    TypedIdea,
)
from app.domain.contributions.models import Contribution
from app.domain.contributions.policy import (
    SENDER_KINDS,
    Said,
    is_own,
    is_sent_in_sql,
    may_read_confidential,
    may_send,
)

# Organisations of these kinds send ideas, and so they can sign along.
SIGNER_KINDS = SENDER_KINDS


def may_set_up_fields(actor: Actor) -> bool:
    """Decide what organisers ask in the form of an idea."""
    return actor.is_staff


def may_type_ideas(actor: Actor) -> bool:
    """Have what one is typing kept."""
    return may_send(actor)


def typed_by(actor: Actor) -> ColumnElement[bool]:
    """What the actor is typing, in the organisation that the actor speaks for now; staff reads none of it."""
    if actor.user_id is None:
        return false()
    return and_(
        TypedIdea.user_id == actor.user_id,
        TypedIdea.organisation_id.is_not_distinct_from(actor.organisation_id),
    )


def may_see_typed(actor: Actor, typed: TypedIdea) -> bool:
    """The same rule as `typed_by`, for a row at hand."""
    is_own_row = actor.user_id is not None and typed.user_id == actor.user_id
    return is_own_row and typed.organisation_id == actor.organisation_id


# --- the confidential half


def _is_in_sight(idea: Said) -> bool:
    return idea.status != "withdrawn" and idea.hidden_at is None


def has_signed(actor: Actor, signer_ids: Collection[int]) -> bool:
    """Whether the actor is known to speak for an organisation that said yes."""
    return actor.is_signed_in and actor.is_confirmed and actor.organisation_id in signer_ids


def may_read_secrets(actor: Actor, idea: Said, signer_ids: Collection[int]) -> bool:
    """Read what is confidential in an idea: staff, its own people, and the confirmed members of organisations
    that said yes to signing along (`signer_ids`), as long as the idea is neither withdrawn nor hidden."""
    if actor.is_staff or (actor.is_signed_in and may_read_confidential(actor, idea)):
        return True
    return _is_in_sight(idea) and has_signed(actor, signer_ids)


def secrets_open_to(actor: Actor) -> ColumnElement[bool]:
    """The same rule as `may_read_secrets`, for a statement that reads Contribution."""
    if actor.is_staff:
        return true()
    if actor.user_id is None or actor.organisation_id is None:
        return false()
    own = Contribution.on_behalf_of_id == actor.organisation_id
    if not actor.is_confirmed:
        return own & (Contribution.entered_by_id == actor.user_id)
    signed = exists(
        select(IdeaSigner.id)
        .where(
            IdeaSigner.contribution_id == Contribution.id,
            IdeaSigner.organisation_id == actor.organisation_id,
            IdeaSigner.answer == "yes",
        )
        .correlate(Contribution)
    )
    in_sight = and_(Contribution.status != "withdrawn", Contribution.hidden_at.is_(None))
    return or_(own, and_(in_sight, signed))


# --- co-signers


def may_ask_signers(actor: Actor, idea: Said) -> bool:
    """Ask others to sign along, and take that back: its own people, while it is not withdrawn or hidden."""
    return idea.kind == "idea" and _is_in_sight(idea) and is_own(actor, idea)


def may_answer_signing(actor: Actor, signer: IdeaSigner) -> bool:
    """Say yes or no for one's organisation: only who is known to speak for it."""
    return actor.is_signed_in and actor.is_confirmed and actor.organisation_id == signer.organisation_id


def signers_visible_to(actor: Actor) -> ColumnElement[bool]:
    """Who said yes is shown to all who see the idea; the rest to its own people, staff and who was asked.

    For a statement that reads Contribution through its own rule.
    """
    if actor.is_staff:
        return true()
    seen: ColumnElement[bool] = IdeaSigner.answer == "yes"
    if actor.user_id is None or actor.organisation_id is None:
        return seen
    if actor.is_confirmed:
        seen = or_(seen, IdeaSigner.organisation_id == actor.organisation_id)
    return or_(seen, _is_of_own_people(actor))


def may_see_signer(actor: Actor, signer: IdeaSigner, idea: Said) -> bool:
    """The same rule as `signers_visible_to`, for a row at hand."""
    return (
        actor.is_staff
        or signer.answer == "yes"
        or may_answer_signing(actor, signer)
        or (idea.on_behalf_of_id is not None and is_own(actor, idea))
    )


def _is_of_own_people(actor: Actor) -> ColumnElement[bool]:
    """The ideas of the actor's organisation, as `is_own` has it."""
    by_whom = true() if actor.is_confirmed else Contribution.entered_by_id == actor.user_id
    return and_(Contribution.on_behalf_of_id == actor.organisation_id, by_whom, is_sent_in_sql())


# --- files


def may_attach(actor: Actor, idea: Said) -> bool:
    """Put files to an idea and take them away: its own people, while it is not withdrawn or hidden."""
    return may_ask_signers(actor, idea)


def attachments_visible_to(actor: Actor) -> ColumnElement[bool]:
    """Public files are seen with their idea, confidential ones by who reads its confidential half.

    One that is removed leaves a mark where it could be read; else only its own people and staff know of it.
    For a statement that reads Contribution through its own rule.
    """
    if actor.is_staff:
        return true()
    is_open = and_(
        IdeaAttachment.access == "public",
        or_(IdeaAttachment.removed_at.is_(None), IdeaAttachment.was_out),
    )
    return or_(is_open, secrets_open_to(actor))


def may_see_attachment(
    actor: Actor, attachment: IdeaAttachment, idea: Said, signer_ids: Collection[int]
) -> bool:
    """The same rule as `attachments_visible_to`, for a row at hand."""
    is_open = attachment.access == "public" and (attachment.removed_at is None or attachment.was_out)
    return is_open or may_read_secrets(actor, idea, signer_ids)


# --- access to documents


def may_open_access_requests(actor: Actor) -> bool:
    """Note that somebody asks for access, hear the owner, and decide."""
    return actor.is_staff


def may_be_heard(actor: Actor, idea: Said) -> bool:
    """Say what one thinks of giving access: the idea's own people, not staff for them and not co-signers."""
    return actor.is_signed_in and may_read_confidential(actor, idea) and not _is_only_staff(actor, idea)


def _is_only_staff(actor: Actor, idea: Said) -> bool:
    return actor.organisation_id is None or actor.organisation_id != idea.on_behalf_of_id


def requests_visible_to(actor: Actor) -> ColumnElement[bool]:
    """Staff, and the idea's own people; `may_see_request` is the same rule."""
    if actor.is_staff:
        return true()
    if actor.user_id is None or actor.organisation_id is None:
        return false()
    by_whom = true() if actor.is_confirmed else Contribution.entered_by_id == actor.user_id
    return exists(
        select(Contribution.id)
        .where(
            Contribution.id == AccessRequest.contribution_id,
            Contribution.on_behalf_of_id == actor.organisation_id,
            by_whom,
        )
        .correlate(AccessRequest)
    )


def may_see_request(actor: Actor, idea: Said) -> bool:
    return actor.is_staff or may_be_heard(actor, idea)


# --- resting


def resting() -> ColumnElement[bool]:
    """What rests, for a statement that reads Contribution: to leave it out of a list, or to show it alone."""
    rested = select(IdeaRest.contribution_id).where(
        IdeaRest.contribution_id == Contribution.id, IdeaRest.rested_at.is_not(None)
    )
    return exists(rested.correlate(Contribution))


def may_confirm_idea(actor: Actor, idea: Said) -> bool:
    """Say that an idea still holds, and wake it: its own people and staff."""
    return idea.kind == "idea" and (actor.is_staff or is_own(actor, idea))
