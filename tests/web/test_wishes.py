"""Wishes as pages: the list with its filters, one wish, sending one, the receipt, taking it back."""

import re
from datetime import UTC, datetime

from sqlalchemy import func, select

from app.core.clock import moved_to
from app.core.mail import Mail
from app.domain.answering.publishing import publish_answer
from app.domain.contributions.holding_back import let_through
from app.domain.contributions.interests import mark_interest
from app.domain.contributions.models import Contribution, ContributionTheme
from app.domain.contributions.schemas import InterestInput
from tests.answered import add_prepared_answer
from tests.people import add_actor, add_organisation_row
from tests.said import (
    add_group_row,
    add_item_row,
    add_meeting_row,
    add_theme_rows,
    add_wish,
    put_said,
)
from tests.site import Site, keys_in

WISH = {"title": "Fælles målbilleder", "body": "Vi mangler en klar retning."}


def count(site: Site, model: type) -> int:
    with site.unit() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def sent(site: Site, who: str = "vendor", **given: object) -> str:
    with site.unit() as session:
        return add_wish(session, getattr(site.people, who), **given).reference


# --- the list


def test_anyone_reads_the_list_and_narrows_it_in_the_address(site: Site) -> None:
    with site.unit() as session:
        (climate,) = add_theme_rows(session, "Klima")
        add_wish(session, site.people.vendor, "Om klima", aspect="data", theme_ids=[climate.id])
        add_wish(session, site.people.rival, "Om retning", aspect="direction")
    page = site.browser().get("/oensker?tema=strategi-2026/klima").text
    assert "Om klima" in page and "Om retning" not in page
    assert 'value="strategi-2026/klima" selected' in page
    everything = site.browser().get("/oensker").text
    assert "Om klima" in everything and "Om retning" in everything
    assert "Data (1)" in everything
    assert 'href="/oensker?aspekt=direction"' in everything


def test_a_filter_in_use_can_be_let_go_also_when_nothing_is_left(site: Site) -> None:
    sent(site)
    page = site.browser().get("/oensker?aspekt=data&q=ingenting").text
    assert "Ingen passer til filtrene" in page
    assert 'href="/oensker?q=ingenting"' in page
    assert 'href="/oensker?aspekt=data"' in page


WRONG_QUERIES = (
    "aar=nittenhundrede",
    "aar=99999999999",
    "aspekt=x",
    "organisation=abc",
    "organisation=" + "9" * 30,
    "side=-3",
    "side=999999999999",
    "status=%F0%9F%98%80",
    "tema=" + "x" * 5000,
    "q=%25%27%22",
)


def test_wrong_values_in_the_address_are_passed_over(site: Site) -> None:
    sent(site)
    browser = site.browser()
    assert {query: browser.get(f"/oensker?{query}").status_code for query in WRONG_QUERIES} == dict.fromkeys(
        WRONG_QUERIES, 200
    )


def test_the_list_is_paged_and_keeps_its_filters(site: Site) -> None:
    with site.unit() as session:
        for number in range(31):
            put_said(session, str(number), title=f"Ønske {number}", aspect="data")
    page = site.browser().get("/oensker?aspekt=data").text
    assert 'href="/oensker?aspekt=data&amp;side=2"' in page
    assert "side 1 af 2" in page
    assert site.browser().get("/oensker?aspekt=data&side=2").text.count('class="item"') == 1


def test_the_late_ones_are_found_by_their_filter(site: Site) -> None:
    with moved_to(datetime(2026, 1, 1, 12, tzinfo=UTC)), site.unit() as session:
        add_wish(session, site.people.vendor, "Gammelt")
    sent(site)
    page = site.browser("staff").get("/oensker?frist=overskredet").text
    assert "Gammelt" in page and "Fælles målbilleder" not in page
    assert "Svaret er forsinket" in page


