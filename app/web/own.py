"""One's own overview: what one said and what became of it, what waits, and whom one speaks for."""

from dataclasses import dataclass
from typing import ClassVar

from fastapi import APIRouter
from fastapi.responses import Response

from app.core.audit import record
from app.core.policy import NotFound, is_person
from app.domain.audit.policy import may_read_audit
from app.domain.contributions import queries
from app.domain.contributions.policy import may_mark_interest, may_record, may_send
from app.domain.contributions.queries import Listing, StaffCounts
from app.domain.evaluations.queries import EvaluationView, list_asked
from app.domain.groups.queries import PlacementView, list_own_placements
from app.domain.meetings.policy import heard_by
from app.domain.meetings.roles import OwnRole, list_coming_talks
from app.domain.minutes.comments import CommentView, Waiting, list_own_comments, list_waiting
from app.domain.minutes.policy import may_comment_somewhere
from app.domain.moderation.policy import may_moderate
from app.domain.moderation.queries import Counts, HidingView, count_for_moderators, find_hidings
from app.domain.outbox.policy import may_send_batches
from app.domain.outbox.queries import count_waiting
from app.domain.speakers.policy import may_look_after_speakers, may_speak_somewhere
from app.domain.speakers.queries import SlidesWanted, list_meetings_wanting_slides
from app.domain.users.policy import may_see_users
from app.domain.users.queries import MembershipView, list_ended_memberships, list_memberships
from app.http.forms import SentForm
from app.http.pages import Page
from app.http.visit import AVisit, only
from app.identity.seats import Claim, list_claims
from app.identity.sessions import use_membership
from app.privacy.policy import may_see_retention
from app.web.filters import page_number
from app.web.joining import own_secret

router = APIRouter()

MOST_PAGES = 100_000
MARKED = 10


@dataclass
class OwnPage(Page):
    """`looks_after`: the organisation whose own admin this is."""

    template: ClassVar[str] = "own/show.html"
    listing: Listing
    memberships: list[MembershipView]
    may_send: bool
    may_see_users: bool
    may_see_retention: bool
    may_read_audit: bool
    looks_after: int | None
    is_confirmed: bool
    counts: StaffCounts | None
    moderation: Counts | None
    mails_waiting: int | None
    marked: Listing | None
    hidings: dict[int, HidingView]
    claims: list[Claim]
    placements: list[PlacementView]
    wanting_slides: list[SlidesWanted]
    speaks_at: list[OwnRole]
    evaluations: list[EvaluationView]
    minutes_waiting: list[Waiting]
    minutes_comments: list[CommentView]
    heard: frozenset[int]


@dataclass
class MembershipsPage(Page):
    template: ClassVar[str] = "own/memberships.html"
    memberships: list[MembershipView]
    ended: list[MembershipView]
    current_id: int | None
    looks_after_own: bool


@router.get("/mit", dependencies=[only(is_person)])
def show_own(visit: AVisit) -> Response:
    session, actor = visit.session, visit.actor
    marked = None
    if may_mark_interest(actor) and actor.organisation_id is not None:
        marked = queries.list_interesting_to(session, actor, actor.organisation_id, per_page=MARKED)
    listing = queries.list_own(session, actor, page=page_number(visit, MOST_PAGES))
    return visit.page(
        OwnPage(
            listing=listing,
            memberships=list_memberships(session, actor.user_id or 0),
            may_send=may_send(actor),
            may_see_users=may_see_users(actor),
            may_see_retention=may_see_retention(actor),
            may_read_audit=may_read_audit(actor),
            looks_after=actor.organisation_id if actor.is_organisation_admin else None,
            is_confirmed=actor.is_confirmed,
            counts=queries.count_for_staff(session) if may_record(actor) else None,
            moderation=count_for_moderators(session) if may_moderate(actor) else None,
            mails_waiting=count_waiting(session) if may_send_batches(actor) else None,
            marked=marked,
            hidings=find_hidings(session, [one.id for one in listing.rows if one.hidden_at is not None]),
            claims=list_claims(session, actor, own_secret(visit)),
            placements=list_own_placements(session, actor),
            wanting_slides=(
                list_meetings_wanting_slides(session, actor) if may_look_after_speakers(actor) else []
            ),
            speaks_at=list_coming_talks(session, actor) if may_speak_somewhere(actor) else [],
            evaluations=list_asked(session, actor),
            minutes_waiting=list_waiting(session, actor) if may_comment_somewhere(actor) else [],
            minutes_comments=list_own_comments(session, actor),
            heard=heard_by(actor),
        )
    )


@router.get("/mit/medlemskaber", dependencies=[only(is_person)])
def show_memberships(visit: AVisit) -> Response:
    user_id = visit.actor.user_id or 0
    return visit.page(
        MembershipsPage(
            memberships=list_memberships(visit.session, user_id),
            ended=list_ended_memberships(visit.session, user_id),
            current_id=visit.actor.membership_id,
            looks_after_own=visit.actor.is_organisation_admin,
        )
    )


@router.post("/mit/medlemskaber", dependencies=[only(is_person)])
def choose_membership(visit: AVisit, form: SentForm) -> Response:
    """Speak for another of one's own organisations from now on, in this browser."""
    if before := visit.done_before(form):
        return before
    own = {str(one.id): one.id for one in list_memberships(visit.session, visit.actor.user_id or 0)}
    chosen = own.get(form.value("membership"))
    if chosen is None or visit.actor.session_id is None or visit.actor.user_id is None:
        raise NotFound
    record(visit.session, visit.actor, "use", "membership", chosen)
    use_membership(visit.session, visit.actor.session_id, visit.actor.user_id, chosen)
    return visit.done(form, "/mit", "membership_used")
