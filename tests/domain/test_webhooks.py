"""Which addresses may be sent to, who looks after webhooks, and how secrets are made."""

import ipaddress
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.clock import now
from app.domain.webhooks import sending
from app.domain.webhooks.addresses import WrongAddress, is_of_this_machine, is_open, read_address
from app.domain.webhooks.models import Webhook
from app.domain.webhooks.policy import may_keep, may_see, visible_to
from app.domain.webhooks.sending import Outbound, post, send_as
from app.domain.webhooks.signing import make_secret, new_salt
from tests.people import People
from tests.receiving import open_receiver

V4 = st.integers(0, 2**32 - 1)
NEAR = [
    "0.0.0.1", "10.1.2.3", "100.100.100.200", "127.0.0.1", "127.255.255.254", "169.254.169.254",
    "172.16.0.1", "172.31.255.255", "192.0.0.192", "192.168.1.1", "168.63.129.16", "198.18.0.1",
    "224.0.0.1", "240.0.0.1", "255.255.255.255", "::", "::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8",
    "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::1", "2002:7f00:1::", "2001::1", "2001:db8::1",
    "fc00::1", "fd00:ec2::254", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "100::1", "3fff::1",
    "2130706433", "0x7f.1", "127.1", "",
]  # fmt: skip


@pytest.mark.parametrize("number", NEAR)
def test_what_is_near_is_never_open(number: str) -> None:
    assert not is_open(number)


@settings(max_examples=400, deadline=None)
@given(V4, st.integers(0, 2**128 - 1))
def test_only_what_belongs_to_the_open_internet_is_open(small: int, large: int) -> None:
    four, six = ipaddress.IPv4Address(small), ipaddress.IPv6Address(large)
    if is_open(str(four)):
        assert four.is_global and not (four.is_multicast or four.is_reserved or four.is_link_local)
    if is_open(str(six)):
        assert six.is_global and not six.is_multicast and large >> 125 == 1
        assert (six.ipv4_mapped, six.sixtofour, six.teredo) == (None, None, None)
    # Whatever IPv4 address an IPv6 one stands for, it is not a way around.
    for prefix in ("::ffff:", "::", "64:ff9b::"):
        assert not is_open(f"{prefix}{four}")
    assert not is_open(str(ipaddress.IPv6Address((0x2002 << 112) | (small << 80))))


def test_an_ordinary_address_is_open_and_not_ours() -> None:
    assert is_open("194.239.1.1") and is_open("2a00:1450:4001::1")
    assert (is_of_this_machine("127.0.0.1"), is_of_this_machine("194.239.1.1")) == (True, False)


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("http://modtager.dk/", "https"),
        ("ftp://modtager.dk/", "https"),
        ("https://modtager.dk:8443/", "port"),
        ("https://modtager.dk:99999/", "address"),
        ("https://bruger:kode@modtager.dk/", "credentials"),
        ("https://modtager.dk/#her", "fragment"),
        ("https://127.0.0.1/", "number"),
        ("https://2130706433/", "number"),
        ("https://0x7f000001/", "number"),
        ("https://0177.0.0.1/", "number"),
        ("https://127.1/", "number"),
        ("https://１２７.０.０.１/", "number"),
        ("https://[::1]/", "number"),
        ("https://[::ffff:127.0.0.1]/", "number"),
        ("https://localhost/", "inside"),
        ("https://intern/", "inside"),
        ("https://metadata.google.internal/", "inside"),
        ("https://forum.dk/", "own"),
        ("https://FORUM.dk./", "own"),
        ("https://modtager.dk\\@127.0.0.1/", "address"),
        ("https://modtager.dk/\r\nHost: x", "address"),
        ("https://modtager.dk/ to", "address"),
        ("https://-a.dk/", "address"),
        ("https:///sti", "address"),
        ("modtager.dk", "https"),
        ("https://modtager.dk/" + "x" * 500, "address"),
    ],
)
def test_an_address_that_may_not_be_sent_to_says_why(address: str, code: str) -> None:
    with pytest.raises(WrongAddress) as wrong:
        read_address(address, "forum.dk")
    assert wrong.value.code == code


@pytest.mark.parametrize(
    ("address", "is_listed"),
    [
        ("https://modtager.dk/", True),
        ("https://hook.modtager.dk/", True),
        ("https://MODTAGER.dk./", True),
        ("https://ikkemodtager.dk/", False),
        ("https://modtager.dk.anden.dk/", False),
        ("https://anden.dk/modtager.dk", False),
    ],
)
def test_where_receivers_are_listed_nobody_else_is_sent_to(
    monkeypatch: pytest.MonkeyPatch, address: str, is_listed: bool
) -> None:
    listed = Outbound("https://forum.dk", "forum.dk", hosts=frozenset({"modtager.dk", "os2.dk"}))
    monkeypatch.setattr(sending, "_in_force", listed)
    asked: list[str] = []

    def resolve(host: str, port: int) -> list[str]:
        asked.append(host)
        return []

    assert (post(address, {}, b"{}", resolve).problem, bool(asked)) == (
        ("name", True) if is_listed else ("near", False)
    )


