"""Speakers: what the link opens and what not, whose answer holds, and who is written to."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from time import sleep
from types import SimpleNamespace

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.asking import read
from app.core.clock import moved_to, now
from app.core.policy import STRANGER, Actor, NotAllowed, NotFound, Refused
from app.domain.meetings import policy as meetings
from app.domain.meetings.drafts import list_draft_items
from app.domain.meetings.models import Appearance, Meeting
from app.domain.outbox.schemas import Recipient
from app.domain.presentations import policy as presentations
from app.domain.presentations.models import Deck
from app.domain.speakers.links import make_actor, open_link
from app.domain.speakers.models import SpeakerConsent
from app.domain.speakers.queries import find_speaker, recipients_of, slides_wanted_for
from app.domain.speakers.schemas import AddressInput, AnswerInput, WordsInput
from app.domain.speakers.service import answer, end_link, prepare_links, renew_link, set_address, write_words
from tests.decks import add_read_deck, add_revision_row
from tests.people import People, with_role
from tests.said import add_item_row, add_meeting_row, add_speaker_row
from tests.site import Site
from tests.speaking import Talk, add_coming_talk, add_speaker, link_of


@pytest.fixture
def talk(session: Session) -> Talk:
    return add_coming_talk(session, is_published=False)


def holder(session: Session, talk: Talk, visitor: Actor = STRANGER) -> Actor:
    """Who comes by the talk's link."""
    opened = open_link(session, talk.speaker.id, link_of(session, talk).rpartition("/")[2])
    assert opened is not None
    return make_actor(session, visitor, opened, "Oda, via link")


def test_the_link_opens_the_own_meeting_and_decks_and_rule_and_sql_agree(
    session: Session, talk: Talk
) -> None:
    other = add_item_row(session, talk.meeting)
    hidden = add_meeting_row(session, "31", is_published=False)
    decks = [
        add_read_deck(session, meeting, item=item, access=access)
        for meeting, item in ((talk.meeting, talk.item), (talk.meeting, other), (hidden, None))
        for access in ("public", "participants", "staff")
    ]
    actor = holder(session, talk)
    seen = set(session.scalars(select(Meeting.id).where(meetings.visible_to(actor))))
    assert seen == {talk.meeting.id}
    open_decks = set(session.scalars(select(Deck.id).where(presentations.visible_to(actor))))
    by_rule = {
        deck.id
        for deck in decks
        if presentations.may_see(
            actor, deck.access, SimpleNamespace(id=deck.meeting_id, is_published=False), deck.item_id
        )
    }
    assert open_decks == by_rule == {decks[0].id, decks[1].id, decks[2].id, decks[3].id}
    assert not actor.is_signed_in and not meetings.takes_part(actor, talk.meeting.id)
    assert not meetings.may_see_join_link(actor, talk.meeting.id)


def test_a_link_lives_until_a_month_after_the_day_and_a_new_one_ends_it(
    session: Session, people: People, talk: Talk
) -> None:
    sealed = link_of(session, talk).rpartition("/")[2]
    for days, is_over in ((60, False), (61, True)):
        with moved_to(now() + timedelta(days=days)):
            opened = open_link(session, talk.speaker.id, sealed)
            assert opened is not None and opened.is_over is is_over
    renew_link(session, people.staff, talk.speaker.id)
    assert open_link(session, talk.speaker.id, sealed) is None
    newer = link_of(session, talk).rpartition("/")[2]
    end_link(session, people.staff, talk.speaker.id)
    assert open_link(session, talk.speaker.id, newer) is None
    assert [open_link(session, number, sealed) for number in (0, 2**60, talk.speaker.id + 9)] == [None] * 3


def test_only_staff_looks_after_speakers_and_only_the_speaker_answers(
    session: Session, people: People, talk: Talk
) -> None:
    given = AnswerInput(slides="public", name="yes")
    vendor = with_role(session, people.vendor, talk.meeting.id, "speaker", talk.person.id)
    for actor in (STRANGER, people.rival, people.staff, holder(session, add_coming_talk(session, "32"))):
        with pytest.raises(NotAllowed):
            answer(session, actor, talk.speaker.id, given, "da")
    for actor in (STRANGER, vendor, holder(session, talk), people.auditor):
        with pytest.raises(NotAllowed):
            end_link(session, actor, talk.speaker.id)
        with pytest.raises(NotAllowed):
            set_address(session, actor, talk.meeting.id, talk.person.id, AddressInput(email="x@x.example"))
    answer(session, vendor, talk.speaker.id, given, "da")
    assert (talk.speaker.slides, talk.speaker.name_allowed) == ("public", True)
    with pytest.raises(NotFound):
        set_address(session, people.staff, talk.meeting.id, 2**40, AddressInput(email="x@x.example"))


