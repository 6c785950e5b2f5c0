"""The words that people agree to, each version at its own address for good."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from fastapi.responses import Response

from app.core.policy import NotFound
from app.domain.users.consents import VERSIONS, current_version
from app.http.doors import Router
from app.http.pages import Page
from app.http.visit import AVisit, anyone
from app.web.filters import whole_number
from app.web.labels import LABELS

router = Router()


def _(text: str) -> str:
    return text


LABELS["consent"] = {
    "dialogue_rules": _("Dialogens regler"),
    "participant_list": _("Samtykke til at stå på deltagerlisten"),
    "special_needs": _("Samtykke til hensyn på mødet"),
    "speaker_slides": _("Samtykke til at vise dine slides"),
    "speaker_name": _("Samtykke til at stå i programmet"),
}

# The kind of text as it stands in addresses.
SLUGS = {
    "dialogue_rules": "regler",
    "participant_list": "deltagerliste",
    "special_needs": "hensyn",
    "speaker_slides": "slides",
    "speaker_name": "program",
}
KINDS = {slug: kind for kind, slug in SLUGS.items()}


@dataclass
class ConsentPage(Page):
    template: ClassVar[str] = "consents/show.html"
    kind: str
    slug: str
    version: int
    valid_from: date
    valid_until: date | None
    current: int
    versions: list[tuple[int, date]]


def consent_path(kind: str, version: int | None = None) -> str:
    """The address of a version of the text, of the one in force where none is given."""
    return f"/samtykker/{SLUGS[kind]}/{version or current_version(kind)}"


@router.get("/samtykker/{slug}", dependencies=[anyone])
def show_current(visit: AVisit, slug: str) -> Response:
    if slug not in KINDS:
        raise NotFound
    return visit.go(consent_path(KINDS[slug]))


@router.get("/samtykker/{slug}/{number}", dependencies=[anyone])
def show_version(visit: AVisit, slug: str, number: str) -> Response:
    """One version in the reader's language, with the days on which it was in force."""
    days = VERSIONS.get(KINDS.get(slug, ""), ())
    version = whole_number(number, digits=3) or 0
    if not 1 <= version <= len(days):
        raise NotFound
    return visit.page(
        ConsentPage(
            kind=KINDS[slug],
            slug=slug,
            version=version,
            valid_from=days[version - 1],
            valid_until=days[version] if version < len(days) else None,
            current=len(days),
            versions=list(enumerate(days, start=1)),
        )
    )
