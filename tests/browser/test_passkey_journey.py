"""A real browser makes a passkey and signs in with it, in Chromium's own virtual authenticator."""

import re
from collections.abc import Iterator
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import CDPSession, expect

from tests.browser.conftest import Reader, Served, writing_on_the_phone
from tests.waiting import wait_until

STAFF = "eva.eksempel@eksempelforeningen.example"
VENDOR = "troels.testesen@eksempelsoftware.example"


@pytest.fixture
def device(writer: Reader) -> Iterator["Device"]:
    yield Device(writer)


class Device:
    """What holds the passkeys, as a phone's own lock would; its owner is there and says yes."""

    def __init__(self, reader: Reader) -> None:
        self._cdp: CDPSession = reader.page.context.new_cdp_session(reader.page)
        self._cdp.send("WebAuthn.enable")
        options = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
        }
        made = self._cdp.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        self.id: str = made["authenticatorId"]

    @property
    def passkeys(self) -> list[dict[str, Any]]:
        return self._cdp.send("WebAuthn.getCredentials", {"authenticatorId": self.id})["credentials"]

    def refuse(self) -> None:
        """The finger is the wrong one from now on."""
        self._cdp.send("WebAuthn.setUserVerified", {"authenticatorId": self.id, "isUserVerified": False})


CODE = re.compile(r"^\s+(\d{6})\s*$", re.MULTILINE)


def mailed_codes(folder: Path) -> list[str]:
    texts = (
        message_from_bytes(path.read_bytes(), policy=policy.default).get_body(("plain",)).get_content()
        for path in sorted(folder.glob("*.eml"))
    )
    return [found[1] for text in texts if (found := CODE.search(text))]


def sign_in_by_code(writer: Reader, served: Served, email: str, target: str) -> None:
    """With the keyboard alone."""
    page = writer.page
    before = len(mailed_codes(served.mail))
    writer.open(f"/log-ind?videre={target}")
    page.get_by_label("Mailadresse").focus()
    page.keyboard.type(email)
    page.keyboard.press("Enter")
    arrive(writer, "/log-ind/kode")
    writer.look()
    wait_until(lambda: len(mailed_codes(served.mail)) > before)
    code = mailed_codes(served.mail)[-1]
    page.get_by_label("Kode på seks cifre").focus()
    page.keyboard.insert_text(f" {code[:3]} {code[3:]} ")
    page.keyboard.press("Enter")


def arrive(writer: Reader, path: str) -> None:
    writer.page.wait_for_url(lambda url: urlsplit(url).path == path)


def press_by_keyboard(writer: Reader, name: str) -> None:
    """Tab until the button has the focus, which must be seen, and Enter."""
    page = writer.page
    button = page.get_by_role("button", name=name, exact=True)
    expect(button).to_be_visible()
    for _ in range(80):
        if button.evaluate("one => one === document.activeElement"):
            break
        page.keyboard.press("Tab")
    assert button.evaluate("one => one.matches(':focus-visible')"), f"{name} is not reached by keyboard"
    page.keyboard.press("Enter")


@writing_on_the_phone
def test_somebody_makes_a_passkey_and_signs_in_with_it_by_keyboard(
    writer: Reader, served: Served, device: Device
) -> None:
    page = writer.page
    sign_in_by_code(writer, served, VENDOR, "/mit/adgangsnoegler")
    arrive(writer, "/mit/adgangsnoegler")
    writer.look()
    page.get_by_label("Navn på adgangsnøglen").focus()
    page.keyboard.type("Min telefon")
    press_by_keyboard(writer, "Lav en adgangsnøgle")
    expect(page.get_by_text("Adgangsnøglen er tilføjet.")).to_be_visible()
    writer.look()
    assert "Min telefon" in writer.text and "Ikke brugt endnu" in writer.text
    assert [key["rpId"] for key in device.passkeys] == ["localhost"]

    writer.sign_out()
    writer.open("/log-ind?videre=/mit/adgangsnoegler")
    press_by_keyboard(writer, "Log ind med adgangsnøgle")
    expect(page.get_by_text("Du er logget ind.")).to_be_visible()
    assert "Min telefon" in writer.text and "Ikke brugt endnu" not in writer.text
    assert device.passkeys[0]["signCount"] >= 2


@writing_on_the_phone
def test_staff_come_in_by_code_and_take_one_step_more(writer: Reader, served: Served, device: Device) -> None:
    sign_in_by_code(writer, served, STAFF, "/moeder/nyt")
    arrive(writer, "/log-ind/ekstra")
    writer.look()
    assert "Ét skridt mere" in writer.text and "Lav din første adgangsnøgle" in writer.text
    press_by_keyboard(writer, "Lav en adgangsnøgle")
    arrive(writer, "/moeder/nyt")
    writer.look()

    writer.sign_out()
    sign_in_by_code(writer, served, STAFF, "/moeder/nyt")
    press_by_keyboard(writer, "Bekræft med adgangsnøgle")
    arrive(writer, "/moeder/nyt")


@writing_on_the_phone
def test_a_wrong_finger_is_told_of_beside_the_button_and_one_can_try_again(
    writer: Reader, served: Served, device: Device
) -> None:
    page = writer.page
    sign_in_by_code(writer, served, VENDOR, "/mit/adgangsnoegler")
    device.refuse()
    press_by_keyboard(writer, "Lav en adgangsnøgle")
    expect(page.get_by_role("alert")).to_have_text("Det blev afbrudt, eller tiden gik. Prøv igen.")
    expect(page.get_by_role("button", name="Lav en adgangsnøgle")).to_be_enabled()
    writer.look()
    assert device.passkeys == []


@pytest.mark.parametrize("writer", ["no-scripts"], indirect=True)
def test_without_scripts_the_code_is_enough_and_the_page_says_why_there_is_no_button(
    writer: Reader, served: Served
) -> None:
    page = writer.page
    writer.open("/log-ind")
    assert "En adgangsnøgle kræver JavaScript. Koden på mail virker uden." in writer.text
    assert page.get_by_role("button", name="Log ind med adgangsnøgle").count() == 0
    sign_in_by_code(writer, served, VENDOR, "/mit/adgangsnoegler")
    arrive(writer, "/mit/adgangsnoegler")
    assert "En adgangsnøgle kræver JavaScript" in writer.text
