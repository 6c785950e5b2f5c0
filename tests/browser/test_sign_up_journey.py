"""A vendor signs up for the coming meeting, also by keyboard alone on a phone, and leaves it again (J-V2)."""

import re

from tests.browser.conftest import Reader, writing_on_the_phone

MEETING = "/moeder/eksempel-foraar-2027"


def walk_to(writer: Reader, name: str, most: int = 60) -> None:
    """Press Tab until what has the focus is called this."""
    focused = "(document.activeElement.labels?.[0] ?? document.activeElement).innerText?.trim()"
    for _ in range(most):
        writer.page.keyboard.press("Tab")
        if (writer.page.evaluate(focused) or "").startswith(name):
            return
    raise AssertionError(f"{name} was not reached in {most} steps")


def test_signing_up_gives_the_link_and_the_list_and_leaving_takes_them_away(writer: Reader) -> None:
    writer.sign_in("Leverandør")
    writer.open(MEETING)
    assert "Gå til mødet" not in writer.text
    writer.press("Tilmeld", "link")
    page = writer.page
    page.get_by_text("Adgang: skal vi tage hensyn til noget?").click()
    page.get_by_label("Adgang og hjælp").fill("Teleslynge")
    writer.press("Tilmeld mig")
    assert "Sæt kryds, hvis vi må gemme det" in writer.text
    page.get_by_label("I må gemme det").check()
    page.get_by_label("Mit navn, min titel og min organisation").check()
    writer.press("Tilmeld mig")
    assert "Du er tilmeldt. Vi har sendt dig en mail." in writer.text
    assert re.search(r"\d{1,2}\. \w+ 20\d\d", writer.text)
    writer.press("Se, hvem der ellers deltager", "link")
    assert "Troels Testesen" in writer.text and "Signe Skabelon" in writer.text
    assert "Per Prøve" not in writer.text and "Teleslynge" not in writer.text
    writer.open(MEETING)
    assert "Gå til mødet" in writer.text
    writer.open(f"{MEETING}/tilmelding")
    page.get_by_text("Meld mig fra", exact=True).click()
    writer.press("Ja, meld mig fra")
    assert "din plads er givet fri" in writer.text
    assert "Gå til mødet" not in writer.text


@writing_on_the_phone
def test_the_keyboard_alone_signs_up_and_leaves_the_list(writer: Reader) -> None:
    writer.sign_in("Leverandør")
    writer.open(MEETING)
    keyboard = writer.page.keyboard
    walk_to(writer, "Tilmeld")
    keyboard.press("Enter")
    writer.page.wait_for_url("**/tilmeld")
    walk_to(writer, "Mit navn, min titel og min organisation")
    keyboard.press("Space")
    walk_to(writer, "Tilmeld mig")
    keyboard.press("Enter")
    writer.page.wait_for_url("**/tilmelding?*")
    assert "Du er tilmeldt. Vi har sendt dig en mail." in writer.text
    walk_to(writer, "Tag mit navn af listen")
    keyboard.press("Enter")
    writer.page.wait_for_url("**kvittering=unlisted")
    assert "Du er taget af deltagerlisten." in writer.text
