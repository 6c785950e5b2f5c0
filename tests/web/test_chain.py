"""A contribution's life on its page: said again, answered, promised, measured; and the chain of it all."""

import csv
import io
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from app.core.audit import AuditEntry
from app.core.clock import moved_to, now, today
from app.domain.answering.models import AnswerObjection, Pause
from app.domain.answering.pausing import ask_for_more
from app.domain.answering.publishing import correct_answer, publish_answer
from app.domain.answering.schemas import CorrectionInput, MoreInput
from app.domain.commitments.models import Commitment
from app.domain.commitments.queries import find_commitment
from app.domain.contributions.gathering import gather
from app.domain.contributions.gathering_models import CitedPage
from app.domain.contributions.models import Answer, Contribution
from app.domain.contributions.needs.schemas import NeedStateInput
from app.domain.contributions.needs.service import note_state
from app.domain.follow_through.chain import find_chain_of_commitment, find_chain_of_contribution
from app.domain.meetings.models import MeetingRole
from app.domain.presentations.models import Deck
from tests.answered import add_prepared_answer
from tests.chained import Chained, plant_chain
from tests.needed import add_need
from tests.promised import add_commitment
from tests.said import add_wish, put_said
from tests.site import Site
from tests.web.test_meeting_files import words_of_docx, words_of_pdf


@pytest.fixture
def chain(site: Site) -> Chained:
    with site.unit() as session:
        return plant_chain(session, site.people)


def links_in(page: str, chain: Chained) -> set[str]:
    return {name for name, path in chain.links.items() if f'href="{path}"' in page}


# --- the chain


def test_from_every_link_all_others_are_one_step_away(site: Site, chain: Chained) -> None:
    browser = site.browser()
    found = {
        name: links_in(browser.get(chain.links[name]).text, chain) for name in ("wish", "card", "promise")
    }
    # Each page also links itself, in another language and for signing in.
    assert found == {name: set(chain.links) for name in ("wish", "card", "promise")}
    assert f'href="/indspil/{chain.card}"' in browser.get(chain.page).text


def test_the_effect_is_told_as_a_number_and_a_sentence(site: Site, chain: Chained) -> None:
    page = site.browser().get(f"/oensker/{chain.wish}").text
    assert "fra 20 til 64 procent" in page and "Målet var 60." in page and "Målet er nået" in page
    assert "Beskriv tallene først." in page


def test_every_time_it_was_said_stands_on_a_line_of_years(site: Site, chain: Chained) -> None:
    page = site.browser().get(f"/indspil/{chain.card}").text
    line = page[page.index('id="tidslinje"') : page.index('id="svar"')]
    assert [line.index(word) for word in ("Sagt 2 gange: 2016–2026", "Fem tal, talt ens i alle", "Ingen to")]
    assert line.index("Fem tal, talt ens i alle") < line.index("Ingen to kommuner tæller ens")
    for words in ("Tal, man kan stole på", "Den samme bøn to gange.", "Oda Oplæg", "6. møde"):
        assert words in line
    assert f"{chain.page}/miniature.webp?v=" in line
    # It hangs under the wish, and is answered with it.
    assert f'Samlet under <a href="/oensker/{chain.wish}">' in " ".join(page.split())
    assert "Vi samler fem tal." in page and "Resten mangler." in page


def test_what_is_hidden_is_in_nobody_elses_chain(site: Site, chain: Chained) -> None:
    with site.unit() as session:
        session.get_one(Contribution, chain.card_id).visibility = "staff"
        session.get_one(Deck, chain.deck_id).access = "staff"
    for path in (
        f"/oensker/{chain.wish}",
        f"/forpligtelser/{chain.commitment}",
        f"/historier/{chain.wish}.csv",
    ):
        page = site.browser().get(path).text
        assert chain.card not in page and "Fem tal, talt ens" not in page and chain.page not in page
        assert "2016" not in page
    assert chain.card in site.browser("staff").get(f"/oensker/{chain.wish}").text


def test_a_promise_for_staff_alone_and_its_figures_shine_through_nowhere(site: Site, chain: Chained) -> None:
    with site.unit() as session:
        session.get_one(Commitment, chain.commitment_id).visibility = "staff"
    for path in (f"/oensker/{chain.wish}", f"/indspil/{chain.card}", f"/historier/{chain.wish}.csv"):
        page = site.browser().get(path).text
        assert chain.commitment not in page and "64" not in page and "Beskriv tallene" not in page


