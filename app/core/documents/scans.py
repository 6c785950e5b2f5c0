"""Tesseract, where it is installed with Danish: words of pages that are only pictures."""

import shutil
import subprocess
from functools import lru_cache

LANGUAGES = ("dan", "eng")


@lru_cache(1)
def find_scan_reader() -> str | None:
    """The path of Tesseract; None where it, or its Danish, is not installed. Looked up once a process."""
    program = shutil.which("tesseract")
    return program if program and LANGUAGES[0] in _languages(program) else None


def read_picture(program: str, picture: bytes, seconds: int) -> str:
    """The words on a picture (PNG); nothing when it takes longer than so many seconds, or fails."""
    languages = "+".join(one for one in LANGUAGES if one in _languages(program))
    command = [program, "stdin", "stdout", "-l", languages, "--psm", "3"]
    try:
        done = subprocess.run(command, input=picture, capture_output=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired:
        return ""
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else ""


@lru_cache(2)
def _languages(program: str) -> frozenset[str]:
    try:
        told = subprocess.run(
            [program, "--list-langs"], capture_output=True, timeout=20, check=False, text=True
        )
    except (OSError, subprocess.TimeoutExpired):
        return frozenset()
    return frozenset(told.stdout.split())
