"""Small pages to be shown in frames of other sites: the next meeting, wishes, promises, and any one thing.

They are the same for everybody, as a stranger reads them, so whoever is signed in here shows nothing of it in
somebody else's page. They hold no forms, and what can be pressed are links that leave the frame.
"""

from dataclasses import dataclass, replace
from typing import ClassVar, Final

from fastapi.responses import Response

from app.core import i18n
from app.core.policy import STRANGER
from app.domain.commitments import queries as commitments
from app.domain.contributions import queries as contributions
from app.domain.contributions.queries import Choice, ContributionView
from app.domain.meetings.queries import MeetingCard, next_meeting
from app.http.doors import Router
from app.http.forms import Form
from app.http.gates import CONTENT_SECURITY_POLICY, FRAME_ANCESTORS_NONE
from app.http.pages import STATIC, Page, prefixed
from app.http.sentences import add_sentences
from app.http.visit import AVisit, Visit, anyone
from app.web import filters
from app.web.commitments import in_address as in_commitment_address
from app.web.commitments import read_filters as read_commitment_filters
from app.web.contributions import ThemeMenu, list_theme_menus, read_filters
from app.web.labels import LABELS
from app.web.sharing import (
    EMBED_HEIGHT,
    EMBEDS,
    Preview,
    find_preview,
    name_status,
    read_own_address,
    write_frame,
)

router = Router()

HEIGHT_SCRIPT: Final = f"{EMBEDS}/hoejde.js"
MOST_ROWS: Final = 10
ROWS: Final = 5
CHART_WIDTH: Final = 1000
HEIGHTS: Final = {"naeste-moede": 300, "oensker": 480, "forpligtelser": 480}
_FRAMED_POLICY: Final = CONTENT_SECURITY_POLICY.replace(FRAME_ANCESTORS_NONE, "frame-ancestors *").replace(
    "form-action 'self'", "form-action 'none'"
)
_FRAMING_POLICY: Final = f"{CONTENT_SECURITY_POLICY}; frame-src 'self'"


# --- what stands in frames


@dataclass
class _Framed(Page):
    """`whole`: the path of the page that has all of what is shown."""

    whole: str


@dataclass
class NextMeetingFrame(_Framed):
    template: ClassVar[str] = "embeds/next_meeting.html"
    meeting: MeetingCard | None


@dataclass
class WishesFrame(_Framed):
    """`narrowed`: what the list is narrowed to, as (Danish, English)."""

    template: ClassVar[str] = "embeds/wishes.html"
    rows: tuple[ContributionView, ...]
    total: int
    narrowed: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Part:
    """One status in the chart: its place and width of `CHART_WIDTH`, and its share in per cent."""

    status: str
    count: int
    percent: int
    x: float
    width: float
    path: str


@dataclass
class CommitmentsFrame(_Framed):
    template: ClassVar[str] = "embeds/commitments.html"
    parts: list[Part]
    total: int
    narrowed: list[tuple[str, str]]
    chart_width: int = CHART_WIDTH


@dataclass
class ThingFrame(_Framed):
    template: ClassVar[str] = "embeds/thing.html"
    thing: Preview
    status: str


@dataclass
class GoneFrame(_Framed):
    template: ClassVar[str] = "embeds/gone.html"


def _frame(visit: Visit, page: Page, status: int = 200) -> Response:
    response = visit.page(page, status)
    # Only here other sites may frame us (http/gates.py leaves X-Frame-Options out then).
    response.headers["Content-Security-Policy"] = _FRAMED_POLICY
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


@router.get(f"{EMBEDS}/naeste-moede", dependencies=[anyone])
def frame_next_meeting(visit: AVisit) -> Response:
    meeting = next_meeting(visit.session, STRANGER)
    return _frame(visit, NextMeetingFrame(f"/moeder/{meeting.key}" if meeting else "/moeder", meeting))


