"""Read a document in a child process: whatever the file does, this process only waits, listens, tidies up."""

import contextlib
import json
import logging
import os
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

from app.core.documents.limits import CODES, LIMITS, Kind, Limits, Refused
from app.core.documents.office import find_office
from app.core.documents.pages import PDF_NAME, Document, Page, picture_name, thumbnail_name
from app.core.documents.scans import find_scan_reader
from app.core.documents.surroundings import child_environment

log = logging.getLogger(__name__)

OnPage = Callable[[int, int], None]

_LONGEST_ANSWER = 60_000_000
_BROKEN_BY_ITSELF = {signal.SIGSEGV, signal.SIGBUS, signal.SIGFPE}


def read_document(
    path: Path,
    kind: Kind,
    into: Path,
    limits: Limits = LIMITS,
    on_page: OnPage | None = None,
    office: str | None = "find",
) -> Document:
    """The document's pages, with their pictures written to the folder `into` (its own; made if missing).

    `kind` comes from check_upload. `on_page(n, m)` is called after each picture, in the caller's thread.
    `office` is LibreOffice's path, None for never, "find" for where it is installed. Raises Refused; pictures
    of a refused document are removed.
    """
    into.mkdir(parents=True, exist_ok=True)
    chosen = (find_office() if office == "find" else office) if kind != "pdf" else None
    command = [
        sys.executable, "-P", "-X", "utf8", "-m", "app.core.documents.child",
        str(path.resolve()), kind, str(into.resolve()), chosen or "-", json.dumps(asdict(limits)),
    ]  # fmt: skip
    try:
        with tempfile.TemporaryDirectory() as home, tempfile.TemporaryFile() as errors:
            process = _start(command, home, errors)
            try:
                done = _listen(process, limits, on_page)
            except Refused as refused:
                log.info("Document refused: %s. %s", refused, _last_words(errors))
                raise
            finally:
                _end(process)
        return _as_document(done, into)
    except BaseException:
        for made in (*into.glob("[0-9][0-9][0-9]*.webp"), into / PDF_NAME):
            made.unlink(missing_ok=True)
        raise


def read_scans(
    pdf: Path, numbers: Sequence[int], limits: Limits = LIMITS, on_page: OnPage | None = None
) -> dict[int, str]:
    """{page: text} of pages (counted from 1) that are pictures, read by machine; {} where nothing can.

    In a child process of its own, as `read_document`. A page that takes too long has no text; a child that is
    ended leaves what it had read. `on_page(n, m)`: the nth of m pages has been read.
    """
    program = find_scan_reader()
    if program is None or not numbers:
        return {}
    command = [
        sys.executable, "-P", "-X", "utf8", "-m", "app.core.documents.scan_child",
        str(pdf.resolve()), json.dumps(list(numbers)), program, json.dumps(asdict(limits)),
    ]  # fmt: skip
    found: dict[int, str] = {}
    with tempfile.TemporaryDirectory() as home, tempfile.TemporaryFile() as errors:
        process = _start(command, home, errors)
        try:
            for line in _lines(process, time.monotonic() + limits.scan_wall):
                message = json.loads(line)
                found[int(message["page"])] = str(message["text"])
                if on_page:
                    on_page(len(found), len(numbers))
        except (Refused, ValueError, KeyError) as problem:
            log.info("Scans left unread: %s. %s", problem, _last_words(errors))
        finally:
            _end(process)
    return found


def _start(command: list[str], home: str, errors: IO[bytes]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command,
        cwd=home,
        env=child_environment(home),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=errors,
        start_new_session=True,
    )


def _listen(process: subprocess.Popen[bytes], limits: Limits, on_page: OnPage | None) -> dict[str, Any]:
    """The child's last answer. Raises Refused when it refuses, dies or takes too long."""
    for line in _lines(process, time.monotonic() + limits.wall):
        try:
            message = json.loads(line)
        except ValueError as error:
            raise Refused("broken", "garbled answer") from error
        if "done" in message:
            return message["done"]
        if "refused" in message:
            code = message["refused"]
            raise Refused(code if code in CODES else "broken", str(message.get("detail", "")))
        if on_page:
            on_page(int(message["page"]), int(message["of"]))
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(5)
    raise _refusal_of_death(process.returncode)


def _lines(process: subprocess.Popen[bytes], deadline: float) -> Iterator[bytes]:
    assert process.stdout is not None
    buffer = b""
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while True:
            if not selector.select(max(0.0, deadline - time.monotonic())):
                raise Refused("bomb", "took too long")
            piece = os.read(process.stdout.fileno(), 65_536)
            if not piece:
                return
            buffer += piece
            if len(buffer) > _LONGEST_ANSWER:
                raise Refused("bomb", "endless answer")
            *lines, buffer = buffer.split(b"\n")
            yield from lines


def _refusal_of_death(code: int | None) -> Refused:
    if code is not None and code < 0:
        fate = signal.Signals(-code)
        # A library that runs into the ceiling of memory or time is ended, or ends itself, by a signal.
        return Refused("broken" if fate in _BROKEN_BY_ITSELF else "bomb", f"reader ended by {fate.name}")
    return Refused("broken", f"reader ended with {code}")


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the child and all that it started."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    if process.stdout:
        process.stdout.close()


def _last_words(errors: Any) -> str:
    errors.seek(0, os.SEEK_END)
    errors.seek(max(0, errors.tell() - 1_000))
    return repr(errors.read().decode("utf-8", "replace"))


def _as_document(done: dict[str, Any], into: Path) -> Document:
    pages = []
    for number, page in enumerate(done["pages"], start=1):
        picture, thumbnail = into / picture_name(number), into / thumbnail_name(number)
        if not (picture.is_file() and thumbnail.is_file()):
            raise Refused("broken", f"no picture of page {number}")
        width, height = page["size"]
        has_text = bool(page["text"].strip())
        pages.append(
            Page(
                number,
                page["title"],
                page["text"],
                page["notes"],
                has_text,
                width,
                height,
                picture,
                thumbnail,
                page["is_titled"],
                page["pictures_without_alt"],
                page["smallest_type"],
            )
        )
    pdf = into / PDF_NAME
    return Document(
        pages,
        done["title"],
        done["language"],
        done["source"],
        done["own_title"],
        done["declared_language"],
        done["is_tagged"],
        pdf if pdf.is_file() else None,
    )
