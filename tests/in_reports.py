"""A meeting full of words that may not get out, for tests of reports and of the files made of them.

Every word is one that stands nowhere else, so that it can be looked for in a page, a file or a pack.
"""

from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import Any, Final

from sqlalchemy.orm import Session

from app.core.clock import now, today
from app.core.policy import SYSTEM
from app.domain.attendance.models import Attendee
from app.domain.boards.models import Board
from app.domain.contributions.blacking_out import black_out
from app.domain.contributions.models import (
    Answer,
    AnswerContribution,
    AnswerOrganisation,
    Contribution,
    ContributionTheme,
    IdeaDetails,
)
from app.domain.evaluations.models import Evaluation, EvaluationRemark
from app.domain.meetings.models import AgendaItem, Meeting
from app.domain.minutes.models import Minutes, MinutesEdition, MinutesSection
from app.domain.panels.models import Panel, PanelQuestion
from app.domain.polls.models import Poll, PollOption
from app.domain.presentations.models import Deck
from app.domain.users.consents import current_version, give_consent
from tests.people import People
from tests.said import add_item_row, add_meeting_row, add_speaker_row, add_theme_rows
from tests.signing_up import put_sign_up_row

_number = count(1)
# What everybody may read.
FOR_ALL: Final = (
    "Aabentord",
    "Taleroplaeg",
    "Soft A/S",
    "Svarord",
    "Loefteord",
    "Panelord",
    "Panelsvarord",
    "Afstemningsord",
    "Referatord",
    "Slidesord",
)
# What those who took part may read, and nobody else.
FOR_PARTICIPANTS: Final = ("Deltagerord", "Deltagerslides", "Deltagerpanel", "Deltagerafstemning", "Huset")
# What stands in no report.
FOR_NOBODY: Final = (
    "Fortroligord",
    "Stabsord",
    "Egetord",
    "Kommuneord",
    "Kladdeord",
    "Venteord",
    "Skjultord",
    "Trukketord",
    "Sloeretord",
    "Upubliceretsvar",
    "Stabsslides",
    "Kladdepunkt",
    "Kladdereferat",
    "Kladdeafstemning",
    "Skjultspoergsmaal",
    "Ventespoergsmaal",
    "Navnulla",
    "Gaestulla",
    "gaest-4711@eksempel.example",
    "Titelulla",
    "Bemaerkningulla",
    "Skrevetindulla",
    "Vera Vendor",
    "Konrad Konsulent",
    "moedelink-4711.example",
)


@dataclass(frozen=True, slots=True)
class Planted:
    """The meeting, its public wish, and the two themes that this stands under."""

    meeting_id: int
    key: str
    wish: str
    themes: tuple[str, str]


def _say(session: Session, meeting: Meeting, word: str, **given: Any) -> Contribution:
    values: dict[str, Any] = {
        "kind": "card",
        "title": word,
        "body": f"Her står {word}, og det er alt.",
        "status": "received",
        "visibility": "public",
        "received_at": now(),
        "published_at": now(),
    } | given
    session.add(said := Contribution(reference=f"IN-77{next(_number):02}", meeting_id=meeting.id, **values))
    session.flush()
    return said


def _ask(session: Session, meeting: Meeting, item: AgendaItem, word: str, state: str, **given: Any) -> None:
    is_out = state == "answered"
    said = _say(session, meeting, word, kind="question", item_id=item.id, **given)
    said.published_at = now() if is_out else None
    session.add(
        PanelQuestion(
            contribution_id=said.id,
            item_id=item.id,
            state=state,
            state_changed_at=now(),
            answer="Panelsvarord" if is_out else "",
            answered_at=now() if is_out else None,
        )
    )
    session.flush()


def _vote(session: Session, meeting: Meeting, word: str, **given: Any) -> None:
    values: dict[str, Any] = {"state": "closed", "visibility": "public", "voters": 7} | given
    session.add(
        poll := Poll(meeting_id=meeting.id, position=1, kind="one", question=word, created_at=now(), **values)
    )
    session.flush()
    session.add(option := PollOption(poll_id=poll.id, position=1, text="Ja"))
    session.flush()
    poll.tally = {str(option.id): 7}