def test_the_answered_ones_are_found_by_their_filter_which_can_be_let_go(site: Site) -> None:
    with site.unit() as session:
        answered = add_wish(session, site.people.vendor, "Besvaret og lovet", aspect="data")
        answer = add_prepared_answer(session, site.people.staff, [answered.id])
        publish_answer(session, site.people.staff, answer.id, answer.version)
        answered.status = "planned"
    sent(site)
    page = site.browser().get("/oensker?svar=ja&aspekt=data").text
    assert "Besvaret og lovet" in page and "Fælles målbilleder" not in page
    assert 'href="/oensker?aspekt=data"' in page and 'href="/oensker?svar=ja"' in page
    assert '<input type="hidden" name="svar" value="ja">' in page
    assert 'href="/oensker?svar=ja">Alle besvarede ønsker' in site.browser().get("/").text
    rows = site.browser().get("/oensker.json?svar=ja").json()["rows"]
    assert [row["reference"] for row in rows] == [answered.reference]
    listed = site.browser().get("/api/v1/oensker?svar=ja").json()
    assert [row["reference"] for row in listed["items"]] == [answered.reference]
    assert site.browser().get("/api/v1/oensker?svar=nej").status_code == 422


def fill_list(site: Site, numbers: range) -> None:
    with site.unit() as session:
        meeting = add_meeting_row(session, f"fyld-{numbers.start}")
        item = add_item_row(session, meeting)
        group = add_group_row(session, meeting, item)
        themes = [theme.id for theme in add_theme_rows(session, *(f"Tema{numbers.start}{n}" for n in "abc"))]
        for number in numbers:
            wish = put_said(
                session,
                str(number),
                meeting_id=meeting.id,
                item_id=item.id,
                group_id=group.id,
                theme_ids=themes,
                on_behalf_of_id=site.people.vendor.organisation_id,
            )
            mark_interest(session, site.people.municipality, wish.id, InterestInput(kind="need"))


def test_the_list_takes_the_same_statements_with_one_row_and_with_thirty(site: Site) -> None:
    fill_list(site, range(1))
    assert site.count_statements(site.browser(), "/oensker") == 2
    fill_list(site, range(1, 30))
    assert site.count_statements(site.browser(), "/oensker") == 2
    assert site.count_statements(site.browser("vendor"), "/oensker") == 3


# --- one wish


def test_a_wish_tells_who_said_it_for_whom_and_where(site: Site) -> None:
    with site.unit() as session:
        meeting = add_meeting_row(session)
        item = add_item_row(session, meeting, "Tendenser i it-branchen")
        put = put_said(
            session,
            "10-indspil-1",
            title="Klar retning",
            body="Klar retning",
            body_en="A clear direction",
            meeting_id=meeting.id,
            item_id=item.id,
            said_by_text="grupperne",
            on_behalf_of_text="branchen",
            entered_by_id=site.people.staff.user_id,
            certainty_note="Står på siden.",
            source_url="https://www.kl.dk/side",
            is_example=True,
        )
    page = site.browser().get(f"/oensker/{put.reference}").text
    for words in (
        "grupperne",
        "branchen",
        "Stine Stab",
        "Møde 10",
        "Tendenser i it-branchen",
        "Står på siden.",
    ):
        assert words in page
    assert "Eksempel" in page
    assert 'href="https://www.kl.dk/side"' in page
    english = site.browser().get(f"/en/oensker/{put.reference}").text
    assert "A clear direction" in english and 'lang="da"' in english


def test_another_spelling_or_kind_leads_to_the_right_address(site: Site) -> None:
    reference = sent(site)
    with site.unit() as session:
        card = put_said(session, "kort", kind="card").reference
    for path, target in (
        (f"/oensker/{reference.lower()}", f"/oensker/{reference}"),
        (f"/ideer/{reference}", f"/oensker/{reference}"),
        (f"/oensker/{card}", f"/indspil/{card}"),
        (f"/indspil/{reference}", f"/oensker/{reference}"),
    ):
        response = site.browser().get(path)
        assert (response.status_code, response.headers["location"]) == (303, target)


