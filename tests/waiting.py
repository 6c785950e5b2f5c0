"""Waiting for what another thread or process does."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


def wait_until(holds: Callable[[], bool], seconds: float = 30.0) -> None:
    """Return when it holds; fail after `seconds`."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, f"waited {seconds} s in vain"
        time.sleep(0.05)


def in_a_thread(call: Callable[P, R], *given: P.args, **named: P.kwargs) -> R:
    """What the call gives. A test in whose process a browser has run has an event loop in its own thread."""
    with ThreadPoolExecutor(max_workers=1) as alone:
        return alone.submit(call, *given, **named).result()
