"""«Fra sidst» for staff, what all read of it on the programme, and «Siden sidst» on the next meeting."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import select

from app.core.clock import now, today
from app.domain.carry_over.models import AgendaDecision
from app.domain.contributions.models import Answer, Contribution
from app.domain.meetings.models import Meeting
from app.domain.meetings.queries import list_items
from tests.promised import add_commitment
from tests.said import add_item_row, add_meeting_row
from tests.site import Site

EVIL = "<script>alert(1)</script>"
PAGE = "/moeder/12/rediger/fra-sidst"


def put(site: Site, late: int = 1) -> dict[str, int]:
    """Meeting 11 in the past with wishes that are late and a promise; meeting 12 to come, with one item."""
    with site.unit() as session:
        old, new = add_meeting_row(session, "11"), add_meeting_row(session, "12")
        old.held_on = today() - timedelta(days=100)
        new.held_on, new.status = today() + timedelta(days=30), "announced"
        item = add_item_row(session, new, "Status")
        for number in range(late):
            session.add(
                Contribution(
                    kind="wish",
                    reference=f"OE-{9000 + number}",
                    title=f"Ønske {number} {EVIL}",
                    body="",
                    status="received",
                    meeting_id=old.id,
                    received_at=now(),
                    published_at=now(),
                    answer_by=today() - timedelta(days=3),
                )
            )
        promise = Answer(meeting_id=old.id, kind="promise", text="Vi måler effekten", published_at=now())
        session.add(promise)
        session.flush()
        wish = session.scalars(select(Contribution.id).order_by(Contribution.id)).first()
        return {"meeting": new.id, "item": item.id, "wish": wish or 0, "promise": promise.id}


def fields(ids: dict[str, int], **values: Any) -> dict[str, Any]:
    given = {
        "thing": "contribution",
        "thing_id": ids["wish"],
        "verdict": "accepted",
        "item_id": "",
        "note": "",
    }
    return given | values


def test_each_proposal_says_why_and_where_it_is_from_and_its_words_are_escaped(site: Site) -> None:
    put(site)
    page = site.browser("staff").get(PAGE).text
    assert "Svaret skulle være kommet" in page and "Et løfte, som ingen har meldt indfriet." in page
    assert "11. møde" in page and "&lt;script&gt;" in page and EVIL not in page


def test_a_wish_taken_up_at_an_item_stands_on_the_programme_for_all_and_waits_no_more(
    site: Site,
) -> None:
    ids = put(site)
    staff = site.browser("staff")
    done = staff.post(PAGE, fields(ids, item_id=ids["item"], note="Kort"))
    assert done.headers["location"] == f"{PAGE}?kvittering=carry_accepted#taget-med"
    page = staff.get(PAGE).text
    assert ("Kommer med" in page, "»Kort«" in page, 'id="contribution-' in page) == (True, True, False)
    for path in ("/moeder/12", "/moeder/12/program"):
        shown = site.browser().get(path).text
        assert "Fra sidst:" in shown and "OE-9000" in shown and EVIL not in shown
        # The note is staff's.
        assert "Kort" not in shown


def test_a_wish_taken_up_as_a_new_item_is_a_draft_and_undoing_takes_it_off(site: Site) -> None:
    ids = put(site)
    with site.unit() as session:
        session.get_one(Meeting, ids["meeting"]).programme_published_at = now()
    staff = site.browser("staff")
    staff.post(PAGE, fields(ids))
    assert "OE-9000" not in site.browser().get("/moeder/12/program").text
    assert "Siden sidst: OE-9000" in staff.get("/moeder/12/rediger/program").text
    with site.unit() as session:
        decision = session.scalars(select(AgendaDecision.id)).one()
    undone = staff.post(f"{PAGE}/{decision}/fortryd")
    assert undone.headers["location"] == f"{PAGE}?kvittering=carry_undone_with_item"
    assert f'id="contribution-{ids["wish"]}"' in staff.get(PAGE).text
    assert staff.post(f"{PAGE}/{decision}/fortryd").status_code == 404


def test_what_is_taken_up_at_a_meeting_that_is_a_draft_is_read_by_staff_in_words_and_not_by_number_alone(
    site: Site,
) -> None:
    ids = put(site)
    with site.unit() as session:
        draft = session.get_one(Meeting, ids["meeting"])
        draft.status, draft.published_at = "draft", None
    staff = site.browser("staff")
    staff.post(PAGE, fields(ids))
    for path in ("/moeder/12", "/moeder/12/program", "/moeder/12/rediger/program"):
        page = staff.get(path).text
        assert "Siden sidst: OE-9000" in page, path
        assert "Fra sidst:" in page and "OE-9000 Ønske 0 &lt;script&gt;" in page, path


def test_words_that_are_hidden_after_they_were_taken_up_stand_nowhere_on_the_programme_and_staff_is_told(
    site: Site,
) -> None:
    ids = put(site)
    staff = site.browser("staff")
    staff.post(PAGE, fields(ids))
    shown = site.browser().get("/moeder/12/program").text
    assert ("Siden sidst: OE-9000" in shown, "Ønske 0" in shown) == (True, True)
    with site.unit() as session:
        session.get_one(Contribution, ids["wish"]).hidden_at = now()
        item = session.scalars(select(AgendaDecision.item_id)).one()
    assert "Ønske 0" not in site.browser().get("/moeder/12/program").text
    page = staff.get(PAGE).text
    assert "Det er skjult eller taget tilbage, siden I tog stilling." in page
    assert f'href="/moeder/12/rediger/program#punkt-{item}"' in page


def test_a_no_needs_a_reason_and_keeps_what_was_chosen(site: Site) -> None:
    ids = put(site, late=2)
    staff = site.browser("staff")
    refused = staff.post(PAGE, fields(ids, verdict="declined", item_id=ids["item"]))
    assert (refused.status_code, "Skriv kort, hvorfor" in refused.text) == (422, True)
    assert refused.text.count(f'<option value="{ids["item"]}" selected>') == 1
    done = staff.post(PAGE, fields(ids, verdict="declined", note=f"Nej {EVIL}"))
    assert done.headers["location"] == f"{PAGE}?kvittering=carry_declined#venter"
    page = staff.get(PAGE).text
    assert "Stine Stab" in page and "»Nej &lt;script&gt;" in page and EVIL not in page


def test_what_is_answered_or_decided_meanwhile_is_said_and_nothing_is_written(site: Site) -> None:
    ids = put(site)
    staff = site.browser("staff")
    staff.post(PAGE, fields(ids, verdict="declined", note="Nej"))
    again = staff.post(PAGE, fields(ids))
    assert (again.status_code, "Det er afgjort i mellemtiden" in again.text) == (409, True)
    gone = staff.post(PAGE, fields(ids, thing="answer", thing_id=987654))
    assert (gone.status_code, "Det venter ikke længere" in gone.text) == (409, True)
    elsewhere = staff.post(PAGE, fields(ids, thing="answer", thing_id=ids["promise"], item_id=987654))
    assert (elsewhere.status_code, "Punktet er ikke på programmet" in elsewhere.text) == (422, True)
    with site.unit() as session:
        assert [one.verdict for one in session.scalars(select(AgendaDecision))] == ["declined"]


def test_a_commitment_that_puts_itself_forward_can_be_decided(site: Site) -> None:
    ids = put(site)
    staff = site.browser("staff")
    with site.unit() as session:
        promise = add_commitment(session, site.people.staff, deadline=today() + timedelta(days=200)).id
    assert f'name="thing_id" value="{promise}"' in staff.get(PAGE).text
    done = staff.post(PAGE, fields(ids, thing="commitment", thing_id=promise, item_id=ids["item"]))
    assert done.headers["location"] == f"{PAGE}?kvittering=carry_accepted#taget-med"
    with site.unit() as session:
        decided = session.scalars(select(AgendaDecision)).one()
        assert (decided.thing, decided.thing_id, decided.verdict) == ("commitment", promise, "accepted")


def test_the_same_form_twice_decides_once_and_makes_one_item(site: Site) -> None:
    ids = put(site)
    given = fields(ids, key="0b9f7a52-1b1a-4c7e-9f6e-0a4f5a1c2d3f")
    answers = [site.browser("staff").post(PAGE, given) for _ in range(2)]
    assert {answer.headers["location"] for answer in answers} == {
        f"{PAGE}?kvittering=carry_accepted#taget-med"
    }
    with site.unit() as session:
        titles = [item.title for item in list_items(session, ids["meeting"])]
    assert titles == ["Status", "Siden sidst: OE-9000"]


def test_of_a_meeting_that_is_over_it_is_read_and_nothing_can_be_decided(site: Site) -> None:
    ids = put(site)
    with site.unit() as session:
        session.get_one(Meeting, ids["meeting"]).held_on = today() - timedelta(days=1)
    staff = site.browser("staff")
    assert 'name="verdict"' not in staff.get(PAGE).text
    assert staff.post(PAGE, fields(ids)).status_code == 409


def test_the_file_holds_what_waits_and_what_is_decided_and_is_kept_by_no_cache(site: Site) -> None:
    ids = put(site)
    staff = site.browser("staff")
    staff.post(PAGE, fields(ids, verdict="declined", note="Ikke nu"))
    answer = staff.get(PAGE + ".csv")
    assert answer.headers["cache-control"] == "no-store"
    rows = [line.split(";") for line in answer.text.lstrip("\ufeff").strip().splitlines()]
    assert [row[0] for row in rows] == ["stilling", "venter", "ikke med"]
    assert (rows[1][2], rows[1][4], rows[2][3], rows[2][9]) == (
        "løfte",
        "Vi måler effekten",
        "OE-9000",
        "Ikke nu",
    )


def test_the_file_says_the_day_that_it_was_decided_here(site: Site) -> None:
    ids = put(site)
    staff = site.browser("staff")
    staff.post(PAGE, fields(ids, verdict="declined", note="Ikke nu"))
    with site.unit() as session:
        decided = session.scalars(select(AgendaDecision)).one()
        decided.decided_at = datetime(2026, 6, 1, 22, 30, tzinfo=UTC)
    last = staff.get(PAGE + ".csv").text.strip().splitlines()[-1].split(";")
    assert last[11] == "2026-06-02"


def test_only_staff_comes_here(site: Site) -> None:
    put(site)
    for path in (PAGE, PAGE + ".csv"):
        assert site.browser("vendor").get(path).status_code == 403
        assert site.browser().get(path).status_code == 303
    assert site.browser("municipality").post(PAGE, {}).status_code == 403
    assert site.browser("staff").get("/moeder/nej/rediger/fra-sidst").status_code == 404


def test_the_next_meetings_page_opens_with_what_has_happened_since_and_a_past_one_not(
    site: Site,
) -> None:
    put(site)
    page = site.browser().get("/moeder/12").text
    assert page.index("Siden sidst") < page.index("Programmet")
    assert "1</b>" in page and "11. møde" in page and "Vi måler effekten" in page
    assert "Siden sidst" not in site.browser().get("/moeder/11").text


def test_a_figure_of_the_series_alone_leads_to_no_list_that_is_longer(site: Site) -> None:
    put(site)
    page = site.browser().get("/moeder/12").text
    panel = page.split('aria-labelledby="siden-sidst"')[1].split("</section>")[0]
    facts = [
        " ".join(re.sub(r"<[^>]+>", " ", line).split()) for line in re.findall(r"<li><b>.*?</li>", panel)
    ]
    assert facts == [
        "1 nyt svar",
        "0 af 1 løfte, der gælder, er meldt indfriet",
        "1 svar er forsinket",
        "0 venter på svar",
    ]
    assert re.findall(r'<li><b>[0-9]+</b> <a href="([^"]+)"', panel) == ["/moeder/11/opfoelgning"]
    everything = re.findall(r'href="([^"]+)">(Alle [^<]+)</a>', panel)
    assert everything == [("/forpligtelser", "Alle løfter"), ("/svar/forsinkede", "Alle forsinkede svar")]


def test_the_pages_ask_the_database_as_often_with_1_and_with_30_late_answers(site: Site) -> None:
    ids = put(site)
    staff = site.browser("staff")
    few = [site.count_statements(staff, PAGE), site.count_statements(site.browser(), "/moeder/12")]
    with site.unit() as session:
        for number in range(30):
            session.add(
                Contribution(
                    kind="wish",
                    reference=f"OE-{8000 + number}",
                    title=f"Helt andet {number}",
                    body="",
                    status="received",
                    meeting_id=session.get_one(Contribution, ids["wish"]).meeting_id,
                    received_at=now(),
                    published_at=now(),
                    answer_by=date(2020, 1, 1),
                )
            )
    many = [site.count_statements(staff, PAGE), site.count_statements(site.browser(), "/moeder/12")]
    assert few == many == [11, 2]
