"""What a row of each kind must hold, as it is written in a spreadsheet."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Final, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from app.core.text import LongProse, RequiredLine, RequiredProse, ShortLine, WebAddress, fold
from app.domain.commitments.schemas import Cause, Number, Unit, Verdict
from app.domain.contributions.schemas import Aspect
from app.domain.imports.columns import Kind
from app.domain.meetings.schemas import MAIN_SERIES, ClockTime, DateCertainty, Day, Format, ItemKind, PartRole


def _words(**codes: str) -> BeforeValidator:
    """Words as people write them, each for its code; the code itself is a word too."""
    known = {fold(word.replace("_", " ")): code for code, words in codes.items() for word in words.split()}
    known |= {
        fold(word): code for code, words in codes.items() for word in words.replace("_", " ").split(" ")
    }
    known |= {code: code for code in codes}

    def read(value: object) -> object:
        if not isinstance(value, str):
            return value
        return known.get(fold(value).strip(), known.get(fold(value).strip().replace(" ", "_"), value))

    return BeforeValidator(read)


def _several(value: object) -> object:
    """One cell with several things: parted by semicolons, bars or line ends, as commas stand in names."""
    if not isinstance(value, str):
        return value
    for mark in ("|", "\n"):
        value = value.replace(mark, ";")
    return [part.strip() for part in value.split(";") if part.strip()]


def _yes_or_no(value: object) -> object:
    word = fold(value).strip() if isinstance(value, str) else value
    if word in ("ja", "x", "j", "yes", "true", "1", "sand"):
        return True
    return False if word in ("nej", "n", "no", "false", "0", "falsk") else value


def _number_of_meeting(value: object) -> object:
    """12. is 12."""
    return value.strip().rstrip(".") if isinstance(value, str) else value


def _about(value: object) -> object:
    """»ca. 120« is 120: whoever counted said so themselves."""
    if not isinstance(value, str):
        return value
    bare = fold(value).replace("ca.", "").replace("omkring", "").replace("cirka", "").strip()
    return bare.replace(".", "") if bare.replace(".", "").isdigit() else bare


def _path_or_address(value: str) -> str:
    if value and not value.startswith(("/", "https://", "http://")):
        raise PydanticCustomError("import_row_old_address", "Neither a path nor an address")
    return value


Names = Annotated[list[ShortLine], BeforeValidator(_several), Field(max_length=30)]
YesNo = Annotated[bool, BeforeValidator(_yes_or_no)]
Count = Annotated[int, Field(ge=0, le=100_000), BeforeValidator(_about)]
Certainty = Annotated[
    DateCertainty,
    _words(
        stated="sikker sikkert står_i_kilden oplyst",
        tentative="foreløbig",
        month="måned måneden kun_måneden",
        year_inferred="årstal_udledt udledt",
        article_date="artiklens artiklens_dato",
    ),
]
FormOfMeeting = Annotated[
    Format,
    _words(
        physical="fysisk fremmøde",
        virtual="virtuelt virtuel online digitalt teams",
        hybrid="hybridt",
        unknown="ukendt uoplyst",
    ),
]
KindOfItem = Annotated[
    ItemKind,
    _words(
        welcome="velkomst velkommen",
        status="orientering",
        talk="oplæg indlæg",
        panel="paneldebat debat",
        group_session="gruppearbejde grupper gruppe workshop",
        plenary="plenum opsamling dialog afrunding",
        # break is a word of Python's own
        **{"break": "pause frokost"},
    ),
]
RoleOfPart = Annotated[
    PartRole,
    _words(
        speaker="oplægsholder taler",
        panellist="paneldeltager panelist panel",
        moderator="ordstyrer facilitator",
        host="vært",
    ),
]
KindOfSaid = Annotated[
    Literal["card", "question", "wish", "idea"],
    _words(card="indspil kort", question="spørgsmål", wish="ønske", idea="idé ide"),
]
WordOfVerdict = Annotated[
    Verdict,
    _words(kept="holdt opfyldt", partly_kept="delvist_holdt delvist", broken="ikke_holdt brudt"),
]
WordOfCause = Annotated[
    Cause,
    _words(
        data="data",
        infrastructure="infrastruktur",
        law="lovgivning lov",
        skills="kompetencer",
        money="økonomi penge",
        other="andet",
    ),
]
_ASPECTS: Final = {
    "direction": "klar_retning retning",
    "target_picture": "målbilleder målbillede",
    "operational_plan": "operationelle_planer operationel_plan",
    "multi_year_goal": "flerårige_forpligtende_mål flerårige_mål",
    "effect_measurement": "måling_af_effekt effektmåling",
    "infrastructure": "infrastruktur",
    "procurement": "indkøb_og_udbud indkøb udbud",
    "data": "data",
    "security": "sikkerhed",
    "innovation": "innovation",
    "citizen_perspective": "borgerperspektiv",
    "other": "andet",
}
AspectOfSaid = Annotated[Aspect, _words(**_ASPECTS)]


class _Row(BaseModel):
    """`name`: what the row is called in the list of rows. `fields_set` tells which cells were filled."""

    model_config = ConfigDict(extra="ignore")

    kind_of_row: ClassVar[Kind]


class MeetingRow(_Row):
    kind_of_row = "meeting"

    number: Annotated[int, Field(ge=1, le=9999), BeforeValidator(_number_of_meeting)] | None = None
    key: ShortLine = ""
    series: ShortLine = MAIN_SERIES
    title: RequiredLine
    date: Day
    date_certainty: Certainty = "stated"
    starts: ClockTime | None = None
    ends: ClockTime | None = None
    format: FormOfMeeting = "unknown"
    venue: ShortLine = ""
    organisers: Names = []
    topics: Names = []
    participants: Count | None = None
    vendor_companies: Count | None = None
    introduction: LongProse = ""
    source: WebAddress | None = None
    old_address: Annotated[ShortLine, AfterValidator(_path_or_address)] = ""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.starts and self.ends and self.ends <= self.starts:
            raise PydanticCustomError("ends_before_start", "The end is not after the beginning")
        return self


class PartRow(_Row):
    """Somebody in an item, with the title and the employer of that day."""

    meeting: RequiredLine
    person: ShortLine = ""
    person_title: ShortLine = ""
    organisation: ShortLine = ""
    role: RoleOfPart = "speaker"
    is_former: YesNo = False


class ProgrammeRow(PartRow):
    kind_of_row = "programme"

    title: RequiredLine
    kind: KindOfItem = "talk"
    starts: ClockTime | None = None
    ends: ClockTime | None = None
    track: Annotated[ShortLine, Field(max_length=40)] = ""
    summary: LongProse = ""
    file: ShortLine = ""
    language: ShortLine = ""
    access: ShortLine = ""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.starts and self.ends and self.ends <= self.starts:
            raise PydanticCustomError("ends_before_start", "The end is not after the beginning")
        return self


class PersonRow(PartRow):
    kind_of_row = "person"

    item: RequiredLine
    person: RequiredLine


class ContributionRow(_Row):
    kind_of_row = "contribution"

    key: ShortLine = ""
    kind: KindOfSaid = "card"
    meeting: ShortLine = ""
    item: ShortLine = ""
    title: ShortLine = ""
    text: RequiredProse
    aspect: AspectOfSaid | None = None
    themes: Names = []
    person: ShortLine = ""
    organisation: ShortLine = ""
    date: Day | None = None
    source: WebAddress | None = None


class CommitmentRow(_Row):
    kind_of_row = "commitment"

    key: ShortLine = ""
    title: RequiredLine
    text: LongProse = ""
    organisation: ShortLine = ""
    meeting: ShortLine = ""
    deadline: Day
    date: Day | None = None
    themes: Names = []
    verdict: WordOfVerdict | None = None
    cause: WordOfCause | None = None
    lesson: LongProse = ""
    indicator: ShortLine = ""
    unit: Unit | None = None
    method: LongProse = ""
    baseline: Number | None = None
    baseline_on: Day | None = None
    target: Number | None = None
    target_on: Day | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.verdict and not (self.cause and self.lesson):
            raise PydanticCustomError("import_row_verdict", "A verdict without what decided it")
        parts = (self.unit, self.baseline, self.baseline_on, self.target, self.target_on)
        if self.indicator and any(part is None for part in parts):
            raise PydanticCustomError("import_row_indicator", "An indicator without its figures")
        return self


class MeasurementRow(_Row):
    kind_of_row = "measurement"

    commitment: RequiredLine
    indicator: ShortLine = ""
    date: Day
    value: Number
    source: RequiredLine
    source_url: WebAddress | None = None
    note: Annotated[LongProse, Field(max_length=2000)] = ""


class DeckRow(_Row):
    kind_of_row = "deck"

    file: RequiredLine
    meeting: RequiredLine
    item: ShortLine = ""
    title: ShortLine = ""
    language: ShortLine = ""
    access: ShortLine = ""


MODELS: Final[dict[Kind, type[_Row]]] = {
    model.kind_of_row: model
    for model in (
        MeetingRow,
        ProgrammeRow,
        PersonRow,
        ContributionRow,
        CommitmentRow,
        MeasurementRow,
        DeckRow,
    )
}


def as_shown(value: Any) -> str:
    """A value as it stands in the list of what changes."""
    match value:
        case None:
            return ""
        case list():
            return "; ".join(map(str, value))
        case date():
            return f"{value.day}.{value.month}.{value.year}"
        case Decimal():
            return f"{value.normalize():f}".replace(".", ",")
        case bool():
            return "ja" if value else "nej"
    return str(value)
