"""One call to a receiver: to the very number that was looked at, over a checked line, within a time, and
never on to another address.

No proxy is asked: it would look the name up itself, after we have.
"""

import http.client
import os
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Final

from app.domain.webhooks.addresses import Target, WrongAddress, is_of_this_machine, is_open, read_address

WHOLE_CALL: Final = 10.0  # seconds
CONNECTING: Final = 4.0  # seconds for each number that a name leads to
MOST_NUMBERS: Final = 2
READ: Final = 4096  # bytes of an answer, at most
EXCERPT: Final = 500  # characters of it that are kept


@dataclass(frozen=True, slots=True)
class Outbound:
    """Where this site stands, and what may be sent to though it is near: (host, port).

    `hosts`: the only names that may be sent to, with those below them; none for all of the open internet.
    """

    base_url: str
    own_host: str
    exceptions: frozenset[tuple[str, int]] = frozenset()
    hosts: frozenset[str] = frozenset()


_in_force = Outbound("http://localhost", "localhost")


def send_as(outbound: Outbound) -> None:
    """Send from here on as this site; an entry point does it."""
    global _in_force
    _in_force = outbound


def outbound() -> Outbound:
    return _in_force


def read_target(address: str) -> Target:
    """The parts of an address that this site may send to. Raises WrongAddress."""
    target = read_address(address, _in_force.own_host, _in_force.exceptions)
    hosts = _in_force.hosts
    if hosts and not target.is_exception and not any(f".{target.host}".endswith(f".{one}") for one in hosts):
        raise WrongAddress("unlisted")
    return target


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a call went. `problem`: nothing where it was taken (2xx); status, redirect, name, near, connect,
    line, time or answer."""

    status: int | None
    milliseconds: int
    problem: str = ""
    excerpt: str = ""

    @property
    def is_taken(self) -> bool:
        return self.problem == ""

    @property
    def is_answered(self) -> bool:
        """Whether anything was there that answered, though it may not have liked what it got."""
        return self.status is not None


class _Failed(Exception):
    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


Resolve = Callable[[str, int], list[str]]


def post(address: str, headers: Mapping[str, str], body: bytes, resolve: Resolve | None = None) -> Outcome:
    """Send a body to an address, once. `resolve` stands for the system's own in tests."""
    began = time.monotonic()

    def done(status: int | None, problem: str, excerpt: str = "") -> Outcome:
        return Outcome(status, int((time.monotonic() - began) * 1000), problem, excerpt)

    try:
        target = read_target(address)
        numbers = find_numbers(target, resolve or resolve_name)
        with _connected(target, numbers, began + WHOLE_CALL) as line:
            status, words = _talk(line, target, headers, body)
    except WrongAddress:
        return done(None, "near")
    except _Failed as failed:
        return done(None, failed.problem)
    except ssl.SSLError:
        # A line that was cut for the time also looks like a broken one.
        return done(None, "time" if time.monotonic() - began >= WHOLE_CALL else "line")
    except (TimeoutError, OSError, http.client.HTTPException, ValueError):
        return done(None, "time" if time.monotonic() - began >= WHOLE_CALL else "answer")
    if 300 <= status < 400:
        return done(status, "redirect", words)
    return done(status, "" if 200 <= status < 300 else "status", words)


def find_numbers(target: Target, resolve: Resolve) -> list[str]:
    """The IP addresses that a name leads to. One among them that may not be sent to spoils them all."""
    found = list(dict.fromkeys(resolve(target.host, target.port)))
    if not found:
        raise _Failed("name")
    is_near = any(not is_open(number) or is_of_this_machine(number) for number in found)
    if is_near and not target.is_exception:
        raise _Failed("near")
    return found[:MOST_NUMBERS]


def resolve_name(host: str, port: int) -> list[str]:
    """What the system says, once; with a limit of time that it has none of itself."""
    # A thread that waits for a name server in vain ends by itself some time later.
    asking = ThreadPoolExecutor(max_workers=1, thread_name_prefix="name")
    try:
        found = asking.submit(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM).result(CONNECTING)
    except (TimeoutError, OSError, UnicodeError):
        return []
    finally:
        asking.shutdown(wait=False)
    return [str(sockaddr[0]) for _family, _kind, _protocol, _name, sockaddr in found]


@cache
def _trust() -> ssl.SSLContext:
    trust = ssl.create_default_context()
    trust.minimum_version = ssl.TLSVersion.TLSv1_2
    return trust


@contextmanager
def _connected(target: Target, numbers: list[str], end: float) -> Iterator[socket.socket]:
    """A line to the first of the numbers that takes one, which is cut when the time is up."""
    raw = _connect(numbers, target.port, end)
    # The steps have their own limits, but an answer may come drop by drop. What cuts the line holds a copy
    # of it, which stays itself when the line is wrapped.
    copy = socket.socket(fileno=os.dup(raw.fileno()))
    cut = threading.Timer(max(0.0, end - time.monotonic()), _cut, (copy,))
    cut.daemon = True
    cut.start()
    line = raw
    try:
        raw.settimeout(WHOLE_CALL)
        if target.is_checked_line:
            line = _trust().wrap_socket(raw, server_hostname=target.host)
        yield line
    finally:
        cut.cancel()
        line.close()
        copy.close()


def _connect(numbers: list[str], port: int, end: float) -> socket.socket:
    for number in numbers:
        left = min(CONNECTING, end - time.monotonic())
        raw = socket.socket(socket.AF_INET6 if ":" in number else socket.AF_INET, socket.SOCK_STREAM)
        try:
            raw.settimeout(max(0.1, left))
            raw.connect((number, port))
        except OSError:
            raw.close()
        else:
            return raw
    raise _Failed("connect")


def _cut(line: socket.socket) -> None:
    try:
        line.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # it is cut already


def _talk(line: socket.socket, target: Target, headers: Mapping[str, str], body: bytes) -> tuple[int, str]:
    talk = http.client.HTTPConnection(target.host, target.port)
    talk.default_port = 443 if target.is_checked_line else 80
    talk.auto_open = 0  # it must never connect by itself: that would look the name up again
    talk.sock = line
    talk.request("POST", target.target, body, {**headers, "Connection": "close"})
    answer = talk.getresponse()
    words = answer.read(READ).decode("utf-8", "replace")
    return answer.status, "".join(one for one in words if one.isprintable() or one == "\n")[:EXCERPT]
