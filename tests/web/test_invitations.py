"""The pages of invitations: nothing is sent before somebody presses send, and a link answers one."""

import re
from html import unescape

import pytest
from sqlalchemy import select

from app.core.mail import Mail
from app.domain.invitations.links import path_of
from app.domain.invitations.models import Invitation
from app.domain.invitations.schemas import Invitee
from app.domain.invitations.service import invite
from app.domain.meetings.models import Meeting
from app.domain.outbox.models import Letter
from app.domain.users.models import User
from tests.node.html_validate import find_html_errors
from tests.signing_up import add_open_meeting, sign_up_for
from tests.site import Site, keys_in

LIST = "/moeder/12/invitationer"
CHECK = LIST + "/tjek"
PASTED = "Vera V <vera@soft.example>; Ny Nielsen <ny@her.example>\nforkert@her\nny@her.example"


@pytest.fixture
def meeting(site: Site) -> Site:
    with site.unit() as session:
        add_open_meeting(session)
    return site


def hidden(html: str, name: str) -> str:
    """The value of a field that the page carries along."""
    return unescape(re.findall(rf'name="{name}" value="([^"]*)"', html)[0])


def lay(site: Site, *emails: str) -> int:
    """Invitations in the outbox; the id of their batch."""
    with site.unit() as session:
        people = [Invitee(email) for email in emails]
        meeting_id = add_open_meeting(session).id
        return invite(session, site.people.staff, meeting_id, people).id


def send(site: Site, *emails: str) -> list[str]:
    """Invitations that have left, by way of the outbox; the addresses of their pages."""
    batch_id = lay(site, *emails)
    staff = site.browser("staff")
    page = staff.get(f"/udbakke/{batch_id}").text
    sent = staff.post(f"/udbakke/{batch_id}/send", {"version": hidden(page, "version")})
    assert sent.status_code == 303
    site.work()
    with site.unit() as session:
        ids = session.scalars(select(Invitation.id).order_by(Invitation.id)).all()
        return [path_of(session, one) for one in ids]


def count_letters(site: Site) -> int:
    with site.unit() as session:
        return len(session.scalars(select(Letter.id)).all())


def test_a_pasted_list_is_sorted_shown_and_laid_in_the_outbox_once(meeting: Site) -> None:
    staff = meeting.browser("staff")
    checked = staff.post(CHECK, {"people": PASTED, "language": "sv"})
    page = checked.text
    assert checked.status_code == 200
    assert "Vera Vendor" in page and "Her Kommune" in page and "Står på listen mere end én gang" in page
    assert "Der mangler et punktum efter @" in page and "Linje 2." in page
    assert '<option value="ny@her.example sv" selected>' in page
    assert count_letters(meeting) == 0
    fields = {
        "people": hidden(page, "people"),
        "language": hidden(page, "language"),
        "languages": ["ny@her.example en"],
        "fixes": "forkert@her",
        "key": keys_in(page)[-1],
    }
    first, again = staff.post(LIST, fields), staff.post(LIST, fields)
    with meeting.unit() as session:
        letters = session.execute(
            select(Letter.email, Letter.name, Letter.language).order_by(Letter.id)
        ).all()
        batch_id = session.scalars(select(Letter.batch_id).distinct()).one()
        assert session.scalars(select(Mail.id).order_by(Mail.id)).all() == []
    assert [tuple(letter) for letter in letters] == [
        ("vera@soft.example", "Vera Vendor", "da"),
        ("ny@her.example", "Ny Nielsen", "en"),
    ]
    target = f"/udbakke/{batch_id}?kvittering=invitations_wait"
    assert (first.headers["location"], again.headers["location"]) == (target, target)
    refused = staff.post(LIST, fields | {"key": keys_in(staff.get(LIST).text)[-1]})
    assert refused.status_code == 409 and "Der er ikke nogen tilbage på listen at invitere." in refused.text


def test_whoever_is_ticked_is_left_out_and_what_was_mended_is_shown_before_it_is_laid(meeting: Site) -> None:
    staff = meeting.browser("staff")
    page = staff.post(CHECK, {"people": PASTED}).text
    people = hidden(page, "people")
    mended = staff.post(LIST, {"people": people, "fixes": "rigtig@her.example"})
    assert mended.status_code == 200
    assert "Vi har læst dine rettelser med" in mended.text and "rigtig@her.example" in mended.text
    assert count_letters(meeting) == 0
    staff.post(LIST, {"people": hidden(mended.text, "people"), "skip": ["vera@soft.example"]})
    with meeting.unit() as session:
        letters = session.scalars(select(Letter.email).order_by(Letter.id)).all()
    assert letters == ["ny@her.example", "rigtig@her.example"]