def test_what_is_hidden_answers_as_what_is_missing(site: Site) -> None:
    with site.unit() as session:
        hidden = put_said(session, "a", visibility="staff").reference
    missing = site.browser("vendor").get("/oensker/OE-9999")
    found = site.browser("vendor").get(f"/oensker/{hidden}")
    assert (missing.status_code, found.status_code) == (404, 404)
    assert re.sub(r'"[0-9a-f-]{36}"|/oensker/OE-\d+', "", missing.text) == re.sub(
        r'"[0-9a-f-]{36}"|/oensker/OE-\d+', "", found.text
    )
    assert site.browser("staff").get(f"/oensker/{hidden}").status_code == 200


def test_scripts_in_a_wish_are_only_words(site: Site) -> None:
    reference = sent(site, title="<script>alert(1)</script>", body='"><img src=x onerror=alert(1)>\n\nto')
    for path in (f"/oensker/{reference}", "/oensker"):
        page = site.browser().get(path).text
        assert "<script>alert" not in page and "<img src=x" not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_an_unconfirmed_senders_wish_is_marked(site: Site) -> None:
    reference = sent(site, "newcomer")
    with site.unit() as session:
        wish_id = session.scalars(select(Contribution.id)).one()
        let_through(session, site.people.staff, [wish_id])
    assert "Endnu ikke bekræftet" in site.browser().get(f"/oensker/{reference}").text


def mark_by_others(site: Site, numbers: range) -> None:
    with site.unit() as session:
        wish_id = session.scalars(select(Contribution.id)).one()
        for number in numbers:
            town = add_organisation_row(session, f"by{number}", f"By {number} Kommune", "municipality")
            mark_interest(
                session, add_actor(session, f"Navn{number}", town), wish_id, InterestInput(kind="need")
            )


def test_a_wish_takes_the_same_statements_with_one_mark_and_with_thirty(site: Site) -> None:
    path = f"/oensker/{sent(site)}"
    mark_by_others(site, range(1))
    assert site.count_statements(site.browser(), path) == 4
    mark_by_others(site, range(1, 30))
    assert site.count_statements(site.browser(), path) == 4
    # Two more for whoever may mark it: who comes, and the rules of the dialogue.
    assert site.count_statements(site.browser("municipality"), path) == 6


# --- sending


def test_a_vendor_sends_a_wish_and_gets_a_receipt_with_number_and_date(site: Site) -> None:
    vendor = site.browser("vendor")
    with site.unit() as session:
        theme_id = add_theme_rows(session, "Klima")[0].id
    with moved_to(datetime.now(UTC)):
        response = vendor.post("/oensker/nyt", WISH | {"aspect": "direction", "theme_ids": [str(theme_id)]})
    assert response.status_code == 303
    receipt = vendor.get(response.headers["location"]).text
    reference = re.search(r"/oensker/(OE-\d{4})/kvittering", response.headers["location"]).group(1)
    assert reference in receipt and "er den dag, vi senest svarer" in receipt
    assert reference in vendor.get("/mit").text
    assert site.browser().get(f"/oensker/{reference}").status_code == 200
    assert count(site, ContributionTheme) == 1
    with site.unit() as session:
        wish = session.scalars(select(Contribution)).one()
        assert wish.on_behalf_of_id == site.people.vendor.organisation_id
        assert session.scalars(select(Mail.recipient).order_by(Mail.id)).all() == ["vera@soft.example"]


def test_the_form_cannot_say_for_whom_it_is_sent(site: Site) -> None:
    fields = WISH | {"on_behalf_of_id": str(site.people.rival.organisation_id), "status": "answered"}
    site.browser("vendor").post("/oensker/nyt", fields)
    with site.unit() as session:
        wish = session.scalars(select(Contribution)).one()
        assert (wish.on_behalf_of_id, wish.status) == (site.people.vendor.organisation_id, "received")


