"""The pages of pressure tests: beginning, assessing without seeing the other, the result, and who sees it."""

import re
from typing import Any

import pytest
from sqlalchemy import select, text

from app.core.audit import AuditEntry
from app.core.events import announce
from app.core.mail import Mail
from app.domain.contributions.models import Contribution
from app.domain.organisations.models import Organisation
from app.domain.pressure_tests import criteria, schemas, service
from app.domain.pressure_tests.jobs import find_out_of_date
from app.domain.pressure_tests.models import Assessor, PressureTest
from app.domain.strategies.events import StrategyChanged
from app.domain.strategies.models import Strategy, Theme
from tests.people import add_actor
from tests.pressed import begin, declare, finish, theme_ids
from tests.said import add_idea, add_theme_rows
from tests.site import Browser, Site

LIST = "/trykproever"
MARKER = "kanariefugl"


def _put_themes(site: Site) -> tuple[int, list[int]]:
    """A strategy of three themes: its id and theirs."""
    with site.unit() as session:
        themes = add_theme_rows(session, "Velfærd", "Klima", "Kompetencer")
        return themes[0].strategy_id, [one.id for one in themes]


def _put_idea_test(site: Site, *, declared: bool = True) -> int:
    """Staff has the vendor's idea assessed by somebody of a municipality and an admin."""
    strategy_id, _ids = _put_themes(site)
    people = site.people
    with site.unit() as session:
        idea = add_idea(session, people.vendor)
        pair = (people.municipality, people.admin)
        test = begin(session, people.staff, *pair, strategy_id=strategy_id, idea_id=idea.id)
        if declared:
            declare(session, test, *pair)
        return test.id


def _settle(site: Site, test_id: int, first: tuple[str, ...], second: tuple[str, ...]) -> None:
    with site.unit() as session:
        test = session.get_one(PressureTest, test_id)
        finish(session, test, site.people.municipality, *first)
        finish(session, test, site.people.admin, *second)


def _fits(ids: list[int], *values: str, why: str = "Fordi") -> dict[str, str]:
    given = zip(ids, values, strict=True)
    return {name: text for one, value in given for name, text in ((f"fit-{one}", value), (f"why-{one}", why))}


def _held(site: Site, test_id: int) -> list[int]:
    with site.unit() as session:
        return theme_ids(session, session.get_one(PressureTest, test_id))


def _main(page: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.text[page.text.index("<main") :]))


def _alone(site: Site, browser: Browser, *values: str, **given: str) -> Any:
    _strategy_id, ids = _put_themes(site)
    fields = {"subject": "", "title": f"Robotter {MARKER}", "text": f"Tekst {MARKER}"} | given
    return browser.post(f"{LIST}/alene", fields | _fits(ids, *values, why=f"Grund {MARKER}"))


def test_a_municipality_presses_its_own_project_in_one_form_and_reads_what_is_missing(site: Site) -> None:
    browser = site.browser("municipality")
    response = _alone(site, browser, "not", "partly", "not")
    assert response.status_code == 303
    page = browser.get(response.headers["location"])
    words = _main(page)
    assert "Tilbage til tegnebrættet" in words and "Det her mangler: Velfærd Rammer ikke" in words.replace(
        "○", ""
    ).replace("  ", " ").replace("  ", " ")
    assert "Kun for Her Kommune" in words and f"Grund {MARKER}" in words
    assert page.text.count("<article") == 3


@pytest.mark.parametrize("path", ["/ny", "/alene"])
def test_what_is_to_be_tested_is_not_called_optional(site: Site, path: str) -> None:
    _put_themes(site)
    page = site.browser("municipality").get(LIST + path).text
    label = re.search(r'<label class="form-label" for="field-subject">(.*?)</label>', page)
    assert label and label[1] == "Hvad skal trykprøves?"


def test_what_is_missing_stands_at_its_field_and_what_was_typed_stays(site: Site) -> None:
    _strategy_id, ids = _put_themes(site)
    browser = site.browser("municipality")
    fields = _fits(ids, "hits", "not", "not", why="Min grund")
    del fields[f"fit-{ids[1]}"]
    fields[f"why-{ids[2]}"] = "010190-1234 bor her"
    response = browser.post(f"{LIST}/alene", fields | {"subject": "", "title": "Robotter <b>"})
    assert response.status_code == 422
    assert f'href="#field-fit-{ids[1]}">Vælg, om det rammer.' in response.text
    assert re.search(
        rf'href="#field-why-{ids[2]}">Hvorfor\? [^<:]+: Teksten ligner et CPR-nummer\.', response.text
    )
    assert 'value="Min grund"' in response.text and 'value="Robotter &lt;b&gt;"' in response.text
    nothing = browser.post(f"{LIST}/alene", _fits(ids, "hits", "not", "not"))
    assert "Vælg, hvad der skal trykprøves" in nothing.text
    with site.unit() as session:
        assert session.scalars(select(PressureTest.id).order_by(PressureTest.id)).all() == []


