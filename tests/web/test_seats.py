"""One's own seat: an offer answered by button and by link, leaving by link, and a swap with a colleague."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.core.audit import AuditEntry
from app.core.clock import moved_to, now
from app.core.mail import Mail
from app.core.policy import Actor
from app.domain.meetings.models import Meeting
from app.domain.organisations.models import Organisation
from app.domain.registrations.jobs import move_queues
from app.domain.registrations.models import Registration
from app.domain.registrations.service import cancel_sign_up
from tests.people import add_actor
from tests.signing_up import CANARY, add_open_meeting, sign_up_for
from tests.site import Site

HERE = "/moeder/12"


@pytest.fixture
def ids(site: Site) -> dict[str, int]:
    """The vendor has the only seat; the rival and the municipality wait."""
    people = site.people
    with site.unit() as session:
        meeting = add_open_meeting(session, seats=1)
        needs = {"agrees_to_needs": True, "access_needs": CANARY}
        signed = {name: sign_up_for(session, getattr(people, name), meeting, **needs) for name in ("vendor", "rival", "municipality")}  # fmt: skip # noqa: E501
        return {name: one.id for name, one in signed.items()}


def get_statuses(site: Site) -> list[tuple[str, str]]:
    with site.unit() as session:
        rows = session.execute(
            select(Registration.organisation_name, Registration.status).order_by(Registration.id)
        )
        return [tuple(row) for row in rows]


def link_in_mail(site: Site, recipient: str, part: str) -> str:
    """The newest link of this kind that somebody was mailed."""
    with site.unit() as session:
        texts = session.scalars(select(Mail.text).where(Mail.recipient == recipient).order_by(Mail.id)).all()
    return re.findall(rf"/tilmelding/\d+/{part}/[\w-]{{32}}", "\n".join(texts))[-1]


def give_up_seat(site: Site, ids: dict[str, int]) -> None:
    with site.unit() as session:
        cancel_sign_up(session, site.people.vendor, ids["vendor"])


def test_the_place_in_the_queue_and_the_offer_stand_on_ones_own_page(site: Site, ids: dict[str, int]) -> None:
    rival, municipality = site.browser("rival"), site.browser("municipality")
    assert "Du er nr. 2 i køen" in municipality.get(f"{HERE}/tilmelding").text
    give_up_seat(site, ids)
    assert "Der er en plads til dig" in rival.get(f"{HERE}/tilmelding").text
    assert "Der er en plads til dig" not in municipality.get(f"{HERE}/tilmelding").text
    assert municipality.post(f"{HERE}/tilmelding/plads", {"answer": "yes"}).status_code == 409
    answer = rival.post(f"{HERE}/tilmelding/plads", {"answer": "yes"})
    assert answer.headers["location"] == f"{HERE}/tilmelding?kvittering=offer_accepted"
    assert get_statuses(site) == [
        ("Soft A/S", "cancelled"),
        ("Rival ApS", "registered"),
        ("Her Kommune", "waiting"),
    ]


def test_an_offer_is_answered_by_the_link_without_signing_in_and_once(
    site: Site, ids: dict[str, int]
) -> None:
    give_up_seat(site, ids)
    path, stranger = link_in_mail(site, "rita@rival.example", "plads"), site.browser()
    page = stranger.get(path)
    assert (page.status_code, page.headers["cache-control"], page.headers["x-robots-tag"]) == (
        200,
        "no-store",
        "noindex",
    )
    assert "Ja tak, jeg kommer" in page.text and "Rita Rival" not in page.text
    assert stranger.post(path, {"answer": "no"}).headers["location"] == path
    assert "Tilbuddet gælder ikke længere. Du står ikke i køen." in stranger.get(path).text
    assert stranger.post(path, {"answer": "yes"}).status_code == 409
    assert get_statuses(site)[1:] == [("Rival ApS", "cancelled"), ("Her Kommune", "offered")]
    for wrong in (path[:-1] + ("A" if path[-1] != "A" else "B"), path.replace("plads", "afmeld")):
        assert stranger.get(wrong).status_code == stranger.post(wrong).status_code == 404


def test_leaving_by_link_needs_a_press_and_no_login(site: Site, ids: dict[str, int]) -> None:
    path, stranger = link_in_mail(site, "vera@soft.example", "afmeld"), site.browser()
    page = stranger.get(path)
    assert "Ja, meld mig fra" in page.text
    assert not {"Vera Vendor", "vera@soft.example", CANARY} & set(re.split(r"[<>]", page.text))
    assert get_statuses(site)[0] == ("Soft A/S", "registered")
    for _ in range(2):
        assert stranger.post(path).headers["location"] == path
    assert "Du er meldt fra" in stranger.get(path).text
    assert get_statuses(site) == [
        ("Soft A/S", "cancelled"),
        ("Rival ApS", "offered"),
        ("Her Kommune", "waiting"),
    ]
    with site.unit() as session:
        log = select(AuditEntry.user_name, AuditEntry.after["ended_as"].astext)
        ended = session.execute(log.where(AuditEntry.verb == "cancel")).all()
        assert [tuple(row) for row in ended] == [("Vera Vendor", "link")]
        session.scalars(select(Meeting)).one().published_at = None
    assert stranger.get(path).status_code == 404


def test_seats_added_by_staff_and_offers_that_run_out_move_the_queue_by_themselves(
    site: Site, ids: dict[str, int]
) -> None:
    fields = {"series": "dialogforum", "number": "12", "title": "Møde 12", "held_on": "2090-03-01"}
    moved = site.browser("staff").post(f"{HERE}/rediger", fields | {"version": "1", "seats": "2"})
    assert moved.status_code == 303
    site.work()
    assert get_statuses(site)[1:] == [("Rival ApS", "offered"), ("Her Kommune", "waiting")]
    with moved_to(now() + timedelta(days=4)):
        move_queues(site.tools)
    assert get_statuses(site)[1:] == [("Rival ApS", "cancelled"), ("Her Kommune", "offered")]


def add_colleague(site: Site) -> Actor:
    with site.unit() as session:
        firm = session.get_one(Organisation, site.people.vendor.organisation_id)
        return add_actor(session, "Kim Kollega", firm)


def test_a_colleague_takes_the_seat_and_nobody_in_the_queue_is_passed(
    site: Site, ids: dict[str, int]
) -> None:
    colleague, vendor = add_colleague(site), site.browser("vendor")
    assert "Giv pladsen til en kollega" in vendor.get(f"{HERE}/tilmelding").text
    for wrong, sentence in (
        ("rita@rival.example", "Pladsen kan kun gives til en kollega fra samme organisation."),
        ("vera@soft.example", "Det er din egen mailadresse."),
    ):
        refused = vendor.post(f"{HERE}/tilmelding/byt", {"email": wrong})
        assert refused.status_code == 422 and sentence in refused.text and f'value="{wrong}"' in refused.text
    asked = vendor.post(f"{HERE}/tilmelding/byt", {"email": "kim@soft.example"})
    assert asked.headers["location"] == f"{HERE}/tilmelding/byt?kvittering=swap_asked"
    assert "Vi venter på svar fra din kollega" in vendor.get(f"{HERE}/tilmelding/byt").text
    with site.unit() as session:
        text = session.scalars(select(Mail.text).where(Mail.recipient == "kim@soft.example")).one()
    (path,) = re.findall(r"/pladsbytte/\d+", text)
    assert site.browser().get(path).headers["location"].startswith("/log-ind")
    assert site.browser("rival").get(path).status_code == 404
    assert "Vera Vendor vil give dig sin plads" in site.browser(colleague).get(path).text
    taken = site.browser(colleague).post(path, {"answer": "yes"})
    assert taken.headers["location"] == f"{HERE}/tilmelding?kvittering=swap_accepted"
    assert site.browser(colleague).post(path, {"answer": "yes"}).status_code == 409
    assert get_statuses(site) == [
        ("Soft A/S", "cancelled"),
        ("Rival ApS", "waiting"),
        ("Her Kommune", "waiting"),
        ("Soft A/S", "registered"),
    ]
    with site.unit() as session:
        subjects = select(Mail.subject).where(Mail.recipient == "vera@soft.example").order_by(Mail.id.desc())
        assert session.scalars(subjects).first() == "Din plads er givet videre: Møde 12"


def test_a_swap_that_is_withdrawn_or_declined_leaves_the_seat_where_it_was(
    site: Site, ids: dict[str, int]
) -> None:
    colleague, vendor = site.browser(add_colleague(site)), site.browser("vendor")
    vendor.post(f"{HERE}/tilmelding/byt", {"email": "kim@soft.example"})
    vendor.post(f"{HERE}/tilmelding/byt/fortryd")
    vendor.post(f"{HERE}/tilmelding/byt", {"email": "kim@soft.example"})
    with site.unit() as session:
        texts = session.scalars(
            select(Mail.text).where(Mail.recipient == "kim@soft.example").order_by(Mail.id)
        ).all()
    first, second = re.findall(r"/pladsbytte/\d+", "\n".join(texts))
    assert colleague.post(first, {"answer": "yes"}).status_code == 409
    assert colleague.post(second, {"answer": "no"}).status_code == 303
    assert get_statuses(site)[0] == ("Soft A/S", "registered")
    with site.unit() as session:
        subjects = select(Mail.subject).where(Mail.recipient == "vera@soft.example").order_by(Mail.id.desc())
        assert session.scalars(subjects).first() == "Din kollega sagde nej tak til pladsen: Møde 12"