def test_the_same_form_twice_sends_one_wish(site: Site) -> None:
    vendor = site.browser("vendor")
    key = keys_in(vendor.get("/oensker/nyt").text)[-1]
    first = vendor.post("/oensker/nyt", WISH | {"key": key})
    second = vendor.post("/oensker/nyt", WISH | {"key": key})
    assert first.headers["location"] == second.headers["location"]
    assert (count(site, Contribution), count(site, Mail)) == (1, 1)


def test_what_is_wrong_is_said_at_the_field_and_the_typed_text_stays(site: Site) -> None:
    response = site.browser("vendor").post("/oensker/nyt", {"title": "", "body": "Min tekst & mere"})
    assert response.status_code == 422
    assert 'id="field-title-error"' in response.text and "Udfyld feltet." in response.text
    assert "Min tekst &amp; mere</textarea>" in response.text
    assert count(site, Contribution) == 0


WRONG_VALUES = (
    ("title", "x" * 201, "Teksten er for lang. Der er plads til 200 tegn."),
    ("body", "x" * 10_001, "Teksten er for lang. Der er plads til 10000 tegn."),
    ("body", "Min mor 010203-1234 fik afslag", "Teksten ligner et CPR-nummer."),
    ("aspect", "opdigtet", "Vælg en af mulighederne."),
    ("theme_ids", "4711", "findes ikke længere. Vælg igen."),
    ("theme_ids", "9" * 40, "Tallet må højst være"),
    ("theme_ids", "abc", "Skriv et helt tal."),
)


def test_each_wrong_value_gets_its_sentence(site: Site) -> None:
    for field, value, sentence in WRONG_VALUES:
        response = site.browser("vendor").post("/oensker/nyt", WISH | {field: value})
        assert (response.status_code, sentence in response.text) == (422, True), (field, value[:20])
    assert count(site, Contribution) == 0


def test_a_lone_surrogate_or_nul_harms_nothing(site: Site) -> None:
    body = b"key=3fa85f64-5717-4562-b3fc-2c963f66afa6&title=%00a&body=%ED%A0%80"
    headers = {"content-type": "application/x-www-form-urlencoded"}
    response = site.browser("vendor").client.post("/oensker/nyt", content=body, headers=headers)
    assert response.status_code in (303, 422)


def test_see_what_is_like_it_shows_the_page_again_with_the_text_and_sends_nothing(site: Site) -> None:
    with site.unit() as session:
        add_theme_rows(session, "Velfærdsteknologi")
        add_wish(
            session,
            site.people.rival,
            "Måling af velfærdsteknologi",
            body="Hjemmeplejens sensorer måles ens.",
        )
    site.work()
    fields = {
        "title": "Velfærdsteknologi skal måles",
        "body": "Hjemmeplejens sensorer måles ikke ens.",
        "handling": "lignende",
    }
    response = site.browser("vendor").post("/oensker/nyt", fields)
    assert response.status_code == 200
    assert "Måling af velfærdsteknologi" in response.text
    assert 'name="accepted_theme_ids"' in response.text
    assert "Hjemmeplejens sensorer måles ikke ens.</textarea>" in response.text
    assert count(site, Contribution) == 1


def test_the_block_for_a_writing_person_is_only_a_block(site: Site) -> None:
    with site.unit() as session:
        theme_id = add_theme_rows(session, "Velfærdsteknologi")[0].id
    vendor = site.browser("vendor")
    block = vendor.get("/oensker/lignende?title=Velfærdsteknologi&body=i hjemmeplejen")
    assert block.status_code == 200
    assert "<html" not in block.text and f'value="{theme_id}"' in block.text
    ticked = vendor.get(f"/oensker/lignende?title=Velfærdsteknologi&accepted_theme_ids={theme_id}").text
    assert f'value="{theme_id}" checked' in ticked
    chosen = vendor.get(f"/oensker/lignende?title=Velfærdsteknologi&theme_ids={theme_id}").text
    assert f'value="{theme_id}"' not in chosen
    assert site.browser().get("/oensker/lignende?title=x").status_code == 303
    assert site.browser("loner").get("/oensker/lignende?title=x").status_code == 403


