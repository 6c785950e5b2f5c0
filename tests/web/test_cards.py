"""Cards as pages: writing down one line or fifty, changing, sorting, publishing; a page for each."""

import re

from sqlalchemy import func, select

from app.domain.contributions.models import Contribution, ContributionTheme
from app.domain.meetings.models import Meeting
from tests.said import (
    add_card_row,
    add_group_row,
    add_item_row,
    add_meeting_row,
    add_speaker_row,
    add_theme_rows,
    add_wish,
    put_said,
)
from tests.site import Site, keys_in


def add_room(site: Site, *, is_published: bool = True) -> dict[str, int]:
    """Meeting 10 with an item, a group and a speaker; their ids."""
    with site.unit() as session:
        meeting = add_meeting_row(session, is_published=is_published)
        item = add_item_row(session, meeting)
        group = add_group_row(session, meeting, item, task="Nævn tre dilemmaer")
        speaker = add_speaker_row(session, item)
        return {"meeting": meeting.id, "item": item.id, "group": group.id, "speaker": speaker.id}


def add_cards(site: Site, meeting_id: int, *texts: str) -> list[tuple[int, str]]:
    with site.unit() as session:
        meeting = session.get_one(Meeting, meeting_id)
        cards = [add_card_row(session, site.people.staff, meeting, text) for text in texts]
        return [(card.id, card.reference) for card in cards]


def list_said(site: Site) -> list[Contribution]:
    with site.unit() as session:
        return list(session.scalars(select(Contribution).order_by(Contribution.id)))


def test_one_line_is_one_card_and_the_place_is_kept_for_the_next(site: Site) -> None:
    room = add_room(site)
    staff = site.browser("staff")
    path = "/moeder/10/indspil/skriv"
    fields = {
        "kind": "card",
        "text": "Vi mangler målbilleder",
        "group_id": str(room["group"]),
        "said_by_person_id": str(room["speaker"]),
        "on_behalf_of_text": "branchen",
    }
    response = staff.post(path, fields)
    assert (response.status_code, response.headers["location"]) == (303, f"{path}?kvittering=card_added")
    page = staff.get(path).text
    assert "Vi mangler målbilleder" in page
    assert f'<option value="{room["group"]}" selected>' in page
    assert f'<option value="{room["speaker"]}" selected>' in page
    assert 'value="branchen"' in page and 'value="Nævn tre dilemmaer"' in page
    (card,) = list_said(site)
    assert (card.body, card.group_id, card.item_id, card.task) == (
        "Vi mangler målbilleder",
        room["group"],
        room["item"],
        "Nævn tre dilemmaer",
    )
    assert (card.status, card.entered_by_id) == ("draft", site.people.staff.user_id)


def test_the_same_line_sent_twice_is_one_card(site: Site) -> None:
    add_room(site)
    staff = site.browser("staff")
    key = keys_in(staff.get("/moeder/10/indspil/skriv").text)[-1]
    for _ in range(2):
        assert staff.post("/moeder/10/indspil/skriv", {"text": "Et", "key": key}).status_code == 303
    assert len(list_said(site)) == 1


def test_a_wrong_line_is_sent_back_with_its_words_and_place(site: Site) -> None:
    room = add_room(site)
    path = "/moeder/10/indspil/skriv"
    wrong = (
        ("text", "x" * 501, "Der er plads til 500 tegn"),
        ("text", "", "Udfyld feltet."),
        ("text", "min mor 010203-1234", "CPR-nummer"),
        ("group_id", "4711", "Gruppen hører ikke til mødet"),
        ("kind", "idea", "Vælg en af mulighederne."),
    )
    for field, value, sentence in wrong:
        fields = {"text": "Ordene", "said_by_text": "bord 3", "item_id": str(room["item"])} | {field: value}
        response = site.browser("staff").post(path, fields)
        assert (response.status_code, sentence in response.text) == (422, True), field
        assert 'value="bord 3"' in response.text
        assert f'<option value="{room["item"]}" selected>' in response.text
    assert list_said(site) == []