def test_the_same_form_sent_twice_makes_one_test(site: Site) -> None:
    browser = site.browser("municipality")
    _strategy_id, ids = _put_themes(site)
    fields = _fits(ids, "hits", "not", "not") | {
        "title": "Robotter",
        "key": "5f0f36cf-6a5d-4d8b-9df1-0f55d4d1c0aa",
    }
    answers = [browser.post(f"{LIST}/alene", fields).headers["location"] for _again in range(2)]
    assert answers[0] == answers[1]


@pytest.mark.parametrize(
    "who", ["stranger", "vendor", "rival", "consultancy", "neighbour", "staff", "admin", "auditor", "loner"]
)
def test_what_is_private_is_missing_for_everybody_else_on_every_page(site: Site, who: str) -> None:
    made = _alone(site, site.browser("municipality"), "hits", "not", "partly").headers["location"]
    test_id = int(made.split("/")[-1].split("?")[0])
    browser = site.browser(who)
    hidden = browser.get(f"{LIST}/{test_id}")
    missing = browser.get(f"{LIST}/{test_id + 999}")
    assert (hidden.status_code, missing.status_code) == (404, 404)
    strip = re.compile(rf"{LIST}/({test_id + 999}|{test_id})\b|[0-9a-f-]{{32,36}}")
    assert strip.sub("", hidden.text) == strip.sub("", missing.text)
    for path in (LIST, f"{LIST}/tavle", "/mit"):
        response = browser.get(path)
        assert MARKER not in response.text
    assert "0 i alt" not in browser.get(LIST).text
    for verb in ("udgiv", "aabn", "luk", "tag-tilbage", "aflys", "igen", "enighed"):
        assert browser.post(f"{LIST}/{test_id}/{verb}", {"reason": "x"}).status_code in (303, 403, 404)
    with site.unit() as session:
        test = session.get_one(PressureTest, test_id)
        assert (test.opened_at, test.published_at, test.cancelled_at) == (None, None, None)
        told = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
        assert all(MARKER not in f"{one.before}{one.after}" for one in told)
        assert all(MARKER not in mail.text for mail in session.scalars(select(Mail).order_by(Mail.id)))


def test_staff_begins_a_test_from_an_idea_and_the_assessors_are_asked_by_mail(site: Site) -> None:
    strategy_id, _ids = _put_themes(site)
    people = site.people
    with site.unit() as session:
        idea = add_idea(session, people.vendor)
        reference = idea.reference
    browser = site.browser("staff")
    page = browser.get(f"{LIST}/ny?ide={reference}")
    assert f'value="idea:{reference}" selected' in page.text and "Mona Kommune" in page.text
    fields = {
        "subject": f"idea:{reference}",
        "strategy_ids": strategy_id,
        "assessor_ids": people.municipality.user_id,
    }
    one = browser.post(f"{LIST}/ny", fields)
    assert one.status_code == 422 and "Vælg to bedømmere." in one.text
    found = browser.post(f"{LIST}/ny", fields | {"handling": "find", "asked": "alma"})
    assert found.status_code == 200 and "Alma Admin" in found.text and "Mona Kommune" in found.text
    assert "Nils Nabo" not in found.text
    pair = [people.municipality.user_id, people.admin.user_id]
    begun = browser.post(f"{LIST}/ny", fields | {"assessor_ids": pair})
    assert begun.status_code == 303
    with site.unit() as session:
        mails = {
            one.recipient: one.text
            for one in session.scalars(select(Mail).order_by(Mail.id))
            if "bedøm" in one.subject
        }
    assert set(mails) == {"mona@her.example", "alma@vaert.example"}
    assert reference in mails["mona@her.example"] and "/mit/trykproever/" in mails["mona@her.example"]


