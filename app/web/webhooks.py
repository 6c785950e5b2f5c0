"""Webhooks: where an organisation's own systems want to hear what happened, and how the sending goes."""

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from fastapi.responses import Response

from app.core.policy import NotFound, Refused, require
from app.domain.webhooks.happenings import HAPPENINGS
from app.domain.webhooks.models import STATES
from app.domain.webhooks.policy import may_keep, may_keep_webhooks
from app.domain.webhooks.queries import (
    Deliveries,
    Others,
    WebhookView,
    find_webhook,
    list_deliveries,
    list_others,
    list_webhooks,
)
from app.domain.webhooks.schemas import WebhookEdit, WebhookInput
from app.domain.webhooks.service import (
    BOTH_VALID_FOR,
    MOST,
    add_webhook,
    edit_webhook,
    end_webhook,
    forget_old_secret,
    renew_secret,
    send_again,
    send_test,
    start_webhook,
    stop_webhook,
)
from app.http.doors import Router
from app.http.forms import Form, SentForm
from app.http.limits import Limit, count_at_the_door
from app.http.pages import Page
from app.http.sentences import add_sentences
from app.http.visit import AVisit, Visit, only
from app.web.filters import chosen, page_number
from app.web.labels import LABELS

router = Router()

PATH = "/webhooks"
ONE = "/webhooks/{webhook_id:int}"
BY_HAND = 60  # sendings an hour


def _(text: str) -> str:
    return text


LABELS["webhook_happening"] = {
    "wish.published": _("Et ønske er kommet"),
    "idea.published": _("En idé er kommet"),
    "need.published": _("Et behov er registreret"),
    "need.moved": _("Et behov er kommet videre"),
    "answer.published": _("Et svar er udgivet"),
    "answer.corrected": _("Et udgivet svar er rettet"),
    "commitment.published": _("En forpligtelse er udgivet"),
    "commitment.moved": _("En frist er flyttet"),
    "commitment.measured": _("En indikator er målt"),
    "commitment.judged": _("En forpligtelse er afgjort"),
    "commitment.late": _("En forpligtelse er for sen"),
    "meeting.published": _("Et møde er meldt ud"),
    "meeting.moved": _("Et møde er flyttet"),
    "meeting.cancelled": _("Et møde er aflyst"),
    "meeting.postponed": _("Et møde er udskudt"),
    "meeting.resumed": _("Et aflyst eller udskudt møde holdes alligevel"),
    "programme.published": _("Et program er udgivet"),
    "minutes.approved": _("Et referat er godkendt"),
    "tender.published": _("Et udbud er vist"),
    "tender.answered": _("Et spørgsmål til et udbud er besvaret for alle"),
    "test": _("Prøve"),
}
LABELS["webhook_state"] = {
    "live": _("Virker"),
    "new": _("Intet sendt endnu"),
    "failing": _("Noget kom ikke igennem"),
    "off": _("Slået fra"),
}
LABELS["webhook_delivery_state"] = {
    "waiting": _("Venter"),
    "delivered": _("Modtaget"),
    "given_up": _("Ikke sendt"),
    "dropped": _("Kan ikke læses af alle længere"),
}
LABELS["webhook_problem"] = {
    "status": _("Modtageren sagde ikke ja"),
    "redirect": _("Modtageren viste videre til en anden adresse, og den vej går vi ikke"),
    "name": _("Navnet findes ikke i DNS"),
    "near": _("Navnet fører til en adresse, som vi ikke sender til"),
    "connect": _("Ingen tog imod forbindelsen"),
    "line": _("Modtagerens certifikat kunne ikke godkendes"),
    "time": _("Modtageren svarede ikke inden for 10 sekunder"),
    "answer": _("Forbindelsen blev afbrudt"),
}
LABELS["webhook_stopped"] = {
    "failing": _("Intet kom igennem i over et døgn."),
    "gone": _("Modtageren svarede, at adressen ikke findes mere (410)."),
    "own": _("I har selv slået den fra."),
    "staff": _("Sekretariatet har slået den fra."),
}
add_sentences(
    {
        "too_many_webhooks": _("I har {most} webhooks, og flere kan der ikke være. Fjern en, I ikke bruger."),
        "choose_happenings": _("Vælg mindst én ting, I vil høre om."),
        "unknown_happening": _("Vælg mellem det, der står på listen."),
        "webhook_address_address": _("Det er ikke en adresse, vi kan sende til."),
        "webhook_address_https": _("Adressen skal begynde med https://"),
        "webhook_address_port": _("Adressen må ikke have et portnummer. Vi sender til 443."),
        "webhook_address_credentials": _("Skriv ikke brugernavn eller adgangskode i adressen."),
        "webhook_address_fragment": _("Adressen må ikke have noget efter #."),
        "webhook_address_number": _("Skriv et navn, ikke en IP-adresse."),
        "webhook_address_inside": _("Navnet hører til på et lukket netværk. Vi kan kun sende ud på nettet."),
        "webhook_address_own": _("Vi sender ikke til os selv."),
        "webhook_address_unlisted": _(
            "Her sendes kun til modtagere, som dem, der driver siden, har godkendt."
        ),
        "webhook_is_off": _("Webhooken er slået fra. Slå den til først."),
        "webhook_waits": _("Den venter allerede på at blive sendt."),
        "notice_webhook_made": _(
            "Webhooken er lavet, og hemmeligheden er vist én gang. Nåede I ikke at gemme den, så lav en ny."
        ),
        "notice_webhook_saved": _("Ændringen er gemt."),
        "notice_webhook_renewed": _(
            "Den nye hemmelighed er vist én gang. Nåede I ikke at gemme den, så lav en ny."
        ),
        "notice_webhook_old_forgotten": _("Vi underskriver nu kun med den nye hemmelighed."),
        "notice_webhook_tested": _("Prøven er på vej. Hent siden igen om et øjeblik for at se svaret."),
        "notice_webhook_again": _("Den er på vej igen. Hent siden igen om et øjeblik for at se svaret."),
        "notice_webhook_off": _("Webhooken er slået fra. Vi sender ikke mere til den."),
        "notice_webhook_on": _("Webhooken er slået til. Vi sender det, der sker fra nu af."),
        "notice_webhook_ended": _("Webhooken er fjernet."),
    }
)


