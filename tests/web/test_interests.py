"""A municipality's interest, marked from the page of a wish or an idea."""

from sqlalchemy import select

from app.domain.contributions.models import Interest
from tests.said import add_idea, add_wish, put_said
from tests.site import Site


def add_both(site: Site) -> list[str]:
    with site.unit() as session:
        wish, idea = add_wish(session, site.people.vendor), add_idea(session, site.people.vendor)
        return [f"/oensker/{wish.reference}", f"/ideer/{idea.reference}"]


def marks(site: Site) -> list[tuple[int, str, str]]:
    with site.unit() as session:
        rows = session.execute(
            select(Interest.organisation_id, Interest.kind, Interest.contact).order_by(Interest.id)
        )
        return [tuple(row) for row in rows]


def test_a_municipality_marks_changes_and_removes_its_interest(site: Site) -> None:
    here = site.people.municipality.organisation_id
    browser = site.browser("municipality")
    for path in add_both(site):
        assert "Vis interesse på vegne af Her Kommune" in browser.get(path).text
        response = browser.post(f"{path}/interesse", {"kind": "need", "contact": "Mona, 12 34"})
        assert (response.status_code, response.headers["location"]) == (
            303,
            f"{path}?kvittering=interest_marked",
        )
        assert marks(site) == [(here, "need", "Mona, 12 34")]
        page = browser.get(path).text
        assert "Her Kommune har allerede et mærke, sat af Mona Kommune" in page
        assert "Mona, 12 34" in page and "Mona, 12 34" not in site.browser("vendor").get(path).text
        browser.post(f"{path}/interesse", {"kind": "pilot"})
        assert marks(site) == [(here, "pilot", "")]
        assert browser.post(f"{path}/interesse/fjern").status_code == 303
        assert marks(site) == []


def test_a_mark_without_a_kind_gets_a_sentence_and_keeps_the_contact(site: Site) -> None:
    for path in add_both(site):
        for fields in ({"contact": "Min telefon"}, {"kind": "opdigtet", "contact": "Min telefon"}):
            response = site.browser("municipality").post(f"{path}/interesse", fields)
            assert response.status_code == 422
            assert 'value="Min telefon"' in response.text and 'id="field-kind-error"' in response.text
    assert marks(site) == []


def test_only_municipalities_mark(site: Site) -> None:
    for path in add_both(site):
        for who, status in {"stranger": 303, "vendor": 403, "staff": 403, "loner": 403}.items():
            for act in ("interesse", "interesse/fjern"):
                assert site.browser(who).post(f"{path}/{act}", {"kind": "need"}).status_code == status, who
    assert marks(site) == []


def test_what_is_not_there_cannot_be_marked(site: Site) -> None:
    with site.unit() as session:
        hidden = put_said(session, "a", visibility="staff").reference
        card = put_said(session, "b", kind="card").reference
    browser = site.browser("municipality")
    assert browser.post(f"/oensker/{hidden}/interesse", {"kind": "need"}).status_code == 404
    assert browser.post("/oensker/OE-9999/interesse", {"kind": "need"}).status_code == 404
    assert browser.post(f"/oensker/{card}/interesse", {"kind": "need"}).status_code == 403
    assert browser.post(f"/oensker/{card}/interesse", {}).status_code == 404


def test_a_stranger_is_told_how_to_mark(site: Site) -> None:
    path = add_both(site)[0]
    assert f'href="/log-ind?videre={path}"' in site.browser().get(path).text