def plant(session: Session, people: People, key: str = "77") -> Planted:
    """A meeting that was held some days ago, with something of every kind and for every audience."""
    meeting = add_meeting_row(session, key)
    meeting.held_on = today() - timedelta(days=5)
    meeting.status = "approved"
    meeting.join_url = "https://moedelink-4711.example/"
    session.flush()
    first, second = add_theme_rows(session, f"Foerstetema {key}", f"Andettema {key}")
    talk = add_item_row(session, meeting, "Et oplæg")
    add_speaker_row(session, talk, "Taleroplaeg")
    panel = add_item_row(session, meeting, "Panelet")
    session.add(
        AgendaItem(
            meeting_id=meeting.id, key="ny", position=99, kind="talk", title="Kladdepunkt", is_new=True
        )
    )
    vendor = people.vendor

    wish = _say(
        session,
        meeting,
        "Aabentord",
        kind="wish",
        said_by_user_id=vendor.user_id,
        entered_by_id=vendor.user_id,
        on_behalf_of_id=vendor.organisation_id,
    )
    session.add_all(
        ContributionTheme(contribution_id=wish.id, theme_id=theme.id) for theme in (first, second)
    )
    idea = _say(session, meeting, "Ideord", kind="idea", on_behalf_of_id=vendor.organisation_id)
    session.add(
        IdeaDetails(
            contribution_id=idea.id,
            confidential={"technology": "Fortroligord"},
            confidential_reasons={"technology": "Fortroligord"},
        )
    )
    for word, visibility in (
        ("Deltagerord", "participants"),
        ("Stabsord", "staff"),
        ("Egetord", "own"),
        ("Kommuneord", "municipalities"),
    ):
        _say(session, meeting, word, visibility=visibility, on_behalf_of_id=vendor.organisation_id)
    _say(session, meeting, "Kladdeord", status="draft", published_at=None)
    _say(session, meeting, "Venteord", published_at=None, waiting_reason="newcomer")
    _say(session, meeting, "Skjultord", hidden_at=now())
    _say(session, meeting, "Trukketord", status="withdrawn")
    blacked = _say(session, meeting, "Sloeret", body="Ring til Sloeretord om det.", title="Ring til nogen")
    black_out(session, SYSTEM, blacked.id, blacked.version, "Sloeretord")
    guest = Attendee(
        meeting_id=meeting.id,
        name="Gaestulla",
        organisation_name="Gaestulla",
        organisation_kind="vendor",
        email="gaest-4711@eksempel.example",
        is_walk_in=True,
        checked_in_at=now(),
        created_at=now(),
    )
    session.add(guest)
    session.flush()
    # In the room somebody let the name stand; under Chatham House only the row of the attendee has it.
    _say(session, meeting, "Lokaleord", said_by_text="Navnulla", shown_as="name", attendee_id=guest.id)
    _say(session, meeting, "Chathamord", shown_as="anonymous", attendee_id=guest.id)

    for kind, word, is_out in (
        ("answer", "Svarord", True),
        ("promise", "Loefteord", True),
        ("answer", "Upubliceretsvar", False),
    ):
        session.add(answer := Answer(kind=kind, text=word, published_at=now() if is_out else None))
        session.flush()
        session.add(AnswerContribution(answer_id=answer.id, contribution_id=wish.id))
        session.add(
            AnswerOrganisation(answer_id=answer.id, organisation_id=people.staff.organisation_id or 0)
        )

    session.add(
        Panel(item_id=panel.id, meeting_id=meeting.id, state="closed", visibility="public", opened_at=now())
    )
    session.flush()
    _ask(session, meeting, panel, "Panelord", "answered")
    _ask(session, meeting, panel, "Deltagerpanel", "answered", visibility="participants")
    _ask(session, meeting, panel, "Skjultspoergsmaal", "hidden")
    _ask(session, meeting, panel, "Ventespoergsmaal", "waiting")
    _vote(session, meeting, "Afstemningsord")
    _vote(session, meeting, "Deltagerafstemning", visibility="participants")
    _vote(session, meeting, "Kladdeafstemning", state="draft")

    for word, access in (
        ("Slidesord", "public"),
        ("Deltagerslides", "participants"),
        ("Stabsslides", "staff"),
    ):
        session.add(
            Deck(
                meeting_id=meeting.id,
                item_id=talk.id,
                key=word,
                position=1,
                title=word,
                access=access,
                created_at=now(),
            )
        )

    session.add(Minutes(meeting_id=meeting.id, created_at=now(), approved_at=now()))
    session.flush()
    session.add(
        MinutesSection(
            meeting_id=meeting.id, item_id=talk.id, part="item", title="Et oplæg", text="Kladdereferat"
        )
    )
    for number, kind, text in ((1, "approved", "Referatord"), (2, "review", "Kladdereferat")):
        section = {
            "id": 1,
            "part": "item",
            "item_id": talk.id,
            "title": "Et oplæg",
            "title_en": "",
            "kind": "talk",
            "text": text,
        }
        session.add(
            MinutesEdition(meeting_id=meeting.id, number=number, kind=kind, sections=[section], made_at=now())
        )

    session.add(
        Evaluation(
            meeting_id=meeting.id,
            wording=1,
            answers=9,
            tally={"worth": [0, 0, 1, 3, 5], "heard": [0, 1, 2, 3, 3]},
            counted_at=now(),
        )
    )
    session.flush()
    session.add(EvaluationRemark(meeting_id=meeting.id, text="Bemaerkningulla"))
    session.add(Board(meeting_id=meeting.id, item_id=talk.id, task="Skrevetindulla", created_at=now()))

    # One agreed to the wording that speaks of reports, one to the older one, one to none.
    newest = current_version("participant_list")
    for actor, version in ((vendor, newest), (people.consultancy, 1), (people.municipality, None)):
        if version is not None:
            give_consent(session, actor, "participant_list")
        signed_up = put_sign_up_row(
            session,
            actor,
            meeting,
            title="Titelulla",
            listed_version=version,
            listed_at=now() if version is not None else None,
        )
        session.add(
            Attendee(
                meeting_id=meeting.id,
                registration_id=signed_up.id,
                user_id=actor.user_id,
                name=actor.name,
                checked_in_at=now(),
                created_at=now(),
            )
        )
    session.flush()
    return Planted(
        meeting.id, key, wish.reference, (f"strategi-2026/{first.key}", f"strategi-2026/{second.key}")
    )
