"""The pages of decks, their pictures and files: what is there, and for whom."""

import re
from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy import select

from app.core.clock import moved_to, now
from app.domain.meetings.models import Meeting
from app.domain.presentations.models import Deck, DeckRevision
from app.web.decks import attachment, split_paragraphs
from tests.decks import add_deck_row, add_meeting_row, add_read_deck, add_revision_row, add_talk_row
from tests.signing_up import put_sign_up_row
from tests.site import Site


@pytest.fixture
def deck_id(site: Site) -> int:
    """A public deck of two pages of the tenth meeting, with a speaker; its files lie in storage."""
    with site.unit() as session:
        meeting = add_meeting_row(session)
        item = add_talk_row(session, meeting)
        return add_read_deck(session, meeting, item=item, storage=site.tools.storage).id


def change(site: Site, deck_id: int, **values: object) -> None:
    with site.unit() as session:
        deck = session.get_one(Deck, deck_id)
        for name, value in values.items():
            setattr(deck, name, value)


def take_part(site: Site, deck_id: int, *names: str) -> None:
    """Sign these up for the deck's meeting."""
    people = site.people
    with site.unit() as session:
        meeting = session.get_one(Meeting, session.get_one(Deck, deck_id).meeting_id)
        for name in names:
            put_sign_up_row(session, getattr(people, name), meeting)


def addresses(deck_id: int) -> list[str]:
    """Every address that shows something of a deck."""
    here = f"/oplaeg/{deck_id}"
    return [
        here,
        f"{here}/side/1",
        f"{here}/side/1/billede.webp",
        f"{here}/side/1/miniature.webp",
        f"{here}/fil",
    ]


def test_a_deck_shows_its_pages_its_speaker_and_its_meeting(site: Site, deck_id: int) -> None:
    page = site.browser().get(f"/oplaeg/{deck_id}").text
    assert f'href="/oplaeg/{deck_id}/side/1"' in page
    assert f'src="/oplaeg/{deck_id}/side/2/miniature.webp?v=' in page
    assert "1. Første side" in page
    for words in ("Et oplæg", "Oda Oplæg", "kontorchef, Eksempelforeningen", "10. møde: Om emne 10"):
        assert words in page
    assert '<time datetime="2020-10-28">28. oktober 2020</time>' in page
    assert "Ny version" not in page


def test_a_page_shows_its_picture_with_its_title_as_alt_text(site: Site, deck_id: int) -> None:
    page = site.browser().get(f"/oplaeg/{deck_id}/side/1").text
    assert "<h1>Første side</h1>" in page
    assert "/side/1/billede.webp?v=" in page and 'alt="Første side" width="960" height="540"' in page
    assert "<p>Et punkt</p>" in page
    assert f'href="/oplaeg/{deck_id}/side/2" rel="next"' in page
    assert 'rel="prev"' not in page
    for words in ("Oda Oplæg", "kontorchef, Eksempelforeningen", "28. oktober 2020", "Ældre end 12 måneder"):
        assert words in page


def test_a_page_without_words_says_so_and_names_the_deck(site: Site, deck_id: int) -> None:
    page = site.browser().get(f"/oplaeg/{deck_id}/side/2").text
    assert "<h1>Et oplæg</h1>" in page
    assert 'alt="Side 2 af 2"' in page
    assert "Siden er et billede uden tekst" in page
    assert f'href="/oplaeg/{deck_id}/side/1" rel="prev"' in page
    assert 'rel="next"' not in page


def test_notes_are_shown_nowhere(site: Site, deck_id: int) -> None:
    for who in ("stranger", "staff"):
        for address in addresses(deck_id)[:2]:
            assert "Kun til oplægsholderen" not in site.browser(who).get(address).text


def test_what_people_wrote_is_text_and_never_markup(site: Site) -> None:
    evil = '<script>alert("x")</script>'
    with site.unit() as session:
        meeting = add_meeting_row(session)
        item = add_talk_row(session, meeting, evil, speaker=evil, post=evil, employer=evil)
        deck = add_read_deck(session, meeting, [(evil, f"{evil}\n{evil}")], item=item, title=evil, note=evil)
        deck_id = deck.id
    for address in ("/oplaeg", f"/oplaeg/{deck_id}", f"/oplaeg/{deck_id}/side/1"):
        page = site.browser().get(address).text
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert" in page


