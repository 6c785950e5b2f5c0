"""One's own data: a copy of all of it, what one has agreed to, and erasing the account."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar, Literal

from fastapi.responses import Response, StreamingResponse
from pydantic import BaseModel

from app.core.clock import today
from app.core.policy import NotFound, Refused, is_person
from app.core.text import ShortLine
from app.domain.users.consents import ConsentView, list_consents, withdraw_consent
from app.http.doors import Router
from app.http.forms import Form, SentForm
from app.http.limits import count_against
from app.http.pages import Page
from app.http.sentences import add_sentences
from app.http.visit import AVisit, ProveFirst, Visit, only
from app.identity.proof import is_fresh, is_recent
from app.privacy.copying import CopyView, ask_for_copy, fetch_copy, list_copies
from app.privacy.erasing import Share, count_shares, erase_account, find_hindrance
from app.privacy.owners import Subject, find_subject
from app.privacy.periods import periods_in_force
from app.web.consents import SLUGS
from app.web.entering import forget_cookie, with_target

router = Router()


def _(text: str) -> str:
    return text


CONFIRMATION = _("slet min konto")

add_sentences(
    {
        "type_to_confirm": _("Skriv ordene, som de står, for at bekræfte."),
        "last_admin_erases": _(
            "Du er den sidste administrator hos {organisation}. Gør en anden til administrator først; "
            "så kan du slette din konto."
        ),
        "notice_copy_asked": _("Vi samler dine data. Du får en mail, når kopien er klar."),
        "notice_consent_withdrawn": _("Dit samtykke er trukket tilbage."),
        "notice_erased": _(
            "Din konto er slettet. Ordene fra din organisation står der endnu, uden dit navn."
        ),
    }
)


class EraseInput(BaseModel):
    confirmation: ShortLine


class WithdrawInput(BaseModel):
    kind: Literal["participant_list", "special_needs"]


@dataclass
class OwnDataPage(Page):
    template: ClassVar[str] = "own/data.html"
    copies: list[CopyView]
    is_underway: bool
    is_proven: bool
    prove_path: str
    copy_days: int
    consents: list[ConsentView]
    slugs: dict[str, str]


@dataclass
class CopiesBlock(Page):
    template: ClassVar[str] = "own/copies_block.html"
    copies: list[CopyView]
    is_underway: bool
    is_proven: bool
    prove_path: str
    copy_days: int


@dataclass
class ErasePage(Page):
    template: ClassVar[str] = "own/erase.html"
    form: Form
    shares: list[Share]
    hindrance: str | None
    is_proven: bool
    prove_path: str
    confirmation: str


def is_proven(visit: Visit) -> bool:
    """Whether whoever sits at the browser signed in, or showed a passkey, within a quarter of an hour."""
    return is_recent(visit.session, visit.actor) or is_fresh(visit.session, visit.actor)


def _require_proof(visit: Visit, back: str) -> None:
    if not is_proven(visit):
        raise ProveFirst(with_target("/log-ind", back))


def _copies(visit: Visit) -> dict[str, object]:
    copies = list_copies(visit.session, visit.actor.user_id or 0)
    return {
        "copies": copies,
        "is_underway": any(copy.state == "waiting" for copy in copies),
        "is_proven": is_proven(visit),
        "prove_path": with_target("/log-ind", "/mit/data"),
        "copy_days": periods_in_force().copies,
    }


@router.get("/mit/data", dependencies=[only(is_person)])
def show_own_data(visit: AVisit) -> Response:
    consents = list_consents(visit.session, visit.actor.user_id or 0)
    return visit.page(OwnDataPage(**_copies(visit), consents=consents, slugs=SLUGS))  # type: ignore[arg-type]


@router.get("/mit/data/tilstand", dependencies=[only(is_person)])
def show_copies(visit: AVisit) -> Response:
    """The block that tells how far the copy is; asked for again and again by the page that shows it."""
    if "hx-request" not in visit.request.headers:
        return visit.go("/mit/data")
    block = CopiesBlock(**_copies(visit))  # type: ignore[arg-type]
    response = visit.page(block)
    if not block.is_underway:
        response.headers["HX-Refresh"] = "true"
    return response


@router.post("/mit/data/kopi", dependencies=[only(is_person)])
def ask(visit: AVisit, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    _require_proof(visit, "/mit/data")
    count_against(visit.session, f"copies:{visit.actor.user_id}", 5, timedelta(days=1))
    ask_for_copy(visit.session, visit.actor)
    return visit.done(form, "/mit/data", "copy_asked")


@router.get("/mit/data/kopi/{copy_id:int}", dependencies=[only(is_person)])
def fetch(visit: AVisit, copy_id: int) -> Response:
    """The file, for its own person only, and only right after signing in."""
    if copy_id >= 2**63:
        raise NotFound
    _require_proof(visit, "/mit/data")
    chunks: Iterator[bytes] = visit.kit.storage.stream(fetch_copy(visit.session, visit.actor, copy_id))
    headers = {
        "Content-Disposition": f'attachment; filename="dialogforum-mine-data-{today().isoformat()}.zip"',
        "Cache-Control": "no-store",
    }
    return StreamingResponse(chunks, media_type="application/zip", headers=headers)


@router.post("/mit/data/samtykke", dependencies=[only(is_person)])
def withdraw(visit: AVisit, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    given = form.read(WithdrawInput)
    if given is None:
        raise NotFound
    withdraw_consent(visit.session, visit.actor, given.kind)
    return visit.done(form, "/mit/data", "consent_withdrawn")


@router.get("/mit/data/slet", dependencies=[only(is_person)])
def ask_to_erase(visit: AVisit) -> Response:
    return visit.page(_erase_page(visit, visit.blank()))


def _own_subject(visit: Visit) -> Subject:
    person = find_subject(visit.session, visit.actor.user_id or 0)
    if person is None:
        raise NotFound
    return person


def _erase_page(visit: Visit, form: Form) -> ErasePage:
    person = _own_subject(visit)
    return ErasePage(
        form=form,
        shares=count_shares(visit.session, person),
        hindrance=find_hindrance(visit.session, person),
        is_proven=is_proven(visit),
        prove_path=with_target("/log-ind", "/mit/data/slet"),
        confirmation=visit.say("erase_words"),
    )


add_sentences({"erase_words": CONFIRMATION})


@router.post("/mit/data/slet", dependencies=[only(is_person)])
def erase(visit: AVisit, form: SentForm) -> Response:
    """Erase the account at once: whoever sends it again is a stranger by then."""
    _require_proof(visit, "/mit/data/slet")
    given = form.read(EraseInput)
    if given is not None and given.confirmation.casefold() != visit.say("erase_words").casefold():
        form.refuse("confirmation", "type_to_confirm")
    if given is None or form.errors:
        return visit.page(_erase_page(visit, form), 422)
    try:
        erase_account(visit.session, visit.actor)
    except Refused as refusal:
        form.refuse("form", refusal.code, **refusal.values)
        return visit.page(_erase_page(visit, form), 422)
    return forget_cookie(visit, visit.go("/", "erased"))
