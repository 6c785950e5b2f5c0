"""The report of a meeting: what it tells each audience, what can be chosen, and what everybody gets first."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.audit import AuditEntry
from app.core.clock import moved_to, now, today
from app.core.documents.markup import read_html
from app.core.policy import NotAllowed
from app.domain.contributions.models import Answer, AnswerContribution, Contribution
from app.domain.meeting_reports import gathering, service
from app.domain.meeting_reports.attendance import count_for_report
from app.domain.meeting_reports.gathering import gather
from app.domain.meeting_reports.policy import may_read_report
from app.domain.meeting_reports.queries import get_choices
from app.domain.meeting_reports.schemas import NO_THEME, PARTS, Audience, Choices, read_choices
from app.domain.users.consents import withdraw_consent
from tests.in_reports import FOR_ALL, FOR_NOBODY, FOR_PARTICIPANTS, Planted, plant
from tests.people import People, with_role
from tests.said import add_meeting_row
from tests.signing_up import put_sign_up_row
from tests.site import Site, keys_in

HERE = "/moeder/77/rapport"


def planted(site: Site) -> Planted:
    people = site.people
    with site.unit() as session:
        return plant(session, people)


def found_in(text: str, words: tuple[str, ...]) -> list[str]:
    return [word for word in words if word in text]


def article(page: str) -> str:
    """The report on its page, without the forms."""
    found = re.search(r'<article class="report">(.*)</article>', page, re.DOTALL)
    assert found is not None
    return found[1]


@pytest.mark.parametrize("who", ["stranger", "vendor", "municipality", "staff"])
def test_the_report_for_everybody_tells_what_a_stranger_sees_whoever_asks(site: Site, who: str) -> None:
    planted(site)
    page = article(site.browser(who).get(HERE).text)
    assert (found_in(page, FOR_ALL), found_in(page, FOR_PARTICIPANTS), found_in(page, FOR_NOBODY)) == (
        list(FOR_ALL),
        [],
        [],
    )
    assert "[sløret af sekretariatet]" in page and "En organisation nævnes kun for dem" in page


def test_the_report_for_participants_tells_what_was_for_them_and_no_more(site: Site) -> None:
    with site.unit() as session:
        planted_meeting = plant(session, site.people)
        speaker = with_role(session, site.people.rival, planted_meeting.meeting_id, "speaker")
    both = FOR_ALL + FOR_PARTICIPANTS
    for who in (site.people.staff, speaker):
        page = article(site.browser(who).get(f"{HERE}?til=deltagere").text)
        assert (found_in(page, both), found_in(page, FOR_NOBODY)) == (list(both), [])
        assert "Kun for mødets deltagere" in page


def test_the_report_for_participants_is_shut_to_all_others(site: Site) -> None:
    planted(site)
    stranger = site.browser("stranger").get(f"{HERE}?til=deltagere")
    assert (stranger.status_code, "/log-ind" in stranger.headers["location"]) == (303, True)
    refused = site.browser("neighbour").get(f"{HERE}?til=deltagere")
    assert (refused.status_code, "kun for dem, der deltog i mødet" in refused.text) == (403, True)


def test_an_organisation_is_named_only_for_those_who_agreed_to_that_and_the_rest_are_numbers(
    session: Session, people: People
) -> None:
    there = plant(session, people)

    def count(audience: Audience, names: bool = True) -> tuple[list[tuple[str, int]], int]:
        found = count_for_report(session, there.meeting_id, audience, names)
        assert found is not None and (found.signed_up, found.came) == (3, 4)
        return [(one.name, one.people) for one in found.organisations], found.others

    assert count("everybody") == ([("Soft A/S", 1)], 3)
    assert count("participants") == ([("Huset", 1), ("Soft A/S", 1)], 2)
    assert count("participants", names=False) == ([], 4)
    withdraw_consent(session, people.vendor, "participant_list")
    assert count("everybody") == ([], 4)


def test_who_may_read_which_report(session: Session, people: People) -> None:
    meeting = add_meeting_row(session)
    speaker = with_role(session, people.vendor, meeting.id, "speaker")
    seated = replace(people.stranger, seats=frozenset({(meeting.id, 1)}))
    who = {"speaker": speaker, "seated": seated} | people.all()
    open_to = {name for name, actor in who.items() if may_read_report(actor, meeting.id, "participants")}
    assert open_to == {"speaker", "staff", "admin"}
    assert all(may_read_report(actor, meeting.id, "everybody") for actor in who.values())


def test_the_report_of_a_draft_is_missing_for_staff_too(site: Site) -> None:
    with site.unit() as session:
        add_meeting_row(session, "78", is_published=False)
    staff, here = site.browser("staff"), "/moeder/78/rapport"
    read = [site.browser("stranger").get(here), staff.get(here), staff.get(f"{here}/fil?som=docx")]
    set_ = [staff.post(f"{here}/fast", {"parts": ["minutes"], "version": "0"}), staff.post(f"{here}/alt")]
    assert [answer.status_code for answer in (*read, *set_)] == [404] * 5


def test_nobody_but_a_speaker_is_named_and_an_answer_is_told_in_full_once(
    session: Session, people: People
) -> None:
    there = plant(session, people)
    report = gather(session, there.key, Choices())
    assert report is not None
    said = {one.view.title: (one.by, one.on_behalf_of) for one in report.told}
    assert said == {
        "Aabentord": ("", "Soft A/S"),
        "Ideord": ("", "Soft A/S"),
        "Ring til nogen": ("", ""),
        "Lokaleord": ("", ""),
        "Chathamord": ("", ""),
    }
    assert [one.text for one in report.promises] == ["Loefteord"]


def test_what_is_under_two_themes_is_told_once_and_pointed_to_from_the_other(
    session: Session, people: People
) -> None:
    there = plant(session, people)
    report = gather(session, there.key, Choices(parts=("contributions",)))
    assert report is not None
    chapters = [
        (
            chapter.name,
            [one.view.title for one in chapter.told],
            [one.reference for one in chapter.elsewhere],
        )
        for chapter in report.chapters
    ]
    assert chapters[:2] == [
        ("Foerstetema 77", ["Aabentord"], []),
        ("Andettema 77", [], [there.wish]),
    ]
    assert chapters[2][0] == ""
    only_second = gather(session, there.key, Choices(themes=(there.themes[1],)))
    assert only_second is not None
    assert [[one.view.title for one in chapter.told] for chapter in only_second.chapters] == [["Aabentord"]]
    without = gather(session, there.key, Choices(themes=(NO_THEME,)))
    assert without is not None and "Aabentord" not in [one.view.title for one in without.told]


def test_what_is_published_in_answer_to_a_panels_question_stands_with_it(site: Site) -> None:
    there = planted(site)
    with site.unit() as session:
        find = session.query(Contribution).filter_by
        wish, asked = find(reference=there.wish).one(), find(title="Panelord").one()
        for number, about in enumerate(((wish, asked), (asked,)), start=1):
            session.add(answer := Answer(kind="answer", text=f"Skriftligt svar {number}", published_at=now()))
            session.flush()
            session.add_all(AnswerContribution(answer_id=answer.id, contribution_id=one.id) for one in about)
        reference = asked.reference
    whole, alone = (site.browser().get(HERE + query).text for query in ("", "?del=spoergsmaal"))
    of_panel = re.compile(rf'<h4 id="{reference.lower()}">.*?(?=<h[234]|</section>)', re.DOTALL)
    told = [
        re.findall(r"Skriftligt svar \d|Samme svar", of_panel.findall(page)[0]) for page in (whole, alone)
    ]
    assert told == [["Samme svar", "Skriftligt svar 2"], ["Skriftligt svar 1", "Skriftligt svar 2"]]
    with site.unit() as session:
        report = gather(session, there.key, Choices())
    page = site.app.state.kit.renderer.render_template(
        "meeting_reports/body.html", "da", report=report, site_address="https://forum.example"
    )
    assert read_html(page, "https://forum.example").title()


def test_an_answer_to_words_that_are_not_told_is_not_told_as_said_to_all(
    session: Session, people: People
) -> None:
    there = plant(session, people)
    unseen = session.scalars(select(Contribution).where(Contribution.title.in_(("Stabsord", "Skjultord"))))
    for number, said in enumerate((None, *unseen)):
        for kind in ("answer", "promise"):
            text = f"{kind} {number}"
            answer = Answer(kind=kind, text=text, published_at=now(), meeting_id=there.meeting_id)
            session.add(answer)
            session.flush()
            if said is not None:
                session.add(AnswerContribution(answer_id=answer.id, contribution_id=said.id))
    session.flush()
    report = gather(session, there.key, Choices())
    assert report is not None
    told = [one.text for one in report.to_all], [one.text for one in report.promises]
    assert told == (["answer 0"], ["Loefteord", "promise 0"])


def test_without_names_no_organisation_stands_beside_what_was_said_or_in_the_attendance(
    site: Site,
) -> None:
    planted(site)
    page = article(site.browser("stranger").get(f"{HERE}?del=indspil&del=fremmoede&navne=uden").text)
    assert ("Soft A/S" in page, "Aabentord" in page, "Leverandører" in page) == (False, True, True)


def test_the_choices_stay_in_the_address_and_wrong_words_are_passed_over(site: Site) -> None:
    planted(site)
    reader = site.browser("stranger")
    page = reader.get(f"{HERE}?valg=1&del=program&del=vrøvl&tema=findes/ikke&navne=kaudervælsk").text
    assert re.findall(r'<h2 id="(\w+)">', article(page)) == ["programme"]
    assert re.findall(r'name="del" value="(\w+)" checked', page) == ["program"]
    moved = reader.get(f"{HERE}?valg=1&del=program&sprog=en")
    assert moved.headers["location"] == "/en/moeder/77/rapport?valg=1&del=program"
    assert '<html lang="en">' in reader.get("/en/moeder/77/rapport").text


def test_staff_sets_what_everybody_gets_first_and_takes_it_back(site: Site) -> None:
    planted(site)
    staff, reader = site.browser("staff"), site.browser("stranger")
    page = staff.get(f"{HERE}?valg=1&del=program&del=indspil&navne=uden").text
    given = {"key": keys_in(page)[0], "parts": ["programme", "contributions"], "names": "0", "version": "0"}
    first = staff.post(f"{HERE}/fast", given)
    assert first.headers["location"] == f"{HERE}?kvittering=report_set"
    assert staff.post(f"{HERE}/fast", given).headers["location"] == first.headers["location"]
    told = article(reader.get(HERE).text)
    assert re.findall(r'<h2 id="(\w+)">', told) == ["programme", "contributions"]
    assert "Soft A/S" not in told
    stale = staff.post(f"{HERE}/fast", {"parts": ["minutes"], "version": "0"})
    assert (stale.status_code, "En anden har ændret" in stale.text) == (409, True)
    assert staff.post(f"{HERE}/fast", {"version": "1"}).status_code == 422
    staff.post(f"{HERE}/alt")
    assert "Svarord" in article(reader.get(HERE).text) and "Referatord" in article(reader.get(HERE).text)
    with site.unit() as session:
        noted = session.execute(
            select(AuditEntry.verb, AuditEntry.after)
            .where(AuditEntry.thing == "meeting")
            .order_by(AuditEntry.id)
        )
        assert [(row.verb, row.after and row.after["names"]) for row in noted] == [
            ("set_report", False),
            ("clear_report", None),
        ]


def test_only_staff_sets_what_everybody_gets_first(session: Session, people: People) -> None:
    meeting = add_meeting_row(session)
    for name, actor in people.all().items():
        if name not in ("staff", "admin"):
            with pytest.raises(NotAllowed):
                service.set_report(session, actor, meeting.id, Choices(), 0)
    service.set_report(session, people.staff, meeting.id, Choices(parts=("programme",)), 0)
    assert get_choices(session, meeting.id) == (Choices(parts=("programme",)), 1)


def test_choices_of_another_time_are_read_as_far_as_they_are_known() -> None:
    chosen = Choices("participants", "sv", ("programme", "polls"), ("a/b",), False)
    assert read_choices(chosen.as_json()) == chosen
    odd = {"audience": "alle", "language": "xx", "parts": ["noget"], "themes": [7, "a/b"], "names": True}
    assert read_choices(odd) == Choices(parts=PARTS, themes=("a/b",))


def test_a_report_sends_as_many_statements_with_thirty_contributions_as_with_few(site: Site) -> None:
    there = planted(site)
    few = site.count_statements(site.browser("stranger"), HERE)
    with site.unit() as session:
        for number in range(30):
            said = Contribution(
                kind="card",
                reference=f"IN-9{number:03}",
                title=f"Sagt {number}",
                body=f"Sagt {number}",
                status="received",
                meeting_id=there.meeting_id,
                received_at=now(),
                published_at=now(),
            )
            session.add(said)
    assert (few, site.count_statements(site.browser("stranger"), HERE)) == (19, 19)


def test_the_stamp_changes_with_what_is_told_and_not_with_time(session: Session, people: People) -> None:
    there = plant(session, people)

    def stamp() -> str:
        report = gather(session, there.key, Choices())
        assert report is not None
        return report.stamp

    before = stamp()
    assert stamp() == before
    session.query(Contribution).filter_by(reference=there.wish).one().status = "answered"
    session.flush()
    assert stamp() != before


def test_the_stamp_changes_when_a_day_passes_that_the_words_hang_on(session: Session, people: People) -> None:
    there = plant(session, people)
    wish = session.query(Contribution).filter_by(reference=there.wish).one()
    wish.answer_by = today() + timedelta(days=1)
    coming = add_meeting_row(session, "78")
    coming.status, coming.held_on = "announced", today() + timedelta(days=1)
    session.flush()

    def stamps(days: int) -> list[str]:
        with moved_to(now() + timedelta(days=days)):
            found = [gather(session, key, Choices()) for key in (there.key, coming.key)]
            return [one.stamp for one in found if one is not None]

    before, on_the_day, after = stamps(0), stamps(1), stamps(2)
    assert before[0] == on_the_day[0]
    assert [one != other for one, other in zip(on_the_day, after, strict=True)] == [True, True]


def test_a_report_with_more_than_fits_says_so(
    session: Session, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = plant(session, people)
    monkeypatch.setattr(gathering, "MOST_SAID", 3)
    report = gather(session, there.key, Choices())
    assert report is not None
    assert (report.is_cut, report.total > 3) == (True, True)


@pytest.mark.parametrize("language", ["da", "en", "sv"])
def test_the_report_is_of_the_subset_in_every_language_and_at_its_worst(site: Site, language: str) -> None:
    with site.unit() as session:
        there = plant(session, site.people)
        wish = session.query(Contribution).filter_by(reference=there.wish).one()
        wish.title, wish.body = (
            "<script>1</script> & \x85",
            "En linje\nen til\n\n<b>Nyt</b> afsnit\n- et\n- to",
        )
        report = gather(session, there.key, Choices("participants", language))
    page = site.app.state.kit.renderer.render_template(
        "meeting_reports/body.html", language, report=report, site_address="https://forum.example"
    )
    assert "<script>" not in page and "<b>" not in page
    assert read_html(page, "https://forum.example").title()


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("cancelled", "Mødet blev ikke holdt den dag"),
        ("minutes_in_review", "Referatet er til kommentering"),
        ("closed", "Der er ikke et godkendt referat endnu"),
    ],
)
def test_a_report_without_minutes_says_why(site: Site, status: str, words: str) -> None:
    with site.unit() as session:
        meeting = add_meeting_row(session)
        meeting.held_on, meeting.status = today() - timedelta(days=3), status
        put_sign_up_row(session, site.people.vendor, meeting)
    page = site.browser("stranger").get("/moeder/10/rapport").text
    assert (words in page, "Fremmøde efter slags" in page) == (True, status != "cancelled")
