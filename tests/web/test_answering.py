"""Answers as pages: written from a template, made ready, published alone or together, corrected; the rule."""

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.core.clock import today
from app.domain.answering.models import AnswerBatch, AnswerTemplate
from app.domain.contributions.models import Answer, AnswerEdition, AnswerRule, Contribution
from tests.answered import add_draft_answer, add_prepared_answer
from tests.said import add_wish
from tests.site import Site

EVIL = "<script>alert(1)</script>"


def add_wishes(site: Site, *titles: str) -> list[tuple[int, str]]:
    with site.unit() as session:
        wishes = [add_wish(session, site.people.vendor, title) for title in titles]
        return [(wish.id, wish.reference) for wish in wishes]


def add_answers(site: Site, *titles: str, **given: Any) -> list[int]:
    """Prepared answers to wishes of these titles; their ids."""
    ids = [wish_id for wish_id, _ in add_wishes(site, *titles)]
    with site.unit() as session:
        return [add_prepared_answer(session, site.people.staff, [one], **given).id for one in ids]


def words(site: Site, **given: Any) -> dict[str, Any]:
    return {
        "verdict": "partly",
        "text": "Vi laver et fælles målbillede.",
        "reason": "Resten kræver en lov.",
        "kind": "answer",
        "organisation_ids": site.people.staff.organisation_id,
    } | given


def states(site: Site) -> list[tuple[str | None, bool, bool]]:
    """(verdict, ready, published) of all answers."""
    with site.unit() as session:
        rows = session.scalars(select(Answer).order_by(Answer.id))
        return [(row.verdict, row.prepared_at is not None, row.published_at is not None) for row in rows]


def test_an_answer_is_begun_from_a_template_kept_as_a_draft_and_made_ready(site: Site) -> None:
    ((wish_id, reference),) = add_wishes(site, "Klima")
    staff = site.browser("staff")
    made = staff.post(
        "/indbakke/skabeloner/ny",
        {"title": "Delvist", "verdict": "partly", "text": "Om {title} ({reference})"},
    )
    assert made.headers["location"] == "/indbakke/skabeloner?kvittering=inbox_template"
    with site.unit() as session:
        template_id = session.scalars(select(AnswerTemplate.id)).one()
    path = f"/indbakke/svar/nyt?indspil={reference}"
    filled = staff.get(f"{path}&skabelon={template_id}").text
    assert f"Om Klima ({reference})" in filled and 'value="partly" checked' in filled
    fields = words(site, contribution_ids=wish_id, reason="")
    unready = staff.post("/indbakke/svar/nyt", fields | {"handling": "klar"})
    assert unready.status_code == 422 and "Kun et klart ja kan stå uden." in unready.text
    assert "Vi laver et fælles målbillede." in unready.text and states(site) == []
    kept = staff.post("/indbakke/svar/nyt", fields | {"handling": "gem"})
    assert kept.headers["location"] == f"/indbakke/{reference}?kvittering=inbox_draft#svar"
    with site.unit() as session:
        answer_id, version = session.execute(select(Answer.id, Answer.version)).one()
    assert staff.get(f"/indbakke/svar/{answer_id}/rediger").status_code == 200
    edited = words(site, version=version, handling="klar")
    done = staff.post(f"/indbakke/svar/{answer_id}/rediger", edited)
    assert done.headers["location"] == f"/indbakke/{reference}?kvittering=inbox_ready#svar"
    assert states(site) == [("partly", True, False)]
    stale = staff.post(f"/indbakke/svar/{answer_id}/rediger", edited | {"text": "Min tekst"})
    assert stale.status_code == 409 and "Min tekst" in stale.text and "Vi laver et fælles" in stale.text
    assert "målbillede" not in site.browser("vendor").get(f"/oensker/{reference}").text


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"verdict": "later"}, "»Senere« skal have en dag"),
        ({"verdict": "later", "again_by": "2020-01-01"}, "Vælg en dag efter i dag."),
        ({"organisation_ids": []}, "Vælg, hvem der svarer."),
    ],
)
def test_what_is_missing_in_an_answer_is_said_at_its_field(
    site: Site, given: dict[str, Any], sentence: str
) -> None:
    ((wish_id, _),) = add_wishes(site, "Klima")
    page = site.browser("staff").post("/indbakke/svar/nyt", words(site, contribution_ids=wish_id) | given)
    assert page.status_code == 422 and sentence in page.text and "Resten kræver en lov." in page.text
    assert states(site) == []