def test_a_member_of_a_hidden_lead_is_answered_with_it_and_says_nothing_of_it(
    site: Site, chain: Chained
) -> None:
    with site.unit() as session:
        session.get_one(Contribution, chain.wish_id).visibility = "staff"
    page = site.browser().get(f"/indspil/{chain.card}").text
    assert "Vi samler fem tal." in page and f"/forpligtelser/{chain.commitment}" in page
    for words in (chain.wish, "Fælles ledelsesinformation", "Tal, man kan stole på", "Sagt 2 gange"):
        assert words not in page


def test_both_ways_the_chain_holds_the_same(site: Site, chain: Chained) -> None:
    with site.unit() as session:
        staff = site.people.staff
        on = find_chain_of_contribution(session, staff, chain.card_id)
        commitment = find_commitment(session, staff, chain.commitment)
        assert on is not None and commitment is not None
        back = find_chain_of_commitment(session, staff, commitment)
        assert on == back
        assert [one.reference for one in on.said] == [chain.card, chain.wish]
        assert find_chain_of_contribution(session, site.people.vendor, -1) is None


def test_hostile_words_stay_words_in_every_link(site: Site, chain: Chained) -> None:
    hostile = "<script>alert(1)</script>"
    with site.unit() as session:
        session.get_one(Contribution, chain.card_id).title = hostile
        session.get_one(Contribution, chain.card_id).body = hostile
        session.get_one(Answer, chain.answer_id).reason = hostile
        session.get_one(Commitment, chain.commitment_id).title = hostile
        session.get_one(Commitment, chain.commitment_id).lesson = hostile
    for path in (f"/oensker/{chain.wish}", f"/indspil/{chain.card}", chain.page):
        page = site.browser().get(path).text
        assert "<script>alert" not in page and "&lt;script&gt;" in page


def test_a_page_takes_the_same_statements_whether_said_twice_or_thirty_times(
    site: Site, chain: Chained
) -> None:
    path = f"/oensker/{chain.wish}"
    few = site.count_statements(site.browser(), path)
    with site.unit() as session:
        more = [put_said(session, f"igen-{n}", title=f"Igen {n}").id for n in range(28)]
        gather(session, site.people.staff, chain.wish_id, more)
    assert (few, site.count_statements(site.browser(), path)) == (6, 6)
    assert "Sagt 30 gange" in site.browser().get(path).text


# --- answers


def test_a_correction_leaves_the_old_words_to_be_read(site: Site, chain: Chained) -> None:
    with site.unit() as session:
        answer = session.get_one(Answer, chain.answer_id)
        given = CorrectionInput(
            verdict="yes", text="Vi samler syv tal.", reason="", why="Der kom to til.", version=answer.version
        )
        correct_answer(session, site.people.staff, answer.id, given)
    page = site.browser().get(f"/indspil/{chain.card}").text
    old = page[page.index("Svaret er rettet") :]
    for words in ("Der kom to til.", "Vi samler fem tal.", "Resten mangler."):
        assert words in old
    assert "Vi samler syv tal." in page[: page.index("Svaret er rettet")]


def test_the_asker_says_once_that_it_does_not_answer(site: Site, chain: Chained) -> None:
    path, vendor = f"/oensker/{chain.wish}", site.browser("vendor")
    assert "Det svarer ikke på mit spørgsmål" in vendor.get(path).text
    assert "Det svarer ikke på mit spørgsmål" not in site.browser("rival").get(path).text
    empty = vendor.post(f"{path}/svarer-ikke", {"answer_id": chain.answer_id, "objection": " "})
    assert empty.status_code == 422 and "Udfyld feltet." in empty.text
    sent = {"answer_id": chain.answer_id, "objection": "I svarer på noget andet."}
    assert site.browser("rival").post(f"{path}/svarer-ikke", sent).status_code == 403
    assert site.browser().post(f"{path}/svarer-ikke", sent).status_code in (303, 403)
    assert vendor.post(f"{path}/svarer-ikke", sent).status_code == 303
    again = vendor.post(f"{path}/svarer-ikke", sent | {"objection": "Endnu en gang."})
    assert again.status_code == 422 and "allerede sagt én gang" in again.text
    with site.unit() as session:
        assert [row.text for row in session.scalars(select(AnswerObjection))] == ["I svarer på noget andet."]
    assert "I svarer på noget andet." in vendor.get(path).text
    assert "I svarer på noget andet." not in site.browser("rival").get(path).text


