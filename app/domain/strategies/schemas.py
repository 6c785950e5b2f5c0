"""What the verbs of strategies accept. Danish texts may also come under the archive's names ("name_da")."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from app.core.records import Key, record_config
from app.core.text import Line, LongProse, RequiredLine, ShortLine, WebAddress

Level = Literal["municipal", "joint_public", "state", "single_municipality"]
Certainty = Literal["seen", "title_only", "related", "uncertain"]
LongLine = Annotated[Line, StringConstraints(max_length=1000)]


class InitiativeInput(BaseModel):
    model_config = record_config("name", "note")

    key: Key
    name: RequiredLine
    name_en: ShortLine | None = None
    note: LongProse | None = None
    note_en: LongProse | None = None
    certainty: Certainty = "seen"
    source_url: WebAddress | None = None


class ThemeInput(BaseModel):
    """A theme; `parent` is the key of another one in the same strategy, before or after it in the list."""

    model_config = record_config("name", "description", "target_groups", "markers")

    key: Key
    code: ShortLine = ""
    name: RequiredLine
    name_en: ShortLine | None = None
    description: LongProse | None = None
    description_en: LongProse | None = None
    parent: Key | None = None
    certainty: Certainty = "seen"
    keywords: list[RequiredLine] = []
    target_groups: list[RequiredLine] = []
    markers: list[RequiredLine] = []
    initiatives: list[InitiativeInput] = []


class StrategyInput(BaseModel):
    """A strategy with its tree. `municipality` is the key of the municipality whose own it is."""

    model_config = record_config("name", "short_name", "owner", "facts", "completeness", "source_note")

    key: Key
    name: RequiredLine
    name_en: ShortLine | None = None
    short_name: ShortLine | None = None
    short_name_en: ShortLine | None = None
    level: Level
    period_from: int | None = None
    period_to: int | None = None
    owner: RequiredLine
    owner_en: ShortLine | None = None
    municipality: Key | None = None
    facts: list[LongLine] = []
    facts_en: list[LongLine] = []
    completeness: LongProse | None = None
    completeness_en: LongProse | None = None
    source_note: LongProse | None = None
    source_urls: list[WebAddress] = []
    themes: list[ThemeInput] = []

    @model_validator(mode="after")
    def _is_a_tree(self) -> Self:
        parents = {theme.key: theme.parent for theme in self.themes}
        if len(parents) < len(self.themes):
            raise PydanticCustomError("double_key", "Two themes have the same key")
        for key in parents:
            seen = {key}
            above = parents[key]
            while above is not None:
                if above in seen or above not in parents:
                    raise PydanticCustomError("not_a_tree", "A theme hangs under nothing, or under itself")
                seen.add(above)
                above = parents[above]
        return self


Few = Annotated[list[RequiredLine], Field(max_length=20)]


class PolicyThemeInput(BaseModel):
    """A theme of a municipality's policy. `key` names one that is in it already; none for a new one."""

    model_config = record_config()

    key: Key | None = None
    name: ShortLine = ""
    description: LongProse = ""
    target_groups: Few = []
    markers: Few = []


class PolicyDraftInput(BaseModel):
    """A municipality's policy as far as it is written; only the length of what is written is asked about.

    `owner`: who has approved it. Themes in their order. Years are those in which it holds.
    """

    model_config = record_config()

    name: ShortLine = ""
    owner: ShortLine = ""
    period_from: Annotated[int, Field(ge=1990, le=2200)] | None = None
    period_to: Annotated[int, Field(ge=1990, le=2200)] | None = None
    facts: Annotated[list[LongLine], Field(max_length=20)] = []
    source_urls: Annotated[list[WebAddress], Field(max_length=5)] = []
    themes: Annotated[list[PolicyThemeInput], Field(max_length=40)] = []


class PolicyPublishInput(BaseModel):
    """Publish a draft. `note`: what is new; `version`: of the draft as it was read."""

    model_config = record_config()

    note: LongProse = ""
    version: Annotated[int, Field(ge=1)]


LinkKind = Literal["same", "part_of", "split", "ended"]


class ThemeLinkInput(BaseModel):
    """What became of a theme; `to_theme_id` is the later one, and is missing when it has ended."""

    model_config = record_config("note")

    from_theme_id: Annotated[int, Field(ge=1, le=2**63 - 1)]
    to_theme_id: Annotated[int, Field(ge=1, le=2**63 - 1)] | None = None
    kind: LinkKind
    note: LongProse = ""
    note_en: LongProse = ""
    source_urls: list[WebAddress] = []

    @model_validator(mode="after")
    def _leads_somewhere_unless_ended(self) -> Self:
        if (self.kind == "ended") != (self.to_theme_id is None):
            raise PydanticCustomError("link_target", "A theme becomes another one, unless it has ended")
        if self.from_theme_id == self.to_theme_id:
            raise PydanticCustomError("link_to_itself", "A theme does not become itself")
        return self
