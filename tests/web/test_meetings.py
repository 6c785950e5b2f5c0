"""Meetings for everybody: the list with its filters, a meeting with all its pages, lasting addresses."""

import re
from datetime import date, time
from typing import Any

import pytest

from app.core.clock import now
from app.core.policy import SYSTEM
from app.domain.contributions.models import Answer, AnswerContribution, Contribution
from app.domain.groups.schemas import GroupInput
from app.domain.groups.service import add_group
from app.domain.meetings.editions import put_in_force
from app.domain.meetings.models import Meeting
from app.domain.meetings.programme import add_appearance, add_item, add_task
from app.domain.meetings.recording import put_meeting, put_missing_number
from app.domain.meetings.schemas import (
    AppearanceInput,
    ItemInput,
    MeetingFacts,
    MeetingInput,
    MissingNumberFacts,
    TaskInput,
)
from app.domain.meetings.service import add_meeting, publish_meeting
from app.domain.presentations.models import Deck
from tests.signing_up import put_sign_up_row
from tests.site import Site

EVIL = "<script>alert(1)</script>"


def put(site: Site, number: int | None = 1, published: bool = True, **values: Any) -> int:
    """A meeting, published unless said otherwise; its id."""
    with site.unit() as session:
        given = {"number": number, "title": f"Møde nummer {number}", "held_on": date(2020, 1, 1)} | values
        meeting = add_meeting(session, SYSTEM, MeetingInput(**given))
        if published:
            publish_meeting(session, SYSTEM, meeting.id)
        return meeting.id


def fill(site: Site, meeting_id: int, count: int) -> None:
    """So many items with a person, a task, a group, a deck and an answered wish each."""
    with site.unit() as session:
        for n in range(1, count + 1):
            given = ItemInput(kind="panel", title=f"Panel {n}", summary="Et resumé")
            item = add_item(session, SYSTEM, meeting_id, given)
            name = f"Person {meeting_id} {n}"
            part = AppearanceInput(name=name, title="Chef", organisation="KL")
            add_appearance(session, SYSTEM, item.id, part)
            add_task(session, SYSTEM, item.id, TaskInput(title=f"Opgave {n}", text="Hvilke?", answer_limit=3))
            group = add_group(session, SYSTEM, item.id, GroupInput(name=f"Bord {n}", task="Tal sammen"))
            session.add(
                Deck(
                    meeting_id=meeting_id,
                    item_id=item.id,
                    key=f"d{n}",
                    position=n,
                    title=f"Slides {n}",
                    created_at=now(),
                )
            )
            wish = Contribution(
                kind="wish",
                reference=f"OE-{meeting_id * 100 + n:04}",
                title=f"Ønske {n}",
                body="Mere af det",
                aspect="direction",
                status="answered",
                meeting_id=meeting_id,
                item_id=item.id,
                group_id=group.id,
                said_by_text="en leverandør",
                received_at=now(),
                published_at=now(),
            )
            answer = Answer(meeting_id=meeting_id, kind="promise", text=f"Svar {n}", published_at=now())
            session.add_all([wish, answer])
            session.flush()
            session.add(AnswerContribution(answer_id=answer.id, contribution_id=wish.id))
        put_in_force(session, SYSTEM, session.get_one(Meeting, meeting_id))


# --- the list


def test_the_list_has_the_newest_first_with_what_is_uncertain_in_words(archive_site: Site) -> None:
    page = archive_site.new_browser().get("/moeder").text
    titles = ["Grøn omstilling", "Strategi og data", "Den gode markedsdialog", "Virtuelt Dialogforum"]
    places = [page.index(title) for title in [*titles, "Engageret premiere"]]
    assert places == sorted(places)
    for words in ("årstal udledt", "Ældre end 12 måneder", "formen er udledt", "10. møde i Dialogforum"):
        assert words in page