def test_the_asker_tells_more_and_only_the_two_read_it(site: Site) -> None:
    with site.unit() as session:
        wish = add_wish(session, site.people.vendor)
        given = MoreInput(question="Hvilke tal?", reply_by=today() + timedelta(days=10))
        ask_for_more(session, site.people.staff, wish.id, given)
        path = f"/oensker/{wish.reference}"
    vendor = site.browser("vendor")
    assert (
        "Hvilke tal?" in vendor.get(path).text and "Hvilke tal?" not in site.browser("rival").get(path).text
    )
    assert "Afsenderen er bedt om at fortælle mere" in site.browser().get(path).text
    assert site.browser("rival").post(f"{path}/fortael-mere", {"reply": "Mit"}).status_code == 403
    long = vendor.post(f"{path}/fortael-mere", {"reply": "x" * 4001})
    assert long.status_code == 422 and "x" * 4001 in long.text
    assert vendor.post(f"{path}/fortael-mere", {"reply": "De fem."}).status_code == 303
    late = vendor.post(f"{path}/fortael-mere", {"reply": "Og et til."})
    assert late.status_code == 422 and "Og et til." in late.text and "en kollega svaret" in late.text
    with site.unit() as session:
        assert [row.reply for row in session.scalars(select(Pause))] == ["De fem."]
    assert "De fem." in site.browser("staff").get(path).text
    assert "De fem." not in site.browser().get(path).text


# --- what it rests on


def list_cited(site: Site) -> set[tuple[int, int, int]]:
    with site.unit() as session:
        rows = session.scalars(select(CitedPage).order_by(CitedPage.contribution_id))
        return {(row.contribution_id, row.deck_id, row.number) for row in rows}


def test_a_page_is_cited_from_the_wish_and_from_the_page_itself(site: Site, chain: Chained) -> None:
    staff, path = site.browser("staff"), f"/oensker/{chain.wish}"
    wrong = staff.post(f"{path}/kilder", {"page": "https://example.org/"})
    assert wrong.status_code == 422 and "Indsæt adressen på en side" in wrong.text
    missing = staff.post(f"{path}/kilder", {"page": f"/oplaeg/{chain.deck_id}/side/99"})
    assert missing.status_code == 422 and "Siden findes ikke." in missing.text
    before = list_cited(site)
    assert staff.post(f"{path}/kilder", {"page": f"http://x/en{chain.page}?v=1"}).status_code == 303
    assert list_cited(site) - before == {(chain.wish_id, chain.deck_id, 1)}
    fields = {"deck_id": chain.deck_id, "number": 1}
    assert staff.post(f"{path}/kilder/fjern", fields).status_code == 303
    assert list_cited(site) == before
    second = f"/oplaeg/{chain.deck_id}/side/2"
    nobody = staff.post(f"{second}/henvis", {"reference": "OE-9999"})
    assert (
        nobody.status_code == 422 and "OE-9999" in nobody.text and "ikke noget med det nummer" in nobody.text
    )
    assert staff.post(f"{second}/henvis", {"reference": chain.wish.lower()}).status_code == 303
    assert list_cited(site) - before == {(chain.wish_id, chain.deck_id, 2)}
    for who in ("vendor", "municipality"):
        assert site.browser(who).post(f"{second}/henvis", {"reference": chain.wish}).status_code == 403
        assert site.browser(who).post(f"{path}/kilder", {"page": chain.page}).status_code == 403
    assert "Noter, hvad der bygger på siden" not in site.browser("vendor").get(second).text


