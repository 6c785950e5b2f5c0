"""Colours of Office drawings: from theme names and adjustments to #rrggbb."""

import colorsys
import re
from dataclasses import dataclass

from lxml.etree import QName, _Element

A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_NAMED = {
    "black": "000000", "white": "ffffff", "red": "ff0000", "green": "008000", "blue": "0000ff",
    "yellow": "ffff00", "gray": "808080", "grey": "808080",
    "orange": "ffa500", "darkBlue": "00008b", "lightGray": "d3d3d3",
}  # fmt: skip
_SYSTEM = {"windowText": "000000", "window": "ffffff"}
_WHOLE = 100_000
_INVISIBLE = 0.02


@dataclass(frozen=True, slots=True)
class Theme:
    """The theme's colours by name (dk1, accent1, …) and what a master calls them (tx1 -> dk1, …)."""

    colors: dict[str, str]
    names: dict[str, str]

    def find_color(self, parent: _Element | None, placeholder: str | None = None) -> str | None:
        """The first colour that stands below `parent`; None when there is none or it cannot be seen."""
        if parent is None:
            return None
        for child in parent:
            if isinstance(child.tag, str) and QName(child).localname.endswith("Clr"):
                return self._adjusted(child, self._plain(child, placeholder))
        return None

    def _plain(self, element: _Element, placeholder: str | None) -> str | None:
        value = element.get("val", "")
        match QName(element).localname:
            case "srgbClr":
                return value.lower() if re.fullmatch("[0-9A-Fa-f]{6}", value) else None
            case "schemeClr" if value == "phClr":
                return (placeholder or "").removeprefix("#")[:6] or None
            case "schemeClr":
                return self.colors.get(self.names.get(value, value))
            case "sysClr":
                last = element.get("lastClr", "")
                return last.lower() if re.fullmatch("[0-9A-Fa-f]{6}", last) else _SYSTEM.get(value)
            case "prstClr":
                return _NAMED.get(value)
        return None

    def _adjusted(self, element: _Element, color: str | None) -> str | None:
        if color is None:
            return None
        red, green, blue = (int(color[at : at + 2], 16) / 255 for at in (0, 2, 4))
        alpha = 1.0
        for change in element:
            share = _share(change)
            hue, light, saturation = colorsys.rgb_to_hls(red, green, blue)
            match QName(change).localname:
                case "lumMod":
                    red, green, blue = colorsys.hls_to_rgb(hue, min(1, light * share), saturation)
                case "lumOff":
                    red, green, blue = colorsys.hls_to_rgb(hue, min(1, light + share), saturation)
                case "shade":
                    red, green, blue = red * share, green * share, blue * share
                case "tint":
                    red, green, blue = (1 - (1 - part) * share for part in (red, green, blue))
                case "alpha":
                    alpha = share
        if alpha < _INVISIBLE:
            return None
        rgb = "".join(f"{round(min(max(part, 0), 1) * 255):02x}" for part in (red, green, blue))
        return f"#{rgb}" if alpha >= 1 else f"#{rgb}{round(alpha * 255):02x}"


def _share(element: _Element) -> float:
    try:
        return min(max(int(element.get("val", _WHOLE)) / _WHOLE, 0.0), 4.0)
    except ValueError:
        return 1.0


def read_theme(theme: _Element | None, color_map: _Element | None) -> Theme:
    """The theme of a master from its theme part and its `clrMap`."""
    plain = Theme({}, {})
    colors = {"dk1": "000000", "lt1": "ffffff", "dk2": "44546a", "lt2": "e7e6e6", "accent1": "4472c4"}
    if theme is not None:
        for scheme in theme.iter(f"{A}clrScheme"):
            for entry in scheme:
                found = plain.find_color(entry)
                if found:
                    colors[QName(entry).localname] = found.removeprefix("#")[:6]
    names = {"tx1": "dk1", "bg1": "lt1", "tx2": "dk2", "bg2": "lt2"}
    if color_map is not None:
        names |= {str(key): str(value) for key, value in color_map.attrib.items()}
    return Theme(colors, names)
