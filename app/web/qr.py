"""Codes to be scanned, drawn into the page itself."""

import segno
from markupsafe import Markup

QUIET = 4  # modules around the code, without which some cameras find nothing


def draw_code(address: str) -> Markup:
    """The address as a QR code: an SVG in black on white, as wide as its place. What it leads to stands
    beside it in words, so it is hidden from screen readers."""
    drawn = segno.make(address, error="m", micro=False).svg_inline(
        border=QUIET, omitsize=True, svgclass="qr", lineclass=None, light="#fff"
    )
    return Markup(drawn.replace("<svg", '<svg aria-hidden="true"', 1))  # noqa: S704  drawn here, of one address
