"""Models and migrations say the same."""

from collections.abc import Callable
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from app.cli import migrate_database
from app.core.database import Base, Database
from app.core.migrating import alembic_config, find_revision, is_behind, newest_revision
from app.core.postgres import ROLE, Server
from tests.conftest import create_database, drop_database


def is_ours(object_: object, name: str | None, type_: str, reflected: bool, compare_to: object) -> bool:
    return not (name or "").startswith("procrastinate_")


def test_models_and_migrations_agree(empty_database: Database) -> None:
    with empty_database.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "include_object": is_ours}
        )
        differences = compare_metadata(context, Base.metadata)
    assert differences == []


def test_revisions_grow_and_are_named_as_their_files() -> None:
    scripts = list(ScriptDirectory.from_config(alembic_config()).walk_revisions())
    named = [Path(one.path).name[:4] for one in scripts]
    assert [one.revision for one in scripts] == named == sorted(named, reverse=True)
    assert newest_revision() == named[0]


@pytest.mark.parametrize(("found", "is_late"), [("0001", True), (newest_revision(), False), ("9999", False)])
def test_tables_of_before_are_behind_and_later_ones_are_not(
    empty_database: Database, found: str, is_late: bool
) -> None:
    with empty_database.engine.connect() as connection:
        connection.execute(
            text("create temporary table alembic_version as select cast(:it as text) version_num"),
            {"it": found},
        )
        connection.execute(text("set local search_path to pg_temp, public"))
        assert (find_revision(connection), is_behind(connection)) == (found, is_late)


def test_tables_of_a_later_version_are_left_as_they_are(
    clone: Callable[[str], Database], empty_template: str, server: Server
) -> None:
    application = clone(empty_template)
    owner = Database(server.url(application.url.database or "", role=ROLE), pool_size=1)
    with owner.unit() as session:
        session.execute(text("update alembic_version set version_num = '9999'"))
    migrate_database(owner, application)
    with owner.engine.connect() as connection:
        assert find_revision(connection) == "9999"
    owner.close()


def test_what_people_wrote_leaves_the_log_and_is_kept_where_it_can_be_erased(server: Server) -> None:
    create_database(server, "log_with_words")
    database = Database(server.url("log_with_words"), pool_size=2)
    config = alembic_config()
    with database.engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0009")
        connection.execute(text(_OLD_ENTRIES))
        connection.commit()
        command.upgrade(config, "0010")
        logged = connection.execute(text("select verb, before, after from audit_entry order by id")).all()
        kept = connection.execute(text("select version, words from contribution_wording")).all()
    database.close()
    drop_database(server, "log_with_words")
    assert [tuple(row) for row in logged] == [
        ("send", None, {"kind": "wish", "status": "received"}),
        ("add_cards", None, {"cards": ["IN-0001", "IN-0002"], "group_id": 1}),
        ("edit", {"aspect": None}, {"aspect": "data"}),
        ("edit", {"aspect": "data"}, {"aspect": None}),
    ]
    assert [tuple(row) for row in kept] == [(1, {"title": "Før", "body": "Før", "said_by_text": "bord 1"})]


def test_each_part_that_was_confidential_has_the_one_reason_that_was_given_for_all(server: Server) -> None:
    create_database(server, "one_reason")
    database = Database(server.url("one_reason"), pool_size=2)
    config = alembic_config()
    with database.engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0039")
        connection.execute(text(_OLD_IDEAS))
        connection.commit()
        command.upgrade(config, "0040")
        reasons = "select contribution_id, confidential_reasons from idea_details order by 1"
        carried = connection.execute(text(reasons)).all()
        blacked = connection.execute(text("select field, original from blacked_text order by 1")).all()
        command.downgrade(config, "0039")
        back = connection.execute(
            text("select contribution_id, confidential_reason from idea_details order by 1")
        ).all()
    database.close()
    drop_database(server, "one_reason")
    assert [tuple(row) for row in carried] == [
        (1, {"technology": "▇▇▇ vil det", "other": "▇▇▇ vil det"}),
        (2, {}),
    ]
    assert [tuple(row) for row in blacked] == [
        ("confidential_reasons.other", "Hans vil det"),
        ("confidential_reasons.technology", "Hans vil det"),
    ]
    assert [tuple(row) for row in back] == [(1, "▇▇▇ vil det"), (2, "")]


_OLD_IDEAS = """
    insert into contribution (id, kind, reference, title, body, body_en, language, status, visibility, task,
        said_by_text, on_behalf_of_text, certainty_note, received_at, is_example, version)
    select n, 'idea', 'ID-000' || n, 'Idé', 'Idé', '', 'da', 'received', 'public', '', '', '', '', now(),
        false, 1
    from generate_series(1, 2) n;
    insert into idea_details (contribution_id, problem, for_whom, proposal, technology, data_source,
        legal_basis, operations, effect_indicator, baseline, target, partner_wanted, maturity,
        cost_frame, confidential, confidential_reason)
    select n, '', '', '', '', '', '', '', '', '', '', '', 'idea', '',
        case n when 1 then '{"technology": "a", "other": "b"}' else '{}' end::jsonb,
        case n when 1 then '▇▇▇ vil det' else '' end
    from generate_series(1, 2) n;
    insert into blacked_text (thing, thing_id, field, original, spans)
    values ('contribution', 1, 'details.confidential_reason', 'Hans vil det', '[[0, 4]]');
"""

_OLD_ENTRIES = """
    insert into contribution (id, kind, reference, title, body, body_en, language, status, visibility, task,
        said_by_text, on_behalf_of_text, certainty_note, received_at, is_example, version)
    values (1, 'card', 'IN-0001', 'Efter', 'Efter', '', 'da', 'received', 'public', '', '', '', '', now(),
        false, 2);
    insert into audit_entry (id, at, verb, thing, thing_id, user_name, before, after) values
    (1, now(), 'send', 'contribution', 2, 'Vera', 'null',
     '{"kind": "wish", "title": "Ord", "body": "Ord", "status": "received"}'),
    (2, now(), 'add_cards', 'meeting', 1, 'Stine', null,
     '{"cards": {"IN-0001": "Før", "IN-0002": "To"}, "said_by_text": "bord 1", "group_id": 1}'),
    (3, now(), 'edit', 'contribution', 1, 'Stine',
     '{"title": "Før", "body": "Før", "said_by_text": "bord 1", "aspect": null}',
     '{"title": "Efter", "body": "Efter", "said_by_text": "bord 2", "aspect": "data"}'),
    (4, now(), 'edit', 'contribution', 1, 'Stine',
     '{"title": "Efter", "body": "Efter", "said_by_text": "bord 2", "aspect": "data"}',
     '{"title": "Efter", "body": "Efter", "said_by_text": "bord 2", "aspect": null}');
"""
