"""My contributions: where each stands, what happens next and when, the answer, the promise; and the reply to
what staff asks."""

import re
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.audit import AuditEntry
from app.core.clock import moved_to
from app.core.policy import Actor
from app.domain.answering.models import Pause
from app.domain.answering.pausing import ask_for_more
from app.domain.answering.publishing import object_to_answer, publish_answer
from app.domain.answering.schemas import MoreInput, ReplyInput
from app.domain.contributions.gathering import gather
from app.domain.contributions.models import Contribution
from app.domain.contributions.needs.schemas import NeedStateInput
from app.domain.contributions.needs.service import note_state
from tests.answered import add_prepared_answer
from tests.needed import add_need
from tests.promised import add_commitment
from tests.said import add_meeting_row, add_wish, put_said
from tests.site import Site

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def answer(session: Session, actor: Actor, said: Contribution, **given: object) -> None:
    prepared = add_prepared_answer(session, actor, [said.id], **given)
    publish_answer(session, actor, prepared.id, prepared.version)


def ask(session: Session, actor: Actor, said: Contribution, question: str = "Hvor mange bruger det?") -> None:
    reply_by = (NOON + timedelta(days=10)).date()
    ask_for_more(session, actor, said.id, MoreInput(question=question, reply_by=reply_by))


def read_rows(page: str) -> dict[str, dict[str, str]]:
    """{reference: {term: words}} of the list, without markup."""
    rows = {}
    for reference, html in re.findall(
        r'<article class="own-said" id="([^"]+)">(.*?)</article>', page, re.DOTALL
    ):
        pairs = re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", html, re.DOTALL)
        rows[reference] = {term: " ".join(re.sub(r"<[^>]+>", " ", words).split()) for term, words in pairs}
    return rows


def test_each_says_its_next_step_its_date_its_answer_and_its_promise(site: Site) -> None:
    people = site.people
    with moved_to(NOON):
        with site.unit() as session:
            waiting = add_wish(session, people.vendor, "Venter")
            later = add_wish(session, people.vendor, "Senere")
            promised = add_wish(session, people.vendor, "Lovet")
            no = add_wish(session, people.vendor, "Afvist")
            late = add_wish(session, people.vendor, "Forsinket")
            late.answer_by = date(2026, 11, 1)
            card = put_said(
                session, "k", kind="card", title="Kort", on_behalf_of_id=people.vendor.organisation_id
            )
            answer(
                session, people.staff, later, verdict="later", reason="Loven mangler", again_by="2027-03-01"
            )
            answer(session, people.staff, no, text="Nej, det går ikke.", verdict="no", reason="Loven")
            answer(session, people.staff, promised)
            line = add_commitment(session, people.staff, contribution_ids=[promised.id])
        rows = read_rows(site.browser("vendor").get("/mit/bidrag").text)
    signed = "Værtsforeningen, 21. november 2026"
    assert rows == {
        late.reference: {
            "Næste skridt": "Sekretariatet læser det og fordeler det.",
            "Dato": "Svaret skulle være kommet senest 1. november 2026 Svaret er forsinket",
        },
        card.reference: {
            "Næste skridt": "Sekretariatet læser det og fordeler det.",
            "Dato": "Der er ikke sat en dato for svar.",
        },
        no.reference: {"Næste skridt": "Læs begrundelsen.", "Svar": f"Nej, det går ikke. {signed}"},
        promised.reference: {
            "Næste skridt": "Det er planlagt.",
            "Dato": "Skal være gjort senest 30. juni 2027",
            "Svar": f"Ja. Det gør vi. {signed}",
            "Løfte": f"{line.reference} Fælles målbilleder Besluttet Værtsforeningen · Senest 30. juni 2027",
        },
        later.reference: {
            "Næste skridt": "Der er svaret »senere«. Det endelige svar er ved at blive skrevet.",
            "Dato": "Svar senest 1. marts 2027.",
            "Svar": f"Senere. Det gør vi. {signed}",
        },
        waiting.reference: {
            "Næste skridt": "Sekretariatet læser det og fordeler det.",
            "Dato": "Svar senest 19. februar 2027.",
        },
    }


