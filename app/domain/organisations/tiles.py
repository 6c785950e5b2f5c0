"""The 98 municipalities as a map of equal tiles: one cell for each, about where a Dane looks for it.

Drawn by hand. North is up; Jutland is on the left, Funen in the middle, Zealand on the right, Bornholm at the
edge. Islands stand apart. The letters are short names of three letters, each of one municipality only.
"""

from dataclasses import dataclass
from typing import Final

_DRAWN: Final = """
...  ...  ...  ...  ...  Hjø  Frh  ...  Læs  ...  ...  ...  ...  ...  ...  ...  ...  ...
...  ...  ...  ...  Jam  Brs  ...  ...  ...  ...  ...  ...  ...  ...  ...  ...  ...  ...
...  ...  Thi  Mor  VHi  Aal  ...  ...  ...  ...  ...  ...  ...  ...  ...  ...  ...  ...
...  Lem  Str  Ski  Reb  Mar  ...  ...  ...  ...  ...  ...  ...  ...  ...  ...  ...  ...
...  ...  Hlb  Vib  Fav  Ran  Nor  ...  ...  ...  ...  ...  ...  Gri  Hel  ...  ...  ...
...  RSk  Hrn  Ika  Sil  Aar  Syd  ...  ...  ...  ...  ...  Hal  Hil  Fre  ...  ...  ...
...  Var  Bil  Hed  Ska  Odd  ...  Sam  ...  ...  ...  ...  Frs  All  Hør  ...  ...  ...
Fan  Esb  Vjn  Vej  Hor  ...  ...  ...  ...  ...  Ods  ...  Ege  Fur  Rud  Lyn  ...  ...
...  ...  Had  Kol  Frc  Mid  NFy  Ker  ...  Kal  Hol  Lej  Bal  Her  Gla  Gen  ...  ...
...  Tøn  Aab  Søn  ...  Ass  Ode  Nyb  ...  Sla  Sor  Ros  HTa  Alb  Glo  Rød  Frb  Kbh
...  ...  ...  ...  ...  Faa  Sve  Lan  ...  ...  Rin  Sol  Gre  Ish  Val  Brø  Hvi  Tår
...  ...  ...  ...  ...  ...  Ærø  ...  ...  ...  Næs  Køg  Ste  ...  ...  ...  ...  Dra
...  ...  ...  ...  ...  ...  ...  ...  ...  ...  Vor  Fax  ...  ...  ...  ...  ...  ...
...  ...  ...  ...  ...  ...  ...  ...  ...  Lol  Gul  ...  ...  ...  ...  ...  ...  Bor
"""

# By the municipality's code, as in `Organisation.municipality_code`.
_SHORT: Final = """
0101 Kbh 0147 Frb 0151 Bal 0153 Brø 0155 Dra 0157 Gen 0159 Gla 0161 Glo 0163 Her 0165 Alb 0167 Hvi 0169 HTa
0173 Lyn 0175 Rød 0183 Ish 0185 Tår 0187 Val 0190 Fur 0201 All 0210 Fre 0217 Hel 0219 Hil 0223 Hør 0230 Rud
0240 Ege 0250 Frs 0260 Hal 0270 Gri 0400 Bor
0253 Gre 0259 Køg 0265 Ros 0269 Sol 0306 Ods 0316 Hol 0320 Fax 0326 Kal 0329 Rin 0330 Sla 0336 Ste 0340 Sor
0350 Lej 0360 Lol 0370 Næs 0376 Gul 0390 Vor
0410 Mid 0420 Ass 0430 Faa 0440 Ker 0450 Nyb 0461 Ode 0479 Sve 0480 NFy 0482 Lan 0492 Ærø 0510 Had 0530 Bil
0540 Søn 0550 Tøn 0561 Esb 0563 Fan 0573 Var 0575 Vjn 0580 Aab 0607 Frc 0621 Kol 0630 Vej
0615 Hor 0657 Hrn 0661 Hlb 0665 Lem 0671 Str 0706 Syd 0707 Nor 0710 Fav 0727 Odd 0730 Ran 0740 Sil 0741 Sam
0746 Ska 0751 Aar 0756 Ika 0760 RSk 0766 Hed 0779 Ski 0791 Vib
0773 Mor 0787 Thi 0810 Brs 0813 Frh 0820 VHi 0825 Læs 0840 Reb 0846 Mar 0849 Jam 0851 Aal 0860 Hjø
"""


@dataclass(frozen=True, slots=True)
class Tile:
    """Where a municipality stands: column and row from 1, and its short name."""

    code: str
    column: int
    row: int
    short: str


def _read() -> dict[str, Tile]:
    words = _SHORT.split()
    code_of = dict(zip(words[1::2], words[::2], strict=True))
    tiles = {}
    for row, line in enumerate(_DRAWN.split("\n")[1:-1], 1):
        for column, short in enumerate(line.split(), 1):
            if short != "...":
                code = code_of[short]
                tiles[code] = Tile(code, column, row, short)
    return tiles


TILES: Final[dict[str, Tile]] = _read()
COLUMNS: Final = max(tile.column for tile in TILES.values())
ROWS: Final = max(tile.row for tile in TILES.values())


def tile_of(municipality_code: str | None) -> Tile | None:
    """The tile of a municipality; None of one that is not among the 98."""
    return TILES.get(municipality_code or "")
