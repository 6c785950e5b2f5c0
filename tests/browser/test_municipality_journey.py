"""J-K1: work mail at the municipality's domain, code, field, themes; by keyboard alone and in its time."""

import time

from tests.browser.conftest import Reader, Served, writing_on_the_phone
from tests.browser.test_get_in_journey import enter, sign_in, tab_to, write

SECONDS = 60
EMAIL = "karla.kommende@eksempelkommune.example"


def get_in(writer: Reader, served: Served) -> None:
    """The municipality is known by itself; one name, one press."""
    sign_in(writer, served, EMAIL)
    write(writer, "#field-name", "Karla Kommende")
    tab_to(writer, 'button[name="organisation"]')
    assert "Eksempelkommune" in writer.page.locator(":focus").inner_text()
    enter(writer)
    assert writer.page.url.split("?")[0].endswith("/mit/emner")


def choose_field(writer: Reader, value: str) -> None:
    """With scripts the themes come by themselves; else there is a button."""
    tab_to(writer, f'input[name="fields"][value="{value}"]')
    writer.page.keyboard.press("Space")
    if not writer.has_scripts:
        tab_to(writer, 'button[value="vis"]')
        enter(writer)


def test_a_municipality_gets_in_and_sees_its_own_themes(writer: Reader, served: Served) -> None:
    begun = time.monotonic()
    get_in(writer, served)
    choose_field(writer, "environment")
    suggested = "#field-theme_ids input[type=checkbox]"
    writer.page.locator(suggested).first.wait_for()
    tab_to(writer, suggested)
    writer.page.keyboard.press("Space")
    first = writer.page.locator(f"{suggested}:checked + label").inner_text()
    tab_to(writer, 'button[value="gem"]')
    enter(writer)
    seconds = time.monotonic() - begun
    assert writer.page.locator("h1").inner_text() == "Nyt om dine temaer"
    assert first in writer.text
    assert f"fordi du følger {first}" in writer.text
    assert seconds < SECONDS


@writing_on_the_phone
def test_everything_is_one_link_away_and_the_choice_can_be_changed(writer: Reader, served: Served) -> None:
    get_in(writer, served)
    choose_field(writer, "health")
    page = writer.page
    page.locator("#field-theme_ids input[type=checkbox]").first.wait_for()
    page.locator("#field-theme_ids input[type=checkbox]").nth(0).check()
    page.locator("#field-theme_ids input[type=checkbox]").nth(1).check()
    writer.press("Gem og gå til forsiden")
    writer.press("Vis alt", role="link")
    assert "Seneste svar" in writer.text
    writer.press("Vis kun det nye på dine temaer", role="link")
    writer.press("Ret dine emner", role="link")
    assert page.locator("input[name=fields]:checked").count() == 1
    while page.locator("input[name=theme_ids]:checked").count():
        page.locator("input[name=theme_ids]:checked").first.uncheck()
    writer.press("Gem og gå til forsiden")
    writer.open("/")
    assert "Nyt om dine temaer" not in writer.text


@writing_on_the_phone
def test_searching_keeps_what_was_chosen(writer: Reader, served: Served) -> None:
    get_in(writer, served)
    page = writer.page
    page.locator("input[name=theme_ids]").first.check()
    page.get_by_label("Find et tema").fill("klima")
    with page.expect_navigation():
        page.get_by_label("Find et tema").press("Enter")
    writer.look()
    assert "er ikke med i søgningen. Det er stadig valgt." in writer.text
    assert page.get_by_label("Klima og ressourcer").count() == 1


def test_a_theme_is_followed_from_its_page(writer: Reader) -> None:
    writer.sign_in("Kommune")
    writer.open("/temaer/kdp-2021-2025/klima-og-ressourcer")
    writer.press("Følg")
    assert "Du følger det nu." in writer.text
    writer.press("Følg ikke længere")
    assert writer.page.get_by_role("button", name="Følg", exact=True).count() == 1
