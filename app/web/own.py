"""One's own overview: what waits for whom, what became of what one said, and whom one speaks for."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from fastapi.responses import Response

from app.core.asking import Asking, beside, nothing, read
from app.core.audit import record
from app.core.policy import NotFound, is_person
from app.domain.answering.inbox import inbox_counted
from app.domain.answering.policy import may_answer
from app.domain.audit.policy import may_look_after_jobs, may_read_audit
from app.domain.bodies.queries import OwnBody, bodies_of
from app.domain.commitments.counting import WaitingPromises, promises_waiting_for
from app.domain.contributions.own import EVERYTHING, own_counted, own_of
from app.domain.contributions.policy import may_look_for_own_municipality, may_send
from app.domain.contributions.queries import ContributionView, Listing, ToDo, late_for, left_to_do
from app.domain.evaluations.queries import EvaluationView, evaluations_asked_of
from app.domain.groups.queries import PlacementView, own_placements
from app.domain.meetings.policy import heard_by
from app.domain.meetings.roles import OwnRole, coming_talks_of
from app.domain.minutes.comments import CommentView, Waiting, comments_by, waiting_for
from app.domain.minutes.policy import may_comment_somewhere
from app.domain.moderation.queries import Counts, moderation_counted
from app.domain.outbox.queries import waiting_batches
from app.domain.pressure_tests.policy import may_assess_somewhere
from app.domain.pressure_tests.tasks import tasks_waiting_for
from app.domain.priorities.queries import RoundCard, rounds_waiting_for
from app.domain.registrations.waiting import WaitedFor, waited_for
from app.domain.speakers.policy import may_speak_somewhere
from app.domain.speakers.queries import SlidesWanted, slides_wanted_for
from app.domain.users.of_organisations import memberships_waiting_for
from app.domain.users.policy import may_see_users
from app.domain.users.queries import MembershipView, list_ended_memberships, list_memberships, memberships_of
from app.http.doors import Router
from app.http.forms import SentForm
from app.http.pages import Page
from app.http.visit import AVisit, Visit, only
from app.identity.seats import Claim, claims_for
from app.identity.sessions import use_membership
from app.privacy.policy import may_see_retention
from app.web.idea_desk import IdeaDesk, desk_of
from app.web.joining import own_secret
from app.web.ledger import Waiting as LedgerWaiting
from app.web.ledger import ledger_waiting_for

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


def overview_of(visit: Visit) -> Asking[StaffOverview]:
    """What waits for staff, to be asked beside others."""
    actor = visit.actor
    inbox, late, promises, moderation, ledger, mails, memberships, slides, waiting, to_do = yield from beside(
        inbox_counted(actor),
        late_for(actor, per_page=OLDEST_LATE),
        promises_waiting_for(actor),
        moderation_counted(),
        ledger_waiting_for(visit),
        waiting_batches(),
        memberships_waiting_for(actor),
        slides_wanted_for(actor),
        waited_for(actor),
        left_to_do(),
    )
    return StaffOverview(
        inbox=inbox,
        late=late.rows,
        promises=promises,
        moderation=moderation,
        ledger=ledger,
        mails=mails,
        memberships=memberships,
        slides=slides,
        waited_for=waiting,
        to_do=to_do,
    )


@router.get("/mit", dependencies=[only(is_person)])
def show_own(visit: AVisit) -> Response:
    actor = visit.actor
    (
        listing,
        states,
        memberships,
        overview,
        claims,
        placements,
        speaks_at,
        evaluations,
        minutes_waiting,
        minutes_comments,
        ideas,
        to_assess,
        rounds,
        bodies,
    ) = read(
        visit.session,
        beside(
            own_of(actor, per_page=LATEST),
            own_counted(actor, EVERYTHING),
            memberships_of(actor.user_id or 0),
            overview_of(visit) if may_answer(actor) else nothing(None),
            claims_for(actor, own_secret(visit)),
            own_placements(actor),
            coming_talks_of(actor) if may_speak_somewhere(actor) else nothing([]),
            evaluations_asked_of(actor),
            waiting_for(actor) if may_comment_somewhere(actor) else nothing([]),
            comments_by(actor),
            desk_of(actor),
            tasks_waiting_for(actor) if may_assess_somewhere(actor) else nothing(0),
            rounds_waiting_for(actor),
            bodies_of(actor),
        ),
    )
    return visit.page(
        OwnPage(
            listing=listing,
            states=states,
            memberships=memberships,
            may_send=may_send(actor),
            may_see_users=may_see_users(actor),
            may_see_retention=may_see_retention(actor),
            may_look_after_jobs=may_look_after_jobs(actor),
            may_read_audit=may_read_audit(actor),
            has_municipality=may_look_for_own_municipality(actor),
            looks_after=actor.organisation_id if actor.is_organisation_admin else None,
            is_confirmed=actor.is_confirmed,
            overview=overview,
            claims=claims,
            placements=placements,
            speaks_at=speaks_at,
            evaluations=evaluations,
            minutes_waiting=minutes_waiting,
            minutes_comments=minutes_comments,
            heard=heard_by(actor),
            ideas=ideas,
            to_assess=to_assess,
            rounds=rounds,
            bodies=bodies,
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
