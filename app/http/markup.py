"""The HTML of a mail from its plain text: paragraphs, lists, set-off lines and addresses, nothing else."""

import re

from markupsafe import Markup, escape

SPACED = "margin:0 0 16px"
SET_OFF = "margin:0 0 16px;padding:2px 0 2px 12px;border-left:3px solid #8a8f98"
LINK = "color:inherit;text-decoration:underline"

_BULLET = re.compile(r"[-•] +(?P<words>.+)")
_NUMBERED = re.compile(r"\d{1,2}\. +(?P<words>.+)")
# What ends a sentence or closes a bracket after an address is not part of it.
_ADDRESS = re.compile(
    r"https?://[^\s<>\"]+[^\s<>\".,;:!?)»'”]|[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.ASCII | re.IGNORECASE
)


def as_html(text: str, is_styled: bool = True) -> Markup:
    """Escaped markup; for mails with style attributes. Blank lines part paragraphs, other line ends stay."""
    blocks = re.split(r"\n\s*\n", text.strip("\n"))
    return Markup("\n").join(_as_block(block, is_styled) for block in blocks if block.strip())


def _as_block(block: str, is_styled: bool) -> Markup:
    lines = block.strip("\n").split("\n")
    for pattern, tag in ((_BULLET, "ul"), (_NUMBERED, "ol")):
        if all(pattern.match(line.strip()) for line in lines):
            return _as_list(lines, pattern, tag, is_styled)
    is_set_off = all(line.startswith("    ") for line in lines)
    words = Markup("<br>\n").join(_link(line.strip(), is_styled) for line in lines)
    opening = _open("div" if is_set_off else "p", SET_OFF if is_set_off else SPACED, is_styled)
    closing = Markup("</div>") if is_set_off else Markup("</p>")
    return opening + words + closing


def _as_list(lines: list[str], pattern: re.Pattern[str], tag: str, is_styled: bool) -> Markup:
    found = (pattern.match(line.strip()) for line in lines)
    points = [_link(match["words"], is_styled) for match in found if match is not None]
    items = Markup("").join(Markup("<li>{}</li>").format(point) for point in points)
    return _open(tag, f"{SPACED};padding-left:24px", is_styled) + items + Markup("</{}>").format(tag)


def _open(tag: str, style: str, is_styled: bool) -> Markup:
    return Markup('<{} style="{}">').format(tag, style) if is_styled else Markup("<{}>").format(tag)


def _link(line: str, is_styled: bool) -> Markup:
    """The line, escaped, with its addresses of the web and of mail as links."""
    style = Markup(' style="{}"').format(LINK) if is_styled else Markup("")
    parts, end = [], 0
    for match in _ADDRESS.finditer(line):
        found = match.group()
        target = found if "://" in found else f"mailto:{found}"
        link = Markup('<a href="{}"{}>{}</a>').format(target, style, found)
        parts += [escape(line[end : match.start()]), link]
        end = match.end()
    return Markup("").join([*parts, escape(line[end:])])