def test_the_mail_to_an_assessor_names_no_idea_that_strangers_cannot_read(site: Site) -> None:
    strategy_id, _ids = _put_themes(site)
    people = site.people
    with site.unit() as session:
        idea = add_idea(session, people.vendor, title=f"Idé om en {MARKER}")
        idea.visibility = "municipalities"
        session.flush()
        begin(
            session, people.staff, people.municipality, people.admin, strategy_id=strategy_id, idea_id=idea.id
        )
    with site.unit() as session:
        asked = select(Mail).where(Mail.subject.contains("bedømme")).order_by(Mail.id)
        mails = session.scalars(asked).all()
        assert len(mails) == 2
        assert all(MARKER not in f"{one.subject}{one.text}{one.html}" for one in mails)


def test_an_assessor_says_first_whether_there_is_a_conflict_and_one_who_has_is_replaced(site: Site) -> None:
    test_id = _put_idea_test(site, declared=False)
    browser = site.browser("municipality")
    page = browser.get(f"/mit/trykproever/{test_id}")
    assert "Soft A/S" in page.text and "Velfærd" not in _main(page)
    silent = browser.post(f"/mit/trykproever/{test_id}/habil", {"has_conflict": "true"})
    assert silent.status_code == 422 and "Skriv kort, hvad din interesse i det er." in silent.text
    gone = browser.post(
        f"/mit/trykproever/{test_id}/habil", {"has_conflict": "true", "note": "Min søster er ansat der"}
    )
    assert gone.headers["location"].startswith("/mit/trykproever?")
    assert browser.get(f"/mit/trykproever/{test_id}").status_code == 404
    staff = site.browser("staff")
    shown = staff.get(f"{LIST}/{test_id}")
    assert "Min søster er ansat der" in shown.text and "Inhabil" in shown.text
    assert "Min søster" not in site.browser("admin").get(f"/mit/trykproever/{test_id}").text
    with site.unit() as session:
        mail = session.scalars(select(Mail).where(Mail.subject.contains("anden")).order_by(Mail.id)).one()
        assert mail.recipient == "stine@vaert.example" and "søster" not in mail.text
        old = session.scalars(select(Assessor.id).where(Assessor.conflict == "declared")).one()
    address = re.search(rf"{LIST}/{test_id}/bedoemmere/{old}\b", shown.text)
    assert address is not None
    assert "Nils Nabo" in staff.get(address[0]).text
    named = staff.post(address[0], {"user_id": str(site.people.neighbour.user_id)})
    assert named.status_code == 303
    assert site.browser("neighbour").get(f"/mit/trykproever/{test_id}").status_code == 200


def test_what_is_typed_is_kept_by_a_script_and_the_other_assessor_sees_the_same_bytes(site: Site) -> None:
    test_id = _put_idea_test(site)
    ids = _held(site, test_id)
    first, other = site.browser("municipality"), site.browser("admin")
    paths = (f"{LIST}/{test_id}", f"/mit/trykproever/{test_id}", "/mit/trykproever", LIST)
    key = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")
    before = [key.sub("", other.get(path).text) for path in paths]
    counts = [site.count_statements(other, path) for path in paths]
    typed = {f"fit-{ids[0]}": "hits", f"why-{ids[0]}": "Kun min grund", "version": "1", "handling": "gem"}
    kept = first.post(f"/mit/trykproever/{test_id}", typed, headers={"Accept": "application/json"})
    assert (kept.json()["ok"], kept.json()["version"]) == (True, 2)
    assert 'value="Kun min grund"' in first.get(f"/mit/trykproever/{test_id}").text
    stale = first.post(f"/mit/trykproever/{test_id}", typed, headers={"Accept": "application/json"})
    assert stale.status_code == 409 and "andet vindue" in stale.json()["stop"]
    whole = _fits(ids, "hits", "not", "not", why="Kun min grund") | {"version": "2", "handling": "faerdig"}
    assert (
        first.post(f"/mit/trykproever/{test_id}", whole).headers["location"].startswith("/mit/trykproever?")
    )
    assert [key.sub("", other.get(path).text) for path in paths] == before
    assert [site.count_statements(other, path) for path in paths] == counts
    again = first.post(f"/mit/trykproever/{test_id}", whole | {"version": "4"})
    assert again.status_code == 422 and "Bedømmeren er færdig" in again.text


