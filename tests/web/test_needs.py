"""Needs at their doors: registered, joined, found, changed; what is kept back stays kept back."""

import re
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from app.core.clock import moved_to
from app.core.mail import Mail
from app.domain.contributions.models import Contribution
from app.domain.contributions.needs.models import NeedMunicipality
from app.domain.contributions.needs.schemas import NeedFacts, NeedStateInput
from app.domain.contributions.needs.service import join_need, note_state
from tests.needed import NEED, add_municipality, add_need, add_network, organisation_of
from tests.site import Site

NEW = NEED | {"visibility": "public", "handling": "send"}


def mails_of(site: Site) -> list[tuple[str, str, str]]:
    with site.unit() as session:
        rows = session.execute(select(Mail.recipient, Mail.subject, Mail.text).order_by(Mail.id))
        return [tuple(row) for row in rows]


def add_public_need(site: Site, **given: object) -> str:
    with site.unit() as session:
        return add_need(session, site.people.municipality, **given).reference


def test_a_need_is_registered_and_its_receipt_leads_on_to_those_alike(site: Site) -> None:
    browser = site.browser("municipality")
    fields = NEW | {
        "kle": "27 36 00",
        "contract_end": "2027-06",
        "supplier": "Hemmelig A/S",
        "hidden": "supplier",
    }
    response = browser.post("/behov/nyt", fields)
    receipt = response.headers["location"]
    reference = receipt.split("/")[2]
    assert response.status_code == 303 and receipt == f"/behov/{reference}/kvittering"
    assert f'href="/behov/{reference}/ligesindede"' in browser.get(receipt).text
    page = browser.get(f"/behov/{reference}").text
    assert "KLE 27.36.00" in page and "juni 2027" in page and "Hemmelig A/S" in page
    for other in ("stranger", "vendor", "staff", "loner"):
        seen = site.browser(other).get(f"/behov/{reference}").text
        assert "juni 2027" in seen and "Hemmelig" not in seen, other
    assert [(subject, "Hemmelig" in text) for _to, subject, text in mails_of(site)] == [
        (f"{reference} er registreret – Dialogforum", False)
    ]


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"kle": "abc"}, "kle", "Et KLE-nummer skrives som 27.36.00"),
        ({"contract_end": "til jul"}, "contract_end", "Skriv måneden som 2027-06"),
        ({"contract_end": "1066-01"}, "contract_end", "mellem 2000 og 2060"),
        ({"system_type": "other"}, "system_other", "Skriv, hvilken slags system det er."),
        ({"note": "010190-1234"}, "note", "ligner et CPR-nummer"),
    ],
)
def test_what_is_wrong_has_a_sentence_and_what_was_typed_stays(
    site: Site, fields: dict[str, str], field: str, words: str
) -> None:
    response = site.browser("municipality").post("/behov/nyt", NEW | fields)
    assert response.status_code == 422
    assert re.search(f'id="field-{field}-error">.*{words}', response.text)
    assert f'value="{NEED["title"]}"' in response.text


def test_who_speaks_for_no_municipality_is_told_so_and_registers_nothing(site: Site) -> None:
    vendor = site.browser("vendor")
    page = vendor.get("/behov/nyt").text
    assert "Kun kommuner og netværk registrerer behov" in page
    assert 'href="/oensker/nyt">Send et ønske' in page
    assert vendor.post("/behov/nyt", NEW).status_code == 422
    assert site.browser("stranger").post("/behov/nyt", NEW).headers["location"].startswith("/log-ind")


def test_who_can_neither_register_a_need_nor_send_a_wish_is_not_led_to_what_is_shut(site: Site) -> None:
    page = site.browser("staff").get("/behov/nyt").text
    assert "Kun kommuner og netværk registrerer behov" in page
    assert 'href="/oensker/nyt">Send et ønske' not in page


