"""The organisers' questions on the pages: staff's own, the form of a sign-up, the file, and the reminder."""

import csv
import io
from typing import Any

import pytest
from sqlalchemy import select

from app.domain.meetings.models import Meeting
from app.domain.outbox.models import Batch
from app.domain.registrations.models import SignUpAnswer, SignUpQuestion
from app.domain.registrations.questions import add_question
from app.domain.registrations.schemas import QuestionInput
from tests.people import add_actor, add_organisation_row
from tests.said import add_item_row
from tests.signing_up import add_open_meeting, sign_up_for
from tests.site import Site

HERE = "/moeder/12"
QUESTIONS = f"{HERE}/rediger/spoergsmaal"
EVIL = "<script>alert(1)</script>"


@pytest.fixture
def meeting_id(site: Site) -> int:
    with site.unit() as session:
        return add_open_meeting(session).id


def ask(site: Site, meeting_id: int, text: str = "Hvad?", **given: Any) -> int:
    staff = site.people.staff
    with site.unit() as session:
        values = {"text": text, "kind": "text"} | given
        return add_question(session, staff, meeting_id, QuestionInput.model_validate(values)).id


def own(site: Site, who: str, **fields: Any) -> dict[str, Any]:
    return {"organisation": str(getattr(site.people, who).organisation_id)} | fields


def answers(site: Site) -> list[list[str]]:
    with site.unit() as session:
        return list(session.scalars(select(SignUpAnswer.said).order_by(SignUpAnswer.question_id)))


def test_only_staff_comes_to_the_questions(site: Site, meeting_id: int) -> None:
    question_id = ask(site, meeting_id)
    for path in (QUESTIONS, f"{QUESTIONS}/{question_id}"):
        assert [site.browser(who).get(path).status_code for who in ("vendor", "auditor", "stranger")] == [
            403,
            403,
            303,
        ]
        for verb in ("", "/flyt/op", "/fjern", "/stil-igen")[: 1 if path == QUESTIONS else 4]:
            assert site.browser("vendor").post(path + verb).status_code == 403
    elsewhere = f"/moeder/13/rediger/spoergsmaal/{question_id}"
    with site.unit() as session:
        add_open_meeting(session, "13")
    assert site.browser("staff").get(elsewhere).status_code == 404
    assert site.browser("staff").post(f"{elsewhere}/fjern").status_code == 404


def test_staff_adds_changes_moves_and_removes_questions(site: Site, meeting_id: int) -> None:
    browser = site.browser("staff")
    fields = {"text": "Hvilket spor?", "kind": "choice", "options": "Data\r\nKlima", "is_required": "1"}
    answer = browser.post(QUESTIONS, fields | {"key": "3d8a5a53-8e9c-4d1c-9d3e-6a3c7f1f2b4a"})
    assert answer.headers["location"] == f"{QUESTIONS}?kvittering=question_added"
    browser.post(QUESTIONS, fields | {"key": "3d8a5a53-8e9c-4d1c-9d3e-6a3c7f1f2b4a"})
    ask(site, meeting_id, "Kommer du med tog?", kind="yes_no")
    with site.unit() as session:
        first, second = session.scalars(select(SignUpQuestion.id).order_by(SignUpQuestion.id))
    browser.post(f"{QUESTIONS}/{second}/flyt/op")
    page = browser.get(QUESTIONS).text
    assert page.index("Kommer du med tog?") < page.index("Hvilket spor?")
    assert "Skal besvares" in page and "Sådan ser de ud for den, der tilmelder sig" in page
    edit = fields | {"text": "Hvilket spor vælger du?", "version": "1"}
    assert browser.post(f"{QUESTIONS}/{first}", edit).headers["location"].endswith("question_saved")
    stale = browser.post(f"{QUESTIONS}/{first}", edit | {"text": "Et andet?"})
    assert stale.status_code == 409
    assert "Det står der nu, og det skrev du" in stale.text and 'value="Et andet?"' in stale.text
    assert browser.post(f"{QUESTIONS}/{second}/fjern").headers["location"].endswith("question_removed")
    assert "Kommer du med tog?" not in browser.get(QUESTIONS).text


def test_a_question_that_cannot_be_keeps_what_was_typed(site: Site, meeting_id: int) -> None:
    answer = site.browser("staff").post(QUESTIONS, {"text": "Hvad?", "kind": "choice", "options": "Én"})
    assert answer.status_code == 422 and "Skriv mindst to valgmuligheder" in answer.text
    assert 'value="Hvad?"' in answer.text and "Én</textarea>" in answer.text


