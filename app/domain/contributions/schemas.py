"""What the verbs of contributions accept."""

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_core import PydanticCustomError

from app.core.policy import Visibility
from app.core.text import Line, LongProse, Prose, RequiredLine, RequiredProse, ShortLine, refuse_unstorable
from app.domain.contributions.blacked import without_marks

Kind = Literal["card", "question", "wish", "idea", "need"]
SpokenKind = Literal["card", "question", "wish"]
Aspect = Literal[
    "direction",
    "target_picture",
    "operational_plan",
    "multi_year_goal",
    "effect_measurement",
    "infrastructure",
    "procurement",
    "data",
    "security",
    "innovation",
    "citizen_perspective",
    "other",
]
Status = Literal[
    "draft",
    "received",
    "triage",
    "needs_info",
    "under_review",
    "answered",
    "planned",
    "in_progress",
    "done",
    "effect_measured",
    "declined",
    "gathered",
    "withdrawn",
]
Maturity = Literal["idea", "tested", "seeking_partners", "pilot", "measured", "spread", "stopped"]
InterestKind = Literal["need", "pilot", "co_fund", "solved"]
AnswerKind = Literal["answer", "promise", "position", "thanks"]
Verdict = Literal["yes", "partly", "no", "later"]

LONGEST_CARD = 500
MOST_CARDS = 200
MOST_THEMES = 20

Id = Annotated[int, Field(ge=1, le=2**63 - 1)]
ThemeIds = Annotated[list[Id], Field(max_length=MOST_THEMES)]
CardText = Annotated[Line, StringConstraints(min_length=1, max_length=LONGEST_CARD)]
Part = Annotated[Prose, StringConstraints(max_length=4_000)]
RequiredPart = Annotated[Prose, StringConstraints(min_length=1, max_length=4_000)]


class Given(BaseModel):
    model_config = ConfigDict(extra="forbid")


class OwnWords(Given):
    """What somebody says for themselves; the mark of what is blacked out is not theirs to set."""

    @field_validator("*")
    @classmethod
    def _set_no_marks(cls, value: object) -> object:
        return without_marks(value) if isinstance(value, str) else value


class WishInput(OwnWords):
    title: RequiredLine
    body: RequiredProse
    aspect: Aspect | None = None
    theme_ids: ThemeIds = []


class GatheringInput(Given):
    """What staff calls contributions that say the same; empty for what the lead says itself."""

    title: Line = ""
    summary: LongProse = ""
    version: int


# --- ideas

# The public half, in the order of the form.
PARTS = (
    "problem",
    "for_whom",
    "proposal",
    "technology",
    "data_source",
    "legal_basis",
    "operations",
    "effect_indicator",
    "baseline",
    "target",
    "partner_wanted",
    "cost_frame",
)
# What may stand in the confidential half: beside each public part, and the rest.
SECRET_PARTS = (*PARTS, "other")
# Beside the parts: how far it has come, and figures.
FIGURES = (
    "maturity",
    "effect_unit",
    "baseline_value",
    "target_value",
    "wants_partner",
    "cost_from",
    "cost_to",
)

Secret = Annotated[Prose, StringConstraints(max_length=4_000)]
Reason = Annotated[Prose, StringConstraints(max_length=1_000), Field(validate_default=True)]
_DOTS = re.compile(r"-?\d{1,3}(\.\d{3})+(,\d+)?")
_BEYOND = Decimal(10) ** 12


def _as_number(value: object) -> object:
    """12,5 and 12.5 and 1.234.567,8 and "1.200.000 kr." as a Dane writes them; empty is none."""
    if not isinstance(value, str):
        return value
    bare = value.lower().removesuffix("kr.").removesuffix("kr").replace("\u2212", "-")
    bare = "".join(bare.split())
    if not bare:
        return None
    if _DOTS.fullmatch(bare):
        bare = bare.replace(".", "")
    return bare.replace(",", ".")


def _within_reach(value: Decimal | None) -> Decimal | None:
    if value is None:
        return None
    if not value.is_finite() or abs(value) >= _BEYOND:
        raise PydanticCustomError("number_out_of_range", "The number is too large")
    if value != round(value, 4):
        raise PydanticCustomError("number_too_fine", "Too many decimals")
    return value


Figure = Annotated[Decimal | None, BeforeValidator(_as_number), AfterValidator(_within_reach)]
_Amount = Annotated[int, Field(ge=0, le=10**12)]
Kroner = Annotated[_Amount | None, BeforeValidator(_as_number)]
# A field of the organisers is named by its number: "field_12".
ExtraKey = Annotated[str, StringConstraints(pattern=r"^field_[1-9]\d{0,17}$")]