def test_what_is_like_it_is_shown_as_typed_and_joined_with_the_facts_that_were_typed(site: Site) -> None:
    reference = add_public_need(site)
    with site.unit() as session:
        other = add_municipality(session, "Anden Kommune")
    browser = site.browser(other)
    asked = "/behov/lignende?title=Nyt+system+til+vagtplaner&system_type=personnel"
    assert f'formaction="/behov/{reference}/gaa-med"' in browser.get(asked).text
    typed = {"title": "Vagtplaner", "supplier": "Vagt A/S", "handling": "gaa-med"}
    form = browser.post(f"/behov/{reference}/gaa-med", typed)
    assert form.status_code == 200 and 'value="Vagt A/S"' in form.text
    response = browser.post(f"/behov/{reference}/gaa-med", {"supplier": "Vagt A/S", "handling": "gem"})
    assert response.headers["location"] == f"/behov/{reference}?kvittering=need_joined#hvem"
    again = browser.post(f"/behov/{reference}/gaa-med", {"handling": "gem"})
    assert again.status_code == 422 and "Kommunen står der allerede." in again.text
    subjects = [subject for _to, subject, _text in mails_of(site)]
    assert f"Anden Kommune er gået med i {reference} – Dialogforum" in subjects


def test_the_last_one_cannot_leave_and_who_registered_cannot_take_it_from_the_others(site: Site) -> None:
    reference = add_public_need(site)
    here = site.people.municipality.organisation_id
    browser = site.browser("municipality")
    alone = browser.post(f"/behov/{reference}/kommuner/{here}/forlad")
    assert alone.status_code == 422 and "I er de eneste, der har behovet." in alone.text
    with site.unit() as session:
        other = add_municipality(session, "Anden Kommune")
        need = session.scalars(select(Contribution).where(Contribution.reference == reference)).one()
        join_need(session, other, need.id, NeedFacts())
    refused = browser.post(f"/behov/{reference}/traek-tilbage")
    assert refused.status_code == 422 and "Andre kommuner har også behovet" in refused.text
    assert browser.post(f"/behov/{reference}/kommuner/{here}/forlad").status_code == 303
    with site.unit() as session:
        rows = session.scalars(
            select(NeedMunicipality.organisation_id).where(NeedMunicipality.left_at.is_(None)).order_by("id")
        ).all()
    assert rows == [other.organisation_id]


def test_facts_are_changed_by_a_colleague_and_a_stale_form_shows_both(site: Site) -> None:
    reference = add_public_need(site, facts={"system_name": "Det gamle"})
    path = f"/behov/{reference}/kommuner/{site.people.municipality.organisation_id}"
    browser = site.browser("municipality")
    fields = {"system_name": "Det nye", "version": "1", "handling": "gem"}
    assert browser.post(path, fields).status_code == 303
    stale = browser.post(path, fields | {"system_name": "Det tredje"})
    assert stale.status_code == 409 and "Det nye" in stale.text and 'value="Det tredje"' in stale.text
    assert site.browser("vendor").post(path, fields).status_code == 404


def test_how_far_it_has_come_is_noted_with_a_day_and_a_reason_where_it_is_dropped(site: Site) -> None:
    reference = add_public_need(site)
    browser = site.browser("municipality")
    fields = {"state": "dropped", "happened_on": "2099-01-01", "version": "1"}
    refused = browser.post(f"/behov/{reference}/stand", fields)
    assert refused.status_code == 422
    assert (
        "Den dag er ikke kommet endnu." in refused.text and "Skriv, hvorfor det er opgivet." in refused.text
    )
    early = browser.post(f"/behov/{reference}/stand", fields | {"happened_on": "2001-01-01", "note": "Nej"})
    assert early.status_code == 422 and "Det kan ikke være før den" in early.text
    assert site.browser("vendor").post(f"/behov/{reference}/stand", fields).status_code == 403


def test_a_confidential_need_is_nowhere_for_others(site: Site) -> None:
    reference = add_public_need(site, title="Noget meget hemmeligt", visibility="own")
    own = site.browser("municipality")
    assert "Behovet er fortroligt" in own.get(f"/behov/{reference}").text
    assert "aldrig sammenlignet" in own.get(f"/behov/{reference}/ligesindede").text
    for other in ("stranger", "vendor"):
        browser = site.browser(other)
        assert browser.get(f"/behov/{reference}").status_code == 404
        for path in ("/behov", "/behov.atom", "/behov?q=hemmeligt"):
            assert "Noget meget hemmeligt" not in browser.get(path).text
    assert "hemmeligt" not in "".join(subject + text for _to, subject, text in mails_of(site))


