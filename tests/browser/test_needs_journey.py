"""J-K3, J-K4 and J-K5: a digitalisation head marks interest, registers a need and finds partners, by keyboard
alone at 360 px and in their time."""

import re
import time
from email import message_from_bytes, policy
from pathlib import Path

from tests.browser.conftest import Reader, Served, writing_on_the_phone
from tests.browser.test_get_in_journey import enter, tab_to, write

WISH = "/oensker/OE-0013"


def tick(writer: Reader, selector: str) -> None:
    tab_to(writer, selector)
    writer.page.keyboard.press("Space")


def agree(writer: Reader) -> None:
    if writer.page.locator("#field-rules:not(:checked)").count():
        tick(writer, "#field-rules")


def read_links(mail: Path, words: str) -> list[str]:
    """The paths of the answers in the mails whose text holds the words, as soon as one has come."""
    for _ in range(200):
        found = []
        for path in sorted(mail.glob("*.eml")):
            body = message_from_bytes(path.read_bytes(), policy=policy.default).get_body(("plain",))
            text = body.get_content() if body else ""
            if words in text:
                found += re.findall(r"(/kontakt/\S+\?svar=ja)", text)
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError("no mail came")


@writing_on_the_phone
def test_a_mark_of_interest_is_the_municipalitys_and_can_be_changed(writer: Reader) -> None:
    writer.sign_in("Kommune")
    begun = time.monotonic()
    writer.open(WISH)
    tick(writer, 'input[name="kind"][value="need"]')
    agree(writer)
    tab_to(writer, "form.form button.button-primary:has(svg)")
    enter(writer)
    seconds = time.monotonic() - begun
    assert "Eksempelkommune har allerede et mærke" in writer.text
    assert seconds < 45
    writer.open(WISH)
    tab_to(writer, 'input[name="kind"][value="need"]')
    writer.page.keyboard.press("ArrowDown")
    tab_to(writer, "form.form button.button-primary:has(svg)")
    enter(writer)
    writer.press("Sådan har mærkerne ændret sig", role="link")
    assert "fra »Vi har behovet« til »Vi vil afprøve«" in writer.text


@writing_on_the_phone
def test_a_need_is_registered_after_looking_at_those_alike(writer: Reader) -> None:
    writer.sign_in("Kommune")
    begun = time.monotonic()
    writer.open("/behov/nyt")
    write(writer, "#field-title", "Overblik over ledige vagter")
    write(writer, "#field-body", "Vi kan ikke se, hvem der kan tage vagten i morgen.")
    tab_to(writer, "#field-system_type")
    writer.page.keyboard.type("Løn")
    writer.page.locator("#lignende a", has_text="BE-0002").wait_for()
    write(writer, "#field-kle", "27,36")
    write(writer, "#field-contract_end", "2027-11")
    write(writer, "#field-supplier", "Kun for os A/S")
    tick(writer, "#hidden-supplier")
    agree(writer)
    tab_to(writer, 'button[value="send"]')
    enter(writer)
    assert "Et KLE-nummer skrives som 27.36.00" in writer.text
    writer.page.locator("#field-kle").fill("")
    write(writer, "#field-kle", "27.36")
    agree(writer)
    tab_to(writer, 'button[value="send"]')
    enter(writer)
    seconds = time.monotonic() - begun
    assert "Tak, behovet er registreret" in writer.text
    assert seconds < 180
    writer.press("Find ligesindede", role="link")
    assert "Prøvekommune" in writer.text
    reference = writer.page.url.split("/")[-2]
    writer.sign_out()
    writer.open(f"/behov/{reference}")
    assert "november 2027" in writer.text and "Kun for os" not in writer.text


@writing_on_the_phone
def test_partners_are_found_with_reasons_and_asked_once(writer: Reader, served: Served) -> None:
    writer.sign_in("Kommune")
    begun = time.monotonic()
    writer.open("/behov/BE-0001")
    tab_to(writer, 'a[href$="/ligesindede"]')
    enter(writer)
    for reason in ("samme størrelse", "samme slags system", "kontrakten udløber marts 2028"):
        assert reason in writer.text
    tab_to(writer, ".match summary")
    writer.page.keyboard.press("Enter")
    write(writer, ".match textarea", "Skal vi tale?")
    tab_to(writer, ".match form button")
    enter(writer)
    seconds = time.monotonic() - begun
    assert "Venter på svar" in writer.text
    assert seconds < 60
    links = read_links(served.mail, "Skal vi tale?")
    assert len(links) == 1
    writer.sign_out()
    writer.open(links[0])
    tab_to(writer, 'button[value="ja"]')
    enter(writer)
    assert "I har sagt ja" in writer.text
    writer.sign_in("Kommune")
    writer.open("/mit/kontakt")
    assert "Ja tak" in writer.text
