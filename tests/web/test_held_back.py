"""What waits, is hidden or blacked out, met through every page, list, count, search, file and feed."""

import re

import pytest
from sqlalchemy import select

from app.core.clock import now
from app.core.policy import SYSTEM
from app.domain.contributions.blacked import MARK
from app.domain.contributions.blacking_out import black_out
from app.domain.contributions.holding_back import hide
from app.domain.contributions.models import Contribution
from app.domain.contributions.schemas import AnswerFacts
from app.domain.contributions.service import publish, put_answer
from app.domain.meetings.models import Meeting
from app.domain.moderation.models import Decision
from app.domain.users.memberships import confirm_membership
from tests.said import (
    IDEA,
    add_card_row,
    add_group_row,
    add_idea,
    add_item_row,
    add_meeting_row,
    add_theme_rows,
    add_wish,
)
from tests.site import Site

WORD = "Fjompenist"
EVERYBODY = ("stranger", "rival", "municipality", "loner", "auditor", "vendor", "newcomer", "staff")
PAGES = (
    "/",
    "/oensker",
    "/oensker?aspekt=data",
    "/oensker?q=fjompenist",
    "/oensker?frist=overskredet",
    "/oensker?svar=ja",
    "/ideer",
    "/moeder",
    "/moeder/10",
    "/moeder/10/indspil",
    "/moeder/10/opfoelgning",
    "/moeder/10/program",
    "/temaer",
    "/temaer/strategi-2026",
    "/temaer/strategi-2026/klima",
    "/kommuner",
    "/kommuner/her",
    "/organisationer",
    "/organisationer/{soft}",
    "/soeg",
    "/soeg?q=fjompenist",
    "/soeg?q=fjompenits",
    "/soeg?q=retning",
    "/soeg/forslag?q=fjomp",
    "/data/indspil.csv",
    "/data/indspil.json",
    "/sitemap.xml",
)
_CHANGING = re.compile(r'name="key" value="[^"]*"|hx-[a-z]+="[^"]*"|\?v=[0-9a-f]+')


def read_all(site: Site, who: str) -> dict[str, str]:
    """Every page as somebody sees it, without the keys of its forms."""
    found = {}
    for page in PAGES:
        path = page.format(soft=site.people.vendor.organisation_id)
        block = {"HX-Request": "true"} if "forslag" in path else {}
        response = site.browser(who).get(path, headers=block)
        assert response.status_code == 200, (who, path, response.status_code)
        found[page] = _CHANGING.sub("", response.text)
    return found


def lay_ground(site: Site) -> dict[str, int]:
    """One of each that everybody sees, under the theme and at the meeting."""
    with site.unit() as session:
        theme = add_theme_rows(session, "Klima")[0].id
        meeting = add_meeting_row(session, "10")
        item = add_item_row(session, meeting)
        group = add_group_row(session, meeting, item)
        add_wish(session, site.people.vendor, "Retning", aspect="data", theme_ids=[theme])
        add_idea(session, site.people.vendor, title="Retning i natten", theme_ids=[theme])
        return {"theme": theme, "meeting": meeting.id, "group": group.id}


def plant_held_back(site: Site, ground: dict[str, int]) -> list[str]:
    """A wish and an idea that wait, a wish and a card that are hidden; their numbers."""
    with site.unit() as session:
        people, given = site.people, {"theme_ids": [ground["theme"]]}
        waits = add_wish(session, people.newcomer, f"{WORD} venter", body=WORD, aspect="data", **given)
        idea = add_idea(session, people.newcomer, title=f"{WORD} venter", problem=WORD, **given)
        wish = add_wish(session, people.vendor, f"{WORD} skjult", body=WORD, aspect="data", **given)
        meeting = session.get_one(Meeting, ground["meeting"])
        card = add_card_row(session, people.staff, meeting, f"{WORD} kort", group_id=ground["group"])
        publish(session, people.staff, [card.id])
        put_answer(
            session,
            SYSTEM,
            AnswerFacts(key="a", kind="answer", text="Ja.", published_at=None, contribution_ids=[wish.id]),
        )
        references = [row.reference for row in (waits, idea, wish, card)]
    site.work()
    with site.unit() as session:
        for row in session.scalars(select(Contribution).where(Contribution.reference.in_(references[2:]))):
            hide(session, site.people.staff, row.id, row.version, "abusive")
            session.add(Decision(contribution_id=row.id, kind="hide", reason="abusive", decided_at=now()))
    site.work()
    return references


def test_what_is_held_back_changes_no_page_list_count_search_or_file_for_anybody(site: Site) -> None:
    ground = lay_ground(site)
    site.work()
    # The loner and the auditor see what the rival sees; of them the single pages are tried below.
    people = [who for who in EVERYBODY if who not in ("loner", "auditor")]
    before = {who: read_all(site, who) for who in people}
    plant_held_back(site, ground)
    for who in people:
        after = read_all(site, who)
        assert {page for page in PAGES if after[page] != before[who][page]} == set(), who


def test_its_own_pages_are_for_its_own_people_and_staff(site: Site) -> None:
    waits, idea, wish, card = plant_held_back(site, lay_ground(site))
    paths = (f"/oensker/{waits}", f"/ideer/{idea}", f"/oensker/{wish}", f"/indspil/{card}")
    seen = {who: [site.browser(who).get(path).status_code for path in paths] for who in EVERYBODY}
    outside = [404, 404, 410, 410]
    assert seen == {
        "stranger": outside,
        "rival": outside,
        "municipality": outside,
        "loner": outside,
        "auditor": outside,
        "vendor": [200, 200, 200, 410],
        "newcomer": [200, 200, 410, 410],
        "staff": [200, 200, 200, 200],
    }
    for who, statuses in seen.items():
        for path, status in zip(paths, statuses, strict=True):
            if status != 200:
                page = site.browser(who).get(path).text
                named = {word for word in (WORD, "Vera Vendor", "Stine Stab", "Soft A/S") if word in page}
                assert named - {getattr(site.people, who).name} == set(), (who, path)


