"""A speaker gets a link by mail, writes the text, sends slides and says who may see them (J-V6)."""

import io
import time
from base64 import b64encode
from pathlib import Path
from urllib.parse import urlsplit

from PIL import Image
from playwright.sync_api import Browser
from pptx import Presentation
from pptx.util import Inches

from tests.browser.conftest import Reader, Served, seat, writing_on_the_phone
from tests.browser.test_sign_up_journey import find_mailed, press, tick, write

MEETING = "/moeder/eksempel-foraar-2027"
FREJA = "freja.fiktiv@eksempelkommunen.example"
SECONDS = 120  # what the speaker's part may take


def make_slides(path: Path, line: str) -> Path:
    """Two slides: one with a picture that says nothing, one without a title."""
    deck = Presentation()
    first = deck.slides.add_slide(deck.slide_layouts[1])
    first.shapes.title.text = "Data i morgen"
    first.placeholders[1].text = line
    drawn = io.BytesIO()
    Image.new("RGB", (40, 40), (0, 90, 90)).save(drawn, "PNG")
    first.notes_slide.notes_text_frame.text = "Vent, til alle har set billedet."
    first.shapes.add_picture(drawn, Inches(6), Inches(4), Inches(2), Inches(2))
    second = deck.slides.add_slide(deck.slide_layouts[6])
    words = second.shapes.add_textbox(Inches(1), Inches(1), Inches(6), Inches(2))
    words.text_frame.text = "Hvem gør hvad inden jul?"
    deck.save(str(path))
    return path


def drop(speaker: Reader, path: Path) -> None:
    """Let a file go over the form, as from a folder beside the browser."""
    speaker.page.locator("form[data-progress]").first.evaluate(
        """(form, [name, content]) => {
          const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
          const dataTransfer = new DataTransfer();
          dataTransfer.items.add(new File([bytes], name));
          form.dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true }));
        }""",
        [path.name, b64encode(path.read_bytes()).decode()],
    )


def wait_for(speaker: Reader, selector: str) -> None:
    for _ in range(240):
        if speaker.page.locator(selector).count():
            return
        speaker.page.wait_for_timeout(250)
    raise AssertionError(f"{selector} did not come")


def wait_for_hit(speaker: Reader, word: str) -> None:
    """Search until a page of a deck is found; a minute at most."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        speaker.open(f"/soeg?q={word}&slags=oplaeg")
        if speaker.page.locator('main a[href*="/side/"]').count():
            return
        speaker.page.wait_for_timeout(500)
    raise AssertionError(f"{word} was not found within a minute")


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
    slides = make_slides(tmp_path / "data i morgen.pptx", "Genbrugelige snitflader")

    with seat(chromium, served, "phone") as speaker:
        begun = time.monotonic()
        speaker.open(link)
        assert "Det mangler vi fra dig" in speaker.text
        write(speaker, "Tekst", "Hvad en velfærdschef gør med data mandag morgen.")
        press(speaker, "Gem teksten")
        assert "sekretariatet lægger den i programmet" in speaker.text
        drop(speaker, slides)
        press(speaker, "Send slides")
        wait_for(speaker, ".own-thumbs img")
        assert "data i morgen.pptx" in speaker.text and "2 sider" in speaker.text
        assert "Side 2 har ingen titel." in speaker.text
        assert "Side 1 har billeder uden alternativ tekst." in speaker.text
        # The pages themselves, by keyboard, with the notes that nobody else may read yet.
        speaker.page.locator(".own-thumbs a").first.press("Enter")
        speaker.page.wait_for_url("**/side/1")
        speaker.look()
        assert (
            "Vent, til alle har set billedet." in speaker.text and "Her kan kun du læse dem" in speaker.text
        )
        speaker.page.keyboard.press("ArrowRight")
        speaker.page.wait_for_url("**/side/2")
        press(speaker, "Tilbage til dit oplæg")
        tick(speaker, "Alle")
        tick(speaker, "Ja")
        press(speaker, "Gem mine svar")
        assert "Vi har alt, hvad vi skal bruge" in speaker.text
        assert time.monotonic() - begun < SECONDS
        press(speaker, "Se dem, som alle ser dem")
        assert "Data i morgen" in speaker.text
        address = urlsplit(speaker.page.url).path
        made = speaker.page.request.get(f"{served.address}{address}/pdf")
        assert made.status == 200 and made.body().startswith(b"%PDF-")
        speaker.open(f"{address}/side/1")
        assert "Vent, til alle har set billedet." not in speaker.text
        wait_for_hit(speaker, "snitflader")

        # A new version takes the place of the first, at the same address.
        speaker.open(link)
        speaker.page.locator("summary", has_text="Læg en ny version op").press("Enter")
        drop(speaker, make_slides(tmp_path / "data i morgen 2.pptx", "Kvantespring i velfærden"))
        press(speaker, "Send den nye version")
        wait_for_hit(speaker, "kvantespring")
        speaker.open(f"{address}/side/1")
        assert "Kvantespring i velfærden" in speaker.text
        speaker.open(f"{address}/versioner")
        assert "Side 1 er ændret" in speaker.text

    writer.open(f"{MEETING}/oplaegsholdere")
    assert "Slides må vises for alle" in writer.text and "Tekst fra oplægsholderen" in writer.text