def test_missing_numbers_are_said_in_words(archive_site: Site) -> None:
    page = archive_site.new_browser().get("/moeder").text
    for words in (
        "Møde 2–4: ingen side fundet; holdt mellem 10. oktober 2014 og november 2016.",
        "Møde 5: endnu ikke registreret her.",
        "Møde 13: ingen side fundet; holdt mellem 2. maj 2022 og 4. maj 2023.",
    ):
        assert words in page


@pytest.mark.parametrize(
    ("query", "shown", "hidden"),
    [
        ("aar=2017", ["Disruption og datadeling"], ["Engageret premiere"]),
        ("form=virtuelt", ["Virtuelt Dialogforum"], ["Engageret premiere"]),
        ("serie=folkemoedet", ["Disruption i kommunerne"], ["Virtuelt Dialogforum"]),
        ("tema=kdp-2021-2025/kommunernes-digitale-fundamenter", ["Virtuelt Dialogforum"], ["Engageret"]),
        ("q=rydkj%C3%A6r", ["Virtuelt Dialogforum"], ["Engageret premiere"]),
        ("aar=2017&serie=dialogforum", ["Udvikling af det kommunale"], ["Disruption i kommunerne"]),
        ("aar=nej&tema=/&form=x&serie=%00&side=-1", ["Engageret premiere", "Virtuelt Dialogforum"], []),
        ("q=findesikke", ["Ingen møder passer til valget."], ["Engageret premiere"]),
    ],
)
def test_filters_stand_in_the_address_and_wrong_ones_are_passed_over(
    archive_site: Site, query: str, shown: list[str], hidden: list[str]
) -> None:
    response = archive_site.new_browser().get(f"/moeder?{query.replace('%00', '')}")
    assert response.status_code == 200
    assert [words for words in shown if words not in response.text] == []
    assert [words for words in hidden if words in response.text] == []


def test_a_filter_counts_what_it_leads_to_with_the_others_kept(archive_site: Site) -> None:
    page = archive_site.new_browser().get("/moeder?serie=dialogforum").text
    assert '<option value="2017">2017 (2)</option>' in page
    assert '<option value="virtuelt">Virtuelt (2)</option>' in page
    narrowed = archive_site.new_browser().get("/moeder?aar=2017&serie=folkemoedet").text
    assert '<option value="dialogforum">Dialogforum (2)</option>' in narrowed
    assert 'href="/moeder?aar=2017"' in narrowed


def test_the_list_is_paged_and_a_page_too_far_gives_the_last(site: Site) -> None:
    for number in range(1, 32):
        put(site, number, held_on=date(2000, 1, number if number < 31 else 31))
    browser = site.browser()
    first, second, beyond = (browser.get(f"/moeder?side={n}").text for n in (1, 2, 99))
    assert "Møde nummer 31" in first and "Møde nummer 1<" not in first
    assert "Møde nummer 1<" in second and "Møde nummer 1<" in beyond


def test_an_empty_list_says_so(site: Site) -> None:
    assert "Ingen møder passer til valget." in site.browser().get("/moeder").text


def test_staff_sees_drafts_and_a_way_to_a_new_meeting(site: Site) -> None:
    put(site, published=False)
    assert "Møde nummer 1" not in site.browser().get("/moeder").text
    page = site.browser("staff").get("/moeder").text
    assert "Møde nummer 1" in page and "Kladde" in page and 'href="/moeder/nyt"' in page


# --- addresses


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("/moeder/10-virtuelt-dialogforum", "/moeder/10"),
        ("/moeder/10-forkert/program", "/moeder/10/program"),
        ("/moeder/010/indspil?slags=oensker", "/moeder/10/indspil?slags=oensker"),
        ("/en/moeder/10-x/opfoelgning", "/en/moeder/10/opfoelgning"),
        ("/moeder/Folkemoedet-2017-Disruption", "/moeder/folkemoedet-2017-disruption"),
    ],
)
def test_the_number_decides_and_a_wrong_word_redirects(archive_site: Site, path: str, target: str) -> None:
    response = archive_site.new_browser().get(path)
    assert (response.status_code, response.headers["location"]) == (301, target)


