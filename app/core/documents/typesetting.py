"""Typst, kept on a short lead: our own programs, fed with data that can never become program text."""

import importlib.util
import json
import tempfile
from pathlib import Path
from typing import Any

import typst

FONTS = ("Lato", "Libertinus Serif", "DejaVu Sans Mono")


def typeset(
    program: Path, data: dict[str, Any], folder: Path | None = None, standard: str | None = None
) -> bytes:
    """The PDF that the program makes of the data (it reads them by `json("data.json")`).

    The program sees nothing but `folder`, where pictures may lie, with the data written into it; no packages,
    no fonts but those that come with us. `standard` is a PDF standard such as ua-1. Raises typst.TypstError.
    """
    if folder is None:
        with tempfile.TemporaryDirectory() as made:
            return typeset(program, data, Path(made), standard)
    (folder / "data.json").write_text(json.dumps(data), encoding="utf-8")
    main = folder / "main.typ"
    main.write_text(program.read_text(encoding="utf-8"), encoding="utf-8")
    nowhere = folder / "no-packages"
    return typst.compile(
        main,
        root=folder,
        font_paths=font_folders(),
        ignore_system_fonts=True,
        format="pdf",
        pdf_standards=standard,  # type: ignore[arg-type]
        package_path=nowhere,
        package_cache_path=nowhere,
    )


def font_folders() -> list[Path]:
    """Where the fonts lie that are not inside typst."""
    found = importlib.util.find_spec("font_lato")
    places = found.submodule_search_locations if found else None
    return [Path(place) / "files" for place in places or ()]
