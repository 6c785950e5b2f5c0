"""The outbox on the screen: read, edit, thin, send once, and see what became of it."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select, text

from app.core.clock import now
from app.core.mail import Mail
from app.domain.outbox.models import Batch, Letter
from app.domain.outbox.schemas import Kind, Recipient
from app.domain.outbox.service import discard_batch, opt_out, prepare
from tests.signing_up import add_open_meeting, sign_up_for
from tests.site import Site

OUTSIDERS = ("loner", "vendor", "municipality", "auditor")
ANNA, BO = Recipient("anna@x.example", "Anna <b>Ål</b>"), Recipient("bo@x.example", "Bo", "en")


@pytest.fixture
def batch_id(site: Site) -> int:
    return add_batch(site, "invitation", ANNA, BO)


def add_batch(site: Site, kind: Kind, *recipients: Recipient, key: str = "12") -> int:
    people = site.people
    with site.unit() as session:
        meeting = add_open_meeting(session, key, starts_at=None)
        facts = {"subject": "Parkering", "body": "Bag huset."}
        batch = prepare(
            session, people.staff, kind=kind, meeting_id=meeting.id, recipients=recipients, facts=facts
        )
        assert batch is not None
        return batch.id


def list_letter_ids(site: Site, batch_id: int) -> list[int]:
    with site.unit() as session:
        return list(session.scalars(select(Letter.id).where(Letter.batch_id == batch_id).order_by(Letter.id)))


def list_mails(site: Site) -> list[tuple[str, str]]:
    """Receiver and subject of every mail, in the order in which they were queued."""
    with site.unit() as session:
        found = session.execute(select(Mail.recipient, Mail.subject).order_by(Mail.id))
        return [tuple(row) for row in found]


def version_in(html: str) -> str:
    found = re.search(r'name="version" value="(\d+)"', html)
    assert found is not None
    return found[1]


def test_only_staff_comes_in(site: Site, batch_id: int) -> None:
    (letter_id, _) = list_letter_ids(site, batch_id)
    here = f"/udbakke/{batch_id}"
    pages = ["/udbakke", here, f"{here}/tilstand", f"{here}/slet", f"{here}/breve/{letter_id}"]
    pages += ["/moeder/12/udbakke", "/moeder/12/skriv"]
    verbs = ["/tekst", "/send", "/tilbage", "/slet", "/igen", f"/breve/{letter_id}/ud"]
    for page in pages:
        assert {site.browser(who).get(page).status_code for who in OUTSIDERS} == {403}, page
        assert site.browser().get(page).status_code == 303
        assert site.browser("staff").get(page).status_code == 200
    for verb in verbs:
        assert {site.browser(who).post(here + verb).status_code for who in OUTSIDERS} == {403}, verb
    assert list_mails(site) == []


def test_a_batch_is_read_edited_and_sent(site: Site, batch_id: int) -> None:
    staff, here = site.browser("staff"), f"/udbakke/{batch_id}"
    page = staff.get(here).text
    assert "Send nu til 2 modtagere" in page
    assert "Anna &lt;b&gt;Ål&lt;/b&gt;" in page
    words = {"language": "da", "subject": "Kom til møde", "body": "Nye ord.\n\n- et\n- to", "version": "1"}
    assert staff.post(f"{here}/tekst", words).headers["location"] == f"{here}?kvittering=batch_edited"
    assert list_mails(site) == []
    sent = staff.post(f"{here}/send", {"version": version_in(staff.get(here).text)})
    assert sent.headers["location"] == f"{here}?kvittering=batch_sent"
    site.work()
    assert list_mails(site) == [
        ("anna@x.example", "Kom til møde"),
        ("bo@x.example", "Invitation: Møde 12, 1 March 2090"),
    ]
    page = staff.get(here).text
    assert "2 mails er sendt" in page
    assert "Send nu" not in page


def test_a_form_sent_twice_and_a_second_window_send_nothing_more(site: Site, batch_id: int) -> None:
    staff, admin, here = site.browser("staff"), site.browser("admin"), f"/udbakke/{batch_id}"
    form = {"version": "1", "key": str(uuid4())}
    answers = [staff.post(f"{here}/send", form) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    other = admin.post(f"{here}/send", {"version": "1"})
    assert other.status_code == 409
    assert "Mailene er allerede sendt eller smidt væk." in other.text
    site.work()
    assert [receiver for receiver, _ in list_mails(site)] == ["anna@x.example", "bo@x.example"]


def test_words_that_another_changed_meanwhile_are_not_sent_unread(site: Site, batch_id: int) -> None:
    staff, admin, here = site.browser("staff"), site.browser("admin"), f"/udbakke/{batch_id}"
    words = {"language": "da", "subject": "Mit emne", "body": "Mine ord", "version": "1"}
    admin.post(f"{here}/tekst", words)
    refused = staff.post(f"{here}/send", {"version": "1"})
    assert refused.status_code == 409
    assert "siden du læste dem" in refused.text
    stale = staff.post(f"{here}/tekst", words | {"subject": "Andet emne"})
    assert stale.status_code == 409
    assert 'value="Andet emne"' in stale.text
    assert list_mails(site) == []


def test_words_for_mails_that_a_new_move_threw_away_are_kept_on_the_page_that_says_so(
    site: Site, batch_id: int
) -> None:
    staff, here = site.browser("staff"), f"/udbakke/{batch_id}"
    (letter_id, _) = list_letter_ids(site, batch_id)
    with site.unit() as session:
        discard_batch(session, site.people.admin, batch_id, 1)
    words = {"language": "da", "subject": "Mit emne", "body": "En halv times ord", "version": "1"}
    answers = [
        staff.post(here + verb, given)
        for verb, given in (
            ("/tekst", words),
            ("/send", {"version": "1"}),
            ("/tilbage", {"version": "1"}),
            ("/slet", {"version": "1"}),
        )
    ]
    assert [answer.status_code for answer in answers] == [409] * 4
    assert all("Mailene er allerede sendt eller smidt væk." in answer.text for answer in answers)
    assert 'value="Mit emne"' in answers[0].text and "En halv times ord</textarea>" in answers[0].text
    assert not any("Send nu" in answer.text for answer in answers)
    gone = [staff.get(here), staff.get(here + "/slet"), staff.post(f"{here}/breve/{letter_id}/ud")]
    assert [answer.status_code for answer in gone] == [404] * 3


def test_a_moment_missing_in_an_old_form_does_not_send_words_that_another_changed(
    site: Site, batch_id: int
) -> None:
    staff, here = site.browser("staff"), f"/udbakke/{batch_id}"
    words = {"language": "da", "subject": "Andres emne", "body": "Andres ord", "version": "1"}
    site.browser("admin").post(f"{here}/tekst", words)
    incomplete = staff.post(f"{here}/send", {"version": "1", "on": "2030-01-07", "at": ""})
    assert incomplete.status_code == 422
    planned = incomplete.text[incomplete.text.index('class="more"') :]
    later = {"on": "2030-01-07", "at": "8.30", "version": version_in(planned)}
    stale = staff.post(f"{here}/send", later)
    assert stale.status_code == 409
    known = version_in(stale.text[stale.text.index('class="more"') :])
    assert staff.post(f"{here}/send", later | {"version": known}).status_code == 303


def test_wrong_words_stay_and_are_told(site: Site, batch_id: int) -> None:
    words = {"language": "da", "subject": "", "body": "Det skrev jeg", "version": "1"}
    answer = site.browser("staff").post(f"/udbakke/{batch_id}/tekst", words)
    assert answer.status_code == 422
    assert "Det skrev jeg</textarea>" in answer.text
    assert 'href="#field-subject"' in answer.text


def test_one_letter_is_read_word_for_word(site: Site, batch_id: int) -> None:
    (anna, bo) = list_letter_ids(site, batch_id)
    staff, here = site.browser("staff"), f"/udbakke/{batch_id}/breve"
    page = staff.get(f"{here}/{anna}").text
    assert "<p>Kære Anna &lt;b&gt;Ål&lt;/b&gt;</p>" in page
    assert "Onsdag den 1. marts 2090" in page
    assert f'href="http://testserver/mails/afmeld/{anna}/' in page
    assert "<p>Dear Bo</p>" in staff.get(f"{here}/{bo}").text
    assert staff.get(f"/udbakke/{batch_id + 1}/breve/{anna}").status_code == 404


def test_who_is_taken_out_gets_nothing(site: Site, batch_id: int) -> None:
    (anna, _) = list_letter_ids(site, batch_id)
    staff, here = site.browser("staff"), f"/udbakke/{batch_id}"
    staff.post(f"{here}/breve/{anna}/ud")
    page = staff.get(here).text
    assert "Send nu til 1 modtager" in page
    assert "taget ud" in page
    staff.post(f"{here}/send", {"version": version_in(page)})
    site.work()
    assert [receiver for receiver, _ in list_mails(site)] == ["bo@x.example"]


def test_it_can_be_planned_and_taken_back(site: Site, batch_id: int) -> None:
    staff, here = site.browser("staff"), f"/udbakke/{batch_id}"
    past = staff.post(f"{here}/send", {"version": "1", "on": "2020-01-01", "at": "8.30"})
    assert (past.status_code, "Tidspunktet er passeret." in past.text) == (422, True)
    half = staff.post(f"{here}/send", {"version": "1", "on": "2089-01-01", "at": ""})
    assert (half.status_code, "Vælg både dag og klokkeslæt." in half.text) == (422, True)
    staff.post(f"{here}/send", {"version": "1", "on": "2089-07-01", "at": "8.30"})
    page = staff.get(here).text
    assert "1. juli 2089 kl. 08.30" in page
    staff.post(f"{here}/tilbage", {"version": version_in(page)})
    assert "Send nu til 2 modtagere" in staff.get(here).text
    site.work()
    assert list_mails(site) == []


def test_what_is_thrown_away_is_asked_about_first_and_then_gone(site: Site, batch_id: int) -> None:
    staff, here = site.browser("staff"), f"/udbakke/{batch_id}"
    assert "Ingen af de 2 modtagere får mailen." in staff.get(f"{here}/slet").text
    assert staff.post(f"{here}/slet", {"version": "1"}).status_code == 303
    assert staff.get(here).status_code == 404
    assert "Der venter ingen mails." in staff.get("/udbakke").text


def test_the_page_tells_what_became_of_each(site: Site) -> None:
    with site.unit() as session:
        opt_out(session, "nej@x.example")
    addresses = ("ok", "væk", "retur", "nej")
    batch_id = add_batch(site, "message", *(Recipient(f"{one}@x.example") for one in addresses))
    staff, here = site.browser("staff"), f"/udbakke/{batch_id}"
    staff.post(f"{here}/send", {"version": "1"})
    site.work()
    with site.unit() as session:
        gone = "update letter set status = 'failed', why = '5.1.1' where email like 'væk%'"
        back = "update letter set status = 'bounced', why = '5.2.2' where email like 'retur%'"
        session.execute(text(gone))
        session.execute(text(back))
    page = staff.get(here).text
    rows = re.findall(r"<h3><a [^>]*>([^<]*)<.*?letter-state\">(.*?)</div>", page, re.DOTALL)
    told = [(name, re.sub(r"<[^>]+>", "", state).split("\n")[0].strip()) for name, state in rows]
    assert told == [
        ("retur@x.example", "Kom retur postkassen er fuld (5.2.2)"),
        ("væk@x.example", "Ikke leveret adressen findes ikke (5.1.1)"),
        ("nej@x.example", "Får den ikke har sagt nej til den slags mails"),
        ("ok@x.example", "Sendt"),
    ]
    assert "Prøv igen med dem, der ikke blev leveret" in page


def test_progress_is_told_while_mails_leave(site: Site, batch_id: int) -> None:
    staff, here = site.browser("staff"), f"/udbakke/{batch_id}"
    staff.post(f"{here}/send", {"version": "1"})
    block = staff.get(f"{here}/tilstand").text
    assert 'data-hx-trigger="every 2s"' in block
    assert "0 af 2 er sendt." in block
    site.work()
    assert "data-hx-trigger" not in staff.get(f"{here}/tilstand").text


def test_what_waits_is_told_where_staff_comes(site: Site, batch_id: int) -> None:
    staff = site.browser("staff")
    assert 'href="/udbakke"' in staff.get("/mit").text
    assert f'href="/udbakke/{batch_id}"' in staff.get("/udbakke").text
    assert f'href="/udbakke/{batch_id}"' in staff.get("/moeder/12/udbakke").text
    assert 'href="/moeder/12/udbakke"' in staff.get("/moeder/12").text
    assert "/udbakke" not in site.browser("vendor").get("/moeder/12").text
    assert "/udbakke" not in site.browser("vendor").get("/mit").text


def test_a_message_to_those_who_signed_up_waits_in_the_outbox(site: Site) -> None:
    people = site.people
    with site.unit() as session:
        meeting = add_open_meeting(session, seats=10)
        sign_up_for(session, people.vendor, meeting)
        sign_up_for(session, people.loner, meeting, organisation=None)
    staff = site.browser("staff")
    mails = len(list_mails(site))
    empty = staff.post("/moeder/12/skriv", {"subject": "Parkering", "body": "Bag huset."})
    assert (empty.status_code, "Vælg mindst én slags modtagere." in empty.text) == (422, True)
    assert "Bag huset.</textarea>" in empty.text
    nobody = {"subject": "x", "body": "y", "statuses": "waiting"}
    assert "Ingen af dem, du har valgt, kan få en mail." in staff.post("/moeder/12/skriv", nobody).text
    given = {"subject": "Parkering", "body": "Bag <huset>.", "statuses": "registered"}
    page = staff.post("/moeder/12/skriv", given).headers["location"].partition("?")[0]
    assert "Send nu til 2 modtagere" in staff.get(page).text
    assert len(list_mails(site)) == mails
    staff.post(f"{page}/send", {"version": "1"})
    site.work()
    with site.unit() as session:
        mail = session.scalars(select(Mail).order_by(Mail.id.desc()).limit(1)).one()
        assert "Bag <huset>." in mail.text
        assert mail.html is not None and "Bag &lt;huset&gt;." in mail.html


@pytest.mark.parametrize("many", [1, 30])
def test_statements_do_not_grow_with_the_rows(site: Site, many: int) -> None:
    batch_id = add_batch(site, "invitation", *(Recipient(f"{number}@x.example") for number in range(many)))
    for number in range(many):
        add_batch(site, "message", ANNA, key=f"møde-{number}")
    staff = site.browser("staff")
    assert site.count_statements(staff, "/udbakke") == LISTING
    assert site.count_statements(staff, f"/udbakke/{batch_id}") == BATCH
    assert site.count_statements(staff, "/moeder/12/udbakke") == OF_MEETING


LISTING, BATCH, OF_MEETING = 6, 7, 4


def test_a_planned_batch_leaves_by_itself(site: Site, batch_id: int) -> None:
    staff, here = site.browser("staff"), f"/udbakke/{batch_id}"
    staff.post(f"{here}/send", {"version": "1", "on": "2089-07-01", "at": "8.30"})
    with site.unit() as session:
        session.get_one(Batch, batch_id).send_at = now() - timedelta(minutes=1)
        session.execute(text("update procrastinate_jobs set scheduled_at = now()"))
    site.work()
    assert len(list_mails(site)) == 2


def test_own_words_of_an_invitation_are_marked_when_the_meeting_has_changed_since(
    site: Site, batch_id: int
) -> None:
    staff, here = site.browser("staff"), f"/udbakke/{batch_id}"
    words = {"language": "da", "subject": "Kom den 1. marts", "body": "Vi ses den 1. marts.", "version": "1"}
    staff.post(f"{here}/tekst", words)
    assert "har ændret sig" not in staff.get(here).text
    day = {"version": "1", "held_on": "2090-03-11", "date_certainty": "stated"}
    assert staff.post("/moeder/12/rediger/status/ny-dato", day).status_code == 303
    page = staff.get(here).text
    assert "Mødet har ændret sig, siden teksten blev skrevet" in page
    assert "Det er flyttet og holdes nu 11. marts 2090." in page
    staff.post(f"{here}/tekst", words | {"version": version_in(page), "subject": "Kom den 11. marts"})
    assert "har ændret sig" not in staff.get(here).text


def test_an_invitation_to_a_meeting_that_is_off_has_no_button_to_send(site: Site, batch_id: int) -> None:
    staff, here = site.browser("staff"), f"/udbakke/{batch_id}"
    off = {"version": "1", "reason": "Salen er oversvømmet."}
    assert staff.post("/moeder/12/rediger/status/aflys", off).status_code == 303
    page = staff.get(here).text
    assert "Send nu" not in page and "Planlæg" not in page and f'href="{here}/slet"' in page
    assert "Mødet er aflyst, så der kan ikke inviteres til det." in page
    refused = staff.post(f"{here}/send", {"version": "1"})
    assert refused.status_code == 409
    assert "Mødet er aflyst, så der kan ikke inviteres til det." in refused.text
    assert [subject for _, subject in list_mails(site) if "Invitation" in subject] == []


def test_the_outbox_speaks_of_what_goes_to_many_and_not_of_receipts(site: Site) -> None:
    with site.unit() as session:
        add_open_meeting(session)
    staff = site.browser("staff")
    page, of_meeting = staff.get("/udbakke").text, staff.get("/moeder/12/udbakke").text
    assert "Udsendelser til mange forlader ikke huset, før nogen har læst dem og trykket på send." in page
    assert "Kvitteringer for tilmelding går af sig selv." in page
    assert "Ingen udsendelser er sendt endnu." in page and "Der er ikke sendt noget" not in page
    assert "Der er ingen udsendelser om mødet. Kvitteringer for tilmelding går af sig selv." in of_meeting