@pytest.mark.parametrize(
    "path", ["/moeder/99", "/moeder/findesikke", "/moeder/99/program", "/moeder/0/indspil"]
)
def test_what_is_not_there_is_a_404(archive_site: Site, path: str) -> None:
    assert archive_site.new_browser().get(path).status_code == 404


def test_a_draft_is_as_if_it_were_not_there(site: Site) -> None:
    put(site, published=False)
    for page in ("", "/program", "/indspil", "/opfoelgning"):
        assert site.browser().get(f"/moeder/1{page}").status_code == 404
        assert site.browser("vendor").get(f"/moeder/1{page}").status_code == 404
        assert site.browser("staff").get(f"/moeder/1{page}").status_code == 200


# --- one meeting


def test_the_tenth_meeting_shows_the_five_wishes_and_who_spoke_as_what(archive_site: Site) -> None:
    page = archive_site.new_browser().get("/moeder/10").text
    wishes = [
        "Klar retning",
        "Målbilleder",
        "Operationelle planer",
        "Flerårige forpligtende",
        "måles på effekt",
    ]
    places = [page.index(wish) for wish in wishes]
    assert places == sorted(places)
    for words in (
        "Det bad branchen om",
        "Sagt af Claus Rydkjær",
        "årstal udledt",
        "Direktør; udvalgsmedlem i IT-Branchen og DI",
        "Kilden skriver »2021-2015«. Her står: »2021-2025«.",
        "tager dem med i det videre arbejde",
        "https://www.kl.dk/oekonomi-og-administration",
        "Hvor sikkert er det, der står her?",
    ):
        assert words in page, words


def test_what_is_not_known_is_said_in_words(archive_site: Site) -> None:
    first = archive_site.new_browser().get("/moeder/1").text
    for words in ("ca. 50 deltagere", "emne ikke gengivet", "navnet er ikke oplyst", "35"):
        assert words in first
    panel = archive_site.new_browser().get("/moeder/folkemoedet-2017-disruption").text
    assert "forhenværende medlem, Regeringens IKT Væksteam" in panel
    assert "Kildens webadresse er ikke kendt." in panel


def test_the_programme_has_parallel_tracks_side_by_side_and_tasks_in_order(archive_site: Site) -> None:
    page = archive_site.new_browser().get("/moeder/eksempel-efteraar-2026/program").text
    tracks = page[page.index("is-parallel") :]
    assert tracks.index("Spor A") < tracks.index("Spor B") < tracks.index("</li>\n  <li")
    assert page.index("Første måling") < page.index("Tre dilemmaer") < page.index("Én aftale")
    for words in ("Ordstyrer", "(3 svar)", "Bord 1", "Gruppeleder: Mads Mønster"):
        assert words in page


def test_everything_said_stands_by_group_and_can_be_narrowed(archive_site: Site) -> None:
    browser = archive_site.new_browser()
    page = browser.get("/moeder/10/indspil").text
    assert "8 indspil, med de ord, det blev sagt" in page
    only = browser.get("/moeder/10/indspil?aspekt=maalbilleder").text
    assert "1 indspil, med de ord, det blev sagt" in only
    assert "Operationelle planer" not in only.replace('">Operationelle planer (1)', "")
    wishes = browser.get("/moeder/10/indspil?slags=oensker&gruppe=999&aspekt=nej").text
    assert "5 indspil, med de ord, det blev sagt" in wishes


