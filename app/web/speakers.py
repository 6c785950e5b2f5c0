"""Speakers of a meeting, for staff: who is reached where, what is missing from whom, links and reminders."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from fastapi.responses import Response

from app.core.clock import today
from app.core.policy import NotFound, Refused
from app.domain.meetings.drafts import list_draft_items
from app.domain.meetings.queries import MeetingView, list_items
from app.domain.speakers import service
from app.domain.speakers.links import get_link_path
from app.domain.speakers.policy import LINK_LASTS, is_link_over, may_look_after_speakers
from app.domain.speakers.queries import SpeakerView, find_speaker, list_speakers
from app.domain.speakers.schemas import AddressInput, NoSlidesInput
from app.http.doors import Router
from app.http.forms import Form, SentForm
from app.http.pages import Page
from app.http.sentences import add_sentences
from app.http.visit import AVisit, Visit, only
from app.privacy.periods import periods_in_force
from app.web.labels import LABELS
from app.web.meetings import open_meeting

router = Router()

SPEAKERS = "/moeder/{key}/oplaegsholdere"
ONE = SPEAKERS + "/{person_id:int}"
_LARGEST_ID = 2**53


def _(text: str) -> str:
    return text


add_sentences(
    {
        "not_your_talk": _("Punktet er ikke længere dit på programmet. Spørg sekretariatet."),
        "no_speaker_to_write_to": _(
            "Der er ingen at skrive til: ingen mangler, eller de har ingen mailadresse her."
        ),
        "notice_speaker_addresses_saved": _("Mailadresserne er gemt. Der er ikke sendt noget endnu."),
        "notice_speaker_saved": _("Gemt."),
        "notice_speaker_link_renewed": _("Der er lavet et nyt link. Det gamle virker ikke længere."),
        "notice_speaker_link_ended": _("Linket er taget tilbage og virker ikke længere."),
        "notice_speaker_mails_wait": _("Mailene ligger i udbakken. Læs dem, og tryk på send."),
    }
)
LABELS["speaker_lacks"] = {
    "text": _("tekst til programmet"),
    "slides": _("slides"),
    "answer": _("svar på samtykke"),
}
LABELS["slides_seen_by"] = {
    "public": _("Slides må vises for alle"),
    "participants": _("Slides må vises for mødets deltagere"),
    "staff": _("Slides må ikke vises bagefter"),
}


@dataclass
class SpeakersPage(Page):
    """`showing`: those who show slides, `with_slides` of them have sent all. `unsent`: those who have an
    address and have not been sent their link. `lacking`: those who can be reminded. `waiting`: the batches
    with mails to speakers that still lie in the outbox. `drafted`: items whose words stand in the draft of
    the programme and nowhere else yet."""

    template: ClassVar[str] = "speakers/list.html"
    meeting: MeetingView
    form: Form
    speakers: list[SpeakerView]
    showing: int
    with_slides: int
    unsent: int
    lacking: int
    waiting: list[int]
    drafted: set[int]
    is_over: bool
    kept_days: int


@dataclass
class SpeakerPage(Page):
    """`link`: the whole address of the speaker's page, None where there is none that works."""

    template: ClassVar[str] = "speakers/edit.html"
    meeting: MeetingView
    form: Form
    speaker: SpeakerView
    link: str | None
    link_ends_on: date
    kept_days: int


def _speakers_of(visit: Visit, meeting: MeetingView) -> list[SpeakerView]:
    items = list_draft_items(visit.session, meeting.id)
    return list_speakers(visit.session, visit.actor, meeting.id, items)


def _page(visit: Visit, meeting: MeetingView, form: Form) -> SpeakersPage:
    speakers = _speakers_of(visit, meeting)
    waiting = {one.letter.batch_id for one in speakers if one.letter is not None and one.letter.is_waiting}
    return SpeakersPage(
        meeting=meeting,
        form=form,
        speakers=speakers,
        showing=sum(one.shows_slides for one in speakers),
        with_slides=sum(one.shows_slides and "slides" not in one.lacks for one in speakers),
        unsent=sum(one.can_be_written_to and one.letter is None for one in speakers),
        lacking=sum(service.can_be_reminded(one) for one in speakers),
        waiting=sorted(waiting),
        drafted=_find_drafted(visit, meeting, speakers),
        is_over=is_link_over(meeting.held_on, today()),
        kept_days=periods_in_force().speakers,
    )


def _find_drafted(visit: Visit, meeting: MeetingView, speakers: list[SpeakerView]) -> set[int]:
    """The items of a published meeting whose words have not been published."""
    if not meeting.is_published:
        return set()
    words = {item.id: (item.title, item.summary) for item in list_items(visit.session, meeting.id)}
    talks = [talk.item for one in speakers for talk in one.talks]
    return {item.id for item in talks if words.get(item.id) != (item.title, item.summary)}


@router.get(SPEAKERS, dependencies=[only(may_look_after_speakers)])
def show_speakers(visit: AVisit, key: str) -> Response:
    meeting = open_meeting(visit, key)
    return visit.page(_page(visit, meeting, visit.blank()))