@router.get(f"{EMBEDS}/oensker", dependencies=[anyone])
def frame_wishes(visit: AVisit) -> Response:
    """By the filters of the list; `antal` of them."""
    asked = read_filters(visit)
    found = contributions.list_wishes(visit.session, STRANGER, asked)
    most = filters.whole_number(filters.typed(visit, "antal"), digits=2) or ROWS
    in_address = {
        "tema": asked.theme,
        "status": asked.status,
        "aspekt": asked.aspect,
        "moede": asked.meeting,
        "aar": asked.year,
        "organisation": asked.organisation_id,
        "q": asked.q,
        "frist": "overskredet" if asked.late else None,
        "svar": "ja" if asked.answered else None,
    }
    return _frame(
        visit,
        WishesFrame(
            rows=found.listing.rows[: min(most, MOST_ROWS)],
            total=found.listing.total,
            narrowed=_name_narrowed(
                [
                    (found.choices.get("theme", ()), asked.theme),
                    (found.choices.get("meeting", ()), asked.meeting),
                    (found.choices.get("year", ()), asked.year),
                ]
            ),
            whole=filters.address("/oensker", **in_address),
        ),
    )


@router.get(f"{EMBEDS}/forpligtelser", dependencies=[anyone])
def frame_commitments(visit: AVisit) -> Response:
    """How far what was promised is: a chart, and the same as a table."""
    asked = read_commitment_filters(visit)
    chosen = in_commitment_address(asked) | {"status": None}
    listing = commitments.list_commitments(visit.session, STRANGER, replace(asked, status=None))
    counts = {one.value: one.count for one in listing.choices.get("status", ())}
    return _frame(
        visit,
        CommitmentsFrame(
            parts=_make_parts(counts, chosen),
            total=sum(counts.values()),
            narrowed=_name_narrowed(
                [
                    (listing.choices.get("owner", ()), asked.owner_id),
                    (listing.choices.get("theme", ()), asked.theme),
                    (listing.choices.get("meeting", ()), asked.meeting),
                    (listing.choices.get("year", ()), asked.year),
                ]
            ),
            whole=filters.address("/forpligtelser", **chosen),
        ),
    )


def _make_parts(counts: dict[str, int], chosen: dict[str, object]) -> list[Part]:
    """The statuses in the order of their words, side by side."""
    total = sum(counts.values())
    parts: list[Part] = []
    x = 0.0
    for status in LABELS["commitment_status"]:
        if not (count := counts.get(status, 0)):
            continue
        width = CHART_WIDTH * count / total
        path = filters.address("/forpligtelser", **{**chosen, "status": status})
        parts.append(Part(status, count, round(100 * count / total), round(x, 1), round(width, 1), path))
        x += width
    return parts


def _name_narrowed(asked: list[tuple[tuple[Choice, ...], object]]) -> list[tuple[str, str]]:
    """The words of what was asked for; what leads to nothing has none."""
    return [
        (choice.label, choice.label_en or choice.label)
        for choices, value in asked
        for choice in choices
        if value is not None and choice.value == str(value)
    ]


@router.get(EMBEDS + "/{section}/{key}", dependencies=[anyone])
def frame_thing(visit: AVisit, section: str, key: str) -> Response:
    """A meeting, a wish, an idea, a need, what was said, a promise, or a deck."""
    return _frame_thing(visit, f"/{section}/{key}")


@router.get(EMBEDS + "/oplaeg/{deck_id:int}/side/{number:int}", dependencies=[anyone])
def frame_slide(visit: AVisit, deck_id: int, number: int) -> Response:
    return _frame_thing(visit, f"/oplaeg/{deck_id}/side/{number}")


def _frame_thing(visit: Visit, path: str) -> Response:
    preview = find_preview(visit.session, visit.language, path)
    if preview is None or preview.path != path:
        return _frame(visit, GoneFrame("/"), 404)
    return _frame(visit, ThingFrame(preview.path, preview, name_status(visit.language, preview)))