def test_what_was_said_stands_beside_what_was_done(archive_site: Site) -> None:
    browser = archive_site.new_browser()
    here = "/moeder/eksempel-efteraar-2026/opfoelgning"
    page = browser.get(here).text
    places = [
        page.index(words)
        for words in (
            "Sæt årstal på",
            "Fra næste udgave får hvert af vores målbilleder tre linjer",
            "Målbilleder med årstal, afsendere og budget",
            "Målbilleder med alle tre linjer",
        )
    ]
    assert places[1] < places[3] and places[0] < places[1]
    assert "af 54 indspil har fået et svar eller et løfte" in page
    assert "Der er ikke offentliggjort et svar på disse." in page
    kept = browser.get(f"{here}?stand=effekt").text
    assert "Noterne fra bordene, lagt frem inden for to uger" in kept
    assert "Fra næste udgave" not in kept and "1 indspil" in kept
    assert browser.get(f"{here}?stand=nej&tema=ingen/steder&side=9").status_code == 200
    thanks = browser.get("/moeder/10/opfoelgning").text
    assert "Det blev også sagt eller lovet til alle" in thanks


def test_english_and_swedish_mark_the_danish_words(archive_site: Site) -> None:
    english = archive_site.new_browser().get("/en/moeder/10").text
    assert "Virtual Dialogforum" in english and 'href="/en/moeder/10/program"' in english
    swedish = archive_site.new_browser().get("/sv/moeder/10").text
    assert '<span lang="da">Virtuelt Dialogforum</span>' in swedish


def test_a_bare_meeting_has_every_page(site: Site) -> None:
    put(site)
    pages = [site.browser().get(f"/moeder/1{page}") for page in ("", "/program", "/indspil", "/opfoelgning")]
    assert [page.status_code for page in pages] == [200, 200, 200, 200]
    assert "Programmet er ikke på plads endnu." in pages[0].text


def test_what_people_wrote_is_never_markup(site: Site) -> None:
    meeting_id = put(
        site, title=EVIL, venue=EVIL, topics=[EVIL], introduction=EVIL, join_url="", held_on=date(2020, 1, 1)
    )
    with site.unit() as session:
        item = add_item(
            session, SYSTEM, meeting_id, ItemInput(kind="panel", title=EVIL, summary=EVIL, track="A")
        )
        part = AppearanceInput(name=EVIL, title=EVIL, organisation=EVIL, is_former=True)
        add_appearance(session, SYSTEM, item.id, part)
        add_task(session, SYSTEM, item.id, TaskInput(title=EVIL, text=EVIL))
        add_group(session, SYSTEM, item.id, GroupInput(name=EVIL, task=EVIL, facilitator=EVIL))
    for page in ("", "/1", "/1/program", "/1/indspil", "/1/opfoelgning"):
        text = site.browser().get(f"/moeder{page}").text
        assert EVIL not in text
        assert "&lt;script&gt;" in text


def test_the_way_to_the_screen_is_for_those_who_take_part_until_the_day(site: Site) -> None:
    coming = put(site, held_on=date(2090, 1, 1), format="virtual", join_url="https://moede.example/rum")
    put(site, 2, held_on=date(2020, 1, 1), format="virtual", join_url="https://moede.example/gammelt")
    people = site.people
    with site.unit() as session:
        for actor in (people.vendor, people.newcomer, people.loner):
            put_sign_up_row(session, actor, session.get_one(Meeting, coming))
    everybody = ("stranger", "loner", "newcomer", "vendor", "municipality", "staff")
    pages = {who: site.browser(who).get("/moeder/1").text for who in everybody}
    assert {who: 'href="/moeder/1/deltag"' in page for who, page in pages.items()} == {
        "stranger": False,
        "loner": False,
        "newcomer": False,
        "vendor": True,
        "municipality": False,
        "staff": True,
    }
    # The link itself stands on no page.
    assert "moede.example" not in "".join(pages.values())
    assert '/moeder/2/deltag"' not in site.browser("staff").get("/moeder/2").text


def test_the_way_to_the_participants_says_whether_the_meeting_has_been(site: Site) -> None:
    put(site, 1, published=False, held_on=date(2090, 1, 1))
    put(site, 2)
    words = ("Se, hvem der er tilmeldt", "Se, hvem der deltog")
    shown = {
        key: [word in site.browser("staff").get(f"/moeder/{key}").text for word in words] for key in (1, 2)
    }
    assert shown == {1: [True, False], 2: [False, True]}


