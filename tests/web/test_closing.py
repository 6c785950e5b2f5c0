"""The page on which a meeting is closed: the way, what is missing, and what is done about it."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import select

from app.core.audit import AuditEntry
from app.core.clock import now, today
from app.domain.closing.models import GapReason
from app.domain.contributions.models import Contribution, ContributionTheme
from app.domain.meetings.models import AgendaItem, Meeting
from app.domain.minutes.models import Minutes, MinutesSection
from tests.said import add_item_row, add_meeting_row, add_theme_rows
from tests.site import Site

EVIL = "<script>alert(1)</script>"
PATH = "/moeder/10/afslut"


def add_said(site: Site, count: int = 1, **values: Any) -> list[int]:
    """The meeting, and so many things said there about the climate; their ids."""
    given = {"kind": "card", "status": "received", "published_at": now()} | values
    with site.unit() as session:
        meeting = session.scalars(select(Meeting).where(Meeting.key == "10")).one_or_none()
        meeting_id = (meeting or add_meeting_row(session)).id
        start = session.query(Contribution).count()
        rows = [
            Contribution(
                reference=f"IN-{start + number:04d}",
                title=f"Klima {start + number} {EVIL}",
                body="Vi vil måle på klima",
                meeting_id=meeting_id,
                received_at=now(),
                **given,
            )
            for number in range(1, count + 1)
        ]
        session.add_all(rows)
        session.flush()
        return [row.id for row in rows]


def write_minutes(site: Site) -> None:
    with site.unit() as session:
        meeting = session.scalars(select(Meeting).where(Meeting.key == "10")).one()
        item = add_item_row(session, meeting)
        session.add(Minutes(meeting_id=meeting.id, created_at=now()))
        session.flush()
        text = {"meeting_id": meeting.id, "item_id": item.id, "part": "item", "text": "Vi talte om data."}
        session.add(MinutesSection(**text))


def test_the_page_asks_for_a_fixed_number_of_things_however_much_is_missing(site: Site) -> None:
    add_said(site)
    with site.unit() as session:
        add_theme_rows(session, "Klima")
    staff = site.browser("staff")
    few = site.count_statements(staff, PATH)
    add_said(site, 30, kind="wish")
    assert (few, site.count_statements(staff, PATH)) == (11, 11)
    page = staff.get(PATH).text
    assert EVIL not in page and "Klima 1 &lt;script&gt;" in page
    assert "31 indspil har intet tema" in page and "og 19 til" in page
    assert "30 ønsker har ingen svarfrist" in page


def test_a_reason_is_asked_for_kept_and_taken_back(site: Site) -> None:
    one, _other = add_said(site, 2)
    staff, why = site.browser("staff"), f"{PATH}/hvorfor/uden-tema"
    assert "Uden krydser gælder begrundelsen dem alle." in staff.get(why).text
    empty = staff.post(why, {"thing_ids": [str(one)], "reason": " "})
    assert (empty.status_code, "Udfyld feltet." in empty.text) == (422, True)
    assert f'value="{one}" checked' in empty.text
    cpr = staff.post(why, {"reason": "Det var 010190-1234"})
    assert (cpr.status_code, "Det var 010190-1234</textarea>" in cpr.text) == (422, True)
    sent = {"key": str(uuid4()), "thing_ids": [str(one)], "reason": f"Hører ikke til {EVIL}"}
    for _again in range(2):
        done = staff.post(why, sent)
        assert done.headers["location"] == f"{PATH}?kvittering=closing_explained#mangler"
    page = staff.get(PATH).text
    assert "Hører ikke til &lt;script&gt;" in page and EVIL not in page and "1 indspil har intet tema" in page
    with site.unit() as session:
        rows = session.scalars(select(GapReason).order_by(GapReason.id)).all()
        assert [(row.kind, row.thing_ids) for row in rows] == [("unthemed", [one])]
        entry = session.scalars(select(AuditEntry).where(AuditEntry.verb == "explain_gaps")).one()
        assert entry.after == {"gaps": {"unthemed": 1}}
    staff.post(f"{PATH}/begrundelser/{rows[0].id}/tag-tilbage")
    assert "2 indspil har intet tema" in staff.get(PATH).text
    assert staff.post(f"{PATH}/begrundelser/{rows[0].id}/tag-tilbage").status_code == 404
    assert staff.get(f"{PATH}/hvorfor/noget-andet").status_code == 404
    staff.post(why, {"reason": "Gælder dem alle"})
    assert "intet tema</h3>" not in staff.get(PATH).text
    assert staff.get(why).headers["location"] == PATH
    late = staff.post(why, {"reason": "For sent"})
    assert (late.status_code, "Det mangler ikke længere" in late.text) == (422, True)


def test_each_gets_the_theme_that_was_suggested_and_it_is_undone(site: Site) -> None:
    one, other = add_said(site, 2)
    with site.unit() as session:
        theme, later = (row.id for row in add_theme_rows(session, "Klima", "Data"))
    staff = site.browser("staff")
    assert f'name="suggested" value="{one}:{theme}"' in staff.get(PATH).text
    nothing = staff.post(f"{PATH}/temaer", {"way": "suggested"})
    assert (nothing.status_code, "Vælg mindst ét indspil" in nothing.text) == (422, True)
    no_theme = staff.post(f"{PATH}/temaer", {"way": "chosen", "contribution_ids": [str(one)]})
    assert (no_theme.status_code, "Vælg et tema på listen." in no_theme.text) == (422, True)
    pairs = [f"{one}:{theme}", f"{other}:{theme}"]
    staff.post(f"{PATH}/temaer", {"way": "suggested", "contribution_ids": [str(one)], "suggested": pairs})
    given = {"way": "chosen", "contribution_ids": [str(other)], "theme_id": str(later)}
    assert staff.post(f"{PATH}/temaer", given).status_code == 303
    rows = select(ContributionTheme.contribution_id, ContributionTheme.theme_id)
    with site.unit() as session:
        assert {tuple(row) for row in session.execute(rows)} == {(one, theme), (other, later)}
    staff.post(f"{PATH}/temaer/fortryd")
    with site.unit() as session:
        assert {tuple(row) for row in session.execute(rows)} == {(one, theme)}


def test_what_was_said_at_another_meeting_gets_no_theme_here(site: Site) -> None:
    one = add_said(site)[0]
    with site.unit() as session:
        add_meeting_row(session, "11")
        theme_id = add_theme_rows(session, "Klima")[0].id
    given = {"way": "chosen", "contribution_ids": [str(one)], "theme_id": str(theme_id)}
    assert site.browser("staff").post("/moeder/11/afslut/temaer", given).status_code == 404
    with site.unit() as session:
        assert session.scalars(select(ContributionTheme.theme_id)).all() == []


def test_a_day_for_the_answers_is_set_on_the_page(site: Site) -> None:
    wish = add_said(site, kind="wish")[0]
    staff = site.browser("staff")
    past = staff.post(f"{PATH}/svarfrister", {"answer_by": "2020-01-01"})
    assert (past.status_code, "Vælg en dag, der ikke er gået." in past.text) == (422, True)
    assert 'value="2020-01-01"' in past.text
    staff.post(f"{PATH}/svarfrister", {"answer_by": today().isoformat()})
    with site.unit() as session:
        assert session.get_one(Contribution, wish).answer_by == today()
    assert "svarfrist</h3>" not in staff.get(PATH).text


def test_the_minutes_are_sent_when_nothing_is_open_and_not_before(site: Site) -> None:
    add_said(site)
    write_minutes(site)
    staff = site.browser("staff")
    assert "Send til kommentering" not in staff.get(PATH).text
    given = {"comment_until": (today() + timedelta(days=10)).isoformat(), "version": "1"}
    early = staff.post(f"{PATH}/referat", given)
    assert (early.status_code, "Der mangler stadig noget: 2." in early.text) == (422, True)
    staff.post(f"{PATH}/hvorfor/resten", {"reason": "Mødet var helt åbent"})
    assert "Send til kommentering" in staff.get(PATH).text
    past = staff.post(f"{PATH}/referat", given | {"comment_until": "2020-01-01"})
    assert (past.status_code, 'id="field-comment_until-error"' in past.text) == (422, True)
    # What is missing in an old form does not make it a new one.
    old = staff.post(f"{PATH}/referat", given | {"comment_until": "", "version": "0"})
    assert (old.status_code, 'name="version" value="0"' in old.text) == (422, True)
    sent = staff.post(f"{PATH}/referat", given)
    assert (sent.status_code, sent.headers["location"]) == (303, f"{PATH}?kvittering=minutes_sent")
    assert "Deltagerne kan skrive bemærkninger til og med" in staff.get(PATH).text


def test_items_without_text_are_said_to_have_none_also_where_a_reason_was_given(site: Site) -> None:
    add_said(site)
    write_minutes(site)
    with site.unit() as session:
        meeting = session.scalars(select(Meeting).where(Meeting.key == "10")).one()
        for title in ("Velkomst", "Panel"):
            add_item_row(session, meeting, title)
        item_ids = [item.id for item in session.scalars(select(AgendaItem).order_by(AgendaItem.id))]
    staff = site.browser("staff")
    staff.post(f"{PATH}/hvorfor/resten", {"reason": "Vi talte kun om data"})
    page = staff.get(PATH).text
    assert "2 punkter har ingen tekst. I har skrevet hvorfor." in page
    assert "Der er tekst til alle punkter." not in page and "Send til kommentering" in page
    with site.unit() as session:
        for item_id in item_ids[1:]:
            session.add(
                MinutesSection(meeting_id=meeting.id, item_id=item_id, part="item", text="Det blev sagt.")
            )
    assert "Der er tekst til alle punkter." in staff.get(PATH).text


def test_only_staff_closes_and_is_told_what_is_not_closed(site: Site) -> None:
    with site.unit() as session:
        meeting = add_meeting_row(session, "11")
        meeting.held_on, meeting.created_at = today() - timedelta(days=2), now() - timedelta(days=40)
    path = "/moeder/11/afslut"
    assert site.browser().get(path).status_code == 303
    for who in ("vendor", "municipality", "auditor"):
        assert site.browser(who).get(path).status_code == 403
        assert site.browser(who).post(f"{path}/hvorfor/resten", {"reason": "Nej"}).status_code == 403
    assert f'href="{path}"' in site.browser("staff").get("/moeder").text
    assert f'href="{path}"' not in site.browser("vendor").get("/moeder").text
