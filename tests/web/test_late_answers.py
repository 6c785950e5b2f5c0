"""What should have been answered and is not: how late it is, in a figure that says what it is."""

import re
from datetime import timedelta

import pytest

from app.core.clock import today
from tests.said import put_said
from tests.site import Site


@pytest.mark.parametrize(
    ("days", "told"),
    [
        ((3, 9), []),
        ((3, 9, 20), ["<b>9 dage</b> eller mere er halvdelen af dem forsinket."]),
        ((3, 9, 20, 90), ["<b>20 dage</b> eller mere er halvdelen af dem forsinket."]),
    ],
)
def test_how_late_half_of_the_answers_are_is_told_from_three_on(
    site: Site, days: tuple[int, ...], told: list[str]
) -> None:
    with site.unit() as session:
        for late in days:
            said = put_said(session, f"oe-{late}", title=f"Ønske {late}")
            said.status, said.answer_by = "received", today() - timedelta(days=late)
    page = " ".join(site.browser().get("/svar/forsinkede").text.split())
    assert re.findall(r"<b>\d+ dage?</b> eller mere er halvdelen af dem forsinket\.", page) == told
