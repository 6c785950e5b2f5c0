"""What stands around an idea as pages: co-signers, files, the owner's answer to a hearing, resting."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from app.core.audit import AuditEntry
from app.core.clock import moved_to, now, today
from app.domain.contributions.ideas import hearing, resting
from app.domain.contributions.ideas.models import HeardPart, IdeaAttachment, IdeaSigner
from app.domain.contributions.ideas.schemas import AccessRequestInput, RulingInput
from tests.core.documents.samples import make_pdf
from tests.people import add_organisation_row
from tests.said import SECRET, add_idea, add_idea_draft
from tests.site import Browser, Site

WHO = ("stranger", "vendor", "rival", "consultancy", "municipality", "newcomer", "loner", "staff")


def statuses(site: Site, path: str) -> dict[str, int]:
    return {who: site.browser(who).get(path).status_code for who in WHO}


def attach(browser: Browser, path: str, file: Path, **fields: str) -> object:
    given = {"title": "Tegning", "access": "public"} | fields
    return browser.post(f"{path}/bilag", given, files={"file": ("tegning.pdf", file.read_bytes())})


# --- co-signers


def test_another_organisation_is_found_asked_answers_and_stands_on_the_page(site: Site) -> None:
    with site.unit() as session:
        idea = add_idea_draft(session, site.people.vendor, **SECRET)
        add_organisation_row(session, "ukendt", "Husets ukendte", "vendor", is_confirmed=False)
        path, number = f"/ideer/{idea.reference}", site.people.consultancy.organisation_id
    vendor, house = site.browser("vendor"), site.browser("consultancy")
    found = vendor.get(f"{path}/medunderskrivere?q=Hus").text
    assert f'name="organisation_id" value="{number}"' in found and "Husets ukendte" not in found
    asked = vendor.post(f"{path}/medunderskrivere", {"organisation_id": str(number)})
    assert asked.headers["location"].endswith("?kvittering=signer_asked")
    again = vendor.post(f"{path}/medunderskrivere", {"organisation_id": str(number)})
    assert again.status_code == 422 and "spurgt allerede" in again.text
    with site.unit() as session:
        signer = session.scalars(select(IdeaSigner.id)).one()
    here = f"/mit/medunderskrift/{signer}"
    assert here in house.get("/mit").text and here in house.get("/mit/medunderskrift").text
    assert statuses(site, here) == dict.fromkeys(WHO, 404) | {"stranger": 303, "consultancy": 200}
    assert house.get(f"{path}/fortrolig").status_code == 404
    assert house.post(here, {"answer": "maaske"}).status_code == 422
    assert house.post(here, {"answer": "yes"}).status_code == 303
    # Also while it is a draft, which is not the signer's to see as a page.
    assert house.get(path).status_code == 404
    assert SECRET["secret_technology"] in house.get(f"{path}/fortrolig").text
    assert "Står med bag" in vendor.get(path).text
    assert site.browser("rival").get(f"{path}/medunderskrivere").status_code == 404
    vendor.post(f"{path}/medunderskrivere/fjern", {"organisation_id": str(number)})
    assert house.get(f"{path}/fortrolig").status_code == 404
    assert house.get(here).status_code == 404


# --- files


def test_an_open_file_is_everybodys_and_a_confidential_one_is_nowhere_for_others(
    site: Site, tmp_path: Path
) -> None:
    with site.unit() as session:
        path = f"/ideer/{add_idea(session, site.people.vendor).reference}"
    vendor, file = site.browser("vendor"), make_pdf(tmp_path / "x.pdf")
    assert attach(vendor, path, file).status_code == 303  # type: ignore[attr-defined]
    secret = attach(vendor, path, file, title="Zebraplan", access="confidential", reason="Pris")
    assert secret.status_code == 303  # type: ignore[attr-defined]
    with site.unit() as session:
        open_id, secret_id = session.scalars(select(IdeaAttachment.id).order_by(IdeaAttachment.id)).all()
    assert statuses(site, f"/ideer/bilag/{open_id}") == dict.fromkeys(WHO, 200)
    shut = dict.fromkeys(WHO, 404) | {"vendor": 200, "staff": 200}
    assert statuses(site, f"/ideer/bilag/{secret_id}") == shut
    missing = site.browser().get("/ideer/bilag/999999")
    hidden = site.browser().get(f"/ideer/bilag/{secret_id}")
    assert missing.text.replace("bilag/999999", "") == hidden.text.replace(f"bilag/{secret_id}", "")
    for who in WHO:
        page = site.browser(who).get(path).text
        assert "Zebraplan" not in page and f"/ideer/bilag/{open_id}" in page, who
        assert ("fortroligt bilag" in page) is (who in ("vendor", "staff")), who
    assert "Zebraplan" in vendor.get(f"{path}/fortrolig").text
    sent = vendor.get(f"/ideer/bilag/{secret_id}")
    assert (sent.headers["cache-control"], sent.content) == ("no-store", file.read_bytes())
    with site.unit() as session:
        read = select(AuditEntry.user_id).where(AuditEntry.verb == "read_confidential")
        readers = session.scalars(read.order_by(AuditEntry.id)).all()
    people = site.people
    assert readers == [people.vendor.user_id, people.staff.user_id, *[people.vendor.user_id] * 2]


@pytest.mark.parametrize(
    ("fields", "content", "words"),
    [
        ({}, b"MZ program", "skal være pdf, pptx eller odp"),
        ({"access": "confidential"}, None, "Skriv, hvorfor det skal være fortroligt."),
        ({"title": ""}, None, "Udfyld feltet."),
    ],
)
def test_a_file_is_refused_with_a_sentence_and_what_was_typed_stays(
    site: Site, tmp_path: Path, fields: dict[str, str], content: bytes | None, words: str
) -> None:
    with site.unit() as session:
        path = f"/ideer/{add_idea(session, site.people.vendor).reference}"
    body = content if content is not None else make_pdf(tmp_path / "x.pdf").read_bytes()
    name = "fil.exe" if content else "fil.pdf"
    given = {"title": "Tegning", "access": "public", "reason": ""} | fields
    answer = site.browser("vendor").post(f"{path}/bilag", given, files={"file": (name, body)})
    assert answer.status_code == 422 and words in answer.text
    assert not given["title"] or 'value="Tegning"' in answer.text
    for who in ("rival", "municipality"):
        assert site.browser(who).get(f"{path}/bilag").status_code == 403, who


def test_a_removed_file_leaves_a_mark_and_cannot_be_fetched(site: Site, tmp_path: Path) -> None:
    with site.unit() as session:
        path = f"/ideer/{add_idea(session, site.people.vendor).reference}"
        other = f"/ideer/{add_idea(session, site.people.vendor, title='En anden').reference}"
    vendor = site.browser("vendor")
    attach(vendor, path, make_pdf(tmp_path / "x.pdf"))
    with site.unit() as session:
        number = session.scalars(select(IdeaAttachment.id)).one()
    assert vendor.post(f"{other}/bilag/{number}/fjern").status_code == 404
    assert site.browser("rival").post(f"{path}/bilag/{number}/fjern").status_code == 403
    assert vendor.post(f"{path}/bilag/{number}/fjern").status_code == 303
    assert vendor.get(f"/ideer/bilag/{number}").status_code == 404
    assert "Et bilag, der blev fjernet" in site.browser().get(path).text


def test_a_file_in_a_hearing_stays_and_the_page_says_why(site: Site, tmp_path: Path) -> None:
    with site.unit() as session:
        idea = add_idea(session, site.people.vendor)
        path, idea_id = f"/ideer/{idea.reference}", idea.id
    vendor = site.browser("vendor")
    attach(vendor, path, make_pdf(tmp_path / "x.pdf"), access="confidential", reason="Pris")
    with site.unit() as session:
        number = session.scalars(select(IdeaAttachment.id)).one()
        given = AccessRequestInput(
            requester="Avisen Eksempel", received_on=today(), hear_by=today() + timedelta(days=5)
        )
        hearing.open_request(session, site.people.staff, idea_id, given)
    kept = vendor.post(f"{path}/bilag/{number}/fjern")
    assert kept.status_code == 409 and "Nogen har bedt om aktindsigt i bilaget" in kept.text
    assert vendor.get(f"/ideer/bilag/{number}").status_code == 200


# --- the hearing


def test_the_owner_is_heard_part_by_part_until_the_day_and_reads_the_decision(site: Site) -> None:
    with site.unit() as session:
        idea = add_idea(session, site.people.vendor, **SECRET, secret_other="Andet", reason_other="Pris")
        given = AccessRequestInput(
            requester="Avisen Zebra", received_on=today(), hear_by=today() + timedelta(10)
        )
        number = hearing.open_request(session, site.people.staff, idea.id, given).id
        here = f"/ideer/{idea.reference}/hoering/{number}"
    vendor = site.browser("vendor")
    assert here in vendor.get("/mit").text and here in vendor.get(f"/ideer/{idea.reference}").text
    assert statuses(site, here) == dict.fromkeys(WHO, 404) | {"stranger": 303, "vendor": 200}
    page = vendor.get(here).text
    assert SECRET["secret_technology"] in page and "Avisen Zebra" not in page
    empty = vendor.post(here, {})
    assert empty.status_code == 422 and "mindst én del" in empty.text
    bare = vendor.post(here, {"stance-technology": "keep", "stance-other": "agree"})
    assert bare.status_code == 422 and 'id="field-reason-technology-error"' in bare.text
    part = vendor.post(here, {"stance-technology": "keep", "reason-technology": "Så kopieres det"})
    assert part.status_code == 303
    assert vendor.post(here, {"stance-other": "agree"}).status_code == 303
    with site.unit() as session:
        heard = select(HeardPart.part, HeardPart.stance, HeardPart.stance_reason).order_by(HeardPart.part)
        assert [tuple(row) for row in session.execute(heard)] == [
            ("other", "agree", ""),
            ("technology", "keep", "Så kopieres det"),
        ]
        rulings = [
            RulingInput(part="other", decision="release", reason="Ejeren er enig"),
            RulingInput(part="technology", decision="keep", reason="Paragraf 30"),
        ]
        version = hearing.find_request(session, site.people.staff, number).version  # type: ignore[union-attr]
        hearing.decide_access(session, site.people.staff, number, rulings, version)
    shown = vendor.get(here).text
    assert "Udleveres" in shown and "Paragraf 30" in shown and "Så kopieres det" in shown
    assert vendor.post(here, {"stance-other": "agree"}).status_code == 422


def test_after_the_day_the_owner_reads_and_says_no_more(site: Site) -> None:
    with site.unit() as session:
        idea = add_idea(session, site.people.vendor, **SECRET)
        given = AccessRequestInput(requester="Avis", received_on=today(), hear_by=today() + timedelta(2))
        number = hearing.open_request(session, site.people.staff, idea.id, given).id
    here = f"/ideer/{idea.reference}/hoering/{number}"
    vendor = site.browser("vendor")
    with moved_to(now() + timedelta(4)):
        assert "Fristen gik" in vendor.get(here).text
        late = vendor.post(here, {"stance-technology": "agree"})
    assert late.status_code == 422 and "Fristen er gået" in late.text


def test_the_redacted_edition_is_for_those_who_read_the_whole(site: Site) -> None:
    with site.unit() as session:
        path = f"/ideer/{add_idea(session, site.people.vendor, **SECRET).reference}/renset"
    page = site.browser("vendor").get(path).text
    assert f"[fortroligt: {SECRET['reason_technology']}]" in page
    assert SECRET["secret_technology"] not in page
    shut = dict.fromkeys(WHO, 404) | {"stranger": 303, "vendor": 200, "staff": 200}
    assert statuses(site, path) == shut


# --- resting


def test_an_idea_nobody_stood_by_asks_rests_leaves_the_list_and_is_woken(site: Site) -> None:
    with site.unit() as session:
        idea = add_idea(session, site.people.vendor)
        idea.received_at = now() - timedelta(181)
        session.flush()
        assert resting.ask_owners(session) == 1
        path = f"/ideer/{idea.reference}"
    vendor, stranger = site.browser("vendor"), site.browser()
    assert "Gælder idéen stadig?" in vendor.get(path).text and "stadig?" in vendor.get("/mit").text
    assert "Gælder idéen stadig?" not in site.browser("rival").get(path).text
    assert vendor.post(f"{path}/hvil").status_code == 303
    assert path not in stranger.get("/ideer").text and path not in stranger.get("/ideer.atom").text
    assert "Vis 1 idé, der hviler" in stranger.get("/ideer").text
    assert path in stranger.get("/ideer?hviler=ja").text
    assert "Idéen hviler siden" in stranger.get(path).text
    assert vendor.post(f"{path}/hvil").status_code == 422
    assert site.browser("rival").post(f"{path}/gaelder").status_code == 403
    assert vendor.post(f"{path}/gaelder").status_code == 303
    assert path in stranger.get("/ideer").text and path not in stranger.get("/ideer?hviler=ja").text
