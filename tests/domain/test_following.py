"""Following: fields and themes that somebody chooses, and what is new on them."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.audit import AuditEntry
from app.core.clock import moved_to, now
from app.core.policy import SYSTEM, NotAllowed, NotFound, Refused
from app.domain.contributions.schemas import AnswerFacts
from app.domain.contributions.service import put_answer, tag_contributions
from app.domain.following.fields import FIELDS, WORDS
from app.domain.following.models import Follow
from app.domain.following.queries import find_followed, find_interests, find_pace, list_news
from app.domain.following.schemas import MOST_FOLLOWED, InterestsInput
from app.domain.following.service import choose_interests, follow, unfollow
from app.domain.strategies.models import Theme
from app.web.labels import LABELS
from tests.people import People
from tests.said import add_card_row, add_idea_draft, add_meeting_row, add_theme_rows, add_wish, put_said


def choose(*theme_ids: int, fields: tuple[str, ...] = ()) -> InterestsInput:
    return InterestsInput.model_validate({"theme_ids": list(theme_ids), "fields": list(fields)})


def test_choosing_is_exact_and_logged_once(session: Session, people: People) -> None:
    first, second, third = add_theme_rows(session, "Klima", "Data", "Skole")
    actor = people.municipality
    choose_interests(session, actor, choose(first.id, second.id, fields=("it", "health")))
    choose_interests(session, actor, choose(second.id, third.id, fields=("children",)))
    choose_interests(session, actor, choose(second.id, third.id, fields=("children",)))
    found = find_interests(session, actor.user_id or 0)
    assert (found.fields, found.theme_ids) == (("children",), (second.id, third.id))
    entries = session.execute(
        select(AuditEntry.before, AuditEntry.after)
        .where(AuditEntry.verb == "choose_interests")
        .order_by(AuditEntry.id)
    ).all()
    two = {"fields": ["health", "it"], "theme_ids": [first.id, second.id]}
    assert [tuple(entry) for entry in entries] == [
        ({"fields": [], "theme_ids": []}, two),
        (two, {"fields": ["children"], "theme_ids": [second.id, third.id]}),
    ]


def test_an_unknown_theme_changes_nothing(session: Session, people: People) -> None:
    (theme,) = add_theme_rows(session, "Klima")
    follow(session, people.vendor, "theme", theme.id)
    with pytest.raises(Refused) as refused:
        choose_interests(session, people.vendor, choose(999_999))
    assert refused.value.code == "unknown_theme"
    with pytest.raises(NotFound):
        follow(session, people.vendor, "strategy", theme.id)
    assert find_interests(session, people.vendor.user_id or 0).theme_ids == (theme.id,)


def test_following_twice_is_once_and_is_each_ones_own(session: Session, people: People) -> None:
    (theme,) = add_theme_rows(session, "Klima")
    follow(session, people.vendor, "theme", theme.id)
    follow(session, people.vendor, "theme", theme.id)
    paces = {name: find_pace(session, actor, "theme", theme.id) for name, actor in people.all().items()}
    assert paces == dict.fromkeys(paces) | {"vendor": "weekly"}
    unfollow(session, people.rival, "theme", theme.id)
    assert find_pace(session, people.vendor, "theme", theme.id) == "weekly"
    unfollow(session, people.vendor, "theme", theme.id)
    assert session.scalars(select(Follow.id)).all() == []


def test_strangers_follow_nothing(session: Session, people: People) -> None:
    (theme,) = add_theme_rows(session, "Klima")
    for verb in (follow, unfollow):
        with pytest.raises(NotAllowed):
            verb(session, people.stranger, "theme", theme.id)
    with pytest.raises(NotAllowed):
        choose_interests(session, people.stranger, choose(theme.id))


def test_nobody_follows_without_end(session: Session, people: People) -> None:
    (theme,) = add_theme_rows(session, "Klima")
    session.add_all(
        Follow(user_id=people.vendor.user_id, kind="theme", thing_id=10_000 + n, created_at=now())
        for n in range(MOST_FOLLOWED)
    )
    session.flush()
    with pytest.raises(Refused) as refused:
        follow(session, people.vendor, "theme", theme.id)
    assert refused.value.code == "too_many_followed"


def test_every_field_has_its_words_and_its_label() -> None:
    assert set(WORDS) == set(FIELDS) == set(LABELS["field"])


# --- news


def test_news_are_of_followed_themes_and_those_below_with_the_reason(
    session: Session, people: People
) -> None:
    above, other = add_theme_rows(session, "Klima", "Skole")
    below = Theme(
        strategy_id=above.strategy_id, parent_id=above.id, key="vand", code="", position=9, name="Vand"
    )
    session.add(below)
    session.flush()
    follow(session, people.municipality, "theme", above.id)
    with moved_to(datetime(2026, 11, 20, 12, tzinfo=UTC)):
        add_wish(session, people.vendor, "Om vand", theme_ids=[below.id])
    with moved_to(datetime(2026, 11, 21, 12, tzinfo=UTC)):
        add_wish(session, people.vendor, "Om klima", theme_ids=[above.id, other.id])
    add_wish(session, people.vendor, "Om skole", theme_ids=[other.id])
    followed = find_followed(session, people.municipality)
    news = list_news(session, people.municipality, followed)
    assert [(one.said and one.said.title, [tag.name for tag in one.because]) for one in news] == [
        ("Om klima", ["Klima"]),
        ("Om vand", ["Klima"]),
    ]


def test_an_answer_is_news_because_of_what_it_answers(session: Session, people: People) -> None:
    (theme,) = add_theme_rows(session, "Klima")
    follow(session, people.municipality, "theme", theme.id)
    with moved_to(datetime(2026, 11, 1, 12, tzinfo=UTC)):
        wish = add_wish(session, people.vendor, theme_ids=[theme.id])
    for key, published_at in (("ude", datetime(2026, 11, 2, tzinfo=UTC)), ("inde", None)):
        given = {"key": key, "kind": "answer", "text": key, "published_at": published_at}
        facts = AnswerFacts.model_validate(given | {"contribution_ids": [wish.id]})
        put_answer(session, SYSTEM, facts)
    news = list_news(session, people.municipality, find_followed(session, people.municipality))
    told = [(one.answer and one.answer.text, one.said and one.said.title) for one in news]
    assert told == [("ude", None), (None, "Fælles målbilleder")]
    assert [[tag.name for tag in one.because] for one in news] == [["Klima"], ["Klima"]]


def test_what_one_may_not_see_is_no_news(session: Session, people: People) -> None:
    (theme,) = add_theme_rows(session, "Klima")
    meeting = add_meeting_row(session)
    put_said(
        session, "egen", visibility="own", theme_ids=[theme.id], on_behalf_of_id=people.rival.organisation_id
    )
    put_said(session, "stab", visibility="staff", theme_ids=[theme.id])
    card = add_card_row(session, people.staff, meeting)
    add_idea_draft(session, people.rival, theme_ids=[theme.id])
    tag_contributions(session, people.staff, [card.id], theme_ids=[theme.id])
    counts = {}
    for name, actor in people.all().items():
        if actor.is_signed_in:
            follow(session, actor, "theme", theme.id)
            counts[name] = len(list_news(session, actor, find_followed(session, actor)))
    assert counts == {
        "vendor": 0,
        "rival": 1,
        "consultancy": 0,
        "municipality": 0,
        "neighbour": 0,
        "staff": 2,
        "admin": 2,
        "auditor": 0,
        "loner": 0,
        "newcomer": 0,
    }


def test_who_follows_nothing_has_no_news(session: Session, people: People) -> None:
    for actor in (people.vendor, people.stranger):
        followed = find_followed(session, actor)
        assert (followed.themes, list_news(session, actor, followed)) == ((), [])
