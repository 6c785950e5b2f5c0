"""How big the municipalities are, in four classes by their inhabitants.

After Statistics Denmark's table FOLK1A, about 2024. The borders lie where few municipalities are near them,
so that a class holds for years; the figures themselves are not kept. Written down without the table at hand:
whoever has it should hold the four lines against it once.
"""

from typing import Final, Literal, get_args

Size = Literal["small", "middle", "large", "city"]
SIZES: Final[tuple[Size, ...]] = get_args(Size)

# Under 35,000; up to 55,000; up to 85,000; more. Municipality codes, as in `Organisation.municipality_code`.
_CODES: Final[dict[Size, str]] = {
    "small": "0155 0161 0163 0165 0183 0187 0201 0223 0260 0269 0306 0336 0340 0350 0440 0450 0480 0482 "
    "0492 0530 0563 0665 0671 0727 0741 0773 0825 0840",
    "middle": "0151 0153 0167 0175 0185 0190 0210 0219 0240 0250 0253 0270 0320 0326 0329 0360 0390 0400 "
    "0410 0420 0430 0550 0573 0575 0607 0706 0707 0710 0756 0766 0779 0787 0810 0820 0846 0849",
    "large": "0157 0159 0169 0173 0217 0230 0259 0316 0330 0370 0376 0479 0510 0540 0580 0661 0746 0760 "
    "0813 0860",
    "city": "0101 0147 0265 0461 0561 0615 0621 0630 0657 0730 0740 0751 0791 0851",
}
_SIZE_OF: Final[dict[str, Size]] = {code: size for size, codes in _CODES.items() for code in codes.split()}


def size_of(municipality_code: str | None) -> Size | None:
    """The class of a municipality; None of what is none."""
    return _SIZE_OF.get(municipality_code or "")


def codes_of(size: Size | None) -> tuple[str, ...]:
    """The codes of the municipalities of a class."""
    return tuple(_CODES[size].split()) if size is not None else ()
