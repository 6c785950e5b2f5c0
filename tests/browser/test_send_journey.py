"""A vendor sends a wish, gets a receipt with a number and a date, and finds it under Mit."""

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
