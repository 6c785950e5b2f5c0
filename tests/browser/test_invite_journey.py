"""Staff pastes forty addresses, reads what they hold, lays them in the outbox, reads one and sends (J-S4)."""

import re
import time
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from tests.browser.conftest import Reader, Served, writing_on_the_phone
from tests.browser.test_sign_up_journey import walk_to

MEETING = "/moeder/eksempel-foraar-2027"
SECONDS = 120
NEW = [f"Gæst {number} <gaest{number}@nyfirma.example>" for number in range(1, 36)]
FORTY = "; ".join(
    [
        *NEW,
        "Kaj Kladde <kaj.kladde@eksempelhuset.example>",
        "SIGNE.SKABELON@eksempelkommune.example",
        "gaest1@nyfirma.example",
        "bjørn@nyfirma.example",
        "navn@nyfirma",
    ]
)


def read_mails(folder: Path, wanted: int) -> list[EmailMessage]:
    """The mails that have left, as soon as there are so many."""
    deadline = time.monotonic() + 20
    while len(list(folder.glob("*.eml"))) < wanted and time.monotonic() < deadline:
        time.sleep(0.1)
    read = [message_from_bytes(path.read_bytes(), policy=policy.default) for path in folder.glob("*.eml")]
    return [message for message in read if isinstance(message, EmailMessage)]


@writing_on_the_phone
def test_forty_addresses_are_invited_once_by_keyboard_alone_and_one_answers(
    writer: Reader, served: Served
) -> None:
    writer.sign_in("Sekretariat")
    begun = time.monotonic()
    writer.open(f"{MEETING}/invitationer")
    page, keyboard = writer.page, writer.page.keyboard
    walk_to(writer, "Mailadresser")
    keyboard.insert_text(FORTY)
    walk_to(writer, "Tjek listen")
    keyboard.press("Enter")
    page.wait_for_url("**/tjek")
    writer.look()
    for words in ("Kaj Kladde", "Der mangler et punktum efter @", "uden æ, ø, å", "mere end én gang"):
        assert words in writer.text
    assert "Er allerede tilmeldt" in writer.text
    walk_to(writer, "Ret dem her")
    keyboard.press("Control+A")
    keyboard.insert_text("rettet@nyfirma.example")
    walk_to(writer, "Tjek igen")
    keyboard.press("Enter")
    page.get_by_text("Vi har læst dine rettelser med").wait_for()
    writer.look()
    walk_to(writer, "Læg i udbakken", most=150)
    keyboard.press("Enter")
    page.wait_for_url("**/udbakke/*")
    writer.look()
    assert "Intet er sendt endnu" in writer.text and read_mails(served.mail, 0) == []
    batch = page.url.split("?")[0]
    walk_to(writer, "Gæst 3", most=150)
    keyboard.press("Enter")
    page.wait_for_url("**/breve/*")
    writer.look()
    assert "Kære Gæst 3" in writer.text and "/invitation/" in writer.text
    page.goto(batch)
    walk_to(writer, "Send nu til 37 modtagere", most=150)
    keyboard.press("Enter")
    assert time.monotonic() - begun < SECONDS
    mails = read_mails(served.mail, 37)
    page.goto(batch)
    page.reload()
    assert "Send nu til" not in writer.text
    assert sorted(mail["To"] for mail in read_mails(served.mail, 37)) == sorted(mail["To"] for mail in mails)
    assert len({mail["To"] for mail in mails}) == len({mail["Message-ID"] for mail in mails}) == 37
    writer.sign_out()
    answer_by_link(writer, next(mail for mail in mails if mail["To"] == "gaest3@nyfirma.example"))


def answer_by_link(writer: Reader, mail: EmailMessage) -> None:
    body = mail.get_body(("plain",))
    assert body is not None
    (link,) = re.findall(r"http://\S+/invitation/\S+", body.get_content())
    page, keyboard = writer.page, writer.page.keyboard
    page.goto(link)
    writer.look()
    walk_to(writer, "Nej tak")
    keyboard.press("Enter")
    page.get_by_text("Du har sagt nej tak.").first.wait_for()
    walk_to(writer, "Fortryd")
    keyboard.press("Enter")
    page.get_by_text("Dit nej tak er fortrudt.").wait_for()
    walk_to(writer, "Tilmeld")
    keyboard.press("Enter")
    page.wait_for_url("**/tilmeld")
    writer.look()
    assert page.get_by_label("Mailadresse").input_value() == "gaest3@nyfirma.example"
