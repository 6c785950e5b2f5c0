"""What a refused sign-in must look like, whatever was wrong."""

import re
from typing import Any

import pytest

from tests.identity.oidc.conftest import Desk

NOT_TRUSTED = "Vi kunne ikke godkende dit login"
STALE = "Prøv at logge ind igen"
NO_ANSWER = "svarer ikke"


def heading(page: Any) -> str:
    return re.search(r"<h1>(.*?)</h1>", page.text).group(1)  # type: ignore[union-attr]


def assert_refused(
    desk: Desk, told: pytest.LogCaptureFixture, page: Any, status: int, words: str, why: str
) -> None:
    """One clear page, one line in the log with the reason and the page's number, and nothing else."""
    assert (page.status_code, words in heading(page)) == (status, True), heading(page)
    lines = [record.getMessage() for record in told.records if record.name == "app.web.oidc"]
    assert len(lines) == 1, lines
    assert why in lines[0]
    assert page.headers["x-request-id"] in lines[0]
    assert page.headers["x-request-id"] in page.text
    assert page.headers["cache-control"] == "no-store"
    assert desk.site.app.state.cookie.name not in page.cookies
    assert desk.count() == desk.before
    assert desk.list_refusals() == (
        [] if status == 400 and words == STALE else [page.headers["x-request-id"]]
    )
