"""When this happens, do that: the one table of it. Reactions only defer jobs and queue mails."""

from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy.orm import Session

from app.core.clock import now
from app.core.events import Event, forget_reactions, react
from app.core.jobs import defer
from app.core.made_files import ask_for
from app.core.mail import MailBounced, MailRefused, MailSent
from app.core.policy import SYSTEM
from app.domain.answering.events import (
    AnswerBecameLate,
    AnswerCorrected,
    AnswerObjected,
    AnswersDue,
    AnswersPublished,
    MoreAsked,
    MoreTold,
)
from app.domain.attendance.events import CheckedIn, RoomChanged
from app.domain.boards.events import CardsWritten
from app.domain.boards.parts import follow_texts
from app.domain.boards.planning import follow_meeting
from app.domain.boards.service import tell_of_cards
from app.domain.bodies import events as around_bodies
from app.domain.bodies.recommended import list_recommendation_ids
from app.domain.commitments.events import (
    CommitmentLate,
    CommitmentProposed,
    CommitmentsChanged,
    CommitmentsPublished,
    DeadlineMoved,
    Measured,
    ProposalsWait,
    VerdictGiven,
)
from app.domain.commitments.models import Commitment
from app.domain.commitments.statuses import is_promised
from app.domain.contributions.events import (
    AnswerChanged,
    ContributionsChanged,
    ContributionSent,
    ContributionsGathered,
    ContributionsLetThrough,
    WordsTakenAway,
    WrittenOnBehalf,
)
from app.domain.contributions.ideas import events as around_ideas
from app.domain.contributions.ideas.hearing import when_to_remind
from app.domain.contributions.needs import events as around_needs
from app.domain.following.events import NewsDue
from app.domain.following.jobs import next_morning
from app.domain.groups.events import GroupChanged
from app.domain.groups.queries import lacks_group
from app.domain.invitations.service import note_told
from app.domain.ledger.events import (
    CorrectionAnswered,
    CorrectionAsked,
    CorrectionBecameLate,
    QuestionsShared,
    TenderChanged,
)
from app.domain.ledger.tenders import check_corrected, share_batch
from app.domain.meeting_reports.files import list_first_files
from app.domain.meetings.events import (
    MeetingCancelled,
    MeetingChanged,
    MeetingMoved,
    MeetingPostponed,
    MeetingResumed,
    MeetingRoleGiven,
    MeetingRoleTaken,
    ProgrammeChanged,
    ProgrammePublished,
)
from app.domain.minutes.events import MinutesApproved, MinutesShown, MinutesTakenBack
from app.domain.moderation.events import ContributionDecided
from app.domain.organisations.events import NetworkAnswered, NetworkAsked, OrganisationChanged
from app.domain.outbox.events import BatchPrepared, LetterDue
from app.domain.outbox.service import note_fate
from app.domain.panels.service import follow_meeting as close_panels
from app.domain.panels.service import tell_of_questions
from app.domain.partners.events import ContactAnswered, ContactAsked, ContactEnded
from app.domain.polls.service import follow_meeting as close_polls
from app.domain.presentations.events import DeckPagesChanged
from app.domain.presentations.queries import list_page_ids_of_items, list_page_ids_of_meeting
from app.domain.pressure_tests.events import (
    AssessorsApart,
    AssessorsNamed,
    ConflictDeclared,
    PressureTestSettled,
    TestsOutOfDate,
)
from app.domain.pressure_tests.queries import is_held_against
from app.domain.priorities import events as around_rounds
from app.domain.projects.events import OwnProjectChanged, ProjectChanged
from app.domain.registrations.events import (
    ApprovalRequested,
    OfferExpired,
    Queued,
    RequestDeclined,
    SeatOffered,
    SignedUp,
    SignUpCancelled,
    SwapAnswered,
    SwapAsked,
)
from app.domain.registrations.needs import erase_needs_of
from app.domain.registrations.queue import is_waited_for
from app.domain.registrations.reminding import lay_reminder_again, renew_reminder
from app.domain.registrations.seating import move_releases
from app.domain.registrations.service import take_off_lists
from app.domain.search.rooms import list_promised_of, list_under_meeting
from app.domain.strategies.events import StrategyChanged
from app.domain.summaries.service import forget_quotes
from app.domain.users.events import (
    AccountDisabled,
    AccountEnabled,
    AccountsJoined,
    AddressAdded,
    AddressRemoved,
    ConsentWithdrawn,
    MembershipConfirmed,
    MembershipEnded,
    MembershipRequested,
    RequestsWait,
    RoleGranted,
)
from app.domain.users.memberships import when_to_tell
from app.domain.webhooks.events import WebhookStopped
from app.domain.webhooks.noting import tell_of_batch, tell_webhooks
from app.http.pages import Renderer, Site
from app.identity.events import CodeMade, LoginConnected, PasskeyAdded, PasskeysRemoved, TokenMade
from app.notices import (
    accounts,
    answers,
    bodies,
    commitments,
    following,
    ideas,
    ledger,
    meeting_states,
    memberships,
    minutes,
    partners,
    pressure_tests,
    rounds,
    seats,
)
from app.notices.accessibility import pass_feedback_on, warn_of_statement
from app.notices.letters import post_letter, renew_invitations, write_first_words
from app.notices.logins import tell_of_connected_login
from app.notices.moderation import tell_of_decision, tell_of_letting_through
from app.notices.on_behalf import tell_of_written
from app.notices.passkeys import tell_of_added_passkey, tell_of_removed_passkeys
from app.notices.post import Post
from app.notices.privacy import tell_of_ready_copy, warn_of_erasing
from app.notices.programme import tell_of_changes
from app.notices.receipts import send_receipt
from app.notices.registrations import tell_of_sign_up
from app.notices.roles import send_role_given, send_role_taken
from app.notices.signin import send_code
from app.notices.tokens import tell_of_new_token
from app.notices.webhooks import tell_of_stop
from app.papers.press import print_with
from app.privacy.events import AccountWarned, CopyReady, DayBegan, FeedbackGiven


