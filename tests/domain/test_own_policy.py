"""A municipality's own policy: drafts that others do not see, editions that stay, links to joint themes."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.audit import AuditEntry
from app.core.policy import SYSTEM, Actor, NotAllowed, NotFound, Refused
from app.domain.organisations.models import Organisation
from app.domain.strategies.crosswalk import link_themes, themes_meaning, unlink_themes
from app.domain.strategies.models import Strategy, Theme, ThemeLink
from app.domain.strategies.own_policy import (
    choose_writer,
    compare_editions,
    discard_policy_draft,
    find_policy_draft,
    list_editions,
    list_policy_drafts,
    list_writers,
    publish_policy,
    read_policy,
    save_policy_draft,
    unchoose_writer,
)
from app.domain.strategies.policy import drafts_visible_to, may_see_draft, may_write_policy
from app.domain.strategies.policy_models import PolicyDraft
from app.domain.strategies.queries import (
    find_theme,
    list_strategies,
    list_theme_choices,
    list_themes,
)
from app.domain.strategies.schemas import (
    PolicyDraftInput,
    PolicyPublishInput,
    PolicyThemeInput,
    ThemeLinkInput,
)
from app.domain.users.models import Membership
from tests.people import People, add_actor
from tests.reading import put_a_municipality, put_a_strategy, put_the_strategies, theme

WORDS = {
    "name": "Digital politik",
    "owner": "Økonomiudvalget",
    "themes": [
        {"name": "Velfærd", "target_groups": ["Borgere"], "markers": ["Flere klarer sig selv"]},
        {"name": "Klima"},
    ],
}


def make_boss(session: Session, people: People) -> Actor:
    """The own admin of the municipality."""
    here = session.get_one(Organisation, people.municipality.organisation_id)
    return add_actor(session, "Berit Boss", here, "admin")


@pytest.fixture
def boss(session: Session, people: People) -> Actor:
    return make_boss(session, people)


def write(session: Session, actor: Actor, strategy_id: int | None = None, **given: Any) -> PolicyDraft:
    return save_policy_draft(session, actor, strategy_id, PolicyDraftInput.model_validate(WORDS | given), 0)


def publish(session: Session, actor: Actor, strategy_id: int | None = None, **given: Any) -> Strategy:
    draft = write(session, actor, strategy_id, **given)
    return publish_policy(session, actor, draft.id, PolicyPublishInput(note="Nyt", version=draft.version))


def test_only_the_own_admin_and_whom_the_admin_chose_write_the_policy(
    session: Session, people: People, boss: Actor
) -> None:
    everybody = people.all() | {"boss": boss}
    assert {name for name, one in everybody.items() if may_write_policy(session, one)} == {"boss"}
    member = people.municipality
    assert member.membership_id is not None
    choose_writer(session, boss, member.membership_id)
    choose_writer(session, boss, member.membership_id)
    found = {name for name, one in everybody.items() if may_write_policy(session, one)}
    assert found == {"boss", "municipality"}
    assert [(one.name, one.is_admin, one.is_chosen) for one in list_writers(session, boss)] == [
        ("Berit Boss", True, False),
        ("Mona Kommune", False, True),
    ]
    unchoose_writer(session, boss, member.membership_id)
    assert not may_write_policy(session, member)


def test_somebody_chosen_whose_membership_has_ended_writes_no_longer(
    session: Session, people: People, boss: Actor
) -> None:
    member = people.municipality
    assert member.membership_id is not None
    choose_writer(session, boss, member.membership_id)
    membership = session.get_one(Membership, member.membership_id)
    membership.ended_at = membership.created_at
    session.flush()
    assert not may_write_policy(session, member)


def test_nobody_chooses_writers_in_another_municipality(
    session: Session, people: People, boss: Actor
) -> None:
    assert people.neighbour.membership_id is not None
    with pytest.raises(NotFound):
        choose_writer(session, boss, people.neighbour.membership_id)
    with pytest.raises(NotAllowed):
        choose_writer(session, people.municipality, people.municipality.membership_id or 0)


def test_a_draft_is_read_by_the_municipality_alone_in_rule_and_in_statement(
    session: Session, people: People, boss: Actor
) -> None:
    draft = write(session, boss)
    seen = {}
    for name, actor in (people.all() | {"boss": boss}).items():
        in_sql = bool(session.scalar(select(PolicyDraft.id).where(drafts_visible_to(actor))))
        assert in_sql == may_see_draft(actor, draft) == bool(list_policy_drafts(session, actor)), name
        seen[name] = in_sql
    assert {name for name, sees in seen.items() if sees} == {"boss", "municipality"}
    found = find_policy_draft(session, people.municipality, None)
    assert found is not None
    assert (found.saved_by, found.words.themes[0].markers) == ("Berit Boss", ["Flere klarer sig selv"])


def test_what_is_being_written_stands_in_no_list_of_strategies_and_not_in_the_log(
    session: Session, boss: Actor, people: People
) -> None:
    write(session, boss, name="Hemmeligt navn")
    assert [one.name for one in list_strategies(session, people.staff)] == []
    assert list_theme_choices(session) == []
    logged = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    assert "Hemmeligt" not in "".join(f"{one.before}{one.after}" for one in logged)


def test_a_draft_that_somebody_saved_meanwhile_is_not_overwritten(session: Session, boss: Actor) -> None:
    draft = write(session, boss)
    words = PolicyDraftInput.model_validate(WORDS | {"name": "To"})
    assert save_policy_draft(session, boss, None, words, draft.version).version == 2
    with pytest.raises(Refused, match="stale"):
        save_policy_draft(session, boss, None, words, 1)
    with pytest.raises(Refused, match="stale"):
        discard_policy_draft(session, boss, draft.id, 1)


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"name": ""}, "policy_without_name"),
        ({"owner": ""}, "policy_without_owner"),
        ({"period_from": 2026, "period_to": 2025}, "policy_period"),
        ({"themes": []}, "policy_without_themes"),
        ({"themes": [{"name": ""}]}, "theme_without_name"),
        ({"themes": [{"name": "Klima"}, {"name": "klima"}]}, "theme_named_twice"),
    ],
)
def test_what_is_not_finished_is_kept_and_not_published(
    session: Session, boss: Actor, wrong: dict[str, Any], code: str
) -> None:
    draft = write(session, boss, **wrong)
    with pytest.raises(Refused, match=code):
        publish_policy(session, boss, draft.id, PolicyPublishInput(version=1))


def test_a_published_policy_is_a_strategy_of_the_municipality(session: Session, boss: Actor) -> None:
    strategy = publish(session, boss)
    assert (strategy.key, strategy.level, strategy.municipality_id, strategy.edition) == (
        "her-digital-politik",
        "single_municipality",
        boss.organisation_id,
        1,
    )
    tree = list_themes(session, strategy.id)
    assert [(one.key, one.target_groups, one.markers) for one in tree] == [
        ("velfaerd", ("Borgere",), ("Flere klarer sig selv",)),
        ("klima", (), ()),
    ]
    assert list_policy_drafts(session, boss) == []


def test_a_theme_left_out_has_ended_keeps_its_address_and_comes_back(
    session: Session, boss: Actor, people: People
) -> None:
    strategy = publish(session, boss)
    publish(session, boss, strategy.id, themes=[{"key": "velfaerd", "name": "Omsorg"}])
    assert [(one.key, one.name) for one in list_themes(session, strategy.id)] == [("velfaerd", "Omsorg")]
    assert [ref.key for choices in list_theme_choices(session) for ref in choices.themes] == ["velfaerd"]
    place = find_theme(session, people.stranger, strategy.key, "klima")
    assert place is not None and place.theme.ended_at is not None
    publish(session, boss, strategy.id, themes=[{"key": "klima", "name": "Klima"}])
    assert [one.key for one in list_themes(session, strategy.id)] == ["klima"]


def test_every_edition_stays_readable_by_all(session: Session, boss: Actor, people: People) -> None:
    strategy = publish(session, boss)
    publish(session, boss, strategy.id, name="Ny politik", themes=[{"key": "klima", "name": "Vand"}])
    editions = list_editions(session, people.stranger, strategy.id)
    assert [(one.number, one.words.name, one.is_in_force) for one in editions] == [
        (2, "Ny politik", True),
        (1, "Digital politik", False),
    ]
    assert [one.name for one in editions[1].words.themes] == ["Velfærd", "Klima"]
    assert editions[1].words.themes[0].markers == ["Flere klarer sig selv"]


def test_esbjergs_policy_of_the_archive_is_kept_as_its_first_edition(session: Session) -> None:
    esbjerg = put_a_municipality(session, "esbjerg", "Esbjerg")
    put_the_strategies(session)
    own = add_actor(session, "Egon Esbjerg", esbjerg, "admin")
    strategy = session.scalars(select(Strategy).where(Strategy.municipality_id == esbjerg.id)).one()
    words = read_policy(session, own, strategy.id)
    assert words is not None and len(words.themes) == 5
    words.themes[0].markers = ["Færre flytter på plejehjem"]
    draft = save_policy_draft(session, own, strategy.id, words, 0)
    publish_policy(session, own, draft.id, PolicyPublishInput(note="Pejlemærker", version=1))
    editions = list_editions(session, own, strategy.id)
    assert [(one.number, one.published_at is None, one.words.themes[0].markers) for one in editions] == [
        (2, False, ["Færre flytter på plejehjem"]),
        (1, True, []),
    ]
    assert session.scalars(select(Theme.name_en).where(Theme.key == "en-smart-kommune")).one() is not None


def test_nobody_writes_in_anothers_policy(session: Session, boss: Actor, people: People) -> None:
    strategy = publish(session, boss)
    there = session.get_one(Organisation, people.neighbour.organisation_id)
    other = add_actor(session, "Nabo Boss", there, "admin")
    with pytest.raises(NotAllowed):
        write(session, other, strategy.id)
    with pytest.raises(NotAllowed):
        write(session, people.staff)
    draft = write(session, boss)
    with pytest.raises(NotFound):
        publish_policy(session, other, draft.id, PolicyPublishInput(version=1))


def make_link(session: Session, actor: Actor, one: int, other: int | None, kind: str) -> ThemeLink:
    given = {"from_theme_id": one, "to_theme_id": other, "kind": kind}
    return link_themes(session, actor, ThemeLinkInput.model_validate(given))


def test_a_municipality_says_which_joint_theme_its_own_is_part_of_and_nothing_else(
    session: Session, boss: Actor, people: People
) -> None:
    strategy = publish(session, boss)
    joint = put_a_strategy(session, themes=[theme("klima"), theme("data")])
    own = {one.key: one.id for one in list_themes(session, strategy.id)}
    shared = {one.key: one.id for one in list_themes(session, joint.id)}
    link = make_link(session, boss, own["klima"], shared["klima"], "part_of")
    assert themes_meaning(session, [shared["klima"]]).ids == sorted([shared["klima"], own["klima"]])
    refused = [
        (boss, own["velfaerd"], shared["data"], "same"),
        (boss, shared["klima"], shared["data"], "part_of"),
        (boss, shared["data"], own["klima"], "part_of"),
        (boss, own["velfaerd"], own["klima"], "part_of"),
        (boss, own["velfaerd"], None, "ended"),
        (people.municipality, own["velfaerd"], shared["data"], "part_of"),
        (people.vendor, own["velfaerd"], shared["data"], "part_of"),
    ]
    for actor, one, other, kind in refused:
        with pytest.raises(NotAllowed):
            make_link(session, actor, one, other, kind)
    for actor in (people.neighbour, people.vendor):
        with pytest.raises(NotAllowed):
            unlink_themes(session, actor, link.id)
    unlink_themes(session, boss, link.id)
    assert themes_meaning(session, [shared["klima"]]).ids == [shared["klima"]]


def test_a_municipality_does_not_take_links_of_joint_themes_away(session: Session, boss: Actor) -> None:
    joint = put_a_strategy(session, themes=[theme("klima"), theme("data")])
    shared = [one.id for one in list_themes(session, joint.id)]
    link = make_link(session, SYSTEM, shared[0], shared[1], "part_of")
    with pytest.raises(NotAllowed):
        unlink_themes(session, boss, link.id)


def test_an_admin_who_is_not_confirmed_writes_nothing(session: Session, boss: Actor) -> None:
    with pytest.raises(NotAllowed):
        write(session, replace(boss, is_confirmed=False))


def test_what_an_edition_has_other_than_the_one_before_is_told_thing_by_thing() -> None:
    before = PolicyDraftInput(
        name="Politik",
        owner="Byrådet",
        period_from=2024,
        themes=[
            PolicyThemeInput(key="a", name="A"),
            PolicyThemeInput(key="b", name="B", markers=["Få klik"]),
            PolicyThemeInput(key="c", name="C"),
        ],
    )
    after = PolicyDraftInput(
        name="Politik",
        owner="Byrådet",
        period_from=2024,
        period_to=2028,
        themes=[
            PolicyThemeInput(key="c", name="C"),
            PolicyThemeInput(key="b", name="Bedre", markers=["Ét klik"]),
            PolicyThemeInput(name="D"),
        ],
    )
    told = [(one.what, one.theme, one.before, one.after) for one in compare_editions(before, after)]
    assert told == [
        ("period", "", "2024–", "2024–2028"),
        ("moved", "C", "", ""),
        ("renamed", "Bedre", "B", "Bedre"),
        ("markers", "Bedre", "Få klik", "Ét klik"),
        ("moved", "Bedre", "", ""),
        ("new", "D", "", ""),
        ("ended", "A", "", ""),
    ]
    assert compare_editions(before, before) == []