def test_what_was_said_aloud_by_the_same_organisation_shows_the_answer_and_promise_of_its_lead(
    site: Site,
) -> None:
    people = site.people
    with moved_to(NOON):
        with site.unit() as session:
            lead = add_wish(session, people.rival, "Det samme, sendt ind")
            meeting = add_meeting_row(session)
            aloud = put_said(
                session,
                "a",
                kind="card",
                title="Sagt højt",
                on_behalf_of_id=people.vendor.organisation_id,
                meeting_id=meeting.id,
            )
            gather(session, people.staff, lead.id, [aloud.id])
            answer(session, people.staff, lead)
            line = add_commitment(session, people.staff, contribution_ids=[lead.id])
        page = site.browser("vendor").get("/mit/bidrag?maade=sagt-hoejt").text
        sent = site.browser("vendor").get("/mit/bidrag?maade=sendt").text
    rows = read_rows(page)
    assert list(rows) == [aloud.reference]
    assert rows[aloud.reference]["Svar"] == "Ja. Det gør vi. Værtsforeningen, 21. november 2026"
    assert rows[aloud.reference]["Løfte"].startswith(line.reference)
    assert f'href="/oensker/{lead.reference}">{lead.reference} Det samme, sendt ind</a>' in page
    assert "Ingen af jeres bidrag står sådan lige nu." in sent


def test_a_need_stands_everywhere_as_far_as_its_people_say_it_has_come(site: Site) -> None:
    people = site.people
    with moved_to(NOON):
        with site.unit() as session:
            needs = {}
            for title, state in STATES_OF_NEEDS.items():
                need = add_need(session, people.municipality, title=title, body=f"{title}: sådan er det.")
                if state != "registered":
                    given = {
                        "state": state,
                        "happened_on": NOON.date(),
                        "note": "Fordi.",
                        "version": need.version,
                    }
                    note_state(session, people.municipality, need.id, NeedStateInput.model_validate(given))
                needs[title] = need.reference
        site.work()
        browser = site.browser("municipality")
        page = browser.get("/mit/bidrag").text
        shown = {
            word: sorted(read_rows(browser.get(f"/mit/bidrag?status={word}").text))
            for word in ("venter", "lovet", "gennemfoert", "besvaret", "forsinket")
        }
        listed = {
            path: {title: badge_at(browser.get(path).text, title) for title in STATES_OF_NEEDS}
            for path in ("/mit/bidrag", "/behov", "/kommuner/her", "/soeg?q=behovet")
        }
    assert shown == {
        "venter": [needs["Behovet ét"]],
        "lovet": [needs["Behovet to"]],
        "gennemfoert": [needs["Behovet tre"]],
        "besvaret": [needs["Behovet fire"]],
        "forsinket": [],
    }
    words = ("Registreret", "I gang", "Gennemført", "Opgivet")
    assert listed == {path: dict(zip(STATES_OF_NEEDS, words, strict=True)) for path in listed}
    assert {row["Næste skridt"] for row in read_rows(page).values()} == {
        "Sekretariatet læser det og fordeler det.",
        "Der arbejdes på det.",
        "Det er gennemført.",
        "Det er opgivet.",
    }


STATES_OF_NEEDS = {
    "Behovet ét": "registered",
    "Behovet to": "in_progress",
    "Behovet tre": "carried_out",
    "Behovet fire": "dropped",
}


def badge_at(page: str, title: str) -> str:
    """The words of the first badge in the card of this title."""
    plain = page.replace("<mark>", "").replace("</mark>", "")
    cards = re.split(r"<article|<li>", plain.split("<main", 1)[1])
    card = next(one for one in cards if re.search(rf">\s*{title}", one))
    found = re.search(r'<span class="badge tone-[a-z]+">([^<]+)</span>', card)
    return found[1] if found else ""


def test_the_states_count_what_they_show(site: Site) -> None:
    people = site.people
    with moved_to(NOON):
        with site.unit() as session:
            add_wish(session, people.vendor, "Venter")
            late = add_wish(session, people.vendor, "Forsinket")
            late.answer_by = date(2026, 11, 1)
            asked = add_wish(session, people.vendor, "Spurgt")
            ask(session, people.staff, asked)
        vendor = site.browser("vendor")
        shown = {
            word: list(read_rows(vendor.get(f"/mit/bidrag?status={word}").text))
            for word in ("forsinket", "mangler-oplysninger", "besvaret", "gibberish")
        }
        page = vendor.get("/mit/bidrag").text
    assert shown["forsinket"] == [late.reference]
    assert shown["mangler-oplysninger"] == [asked.reference]
    assert shown["besvaret"] == []
    assert len(shown["gibberish"]) == 3
    assert "Svaret er forsinket (1)" in page and "Mangler oplysninger fra jer (1)" in page