def test_two_steps_apart_are_flagged_talked_over_and_both_originals_stay(site: Site) -> None:
    test_id = _put_idea_test(site)
    _settle(site, test_id, ("hits", "not", "not"), ("not", "not", "partly"))
    ids = _held(site, test_id)
    browser = site.browser("municipality")
    page = browser.get(f"{LIST}/{test_id}")
    assert "Et tema skal drøftes" in page.text and "mere end ét trin fra hinanden" in page.text
    fields = {"theme_id": str(ids[0]), "version": re.search(r'name="version" value="(\d+)"', page.text)[1]}  # type: ignore[index]
    bare = browser.post(f"{LIST}/{test_id}/enighed", fields | {f"fit-{ids[0]}": "hits"})
    assert bare.status_code == 422 and "Skriv en linje om hvorfor." in bare.text
    agreed = browser.post(
        f"{LIST}/{test_id}/enighed", fields | {f"fit-{ids[0]}": "hits", f"why-{ids[0]}": "Natten tæller med"}
    )
    assert agreed.status_code == 303
    words = _main(browser.get(f"{LIST}/{test_id}"))
    assert "Den rammer et tema" in words and "Natten tæller med" in words
    assert "Fordi Mona Kommune siger hits" in words and "Fordi Alma Admin siger not" in words
    with site.unit() as session:
        mails = [(one.recipient, one.subject) for one in session.scalars(select(Mail).order_by(Mail.id))]
    flagged = sorted(to for to, subject in mails if subject.startswith("En trykprøvning skal drøftes"))
    done = sorted(to for to, subject in mails if subject.startswith("Resultatet af"))
    assert flagged == done == ["alma@vaert.example", "mona@her.example", "stine@vaert.example"]


def test_staff_publishes_and_takes_back_and_the_idea_shows_it_to_all(site: Site) -> None:
    test_id = _put_idea_test(site)
    _settle(site, test_id, ("hits", "not", "not"), ("hits", "not", "partly"))
    staff, stranger = site.browser("staff"), site.browser()
    with site.unit() as session:
        reference = session.scalars(select(Contribution.reference).where(Contribution.kind == "idea")).one()
    own = f'href="{LIST}/{test_id}"'
    assert own not in stranger.get(f"/ideer/{reference}").text
    assert staff.post(f"{LIST}/{test_id}/udgiv").status_code == 303
    page = stranger.get(f"{LIST}/{test_id}")
    assert "Her Kommune" in page.text and "Alma Admin</" not in page.text
    for path in (LIST, f"/ideer/{reference}"):
        assert own in stranger.get(path).text
    assert f'href="{LIST}/{test_id}#tema-' in stranger.get(f"{LIST}/tavle?strategi=strategi-2026").text
    assert site.browser("vendor").post(f"{LIST}/{test_id}/tag-tilbage").status_code == 403
    staff.post(f"{LIST}/{test_id}/tag-tilbage")
    assert stranger.get(f"{LIST}/{test_id}").status_code == 404
    assert own not in stranger.get(f"/ideer/{reference}").text


@pytest.mark.parametrize("page", ["igen", "aflys"])
def test_who_reads_a_published_test_without_leading_it_is_told_no(site: Site, page: str) -> None:
    test_id = _put_idea_test(site)
    _settle(site, test_id, ("hits", "hits", "hits"), ("hits", "hits", "hits"))
    staff, reader = site.browser("staff"), site.browser("municipality")
    assert staff.post(f"{LIST}/{test_id}/udgiv").status_code == 303
    assert reader.get(f"{LIST}/{test_id}").status_code == 200
    assert reader.get(f"{LIST}/{test_id}/{page}").status_code == 403