def test_fifty_lines_are_shown_first_and_then_written_down(site: Site) -> None:
    room = add_room(site)
    staff = site.browser("staff")
    path = "/moeder/10/indspil/mange"
    lines = "\n".join(f"{number}. Indspil <{number}>" for number in range(1, 51)) + "\n\n"
    fields = {"lines": lines, "group_id": str(room["group"]), "said_by_text": "bord 3"}
    preview = staff.post(path, fields | {"handling": "vis"})
    assert preview.status_code == 200
    assert "Det bliver til 50 indspil" in preview.text and "<li>Indspil &lt;50&gt;</li>" in preview.text
    assert list_said(site) == []
    key = keys_in(preview.text)[-1]
    for _ in range(2):
        assert staff.post(path, fields | {"handling": "gem", "key": key}).status_code == 303
    said = list_said(site)
    assert [card.body for card in said] == [f"Indspil <{number}>" for number in range(1, 51)]
    assert {(card.group_id, card.task, card.said_by_text) for card in said} == {
        (room["group"], "Nævn tre dilemmaer", "bord 3")
    }


def test_lines_that_are_no_cards_are_told_by_their_number_and_nothing_is_kept(site: Site) -> None:
    add_room(site)
    path = "/moeder/10/indspil/mange"
    staff = site.browser("staff")
    long = staff.post(path, {"lines": f"God\n{'x' * 501}\nCPR 010203-1234", "handling": "gem"})
    assert long.status_code == 422
    assert "Linje 2 er for lang: 501 tegn. Der er plads til 500. Linje 3 ligner et CPR-nummer." in long.text
    assert "God\n" in long.text
    many = staff.post(path, {"lines": "\n".join("linje" for _ in range(201)), "handling": "gem"})
    assert "Der er 201 linjer. Der kan indsættes 200 ad gangen." in many.text
    empty = staff.post(path, {"lines": "-\n1.\n", "handling": "gem"})
    assert "Der er ingen linjer med tekst." in empty.text
    assert (many.status_code, empty.status_code, list_said(site)) == (422, 422, [])


def test_a_card_has_a_page_for_all_once_it_is_published(site: Site) -> None:
    room = add_room(site)
    ((_, reference),) = add_cards(site, room["meeting"], "Sagt <b>højt</b>")
    assert site.browser().get(f"/indspil/{reference}").status_code == 404
    staff = site.browser("staff")
    assert "Udgiv 1 indspil" in staff.get("/moeder/10/indspil/maerk").text
    response = staff.post("/moeder/10/indspil/udgiv")
    assert response.headers["location"] == "/moeder/10/indspil/maerk?kvittering=cards_published"
    page = site.browser().get(f"/indspil/{reference}").text
    assert "Sagt &lt;b&gt;højt&lt;/b&gt;" in page and "Stine Stab" in page
    assert f"/indspil/{reference}/ret" not in page
    assert f"/indspil/{reference}/ret" in staff.get(f"/indspil/{reference}").text


def test_cards_of_a_draft_meeting_stay_hidden_when_published(site: Site) -> None:
    room = add_room(site, is_published=False)
    ((_, reference),) = add_cards(site, room["meeting"], "Sagt")
    staff = site.browser("staff")
    assert "når mødet også er udgivet" in staff.get("/moeder/10/indspil/maerk").text
    staff.post("/moeder/10/indspil/udgiv")
    assert site.browser("vendor").get(f"/indspil/{reference}").status_code == 404


def test_a_card_is_changed_withdrawn_and_brought_back(site: Site) -> None:
    room = add_room(site)
    ((_, reference),) = add_cards(site, room["meeting"], "Før")
    staff = site.browser("staff")
    path = f"/indspil/{reference}"
    assert ">\nFør</textarea>" in staff.get(f"{path}/ret").text
    response = staff.post(f"{path}/ret", {"text": "Efter", "version": "1", "said_by_text": "bord 1"})
    assert response.headers["location"] == f"{path}?kvittering=card_saved"
    stale = staff.post(f"{path}/ret", {"text": "For sent", "version": "1"})
    assert stale.status_code == 409
    assert "For sent</textarea>" in stale.text and "Sådan står det nu" in stale.text and "Efter" in stale.text
    wrong = staff.post(f"{path}/ret", {"text": "", "version": "2"})
    assert (wrong.status_code, 'id="field-text-error"' in wrong.text) == (422, True)
    staff.post(f"{path}/traek-tilbage")
    assert list_said(site)[0].status == "withdrawn"
    assert "Fortryd tilbagetrækning" in staff.get("/moeder/10/indspil/skriv").text
    staff.post(f"{path}/fortryd")
    assert list_said(site)[0].status == "draft"


