"""What the processes that we start know of this one."""

import os
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[3]


def child_environment(home: str) -> dict[str, str]:
    """Nothing of ours that could be a secret; the search path so that the child finds this very program."""
    paths = [str(_ROOT), *os.environ.get("PYTHONPATH", "").split(os.pathsep)]
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "PYTHONPATH": os.pathsep.join(filter(None, paths)),
        "HOME": home,
        "TMPDIR": home,
        "LANG": "C.UTF-8",
        "RAYON_NUM_THREADS": "1",
        "MALLOC_ARENA_MAX": "2",
    }
