"""The duty pages: privacy from the register, accessibility with feedback, rules, cookies, security."""

import importlib
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from app.core.audit import AuditEntry
from app.core.clock import moved_to, now
from app.core.mail import Mail
from app.core.text import CPR_NUMBER
from app.http.pages import Site as SiteFacts
from app.identity.sessions import Cookie
from app.main import create_app
from app.privacy.jobs import begin_day
from app.privacy.periods import Periods, put_in_force
from app.privacy.register import REGISTER
from app.settings import Settings
from app.web.cookies import PURPOSES, list_cookies
from tests.site import Site

ROOT = Path(__file__).resolve().parent.parent.parent
DUTIES = ("/was", "/was/tilbagemelding", "/privatliv", "/ligebehandling", "/sikkerhed", "/om", "/data")


def mails(site: Site) -> list[tuple[str, str]]:
    with site.unit() as session:
        rows = session.execute(select(Mail.recipient, Mail.subject).order_by(Mail.id)).all()
        return [(row.recipient, row.subject) for row in rows]


def test_each_opens_for_anybody_and_says_whom_to_phone(site: Site) -> None:
    for path in DUTIES:
        page = site.browser().get(path)
        assert page.status_code == 200, path
        assert "00 00 00 00" in page.text and "kontakt@eksempelforeningen.example" in page.text, path


def test_only_the_rule_of_answers_and_what_is_shared_is_asked_of_the_database(site: Site) -> None:
    counts = {path: site.count_statements(site.browser(), path) for path in DUTIES}
    assert counts == dict.fromkeys(DUTIES, 0) | {"/ligebehandling": 5}


# --- privacy


def test_privacy_tells_of_every_table_of_the_register(site: Site) -> None:
    page = site.browser().get("/privatliv").text
    missing = [holding.title for holding in REGISTER if f'<th scope="row">{holding.title}</th>' not in page]
    assert missing == []
    assert "{days}" not in page
    assert "Version 1, gælder fra 22. november 2026" in page


def test_privacy_says_the_periods_that_are_in_force(site: Site) -> None:
    before = site.browser().get("/privatliv").text
    assert "14 dage efter mødet. Det slettes først af alt." in before
    assert "Mails til dig gemmes i 90 dage." in before
    put_in_force(Periods(needs=3, mails=45))
    site.app.state.page_shelf.clear()  # Settings change with a start, and nothing is kept over one.
    try:
        page = site.browser().get("/privatliv").text
    finally:
        put_in_force(Periods())
    assert "3 dage efter mødet. Det slettes først af alt." in page
    assert "Mails til dig gemmes i 45 dage." in page


# --- cookies


def test_the_cookies_told_of_are_those_that_are_set() -> None:
    used = {""}
    for path in (ROOT / "app" / "web").glob("*.py"):
        for name in re.findall(r"cookie_name\(visit, (\w+)\)", path.read_text()):
            used.add(getattr(importlib.import_module(f"app.web.{path.stem}"), name))
    assert used == set(PURPOSES)
    setting = [
        str(path.relative_to(ROOT))
        for path in (ROOT / "app").glob("**/*.py")
        if re.search(r"response\.set_cookie\(", path.read_text())
    ]
    assert setting == ["app/web/entering.py"]


def test_the_page_shows_them_by_name_and_life(site: Site) -> None:
    page = site.browser().get("/privatliv").text
    for cookie in list_cookies(Cookie(is_https=False)):
        assert f"<code>{cookie.name}</code>" in page
    assert [one.name for one in list_cookies(Cookie(is_https=True))][:2] == [
        "__Host-dialogforum",
        "__Host-dialogforum-kode",
    ]
    assert "<td>30 dage</td>" in page and "<td>10 minutter</td>" in page


def test_a_stranger_gets_no_cookie(site: Site) -> None:
    for path in ("/", *DUTIES, "/log-ind", "/oensker"):
        assert "set-cookie" not in site.browser().get(path).headers, path


# --- equal treatment


