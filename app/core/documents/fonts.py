"""Where the fonts lie that documents and pictures are written with."""

import importlib.util
from pathlib import Path


def font_folders() -> list[Path]:
    """Where the fonts lie that are not inside typst."""
    found = importlib.util.find_spec("font_lato")
    places = found.submodule_search_locations if found else None
    return [Path(place) / "files" for place in places or ()]