@dataclass
class WebhooksPage(Page):
    template: ClassVar[str] = "webhooks/list.html"
    own: list[WebhookView]
    others: Others
    most: int


@dataclass
class WriteWebhookPage(Page):
    """`webhook`: the one that is changed; None for a new one."""

    template: ClassVar[str] = "webhooks/write.html"
    form: Form
    webhook: WebhookView | None
    happenings: tuple[str, ...]


@dataclass
class WebhookPage(Page):
    template: ClassVar[str] = "webhooks/show.html"
    webhook: WebhookView
    may_keep: bool
    deliveries: Deliveries
    state: str | None
    form: Form
    days: int


@dataclass
class SecretPage(Page):
    """Holds the secret: it is rendered once, into the answer to the form, and goes nowhere else."""

    template: ClassVar[str] = "webhooks/secret.html"
    webhook_id: int
    name: str
    secret: str
    days: int | None


def _find(visit: Visit, webhook_id: int) -> WebhookView:
    webhook = find_webhook(visit.session, visit.actor, webhook_id)
    if webhook is None:
        raise NotFound
    return webhook


def _show(visit: Visit, webhook_id: int, form: Form, status: int = 200) -> Response:
    webhook = _find(visit, webhook_id)
    state = chosen(visit, "vis", {one: one for one in STATES})
    page = WebhookPage(
        webhook=webhook,
        may_keep=may_keep(visit.actor, webhook),
        deliveries=list_deliveries(visit.session, webhook.id, page_number(visit, 999_999), state),
        state=state,
        form=form,
        days=BOTH_VALID_FOR // timedelta(days=1),
    )
    return visit.page(page, status)


@router.get(PATH, dependencies=[only(may_keep_webhooks)])
def show_webhooks(visit: AVisit) -> Response:
    own = list_webhooks(visit.session, visit.actor)
    others = list_others(visit.session, visit.actor, page_number(visit, 999_999))
    return visit.page(WebhooksPage(own, others, MOST))


@router.get(f"{PATH}/nyt", dependencies=[only(may_keep_webhooks)])
def show_new_webhook(visit: AVisit) -> Response:
    return visit.page(WriteWebhookPage(visit.blank(), None, HAPPENINGS))


@router.post(f"{PATH}/nyt", dependencies=[only(may_keep_webhooks)])
def make_webhook(visit: AVisit, form: SentForm) -> Response:
    """Show the secret on this very answer: a redirect would need it kept, and a reload must not show it."""
    if before := visit.done_before(form):
        return before
    _require_choice(form)
    given = form.read(WebhookInput)
    if given is None:
        return visit.page(WriteWebhookPage(form, None, HAPPENINGS), 422)
    try:
        webhook, secret = add_webhook(visit.session, visit.actor, given)
    except Refused as refusal:
        _refuse(form, refusal)
        return visit.page(WriteWebhookPage(form, None, HAPPENINGS), 422)
    page = SecretPage(webhook_id=webhook.id, name=webhook.name, secret=secret, days=None)
    return visit.done_here(form, page, f"{PATH}/{webhook.id}", "webhook_made")


def _require_choice(form: Form) -> None:
    # In its own words, before the model says that a field is missing.
    if not form.values("happenings"):
        form.refuse("happenings", "choose_happenings")


