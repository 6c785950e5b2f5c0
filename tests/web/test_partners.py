"""Partners and networks at their doors: found with reasons, asked once, answered by link or on the site."""

import re
from datetime import timedelta

from sqlalchemy import select

from app.core.clock import now, today
from app.core.mail import Mail
from app.domain.organisations.models import Organisation
from app.domain.partners.models import ContactRequest
from app.domain.users.models import Membership
from tests.needed import add_municipality, add_need, add_network
from tests.people import add_actor
from tests.site import Site


def add_two(site: Site, **given: object) -> tuple[str, object]:
    """The number of our need, and somebody of another municipality that has one like it."""
    with site.unit() as session:
        other = add_municipality(session, "Anden Kommune")
        add_need(session, other, title="Vagter i natten", **given)
        return add_need(session, site.people.municipality).reference, other


def find_link(site: Site) -> str:
    with site.unit() as session:
        texts = session.scalars(
            select(Mail.text).where(Mail.text.contains("?svar=ja")).order_by(Mail.id)
        ).all()
    found = [re.search(r"(/kontakt/\S+)\?svar=ja", text) for text in texts]
    assert len(found) == 1 and found[0]
    return found[0][1]


def test_one_mail_is_sent_and_answered_once_by_its_link_without_signing_in(site: Site) -> None:
    reference, other = add_two(site)
    browser = site.browser("municipality")
    page = browser.get(f"/behov/{reference}/ligesindede").text
    assert "Anden Kommune" in page and "samme slags system: Løn, personale og vagtplan" in page
    asked = {"organisation_id": str(other.organisation_id), "message": "Hej"}
    first = browser.post(f"/behov/{reference}/kontakt", asked)
    again = browser.post(f"/behov/{reference}/kontakt", asked)
    assert first.status_code == 303 and again.status_code == 422
    assert "I har allerede spurgt den kommune." in again.text
    request = first.headers["location"].split("?")[0]
    link, stranger = find_link(site), site.browser()
    assert stranger.get(f"{link}?svar=nej").status_code == 200  # opening it answers nothing
    assert stranger.get(link[:-2] + "xx").status_code == 404
    assert "@" not in stranger.get(link).text.split("<main")[1].split("</main")[0]
    assert stranger.post(link, {"svar": "måske"}).status_code == 422
    assert "I har sagt ja" in stranger.post(link, {"svar": "ja"}).text
    late = stranger.post(link, {"svar": "nej"})
    assert late.status_code == 422 and "allerede besvaret" in late.text
    assert "mailto:" in browser.get(request).text
    for who in ("staff", "vendor"):
        assert site.browser(who).get(request).status_code in (403, 404), who


def test_a_request_is_withdrawn_and_then_its_link_answers_nothing(site: Site) -> None:
    reference, other = add_two(site)
    browser = site.browser("municipality")
    asked = {"organisation_id": str(other.organisation_id)}
    request = browser.post(f"/behov/{reference}/kontakt", asked).headers["location"].split("?")[0]
    assert site.browser(other).post(f"{request}/traek-tilbage").status_code == 404
    assert browser.post(f"{request}/traek-tilbage").status_code == 303
    refused = site.browser(other).post(request, {"svar": "ja"})
    assert refused.status_code == 422 and "trukket tilbage" in refused.text


def test_a_confidential_need_of_others_is_no_match_and_its_municipality_cannot_be_asked(site: Site) -> None:
    reference, other = add_two(site, visibility="own")
    browser = site.browser("municipality")
    assert "Anden Kommune" not in browser.get(f"/behov/{reference}/ligesindede").text
    refused = browser.post(f"/behov/{reference}/kontakt", {"organisation_id": str(other.organisation_id)})
    assert refused.status_code == 422 and "ikke blandt jeres ligesindede" in refused.text


def test_two_people_of_a_municipality_make_one_mark_and_the_change_is_logged(site: Site) -> None:
    with site.unit() as session:
        other = add_municipality(session, "Anden Kommune")
        need = add_need(session, other).reference
        here = session.get_one(Organisation, site.people.municipality.organisation_id)
        colleague = add_actor(session, "Kalle Kollega", here)
        session.get_one(Membership, colleague.membership_id).title = "Digitaliseringschef"
    path = f"/behov/{need}/interesse"
    assert site.browser("municipality").post(path, {"kind": "pilot"}).status_code == 303
    joins = site.browser("municipality").post(path, {"kind": "need"})
    assert joins.status_code == 422 and "Har I behovet, så gå med i det." in joins.text
    assert site.browser(colleague).post(path, {"kind": "co_fund"}).status_code == 303
    ours, theirs = site.browser(colleague).get(path).text, site.browser(other).get(path).text
    for page in (ours, theirs):
        assert "fra »Vi vil afprøve« til »Vi vil medfinansiere«" in page and "Digitaliseringschef" in page
        assert page.split("Sådan har det ændret sig")[0].count('href="/kommuner/') == 1
    assert "Kalle Kollega" in ours and "Kalle Kollega" not in theirs


