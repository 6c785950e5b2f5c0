"""Codes by which a room is joined: four letters that can be read on a wall and said aloud."""

import re
from secrets import choice

# No vowels, so that they spell nothing; nor Q and W, which are mistaken for others when said or written.
LETTERS = "BCDFGHJKLMNPRSTVXZ"
LENGTH = 4
_RUDE = ("FCK", "PRN", "KKK", "NGR", "SS")
_TYPED = re.compile(rf"\s*([{LETTERS}{LETTERS.lower()}]{{{LENGTH}}})[\s./_–-]*(\d{{1,3}})?\s*")


def make_code() -> str:
    """A new code. Whether it is taken is the caller's to see."""
    while True:
        code = "".join(choice(LETTERS) for _ in range(LENGTH))
        if not any(part in code for part in _RUDE):
            return code


def read_code(typed: str) -> tuple[str, int | None] | None:
    """The code of the room, and the number of a group after it: "abcd 3" is ABCD and 3. Else None."""
    found = _TYPED.fullmatch(typed[:40])
    if found is None:
        return None
    return found[1].upper(), int(found[2]) if found[2] else None
