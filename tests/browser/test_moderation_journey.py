"""Somebody reports a wish; staff blacks words out, hides it and shows it again; each page is looked at."""

import re
from uuid import uuid4

from tests.browser.conftest import Reader, writing_on_the_phone


def send_wish(writer: Reader) -> str:
    writer.sign_in("Leverandør")
    writer.open("/oensker/nyt")
    writer.page.locator("#field-title").fill(f"Ring til Hans Eksempel {uuid4()}")
    writer.page.locator("#field-body").fill("Hans Eksempel ved, hvor snitfladen er beskrevet.")
    writer.agree()
    writer.press("Send ønsket")
    found = re.search(r"OE-\d{4,}", writer.text)
    assert found, writer.text
    return found[0]


@writing_on_the_phone
def test_a_wish_is_reported_blacked_out_hidden_and_shown_again(writer: Reader) -> None:
    page, reference = writer.page, send_wish(writer)
    writer.sign_in("Kommune")
    writer.open(f"/oensker/{reference}/anmeld")
    page.get_by_label("Personoplysninger").check()
    page.locator("#field-words").fill("Der står et navn.")
    writer.press("Send anmeldelsen")
    assert "Anmeldelsen er modtaget" in writer.text
    writer.sign_in("Sekretariat")
    writer.open("/modereret")
    writer.press(f"Afgør {reference}", role="link")
    page.locator("#field-sought").fill("hans eksempel")
    page.locator("#field-ground").select_option("personal_data")
    writer.press("Slør")
    assert "Ordene er sløret" in writer.text
    page.locator("#field-words").fill("Navne hører ikke til her.")
    page.locator("#field-reason").select_option("personal_data")
    writer.press("Skjul det")
    assert "Det er skjult" in writer.text
    writer.sign_in("Kommune")
    answer = page.goto(f"{writer.address}/oensker/{reference}")
    assert answer is not None and answer.status == 410
    writer.look()
    # The browser tells of every answer of 400 and more, also of the page that is meant to be one.
    assert [fault.rpartition(" of ")[2] for fault in writer.faults] == ["410 (Gone)"]
    writer.faults.clear()
    assert "Skjult af sekretariatet" in writer.text and "snitfladen" not in writer.text
    writer.sign_in("Leverandør")
    writer.open(f"/oensker/{reference}")
    writer.press("Gør indsigelse", role="link")
    page.locator("#field-words").fill("Uden navnet kan det vel stå.")
    writer.press("Send indsigelsen")
    writer.sign_in("Sekretariat")
    writer.open("/modereret/indsigelser")
    writer.press(f"Afgør {reference}", role="link")
    page.locator("#field-words").fill("Ja, nu er navnet væk.")
    writer.press("Vis det igen")
    writer.sign_in("Kommune")
    writer.open(f"/oensker/{reference}")
    assert "snitfladen" in writer.text and "Hans" not in writer.text
