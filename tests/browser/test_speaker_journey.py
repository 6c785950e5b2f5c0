"""A speaker gets a link by mail, writes the text, sends slides and says who may see them (J-V6)."""

import time
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser

from tests.browser.conftest import Reader, Served, seat, writing_on_the_phone
from tests.browser.test_sign_up_journey import find_mailed, press, tick, write
from tests.core.documents.samples import make_pptx

MEETING = "/moeder/eksempel-foraar-2027"
FREJA = "freja.fiktiv@eksempelkommunen.example"
SECONDS = 120  # what the speaker's part may take


@writing_on_the_phone
def test_staff_sends_a_link_and_the_speaker_does_the_rest_without_signing_in(
    writer: Reader, served: Served, chromium: Browser, tmp_path: Path
) -> None:
    writer.sign_in("Sekretariat")
    writer.open(f"{MEETING}/oplaegsholdere")
    write(writer, "Mailadresse til Freja Fiktiv", FREJA)
    press(writer, "Gem adresserne")
    press(writer, "Send link til den, der ikke har fået det (1)")
    press(writer, "Send nu")
    link = urlsplit(find_mailed(served, FREJA, r"http://\S+/oplaegsholder/\S+")).path
    slides = make_pptx(tmp_path / "data i morgen.pptx", [("Data i morgen", ["Genbrugelige snitflader"], "")])

    with seat(chromium, served, "phone") as speaker:
        begun = time.monotonic()
        speaker.open(link)
        assert "Det mangler vi fra dig" in speaker.text
        write(speaker, "Tekst", "Hvad en velfærdschef gør med data mandag morgen.")
        press(speaker, "Gem teksten")
        assert "sekretariatet lægger den i programmet" in speaker.text
        speaker.page.locator("input[type=file]").first.set_input_files(slides)
        press(speaker, "Send slides")
        for _ in range(60):
            if speaker.page.locator(".own-thumbs img").count():
                break
            speaker.page.wait_for_timeout(250)
        assert "data i morgen.pptx" in speaker.text and "1 side" in speaker.text
        tick(speaker, "Alle")
        tick(speaker, "Ja")
        press(speaker, "Gem mine svar")
        assert "Vi har alt, hvad vi skal bruge" in speaker.text
        assert time.monotonic() - begun < SECONDS
        press(speaker, "Se dem, som alle ser dem")
        assert "Data i morgen" in speaker.text

    writer.open(f"{MEETING}/oplaegsholdere")
    assert "Slides må vises for alle" in writer.text and "Tekst fra oplægsholderen" in writer.text
