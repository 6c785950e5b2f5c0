"""The logo: sent by admins, drawn anew, read by everybody."""

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Final

from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.core import i18n
from app.core.policy import NotFound, Refused
from app.core.text import Line
from app.domain.site.pictures import MOST_BYTES
from app.domain.site.policy import may_set_site
from app.domain.site.queries import find_logo, get_edition
from app.domain.site.service import set_logo
from app.http.doors import Router
from app.http.forms import Form, SentForm
from app.http.pages import Page
from app.http.sentences import add_sentences
from app.http.visit import AVisit, Visit, anyone, only
from app.web.entering import require_fresh
from app.web.site_parts import HOME, LARGEST, Edition, list_story

router = Router()
uploads = Router()

PATH: Final = f"{HOME}/logo"
# The address holds a number that no other picture ever gets.
FOREVER: Final = {"Cache-Control": "public, max-age=31536000, immutable"}


def _(text: str) -> str:
    return text


add_sentences(
    {
        "site_logo_missing": _("Vælg et billede."),
        "site_logo_large": _("Billedet er for stort. Det må fylde højst 1 MB og 4 millioner billedpunkter."),
        "site_logo_kind": _(
            "Filen er ikke et billede, vi kan vise. Brug PNG eller WebP; SVG kan ikke bruges."
        ),
        "site_logo_small": _("Billedet er for lille. Det skal være mindst 48 billedpunkter højt."),
        "site_logo_shape": _(
            "Billedet har en form, der ikke kan stå i toppen: "
            "højst fire gange så bredt, som det er højt, og ikke mere end dobbelt så højt, som det er bredt."
        ),
    }
)


class AltInput(BaseModel):
    model_config = ConfigDict(extra="forbid")

    alt_da: Annotated[Line, StringConstraints(max_length=100)] = ""
    alt_en: Annotated[Line, StringConstraints(max_length=100)] = ""
    alt_sv: Annotated[Line, StringConstraints(max_length=100)] = ""
    version: Annotated[int, Field(ge=0, le=LARGEST)]


@dataclass
class LogoPage(Page):
    """`logo_id`: the picture in force, None for ours."""

    template: ClassVar[str] = "site/logo.html"
    form: Form
    path: str
    part: str
    key: str
    logo_id: int | None
    width: int
    most: int
    version: int
    is_set: bool
    editions: list[Edition]


def _logo_page(visit: Visit, sent: Form | None) -> LogoPage:
    edition = get_edition(visit.session, "logo")
    values = edition.values
    alt = {f"alt_{language}": values.get("alt", {}).get(language, "") for language in i18n.LANGUAGES}
    return LogoPage(
        form=sent or visit.blank(version=edition.number, **alt),
        path=PATH,
        part="logo",
        key="",
        logo_id=values.get("logo_id"),
        width=values.get("width", 48),
        most=MOST_BYTES,
        version=edition.number,
        is_set=bool(values),
        editions=list_story(visit, "logo", "", _read_lines),
    )


def _read_lines(values: dict[str, Any]) -> list[tuple[str, str]]:
    alt = [(i18n.LANGUAGES[language], text) for language, text in values.get("alt", {}).items()]
    return [(_("Billede"), f"{values['width']} × 48"), *alt] if values else []


@router.get(PATH, dependencies=[only(may_set_site)])
def show_logo(visit: AVisit) -> Response:
    require_fresh(visit, PATH)
    return visit.page(_logo_page(visit, None))


@uploads.post(PATH, dependencies=[only(may_set_site)])
def send_logo(visit: AVisit, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    require_fresh(visit, PATH)
    given, status = form.read(AltInput), 422
    if given is not None:
        sent = form.files.get("picture")
        # One byte more than there may be tells that there are too many.
        picture = sent.file.read(MOST_BYTES + 1) if sent is not None else None
        alt = {language: getattr(given, f"alt_{language}") for language in i18n.LANGUAGES}
        try:
            set_logo(visit.session, visit.actor, picture, alt, version=given.version)
            return visit.done(form, PATH, "site_set")
        except Refused as refusal:
            is_stale = refusal.code == "stale"
            form.refuse("form" if is_stale else "picture", refusal.code)
            visit.session.rollback()
            if is_stale:
                status = 409
                form.typed["version"] = [str(get_edition(visit.session, "logo").number)]
    return visit.page(_logo_page(visit, form), status)


@router.get("/logo/{logo_id:int}.png", dependencies=[anyone])
def read_logo(visit: AVisit, logo_id: int) -> Response:
    return _send(visit, logo_id, "small")


@router.get("/logo/{logo_id:int}-2x.png", dependencies=[anyone])
def read_large_logo(visit: AVisit, logo_id: int) -> Response:
    return _send(visit, logo_id, "large")


def _send(visit: Visit, logo_id: int, size: str) -> Response:
    logo = find_logo(visit.session, logo_id) if logo_id <= LARGEST else None
    if logo is None:
        raise NotFound
    return Response(getattr(logo, size), media_type="image/png", headers=FOREVER)
