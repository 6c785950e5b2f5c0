"""The recycle bin: what was removed lately, by whom and why, and the way back; for staff."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from fastapi.responses import Response

from app.core.clock import now
from app.core.i18n import pgettext
from app.core.policy import Refused
from app.domain.recycle_bin.policy import may_see_bin
from app.domain.recycle_bin.queries import GROUPS, Removed, list_removed
from app.domain.recycle_bin.schemas import BackInput
from app.domain.recycle_bin.service import put_back_thing
from app.http.doors import Router
from app.http.forms import SentForm
from app.http.pages import Page, prefixed
from app.http.sentences import add_sentences
from app.http.visit import AVisit, Visit, only
from app.privacy.periods import periods_in_force
from app.web.contributions import PATHS
from app.web.filters import address, address_of_page, chosen, page_number
from app.web.labels import LABELS, label, label_choices

router = Router()
BIN = "/papirkurv"


def _(text: str) -> str:
    return text


LABELS["removed_kind"] = {
    "deck": _("Oplæg"),
    "revision": _("Gammel version af et oplæg"),
    "item": _("Programpunkt"),
    "panel_task": _("Opgave til panelet"),
    "appearance": _("Oplægsholder i programmet"),
    "group": _("Gruppe"),
    "rival_set": _("Leverandører, der holdes adskilt"),
    "sign_up_question": _("Spørgsmål ved tilmelding"),
    "seat_group": _("Reserverede pladser"),
    "board": _("Tavle"),
    "poll": _("Afstemning"),
    "remark": _("Ord til arrangørerne i en evaluering"),
    "comment": _("Bemærkning til et referat"),
    "wish": _("Ønske"),
    "idea": _("Idé"),
    "need": _("Behov"),
    "card": _("Indspil"),
    "question": _("Spørgsmål"),
    "answer": _("Udkast til svar"),
    "answer_batch": _("Svar, der skulle udgives sammen"),
    "staff_note": _("Intern note"),
    "commitment": _("Foreslået forpligtelse"),
    "indicator": _("Indikator"),
    "milestone": _("Milepæl"),
    "barrier": _("Barriere"),
    "gap_reason": _("Grund til, at noget mangler"),
    "summary": _("Kladde til opsummering"),
    "tender_notice": _("Bekendtgørelse af et udbud"),
    "tender_question": _("Spørgsmål til et udbud"),
    "old_address": _("Gammel adresse"),
    "meeting_page": _("Gammel mødeside, der var ved at blive læst ind"),
    "network_member": _("Kommune i et netværk"),
    "idea_field": _("Eget felt i idéer"),
    "import": _("Fil, der var set igennem"),
    "batch": _("Udsendelse, der ikke blev sendt"),
}
LABELS["removed_group"] = {
    "decks": pgettext("flere", "Oplæg"),
    "programme": _("Program, grupper og tilmelding"),
    "room": _("Tavler, afstemninger og bemærkninger"),
    "said": _("Ønsker, idéer, behov, indspil og spørgsmål"),
    "answers": _("Svar og noter"),
    "follow_up": _("Det, der er lovet og fulgt op på"),
    "ledger": _("Udbud"),
    "other": _("Andet"),
}
# Why something cannot come back, in a sentence for its kind.
LABELS["gone_for_good"] = {
    "deck": _("Filerne er slettet. På oplæggets adresse står der stadig, at det har været der."),
    "revision": _("Filen og siderne blev slettet med det samme. Har I filen, kan den lægges op igen."),
    "remark": _("Ordene er slettet: sådan fjernes det, der nævner nogen."),
    "seat_group": _("Pladserne er givet til de næste i køen. Reserver nye, hvis der er plads."),
    "summary": _("Kladden citerede, hvad folk har sagt, og er slettet. Lav en ny fra mødet eller temaet."),
    "import": _("Filen er slettet. Send den igen, hvis den alligevel skal læses ind."),
    "batch": _("Brevene er slettet med navne og adresser. Lav en ny udsendelse."),
}

add_sentences(
    {
        "bin_place_gone": _("Det kan ikke lægges tilbage: det, som det hørte til, er selv fjernet."),
        "bin_place_taken": _("Det kan ikke lægges tilbage: der står noget andet i stedet nu."),
        "bin_promised": _("Forpligtelsen er udgivet siden, og nye milepæle lægges til på dens egen side."),
        "bin_approved": _("Referatet er godkendt siden, og det, der manglede, står fast."),
        "bin_minutes_approved": _(
            "Mødets referat er godkendt, siden det blev fjernet. Skal det med, så åbn referatet igen først."
        ),
        "bin_tender_over": _("Udbuddet er afsluttet eller ikke udgivet, så der knyttes intet til det."),
        "bin_full": _("Der er ikke plads til flere spørgsmål. Fjern et andet først."),
        "bin_own": _("Afsenderen trak det selv tilbage, og kun afsenderen kan bringe det tilbage."),
        "bin_emptied": _("Filerne er slettet, og oplægget kan ikke lægges tilbage."),
        "bin_only_own": _("Fjernet af mig"),
        "notice_bin_back": _("Det er lagt tilbage."),
    }
)


@dataclass(frozen=True, slots=True)
class Line:
    """A thing with the address of its page (or "") and the day on which it is emptied (or None)."""

    removed: Removed
    path: str
    empties_on: datetime | None


@dataclass
class BinPage(Page):
    template: ClassVar[str] = "recycle_bin/list.html"
    lines: list[Line]
    total: int
    days: int
    groups: list[tuple[str, str, None]]
    group: str
    own: str
    active: list[tuple[str, str]]
    page: int
    pages: int
    href: str
    refusal: str


@router.get(BIN, dependencies=[only(may_see_bin)])
def show_bin(visit: AVisit) -> Response:
    return visit.page(_page(visit))


@router.post(BIN, dependencies=[only(may_see_bin)])
def put_back(visit: AVisit, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    given = form.read(BackInput)
    if given is None:
        return visit.page(_page(visit, visit.say("bin_place_gone")), 422)
    try:
        put_back_thing(visit.session, visit.actor, given.kind, given.id, given.is_laid)
    except Refused as refusal:
        visit.session.rollback()
        return visit.page(_page(visit, visit.say(refusal.code, **refusal.values)), 409)
    return visit.done(form, BIN, notice="bin_back")


def _page(visit: Visit, refusal: str = "") -> BinPage:
    days = periods_in_force().bin
    group = chosen(visit, "slags", {code: code for code in GROUPS})
    only_own = visit.request.query_params.get("af") == "mig"
    since = now() - timedelta(days=days)
    asked = page_number(visit, 999_999)
    found = list_removed(visit.session, visit.actor, since, group=group, only_own=only_own, page=asked)
    here = prefixed(visit.language, BIN)
    own = "mig" if only_own else ""
    active = []
    if group:
        active.append((label(visit.language, "removed_group", group), address(here, af=own)))
    if only_own:
        active.append((visit.say("bin_only_own"), address(here, slags=group)))
    return BinPage(
        lines=[_line(one, days) for one in found.lines],
        total=found.count,
        days=days,
        groups=[(code, words, None) for code, words in label_choices(visit.language, "removed_group")],
        group=group or "",
        own=own,
        active=active,
        page=found.page,
        pages=found.pages,
        href=address_of_page(here, slags=group, af=own),
        refusal=refusal,
    )


def _line(one: Removed, days: int) -> Line:
    path = one.path
    if not path and one.kind in PATHS and one.reference:
        path = PATHS[one.kind] + one.reference
    empties_on = one.removed_at + timedelta(days=days) if one.lies_for_a_time else None
    return Line(one, path, empties_on)
