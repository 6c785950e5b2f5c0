"""Which theme became which, and that what was said under an old theme is found under a new one."""

from collections.abc import Sequence

import pytest
from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.archive.loading import read_facts
from app.core.policy import SYSTEM, NotAllowed, NotFound, Refused
from app.domain.contributions.heat import (
    Cell,
    Unpromised,
    count_by_aspect,
    count_by_meeting,
    count_unpromised,
)
from app.domain.contributions.models import Answer, AnswerContribution, Contribution
from app.domain.contributions.queries import Filters, list_wishes
from app.domain.contributions.under_themes import count_by_theme
from app.domain.following.models import Follow
from app.domain.following.queries import find_followed, list_followed_themes, list_news
from app.domain.search.queries import search
from app.domain.search.schemas import Query
from app.domain.search.service import index_objects
from app.domain.strategies.crosswalk import (
    link_themes,
    list_links,
    put_link,
    themes_meaning,
    themes_meaning_each,
    unlink_themes,
)
from app.domain.strategies.models import Theme, ThemeLink
from app.domain.strategies.schemas import ThemeLinkInput
from tests.people import People
from tests.said import add_meeting_row, add_theme_rows, put_said


@pytest.fixture
def themes(session: Session) -> dict[str, Theme]:
    """Themes of three strategies in time: a…, b…, c…; `c_below` hangs under `c`."""
    made = {}
    for letter in "abc":
        names = [letter, f"{letter}2", f"{letter}3", f"{letter}_below"]
        rows = add_theme_rows(session, *names, strategy_key=f"strategi-{letter}")
        rows[3].parent_id = rows[0].id
        made |= dict(zip(names, rows, strict=True))
    session.flush()
    return made


def link(session: Session, one: Theme, other: Theme | None, kind: str = "same") -> ThemeLink:
    given = {"from_theme_id": one.id, "to_theme_id": other.id if other else None, "kind": kind}
    return link_themes(session, SYSTEM, ThemeLinkInput.model_validate(given))


def names_of(themes: dict[str, Theme], ids: Sequence[int]) -> set[str]:
    return {name for name, theme in themes.items() if theme.id in set(ids)}


def meaning_of(session: Session, themes: dict[str, Theme], name: str) -> set[str]:
    return names_of(themes, themes_meaning(session, [themes[name].id]).ids)


def test_a_theme_means_itself_and_what_hangs_below_it(session: Session, themes: dict[str, Theme]) -> None:
    meaning = themes_meaning(session, [themes["a"].id])
    assert names_of(themes, meaning.ids) == {"a", "a_below"}
    assert meaning.linked_ids == []


def test_each_kind_of_link_is_followed_the_ways_that_it_means(
    session: Session, themes: dict[str, Theme]
) -> None:
    link(session, themes["a"], themes["b"], "same")
    link(session, themes["a2"], themes["b2"], "part_of")
    link(session, themes["a3"], themes["b3"], "split")
    link(session, themes["b_below"], None, "ended")
    found = {name: meaning_of(session, themes, name) - {name} for name in ("a", "b", "a2", "b2", "a3", "b3")}
    assert found == {
        "a": {"a_below", "b", "b_below"},
        "b": {"b_below", "a", "a_below"},
        "a2": set(),
        "b2": {"a2"},
        "a3": {"b3"},
        "b3": {"a3"},
    }


def test_links_are_followed_through_the_years_and_the_nearest_stands_first(
    session: Session, themes: dict[str, Theme]
) -> None:
    first = link(session, themes["a"], themes["b2"], "part_of")
    second = link(session, themes["b2"], themes["c"], "same")
    meaning = themes_meaning(session, [themes["c"].id])
    assert names_of(themes, meaning.ids) == {"c", "c_below", "b2", "a", "a_below"}
    assert [one.id for one in meaning.links[themes["a_below"].id]] == [second.id, first.id]
    assert [one.id for one in meaning.via([themes["a"].id, themes["b2"].id])] == [second.id]
    assert meaning.via([themes["a"].id, themes["c"].id]) == ()
    assert meaning.via([themes["a2"].id]) == ()


def test_what_an_old_theme_was_also_split_into_is_another_matter(
    session: Session, themes: dict[str, Theme]
) -> None:
    link(session, themes["a"], themes["b2"], "split")
    link(session, themes["a"], themes["b3"], "split")
    assert meaning_of(session, themes, "b2") == {"b2", "a", "a_below"}
    assert meaning_of(session, themes, "a") == {"a", "a_below", "b2", "b3"}


def test_a_circle_does_no_harm(session: Session, themes: dict[str, Theme]) -> None:
    link(session, themes["a2"], themes["b2"])
    link(session, themes["b2"], themes["c2"], "part_of")
    link(session, themes["c2"], themes["a2"], "split")
    assert meaning_of(session, themes, "a2") == {"a2", "b2", "c2"}
    assert meaning_of(session, themes, "c2") == {"a2", "b2", "c2"}


