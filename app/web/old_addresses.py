"""Addresses of before, and where each leads now; for staff. Everybody is led on (http/errors.py asks)."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from app.core.policy import Refused
from app.core.text import RequiredLine
from app.domain.imports.addresses import (
    LONGEST,
    OldAddressView,
    add_old_address,
    list_old_addresses,
    remove_old_address,
)
from app.domain.imports.policy import may_import
from app.http.doors import Router
from app.http.forms import Form, SentForm
from app.http.pages import Page
from app.http.sentences import add_sentences
from app.http.visit import AVisit, Visit, only

router = Router()


def _(text: str) -> str:
    return text


add_sentences(
    {
        "import_address_path": _("Skriv en adresse, eller det, der står efter domænet, med / først."),
        "import_address_target": _("Skriv en side her på siden, for eksempel /moeder/8."),
        "import_address_taken": _("Adressen fører allerede til {target}. Fjern den først."),
        "notice_import_address": _("Adressen er gemt og fører nu videre."),
        "notice_import_address_removed": _("Adressen er fjernet."),
    }
)


class AddressInput(BaseModel):
    model_config = ConfigDict(extra="forbid")

    path: Annotated[RequiredLine, Field(max_length=LONGEST)]
    target: RequiredLine


@dataclass
class OldAddressesPage(Page):
    template: ClassVar[str] = "imports/addresses.html"
    form: Form
    addresses: list[OldAddressView]
    page: int
    pages: int


@router.get("/import/adresser", dependencies=[only(may_import)])
def show_addresses(visit: AVisit) -> Response:
    return visit.page(_list(visit, visit.blank()))


@router.post("/import/adresser", dependencies=[only(may_import)])
def add_address(visit: AVisit, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    given = form.read(AddressInput)
    if given is None:
        return visit.page(_list(visit, form), 422)
    try:
        add_old_address(visit.session, visit.actor, given.path, given.target)
    except Refused as refusal:
        form.refuse("target" if "target" in refusal.code else "path", refusal.code, **refusal.values)
        return visit.page(_list(visit, form), 422)
    return visit.done(form, "/import/adresser", notice="import_address")


@router.post("/import/adresser/fjern", dependencies=[only(may_import)])
def remove_address(visit: AVisit, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    remove_old_address(visit.session, visit.actor, form.value("path"))
    return visit.done(form, "/import/adresser", notice="import_address_removed")


def _list(visit: Visit, form: Form) -> OldAddressesPage:
    asked = visit.request.query_params.get("side", "1")
    page = max(int(asked), 1) if asked.isascii() and asked.isdigit() and len(asked) < 6 else 1
    addresses, pages = list_old_addresses(visit.session, visit.actor, page)
    return OldAddressesPage(form, addresses, min(page, pages), pages)