def test_a_colleagues_case_is_not_answered_and_its_answer_not_published(site: Site) -> None:
    ((wish_id, reference),) = add_wishes(site, "Klima")
    site.browser("admin").post(f"/indbakke/{reference}/tag")
    page = site.browser("staff").post("/indbakke/svar/nyt", words(site, contribution_ids=wish_id))
    assert page.status_code == 409 and "Alma Admin har sagen." in page.text
    assert states(site) == []


def test_answers_go_out_together_at_one_moment_when_all_are_ready_and_never_twice(site: Site) -> None:
    staff = site.browser("staff")
    ready = add_answers(site, "Klima")[0]
    ((wish_id, reference),) = add_wishes(site, "Velfærd")
    with site.unit() as session:
        draft = add_draft_answer(session, site.people.staff, [wish_id], verdict="no").id
    nothing = staff.post("/indbakke/udgivelser", {"name": "Svar i november"})
    assert nothing.status_code == 422 and "Sæt kryds ved mindst ét svar." in nothing.text
    put = staff.post("/indbakke/udgivelser", {"name": "Svar i november", "answer_ids": [ready, draft]})
    with site.unit() as session:
        batch_id = session.scalars(select(AnswerBatch.id)).one()
    path = f"/indbakke/udgivelser/{batch_id}"
    assert put.headers["location"] == f"{path}?kvittering=inbox_in_batch"
    assert "1 svar er endnu ikke gjort klar." in staff.get(path).text
    early = staff.post(f"{path}/udgiv")
    assert early.status_code == 422 and "Gør alle svar klar først. Kladder: 1." in early.text
    unreasoned = staff.post(f"{path}/klar")
    assert unreasoned.status_code == 422
    assert f"Svaret på {reference} mangler en begrundelse." in unreasoned.text
    staff.post(f"/indbakke/svar/{draft}/rediger", words(site, verdict="no", version=1))
    assert staff.post(f"{path}/klar").headers["location"] == f"{path}?kvittering=inbox_batch_ready"
    preview = staff.get(path).text
    assert "1 person får besked" in preview and "1 har sagt det selv" in preview
    assert staff.post(f"{path}/udgiv").status_code == 303
    assert states(site) == [("yes", True, True), ("no", True, True)]
    twice = staff.post(f"{path}/udgiv")
    assert twice.status_code == 409 and "Der er ikke udgivet noget igen." in twice.text
    site.work()
    assert "1 person har fået besked." in staff.get(path).text
    assert "1 person har fået besked." in staff.get(f"{path}/tilstand").text
    assert "Vi laver et fælles målbillede." in site.browser().get(f"/oensker/{reference}").text


def test_an_answer_is_taken_out_of_a_batch_and_an_unwanted_batch_given_up(site: Site) -> None:
    staff, answer = site.browser("staff"), add_answers(site, "Klima")[0]
    staff.post(f"/indbakke/svar/{answer}/udgivelse", {"name": "Svar"})
    with site.unit() as session:
        batch_id = session.scalars(select(AnswerBatch.id)).one()
    path = f"/indbakke/udgivelser/{batch_id}"
    assert staff.post(f"{path}/tag-ud", {"answer_id": answer}).status_code == 303
    assert staff.post(f"{path}/udgiv").status_code == 422
    assert staff.post(f"{path}/opgiv").headers["location"] == "/indbakke/svar?kvittering=inbox_batch_gone"
    assert staff.get(path).status_code == 404 and states(site) == [("yes", True, False)]


def test_one_answer_is_published_by_itself_and_corrected_with_the_old_text_left_readable(site: Site) -> None:
    staff, answer = site.browser("staff"), add_answers(site, "Klima", text=f"Ja {EVIL}")[0]
    path = f"/indbakke/svar/{answer}"
    preview = staff.get(path).text
    assert "1 person får besked" in preview and EVIL not in preview
    assert staff.post(f"{path}/udgiv", {"version": "1"}).status_code == 409
    assert staff.post(f"{path}/udgiv", {"version": "2"}).status_code == 303
    assert states(site) == [("yes", True, True)]
    assert staff.get(f"{path}/rediger").headers["location"] == path
    correction = words(site, version="3", why="Vi tog fejl af året.")
    missing = staff.post(f"{path}/ret", correction | {"why": ""})
    assert missing.status_code == 422 and "Vi laver et fælles målbillede." in missing.text
    assert staff.post(f"{path}/ret", correction).headers["location"] == f"{path}?kvittering=inbox_corrected"
    page = staff.get(path).text
    assert "Vi tog fejl af året." in page and "Ja &lt;script&gt;" in page and EVIL not in page
    with site.unit() as session:
        assert session.query(AnswerEdition).count() == 1
        assert session.scalars(select(Contribution.status)).all() == ["answered"]
    stale = staff.post(f"{path}/ret", correction | {"text": "Endnu en"})
    assert stale.status_code == 409 and "Endnu en" in stale.text