def connect(renderer: Renderer, site: Site) -> None:
    """Join events to what follows them; mails are written with these templates for this site."""
    forget_reactions()
    print_with(renderer, site)
    react(OrganisationChanged, _index_organisation)
    react(StrategyChanged, _index_strategy)
    react(StrategyChanged, _look_at_tests)
    react(around_bodies.BodyChanged, _index_body)
    for of_recommendation in (
        around_bodies.RecommendationSent,
        around_bodies.RecommendationTreated,
        around_bodies.RecommendationDecided,
        around_bodies.RecommendationTakenBack,
    ):
        react(
            of_recommendation,
            lambda session, event: _index(session, "recommendation", event.recommendation_id),
        )
    react(around_bodies.ReadingAdded, _tell_of_readings)
    react(ProjectChanged, lambda session, event: _index(session, "project", event.project_id))
    react(OwnProjectChanged, lambda session, event: _index(session, "own_project", event.own_project_id))
    react(DeckPagesChanged, lambda session, event: _index(session, "deck_page", *event.page_ids))
    react(ProgrammeChanged, _index_programme)
    react(MinutesApproved, lambda session, event: _index(session, "minutes", event.meeting_id))
    react(ProgrammePublished, tell_of_changes)
    react(GroupChanged, _index_groups)
    react(CheckedIn, _place_newcomer)
    react(MeetingChanged, _index_meeting)
    react(MeetingChanged, _move_queue)
    for changed in (MeetingChanged, RoomChanged):
        react(changed, lambda session, event: follow_meeting(session, event.meeting_id))
    react(MeetingChanged, lambda session, event: close_panels(session, event.meeting_id))
    react(MeetingChanged, lambda session, event: close_polls(session, event.meeting_id))
    react(MeetingCancelled, meeting_states.tell_of_cancelling)
    react(MeetingPostponed, meeting_states.tell_of_postponing)
    react(MeetingMoved, meeting_states.tell_of_moving)
    react(MeetingMoved, lambda session, event: move_releases(session, event.meeting_id, event.held_on))
    react(MeetingResumed, meeting_states.tell_of_resuming)
    react(MeetingResumed, lambda session, event: lay_reminder_again(session, event.meeting_id))
    react(MinutesShown, minutes.tell_of_review)
    react(MinutesTakenBack, minutes.forget_review)
    react(MinutesApproved, minutes.tell_of_approval)
    for moved in (MeetingCancelled, MeetingPostponed, MeetingMoved):
        react(moved, lambda session, event: renew_reminder(session, event.meeting_id))
    react(
        ProgrammePublished,
        lambda session, event: renew_reminder(session, event.meeting_id, is_edited_too=False),
    )
    react(
        ContributionsChanged,
        lambda session, event: _index(session, event.kind, *event.contribution_ids),
    )
    react(ContributionsChanged, _tell_the_room)
    react(ContributionsChanged, _follow_promises)
    react(
        CommitmentsChanged,
        lambda session, event: _index(session, "commitment", *event.commitment_ids),
    )
    react(
        AnswersPublished,
        lambda session, event: defer(
            session, "commitments.publish_with_answers", priority=10, batch_id=event.batch_id
        ),
    )
    # Here and not in a job: all read it at the moment at which the asker does, or nobody.
    react(AnswersPublished, lambda session, event: share_batch(session, SYSTEM, event.batch_id))
    react(AnswerCorrected, lambda session, event: check_corrected(session, event.answer_id))
    react(CardsWritten, lambda session, event: _index(session, "card", *event.contribution_ids))
    react(AnswerChanged, lambda session, event: _index(session, "answer", event.answer_id))
    react(ContributionSent, lambda session, event: send_receipt(session, renderer, site, event))
    react(MembershipConfirmed, _let_through)
    react(ContributionDecided, lambda session, event: tell_of_decision(session, renderer, site, event))
    react(
        ContributionsLetThrough,
        lambda session, event: tell_of_letting_through(session, renderer, site, event),
    )
    react(WordsTakenAway, _forget_words)
    react(MinutesApproved, _make_report)
    react(MembershipRequested, _tell_of_request)
    react(
        RequestsWait,
        lambda session, event: memberships.tell_those_who_confirm(session, renderer, site, event),
    )
    react(
        MembershipConfirmed,
        lambda session, event: memberships.tell_of_confirmation(session, renderer, site, event),
    )
    react(MembershipEnded, lambda session, event: memberships.tell_of_end(session, renderer, site, event))
    react(RoleGranted, lambda session, event: memberships.tell_of_role(session, renderer, site, event))
    _tell_of_accounts_and_words(renderer, site)
    react(MeetingRoleGiven, lambda session, event: send_role_given(Post(session, renderer, site), event))
    react(MeetingRoleTaken, lambda session, event: send_role_taken(Post(session, renderer, site), event))
    react(
        SignedUp,
        lambda session, event: tell_of_sign_up(Post(session, renderer, site), event),
    )
    react(ConsentWithdrawn, _forget_what_was_agreed_to)
    react(
        LoginConnected, lambda session, event: tell_of_connected_login(Post(session, renderer, site), event)
    )
    react(PasskeyAdded, lambda session, event: tell_of_added_passkey(Post(session, renderer, site), event))
    react(
        PasskeysRemoved,
        lambda session, event: tell_of_removed_passkeys(Post(session, renderer, site), event),
    )
    react(TokenMade, lambda session, event: tell_of_new_token(Post(session, renderer, site), event))
    react(CopyReady, lambda session, event: tell_of_ready_copy(Post(session, renderer, site), event))
    react(AccountWarned, lambda session, event: warn_of_erasing(Post(session, renderer, site), event))
    react(FeedbackGiven, lambda session, event: pass_feedback_on(Post(session, renderer, site), event))
    react(DayBegan, lambda session, event: warn_of_statement(Post(session, renderer, site)))
    react(CodeMade, lambda session, event: send_code(session, renderer, site, event))
    _fill_and_follow_the_outbox(renderer, site)
    _tell_who_follows()
    _tell_of_ideas(renderer, site)
    _tell_of_needs(renderer, site)
    _tell_other_systems()
    react(WebhookStopped, lambda session, event: tell_of_stop(Post(session, renderer, site), event))


