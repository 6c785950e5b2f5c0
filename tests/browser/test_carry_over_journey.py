"""What was left open is taken along to the next meeting, or not, on a phone by keyboard alone."""

import time

from tests.browser.conftest import Reader, writing_on_the_phone
from tests.browser.test_sign_up_journey import walk_to, write

MEETING = "/moeder/eksempel-foraar-2027"
SECONDS = 60  # what it may take to decide of two things


def press_heard(writer: Reader, name: str) -> None:
    """By keyboard alone: on to the button that is heard as this, of all that look alike, and what comes."""
    heard = "document.activeElement.getAttribute('aria-label')"
    for _ in range(150):
        writer.page.keyboard.press("Tab")
        if writer.page.evaluate(heard) == name:
            break
    with writer.page.expect_navigation():
        writer.page.keyboard.press("Enter")
    writer.look()


@writing_on_the_phone
def test_the_keyboard_alone_says_no_with_a_reason_undoes_it_and_takes_along_what_all_then_read(
    writer: Reader,
) -> None:
    page = writer.page
    writer.sign_in("Sekretariat")
    writer.open(MEETING + "/rediger/fra-sidst")
    begun = time.monotonic()
    late = page.locator("section:has(#missing_answer) li.proposal").first
    reference = late.locator(".ref").inner_text()
    assert "Svaret skulle være kommet" in late.inner_text() and "Mads fortæller" in writer.text
    press_heard(writer, f"Ikke denne gang: {reference}")
    assert "Skriv kort, hvorfor" in writer.text
    write(writer, f"Note, som kun sekretariatet ser: {reference}", "Vi svarer på skrift inden mødet.")
    press_heard(writer, f"Ikke denne gang: {reference}")
    assert "Vi svarer på skrift inden mødet." in page.locator("section:has(#ikke-med)").inner_text()
    assert page.locator(f"#venter :text('{reference}')").count() == 0
    press_heard(writer, f"Fortryd valget: {reference}")
    assert "venter igen" in writer.text
    walk_to(writer, f"Punkt på programmet: {reference}", most=150)
    page.keyboard.type("Status")
    press_heard(writer, f"Tag med: {reference}")
    assert reference in page.locator("section:has(#taget-med)").inner_text()
    assert time.monotonic() - begun < SECONDS
    writer.sign_out()
    writer.open(MEETING)
    at_item = page.locator(".carried").inner_text()
    assert "Fra sidst:" in at_item and reference in at_item and "Mads fortæller" not in writer.text
    assert "Siden sidst" in writer.text and "nye svar" in writer.text
