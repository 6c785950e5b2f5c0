"""Meetings, themes and contributions for tests, made with as little as they can stand on."""

from datetime import date
from itertools import count

from sqlalchemy.orm import Session

from app.core.clock import now
from app.core.policy import SYSTEM, Actor
from app.domain.contributions.models import Contribution
from app.domain.contributions.schemas import CardInput, ContributionFacts, IdeaDraft, IdeaInput, WishInput
from app.domain.contributions.service import add_card, put_contribution, save_idea_draft, send_idea, send_wish
from app.domain.groups.models import Group
from app.domain.meetings.models import AgendaItem, Appearance, Meeting, Series
from app.domain.strategies.models import Strategy, Theme
from app.domain.users.models import Person

_number = count(1)


def add_meeting_row(session: Session, key: str = "10", *, is_published: bool = True) -> Meeting:
    series = session.query(Series).filter_by(key="dialogforum").one_or_none()
    if series is None:
        series = Series(key="dialogforum", name="Dialogforum")
        session.add(series)
        session.flush()
    meeting = Meeting(
        series_id=series.id,
        key=key,
        number=int(key) if key.isdigit() else None,
        title=f"Møde {key}",
        status="closed",
        held_on=date(2020, 10, 28),
        published_at=now() if is_published else None,
        created_at=now(),
    )
    session.add(meeting)
    session.flush()
    return meeting


def add_item_row(session: Session, meeting: Meeting, title: str = "Gruppedrøftelser") -> AgendaItem:
    number = next(_number)
    item = AgendaItem(
        meeting_id=meeting.id, key=f"punkt-{number}", position=number, kind="group_session", title=title
    )
    session.add(item)
    session.flush()
    return item


def add_group_row(
    session: Session, meeting: Meeting, item: AgendaItem | None = None, task: str = ""
) -> Group:
    number = next(_number)
    group = Group(
        meeting_id=meeting.id,
        item_id=item.id if item else None,
        key=f"gruppe-{number}",
        number=number,
        position=number,
        name="Gruppe 1",
        task=task,
    )
    session.add(group)
    session.flush()
    return group


def add_speaker_row(session: Session, item: AgendaItem, name: str = "Oda Oplæg") -> Person:
    person = Person(name=name, created_at=now())
    session.add(person)
    session.flush()
    session.add(Appearance(item_id=item.id, position=1, person_id=person.id, person_name=name))
    session.flush()
    return person


def add_theme_rows(session: Session, *names: str, strategy_key: str = "strategi-2026") -> list[Theme]:
    """Themes of one strategy that runs now; "klima" is also the keyword of the theme "Klima"."""
    strategy = session.query(Strategy).filter_by(key=strategy_key).one_or_none()
    if strategy is None:
        strategy = Strategy(
            key=strategy_key,
            name="Strategi 2026-2029",
            level="municipal",
            period_from=2026,
            period_to=2029,
            owner="KL",
        )
        session.add(strategy)
        session.flush()
    themes = [
        Theme(
            strategy_id=strategy.id,
            key=name.lower(),
            code="",
            position=next(_number),
            name=name,
            keywords=[name.lower()],
        )
        for name in names
    ]
    session.add_all(themes)
    session.flush()
    return themes


def add_wish(
    session: Session, actor: Actor, title: str = "Fælles målbilleder", **given: object
) -> Contribution:
    values = {"title": title, "body": "Vi mangler en klar retning."} | given
    return send_wish(session, actor, WishInput.model_validate(values), 90)


IDEA = {
    "title": "Roligere nætter",
    "body": "En sensor siger til, når nogen er urolig.",
    "problem": "Natholdet går runder.",
    "for_whom": "Beboere på plejecentre.",
    "proposal": "En måtte under madrassen.",
}
SECRET = {"secret_technology": "Hemmelig-fløjte-4711", "reason_technology": "Forretningshemmelighed-4712"}


def add_idea(session: Session, actor: Actor, **given: object) -> Contribution:
    return send_idea(session, actor, IdeaInput.model_validate(IDEA | given), 90)


def add_idea_draft(session: Session, actor: Actor, **given: object) -> Contribution:
    return save_idea_draft(session, actor, IdeaDraft.model_validate(IDEA | given))


def add_card_row(
    session: Session, actor: Actor, meeting: Meeting, text: str = "Sagt højt", **given: object
) -> Contribution:
    return add_card(session, actor, meeting.id, CardInput.model_validate({"text": text} | given))


def put_said(session: Session, key: str, **given: object) -> Contribution:
    """A contribution of the archive; published unless `published_at` says otherwise."""
    values = {
        "kind": "wish",
        "key": key,
        "title": "Klar retning",
        "body": "Klar retning",
        "received_at": now(),
        "published_at": now(),
    }
    return put_contribution(session, SYSTEM, ContributionFacts.model_validate(values | given))
