"""Staff records a meeting: its programme, its speakers, a deck, what the groups said; and publishes it."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from app.archive.samples import make_pdf
from tests.browser.conftest import Reader, writing_on_the_phone

LINES = "\n".join(f"{number}. Linje nummer {number} fra flipover om data" for number in range(1, 51))


@pytest.fixture
def deck(tmp_path: Path) -> Path:
    path = tmp_path / "data-i-drift.pdf"
    slides = [
        {"title": "Data i drift", "bullets": ["Et oplæg til prøven"]},
        {"title": "Genbrugelige snitflader", "bullets": ["Ens i alle kommuner"]},
    ]
    make_pdf(path, slides, title="Data i drift")
    return path


def fill(reader: Reader, **fields: str) -> None:
    for name, value in fields.items():
        reader.page.locator(f"#field-{name}").fill(value)


def make_meeting(reader: Reader) -> str:
    """A new meeting with the number that is proposed; its address."""
    reader.open("/moeder/nyt")
    assert reader.page.locator("#field-number").input_value() == "15"
    fill(reader, title="Data i drift", held_on="2027-03-18", starts="13:00", ends="16:00")
    reader.page.get_by_label("Hybrid").check()
    reader.press("Gem kladde")
    return "/moeder/15"


def add_item(
    reader: Reader, meeting: str, kind: str, title: str, starts: str, ends: str, track: str = ""
) -> None:
    reader.open(f"{meeting}/rediger/program")
    page = reader.page
    page.locator("#field-kind").select_option(kind)
    if track:
        page.locator("#field-track").select_option(track)
    fill(reader, title=title, starts=starts, ends=ends)
    reader.press("Sæt på programmet")
    assert title in reader.text


def add_speaker(reader: Reader, meeting: str, item: str, search: str) -> None:
    """Find somebody who has spoken before, and put them on the item with today's title."""
    reader.open(f"{meeting}/rediger/program")
    row = reader.page.locator("main li", has_text=item).last
    row.get_by_role("link", name="Tilføj person").click()
    reader.page.wait_for_load_state()
    reader.page.locator("#field-q").fill(search)
    reader.page.locator("#field-q").press("Enter")
    reader.press(f"Vælg {search}", "link")
    fill(reader, title="Direktør for data")
    reader.press("Sæt på punktet")
    assert search in reader.text


def test_a_meeting_is_recorded_from_plan_to_public(writer: Reader, deck: Path) -> None:
    writer.sign_in("Sekretariat")
    meeting = make_meeting(writer)
    add_item(writer, meeting, "welcome", "Velkomst til dataåret", "13:00", "13:10")
    add_item(writer, meeting, "talk", "Data på tværs", "13:10", "13:40", "Spor A")
    add_item(writer, meeting, "talk", "Data i dybden", "13:10", "13:40", "Spor B")
    add_item(writer, meeting, "panel", "Panel om ansvar", "13:40", "14:20")
    add_item(writer, meeting, "group_session", "Grupper om data", "14:20", "15:30")
    add_speaker(writer, meeting, "Data på tværs", "Claus Rydkjær")

    writer.open(f"{meeting}/oplaeg/nyt")
    fill(writer, title="Data i drift")
    writer.page.locator("#field-file").set_input_files(deck)
    writer.page.get_by_role("button", name="Læg op").click()
    writer.page.wait_for_url(re.compile(r"/oplaeg/\d+"))
    for _ in range(40):
        if writer.page.locator('main a[href*="/side/2"]').count():
            break
        writer.page.wait_for_timeout(250)
        writer.page.reload()
    writer.page.locator('main a[href*="/side/2"]').first.click()
    writer.page.wait_for_url("**/side/2")
    assert "Genbrugelige snitflader" in writer.text

    writer.open(f"{meeting}/indspil/skriv")
    writer.page.locator("#field-text").fill("Vi mangler fælles målbilleder for data")
    writer.press("Skriv ned")
    assert "Vi mangler fælles målbilleder for data" in writer.text
    writer.open(f"{meeting}/indspil/mange")
    fill(writer, lines=LINES)
    writer.press("Skriv ned med det samme")
    assert "51" in writer.text

    writer.open(f"{meeting}/indspil/maerk")
    boxes = writer.page.locator('main input[type=checkbox][name="contribution_ids"]')
    for number in range(3):
        boxes.nth(number).check()
    writer.page.locator("#field-aspect").select_option("data")
    writer.press("Gem for de valgte")
    assert writer.page.locator("main table").get_by_text("Data", exact=True).count() >= 3

    writer.open(f"{meeting}/rediger/program")
    writer.press("Udgiv")
    writer.open(f"{meeting}/indspil/skriv")
    writer.press("Udgiv 51 indspil")
    writer.sign_out()
    writer.open(f"{meeting}/program")
    expect(writer.page.get_by_text("Direktør for data")).to_have_count(1)
    writer.open(f"{meeting}/indspil")
    assert re.search(r"51|IN-\d{4}", writer.text)


@writing_on_the_phone
def test_a_file_that_is_not_what_it_says_gets_a_sentence(writer: Reader, tmp_path: Path) -> None:
    false = tmp_path / "falsk.pdf"
    false.write_text("<html><body>Jeg er ikke en pdf</body></html>")
    writer.sign_in("Sekretariat")
    writer.open("/moeder/10/oplaeg/nyt")
    fill(writer, title="Falsk")
    writer.page.locator("#field-file").set_input_files(false)
    writer.press("Læg op")
    expect(writer.page.locator("#field-file-error")).to_have_count(1)
    assert writer.page.locator("#field-title").input_value() == "Falsk"
