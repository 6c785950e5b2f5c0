"""Mail through a real SMTP server: sent after the commit, once, to one person."""

import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message
from sqlalchemy import select

from app.core.database import Database
from app.core.jobs import Tools, defer, run_waiting
from app.core.mail import Mail, SmtpTransport, queue_mail
from tests.conftest import make_test_tools


class Postbox(Message):
    def __init__(self) -> None:
        super().__init__()
        self.received: list[EmailMessage] = []

    def handle_message(self, message: object) -> None:
        self.received.append(message_from_bytes(bytes(message), policy=policy.default))  # type: ignore[arg-type, call-overload]


@pytest.fixture
def postbox() -> Iterator[tuple[Postbox, int]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    box = Postbox()
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    yield box, port
    controller.stop()


@pytest.fixture
def tools(
    clone: Callable[[str], Database], empty_template: str, tmp_path: Path, postbox: tuple[Postbox, int]
) -> Tools:
    sender = SmtpTransport("127.0.0.1", postbox[1], "Dialogforum <forum@example.org>", tls="none")
    return replace(make_test_tools(clone(empty_template), tmp_path), mail=sender)


def queue_one(tools: Tools, is_secret: bool = False) -> int:
    with tools.database.unit() as session:
        queue_mail(
            session,
            recipient="mona@her.example",
            subject="Kvittering for ønske OE-0001",
            text="Tak for ønsket. Svar senest den 1. april.",
            html="<p>Tak for ønsket.</p>",
            is_secret=is_secret,
        )
        return session.scalars(select(Mail.id)).one()


def test_a_queued_mail_arrives_whole(tools: Tools, postbox: tuple[Postbox, int]) -> None:
    queue_one(tools)
    run_waiting(tools)
    (received,) = postbox[0].received
    assert received["To"] == "mona@her.example"
    assert received["From"] == "Dialogforum <forum@example.org>"
    assert received["Subject"] == "Kvittering for ønske OE-0001"
    assert received.get_body(("plain",)).get_content().strip() == "Tak for ønsket. Svar senest den 1. april."  # type: ignore[union-attr]
    assert received.get_body(("html",)).get_content().strip() == "<p>Tak for ønsket.</p>"  # type: ignore[union-attr]


def test_a_mail_that_is_sent_is_not_sent_again(tools: Tools, postbox: tuple[Postbox, int]) -> None:
    mail_id = queue_one(tools)
    run_waiting(tools)
    with tools.database.unit() as session:
        defer(session, "mail.send", mail_id=mail_id)
    run_waiting(tools)
    assert len(postbox[0].received) == 1


def test_a_mail_of_a_change_rolled_back_is_never_sent(tools: Tools, postbox: tuple[Postbox, int]) -> None:
    with pytest.raises(ZeroDivisionError), tools.database.unit() as session:
        queue_mail(session, recipient="a@b.example", subject="x", text="y")
        raise ZeroDivisionError
    run_waiting(tools)
    assert postbox[0].received == []


def test_a_secret_mail_is_erased_when_it_is_sent(tools: Tools, postbox: tuple[Postbox, int]) -> None:
    mail_id = queue_one(tools, is_secret=True)
    run_waiting(tools)
    with tools.database.unit() as session:
        mail = session.get_one(Mail, mail_id)
        assert (mail.text, mail.html, mail.sent_at is not None) == ("", None, True)
    assert len(postbox[0].received) == 1
