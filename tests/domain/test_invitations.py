"""Invitations: lists as people paste them, who is asked and who is left out, and each asked once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.core.clock import now
from app.core.database import Database
from app.core.policy import Actor, NotAllowed, NotFound, Refused
from app.domain.invitations.checking import check_list
from app.domain.invitations.links import find_linked, path_of
from app.domain.invitations.models import Invitation
from app.domain.invitations.policy import may_invite
from app.domain.invitations.queries import count_states, list_invitations, list_unanswered, recipients_of
from app.domain.invitations.reading import Mistake, decode, read_list, write_list
from app.domain.invitations.schemas import Invitee
from app.domain.invitations.service import decline, invite, note_told, remind, undo_decline, withdraw
from app.domain.meetings.models import Meeting
from app.domain.outbox.models import Letter
from app.domain.outbox.queries import list_waiting
from app.domain.outbox.service import discard_batch, opt_out
from app.domain.registrations.service import cancel_sign_up
from app.domain.users.models import User, UserEmail
from tests.people import People, add_people
from tests.signing_up import add_open_meeting, sign_up_for

# --- lists


@pytest.mark.parametrize(
    ("text", "people"),
    [
        ("ida@esbjerg.dk", [("ida@esbjerg.dk", "")]),
        ("mailto:Ida@Esbjerg.DK.", [("ida@esbjerg.dk", "")]),
        ("a@x.dk b@y.dk,c@z.dk;  d@w.dk", [(f"{n}@{d}.dk", "") for n, d in zip("abcd", "xyzw", strict=True)]),
        (
            'Søren Ærø <s@kl.dk>; "Jensen, Bo" <b@kl.dk>; Olsen, Ole <o@kl.dk>',
            [("s@kl.dk", "Søren Ærø"), ("b@kl.dk", "Bo Jensen"), ("o@kl.dk", "Ole Olsen")],
        ),
        ("Mette Mus\tEsbjerg Kommune\tm@e.dk", [("m@e.dk", "Mette Mus")]),
        ("Bo;Ib;b@ib.dk", [("b@ib.dk", "Bo Ib")]),
        ('"k@x.dk" <k@x.dk>', [("k@x.dk", "")]),
        ("• k@x.dk\r\n\r\n- Kaj Ko k2@x.dk", [("k@x.dk", ""), ("k2@x.dk", "Kaj Ko")]),
        ("Fornavn,Efternavn,E-mail\nOle,Olsen,o@x.dk\n", [("o@x.dk", "Ole Olsen")]),
        ('sep=;\nNavn;Mailadresse\n"Hansen; Ole";o@x.dk\n;;\n', [("o@x.dk", "Hansen Ole")]),
    ],
)
def test_a_list_is_read_however_it_was_written(text: str, people: list[tuple[str, str]]) -> None:
    found = read_list(text)
    assert [(one.email, one.name) for one in found.people] == people
    assert found.mistakes == ()


def test_a_language_stands_in_a_column_with_or_without_headings() -> None:
    plain, headed = "Ann A\ta@x.com\tengelsk", "mail;sprog\na@x.com;EN"
    assert [read_list(text).people[0].language for text in (plain, headed)] == ["en", "en"]


def test_what_is_no_address_is_told_with_its_line_and_why() -> None:
    lines = [
        "navn@kommune,dk",
        "bjørn@køge.dk",
        "a@@b.dk",
        "navn @kommune.dk",
        "navn@ kommune.dk",
        "Ida Ibsen",
    ]
    lines += ["a..b@x.dk", f"{'a' * 65}@x.dk", "Ole 010203-1234 <o@x.dk>", "god@x.dk"]
    found = read_list("\n".join(lines))
    assert [(one.line, one.why) for one in found.mistakes] == [
        (1, "no_ending"),
        (2, "odd_letters"),
        (3, "two_ats"),
        (4, "nothing_before"),
        (5, "nothing_after"),
        (6, "no_address"),
        (7, "not_address"),
        (8, "address_too_long"),
        (9, "cpr_number"),
    ]
    assert found.mistakes[8] == Mistake(9, "Ole ▇▇▇ <o@x.dk>", "cpr_number")
    assert [one.email for one in found.people] == ["god@x.dk"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be"])
def test_a_file_is_read_whatever_a_spreadsheet_saved_it_as(encoding: str) -> None:
    content = "Navn;Mail\r\nSøren Ærø Ås;s@x.dk\r\n".encode(encoding)
    assert read_list(decode(content)).people == (Invitee("s@x.dk", "Søren Ærø Ås"),)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"PK\x03\x04 a workbook", "list_no_text"),
        (b"navn\x00\xff\x00\x00", "list_no_text"),
        (b"a@x.dk\n" * 150_000, "list_too_large"),
        (b"Mail;Navn\n" + b'"' + b"x;" * 100_000, "list_quotes"),
        (b"\n".join(b"%d@x.dk" % number for number in range(2001)), "too_many_people"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_in_words(content: bytes, code: str) -> None:
    with pytest.raises(Refused) as refusal:
        read_list(decode(content))
    assert refusal.value.code == code


@settings(max_examples=60, deadline=None)
@example("@@>")
@given(st.text(alphabet='aæ@.,;:<>"\t\n \ud800\x00-1', max_size=60))
def test_any_text_is_read_without_falling_and_people_are_written_so_that_they_are_read_again(
    text: str,
) -> None:
    people = read_list(text).people
    assert read_list(write_list(people)).people == people


# --- who is asked


def invitees(*emails: str) -> list[Invitee]:
    return [Invitee(email) for email in emails]


def send_all(session: Session) -> None:
    """As the outbox does it: each letter is handed to the mail queue."""
    for letter in session.scalars(select(Letter).where(Letter.status == "waiting")):
        letter.status = "sent"
        note_told(session, letter.id)
    session.flush()
    session.expire_all()


def states_of(session: Session, meeting: Meeting) -> dict[str, str]:
    return {one.email: one.state for one in list_invitations(session, meeting.id)}


def test_known_new_double_and_left_out_are_told_apart(session: Session, people: People) -> None:
    meeting = add_open_meeting(session)
    session.add(UserEmail(user_id=people.vendor.user_id, email="vera@privat.example", created_at=now()))
    session.get_one(User, people.rival.user_id).disabled_at = now()
    session.get_one(User, people.vendor.user_id).language = "sv"
    sign_up_for(session, people.consultancy, meeting)
    invite(session, people.staff, meeting.id, invitees("gammel@her.example"))
    opt_out(session, "Nej@x.dk")
    found = check_list(
        session,
        meeting.id,
        [
            Invitee("vera@soft.example", "Vera på listen"),
            Invitee("vera@privat.example"),
            Invitee("ny@her.example", ""),
            Invitee("ny@her.example", "Ny Nielsen", "en"),
            *invitees("nej@x.dk", "rita@rival.example", "konrad@huset.example", "gammel@her.example"),
            Invitee("fri@gmail.com"),
        ],
        "sv",
    )
    told = [(one.email, one.name, one.language, one.organisation, one.is_known) for one in found.candidates]
    assert told == [
        ("vera@soft.example", "Vera Vendor", "sv", "Soft A/S", True),
        ("ny@her.example", "Ny Nielsen", "en", "Her Kommune", False),
        ("fri@gmail.com", "", "sv", "", False),
    ]
    assert {one.email: one.why for one in found.omissions} == {
        "vera@privat.example": "same_person",
        "ny@her.example": "double",
        "nej@x.dk": "no_mails",
        "rita@rival.example": "closed_account",
        "konrad@huset.example": "signed_up",
        "gammel@her.example": "in_outbox",
    }


def test_a_list_is_laid_in_the_outbox_once_and_nothing_leaves(session: Session, people: People) -> None:
    meeting = add_open_meeting(session)
    batch = invite(session, people.staff, meeting.id, invitees("a@x.dk", "vera@soft.example", "a@x.dk"))
    letters = session.execute(
        select(Letter.email, Letter.name, Letter.user_id, Letter.about, Letter.status)
        .where(Letter.batch_id == batch.id)
        .order_by(Letter.id)
    ).all()
    assert [tuple(letter) for letter in letters] == [
        ("a@x.dk", "", None, "invitation", "waiting"),
        ("vera@soft.example", "Vera Vendor", people.vendor.user_id, "invitation", "waiting"),
    ]
    with pytest.raises(Refused, match="nobody_to_invite"):
        invite(session, people.staff, meeting.id, invitees("a@x.dk", "vera@soft.example"))
    assert len(list_waiting(session)) == 1


def test_how_it_stands_follows_letters_answers_and_sign_ups(session: Session, people: People) -> None:
    meeting = add_open_meeting(session)
    batch = invite(session, people.staff, meeting.id, invitees("vera@soft.example", "kassé@x.dk", "b@x.dk"))
    assert set(states_of(session, meeting).values()) == {"in_outbox"}
    discard_batch(session, people.staff, batch.id, batch.version)
    assert set(states_of(session, meeting).values()) == {"unsent"}
    mails = [*invitees("vera@soft.example", "b@x.dk"), Invitee("konrad@huset.example"), Invitee("nej@x.dk")]
    invite(session, people.staff, meeting.id, mails)
    send_all(session)
    session.execute(update(Letter).where(Letter.email == "b@x.dk").values(status="bounced", why="5.1.1"))
    opt_out(session, "nej@x.dk")
    sign_up_for(session, people.vendor, meeting)
    cancelled = sign_up_for(session, people.consultancy, meeting)
    cancel_sign_up(session, people.consultancy, cancelled.id)
    assert states_of(session, meeting) == {
        "vera@soft.example": "signed_up",
        "kassé@x.dk": "unsent",
        "b@x.dk": "bounced",
        "konrad@huset.example": "left",
        "nej@x.dk": "no_mails",
    }
    assert count_states(session, meeting.id) == dict.fromkeys(
        ("signed_up", "unsent", "bounced", "left", "no_mails"), 1
    )
    assert [one.email for one in recipients_of(session, meeting.id)] == ["vera@soft.example", "nej@x.dk"]


def test_a_place_given_up_before_the_invitation_does_not_count(session: Session, people: People) -> None:
    meeting = add_open_meeting(session)
    earlier = sign_up_for(session, people.vendor, meeting)
    cancel_sign_up(session, people.vendor, earlier.id)
    earlier.cancelled_at = now().replace(year=2020)
    invite(session, people.staff, meeting.id, invitees("vera@soft.example"))
    assert states_of(session, meeting) == {"vera@soft.example": "in_outbox"}


def test_whoever_made_an_account_after_the_invitation_is_found_by_the_address(
    session: Session, people: People
) -> None:
    meeting = add_open_meeting(session)
    invite(session, people.staff, meeting.id, invitees("ny@soft.example"))
    send_all(session)
    session.get_one(User, people.newcomer.user_id).email = "ny@soft.example"
    sign_up_for(session, people.newcomer, meeting)
    assert states_of(session, meeting) == {"ny@soft.example": "signed_up"}


def test_those_who_did_not_answer_are_reminded_and_nobody_else(session: Session, people: People) -> None:
    meeting = add_open_meeting(session)
    invite(session, people.staff, meeting.id, invitees("vera@soft.example", "tavs@x.dk", "nej@x.dk"))
    with pytest.raises(Refused, match="nobody_to_remind"):
        remind(session, people.staff, meeting.id)
    send_all(session)
    sign_up_for(session, people.vendor, meeting)
    session.execute(
        update(Invitation).where(Invitation.email == "nej@x.dk").values(status="declined", answered_at=now())
    )
    assert [one.email for one in list_unanswered(session, meeting.id)] == ["tavs@x.dk"]
    batch = remind(session, people.staff, meeting.id)
    assert (batch.kind, batch.facts) == ("invitation", {"is_reminder": True})
    with pytest.raises(Refused, match="nobody_to_remind"):
        remind(session, people.staff, meeting.id)
    assert states_of(session, meeting)["tavs@x.dk"] == "invited"


@pytest.mark.parametrize(
    ("status", "day", "code"),
    [
        ("draft", 2090, "invite_draft"),
        ("cancelled", 2090, "invite_cancelled"),
        ("postponed", 2090, "invite_postponed"),
        ("open", 2020, "invite_past"),
        ("approved", 2090, "invite_past"),
    ],
)
def test_nobody_is_invited_to_what_is_not_to_come(
    session: Session, people: People, status: str, day: int, code: str
) -> None:
    meeting = add_open_meeting(session)
    meeting.status, meeting.held_on = status, meeting.held_on.replace(year=day)
    session.flush()
    with pytest.raises(Refused, match=code):
        invite(session, people.staff, meeting.id, invitees("a@x.dk"))


def test_only_staff_invites(session: Session, people: People) -> None:
    meeting = add_open_meeting(session)
    assert [name for name, actor in people.all().items() if may_invite(actor)] == ["staff", "admin"]
    for verb in (lambda: invite(session, people.auditor, meeting.id, invitees("a@x.dk")),
                 lambda: remind(session, people.vendor, meeting.id),
                 lambda: withdraw(session, people.vendor, meeting.id, 1)):  # fmt: skip
        with pytest.raises(NotAllowed):
            verb()


# --- the link


def seal_of(session: Session, invitation: Invitation) -> str:
    return path_of(session, invitation.id).rpartition("/")[2]


def only_invitation(session: Session) -> Invitation:
    return session.scalars(select(Invitation)).one()


def test_a_no_by_link_can_be_taken_back(session: Session, people: People) -> None:
    meeting = add_open_meeting(session)
    invite(session, people.staff, meeting.id, invitees("a@x.dk"))
    send_all(session)
    invitation = only_invitation(session)
    sealed = seal_of(session, invitation)
    decline(session, people.stranger, invitation.id, sealed)
    decline(session, people.stranger, invitation.id, sealed)
    assert states_of(session, meeting) == {"a@x.dk": "declined"}
    assert recipients_of(session, meeting.id) == []
    undo_decline(session, people.stranger, invitation.id, sealed)
    assert states_of(session, meeting) == {"a@x.dk": "invited"}
    with pytest.raises(NotFound):
        decline(session, people.stranger, invitation.id, sealed[:-1] + ("A" if sealed[-1] != "A" else "B"))


def test_an_invitation_taken_back_closes_its_link_and_its_waiting_letter_and_may_be_made_anew(
    session: Session, people: People
) -> None:
    meeting = add_open_meeting(session)
    invite(session, people.staff, meeting.id, invitees("a@x.dk", "b@x.dk"))
    first = session.scalars(select(Invitation).where(Invitation.email == "a@x.dk")).one()
    sealed = seal_of(session, first)
    with pytest.raises(NotFound):
        withdraw(session, people.staff, meeting.id + 1, first.id)
    withdraw(session, people.staff, meeting.id, first.id)
    assert find_linked(session, first.id, sealed) is None
    letters = select(Letter.email, Letter.status, Letter.why).order_by(Letter.id)
    assert [tuple(row) for row in session.execute(letters)] == [
        ("a@x.dk", "skipped", "dropped"),
        ("b@x.dk", "waiting", ""),
    ]
    invite(session, people.staff, meeting.id, invitees("a@x.dk"))
    assert states_of(session, meeting) == {"a@x.dk": "in_outbox", "b@x.dk": "in_outbox"}
    assert find_linked(session, first.id, sealed) is None
    assert find_linked(session, first.id, seal_of(session, first)) is not None


# --- at once


def test_two_who_send_the_same_list_at_the_same_moment_invite_everybody_once(
    clone: Callable[[str], Database], empty_template: str
) -> None:
    database = clone(empty_template)
    with database.unit() as session:
        staff: Actor = add_people(session).staff
        meeting_id = add_open_meeting(session).id
    asked = invitees(*(f"p{number}@x.dk" for number in range(40)))

    def press(_who: int) -> str:
        try:
            with database.unit() as session:
                invite(session, staff, meeting_id, asked)
        except Refused as refusal:
            return refusal.code
        return "laid"

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(press, range(4))) == ["laid", *["nobody_to_invite"] * 3]
    with database.unit() as session:
        assert len(session.scalars(select(Letter.id)).all()) == 40
