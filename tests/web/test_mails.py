"""Saying no to mails: with one press, by the person or by the mail program, without signing in."""

import pytest
from sqlalchemy import select

from app.core.links import seal
from app.domain.outbox.models import MailOptout
from app.domain.outbox.schemas import Recipient
from tests.node.html_validate import find_html_errors
from tests.site import Site
from tests.web.test_outbox import add_batch, list_letter_ids


@pytest.fixture
def path(site: Site) -> str:
    (letter_id,) = list_letter_ids(
        site, add_batch(site, "invitation", Recipient("anna.aal@x.example", "Anna"))
    )
    with site.unit() as session:
        return f"/mails/afmeld/{letter_id}/{seal(session, 'unsubscribe', letter_id)}"


def list_optouts(site: Site) -> list[str]:
    with site.unit() as session:
        return list(session.scalars(select(MailOptout.email).order_by(MailOptout.id)))


def test_opening_the_page_changes_nothing_and_shows_little(site: Site, path: str) -> None:
    answer = site.browser().get(path)
    assert answer.status_code == 200
    assert (answer.headers["cache-control"], answer.headers["x-robots-tag"]) == ("no-store", "noindex")
    assert "an…@x.example" in answer.text
    assert "anna.aal" not in answer.text
    assert "Anna" not in answer.text
    assert list_optouts(site) == []
    assert find_html_errors({"afmeld": answer.text}) == []


def test_a_mail_program_says_no_with_one_post(site: Site, path: str) -> None:
    """As RFC 8058 has it: no cookie, no origin, no key, only these words."""
    client = site.new_browser().client
    del client.headers["Sec-Fetch-Site"]
    answers = [client.post(path, data={"List-Unsubscribe": "One-Click"}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert list_optouts(site) == ["anna.aal@x.example"]


def test_a_person_says_no_and_regrets(site: Site, path: str) -> None:
    browser = site.new_browser()
    assert "Du får ikke flere af den slags mails" in browser.post(path).text
    assert "Fortryd" in browser.get(path).text
    assert "Vil du ikke have flere mails fra os?" in browser.post(path, {"fortryd": "1"}).text
    assert list_optouts(site) == []


@pytest.mark.parametrize("change", ["seal", "number", "gone"])
def test_without_the_seal_there_is_no_such_page(site: Site, path: str, change: str) -> None:
    start, number, sealed = path.rsplit("/", 2)
    wrong = {
        "seal": f"{start}/{number}/{sealed[:-1]}{'A' if sealed[-1] != 'A' else 'B'}",
        "number": f"{start}/{int(number) + 1}/{sealed}",
        "gone": f"{start}/999999999999999999/{sealed}",
    }[change]
    assert site.browser().get(wrong).status_code == 404
    assert site.new_browser().post(wrong).status_code == 404
    assert list_optouts(site) == []
