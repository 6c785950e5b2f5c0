"""The doors of what is taken in: tables, old meeting pages, and addresses of before."""

import io
import re
from typing import Any
from uuid import uuid4

import pytest
from openpyxl import load_workbook
from sqlalchemy import func, select

from app.core.audit import AuditEntry
from app.core.clock import now
from app.core.jobs import run_waiting
from app.domain.imports.models import DataImport, MeetingPage
from app.domain.meetings.models import Appearance, Correction, Meeting
from tests.site import Site

KIND = "text/csv"
TABLE = "nummer;titel;dato;form\n81;Fra en tabel;5.11.2019;fysisk\n82;Et <b>forkert</b>;5.11.;fysisk\n"
PAGE = """\
<!doctype html><html><head><title>83. møde i Dialogforum | Et eksempel</title><script>alert(1)</script></head>
<body><nav><p>Forside</p></nav><main><h1>83. møde i Dialogforum: Fælles data</h1>
<p>Den 5. november mødtes ca. 80 deltagere fra 42 leverandører i KL-huset.
Det var i 2019, og temaet var data.</p>
<h2>Velkomst</h2><p>Kontorchef Anna Eksempel fra KL bød velkommen. Programmet løber 2021-2015.</p>
<h2>Data på tværs</h2><p>Administrerende direktør i Eksempelfirmaet A/S, Bo Prøve, holdt oplæg.</p>
<p onclick="x()">Tidligere it-chef Carla Test, Eksempelby Kommune, fortalte.</p>
<h2>Paneldebat</h2><ul><li>Bo Prøve, formand, Eksempelforeningen</li></ul>
<h2>Kontakt</h2><p>Chefkonsulent Frede Fiktiv</p></main></body></html>
"""
OLD = "https://www.kl.dk/netvaerk/83-moede-i-dialogforum"


def send(site: Site, path: str, files: dict[str, Any], who: str = "staff", **fields: Any) -> Any:
    data = {"key": str(uuid4())} | fields
    return site.browser(who).client.post(path, data=data, files=files)


def read_fields(site: Site, path: str) -> dict[str, str]:
    """The fields of the form that checks a page, as they stand."""
    from lxml import html

    forms = html.fromstring(site.browser("staff").get(path).text).forms
    form = next(one for one in forms if one.action == path)
    return dict(form.form_values())


def test_a_table_is_looked_at_taken_in_by_a_press_and_its_faults_are_told(site: Site) -> None:
    staff = site.browser("staff")
    sent = send(site, "/import", {"file": ("møder.csv", TABLE.encode(), KIND)}, publishes="1")
    assert sent.status_code == 303
    path = sent.headers["location"]
    dry = staff.get(path).text
    assert "Skriv datoen som år-måned-dag" in dry
    assert "Et &lt;b&gt;forkert&lt;/b&gt;" in dry
    assert "Læs 1 række ind" in dry
    assert staff.post(f"{path}/start").status_code == 303
    assert staff.post(f"{path}/start").headers["location"].endswith("kvittering=import_known")
    run_waiting(site.tools)
    assert "Fra en tabel" in site.browser("stranger").get("/moeder/81").text
    assert "ikke læst ind" in staff.get(path).text
    again = send(site, "/import", {"file": ("møder.csv", TABLE.encode(), KIND)})
    assert "Læs 1 række ind" not in staff.get(again.headers["location"]).text


def test_a_file_that_is_no_table_comes_back_with_a_sentence(site: Site) -> None:
    assert "Vælg en fil" in send(site, "/import", {}).text
    refused = send(site, "/import", {"file": ("x.csv", b"a;b\n1;2\n", KIND)})
    assert (refused.status_code, "Vi kender ikke kolonnerne" in refused.text) == (422, True)
    with site.tools.database.unit() as session:
        assert session.scalar(select(func.count()).select_from(DataImport)) == 0


def test_the_templates_are_read_back_as_what_they_are(site: Site) -> None:
    book = site.browser("staff").get("/import/skabelon.xlsx").content
    opened = load_workbook(io.BytesIO(book))
    assert opened.properties.title == "Dialogforum: Alle tabeller i ét regneark"
    names = opened.sheetnames
    assert names == ["Møder", "Program", "Personer", "Indspil", "Forpligtelser", "Målinger", "Oplæg"]
    sent = send(site, "/import", {"file": ("skabelon.xlsx", book, "application/octet-stream")})
    assert sent.status_code == 303, sent.text
    page = site.browser("staff").get(sent.headers["location"]).text
    assert "8. Et eksempel på et møde" in page
    assert "Vi kender ikke kolonnerne" not in page


