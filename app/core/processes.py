"""Several processes from one that has read the program: they share the memory of what was read."""

import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

log = logging.getLogger(__name__)

PAUSE = 1.0  # seconds between two starts of the same one, so that what cannot start does not eat the machine
_ORDERLY = (signal.SIGTERM, signal.SIGINT)


def run_each(works: Sequence[Callable[[], None]]) -> None:
    """Run each in a process of its own, forked from this one, until SIGTERM or SIGINT.

    One that dies is replaced. They end when this one does, however it ends. Open no connection and start no
    thread that they need before this is called: neither is theirs.
    """
    lifeline, held = os.pipe()
    woken = threading.Event()
    is_stopping = threading.Event()

    def stop(*_: object) -> None:
        is_stopping.set()
        woken.set()

    before = {number: signal.signal(number, stop) for number in _ORDERLY}
    before[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, lambda *_: woken.set())
    running: dict[int, int] = {}
    begun = dict.fromkeys(range(len(works)), -PAUSE)

    def begin(number: int) -> None:
        begun[number] = time.monotonic()
        child = os.fork()
        if child == 0:
            os.close(held)
            _live(works[number], lifeline)
        running[child] = number

    try:
        while running or not is_stopping.is_set():
            woken.clear()
            for child in [child for child in running if os.waitpid(child, os.WNOHANG)[0]]:
                number = running.pop(child)
                if not is_stopping.is_set():
                    log.error("process %d of %d ended and is replaced", number + 1, len(works))
            if is_stopping.is_set():
                _tell(running, signal.SIGTERM)
            else:
                for number in sorted(set(begun) - set(running.values())):
                    if time.monotonic() - begun[number] >= PAUSE:
                        begin(number)
            woken.wait(PAUSE)
    finally:
        _tell(running, signal.SIGTERM)
        os.close(held)
        os.close(lifeline)
        for number, handler in before.items():
            signal.signal(number, handler)


def _tell(children: dict[int, int], number: signal.Signals) -> None:
    for child in children:
        with suppress(ProcessLookupError):
            os.kill(child, number)


def _live(work: Callable[[], None], lifeline: int) -> None:
    """The life of a child: never returns."""
    code = 1
    try:
        for number in (*_ORDERLY, signal.SIGCHLD):
            signal.signal(number, signal.SIG_DFL)
        threading.Thread(target=_leave_with_parent, args=(lifeline,), name="lifeline", daemon=True).start()
        work()
        code = 0
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 1
    except BaseException:
        log.exception("process ended by an error")
    finally:
        os._exit(code)


def _leave_with_parent(lifeline: int) -> None:
    """The pipe ends when the parent has gone, even by a kill."""
    os.read(lifeline, 1)
    os.kill(os.getpid(), signal.SIGTERM)