def test_a_changed_strategy_tells_staff_once_and_a_retest_leaves_the_old_test_linked_both_ways(
    site: Site,
) -> None:
    test_id = _put_idea_test(site)
    _settle(site, test_id, ("hits", "not", "not"), ("hits", "not", "partly"))
    with site.unit() as session:
        themes = session.scalars(select(Theme).order_by(Theme.position)).all()
        said = [{"theme_id": one.id, "value": "not", "reason": "Nej"} for one in themes]
        own = {"title": MARKER, "strategy_ids": [themes[0].strategy_id], "themes": said}
        service.press_alone(session, site.people.municipality, schemas.AloneInput.model_validate(own))
        themes[0].name = "Nær velfærd"
        changed_id = themes[0].strategy_id
        for _twice in range(2):
            announce(session, StrategyChanged(changed_id, (themes[0].id,)))
        waiting = (
            "select count(*) from procrastinate_jobs where task_name = 'pressure_tests.find_out_of_date'"
        )
        assert session.scalar(text(waiting)) == 1
    find_out_of_date(site.tools, changed_id)
    with site.unit() as session:
        mails = session.scalars(
            select(Mail).where(Mail.subject.contains("forældede")).order_by(Mail.id)
        ).all()
        assert sorted(one.recipient for one in mails) == ["alma@vaert.example", "stine@vaert.example"]
        assert all("Roligere nætter" in one.text and MARKER not in one.text for one in mails)
    staff = site.browser("staff")
    page = staff.get(f"{LIST}/{test_id}")
    assert "»Velfærd« hedder nu »Nær velfærd«" in page.text
    pair = [site.people.municipality.user_id, site.people.admin.user_id]
    strategy_id = re.findall(
        r'name="strategy_ids" value="(\d+)" checked', staff.get(f"{LIST}/{test_id}/igen").text
    )
    again = staff.post(f"{LIST}/{test_id}/igen", {"strategy_ids": strategy_id, "assessor_ids": pair})
    assert again.status_code == 303
    new_id = again.headers["location"].split("/")[-1].split("?")[0]
    old, new = staff.get(f"{LIST}/{test_id}").text, staff.get(f"{LIST}/{new_id}").text
    assert f'href="{LIST}/{new_id}"' in old and "Velfærd</h3>" in old and "Nær velfærd</h3>" not in old
    assert f'href="{LIST}/{test_id}"' in new and "Nær velfærd</h3>" in new
    twice = staff.post(f"{LIST}/{test_id}/igen", {"strategy_ids": strategy_id, "assessor_ids": pair})
    assert twice.status_code == 422 and "allerede en nyere" in twice.text


def test_a_municipality_shows_staff_what_two_have_assessed_and_takes_it_home_again(site: Site) -> None:
    strategy_id, _ids = _put_themes(site)
    with site.unit() as session:
        organisation = session.get_one(Organisation, site.people.municipality.organisation_id)
        pair = (site.people.municipality, add_actor(session, "Kaja Kollega", organisation))
        test = begin(session, pair[0], *pair, strategy_id=strategy_id, title="Fælles vagtplan")
        declare(session, test, *pair)
        for one in pair:
            finish(session, test, one, "hits", "not", "not")
        test_id = test.id
        mails = session.scalars(select(Mail).order_by(Mail.id)).all()
        assert [one.recipient for one in mails if "vagtplan" in one.text or "vagtplan" in one.subject] == []
        assert "kaja@her.example" in {one.recipient for one in mails}
    own, staff = site.browser("municipality"), site.browser("staff")
    assert own.post(f"{LIST}/{test_id}/aabn").status_code == 303
    assert "Fælles vagtplan" in staff.get(f"{LIST}/{test_id}").text
    assert own.post(f"{LIST}/{test_id}/udgiv").status_code == 403
    assert own.post(f"{LIST}/{test_id}/luk").status_code == 303
    assert staff.get(f"{LIST}/{test_id}").status_code == 404


def test_a_test_is_called_off_with_a_reason_that_only_its_makers_read(site: Site) -> None:
    test_id = _put_idea_test(site)
    staff = site.browser("staff")
    bare = staff.post(f"{LIST}/{test_id}/aflys", {"reason": " "})
    assert bare.status_code == 422
    assert staff.post(f"{LIST}/{test_id}/aflys", {"reason": "Idéen er trukket"}).status_code == 303
    assert "Idéen er trukket" in staff.get(f"{LIST}/{test_id}").text
    shown = site.browser("municipality").get(f"{LIST}/{test_id}")
    assert "aflyst" in shown.text and "Idéen er trukket" not in shown.text
    late = site.browser("municipality").post(
        f"/mit/trykproever/{test_id}", {"version": "1", "handling": "gem"}
    )
    assert late.status_code == 422 and "afsluttet eller aflyst" in late.text