def _tell_other_systems() -> None:
    """Note what others may hear of, where a webhook wants it; what everybody may read is asked in the job."""
    react(ContributionsChanged, _tell_of_said)
    react(AnswersPublished, lambda session, event: tell_of_batch(session, event.batch_id))
    react(
        CommitmentsPublished,
        lambda session, event: tell_webhooks(session, "commitment.published", event.commitment_ids),
    )
    react(
        QuestionsShared,
        lambda session, event: tell_webhooks(session, "tender.answered", event.question_ids),
    )
    react(MinutesApproved, _tell_of_minutes)
    # What may happen once to one thing, and what may again: then a number of its own tells them apart.
    single: dict[type[Event], tuple[str, Callable[[Any], int], Callable[[Any], int]]] = {
        around_needs.NeedMoved: ("need.moved", _contribution_of, _at_this_moment),
        AnswerCorrected: ("answer.corrected", lambda event: event.answer_id, lambda event: event.number),
        DeadlineMoved: ("commitment.moved", _commitment_of, lambda event: event.change_id),
        Measured: ("commitment.measured", _commitment_of, lambda event: event.measurement_id),
        VerdictGiven: ("commitment.judged", _commitment_of, _at_this_moment),
        CommitmentLate: ("commitment.late", _commitment_of, _at_this_moment),
        MeetingChanged: ("meeting.published", _meeting_of, _only_once),
        MeetingMoved: ("meeting.moved", _meeting_of, _at_this_moment),
        MeetingCancelled: ("meeting.cancelled", _meeting_of, _at_this_moment),
        MeetingPostponed: ("meeting.postponed", _meeting_of, _at_this_moment),
        MeetingResumed: ("meeting.resumed", _meeting_of, _at_this_moment),
        ProgrammePublished: ("programme.published", _meeting_of, lambda event: event.edition_id),
        TenderChanged: ("tender.published", lambda event: event.tender_id, _only_once),
    }
    for happened, (what, thing_of, detail_of) in single.items():
        react(
            happened,
            lambda session, event, what=what, thing_of=thing_of, detail_of=detail_of: tell_webhooks(
                session, what, [thing_of(event)], detail_of(event)
            ),
        )