def plain(page: str) -> str:
    """The page without the keys of its forms, which are new each time."""
    return re.sub(r'name="key" value="[^"]*"', "", page)


@pytest.mark.parametrize("way", ["access", "draft"])
def test_a_hidden_deck_answers_as_a_missing_one(site: Site, deck_id: int, way: str) -> None:
    with site.unit() as session:
        if way == "access":
            session.get_one(Deck, deck_id).access = "staff"
        else:
            hidden = add_meeting_row(session, "11", is_published=False)
            session.get_one(Deck, deck_id).meeting_id = hidden.id
    for who in ("stranger", "vendor", "municipality", "loner"):
        browser = site.browser(who)
        for address in addresses(deck_id):
            answer = browser.get(address)
            missing = browser.get(address.replace(f"/{deck_id}", "/4711", 1))
            assert (answer.status_code, answer.headers["cache-control"]) == (404, "no-store")
            assert plain(answer.text).replace(f"/oplaeg/{deck_id}", "/oplaeg/4711") == plain(missing.text)
        assert "Et oplæg" not in browser.get("/oplaeg").text
    staff = site.browser("staff")
    assert [staff.get(address).status_code for address in addresses(deck_id)] == [200] * 5
    assert "Et oplæg" in staff.get("/oplaeg").text


def test_a_deck_for_participants_is_for_those_who_take_part(site: Site, deck_id: int) -> None:
    change(site, deck_id, access="participants")
    take_part(site, deck_id, "vendor", "newcomer", "loner")
    statuses = {
        who: {site.browser(who).get(address).status_code for address in addresses(deck_id)}
        for who in ("stranger", "loner", "newcomer", "vendor", "municipality", "staff")
    }
    assert statuses == {
        "stranger": {404},
        "loner": {404},
        "newcomer": {404},
        "vendor": {200},
        "municipality": {404},
        "staff": {200},
    }


def test_a_page_that_is_not_there_is_missing(site: Site, deck_id: int) -> None:
    for page in ("side/3", "side/0", "side/3/billede.webp", f"side/{10**20}/miniature.webp"):
        assert site.browser().get(f"/oplaeg/{deck_id}/{page}").status_code == 404


def test_pictures_of_a_public_deck_may_be_kept_and_are_not_sent_twice(site: Site, deck_id: int) -> None:
    path = f"/oplaeg/{deck_id}/side/1/billede.webp"
    for who in ("stranger", "vendor"):
        answer = site.browser(who).get(path)
        assert (answer.content, answer.headers["content-type"]) == (b"stort 1", "image/webp")
        assert answer.headers["cache-control"] == "public, max-age=3600"
    again = site.browser().get(path, headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    small = site.browser().get(f"/oplaeg/{deck_id}/side/1/miniature.webp")
    assert small.content == b"lille 1"
    assert small.headers["etag"] != answer.headers["etag"]


def test_pictures_that_not_everybody_may_see_are_kept_by_nobody(site: Site, deck_id: int) -> None:
    change(site, deck_id, access="participants")
    take_part(site, deck_id, "vendor")
    answer = site.browser("vendor").get(f"/oplaeg/{deck_id}/side/1/billede.webp")
    assert answer.headers["cache-control"] == "no-store"
    assert "etag" not in answer.headers
    assert site.browser("vendor").get(f"/oplaeg/{deck_id}/fil").headers["cache-control"] == "no-store"


def test_the_file_is_to_be_kept_and_never_opened_on_our_address(site: Site, deck_id: int) -> None:
    answer = site.browser().get(f"/oplaeg/{deck_id}/fil")
    assert answer.content == b"%PDF-original"
    assert answer.headers["content-security-policy"] == "sandbox"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"] == (
        'attachment; filename="oplaeg-paa-aeroe.pdf"; '
        "filename*=UTF-8''opl%C3%A6g%20p%C3%A5%20%C3%A6r%C3%B8.pdf"
    )


def test_a_name_cannot_break_out_of_its_header() -> None:
    assert attachment('a"; x="\r\n.pdf') == (
        "attachment; filename=\"a-x.pdf\"; filename*=UTF-8''a%22%3B%20x%3D%22%0D%0A.pdf"
    )