def test_criteria_are_named_weighed_taken_out_and_brought_back_by_staff_alone(site: Site) -> None:
    staff = site.browser("staff")
    path = f"{LIST}/kriterier"
    assert site.browser("municipality").get(path).status_code == 403
    heavy = staff.post(f"{path}/nyt", {"name": "Modenhed", "weight": "11", "position": "1"})
    assert heavy.status_code == 422 and "Tallet må højst være 10." in heavy.text
    assert staff.post(f"{path}/nyt", {"name": "Modenhed", "weight": "3", "position": "1"}).status_code == 303
    with site.unit() as session:
        (one,) = criteria.list_criteria(session, site.people.staff)
    fields = {"name": "Parathed", "weight": "2", "position": "1", "version": "1"}
    assert staff.post(f"{path}/{one.id}", fields).status_code == 303
    stale = staff.post(f"{path}/{one.id}", fields | {"name": "Andet"})
    assert stale.status_code == 409 and "Parathed" in stale.text and 'value="Andet"' in stale.text
    assert staff.post(f"{path}/{one.id}/ud", {"version": "2"}).status_code == 303
    assert "Tag i brug igen" in staff.get(path).text
    assert staff.post(f"{path}/{one.id}/ind", {"version": "3"}).status_code == 303
    assert "Tag i brug igen" not in staff.get(path).text


def test_points_are_given_with_a_reason_and_summed_by_weight(site: Site) -> None:
    with site.unit() as session:
        criteria.add_criterion(session, site.people.staff, schemas.CriterionInput(name="Modenhed", weight=2))
        strategy_id = add_theme_rows(session, "Velfærd")[0].strategy_id
        idea = add_idea(session, site.people.vendor)
        pair = (site.people.municipality, site.people.admin)
        given = {"strategy_id": strategy_id, "idea_id": idea.id, "with_criteria": True}
        test = begin(session, site.people.staff, *pair, **given)
        declare(session, test, *pair)
        test_id = test.id
    (held,) = _held(site, test_id)
    for who, points in (("municipality", 4), ("admin", 3)):
        browser = site.browser(who)
        page = browser.get(f"/mit/trykproever/{test_id}").text
        number = re.search(r'name="score-(\d+)"', page)[1]  # type: ignore[index]
        fields = _fits([held], "hits") | {
            "version": "1",
            "handling": "faerdig",
            f"score-{number}": str(points),
        }
        assert "Skriv en linje om hvorfor." in browser.post(f"/mit/trykproever/{test_id}", fields).text
        fields[f"score-why-{number}"] = "Prøvet før"
        assert browser.post(f"/mit/trykproever/{test_id}", fields).status_code == 303
    assert "I alt 7 af 10 point." in _main(site.browser("staff").get(f"{LIST}/{test_id}"))


def test_the_list_and_the_board_take_as_many_statements_for_many_as_for_one(site: Site) -> None:
    test_id = _put_idea_test(site)
    _settle(site, test_id, ("hits", "not", "not"), ("hits", "not", "partly"))
    staff = site.browser("staff")
    paths = (LIST, f"{LIST}/tavle?strategi=strategi-2026", f"{LIST}/{test_id}")
    counts = [site.count_statements(staff, path) for path in paths]
    with site.unit() as session:
        strategy_id = session.scalars(select(Strategy.id).order_by(Strategy.id)).first() or 0
        pair = (site.people.municipality, site.people.admin)
        for number in range(6):
            idea = add_idea(session, site.people.vendor, title=f"Idé {number}")
            more = begin(session, site.people.staff, *pair, strategy_id=strategy_id, idea_id=idea.id)
            declare(session, more, *pair)
            for who in pair:
                finish(session, more, who, "not", "not", "not")
    assert [site.count_statements(staff, path) for path in paths] == counts
    assert "7 i alt" in staff.get(LIST).text


def test_what_one_assesses_is_read_in_pages_what_waits_first(site: Site) -> None:
    strategy_id, _ids = _put_themes(site)
    people = site.people
    with site.unit() as session:
        idea_id = add_idea(session, people.vendor).id
        pair = (people.municipality, people.admin)
        tests = [
            begin(session, people.staff, *pair, strategy_id=strategy_id, idea_id=idea_id) for _ in range(31)
        ]
        declare(session, tests[0], people.municipality)
        finish(session, tests[0], people.municipality, "hits", "hits", "hits")
        ids = [one.id for one in tests]
    browser = site.browser("municipality")
    pages = [_main(browser.get(f"/mit/trykproever{query}")) for query in ("", "?side=2", "?side=9")]
    linked = [
        [int(one) for one in re.findall(r'href="(?:/mit)?/trykproever/(\d+)"', browser.get(path).text)]
        for path in ("/mit/trykproever", "/mit/trykproever?side=2")
    ]
    assert linked == [ids[1:], ids[:1]]
    assert [("Venter på dig" in page, "Du har bedømt" in page) for page in pages] == [
        (True, False), (False, True), (True, False)
    ]  # fmt: skip