def test_what_a_vendor_sent_is_not_changed_here(site: Site) -> None:
    with site.unit() as session:
        wish = add_wish(session, site.people.vendor).reference
    assert site.browser("staff").get(f"/indspil/{wish}/ret").status_code == 404


def test_many_are_marked_at_once_and_that_is_undone(site: Site) -> None:
    room = add_room(site)
    with site.unit() as session:
        theme = str(add_theme_rows(session, "Klima")[0].id)
    cards = add_cards(site, room["meeting"], "Et", "To", "Tre")
    ids = [str(card_id) for card_id, _ in cards[:2]]
    staff = site.browser("staff")
    path = "/moeder/10/indspil/maerk"
    fields = {"contribution_ids": ids, "aspect": "data", "theme_ids": [theme], "action": "add"}
    assert staff.post(path, fields).headers["location"] == f"{path}?kvittering=tagged"
    assert [card.aspect for card in list_said(site)] == ["data", "data", None]
    unthemed = staff.get(f"{path}?uden=1").text
    assert cards[2][1] in unthemed and cards[0][1] not in unthemed
    assert "Fortryd seneste mærkning" in unthemed
    assert staff.post(f"{path}/fortryd?uden=1").headers["location"] == f"{path}?uden=1&kvittering=untagged"
    assert [card.aspect for card in list_said(site)] == [None, None, None]
    assert "Fortryd seneste mærkning" not in staff.get(path).text


def test_a_suggestion_from_the_text_is_accepted_with_a_button(site: Site) -> None:
    room = add_room(site)
    with site.unit() as session:
        theme_id = add_theme_rows(session, "Velfærdsteknologi", "Klima")[0].id
    ((card_id, _),) = add_cards(site, room["meeting"], "Mere velfærdsteknologi i hjemmeplejen")
    staff = site.browser("staff")
    path = "/moeder/10/indspil/maerk"
    button = f'name="accept" value="{card_id}:{theme_id}"'
    assert button in staff.get(path).text
    response = staff.post(path, {"accept": f"{card_id}:{theme_id}"})
    assert response.headers["location"] == f"{path}#{card_id}"
    assert button not in staff.get(path).text
    with site.unit() as session:
        row = session.execute(select(ContributionTheme.theme_id, ContributionTheme.origin)).one()
    assert tuple(row) == (theme_id, "person")


def test_marking_nothing_or_nobody_gets_a_sentence(site: Site) -> None:
    room = add_room(site)
    ((card_id, _),) = add_cards(site, room["meeting"], "Et")
    path = "/moeder/10/indspil/maerk"
    wrong = (
        ({"aspect": "data"}, 422, "Vælg mindst ét indspil i listen."),
        ({"contribution_ids": [str(card_id)]}, 422, "Vælg et aspekt eller mindst ét tema."),
        ({"contribution_ids": [str(card_id)], "theme_ids": ["4711"]}, 422, "findes ikke længere"),
        ({"contribution_ids": [str(card_id)], "aspect": "opdigtet"}, 422, "Vælg en af mulighederne."),
        ({"contribution_ids": ["4711"], "aspect": "data"}, 404, ""),
        ({"accept": "x:y"}, 422, ""),
        ({"accept": f"{card_id}:4711"}, 422, "findes ikke længere"),
    )
    for fields, status, sentence in wrong:
        response = site.browser("staff").post(path, fields)
        assert (response.status_code, sentence in response.text) == (status, True), fields
    checked = site.browser("staff").post(path, {"contribution_ids": [str(card_id)]}).text
    assert re.search(rf'value="{card_id}" checked', checked)