def test_the_way_on_to_what_is_said_of_nothing_special_is_to_the_rest(site: Site) -> None:
    meeting_id = put(site)
    with site.unit() as session:
        for aspect in ("other", "data"):
            for number in range(9):
                session.add(
                    Contribution(
                        kind="card",
                        reference=f"IN-{aspect}-{number}",
                        title=f"Kort {number}",
                        body="",
                        aspect=aspect,
                        status="received",
                        meeting_id=meeting_id,
                        received_at=now(),
                        published_at=now(),
                    )
                )
    page = site.browser().get("/moeder/1").text
    assert re.findall(r'indspil\?aspekt=(\w+)">([^<]+)<', page) == [
        ("data", "Se alle om data"),
        ("andet", "Se resten"),
    ]


def test_tracks_that_do_not_begin_together_stand_below_each_other(site: Site) -> None:
    meeting_id = put(site)
    with site.unit() as session:
        for title, track, hour in (("A1", "A", 9), ("B1", "B", 9), ("A2", "A", 10), ("Alle", "", 10)):
            given = ItemInput(kind="talk", title=title, track=track, starts=time(hour))
            add_item(session, SYSTEM, meeting_id, given)
        put_in_force(session, SYSTEM, session.get_one(Meeting, meeting_id))
    page = site.browser().get("/moeder/1/program").text
    assert page.count("is-parallel") == 1


# --- how many statements


def test_the_list_asks_the_database_five_times_with_1_and_with_30_meetings(site: Site) -> None:
    fill(site, put(site), 1)
    assert site.count_statements(site.browser(), "/moeder") == 5
    for number in range(2, 31):
        fill(site, put(site, number), 1)
    assert site.count_statements(site.browser(), "/moeder") == 5
    assert site.count_statements(site.browser(), "/moeder?aar=2020&q=panel") == 4


def test_a_meeting_asks_the_database_as_often_with_1_and_with_30_of_everything(site: Site) -> None:
    fill(site, put(site), 1)
    fill(site, put(site, 2), 30)
    counts = {
        page: [site.count_statements(site.browser(), f"/moeder/{number}{page}") for number in (1, 2)]
        for page in ("", "/program", "/indspil", "/opfoelgning")
    }
    assert counts == {"": [2, 2], "/program": [2, 2], "/indspil": [3, 3], "/opfoelgning": [4, 4]}


def test_a_meeting_with_much_in_it_is_read_in_five_statements_at_most(archive_site: Site) -> None:
    counts = {
        page: archive_site.count_statements(
            archive_site.new_browser(), f"/moeder/eksempel-efteraar-2026{page}"
        )
        for page in ("", "/program", "/indspil", "/opfoelgning", "/referat")
    }
    assert counts == {"": 4, "/program": 2, "/indspil": 4, "/opfoelgning": 5, "/referat": 3}


def test_the_same_records_give_the_same_page(site: Site) -> None:
    facts = MeetingFacts(key="1", number=1, title="Arkivets møde", date=date(2014, 10, 10))
    with site.unit() as session:
        put_meeting(session, SYSTEM, facts)
        put_missing_number(session, SYSTEM, MissingNumberFacts(number=2))
    put(site, 3)
    page = site.browser().get("/moeder").text
    assert "Arkivets møde" in page and "Møde 2: ingen side fundet." in page


def test_a_panel_that_answered_and_a_meeting_of_which_little_is_known_say_so(archive_site: Site) -> None:
    browser = archive_site.new_browser()
    page = browser.get("/moeder/eksempel-efteraar-2026/opfoelgning?stand=besvaret").text
    assert "Kommunen ejer tallene og skal kunne tage dem med sig." in page
    known = browser.get("/moeder/11/opfoelgning").text
    assert "Vi kender ingen indspil fra dette møde." in known and "signaturprojekterne" in known
    coming = browser.get("/moeder/eksempel-foraar-2027/opfoelgning").text
    assert "Mødet er ikke holdt endnu." in coming