def test_each_theme_by_itself_means_the_same_as_when_asked_alone(
    session: Session, themes: dict[str, Theme]
) -> None:
    link(session, themes["a2"], themes["b2"])
    asked = [themes["a2"].id, themes["b"].id]
    each = themes_meaning_each(session, asked)
    assert each == {one: themes_meaning(session, [one]) for one in asked}
    assert themes_meaning(session, []).ids == [] and themes_meaning_each(session, []) == {}


def test_only_staff_links_themes_and_takes_links_away(
    session: Session, people: People, themes: dict[str, Theme]
) -> None:
    made = link(session, themes["a"], themes["b"])
    given = ThemeLinkInput(from_theme_id=themes["a2"].id, to_theme_id=themes["b2"].id, kind="same")
    for name, actor in people.all().items():
        if name not in ("staff", "admin"):
            with pytest.raises(NotAllowed):
                link_themes(session, actor, given)
            with pytest.raises(NotAllowed):
                unlink_themes(session, actor, made.id)
    link_themes(session, people.staff, given)
    unlink_themes(session, people.staff, made.id)
    with pytest.raises(NotFound):
        unlink_themes(session, people.staff, made.id)
    assert meaning_of(session, themes, "a") == {"a", "a_below"}


def test_two_themes_are_linked_once_and_one_that_ended_becomes_nothing(
    session: Session, themes: dict[str, Theme]
) -> None:
    link(session, themes["a"], themes["b"])
    link(session, themes["a2"], None, "ended")
    for one, other, kind, code in (
        ("a", "b", "part_of", "link_known"),
        ("b", "a", "same", "link_known"),
        ("a", None, "ended", "link_ended"),
        ("a2", "b2", "same", "link_ended"),
    ):
        with pytest.raises(Refused) as refused:
            link(session, themes[one], themes[other] if other else None, kind)
        assert refused.value.code == code
    with pytest.raises(Refused, match="unknown_theme"):
        link_themes(
            session, SYSTEM, ThemeLinkInput(from_theme_id=themes["a"].id, to_theme_id=2**40, kind="same")
        )


