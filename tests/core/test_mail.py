"""Mail through a real SMTP server: sent after the commit, once, to one person."""

import ssl
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import aiosmtplib
import pytest
from procrastinate.jobs import Job
from sqlalchemy import event, select, text

from app.core.clock import now
from app.core.database import Database
from app.core.jobs import Tools, _Patience, defer, run_waiting
from app.core.mail import MOST_TRIES, Mail, SmtpTransport, is_final, queue_mail, send_mail
from tests.behind_tls import make_certificate
from tests.conftest import make_test_tools
from tests.postbox import Postbox, open_postbox

LONG = f"https://dialogforum.eksempelforeningen.example/en/mails/afmeld/123456/{'Ab-_' * 8}"


@pytest.fixture
def postbox() -> Iterator[Postbox]:
    with open_postbox() as box:
        yield box


@pytest.fixture
def tools(clone: Callable[[str], Database], empty_template: str, tmp_path: Path, postbox: Postbox) -> Tools:
    sender = SmtpTransport("127.0.0.1", postbox.port, "Dialogforum <forum@example.org>", tls="none")
    return replace(make_test_tools(clone(empty_template), tmp_path), mail=sender)


def queue_one(tools: Tools, **given: Any) -> int:
    values = {
        "recipient": "mona@her.example",
        "subject": "Kvittering for ønske OE-0001",
        "text": "Tak for ønsket. Svar senest den 1. april.",
        "html": "<p>Tak for ønsket.</p>",
    }
    with tools.database.unit() as session:
        return queue_mail(session, **(values | given))


def find_state(tools: Tools, mail_id: int) -> tuple[bool, bool, int, str]:
    """Whether it is sent, whether it is given up, the tries that failed, and the server's words."""
    with tools.database.unit() as session:
        mail = session.get_one(Mail, mail_id)
        return mail.sent_at is not None, mail.refused_at is not None, mail.tries, mail.problem


def test_a_queued_mail_arrives_whole(tools: Tools, postbox: Postbox) -> None:
    queue_one(tools)
    run_waiting(tools)
    (received,) = postbox.received
    assert received["To"] == "mona@her.example"
    assert received["From"] == "Dialogforum <forum@example.org>"
    assert received["Subject"] == "Kvittering for ønske OE-0001"
    assert received.get_body(("plain",)).get_content().strip() == "Tak for ønsket. Svar senest den 1. april."  # type: ignore[union-attr]
    assert received.get_body(("html",)).get_content().strip() == "<p>Tak for ønsket.</p>"  # type: ignore[union-attr]
    assert received["List-Unsubscribe"] is None


def test_a_calendar_goes_along_byte_by_byte(tools: Tools, postbox: Postbox) -> None:
    calendar = "BEGIN:VCALENDAR\r\nSUMMARY:Møde om klima\\, æøå\r\nEND:VCALENDAR\r\n".encode()
    queue_one(tools, calendar=calendar, calendar_method="CANCEL")
    run_waiting(tools)
    (attached,) = postbox.received[0].iter_attachments()
    assert attached["Content-Type"] == 'text/calendar; method="CANCEL"; charset="utf-8"'
    assert (attached.get_filename(), attached.get_payload(decode=True)) == ("moede.ics", calendar)


def test_the_address_for_saying_no_stands_in_the_header_unfolded_and_uncoded(
    tools: Tools, postbox: Postbox
) -> None:
    queue_one(tools, unsubscribe=LONG)
    run_waiting(tools)
    assert f"\r\nList-Unsubscribe: <{LONG}>\r\n".encode() in postbox.raw[0]
    assert b"\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in postbox.raw[0]
    assert max(len(line) for line in postbox.raw[0].split(b"\r\n")) < 998


def test_a_mail_that_is_sent_is_not_sent_again(tools: Tools, postbox: Postbox) -> None:
    mail_id = queue_one(tools)
    run_waiting(tools)
    with tools.database.unit() as session:
        defer(session, "mail.send", mail_id=mail_id)
    run_waiting(tools)
    assert len(postbox.received) == 1


