"""A municipality presses its own project by itself (J-K7); what an assessor types is kept as they type."""

import re
import time

from playwright.sync_api import expect

from tests.browser.conftest import Reader, writing_on_the_phone
from tests.browser.test_sign_up_journey import walk_to, write

LIST = "/trykproever"
SECONDS = 180  # what it may take to press one's own project
OF_DEMO = 4  # the example that waits for Signe Skabelon


def press_focused(writer: Reader, name: str) -> None:
    """By keyboard alone: on to what is called this, and press it."""
    walk_to(writer, name, most=150)
    with writer.page.expect_navigation():
        writer.page.keyboard.press("Enter")
    writer.look()


def choose(writer: Reader, steps: int, why: str) -> None:
    """On to the next theme, so many choices to the right, and why."""
    walk_to(writer, "●Rammer", most=8)
    writer.page.keyboard.press("Space")
    for _ in range(steps):
        writer.page.keyboard.press("ArrowRight")
    writer.page.keyboard.press("Tab")
    writer.page.keyboard.type(why)


@writing_on_the_phone
def test_the_keyboard_alone_presses_an_own_project_reads_what_is_missing_and_nobody_else_knows(
    writer: Reader,
) -> None:
    writer.sign_in("Kommune")
    writer.open(LIST)
    begun = time.monotonic()
    press_focused(writer, "Trykprøv et projekt")
    # The municipality's own policy is what stands first; here it is the joint strategy.
    walk_to(writer, "Hold op mod:", most=60)
    writer.page.keyboard.press("Enter")
    for name in ("Eksempel: Digitaliseringspolitik", "Kommunernes Digitaliseringsprogram"):
        walk_to(writer, name)
        writer.page.keyboard.press("Space")
    press_focused(writer, "Vis temaerne")
    write(writer, "Navn, hvis det ikke står på listen", "Sensorer i skraldespande")
    for steps in (2, 1, 2, 2, 1):
        choose(writer, steps, "Vi har ikke tænkt på det")
    press_focused(writer, "Se resultatet")
    assert "Vælg, om det rammer." in writer.text and "Der er 2 ting at rette" in writer.text
    # What was typed stands; the focus is on the list of what is missing, which leads to the sixth theme.
    walk_to(writer, "Vælg, om det rammer.", most=3)
    writer.page.keyboard.press("Enter")
    writer.page.keyboard.press("Space")
    writer.page.keyboard.press("ArrowRight")
    writer.page.keyboard.press("ArrowRight")
    writer.page.keyboard.press("Tab")
    writer.page.keyboard.type("Det står for sig selv")
    press_focused(writer, "Se resultatet")
    assert "Tilbage til tegnebrættet" in writer.text and "Rammer 0 af 6 temaer, 2 delvist" in writer.text
    assert writer.page.locator(".missing > li").count() == 6
    assert "Kun for Eksempelkommune" in writer.text
    assert time.monotonic() - begun < SECONDS
    address = writer.page.url.split("?")[0]
    writer.open(LIST)
    assert "Sensorer i skraldespande" in writer.text
    writer.sign_out()
    writer.sign_in("Sekretariat")
    writer.open(LIST)
    assert "Sensorer i skraldespande" not in writer.text
    answer = writer.page.request.get(address)
    assert answer.status == 404 and "Sensorer" not in answer.text()


@writing_on_the_phone
def test_an_assessor_says_there_is_no_conflict_and_what_is_typed_is_there_again_after_a_reload(
    writer: Reader,
) -> None:
    page = writer.page
    writer.sign_in("Kommune")
    writer.open("/mit")
    writer.press("1 venter på din bedømmelse", "link")
    writer.press("Sluk for det, ingen bruger", "link")
    page.get_by_label("Nej, jeg kan bedømme det frit").check()
    writer.press("Svar, og gå videre")
    walk_to(writer, "●Rammer", most=40)
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.type("Lyset slukkes, og det kan måles")
    expect(page.locator(".saved-as-typed")).to_have_text("Alt er gemt.", timeout=20_000)
    page.reload()
    first = page.locator("fieldset.fit").first
    assert first.locator("input[type=text]").input_value() == "Lyset slukkes, og det kan måles"
    assert first.locator("input[value=hits]").is_checked()
    for theme in page.locator("fieldset.fit").all()[1:]:
        theme.locator("input[value=not]").check()
        theme.locator("input[type=text]").fill("Nej")
    writer.press("Jeg er færdig")
    assert "Din bedømmelse er afgivet." in writer.page.inner_text("#besked")
    assert re.search(r"Du har bedømt\s+Sluk for det, ingen bruger", writer.text)
    writer.open(f"{LIST}/{OF_DEMO}")
    assert "Bedømmes lige nu" in writer.text and "Lyset slukkes" not in writer.text
