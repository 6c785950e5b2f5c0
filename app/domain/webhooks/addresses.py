"""Which addresses may be sent to: https at port 443 of a name that leads to the open internet, and nothing
that stands near us.

The words of an address are looked at when it is written in; the numbers that its name leads to are looked at
each time, right before the connection is made to one of those very numbers (sending.py).
"""

import errno
import ipaddress
import re
import socket
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urlsplit

LONGEST: Final = 500
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
# Names that belong to the inside of some network, whatever they lead to.
_INSIDE: Final = (
    "localhost", "local", "localdomain", "internal", "intranet", "lan", "home", "corp", "private", "arpa",
    "test", "example", "invalid", "onion",
)  # fmt: skip
_GLOBAL_V6 = ipaddress.IPv6Network("2000::/3")
_CLOSED_V6 = [
    ipaddress.IPv6Network(block)
    # Teredo and its neighbours, addresses for books, 6to4, and books again.
    for block in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")
]
_CLOSED_V4 = [
    ipaddress.IPv4Network(block)
    for block in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
        "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24",
        "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
        "224.0.0.0/3",
        # Azure tells its machines of themselves here, at an address that looks like any other.
        "168.63.129.16/32",
    )
]  # fmt: skip


class WrongAddress(Exception):
    """Nothing may be sent there. `code` says why: address, https, port, credentials, fragment, number,
    inside, own or unlisted."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Target:
    """An address in its parts. `target`: path and query, as a request asks for them."""

    is_checked_line: bool
    host: str
    port: int
    target: str
    is_exception: bool = False

    @property
    def address(self) -> str:
        usual = 443 if self.is_checked_line else 80
        port = "" if self.port == usual else f":{self.port}"
        return f"{'https' if self.is_checked_line else 'http'}://{self.host}{port}{self.target}"


def read_address(address: str, own_host: str, exceptions: frozenset[tuple[str, int]] = frozenset()) -> Target:
    """The parts of an address that may be sent to, its name in ASCII. Raises WrongAddress.

    `exceptions`: (host, port) that the one who runs the site has named; nothing else is asked of those.
    """
    if len(address) > LONGEST or any(character <= " " or character in "\\\x7f" for character in address):
        raise WrongAddress("address")
    try:
        parts = urlsplit(address)
        port = parts.port
        host = (parts.hostname or "").encode("idna").decode("ascii").lower().rstrip(".")
    except (ValueError, UnicodeError):
        raise WrongAddress("address") from None
    target = quote(
        (parts.path or "/") + (f"?{parts.query}" if parts.query else ""), safe="/?:@!$&'()*+,;=%~[]"
    )
    is_https = parts.scheme == "https"
    if (host, port) in exceptions and port is not None and parts.scheme in ("http", "https"):
        return Target(is_https, host, port, target, is_exception=True)
    _check(is_https, host, port, own_host, bool(parts.fragment), "@" in parts.netloc)
    return Target(True, host, 443, target)


def _check(
    is_https: bool, host: str, port: int | None, own_host: str, has_fragment: bool, has_user: bool
) -> None:
    labels = host.split(".")
    rules = (
        (not is_https, "https"),
        (has_user, "credentials"),
        (has_fragment, "fragment"),
        (port not in (None, 443), "port"),
        # 127.1, 0x7f000001, 2130706433, [::1]: every way to write a number ends in one.
        (":" in host or labels[-1].isdecimal() or labels[-1].startswith("0x"), "number"),
        (len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels), "address"),
        (len(labels) < 2 or labels[-1] in _INSIDE, "inside"),
        (host == own_host, "own"),
    )
    for is_wrong, code in rules:
        if is_wrong:
            raise WrongAddress(code)


def is_open(number: str) -> bool:
    """Whether an IP address belongs to the open internet; what is not surely so does not.

    IPv6 addresses that stand for an IPv4 address, in whatever way, are never open.
    """
    try:
        address = ipaddress.ip_address(number)
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv4Address):
        return address.is_global and not any(address in block for block in _CLOSED_V4)
    if address.scope_id is not None or address not in _GLOBAL_V6:
        return False
    return not any(address in block for block in _CLOSED_V6)


def is_of_this_machine(number: str) -> bool:
    """Whether the IP address is one of our own: a socket can be bound to it. When in doubt it is."""
    family = socket.AF_INET6 if ":" in number else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.bind((number, 0))
    except OSError as error:
        return error.errno not in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)
    return True