def test_cards_of_another_meeting_than_the_one_in_the_address_are_not_there(site: Site) -> None:
    room = add_room(site)
    with site.unit() as session:
        elsewhere = add_meeting_row(session, "11")
        other_id = add_card_row(session, site.people.staff, elsewhere, "Andet møde").id
        theme_id = add_theme_rows(session, "Klima")[0].id
    ((card_id, _),) = add_cards(site, room["meeting"], "Et")
    for fields in (
        {"contribution_ids": [str(card_id), str(other_id)], "aspect": "data"},
        {"accept": f"{other_id}:{theme_id}"},
    ):
        assert site.browser("staff").post("/moeder/10/indspil/maerk", fields).status_code == 404
    with site.unit() as session:
        assert list(session.scalars(select(ContributionTheme.theme_id))) == []
    assert {card.aspect for card in list_said(site)} == {None}


def test_only_staff_writes_down_sorts_and_publishes(site: Site) -> None:
    room = add_room(site)
    ((_, reference),) = add_cards(site, room["meeting"], "Et")
    paths = ["skriv", "mange", "maerk"]
    addresses = [f"/moeder/10/indspil/{path}" for path in paths] + [f"/indspil/{reference}/ret"]
    posts = [
        *addresses,
        "/moeder/10/indspil/maerk/fortryd",
        "/moeder/10/indspil/udgiv",
        f"/indspil/{reference}/traek-tilbage",
        f"/indspil/{reference}/fortryd",
    ]
    for who, status in {"stranger": 303, "vendor": 403, "municipality": 403, "loner": 403}.items():
        browser = site.browser(who)
        assert {browser.get(path).status_code for path in addresses} == {status}, who
        assert {browser.post(path, {"text": "x"}).status_code for path in posts} == {status}, who
    assert [card.status for card in list_said(site)] == ["draft"]


def test_a_meeting_that_is_not_there_has_no_such_pages(site: Site) -> None:
    staff = site.browser("staff")
    for path in ("skriv", "mange", "maerk"):
        assert staff.get(f"/moeder/99/indspil/{path}").status_code == 404
        assert staff.post(f"/moeder/99/indspil/{path}", {"text": "x", "lines": "x"}).status_code == 404


def test_statements_do_not_grow_with_the_cards(site: Site) -> None:
    room = add_room(site)
    with site.unit() as session:
        add_theme_rows(session, "Klima")
    ((_, reference),) = add_cards(site, room["meeting"], "Klima et")
    staff = site.browser("staff")
    paths = [
        "/moeder/10/indspil/skriv",
        "/moeder/10/indspil/mange",
        "/moeder/10/indspil/maerk",
        f"/indspil/{reference}",
        f"/indspil/{reference}/ret",
    ]
    expected = [5, 4, 6, 4, 5]
    assert [site.count_statements(staff, path) for path in paths] == expected
    add_cards(site, room["meeting"], *[f"Klima {number}" for number in range(29)])
    assert [site.count_statements(staff, path) for path in paths] == expected


def test_a_long_meeting_is_sorted_page_by_page(site: Site) -> None:
    room = add_room(site)
    add_cards(site, room["meeting"], *[f"Nummer {number}" for number in range(51)])
    staff = site.browser("staff")
    path = "/moeder/10/indspil/maerk"
    assert 'href="/moeder/10/indspil/maerk?side=2"' in staff.get(path).text
    second = staff.get(f"{path}?side=2").text
    ids = re.findall(r'name="contribution_ids" value="(\d+)"', second)
    assert len(ids) == 1
    response = staff.post(f"{path}?side=2", {"contribution_ids": ids, "aspect": "data"})
    assert response.headers["location"] == f"{path}?side=2&kvittering=tagged"


def test_a_question_said_in_a_room_has_its_page(site: Site) -> None:
    with site.unit() as session:
        question = put_said(session, "a", kind="question", title="Hvornår?").reference
        assert session.scalar(select(func.count()).select_from(Contribution)) == 1
    assert question.startswith("SP-")
    assert "Hvornår?" in site.browser().get(f"/indspil/{question}").text
