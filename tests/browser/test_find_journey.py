"""Finding again what was said, and saying that one needs it too."""

import time

from tests.browser.conftest import Reader, on_the_phone, writing_on_the_phone

# How the hits for one word are grouped, as the journey names them: slides, minutes, wishes, promises.
GROUPS = ("Sider i oplæg", "Referat", "Ønsker", "Forpligtelser")


def test_a_word_leads_to_the_very_page_of_a_deck(reader: Reader) -> None:
    """J-P2: hits by kind; a slide hit opens its page with speaker, employer that day, meeting and date."""
    begun = time.monotonic()
    reader.open("/")
    box = reader.page.locator("main input[type=search]")
    box.fill("målbilleder")
    box.press("Enter")
    reader.page.wait_for_url("**/soeg?**")
    reader.look()
    assert reader.page.locator("mark").count() > 0
    assert [group for group in GROUPS if group not in reader.text] == []
    reader.page.locator('main a[href*="/side/3"]').first.click()
    reader.page.wait_for_url("**/side/3")
    reader.look()
    for words in ("Hvad er målbilleder?", "Mads Mønster", "Chefkonsulent, Eksempelforeningen"):
        assert words in reader.text
    assert reader.page.locator("main img").first.evaluate("image => image.naturalWidth") > 900
    assert time.monotonic() - begun < 60


@on_the_phone
def test_compounds_and_hyphens_are_found(reader: Reader) -> None:
    for words in ("effekt af velfærdsteknologi", "it indkøb"):
        reader.open(f"/soeg?q={words}")
        assert reader.page.locator('main a[href*="/oplaeg/"]').count() > 0
        assert reader.page.locator("mark").count() > 0


@on_the_phone
def test_a_slip_of_the_pen_is_understood(reader: Reader) -> None:
    reader.open("/soeg?q=velfærdstekonlogi")
    assert "velfærdsteknologi" in reader.text


@on_the_phone
def test_the_keyboard_alone_is_enough(reader: Reader) -> None:
    """J-P2 on a phone without a mouse: the search box, a hit and the next page are reached by keys."""
    begun = time.monotonic()
    reader.open("/")
    page = reader.page
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "front-search":
            break
    page.keyboard.type("målbilleder")
    page.keyboard.press("Enter")
    page.wait_for_url("**/soeg?**")
    reader.look()
    assert [group for group in GROUPS if group not in reader.text] == []
    for _ in range(80):
        page.keyboard.press("Tab")
        if "/side/" in (page.evaluate("document.activeElement.getAttribute('href')") or ""):
            break
    page.keyboard.press("Enter")
    page.wait_for_url("**/side/*")
    reader.look()
    for words in ("Mads Mønster", "Eksempelforeningen", "Målbilleder, effekt og gode it-indkøb", "2026"):
        assert words in reader.text
    page.keyboard.press("End")
    page.wait_for_url("**/side/10")
    assert time.monotonic() - begun < 60


@writing_on_the_phone
def test_a_municipality_changes_its_mark_on_a_wish(writer: Reader) -> None:
    writer.sign_in("Kommune")
    writer.open("/soeg?q=testmiljø")
    writer.page.locator('main a[href*="/oensker/OE-"]').first.click()
    writer.page.wait_for_url("**/oensker/OE-*")
    writer.look()
    writer.page.get_by_label("Vi har behovet").check()
    writer.agree()
    writer.press("Gem ændringen", exact=False)
    assert "Eksempelkommune" in writer.text
    assert writer.page.get_by_label("Vi har behovet").is_checked()


def test_a_municipality_marks_interest_in_a_wish(writer: Reader) -> None:
    writer.sign_in("Kommune")
    writer.open("/oensker/OE-0001")
    writer.page.get_by_label("Vi vil afprøve").check()
    writer.agree()
    writer.press("Vis interesse", exact=False)
    assert "Eksempelkommune" in writer.text
    assert writer.page.get_by_label("Vi vil afprøve").is_checked()