def test_the_narrowest_answer_of_those_who_speak_holds_and_a_moderators_does_not_count(
    session: Session, people: People, talk: Talk
) -> None:
    deck = add_read_deck(session, talk.meeting, item=talk.item, access="staff")
    ane, host = (add_speaker_row(session, talk.item, name) for name in ("Ane Anden", "Vibeke Vært"))
    session.query(Appearance).filter_by(person_id=host.id).update({"role": "host"})
    second = Talk(talk.meeting, talk.item, ane, add_speaker(session, talk.meeting, ane, "ane@x.example"))
    third = Talk(talk.meeting, talk.item, host, add_speaker(session, talk.meeting, host, "v@x.example"))
    seen = []
    for one, slides in ((talk, "public"), (second, "participants"), (third, "staff"), (talk, "staff")):
        given = AnswerInput.model_validate({"slides": slides, "name": "yes"})
        answer(session, holder(session, one), one.speaker.id, given, "da")
        seen.append(deck.access)
    assert seen == ["public", "participants", "participants", "staff"]


def test_saying_the_same_again_keeps_the_consent_and_another_access_ends_it(
    session: Session, talk: Talk
) -> None:
    actor = holder(session, talk)
    for slides in ("public", "public", "participants"):
        given = AnswerInput.model_validate({"slides": slides, "name": "yes"})
        answer(session, actor, talk.speaker.id, given, "en")
    rows = session.execute(
        select(
            SpeakerConsent.kind,
            SpeakerConsent.access,
            SpeakerConsent.version,
            SpeakerConsent.language,
            SpeakerConsent.withdrawn_at.is_(None),
        ).order_by(SpeakerConsent.id)
    ).all()
    assert [tuple(row) for row in rows] == [
        ("speaker_slides", "public", 1, "en", False),
        ("speaker_name", "public", 1, "en", True),
        ("speaker_slides", "participants", 1, "en", True),
    ]


def test_words_for_a_talk_that_staff_took_off_the_programme_are_refused(session: Session, talk: Talk) -> None:
    actor = holder(session, talk)
    talk.meeting.programme_published_at = now()
    talk.item.is_removed = True
    session.flush()
    given = WordsInput(item_id=talk.item.id, title="For sent", summary="", version=1)
    with pytest.raises(Refused, match="not_your_talk"):
        write_words(session, actor, talk.speaker.id, given)


def test_everybody_on_the_programme_who_can_be_reached_is_a_recipient_once(
    session: Session, people: People, talk: Talk
) -> None:
    add_speaker_row(session, talk.item, "Uden Adresse")
    other = add_item_row(session, talk.meeting)
    signed_in = add_speaker_row(session, other, "Vera Vendor")
    with_role(session, people.vendor, talk.meeting.id, "speaker", signed_in.id)
    oda = Recipient("oda@eksempel.example", "Oda Oplæg", "da", None, "speaker", talk.speaker.id)
    vera = Recipient("vera@soft.example", "Vera Vendor", "da", people.vendor.user_id)
    assert recipients_of(session, talk.meeting.id) == [oda, vera]
    assert recipients_of(session, talk.meeting.id, [talk.item.id]) == [oda]
    assert recipients_of(session, talk.meeting.id, []) == []
    other.is_removed = True
    session.flush()
    # The draft takes her off; all others still read her name on the programme.
    assert recipients_of(session, talk.meeting.id) == [oda, vera]
    assert recipients_of(session, talk.meeting.id, [other.id]) == [vera]


def test_a_file_that_could_not_be_read_still_counts_as_missing(session: Session, people: People) -> None:
    talk = add_coming_talk(session)

    def lacks() -> tuple[tuple[str, ...], int]:
        items = list_draft_items(session, talk.meeting.id)
        found = find_speaker(session, people.staff, talk.meeting.id, talk.person.id, items)
        assert found is not None
        return found.lacks, sum(one.lacking for one in read(session, slides_wanted_for(people.staff)))

    assert lacks() == (("text", "slides", "answer"), 1)
    deck = add_read_deck(session, talk.meeting, item=talk.item)
    assert lacks() == (("text", "answer"), 0)
    add_revision_row(session, deck, 2, state="refused", refusal="broken")
    assert lacks() == (("text", "slides", "answer"), 1)


def test_who_has_no_address_or_no_link_is_written_to_by_nobody(
    session: Session, people: People, talk: Talk
) -> None:
    end_link(session, people.staff, talk.speaker.id)
    add_speaker_row(session, talk.item, "Uden Adresse")
    assert len(list_draft_items(session, talk.meeting.id)[0].people) == 2
    assert prepare_links(session, people.staff, talk.meeting.id) is None


def test_of_two_of_staff_who_lay_links_in_the_outbox_at_once_the_second_finds_nobody_left(site: Site) -> None:
    with site.unit() as session:
        meeting_id = add_coming_talk(session).meeting.id
    staff, admin = site.people.staff, site.people.admin

    def prepare_second() -> bool:
        with site.unit() as session:
            return prepare_links(session, admin, meeting_id) is None

    with ThreadPoolExecutor(1) as other:
        with site.unit() as session:
            assert prepare_links(session, staff, meeting_id) is not None
            second = other.submit(prepare_second)
            sleep(0.5)
        assert second.result(30)
