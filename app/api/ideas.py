"""Ideas for signature projects: the open half; the confidential one has its own door, each reading logged."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Any

from fastapi import Query
from fastapi.responses import Response
from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from app.api.answers import Out, answer, many
from app.api.asking import make_router
from app.api.said import (
    Agreeing,
    Reference,
    SaidAsked,
    SaidOut,
    answer_said,
    as_said,
    count_sending,
    find_said,
    read_filters,
    take_rules,
)
from app.api.writing import IfMatch, OnceKey, read_match, write_once
from app.core.policy import NotFound, is_person
from app.domain.contributions import queries, service
from app.domain.contributions.ideas.policy import may_read_secrets
from app.domain.contributions.ideas.signing import find_signed, list_signers
from app.domain.contributions.policy import may_send
from app.domain.contributions.schemas import IdeaDraft, IdeaInput, Maturity
from app.http.limits import count_against
from app.http.visit import AVisit, Visit, anyone, only

router = make_router("ideer")
KIND = "idea"
SAVED_PER_HOUR = 200


class DetailsOut(Out):
    """The open half of an idea."""

    problem: str
    for_whom: str
    proposal: str
    technology: str
    data_source: str
    legal_basis: str
    operations: str
    effect_indicator: str
    effect_unit: str
    baseline: str
    baseline_value: Decimal | None
    target: str
    target_value: Decimal | None
    partner_wanted: str
    wants_partner: bool
    maturity: Maturity
    cost_frame: str
    cost_from: int | None
    cost_to: int | None
    has_confidential: bool


class IdeaOut(SaidOut):
    """An idea with its open half."""

    details: DetailsOut | None = Field(description="Null where it has none.")


class SecretOut(Out):
    """The confidential half of an idea: the text of each part, and why it is confidential."""

    reference: str
    parts: dict[str, str] = Field(description="The text by the name of the part.")
    reasons: dict[str, str] = Field(description="Why, by the name of the part.")


class IdeasAsked(SaidAsked):
    """Ideas; those that rest are left out unless they are asked for."""

    hviler: bool = Field(False, description="Only those that rest.")


class IdeaIn(IdeaInput, Agreeing):
    """An idea that is sent. What stands in secret_… is confidential and needs its reason_…."""

    version: SkipJsonSchema[int] = 0


class IdeaDraftIn(IdeaDraft):
    """An idea as far as it has come; only the title is needed."""

    version: SkipJsonSchema[int] = 0


def show(visit: Visit, reference: str) -> tuple[IdeaOut, int]:
    found = find_said(visit, reference, KIND)
    details = queries.find_idea_details(visit.session, found.id)
    told = DetailsOut.model_validate(details) if details is not None else None
    if told is not None and told.has_confidential:
        signers = list_signers(visit.session, visit.actor, found.id)
        signed = {one.organisation_id for one in signers if one.answer == "yes"}
        told.has_confidential = may_read_secrets(visit.actor, found, signed)
    return IdeaOut(**as_said(visit, found), details=told), found.version


@router.get("/ideer", dependencies=[anyone], response_model=many(SaidOut))
def list_ideas(visit: AVisit, asked: Annotated[IdeasAsked, Query()]) -> Response:
    """Ideas, the newest first; what each proposes stands on its own address."""
    return answer_said(visit, asked, KIND, replace(read_filters(asked), resting=asked.hviler))


@router.post("/ideer", dependencies=[only(may_send)], response_model=IdeaOut, status_code=201)
def send_idea(visit: AVisit, key: OnceKey, given: IdeaIn) -> Response:
    """Send an idea for the organisation that the key speaks for."""

    def send() -> str:
        take_rules(visit, given.rules)
        count_sending(visit)
        idea = IdeaInput.model_validate(given.model_dump(exclude={"rules"}))
        days = visit.kit.site.answer_within_days
        return service.send_idea(visit.session, visit.actor, idea, days).reference

    return write_once(visit, key, given, send, lambda name: show(visit, name), at="/ideer/{}")


@router.post("/ideer/udkast", dependencies=[only(may_send)], response_model=IdeaOut, status_code=201)
def save_draft(visit: AVisit, key: OnceKey, given: IdeaDraftIn) -> Response:
    """Keep an idea for later; outside its organisation nobody knows of it."""

    def save() -> str:
        _count_saving(visit)
        return service.save_idea_draft(visit.session, visit.actor, _draft(given)).reference

    return write_once(visit, key, given, save, lambda name: show(visit, name), at="/ideer/{}")


def _count_saving(visit: Visit) -> None:
    count_against(visit.session, f"save:{visit.actor.user_id}", SAVED_PER_HOUR, timedelta(hours=1))


def _draft(given: IdeaDraftIn, version: int = 0) -> IdeaDraft:
    return IdeaDraft.model_validate(given.model_dump() | {"version": version})


@router.get("/ideer/{reference}", dependencies=[anyone], response_model=IdeaOut)
def show_idea(visit: AVisit, reference: Reference) -> Response:
    """One idea with its open half, by its number."""
    thing, version = show(visit, reference)
    return answer(visit, thing, version=version)


@router.put("/ideer/{reference}/udkast", dependencies=[only(may_send)], response_model=IdeaOut)
def change_draft(
    visit: AVisit, reference: Reference, given: IdeaDraftIn, if_match: IfMatch = None
) -> Response:
    """Change an idea that is not sent yet: all of it, the confidential half too."""
    found = find_said(visit, reference, KIND)
    version = read_match(if_match, found.version)
    _count_saving(visit)
    service.save_idea_draft(visit.session, visit.actor, _draft(given, version), found.id)
    thing, version = show(visit, found.reference)
    return answer(visit, thing, version=version)


@router.get("/ideer/{reference}/fortrolig", dependencies=[only(is_person)], response_model=SecretOut)
def read_secrets(visit: AVisit, reference: Reference) -> Response:
    """The confidential half, for its own people, who signed along, and staff. Each reading is logged."""
    idea = queries.find_contribution(visit.session, visit.actor, reference)
    signed = find_signed(visit.session, visit.actor, reference) if idea is None else None
    idea_id = idea.id if idea else signed.contribution_id if signed else None
    if idea_id is None:
        raise NotFound
    secret = service.read_confidential(visit.session, visit.actor, idea_id)
    thing = SecretOut(reference=reference.upper(), parts=secret.parts, reasons=secret.reasons)
    return answer_secret(visit, thing)


def answer_secret(visit: Visit, thing: Out, *, version: int | None = None) -> Any:
    """An answer that nobody keeps."""
    response = answer(visit, thing, version=version)
    response.headers["Cache-Control"] = "no-store"
    return response


@router.post("/ideer/{reference}/traek-tilbage", dependencies=[only(is_person)], response_model=IdeaOut)
def withdraw_idea(visit: AVisit, key: OnceKey, reference: Reference) -> Response:
    """Take an idea back; only its own organisation and staff see it then."""

    def withdraw() -> str:
        said = find_said(visit, reference, KIND)
        service.withdraw(visit.session, visit.actor, said.id)
        return said.reference

    return write_once(visit, key, None, withdraw, lambda name: show(visit, name), status=200)


@router.post("/ideer/{reference}/fortryd", dependencies=[only(is_person)], response_model=IdeaOut)
def restore_idea(visit: AVisit, key: OnceKey, reference: Reference) -> Response:
    """Undo that an idea was taken back."""

    def restore() -> str:
        said = find_said(visit, reference, KIND)
        service.restore(visit.session, visit.actor, said.id)
        return said.reference

    return write_once(visit, key, None, restore, lambda name: show(visit, name), status=200)
