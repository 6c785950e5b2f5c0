"""What there is of what became of what was said: questions to the askers, answers and batches, gatherings,
promises with their steps and measures, summaries, links between themes, and what is followed."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.clock import today
from app.core.links import seal
from app.core.policy import Actor
from app.domain.answering import cases, drafting, pausing, publishing
from app.domain.answering.models import AnswerBatch
from app.domain.answering.schemas import MoreInput, NoteInput, TemplateInput
from app.domain.boards.writing import write_card
from app.domain.commitments import measuring, service
from app.domain.commitments.models import Commitment
from app.domain.commitments.schemas import MeasurementInput, VerdictInput
from app.domain.contributions.gathering import cite_page, gather
from app.domain.contributions.models import Answer, Contribution
from app.domain.following.schemas import STOP_PURPOSE
from app.domain.meetings.models import Meeting
from app.domain.strategies.crosswalk import link_themes
from app.domain.strategies.models import Theme
from app.domain.strategies.schemas import ThemeLinkInput
from app.domain.summaries import service as summaries
from app.domain.summaries.models import Summary, SummarySentence
from app.domain.summaries.schemas import SentenceInput
from tests.access.room import Rooms
from tests.answered import add_draft_answer, add_prepared_answer
from tests.on_boards import card
from tests.people import People
from tests.promised import INDICATOR, PROMISE, add_aim, add_commitment, add_proposal, add_step
from tests.said import add_idea, add_theme_rows, add_wish, put_said

Place = dict[str, object]
Fields = dict[str, str]
Things = tuple[dict[str, Place], dict[str, Fields]]

LATER = (today() + timedelta(days=20)).isoformat()


def promise_things(session: Session, people: People, rooms: Rooms, known: dict[str, Place]) -> Things:
    """`known`: what there is already, to be followed, cited and summed up."""
    said = _say(session, people, rooms)
    made = [
        _ask_and_answer(session, people, said, known),
        _look_after(session, people, said),
        _promise(session, people),
        _sum_up(session, people, known),
        _link(session, people),
        _follow(session, people, known),
    ]
    return {name: place for things, _fields in made for name, place in things.items()}, {
        name: given for _things, fields in made for name, given in fields.items()
    }


# --- what is asked and answered


def _say(session: Session, people: People, rooms: Rooms) -> dict[str, Contribution]:
    """One of each kind to be asked about, and to be answered; those of the room are the guest's."""
    vendor = people.vendor
    return {
        "asked wish": add_wish(session, vendor, title="Kortere frister"),
        "answered wish": add_wish(session, vendor, title="Længere aftaler"),
        "asked idea": add_idea(session, vendor, title="Fælles testmiljø"),
        "answered idea": add_idea(session, vendor, title="Fælles mønstre"),
        "asked card": _write_card(session, rooms),
        "answered card": _write_card(session, rooms),
        "wish without answer": add_wish(session, vendor, title="Bedre dokumentation"),
        "wish with a draft": add_wish(session, vendor, title="Færre logins"),
        "wish with words": add_wish(session, vendor, title="Åbne grænseflader"),
        "leading wish": add_wish(session, vendor, title="Ét sted at spørge"),
        "gathered wish": add_wish(session, people.rival, title="Et sted, hvor man kan spørge"),
        "cited card": put_said(session, "kilde", kind="card", meeting_id=_find_meeting(session, "10").id),
    }


def _write_card(session: Session, rooms: Rooms) -> Contribution:
    sent = write_card(session, rooms.guest, rooms.here.board.id, card())
    return session.get_one(Contribution, sent.id)


def _find_meeting(session: Session, key: str) -> Meeting:
    return session.scalars(select(Meeting).where(Meeting.key == key)).one()


