"""A whole programme, for staff: its order and times, what the draft changes, publishing it; and what a panel
is to talk about, for those who lead it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from fastapi.responses import Response

from app.core.policy import NotFound, Refused, is_person
from app.domain.meetings import publishing
from app.domain.meetings.changes import Change
from app.domain.meetings.drafts import list_draft_items
from app.domain.meetings.editions import read_programme
from app.domain.meetings.policy import may_plan_meetings
from app.domain.meetings.queries import ItemView, MeetingView
from app.domain.meetings.schemas import OrderInput, PublishInput, Version
from app.domain.outbox.queries import count_waiting
from app.domain.panels.policy import may_lead
from app.domain.registrations.queries import count_sign_ups
from app.domain.registrations.questions import HeardQuestion, list_for_item, may_hear
from app.domain.speakers.queries import recipients_of
from app.http.doors import Router
from app.http.forms import Form, SentForm
from app.http.pages import Page
from app.http.sentences import add_sentences
from app.http.visit import AVisit, Visit, only
from app.web.meetings import open_meeting
from app.web.plan_pages import PROGRAMME, programme_path
from app.web.programme_planning import refused_programme, stale_programme

router = Router()


def _(text: str) -> str:
    return text


add_sentences(
    {
        "meeting_not_published": _("Mødet er stadig en kladde. Programmet udgives sammen med mødet."),
        "no_beginning": _("Skriv først, hvornår mødet eller det første punkt begynder."),
        "past_midnight": _("Så langt kan dagen ikke blive: det sidste punkt ville slutte efter midnat."),
        "draft_stale": _(
            "En anden har ændret kladden, mens du læste. Intet er udgivet. Se ændringerne igennem igen."
        ),
        "notice_programme_flowed": _("Tiderne er regnet ud efter punkternes længde."),
        "notice_programme_published": _("Programmet er udgivet. Mails om det ligger i udbakken."),
        "notice_programme_published_quietly": _("Programmet er udgivet. Der er ingen mails at sende."),
        "notice_nothing_to_publish": _("Der var ingen ændringer at udgive."),
        "notice_programme_discarded": _("Kladden er smidt væk. Programmet er, som det er udgivet."),
    }
)


@dataclass
class PublishPage(Page):
    """`reached`: names of those at changed items who can be written to; `out_of_reach`: those who cannot."""

    template: ClassVar[str] = "planning/publish.html"
    form: Form
    meeting: MeetingView
    changes: list[Change]
    reached: list[str]
    out_of_reach: list[str]
    signed_up: int
    version: int


@dataclass
class DiscardPage(Page):
    template: ClassVar[str] = "planning/discard.html"
    form: Form
    meeting: MeetingView
    changes: list[Change]
    version: int


@dataclass
class PanelPage(Page):
    """What a panel is to talk about: its tasks, and what those who come ask. `may_lead`: the questions of the
    day."""

    template: ClassVar[str] = "meetings/panel.html"
    meeting: MeetingView
    item: ItemView
    asked: list[HeardQuestion]
    may_lead: bool


# --- order and times


@router.post(PROGRAMME + "/raekkefoelge", dependencies=[only(may_plan_meetings)])
def set_order(visit: AVisit, key: str, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    meeting = open_meeting(visit, key)
    given = form.read(OrderInput)
    if given is None:
        return stale_programme(visit, meeting)
    try:
        publishing.set_order(visit.session, visit.actor, meeting.id, given)
    except Refused as refusal:
        return refused_programme(visit, meeting, refusal)
    return visit.done(form, programme_path(meeting))


@router.post(PROGRAMME + "/tider", dependencies=[only(may_plan_meetings)])
def flow_times(visit: AVisit, key: str, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    meeting = open_meeting(visit, key)
    given = form.read(Version)
    try:
        publishing.flow_times(visit.session, visit.actor, meeting.id, given.version if given else 0)
    except Refused as refusal:
        return refused_programme(visit, meeting, refusal)
    return visit.done(form, programme_path(meeting), "programme_flowed")


# --- publishing the draft, and throwing it away


def _publish_page(visit: Visit, meeting: MeetingView, form: Form | None = None) -> PublishPage:
    plan = read_programme(visit.session, meeting.id)
    receivers = recipients_of(visit.session, meeting.id, person_ids=plan.concerned)
    reached = list(dict.fromkeys(one.name for one in receivers))
    names = _names_of(plan.concerned, [*plan.published, *plan.items])
    counts = count_sign_ups(visit.session, meeting.id)
    return PublishPage(
        form=form or visit.blank(tells="concerned"),
        meeting=meeting,
        changes=plan.changes,
        reached=reached,
        out_of_reach=[name for name in names if name not in reached],
        signed_up=counts.registered + counts.waiting + counts.offered + counts.requested,
        version=plan.version,
    )


def _names_of(person_ids: frozenset[int], items: Sequence[ItemView]) -> list[str]:
    people = (part for item in items for part in item.people if part.person_id in person_ids)
    return list(dict.fromkeys(part.name for part in people))


@router.get(PROGRAMME + "/udgiv", dependencies=[only(may_plan_meetings)])
def ask_to_publish(visit: AVisit, key: str) -> Response:
    return visit.page(_publish_page(visit, open_meeting(visit, key)))


@router.post(PROGRAMME + "/udgiv", dependencies=[only(may_plan_meetings)])
def publish_programme(visit: AVisit, key: str, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    meeting = open_meeting(visit, key)
    given = form.read(PublishInput)
    if given is None:
        return visit.page(_publish_page(visit, meeting, form), 422)
    waiting = count_waiting(visit.session, meeting.id)
    try:
        edition = publishing.publish_programme(
            visit.session,
            visit.actor,
            meeting.id,
            given.version,
            tells_concerned="concerned" in given.tells and not meeting.is_past,
            tells_all="everybody" in given.tells and not meeting.is_past,
        )
    except Refused as refusal:
        visit.session.rollback()
        is_stale = refusal.code == "stale"
        form.refuse("form", "draft_stale" if is_stale else refusal.code, **refusal.values)
        return visit.page(_publish_page(visit, meeting, form), 409 if is_stale else 422)
    if edition is None:
        return visit.done(form, programme_path(meeting), "nothing_to_publish")
    has_mails = count_waiting(visit.session, meeting.id) > waiting
    notice = "programme_published" if has_mails else "programme_published_quietly"
    return visit.done(form, programme_path(meeting), notice)


@router.get(PROGRAMME + "/fortryd", dependencies=[only(may_plan_meetings)])
def ask_to_discard(visit: AVisit, key: str) -> Response:
    return visit.page(_discard_page(visit, open_meeting(visit, key), visit.blank()))


@router.post(PROGRAMME + "/fortryd", dependencies=[only(may_plan_meetings)])
def discard_draft(visit: AVisit, key: str, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    meeting = open_meeting(visit, key)
    given = form.read(Version)
    try:
        publishing.discard_draft(visit.session, visit.actor, meeting.id, given.version if given else 0)
    except Refused as refusal:
        visit.session.rollback()
        code = "draft_stale" if refusal.code == "stale" else refusal.code
        form.refuse("form", code, **refusal.values)
        return visit.page(_discard_page(visit, meeting, form), 409)
    return visit.done(form, programme_path(meeting), "programme_discarded")


def _discard_page(visit: Visit, meeting: MeetingView, form: Form) -> DiscardPage:
    plan = read_programme(visit.session, meeting.id)
    return DiscardPage(form, meeting, plan.changes, plan.version)


# --- the panel


@router.get("/moeder/{key}/panel/{item_id:int}", dependencies=[only(is_person)])
def show_panel(visit: AVisit, key: str, item_id: int) -> Response:
    meeting = open_meeting(visit, key)
    items = list_draft_items(visit.session, meeting.id)
    item = next((one for one in items if one.id == item_id), None)
    if item is None or not may_hear(visit.session, visit.actor, meeting.id, item_id):
        raise NotFound
    asked = list_for_item(visit.session, visit.actor, item_id)
    return visit.page(PanelPage(meeting, item, asked, may_lead(visit.actor, meeting.id)))
