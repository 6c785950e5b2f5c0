"""Suggestions below the search box: by keyboard, and never in the way where there are no scripts."""

from axe_playwright_python.sync_playwright import Axe

from tests.browser.conftest import AXE_RULES, Reader


def test_suggestions_are_walked_with_the_arrows_and_put_away_with_escape(reader: Reader) -> None:
    reader.open("/soeg")
    page = reader.page
    page.locator("#q").fill("")
    page.locator("#q").press_sequentially("målb", delay=30)
    if reader.has_scripts:
        page.wait_for_selector("#forslag a")
        # Only the box: what the list lies over is too small a target until the list is put away.
        found = Axe().run(page, ".search-box", {"runOnly": AXE_RULES})
        assert found.response["violations"] == []
        assert "forslag" in page.locator("#forslag-antal").inner_text()
        page.keyboard.press("ArrowDown")
        assert page.evaluate("document.activeElement.textContent") == "målbilleder"
        page.keyboard.press("ArrowUp")
        assert page.evaluate("document.activeElement.id") == "q"
        page.keyboard.press("Escape")
        assert page.locator("#forslag a").count() == 0
        page.keyboard.type("i")
        page.wait_for_selector("#forslag a")
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/soeg?**")
    reader.look()
    assert "målb" in page.locator("h1").inner_text()