class Extra(OwnWords):
    """An answer to a field of the organisers: open, confidential with a reason, or both."""

    value: Part = ""
    secret: Secret = ""
    reason: Reason = ""


class IdeaDraft(OwnWords):
    """An idea for a signature project, as far as it has come: only the title is needed."""

    title: RequiredLine
    body: LongProse = ""
    aspect: Aspect | None = None
    theme_ids: ThemeIds = []
    problem: Part = ""
    for_whom: Part = ""
    proposal: Part = ""
    technology: Part = ""
    data_source: Part = ""
    legal_basis: Part = ""
    operations: Part = ""
    effect_indicator: Part = ""
    baseline: Part = ""
    target: Part = ""
    effect_unit: Annotated[ShortLine, StringConstraints(max_length=40)] = ""
    baseline_value: Figure = None
    target_value: Figure = None
    wants_partner: bool = False
    partner_wanted: Part = ""
    maturity: Maturity = "idea"
    cost_frame: Part = ""
    cost_from: Kroner = None
    cost_to: Annotated[Kroner, Field(validate_default=True)] = None
    secret_problem: Secret = ""
    secret_for_whom: Secret = ""
    secret_proposal: Secret = ""
    secret_technology: Secret = ""
    secret_data_source: Secret = ""
    secret_legal_basis: Secret = ""
    secret_operations: Secret = ""
    secret_effect_indicator: Secret = ""
    secret_baseline: Secret = ""
    secret_target: Secret = ""
    secret_partner_wanted: Secret = ""
    secret_cost_frame: Secret = ""
    secret_other: Secret = ""
    reason_problem: Reason = ""
    reason_for_whom: Reason = ""
    reason_proposal: Reason = ""
    reason_technology: Reason = ""
    reason_data_source: Reason = ""
    reason_legal_basis: Reason = ""
    reason_operations: Reason = ""
    reason_effect_indicator: Reason = ""
    reason_baseline: Reason = ""
    reason_target: Reason = ""
    reason_partner_wanted: Reason = ""
    reason_cost_frame: Reason = ""
    reason_other: Reason = ""
    version: int = 0

    @field_validator("cost_to")
    @classmethod
    def _is_a_range(cls, value: int | None, info: ValidationInfo) -> int | None:
        low = info.data.get("cost_from")
        if value is not None and low is not None and value < low:
            raise PydanticCustomError("cost_order", "The range ends before it begins")
        return value

    @property
    def confidential(self) -> dict[str, str]:
        """The confidential half as it is kept: only what is filled in."""
        found = {part: getattr(self, f"secret_{part}") for part in SECRET_PARTS}
        return {part: text for part, text in found.items() if text}

    @property
    def confidential_reasons(self) -> dict[str, str]:
        """Why each confidential part is so; empty where a draft does not say it yet."""
        return {part: getattr(self, f"reason_{part}") for part in self.confidential}


class IdeaInput(IdeaDraft):
    """An idea that is sent: with a public summary, the need, and a reason for each confidential part."""

    body: RequiredProse
    problem: RequiredPart
    for_whom: RequiredPart
    proposal: RequiredPart

    @field_validator(*(f"reason_{part}" for part in SECRET_PARTS))
    @classmethod
    def _each_secret_has_a_reason(cls, value: str, info: ValidationInfo) -> str:
        part = (info.field_name or "").removeprefix("reason_")
        if not value and info.data.get(f"secret_{part}"):
            raise PydanticCustomError("reason_missing", "What is to be confidential needs a reason")
        return value


# --- what was said in a room


class CardPlace(Given):
    """Where something was said, by whom, and on whose behalf; kept from one card to the next."""

    kind: SpokenKind = "card"
    item_id: Id | None = None
    group_id: Id | None = None
    task: ShortLine = ""
    said_by_person_id: Id | None = None
    said_by_text: ShortLine = ""
    on_behalf_of_id: Id | None = None
    on_behalf_of_text: ShortLine = ""


class CardInput(CardPlace):
    text: CardText


class CardsInput(CardPlace):
    """Many cards at once, one to a line; `read_lines` looks at each."""

    lines: Annotated[
        str, StringConstraints(min_length=1, max_length=150_000), AfterValidator(refuse_unstorable)
    ]


class CardEdit(CardInput):
    aspect: Aspect | None = None
    theme_ids: ThemeIds = []
    version: int


@dataclass(frozen=True, slots=True)
class WrongLine:
    """A pasted line that is no card. `number` counts all lines from 1; `code` names what is wrong."""

    number: int
    code: str
    length: int


_BULLET = re.compile(r"^\s*(?:[-–—*](?=\s|$)|[•▪◦·‣○●]|\(?\d{1,3}[.)](?=\s|$))\s*")
_LINE_END = re.compile(r"\r\n|\r|\n")
_card_text = TypeAdapter(CardText)