def test_a_file_that_is_gone_from_storage_is_missing(site: Site, deck_id: int) -> None:
    with site.unit() as session:
        key = session.scalars(select(DeckRevision.file_key)).one()
    site.tools.storage.delete(key)
    assert site.browser().get(f"/oplaeg/{deck_id}/fil").status_code == 404


# --- while a file is being read


def test_progress_is_told_until_the_pages_are_there(site: Site) -> None:
    with site.unit() as session:
        deck = add_deck_row(session, add_meeting_row(session))
        revision = add_revision_row(session, deck, state="reading", pages_read=5, page_count=12)
        deck_id, revision_id = deck.id, revision.id
    here = f"/oplaeg/{deck_id}"
    page = site.browser().get(here).text
    assert 'max="12" value="5"' in page
    assert f'data-hx-get="{here}/tilstand"' in page
    assert f'<a href="{here}">Opdater</a>' in page
    block = site.browser().get(f"{here}/tilstand", headers={"HX-Request": "true"})
    assert ("hx-refresh" in block.headers, block.headers["cache-control"]) == (False, "no-store")
    assert "Side 5 af 12." in block.text and "<html" not in block.text
    with site.unit() as session:
        session.get_one(DeckRevision, revision_id).state = "ready"
    done = site.browser().get(f"{here}/tilstand", headers={"HX-Request": "true"})
    assert done.headers["hx-refresh"] == "true"
    assert "data-hx-get" not in done.text


def test_the_block_by_itself_leads_to_the_page(site: Site, deck_id: int) -> None:
    answer = site.browser().get(f"/oplaeg/{deck_id}/tilstand")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/oplaeg/{deck_id}")


def test_a_refused_version_is_told_to_staff_with_what_to_do(site: Site, deck_id: int) -> None:
    with site.unit() as session:
        deck = session.get_one(Deck, deck_id)
        add_revision_row(session, deck, 2, state="refused", refusal="encrypted", filename="låst.pdf")
    page = site.browser("staff").get(f"/oplaeg/{deck_id}").text
    assert "låst.pdf" in page and "Fjern adgangskoden, gem filen, og læg den op igen." in page
    assert f'href="/oplaeg/{deck_id}/ny-version"' in page
    for who in ("stranger", "vendor"):
        page = site.browser(who).get(f"/oplaeg/{deck_id}").text
        assert "låst.pdf" not in page and "adgangskode" not in page
        assert "1. Første side" in page


def test_simplified_pictures_are_called_so(site: Site, deck_id: int) -> None:
    assert "forenklede" not in site.browser().get(f"/oplaeg/{deck_id}").text
    with site.unit() as session:
        session.scalars(select(DeckRevision)).one().picture_source = "simplified"
    assert "forenklede" in site.browser().get(f"/oplaeg/{deck_id}").text


# --- the list


def test_the_archives_decks_without_a_file_say_why(site: Site) -> None:
    with site.unit() as session:
        deck = add_deck_row(session, add_meeting_row(session), title="", note="Titlen er ikke gengivet.")
        deck_id = deck.id
    for address in ("/oplaeg", f"/oplaeg/{deck_id}"):
        page = site.browser().get(address).text
        assert "Oplæg uden gengivet titel" in page
        assert "Titlen er ikke gengivet." in page
    assert site.browser().get(f"/oplaeg/{deck_id}/side/1").status_code == 404
    assert site.browser().get(f"/oplaeg/{deck_id}/fil").status_code == 404


def test_without_decks_the_list_says_so(site: Site) -> None:
    page = site.browser().get("/oplaeg")
    assert page.status_code == 200
    assert "Her er ingen oplæg endnu." in page.text


@pytest.fixture
def three_meetings(site: Site) -> None:
    with site.unit() as session:
        for key, held_on, titles in (
            ("6", date(2017, 5, 2), ["Udvikling"]),
            ("7", date(2017, 11, 17), ["Disruption", "Datadeling"]),
            ("10", date(2020, 10, 28), ["Virtuelt"]),
        ):
            meeting = add_meeting_row(session, key, held_on=held_on)
            for title in titles:
                add_read_deck(session, meeting, title=title)


