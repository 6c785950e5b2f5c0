"""The inbox: drawers and filters, who has a case, many given something at once, the exchange with the asker,
and what says the same put together and taken apart."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select

from app.core.audit import AuditEntry
from app.core.clock import today
from app.domain.answering.models import Case, Pause
from app.domain.answering.pausing import reply
from app.domain.answering.schemas import ReplyInput
from app.domain.contributions.gathering import gather
from app.domain.contributions.gathering_models import Gathered, Gathering
from app.domain.contributions.models import Contribution, ContributionTheme
from tests.answered import add_colleague
from tests.node.html_validate import find_html_errors
from tests.said import add_theme_rows, add_wish
from tests.site import Site

EVIL = "<script>alert(1)</script>"
SAME = "Fælles målbilleder for digital velfærd"


def add_wishes(site: Site, *titles: str, by: str = "vendor", **given: Any) -> list[tuple[int, str]]:
    """(id, number) of wishes that were just sent."""
    with site.unit() as session:
        wishes = [add_wish(session, getattr(site.people, by), title, **given) for title in titles]
        return [(wish.id, wish.reference) for wish in wishes]


def read_owners(site: Site) -> dict[int, int | None]:
    with site.unit() as session:
        return dict(session.execute(select(Case.contribution_id, Case.owner_id)).all())


def test_the_inbox_is_for_staff_and_shows_what_people_wrote_as_words(site: Site) -> None:
    ((_id, reference),) = add_wishes(site, f"Klima {EVIL}")
    for path in ("/indbakke", f"/indbakke/{reference}", "/indbakke/lignende", "/indbakke/saml"):
        assert site.browser().get(path).status_code == 303, path
        assert site.browser("vendor").get(path).status_code == 403, path
        page = site.browser("staff").get(path)
        assert page.status_code == 200 and EVIL not in page.text, path
    assert site.browser("staff").get("/indbakke/OE-9999").status_code == 404
    assert site.browser("staff").get(f"/indbakke/{reference.lower()}").status_code in (303, 404)


def test_the_pages_ask_the_same_few_questions_however_much_lies_in_them(site: Site) -> None:
    staff = site.browser("staff")
    (_id, reference), *_more = add_wishes(site, SAME, f"{SAME} nu")
    paths = ("/indbakke", f"/indbakke/{reference}", "/indbakke/lignende")
    few = [site.count_statements(staff, path) for path in paths]
    assert few == [6, 6, 9]
    add_wishes(site, *[f"{SAME} {n}" for n in range(28)], by="rival", body="Den samme klare retning.")
    assert [site.count_statements(staff, path) for path in paths] == few


def test_what_hangs_under_a_hidden_lead_is_shown_what_is_like_it(site: Site) -> None:
    (lead_id, lead), (member_id, member), (_id, other) = add_wishes(site, SAME, f"{SAME} nu", f"{SAME} igen")
    staff = site.browser("staff")
    with site.unit() as session:
        gather(session, site.people.staff, lead_id, [member_id])
    under = staff.get(f"/indbakke/{member}").text
    with site.unit() as session:
        session.get_one(Contribution, lead_id).status = "withdrawn"
    alone = staff.get(f"/indbakke/{member}").text
    assert ("ligner-" in under, f"/indbakke/{lead}" in under) == (False, True)
    assert ("ligner-" in alone, f"/indbakke/{other}" in alone, f"/indbakke/{lead}" in alone) == (
        True,
        True,
        False,
    )


def test_drawers_count_what_lies_in_them_and_filters_narrow_and_can_be_let_go(site: Site) -> None:
    add_wishes(site, "Klima", "Andet")
    with site.unit() as session:
        (theme,) = add_theme_rows(session, "Klima")
        late = session.scalars(select(Contribution).where(Contribution.title == "Klima")).one()
        late.answer_by = today() - timedelta(days=1)
        session.add(ContributionTheme(contribution_id=late.id, theme_id=theme.id))
    staff = site.browser("staff")
    page = staff.get("/indbakke").text
    assert 'Forsinket <span class="count">1</span>' in page
    assert 'Uden tema <span class="count">1</span>' in page
    late_only = staff.get("/indbakke?skuffe=forsinket&tema=strategi-2026/klima&slags=wish&ansvarlig=x").text
    assert ">Klima</a>" in late_only and ">Andet</a>" not in late_only
    assert "Fjern alle" in late_only and "/indbakke?skuffe=forsinket&amp;slags=wish" in late_only
    nothing = staff.get("/indbakke?q=xyzzy")
    assert nothing.status_code == 200 and "Ingen passer til filtrene" in nothing.text


def test_two_cannot_take_the_same_and_the_second_reads_who_has_it(site: Site) -> None:
    ((wish_id, reference),) = add_wishes(site, "Klima")
    path = f"/indbakke/{reference}"
    assert site.browser("staff").post(f"{path}/tag").headers["location"] == f"{path}?kvittering=inbox_claimed"
    assert f"<span>Stine Stab tog sagen {reference}</span>" in site.browser("staff").get(path).text
    refused = site.browser("admin").post(f"{path}/tag")
    assert refused.status_code == 409 and "Stine Stab har sagen." in refused.text
    assert read_owners(site) == {wish_id: site.people.staff.user_id}
    handed = site.browser("admin").post(f"{path}/giv-videre", {"user_id": site.people.admin.user_id})
    assert handed.status_code == 303
    assert site.browser("staff").post(f"{path}/slip").status_code == 409
    assert site.browser("admin").post(f"{path}/slip").status_code == 303
    outsider = site.browser("staff").post(f"{path}/giv-videre", {"user_id": site.people.vendor.user_id})
    assert outsider.status_code == 422 and "Vælg en kollega, der er i sekretariatet nu." in outsider.text
    assert read_owners(site) == {wish_id: None}


def test_many_are_given_something_at_once_in_one_entry_and_it_is_undone(site: Site) -> None:
    (one, _), (other, _), (kept, reference) = add_wishes(site, "Et", "To", "Tre")
    with site.unit() as session:
        colleague = add_colleague(session, site.people.staff)
        (theme,) = add_theme_rows(session, "Klima")
        theme_id = theme.id
    site.browser("admin").post(f"/indbakke/{reference}/tag")
    day = (today() + timedelta(days=9)).isoformat()
    fields = {
        "contribution_ids": [one, other, kept],
        "owner": colleague.user_id,
        "theme_ids": theme_id,
        "answer_by": day,
        "status": "under_review",
        "key": str(uuid4()),
    }
    staff = site.browser("staff")
    page = staff.post("/indbakke/fordel?skuffe=uden-svar", fields)
    assert page.status_code == 200 and f"{reference} har Alma Admin" in page.text
    again = staff.post("/indbakke/fordel?skuffe=uden-svar", fields)
    assert again.headers["location"] == "/indbakke?skuffe=uden-svar"
    owners = {one: colleague.user_id, other: colleague.user_id, kept: site.people.admin.user_id}
    assert read_owners(site) == owners
    with site.unit() as session:
        assert session.query(ContributionTheme).count() == 3
        rows = session.scalars(select(Contribution).order_by(Contribution.id)).all()
        assert {(row.status, row.answer_by.isoformat()) for row in rows} == {("under_review", day)}
        entries = select(AuditEntry.verb).where(AuditEntry.thing == "sorting").order_by(AuditEntry.id)
        assert session.scalars(entries).all() == ["sort"]
    assert "Fortryd din seneste fordeling af 3 bidrag" in staff.get("/indbakke").text
    assert staff.post("/indbakke/fordel/fortryd").status_code == 303
    assert read_owners(site) == {one: None, other: None, kept: site.people.admin.user_id}
    with site.unit() as session:
        assert session.query(ContributionTheme).count() == 0
    # An admin hands over what others have, too.
    given = site.browser("admin").post(
        "/indbakke/fordel", {"contribution_ids": [one, kept], "owner": colleague.user_id}
    )
    assert given.headers["location"] == "/indbakke?kvittering=inbox_sorted"
    assert read_owners(site) == {one: colleague.user_id, other: None, kept: colleague.user_id}


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"owner": "me"}, "Sæt kryds ved mindst ét bidrag."),
        ({"contribution_ids": "x"}, "Vælg, hvad der skal ske med dem, du har sat kryds ved."),
        ({"contribution_ids": "x", "owner": "999999"}, "Vælg en kollega, der er i sekretariatet nu."),
    ],
)
def test_a_sorting_that_cannot_be_done_says_why_and_keeps_the_ticks(
    site: Site, fields: dict[str, str], sentence: str
) -> None:
    ((wish_id, _),) = add_wishes(site, "Klima")
    ticked = "contribution_ids" in fields
    page = site.browser("staff").post(
        "/indbakke/fordel", fields | ({"contribution_ids": str(wish_id)} if ticked else {})
    )
    assert page.status_code == 422 and sentence in page.text
    assert (f'value="{wish_id}" checked' in page.text) is ticked


def test_the_clock_stands_still_while_the_asker_is_asked_and_goes_on_with_the_reply(site: Site) -> None:
    ((wish_id, reference),) = add_wishes(site, "Klima")
    path, staff = f"/indbakke/{reference}", site.browser("staff")
    wrong = staff.post(f"{path}/bed-om-mere", {"question": "Hvor mange?", "reply_by": "2020-01-01"})
    assert (
        wrong.status_code == 422 and "Hvor mange?" in wrong.text and "Vælg en dag efter i dag." in wrong.text
    )
    day = today() + timedelta(days=10)
    asked = staff.post(f"{path}/bed-om-mere", {"question": "Hvor mange?", "reply_by": day.isoformat()})
    assert asked.headers["location"] == f"{path}?kvittering=inbox_asked#afsender"
    page = staff.get(path).text
    assert "Uret står stille til" in page and "Hvor mange?" in page
    again = staff.post(f"{path}/bed-om-mere", {"question": "Og?", "reply_by": day.isoformat()})
    assert again.status_code == 409
    with site.unit() as session:
        reply(session, site.people.vendor, wish_id, ReplyInput(text="Tolv."))
    page = staff.get(path).text
    assert "Tolv." in page and "Besvaret" in page and "Uret står stille" not in page
    with site.unit() as session:
        assert session.scalars(select(Pause.ended_as)).all() == ["reply"]


def test_notes_are_read_by_staff_alone_and_taken_away_by_their_writer(site: Site) -> None:
    ((_id, reference),) = add_wishes(site, "Klima")
    path, staff = f"/indbakke/{reference}", site.browser("staff")
    assert staff.post(f"{path}/noter", {"text": ""}).status_code == 422
    staff.post(f"{path}/noter", {"text": f"Spørg Kaj {EVIL}"})
    page = staff.get(path).text
    assert "Spørg Kaj &lt;script&gt;" in page and EVIL not in page
    assert "Spørg Kaj" not in site.browser("vendor").get(f"/oensker/{reference}").text
    note = page.split(f"{path}/noter/")[1].split("/")[0]
    other = add_wishes(site, "Andet")[0][1]
    assert staff.post(f"/indbakke/{other}/noter/{note}/fjern").status_code == 404
    assert staff.post(f"{path}/noter/{note}/fjern").status_code == 303
    assert "Spørg Kaj" not in staff.get(path).text


def test_what_says_the_same_goes_on_to_older_ones(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    for place in ("app.domain.contributions.alike.PER_PAGE", "app.web.gathering.PER_PAGE"):
        monkeypatch.setattr(place, 2)
    add_wishes(site, SAME, f"{SAME} nu", "Kortere svarfrister")
    staff = site.browser("staff")
    first, second = (staff.get(f"/indbakke/lignende?side={page}").text for page in (1, 2))
    assert "Hver side ser på 2 åbne, de nyeste først · side 1 af 2" in first
    assert 'href="/indbakke/lignende?side=2"' in first and SAME in second
    assert find_html_errors({"first": first, "second": second}) == []


def test_what_says_the_same_is_found_put_together_named_and_taken_apart_as_it_was(site: Site) -> None:
    (one, first), (two, second) = add_wishes(site, SAME, "Fælles målbilleder for velfærden")
    ((three, third),) = add_wishes(site, "Digital velfærd: fælles målbilleder", by="rival")
    staff = site.browser("staff")
    found = staff.get("/indbakke/lignende").text
    assert all(reference in found for reference in (first, second, third)) and "begge om:" in found
    chosen = staff.get(f"/indbakke/saml?indspil={first}&indspil={second}&indspil={third}").text
    assert f'name="lead_id" value="{one}" checked' in chosen
    fields = {"contribution_ids": [one, two, three], "offered": [one, two, three]}
    no_lead = staff.post("/indbakke/saml", fields)
    assert no_lead.status_code == 422 and "Vælg den tekst, der skal stå forrest." in no_lead.text
    alone = staff.post("/indbakke/saml", {"contribution_ids": [one], "offered": [one, two], "lead_id": one})
    assert alone.status_code == 422 and "Vælg mindst to" in alone.text and second in alone.text
    done = staff.post("/indbakke/saml", fields | {"lead_id": two, "title": "Målbilleder"})
    assert done.headers["location"] == f"/indbakke/{second}?kvittering=inbox_gathered#samling"
    page = staff.get(f"/indbakke/{second}").text
    assert "<b>Målbilleder</b>" in page and "samlede det, der siger det samme, ved" in page
    assert f"/indbakke/{second}" in staff.get(f"/indbakke/{first}").text

    again = staff.post("/indbakke/saml", fields | {"lead_id": two})
    assert again.status_code == 409 and "allerede samlet" in again.text
    staff.post(f"/indbakke/{second}/tag-ud", {"member_ids": three})
    moved = staff.post(f"/indbakke/{second}/hovedtekst", {"lead_id": one})
    assert moved.headers["location"] == f"/indbakke/{first}?kvittering=inbox_new_lead#samling"
    assert staff.post(f"/indbakke/{first}/fortryd-sammenlaegning").status_code == 303
    with site.unit() as session:
        assert session.query(Gathered).count() == session.query(Gathering).count() == 0
        rows = session.scalars(select(Contribution).order_by(Contribution.id)).all()
        assert [(row.status, row.version) for row in rows] == [("received", 1)] * 3


def test_two_gatherings_are_not_put_together_and_the_page_says_what_to_do(site: Site) -> None:
    wishes = add_wishes(site, *[f"{SAME} {n}" for n in range(4)])
    (a, _), (b, _), (c, _), (d, _) = wishes
    staff = site.browser("staff")
    for lead, member in ((a, b), (c, d)):
        staff.post("/indbakke/saml", {"contribution_ids": [lead, member], "lead_id": lead})
    page = staff.post("/indbakke/saml", {"contribution_ids": [a, c], "lead_id": a, "offered": [a, c]})
    assert page.status_code == 409 and "To samlinger kan ikke lægges sammen" in page.text
