"""What the person behind a key follows, and the fields and themes that they work with."""

from typing import Annotated, Final, Literal

from fastapi import Path
from fastapi.responses import Response
from pydantic import Field

from app.api.answers import Out, answer
from app.api.asking import make_router
from app.api.verbs import Doors
from app.core.policy import NotFound, is_person
from app.domain.commitments.followed import name_followed
from app.domain.contributions.schemas import Given
from app.domain.following import queries, service
from app.domain.following.schemas import LARGEST_ID, InterestsInput
from app.http.visit import AVisit, Visit, only

router = make_router("foelger")
Word = Literal[
    "tema",
    "oenske",
    "ide",
    "indspil",
    "spoergsmaal",
    "behov",
    "forpligtelse",
    "moede",
    "moederaekke",
    "organisation",
    "projekt",
]
KINDS: Final[dict[str, str]] = {
    "tema": "theme",
    "oenske": "wish",
    "ide": "idea",
    "indspil": "card",
    "spoergsmaal": "question",
    "behov": "need",
    "forpligtelse": "commitment",
    "moede": "meeting",
    "moederaekke": "series",
    "organisation": "organisation",
    "projekt": "project",
}
ThingId = Annotated[int, Path(ge=1, le=LARGEST_ID)]


class FollowOut(Out):
    """A thing that is followed."""

    kind: str
    id: int = Field(description="Its number; with the kind it names the thing.")
    name: str = Field(description="What it is called; empty where one may see it no more.")
    reference: str = Field(description="The number that people call it by, where it has one.")
    path: str
    pace: str = Field(description="How often one is written to: at_once, daily, weekly or never.")


class FollowsOut(Out):
    """All that somebody follows, the newest first."""

    items: list[FollowOut] = Field(description="At most two hundred.")
    has_stopped_mails: bool = Field(description="Whether no mails are sent about any of it.")


class WorkOut(Out):
    """The fields and the themes that somebody works with."""

    fields: list[str] = Field(description="Fields, by their codes.")
    theme_ids: list[int] = Field(description="The numbers of the themes; they are followed.")


class PaceIn(Given):
    """How often one is written to; without it, what is usual for its kind."""

    pace: Literal["at_once", "daily", "weekly", "never"] | None = None


class MailsIn(Given):
    """Whether mails are sent about what is followed."""

    wants_mails: bool


def show(visit: Visit, _name: str = "") -> tuple[FollowsOut, None]:
    lines = queries.list_follows(visit.session, visit.actor)
    kinds: dict[str, list[int]] = {}
    for line in lines:
        kinds.setdefault(line.kind, []).append(line.thing_id)
    named = name_followed(visit.session, visit.actor, kinds)
    items = []
    for line in lines:
        thing = named.get((line.kind, line.thing_id))
        name, reference, path = (thing.name, thing.reference, thing.path) if thing else ("", "", "")
        items.append(
            FollowOut(
                kind=line.kind, id=line.thing_id, pace=line.pace, name=name, reference=reference, path=path
            )
        )
    stopped = queries.has_stopped_mails(visit.session, visit.actor.user_id)
    return FollowsOut(items=items, has_stopped_mails=stopped), None


def show_work(visit: Visit, _name: str = "") -> tuple[WorkOut, None]:
    known = queries.find_interests(visit.session, visit.actor.user_id or 0)
    return WorkOut(fields=list(known.fields), theme_ids=list(known.theme_ids)), None


doors = Doors(router, FollowsOut, show)
work_doors = Doors(router, WorkOut, show_work)


@router.get("/foelger", dependencies=[only(is_person)], response_model=FollowsOut)
def list_followed(visit: AVisit) -> Response:
    """What the person behind the key follows."""
    return answer(visit, show(visit)[0])


@doors.put("/foelger/mails", is_person)
def choose_mails(visit: Visit, given: MailsIn) -> str:
    """No mails about any of it, or again at the pace of each."""
    turn = service.resume_mails if given.wants_mails else service.stop_mails
    turn(visit.session, visit.actor.user_id or 0, visit.actor)
    return ""


@doors.put("/foelger/{word}/{thing_id}", is_person)
def follow(visit: Visit, word: Word, thing_id: ThingId, given: PaceIn) -> str:
    """Follow something that one may see, or change how often one is written to of it."""
    kind = KINDS[word]
    if (kind, thing_id) not in name_followed(visit.session, visit.actor, {kind: [thing_id]}):
        raise NotFound
    service.follow(visit.session, visit.actor, kind, thing_id, given.pace)
    return ""


@doors.delete("/foelger/{word}/{thing_id}", is_person)
def unfollow(visit: Visit, word: Word, thing_id: ThingId) -> str:
    """Let it go; also what one can see no more."""
    service.unfollow(visit.session, visit.actor, KINDS[word], thing_id)
    return ""


@router.get("/mig/emner", dependencies=[only(is_person)], response_model=WorkOut)
def show_interests(visit: AVisit) -> Response:
    """The fields and the themes that the person behind the key works with."""
    return answer(visit, show_work(visit)[0])


@work_doors.put("/mig/emner", is_person)
def choose_interests(visit: Visit, given: InterestsInput) -> str:
    """Choose them anew: what is not named is let go."""
    service.choose_interests(visit.session, visit.actor, given)
    return ""
