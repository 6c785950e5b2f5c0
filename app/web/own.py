"""One's own overview: what waits for whom, what became of what one said, and whom one speaks for."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from fastapi.responses import Response

from app.core.audit import record
from app.core.policy import NotFound, is_person
from app.domain.answering.inbox import count_inbox
from app.domain.answering.policy import may_answer
from app.domain.audit.policy import may_look_after_jobs, may_read_audit
from app.domain.bodies.queries import OwnBody, list_own_bodies
from app.domain.commitments.counting import WaitingPromises, count_waiting
from app.domain.contributions.own import EVERYTHING, count_own, list_own
from app.domain.contributions.policy import may_look_for_own_municipality, may_send
from app.domain.contributions.queries import ContributionView, Listing, ToDo, list_late, list_to_do
from app.domain.evaluations.queries import EvaluationView, list_asked
from app.domain.groups.queries import PlacementView, list_own_placements
from app.domain.meetings.policy import heard_by
from app.domain.meetings.roles import OwnRole, list_coming_talks
from app.domain.minutes.comments import CommentView, Waiting, list_own_comments, list_waiting
from app.domain.minutes.policy import may_comment_somewhere
from app.domain.moderation.queries import Counts, count_for_moderators
from app.domain.outbox import queries as outbox
from app.domain.pressure_tests.policy import may_assess_somewhere
from app.domain.pressure_tests.tasks import count_waiting_tasks
from app.domain.priorities.queries import RoundCard, list_tasks
from app.domain.registrations.waiting import WaitedFor, list_meetings_waited_for
from app.domain.speakers.policy import may_speak_somewhere
from app.domain.speakers.queries import SlidesWanted, list_meetings_wanting_slides
from app.domain.users import of_organisations
from app.domain.users.policy import may_see_users
from app.domain.users.queries import MembershipView, list_ended_memberships, list_memberships
from app.http.doors import Router
from app.http.forms import SentForm
from app.http.pages import Page
from app.http.visit import AVisit, Visit, only
from app.identity.seats import Claim, list_claims
from app.identity.sessions import use_membership
from app.privacy.policy import may_see_retention
from app.web.idea_desk import IdeaDesk, look_at_desk
from app.web.joining import own_secret
from app.web.ledger import Waiting as LedgerWaiting
from app.web.ledger import count_waiting as count_waiting_in_ledger

router = Router()

OLDEST_LATE = 3
LATEST = 5


@dataclass(frozen=True, slots=True)
class StaffOverview:
    """What is burning, for those who answer. `inbox`: how many lie in each drawer. `late`: the oldest."""

    inbox: Mapping[str, int]
    late: tuple[ContributionView, ...]
    promises: WaitingPromises
    moderation: Counts
    ledger: LedgerWaiting
    mails: int
    memberships: int
    slides: list[SlidesWanted]
    waited_for: list[WaitedFor]
    to_do: list[ToDo]

    @property
    def lacking_slides(self) -> int:
        return sum(meeting.lacking for meeting in self.slides)

    @property
    def waiting_for_seats(self) -> int:
        return sum(meeting.total for meeting in self.waited_for)

    @property
    def drafts(self) -> int:
        return sum(meeting.drafts for meeting in self.to_do)


@dataclass
class OwnPage(Page):
    """`looks_after`: the organisation whose own admin this is. `states`: how many of the own stand how.
    `to_assess`: how many pressure tests wait for the reader. `rounds`: those in which the reader has yet to
    put the needs in order. `bodies`: in which the reader has a place."""

    template: ClassVar[str] = "own/show.html"
    listing: Listing
    states: Mapping[str, int]
    memberships: list[MembershipView]
    may_send: bool
    may_see_users: bool
    may_see_retention: bool
    may_look_after_jobs: bool
    may_read_audit: bool
    has_municipality: bool
    looks_after: int | None
    is_confirmed: bool
    overview: StaffOverview | None
    claims: list[Claim]
    placements: list[PlacementView]
    speaks_at: list[OwnRole]
    evaluations: list[EvaluationView]
    minutes_waiting: list[Waiting]
    minutes_comments: list[CommentView]
    heard: frozenset[int]
    ideas: IdeaDesk | None
    to_assess: int
    rounds: list[RoundCard]
    bodies: list[OwnBody]


@dataclass
class MembershipsPage(Page):
    template: ClassVar[str] = "own/memberships.html"
    memberships: list[MembershipView]
    ended: list[MembershipView]
    current_id: int | None
    looks_after_own: bool


def look_over(visit: Visit) -> StaffOverview:
    """What waits for staff, in twelve statements."""
    session, actor = visit.session, visit.actor
    return StaffOverview(
        inbox=count_inbox(session, actor),
        late=list_late(session, actor, per_page=OLDEST_LATE).rows,
        promises=count_waiting(session, actor),
        moderation=count_for_moderators(session),
        ledger=count_waiting_in_ledger(visit),
        mails=outbox.count_waiting(session),
        memberships=of_organisations.count_waiting(session, actor),
        slides=list_meetings_wanting_slides(session, actor),
        waited_for=list_meetings_waited_for(session, actor),
        to_do=list_to_do(session),
    )


@router.get("/mit", dependencies=[only(is_person)])
def show_own(visit: AVisit) -> Response:
    session, actor = visit.session, visit.actor
    return visit.page(
        OwnPage(
            listing=list_own(session, actor, per_page=LATEST),
            states=count_own(session, actor, EVERYTHING),
            memberships=list_memberships(session, actor.user_id or 0),
            may_send=may_send(actor),
            may_see_users=may_see_users(actor),
            may_see_retention=may_see_retention(actor),
            may_look_after_jobs=may_look_after_jobs(actor),
            may_read_audit=may_read_audit(actor),
            has_municipality=may_look_for_own_municipality(actor),
            looks_after=actor.organisation_id if actor.is_organisation_admin else None,
            is_confirmed=actor.is_confirmed,
            overview=look_over(visit) if may_answer(actor) else None,
            claims=list_claims(session, actor, own_secret(visit)),
            placements=list_own_placements(session, actor),
            speaks_at=list_coming_talks(session, actor) if may_speak_somewhere(actor) else [],
            evaluations=list_asked(session, actor),
            minutes_waiting=list_waiting(session, actor) if may_comment_somewhere(actor) else [],
            minutes_comments=list_own_comments(session, actor),
            heard=heard_by(actor),
            ideas=look_at_desk(visit),
            to_assess=count_waiting_tasks(session, actor) if may_assess_somewhere(actor) else 0,
            rounds=list_tasks(session, actor),
            bodies=list_own_bodies(session, actor),
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
