"""Sign-in at a certified provider in a real browser: the strict CSP lets nobody be stopped on the way."""

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from httpx2 import Timeout
from playwright.sync_api import Browser, Page
from playwright.sync_api import TimeoutError as TookTooLong

from app.core.database import Database
from app.identity import fetching
from tests.browser.conftest import MOST_WAITED, SCREENS, Reader, Served, serve
from tests.certified import Certified, find_place, running


@pytest.fixture
def place() -> Certified:
    return find_place()


@pytest.fixture
def site(
    place: Certified,
    clone: Callable[[str], Database],
    archive_template: str,
    shared_folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Served]:
    # A provider that answers late is refused, as it should be; here the machine may be that slow.
    monkeypatch.setattr(fetching, "STEP", Timeout(30.0))
    monkeypatch.setattr(fetching, "WHOLE_TALK", 30.0)
    files = tmp_path / "files"
    shutil.copytree(shared_folder / "archive" / "files", files)
    providers = [place.settings()]
    with (
        serve(
            clone(archive_template), files, tmp_path, False, lambda _: {"oidc_providers": providers}
        ) as site,
        running(place, site.address),
    ):
        yield site


@pytest.fixture(params=["phone", "no-scripts"])
def page(request: pytest.FixtureRequest, chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(**SCREENS[request.param], locale="da-DK")
    context.set_default_timeout(MOST_WAITED)
    page = context.new_page()
    blocked: list[str] = []
    page.on(
        "console",
        lambda message: blocked.append(message.text) if "Content Security" in message.text else None,
    )
    yield page
    context.close()
    assert blocked == []


def signed_in_at(address: str) -> re.Pattern[str]:
    """The page's address, before or after its script takes the receipt out of it."""
    return re.compile(rf"^{re.escape(address)}(\?kvittering=signed_in)?$")


def arrive(page: Page, address: str | re.Pattern[str]) -> None:
    """Wait until the browser stands there, as long as a busy machine needs; else tell where it is instead."""
    try:
        page.wait_for_url(address, timeout=30_000)
    except TookTooLong:
        raise AssertionError(f"stands at {page.url}: {page.locator('body').inner_text()[:500]}") from None


def test_a_person_signs_in_at_the_provider_and_out_again_by_keyboard(page: Page, site: Served) -> None:
    page.goto(f"{site.address}/log-ind?videre=/oensker")
    page.get_by_role("button", name="Log ind med Prøvelogin").focus()
    page.keyboard.press("Enter")
    page.get_by_role("link", name="plain").click()
    arrive(page, signed_in_at(f"{site.address}/oensker"))
    assert "Du er logget ind" in page.locator("main").inner_text()

    if page.get_by_role("button", name="Menu").is_visible():
        page.get_by_role("button", name="Menu").click()
    page.get_by_role("button", name="Log ud").click()
    page.get_by_role("button", name="Ja").click()
    arrive(page, f"{site.address}/")
    assert [c for c in page.context.cookies(site.address) if c["name"] == "dialogforum"] == []


def test_the_way_back_with_the_browsers_button_is_no_trap(page: Page, site: Served) -> None:
    page.goto(f"{site.address}/log-ind")
    page.get_by_role("button", name="Log ind med Prøvelogin").click()
    page.get_by_role("link", name="plain").wait_for()
    page.go_back()
    arrive(page, f"{site.address}/log-ind")


@pytest.mark.parametrize("page", ["phone"], indirect=True)
def test_the_pages_around_a_sign_in_are_for_everybody(page: Page, site: Served) -> None:
    person = Reader(page, site.address, "phone")
    page.goto(f"{site.address}/log-ind")
    person.look()
    page.goto(f"{site.address}/log-ind/hos/proeve/retur?state=opdigtet")
    person.look()
    page.goto(f"{site.address}/log-ind")
    page.get_by_role("button", name="Log ind med Prøvelogin").click()
    page.get_by_role("link", name="plain").click()
    arrive(page, signed_in_at(f"{site.address}/"))
    page.goto(f"{site.address}/mit/forbindelser")
    person.look()
