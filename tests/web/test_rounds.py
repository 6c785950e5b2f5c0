"""The pages of rounds: prepared, opened, voted in in secret, counted, published with a reason."""

import re
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import select

from app.core.clock import COPENHAGEN, moved_to, today
from app.core.jobs import defer
from app.core.mail import Mail
from app.core.policy import Actor
from app.domain.contributions.models import Contribution
from app.domain.priorities.models import PriorityRound, Vote
from tests.needed import add_need, add_network
from tests.site import Site

LIST = "/behov/runder"


class Held:
    """A network with a strategist, three needs (one for municipalities alone), and the form of a round."""

    def __init__(self, site: Site) -> None:
        people = site.people
        with site.unit() as session:
            network, self.strategist = add_network(session, people, people.municipality, people.neighbour)
            titles = {"Vagtplan": "public", "Sensorer": "public", "Sager": "municipalities"}
            made = [
                add_need(session, people.municipality, title=title, visibility=visibility)
                for title, visibility in titles.items()
            ]
            self.needs = [one.id for one in made]
            self.references = [one.reference for one in made]
            self.house = network.key
        self.deciders: list[Actor] = [people.municipality, people.neighbour]

    def form(self, **given: Any) -> dict[str, Any]:
        return {
            "house": self.house,
            "title": "Efterårets runde",
            "method": "ranking",
            "visibility": "municipalities",
            "takes": "1",
            "criterion-1-name": "Effekt",
            "criterion-1-weight": "2",
            "criterion-2-name": "Kan gøres nu",
            "need_ids": [str(one) for one in self.needs],
            "decider_ids": [str(one.user_id) for one in self.deciders],
        } | given

    def open(self, site: Site, **given: Any) -> str:
        browser = site.browser(self.strategist)
        made = browser.post(f"{LIST}/ny", self.form(**given))
        assert made.status_code == 303, made.text
        path = made.headers["location"].split("?")[0]
        assert browser.post(f"{path}/aabn", {"version": "1"}).status_code == 303
        return path


def _fields(page: str, *orders: list[str]) -> dict[str, str]:
    """A ballot filled in, one list for each criterion in the order of its boxes."""
    boxes = re.findall(r'name="(v-(\d+)-(\d+))"', page)
    criteria = list(dict.fromkeys(criterion for _, criterion, _ in boxes))
    given = {}
    for criterion, order in zip(criteria, orders, strict=True):
        names = sorted(
            (name for name, of, _ in boxes if of == criterion), key=lambda one: int(one.split("-")[2])
        )
        given |= dict(zip(names, order, strict=True))
    version = re.findall(r'name="version" value="(\d+)"', page)
    return given | {"version": version[0]}