@pytest.mark.parametrize(
    "given",
    [
        {"from_theme_id": 1, "to_theme_id": 1, "kind": "same"},
        {"from_theme_id": 1, "kind": "same"},
        {"from_theme_id": 1, "to_theme_id": 2, "kind": "ended"},
        {"from_theme_id": 1, "to_theme_id": 2, "kind": "another"},
        {"from_theme_id": 2**70, "to_theme_id": 2, "kind": "same"},
    ],
)
def test_a_link_that_leads_nowhere_is_no_link(given: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        ThemeLinkInput.model_validate(given)


def test_a_link_of_the_archive_that_staff_took_away_does_not_come_back(
    session: Session, people: People, themes: dict[str, Theme]
) -> None:
    given = ThemeLinkInput(from_theme_id=themes["a"].id, to_theme_id=themes["b"].id, kind="same")
    made = put_link(session, SYSTEM, given)
    assert put_link(session, SYSTEM, given) is made
    unlink_themes(session, people.staff, made.id)
    put_link(session, SYSTEM, given)
    assert list_links(session) == []
    link_themes(session, people.staff, given)
    assert [one.id for one in list_links(session, [themes["b"].id])] == [made.id]


def test_the_links_of_the_archive_lead_from_2016_to_2026_and_tell_what_they_rest_on() -> None:
    given = read_facts("crosswalk")
    onward: dict[str, set[str]] = {}
    for one in given:
        onward.setdefault(one["from"], set()).add(one["to"])
        assert one["note_da"] and one["note_en"] and one["source_urls"], one
    reached = {"lokal-digital-2016-2020/sikkerhed-og-tilgaengelighed-skal-gaa-haand-i-haand"}
    for _ in given:
        reached |= {to for one in reached for to in onward.get(one, ())}
    assert "fods-2026-2029/et-sammenhaengende-digitalt-fundament" in reached


# --- what is found through it


@pytest.fixture
def old_wish(session: Session, themes: dict[str, Theme]) -> Contribution:
    """A wish of the tenth meeting under a theme that became part of `c`."""
    link(session, themes["a_below"], themes["c"], "part_of")
    meeting = add_meeting_row(session)
    return put_said(
        session,
        "gammelt",
        title="Fælles broer",
        body="Vi ønsker broer",
        meeting_id=meeting.id,
        aspect="infrastructure",
        theme_ids=[themes["a_below"].id],
    )


def test_the_list_of_a_new_theme_holds_the_old_wish_and_tells_through_which_link(
    session: Session, people: People, themes: dict[str, Theme], old_wish: Contribution
) -> None:
    found = list_wishes(session, people.stranger, Filters(theme="strategi-c/c"))
    (row,) = found.listing.rows
    assert row.id == old_wish.id
    via = found.meaning.via([tag.id for tag in row.themes])
    assert [(one.kind, one.from_id, one.to_id) for one in via] == [
        ("part_of", themes["a_below"].id, themes["c"].id)
    ]
    told = found.links[via[0].id]
    assert (told.kind, told.theme.id, told.becomes and told.becomes.id) == (
        "part_of",
        themes["a_below"].id,
        themes["c"].id,
    )
    itself = list_wishes(session, people.stranger, Filters(theme="strategi-a/a"))
    assert itself.meaning.via([tag.id for tag in itself.listing.rows[0].themes]) == ()
    assert list_wishes(session, people.stranger, Filters()).links == {}
    for wrong in ("strategi-c/c2", "strategi-c", "nej/nej", "/", "c"):
        assert list_wishes(session, people.stranger, Filters(theme=wrong)).listing.rows == ()


def test_the_search_under_a_new_theme_finds_the_old_wish_and_tells_through_which_link(
    session: Session, people: People, themes: dict[str, Theme], old_wish: Contribution
) -> None:
    index_objects(session, "wish", [old_wish.id])
    results = search(session, people.stranger, Query("broer", theme_id=themes["c"].id))
    (hit,) = [found for group in results.groups for found in group.found]
    assert (hit.object_id, [one.to_id for one in hit.via]) == (old_wish.id, [themes["c"].id])
    direct = search(session, people.stranger, Query("broer", theme_id=themes["a"].id))
    assert [found.via for group in direct.groups for found in group.found] == [()]
    assert search(session, people.stranger, Query("broer", theme_id=themes["c2"].id)).total == 0


def test_who_follows_a_new_theme_hears_of_the_old_one_and_why(
    session: Session, people: People, themes: dict[str, Theme], old_wish: Contribution
) -> None:
    follow = Follow(
        user_id=people.vendor.user_id, kind="theme", thing_id=themes["c"].id, created_at=old_wish.received_at
    )
    session.add(follow)
    session.flush()
    followed = find_followed(session, people.vendor)
    (news,) = list_news(session, people.vendor, followed)
    assert news.said is not None and news.said.id == old_wish.id
    assert [tag.key for tag in news.because] == ["c"]
    assert [one.to_id for one in news.via] == [themes["c"].id]
    ids = list_followed_themes(session, people.vendor.user_id)
    assert names_of(themes, ids) == {"c", "c_below", "a_below"} == names_of(themes, list(followed.reasons))


# --- how much stands where


def rows_of(session: Session, themes: dict[str, Theme], *names: str) -> dict[int, list[int]]:
    each = themes_meaning_each(session, [themes[name].id for name in names])
    return {theme_id: meaning.ids for theme_id, meaning in each.items()}


def test_what_was_said_under_an_old_theme_counts_under_the_new_one_once(
    session: Session, people: People, themes: dict[str, Theme], old_wish: Contribution
) -> None:
    both = [themes["c"].id, themes["a_below"].id]
    new = put_said(session, "nyt", aspect="data", theme_ids=both, meeting_id=old_wish.meeting_id)
    put_said(session, "skjult", visibility="municipalities", theme_ids=both, meeting_id=new.meeting_id)
    rows = rows_of(session, themes, "c", "a", "b")
    assert count_by_meeting(session, people.stranger, rows) == [
        Cell(themes["a"].id, old_wish.meeting_id or 0, 2),
        Cell(themes["c"].id, old_wish.meeting_id or 0, 2),
    ]
    assert [one.count for one in count_by_meeting(session, people.municipality, rows)] == [3, 3]
    assert count_by_aspect(session, people.stranger, rows_of(session, themes, "c")) == [
        Cell(themes["c"].id, "data", 1),
        Cell(themes["c"].id, "infrastructure", 1),
    ]
    assert count_by_theme(session, people.stranger, rows[themes["c"].id]) == {
        themes["c"].id: 1,
        themes["a_below"].id: 2,
    }
    assert count_by_meeting(session, people.stranger, {}) == []


def test_the_themes_with_wishes_and_no_promise_stand_first(
    session: Session, people: People, themes: dict[str, Theme], old_wish: Contribution
) -> None:
    put_said(session, "a2", theme_ids=[themes["a2"].id])
    promised = put_said(session, "b2", theme_ids=[themes["b2"].id])
    put_said(session, "kort", kind="card", theme_ids=[themes["b3"].id])
    answer = Answer(kind="promise", text="Det gør vi", published_at=old_wish.received_at)
    session.add(answer)
    session.flush()
    session.add(AnswerContribution(answer_id=answer.id, contribution_id=promised.id))
    session.flush()
    rows = rows_of(session, themes, "a2", "b2", "b3", "c")
    assert count_unpromised(session, people.stranger, rows) == [
        Unpromised(themes["a2"].id, 1, 0),
        Unpromised(themes["c"].id, 1, 0),
        Unpromised(themes["b2"].id, 1, 1),
    ]
    by_others = select(Contribution.id).where(Contribution.id == old_wish.id)
    assert count_unpromised(session, people.stranger, rows, by_others) == [
        Unpromised(themes["a2"].id, 1, 0),
        Unpromised(themes["b2"].id, 1, 1),
        Unpromised(themes["c"].id, 1, 1),
    ]
