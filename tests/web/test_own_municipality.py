"""«For min kommune»: new since the last visit, by theme; what municipalities like one's own have marked."""

import re
from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from app.core.clock import moved_to
from app.core.policy import SYSTEM, Actor
from app.domain.answering.publishing import publish_answer
from app.domain.contributions.gathering import gather
from app.domain.contributions.interests import mark_interest, put_interest
from app.domain.contributions.models import Contribution
from app.domain.contributions.schemas import InterestFacts, InterestInput
from app.domain.following.service import follow
from app.domain.organisations.models import Organisation
from app.domain.users.models import LastVisit
from tests.answered import add_prepared_answer
from tests.people import add_organisation_row
from tests.promised import add_commitment
from tests.said import add_theme_rows, add_wish, put_said
from tests.site import Site

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
PAGE = "/mit/kommune"


def words_of(page: str) -> str:
    """The page without its markup."""
    return " ".join(re.sub(r"<[^>]+>", " ", page.split("<main", 1)[1]).split())


def add_municipality(session: Session, key: str, code: str, region: str) -> int:
    name = key.capitalize()
    return add_organisation_row(session, key, name, "municipality", municipality_code=code, region=region).id


def mark(session: Session, said: Contribution, *organisation_ids: int) -> None:
    for organisation_id in organisation_ids:
        facts = InterestFacts(contribution_id=said.id, organisation_id=organisation_id, kind="need")
        put_interest(session, SYSTEM, facts)


def test_what_is_new_since_the_last_visit_stands_under_the_theme_that_one_follows(site: Site) -> None:
    people = site.people
    with site.unit() as session:
        climate, school = add_theme_rows(session, "Klima", "Skole")
        follow(session, people.municipality, "theme", climate.id)
        follow(session, people.municipality, "theme", school.id)
        with moved_to(NOON - timedelta(days=200)):
            add_wish(session, people.vendor, "For gammelt", theme_ids=[climate.id])
        with moved_to(NOON - timedelta(days=30)):
            old = add_wish(session, people.vendor, "Før besøget", theme_ids=[climate.id])
    browser = site.browser("municipality")
    with moved_to(NOON):
        first = words_of(browser.get(PAGE).text)
        assert "da det er første gang, du er her" in first
        assert "Før besøget" in first and "For gammelt" not in first
        assert "Vises, fordi du følger Klima" in first and "Intet nyt på Skole" in first
    with moved_to(NOON + timedelta(days=5)), site.unit() as session:
        prepared = add_prepared_answer(session, people.staff, [old.id])
        publish_answer(session, people.staff, prepared.id, prepared.version)
        line = add_commitment(session, people.staff, contribution_ids=[old.id])
        add_wish(session, people.vendor, "Efter besøget", theme_ids=[school.id])
        add_wish(session, people.vendor, "Et tema, man ikke følger")
    for days in (7, 7):
        # Opened twice on one day, it shows the same.
        with moved_to(NOON + timedelta(days=days)):
            page = words_of(browser.get(PAGE).text)
        assert "siden du var her sidst, den 2. november 2026" in page
        assert "Efter besøget" in page and "Nyt svar" in page and f"Nyt løfte {line.reference}" in page
        assert "Ønske " + old.reference not in page and "man ikke følger" not in page
    with moved_to(NOON + timedelta(days=9)):
        assert "Intet nyt på Klima , Skole" in words_of(browser.get(PAGE).text)


def test_each_person_has_a_last_visit_of_their_own_and_nothing_else_is_kept(site: Site) -> None:
    for days in (0, 3):
        with moved_to(NOON + timedelta(days=days)):
            site.browser("municipality").get(PAGE)
    with moved_to(NOON):
        site.browser("neighbour").get(PAGE)
    with site.unit() as session:
        visits = {
            who: session.get_one(LastVisit, getattr(site.people, who).user_id)
            for who in ("municipality", "neighbour")
        }
        assert {who: (str(one.since), str(one.visited_on)) for who, one in visits.items()} == {
            "municipality": ("2026-11-02", "2026-11-05"),
            "neighbour": ("None", "2026-11-02"),
        }


