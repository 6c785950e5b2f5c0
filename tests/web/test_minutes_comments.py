"""The page of what participants say of the minutes, and the one on which it is taken in or declined."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.core.clock import now, today
from app.domain.meetings.models import Meeting
from app.domain.minutes.comment_models import MinutesComment
from app.domain.minutes.models import Minutes, MinutesSection
from app.domain.registrations.models import Registration
from tests.on_minutes import sections_of, show_minutes
from tests.people import with_role
from tests.signing_up import put_sign_up_row
from tests.site import Site, keys_in

PATH = "/moeder/21/referat/bemaerkninger"
XSS = "<script>alert(1)</script>"


@pytest.fixture
def meeting(site: Site) -> Meeting:
    """Its minutes lie open; the vendor and the rival had signed up, and the consultancy writes them."""
    people = site.people
    with site.unit() as session:
        made = show_minutes(session, people.staff)
        for one in (people.vendor, people.rival, people.auditor):
            put_sign_up_row(session, one, made)
        with_role(session, people.consultancy, made.id, "rapporteur")
    return made


def say(site: Site, meeting: Meeting, text: str, **given: str) -> int:
    """The vendor says something of the welcome; the id of the comment."""
    with site.unit() as session:
        section = sections_of(session, meeting)["Velkomst"].id
    answer = site.browser("vendor").post(PATH, {"section": section, "text": text} | given)
    assert answer.status_code == 303, answer.text
    with site.unit() as session:
        return session.scalars(select(MinutesComment.id).order_by(MinutesComment.id.desc())).first() or 0


def test_only_those_who_were_there_and_those_who_write_read_the_comments(
    site: Site, meeting: Meeting
) -> None:
    say(site, meeting, f"Der mangler tal. {XSS}")
    answers = {name: site.browser(name).get(PATH) for name in site.people.all()}
    codes = {name: answer.status_code for name, answer in answers.items()}
    inside = dict.fromkeys(("vendor", "rival", "consultancy", "staff", "admin", "auditor"), 200)
    assert codes == dict.fromkeys(codes, 403) | inside | {"stranger": 303}
    # The link in the mail leads there, also for who is not signed in yet.
    assert "/log-ind" in answers["stranger"].headers["location"]
    assert "Referatet og bemærkningerne er for dem, der var med" in answers["newcomer"].text
    page = answers["rival"].text
    assert "Der mangler tal. &lt;script&gt;" in page and XSS not in page
    assert "Vera Vendor, Soft A/S" in page and "Træk tilbage" not in page
    assert "Skriv en bemærkning" not in answers["auditor"].text
    assert answers["rival"].headers["cache-control"] == "no-store"


def test_a_comment_is_sent_once_mended_taken_back_and_said_again(site: Site, meeting: Meeting) -> None:
    vendor = site.browser("vendor")
    with site.unit() as session:
        section = sections_of(session, meeting)["Velkomst"].id
    page = vendor.get(f"{PATH}?punkt={section}").text
    assert "Du bliver vist sådan for dem, der var med: Vera Vendor, Soft A/S." in page
    fields = {"section": section, "text": "Der mangler tal.", "proposed": "34 %", "key": keys_in(page)[-1]}
    first, second = vendor.post(PATH, fields), vendor.post(PATH, fields)
    assert first.status_code == second.status_code == 303
    assert first.headers["location"] == second.headers["location"]
    with site.unit() as session:
        comment = session.scalars(select(MinutesComment)).one()
    mended = vendor.get(f"{PATH}?ret={comment.id}").text
    assert ">\nDer mangler tal.</textarea>" in mended
    one = f"{PATH}/{comment.id}"
    assert vendor.post(f"{one}/ret", {"text": "Der mangler to tal.", "version": 1}).status_code == 303
    stale = vendor.post(f"{one}/ret", {"text": "Der mangler tre tal.", "version": 1})
    assert stale.status_code == 409 and "Der mangler tre tal.</textarea>" in stale.text
    assert vendor.post(f"{one}/traek-tilbage").status_code == 303
    assert "to tal" not in site.browser("rival").get(PATH).text
    assert "Trukket tilbage" in vendor.get(PATH).text
    assert vendor.post(f"{one}/fortryd").status_code == 303
    assert "to tal" in site.browser("rival").get(PATH).text
    assert site.browser("rival").post(f"{one}/traek-tilbage").status_code == 403


def test_who_cancels_the_sign_up_takes_the_own_comment_back_on_the_own_page(
    site: Site, meeting: Meeting
) -> None:
    comment = say(site, meeting, "Der mangler tal.")
    with site.unit() as session:
        whose = Registration.user_id == site.people.vendor.user_id
        registration = session.scalars(select(Registration).where(whose)).one()
        registration.status, registration.cancelled_at = "cancelled", now()
    vendor = site.browser("vendor")
    assert vendor.get(PATH).status_code == 403
    take_back = f"{PATH}/{comment}/traek-tilbage"
    own = vendor.get("/mit").text
    assert (f'action="{take_back}"' in own, f'href="{PATH}#' in own) == (True, False)
    assert site.browser("newcomer").post(take_back).status_code == 403
    done = vendor.post(take_back)
    assert done.headers["location"] == "/mit?kvittering=minutes_comment_withdrawn#referater"
    assert "Der mangler tal." not in site.browser("rival").get(PATH).text
    assert vendor.post(f"{PATH}/{comment}/fortryd").status_code == 403


def test_wrong_words_are_refused_with_a_sentence_and_stay_in_the_field(site: Site, meeting: Meeting) -> None:
    vendor = site.browser("vendor")
    with site.unit() as session:
        section = sections_of(session, meeting)["Velkomst"].id
    answer = vendor.post(PATH, {"section": section, "text": "Ring til 010203-1234", "proposed": "Nyt"})
    assert answer.status_code == 422
    assert "ligner et CPR-nummer" in answer.text and ">\nRing til 010203-1234</textarea>" in answer.text
    assert ">\nNyt</textarea>" in answer.text
    assert vendor.post(PATH, {"section": section, "text": "x" * 2001}).status_code == 422
    assert vendor.post(PATH, {"section": 987_654, "text": "Hvor?"}).status_code == 404
    assert vendor.get(f"{PATH}?punkt=²&ret=x").status_code == 200
    assert site.browser("stranger").post(PATH, {"section": section, "text": "Nej"}).status_code == 303
    assert site.browser("municipality").post(PATH, {"section": section, "text": "Nej"}).status_code == 403
    with site.unit() as session:
        session.get_one(Minutes, meeting.id).comment_until = today() - timedelta(days=1)
    late = vendor.post(PATH, {"section": section, "text": "For sent"})
    assert late.status_code == 409 and "Fristen for bemærkninger er gået" in late.text
    assert '<p class="as-typed" lang="da">For sent</p>' in late.text
    with site.unit() as session:
        session.get_one(Meeting, meeting.id).status = "closed"
    assert site.browser("municipality").get(PATH).status_code == 404
    taken_back = vendor.post(PATH, {"section": section, "text": "For sent"})
    assert taken_back.status_code == 409 and "ikke til kommentering nu" in taken_back.text


def test_staff_puts_in_what_is_proposed_and_takes_it_in(site: Site, meeting: Meeting) -> None:
    comment_id = say(site, meeting, "Der mangler tal.", proposed="34 % svarede.")
    staff, path = site.browser("staff"), f"{PATH}/{comment_id}"
    assert "1 bemærkning venter på jer." in staff.get(PATH).text
    with site.unit() as session:
        section = sections_of(session, meeting)["Velkomst"]
    fields = {"text": "Min rettelse.", "text_version": section.version, "version": 1, "reply": "Tak."}
    shown = staff.post(path, fields | {"decision": "insert"})
    assert shown.status_code == 200
    assert ">\nMin rettelse.\n\n34 % svarede.</textarea>" in shown.text and ">\nTak.</textarea>" in shown.text
    with site.unit() as session:
        session.get_one(MinutesSection, section.id).version += 1
    taken = fields | {"decision": "taken_in", "text": "Goddag.\n\n34 % svarede."}
    stale = staff.post(path, taken)
    assert stale.status_code == 409 and "Formanden bød velkommen." in stale.text
    assert ">\nGoddag.\n\n34 % svarede.</textarea>" in stale.text
    assert f'name="text_version" value="{section.version + 1}"' in stale.text
    assert staff.post(path, taken | {"text_version": section.version + 1}).status_code == 303
    with site.unit() as session:
        assert session.get_one(MinutesSection, section.id).text == "Goddag.\n\n34 % svarede."
    own = site.browser("vendor").get(PATH).text
    assert "Taget med" in own and "Tak." in own


def test_declining_needs_a_word_that_the_author_reads_here_and_on_the_own_page(
    site: Site, meeting: Meeting
) -> None:
    comment_id = say(site, meeting, "Der mangler tal.")
    writer, path = site.browser("consultancy"), f"{PATH}/{comment_id}"
    empty = writer.post(path, {"decision": "declined", "text": "Kladde", "version": 1})
    assert empty.status_code == 422 and "Skriv, hvorfor bemærkningen ikke kommer med." in empty.text
    assert ">\nKladde</textarea>" in empty.text
    vendor = site.browser("vendor")
    assert vendor.get(path).status_code == vendor.post(path).status_code == 403
    own = vendor.get("/mit").text
    assert "Læs og kommentér referatet" in own and "Der mangler tal." in own
    given = {"decision": "declined", "reply": "Det blev ikke sagt.", "version": 1}
    assert writer.post(path, given).status_code == 303
    assert "Det blev ikke sagt." in vendor.get("/mit").text
    assert "Det blev ikke sagt." in vendor.get(PATH).text
    assert writer.post(f"{path}/genaabn", {"version": 2}).status_code == 303
    assert "Det blev ikke sagt." not in vendor.get("/mit").text
    assert writer.post(f"{path}/skjul", {"reason": "Nej", "version": 3}).status_code == 403


def test_staff_hides_a_comment_with_a_reason(site: Site, meeting: Meeting) -> None:
    comment_id = say(site, meeting, "Noget om en borger.")
    staff, path = site.browser("staff"), f"{PATH}/{comment_id}"
    assert staff.post(f"{path}/skjul", {"reason": "", "version": 1}).status_code == 422
    assert staff.post(f"{path}/skjul", {"reason": "Der stod et navn.", "version": 1}).status_code == 303
    assert "Noget om en borger." not in site.browser("rival").get(PATH).text
    assert "Der stod et navn." in site.browser("vendor").get(PATH).text
    assert staff.post(f"{path}/vis", {"version": 2}).status_code == 303
    assert "Noget om en borger." in site.browser("rival").get(PATH).text


def test_minutes_that_wait_are_told_of_on_the_meeting_and_in_its_room(site: Site, meeting: Meeting) -> None:
    paths = ("/moeder/21", "/moeder/21/lokale")
    for path in paths:
        assert "Referatet venter på dig til og med" in site.browser("vendor").get(path).text, path
        for name in ("stranger", "municipality", "staff"):
            assert "Referatet venter på dig" not in site.browser(name).get(path).text, (path, name)


def test_the_page_asks_the_database_as_often_with_thirty_comments_as_with_one(
    site: Site, meeting: Meeting
) -> None:
    counts = []
    for number in (1, 29):
        with site.unit() as session:
            section = sections_of(session, meeting)["Velkomst"].id
            for one in range(number):
                session.add(
                    MinutesComment(
                        meeting_id=meeting.id,
                        section_id=section,
                        edition=1,
                        name="Nogen",
                        text=f"Nr. {one}",
                        user_id=site.people.rival.user_id,
                        made_at=now(),
                    )
                )
        counts.append([site.count_statements(site.browser(who), PATH) for who in ("vendor", "staff")])
    assert counts == [[5, 6], [5, 6]]
