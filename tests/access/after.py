"""What there is when a meeting is over: minutes on their way, comments on them, evaluations, what is missing,
reports and their files, and what goes on to the next meeting."""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.clock import now, today
from app.core.made_files import MadeFile, ask_for, begin_making, finish_making
from app.core.policy import Actor
from app.core.storage import Storage
from app.domain.carry_over.models import AgendaDecision
from app.domain.closing.models import GapReason
from app.domain.contributions.models import Contribution
from app.domain.evaluations import by_link
from app.domain.evaluations.models import Evaluation, EvaluationRemark
from app.domain.meeting_reports.files import report_file
from app.domain.meeting_reports.gathering import gather
from app.domain.meeting_reports.schemas import Choices
from app.domain.meetings.models import Meeting
from app.domain.meetings.schemas import ReasonInput
from app.domain.minutes import commenting, service
from app.domain.minutes.comment_models import MinutesComment
from app.domain.minutes.models import Minutes
from app.domain.minutes.schemas import ApprovalInput, DecisionInput, HidingInput, SectionText
from app.domain.registrations.by_link import seal_cancelling
from app.domain.strategies.models import Theme
from app.http.printing import stamp_with_press
from app.web.report_files import FOLDER
from tests.in_room import open_room, seat
from tests.on_minutes import comment_on, sections_of, send_round, show_minutes
from tests.people import People, with_role
from tests.said import add_item_row, add_meeting_row, put_said
from tests.signing_up import put_sign_up_row

Place = dict[str, object]
Fields = dict[str, str]
Things = tuple[dict[str, Place], dict[str, Fields]]


def close_meetings(
    session: Session,
    people: People,
    columns: dict[str, Actor],
    guest_secret: str,
    coming: Meeting,
    storage: Storage,
) -> Things:
    """Four meetings that were held some days ago, each further on its way than the one before.

    At each the facilitator and the rapporteur have their roles; the vendor and one of a municipality took
    part, the newcomer signed up without being known, and the guest sat in the room.
    """
    held = _write_minutes(session, people.staff)
    review, approved, reopened = (show_minutes(session, people.staff, key) for key in ("42", "43", "44"))
    meetings = {
        "minutes in draft": held,
        "minutes in review": review,
        "approved minutes": approved,
        "reopened minutes": reopened,
    }
    guests = {
        name: _let_in(session, people, columns, meeting, guest_secret) for name, meeting in meetings.items()
    }
    vera = replace(people.vendor, attends=frozenset(meeting.id for meeting in meetings.values()))
    made = [
        _comment(session, people.staff, vera, guests["minutes in review"], review, approved),
        _settle(session, people.staff, meetings),
        _evaluate(session, people, held, approved, guests["minutes in draft"]),
        _miss(session, people.staff, held, review),
        _carry(session, people.staff, approved, coming),
        _report(session, approved, storage),
    ]
    return {name: place for things, _fields in made for name, place in things.items()}, {
        name: given for _things, fields in made for name, given in fields.items()
    }


def _write_minutes(session: Session, staff: Actor) -> Meeting:
    meeting = add_meeting_row(session, "41")
    meeting.held_on = today() - timedelta(days=3)
    item = add_item_row(session, meeting, "Velkomst")
    add_item_row(session, meeting, "Uden ord")
    text = SectionText(place=f"item-{item.id}", text="Formanden bød velkommen.")
    service.write_sections(session, staff, meeting.id, [text])
    return meeting


def _let_in(
    session: Session, people: People, columns: dict[str, Actor], meeting: Meeting, guest_secret: str
) -> Actor:
    """Those who were there, on the day when the room was open; the guest, with the seat."""
    state, held_on = meeting.status, meeting.held_on
    columns["f"] = with_role(session, columns["f"], meeting.id, "facilitator")
    columns["p"] = with_role(session, columns["p"], meeting.id, "rapporteur")
    for actor in (people.vendor, people.municipality, people.newcomer):
        put_sign_up_row(session, actor, meeting)
    open_room(session, meeting)
    guest = seat(session, meeting, secret=guest_secret)
    meeting.status, meeting.held_on = state, held_on
    session.flush()
    return guest


# --- minutes