def test_the_form_of_a_sign_up_asks_keeps_and_answers_may_be_changed(site: Site, meeting_id: int) -> None:
    with site.unit() as session:
        item_id = add_item_row(session, session.get_one(Meeting, meeting_id), "Panel").id
    text = ask(site, meeting_id, "Hvad vil du spørge om?", item_id=item_id, help="Kort")
    many = ask(site, meeting_id, "Hvilke emner?", kind="many", options=["Data", "Klima"], is_required=True)
    browser = site.browser("vendor")
    page = browser.get(f"{HERE}/tilmeld").text
    assert "Kort Svaret gives videre til dem, der står for punktet på programmet." in page
    wrong = browser.post(f"{HERE}/tilmeld", own(site, "vendor", **{f"question_{text}": "Hvornår?"}))
    assert wrong.status_code == 422 and f'href="#field-question_{many}"' in wrong.text
    assert "Hvornår?</textarea>" in wrong.text and answers(site) == []
    fields = own(site, "vendor", **{f"question_{text}": "Hvornår?", f"question_{many}": ["Klima", "Data"]})
    assert browser.post(f"{HERE}/tilmeld", fields).status_code == 303
    assert answers(site) == [["Hvornår?"], ["Data", "Klima"]]
    page = browser.get(f"{HERE}/tilmelding").text
    assert "Hvornår?</textarea>" in page and page.count(" checked") == 2
    changed = own(site, "vendor", version="1", **{f"question_{text}": "", f"question_{many}": "Data"})
    assert browser.post(f"{HERE}/tilmelding", changed).headers["location"].endswith("sign_up_saved")
    assert answers(site) == [["Data"]]
    # Asked after somebody has signed up: told on the own page.
    ask(site, meeting_id, "Kommer du?", kind="yes_no", is_required=True)
    assert "Arrangørerne mangler et svar fra dig" in browser.get(f"{HERE}/tilmelding").text


def test_staff_reads_the_answers_on_the_page_in_the_list_and_in_the_file(site: Site, meeting_id: int) -> None:
    many = ask(site, meeting_id, "=Emner?", kind="many", options=["Data", "Klima"])
    yes_no = ask(site, meeting_id, "Tog?", kind="yes_no")
    fields = own(site, "vendor", **{f"question_{many}": ["Data", "Klima"], f"question_{yes_no}": "yes"})
    site.browser("vendor").post(f"{HERE}/tilmeld", fields)
    browser = site.browser("staff")
    question = browser.get(f"{QUESTIONS}/{many}").text
    assert "Data, Klima" in question and "Vera Vendor, Soft A/S" in question
    with site.unit() as session:
        registration_id = session.scalars(select(SignUpAnswer.registration_id)).first()
    person = browser.get(f"{HERE}/rediger/tilmeldinger/{registration_id}").text
    assert "Data, Klima" in person and "=Emner?" in person
    body = browser.get(f"{HERE}/rediger/tilmeldinger.csv").content.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(body), delimiter=";"))
    assert [row[-2:] for row in rows] == [["1. =Emner?", "2. Tog?"], ["Data, Klima", "ja"]]


def test_what_is_asked_and_answered_is_never_markup(site: Site, meeting_id: int) -> None:
    text = ask(site, meeting_id, EVIL, help=EVIL)
    choice = ask(site, meeting_id, "Vælg", kind="choice", options=[EVIL, "B"])
    fields = own(site, "vendor", **{f"question_{text}": EVIL, f"question_{choice}": EVIL})
    assert site.browser("vendor").post(f"{HERE}/tilmeld", fields).status_code == 303
    pages = [("staff", path) for path in (QUESTIONS, f"{QUESTIONS}/{text}", f"{QUESTIONS}/{choice}")]
    pages += [("vendor", f"{HERE}/tilmelding"), ("rival", f"{HERE}/tilmeld")]
    with site.unit() as session:
        registration_id = session.scalars(select(SignUpAnswer.registration_id)).first()
    pages += [("staff", f"{HERE}/rediger/tilmeldinger/{registration_id}")]
    for who, path in pages:
        page = site.browser(who).get(path).text
        assert EVIL not in page and "&lt;script&gt;" in page, path


def test_a_reminder_is_laid_in_the_outbox_by_one_press(site: Site, meeting_id: int) -> None:
    browser = site.browser("staff")
    path = f"{HERE}/rediger/tilmeldinger/paamindelse"
    assert browser.post(path).headers["location"].endswith("kvittering=nobody_to_remind")
    people = site.people
    with site.unit() as session:
        sign_up_for(session, people.vendor, session.get_one(Meeting, meeting_id))
    assert "Forbered en påmindelse" in browser.get(f"{HERE}/rediger/tilmeldinger").text
    first, again = (browser.post(path).headers["location"] for _ in range(2))
    with site.unit() as session:
        batch_id = session.scalars(select(Batch.id)).one()
    assert first == again == f"/udbakke/{batch_id}?kvittering=reminder_prepared"
    assert [site.browser(who).post(path).status_code for who in ("vendor", "auditor")] == [403, 403]


def test_the_pages_of_questions_ask_the_database_as_often_with_1_and_with_15(
    site: Site, meeting_id: int
) -> None:
    with site.unit() as session:
        item_id = add_item_row(session, session.get_one(Meeting, meeting_id)).id
    question_id = ask(site, meeting_id, kind="choice", options=["A", "B"], item_id=item_id)
    pages = {QUESTIONS: 6, f"{QUESTIONS}/{question_id}": 7}
    count = lambda: {path: site.count_statements(site.browser("staff"), path) for path in pages}  # noqa: E731
    assert count() == pages
    for number in range(14):
        ask(site, meeting_id, f"{number}?")
    with site.unit() as session:
        meeting = session.get_one(Meeting, meeting_id)
        for number in range(15):
            firm = add_organisation_row(session, f"f{number}", f"Firma {number}", "vendor")
            signed = sign_up_for(session, add_actor(session, f"N{number} Navn", firm), meeting)
            session.add(
                SignUpAnswer(
                    registration_id=signed.id,
                    question_id=question_id,
                    said=["A"],
                    answered_at=signed.created_at,
                )
            )
    assert count() == pages
