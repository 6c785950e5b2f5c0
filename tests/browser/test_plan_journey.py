"""Staff plans the next meeting from an earlier one and moves it, on a phone by keyboard alone (J-S2)."""

import time

from tests.browser.conftest import Reader, writing_on_the_phone
from tests.browser.test_sign_up_journey import press, tick, walk_to, write

SECONDS = 180  # what planning the next meeting may take


def write_day(person: Reader, name: str, digits: str) -> None:
    """A date field takes its parts one after the other, in the order of the browser: here both are one."""
    walk_to(person, name)
    person.page.keyboard.type(digits, delay=20)


@writing_on_the_phone
def test_the_keyboard_alone_makes_the_next_meeting_from_an_earlier_one_postpones_it_and_moves_it(
    writer: Reader,
) -> None:
    page = writer.page
    writer.sign_in("Sekretariat")
    begun = time.monotonic()
    writer.open("/moeder/nyt")
    walk_to(writer, "Møde")
    page.locator("#field-fra").press_sequentially("10. møde")
    press(writer, "Se, hvad der kommer med")
    assert "Programmets punkter" in writer.text and "Det får nummer 15." in writer.text
    assert page.get_by_label("Ordstyrere og værter").is_checked() is False
    proposals = page.locator("#sidst").locator("xpath=..").locator("input[type=checkbox]")
    assert proposals.count() > 0
    first = proposals.first.evaluate("box => box.labels[0].innerText.trim()")
    tick(writer, first)
    write_day(writer, "Dato", "03032027")
    write_day(writer, "Begynder", "0930")
    walk_to(writer, "Hybrid" if page.get_by_label("Hybrid").is_checked() else "Virtuelt")
    page.get_by_label("Hybrid").press("Space")
    write(writer, "Pladser", "120")
    write(writer, "Pladser til hver organisation", "3")
    press(writer, "Gem kladde")
    assert time.monotonic() - begun < SECONDS
    assert page.url.endswith("/moeder/15/rediger/program")
    assert "Dialogforum i marts 2027" in writer.text and "Løfte (1. møde" in writer.text
    with page.context.browser.new_context() as stranger:  # type: ignore[union-attr]
        assert stranger.request.get(f"{writer.address}/moeder/15").status == 404

    writer.open("/moeder/15/rediger/status")
    press(writer, "Udgiv")
    writer.open("/moeder/15/rediger/status")
    press(writer, "Udskyd")
    write(writer, "Begrundelse", "Oplægsholderne er optaget af valget.")
    press(writer, "Udskyd mødet")
    writer.open("/moeder/15")
    assert "Mødet er udskudt" in writer.text and "optaget af valget" in writer.text
    writer.open("/moeder/15/rediger/status")
    press(writer, "Vælg en ny dato")
    write_day(writer, "Ny dato", "05052027")
    press(writer, "Sæt en ny dato")
    writer.open("/moederaekker/dialogforum")
    assert "5. maj 2027" in writer.text and "3. marts 2027" not in writer.text
    press(writer, "15. møde")
    assert "Det holdes nu 5. maj 2027" in writer.text and "3. marts 2027" in writer.text
