"""Planning meetings, for staff: the meeting, its programme, who takes part, tasks and groups."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from fastapi import APIRouter
from fastapi.responses import Response

from app.core.clock import COPENHAGEN
from app.core.policy import NotFound, Refused
from app.domain.groups.queries import GroupView, list_groups
from app.domain.groups.schemas import GroupInput
from app.domain.groups.service import add_group, edit_group, move_group, remove_group
from app.domain.meetings import programme, service
from app.domain.meetings.clashes import Clash, find_clashes
from app.domain.meetings.policy import may_plan_meetings
from app.domain.meetings.queries import (
    ItemView,
    MeetingView,
    OrganiserView,
    PartView,
    SpeakerFound,
    TaskView,
    find_speakers,
    get_next_number,
    get_speaker,
    list_items,
    list_possible_organisers,
    list_series,
)
from app.domain.meetings.schemas import (
    LARGEST_ID,
    MAIN_SERIES,
    SERIES_NAMES,
    AppearanceEdit,
    AppearanceInput,
    ItemInput,
    MeetingInput,
    TaskInput,
    Version,
)
from app.domain.organisations.queries import find_organisations
from app.domain.strategies.queries import StrategyChoices, list_theme_choices
from app.http.forms import Form, SentForm
from app.http.pages import Page
from app.http.sentences import add_sentences
from app.http.visit import AVisit, Visit, only
from app.web.filters import typed
from app.web.meetings import open_meeting

router = APIRouter()

MOST_ORGANISATIONS = 500
# What somebody most often is in an item of this kind.
USUAL_ROLES = {"welcome": "host", "panel": "panellist"}
PROGRAMME = "/moeder/{key}/rediger/program"
ITEM = PROGRAMME + "/{item_id:int}"
TASK = ITEM + "/opgaver/{task_id:int}"
PART = ITEM + "/medvirkende/{part_id:int}"
GROUP = ITEM + "/grupper/{group_id:int}"


def _(text: str) -> str:
    return text


add_sentences(
    {
        "number_taken": _("Der er allerede et møde med nummer {number}. Vælg et andet nummer."),
        "number_fixed": _(
            "Mødet er udgivet, så nummeret kan ikke ændres: andre kan have gemt adressen. "
            "Træk mødet tilbage til kladde først."
        ),
        "unknown_series": _("Vælg en af møderækkerne."),
        "unknown_organiser": _("En af arrangørerne findes ikke længere. Vælg igen."),
        "unknown_group_theme": _("Temaet findes ikke længere. Vælg igen."),
        "date_out_of_range": _("Vælg en dato mellem 1990 og 2100."),
        "ends_before_start": _("Sluttidspunktet skal ligge efter starttidspunktet."),
        "item_in_use": _(
            "Der hører grupper, indspil eller oplæg til punktet. "
            "Flyt eller fjern dem, før du sletter punktet."
        ),
        "group_in_use": _("Gruppen har indspil. Flyt dem til en anden gruppe, før du sletter gruppen."),
        "speaker_missing": _("Skriv et navn, eller skriv i det mindste organisationen."),
        "name_known": _(
            "Vi kender allerede en, der hedder {person}. Vælg personen på listen, eller sæt kryds ved, "
            "at det er en anden."
        ),
        "part_known": _("Personen står allerede ved punktet med den titel og den rolle."),
        "clash_overlap": _("»{first}« og »{second}« overlapper hinanden i {minutes} min."),
        "clash_out_of_order": _("»{second}« begynder før »{first}«, men står efter det."),
        "clash_two_places": _("{name} er to steder på én gang: »{first}« og »{second}«."),
        "clash_too_early": _("»{first}« begynder {minutes} min. før selve mødet."),
        "clash_too_late": _("»{first}« slutter {minutes} min. efter mødets sluttidspunkt."),
        "notice_meeting_added": _("Mødet er gemt som kladde. Kun sekretariatet kan se det."),
        "notice_meeting_saved": _("Mødet er gemt."),
        "notice_meeting_published": _("Mødet er udgivet, og alle kan se det."),
        "notice_meeting_withdrawn": _("Mødet er en kladde igen. Kun sekretariatet kan se det."),
        "notice_item_added": _("Punktet er sat på programmet."),
        "notice_item_saved": _("Punktet er gemt."),
        "notice_item_removed": _("Punktet er slettet."),
        "notice_task_saved": _("Opgaven er gemt."),
        "notice_task_removed": _("Opgaven er slettet."),
        "notice_part_added": _("Personen er sat på punktet."),
        "notice_part_saved": _("Oplysningerne er gemt for denne dag."),
        "notice_part_removed": _("Personen er taget af punktet."),
        "notice_group_saved": _("Gruppen er gemt."),
        "notice_group_removed": _("Gruppen er slettet."),
    }
)
# The field that a refusal belongs to.
FIELDS = {
    "number_taken": "number",
    "number_fixed": "number",
    "unknown_series": "series",
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
class MeetingFormPage(Page):
    template: ClassVar[str] = "planning/meeting.html"
    form: Form
    meeting: MeetingView | None
    series: list[tuple[str, str]]
    organisers: list[OrganiserView]
    differences: list[Difference] = field(default_factory=list)


@dataclass
class ProgrammePlanPage(Page):
    template: ClassVar[str] = "planning/programme.html"
    form: Form
    meeting: MeetingView
    items: list[ItemView]
    groups: Mapping[int, list[GroupView]]
    clashes: list[str]
    tracks: list[str]


@dataclass
class ItemPlanPage(Page):
    template: ClassVar[str] = "planning/item.html"
    form: Form
    task_form: Form
    meeting: MeetingView
    item: ItemView
    groups: list[GroupView]
    tracks: list[str]
    clashes: list[str]
    differences: list[Difference] = field(default_factory=list)


@dataclass
class SpeakerPage(Page):
    """Choosing somebody for an item. `mode`: search, known (chosen is set) or new."""

    template: ClassVar[str] = "planning/speaker.html"
    form: Form
    meeting: MeetingView
    item: ItemView
    words: str
    found: list[SpeakerFound]
    mode: str
    chosen: SpeakerFound | None
    organisations: list[str]


@dataclass
class PartPage(Page):
    template: ClassVar[str] = "planning/part.html"
    form: Form
    meeting: MeetingView
    item: ItemView
    part: PartView
    organisations: list[str]
    differences: list[Difference] = field(default_factory=list)


@dataclass
class TaskPage(Page):
    template: ClassVar[str] = "planning/task.html"
    form: Form
    meeting: MeetingView
    item: ItemView
    task: TaskView
    differences: list[Difference] = field(default_factory=list)


@dataclass
class GroupPage(Page):
    template: ClassVar[str] = "planning/group.html"
    form: Form
    meeting: MeetingView
    item: ItemView
    group: GroupView | None
    themes: list[StrategyChoices]
    differences: list[Difference] = field(default_factory=list)


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


def _refuse(form: Form, refusal: Refused) -> None:
    form.refuse(FIELDS.get(refusal.code, "form"), refusal.code, **refusal.values)


def _read_version(form: Form) -> int:
    given = form.read(Version)
    return given.version if given else 0


def _compare(form: Form, current: Mapping[str, object]) -> list[Difference]:
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


# --- the meeting


def _meeting_page(
    visit: Visit, form: Form, meeting: MeetingView | None, differences: Sequence[Difference] = ()
) -> MeetingFormPage:
    series = {one.key: one.name for one in list_series(visit.session)}
    already = [organiser.id for organiser in meeting.organisers] if meeting else []
    return MeetingFormPage(
        form=form,
        meeting=meeting,
        series=list(({MAIN_SERIES: SERIES_NAMES[MAIN_SERIES]} | series).items()),
        organisers=list_possible_organisers(visit.session, already),
        differences=list(differences),
    )


def _meeting_values(meeting: MeetingView) -> dict[str, object]:
    return {
        "series": meeting.series_key,
        "number": meeting.number,
        "title": meeting.title,
        "held_on": meeting.held_on.isoformat(),
        "date_certainty": meeting.date_certainty,
        "starts": _clock(meeting.starts_at),
        "ends": _clock(meeting.ends_at),
        "format": meeting.format,
        "venue": meeting.venue,
        "join_url": meeting.join_url,
        "introduction": meeting.introduction,
        "topics": "\n".join(meeting.topics),
        "organisers": [organiser.id for organiser in meeting.organisers],
        "participants_approx": meeting.participants_approx,
        "vendor_companies": meeting.vendor_companies,
        "seats": meeting.seats,
        "seats_per_organisation": meeting.seats_per_organisation,
        "registration_closes_on": meeting.registration_closes_on,
        "version": meeting.version,
    }


def _clock(moment: datetime | None) -> str:
    return moment.astimezone(COPENHAGEN).strftime("%H:%M") if moment else ""


@router.get("/moeder/nyt", dependencies=[only(may_plan_meetings)])
def new_meeting(visit: AVisit) -> Response:
    form = visit.blank(
        series=MAIN_SERIES,
        number=get_next_number(visit.session),
        format="physical",
        organisers=[visit.actor.organisation_id],
    )
    return visit.page(_meeting_page(visit, form, None))


@router.post("/moeder/nyt", dependencies=[only(may_plan_meetings)])
def add_meeting(visit: AVisit, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    given = form.read(MeetingInput)
    if given is not None:
        try:
            meeting = service.add_meeting(visit.session, visit.actor, given)
            return visit.done(form, f"/moeder/{meeting.key}/rediger/program", "meeting_added")
        except Refused as refusal:
            _refuse(form, refusal)
    return visit.page(_meeting_page(visit, form, None), 422)


@router.get("/moeder/{key}/rediger", dependencies=[only(may_plan_meetings)])
def edit_meeting_page(visit: AVisit, key: str) -> Response:
    meeting = open_meeting(visit, key)
    return visit.page(_meeting_page(visit, visit.blank(**_meeting_values(meeting)), meeting))


@router.post("/moeder/{key}/rediger", dependencies=[only(may_plan_meetings)])
def edit_meeting(visit: AVisit, key: str, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    meeting = open_meeting(visit, key)
    given = form.read(MeetingInput)
    if given is None:
        return visit.page(_meeting_page(visit, form, meeting), 422)
    try:
        changed = service.edit_meeting(visit.session, visit.actor, meeting.id, _read_version(form), given)
        return visit.done(form, f"/moeder/{changed.key}", "meeting_saved")
    except Refused as refusal:
        _refuse(form, refusal)
        is_stale = refusal.code == "stale"
    differences = _compare(form, _meeting_values(meeting)) if is_stale else []
    return visit.page(_meeting_page(visit, form, meeting, differences), 409 if is_stale else 422)


@router.post("/moeder/{key}/udgiv", dependencies=[only(may_plan_meetings)])
def publish_meeting(visit: AVisit, key: str, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    meeting = service.publish_meeting(visit.session, visit.actor, open_meeting(visit, key).id)
    return visit.done(form, f"/moeder/{meeting.key}", "meeting_published")


@router.post("/moeder/{key}/kladde", dependencies=[only(may_plan_meetings)])
def withdraw_meeting(visit: AVisit, key: str, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    meeting = service.withdraw_meeting(visit.session, visit.actor, open_meeting(visit, key).id)
    return visit.done(form, f"/moeder/{meeting.key}", "meeting_withdrawn")


# --- the programme


def _programme_path(meeting: MeetingView) -> str:
    return f"/moeder/{meeting.key}/rediger/program"


def _item_path(meeting: MeetingView, item: ItemView) -> str:
    return f"{_programme_path(meeting)}/{item.id}"


def _open_item(visit: Visit, key: str, item_id: int) -> tuple[MeetingView, ItemView]:
    """The meeting and the item of it that the address names."""
    meeting = open_meeting(visit, key)
    for item in list_items(visit.session, meeting.id):
        if item.id == item_id:
            return meeting, item
    raise NotFound


def _say_clashes(visit: Visit, clashes: Sequence[Clash]) -> list[str]:
    return [
        visit.say(
            f"clash_{clash.code}",
            first=clash.item.title,
            second=clash.other.title if clash.other else "",
            name=clash.name,
            minutes=clash.minutes,
        )
        for clash in clashes
    ]


def _list_tracks(items: Sequence[ItemView]) -> list[str]:
    """The two tracks, and whatever else tracks are called in this programme."""
    return list(dict.fromkeys(["A", "B", *(item.track for item in items if item.track)]))


def _programme_page(visit: Visit, form: Form, meeting: MeetingView, items: list[ItemView]) -> Page:
    groups: dict[int, list[GroupView]] = {}
    for group in list_groups(visit.session, meeting.id):
        groups.setdefault(group.item_id or 0, []).append(group)
    return ProgrammePlanPage(
        form=form,
        meeting=meeting,
        items=items,
        groups=groups,
        clashes=_say_clashes(visit, find_clashes(meeting.starts_at, meeting.ends_at, items)),
        tracks=_list_tracks(items),
    )


def _item_values(item: ItemView) -> dict[str, object]:
    return {
        "kind": item.kind,
        "title": item.title,
        "starts": _clock(item.starts_at),
        "ends": _clock(item.ends_at),
        "track": item.track,
        "summary": item.summary,
        "version": item.version,
    }


def _item_page(
    visit: Visit,
    meeting: MeetingView,
    item: ItemView,
    form: Form,
    task_form: Form | None = None,
    differences: Sequence[Difference] = (),
) -> ItemPlanPage:
    items = list_items(visit.session, meeting.id)
    clashes = find_clashes(meeting.starts_at, meeting.ends_at, items)
    return ItemPlanPage(
        form=form,
        task_form=task_form or visit.blank(),
        meeting=meeting,
        item=item,
        groups=[g for g in list_groups(visit.session, meeting.id) if g.item_id == item.id],
        tracks=_list_tracks(items),
        clashes=_say_clashes(visit, [c for c in clashes if item in (c.item, c.other)]),
        differences=list(differences),
    )


@router.get(PROGRAMME, dependencies=[only(may_plan_meetings)])
def plan_programme(visit: AVisit, key: str) -> Response:
    meeting = open_meeting(visit, key)
    items = list_items(visit.session, meeting.id)
    # The next item most often begins where the last one ends.
    ends = items[-1].ends_at if items else meeting.starts_at
    form = visit.blank(kind="talk" if items else "welcome", starts=_clock(ends))
    return visit.page(_programme_page(visit, form, meeting, items))


@router.post(PROGRAMME, dependencies=[only(may_plan_meetings)])
def add_item(visit: AVisit, key: str, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    meeting = open_meeting(visit, key)
    given = form.read(ItemInput)
    if given is None:
        items = list_items(visit.session, meeting.id)
        return visit.page(_programme_page(visit, form, meeting, items), 422)
    programme.add_item(visit.session, visit.actor, meeting.id, given)
    return visit.done(form, _programme_path(meeting), "item_added")


@router.get(ITEM, dependencies=[only(may_plan_meetings)])
def plan_item(visit: AVisit, key: str, item_id: int) -> Response:
    meeting, item = _open_item(visit, key, item_id)
    return visit.page(_item_page(visit, meeting, item, visit.blank(**_item_values(item))))


@router.post(ITEM, dependencies=[only(may_plan_meetings)])
def edit_item(visit: AVisit, key: str, item_id: int, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    meeting, item = _open_item(visit, key, item_id)
    given = form.read(ItemInput)
    if given is None:
        return visit.page(_item_page(visit, meeting, item, form), 422)
    try:
        programme.edit_item(visit.session, visit.actor, item.id, _read_version(form), given)
        return visit.done(form, _programme_path(meeting), "item_saved")
    except Refused as refusal:
        _refuse(form, refusal)
    differences = _compare(form, _item_values(item))
    return visit.page(_item_page(visit, meeting, item, form, differences=differences), 409)


@router.post(ITEM + "/flyt/{step}", dependencies=[only(may_plan_meetings)])
def move_item(visit: AVisit, key: str, item_id: int, step: str, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    meeting, item = _open_item(visit, key, item_id)
    programme.move_item(visit.session, visit.actor, item.id, _read_step(step))
    return visit.done(form, f"{_programme_path(meeting)}#punkt-{item.id}")


def _read_step(word: str) -> programme.Step:
    if word not in ("op", "ned"):
        raise NotFound
    return -1 if word == "op" else 1


def _remove_item_page(meeting: MeetingView, item: ItemView, form: Form) -> RemovePage:
    path = _item_path(meeting, item)
    return RemovePage(form, meeting, "item", item.title, f"{path}/slet", _programme_path(meeting))


@router.get(ITEM + "/slet", dependencies=[only(may_plan_meetings)])
def ask_to_remove_item(visit: AVisit, key: str, item_id: int) -> Response:
    meeting, item = _open_item(visit, key, item_id)
    return visit.page(_remove_item_page(meeting, item, visit.blank()))


@router.post(ITEM + "/slet", dependencies=[only(may_plan_meetings)])
def remove_item(visit: AVisit, key: str, item_id: int, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    meeting, item = _open_item(visit, key, item_id)
    try:
        programme.remove_item(visit.session, visit.actor, item.id)
        return visit.done(form, _programme_path(meeting), "item_removed")
    except Refused as refusal:
        _refuse(form, refusal)
    return visit.page(_remove_item_page(meeting, item, form), 409)


# --- tasks


def _open_task(visit: Visit, key: str, item_id: int, task_id: int) -> tuple[MeetingView, ItemView, TaskView]:
    meeting, item = _open_item(visit, key, item_id)
    for task in item.tasks:
        if task.id == task_id:
            return meeting, item, task
    raise NotFound


def _task_values(task: TaskView) -> dict[str, object]:
    return {
        "title": task.title,
        "text": task.text,
        "answer_limit": task.answer_limit,
        "version": task.version,
    }


@router.post(ITEM + "/opgaver", dependencies=[only(may_plan_meetings)])
def add_task(visit: AVisit, key: str, item_id: int, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    meeting, item = _open_item(visit, key, item_id)
    given = form.read(TaskInput)
    if given is None:
        item_form = visit.blank(**_item_values(item))
        return visit.page(_item_page(visit, meeting, item, item_form, form), 422)
    programme.add_task(visit.session, visit.actor, item.id, given)
    return visit.done(form, _item_path(meeting, item), "task_saved")


@router.get(TASK, dependencies=[only(may_plan_meetings)])
def edit_task_page(visit: AVisit, key: str, item_id: int, task_id: int) -> Response:
    meeting, item, task = _open_task(visit, key, item_id, task_id)
    return visit.page(TaskPage(visit.blank(**_task_values(task)), meeting, item, task))


@router.post(TASK, dependencies=[only(may_plan_meetings)])
def edit_task(visit: AVisit, key: str, item_id: int, task_id: int, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    meeting, item, task = _open_task(visit, key, item_id, task_id)
    given = form.read(TaskInput)
    if given is None:
        return visit.page(TaskPage(form, meeting, item, task), 422)
    try:
        programme.edit_task(visit.session, visit.actor, task.id, _read_version(form), given)
        return visit.done(form, _item_path(meeting, item), "task_saved")
    except Refused as refusal:
        _refuse(form, refusal)
    return visit.page(TaskPage(form, meeting, item, task, _compare(form, _task_values(task))), 409)


@router.post(TASK + "/flyt/{step}", dependencies=[only(may_plan_meetings)])
def move_task(visit: AVisit, key: str, item_id: int, task_id: int, step: str, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    meeting, item, task = _open_task(visit, key, item_id, task_id)
    programme.move_task(visit.session, visit.actor, task.id, _read_step(step))
    return visit.done(form, f"{_item_path(meeting, item)}#opgaver")


@router.get(TASK + "/slet", dependencies=[only(may_plan_meetings)])
def ask_to_remove_task(visit: AVisit, key: str, item_id: int, task_id: int) -> Response:
    meeting, item, task = _open_task(visit, key, item_id, task_id)
    path = _item_path(meeting, item)
    return visit.page(
        RemovePage(visit.blank(), meeting, "task", task.title, f"{path}/opgaver/{task.id}/slet", path)
    )


@router.post(TASK + "/slet", dependencies=[only(may_plan_meetings)])
def remove_task(visit: AVisit, key: str, item_id: int, task_id: int, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    meeting, item, task = _open_task(visit, key, item_id, task_id)
    programme.remove_task(visit.session, visit.actor, task.id)
    return visit.done(form, _item_path(meeting, item), "task_removed")


# --- who takes part


def _open_part(visit: Visit, key: str, item_id: int, part_id: int) -> tuple[MeetingView, ItemView, PartView]:
    meeting, item = _open_item(visit, key, item_id)
    for part in item.people:
        if part.id == part_id:
            return meeting, item, part
    raise NotFound


def _list_organisations(visit: Visit) -> list[str]:
    return [found.name for found in find_organisations(visit.session, "", MOST_ORGANISATIONS)]


def _read_person(text: str) -> int | None:
    """The person's id in an address or a field; None where it is none."""
    is_number = text.isascii() and text.isdigit() and len(text) < 17
    return int(text) if is_number and 0 < int(text) <= LARGEST_ID else None