def _tell_of_said(session: Session, event: ContributionsChanged) -> None:
    if event.kind in ("wish", "idea", "need"):
        tell_webhooks(session, f"{event.kind}.published", event.contribution_ids)


def _tell_of_minutes(session: Session, event: MinutesApproved) -> None:
    # Opened by mistake and approved as they were, they are news to nobody.
    if event.is_new:
        tell_webhooks(session, "minutes.approved", [event.meeting_id], _at_this_moment(event))


def _contribution_of(event: around_needs.NeedMoved) -> int:
    return event.contribution_id


def _commitment_of(event: Any) -> int:
    return int(event.commitment_id)


def _meeting_of(event: Any) -> int:
    return int(event.meeting_id)


def _only_once(event: Event) -> int:
    return 0


def _at_this_moment(event: Event) -> int:
    return int(now().timestamp() * 1000)


def _tell_who_follows() -> None:
    """Note what happens to followed things; the mails are written at the pace of each who follows."""
    react(CommitmentsPublished, lambda session, event: _note(session, "promised", event.commitment_ids))
    react(
        DeadlineMoved, lambda session, event: _note(session, "moved", [event.commitment_id], event.change_id)
    )
    react(
        Measured,
        lambda session, event: _note(session, "measured", [event.commitment_id], event.measurement_id),
    )
    react(VerdictGiven, lambda session, event: _note_standing(session, "judged", event.commitment_id))
    react(CommitmentLate, lambda session, event: _note_standing(session, "late", event.commitment_id))
    react(CommitmentProposed, _remind_staff)
    react(ContributionsChanged, _note_said)
    react(
        ContributionsGathered,
        lambda session, event: defer(
            session, "following.note_gathered", contribution_ids=list(event.contribution_ids)
        ),
    )
    react(
        AnswerCorrected,
        lambda session, event: defer(
            session, "answering.note_corrected", answer_id=event.answer_id, number=event.number
        ),
    )
    meetings: dict[type[Event], str] = {
        MeetingChanged: "announced",
        MeetingMoved: "meeting_moved",
        MeetingCancelled: "cancelled",
        MeetingPostponed: "postponed",
        MeetingResumed: "resumed",
    }
    for happened, what in meetings.items():
        react(happened, lambda session, event, what=what: _note_meeting(session, what, event.meeting_id))
    react(MinutesApproved, _note_minutes)
    react(
        ProgrammePublished,
        lambda session, event: _note_meeting(session, "programme", event.meeting_id, event.edition_id),
    )