def read_lines(text: str) -> tuple[list[str], list[WrongLine]]:
    """The cards in a pasted text, and the lines that are none.

    Bullets and numbers at the start of a line go, empty lines are skipped.
    """
    cards: list[str] = []
    wrong: list[WrongLine] = []
    for number, line in enumerate(_LINE_END.split(text), 1):
        bare = _BULLET.sub("", line).strip()
        if not bare:
            continue
        try:
            cards.append(_card_text.validate_python(bare))
        except ValidationError as problem:
            wrong.append(WrongLine(number, problem.errors(include_input=False)[0]["type"], len(bare)))
    return cards, wrong


class TagInput(Given):
    """Aspect and themes for several contributions at once. No aspect leaves each its own."""

    contribution_ids: Annotated[list[Id], Field(min_length=1, max_length=500)]
    aspect: Aspect | None = None
    theme_ids: ThemeIds = []
    action: Literal["add", "remove"] = "add"


class InterestInput(Given):
    kind: InterestKind
    contact: ShortLine = ""


# --- the archive


class IdeaFacts(Given):
    """The structured half of an idea from the archive; `confidential` is {part: text}, with a reason
    for all or for each part."""

    problem: LongProse = ""
    for_whom: LongProse = ""
    proposal: LongProse = ""
    technology: LongProse = ""
    data_source: LongProse = ""
    legal_basis: LongProse = ""
    operations: LongProse = ""
    effect_indicator: LongProse = ""
    baseline: LongProse = ""
    target: LongProse = ""
    partner_wanted: LongProse = ""
    maturity: Maturity = "idea"
    cost_frame: LongProse = ""
    effect_unit: ShortLine = ""
    baseline_value: Figure = None
    target_value: Figure = None
    wants_partner: bool = False
    cost_from: Kroner = None
    cost_to: Kroner = None
    confidential: dict[str, LongProse] = {}
    confidential_reason: LongProse = ""
    confidential_reasons: dict[str, LongProse] = {}

    def as_columns(self) -> dict[str, object]:
        """The columns of the row; the one reason holds for each confidential part without its own."""
        reasons = {
            part: self.confidential_reasons.get(part, self.confidential_reason) for part in self.confidential
        }
        columns = self.model_dump(exclude={"confidential_reason"})
        return columns | {"confidential_reasons": reasons}


class ContributionFacts(Given):
    """A contribution as the archive knows it. Published at once unless `published_at` is None."""

    kind: Kind
    key: RequiredLine
    title: RequiredLine
    body: RequiredProse
    body_en: LongProse = ""
    language: Literal["da", "en", "sv"] = "da"
    aspect: Aspect | None = None
    status: Status = "received"
    visibility: Visibility = "public"
    meeting_id: int | None = None
    item_id: int | None = None
    group_id: int | None = None
    task: LongProse = ""
    said_by_person_id: int | None = None
    said_by_user_id: int | None = None
    said_by_text: ShortLine = ""
    on_behalf_of_id: int | None = None
    on_behalf_of_text: ShortLine = ""
    entered_by_id: int | None = None
    certainty_note: LongProse = ""
    source_url: ShortLine | None = None
    received_at: AwareDatetime
    answer_by: date | None = None
    published_at: AwareDatetime | None
    is_example: bool = False
    theme_ids: list[int] = []
    details: IdeaFacts | None = None


class AnswerEditionFacts(Given):
    """How an answer stood before it was corrected, and why."""

    verdict: Verdict | None = None
    text: RequiredProse
    reason: LongProse = ""
    again_by: date | None = None
    why: RequiredProse
    replaced_at: AwareDatetime


class AnswerFacts(Given):
    """What an organiser said back, as the archive knows it. `editions`: how it stood before, the oldest
    first."""

    key: RequiredLine
    kind: AnswerKind
    verdict: Verdict | None = None
    text: RequiredProse
    text_en: LongProse = ""
    reason: LongProse = ""
    reason_en: LongProse = ""
    again_by: date | None = None
    meeting_id: int | None = None
    said_by_text: ShortLine = ""
    prepared_at: AwareDatetime | None = None
    published_at: AwareDatetime | None
    is_example: bool = False
    organisation_ids: list[int] = []
    contribution_ids: list[int] = []
    editions: list[AnswerEditionFacts] = []


class InterestFacts(Given):
    """A municipality's mark, as the archive knows it."""

    contribution_id: int
    organisation_id: int
    kind: InterestKind
    contact: ShortLine = ""
    signed_as: ShortLine = ""
    marked_by_id: int | None = None
    marked_at: AwareDatetime | None = None
    is_example: bool = False
