"""The quick look at an upload: what is it, does its name agree, and is it safe to hand on to the reader?"""

import mmap
import re
from pathlib import Path, PurePosixPath
from typing import BinaryIO, get_args
from zipfile import ZipInfo

from app.core.documents.archives import Archive, ends_as_zip
from app.core.documents.limits import LIMITS, Kind, Limits, Refused

_HEAD = 1024
_TAIL = 66_000
_KINDS: tuple[Kind, ...] = get_args(Kind)
_WITH_MACROS = {"pptm", "ppsm", "potm", "ppam"}
_COMPOUND_FILE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OTHER_MAGIC = (
    b"PK",
    b"GIF8",
    b"\x89PNG",
    b"\xff\xd8",
    b"MZ",
    b"\x7fELF",
    b"#!",
    b"{",
    b"Rar!",
    b"7z",
    b"RIFF",
    b"BM",
)
_MARKUP = re.compile(rb"<\s*(!doctype|html|head|body|script|svg|\?xml|\?php|iframe)", re.IGNORECASE)
_ODP_TYPE = b"application/vnd.oasis.opendocument.presentation"
_PPTX_TYPE = b"application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml"
_MACRO_TYPES = (b"macroEnabled", b"vnd.ms-office.vbaProject")
_MACRO_FILES = re.compile(
    r"(^|/)vbaproject\.bin$|\.(xlsm|docm|pptm|ppam|xlam)$|^(basic|scripts)/.", re.IGNORECASE
)
_SLIDE = re.compile(r"^ppt/slides/[^/]+\.xml$", re.IGNORECASE)
_SMALL_PART = 2_000_000


def check_upload(path: Path, filename: str, limits: Limits = LIMITS) -> Kind:
    """What the file is, by its content, in agreement with its name. Raises Refused.

    Takes well under a second for what people upload and at most a few for the worst; memory stays small,
    nothing is written. That a PDF asks for a password is only seen when it is read.
    """
    size = path.stat().st_size
    if size == 0:
        raise Refused("empty")
    if size > limits.upload:
        raise Refused("too_big", f"{size} bytes")
    extension = PurePosixPath(filename.strip()).suffix.lower().removeprefix(".")
    if extension in _WITH_MACROS:
        raise Refused("macros", extension)
    if extension not in _KINDS:
        raise Refused("unknown_kind", extension[:20])
    with path.open("rb") as file:
        head = file.read(_HEAD)
        if head.startswith(_COMPOUND_FILE):
            raise _compound_file(file)
        if extension == "pdf":
            _check_pdf(file, head, size)
            return "pdf"
    if not head.startswith(b"PK\x03\x04") or b"%PDF-" in head:
        raise Refused("not_what_it_says", "no zip")
    kind = _check_archive(path, limits)
    if kind != extension:
        raise Refused("not_what_it_says", f"{kind} named {extension}")
    return kind


def _compound_file(file: BinaryIO) -> Refused:
    # Office puts a password-protected pptx into the old compound format.
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        if content.find("EncryptedPackage".encode("utf-16-le")) >= 0:
            return Refused("encrypted", "compound file")
    return Refused("not_what_it_says", "compound file")


def _check_pdf(file: BinaryIO, head: bytes, size: int) -> None:
    start = head.find(b"%PDF-")
    if start < 0:
        raise Refused("not_what_it_says", "no PDF header")
    if start and (head.startswith(_OTHER_MAGIC) or _MARKUP.search(head[:start])):
        raise Refused("not_what_it_says", "something else before the PDF header")
    file.seek(max(0, size - _TAIL))
    tail = file.read(_TAIL)
    end = tail.rfind(b"%%EOF")
    if end < 0 or b"startxref" not in tail:
        raise Refused("broken", "PDF without its end")
    if ends_as_zip(tail) or _MARKUP.search(tail[end:]):
        raise Refused("not_what_it_says", "something else after the PDF")


def _check_archive(path: Path, limits: Limits) -> Kind:
    with Archive(path, limits) as archive:
        parts = {entry.filename: entry for entry in archive.entries}
        kind = _kind_of_archive(archive, parts)
        if any(_MACRO_FILES.search(name) for name in parts):
            raise Refused("macros", "program code inside")
        pages = sum(1 for name in parts if _SLIDE.match(name)) if kind == "pptx" else 0
        counted = archive.check_contents({"content.xml": b"<draw:page "} if kind == "odp" else {})
        pages += sum(counted.values())
        if kind == "odp" and b"encryption-data" in _small_part(archive, parts.get("META-INF/manifest.xml")):
            raise Refused("encrypted", "odp manifest")
    if pages > limits.pages:
        raise Refused("too_many_pages", f"{pages} pages")
    if pages == 0:
        raise Refused("no_pages")
    return kind


def _kind_of_archive(archive: Archive, parts: dict[str, ZipInfo]) -> Kind:
    if "mimetype" in parts:
        if _small_part(archive, parts["mimetype"]).strip() == _ODP_TYPE and "content.xml" in parts:
            return "odp"
        raise Refused("not_what_it_says", "another kind of OpenDocument")
    types = _small_part(archive, parts.get("[Content_Types].xml")).replace(b"\x00", b"")
    if any(mark in types for mark in _MACRO_TYPES):
        raise Refused("macros", "content types")
    if _PPTX_TYPE not in types:
        raise Refused("not_what_it_says", "a zip of something else")
    return "pptx"


def _small_part(archive: Archive, entry: ZipInfo | None) -> bytes:
    return archive.read(entry, _SMALL_PART) if entry else b""