def _ask_and_answer(
    session: Session, people: People, said: dict[str, Contribution], known: dict[str, Place]
) -> Things:
    staff, deck = people.staff, known["public deck"]
    cite_page(session, staff, said["cited card"].id, int(str(deck["deck_id"])), 1)
    things: dict[str, Place] = {}
    fields: dict[str, Fields] = {}
    for kind in ("wish", "idea", "card"):
        asked, answered = said[f"asked {kind}"], said[f"answered {kind}"]
        question = MoreInput(question="Hvor mange?", reply_by=today() + timedelta(days=10))
        pausing.ask_for_more(session, staff, asked.id, question)
        answer = add_prepared_answer(session, staff, [answered.id])
        publishing.publish_answer(session, staff, answer.id, answer.version)
        things |= {f"{way} {kind}": {"reference": said[f"{way} {kind}"].reference} for way in _WAYS}
        fields |= dict.fromkeys(
            (f"asked {kind}", f"answered {kind}"),
            _REPLY | {"answer_id": str(answer.id)} | _cites(known["public deck"], answered),
        )
    things["cited card"] = {"reference": said["cited card"].reference}
    fields["cited card"] = _cites(deck, said["cited card"])
    # Who may not is told so whatever the form says.
    things["wish, empty form"] = things["asked wish"]
    for access in ("public", "staff"):
        things[f"{access} deck, for a card"] = known[f"{access} deck"]
        fields[f"{access} deck, for a card"] = {"reference": said["cited card"].reference}
    # What only staff and its own see, with forms that say something.
    for name in ("staff wish", "own wish", "unpublished card"):
        things[f"{name}, asked about"] = {"reference": known[name]["reference"]}
        fields[f"{name}, asked about"] = fields["asked wish"]
    return things, fields


_WAYS = ("asked", "answered")
_REPLY = {"reply": "Tre", "text": "Tre", "objection": "Det var ikke det, vi spurgte om"}


def _cites(deck: Place, said: Contribution) -> Fields:
    path = f"/oplaeg/{deck['deck_id']}/side/1"
    return {"page": path, "deck_id": str(deck["deck_id"]), "number": "1", "reference": said.reference}


def _look_after(session: Session, people: People, said: dict[str, Contribution]) -> Things:
    """The inbox: a case with a note, a gathering, answers at each step, batches, and a template."""
    staff = people.staff
    case = said["wish without answer"]
    note = cases.add_note(session, staff, case.id, NoteInput(text="Ring til dem"))
    lead, member = said["leading wish"], said["gathered wish"]
    gathering = gather(session, staff, lead.id, [member.id])
    draft = add_draft_answer(session, staff, [said["wish with a draft"].id])
    ready = add_prepared_answer(session, staff, [said["wish with words"].id])
    out = session.scalars(select(Answer.id).where(Answer.published_at.is_not(None)).limit(1)).one()
    batch = publishing.make_batch(session, staff, "Marts", [ready.id])
    gone = session.scalars(select(AnswerBatch.id).where(AnswerBatch.published_at.is_not(None)).limit(1)).one()
    template = drafting.add_template(session, staff, TemplateInput(title="Tak", text="Tak for det."))
    fields = {
        "version": "1",
        "answer_id": str(ready.id),
        "contribution_ids": str(case.id),
        "organisation_ids": str(staff.organisation_id),
        "verdict": "yes",
        "text": "Det gør vi.",
        "why": "En fejl",
        "title": "Tak",
        "name": "April",
        "question": "Hvor mange?",
        "reply_by": LATER,
        "user_id": str(people.admin.user_id),
        "owner": "me",
        "member_ids": str(member.id),
        "lead_id": str(member.id),
        "at_most_days": "60",
        "indspil": case.reference,
    }
    things: dict[str, Place] = {
        "case": {"reference": case.reference, "note_id": note.id},
        "leading case": {"reference": lead.reference},
        "note elsewhere": {"reference": lead.reference, "note_id": note.id},
        "cases": {},
        "draft answer": {"answer_id": draft.id},
        "prepared answer": {"answer_id": ready.id},
        "published answer": {"answer_id": out},
        "answers in a batch": {"batch_id": batch.id},
        "answers that are out": {"batch_id": gone},
        "template": {"template_id": template.id},
    }
    of_case = dict.fromkeys(things, fields)
    of_case["leading case"] = fields | {"version": str(gathering.version)}
    return things, of_case


