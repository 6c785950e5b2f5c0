"""Zip archives from strangers: what their directory says is checked by unpacking them, never believed."""

import re
import stat
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from app.core.documents.limits import Limits, Refused

_CHUNK = 64 * 1024
_END = struct.Struct("<4sHHHHIIH")
_LOCAL = struct.Struct("<4sHHHHHIIIHH")
_ENCRYPTED_FLAG = 0x1
_DECLARATION = re.compile(
    b"|".join(
        re.escape(word.encode(encoding))
        for word in ("<!DOCTYPE", "<!ENTITY", "<!ELEMENT", "<!ATTLIST", "<!NOTATION")
        for encoding in ("utf-8", "utf-16-le", "utf-16-be")
    )
)
_ENCODING = re.compile(rb"""<\?xml[^>]{0,80}encoding\s*=\s*["']([A-Za-z0-9._:-]{1,40})["']""")
_ENCODINGS = {b"utf-8", b"utf8", b"utf-16", b"us-ascii", b"ascii", b"iso-8859-1", b"windows-1252"}
_LONGEST_MARK = 32
_SMALL = 10_000_000
# A damaged entry may come out somewhat longer; only a lie comes out very much longer.
_SLIP = 1_000_000


def ends_as_zip(tail: bytes) -> bool:
    """Whether the last bytes of a file are a zip's end record whose comment reaches exactly to the end."""
    at = tail.rfind(b"PK\x05\x06")
    while at >= 0:
        record = tail[at : at + _END.size]
        if len(record) == _END.size and at + _END.size + _END.unpack(record)[7] == len(tail):
            return True
        at = tail.rfind(b"PK\x05\x06", 0, at)
    return False