def _comment(
    session: Session, staff: Actor, vera: Actor, guest: Actor, review: Meeting, approved: Meeting
) -> Things:
    written = {
        "vendor's comment": comment_on(session, vera, review, "Det var os, der sagde det"),
        "guest's comment": comment_on(session, guest, review, "Der stod noget andet på tavlen"),
        "hidden comment": comment_on(session, vera, review, "Hun var syg den dag"),
        "withdrawn comment": comment_on(session, vera, review, "Skrevet for hurtigt"),
        "declined comment": comment_on(session, vera, review, "Skriv det hele om"),
        "comment on approved minutes": comment_on(session, vera, approved, "Et komma mangler"),
    }
    hidden, withdrawn = written["hidden comment"], written["withdrawn comment"]
    hiding = HidingInput(reason="Helbred", version=hidden.version)
    commenting.hide_comment(session, staff, review.id, hidden.id, hiding)
    commenting.withdraw_comment(session, vera, review.id, withdrawn.id)
    for name in ("declined comment", "comment on approved minutes"):
        one = written[name]
        no = DecisionInput(decision="declined", reply="Ikke denne gang", version=one.version)
        commenting.decide_comment(session, staff, one.meeting_id, one.id, no)
    keys = {review.id: review.key, approved.id: approved.key}
    things: dict[str, Place] = {
        name: {"key": keys[comment.meeting_id], "comment_id": comment.id} for name, comment in written.items()
    }
    things["comment elsewhere"] = things["vendor's comment"] | {"key": approved.key}
    things["comment of a draft"] = things["vendor's comment"] | {"key": "11"}
    fields = {name: _words_of(comment) for name, comment in written.items()}
    fields |= dict.fromkeys(("comment elsewhere", "comment of a draft"), fields["vendor's comment"])
    return things, fields


def _words_of(comment: MinutesComment) -> Fields:
    """All that a form about a comment may carry."""
    return {
        "text": "Det her er nyt",
        "version": str(comment.version),
        "decision": "declined",
        "reply": "Det var ikke sådan",
        "reason": "Personoplysninger",
    }


def _settle(session: Session, staff: Actor, meetings: dict[str, Meeting]) -> Things:
    """Approve what is to be approved, and open one of them again; with what the forms about each carry."""
    for name in ("approved minutes", "reopened minutes"):
        _approve(session, staff, meetings[name])
    reopened = meetings["reopened minutes"]
    service.reopen(session, staff, reopened.id, ReasonInput(reason="Et navn var forkert"))
    send_round(session, staff, reopened)
    things: dict[str, Place] = {name: {"key": meeting.key} for name, meeting in meetings.items()}
    fields = {name: _fields_of(session, meeting) for name, meeting in meetings.items()}
    review, approved = meetings["minutes in review"], meetings["approved minutes"]
    editions = {
        "edition in review": (review, 1),
        "edition that was in review": (approved, 1),
        "approved edition": (approved, 2),
        "approved edition before": (reopened, 2),
        "edition of the correction": (reopened, 3),
    }
    things |= {name: {"key": meeting.key, "number": number} for name, (meeting, number) in editions.items()}
    # Of one that is over and was never published.
    things["minutes of a draft"] = {"key": "11"}
    fields["minutes of a draft"] = fields["minutes in draft"]
    of_editions = {name: {"fra": str(number), "til": str(number)} for name, (_, number) in editions.items()}
    return things, fields | of_editions


def _approve(session: Session, staff: Actor, meeting: Meeting) -> None:
    version = session.get_one(Minutes, meeting.id, populate_existing=True).version
    service.approve(session, staff, meeting.id, ApprovalInput(is_early=True, version=version))


def _fields_of(session: Session, meeting: Meeting) -> Fields:
    minutes = session.get_one(Minutes, meeting.id, populate_existing=True)
    section = sections_of(session, meeting)["Velkomst"]
    place = section.place
    return {
        "version": str(minutes.version),
        "comment_until": (today() + timedelta(days=7)).isoformat(),
        "answer_by": (today() + timedelta(days=7)).isoformat(),
        "closes_on": (today() + timedelta(days=7)).isoformat(),
        "is_early": "1",
        "reason": "Et navn var forkert",
        "section": str(section.id),
        "text": "Det her er nyt",
        f"text-{place}": "Det her er nyt",
        f"version-{place}": str(section.version),
        "parts": "minutes",
    } | _ANSWER


# --- evaluations

_ANSWER: Fields = {"worth": "4", "heard": "3", "next": "unknown"}


def _evaluate(session: Session, people: People, held: Meeting, approved: Meeting, guest: Actor) -> Things:
    """One that is open, and one that is counted; the own links of the municipality and the guest."""
    tally = {code: [0, 1, 2, 3, 1] for code in ("worth", "heard", "next")}
    session.add(Evaluation(meeting_id=approved.id, wording=1, answers=7, tally=tally, counted_at=now()))
    session.flush()
    session.add(remark := EvaluationRemark(meeting_id=approved.id, text="Kaffen var kold"))
    gone = put_sign_up_row(session, people.rival, held, status="cancelled", cancelled_at=now())
    session.flush()
    mona = put_sign_up_row(session, people.neighbour, held)
    known = put_sign_up_row(session, people.neighbour, approved)
    place_id = guest.seat_at(held.id) or 0
    own = _read_link(by_link.address_for(session, held.key, "registration", mona.id))
    links = {
        "evaluation link": own,
        "guest's evaluation link": _read_link(by_link.address_for(session, held.key, "attendee", place_id)),
        "counted evaluation link": _read_link(
            by_link.address_for(session, approved.key, "registration", known.id)
        ),
        "evaluation link of who left": _read_link(
            by_link.address_for(session, held.key, "registration", gone.id)
        ),
        # The seat's number with the seal of the sign-up, and the right seal at another meeting.
        "wrong evaluation seal": own | {"who": f"d{mona.id}"},
        "seal of another deed": own | {"sealed": seal_cancelling(session, mona.id)},
        "evaluation link elsewhere": own | {"key": approved.key},
    }
    remarks: dict[str, Place] = {
        "remark": {"key": approved.key, "remark_id": remark.id},
        "remark elsewhere": {"key": held.key, "remark_id": remark.id},
    }
    lines: dict[str, Place] = {"line of the series": {}, "line of a draft series": {}}
    fields: dict[str, Fields] = dict.fromkeys(links, _ANSWER) | {
        "line of the series": {"raekke": "dialogforum"},
        "line of a draft series": {"raekke": "kommende"},
    }
    return links | remarks | lines, fields


