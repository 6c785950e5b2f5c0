"""The whole site as readable JSON and files, in one zip: to look into, to take along, to leave with.

Not a backup: what only this house can use is left out (sign-ins, secrets, the queue, the index), with the
reason for each. All tables are read at one moment.
"""

import json
import os
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Column, ForeignKey, Table, text

from app.core.backups import BackupProblem, file_columns
from app.core.clock import now
from app.core.database import Base, Database
from app.core.storage import Storage

# Tables that stay, with the reason in the words of the read-me.
_SECRET = "opens a door: sign-ins, keys and what proves who somebody is"  # noqa: S105
_HOUSE = "the house's own housekeeping, which is made anew"
_FORM = "what somebody is writing and has not sent"
LEFT_OUT: dict[str, str] = {
    "address_proof": _SECRET,
    "api_token": _SECRET,
    "mail": "mails that went out: their links open doors",
    "passkey": _SECRET,
    "passkey_challenge": _SECRET,
    "personal_calendar": _SECRET,
    "provider_session": _SECRET,
    "sign_in_code": _SECRET,
    "sign_in_flow": _SECRET,
    "sign_in_identity": _SECRET,
    "sign_in_session": _SECRET,
    "signing_key": _SECRET,
    "spent_logout_token": _SECRET,
    "webhook": "where others are told of what happened: such an address opens a door at theirs",
    "webhook_delivery": "what was sent to others of what stands here",
    "webhook_event": "what was sent to others of what stands here",
    "webhook_try": "how others answered what was sent",
    "typed_idea": _FORM,
    "typed_need": _FORM,
    "archive_load": _HOUSE,
    "job_done": _HOUSE,
    "job_run": _HOUSE,
    "made_file": _HOUSE,
    "page_change": _HOUSE,
    "rate_count": _HOUSE,
    "search_document": _HOUSE,
    "search_term": _HOUSE,
    "write_key": _HOUSE,
}
# Columns of tables that go along: what opens a door by itself.
SECRET_ENDINGS = ("_hash", "secret", "token")
_MANY = 500


def export_site(owner: Database, storage: Storage, target: Path) -> dict[str, int]:
    """Write the zip to `target`; how many rows of each table went along, and files under "files".

    Raises BackupProblem where the target is there already.
    """
    if target.exists():
        raise BackupProblem(f"{target} findes allerede; vælg et andet navn.")
    partial = target.with_name(target.name + ".partial")
    partial.unlink(missing_ok=True)
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
            counts = _write_all(owner, storage, packed)
        partial.rename(target)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    return counts


def exported_tables() -> list[Table]:
    """Those that go along, in the order of their names."""
    return sorted(
        (table for table in Base.metadata.tables.values() if table.name not in LEFT_OUT),
        key=lambda table: table.name,
    )


def exported_columns(table: Table) -> list[Column[object]]:
    return [column for column in table.columns if not column.name.endswith(SECRET_ENDINGS)]


def _write_all(owner: Database, storage: Storage, packed: zipfile.ZipFile) -> dict[str, int]:
    tables = exported_tables()
    counts: dict[str, int] = {}
    named: set[str] = set()
    of_files = {name: [c for t, c in file_columns() if t == name] for name, _ in file_columns()}
    with owner.engine.connect() as connection:
        connection.exec_driver_sql("set statement_timeout = 0")
        connection.exec_driver_sql("set idle_in_transaction_session_timeout = 0")
        connection.commit()
        connection = connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        for table in tables:
            columns = ", ".join(f'"{column.name}"' for column in exported_columns(table))
            order = ", ".join(f'"{column.name}"' for column in table.primary_key) or columns
            rows = connection.execution_options(stream_results=True, yield_per=_MANY).execute(
                text(f'select to_json(t) from (select {columns} from "{table.name}" order by {order}) t')  # noqa: S608
            )
            count = 0
            with packed.open(f"data/{table.name}.json", "w", force_zip64=True) as file:
                file.write(b"[")
                for (row,) in rows:
                    named.update(row[name] for name in of_files.get(table.name, ()) if row[name])
                    written = json.dumps(row, ensure_ascii=False, indent=1)
                    file.write(("," if count else "").encode() + b"\n" + written.encode())
                    count += 1
                file.write(b"\n]\n")
            counts[table.name] = count
        connection.rollback()
    counts["files"] = _write_files(storage, packed, sorted(named))
    packed.writestr("index.json", json.dumps(_describe(tables, counts), ensure_ascii=False, indent=1))
    packed.writestr(
        "LÆS-MIG.txt", _READ_ME.format(moment=f"{now():%Y-%m-%d %H:%M} UTC", rows=sum(counts.values()))
    )
    return counts


def _write_files(storage: Storage, packed: zipfile.ZipFile, keys: list[str]) -> int:
    count = 0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        for key in keys:
            try:
                storage.fetch_to(key, path)
            except FileNotFoundError:
                continue
            packed.write(path, f"files/{key}")
            count += 1
    return count


def _describe(tables: list[Table], counts: dict[str, int]) -> dict[str, object]:
    return {
        "tables": {
            table.name: {
                "file": f"data/{table.name}.json",
                "rows": counts[table.name],
                "meaning": _meaning(table.name),
                "columns": {column.name: _type_of(column) for column in exported_columns(table)},
            }
            for table in tables
        },
        "left_out": LEFT_OUT,
        "files": counts["files"],
    }


def _meaning(table: str) -> str:
    """What the table's class says of itself."""
    for mapper in Base.registry.mappers:
        if mapper.local_table is not None and getattr(mapper.local_table, "name", "") == table:
            return " ".join((mapper.class_.__doc__ or "").split())
    return ""


def _type_of(column: Column[object]) -> dict[str, object]:
    keys: Iterator[ForeignKey] = iter(column.foreign_keys)
    refers = next(keys, None)
    told: dict[str, object] = {"type": str(column.type).lower(), "may_be_empty": bool(column.nullable)}
    return told | ({"is_a_number_of": refers.target_fullname} if refers is not None else {})


_READ_ME = """Dialogforum, taget ud {moment}

data/      én fil med JSON for hver tabel: en liste af rækker ({rows} rækker og filer i alt)
files/     de filer, som rækkerne nævner (file_key, picture_key …), under samme navn
index.json hver tabel med betydning og kolonner, og hvad de peger på; og hvad der ikke er med, og hvorfor

Her står også det, der er fortroligt, og hvem der har sagt hvad. Opbevar det derefter.
Det er ikke en sikkerhedskopi og kan ikke gendannes: brug «dialogforum backup» til det.
"""
