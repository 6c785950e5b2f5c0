"""Polls as those in the room use them: vote, vote otherwise, and see how it goes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, Final

from fastapi import Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from app.core.clock import now
from app.core.policy import Actor, NotFound, Refused
from app.domain.attendance.policy import may_join
from app.domain.attendance.queries import find_seat
from app.domain.contributions.policy import TO_ALL, TO_THE_ROOM
from app.domain.meetings.policy import hears
from app.domain.meetings.queries import MeetingView, get_meeting_line
from app.domain.polls import queries, service
from app.domain.polls.policy import may_run_polls
from app.domain.polls.queries import OwnVote, PollView
from app.domain.polls.schemas import VoteInput
from app.domain.running.queries import RightNow, get_right_now
from app.http.doors import Router
from app.http.forms import Form, SentForm
from app.http.limits import count_against
from app.http.live import add_topic, answer_block
from app.http.pages import Page
from app.http.queued import is_script
from app.http.sentences import add_sentences
from app.http.visit import AVisit, Visit, anyone, only
from app.web.meetings import open_meeting
from app.web.sealed import hide

router = Router()

POLLS = "/moeder/{key}/afstemninger"
POLL = POLLS + "/{poll_id:int}"
MOST_PRESSES: Final = 120  # of one attendee in a minute
A_MINUTE: Final = timedelta(minutes=1)


def _(text: str) -> str:
    return text


add_sentences(
    {
        "poll_join_first": _("Du skal være med i mødets lokale for at stemme."),
        "poll_not_open_yet": _("Afstemningen er ikke åbnet endnu."),
        "poll_closed": _("Afstemningen er lukket og talt op."),
        "poll_counted": _(
            "Din stemme blev talt, da afstemningen lukkede første gang, og kan ikke ændres mere. Ingen kan "
            "se, hvad du stemte."
        ),
        "poll_wrong_choice": _("Vælg en af mulighederne."),
        "poll_too_many_given": _("Du kan højst give {most}."),
        "poll_meeting_off": _("Mødet er aflyst eller udskudt, så der kan ikke stemmes."),
        "poll_meeting_done": _(
            "Referatet er sendt til kommentering eller godkendt, så afstemningerne ligger fast."
        ),
        "poll_vote_taken": _("Din stemme er modtaget: {words}."),
        "notice_poll_voted": _("Din stemme er modtaget. Du kan stemme om, så længe afstemningen er åben."),
        "notice_poll_vote_taken_back": _("Din stemme er trukket tilbage."),
    }
)


@dataclass
class PollsPage(Page):
    """`polls`: those that are opened, as the room sees them; `drafts`: for who runs polls here."""

    template: ClassVar[str] = "polls/list.html"
    meeting: MeetingView
    polls: list[PollView]
    drafts: list[PollView]
    own: dict[int, OwnVote]
    right_now: RightNow
    moment_now: datetime
    hears: bool
    may_run: bool


@dataclass
class PollsBlock(Page):
    template: ClassVar[str] = "polls/list_block.html"
    polls: list[PollView]


@dataclass
class PollPage(Page):
    """`seat_id` is None for who may only read. `own_words`: what one has voted, in words."""

    template: ClassVar[str] = "polls/show.html"
    poll: PollView
    form: Form
    own: OwnVote | None
    own_words: str
    seat_id: int | None
    right_now: RightNow
    moment_now: datetime
    hears: bool
    may_run: bool


@dataclass
class ResultBlock(Page):
    """How a poll goes, the same for all."""

    template: ClassVar[str] = "polls/result_block.html"
    poll: PollView


def may_hear_polls(session: Session, actor: Actor, meeting_id: int) -> bool:
    """Who hears what is said in the room, at a meeting that they may see; others load the page anew."""
    if not (hears(actor, meeting_id) or may_run_polls(actor, meeting_id)):
        return False
    return meeting_id in get_meeting_line(session, [meeting_id], actor)


add_topic("polls", may_hear_polls)


def find_poll(visit: Visit, key: str, poll_id: int) -> PollView:
    poll = queries.find_poll(visit.session, visit.actor, key, poll_id)
    if poll is None:
        raise NotFound
    return poll


# --- how it goes


@router.get(POLLS + "/blok/{meeting_id:int}", dependencies=[anyone])
async def show_polls_block(request: Request, key: str, meeting_id: int) -> Response:
    """The meeting is named by its id, so that no key is looked up."""
    return await answer_block(
        request,
        topic=f"polls:{meeting_id}",
        page=lambda session: PollsBlock(queries.list_common(session, meeting_id, TO_THE_ROOM)),
    )


@router.get(POLL + "/blok/{meeting_id:int}", dependencies=[anyone])
async def show_result_block(request: Request, key: str, poll_id: int, meeting_id: int) -> Response:
    def make(session: Session) -> ResultBlock:
        poll = queries.find_for_screen(session, meeting_id, poll_id)
        if poll is None:
            raise NotFound
        return ResultBlock(poll)

    return await answer_block(request, topic=f"polls:{meeting_id}", variant=str(poll_id), page=make)


@router.get(POLLS, dependencies=[anyone])
def show_polls(visit: AVisit, key: str) -> Response:
    meeting = open_meeting(visit, key)
    session, actor = visit.session, visit.actor
    is_inside = may_hear_polls(session, actor, meeting.id)
    may_run = may_run_polls(actor, meeting.id)
    polls = queries.list_common(session, meeting.id, TO_THE_ROOM if is_inside else TO_ALL)
    drafts = [poll for poll in queries.list_polls(session, actor, meeting.id) if poll.state == "draft"]
    return hide(
        visit.page(
            PollsPage(
                meeting=meeting,
                polls=polls,
                drafts=drafts if may_run else [],
                own=queries.find_own_votes(session, actor, [poll.id for poll in polls]),
                right_now=get_right_now(session, meeting.id),
                moment_now=now(),
                hears=is_inside,
                may_run=may_run,
            )
        )
    )


@router.get(POLL, dependencies=[anyone])
def show_poll(visit: AVisit, key: str, poll_id: int) -> Response:
    return hide(visit.page(poll_page(visit, find_poll(visit, key, poll_id))))


def poll_page(visit: Visit, poll: PollView, form: Form | None = None) -> PollPage:
    session, actor = visit.session, visit.actor
    own = queries.find_own_votes(session, actor, [poll.id]).get(poll.id)
    seat = find_seat(session, actor, poll.meeting_id) if may_join(actor) else None
    given = own.given if own else ()
    return PollPage(
        poll=poll,
        form=form or visit.blank(given=list(given)),
        own=own,
        own_words=say_vote(poll, given),
        seat_id=seat.id if seat else None,
        right_now=get_right_now(session, poll.meeting_id),
        moment_now=now(),
        hears=may_hear_polls(session, actor, poll.meeting_id),
        may_run=may_run_polls(actor, poll.meeting_id),
    )


def say_vote(poll: PollView, given: Sequence[str]) -> str:
    """A vote in the words of the poll."""
    words = dict(poll.options)
    return ", ".join(words.get(one, one) for one in given)


# --- voting


@router.post(POLL, dependencies=[only(may_join)])
def vote(visit: AVisit, form: SentForm, key: str, poll_id: int) -> Response:
    """One vote each: the last one counts, so sent twice it is the same, and no key is asked for."""
    poll = find_poll(visit, key, poll_id)
    _count_press(visit, poll)
    given = form.read(VoteInput)
    if given is None:
        return visit.page(poll_page(visit, poll, form), 422)
    try:
        service.vote(visit.session, visit.actor, poll_id, given)
    except Refused as refusal:
        is_choice = refusal.code in ("poll_wrong_choice", "poll_too_many_given")
        if is_script(visit.request) and not is_choice:
            raise
        form.refuse("given" if is_choice else "form", refusal.code, **refusal.values)
        return visit.page(poll_page(visit, poll, form), 422 if is_choice else 409)
    own = queries.find_own_votes(visit.session, visit.actor, [poll_id])[poll_id]
    words = say_vote(poll, own.given)
    said = visit.say("poll_vote_taken", words=words)
    return visit.taken(form, poll.path, "poll_voted", words={"own_vote": said}, say=said)


@router.post(POLL + "/tag-tilbage", dependencies=[only(may_join)])
def take_vote_back(visit: AVisit, form: SentForm, key: str, poll_id: int) -> Response:
    if before := visit.done_before(form):
        return before
    poll = find_poll(visit, key, poll_id)
    try:
        service.take_vote_back(visit.session, visit.actor, poll_id)
    except Refused as refusal:
        form.refuse("form", refusal.code, **refusal.values)
        return visit.page(poll_page(visit, poll, form), 409)
    return visit.done(form, poll.path, "poll_vote_taken_back")


def _count_press(visit: Visit, poll: PollView) -> None:
    seat = visit.actor.seat_at(poll.meeting_id)
    if seat is not None:
        count_against(visit.session, f"presses of attendee {seat}", MOST_PRESSES, A_MINUTE)