def test_a_file_is_read_as_a_list_and_one_that_is_no_list_is_refused_with_the_text_kept(
    meeting: Site,
) -> None:
    staff = meeting.browser("staff")
    table = "Navn;Mail\r\nSøren Ærø;s@x.dk\r\n".encode("utf-16")
    read = staff.post(CHECK, {"people": "a@x.dk"}, files={"file": ("liste.csv", table, "text/csv")})
    assert "Søren Ærø" in read.text and "a@x.dk" in read.text
    wrong = staff.post(
        CHECK, {"people": "gemt@x.dk"}, files={"file": ("liste.xlsx", b"PK\x03\x04", "application/zip")}
    )
    assert (wrong.status_code, "Filen er ikke en CSV-fil." in wrong.text) == (422, True)
    assert ">\ngemt@x.dk</textarea>" in wrong.text
    empty = staff.post(CHECK, {"people": " \n"})
    assert (empty.status_code, "Sæt mindst én mailadresse ind" in empty.text) == (422, True)


def test_what_is_pasted_is_shown_as_text_and_never_as_markup(meeting: Site) -> None:
    evil = 'Evil"><script>alert(1)</script> evil@x.dk\n<b>x</b>\n"><i>y@'
    page = meeting.browser("staff").post(CHECK, {"people": evil}).text
    assert "<script>alert" not in page and "<i>y" not in page and "evil@x.dk" in page


def test_the_list_tells_how_it_stands_narrows_and_asks_as_often_with_thirty(meeting: Site) -> None:
    staff = meeting.browser("staff")
    with meeting.unit() as session:
        meeting_id = session.scalars(select(Meeting.id)).one()
        invite(session, meeting.people.staff, meeting_id, [Invitee("a@soft.example")])
    one = meeting.count_statements(staff, LIST)
    with meeting.unit() as session:
        people = [Invitee(f"p{number}@her.example") for number in range(29)]
        invite(session, meeting.people.staff, meeting_id, people)
    assert (one, meeting.count_statements(staff, LIST)) == (5, 5)
    page = staff.get(LIST).text
    assert "Venter i udbakken" in page and "Soft A/S" in page and page.count("Træk tilbage<") == 30
    assert "p28@her.example" not in staff.get(f"{LIST}?svar=tilmeldt").text


@pytest.mark.parametrize("who", ["vendor", "municipality", "auditor"])
def test_only_staff_comes_in(meeting: Site, who: str) -> None:
    browser = meeting.browser(who)
    answers = [
        browser.get(LIST),
        browser.post(CHECK, {"people": "a@x.dk"}),
        browser.post(LIST, {"people": ""}),
    ]
    assert [answer.status_code for answer in answers] == [403, 403, 403]


def test_an_invitation_that_is_sent_says_when_where_and_how_to_answer_in_the_readers_language(
    site: Site,
) -> None:
    with site.unit() as session:
        session.get_one(User, site.people.vendor.user_id).language = "en"
    first, second = send(site, "vera@soft.example", "ny@x.dk")
    with site.unit() as session:
        mails = {mail.recipient: mail for mail in session.scalars(select(Mail))}
    known, new = mails["vera@soft.example"], mails["ny@x.dk"]
    assert f"http://testserver/en{first}" in known.text and f"http://testserver{second}" in new.text
    assert "Kære" not in new.text and "Salen" in new.text and "1. marts 2090" in new.text
    assert new.html is not None and f'href="http://testserver{second}"' in new.html
    assert b"BEGIN:VCALENDAR" in (new.calendar or b"") and "/mails/afmeld/" in (new.unsubscribe or "")
    assert "Har ikke svaret" in site.browser("staff").get(LIST).text


