"""A real mail server for tests, which keeps what it takes and refuses whom it is told to."""

import asyncio
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller


@dataclass
class Postbox:
    """`answers`: what the server says to these receivers, in place of taking their mail. `pause`: seconds
    that it looks through a mail before it says that it has taken it."""

    received: list[EmailMessage] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    port: int = 0
    pause: float = 0.0

    async def handle_RCPT(
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if address in self.answers:
            return self.answers[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        content = bytes(envelope.content)
        self.raw.append(content)
        self.received.append(message_from_bytes(content, policy=policy.default))  # type: ignore[arg-type]
        await asyncio.sleep(self.pause)
        return "250 OK"


@contextmanager
def open_postbox(**tls: ssl.SSLContext) -> Iterator[Postbox]:
    """A mail server on a free port of this machine, at `postbox.port`; `tls` as aiosmtpd takes it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    box = Postbox(port=port)
    controller = Controller(box, hostname="127.0.0.1", port=port, **tls)  # type: ignore[arg-type]
    controller.start()
    try:
        yield box
    finally:
        controller.stop()
