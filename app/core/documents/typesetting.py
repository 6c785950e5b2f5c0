"""Typst, kept on a short lead: our own programs, fed with data that can never become program text."""

import importlib.util
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import typst

from app.core.documents.surroundings import child_environment

_MAIN = "main.typ"
FONTS = ("Lato", "Libertinus Serif", "DejaVu Sans Mono")


_WALL = 300  # seconds for a long document on a slow machine


def typeset_apart(program: Path, data: dict[str, Any], standard: str | None = None) -> bytes:
    """As `typeset`, in a process of its own: a long document takes half a gigabyte, which then goes back.

    Raises RuntimeError where it could not be typeset.
    """
    with tempfile.TemporaryDirectory(prefix="dialogforum-typeset-") as made:
        folder = Path(made)
        _lay_out(program, data, folder)
        done = subprocess.run(
            [sys.executable, "-m", "app.core.documents.typesetting", str(folder), standard or "-"],
            env=child_environment(made),
            capture_output=True,
            timeout=_WALL,
            check=False,
        )
        if done.returncode != 0:
            raise RuntimeError(done.stderr.decode("utf-8", "replace")[-1000:])
        return (folder / "made.pdf").read_bytes()


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
    _lay_out(program, data, folder)
    return _compile(folder, standard)


def _lay_out(program: Path, data: dict[str, Any], folder: Path) -> None:
    (folder / "data.json").write_text(json.dumps(data), encoding="utf-8")
    (folder / _MAIN).write_text(program.read_text(encoding="utf-8"), encoding="utf-8")


def _compile(folder: Path, standard: str | None) -> bytes:
    nowhere = folder / "no-packages"
    return typst.compile(
        folder / _MAIN,
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


if __name__ == "__main__":
    _folder, _standard = sys.argv[1:]
    made = _compile(Path(_folder), None if _standard == "-" else _standard)
    (Path(_folder) / "made.pdf").write_bytes(made)
