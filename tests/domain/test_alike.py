"""What says the same is found among all that was said, whatever the meeting and the year."""

import pytest
from sqlalchemy.orm import Session

from app.core.policy import SYSTEM
from app.domain.contributions import alike
from app.domain.contributions.alike import count_askable, find_candidates, list_similar_groups
from app.domain.contributions.gathering import gather
from app.domain.contributions.models import Contribution
from tests.domain.test_gathering_contributions import statements
from tests.domain.test_likeness import FIVE_WISHES, NEAR, SAME, read_all
from tests.people import People
from tests.said import add_theme_rows, put_said


def test_of_all_that_was_said_the_likes_of_the_five_wishes_are_found_and_little_else(
    session: Session, people: People
) -> None:
    spoken, numbers = read_all()
    themes = add_theme_rows(session, *(f"t{number}" for number in range(40)))
    rows = {
        one.id: put_said(
            session,
            f"sagt-{one.id}",
            title=one.title,
            body=one.body,
            body_en=one.body_en,
            language=one.language,
            aspect=one.aspect,
            theme_ids=[themes[number].id for number in one.theme_ids],
        ).id
        for one in spoken
    }
    names = {rows[number]: name for name, number in numbers.items()}
    right = wrong = missed = 0
    for name in FIVE_WISHES:
        found = {names[one.said.id] for one in find_candidates(session, people.staff, rows[numbers[name]])}
        right += len(found & set(SAME[name].split()))
        missed += len(set(SAME[name].split()) - found)
        wrong += len(found - set(SAME[name].split()) - set(NEAR.get(name, "").split()))
    assert (right, wrong, missed) == (17, 0, 1)


def test_the_same_is_known_in_compounds_in_english_and_misspelt_and_tells_how(
    session: Session, people: People
) -> None:
    (theme,) = add_theme_rows(session, "Velfærd")
    asked = say(
        session,
        "Velfærdsteknologi til hjemmeplejen",
        body_en="Welfare technology for home care",
        aspect="innovation",
        theme_ids=[theme.id],
    )
    misspelt = say(session, "Velfærdstekonlogi i hjemmeplejen", theme_ids=[theme.id])
    english = say(session, "Better welfare technology", body="Home care needs it first.", language="en")
    say(session, "Kortere svarfrister på udbud")
    found = {one.said.id: one for one in find_candidates(session, people.staff, asked.id)}
    assert set(found) == {misspelt.id, english.id}
    assert found[misspelt.id].reasons == ("same_words", "near_spelling", "same_theme")
    assert set(found[misspelt.id].words) == {"velfærdstekonlogi", "hjemmeplejen"}


def say(session: Session, title: str, body: str = "", **given: object) -> Contribution:
    number = session.query(Contribution).count()
    return put_said(session, f"sagt-{number}", title=title, body=body or title, **given)


def test_ideas_drafts_and_what_is_out_of_sight_say_nothing_the_same(session: Session, people: People) -> None:
    asked = say(session, "Ens sikkerhedskrav i alle udbud")
    for number, given in enumerate(
        (
            {"kind": "idea"},
            {"status": "draft", "published_at": None},
            {"status": "withdrawn"},
            {"waiting_reason": "newcomer", "published_at": None},
        )
    ):
        row = say(session, f"Ens sikkerhedskrav {number}")
        for field, value in given.items():
            setattr(row, field, value)
    session.flush()
    assert find_candidates(session, people.staff, asked.id) == []


def test_each_reader_is_shown_what_they_may_read(session: Session, people: People) -> None:
    asked = say(session, "Ens sikkerhedskrav i alle udbud")
    closed = say(session, "Ens sikkerhedskrav i udbud", visibility="municipalities")
    seen = {
        name: [one.said.id for one in find_candidates(session, actor, asked.id)]
        for name, actor in people.all().items()
    }
    readers = {"municipality", "neighbour", "staff", "admin"}
    assert {name for name, found in seen.items() if found == [closed.id]} == readers
    assert all(found == [] for name, found in seen.items() if name not in readers)


def test_what_stands_together_already_is_no_candidate_and_what_leads_elsewhere_names_its_lead(
    session: Session, people: People
) -> None:
    asked, with_it = say(session, "Ens sikkerhedskrav i udbud"), say(session, "Ens sikkerhedskrav i udbud nu")
    other, under_other = (
        say(session, "Sikkerhedskrav ens i udbud"),
        say(session, "Sikkerhedskravene ens i udbud"),
    )
    gather(session, people.staff, asked.id, [with_it.id])
    gather(session, people.staff, other.id, [under_other.id])
    found = find_candidates(session, people.staff, asked.id)
    assert {(one.said.id, one.lead_id) for one in found} == {(other.id, other.id), (under_other.id, other.id)}
    assert find_candidates(session, people.staff, with_it.id) != []


def test_what_is_open_and_alike_stands_in_one_group_only(session: Session, people: People) -> None:
    said = [say(session, f"Ens sikkerhedskrav i udbud {word}") for word in ("nu", "straks", "snart")]
    say(session, "Kortere svarfrister")
    (group,) = list_similar_groups(session, people.staff)
    assert {group.said.id, *(one.said.id for one in group.candidates)} == {one.id for one in said}


def test_each_page_asks_about_so_many_that_are_open(
    session: Session, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alike, "PER_PAGE", 2)
    old = [say(session, f"Ens sikkerhedskrav i udbud {word}") for word in ("nu", "straks")]
    new = [say(session, f"Kortere svarfrister for kommuner {word}") for word in ("snart", "senere")]
    pages = [list_similar_groups(session, people.staff, page) for page in (1, 2, 3)]
    assert count_askable(session, people.staff) == 4
    assert [
        [{group.said.id, *(one.said.id for one in group.candidates)} for group in page] for page in pages
    ] == [[{one.id for one in new}], [{one.id for one in old}], []]


def test_words_are_counted_among_the_newest_and_what_is_old_is_found_all_the_same(
    session: Session, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alike, "SAMPLE", 3)
    old = say(session, "Ens sikkerhedskrav i alle udbud")
    for word in ("svarfrister", "kontrakter", "betaling"):
        say(session, f"Kortere {word}")
    asked = say(session, "Ens sikkerhedskrav i udbud")
    assert [one.said.id for one in find_candidates(session, people.staff, asked.id)] == [old.id]


def test_the_rarest_words_of_a_text_are_looked_for_until_enough_is_met(
    session: Session, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alike, "MOST_MET", 6)
    asked = say(session, "Ens sikkerhedskrav i udbud")
    same = say(session, "Ens sikkerhedskrav i udbud nu")
    for number in range(30):
        say(session, f"Udbud af {'abcdefghijklmnopqrstuvwxyzæøå0'[number]}pparater")
    assert [one.said.id for one in find_candidates(session, people.staff, asked.id)] == [same.id]


def test_the_statements_are_as_many_however_much_was_said(session: Session, people: People) -> None:
    assert list_similar_groups(session, SYSTEM) == []
    asked = say(session, "Ens sikkerhedskrav i udbud")
    say(session, "Ens sikkerhedskrav i udbud nu")
    counts = []
    for _ in range(2):
        with statements(session) as sent:
            find_candidates(session, people.staff, asked.id)
        with statements(session) as sent_for_groups:
            list_similar_groups(session, people.staff)
        counts.append((len(sent), len(sent_for_groups)))
        for number in range(15):
            say(session, f"Ens sikkerhedskrav i udbud {number}")
    assert counts == [(4, 6), (4, 6)]
