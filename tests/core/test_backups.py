"""A copy of everything is whole, also when people write meanwhile, and comes back as the same."""

import json
import tarfile
import threading
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import text

from app.core import postgres
from app.core.backups import (
    FILE_COLUMNS,
    BackupProblem,
    file_columns,
    read_manifest,
    restore_backup,
    sum_tables,
    take_backup,
    wait_for_copies,
)
from app.core.database import Base, Database
from app.core.exporting import LEFT_OUT, export_site
from app.core.postgres import Server
from app.core.storage import Storage, open_folder
from tests.conftest import create_database, drop_database
from tests.site import Site

PUT_ROW = text(
    "insert into deck_batch (filename, file_key, state, rows, created_at)"
    " values (:key, :key, 'checked', '[]', now())"
)
DROP_ROW = text("delete from deck_batch where file_key = :key")


@pytest.fixture
def owned(server: Server) -> Iterator[Callable[[str], Database]]:
    """Makes databases, opened as their owner; from a template, or empty."""
    made: list[tuple[str, Database]] = []

    def make(template: str = "template1") -> Database:
        name = f"b_{uuid4().hex[:12]}"
        create_database(server, name, template)
        made.append((name, Database(server.url(name), pool_size=6)))
        return made[-1][1]

    yield make
    for name, database in made:
        database.close()
        drop_database(server, name)


def read_tables(database: Database) -> dict[str, object]:
    with database.engine.connect() as connection:
        return dict(sum_tables(connection))


def read_files(storage: Storage) -> dict[str, bytes]:
    return {key: storage.get(key) for key in storage.list_all()}


def left_lying_open(path: Path) -> None:
    """A file that all may read, of the name that is written to next."""
    path.touch()
    path.chmod(0o644)


def test_the_archive_comes_back_as_the_same(
    owned: Callable[[str], Database], archive_template: str, shared_folder: Path, tmp_path: Path
) -> None:
    before, files = owned(archive_template), open_folder(shared_folder / "archive" / "files")
    left_lying_open(tmp_path / "copy.tar.partial")
    done = take_backup(before, files, tmp_path / "copy.tar")
    after, place = owned("template1"), open_folder(tmp_path / "place")
    restored = restore_backup(tmp_path / "copy.tar", after, place)
    assert (done.manifest.missing, len(done.manifest.files) > 20) == ([], True)
    assert restored.manifest == done.manifest
    assert read_tables(after) == read_tables(before)
    assert read_files(place) == read_files(files)
    assert (tmp_path / "copy.tar").stat().st_mode & 0o077 == 0


# --- while people write


def keep(database: Database, storage: Storage, key: str) -> None:
    """As the house does it: the file, then the row that names it."""
    storage.put(key, key.encode() * 200)
    with database.unit() as session:
        session.execute(PUT_ROW, {"key": key})


def remove(database: Database, storage: Storage, key: str) -> None:
    """As the house does it: the row, then the file."""
    with database.unit() as session:
        session.execute(DROP_ROW, {"key": key})
    storage.delete(key)


def write_on(database: Database, storage: Storage, stop: threading.Event, name: str) -> None:
    number = 0
    while not stop.is_set():
        keep(database, storage, f"load/{name}/{number}")
        if number >= 5 and number % 2:
            remove(database, storage, f"load/{name}/{number - 5}")
        number += 1


def named_files(database: Database) -> list[str]:
    with database.unit() as session:
        return list(session.scalars(text("select file_key from deck_batch order by file_key")))


def test_a_copy_taken_under_load_holds_every_file_that_its_rows_name(
    owned: Callable[[str], Database], empty_template: str, tmp_path: Path
) -> None:
    before, stop = owned(empty_template), threading.Event()
    files = open_folder(tmp_path / "files").held_by(lambda: wait_for_copies(before))
    writers = [threading.Thread(target=write_on, args=(before, files, stop, name)) for name in "abc"]
    for writer in writers:
        writer.start()
    try:
        while len(named_files(before)) < 100:
            stop.wait(0.02)
        begun = set(named_files(before))
        done = take_backup(before, files, tmp_path / "copy.tar")
        ended = set(named_files(before))
    finally:
        stop.set()
        for writer in writers:
            writer.join()
    assert done.manifest.missing == []
    after, place = owned("template1"), open_folder(tmp_path / "place")
    restore_backup(tmp_path / "copy.tar", after, place)
    rows = named_files(after)
    assert ended - begun and set(rows) not in (begun, ended)
    assert {key: place.get(key) for key in rows} == {key: key.encode() * 200 for key in rows}


class Shifting(Storage):
    """A store in which something happens at each look through it."""

    def __init__(self, inner: Storage, *steps: Callable[[], None]) -> None:
        super().__init__(inner._store)
        self.steps = list(steps)

    def list_all(self) -> Iterator[str]:
        found = list(super().list_all())
        if self.steps:
            self.steps.pop(0)()
            found = [key for key in found if key == "old" or self.has(key)]
        return iter(found)


def test_a_file_removed_between_the_rows_and_the_look_makes_a_later_moment(
    owned: Callable[[str], Database], empty_template: str, tmp_path: Path
) -> None:
    before, files = owned(empty_template), open_folder(tmp_path / "files")
    keep(before, files, "old")
    shifting = Shifting(files, lambda: keep(before, files, "short"), lambda: remove(before, files, "short"))
    done = take_backup(before, shifting, tmp_path / "copy.tar")
    after = owned("template1")
    restore_backup(tmp_path / "copy.tar", after, open_folder(tmp_path / "place"))
    assert (done.manifest.missing, sorted(done.manifest.files), named_files(after)) == ([], ["old"], ["old"])


