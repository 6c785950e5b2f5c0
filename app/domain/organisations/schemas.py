"""What the verbs of organisations accept."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel
from pydantic_core import PydanticCustomError
from stdnum.dk import cvr

from app.core.records import record_config
from app.core.text import Line, LongProse, RequiredLine, WebAddress
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
