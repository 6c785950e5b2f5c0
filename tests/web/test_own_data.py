"""One's own data: a copy, consents, and erasing the account."""

import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, text, update

from app.core.audit import AuditEntry
from app.core.clock import moved_to, now
from app.core.jobs import Tools
from app.core.mail import Mail
from app.core.storage import Storage
from app.domain.users.consents import give_consent, has_consented
from app.domain.users.models import User
from app.privacy import jobs
from app.privacy.copying import ask_for_copy as ask
from app.privacy.erasing import erase_account
from app.privacy.models import DataCopy
from tests.privacy.planting import plant
from tests.said import add_wish
from tests.site import Site


def ask_for_copy(site: Site, who: str = "vendor") -> int:
    response = site.browser(who).post("/mit/data/kopi")
    assert response.headers["location"] == "/mit/data?kvittering=copy_asked"
    with site.unit() as session:
        return session.scalars(select(DataCopy.id).order_by(DataCopy.id.desc())).first() or 0


def read_zip(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_a_copy_is_made_told_of_and_fetched(site: Site) -> None:
    with site.unit() as session:
        planted = plant(session, site.people.vendor, "vera")
        session.execute(update(DataCopy).values(state="ready", expires_at=now() - timedelta(days=1)))
        session.execute(
            text("update deck_revision set file_key = 'decks/1/x.pptx', filename = 'Vores plan.pptx'")
        )
    site.tools.storage.put("decks/1/x.pptx", b"slides")
    copy_id = ask_for_copy(site)
    vendor = site.browser("vendor")
    assert "Vi samler dine data …" in vendor.get("/mit/data").text
    site.work()
    page = vendor.get("/mit/data").text
    assert "Vi samler dine data …" not in page
    assert f'href="/mit/data/kopi/{copy_id}"' in page
    response = vendor.get(f"/mit/data/kopi/{copy_id}")
    assert response.status_code == 200
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["content-disposition"].startswith('attachment; filename="dialogforum-mine-data-')
    files = read_zip(response.content)
    assert set(files) == {"laes-mig.txt", "data.json", "filer/1-vores-plan.pptx"}
    assert files["filer/1-vores-plan.pptx"] == b"slides"
    assert json.loads(files["data.json"])["Konto"][0]["Navn"] == planted.name
    with site.unit() as session:
        mail = session.scalars(select(Mail).where(Mail.subject.like("Kopien af dine data%"))).one()
        verbs = session.scalars(
            select(AuditEntry.verb).where(AuditEntry.thing == "data_copy").order_by(AuditEntry.id)
        ).all()
    assert mail.recipient == planted.emails[0]
    assert "http://testserver/mit/data\n" in mail.text and "/kopi/" not in mail.text
    assert verbs == ["ask", "fetch"]


def test_nobody_else_fetches_a_copy(site: Site) -> None:
    copy_id = ask_for_copy(site)
    site.work()
    missing = site.browser("rival").get("/mit/data/kopi/999999")
    for who in ("rival", "admin", "auditor", "staff"):
        response = site.browser(who).get(f"/mit/data/kopi/{copy_id}")
        assert response.status_code == missing.status_code == 404, who
    assert site.browser().get(f"/mit/data/kopi/{copy_id}").headers["location"].startswith("/log-ind")
    assert site.browser("rival").get(f"/mit/data/kopi/{2**63}").status_code == 404


def test_a_copy_is_gone_after_a_week(site: Site) -> None:
    copy_id = ask_for_copy(site)
    site.work()
    with moved_to(now() + timedelta(days=7, minutes=1)):
        browser = site.new_browser()
        browser.client.cookies = site.browser("vendor").client.cookies
        assert browser.get(f"/mit/data/kopi/{copy_id}").status_code in (303, 404)
    with site.unit() as session:
        copy = session.get_one(DataCopy, copy_id)
        assert copy.expires_at - copy.asked_at == timedelta(days=7)


@pytest.mark.parametrize("method", ["fetch", "ask", "erase"])
def test_an_old_session_signs_in_again_first(site: Site, method: str) -> None:
    copy_id = ask_for_copy(site)
    site.work()
    vendor = site.browser("vendor")
    with moved_to(now() + timedelta(minutes=16)):
        page = vendor.get("/mit/data").text
        assert "Log ind igen for at hente" in page and "/mit/data/kopi" not in page
        assert "Log ind igen for at slette din konto" in vendor.get("/mit/data/slet").text
        response = {
            "fetch": lambda: vendor.get(f"/mit/data/kopi/{copy_id}"),
            "ask": lambda: vendor.post("/mit/data/kopi"),
            "erase": lambda: vendor.post("/mit/data/slet", {"confirmation": "slet min konto"}),
        }[method]()
    back = "/mit/data/slet" if method == "erase" else "/mit/data"
    assert (response.status_code, response.headers["location"]) == (303, f"/log-ind?videre={back}")
    with site.unit() as session:
        assert session.scalar(select(func.count()).select_from(DataCopy)) == 1
        assert session.get_one(User, site.people.vendor.user_id).name == "Vera Vendor"


def test_one_copy_at_a_time_and_the_same_form_once(site: Site) -> None:
    vendor = site.browser("vendor")
    key = "7d3f1c1e-1111-4222-8333-444455556666"
    for _ in range(2):
        vendor.post("/mit/data/kopi", {"key": key})
    vendor.post("/mit/data/kopi")
    with site.unit() as session:
        assert session.scalar(select(func.count()).select_from(DataCopy)) == 1


def test_the_block_of_copies_tells_how_far_it_is(site: Site) -> None:
    vendor = site.browser("vendor")
    ask_for_copy(site)
    response = vendor.get("/mit/data/tilstand", headers={"HX-Request": "true"})
    assert "data-hx-trigger" in response.text and "hx-refresh" not in response.headers
    site.work()
    response = vendor.get("/mit/data/tilstand", headers={"HX-Request": "true"})
    assert response.headers["hx-refresh"] == "true"
    assert vendor.get("/mit/data/tilstand").headers["location"] == "/mit/data"


def test_a_consent_is_shown_and_taken_back(site: Site) -> None:
    vendor, person = site.browser("vendor"), site.people.vendor
    with site.unit() as session:
        give_consent(session, person, "participant_list")
    page = vendor.get("/mit/data").text
    assert 'href="/samtykker/deltagerliste/2"' in page
    response = vendor.post("/mit/data/samtykke", {"kind": "participant_list"})
    assert response.headers["location"] == "/mit/data?kvittering=consent_withdrawn"
    with site.unit() as session:
        assert not has_consented(session, person.user_id or 0, "participant_list")
    assert "ophørt den" in vendor.get("/mit/data").text
    for wrong in ("dialogue_rules", "x", ""):
        assert vendor.post("/mit/data/samtykke", {"kind": wrong}).status_code == 404


def test_the_page_says_exactly_what_goes_and_what_stays(site: Site) -> None:
    with site.unit() as session:
        plant(session, site.people.vendor, "vera")
    page = site.browser("vendor").get("/mit/data/slet").text
    goes, _, stays = page.partition("Det bliver stående")
    for title in ("Konto", "Mails", "Tilmeldinger", "Det, du følger", "Adgangsnøgler"):
        assert f"<b>{title}</b>" in goes and f"<b>{title}</b>" not in stays, title
    for title in ("Indspil, spørgsmål, ønsker, idéer og behov", "Medvirken på møder"):
        assert f"<b>{title}</b>" in stays and f"<b>{title}</b>" not in goes, title


def test_an_account_is_erased_and_its_browser_is_a_strangers(site: Site) -> None:
    with site.unit() as session:
        wish = add_wish(session, site.people.vendor, "Åbne grænseflader")
    vendor = site.browser("vendor")
    response = vendor.post("/mit/data/slet", {"confirmation": "Slet min konto"})
    assert (response.status_code, response.headers["location"]) == (303, "/?kvittering=erased")
    assert "Max-Age=0" in response.headers["set-cookie"]
    assert vendor.get("/mit").headers["location"].startswith("/log-ind")
    page = site.browser().get(f"/oensker/{wish.reference}").text
    assert "En medarbejder hos Soft A/S" in page
    assert "Åbne grænseflader" in page and "Vera" not in page
    with site.unit() as session:
        assert session.get_one(User, site.people.vendor.user_id).name == ""


def test_the_files_of_copies_go_too(site: Site) -> None:
    ask_for_copy(site)
    site.work()
    with site.unit() as session:
        file_key = session.scalars(select(DataCopy.file_key)).one() or ""
    assert site.tools.storage.has(file_key)
    site.browser("vendor").post("/mit/data/slet", {"confirmation": "slet min konto"})
    site.work()
    assert not site.tools.storage.has(file_key)


class _Meanwhile(Storage):
    """Files of a site; while one is being laid away something else happens, once."""

    def __init__(self, site: Site, happens: Callable[[], object]) -> None:
        self._inner = site.tools.storage
        self._happens = [happens]

    def put(self, key: str, content: bytes | Path) -> None:
        self._inner.put(key, content)
        while self._happens:
            self._happens.pop()()


def make_copy_while(site: Site, happens: Callable[[Tools, int], object]) -> list[str]:
    """Make the vendor's copy; what lies in the store afterwards."""
    with site.unit() as session:
        ask(session, site.people.vendor)
        copy_id = session.scalars(select(DataCopy.id)).one()
    meanwhile = _Meanwhile(site, lambda: happens(site.tools, copy_id))
    jobs.make_copy(replace(site.tools, storage=meanwhile), copy_id)
    site.work()
    return sorted(site.tools.storage.list_all())


def test_no_transaction_is_open_while_a_copy_is_laid_away(site: Site) -> None:
    opened: list[int] = []

    def look(tools: Tools, copy_id: int) -> None:
        of_the_house = "datname = current_database() and usename = current_user and pid <> pg_backend_pid()"
        begun = f"select count(*) from pg_stat_activity where {of_the_house} and state like 'idle in tr%'"
        with tools.database.unit() as session:
            opened.append(session.scalar(text(begun)) or 0)

    assert (len(make_copy_while(site, look)), opened) == (1, [0])


def test_an_account_that_is_erased_while_its_copy_is_made_leaves_no_file(site: Site) -> None:
    def erase(tools: Tools, copy_id: int) -> None:
        with tools.database.unit() as session:
            erase_account(session, site.people.vendor)

    assert make_copy_while(site, erase) == []


def test_of_two_makings_of_one_copy_one_file_stays_and_one_mail_goes(site: Site) -> None:
    lying = make_copy_while(site, jobs.make_copy)
    with site.unit() as session:
        copy = session.scalars(select(DataCopy)).one()
        mails = session.scalars(select(Mail).where(Mail.subject.like("Kopien af dine data%"))).all()
        assert (lying, copy.state, len(mails)) == ([copy.file_key], "ready", 1)


def test_what_a_killed_making_left_of_a_copy_goes_after_a_day(site: Site) -> None:
    ask_for_copy(site)
    site.work()
    with site.unit() as session:
        known = session.scalars(select(DataCopy.file_key)).one() or ""
    site.tools.storage.put("copies/orphan.zip", b"PK")
    site.tools.storage.put("decks/1/x.pptx", b"slides")
    keys = (known, "copies/orphan.zip", "decks/1/x.pptx")
    jobs.sweep(site.tools)
    assert [site.tools.storage.has(key) for key in keys] == [True, True, True]
    with moved_to(now() + timedelta(days=1, minutes=1)):
        jobs.sweep(site.tools)
    assert [site.tools.storage.has(key) for key in keys] == [True, False, True]


def test_other_words_erase_nothing(site: Site) -> None:
    vendor = site.browser("vendor")
    for typed in ("", "ja", "slet min konto ikke"):
        response = vendor.post("/mit/data/slet", {"confirmation": typed})
        assert response.status_code == 422
        assert "Skriv ordene, som de står" in response.text or typed == ""
    assert vendor.get("/mit").status_code == 200


def test_the_last_admin_is_told_what_to_do(site: Site) -> None:
    admin = site.browser("admin")
    sentence = "Du er den sidste administrator hos Værtsforeningen."
    assert sentence in admin.get("/mit/data/slet").text
    response = admin.post("/mit/data/slet", {"confirmation": "slet min konto"})
    assert response.status_code == 422 and sentence in response.text


def test_no_name_stands_in_the_log_of_the_process(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    with site.unit() as session:
        planted = plant(session, site.people.vendor, "vera")
    ask_for_copy(site, "vendor")
    site.browser("vendor").post("/mit/data/slet", {"confirmation": "slet min konto"})
    site.work()
    assert [word for word in planted.all_words() if word in caplog.text] == []
    assert len(caplog.records) > 0


def test_statements_of_the_pages(site: Site) -> None:
    with site.unit() as session:
        plant(session, site.people.vendor, "vera")
    vendor = site.browser("vendor")
    assert site.count_statements(vendor, "/mit/data") == 4
    assert site.count_statements(vendor, "/mit/data/slet") == 8
