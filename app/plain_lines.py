"""Lines to other machines that anybody on the way could read or answer in another's name."""

import os
from collections.abc import Mapping
from ipaddress import ip_address
from typing import Literal
from urllib.parse import urlsplit

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError


def find_plain_database(name: str, address: str, environment: Mapping[str, str] = os.environ) -> list[str]:
    """A sentence where the setting of that name leads to another machine and checks no certificate there."""
    try:
        url = make_url(address)
    except ArgumentError:
        return []  # whoever opens it says what is wrong with it
    mode = _last(url, "sslmode") or environment.get("PGSSLMODE")
    roots = _last(url, "sslrootcert") or environment.get("PGSSLROOTCERT")
    # libpq takes "system" with nothing less than the full check.
    if mode == "verify-full" or roots == "system":
        return []
    return [
        f"{name}: linjen til databasen på {host} har ikke TLS med certifikat, der bliver efterprøvet;"
        " sæt sslmode=verify-full og sslrootcert i adressen"
        for host in _hosts(url) or environment.get("PGHOST", "").split(",")
        if not is_near(host)
    ]


def find_plain_mail(host: str | None, tls: Literal["none", "starttls", "implicit"]) -> list[str]:
    """Both other ways ask for TLS with a certificate that is known, or send nothing."""
    if host is None or tls != "none" or is_near(host):
        return []
    return [
        f"DIALOGFORUM_SMTP_TLS: mails til {host} sendes uden TLS, også koder til at logge ind;"
        " sæt starttls eller implicit"
    ]


def find_plain_store(endpoint: str | None) -> list[str]:
    split = urlsplit(endpoint or "")
    if split.scheme != "http" or is_near(split.hostname or ""):
        return []
    return [f"DIALOGFORUM_STORAGE_ENDPOINT: filer hentes og gemmes hos {split.hostname} uden TLS; brug https"]


def is_near(host: str) -> bool:
    """A socket, this machine, or a name without a dot: another container of the same net."""
    if host.startswith(("/", "@")):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return "." not in host


def _hosts(url: URL) -> list[str]:
    """All that libpq may come to: several may stand in one word, or in several, each with its port."""
    written = url.query.get("host", ())
    words = ",".join([url.host or "", *([written] if isinstance(written, str) else written)]).split(",")
    bare = (word.partition(":")[0] if word.count(":") == 1 else word for word in words)
    return list(dict.fromkeys(host for host in bare if host))


def _last(url: URL, name: str) -> str | None:
    found = url.query.get(name)
    return found if found is None or isinstance(found, str) else found[-1]