@pytest.mark.usefixtures("three_meetings")
def test_the_list_is_narrowed_by_year_and_meeting_and_passes_over_wrong_values(site: Site) -> None:
    def shown(query: str) -> list[str]:
        page = site.browser().get(f"/oplaeg{query}").text
        return re.findall(r"<h3><a [^>]*>([^<]*)</a></h3>", page)

    every = ["Virtuelt", "Disruption", "Datadeling", "Udvikling"]
    assert shown("") == every
    assert shown("?aar=2017") == every[1:]
    assert shown("?moede=6") == ["Udvikling"]
    assert shown("?aar=2017&moede=7") == ["Disruption", "Datadeling"]
    assert shown("?aar=1066") == every
    assert shown("?aar=2017&moede=10&side=99") == every[1:]
    assert shown("?moede=%27--&side=-1&aar=x") == every


def test_the_list_comes_in_pages_of_thirty(site: Site) -> None:
    with site.unit() as session:
        meeting = add_meeting_row(session)
        for number in range(31):
            add_read_deck(session, meeting, title=f"Oplæg nr. {number}.")
    first, second = (site.browser().get(f"/oplaeg?moede=10&side={side}").text for side in (1, 2))
    assert ("Oplæg nr. 29." in first, "Oplæg nr. 30." in first) == (True, False)
    assert ("Oplæg nr. 29." in second, "Oplæg nr. 30." in second) == (False, True)
    assert 'href="/oplaeg?moede=10&amp;side=2"' in first
    assert "31 oplæg" in first


def fill_one(site: Site) -> None:
    with site.unit() as session:
        meeting = add_meeting_row(session)
        add_read_deck(session, meeting, item=add_talk_row(session, meeting))


def fill_many(site: Site) -> None:
    with site.unit() as session:
        for number in range(1, 31):
            meeting = add_meeting_row(session, str(number))
            pages = [(f"Side {n}", "Tekst") for n in range(30 if number == 1 else 1)]
            add_read_deck(session, meeting, pages, item=add_talk_row(session, meeting))


@pytest.mark.parametrize("fill", [fill_one, fill_many])
def test_one_deck_or_thirty_take_the_same_statements(site: Site, fill: Callable[[Site], None]) -> None:
    fill(site)
    with site.unit() as session:
        first = select(DeckRevision.deck_id, DeckRevision.file_key).order_by(DeckRevision.id).limit(1)
        deck_id, file_key = session.execute(first).one()
    folder = file_key.rpartition("/")[0]
    for name in ("original.pdf", "001.webp"):
        site.tools.storage.put(f"{folder}/{name}", b"%PDF-original")
    here = f"/oplaeg/{deck_id}"
    paths = ["/oplaeg", here, f"{here}/side/1", f"{here}/side/1/billede.webp", f"{here}/fil"]
    counts = {path: site.count_statements(site.browser(), path) for path in paths}
    assert counts == dict(zip(paths, (5, 5, 8, 1, 1), strict=True))


def test_pages_in_english_mark_the_danish_words(site: Site, deck_id: int) -> None:
    page = site.browser().get(f"/en/oplaeg/{deck_id}/side/1").text
    assert '<p lang="da">Et punkt</p>' in page
    assert f'href="/en/oplaeg/{deck_id}/side/2" rel="next"' in page
    assert f'src="/oplaeg/{deck_id}/side/1/billede.webp' in page


def test_a_meeting_of_this_year_is_not_called_old(site: Site, deck_id: int) -> None:
    with moved_to(now().replace(year=2021, month=3, day=1)):
        assert "Ældre end 12 måneder" not in site.browser().get(f"/oplaeg/{deck_id}").text


@pytest.mark.parametrize(
    ("text", "title", "paragraphs"),
    [
        ("Titel\nEt\nTo\n\nTre", "Titel", [["Et", "To"], ["Tre"]]),
        ("En lang\ntitel\nEt", "En lang titel", [["Et"]]),
        ("Titel", "Titel", []),
        ("", "", []),
        ("Noget andet\nTitel", "Titel", [["Noget andet", "Titel"]]),
        ("Titelblad", "Titel", [["Titelblad"]]),
    ],
)
def test_the_text_leaves_out_the_title_above_it(text: str, title: str, paragraphs: list[list[str]]) -> None:
    assert split_paragraphs(text, title) == paragraphs
