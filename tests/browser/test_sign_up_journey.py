"""A vendor signs up for the coming meeting, waits, swaps and leaves, on a phone by keyboard (J-V2)."""

import re
import time
from email import message_from_bytes, policy
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser
from sqlalchemy import select

from app.core.i18n import format_datetime
from app.core.policy import SYSTEM
from app.domain.meetings.models import Meeting
from app.domain.organisations.models import Organisation
from app.domain.registrations.joining import opens_at
from app.domain.registrations.queries import count_sign_ups
from app.domain.registrations.questions import add_question
from app.domain.registrations.schemas import QuestionInput
from app.domain.users.models import User
from tests.browser.conftest import Reader, Served, seat, writing_on_the_phone
from tests.people import add_actor

MEETING = "/moeder/eksempel-foraar-2027"
COLLEAGUE = "kirsten.kollega@eksempelsoftware.example"
ADVISER = "kaj.kladde@eksempelhuset.example"
SECONDS = 60  # what signing up may take


def walk_to(writer: Reader, name: str, most: int = 60) -> None:
    """Press Tab until what has the focus is called this."""
    named = "(document.activeElement.labels?.[0] ?? document.activeElement)"
    # Without the line breaks that innerText puts around what is only heard.
    focused = f"{named}.textContent?.replace(/\\s+/g, ' ').trim()"
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


def press(person: Reader, name: str) -> None:
    """By keyboard alone: on to the button or link with this name, and what comes."""
    walk_to(person, name)
    with person.page.expect_navigation():
        person.page.keyboard.press("Enter")
    person.look()


def tick(person: Reader, name: str) -> None:
    walk_to(person, name)
    person.page.keyboard.press("Space")


def write(person: Reader, name: str, words: str) -> None:
    walk_to(person, name)
    person.page.keyboard.type(words, delay=20)


def find_mailed(served: Served, to: str, pattern: str) -> str:
    """What the pattern finds in a mail to this address, which the worker sends within some seconds."""
    for _ in range(200):
        for path in sorted(served.mail.glob("*.eml"), reverse=True):
            mail = message_from_bytes(path.read_bytes(), policy=policy.default)
            text = mail.get_body(("plain",))
            if mail["To"] == to and text and (found := re.search(pattern, text.get_content())):
                return found[0]
        time.sleep(0.1)
    raise AssertionError(f"no mail to {to} with {pattern}")


def tell_opening(served: Served) -> str:
    """When the way to the screen opens; the example is always some weeks ahead."""
    with served.tools.database.unit() as session:
        meeting = session.scalars(select(Meeting).where(Meeting.key == MEETING.rpartition("/")[2])).one()
        return format_datetime(opens_at(meeting), "da")


@pytest.fixture
def nearly_full(served: Served) -> Served:
    """The coming meeting with one seat left, a question that must be answered, and a colleague."""
    with served.tools.database.unit() as session:
        meeting = session.scalars(select(Meeting).where(Meeting.key == MEETING.rpartition("/")[2])).one()
        meeting.seats = 1 + count_sign_ups(session, meeting.id).registered
        for text, kind, options in (
            ("Hvilket spor?", "choice", ["Sporet om data", "Sporet om klima"]),
            ("Til panelet?", "text", []),
        ):
            given = QuestionInput(text=text, kind=kind, options=options, is_required=kind == "choice")
            add_question(session, SYSTEM, meeting.id, given)
        firm = session.scalars(select(Organisation).where(Organisation.key == "eksempel-software")).one()
        add_actor(session, "Kirsten Kollega", firm)
        session.scalars(select(User).where(User.name == "Kirsten Kollega")).one().email = COLLEAGUE
    return served


@writing_on_the_phone
def test_the_keyboard_alone_signs_up_waits_in_line_swaps_takes_an_offer_and_leaves(
    writer: Reader, nearly_full: Served, chromium: Browser
) -> None:
    served, page = nearly_full, writer.page
    writer.sign_in("Leverandør")
    begun = time.monotonic()
    writer.open(MEETING)
    press(writer, "Tilmeld")
    tick(writer, "Sporet om data")
    write(writer, "Til panelet?", "Hvordan deler I data?")
    tick(writer, "Mit navn, min titel og min organisation")
    press(writer, "Tilmeld mig")
    assert "Du er tilmeldt. Vi har sendt dig en mail." in writer.text
    assert time.monotonic() - begun < SECONDS
    opens = tell_opening(served)
    assert f"Linket til skærmen åbner {opens}" in writer.text
    href = page.get_by_role("link", name="Hent kalenderfilen").get_attribute("href")
    assert "BEGIN:VEVENT" in page.request.get(served.address + str(href)).text()

    with seat(chromium, served, "phone") as waiting:
        waiting.sign_in("Konsulenthus")
        waiting.open(MEETING)
        press(waiting, "Skriv dig i køen")
        tick(waiting, "Sporet om data")
        press(waiting, "Skriv mig i køen")
        assert "Du er nr. 1 i køen" in waiting.text and "Sådan virker køen" in waiting.text

    press(writer, "Det finder du her")
    assert f"Det åbner {opens}." in writer.text
    writer.open(f"{MEETING}/tilmelding")
    press(writer, "Giv pladsen til en kollega")
    write(writer, "Din kollegas mailadresse", COLLEAGUE)
    press(writer, "Spørg min kollega")
    assert "Vi venter på svar fra din kollega" in writer.text

    with seat(chromium, served, "phone") as colleague:
        colleague.open(urlsplit(find_mailed(served, COLLEAGUE, r"http://\S+/pladsbytte/\d+")).path)
        write(colleague, "Mailadresse", COLLEAGUE)
        press(colleague, "Send mig en kode")
        write(colleague, "Kode", find_mailed(served, COLLEAGUE, r"\b\d{6}\b"))
        press(colleague, "Log ind")
        press(colleague, "Ja tak, jeg overtager pladsen")
        assert "Du er tilmeldt" in colleague.text
    writer.open(MEETING)
    assert "Du er tilmeldt" not in writer.text and "Skriv dig i køen" in writer.text

    # Both links work without signing in.
    with seat(chromium, served, "phone") as nobody:
        nobody.open(urlsplit(find_mailed(served, COLLEAGUE, r"http://\S+/afmeld/\S+")).path)
        press(nobody, "Ja, meld mig fra")
        assert "Du er meldt fra" in nobody.text
        nobody.open(urlsplit(find_mailed(served, ADVISER, r"http://\S+/plads/\S+")).path)
        press(nobody, "Ja tak, jeg kommer")
        assert "Pladsen er din" in nobody.text
        nobody.open(urlsplit(find_mailed(served, ADVISER, r"http://\S+/afmeld/\S+")).path)
        press(nobody, "Ja, meld mig fra")
    writer.open(MEETING)
    assert writer.page.get_by_role("link", name="Tilmeld", exact=True).count() == 1
