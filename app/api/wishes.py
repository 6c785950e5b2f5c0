"""Wishes: the list, one wish, sending one, taking it back."""

from fastapi.responses import Response

from app.api.answers import many
from app.api.asking import make_router
from app.api.said import (
    Agreeing,
    AskedSaid,
    Reference,
    SaidOut,
    answer_one,
    answer_said,
    count_sending,
    find_said,
    read_filters,
    show_said,
    take_rules,
)
from app.api.writing import OnceKey, write_once
from app.core.policy import is_person
from app.domain.contributions import service
from app.domain.contributions.policy import may_send
from app.domain.contributions.schemas import WishInput
from app.http.visit import AVisit, anyone, only

router = make_router("oensker")
KIND = "wish"


class WishIn(WishInput, Agreeing):
    """A wish to KL, KOMBIT and the municipalities."""


@router.get("/oensker", dependencies=[anyone], response_model=many(SaidOut))
def list_wishes(visit: AVisit, asked: AskedSaid) -> Response:
    """Wishes, the newest first."""
    return answer_said(visit, asked, KIND, read_filters(asked))


@router.post("/oensker", dependencies=[only(may_send)], response_model=SaidOut, status_code=201)
def send_wish(visit: AVisit, key: OnceKey, given: WishIn) -> Response:
    """Send a wish for the organisation that the key speaks for."""

    def send() -> str:
        take_rules(visit, given.rules)
        count_sending(visit)
        wish = WishInput.model_validate(given.model_dump(exclude={"rules"}))
        days = visit.kit.site.answer_within_days
        return service.send_wish(visit.session, visit.actor, wish, days).reference

    return write_once(visit, key, given, send, lambda name: show_said(visit, name, KIND), at="/oensker/{}")


@router.get("/oensker/{reference}", dependencies=[anyone], response_model=SaidOut)
def show_wish(visit: AVisit, reference: Reference) -> Response:
    """One wish, by its number."""
    return answer_one(visit, reference, KIND)


@router.post("/oensker/{reference}/traek-tilbage", dependencies=[only(is_person)], response_model=SaidOut)
def withdraw_wish(visit: AVisit, key: OnceKey, reference: Reference) -> Response:
    """Take a wish back; only its own organisation and staff see it then."""

    def withdraw() -> str:
        said = find_said(visit, reference, KIND)
        service.withdraw(visit.session, visit.actor, said.id)
        return said.reference

    return write_once(visit, key, None, withdraw, lambda name: show_said(visit, name, KIND), status=200)


@router.post("/oensker/{reference}/fortryd", dependencies=[only(is_person)], response_model=SaidOut)
def restore_wish(visit: AVisit, key: OnceKey, reference: Reference) -> Response:
    """Undo that a wish was taken back."""

    def restore() -> str:
        said = find_said(visit, reference, KIND)
        service.restore(visit.session, visit.actor, said.id)
        return said.reference

    return write_once(visit, key, None, restore, lambda name: show_said(visit, name, KIND), status=200)
