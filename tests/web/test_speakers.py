"""Speakers: what staff sees and sends, and the speaker's own page behind a sealed link."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from app.core.audit import AuditEntry
from app.core.clock import moved_to, now
from app.core.mail import Mail
from app.domain.meetings.models import AgendaItem, Appearance, Meeting
from app.domain.outbox.models import Batch, Letter
from app.domain.outbox.service import send_again, send_batch
from app.domain.presentations.models import Deck, DeckRevision
from app.domain.speakers.models import Speaker, SpeakerConsent
from app.domain.speakers.service import end_link
from app.web import speaker_links
from tests.core.documents.samples import make_pdf
from tests.decks import add_deck_row, add_read_deck, add_revision_row
from tests.node.html_validate import find_html_errors
from tests.people import with_role
from tests.said import add_item_row, add_speaker_row
from tests.site import Browser, Site
from tests.speaking import Talk, add_coming_talk, link_of


@pytest.fixture
def talk(site: Site) -> Talk:
    with site.unit() as session:
        return add_coming_talk(session)


@pytest.fixture
def link(site: Site, talk: Talk) -> str:
    with site.unit() as session:
        return link_of(session, talk)


def write(browser: Browser, link: str, talk: Talk, title: str, **fields: str) -> Any:
    number = talk.item.id
    given = {"summary": "Hvad vi har lært.", "version": "1"} | fields
    typed = {f"{name}-{number}": value for name, value in ({"title": title} | given).items()}
    return browser.post(link, {"item_id": str(number)} | typed)


def send(browser: Browser, link: str, talk: Talk, file: Path, **fields: str) -> Any:
    field = f"file-{talk.item.id}"
    return browser.post(
        f"{link}/slides",
        {"item_id": str(talk.item.id)} | fields,
        files={field: (file.name, file.read_bytes())},
    )


# --- staff


def test_staff_sees_who_misses_what_and_strangers_see_nothing(site: Site, talk: Talk) -> None:
    page = site.browser("staff").get(talk.all_path).text
    assert "Oda Oplæg" in page and "oda@eksempel.example" in page
    assert all(words in page for words in ("Mangler slides", "Mangler tekst", "Mangler svar på samtykke"))
    assert [site.browser(who).get(talk.all_path).status_code for who in ("stranger", "vendor")] == [303, 403]


def test_all_missing_addresses_are_saved_at_once_and_a_wrong_one_keeps_what_was_typed(
    site: Site, talk: Talk
) -> None:
    with site.unit() as session:
        two = [add_speaker_row(session, talk.item, name).id for name in ("Ane Anden", "Bo Bror")]
    staff = site.browser("staff")
    typed = {f"email-{two[0]}": " ANE@x.example ", f"email-{two[1]}": "bo hos x"}
    wrong = staff.post(talk.all_path, typed)
    assert wrong.status_code == 422 and 'value="bo hos x"' in wrong.text
    right = staff.post(talk.all_path, typed | {f"email-{two[1]}": "bo@x.example"})
    assert right.status_code == 303
    with site.unit() as session:
        emails = session.scalars(
            select(Speaker.email).where(Speaker.person_id.in_(two)).order_by(Speaker.email)
        )
        assert emails.all() == ["ane@x.example", "bo@x.example"]


def test_links_and_reminders_wait_in_the_outbox_once_and_only_for_those_they_concern(
    site: Site, talk: Talk, link: str
) -> None:
    staff = site.browser("staff")
    key = str(uuid4())
    first, again = (staff.post(f"{talk.all_path}/send-link", {"key": key}) for _ in range(2))
    assert first.headers["location"] == again.headers["location"]
    # While the first mail waits, nobody is reminded; nor is there anybody left who has no link.
    assert staff.post(f"{talk.all_path}/mind").status_code == 409
    assert "Mailen ligger i udbakken" in staff.get(talk.all_path).text
    with site.unit() as session:
        letters = session.scalars(select(Letter).order_by(Letter.id)).all()
        assert [(one.email, one.about, one.about_id) for one in letters] == [
            ("oda@eksempel.example", "speaker", talk.speaker.id)
        ]
        batch = session.get_one(Batch, letters[0].batch_id)
        send_batch(session, site.people.staff, batch.id, batch.version)
    site.work()
    mail = next(path for path in (site.tools.mail.folder).iterdir()).read_text()
    assert "Din medvirken ved" in mail
    assert re.search(r"Link sendt ", staff.get(talk.all_path).text)
    assert staff.post(f"{talk.all_path}/mind").status_code == 303
    with site.unit() as session:
        assert session.scalars(select(Batch.facts).order_by(Batch.id)).all() == [
            {"is_reminder": False},
            {"is_reminder": True},
        ]


def test_a_new_link_and_a_new_address_end_the_link_before(site: Site, talk: Talk, link: str) -> None:
    staff, stranger = site.browser("staff"), site.browser()
    one = f"{talk.all_path}/{talk.person.id}"
    assert stranger.get(link).status_code == 200
    assert staff.post(f"{one}/nyt-link").status_code == 303
    assert stranger.get(link).status_code == 404
    with site.unit() as session:
        second = link_of(session, talk)
    assert second in staff.get(one).text and stranger.get(second).status_code == 200
    assert staff.post(one, {"email": "ny@x.example", "language": "en"}).status_code == 303
    assert stranger.get(second).status_code == 404
    assert staff.post(f"{one}/luk-link").status_code == 303
    assert "Linket er taget tilbage" in staff.get(one).text


def test_a_mail_that_waits_follows_to_the_new_address_and_none_takes_the_link_to_the_old(
    site: Site, talk: Talk, link: str
) -> None:
    staff = site.browser("staff")
    staff.post(f"{talk.all_path}/send-link")
    with site.unit() as session:
        read = session.scalars(select(Batch)).one()
        batch_id, version = read.id, read.version
    staff.post(f"{talk.all_path}/{talk.person.id}", {"email": "ny@x.example", "language": "da"})
    with site.unit() as session:
        batch = session.get_one(Batch, batch_id)
        assert batch.version > version
        assert session.scalars(select(Letter.email).order_by(Letter.id)).all() == ["ny@x.example"]
        send_batch(session, site.people.staff, batch.id, batch.version)
    site.work()
    with site.unit() as session:
        second = link_of(session, talk)
        mail = session.scalars(select(Mail)).one()
        assert mail.recipient == "ny@x.example" and second in mail.text
        # One that was tried in vain is tried again where it was; the link is not for whoever reads there.
        session.scalars(select(Letter)).one().status = "failed"
        session.get_one(Speaker, talk.speaker.id).email = "tredje@x.example"
        send_again(session, site.people.staff, batch_id)
    site.work()
    with site.unit() as session:
        again = session.scalars(select(Mail).order_by(Mail.id.desc()).limit(1)).one()
        assert again.recipient == "ny@x.example" and "/oplaegsholder/" not in again.text


def test_a_mail_that_waits_to_an_address_that_is_taken_away_is_left_out(site: Site, talk: Talk) -> None:
    staff = site.browser("staff")
    staff.post(f"{talk.all_path}/send-link")
    staff.post(f"{talk.all_path}/{talk.person.id}", {"email": "", "language": "da"})
    with site.unit() as session:
        assert session.execute(select(Letter.status, Letter.why)).one() == ("skipped", "dropped")


def test_staff_page_asks_the_database_as_often_for_many_speakers_as_for_one(site: Site, talk: Talk) -> None:
    staff = site.browser("staff")
    one = site.count_statements(staff, talk.all_path)
    with site.unit() as session:
        for number in range(30):
            item = add_item_row(session, talk.meeting, f"Oplæg {number}")
            item.kind = "talk"
            add_speaker_row(session, item, f"Person {number}")
            add_read_deck(session, talk.meeting, item=item)
    # The second time also the meetings and the speakers of the decks.
    assert (one, site.count_statements(staff, talk.all_path)) == (9, 11)


def test_staff_is_told_on_the_own_page_which_meetings_want_slides(site: Site, talk: Talk) -> None:
    staff = site.browser("staff")
    assert talk.all_path in staff.get("/mit").text
    page = staff.post(
        f"{talk.all_path}/{talk.person.id}/slides", {"item_id": str(talk.item.id), "has_no_slides": "1"}
    )
    assert page.status_code == 303
    assert talk.all_path not in staff.get("/mit").text


# --- the speaker's own page


def test_the_link_opens_the_own_page_alone_and_signs_nobody_in(site: Site, talk: Talk, link: str) -> None:
    stranger = site.browser()
    answer = stranger.get(link)
    assert answer.status_code == 200 and "Kære Oda Oplæg" in answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-robots-tag"] == "noindex, nofollow"
    assert "set-cookie" not in answer.headers and "oda@eksempel.example" not in answer.text
    assert stranger.get("/mit").status_code == 303
    wrong = [
        f"{link[:-1]}{'a' if link[-1] != 'a' else 'b'}",
        link.replace("/oplaegsholder/", "/oplaegsholder/9"),
    ]
    assert [stranger.get(path).status_code for path in wrong] == [404, 404]
    assert write(stranger, wrong[0], talk, "Kapret").status_code == 404


def test_the_pages_of_speakers_are_valid_html(site: Site, talk: Talk, link: str) -> None:
    with site.unit() as session:
        add_read_deck(session, talk.meeting, item=talk.item, access="participants")
        second = add_item_row(session, talk.meeting, "Endnu et oplæg")
        second.kind = "status"
        part = Appearance(item_id=second.id, position=1, person_id=talk.person.id, person_name="Oda Oplæg")
        session.add(part)
        add_revision_row(session, add_deck_row(session, talk.meeting, item=second))
    staff = site.browser("staff")
    wrong = site.browser().post(f"{link}/svar", {})
    assert wrong.status_code == 422
    pages = {
        path: staff.get(path).text for path in (talk.all_path, f"{talk.all_path}/{talk.person.id}", link)
    }
    assert (
        find_html_errors(pages | {"wrong": wrong.text, "closed": site.browser().get(f"{link}x").text}) == []
    )


def test_a_link_ends_a_month_after_the_meeting_and_says_so(site: Site, talk: Talk, link: str) -> None:
    with moved_to(now() + timedelta(days=61)):
        over = site.browser().get(link)
        assert over.status_code == 410 and "Linket virker ikke længere" in over.text
        assert write(site.browser(), link, talk, "For sent").status_code == 404
    with moved_to(now() + timedelta(days=60)):
        assert site.browser().get(link).status_code == 200


def test_a_draft_meeting_is_seen_through_the_link_but_not_around_it(site: Site) -> None:
    with site.unit() as session:
        talk = add_coming_talk(session, is_published=False)
        link = link_of(session, talk)
    stranger = site.browser()
    assert "Status på strategien" in stranger.get(link).text
    assert stranger.get(f"/moeder/{talk.meeting.key}").status_code == 404


def test_own_words_go_into_the_programme_marked_and_logged_as_come_by_the_link(
    site: Site, talk: Talk, link: str
) -> None:
    stranger = site.browser()
    assert write(stranger, link, talk, "Fælles målbilleder <b>").status_code == 303
    assert "Fælles målbilleder &lt;b&gt;" in stranger.get(link).text
    assert "Tekst fra oplægsholderen" in site.browser("staff").get(talk.all_path).text
    with site.unit() as session:
        item = session.get_one(AgendaItem, talk.item.id)
        assert (item.title, item.summary) == ("Fælles målbilleder <b>", "Hvad vi har lært.")
        logged = session.execute(
            select(AuditEntry.verb, AuditEntry.thing, AuditEntry.user_id, AuditEntry.user_name).order_by(
                AuditEntry.id
            )
        ).all()
    by_link = (None, "Oda Oplæg, via oplægsholderens link")
    assert [tuple(row) for row in logged] == [("edit", "item", *by_link), ("write", "speaker", *by_link)]


def test_words_that_somebody_changed_meanwhile_are_shown_and_nothing_is_lost(
    site: Site, talk: Talk, link: str
) -> None:
    stranger = site.browser()
    write(stranger, link, talk, "Den første")
    second = write(stranger, link, talk, "Den anden")
    assert second.status_code == 409 and "Sådan står det nu" in second.text
    assert 'value="Den anden"' in second.text and "Den første" in second.text
    assert f'name="version-{talk.item.id}" value="2"' in second.text


def test_words_for_a_published_programme_wait_in_its_draft_until_staff_publishes_them(
    site: Site, talk: Talk, link: str
) -> None:
    with site.unit() as session:
        session.get_one(Meeting, talk.meeting.id).programme_published_at = now()
    assert write(site.browser(), link, talk, "Et nyt emne").status_code == 303
    assert "Et nyt emne" in site.browser().get(link).text
    assert "Et nyt emne" not in site.browser().get(f"/moeder/{talk.meeting.key}/program").text
    assert "Venter i programmets kladde" in site.browser("staff").get(talk.all_path).text


def test_a_missing_title_and_a_text_with_a_cpr_number_are_told_at_their_fields(
    site: Site, talk: Talk, link: str
) -> None:
    answer = write(site.browser(), link, talk, "", summary="Ring til 010203-1234")
    assert answer.status_code == 422 and "Ring til 010203-1234" in answer.text
    assert f'href="#field-title-{talk.item.id}"' in answer.text
    assert f'href="#field-summary-{talk.item.id}"' in answer.text


def test_slides_are_sent_replaced_at_the_same_address_and_seen_by_whom_the_speaker_says(
    site: Site, talk: Talk, link: str, tmp_path: Path
) -> None:
    stranger = site.browser()
    file = make_pdf(tmp_path / "oplæg.pdf", [("Målbilleder", ["Ærø er med"])])
    assert send(stranger, link, talk, file).status_code == 303
    assert "Siderne bliver læst" in stranger.get(link).text
    site.work()
    page = stranger.get(link).text
    assert "oplæg.pdf" in page and "1 side" in page
    picture = re.search(r'src="(/oplaegsholder/[^"]+\.webp)', page)
    assert picture and stranger.get(picture.group(1)).headers["content-type"] == "image/webp"
    with site.unit() as session:
        deck = session.scalars(select(Deck)).one()
        assert (deck.item_id, deck.access, deck.title) == (talk.item.id, "staff", "Status på strategien")
    address = f"/oplaeg/{deck.id}"
    assert stranger.get(address).status_code == 404
    assert stranger.post(f"{link}/svar", {"slides": "public", "name": "yes"}).status_code == 303
    assert stranger.get(address).status_code == 200
    assert send(stranger, link, talk, file, deck_id=str(deck.id)).status_code == 303
    with site.unit() as session:
        assert session.scalar(select(func.count()).select_from(Deck)) == 1
        assert session.scalars(select(DeckRevision.number).order_by(DeckRevision.number)).all() == [1, 2]
    assert stranger.post(f"{link}/svar", {"slides": "staff", "name": "no"}).status_code == 303
    assert stranger.get(address).status_code == 404
    with site.unit() as session:
        kept = session.execute(
            select(
                SpeakerConsent.kind, SpeakerConsent.access, SpeakerConsent.withdrawn_at.is_not(None)
            ).order_by(SpeakerConsent.id)
        ).all()
        assert sorted(map(tuple, kept)) == [
            ("speaker_name", "public", True),
            ("speaker_slides", "public", True),
        ]


def test_a_file_that_is_none_of_the_three_kinds_is_refused_and_leaves_no_deck(
    site: Site, talk: Talk, link: str, tmp_path: Path
) -> None:
    file = tmp_path / "note.txt"
    file.write_text("hej")
    answer = send(site.browser(), link, talk, file)
    assert answer.status_code == 422 and "Filen skal være pdf, pptx eller odp" in answer.text
    with site.unit() as session:
        assert session.scalar(select(func.count()).select_from(Deck)) == 0


def test_a_file_that_was_on_its_way_when_the_link_was_taken_back_is_not_taken(
    site: Site, talk: Talk, link: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def take_link_back(*_given: object) -> None:
        with site.unit() as session:
            end_link(session, site.people.staff, talk.speaker.id)

    # Counting comes when the whole file has come, minutes after the link was looked at.
    monkeypatch.setattr(speaker_links, "count_against", take_link_back)
    file = make_pdf(tmp_path / "sent.pdf")
    assert send(site.browser(), link, talk, file).status_code == 404
    with site.unit() as session:
        assert session.scalar(select(func.count()).select_from(Deck)) == 0


def test_nobody_elses_talk_and_deck_can_be_reached_by_the_link(
    site: Site, talk: Talk, link: str, tmp_path: Path
) -> None:
    with site.unit() as session:
        other = add_item_row(session, talk.meeting, "En andens")
        other.kind = "talk"
        add_speaker_row(session, other, "Ane Anden")
        closed = add_read_deck(session, talk.meeting, item=other, access="staff", storage=site.tools.storage)
    stranger = site.browser()
    foreign = {"item_id": str(other.id), f"title-{other.id}": "Kapret", f"version-{other.id}": "1"}
    assert stranger.post(link, foreign).status_code == 409
    assert stranger.get(f"{link}/slides/{closed.id}/1.webp").status_code == 404
    file = make_pdf(tmp_path / "kapret.pdf", [("Kapret", [""])])
    sent = stranger.post(
        f"{link}/slides",
        {"item_id": str(talk.item.id), "deck_id": str(closed.id)},
        files={f"file-{talk.item.id}": ("kapret.pdf", file.read_bytes())},
    )
    assert sent.status_code == 303  # for the own talk; the other's deck is as it was
    with site.unit() as session:
        assert session.get_one(AgendaItem, other.id).title == "En andens"
        newest = select(func.max(DeckRevision.number)).where(DeckRevision.deck_id == closed.id)
        assert session.scalar(newest) == 1


def test_notes_are_the_speakers_alone_until_the_speaker_lets_all_read_them(
    site: Site, talk: Talk, link: str
) -> None:
    storage = site.tools.storage
    with site.unit() as session:
        meeting, item = session.get_one(Meeting, talk.meeting.id), session.get_one(AgendaItem, talk.item.id)
        own = add_read_deck(session, meeting, storage=storage, item=item).id
        foreign = add_read_deck(session, meeting, storage=storage, item=add_item_row(session, meeting)).id
    stranger, staff, words = site.browser(), site.browser("staff"), "Kun til oplægsholderen"
    by_link = stranger.get(f"{link}/slides/{own}/side/1")
    assert words in by_link.text and "Her kan kun du læse dem" in by_link.text
    assert by_link.headers["cache-control"] == "no-store"
    assert f'href="{link}/slides/{own}/side/2"' in stranger.get(link).text
    assert stranger.get(f"{link}/slides/{own}/side/2.webp").text == "stort 2"
    assert find_html_errors({"page": by_link.text, "own": stranger.get(link).text}) == []
    missing = (f"{foreign}/side/1", f"{own}/side/3", f"{own + 9}/side/1")
    assert [stranger.get(f"{link}/slides/{path}").status_code for path in missing] == [404, 404, 404]

    def read() -> list[bool]:
        others = [stranger.get(f"/oplaeg/{own}/side/1"), staff.get(f"/oplaeg/{own}/side/1")]
        return [words in page.text for page in (*others, stranger.get(f"/api/v1/oplaeg/{own}/sider/1"))]

    assert read() == [False, False, False]
    about = {"item_id": str(talk.item.id), "deck_id": str(own)}
    shown = stranger.post(f"{link}/noter", about | {"notes": "shown"})
    assert shown.headers["location"] == f"{link}?kvittering=speaker_notes_shown#slides-{talk.item.id}"
    assert read() == [True, True, True]
    assert stranger.post(f"{link}/noter", about | {"notes": "own"}).status_code == 303
    assert read() == [False, False, False]
    for status, wrong in ((404, {"deck_id": str(foreign)}), (422, {"deck_id": "x"}), (422, {"notes": ""})):
        assert stranger.post(f"{link}/noter", about | {"notes": "shown"} | wrong).status_code == status
    other_item = about | {"notes": "shown", "item_id": str(talk.item.id + 1), "deck_id": str(foreign)}
    assert stranger.post(f"{link}/noter", other_item).status_code == 409
    assert words not in stranger.get(f"/oplaeg/{foreign}/side/1").text
    with site.unit() as session:
        told = session.scalars(
            select(AuditEntry.after)
            .where(AuditEntry.thing == "deck", AuditEntry.thing_id == own)
            .order_by(AuditEntry.id)
        ).all()
    assert told == [{"shows_notes": True}, {"shows_notes": False}]


def test_who_only_sits_in_a_panel_is_asked_for_the_name_and_nothing_else(site: Site, talk: Talk) -> None:
    with site.unit() as session:
        item = session.get_one(AgendaItem, talk.item.id)
        item.kind = "panel"
        link = link_of(session, talk)
    page = site.browser().get(link).text
    assert "Her medvirker du" in page and "Gem teksten" not in page and "Send slides" not in page
    assert site.browser().post(f"{link}/svar", {"slides": "staff", "name": "yes"}).status_code == 303
    assert "Vi har alt, hvad vi skal bruge" in site.browser().get(link).text
    assert write(site.browser(), link, talk, "Panelets titel").status_code == 409


def test_who_is_signed_in_as_the_speaker_sees_the_own_slides_also_while_nobody_else_may(
    site: Site, talk: Talk
) -> None:
    with site.unit() as session:
        with_role(session, site.people.vendor, talk.meeting.id, "speaker", talk.person.id)
        meeting, item = session.get_one(Meeting, talk.meeting.id), session.get_one(AgendaItem, talk.item.id)
        deck_id = add_read_deck(session, meeting, storage=site.tools.storage, item=item, access="staff").id
    vendor = site.browser("vendor")
    link = vendor.get(f"/moeder/{talk.meeting.key}/mit-oplaeg").headers["location"]
    assert f"{link}/slides/{deck_id}/1.webp" in vendor.get(link).text
    assert vendor.get(f"{link}/slides/{deck_id}/1.webp").text == "lille 1"
    assert vendor.get(f"/oplaeg/{deck_id}").status_code == 404


def test_who_is_signed_in_as_the_speaker_comes_to_the_same_page_and_is_logged_by_name(
    site: Site, talk: Talk
) -> None:
    with site.unit() as session:
        with_role(session, site.people.vendor, talk.meeting.id, "speaker", talk.person.id)
    vendor = site.browser("vendor")
    link = vendor.get(f"/moeder/{talk.meeting.key}/mit-oplaeg").headers["location"]
    assert write(vendor, link, talk, "Skrevet af Vera").status_code == 303
    assert site.browser("rival").get(f"/moeder/{talk.meeting.key}/mit-oplaeg").status_code == 403
    with site.unit() as session:
        assert set(session.scalars(select(AuditEntry.user_id))) == {site.people.vendor.user_id}
        end_link(session, site.people.staff, talk.speaker.id)
    assert vendor.get(f"/moeder/{talk.meeting.key}/mit-oplaeg").status_code == 404