def _speaker_page(
    visit: Visit, meeting: MeetingView, item: ItemView, form: Form, mode: str, chosen: SpeakerFound | None
) -> SpeakerPage:
    words = typed(visit, "q")
    return SpeakerPage(
        form=form,
        meeting=meeting,
        item=item,
        words=words,
        found=find_speakers(visit.session, words) if mode == "search" else [],
        mode=mode,
        chosen=chosen,
        organisations=_list_organisations(visit) if mode != "search" else [],
    )


@router.get(ITEM + "/medvirkende", dependencies=[only(may_plan_meetings)])
def choose_speaker(visit: AVisit, key: str, item_id: int) -> Response:
    """Search for somebody; then ?person= fills in what is known, and ?ny=1 begins with a new person."""
    meeting, item = _open_item(visit, key, item_id)
    role = USUAL_ROLES.get(item.kind, "speaker")
    person_id = _read_person(visit.request.query_params.get("person", ""))
    chosen = get_speaker(visit.session, person_id) if person_id is not None else None
    if chosen is not None:
        form = visit.blank(
            person_id=chosen.id, title=chosen.title, organisation=chosen.organisation_name, role=role
        )
        return visit.page(_speaker_page(visit, meeting, item, form, "known", chosen))
    mode = "new" if visit.request.query_params.get("ny") else "search"
    form = visit.blank(name=typed(visit, "q"), role=role)
    return visit.page(_speaker_page(visit, meeting, item, form, mode, None))


