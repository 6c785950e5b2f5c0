"""A facilitator opens a board, pastes a flipchart, hangs it in clusters and puts it forward, by keys."""

from urllib.parse import urlsplit

from tests.browser.conftest import Reader, writing_on_the_phone
from tests.browser.test_sign_up_journey import press, walk_to, write

MEETING = "/moeder/eksempel-foraar-2027"
COLUMNS = """[...document.querySelectorAll("[data-cluster]")].map((column) =>
    [column.dataset.name, ...[...column.querySelectorAll(".words")].map((words) => words.innerText)])"""


@writing_on_the_phone
def test_the_keyboard_alone_puts_a_flipchart_in_order_and_another_window_follows(writer: Reader) -> None:
    page = writer.page
    writer.sign_in("Sekretariat")
    writer.open(f"{MEETING}/tavler")
    press(writer, "Åbn alle tavler")
    assert "Tavlerne er åbne." in page.inner_text("body")
    press(writer, "Ordn")
    other = page.context.new_page()
    other.goto(page.url)
    page.bring_to_front()
    press(writer, "Indsæt en flipover")
    write(writer, "Linjerne", "- Data først\n- Folk først")
    press(writer, "Vis, hvad det bliver til")
    press(writer, "Hæng 2 indspil op")
    write(writer, "Navn på klyngen", "Begynd her")
    press(writer, "Lav klyngen")
    assert page.evaluate(COLUMNS) == [["Ikke ordnet endnu", "Folk først", "Data først"], ["Begynd her"]]

    says = page.locator("[data-room-says]")
    handle = page.get_by_role("button", name="Flyt indspillet: Data først")
    handle.focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    says.filter(has_text="Data først hænger nu i Begynd her.").wait_for(state="attached")
    in_order = [["Ikke ordnet endnu", "Folk først"], ["Begynd her", "Data først"]]
    for window in (page, other):
        window.wait_for_function(
            f"wanted => JSON.stringify({COLUMNS}) === JSON.stringify(wanted)", arg=in_order
        )
    # What it hung in has come anew, and whoever moved it still stands at it.
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "Flyt indspillet: Data først"
    handle.focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Escape")
    writer.open(urlsplit(page.url).path)
    assert page.evaluate(COLUMNS) == in_order

    walk_to(writer, "Med i plenum", most=80)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    writer.open(f"{MEETING}/plenum")
    assert "Rum 1: Data fra plejen" in writer.text and "Folk først" in writer.text
    assert "Data først" not in writer.text