@pytest.mark.parametrize("who", ["vendor", "municipality"])
def test_each_form_sent_twice_at_the_same_moment_is_carried_out_once(
    site: Site, chain: Chained, who: str
) -> None:
    actor, browser = getattr(site.people, who), site.browser(who)
    with site.unit() as session:
        asked, answered = (add_wish(session, actor, title) for title in ("Spurgt om", "Besvaret"))
        given = MoreInput(question="Hvilke tal?", reply_by=today() + timedelta(days=10))
        ask_for_more(session, site.people.staff, asked.id, given)
        answer = add_prepared_answer(session, site.people.staff, [answered.id])
        publish_answer(session, site.people.staff, answer.id, answer.version)
        meeting_id = session.get_one(Contribution, chain.card_id).meeting_id
        role = {"meeting_id": meeting_id, "user_id": actor.user_id, "role": "rapporteur"}
        session.add(MeetingRole(**role, given_at=now()))
        before = session.scalar(select(func.max(AuditEntry.id)))
    forms: dict[str, dict[str, object]] = {
        f"/oensker/{asked.reference}/fortael-mere": {"reply": "De fem."},
        f"/oensker/{answered.reference}/svarer-ikke": {"answer_id": answer.id, "objection": "Nej."},
        f"/foelg/oenske/{chain.wish_id}": {"tempo": "dagligt"},
        f"/indspil/{chain.card}/kilder": {"page": f"/oplaeg/{chain.deck_id}/side/2"},
    }
    if who == "vendor":
        forms["/forpligtelser/nyt"] = {"title": "Ét katalog", "text": "Til alle.", "deadline": "2031-01-01"}
    for path, fields in forms.items():
        once = fields | {"key": str(uuid4())}
        with ThreadPoolExecutor(2) as two:
            first, second = two.map(lambda _, path=path, once=once: browser.post(path, once), range(2))
        assert (first.status_code, second.status_code) == (303, 303), path
        assert first.headers["location"] == second.headers["location"]
    with site.unit() as session:
        verbs = session.scalars(
            select(AuditEntry.verb).where(AuditEntry.id > before).order_by(AuditEntry.id)
        ).all()
    assert verbs == ["tell_more", "find_no_answer", "follow", "cite", "propose"][: len(forms)]


def test_a_promise_that_is_late_is_said_where_the_wish_says_how_it_stands(site: Site) -> None:
    people = site.people
    with moved_to(datetime(2026, 11, 20, 12, tzinfo=UTC)):
        with site.unit() as session:
            wish = add_wish(session, people.vendor)
            kept_by = add_commitment(
                session, people.staff, contribution_ids=[wish.id], deadline=date(2026, 11, 19)
            )
            in_time = add_commitment(session, people.staff, contribution_ids=[wish.id])
            wish.status = "in_progress"
        lead_in = read_lead_in(site, f"/oensker/{wish.reference}")
    assert in_time.reference not in lead_in
    assert lead_in == (
        "Der arbejdes på det, der er lovet. <b>Løftet skulle være holdt senest 19. november 2026.</b> "
        f'<a href="/forpligtelser/{kept_by.reference}">{kept_by.reference}</a>'
    )


def test_a_need_that_has_moved_on_says_so_in_its_sentence_too(site: Site) -> None:
    people = site.people
    with moved_to(datetime(2026, 11, 20, 12, tzinfo=UTC)):
        with site.unit() as session:
            need = add_need(session, people.municipality)
            given = {"state": "in_progress", "happened_on": date(2026, 11, 20), "version": need.version}
            note_state(session, people.municipality, need.id, NeedStateInput.model_validate(given))
        lead_in = read_lead_in(site, f"/behov/{need.reference}")
    assert lead_in == "Der arbejdes på det. Svaret kommer senest 18. februar 2027."


def read_lead_in(site: Site, path: str) -> str:
    """The sentence that says how it stands, with its links."""
    page = site.browser().get(path).text
    return " ".join(page.split('<p class="lead-in">')[1].split("</p>")[0].split())


# --- late answers


def test_late_answers_are_counted_by_how_long_and_narrowed_by_kind(site: Site) -> None:
    days = {"wish": (3, 10, 40, 200), "idea": (100,)}
    with site.unit() as session:
        for kind, several in days.items():
            for late in several:
                said = put_said(session, f"{kind}-{late}", kind=kind, title=f"{kind} {late}")
                said.status, said.answer_by = "received", today() - timedelta(days=late)
        put_said(session, "i-tide", title="I tide").answer_by = today()
        paused = put_said(session, "svaret", title="Besvaret for længst")
        paused.status, paused.answer_by = "answered", date(2020, 1, 1)
        hidden = put_said(session, "skjult", title="Kun for sekretariatet", visibility="staff")
        hidden.status, hidden.answer_by = "received", date(2020, 1, 1)
    page = " ".join(site.browser().get("/svar/forsinkede").text.split())
    assert "<b>5</b> svar er forsinket" in page and "<b>40 dage</b>" in page and "<b>200 dage</b>" in page
    order = [
        page.index(f"{kind} {late}")
        for kind, late in (("wish", 200), ("idea", 100), ("wish", 40), ("wish", 3))
    ]
    assert order == sorted(order)
    for words in ("I tide", "Besvaret for længst", "Kun for sekretariatet"):
        assert words not in page
    ideas = site.browser().get("/svar/forsinkede?slags=idea").text
    assert "idea 100" in ideas and "wish 200" not in ideas and 'value="idea" selected' in ideas
    assert site.browser().get("/svar/forsinkede?slags=x&tema=x&side=-1").status_code == 200
    assert "Intet svar er forsinket" not in page