def test_a_strategist_has_the_directors_put_needs_in_order_and_publishes_why(site: Site) -> None:
    held = Held(site)
    strategist = site.browser(held.strategist)
    offered = strategist.get(f"{LIST}/ny").text
    assert "kan kun læses af kommuner" in offered and "Sager" in offered
    path = held.open(site)
    first, second = (site.browser(one) for one in held.deciders)
    assert f"{path}/min" in first.get(LIST).text and f"{path}/min" in first.get("/mit").text
    ballot = first.get(f"{path}/min").text
    assert (
        first.post(
            f"{path}/min", _fields(ballot, ["1", "2", "3"], ["1", "3", "2"]) | {"do": "aflever"}
        ).status_code
        == 303
    )
    # Nobody reads what was given before it is counted, nor does who holds it.
    for browser in (second, strategist, site.browser("staff")):
        assert "Sådan prioriterede hver" not in browser.get(path).text
    assert f"{path}/min" not in first.get("/mit").text
    assert strategist.post(f"{path}/taelop", {"version": "2"}).status_code == 409
    fields = _fields(second.get(f"{path}/min").text, ["2", "1", "3"], ["1", "2", "2"])
    wrong = second.post(f"{path}/min", fields | {"do": "aflever"})
    assert wrong.status_code == 422 and "Kan gøres nu: brug hver plads én gang" in wrong.text
    assert second.post(f"{path}/min", fields | {"v-0-0": "x", "do": "gem"}).status_code == 303
    fields = _fields(second.get(f"{path}/min").text, ["2", "1", "3"], ["1", "2", "3"])
    assert second.post(f"{path}/min", fields | {"do": "aflever"}).status_code == 303
    assert strategist.post(f"{path}/taelop", {"version": "2"}).status_code == 303
    assert "Sådan prioriterede hver" in first.get(path).text
    assert site.browser("rival").get(path).status_code == 404
    silent = strategist.post(f"{path}/udgiv", {"version": "3", "reason": " "})
    assert silent.status_code == 422 and "Udfyld feltet" in silent.text
    assert strategist.post(f"{path}/udgiv", {"version": "3", "reason": "Vagterne haster."}).status_code == 303
    page = first.get(path).text
    assert "Vagterne haster." in page and re.findall(r"([\d]+) point", page) == ["10", "7", "1", "0"]
    assert "Nr. 1 af 3" in first.get(f"/behov/{held.references[0]}").text
    assert "Nr. 1 af 3" not in site.browser().get(f"/behov/{held.references[0]}").text
    with site.unit() as session:
        told = session.scalars(
            select(Mail.subject).where(Mail.subject.not_like("%netværk%")).order_by(Mail.id)
        )
        subjects = [one.split(" – ")[0] for one in told]
    assert [one for one in subjects if "behov" in one.lower() or "afleveret" in one or "udgivet" in one] == [
        "Vil du sætte behov i rækkefølge?",
        "Vil du sætte behov i rækkefølge?",
        "Alle har afleveret",
        "Rækkefølgen er udgivet",
        "Rækkefølgen er udgivet",
    ]


def test_up_and_down_give_all_needs_a_place_and_keep_it_without_handing_in(site: Site) -> None:
    held = Held(site)
    path = held.open(site)
    browser = site.browser("municipality")
    page = browser.get(f"{path}/min").text
    (criterion,) = dict.fromkeys(re.findall(r'value="op-(\d+)-\d+"', page)[:1])
    fields = _fields(page, ["", "", ""], ["", "", ""]) | {"do": f"op-{criterion}-{held.needs[2]}"}
    moved = browser.post(f"{path}/min", fields)
    assert moved.headers["location"] == f"{path}/min#kriterium-{criterion}"
    with site.unit() as session:
        given = session.execute(select(Vote.contribution_id, Vote.value).order_by(Vote.value)).all()
    assert [tuple(row) for row in given] == [(held.needs[0], 1), (held.needs[2], 2), (held.needs[1], 3)]
    assert "har afleveret" in site.browser(held.strategist).get(path).text
    assert site.browser("neighbour").get(path).text.count("Har afleveret") == 0


def test_points_show_what_is_left_and_are_refused_until_all_are_shared_out(site: Site) -> None:
    held = Held(site)
    path = held.open(site, method="points", points="10", **{"criterion-2-name": ""})
    browser = site.browser("municipality")
    page = browser.get(f"{path}/min").text
    assert "10 af 10 point tilbage" in page
    short = browser.post(f"{path}/min", _fields(page, ["6", "1", ""]) | {"do": "aflever"})
    assert short.status_code == 422 and "Effekt: du mangler at fordele 3 point." in short.text
    assert "3 af 10 point tilbage" in short.text
    word = browser.post(f"{path}/min", _fields(page, ["seks", "1", ""]) | {"do": "gem"})
    assert word.status_code == 422 and 'value="seks"' in word.text and "Skriv et helt tal." in word.text
    assert browser.post(f"{path}/min", _fields(page, ["6", "4", ""]) | {"do": "aflever"}).status_code == 303
    assert "Du har afleveret." in browser.get(path).text
    assert browser.post(f"{path}/min/tag-tilbage", {"version": "2"}).status_code == 303