def test_the_link_shows_the_meeting_takes_a_no_and_takes_it_back(site: Site) -> None:
    (path,) = send(site, "ny@x.dk")
    stranger = site.browser()
    shown = stranger.get(path)
    assert (shown.status_code, shown.headers["cache-control"]) == (200, "no-store")
    assert "noindex" in shown.headers["x-robots-tag"]
    assert "Møde 12" in shown.text and "n…@x.dk" in shown.text and "ny@x.dk" not in shown.text
    assert stranger.get(path[:-2] + "xx").status_code == 404
    declined = stranger.post(path + "/nej")
    assert declined.headers["location"] == f"{path}?kvittering=declined"
    after = stranger.get(path).text
    assert "Du har sagt nej tak." in after and f'action="{path}/nej"' not in after
    assert "Nej tak" in site.browser("staff").get(LIST).text
    stranger.post(path + "/fortryd")
    assert "Kommer du?" in stranger.get(path).text
    assert stranger.post(path[:-2] + "xx/nej").status_code == 404


def test_the_link_leads_to_signing_in_with_the_address_filled_in_and_on_to_the_sign_up(site: Site) -> None:
    (path,) = send(site, "ny@x.dk")
    page = site.browser().get(path + "/tilmeld")
    assert page.headers["cache-control"] == "no-store"
    assert 'value="ny@x.dk"' in page.text and 'name="videre" value="/moeder/12/tilmeld"' in page.text
    signed_in = site.browser("vendor").get(path + "/tilmeld")
    assert (signed_in.status_code, signed_in.headers["location"]) == (303, "/moeder/12/tilmeld")


def test_no_more_mails_is_said_by_the_link_and_holds_for_the_next_list(site: Site) -> None:
    (path,) = send(site, "ny@x.dk")
    stranger = site.browser()
    stranger.post(path + "/mails")
    assert "Send mig mails igen" in stranger.get(path).text
    checked = site.browser("staff").post(CHECK, {"people": "ny@x.dk"})
    assert "Har bedt om ikke at få mails fra os" in checked.text
    stranger.post(path + "/mails", {"fortryd": "1"})
    assert "Ingen flere mails" in stranger.get(path).text


def test_staff_reminds_with_one_press_and_takes_an_invitation_back(site: Site) -> None:
    (path,) = send(site, "ny@x.dk")
    staff = site.browser("staff")
    page = staff.get(LIST).text
    assert "Mind 1, der ikke har svaret, om det" in page
    reminded = staff.post(f"{LIST}/paamind")
    assert re.fullmatch(r"/udbakke/\d+\?kvittering=invitations_wait", reminded.headers["location"])
    batch = staff.get(reminded.headers["location"]).text
    assert "Kommer du? Møde 12" in batch and "vi har ikke hørt fra dig endnu" in batch
    assert staff.post(f"{LIST}/paamind").status_code == 409
    (action,) = re.findall(rf'action="({LIST}/\d+/traek-tilbage)"', page)
    assert staff.post(action).headers["location"] == f"{LIST}?kvittering=invitation_withdrawn"
    assert site.browser().get(path).status_code == 404


def test_a_reminder_that_waits_leaves_out_whoever_has_answered_in_the_meantime(site: Site) -> None:
    said_no, _, _ = send(site, "nej@x.dk", "vera@soft.example", "tavs@x.dk")
    staff = site.browser("staff")
    reminded = staff.post(f"{LIST}/paamind").headers["location"].partition("?")[0]
    site.browser().post(said_no + "/nej")
    with site.unit() as session:
        sign_up_for(session, site.people.vendor, session.scalars(select(Meeting)).one())
    staff.post(f"{reminded}/send", {"version": hidden(staff.get(reminded).text, "version")})
    site.work()
    with site.unit() as session:
        letters = session.execute(select(Letter.email, Letter.status, Letter.why).order_by(Letter.id)).all()
    assert [tuple(letter) for letter in letters[3:]] == [
        ("nej@x.dk", "skipped", "not_coming"),
        ("vera@soft.example", "skipped", "answered"),
        ("tavs@x.dk", "sent", ""),
    ]


def test_the_pages_that_no_address_alone_leads_to_are_valid_html(site: Site) -> None:
    (path,) = send(site, "ny@x.dk")
    stranger, staff = site.browser(), site.browser("staff")
    invited, check = stranger.get(path).text, staff.post(CHECK, {"people": PASTED}).text
    stranger.post(path + "/nej")
    declined, answered = stranger.get(path).text, staff.get(LIST).text
    pages = {"invited": invited, "check": check, "declined": declined, "answered": answered}
    assert find_html_errors(pages) == []
