"""Files of ours: kept for long only under the address that is their own."""

import pytest

from app.http.pages import static_address
from tests.site import Site

LONG, ANEW = "public, max-age=31536000, immutable", "no-cache"


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        (static_address("css/app.css"), LONG),
        ("/static/css/app.css", ANEW),
        ("/static/css/app.css?v=0000000000", ANEW),
        (static_address("css/app.css") + "&x=1", ANEW),
    ],
)
def test_a_file_is_kept_for_a_year_only_under_its_own_mark(site: Site, address: str, kept: str) -> None:
    """A page of a newer version may be answered with the file of this one, while both run."""
    answer = site.new_browser().get(address)
    assert (answer.status_code, answer.headers["cache-control"]) == (200, kept)