def test_a_file_that_was_lost_is_said_and_the_rest_is_kept(
    owned: Callable[[str], Database], empty_template: str, tmp_path: Path
) -> None:
    before, files = owned(empty_template), open_folder(tmp_path / "files")
    keep(before, files, "kept")
    keep(before, files, "lost")
    files.delete("lost")
    done = take_backup(before, files, tmp_path / "copy.tar")
    assert (done.manifest.missing, sorted(done.manifest.files)) == (["lost"], ["kept"])


# --- what is not brought back


@pytest.fixture
def small_copy(owned: Callable[[str], Database], empty_template: str, tmp_path: Path) -> Path:
    before, files = owned(empty_template), open_folder(tmp_path / "files")
    keep(before, files, "one")
    take_backup(before, files, tmp_path / "copy.tar")
    return tmp_path / "copy.tar"


@pytest.mark.parametrize("harm", ["a bit of a file", "a bit of the dump", "its end", "no copy at all"])
def test_a_damaged_copy_is_refused_before_anything_is_written(
    owned: Callable[[str], Database], small_copy: Path, tmp_path: Path, harm: str
) -> None:
    content = bytearray(small_copy.read_bytes())
    with tarfile.open(small_copy) as tar:
        places = {member.name: member.offset_data for member in tar}
    if harm == "its end":
        content = content[: len(content) // 2]
    elif harm == "no copy at all":
        content = bytearray(b"hej")
    else:
        content[places["files/one" if harm == "a bit of a file" else "database.dump"] + 40] ^= 1
    (tmp_path / "bad.tar").write_bytes(content)
    after, place = owned("template1"), open_folder(tmp_path / "place")
    with pytest.raises(BackupProblem, match=r"bad\.tar er"):
        restore_backup(tmp_path / "bad.tar", after, place)
    assert (read_tables(after), read_files(place)) == ({}, {})


def test_nothing_is_overwritten(
    owned: Callable[[str], Database], small_copy: Path, empty_template: str, tmp_path: Path
) -> None:
    with pytest.raises(BackupProblem, match="Databasen er ikke tom"):
        restore_backup(small_copy, owned(empty_template), open_folder(tmp_path / "place"))
    with pytest.raises(BackupProblem, match="ligger allerede filer"):
        restore_backup(small_copy, owned("template1"), open_folder(tmp_path / "files"))
    with pytest.raises(BackupProblem, match="findes allerede"):
        take_backup(owned(empty_template), open_folder(tmp_path / "place"), small_copy)
    with tarfile.open(small_copy) as tar:
        assert sorted(read_manifest(tar, small_copy).files) == ["one"]


def test_a_server_that_is_too_old_for_the_copy_is_refused_before_anything_is_written(
    owned: Callable[[str], Database], small_copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "OLDEST", 99)
    after, place = owned("template1"), open_folder(tmp_path / "place")
    with pytest.raises(BackupProblem, match="kan gendannes i 99 eller nyere"):
        restore_backup(small_copy, after, place)
    assert (read_tables(after), read_files(place)) == ({}, {})


def test_every_column_that_names_a_file_is_known() -> None:
    named = {
        (table.name, column.name)
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if column.name.endswith("_key") and column.name in FILE_COLUMNS
    }
    assert named == {*file_columns(), ("made_file", "file_key")}


def test_whatever_lies_in_storage_is_named_by_a_row(archive_site: Site) -> None:
    with archive_site.unit() as session:
        named = {
            key
            for table, column in (*file_columns(), ("made_file", "file_key"))
            for key in session.scalars(text(f'select "{column}" from "{table}" order by 1'))
        }
    lying = set(archive_site.tools.storage.list_all())
    assert (lying - named, len(lying) > 20) == (set(), True)


# --- the export


def test_the_export_is_readable_and_holds_what_is_in_the_house_but_no_secret(
    owned: Callable[[str], Database], archive_template: str, shared_folder: Path, tmp_path: Path
) -> None:
    database, files = owned(archive_template), open_folder(shared_folder / "archive" / "files")
    left_lying_open(tmp_path / "out.zip.partial")
    counts = export_site(database, files, tmp_path / "out.zip")
    assert (tmp_path / "out.zip").stat().st_mode & 0o077 == 0
    with zipfile.ZipFile(tmp_path / "out.zip") as packed:
        names = set(packed.namelist())
        index = json.loads(packed.read("index.json"))
        read = {name: json.loads(packed.read(one["file"])) for name, one in index["tables"].items()}
        slide = next(row["picture_key"] for row in read["slide_page"])
        assert packed.read(f"files/{slide}") == files.get(slide)
    assert {name: len(rows) for name, rows in read.items()} | {"files": index["files"]} == counts
    assert {"kl", "kombit"} <= {row["key"] for row in read["organisation"]}
    assert index["tables"]["deck"]["columns"]["meeting_id"]["is_a_number_of"] == "meeting.id"
    assert "LÆS-MIG.txt" in names
    keys = {key for rows in read.values() for row in rows[:1] for key in row}
    assert [key for key in sorted(keys) if key.endswith(("_hash", "secret", "token"))] == []
    assert "api_token" not in read and "sign_in_session" not in read and "mail" not in read


def test_every_table_is_exported_or_left_out_for_a_reason() -> None:
    known = set(Base.metadata.tables)
    assert LEFT_OUT.keys() - known == set()
    # The address of a receiver, and what it said, may open its door.
    assert {"webhook", "webhook_try"} <= LEFT_OUT.keys()
    # What is not here is exported: somebody has looked at it and found that it opens no door.
    doors = {
        name for name in known - LEFT_OUT.keys() for column in Base.metadata.tables[name].columns
        if column.name.endswith(("secret", "secret_hash", "code_hash"))
    }  # fmt: skip
    assert doors == {"attendee"}
