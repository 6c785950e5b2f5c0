"""Makers of files that lie, break or explode."""

import hashlib
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from tests.core.documents.samples import deflate_zeros, make_pptx, write_pdf, write_plain_pdf

_PADDING = bytes.fromhex("28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e802f0ca9fe6453697a")


def change_zip(path: Path, change: Callable[[dict[str, bytes]], object]) -> Path:
    """The zip with its entries, by name, changed by `change`."""
    with ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    change(parts)
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def change_pptx(path: Path, change: Callable[[dict[str, bytes]], object]) -> Path:
    """A good PowerPoint file whose parts were changed by `change`."""
    return change_zip(make_pptx(path), change)


def add_entry(path: Path, entry: ZipInfo, content: bytes) -> Path:
    """The zip with one more entry."""
    with ZipFile(path, "a", ZIP_DEFLATED) as archive:
        archive.writestr(entry, content)
    return path


def add_zip_bomb(path: Path, size: int = 256 << 20) -> Path:
    """A good PowerPoint file with an honest entry of `size` zero bytes in about a thousandth of that."""
    make_pptx(path)
    with ZipFile(path, "a", ZIP_DEFLATED) as archive, archive.open("ppt/media/image9.png", "w") as entry:
        for _ in range(size >> 20):
            entry.write(bytes(1 << 20))
    return path


def add_lying_entry(path: Path, really: int, said: int) -> Path:
    """A good PowerPoint file with an entry of `really` bytes that both its headers call `said` bytes."""
    make_pptx(path)
    name = b"ppt/media/image9.png"
    with ZipFile(path, "a", ZIP_DEFLATED) as archive:
        archive.writestr(name.decode(), bytes(really))
    content = bytearray(path.read_bytes())
    local = content.rfind(b"PK\x03\x04")
    central = content.rfind(b"PK\x01\x02")
    struct.pack_into("<I", content, local + 22, said)
    struct.pack_into("<I", content, central + 24, said)
    path.write_bytes(bytes(content))
    return path


def write_overlapping_zip(path: Path, entries: int = 400, size: int = 4 << 20) -> Path:
    """A zip whose many entries all name one and the same packed kernel."""
    packed = zlib.compress(bytes(size), 9)[2:-4]
    checksum = zlib.crc32(bytes(size))
    name = b"[Content_Types].xml"
    local = (
        struct.pack("<4s5H3I2H", b"PK\x03\x04", 20, 0, 8, 0, 0, checksum, len(packed), size, len(name), 0)
        + name
    )
    out = bytearray(local + packed)
    start = len(out)
    for number in range(entries):
        other = name if number == 0 else f"ppt/media/{number}.png".encode()
        out += struct.pack("<4s6H3I5H2I", b"PK\x01\x02", 20, 20, 0, 8, 0, 0, checksum, len(packed), size,
                           len(other), 0, 0, 0, 0, 0, 0) + other  # fmt: skip
    out += struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, entries, entries, len(out) - start, start, 0)
    path.write_bytes(bytes(out))
    return path


def write_crowded_zip(path: Path, entries: int) -> Path:
    """A zip of very many empty entries."""
    with ZipFile(path, "w", ZIP_STORED) as archive:
        archive.writestr("[Content_Types].xml", b"<Types/>")
        for number in range(entries):
            archive.writestr(f"ppt/media/{number}", b"")
    return path


def write_bomb_pdf(path: Path, size: int = 2 << 30) -> Path:
    """A PDF whose one page shows a stream that inflates to `size` bytes through two filters."""
    stream = zlib.compress(deflate_zeros(size), 9)
    return write_plain_pdf(path, stream=stream, filters="/Filter [/FlateDecode /FlateDecode]")


def write_endless_pdf(path: Path) -> Path:
    """A PDF whose page calls forms that call each the next many times: billions of strokes in a few bytes."""
    depth, times = 9, 40
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 960 540] /Contents 4 0 R"
        b" /Resources << /XObject << /X 5 0 R >> >> >>",
        b"<< /Length 5 >>\nstream\n/X Do\nendstream",
    ]
    for level in range(depth):
        last = level == depth - 1
        stream = b"0 0 m 960 540 l S\n" * times if last else b"/X Do\n" * times
        resources = b"" if last else b"/Resources << /XObject << /X %d 0 R >> >>" % (6 + level)
        objects.append(
            b"<< /Type /XObject /Subtype /Form /BBox [0 0 960 540] %s /Length %d >>\nstream\n%s\nendstream"
            % (resources, len(stream), stream)
        )
    return write_pdf(path, objects)


def write_encrypted_pdf(path: Path, password: bytes) -> Path:
    """A PDF under the old 40-bit standard handler. With an empty password anyone may open it."""
    identity, owner, permissions = b"0123456789abcdef", bytes(range(32)), -4
    padded = (password + _PADDING)[:32]
    key = hashlib.md5(padded + owner + struct.pack("<i", permissions) + identity).digest()[:5]  # noqa: S324
    user = _rc4(key, _PADDING)
    stream = b"BT /F1 24 Tf 50 400 Td (Hemmeligt) Tj ET"
    stream_key = hashlib.md5(key + (4).to_bytes(3, "little") + (0).to_bytes(2, "little")).digest()  # noqa: S324
    lock = f"/Filter /Standard /V 1 /R 2 /O <{owner.hex()}> /U <{user.hex()}> /P {permissions}"
    trailer = f"/Encrypt << {lock} >> /ID [<{identity.hex()}> <{identity.hex()}>]"
    return write_plain_pdf(path, stream=_rc4(stream_key[:10], stream), trailer=trailer.encode())


def _rc4(key: bytes, data: bytes) -> bytes:
    state = list(range(256))
    j = 0
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) % 256
        state[i], state[j] = state[j], state[i]
    i = j = 0
    out = bytearray()
    for byte in data:
        i = (i + 1) % 256
        j = (j + state[i]) % 256
        state[i], state[j] = state[j], state[i]
        out.append(byte ^ state[(state[i] + state[j]) % 256])
    return bytes(out)
