"""What the verbs of organisations accept."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, StringConstraints
from pydantic_core import PydanticCustomError
from stdnum.dk import cvr

from app.core.records import record_config
from app.core.text import Line, LongProse, Prose, RequiredLine, ShortLine, WebAddress
from app.domain.organisations.mail_domains import is_free
from app.domain.organisations.models import Kind


def _check_cvr(value: str | None) -> str | None:
    if value and not cvr.is_valid(value):
        raise PydanticCustomError("cvr", "Not a CVR number")
    return cvr.compact(value) if value else None


Cvr = Annotated[str | None, AfterValidator(_check_cvr)]


class OrganisationInput(BaseModel):
    """A new or changed organisation; the CVR number is checked by its modulus-11 digit."""

    model_config = record_config("note")

    key: RequiredLine
    name: RequiredLine
    kind: Kind
    short_name: Line | None = None
    cvr: Cvr = None
    mail_domains: list[Line] = []
    municipality_code: Line | None = None
    region: Line | None = None
    website: WebAddress | None = None
    note: LongProse | None = None
    is_example: bool = False


def as_cvr(value: str) -> str | None:
    """The eight digits of a CVR number that holds, however it is spaced, with or without DK; else None."""
    return cvr.compact(value) if cvr.is_valid(value) else None


def looks_like_cvr(value: str) -> bool:
    """Whether somebody meant a CVR number: digits and spaces, perhaps with DK before them."""
    bare = re.sub(r"^dk|[\s.\-]", "", value.strip().lower())
    return len(bare) >= 5 and bare.isascii() and bare.isdigit()


def _with_scheme(value: object) -> object:
    if isinstance(value, str) and value.strip() and "://" not in value:
        return f"https://{value.strip()}"
    return value


# People write www.firma.dk; the rest of the address is checked as any other.
Website = Annotated[WebAddress, BeforeValidator(_with_scheme)]


def _one_in_each(value: object) -> object:
    """Domains as they are typed: one a line, or with commas; an @ before them means nothing."""
    if not isinstance(value, list):
        return value
    words = re.split(r"[\s,;]+", "\n".join(str(part) for part in value))
    return list(dict.fromkeys(word.lower().lstrip("@") for word in words if word))


def _refuse_free(value: str) -> str:
    if is_free(value):
        raise PydanticCustomError("free_mail", "A domain where anybody can have an address")
    return value


_DOMAIN = r"^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$"
Domain = Annotated[Line, StringConstraints(max_length=253, pattern=_DOMAIN), AfterValidator(_refuse_free)]
Domains = Annotated[list[Domain], BeforeValidator(_one_in_each)]
ShortText = Annotated[Prose, StringConstraints(max_length=1000)]
NewKind = Literal["vendor", "consultancy", "trade_association", "authority", "other"]


class NewOrganisationInput(BaseModel):
    """An organisation that somebody writes in to speak for it."""

    model_config = ConfigDict(extra="forbid")

    name: RequiredLine
    kind: NewKind
    cvr: Cvr = None
    website: Website | None = None


class PublicFacts(BaseModel):
    """What strangers read of an organisation."""

    model_config = ConfigDict(extra="forbid")

    name: RequiredLine
    short_name: ShortLine | None = None
    website: Website | None = None
    note: ShortText = ""


class OwnFacts(PublicFacts):
    """What an organisation's own admin may change. `asked_domains` wait for staff's yes."""

    asked_domains: Domains = []


class AllFacts(PublicFacts):
    """What staff may change. The kind only among those that give no rights of their own."""

    kind: NewKind | None = None
    cvr: Cvr = None
    mail_domains: Domains = []