def test_a_server_that_takes_its_time_to_look_through_a_mail_gets_it_once(
    tools: Tools, postbox: Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Longer than each other answer may take, and longer than a transaction may lie still."""
    monkeypatch.setattr("app.core.mail.GREETED_WITHIN", 0.5)
    postbox.pause = 1.5
    mail_id = queue_one(tools)

    @event.listens_for(tools.database.engine, "checkout")
    def lie_still_for_less(connection: Any, *_: Any) -> None:
        connection.execute("set idle_in_transaction_session_timeout = 700")
        connection.commit()

    send_mail(tools, mail_id)
    assert find_state(tools, mail_id) == (True, False, 0, "")
    assert len(postbox.received) == 1


def test_a_mail_of_a_change_rolled_back_is_never_sent(tools: Tools, postbox: Postbox) -> None:
    with pytest.raises(ZeroDivisionError), tools.database.unit() as session:
        queue_mail(session, recipient="a@b.example", subject="x", text="y")
        raise ZeroDivisionError
    run_waiting(tools)
    assert postbox.received == []


def test_a_secret_mail_is_erased_when_it_is_sent(tools: Tools, postbox: Postbox) -> None:
    mail_id = queue_one(tools, is_secret=True)
    run_waiting(tools)
    with tools.database.unit() as session:
        mail = session.get_one(Mail, mail_id)
        assert (mail.text, mail.html, mail.sent_at is not None) == ("", None, True)
    assert len(postbox.received) == 1


def test_a_code_overtakes_a_thousand_letters(tools: Tools, postbox: Postbox) -> None:
    queue_one(tools, recipient="bulk@x.example", is_bulk=True)
    queue_one(tools, recipient="receipt@x.example")
    queue_one(tools, recipient="code@x.example", is_secret=True)
    run_waiting(tools)
    assert [mail["To"] for mail in postbox.received] == [
        "code@x.example",
        "receipt@x.example",
        "bulk@x.example",
    ]


def test_a_no_for_good_is_noted_in_the_servers_words_and_not_tried_again(
    tools: Tools, postbox: Postbox
) -> None:
    postbox.answers["mona@her.example"] = "550 5.1.1 No such user"
    mail_id = queue_one(tools, is_secret=True)
    run_waiting(tools)
    assert find_state(tools, mail_id) == (False, True, 1, "550 5.1.1 No such user")
    postbox.answers.clear()
    send_mail(tools, mail_id)
    assert postbox.received == []


def test_a_no_for_now_is_tried_again_until_it_is_taken(tools: Tools, postbox: Postbox) -> None:
    """Greylisting: many servers say »later« to whom they do not know."""
    postbox.answers["mona@her.example"] = "450 4.2.0 Greylisted"
    mail_id = queue_one(tools)
    with pytest.raises(aiosmtplib.SMTPRecipientsRefused):
        send_mail(tools, mail_id)
    assert find_state(tools, mail_id) == (False, False, 1, "450 4.2.0 Greylisted")
    postbox.answers.clear()
    send_mail(tools, mail_id)
    assert find_state(tools, mail_id)[:2] == (True, False)


def test_the_tries_last_eighteen_hours() -> None:
    patience = _Patience(max_attempts=MOST_TRIES, exponential_wait=2)
    waited = timedelta()
    for tried in range(MOST_TRIES - 1):
        waiting = Job(
            id=1, queue="default", lock=None, queueing_lock=None, task_name="mail.send", attempts=tried
        )
        decision = patience.get_retry_decision(exception=ConnectionRefusedError(), job=waiting)
        assert decision is not None and decision.retry_at is not None
        waited += decision.retry_at.replace(microsecond=0) - now().replace(microsecond=0)
    assert timedelta(hours=18) < waited < timedelta(hours=19)


def test_after_the_last_try_it_is_given_up(tools: Tools) -> None:
    nobody = replace(tools, mail=replace(tools.mail, port=1))
    mail_id = queue_one(tools)
    with tools.database.unit() as session:
        session.execute(text("update mail set tries = :tries"), {"tries": MOST_TRIES - 1})
    send_mail(nobody, mail_id)
    assert find_state(tools, mail_id)[1:3] == (True, MOST_TRIES)


def test_a_mail_in_another_workers_hands_is_left_and_comes_back(tools: Tools, postbox: Postbox) -> None:
    mail_id = queue_one(tools)
    with tools.database.unit() as session:
        session.scalars(select(Mail).where(Mail.id == mail_id).with_for_update()).one()
        with pytest.raises(Exception, match="could not obtain lock"):
            send_mail(tools, mail_id)
    send_mail(tools, mail_id)
    assert len(postbox.received) == 1


def test_an_address_in_a_danish_domain_is_written_as_servers_know_it(tools: Tools, postbox: Postbox) -> None:
    queue_one(tools, recipient="kontakt@rødovre.example")
    run_waiting(tools)
    assert postbox.received[0]["To"] == "kontakt@xn--rdovre-bya.example"


@pytest.mark.parametrize(
    ("problem", "expected"),
    [
        (aiosmtplib.SMTPDataError(552, "too big"), True),
        (aiosmtplib.SMTPDataError(451, "later"), False),
        (aiosmtplib.SMTPSenderRefused(550, "who are you", "x"), False),
        (aiosmtplib.SMTPAuthenticationError(535, "wrong password"), False),
        (ConnectionRefusedError(), False),
        (UnicodeEncodeError("ascii", "ø", 0, 1, "no"), True),
    ],
)
def test_what_is_wrong_with_us_is_tried_again(problem: Exception, expected: bool) -> None:
    assert is_final(problem) is expected


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_a_server_with_a_certificate_that_nobody_knows_gets_no_mail(tmp_path: Path, tls: str) -> None:
    own = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    own.load_cert_chain(make_certificate(tmp_path, "localhost"))
    given = {"ssl_context": own} if tls == "implicit" else {"tls_context": own}
    with open_postbox(**given) as box:
        transport = SmtpTransport("localhost", box.port, "forum@example.org", tls=tls)
        with pytest.raises((aiosmtplib.SMTPException, ssl.SSLError), match="CERTIFICATE_VERIFY_FAILED") as no:
            transport.send(a_message())
        # The certificate is ours to mend; until then the mail waits.
        assert is_final(no.value) is False
    assert box.received == []


def test_a_server_without_tls_gets_no_mail(postbox: Postbox) -> None:
    transport = SmtpTransport("127.0.0.1", postbox.port, "forum@example.org", tls="starttls")
    with pytest.raises(aiosmtplib.SMTPException, match="STARTTLS"):
        transport.send(a_message())
    assert postbox.received == []


def a_message() -> EmailMessage:
    message = EmailMessage()
    message["To"] = "mona@her.example"
    message.set_content("Koden er hemmelig.")
    return message