# --- what is promised


def _promise(session: Session, people: People) -> Things:
    vendor, staff = people.vendor, people.staff
    promises = {
        "promise": add_commitment(session, vendor),
        "proposed promise": add_proposal(session, vendor),
        "withdrawn promise": add_proposal(session, vendor),
        "judged promise": add_commitment(session, vendor),
        "organisers' promise": add_commitment(session, staff),
        "promise for staff": add_commitment(session, staff, visibility="staff"),
        "vendor's promise for staff": add_commitment(
            session, staff, organisation_id=vendor.organisation_id, visibility="staff"
        ),
    }
    service.withdraw(session, vendor, promises["withdrawn promise"].id)
    things: dict[str, Place] = {}
    fields: dict[str, Fields] = {}
    for name, promise in promises.items():
        numbers = {} if name == "withdrawn promise" else _measure(session, staff, promise)
        things |= {name: {"reference": promise.reference}} | {
            f"{word} of {name}": {"reference": promise.reference, "number": number}
            | {f"{known}_id": other for known, other in numbers.items()}
            for word, number in numbers.items()
        }
        things[f"{name}, to follow"] = {"word": "forpligtelse", "thing_id": promise.id}
    _judge(session, staff, promises["judged promise"])
    for word in ("step", "aim", "measurement"):
        of_another = things[f"{word} of organisers' promise"]
        things[f"{word} elsewhere"] = things["promise"] | {"number": of_another["number"]}
    empty = things["aim of promise"]
    for promise in promises.values():
        session.refresh(promise)
        given = _carry(promise, promises["organisers' promise"])
        fields |= {
            name: given for name, place in things.items() if place.get("reference") == promise.reference
        }
    return things | {"promise, empty form": empty}, fields


def _measure(session: Session, staff: Actor, promise: Commitment) -> dict[str, int]:
    step = add_step(session, staff, promise, today() + timedelta(days=30))
    aim = add_aim(session, staff, promise)
    if promise.published_at is None:
        return {"step": step.id, "aim": aim.id}
    given = {"measured_on": today() - timedelta(days=5), "value": "30", "source_text": "Optælling"}
    measured = measuring.measure(session, staff, aim.id, MeasurementInput.model_validate(given))
    return {"step": step.id, "aim": aim.id, "measurement": measured.id}


def _judge(session: Session, staff: Actor, promise: Commitment) -> None:
    session.refresh(promise)
    given = {"verdict": "kept", "cause": "data", "lesson": "Spørg først", "version": promise.version}
    service.give_verdict(session, staff, promise.id, VerdictInput.model_validate(given))


def _carry(promise: Commitment, another: Commitment) -> Fields:
    """All that a form about a promise, its steps and what it is measured by may carry."""
    return {
        name: str(value)
        for name, value in (PROMISE | INDICATOR).items()
    } | {
        "version": str(promise.version),
        "commitment_ids": str(promise.id),
        "organisation_id": str(promise.organisation_id),
        "deadline": LATER,
        "due_on": LATER,
        "new_on": LATER,
        "done_on": today().isoformat(),
        "measured_on": today().isoformat(),
        "value": "35",
        "source_text": "Optælling",
        "reason": "Det tog længere tid",
        "verdict": "kept",
        "cause": "data",
        "lesson": "Spørg først",
        "replaced_by_id": str(another.id),
    }  # fmt: skip


# --- summaries, themes, what is followed