# --- how to set them in


@dataclass(frozen=True, slots=True)
class Snippet:
    """What is set into a page: `code` alone, or with `script` too, so that the frame fits what it holds."""

    path: str
    code: str
    script: str
    height: int


@dataclass
class EmbedsPage(Page):
    """`form`: what was chosen, as it stands in the address; `title`: of the frame."""

    template: ClassVar[str] = "embeds/show.html"
    form: Form
    menus: list[ThemeMenu]
    most_rows: int
    title: str
    snippet: Snippet | None


def _(text: str) -> str:
    return text


TITLES: Final = {
    "naeste-moede": _("Næste møde i Dialogforum"),
    "oensker": _("Ønsker i Dialogforum"),
    "forpligtelser": _("Forpligtelser i Dialogforum"),
}


add_sentences(
    {
        "embed_nothing": _(
            "Der er intet på den adresse, som alle må læse. Se efter, om den er hel, og om den er herfra."
        ),
        "embed_no_address": _("Skriv adressen på det, I vil vise."),
    }
)


@router.get(EMBEDS, dependencies=[anyone])
def show_embeds(visit: AVisit) -> Response:
    """Choose what to show, see it, and take the line for one's own page."""
    address = filters.typed(visit, "adresse", 500)
    what = filters.chosen(visit, "hvad", {word: word for word in HEIGHTS}) or (
        "" if address else "naeste-moede"
    )
    if filters.typed(visit, "hvad") == "en":
        what = ""
    language = filters.chosen(visit, "sprog", {word: word for word in i18n.LANGUAGES}) or visit.language
    theme = filters.typed(visit, "tema")
    asked_rows = filters.whole_number(filters.typed(visit, "antal"), digits=2)
    rows = max(1, min(asked_rows or ROWS, MOST_ROWS))
    title, path, height = "", "", EMBED_HEIGHT
    if what:
        title, height = i18n.catalogue(language).gettext(TITLES[what]), HEIGHTS[what]
        path = filters.address(
            f"{EMBEDS}/{what}",
            tema=theme if what != "naeste-moede" else None,
            antal=rows if what == "oensker" and rows != ROWS else None,
        )
    elif address and (thing := _find_thing(visit, address, language)):
        title, path = f"{thing.kind}: {thing.title}", EMBEDS + thing.path
    form = visit.blank(hvad=what or "en", tema=theme, antal=rows, adresse=address, sprog=language)
    if not path and (address or filters.typed(visit, "hvad") == "en"):
        form.refuse("adresse", "embed_nothing" if address else "embed_no_address")
    snippet = _make_snippet(visit, prefixed(language, path), title, height) if path else None
    page = EmbedsPage(form, list_theme_menus(visit), MOST_ROWS, title, snippet)
    response = visit.page(page)
    response.headers["Content-Security-Policy"] = _FRAMING_POLICY
    return response


def _find_thing(visit: Visit, address: str, language: str) -> Preview | None:
    """By the address of its page, whole or without our name."""
    _own, path = read_own_address(visit, address)
    return find_preview(visit.session, language, path) if path else None


def _make_snippet(visit: Visit, path: str, title: str, height: int) -> Snippet:
    base = visit.kit.site.base_url
    script = f'<script src="{base}{HEIGHT_SCRIPT}" async></script>'
    return Snippet(path, write_frame(base + path, title, height), script, height)


@router.get(HEIGHT_SCRIPT, dependencies=[anyone])
def send_height_script(visit: AVisit) -> Response:
    """The one small script that others may set into their pages: it gives our frames the height of what is
    in them, and does nothing else."""
    return Response(
        (STATIC / "js" / "embed_host.js").read_bytes(),
        media_type="text/javascript",
        headers={"Cache-Control": "public, max-age=86400", "Cross-Origin-Resource-Policy": "cross-origin"},
    )
