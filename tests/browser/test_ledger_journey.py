"""Equal treatment on a phone by keyboard alone: staff closes the gap of a tender and takes the ledger out; a
vendor reads what is noted on it and asks for a correction."""

import time

from app.core.clock import today
from app.core.i18n import format_date
from app.domain.ledger.policy import correction_answer_by
from tests.browser.conftest import Reader, Served, writing_on_the_phone
from tests.browser.test_follow_up_journey import press_link
from tests.browser.test_sign_up_journey import press, write


@writing_on_the_phone
def test_staff_closes_the_gap_of_a_coming_tender_and_takes_out_a_numbered_export(
    writer: Reader, served: Served
) -> None:
    """J-S10: a coming tender, who got what, the gap, publish the note, export; within two minutes."""
    writer.sign_in("Sekretariat")
    writer.open("/udbud")
    begun = time.monotonic()
    press(writer, "Eksempel: Fælles journalsystem")
    press_link(writer, "/udbud/1/ligebehandling")
    writer.page.wait_for_url("**/udbud/1/ligebehandling")
    writer.look()
    for words in ("1 hul", "Hvem fik hvad", "Eksempel Software A/S", "Hul: ikke udgivet til alle"):
        assert words in writer.text
    press(writer, "Notat om integrationer")
    assert "De ni systemer" in writer.text
    press(writer, "Udgiv til alle")
    assert "Ingen huller" in writer.text and "Hullet er lukket" in writer.text
    press(writer, "Lav et udtræk")
    assert "Ligebehandling: udtræk nr. 1" in writer.text
    assert "Ingen: alle har fået det samme, eller det er begrundet." in writer.text
    assert format_date(today(), "da") in writer.text
    assert time.monotonic() - begun < 120
    writer.sign_out()
    writer.open("/ligebehandling/delt")
    assert "De ni systemer" in writer.text


@writing_on_the_phone
def test_a_vendor_sees_what_is_noted_on_it_and_gets_a_day_for_the_correction(
    writer: Reader, served: Served
) -> None:
    """J-V8: what the own firm is noted for, what all have got, ask for a correction; within a minute."""
    writer.sign_in("Leverandør")
    writer.open("/ligebehandling")
    begun = time.monotonic()
    for words in ("Noteret om jer", "Tidsplanen for journalsystemet", "Delt med alle", "Foreløbig tidsplan"):
        assert words in writer.text
    assert "Nordlys" not in writer.text
    press(writer, "Bed om rettelse")
    write(writer, "Hvad er forkert", "Vi var to med.")
    press(writer, "Bed om rettelse")
    day = format_date(correction_answer_by(today()), "da")
    assert f"Svar senest {day}" in writer.text and "Vi var to med." in writer.text
    assert time.monotonic() - begun < 60
