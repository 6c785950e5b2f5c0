"""Several processes from one that has read the program: they share the memory of what was read."""

import logging
import os
import select
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
    # A signal may come while the answer to another is under way: so what answers takes no lock. The byte that
    # Python itself writes into this pipe for each signal ends the sleep.
    woken, waker = os.pipe()
    os.set_blocking(woken, False)
    os.set_blocking(waker, False)
    is_stopping = False

    def stop(*_: object) -> None:
        nonlocal is_stopping
        is_stopping = True

    waker_before = signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
    before = {number: signal.signal(number, stop) for number in _ORDERLY}
    before[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, lambda *_: None)
    running: dict[int, int] = {}
    begun = dict.fromkeys(range(len(works)), -PAUSE)

    def begin(number: int) -> None:
        begun[number] = time.monotonic()
        child = os.fork()
        if child == 0:
            signal.set_wakeup_fd(-1)
            for ours in (held, woken, waker):
                os.close(ours)
            _live(works[number], lifeline)
        running[child] = number

    try:
        while running or not is_stopping:
            with suppress(BlockingIOError):
                os.read(woken, 4096)
            for child in [child for child in running if os.waitpid(child, os.WNOHANG)[0]]:
                number = running.pop(child)
                if not is_stopping:
                    log.error("process %d of %d ended and is replaced", number + 1, len(works))
            if is_stopping:
                _tell(running, signal.SIGTERM)
            else:
                for number in sorted(set(begun) - set(running.values())):
                    if time.monotonic() - begun[number] >= PAUSE:
                        begin(number)
            select.select([woken], [], [], PAUSE)
    finally:
        _tell(running, signal.SIGTERM)
        signal.set_wakeup_fd(waker_before)
        for ours in (held, lifeline, woken, waker):
            os.close(ours)
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