def _note(session: Session, what: str, commitment_ids: Iterable[int], detail_id: int = 0) -> None:
    ids = list(commitment_ids)
    defer(session, "commitments.note_news", what=what, commitment_ids=ids, detail_id=detail_id)


def _note_standing(session: Session, what: str, commitment_id: int) -> None:
    # A verdict that was taken back may be given anew, and a moved day may pass too: each is told.
    version = session.get_one(Commitment, commitment_id).version
    _note(session, what, [commitment_id], version)


def _note_meeting(session: Session, what: str, meeting_id: int, detail_id: int = 0) -> None:
    # The same may happen twice to a meeting, but for its coming: that is told once.
    number = detail_id if what in ("announced", "programme") else int(now().timestamp())
    defer(session, "following.note_meeting", what=what, meeting_id=meeting_id, detail_id=number)


def _note_minutes(session: Session, event: MinutesApproved) -> None:
    if event.is_new:
        _note_meeting(session, "minutes", event.meeting_id)


def _note_said(session: Session, event: ContributionsChanged) -> None:
    # What is written in rooms comes by the hundred, and is noted once an hour.
    if event.kind in ("wish", "idea", "need"):
        defer(session, "following.note_said", once="note what was said")


def _remind_staff(session: Session, event: CommitmentProposed) -> None:
    # One mail a day, however many are proposed.
    defer(session, "commitments.tell_of_proposals", once="proposals wait", at=next_morning())


def _index_body(session: Session, event: around_bodies.BodyChanged) -> None:
    # Who sees a body sees its recommendations.
    _index(session, "body", event.body_id)
    _index(session, "recommendation", *list_recommendation_ids(session, event.body_id))


def _tell_of_readings(session: Session, event: around_bodies.ReadingAdded) -> None:
    # One mail the morning after, however much is put on the list until then.
    once, since = f"readings of body {event.body_id}", now().isoformat()
    at = next_morning()
    defer(session, "bodies.tell_of_readings", once=once, at=at, body_id=event.body_id, since=since)


def _look_at_tests(session: Session, event: StrategyChanged) -> None:
    # One mail the morning after, however often the strategy is changed until then.
    if is_held_against(session, event.strategy_id):
        once = f"tests against {event.strategy_id}"
        at = next_morning()
        defer(session, "pressure_tests.find_out_of_date", once=once, at=at, strategy_id=event.strategy_id)


def _fill_and_follow_the_outbox(renderer: Renderer, site: Site) -> None:
    react(BatchPrepared, lambda session, event: write_first_words(Post(session, renderer, site), event))
    react(
        MeetingChanged,
        lambda session, event: renew_invitations(Post(session, renderer, site), event.meeting_id),
    )
    react(LetterDue, lambda session, event: post_letter(Post(session, renderer, site), event))
    react(LetterDue, lambda session, event: note_told(session, event.letter_id))
    for fate in (MailSent, MailRefused, MailBounced):
        react(fate, lambda session, event: note_fate(session, event.mail_id))


def _tell_of_request(session: Session, event: MembershipRequested) -> None:
    # One mail a day for each organisation, however many ask.
    defer(
        session,
        "users.tell_of_requests",
        once=f"requests for {event.organisation_id}",
        at=when_to_tell(session, event.organisation_id),
        organisation_id=event.organisation_id,
    )


def _forget_what_was_agreed_to(session: Session, event: ConsentWithdrawn) -> None:
    if event.kind == "special_needs":
        erase_needs_of(session, event.user_id)
    elif event.kind == "participant_list":
        take_off_lists(session, event.user_id)


def _move_queue(session: Session, event: MeetingChanged) -> None:
    # More seats, or another day: those who wait may have one now.
    if is_waited_for(session, event.meeting_id):
        once = f"queue of {event.meeting_id}"
        defer(session, "registrations.move_queue", once=once, meeting_id=event.meeting_id)


