"""J-V1: work mail, code, name, organisation, asked; by keyboard alone, with the time that it takes."""

import re
import time
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from app.core.policy import SYSTEM
from app.domain.organisations.schemas import OrganisationInput
from app.domain.organisations.service import add_organisation
from tests.browser.conftest import Reader, Served, writing_on_the_phone

# Somebody who types slowly: each key takes this long (milliseconds).
A_KEY = 60
SECONDS = 90
CVR = "13585628"


def read_code(mail: Path) -> str:
    """The six digits of the newest mail, which the worker sends within some seconds."""
    for _ in range(200):
        for path in sorted(mail.glob("*.eml"), reverse=True):
            text = message_from_bytes(path.read_bytes(), policy=policy.default).get_body(("plain",))
            found = re.search(r"\b\d{6}\b", text.get_content()) if text else None
            if found:
                return found[0]
        time.sleep(0.1)
    raise AssertionError("no mail with a code came")


def tab_to(writer: Reader, selector: str) -> None:
    """Press Tab until the focus stands there, and can be seen."""
    page = writer.page
    for _ in range(60):
        if page.evaluate("s => document.activeElement?.matches(s) ?? false", selector):
            box = page.locator(":focus").bounding_box()
            assert box and box["x"] >= 0 and box["x"] + box["width"] <= page.viewport_size["width"] + 1
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab never came to {selector} on {page.url}")


def write(writer: Reader, selector: str, words: str) -> None:
    tab_to(writer, selector)
    writer.page.keyboard.type(words, delay=A_KEY)


def enter(writer: Reader) -> None:
    with writer.page.expect_navigation():
        writer.page.keyboard.press("Enter")
    writer.look()


def sign_in(writer: Reader, served: Served, email: str) -> None:
    """From the front page's address bar to the first question."""
    writer.open("/log-ind")
    write(writer, "#field-email", email)
    enter(writer)
    write(writer, "#field-code", read_code(served.mail))
    enter(writer)
    assert "/velkommen" in writer.page.url


def assert_in(writer: Reader, organisation: str, begun: float) -> None:
    assert f"Du har anmodet om at repræsentere {organisation}" in writer.text
    assert "endnu ikke bekræftet" in writer.text.lower()
    assert "Hvem bekræfter?" in writer.text
    assert time.monotonic() - begun < SECONDS


@pytest.fixture
def numbered(served: Served) -> Served:
    """The site with one organisation that is found by its number only."""
    with served.tools.database.unit() as session:
        given = OrganisationInput(key="nordlys-data", name="Nordlys Data A/S", kind="vendor", cvr=CVR)
        add_organisation(session, SYSTEM, given)
    return served


def test_a_work_mail_and_a_name_are_enough_where_the_domain_is_known(writer: Reader, served: Served) -> None:
    begun = time.monotonic()
    sign_in(writer, served, "nina.ny@eksempelsoftware.example")
    write(writer, "#field-name", "Nina Ny")
    tab_to(writer, 'button[name="organisation"]')
    assert "Eksempel Software A/S" in writer.page.locator(":focus").inner_text()
    enter(writer)
    assert_in(writer, "Eksempel Software A/S", begun)


@writing_on_the_phone
def test_the_number_finds_the_organisation_where_the_domain_does_not(
    writer: Reader, numbered: Served
) -> None:
    begun = time.monotonic()
    sign_in(writer, numbered, "nina.ny@ukendt.example")
    write(writer, "#field-name", "Nina Ny")
    write(writer, "#field-q", "13 58 56 28")
    enter(writer)
    assert writer.page.locator(":focus").inner_text() == "Vi fandt 1"
    tab_to(writer, 'button[name="organisation"]')
    enter(writer)
    assert_in(writer, "Nordlys Data A/S", begun)


@writing_on_the_phone
def test_a_slip_in_the_number_costs_a_sentence_and_no_words(writer: Reader, numbered: Served) -> None:
    begun = time.monotonic()
    sign_in(writer, numbered, "nina.ny@ukendt.example")
    write(writer, "#field-name", "Nina Ny")
    write(writer, "#field-q", "13585629")
    enter(writer)
    assert "CVR-nummeret består ikke kontrollen" in writer.text
    assert writer.page.locator("#field-name").input_value() == "Nina Ny"
    tab_to(writer, "#field-q")
    writer.page.keyboard.press("Control+a")
    writer.page.keyboard.type("13585628", delay=A_KEY)
    enter(writer)
    tab_to(writer, 'button[name="organisation"]')
    enter(writer)
    assert_in(writer, "Nordlys Data A/S", begun)


@writing_on_the_phone
def test_what_is_not_there_is_written_in(writer: Reader, served: Served) -> None:
    begun = time.monotonic()
    sign_in(writer, served, "nina.ny@helt-nyt.example")
    write(writer, "#field-name", "Nina Ny")
    write(writer, "#field-q", "Helt Nyt Konsulenthus")
    enter(writer)
    assert writer.page.locator("#field-org_name").input_value() == "Helt Nyt Konsulenthus"
    tab_to(writer, 'input[name="kind"]')
    writer.page.keyboard.press("Space")
    tab_to(writer, 'button[value="opret"]')
    enter(writer)
    assert_in(writer, "Helt Nyt Konsulenthus", begun)
    assert "Organisationen er endnu ikke bekræftet" in writer.text


@writing_on_the_phone
def test_the_meeting_that_is_open_can_be_signed_up_for_at_once(writer: Reader, served: Served) -> None:
    begun = time.monotonic()
    sign_in(writer, served, "nina.ny@eksempelsoftware.example")
    write(writer, "#field-name", "Nina Ny")
    tab_to(writer, 'button[name="organisation"]')
    enter(writer)
    tab_to(writer, 'a[href$="/tilmeld"]')
    enter(writer)
    assert writer.page.url.endswith("/tilmeld")
    assert "Tilmeld" in writer.page.locator("h1").inner_text()
    assert time.monotonic() - begun < SECONDS
