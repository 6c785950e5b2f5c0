"""What the inbox and one's own overview ask side by side: each gives the same as when it is asked alone."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.asking import Asking, beside, read
from app.core.policy import Actor
from app.domain.answering.inbox import (
    case_of,
    colleagues_for,
    history_of,
    inbox_counted,
    notes_on,
    objections_to,
)
from app.domain.answering.shelf import sheets_of, waiting_batches_for
from app.domain.answering.sorting import last_sorting_of
from app.domain.bodies.queries import bodies_of
from app.domain.commitments.counting import promises_waiting_for
from app.domain.contributions.alike import candidates_for
from app.domain.contributions.ideas.drafting import typed_of
from app.domain.contributions.ideas.hearing import requests_for
from app.domain.contributions.ideas.resting import ideas_to_confirm_by
from app.domain.contributions.ideas.signing import signatures_asked_of
from app.domain.contributions.models import Contribution
from app.domain.contributions.own import EVERYTHING, own_counted, own_of
from app.domain.contributions.queries import contributions_with, late_for, left_to_do
from app.domain.contributions.sightings import gatherings_of, lead_refs_of
from app.domain.groups.queries import own_placements
from app.domain.ledger.open_gaps import gaps_counted
from app.domain.ledger.queries import link_of, requests_counted, tender_names_for
from app.domain.meetings.queries import meeting_lines_of, possible_organisers
from app.domain.meetings.roles import coming_talks_of
from app.domain.minutes.comments import comments_by
from app.domain.moderation.queries import moderation_counted
from app.domain.pressure_tests.tasks import tasks_waiting_for
from app.domain.priorities.queries import rounds_waiting_for
from app.domain.registrations.waiting import waited_for
from app.domain.speakers.queries import slides_wanted_for
from app.domain.strategies.queries import theme_choices
from app.domain.users.models import User
from app.domain.users.of_organisations import memberships_waiting_for
from app.domain.users.queries import memberships_of
from app.identity.sessions import find_actor, open_session
from tests.site import Site

OWN: dict[str, Callable[[Actor], Asking[Any]]] = {
    "listing": lambda actor: own_of(actor, per_page=3),
    "past the end": lambda actor: own_of(actor, page=900),
    "states": lambda actor: own_counted(actor, EVERYTHING),
    "memberships": lambda actor: memberships_of(actor.user_id or 0),
    "placements": own_placements,
    "talks": coming_talks_of,
    "comments": comments_by,
    "typed": typed_of,
    "signatures": signatures_asked_of,
    "hearings": requests_for,
    "to confirm": ideas_to_confirm_by,
    "tests": tasks_waiting_for,
    "rounds": rounds_waiting_for,
    "bodies": bodies_of,
    "late": lambda actor: late_for(actor, per_page=3),
    "tenders": tender_names_for,
    "meetings": lambda actor: meeting_lines_of(range(30), actor),
    "organisers": lambda actor: possible_organisers([actor.organisation_id or 0]),
    "themes": lambda actor: theme_choices(),
}
STAFF: dict[str, Callable[[Actor], Asking[Any]]] = {
    "inbox": inbox_counted,
    "promises": promises_waiting_for,
    "moderation": lambda actor: moderation_counted(),
    "gaps": gaps_counted,
    "requests": requests_counted,
    "asking to speak": memberships_waiting_for,
    "slides": slides_wanted_for,
    "waited for": waited_for,
    "to do": lambda actor: left_to_do(),
    "colleagues": colleagues_for,
    "batches": waiting_batches_for,
    "sorting": last_sorting_of,
}
CASE: dict[str, Callable[[Actor, int], Asking[Any]]] = {
    "itself": lambda actor, said_id: contributions_with(actor, [said_id]),
    "leads": lambda actor, said_id: lead_refs_of(actor, [said_id]),
    "gathering": lambda actor, said_id: gatherings_of(actor, [said_id]),
    "alike": candidates_for,
    "answers": sheets_of,
    "notes": notes_on,
    "objections": objections_to,
    "history": history_of,
    "tender": link_of,
}


def ask_both_ways(session: Session, ask: Callable[[], Asking[Any]]) -> tuple[Any, Any]:
    """Alone, and beside itself."""
    alone = read(session, ask())
    return (alone, alone), read(session, beside(ask(), ask()))


def list_actors(session: Session) -> list[Actor]:
    """Everybody with an account in the demo."""
    ids = session.scalars(select(User.id).order_by(User.id)).all()
    return [find_actor(session, open_session(session, one, "passkey")) for one in ids]


@pytest.mark.parametrize("reading", [*OWN, *STAFF])
def test_what_the_overview_shows_is_alike_asked_alone_and_beside(archive_site: Site, reading: str) -> None:
    with archive_site.unit() as session:
        actors = list_actors(session)
        for actor in actors if reading in OWN else [one for one in actors if one.is_staff]:
            ask = (OWN | STAFF)[reading]
            alone, together = ask_both_ways(session, lambda ask=ask, actor=actor: ask(actor))
            assert together == alone, actor.name
        session.rollback()


@pytest.mark.parametrize("reading", [*CASE, "case"])
def test_what_a_case_shows_is_alike_asked_alone_and_beside(archive_site: Site, reading: str) -> None:
    with archive_site.unit() as session:
        staff = next(one for one in list_actors(session) if one.is_staff)
        for said in session.scalars(select(Contribution).order_by(Contribution.id)).all():

            def ask(said: Contribution = said) -> Asking[Any]:
                if reading == "case":
                    return case_of(staff, said.reference.lower())
                return CASE[reading](staff, said.id)

            alone, together = ask_both_ways(session, ask)
            assert together == alone, said.reference
        session.rollback()