def test_the_rules_are_those_that_people_agree_to(site: Site) -> None:
    for prefix, language in (("", "da"), ("/en", "en"), ("/sv", "sv")):
        words = (ROOT / f"templates/consents/dialogue_rules/1.{language}.html").read_text()
        assert words.strip() in site.browser().get(f"{prefix}/ligebehandling").text
    page = site.browser().get("/ligebehandling").text
    assert "ingen forrang i et udbud" in page and "Ret til rettelse" in page
    assert "højst 90 dage efter" in page


# --- accessibility

PARTS = (
    "Overholdelsesstatus",
    "Ikke-tilgængeligt indhold",
    "Uforholdsmæssig byrde",
    "Det, som loven ikke gælder for",
    "Udarbejdelse af erklæringen",
    "Udarbejdet den 22. november 2026.",
    "Senest gennemgået den 22. november 2026.",
    "Metode: selvevaluering.",
    "Tilbagemelding og kontakt",
    "Håndhævelsesprocedure",
    "Digitaliseringsstyrelsen",
)


def test_the_statement_has_its_required_parts(site: Site) -> None:
    page = site.browser().get("/was").text
    assert [part for part in PARTS if part not in page] == []


def test_an_official_statement_takes_its_place_and_the_form_stays(site: Site) -> None:
    official = "https://was.digst.dk/dialogforum-dk"
    app = create_app(site.settings.model_copy(update={"accessibility_statement_url": official}), site.tools)
    browser = site.browser()
    transport = browser.client._transport  # the client of Starlette keeps its app there
    before, transport.app = transport.app, app
    try:
        response = browser.get("/was")
        form = browser.get("/was/tilbagemelding")
    finally:
        transport.app = before
    assert (response.status_code, response.headers["location"]) == (302, official)
    assert form.status_code == 200


def test_every_page_leads_to_the_form(site: Site) -> None:
    for path in ("/", "/was", "/log-ind", "/findes-ikke"):
        assert 'href="/was/tilbagemelding"' in site.browser().get(path).text, path


def test_feedback_goes_to_the_contact_and_a_receipt_to_the_sender(site: Site) -> None:
    given = {"words": "Menuen kan ikke nås med tastatur.", "page": "/moeder", "mail": "Lise@Blind.example"}
    response = site.browser().post("/was/tilbagemelding", given)
    assert response.headers["location"] == "/was/tilbagemelding?kvittering=feedback"
    assert mails(site) == [
        ("kontakt@eksempelforeningen.example", "Tilgængelighed: nogen kan ikke bruge en side – Dialogforum"),
        ("lise@blind.example", "Vi har fået din tilbagemelding – Dialogforum"),
    ]
    with site.unit() as session:
        texts = session.scalars(select(Mail.text).order_by(Mail.id)).all()
        verbs = session.scalars(
            select(AuditEntry.verb).where(AuditEntry.thing == "accessibility").order_by(AuditEntry.id)
        ).all()
    assert "Menuen kan ikke nås med tastatur." in texts[0] and "lise@blind.example" in texts[0]
    assert verbs == ["tell"]
    # Nobody can have our words sent to somebody else.
    assert "Menuen" not in texts[1]


def test_feedback_without_an_address_is_taken_and_sent_once(site: Site) -> None:
    given = {"words": "Farverne er for svage.", "key": "7d3f1c1e-1111-4222-8333-444455556666"}
    for _ in range(2):
        assert site.browser().post("/was/tilbagemelding", given).status_code == 303
    assert [recipient for recipient, _ in mails(site)] == ["kontakt@eksempelforeningen.example"]


def test_wrong_feedback_keeps_what_was_typed(site: Site) -> None:
    for given, sentence in (
        ({"words": "", "page": "/moeder"}, "Udfyld feltet."),
        ({"words": "Hej", "mail": "ingen adresse"}, "Skriv en mailadresse"),
        ({"words": "Jeg hedder 010203-1234"}, "Skriv aldrig CPR-numre her."),
    ):
        response = site.browser().post("/was/tilbagemelding", given)
        assert response.status_code == 422 and sentence in response.text
        assert all(value in response.text for value in given.values())
    assert mails(site) == []


