"""What is said of committees and recommendations: refusals, receipts, and where a refusal stands."""

from typing import Final

from app.core.policy import Refused
from app.http.forms import Form
from app.http.sentences import SENTENCES, add_sentences


def _(text: str) -> str:
    return text


add_sentences(
    {
        # Of the models themselves, by pydantic's name for what is wrong.
        "future_day": _("Den dag er ikke kommet endnu. Skriv en dag, der er gået, eller i dag."),
        "ends_before": _("Det kan ikke slutte, før det begynder."),
        "one_person": _("Vælg en kollega på listen, eller skriv et navn. Ikke begge dele."),
        "not_public": _("Skriv adressen på siden, hvor det er offentligt."),
        "one_subject": _("En indstilling handler om én ting."),
        "one_thing": _("Sæt én ting på læselisten ad gangen."),
        "address_and_title": _("Skriv både en adresse og en titel."),
        "page_of_deck": _("Et sidetal hører til et oplæg."),
        "body_already_member": _("Personen sidder der allerede."),
        "body_full": _("Der er plads til {count} medlemmer."),
        "body_not_public": _("Skriv adressen på siden, hvor det er offentligt."),
        "body_meeting_used": _("Noget er behandlet på mødet, så dagen står fast."),
        "body_meeting_to_come": _("Mødet har ikke været holdt endnu."),
        "body_unknown_meeting": _("Vælg et møde, som ikke er aflyst."),
        "body_ended": _("Udvalget er nedlagt og tager ikke imod mere."),
        "body_unknown_subject": _("Det, som det handler om, findes ikke, eller du kan ikke se det."),
        "body_unknown_advised": _("Vælg en af dem, som udvalget rådgiver."),
        "body_recommendation_sent": _("Indstillingen er sendt og står fast. Træk den tilbage i stedet."),
        "body_recommendation_done": _("Indstillingen er allerede afgjort eller trukket tilbage."),
        "body_not_sent": _("Indstillingen er ikke sendt, eller den er allerede afgjort."),
        "body_not_treated": _("Indstillingen skal være behandlet på et møde, før den kan afgøres."),
        "body_before_sent": _("Dagen er for tidlig: det forrige trin var {shown_day}."),
        "body_no_step": _("Der er ikke noget trin at tage tilbage."),
        "body_unknown_reading": _(
            "Det findes ikke, eller du har ikke adgang til det. Kopiér adressen fra siden, og prøv igen."
        ),
        "body_already_listed": _("Det står allerede på læselisten."),
        "body_list_full": _("Der er plads til {count} ting på læselisten. Tag noget af den først."),
        "body_other_owner": _("Et udvalg kan ikke flyttes til andre. Opret et nyt i stedet."),
        "body_unknown_network": _("Du handler ikke for det netværk."),
        "body_not_of_house": _("Personen taler ikke længere for en af udvalgets organisationer."),
        "body_choose_colleague": _("Vælg en kollega på listen."),
        "notice_body_made": _("Udvalget er oprettet. Sæt nu medlemmer og sekretærer ind."),
        "notice_body_saved": _("Udvalget er gemt."),
        "notice_body_member": _("Medlemmet er sat ind."),
        "notice_body_member_saved": _("Pladsen er gemt."),
        "notice_body_member_ended": _("Pladsen er afsluttet i dag."),
        "notice_body_secretary": _("Nu passer kollegaen udvalgets papirer."),
        "notice_body_no_secretary": _("Kollegaen passer ikke længere udvalgets papirer."),
        "notice_body_meeting": _("Mødet er gemt."),
        "notice_body_meeting_off": _("Mødet er aflyst."),
        "notice_body_drafted": _("Kladden er gemt. Den er ikke sendt endnu."),
        "notice_body_sent": _("Indstillingen er sendt. Udvalgets sekretær har fået besked."),
        "notice_body_treated": _("Det er noteret, at indstillingen er behandlet."),
        "notice_body_decided": _("Afgørelsen er noteret."),
        "notice_body_withdrawn": _("Indstillingen er trukket tilbage."),
        "notice_body_taken_back": _("Trinnet er taget tilbage. Begrundelsen står ved det."),
        "notice_body_reading": _("Det står nu på læselisten. Medlemmerne får besked i morgen tidlig."),
        "notice_body_reading_gone": _("Det er taget af læselisten."),
        "notice_body_read": _("Markeret som læst. Kun du kan se det."),
        "notice_body_unread": _("Ikke længere markeret som læst."),
    }
)

# The field of a form at which a refusal stands; the others stand at its top.
REFUSED_AT: Final = {
    "already_member": "user_id",
    "not_of_house": "user_id",
    "not_public": "source_url",
    "unknown_advised": "advised_id",
    "unknown_meeting": "meeting_id",
    "meeting_to_come": "meeting_id",
    "meeting_used": "held_on",
    "unknown_reading": "address",
    "already_listed": "address",
    "unknown_network": "network_id",
}


def take_refusal(form: Form, refusal: Refused) -> None:
    """The sentence of a refusal, at the field that it is about. Many of the room's codes are words that other
    rooms may use as well, so each is worded under a name of ours."""
    named = f"body_{refusal.code}"
    code = named if named in SENTENCES else refusal.code
    form.refuse(REFUSED_AT.get(refusal.code, "form"), code, **refusal.values)