def _sum_up(session: Session, people: People, known: dict[str, Place]) -> Things:
    """One that is out, with a draft of the next edition; one that is a draft, and one of a draft meeting."""
    wish = known["wish"]["reference"]
    made: dict[str, tuple[Summary, int]] = {}
    for name, key in (("summary", "10"), ("draft summary", "12"), ("summary of a draft", "11")):
        meeting = _find_meeting(session, key)
        made[name] = _write_summary(session, people.staff, str(wish), meeting_id=meeting.id)
    out = made["summary"][0]
    summaries.publish_summary(session, people.staff, out.id, out.version)
    summaries.begin_summary(session, people.staff, meeting_id=_find_meeting(session, "10").id)
    sentences = select(SummarySentence.id).order_by(SummarySentence.id.desc()).limit(1)
    newest = session.scalars(sentences).one()
    things: dict[str, Place] = {}
    for name, (summary, sentence_id) in made.items():
        key = session.get_one(Meeting, summary.meeting_id).key
        number = newest if name == "summary" else sentence_id
        things[name] = {"key": key, "summary_id": summary.id, "sentence_id": number, "act": "godkend"}
    things |= {
        "way to sum up": {"key": "9", "way": "skriv"},
        "way to sum up a draft": {"key": "11", "way": "skriv"},
        "no way to sum up": {"key": "9", "way": "dans"},
        "way to sum up a theme": known["theme"] | {"way": "skriv"},
        "draft edition": things["summary"],
        "sentence elsewhere": things["summary"] | {"sentence_id": things["draft summary"]["sentence_id"]},
    }
    fields = {
        name: {"version": str(summary.version), "text": "De fleste vil have færre logins."}
        for name, (summary, _sentence) in made.items()
    }
    fields["sentence elsewhere"] = fields["summary"]
    return things, fields | {"draft edition": {"udgave": "2"}}


def _write_summary(session: Session, staff: Actor, wish: str, *, meeting_id: int) -> tuple[Summary, int]:
    summary = summaries.begin_summary(session, staff, meeting_id=meeting_id)
    given = {"text": "Mange vil det samme.", "sources": wish, "version": summary.version}
    row = summaries.add_sentence(session, staff, summary.id, SentenceInput.model_validate(given))
    return summary, row.id


def _link(session: Session, people: People) -> Things:
    new = session.scalars(select(Theme).order_by(Theme.id)).first()
    old, older = add_theme_rows(session, "Data", "Drift", strategy_key="strategi-2021")
    assert new
    given = {"from_theme_id": old.id, "to_theme_id": new.id, "kind": "same", "note": "Samme sag"}
    link = link_themes(session, people.staff, ThemeLinkInput.model_validate(given))
    more = {"from_theme_id": str(older.id), "to_theme_id": str(new.id), "kind": "same", "note": "Også"}
    return {"link of themes": {"link_id": link.id}, "themes to link": {}}, {"themes to link": more}


def _follow(session: Session, people: People, known: dict[str, Place]) -> Things:
    rows = session.execute(select(Contribution.reference, Contribution.id))
    ids = {row.reference: row.id for row in rows}
    user_id = people.vendor.user_id or 0
    of_rival = seal(session, STOP_PURPOSE, people.rival.user_id or 0)
    of_soft: Place = {"organisation_id": people.vendor.organisation_id}
    wishes = ("wish", "newcomer's wish", "municipalities wish", "staff wish", "own wish", "hidden wish")
    return {
        f"{name}, to follow": {"word": "oenske", "thing_id": ids[str(known[name]["reference"])]}
        for name in wishes
    } | {
        "draft meeting, to follow": {"word": "moede", "thing_id": _find_meeting(session, "11").id},
        "meeting, to follow": {"word": "moede", "thing_id": _find_meeting(session, "10").id},
        "wish as a meeting": {"word": "findes-ikke", "thing_id": ids[str(known["wish"]["reference"])]},
        "link to stop mails": {"user_id": user_id, "sealed": seal(session, STOP_PURPOSE, user_id)},
        "wrong seal to stop mails": {"user_id": user_id, "sealed": of_rival},
        "Soft's feed": of_soft,
        "story's file": {"reference": known["wish"]["reference"]},
        "staff's story's file": {"reference": known["staff wish"]["reference"]},
        "year": {"year": 2025},
        "staff's year": {"year": 2025},
        "year to come": {"year": 2999},
    }, {
        "story's file": {"som": "pdf"},
        "staff's story's file": {"som": "pdf"},
        "staff's year": {"til": "sekretariatet", "som": "pdf"},
        "year": {"som": "pdf"},
    }  # fmt: skip
