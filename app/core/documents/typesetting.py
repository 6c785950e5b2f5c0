"""Typst, kept on a short lead: our own programs, fed with data that can never become program text."""

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import typst

from app.core.documents.fonts import font_folders
from app.core.documents.surroundings import child_environment

_MAIN = "main.typ"
FONTS = ("Lato", "Libertinus Serif", "DejaVu Sans Mono")


_WALL = 300  # seconds for a long document on a slow machine
# A standard such as ua-1 refuses a whole document for one character that no font of ours shows, as an emoji.
_UNSHOWN = re.compile(r'the text `"(.+)"` could not be displayed')
_ESCAPED = re.compile(r"\\u\{([0-9a-f]+)\}")
# Shown in the place of what no font shows, once for many in a row and what joins them.
_STAND_IN = "\ufffd"
_MOST_TRIES = 2000
_PROBE = """#let data = json("data.json")
#set document(title: "-")
#set text(font: data.fonts)
#data.words.join(" ")
"""


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
    unshown: set[str] = set()
    for _ in range(_MOST_TRIES):
        try:
            return _compile_once(folder, standard)
        except typst.TypstError as error:
            named = _find_unshown(error)
            if not named or named <= unshown:
                raise
            # The error names one at a time; a small document tells of the others faster than a long one.
            unshown |= named | (set() if unshown else _probe(folder, standard))
            _put_stand_in(folder / "data.json", unshown)
    raise RuntimeError("too much that no font shows")


def _find_unshown(error: typst.TypstError) -> set[str]:
    found = _UNSHOWN.search(error.message)
    return set(_ESCAPED.sub(lambda code: chr(int(code[1], 16)), found[1])) if found else set()


def _probe(folder: Path, standard: str | None) -> set[str]:
    """The characters of the data that no font shows."""
    data = json.loads((folder / "data.json").read_text(encoding="utf-8"))
    letters = {letter for letter in json.dumps(data, ensure_ascii=False) if letter > "\x7f"}
    unshown: set[str] = set()
    with tempfile.TemporaryDirectory(dir=folder) as made:
        apart = Path(made)
        (apart / _MAIN).write_text(_PROBE, encoding="utf-8")
        for _ in range(_MOST_TRIES):
            words = {"fonts": data.get("fonts", FONTS), "words": sorted(letters - unshown)}
            (apart / "data.json").write_text(json.dumps(words), encoding="utf-8")
            try:
                _compile_once(apart, standard)
                return unshown
            except typst.TypstError as error:
                named = _find_unshown(error) - unshown
                if not named:
                    return unshown
                unshown |= named
    # So many that it is a script of which we have no font.
    return letters - set(map(chr, range(0x250)))


def _put_stand_in(path: Path, unshown: set[str]) -> None:
    several = "[" + "".join(map(re.escape, sorted(unshown))) + "]"
    words = re.compile(f"{several}(?:{several}|[\u200d\ufe0e\ufe0f])*")

    def cleared(value: Any) -> Any:
        match value:
            case str():
                return words.sub(_STAND_IN, value)
            case list():
                return [*map(cleared, value)]
            case dict():
                return {name: cleared(one) for name, one in value.items()}
        return value

    path.write_text(json.dumps(cleared(json.loads(path.read_text(encoding="utf-8")))), encoding="utf-8")


def _compile_once(folder: Path, standard: str | None) -> bytes:
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


if __name__ == "__main__":
    _folder, _standard = sys.argv[1:]
    made = _compile(Path(_folder), None if _standard == "-" else _standard)
    (Path(_folder) / "made.pdf").write_bytes(made)
