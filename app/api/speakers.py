"""Speakers of a meeting, for staff: who is reached where, what is missing from whom, and their own links.

A link opens somebody's own page, so it is told of one person at a time and nobody keeps the answer. What
stands behind it is the speaker's own: a key says and shows nothing for anybody.
"""

from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import Path
from fastapi.responses import Response
from pydantic import Field
from sqlalchemy.orm import Session

from app.api.answers import Out, answer
from app.api.asking import make_router
from app.api.meetings import MeetingKey, find_meeting
from app.api.verbs import Doors
from app.core.policy import Actor, NotFound, Refused
from app.domain.meetings.drafts import list_draft_items
from app.domain.meetings.queries import MeetingView
from app.domain.speakers import service
from app.domain.speakers.links import get_link_path
from app.domain.speakers.policy import LINK_LASTS, may_look_after_speakers
from app.domain.speakers.queries import SpeakerView, find_speaker, list_speakers
from app.domain.speakers.schemas import AddressInput, NoSlidesInput
from app.http.visit import AVisit, Visit, only

router = make_router("oplaegsholdere")
SPEAKERS = "/moeder/{key}/oplaegsholdere"
ONE = SPEAKERS + "/{person_id}"
PersonId = Annotated[int, Path(ge=1, le=2**53)]


class TalkOut(Out):
    """An item that somebody stands at, with what is missing of it."""

    item_id: int = Field(description="The number of the item of the programme.")
    title: str
    is_own: bool = Field(
        description="Whether words and slides are theirs to send; not where they sit in a panel."
    )
    has_written: bool = Field(description="Whether they have sent words of their own.")
    is_rewritten: bool = Field(description="Whether staff has put other words there since.")
    has_slides: bool = Field(description="Whether a file is there.")
    has_no_slides: bool = Field(description="Whether they have said that they show nothing.")


class SpeakerOut(Out):
    """Somebody of the programme, as those see it who write to them."""

    person_id: int = Field(description="The number of the person, as on the programme.")
    name: str
    email: str = Field(description="Where they are written to; empty where no address is given here.")
    suggested: str = Field(description="An address that is known from elsewhere; empty for none.")
    language: str = Field(description="In which they are written to: da, en or sv.")
    has_link: bool = Field(description="Whether a mail with the link that works now has left, or waits.")
    is_link_ended: bool = Field(description="Whether the link is taken back.")
    link_made_at: datetime | None = Field(description="When the link was made, or null.")
    slides: str | None = Field(
        description="Who may see the slides, as they said: public, participants, staff."
    )
    name_allowed: bool | None = Field(
        description="Whether the name may be read by all, as they said; or null."
    )
    answered_at: datetime | None = Field(description="When they said so, or null.")
    lacks: list[str] = Field(description="What is missing from them: text, slides, answer.")
    talks: list[TalkOut] = Field(description="Where they stand on the programme, in its order.")


class SpeakersOut(Out):
    """Everybody whose name stands on the programme of a meeting."""

    meeting_key: str
    items: list[SpeakerOut] = Field(description="In the order of the programme.")


class WholeSpeakerOut(SpeakerOut):
    """Somebody of the programme, with the link."""

    meeting_key: str
    link: str | None = Field(description="What opens their own page; null where there is none that works.")
    link_ends_on: date = Field(description="The last day on which a link works.")


def _facts(one: SpeakerView) -> dict[str, Any]:
    told: dict[str, Any] = {name: getattr(one, name) for name in SpeakerOut.model_fields if name != "talks"}
    talks = [
        TalkOut(
            item_id=talk.item.id,
            title=talk.item.title,
            has_written=talk.written is not None,
            **{
                name: getattr(talk, name)
                for name in ("is_own", "is_rewritten", "has_slides", "has_no_slides")
            },
        )
        for talk in one.talks
    ]
    return told | {"talks": talks}


def _list(visit: Visit, meeting: MeetingView) -> list[SpeakerView]:
    items = list_draft_items(visit.session, meeting.id)
    return list_speakers(visit.session, visit.actor, meeting.id, items)


def show_all(visit: Visit, key: str) -> tuple[SpeakersOut, None]:
    meeting = find_meeting(visit, key)
    items = [SpeakerOut.model_validate(_facts(one)) for one in _list(visit, meeting)]
    return SpeakersOut(meeting_key=meeting.key, items=items), None