@pytest.mark.parametrize("is_out", [False, True])
def test_what_is_missing_in_an_old_form_does_not_let_it_write_over_a_colleague(
    site: Site, is_out: bool
) -> None:
    staff, answer = site.browser("staff"), add_answers(site, "Klima")[0]
    if is_out:
        staff.post(f"/indbakke/svar/{answer}/udgiv", {"version": "2"})
    path = f"/indbakke/svar/{answer}/{'ret' if is_out else 'rediger'}"
    mine = words(site, version="3" if is_out else "2", **({"why": "Fejl."} if is_out else {}))
    assert staff.post(path, mine | {"text": "Kollegaens tekst"}).status_code == 303
    incomplete = staff.post(path, mine | {"text": ""})
    assert incomplete.status_code == 422
    known = re.findall(r'name="version" value="(\d+)"', incomplete.text)[0]
    again = staff.post(path, mine | {"text": "Min tekst", "version": known})
    assert again.status_code == 409 and "Min tekst" in again.text and "Kollegaens tekst" in again.text


def test_what_is_missing_in_an_old_template_does_not_let_it_write_over_a_colleague(site: Site) -> None:
    staff = site.browser("staff")
    staff.post("/indbakke/skabeloner/ny", {"title": "Ja tak", "text": "Tak."})
    with site.unit() as session:
        path = f"/indbakke/skabeloner/{session.scalars(select(AnswerTemplate.id)).one()}"
    mine = {"title": "Ja tak", "text": "Min tekst", "version": "1"}
    assert staff.post(path, mine | {"text": "Kollegaens tekst"}).status_code == 303
    incomplete = staff.post(path, mine | {"title": ""})
    known = re.findall(r'name="version" value="(\d+)"', incomplete.text)[0]
    again = staff.post(path, mine | {"version": known})
    assert again.status_code == 409 and "Min tekst" in again.text and "Kollegaens tekst" in again.text


def test_templates_are_changed_by_one_at_a_time_and_taken_off_the_list(site: Site) -> None:
    staff = site.browser("staff")
    for title in ("Ja tak", "Nej tak"):
        staff.post("/indbakke/skabeloner/ny", {"title": title, "text": "Tak."})
    known = staff.post("/indbakke/skabeloner/ny", {"title": "Ja tak", "text": "Mere tekst"})
    assert known.status_code == 422 and "Der er en skabelon med det navn." in known.text
    with site.unit() as session:
        template_id = session.scalars(select(AnswerTemplate.id).order_by(AnswerTemplate.id)).first()
    path = f"/indbakke/skabeloner/{template_id}"
    changed = {"title": "Ja", "text": "Ja tak.", "version": "1"}
    assert staff.post(path, changed).status_code == 303
    stale = staff.post(path, changed | {"text": "Anden"})
    assert stale.status_code == 409 and "Anden" in stale.text and "Ja tak." in stale.text
    assert staff.post(f"{path}/fjern", {"version": "1"}).status_code == 409
    assert staff.post(f"{path}/fjern", {"version": "2"}).status_code == 303
    assert staff.get(path).status_code == 404
    assert site.browser("vendor").get("/indbakke/skabeloner").status_code == 403


def test_the_rule_is_set_by_staff_told_to_all_and_held_to_its_version(site: Site) -> None:
    staff = site.browser("staff")
    rule = {"at_most_days": "60", "at_least_days": "10", "before_meeting": "1", "version": "0"}
    wrong = staff.post("/indbakke/svarfrist", rule | {"at_least_days": "70"})
    assert wrong.status_code == 422 and "Der kan ikke være flere dage mindst end højst." in wrong.text
    assert staff.post("/indbakke/svarfrist", rule).status_code == 303
    assert "før det næste møde, og højst 60 dage efter" in site.browser().get("/ligebehandling").text
    stale = staff.post("/indbakke/svarfrist", rule | {"at_most_days": "30"})
    assert stale.status_code == 409 and 'value="30"' in stale.text
    day = (today() + timedelta(days=60)).isoformat()
    with site.unit() as session:
        assert session.scalars(select(AnswerRule.at_most_days)).all() == [60]
        assert add_wish(session, site.people.vendor).answer_by.isoformat() == day
