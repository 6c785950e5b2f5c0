"""Reporting, the queue, deciding and objecting, as pages."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from app.core.clock import moved_to, now
from app.domain.contributions.models import Contribution
from app.domain.moderation import service
from app.domain.moderation.models import Decision, Objection, Report
from app.domain.moderation.schemas import HideInput, ObjectionInput, ReportInput
from app.domain.moderation.service import report
from tests.people import add_actor, add_organisation_row
from tests.said import add_card_row, add_idea, add_meeting_row, add_wish
from tests.site import Site, keys_in

REPORT = {"reason": "advertising", "words": "Det er reklame."}
PAGES = ("/modereret", "/modereret/indsigelser", "/modereret/venter", "/modereret/afgjorte")
OUTSIDERS = ("vendor", "rival", "municipality", "loner", "newcomer", "auditor")


def sent(site: Site, who: str = "vendor", title: str = "Fælles målbilleder") -> str:
    with site.unit() as session:
        return add_wish(session, getattr(site.people, who), title).reference


def version_of(site: Site, reference: str) -> str:
    with site.unit() as session:
        statement = select(Contribution.version).where(Contribution.reference == reference)
        return str(session.scalars(statement).one())


def hidden(site: Site, reason: str = "abusive") -> str:
    reference = sent(site)
    fields = {"reason": reason, "words": "Tonen er <hård>.", "version": version_of(site, reference)}
    response = site.browser("staff").post(f"/modereret/{reference}/skjul", fields)
    assert response.headers["location"] == f"/modereret/{reference}?kvittering=hidden"
    return reference


def count(site: Site, model: type) -> int:
    with site.unit() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


# --- reporting


@pytest.mark.parametrize("who", ["stranger", "loner", "rival", "municipality"])
def test_whoever_reads_it_may_report_it(site: Site, who: str) -> None:
    path = f"/oensker/{sent(site)}"
    browser = site.browser(who)
    assert f'href="{path}/anmeld"' in browser.get(path).text
    response = browser.post(f"{path}/anmeld", REPORT)
    assert (response.status_code, response.headers["location"]) == (303, f"{path}?kvittering=reported")
    assert "Anmeldelsen er modtaget" in browser.get(response.headers["location"]).text
    assert count(site, Report) == 1


def test_ideas_and_cards_are_reported_at_their_own_addresses(site: Site) -> None:
    with site.unit() as session:
        idea = add_idea(session, site.people.vendor).reference
        card = add_card_row(session, site.people.staff, add_meeting_row(session))
        card.status, card.published_at = "received", now()
        references = {"ideer": idea, "indspil": card.reference}
    for folder, reference in references.items():
        assert site.browser().post(f"/{folder}/{reference}/anmeld", REPORT).status_code == 303
        assert site.browser().post(f"/oensker/{reference}/anmeld", REPORT).status_code == 404


def test_the_same_form_twice_and_the_same_person_again_report_once(site: Site) -> None:
    path = f"/oensker/{sent(site)}/anmeld"
    rival = site.browser("rival")
    key = keys_in(rival.get(path).text)[-1]
    for _ in range(2):
        assert rival.post(path, REPORT | {"key": key}).status_code == 303
    again = rival.post(path, REPORT)
    assert again.status_code == 422 and "Du har allerede anmeldt det" in again.text
    assert count(site, Report) == 1
    assert "<textarea" not in rival.get(path).text


def test_what_is_wrong_in_a_report_is_said_and_the_typed_text_stays(site: Site) -> None:
    path = f"/oensker/{sent(site)}/anmeld"
    response = site.browser().post(path, {"words": "Min <tekst>", "mail": "ikke en mail"})
    assert response.status_code == 422
    assert "Vælg, hvad der er galt." in response.text
    assert "Skriv en mailadresse" in response.text and "Min &lt;tekst&gt;</textarea>" in response.text
    assert count(site, Report) == 0


def test_what_is_not_to_be_reported_is_not_there(site: Site) -> None:
    waits, own = sent(site, "newcomer"), sent(site)
    assert site.browser().get(f"/oensker/{waits}/anmeld").status_code == 404
    assert site.browser("newcomer").get(f"/oensker/{waits}/anmeld").status_code == 403
    assert site.browser("vendor").get(f"/oensker/{own}/anmeld").status_code == 403
    assert site.browser("vendor").post(f"/oensker/{own}/anmeld", REPORT).status_code == 403
    assert "/anmeld" not in site.browser("vendor").get(f"/oensker/{own}").text


def test_strangers_behind_one_address_report_so_often_and_lose_no_text(site: Site) -> None:
    path = f"/oensker/{sent(site)}/anmeld"
    with moved_to(datetime(2026, 11, 22, 12, 30, tzinfo=UTC)):
        answers = [site.browser().post(path, REPORT) for _ in range(11)]
    assert [answer.status_code for answer in answers] == [303] * 10 + [429]
    assert answers[-1].headers["Retry-After"] == "1800"
    assert "Det er reklame.</textarea>" in answers[-1].text
    assert site.browser("rival").post(path, REPORT).status_code == 303


def test_the_author_never_reads_who_reported(site: Site) -> None:
    reference = sent(site)
    site.browser("rival").post(f"/oensker/{reference}/anmeld", REPORT)
    for path in (f"/oensker/{reference}", "/mit", "/mit/bidrag"):
        page = site.browser("vendor").get(path).text
        assert "Rita" not in page and "reklame" not in page
    assert "Rita Rival" in site.browser("staff").get(f"/modereret/{reference}").text


# --- the queue


@pytest.mark.parametrize("who", OUTSIDERS)
def test_the_queue_is_for_staff(site: Site, who: str) -> None:
    reference = sent(site)
    verbs = ("lad-staa", "skjul", "vis", "fasthold", "sloer", "fjern-sloering", "slet-original")
    browser = site.browser(who)
    assert {browser.get(path).status_code for path in (*PAGES, f"/modereret/{reference}")} == {403}
    posts = ["/modereret/venter", *(f"/modereret/{reference}/{verb}" for verb in verbs)]
    assert {browser.post(path, {"one": "1"}).status_code for path in posts} == {403}
    assert count(site, Decision) == 0


def test_the_queue_tells_how_long_how_many_and_why(site: Site) -> None:
    reference = sent(site)
    with moved_to(datetime.now(UTC) - timedelta(days=3)), site.unit() as session:
        wish_id = session.scalars(select(Contribution.id)).one()
        report(session, site.people.rival, wish_id, ReportInput(reason="abusive", words="Uf."))
    site.browser().post(f"/oensker/{reference}/anmeld", REPORT)
    page = site.browser("staff").get("/modereret").text
    assert "ventet i 3 dage" in page and "<b>2 anmeldelser</b>" in page
    assert "Krænkende eller ubehageligt" in page and "Reklame" in page
    assert f'href="/modereret/{reference}"' in page
    own = site.browser("staff").get("/mit").text
    assert '<a href="/modereret"><b>1</b> <span>sag venter i modereringen</span></a>' in own


def test_newcomers_are_let_through_one_by_one_or_many_at_once(site: Site) -> None:
    references = [sent(site, "newcomer", f"Ønske {number}") for number in range(3)]
    with site.unit() as session:
        rows = session.execute(select(Contribution.reference, Contribution.id))
        ids = {row.reference: row.id for row in rows}
    staff = site.browser("staff")
    page = staff.get("/modereret/venter").text
    assert all(f'name="one" value="{ids[reference]}"' in page for reference in references)
    nothing = staff.post("/modereret/venter", {})
    assert nothing.status_code == 422 and "Vælg mindst ét bidrag i listen." in nothing.text
    both = {"one": str(ids[references[0]]), "contribution_ids": [str(ids[references[1]])]}
    assert staff.post("/modereret/venter", both).status_code == 303
    stranger = site.browser()
    assert [stranger.get(f"/oensker/{one}").status_code for one in references] == [200, 404, 404]
    rest = {"contribution_ids": [str(ids[one]) for one in references[1:]]}
    assert staff.post("/modereret/venter", rest).status_code == 303
    assert [stranger.get(f"/oensker/{one}").status_code for one in references] == [200, 200, 200]


WRONG_IDS = ({"one": "abc"}, {"one": "9" * 40}, {"contribution_ids": ["-1"]}, {"one": "4711"})


def test_wrong_numbers_let_nothing_through(site: Site) -> None:
    sent(site, "newcomer")
    statuses = [site.browser("staff").post("/modereret/venter", fields).status_code for fields in WRONG_IDS]
    assert statuses == [422, 422, 422, 303]
    with site.unit() as session:
        assert session.scalars(select(Contribution.waiting_reason).order_by(Contribution.id)).all() == [
            "newcomer"
        ]


def fill_queue(site: Site, numbers: range) -> None:
    with site.unit() as session:
        for number in numbers:
            firm = add_organisation_row(session, f"f{number}", f"Firma {number}", "vendor")
            author, new = (
                add_actor(session, f"Navn{number}", firm),
                add_actor(session, f"Ny{number}", firm, confirmed=False),
            )
            add_wish(session, new, f"Venter {number}")
            said = add_wish(session, author, f"Skjult {number}")
            report(session, site.people.rival, said.id, ReportInput(reason="other", words="Se."))
            given = HideInput(words="Fordi.", reason="other", version=said.version)
            service.hide(session, site.people.staff, said.id, given)
            service.object_to_hiding(session, author, said.id, ObjectionInput(words="Nej."))


def test_the_queue_takes_the_same_statements_with_one_row_and_with_thirty(site: Site) -> None:
    fill_queue(site, range(1))
    staff = site.browser("staff")
    assert [site.count_statements(staff, path) for path in PAGES] == [3, 3, 3, 3]
    fill_queue(site, range(1, 30))
    assert [site.count_statements(staff, path) for path in PAGES] == [3, 3, 3, 3]


def test_a_case_takes_the_same_statements_with_one_report_and_with_thirty(site: Site) -> None:
    reference = sent(site)
    path = f"/modereret/{reference}"
    with site.unit() as session:
        wish_id = session.scalars(select(Contribution.id)).one()
        report(session, site.people.stranger, wish_id, ReportInput(reason="other", words="Se."))
    staff = site.browser("staff")
    assert site.count_statements(staff, path) == 6
    with site.unit() as session:
        for _ in range(29):
            report(session, site.people.stranger, wish_id, ReportInput(reason="other", words="Se."))
    assert site.count_statements(staff, path) == 6


# --- deciding


def test_the_second_of_two_who_decide_sees_what_the_first_did_and_keeps_the_words(site: Site) -> None:
    reference = sent(site)
    version = version_of(site, reference)
    first = site.browser("staff").post(
        f"/modereret/{reference}/lad-staa", {"words": "Fint.", "version": version}
    )
    assert first.status_code == 303
    fields = {"words": "Skal skjules.", "reason": "abusive", "version": version}
    second = site.browser("admin").post(f"/modereret/{reference}/skjul", fields)
    assert second.status_code == 409
    assert "En kollega har gjort noget imens" in second.text and "Skal skjules.</textarea>" in second.text
    assert "Fint." in second.text
    again = fields | {"version": re.search(r'name="version" value="(\d+)"', second.text).group(1)}
    assert site.browser("admin").post(f"/modereret/{reference}/skjul", again).status_code == 303


def test_a_hiding_needs_a_reason_and_words(site: Site) -> None:
    reference = sent(site)
    fields = {"words": "", "reason": "", "version": version_of(site, reference)}
    response = site.browser("staff").post(f"/modereret/{reference}/skjul", fields)
    assert response.status_code == 422
    assert "Vælg, hvorfor det sker." in response.text and 'id="field-words-error"' in response.text


def test_a_hidden_wish_leaves_a_mark_with_day_and_reason_and_nothing_else(site: Site) -> None:
    reference = hidden(site)
    response = site.browser().get(f"/oensker/{reference}")
    assert response.status_code == 410
    assert f"Her stod {reference}." in response.text
    assert "fordi tonen ikke fulgte dialogens regler" in response.text
    for word in ("Fælles målbilleder", "klar retning", "Vera", "Soft", "hård", "Stine"):
        assert word not in response.text
    assert response.headers["cache-control"] == "no-store"
    assert site.browser().get(f"/oensker/{reference.lower()}").status_code == 410


def test_what_is_hidden_as_confidential_answers_as_missing(site: Site) -> None:
    reference = hidden(site, "confidential")
    missing, found = (site.browser().get(f"/oensker/{one}") for one in ("OE-9999", reference))
    assert (missing.status_code, found.status_code) == (404, 404)
    assert missing.text.replace("OE-9999", "") == found.text.replace(reference, "")


def test_words_are_blacked_out_from_a_form_and_shown_again(site: Site) -> None:
    reference = sent(site)
    act = f"/modereret/{reference}"
    staff = site.browser("staff")
    fields = {"sought": "klar  RETNING", "ground": "other", "scope": "all"}
    response = staff.post(f"{act}/sloer", fields | {"version": version_of(site, reference)})
    assert response.status_code == 303
    assert "klar retning" not in site.browser().get(f"/oensker/{reference}").text
    assert "<mark>klar retning</mark>" in staff.get(act).text
    missed = staff.post(f"{act}/sloer", fields | {"sought": "findes ikke", "version": "2"})
    assert missed.status_code == 422
    assert "De ord står der ikke" in missed.text and 'value="findes ikke"' in missed.text
    assert staff.post(f"{act}/fjern-sloering", {"version": "2"}).status_code == 303
    assert "klar retning" in site.browser().get(f"/oensker/{reference}").text
    for_good = fields | {"for_good": "1", "version": "3"}
    assert staff.post(f"{act}/sloer", for_good).status_code == 303
    assert "klar retning" not in staff.get(act).text
    assert staff.post(f"{act}/slet-original", {"version": "4"}).status_code == 422


WRONG_ACTS = (
    ("skjul", {"reason": "opdigtet", "words": "x", "version": "1"}),
    ("skjul", {"reason": "other", "words": "x", "version": "abc"}),
    ("skjul", {"reason": "other", "words": "x" * 2001, "version": "1"}),
    ("sloer", {"sought": "a", "ground": "other", "version": "1"}),
    ("sloer", {"sought": "klar", "ground": "other", "scope": "x", "version": "1"}),
    ("vis", {"words": "x", "version": "1"}),
    ("fasthold", {"words": "x", "version": "1"}),
    ("fjern-sloering", {"version": "1"}),
    ("fjern-sloering", {}),
    ("lad-staa", {"words": "x", "version": "1", "seen": "9" * 30}),
)


def test_each_wrong_act_is_refused_with_the_case_and_changes_nothing(site: Site) -> None:
    reference = sent(site)
    for verb, fields in WRONG_ACTS:
        response = site.browser("staff").post(f"/modereret/{reference}/{verb}", fields)
        assert response.status_code == 422, (verb, fields)
    assert (version_of(site, reference), count(site, Decision)) == ("1", 0)


# --- objecting


def test_the_author_reads_why_answers_once_and_reads_the_answer(site: Site) -> None:
    reference = hidden(site)
    path = f"/oensker/{reference}"
    vendor = site.browser("vendor")
    page = vendor.get(path).text
    assert "Tonen er &lt;hård&gt;." in page and f'href="{path}/indsigelse"' in page
    assert vendor.post(f"{path}/indsigelse", {"words": ""}).status_code == 422
    response = vendor.post(f"{path}/indsigelse", {"words": "Vi er uenige."})
    assert response.headers["location"] == f"{path}?kvittering=objected"
    assert vendor.post(f"{path}/indsigelse", {"words": "Igen."}).status_code == 422
    assert f'href="{path}/indsigelse"' not in vendor.get(path).text
    staff = site.browser("staff")
    assert "Vi er uenige." in staff.get("/modereret/indsigelser").text
    fields = {"words": "Vi holder fast.", "version": version_of(site, reference)}
    assert staff.post(f"/modereret/{reference}/fasthold", fields).status_code == 303
    assert "Vi holder fast." in vendor.get(path).text
    assert site.browser().get(path).status_code == 410
    assert count(site, Objection) == 1


def test_others_do_not_object(site: Site) -> None:
    path = f"/oensker/{hidden(site)}/indsigelse"
    statuses = {who: site.browser(who).get(path).status_code for who in (*OUTSIDERS, "staff", "stranger")}
    assert statuses == {
        "vendor": 200,
        "rival": 404,
        "municipality": 404,
        "loner": 404,
        "newcomer": 404,
        "auditor": 404,
        "staff": 404,
        "stranger": 303,
    }


def test_of_two_at_the_same_moment_one_decides(site: Site) -> None:
    reference = sent(site)
    fields = {"words": "Fordi.", "reason": "abusive", "version": version_of(site, reference)}
    browsers = [site.browser("staff"), site.browser("admin")]
    with ThreadPoolExecutor(2) as both:
        answers = list(
            both.map(lambda browser: browser.post(f"/modereret/{reference}/skjul", fields), browsers)
        )
    assert sorted(answer.status_code for answer in answers) == [303, 409]
    assert count(site, Decision) == 1