def test_nothing_late_is_said_in_words(site: Site) -> None:
    assert "Intet svar er forsinket." in site.browser().get("/svar/forsinkede").text


# --- to take along


def read_csv(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"))


def test_a_story_is_a_row_for_each_thing_that_happened_with_links(site: Site, chain: Chained) -> None:
    response = site.browser().get(f"/historier/{chain.card}.csv")
    rows = read_csv(response.content)
    assert [(row["Hvad"], row["Nummer"]) for row in rows] == [
        ("Sagt", chain.card),
        ("Sagt", chain.wish),
        ("Besvaret", chain.wish),
        ("Lovet", chain.commitment),
        ("Målt", chain.commitment),
        ("Gjort op", chain.commitment),
    ]
    site_address = site.settings.base_url.rstrip("/")
    assert rows[0]["Kilde"] == site_address + chain.page and rows[0]["Hvem"] == "Oda Oplæg"
    assert (rows[4]["Tal"], rows[4]["Enhed"], rows[4]["Kilde"]) == ("64", "procent", "Optælling")
    assert rows[2]["Adresse"] == f"{site_address}/oensker/{chain.wish}#svar-{chain.answer_id}"
    assert (
        response.headers["content-disposition"]
        == f'attachment; filename="historien-om-{chain.card.lower()}.csv"'
    )


def test_a_paper_names_nobody_but_speakers(site: Site, chain: Chained) -> None:
    name = site.people.vendor.name
    assert name in site.browser().get(f"/oensker/{chain.wish}").text
    assert name not in site.browser("staff").get(f"/historier/{chain.wish}.csv").text
    path = f"/historier/{chain.wish}.docx"
    assert site.browser().get(path).status_code == 202
    site.work()
    words = words_of_docx(site.browser().get(path).content)
    assert name not in words
    for told in ("Oda Oplæg", "Fem tal, talt ens i alle kommuner.", "Vi samler fem tal.", "64", "Optælling"):
        assert told in words


def test_the_story_comes_as_pdf_and_what_is_hidden_afterwards_is_in_no_file(
    site: Site, chain: Chained
) -> None:
    path, browser = f"/historier/{chain.wish}.pdf", site.browser()
    asked = browser.get(path, headers={"Accept": "text/html"})
    assert (asked.status_code, asked.headers["location"]) == (303, f"/historier/{chain.wish}/fil?som=pdf")
    assert "Filen bliver lavet" in browser.get(asked.headers["location"]).text
    site.work()
    assert "refresh" in browser.get(asked.headers["location"]).headers
    assert "Fem tal, talt ens" in words_of_pdf(browser.get(path).content)
    with site.unit() as session:
        session.get_one(Contribution, chain.card_id).visibility = "staff"
    assert browser.get(path).status_code == 202
    site.work()
    assert "Fem tal, talt ens" not in words_of_pdf(browser.get(path).content)


def test_what_not_everybody_reads_has_no_story_to_take_along(site: Site, chain: Chained) -> None:
    with site.unit() as session:
        session.get_one(Contribution, chain.wish_id).visibility = "staff"
    for who in ("stranger", "staff"):
        for ending in ("csv", "pdf", "docx", "zip"):
            assert site.browser(who).get(f"/historier/{chain.wish}.{ending}").status_code == 404
    assert f"/historier/{chain.wish}" not in site.browser("staff").get(f"/oensker/{chain.wish}").text


def test_the_wishes_of_the_filters_are_rows_as_their_reader_reads_them(site: Site, chain: Chained) -> None:
    with site.unit() as session:
        put_said(session, "hemmelig", title="Hemmelig", visibility="staff")
        put_said(session, "formel", title="=1+1")
    path = "/oensker.csv?skilletegn=semikolon"
    seen = {row["title"]: row["visibility"] for row in read_csv(site.browser("staff").get(path).content)}
    assert seen == {"Fælles ledelsesinformation": "public", "'=1+1": "public", "Hemmelig": "staff"}
    rows = {row["title"]: row for row in read_csv(site.browser().get(path).content)}
    assert set(rows) == {"Fælles ledelsesinformation", "'=1+1"}
    row = rows["Fælles ledelsesinformation"]
    told = ("times_said", "years", "verdict", "commitments", "answers")
    assert [row[name] for name in told] == ["2", "2016; 2026", "partly", chain.commitment, "1"]
    assert len(read_csv(site.browser().get(path + "&q=ledelsesinformation").content)) == 1
