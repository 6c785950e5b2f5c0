"""What becomes of one's own, on a phone by keyboard alone. J-V5: a vendor sees what happened with theirs.
J-K2: a municipality sees what concerns it, and why. J-S1: staff sees what is burning."""

import re
import time
from urllib.parse import urlsplit

from sqlalchemy import select

from app.core.policy import Actor
from app.domain.contributions.models import Contribution, ContributionTheme
from app.domain.following.service import follow
from app.domain.users.models import User
from tests.browser.conftest import Reader, Served, on_the_phone, writing_on_the_phone
from tests.browser.test_sign_up_journey import press

SECONDS = 30


@writing_on_the_phone
def test_a_vendor_sees_state_date_answer_and_promise_of_theirs_and_follows(writer: Reader) -> None:
    writer.sign_in("Leverandør")
    began = time.monotonic()
    press(writer, "Mine bidrag")
    promised = writer.page.locator(".own-said", has=writer.page.locator("dt", has_text="Løfte"))
    words = promised.filter(has_text="Ønske").first.inner_text()
    for part in ("Næste skridt", "Dato", "Svar", "Løfte"):
        assert part in words, (part, words)
    assert re.search(r"F-\d{4} ", words) and re.search(r"senest \d+\. \w+ 20\d\d", words)
    # Also what was said aloud in a group for the same organisation, with the promise of what it hangs under.
    aloud = promised.filter(has_text="sagt på mødet").filter(has_text="Samlet med andre")
    assert "Indspil IN-" in aloud.first.inner_text()
    press(writer, "Følg")
    assert urlsplit(writer.page.url).path == "/mit/bidrag"
    assert writer.page.get_by_role("button", name="Følg ikke længere").count() >= 1
    assert time.monotonic() - began < SECONDS


@writing_on_the_phone
def test_a_municipality_sees_what_concerns_it_and_each_line_says_why(writer: Reader, served: Served) -> None:
    with served.tools.database.unit() as session:
        # Whatever theme the newest wish of the examples has.
        theme_id = session.scalars(
            select(ContributionTheme.theme_id)
            .join(Contribution, Contribution.id == ContributionTheme.contribution_id)
            .where(Contribution.kind == "wish", Contribution.is_example)
            .order_by(Contribution.received_at.desc(), ContributionTheme.theme_id)
        ).first()
        user = session.scalars(select(User).where(User.email.like("signe.skabelon@%"))).one()
        assert theme_id is not None
        follow(session, Actor(user_id=user.id), "theme", theme_id)
    writer.sign_in("Kommune")
    began = time.monotonic()
    press(writer, "For min kommune")
    new = writer.page.locator("section[aria-labelledby^=tema-] .own-rows > li")
    alike = writer.page.locator("#ligner + ul > li")
    assert new.count() >= 1 and alike.count() == 3
    lines = [*new.all_inner_texts(), *alike.all_inner_texts()]
    assert [line for line in lines if "Vises, fordi" not in line] == []
    assert "samme region" in alike.first.inner_text()
    press(writer, "Vis interesse")
    assert urlsplit(writer.page.url).path.startswith("/oensker/OE-")
    assert time.monotonic() - began < SECONDS


@on_the_phone
def test_staff_comes_from_signing_in_to_the_oldest_late_one_in_two_presses(reader: Reader) -> None:
    reader.sign_in("Sekretariat")
    began = time.monotonic()
    press(reader, "Mit overblik")
    figures = reader.page.locator(".counts").first.locator("li")
    hrefs = [link.get_attribute("href") or "" for link in figures.locator("a:has(b)").all()]
    assert len(hrefs) == figures.count() > 10
    oldest = reader.page.locator("h3", has_text="Forsinket længst").locator("+ ul > li a").first
    title, href = oldest.inner_text(), oldest.get_attribute("href") or ""
    press(reader, title)
    assert urlsplit(reader.page.url).path == href and re.fullmatch(r"/indbakke/[A-Z]{2}-\d{4}", href)
    assert "forsinket" in reader.text.casefold()
    assert time.monotonic() - began < SECONDS
