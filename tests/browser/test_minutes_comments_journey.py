"""Somebody who was there comments on the minutes and evaluates the meeting, on a phone by keyboard; staff
puts in what was proposed, and the author reads it."""

import time

from playwright.sync_api import Browser, expect
from sqlalchemy import select

from app.core.policy import SYSTEM, Actor
from app.domain.evaluations.models import EvaluationAnswer
from app.domain.meetings.models import Meeting
from app.domain.minutes.models import MinutesSection
from app.domain.users.models import Membership, User
from tests.browser.conftest import Served, seat
from tests.browser.test_room_journey import tab_to
from tests.browser.test_sign_up_journey import press, walk_to
from tests.node.html_validate import find_html_errors
from tests.on_minutes import show_minutes
from tests.signing_up import put_sign_up_row

SECONDS = 90
TEXTS = {"Velkomst": "Formanden bød velkommen.", "Panel": "Panelet drøftede prisen."}


def test_a_participant_comments_and_evaluates_and_staff_takes_the_comment_in(
    chromium: Browser, served: Served
) -> None:
    with served.tools.database.unit() as session:
        meeting = show_minutes(session, SYSTEM, "27", texts=TEXTS)
        user = session.scalars(select(User).where(User.name == "Signe Skabelon")).one()
        membership = session.scalars(select(Membership).where(Membership.user_id == user.id)).one()
        actor = Actor(user.id, organisation_id=membership.organisation_id)
        put_sign_up_row(session, actor, meeting, organisation_name="Eksempelkommune")
    with seat(chromium, served, "phone") as reader:
        page = reader.page
        reader.sign_in("Kommune")
        began = time.monotonic()
        reader.open("/mit")
        press(reader, "Læs og kommentér referatet af Møde 27")
        press(reader, "Skriv en bemærkning til Panel")
        assert find_html_errors({"form": page.content()}) == []
        tab_to(page, "textarea[name=text]")
        page.keyboard.type("Der manglede et tal.")
        # What is half typed is there again, also after the page was left.
        page.wait_for_timeout(600)
        with page.expect_navigation():
            page.reload()
        expect(page.locator("textarea[name=text]")).to_have_value("Der manglede et tal.")
        tab_to(page, "textarea[name=proposed]")
        page.keyboard.type("Prisen er 34 kr.")
        press(reader, "Send bemærkningen")
        mine = page.locator(".comment.is-own")
        expect(mine).to_contain_text("Signe Skabelon, Eksempelkommune")
        expect(mine).to_contain_text("Venter på svar")
        reader.open("/moeder/27")
        press(reader, "Hvad syntes du om mødet?")
        for _question in range(3):
            tab_to(page, "input[type=radio]:not(:checked)")
            page.keyboard.press("ArrowDown")
        walk_to(reader, "Send")
        with page.expect_navigation():
            page.keyboard.press("Enter")
        reader.look()
        assert time.monotonic() - began < SECONDS
        with served.tools.database.unit() as session:
            assert session.scalars(select(EvaluationAnswer.user_id).order_by(EvaluationAnswer.id)).all() == [
                user.id
            ]

        with seat(chromium, served, "phone") as staff:
            staff.sign_in("Sekretariat")
            staff.open("/moeder/27/referat")
            press(staff, "Bemærkninger")
            press(staff, "Tag stilling")
            press(staff, "Sæt forslaget ind i teksten")
            text = staff.page.locator("textarea[name=text]")
            expect(text).to_have_value("Panelet drøftede prisen.\n\nPrisen er 34 kr.")
            assert find_html_errors({"decide": staff.page.content()}) == []
            press(staff, "Gem teksten, og tag den med")
            assert "Ingen bemærkninger venter." in staff.text

        reader.open("/mit")
        assert "Taget med" in reader.text and "Der manglede et tal." in reader.text
    with served.tools.database.unit() as session:
        found = select(MinutesSection.text).join(Meeting, Meeting.id == MinutesSection.meeting_id)
        found = found.where(Meeting.key == "27", MinutesSection.title == "Panel")
        assert session.scalars(found).one() == "Panelet drøftede prisen.\n\nPrisen er 34 kr."
