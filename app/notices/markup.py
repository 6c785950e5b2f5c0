"""The HTML of a mail from its plain text: paragraphs, lists, set-off lines and addresses, nothing else."""

import re

from markupsafe import Markup, escape

SPACED = "margin:0 0 16px"
SET_OFF = SPACED + ";padding:2px 0 2px 12px;border-left:3px solid #8a8f98"
LINK = "color:inherit;text-decoration:underline"

_BULLET = re.compile(r"[-•] +(?P<words>.+)")
_NUMBERED = re.compile(r"\d{1,2}\. +(?P<words>.+)")
# What ends a sentence or closes a bracket after an address is not part of it.
_ADDRESS = re.compile(
    r"https?://[^\s<>\"]+[^\s<>\".,;:!?)»'”]|[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.ASCII | re.IGNORECASE
)


def as_html(text: str) -> Markup:
    """Escaped markup with style attributes only. Blank lines part paragraphs; other line ends stay."""
    blocks = re.split(r"\n\s*\n", text.strip("\n"))
    return Markup("\n").join(_as_block(block) for block in blocks if block.strip())


def _as_block(block: str) -> Markup:
    lines = block.strip("\n").split("\n")
    for pattern, tag in ((_BULLET, "ul"), (_NUMBERED, "ol")):
        if all(pattern.match(line.strip()) for line in lines):
            return _as_list(lines, pattern, tag)
    is_set_off = all(line.startswith("    ") for line in lines)
    words = Markup("<br>\n").join(link_addresses(line.strip()) for line in lines)
    return Markup('<p style="{}">{}</p>').format(SET_OFF if is_set_off else SPACED, words)


def _as_list(lines: list[str], pattern: re.Pattern[str], tag: str) -> Markup:
    found = (pattern.match(line.strip()) for line in lines)
    points = (
        Markup("<li>{}</li>").format(link_addresses(match["words"])) for match in found if match is not None
    )
    opening = Markup('<{} style="{};padding-left:24px">').format(tag, SPACED)
    return opening + Markup("").join(points) + Markup("</{}>").format(tag)


def link_addresses(line: str) -> Markup:
    """The line, escaped, with its addresses of the web and of mail as links."""
    parts, end = [], 0
    for match in _ADDRESS.finditer(line):
        found = match.group()
        target = found if "://" in found else f"mailto:{found}"
        parts += [
            escape(line[end : match.start()]),
            Markup('<a href="{}" style="{}">{}</a>').format(target, LINK, found),
        ]
        end = match.end()
    return Markup("").join([*parts, escape(line[end:])])
