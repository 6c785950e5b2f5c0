"""What the pages of planning share: where they stand, their forms, and two people writing at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from app.core.clock import COPENHAGEN
from app.core.policy import NotFound, Refused
from app.domain.meetings import programme
from app.domain.meetings.drafts import list_draft_items
from app.domain.meetings.queries import (
    ItemView,
    MeetingView,
)
from app.domain.meetings.schemas import (
    Version,
)
from app.http.forms import Form
from app.http.pages import Page
from app.http.visit import Visit
from app.web.meetings import open_meeting

PROGRAMME = "/moeder/{key}/rediger/program"
ITEM = PROGRAMME + "/{item_id:int}"
# The field that a refusal belongs to.
FIELDS = {
    "number_taken": "number",
    "number_fixed": "number",
    "unknown_series": "series",
    "date_is_past": "held_on",
    "day_needed": "held_on",
    "groups_exceed_seats": "seats",
    "unknown_organiser": "organisers",
    "unknown_group_theme": "theme_id",
    "speaker_missing": "name",
    "name_known": "name",
}


@dataclass(frozen=True, slots=True)
class Difference:
    """A field in which two people wrote different things."""

    field: str
    theirs: str
    yours: str


@dataclass
class RemovePage(Page):
    """Asks before something is deleted. `kind`: item, task, part or group."""

    template: ClassVar[str] = "planning/remove.html"
    form: Form
    meeting: MeetingView
    kind: str
    name: str
    action: str
    back: str


def refuse(form: Form, refusal: Refused) -> None:
    form.refuse(FIELDS.get(refusal.code, "form"), refusal.code, **refusal.values)


def refuse_edit(form: Form, refusal: Refused, current: Mapping[str, object]) -> tuple[list[Difference], int]:
    """Say why an edit was refused. Where somebody else was first, what differs, and 409; else 422."""
    refuse(form, refusal)
    return (compare(form, current), 409) if refusal.code == "stale" else ([], 422)


def read_version(form: Form) -> int:
    given = form.read(Version)
    return given.version if given else 0


def compare(form: Form, current: Mapping[str, object]) -> list[Difference]:
    """Where the form and what is stored now differ; the form goes on from the stored version."""
    form.typed["version"] = [str(current["version"])]
    return [
        Difference(name, _as_typed(value), "\n".join(form.values(name)).replace("\r\n", "\n"))
        for name, value in current.items()
        if name != "version" and _as_typed(value) != "\n".join(form.values(name)).replace("\r\n", "\n")
    ]


def _as_typed(value: object) -> str:
    if value is None:
        return ""
    return "\n".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def clock_text(moment: datetime | None) -> str:
    return moment.astimezone(COPENHAGEN).strftime("%H:%M") if moment else ""


def programme_path(meeting: MeetingView) -> str:
    return f"/moeder/{meeting.key}/rediger/program"


def item_path(meeting: MeetingView, item: ItemView) -> str:
    return f"{programme_path(meeting)}/{item.id}"


def open_item(visit: Visit, key: str, item_id: int) -> tuple[MeetingView, ItemView]:
    """The meeting and the item of its draft that the address names."""
    meeting = open_meeting(visit, key)
    for item in list_draft_items(visit.session, meeting.id):
        if item.id == item_id:
            return meeting, item
    raise NotFound


def read_step(word: str) -> programme.Step:
    if word not in ("op", "ned"):
        raise NotFound
    return -1 if word == "op" else 1
