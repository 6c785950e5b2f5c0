"""Needs of municipalities: registered, joined, kept to oneself, changed, followed to carried out."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.audit import AuditEntry
from app.core.clock import moved_to, now, today
from app.core.policy import SYSTEM, Actor, NotAllowed, NotFound, Refused
from app.domain.answering.publishing import publish_answer
from app.domain.contributions.blacking_out import black_out, show_words
from app.domain.contributions.models import Contribution
from app.domain.contributions.needs.alike import find_similar
from app.domain.contributions.needs.drafting import (
    find_typed,
    finish_typed,
    forget_old_typed_needs,
    keep_typed,
)
from app.domain.contributions.needs.models import NeedMunicipality, TypedNeed
from app.domain.contributions.needs.policy import hidden_open_to, may_read_hidden, may_see_typed, typed_by
from app.domain.contributions.needs.queries import (
    NeedFilters,
    find_need,
    list_candidates,
    list_municipalities_of,
    list_needs,
    list_states,
    list_wordings,
)
from app.domain.contributions.needs.schemas import (
    Kle,
    Month,
    NeedEdit,
    NeedFacts,
    NeedFactsEdit,
    NeedInput,
    NeedRecord,
    NeedStateInput,
    SimilarInput,
    TypedNeedInput,
)
from app.domain.contributions.needs.service import (
    edit_facts,
    edit_need,
    find_represented,
    join_for_network,
    join_need,
    leave_need,
    note_state,
    prioritise_needs,
    put_need,
)
from app.domain.following.models import FollowNews
from app.domain.following.news import note_said
from app.domain.following.service import follow
from app.domain.organisations.network_models import NetworkMember
from app.domain.organisations.networks import answer_network, remove_member
from tests.answered import add_prepared_answer
from tests.domain.test_pipeline import counted
from tests.needed import NEED, add_municipality, add_need, add_network
from tests.people import People
from tests.said import add_theme_rows

FACTS = {"contract_end": "2027-06", "system_name": "Vagtbog", "supplier": "Gammel A/S", "note": "Dyrt."}
ALL_HIDDEN = FACTS | {"hidden": ["contract_end", "system_name", "supplier", "note"]}


def facts(**given: Any) -> NeedFacts:
    return NeedFacts.model_validate(given)


def state(name: str, need: Contribution, on: date | None = None, note: str = "") -> NeedStateInput:
    return NeedStateInput.model_validate(
        {"state": name, "happened_on": on or today(), "note": note, "version": need.version}
    )


def held(session: Session, actor: Actor, need: Contribution) -> list[tuple[Any, ...]]:
    return [
        (one.municipality, one.contract_end, one.system_name, one.supplier, one.note)
        for one in list_municipalities_of(session, actor, need.id)
    ]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("27.36.00", "27.36.00"),
        (" 27 36 00 ", "27.36.00"),
        ("27.36.00-g01", "27.36.00-G01"),
        ("27.36.00 Ø55", "27.36.00-Ø55"),
        ("27.36", "27.36"),
        ("27", "27"),
        ("", None),
        ("27.36-G01", ...),
        ("27.3.00", ...),
        ("2736", ...),
        ("KLE 27.36.00", ...),
        ("27.36.00-G1", ...),
    ],
)
def test_a_kle_number_is_taken_as_it_is_written_or_refused(typed: str, kept: Any) -> None:
    adapter = TypeAdapter(Kle)
    if kept is ...:
        with pytest.raises(ValidationError, match="KLE"):
            adapter.validate_python(typed)
    else:
        assert adapter.validate_python(typed) == kept


def test_a_month_is_its_first_day_however_it_is_typed() -> None:
    adapter = TypeAdapter(Month)
    for typed in ("2027-06", "6/2027", "2027-06-30", "06-2027", date(2027, 6, 14)):
        assert adapter.validate_python(typed) == date(2027, 6, 1)
    assert adapter.validate_python("") is None
    for wrong in ("2027", "2027-13", "juni 2027", "2199-01"):
        with pytest.raises(ValidationError):
            adapter.validate_python(wrong)


def test_a_need_is_registered_with_its_facts_a_number_and_a_day_for_the_answer(
    session: Session, people: People
) -> None:
    (theme,) = add_theme_rows(session, "Velfærd")
    need = add_need(session, people.municipality, kle="27.36.00", theme_ids=[theme.id], facts=FACTS)
    assert need.reference.startswith("BE-") and need.answer_by is not None
    (line,) = list_needs(session, people.stranger, NeedFilters(theme_ids=(theme.id,), kle="27.36")).rows
    assert (line.said.title, line.need.system_type, line.need.state, line.need.municipalities) == (
        NEED["title"], "personnel", "registered", 1,
    )  # fmt: skip
    assert held(session, people.vendor, need) == [
        ("Her Kommune", date(2027, 6, 1), "Vagtbog", "Gammel A/S", "Dyrt.")
    ]
    for other in (people.vendor, people.staff, people.stranger, people.loner, people.auditor):
        with pytest.raises(NotAllowed):
            add_need(session, other, title="Andet")
    with pytest.raises(Refused, match="sent_before"):
        add_need(session, people.municipality)
    with pytest.raises(ValidationError, match="kind of system"):
        NeedInput.model_validate(NEED | {"system_type": "other"})
    logged = session.scalars(select(AuditEntry.after).where(AuditEntry.verb == "register_need")).all()
    assert "Vagtbog" not in str(logged) and "vagtplaner" not in str(logged)


def test_what_a_municipality_keeps_to_itself_is_read_by_its_own_people_alone(
    session: Session, people: People
) -> None:
    need = add_need(session, people.municipality, facts=ALL_HIDDEN)
    row = session.scalars(select(NeedMunicipality)).one()
    for name, actor in people.all().items():
        rows = select(func.count()).select_from(NeedMunicipality)
        by_sql = session.scalar(rows.where(hidden_open_to(actor)))
        may_read = may_read_hidden(actor, row, find_represented(session, actor))
        assert bool(by_sql) == may_read == (name == "municipality"), name
        (one,) = list_municipalities_of(session, actor, need.id)
        shown = (one.contract_end, one.system_name, one.supplier, one.note, one.hidden)
        own = (date(2027, 6, 1), "Vagtbog", "Gammel A/S", "Dyrt.", tuple(row.hidden))
        assert shown == (own if name == "municipality" else (None, "", "", "", ())), name


def test_a_network_reads_and_changes_nothing_for_a_municipality_that_has_left_it_until_it_is_back(
    session: Session, people: People
) -> None:
    network, strategist = add_network(session, people, people.municipality, people.neighbour)
    here, there = people.municipality.organisation_id or 0, people.neighbour.organisation_id or 0
    need = add_need(session, strategist, network_id=network.id, organisation_ids=[here, there])
    asked = session.scalars(select(NetworkMember).where(NetworkMember.organisation_id == here)).one()
    given = NeedFactsEdit.model_validate(ALL_HIDDEN | {"version": 1})
    edit_facts(session, people.municipality, need.id, here, given)
    row = session.scalars(select(NeedMunicipality).where(NeedMunicipality.organisation_id == here)).one()

    def seen() -> tuple[str, bool]:
        (one,) = (
            one for one in list_municipalities_of(session, strategist, need.id) if one.organisation_id == here
        )
        opened = select(NeedMunicipality.organisation_id).where(hidden_open_to(strategist))
        by_sql = here in session.scalars(opened.order_by(NeedMunicipality.id)).all()
        by_rule = may_read_hidden(strategist, row, find_represented(session, strategist))
        assert by_sql == by_rule == one.is_open
        return one.supplier, one.may_edit

    assert seen() == ("Gammel A/S", True)
    answer_network(session, people.municipality, asked.id, says_yes=False)
    assert seen() == ("", False)
    given = NeedFactsEdit.model_validate({"supplier": "Ny A/S", "version": row.version})
    with pytest.raises(NotAllowed):
        edit_facts(session, strategist, need.id, here, given)
    with pytest.raises(NotAllowed):
        leave_need(session, strategist, need.id, here)
    leave_need(session, strategist, need.id, there)
    answer_network(session, people.municipality, asked.id, says_yes=True)
    assert seen() == ("Gammel A/S", True)
    remove_member(session, people.staff, network.id, here)
    assert seen() == ("", False)


def test_a_confidential_need_is_nobodys_but_its_own_and_in_no_count(session: Session, people: People) -> None:
    (theme,) = add_theme_rows(session, "Velfærd")
    need = add_need(session, people.municipality, visibility="own", theme_ids=[theme.id])
    assert need.answer_by is None
    for name in ("neighbour", "vendor", "stranger", "loner"):
        actor = getattr(people, name)
        listed = list_needs(session, actor, NeedFilters())
        assert (listed.rows, listed.total, listed.by_state, listed.by_system) == ((), 0, {}, {}), name
        assert find_need(session, actor, need.id) is None
        assert list_municipalities_of(session, actor, need.id) == []
        assert list_states(session, actor, need.id) == []
        assert find_similar(session, actor, SimilarInput(**NEED, theme_ids=[theme.id])) == []
    with pytest.raises(NotFound):
        join_need(session, people.neighbour, need.id, facts())
    assert list_candidates(session, people.staff, [people.municipality.organisation_id or 0]) == []
    assert list_needs(session, people.municipality, NeedFilters(mine=True)).total == 1


def test_others_join_a_need_once_leave_it_and_come_back(session: Session, people: People) -> None:
    need = add_need(session, people.municipality)
    there = people.neighbour.organisation_id or 0
    row = join_need(session, people.neighbour, need.id, facts(contract_end="2028-01", size="large"))
    assert (row.size, row.contract_end) == ("large", date(2028, 1, 1))
    with pytest.raises(Refused, match="need_joined"):
        join_need(session, people.neighbour, need.id, facts())
    with pytest.raises(NotAllowed):
        leave_need(session, people.municipality, need.id, there)
    leave_need(session, people.neighbour, need.id, there)
    with pytest.raises(NotFound):
        leave_need(session, people.neighbour, need.id, there)
    with pytest.raises(Refused, match="need_last"):
        leave_need(session, people.municipality, need.id, people.municipality.organisation_id or 0)
    assert join_need(session, people.neighbour, need.id, facts(supplier="Ny")).supplier == "Ny"
    assert session.scalar(select(func.count()).select_from(NeedMunicipality)) == 2
    view = find_need(session, people.neighbour, need.id)
    assert view is not None and view.municipalities == 2 and view.is_own
    given = NeedFactsEdit.model_validate({"supplier": "Nyere", "version": row.version})
    assert edit_facts(session, people.neighbour, need.id, there, given).supplier == "Nyere"
    with pytest.raises(Refused, match="stale"):
        edit_facts(session, people.neighbour, need.id, there, given)
    for other in (people.municipality, people.staff, people.vendor):
        with pytest.raises(NotAllowed):
            edit_facts(session, other, need.id, there, given)


def test_a_strategist_registers_for_those_who_said_that_they_are_represented(
    session: Session, people: People
) -> None:
    here, there = people.municipality.organisation_id or 0, people.neighbour.organisation_id or 0
    network, strategist = add_network(session, people, people.municipality)
    of_network = {"network_id": network.id, "organisation_ids": [here]}
    with pytest.raises(Refused, match="need_not_represented"):
        add_need(session, strategist, **of_network | {"organisation_ids": [here, there]})
    with pytest.raises(Refused, match="need_for_nobody"):
        add_need(session, strategist, **of_network | {"organisation_ids": []})
    with pytest.raises(Refused, match="need_network_open"):
        add_need(session, strategist, **of_network, visibility="own")
    for other in (people.municipality, people.staff, people.neighbour):
        with pytest.raises(NotAllowed):
            add_need(session, other, **of_network)
    need = add_need(session, strategist, **of_network)
    view = find_need(session, people.stranger, need.id)
    assert view is not None and (view.network, view.municipalities) == ("Fyrnettet", 1)
    # Its municipality fills in its own facts, which the strategist reads too.
    row = session.scalars(select(NeedMunicipality)).one()
    given = NeedFactsEdit.model_validate(ALL_HIDDEN | {"version": row.version})
    edit_facts(session, people.municipality, need.id, here, given)
    assert held(session, strategist, need)[0][2] == "Vagtbog"
    assert held(session, people.staff, need)[0][2] == ""
    with pytest.raises(Refused, match="need_not_represented"):
        join_for_network(session, strategist, need.id, network.id, [there])
    edit = NeedEdit.model_validate(NEED | {"title": "Fælles vagtplaner", "version": need.version})
    with pytest.raises(NotAllowed):
        edit_need(session, people.municipality, need.id, edit, 90)
    assert edit_need(session, strategist, need.id, edit, 90).title == "Fælles vagtplaner"


def test_a_need_is_changed_its_old_words_kept_for_its_own_and_it_is_not_closed_over_others(
    session: Session, people: People
) -> None:
    need = add_need(session, people.municipality)
    edit = NEED | {"title": "Vagtplaner, der virker", "visibility": "own"}
    join_need(session, people.neighbour, need.id, facts())
    with pytest.raises(Refused, match="need_joined_by_others"):
        edit_need(session, people.municipality, need.id, NeedEdit.model_validate(edit | {"version": 1}), 90)
    given = NeedEdit.model_validate(edit | {"visibility": "municipalities", "version": 1})
    edit_need(session, people.municipality, need.id, given, 90)
    with pytest.raises(Refused, match="stale"):
        edit_need(session, people.municipality, need.id, given, 90)
    for other in (people.neighbour, people.staff):
        with pytest.raises(NotAllowed):
            edit_need(session, other, need.id, given, 90)
    with pytest.raises(NotFound):
        edit_need(session, people.vendor, need.id, given, 90)
    (old,) = list_wordings(session, people.municipality, need.id)
    assert (old.version, old.words["title"]) == (1, NEED["title"])
    assert list_wordings(session, people.neighbour, need.id) == []
    assert len(list_wordings(session, people.staff, need.id)) == 1


def test_a_need_is_answered_within_the_days_from_when_it_is_opened_and_never_while_it_is_ones_own(
    session: Session, people: People
) -> None:
    actor = people.municipality

    def edit(visibility: str) -> tuple[date | None, datetime | None]:
        given = NeedEdit.model_validate(NEED | {"visibility": visibility, "version": need.version})
        edited = edit_need(session, actor, need.id, given, 90)
        return edited.answer_by, edited.published_at

    with moved_to(now() - timedelta(days=200)):
        need = add_need(session, actor, visibility="own")
        registered = need.published_at
    assert edit("own") == (None, registered)
    with moved_to(now()):
        opened, day = now(), today() + timedelta(days=90)
        assert edit("municipalities") == (day, opened)
    with moved_to(now() + timedelta(days=5)):
        assert edit("public") == (day, opened)
        assert edit("own") == (None, opened)
        again = now()
        assert edit("public") == (today() + timedelta(days=90), again)
    answer = add_prepared_answer(session, people.staff, [need.id])
    publish_answer(session, people.staff, answer.id, answer.version)
    answered_by = need.answer_by
    assert (edit("own")[0], edit("public")[0]) == (answered_by, answered_by)


def test_who_follows_a_municipality_is_told_once_of_its_need_when_that_is_opened(
    session: Session, people: People
) -> None:
    need = add_need(session, people.municipality, visibility="own")
    follow(session, people.vendor, "organisation", people.municipality.organisation_id or 0)
    news = select(func.count()).select_from(FollowNews).where(FollowNews.object_id == need.id)
    told = []
    with moved_to(now() + timedelta(days=30)):
        for visibility in ("own", "public", "own", "public"):
            given = NeedEdit.model_validate(NEED | {"visibility": visibility, "version": need.version})
            edit_need(session, people.municipality, need.id, given, 90)
            note_said(session)
            told.append(session.scalar(news))
    assert told == [0, 1, 1, 1]


def test_a_need_is_followed_from_registered_to_carried_out_with_days_and_notes(
    session: Session, people: People
) -> None:
    need = add_need(session, people.municipality)
    prioritise_needs(session, people.staff, [need.id], today(), "Nummer et i efterårets runde.")
    assert prioritise_needs(session, people.staff, [need.id], today(), "Igen") == []
    note_state(session, people.municipality, need.id, state("in_progress", need))
    for wrong, code in (("in_progress", "need_same_state"), ("carried_out", "need_day_order")):
        with pytest.raises(Refused, match=code):
            note_state(session, people.municipality, need.id, state(wrong, need, today() - timedelta(days=1)))
    with pytest.raises(ValidationError, match="dropped"):
        state("dropped", need)
    with pytest.raises(ValidationError, match="not come"):
        state("carried_out", need, today() + timedelta(days=1))
    for other in (people.neighbour, people.vendor):
        with pytest.raises(NotAllowed):
            note_state(session, other, need.id, state("carried_out", need))
    note_state(session, people.staff, need.id, state("carried_out", need, note="I drift i tre kommuner."))
    told = [(one.state, one.note) for one in list_states(session, people.stranger, need.id)]
    assert told == [
        ("registered", ""),
        ("prioritised", "Nummer et i efterårets runde."),
        ("in_progress", ""),
        ("carried_out", "I drift i tre kommuner."),
    ]
    assert list_needs(session, people.stranger, NeedFilters(state="carried_out")).total == 1


def test_needs_like_the_one_that_is_typed_come_with_what_they_have_in_common(
    session: Session, people: People
) -> None:
    (theme,) = add_theme_rows(session, "Velfærd")
    like = add_need(session, people.municipality, kle="27.36.00", theme_ids=[theme.id])
    other = {
        "title": "Bedre kort over kloakken",
        "body": "Rør er tegnet forkert.",
        "system_type": "geodata",
    }
    add_need(session, people.municipality, **other)

    def find(**given: Any) -> list[tuple[str, tuple[str, ...]]]:
        found = find_similar(session, people.neighbour, SimilarInput.model_validate(given))
        return [(one.reference, one.common) for one in found]

    assert find(title="System til vagtplaner", body="Hvem mangler på vagten?") == [
        (like.reference, ("words",))
    ]
    assert find(kle="27.36.00-G01", theme_ids=[theme.id]) == [(like.reference, ("kle", "theme"))]
    assert find(title="Andet", system_type="personnel") == find(title="Svømmehal") == find() == []
    assert [one.need.is_own for one in find_similar(
        session, people.municipality, SimilarInput(title="vagtplaner", kle="27.36.00")
    )] == [True]  # fmt: skip


def test_lists_cost_the_same_with_one_and_with_many_needs(session: Session, people: People) -> None:
    def cost() -> list[int]:
        costs = []
        for read in (
            lambda: list_needs(session, people.neighbour, NeedFilters(region="Region Midtjylland")),
            lambda: list_municipalities_of(session, people.neighbour, first.id),
            lambda: list_candidates(session, people.neighbour, [people.municipality.organisation_id or 0]),
        ):
            with counted(session) as statements:
                read()
            costs.append(len(statements))
        return costs

    first = add_need(session, people.municipality)
    alone = cost()
    for number in range(8):
        actor = add_municipality(session, f"By{number} Kommune")
        join_need(session, actor, first.id, facts())
        add_need(session, people.municipality, title=f"Behov {number}")
    assert cost() == alone == [3, 2, 2]


def test_words_are_blacked_out_around_a_need_too_and_hidden_ones_left_alone(
    session: Session, people: People
) -> None:
    given = FACTS | {"note": "Spørg Hansen.", "supplier": "Hansen", "hidden": ["supplier"]}
    need = add_need(session, people.municipality, facts=given)
    note_state(session, people.municipality, need.id, state("dropped", need, note="Hansen sagde nej."))
    assert black_out(session, people.staff, need.id, need.version, "Hansen") == 2
    row = session.scalars(select(NeedMunicipality)).one()
    assert ("Hansen" in row.note, row.supplier) == (False, "Hansen")
    assert "Hansen" not in list_states(session, people.municipality, need.id)[-1].note
    edit = NeedFactsEdit.model_validate({"note": "Nyt", "version": row.version})
    with pytest.raises(Refused, match="blacked_out"):
        edit_facts(session, people.municipality, need.id, row.organisation_id, edit)
    assert show_words(session, people.staff, need.id, need.version) == 2
    assert row.note == "Spørg Hansen."


def test_what_is_typed_is_kept_for_its_writer_alone_and_forgotten_after_a_year(
    session: Session, people: People
) -> None:
    given = TypedNeedInput(key="abc", fields={"title": "Vagt", "supplier": "Hemmelig A/S"})
    row = keep_typed(session, people.municipality, given)
    with pytest.raises(Refused, match="stale"):
        keep_typed(session, people.municipality, given)
    keep_typed(session, people.municipality, given.model_copy(update={"version": 1}))
    for name, actor in people.all().items():
        by_sql = bool(session.scalar(select(func.count()).select_from(TypedNeed).where(typed_by(actor))))
        assert by_sql == may_see_typed(actor, row) == (name == "municipality"), name
    typed = find_typed(session, people.municipality, "abc")
    assert typed is not None and (typed.title, typed.version) == ("Vagt", 2)
    with pytest.raises(ValidationError, match="CPR"):
        TypedNeedInput(key="x", fields={"note": "010203-1234"})
    with moved_to(now() + timedelta(days=400)):
        assert forget_old_typed_needs(session) == 1
    finish_typed(session, people.municipality, "abc")
    assert find_typed(session, people.municipality, "abc") is None


def test_a_need_of_the_archive_is_put_in_once_with_its_history(session: Session, people: People) -> None:
    record = NeedRecord.model_validate(
        NEED
        | {
            "key": "vagtplaner",
            "on_behalf_of_id": people.municipality.organisation_id,
            "received_on": date(2025, 3, 1),
            "municipalities": [{"organisation_id": people.municipality.organisation_id}],
            "states": [("prioritised", date(2025, 9, 1), "Først")],
            "is_example": True,
        }
    )
    need = put_need(session, SYSTEM, record)
    assert put_need(session, SYSTEM, record).id == need.id
    view = find_need(session, people.stranger, need.id)
    assert view is not None and (view.state, view.state_on) == ("prioritised", date(2025, 9, 1))
    assert [one.state for one in list_states(session, people.stranger, need.id)] == [
        "registered", "prioritised",
    ]  # fmt: skip