def _read_link(path: str) -> Place:
    _moeder, key, _evaluering, who, sealed = path.strip("/").split("/")
    return {"key": key, "who": who, "sealed": sealed}


# --- closing


def _miss(session: Session, staff: Actor, held: Meeting, review: Meeting) -> Things:
    """What lacks its theme, here and at another meeting; and a reason that was given."""
    theme_id = session.scalars(select(Theme.id).order_by(Theme.id)).first()
    cards = {
        name: put_said(session, f"kort-{meeting.key}", kind="card", meeting_id=meeting.id)
        for name, meeting in (("card without theme", held), ("card without theme elsewhere", review))
    }
    row = GapReason(
        meeting_id=held.id,
        kind="no_slides",
        thing_ids=[1],
        reason="Han talte frit",
        given_by_id=staff.user_id,
        given_at=now(),
    )
    session.add(row)
    session.flush()
    things: dict[str, Place] = {name: {"key": held.key} for name in cards}
    fields = {name: _tick(card, theme_id) for name, card in cards.items()}
    gaps = {"gap": "uden-tema", "rest of the gaps": "resten", "no kind of gap": "uden-mening"}
    things |= {name: {"key": held.key, "word": word} for name, word in gaps.items()}
    things["gap of a draft"] = {"key": "11", "word": "resten"}
    things["gap reason"] = {"key": held.key, "reason_id": row.id}
    things["gap reason elsewhere"] = {"key": review.key, "reason_id": row.id}
    return things, fields | {name: {"reason": "Sådan blev det"} for name in (*gaps, "gap of a draft")}


def _tick(card: Contribution, theme_id: int | None) -> Fields:
    return {"contribution_ids": str(card.id), "theme_id": str(theme_id), "way": "chosen"}


def _carry(session: Session, staff: Actor, past: Meeting, coming: Meeting) -> Things:
    """One that puts itself forward for the coming meeting, and one that was declined for it."""
    day = today() - timedelta(days=1)
    late, declined = (
        put_said(session, f"ønske-{word}", meeting_id=past.id, answer_by=day, title=word, body=word)
        for word in ("Dyre integrationer", "Længere frister")
    )
    decision = AgendaDecision(
        meeting_id=coming.id,
        thing="contribution",
        thing_id=declined.id,
        verdict="declined",
        note="Næste gang",
        reasons=["late"],
        decided_by_id=staff.user_id,
        decided_at=now(),
    )
    session.add(decision)
    session.flush()
    given = {"thing": "contribution", "verdict": "declined", "note": "Ikke denne gang"}
    things: dict[str, Place] = {
        "left open": {"key": coming.key},
        "left open, for a draft": {"key": "11"},
        "decision": {"key": coming.key, "decision_id": decision.id},
        "decision elsewhere": {"key": "13", "decision_id": decision.id},
    }
    names = ("left open", "left open, for a draft")
    return things, {name: given | {"thing_id": str(late.id)} for name in names}


# --- reports


def _report(session: Session, meeting: Meeting, storage: Storage) -> Things:
    """The report for those who took part, of which a file lies ready; and that of a draft."""
    choices = Choices(audience="participants")
    report = gather(session, meeting.key, choices)
    assert report
    wanted, stamp = report_file(meeting.id, choices, "docx"), stamp_with_press(report.stamp, FOLDER)
    ask_for(session, wanted, stamp)
    made = session.scalars(select(MadeFile.id).order_by(MadeFile.id.desc())).first()
    assert made
    begin_making(session, made, 1)
    storage.put("made/1.docx", b"PK")
    finish_making(session, made, stamp, "made/1.docx", 2)
    fields: dict[str, Fields] = {
        "participants' report": {"til": "deltagere"},
        "draft's report": {"til": "deltagere"},
        "file": {"som": "docx"},
        "participants' file": {"som": "docx", "til": "deltagere"},
        "file of no kind": {"som": "exe"},
        "draft's file": {"som": "docx"},
    }
    return {name: {"key": "11" if "draft" in name else meeting.key} for name in fields}, fields
