"""J-S5: groups are made on a telephone by keyboard, one person is moved, locked and stays; then lists."""

import re
import time

from playwright.sync_api import expect

from tests.browser.conftest import Reader, Served, writing_on_the_phone
from tests.in_groups import gather_people


@writing_on_the_phone
def test_groups_are_made_by_rules_and_who_is_locked_stays(writer: Reader, served: Served) -> None:
    with served.tools.database.unit() as session:
        item_id = gather_people(session, 40, key="77").item.id
    page = writer.page
    writer.sign_in("Sekretariat")
    writer.open("/moeder/77/rediger/grupper")
    began = time.monotonic()
    page.get_by_role("link", name="Lav grupper").focus()
    page.keyboard.press("Enter")
    number = page.get_by_label("Antal", exact=True)
    number.focus()
    page.keyboard.press("Control+A")
    page.keyboard.type("8")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Meget god balance")).to_be_visible()
    expect(page.locator(".score")).to_contain_text("100")
    writer.look()

    tables = page.locator(".sitting")
    person = tables.first.locator("[data-who]").first
    who, name = person.get_attribute("data-who"), person.get_attribute("data-name")
    person.get_by_role("button").focus()
    page.keyboard.press("Space")
    expect(page.locator("#sagt")).to_contain_text(f"{name} er taget op")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    expect(page.locator("#sagt")).to_contain_text(f"{name} sidder nu i Gruppe 2.")
    expect(tables.nth(1).locator(f"[data-who={who}]")).to_be_visible()
    assert page.evaluate("document.activeElement.closest('[data-who]').dataset.who") == who
    assert "Grupperne er ikke lige store" in writer.text

    page.locator(f"#p-{who} input").focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Lås", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.locator(f"#p-{who}.is-locked")).to_be_visible()
    page.get_by_role("button", name="Lav igen").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".notice, .alert").first).to_contain_text("Grupperne er lavet.")
    expect(page.locator(f".sitting:nth-child(2) #p-{who}.is-locked")).to_be_visible()
    assert page.locator(".sitting .size").all_text_contents() == ["5 personer"] * 8
    page.get_by_role("link", name="Udskriv lister").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Lister over grupperne")).to_be_visible()
    writer.look()
    assert time.monotonic() - began < 90
    page.goto(re.sub(r"/lister.*", "/skilte", page.url))
    writer.look()

    page.set_viewport_size({"width": 1000, "height": 1600})
    page.goto(f"{writer.address}/moeder/77/rediger/grupper/{item_id}")
    other = tables.first.locator("[data-who]").first
    dragged = other.get_attribute("data-who")
    other.get_by_role("button").hover()
    page.mouse.down()
    tables.nth(1).locator("h3").hover()
    expect(tables.nth(1)).to_have_class(re.compile("is-over"))
    page.mouse.up()
    expect(page.locator("#sagt")).to_contain_text("sidder nu i Gruppe 2.")
    page.get_by_role("button", name="Fortryd sidste trin").click()
    expect(page.locator(f".sitting:nth-child(1) #p-{dragged}")).to_be_visible()
