"""The pages of committees: taken along, sent, treated, decided, and who sees what of it."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text

from app.core.audit import AuditEntry
from app.core.clock import moved_to, now, today
from app.core.mail import Mail
from app.core.policy import Actor
from app.domain.bodies.jobs import count_new_readings
from app.domain.bodies.models import Body, BodyMeeting, Recommendation
from app.domain.contributions.models import Contribution
from app.domain.organisations.models import Organisation
from app.domain.search.service import index_everything
from tests.domain.test_bodies import draft, make, meet, send
from tests.needed import add_need
from tests.people import add_actor
from tests.said import add_idea
from tests.site import Site

MARKER = "kanariefugl"


class Committee:
    """A public committee of the municipality with an own admin, a secretary and a member."""

    def __init__(self, site: Site, **given: Any) -> None:
        with site.unit() as session:
            home = session.get_one(Organisation, site.people.municipality.organisation_id)
            self.boss = add_actor(session, "Berit Boss", home, "admin")
            self.clerk = add_actor(session, "Svend Sekretær", home)
            self.member = add_actor(session, "Ulla Udvalg", home)
            body = make(session, self.boss, advises=["Økonomiudvalget"], mandate=["drøfter alt"], **given)
            self.id, self.path = body.id, f"/udvalg/{body.key}"
        boss = site.browser(self.boss)
        assert (
            boss.post(f"{self.path}/sekretaerer", {"membership_id": self.clerk.membership_id}).status_code
            == 303
        )
        seat = {"user_id": self.member.user_id, "role": "chair"}
        assert site.browser(self.clerk).post(f"{self.path}/medlemmer", seat).status_code == 303

    def put(self, site: Site, actor: Actor, **given: Any) -> str:
        with site.unit() as session:
            made = draft(session, actor, session.get_one(Body, self.id), **given)
            send(session, actor, made)
            return f"{self.path}/indstillinger/{made.number}"


def _words(page: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.text[page.text.index("<main") :]))


def test_an_idea_is_taken_to_the_committee_and_sent_treated_and_decided(site: Site) -> None:
    committee = Committee(site)
    with site.unit() as session:
        idea = add_idea(session, site.people.vendor).reference
    head, clerk = site.browser("municipality"), site.browser(committee.clerk)
    link = f"/udvalg/tag-med?ide={idea}"
    assert link.replace("&", "&amp;") in head.get(f"/ideer/{idea}").text
    form = head.get(head.get(link).headers["location"])
    assert form.status_code == 200 and f'value="idea:{idea}"' in form.text
    advised = re.search(r'<option value="(\d+)">Økonomiudvalget', form.text)
    assert advised is not None
    fields = {"about": f"idea:{idea}", "title": "Gå med", "text": "Vi går med.", "visibility": "public"}
    sent = head.post(f"{committee.path}/indstillinger/ny", fields | {"advised_id": advised[1], "do": "send"})
    one = sent.headers["location"].split("?")[0]
    assert one == f"{committee.path}/indstillinger/1"
    assert "Gå med" in site.browser().get(f"/ideer/{idea}").text
    assert "/trin/" not in site.browser().get(one).text
    day = clerk.post(f"{committee.path}/moeder", {"held_on": today().isoformat()})
    assert day.status_code == 303
    page = clerk.get(f"{one}/trin/behandlet")
    (meeting,) = re.findall(r'<option value="(\d+)" selected', page.text)
    version = re.findall(r'name="version" value="(\d+)"', page.text)[0]
    treated = {"meeting_id": meeting, "text": "Drøftet.", "version": version}
    assert clerk.post(f"{one}/trin/behandlet", treated).status_code == 303
    late = {"outcome": "followed", "happened_on": (today() - timedelta(3)).isoformat(), "text": "Ja."}
    early = clerk.post(f"{one}/trin/afgjort", late | {"version": int(version) + 1})
    assert (
        early.status_code == 422 and "Dagen er for tidlig" in early.text and ">\nJa.</textarea>" in early.text
    )
    done = late | {"happened_on": today().isoformat(), "advised_id": advised[1], "version": int(version) + 1}
    assert clerk.post(f"{one}/trin/afgjort", done).status_code == 303
    told = _words(site.browser().get(one))
    assert "Fulgt afgjort af Økonomiudvalget" in told and "noteret af" not in told
    with site.unit() as session:
        mails = session.execute(select(Mail.recipient, Mail.subject).order_by(Mail.id)).all()
        verbs = session.scalars(
            select(AuditEntry.verb).where(AuditEntry.thing == "recommendation").order_by(AuditEntry.id)
        ).all()
    assert [
        (to.split("@")[0], subject.split(" – ")[0]) for to, subject in mails if not to.startswith("vera")
    ] == [
        ("svend", "En indstilling venter"),
        ("mona", "Din indstilling er behandlet"),
        ("mona", "Din indstilling er afgjort"),
    ]
    assert verbs == ["draft", "send", "treat", "decide"]


def test_what_is_for_its_own_people_is_missing_for_all_others_on_every_page_and_in_every_mail(
    site: Site,
) -> None:
    committee = Committee(site, name="Lukket", about=MARKER, visibility="members")
    one = committee.put(site, committee.clerk, title=f"Om {MARKER}", visibility="members")
    pages = ("", "/indstillinger", "/moeder", "/medlemmer", "/laeseliste", "/indstillinger/ny", "/ret")
    for who in ("stranger", "vendor", "neighbour", "staff", "admin"):
        browser = site.browser(who)
        for page in (*pages, one.removeprefix(committee.path)):
            answer = browser.get(f"{committee.path}{page}")
            assert answer.status_code in (303, 403, 404) and MARKER not in answer.text, (who, page)
            assert answer.status_code == browser.get(f"/udvalg/{'x' * 6}{page}").status_code, (who, page)
        assert MARKER not in browser.get("/udvalg").text
    assert MARKER in site.browser(committee.member).get(one).text
    with site.unit() as session:
        index_everything(session)
    site.work()
    assert committee.path not in site.browser("staff").get(f"/soeg?q={MARKER}").text
    with site.unit() as session:
        assert all(MARKER not in mail.text for mail in session.scalars(select(Mail).order_by(Mail.id)))


def test_a_public_recommendation_is_found_by_searching_and_not_once_its_subject_is_hidden(site: Site) -> None:
    committee = Committee(site)
    with site.unit() as session:
        need = add_need(session, site.people.municipality)
        need_id = need.id
    one = committee.put(site, committee.clerk, title=f"Om {MARKER}", contribution_id=need_id)
    site.work()
    assert one in site.browser().get(f"/soeg?q={MARKER}").text
    with site.unit() as session:
        session.get_one(Contribution, need_id).visibility = "own"
    assert one not in site.browser().get(f"/soeg?q={MARKER}").text
    assert site.browser().get(one).status_code == 404


def test_a_reading_is_put_on_by_its_address_ticked_and_moved(site: Site) -> None:
    committee = Committee(site)
    clerk, member = site.browser(committee.clerk), site.browser(committee.member)
    with site.unit() as session:
        need = add_need(session, site.people.municipality).reference
        hidden = add_need(session, site.people.neighbour, title="Vores eget", visibility="own").reference
    path = f"{committee.path}/laeseliste"
    base = site.settings.base_url
    assert clerk.post(path, {"address": f"{base}/behov/{need}"}).status_code == 303
    assert clerk.post(path, {"address": f"/behov/{need}"}).status_code == 422
    unseen = clerk.post(path, {"address": f"/behov/{hidden}", "note": "Min note"})
    assert unseen.status_code == 422 and "Min note" in unseen.text and "Vores eget" not in unseen.text
    assert clerk.post(path, {"address": "https://et.example/andet"}).status_code == 422
    other = {"address": "https://et.example/andet", "title": "Et andet sted"}
    assert clerk.post(path, other).status_code == 303
    listed = re.findall(r'id="laes-(\d+)"', clerk.get(path).text)
    assert clerk.post(f"{path}/{listed[1]}/flyt/op").status_code == 303
    assert re.findall(r'id="laes-(\d+)"', member.get(path).text) == listed[::-1]
    assert member.post(f"{path}/{listed[0]}/laest", {"read": "1"}).status_code == 303
    assert "1 tilbage at læse" in member.get(path).text and "2 tilbage at læse" in clerk.get(path).text
    assert member.post(f"{path}/{listed[0]}/fjern").status_code == 403
    with site.unit() as session:
        assert count_new_readings(session, committee.id, now() - timedelta(days=1)) == 2
    with site.unit() as session:
        mail = session.scalars(select(Mail).where(Mail.subject.like("Nyt på%")).order_by(Mail.id)).one()
    assert mail.recipient.startswith("ulla@") and "2 ting" in mail.text and "Et andet sted" not in mail.text


def test_readings_are_told_of_once_however_late_the_morning_is(site: Site) -> None:
    committee = Committee(site)
    clerk, long_ago = site.browser(committee.clerk), now() - timedelta(days=3)

    def put(title: str) -> None:
        given = {"address": f"https://et.example/{title}", "title": title}
        assert clerk.post(f"{committee.path}/laeseliste", given).status_code == 303

    def tell_at(moment: datetime) -> None:
        with site.unit() as session:
            session.execute(text("update procrastinate_jobs set scheduled_at = null"))
        with moved_to(moment):
            site.work()

    with moved_to(long_ago):
        put("Et")
        put("To")
    tell_at(long_ago + timedelta(days=2, hours=3))
    put("Tre")
    tell_at(now() + timedelta(days=1, hours=3))
    with site.unit() as session:
        told = session.scalars(select(Mail.text).where(Mail.subject.like("Nyt på%")).order_by(Mail.id)).all()
    assert [re.findall(r"\w+ ting", words) for words in told] == [["2 ting"], ["én ting"]]


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"name": "Per Persen", "role": "member"}, "Skriv adressen på siden, hvor det er offentligt."),
        ({"name": "010190-1234", "role": "member"}, "CPR"),
        ({"role": "member"}, "Vælg en kollega på listen, eller skriv et navn."),
    ],
)
def test_a_wrong_seat_is_refused_with_a_sentence_and_stays_as_typed(
    site: Site, fields: dict[str, str], sentence: str
) -> None:
    committee = Committee(site)
    answer = site.browser(committee.clerk).post(
        f"{committee.path}/medlemmer", fields | {"title": "Titel <b>"}
    )
    assert answer.status_code == 422 and sentence in answer.text and 'value="Titel &lt;b&gt;"' in answer.text
    assert site.browser("municipality").post(f"{committee.path}/medlemmer", fields).status_code == 403


def test_a_body_is_made_and_changed_by_its_admin_and_two_at_once_see_both_texts(site: Site) -> None:
    committee = Committee(site)
    boss = site.browser(committee.boss)
    fields = {"name": "Nyt", "kind": "forum", "visibility": "public", "mandate": "Et\r\n\r\nTo"}
    fields |= {"key": "5f0f36cf-6a5d-4d8b-9df1-0f55d4d1c0ab"}
    made = [boss.post("/udvalg/nyt", fields).headers["location"].split("?")[0] for _again in range(2)]
    assert made == ["/udvalg/nyt-2/medlemmer"] * 2
    assert site.browser("municipality").get("/udvalg/nyt").status_code == 403
    edit = {"name": "Andet navn", "kind": "forum", "visibility": "public", "mandate": "To", "version": "1"}
    assert boss.post("/udvalg/nyt-2/ret", edit).status_code == 303
    stale = boss.post("/udvalg/nyt-2/ret", edit | {"name": "Tredje navn"})
    assert stale.status_code == 409 and "Andet navn" in stale.text and "Tredje navn" in stale.text
    assert "Det stod der tidligere" in site.browser().get("/udvalg/nyt-2").text


def test_a_body_that_ends_on_a_day_to_come_is_at_work_until_then(site: Site) -> None:
    committee = Committee(site)
    with site.unit() as session:
        session.get_one(Body, committee.id).ended_on = today() + timedelta(days=1)
    head = site.browser("municipality")

    def told() -> tuple[bool, bool, bool, bool]:
        page, drafts, listed = (
            _words(head.get(path)) for path in (committee.path, f"{committee.path}/indstillinger", "/udvalg")
        )
        asked, badge = "Skriv en indstilling", page.count("Nedlagt") > 1  # the day itself stands below
        return asked in page, asked in drafts, badge, "nedlagt" in listed

    assert told() == (True, True, False, False)
    with moved_to(now() + timedelta(days=1)):
        assert told() == (False, False, True, True)


def test_the_page_of_a_body_takes_as_many_statements_with_ten_recommendations_as_with_one(site: Site) -> None:
    committee = Committee(site)
    for number in range(1, 11):
        committee.put(site, committee.clerk, title=f"Nr {number}")
        if number == 1:
            first = site.count_statements(site.browser(), committee.path)
    assert site.count_statements(site.browser(), committee.path) == first == 7
    with site.unit() as session:
        kinds = session.scalars(select(Recommendation.state).order_by(Recommendation.id)).all()
        assert kinds == ["sent"] * 10
        meet(session, committee.clerk, session.get_one(Body, committee.id))
        assert session.scalars(select(BodyMeeting.held_on).order_by(BodyMeeting.id)).all() == [today()]


def test_the_admin_of_the_body_sends_anothers_draft_as_it_is_read(site: Site) -> None:
    committee = Committee(site)
    with site.unit() as session:
        made = draft(session, committee.clerk, session.get_one(Body, committee.id))
        one, version = f"{committee.path}/indstillinger/{made.number}", made.version
    boss = site.browser(committee.boss)
    stale = boss.post(f"{one}/send", {"version": str(version + 1)})
    sent = boss.post(f"{one}/send", {"version": str(version)})
    assert (stale.status_code, sent.status_code) == (409, 303)
    with site.unit() as session:
        assert session.scalars(select(Recommendation.state)).all() == ["sent"]


def test_who_may_not_send_a_recommendation_hears_so_before_its_version_is_looked_at(site: Site) -> None:
    committee = Committee(site)
    one = committee.put(site, committee.clerk, visibility="public")
    for actor, status in ((committee.member, 403), (site.people.vendor, 403), (committee.boss, 409)):
        assert site.browser(actor).post(f"{one}/send", {"version": "99"}).status_code == status
