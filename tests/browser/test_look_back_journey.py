"""J-K6: looking back at a wish, from a word that is searched for to an effect in numbers, to take along."""

import csv
import io
import time

from tests.browser.conftest import Reader, on_the_phone

WORD = "ledelsesinformation"


def tab_to(reader: Reader, test: str) -> None:
    """Step by the tabulator key until the focus is where this script about `e`, what has it, says."""
    for _ in range(150):
        reader.page.keyboard.press("Tab")
        if reader.page.evaluate(f"(e => {test})(document.activeElement)"):
            return
    raise AssertionError(f"no key leads to {test}")


@on_the_phone
def test_a_word_leads_to_the_years_the_promise_and_the_effect_and_goes_along(reader: Reader) -> None:
    begun, page = time.monotonic(), reader.page
    reader.open("/")
    tab_to(reader, "e.id === 'front-search'")
    page.keyboard.type(WORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/soeg?**")
    tab_to(reader, "/[/]oensker[/]OE-/.test(e.getAttribute('href'))")
    page.keyboard.press("Enter")
    page.wait_for_url("**/oensker/OE-*")
    reader.look()
    wish = page.url.rpartition("/")[2]
    years = page.locator(".said-again .year").all_inner_texts()
    assert len(years) > 1 and [year[:4] for year in years] == sorted(year[:4] for year in years)
    assert page.locator(".said-again img").first.evaluate("image => image.alt") == ""
    tab_to(reader, "/[/]forpligtelser[/]F-/.test(e.getAttribute('href'))")
    page.keyboard.press("Enter")
    page.wait_for_url("**/forpligtelser/F-*")
    reader.look()
    chain = page.locator(".evidence")
    assert "Effekt" in chain.inner_text() and "Målet var" in chain.inner_text()
    # And back along it.
    chain.locator(f"a[href='/oensker/{wish}']").press("Enter")
    page.wait_for_url(f"**/oensker/{wish}")
    with page.expect_download() as fetched:
        page.locator(f"a[href='/historier/{wish}.csv']").press("Enter")
    rows = list(csv.DictReader(io.StringIO(fetched.value.path().read_text("utf-8-sig")), delimiter=";"))
    assert {"Sagt", "Besvaret", "Lovet", "Målt"} <= {row["Hvad"] for row in rows}
    assert all(row["Adresse"].startswith("http") for row in rows)
    page.locator(f"a[href='/historier/{wish}.pdf']").press("Enter")
    page.wait_for_url("**/fil?som=pdf")
    reader.look()
    assert time.monotonic() - begun < 120
