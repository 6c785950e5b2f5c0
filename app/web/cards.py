"""Cards: what was said at a meeting. A page for each; for staff the writing down, sorting and publishing."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import ClassVar

from fastapi.responses import Response

from app.core.policy import NotFound, Refused, require
from app.domain.boards.queries import find_path_of_card
from app.domain.contributions import queries, service
from app.domain.contributions.policy import (
    is_own_in_room,
    is_sent,
    may_edit_card,
    may_record,
    may_record_at,
    may_record_somewhere,
)
from app.domain.contributions.queries import ContributionView, Listing, Option, Room
from app.domain.contributions.schemas import (
    MOST_CARDS,
    CardEdit,
    CardInput,
    CardPlace,
    CardsInput,
    TagInput,
    WrongLine,
    read_lines,
)
from app.domain.meetings.policy import may_see as may_see_meeting
from app.domain.moderation.policy import may_say_it_is_wrong
from app.domain.panels.queries import QuestionView, find_asked
from app.domain.strategies.suggestions import Suggestion, suggest_themes
from app.http.doors import Router
from app.http.forms import Form, SentForm
from app.http.pages import Page
from app.http.sentences import add_sentences
from app.http.visit import AVisit, Visit, anyone, only
from app.web import filters
from app.web.contributions import PATHS, ThemeMenu, list_theme_menus, path_of, take_refusal
from app.web.filters import page_number
from app.web.held import Held, look_at_held, show_mark
from app.web.life import Life, look_at_life
from app.web.wishes import bring_back, find_said, take_back

router = Router()

LAST = 15
TAGGED_PER_PAGE = 50
MOST_PAGES = 100_000


def _(text: str) -> str:
    return text


add_sentences(
    {
        "line_too_long": _("Linje {number} er for lang: {length} tegn. Der er plads til 500."),
        "line_cpr_number": _("Linje {number} ligner et CPR-nummer. Skriv aldrig CPR-numre her."),
        "line_wrong": _("Linje {number} kan ikke gemmes. Skriv den om."),
        "too_many_lines": _("Der er {count} linjer. Der kan indsættes {most} ad gangen."),
        "no_lines": _("Der er ingen linjer med tekst."),
        "choose_cards": _("Vælg mindst ét indspil i listen."),
        "choose_tags": _("Vælg et aspekt eller mindst ét tema."),
    }
)


@dataclass
class CardPage(Page):
    """`asked`: what became of it as a question to a panel, with `panel`, and `is_own` for who asked it."""

    template: ClassVar[str] = "cards/show.html"
    one: ContributionView
    asked: QuestionView | None
    panel_path: str
    is_own: bool
    may_edit: bool
    is_by_others: bool
    held: Held
    board_path: str | None
    life: Life


@dataclass
class RecordPage(Page):
    template: ClassVar[str] = "cards/record.html"
    room: Room
    form: Form
    organisations: Mapping[str, list[Option]]
    last: Listing


@dataclass
class ManyPage(Page):
    """Pasting many lines; `preview` holds the cards that they become."""

    template: ClassVar[str] = "cards/many.html"
    room: Room
    form: Form
    organisations: Mapping[str, list[Option]]
    preview: list[str] | None
    most: int = MOST_CARDS


@dataclass
class EditCardPage(Page):
    """`theirs` is the card as somebody else saved it meanwhile."""

    template: ClassVar[str] = "cards/edit.html"
    room: Room
    one: ContributionView
    form: Form
    organisations: Mapping[str, list[Option]]
    menus: list[ThemeMenu]
    is_stale: bool = False


@dataclass
class TagPage(Page):
    template: ClassVar[str] = "cards/tag.html"
    room: Room
    form: Form
    listing: Listing
    menus: list[ThemeMenu]
    suggestions: Mapping[int, list[Suggestion]]
    may_undo: bool
    only_unthemed: bool
    pager_path: str
    here: str


def find_room(visit: Visit, key: str) -> Room:
    """The meeting, for who writes down what is said there. Raises NotFound and NotAllowed."""
    room = queries.find_room(visit.session, key)
    if room is None or not may_see_meeting(visit.actor, room):
        raise NotFound
    require(may_record_at(visit.actor, room.id))
    return room


# --- one card


@router.get("/indspil/{reference}", dependencies=[anyone])
def show_card(visit: AVisit, reference: str) -> Response:
    one = queries.find_contribution(visit.session, visit.actor, reference)
    if one is None:
        return show_mark(visit, reference)
    if PATHS[one.kind] != "/indspil/" or one.reference != reference:
        return visit.go(path_of(one))
    return visit.page(make_card_page(visit, one))


def make_card_page(visit: Visit, one: ContributionView, **forms: Form) -> CardPage:
    """The page of what was said at a meeting; `forms`: those of its life that were refused."""
    asked = find_asked(visit.session, visit.actor, one.id) if one.kind == "question" else None
    return CardPage(
        one=one,
        asked=asked,
        panel_path=f"/moeder/{one.meeting_key}/spoerg/{asked.item_id}" if asked else "",
        is_own=is_own_in_room(visit.actor, one),
        may_edit=may_edit_card(visit.actor, one),
        is_by_others=may_say_it_is_wrong(visit.actor, one),
        held=look_at_held(visit, one),
        # Where its author mends it and takes it down.
        board_path=find_path_of_card(visit.session, visit.actor, one.id)
        if is_own_in_room(visit.actor, one)
        else None,
        life=look_at_life(visit, one, **forms),
    )


@router.get("/indspil/{reference}/ret", dependencies=[only(may_record_somewhere)])
def edit_card(visit: AVisit, reference: str) -> Response:
    one = _find_card(visit, reference)
    return visit.page(_edit_page(visit, one, visit.blank(**_as_fields(one))))


@router.post("/indspil/{reference}/ret", dependencies=[only(may_record_somewhere)])
def change_card(visit: AVisit, form: SentForm, reference: str) -> Response:
    if before := visit.done_before(form):
        return before
    one = _find_card(visit, reference)
    given = form.read(CardEdit)
    if given is None:
        return visit.page(_edit_page(visit, one, form), 422)
    try:
        service.edit_card(visit.session, visit.actor, one.id, given)
    except Refused as refusal:
        take_refusal(form, refusal)
        if refusal.code != "stale":
            return visit.page(_edit_page(visit, one, form), 422)
        form.typed["version"] = [str(one.version)]
        return visit.page(_edit_page(visit, one, form, is_stale=True), 409)
    return visit.done(form, path_of(one), "card_saved")


def _find_card(visit: Visit, reference: str) -> ContributionView:
    one = find_said(visit, reference)
    if one.meeting_key is None or one.kind not in ("card", "question", "wish") or is_sent(one):
        raise NotFound
    require(may_edit_card(visit.actor, one))
    return one


def _as_fields(one: ContributionView) -> dict[str, object]:
    return {
        "text": one.body,
        "aspect": one.aspect,
        "theme_ids": [theme.id for theme in one.themes],
        "item_id": one.item_id,
        "group_id": one.group_id,
        "task": one.task,
        "said_by_person_id": one.said_by_person_id,
        "said_by_text": one.said_by_text,
        "on_behalf_of_id": one.on_behalf_of_id,
        "on_behalf_of_text": one.on_behalf_of if one.on_behalf_of_id is None else "",
        "version": one.version,
    }


def _edit_page(visit: Visit, one: ContributionView, form: Form, *, is_stale: bool = False) -> EditCardPage:
    return EditCardPage(
        room=find_room(visit, one.meeting_key or ""),
        one=one,
        form=form,
        organisations=queries.list_organisation_options(visit.session),
        menus=list_theme_menus(visit),
        is_stale=is_stale,
    )


@router.post("/indspil/{reference}/traek-tilbage", dependencies=[only(may_record_somewhere)])
def withdraw_card(visit: AVisit, form: SentForm, reference: str) -> Response:
    return take_back(visit, form, reference)


@router.post("/indspil/{reference}/fortryd", dependencies=[only(may_record_somewhere)])
def restore_card(visit: AVisit, form: SentForm, reference: str) -> Response:
    return bring_back(visit, form, reference)


# --- writing down


@router.get("/moeder/{key}/indspil/skriv", dependencies=[only(may_record_somewhere)])
def record(visit: AVisit, key: str) -> Response:
    room = find_room(visit, key)
    return visit.page(_record_page(visit, room, _begin(visit, room)))


@router.post("/moeder/{key}/indspil/skriv", dependencies=[only(may_record_somewhere)])
def add_card(visit: AVisit, form: SentForm, key: str) -> Response:
    if before := visit.done_before(form):
        return before
    room = find_room(visit, key)
    given = form.read(CardInput)
    if given is None:
        return visit.page(_record_page(visit, room, form), 422)
    try:
        service.add_card(visit.session, visit.actor, room.id, given)
    except Refused as refusal:
        take_refusal(form, refusal)
        return visit.page(_record_page(visit, room, form), 422)
    return visit.done(form, f"/moeder/{room.key}/indspil/skriv", "card_added")


def _begin(visit: Visit, room: Room) -> Form:
    """A form that begins where the last card was said, or in the group or at the item that is named."""
    group, item = filters.typed(visit, "gruppe"), filters.typed(visit, "punkt")
    if group or item:
        return visit.blank(kind="card", group_id=group, item_id=item)
    last = queries.find_last_place(visit.session, visit.actor, room.id)
    return visit.blank(**asdict(last)) if last else visit.blank(kind="card")


def _record_page(visit: Visit, room: Room, form: Form) -> RecordPage:
    return RecordPage(
        room=room,
        form=form,
        organisations=queries.list_organisation_options(visit.session),
        last=queries.list_recorded(visit.session, visit.actor, room.id, per_page=LAST),
    )


@router.get("/moeder/{key}/indspil/mange", dependencies=[only(may_record_somewhere)])
def paste_many(visit: AVisit, key: str) -> Response:
    room = find_room(visit, key)
    return visit.page(_many_page(visit, room, _begin(visit, room)))


@router.post("/moeder/{key}/indspil/mange", dependencies=[only(may_record_somewhere)])
def add_many(visit: AVisit, form: SentForm, key: str) -> Response:
    """First a look at what the lines become, then the cards."""
    room = find_room(visit, key)
    given = form.read(CardsInput)
    if given is None:
        return visit.page(_many_page(visit, room, form), 422)
    texts, wrong = read_lines(given.lines)
    refuse_lines(form, texts, wrong)
    if form.errors:
        return visit.page(_many_page(visit, room, form, texts), 422)
    if form.value("handling") == "vis":
        return visit.page(_many_page(visit, room, form, texts))
    if before := visit.done_before(form):
        return before
    place = CardPlace(**given.model_dump(exclude={"lines"}))
    try:
        service.add_cards(visit.session, visit.actor, room.id, place, texts)
    except Refused as refusal:
        take_refusal(form, refusal)
        return visit.page(_many_page(visit, room, form, texts), 422)
    return visit.done(form, f"/moeder/{room.key}/indspil/skriv", "cards_added")


def refuse_lines(form: Form, texts: list[str], wrong: list[WrongLine]) -> None:
    """Say what is wrong with which lines, the first ten of them."""
    sentences = {"too_long": "line_too_long", "cpr_number": "line_cpr_number"}
    told = []
    for line in wrong[:10]:
        form.errors.pop("lines", None)
        code = sentences.get(line.code, "line_wrong")
        form.refuse("lines", code, number=line.number, length=line.length)
        told.append(form.errors["lines"])
    if told:
        form.errors["lines"] = " ".join(told)
    elif not texts:
        form.refuse("lines", "no_lines")
    elif len(texts) > MOST_CARDS:
        form.refuse("lines", "too_many_lines", count=len(texts), most=MOST_CARDS)


def _many_page(visit: Visit, room: Room, form: Form, preview: list[str] | None = None) -> ManyPage:
    organisations = queries.list_organisation_options(visit.session)
    return ManyPage(room=room, form=form, organisations=organisations, preview=preview)


# --- sorting


@router.get("/moeder/{key}/indspil/maerk", dependencies=[only(may_record_somewhere)])
def sort_cards(visit: AVisit, key: str) -> Response:
    room = find_room(visit, key)
    return visit.page(_tag_page(visit, room, visit.blank(action="add")))


@router.post("/moeder/{key}/indspil/maerk", dependencies=[only(may_record_somewhere)])
def tag_cards(visit: AVisit, form: SentForm, key: str) -> Response:
    """Aspect and themes for those that are ticked, or one suggested theme for one card (`accept`)."""
    if before := visit.done_before(form):
        return before
    room = find_room(visit, key)
    one, _sign, theme = form.value("accept").partition(":")
    if theme:
        form.typed |= {"contribution_ids": [one], "theme_ids": [theme], "aspect": [""], "action": ["add"]}
    given = form.read(TagInput)
    if given is None or not (given.aspect or given.theme_ids):
        _refuse_tags(form, given)
        return visit.page(_tag_page(visit, room, form), 422)
    try:
        service.tag_contributions(
            visit.session,
            visit.actor,
            given.contribution_ids,
            aspect=given.aspect,
            theme_ids=given.theme_ids,
            remove=given.action == "remove",
            at_meeting=room.id,
        )
    except Refused as refusal:
        take_refusal(form, refusal)
        return visit.page(_tag_page(visit, room, form), 422)
    back = _tag_address(visit, room)
    return visit.done(form, f"{back}#{one}") if theme else visit.done(form, back, "tagged")


def _refuse_tags(form: Form, given: TagInput | None) -> None:
    if "contribution_ids" in form.errors or not form.values("contribution_ids"):
        form.errors.pop("contribution_ids", None)
        form.refuse("contribution_ids", "choose_cards")
    elif given is not None:
        form.refuse("aspect", "choose_tags")


def _only_unthemed(visit: Visit) -> bool:
    return visit.request.query_params.get("uden") == "1"


def _tag_address(visit: Visit, room: Room) -> str:
    """The page of the list that one is on."""
    page = page_number(visit, MOST_PAGES)
    only_unthemed = "1" if _only_unthemed(visit) else None
    return filters.address(
        f"/moeder/{room.key}/indspil/maerk", uden=only_unthemed, side=page if page > 1 else None
    )


def _tag_page(visit: Visit, room: Room, form: Form) -> TagPage:
    listing = queries.list_of_meeting(
        visit.session,
        visit.actor,
        room.id,
        page=page_number(visit, MOST_PAGES),
        per_page=TAGGED_PER_PAGE,
        only_unthemed=_only_unthemed(visit),
    )
    texts = [f"{row.title}\n{row.body}" for row in listing.rows]
    found = suggest_themes(visit.session, texts, room.held_on.year) if texts else {}
    suggestions = {}
    for place, row in enumerate(listing.rows):
        known = {theme.id for theme in row.themes}
        suggestions[row.id] = [one for one in found.get(place, []) if one.theme.id not in known]
    only_unthemed = _only_unthemed(visit)
    path = f"/moeder/{room.key}/indspil/maerk"
    return TagPage(
        room=room,
        form=form,
        listing=listing,
        menus=list_theme_menus(visit),
        suggestions=suggestions,
        may_undo=service.find_last_tagging(visit.session, visit.actor, room.id) is not None,
        only_unthemed=only_unthemed,
        pager_path=filters.address_of_page(path, uden="1" if only_unthemed else None),
        here=_tag_address(visit, room),
    )


@router.post("/moeder/{key}/indspil/maerk/fortryd", dependencies=[only(may_record_somewhere)])
def undo_tagging(visit: AVisit, form: SentForm, key: str) -> Response:
    if before := visit.done_before(form):
        return before
    room = find_room(visit, key)
    service.undo_tagging(visit.session, visit.actor, room.id)
    return visit.done(form, _tag_address(visit, room), "untagged")


@router.post("/moeder/{key}/indspil/udgiv", dependencies=[only(may_record)])
def publish_cards(visit: AVisit, form: SentForm, key: str) -> Response:
    if before := visit.done_before(form):
        return before
    room = find_room(visit, key)
    service.publish_meeting_cards(visit.session, visit.actor, room.id)
    return visit.done(form, f"/moeder/{room.key}/indspil/maerk", "cards_published")