def test_themes_accepted_from_the_suggestions_are_kept(site: Site) -> None:
    with site.unit() as session:
        theme_id = str(add_theme_rows(session, "Klima")[0].id)
    fields = WISH | {"accepted_theme_ids": [theme_id], "theme_ids": [theme_id]}
    assert site.browser("vendor").post("/oensker/nyt", fields).status_code == 303
    assert count(site, ContributionTheme) == 1


def test_the_preview_shows_the_wish_and_sends_nothing(site: Site) -> None:
    response = site.browser("vendor").post("/oensker/nyt", WISH | {"handling": "vis"})
    assert response.status_code == 200
    assert "Det er ikke sendt endnu" in response.text and "Soft A/S" in response.text
    assert count(site, Contribution) == 0


def test_who_may_send_meets_the_form(site: Site) -> None:
    for who, status in {
        "stranger": 303,
        "loner": 403,
        "staff": 403,
        "newcomer": 200,
        "municipality": 200,
    }.items():
        assert site.browser(who).get("/oensker/nyt").status_code == status, who
        if status != 200:
            assert site.browser(who).post("/oensker/nyt", {"title": ""}).status_code == status, who


def test_more_than_thirty_an_hour_is_too_many(site: Site) -> None:
    with moved_to(datetime(2026, 11, 21, 12, 5, tzinfo=UTC)):
        vendor = site.browser("vendor")
        wishes = [WISH | {"title": f"Ønske {number}"} for number in range(31)]
        answers = [vendor.post("/oensker/nyt", wish) for wish in wishes]
    assert [answer.status_code for answer in answers] == [303] * 30 + [429]
    assert answers[-1].headers["Retry-After"] == "3300"
    assert "Prøv igen om 55 minutter" in answers[-1].text and 'value="Ønske 30"' in answers[-1].text
    assert count(site, Contribution) == 30


def test_the_form_takes_the_same_statements_with_one_theme_and_with_thirty(site: Site) -> None:
    vendor = site.browser("vendor")
    with site.unit() as session:
        add_theme_rows(session, "Tema")
    assert site.count_statements(vendor, "/oensker/nyt") == 4
    with site.unit() as session:
        add_theme_rows(session, *[f"Tema{n}" for n in range(29)])
    assert site.count_statements(vendor, "/oensker/nyt") == 4


# --- the receipt, taking back


def test_the_receipt_is_for_its_own_people_only(site: Site) -> None:
    reference = sent(site)
    path = f"/oensker/{reference}/kvittering"
    statuses = {
        who: site.browser(who).get(path).status_code for who in ("vendor", "rival", "staff", "stranger")
    }
    assert statuses == {"vendor": 200, "rival": 404, "staff": 404, "stranger": 303}


def test_a_wish_is_taken_back_and_brought_back(site: Site) -> None:
    reference = sent(site)
    vendor, stranger = site.browser("vendor"), site.browser()
    assert vendor.post(f"/oensker/{reference}/traek-tilbage").status_code == 303
    assert stranger.get(f"/oensker/{reference}").status_code == 404
    assert "Trukket tilbage" in vendor.get(f"/oensker/{reference}").text
    assert vendor.get(f"/oensker/{reference}/kvittering").status_code == 303
    assert vendor.post(f"/oensker/{reference}/fortryd").status_code == 303
    assert stranger.get(f"/oensker/{reference}").status_code == 200


def test_another_takes_nothing_back(site: Site) -> None:
    reference = sent(site)
    for act in ("traek-tilbage", "fortryd"):
        assert site.browser("stranger").post(f"/oensker/{reference}/{act}").status_code == 303
        assert site.browser("rival").post(f"/oensker/{reference}/{act}").status_code == 403
    assert site.browser().get(f"/oensker/{reference}").status_code == 200
