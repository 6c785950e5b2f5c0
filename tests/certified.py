"""The certified provider (npm oidc-provider) in a process of its own; `start.py test` installs it."""

import json
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.provider_settings import ProviderSettings
from tests.node.html_validate import NODE

PROGRAM = Path(__file__).parent / "node" / "oidc_provider" / "provider.mjs"
# With what RFC 6749 has encoded before it is joined: a colon, a space and a plus.
CLIENT, SECRET = "dialogforum", "hemmelig: et + andet"


@dataclass(frozen=True, slots=True)
class Certified:
    """A provider that will answer at `issuer` once it is started for a site."""

    port: int

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def settings(self, kind: str = "plain", **more: Any) -> ProviderSettings:
        return ProviderSettings(
            key="proeve",
            label="Prøvelogin",
            kind=kind,
            issuer=self.issuer,
            client_id=CLIENT,
            client_secret=SECRET,
            **more,
        )


def find_place() -> Certified:
    """A port that is free."""
    with socket.socket() as looking:
        looking.bind(("127.0.0.1", 0))
        return Certified(looking.getsockname()[1])


@contextmanager
def running(place: Certified, *sites: str) -> Iterator[Certified]:
    """The provider, which knows us at these addresses and tells the first one who has signed out."""
    client = {
        "client_id": CLIENT,
        "client_secret": SECRET,
        "redirect_uris": [f"{site}/log-ind/hos/proeve/retur" for site in sites],
        "post_logout_redirect_uris": [f"{site}/" for site in sites],
        "backchannel_logout_uri": f"{sites[0]}/log-ind/hos/proeve/log-ud",
        "backchannel_logout_session_required": True,
        "token_endpoint_auth_method": "client_secret_basic",
    }
    process = subprocess.Popen(
        [NODE, PROGRAM, str(place.port), json.dumps([client])],
        cwd=PROGRAM.parent,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        first = process.stdout.readline()
        assert first == "ready\n", f"the provider could not start: {first!r}; are its modules installed?"
        yield place
    finally:
        process.terminate()
        process.wait(timeout=10)
