"""From a map of the themes to what was said years ago, and on to what is promised."""

import time

from tests.browser.conftest import Reader, on_the_phone

THEME = "/temaer/fods-2026-2029/en-brugervenlig-digital-offentlig-sektor"


def go_by_keys(reader: Reader, href: str) -> None:
    """Reach the link with this in its address by the tabulator alone, and follow it."""
    keyboard = reader.page.keyboard
    for _ in range(160):
        keyboard.press("Tab")
        if href in (reader.page.evaluate("document.activeElement.getAttribute('href')") or ""):
            break
    else:
        raise AssertionError(f"no tabulator leads to {href} on {reader.page.url}")
    with reader.page.expect_navigation():
        keyboard.press("Enter")
    assert href in reader.page.url
    reader.look()


@on_the_phone
def test_a_field_of_the_map_leads_to_old_words_and_the_theme_to_its_promises(reader: Reader) -> None:
    """J-K6 and the beginning of J-V7, by keys: what was said in 2020 is found under a theme of 2026, which
    tells why; the theme leads to the time line of promises."""
    begun = time.monotonic()
    reader.open("/temaer")
    go_by_keys(reader, "/temaer/varmekort")
    go_by_keys(reader, f"{THEME}/sagt?moede=10")
    assert "Alt, der er sagt (1)" in reader.text
    assert "Tag borgerperspektivet strategisk ind i signaturprojekterne" in reader.text
    assert (
        "Står her, fordi »Borger, teknologi og lokaldemokratiet« (2021–2025) gik ind i"
        " »En brugervenlig digital offentlig sektor« (2026–2029)."
    ) in reader.text
    go_by_keys(reader, THEME)
    for words in ("Temaet gennem tiden", "Ønsker efter aspekt", "På møderne"):
        assert words in reader.text
    go_by_keys(reader, "/forpligtelser/plan?tema=")
    assert "Forpligtelser under »En brugervenlig digital offentlig sektor«" in reader.text
    assert time.monotonic() - begun < 60