def _let_through(session: Session, event: MembershipConfirmed) -> None:
    defer(session, "contributions.let_through", membership_id=event.membership_id)


def _forget_words(session: Session, event: WordsTakenAway) -> None:
    defer(session, "search.forget_words", kind=event.kind, object_id=event.object_id)
    forget_quotes(session, event.kind, event.object_id)
    # No file hands them out any more, as its stamp is another; nor are they to lie there.
    defer(session, "papers.forget_all", once="forget all made files")


def _make_report(session: Session, event: MinutesApproved) -> None:
    for wanted in list_first_files(session, event.meeting_id):
        ask_for(session, wanted)


def _tell_of_accounts_and_words(renderer: Renderer, site: Site) -> None:
    told: dict[type[Event], Callable[[Post, Any], None]] = {
        AddressAdded: accounts.tell_of_added_address,
        AnswersDue: answers.tell_of_answers,
        AnswerCorrected: answers.tell_of_correction,
        MoreAsked: answers.ask_for_more,
        MoreTold: answers.tell_of_reply,
        AnswerObjected: answers.tell_of_objection,
        AnswerBecameLate: answers.remind_of_late,
        ContributionsGathered: answers.tell_of_gathering,
        CommitmentLate: commitments.remind_of_late,
        ProposalsWait: commitments.tell_of_proposals,
        NewsDue: following.tell_news,
        CorrectionAsked: ledger.tell_of_request,
        CorrectionAnswered: ledger.tell_of_answer,
        CorrectionBecameLate: ledger.remind_of_late,
        AddressRemoved: accounts.tell_of_removed_address,
        AccountsJoined: accounts.tell_of_joining,
        AccountDisabled: accounts.tell_of_closing,
        AccountEnabled: accounts.tell_of_closing,
        WrittenOnBehalf: tell_of_written,
        Queued: seats.tell_of_queue,
        ApprovalRequested: seats.tell_of_request,
        RequestDeclined: seats.tell_of_refusal,
        SeatOffered: seats.tell_of_offer,
        OfferExpired: seats.tell_of_expiry,
        SignUpCancelled: seats.tell_of_cancelling,
        SwapAsked: seats.tell_of_asking,
        SwapAnswered: seats.tell_of_answer,
        AssessorsNamed: pressure_tests.ask_to_assess,
        ConflictDeclared: pressure_tests.tell_of_conflict,
        AssessorsApart: pressure_tests.tell_of_difference,
        PressureTestSettled: pressure_tests.tell_of_result,
        TestsOutOfDate: pressure_tests.tell_of_changes,
        around_bodies.RecommendationSent: bodies.tell_of_sent,
        around_bodies.RecommendationTreated: bodies.tell_of_treated,
        around_bodies.RecommendationDecided: bodies.tell_of_decided,
        around_bodies.RecommendationTakenBack: bodies.tell_of_taken_back,
        around_bodies.ReadingsWait: bodies.tell_of_readings,
        around_rounds.RoundOpened: rounds.ask_to_decide,
        around_rounds.DeciderNamed: rounds.ask_who_came,
        around_rounds.RoundNears: rounds.remind_to_decide,
        around_rounds.RoundHandedIn: rounds.tell_all_handed_in,
        around_rounds.RoundOverdue: rounds.tell_of_overdue,
        around_rounds.RoundClosed: rounds.tell_of_count,
        around_rounds.RoundPublished: rounds.tell_of_result,
        around_rounds.RoundCancelled: rounds.tell_of_cancelling,
    }
    for event, tell in told.items():
        react(event, lambda session, happened, tell=tell: tell(Post(session, renderer, site), happened))