def test_three_wishes_that_municipalities_like_ours_have_marked_each_with_its_why(site: Site) -> None:
    people = site.people
    with site.unit() as session:
        own = people.municipality.organisation_id or 0
        people_row(session, own).region = "Region Syddanmark"
        people_row(session, own).municipality_code = "0561"  # Esbjerg, one of the big ones
        both = add_municipality(session, "odense", "0461", "Region Syddanmark")
        near = add_municipality(session, "fanoe", "0563", "Region Syddanmark")
        big = add_municipality(session, "aalborg", "0851", "Region Nordjylland")
        other = add_municipality(session, "laesoe", "0825", "Region Nordjylland")
        wishes = {title: add_wish(session, people.vendor, title) for title in ("A", "B", "C", "D", "E", "F")}
        mark(session, wishes["A"], near)
        mark(session, wishes["B"], both)
        mark(session, wishes["C"], near, big)
        mark(session, wishes["D"], other)
        mark(session, wishes["E"], both, near)
        mark_interest(session, people.municipality, wishes["E"].id, InterestInput(kind="need"))
        mark(session, wishes["F"], both, near, big)
        wishes["F"].status = "done"
        references = [wishes[title].reference for title in ("B", "C", "A")]
    page = site.browser("municipality").get(PAGE).text
    aside = page[page.index('id="ligner"') : page.index('id="interesse"')]
    assert re.findall(r'href="/oensker/(OE-[0-9]+)">', aside) == references
    words = words_of("<main" + aside)
    assert "Odense (samme region og størrelse: »" in words
    assert "Aalborg (samme størrelse: »" in words and "Fanoe (samme region: »" in words
    assert "Laesoe" not in words
    shown = re.findall(r'href="(/oensker/OE-[0-9]+)#([a-z-]+)"', aside)
    assert [path for path, _place in shown] == [f"/oensker/{reference}" for reference in references]
    for path, place in shown:
        form = site.browser("municipality").get(path).text.split(f'id="{place}"')[1]
        assert f'action="{path}/interesse"' in form.split("</section>")[0]


def test_a_mark_on_what_one_may_not_read_shows_nowhere(site: Site) -> None:
    people = site.people
    with site.unit() as session:
        own = people_row(session, people.municipality.organisation_id or 0)
        near = add_municipality(session, "fanoe", "0563", own.region or "")
        lead = add_wish(session, people.vendor, "Alle kan læse det")
        hidden = put_said(session, "h", title="Kun sekretariatet", visibility="staff")
        gather(session, people.staff, lead.id, [hidden.id])
        mark(session, hidden, near)
    page = site.browser("municipality").get(PAGE).text
    assert "Fanoe" not in page and "Alle kan læse det" not in page and "Kun sekretariatet" not in page


def test_news_of_what_one_has_marked_says_so(site: Site) -> None:
    people = site.people
    with moved_to(NOON):
        with site.unit() as session:
            wish = add_wish(session, people.vendor, "Noget for os")
            mark_interest(session, people.municipality, wish.id, InterestInput(kind="need"))
            prepared = add_prepared_answer(session, people.staff, [wish.id])
            publish_answer(session, people.staff, prepared.id, prepared.version)
        page = words_of(site.browser("municipality").get(PAGE).text)
        assert f"Vises, fordi I har vist interesse for {wish.reference} Noget for os" in page
        assert "Noget for os" not in words_of(site.browser("neighbour").get(PAGE).text)


def test_only_people_of_municipalities_come_in(site: Site) -> None:
    expected = {"vendor": 403, "staff": 403, "loner": 403, "stranger": 303, "neighbour": 200}
    assert {who: site.browser(who).get(PAGE).status_code for who in expected} == expected


def people_row(session: Session, organisation_id: int) -> Organisation:
    return session.get_one(Organisation, organisation_id)


def test_statements_do_not_grow_with_the_rows(site: Site) -> None:
    people = site.people

    def fill(session: Session, actor: Actor, numbers: range) -> None:
        themes = add_theme_rows(session, *(f"Tema {n}" for n in numbers), strategy_key=f"s-{numbers.start}")
        near = add_municipality(session, f"k{numbers.start}", f"9{numbers.start:03}", "Region Syddanmark")
        for theme in themes:
            follow(session, actor, "theme", theme.id)
            wish = add_wish(session, people.vendor, f"Ønske {theme.name}", theme_ids=[theme.id])
            mark(session, add_wish(session, people.vendor, f"Andet {theme.name}"), near)
            mark_interest(session, actor, wish.id, InterestInput(kind="need"))
            prepared = add_prepared_answer(session, people.staff, [wish.id])
            publish_answer(session, people.staff, prepared.id, prepared.version)
            add_commitment(session, people.staff, contribution_ids=[wish.id])

    counted = []
    for numbers in (range(1), range(1, 8)):
        with site.unit() as session:
            people_row(session, people.municipality.organisation_id or 0).region = "Region Syddanmark"
            fill(session, people.municipality, numbers)
        counted.append(site.count_statements(site.browser("municipality"), PAGE))
    assert counted == [22, 22]


def test_a_first_visit_is_called_so_and_what_others_like_one_have_marked_is_not_called_a_want(
    site: Site,
) -> None:
    page = words_of(site.browser("municipality").get(PAGE).text)
    assert "Det nye fra de seneste tre måneder, da det er første gang, du er her." in page
    assert "Det optager kommuner som jer" in page