def _find(visit: Visit, key: str, person_id: int) -> tuple[MeetingView, SpeakerView]:
    """Somebody of the programme, or of whom something is kept here still. Raises NotFound."""
    meeting = find_meeting(visit, key)
    items = list_draft_items(visit.session, meeting.id)
    found = find_speaker(visit.session, visit.actor, meeting.id, person_id, items)
    if found is None or not (found.talks or found.id):
        raise NotFound
    return meeting, found


def show(visit: Visit, name: str) -> tuple[WholeSpeakerOut, int]:
    key, _slash, person_id = name.rpartition("/")
    meeting, found = _find(visit, key, int(person_id))
    path = get_link_path(visit.session, found.id) if found.id is not None else None
    thing = WholeSpeakerOut(
        **_facts(found),
        meeting_key=meeting.key,
        link=visit.kit.site.base_url + path if path else None,
        link_ends_on=meeting.held_on + LINK_LASTS,
    )
    return thing, found.version


doors = Doors(router, WholeSpeakerOut, show, is_kept=False)
lists = Doors(router, SpeakersOut, show_all, is_kept=False)


@router.get(SPEAKERS, dependencies=[only(may_look_after_speakers)], response_model=SpeakersOut)
def list_all(visit: AVisit, key: MeetingKey) -> Response:
    """Everybody of the programme, as it is drafted, and what is missing from whom."""
    response = answer(visit, show_all(visit, key)[0])
    response.headers["Cache-Control"] = "no-store"
    return response


@router.get(ONE, dependencies=[only(may_look_after_speakers)], response_model=WholeSpeakerOut)
def show_one(visit: AVisit, key: MeetingKey, person_id: PersonId) -> Response:
    """One of them, with the link that opens their own page."""
    thing, version = show(visit, f"{key}/{person_id}")
    response = answer(visit, thing, version=version)
    response.headers["Cache-Control"] = "no-store"
    return response


@doors.put(ONE, may_look_after_speakers)
def set_address(visit: Visit, key: MeetingKey, person_id: PersonId, given: AddressInput) -> str:
    """Keep where somebody is written to, and in which language. Another address gets another link."""
    meeting, found = _find(visit, key, person_id)
    service.set_address(visit.session, visit.actor, meeting.id, found.person_id, given)
    return f"{meeting.key}/{found.person_id}"


def _do(visit: Visit, key: str, person_id: int, verb: Callable[[Session, Actor, int], object]) -> str:
    """A verb upon what is kept of the speaker, which is begun where nothing is yet."""
    meeting, found = _find(visit, key, person_id)
    kept = service.keep_speaker(visit.session, visit.actor, meeting.id, found.person_id)
    verb(visit.session, visit.actor, kept.id)
    return f"{meeting.key}/{found.person_id}"


@doors.post(ONE + "/nyt-link", may_look_after_speakers)
def renew_link(visit: Visit, key: MeetingKey, person_id: PersonId) -> str:
    """Make a link, or another one: the one before works no more."""
    return _do(visit, key, person_id, service.renew_link)


@doors.post(ONE + "/luk-link", may_look_after_speakers)
def end_link(visit: Visit, key: MeetingKey, person_id: PersonId) -> str:
    """Take the link back, until another is made."""
    return _do(visit, key, person_id, service.end_link)


@doors.put(ONE + "/slides", may_look_after_speakers)
def note_no_slides(visit: Visit, key: MeetingKey, person_id: PersonId, given: NoSlidesInput) -> str:
    """Note that somebody will show nothing at an item, or will after all."""
    return _do(
        visit,
        key,
        person_id,
        lambda session, actor, speaker_id: service.say_no_slides(
            session, actor, speaker_id, given.item_id, given.has_no_slides
        ),
    )


@lists.post(SPEAKERS + "/send-link", may_look_after_speakers)
def prepare_links(visit: Visit, key: MeetingKey) -> str:
    """Lay a mail with the own link in the outbox for all who have not been sent one; a person sends them."""
    meeting = find_meeting(visit, key)
    if service.prepare_links(visit.session, visit.actor, meeting.id) is None:
        raise Refused("no_speaker_to_write_to")
    return meeting.key


@lists.post(SPEAKERS + "/mind", may_look_after_speakers)
def prepare_reminder(visit: Visit, key: MeetingKey) -> str:
    """Lay a reminder in the outbox for all from whom something is missing; a person sends them."""
    meeting = find_meeting(visit, key)
    if service.prepare_reminder(visit.session, visit.actor, meeting.id) is None:
        raise Refused("no_speaker_to_write_to")
    return meeting.key