@router.post(SPEAKERS, dependencies=[only(may_look_after_speakers)])
def save_addresses(visit: AVisit, key: str, form: SentForm) -> Response:
    """The addresses of those who have none yet, all at once: a field `email-PERSON` for each."""
    if before := visit.done_before(form):
        return before
    meeting = open_meeting(visit, key)
    given: dict[int, AddressInput] = {}
    for speaker in _speakers_of(visit, meeting):
        name = f"email-{speaker.person_id}"
        if not form.value(name).strip():
            continue
        one = Form(visit.language, {"email": [form.value(name)]}, {})
        read = one.read(AddressInput)
        if read is None:
            form.errors[name] = one.errors["email"]
        else:
            given[speaker.person_id] = read.model_copy(update={"language": speaker.language})
    if form.errors:
        return visit.page(_page(visit, meeting, form), 422)
    for person_id, address in given.items():
        service.set_address(visit.session, visit.actor, meeting.id, person_id, address)
    return visit.done(form, _path(meeting), "speaker_addresses_saved")


@router.post(SPEAKERS + "/send-link", dependencies=[only(may_look_after_speakers)])
def prepare_links(visit: AVisit, key: str, form: SentForm) -> Response:
    """Lay a mail with the own link in the outbox for everybody who has not been sent one."""
    if before := visit.done_before(form):
        return before
    meeting = open_meeting(visit, key)
    batch = service.prepare_links(visit.session, visit.actor, meeting.id)
    if batch is None:
        raise Refused("no_speaker_to_write_to")
    return visit.done(form, f"/udbakke/{batch.id}", "speaker_mails_wait")


@router.post(SPEAKERS + "/mind", dependencies=[only(may_look_after_speakers)])
def prepare_reminder(visit: AVisit, key: str, form: SentForm) -> Response:
    """Lay a reminder in the outbox for everybody who still misses something."""
    if before := visit.done_before(form):
        return before
    meeting = open_meeting(visit, key)
    batch = service.prepare_reminder(visit.session, visit.actor, meeting.id)
    if batch is None:
        raise Refused("no_speaker_to_write_to")
    return visit.done(form, f"/udbakke/{batch.id}", "speaker_mails_wait")


# --- one of them


def _open_speaker(visit: Visit, meeting: MeetingView, person_id: int) -> SpeakerView:
    items = list_draft_items(visit.session, meeting.id)
    speaker = find_speaker(visit.session, visit.actor, meeting.id, min(person_id, _LARGEST_ID), items)
    if speaker is None or not (speaker.talks or speaker.id):
        raise NotFound
    return speaker


def _speaker_page(visit: Visit, meeting: MeetingView, form: Form, speaker: SpeakerView) -> SpeakerPage:
    path = get_link_path(visit.session, speaker.id) if speaker.id is not None else None
    base = visit.kit.site.base_url
    return SpeakerPage(
        meeting=meeting,
        form=form,
        speaker=speaker,
        link=base + path if path else None,
        link_ends_on=meeting.held_on + LINK_LASTS,
        kept_days=periods_in_force().speakers,
    )


@router.get(ONE, dependencies=[only(may_look_after_speakers)])
def show_speaker(visit: AVisit, key: str, person_id: int) -> Response:
    meeting = open_meeting(visit, key)
    speaker = _open_speaker(visit, meeting, person_id)
    form = visit.blank(email=speaker.email or speaker.suggested, language=speaker.language)
    return visit.page(_speaker_page(visit, meeting, form, speaker))


@router.post(ONE, dependencies=[only(may_look_after_speakers)])
def save_speaker(visit: AVisit, key: str, person_id: int, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    meeting = open_meeting(visit, key)
    speaker = _open_speaker(visit, meeting, person_id)
    given = form.read(AddressInput)
    if given is None:
        return visit.page(_speaker_page(visit, meeting, form, speaker), 422)
    service.set_address(visit.session, visit.actor, meeting.id, speaker.person_id, given)
    return visit.done(form, f"{_path(meeting)}/{speaker.person_id}", "speaker_saved")


@router.post(ONE + "/nyt-link", dependencies=[only(may_look_after_speakers)])
def renew_link(visit: AVisit, key: str, person_id: int, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    meeting, speaker_id = _open_kept(visit, key, person_id)
    service.renew_link(visit.session, visit.actor, speaker_id)
    return visit.done(form, f"{_path(meeting)}/{person_id}", "speaker_link_renewed")


@router.post(ONE + "/luk-link", dependencies=[only(may_look_after_speakers)])
def end_link(visit: AVisit, key: str, person_id: int, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    meeting, speaker_id = _open_kept(visit, key, person_id)
    service.end_link(visit.session, visit.actor, speaker_id)
    return visit.done(form, f"{_path(meeting)}/{person_id}", "speaker_link_ended")


@router.post(ONE + "/slides", dependencies=[only(may_look_after_speakers)])
def note_no_slides(visit: AVisit, key: str, person_id: int, form: SentForm) -> Response:
    """Note that somebody will show nothing at an item, or will after all."""
    if before := visit.done_before(form):
        return before
    meeting, speaker_id = _open_kept(visit, key, person_id)
    given = form.read(NoSlidesInput)
    if given is None:
        raise NotFound
    service.say_no_slides(visit.session, visit.actor, speaker_id, given.item_id, given.has_no_slides)
    return visit.done(form, f"{_path(meeting)}/{person_id}", "speaker_saved")


def _open_kept(visit: Visit, key: str, person_id: int) -> tuple[MeetingView, int]:
    meeting = open_meeting(visit, key)
    speaker = _open_speaker(visit, meeting, person_id)
    return meeting, service.keep_speaker(visit.session, visit.actor, meeting.id, speaker.person_id).id


def _path(meeting: MeetingView) -> str:
    return f"/moeder/{meeting.key}/oplaegsholdere"
