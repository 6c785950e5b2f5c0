"""J-V4: a vendor proposes a signature project by keyboard alone, on a phone and without JavaScript.

What is like it, one form that keeps itself, a confidential part, preview, receipt; another finds no secret.
"""

import re
import time
from uuid import uuid4

from tests.browser.conftest import Reader
from tests.browser.test_sign_up_journey import press, walk_to

SECONDS = 240


def write(writer: Reader, **fields: str) -> None:
    """Type into these fields."""
    for name, words in fields.items():
        writer.page.locator(f"#field-{name}").focus()
        writer.page.keyboard.insert_text(words)


def switch_on(writer: Reader, part: str) -> None:
    """What is confidential of this part, by the switch beside it."""
    box = writer.page.locator(f"details.secret:has(#field-secret_{part})")
    box.locator("summary").focus()
    writer.page.keyboard.press("Enter")
    assert box.get_attribute("open") is not None


def test_a_vendor_proposes_a_project_and_its_secret_is_found_by_no_other(writer: Reader) -> None:
    page, mark = writer.page, f"zebra{uuid4().hex[:8]}"
    writer.sign_in("Leverandør")
    writer.open("/ideer")
    began = time.monotonic()
    press(writer, "Foreslå signaturprojekt")
    title = f"Velfærdsteknologi i hjemmeplejen {uuid4().hex[:6]}"
    write(writer, title=title)
    write(writer, problem="Velfærdsteknologi bliver købt i hjemmeplejen, uden at effekten måles.")
    if writer.has_scripts:
        page.locator("#lignende .rows a").first.wait_for()
    else:
        press(writer, "Se lignende")
    assert page.locator("#lignende .rows a").count() >= 1
    press(writer, "Gå videre")
    write(writer, body="Vi måler effekten på samme måde i to kommuner.")
    write(writer, for_whom="Hjemmeplejens medarbejdere.", proposal="Ét fælles skema og en sensor.")
    switch_on(writer, "technology")
    write(writer, secret_technology=f"Opskriften {mark}", reason_technology="Metoden er en hemmelighed.")
    write(writer, baseline_value="2,4", target_value="1,2", effect_unit="besøg", cost_to="1.400.000")
    if writer.has_scripts:
        page.get_by_text("Gemt kl.", exact=False).wait_for()
        # Away and back again: it is all there.
        writer.open("/mit")
        press(writer, title)
        assert page.locator("#field-secret_technology").input_value() == f"Opskriften {mark}"
    walk_to(writer, "Forhåndsvis", most=150)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    writer.look()
    as_all, as_staff = (page.locator(".preview .side").nth(at).inner_text() for at in (0, 1))
    assert "samme måde i to kommuner" in as_all and mark not in as_all and mark in as_staff
    rules = page.locator("#field-rules")
    if rules.count():
        rules.focus()
        page.keyboard.press("Space")
    press(writer, "Send idéen")
    found = re.search(r"ID-\d{4,}", writer.text)
    assert found, writer.text
    assert re.search(r"\d{1,2}\. \w+ 20\d\d", writer.text) and "Sådan går det videre" in writer.text
    assert time.monotonic() - began < SECONDS
    writer.open("/mit")
    assert found[0] in writer.text and "Du er i gang med" not in writer.text
    writer.sign_out()
    writer.sign_in("Konsulenthus")
    for path in (f"/ideer/{found[0]}", f"/soeg?q={mark}", "/ideer"):
        writer.open(path)
        assert "Opskriften" not in page.content() and "Fortrolig del" not in writer.text
    assert page.goto(f"{writer.address}/ideer/{found[0]}/fortrolig").status == 404  # type: ignore[union-attr]
    writer.faults.clear()  # the browser calls the refusal an error