def test_feedback_cannot_fill_a_mailbox(site: Site) -> None:
    given = {"words": "x", "mail": "offer@x.example"}
    answers = [site.browser().post("/was/tilbagemelding", given).status_code for _ in range(4)]
    assert answers == [303, 303, 303, 429]
    without = [site.browser().post("/was/tilbagemelding", {"words": "x"}).status_code for _ in range(28)]
    assert without == [303] * 27 + [429]


def test_markup_in_feedback_is_words(site: Site) -> None:
    response = site.browser().get("/was/tilbagemelding?side=<script>alert(1)</script>")
    assert "<script>alert" not in response.text


@pytest.mark.parametrize(
    ("days", "expected"), [(-31, 0), (-30, 1), (0, 1), (40, 1)], ids=["early", "warned", "due", "late"]
)
def test_the_contact_is_warned_thirty_days_before_a_year_is_up(site: Site, days: int, expected: int) -> None:
    due = datetime(2026, 11, 22, 8, tzinfo=UTC) + timedelta(days=365)
    with moved_to(due + timedelta(days=days)):
        begin_day(site.tools)
        begin_day(site.tools)
    assert len(mails(site)) == expected


def test_the_warning_comes_again_after_a_fortnight(site: Site) -> None:
    due = datetime(2026, 11, 22, 8, tzinfo=UTC) + timedelta(days=365)
    for days in (-30, -29, -17, -16, -2):
        with moved_to(due + timedelta(days=days)):
            begin_day(site.tools)
    assert (
        mails(site)
        == [
            (
                "kontakt@eksempelforeningen.example",
                "Tilgængelighedserklæringen skal gennemgås senest 2027-11-22",
            )
        ]
        * 3
    )


def test_the_days_of_the_statement_are_settings() -> None:
    settings = Settings(accessibility_made_on=date(2026, 1, 2), accessibility_reviewed_on=date(2026, 3, 4))
    from app.main import make_site

    facts: SiteFacts = make_site(settings)
    assert (facts.accessibility_made_on, facts.accessibility_reviewed_on) == (
        date(2026, 1, 2),
        date(2026, 3, 4),
    )


# --- security.txt


def test_security_txt_is_as_rfc_9116_has_it(site: Site) -> None:
    response = site.browser().get("/.well-known/security.txt")
    assert response.headers["content-type"] == "text/plain; charset=utf-8"
    lines = response.text.splitlines()
    fields = [line.split(": ", 1) for line in lines]
    assert all(len(field) == 2 for field in fields)
    names = [name for name, _ in fields]
    assert set(names) == {"Contact", "Expires", "Preferred-Languages", "Canonical", "Policy"}
    assert [names.count(once) for once in ("Expires", "Preferred-Languages")] == [1, 1]
    values = dict(fields)
    assert all(value.startswith(("https://", "mailto:")) for name, value in fields if name in
               ("Contact", "Policy", "Canonical"))  # fmt: skip
    expires = datetime.fromisoformat(values["Expires"])
    assert now() < expires < now() + timedelta(days=365)
    assert values["Canonical"].endswith("/.well-known/security.txt")
    assert values["Policy"].endswith("/sikkerhed")


def test_the_page_of_security_makes_its_promises(site: Site) -> None:
    page = site.browser().get("/sikkerhed").text
    for words in ("inden for 48 timer", "inden for 24 timer og lukket inden for 7 dage",
                  "inden for 30 dage og et mindre inden for 90 dage", "Datatilsynet inden for 72 timer",
                  "anmelder vi dig ikke til politiet"):  # fmt: skip
        assert words in page, words


def test_no_example_of_a_cpr_number_stands_on_a_page(site: Site) -> None:
    for path in DUTIES:
        assert CPR_NUMBER.search(site.browser().get(path).text) is None, path
