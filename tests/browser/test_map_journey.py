"""The map of the 98 and a municipality's own maturity: on the telephone and by keyboard alone."""

import time

from tests.browser.conftest import Reader, writing_on_the_phone
from tests.browser.test_pressure_journey import press_focused
from tests.browser.test_sign_up_journey import walk_to

SECONDS = 180
SHOWN = "getComputedStyle(document.activeElement.querySelector('.tile-words')).clipPath === 'none'"


def walk_to_field(writer: Reader, name: str) -> None:
    """Press Tab until the field of this name has the focus."""
    for _ in range(80):
        writer.page.keyboard.press("Tab")
        if writer.page.evaluate("document.activeElement.name") == name:
            return
    raise AssertionError(f"{name} was not reached")


@writing_on_the_phone
def test_a_digitalisation_head_reads_the_map_assesses_the_municipality_and_opens_its_levels(
    writer: Reader,
) -> None:
    writer.sign_in("Kommune")
    writer.open("/kommuner")
    page = writer.page
    begun = time.monotonic()
    walk_to(writer, "Region")
    page.keyboard.press("End")
    press_focused(writer, "Vis")
    # The other regions are out of the way, and a cell says its whole name to who comes by keyboard.
    assert [one.inner_text() for one in page.locator(".tile-region:visible").all()] == ["Region Syddanmark"]
    walk_to(writer, "EsbEsbjerg")
    assert page.evaluate(SHOWN)
    page.keyboard.press("Enter")
    page.wait_for_url("**/kommuner/esbjerg")
    writer.open("/mit/kommune")
    press_focused(writer, "Digital modenhed")
    press_focused(writer, "Vurdér jer igen")
    walk_to(writer, "4", most=40)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Tab")
    page.keyboard.type("Alle måler nu")
    press_focused(writer, "Gem vurderingen")
    assert "Vurderingen er gemt og tegnet ind." in writer.text and "Alle måler nu" in writer.text
    walk_to_field(writer, "visibility")
    page.keyboard.press("ArrowDown")
    press_focused(writer, "Gem")
    assert "Alle kan læse niveauerne, men ikke jeres bemærkninger." in writer.text
    assert time.monotonic() - begun < SECONDS
    writer.sign_out()
    writer.open("/kommuner/eksempelkommune/modenhed")
    assert "Gennem tiden" in writer.text and "Alle måler nu" not in writer.text