def test_an_old_page_becomes_a_draft_that_is_checked_saved_and_led_to(site: Site) -> None:
    sent = site.browser("staff").post("/import/moedeside", {"text": PAGE, "source_url": OLD})
    path = sent.headers["location"]
    fields = read_fields(site, path)
    assert {name: fields[name] for name in ("number", "title", "held_on", "date_certainty", "format")} == {
        "number": "83",
        "title": "Fælles data",
        "held_on": "2019-11-05",
        "date_certainty": "year_inferred",
        "format": "physical",
    }
    assert (fields["participants_approx"], fields["participants_text"]) == (
        "80",
        "ca. 80 deltagere og 42 leverandører",
    )
    assert fields["item-1-people"].strip().splitlines() == [
        "Bo Prøve; Administrerende direktør; Eksempelfirmaet A/S; oplægsholder",
        "Carla Test; it-chef; Eksempelby Kommune; oplægsholder; tidligere",
    ]
    page = site.browser("staff").get(path).text
    assert [
        words in page for words in ("Årstallet mangler", "2021-2015", "samme person står med to", "alert(1)")
    ] == [
        True,
        True,
        True,
        False,
    ]
    refused = site.browser("staff").post(path, fields | {"title": "Et navn & mere"})
    assert (refused.status_code, "Et navn &amp; mere" in refused.text) == (422, True)
    seen = {f"odd-{number}-seen": "1" for number in range(3)} | {"odd-1-corrected": "2021-2025"}
    saved = site.browser("staff").post(path, fields | seen)
    assert saved.headers["location"] == "/moeder/83?kvittering=import_page_saved"
    assert site.browser("stranger").get("/moeder/83").status_code == 404
    with site.tools.database.unit() as session:
        meeting = session.scalars(select(Meeting).where(Meeting.key == "83")).one()
        assert (meeting.status, meeting.source_urls, meeting.participants_approx) == ("draft", [OLD], 80)
        corrected = session.execute(
            select(Correction.original, Correction.corrected).order_by(Correction.id)
        ).all()
        assert [tuple(one) for one in corrected] == [("2021-2015", "2021-2025")]
        parts = session.execute(
            select(Appearance.person_name, Appearance.title, Appearance.is_former).order_by(Appearance.id)
        ).all()
        assert [tuple(one) for one in parts] == [
            ("Anna Eksempel", "Kontorchef", False),
            ("Bo Prøve", "Administrerende direktør", False),
            ("Carla Test", "it-chef", True),
            ("Bo Prøve", "formand", False),
        ]
        wording = session.scalars(select(MeetingPage.wording)).one()
        assert "Forside" not in wording and "Programmet løber 2021-2015." in wording
        done = select(AuditEntry.verb).where(AuditEntry.thing == "meeting_page").order_by(AuditEntry.id)
        assert session.scalars(done).all() == ["read", "save"]
    moved = site.browser("stranger").get("/netvaerk/83-moede-i-dialogforum/")
    moved = (
        moved
        if moved.status_code == 301
        else site.browser("stranger").get("/netvaerk/83-moede-i-dialogforum")
    )
    assert (moved.status_code, moved.headers["location"]) == (301, "/moeder/83")
    assert site.browser("staff").post(path, fields | seen | {"key": str(uuid4())}).status_code == 422


@pytest.mark.parametrize(
    "content",
    [
        "<div>" * 100_000 + "Ord",
        "<p>" + "Direktør Anna " * 30_000,
        "<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/hostname'>]><p>&a; kl. 99.99 den 31. februar 2019</p>",
    ],
)
def test_a_hostile_page_is_read_in_short_time_or_refused(site: Site, content: str) -> None:
    sent = send(site, "/import/moedeside", {"file": ("x.html", content.encode(), "text/html")})
    assert sent.status_code in (303, 422)
    if sent.status_code == 303:
        assert site.browser("staff").get(sent.headers["location"]).status_code == 200
    with open("/etc/hostname") as file:
        assert file.read().strip() not in sent.text


def test_an_address_of_before_leads_on_in_every_language_and_never_out_or_round(site: Site) -> None:
    staff, stranger = site.browser("staff"), site.browser("stranger")
    for path, target in (("https://kl.dk/Gammel/Side/", "/moeder"), ("/gammel/en", "/temaer")):
        assert staff.post("/import/adresser", {"path": path, "target": target}).status_code == 303
    assert stranger.get("/gammel/side").headers["location"] == "/moeder"
    assert stranger.get("/en/Gammel/Side").headers["location"] == "/en/moeder"
    assert stranger.post("/gammel/side").status_code != 301
    for path, target in (
        ("/a", "//evil.example"),
        ("/a", "https://evil.example"),
        ("/a", "/gammel/side"),
        ("/moeder", "/x"),
        ("uden", "/moeder"),
        ("/gammel/side", "/temaer"),
    ):
        assert staff.post("/import/adresser", {"path": path, "target": target}).status_code == 422, path
    assert staff.post("/import/adresser/fjern", {"path": "/gammel/side"}).status_code == 303
    assert stranger.get("/gammel/side").status_code == 404


def test_an_address_that_is_none_is_not_found_and_not_kept(site: Site) -> None:
    for path in ("//[", "/en//[", "//[x]y"):
        assert site.browser("stranger").get(f"http://testserver{path}").status_code == 404, path
    given = {"path": "http://[", "target": "/moeder"}
    assert site.browser("staff").post("/import/adresser", given).status_code == 422


def test_strangers_sign_in_and_others_are_kept_out(site: Site) -> None:
    for path in ("/import", "/import/moedeside", "/import/adresser", "/import/skabelon.xlsx"):
        assert site.browser("stranger").get(path).headers["location"].startswith("/log-ind")
        for who in ("vendor", "municipality", "auditor"):
            assert site.browser(who).get(path).status_code == 403


def test_files_and_pages_that_were_read_are_listed_to_the_last_one(site: Site) -> None:
    with site.unit() as session:
        files = [
            DataImport(filename=f"{n}.csv", file_key=f"{n}", state="done", created_at=now())
            for n in range(21)
        ]
        pages = [MeetingPage(wording="", found={}, state="open", created_at=now()) for _ in range(21)]
        session.add_all([*files, *pages])
        session.flush()
        wanted = [[one.id for one in reversed(rows)] for rows in (files, pages)]
    staff = site.browser("staff")
    read = [
        [
            [int(one) for one in re.findall(rf'href="{path}/(\d+)"', staff.get(f"{path}?side={side}").text)]
            for side in (1, 2)
        ]
        for path in ("/import", "/import/moedeside")
    ]
    assert read == [[ids[:20], ids[20:]] for ids in wanted]
