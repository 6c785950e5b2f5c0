"""How long each kind of data is kept: chosen by admins, who are told first what that comes to tonight."""

from dataclasses import asdict, dataclass, replace
from typing import Annotated, Any, ClassVar, Final
from urllib.parse import urlencode

from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field, create_model

from app.core.policy import Refused
from app.domain.site.queries import get_edition, list_editions
from app.http.doors import Router
from app.http.forms import Form, SentForm
from app.http.pages import Page
from app.http.visit import AVisit, Visit, only
from app.privacy.choosing import PART, Effect, find_effects, set_periods
from app.privacy.periods import BOUNDS, Periods, periods_in_force, standard_periods, with_own
from app.privacy.policy import may_set_periods
from app.web.entering import require_fresh
from app.web.labels import LABELS, label
from app.web.site_parts import HOME, LARGEST, Edition, list_story

router = Router()

PATH: Final = f"{HOME}/opbevaring"
TRY: Final = f"{PATH}/proev"


def _(text: str) -> str:
    return text


LABELS["period"] = {
    "needs": _("Mad og adgangsforhold, efter mødet"),
    "codes": _("Koder og forsøg på at logge ind, efter de udløb"),
    "sessions": _("Sessioner og API-nøgler, efter de sluttede"),
    "copies": _("Kopier af egne data"),
    "mails": _("Mails og breve"),
    "forms": _("Formularer, der er sendt"),
    "counts": _("Tællere mod misbrug"),
    "addresses_of_log": _("Adresser i revisionsloggen"),
    "loose_identities": _("Login hos en udbyder uden konto"),
    "registrations": _("Tilmeldinger, efter mødet"),
    "attendees": _("Hvem der var til stede, efter mødet"),
    "invitations": _("Invitationer, efter mødet"),
    "speakers": _("Oplægsholderes adresser og egne ord, efter mødet"),
    "reports": _("Ordene i anmeldelser og indsigelser"),
    "unused_accounts": _("Konti, der ikke bruges"),
    "warning": _("Advarsel, før en konto slettes"),
    "consents": _("Samtykker, der er trukket tilbage"),
    "log": _("Revisionslog"),
}

PeriodsInput: type[BaseModel] = create_model(  # type: ignore[call-overload]
    "PeriodsInput",
    __config__=ConfigDict(extra="forbid"),
    version=(Annotated[int, Field(ge=0, le=LARGEST)], ...),
    **{name: (Annotated[int, Field(ge=least, le=most)], ...) for name, (least, most) in BOUNDS.items()},
)


@dataclass(frozen=True, slots=True)
class PeriodLine:
    name: str
    least: int
    most: int
    standard: int


@dataclass
class PeriodsPage(Page):
    """`again`: for each earlier edition, and 0 for the standard, the address that tries it."""

    template: ClassVar[str] = "site/periods.html"
    form: Form
    lines: list[PeriodLine]
    version: int
    is_set: bool
    editions: list[Edition]
    again: dict[int, str]


@dataclass
class TriedPage(Page):
    """`changed`: each period that would be another: name, days before and after."""

    template: ClassVar[str] = "site/periods_tried.html"
    form: Form
    changed: list[tuple[str, int, int]]
    effects: list[Effect]


def _periods_page(visit: Visit, sent: Form | None) -> PeriodsPage:
    edition = get_edition(visit.session, PART)
    story = list_story(visit, PART, "", _read_lines(visit))
    standard = asdict(standard_periods())
    return PeriodsPage(
        form=sent or visit.blank(version=edition.number, **asdict(periods_in_force())),
        lines=[PeriodLine(name, least, most, standard[name]) for name, (least, most) in BOUNDS.items()],
        version=edition.number,
        is_set=bool(edition.values),
        editions=story,
        again=_ways_back(visit, edition.number),
    )


def _ways_back(visit: Visit, version: int) -> dict[int, str]:
    earlier: dict[int, dict[str, int]] = {0: {}}
    earlier |= {one.number: one.values for one in list_editions(visit.session, PART)}
    return {
        number: f"{TRY}?{urlencode(asdict(with_own(values)) | {'version': version})}"
        for number, values in earlier.items()
    }


def _read_lines(visit: Visit) -> Any:
    def read(values: dict[str, Any]) -> list[tuple[str, str]]:
        return [(label(visit.language, "period", name), str(days)) for name, days in values.items()]

    return read


@router.get(PATH, dependencies=[only(may_set_periods)])
def show_periods(visit: AVisit) -> Response:
    return visit.page(_periods_page(visit, None))


@router.get(TRY, dependencies=[only(may_set_periods)])
def try_periods(visit: AVisit) -> Response:
    """What the periods in the address would delete tonight. Changes nothing."""
    query = visit.request.query_params
    form = Form(visit.language, {name: [query[name]] for name in (*BOUNDS, "version") if name in query}, {})
    given = form.read(PeriodsInput)
    if given is None:
        return visit.page(_periods_page(visit, form), 422)
    require_fresh(visit, PATH)
    return visit.page(_tried_page(visit, form, _as_periods(given)))


def _as_periods(given: BaseModel) -> Periods:
    # What is not chosen here stays as the settings say.
    return replace(standard_periods(), **given.model_dump(exclude={"version"}))


def _tried_page(visit: Visit, form: Form, periods: Periods) -> TriedPage:
    before, after = asdict(periods_in_force()), asdict(periods)
    changed = [(name, before[name], after[name]) for name in BOUNDS if before[name] != after[name]]
    return TriedPage(form, changed, find_effects(visit.session, periods))


@router.post(PATH, dependencies=[only(may_set_periods)])
def save_periods(visit: AVisit, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    require_fresh(visit, PATH)
    given, status = form.read(PeriodsInput), 422
    if given is not None:
        try:
            version = given.model_dump()["version"]
            set_periods(visit.session, visit.actor, _as_periods(given), version)
            return visit.done(form, PATH, "site_set")
        except Refused as refusal:
            form.refuse("form", refusal.code)
            status = 409
            visit.session.rollback()
            form.typed["version"] = [str(get_edition(visit.session, PART).number)]
    return visit.page(_periods_page(visit, form), status)
