"""A stranger takes the meetings along (J-P4); somebody signed in makes a calendar of their own."""

import time

import vobject

from tests.browser.conftest import Reader, on_the_phone, writing_on_the_phone
from tests.browser.test_sign_up_journey import walk_to


@on_the_phone
def test_the_keyboard_alone_finds_the_calendar_and_the_feed_in_a_minute(reader: Reader) -> None:
    begun = time.monotonic()
    page = reader.page
    reader.open("/moeder")
    walk_to(reader, "Abonnér på kalender")
    page.keyboard.press("Enter")
    page.wait_for_url("**/kalender")
    reader.look()
    walk_to(reader, "Åbn i dit kalenderprogram")
    webcal = page.evaluate("document.activeElement.href")
    assert webcal == f"webcal:{reader.address.partition(':')[2]}/moeder.ics"
    fetched = page.request.get(webcal.replace("webcal:", "http:", 1))
    events = vobject.readOne(fetched.text()).vevent_list
    assert any(event.dtstart.value.year == 2027 for event in events)
    reader.open("/")
    walk_to(reader, "Følg uden konto")
    page.keyboard.press("Enter")
    page.wait_for_url("**/kalender#foelg")
    assert page.locator("#foelg").is_visible()
    walk_to(reader, "Møderne som Atom")
    feed = page.request.get(page.evaluate("document.activeElement.href"))
    assert feed.headers["content-type"] == "application/atom+xml; charset=utf-8"
    assert time.monotonic() - begun < 60


@writing_on_the_phone
def test_one_makes_a_calendar_of_ones_own_changes_its_address_and_closes_it(writer: Reader) -> None:
    writer.sign_in("Leverandør")
    writer.open("/mit/kalender")
    writer.press("Lav min kalender")
    address = writer.page.get_by_label("Din hemmelige adresse")
    first = address.input_value()
    calendar = vobject.readOne(writer.page.request.get(first).text())
    assert calendar.contents["x-wr-calname"][0].value == "Mine møder i Dialogforum"
    writer.press("Lav en ny adresse")
    assert "Den gamle virker ikke længere." in writer.text
    assert address.input_value() != first
    writer.press("Luk kalenderen")
    assert "Kalenderen er lukket." in writer.text
    assert writer.page.get_by_role("button", name="Lav min kalender").is_visible()
