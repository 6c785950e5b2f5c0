"""Several processes of the house, forked from one that has read the program: `python -m tests.processes`.

Takes lines of JSON, the arguments of one command each, and tells the number of each process that it starts.
They end when their parent does.
"""

import ctypes
import json
import os
import signal
import sys

from app.cli import main
from app.main import index_routes

_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG


def start(arguments: list[str]) -> int:
    number = os.fork()
    if number == 0:
        ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGTERM)
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        os._exit(main(arguments))
    return number


if __name__ == "__main__":
    index_routes()  # shared by all, as it takes the longest
    for line in sys.stdin:
        print(start(json.loads(line)), flush=True)
