"""A vendor sends a wish and an idea, gets a receipt with a number and a date, and finds both under Mit."""

import re
from uuid import uuid4

from tests.browser.conftest import Reader, writing_on_the_phone


def test_a_wish_gets_a_number_and_a_date(writer: Reader) -> None:
    writer.sign_in("Leverandør")
    writer.open("/oensker/nyt")
    page = writer.page
    page.get_by_label("Hvad ønsker I?", exact=False).first.fill(
        "Fælles måling af effekt af velfærdsteknologi"
    )
    page.get_by_label("Fortæl mere", exact=False).first.fill(
        # The same text twice a day would be refused, and two screens send it.
        f"Vi ønsker, at effekten måles ens i alle kommuner. {uuid4()}"
    )
    writer.agree()
    writer.press("Send ønske", exact=False)
    found = re.search(r"OE-\d{4,}", writer.text)
    assert found, writer.text
    assert re.search(r"\d{1,2}\. \w+ 20\d\d", writer.text)
    writer.open("/mit")
    assert found[0] in writer.text


@writing_on_the_phone
def test_an_empty_wish_comes_back_with_sentences_and_what_was_typed(writer: Reader) -> None:
    writer.sign_in("Leverandør")
    writer.open("/oensker/nyt")
    page = writer.page
    page.get_by_label("Fortæl mere", exact=False).first.fill("Kun teksten er skrevet.")
    writer.press("Send ønske", exact=False)
    assert page.locator(".form-error").count() > 0
    assert page.get_by_label("Fortæl mere", exact=False).first.input_value() == "Kun teksten er skrevet."


@writing_on_the_phone
def test_sending_twice_sends_once(writer: Reader) -> None:
    writer.sign_in("Leverandør")
    writer.open("/oensker/nyt")
    page = writer.page
    page.get_by_label("Hvad ønsker I?", exact=False).first.fill("Ét ønske, sendt to gange")
    page.get_by_label("Fortæl mere", exact=False).first.fill("Samme formular.")
    writer.agree()
    key = page.locator('form.form input[name="key"]').first.input_value()
    writer.press("Send ønske", exact=False)
    first = re.search(r"OE-\d{4,}", writer.text)
    answer = page.request.post(
        f"{writer.address}/oensker/nyt",
        form={"key": key, "title": "Ét ønske, sendt to gange", "body": "Samme formular."},
        headers={"Sec-Fetch-Site": "same-origin"},
    )
    assert first and first[0] in answer.text()
    writer.open("/mit")
    assert writer.text.count("Ét ønske, sendt to gange") == 1


def test_an_idea_keeps_its_secret_half_to_its_own(writer: Reader) -> None:
    writer.sign_in("Leverandør")
    writer.open("/ideer/nyt")
    page = writer.page
    for field, words in {
        "title": f"Sprogmodel til byggesager {uuid4()}",
        "body": "Et åbent resumé af idéen.",
        "problem": "Byggesager tager lang tid.",
        "for_whom": "Sagsbehandlere og borgere.",
        "proposal": "En model finder manglende bilag.",
        "secret_technology": "HEMMELIGTMÆRKE",
        "confidential_reason": "Forretningshemmelighed.",
    }.items():
        page.locator(f"#field-{field}").fill(words)
    writer.agree()
    writer.press("Send idé", exact=False)
    found = re.search(r"ID-\d{4,}", writer.text)
    assert found, writer.text
    writer.open("/mit")
    assert found[0] in writer.text
    writer.sign_out()
    writer.open(f"/ideer/{found[0]}")
    assert "Et åbent resumé af idéen." in writer.text
    assert "HEMMELIGTMÆRKE" not in page.content()
