"""Old web pages of meetings: pasted or sent as a file, read into a draft, checked and saved; for staff."""

from dataclasses import dataclass
from typing import Any, ClassVar

from fastapi.responses import Response
from pydantic import BaseModel, ValidationError

from app.core.policy import NotFound, Refused
from app.core.text import WebAddress
from app.domain.imports.meeting_pages import (
    PAGES_PER_PAGE,
    MeetingPageView,
    PageInput,
    count_pages,
    drop_page,
    find_page,
    list_pages,
    read_page,
    save_page,
)
from app.domain.imports.policy import may_import
from app.domain.imports.web_pages import MOST_BYTES
from app.http.doors import Router
from app.http.forms import Form, SentForm, blank
from app.http.pages import Page
from app.http.sentences import add_sentences
from app.http.visit import AVisit, Visit, only
from app.web import filters
from app.web.deck_files import count_upload

router = Router()
uploads = Router()

_OWN = (
    "number", "title", "held_on", "date_certainty", "date_note", "starts", "ends", "format",
    "format_certainty", "venue", "organiser", "introduction", "topics", "participants_approx",
    "participants_text", "vendor_companies", "source_url", "completeness",
)  # fmt: skip
_OF_ITEM = ("kind", "starts", "ends", "title", "summary", "people")
_ROLES = {
    "speaker": "oplægsholder",
    "panellist": "paneldeltager",
    "moderator": "ordstyrer",
    "host": "vært",
}
# Empty items at the end of the form, for what was not found.
_SPARE = 2
MOST_ITEMS = 60


def _(text: str) -> str:
    return text


add_sentences(
    {
        "import_page_missing": _("Sæt siden ind, eller vælg en fil."),
        "import_page_empty": _("Der er ingen ord på siden, som vi kan læse."),
        "import_page_too_large": _("Siden er for stor. Gem kun artiklen, og send den."),
        "import_page_cpr": _(
            "Der står noget på siden, som ligner et CPR-nummer. Fjern det, og send den igen."
        ),
        "import_page_saved": _("Siden er gemt som møde i forvejen."),
        "import_page_odd": _("Se på det, der undrer, og sæt kryds ved det."),
        "import_page_person": _(
            "Skriv én person på hver linje: navn; stilling; organisation; rolle; tidligere. »{line}«"
        ),
        "notice_import_page_saved": _(
            "Mødet er gemt som kladde. Se det igennem, og udgiv det, når det er rigtigt."
        ),
        "notice_import_page_dropped": _("Kladden er slettet."),
        "import_odd_year": _("Årstallet mangler. Det, der står her, er udledt."),
        "import_odd_no_day": _("Vi fandt ingen dato på siden."),
        "import_odd_article": _("Vi fandt kun artiklens dato, ikke mødets."),
        "import_odd_weekday": _("Ugedagen passer ikke til datoen."),
        "import_odd_number": _("Nummeret på siden er et andet end i adressen."),
        "import_odd_span": _("Årene kan ikke være rigtige."),
        "import_odd_roles": _("Den samme person står med to titler eller organisationer."),
        "import_odd_title": _("Mødet har ingen titel ud over sit nummer."),
    }
)


@dataclass
class AskForPage(Page):
    template: ClassVar[str] = "imports/page_new.html"
    form: Form
    read: list[MeetingPageView]
    page: int
    pages: int
    most_kilobytes: int


@dataclass(frozen=True, slots=True)
class OddView:
    number: int
    words: str
    original: str


@dataclass
class CheckPage(Page):
    template: ClassVar[str] = "imports/page_check.html"
    form: Form
    page: MeetingPageView
    odd: list[OddView]
    items: list[int]


class _Address(BaseModel):
    source_url: WebAddress | None = None


@uploads.get("/import/moedeside", dependencies=[only(may_import)])
def ask_for_page(visit: AVisit) -> Response:
    return visit.page(_ask(visit, visit.blank()))