@pytest.mark.parametrize("how", ["hidden", "withdrawn", "staff", "participants", "own"])
def test_the_answer_to_what_one_may_not_read_is_on_no_page(site: Site, how: str) -> None:
    ground = lay_ground(site)
    with site.unit() as session:
        wish = add_wish(session, site.people.vendor, "Om natten", theme_ids=[ground["theme"]])
        answer = AnswerFacts(
            key="a",
            kind="answer",
            text=f"Vi har set på {WORD}.",
            published_at=now(),
            meeting_id=ground["meeting"],
            contribution_ids=[wish.id],
        )
        put_answer(session, SYSTEM, answer)
        if how == "hidden":
            wish.hidden_at = now()
        elif how == "withdrawn":
            wish.status = "withdrawn"
        else:
            wish.visibility = how
    site.work()
    for who in ("stranger", "rival", "municipality"):
        pages = read_all(site, who)
        assert {page for page, text in pages.items() if WORD in text} == set(), who


def test_what_waits_answers_as_what_is_missing(site: Site) -> None:
    waits = plant_held_back(site, lay_ground(site))[0]
    for who in ("stranger", "rival", "municipality"):
        browser = site.browser(who)
        missing, found = browser.get("/oensker/OE-9999"), browser.get(f"/oensker/{waits}")
        assert _CHANGING.sub("", missing.text).replace("OE-9999", "") == _CHANGING.sub(
            "", found.text
        ).replace(waits, "")


def test_the_sender_and_staff_read_on_their_own_pages_how_it_stands(site: Site) -> None:
    waits, idea, wish, _ = plant_held_back(site, lay_ground(site))
    newcomer = site.browser("newcomer").get("/mit/bidrag").text
    assert newcomer.count("Venter på at blive set") == 2 and waits in newcomer and idea in newcomer
    vendor = site.browser("vendor").get("/mit/bidrag").text
    assert "Skjult af sekretariatet" in vendor and "fordi tonen ikke fulgte dialogens regler" in vendor
    assert wish in vendor
    staff = site.browser("staff").get("/mit").text
    assert '<a href="/modereret/venter"><b>2</b> <span>sager venter i modereringen</span></a>' in staff


def test_confirming_the_sender_opens_what_waited(site: Site) -> None:
    with site.unit() as session:
        reference = add_wish(session, site.people.newcomer).reference
    assert site.browser().get(f"/oensker/{reference}").status_code == 404
    with site.unit() as session:
        confirm_membership(session, site.people.staff, site.people.newcomer.membership_id or 0)
    site.work()
    assert site.browser().get(f"/oensker/{reference}").status_code == 200


# --- blacked out


def plant_blacked_out(site: Site) -> str:
    ground = lay_ground(site)
    with site.unit() as session:
        wish = add_wish(
            session,
            site.people.vendor,
            f"Retning for {WORD}",
            body=f"{WORD} ved det.\n\nSpørg {WORD}.",
            theme_ids=[ground["theme"]],
        )
        idea = add_idea(session, site.people.vendor, **IDEA | {"problem": f"Retningen er {WORD}s."})
        put_answer(
            session,
            SYSTEM,
            AnswerFacts(
                key="a",
                kind="answer",
                text=f"Vi giver {WORD} ret.",
                published_at=now(),
                meeting_id=ground["meeting"],
                contribution_ids=[wish.id, idea.id],
            ),
        )
        ids, reference = [wish.id, idea.id], wish.reference
    site.work()
    assert WORD in site.browser().get("/soeg?q=fjompenist").text.split("<main")[1].replace("fjompenist", "")
    with site.unit() as session:
        for row in session.scalars(select(Contribution).where(Contribution.id.in_(ids)).order_by("id")):
            black_out(session, site.people.staff, row.id, row.version, WORD)
    site.work()
    return reference


@pytest.mark.parametrize("who", EVERYBODY)
def test_words_blacked_out_are_on_no_page_and_the_search_does_not_know_them(site: Site, who: str) -> None:
    reference = plant_blacked_out(site)
    pages = read_all(site, who)
    pages[f"/oensker/{reference}"] = site.browser(who).get(f"/oensker/{reference}").text
    asked = {page for page in PAGES if "fjomp" in page}
    assert {page for page, text in pages.items() if page not in asked and WORD in text} == set()
    for page in asked:
        assert WORD not in pages[page], page
    assert "Mente du" not in pages["/soeg?q=fjompenits"]
    assert "Ingen fund" in pages["/soeg?q=fjompenist"]
    assert f"Retning for {MARK}" in pages["/data/indspil.csv"]


def test_the_mark_is_read_aloud_as_what_it_is(site: Site) -> None:
    reference = plant_blacked_out(site)
    page = site.browser().get(f"/oensker/{reference}").text
    mark = f'<span class="blacked" role="img" aria-label="sløret af sekretariatet">{MARK}</span>'
    assert page.count(mark) >= 5
    assert f"<p>{mark} ved det.</p>" in page
    assert f"Vi giver {mark} ret." in page
    assert f"<h1>Retning for {mark}</h1>" in page
    assert mark in site.browser().get("/soeg?q=retning").text
