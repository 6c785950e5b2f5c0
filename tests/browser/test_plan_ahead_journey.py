"""J-V7: from a theme to what is promised under it for four years, what slipped and why, into the calendar."""

import time

import vobject

from tests.browser.conftest import Reader, on_the_phone
from tests.browser.test_sign_up_journey import press, walk_to

THEME = "/temaer/fods-2026-2029/et-sammenhaengende-digitalt-fundament"
SECONDS = 60


@on_the_phone
def test_the_keyboard_alone_finds_the_plan_of_a_theme_with_what_slipped_and_subscribes_to_its_days(
    reader: Reader,
) -> None:
    begun = time.monotonic()
    page = reader.page
    reader.open(THEME)
    press(reader, "Forpligtelser som tidslinje")
    assert "/forpligtelser/plan?tema=" in page.url
    line = page.locator("li.planned", has_text="Seks måneders varsel og én fælles kalender")
    slip = line.locator(".slips li").inner_text()
    assert "Flyttet fra" in slip and "To leverandører mangler at melde ind." in slip
    old_day, new_day = (line.locator(".slip-days " + tag).inner_text() for tag in ("s", "b"))
    walk_to(reader, "Få dagene i din kalender")
    webcal = page.evaluate("document.activeElement.href")
    assert webcal.startswith("webcal:") and "tema=" in webcal
    fetched = page.request.get(webcal.replace("webcal:", "http:", 1))
    days = {event.summary.value: event.dtstart.value for event in vobject.readOne(fetched.text()).vevent_list}
    milestone = next(day for name, day in days.items() if "Alle snitflader er i kalenderen" in name)
    assert (str(milestone.day), str(milestone.year)) == (new_day.split(".")[0], new_day.split()[-1])
    assert old_day != new_day
    # The same days stand in a table, for who does not see the drawing.
    row = page.locator("tr", has_text="Alle snitflader er i kalenderen")
    assert new_day.split(".")[0] in row.inner_text()
    wide = page.evaluate(
        "(([one]) => one.scrollWidth - one.clientWidth)(document.querySelectorAll('.table-wrap'))"
    )
    assert wide <= 0, f"the table of days is pushed sideways by {wide} px"
    press(reader, "Seks måneders varsel")
    assert "To leverandører mangler at melde ind." in reader.text and "Sådan måles det" in reader.text
    assert time.monotonic() - begun < SECONDS
