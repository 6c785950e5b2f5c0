"""J-K8: a municipality asks the panel without a name and reads the answer in the record; by keys."""

import time

from playwright.sync_api import Browser, expect
from sqlalchemy import select

from app.core.policy import SYSTEM
from app.domain.attendance.models import LiveRoom
from app.domain.meetings.models import Meeting
from app.domain.panels import service
from app.domain.panels.models import PanelQuestion
from app.domain.polls.models import Poll
from app.domain.polls.service import close_poll
from tests.browser.conftest import Served, seat
from tests.browser.test_room_journey import tab_to
from tests.browser.test_sign_up_journey import press, tick, walk_to
from tests.in_room import seat as join_room
from tests.on_panels import add_open_poll, add_panel

SECONDS = 60
WORDS = "Hvem betaler for at rydde op i gamle data?"


def test_a_municipality_asks_without_a_name_and_finds_the_answer_in_the_record(
    chromium: Browser, served: Served
) -> None:
    with served.tools.database.unit() as session:
        meeting, item = add_panel(session, "25", visibility="public")
        code = session.scalars(select(LiveRoom.code).where(LiveRoom.meeting_id == meeting.id)).one()
        meeting_id, item_id = meeting.id, item.id
    with seat(chromium, served, "phone") as reader:
        page = reader.page
        reader.sign_in("Kommune")
        began = time.monotonic()
        reader.open(f"/k/{code}")
        press(reader, "Gå ind")
        press(reader, "Spørg panelet")
        tab_to(page, "textarea[name=text]")
        page.keyboard.type(WORDS)
        tab_to(page, "select[name=shown_as]")
        page.keyboard.type("Kun: En")
        walk_to(reader, "Send spørgsmålet")
        page.keyboard.press("Enter")
        mine, all_of_them = page.locator(".own-questions"), page.locator(".board-read")
        expect(all_of_them.locator(".panel-question.is-own")).to_contain_text("En kommune")
        expect(mine).to_contain_text("Venter")

        # The others back it, and the panel takes it up and answers.
        with served.tools.database.unit() as session:
            guest = join_room(session, session.get_one(Meeting, meeting_id))
            question_id = session.scalars(
                select(PanelQuestion.contribution_id).order_by(PanelQuestion.contribution_id)
            ).all()[-1]
            service.second(session, guest, question_id)
            service.put_now(session, SYSTEM, question_id)
        expect(all_of_them.locator("li.is-now")).to_contain_text("1 bakker op")
        expect(mine).to_contain_text("Panelet har det nu")
        with served.tools.database.unit() as session:
            service.mark_answered(session, SYSTEM, question_id, "Den, der ejer data.")
            poll_id = add_open_poll(session, session.get_one(Meeting, meeting_id)).id
        expect(mine).to_contain_text("Den, der ejer data.")
        reader.look()
        assert time.monotonic() - began < SECONDS

        # A vote, and another one, by the keys.
        reader.open("/moeder/25/lokale")
        press(reader, "Stem")
        tick(reader, "Data")
        walk_to(reader, "Stem")
        page.keyboard.press("Enter")
        expect(page.locator("[data-show=own_vote]")).to_have_text("Din stemme er modtaget: Data.")
        expect(page.locator(".poll-result")).to_contain_text("Data (100 %)")
        with served.tools.database.unit() as session:
            close_poll(session, SYSTEM, poll_id)
        expect(page.locator(".poll-result")).to_contain_text("Afstemningen er lukket.")
        expect(page.get_by_role("button", name="Stem")).to_have_count(0)
        reader.look()

        # Next week: in the record of the meeting, which links back to the own list and names nobody.
        reader.open("/moeder/25")
        assert WORDS in reader.text and "Den, der ejer data." in reader.text and "En kommune" in reader.text
        press(reader, "Dit spørgsmål")
        assert "Kun du kan se, at det er dit." in reader.text
        reader.open("/mit")
        assert WORDS in reader.text
    with seat(chromium, served, "phone") as stranger:
        stranger.open("/moeder/25")
        assert WORDS in stranger.text and "Dit spørgsmål" not in stranger.text
        assert "Signe Skabelon" not in stranger.text
    with served.tools.database.unit() as session:
        assert session.get_one(Poll, poll_id).voters == 1
        assert session.get_one(PanelQuestion, question_id).item_id == item_id