def test_a_municipality_says_itself_that_it_is_in_a_network(site: Site) -> None:
    with site.unit() as session:
        network, _strategist = add_network(session, site.people, add_municipality(session, "Anden Kommune"))
    path, here = f"/netvaerk/{network.key}", str(site.people.municipality.organisation_id)
    staff, browser = site.browser("staff"), site.browser("municipality")
    nobody = staff.post(f"{path}/spoerg")
    assert nobody.status_code == 422 and "Vælg mindst én kommune på listen." in nobody.text
    assert browser.post(f"{path}/spoerg", {"organisation_ids": here}).status_code == 403
    assert staff.post(f"{path}/spoerg", {"organisation_ids": here}).status_code == 303
    assert "Her Kommune" not in site.browser().get(path).text
    assert "Fyrnettet spørger, om I vil være med" in browser.get("/mit/kommune").text
    assert site.browser("vendor").post(f"{path}/svar", {"svar": "ja"}).status_code == 403
    assert browser.post(f"{path}/svar", {"svar": "ja"}).status_code == 303
    assert "Her Kommune" in site.browser().get(path).text
    assert staff.post(f"{path}/luk").status_code == 303
    late = staff.post(f"{path}/spoerg", {"organisation_ids": here})
    assert late.status_code == 422 and "Netværket er slut" in late.text


def test_a_network_is_founded_by_staff_and_changed_with_both_texts_shown_when_stale(site: Site) -> None:
    staff = site.browser("staff")
    with site.unit() as session:
        lead = str(site.people.municipality.organisation_id)
        assert session.get(Organisation, int(lead)) is not None
    fields = {"name": "Kystnettet", "task_lines": "Samler behov\n\nDeler kræfter"}
    refused = staff.post("/netvaerk/nyt", fields)
    assert refused.status_code == 422 and "Vælg en organisation, der kan lede et netværk" in refused.text
    path = staff.post("/netvaerk/nyt", fields | {"organisation_id": lead}).headers["location"].split("?")[0]
    assert "<li>Deler kræfter</li>" in site.browser().get(path).text
    changed = {"name": "Kystnettet", "text": "Nyt", "version": "1", "country": "DK"}
    assert staff.post(f"{path}/rediger", changed).status_code == 303
    stale = staff.post(f"{path}/rediger", changed | {"text": "Andet"})
    assert stale.status_code == 409 and "Sådan står det nu" in stale.text and "Andet" in stale.text
    assert site.browser("vendor").get("/netvaerk/nyt").status_code == 403


def test_requests_are_read_in_pages_and_an_old_one_is_still_known_where_one_asks(site: Site) -> None:
    reference, other = add_two(site)
    browser = site.browser("municipality")
    asked = {"organisation_id": str(other.organisation_id)}
    browser.post(f"/behov/{reference}/kontakt", asked)
    with site.unit() as session:
        first = session.scalars(select(ContactRequest)).one()
        first.asked_at -= timedelta(1)
        need_id, own_id = first.asked_need_id, site.people.municipality.organisation_id
        session.add_all(
            ContactRequest(
                need_id=need_id,
                asked_need_id=first.need_id,
                asking_id=other.organisation_id,
                asked_id=own_id,
                asked_at=now(),
                answer_by=today(),
                state="no",
                ended_at=now(),
            )
            for _ in range(30)
        )
        oldest = first.id
    pages = [browser.get(f"/mit/kontakt{query}").text for query in ("", "?side=2", "?side=9")]
    lines = [re.findall(r'href="/kontakt/(\d+)"', page) for page in pages]
    assert ([len(one) for one in lines], lines[1], lines[2]) == ([30, 1, 30], [str(oldest)], lines[0])
    assert [page.count('class="pager"') for page in pages] == [1, 1, 1]
    assert f'href="/kontakt/{oldest}"' in browser.get(f"/behov/{reference}/ligesindede").text
