"""Reports of mails that came back, as mail servers write them."""

from collections.abc import Callable
from io import BytesIO, TextIOWrapper

import pytest
from pydantic import SecretStr
from sqlalchemy.orm import Session

from app.cli import run_bounce
from app.core.bounces import Bounce, note_bounce, read_bounce
from app.core.database import Database
from app.core.mail import Mail, queue_mail
from app.settings import Settings

MESSAGE_ID = "<176378123456.12345.1234567890123456789@dialogforum>"
# As Postfix writes it.
REPORT = f"""\
From: MAILER-DAEMON@mx.example (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: forum@example.org
Message-ID: <20261122120000.ABCDEF@mx.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="xx"

--xx
Content-Type: text/plain; charset=us-ascii

This is the mail system at host mx.example.

--xx
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example
Arrival-Date: Sun, 22 Nov 2026 12:00:00 +0100 (CET)

Final-Recipient: rfc822; mona@her.example
Original-Recipient: rfc822;mona@her.example
Action: failed
Status: 5.1.1
Remote-MTA: dns; mail.her.example
Diagnostic-Code: smtp; 550 5.1.1 <mona@her.example>: Recipient address rejected:
    User unknown

--xx
Content-Type: message/rfc822

From: Dialogforum <forum@example.org>
To: mona@her.example
Subject: Invitation
Message-ID: {MESSAGE_ID}

Hej
--xx--
"""


def test_a_report_is_read() -> None:
    problem = "550 5.1.1 <mona@her.example>: Recipient address rejected: User unknown"
    assert read_bounce(REPORT.encode()) == Bounce(MESSAGE_ID, problem)


def test_a_report_with_the_headers_alone_is_read() -> None:
    """As Exchange writes it: no copy of the mail, a folded Message-ID, no number in the words."""
    report = (
        REPORT.replace("message/rfc822", "text/rfc822-headers")
        .replace("Message-ID: <1763", "Message-ID:\n <1763")
        .replace("550 5.1.1 ", "")
    )
    problem = "5.1.1 <mona@her.example>: Recipient address rejected: User unknown"
    assert read_bounce(report.encode()) == Bounce(MESSAGE_ID, problem)


@pytest.mark.parametrize(
    "changed",
    [
        REPORT.replace("Action: failed", "Action: delayed"),
        REPORT.replace("Action: failed", "Action: delivered"),
        REPORT.replace("@dialogforum", "@another.example"),
        "Subject: Ferie\n\nJeg er på ferie.\n",
        "",
        "\x00\xff" * 100,
    ],
)
def test_what_is_late_or_of_others_is_no_bounce(changed: str) -> None:
    assert read_bounce(changed.encode("latin-1")) is None


def test_a_bounce_is_noted_once(session: Session) -> None:
    mail_id = queue_mail(session, recipient="mona@her.example", subject="Invitation", text="Hej")
    mail = session.get_one(Mail, mail_id)
    bounce = Bounce(mail.message_id, "550 5.1.1 User unknown")
    assert [note_bounce(session, bounce), note_bounce(session, bounce)] == [True, False]
    assert (mail.bounced_at is not None, mail.problem) == (True, "550 5.1.1 User unknown")
    assert note_bounce(session, Bounce(MESSAGE_ID, "")) is False


def test_every_cut_of_a_report_is_read_without_an_error() -> None:
    whole = REPORT.encode()
    for length in range(0, len(whole), 37):
        read_bounce(whole[:length])


def test_lines_may_end_as_on_the_wire() -> None:
    assert read_bounce(REPORT.replace("\n", "\r\n").encode()) == read_bounce(REPORT.encode())


def test_the_command_notes_what_a_mail_server_pipes_into_it(
    clone: Callable[[str], Database],
    empty_template: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    database = clone(empty_template)
    with database.unit() as session:
        mail_id = queue_mail(session, recipient="mona@her.example", subject="Invitation", text="Hej")
        message_id = session.get_one(Mail, mail_id).message_id
    settings = Settings(
        DIALOGFORUM_DATABASE_URL=SecretStr(database.url.render_as_string(hide_password=False))
    )
    for given, told in ((REPORT.replace(MESSAGE_ID, message_id), "noted"), ("Hej", "no mail of ours")):
        monkeypatch.setattr("sys.stdin", TextIOWrapper(BytesIO(given.encode())))
        assert run_bounce(settings) == 0
        printed = capsys.readouterr()
        assert told in printed.out + printed.err
    with database.unit() as session:
        assert session.get_one(Mail, mail_id).bounced_at is not None