def test_an_address_is_kept_as_it_will_be_asked_for() -> None:
    target = read_address("https://Rødovre.dk/høring?q=å&t=1%2F2", "forum.dk")
    assert target.address == "https://xn--rdovre-bya.dk/h%C3%B8ring?q=%C3%A5&t=1%2F2"


@pytest.mark.parametrize("numbers", [["127.0.0.1"], ["194.239.1.1", "10.0.0.1"], ["::ffff:127.0.0.1"], []])
def test_a_name_is_looked_up_once_and_nothing_is_sent_near(numbers: list[str]) -> None:
    asked: list[str] = []

    def resolve(host: str, port: int) -> list[str]:
        asked.append(host)
        return numbers

    send_as(Outbound("https://forum.dk", "forum.dk"))
    outcome = post("https://modtager.dk/hook", {}, b"{}", resolve)
    assert (outcome.status, outcome.problem, asked) == (None, "near" if numbers else "name", ["modtager.dk"])


def test_a_redirect_is_not_followed_and_a_slow_answer_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "WHOLE_CALL", 0.6)
    with open_receiver() as near, open_receiver() as receiver:
        send_as(Outbound("https://forum.dk", "forum.dk", frozenset({("127.0.0.1", receiver.port)})))
        receiver.answers, receiver.headers = [(302, "")], {"Location": near.address}
        moved = post(receiver.address, {}, b"{}")
        receiver.answers, receiver.drip = [(200, "x" * 200)], 0.05
        talkative = post(receiver.address, {}, b"{}")
        receiver.waits = 1.5
        slow = post(receiver.address, {}, b"{}")
        receiver.waits, receiver.drip, receiver.answers = 0.0, 0.0, [(500, "a\x00b" + "æ" * 9000)]
        large = post(receiver.address, {}, b"{}")
        other_port = post(f"http://127.0.0.1:{near.port}/", {}, b"{}")
    assert (moved.status, moved.problem, near.calls) == (302, "redirect", [])
    # That it is taken is said by the status; what else is said is not waited for.
    assert (talkative.status, talkative.problem, talkative.milliseconds < 2000) == (200, "", True)
    assert (slow.status, slow.problem, slow.milliseconds < 1400) == (None, "time", True)
    assert (large.status, large.problem, large.excerpt) == (500, "status", "ab" + "æ" * 498)
    assert other_port.problem == "near"


def test_a_line_without_a_certificate_that_is_known_is_not_used() -> None:
    with open_receiver() as receiver:
        send_as(Outbound("https://forum.dk", "forum.dk", frozenset({("127.0.0.1", receiver.port)})))
        outcome = post(f"https://127.0.0.1:{receiver.port}/", {}, b"{}")
    assert (outcome.status, outcome.problem, receiver.calls) == (None, "line", [])


def test_the_rule_and_its_sql_agree_for_every_kind_of_person(session: Session, people: People) -> None:

    for actor in (people.vendor, people.staff):
        session.add(
            Webhook(
                organisation_id=actor.organisation_id,
                name="x",
                address="https://modtager.dk/",
                happenings=["test"],
                salt=new_salt(),
                made_at=now(),
            )
        )
    session.flush()
    rows = session.scalars(select(Webhook).order_by(Webhook.id)).all()
    actors = people.all() | {"owner": replace(people.vendor, role="admin")}
    actors["key"] = replace(actors["owner"], scopes=frozenset({"read", "write"}))
    seen = {}
    for name, actor in actors.items():
        by_sql = session.scalars(select(Webhook.id).where(visible_to(actor)).order_by(Webhook.id)).all()
        assert [row.id for row in rows if may_see(actor, row)] == by_sql, name
        if by_sql:
            seen[name] = (len(by_sql), [may_keep(actor, row) for row in rows])
    assert seen == {"owner": (1, [True, False]), "staff": (2, [False, True]), "admin": (2, [False, True])}


def test_a_secret_goes_by_its_webhook_and_its_salt(session: Session) -> None:
    salt = new_salt()
    secret = make_secret(session, 1, salt)
    assert (len(secret), secret) == (32, make_secret(session, 1, salt))
    assert len({secret, make_secret(session, 2, salt), make_secret(session, 1, new_salt())}) == 3