@uploads.post("/import/moedeside", dependencies=[only(may_import)])
def read_sent_page(visit: AVisit, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    count_upload(visit)
    given = form.read(_Address)
    sent = form.files.get("file")
    content = sent.file.read(MOST_BYTES + 1) if sent else _as_markup(form.value("text"))
    if not content.strip():
        form.refuse("text", "import_page_missing")
    if given is None or form.errors:
        return visit.page(_ask(visit, form), 422)
    try:
        page = read_page(visit.session, visit.actor, content, given.source_url or "")
    except Refused as refusal:
        form.refuse("file" if sent else "text", refusal.code)
        return visit.page(_ask(visit, form), 422)
    return visit.done(form, f"/import/moedeside/{page.id}")


def _as_markup(text: str) -> bytes:
    """Pasted markup as it is; of pasted words each line is a paragraph, and the first the heading."""
    if "<" in text and ">" in text:
        return text.encode()
    from html import escape

    lines = [line.strip() for line in text.splitlines() if line.strip()]
    tags = ["h1"] + ["p"] * len(lines)
    return "".join(f"<{tag}>{escape(line)}</{tag}>" for tag, line in zip(tags, lines, strict=False)).encode()


@router.get("/import/moedeside/{page_id:int}", dependencies=[only(may_import)])
def show_page(visit: AVisit, page_id: int) -> Response:
    page = _find(visit, page_id)
    return visit.page(_check(page, _fill(visit, page), visit))


@router.post("/import/moedeside/{page_id:int}", dependencies=[only(may_import)])
def save_checked_page(visit: AVisit, form: SentForm, page_id: int) -> Response:
    if before := visit.done_before(form):
        return before
    page = _find(visit, page_id)
    given = _read(form, page)
    if given is None:
        return visit.page(_check(page, form, visit), 422)
    try:
        key = save_page(visit.session, visit.actor, page_id, given)
    except Refused as refusal:
        form.refuse("number" if refusal.code == "number_taken" else "form", refusal.code, **refusal.values)
        return visit.page(_check(page, form, visit), 422)
    return visit.done(form, f"/moeder/{key}", notice="import_page_saved")


@router.post("/import/moedeside/{page_id:int}/fjern", dependencies=[only(may_import)])
def drop(visit: AVisit, form: SentForm, page_id: int) -> Response:
    if before := visit.done_before(form):
        return before
    drop_page(visit.session, visit.actor, page_id)
    return visit.done(form, "/import/moedeside", notice="import_page_dropped")


# --- what the pages hold


def _ask(visit: Visit, form: Form) -> AskForPage:
    pages = filters.count_pages(count_pages(visit.session, visit.actor), PAGES_PER_PAGE)
    page = filters.page_number(visit, pages)
    return AskForPage(form, list_pages(visit.session, visit.actor, page), page, pages, MOST_BYTES // 1000)


def _find(visit: Visit, page_id: int) -> MeetingPageView:
    page = find_page(visit.session, visit.actor, page_id)
    if page is None:
        raise NotFound
    return page


def _check(page: MeetingPageView, form: Form, visit: Visit) -> CheckPage:
    odd = [
        OddView(number, visit.say(one["code"]), one["original"])
        for number, one in enumerate(page.found.get("odd", []))
    ]
    return CheckPage(form, page, odd, _item_numbers(form))


def _item_numbers(form: Form) -> list[int]:
    return [number for number in range(MOST_ITEMS + _SPARE) if form.has(f"item-{number}-title")]


def _fill(visit: Visit, page: MeetingPageView) -> Form:
    """The form with what was read out of the page."""
    found = page.found
    values: dict[str, Any] = {name: found.get(name) or "" for name in _OWN}
    values |= {
        "held_on": found.get("date", ""),
        "topics": "\n".join(found.get("topics", [])),
        "source_url": page.source_url,
        "organiser": "KL",
    }
    spare: list[dict[str, Any]] = [{"kind": "talk", "people": []}] * _SPARE
    for number, item in enumerate([*found.get("items", []), *spare]):
        values |= {f"item-{number}-{name}": item.get(name) or "" for name in _OF_ITEM}
        values[f"item-{number}-people"] = "\n".join(_write_person(one) for one in item["people"])
    return blank(visit.language, **values)


def _write_person(one: dict[str, Any]) -> str:
    cells = [one["name"], one["title"], one["organisation"], _ROLES[one["role"]]]
    return "; ".join([*cells, "tidligere"] if one["is_former"] else cells)


def _read(form: Form, page: MeetingPageView) -> PageInput | None:
    """What was checked; None with a sentence at each field that is wrong."""
    values: dict[str, Any] = {name: form.value(name) for name in _OWN if form.value(name) != ""}
    numbers = [number for number in _item_numbers(form) if form.value(f"item-{number}-title").strip()]
    items = [_read_item(form, number) for number in numbers]
    odd = page.found.get("odd", [])
    if any(form.value(f"odd-{number}-seen") != "1" for number in range(len(odd))):
        form.refuse("odd-0-seen", "import_page_odd")
    told = [
        {
            "original": one["original"],
            "corrected": form.value(f"odd-{number}-corrected"),
            "note": form.value(f"odd-{number}-note"),
        }
        for number, one in enumerate(odd)
        if one["original"] and (form.value(f"odd-{number}-corrected") or form.value(f"odd-{number}-note"))
    ]
    try:
        given = PageInput.model_validate(values | {"items": items, "oddities": told})
    except ValidationError as wrong:
        for error in wrong.errors(include_url=False, include_input=False):
            form.refuse(_field_of(error["loc"], numbers), error["type"], **error.get("ctx", {}))
        return None
    return None if form.errors else given


def _field_of(place: tuple[int | str, ...], numbers: list[int]) -> str:
    """The field of the form that a place in the model was read from."""
    if place and place[0] == "items" and len(place) > 2 and isinstance(place[1], int):
        return f"item-{numbers[place[1]]}-{place[2]}"
    if place and place[0] == "oddities" and len(place) > 2:
        return f"odd-{place[1]}-{place[2]}"
    return str(place[0]) if place else "form"


def _read_item(form: Form, number: int) -> dict[str, Any]:
    values: dict[str, Any] = {name: form.value(f"item-{number}-{name}") for name in _OF_ITEM}
    people = []
    for line in values["people"].splitlines():
        if line.strip():
            people.append(_read_person(form, f"item-{number}-people", line))
    return values | {"people": people}


def _read_person(form: Form, field: str, line: str) -> dict[str, Any]:
    cells = [cell.strip() for cell in line.split(";")] + [""] * 5
    role = next((code for code, word in _ROLES.items() if word == cells[3].lower()), "")
    if (cells[3] and not role) or cells[4].lower() not in ("", "tidligere") or any(cells[5:]):
        form.refuse(field, "import_page_person", line=line.strip()[:100])
    return {
        "name": cells[0],
        "title": cells[1],
        "organisation": cells[2],
        "role": role or "speaker",
        "is_former": cells[4].lower() == "tidligere",
    }
