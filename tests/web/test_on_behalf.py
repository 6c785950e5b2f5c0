"""What others wrote in on an organisation's behalf, as its members meet it."""

from app.domain.contributions.service import publish
from tests.said import add_card_row, add_meeting_row, add_wish
from tests.site import Site

MARK = "Skrevet af Stine Stab på vegne af Soft A/S"


def add_published(site: Site, of: str = "vendor") -> str:
    with site.unit() as session:
        card = add_card_row(
            session,
            site.people.staff,
            add_meeting_row(session),
            "Vi mangler data",
            on_behalf_of_id=getattr(site.people, of).organisation_id,
        )
        publish(session, site.people.staff, [card.id])
        return card.reference


def test_its_members_see_by_whom_and_the_way_to_say_that_it_is_wrong(site: Site) -> None:
    reference = add_published(site)
    here = f"/indspil/{reference}"
    page = site.browser("vendor").get(here).text
    assert MARK in page and f'href="{here}/anmeld?grund=wrong_sender"' in page
    assert (
        'value="wrong_sender" checked' in site.browser("vendor").get(f"{here}/anmeld?grund=wrong_sender").text
    )
    own = site.browser("vendor").get("/mit/bidrag").text
    assert MARK in own and f'href="{here}/anmeld?grund=wrong_sender"' in own


def test_who_only_reads_is_not_led_to_what_would_mend_it(site: Site) -> None:
    here = f"/indspil/{add_published(site, 'auditor')}"
    for path in (here, "/mit/bidrag"):
        page = site.browser("auditor").get(path).text
        assert "Vi mangler data" in page and "Det passer ikke" not in page, path


def test_others_read_who_wrote_it_in_without_being_asked(site: Site) -> None:
    here = f"/indspil/{add_published(site)}"
    for who in ("stranger", "rival", "municipality", "newcomer", "staff"):
        page = site.browser(who).get(here).text
        assert MARK not in page, who
        assert "skrevet ind af" in page and "Stine Stab" in page, who


def test_what_one_sent_oneself_carries_no_such_mark(site: Site) -> None:
    with site.unit() as session:
        reference = add_wish(session, site.people.vendor).reference
    for path in (f"/oensker/{reference}", "/mit", "/mit/bidrag"):
        assert "Det passer ikke" not in site.browser("vendor").get(path).text, path


def test_the_correction_reaches_staff(site: Site) -> None:
    here = f"/indspil/{add_published(site)}"
    fields = {"reason": "wrong_sender", "words": "Det var ikke os, der sagde det."}
    assert site.browser("vendor").post(f"{here}/anmeld", fields).status_code == 303
    assert (
        "Det var ikke os, der sagde det."
        in site.browser("staff").get(f"/modereret/{here.rsplit('/', 1)[1]}").text
    )
