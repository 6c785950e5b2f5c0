"""What the verbs of bodies accept."""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import BaseModel, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from app.core.clock import today
from app.core.records import Key, record_config
from app.core.text import Line, LongProse, RequiredLine, RequiredProse, ShortLine, WebAddress

Kind = Literal["section_17_4", "standing", "board", "forum", "other"]
Visibility = Literal["public", "members"]
MemberRole = Literal["chair", "deputy", "member", "observer"]
Outcome = Literal["followed", "partly", "not", "sent_back"]
Version = Annotated[int, Field(ge=1, le=2**31 - 1)]
RowId = Annotated[int, Field(ge=1, le=2**63 - 1)]
MandateLine = Annotated[Line, StringConstraints(min_length=1, max_length=500)]
Clock = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$|^$")]
# Bodies are older than the forum, and nothing is planned further ahead than this.
_FIRST, _LAST = date(1970, 1, 1), date(2100, 1, 1)
Day = Annotated[date, Field(ge=_FIRST, le=_LAST)]


def _refuse_to_come(day: date | None) -> None:
    if day is not None and day > today():
        raise PydanticCustomError("future_day", "A day that has not come yet")


def _refuse_backwards(since: date | None, ended_on: date | None) -> None:
    if since is not None and ended_on is not None and ended_on < since:
        raise PydanticCustomError("ends_before", "It ends before it begins")


class BodyInput(BaseModel):
    """A body with its mandate, a line each, and whom it advises, a name each.

    `network_id`: a body of that network; none for one of the own organisation. It stays whose it is.
    """

    model_config = record_config()

    network_id: RowId | None = None
    kind: Kind
    name: RequiredLine
    about: LongProse = ""
    acts_by: ShortLine = ""
    visibility: Visibility = "public"
    since: Day | None = None
    ended_on: Day | None = None
    source_url: WebAddress | None = None
    mandate: Annotated[list[MandateLine], Field(max_length=30)] = []
    advises: Annotated[list[RequiredLine], Field(max_length=30)] = []

    @model_validator(mode="after")
    def _is_in_order(self) -> Self:
        _refuse_backwards(self.since, self.ended_on)
        return self


class BodyEdit(BodyInput):
    """The same, put in place of the version that was read."""

    version: Version


class MemberInput(BaseModel):
    """A seat. `user_id` for somebody with an account, who then brings the own name; else a name, and where
    it is public that they sit there. A party always says where it is public."""

    model_config = record_config()

    user_id: RowId | None = None
    name: ShortLine = ""
    title: ShortLine = ""
    role: MemberRole = "member"
    party: ShortLine = ""
    source_url: WebAddress | None = None
    since: Day | None = None

    @model_validator(mode="after")
    def _is_somebody(self) -> Self:
        if (self.user_id is None) == (not self.name):
            raise PydanticCustomError("one_person", "A member is an account or a name")
        if self.source_url is None and (self.user_id is None or self.party):
            raise PydanticCustomError("not_public", "Where it is public is missing")
        return self


class MemberEdit(BaseModel):
    """What changes of a seat; the person stays."""

    model_config = record_config()

    title: ShortLine = ""
    role: MemberRole = "member"
    party: ShortLine = ""
    source_url: WebAddress | None = None
    since: Day | None = None
    ended_on: Day | None = None
    version: Version

    @model_validator(mode="after")
    def _is_in_order(self) -> Self:
        _refuse_backwards(self.since, self.ended_on)
        if self.source_url is None and self.party:
            raise PydanticCustomError("not_public", "Where it is public is missing")
        return self


class BodyMeetingInput(BaseModel):
    """A day on which the body meets or met; `starts_at` as 14:30."""

    model_config = record_config()

    held_on: Day
    starts_at: Clock = ""
    place: ShortLine = ""
    note: LongProse = ""
    url: WebAddress | None = None


class BodyMeetingEdit(BodyMeetingInput):
    version: Version


class RecommendationInput(BaseModel):
    """About an idea, a need or a wish, a signature project, a municipality's own project; or none of them.

    `advised_id`: whom the body advises and who is to decide; none where it decides itself.
    """

    model_config = record_config()

    contribution_id: RowId | None = None
    project_id: RowId | None = None
    own_project_id: RowId | None = None
    title: RequiredLine
    text: RequiredProse
    visibility: Visibility = "members"
    advised_id: RowId | None = None

    @model_validator(mode="after")
    def _is_about_one(self) -> Self:
        about = (self.contribution_id, self.project_id, self.own_project_id)
        if sum(one is not None for one in about) > 1:
            raise PydanticCustomError("one_subject", "It is about one thing")
        return self


class RecommendationEdit(RecommendationInput):
    version: Version


class TreatedInput(BaseModel):
    """It was on the table at a meeting of the body, and what was said there."""

    model_config = record_config()

    meeting_id: RowId
    text: LongProse = ""
    version: Version


class DecidedInput(BaseModel):
    """What was decided, on a day, in words. `advised_id`: who decided; none where the body did itself."""

    model_config = record_config()

    outcome: Outcome
    happened_on: Day
    text: RequiredProse
    advised_id: RowId | None = None
    version: Version

    @model_validator(mode="after")
    def _has_come(self) -> Self:
        _refuse_to_come(self.happened_on)
        return self


class ReasonInput(BaseModel):
    model_config = record_config()

    reason: RequiredLine
    version: Version


class ReadingInput(BaseModel):
    """One thing to read. `page` is of the deck; a title only with an address."""

    model_config = record_config()

    contribution_id: RowId | None = None
    project_id: RowId | None = None
    own_project_id: RowId | None = None
    deck_id: RowId | None = None
    page: Annotated[int, Field(ge=1, le=10_000)] | None = None
    strategy_id: RowId | None = None
    meeting_id: RowId | None = None
    url: WebAddress | None = None
    title: ShortLine = ""
    note: LongProse = ""
    body_meeting_id: RowId | None = None

    @model_validator(mode="after")
    def _is_one_thing(self) -> Self:
        things = (self.contribution_id, self.project_id, self.own_project_id, self.deck_id)
        things += (self.strategy_id, self.meeting_id)
        if sum(one is not None for one in things) + (self.url is not None) != 1:
            raise PydanticCustomError("one_thing", "One thing at a time")
        if (self.url is None) != (not self.title):
            raise PydanticCustomError("address_and_title", "An address and its title belong together")
        if self.page is not None and self.deck_id is None:
            raise PydanticCustomError("page_of_deck", "A page is of a deck")
        return self


class BodyFacts(BaseModel):
    """A body by its sources: {organisation: key, mandate and advises as lists, English beside Danish}."""

    model_config = record_config()

    key: Key
    kind: Kind
    kind_certainty: Literal["stated", "inferred"]
    organisation: Key
    name: RequiredLine
    name_en: ShortLine = ""
    about: LongProse = ""
    about_en: LongProse = ""
    acts_by: ShortLine = ""
    acts_by_en: ShortLine = ""
    mandate: list[MandateLine] = []
    mandate_en: list[MandateLine] = []
    advises: list[RequiredLine] = []
    advises_en: list[RequiredLine] = []
    since: Day | None = None
    source_url: WebAddress | None = None
    source_note: LongProse = ""
    is_example: bool = False

    @model_validator(mode="after")
    def _is_told_twice(self) -> Self:
        for own, english in ((self.mandate, self.mandate_en), (self.advises, self.advises_en)):
            if english and len(own) != len(english):
                raise PydanticCustomError("not_the_same_lines", "The English has other lines")
        return self
