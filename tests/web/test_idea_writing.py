"""The form of an idea: begun with what is like it, kept as it is typed, own fields, preview, sent."""

import re
from uuid import uuid4

from sqlalchemy import func, select

from app.core.audit import AuditEntry
from app.domain.contributions.ideas import extras
from app.domain.contributions.ideas.models import IdeaAnswer, TypedIdea
from app.domain.contributions.ideas.schemas import IdeaFieldInput
from app.domain.contributions.models import Contribution, IdeaDetails
from tests.said import IDEA, SECRET, add_idea, add_idea_draft
from tests.site import Browser, Site, keys_in

TYPED = "/ideer/kladde"
JSON = {"Accept": "application/json"}


def begin(vendor: Browser, title: str = "Roligere nætter") -> str:
    """From the first page to the form; the key of what is typed."""
    found = vendor.post("/ideer/nyt", {"title": title, "problem": "Natholdet", "handling": "videre"})
    assert found.status_code == 303, found.text
    return str(found.headers["location"]).removeprefix("/ideer/skriv/")


def field_of(page: str, name: str) -> str:
    found = re.search(rf'name="{name}"[^>]*?(?:value="([^"]*)"|>\n([^<]*)</textarea>)', page)
    assert found is not None, name
    return found.group(1) or found.group(2) or ""


def test_similar_ideas_come_first_and_the_form_goes_on_with_what_was_typed(site: Site) -> None:
    with site.unit() as session:
        body = "Hjemmeplejens sensorer måles ens."
        add_idea(session, site.people.rival, title="Måling af velfærdsteknologi", body=body)
    site.work()
    vendor = site.browser("vendor")
    words = {"title": "Velfærdsteknologi skal måles", "problem": "Hjemmeplejens sensorer måles ikke ens."}
    like = vendor.post("/ideer/nyt", words | {"handling": "se"})
    assert "Måling af velfærdsteknologi" in like.text and "måles ikke ens.</textarea>" in like.text
    page = vendor.get(f"/ideer/skriv/{begin(vendor)}").text
    assert (field_of(page, "title"), field_of(page, "problem")) == ("Roligere nætter", "Natholdet")
    missing = vendor.post("/ideer/nyt", {"title": " ", "problem": "Natholdet", "handling": "videre"})
    assert missing.status_code == 422 and "Natholdet</textarea>" in missing.text


def test_what_is_typed_is_kept_by_the_script_shown_to_its_writer_alone_and_forgotten_when_sent(
    site: Site,
) -> None:
    vendor = site.browser("vendor")
    key = begin(vendor)
    typed = IDEA | {"key": key, "typed_version": "1", "secret_other": "Zebra4711", "reason_other": "Pris"}
    kept = vendor.post(TYPED, typed, headers=JSON)
    assert kept.json()["ok"] is True and kept.json()["version"] == 2 and "Gemt kl." in kept.json()["say"]
    assert vendor.post(TYPED, typed, headers=JSON).status_code == 409  # another window was faster
    page = vendor.get(f"/ideer/skriv/{key}").text
    assert field_of(page, "secret_other") == "Zebra4711"
    for who in ("stranger", "rival", "newcomer", "staff", "municipality"):
        assert site.browser(who).get(f"/ideer/skriv/{key}").status_code in (303, 403, 404), who
    assert f"/ideer/skriv/{key}" in vendor.get("/mit").text
    assert "Zebra4711" not in vendor.get("/mit").text
    assert vendor.post("/ideer/nyt", typed | {"handling": "send"}).status_code == 303
    assert vendor.get(f"/ideer/skriv/{key}").status_code == 404
    late = vendor.post(TYPED, typed | {"typed_version": "2"}, headers=JSON)
    assert late.status_code == 409 and "sendt eller smidt væk" in late.json()["stop"]
    with site.unit() as session:
        assert session.scalar(select(func.count()).select_from(TypedIdea)) == 0


def test_a_cpr_number_is_not_even_kept_as_it_is_typed(site: Site) -> None:
    vendor = site.browser("vendor")
    key = begin(vendor)
    answer = vendor.post(
        TYPED, {"key": key, "typed_version": "1", "secret_other": "Om 010190-1234"}, headers=JSON
    )
    assert answer.status_code == 422 and "CPR" in answer.json()["stop"]
    with site.unit() as session:
        assert session.scalars(select(TypedIdea.secret_half)).all() == [{}]


def test_what_was_typed_is_thrown_away_by_its_writer_only(site: Site) -> None:
    vendor = site.browser("vendor")
    key = begin(vendor)
    assert site.browser("newcomer").post(f"{TYPED}/slet", {"kladde": key}).status_code == 404
    assert vendor.post(f"{TYPED}/slet", {"kladde": key}).status_code == 303
    assert vendor.get(f"/ideer/skriv/{key}").status_code == 404