class Archive:
    """An opened zip whose directory is small, whole and honest about names.

    Raises Refused: broken, bomb, unsafe or encrypted.
    """

    def __init__(self, path: Path, limits: Limits) -> None:
        self._limits = limits
        self._size = path.stat().st_size
        self._file: BinaryIO = path.open("rb")
        try:
            self._check_directory_size()
            try:
                self._zip = ZipFile(self._file)
            except (BadZipFile, NotImplementedError, UnicodeDecodeError, struct.error, ValueError) as error:
                raise Refused("broken", f"zip: {error}") from error
            self.entries = self._zip.infolist()
            self._check_entries()
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> "Archive":
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()
        self._file.close()

    def _check_directory_size(self) -> None:
        self._file.seek(max(0, self._size - 66_000))
        tail = self._file.read(66_000)
        at = tail.rfind(b"PK\x05\x06")
        if at < 0 or not ends_as_zip(tail[at:]):
            raise Refused("broken", "zip without its end")
        _, disk, first_disk, here, count, size, offset, _ = _END.unpack(tail[at : at + _END.size])
        if disk or first_disk or here != count or 0xFFFF in (here, count) or 0xFFFFFFFF in (size, offset):
            raise Refused("broken", "zip in parts or in 64 bits")
        if count > self._limits.entries or size > self._limits.directory:
            raise Refused("bomb", f"{count} entries, directory of {size} bytes")
        # Anything before the first entry or between directory and end would be a second document.
        if offset + size != self._size - len(tail) + at:
            raise Refused("broken", "zip directory is not where it says")
        self._count = count

    def _check_entries(self) -> None:
        if len(self.entries) != self._count:
            raise Refused("broken", "zip directory counts wrong")
        names: set[str] = set()
        for entry in self.entries:
            name = entry.orig_filename
            parts = name.replace("\\", "/").split("/")
            if ".." in parts or name.startswith(("/", "\\")) or re.search(r"[\x00-\x1f]|^[A-Za-z]:", name):
                raise Refused("unsafe", f"entry name {name[:80]!r}")
            if stat.S_ISLNK(entry.external_attr >> 16):
                raise Refused("unsafe", f"link {name[:80]!r}")
            if name.lower() in names:
                raise Refused("broken", f"two entries {name[:80]!r}")
            names.add(name.lower())
            if entry.flag_bits & _ENCRYPTED_FLAG:
                raise Refused("encrypted", f"entry {name[:80]!r}")
            if entry.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
                raise Refused("broken", f"compression {entry.compress_type}")
            self._check_ratio(entry.file_size, entry.compress_size)
        self._check_total(sum(entry.file_size for entry in self.entries))

    def _check_ratio(self, unpacked: int, packed: int) -> None:
        if unpacked > _SMALL and unpacked > self._limits.ratio * max(packed, 1):
            raise Refused("bomb", f"{packed} bytes unpack to {unpacked}")

    def _check_total(self, unpacked: int) -> None:
        if unpacked > self._limits.unpacked:
            raise Refused("bomb", f"unpacks to {unpacked} bytes")

    def names(self) -> list[str]:
        return [entry.filename for entry in self.entries]

    def inflate(self, entry: ZipInfo) -> Iterator[bytes]:
        """The entry's bytes as they really are, in pieces of at most 64 kB. Raises Refused when they are more
        than the directory says, fewer, or other ones."""
        self._file.seek(entry.header_offset)
        header = self._file.read(_LOCAL.size)
        if len(header) != _LOCAL.size or header[:4] != b"PK\x03\x04":
            raise Refused("broken", "entry without a header")
        fields = _LOCAL.unpack(header)
        if fields[2] & _ENCRYPTED_FLAG:
            raise Refused("encrypted", "local header")
        if fields[3] != entry.compress_type:
            raise Refused("broken", "two compressions")
        name = self._file.read(fields[9])
        if name.decode("utf-8" if fields[2] & 0x800 else "cp437", "replace") != entry.orig_filename:
            raise Refused("broken", "two names")
        self._file.seek(fields[10], 1)
        position = self._file.tell()
        if position + entry.compress_size > self._size:
            raise Refused("broken", "entry reaches past the end")
        length = checksum = 0
        for piece in self._unpack(position, entry):
            length += len(piece)
            if length > entry.file_size + _SLIP:
                raise Refused("bomb", f"more than the {entry.file_size} bytes that it says")
            checksum = zlib.crc32(piece, checksum)
            yield piece
        if length != entry.file_size or checksum != entry.CRC:
            raise Refused("broken", "entry is not what the directory says")

    def _unpack(self, position: int, entry: ZipInfo) -> Iterator[bytes]:
        left = entry.compress_size
        unpacker = zlib.decompressobj(-15) if entry.compress_type == ZIP_DEFLATED else None
        while left > 0:
            self._file.seek(position)
            packed = self._file.read(min(_CHUNK, left))
            if not packed:
                raise Refused("broken", "entry is cut off")
            position, left = position + len(packed), left - len(packed)
            if unpacker is None:
                yield packed
                continue
            full = True
            while packed or full:
                try:
                    piece = unpacker.decompress(packed, _CHUNK)
                except zlib.error as error:
                    raise Refused("broken", f"deflate: {error}") from error
                yield piece
                if unpacker.eof:
                    if left or unpacker.unused_data:
                        raise Refused("broken", "bytes after an entry")
                    return
                packed = unpacker.unconsumed_tail
                # A full piece may leave more inside the unpacker though all input is taken.
                full = len(piece) == _CHUNK
        if unpacker is not None and not unpacker.eof:
            raise Refused("broken", "entry is cut off")

    def read(self, entry: ZipInfo, most: int) -> bytes:
        """The whole entry. Raises Refused("bomb") when it is larger than `most` bytes."""
        if entry.file_size > most:
            raise Refused("bomb", f"{entry.filename[:80]!r} of {entry.file_size} bytes")
        return b"".join(self.inflate(entry))

    def check_contents(self, counted: dict[str, bytes]) -> dict[str, int]:
        """Unpack everything piece by piece, keeping nothing. Refuses document type declarations in every part
        that is XML by its first byte. Returns how often `counted[name]` stands in the entry `name`."""
        total = total_xml = 0
        found = dict.fromkeys(counted, 0)
        for entry in self.entries:
            is_xml = False
            before = b""
            mark = counted.get(entry.filename)
            for number, piece in enumerate(self.inflate(entry)):
                total += len(piece)
                self._check_total(total)
                if number == 0:
                    is_xml = _looks_like_xml(piece) and not entry.filename.lower().endswith(".svg")
                    if is_xml:
                        _check_encoding(piece)
                if is_xml:
                    total_xml += len(piece)
                    if total_xml > self._limits.unpacked_xml:
                        raise Refused("bomb", "too much XML")
                    if _DECLARATION.search(before + piece):
                        raise Refused("unsafe", f"document type declaration in {entry.filename[:80]!r}")
                if mark:
                    found[entry.filename] += (before + piece).count(mark) - before.count(mark)
                before = piece[-_LONGEST_MARK:]
        return found


def _looks_like_xml(piece: bytes) -> bool:
    start = piece[:64].lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n\x00")
    return start.startswith(b"<")


def _check_encoding(piece: bytes) -> None:
    # Other encodings could hide a declaration from a search by bytes.
    declared = _ENCODING.search(piece[:400].replace(b"\x00", b""))
    if declared and declared.group(1).lower() not in _ENCODINGS:
        raise Refused("unsafe", f"XML in {declared.group(1).decode('ascii', 'replace')}")
