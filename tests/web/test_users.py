"""The admins' list of users: finding one, closing it, joining two."""

import re

import pytest
from sqlalchemy import select

from app.core.audit import AuditEntry
from app.core.clock import now
from app.core.mail import Mail
from app.domain.users.models import User
from tests.site import Site

NOT_ADMINS = ("vendor", "rival", "consultancy", "municipality", "staff", "auditor", "loner", "newcomer")


def number(site: Site, who: str) -> int:
    user_id = getattr(site.people, who).user_id
    assert isinstance(user_id, int)
    return user_id


def test_an_admin_finds_people_by_name_and_by_mail(site: Site) -> None:
    admin = site.browser("admin")
    assert "9 brugere" not in admin.get("/brugere?q=vera").text
    for words in ("vera", "vera@soft", "SOFT.example vera"):
        page = admin.get(f"/brugere?q={words}").text
        assert "Vera Vendor" in page and "Rita Rival" not in page, words
    assert "Ingen bruger passer til søgningen." in admin.get("/brugere?q=%25").text


def test_one_user_is_shown_with_whom_they_represent_and_the_ways_in(site: Site) -> None:
    page = site.browser("admin").get(f"/brugere/{number(site, 'vendor')}").text
    for words in ("vera@soft.example", "Soft A/S", "Bekræftet", "Forbindelser til udbydere", "Adgangsnøgler"):
        assert words in page


@pytest.mark.parametrize("who", NOT_ADMINS)
def test_nobody_else_comes_in(site: Site, who: str) -> None:
    browser, one = site.browser(who), number(site, "vendor")
    for path in ("/brugere", f"/brugere/{one}", f"/brugere/{one}/saml", "/brugere/999999"):
        assert browser.get(path).status_code == 403, path
    for path in ("luk", "aabn", "saml"):
        assert browser.post(f"/brugere/{one}/{path}").status_code == 403, path


def test_strangers_sign_in_and_an_unknown_number_is_missing(site: Site) -> None:
    assert site.browser().get("/brugere").headers["location"].startswith("/log-ind")
    for path in ("/brugere/999999", "/brugere/99999999999999999999", "/brugere/999999/saml"):
        assert site.browser("admin").get(path).status_code == 404, path


def test_an_admin_is_led_to_the_own_passkeys_where_they_are(site: Site) -> None:
    admin = site.browser("admin")
    pages = {who: f"/brugere/{getattr(site.people, who).user_id}" for who in ("admin", "vendor")}
    assert '<a href="/mit/adgangsnoegler">Adgangsnøgler</a>' in admin.get(pages["admin"]).text
    assert f'<a href="{pages["vendor"]}/adgangsnoegler">Adgangsnøgler</a>' in admin.get(pages["vendor"]).text


def test_a_closed_account_is_out_at_once_and_may_come_back(site: Site) -> None:
    admin, vendor = site.browser("admin"), site.browser("vendor")
    one = number(site, "vendor")
    assert vendor.get("/mit").status_code == 200
    response = admin.post(f"/brugere/{one}/luk")
    assert response.headers["location"] == f"/brugere/{one}?kvittering=account_disabled"
    assert vendor.get("/mit").headers["location"].startswith("/log-ind")
    assert "Åbn kontoen igen" in admin.get(f"/brugere/{one}").text
    admin.post(f"/brugere/{one}/aabn")
    # The session that was ended stays so.
    assert vendor.get("/mit").headers["location"].startswith("/log-ind")
    with site.unit() as session:
        assert session.get_one(User, one).disabled_at is None
        verbs = session.scalars(
            select(AuditEntry.verb)
            .where(AuditEntry.thing == "user", AuditEntry.thing_id == one)
            .order_by(AuditEntry.id)
        ).all()
        mails = session.scalars(
            select(Mail.subject).where(Mail.recipient == "vera@soft.example").order_by(Mail.id)
        ).all()
    assert [verb for verb in verbs if verb in ("disable", "enable")] == ["disable", "enable"]
    assert [subject.partition(" – ")[0] for subject in mails] == [
        "Din konto er lukket",
        "Din konto er åben igen",
    ]


def test_the_own_account_and_the_last_admin_are_not_closed(site: Site) -> None:
    own = number(site, "admin")
    page = site.browser("admin").get(f"/brugere/{own}").text
    assert "Det er din egen konto." in page and "Luk kontoen" not in page
    response = site.browser("admin").post(f"/brugere/{own}/luk")
    assert response.status_code == 422
    assert "Du kan ikke lukke din egen konto her." in response.text


def test_an_admin_sees_first_what_joining_does_and_then_joins(site: Site) -> None:
    admin, kept, other = site.browser("admin"), number(site, "vendor"), number(site, "consultancy")
    page = admin.get(f"/brugere/{kept}/saml?konto=konrad@huset.example").text
    assert "Konrad Konsulent" in page and "Det kan ikke fortrydes" in page
    assert admin.post(f"/brugere/{kept}/saml", {"account": str(other)}).status_code == 422
    response = admin.post(f"/brugere/{kept}/saml", {"account": str(other), "is_sure": "1"})
    assert response.headers["location"] == f"/brugere/{kept}?kvittering=others_joined"
    assert "konrad@huset.example" in admin.get(f"/brugere/{kept}").text
    shell = admin.get(f"/brugere/{other}").text
    assert "Kontoen er samlet med en anden og er tom." in shell and "Luk kontoen" not in shell
    assert "Konrad" not in admin.get("/brugere").text
    assert admin.post(f"/brugere/{other}/aabn").status_code == 422


@pytest.mark.parametrize(
    ("account", "words"),
    [
        ("findes@ikke.example", "Vi kender ingen konto med den adresse eller det nummer."),
        ("vera@soft.example", "Det er den samme konto."),
        ("alma@vaert.example", "Din egen konto skal en anden administrator samle."),
    ],
)
def test_what_cannot_be_joined_is_told_at_the_field(site: Site, account: str, words: str) -> None:
    one = number(site, "vendor")
    response = site.browser("admin").get(f"/brugere/{one}/saml?konto={account}")
    assert response.status_code == 422 and words in response.text
    sent = site.browser("admin").post(f"/brugere/{one}/saml", {"account": account, "is_sure": "1"})
    assert sent.status_code == 422


def test_names_are_escaped(site: Site) -> None:
    with site.unit() as session:
        session.add(User(email="x@x.example", name="<img src=x onerror=1>", created_at=now()))
    page = site.browser("admin").get("/brugere?q=img").text
    assert "&lt;img src=x" in page and "<img src=x" not in page


def test_the_list_is_paged_and_its_statements_do_not_grow(site: Site) -> None:
    admin = site.browser("admin")
    one = site.count_statements(admin, "/brugere")
    with site.unit() as session:
        session.add_all(
            User(email=f"p{n}@mange.example", name=f"Person {n:03d}", created_at=now()) for n in range(60)
        )
    assert (one, site.count_statements(admin, "/brugere")) == (2, 2)
    page = admin.get("/brugere?q=mange.example&side=2").text
    assert len(re.findall(r'href="/brugere/\d+"', page)) == 30
    assert "Person 059" in page and "60 brugere" in page
    vendor = number(site, "vendor")
    assert site.count_statements(admin, f"/brugere/{vendor}") == 8