def test_a_question_from_staff_stands_first_and_its_reply_starts_the_clock_again(site: Site) -> None:
    people = site.people
    with moved_to(NOON):
        with site.unit() as session:
            asked = add_wish(session, people.vendor, "Spurgt")
            ask(session, people.staff, asked, "Hvor <mange> bruger det?")
            add_wish(session, people.vendor, "Nyere")
        vendor = site.browser("vendor")
        page = vendor.get("/mit/bidrag").text
        assert page.index("Hvor &lt;mange&gt; bruger det?") < page.index("Nyere")
        assert "Svar senest 1. december 2026." in page
        assert "Læs spørgsmålet, og svar" in vendor.get("/mit").text
        path = f"/mit/bidrag/{asked.reference}/uddyb"
        empty = vendor.post(path, {"text": " "})
        assert empty.status_code == 422 and 'id="field-text"' in empty.text
        key = "0b0c6a5e-52cf-4a8c-9f6f-5c2a4d1d1f00"
        for _again in range(2):
            response = vendor.post(path, {"text": "Tolv kommuner.", "key": key})
            assert response.headers["location"] == "/mit/bidrag?kvittering=own_replied"
        with site.unit() as session:
            pause = session.scalars(select(Pause).where(Pause.contribution_id == asked.id)).one()
            assert (pause.reply, pause.ended_as) == ("Tolv kommuner.", "reply")
            told = select(AuditEntry.verb).where(AuditEntry.verb == "tell_more").order_by(AuditEntry.id)
            assert session.scalars(told).all() == ["tell_more"]
        assert "Hvor &lt;mange&gt;" not in vendor.get("/mit/bidrag").text
        again = vendor.post(path, {"text": "Én til."})
        assert again.status_code == 409 and "Der er ikke noget ubesvaret spørgsmål" in again.text


def test_nobody_else_reads_the_question_or_replies(site: Site) -> None:
    people = site.people
    with moved_to(NOON):
        with site.unit() as session:
            asked = add_wish(session, people.vendor, "Spurgt")
            ask(session, people.staff, asked, "Hemmeligt spørgsmål")
        for who in ("rival", "newcomer", "municipality", "staff"):
            browser = site.browser(who)
            assert "Hemmeligt spørgsmål" not in browser.get("/mit/bidrag").text, who
            reply = browser.post(f"/mit/bidrag/{asked.reference}/uddyb", {"text": "Mit svar"})
            assert reply.status_code == 403, who
        assert site.browser().get("/mit/bidrag").status_code == 303
        assert site.browser().post(f"/mit/bidrag/{asked.reference}/uddyb", {"text": "x"}).status_code == 303


def test_an_objection_shows_that_staff_looks_again(site: Site) -> None:
    people = site.people
    with moved_to(NOON):
        with site.unit() as session:
            wish = add_wish(session, people.vendor)
            prepared = add_prepared_answer(session, people.staff, [wish.id])
            publish_answer(session, people.staff, prepared.id, prepared.version)
            object_to_answer(
                session, people.vendor, wish.id, prepared.id, ReplyInput(text="Det var et andet."), 90
            )
        rows = read_rows(site.browser("vendor").get("/mit/bidrag").text)
    assert rows[wish.reference]["Næste skridt"].startswith("I har skrevet, at svaret ikke svarer på det.")


def test_one_follows_and_lets_go_from_the_list(site: Site) -> None:
    with site.unit() as session:
        wish = add_wish(session, site.people.vendor)
    vendor = site.browser("vendor")
    for words in ("foelg", "foelg-ikke"):
        action = re.search(rf'action="(/{words}/[a-z]+/{wish.id})"', vendor.get("/mit/bidrag").text)
        assert action is not None, words
        response = vendor.post(action[1], {"fra": "bidrag", "tempo": "ugentligt"})
        assert response.headers["location"].startswith("/mit/bidrag?kvittering=follow_")
    assert f'action="/foelg/oenske/{wish.id}"' in vendor.get("/mit/bidrag").text


def test_statements_do_not_grow_with_the_rows(site: Site) -> None:
    people = site.people

    def fill(numbers: range) -> None:
        with site.unit() as session:
            meeting = add_meeting_row(session, f"fyld-{numbers.start}")
            soft = people.vendor.organisation_id
            for number in numbers:
                wish = add_wish(session, people.vendor, f"Ønske {number}")
                card = put_said(
                    session, f"k{number}", kind="card", on_behalf_of_id=soft, meeting_id=meeting.id
                )
                gather(session, people.staff, wish.id, [card.id])
                answer(session, people.staff, wish)
                add_commitment(session, people.staff, contribution_ids=[wish.id])

    vendor = site.browser("vendor")
    fill(range(1))
    few = site.count_statements(vendor, "/mit/bidrag")
    fill(range(1, 15))
    assert (few, site.count_statements(vendor, "/mit/bidrag")) == (10, 10)