def test_a_round_that_is_not_open_is_missing_for_others_and_wrong_input_keeps_what_was_typed(
    site: Site,
) -> None:
    held = Held(site)
    strategist = site.browser(held.strategist)
    wrong = strategist.post(f"{LIST}/ny", held.form(title="Runde <b>", **{"criterion-1-weight": "11"}))
    assert (
        wrong.status_code == 422 and 'value="Runde &lt;b&gt;"' in wrong.text and "højst være 10" in wrong.text
    )
    closed = strategist.post(f"{LIST}/ny", held.form(visibility="public"))
    assert closed.status_code == 422 and "Et af behovene kan ikke være med" in closed.text
    more = strategist.post(f"{LIST}/ny", held.form(do="kriterium"))
    assert more.status_code == 200 and 'name="criterion-3-name"' in more.text
    keyed = held.form(key="5f0f36cf-6a5d-4d8b-9df1-0f55d4d1c0ac", closes_on=today().isoformat())
    made = {strategist.post(f"{LIST}/ny", keyed).headers["location"] for _again in range(2)}
    assert made == {f"{LIST}/efteraarets-runde?kvittering=round_made"}
    path = f"{LIST}/efteraarets-runde"
    for who in ("municipality", "neighbour", "staff", "vendor", "stranger"):
        assert site.browser(who).get(path).status_code == 404
    assert site.browser("vendor").get(f"{LIST}/ny").status_code == 403
    edited = strategist.post(f"{path}/ret", held.form(title="Ny titel", version="1"))
    assert edited.status_code == 303
    stale = strategist.post(f"{path}/ret", held.form(title="Min titel", version="1"))
    assert stale.status_code == 409 and "Ny titel" in stale.text and "Min titel" in stale.text
    assert strategist.post(f"{path}/aabn", {"version": "2"}).status_code == 303
    assert strategist.get(f"{path}/ret").status_code == 200
    late = strategist.post(f"{path}/ret", held.form(version="3"))
    assert late.status_code == 422 and "Runden er åbnet" in late.text
    assert strategist.post(f"{path}/aflys", {"version": "3", "reason": "Vi venter."}).status_code == 303
    assert "Vi venter." in site.browser("municipality").get(path).text
    with site.unit() as session:
        assert session.scalars(select(PriorityRound.key).order_by(PriorityRound.id)).all() == [
            "efteraarets-runde"
        ]


def test_a_need_that_is_taken_back_has_no_title_in_the_round_any_more(site: Site) -> None:
    held = Held(site)
    path = held.open(site)
    with site.unit() as session:
        session.get_one(Contribution, held.needs[0]).status = "withdrawn"
    for who in ("neighbour", held.strategist):
        page = site.browser(who).get(path).text
        assert "Vagtplan" not in page and "Et behov, som er taget tilbage" in page


def test_a_round_that_is_past_is_told_of_by_one_mail_after_two_mornings_without_a_worker(site: Site) -> None:
    held = Held(site)
    held.open(site)
    with site.unit() as session:
        session.scalars(select(PriorityRound)).one().closes_on = today() + timedelta(days=1)

    def look(days: int, hour: int) -> list[str]:
        """What the holder has been told by then."""
        with moved_to(datetime.combine(today() + timedelta(days=days), time(hour, 50), COPENHAGEN)):
            with site.unit() as session:
                defer(session, "priorities.notice_overdue")
            site.work()
        with site.unit() as session:
            told = select(Mail.subject).where(Mail.subject.like("Rundens%")).order_by(Mail.id)
            return [subject.partition(" –")[0] for subject in session.scalars(told)]

    told = [look(days, hour) for days, hour in ((1, 6), (2, 4), (4, 10), (4, 11), (5, 5))]
    assert told == [[], [], *[["Rundens sidste dag er gået"]] * 3]