@router.post(ITEM + "/medvirkende", dependencies=[only(may_plan_meetings)])
def add_part(visit: AVisit, key: str, item_id: int, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    meeting, item = _open_item(visit, key, item_id)
    given = form.read(AppearanceInput)
    if given is not None:
        try:
            programme.add_appearance(visit.session, visit.actor, item.id, given)
            return visit.done(form, _item_path(meeting, item), "part_added")
        except NotFound:
            raise
        except Refused as refusal:
            _refuse(form, refusal)
    person_id = _read_person(form.value("person_id"))
    chosen = get_speaker(visit.session, person_id) if person_id is not None else None
    mode = "known" if chosen else "new"
    return visit.page(_speaker_page(visit, meeting, item, form, mode, chosen), 422)


def _part_values(part: PartView) -> dict[str, object]:
    return {
        "title": part.title,
        "organisation": part.organisation_name,
        "role": part.role,
        "is_former": "1" if part.is_former else "",
        "version": part.version,
    }


def _part_page(
    visit: Visit,
    meeting: MeetingView,
    item: ItemView,
    part: PartView,
    form: Form,
    differences: Sequence[Difference] = (),
) -> PartPage:
    return PartPage(form, meeting, item, part, _list_organisations(visit), list(differences))


@router.get(PART, dependencies=[only(may_plan_meetings)])
def edit_part_page(visit: AVisit, key: str, item_id: int, part_id: int) -> Response:
    meeting, item, part = _open_part(visit, key, item_id, part_id)
    return visit.page(_part_page(visit, meeting, item, part, visit.blank(**_part_values(part))))


@router.post(PART, dependencies=[only(may_plan_meetings)])
def edit_part(visit: AVisit, key: str, item_id: int, part_id: int, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    meeting, item, part = _open_part(visit, key, item_id, part_id)
    given = form.read(AppearanceEdit)
    if given is None:
        return visit.page(_part_page(visit, meeting, item, part, form), 422)
    try:
        programme.edit_appearance(visit.session, visit.actor, part.id, _read_version(form), given)
        return visit.done(form, _item_path(meeting, item), "part_saved")
    except Refused as refusal:
        _refuse(form, refusal)
    differences = _compare(form, _part_values(part))
    return visit.page(_part_page(visit, meeting, item, part, form, differences), 409)


@router.post(PART + "/flyt/{step}", dependencies=[only(may_plan_meetings)])
def move_part(visit: AVisit, key: str, item_id: int, part_id: int, step: str, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    meeting, item, part = _open_part(visit, key, item_id, part_id)
    programme.move_appearance(visit.session, visit.actor, part.id, _read_step(step))
    return visit.done(form, f"{_item_path(meeting, item)}#medvirkende")


@router.get(PART + "/slet", dependencies=[only(may_plan_meetings)])
def ask_to_remove_part(visit: AVisit, key: str, item_id: int, part_id: int) -> Response:
    meeting, item, part = _open_part(visit, key, item_id, part_id)
    path, name = _item_path(meeting, item), part.name or part.organisation_name
    return visit.page(
        RemovePage(visit.blank(), meeting, "part", name, f"{path}/medvirkende/{part.id}/slet", path)
    )


@router.post(PART + "/slet", dependencies=[only(may_plan_meetings)])
def remove_part(visit: AVisit, key: str, item_id: int, part_id: int, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    meeting, item, part = _open_part(visit, key, item_id, part_id)
    programme.remove_appearance(visit.session, visit.actor, part.id)
    return visit.done(form, _item_path(meeting, item), "part_removed")


# --- groups


def _open_group(
    visit: Visit, key: str, item_id: int, group_id: int
) -> tuple[MeetingView, ItemView, GroupView]:
    meeting, item = _open_item(visit, key, item_id)
    for group in list_groups(visit.session, meeting.id):
        if group.id == group_id and group.item_id == item.id:
            return meeting, item, group
    raise NotFound


def _group_values(group: GroupView) -> dict[str, object]:
    return {
        "name": group.name,
        "task": group.task,
        "facilitator": group.facilitator,
        "rapporteur": group.rapporteur,
        "theme_id": group.theme_id,
        "version": group.version,
    }


def _group_page(
    visit: Visit,
    meeting: MeetingView,
    item: ItemView,
    group: GroupView | None,
    form: Form,
    differences: Sequence[Difference] = (),
) -> GroupPage:
    themes = list_theme_choices(visit.session)
    return GroupPage(form, meeting, item, group, themes, list(differences))


@router.get(ITEM + "/grupper/ny", dependencies=[only(may_plan_meetings)])
def new_group(visit: AVisit, key: str, item_id: int) -> Response:
    meeting, item = _open_item(visit, key, item_id)
    return visit.page(_group_page(visit, meeting, item, None, visit.blank()))


@router.post(ITEM + "/grupper/ny", dependencies=[only(may_plan_meetings)])
def add_new_group(visit: AVisit, key: str, item_id: int, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    meeting, item = _open_item(visit, key, item_id)
    given = form.read(GroupInput)
    if given is not None:
        try:
            add_group(visit.session, visit.actor, item.id, given)
            return visit.done(form, _item_path(meeting, item), "group_saved")
        except NotFound:
            raise
        except Refused as refusal:
            _refuse(form, refusal)
    return visit.page(_group_page(visit, meeting, item, None, form), 422)


@router.get(GROUP, dependencies=[only(may_plan_meetings)])
def edit_group_page(visit: AVisit, key: str, item_id: int, group_id: int) -> Response:
    meeting, item, group = _open_group(visit, key, item_id, group_id)
    return visit.page(_group_page(visit, meeting, item, group, visit.blank(**_group_values(group))))


@router.post(GROUP, dependencies=[only(may_plan_meetings)])
def edit_one_group(visit: AVisit, key: str, item_id: int, group_id: int, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    meeting, item, group = _open_group(visit, key, item_id, group_id)
    given = form.read(GroupInput)
    if given is None:
        return visit.page(_group_page(visit, meeting, item, group, form), 422)
    try:
        edit_group(visit.session, visit.actor, group.id, _read_version(form), given)
        return visit.done(form, _item_path(meeting, item), "group_saved")
    except Refused as refusal:
        _refuse(form, refusal)
        is_stale = refusal.code == "stale"
    differences = _compare(form, _group_values(group)) if is_stale else []
    page = _group_page(visit, meeting, item, group, form, differences)
    return visit.page(page, 409 if is_stale else 422)


@router.post(GROUP + "/flyt/{step}", dependencies=[only(may_plan_meetings)])
def move_one_group(
    visit: AVisit, key: str, item_id: int, group_id: int, step: str, form: SentForm
) -> Response:
    if before := visit.done_before(form):
        return before
    meeting, item, group = _open_group(visit, key, item_id, group_id)
    move_group(visit.session, visit.actor, group.id, _read_step(step))
    return visit.done(form, f"{_item_path(meeting, item)}#grupper")


def _remove_group_page(meeting: MeetingView, item: ItemView, group: GroupView, form: Form) -> RemovePage:
    path = _item_path(meeting, item)
    return RemovePage(form, meeting, "group", group.name, f"{path}/grupper/{group.id}/slet", path)


@router.get(GROUP + "/slet", dependencies=[only(may_plan_meetings)])
def ask_to_remove_group(visit: AVisit, key: str, item_id: int, group_id: int) -> Response:
    meeting, item, group = _open_group(visit, key, item_id, group_id)
    return visit.page(_remove_group_page(meeting, item, group, visit.blank()))


@router.post(GROUP + "/slet", dependencies=[only(may_plan_meetings)])
def remove_one_group(visit: AVisit, key: str, item_id: int, group_id: int, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    meeting, item, group = _open_group(visit, key, item_id, group_id)
    try:
        remove_group(visit.session, visit.actor, group.id)
        return visit.done(form, _item_path(meeting, item), "group_removed")
    except Refused as refusal:
        _refuse(form, refusal)
    return visit.page(_remove_group_page(meeting, item, group, form), 409)
