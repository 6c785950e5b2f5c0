"""What the verbs of signature projects accept. Danish texts may also come under the archive's names."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.core.records import Key, record_config
from app.core.text import LongProse, RequiredLine, RequiredProse, ShortLine, WebAddress

ProjectField = Literal[
    "health", "administration", "employment", "building", "hospital", "climate", "social", "other"
]
Barrier = Literal["data", "infrastructure", "law", "skills", "money"]
Part = Literal["partner", "participant", "follower", "tester", "pilot", "possible"]
Stated = Literal["stated", "inferred", "ours"]
Year = Annotated[int, Field(ge=1900, le=2200)]
Count = Annotated[int, Field(ge=0, le=100_000)]
Million = Annotated[Decimal, Field(ge=0, le=999_999, decimal_places=2)]
ThemePath = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]+/[a-z0-9-]+$", max_length=250)]


class ParticipantInput(BaseModel):
    """An organisation by its key, and its part in the project."""

    model_config = record_config()

    organisation: Key
    part: Part


class ProjectInput(BaseModel):
    """A signature project. `partners` are keys of organisations, `themes` are "strategy/theme"."""

    model_config = record_config(
        "title",
        "period",
        "field_text",
        "barrier_note",
        "certainty_note",
        "note",
        participant_texts="participants_da",
        participant_texts_en="participants_en",
        is_authority_certain="authority_certain",
    )

    key: Key
    title: RequiredLine
    title_en: ShortLine | None = None
    title_certainty: Stated = "stated"
    authority: Key | None = None
    authority_text: ShortLine | None = None
    authority_type: Literal["municipality", "region"] = "municipality"
    is_authority_certain: bool = True
    participant_texts: list[RequiredLine] = []
    participant_texts_en: list[RequiredLine] = []
    participants: list[ParticipantInput] = []
    field: ProjectField
    field_text: ShortLine | None = None
    round_year: Year
    round_certainty: Stated = "stated"
    amount_dkk_million: Million | None = None
    period: ShortLine | None = None
    period_en: ShortLine | None = None
    partners: list[Key] = []
    partner_texts: list[RequiredLine] = []
    barriers: list[Barrier] = []
    barriers_certainty: Literal["stated", "round_evaluation"] = "stated"
    barrier_note: LongProse | None = None
    themes: list[ThemePath] = []
    theme_certainty: Literal["stated", "assigned_by_us"] = "stated"
    source_url: WebAddress | None = None
    seen: Literal["page", "mention", "list"] = "page"
    certainty_note: LongProse | None = None
    note: LongProse | None = None
    note_en: LongProse | None = None


class Round(BaseModel):
    """The projects of one year's agreement."""

    model_config = record_config("themes")

    year: Year
    projects: Count
    municipal: Count
    regional: Count
    dkk_million: Million
    themes: list[RequiredLine] = []


class Evaluation(BaseModel):
    """What was found about the projects of some rounds, and which barriers were named."""

    model_config = record_config("title", "text", published_on="date")

    key: Key
    published_on: date
    title: RequiredLine
    text: LongProse
    text_en: LongProse = ""
    barriers: list[Barrier] = []
    rounds: list[Year] = []
    rounds_certainty: Stated = "stated"
    url: WebAddress


class RelatedGrant(BaseModel):
    """Money given to carry something further, which is no signature project itself."""

    model_config = record_config("title", granted_on="date")

    key: Key
    title: RequiredLine
    title_en: ShortLine | None = None
    authority: Key
    authority_text: RequiredLine
    dkk_million: Million
    granted_on: date
    url: WebAddress


class ProgrammeInput(BaseModel):
    """The programme as one record; what else the record tells is passed over."""

    model_config = record_config(
        "title", "about", "found_note", "round_note", related="related_not_signature"
    ) | ConfigDict(extra="ignore")

    key: Key = "signaturprojekter"
    title: RequiredLine
    title_en: ShortLine | None = None
    about: LongProse = ""
    about_en: LongProse = ""
    fund_dkk_million: Million | None = None
    period_from: Year | None = None
    period_to: Year | None = None
    total: Count | None = None
    found_note: LongProse = ""
    round_note: LongProse = ""
    rounds: list[Round] = []
    evaluations: list[Evaluation] = []
    related: list[RelatedGrant] = []


RowId = Annotated[int, Field(ge=1, le=2**63 - 1)]
ThemeIds = Annotated[list[RowId], Field(max_length=40)]


class OwnProjectInput(BaseModel):
    """A municipality's own project. `visibility`: own is for the municipality's confirmed people alone."""

    model_config = record_config()

    title: RequiredLine
    text: RequiredProse
    visibility: Literal["public", "own"] = "own"
    theme_ids: ThemeIds = []


class OwnProjectEdit(OwnProjectInput):
    """The same, put in place of the version that was read."""

    version: Annotated[int, Field(ge=1)]


class OwnProjectFacts(OwnProjectInput):
    """A project of the seed: its lasting key, and the municipality's."""

    key: Key
    municipality: Key
    is_example: bool = False


class PlacingInput(BaseModel):
    """The themes of the own policy that a signature project supports, in place of those before."""

    model_config = record_config()

    theme_ids: ThemeIds = []