def _refuse(form: Form, refusal: Refused) -> None:
    field = "address" if refusal.code.startswith("webhook_address_") else "form"
    field = "happenings" if refusal.code == "unknown_happening" else field
    form.refuse(field, refusal.code, **refusal.values)


@router.get(ONE, dependencies=[only(may_keep_webhooks)])
def show_webhook(visit: AVisit, webhook_id: int) -> Response:
    return _show(visit, webhook_id, visit.blank())


@router.get(f"{ONE}/ret", dependencies=[only(may_keep_webhooks)])
def show_edit_webhook(visit: AVisit, webhook_id: int) -> Response:
    webhook = _find(visit, webhook_id)
    require(may_keep(visit.actor, webhook))
    form = visit.blank(
        name=webhook.name,
        address=webhook.address,
        happenings=list(webhook.happenings),
        version=webhook.version,
    )
    return visit.page(WriteWebhookPage(form, webhook, HAPPENINGS))


@router.post(f"{ONE}/ret", dependencies=[only(may_keep_webhooks)])
def change_webhook(visit: AVisit, webhook_id: int, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    webhook = _find(visit, webhook_id)
    require(may_keep(visit.actor, webhook))
    _require_choice(form)
    given = form.read(WebhookEdit)
    if given is None:
        return visit.page(WriteWebhookPage(form, webhook, HAPPENINGS), 422)
    try:
        edit_webhook(visit.session, visit.actor, webhook_id, given)
    except Refused as refusal:
        _refuse(form, refusal)
        status = 409 if refusal.code == "stale" else 422
        return visit.page(WriteWebhookPage(form, webhook, HAPPENINGS), status)
    return visit.done(form, f"{PATH}/{webhook_id}", "webhook_saved")


@router.post(f"{ONE}/hemmelighed", dependencies=[only(may_keep_webhooks)])
def make_new_secret(visit: AVisit, webhook_id: int, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    secret = renew_secret(visit.session, visit.actor, webhook_id)
    name = _find(visit, webhook_id).name
    page = SecretPage(webhook_id, name, secret, BOTH_VALID_FOR // timedelta(days=1))
    return visit.done_here(form, page, f"{PATH}/{webhook_id}", "webhook_renewed")


@router.post(f"{ONE}/hemmelighed/glem", dependencies=[only(may_keep_webhooks)])
def drop_old_secret(visit: AVisit, webhook_id: int, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    forget_old_secret(visit.session, visit.actor, webhook_id)
    return visit.done(form, f"{PATH}/{webhook_id}", "webhook_old_forgotten")


@router.post(f"{ONE}/proeve", dependencies=[only(may_keep_webhooks)])
def try_webhook(visit: AVisit, webhook_id: int, form: SentForm) -> Response:
    _count(visit)
    if before := visit.done_before(form):
        return before
    try:
        send_test(visit.session, visit.actor, webhook_id)
    except Refused as refusal:
        form.refuse("form", refusal.code)
        return _show(visit, webhook_id, form, 422)
    return visit.done(form, f"{PATH}/{webhook_id}", "webhook_tested")


@router.post(f"{ONE}/leveringer/{{delivery_id:int}}/igen", dependencies=[only(may_keep_webhooks)])
def send_once_more(visit: AVisit, webhook_id: int, delivery_id: int, form: SentForm) -> Response:
    _count(visit)
    if before := visit.done_before(form):
        return before
    try:
        send_again(visit.session, visit.actor, webhook_id, delivery_id)
    except Refused as refusal:
        form.refuse("form", refusal.code)
        return _show(visit, webhook_id, form, 422)
    return visit.done(form, f"{PATH}/{webhook_id}", "webhook_again")


def _count(visit: Visit) -> None:
    """What is sent by hand is counted, so that nobody has us call somebody else's machine without end."""
    subject = f"webhooks by hand {visit.actor.organisation_id}"
    count_at_the_door(visit.session, Limit(subject, BY_HAND, timedelta(hours=1)))


@router.post(f"{ONE}/fra", dependencies=[only(may_keep_webhooks)])
def switch_off(visit: AVisit, webhook_id: int, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    stop_webhook(visit.session, visit.actor, webhook_id)
    return visit.done(form, f"{PATH}/{webhook_id}", "webhook_off")


@router.post(f"{ONE}/til", dependencies=[only(may_keep_webhooks)])
def switch_on(visit: AVisit, webhook_id: int, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    start_webhook(visit.session, visit.actor, webhook_id)
    return visit.done(form, f"{PATH}/{webhook_id}", "webhook_on")


@router.post(f"{ONE}/fjern", dependencies=[only(may_keep_webhooks)])
def take_away(visit: AVisit, webhook_id: int, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    end_webhook(visit.session, visit.actor, webhook_id)
    return visit.done(form, PATH, "webhook_ended")
