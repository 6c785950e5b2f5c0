"""What a document may cost: sizes in bytes, times in seconds, pictures in pixels."""

from dataclasses import dataclass
from typing import Literal, get_args

Kind = Literal["pdf", "pptx", "odp"]

Code = Literal[
    "empty",  # no bytes at all
    "too_big",  # more bytes than an upload may have
    "unknown_kind",  # the name ends in something else than .pdf, .pptx or .odp
    "not_what_it_says",  # the content is not what the name says, or is two things at once
    "encrypted",  # a password is asked for
    "broken",  # cut off or damaged
    "unsafe",  # names that lead out of the archive, links, document type declarations
    "macros",  # carries program code
    "bomb",  # unpacks to, or asks for, more memory or time than a document needs
    "too_many_pages",
    "no_pages",
]
CODES: tuple[Code, ...] = get_args(Code)


class Refused(Exception):
    """The file is not taken. `code` is one of CODES and names the sentence to show; `detail` is for logs."""

    def __init__(self, code: Code, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code: Code = code
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Limits:
    """The ceilings for one document."""

    upload: int = 50_000_000
    pages: int = 400
    page_text: int = 20_000
    title: int = 200

    entries: int = 6_000
    directory: int = 2_000_000
    unpacked: int = 400_000_000
    unpacked_xml: int = 48_000_000
    ratio: int = 200

    picture_width: int = 960
    picture_height: int = 1_920
    thumbnail_width: int = 320
    source_pixels: int = 64_000_000

    memory: int = 1_200_000_000
    cpu: int = 60
    file: int = 200_000_000
    wall: int = 110
    office_memory: int = 4_000_000_000
    office_wall: int = 60
    scan_width: int = 2_400
    scan_height: int = 3_400
    scan_page: int = 40
    scan_wall: int = 900
    scan_memory: int = 2_000_000_000


LIMITS = Limits()
