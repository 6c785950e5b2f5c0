"""Whether they did it: from the last meeting to a promise, and its effect as number and sentence."""

import time

from tests.browser.conftest import Reader, on_the_phone


def press_link(reader: Reader, address: str) -> None:
    """Come to a link by the keyboard alone, and follow it; `address`: what its own ends with or holds."""
    reader.page.evaluate("document.activeElement.blur()")
    for _ in range(140):
        reader.page.keyboard.press("Tab")
        href = reader.page.evaluate("document.activeElement.getAttribute('href')") or ""
        if address in href:
            break
    else:
        raise AssertionError(f"no link to {address} is reached by keys")
    reader.page.keyboard.press("Enter")


@on_the_phone
def test_a_stranger_sees_whether_a_promise_was_kept_and_what_came_of_it(reader: Reader) -> None:
    """J-P3 at 360 px by keys: last meeting, the page, a promise; baseline, target, last figure, verdict."""
    begun = time.monotonic()
    reader.open("/moeder")
    press_link(reader, "/moeder/eksempel-efteraar-2026")
    reader.page.wait_for_url("**/moeder/eksempel-efteraar-2026")
    press_link(reader, "/opfoelgning")
    reader.page.wait_for_url("**/opfoelgning")
    reader.look()
    for words in ("Sådan står det", "Det venter stadig", "af 54 indspil har fået et svar eller et løfte"):
        assert words in reader.text
    kept = reader.page.locator(".promise a", has_text="Noterne fra bordene").first
    press_link(reader, kept.get_attribute("href") or "nothing")
    reader.page.wait_for_url("**/forpligtelser/F-*")
    reader.look()
    for words in ("Sådan gik det: holdt", "udgangspunkt", "mål", "Fra 0 til 4 borde", "Mødets side"):
        assert words in reader.text
    assert time.monotonic() - begun < 60
