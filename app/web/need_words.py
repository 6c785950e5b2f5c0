"""What the pages of needs, networks and partners say when something is refused, and when it is done."""

from datetime import date

from app.core import i18n
from app.core.policy import Refused
from app.http.forms import Form
from app.http.sentences import add_sentences


def _(text: str) -> str:
    """Marks a sentence for translation; it is translated when it is shown."""
    return text


add_sentences(
    {
        # A need and who has it.
        "kle": _(
            "Et KLE-nummer skrives som 27.36.00 eller 27.36. Lad feltet stå tomt, hvis I ikke kender det."
        ),
        "month": _("Skriv måneden som 2027-06 eller 6/2027."),
        "month_far": _("Måneden skal ligge mellem 2000 og 2060."),
        "need_system_missing": _("Skriv, hvilken slags system det er."),
        "need_day_ahead": _("Den dag er ikke kommet endnu."),
        "need_reason_missing": _("Skriv, hvorfor det er opgivet."),
        "need_joined": _("Kommunen står der allerede."),
        "need_closed": _("Behovet er opgivet eller trukket tilbage, så ingen kan gå med."),
        "need_last": _("I er de eneste, der har behovet. Træk det tilbage, eller skriv, at det er opgivet."),
        "need_others_have_it": _(
            "Andre kommuner har også behovet, så det kan ikke trækkes tilbage. I kan gå ud af det: "
            "så bliver det stående for de andre."
        ),
        "need_not_represented": _(
            "Netværket taler ikke for en af kommunerne. Kun de, der selv har sagt ja, er med."
        ),
        "need_for_nobody": _("Vælg mindst én kommune i netværket."),
        "need_network_open": _("Et behov på flere kommuners vegne kan ikke være fortroligt for én."),
        "need_joined_by_others": _("Andre kommuner har også behovet, så det kan ikke gøres fortroligt nu."),
        "need_same_state": _("Så langt er det allerede. Vælg noget andet."),
        "need_day_order": _("Det kan ikke være før den {day}, hvor det seneste skete."),
        "need_join_instead": _(
            "Har I behovet, så gå med i det. Så kan andre også se jeres størrelse og kontrakt."
        ),
        # Partners.
        "need_no_match": _("Kommunen er ikke blandt jeres ligesindede, så den kan ikke spørges om det her."),
        "contact_asked": _("I har allerede spurgt den kommune."),
        "contact_said_no": _("Kommunen har sagt nej tak om det her behov, så den bliver ikke spurgt igen."),
        "contact_too_many": _(
            "I venter på svar fra {most}. Vent på nogle af dem, eller træk en forespørgsel tilbage."
        ),
        "contact_ended": _("Forespørgslen er allerede besvaret, trukket tilbage eller udløbet."),
        "contact_no_answer": _("Vælg ja eller nej."),
        # Networks.
        "network_closed": _("Netværket er slut, så der kan ikke ændres på, hvem der er med."),
        "unknown_network_lead": _(
            "Vælg en organisation, der kan lede et netværk: en kommune, region eller forening."
        ),
        "unknown_municipality": _("Vælg mindst én kommune på listen."),
        "unknown_strategist": _(
            "Vælg en, der er bekræftet hos den, der leder netværket, eller hos en af dets kommuner."
        ),
        "too_many_strategists": _("Netværket har {most}, der handler for det. Fjern en af dem først."),
        # What was done.
        "notice_need_saved": _("Gemt."),
        "notice_need_joined": _("Tak. Kommunen står nu ved behovet."),
        "notice_need_joined_by_network": _("Kommunerne står nu ved behovet, og de har fået besked."),
        "notice_need_left": _("Kommunen står ikke længere ved behovet."),
        "notice_need_facts_saved": _("Kommunens egne oplysninger er gemt."),
        "notice_need_state_noted": _("Noteret. De kommuner, der har behovet, får besked."),
        "notice_need_thrown_away": _("Det, du var ved at skrive, er smidt væk."),
        "notice_contact_sent": _("Sendt. Kommunen får én mail og svarer ja eller nej inden 30 dage."),
        "notice_contact_yes": _("I har sagt ja. Nu kan begge se, hvem de kan skrive til."),
        "notice_contact_no": _("I har sagt nej tak. De bliver ikke ved med at spørge."),
        "notice_contact_withdrawn": _(
            "Forespørgslen er trukket tilbage. Linket i mailen virker ikke længere."
        ),
        "notice_network_saved": _("Netværket er gemt."),
        "notice_network_asked": _("Kommunerne er spurgt. De er med, når de selv siger ja."),
        "notice_network_removed": _("Kommunen er ikke længere med eller spurgt."),
        "notice_network_yes": _("Kommunen er nu med i netværket."),
        "notice_network_no": _("Kommunen er ikke med i netværket."),
        "notice_network_ended": _("Netværket er slut. Siden kan stadig læses."),
        "notice_network_reopened": _("Netværket er i gang igen."),
        "notice_strategist_named": _("Personen kan nu handle for netværket."),
        "notice_strategist_gone": _("Personen handler ikke længere for netværket."),
        "feed_needs": _("Kommunernes behov i {site}"),
    }
)

_FIELDS = {
    "unknown_theme": "theme_ids",
    "need_for_nobody": "organisation_ids",
    "need_not_represented": "organisation_ids",
    "need_network_open": "visibility",
    "need_joined_by_others": "visibility",
    "need_same_state": "state",
    "need_day_order": "happened_on",
    "need_join_instead": "kind",
    "unknown_network_lead": "organisation_id",
    "unknown_municipality": "organisation_ids",
    "unknown_strategist": "membership_id",
    "too_many_strategists": "membership_id",
}


def refuse_need(form: Form, refusal: Refused) -> None:
    """Put a refusal at the field that it is about, with its day as it is written."""
    values = {
        name: i18n.format_date(value, form.language) if isinstance(value, date) else value
        for name, value in refusal.values.items()
    }
    form.refuse(_FIELDS.get(refusal.code, "form"), refusal.code, **values)
