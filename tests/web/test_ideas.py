"""Ideas for signature projects as pages: drafts, sending, the confidential half."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import func, select, text

from app.core.audit import AuditEntry
from app.core.database import Database
from app.core.postgres import Server
from app.domain.contributions.interests import mark_interest
from app.domain.contributions.models import Contribution, IdeaDetails
from app.domain.contributions.schemas import InterestInput
from app.settings import Settings
from tests.conftest import make_test_tools
from tests.said import IDEA, SECRET, add_idea, add_idea_draft, add_theme_rows, put_said
from tests.site import Site, keys_in


def count(site: Site, model: type = Contribution) -> int:
    with site.unit() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def reference_in(location: str) -> str:
    return re.search(r"ID-\d{4}", location).group()  # type: ignore[union-attr]


def sent(site: Site, who: str = "vendor", **given: object) -> str:
    with site.unit() as session:
        return add_idea(session, getattr(site.people, who), **given).reference


def drafted(site: Site, who: str = "vendor", **given: object) -> str:
    with site.unit() as session:
        return add_idea_draft(session, getattr(site.people, who), **given).reference


def test_anyone_reads_the_list_and_an_idea_with_its_parts(site: Site) -> None:
    reference = sent(site, aspect="innovation", effect_indicator="Antal vækninger pr. nat")
    stranger = site.browser()
    assert "Roligere nætter" in stranger.get("/ideer?aspekt=innovation").text
    assert "Roligere nætter" not in stranger.get("/ideer?aspekt=data").text
    page = stranger.get(f"/ideer/{reference}").text
    for words in ("Natholdet går runder.", "Beboere på plejecentre.", "En måtte under madrassen."):
        assert words in page
    assert "Sådan måles effekten" in page and "Antal vækninger pr. nat" in page


def test_an_idea_of_the_archive_without_parts_is_shown(site: Site) -> None:
    with site.unit() as session:
        reference = put_said(session, "ide", kind="idea", title="Kun en titel").reference
    assert site.browser().get(f"/ideer/{reference}").status_code == 200


def test_a_draft_is_saved_opened_changed_and_sent(site: Site) -> None:
    vendor = site.browser("vendor")
    saved = vendor.post("/ideer/nyt", {"title": "Roligere nætter", "maturity": "idea", "handling": "gem"})
    assert saved.status_code == 303
    reference = reference_in(saved.headers["location"])
    path = f"/ideer/{reference}"
    assert site.browser("rival").get(path).status_code == 404
    assert "Det er et udkast" in vendor.get(path).text
    assert 'value="Roligere nætter"' in vendor.get(f"{path}/ret").text
    again = vendor.post(f"{path}/ret", IDEA | {"version": "1", "handling": "gem"})
    assert again.headers["location"] == f"{path}/ret?kvittering=draft_saved"
    done = vendor.post(f"{path}/ret", IDEA | {"version": "2", "handling": "send"})
    assert done.headers["location"] == f"{path}/kvittering"
    assert reference in vendor.get(f"{path}/kvittering").text
    assert vendor.get(f"{path}/ret").status_code == 404
    assert site.browser("rival").get(path).status_code == 200
    assert count(site) == 1


def test_sending_a_draft_twice_answers_the_same(site: Site) -> None:
    path = f"/ideer/{drafted(site)}/ret"
    vendor = site.browser("vendor")
    key = keys_in(vendor.get(path).text)[-1]
    answers = [vendor.post(path, IDEA | {"version": "1", "key": key}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert answers[0].headers["location"] == answers[1].headers["location"]


def test_the_same_new_form_twice_makes_one_idea(site: Site) -> None:
    vendor = site.browser("vendor")
    key = keys_in(vendor.get("/ideer/nyt").text)[-1]
    for _ in range(2):
        assert vendor.post("/ideer/nyt", IDEA | {"key": key}).status_code == 303
    assert count(site) == 1


def test_sending_needs_the_summary_and_the_need_and_keeps_what_is_typed(site: Site) -> None:
    response = site.browser("vendor").post("/ideer/nyt", {"title": "Kun titlen", "handling": "send"})
    assert response.status_code == 422
    for field in ("body", "problem", "for_whom", "proposal"):
        assert f'id="field-{field}-error"' in response.text
    assert 'value="Kun titlen"' in response.text
    assert count(site) == 0


def test_what_a_secret_needs_is_not_called_optional(site: Site) -> None:
    page = site.browser("vendor").post("/ideer/nyt", {"title": "Kun titlen", "handling": "send"}).text
    switch = page[page.index('for="field-secret_other"') :].split("</details>")[0]
    assert "(valgfrit)" not in switch and " required" not in switch
    assert "Skal udfyldes, når du har skrevet noget fortroligt." in switch


def test_a_secret_without_a_reason_is_sent_back_with_the_secret_in_its_field(site: Site) -> None:
    response = site.browser("vendor").post(
        "/ideer/nyt", IDEA | {"secret_other": "Opskriften", "handling": "send"}
    )
    assert response.status_code == 422
    assert "Skriv, hvorfor det skal være fortroligt." in response.text
    assert "Opskriften</textarea>" in response.text
    assert count(site) == 0


def test_a_colleague_who_saved_meanwhile_is_met_with_both_texts(site: Site) -> None:
    reference = drafted(site, **SECRET)
    vendor = site.browser("vendor")
    path = f"/ideer/{reference}/ret"
    first = {
        "version": "1",
        "handling": "gem",
        "problem": "Kollegaens tekst",
        "secret_other": "Ny hemmelighed",
    }
    vendor.post(path, IDEA | first)
    key = keys_in(vendor.get(path).text)[-1]
    mine = IDEA | {"version": "1", "handling": "gem", "problem": "Min tekst", "key": key}
    response = vendor.post(path, mine)
    assert response.status_code == 409
    assert "Min tekst</textarea>" in response.text
    assert "Kollegaens tekst" in response.text and "Ny hemmelighed" in response.text
    assert 'name="version" value="2"' in response.text
    readings = "select count(*) from audit_entry where verb = 'read_confidential'"
    with site.unit() as session:
        assert session.scalar(text(readings)) == 2
    assert vendor.post(path, mine | {"version": "2"}).status_code == 303


def test_a_draft_is_nobody_elses(site: Site) -> None:
    reference = drafted(site, "newcomer")
    for path in (f"/ideer/{reference}", f"/ideer/{reference}/ret", f"/ideer/{reference}/kvittering"):
        statuses = {
            who: site.browser(who).get(path).status_code for who in ("rival", "municipality", "loner")
        }
        assert set(statuses.values()) <= {403, 404}, path
    assert site.browser("rival").post(f"/ideer/{reference}/ret", IDEA | {"version": "1"}).status_code == 404
    assert site.browser("vendor").get(f"/ideer/{reference}/ret").status_code == 200
    assert site.browser("newcomer").get(f"/ideer/{reference}/ret").status_code == 200


def test_see_what_is_like_it_and_preview_save_nothing(site: Site) -> None:
    vendor = site.browser("vendor")
    fields = IDEA | SECRET
    like = vendor.post("/ideer/nyt", {"title": "Roligere nætter", "handling": "se"})
    preview = vendor.post("/ideer/nyt", fields | {"handling": "vis"})
    assert (like.status_code, preview.status_code) == (200, 200)
    as_all, as_staff = (
        preview.text.split('id="som-alle"')[1].split('id="skriv"')[0].split("som-sekretariatet", 1)
    )
    secret = SECRET["secret_technology"]
    assert "Natholdet går runder." in as_all
    assert secret not in as_all and SECRET["reason_technology"] not in as_all
    assert secret in as_staff and SECRET["reason_technology"] in as_staff
    assert secret + "</textarea>" in preview.text
    assert count(site) == 0


def test_the_confidential_half_is_on_its_own_page_and_each_reading_is_logged(site: Site) -> None:
    reference = sent(site, **SECRET)
    path = f"/ideer/{reference}/fortrolig"
    statuses = {
        who: site.browser(who).get(path).status_code
        for who in ("stranger", "vendor", "rival", "municipality", "newcomer", "loner", "staff")
    }
    assert statuses == {
        "stranger": 303,
        "vendor": 200,
        "rival": 404,
        "municipality": 404,
        "newcomer": 404,
        "loner": 404,
        "staff": 200,
    }
    page = site.browser("staff").get(path)
    assert SECRET["secret_technology"] in page.text and "aktindsigt" in page.text
    assert page.headers["cache-control"] == "no-store"
    with site.unit() as session:
        entries = session.scalars(
            select(AuditEntry.user_id).where(AuditEntry.verb == "read_confidential").order_by(AuditEntry.id)
        ).all()
    people = site.people
    assert entries == [people.vendor.user_id, people.staff.user_id, people.staff.user_id]


def test_only_who_may_read_it_is_told_that_there_is_a_confidential_half(site: Site) -> None:
    reference = sent(site, **SECRET)
    told = {
        who: "Læs den fortrolige del" in site.browser(who).get(f"/ideer/{reference}").text
        for who in ("stranger", "rival", "newcomer", "vendor", "staff")
    }
    assert told == {"stranger": False, "rival": False, "newcomer": False, "vendor": True, "staff": True}


def test_the_confidential_half_is_nowhere_else(site: Site) -> None:
    """A planted word is looked for in every page, every table but its own, and every mail."""
    marker = "zebrafløjte4711"
    secret = {f"secret_{part}": f"{part} {marker}" for part in ("technology", "cost_frame", "other")}
    secret |= {name.replace("secret_", "reason_"): f"grund {marker}" for name in secret}
    vendor = site.browser("vendor")
    draft = reference_in(vendor.post("/ideer/nyt", IDEA | secret | {"handling": "gem"}).headers["location"])
    vendor.post(f"/ideer/{draft}/ret", IDEA | secret | {"handling": "gem", "version": "1"})
    idea = reference_in(vendor.post("/ideer/nyt", IDEA | secret | {"handling": "send"}).headers["location"])
    with site.unit() as session:
        idea_id = session.scalars(select(Contribution.id).where(Contribution.reference == idea)).one()
        mark_interest(session, site.people.municipality, idea_id, InterestInput(kind="pilot"))
    site.work()
    paths = [
        "/ideer",
        f"/ideer?q={marker}",
        f"/ideer/{idea}",
        f"/ideer/{draft}",
        f"/en/ideer/{idea}",
        f"/soeg?q={marker}",
        "/soeg?q=nætter",
        f"/oensker/lignende?title={marker}",
        "/mit",
        "/",
        f"/organisationer/{site.people.vendor.organisation_id}",
        f"/ideer/{idea}/kvittering",
    ]
    for who in ("stranger", "rival", "municipality", "newcomer", "loner", "vendor", "staff"):
        for path in paths:
            page = (
                site.browser(who).get(path).text.replace(f'value="{marker}"', "").replace(f"»{marker}«", "")
            )
            if path.startswith(("/soeg", "/ideer?q")):
                # The word that was asked for is shown; what belongs to it must not be.
                assert f"technology {marker}" not in page and f"grund {marker}" not in page, (who, path)
            else:
                assert marker not in page, (who, path)
    with site.unit() as session:
        tables = session.scalars(
            text(
                "select table_name from information_schema.tables"
                " where table_schema = 'public' and table_type = 'BASE TABLE'"
            )
        ).all()
        holding = {
            table
            for table in tables
            if session.scalar(
                text(f'select count(*) from "{table}" t where t::text ilike :m'), {"m": f"%{marker}%"}
            )
        }
    assert holding == {IdeaDetails.__tablename__}
    mails = b"".join(path.read_bytes() for path in (site.settings.data / "mail").glob("*.eml"))
    assert idea.encode() in mails and marker.encode() not in mails


def test_the_log_holds_no_words_of_an_idea(site: Site) -> None:
    site.browser("vendor").post("/ideer/nyt", IDEA | SECRET)
    with site.unit() as session:
        entries = session.execute(
            select(AuditEntry.verb, AuditEntry.before, AuditEntry.after).order_by(AuditEntry.id)
        ).all()
    kept = json.dumps([list(entry) for entry in entries])
    assert "Natholdet" not in kept and "4711" not in kept


def test_an_error_of_the_database_writes_no_secret_into_the_log(
    server: Server,
    clone: Callable[[str], Database],
    empty_template: str,
    settings: Settings,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    database = clone(empty_template)
    with psycopg.connect(server.dsn(database.url.database or "")) as owner:
        owner.execute("alter table idea_details drop column problem")
    with Site(settings, make_test_tools(database, tmp_path)) as broken:
        response = broken.browser("vendor").post("/ideer/nyt", IDEA | SECRET)
    assert response.status_code == 500
    assert "idea_details" in caplog.text
    for word in (*SECRET.values(), "Natholdet"):
        assert word not in caplog.text + response.text


def test_scripts_in_an_idea_are_only_words(site: Site) -> None:
    evil = "<script>alert(1)</script>"
    reference = sent(
        site, title=evil, body=evil, problem=evil, target=evil, secret_other=evil, reason_other=evil
    )
    for path in (f"/ideer/{reference}", "/ideer", f"/ideer/{reference}/fortrolig"):
        assert evil not in site.browser("vendor").get(path).text


def test_statements_do_not_grow_with_the_rows(site: Site) -> None:
    with site.unit() as session:
        themes = [theme.id for theme in add_theme_rows(session, "Klima", "Data")]
        first = add_idea(session, site.people.vendor, theme_ids=themes, **SECRET).reference
    vendor = site.browser("vendor")
    counts = [site.count_statements(vendor, path) for path in ("/ideer", f"/ideer/{first}")]
    with site.unit() as session:
        for number in range(29):
            add_idea(session, site.people.vendor, title=f"Roligere nætter {number}", theme_ids=themes)
    assert [site.count_statements(vendor, path) for path in ("/ideer", f"/ideer/{first}")] == counts
    assert counts == [4, 5]


def test_an_idea_is_taken_back_and_brought_back(site: Site) -> None:
    reference = sent(site)
    vendor = site.browser("vendor")
    vendor.post(f"/ideer/{reference}/traek-tilbage")
    assert site.browser().get(f"/ideer/{reference}").status_code == 404
    vendor.post(f"/ideer/{reference}/fortryd")
    assert site.browser().get(f"/ideer/{reference}").status_code == 200