def test_a_draft_opens_with_what_was_typed_of_it_and_a_colleagues_change_is_not_written_over(
    site: Site,
) -> None:
    with site.unit() as session:
        reference = add_idea_draft(session, site.people.vendor, **SECRET).reference
    vendor, path = site.browser("vendor"), f"/ideer/{reference}/ret"
    typed = IDEA | {
        "key": str(uuid4()),
        "draft": reference,
        "version": "1",
        "typed_version": "0",
        "problem": "Mit",
    }
    assert vendor.post(TYPED, typed, headers=JSON).json()["version"] == 1
    assert f"{path}?kladde={typed['key']}" in vendor.get(path).text
    assert (
        vendor.post(path, IDEA | {"version": "1", "handling": "gem", "problem": "Deres"}).status_code == 303
    )
    page = vendor.get(f"{path}?kladde={typed['key']}").text
    assert (field_of(page, "problem"), field_of(page, "version")) == ("Mit", "1")
    again = vendor.post(path, typed | {"handling": "gem"})
    assert again.status_code == 409 and "Deres" in again.text and "Mit</textarea>" in again.text
    assert site.browser("rival").post(TYPED, typed, headers=JSON).status_code == 404


def test_own_fields_are_asked_answered_openly_and_in_confidence_and_shown(site: Site) -> None:
    with site.unit() as session:
        asked = IdeaFieldInput(
            kind="number", label="Hvor mange borgere?", help="Cirka", example="1200", is_required=True
        )
        number = extras.add_field(session, site.people.staff, asked).id
    name, vendor = f"field_{number}", site.browser("vendor")
    page = vendor.get(f"/ideer/skriv/{begin(vendor)}").text
    assert "Hvor mange borgere?" in page and "Cirka" in page and f'name="secret_{name}"' in page
    wrong = vendor.post("/ideer/nyt", IDEA | {name: "mange", f"secret_{name}": "Præcis 1204"})
    assert wrong.status_code == 422
    assert f'id="field-{name}-error"' in wrong.text and f'id="field-reason_{name}-error"' in wrong.text
    whole = IDEA | {name: "1.200", f"secret_{name}": "Præcis 1204", f"reason_{name}": "Kundeforhold"}
    sent = vendor.post("/ideer/nyt", whole)
    assert sent.status_code == 303, sent.text
    path = sent.headers["location"].removesuffix("/kvittering")
    shown = site.browser().get(path).text
    assert "Hvor mange borgere?" in shown and "1.200" in shown
    assert "1204" not in shown and "Kundeforhold" not in shown
    secret = vendor.get(f"{path}/fortrolig").text
    assert "Hvor mange borgere?" in secret and "Præcis 1204" in secret and "Kundeforhold" in secret
    with site.unit() as session:
        assert session.scalars(select(IdeaAnswer.value)).all() == ["1200"]


def test_figures_are_kept_as_danes_write_them_and_stand_on_the_page(site: Site) -> None:
    figures = {
        "cost_from": "900.000",
        "cost_to": "1.400.000 kr.",
        "baseline_value": "2,4",
        "target_value": "1,2",
        "effect_unit": "vækninger",
        "wants_partner": "1",
    }
    vendor = site.browser("vendor")
    wrong = vendor.post("/ideer/nyt", IDEA | figures | {"cost_to": "5", "target_value": "lidt"})
    assert 'id="field-cost_to-error"' in wrong.text and 'id="field-target_value-error"' in wrong.text
    saved = vendor.post("/ideer/nyt", IDEA | figures | {"handling": "gem"}).headers["location"]
    form = vendor.get(saved).text
    assert [field_of(form, name) for name in ("cost_to", "baseline_value")] == ["1.400.000", "2,4"]
    page = vendor.get(saved.split("/ret")[0]).text
    for words in ("900.000 til 1.400.000 kr.", "<b>2,4</b> vækninger", "Søger en partnerkommune"):
        assert words in page
    with site.unit() as session:
        row = session.scalars(select(IdeaDetails)).one()
        assert (row.cost_from, row.cost_to, row.wants_partner) == (900_000, 1_400_000, True)


def test_the_buttons_for_files_and_co_signers_keep_the_draft_first(site: Site) -> None:
    vendor = site.browser("vendor")
    for act in ("bilag", "medunderskrivere"):
        key = keys_in(vendor.get("/ideer/nyt").text)[-1]
        answer = vendor.post("/ideer/nyt", {"title": "Ny", "handling": act, "key": key})
        assert answer.headers["location"].split("?")[0].endswith(act)
        assert vendor.get(answer.headers["location"]).status_code == 200
    with site.unit() as session:
        assert session.scalars(select(Contribution.status)).all() == ["draft", "draft"]
        verbs = session.scalars(select(AuditEntry.verb).order_by(AuditEntry.id)).all()
    assert verbs.count("draft") == 2