def test_the_list_says_its_order_and_what_each_day_is(site: Site) -> None:
    with moved_to(datetime(2026, 11, 20, 12, tzinfo=UTC)):
        with site.unit() as session:
            words = {"in_progress": "I gang", "carried_out": "Gennemført", "registered": "Registreret"}
            for state, title in words.items():
                need = add_need(session, site.people.municipality, title=title, body=f"{title}: derfor.")
                if state != "registered":
                    given = {"state": state, "happened_on": date(2026, 11, 20), "version": need.version}
                    put = NeedStateInput.model_validate(given)
                    note_state(session, site.people.municipality, need.id, put)
        page = site.browser().get("/behov").text
    for told in ("I gang siden 20. november 2026", "Gennemført 20. november 2026"):
        assert told in page
    assert "Registreret 20. november 2026" in page
    assert "3 behov · De fleste kommuner først" in " ".join(page.split())


def test_the_list_is_narrowed_and_a_hidden_month_cannot_be_found_out_by_it(site: Site) -> None:
    soon = {"contract_end": "2027-01"}
    shown = add_public_need(site, facts=soon)
    hidden = add_public_need(site, title="Andet", body="Andet.", facts=soon | {"hidden": ["contract_end"]})
    browser = site.browser("vendor")
    for query in ("", "?system=personnel&stand=registered", "?stoerrelse=opdigtet&udloeber=99"):
        page = browser.get(f"/behov{query}").text
        assert shown in page and hidden in page, query
    page = browser.get("/behov?udloeber=36").text
    assert shown in page and hidden not in page
    assert shown not in browser.get("/behov?system=care").text


def test_pages_take_as_many_statements_with_one_need_as_with_many(site: Site) -> None:
    add_public_need(site)
    counts = [site.count_statements(site.browser(), "/behov")]
    for number in range(12):
        add_public_need(site, title=f"Behov {number}", body=f"Noget {number}.")
    counts.append(site.count_statements(site.browser(), "/behov"))
    assert counts[0] == counts[1]


def test_a_strategist_registers_for_several_and_they_are_told(site: Site) -> None:
    with site.unit() as session:
        one, two = add_municipality(session, "Ene Kommune"), add_municipality(session, "Toende Kommune")
        network, strategist = add_network(session, site.people, one, two)
        ids = [str(one.organisation_id), str(two.organisation_id)]
        name = organisation_of(session, one).name
    browser = site.browser(strategist)
    nobody = browser.post("/behov/nyt", NEW | {"network_id": str(network.id)})
    assert nobody.status_code == 422 and "Vælg mindst én kommune i netværket." in nobody.text
    response = browser.post("/behov/nyt", NEW | {"network_id": str(network.id), "organisation_ids": ids})
    reference = response.headers["location"].split("/")[2]
    assert name in site.browser().get(f"/behov/{reference}").text
    subjects = [subject for _to, subject, _text in mails_of(site)]
    assert subjects.count(f"Fyrnettet har skrevet jer på {reference} – Dialogforum") == 2


def test_what_is_typed_is_kept_and_forgotten_as_it_is_sent(site: Site) -> None:
    browser = site.browser("municipality")
    key = "0b1c7f0e-7a8e-4a58-9f0e-000000000001"
    fields = {"key": key, "title": "Halvt skrevet", "typed_version": "0"}
    assert browser.post("/behov/kladde", fields).json()["version"] == 1
    assert 'value="Halvt skrevet"' in browser.get(f"/behov/nyt?kladde={key}").text
    assert "Halvt skrevet" not in site.browser("staff").get(f"/behov/nyt?kladde={key}").text
    assert browser.post("/behov/nyt", NEW | {"key": key}).status_code == 303
    assert "Halvt skrevet" not in browser.get("/behov/nyt").text


def test_hostile_words_stay_words(site: Site) -> None:
    reference = add_public_need(site, title="<script>a()</script>", facts={"note": "<script>b()</script>"})
    for path in ("/behov", f"/behov/{reference}", "/behov/lignende?title=script"):
        assert "<script>a()" not in site.browser("municipality").get(path).text
        assert "<script>b()" not in site.browser("municipality").get(path).text
