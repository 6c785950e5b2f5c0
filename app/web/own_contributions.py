"""One's own contributions with what became of each: where it stands, what happens next and when, the answer,
the promise. What staff asks to know stands first, with room for the reply."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import ClassVar, TypeVar

from fastapi.responses import Response

from app.core.policy import NotFound, Refused, is_person, require
from app.domain.answering.own import OpenQuestion, find_objected, find_open_questions
from app.domain.answering.pausing import reply
from app.domain.answering.policy import may_reply
from app.domain.answering.schemas import ReplyInput
from app.domain.commitments.queries import CommitmentLine, list_of_contributions
from app.domain.contributions.gathered import find_leads
from app.domain.contributions.own import (
    OwnFilters,
    State,
    Way,
    count_own,
    list_answers_to_each,
    list_own,
)
from app.domain.contributions.policy import may_send
from app.domain.contributions.queries import (
    AnswerView,
    ContributionView,
    Listing,
    find_contribution,
    find_contributions,
)
from app.domain.following.queries import list_follows
from app.domain.following.service import usual_pace
from app.domain.moderation.policy import may_say_it_is_wrong
from app.domain.moderation.queries import HidingView, find_hidings
from app.http.doors import Router
from app.http.forms import Form, SentForm
from app.http.pages import Page
from app.http.sentences import add_sentences
from app.http.visit import AVisit, Visit, only
from app.web.filters import Menu, address_of_page, chosen, make_menu, page_number, typed
from app.web.following import FollowState

router = Router()

T = TypeVar("T")

LIST = "/mit/bidrag"
MOST_PAGES = 100_000
MOST_QUESTIONS = 10

# The words of the address.
STATES: Mapping[str, State] = {
    "mangler-oplysninger": "asked",
    "forsinket": "late",
    "venter": "waiting",
    "besvaret": "answered",
    "lovet": "promised",
    "gennemfoert": "done",
    "kladde": "draft",
}
WAYS: Mapping[str, Way] = {"sendt": "sent", "sagt-hoejt": "aloud"}


def _(text: str) -> str:
    return text


add_sentences(
    {
        "notice_own_replied": _(
            "Tak. Svaret er sendt til sekretariatet, og uret går igen. Du kan se den nye dag her."
        ),
    }
)


@dataclass(frozen=True, slots=True)
class OwnRow:
    """One of the own. `stands`: what it is answered with, itself or the lead that it hangs under, if the
    reader may see that. `objected`: its people have said that the answer is none. `follow`: None where others
    cannot see it, and nothing will be told of it. `is_by_others`: others wrote it in, and
    it can be said to be wrong.
    """

    said: ContributionView
    stands: ContributionView
    question: OpenQuestion | None
    answers: tuple[AnswerView, ...]
    promises: tuple[CommitmentLine, ...]
    objected: bool
    follow: FollowState | None
    is_by_others: bool

    @property
    def is_led(self) -> bool:
        return self.stands.id != self.said.id

    @property
    def answer(self) -> AnswerView | None:
        """The newest that is more than thanks."""
        return next((one for one in self.answers if one.kind != "thanks"), None)

    @property
    def again_by(self) -> date | None:
        """By when "later" is answered for good."""
        return self.answer.again_by if self.answer else None

    @property
    def open_promise(self) -> CommitmentLine | None:
        """The one that is to be kept next."""
        return next((one for one in self.promises if one.is_open), None)


@dataclass
class OwnContributionsPage(Page):
    """`questions`: what staff asks, the oldest day first; `asked` the one whose reply is being written."""

    template: ClassVar[str] = "own/contributions.html"
    form: Form
    rows: list[OwnRow]
    listing: Listing
    total: int
    pager_path: str
    state: Menu
    way: Menu
    questions: list[tuple[ContributionView, OpenQuestion]]
    asked: str
    hidings: Mapping[int, HidingView]
    may_send: bool


def look_up_rows(visit: Visit, said: Sequence[ContributionView]) -> list[OwnRow]:
    """What became of each of these, in as many statements however many there are."""
    session, actor = visit.session, visit.actor
    led = find_leads(session, [one.id for one in said if one.status == "gathered"])
    leads = find_contributions(session, actor, sorted(set(led.values())))
    stands = {one.id: leads.get(led.get(one.id, 0), one) for one in said}
    ids = sorted({one.id for one in said} | {one.id for one in stands.values()})
    answers = list_answers_to_each(session, actor, ids)
    promises = list_of_contributions(session, actor, ids)
    questions = find_open_questions(session, actor, said)
    objected = find_objected(session, actor, said)
    paces = {(one.kind, one.thing_id): one.pace for one in list_follows(session, actor)}
    return [
        OwnRow(
            said=one,
            stands=stands[one.id],
            question=questions.get(one.id),
            answers=_both(answers, one, stands[one.id]),
            promises=_both(promises, one, stands[one.id]),
            objected=one.id in objected,
            follow=_find_follow(paces, stands[one.id]),
            is_by_others=may_say_it_is_wrong(actor, one),
        )
        for one in said
    ]


def _both(
    found: Mapping[int, tuple[T, ...]], one: ContributionView, stands: ContributionView
) -> tuple[T, ...]:
    """What was given to it and to its lead, each once."""
    return tuple(dict.fromkeys((*found.get(stands.id, ()), *found.get(one.id, ()))))


def _find_follow(paces: Mapping[tuple[str, int], str], one: ContributionView) -> FollowState | None:
    if one.is_hidden:
        return None
    return FollowState(one.kind, one.id, paces.get((one.kind, one.id)), usual_pace(one.kind))


def _page(visit: Visit, form: Form, asked: str) -> OwnContributionsPage:
    session, actor = visit.session, visit.actor
    state, way = chosen(visit, "status", STATES), chosen(visit, "maade", WAYS)
    filters = OwnFilters(state, way)
    counts = count_own(session, actor, filters)
    listing = list_own(session, actor, filters, page=page_number(visit, MOST_PAGES))
    questions = _list_questions(visit) if counts["asked_in_all"] else []
    references = [said.reference for said, _question in questions]
    return OwnContributionsPage(
        form=form,
        rows=look_up_rows(visit, listing.rows),
        listing=listing,
        total=counts["all"],
        pager_path=address_of_page(LIST, status=typed(visit, "status"), maade=typed(visit, "maade")),
        state=make_menu("status", STATES, state, counts),
        way=make_menu("maade", WAYS, way, counts),
        questions=questions,
        asked=asked if asked in references else references[0] if references else "",
        hidings=find_hidings(session, [one.id for one in listing.rows if one.hidden_at is not None]),
        may_send=may_send(actor),
    )


def _list_questions(visit: Visit) -> list[tuple[ContributionView, OpenQuestion]]:
    asked = list_own(visit.session, visit.actor, OwnFilters("asked"), per_page=MOST_QUESTIONS).rows
    questions = find_open_questions(visit.session, visit.actor, asked)
    found = [(one, questions[one.id]) for one in asked if one.id in questions]
    return sorted(found, key=lambda pair: (pair[1].reply_by, pair[0].id))


@router.get(LIST, dependencies=[only(is_person)])
def show_own_contributions(visit: AVisit) -> Response:
    """All of the own, or those of one state (`status`) or way (`maade`). `svar`: which reply is written."""
    return visit.page(_page(visit, visit.blank(), typed(visit, "svar").upper()))


@router.post(LIST + "/{reference}/uddyb", dependencies=[only(is_person)])
def tell_more(visit: AVisit, form: SentForm, reference: str) -> Response:
    """The reply to what staff asked."""
    if before := visit.done_before(form):
        return before
    said = find_contribution(visit.session, visit.actor, reference)
    if said is None:
        raise NotFound
    require(may_reply(visit.actor, said))
    given = form.read(ReplyInput)
    if given is None:
        return visit.page(_page(visit, form, said.reference), 422)
    try:
        reply(visit.session, visit.actor, said.id, given)
    except Refused as refusal:
        form.refuse("form", refusal.code, **refusal.values)
        return visit.page(_page(visit, form, said.reference), 409)
    return visit.done(form, LIST, "own_replied")