def _tell_of_ideas(renderer: Renderer, site: Site) -> None:
    told: dict[type[Event], Callable[[Post, Any], None]] = {
        around_ideas.SignerAsked: ideas.ask_to_sign,
        around_ideas.SignerAnswered: ideas.tell_of_signer,
        around_ideas.HearingOpened: ideas.tell_of_hearing,
        around_ideas.HearingMoved: ideas.tell_of_more_time,
        around_ideas.HearingNears: ideas.remind_of_hearing,
        around_ideas.HearingAnswered: ideas.tell_staff_of_answer,
        around_ideas.HearingLapsed: ideas.tell_staff_of_silence,
        around_ideas.AccessDecided: ideas.tell_of_decision,
        around_ideas.AccessRequestWithdrawn: ideas.tell_of_withdrawing,
        around_ideas.IdeaConfirmationAsked: ideas.ask_to_confirm,
        around_ideas.IdeaRested: ideas.tell_of_rest,
        around_ideas.IdeaWoken: ideas.tell_of_waking,
    }
    for event, tell in told.items():
        react(event, lambda session, happened, tell=tell: tell(Post(session, renderer, site), happened))
    for opened in (around_ideas.HearingOpened, around_ideas.HearingMoved):
        react(opened, lambda session, event: _remind_of_hearing(session, event.request_id))


def _tell_of_needs(renderer: Renderer, site: Site) -> None:
    told: dict[type[Event], Callable[[Post, Any], None]] = {
        around_needs.NeedRegistered: partners.send_receipt,
        around_needs.NeedJoined: partners.tell_of_joining,
        around_needs.NeedLeft: partners.tell_of_leaving,
        around_needs.NeedMoved: partners.tell_of_state,
        NetworkAsked: partners.ask_for_network,
        NetworkAnswered: partners.tell_of_network_answer,
        ContactAsked: partners.ask_for_contact,
        ContactAnswered: partners.tell_of_contact_answer,
        ContactEnded: partners.tell_of_contact_end,
    }
    for event, tell in told.items():
        react(event, lambda session, happened, tell=tell: tell(Post(session, renderer, site), happened))


def _remind_of_hearing(session: Session, request_id: int) -> None:
    # Moved to another day, the reminder of the old one finds that it is not the day any more.
    if found := when_to_remind(session, request_id):
        moment, day = found
        hear_by = day.isoformat()
        defer(session, "contributions.remind_of_hearing", at=moment, request_id=request_id, hear_by=hear_by)


def _follow_promises(session: Session, event: ContributionsChanged) -> None:
    # What is taken up again or answered goes by what is promised of it.
    if is_promised(session, event.contribution_ids):
        defer(session, "commitments.follow", contribution_ids=list(event.contribution_ids))
        _index(session, "commitment", *list_promised_of(session, event.contribution_ids))


def _tell_the_room(session: Session, event: ContributionsChanged) -> None:
    # What staff hides, and what words are blacked out, goes from boards, panels and the big screen at once.
    if event.kind == "card":
        follow_texts(session, event.contribution_ids)
        tell_of_cards(session, event.contribution_ids)
    elif event.kind == "question":
        tell_of_questions(session, event.contribution_ids)


def _index_organisation(session: Session, event: OrganisationChanged) -> None:
    # A municipality is found as one and not as an organisation; each kind takes its own.
    _index(session, "organisation", event.organisation_id)
    _index(session, "municipality", event.organisation_id)


def _index_strategy(session: Session, event: StrategyChanged) -> None:
    _index(session, "strategy", event.strategy_id)
    if event.theme_ids:
        _index(session, "theme", *event.theme_ids)


def _index_programme(session: Session, event: ProgrammeChanged) -> None:
    _index(session, "item", *event.item_ids)
    # The pages name who spoke; the day of the meeting gives their year.
    _index(session, "deck_page", *list_page_ids_of_items(session, event.item_ids))


def _place_newcomer(session: Session, event: CheckedIn) -> None:
    if lacks_group(session, event.attendee_id):
        defer(session, "groups.place_newcomer", attendee_id=event.attendee_id)


def _index_groups(session: Session, event: GroupChanged) -> None:
    # What a group is given to do is told with the item that it belongs to.
    _index(session, "item", *list_under_meeting(session, event.meeting_id).get("item", ()))


def _index_meeting(session: Session, event: MeetingChanged) -> None:
    # The day of the meeting gives all that stands under it its year.
    under = list_under_meeting(session, event.meeting_id)
    under["meeting"] = [event.meeting_id]
    under["deck_page"] = list_page_ids_of_meeting(session, event.meeting_id)
    for kind, ids in under.items():
        _index(session, kind, *ids)


def _index(session: Session, kind: str, *ids: int) -> None:
    if not ids:
        return
    defer(session, "search.index", kind=kind, ids=list(ids))
